// The history of a source: what its log holds, page by page, to be read, replayed from or sent once more.

import { go } from "./address.js";
import { ask, query } from "./connection.js";
import { element, factList, setText } from "./elements.js";
import { drafts } from "./form.js";
import { dateAndTime, dateOf, plural, timeElement } from "./format.js";
import { nodes } from "./graph.js";
import { contentOf, jsonProblem, pretty } from "./json.js";
import { addRowList, foldedRow, gist } from "./layout.js";
import { confirmed, perform, toast, toastProblem } from "./notices.js";
import { status } from "./status.js";

const PAGE = 50; // rows at a time

// Rows are told from the newest to the oldest; `before` is the offset below which a page begins, null for the newest.
export function showHistory(body, node) {
  const { bar, note, list } = addRowList(body);
  const newerPages = []; // where they begin
  let begin = null; // where the page that is shown begins
  let oldest = null; // the last offset on it
  let loaded = null; // how many events the source had when it was fetched

  async function load(before) {
    const { rows } = await ask(`log?${query({ name: node.name, most: PAGE, ...(before === null ? {} : { before }) })}`);
    begin = before;
    oldest = rows.length ? rows[rows.length - 1].offset : null;
    loaded = status.events[node.name];
    list.replaceChildren(...rows.map((row) => historyRow(row, node)));
    note.textContent = rows.length ? "" : before === null ? "The log holds nothing of this yet." : "There is nothing older.";
    note.hidden = !note.textContent;
    setText(newest, "Newest");
    enable();
  }

  function enable() {
    newer.disabled = newest.disabled = begin === null;
    older.disabled = oldest === null || oldest <= 1;
  }

  const turn = (button, to) => perform(button, () => load(to())).then(enable);
  const newest = element("button", { onclick: () => turn(newest, () => { newerPages.length = 0; return null; }) }, "Newest");
  const newer = element("button", { onclick: () => turn(newer, () => newerPages.pop() ?? null) }, "‹ Newer");
  const older = element("button", { onclick: () => turn(older, () => { newerPages.push(begin); return oldest; }) }, "Older ›");
  bar.append(newest, newer, older);
  enable();
  load(null).catch(toastProblem);
  return () => {
    const events = status.events[node.name];
    if (loaded === null || events === loaded) return;
    // What is read is not taken away.
    if (begin === null && !list.querySelector("details[open]")) { loaded = events; load(null).catch(() => {}); }
    else { newest.disabled = false; setText(newest, "Newest (there is more)"); }
  };
}

function historyRow(row, node) {
  const date = dateOf(row.at);
  const key = ["table", "bucket", "stream"].includes(node.kind) ? `${row.key}  ` : "";
  const head = element("summary", {}, element("span", { class: "number" }, String(row.offset)), timeElement(date), gist(key + row.value));
  return foldedRow(head, (inside) => {
    inside.append(contentOf(row.value), factList([["Offset", row.offset], ["Time", dateAndTime(date)], ["Key", row.key]]));
    if (Object.keys(row.meta ?? {}).length) inside.append(element("h4", {}, "Beside it"), contentOf(JSON.stringify(row.meta)));
    const replayButton = element("button", { onclick: () => askToReplay(replayButton, row, node) }, "Replay from here …");
    const acts = element("div", { class: "acts" }, replayButton);
    if (["queue", "topic"].includes(node.kind)) {
      acts.append(element("button", { onclick: () => edit(row, node) }, "Edit and send …"));
    }
    inside.append(acts);
  });
}

function edit(row, node) {
  drafts.set(node.name, jsonProblem(row.value) === null ? pretty(row.value) : JSON.stringify(row.value));
  go("is", node.name, "do");
}

async function askToReplay(button, row, node) {
  const readers = node.to.filter((edge) => !edge.grant).map((edge) => `\`${nodes.get(edge.to).label}\``);
  const whom = readers.length ? readers.join(", ") : "whoever listens";
  const what = `What the log has of \`${node.name}\` from offset ${row.offset} (${dateAndTime(dateOf(row.at))}) on`;
  if (!(await confirmed("Replay", `${what} is delivered once more to ${whom}.`, "Replay"))) return;
  await perform(button, async () => {
    const { replayed } = await ask("replay", JSON.stringify({ name: node.name, from: row.offset }));
    toast(`${plural(replayed, "event is", "events are")} delivered again`);
  });
}
