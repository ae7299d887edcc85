"""What holds for an event on one step of its way."""

from __future__ import annotations

from ifc.model.types import duration
from ifc.records import named
from ifc.source import Span


@named
class Guarantee:
    """What a service promises of one step, with what the app says about it."""

    waits: bool = False  # whoever sends it waits for the outcome, and hears of a failure
    order: str = ""  # within what events stay in order; "": they come in any order
    tries: int | None = 1  # how often one event is handed over at worst, when what takes it fails; None: until it is too old
    age: int | None = None  # seconds after which it is given up
    repeated: bool = True  # it may come twice although nothing failed
    end: str = ""  # where it goes after the last try; "": see `lost`
    lost: bool = False  # after the last try nobody has it any more
    remedy: str = ""  # what to write, so that it is kept
    kept: Span | None = None  # where the source says that it is kept
    given_up: Span | None = None  # where the source says that it is given up, or how soon
    tried: Span | None = None  # where the source says how often it is tried

    @property
    def outcome(self) -> str:
        """How often something is tried, and what becomes of it then: `3 tries within 6h, then lost`."""
        if self.tries is None:
            often = f"tried for {duration(self.age)}" if self.age else "tried as its owner says"
        else:
            often = f"{self.tries} {'try' if self.tries == 1 else 'tries'}" + (f" within {duration(self.age)}" if self.age else "")
        return f"{often}, then {self.end}" if self.end else f"{often}, then lost" if self.lost else often
