"""The last line of a terminal while something takes its time: for how long, and what is under way. Logs get none of it."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO, TypeVar

if TYPE_CHECKING:
    from ifc.deploy.changes import Doing

T = TypeVar("T")
EVERY = 1.0  # seconds between two drawings
CLEAR = "\r\x1b[2K"


class Line:
    """One line that is drawn anew each second; what is told meanwhile stands above it."""

    def __init__(self, stream: TextIO, words: Callable[[], str]) -> None:
        self.stream = stream
        self.words = words
        self.began = time.monotonic()
        self.turn = threading.RLock()  # a signal may tell something in the middle of a drawing
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self) -> None:
        """Draws until it is over."""
        while not self.over.wait(EVERY):
            with self.turn:
                if not self.over.is_set():
                    self.put(CLEAR + self.text())

    def text(self) -> str:
        """The line, no longer than the terminal is wide: of a longer one only a part could be cleared."""
        room = shutil.get_terminal_size((100, 24)).columns - 1
        whole = f"{clock(time.monotonic() - self.began):>10}  {self.words()}"
        return whole if len(whole) <= room else whole[: max(room - 1, 0)] + "…"

    def put(self, words: str) -> None:
        """Writes; a terminal that is gone is no reason to stop."""
        with suppress(OSError, ValueError):
            self.stream.write(words)
            self.stream.flush()

    def over_it(self, tell: Callable[[T], None]) -> Callable[[T], None]:
        """What tells something above the line: this goes away for it, and stands below that again within a second."""

        def told(what: T) -> None:
            with self.turn:
                self.put(CLEAR)
                tell(what)

        return told

    def end(self) -> None:
        """Takes it away for good."""
        self.over.set()
        with self.turn:
            self.put(CLEAR)


class Silent(Line):
    """No line at all, for what is no terminal."""

    def put(self, words: str) -> None:
        """Nothing."""


@contextmanager
def line(words: Callable[[], str]) -> Iterator[Line]:
    """A line that says `words` as long as this lasts, where the output is a terminal that can draw it."""
    if not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        yield Silent(sys.stdout, words)
        return
    shown = Line(sys.stdout, words)
    shown.thread.start()
    try:
        yield shown
    finally:
        shown.end()


def doing(found: Collection[Doing], idle: str) -> str:
    """What is under way, what takes longest first; `idle` where that is nothing."""
    now, found = time.monotonic(), tuple(found)  # another thread changes it
    told = [one.told(clock(now - one.since)) for one in sorted(found, key=lambda one: one.since)]
    many = f"{len(told)} under way: " if told[1:] else ""
    return many + ", ".join(told) or idle


def clock(seconds: float) -> str:
    """`1:23`."""
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02}"
