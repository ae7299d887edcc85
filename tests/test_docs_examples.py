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


def rows(heading: str, columns: int) -> list[list[str]]:
    """The rows of the table below a heading of the language's page."""
    section = (ROOT / "docs" / "language.md").read_text(encoding="utf-8").partition(f"\n{heading}\n")[2]
    table = section[section.index("|---") :].partition("\n\n")[0].splitlines()[1:]
    found = [[cell.strip() for cell in line[1:-1].split(" |")] for line in table]
    assert all(len(row) == columns for row in found)
    return found


SERVICES = (
    ("queue S", "S where {} -> fn", ""),
    ("table S { key id: string; stream new-and-old }", "S.stream where {} -> fn", "new."),
    ("topic S", "S where {} -> fn", ""),
    ("bus S", "S where {} -> fn", "detail."),
    ("bucket S", "S.created where {} -> fn", ""),
)
UNQUOTED = r'(?=[^"]*(?:"[^"]*"[^"]*)*$)'


def filters() -> list[tuple[str, int, bool]]:
    """What the table of filters says plainly: a test, a service, and whether it can make it."""
    found = []
    for test, *cells in rows("### What each service can say", 6):
        plain = [(at, cell) for at, cell in enumerate(cells) if cell in ("yes", "–")]
        found += [(expression, at, cell == "yes") for expression in re.findall("`(.*?)`", test) for at, cell in plain]
    return found


@pytest.mark.parametrize(("expression", "service", "possible"), filters())
def test_the_table_of_filters_is_right(expression: str, service: int, possible: bool) -> None:
    """A test compiles for the services for which the page says so, and for no other."""
    declared, arrow, root = SERVICES[service]
    written = re.sub(rf"\b([fab])\b{UNQUOTED}", rf"{root}\1" if service < 4 else "key", expression)
    done = compiled(f'app x\nparam param "p"\n{declared}\nfunction fn "a.b"\n{arrow.format(written)}\n')
    assert done.report.failed is not possible, [d.message for d in done.report.ordered()]


def test_the_table_of_verbs_is_right() -> None:
    """The page's verbs are the kinds' verbs, with their actions."""
    found: dict[tuple[str, str], set[str]] = {}
    last = ""
    for verb, kind, actions in rows("## Verbs: permissions", 3):
        last = verb.strip("`") or last
        service, _, names = re.split(r"[,;]", actions)[0].strip("`").partition(":` ")
        found[last, kind] = {f"{service}:{name}" for name in names.split()}
    code = {
        (verb, kind): {a for access in accesses for a in access.actions} for kind in kinds() for verb, accesses in load(kind).verbs.items()
    }
    del code["sends", "api"]  # of WebSocket APIs, which this release does not build
    assert found == code


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
    pages = [page for page in PAGES if page.name not in ("README.md", "reference.md", "codes.md", "checks.md", "support.md", "checkov.md")]
    assert [f"{p.name}:{n}" for p in pages for n, line in enumerate(p.read_text(encoding="utf-8").splitlines(), 1) if len(line) > 140] == []
