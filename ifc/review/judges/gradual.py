"""How traffic moves to new code: the alias of a function, its deployment group, and all that only follows from there being one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ifc.review.changes import POLICIES, Change, same_statements
from ifc.review.deployed.form import Key, Of, Text, Value, alike
from ifc.review.deployed.functions import LIVE
from ifc.review.finding import REPLACED, Consequence, Finding
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.version import Version
from ifc.review.words import several

OF_A_FUNCTION = ("alias", "version", "deployment group")
SHARED = ("deployments", "deployment speed")  # what comes with the first function that needs it, and goes with the last
CODEDEPLOY = "codedeploy.amazonaws.com"
SETTINGS = ("deploy", "provisioned")


def judge(review: Review) -> None:
    """Says how the deployments of which functions change."""
    if review.main is not review.pairs[0]:
        return
    decisive = [change for change in review.changes(*OF_A_FUNCTION) if decides(change)]
    functions = sorted({key for change in decisive if (key := function_of(change)) is not None and stays(review, key)})
    for index, function in enumerate(functions):
        consequences = [
            one
            for change in list(review.changes(*OF_A_FUNCTION))
            if function_of(change) == function and decides(change)
            for one in review.take(change.key)
        ]
        consequences += review.take(function, "publishes")
        if index == 0:
            consequences += shared(review)
        said(review, function, consequences)
    toggled = {
        key[1] for key in functions if ("alias", key[1]) in review.main.changes and gone_or_new(review.main.changes["alias", key[1]])
    }
    if toggled:
        follow(review, toggled)
    for change in list(review.changes("version")):  # published anew with whatever changed of the function: that is said
        if change.old is not None and change.new is not None:
            review.take(change.key, "made of")


def function_of(change: Change) -> Key | None:
    """The function that an alias, a version or a deployment group is of."""
    function = change.record.fields.get("function")
    if isinstance(function, Of):
        return function.kind, function.identity
    return ("function", change.key[1]) if change.kind == "deployment group" else None


def stays(review: Review, function: Key) -> bool:
    """Whether a function is there before and after: what comes and goes with it follows from that."""
    return function in review.main.old and function in review.main.new


def gone_or_new(change: Change) -> bool:
    """Whether something is not there on one side."""
    return change.old is None or change.new is None


def decides(change: Change) -> bool:
    """Whether a change is one of how a function is deployed, and no new version of it."""
    return gone_or_new(change) or set(change.fields) != {"made of"}


def shared(review: Review) -> list[Consequence]:
    """What follows for the things that the deployments of all functions share."""
    found = [one for change in list(review.changes(*SHARED)) for one in review.take(change.key)]
    for change in list(review.changes("role")):
        if all(trusted(record.fields.get("trust")) for record in (change.old, change.new) if record is not None):
            found += review.take(change.key)
    return found


def trusted(trust: Value) -> bool:
    """Whether only CodeDeploy may take a role of ours."""
    return CODEDEPLOY in repr(trust) and repr(trust).count("amazonaws.com") == 1


# --- what is said ---


def said(review: Review, function: Key, consequences: Sequence[Consequence]) -> None:
    """How the deployments of one function change."""
    before, after = (settings(version, review.name(function)) for version in (review.old, review.new))
    words = [word for word in SETTINGS if before.get(word) != after.get(word)] or list(SETTINGS[:1])
    change = review.main.changes.get(("alias", function[1]))
    behind = change is not None and change.old is None
    free = change is not None and change.new is None
    spans = [span(version, review.name(function), words) for version in (review.old, review.new)]
    at = review.say(
        Finding(
            risk=Risk.CONTRACT if free else Risk.BEHAVIOUR,
            rule="setting",
            subject=f"{review.path(function)}/{words[0]}",
            title=f"{several([f'`{word}`' for word in words])} of {review.called(function)} {'change' if words[1:] else 'changes'}",
            effect=f"whoever calls it from outside as `…:{LIVE}` finds nothing"
            if free
            else f"it is called by the alias `{LIVE}` from now on"
            if behind
            else "",
            before="; ".join(before[word] for word in words if word in before) or None,
            after="; ".join(after[word] for word in words if word in after) or None,
            old=spans[0],
            new=spans[1],
            consequences=tuple(consequences),
        ),
        ("alias", function),
    )
    review.found.alias(at, f"{review.path(function)}/alias")


def settings(version: Version, name: str) -> dict[str, str]:
    """What a function's source says of its deployments; empty for a side without source."""
    found: Any = version.plan.app.resources.get(name) if version.plan is not None else None
    said = {}
    for word in SETTINGS:
        origin = found.origins.get(word) if found is not None and getattr(found, word, None) else None
        if origin is not None and origin.span is not None:
            said[word] = " ".join(origin.span.text.split()).removeprefix(f"{word} ")
    return said


