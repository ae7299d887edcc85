// What a table or a bucket holds now: its items or objects by their keys, some at a time, each to be opened.

import { go } from "./address.js";
import { ask, query } from "./connection.js";
import { element, factList, quiet, setText, withCode } from "./elements.js";
import { drafts, kept } from "./form.js";
import { dateAndTime, dateOf, fileSize, plural } from "./format.js";
import { contentOf, pretty } from "./json.js";
import { addRowList, foldedRow, gist } from "./layout.js";
import { perform, toastProblem } from "./notices.js";
import { status } from "./status.js";

const PAGE = 50; // rows at a time
const PAUSE = 200; // milliseconds after a letter of the filter until it is asked for
const WORDS = { table: "item", bucket: "object" };

export function showHoldings(body, node) {
  const { bar, note, list } = addRowList(body);
  const rowOf = node.kind === "table" ? itemRow : objectRow;
  let next = null; // where what is not shown yet begins
  let loaded = null; // how many events the source had when its rows were fetched
  let asked = 0; // how often rows were asked for: an answer that another has overtaken is void

  // The first rows, or those after the ones that are shown.
  async function load(begin = 0) {
    const mine = ++asked, events = status.events[node.name], key = filter.value.trim();
    const found = await ask(`items?${query({ name: node.name, most: PAGE, from: begin, key })}`);
    if (mine !== asked) return;
    const rows = found.rows.map((row) => rowOf(row, node, found.key));
    if (begin) list.append(...rows);
    else { list.replaceChildren(...rows); loaded = events; setText(refresh, "Refresh"); }
    next = found.next;
    tell(key, found);
    more.hidden = next === null;
  }

  function tell(key, { count, looked }) {
    const words = plural(count, WORDS[node.kind]), shown = list.children.length;
    const some = looked < count ? ` of the first ${looked.toLocaleString("en")}` : "";
    if (key) setText(note, `${shown.toLocaleString("en")}${next === null ? "" : " or more"}${some} of ${words} with this in the key`);
    else setText(note, count === 0 ? `No ${WORDS[node.kind]} is here.` : shown < count ? `The first ${shown} of ${words}` : words);
  }

  let timer = 0;
  const filter = kept(element("input", {
    type: "search", placeholder: "Filter by key", "aria-label": "Filter by key", autocomplete: "off", spellcheck: "false",
    oninput: () => { clearTimeout(timer); timer = setTimeout(() => load().catch(toastProblem), PAUSE); },
  }), node.name, "filter");
  const refresh = element("button", { onclick: () => perform(refresh, () => load()) }, "Refresh");
  const more = element("button", { hidden: true, onclick: () => perform(more, () => load(next)) }, "More");
  bar.append(filter, refresh);
  body.append(element("div", { class: "acts" }, more));
  load().catch(toastProblem);
  return () => {
    if (loaded === null || status.events[node.name] === loaded) return;
    // What is read, or was asked for, is not taken away.
    if (list.querySelector("details[open]") || list.children.length > PAGE) setText(refresh, "Refresh (it has changed)");
    else { loaded = status.events[node.name]; load().catch(() => {}); }
  };
}

// An item; in its row stands what it has besides its key, whose parts are called so.
function itemRow(row, node, parts) {
  const others = Object.entries(JSON.parse(row.value)).filter(([name]) => !parts.includes(name));
  return foldedRow(element("summary", {}, keyOf(row.key), gist(JSON.stringify(Object.fromEntries(others)))), (inside) => {
    inside.append(contentOf(row.value));
    if (!row.plain) { inside.append(element("p", { class: "quiet" }, "Sets and binary values stand as DynamoDB writes them.")); return; }
    const edit = () => { drafts.set(node.name, pretty(row.value)); go("is", node.name, "do"); };
    inside.append(element("div", { class: "acts" }, element("button", { onclick: edit }, "Edit and put …")));
  });
}

function objectRow(row, node) {
  const head = element("summary", {}, keyOf(row.key), element("span", { class: "gist" }), quiet(fileSize(row.size)));
  return foldedRow(head, async (inside) => {
    const facts = [
      ["Key", row.key], ["Size", plural(row.size, "byte")], ["Type", row.type], ["Changed", dateAndTime(dateOf(row.modified / 1000))],
      ["ETag", row.etag], ["Version", row.version],
    ];
    const content = element("div", {}, quiet("…"));
    inside.append(content, factList(facts));
    try {
      const { text, cut } = await ask(`object?${query({ name: node.name, key: row.key })}`);
      content.replaceChildren(text === null ? quiet("It is no text.") : contentOf(text));
      if (cut) content.append(quiet("This is its beginning."));
    } catch (problem) {
      content.replaceChildren(element("p", { class: "bad" }, ...withCode(problem.message)));
    }
  });
}

const keyOf = (key) => element("span", { class: "held" }, key);
