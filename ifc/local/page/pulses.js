// Pulses: an event runs along its line of the picture, and its boxes glow.

import { svgElement } from "./elements.js";
import { endsOf, outcomeClass } from "./lines.js";

const MOST = 40; // pulses at the same time
const PAUSE = 240; // milliseconds between two of the same line or box
const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
let running = 0;

// Counts anew: those of a picture that was replaced are gone.
export function forgetPulses() {
  running = 0;
}

export function showEvent(line) {
  if (line.outcome === "printed") return;
  const { from, to, edge } = endsOf(line), bad = outcomeClass(line.outcome) === "bad";
  if (edge) pulse(edge, bad);
  if (from?.kind === "route") {
    glow(from);
    for (const before of from.from) pulse(before, bad);
  }
  if (to) glow(to, bad, edge && !reducedMotion.matches ? 620 : 0);
}

// A line is drawn from its target to its source, so the pulse runs from the path's end to its beginning.
function pulse(edge, bad) {
  const now = performance.now();
  if (document.hidden || reducedMotion.matches || running >= MOST || now - edge.pulsed < PAUSE) return;
  edge.pulsed = now;
  edge.comet ??= edge.mark.appendChild(cometOf(edge));
  edge.comet.classList.toggle("bad", bad);
  running += 1;
  const way = [{ strokeDashoffset: -100, opacity: 1 }, { strokeDashoffset: 9, opacity: 1 }];
  const flight = edge.comet.animate(way, { duration: 800, easing: "cubic-bezier(.4, 0, .6, 1)" });
  for (const end of ["finish", "cancel"]) flight.addEventListener(end, () => { running = Math.max(0, running - 1); });
}

function cometOf(edge) {
  const [own, shared] = [...edge.mark.querySelectorAll(".run")].map((run) => run.getAttribute("d"));
  const course = shared ? shared + own.replace("M", "L") : own;
  const dash = { pathLength: 100, "stroke-dasharray": "9 200", "stroke-dashoffset": 9 };
  return svgElement("path", { class: "comet", d: course, ...dash });
}

export function glow(node, bad = false, delay = 0) {
  const now = performance.now();
  if (document.hidden || now - node.glowed < PAUSE) return;
  node.glowed = now;
  const around = { x: -4, y: -4, width: node.width + 8, height: node.height + 8, rx: 12 };
  node.halo ??= node.mark.insertBefore(svgElement("rect", { class: "halo", ...around }), node.rect);
  node.halo.classList.toggle("bad", bad);
  node.halo.animate([{ opacity: 0.55 }, { opacity: 0 }], { duration: 900, delay, easing: "ease-out" });
}
