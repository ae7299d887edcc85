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


class Misused(Exception):
    """What a call of a fixture gets wrong, in a sentence."""


@record
class Known:
    """What `[tool.ifc]` of the root folder says, None without it, and its apps."""

    root: str
    settings: Settings | None
    members: Sequence[Member]


@record
class Compiled:
    """What `ifc_compile` returns: the files by name, the CloudFormation template as a dict, and all diagnostics."""

    target: str
    files: Mapping[str, str]
    content: dict[str, Any]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def template(self) -> dict[str, Any]:
        """The CloudFormation template, empty where there are errors; Misused for another target, which has none."""
        if self.target != "cfn":
            raise Misused(f"`template` is CloudFormation's, and this was compiled for {self.target}: look into `files`")
        return self.content

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
            writing.own(case, result.sources)  # an update would refuse what this refuses
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
            found += trees.marker(settings.golden) if trees.written(settings.golden) else []
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
        with writing.prepared(case.golden) as repaired:
            writing.own(case, result.sources)
            return repaired + writing.update(case, result.files)
    except Failure as failure:
        raise disagreed(failure.diagnostics) from None


def tidy(known: Known) -> list[writing.Change]:
    """Removes what no case writes from the apps' folders."""
    everything = all_cases(known)
    try:
        with writing.prepared(everything[0].golden) as repaired:
            return repaired + [change for home in _homes(everything) for change in writing.tidy([c for c in everything if c.home == home])]
    except Failure as failure:
        raise disagreed(failure.diagnostics) from None


def called(known: Known, beside: str, app: object, target: object, stage: object, params: object, name: object) -> Case:
    """The case that a call in a test means; its files lie among those of `[tool.ifc]` where that has the same, else beside the test.

    Misused for what is no app's path, target, stage, name or param.
    """
    target, stage, name = _target(target), _word("stage", stage), _word("name", name)
    settings, path = known.settings, _app(known.root, app)
    subject = next((m for m in known.members if os.path.realpath(m.path) == os.path.realpath(path)), None) or member(path)
    configured = case(settings, subject, stage, target) if settings else None
    values = {**(configured.params if configured else {}), **texts(params)}
    listed = settings is not None and subject in known.members and stage in settings.stages and target in settings.targets
    if configured and listed and values == configured.params and name is None:
        return configured
    return Case(subject, stage, target, values, os.path.join(beside, FOLDER), name or subject.name or NAMELESS)


def compiled(root: str, app: object, target: object, stage: object, params: object, code: bool) -> Compiled:
    """An app's files and diagnostics, errors among them; Misused as with `called`."""
    target, stage, path = _target(target), _word("stage", stage), _app(root, app)
    result = output(path, target, stage, texts(params), "json", code)
    template = json.loads(result.files["template.json"]) if target == "cfn" and result.files else {}
    return Compiled(target, result.files, template, result.diagnostics)


def texts(params: object) -> dict[str, str]:
    """Params as `--param` takes them."""
    found: dict[str, str] = {}
    if params is None:
        return found
    if not isinstance(params, Mapping) or not all(isinstance(name, str) for name in params):
        raise Misused(f"params are given by name, as in params={{'size': 1}}, and not as {params!r}")
    for name, value in params.items():
        text = param_text(value)
        if text is None:
            raise Misused(f"{value!r} is no value of the param {name!r}: a text, a number, True, False, or a list of texts without commas")
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


def _target(word: object) -> str:
    if not isinstance(word, str) or word not in TARGETS:
        raise Misused(f"{word!r} is no target: there are {', '.join(TARGETS)}")
    return word


def _word(what: str, word: object) -> str | None:
    if word is None:
        return None
    if not isinstance(word, str) or not re.fullmatch(STAGE, word):
        raise Misused(f"{word!r} is no {what}: a word of letters, digits, `-`, `_` and `.`")
    return word


def _app(root: str, app: object) -> str:
    """The .ifc file that a call means."""
    path = app.__fspath__() if isinstance(app, os.PathLike) else app
    if not isinstance(path, str) or "\0" in path:
        raise Misused(f"{app!r} is no path of an app")
    return _file(os.path.normpath(os.path.join(root, path)))


def _file(path: str) -> str:
    """The .ifc file of a path."""
    try:
        return main_file(path)
    except Failure as failure:
        raise disagreed(failure.diagnostics) from None
