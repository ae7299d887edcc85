"""How much is expected to come along an arrow from outside of the app: what `ifc cost` begins with, and nothing that is deployed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ifc.model.settings import Form, setting, settings
from ifc.model.types import Choice, Decimal

if TYPE_CHECKING:
    from ifc.model.app import App

MONTH = 2_628_000  # seconds: a year's twelfth, which is AWS's month of 730 hours
PERIODS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "month": MONTH}
MOST = 1_000_000_000_000_000


@settings
class Expected:
    """`expect 30000000 per month`."""

    count: int | float = setting(Decimal(0, MOST), positional=True, needed=True, doc="how many events come from outside of the app")
    per: str = setting(Choice(*PERIODS), inline=True, needed=True, doc="in which time")

    @property
    def monthly(self) -> float:
        """How many come in a month."""
        return self.count * MONTH / PERIODS[self.per]


def expectation() -> Any:
    """The setting `expect` of an arrow on which events can come from outside."""
    return setting(
        Form(Expected, "`30000000 per month`"), doc="how many events come this way from outside of the app; only `ifc cost` looks at it"
    )


@settings
class Arrow:
    """What may be said on an arrow that takes nothing but `expect`."""

    expect: Expected | None = expectation()


def expects(app: App) -> bool:
    """Whether any arrow of an app says how much is expected."""
    return any(getattr(wire.settings, "expect", None) is not None for wire in app.wires)
