"""Buckets: what expires of them, which pages may ask, and who is told of their objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from ifc.review.changes import Change, settled
from ifc.review.deployed.form import Key, Value, canonical
from ifc.review.finding import Finding
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.rules import FEWER_PAGES, number, texts
from ifc.review.version import Version
from ifc.review.words import plain, seconds, several
from ifc.source import Span

ENDLESS = float("inf")


def judge(review: Review) -> None:
    """Says what became of the rules of buckets."""
    for change in list(review.changes("bucket")):
        if change.old is None or change.new is None:
            continue
        if "lifecycle" in review.open(change):
            lifecycle(review, change)
        if "cors" in review.open(change):
            cors(review, change)
        if "notifications" in review.open(change):
            notifications(review, change)


# --- what expires ---


def lifecycle(review: Review, change: Change) -> None:
    """What is deleted or moved after some days, rule by rule; all that a bucket says of it is one finding."""
    before, after = (rules(review, change, new) for new in (False, True))
    deleted = sooner(before, after, "expires")
    versions = sooner(before, after, "old expire") or fewer(before, after)
    details = tuple(
        f"{whose(one or other or {})}: {said(one)} → {said(other)}"
        for name in sorted({*before, *after})
        if (one := before.get(name)) != (other := after.get(name))
    )
    spans = review.spans(change.key, "lifecycle")
    alone = details[0].partition(": ")[2].split(" → ") if len(details) == 1 else None
    effects = [*(["objects are deleted"] if deleted else []), *(["replaced versions are deleted"] if versions else [])]
    review.say(
        Finding(
            risk=Risk.DATA if effects else Risk.BEHAVIOUR,
            rule="setting",
            subject=review.path(change.key, "lifecycle"),
            title=f"`lifecycle` of {review.called(change.key)} changes",
            effect=f"{' and '.join(effects)} that would have stayed" if effects else "",
            before=alone[0] if alone else None,
            after=alone[1] if alone else None,
            details=() if alone else details,
            old=spans[0],
            new=spans[1],
            consequences=review.take(change.key, "lifecycle"),
        ),
        change=change,
        fields=("lifecycle",),
    )


def rules(review: Review, change: Change, new: bool) -> dict[str, Mapping[str, Any]]:
    """The rules of one side by the beginning of keys that they are for, and else by their ids."""
    record, output = (change.new, review.main.new) if new else (change.old, review.main.old)
    found: dict[str, Mapping[str, Any]] = {}
    for one in (settled(record.fields.get("lifecycle"), output.defaults()) if record is not None else None) or ():
        prefix = plain(one.get("prefix") or "")
        found[f"{prefix} {one.get('id')}" if prefix in found else prefix] = one
    return found


def sooner(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]], field: str) -> bool:
    """Whether something expires earlier than by any rule before; for whom a rule is only counts where it is wider."""
    return any(
        length(one, field) < min((length(old, field) for old in before.values() if covers(old, one)), default=ENDLESS)
        for one in after.values()
    )


def fewer(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether fewer of the replaced versions are kept."""
    return any(
        length(one, "old expire") < ENDLESS and (one.get("old kept") or 0) < (old.get("old kept") or 0)
        for one in after.values()
        for old in before.values()
        if covers(old, one)
    )


def length(rule: Mapping[str, Any], field: str) -> float:
    """After how many days a rule deletes something."""
    value = rule.get(field)
    if value is None or rule.get("status", "Enabled") != "Enabled":
        return ENDLESS
    return float(value) if number(value) else 0.0  # one that is known only at deployment may be any


def covers(wide: Mapping[str, Any], narrow: Mapping[str, Any]) -> bool:
    """Whether a rule is for all keys that another one is for."""
    return str(narrow.get("prefix") or "").startswith(str(wide.get("prefix") or ""))


def whose(rule: Mapping[str, Any]) -> str:
    """For which keys a rule is."""
    return f'"{plain(rule["prefix"])}*"' if rule.get("prefix") else "every object"


def said(rule: Mapping[str, Any] | None) -> str:
    """A rule as the language writes it."""
    if rule is None:
        return "none"
    words = [f"expire after {plain(rule['expires'])}d"] if "expires" in rule else []
    words += [f"to {one.get('to')} after {plain(one.get('after'))}d" for one in rule.get("moves") or ()]
    words += [f"abort-uploads after {plain(rule['uploads'])}d"] if "uploads" in rule else []
    old = [f"after {plain(rule['old expire'])}d"] if "old expire" in rule else []
    old += [f"keep {plain(rule['old kept'])}"] if "old kept" in rule else []
    old += [f"to {one.get('to')} after {plain(one.get('after'))}d" for one in rule.get("old moves") or ()]
    words += [f"noncurrent {', '.join(old)}"] if old else []
    known = {"id", "status", "prefix", "expires", "moves", "uploads", "old expire", "old kept", "old moves"}
    words += [f"{name} {plain(value)}" for name, value in sorted(rule.items()) if name not in known]
    return ", ".join(words) or "nothing"


# --- other origins ---


