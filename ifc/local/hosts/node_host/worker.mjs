// What a worker thread does: it loads the handler, then takes one call after the other.

import fs from "node:fs";
import module from "node:module";
import { constants } from "node:os";
import { types } from "node:util";
import { parentPort, workerData } from "node:worker_threads";

import { Fault, described, traced } from "./errors.mjs";
import { ResponseStream, STREAMING, load } from "./handlers.mjs";

const NO_CALLBACKS =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. " +
  "You need to modify this function to use a supported handler signature to use Node.js 24 or later. " +
  "For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";
const NEVER_SETTLED =
  "The Lambda runtime client detected an unexpected Node.js exit code. " +
  "This is most commonly caused by a Promise that was never settled.";

const spec = workerData;
const modern = Number(/^nodejs(\d+)\./.exec(spec.runtime ?? "")?.[1] ?? 0) >= 24; // without callbacks
let answered = true; // whether the present call is
let whenEmpty = null; // what to do when nothing is left that could settle the call

takeSignals();
capture();
process.on("uncaughtException", (error) => die("Uncaught Exception", error, 129));
process.on("unhandledRejection", (reason) => {
  const error = new Fault("UnhandledPromiseRejection", String(reason));
  error.stack = [`${error.name}: ${error.message}`, ...(types.isNativeError(reason) ? traced(reason).slice(1) : [])].join("\n");
  die("Unhandled Promise Rejection", error, 128);
});
process.on("beforeExit", () => {
  if (loading) return; // a module that waits for nothing: the thread ends
  parentPort.ref();
  const settle = whenEmpty;
  whenEmpty = null;
  if (!answered) settle?.();
});

let handler = null;
let failure = null;
let loading = true;
try {
  handler = await load(spec.code, spec.handler);
  if (modern && handler.length >= 3 && !handler[STREAMING]) throw new Fault("CallbackHandlerDeprecated", NO_CALLBACKS);
} catch (problem) {
  failure = problem;
}
loading = false;
parentPort.on("message", take);
parentPort.postMessage({ kind: "loaded" });

function take({ id, trace, client, body, deadline }) {
  let event;
  try {
    event = body.length ? JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) : {};
  } catch (problem) {
    parentPort.postMessage({ kind: "refused", text: `Could not parse request body into json: ${problem.message}` });
    return;
  }
  if (failure) {
    report("Uncaught Exception", failure);
    parentPort.postMessage({ kind: "done", body: JSON.stringify(described(failure)), error: true, last: true });
    return;
  }
  if (trace) process.env._X_AMZN_TRACE_ID = trace;
  else delete process.env._X_AMZN_TRACE_ID;
  answered = false;
  whenEmpty = handler.constructor?.name === "AsyncFunction" || modern ? () => fail(new Fault("NodeJsExit", NEVER_SETTLED)) : () => succeed(null);
  parentPort.unref(); // so that it shows when nothing is left to wait for
  const context = makeContext(id, deadline, client);
  if (handler[STREAMING]) stream(event, context);
  else if (modern) run(event, context);
  else runWithCallback(event, context);
}

function run(event, context) {
  new Promise((resolve) => resolve(handler(event, context))).then(succeed, fail);
}

/** The rules up to Node.js 22: a promise, or a callback whose answer waits until nothing is left to do. */
function runWithCallback(event, context) {
  let waits = true;
  let finished = false;
  const first = (act) => (error, result) => {
    if (finished) return;
    finished = true;
    if (error !== undefined && error !== null) fail(error);
    else act(result);
  };
  const done = first(succeed);
  const callback = first((result) => {
    if (waits) whenEmpty = () => succeed(result);
    else succeed(result);
  });
  Object.defineProperty(context, "callbackWaitsForEmptyEventLoop", {
    get: () => waits,
    set: (value) => (waits = value),
    enumerable: true,
  });
  context.done = done;
  context.succeed = (result) => done(null, result);
  context.fail = (error) => done(error ?? "handled");
  try {
    const result = handler(event, context, callback);
    if (typeof result?.then === "function") result.then(context.succeed, context.fail);
  } catch (error) {
    callback(error);
  }
}

