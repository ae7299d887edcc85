"""The event graph as one page to click through: the SVG picture, a script and nothing from the network."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from typing import TYPE_CHECKING

from ifc.pictures import svg
from ifc.pictures.layout import Layout, place
from ifc.pictures.palette import INKS_DARK, INKS_LIGHT, legend
from ifc.pictures.scene import EVENT, GRANT, Box, Scene, heading, one_line, read

if TYPE_CHECKING:
    import networkx as nx

# A grant of one of these sets its target going; what is only read does not act.
_ACTING = frozenset({"writes", "puts", "deletes", "sends", "publishes", "calls", "starts"})
_PLACE = re.compile("@([a-z]+)@")


def render(graph: nx.MultiDiGraph[str], title: str) -> str:
    """The page as HTML."""
    scene = read(graph)
    layout = place(scene)
    page = _page()
    script = page[page.index("<script>") + len("<script>") : page.rindex("</script>")]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    filling = {
        "policy": f"sha256-{digest}",  # no script runs but ours, whatever a label holds
        "title": svg.escape(heading(title)),
        "style": svg.style(),
        "light": _variables(INKS_LIGHT),
        "dark": _variables(INKS_DARK),
        "count": f"{_many(len(scene.boxes), 'node')}, {_many(len(scene.arrows), 'edge')}",
        "view": f"0 0 {layout.width:.0f} {layout.height:.0f}",
        "drawing": svg.drawing(scene, layout),
        "legend": _legend(scene),
        "model": _model(scene, layout),
    }
    return _PLACE.sub(lambda found: filling[found[1]], page)


def _page() -> str:
    """The page with its script, and @names@ where the rest goes."""
    with open(os.path.join(os.path.dirname(__file__), "page.html"), encoding="utf-8") as file:
        return file.read()


def _variables(inks: dict[str, str]) -> str:
    return " ".join(f"--{name}: {ink};" for name, ink in inks.items())


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _legend(scene: Scene) -> str:
    rows = [f"<span>{svg.sample(sort)}{word}</span>" for sort, word in ((EVENT, "event"), (GRANT, "permission"))]
    for kind in legend({box.kind for box in scene.boxes}):
        rows.append(f'<span data-kind="{svg.escape(kind)}">{svg.swatch(kind)}{svg.escape(one_line(kind))}</span>')
    return "".join(rows)


def _model(scene: Scene, layout: Layout) -> str:
    """What the script knows, as JSON that can stand inside a script element."""
    line_of = {arrow: at for at, line in enumerate(layout.lines) for arrow in line.arrows}
    arrows = [
        {"source": a.source, "target": a.target, "sort": a.sort, "label": a.label, "line": line_of[at], "on": _acts(a.sort, a.label)}
        for at, a in enumerate(scene.arrows)
    ]
    model = {"boxes": [_facts(box) for box in scene.boxes], "arrows": arrows}
    text = json.dumps(model, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _acts(sort: str, label: str) -> bool:
    return sort == EVENT or not _ACTING.isdisjoint(re.findall("[a-z]+", label))


def _facts(box: Box) -> dict[str, object]:
    return {
        "name": box.name,
        "kind": box.kind,
        "description": box.description,
        "extern": box.extern,
        "details": box.details,
        "permissions": box.permissions,
        "text": f"{box.name} {box.label} {box.kind} {box.description}".lower(),
    }
