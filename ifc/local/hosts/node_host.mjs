// Runs Node.js functions as Lambda does: `node node_host.mjs [--events=FD]`, told what to run by JSON lines on its standard input.
//
// The main thread never runs a handler. It takes the calls from the functions' sockets and gives each to a worker thread that
// has loaded the handler once and takes one call after the other. A thread has its own modules, globals and process.env; it is
// terminated when a call runs over its timeout, in an endless loop too, and the caller hears `Sandbox.Timedout`. A thread that
// ends by itself, by process.exit, is `Runtime.ExitError`.
//
// Events go to the descriptor FD, so that what programs started by a handler write to 1 and 2 never gets between them.
//
// What a thread can't have of its own: the working directory (so main starts one host for each code folder, within it),
// process.chdir, signals, and native modules that are not made for threads.
//
// Lambda's texts and rules are those of its open runtime client (aws-lambda-nodejs-runtime-interface-client: UserFunction.js,
// CallbackContext.js, Runtime.js, Errors.js; for Node.js 24 its version 4). Needs Node.js 18 and none of npm's packages.

import fs from "node:fs";
import module from "node:module";
import path from "node:path";
import { Writable } from "node:stream";
import { fileURLToPath, pathToFileURL } from "node:url";
import { types } from "node:util";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";

const LARGEST_REQUEST = 6 * 1024 * 1024; // bytes of an event (Lambda developer guide, Lambda quotas)
const LARGEST_RESPONSE = LARGEST_REQUEST + 100;
const LONGEST_LINE = 256 * 1024; // of what a handler prints; a longer one comes in pieces

const LONGEST_PATH = 103; // of a socket, which macOS allows; older releases of Node.js cut a longer one without a word

const LOADING = 10; // seconds that a handler's module may take before the function's timeout begins to count
const PATIENCE = 10; // milliseconds that a call waits for a busy thread before a further one is started
const READING = 10_000; // milliseconds until a request must have come
const IDLE = 600_000; // milliseconds after which a thread that has nothing to do goes
const PARTING = 500; // milliseconds for who had connected to a function before it went to say what he wants
const ENDING = 500; // milliseconds for the threads to end when the host does

// What a program needs of this machine; nothing else of main's environment reaches a function.
const INHERITED = ["PATH", "HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"];

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");

// --- the host ---

