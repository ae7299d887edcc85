"""`ifc check`: the diagnostics alone."""

from __future__ import annotations

import argparse
import importlib
import sys

from ifc.cli import USAGE
from ifc.commands.source import code_of, compiled, options, say, show
from ifc.compiler import Compiled
from ifc.compiler import compile as compile_app
from ifc.diagnostics import NOTE, Diagnostic, Failure
from ifc.resolve.files import main_file


def run(arguments: argparse.Namespace) -> int:
    """Prints what is found; 1 with an error among it."""
    if arguments.format == "text":
        done = compiled(arguments)
        found = limits(done, arguments.target)
        show(found, arguments)
        from ifc.render import summary

        say(summary([d for d in found if arguments.notes or d.severity != NOTE]))
        return code_of(found)
    from ifc import render

    try:
        chosen = options(arguments)
        found = limits(compile_app(main_file(arguments.file), chosen), arguments.target)
    except Failure as failure:
        found = list(failure.diagnostics)
    visible = [d for d in found if arguments.notes or d.severity != NOTE]
    sys.stdout.write(render.as_json(visible) if arguments.format == "json" else render.github(visible))
    return USAGE if any(d.code == "IFC801" and not d.labels for d in found) else code_of(found)


def limits(done: Compiled, target: str) -> list[Diagnostic]:
    """All diagnostics, with those that only a printed target has (its size, its properties)."""
    if done.plan is not None:
        importlib.import_module(f"ifc.targets.{target}").render(done.plan, done.report)
    return done.report.ordered()
