"""How high the slots of each column stand: the order given, near what they are tied to, so that most lines run straight."""

from __future__ import annotations

from ifc.pictures.layers import Slot, Tie, rounds

_PASSES = 4  # more make the picture taller and no straighter
_NEAR = 30.0


def level(columns: list[list[Slot]]) -> None:
    """Moves all slots up and down, in a few passes, until most lines run straight."""
    passes = rounds(columns, _PASSES)
    for _ in range(passes):
        for column in columns:
            _settle(column, [slot.left for slot in column])
        for column in reversed(columns):
            _settle(column, [slot.right for slot in column])
    for _ in range(passes):
        for column in columns:  # what comes from the left counts twice: a line's stops then follow one another
            _settle(column, [[*slot.left, *slot.left, *slot.right] for slot in column])


def _settle(column: list[Slot], ties: list[list[Tie]]) -> None:
    """Moves a column's slots as near to what they are tied to as their order allows: neighbours that want the same place form a
    block, and a block stands at the median of its wishes (isotonic regression by pooling, in the least sum of distances)."""
    shift, shifts = 0.0, []
    blocks: list[tuple[float, list[tuple[float, float]], int]] = []  # where it stands, its wishes, how many slots it has
    for at, slot in enumerate(column):
        shift += slot.above + column[at - 1].below if at else 0.0
        shifts.append(shift)
        wishes = sorted((t.to.y + t.there - t.here - shift, t.weight) for t in ties[at]) or [(slot.y - shift, 0.01)]
        block = (_median(wishes), wishes, 1)
        while blocks and blocks[-1][0] >= block[0]:
            _, others, many = blocks.pop()
            wishes = sorted(others + block[1])
            block = (_median(wishes), wishes, many + block[2])
        blocks.append(block)
    at = 0
    for y, _, many in blocks:
        for slot, shift in zip(column[at : at + many], shifts[at : at + many], strict=True):
            slot.y = y + shift
        at += many


def _median(wishes: list[tuple[float, float]]) -> float:
    half, seen = sum(weight for _, weight in wishes) / 2, 0.0
    for at, (y, weight) in enumerate(wishes):
        seen += weight
        if seen > half + 1e-9:
            return y
        if seen > half - 1e-9:
            other = wishes[at + 1][0]
            # halfway between two looks well where they are far apart; near each other, one straight line looks better than two bent
            return (y + other) / 2 if other - y > _NEAR else y
    return wishes[-1][0]
