"""The globs of `include` and `exclude`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def matching(patterns: Sequence[str], names: Iterable[str]) -> tuple[set[str], list[str]]:
    """The names that a pattern matches, or that lie in a folder which one matches; and the patterns that match none."""
    names = list(names)
    found: set[str] = set()
    idle = []
    for pattern in patterns:
        machine = re.compile(expression(pattern))
        hits = {name for name in names if machine.fullmatch(name)}
        found |= hits
        if not hits:
            idle.append(pattern)
    return found, idle


def expression(pattern: str) -> str:
    """A glob as a regular expression: `*` and `?` stay within a folder, `**` goes through any, and a folder stands for all in it."""
    parts = []
    steps = [step for step in pattern.split("/") if step not in ("", ".")]
    for at, step in enumerate(steps):
        last = at == len(steps) - 1
        if step == "**":
            parts.append(".*" if last else "(?:[^/]+/)*")
        else:
            parts.append(_step(step) + ("(?:/.*)?" if last else "/"))
    return "(?s:" + "".join(parts) + ")"


def _step(step: str) -> str:
    found = []
    at = 0
    while at < len(step):
        sign = step[at]
        end = step.find("]", at + (3 if step[at + 1 : at + 2] == "!" else 2)) if sign == "[" else -1
        if end > 0:
            inside = step[at + 1 : end]
            negated = inside.startswith("!")
            found.append(f"(?!/)[{'^' if negated else ''}{_choice(inside[1:] if negated else inside)}]")
            at = end
        else:
            found.append({"*": "[^/]*", "?": "[^/]"}.get(sign, re.escape(sign)))
        at += 1
    return "".join(found)


def _choice(inside: str) -> str:
    """What stands in brackets, as it stands there in a regular expression; a range that runs backwards is three plain signs."""
    found = []
    at = 0
    while at < len(inside):
        if at + 2 < len(inside) and inside[at + 1] == "-" and inside[at] <= inside[at + 2]:
            found.append(f"{re.escape(inside[at])}-{re.escape(inside[at + 2])}")
            at += 3
        else:
            found.append(re.escape(inside[at]))
            at += 1
    return "".join(found)
