// The overview of the whole app: its routes, schedules, functions, queues and other sources, each with its numbers.

import { element, factList, setText, withCode } from "./elements.js";
import { dateAndTime, dateOf } from "./format.js";
import { nodes } from "./graph.js";
import { addFoldedSection, addSection, nodeLink } from "./layout.js";
import { routeRow } from "./routes.js";
import { scheduleRow } from "./schedules.js";
import { status } from "./status.js";

export function showOverview(body) {
  const updates = [addRoutes, addSchedules, addFunctions, addQueues, addOtherSources].map((add) => add(body));
  addAbsent(body);
  const facts = [["Gateway", status.gateway], ["AWS endpoint", status.endpoint], ["Since", dateAndTime(dateOf(status.since))]];
  addSection(body, "Run", factList(facts)).classList.add("quiet");
  const update = () => updates.forEach((each) => each?.());
  update();
  return update;
}

const ofKinds = (...kinds) => [...nodes.values()].filter((node) => kinds.includes(node.kind));

function addList(body, title, rows, listClass = "list") {
  if (rows.length) addFoldedSection(body, title, rows.length, element("ul", { class: listClass }, ...rows));
}

function addRoutes(body) {
  addList(body, "Routes", ofKinds("route").map(routeRow));
}

function addSchedules(body) {
  const rows = ofKinds("schedule").filter((node) => status.schedules[node.name]).map(scheduleRow);
  addList(body, "Schedules", rows.map((each) => each.row));
  return () => rows.forEach((each) => each.update());
}

function addFunctions(body) {
  const numbers = (node) => {
    const found = status.functions[node.name];
    return found ? [found.calls.ok ?? 0, found.calls.failed ?? 0, found.waiting] : [];
  };
  return addTable(body, "Functions", ["ok", "failed", "waiting"], ofKinds("function"), numbers, () => ["", "bad", "wait"]);
}

function addQueues(body) {
  const numbers = (node) => {
    const found = status.queues[node.name];
    return found ? [found.visible, found.hidden, found.delayed] : [];
  };
  const classes = (node) => [status.queues[node.name]?.dead ? "bad" : "", "", ""];
  return addTable(body, "Queues", ["available", "in flight", "delayed"], ofKinds("queue"), numbers, classes);
}

function addOtherSources(body) {
  const numbers = (node) => [status.events[node.name] ?? 0];
  return addTable(body, "Sources", ["events"], ofKinds("topic", "bus", "stream", "table", "bucket"), numbers, () => [""]);
}

function addAbsent(body) {
  addList(body, "Not as in the cloud", status.absent.map((text) => element("li", {}, ...withCode(text))), "list small");
}

// A table of things with their numbers, and what brings those up to date; `classes` are of numbers that are not zero.
function addTable(body, title, heads, rows, numbers, classes) {
  if (!rows.length) return null;
  const cells = new Map(rows.map((node) => [node, heads.map(() => element("td", {}))]));
  const lines = [...cells].map(([node, mine]) => element("tr", {}, element("th", { scope: "row" }, nodeLink(node)), ...mine));
  const name = element("span", { class: "unseen" }, "name");
  const top = [name, ...heads].map((head) => element("th", { scope: "col" }, head));
  const table = element("table", {}, element("thead", {}, element("tr", {}, ...top)), element("tbody", {}, ...lines));
  addFoldedSection(body, title, rows.length, table);
  return () => {
    for (const [node, mine] of cells) {
      const found = numbers(node), kinds = classes(node);
      mine.forEach((cell, at) => {
        setText(cell, found[at] === undefined ? "" : found[at].toLocaleString("en"));
        cell.className = found[at] ? kinds[at] : "zero";
      });
    }
  };
}
