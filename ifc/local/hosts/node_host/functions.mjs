// The functions as the host has them: their sockets, and who gets which thread.

import { randomUUID } from "node:crypto";
import fs from "node:fs";
import { createServer } from "node:http";

import { refuse } from "./protocol.mjs";
import { Thread } from "./threads.mjs";

const LARGEST_REQUEST = 6 * 1024 * 1024; // bytes of an event (Lambda developer guide, Lambda quotas)
const LONGEST_PATH = 103; // of a socket, which macOS allows; older releases of Node.js cut a longer one without a word
const PATIENCE = 10; // milliseconds that a call waits for a busy thread before a further one is started
const READING = 10_000; // milliseconds until a request must have come
const PARTING = 500; // milliseconds for who had connected to a function before it went to say what he wants

/** A function: its socket, who waits, and the threads that have its present code. */
export class Fn {
  constructor(spec, host) {
    this.spec = spec;
    this.host = host;
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
    this.host.open += 1;
    response.on("close", () => {
      this.host.open -= 1;
      this.host.endIfFinished();
    });
    request.on("end", () => {
      if (request.method !== "POST") refuse(response, 405, "a function is called with POST");
      else if (size > LARGEST_REQUEST)
        refuse(response, 413, `Request must be smaller than ${LARGEST_REQUEST} bytes for the InvokeFunction operation`);
      else if (this.spec.concurrency === 0) refuse(response, 429, "Rate Exceeded.");
      else {
        const { "x-ifc-request-id": id, "x-ifc-trace": trace, "x-ifc-client": client } = request.headers;
        this.waiting.push({ response, body: Buffer.concat(parts), id: tidyId(id), trace, client, since: Date.now() });
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
    this.host.parting += 1;
    this.part(Date.now() + PARTING);
    this.serve();
  }

  /** Hangs up where no request came, once that is certain enough. */
  part(end) {
    const look = () =>
      this.server.getConnections((problem, count) => {
        if (count && Date.now() < end) return this.part(end);
        this.host.parting -= 1;
        this.server.close();
        this.server.closeIdleConnections?.(); // from Node.js 19 on `close` does
        this.host.endIfFinished();
      });
    setTimeout(() => setImmediate(look), PARTING / 20); // between the two are taken those that wait to be accepted
  }
}

function tidyId(id) {
  return id && /^[ -~]{1,128}$/.test(id) ? id : randomUUID();
}
