"""Which column each box stands in, and the order of what stands in a column: the part of the layout that knows no pixels."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from heapq import heappop, heappush

import attrs

# Crossings are seldom fewer after that many sweeps. A very tangled app gets fewer, so that no picture takes long.
_SWEEPS, _MOST_SLOTS = 12, 40_000
_TANGLED, _MOST_COLUMNS = 3, 16  # links a box, and columns, beyond which an app is a tangle
_ENTRIES = frozenset({"route", "schedule", "api"})  # they stay in the leftmost columns, where events come from

Link = tuple[int, int, bool]  # from, to, whether it is an event


@attrs.define(eq=False, repr=False)
class Slot:
    """A place in a column: of a box, of a line's label, or of a line that only passes. `y` is its middle line."""

    column: int
    above: float
    below: float
    y: float = 0.0
    left: list[Tie] = attrs.field(factory=list)
    right: list[Tie] = attrs.field(factory=list)


@attrs.frozen(eq=False, repr=False, slots=False)
class Tie:
    """A slot in the next column that a line joins: how straight that line should be, and where it ends on either side."""

    to: Slot
    weight: float
    here: float
    there: float


def sequence(size: int, links: Sequence[Link]) -> list[int]:
    """All boxes in an order which few links go against: a grant rather than an event, and of a loop the link back to its entry."""
    waits = [[0, 0] for _ in range(size)]
    leaving: list[list[tuple[int, int]]] = [[] for _ in range(size)]
    for source, target, event in links:
        if source != target:
            waits[target][not event] += 1
            leaving[source].append((target, not event))
    fresh, done = [1] * size, [False] * size

    def key(box: int) -> tuple[int, ...]:
        events, grants = waits[box]
        return events, fresh[box] if events else 0, grants, fresh[box], box

    heap: list[tuple[int, ...]] = []
    for box in range(size):
        heappush(heap, key(box))
    found: list[int] = []
    while heap:
        top = heappop(heap)
        box = top[-1]
        if done[box] or top != key(box):
            continue  # an older entry of a box that has moved up since
        done[box] = True
        found.append(box)
        for target, sort in leaving[box]:
            waits[target][sort] -= 1
            fresh[target] = 0
            if not done[target]:
                heappush(heap, key(target))
    return found


def columns_of(kinds: Sequence[str], links: Sequence[Link]) -> list[int]:
    """Each box's column: one right of all that lead to it; one to which nothing leads stands next to what it leads to."""
    order = sequence(len(kinds), links)
    place = {box: at for at, box in enumerate(order)}
    before: list[list[int]] = [[] for _ in kinds]
    after: list[list[int]] = [[] for _ in kinds]
    for source, target, _ in links:
        if source != target:
            early, late = sorted((source, target), key=place.__getitem__)
            before[late].append(early)
            after[early].append(late)
    column = [0] * len(kinds)
    for box in order:
        column[box] = max((column[b] + 1 for b in before[box]), default=0)
    for box in reversed(order):
        if after[box] and not before[box] and kinds[box] not in _ENTRIES:
            column[box] = min(column[b] for b in after[box]) - 1
    if len(links) > _TANGLED * len(kinds) and max(column) > _MOST_COLUMNS:
        return _folded(order, before, after)
    return column


def _folded(order: Sequence[int], before: Sequence[list[int]], after: Sequence[list[int]]) -> list[int]:
    """Few columns for a tangle, in which nearly all hangs on a single chain: each box one right of the nearest that leads to it, or further,
    until nothing that it is linked with stands above or below it."""
    column: dict[int, int] = {}
    for box in order:
        least = min((column[b] + 1 for b in before[box]), default=0)
        taken = {column[b] for b in (*before[box], *after[box]) if b in column}
        column[box] = next(at for at in range(least, least + len(taken) + 1) if at not in taken)
    return [column[box] for box in range(len(order))]


def parts(size: int, links: Sequence[Link]) -> list[list[int]]:
    """The boxes by what hangs together, the largest part first, each part in the order of a walk along its links, so that what
    belongs together starts out close together; boxes without a link are left out."""
    joined: list[set[int]] = [set() for _ in range(size)]
    for source, target, _ in links:
        joined[source].add(target)
        joined[target].add(source)
    seen: set[int] = set()
    found: list[list[int]] = []
    for start in range(size):
        if start in seen or not joined[start] - {start}:
            continue
        part, todo = [], [start]
        while todo:
            box = todo.pop()
            if box not in seen:
                seen.add(box)
                part.append(box)
                # the box with the fewest links comes next: a hub would scatter its neighbours
                todo += sorted(joined[box] - seen, key=lambda other: (len(joined[other]), other), reverse=True)
        found.append(part)
    return sorted(found, key=lambda part: (-len(part), part[0]))


def stack(column: list[Slot]) -> None:
    """Puts the slots of a column close below each other, around zero."""
    y = -sum(s.above + s.below for s in column) / 2
    for slot in column:
        slot.y = y + slot.above
        y += slot.above + slot.below


def untangle(columns: list[list[Slot]]) -> None:
    """Orders the slots of every column, by the barycenter of their neighbours, so that few lines cross."""
    for column in columns:
        stack(column)
    best, kept = crossings(columns), [list(column) for column in columns]
    for sweep in range(rounds(columns, _SWEEPS)):
        if not best:
            break
        forward = sweep % 2 == 0
        for column in columns if forward else reversed(columns):
            column.sort(key=lambda slot: _middle(slot, forward))
            _swap(column)
            stack(column)
        now = crossings(columns)
        if now < best:
            best, kept = now, [list(column) for column in columns]
    for at, column in enumerate(kept):
        stack(column)
        columns[at] = column


def rounds(columns: list[list[Slot]], most: int) -> int:
    """How often all slots may be gone over: `most` times, or as often as the number of slots allows, but twice at least."""
    return max(2, min(most, _MOST_SLOTS // max(1, sum(map(len, columns)))))


def _middle(slot: Slot, forward: bool) -> float:
    ties = slot.left if forward else slot.right
    return sum(t.to.y + t.there for t in ties) / len(ties) if ties else slot.y


def _swap(column: list[Slot]) -> None:
    """Changes places of neighbours, top to bottom, wherever that saves a crossing."""
    for at in range(len(column) - 1):
        upper, lower = column[at], column[at + 1]
        gain = 0
        for one, other in ((upper.left, lower.left), (upper.right, lower.right)):
            ours, theirs = sorted(_ends(one)), sorted(_ends(other))
            gain += sum(len(ours) - bisect_right(ours, y) for y in theirs)
            gain -= sum(len(theirs) - bisect_right(theirs, y) for y in ours)
        if gain > 0:
            column[at], column[at + 1] = lower, upper


def _ends(ties: list[Tie]) -> list[float]:
    return [t.to.y + t.there for t in ties]


def crossings(columns: list[list[Slot]]) -> int:
    """How many pairs of lines cross, counted between neighbouring columns."""
    count = 0
    for column in columns:
        ends: list[float] = []
        for slot in column:
            mine = sorted(_ends(slot.right))
            count += sum(len(ends) - bisect_right(ends, y) for y in mine)
            for y in mine:
                insort(ends, y)
    return count