/** A handler that streams: its answer comes whole, in the form that a function URL makes of it. */
function stream(event, context) {
  const out = new ResponseStream();
  const finished = new Promise((resolve, reject) => out.on("finish", resolve).on("error", reject));
  whenEmpty = () => fail(new Error("Response stream is not finished."));
  new Promise((resolve) => resolve(handler(event, out, context))).then(() => finished).then(() => succeed(out.result()), fail);
}

function succeed(result) {
  if (answered) return;
  let body;
  try {
    body = JSON.stringify(result === undefined ? null : result);
    if (body === undefined) throw new Error();
  } catch {
    fail(modern ? new Fault("JSONStringifyError", "Unable to stringify response body") : new Error("Unable to stringify response body"));
    return;
  }
  settle(body, false);
}

function fail(error) {
  if (answered) return;
  report("Invoke Error", error);
  settle(JSON.stringify(described(error)), true);
}

function settle(body, error) {
  answered = true;
  whenEmpty = null;
  parentPort.ref();
  // In the next round of the loop, as Lambda does: what was printed until then belongs to this call.
  setImmediate(() => parentPort.postMessage({ kind: "done", body, error }));
}

function die(what, error, status) {
  report(what, error);
  parentPort.postMessage({ kind: "fatal", body: JSON.stringify(described(error)) });
  process.exit(status);
}

/** On Lambda a function has its process to itself. So what would end this one ends the thread alone. */
function takeSignals() {
  const { signals } = constants;
  const harmless = ["SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH"];
  const kill = process.kill.bind(process);
  const endBy = (signal) => {
    parentPort.postMessage({ kind: "signalled", signal });
    process.exit(128 + signal);
  };
  process.kill = (pid, signal = "SIGTERM") => {
    const name = typeof signal === "number" ? Object.keys(signals).find((known) => signals[known] === signal) : signal;
    if (![process.pid, -process.pid, 0].includes(Number(pid)) || !Object.hasOwn(signals, name)) return kill(pid, signal);
    if (process.listenerCount(name)) process.emit(name, name, signals[name]);
    else if (!harmless.includes(name)) endBy(signals[name]);
    return true;
  };
  process.abort = () => endBy(signals.SIGABRT);
}

function report(what, error) {
  const { errorType, errorMessage, trace } = described(error);
  print("stderr", `${what}\t${trace.length ? trace.join("\n") : `${errorType}: ${errorMessage}`}\n`);
}

function makeContext(id, deadline, client) {
  return {
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: client && JSON.parse(Buffer.from(client, "base64").toString()),
    identity: undefined,
    invokedFunctionArn: spec.arn,
    awsRequestId: id,
    tenantId: undefined,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

/** Sends what the thread writes to its outputs, by whichever way, to the host, in order with its answers. */
function capture() {
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  const names = { 1: "stdout", 2: "stderr" };
  for (const name of Object.values(names)) {
    process[name].write = (chunk, encoding, callback) => {
      const then = typeof encoding === "function" ? encoding : callback;
      print(name, typeof chunk === "string" ? chunk : decoders[name].decode(chunk, { stream: true }));
      if (then) process.nextTick(then);
      return true;
    };
  }
  const { write, writeSync } = fs;
  const bytes = (data, offset, length) => {
    if (typeof data === "string") return Buffer.from(data);
    const from = typeof offset === "object" && offset ? (offset.offset ?? 0) : (offset ?? 0);
    const count = typeof offset === "object" && offset ? offset.length : length;
    return Buffer.from(data.buffer, data.byteOffset + from, count ?? data.byteLength - from);
  };
  fs.writeSync = (fd, data, ...rest) => {
    if (!(fd in names)) return writeSync(fd, data, ...rest);
    const written = bytes(data, ...rest);
    process[names[fd]].write(written);
    return written.length;
  };
  fs.write = (fd, data, ...rest) => {
    if (!(fd in names)) return write(fd, data, ...rest);
    const written = bytes(data, ...rest.filter((argument) => typeof argument !== "function"));
    process[names[fd]].write(written);
    return process.nextTick(rest.find((argument) => typeof argument === "function"), null, written.length, data);
  };
  module.syncBuiltinESMExports();
}

function print(stream, text) {
  parentPort.postMessage({ kind: "print", stream, text });
}
