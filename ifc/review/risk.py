"""How bad a change can be: what a reviewer must look at first."""

from __future__ import annotations

from enum import IntEnum


class Risk(IntEnum):
    """The classes of risk, the worst first; 0 sorts before 7."""

    DATA = 0
    REPLACED = 1
    WIDER = 2
    EXPOSED = 3
    CONTRACT = 4
    COST = 5
    BEHAVIOUR = 6
    COSMETIC = 7

    @property
    def code(self) -> str:
        """As it is written: `R0` to `R7`."""
        return f"R{self.value}"

    @property
    def title(self) -> str:
        """What the class is about, in two words."""
        return TITLES[self]


TITLES = {
    Risk.DATA: "data loss",
    Risk.REPLACED: "replacement",
    Risk.WIDER: "wider permissions",
    Risk.EXPOSED: "exposure",
    Risk.CONTRACT: "contract or downtime",
    Risk.COST: "cost",
    Risk.BEHAVIOUR: "behaviour",
    Risk.COSMETIC: "cosmetic",
}
CODES = {risk.code: risk for risk in Risk}