def span(version: Version, name: str, words: Sequence[str]) -> Any:
    """Where it stands."""
    found: Any = version.plan.app.resources.get(name) if version.plan is not None else None
    if found is None:
        return None
    places = (found.origins[word].span for word in words if word in found.origins)
    return next((place for place in places if place is not None), found.declared.span)


# --- what follows ---


def follow(review: Review, toggled: set[str]) -> None:
    """Hands whatever only names the alias now, or no longer, to the finding about the alias."""
    for pair in review.pairs:
        review.look_at(pair)
        ends = {ending(record.fields.get("name")) for id in toggled for record in (pair.old.get(("function", id)),) if record is not None}
        for change in list(review.changes()):
            if gone_or_new(change):
                continue
            names = [name for name in sorted(review.open(change)) if same(name, change, toggled, ends)]
            at = next((review.found.tied(("alias", ("function", id))) for id in sorted(toggled) if mentions(change, names, id, ends)), None)
            if not names or at is None:
                continue
            consequences = review.take(change.key, *names)
            review.fold(at, consequences)
            if any(one.action == REPLACED and one.type in ("AWS::Lambda::Url", "aws_lambda_function_url") for one in consequences):
                review.fold(at, (), Risk.REPLACED, f"the URL of {review.called(('function', change.key[1]))} is another one")
    review.look_at(review.pairs[0])


def same(name: str, change: Change, toggled: set[str], ends: set[str]) -> bool:
    """Whether a field says the same on both sides but for the alias."""
    field = change.fields[name]
    if name == "qualifier":
        return {field.before, field.after} <= {LIVE, "$LATEST", None}
    before, after = (called(value, toggled, ends) for value in (field.before, field.after))
    return same_statements(before, after) if name in POLICIES else alike(before, after)


def called(value: Value, toggled: set[str], ends: set[str]) -> Value:
    """A value in which functions are called without their aliases."""
    if isinstance(value, Of) and value.kind == "function" and value.identity in toggled and value.attribute in (LIVE, "arn", "name", "id"):
        return Of("function", value.identity, "arn")
    if isinstance(value, str):
        return unqualified(value, ends)
    if isinstance(value, Text):
        return Text(tuple(called(part, toggled, ends) for part in value.parts))
    if isinstance(value, Mapping):
        return {key: called(part, toggled, ends) for key, part in value.items()}
    return type(value)(called(part, toggled, ends) for part in value) if isinstance(value, list | tuple) else value


def unqualified(text: str, ends: set[str]) -> str:
    """A text without the alias behind the name of one of the functions."""
    bare = text.removesuffix(f":{LIVE}")
    return bare if bare != text and bare.endswith(tuple(ends)) else text


def ending(name: Value) -> str:
    """How the name of a function ends."""
    last = name.parts[-1] if isinstance(name, Text) else name
    return last if isinstance(last, str) else ""


def mentions(change: Change, names: Sequence[str], function: str, ends: set[str]) -> bool:
    """Whether fields are about the alias of a function; where a text alone tells, about any of them."""
    values = [change.fields[name].before for name in names] + [change.fields[name].after for name in names]
    return f"identity='{function}'" in repr(values) or change.key[1] == function or f":{LIVE}" in repr(values)
