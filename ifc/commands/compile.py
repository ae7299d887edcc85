"""`ifc compile`: an app to a target's files."""

from __future__ import annotations

import argparse
import os
import sys

from ifc.cli import FINE, UNWRITABLE, USAGE
from ifc.commands.source import Stopped, code_of, compiled, say, show
from ifc.commands.targets import CODE, TARGETS, code_index, misused, rendered, summary
from ifc.diagnostics import Diagnostic, Failure
from ifc.output import Content
from ifc.plan import Plan


def run(arguments: argparse.Namespace) -> int:
    """Compiles; nothing is written unless everything is fine."""
    wrong = usage(arguments)
    if wrong:
        say(f"ifc: {wrong}")
        return USAGE
    try:
        done = compiled(arguments)
    except Stopped as stopped:
        return stopped.code
    files: dict[str, Content] = {}
    packed: dict[str, str] = {}
    folder = arguments.output or default_folder(arguments)
    try:
        if done.plan is not None:
            files = rendered(done.plan, done.report, arguments, folder)
            if arguments.target in CODE and not arguments.no_code and arguments.output != "-":
                packed = digests(done.plan, folder)
                if packed or arguments.target == "cfn":  # Terraform warns of values for a variable that is not there
                    files[CODE[arguments.target]] = code_index(done.plan, packed, arguments.target)
    except Failure as failure:
        done.report.diagnostics.extend(failure.diagnostics)
    found = done.report.ordered()
    show(found, arguments)
    if code_of(found):
        from ifc import render

        say(f"\n{render.summary([d for d in found if arguments.notes or d.severity != 'note'])}; nothing was written")
        return code_of(found)
    if arguments.output == "-":
        sys.stdout.writelines(str(text) for text in files.values())
        return FINE
    return write(arguments, folder, files, done.plan, packed)


def usage(arguments: argparse.Namespace) -> str | None:
    """What is wrong with the options, or None."""
    if arguments.target not in TARGETS:
        known = ", ".join(f"`--target {name}` ({title})" for name, title in TARGETS.items())
        return f"`{arguments.target}` is no target; there is {known}"
    if arguments.package and arguments.no_code:
        return "`--package` looks at the code and `--no-code` does not: choose one"
    if arguments.package and arguments.output == "-":
        return "`--package` writes files, and `-o -` prints: choose one"
    return misused(arguments)


def default_folder(arguments: argparse.Namespace) -> str:
    """`build/cfn`, or `build/STAGE/cfn` when a stage is named."""
    return os.path.join("build", *([arguments.stage] if arguments.stage else []), arguments.target)


def digests(plan: Plan, folder: str) -> dict[str, str]:
    """The digests of the code folders."""
    from ifc import package

    return {code: package.digest(code, [folder]) for code in dict.fromkeys(archive.folder for archive in plan.archives)}


def write(arguments: argparse.Namespace, folder: str, files: dict[str, Content], plan: Plan | None, packed: dict[str, str]) -> int:
    """Writes the files, and the archives where they are asked for."""
    from ifc import output

    try:
        # Beside a configuration there may be its state, which is of one app.
        output.write(folder, files, plan.app.name if plan is not None and arguments.target == "terraform" else "")
        if arguments.package:
            archives(folder, packed)
    except OSError as problem:
        in_the_way = isinstance(problem, FileExistsError | IsADirectoryError)
        why = problem.strerror or str(problem)
        help = "move it away" if in_the_way else "mend its permissions"
        show(
            [
                Diagnostic(
                    "IFC807",
                    f"`{folder}` can't be written: {why[:1].lower()}{why[1:]}",
                    help=f"{help}, or choose another folder with `-o`",
                )
            ],
            arguments,
        )
        return UNWRITABLE
    except Failure as failure:
        show(failure.diagnostics, arguments)
        return code_of(failure.diagnostics)
    if plan is not None:
        say(summary(plan, files, folder, arguments.target))
    return FINE


def archives(folder: str, packed: dict[str, str]) -> None:
    """Writes each archive into `code/` of the output, under its key; one that is there already is left as it is."""
    from ifc import package

    os.makedirs(os.path.join(folder, "code"), exist_ok=True)
    for code, digest in packed.items():
        target = os.path.join(folder, "code", package.key(digest))
        if not os.path.exists(target):
            package.write(code, target, [folder])
