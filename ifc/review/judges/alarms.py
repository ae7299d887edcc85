"""Alarms: what they watch, and whom they tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ifc.review.changes import Change
from ifc.review.deployed.form import Value, alike
from ifc.review.finding import Finding
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.version import Version
from ifc.review.words import seconds
from ifc.source import Span

PORTS = {"rings": "", "ok": ".ok"}
WATCHES = ("comparison", "dimensions", "metric", "metrics", "namespace", "percentile", "statistic", "threshold")
DERIVED = {"missing": "missing", "period": "over"}  # what follows from what is watched, where it is not written


def judge(review: Review) -> None:
    """Says which alarms watch something else, and tell somebody else."""
    for change in [change for key, change in sorted(review.main.changes.items()) if key[0] == "alarm"]:
        if change.old is None or change.new is None:
            comes_or_goes(review, change)
            continue
        over(review, change)
        watches(review, change)
        times(review, change)
        for field, port in PORTS.items():
            if field in review.open(change):
                rings(review, change, field, port)


def comes_or_goes(review: Review, change: Change) -> None:
    """Ties an alarm that is new or gone to those whom it tells, so that what lets it tell them follows from it."""
    at = review.found.about(review.path(change.key))
    if at is not None:
        targets = [value for field in PORTS for value in listed(change.record.fields.get(field))]
        review.found.tie(at, ("end", change.key), *(("ends", change.key, review.thing(value)) for value in targets))


def over(review: Review, change: Change) -> None:
    """How long a period is, where each metric of a share says it."""
    field = change.fields.get("metrics")
    if field is None or "metrics" not in review.open(change):
        return
    periods, rest = zip(*(without_periods(value) for value in (field.before, field.after)), strict=True)
    if not alike(rest[0], rest[1]) or len(periods[0]) != 1 or len(periods[1]) != 1:
        return
    spans = review.spans(change.key, "over")
    review.say(
        Finding(
            risk=Risk.BEHAVIOUR,
            rule="setting",
            subject=review.path(change.key, "over"),
            title=f"`over` of {review.called(change.key)} changes",
            before=seconds(periods[0].pop(), str),
            after=seconds(periods[1].pop(), str),
            old=spans[0],
            new=spans[1],
            consequences=review.take(change.key, "metrics"),
        )
    )


def without_periods(metrics: Value) -> tuple[set[int], Value]:
    """The periods of some metrics, and the metrics without them."""
    rows = [row for row in listed(metrics) if isinstance(row, Mapping)]
    found = {row["period"] for row in rows if isinstance(row.get("period"), int)}
    return found, [{name: value for name, value in row.items() if name != "period"} for row in rows]


def times(review: Review, change: Change) -> None:
    """How many periods must be beyond the threshold, of how many."""
    names = [name for name in ("of", "times") if name in review.open(change)]
    if not names:
        return
    before, after = (counted(record.fields) for record in (change.old, change.new) if record is not None)
    spans = review.spans(change.key, "times")
    review.say(
        Finding(
            risk=Risk.BEHAVIOUR,
            rule="setting",
            subject=review.path(change.key, "times"),
            title=f"`times` of {review.called(change.key)} changes",
            before=before,
            after=after,
            old=spans[0],
            new=spans[1],
            consequences=review.take(change.key, *names),
        )
    )


def counted(fields: Mapping[str, Value]) -> str:
    """`2 of 3`, or `3`."""
    of = fields.get("of")
    count = fields.get("times", of)
    return f"{count}" if count == of else f"{count} of {of}"


def watches(review: Review, change: Change) -> None:
    """What an alarm rings at."""
    open = review.open(change)
    names = [name for name in WATCHES if name in open]
    if not names:
        return
    name = review.name(change.key)
    names += [
        field for field, word in DERIVED.items() if field in open and not any(written(v, name, word) for v in (review.old, review.new))
    ]
    if "metrics" in names and "period" in open:
        names.append("period")  # a share says it with each of its metrics
    before, after = (condition(version, name) for version in (review.old, review.new))
    told = before is not None and after is not None and before[0] != after[0]
    at = "threshold" if "threshold" in names else names[0]
    fields = change.fields[at]
    review.say(
        Finding(
            risk=Risk.BEHAVIOUR,
            rule="setting",
            subject=review.path(change.key, "where"),
            title=f"`where` of {review.called(change.key)} changes"
            if told or set(names) & {"metric", "threshold", "comparison", "metrics"}
            else f"{review.called(change.key)} compares another value of its metric",
            before=before[0] if told and before else review.value(fields.before),
            after=after[0] if told and after else review.value(fields.after),
            old=before[1] if before else None,
            new=after[1] if after else None,
            consequences=review.take(change.key, *names),
        ),
        ("setting", change.key, "where"),
    )


def condition(version: Version, name: str) -> tuple[str, Span] | None:
    """What stands after an alarm's `where`, and the place of its name."""
    found: Any = version.plan.app.resources.get(name) if version.plan is not None else None
    if found is None or getattr(found, "condition", None) is None:
        return None
    return found.condition.text, found.declared.span


def written(version: Version, name: str, word: str) -> bool:
    """Whether an alarm's source has a setting."""
    found: Any = version.plan.app.resources.get(name) if version.plan is not None else None
    origin = found.origins.get(word) if found is not None else None
    return origin is not None and origin.span is not None


def rings(review: Review, change: Change, field: str, port: str) -> None:
    """Whom an alarm tells."""
    before, after = (listed(record.fields.get(field)) for record in (change.old, change.new) if record is not None)
    name = review.name(change.key)
    consequences = review.take(change.key, field)
    for values, others, gone in ((before, after, True), (after, before, False)):
        for value in values:
            if any(alike(value, other) for other in others):
                continue
            words = f"{name}{port} -> {review.place(value)}"
            version = review.old if gone else review.new
            place = wire(version, name, port.removeprefix("."), review.place(value))
            review.say(
                Finding(
                    risk=Risk.CONTRACT if gone else Risk.BEHAVIOUR,
                    rule="arrow-removed" if gone else "arrow-added",
                    subject=f"arrow/{words}",
                    title=f"`{words}` is {'removed' if gone else 'new'}",
                    effect=f"`{review.place(value)}` is not told any more" if gone else "",
                    old=place if gone else None,
                    new=None if gone else place,
                    consequences=consequences,
                ),
                ("ends", change.key, review.thing(value)),
                ("end", change.key),
            )
            consequences = ()


def listed(value: Value) -> list[Value]:
    """A list of those who are told."""
    return list(value) if isinstance(value, list | tuple) else []


def wire(version: Version, name: str, port: str, target: str) -> Span | None:
    """Where the arrow of an alarm stands."""
    if version.plan is None:
        return None
    return next((w.span for w in version.plan.app.wires_from(name, port) if w.target.resource == target), None)
