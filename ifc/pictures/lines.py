"""The lines of a picture: which arrows one line stands for, and the slots through which it runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import attrs

from ifc.pictures.layers import Slot, Tie
from ifc.pictures.letters import width, wrap
from ifc.pictures.scene import EVENT, Scene

LABEL_SIZE, LABEL_LINE = 11.5, 15.0
_LABEL_LETTERS, _LABEL_LINES = 26, 3
_LABEL_GAP, _LONG_LABEL_GAP, _LANE = 5.0, 10.0, 10.0
_ALIKE, _SHARE = 4, 0.3  # so many lines that say the same, of so many of a column's boxes, make a wall of labels
_PORT_GAPS = (0.0, 0.0, 13.0, 13.0, 8.0)  # by how many end on one side of a box


Saying = tuple[int, int, int, str, tuple[str, ...]]


@attrs.define(eq=False, repr=False)
class Line:
    """All arrows of one sort between the same two boxes, drawn as one. `runs` are its level stretches, from source to target, as
    (from x, to x, y); from the one at `joins` on, if that isn't 0, an earlier line is drawn in the same place."""

    source: int
    target: int
    sort: str
    arrows: list[int] = attrs.field(factory=list)
    label: list[str] = attrs.field(factory=list)
    forward: bool = True
    leaves: float = 0.0  # how far below the middle of its source it begins, and of its target it ends
    arrives: float = 0.0
    stops: list[Slot] = attrs.field(factory=list)
    runs: list[tuple[float, float, float]] = attrs.field(factory=list)
    joins: int = 0
    label_at: tuple[float, float] = (0.0, 0.0)
    alike: bool = False  # whether other lines run through its label's slot
    echo: bool = False  # whether an earlier one of those has drawn the label


def bundle(scene: Scene) -> list[Line]:
    """A scene's lines: one for all arrows of a sort from one box to another."""
    lines: dict[tuple[int, int, str], Line] = {}
    for at, arrow in enumerate(scene.arrows):
        line = lines.setdefault((arrow.source, arrow.target, arrow.sort), Line(arrow.source, arrow.target, arrow.sort))
        line.arrows.append(at)
    for line in lines.values():
        said = list(dict.fromkeys(scene.arrows[at].label for at in line.arrows if scene.arrows[at].label))
        short = ", ".join(said)
        if len(short) <= _LABEL_LETTERS:
            line.label = wrap(short, _LABEL_LETTERS, 1)
        else:
            line.label = [text for label in said[:_LABEL_LINES] for text in wrap(label, _LABEL_LETTERS, _LABEL_LINES)]
            line.label += ["…"] if len(said) > _LABEL_LINES else []
    return list(lines.values())


def run(lines: list[Line], slots: list[Slot], columns: list[list[Slot]], widths: list[float]) -> None:
    """Gives every line its stops: a slot for its label next to its source, then lanes that all lines to the target share. Where many
    boxes of one column say the same to one target, they share the label too; of a few of many it would stand far off."""
    shared: dict[Saying, Slot] = {}
    said = Counter(_saying(line, slots) for line in lines)
    boxes = [len(column) for column in columns]
    lanes: dict[tuple[int, str, bool, int], Slot] = {}
    tied: set[tuple[int, int]] = set()
    ports = _ports(lines, slots)
    for line in lines:
        source, target = slots[line.source], slots[line.target]
        if source is target:
            continue
        line.forward = source.column < target.column
        line.leaves = ports[line.source, line.sort, line.forward, True]
        line.arrives = ports[line.target, line.sort, line.forward, False]
        step = 1 if line.forward else -1
        saying = _saying(line, slots)
        line.alike = said[saying] >= max(_ALIKE, boxes[source.column] * _SHARE)
        label = shared.get(saying) if line.alike else None
        if label is None:
            gap = _LABEL_GAP if len(line.label) < 2 else _LONG_LABEL_GAP
            half = (max(_LANE, LABEL_LINE * len(line.label)) + gap) / 2
            label = shared[saying] = Slot(source.column + step, half, half)
            columns[label.column].append(label)
        line.stops = [source, label]
        widths[line.stops[1].column] = max([widths[line.stops[1].column], *(width(t, LABEL_SIZE) + 10 for t in line.label)])
        for at in range(source.column + 2 * step, target.column, step):
            key = (line.target, line.sort, line.forward, at)
            if key not in lanes:
                lanes[key] = Slot(at, _LANE / 2, _LANE / 2)
                columns[at].append(lanes[key])
            line.stops.append(lanes[key])
        line.stops.append(target)
        for one, other in zip(line.stops, line.stops[1:], strict=False):
            if (id(one), id(other)) in tied:
                continue
            tied.add((id(one), id(other)))
            weight = (4.0 if line.sort == EVENT else 1.0) * (1 + (one is not source) + (other is not target))
            start, end = line.leaves if one is source else 0.0, line.arrives if other is target else 0.0
            (one.right if line.forward else one.left).append(Tie(other, weight, start, end))
            (other.left if line.forward else other.right).append(Tie(one, weight, end, start))


def _saying(line: Line, slots: list[Slot]) -> Saying:
    """What is the same of lines that share their label: from which column to what, and the label. An event's label is its own."""
    mark = line.source if line.sort == EVENT or not line.label else -1
    return mark, slots[line.source].column, line.target, line.sort, tuple(line.label)


def _ports(lines: Iterable[Line], slots: list[Slot]) -> dict[tuple[int, str, bool, bool], float]:
    """How far below a box's middle its lines begin and end, by (box, sort, forward, outward): events in the middle of a side, grants
    below them, lines that run back above them."""
    sides: dict[tuple[int, bool], set[tuple[int, str, bool, bool]]] = {}
    for line in lines:
        if line.source == line.target:
            continue
        forward = slots[line.source].column < slots[line.target].column
        for box, outward in ((line.source, True), (line.target, False)):
            sides.setdefault((box, forward == outward), set()).add((box, line.sort, forward, outward))
    found: dict[tuple[int, str, bool, bool], float] = {}
    for uses in sides.values():
        rows = sorted(uses, key=lambda use: (use[2], use[1]))
        middle = next((at for at, use in enumerate(rows) if use[2] and use[1] == EVENT), (len(rows) - 1) / 2)
        for at, use in enumerate(rows):
            found[use] = (at - middle) * _PORT_GAPS[len(rows)]
    return found
