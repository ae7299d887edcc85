"""Arrows: who is told of what, and what passes the filter."""

from __future__ import annotations

import re

from ifc.review.arrows import ARROWS
from ifc.review.changes import Change
from ifc.review.deployed.form import Key, Of, Record, Value, alike
from ifc.review.finding import Consequence, Finding
from ifc.review.judges.settings import setting
from ifc.review.patterns import EVERYTHING, covers
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.rules import rule
from ifc.review.things import single
from ifc.review.words import quoted
from ifc.source import Span

STRUCTURAL = ("role", "target", "protocol", "name")  # they follow from what an arrow is of


def judge(review: Review) -> None:
    """Says which arrows are new, gone, or let through something else."""
    retimed(review)
    for change in list(review.changes(*ARROWS)):
        if change.old is None or change.new is None:
            came_or_went(review, change)
        else:
            changed(review, change)
    for change in list(review.changes("schedule group")):
        if change.old is None or change.new is None:  # it comes with the first schedule and goes with the last
            at = review.found.tied("schedules")
            if at is not None:
                review.fold(at, review.take(change.key))


def came_or_went(review: Review, change: Change) -> None:
    """An arrow that is new, or gone."""
    gone = change.new is None
    words = review.arrow(change.key, new=not gone)
    old, new = review.spans(change.key)
    effect = ""
    if gone:
        effect = f"`{target(words)}` gets nothing more of it"
    elif shared := others(review, change):
        effect = f"each message goes either to it or to `{shared}`, which takes from this queue already"
    review.say(
        Finding(
            risk=Risk.CONTRACT if gone or effect else Risk.BEHAVIOUR,
            rule="arrow-removed" if gone else "arrow-added",
            subject=f"arrow/{words}",
            title=f"`{words}` is {'removed' if gone else 'new'}",
            effect=effect,
            before=condition(review, change.old, old),
            after=condition(review, change.new, new),
            old=old,
            new=new,
            consequences=(*review.take(change.key), *roles(review, change)),
        ),
        *ties(review, change),
    )


def ties(review: Review, change: Change) -> list[object]:
    """What an arrow ties together: its ends, and each of them alone."""
    found: list[object] = ["schedules"] if change.kind == "schedule" else []
    for record in (change.old, change.new):
        if record is None:
            continue
        start, end, _ = ARROWS[record.kind]
        source, to = (review.thing(record.fields.get(field)) for field in (start, end))
        placed = (review.new if record is change.new else review.old).placed.get(record.key)
        wired = review.declared.get(placed.wire.source.resource) if placed is not None and placed.wire is not None else None
        dead = failures(review, record)
        for one in (source if record.kind != "schedule" else None, wired, change.key):
            found += [("ends", one, to), *([("end", one)] if one is not None else []), *([("ends", one, dead)] if dead is not None else [])]
        found += [("end", to)] if to is not None else []
    return found


def failures(review: Review, record: Record) -> Key | None:
    """Where what an arrow could not deliver goes."""
    redrive = record.fields.get("redrive")
    value = (
        redrive.get("deadLetterTargetArn")
        if isinstance(redrive, dict)
        else record.fields.get("failures") or record.fields.get("dead letters")
    )
    return review.thing(value)


def target(words: str) -> str:
    """Where an arrow ends."""
    return words.rpartition(" -> ")[2]


def retimed(review: Review) -> None:
    """Says of schedules that came and went with the same target that they run at another time."""
    by_target: dict[str, list[Change]] = {}
    for change in review.changes("schedule"):
        if change.old is None or change.new is None:
            by_target.setdefault(target(review.arrow(change.key, new=change.new is not None)), []).append(change)
    for name, both in sorted(by_target.items()):
        gone, come = [c for c in both if c.new is None], [c for c in both if c.old is None]
        if len(gone) == len(come) == 1:
            before, after = review.arrow(gone[0].key, new=False), review.arrow(come[0].key, new=True)
            review.say(
                Finding(
                    risk=Risk.BEHAVIOUR,
                    rule="arrow-changed",
                    subject=f"arrow/{before}",
                    title=f"`{name}` runs at other times",
                    before=before,
                    after=after,
                    old=review.old.span(gone[0].key),
                    new=review.new.span(come[0].key),
                    consequences=(*review.take(gone[0].key), *roles(review, gone[0]), *review.take(come[0].key), *roles(review, come[0])),
                ),
                *ties(review, gone[0]),
                *ties(review, come[0]),
            )


def others(review: Review, change: Change) -> str:
    """Another function that takes from the same queue, as it did before."""
    source = change.record.fields.get("source")
    if change.kind != "mapping" or not isinstance(source, Of) or source.kind != "queue":
        return ""
    found = [r for r in review.main.old.of_kind("mapping") if alike(r.fields.get("source"), source) and r.key in review.main.new]
    return target(review.arrow(found[0].key, new=False)) if found else ""


