// What a handler may find, return and do; the tests of the Node.js host and of the pool call these.
const { spawn, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { threadId } = require("node:worker_threads");

let loaded = 0;
loaded += 1;
let calls = 0;

const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

exports.echo = async (event) => event;

exports.describe = async (event, context) => ({ ...context, left: context.getRemainingTimeInMillis() });

exports.surroundings = async () => ({
  environment: { ...process.env },
  folder: process.cwd(),
  found: fs.readFileSync("found.txt", "utf8"),
  hour: new Date(0).getHours(),
  thread: threadId,
  loaded,
  calls: (calls += 1),
});

exports.nested = { deeper: { handler: async () => "nested" }, number: 5 };

exports.fail = async (event) => check(event);

function check(event) {
  throw new TypeError(`not ${event}`);
}

exports.pause = async (event) => {
  await pause(event);
  return "in time";
};

exports.result = async (event) => {
  const itself = {};
  itself.itself = itself;
  return {
    nothing: undefined,
    "not ASCII": "日本",
    itself,
    "a bigint": 1n,
    "a function": () => {},
    "too much": "x".repeat(6 * 1024 * 1024 + 101),
    enough: "x".repeat(6 * 1024 * 1024 + 98),
  }[event];
};

exports.thrown = async (event) => {
  if (event === "a text") throw "only text";
  if (event === "nothing") throw undefined;
  throw Object.create(null);
};

exports.sync = (event) => event;

exports.throws = () => {
  throw new RangeError("at once");
};

exports.callback = (event, context, callback) => {
  if (event.error) callback(new Error(event.error));
  else if (event.later) {
    setTimeout(() => console.log("later"), 20);
    context.callbackWaitsForEmptyEventLoop = event.later === "waits";
    callback(null, event.later);
  } else if (!event.never) {
    callback(null, "first");
    callback(null, "second");
  }
};

exports.legacy = (event, context) => context[event.how](...event.arguments);

exports.end = async (event) => {
  process.stdout.write("before the end");
  if (event === "process.exit") process.exit(3);
  if (event === "process.exit 0") process.exit(0);
  if (event === "a signal") process.kill(process.pid, "SIGKILL");
  if (event === "a signal to the group") process.kill(0);
  if (event === "process.abort") process.abort();
  if (event === "an uncaught error") setTimeout(() => { throw new RangeError("uncaught"); }, 1);
  if (event === "an unhandled rejection") Promise.reject(new Error("unhandled"));
  if (event === "never") await new Promise(() => {});
  await pause(event === "not" ? 0 : 5000);
  return "still here";
};

exports.spin = async () => {
  console.log("round and round");
  for (;;);
};

exports.block = async () => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};

exports.stuck = async (event) => {
  console.log("stuck");
  fs.openSync(event.pipe, "r"); // which nobody writes to
};

exports.say = async () => {
  console.log("one\ntwo");
  console.error("to stderr");
  fs.writeSync(1, "raw\n");
  fs.writeSync(2, Buffer.from("..bytes\n"), 2);
  await new Promise((resolve) => fs.write(1, "raw later\r\n", resolve));
  process.stdout.write("日本");
};

exports.read = async () => {
  const parts = [fs.readFileSync(0, "utf8"), spawnSync("cat", { stdio: ["inherit", "pipe"] }).stdout.toString()];
  for await (const part of process.stdin) parts.push(part);
  return parts.join("");
};

exports.signal = async () => {
  const heard = [];
  process.once("SIGUSR2", (name, number) => heard.push(name, number > 0));
  const found = [process.kill(process.pid, 0), process.kill(process.pid, "SIGUSR2"), process.kill(process.pid, "SIGCHLD"), heard];
  try {
    process.kill(process.pid, "SIGNONE");
  } catch (problem) {
    found.push(problem.code);
  }
  const other = spawn("sleep", ["60"]);
  process.kill(other.pid, "SIGTERM");
  const ended = await new Promise((resolve) => other.on("exit", (code, signal) => resolve(signal)));
  return [...found, ended];
};

exports.crash = async () => {
  spawnSync("kill", ["-KILL", String(process.pid)]); // as a native module does that is not made for threads
};

exports.inherit = async () => {
  spawnSync("echo", ["from a program"], { stdio: "inherit" });
};

exports.wait = async ({ folder, name }) => {
  const log = path.join(folder, "log");
  fs.appendFileSync(log, `begin ${name} ${threadId}\n`);
  for (let round = 0; round < 3000 && !fs.existsSync(path.join(folder, "go")); round += 1) await pause(5);
  fs.appendFileSync(log, `end ${name} ${threadId}\n`);
  return name;
};

exports.keepBusy = async () => {
  setInterval(() => {}, 1000); // left running, as a database's connection is
  return "done";
};

exports.stream = awslambda.streamifyResponse(async (event, stream) => {
  if (event.status) stream = awslambda.HttpResponseStream.from(stream, { statusCode: event.status, headers: { "x-own": "1" } });
  else stream.setContentType("text/plain");
  stream.write("part one, ");
  await pause(1);
  stream.write(Buffer.from("part two"));
  if (!event.open) stream.end();
});
