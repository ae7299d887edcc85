"""Results of asynchronous calls: where they go, and how often one that fails is tried again."""

from __future__ import annotations

from collections.abc import Mapping

from ifc.review.changes import Change
from ifc.review.deployed.form import Value, alike
from ifc.review.finding import Finding
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.rules import RULES
from ifc.review.things import single
from ifc.review.version import Version
from ifc.source import Span

PORTS = ("failed", "succeeded")
TRIES = ("retries", "max age")


def judge(review: Review) -> None:
    """Says which results go elsewhere, and which calls are given up sooner or later."""
    for change in list(review.changes("async")):
        before, after = (record.fields if record is not None else {} for record in (change.old, change.new))
        for port in PORTS:
            if not alike(before.get(port), after.get(port)) and (port in review.open(change) or change.old is None or change.new is None):
                result(review, change, port, before.get(port), after.get(port))
        if any(tries(before, name) != tries(after, name) for name in TRIES):
            retries(review, change)
        elif change.old is None or change.new is None:
            review.take(change.key)


def tries(fields: Mapping[str, Value], name: str) -> Value:
    """How often, or how long, a call is tried again."""
    value = fields.get(name)
    return RULES["async", name].absent if value is None else value


def result(review: Review, change: Change, port: str, before: Value, after: Value) -> None:
    """Where one sort of results goes."""
    function = single(change.record.fields.get("function"))
    name = review.place(change.record.fields.get("function"))
    one, other = (review.place(value) if value is not None else None for value in (before, after))
    gone = after is None
    words = f"{name}.{port} -> {one if gone else other}"
    spans = [wire_span(version, name, port) for version in (review.old, review.new)]
    review.say(
        Finding(
            risk=Risk.BEHAVIOUR if before is None else Risk.CONTRACT,
            rule="arrow-removed" if gone else "arrow-added" if before is None else "arrow-changed",
            subject=f"arrow/{name}.{port}",
            title=f"`{words}` is {'removed' if gone else 'new'}"
            if gone or before is None
            else f"`{name}.{port} -> {one}` becomes `{words}`",
            effect=("calls that fail for good are lost" if port == "failed" else f"`{one}` gets nothing more of it") if gone else "",
            before=one,
            after=other,
            old=spans[0] if before is not None else None,
            new=spans[1] if after is not None else None,
            consequences=review.take(change.key, port),
        ),
        *(("ends", function, review.thing(value)) for value in (before, after) if value is not None),
        ("end", function),
    )


def wire_span(version: Version, name: str, port: str) -> Span | None:
    """Where an arrow of results stands."""
    if version.plan is None:
        return None
    return next((wire.span for wire in version.plan.app.wires_from(name, port)), None)


def retries(review: Review, change: Change) -> None:
    """How often a call that fails is tried again, and how long."""
    function = single(change.record.fields.get("function"))
    before, after = (record.fields if record is not None else {} for record in (change.old, change.new))
    verdicts = [
        RULES["async", name].verdict(before.get(name), after.get(name)) for name in TRIES if tries(before, name) != tries(after, name)
    ]
    risk, effect = min(verdicts, key=lambda verdict: verdict[0])
    spans = review.spans(function, "retries") if function is not None else review.spans(change.key)
    called = review.called(function) if function is not None else review.value(change.record.fields.get("function"))
    review.say(
        Finding(
            risk=risk,
            rule="setting",
            subject=review.path(function, "retries") if function is not None else review.path(change.key, "retries"),
            title=f"`retries` of {called} changes",
            effect=effect,
            before=shown(review, before),
            after=shown(review, after),
            old=spans[0],
            new=spans[1],
            consequences=review.take(change.key),
        ),
        change=change,
        fields=TRIES,
    )


def shown(review: Review, fields: Mapping[str, Value]) -> str:
    """How often and how long, as the language writes it."""
    count, age = (tries(fields, name) for name in TRIES)
    return f"{review.value(count)} max-age {RULES['async', 'max age'].unit(age, review.value)}"
