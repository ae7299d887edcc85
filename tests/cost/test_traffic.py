"""Traffic files and files of prices: what they say, and that whatever they hold is understood or told."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ifc.cost.assumptions import ASSUMED
from ifc.cost.estimate import estimate
from ifc.cost.prices import prices, shipped
from ifc.cost.traffic import Traffic, read
from ifc.diagnostics import Failure, Report
from tests.agreed import ROOT
from tests.cost.estimating import app, table, traffic

SHOP = """
api Public { POST /orders -> place }
table Orders { key id: string; stream new }
bucket Uploads
queue Jobs
function place "a.b" { writes Orders; sends Jobs; reads Uploads "in/*" }
function bill "a.b"
Orders.stream where new.a == "1" -> bill
Uploads.created "in/*" -> bill
"""


def wrong(path: Path, content: str | bytes) -> list[tuple[str, int]]:
    """The errors of a traffic file, with the lines that they are about."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    report = Report()
    read(str(path), [app(SHOP)], report)
    return [(found.code, found.labels[0].span.line) for found in report.ordered()]


def test_a_whole_file(tmp_path: Path) -> None:
    """Each section is read, with the units that people write."""
    text = """
    sources:
      POST /orders: 30_000_000 per month
      Uploads.created: 1,000 per day
      Jobs: 2 per second
      bill: 3 per hour
    functions:
      place: { duration: 1.5s, errors: 1%, log: 2KB }
    arrows:
      Orders.stream -> bill: { passes: 0.25, expect: 60 per minute }
      'Uploads.created "in/*" -> bill': { passes: 100% }
    verbs:
      place writes Orders: 2
      'place reads Uploads "in/*"': 0.5
    sizes: { Orders: 4KB, Public: 512B }
    stored: { Orders: 12GB, Uploads: 2TB }
    assume: { duration: 80ms, pollers: 3 }
    """
    found = traffic(tmp_path / "traffic.yaml", text, app(SHOP))
    assert found.sources == {
        "POST /orders": 30e6,
        "Uploads.created": pytest.approx(30_416.67, abs=0.01),
        "Jobs": 5_256_000,
        "bill": 2190,
    }
    assert found.functions == {("place", "duration"): 1500, ("place", "errors"): 0.01, ("place", "log"): 2048}
    assert found.passes == {"Orders.stream -> bill": 0.25, 'Uploads.created "in/*" -> bill': 1}
    assert found.expected == {"Orders.stream -> bill": 2_628_000}
    assert found.verbs == {"place writes Orders": 2, 'place reads Uploads "in/*"': 0.5}
    assert found.sizes == {"Orders": 4096, "Public": 512}
    assert found.stored == {"Orders": 12 * 2**30, "Uploads": 2 * 2**40}
    assert found.assumed == {"duration": 80, "pollers": 3}


