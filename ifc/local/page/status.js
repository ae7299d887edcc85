// The status that the run has told last, and what follows from it.

export let status = null;

// Takes a new status, and says whether it is that of another run.
export function replaceStatus(told) {
  // A thing may be called `constructor`.
  for (const part of ["functions", "queues", "events", "schedules", "readers"]) Object.setPrototypeOf(told[part], null);
  const another = status !== null && status.since !== told.since;
  status = told;
  return another;
}

// What changes when the app does, and not when an event passes.
export function structure() {
  const names = [status.functions, status.queues, status.events, status.schedules].map(Object.keys);
  return JSON.stringify([status.since, names, status.wires, status.routes]);
}

// The messages that a queue holds.
export const heldIn = (queue) => queue.visible + queue.hidden + queue.delayed;
export const depthOf = (name) => (status.queues[name] ? heldIn(status.queues[name]) : 0);

// The queues of dead letters, by name.
export const deadLetterQueues = () => Object.entries(status.queues).filter(([, queue]) => queue.dead);

// How many events the readers of a line of the picture are behind.
export function behindOn(edge) {
  let sum = 0;
  for (const [reader, behind] of Object.entries(status.readers)) {
    if (edge.wires.some((wire) => reader === wire || reader.startsWith(`${wire} `))) sum += behind;
  }
  return sum;
}