async function host() {
  if (Number(process.versions.node.split(".")[0]) < 18) {
    console.error(`Node.js ${process.versions.node} is older than 18`);
    process.exit(1);
  }
  const { createServer } = await import("node:http");
  const { randomUUID } = await import("node:crypto");
  const functions = new Map();
  const threads = new Set();
  let finishing = false; // main wants it to end
  let parting = 0; // functions that went a moment ago
  let open = 0; // requests whose answer hasn't been written
  const given = process.argv.find((argument) => argument.startsWith("--events="));
  const events = given ? Number(given.slice("--events=".length)) : 1;

  function emit(event) {
    let rest = Buffer.from(JSON.stringify(event) + "\n");
    while (rest.length) {
      try {
        rest = rest.subarray(fs.writeSync(events, rest));
      } catch (problem) {
        if (problem.code !== "EAGAIN") process.kill(process.pid, "SIGKILL"); // main is gone
      }
    }
  }

  /** A function: its socket, who waits, and the threads that have its present code. */
  class Fn {
    constructor(spec) {
      this.spec = spec;
      this.waiting = [];
      this.threads = new Set();
      this.idle = []; // the one used last is the last
      this.growing = false;
      this.gone = false;
    }

    listen() {
      const limits = { maxHeaderSize: 65536, requestTimeout: READING, headersTimeout: READING, requireHostHeader: false };
      this.server = createServer(limits, (request, response) => this.take(request, response));
      this.server.keepAliveTimeout = 0; // a kept connection stays until the client leaves it
      // A socket that is there, of a run before or of another host, is replaced without a gap.
      const { socket } = this.spec;
      fs.rmSync(`${socket}~`, { force: true });
      return new Promise((resolve, reject) => {
        if (Buffer.byteLength(socket) >= LONGEST_PATH) throw new Error(`the path of the socket ${socket} is too long`);
        this.server.once("error", reject);
        this.server.listen({ path: `${socket}~`, backlog: 1024 }, () => {
          fs.renameSync(`${socket}~`, socket);
          this.inode = fs.statSync(socket).ino;
          resolve();
        });
      });
    }

    /** Takes the socket away, unless it is another one by now. */
    unlink() {
      const { socket } = this.spec;
      if (fs.statSync(socket, { throwIfNoEntry: false })?.ino === this.inode) fs.rmSync(socket, { force: true });
    }

    take(request, response) {
      const parts = [];
      let size = 0;
      request.on("data", (part) => {
        size += part.length;
        if (size <= LARGEST_REQUEST) parts.push(part);
        else parts.length = 0; // it is refused, once the client has said all
      });
      request.on("error", () => {});
      response.on("error", () => {});
      open += 1;
      response.on("close", () => {
        open -= 1;
        endIfFinished();
      });
      request.on("end", () => {
        if (request.method !== "POST") refuse(response, 405, "a function is called with POST");
        else if (size > LARGEST_REQUEST)
          refuse(response, 413, `Request must be smaller than ${LARGEST_REQUEST} bytes for the InvokeFunction operation`);
        else if (this.spec.concurrency === 0) refuse(response, 429, "Rate Exceeded.");
        else {
          const trace = request.headers["x-ifc-trace"];
          this.waiting.push({ response, body: Buffer.concat(parts), id: tidyId(request.headers["x-ifc-request-id"]), trace, since: Date.now() });
          this.serve();
        }
      });
    }

    /** Gives those who wait to threads; lets the threads of a removed function go when nobody waits. */
    serve() {
      while (this.waiting.length && this.idle.length) this.idle.pop().give(this.waiting.shift());
      if (this.waiting.length) this.grow();
      else if (this.gone) for (const thread of [...this.threads]) thread.dismiss();
    }

    /** Starts threads for those who wait longer than a busy thread should need. */
    grow() {
      while (!this.growing && this.threads.size < (this.spec.concurrency ?? 10)) {
        const starting = [...this.threads].filter((thread) => !thread.ready).length;
        if (starting >= this.waiting.length) return;
        const left = PATIENCE - (Date.now() - this.waiting[starting].since);
        if (this.threads.size && left > 0) {
          this.growing = true;
          setTimeout(() => {
            this.growing = false;
            this.serve();
          }, left);
          return;
        }
        this.threads.add(new Thread(this));
      }
    }

    replace(spec) {
      this.spec = spec;
      const threads = [...this.threads];
      this.threads.clear();
      this.idle = [];
      for (const thread of threads) thread.dismiss();
      this.serve();
    }

    /** Stops listening; who has called, or is about to through a connection that he has, is still answered. */
    remove() {
      this.gone = true;
      this.unlink();
      parting += 1;
      this.part(Date.now() + PARTING);
      this.serve();
    }

    /** Hangs up where no request came, once that is certain enough. */
    part(end) {
      const look = () =>
        this.server.getConnections((problem, count) => {
          if (count && Date.now() < end) return this.part(end);
          parting -= 1;
          this.server.close();
          this.server.closeIdleConnections?.(); // from Node.js 19 on `close` does
          endIfFinished();
        });
      setTimeout(() => setImmediate(look), PARTING / 20); // between the two are taken those that wait to be accepted
    }
  }

  /** A worker thread, as the host sees it. */
  class Thread {
    constructor(fn) {
      this.fn = fn;
      this.spec = fn.spec; // as it was when the thread was started
      this.call = null;
      this.ready = this.leaving = this.ended = false;
      this.rest = { stdout: "", stderr: "" };
      this.fault = null; // the answer to give when it ends
      this.worker = makeWorker(this.spec, environment(this.spec));
      this.worker.on("message", (message) => this.ended || this[message.kind](message)); // some may be under way when it ends
      this.worker.on("error", (problem) => (this.fault = JSON.stringify(described(problem)))); // as out of memory
      this.worker.on("exit", (code) => this.exited(code));
      this.timer = setTimeout(() => this.late(), ((this.spec.loading ?? LOADING) + this.spec.timeout) * 1000);
      threads.add(this);
    }

    give(call) {
      this.call = call;
      call.began = performance.now();
      const milliseconds = this.spec.timeout * 1000;
      this.timer = setTimeout(() => this.late(), milliseconds);
      this.worker.postMessage({ id: call.id, trace: call.trace, body: call.body, deadline: Date.now() + milliseconds });
    }

    /** The handler is loaded, or can't be, which the first call hears. */
    loaded() {
      this.ready = true;
      clearTimeout(this.timer);
      this.free();
    }

    print({ stream, text }) {
      const lines = (this.rest[stream] + text).split("\n");
      this.rest[stream] = lines.pop();
      if (this.rest[stream].length > LONGEST_LINE) {
        lines.push(this.rest[stream]);
        this.rest[stream] = "";
      }
      for (const line of lines) this.log(stream, line.replace(/\r$/, ""));
    }

    log(stream, text) {
      emit({ event: "log", function: this.fn.spec.name, stream, text, request: this.call?.id ?? null });
    }

    printRest() {
      for (const stream of ["stdout", "stderr"]) {
        if (this.rest[stream]) this.log(stream, this.rest[stream]);
        this.rest[stream] = "";
      }
    }

    /** The event was no JSON. */
    refused({ text }) {
      clearTimeout(this.timer);
      refuse(this.call.response, 400, text);
      this.call = null;
      this.free();
    }

    done({ body, error, last }) {
      this.answer(body, error);
      if (last) this.end();
      else this.free();
    }

    /** An error outside of the handler: the thread ends, and the call with it. */
    fatal({ body }) {
      this.fault = body;
    }

    answer(body, error) {
      clearTimeout(this.timer);
      this.printRest();
      const { response, id, began } = this.call;
      this.call = null;
      let bytes = Buffer.from(body);
      if (!error && bytes.length > LARGEST_RESPONSE) {
        const errorMessage = `Response payload size (${bytes.length} bytes) exceeded maximum allowed payload size (${LARGEST_RESPONSE} bytes).`;
        bytes = Buffer.from(JSON.stringify({ errorMessage, errorType: "Function.ResponseSizeTooLarge" }));
        error = true;
      }
      const headers = {
        "content-type": "application/json",
        "content-length": bytes.length,
        "x-ifc-request-id": id,
        "x-ifc-duration-ms": (performance.now() - began).toFixed(2),
      };
      if (error) headers["x-amz-function-error"] = "Unhandled";
      response.writeHead(200, headers).end(bytes);
    }

    free() {
      if (this.leaving) this.end();
      else {
        this.since = Date.now();
        this.fn.idle.push(this);
      }
      this.fn.serve();
    }

    /** Lets it go, once it has finished. */
    dismiss() {
      this.leaving = true;
      this.forget();
      if (!this.call) this.end();
    }

    forget() {
      this.fn.threads.delete(this);
      this.fn.idle = this.fn.idle.filter((thread) => thread !== this);
    }

    end() {
      this.leaving = this.ended = true;
      this.forget();
      clearTimeout(this.timer);
      this.worker.terminate();
      this.fn.serve();
    }

    late() {
      this.verdict("Sandbox.Timedout", `Task timed out after ${this.spec.timeout.toFixed(2)} seconds`);
      this.end();
    }

    /** Takes the call of the first who waits, if it ends before it was ready: somebody has to hear why. */
    adopt() {
      if (this.call || this.ready || this.leaving || !this.fn.waiting.length) return;
      this.call = this.fn.waiting.shift();
      this.call.began = performance.now();
    }

    verdict(errorType, text) {
      this.adopt();
      if (!this.call) return;
      this.printRest();
      this.log("stderr", `${text} (${errorType})`);
      this.answer(JSON.stringify({ errorType, errorMessage: `RequestId: ${this.call.id} Error: ${text}` }), true);
    }

    exited(code) {
      threads.delete(this);
      this.forget();
      clearTimeout(this.timer);
      if (!this.leaving) {
        this.adopt();
        if (this.fault && this.call) this.answer(this.fault, true);
        else this.verdict("Runtime.ExitError", code ? `Runtime exited with error: exit status ${code}` : "Runtime exited without providing a reason");
        emit({ event: "exit", function: this.fn.spec.name, status: code });
      }
      this.printRest();
      this.fn.serve();
    }
  }

  function makeWorker(spec, env) {
    try {
      return new Worker(new URL(import.meta.url), { workerData: spec, env, stdin: true, stdout: true, stderr: true, argv: [], execArgv: [] });
    } catch (problem) {
      if (!env.NODE_OPTIONS) throw problem;
      // Some options are for whole processes, and a thread that is given them is not made.
      const text = `NODE_OPTIONS is left out, as a thread can't take it: ${problem.message}`;
      emit({ event: "log", function: spec.name, stream: "stderr", text, request: null });
      const { NODE_OPTIONS, ...rest } = env;
      return makeWorker(spec, rest);
    }
  }

  function refuse(response, status, text) {
    const body = JSON.stringify({ errorMessage: text });
    response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body), connection: "close" }).end(body);
  }

  function tidyId(id) {
    return id && /^[ -~]{1,128}$/.test(id) ? id : randomUUID();
  }

  /** The environment of a function: the host's own where it must be, Lambda's, then the function's. There is no ~/.aws, as on Lambda. */
  function environment(spec) {
    const day = new Date().toISOString().slice(0, 10).replaceAll("-", "/");
    return {
      ...Object.fromEntries(INHERITED.filter((name) => name in process.env).map((name) => [name, process.env[name]])),
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      AWS_LAMBDA_FUNCTION_NAME: spec.physical,
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memory ?? 128),
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.physical}`,
      AWS_LAMBDA_LOG_STREAM_NAME: `${day}/[$LATEST]${randomUUID().replaceAll("-", "")}`,
      AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
      AWS_EXECUTION_ENV: `AWS_Lambda_${spec.runtime ?? `nodejs${process.versions.node.split(".")[0]}.x`}`,
      LAMBDA_TASK_ROOT: spec.code,
      _HANDLER: spec.handler,
      TZ: ":UTC",
      ...spec.environment,
    };
  }

  /** Makes the functions those that are wanted. */
  async function want(specs) {
    const folders = new Set(specs.map((spec) => spec.code));
    try {
      if (folders.size === 1) process.chdir([...folders][0]); // anew, as the folder may be a new one of the same name
    } catch {
      // loading a handler from there will say so
    }
    const wanted = new Map(specs.map((spec) => [spec.name, { timeout: 3, ...spec }]));
    for (const [name, fn] of [...functions]) {
      if (wanted.get(name)?.socket === fn.spec.socket) continue;
      functions.delete(name);
      fn.remove();
    }
    for (const [name, spec] of wanted) {
      const fn = functions.get(name);
      if (!fn) {
        const made = new Fn(spec);
        await made.listen();
        functions.set(name, made);
      } else if (JSON.stringify(fn.spec) !== JSON.stringify(spec)) fn.replace(spec);
    }
  }

  async function obey(line) {
    try {
      const command = JSON.parse(line);
      if (command.op === "end") {
        await want([]);
        finishing = true;
        endIfFinished();
        return;
      }
      if (command.op !== "functions") throw new Error(`\`${command.op}\` is not an operation`);
      await want(command.functions);
      emit({ event: "ready" });
    } catch (problem) {
      emit({ event: "failed", text: String(problem) });
    }
  }

  /** Ends when the last answer is written, if main wants that. */
  function endIfFinished() {
    if (finishing && !open && !parting) end();
  }

  /** Ends all threads and this process, also when one of them is stuck in native code. */
  async function end() {
    for (const fn of functions.values()) fn.unlink();
    setTimeout(() => process.kill(process.pid, "SIGKILL"), ENDING);
    await Promise.all([...threads].map((thread) => thread.worker.terminate()));
    process.exit(0);
  }

  process.on("SIGTERM", end);
  process.on("SIGINT", () => {}); // Ctrl-C is for main, which then hangs up
  setInterval(() => {
    const before = Date.now() - IDLE;
    for (const fn of functions.values()) for (const thread of [...fn.idle]) if (thread.since < before) thread.dismiss();
  }, 60_000).unref();

  let input = "";
  let order = Promise.resolve();
  process.stdin.setEncoding("utf8");
  process.stdin.on("data", (part) => {
    const lines = (input + part).split("\n");
    input = lines.pop();
    for (const line of lines) if (line.trim()) order = order.then(() => obey(line));
  });
  process.stdin.on("end", end);
  process.stdin.on("error", end);
}