@pytest.mark.parametrize("text", ["", "# nothing\n", "sources:\n", "sources: {}\n", "---\n", "{}", '{"sources": {"Jobs": "5 per day"}}'])
def test_what_says_little_is_no_mistake(text: str, tmp_path: Path) -> None:
    """An empty file, an empty section, and JSON."""
    assert wrong(tmp_path / "t.yaml", text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("- a\n- b\n", [("IFC581", 1)]),
        ("sources\n", [("IFC581", 1)]),
        ("a: [\n", [("IFC581", 2)]),
        ("sources: 5\n", [("IFC583", 1)]),
        ("sources:\n  - Jobs\n", [("IFC583", 1)]),
        ("sources:\n  Jobs: 5\n", [("IFC583", 2)]),
        ("sources:\n  Jobs: -5 per day\n", [("IFC583", 2)]),
        ("sources:\n  Jobs: 5 per week\n", [("IFC583", 2)]),
        ("sources:\n  Jobs: {a: 1}\n", [("IFC583", 2)]),
        ("sources:\n  Jobs: .inf\n", [("IFC583", 2)]),
        (f"sources:\n  Jobs: {'9' * 400} per second\n", [("IFC583", 2)]),
        ("sources:\n  Jobs: 1 per day\n  Jobs: 2 per day\n", [("IFC581", 3)]),
        ("sources:\n  POST /orders: 1 per day\n  Public POST /orders: 2 per day\n", [("IFC581", 3)]),
        ("sources:\n  Orders: 1 per day\n", [("IFC582", 2)]),
        ("functions:\n  place: 80ms\n", [("IFC583", 2)]),
        ("functions:\n  place: { duration: 80 KB }\n", [("IFC583", 2)]),
        ("functions:\n  place: { errors: 100% }\n", [("IFC583", 2)]),
        ("arrows:\n  Orders.stream -> bill: { passes: 120% }\n", [("IFC583", 2)]),
        ("verbs:\n  place writes Orders: often\n", [("IFC583", 2)]),
        ("stored:\n  Jobs: 1GB\n", [("IFC582", 2)]),
        ("assume:\n  duration: 80\n  speed: 1\n", [("IFC583", 2), ("IFC582", 3)]),
        ("? [a]\n: 1\n", [("IFC582", 1)]),
        ("a: &a\n  b: *a\n", [("IFC582", 1)]),
        ("functions: &a\n  place: *a\n", [("IFC582", 2)]),
        ("sources: !!python/object:os.system { Jobs: 1 per day }\n", []),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(text: str, found: list[tuple[str, int]], tmp_path: Path) -> None:
    """Each mistake once, at its line."""
    assert wrong(tmp_path / "t.yaml", text) == found


def test_files_that_are_none(tmp_path: Path) -> None:
    """What can't be read at all ends the command, with the reason."""
    for path, content in (("not-there", None), ("folder", "dir"), ("binary", b"\xff\xfe\x00"), ("deep", "[" * 5000)):
        place = tmp_path / path
        if content == "dir":
            place.mkdir()
        elif content is not None:
            place.write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(Failure) as raised:
            read(str(place), [app(SHOP)], Report())
        assert raised.value.diagnostics[0].code == "IFC581"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(text=st.text(alphabet=st.sampled_from("sources: JobsPOST/orders\n 15%perday{}[]&*!-'\"#,|>?0"), max_size=60))
def test_no_text_is_too_odd(text: str, tmp_path: Path) -> None:
    """Whatever a file holds, it is read or told."""
    (tmp_path / "t.yaml").write_text(text, encoding="utf-8")
    report = Report()
    found: Traffic | None = None
    with contextlib.suppress(Failure):
        found = read(str(tmp_path / "t.yaml"), [app(SHOP)], report)
    assert found is None or report.failed or found.sources.keys() <= {"POST /orders", "Jobs"}


def test_two_versions_are_known_together(tmp_path: Path) -> None:
    """What only one of two versions has may be told; what neither has may not."""
    text = "sources: { Jobs: 1 per day, Tasks: 1 per day }"
    assert traffic(tmp_path / "t.yaml", text, app("queue Jobs"), app("queue Tasks")).sources.keys() == {"Jobs", "Tasks"}


# --- prices ---


def test_the_prices_of_the_package() -> None:
    """Every price has its unit, an amount, a status, and where it was read; those of us-east-1 are complete and confirmed."""
    about = shipped()["_about"]
    for region, known in shipped().items():
        if region != "_about":
            assert set(known) <= set(about["units"])
            for key, price in known.items():
                assert 0 < price["usd"] < 2, key
                assert price["status"] in ("confirmed", "unconfirmed")
                assert price["source"], key
    assert {key for key, price in shipped()["us-east-1"].items() if price["status"] == "confirmed"} == set(about["units"])


def test_every_price_that_is_charged_is_known() -> None:
    """What the services ask for is what a file of prices may hold, and the other way round."""
    import re

    texts = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "ifc" / "cost").rglob("*.py"))
    asked = {key for key in shipped()["_about"]["units"] if f'"{key}"' in texts}
    lambdas = {f"lambda_{kept}gbs_{arch}" for kept in ("", "pc_", "pc_run_") for arch in ("x86", "arm")}
    assert asked | lambdas == set(shipped()["_about"]["units"])
    assert set(re.findall(r'"((?:lambda|sqs|sns|ddb|kinesis|eb|s3|cwl)_[a-z_]+)"', texts)) <= set(shipped()["_about"]["units"])


