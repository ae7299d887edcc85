"""The graph behind the pictures: its nodes and edges, what was found at each, and the ways that events can take."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifc.cli import UNWRITABLE, main
from ifc.compiler import meant
from ifc.diagnostics import Report
from ifc.flow import Flow
from ifc.graph import graph
from ifc.graph.findings import Things, told
from ifc.model.app import Wire
from ifc.pictures import dot, html, mermaid, svg
from ifc.resolve.app import Options
from ifc.source import Source, Span
from ifc.syntax.parse import parse
from tests.generated import apps, text

SHOP = """\
app shop
defaults function { runtime python3.13; reads Orders }
table Orders { key id: string; stream new }
queue Dead
queue Work { dead-letter Dead after 3 }
topic Placed
topic Ops
alarm Late where Work.oldest > 20m
api Web {
  POST /orders -> place
  DEFAULT -> other
}
function place "s.a" { puts Orders; publishes Placed }
function other "s.a"
function bill  "s.a" { sends Work }
function clean "s.a" { writes Orders }
function late  "s.a"
Orders.stream where eventName == "INSERT" -> bill { batch 7 }
Orders.stream where eventName == "REMOVE" -> clean
Placed -> Work { dead-letter Dead }
Work -> late
Work.dead-letter -> clean
every 1h -> clean
Late -> Ops
Ops -> "mailto:ops@example.com"
"""


def drawn(source: str, found: bool = True) -> networkx.MultiDiGraph:
    """The graph of an app without mistakes."""
    report = Report()
    done = meant([parse(Source("some/where/app.ifc", source), report)], Options(code=False), report)
    assert done.plan is not None, [d.message for d in done.report.ordered()]
    return graph(done.app, [d for d in done.report.ordered() if d.severity == "warning"] if found else (), "some/where")


def after(made: networkx.MultiDiGraph, source: str, target: str, number: int = 0) -> set[str]:
    """What can follow an edge, hubs opened, as `from -> to`."""
    ways = made.graph["ways"]
    following = ways.after[source, target, number]
    edges = [edge for each in following for edge in (ways.hubs[each] if isinstance(each, int) else [each])]
    return {f"{start} -> {end}" for start, end, _ in edges}


# --- nodes and edges ---


def test_edges_say_what_is_written() -> None:
    """Arrows carry filters, ports and settings; routes' ports stand in the route; dead letters and watches are edges of their own."""
    made = drawn(SHOP)
    said = {(s, t): [(d["sort"], d["label"]) for d in made.get_edge_data(s, t).values()] for s, t in made.edges()}
    assert said["Orders", "bill"] == [("event", 'stream where eventName == "INSERT"')]
    assert made.edges["Orders", "bill", 0]["details"] == {"batch": "7"}
    assert said["Web", "Web DEFAULT"] == said["Web DEFAULT", "other"] == [("event", "")]
    assert said["Work", "Dead"] == said["Placed", "Dead"] == [("event", "dead-letter")]
    assert said["Work", "clean"] == [("event", "dead-letter")]
    assert said["Work", "Late"] == [("watch", "oldest > 20m")]
    assert made.nodes["Work"]["details"] == {"dead-letter": "Dead after 3"}
    assert made.nodes["place"]["details"] == {"handler": '"s.a"', "runtime": "python3.13"}
    assert made.nodes["place"]["defaults"]["timeout"] == "10s"
    assert made.nodes["Work"]["defaults"]["visibility"] == "1m"
    assert made.nodes["Late"]["details"] == {"where": "Work.oldest > 20m"}
    assert said["bill", "Orders"] == [("grant", "reads")]
    assert made.nodes["mailto:ops@example.com"]["kind"] == "external"


def test_costs_can_be_joined() -> None:
    """Nodes and edges say what they are drawn for, so that a cost can be laid on each; the pictures show it."""
    made = drawn(SHOP)
    for _, said in made.nodes(data=True):
        if said.get("of") is not None and said["of"].kind == "queue":
            said["cost"] = {"text": "$0.40 a month", "parts": [("requests", "$0.40")]}
    for _, _, said in made.edges(data=True):
        if isinstance(said["of"], Wire) and said["of"].target.resource == "bill":
            said["cost"] = {"text": "$7.25 a month"}
    assert svg.render(made, "shop").count("$0.40 a month</text>") == 2
    assert "Orders → bill: stream where eventName == &quot;INSERT&quot; · $7.25 a month" in html.render(made, "shop")
    assert all(said["of"] is not None for _, _, said in made.edges(data=True) if said["sort"] == "grant")


# --- ways ---


