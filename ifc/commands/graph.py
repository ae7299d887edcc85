"""`ifc graph`: an app's events and grants as a picture."""

from __future__ import annotations

import argparse
import importlib
import os
import sys

from ifc.cli import FINE, UNWRITABLE
from ifc.commands.source import say, shown, sound


def run(arguments: argparse.Namespace) -> int:
    """Prints the picture, or writes it."""
    done = sound(arguments)
    from ifc.cost.picture import price
    from ifc.graph import graph  # networkx costs more than a compile: only a picture needs it

    drawn = graph(done.app, shown(done.report.ordered(), arguments), os.path.dirname(done.sources[0]))
    price(drawn, done.app)
    picture = importlib.import_module(f"ifc.pictures.{arguments.format}").render(drawn, done.app.name)
    if arguments.output in (None, "-"):
        sys.stdout.write(picture)
        return FINE
    try:
        with open(arguments.output, "w", encoding="utf-8") as stream:
            stream.write(picture)
    except OSError as problem:
        say(f"ifc: `{arguments.output}` can't be written: {(problem.strerror or str(problem)).lower()}")
        return UNWRITABLE
    return FINE
