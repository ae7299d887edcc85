"""Tables: their keys and indexes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ifc.review.changes import Change
from ifc.review.deployed.form import Value
from ifc.review.finding import REPLACED, Consequence, Finding
from ifc.review.judges.settings import replaced
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.words import plain

TYPES = {"S": "string", "N": "number", "B": "binary"}
INDEXES = {"indexes": "index", "local indexes": "local-index"}
CAPACITY = ("read", "write")
BILLING = ("billing", *CAPACITY)
FIELDS = ("key", "attributes", *INDEXES)


def judge(review: Review) -> None:
    """Says what became of the keys and of each index; the attributes only say of what type those are."""
    for change in list(review.changes("table")):
        if change.old is None or change.new is None or not {*FIELDS, *BILLING} & review.open(change):
            continue
        before, after = (described(record.fields, record.fields.get("key")) for record in (change.old, change.new))
        if before != after:
            key(review, change, before, after)
        at = billing(review, change)
        for field, word in INDEXES.items():
            indexes(review, change, field, word, at)
        if "attributes" in review.open(change) and not review.open(change) & set(FIELDS) - {"attributes"}:
            review.take(change.key, "attributes")  # of an index that came or went with it, or of nothing


def key(review: Review, change: Change, before: str, after: str) -> None:
    """The table's own key."""
    consequences = review.take(change.key, "key", "attributes")
    risk, effect = replaced(review, change, consequences) or (Risk.DATA, "items can't be found by it")
    old, new = review.spans(change.key, "key")
    anew = any(one.action == REPLACED for one in consequences)
    review.say(
        Finding(
            risk=risk,
            rule="replaced" if anew else "setting",
            subject=review.path(change.key, "key"),
            title=f"{review.called(change.key)} is replaced, since its `key` changes"
            if anew
            else f"`key` of {review.called(change.key)} changes",
            effect=effect,
            before=before,
            after=after,
            old=old,
            new=new,
            consequences=consequences,
        )
    )


def billing(review: Review, change: Change) -> int | None:
    """By request or by capacity; returns the finding about it."""
    fields = [name for name in BILLING if name in review.open(change)]
    if not fields:
        return None
    before, after = (mode(record.fields) for record in (change.old, change.new) if record is not None)
    old, new = review.spans(change.key, "billing")
    return review.say(
        Finding(
            risk=Risk.BEHAVIOUR,
            rule="setting",
            subject=review.path(change.key, "billing"),
            title=f"`billing` of {review.called(change.key)} changes",
            effect="requests above its capacity are throttled" if after != "on-demand" else "",
            before=before,
            after=after,
            old=old,
            new=new,
            consequences=review.take(change.key, *fields),
        ),
        change=change,
        fields=fields,
    )


def mode(fields: Mapping[str, Value]) -> str:
    """How a table is paid for, as the language writes it."""
    if fields.get("billing") == "PAY_PER_REQUEST":
        return "on-demand"
    return f"provisioned{''.join(f' {name} {plain(fields[name])}' for name in CAPACITY if name in fields)}"


def indexes(review: Review, change: Change, field: str, word: str, paid: int | None) -> None:
    """Indexes that are new, gone or otherwise; a capacity that changes with the table's follows from that."""
    sides = [
        {str(one.get("name")): (one, index(record.fields, one)) for one in record.fields.get(field) or ()}
        for record in (change.old, change.new)
        if record is not None
    ]
    changed = [name for name in sorted({*sides[0], *sides[1]}) if said(sides[0], name) != said(sides[1], name)]
    consequences = review.take(change.key, field, "attributes") if changed else ()
    refused = any("refused" in one.remark for one in consequences)
    gone, come = [n for n in changed if n not in sides[1]], [n for n in changed if n not in sides[0]]
    if len(gone) == len(come) == 1 and sides[0][gone[0]][1] == sides[1][come[0]][1]:
        words = (f"{gone[0]}: {sides[0][gone[0]][1]}", f"{come[0]}: {sides[1][come[0]][1]}")
        indexed(review, change, word, gone[0], f"becomes `{come[0]}`", "queries on it fail", False, refused, words, consequences)
        changed = [name for name in changed if name not in (gone[0], come[0])]
    for name in changed:
        one, other = sides[0].get(name), sides[1].get(name)
        # What is billed otherwise has another capacity, and is the same index.
        capacity = one is not None and other is not None and shape(one[0], one[1]) == shape(other[0], other[1])
        if capacity and paid is not None:
            review.fold(paid, consequences)
            continue
        says = "is removed" if other is None else "is new" if one is None else "changes"
        effect = "queries on it fail" if other is None else "" if one is None or capacity else "queries on it fail until it is made anew"
        indexed(
            review,
            change,
            word,
            name,
            says,
            effect,
            one is None or capacity,
            refused,
            (said(sides[0], name), said(sides[1], name)),
            consequences,
        )


def indexed(
    review: Review,
    change: Change,
    word: str,
    name: str,
    says: str,
    effect: str,
    harmless: bool,
    refused: bool,
    values: tuple[str | None, str | None],
    consequences: tuple[Consequence, ...],
) -> None:
    """One index."""
    anew = replaced(review, change, consequences)
    risk, follows = anew or (Risk.BEHAVIOUR if harmless and not refused else Risk.CONTRACT, effect)
    old, new = review.spans(change.key, word.replace("-", "_"))
    review.say(
        Finding(
            risk=risk,
            rule="replaced" if anew else "setting",
            subject=review.path(change.key, word, name),
            title=f"{review.called(change.key)} is replaced, since its index `{name}` {says}"
            if anew
            else f"index `{name}` of {review.called(change.key)} {says}",
            effect=follows,
            before=values[0],
            after=values[1],
            old=old,
            new=new,
            consequences=consequences,
        ),
        ("indexes", change.key),
    )


def said(side: Mapping[str, tuple[Mapping[str, Any], str]], name: str) -> str | None:
    """An index of one side in words."""
    found = side.get(name)
    return found[1] if found is not None else None


def shape(one: Mapping[str, Any], words: str) -> tuple[str, str, str]:
    """What an index is but for its capacity."""
    return words.partition(";")[0], plain(one.get("projection")), plain(one.get("attributes"))


def index(fields: Mapping[str, Value], one: Mapping[str, Any]) -> str:
    """An index as the language writes it."""
    projection, copied = one.get("projection"), one.get("attributes")
    more = {"KEYS_ONLY": "; project keys", "INCLUDE": f"; project {plain(copied)}"}.get(str(projection), "")
    more += "".join(f"; {name} {plain(one[name])}" for name in CAPACITY if name in one)
    return f"key {described(fields, one.get('key'))}{more}"


def described(fields: Mapping[str, Value], schema: Value) -> str:
    """A key as the language writes it: `customer: string, createdAt: number`."""
    types = {one.get("name"): one.get("type") for one in fields.get("attributes") or ()}
    ordered = sorted(schema or (), key=lambda one: one.get("type") != "HASH")
    return ", ".join(f"{one.get('attribute')}: {TYPES.get(types.get(one.get('attribute'), ''), 'unknown')}" for one in ordered)
