// What the forms are made of: the editor of a JSON text, which says what is wrong with it, lines of text, and the answer.

import { element, setText } from "./elements.js";
import { jsonProblem, pretty, startsAsJson } from "./json.js";

export const drafts = new Map(); // what was written into an editor, by the name of the thing that it is for
const written = new Map(); // the same of other fields, by that name and the field's own

// The editor of what goes to the thing with this name; one that is optional may be left empty.
export function editor(label, name, optional = false) {
  const area = element("textarea", { rows: "9", spellcheck: "false", autocomplete: "off", "aria-describedby": "judged", id: "value" });
  const verdict = element("p", { class: "judged", id: "judged", role: "status" });
  const format = element("button", { type: "button", class: "plain", onclick: () => {
    if (check() === null && area.value.trim()) area.value = pretty(area.value);
    keep();
  } }, "Format");
  const keep = () => drafts.set(name, area.value);
  function check() {
    const problem = optional && !area.value.trim() ? null : jsonProblem(area.value);
    area.setAttribute("aria-invalid", String(problem !== null));
    verdict.className = problem === null ? "judged" : "judged bad";
    setText(verdict, problem === null ? "" : `No JSON: ${problem}${startsAsJson(area.value) ? "" : ". A text stands in quotes."}`);
    return problem;
  }
  area.addEventListener("input", () => { keep(); check(); });
  area.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); area.form.requestSubmit(); }
  });
  area.value = drafts.get(name) ?? (optional ? "" : "{}");
  check();
  const head = element("div", { class: "between" }, element("label", { for: "value" }, label), format);
  return { area, check, field: element("div", { class: "field" }, head, area, verdict) };
}

// A line of text for the thing with this name.
export function textInput(label, name, attributes) {
  const box = element("input", { type: "text", autocomplete: "off", spellcheck: "false", ...attributes });
  return { box, field: labelled(label, name, box) };
}

// A control for the thing with this name, below its label.
export function labelled(label, name, control) {
  return element("label", { class: "field" }, element("span", {}, label), kept(control, name, label));
}

// A control for the thing with this name, which has a name of its own. It may be made anew while it is open, as when the app is saved: what
// was written into it stays.
export function kept(control, name, own) {
  const key = JSON.stringify([name, own]);
  control.id = `field-${encodeURIComponent(key)}`;
  control.value = written.get(key) ?? control.value;
  control.addEventListener("input", () => written.set(key, control.value));
  return control;
}

// Where the answer to what a form sent is shown.
export const answerBox = () => element("div", { class: "answer", "aria-live": "polite" });
