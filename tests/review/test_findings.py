"""What is said of edits: the words of each finding, agreed in tests/review/findings, and what must hold of all of them."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ifc.resolve.app import Options
from ifc.review.finding import Comparison, Finding
from ifc.review.review import compare
from ifc.review.sides import side
from ifc.source import Span
from tests.agreed import ROOT, same
from tests.review.corpus import between, text_version
from tests.review.edits import APPS, EDITS
from tests.review.scenarios import SCENARIOS, every, texts

FOLDER = ROOT / "tests" / "review" / "findings"
LONGEST = 160  # of a title
OFTEN = 8  # of one effect, in a finding


# --- what is said ---


def everything() -> Iterator[tuple[Path, str]]:
    """Every agreed text with what it should hold."""
    for app in APPS:
        yield FOLDER / f"{app}.txt", "\n".join(of_edit(number) for number, edit in enumerate(EDITS) if edit[0] == app)
    for section, known in SCENARIOS.items():
        yield FOLDER / f"{section.replace(' ', '-')}.txt", "\n".join(of_scenario(section, name) for name in known)


def of_edit(number: int) -> str:
    """What is said of an edit and of the one that takes it back."""
    app, before, after, *_ = EDITS[number]
    edited = APPS[app].replace(before, after, 1)
    return said(f"{one_line(before)} → {one_line(after)}", APPS[app], edited)


def of_scenario(section: str, name: str) -> str:
    """What is said of a scenario, both ways round."""
    return said(name, *texts(section, name))


def said(title: str, before: str, after: str) -> str:
    """What is found between two texts, there and back."""
    ways = (("→", compared(before, after)), ("←", compared(after, before)))
    return "".join([f"# {title}\n", *(line for sign, found in ways for line in lines(sign, found))])


@cache
def compared(before: str, after: str) -> Comparison:
    """What is found between two texts."""
    found: Comparison = between(before, after, "prod" if "stage prod" in before else "dev")
    return found


def lines(sign: str, found: Comparison) -> Iterator[str]:
    """A comparison in lines."""
    if not found.findings:
        yield f"{sign} nothing\n"
    for finding in found.findings:
        values = f": {finding.before or 'nothing'} → {finding.after or 'nothing'}" if finding.before or finding.after else ""
        yield f"{sign} {finding.risk.code} {finding.title}{values}\n"
        if finding.effect:
            yield f"    {finding.effect}\n"
        for detail in finding.details:
            yield f"    * {detail}\n"
        yield f"    {finding.subject}, {place(finding.old)} → {place(finding.new)}, {resources(finding)}\n"
        if finding.help:
            yield f"    help: {finding.help}\n"


def place(span: Span | None) -> str:
    """Where a finding is, in so many words."""
    return f"`{one_line(span.text)[:40]}`" if span is not None else "–"


def resources(finding: Finding) -> str:
    """How many resources of each target become what."""
    counts = Counter((one.target, one.action) for one in finding.consequences)
    return "; ".join(f"{target}: {number} {action}" for (target, action), number in sorted(counts.items())) or "nothing deployed"


def one_line(text: str) -> str:
    """A text with its lines in one."""
    return " ".join(text.split()) or "nothing"


@pytest.mark.parametrize("name", [path.name for path, _ in everything()])
def test_words(name: str) -> None:
    """What is said of the edits is the agreed text."""
    path, text = next((path, text) for path, text in everything() if path.name == name)
    same(path, text)


@pytest.mark.parametrize(("section", "name"), list(every()))
def test_scenario(section: str, name: str) -> None:
    """Each scenario has the findings of its classes, and no others."""
    *_, forward, back = SCENARIOS[section][name]
    before, after = texts(section, name)
    for found, codes in ((compared(before, after), forward), (compared(after, before), back)):
        assert " ".join(finding.risk.code for finding in found.findings) == codes
        assert not found.remarks


# --- what holds of every finding ---


def known() -> Iterator[Comparison]:
    """Every comparison of an edit or a scenario."""
    for app, before, after, *_ in EDITS:
        edited = APPS[app].replace(before, after, 1)
        yield compared(APPS[app], edited)
        yield compared(edited, APPS[app])
    for section, name in every():
        before, after = texts(section, name)
        yield compared(before, after)
        yield compared(after, before)


def test_every_title_is_a_plain_sentence() -> None:
    """A title is one sentence without values of Python, raw policies or names that only the code knows."""
    odd = re.compile(r"\bNone\b|\bTrue\b|\bFalse\b|\{'|\[\{|  |\bhttp api\b|\brest (api|method|path)\b|\bhttp route\b|<[a-z]|\.$|^[A-Z]")
    for finding in (finding for comparison in known() for finding in comparison.findings):
        text = re.sub(r"`[^`]*`", "`…`", finding.title)
        assert not odd.search(text) or text.startswith("CloudFormation"), finding.title
        assert finding.title.count("`") % 2 == 0
        assert len(finding.title) <= LONGEST, finding.title
        for words in (finding.effect, finding.before or "", finding.after or "", finding.subject, *finding.details):
            assert not re.search(r"\bNone\b|\{'|  ", words), words


def test_nothing_is_said_twice() -> None:
    """In a comparison no two findings have one id, and in a finding no resource is told of twice."""
    for comparison in known():
        assert len({finding.id for finding in comparison.findings}) == len(comparison.findings)
        for finding in comparison.findings:
            told = [(one.target, one.resource) for one in finding.consequences]
            assert len(set(told)) == len(told), finding.title
            clauses = finding.effect.split("; ")
            assert len(set(clauses)) == len(clauses) <= OFTEN


def test_gravest_first() -> None:
    """Findings are in the order of their classes."""
    for comparison in known():
        codes = [finding.risk.code for finding in comparison.findings]
        assert codes == sorted(codes)


# --- templates that nobody of ours wrote ---

FOREIGN = {
    "Resources": {
        "Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "jobs"}},
        "Odd": {"Type": "AWS::Lambda::Function", "Properties": {"Code": {"ZipFile": "x"}, "Role": {"Fn::ImportValue": "role"}}},
        "Cache": {"Type": "AWS::ElastiCache::CacheCluster", "Properties": {"Engine": "redis", "NumCacheNodes": 1}},
    }
}


@pytest.mark.parametrize(
    ("id", "property", "value", "found"),
    [
        ("Jobs", "QueueName", "tasks", "R0 queue `Jobs` is replaced, since its `name` changes"),
        ("Jobs", "KmsMasterKeyId", "alias/k", "R6 `encryption` of queue `Jobs` changes"),
        ("Odd", "MemorySize", 512, "R6 `memory` of function `Odd` changes"),
        ("Odd", "Runtime", "python3.12", "R6 `runtime` of function `Odd` changes"),
        ("Cache", "NumCacheNodes", 2, "R6 `NumCacheNodes` of resource `Cache` changes"),
        ("Cache", "SnapshotRetentionLimit", 5, "R6 `SnapshotRetentionLimit` of resource `Cache` changes"),
    ],
)
def test_templates_of_others(id: str, property: str, value: Any, found: str, tmp_path: Path) -> None:
    """A change of a template that ifc did not write is found in its own words."""
    new = json.loads(json.dumps(FOREIGN))
    new["Resources"][id]["Properties"][property] = value
    sides = []
    for name, content in (("old.json", FOREIGN), ("new.json", new)):
        (tmp_path / name).write_text(json.dumps(content), encoding="utf-8")
        sides.append(side(str(tmp_path / name), Options(code=False)).version(("cfn",)))
    findings = compare(*sides).findings
    assert [f"{finding.risk.code} {finding.title}" for finding in findings] == [found]


# --- how much is looked at ---


def wide(functions: int) -> str:
    """An app with many functions, each with a queue, a table and a route of its own."""
    parts = [
        f'queue Q{n} {{ dead-letter after 3 }}\ntable T{n} {{ key id: string }}\nfunction f{n} "a.b{n}" {{ writes T{n} }}\nQ{n} -> f{n}'
        for n in range(functions)
    ]
    routes = "\n".join(f"  GET /r{n} -> f{n}" for n in range(functions))
    return "\n".join(["app wide", *parts, f"api Web {{\n{routes}\n}}"]) + "\n"


def calls(before: str, after: str) -> int:
    """How many functions of Python are called to compare two texts."""
    old, new = text_version.__wrapped__(before), text_version.__wrapped__(after)
    found = 0

    def count(frame: Any, event: str, argument: Any) -> None:
        nonlocal found
        found += event == "call"

    sys.setprofile(count)
    try:
        compare(old, new)
    finally:
        sys.setprofile(None)
    return found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("app wide", 'app wide { prefix "other" }'),
        ("{ writes", "{ timeout 20s; writes"),
        ("dead-letter after 3", "dead-letter after 4"),
        ("{ writes", "{ reads"),
    ],
)
def test_twice_as_much_takes_twice_as_long(old: str, new: str) -> None:
    """An app that is twice as large takes about twice the work, also where all of it changes."""
    one, other = (calls(wide(size), wide(size).replace(old, new)) for size in (12, 24))
    assert other < 2.2 * one


def test_what_is_the_same_is_not_read() -> None:
    """A change of one thing takes hardly more work in a larger app."""
    one, other = (calls(wide(size), wide(size).replace('"a.b3"', '"a.other"')) for size in (12, 24))
    same_size = calls(wide(24), wide(24))
    assert other - same_size < 2 * (one - calls(wide(12), wide(12)))
