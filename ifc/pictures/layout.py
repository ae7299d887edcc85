"""Where boxes, lines and labels stand: columns from left to right, each line in a lane of its own wherever it passes a column.

Written for this: the layered layouts on PyPI are under the GPL (grandalf) or need a compiled engine or numpy.
Between two columns of boxes stands one for labels, so that no label covers a box or another line; lines to the same target
share one lane once they have passed their labels, so that even an app in which all write to one table stays readable.
"""

from __future__ import annotations

import math

import attrs

from ifc.pictures.layers import Link, Slot, columns_of, parts, untangle
from ifc.pictures.letters import shorten, width
from ifc.pictures.levels import level
from ifc.pictures.lines import LABEL_LINE, LABEL_SIZE, Line, bundle, run
from ifc.pictures.scene import EVENT, Box, Scene

NAME_SIZE, KIND_SIZE = 14.0, 11.0
BOX_HEIGHT = 50.0
_KIND_LETTERS, _NAME_LETTERS, _COST_LETTERS = 24, 38, 24
_BOX_LEAST, _BOX_PADDING, _ICON_ROOM = 124.0, 28.0, 22.0
_BOX_GAP, _LOOP_ROOM, _COST_GAP = 22.0, 24.0, 14.0
_PART_GAP, _STRIP_GAP = 46.0, 96.0
_STEP = 3.0  # so small a step in a line looks like a slip
_MOST_STRIPS = 8
_SHAPE = 1.5  # the width of a pleasant picture, by its height

Texts = tuple[str, str, str]  # of a box: its kind, its name, what it costs


@attrs.frozen(eq=False, repr=False, slots=False)
class Frame:
    """A box on the picture, and its text: what it costs stands beside its kind, its name below."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    name: str
    cost: str = ""


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
    lines = bundle(scene)
    links: list[Link] = [(line.source, line.target, line.sort == EVENT) for line in lines]
    column = columns_of([box.kind for box in scene.boxes], links)
    texts = [_texts(box) for box in scene.boxes]
    found = parts(len(texts), links)
    linked = {box for part in found for box in part}
    alone = [box for box in range(len(texts)) if box not in linked]
    across = max((column[box] + 1 for box in linked), default=max(1, math.isqrt(len(alone))))
    for at, box in enumerate(alone):
        column[box] = at % across
    slots = [Slot(2 * c, BOX_HEIGHT / 2 + _BOX_GAP / 2, BOX_HEIGHT / 2 + _BOX_GAP / 2) for c in column]
    by_part = _lines_by_part(lines, [*found, alone])
    placed = [_lay_out(part, inside, slots, texts) for part, inside in zip([*found, alone], by_part, strict=True) if part]
    return _assemble(placed, lines, slots, texts)


def _texts(box: Box) -> Texts:
    """What stands in a box: its kind, its name and what it costs."""
    kind = shorten(box.kind, _KIND_LETTERS) + (" · extern" if box.extern else "")
    return kind, shorten(box.label, _NAME_LETTERS), shorten(box.cost.text, _COST_LETTERS) if box.cost else ""


def _lines_by_part(lines: list[Line], boxes: list[list[int]]) -> list[list[Line]]:
    """The lines of each part."""
    home = {box: at for at, part in enumerate(boxes) for box in part}
    found: list[list[Line]] = [[] for _ in boxes]
    for line in lines:
        found[home[line.source]].append(line)
    return found


def _lay_out(part: list[int], lines: list[Line], slots: list[Slot], texts: list[Texts]) -> _Part:
    """Columns, order and heights of one part; its highest slot begins at zero."""
    count = max(slots[box].column for box in part) + 1
    columns: list[list[Slot]] = [[] for _ in range(count)]
    widths = [0.0] * count
    for box in part:
        columns[slots[box].column].append(slots[box])
        kind, name, cost = texts[box]
        above = width(kind, KIND_SIZE) + _ICON_ROOM + (width(cost, KIND_SIZE) + _COST_GAP if cost else 0.0)
        text = max(above, width(name, NAME_SIZE))
        widths[slots[box].column] = max(widths[slots[box].column], text + _BOX_PADDING, _BOX_LEAST)
    walk = {box: at for at, box in enumerate(part)}
    lines = sorted(lines, key=lambda line: (walk[line.source], walk[line.target], line.sort))
    for line in lines:
        if line.source == line.target:
            slot, room = slots[line.source], _LOOP_ROOM + LABEL_LINE * len(line.label)
            slot.above += room if line.sort == EVENT else 0.0
            slot.below += 0.0 if line.sort == EVENT else room
            widths[slot.column] = max([widths[slot.column], *(width(text, LABEL_SIZE) for text in line.label)])
    run(lines, slots, columns, widths)
    untangle(columns)
    level(columns)
    tied = any(line.stops for line in lines)
    tops = [column[0].y - column[0].above if column else 0.0 for column in columns]
    for column, top in zip(columns, tops, strict=True):
        for slot in column:
            slot.y -= min(tops) if tied else top  # what has no lines stands in rows, from the top
    height = max(column[-1].y + column[-1].below for column in columns if column)
    return _Part(columns, widths, height, [_bend(column) for column in columns[:-1]])


def _bend(column: list[Slot]) -> float:
    """The room that lines need to turn between a column and the next: more for many lines and for steep ones."""
    steps = [abs(t.to.y + t.there - slot.y - t.here) for slot in column for t in slot.right]
    return min(84.0, 22.0 + 1.2 * len(steps) + 0.1 * max(steps, default=0.0))


def _assemble(placed: list[_Part], lines: list[Line], slots: list[Slot], texts: list[Texts]) -> Layout:
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
    for slot, said in zip(slots, texts, strict=True):
        start, end = spans[id(slot)]
        frames.append(Frame(start, slot.y - BOX_HEIGHT / 2, end - start, BOX_HEIGHT, *said))
    drawn: set[int] = set()
    for line in lines:
        if line.stops:
            _route(line, spans, drawn)
        else:
            line.label_at = _loop_label(line, frames[line.source])
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
    first, last = line.stops[0], line.stops[-1]
    side = 1 if line.forward else 0
    begin, end = spans[id(first)][side], spans[id(last)][1 - side]
    line.runs.append((begin, begin, first.y + line.leaves))
    for slot in line.stops[1:-1]:
        near, far = spans[id(slot)][1 - side], spans[id(slot)][side]
        if near == far:
            continue  # between columns without labels a line turns once
        if id(slot) in drawn:
            line.joins = line.joins or len(line.runs)
        elif slot is not line.stops[1] or line.alike:
            drawn.add(id(slot))
            before = line.runs[-1][2]
            slot.y = before if abs(slot.y - before) < _STEP else slot.y
        line.runs.append((near, far, slot.y))
    line.runs.append((end, end, last.y + line.arrives))
    line.label_at = sum(spans[id(line.stops[1])]) / 2, line.stops[1].y
    line.echo = line.joins == 1 and line.alike


def _loop_label(line: Line, frame: Frame) -> tuple[float, float]:
    """The middle of the label of a line from a box to itself, which is a bow above the box, or below it for a grant."""
    away = frame.height / 2 + _LOOP_ROOM + LABEL_LINE * len(line.label) / 2
    return frame.x + frame.width / 2, frame.y + frame.height / 2 + (-away if line.sort == EVENT else away)
