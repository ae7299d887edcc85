"""What a change of an app costs: two estimates beside each other."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from ifc.cost.assumptions import EXPECTED, Three
from ifc.cost.estimate import Estimate

NOTHING: Three = (0.0, 0.0, 0.0)
SMALLEST = 0.005  # dollars a month: less is shown as nothing


@attrs.frozen
class Change:
    """What something costs each month, before and after."""

    name: str
    before: Three
    after: Three

    @property
    def by(self) -> float:
        """How much more it is expected to cost."""
        return self.after[EXPECTED] - self.before[EXPECTED]


@attrs.frozen(kw_only=True)
class Comparison:
    """Two estimates, and what differs in them, the most first."""

    old: str  # what the sides are called
    new: str
    before: Estimate
    after: Estimate
    total: Change
    sources: tuple[Change, ...]
    resources: tuple[Change, ...]


def compare(old: str, before: Estimate, new: str, after: Estimate) -> Comparison:
    """The comparison of two estimates."""
    return Comparison(
        old=old,
        new=new,
        before=before,
        after=after,
        total=Change("", before.total, after.total),
        sources=differing({s.name: s.month for s in before.sources}, {s.name: s.month for s in after.sources}),
        resources=differing(before.resources, after.resources),
    )


def differing(before: Mapping[str, Three], after: Mapping[str, Three]) -> tuple[Change, ...]:
    """What costs more or less than before, the most first."""
    found = [Change(name, before.get(name, NOTHING), after.get(name, NOTHING)) for name in sorted({*before, *after})]
    return tuple(sorted((one for one in found if abs(one.by) >= SMALLEST), key=lambda one: (-abs(one.by), one.name)))
