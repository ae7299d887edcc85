// What the host says: events to main, and refusals to clients.

import fs from "node:fs";

const given = process.argv.find((argument) => argument.startsWith("--events="));
const events = given ? Number(given.slice("--events=".length)) : 1;

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
