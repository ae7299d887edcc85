// Runs Node.js functions as Lambda does: `node node_host/main.mjs --commands=FD --events=FD`, told what to run by JSON lines.
//
// The main thread never runs a handler. It takes the calls from the functions' sockets and gives each to a worker thread that
// has loaded the handler once and takes one call after the other. A thread has its own modules, globals and process.env; it is
// terminated when a call runs over its timeout, in an endless loop too, and the caller hears `Sandbox.Timedout`. A thread that
// ends by itself, by process.exit, process.abort or a signal to its own process, is `Runtime.ExitError`.
//
// The protocol has descriptors of its own, so that what handlers and the programs that they start read from 0, and write to 1 and 2,
// never gets between.
//
// What a thread can't have of its own: the working directory (so main starts one host for each code folder, within it) and
// process.chdir, signals from outside, and native modules that are not made for threads. Where such a module ends the whole process, main
// starts it again, and the calls of all its functions are `Runtime.ExitError`.
//
// Lambda's texts and rules are those of its open runtime client (aws-lambda-nodejs-runtime-interface-client: UserFunction.js,
// CallbackContext.js, Runtime.js, Errors.js; for Node.js 24 its version 4). Needs Node.js 18 and none of npm's packages.

import { Fn } from "./functions.mjs";
import { commands, emit } from "./protocol.mjs";

const IDLE = 600_000; // milliseconds after which a thread that has nothing to do goes
const ENDING = 500; // milliseconds for the threads to end when the host does

const functions = new Map();
let finishing = false; // main wants it to end

/** What the functions and their threads know of the host. */
const host = {
  threads: new Set(),
  parting: 0, // functions that went a moment ago
  open: 0, // requests whose answer hasn't been written

  /** Ends when the last answer is written, if main wants that. */
  endIfFinished() {
    if (finishing && !host.open && !host.parting) end();
  },
};

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
      const made = new Fn(spec, host);
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
      host.endIfFinished();
      return;
    }
    if (command.op === "flush") {
      emit({ event: "flushed" }); // whatever was printed is told before the call is answered
      return;
    }
    if (command.op !== "functions") throw new Error(`\`${command.op}\` is not an operation`);
    await want(command.functions);
    emit({ event: "ready" });
  } catch (problem) {
    emit({ event: "failed", text: String(problem) });
  }
}

/** Ends all threads and this process, also when one of them is stuck in native code. */
async function end() {
  for (const fn of functions.values()) fn.unlink();
  setTimeout(() => process.kill(process.pid, "SIGKILL"), ENDING);
  await Promise.all([...host.threads].map((thread) => thread.worker.terminate()));
  process.exit(0);
}

if (Number(process.versions.node.split(".")[0]) < 18) {
  console.error(`Node.js ${process.versions.node} is older than 18`);
  process.exit(1);
}

process.on("SIGTERM", end);
process.on("SIGINT", () => {}); // Ctrl-C is for main, which then hangs up
setInterval(() => {
  const before = Date.now() - IDLE;
  for (const fn of functions.values()) for (const thread of [...fn.idle]) if (thread.since < before) thread.dismiss();
}, 60_000).unref();

const main = commands();
let input = "";
let order = Promise.resolve();
main.setEncoding("utf8");
main.on("data", (part) => {
  const lines = (input + part).split("\n");
  input = lines.pop();
  for (const line of lines) if (line.trim()) order = order.then(() => obey(line));
});
main.on("end", end);
main.on("error", end);
