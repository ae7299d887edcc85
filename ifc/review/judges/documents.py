"""Policies in what is written in the words of the target: whom they let do something otherwise than before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from ifc.review.access import actions_of, conditions, grouped, phrase, policy
from ifc.review.changes import Change, Field, references
from ifc.review.deployed import jsontext, policies
from ifc.review.deployed.form import UNREADABLE, Encoded, Value, alike, canonical
from ifc.review.deployed.kinds import BY_NAME, RAW
from ifc.review.finding import Finding
from ifc.review.hazards import hazard
from ifc.review.inclusion import Comparison, Permission, compare
from ifc.review.judges.admissions import ANYBODY
from ifc.review.judges.permissions import called, holder_of, kind_of, who
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.words import several

PLACE = "a policy"  # what stands in the place of a document while the rest is compared
UNREAD = "a policy that can't be read, so it may let others do more"
# Where types have policies of IAM's: what stands there and can't be read may allow anything.
HOLDS_POLICIES = re.compile(
    r"((assume_?role_?)?policy(_?document)?|policies|key_?policy|resource_?policy|(re)?source_?policies|access_?policies"
    r"|repository_?policy(_?text)?|file_?system_?policy|inline_?policy)",
    re.I,
)
OTHER_POLICIES = re.compile(r"lifecycle|scaling|autoscal|backup|dlm|load_?balanc|elb|delivery|security_?policy|redrive", re.I)
PROFILES = ("AWS::IAM::InstanceProfile", "aws_iam_instance_profile")  # who uses one has the permissions of its role
ATTACHED = ("policy_arn", "PolicyArn", "policy_arns", "ManagedPolicyArns", "managed_policy_arns")  # policies of others
HOLDERS = ("Roles", "Users", "Groups", "roles", "users", "groups", "role", "user", "group", "RoleName", "UserName", "GroupName")


def judge(review: Review) -> None:
    """Says what other policies allow otherwise than before."""
    for change in review.main.changes.values():
        if change.kind == RAW and change.old is None:
            new(review, change)
        elif change.kind == RAW and change.new is None:
            gone(review, change)
    for change in list(review.changes()):
        known = BY_NAME.get(change.kind)
        if change.kind != RAW and known is None:
            continue
        names = {field.name for field in known.fields} if known is not None else set()
        for name in sorted(review.open(change) - names - {"tags", "kept"}):
            if change.old is not None and change.new is not None and name in change.fields:
                field(review, change, name, change.fields[name])


def new(review: Review, change: Change) -> None:
    """What the policies of something new allow: that makes it as bad as it is."""
    at = review.found.tied(("added", change.key))
    if at is None:
        return
    for name, value in sorted(change.record.fields.items()):
        verdict = hazard(name, None, value) if not held(change, name, value) else None
        if verdict is not None and verdict[0] < Risk.BEHAVIOUR:
            review.fold(at, (), *verdict)
    for name in sorted(change.record.fields.keys() & set(ATTACHED)):
        review.fold(
            at, (), Risk.WIDER, f"it gives the policy {several([f'`{review.value(one)}`' for one in listed(change.record.fields[name])])}"
        )
    found = read([one for name, value in change.record.fields.items() for one in held(change, name, value)])
    if found is None:
        review.fold(at, (), Risk.WIDER, f"it has {UNREAD}")
        return
    allowed = [unit for unit in policy(found, review.places[1]) if unit.effect == "Allow"]
    for units in by_holder(allowed):
        review.fold(at, (), Risk.EXPOSED if public(units) else Risk.WIDER, f"it lets {said(review, change, units)}")


def gone(review: Review, change: Change) -> None:
    """What the policies of something gone denied: that holds no longer for whatever stays of what they were about."""
    at = review.found.tied(("removed", change.key))
    if at is None or any((one.kind, one.identity) not in review.main.new for one in references(dict(change.record.fields))):
        return
    found = read([one for name, value in change.record.fields.items() for one in held(change, name, value)])
    if found is None:
        review.fold(at, (), Risk.WIDER, "it had a policy that can't be read, which may have denied something")
        return
    denied = [unit for unit in policy(found, review.places[0]) if unit.effect == "Deny"]
    for units in by_holder(denied):
        review.fold(at, (), Risk.WIDER, f"it no longer denies {refused(review, units, new=False)}")


def held(change: Change, name: str, value: Value) -> list[Mapping[str, Value]]:
    """The policies in a property; one that can't be read stands for whatever is there where policies belong."""
    found = list(documents(value))
    type = str(change.record.fields.get("type", ""))
    if not found and value and HOLDS_POLICIES.fullmatch(name) and not OTHER_POLICIES.search(type):
        return [{"Statement": value}]
    return found


