"""The picture of a running app, as its page gets it."""

from __future__ import annotations

import itertools
import json
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from ifc.local.filters import wires_of
from ifc.local.picture import MARGIN, svg
from tests.local.page.apps import EXAMPLES, described, example

SVG = "{http://www.w3.org/2000/svg}"
KINDS = ("functions", "apis", "queues", "topics", "buses", "streams", "tables", "buckets", "secrets", "configs", "schedules")
Edge = tuple[str, str, str]


def drawing(picture: str, which: str = "world") -> ET.Element:
    """One of the two drawings."""
    found = [g for g in ET.fromstring(picture).iter(f"{SVG}g") if g.get("id") == which]
    assert len(found) == 1
    return found[0]


def boxes(picture: str) -> dict[str, dict[str, str]]:
    """The boxes by name, each with what the page is told of it."""
    groups = [g for g in drawing(picture).iter(f"{SVG}g") if "data-name" in g.attrib]
    return {g.attrib["data-name"]: {k.removeprefix("data-"): v for k, v in g.attrib.items() if k.startswith("data-")} for g in groups}


def edges(picture: str) -> set[Edge]:
    """The lines: from, to, and what stands on them."""
    groups = [g for g in drawing(picture).iter(f"{SVG}g") if "data-from" in g.attrib]
    return {(g.attrib["data-from"], g.attrib["data-to"], " ".join(t.text or "" for t in g.iter(f"{SVG}text"))) for g in groups}


@pytest.mark.parametrize("name", EXAMPLES)
def test_everything_that_a_run_tells_of_has_a_box(name: str) -> None:
    """What has a name in the description is in the picture, with its kind; and so is every arrow, by the name of its reader."""
    description = example(name)
    picture = svg(description)
    found = boxes(picture)
    assert {thing for sort in KINDS for thing in description[sort]} <= set(found)
    groups = [g for g in drawing(picture).iter(f"{SVG}g") if "data-wires" in g.attrib]
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
    words = {told(g)["data-to"]: told(g).get("data-words") for g in drawing(picture, "narrow") if told(g).get("data-from") == "Orders"}
    assert words == {"bill": 'stream where eventName == "INSERT"'}
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


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_narrow_drawing(name: str) -> None:
    """It has the same boxes and lines in the same columns, told in the same words; it takes less room, and no box covers another."""
    picture = svg(example(name))
    full, narrow = drawing(picture), drawing(picture, "narrow")
    marks = [[(g.get("class"), told(g)) for g in each.iter(f"{SVG}g") if told(g)] for each in (full, narrow)]
    assert marks[0] == marks[1]
    assert not [g for g in narrow.iter(f"{SVG}g") if g.get("class") == "label"]
    wide, tight = places(full), places(narrow)
    for one, other in itertools.combinations(wide, 2):
        assert (wide[one][0] < wide[other][0]) <= (tight[one][0] <= tight[other][0])
        apart = abs(tight[one][1] - tight[other][1])
        left, right = sorted((tight[one], tight[other]))
        assert apart >= 50 or right[0] - left[0] >= left[2] + 30, (one, other)
    extent = [float(n) for n in (narrow.get("data-extent") or "").split()]
    before = [float(n) for n in (ET.fromstring(picture).get("viewBox") or "").split()]
    labels = [g for g in full.iter(f"{SVG}g") if g.get("class") == "label"]
    assert extent[2] < before[2] if labels else extent[2] <= before[2]
    assert max(x + across for x, _, across in tight.values()) == pytest.approx(extent[2] - 2 * MARGIN, abs=1)


def told(mark: ET.Element) -> dict[str, str]:
    """What the page is told of a box or a line, but where its number stands."""
    return {key: value for key, value in mark.attrib.items() if key.startswith("data-") and key not in ("data-at", "data-extent")}


def places(of: ET.Element) -> dict[str, tuple[float, float, float]]:
    """Where each box stands, and how wide it is."""
    found = {}
    for g in of.iter(f"{SVG}g"):
        if "data-name" in g.attrib:
            x, y = map(float, re.findall(r"[-\d.]+", g.attrib["transform"]))
            found[g.attrib["data-name"]] = x, y, float(next(g.iter(f"{SVG}rect")).attrib["width"])
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_lines_keep_to_their_boxes_in_the_narrow_drawing(name: str) -> None:
    """A line begins at an edge of its source's box, and its arrow's tip is at an edge of its target's."""
    narrow = drawing(svg(example(name)), "narrow")
    at = places(narrow)
    for g in narrow.iter(f"{SVG}g"):
        if "data-from" in g.attrib and g.attrib["data-from"] != g.attrib["data-to"]:
            paths = {p.get("class"): p.attrib["d"] for p in g.iter(f"{SVG}path")}
            steps = re.findall(r"([A-Z])([^A-Z]*)", paths["run"])
            begin = steps[-1][1].split()[-1 if steps[-1][0] == "H" else -2]
            tip = re.findall(r"[-\d.]+", paths["head"])[0]
            for x, box in ((begin, g.attrib["data-from"]), (tip, g.attrib["data-to"])):
                left, _, across = at[box]
                assert min(abs(float(x) - left), abs(float(x) - left - across)) < 0.2, (x, box)


def test_a_schedule_is_told_in_the_words_of_the_source(tmp_path: Any) -> None:
    """Not in Scheduler's, and not by the name that is made for ids; two of the same words stay two."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("def handler(event, context):\n    return {}\n")
    said = [
        "every 60m", 'cron "0 9 ? * MON-FRI *"', 'cron "0/5 * * * ? *" timezone "Europe/Berlin"', 'at "2199-01-01T00:00"',
        'at "2199-01-01T00:00:00" timezone "Asia/Tokyo"', "every 1d",
    ]  # fmt: skip
    arrows = "".join(f"{each} -> work\n" for each in said)
    (tmp_path / "app.ifc").write_text(
        f'app small {{}}\nfunction work "src/a.handler"\nfunction rest "src/a.handler"\n{arrows}every 1d -> rest\n'
    )
    picture = svg(described(str(tmp_path / "app.ifc")))
    marks = [g for g in drawing(picture).iter(f"{SVG}g") if g.get("data-kind") == "schedule"]
    shown = [next(t for t in g.iter(f"{SVG}title")).text for g in marks]
    assert sorted(shown) == sorted(f"schedule {each}" for each in [*said, "every 1d"])
    assert {g.attrib["data-name"] for g in marks} >= {"Every60mToWork", "Every1dToWork", "Every1dToRest"}
    texts = [t.text or "" for t in drawing(picture).iter() if t.tag != f"{SVG}style"]
    assert not [text for text in texts if "Every" in text or "rate(" in text or "ToWork" in text]


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
    assert {e.tag.removeprefix(SVG) for e in whole.iter()} == {"svg", "style", "defs", "g", "title", "path", "rect", "text"}
    assert not any(key.startswith("on") for e in whole.iter() for key in e.attrib)
