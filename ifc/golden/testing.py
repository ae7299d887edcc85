"""What the pytest plugin does once there is something to do: the cases of a project, of a call in a test, and their verdicts."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ifc import render
from ifc.diagnostics import ERROR, Diagnostic, Failure
from ifc.golden import differences, trees, writing
from ifc.golden.differences import Line
from ifc.golden.members import NAMELESS, Case, Member, case, cases, member, members
from ifc.golden.outputs import Output, output
from ifc.golden.presence import FILE, present
from ifc.golden.settings import STAGE, TARGETS, Settings, load, param_text
from ifc.records import record
from ifc.resolve.files import main_file

FOLDER = "ifc_golden"  # beside a test, for what its calls compare and `[tool.ifc]` doesn't know


class Disagreed(Exception):
    """A test's verdict that something is not as agreed, or can't be compared."""

    def __init__(self, report: Sequence[Line]) -> None:
        super().__init__(differences.text(report))
        self.report = report


@record
class Known:
    """What `[tool.ifc]` of the root folder says, None without it, and its apps."""

    root: str
    settings: Settings | None
    members: Sequence[Member]


@record
class Compiled:
    """What `ifc_compile` returns: the files by name, the CloudFormation template as a dict, and all diagnostics."""

    files: Mapping[str, str]
    template: dict[str, Any]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def errors(self) -> list[str]:
        """The codes of the errors, by place."""
        return [d.code for d in self.diagnostics if d.severity == ERROR]


def known(root: str) -> Known:
    """What there is to know of a project; Failure for mistakes in its `[tool.ifc]`."""
    file = os.path.join(root, FILE)
    settings = load(file) if present(file) else None
    return Known(root, settings, members(settings) if settings else ())


def all_cases(known: Known) -> list[Case]:
    """Every case of `[tool.ifc]`."""
    return cases(known.settings, known.members) if known.settings else []


def made(known: Known, case: Case) -> Output:
    """What a case compiles to; Disagreed with its errors."""
    format, code = (known.settings.format, known.settings.code) if known.settings else ("yaml", True)
    result = output(case.member.path, case.target, case.stage, case.params, format, code)
    if not result.files:
        raise disagreed([d for d in result.diagnostics if d.severity == ERROR])
    return result


def verify(case: Case, result: Output, full: str | None, update: str) -> None:
    """Disagreed where the golden files of a case differ; `update` is the command that makes them agree."""
    try:
        with writing.locked(case.golden, alone=False):
            trees.usable(case.golden)
            found = trees.compare(result.files, case.folder, trees.within(trees.listing(case.home), case.inner))
    except Failure as failure:
        raise disagreed(failure.diagnostics) from None
    _expect_none(found, full, update)


def verify_strays(known: Known, update: str) -> None:
    """Disagreed where files lie among the golden ones that no case writes."""
    try:
        found: list[trees.Difference] = []
        settings, everything = known.settings, all_cases(known)
        if settings is None:
            return
        with writing.locked(settings.golden, alone=False):
            trees.usable(settings.golden)
            for home, inner in _homes(everything).items():
                found += trees.strays(home, inner, trees.listing(home)).values()
            if all(m.name for m in known.members):
                found += trees.leftovers(settings.golden, {c.name for c in everything})
    except Failure as failure:
        raise disagreed(failure.diagnostics) from None
    _expect_none(found, None, update)


def agree(case: Case, result: Output) -> list[writing.Change]:
    """Makes the output of now the agreed one; Disagreed where that can't be written."""
    try:
        with writing.prepared(case.golden):
            writing.own(case, result.sources)
            return writing.update(case, result.files)
    except Failure as failure:
        raise disagreed(failure.diagnostics) from None


def tidy(known: Known) -> list[writing.Change]:
    """Removes what no case writes from the apps' folders."""
    everything = all_cases(known)
    try:
        with writing.prepared(everything[0].golden):
            return [change for home in _homes(everything) for change in writing.tidy([c for c in everything if c.home == home])]
    except Failure as failure:
        raise disagreed(failure.diagnostics) from None


def called(
    known: Known, beside: str, app: str, target: str, stage: str | None, params: Mapping[str, object] | None, name: str | None
) -> Case:
    """The case that a call in a test means; its files lie among those of `[tool.ifc]` where that has the same, else beside the test.

    ValueError for what is no target, stage, name or param.
    """
    if target not in TARGETS:
        raise ValueError(f"{target!r} is no target: there are {', '.join(TARGETS)}")
    for what, word in (("stage", stage), ("name", name)):
        if word is not None and not re.fullmatch(STAGE, word):
            raise ValueError(f"{word!r} is no {what}: a word of letters, digits, `-`, `_` and `.`")
    settings, path = known.settings, _file(os.path.normpath(os.path.join(known.root, app)))
    subject = next((m for m in known.members if os.path.realpath(m.path) == os.path.realpath(path)), None) or member(path)
    configured = case(settings, subject, stage, target) if settings else None
    values = {**(configured.params if configured else {}), **texts(params or {})}
    listed = settings is not None and subject in known.members and stage in settings.stages and target in settings.targets
    if configured and listed and values == configured.params and name is None:
        return configured
    return Case(subject, stage, target, values, os.path.join(beside, FOLDER), name or subject.name or NAMELESS)


def compiled(root: str, app: str, target: str, stage: str | None, params: Mapping[str, object] | None, code: bool) -> Compiled:
    """An app's files and diagnostics, errors among them."""
    if target not in TARGETS:
        raise ValueError(f"{target!r} is no target: there are {', '.join(TARGETS)}")
    path = _file(os.path.normpath(os.path.join(root, app)))
    result = output(path, target, stage, texts(params or {}), "json", code)
    template = json.loads(result.files["template.json"]) if target == "cfn" and result.files else {}
    return Compiled(result.files, template, result.diagnostics)


def texts(params: Mapping[str, object]) -> dict[str, str]:
    """Params as `--param` takes them."""
    found: dict[str, str] = {}
    for name, value in params.items():
        text = param_text(value)
        if text is None:
            raise ValueError(
                f"{value!r} is no value of the param {name!r}: a text, a number, True, False, or a list of texts without commas"
            )
        found[name] = text
    return found


def disagreed(diagnostics: Sequence[Diagnostic]) -> Disagreed:
    """The verdict that nothing can be compared, with the mistakes as they are drawn everywhere."""
    return Disagreed([Line(line) for line in render.text(diagnostics).rstrip("\n").split("\n")])


def _expect_none(found: Sequence[trees.Difference], full: str | None, update: str) -> None:
    if not found:
        return
    report = [*differences.lines(found, full), Line(""), Line(differences.counted(found))]
    if not all(difference.by_hand for difference in found):
        report.append(Line(f"If this is meant: {update}", "head"))
    raise Disagreed(report)


def _homes(cases: Sequence[Case]) -> dict[str, list[str]]:
    """The folder of each app, and those of its cases in it."""
    found: dict[str, list[str]] = {}
    for one in cases:
        found.setdefault(one.home, []).append(one.inner)
    return found


def _file(path: str) -> str:
    """The .ifc file of a path."""
    try:
        return main_file(path)
    except Failure as failure:
        raise disagreed(failure.diagnostics) from None
