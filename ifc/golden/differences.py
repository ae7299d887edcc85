"""Differences as people read them: a line for each file, and a unified diff under what is different."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence

from ifc.golden.trees import DIFFERENT, MISSING, STRAY, Difference
from ifc.records import record

MOST = 80  # lines of one file's diff
MISSED = 10  # files of one folder that are told to be missing
MARK = b"\xef\xbb\xbf"
COLOURS = {"-": "\x1b[31m", "+": "\x1b[32m", "@": "\x1b[36m", "name": "\x1b[1m", "head": "\x1b[1m", "end": "\x1b[0m"}


@record
class Line:
    """A line of the report: its text, and what it is: `-`, `+`, `@`, `name` (of a file), `head` or nothing."""

    text: str
    sort: str = ""


def lines(differences: Sequence[Difference], full: str | None) -> list[Line]:
    """The report; long diffs are cut, with `full` as what shows them whole, unless it is None."""
    found: list[Line] = []
    shown_of, missing = Counter[str](), Counter(os.path.dirname(d.path) for d in differences if d.kind == MISSING)
    for one in differences:
        folder = os.path.dirname(one.path)
        if full is not None and one.kind == MISSING and missing[folder] > MISSED + 1:
            shown_of[folder] += 1
            if shown_of[folder] == MISSED + 1:
                found.append(Line(f"{visible(folder)}: {missing[folder] - MISSED} more missing", "name"))
            if shown_of[folder] > MISSED:
                continue
        said, diff = _told(one)
        if found and found[-1].sort != "name":
            found.append(Line(""))  # a diff ends here
        found.append(Line(f"{visible(one.path)}: {one.kind}" + (f" ({said})" if said else ""), "name"))
        shown = diff if full is None or len(diff) <= MOST else diff[:MOST]
        found += shown
        if len(shown) < len(diff):
            found.append(Line(f"… {len(diff) - len(shown)} more lines: {full} shows them", "@"))
    return found


def text(report: Sequence[Line], colour: bool = False) -> str:
    """The report as it is printed."""
    return "".join(f"{COLOURS[line.sort]}{line.text}{COLOURS['end']}\n" if colour and line.sort else f"{line.text}\n" for line in report)


def counted(differences: Sequence[Difference]) -> str:
    """`2 files different, 1 missing`."""
    counts = [(sum(d.kind == kind for d in differences), kind) for kind in (DIFFERENT, MISSING, STRAY)]
    (first, kind), *rest = [(n, kind) for n, kind in counts if n]
    return ", ".join([f"{first} file{'s' if first != 1 else ''} {kind}", *(f"{n} {kind}" for n, kind in rest)])


def visible(words: str) -> str:
    """A text in which a terminal finds nothing to obey."""
    if words.isprintable():
        return words
    return "".join(c if c.isprintable() or c == "\t" else c.encode("unicode_escape").decode() for c in words)


def _told(one: Difference) -> tuple[str, list[Line]]:
    """What is said of a difference in words, and its diff."""
    if one.agreed is None or one.now is None:
        return one.remark, []
    if b"\0" in one.agreed:
        return f"no text: {len(one.agreed)} bytes, and ifc writes {len(one.now)}", []
    plain = one.agreed.removeprefix(MARK)
    if plain == one.now:
        return "a byte-order mark at its beginning is all", []
    if plain.replace(b"\r\n", b"\n").replace(b"\r", b"\n") == one.now:
        ends = "CRLF" if b"\r\n" in plain else "CR"
        return (
            f"in line ends only: it has {ends}, and ifc writes LF; a .gitattributes beside the golden files with `* -text` keeps git from changing them",
            [],
        )
    conflict = "it holds the marks of a merge conflict" if plain.startswith(b"<<<<<<< ") or b"\n<<<<<<< " in plain else ""
    return conflict, _diff(one)


def _diff(one: Difference) -> list[Line]:
    import difflib  # only a difference needs it

    agreed, now = (_split(content or b"") for content in (one.agreed, one.now))
    name = visible(one.path)
    found: list[Line] = []
    for line in difflib.unified_diff(agreed, now, f"{name} (agreed)", f"{name} (now)", lineterm=""):
        sort = "head" if not found or len(found) == 1 else line[:1] if line[:1] in "-+@" else ""
        found.append(Line(visible(line), sort))
    return found or [Line("the bytes are others and look the same")]


def _split(content: bytes) -> list[str]:
    """The lines of a file, the last one with a remark where it has no end; bytes that are no UTF-8 are written out."""
    all = content.decode("utf-8", "backslashreplace").split("\n")
    last = all.pop()
    return [*all, f"{last} (no line end)"] if last else all
