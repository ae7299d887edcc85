"""The examples of the documentation compile, and what it says of this release's gaps is what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ifc.diagnostics import NOTE
from ifc.kinds import kinds, load
from ifc.resolve.later import STATEMENTS
from ifc.targets.cfn import render
from tests.agreed import ROOT
from tests.support import compiled

PAGES = [*sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("README.md")), *sorted((ROOT / "grammar").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
STAGE = re.compile(r"^stage (\w+)", re.M)


def examples() -> list[tuple[str, str, str]]:
    """The ```ifc blocks: page and line, text, and each stage that the text declares (`dev` without one)."""
    found = []
    for page in PAGES:
        content = page.read_text(encoding="utf-8")
        for match in FENCE.finditer(content):
            place = f"{page.name}:{content.count(chr(10), 0, match.start()) + 1}"
            if match[1] == "ifc":
                found += [(f"{place}-{stage}", match[2], stage) for stage in ("dev", *STAGE.findall(match[2]))]
    return found


@pytest.mark.parametrize(("place", "text", "stage"), examples(), ids=[place for place, _, _ in examples()])
def test_an_example_compiles(place: str, text: str, stage: str) -> None:
    """A complete example becomes a template, for each of its stages, and nothing is found in it."""
    done = compiled(text, stage)
    if done.plan is not None:
        render(done.plan, done.report)
    assert [f"{d.code} {d.message}" for d in done.report.ordered() if d.severity != NOTE] == [], place


def test_the_language_page_lists_what_is_not_built() -> None:
    """Each word that this release does not build stands in the last section of the language's page."""
    page = (ROOT / "docs" / "language.md").read_text(encoding="utf-8")
    section = page.rpartition("\n## ")[2]
    declared = [load(kind) for kind in kinds()]
    ports = [port for cls in declared for port in (*cls.ports.values(), getattr(cls, "route_port", None)) if port is not None]
    words = {*STATEMENTS, "when", *(word for cls in declared for word in cls.later), *(word for port in ports for word in port.unbuilt)}
    assert sorted(word for word in words if f"`{word}`" not in section) == []


def test_links_lead_somewhere() -> None:
    """A link to a file of this repository names one that is there, and a heading that it has."""
    wrong = []
    for page in PAGES:
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", text):
            name, _, heading = target.partition("#")
            path = page.parent / name if name else page
            if not path.exists() or (heading and heading not in headings(path)):
                wrong.append(f"{page.name}: {target}")
    assert wrong == []


def headings(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in re.findall(r"^#+ (.*)$", text, re.M)}


def test_lines_are_short() -> None:
    """The pages that people write hold lines that can be read in a diff."""
    pages = [page for page in PAGES if page.name not in ("README.md", "reference.md", "codes.md")]
    assert [f"{p.name}:{n}" for p in pages for n, line in enumerate(p.read_text(encoding="utf-8").splitlines(), 1) if len(line) > 140] == []
