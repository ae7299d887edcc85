"""How the commands that deploy end: what stops them is said plainly, and signals never leave a step half done."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ifc.cli import ERRORS, USAGE
from ifc.commands.asking import NOTHING
from ifc.commands.source import say, show
from ifc.diagnostics import Failure

UNREACHABLE, INTERRUPTED = 3, 130
EXTRA = "this command needs boto3, which the compiler does not: `pip install '.[deploy]'` in ifc's own folder"
REFUSALS = ("IFC830", "IFC831", "IFC832", "IFC833", "IFC834", "IFC838")  # the account can't be used, or refuses
# What ends a command besides Ctrl-C: a pipeline, or a terminal that is closed.
ENDS = tuple(number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None)
Command = Callable[[argparse.Namespace], int]


def guarded(command: Command, arguments: argparse.Namespace) -> int:
    """Runs a command that asks AWS; whatever stops it is said plainly."""
    try:
        from ifc.deploy.faults import told
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.partition(".")[0] not in ("boto3", "botocore"):
            raise
        say(f"ifc: {EXTRA}")
        return USAGE

    def explained(arguments: argparse.Namespace) -> int:
        with told():
            return command(arguments)

    return stoppable(explained, arguments)


def stoppable(command: Command, arguments: argparse.Namespace) -> int:
    """Runs a command; what it can't do is said, and what ends it ends it like Ctrl-C, so that nothing is left behind."""
    heard(_terminated, ENDS)
    try:
        return command(arguments)
    except Failure as failure:
        show(failure.diagnostics, arguments)
        return UNREACHABLE if any(d.code in REFUSALS for d in failure.diagnostics) else ERRORS
    except KeyboardInterrupt:
        say(f"\nifc: interrupted, {NOTHING}")
        return INTERRUPTED


def heard(handler: Callable[[int, FrameType | None], object], numbers: Iterable[signal.Signals]) -> dict[signal.Signals, Any]:
    """Lets a handler hear of signals; returns what heard of them before. SIGHUP stays ignored where it is, as `nohup` wants it."""
    chosen = [n for n in numbers if n == signal.SIGINT or signal.getsignal(n) != signal.SIG_IGN]
    return {number: signal.signal(number, handler) for number in chosen}


class Terminated(KeyboardInterrupt):
    """The end that a pipeline sets to a job: nobody looks on any more."""


def _terminated(number: int, frame: FrameType | None) -> None:
    raise Terminated


@contextmanager
def whole() -> Iterator[list[int]]:
    """Keeps a step from being interrupted halfway: the first signal is only noted, the second ends the command."""
    noted: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        if noted:
            raise KeyboardInterrupt
        noted.append(number)

    before = heard(note, (signal.SIGINT, *ENDS))
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
