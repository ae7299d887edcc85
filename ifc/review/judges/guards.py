"""Authorizers: what they look at, whom they ask, and for whom a token must be."""

from __future__ import annotations

from ifc.review.changes import Change
from ifc.review.deployed.form import Record, Value
from ifc.review.finding import Consequence, Finding
from ifc.review.judges.routes import checker, permissions
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.rules import texts
from ifc.review.things import single

KINDS = ("http authorizer", "rest authorizer")
ASKED = ("type", "function", "issuer", "payload", "simple")


def judge(review: Review) -> None:
    """Says which authorizers let others pass."""
    for change in list(review.changes(*KINDS)):
        if change.old is None or change.new is None:
            continue
        if set(ASKED) & review.open(change):
            asked(review, change, change.old, change.new)
        for field, say in (("audience", audience), ("sources", sources)):
            if field in review.open(change):
                say(review, change)


def asked(review: Review, change: Change, old: Record, new: Record) -> None:
    """Another function, another issuer, or another form of the question."""
    before, after = (whom(review, record) for record in (old, new))
    api = single(change.record.fields.get("api"))
    consequences: list[Consequence] = [*review.take(change.key, *ASKED)]
    if before != after:
        for record in (old, new):
            consequences += permissions(review, api, checker(review, record))
    note(
        review,
        change,
        Risk.EXPOSED,
        "check",
        f"is `{after}`, and no longer `{before}`" if before != after else "is asked in another form",
        "other callers than before may pass",
        before if before != after else form(review, old),
        after if before != after else form(review, new),
        tuple(consequences),
        ASKED,
    )


def whom(review: Review, record: Record) -> str:
    """Who checks."""
    issuer, function = record.fields.get("issuer"), checker(review, record)
    return review.value(issuer) if issuer is not None else review.name(function) if function is not None else "nobody"


def form(review: Review, record: Record) -> str:
    """In which form an authorizer is asked."""
    return " ".join(review.value(record.fields[name]) for name in ("type", "payload", "simple") if name in record.fields).lower()


def audience(review: Review, change: Change) -> None:
    """For whom a token must be."""
    field = change.fields["audience"]
    wider = bool(texts(field.after) - texts(field.before)) or not field.after
    note(
        review,
        change,
        Risk.EXPOSED if wider else Risk.CONTRACT,
        "audience",
        "takes tokens for other audiences" if wider else "no longer takes tokens for some audiences",
        "callers that were refused may pass" if wider else "callers with such a token get 401",
        review.value(field.before),
        review.value(field.after),
        review.take(change.key, "audience"),
        ("audience",),
    )


def sources(review: Review, change: Change) -> None:
    """What must be there before anybody is asked."""
    field = change.fields["sources"]
    one, other = (parts(value) for value in (field.before, field.after))
    fewer = bool(one - other)
    note(
        review,
        change,
        Risk.EXPOSED if fewer else Risk.CONTRACT,
        "headers",
        "looks at other parts of a request" if fewer else "looks at more parts of a request",
        "requests without what it looked at before are let through to it" if fewer else "requests without them get 401",
        ", ".join(sorted(one)) or "nothing",
        ", ".join(sorted(other)) or "nothing",
        review.take(change.key, "sources"),
        ("sources",),
    )


def parts(value: Value) -> set[str]:
    """What an authorizer looks at; a REST API's stands in one text."""
    return {part for text in texts(value) for part in text.split(",") if part}


def note(
    review: Review,
    change: Change,
    risk: Risk,
    word: str,
    says: str,
    effect: str,
    before: str,
    after: str,
    consequences: tuple[Consequence, ...],
    fields: tuple[str, ...],
) -> None:
    """Adds a finding about an authorizer."""
    spans = review.spans(change.key)
    review.say(
        Finding(
            risk=risk,
            rule="authorizer",
            subject=review.path(change.key, word),
            title=f"{review.called(change.key)} {says}",
            effect=effect,
            before=before,
            after=after,
            old=spans[0],
            new=spans[1],
            consequences=consequences,
        ),
        change=change,
        fields=fields,
    )
