"""Arrows in the language's words: `Orders.stream -> bill`, `every 1h -> report`."""

from __future__ import annotations

import re
from collections.abc import Callable

from ifc.model.app import Wire
from ifc.review.deployed.form import Of, Record, Value

# The kinds of which each thing is one arrow: the fields that say from where, to where, and what passes.
ARROWS: dict[str, tuple[str, str, str | None]] = {
    "mapping": ("source", "function", "filters"),
    "subscription": ("topic", "endpoint", "filter"),
    "rule": ("bus", "endpoint", "pattern"),
    "schedule": ("expression", "endpoint", None),
}
UNITS = {"minute": "m", "hour": "h", "day": "d"}


def arrow(record: Record, place: Callable[[Value], str]) -> str:
    """An arrow as the language writes it; `place` names its ends."""
    source, target = ends(record)
    if record.kind == "schedule":
        return f"{timing(source, record.fields.get('zone'))} -> {place(target)}"
    return f"{'aws' if source is None else place(source)} -> {place(target)}"


def of_wire(wire: Wire) -> str:
    """An arrow as its declaration has it."""
    source = f"{wire.source.resource or 'aws'}{'.' + wire.source.port if wire.source.port else ''}"
    return f"{source} -> {wire.target.resource or wire.target.address}"


def ends(record: Record) -> tuple[Value, Value]:
    """From where an arrow comes and where it goes."""
    start, end, _ = ARROWS[record.kind]
    return record.fields.get(start), record.fields.get(end)


def port(value: Value) -> str:
    """The port that events leave a thing by, with its dot; "" for the only one."""
    return ".stream" if isinstance(value, Of) and value.attribute == "stream" else ""


def timing(expression: Value, zone: Value = None) -> str:
    """When a schedule runs, as the language writes it."""
    text = "a schedule" if expression is None else str(expression)
    rate = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", text)
    if rate:
        return f"every {rate[1]}{UNITS[rate[2]]}"
    other = re.fullmatch(r"(cron|at)\((.*)\)", text)
    where = f' timezone "{zone}"' if zone not in (None, "UTC") else ""
    return f'{other[1]} "{other[2]}"{where}' if other else text
