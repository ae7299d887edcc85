"""What a run says: one line an event, what functions print, and the run's own messages."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any, TextIO

from ifc.records import record

GREEN, RED, YELLOW, GREY, CYAN = "32", "31", "33", "90", "36"
COLOURS = {
    "ok": GREEN,
    "failed": RED,
    "refused": RED,
    "dead letter": RED,
    "not sent": YELLOW,
    "given up": RED,
    "expired": RED,
    "not kept": RED,
    "lost": RED,
    "put aside": YELLOW,
    "waiting": YELLOW,
}
KEPT = 2000  # lines, for whoever looks later


@record
class Line:
    """Something that happened: an event, or a line that a function printed (its outcome is "printed")."""

    number: int
    at: float  # seconds since the epoch
    source: str
    target: str
    outcome: str
    seconds: float | None
    detail: str

    def json(self) -> dict[str, Any]:
        """The line for a program."""
        ms = None if self.seconds is None else round(self.seconds * 1000, 1)
        return {
            "number": self.number,
            "at": self.at,
            "from": self.source,
            "to": self.target,
            "outcome": self.outcome,
            "ms": ms,
            "detail": self.detail,
        }


class Console:
    """Writes lines, remembers the last of them, and hands each to those who follow."""

    def __init__(self, out: TextIO, colour: bool) -> None:
        self._out, self.coloured = out, colour
        self.lines: deque[Line] = deque(maxlen=KEPT)
        self.followers: set[Callable[[Line], None]] = set()
        self._number = 0
        self._broken = False
        self._waiting = False  # for what was said to be seen

    def event(self, source: str, target: str, outcome: str, seconds: float | None, detail: str = "") -> None:
        """An event: what it was, where it went, what came of it."""
        self._add(source, target, outcome, seconds, detail)

    def printed(self, function: str, text: str) -> None:
        """A line that a function printed."""
        self._add("", function, "printed", None, text)

    def _add(self, source: str, target: str, outcome: str, seconds: float | None, detail: str) -> None:
        self._number += 1
        line = Line(self._number, time.time(), source, target, outcome, seconds, detail)
        self.lines.append(line)
        self.say(drawn(line, self.coloured))
        for follow in list(self.followers):
            follow(line)

    def say(self, text: str) -> None:
        """A message of the run's own."""
        if self._broken:
            return
        try:
            self._out.write(text + "\n")
        except (BrokenPipeError, ValueError):
            self._broken = True  # whoever read has gone; the run goes on
        if not self._waiting:
            self._waiting = True
            try:
                asyncio.get_running_loop().call_soon(self._flush)  # once for all that is said in one go
            except RuntimeError:
                self._flush()

    def _flush(self) -> None:
        self._waiting = False
        try:
            self._out.flush()
        except (BrokenPipeError, ValueError):
            self._broken = True


def drawn(line: Line, colour: bool) -> str:
    """A line as it is shown: time, source → target, outcome, milliseconds."""
    clock = time.strftime("%H:%M:%S", time.localtime(line.at))
    if line.outcome == "printed":
        return f"{_painted(clock, GREY, colour)}  {_painted(line.target + ' │', CYAN, colour)} {clean(line.detail)}"
    way = line.source if line.source == line.target else f"{line.source} → {line.target}"
    ms = "" if line.seconds is None else f"{line.seconds * 1000:.0f} ms"
    outcome = _painted(f"{line.outcome:<11}", COLOURS.get(line.outcome, _of_status(line.outcome)), colour)
    tail = f"  {_painted(clean(line.detail), GREY, colour)}" if line.detail else ""
    return f"{_painted(clock, GREY, colour)}  {clean(way):<46} {outcome} {ms:>8}{tail}".rstrip()


def _of_status(outcome: str) -> str:
    """The colour of an HTTP status."""
    return {"2": GREEN, "3": GREEN, "4": YELLOW, "5": RED}.get(outcome[:1], GREY)


def clean(text: str) -> str:
    """A text without what would change the terminal: control characters are shown."""
    if text.isprintable():
        return text  # as nearly all are
    return "".join(c if c.isprintable() or c == "\t" else f"\\x{ord(c):02x}" for c in text)


def _painted(text: str, code: str, colour: bool) -> str:
    return f"\033[{code}m{text}\033[0m" if colour else text
