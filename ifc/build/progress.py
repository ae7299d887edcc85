"""What a build tells while it goes on."""

from __future__ import annotations

from types import TracebackType


class Progress:
    """Says nothing; others show it."""

    def start(self, what: str, total: int = 0, slow: bool = False) -> Task:
        """Begins something: `total` steps, or as long as it takes; `slow` things wait for a network."""
        return Task()

    def say(self, words: str) -> None:
        """Tells something that must not be missed."""


class Task:
    """One thing that goes on."""

    def step(self, what: str = "") -> None:
        """One of its steps begins, and the one before is done."""

    def __enter__(self) -> Task:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """It is over."""
