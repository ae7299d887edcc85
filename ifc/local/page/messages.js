// The messages that a queue holds, and above all dead letters: they are read, redriven to where they failed, or purged.

import { address } from "./address.js";
import { ask, look, query } from "./connection.js";
import { element, factList, setText, withCode } from "./elements.js";
import { dateAndTime, plural, timeElement } from "./format.js";
import { contentOf } from "./json.js";
import { addRowList, addSection, foldedRow, gist } from "./layout.js";
import { confirmed, perform, toast, toastProblem } from "./notices.js";
import { deadLetterQueues, depthOf, heldIn, status } from "./status.js";

const PAGE = 100; // messages that are looked at
const STATES = { visible: "available", hidden: "in flight", delayed: "delayed" };

// The queues of dead letters, and the messages of one: of the one with this name, or else of the first that holds some.
export function showDeadLetters(body, name) {
  const queues = deadLetterQueues();
  if (!queues.length) {
    const none = "No queue of this app has dead letters: `dead-letter after 5` gives it some.";
    body.append(element("p", { class: "quiet" }, ...withCode(none)));
    return null;
  }
  const picked = queues.some(([queue]) => queue === name) ? name : (queues.find(([, queue]) => heldIn(queue)) ?? queues[0])[0];
  const depths = new Map(), list = element("ul", { class: "list pick", "aria-label": "Queues of dead letters" });
  for (const [queue] of queues) {
    const depth = element("span", {});
    depths.set(queue, depth);
    const current = queue === picked ? "true" : null;
    list.append(element("li", {}, element("a", { href: address("letters", queue), "aria-current": current }, queue, depth)));
  }
  addSection(body, "Queues of dead letters", list);
  const updateDepths = () => {
    for (const [queue, cell] of depths) {
      const depth = depthOf(queue);
      setText(cell, depth.toLocaleString("en"));
      cell.className = depth ? "number bad" : "number";
    }
  };
  updateDepths();
  const updateMessages = showMessages(addSection(body, picked), picked);
  return () => { updateDepths(); updateMessages(); };
}

// The messages of one queue.
export function showMessages(body, name) {
  const dead = status.queues[name]?.dead;
  const { bar, note, list } = addRowList(body);
  let loaded = null; // how many the queue held when its messages were fetched

  async function load() {
    const depth = depthOf(name);
    const { messages } = await ask(`messages?${query({ name, most: PAGE })}`);
    loaded = depth;
    list.replaceChildren(...messages.map(messageRow));
    const more = depth > messages.length ? `The first ${messages.length} of ${depth.toLocaleString("en")} messages` : "";
    note.textContent = messages.length ? more : "No message is here.";
    note.hidden = !note.textContent;
    showChoice();
  }

  function messageRow(message) {
    const box = { type: "checkbox", value: String(message.offset), "aria-label": `Choose message ${message.id}`, onchange: showChoice };
    const head = element(
      "summary", {}, dead ? element("input", box) : null, timeElement(new Date(message.sent)), gist(message.body),
      message.receives ? element("span", { class: "quiet", title: "how often it was received" }, `${message.receives}×`) : null,
    );
    return foldedRow(head, (inside) => {
      inside.append(...messageDetails(message));
      if (!dead) return;
      const button = element("button", { onclick: () => perform(button, () => redrive([message.offset])) }, "Redrive this one");
      inside.append(element("div", { class: "acts" }, button));
    });
  }

  const chosen = () => [...list.querySelectorAll('input[type="checkbox"]:checked')].map((box) => Number(box.value));

  function showChoice() {
    const count = chosen().length;
    setText(redriveButton, count ? `Redrive ${count}` : "Redrive all");
    redriveButton.disabled = purgeButton.disabled = list.children.length === 0;
  }

  async function redrive(offsets) {
    const { moved, to, left } = await ask("redrive", JSON.stringify({ name, offsets }));
    const homes = Object.entries(to).map(([queue, count]) => `${count.toLocaleString("en")} to \`${queue}\``);
    const where = homes.length === 1 ? ` to \`${Object.keys(to)[0]}\`` : homes.length ? `: ${homes.join(", ")}` : "";
    const rest = left === 1 ? "; 1 stays, since it comes from no queue" : `; ${left} stay, since they come from no queue`;
    toast(`${plural(moved, "message goes", "messages go")} back${where}${left ? rest : ""}`);
    await look();
    await load();
  }

  async function purge() {
    const { purged } = await ask("purge", JSON.stringify({ name }));
    toast(`${plural(purged, "message")} of \`${name}\` gone`);
    await look();
    await load();
  }

  async function askToPurge() {
    const depth = depthOf(name);
    const what = `${plural(depth, "message")} of \`${name}\` ${depth === 1 ? "is" : "are"}`;
    if (!(await confirmed("Purge", `${what} taken out for good; the log keeps what was sent.`, "Purge"))) return;
    await perform(purgeButton, purge);
    showChoice();
  }

  const redriveChosen = () => redrive(chosen().length ? chosen() : null);
  const redriveButton = element("button", { class: "main", onclick: () => perform(redriveButton, redriveChosen).then(showChoice) });
  const refreshButton = element("button", { onclick: () => perform(refreshButton, load) }, "Refresh");
  const purgeButton = element("button", { class: "danger", onclick: askToPurge }, "Purge …");
  bar.append(...(dead ? [redriveButton] : []), refreshButton, purgeButton);
  showChoice();
  load().catch(toastProblem);
  return () => {
    const depth = depthOf(name);
    if (loaded === null || depth === loaded) return;
    // What is read or chosen is not taken away.
    if (list.querySelector("details[open], :checked")) setText(refreshButton, `Refresh (${depth.toLocaleString("en")} now)`);
    else { loaded = depth; setText(refreshButton, "Refresh"); load().catch(() => {}); }
  };
}

function messageDetails({ offset, id, body, attributes, receives, group, source, sender, state, sent }) {
  const details = [contentOf(body)];
  if (Object.keys(attributes ?? {}).length) details.push(element("h4", {}, "Attributes"), contentOf(JSON.stringify(attributes)));
  details.push(factList([
    ["Failed in", source], ["Received", plural(receives, "time")], ["State", STATES[state]], ["Sent", dateAndTime(new Date(sent))],
    ["Sender", sender], ["Group", group], ["Id", id], ["Offset", offset],
  ]));
  return details;
}