def cors(review: Review, change: Change) -> None:
    """Which pages may do what."""
    field = change.fields["cors"]
    one, other = (settled(value, output.defaults()) for value, output in ((field.before, review.main.old), (field.after, review.main.new)))
    wider = bool(gathered(other, "origins") - gathered(one, "origins")) and "*" not in gathered(one, "origins")
    fewer_pages = any(gathered(one, name) - gathered(other, name) for name in ("origins", "methods", "headers", "expose"))
    spans = review.spans(change.key, "cors")
    review.say(
        Finding(
            risk=Risk.EXPOSED if wider else Risk.CONTRACT if fewer_pages else Risk.BEHAVIOUR,
            rule="setting",
            subject=review.path(change.key, "cors"),
            title=f"`cors` of {review.called(change.key)} changes",
            effect="pages of more origins may ask for objects" if wider else FEWER_PAGES if fewer_pages else "",
            before=shared(one),
            after=shared(other),
            old=spans[0],
            new=spans[1],
            consequences=review.take(change.key, "cors"),
        ),
        change=change,
        fields=("cors",),
    )


def gathered(value: Value, name: str) -> set[str]:
    """All entries of the lists of one name."""
    return {text for one in value or () for text in texts(one.get(name))}


def shared(value: Value) -> str:
    """Rules for other origins in one line."""
    return (
        " or ".join(
            ", ".join(f"{name} {seconds(part, plain) if name == 'max age' else plain(part)}" for name, part in sorted(one.items()))
            for one in value or ()
        )
        or "none"
    )


# --- who is told ---


@attrs.frozen
class Notice:
    """One notification of a bucket."""

    words: str
    pattern: str
    events: frozenset[str]
    ends: tuple[str, str]  # how the keys begin and end that it is for
    target: Key | None
    whole: str  # all that it says

    def covers(self, other: Notice) -> bool:
        """Whether it tells of all that another one tells of."""
        (begin, end), (longer, later) = self.ends, other.ends
        events = all(event in self.events or f"{event.rpartition(':')[0]}:*" in self.events for event in other.events)
        return events and longer.startswith(begin) and later.endswith(end)


def notices(review: Review, key: Key, value: Value) -> Iterator[Notice]:
    """The arrows of a bucket."""
    for one in value or ():
        ports = sorted({"created" if "Created" in str(event) else "removed" for event in one.get("events", ())})
        ends = plain(one.get("prefix") or ""), plain(one.get("suffix") or "")
        pattern = "*".join(ends)
        words = f"{review.name(key)}.{'/'.join(ports)} -> {review.place(one.get('target'))}"
        some = [str(event) for event in one.get("events", ()) if not str(event).endswith(":*")]
        pattern = " of ".join(part for part in ("everything" if pattern == "*" else pattern, several(some)) if part)
        whole = canonical({name: value for name, value in one.items() if name != "id"})
        yield Notice(words, pattern, frozenset(map(str, one.get("events", ()))), ends, review.thing(one.get("target")), whole)


def notifications(review: Review, change: Change) -> None:
    """Who is told of a bucket's objects."""
    field = change.fields["notifications"]
    consequences = review.take(change.key, "notifications")
    sides: list[dict[str, list[Notice]]] = []
    for value in (field.before, field.after):
        by_words: dict[str, list[Notice]] = {}
        for notice in notices(review, change.key, value):
            by_words.setdefault(notice.words, []).append(notice)
        sides.append(by_words)
    for words in sorted({*sides[0], *sides[1]}):
        before, after = (side.get(words, []) for side in sides)
        if sorted(notice.whole for notice in before) != sorted(notice.whole for notice in after):
            noticed(review, change, words, before, after, consequences)


def noticed(review: Review, change: Change, words: str, before: list[Notice], after: list[Notice], consequences: Any) -> None:
    """One arrow of a bucket that came, went, or is for other keys."""
    target = (*before, *after)[0].target
    spans = [span_of(version, words) or review.spans(change.key)[index] for index, version in enumerate((review.old, review.new))]
    gone, new = not after, not before
    narrower = not all(any(other.covers(one) for other in after) for one in before)
    wider = not all(any(one.covers(other) for one in before) for other in after)
    passes = "other" if narrower and wider else "fewer" if narrower else "more"
    last = words.rpartition(" ")[2]
    review.say(
        Finding(
            risk=Risk.BEHAVIOUR if new or not (gone or narrower) else Risk.CONTRACT,
            rule="arrow-removed" if gone else "arrow-added" if new else "filter-changed",
            subject=f"arrow/{words}",
            title=f"`{words}` {'is removed' if gone else 'is new' if new else f'lets through {passes} objects'}",
            effect=f"`{last}` gets nothing more of it" if gone else f"`{last}` no longer gets what does not pass" if narrower else "",
            before=" or ".join(sorted(notice.pattern for notice in before)) or None,
            after=" or ".join(sorted(notice.pattern for notice in after)) or None,
            old=None if new else spans[0],
            new=None if gone else spans[1],
            consequences=consequences,
        ),
        ("ends", change.key, target),
        ("end", change.key),
        *([("end", target)] if target is not None else []),
    )


def span_of(version: Version, words: str) -> Span | None:
    """Where an arrow of a bucket stands."""
    source, _, target = words.partition(" -> ")
    name, _, port = source.partition(".")
    wires = version.plan.app.wires_from(name, port) if version.plan is not None else ()
    return next((wire.span for wire in wires if wire.target.resource == target), None)
