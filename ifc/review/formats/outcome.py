"""What a comparison comes to: findings, or the reasons why there are none to trust."""

from __future__ import annotations

from ifc.records import named
from ifc.review.finding import Comparison


@named
class NotCompared:
    """A comparison that could not be made."""

    old: str  # what the sides are called, as in Comparison
    new: str
    reasons: tuple[str, ...]  # sentences without a full stop, names in backticks
    app: str = ""


Outcome = Comparison | NotCompared


def quiet(outcome: Outcome) -> bool:
    """Whether nothing changes, and all of it could be compared."""
    return isinstance(outcome, Comparison) and not outcome.findings and not outcome.remarks