// --- errors ---

/** An error of the runtime's own, with Lambda's name for it. */
class Fault extends Error {
  constructor(kind, message, stack) {
    super(message);
    this.name = `Runtime.${kind}`;
    if (stack) this.stack = stack;
  }
}

/** An error as a failed call's answer has it. */
function described(error) {
  try {
    if (types.isNativeError(error) || (error && [error.name, error.message, error.stack].every((part) => part && typeof part === "string")))
      return { errorType: error.name, errorMessage: error.message, trace: traced(error) };
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    const errorMessage =
      "callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack";
    return { errorType: "handled", errorMessage, trace: [] };
  }
}

/** The lines of an error's stack, down to where we called the handler. */
function traced(error) {
  const ours = [import.meta.url, fileURLToPath(import.meta.url)];
  const lines = typeof error.stack === "string" ? error.stack.split("\n") : [`${error.name}: ${error.message}`];
  const end = lines.findIndex((line, number) => number && ours.some((name) => line.includes(name)));
  return end < 0 ? lines : lines.slice(0, end);
}

// --- the worker ---

async function work() {
  const spec = workerData;
  const modern = Number(/^nodejs(\d+)\./.exec(spec.runtime ?? "")?.[1] ?? 0) >= 24; // without callbacks
  let answered = true; // whether the present call is
  let whenEmpty = null; // what to do when nothing is left that could settle the call

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

  function take({ id, trace, body, deadline }) {
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
    const context = makeContext(id, deadline);
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

  function report(what, error) {
    const { errorType, errorMessage, trace } = described(error);
    print("stderr", `${what}\t${trace.length ? trace.join("\n") : `${errorType}: ${errorMessage}`}\n`);
  }

  function makeContext(id, deadline) {
    return {
      functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
      functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
      memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
      logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
      logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
      clientContext: undefined,
      identity: undefined,
      invokedFunctionArn: spec.arn,
      awsRequestId: id,
      tenantId: undefined,
      getRemainingTimeInMillis: () => deadline - Date.now(),
    };
  }
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

const NO_CALLBACKS =
  "ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. " +
  "You need to modify this function to use a supported handler signature to use Node.js 24 or later. " +
  "For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.";
const NEVER_SETTLED =
  "The Lambda runtime client detected an unexpected Node.js exit code. " +
  "This is most commonly caused by a Promise that was never settled.";

// --- loading a handler ---

/** The function that a handler names. */
async function load(root, name) {
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
    if (problem?.code === "MODULE_NOT_FOUND") throw new Fault("ImportModuleError", String(problem), `Runtime.ImportModuleError: ${problem.stack}`);
    throw problem;
  }
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
class ResponseStream extends Writable {
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

if (isMainThread) await host();
else await work();
