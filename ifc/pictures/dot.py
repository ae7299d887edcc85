"""The event graph in Graphviz's DOT language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ifc.pictures.palette import HUES, INKS_LIGHT, hue_of
from ifc.pictures.scene import EVENT, GRANT, Box, Scene, distinct, heading, read, says

if TYPE_CHECKING:
    import networkx as nx

_SHAPES = {"table": "cylinder", "bucket": "cylinder", "bus": "hexagon"}


def render(graph: nx.MultiDiGraph[str], title: str) -> str:
    """The digraph's text: wires are bold, grants dashed, what alarms watch dotted."""
    scene = read(graph)
    named = heading(title)
    lines = [
        f"digraph {_quote(named)} {{",
        "  graph [rankdir=LR, nodesep=0.35, ranksep=0.7];",
        f'  graph [label={_label(named)}, labelloc=t, labeljust=l, fontname="Helvetica", fontsize=18];',
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=12, margin="0.18,0.08"];',
        '  edge [fontname="Helvetica", fontsize=10, arrowsize=0.7];',
    ]
    ids = [_quote(name) for name in distinct([box.name for box in scene.boxes])]
    lines += [f"  {name} [{_look(box)}];" for name, box in zip(ids, scene.boxes, strict=True)]
    lines += _edges(scene, ids)
    return "\n".join([*lines, "}", ""])


def _look(box: Box) -> str:
    shade = HUES[hue_of(box.kind)].light
    text = f"{box.kind}\n{box.label}"
    look = [f"label={_label(text)}", f'fillcolor="{shade.fill}"', f'color="{shade.line}"']
    if box.kind in _SHAPES:
        look += [f"shape={_SHAPES[box.kind]}", f'style="{"filled,dashed" if box.extern else "filled"}"']
    elif box.extern:
        look.append('style="rounded,filled,dashed"')
    look.append(f"tooltip={_label(box.description or box.name)}")
    return ", ".join(look)


def _edges(scene: Scene, ids: list[str]) -> list[str]:
    found = []
    for arrow in scene.arrows:
        look = [f"tooltip={_label(says(scene, arrow))}"]
        if arrow.label:
            look.insert(0, f"label={_label(arrow.label)}")
        if arrow.sort != EVENT:
            look += [
                f"style={'dashed' if arrow.sort == GRANT else 'dotted'}",
                f'color="{INKS_LIGHT["grant"]}"',
                f'fontcolor="{INKS_LIGHT["quiet"]}"',
            ]
        else:
            look += ["style=bold", f'color="{INKS_LIGHT["event"]}"', f'fontcolor="{INKS_LIGHT["text"]}"']
        found.append(f"  {ids[arrow.source]} -> {ids[arrow.target]} [{', '.join(look)}];")
    return found


def _quote(text: str) -> str:
    """`text` as a quoted id."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _label(text: str) -> str:
    """`text` as a quoted label, in which Graphviz also reads HTML's entities."""
    return _quote(text.replace("&", "&amp;"))
