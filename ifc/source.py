"""What was written and where: a file's text, and spans of it."""

from __future__ import annotations

from bisect import bisect_right

import attrs


@attrs.define(eq=False)
class Source:
    """One file's text. `path` is as the user wrote it (messages and output never hold an absolute path of their own)."""

    path: str
    text: str
    _starts: list[int] | None = attrs.field(default=None, init=False, repr=False)

    def line_starts(self) -> list[int]:
        """The offset at which each line begins."""
        if self._starts is None:
            starts, at = [0], self.text.find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = self.text.find("\n", at + 1)
            self._starts = starts
        return self._starts

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) of an offset, both from 1; columns count characters."""
        starts = self.line_starts()
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of line `number` (from 1) without its end."""
        starts = self.line_starts()
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")


@attrs.frozen(eq=False)
class Span:
    """A stretch of a source, as offsets; `end` is exclusive."""

    source: Source
    start: int
    end: int

    @property
    def line(self) -> int:
        """The number, from 1, of the line on which it begins."""
        return self.source.position(self.start)[0]

    @property
    def text(self) -> str:
        """What was written there."""
        return self.source.text[self.start : self.end]

    def to(self, other: Span) -> Span:
        """The span from the beginning of this one to the end of `other`."""
        return Span(self.source, self.start, other.end)

    def sort_key(self) -> tuple[str, int, int]:
        """Orders spans by file and place."""
        return self.source.path, self.start, self.end
