"""The outputs of an estimate: the same bytes in any order of declarations, money that can be read, and what the page shows."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest

from ifc.cost.comparison import compare
from ifc.cost.estimate import estimate
from ifc.cost.formats import FORMATS, form
from ifc.cost.known import from_source, of_source
from ifc.cost.traffic import Traffic
from ifc.cost.units import precise, rounded, usd
from ifc.diagnostics import Failure
from tests.agreed import ROOT
from tests.cost.estimating import app, estimated, table

STATEMENTS = """
table T { key id: string; stream new }
bucket B
queue Q
queue R
topic P
bus Shop
secret Token
api A { POST /a -> f { expect 5 per second } }
api C { POST /a -> g { expect 3 per second } }
function f "a.b" { writes T; publishes P; reads Token }
function g "a.b" { reads T; sends Q, R; publishes Shop }
function h "a.b"
T.stream where new.a == "1" -> h
P -> Q
P -> "mailto:ops@example.com"
Q -> h { within 5s }
R -> h
Shop where source == "x" -> g2
B.created "in/*" -> h
function g2 "a.b"
every 5m -> h
"""


def texts(text: str) -> list[str]:
    """An estimate in every format."""
    found = estimate(app(text), Traffic(), table("ap-northeast-1"))
    return [form(name).estimate(found, False) for name in FORMATS]


def test_the_order_of_declarations_changes_nothing() -> None:
    """Every format has the same bytes for any order."""
    statements = STATEMENTS.strip().split("\n")
    agreed = texts(STATEMENTS)
    for seed in range(8):
        random.Random(seed).shuffle(statements)
        assert texts("\n".join(statements)) == agreed


def test_json_has_all_of_it() -> None:
    """The sums of the sources and of the bill are the total; what nobody knows is null; what is missing is there."""
    found = json.loads(texts(STATEMENTS)[2])
    assert found["schema"] == "ifc-cost/1"
    for case in ("low", "expected", "high"):
        sources = sum(source["month"][case] for source in found["sources"] if source["month"] is not None)
        assert sources + found["idle"][case] == pytest.approx(found["month"][case], abs=1e-6)
        assert sum(line["month"][case] for line in found["bill"]) == pytest.approx(found["month"][case], abs=1e-6)
        assert sum(found["resources"][name][case] for name in found["resources"]) == pytest.approx(found["month"][case], abs=1e-6)
    assert [(source["name"], source["events"], source["month"]) for source in found["sources"] if source["events"] is None] == [
        ("B.created", None, None)
    ]
    assert [one["price"] for one in found["prices"]["missing"]] == ["secret_call", "sns_email"]
    assert found["prices"]["unconfirmed"] == ["eb_custom", "sns_pub"]
    assert all(line["usd"] * line["units"]["expected"] == pytest.approx(line["month"]["expected"], abs=1e-6) for line in found["bill"])


def test_many_are_counted_and_not_shown() -> None:
    """Of hundreds of routes the dearest stand in text and Markdown, and how many more there are; JSON has all."""
    routes = "\n".join(f"  GET /r{n} -> f {{ expect {n} per day }}" for n in range(100))
    found = estimated(f'api A {{\n{routes}\n}}\nfunction f "a.b"')
    text, markdown, content = (form(name).estimate(found, False) for name in FORMATS)
    assert "GET /r99" in text
    assert "GET /r1 " not in text
    assert "… 70 more (JSON has all)" in text
    assert "… 70 more (JSON has all)" in markdown
    assert len(json.loads(content)["sources"]) == 100


def test_an_app_that_costs_nothing() -> None:
    """No total is made up, and no empty table is drawn."""
    assert form("text").estimate(estimated("topic T"), False).startswith("`x` (dev): $0.00 a month ($0.00)\n")
    assert "low to high" not in form("text").estimate(estimated("topic T"), False)


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0, "$0.00"), (0.004, "<$0.01"), (0.005, "$0.01"), (0.1, "$0.10"), (1234.5, "$1,234.50"), (1e6, "$1,000,000.00")],
)
def test_money(amount: float, shown: str) -> None:
    """As many digits as tell something, and never nothing for something."""
    assert usd(amount) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0, "$0.00"), (0.0041652, "$0.0042"), (0.00000123, "$0.0000012"), (0.0999, "$0.10"), (0.25, "$0.25"), (3, "$3.00")],
)
def test_money_of_a_thousand(amount: float, shown: str) -> None:
    """Two digits that are not 0."""
    assert precise(amount) == shown


@pytest.mark.parametrize(("amount", "shown"), [(0, "0"), (3e7, "30,000,000"), (0.25, "0.25"), (30416.67, "30,417"), (2.5, "2.5")])
def test_events(amount: float, shown: str) -> None:
    """Whole numbers, but for few."""
    assert rounded(amount) == shown


def test_colour_is_only_where_it_is_asked_for() -> None:
    """The text with colour is the text, and codes of the terminal."""
    found = estimated(STATEMENTS)
    plain, coloured = (form("text").estimate(found, colour) for colour in (False, True))
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[\d*m", "", coloured) == plain != coloured


def test_a_comparison() -> None:
    """What differs, the most first, in each format; what is the same in both is not named."""
    before = estimated(STATEMENTS)
    after = estimated(STATEMENTS.replace("reads T; sends", "writes T; sends").replace("secret Token", "secret Token\nsecret Other"))
    found = compare("old.ifc", before, "new.ifc", after)
    assert [change.name for change in found.resources][:2] == ["T", "h"]
    assert next(change.by for change in found.resources if change.name == "Other") == pytest.approx(0.4)
    assert "Token" not in {change.name for change in found.resources}
    more = found.total.after[1] - found.total.before[1]
    text, markdown, content = (form(name).comparison(found, False) for name in FORMATS)
    assert f"{usd(more)} a month more" in text.split("\n")[0]
    assert f"{usd(more)} a month more" in markdown.split("\n")[0]
    assert json.loads(content)["changes"]["month"]["after"]["expected"] == pytest.approx(found.total.after[1])
    same = compare("a", before, "b", before)
    assert "it costs the same" in form("text").comparison(same, False)
    assert same.resources == same.sources == ()


# --- what a picture and a review ask for ---


def test_by_its_source_alone() -> None:
    """An estimate is there where an arrow expects something, and where there are prices and an end."""
    text = 'app x { region "us-east-1" }\n' + STATEMENTS
    made = app(text)
    found = of_source(made)
    assert found is not None
    assert found.by_edge[id(next(grant for grant in made.grants if grant.verb == "writes"))][1] == pytest.approx(13_140_000 * 0.000000625)
    assert found.resources["Token"][1] > 0.4
    assert of_source(app(text.replace("expect 5 per second", "").replace("expect 3 per second", ""))) is None
    for wrong in (text.replace("us-east-1", "eu-west-1"), text.replace("function h", "function k").replace("-> h", "-> k") + LOOP):
        assert of_source(app(wrong)) is None
        with pytest.raises(Failure):
            from_source(app(wrong))


LOOP = 'queue L\n# ifc: allow IFC550 "it ends"\nL -> h\nfunction h "a.b" { sends L }\n'


def test_the_page_shows_what_is_printed(tmp_path: Path) -> None:
    """The estimate in docs/cost.md is that of its traffic file, and what README.md has is a part of it."""
    from ifc.compiler import compile
    from ifc.cost.traffic import read
    from ifc.diagnostics import Report
    from ifc.resolve.app import Options

    page = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
    shown = re.search(r"```text\n\$ ifc cost [^\n]*\n(.*?)```", page, re.DOTALL)
    given = re.search(r"```yaml\n(sources:.*?)```", page, re.DOTALL)
    assert shown is not None
    assert given is not None
    made = compile(str(ROOT / "examples" / "orders" / "app.ifc"), Options(code=False)).app
    report = Report()
    path = tmp_path / "traffic.yaml"
    path.write_text(given[1], encoding="utf-8")
    known = read(str(path), [made], report)
    assert not report.failed
    assert form("text").estimate(estimate(made, known, table("ap-northeast-1")), False) == shown[1]
    readme = re.search(r"```text\n\$ ifc cost [^\n]*\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert readme is not None
    assert set(readme[1].splitlines()) - {"…"} <= set(shown[1].splitlines())
