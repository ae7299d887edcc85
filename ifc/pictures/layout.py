"""Where boxes, lines and labels stand: columns from left to right, each line in a lane of its own wherever it passes a column.

Written for this: the layered layouts on PyPI are under the GPL (grandalf) or need a compiled engine or numpy.
Between two columns of boxes stands one for labels, so that no label covers a box or another line; lines to the same target
share one lane once they have passed their labels, so that even an app in which all write to one table stays readable.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import attrs

from ifc.pictures.layers import Link, Slot, Tie, columns_of, parts, untangle
from ifc.pictures.letters import shorten, width, wrap
from ifc.pictures.levels import level
from ifc.pictures.scene import EVENT, Scene

NAME_SIZE, KIND_SIZE, LABEL_SIZE = 14.0, 11.0, 11.5
BOX_HEIGHT, LABEL_LINE = 50.0, 15.0
_NAME_LETTERS, _LABEL_LETTERS, _LABEL_LINES = 38, 26, 3
_BOX_LEAST, _BOX_PADDING, _ICON_ROOM = 124.0, 28.0, 22.0
_BOX_GAP, _LABEL_GAP, _LANE, _LOOP_ROOM = 22.0, 5.0, 10.0, 24.0
_PORT_GAPS = (0.0, 0.0, 13.0, 13.0, 8.0)  # by how many end on one side of a box
_PART_GAP, _STRIP_GAP = 46.0, 96.0
_STEP = 3.0
_MOST_STRIPS = 8
_SHAPE = 1.5  # the width of a pleasant picture, by its height


@attrs.frozen(eq=False, repr=False, slots=False)
class Frame:
    """A box on the picture."""

    x: float
    y: float
    width: float
    height: float
    name: str


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
    label_at: tuple[float, float] | None = None


@attrs.frozen(eq=False, repr=False, slots=False)
class Layout:
    """A picture's measure and all that stands on it; `frames` goes with the scene's boxes."""

    width: float
    height: float
    frames: list[Frame]
    lines: list[Line]


@attrs.define(eq=False, repr=False)
class _Part:
    """What hangs together, laid out by itself: its columns (even ones of boxes, odd ones of labels) and how wide these must be."""

    columns: list[list[Slot]]
    widths: list[float]
    height: float
    bends: list[float]


def place(scene: Scene) -> Layout:
    """The layout of a scene."""
    lines = _bundle(scene)
    links: list[Link] = [(line.source, line.target, line.sort == EVENT) for line in lines]
    column = columns_of([box.kind for box in scene.boxes], links)
    names = [shorten(box.label, _NAME_LETTERS) for box in scene.boxes]
    found = parts(len(names), links)
    linked = {box for part in found for box in part}
    alone = [box for box in range(len(names)) if box not in linked]
    across = max((column[box] + 1 for box in linked), default=max(1, math.isqrt(len(alone))))
    for at, box in enumerate(alone):
        column[box] = at % across
    slots = [Slot(2 * c, BOX_HEIGHT / 2 + _BOX_GAP / 2, BOX_HEIGHT / 2 + _BOX_GAP / 2) for c in column]
    by_part = _lines_by_part(lines, [*found, alone])
    placed = [_lay_out(part, inside, slots, names, scene) for part, inside in zip([*found, alone], by_part, strict=True) if part]
    return _assemble(placed, lines, slots, names)


def _bundle(scene: Scene) -> list[Line]:
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


def _lines_by_part(lines: list[Line], boxes: list[list[int]]) -> list[list[Line]]:
    home = {box: at for at, part in enumerate(boxes) for box in part}
    found: list[list[Line]] = [[] for _ in boxes]
    for line in lines:
        found[home[line.source]].append(line)
    return found


def _lay_out(part: list[int], lines: list[Line], slots: list[Slot], names: list[str], scene: Scene) -> _Part:
    count = max(slots[box].column for box in part) + 1
    columns: list[list[Slot]] = [[] for _ in range(count)]
    widths = [0.0] * count
    for box in part:
        columns[slots[box].column].append(slots[box])
        text = max(width(names[box], NAME_SIZE), width(scene.boxes[box].kind, KIND_SIZE) + _ICON_ROOM)
        widths[slots[box].column] = max(widths[slots[box].column], text + _BOX_PADDING, _BOX_LEAST)
    walk = {box: at for at, box in enumerate(part)}
    lines = sorted(lines, key=lambda line: (walk[line.source], walk[line.target], line.sort))
    for line in lines:
        if line.source == line.target:
            slot = slots[line.source]
            slot.above = max(slot.above, slot.below + _LOOP_ROOM + LABEL_LINE * len(line.label))
    _run_lines(lines, slots, columns, widths)
    untangle(columns)
    level(columns)
    top = min(column[0].y - column[0].above for column in columns)
    for column in columns:
        # what has no lines stands in rows, from the top
        lift = top if any(line.stops for line in lines) else column[0].y - column[0].above
        for slot in column:
            slot.y -= lift
    height = max(column[-1].y + column[-1].below for column in columns)
    return _Part(columns, widths, height, [_bend(column) for column in columns[:-1]])


def _bend(column: list[Slot]) -> float:
    """The room that lines need to turn between a column and the next: more for many lines and for steep ones."""
    steps = [abs(t.to.y + t.there - slot.y - t.here) for slot in column for t in slot.right]
    return min(84.0, 22.0 + 1.2 * len(steps) + 0.1 * max(steps, default=0.0))


def _run_lines(lines: list[Line], slots: list[Slot], columns: list[list[Slot]], widths: list[float]) -> None:
    """Gives every line its stops: a slot for its label next to its source, then lanes that all lines to the target share."""
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
        half = max(_LANE, LABEL_LINE * len(line.label)) / 2 + _LABEL_GAP / 2
        line.stops = [source, Slot(source.column + step, half, half)]
        columns[line.stops[1].column].append(line.stops[1])
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


def _assemble(placed: list[_Part], lines: list[Line], slots: list[Slot], names: list[str]) -> Layout:
    """The parts below each other, in as many strips side by side as make a picture of a pleasant shape."""
    strips = min((_fill(placed, count) for count in range(1, min(_MOST_STRIPS, len(placed)) + 1)), key=_ugliness, default=[])
    spans: dict[int, tuple[float, float]] = {}  # a slot's column: from where to where
    left = height = 0.0
    for strip in strips:
        top, starts, widths = 0.0, *_columns(strip, left)
        for part in strip:
            for at, column in enumerate(part.columns):
                for slot in column:
                    slot.y += top
                    spans[id(slot)] = starts[at], starts[at] + widths[at]
            top += part.height + _PART_GAP
        left = starts[-1] + widths[-1] + _STRIP_GAP
        height = max(height, top - _PART_GAP)
    frames = []
    for slot, name in zip(slots, names, strict=True):
        start, end = spans[id(slot)]
        frames.append(Frame(start, slot.y - BOX_HEIGHT / 2, end - start, BOX_HEIGHT, name))
    drawn: set[int] = set()
    for line in lines:
        _route(line, spans, drawn)
    return Layout(max(left - _STRIP_GAP, 0.0), height, frames, lines)


def _columns(strip: list[_Part], left: float) -> tuple[list[float], list[float]]:
    """Where a strip's columns begin, and how wide they are."""
    count = max(len(part.columns) for part in strip)
    widths = [max(p.widths[at] for p in strip if at < len(p.widths)) for at in range(count)]
    starts = [left]
    for at in range(count - 1):
        starts.append(starts[-1] + widths[at] + max(p.bends[at] for p in strip if at < len(p.bends)))
    return starts, widths


