// The views of a narrow window, which has room for one at a time: the picture, the log, or the details.

import { place } from "./address.js";
import { byId } from "./elements.js";

const views = byId("views");

function show(view) {
  document.body.dataset.view = view;
  views.querySelector(`input[value="${view}"]`).checked = true;
}

views.addEventListener("change", (event) => show(event.target.value));
addEventListener("hashchange", () => show("panel")); // whoever opens something wants to see it
if (place()[0]) show("panel");
