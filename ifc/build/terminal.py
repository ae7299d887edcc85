"""A build's progress on a screen: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from ifc.build.progress import Progress, Task

if TYPE_CHECKING:
    from rich.progress import Progress as Rich
    from rich.progress import TaskID


@contextlib.contextmanager
def shown(stream: TextIO) -> Iterator[Progress]:
    """Shows a build on `stream` as long as it lasts."""
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        yield Lines(stream)
        return
    bars = Bars(stream)
    try:
        yield bars
    finally:
        bars.end()


class Lines(Progress):
    """A line for what can't be missed, and none for the rest: logs are read afterwards."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def start(self, what: str, total: int = 0, slow: bool = False) -> Task:
        if slow:
            self.say(what)
        return Task()

    def say(self, words: str) -> None:
        print(words, file=self.stream, flush=True)


class Bars(Progress):
    """A bar for all that goes on; it costs nothing while nothing does."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.rich: Rich | None = None

    def start(self, what: str, total: int = 0, slow: bool = False) -> Task:
        return Bar(self.opened(), what, total)

    def say(self, words: str) -> None:
        self.opened().console.print(words, markup=False, highlight=False)

    def opened(self) -> Rich:
        """The bars, drawn from the first of them on."""
        if self.rich is None:
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Rich

            columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=30), TimeElapsedColumn())
            self.rich = Rich(*columns, console=Console(file=self.stream), transient=True)
            self.rich.start()
        return self.rich

    def end(self) -> None:
        """Takes the bars away."""
        if self.rich is not None:
            self.rich.stop()


class Bar(Task):
    """One bar; without a total it only shows that something goes on."""

    def __init__(self, rich: Rich, what: str, total: int) -> None:
        self.rich = rich
        self.what = what
        self.id: TaskID = rich.add_task(what, total=total or None)
        self.begun = False

    def step(self, what: str = "") -> None:
        self.rich.update(self.id, advance=int(self.begun), description=f"{self.what} {what}".rstrip())
        self.begun = True

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.rich.remove_task(self.id)
