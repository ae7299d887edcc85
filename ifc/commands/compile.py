"""`ifc compile`: an app to a target's files."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from ifc.cli import FINE, UNWRITABLE, USAGE
from ifc.commands.source import code_of, compiled, say, show
from ifc.commands.targets import TARGETS, misused, rendered, summary
from ifc.diagnostics import Diagnostic, Failure
from ifc.output import Content
from ifc.plan import Plan


def run(arguments: argparse.Namespace) -> int:
    """Compiles; nothing is written unless everything is fine."""
    wrong = usage(arguments)
    if wrong:
        say(f"ifc: {wrong}")
        return USAGE
    done = compiled(arguments)
    files: dict[str, Content] = {}
    folder = arguments.output or default_folder(arguments)
    try:
        if done.plan is not None:
            files = rendered(done.plan, done.report, arguments, folder)
    except Failure as failure:
        done.report.diagnostics.extend(failure.diagnostics)
    found = done.report.ordered()
    show(found, arguments)
    if code_of(found):
        return nothing_written(found, arguments)
    if arguments.output == "-":
        sys.stdout.writelines(str(text) for text in files.values())
        return FINE
    return write(arguments, folder, files, done.plan)


def usage(arguments: argparse.Namespace) -> str | None:
    """What is wrong with the options, or None."""
    if arguments.target not in TARGETS:
        known = ", ".join(f"`--target {name}` ({title})" for name, title in TARGETS.items())
        return f"`{arguments.target}` is no target; there is {known}"
    wrong = misused(arguments)
    if wrong is None and arguments.package:
        return f"`ifc compile --package` is now `ifc build`: write `ifc build {arguments.file} --target {arguments.target}`"
    return wrong


def default_folder(arguments: argparse.Namespace) -> str:
    """`build/cfn`, or `build/STAGE/cfn` when a stage is named."""
    return os.path.join("build", *([arguments.stage] if arguments.stage else []), arguments.target)


def nothing_written(found: Sequence[Diagnostic], arguments: argparse.Namespace) -> int:
    """Says how much is wrong, and that nothing was written; the exit code."""
    from ifc import render

    say(f"\n{render.summary([d for d in found if arguments.notes or d.severity != 'note'])}; nothing was written")
    return code_of(found)


def write(arguments: argparse.Namespace, folder: str, files: dict[str, Content], plan: Plan | None) -> int:
    """Writes the files, and says what was written."""
    from ifc import output

    try:
        # Beside a configuration there may be its state, which is of one app.
        output.write(folder, files, plan.app.name if plan is not None and arguments.target == "terraform" else "")
    except OSError as problem:
        show([unwritable(folder, problem)], arguments)
        return UNWRITABLE
    if plan is not None:
        say(summary(plan, files, folder, arguments.target))
    return FINE


def unwritable(folder: str, problem: OSError) -> Diagnostic:
    """Why the output folder can't be written."""
    in_the_way = isinstance(problem, FileExistsError | IsADirectoryError)
    why = problem.strerror or str(problem)
    help = "move it away" if in_the_way else "mend its permissions"
    return Diagnostic(
        "IFC807", f"`{folder}` can't be written: {why[:1].lower()}{why[1:]}", help=f"{help}, or choose another folder with `-o`"
    )
