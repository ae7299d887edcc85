"""What the checks warn of in the new version, and did not in the old one: a change may be fine by itself and wrong with the rest."""

from __future__ import annotations

import re

from ifc.diagnostics import WARNING, Diagnostic
from ifc.review.finding import Finding
from ifc.review.risk import Risk
from ifc.review.sides import Side

NAME = re.compile(r"`([^`]+)`")
# What a code's first four letters and digits say of what is at stake; all others are about how the app behaves.
RISKS = {"IFC52": Risk.CONTRACT, "IFC55": Risk.COST}


def warned(old: Side, new: Side) -> list[Finding]:
    """A finding for each warning that is new, where both sides are sources."""
    if old.compiled is None or new.compiled is None:
        return []
    before = {key(found) for found in warnings(old)}
    return [finding(found) for found in warnings(new) if key(found) not in before]


def warnings(side: Side) -> list[Diagnostic]:
    """The warnings of a source that are not taken back in it."""
    return [found for found in side.compiled.report.ordered() if found.severity == WARNING] if side.compiled is not None else []


def key(found: Diagnostic) -> tuple[str, str]:
    """What makes two warnings the same, wherever they stand."""
    return found.code, found.message


def finding(found: Diagnostic) -> Finding:
    """A warning as a finding."""
    name = NAME.search(found.message)
    return Finding(
        risk=RISKS.get(found.code[:5], Risk.BEHAVIOUR),
        rule="warning",
        subject=f"check/{found.code}" + (f"/{name[1]}" if name else ""),
        title=f"{found.message} [{found.code}]",
        help=found.help or "",
        new=found.labels[0].span if found.labels else None,
    )
