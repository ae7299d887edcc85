"""Text of others made fit to be shown: nothing in it can move a cursor, turn a line around or hide."""

from __future__ import annotations

import re

MARK = "\u200e"  # LEFT-TO-RIGHT MARK: no width; what follows runs from left to right again
_RTL = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff"
_TURNED = re.compile(f"[{_RTL}](?:\\W*[{_RTL}])*")


def visible(text: str) -> str:
    """One line of printable characters: white space is a space, control and format characters are `\N{REPLACEMENT CHARACTER}`."""
    if text.isascii() and text.isprintable():
        return text
    shown = "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)
    return _TURNED.sub(lambda found: found[0] + MARK, shown)


def lines(text: str) -> list[str]:
    """The lines of a text, each fit to be shown; tabs are four spaces, the end's blank lines are left out."""
    return [visible(line.expandtabs(4)).rstrip() for line in text.rstrip().split("\n")]


def cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    import unicodedata  # only for text beyond ASCII

    return sum(0 if c == MARK or unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def cut(text: str, most: int) -> str:
    """The text, its middle left out where it takes more than `most` columns (or very many characters that take none)."""
    if len(text) <= 4 * most and cells(text) <= most:
        return text
    tail = most // 3
    return _taken(text, most - 1 - tail) + "…" + _taken(text[: -4 * most : -1], tail)[::-1]


def _taken(text: str, most: int) -> str:
    """As much of the beginning as fits into `most` columns."""
    if text.isascii():
        return text[:most]
    width = 0
    for number, character in enumerate(text):
        width += cells(character)
        if width > most or number >= 4 * most:
            return text[:number]
    return text


def brief(sentence: str, most: int = 60) -> str:
    """The sentence, fit to be shown, with what it quotes cut where that is long."""
    return re.sub("`([^`]+)`", lambda found: f"`{cut(found[1], most)}`", visible(sentence))


def wrapped(text: str, width: int, first: str = "", then: str = "") -> list[str]:
    """The text in lines of at most `width` columns, `first` before the first and `then` before the others; long words are broken."""
    done, line = [], ""
    room = max(width - max(cells(first), cells(then)), 10)
    for piece in (piece for word in text.split(" ") for piece in _broken(word, room)):
        if line and cells(line) + 1 + cells(piece) > room:
            done.append(line)
            line = piece
        else:
            line = f"{line} {piece}" if line else piece
    done.append(line)
    return [(then if number else first) + one for number, one in enumerate(done)]


def _broken(word: str, room: int) -> list[str]:
    """A word in pieces of which each fits into `room` columns."""
    if 2 * len(word) <= room or (word.isascii() and len(word) <= room):
        return [word]
    pieces, start, width = [], 0, 0
    for at, character in enumerate(word):
        columns = cells(character)
        if at > start and (width + columns > room or at - start >= 4 * room):
            pieces.append(word[start:at])
            start, width = at, 0
        width += columns
    return [*pieces, word[start:]]
