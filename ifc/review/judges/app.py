"""The app itself: where it is deployed, and what it says of everything in it."""

from __future__ import annotations

import re
from typing import Any

from ifc.review.changes import Change
from ifc.review.deployed.form import Value, alike
from ifc.review.deployed.reading import CFN
from ifc.review.finding import Finding
from ifc.review.hazards import holds
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.version import Version
from ifc.review.words import several
from ifc.source import Span

KEEPS = ("kept", "protected", "recovery")  # the fields in which `keep` shows


def judge(review: Review) -> None:
    """Says what one line of the app changes on everything: its region, whether data is kept, the boundary of all roles."""
    region(review)
    account(review)
    keep(review)
    boundary(review)
    if review.main.target == CFN:
        description(review)


def description(review: Review) -> None:
    """Says that an app is described otherwise, which shows in the template alone."""
    readers: list[Any] = [output.reader for output in (review.main.old, review.main.new)]
    before, after = (reader.content.get("Description") for reader in readers)
    plans = review.old.plan, review.new.plan
    if plans[0] is not None and plans[1] is not None:  # else the template has the app's name there
        before, after = (plan.app.description for plan in plans if plan is not None)
    if before != after:
        review.say(
            Finding(
                risk=Risk.COSMETIC,
                rule="setting",
                subject="app/description",
                title="`description` of the app changes",
                before=review.value(before),
                after=review.value(after),
                old=setting(review.old, "app"),
                new=setting(review.new, "app"),
            )
        )


# --- where ---


def region(review: Review) -> None:
    """Says that an app moves to another region, where nothing of it is yet."""
    before, after = (region_of(review, version) for version in (review.old, review.new))
    unknown = before is None or after is None
    review.take(("app", "app"))
    if before == after or (unknown and (review.main.target == CFN or (review.old.plan is None) is not (review.new.plan is None))):
        return  # a template has no place for it, so only another region is another one there
    lost = any(holds(review.main.old.type(key)) for key in review.main.old.ids)
    where = before or "the region that it was deployed to"
    review.say(
        Finding(
            risk=Risk.DATA if lost else Risk.REPLACED,
            rule="region",
            subject="app/region",
            title="the app moves to another region"
            if not unknown
            else "the app names another region"
            if before
            else "the app names a region",
            effect=f"everything is made anew there, and what is in {where} stays behind{' with its data' if lost else ''}",
            before=before,
            after=after,
            old=setting(review.old, "region"),
            new=setting(review.new, "region"),
        )
    )


def region_of(review: Review, version: Version) -> str | None:
    """The region that an app is for; None where it does not say."""
    if version.plan is not None:
        return version.plan.app.region
    output = review.main.old if version is review.old else review.main.new
    record = output.get(("app", "app"))
    return review.value(record.fields["region"]) if record is not None and "region" in record.fields else None


def setting(version: Version, word: str) -> Span | None:
    """Where the app says something; the app itself where it does not, or its stage does."""
    span = version.plan.app.span if version.plan is not None else None
    found = re.search(rf"(?<=[\s;{{]){word}\b[^;\n}}]*", span.text) if span is not None else None
    return Span(span.source, span.start + found.start(), span.start + found.end()) if span is not None and found else span


# --- what is kept ---


def account(review: Review) -> None:
    """Says that a stage is deployed to another account, where both sides have a source that could say so."""
    if review.old.plan is None or review.new.plan is None:
        return
    before, after = (version.plan.app.account for version in (review.old, review.new) if version.plan is not None)
    if before == after:
        return
    spans = [version.plan.app.places.get("account") if version.plan is not None else None for version in (review.old, review.new)]
    review.say(
        Finding(
            risk=Risk.CONTRACT if before and after else Risk.BEHAVIOUR,
            rule="setting",
            subject="app/account",
            title="`account` of the stage changes",
            effect="the next deployment makes all of it anew there, and what is in the old one stays"
            if before and after
            else "any account is deployed to"
            if before
            else "no other account is deployed to",
            before=before,
            after=after,
            old=spans[0],
            new=spans[1],
        )
    )


def keep(review: Review) -> None:
    """Says that `keep` of the app is another one, if several things follow it."""
    if review.old.plan is None or review.new.plan is None:
        return
    before, after = review.old.plan.app.keep, review.new.plan.app.keep
    following = [change for change in review.changes() if before is not after and follows(review, change)]
    if len(following) < 2:
        return
    names = sorted(review.called(change.key) for change in following)
    lost = before and not after
    review.say(
        Finding(
            risk=Risk.DATA if lost else Risk.BEHAVIOUR,
            rule="setting",
            subject="app/keep",
            title="`keep` of the app changes",
            effect=f"{several(names)} {'are deleted with their data when they leave' if lost else 'stay when they leave'} the app",
            before="on" if before else "off",
            after="on" if after else "off",
            old=setting(review.old, "keep"),
            new=setting(review.new, "keep"),
            consequences=tuple(c for change in following for c in review.take(change.key, *KEEPS)),
        )
    )


def follows(review: Review, change: Change) -> bool:
    """Whether something is kept, or not, because the app says so."""
    if change.old is None or change.new is None or "kept" not in review.open(change):
        return False
    return not any(
        "keep" in version.plan.app.resources[name].origins
        for version in (review.old, review.new)
        if version.plan is not None and (name := version.declared(change.key)) is not None
    )


# --- boundaries ---


def boundary(review: Review) -> None:
    """Says that roles have another permissions boundary; what several of them have is the app's."""
    groups: list[tuple[Value, Value, list[Change]]] = []
    for change in review.changes("role"):
        if change.old is None or change.new is None or "boundary" not in review.open(change):
            continue
        field = change.fields["boundary"]
        for before, after, members in groups:
            if alike(before, field.before) and alike(after, field.after):
                members.append(change)
                break
        else:
            groups.append((field.before, field.after, [change]))
    for before, after, members in groups:
        bounded(review, before, after, members)


def bounded(review: Review, before: Value, after: Value, members: list[Change]) -> None:
    """Roles that got, lost or changed their boundary alike."""
    alone = len(members) == 1
    whose = f"the role of `{review.name(members[0].key)}`" if alone else f"{len(members)} roles"
    spans = review.spans(members[0].key) if alone else tuple(setting(version, "boundary") for version in (review.old, review.new))
    review.say(
        Finding(
            risk=Risk.BEHAVIOUR if before is None else Risk.WIDER,
            rule="boundary",
            subject=f"role/{review.name(members[0].key)}/boundary" if alone else "app/boundary",
            title=f"the permissions boundary of {whose} {'is new' if before is None else 'is gone' if after is None else 'is another one'}",
            effect="nothing limits what their policies allow" if after is None else "",
            before=review.value(before) if before is not None else None,
            after=review.value(after) if after is not None else None,
            old=spans[0],
            new=spans[1],
            consequences=tuple(c for change in members for c in review.take(change.key, "boundary")),
        )
    )
