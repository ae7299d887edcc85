"""`ifc golden check` and `ifc golden update`: the agreed output of apps, kept beside their source."""

from __future__ import annotations

import argparse
import io
import os
import shlex
import sys
from collections.abc import Sequence

from ifc.cli import ERRORS, FINE, UNWRITABLE, USAGE
from ifc.commands.source import colour, say, show
from ifc.diagnostics import ERROR, Diagnostic, Failure
from ifc.golden import differences, trees, writing
from ifc.golden.members import Case, cases, chosen, members
from ifc.golden.outputs import Output, output
from ifc.golden.settings import Settings, find, load
from ifc.records import record

UNCOMPARED = UNWRITABLE  # 3, as for output that can't be written


@record
class Run:
    """A run of the command: what was asked for, and what the apps compile to."""

    arguments: argparse.Namespace
    settings: Settings
    made: list[tuple[Case, Output]]
    whole: bool  # it is about all apps of `[tool.ifc]`, and their names are known

    @property
    def names(self) -> list[str]:
        """The names of the apps' folders."""
        return list(dict.fromkeys(case.name for case, _ in self.made))

    @property
    def files(self) -> int:
        """How many files there are when all is as agreed."""
        return sum(len(result.files) for _, result in self.made)

    def of(self, name: str) -> list[tuple[Case, Output]]:
        """What belongs to one app."""
        return [(case, result) for case, result in self.made if case.name == name]

    def command(self, what: str, names: Sequence[str]) -> str:
        """The command, as it is typed here, that does something about these apps."""
        config = ["--config", self.arguments.config] if self.arguments.config else []
        some = names if not self.whole or len(names) < len(self.names) else []
        return shlex.join(["ifc", "golden", *what.split(), *config, *(["--app", *some] if some else [])])


def run(arguments: argparse.Namespace) -> int:
    """Checks or updates; what `[tool.ifc]` gets wrong is wrong usage."""
    try:
        settings = load(arguments.config or find(os.getcwd()))
        everyone = members(settings)
        wanted = chosen(everyone, arguments.app)
    except Failure as failure:
        show(failure.diagnostics, arguments)
        return USAGE
    variable = writing.ci_variable(os.environ)
    if arguments.action == "update" and not arguments.ci and variable:
        say(f"ifc: `{variable}` is set, and people agree to a change before it gets there: update on your machine, or add `--ci`")
        return USAGE
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a diff may hold what the encoding of a terminal lacks
    made = [(case, compiled(case, settings)) for case in cases(settings, wanted)]
    whole = not arguments.app and all(member.name for member in everyone)
    return {"check": check, "update": update}[arguments.action](Run(arguments, settings, made, whole))


def compiled(case: Case, settings: Settings) -> Output:
    """What a case compiles to."""
    return output(case.member.path, case.target, case.stage, case.params, settings.format, settings.code)


def check(run: Run) -> int:
    """Says what is not as agreed: 0 nothing, 1 something, 3 where that can't be said."""
    broken = failing(run)
    found, differing, unreadable = compared(run)
    show(unreadable, run.arguments)
    if broken:
        say(f"\n{broken}")
    more = None if run.arguments.full else f"`{run.command('check --full', differing)}`"
    sys.stdout.write(differences.text(differences.lines(found, more), colour(sys.stdout)))
    if found:
        print(f"\n{differences.counted(found)}")
    if not all(difference.by_hand for difference in found) and (differing or not unreadable):
        print(f"If this is meant: {run.command('update', differing)}")
    if broken or unreadable:
        return UNCOMPARED
    if found:
        return ERRORS
    apps = len(run.names)
    say(f"{run.files} golden file{'s' if run.files != 1 else ''} of {apps} app{'s' if apps != 1 else ''}: as agreed")
    return FINE


def update(run: Run) -> int:
    """Makes the output of now the agreed one, and says what became of each file."""
    broken = failing(run)
    if broken:
        say(f"\n{broken}; nothing was written")
        return UNCOMPARED
    changes: list[writing.Change] = []
    repaired: list[writing.Change] = []
    left: list[trees.Difference] = []
    wrong: Sequence[Diagnostic] = ()
    try:
        with writing.prepared(run.settings.golden) as repaired:
            for case, result in run.made:
                writing.own(case, result.sources)  # all refusals come before the first change
            for case, result in run.made:
                changes += writing.update(case, result.files)
            for name in run.names:
                changes += writing.tidy([case for case, _ in run.of(name)])
            left = trees.leftovers(run.settings.golden, run.names) if run.whole else []
    except Failure as failure:
        wrong = failure.diagnostics
    for change in [*repaired, *changes]:
        print(f"{differences.visible(change.path)}: {change.what}")
    sys.stdout.write(differences.text(differences.lines(left, None)))
    show(wrong, run.arguments)
    if wrong:
        return UNCOMPARED
    counts = [(sum(change.what == what for change in [*repaired, *changes]), what) for what in ("new", "changed", "removed")]
    same = run.files - sum(change.what != "removed" for change in changes)
    say(", ".join(f"{n} {what}" for n, what in [*counts, (same, "same")] if n))
    return FINE


def failing(run: Run) -> str | None:
    """Which cases don't compile, in a line; their errors are shown, each once."""
    broken = [(case, result) for case, result in run.made if not result.files]
    errors = {d.sort_key(): d for _, result in reversed(broken) for d in reversed(result.diagnostics) if d.severity == ERROR}
    show(list(reversed(errors.values())), run.arguments)
    ids = [case.id for case, _ in broken]
    rest = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
    return f"ifc: not compared, because of these errors: {', '.join(ids[:5])}{rest}" if broken else None


def compared(run: Run) -> tuple[list[trees.Difference], list[str], list[Diagnostic]]:
    """What is not as agreed, the apps that it is about, and what can't be read."""
    found: list[trees.Difference] = []
    differing: list[str] = []
    wrong: list[Diagnostic] = []
    golden = run.settings.golden
    try:
        trees.usable(golden)
        with writing.locked(golden, alone=False):
            found += trees.marker(golden) if trees.written(golden) else []
            for name in run.names:
                try:
                    for case, result in run.of(name):
                        writing.own(case, result.sources)  # an update would refuse what this refuses
                    here = of_app(run.of(name))
                except Failure as failure:
                    wrong += failure.diagnostics
                    continue
                found += here
                differing += [name] if here else []
            found += trees.leftovers(golden, run.names) if run.whole else []
    except Failure as failure:
        wrong += failure.diagnostics
    return found, differing, wrong


def of_app(own: Sequence[tuple[Case, Output]]) -> list[trees.Difference]:
    """How the golden files of one app differ; what has errors is left out."""
    first = own[0][0]
    held = trees.listing(first.home)
    found = [d for case, result in own if result.files for d in trees.compare(result.files, case.folder, trees.within(held, case.inner))]
    return found + list(trees.strays(first.home, [case.inner for case, _ in own], held).values())
