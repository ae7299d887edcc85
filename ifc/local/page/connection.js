// The connection to the run: what it is asked, its status time and again, and the lines of its log as they come.

export const LINES = 2000; // lines of the log that are asked for at once, and remembered
const CALM = 1000; // milliseconds between two looks at the status
const PROMPT = 350; // milliseconds until a look that something gives reason for

let listener = null; // what hears of a `status`, a `line`, a `gap` between lines, of lines `missed` meanwhile, and that the run is `lost`

// Begins to tell the listener what comes.
export function connect(hearing) {
  listener = hearing;
  // A tab that nobody sees holds no connection: a browser has only six of them for all tabs.
  document.addEventListener("visibilitychange", follow);
  follow();
  look().catch(() => {});
}

// --- asking ---

const LOOKING = { patience: 10_000 }; // milliseconds

class Unanswered extends Error {}

// What the run answers; with a body it is to do something.
export function ask(path, body) {
  // Looking is not waited for as long as doing, which a function may take its time for.
  const headers = { "x-ifc": "1", "content-type": "application/json" };
  return answerTo(path, body === undefined ? LOOKING : { method: "POST", headers, body }, (answer) => answer.json());
}

// The same of an answer that is no JSON.
export const askForText = (path) => answerTo(path, LOOKING, (answer) => (answer.ok ? answer.text() : answer.json()));

async function answerTo(path, { patience, ...request }, read) {
  let answer, found;
  try {
    const signal = patience ? AbortSignal.timeout(patience) : null;
    answer = await fetch(`api/${path}`, { cache: "no-store", signal, ...request });
    found = await read(answer);
  } catch {
    throw new Unanswered("The run does not answer.");
  }
  if (!answer.ok) throw new Error(found?.error ?? `The run answers with ${answer.status}.`);
  return found;
}

export const query = (parameters) => new URLSearchParams(parameters).toString();

// --- the status ---

let timer = 0, looked = 0, looking = null;

// Looks at the status now, or waits for the look that is under way.
export function look() {
  looking ??= (async () => {
    try {
      await listener.status(await ask("status"));
    } catch (problem) {
      if (problem instanceof Unanswered) listener.lost();
      throw problem;
    } finally {
      looking = null;
      looked = performance.now();
      lookIn(CALM);
    }
  })();
  return looking;
}

function lookIn(wait) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    timer = 0;
    if (document.hidden) lookIn(CALM);
    else look().catch(() => {});
  }, wait);
}

// Something has happened: the next look comes earlier.
export function lookSoon() {
  if (!timer || looked + CALM - performance.now() > PROMPT) lookIn(PROMPT);
}

// --- the lines ---

let stream = null;
let last = 0; // the number of the newest line
let held = null; // lines that come while those before them are fetched

function follow() {
  stream?.close();
  if (document.hidden) { stream = null; return; }
  held = [];
  const mine = stream = new EventSource("api/follow");
  mine.addEventListener("message", (event) => take(JSON.parse(event.data)));
  mine.addEventListener("open", () => catchUp(mine).catch(() => followAgain(mine)));
  mine.addEventListener("error", () => followAgain(mine));
}

// Follows another run, whose lines are numbered from 1 on.
export function followAnew() {
  last = 0;
  follow(); // what was asked of the run before is void
}

// Fetches the lines that came while nobody followed, before those that the stream has brought since.
async function catchUp(mine) {
  await look();
  const before = await ask(`lines?${query({ after: last, most: LINES })}`);
  if (mine !== stream) return;
  const since = held;
  held = null;
  const news = last !== 0; // the first lines are those of a past that nobody has watched
  const gone = news && before.length ? before[0].number - last - 1 : 0;
  for (const line of before) {
    if (line.number <= last) continue;
    last = line.number;
    listener.line(line, news);
  }
  if (gone > 0) listener.missed(gone, before.length);
  since.forEach(take);
}

function take(line) {
  if (held) { held.push(line); return; }
  if (line.number <= last) return;
  const gap = last ? line.number - last - 1 : 0;
  if (gap) listener.gap(gap);
  last = line.number;
  listener.line(line, true);
  lookSoon();
}

function followAgain(mine) {
  if (mine !== stream) return;
  mine.close();
  stream = null;
  listener.lost();
  setTimeout(() => { if (stream === null) follow(); }, 1000);
}