def test_ways_go_through_what_functions_do() -> None:
    """A route sets off what its function does; a read is no way; what a function gives up on goes to the dead letters."""
    made = drawn(SHOP)
    assert after(made, "Web", "Web POST /orders") == {"Web POST /orders -> place"}
    assert after(made, "Web POST /orders", "place") == {"place -> Orders", "place -> Placed"}
    assert after(made, "place", "Placed") == {"Placed -> Work", "Placed -> Dead"}
    assert after(made, "Placed", "Work") == {"Work -> late", "Work -> clean", "Work -> Dead"}
    assert after(made, "Late", "Ops") == {"Ops -> mailto:ops@example.com"}
    assert after(made, "Ops", "mailto:ops@example.com") == set()
    sorts = {made.edges[edge]["sort"] for edge in set(made.edges(keys=True)) - made.graph["ways"].after.keys()}
    assert sorts == {"grant", "watch"}


def test_filters_end_a_way() -> None:
    """What `puts` brings is never a REMOVE, so it doesn't reach the function that waits for one; what `writes` brings may be."""
    made = drawn(SHOP)
    puts = next(k for k, d in made.get_edge_data("place", "Orders").items() if d["label"] == "puts")
    writes = next(k for k, d in made.get_edge_data("clean", "Orders").items() if d["label"] == "writes")
    assert after(made, "place", "Orders", puts) == {"Orders -> bill"}
    assert after(made, "clean", "Orders", writes) == {"Orders -> bill", "Orders -> clean"}


@given(apps())
@settings(max_examples=40, deadline=None)
def test_ways_are_the_steps_of_the_flow(statements: list[str]) -> None:
    """Every step of the flow has its edge, and from each the same edges can be reached, on generated apps."""
    report = Report()
    app = meant([parse(Source("a.ifc", text(statements)), report)], Options(code=False), report).app
    made, flow = graph(app), Flow(app)
    ways = made.graph["ways"]

    def ends(edge: tuple[str, str, int]) -> tuple[str, str, str]:
        said = made.edges[edge]
        source = edge[0].split()[0] if made.nodes[edge[0]]["kind"] == "route" else edge[0]
        return "" if made.nodes[edge[0]]["kind"] == "schedule" else source, edge[1], said["sort"]

    def sort(step: Any) -> tuple[str, str, str]:
        return step.source, step.target, "grant" if step.grant is not None else "event"

    own = {edge for edge in ways.after if made.nodes[edge[1]]["kind"] != "route" and made.edges[edge]["label"] != "dead-letter"}
    assert sorted({ends(edge) for edge in own}) == sorted({sort(step) for step in flow.steps if "dead letters" not in step.words})
    pairs = set()
    for edge in own:
        for each in ways.after[edge]:
            pairs |= {(ends(edge), ends(other)) for other in (ways.hubs[each] if isinstance(each, int) else [each]) if other in own}
    meant_pairs = set()
    for step in (s for s in flow.steps if "dead letters" not in s.words):
        for one in flow.after(step):
            meant_pairs |= {(sort(step), sort(o)) for o in (flow.after(one) if one.hub else [one]) if "dead letters" not in o.words}
    assert pairs == meant_pairs


def test_ways_are_few() -> None:
    """Three hundred functions that publish to a topic with as many readers are no ninety thousand pairs."""
    functions = [
        f'function f{at} "s.a" {{ runtime python3.13; publishes News }}\nfunction g{at} "s.a" {{ runtime python3.13 }}' for at in range(300)
    ]
    made = drawn("app a\ntopic News\n" + "\n".join(functions) + "\n" + "\n".join(f"News -> g{at}" for at in range(300)))
    ways = made.graph["ways"]
    assert len(ways.after) == 600
    assert sum(map(len, ways.after.values())) + sum(map(len, ways.hubs)) <= 1_500


# --- findings ---

LOOP = """\
app loop
table Items { key id: string; stream new }
function f "s.a" { runtime python3.13; writes Items }
# ifc: allow IFC551 "the code looks whether there is anything to do"
Items.stream where eventName == "INSERT" -> f
"""


def test_a_finding_is_told_of_its_places() -> None:
    """A loop is told of each arrow and verb that it goes through, first of the one where it stands; its file is seen from the folder."""
    made = drawn(SHOP)
    at = next(at for at, found in enumerate(made.graph["findings"]) if found["code"] == "IFC551")
    about = {edge[:2] for edge in made.edges(keys=True) if at in made.edges[edge].get("findings", ())}
    assert about == {("Orders", "bill"), ("bill", "Work"), ("Work", "clean"), ("clean", "Orders")}
    found = made.graph["findings"][at]
    assert found["first"] == [("Orders", "bill", 0)]
    assert found["places"] == [("app.ifc:18", "1"), ("app.ifc:15", "2"), ("app.ifc:22", "3"), ("app.ifc:16", "4")]
    assert not [name for name in made if at in made.nodes[name].get("findings", ())]


