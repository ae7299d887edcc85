"""The event graph as one page to click through: the SVG picture, a script and nothing from the network."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from typing import TYPE_CHECKING

from ifc.pictures import svg
from ifc.pictures.layout import Frame, Layout, place
from ifc.pictures.marks import NOTE
from ifc.pictures.palette import INKS_DARK, INKS_LIGHT, legend
from ifc.pictures.scene import Arrow, Box, Cost, Finding, Scene, heading, one_line, read

if TYPE_CHECKING:
    import networkx as nx

_PLACE = re.compile("@([a-z]+)@")


def render(graph: nx.MultiDiGraph[str], title: str) -> str:
    """The page as HTML."""
    scene = read(graph)
    layout = place(scene)
    script = _part("page.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    filling = {
        "policy": f"sha256-{digest}",  # no script runs but ours, whatever a label holds
        "title": svg.escape(heading(title)),
        "style": svg.style(),
        "sheet": _part("page.css"),
        "light": _variables(INKS_LIGHT),
        "dark": _variables(INKS_DARK),
        "count": f"{_many(len(scene.boxes), 'node')}, {_many(len(scene.arrows), 'edge')}{_sum(scene.cost)}",
        "findings": _counted(scene),
        "view": f"0 0 {layout.width:.0f} {layout.height:.0f}",
        "drawing": svg.drawing(scene, layout),
        "legend": _legend(scene),
        "signs": svg.sign("warning") + svg.sign(NOTE),
        "model": _model(scene, layout),
        "script": script,
    }
    return _PLACE.sub(lambda found: filling[found[1]], _part("page.html"))


def _part(name: str) -> str:
    """A part of the page; @names@ stand where the rest goes."""
    with open(os.path.join(os.path.dirname(__file__), "page", name), encoding="utf-8") as file:
        return file.read()


def _variables(inks: dict[str, str]) -> str:
    return " ".join(f"--{name}: {ink};" for name, ink in inks.items())


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _sum(cost: Cost | None) -> str:
    return f", {svg.escape(cost.text)}" if cost else ""


def _counted(scene: Scene) -> str:
    """The button that lists what was found; nothing where nothing was."""
    if not scene.findings:
        return ""
    notes = sum(finding.severity == NOTE for finding in scene.findings)
    told = [(len(scene.findings) - notes, "warning"), (notes, NOTE)]
    words = "".join(f"<span>{svg.sign(look)}{_many(count, look)}</span>" for count, look in told if count)
    return f'<button id="findings" aria-controls="panel" title="What was found ( f )">{words}</button>'


def _legend(scene: Scene) -> str:
    rows = [f"<span>{svg.sample(sort)}{word}</span>" for sort, word in svg.sorts(scene)]
    for kind in legend({box.kind for box in scene.boxes}):
        rows.append(f'<span data-kind="{svg.escape(kind)}">{svg.swatch(kind)}{svg.escape(one_line(kind))}</span>')
    return "".join(rows)


# --- what the script knows ---


def _model(scene: Scene, layout: Layout) -> str:
    """What the script knows, as JSON that can stand inside a script element."""
    line_of = {arrow: at for at, line in enumerate(layout.lines) for arrow in line.arrows}
    codes: list[list[str]] = [[] for _ in scene.boxes]
    for finding in scene.findings:
        ends = (end for at in finding.arrows for end in (scene.arrows[at].source, scene.arrows[at].target))
        for at in sorted({*finding.boxes, *ends}):
            codes[at].append(finding.code)
    model = {
        "boxes": [_box(*facts) for facts in zip(scene.boxes, layout.frames, codes, strict=True)],
        "arrows": [_arrow(arrow, line_of[at], scene.ways.after.get(at)) for at, arrow in enumerate(scene.arrows)],
        "hubs": scene.ways.hubs,
        "findings": [_finding(finding) for finding in scene.findings],
    }
    text = json.dumps(model, ensure_ascii=False, separators=(",", ":"))
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _box(box: Box, frame: Frame, codes: list[str]) -> dict[str, object]:
    return {
        "name": box.name,
        "label": box.label,
        "kind": box.kind,
        "description": box.description,
        "extern": box.extern,
        "details": box.details,
        "defaults": box.defaults,
        "permissions": box.permissions,
        "cost": _cost(box.cost),
        "text": f"{box.name} {box.label} {box.kind} {box.description} {' '.join(codes)}".lower(),
        "at": [round(each) for each in (frame.x, frame.y, frame.width, frame.height)],
    }


def _arrow(arrow: Arrow, line: int, after: tuple[int, ...] | None) -> dict[str, object]:
    """An arrow; one that sets something off has `after`: the arrows that can follow it, and hubs behind the number of all arrows."""
    told = {"source": arrow.source, "target": arrow.target, "sort": arrow.sort, "label": arrow.label, "line": line}
    more = {"details": arrow.details or None, "cost": _cost(arrow.cost), "after": after}
    return told | {name: value for name, value in more.items() if value is not None}


def _cost(cost: Cost | None) -> dict[str, object] | None:
    return {"text": cost.text, "parts": cost.parts} if cost else None


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "help": finding.help,
        "places": finding.places,
        "boxes": finding.boxes,
        "arrows": finding.arrows,
    }