def field(review: Review, change: Change, name: str, both: Field) -> None:
    """A property that holds policies."""
    if name in HOLDERS and change.record.fields.get("type") in PROFILES:
        profile(review, change, name, both)
        return
    if name in HOLDERS or name in ATTACHED:
        given(review, change, name, both)
        return
    before, after = held(change, name, both.before), held(change, name, both.after)
    if not before and not after:
        return
    if (both.before and not before) or (both.after and not after):
        unknown(review, change, name)  # what stands on one side in the place of a policy may allow anything
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
        denies, new = units[0].effect == "Deny", says.startswith("now")
        exposed = risk == Risk.WIDER and not denies and public(units)
        words = f"{says} {refused(review, units, new) if denies else said(review, change, units, new)}"
        review.say(
            Finding(
                risk=Risk.EXPOSED if exposed else risk,
                rule="policy-widened" if risk == Risk.WIDER else "policy-narrowed",
                subject=review.path(change.key, name, words.replace("`", "")),
                title=f"{review.called(change.key)} {words}",
                old=spans[0],
                new=spans[1],
                consequences=consequences,
            ),
            change=change,
            fields=(name,),
        )


def profile(review: Review, change: Change, name: str, both: Field) -> None:
    """With which role whatever uses an instance profile runs."""
    gone = not listed(both.after)
    spans = review.spans(change.key)
    review.say(
        Finding(
            risk=Risk.BEHAVIOUR if gone else Risk.WIDER,
            rule="role",
            subject=review.path(change.key, name),
            title=f"{review.called(change.key)} {'has no role any more' if gone else 'gives another role' if listed(both.before) else 'gives a role'}",
            effect="calls that need it fail with AccessDenied" if gone else "whatever runs with it may do what that role may",
            before=several([review.place(one) for one in listed(both.before)]) or None,
            after=several([review.place(one) for one in listed(both.after)]) or None,
            old=spans[0],
            new=spans[1],
            consequences=review.take(change.key, name),
        ),
        change=change,
        fields=(name,),
    )


def given(review: Review, change: Change, name: str, both: Field) -> None:
    """Whom a policy is given to, who can do from now on what it allows."""
    policies = [one for other, value in change.record.fields.items() for one in held(change, other, value)]
    if not policies and not change.record.fields.keys() & set(ATTACHED):
        return
    before, after = ({canonical(one) for one in listed(value)} for value in (both.before, both.after))
    come = [one for one in listed(both.after) if canonical(one) not in before]
    if name in ATTACHED:
        says, effect = ("gives other policies", "what they allow is not in this app") if come else ("gives fewer policies", "")
    else:
        says, effect = ("is given to others", "they may do what it allows") if come else ("is given to fewer", "")
    spans = review.spans(change.key)
    review.say(
        Finding(
            risk=Risk.WIDER if come else Risk.BEHAVIOUR,
            rule="policy-given",
            subject=review.path(change.key, name),
            title=f"{review.called(change.key)} {says}",
            effect=effect if come else "calls that need it fail with AccessDenied" if before != after else "",
            before=review.value(both.before) if both.before is not None else None,
            after=review.value(both.after) if both.after is not None else None,
            old=spans[0],
            new=spans[1],
            consequences=review.take(change.key, name),
        ),
        change=change,
        fields=(name,),
    )


def listed(value: Value) -> list[Value]:
    """One or several."""
    return value if isinstance(value, list) else [] if value is None else [value]


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
            effect=f"it is {UNREAD}",
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
        elif len(value) == 1 and next(iter(value)).startswith("Fn::"):
            # Which of several it will be is not known, so it is none that can be read.
            yield from ({"Statement": value} for _ in islice((one for part in value.values() for one in documents(part)), 1))
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


def refused(review: Review, units: Sequence[Permission], new: bool) -> str:
    """What some denials are about, in words."""
    (thing, _), *_ = grouped(units[:1], review.places[new])
    only, to = conditions(units), holder_of(units[0])
    actions = several([f"`{action}`" for action in actions_of(units)])
    return f"{actions} on {called(review, thing)}{f' to {to}' if to else ''}{f' where {several(only)}' if only else ''}"


def whose(review: Review, change: Change) -> str:
    """Who has a policy that names nobody, as far as it says so itself."""
    names = sorted({f"`{review.name((one.kind, one.identity))}`" for name in HOLDERS for one in references(change.record.fields.get(name))})
    return several(names) or "its holder"


def said(review: Review, change: Change, units: Sequence[Permission], new: bool = True) -> str:
    """What some units are about, in words."""
    holder = holder_of(units[0]) or whose(review, change)
    (thing, _), *_ = grouped(units, review.places[new])
    about = called(review, thing)
    only = conditions(units)
    where = f" where {several(only)}" if only else ""
    return f"{holder} {phrase(kind_of(review, thing), actions_of(units))} {about}{where}"
