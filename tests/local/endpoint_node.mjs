// Calls of the AWS SDK for JavaScript, as test_endpoint_node.py asks for them: a list of [client, command, input] in, what came of each out.
// Node's own modules are found beside this file or in the folder of IFC_NODE_MODULES.
import { createRequire } from "node:module";
import path from "node:path";

const folder = process.env.IFC_NODE_MODULES ?? path.join(import.meta.dirname, "node_modules");
const load = createRequire(path.join(folder, "index.js"));
const clients = new Map();

function client(name) {
  if (!clients.has(name)) {
    const sdk = load(`@aws-sdk/client-${name}`);
    const [, Client] = Object.entries(sdk).find(([word]) => /^[A-Z]\w*Client$/.test(word) && word !== "__Client");
    clients.set(name, [sdk, new Client({ maxAttempts: 1 })]);
  }
  return clients.get(name);
}

// Bytes go as {"bytes": base64} both ways; streams are read to their end.
function bytes(value) {
  if (Array.isArray(value)) return value.map(bytes);
  if (value === null || typeof value !== "object") return value;
  if (Object.keys(value).join() === "bytes") return Buffer.from(value.bytes, "base64");
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, bytes(v)]));
}

async function plain(value) {
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("base64") };
  if (typeof value?.transformToByteArray === "function") return plain(await value.transformToByteArray());
  if (Array.isArray(value)) return Promise.all(value.map(plain));
  if (value === null || typeof value !== "object" || value instanceof Date) return value;
  const entries = await Promise.all(Object.entries(value).map(async ([k, v]) => [k, await plain(v)]));
  return Object.fromEntries(entries.filter(([k]) => k !== "$metadata"));
}

async function outcome([name, command, input]) {
  const [sdk, made] = client(name);
  const given = new sdk[`${command}Command`](bytes(input));
  try {
    return { result: await plain(await made.send(given)) };
  } catch (error) {
    return { error: error.name, message: error.message, status: error.$metadata?.httpStatusCode, known: error.constructor !== Error };
  }
}

let text = "";
for await (const part of process.stdin) text += part;
const calls = JSON.parse(text);
const found = calls.together ? await Promise.all(calls.calls.map(outcome)) : [];
if (!calls.together) for (const call of calls.calls) found.push(await outcome(call));
for (const [, made] of clients.values()) made.destroy();
process.stdout.write(JSON.stringify(found));
