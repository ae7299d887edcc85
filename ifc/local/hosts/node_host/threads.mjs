// The worker threads as the host has them: how they are made, what they say, and what becomes of their calls.

import { randomUUID } from "node:crypto";
import { constants } from "node:os";
import { Worker } from "node:worker_threads";

import { described } from "./errors.mjs";
import { emit, refuse } from "./protocol.mjs";

const LARGEST_RESPONSE = 6 * 1024 * 1024 + 100; // bytes (Lambda developer guide, Lambda quotas)
const LONGEST_LINE = 256 * 1024; // of what a handler prints; a longer one comes in pieces
const LOADING = 10; // seconds that a handler's module may take before the function's timeout begins to count

// What signals do, by their numbers, in the words of strsignal.
const ENDINGS = Object.fromEntries(
  [["HUP", "hangup"], ["INT", "interrupt"], ["QUIT", "quit"], ["ABRT", "aborted"], ["KILL", "killed"], ["SEGV", "segmentation fault"], ["TERM", "terminated"]].map(
    ([name, word]) => [constants.signals[`SIG${name}`], word],
  ),
);

// What a program needs of this machine; nothing else of main's environment reaches a function.
const INHERITED = ["PATH", "HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR"];

/** A worker thread, as the host sees it. */
export class Thread {
  constructor(fn) {
    this.fn = fn;
    this.spec = fn.spec; // as it was when the thread was started
    this.call = null;
    this.ready = this.leaving = this.ended = false;
    this.rest = { stdout: "", stderr: "" };
    this.fault = null; // the answer to give when it ends
    this.signal = 0; // by which it has ended itself
    this.worker = makeWorker(this.spec, environment(this.spec));
    this.worker.stdin.end(); // there is nothing to read, as on Lambda
    this.worker.on("message", (message) => this.ended || this[message.kind](message)); // some may be under way when it ends
    this.worker.on("error", (problem) => (this.fault = JSON.stringify(described(problem)))); // as out of memory
    this.worker.on("exit", (code) => this.exited(code));
    this.timer = setTimeout(() => this.late(), ((this.spec.loading ?? LOADING) + this.spec.timeout) * 1000);
    fn.host.threads.add(this);
  }

  give(call) {
    this.call = call;
    call.began = performance.now();
    const milliseconds = this.spec.timeout * 1000;
    this.timer = setTimeout(() => this.late(), milliseconds);
    this.worker.postMessage({ id: call.id, trace: call.trace, client: call.client, body: call.body, deadline: Date.now() + milliseconds });
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

  /** It sent a signal to its own process: the thread ends, and no other. */
  signalled({ signal }) {
    this.signal = signal;
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
    this.fn.host.threads.delete(this);
    this.forget();
    clearTimeout(this.timer);
    if (!this.leaving) {
      this.adopt();
      if (this.fault && this.call) this.answer(this.fault, true);
      else this.verdict("Runtime.ExitError", this.why(code));
      emit({ event: "exit", function: this.fn.spec.name, status: -this.signal || code });
    }
    this.printRest();
    this.fn.serve();
  }

  /** How it ended, as Lambda says it of a process. */
  why(code) {
    if (this.signal) return `Runtime exited with error: signal: ${ENDINGS[this.signal] ?? this.signal}`;
    return code ? `Runtime exited with error: exit status ${code}` : "Runtime exited without providing a reason";
  }
}

function makeWorker(spec, env) {
  try {
    return new Worker(new URL("worker.mjs", import.meta.url), { workerData: spec, env, stdin: true, stdout: true, stderr: true, argv: [], execArgv: [] });
  } catch (problem) {
    if (!env.NODE_OPTIONS) throw problem;
    // Some options are for whole processes, and a thread that is given them is not made.
    const text = `NODE_OPTIONS is left out, as a thread can't take it: ${problem.message.replace(/^Initiated Worker with .*? env variable: /, "")}`;
    emit({ event: "log", function: spec.name, stream: "stderr", text, request: null });
    const { NODE_OPTIONS, ...rest } = env;
    return makeWorker(spec, rest);
  }
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
