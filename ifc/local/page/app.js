// The page of a run: what comes from the run goes to the picture, the log and the panel.

import { showNumbers } from "./badges.js";
import { connect, followAnew } from "./connection.js";
import { draw } from "./drawing.js";
import { byId, setText } from "./elements.js";
import { plural } from "./format.js";
import { showHeader, showRunning } from "./header.js";
import { addLine, addNote } from "./log.js";
import { showPanelAnew, updatePanel } from "./panel.js";
import { showEvent } from "./pulses.js";
import { replaceStatus, status, structure } from "./status.js";
import "./beyond.js";
import "./views.js";
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
    await drawAs(structure());
    showPanelAnew();
  } else showNumbers();
  showHeader();
  updatePanel();
}

async function drawAs(now) {
  try {
    await draw();
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

function hearMissed(gone, fetched) {
  addNote(`${plural(gone + fetched, "line")} came while this page was not looked at; the first ${gone.toLocaleString("en")} are not shown`);
}

connect({ status: hearStatus, line: hearLine, gap: hearGap, missed: hearMissed, lost: () => showRunning(false) });