def test_docs_have_every_price_and_assumption() -> None:
    """docs/cost.md lists them."""
    page = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
    assert [name for name in (*shipped()["_about"]["units"], *ASSUMED) if f"`{name}`" not in page] == []


def given_prices(path: Path, content: object) -> Report:
    """What is said of a file of prices."""
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    report = Report()
    prices("eu-west-1", str(path), report)
    return report


def test_prices_of_ones_own(tmp_path: Path) -> None:
    """They lie over those of the package, in the same form or as bare numbers, and can bring a region."""
    path = tmp_path / "p.json"
    content = {"_about": {"x": 1}, "eu-west-1": {"sqs_std": {"usd": 4e-07, "status": "unconfirmed", "source": "me"}, "alarm": 0.1}}
    assert not given_prices(path, content).failed
    found = prices("eu-west-1", str(path), Report())
    assert found is not None
    assert {key: (one.usd, one.status) for key, one in found.known.items()} == {
        "sqs_std": (4e-07, "unconfirmed"),
        "alarm": (0.1, "confirmed"),
    }
    path.write_text('{"us-east-1": {"alarm": 5}}', encoding="utf-8")
    laid = prices("us-east-1", str(path), Report())
    assert laid is not None
    assert (laid.known["alarm"].usd, laid.known["sqs_std"].usd) == (5, 4e-07)


@pytest.mark.parametrize(
    "content",
    [
        "us-east-1: 5",
        "us-east-1: { alarm: x }",
        "us-east-1: { alarm: [1] }",
        "us-east-1: { alarm: -1 }",
        "us-east-1: { alarm: .nan }",
        "us-east-1: { alarms: 1 }",
        "us-east-1: { alarm: { usd: x } }",
        "us-east-1: { alarm: { status: confirmed } }",
        "us-east-1: [",
        "us-east-1: { alarm: { usd: 1, unit: x } }",
        "us-east-1: { alarm: { usd: 1, status: true } }",
        "- 1",
    ],
)
def test_prices_that_are_none(content: str, tmp_path: Path) -> None:
    """Each is one error, of a file of prices."""
    assert [found.code for found in given_prices(tmp_path / "p.yaml", content).ordered()] == ["IFC585"]


@pytest.mark.parametrize("region", [None, "eu-west-1", "mars-1"])
def test_a_region_without_prices(region: str | None) -> None:
    """No region's prices are taken for another's."""
    with pytest.raises(Failure) as raised:
        prices(region, None, Report())
    assert raised.value.diagnostics[0].code == "IFC584"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("arrows:\n  POST /orders -> place: { passes: 50% }\n", 2),
        ("sources: { Uploads.created: 5 per day }\narrows:\n  'Uploads.created \"in/*\" -> bill': { expect: 5 per day }\n", 3),
        ("stored:\n  Jobs: 1GB\n", 2),
    ],
)
def test_what_would_be_in_vain_is_told(text: str, line: int, tmp_path: Path) -> None:
    """A share where all passes, what is told twice, and what is stored nowhere."""
    assert [at for _, at in wrong(tmp_path / "t.yaml", text)] == [line]


def test_the_clock_can_be_told_otherwise(tmp_path: Path) -> None:
    """What a traffic file expects of a schedule's arrow counts."""
    made = app('function f "a.b"\nevery 1h -> f')
    known = traffic(tmp_path / "t.yaml", "arrows: { every 1h -> f: { expect: 5 per month } }", made)
    assert [source.rate for source in estimate(made, known, table()).sources] == [5]
