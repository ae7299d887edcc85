"""The corpus: public apps re-written as they are, which compile for both clouds' tools, with each finding judged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import attrs
import pytest

from ifc.diagnostics import ERROR
from ifc.targets import cfn, terraform
from tests.agreed import ROOT, same
from tests.app_folders import AppFolder

FOLDER = AppFolder("tests/corpus")
APPS = FOLDER.names()
README = ROOT / "tests" / "corpus" / "README.md"


def everything() -> Iterator[tuple[Path, str]]:
    """Every agreed file of the corpus with what it should hold."""
    yield from FOLDER.everything()
    yield README, counted(README.read_text(encoding="utf-8"))


def rows(heading: str) -> Iterator[list[str]]:
    """The cells of each row of the table under a heading of the README."""
    part = README.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    for line in part.splitlines():
        if line.startswith("| `"):
            yield [cell.strip().strip("`") for cell in line.strip("|").split("|")]


def counted(text: str) -> str:
    """The README with the numbers of functions and arrows that the table of apps should hold."""
    for name in APPS:
        app = FOLDER.done(name).app
        numbers = f"{sum(not f.extern for f in app.of_kind('function'))} | {len(app.wires)}"
        text = re.sub(rf"(?m)^(\| `{name}` \|(?:[^|]*\|){{2}}) \d* \| \d* \|$", rf"\1 {numbers} |", text)
    return text


@attrs.frozen
class Judged:
    """So many findings of one code in one app, and whether they are right."""

    app: str
    code: str
    times: int
    right: bool


def judged() -> list[Judged]:
    """What the README judges."""
    return [Judged(app, code, int(times), verdict == "true") for app, code, times, verdict, _ in rows("Judgements")]


@pytest.mark.parametrize("name", APPS)
def test_compiles(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An app of the corpus has no error, neither for CloudFormation nor for Terraform."""
    monkeypatch.chdir(ROOT)
    for target in (cfn, terraform):
        done = FOLDER.done(name)
        assert done.plan is not None, [d.message for d in done.report.ordered() if d.severity == ERROR]
        target.render(done.plan, done.report)
        assert not [d.message for d in done.report.ordered() if d.severity == ERROR]


@pytest.mark.parametrize("name", APPS)
def test_diagnostics(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found in an app of the corpus is what was agreed."""
    monkeypatch.chdir(ROOT)
    same(FOLDER.agreed(name), FOLDER.diagnostics(name))


def test_sources() -> None:
    """Every app says in its first line from which file of which repository it was re-written, and there are enough of them."""
    assert len(APPS) >= 32
    for name in APPS:
        first = FOLDER.source(name).read_text(encoding="utf-8").split("\n", 1)[0]
        assert re.fullmatch(r"# source: [\w.-]+/[\w.+-]+ \S.* \(.+\)", first), (name, first)


def test_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """The README's table has every app once, in order, with its functions and arrows."""
    monkeypatch.chdir(ROOT)
    assert [name for name, *_ in rows("The apps")] == APPS
    same(README, counted(README.read_text(encoding="utf-8")))


def test_judgements(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every finding is judged, and no judgement is of a finding that is no longer made."""
    monkeypatch.chdir(ROOT)
    found = Counter((name, d.code) for name in APPS for d in FOLDER.found(name))
    times: Counter[tuple[str, str]] = Counter()
    for one in judged():
        times[one.app, one.code] += one.times
    assert not {key: (n, found[key]) for key, n in times.items() if n > found[key]}, "judged more often than found"
    assert not {key: (times[key], n) for key, n in found.items() if n > times[key]}, "found more often than judged"


def summary() -> str:
    """The share of findings that are right, and what nobody has judged yet."""
    found = Counter((name, d.code) for name in APPS for d in FOLDER.found(name))
    open_ = found.copy()
    right = wrong = 0
    for one in judged():
        open_[one.app, one.code] -= one.times
        right, wrong = (right + one.times, wrong) if one.right else (right, wrong + one.times)
    lines = [
        f"{sum(found.values())} findings in {len(APPS)} apps: {right} right, {wrong} wrong, {right + wrong and right / (right + wrong):.1%}"
    ]
    lines += [f"not judged: {name} {code} × {n}" for (name, code), n in sorted(open_.items()) if n > 0]
    return "\n".join(lines)


if __name__ == "__main__":
    print(summary())
