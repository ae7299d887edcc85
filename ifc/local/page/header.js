// The header: which app runs at which stage and address, for how long, and how many dead letters it has.

import { byId, setText } from "./elements.js";
import { duration, plural } from "./format.js";
import { deadLetterQueues, heldIn, status } from "./status.js";

let running = null; // whether the run answers; null before it was asked

export function showRunning(answers) {
  if (running === answers) return;
  running = answers;
  document.body.classList.toggle("waiting", !running);
  byId("away").hidden = running;
  showState(running ? "running" : "not running");
}

const showState = (text) => setText(byId("state").querySelector("span"), text);

export function showHeader() {
  setText(byId("app"), status.app);
  setText(byId("stage"), status.stage);
  byId("stage").hidden = false;
  setText(byId("gateway"), status.gateway.replace(/^https?:\/\//, ""));
  byId("gateway").href = new URL("/", location.href).href;
  byId("gateway").hidden = false;
  showState(`running for ${duration(Date.now() / 1000 - status.since)}`);
  const dead = deadLetterQueues().reduce((sum, [, queue]) => sum + heldIn(queue), 0);
  byId("alarm").hidden = dead === 0;
  setText(byId("alarm"), plural(dead, "dead letter"));
  document.title = `${dead ? `(${dead}) ` : ""}${status.app} · ifc local`;
}
