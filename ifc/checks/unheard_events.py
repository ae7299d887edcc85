"""What a schedule or a bucket sends to a bus passes no rule of it.

It is paid for, and nothing comes of it: an event goes where a rule matches, and nowhere else (EventBridge user guide, Event buses in
Amazon EventBridge).

Bad:
    bus Shop
    function f "a.b"
    every 1h -> Shop { source "clock" }
    Shop where source == "clocks" -> f
Good:
    bus Shop
    function f "a.b"
    every 1h -> Shop { source "clock" }
    Shop where source == "clock" -> f
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ifc.diagnostics import Label, Report
from ifc.model.app import App, Wire

if TYPE_CHECKING:
    from ifc.where.normal import Condition

CODES = ("IFC476",)
SCHEDULED = "Scheduled Event"  # where the arrow says nothing else
PATHS: tuple[tuple[str, ...], ...] = ("source",), ("detail-type",)


def check(app: App, report: Report) -> None:
    """Warns of events whose source and type are known, on declared buses with arrows of which none takes them."""
    if report.failed:
        return  # in a broken program something may be missing that is there
    given: set[str] | None = None
    for bus in app.of_kind("bus"):
        rules = list(app.wires_from(bus.name))
        if bus.extern or getattr(bus, "archive", None) or not rules or any(rule.where is None for rule in rules):
            continue
        senders = [(sent, wire) for wire in app.wires_to(bus.name) if (sent := _sent(wire, app)) is not None]
        if not senders:
            continue
        taking = _taking(rules)
        taken = {sent: taking(sent) for sent in dict.fromkeys(sent for sent, _ in senders)}
        for sent, wire in senders:
            if taken[sent]:
                continue
            given = app.given_away() if given is None else given
            if bus.name not in given:  # others may have rules on it
                report.warning(
                    "IFC476",
                    f'no arrow from `{bus.name}` takes this event: its `source` is "{sent[0]}" and its `detail-type` "{sent[1]}"',
                    wire.span,
                    "nobody takes it",
                    f'let an arrow take it: `{bus.name} where source == "{sent[0]}" and detail-type == "{sent[1]}" -> …`',
                    [Label(rule.where.span, "does not") for rule in rules[:3] if rule.where is not None],
                )


def _sent(wire: Wire, app: App) -> tuple[str, str] | None:
    """The source and the type of the events that an arrow brings; None where they are not known, or of many sorts."""
    if not wire.source.resource:
        found = wire.settings.source or app.name, wire.settings.detail_type or SCHEDULED
    elif app.resources[wire.source.resource].kind == "bucket":
        from ifc.kinds.bucket import DETAIL_TYPES  # an app without buckets never loads it

        found = "aws.s3", DETAIL_TYPES[wire.source.port]
    else:
        return None
    return found if all(isinstance(text, str) for text in found) else None


def _taking(rules: Sequence[Wire]) -> Callable[[tuple[str, str]], bool]:
    """What tells whether an event of a source and a type may pass one of some arrows, whatever else is in it."""
    from ifc.where import normal  # few apps have buses with filters
    from ifc.where.evaluate import passes

    about: list[list[tuple[int, Condition]]] = []
    for rule in rules:
        assert rule.where is not None
        terms = normal.terms(rule.where, lambda text: text.plain if text.plain is not None else rules, Report()) or ((),)
        for term in terms:  # what only the deployment knows may be right
            known = [one for one in term if one.path in PATHS and not any(operand.late for operand in one.operands)]
            about.append([(PATHS.index(one.path), one) for one in known])
    return lambda sent: any(all(passes(one, sent[which]) for which, one in term) for term in about)
