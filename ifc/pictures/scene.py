"""What a picture shows, read off the event graph: boxes and arrows in one fixed order, with text that every format can hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    import networkx as nx

EVENT, GRANT, WATCH = "event", "grant", "watch"
BOX, ARROW = "box", "arrow"

# XML 1.0 has no place for most of these, not even as references; lone surrogates are no UTF-8; and marks that turn the direction of
# writing could make one name look like another.
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


@attrs.frozen(eq=False, repr=False, slots=False)
class Cost:
    """What a thing costs, in a few words, and the parts that it is the sum of: what, and how much."""

    text: str
    parts: tuple[tuple[str, str], ...] = ()


@attrs.frozen(eq=False, repr=False, slots=False)
class Finding:
    """A warning or note. `boxes` and `arrows` are all that it is about, `first` the box or arrow at the place that it names first."""

    code: str
    severity: str
    message: str
    help: str
    places: tuple[tuple[str, str], ...]  # `app.ifc:12`, and what is said of it
    boxes: tuple[int, ...]
    arrows: tuple[int, ...]
    first: tuple[tuple[str, int], ...]  # (BOX or ARROW, which)


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
    defaults: tuple[tuple[str, str], ...] = ()  # settings that nobody wrote
    cost: Cost | None = None


@attrs.frozen(eq=False, repr=False, slots=False)
class Arrow:
    """One wire, grant or watch of an alarm; `source` and `target` are places in the scene's boxes."""

    source: int
    target: int
    sort: str
    label: str
    details: tuple[tuple[str, str], ...] = ()
    cost: Cost | None = None


@attrs.frozen(eq=False, repr=False, slots=False)
class Ways:
    """What an event can take after which arrow: arrows, and behind their number the hubs, each of which leads on to some arrows. An arrow
    that is no way, such as a `reads`, is not among `after`."""

    after: dict[int, tuple[int, ...]] = attrs.field(factory=dict)
    hubs: tuple[tuple[int, ...], ...] = ()


@attrs.frozen(eq=False, repr=False, slots=False)
class Scene:
    """Boxes by name, and arrows by their ends, events before grants before watches, then label."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    ways: Ways = attrs.field(factory=Ways)
    findings: tuple[Finding, ...] = ()
    cost: Cost | None = None


def read(graph: nx.MultiDiGraph[str]) -> Scene:
    """The scene of a graph; the same for any order in which its nodes and edges were added."""
    names = sorted(graph.nodes)
    place = {name: at for at, name in enumerate(names)}
    found = [(_arrow(place[s], place[t], edge), (s, t, key)) for s, t, key, edge in graph.edges(keys=True, data=True)]
    found.sort(key=lambda pair: (pair[0].source, pair[0].target, pair[0].sort, pair[0].label, pair[0].details))
    number = {edge: at for at, (_, edge) in enumerate(found)}
    return Scene(
        tuple(_box(name, graph.nodes[name]) for name in names),
        tuple(arrow for arrow, _ in found),
        _ways(graph.graph.get("ways"), number),
        tuple(_findings(graph, place, number)),
        _cost(graph.graph.get("cost")),
    )


def _box(name: str, given: dict[str, object]) -> Box:
    permissions = given.get("permissions")
    return Box(
        name=clean(name),
        kind=clean(given.get("kind")) or "resource",
        label=clean(given.get("label")) or clean(name),
        description=clean(given.get("description")),
        extern=bool(given.get("extern")),
        details=_pairs(given.get("details")),
        permissions=tuple(clean(p) for p in permissions) if isinstance(permissions, (list, tuple)) else (),
        defaults=_pairs(given.get("defaults")),
        cost=_cost(given.get("cost")),
    )


def _arrow(source: int, target: int, given: dict[str, object]) -> Arrow:
    sort = given.get("sort")
    return Arrow(
        source,
        target,
        sort if sort in (GRANT, WATCH) else EVENT,
        clean(given.get("label")),
        _pairs(given.get("details")),
        _cost(given.get("cost")),
    )


def _pairs(given: object) -> tuple[tuple[str, str], ...]:
    return tuple((clean(k), clean(v)) for k, v in given.items()) if isinstance(given, dict) else ()


def _cost(given: Any) -> Cost | None:
    return Cost(clean(given["text"]), tuple((clean(k), clean(v)) for k, v in given.get("parts", ()))) if given else None


def _ways(found: Any, number: dict[tuple[str, str, int], int]) -> Ways:
    """The ways, of arrows by their place; hubs that lead to the same are one."""
    if found is None:
        return Ways()
    leading = [tuple(sorted(number[edge] for edge in hub)) for hub in found.hubs]
    hubs = tuple(sorted(set(leading)))
    stands = {hub: len(number) + at for at, hub in enumerate(hubs)}
    return Ways(
        {
            at: tuple(sorted(stands[leading[to]] if isinstance(to, int) else number[to] for to in found.after[edge]))
            for edge, at in sorted(number.items(), key=lambda pair: pair[1])
            if edge in found.after
        },
        hubs,
    )


def _findings(graph: nx.MultiDiGraph[str], place: dict[str, int], number: dict[tuple[str, str, int], int]) -> Iterator[Finding]:
    """The findings with what they are about."""
    listed = graph.graph.get("findings", ())
    boxes: list[list[int]] = [[] for _ in listed]
    arrows: list[list[int]] = [[] for _ in listed]
    for name, at in place.items():
        for one in graph.nodes[name].get("findings", ()):
            boxes[one].append(at)
    for edge, at in number.items():
        for one in graph.edges[edge].get("findings", ()):
            arrows[one].append(at)
    for at, one in enumerate(listed):
        yield Finding(
            code=clean(one["code"]),
            severity=clean(one["severity"]),
            message=clean(one["message"]),
            help=clean(one["help"]),
            places=tuple((clean(where), clean(words)) for where, words in one["places"]),
            boxes=tuple(boxes[at]),
            arrows=tuple(arrows[at]),
            first=tuple(sorted((BOX, place[thing]) if isinstance(thing, str) else (ARROW, number[thing]) for thing in one["first"])),
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
