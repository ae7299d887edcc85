"""What a picture shows, read off the event graph: boxes and arrows in one fixed order, with text that every format can hold."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    import networkx as nx

EVENT, GRANT = "event", "grant"

# XML 1.0 has no place for most of these, not even as references; lone surrogates are no UTF-8; and marks that turn the direction of
# writing could make one name look like another.
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


@attrs.frozen(eq=False, repr=False, slots=False)
class Box:
    """One resource, route or schedule."""

    name: str
    kind: str
    label: str
    description: str
    extern: bool
    details: tuple[tuple[str, str], ...]
    permissions: tuple[str, ...]


@attrs.frozen(eq=False, repr=False, slots=False)
class Arrow:
    """One wire or grant; `source` and `target` are places in the scene's boxes."""

    source: int
    target: int
    sort: str
    label: str


@attrs.frozen(eq=False, repr=False, slots=False)
class Scene:
    """Boxes by name, and arrows by their ends, events before grants, then label."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def read(graph: nx.MultiDiGraph[str]) -> Scene:
    """The scene of a graph; the same for any order in which its nodes and edges were added."""
    names = sorted(graph.nodes)
    place = {name: at for at, name in enumerate(names)}
    arrows = [
        Arrow(place[source], place[target], GRANT if edge.get("sort") == GRANT else EVENT, clean(edge.get("label")))
        for source, target, edge in graph.edges(data=True)
    ]
    arrows.sort(key=lambda a: (a.source, a.target, a.sort, a.label))
    return Scene(tuple(_box(name, graph.nodes[name]) for name in names), tuple(arrows))


def _box(name: str, given: dict[str, object]) -> Box:
    details, permissions = given.get("details"), given.get("permissions")
    return Box(
        name=clean(name),
        kind=clean(given.get("kind")) or "resource",
        label=clean(given.get("label")) or clean(name),
        description=clean(given.get("description")),
        extern=bool(given.get("extern")),
        details=tuple((clean(k), clean(v)) for k, v in details.items()) if isinstance(details, dict) else (),
        permissions=tuple(clean(p) for p in permissions) if isinstance(permissions, (list, tuple)) else (),
    )


def clean(text: object) -> str:
    """`text` with one kind of newline, tabs as blanks, and a mark for each character that no picture can hold; None is empty."""
    if text is None:
        return ""
    plain = str(text).replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return _UNSPEAKABLE.sub("\ufffd", plain)


def heading(title: str) -> str:
    """A picture's title, on one line."""
    return one_line(clean(title))


def one_line(text: str) -> str:
    """`text` with each run of blanks and newlines made one blank."""
    return " ".join(text.split())


def distinct(names: list[str]) -> list[str]:
    """`names`, each unlike all others: what appears again gets a number that no other name ends with."""
    taken, found = set(names), []
    seen: set[str] = set()
    for name in names:
        new, count = name, 1
        while new in seen or (count > 1 and new in taken):
            count += 1
            new = f"{name}_{count}"
        seen.add(new)
        found.append(new)
    return found


def says(scene: Scene, arrow: Arrow) -> str:
    """The arrow as a sentence for a tooltip: `Orders → bill: where eventName == "INSERT"`."""
    ends = f"{scene.boxes[arrow.source].name} → {scene.boxes[arrow.target].name}"
    return f"{ends}: {arrow.label}" if arrow.label else ends
