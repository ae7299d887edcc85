"""IAM's patterns: `*` stands for anything, `?` for one character."""

from __future__ import annotations


def overlap(one: str, other: str) -> bool:
    """Whether some text matches both patterns."""
    below: list[bool] = []
    for i in range(len(one), -1, -1):
        row = [False] * (len(other) + 1)
        for j in range(len(other), -1, -1):
            mine, theirs = one[i : i + 1], other[j : j + 1]
            if not mine and not theirs:
                row[j] = True
            elif mine == "*":
                row[j] = below[j] or (bool(theirs) and row[j + 1])
            elif theirs == "*":
                row[j] = row[j + 1] or (bool(mine) and below[j])
            else:
                row[j] = bool(mine and theirs) and (mine == theirs or "?" in (mine, theirs)) and below[j + 1]
        below = row
    return below[0]
