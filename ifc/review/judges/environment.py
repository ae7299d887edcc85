"""Variables of functions: those that a verb passes on follow from the permission, others are said one by one."""

from __future__ import annotations

from ifc.review.changes import Change, Field
from ifc.review.deployed.form import Key, Value, parts
from ifc.review.finding import Finding
from ifc.review.places import is_text
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.words import several


def judge(review: Review) -> None:
    """Says which variables a function has otherwise than before."""
    for change in list(review.changes("function")):
        if "environment" in review.open(change) and change.old is not None and change.new is not None:
            variables(review, change)


def variables(review: Review, change: Change) -> None:
    """What became of a function's variables."""
    before, after = (
        value if isinstance(value, dict) else {} for value in (change.fields["environment"].before, change.fields["environment"].after)
    )
    names = sorted(name for name in {*before, *after} if not review.main.same(change.new, name, before.get(name), after.get(name)))
    causes: dict[str, int] = {}
    for name in names:
        cause = explained(review, change.key, before, after, name)
        if cause is not None:
            causes[name] = cause
    function = review.name(change.key)
    for name in names:
        cause = review.cause(Change(change.key, change.old, change.new, {name: Field(before.get(name), after.get(name))}), [name])
        if cause is not None:
            review.fold(cause, (), Risk.BEHAVIOUR, f"`{name}` in the environment of function `{function}` changes")
            causes[name] = cause
    left = [name for name in names if name not in causes]
    if not left and causes:
        for at in dict.fromkeys(causes.values()):
            review.fold(at, review.take(change.key, "environment"))
            elsewhere(review, at, function, [name for name in names if causes[name] == at], before, after)
        return
    gone = [name for name in left if name not in after]
    old, new = review.spans(change.key, "env")
    one = left[0] if len(left) == 1 else None
    review.say(
        Finding(
            risk=Risk.BEHAVIOUR,
            rule="setting",
            subject=f"function/{function}/env",
            title=f"`{one}` in the environment of function `{function}` changes"
            if one
            else f"the environment of function `{function}` changes",
            effect=f"code that reads {several([f'`{name}`' for name in gone], 'or')} finds nothing" if gone else "",
            before=review.value(before[one]) if one in before else None,
            after=review.value(after[one]) if one in after else None,
            details=() if one else tuple(line(review, name, before.get(name), after.get(name)) for name in left),
            old=old,
            new=new,
            consequences=review.take(change.key, "environment"),
        ),
        change=change,
        fields=("environment",),
    )


def explained(review: Review, function: Key, before: dict[str, Value], after: dict[str, Value], name: str) -> int | None:
    """The finding that a variable follows from: about a permission on what it names, or about that thing itself."""
    values = before.get(name), after.get(name)
    extern = review.found.tied("externs")
    if (
        extern is not None
        and None not in values
        and (called := {known(review, side, value) for side, value in enumerate(values)}) != {None}
    ):
        return review.found.tied(("extern", called.pop())) if len(called) == 1 else None
    keys = [thing(review, side, value) for side, value in enumerate(values) if value is not None]
    if not keys or any(key is None for key in keys):
        return None
    key = keys[0]
    if key is not None and key in review.main.old and key not in review.main.new:
        return review.found.tied(("removed", key))
    if len(keys) == 2:
        return about(review, key) if keys[0] == keys[1] else None
    permitted = review.found.tied(("permission", function, key))
    if permitted is not None:
        return permitted
    other = [n for n in (after if name in before else before) if n not in (before if name in before else after)]
    again = [n for n in other if thing(review, name in before, (after if name in before else before)[n]) == key]
    return about(review, key) if again else None


def thing(review: Review, side: int, value: Value) -> Key | None:
    """The thing that a variable names: by a reference, by its ARN or by its name."""
    places = review.places[side]
    located = places.found(value)
    if located is not None:
        return located[0]
    return places.named(value)


def known(review: Review, side: int, value: Value) -> str | None:
    """The name of the declaration that a variable names, also where that exists already."""
    key = thing(review, side, value)
    return review.name(key) if key is not None else review.addresses.get(parts(value)) if is_text(value) else None


def about(review: Review, key: Key | None) -> int | None:
    """The finding about a thing itself: that it has another name, or is another one."""
    if key is None:
        return None
    ties = (("renamed", key), ("replaced", key), ("setting", key, "name"))
    found = next((at for tie in ties if (at := review.found.tied(tie)) is not None), None)
    return found if found is not None else review.found.about(review.path(key))


def elsewhere(review: Review, at: int, function: str, names: list[str], before: dict[str, Value], after: dict[str, Value]) -> None:
    """Says of a variable that has another name, since what it names does."""
    gone, come = [n for n in names if n not in after], [n for n in names if n not in before]
    if gone and come:
        found = f"`{function}` finds it in {several([f'`{n}`' for n in come])}, and no longer in {several([f'`{n}`' for n in gone])}"
        review.fold(at, (), Risk.BEHAVIOUR, found)


def line(review: Review, name: str, before: Value, after: Value) -> str:
    """One variable."""
    if before is None:
        return f"+ {name} {review.value(after)}"
    return f"- {name} {review.value(before)}" if after is None else f"{name}: {review.value(before)} → {review.value(after)}"
