"""The pictures of an event graph: Mermaid, DOT, SVG and HTML."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import networkx as nx
import pytest

from ifc.pictures import dot, html, mermaid, svg
from ifc.pictures.layers import columns_of, sequence
from ifc.pictures.layout import Layout, place
from ifc.pictures.letters import shorten, width, wrap
from ifc.pictures.lines import LABEL_LINE, LABEL_SIZE
from ifc.pictures.palette import HUES, INKS_DARK, INKS_LIGHT
from ifc.pictures.scene import distinct, read

RENDERERS = [mermaid, dot, svg, html]
SVG = "{http://www.w3.org/2000/svg}"

HOSTILE = [
    "a<b>&\"'",
    "end",
    "line\nbreak",
    "日本語",
    'x"]--> y',
    "%%{init}%%",
    "back\\slash\\",
    "#35; `md`",
    "very long " + "name" * 30,
    "nul\x00 esc\x1b \ud800",
    "rtl \u202eabc",
    "style",
    "</script><script>alert(1)</script>",
    "]]>",
    "@title@",
    "{{a}}|b|",
    "",
    " ",
]


def graph(nodes: dict[str, str], edges: list[tuple[str, str, str, str]], seed: int | None = None) -> nx.MultiDiGraph:
    """A graph of nodes (name to kind) and edges (from, to, sort, label), added in an order that `seed` shuffles."""
    made = nx.MultiDiGraph()
    names, links = list(nodes), list(edges)
    if seed is not None:
        random.Random(seed).shuffle(names)
        random.Random(seed).shuffle(links)
    for name in names:
        made.add_node(name, kind=nodes[name], label=name, description=f"about {name}", extern=nodes[name] == "secret")
    for source, target, sort, label in links:
        made.add_edge(source, target, sort=sort, label=label)
    return made


def orders(seed: int | None = None) -> nx.MultiDiGraph:
    """A small shop: two routes, a schedule, and a table whose stream starts a function that writes to it again."""
    nodes = {
        "POST /orders": "route",
        "GET /orders/{id}": "route",
        "every 1h": "schedule",
        "placeOrder": "function",
        "getOrder": "function",
        "ship": "function",
        "bill": "function",
        "report": "function",
        "Orders": "table",
        "OrderPlaced": "topic",
        "Shipments": "queue",
        "Reports": "bucket",
        "PaymentKey": "secret",
        "Unused": "config",
    }
    edges = [
        ("POST /orders", "placeOrder", "event", ""),
        ("GET /orders/{id}", "getOrder", "event", ""),
        ("every 1h", "report", "event", ""),
        ("placeOrder", "Orders", "grant", "writes"),
        ("placeOrder", "Orders", "grant", "reads"),
        ("placeOrder", "OrderPlaced", "grant", "publishes"),
        ("getOrder", "Orders", "grant", "reads"),
        ("report", "Orders", "grant", "reads"),
        ("report", "Reports", "grant", "writes"),
        ("OrderPlaced", "Shipments", "event", ""),
        ("Shipments", "ship", "event", "batch 10"),
        ("Orders", "bill", "event", 'where eventName == "INSERT"'),
        ("Orders", "bill", "event", 'where eventName == "REMOVE"'),
        ("bill", "Orders", "grant", "writes"),
        ("bill", "PaymentKey", "grant", "reads"),
        ("ship", "ship", "event", ".failed"),
        ("ship", "ship", "grant", "calls"),
    ]
    return graph(nodes, edges, seed)


def hostile(seed: int | None = None) -> nx.MultiDiGraph:
    """A ring of nodes whose names and labels all mean something to one of the formats."""
    nodes = {name: ["function", "queue", "table", "odd<kind>"][at % 4] for at, name in enumerate(HOSTILE)}
    edges = [(name, HOSTILE[(at + 1) % len(HOSTILE)], "event", name) for at, name in enumerate(HOSTILE)]
    edges += [(name, HOSTILE[(at * 5 + 2) % len(HOSTILE)], "grant", name) for at, name in enumerate(HOSTILE)]
    made = graph(nodes, edges, seed)
    made.graph["findings"] = []
    for at, name in enumerate(HOSTILE):
        cost = {"text": name, "parts": [(name, name)]}
        made.nodes[name].update(details={name: name}, defaults={name: name}, permissions=[name], findings=[at], cost=cost)
        edge = name, HOSTILE[(at + 1) % len(HOSTILE)], 0
        made.edges[edge].update(details={name: name}, findings=[at], cost=cost)
        found = {"code": name, "severity": "warning", "message": name, "help": name, "places": [(name, name)], "first": [name, edge]}
        made.graph["findings"].append(found)
    made.graph["cost"] = {"text": HOSTILE[0]}
    return made


def many(count: int, seed: int = 1) -> nx.MultiDiGraph:
    """An app of some `count` nodes: services of routes, functions, a table, a topic and a queue, here and there tied to each other."""
    chance = random.Random(seed)
    nodes: dict[str, str] = {"Audit": "bus", "Lonely": "config"}
    edges: list[tuple[str, str, str, str]] = []
    at = 0
    while len(nodes) < count:
        at += 1
        table, topic, queue, work = f"T{at}s", f"T{at}Changed", f"T{at}Work", f"work{at}"
        nodes |= {table: "table", topic: "topic", queue: "queue", work: "function"}
        for verb in ["POST", "GET", "DELETE"][: chance.randint(1, 3)]:
            route, function = f"{verb} /t{at}s", f"{verb.lower()}T{at}"
            nodes |= {route: "route", function: "function"}
            edges += [(route, function, "event", ""), (function, table, "grant", "reads" if verb == "GET" else "writes")]
            if verb != "GET":
                edges.append((function, topic, "grant", "publishes"))
        edges += [(topic, queue, "event", "where total > 100"), (queue, work, "event", "batch 10")]
        if chance.random() < 0.4:
            edges.append((f"T{chance.randint(1, at)}Changed", work, "event", ""))
        if chance.random() < 0.2:
            edges.append((work, "Audit", "grant", "publishes"))
        if chance.random() < 0.2:
            edges.append((work, f"T{chance.randint(1, at)}s", "grant", "writes"))
    return graph(nodes, edges)


def picture(text: str) -> ET.Element:
    """The root of an SVG text, or of the picture inside a page."""
    start = text.index('<svg id="picture"') if text.startswith("<!doctype") else 0
    return ET.fromstring(text[start : text.index("</svg>\n", start) + len("</svg>")])


def marked(root: ET.Element, mark: str) -> list[ET.Element]:
    """The elements that have the class `mark`."""
    return [element for element in root.iter() if mark in element.get("class", "").split()]


# --- all formats ---


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize("make", [orders, hostile])
def test_same_bytes_for_any_order(renderer, make):
    """The order in which nodes and edges were added leaves no trace."""
    assert len({renderer.render(make(seed), "App") for seed in (None, 1, 2, 3, 4)}) == 1


@pytest.mark.parametrize("renderer", RENDERERS)
def test_odd_graphs(renderer):
    """No node, one node, bare nodes and a node all by itself with a loop can be drawn."""
    bare = nx.MultiDiGraph()
    bare.add_edge("a", "b")
    loop = graph({"a": "function"}, [("a", "a", "event", "again")])
    for drawn in (nx.MultiDiGraph(), graph({"a": "queue"}, []), bare, loop):
        assert "App" in renderer.render(drawn, "App")


@pytest.mark.parametrize("renderer", RENDERERS)
def test_utf8(renderer):
    """Whatever a label holds, the output is UTF-8 without control characters or marks that turn the direction of writing."""
    text = renderer.render(hostile(), "\x00 \ud800")
    text.encode()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e]", text)


# --- mermaid ---

_NODE = re.compile(r'  (n_\w*)(\(\[|\[\[|>|\{\{|\[/|\[\(|\()"([^"\n]*)"(\]\)|\]\]|\]|\}\}|/\]|\)\]|\)):::\w+', re.ASCII)
_EDGE = re.compile(r'  (n_\w*) (==>|-\.->)(\|"[^"\n]+"\|)? (n_\w*)', re.ASCII)


@pytest.mark.parametrize("make", [orders, hostile])
def test_mermaid_lines(make):
    """Every node and edge has its own line; no other line is there, but for the title and the styles."""
    drawn = make()
    lines = mermaid.render(drawn, 'A "title": x').splitlines()
    assert lines[:4] == ["---", 'title: "A \\"title\\": x"', "---", "flowchart LR"]
    nodes = [found for line in lines if (found := _NODE.fullmatch(line))]
    edges = [found for line in lines if (found := _EDGE.fullmatch(line))]
    styles = [line for line in lines[4:] if re.fullmatch(r"  (classDef \w+ [\w:#, -]+|class [\w,]+ extern)", line)]
    assert len(lines) == 4 + len(nodes) + len(edges) + len(styles)
    assert len({found[1] for found in nodes}) == drawn.number_of_nodes() == len(nodes)
    assert len(edges) == drawn.number_of_edges()
    assert {end for found in edges for end in (found[1], found[4])} <= {found[1] for found in nodes}


def test_mermaid_says_what_it_is():
    """Shapes tell kinds, dots tell grants, and quotes in labels are entities."""
    text = mermaid.render(orders(), "App")
    assert '  n_Orders[("table<br/>Orders")]:::blue\n' in text
    assert '  n_GET_orders_id(["route<br/>GET /orders/{id}"]):::indigo\n' in text
    assert '  n_Orders ==>|"where eventName == #quot;INSERT#quot;"| n_bill\n' in text
    assert '  n_bill -.->|"writes"| n_Orders\n' in text
    assert "  class n_PaymentKey extern\n" in text


def test_mermaid_escapes():
    """What Mermaid reads as its own is an entity, and a newline a break."""
    text = mermaid.render(hostile(), "App")
    for wanted in ("a#lt;b#gt;#amp;#quot;'", "#37;#37;{init}#37;#37;", "#35;35#59; #96;md#96;", "line<br/>break", "back#92;slash#92;"):
        assert f"<br/>{wanted}" in text


# --- dot ---

_TOKEN = re.compile(r'\s+|"(?:[^"\\]|\\.)*"|->|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|[{}\[\]=,;]', re.DOTALL)


def dot_tokens(text: str) -> list[str]:
    """The tokens of a DOT text; fails where there is none."""
    found, at = [], 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        assert token, text[at : at + 40]
        found.append(token[0])
        at = token.end()
    return [token for token in found if not token.isspace()]


@pytest.mark.parametrize("make", [orders, hostile])
def test_dot_tokens(make):
    """The text is a digraph with one statement for each node and edge, whatever the labels hold."""
    drawn = make()
    tokens = dot_tokens(dot.render(drawn, 'T "x"'))
    assert tokens[:3] == ["digraph", '"T \\"x\\""', "{"]
    assert tokens[-1] == "}"
    assert tokens.count("->") == drawn.number_of_edges()
    starts = [at for at, token in enumerate(tokens[:-2]) if token in {";", "{"} and tokens[at + 1].startswith('"')]
    nodes = {tokens[at + 1] for at in starts if tokens[at + 2] == "["}
    assert len(nodes) == drawn.number_of_nodes()
    ends = {end for at, token in enumerate(tokens) if token == "->" for end in (tokens[at - 1], tokens[at + 1])}
    assert ends <= nodes


def test_dot_says_what_it_is():
    """It runs left to right; events are bold, grants dashed, and an ampersand is no entity."""
    text = dot.render(orders(), "App")
    assert "rankdir=LR" in text
    assert '"Orders" -> "bill" [label="where eventName == \\"INSERT\\"", tooltip=' in text
    assert len(re.findall("style=bold", text)) == 8
    assert len(re.findall("style=dashed", text)) == 9
    assert '"a &lt;" [label="queue\\na &amp;lt;"' in dot.render(graph({"a &lt;": "queue"}, []), "App")


# --- svg ---


@pytest.mark.parametrize("renderer", [svg, html])
@pytest.mark.parametrize("make", [orders, hostile, lambda: many(300)])
def test_picture_holds_everything(renderer, make):
    """The picture is well-formed; it has each node as a box and each edge in the tooltip of a line."""
    drawn = make()
    root = picture(renderer.render(drawn, "App"))
    scene = read(drawn)
    told = [mark[0].text or "" for mark in marked(root, "box")]
    assert [text.split("\nabout ")[0] for text in told] == [f"{box.kind} {box.name}" for box in scene.boxes]
    lines = marked(root, "line")
    assert len(lines) == len({(arrow.source, arrow.target, arrow.sort) for arrow in scene.arrows})
    assert all(marked(line, "run") and marked(line, "head") for line in lines)
    tooltips = "\n".join(title.text or "" for line in lines for title in line.iter(f"{SVG}title"))
    for arrow in scene.arrows:
        source, target = scene.boxes[arrow.source].name, scene.boxes[arrow.target].name
        assert f"{source} → {target}" + (f": {arrow.label}" if arrow.label else "") in tooltips


def test_svg_text():
    """Names, kinds and labels are text; the legend names the kinds there are; nothing is a script or comes from elsewhere."""
    text = svg.render(orders(), "Orders & more")
    root = ET.fromstring(text)
    words = [element.text for element in root.iter(f"{SVG}text")]
    assert words[0] == "Orders & more"
    for wanted in ("POST /orders", "placeOrder", "secret · extern", "reads, writes", "batch 10", '"INSERT"', "event", "permission"):
        assert wanted in words
    assert [element.text for element in marked(root, "key")][2:] == [
        "route",
        "schedule",
        "function",
        "queue",
        "topic",
        "table",
        "bucket",
        "secret",
        "config",
    ]
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {"svg", "title", "style", "g", "rect", "path", "text"}
    assert text.count("http") == 1
    assert "url(" not in text


def test_svg_numbers():
    """Every coordinate is finite and inside the picture."""
    root = ET.fromstring(svg.render(many(120), "App"))
    wide, high = float(root.get("width")), float(root.get("height"))
    for box in marked(root, "box"):
        x, y = map(float, re.findall(r"[\d.]+", box.get("transform")))
        assert 0 <= x < wide
        assert 0 <= y < high
    assert not re.search("nan|inf", "".join(element.get("d", "") for element in root.iter()))


def luminance(colour: str) -> float:
    """The relative luminance of a colour, as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, as WCAG 2 defines it."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("inks", "shade_of"), [(INKS_LIGHT, lambda hue: hue.light), (INKS_DARK, lambda hue: hue.dark)])