def test_what_is_allowed_is_not_found() -> None:
    """A finding that the source allows with a reason is in no picture; without the comment it is."""
    assert drawn(LOOP).graph["findings"] == []
    (found,) = drawn(re.sub("# ifc.*\n", "", LOOP)).graph["findings"]
    assert found["code"] == "IFC551"


def test_defaults_are_of_no_one_thing() -> None:
    """What is found in `defaults` has no thing of its own; a loop through a verb in them is told of that verb's edge in the loop alone."""
    made = drawn(SHOP)
    (widened,) = [at for at, found in enumerate(made.graph["findings"]) if found["code"] == "IFC509"]
    assert made.graph["findings"][widened]["first"] == []
    assert not [edge for edge in made.edges if widened in made.edges[edge].get("findings", ())]
    loop = drawn(
        LOOP.replace("# ifc", "#")
        .replace("; writes Items", "")
        .replace("table", 'defaults function { writes Items }\nfunction g "s.a" { runtime python3.13 }\ntable')
    )
    at = next(at for at, found in enumerate(loop.graph["findings"]) if found["code"] == "IFC551")
    assert {edge for edge in loop.edges if at in loop.edges[edge].get("findings", ())} == {("Items", "f", 0), ("f", "Items", 0)}


def test_settings_and_declarations_are_places() -> None:
    """What is said of a setting, of a declared name or of a route is told of its node."""
    things, made = Things(), networkx.MultiDiGraph()
    made.add_nodes_from(["Q", "R"])
    source = Source("a/b.ifc", "queue Q {\n  delay 5s\n}\nqueue R { delay 5s }\n")

    def span(text: str, start: int = 0) -> Span:
        at = source.text.index(text, start)
        return Span(source, at, at + len(text))

    second = source.text.index("queue R")
    things.add(span("Q"), "Q")
    things.add(span("delay 5s"), "Q")
    things.add(span("R"), "R")
    things.add(span("delay 5s", second), "R")
    report = Report()
    report.warning("IFC001", "one", span("5s"))
    report.warning("IFC002", "two", span("queue R { delay 5s }"))
    report.warning("IFC003", "three", span("}"))
    found = told(report.ordered(), things, made, "a")
    assert [(one["code"], one["first"], one["places"]) for one in found] == [
        ("IFC001", ["Q"], [("b.ifc:2", "")]),
        ("IFC003", [], [("b.ifc:3", "")]),
        ("IFC002", ["R"], [("b.ifc:4", "")]),
    ]


# --- the same for any order, and the command ---


@given(apps(), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_any_order_of_statements_draws_the_same(statements: list[str], chance: random.Random) -> None:
    """Reordered declarations leave no trace in any format, on generated apps."""
    other = list(statements)
    chance.shuffle(other)
    made = [drawn_anyway(each) for each in (statements, other)]
    for renderer in (mermaid, dot, svg, html):
        assert renderer.render(made[0], "a") == renderer.render(made[1], "a")


def test_a_shop_upside_down_draws_the_same() -> None:
    """So do those of an app with hubs, filters and dead letters, the other way round."""
    first, *rest = re.findall(r"^\S.*\n(?:^ .*\n)*(?:^}\n)?", SHOP, re.MULTILINE)
    assert first + "".join(rest) == SHOP
    for renderer in (mermaid, dot, svg, html):
        upside_down = drawn(first + "".join(reversed(rest)), found=False)
        assert renderer.render(drawn(SHOP, found=False), "shop") == renderer.render(upside_down, "shop")


def drawn_anyway(statements: list[str]) -> networkx.MultiDiGraph:
    """The graph of generated statements, whatever is found in them."""
    report = Report()
    return graph(meant([parse(Source("a.ifc", text(statements)), report)], Options(code=False), report).app)


def test_the_command_shows_notes_when_asked(tmp_path: Path) -> None:
    """Warnings are always in the page, notes only with `--notes`; no absolute path is."""
    file, page = tmp_path / "app.ifc", tmp_path / "page.html"
    file.write_text(SHOP.replace("runtime python3.13; ", ""))
    pages = []
    for more in ([], ["--notes"]):
        assert main(["graph", str(file), "--no-code", "--format", "html", "-o", str(page), *more]) == 0
        pages.append(page.read_text())
    assert all("IFC551" in text and str(tmp_path) not in text for text in pages)
    assert "IFC721" not in pages[0]
    assert "IFC721" in pages[1]


def test_a_picture_that_cannot_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is not there is told in one sentence."""
    file = tmp_path / "app.ifc"
    file.write_text(LOOP)
    assert main(["graph", str(file), "--no-code", "-o", str(tmp_path / "no" / "page.html")]) == UNWRITABLE
    assert "can't be written" in capsys.readouterr().err
