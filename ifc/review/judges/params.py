"""Params: what must be given at deployment, and what another default changes everywhere."""

from __future__ import annotations

from collections.abc import Iterator

from ifc.review.changes import Change, parameters, renamed
from ifc.review.deployed.form import Key, Record, Value, alike
from ifc.review.deployed.reading import plain
from ifc.review.finding import REPLACED, Consequence, Finding
from ifc.review.hazards import holds
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.things import MAIN
from ifc.review.words import several
from ifc.source import Span

LIMITS = {"least": "min", "most": "max", "longest": "at most this long", "one of": "one-of", "pattern": "pattern", "type": "type"}
FLAG = ("type", "one of")
PREFIX = "prefix"  # the param that the compiler adds where something has a name made from it


def judge(review: Review) -> None:
    """Says which params are new, gone or otherwise, and what becomes of all that holds their values."""
    for gone, come in list(renamed(review.changes("param"))):
        if PREFIX not in (gone.key[1], come.key[1]):
            becomes(review, gone, come)
    for change in list(review.changes("param")):
        if change.key[1] == PREFIX and (change.old is None or change.new is None):
            continue  # it follows from what has a name: `remainder` finds out from what
        if change.old is None:
            added(review, change)
        elif change.new is None:
            removed(review, change)
        else:
            changed(review, change)


def becomes(review: Review, gone: Change, come: Change) -> None:
    """A param that has another name."""
    title = f"param `{review.name(gone.key)}` becomes `{review.name(come.key)}`"
    at = say(review, gone, Risk.CONTRACT, "param-renamed", title, "a deployment that gives it a value by its old name fails")
    review.take(come.key)
    review.found.replace(at, new=place(review, come, new=True))
    review.found.alias(at, f"param/{review.name(come.key)}")


def added(review: Review, change: Change) -> None:
    """A new param."""
    default = change.record.fields.get("default")
    say(
        review,
        change,
        Risk.COSMETIC if default is not None else Risk.CONTRACT,
        "param-added",
        f"param `{review.name(change.key)}` is new",
        "" if default is not None else "a deployment that does not give it a value fails",
        after=review.value(default) if default is not None else None,
    )


def removed(review: Review, change: Change) -> None:
    """A param that is gone."""
    says, effect = f"param `{review.name(change.key)}` is removed", "a deployment that gives it a value fails"
    say(review, change, Risk.CONTRACT, "param-removed", says, effect)


def changed(review: Review, change: Change) -> None:
    """A param that stays: its default, what it takes, and whether it is hidden."""
    if "default" in review.open(change):
        default(review, change)
    name = review.name(change.key)
    if "secret" in review.open(change):
        hidden = bool(change.fields["secret"].after)
        risk = Risk.BEHAVIOUR if hidden else Risk.EXPOSED
        effect = "" if hidden else "its value can be read by whoever may look at the stack"
        say(review, change, risk, "param-secret", f"param `{name}` is {'hidden now' if hidden else 'no longer hidden'}", effect, "secret")
    limits = tuple(limit for limit in LIMITS if limit in review.open(change))
    if limits and set(limits) <= set(FLAG) and change.old and change.new and kind(change.old) == kind(change.new):
        review.take(change.key, *limits)
    elif limits:
        limited(review, change, limits)
    if "description" in review.open(change):
        field = change.fields["description"]
        words = (review.value(value) if value is not None else None for value in (field.before, field.after))
        before, after = words
        title = f"`description` of param `{name}` changes"
        say(review, change, Risk.COSMETIC, "setting", title, "", "description", before=before, after=after)
    if review.open(change):
        say(review, change, Risk.CONTRACT, "param-limits", f"param `{name}` takes other values")


def kind(record: Record) -> tuple[Value, ...]:
    """The type of a param and its values: a text that can only be `true` or `false` is a flag."""
    type, values = (record.fields.get(name) for name in FLAG)
    texts = sorted(map(str, values)) if isinstance(values, list) else []
    return ("flag",) if type == "flag" or texts == ["false", "true"] else (type, *texts)


