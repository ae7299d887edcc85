// The forms that send, publish, put and call: what a value goes to, the value, and the answer.

import { go } from "./address.js";
import { ask } from "./connection.js";
import { element, quiet, withCode } from "./elements.js";
import { answerBox, editor, textInput } from "./form.js";
import { milliseconds } from "./format.js";
import { nodes } from "./graph.js";
import { contentOf } from "./json.js";
import { perform } from "./notices.js";
import { startButton } from "./schedules.js";

// What can be done with a thing of a kind: what the run is asked, the button, and what the value is called.
export const ACTIONS = {
  function: ["call", "Call", "Event"],
  queue: ["send", "Send", "Message"],
  topic: ["publish", "Publish", "Message"],
  bus: ["publish", "Publish", "Event"],
  stream: ["put", "Put", "Record"],
  table: ["put", "Put", "Item"],
  bucket: ["put", "Put", "Object"],
  secret: ["put", "Put", "Value"],
  config: ["put", "Put", "Value"],
};

const GROUPS = {
  function: "Call a function",
  queue: "Send to a queue",
  topic: "Publish to a topic",
  bus: "Publish to a bus",
  stream: "Put into a stream",
  table: "Put into a table",
  bucket: "Put into a bucket",
  secret: "Put a secret",
  config: "Put a config",
  schedule: "Start a schedule",
};

// Lets the user pick one of the app's things, and shows the form of the one with this name.
export function showSend(body, name) {
  const all = [...nodes.values()].filter((node) => GROUPS[node.kind]);
  if (!all.length) { body.append(element("p", { class: "quiet" }, "The app has nothing to send to.")); return; }
  const select = element("select", { id: "whom", onchange: () => go("do", select.value) });
  for (const [kind, label] of Object.entries(GROUPS)) {
    const options = all.filter((node) => node.kind === kind).map((node) => element("option", { value: node.name }, node.label));
    if (options.length) select.append(element("optgroup", { label }, ...options));
  }
  const node = all.find((each) => each.name === name) ?? nodes.get(select.value);
  select.value = node.name;
  body.append(element("label", { class: "field" }, element("span", {}, "To"), select));
  if (node.kind === "schedule") body.append(element("div", { class: "acts" }, startButton(node)));
  else showSendForm(body, node);
}

// The form that sends a value to one thing.
export function showSendForm(body, node) {
  const [act, verb, noun] = ACTIONS[node.kind];
  const { area, check, field } = editor(`${noun} (JSON)`, node.name);
  const key = keyInput(node);
  const group = node.fifo ? textInput("Message group", node.name, { placeholder: "default" }) : null;
  const button = element("button", { class: "main" }, verb);
  const answer = answerBox();
  const form = element("form", { onsubmit: (event) => {
    event.preventDefault();
    if (check() !== null) { area.focus(); return; }
    perform(button, send);
  } }, key?.field, group?.field, field, element("div", { class: "acts" }, button, quiet("Ctrl+Enter")));
  body.append(form, answer);

  // The value goes as it is written: a big number loses nothing.
  async function send() {
    const rest = { name: node.name, key: key?.box.value || undefined, group: group?.box.value || undefined };
    const began = performance.now();
    answer.replaceChildren(element("p", { class: "quiet" }, "…"));
    try {
      const found = await ask(act, `${JSON.stringify(rest).slice(0, -1)},"value":${area.value}}`);
      const took = milliseconds(performance.now() - began);
      const title = found.error ? `Failed: ${found.error}` : "Answer";
      const head = element("h3", { class: found.error ? "bad" : "good" }, title, quiet(` ${took}`));
      answer.replaceChildren(head, contentOf(JSON.stringify(act === "call" ? found.answer : found) ?? "null"));
    } catch (problem) {
      answer.replaceChildren(element("h3", { class: "bad" }, "Not done"), element("p", {}, ...withCode(problem.message)));
    }
  }
}

function keyInput({ kind, name }) {
  if (kind === "bucket") return textInput("Key", name, { required: true });
  return kind === "stream" ? textInput("Partition key (or one is made)", name) : null;
}
