"""What holds for any text: an app or diagnostics, and an output that doesn't depend on how the source is laid out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ifc import render
from ifc.checks import check
from ifc.diagnostics import Failure, Report
from ifc.lower import lower
from ifc.plan import Plan
from ifc.resolve.app import Options, resolve
from ifc.source import Source
from ifc.syntax import tree
from ifc.syntax.parse import parse
from ifc.targets import cfn, spacer, terraform
from tests.agreed import ROOT

TARGETS = (cfn, terraform)
# The same examples on every machine: a failure here is a failure everywhere.
agreed = settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
SOURCES = [p for folder in ("examples/*/app.ifc", "tests/apps/*.ifc", "tests/corpus/*.ifc", "bad/*.ifc") for p in sorted(ROOT.glob(folder))]
APPS = [p for p in SOURCES if p.parent.name != "bad"]
WORDS = re.findall(r'"[^"\n]*"|[\w.-]+|[^\w\s]+|\n', "".join(p.read_text(encoding="utf-8") for p in SOURCES))


def rendered(source: Source, report: Report) -> dict[str, str]:
    """The files of all targets of a text, none where it has errors."""
    files: dict[str, str] = {}
    try:
        app = resolve([parse(source, report)], Options(code=False), report)
        check(app, report)
        if not report.failed:
            plan = lower(app, report)
            for target in TARGETS:
                said = Report()
                files |= target.render(plan, said)
                # What both targets say is one mistake.
                known = {(d.code, d.message) for d in report.diagnostics}
                report.diagnostics += [d for d in said.diagnostics if (d.code, d.message) not in known]
            files |= project(plan)
    except Failure as failure:
        report.diagnostics[:] = failure.diagnostics
    return {} if report.failed else files


def project(plan: Plan) -> dict[str, str]:
    """The files of a Spacer project, or what is said where there can be none: a project needs every value."""
    said = Report()
    files = spacer.render(plan, said, code=False)
    return {"spacer": "\n".join(sorted(f"{d.code} {d.message}" for d in said.ordered()))} if said.failed else files


def compiled(text: str) -> tuple[dict[str, str], list[str]]:
    """The files of a text and what is said of it, as sorted sentences."""
    report = Report()
    files = rendered(Source("examples/app.ifc", text), report)
    return files, sorted(f"{d.code} {d.message}" for d in report.ordered())


def sound(text: str) -> None:
    """Compiles a text, and draws what is found: each place lies in the text, and nothing raises."""
    report = Report()
    rendered(Source("app.ifc", text), report)
    found = report.ordered()
    for label in (label for d in found for label in d.labels):
        assert 0 <= label.span.start < label.span.end <= len(label.span.source.text)
    assert render.text(found).count("\x1b") == 0
    assert render.as_json(found)
    assert len({(d.code, d.message, d.labels[0].span.start if d.labels else 0) for d in found}) == len(found)


@agreed
@given(st.text(max_size=200))
def test_any_characters(text: str) -> None:
    """Any characters give an app or diagnostics."""
    sound(text)


@settings(agreed, max_examples=1000)
@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_any_words(words: list[str]) -> None:
    """Any words of the language in any order give an app or diagnostics."""
    sound("app x\n" + " ".join(words))


@settings(agreed, max_examples=1000)
@given(st.sampled_from(SOURCES), st.data())
def test_any_damage(path: Path, data: st.DataObject) -> None:
    """An app that lost some text, or got some of another place, gives an app or diagnostics."""
    text = path.read_text(encoding="utf-8")
    place = st.integers(0, len(text))
    start, end, source = data.draw(place), data.draw(place), data.draw(place)
    sound(text[:start] + text[source : source + data.draw(st.integers(0, 60))] + text[max(start, min(end, start + 60)) :])


# --- what the output does not depend on ---


def statements(text: str) -> list[str]:
    """The top-level statements of a text, each with the description above it."""
    report = Report()
    starts = [s.span.start for s in parse(Source("app.ifc", text), report).statements if not isinstance(s, tree.Broken)]
    cuts = []
    for start in starts:
        begin = text.rfind("\n", 0, start) + 1
        if text[begin:start].strip():
            continue  # behind a `;` on the line of another
        while begin and text[text.rfind("\n", 0, begin - 1) + 1 : begin].lstrip().startswith("#"):
            begin = text.rfind("\n", 0, begin - 1) + 1
        cuts.append(begin)
    cuts[0] = 0
    return [text[a:b].rstrip("\n") + "\n" for a, b in zip(cuts, [*cuts[1:], len(text)], strict=True)]


@settings(agreed, max_examples=150)
@given(st.sampled_from(APPS), st.randoms(use_true_random=False))
def test_any_order(path: Path, random: object) -> None:
    """The order of declarations changes neither the output of any target nor what is said."""
    parts = statements(path.read_text(encoding="utf-8"))
    before = compiled("".join(parts))
    random.shuffle(parts)  # type: ignore[attr-defined]  # hypothesis' Random
    assert compiled("".join(parts)) == before


def test_joined_arrows_in_any_order() -> None:
    """Arrows between the same two things become one, and which of them stands first changes nothing."""
    head = 'app x\nbus B\ntopic T\nqueue Q\nstream S\ntable D { key id: string; stream new }\nfunction f "a.f" { runtime python3.14 }\n'
    arrows = [
        *(f'B where source == "{s}" and detail-type == "d" -> f\n' for s in "ba"),
        *(f'T where attributes.kind == "{s}" -> f\n' for s in "ba"),
        *(f'Q where kind == "{s}" -> f\n' for s in "ba"),
        *(f'S where kind == "{s}" -> f\n' for s in "ba"),
        *(f'D.stream where eventName == "{s}" -> f\n' for s in ("MODIFY", "INSERT")),
    ]
    files, said = compiled(head + "".join(arrows))
    assert files
    assert compiled(head + "".join(reversed(arrows))) == (files, said)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: f"{p.parent.name}-{p.stem}")
def test_line_ends_and_comments(path: Path) -> None:
    """Neither the ends of lines nor comments nor blanks at their ends change the output or what is said."""
    text = path.read_text(encoding="utf-8")
    before = compiled(text)
    assert compiled(text.replace("\n", "\r\n")) == before
    bare = re.sub(r'("(?:\\.|[^"\\\n])*"?)|[ \t]*(?<!#)#(?!#)[^\n]*', lambda m: m[1] or "", text)
    assert compiled(bare.replace("\n", "  \n")) == before
