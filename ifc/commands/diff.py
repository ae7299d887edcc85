"""`ifc diff`: what a change does, ordered by risk."""

from __future__ import annotations

import argparse
import re
import shlex
import shutil
import sys

from ifc.cli import FINE, USAGE
from ifc.commands.source import colour, options, say, show
from ifc.diagnostics import Diagnostic, Failure
from ifc.records import evolve
from ifc.resolve.app import Options
from ifc.review.finding import Comparison, ordered
from ifc.review.formats import NotCompared, write
from ifc.review.review import compare
from ifc.review.risk import CODES
from ifc.review.sides import Side, nothing, revision, side, understood, worded
from ifc.review.version import TARGETS, Unprintable
from ifc.review.waivers import waived
from ifc.review.warned import warned

ABOVE, UNCOMPARED = 1, 3
RANGE = re.compile(r"(?P<old>[^:\s]*?)(?P<dots>\.{2,3})(?P<new>[^:\s]*)")


class Misused(Exception):
    """A usage that can't be: what is wrong with it."""


def run(arguments: argparse.Namespace) -> int:
    """Compares two versions; a comparison that fails never looks like one that finds nothing."""
    app = ""
    try:
        chosen = options(arguments)
        old, new = sides(arguments, chosen)
        app = new.app
        found = waived(result(old, new, arguments), new, arguments.today)
    except Misused as misused:
        say(f"ifc: {misused}")
        return USAGE
    except Failure as failure:
        show(failure.diagnostics, arguments)
        say("\nnothing was compared")
        if arguments.format != "text":
            reasons = tuple(diagnostic.message for diagnostic in failure.diagnostics)
            words = (arguments.base or "", *arguments.sides) if arguments.base else tuple(arguments.sides)
            sys.stdout.write(
                write(
                    NotCompared(old=words[0] if words else "", new=words[-1] if words else "", reasons=reasons, app=app), arguments.format
                )
            )
        return UNCOMPARED
    width = shutil.get_terminal_size((100, 24)).columns
    sys.stdout.write(
        write(found, arguments.format, colour=colour(sys.stdout), width=width, verbose=arguments.all, command=command(arguments))
    )
    return ABOVE if any(finding.counts and finding.risk <= CODES[arguments.fail_on] for finding in found.findings) else FINE


# --- sides ---


def sides(arguments: argparse.Namespace, chosen: Options) -> tuple[Side, Side]:
    """Both sides that the command line names; raises Misused and Failure."""
    words = list(arguments.sides)
    if arguments.base is not None:
        if len(words) > 1:
            raise Misused("`--base REVISION` compares one app with itself: name one file or folder")
        return against(arguments.base, words[0] if words else ".", chosen)
    if words and (span := RANGE.fullmatch(words[0])) and len(words) < 3 and not is_path(words[0]):
        return between(span, words[1] if words[1:] else ".", chosen)
    if len(words) != 2:
        raise Misused(
            "there are two sides to a comparison: `ifc diff OLD NEW`, `ifc diff main..HEAD app.ifc` or `ifc diff --base main app.ifc`"
        )
    old, new = (understood(worded(word, chosen)) for word in words)
    return old, new


def is_path(word: str) -> bool:
    """Whether a word names something that is there."""
    import os.path

    return os.path.exists(word)


def against(base: str, path: str, chosen: Options) -> tuple[Side, Side]:
    """What a pull request changes: an app where its branch left another one, and as it is now; one that is new against nothing."""
    from ifc.review.revisions import merge_base

    parted, new = merge_base(".", base, "HEAD"), understood(side(path, chosen))
    title = f"{base}:{path}"
    try:
        return understood(evolve(revision(parted, path, chosen), title=title)), new
    except Failure as failure:
        if failure.diagnostics[0].code != "IFC820":
            raise
    return nothing(title, f"`{path}` is not there at `{base}`, so all of it is new"), new


def between(span: re.Match[str], path: str, chosen: Options) -> tuple[Side, Side]:
    """An app at two revisions; with three dots from where they parted, as git has it."""
    from ifc.review.revisions import merge_base

    old, new = span["old"] or "HEAD", span["new"] or "HEAD"
    start = merge_base(".", old, new) if len(span["dots"]) == 3 else old
    found = revision(start, path, chosen)
    return understood(evolve(found, title=f"{old}:{path}")), understood(revision(new, path, chosen))


# --- comparing ---


def result(old: Side, new: Side, arguments: argparse.Namespace) -> Comparison:
    """The comparison in the targets that both sides have, or those that are asked for; raises Failure."""
    shared = [target for target in old.targets if target in new.targets]
    if not shared:
        names = " with ".join(TARGETS[one.targets[0]] for one in (old, new))
        raise Failure(Diagnostic("IFC825", f"{names} can't be compared", help="compare each with the source it was compiled from"))
    if arguments.target is not None:
        if arguments.target not in shared:
            other = TARGETS[shared[0]]
            raise Failure(
                Diagnostic(
                    "IFC825", f"one side is {other}'s, which says nothing of {TARGETS[arguments.target]}", help="leave `--target` out"
                )
            )
        shared = [arguments.target]
    remarks: list[str] = []
    while True:
        try:
            found = compare(old.version(shared), new.version(shared))
        except Unprintable as problem:
            if len(shared) == 1:
                raise Failure(*problem.diagnostics) from None
            shared.remove(problem.target)
            remarks.append(f"not compared for {TARGETS[problem.target]}: {problem.diagnostics[0].message}")
        else:
            return evolve(found, findings=ordered([*found.findings, *warned(old, new)]), remarks=(*remarks, *found.remarks))


def command(arguments: argparse.Namespace) -> str:
    """The command that shows all of the comparison in a terminal."""
    words = ["ifc", "diff", *(("--base", arguments.base) if arguments.base else ()), *arguments.sides]
    for name in ("target", "stage"):
        if getattr(arguments, name) is not None:
            words += [f"--{name}", getattr(arguments, name)]
    words += [word for given in arguments.param for word in ("--param", given)]
    return shlex.join([*words, "--all"])
