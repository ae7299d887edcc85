"""`ifc compile`: an app to a target's files."""

from __future__ import annotations

import argparse
import os
import sys

from ifc.cli import FINE, UNWRITABLE, USAGE
from ifc.commands.source import Stopped, code_of, compiled, say, show
from ifc.diagnostics import Diagnostic, Failure
from ifc.plan import Plan

TARGETS = {"cfn": "CloudFormation"}
LATER = ("terraform", "spacer")


def run(arguments: argparse.Namespace) -> int:
    """Compiles; nothing is written unless everything is fine."""
    if arguments.target not in TARGETS:
        what = "is not built by this release" if arguments.target in LATER else "is no target"
        say(f"ifc: `{arguments.target}` {what}; there is `--target cfn` (CloudFormation)")
        return USAGE
    if arguments.package and arguments.no_code:
        say("ifc: `--package` looks at the code and `--no-code` does not: choose one")
        return USAGE
    if arguments.package and arguments.output == "-":
        say("ifc: `--package` writes files, and `-o -` prints: choose one")
        return USAGE
    try:
        done = compiled(arguments)
    except Stopped as stopped:
        return stopped.code
    files: dict[str, str] = {}
    folder = arguments.output or default_folder(arguments)
    try:
        if done.plan is not None:
            from ifc.targets import cfn  # troposphere is half of the start-up: only when there is something to print

            files = cfn.render(done.plan, done.report, arguments.format)
            if not arguments.no_code and arguments.output != "-":
                files["code.json"] = digests(done.plan, folder)
    except Failure as failure:
        done.report.diagnostics.extend(failure.diagnostics)
    found = done.report.ordered()
    show(found, arguments)
    if code_of(found):
        from ifc.render import summary

        say(f"\n{summary([d for d in found if arguments.notes or d.severity != 'note'])}; nothing was written")
        return code_of(found)
    if arguments.output == "-":
        sys.stdout.write(files[f"template.{arguments.format}"])
        return FINE
    return write(arguments, folder, files, done.plan)


def default_folder(arguments: argparse.Namespace) -> str:
    """`build/cfn`, or `build/STAGE/cfn` when a stage is named."""
    return os.path.join("build", *([arguments.stage] if arguments.stage else []), arguments.target)


def digests(plan: Plan, folder: str) -> str:
    """`code.json`: each function's parameter and the key of its archive, which carries the digest of its contents."""
    import json

    from ifc import package

    by_folder = {archive.folder: "" for archive in plan.archives}
    for code in by_folder:
        by_folder[code] = package.digest(code, [folder])
    content = {
        a.function: {"parameter": a.parameter, "key": package.key(by_folder[a.folder]), "digest": by_folder[a.folder]}
        for a in plan.archives
    }
    return json.dumps({"version": 1, "functions": content}, indent=2) + "\n"


def write(arguments: argparse.Namespace, folder: str, files: dict[str, str], plan: Plan | None) -> int:
    from ifc import output

    try:
        output.write(folder, files)
        if arguments.package and plan is not None:
            archives(plan, folder, files["code.json"])
    except OSError as problem:
        why = (problem.strerror or str(problem)).lower()
        show(
            [Diagnostic("IFC807", f"`{folder}` can't be written: {why}", help="choose another folder with `-o`, or mend its permissions")],
            arguments,
        )
        return UNWRITABLE
    except Failure as failure:
        show(failure.diagnostics, arguments)
        return code_of(failure.diagnostics)
    count = f"{len(plan.placed)} resources" if plan is not None else ""
    say(f"{os.path.join(folder, next(iter(files)))}: {count}")
    return FINE


def archives(plan: Plan, folder: str, index: str) -> None:
    """Writes each archive into `code/` of the output, under its key; one that is there already is left as it is."""
    import json

    from ifc import package

    keys = {name: entry["key"] for name, entry in json.loads(index)["functions"].items()}
    os.makedirs(os.path.join(folder, "code"), exist_ok=True)
    for key, code in sorted({keys[a.function]: a.folder for a in plan.archives}.items()):
        target = os.path.join(folder, "code", key)
        if not os.path.exists(target):
            package.write(code, target, [folder])
