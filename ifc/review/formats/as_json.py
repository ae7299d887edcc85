"""A comparison as JSON, and read back: `ifc/data/diff-1.schema.json` says what is in it."""

from __future__ import annotations

import json
import re
from typing import Any

import attrs

from ifc.review.finding import Comparison, Consequence, Finding, Waiver, ordered
from ifc.review.formats.outcome import NotCompared, Outcome
from ifc.review.risk import CODES
from ifc.source import Source, Span

SCHEMA = "ifc-diff/1"
LONGEST = 1_000_000  # of a text that is read
DEEPEST = 10_000_000  # a line or column that is read


def write(outcome: Outcome) -> str:
    """The outcome as JSON, with places from 1 and all characters that don't show escaped."""
    text = json.dumps(data(outcome), indent=2, ensure_ascii=False)
    return re.sub(r"[^\n -~]", lambda found: found[0] if found[0].isprintable() else json.dumps(found[0])[1:-1], text) + "\n"


def data(outcome: Outcome) -> dict[str, Any]:
    """The outcome as plain data, findings sorted, consequences with the thing itself first; one that could not be compared has no findings."""
    sides = {"schema": SCHEMA, "app": outcome.app, "old": outcome.old, "new": outcome.new}
    if isinstance(outcome, NotCompared):
        return {**sides, "compared": False, "reasons": list(outcome.reasons)}
    return {
        **sides,
        "compared": True,
        "targets": list(outcome.targets),
        "counts": {risk.code: count for risk, count in outcome.counted().items()},
        "findings": [_finding(finding) for finding in ordered(list(outcome.findings))],
        "remarks": list(outcome.remarks),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "risk": finding.risk.code,
        "class": finding.risk.title,
        "rule": finding.rule,
        "subject": finding.subject,
        "title": finding.title,
        "effect": finding.effect,
        "before": finding.before,
        "after": finding.after,
        "help": finding.help,
        "old": _place(finding.old),
        "new": _place(finding.new),
        "details": list(finding.details),
        "consequences": [_consequence(c) for c in finding.consequences],
        "waiver": _waiver(finding.waiver),
        "counts": finding.counts,
    }


def _consequence(consequence: Consequence) -> dict[str, Any]:
    return {
        "target": consequence.target,
        "resource": consequence.resource,
        "type": consequence.type,
        "action": consequence.action,
        "properties": list(consequence.properties),
        "because": list(consequence.because),
        "kept": consequence.kept,
        "remark": consequence.remark,
    }


def _waiver(waiver: Waiver | None) -> dict[str, Any] | None:
    if waiver is None:
        return None
    return {"reason": waiver.reason, "until": waiver.until, "expired": waiver.expired, "place": _place(waiver.span)}


def _place(span: Span | None) -> dict[str, Any] | None:
    if span is None:
        return None
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {"path": span.source.path, "line": line, "column": column, "endLine": end_line, "endColumn": end_column}


# --- reading ---


class Unreadable(ValueError):
    """Not a comparison as `write` writes it; the message is a clause."""


def read(text: str) -> Outcome:
    """The outcome that was written so; raises Unreadable for anything else, since it can come from people whom nobody trusts."""
    try:
        return read_data(json.loads(text))
    except (ValueError, RecursionError) as problem:
        raise problem if isinstance(problem, Unreadable) else Unreadable("it is not JSON") from None


def read_data(found: Any) -> Outcome:
    """The outcome that `data` was made of."""
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise Unreadable(f"its `schema` is not `{SCHEMA}`")
    read = _Object(found, "the comparison")
    sides = {"old": read.text("old"), "new": read.text("new"), "app": read.text("app")}
    if not read.flag("compared"):
        return NotCompared(**sides, reasons=read.texts("reasons"))
    findings = [_read_finding(one) for one in read.objects("findings")]
    return Comparison(**sides, targets=read.texts("targets"), findings=ordered(findings), remarks=read.texts("remarks"))


def _read_finding(read: _Object) -> Finding:
    risk = read.text("risk")
    if risk not in CODES:
        raise Unreadable(f"`risk` of {read.what} is no class of risk")
    waiver = read.object("waiver")
    return Finding(
        risk=CODES[risk],
        rule=read.text("rule"),
        subject=read.text("subject"),
        title=read.text("title"),
        effect=read.text("effect"),
        before=read.text_or_none("before"),
        after=read.text_or_none("after"),
        help=read.text("help"),
        old=_read_place(read.object("old")),
        new=_read_place(read.object("new")),
        details=read.texts("details"),
        consequences=tuple(_read_consequence(one) for one in read.objects("consequences")),
        waiver=_read_waiver(waiver) if waiver is not None else None,
    )


def _read_consequence(read: _Object) -> Consequence:
    return Consequence(
        target=read.text("target"),
        resource=read.text("resource"),
        type=read.text("type"),
        action=read.text("action"),
        properties=read.texts("properties"),
        because=read.texts("because"),
        kept=read.flag("kept"),
        remark=read.text("remark"),
    )


def _read_waiver(read: _Object) -> Waiver:
    place = _read_place(read.object("place"))
    if place is None:
        raise Unreadable(f"`place` of {read.what} is missing")
    return Waiver(reason=read.text("reason"), until=read.text_or_none("until"), expired=read.flag("expired"), span=place)


@attrs.define(eq=False)
class _Places(Source):
    """A source of which nobody has the text: its offsets 0 and 1 are the two ends of one place."""

    ends: tuple[tuple[int, int], tuple[int, int]] = ((1, 1), (1, 1))

    def position(self, offset: int) -> tuple[int, int]:
        """(line, column) of an end."""
        return self.ends[min(offset, 1)]


def _read_place(read: _Object | None) -> Span | None:
    if read is None:
        return None
    ends = (read.number("line"), read.number("column")), (read.number("endLine"), read.number("endColumn"))
    return Span(_Places(read.text("path"), "", ends=ends), 0, 1)


class _Object:
    """An object whose fields are read as what they must be."""

    def __init__(self, fields: Any, what: str) -> None:
        if not isinstance(fields, dict):
            raise Unreadable(f"{what} is not an object")
        self.fields, self.what = fields, what

    def text(self, name: str) -> str:
        value = self.fields.get(name)
        if not isinstance(value, str) or len(value) > LONGEST:
            raise Unreadable(f"`{name}` of {self.what} is not a text")
        return value

    def text_or_none(self, name: str) -> str | None:
        return None if self.fields.get(name) is None else self.text(name)

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.fields.get(name)
        if not isinstance(value, list) or not all(isinstance(one, str) and len(one) <= LONGEST for one in value):
            raise Unreadable(f"`{name}` of {self.what} is not a list of texts")
        return tuple(value)

    def flag(self, name: str) -> bool:
        value = self.fields.get(name)
        if not isinstance(value, bool):
            raise Unreadable(f"`{name}` of {self.what} is not true or false")
        return value

    def number(self, name: str) -> int:
        value = self.fields.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= DEEPEST:
            raise Unreadable(f"`{name}` of {self.what} is not a number from 1")
        return value

    def object(self, name: str) -> _Object | None:
        value = self.fields.get(name)
        return None if value is None else _Object(value, f"`{name}` of {self.what}")

    def objects(self, name: str) -> list[_Object]:
        value = self.fields.get(name)
        if not isinstance(value, list):
            raise Unreadable(f"`{name}` of {self.what} is not a list")
        return [_Object(one, f"`{name}[{number}]`") for number, one in enumerate(value)]
