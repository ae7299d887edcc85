"""How wide text is and how it breaks, without a font at hand: widths are those of a rather wide sans-serif, so that boxes never are too small."""

from __future__ import annotations

import unicodedata

from ifc.pictures.scene import one_line

_NARROW = frozenset("iljtfrI.,:;'|!()[]{}/ `")
_WIDE = frozenset("mwMW@%")


def width(text: str, size: float) -> float:
    """About how wide `text` is, set in `size`."""
    return sum(map(_advance, text)) * size


def _advance(letter: str) -> float:
    if letter in _NARROW:
        return 0.37
    if letter in _WIDE:
        return 0.93
    if letter.isascii():
        return 0.68 if letter.isupper() else 0.6
    if unicodedata.combining(letter):
        return 0.0
    return 1.05 if unicodedata.east_asian_width(letter) in "WFA" else 0.7


def shorten(text: str, limit: int) -> str:
    """`text` on one line and at most `limit` letters long, its middle left out: the ends of long names tell them apart."""
    text = one_line(text)
    if len(text) <= limit:
        return text
    tail = limit // 3
    return f"{text[: limit - tail - 1].rstrip()}…{text[-tail:].lstrip()}"


def wrap(text: str, limit: int, lines: int) -> list[str]:
    """`text` in at most `lines` lines of at most `limit` letters, broken at blanks where there are any."""
    found: list[str] = []
    for word in one_line(text).split():
        if found and len(found[-1]) + 1 + len(word) <= limit:
            found[-1] += f" {word}"
        else:
            found.append(shorten(word, limit))
    if len(found) > lines:
        found = [*found[: lines - 1], shorten(" ".join(found[lines - 1 :]), limit)]
    return found