def limited(review: Review, change: Change, limits: tuple[str, ...]) -> None:
    """What a param takes."""
    before, after = (
        ", ".join(f"{LIMITS[n]} {review.value(r.fields.get(n))}" for n in limits if r and n in r.fields) or "anything"
        for r in (change.old, change.new)
    )
    narrower = any(narrows(limit, change.fields[limit].before, change.fields[limit].after) for limit in limits)
    say(
        review,
        change,
        Risk.CONTRACT if narrower else Risk.BEHAVIOUR,
        "param-limits",
        f"param `{review.name(change.key)}` takes {'other' if narrower else 'more'} values",
        "a deployment that gives it another value fails" if narrower else "",
        *limits,
        before=before,
        after=after,
    )


def narrows(limit: str, before: Value, after: Value) -> bool:
    """Whether a value that was taken may be refused now."""
    if limit == "type":
        return True
    if before is None or after is None:
        return after is not None
    if limit == "one of":
        return bool(set(map(str, before)) - set(map(str, after)))
    return limit == "pattern" or bool(after > before if limit == "least" else after < before)


def default(review: Review, change: Change) -> None:
    """Another default: what it changes is folded into this finding where it is found."""
    field = change.fields["default"]
    name = review.name(change.key)
    says = "has no default any more" if field.after is None else "has a default" if field.before is None else "has another default"
    at = say(
        review,
        change,
        Risk.CONTRACT if field.after is None else Risk.BEHAVIOUR,
        "param-default",
        "the prefix of all names changes" if change.key[1] == PREFIX else f"param `{name}` {says}",
        "a deployment that does not give it a value fails" if field.after is None else "",
        "default",
        before=review.value(field.before) if field.before is not None else None,
        after=review.value(field.after) if field.after is not None else None,
    )
    review.found.tie(at, ("default", change.key[1]))
    if change.key[1] == PREFIX:
        names(review, at)


def names(review: Review, at: int) -> None:
    """What another prefix changes: names, and all that is replaced since its name is another one."""
    following: list[Consequence] = []
    worst: Risk | None = None
    replaced = []
    for key, same in holding(review):
        found = review.take(key, *same)
        following += found
        if any(one.action == REPLACED for one in found):
            lost = any(holds(one.type) is not None for one in found)
            worst = Risk.DATA if lost or worst == Risk.DATA else Risk.REPLACED
            replaced.append((not lost, key[0] not in MAIN, review.called(key)))
    names = list(dict.fromkeys(name for *_, name in sorted(replaced)))
    first = several(names[:3]) if not names[3:] else f"{', '.join(names[:3])} and {len(names) - 3} more"
    review.fold(at, following, worst, f"{first} {'is' if len(names) == 1 else 'are'} replaced" if names else "")


def holding(review: Review) -> Iterator[tuple[Key, tuple[str, ...]]]:
    """The things of which fields read as before and mean something else, since the prefix in them does."""
    found: dict[Key, set[str]] = {}
    for pair in review.pairs:
        for key, fields in review.left[pair.target].items():
            change = pair.changes[key]
            if key[0] != "param" and change.old is not None and change.new is not None:
                found.setdefault(key, set()).update(
                    n
                    for n in fields
                    if alike(change.fields[n].before, change.fields[n].after) and {*parameters(change.fields[n].after)} == {PREFIX}
                )
    yield from ((key, tuple(sorted(names))) for key, names in sorted(found.items()) if names)


def say(
    review: Review,
    change: Change,
    risk: Risk,
    rule: str,
    title: str,
    effect: str = "",
    *fields: str,
    before: str | None = None,
    after: str | None = None,
) -> int:
    """Adds a finding about a param; returns where it is."""
    review.take(change.key, *fields)
    return review.say(
        Finding(
            risk=risk,
            rule=rule,
            subject=f"param/{review.name(change.key)}" + (f"/{fields[0]}" if fields else ""),
            title=title,
            effect=effect,
            before=before,
            after=after,
            old=place(review, change, new=False),
            new=place(review, change, new=True),
        )
    )


def place(review: Review, change: Change, new: bool) -> Span | None:
    """Where a param stands."""
    version = review.new if new else review.old
    if version.plan is None or (change.new if new else change.old) is None:
        return None
    found = [p.span for p in version.plan.parameters if plain(p.name) == change.key[1]]
    return found[0] if found else version.plan.app.span