def roles(review: Review, change: Change) -> tuple[Consequence, ...]:
    """What becomes of the role by which a service delivers along an arrow that came or went."""
    role = single(change.record.fields.get("role"))
    other = review.main.changes.get(role) if role is not None else None
    if role is None or other is None or (other.old is not None and other.new is not None):
        return ()
    return review.take(role)


def changed(review: Review, change: Change) -> None:
    """An arrow that stays: its ends, its filter, and then its settings."""
    start, end, filter = ARROWS[change.kind]
    words, left = review.arrow(change.key, new=True), review.open(change)
    moved = sorted({start, end, *(("zone",) if change.kind == "schedule" else ())} & left)
    if moved:
        redirected(review, change, moved, words)
    if filter in left:
        filtered(review, change, str(filter), words)
    for name in STRUCTURAL:
        if name in review.open(change) and moved:
            review.attach(f"arrow/{words}", change.key, name)
    by_word: dict[str, list[str]] = {}
    for name in sorted(review.open(change) - {*STRUCTURAL, "tags", "kept"}):
        by_word.setdefault(rule(change.kind, name).word, []).append(name)
    for word, names in by_word.items():
        setting(review, change, word, names)


def redirected(review: Review, change: Change, moved: list[str], words: str) -> None:
    """An arrow that comes from somewhere else, or goes there, or runs at other times."""
    before = review.arrow(change.key, new=False)
    later = change.kind == "schedule" and ARROWS["schedule"][1] not in moved
    old, new = review.spans(change.key)
    consequences = (*review.take(change.key, *moved), *roles(review, change))
    review.say(
        Finding(
            risk=Risk.BEHAVIOUR if later else Risk.CONTRACT,
            rule="arrow-changed",
            subject=f"arrow/{words}",
            title=f"`{target(words)}` runs at other times"
            if later
            else f"`{before}` becomes `{words}`"
            if before != words
            else f"`{words}` has another end",
            effect=""
            if later
            else f"`{target(before)}` gets nothing more of it"
            if target(before) != target(words)
            else "other events come",
            before=before if before != words else review.value([change.fields[name].before for name in moved]),
            after=words if before != words else review.value([change.fields[name].after for name in moved]),
            old=old,
            new=new,
            consequences=consequences,
        ),
        *ties(review, change),
        change=change,
        fields=moved,
    )


def filtered(review: Review, change: Change, filter: str, words: str) -> None:
    """An arrow that lets through something else."""
    field = change.fields[filter]
    everything, nothing = (value in EVERYTHING for value in (field.after, field.before))
    more, fewer = (
        wide in EVERYTHING or ("scope" not in review.open(change) and covers(wide, narrow))
        for wide, narrow in ((field.after, field.before), (field.before, field.after))
    )
    passes = (
        "everything" if everything else "only some events" if nothing else f"{'more' if more else 'fewer' if fewer else 'other'} events"
    )
    old, new = review.spans(change.key)
    review.say(
        Finding(
            risk=Risk.BEHAVIOUR if more else Risk.CONTRACT,
            rule="filter-changed",
            subject=f"arrow/{words}/where",
            title=f"`{words}` lets through {passes}",
            effect="" if more else f"`{target(words)}` no longer gets what does not pass",
            before=condition(review, change.old, old) or "everything",
            after=condition(review, change.new, new) or "everything",
            old=old,
            new=new,
            consequences=review.take(change.key, filter, "scope"),
        ),
        change=change,
        fields=(filter,),
    )


def condition(review: Review, record: Record | None, span: Span | None) -> str | None:
    """What passes an arrow: the filter as it was written, or as its service has it; None where everything does."""
    filter = ARROWS[record.kind][2] if record is not None else None
    found = record.fields.get(filter) if record is not None and filter else None
    if found in EVERYTHING:
        return None
    written = re.search(r"\bwhere\b(.*?)(?:->|\{|$)", span.text, re.S) if span is not None else None
    if written:
        return f"where {' '.join(written[1].split())}"
    if span is not None:
        return None  # its port says it: `Orders.expired`
    patterns = [one.get("pattern", one) if isinstance(one, dict) else one for one in found] if isinstance(found, list) else [found]
    return " or ".join(pattern_of(review, pattern) for pattern in patterns)


def pattern_of(review: Review, pattern: Value) -> str:
    """A pattern of a service's own."""
    return quoted(pattern, lambda of: review.name((of.kind, of.identity)))


def arrow_of(review: Review, source: Key | None, to: Key | None) -> int | None:
    """The finding about the arrow between two things."""
    return review.found.tied(("ends", source, to))
