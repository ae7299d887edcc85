"""What a worker prints on an output of its own, as lines."""

from __future__ import annotations

import os

LONGEST_LINE = 256 * 1024  # of what a handler prints; a longer one comes in pieces


class Stream:
    """What a worker prints on one of its two outputs, cut into lines."""

    def __init__(self, name: str, descriptor: int) -> None:
        os.set_blocking(descriptor, False)
        self.name, self.descriptor = name, descriptor
        self._rest = b""
        self.ended = self._empty = False

    def read(self) -> list[str]:
        """The lines that are complete."""
        try:
            part = os.read(self.descriptor, 1 << 16)
        except BlockingIOError:
            self._empty = True
            return []
        self._empty = self.ended = not part
        self._rest += part
        *lines, self._rest = self._rest.split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._take_rest())
        return [line.decode("utf-8", "replace").rstrip("\r") for line in lines]

    def read_all(self) -> list[str]:
        """All that was printed, a line without its end too; no more than some pipes full, as something may still write."""
        lines = []
        for _ in range(4):
            lines += self.read()
            if self._empty:
                break
        if self._rest:
            lines.append(self._take_rest().decode("utf-8", "replace"))
        return lines

    def _take_rest(self) -> bytes:
        rest, self._rest = self._rest, b""
        return rest
