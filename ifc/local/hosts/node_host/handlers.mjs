// The function that a handler's name stands for.

import fs from "node:fs";
import module from "node:module";
import path from "node:path";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";

import { Fault } from "./errors.mjs";

export const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");

/** The function that a handler names. */
export async function load(root, name) {
  if (name.includes(".."))
    throw new Fault(
      "MalformedHandlerName",
      `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  const base = path.basename(name);
  const found = /^([^.]*)\.(.*)$/.exec(base);
  if (!found) throw new Fault("MalformedHandlerName", "Bad handler");
  globalThis.awslambda = {
    streamifyResponse: (handler) => Object.assign(handler, { [STREAMING]: "response" }),
    HttpResponseStream: { from: (stream, metadata) => Object.assign(stream, { metadata }) },
  };
  const exported = await loadModule(root, name.slice(0, name.indexOf(base)), found[1]);
  const handler = nested(exported, found[2]) ?? nested(exported?.default, found[2]);
  if (!handler) throw new Fault("HandlerNotFound", `${name} is undefined or not exported`);
  if (typeof handler !== "function") throw new Fault("HandlerNotFound", `${name} is not a function`);
  return handler;
}

function nested(exported, names) {
  return names.split(".").reduce((object, key) => object?.[key], exported);
}

/** What a module exports; a file is looked for as Lambda does: without a suffix, then .js, .mjs, .cjs, then as a package. */
async function loadModule(root, folder, name) {
  const require = module.createRequire(path.join(root, "handler"));
  const file = path.resolve(root, folder, name);
  const modules = ofModules(path.dirname(file));
  const typescript = Number(process.versions.node.split(".")[0]) >= 24;
  const suffixes = [["", false], [".js", modules], [".mjs", true], [".cjs", false]];
  if (typescript) suffixes.push([".ts", modules], [".mts", true], [".cts", false]);
  try {
    for (const [suffix, imported] of suffixes)
      if (fs.existsSync(file + suffix)) return await (imported ? import(pathToFileURL(file + suffix).href) : require(file + suffix));
    return require(require.resolve(name, { paths: [root, path.join(root, folder)] }));
  } catch (problem) {
    if (problem instanceof SyntaxError) throw new Fault("UserCodeSyntaxError", String(problem), problem.stack);
    if (problem?.code === "MODULE_NOT_FOUND")
      throw new Fault("ImportModuleError", advised(String(problem)), advised(`Runtime.ImportModuleError: ${problem.stack}`));
    if (problem?.code === "ERR_MODULE_NOT_FOUND") {
      problem.stack = advised(problem.stack);
      problem.message = advised(problem.message);
    }
    throw problem;
  }
}

/** The words of an error, with what to do where a module is missing that Lambda's own runtimes have in them. */
function advised(text) {
  return text.replace(
    /Cannot find (?:module|package) '((?:@aws-sdk|@smithy)\/[^'/]+)[^']*'/,
    (found, name) => `${found} (Lambda brings it, this machine does not: npm install --save-dev ${name} beside app.ifc)`,
  );
}

/** Whether .js files of a folder are ES modules: the nearest package.json says so. */
function ofModules(folder) {
  if (folder.endsWith("/node_modules")) return false;
  const file = path.join(folder, "package.json");
  if (fs.existsSync(file)) {
    try {
      return JSON.parse(fs.readFileSync(file, "utf8"))?.type === "module";
    } catch {
      return false;
    }
  }
  const parent = path.dirname(folder);
  return parent !== folder && ofModules(parent);
}

/** Takes what a streaming handler writes, until it is complete. */
export class ResponseStream extends Writable {
  chunks = [];
  metadata = null;
  contentType = "application/octet-stream";

  setContentType(type) {
    this.contentType = type;
  }

  _write(chunk, encoding, callback) {
    this.chunks.push(chunk);
    callback();
  }

  result() {
    const metadata = this.metadata ?? { statusCode: 200, headers: { "content-type": this.contentType } };
    return { statusCode: 200, ...metadata, body: Buffer.concat(this.chunks).toString("base64"), isBase64Encoded: true };
  }
}
