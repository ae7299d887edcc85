// The window: how its height is divided between picture and log, and the keys that work everywhere in it.

import { go } from "./address.js";
import { fit } from "./drawing.js";
import { byId } from "./elements.js";
import { clearFind } from "./selection.js";
import { zoomIn, zoomOut } from "./viewport.js";

const main = byId("main"), split = byId("split");

function divide(percent) {
  const share = Math.min(85, Math.max(15, percent));
  main.style.setProperty("--share", `${share}%`);
  split.setAttribute("aria-valuenow", String(Math.round(share)));
}

split.addEventListener("pointerdown", (event) => { split.setPointerCapture(event.pointerId); event.preventDefault(); });
split.addEventListener("pointermove", (event) => {
  if (!split.hasPointerCapture(event.pointerId)) return;
  const whole = main.getBoundingClientRect();
  divide(((event.clientY - whole.top) / whole.height) * 100);
});
split.addEventListener("keydown", (event) => {
  const step = { ArrowUp: -4, ArrowDown: 4 }[event.key];
  if (step) { divide(Number(split.getAttribute("aria-valuenow")) + step); event.preventDefault(); }
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || byId("confirm").open) return;
  const writing = event.target.closest?.("input, textarea, select");
  if (event.key === "Escape") {
    if (event.target === byId("find")) clearFind();
    if (writing) event.target.blur();
    else go("");
  } else if (writing) return;
  else if (event.key === "/") { event.preventDefault(); byId("find").focus(); byId("find").select(); }
  else if (event.key === "+" || event.key === "=") zoomIn();
  else if (event.key === "-") zoomOut();
  else if (event.key === "0") fit();
});
