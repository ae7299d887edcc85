"""The event graph as a Mermaid flowchart, which GitHub and many wikis draw."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from ifc.pictures.palette import HUES, hue_of
from ifc.pictures.scene import EVENT, Box, distinct, heading, one_line, read

if TYPE_CHECKING:
    import networkx as nx

_SHAPES = {
    "route": ("([", "])"),
    "api": ("([", "])"),
    "site": ("([", "])"),
    "schedule": ("([", "])"),
    "queue": ("[[", "]]"),
    "topic": (">", "]"),
    "bus": ("{{", "}}"),
    "stream": ("[/", "/]"),
    "table": ("[(", ")]"),
    "bucket": ("[(", ")]"),
}
_ROUND = ("(", ")")

# Mermaid's own entities: `#` begins one, so it goes first. `%` could begin a comment or a directive, a backtick a Markdown text.
_ENTITIES = (("#", "35"), ("&", "amp"), ("<", "lt"), (">", "gt"), ('"', "quot"), ("%", "37"), ("`", "96"), ("\\", "92"), (";", "59"))


def render(graph: nx.MultiDiGraph[str], title: str) -> str:
    """The flowchart's text: wires are thick, grants and what alarms watch dotted."""
    scene = read(graph)
    ids = _ids(scene.boxes)
    lines = ["---", f"title: {json.dumps(heading(title), ensure_ascii=False)}", "---", "flowchart LR"]
    lines += [_declare(box, name) for box, name in zip(scene.boxes, ids, strict=True)]
    for arrow in scene.arrows:
        sign = "==>" if arrow.sort == EVENT else "-.->"
        label = f'|"{_text(arrow.label)}"|' if arrow.label.strip() else ""
        lines.append(f"  {ids[arrow.source]} {sign}{label} {ids[arrow.target]}")
    for hue in sorted({hue_of(box.kind) for box in scene.boxes}):
        shade = HUES[hue].light
        lines.append(f"  classDef {hue} fill:{shade.fill},stroke:{shade.line},color:#1d2430")
    if any(box.extern for box in scene.boxes):
        lines.append("  classDef extern stroke-dasharray:5 3")
        lines.append(f"  class {','.join(name for box, name in zip(scene.boxes, ids, strict=True) if box.extern)} extern")
    return "\n".join(lines) + "\n"


def _declare(box: Box, name: str) -> str:
    left, right = _SHAPES.get(box.kind, _ROUND)
    return f'  {name}{left}"{_text(box.kind)}<br/>{_text(box.label)}"{right}:::{hue_of(box.kind)}'


def _ids(boxes: tuple[Box, ...]) -> list[str]:
    """An id of plain letters for each box; the `n_` keeps it apart from Mermaid's own words, such as `end`."""
    return distinct(["n_" + re.sub("[^A-Za-z0-9]+", "_", box.name).strip("_") for box in boxes])


def _text(text: str) -> str:
    """`text` as it stands between quotes: Mermaid knows no backslash there, only entities."""
    marks = {letter: f"#{entity};" for letter, entity in _ENTITIES}
    return "<br/>".join("".join(marks.get(letter, letter) for letter in one_line(line)) for line in text.split("\n") if line.strip())
