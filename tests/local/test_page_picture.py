"""The picture of a running app, as its page gets it."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from ifc.local.filters import wires_of
from ifc.local.picture import svg
from tests.agreed import ROOT
from tests.local.page.apps import described

EXAMPLES = sorted(p.parent.name for p in (ROOT / "examples").glob("*/app.ifc"))
SVG = "{http://www.w3.org/2000/svg}"
KINDS = ("functions", "apis", "queues", "topics", "buses", "streams", "tables", "buckets", "secrets", "configs", "schedules")
Edge = tuple[str, str, str]


def example(name: str) -> dict[str, Any]:
    """The description of an example."""
    return described(str(ROOT / "examples" / name / "app.ifc"))


def boxes(picture: str) -> dict[str, dict[str, str]]:
    """The boxes by name, each with what the page is told of it."""
    groups = [g for g in ET.fromstring(picture).iter(f"{SVG}g") if "data-name" in g.attrib]
    return {g.attrib["data-name"]: {k.removeprefix("data-"): v for k, v in g.attrib.items() if k.startswith("data-")} for g in groups}


def edges(picture: str) -> set[Edge]:
    """The lines: from, to, and what stands on them."""
    groups = [g for g in ET.fromstring(picture).iter(f"{SVG}g") if "data-from" in g.attrib]
    return {(g.attrib["data-from"], g.attrib["data-to"], " ".join(t.text or "" for t in g.iter(f"{SVG}text"))) for g in groups}


@pytest.mark.parametrize("name", EXAMPLES)
def test_everything_that_a_run_tells_of_has_a_box(name: str) -> None:
    """What has a name in the description is in the picture, with its kind; and so is every arrow, by the name of its reader."""
    description = example(name)
    picture = svg(description)
    found = boxes(picture)
    assert {thing for sort in KINDS for thing in description[sort]} <= set(found)
    groups = [g for g in ET.fromstring(picture).iter(f"{SVG}g") if "data-wires" in g.attrib]
    named = {wire: (g.attrib["data-from"], g.attrib["data-to"]) for g in groups for wire in json.loads(g.attrib["data-wires"])}
    assert named == {w.name: (w.source, w.to or w.description["address"]) for w in wires_of(description)}


def test_the_orders_app() -> None:
    """Requests, events, permissions and dead letters of the example, and no permission that an arrow alone needs."""
    picture = svg(example("orders"))
    assert edges(picture) == {
        ("Public", "Public POST /orders", ""),
        ("Public", "Public GET /orders/{id}", ""),
        ("Public POST /orders", "placeOrder", ""),
        ("Public GET /orders/{id}", "getOrder", ""),
        ("Every1hToReport", "report", ""),
        ("placeOrder", "Orders", "writes"),
        ("placeOrder", "OrderPlaced", "publishes"),
        ("getOrder", "Orders", "reads"),
        ("report", "Orders", "reads"),
        ("report", "Reports", "writes"),
        ("Orders", "bill", 'stream where eventName == "INSERT"'),
        ("OrderPlaced", "Shipments", ""),
        ("OrderPlaced", "stock", ""),
        ("Shipments", "ship", ""),
        ("Shipments", "Shipments.dead-letter", "failed 5 times"),
    }
    found = boxes(picture)
    route = {"method": "GET", "path": "/orders/{id}", "function": "getOrder", "guard": "none"}
    assert found["Public GET /orders/{id}"] == {"name": "Public GET /orders/{id}", "kind": "route", **route}
    assert found["Orders"]["arn"].endswith(":table/orders-dev-Orders")


def test_what_a_description_may_say(tmp_path: Any) -> None:
    """FIFO queues, URLs of functions, addresses outside, results of calls, guards and the tests of filters."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("def handler(event, context):\n    return {}\n")
    (tmp_path / "app.ifc").write_text("""
app small {}
queue Lost
queue Line { fifo on }
topic News
bus Office
api Open { authorizer check; GET / -> work; DEFAULT -> work }
authorizer check judge { headers "Authorization" }
function judge "src/a.handler"
function work "src/a.handler" { url public }
News -> "mailto:someone@example.com"
work.failed -> Lost
Office where source == "a" and not detail.kind in ["b", "c"] and detail.size < 5 and not detail.gone exists -> work
Office where source != "a" or detail.name starts-with "x" -> judge
""")
    picture = svg(described(str(tmp_path / "app.ifc")))
    found, lines = boxes(picture), edges(picture)
    assert found["Line"]["fifo"] == "fifo"
    assert "fifo" not in found["Lost"]
    assert found["work URL"] == {
        "name": "work URL",
        "kind": "route",
        "method": "ANY",
        "path": "/_url/work/{proxy+}",
        "function": "work",
        "guard": "none",
    }
    assert found["Open DEFAULT"]["path"] == "/{proxy+}"
    assert found["mailto:someone@example.com"]["kind"] == "external"
    told = {(a, b): label for a, b, label in sorted(lines)}
    assert len(told) == len(lines)  # and no permission beside an arrow that needs it
    assert told["work", "Lost"] == "failed"
    assert told["work URL", "work"] == ""
    assert told["News", "mailto:someone@example.com"] == ""
    assert told["Open GET /", "judge"] == "asks"
    assert 'source == "a"' in told["Office", "work"]
    titles = [t.text or "" for t in ET.fromstring(picture).iter(f"{SVG}title")]
    assert any('source == "a" and not detail.kind in ["b", "c"] and detail.size < 5 and not detail.gone exists' in t for t in titles)
    assert any('source != "a" or detail.name starts-with "x"' in t for t in titles)


def turned(value: Any) -> Any:
    """The same, with the keys of each object in the other order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_picture_does_not_depend_on_the_order_of_names(name: str) -> None:
    """The same app is the same picture."""
    description = example(name)
    assert svg(turned(description)) == svg(description)


def test_hostile_names_are_text() -> None:
    """A name can't become an element or an attribute."""
    description = example("orders")
    name = '"><script>alert(1)</script><g id="b1" onclick="alert(2)" data-name="x'
    description["functions"][name] = {**description["functions"].pop("ship"), "url": None}
    for wire in description["wires"]:
        wire["to"] = name if wire["to"] == "ship" else wire["to"]
    picture = svg(description)
    whole = ET.fromstring(picture)
    assert name in boxes(picture)
    assert ("Shipments", name, "") in edges(picture)
    assert {e.tag.removeprefix(SVG) for e in whole.iter()} == {"svg", "style", "g", "title", "path", "rect", "text"}
    assert not any(key.startswith("on") for e in whole.iter() for key in e.attrib)
