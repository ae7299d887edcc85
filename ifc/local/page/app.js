// The page of a run: what comes from the run goes to the picture, the log and the panel.

import { showNumbers } from "./badges.js";
import { connect, followAnew } from "./connection.js";
import { byId, setText } from "./elements.js";
import { plural } from "./format.js";
import { loadGraph, nodes } from "./graph.js";
import { showHeader, showRunning } from "./header.js";
import { addLine, addNote } from "./log.js";
import { showPanel, updatePanel } from "./panel.js";
import { forgetPulses, showEvent } from "./pulses.js";
import { makeTabStop, showFound } from "./selection.js";
import { replaceStatus, status, structure } from "./status.js";
import "./window.js";

let drawn = ""; // the structure of the app that the picture shows

async function hearStatus(told) {
  const another = replaceStatus(told);
  showRunning(true);
  if (another) {
    addNote(`A new run of ${status.app} begins`);
    followAnew();
  }
  if (structure() !== drawn) {
    await draw(structure());
    showNumbers();
    showPanel();
  } else showNumbers();
  showHeader();
  updatePanel();
}

async function draw(now) {
  try {
    await loadGraph();
    forgetPulses();
    makeTabStop([...nodes.values()][0]);
    showFound();
    drawn = now;
  } catch (problem) {
    setText(byId("blank"), problem.message);
  }
}

function hearLine(line, news) {
  addLine(line);
  if (news) showEvent(line);
}

const hearGap = (count) => addNote(`${plural(count, "line that came too fast is", "lines that came too fast are")} not shown`);

connect({ status: hearStatus, line: hearLine, gap: hearGap, lost: () => showRunning(false) });
