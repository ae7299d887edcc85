// The numbers on the picture: how much happened in a box, and in badges what waits or went wrong there and on the lines.

import { svgElement } from "./elements.js";
import { compact } from "./format.js";
import { edges, nodes, shown } from "./graph.js";
import { glow } from "./pulses.js";
import { behindOn, heldIn, status } from "./status.js";

const BRIEF = 1.7; // by which a badge is larger that is seen from far, and says no more than its number

let since = null; // when the run began that was counted last
let counted = null; // the events of its sources then

// Brings all numbers up to date; a box whose events have become more glows.
export function showNumbers() {
  if (since !== status.since) counted = Object.create(null);
  for (const node of nodes.values()) {
    showTotal(node);
    showBadges(node);
    if (node.name in counted && status.events[node.name] > counted[node.name]) glow(node);
  }
  edges.forEach(showLag);
  [since, counted] = [status.since, status.events];
}

function showTotal(node) {
  const total = totalOf(node), text = total ? compact(total) : "";
  if (text === node.total) return;
  node.total = text;
  node.tally ??= node.mark.appendChild(svgElement("text", { class: "tally", x: node.width - 11, y: 19, "text-anchor": "end" }));
  node.tally.textContent = text;
}

function totalOf(node) {
  const called = status.functions[node.name];
  if (called) return (called.calls.ok ?? 0) + (called.calls.failed ?? 0);
  return status.queues[node.name]?.dead ? 0 : status.events[node.name] ?? 0;
}

// The badges of a box: of what class each is, its number and its word.
function badgesOf(node) {
  const called = status.functions[node.name], queue = status.queues[node.name];
  if (called) return [["bad", called.calls.failed ?? 0, "failed"], ["wait", called.waiting, "waiting"]];
  if (queue?.dead) return [["bad", heldIn(queue), "dead"]];
  return queue ? [["wait", queue.visible + queue.delayed, "waiting"], ["hand", queue.hidden, "in flight"]] : [];
}

function showBadges(node) {
  const badges = badgesOf(node).filter(([, count]) => count > 0).map(([kind, count, word]) => [kind, compact(count), word]);
  const total = totalOf(node), brief = [...(total ? [["total", compact(total)]] : []), ...badges];
  const key = brief.map((each) => each.join(" ")).join(", ");
  if (key === node.badges) return;
  node.badges = key;
  node.mark.classList.toggle("alarmed", status.queues[node.name]?.dead === true && shown.length > 0);
  for (const row of node.rows ?? []) row.remove();
  node.rows = [
    rowOf("badges", badges.map(([kind, count, word]) => badge(kind, `${count} ${word}`)), node),
    rowOf("badges brief", brief.map(([kind, count]) => badge(kind, count, BRIEF)), node),
  ];
  node.mark.append(...node.rows);
  const texts = badges.map(([, count, word]) => `${count} ${word}`);
  node.title.textContent = [node.tooltip, ...texts].join("\n");
  node.mark.setAttribute("aria-label", [node.spoken, ...texts].join(", "));
}

// Badges side by side on the lower edge of a box: to the right, or in its middle where they are wider than it.
function rowOf(rowClass, badges, node) {
  const width = badges.reduce((sum, each) => sum + each.width + 4, -4);
  const row = svgElement("g", { class: rowClass });
  let left = width > node.width - 16 ? (node.width - width) / 2 : node.width - 8 - width;
  for (const each of badges) {
    each.mark.setAttribute("transform", `translate(${left} ${node.height - 8})`);
    row.append(each.mark);
    left += each.width + 4;
  }
  return row;
}

function badge(kind, text, size = 1) {
  const width = (text.length * 5.5 + 13) * size, height = 17 * size;
  const ground = svgElement("rect", { width, height, rx: height / 2 });
  const words = svgElement("text", { x: width / 2, y: 12.2 * size, "font-size": 10.5 * size, "text-anchor": "middle" }, text);
  return { mark: svgElement("g", { class: `badge ${kind}` }, ground, words), width };
}

// How far its readers are behind, in a badge on the line; between the columns of the narrow drawing there is room for the number alone.
function showLag(edge) {
  if (!edge.wires.length) return;
  const behind = behindOn(edge), text = behind > 0 ? `${compact(behind)} behind` : "";
  if (text === edge.lag) return;
  edge.lag = text;
  for (const each of edge.badges ?? []) each.remove();
  const number = compact(behind);
  edge.badges = text ? [badgeOn(edge, "badges", shown === "narrow" ? number : text), badgeOn(edge, "badges brief", number, BRIEF)] : [];
  edge.title.textContent = text ? `${edge.tooltip}\n${text}` : edge.tooltip;
  edge.mark.append(...edge.badges);
}

function badgeOn(edge, badgeClass, text, size = 1) {
  const { mark, width } = badge("wait", text, size);
  const at = `translate(${edge.at[0] - width / 2} ${edge.at[1] - 8.5 * size})`;
  return svgElement("g", { class: badgeClass, transform: at }, mark);
}
