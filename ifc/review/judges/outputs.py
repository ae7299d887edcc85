"""Outputs: what other stacks and people read of an app."""

from __future__ import annotations

from ifc.review.changes import Change, references, renamed
from ifc.review.deployed.form import Record, Value
from ifc.review.deployed.reading import plain
from ifc.review.finding import Finding
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.version import Version
from ifc.source import Span


def judge(review: Review) -> None:
    """Says which outputs are new, gone or otherwise."""
    for gone, come in list(renamed(review.changes("output"))):
        effect = "a stack that imports it can't be updated" if exported(gone.record) else "whoever reads it by its old name finds nothing"
        at = say(review, gone, Risk.CONTRACT, "output-renamed", f"becomes `{review.name(come.key)}`", effect)
        review.take(come.key)
        review.found.replace(at, before=None, new=place(review.new, come.key[1]))
    for change in list(review.changes("output")):
        if change.old is None:
            say(review, change, Risk.COSMETIC, "output-added", "is new", "")
        elif change.new is None:
            effect = "a stack that imports it can't be updated" if exported(change.old) else "whoever reads it finds nothing"
            say(review, change, Risk.CONTRACT, "output-removed", "is removed", effect)
        else:
            changed(review, change, change.old)


def changed(review: Review, change: Change, old: Record) -> None:
    """An output that stays."""
    left = review.open(change)
    if "value" in left:
        cause = follows(review, change)
        if cause is not None:
            review.take(change.key, "value")
        else:
            shared = exported(old)
            effect = "while a stack imports it, CloudFormation refuses another value" if shared else ""
            say(review, change, Risk.CONTRACT if shared else Risk.BEHAVIOUR, "output-changed", "is another one", effect)
    if "export" in left:
        gone = change.fields["export"].before is not None
        effect = "a stack that imports it by its old name can't be updated" if gone else ""
        say(review, change, Risk.CONTRACT if gone else Risk.COSMETIC, "output-exported", "is exported otherwise", effect, "export")
    if "description" in review.open(change):
        say(review, change, Risk.COSMETIC, "setting", "has another description", "", "description")


def exported(record: Record) -> bool:
    """Whether other stacks may import an output."""
    return record.fields.get("export") is not None


def follows(review: Review, change: Change) -> int | None:
    """The finding about a thing that has another name, of which an output tells the same."""
    for one in references(change.fields["value"].before):
        new = review.renames.get((one.kind, one.identity))
        if new is not None:
            return review.found.tied(("renamed", new))
    return None


def say(review: Review, change: Change, risk: Risk, rule: str, says: str, effect: str, field: str = "value") -> int:
    """Adds a finding about an output; returns where it is."""
    before, after = (
        shown(review, record.fields[field]) if record is not None and field in record.fields else None
        for record in (change.old, change.new)
    )
    name = review.name(change.key)
    review.take(change.key, *((field,) if change.old is not None and change.new is not None else ()))
    return review.say(
        Finding(
            risk=risk,
            rule=rule,
            subject=f"output/{name}" + (f"/{field}" if field != "value" else ""),
            title=f"output `{name}` {says}",
            effect=effect,
            before=before,
            after=after,
            old=place(review.old, change.key[1]) if change.old is not None else None,
            new=place(review.new, change.key[1]) if change.new is not None else None,
        ),
        change=change,
        fields=(field,),
    )


def shown(review: Review, value: Value) -> str:
    """A value, or the name of an export."""
    return review.value(value["Name"] if isinstance(value, dict) and value.keys() == {"Name"} else value)


def place(version: Version, identity: str) -> Span | None:
    """Where an output stands."""
    outputs = version.plan.outputs if version.plan is not None else ()
    return next((o.span for o in outputs if plain(o.name) == identity), None)
