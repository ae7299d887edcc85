"""Encryption: with no key, with one of the service's own, with one of the account's, with one of the customer's."""

from __future__ import annotations

from collections.abc import Mapping

from ifc.review.access import shown
from ifc.review.changes import Change, settled
from ifc.review.deployed.form import Value, parts
from ifc.review.finding import Finding
from ifc.review.review import Review
from ifc.review.risk import Risk

FIELDS = {
    "queue": ("encrypted", "key"),
    "topic": ("key",),
    "stream": ("encryption", "key"),
    "table": ("encryption",),
    "bucket": ("encryption", "key"),
    "secret": ("key",),
}
# How well something is encrypted, the worst first, and what the language calls it.
OFF, OWN, ACCOUNT, CUSTOMER = range(4)
WORDS = {OFF: "off", OWN: "on", ACCOUNT: "kms"}
LESS = {
    OFF: "what is stored from now on is not encrypted",
    OWN: "what is stored from now on is encrypted with the service's own key: no key of the account guards it",
    ACCOUNT: "what is stored from now on is encrypted with a key that AWS manages: no key of the account's own guards it",
}


def judge(review: Review) -> None:
    """Says what is encrypted otherwise than before."""
    for change in list(review.changes(*FIELDS)):
        fields = FIELDS[change.kind]
        if change.old is not None and change.new is not None and set(fields) & review.open(change):
            encryption(review, change, change.old.fields, change.new.fields)


def encryption(review: Review, change: Change, old: Mapping[str, Value], new: Mapping[str, Value]) -> None:
    """How something was and is encrypted."""
    fields = FIELDS[change.kind]
    outputs = (review.main.old, review.main.new)
    (before, one), (after, other) = (
        level(change.kind, {name: settled(record.get(name), output.defaults()) for name in fields})
        for record, output in zip((old, new), outputs, strict=True)
    )
    taken = (*fields, *(("bucket key",) if change.kind == "bucket" else ()))  # it saves calls of the account's or the customer's key
    if (before, one) == (after, other):
        if before == OWN:
            review.take(change.key, *fields)  # written out, or not
        return
    less = after < before
    spans = review.spans(change.key, "encryption")
    review.say(
        Finding(
            risk=Risk.EXPOSED if less else Risk.BEHAVIOUR,
            rule="setting",
            subject=review.path(change.key, "encryption"),
            title=f"`encryption` of {review.called(change.key)} changes",
            effect=LESS[after] if less else "",
            before=review.value(one) if before == CUSTOMER else WORDS[before],
            after=review.value(other) if after == CUSTOMER else WORDS[after],
            old=spans[0],
            new=spans[1],
            consequences=review.take(change.key, *taken),
        ),
        *(("encryption", shown(parts(key))) for key in (one, other) if key is not None),
        change=change,
        fields=fields,
    )


def level(kind: str, fields: Mapping[str, Value]) -> tuple[int, Value]:
    """How well something is encrypted, and by which key where it is the customer's."""
    key = fields.get("encryption") if kind == "table" else fields.get("key")
    if kind == "table":
        return (OWN, None) if key in (None, "DynamoDB's own") else (ACCOUNT, None) if managed(key) else (CUSTOMER, key)
    if kind == "bucket" and fields.get("encryption") in (None, "AES256"):
        return OWN, None  # S3 encrypts what nothing is said of
    if kind in ("bucket", "secret") and key is None:
        return ACCOUNT, None
    if kind == "stream" and fields.get("encryption") in (None, "NONE"):
        return OFF, None
    if key is not None:
        return (ACCOUNT, None) if managed(key) else (CUSTOMER, key)
    return (OFF, None) if fields.get("encrypted") is False else (OWN, None)  # SQS and SNS encrypt what nothing is said of


def managed(key: Value) -> bool:
    """Whether AWS manages a key for the account."""
    return isinstance(key, str) and (key.startswith(("alias/aws/", "aws/")) or ":alias/aws/" in key)
