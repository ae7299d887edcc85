"""What a worker and the host share: a piece of memory, and the words that a worker says."""

from __future__ import annotations

import mmap
import struct
import time

# What a worker tells the host, a byte each.
READY, KEEP, CLOSE, LAST = b"r", b"k", b"c", b"x"


class Slot:
    """What a worker shares with the host in memory: how far it is with a call, when the call began, and the call's id."""

    RESTING, READING, RUNNING, ANSWERING = range(4)

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 256)

    @property
    def state(self) -> int:
        """How far the worker is."""
        return self._memory[0]

    @state.setter
    def state(self, state: int) -> None:
        self._memory[0] = state

    @property
    def began(self) -> float:
        """When the handler was called, on the monotonic clock."""
        began: float = struct.unpack_from("d", self._memory, 8)[0]
        return began

    @property
    def request(self) -> str | None:
        """The id of the call, once the worker has read it."""
        length = self._memory[1]
        return self._memory[16 : 16 + length].decode("ascii") if length else None

    def run(self, request: str) -> None:
        """Notes that the handler is called now."""
        text = request.encode("ascii")
        self._memory[16 : 16 + len(text)] = text
        self._memory[1] = len(text)
        struct.pack_into("d", self._memory, 8, time.monotonic())
        self._memory[0] = Slot.RUNNING

    def clear(self) -> None:
        """Notes that no call is known."""
        self._memory[1] = 0
        self._memory[0] = Slot.RESTING

    def close(self) -> None:
        """Gives the memory back."""
        self._memory.close()
