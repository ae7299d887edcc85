"""Declarations: what is new and what is gone, each with all that belongs to it."""

from __future__ import annotations

from ifc.review.changes import Change
from ifc.review.deployed.form import Key, Record
from ifc.review.finding import Consequence, Finding
from ifc.review.judges.renames import own_queues
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.things import MAIN, loses, losses

GONE = {
    "function": "whoever calls it gets an error",
    "topic": "who subscribed from outside the app gets nothing more, and who publishes gets an error",
    "bus": "who sends events to it gets an error",
    "http api": "its URL is gone for good: a new one would have another",
    "rest api": "its URL is gone for good: a new one would have another",
    "config": "who reads it gets an error",
}
ELSEWHERE = ("http route", "rest method", "rest path", "permission")  # they have a finding of their own, or one with their arrow
JUDGED = ("role", "url", "queue policy", "topic policy", "bucket policy")  # what is new of them says who may do what
PORTS = ("failed", "succeeded")


def judge(review: Review) -> None:
    """Says what came and what went."""
    aside = own_queues(review.main)
    for change in list(review.changes(*MAIN)):
        if change.key in aside:
            continue
        if change.new is None:
            removed(review, change)
        elif change.old is None:
            added(review, change)


def added(review: Review, change: Change) -> None:
    """Something new; what it may do and who may reach it is judged later, and makes this as bad as it is."""
    key, name = change.key, review.name(change.key)
    existed = name in review.externs[0] and review.new.declared(key) == name
    review.say(
        Finding(
            risk=Risk.CONTRACT if existed else Risk.BEHAVIOUR,
            rule="added",
            subject=review.path(key),
            title=f"{review.called(key)} is new",
            effect="it is another one than the one that existed before, and what was in that is not in it" if existed else "",
            after=summary(review, change.record),
            new=review.new.span(key),
            consequences=taken(review, key),
        ),
        ("added", key),
        *((("extern", name), "externs") if existed else ()),
    )


def removed(review: Review, change: Change) -> None:
    """Something gone."""
    key = change.key
    consequences = taken(review, key)
    name = review.name(key)
    exists = name in review.externs[1] and review.old.declared(key) == name
    main = [pair.old.id(key) for pair in review.pairs]
    review.say(
        Finding(
            risk=Risk.DATA if loses(consequences) else Risk.CONTRACT,
            rule="removed",
            subject=review.path(key),
            title=f"{review.called(key)} is {'no longer part of the app' if exists else 'removed'}",
            effect="; ".join(one for one in (losses(consequences, main), "" if exists else GONE.get(change.kind, "")) if one),
            before=summary(review, change.record),
            old=review.old.span(key),
            consequences=consequences,
        ),
        ("removed", key),
        *((("extern", name), "externs") if exists else ()),
    )


def taken(review: Review, key: Key) -> tuple[Consequence, ...]:
    """What follows from a thing that came or went, and from all that came or went with it."""
    found = list(review.take(key))
    for other in review.belongings.get(key, ()):
        change = review.main.changes[other]
        if (change.old is None) is (change.new is None) or other[0] in ELSEWHERE or arrows(change):
            continue
        if change.new is None or other[0] not in JUDGED:
            found += review.take(other)
    return tuple(found)


def arrows(change: Change) -> bool:
    """Whether a thing is arrows too: where the results of a function go."""
    return change.kind == "async" and any(change.record.fields.get(port) is not None for port in PORTS)


def summary(review: Review, record: Record) -> str | None:
    """What a new thing is, in a line; None where its kind says it all."""
    if record.kind == "function":
        return f"`{record.fields.get('handler')}`, {review.value(record.fields.get('runtime'))}"
    if record.kind == "resource":
        return review.value(record.fields.get("type"))
    return None
