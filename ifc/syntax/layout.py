"""What the layout of the lines tells of braces that are missing: people indent what they mean."""

from __future__ import annotations

import re

TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*+"|#[^\n]*|[{\[]|[}\]]|;|\n|[^"#{}\[\];\n]+|"')


class Layout:
    """The lines of a text with their columns, and the braces that they show to be missing.

    `never_closed` are the places of `{` and `[` without a partner, each with the place before which it is missing: a line
    that stands no further to the right than the line of the last open `{` is not in that block any more.
    `never_opened` are the ends of lines at which a `{` is missing, each with the place of the `}` that has no partner: it
    stands under a line, and what is between stands further to the right.
    """

    def __init__(self, text: str) -> None:
        self.never_closed: list[tuple[int, int]] = []
        self.never_opened: list[tuple[int, int]] = []
        self.opened: list[tuple[int, int]] = []  # (place, column of its line)
        self.lines: list[tuple[int, int]] = []  # (column, end of what stands there)
        self.read(text)
        self.never_closed += [(place, len(text)) for place, _ in self.opened]
        self.never_closed.sort(key=lambda found: (found[1], -found[0]))
        self.never_opened.sort()

    def read(self, text: str) -> None:
        line, fresh = 0, True
        for match in TOKEN.finditer(text):
            part, at = match.group(), match.start()
            if part == "\n":
                line, fresh = at + 1, True
                continue
            if part[0] == "#" or part.isspace():
                continue
            first = fresh
            if fresh:
                at += len(part) - len(part.lstrip())
                self.begin(at - line, at, part)
                fresh = False
            if part in "{[":
                self.opened.append((at, self.lines[-1][0]))
            elif part in "}]":
                self.close(at, first)
            self.lines[-1] = (self.lines[-1][0], at + len(part.strip()))

    def begin(self, column: int, at: int, part: str) -> None:
        """Takes the first word of a line."""
        while self.opened and (column < self.opened[-1][1] or (column == self.opened[-1][1] and part not in "}]")):
            self.never_closed.append((self.opened.pop()[0], at))
        self.lines.append((column, at))

    def close(self, at: int, first: bool) -> None:
        """Takes a `}` or `]`, which may be the first word of its line."""
        column = self.lines[-1][0]
        if self.opened and (not first or column <= self.opened[-1][1]):
            self.opened.pop()
            return
        above = next((line for line in reversed(self.lines[:-1]) if line[0] <= column), None) if first else None
        if above is not None and above[0] == column and above is not self.lines[-2]:
            self.never_opened.append((above[1], at))
