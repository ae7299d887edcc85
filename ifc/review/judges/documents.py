"""Policies in what is written in the words of the target: whom they let do something otherwise than before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ifc.review.access import actions_of, conditions, grouped, phrase, policy
from ifc.review.changes import Change, Field
from ifc.review.deployed import jsontext, policies
from ifc.review.deployed.form import UNREADABLE, Encoded, Value, alike
from ifc.review.deployed.kinds import BY_NAME, RAW
from ifc.review.finding import Finding
from ifc.review.inclusion import Comparison, Permission, compare
from ifc.review.judges.admissions import ANYBODY
from ifc.review.judges.permissions import called, kind_of, who
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.words import several

PLACE = "a policy"  # what stands in the place of a document while the rest is compared


def judge(review: Review) -> None:
    """Says what other policies allow otherwise than before."""
    for change in list(review.changes()):
        known = BY_NAME.get(change.kind)
        if change.kind != RAW and known is None:
            continue
        names = {field.name for field in known.fields} if known is not None else set()
        if change.old is None and change.new is not None and change.kind == RAW:
            new(review, change)
        for name in sorted(review.open(change) - names - {"tags", "kept"}):
            if change.old is not None and change.new is not None and name in change.fields:
                field(review, change, name, change.fields[name])


def new(review: Review, change: Change) -> None:
    """What the policies of something new allow: that makes it as bad as it is."""
    at = review.found.tied(("added", change.key))
    found = read([one for name, value in change.record.fields.items() for one in documents(value)])
    if at is None or found is None:
        return
    allowed = [unit for unit in policy(found, review.places[1]) if unit.effect == "Allow"]
    for units in by_holder(allowed):
        review.fold(at, (), Risk.EXPOSED if public(units) else Risk.WIDER, f"it lets {said(review, units)}")


def field(review: Review, change: Change, name: str, both: Field) -> None:
    """A property that holds policies."""
    before, after = list(documents(both.before)), list(documents(both.after))
    if not before and not after:
        return
    rest = alike(without(both.before), without(both.after))
    one, other = read(before), read(after)
    spans = review.spans(change.key)
    if one is None or other is None:
        unknown(review, change, name)
        return
    comparison = compare(policy(one, review.places[0]), policy(other, review.places[1]))
    if not rest and comparison.equal:
        return
    consequences = review.take(change.key, name)
    for risk, says, units in changes_of(comparison):
        exposed = risk == Risk.WIDER and public(units)
        holders = several(sorted({who(unit) for unit in units if unit.principals}))
        review.say(
            Finding(
                risk=Risk.EXPOSED if exposed else risk,
                rule="policy-widened" if risk == Risk.WIDER else "policy-narrowed",
                subject=review.path(change.key, name, " ".join(part for part in (says, holders, several(actions_of(units))) if part)),
                title=f"{review.called(change.key)} {says} {said(review, units)}",
                old=spans[0],
                new=spans[1],
                consequences=consequences,
            ),
            change=change,
            fields=(name,),
        )


def changes_of(comparison: Comparison) -> Iterator[tuple[Risk, str, list[Permission]]]:
    """What changed, in groups of one holder."""
    more = [*comparison.added, *(unit for pair in comparison.widened for unit in pair.after)]
    fewer = [*comparison.removed, *(unit for pair in comparison.narrowed for unit in pair.before)]
    lost = [unit for pair in comparison.unprotected for unit in pair.before]
    gained = [unit for pair in comparison.protected for unit in pair.after]
    for risk, says, units in (
        (Risk.WIDER, "now lets", more),
        (Risk.BEHAVIOUR, "no longer lets", fewer),
        (Risk.WIDER, "no longer denies", lost),
        (Risk.BEHAVIOUR, "now denies", gained),
    ):
        for group in by_holder(units):
            yield risk, says, group


def unknown(review: Review, change: Change, name: str) -> None:
    """A policy that can't be read."""
    spans = review.spans(change.key)
    review.say(
        Finding(
            risk=Risk.WIDER,
            rule="policy-changed",
            subject=review.path(change.key, name),
            title=f"`{name}` of {review.called(change.key)} changes",
            effect="it is a policy that can't be read, so it may let others do more",
            old=spans[0],
            new=spans[1],
            consequences=review.take(change.key, name),
        ),
        change=change,
        fields=(name,),
    )


def documents(value: Value) -> Iterator[Mapping[str, Value]]:
    """The policies in a value."""
    if isinstance(value, Encoded):
        yield from documents(value.value)
    elif isinstance(value, Mapping):
        if "Statement" in value or "entries" in value:
            yield value
        else:
            for part in value.values():
                yield from documents(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from documents(part)
    elif isinstance(value, str) and '"Statement"' in value:
        try:
            yield from documents(jsontext.content(value))
        except UNREADABLE:
            yield {"Statement": value}


def without(value: Value) -> Value:
    """A value with the same word in the place of each policy."""
    if isinstance(value, Encoded):
        return without(value.value)
    if isinstance(value, Mapping):
        return PLACE if "Statement" in value or "entries" in value else {key: without(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [without(part) for part in value]
    return PLACE if isinstance(value, str) and '"Statement"' in value else value


def read(found: Sequence[Mapping[str, Value]]) -> list[Mapping[str, Value]] | None:
    """Policies in the neutral form; None where one can't be read."""
    try:
        return [one if "entries" in one else policies.policy(one) for one in found]
    except UNREADABLE:
        return None


def by_holder(units: Sequence[Permission]) -> list[list[Permission]]:
    """Units of the same holder, conditions and resource together."""
    found: dict[tuple[str, ...], list[Permission]] = {}
    for unit in units:
        key = (who(unit) if unit.principals or unit.not_principals else "", *conditions([unit]), repr(sorted(map(repr, unit.resources))))
        found.setdefault(key, []).append(unit)
    return [found[key] for key in sorted(found)]


def public(units: Sequence[Permission]) -> bool:
    """Whether units are about everyone."""
    return all(
        (unit.principals and who(unit) == "everyone") and all(name.lower() in ANYBODY for _, name, _ in unit.conditions) for unit in units
    )


def said(review: Review, units: Sequence[Permission]) -> str:
    """What some units are about, in words."""
    holder = who(units[0]) if units[0].principals or units[0].not_principals is not None else "its holder"
    (thing, _), *_ = grouped(units, review.places[1])
    about = called(review, thing)
    only = conditions(units)
    where = f" where {several(only)}" if only else ""
    return f"{holder} {phrase(kind_of(review, thing), actions_of(units))} {about}{where}"
