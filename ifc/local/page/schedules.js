// Schedules: when one runs next, and the button that starts it now.

import { ask } from "./connection.js";
import { element, quiet, setText } from "./elements.js";
import { clockTime, dateAndTime, dateOf, duration } from "./format.js";
import { nodes } from "./graph.js";
import { nodeLink } from "./layout.js";
import { perform, toast } from "./notices.js";
import { status } from "./status.js";

const HALF_DAY = 43_200; // seconds after which a clock time alone would mislead

export function nextStart(name) {
  const next = status.schedules[name]?.next;
  if (next === null || next === undefined) return "never";
  const away = next - Date.now() / 1000, date = dateOf(next);
  return away > 0 ? `next in ${duration(away)}, at ${away > HALF_DAY ? dateAndTime(date) : clockTime(date)}` : "now";
}

export function startButton(node) {
  const button = element("button", { onclick: () => perform(button, async () => {
    await ask("fire", JSON.stringify({ name: node.name }));
    toast(`\`${node.label}\` is started`);
  }) }, "Start now");
  return button;
}

// A schedule as a row, and what brings its next start up to date.
export function scheduleRow(node) {
  const when = element("span", { class: "quiet" }), told = status.schedules[node.name].to, target = nodes.get(told);
  const update = () => setText(when, nextStart(node.name));
  const text = element("span", {}, nodeLink(node), quiet(" → "), target ? nodeLink(target) : told, element("br"), when);
  return { row: element("li", { class: "split-row" }, text, startButton(node)), update };
}
