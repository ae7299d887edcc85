// What the host hears and says: commands of main, events to main, and refusals to clients.

import fs from "node:fs";
import net from "node:net";

const events = given("events");

/** The descriptor that main has given for something. */
function given(name) {
  const found = process.argv.find((argument) => argument.startsWith(`--${name}=`));
  return Number(found?.slice(name.length + 3));
}

/** Where main's commands come from. */
export function commands() {
  return new net.Socket({ fd: given("commands"), readable: true, writable: false });
}

/** Tells main. */
export function emit(event) {
  let rest = Buffer.from(JSON.stringify(event) + "\n");
  while (rest.length) {
    try {
      rest = rest.subarray(fs.writeSync(events, rest));
    } catch (problem) {
      if (problem.code !== "EAGAIN") process.kill(process.pid, "SIGKILL"); // main is gone
    }
  }
}

/** Answers without calling the handler. */
export function refuse(response, status, text) {
  const body = JSON.stringify({ errorMessage: text });
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(body), connection: "close" }).end(body);
}
