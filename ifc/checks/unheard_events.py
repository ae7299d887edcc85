"""What a schedule or a bucket sends to a bus passes no rule of it, so it is paid for and nothing comes of it.

(EventBridge user guide, Event buses in Amazon EventBridge: an event goes where a rule matches, and nowhere else.)

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

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ifc.diagnostics import Label, Report
from ifc.model.app import App, Wire

if TYPE_CHECKING:
    from ifc.where.normal import Condition, Term

CODES = ("IFC476",)
# S3 user guide, Using EventBridge; Scheduler user guide, Templated targets: what is not said of an event
OBJECTS = {"created": "Object Created", "removed": "Object Deleted"}
SCHEDULED = "Scheduled Event"


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
        terms = _terms(rules) if senders else []
        taken = {sent: any(not _apart(sent, term) for term in terms) for sent in dict.fromkeys(sent for sent, _ in senders)}
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
        found = "aws.s3", OBJECTS[wire.source.port]
    else:
        return None
    return found if all(isinstance(text, str) for text in found) else None


def _terms(rules: Sequence[Wire]) -> list[Term]:
    """What passes one of some arrows."""
    from ifc.where import normal  # few apps have buses with filters

    found: list[Term] = []
    for rule in rules:
        if rule.where is not None:
            found += normal.terms(rule.where, lambda text: text.plain if text.plain is not None else rules, Report()) or ((),)
    return found


def _apart(sent: tuple[str, str], term: Term) -> bool:
    """Whether no event of a source and a type passes a term, whatever else is in it."""
    from ifc.where import disjoint, normal

    wanted = dict(zip(PATHS, sent, strict=True))
    about = tuple(condition for condition in term if condition.path in PATHS)
    if any(_others(condition, wanted) for condition in about):
        return True  # most rules name what they want, and nothing more has to be asked
    node: Any = None
    event = tuple(
        normal.Condition(condition.span, path, normal.IN, (normal.Operand(node, normal.TEXT, text),), False)
        for condition in about[:1]
        for path, text in wanted.items()
    )
    return bool(event) and disjoint.apart(event, about, lambda path: path in PATHS)


def _others(condition: Condition, wanted: Mapping[tuple[str, ...], str]) -> bool:
    """Whether a condition lists values, and what is wanted is none of them."""
    from ifc.where.normal import IN

    if condition.op != IN or condition.negated or any(operand.late for operand in condition.operands):
        return False
    return all(operand.value != wanted[condition.path] for operand in condition.operands)
