// What lies beyond the edges of the view: how many boxes are there, in buttons that lead to them.

import { element, setText } from "./elements.js";
import { plural } from "./format.js";
import { nodes } from "./graph.js";
import { centre, picture, seen } from "./viewport.js";

const CUT = 6; // pixels of a box that may be outside
const STEP = 0.7; // of the view, by which a button goes on

// Each side: its arrow, its words, how far a box reaches beyond it, and where it leads.
const SIDES = {
  left: ["←", "to the left", (box, view) => view.left - box.x, [-1, 0]],
  right: ["→", "to the right", (box, view) => box.x + box.width - view.right, [1, 0]],
  top: ["↑", "above", (box, view) => view.top - box.y, [0, -1]],
  bottom: ["↓", "below", (box, view) => box.y + box.height - view.bottom, [0, 1]],
};

const hints = new Map(Object.entries(SIDES).map(([side, [, , , way]]) => {
  const button = element("button", { onclick: () => step(...way) });
  const hint = element("div", { class: `beyond ${side}`, hidden: true }, button);
  picture.after(hint);
  return [side, { hint, button }];
}));

function step(across, down) {
  const { left, top, right, bottom, scale } = seen();
  const [width, height] = [right - left, bottom - top];
  centre(left + width * (0.5 + across * STEP), top + height * (0.5 + down * STEP), scale);
}

function update() {
  const view = seen();
  for (const [side, [arrow, words, reach]] of Object.entries(SIDES)) {
    const { hint, button } = hints.get(side);
    const count = [...nodes.values()].filter((node) => reach(node, view) * view.scale > CUT).length;
    hint.hidden = count === 0 || !picture.clientWidth;
    setText(button, side === "right" ? `${count} more ${arrow}` : `${arrow} ${count} more`);
    button.setAttribute("aria-label", `${plural(count, "box", "boxes")} ${words}: show`);
  }
}

let frame = 0;
function updateSoon() {
  if (!frame) frame = requestAnimationFrame(() => { frame = 0; update(); });
}

picture.addEventListener("view", updateSoon);
new ResizeObserver(updateSoon).observe(picture);