def test_contrast(inks, shade_of):
    """Text has a contrast of 4.5 at least, lines of 3, in light and in dark."""
    for hue in HUES.values():
        shade = shade_of(hue)
        assert contrast(shade.ink, shade.fill) >= 4.5
        assert contrast(inks["text"], shade.fill) >= 7
    assert contrast(inks["quiet"], inks["ground"]) >= 4.5
    assert contrast(inks["event"], inks["ground"]) >= 4.5
    assert contrast(inks["grant"], inks["ground"]) >= 3
    for look in ("warning", "note"):
        assert contrast(inks[look], inks["ground"]) >= 4.5
        assert contrast(inks[look], inks["mark"]) >= 4.5


# --- html ---


class Page(HTMLParser):
    """Collects a page's tags with their attributes, and the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps a tag."""
        self.tags.append((tag, dict(attrs)))
        self._inside = tag == "script"
        if self._inside:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        """Ends a script."""
        self._inside = False

    def handle_data(self, data: str) -> None:
        """Keeps a script's text."""
        if self._inside:
            self.scripts[-1] += data


@pytest.mark.parametrize("make", [orders, hostile])
def test_page_is_shut(make):
    """The page has two scripts, the model and our own, whose hash is the only one allowed, and refers to nothing outside."""
    page = Page(html.render(make(), "</title><script>alert(1)</script>"))
    policy = next(attributes["content"] for tag, attributes in page.tags if "http-equiv" in attributes)
    assert len(page.scripts) == 2
    digest = base64.b64encode(hashlib.sha256(page.scripts[1].encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    for _, attributes in page.tags:
        assert not {"src", "href", "style"} & attributes.keys()
        assert not any(name.startswith("on") for name in attributes)


@pytest.mark.parametrize("make", [orders, hostile])
def test_page_model(make):
    """The model in the page holds all that the panel shows, and each edge names the line that is drawn for it."""
    drawn = make()
    text = html.render(drawn, "App")
    model = json.loads(Page(text).scripts[0])
    scene = read(drawn)
    for box, known in zip(scene.boxes, model["boxes"], strict=True):
        assert (known["name"], known["kind"], known["description"]) == (box.name, box.kind, box.description)
        assert [tuple(pair) for pair in known["details"]] == list(box.details)
        assert [tuple(pair) for pair in known["defaults"]] == list(box.defaults)
        assert known["permissions"] == list(box.permissions)
        assert (known["cost"] or {}).get("text") == (box.cost.text if box.cost else None)
    for finding, known in zip(scene.findings, model["findings"], strict=True):
        assert (known["code"], known["message"], known["help"]) == (finding.code, finding.message, finding.help)
        assert [tuple(place) for place in known["places"]] == list(finding.places)
        assert (known["boxes"], known["arrows"]) == (list(finding.boxes), list(finding.arrows))
    tooltip = {line.get("id"): line[0].text for line in marked(picture(text), "line")}
    assert len(model["arrows"]) == drawn.number_of_edges()
    for arrow in model["arrows"]:
        ends = f"{scene.boxes[arrow['source']].name} → {scene.boxes[arrow['target']].name}"
        assert ends in tooltip[f"e{arrow['line']}"]


def test_page_is_filled():
    """No place for something is left open, and a title that looks like one stays as it is."""
    text = html.render(orders(), "@model@")
    assert re.findall("@[a-z]+@", text) == ["@model@", "@model@"]
    assert "<h1>@model@</h1>" in text
    assert "14 nodes, 17 edges" in text


# --- layout ---


def test_sequence_follows_events():
    """An event goes before a grant; a loop is entered where something leads into it; a loop of its own doesn't matter."""
    entry, a, b, c = range(4)
    assert sequence(4, [(entry, b, True), (a, b, True), (b, c, True), (c, a, True), (a, a, True)]) == [entry, b, c, a]
    assert sequence(2, [(0, 1, False), (1, 0, True)]) == [1, 0]


def test_columns():
    """Boxes stand right of what leads to them; routes stay left; other sources stand next to their first target."""
    kinds = ["route", "function", "queue", "function", "topic", "route"]
    links = [(0, 1, True), (1, 2, False), (2, 3, True), (4, 3, True), (5, 3, True)]
    assert columns_of(kinds, links) == [0, 1, 2, 3, 2, 0]


def test_a_tangle_is_folded():
    """In a tangle nearly all would hang on one chain: it gets few columns, and what is linked never stands in one; a long chain stays one."""
    chance = random.Random(5)
    links = [(chance.randrange(80), chance.randrange(80), chance.random() < 0.3) for _ in range(600)]
    columns = columns_of(["function"] * 80, links)
    assert max(columns) <= 16
    assert not [(a, b) for a, b, _ in links if a != b and columns[a] == columns[b]]
    assert columns_of(["function"] * 40, [(at, at + 1, True) for at in range(39)]) == list(range(40))


Area = tuple[float, float, float, float]


def areas(layout: Layout) -> tuple[list[Area], list[Area]]:
    """The areas (left, top, right, bottom) of the boxes and of the labels, as wide as these are taken to be."""
    boxes = [(f.x, f.y, f.x + f.width, f.y + f.height) for f in layout.frames]
    labels = []
    for line in layout.lines:
        if line.label and not line.echo:
            (x, y), wide, high = line.label_at, max(width(text, LABEL_SIZE) for text in line.label), LABEL_LINE * len(line.label)
            labels.append((x - wide / 2, y - high / 2, x + wide / 2, y + high / 2))
    return boxes, labels


def loops() -> nx.MultiDiGraph:
    """Three boxes in one column, each with an event and a grant to itself, some with long labels."""
    nodes = dict.fromkeys("abcd", "function")
    edges = [(name, name, sort, f"some quite long label of {name}") for name in "abc" for sort in ("event", "grant")]
    return graph(nodes, [*edges, ("d", "a", "event", ""), ("d", "b", "event", "b"), ("d", "c", "event", "")])


def overlap(one: Area, other: Area) -> bool:
    """Whether two areas have more than an edge in common."""
    return min(one[2], other[2]) - max(one[0], other[0]) > 0.1 and min(one[3], other[3]) - max(one[1], other[1]) > 0.1


@pytest.mark.parametrize("make", [orders, hostile, loops, lambda: alike(9), lambda: many(100, 2), lambda: many(100, 3)])
def test_nothing_overlaps(make):
    """No box or label covers another, and no line runs level through a box or a label that isn't its own."""
    layout = place(read(make()))
    boxes, labels = areas(layout)
    covered = [*boxes, *labels]
    for at, one in enumerate(covered):
        assert not any(overlap(one, other) for other in covered[at + 1 :])
    for line in layout.lines:
        for start, stop, y in line.runs[1:-1]:
            run = (min(start, stop), y - 0.5, max(start, stop), y + 0.5)
            assert not any(overlap(run, box) for box in boxes)
            own = [label for label in labels if abs((label[1] + label[3]) / 2 - line.label_at[1]) < 0.1]
            assert not any(overlap(run, label) for label in labels if label not in own)


def test_lines_meet_boxes():
    """A line begins at the side of its source and ends at the side of its target, and runs one way."""
    layout = place(read(many(150)))
    for line in layout.lines:
        source, target = layout.frames[line.source], layout.frames[line.target]
        begin, end = line.runs[0], line.runs[-1]
        sign = 1 if line.forward else -1
        assert begin[0] == (source.x + source.width if line.forward else source.x)
        assert end[0] == (target.x if line.forward else target.x + target.width)
        assert source.y < begin[2] < source.y + source.height
        assert target.y < end[2] < target.y + target.height
        ways = [x * sign for start, stop, _ in line.runs for x in (start, stop)]
        assert ways == sorted(ways)


def test_columns_are_aligned():
    """Boxes of a column share their left edge and their width."""
    frames = place(read(many(150))).frames
    assert len({(f.x, f.width) for f in frames}) == len({f.x for f in frames}) < 16


def test_orders_reads_left_to_right():
    """Every event of the orders app runs to the right, and its main road is level."""
    scene = read(orders())
    layout = place(scene)
    frame = {box.name: at for box, at in zip(scene.boxes, layout.frames, strict=True)}
    for line in layout.lines:
        if line.sort == "event" and line.source != line.target:
            assert line.forward
    for one, other in [("POST /orders", "placeOrder"), ("every 1h", "report"), ("Shipments", "ship"), ("Orders", "bill")]:
        assert frame[one].y == pytest.approx(frame[other].y, abs=0.1)
    assert frame["POST /orders"].x == frame["every 1h"].x == frame["GET /orders/{id}"].x


def test_shared_lanes():
    """Lines that pass many columns on their way to one target share a lane, which is drawn once."""
    nodes = {"Log": "table"} | {f"f{at}": "function" for at in range(30)}
    edges = [(f"f{at}", f"f{at + 1}", "event", "") for at in range(29)] + [(f"f{at}", "Log", "grant", "writes") for at in range(30)]
    layout = place(read(graph(nodes, edges)))
    writes = [line for line in layout.lines if line.sort == "grant"]
    assert sum(not line.joins for line in writes) <= 2
    assert layout.height < 300


def alike(count: int, label: str = "writes") -> nx.MultiDiGraph:
    """So many functions that say the same to a table, and one that says something else."""
    functions = [f"f{at}" for at in range(count)]
    edges = [(f, "Log", "grant", label) for f in functions] + [("f0", "Other", "grant", "reads")]
    return graph(dict.fromkeys(functions, "function") | {"Log": "table", "Other": "table"}, edges)


def test_lines_that_say_the_same_share_a_label():
    """From four lines on, one label stands for all, drawn once and hidden in the others; each line keeps its words."""
    layout = place(read(alike(9)))
    writes = [line for line in layout.lines if line.label == ["writes"]]
    assert len(writes) == 9
    assert sum(not line.echo for line in writes) == 1
    assert len({line.label_at for line in writes}) == 1
    assert not any(line.echo for line in place(read(alike(3))).lines)
    assert not any(line.echo for line in layout.lines if line.label == ["reads"])
    few = alike(5)
    few.add_edges_from([(f"g{at}", "Other", {"sort": "grant", "label": f"reads {at}"}) for at in range(20)])
    assert not any(line.echo for line in place(read(few)).lines)
    root = ET.fromstring(svg.render(alike(9), "App"))
    labels = [label.get("class") for label in marked(root, "label") if "writes" in "".join(label.itertext())]
    assert sorted(labels) == ["label"] + ["label rest"] * 8


def test_many_lines_from_one_box_are_thin():
    """The lines of an API to its dozens of routes are drawn thinner than a line that says something."""
    routes = [f"GET /{at}" for at in range(20)]
    edges = [("Web", route, "event", "") for route in routes] + [(routes[0], "f", "event", "")]
    root = ET.fromstring(svg.render(graph(dict.fromkeys(routes, "route") | {"Web": "api", "f": "function"}, edges), "App"))
    assert len(marked(root, "fan")) == 20


# --- what was found, what it costs, what alarms watch ---


def audited() -> nx.MultiDiGraph:
    """A small app with two warnings, a note and costs."""
    made = graph({"f": "function", "T": "table", "Late": "alarm"}, [("f", "T", "grant", "writes"), ("f", "Late", "watch", "errors > 5")])
    made.nodes["f"].update(findings=[0, 2], cost={"text": "$12.40 a month", "parts": [("requests", "$2.40"), ("compute", "$10.00")]})
    made.edges["f", "T", 0].update(findings=[1], cost={"text": "$3.00 a month"})
    first = [["f"], [("f", "T", 0)], ["f"]]
    made.graph["findings"] = [
        {"code": code, "severity": severity, "message": f"it is {code}", "help": None, "places": [("app.ifc:3", "")], "first": at}
        for code, severity, at in zip(("IFC511", "IFC551", "IFC720"), ("warning", "warning", "note"), first, strict=True)
    ]
    made.graph["cost"] = {"text": "$15.40 a month"}
    return made


@pytest.mark.parametrize("renderer", [svg, html])
def test_findings_have_their_mark(renderer):
    """A box and a line with findings have one mark, which tells all of them with code, place and message."""
    root = picture(renderer.render(audited(), "App"))
    told = {mark.get("class"): [m[0].text for m in marked(mark, "mark")] for mark in root.iter() if mark.get("id", "")[:1] in ("b", "e")}
    assert told["box amber"] == ["warning IFC511, app.ifc:3: it is IFC511\nnote IFC720, app.ifc:3: it is IFC720"]
    assert told["line grant"] == ["warning IFC551, app.ifc:3: it is IFC551"]
    assert [mark.get("class") for mark in marked(root, "mark")] == ["mark warning"] * 2
    assert not marked(picture(renderer.render(orders(), "App")), "mark")


def test_the_page_counts_findings():
    """The button says how many of each there are; without any there is none."""
    text = html.render(audited(), "App")
    assert re.findall("</svg>([^<]*)</span>", text[text.index('<button id="findings"') :].partition("</button>")[0]) == [
        "2 warnings",
        "1 note",
    ]
    assert '<button id="findings"' not in html.render(orders(), "App")


def test_costs_are_shown():
    """What a thing costs stands in its box and tooltip, an arrow's in its tooltip, the sum in the page's head; boxes are wide enough."""
    text = html.render(audited(), "App")
    root = picture(text)
    assert [cost.text for cost in marked(root, "cost")] == ["$12.40 a month"]
    assert "f → T: writes · $3.00 a month" in (marked(root, "grant")[0][0].text or "")
    assert "3 nodes, 2 edges, $15.40 a month" in text
    assert marked(ET.fromstring(svg.render(audited(), "App")), "title")[0].text == "App · $15.40 a month"
    model = json.loads(Page(text).scripts[0])
    assert [box["cost"] for box in model["boxes"]] == [
        None,
        None,
        {"text": "$12.40 a month", "parts": [["requests", "$2.40"], ["compute", "$10.00"]]},
    ]
    frame = place(read(audited())).frames[2]
    assert frame.width > width("function", 11) + width("$12.40 a month", 11) + 40
    assert "$" not in html.render(orders(), "App").partition("<script")[0]


def test_what_an_alarm_watches_is_no_event():
    """It is dotted, and the legend explains it where there is any."""
    drawn = audited()
    assert re.search(r"n_f -\.->\|\"errors #gt; 5\"\| n_Late", mermaid.render(drawn, "App"))
    assert '"f" -> "Late" [label="errors > 5", tooltip="f → Late: errors > 5", style=dotted' in dot.render(drawn, "App")
    assert len(marked(ET.fromstring(svg.render(drawn, "App")), "watch")) == 2
    assert "watched" in svg.render(drawn, "App")
    assert "watched" not in svg.render(orders(), "App")


def calls(count: int) -> int:
    """How many Python and C calls it takes to lay out an app of `count` nodes."""
    scene = read(many(count))
    made = 0

    def see(_frame: object, event: str, _argument: object) -> None:
        nonlocal made
        made += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(see)
    try:
        place(scene)
    finally:
        sys.setprofile(before)
    return made


def test_work_is_bounded():
    """300 nodes take a bounded number of steps, and twice the nodes not much more than twice the work."""
    half, whole = calls(150), calls(300)
    assert whole < 1_000_000
    assert whole < 3.5 * half


def test_tangle_is_bounded():
    """So does a tangle of 80 functions in which each may start any other."""
    chance = random.Random(5)
    names = [f"f{at}" for at in range(80)]
    edges = [(chance.choice(names), chance.choice(names), "event", "") for _ in range(400)]
    scene = read(graph(dict.fromkeys(names, "function"), edges))
    layout = place(scene)
    assert sum(len(line.stops) for line in layout.lines) < 80 * 400
    assert len(layout.frames) == 80


# --- text ---


def test_text():
    """Long text is shortened in its middle, labels break at blanks, and doubled names become distinct."""
    assert shorten("short\nname", 20) == "short name"
    assert shorten("abcdefghijklmnop", 9) == "abcde…nop"
    assert wrap("where a == 1 and b == 2", 12, 3) == ["where a == 1", "and b == 2"]
    assert wrap("one two three four five", 9, 2) == ["one two", "three…ive"]
    assert wrap("", 9, 2) == []
    assert distinct(["a", "a", "a_2", "a"]) == ["a", "a_3", "a_2", "a_4"]
    assert width("日本", 10) > width("ab", 10) > width("il", 10)
