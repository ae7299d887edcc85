"""What the commands that read an app share: its options, its diagnostics on the screen, and their exit codes."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Sequence

from ifc.cli import ERRORS, FINE, USAGE, Stopped
from ifc.compiler import Compiled, compile
from ifc.diagnostics import ERROR, NOTE, Diagnostic, Failure
from ifc.resolve.app import Options
from ifc.resolve.files import main_file

MISUSE = ("IFC801", "IFC212", "IFC213")  # the command line named something that is not there


def options(arguments: argparse.Namespace) -> Options:
    """The compile's options; Stopped for a param without a value."""
    params: dict[str, str] = {}
    for given in arguments.param:
        name, equals, value = given.partition("=")
        if not equals or not name:
            say(f"ifc: `--param {given}` has no value: write `--param NAME=VALUE`")
            raise Stopped(USAGE)
        params[name] = value
    if arguments.stage is not None and not re.fullmatch(r"[\w-][\w.-]*", arguments.stage):
        say(f"ifc: `--stage {arguments.stage}` is no name: a stage is a word of letters, digits, `-`, `_` and `.`")
        raise Stopped(USAGE)
    return Options(stage=arguments.stage or "dev", params=params, code=not arguments.no_code, today=arguments.today)


def compiled(arguments: argparse.Namespace, file: str | None = None) -> Compiled:
    """The compiled app of the command line; Stopped when its file can't be read."""
    chosen = options(arguments)
    try:
        return compile(main_file(file if file is not None else arguments.file), chosen)
    except Failure as failure:
        show(failure.diagnostics, arguments)
        raise Stopped(USAGE if any(d.code in MISUSE for d in failure.diagnostics) else ERRORS) from None


def sound(arguments: argparse.Namespace) -> Compiled:
    """The compiled app, its diagnostics drawn; Stopped when it has errors."""
    done = compiled(arguments)
    found = done.report.ordered()
    show(found, arguments)
    if code_of(found):
        raise Stopped(code_of(found))
    return done


def show(diagnostics: Sequence[Diagnostic], arguments: argparse.Namespace) -> None:
    """Draws diagnostics on standard error; notes only when asked for."""
    from ifc.render import text

    chosen = shown(diagnostics, arguments)
    if chosen:
        say(text(chosen, colour(sys.stderr), getattr(arguments, "max_errors", 20)).rstrip("\n"))


def shown(diagnostics: Sequence[Diagnostic], arguments: argparse.Namespace) -> list[Diagnostic]:
    """Those that are shown: notes only when asked for."""
    notes = getattr(arguments, "notes", False)
    return [d for d in diagnostics if notes or d.severity != NOTE]


def colour(stream: object) -> bool:
    """Whether a stream is a terminal that wants colour (no-color.org)."""
    isatty = getattr(stream, "isatty", lambda: False)
    return bool(isatty()) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def say(words: str) -> None:
    """A message to the user, beside what is printed."""
    print(words, file=sys.stderr)


def code_of(diagnostics: Sequence[Diagnostic]) -> int:
    """1 with an error among them, else 0."""
    return ERRORS if any(d.severity == ERROR for d in diagnostics) else FINE
