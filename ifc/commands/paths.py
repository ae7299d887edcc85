"""`ifc paths`: the ways that events take through an app."""

from __future__ import annotations

import argparse
import sys

from ifc.cli import FINE, USAGE
from ifc.commands.source import say, sound


def run(arguments: argparse.Namespace) -> int:
    """Prints the ways of all events, or of those from one source."""
    done = sound(arguments)
    from ifc.paths import as_data, as_text, chosen, names
    from ifc.ways import ways

    walked = ways(done.app)
    heads = chosen(walked, arguments.source)
    if not heads and arguments.source is not None:
        from ifc.diagnostics import near

        close = near(arguments.source, names(walked))
        say(f"ifc: no event leaves `{arguments.source}`" + (f"; did you mean `{close}`?" if close else ""))
        return USAGE
    if arguments.format == "json":
        import json

        sys.stdout.write(json.dumps(as_data(walked, heads), indent=2, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(as_text(walked, heads) or "No events flow.\n")
    return FINE
