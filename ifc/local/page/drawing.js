// Which of the two drawings is shown, and how large: all of it where that can be read, else the beginning of it.

import { showNumbers } from "./badges.js";
import { byId } from "./elements.js";
import { drawings, loadGraph, nodes, show, shown } from "./graph.js";
import { forgetPulses } from "./pulses.js";
import { refresh, selected } from "./selection.js";
import { centre, fitAt, moved, picture, seen, wholeScale } from "./viewport.js";

const READABLE = 0.8; // the scale at which everything in a drawing can be read
const LEGIBLE = 0.55; // the scale at which large names can

let whole = false; // whether all was asked for, however small

// Draws the app anew. What nobody has moved is fitted in anew; else one looks where one looked.
export async function draw() {
  await loadGraph();
  if (!moved) fit(whole);
  marksChanged();
}

// Shows the whole app: with labels where these can be read. If not all was asked for, no smaller than names can be read.
export function fit(all = true) {
  whole = all;
  if (!drawings.full || !picture.clientWidth) return; // it is fitted in when it is seen
  const full = wholeScale(drawings.full.extent), narrow = wholeScale(drawings.narrow.extent);
  const labelled = full >= Math.min(READABLE, narrow);
  change(labelled ? "full" : "narrow");
  fitAt(Math.max(labelled ? full : narrow, all ? 0 : LEGIBLE));
}

function change(which) {
  byId("labels").checked = which === "full";
  if (which === shown) return;
  show(which);
  marksChanged();
}

// The marks are new ones: what they showed has to be shown on them.
function marksChanged() {
  forgetPulses();
  showNumbers();
  refresh();
}

// Labels are shown, or not: the box that is selected, or is nearest to the middle, comes there, as large as can be read.
function switchLabels() {
  const { left, top, right, bottom, scale } = seen();
  const middle = (node) => [node.x + node.width / 2, node.y + node.height / 2];
  const away = (node) => Math.hypot(middle(node)[0] - (left + right) / 2, middle(node)[1] - (top + bottom) / 2);
  const kept = selected ?? [...nodes.values()].reduce((one, other) => (away(other) < away(one) ? other : one));
  if (!byId("labels").checked && wholeScale(drawings.narrow.extent) >= LEGIBLE) { fit(); return; }
  change(byId("labels").checked ? "full" : "narrow");
  centre(...middle(nodes.get(kept.name)), Math.max(scale, READABLE));
}

byId("labels").addEventListener("change", () => { if (nodes.size) switchLabels(); });
byId("fit").addEventListener("click", () => fit());
new ResizeObserver(() => { if (!moved) fit(whole); }).observe(picture);