def _fill(placed: list[_Part], count: int) -> list[list[_Part]]:
    """The parts, in order, in about `count` strips of about the same height."""
    heights = [part.height + _PART_GAP for part in placed]
    enough = max(sum(heights) / count, *heights)
    strips: list[list[_Part]] = []
    used = enough
    for part, height in zip(placed, heights, strict=True):
        if used + height / 2 > enough:
            strips.append([])
            used = 0.0
        strips[-1].append(part)
        used += height
    return strips


def _ugliness(strips: list[list[_Part]]) -> float:
    """How small the picture gets in a frame of a pleasant shape."""
    across = sum(starts[-1] + widths[-1] + _STRIP_GAP for starts, widths in (_columns(strip, 0.0) for strip in strips))
    down = max(sum(part.height + _PART_GAP for part in strip) for strip in strips)
    return max(across / _SHAPE, down)


def _route(line: Line, spans: dict[int, tuple[float, float]], drawn: set[int]) -> None:
    """Fills in the runs of a line, where its label stands and where it joins a lane in which another line is drawn already."""
    if not line.stops:
        return
    first, last = line.stops[0], line.stops[-1]
    side = 1 if line.forward else 0
    begin, end = spans[id(first)][side], spans[id(last)][1 - side]
    line.runs.append((begin, begin, first.y + line.leaves))
    for slot in line.stops[1:-1]:
        run = spans[id(slot)]
        if run[0] == run[1]:
            continue  # between columns without labels a line turns once
        if id(slot) in drawn:
            line.joins = line.joins or len(line.runs)
        elif slot is not line.stops[1]:
            drawn.add(id(slot))
            before = line.runs[-1][2]
            slot.y = before if abs(slot.y - before) < _STEP else slot.y
        line.runs.append((run[1 - side], run[side], slot.y))
    line.runs.append((end, end, last.y + line.arrives))
    run = spans[id(line.stops[1])]
    line.label_at = (run[0] + run[1]) / 2, line.stops[1].y
