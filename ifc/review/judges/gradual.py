"""How traffic moves to new code: the alias of a function, its deployment group, and all that only follows from there being one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ifc.review.access import of_role
from ifc.review.changes import POLICIES, Change, Pair, same_statements
from ifc.review.deployed.form import Key, Of, Record, Text, Value, alike
from ifc.review.deployed.form import text as text_of
from ifc.review.deployed.functions import LIVE
from ifc.review.finding import REPLACED, Consequence, Finding
from ifc.review.inclusion import Permission, compare
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.version import Version
from ifc.review.words import several, spaced

OF_A_FUNCTION = ("alias", "version", "deployment group")
SHARED = ("deployments", "deployment speed")  # what comes with the first function that needs it, and goes with the last
CODEDEPLOY = "codedeploy.amazonaws.com"
# What CodeDeploy does with a function and its alias, and all that it looks at (CodeDeploy user guide, Create a service role).
MOVES = {"lambda:getalias", "lambda:getprovisionedconcurrencyconfig", "lambda:invokefunction", "lambda:updatealias"}
LOOKS = {"cloudwatch:describealarms"}
PUBLISHED = {"made of", "CodeSha256"}  # what a version was made of
SETTINGS = ("deploy", "provisioned")
CALLS = (LIVE, "arn", "name", "id")  # the attributes of a function by which it is called


def judge(review: Review) -> None:
    """Says how the deployments of which functions change."""
    if review.main is not review.pairs[0]:
        return
    published(review)
    decisive = [change for change in review.changes(*OF_A_FUNCTION) if decides(change)]
    for change in decisive:
        ran_as(review, change)
    decisive = [change for change in decisive if change.key in review.left[review.main.target]]
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
        said(review, function, [one for one in decisive if function_of(one) == function], consequences)
    toggled = {
        key[1] for key in functions if ("alias", key[1]) in review.main.changes and gone_or_new(review.main.changes["alias", key[1]])
    }
    if toggled:
        review.toggled = toggled
        follow(review, toggled)


def published(review: Review) -> None:
    """Takes what a new version of a function is made of: it is published with whatever changed of the function, and that is said."""
    for change in list(review.changes("version")):
        if change.old is not None and change.new is not None:
            review.take(change.key, *PUBLISHED)
    for change in list(review.changes("alias")):
        if set(change.fields) != {"version"} or gone_or_new(change):
            continue
        both = [version_of(value) for value in (change.fields["version"].before, change.fields["version"].after)]
        changes = [review.main.changes.get(key) if key is not None else None for key in both]
        if all(one is not None and gone_or_new(one) for one in changes) and alike(*(made(one.record.fields) for one in changes if one)):
            for key in (change.key, *(one.key for one in changes if one is not None)):
                review.take(key)


def version_of(value: Value) -> Key | None:
    """The version that an alias stands for."""
    return ("version", value.identity) if isinstance(value, Of) and value.attribute == "version" else None


def made(fields: Mapping[str, Value]) -> dict[str, Value]:
    """A version without what it was made of."""
    return {name: value for name, value in fields.items() if name not in PUBLISHED}


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
    return gone_or_new(change) or not set(change.fields) <= PUBLISHED


def shared(review: Review) -> list[Consequence]:
    """What follows for the things that the deployments of all functions share."""
    found = [one for change in list(review.changes(*SHARED)) for one in review.take(change.key)]
    for change in list(review.changes("role")):
        if serves(review, change):
            found += review.take(change.key)
    return found


def serves(review: Review, change: Change) -> bool:
    """Whether a role is CodeDeploy's alone, and all that became of it is that it may move the traffic of other functions of the app."""
    if not all(trusted(record.fields.get("trust")) and not record.fields.get("managed") for record in (change.old, change.new) if record):
        return False
    if change.new is None:
        return True
    if change.old is not None and not review.open(change) <= {"policies"}:
        return False
    one, other = (of_role(record, place) for record, place in zip((change.old, change.new), review.places, strict=True))
    comparison = compare(one, other)
    more = [*comparison.added, *(unit for pair in comparison.widened for unit in pair.after)]
    return not comparison.unprotected and all(moves(review, unit) for unit in more)


def moves(review: Review, unit: Permission) -> bool:
    """Whether a permission is one that CodeDeploy needs for functions of the app."""
    actions = {action.lower() for action in unit.actions}
    if unit.not_actions is not None or unit.not_resources is not None or not actions <= MOVES | LOOKS:
        return False
    found = [review.places[1].found(text_of(resource)) for resource in unit.resources]
    return actions <= LOOKS or all(one is not None and one[0][0] == "function" for one in found)


def trusted(trust: Value) -> bool:
    """Whether nobody but CodeDeploy may take a role."""
    entries = trust.get("entries") if isinstance(trust, Mapping) else None
    allowed = [entry["principal"] for entry in entries or () if entry["effect"] == "Allow"]
    return bool(allowed) and all(one == ("Principal", ("Service", CODEDEPLOY)) for one in allowed)


def ran_as(review: Review, change: Change) -> None:
    """Says that deployments run with another role."""
    if change.kind != "deployment group" or gone_or_new(change) or "role" not in review.open(change):
        return
    field, function = change.fields["role"], function_of(change)
    called = review.called(function if function is not None else change.key)
    review.say(
        Finding(
            risk=Risk.WIDER,
            rule="role",
            subject=f"{review.path(function if function is not None else change.key)}/deploy/role",
            title=f"the deployments of {called} run with another role",
            effect="what it allows, they may do",
            before=review.place(field.before),
            after=review.place(field.after),
            old=review.spans(change.key)[0],
            new=review.spans(change.key)[1],
            consequences=review.take(change.key, "role"),
        )
    )


# --- what is said ---


def said(review: Review, function: Key, changes: Sequence[Change], consequences: Sequence[Consequence]) -> None:
    """How the deployments of one function change."""
    written = review.old.plan is not None and review.new.plan is not None
    before, after = (settings(version, review.name(function)) for version in (review.old, review.new))
    words = [word for word in SETTINGS if before.get(word) != after.get(word)] or list(SETTINGS[:1])
    aliases = [change for change in changes if change.kind == "alias"]
    lost = [
        change.old.fields.get("name") for change in aliases if change.old is not None and (change.new is None or "name" in change.fields)
    ]
    come = [
        change.new.fields.get("name") for change in aliases if change.new is not None and (change.old is None or "name" in change.fields)
    ]
    spans = [span(version, review.name(function), words) for version in (review.old, review.new)]
    at = review.say(
        Finding(
            risk=Risk.CONTRACT if lost else Risk.BEHAVIOUR,
            rule="setting",
            subject=f"{review.path(function)}/{words[0]}",
            title=f"{several([f'`{word}`' for word in words])} of {review.called(function)} {'change' if words[1:] else 'changes'}"
            if written
            else f"how {review.called(function)} is deployed changes",
            effect=f"whoever calls it from outside as {several([f'`…:{review.value(name)}`' for name in lost], 'or')} finds nothing"
            if lost
            else f"it is called by the alias {several([f'`{review.value(name)}`' for name in come])} from now on"
            if come
            else "",
            before="; ".join(before[word] for word in words if word in before) or None,
            after="; ".join(after[word] for word in words if word in after) or None,
            details=() if written else tuple(differences(review, changes)),
            old=spans[0],
            new=spans[1],
            consequences=tuple(consequences),
        ),
        ("alias", function),
    )
    review.found.alias(at, f"{review.path(function)}/alias")


def differences(review: Review, changes: Sequence[Change]) -> Iterator[str]:
    """What differs of the things by which a function is deployed, where no source says it."""
    for change in changes:
        for name, field in sorted(change.fields.items()) if not gone_or_new(change) else ():
            if name not in ("role", *PUBLISHED):
                yield f"{spaced(name)}: {review.value(field.before)} → {review.value(field.after)}"


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
        ends = endings(pair, toggled)
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


def endings(pair: Pair, toggled: set[str]) -> set[str]:
    """How the names of some functions end."""
    return {ending(record.fields.get("name")) for id in toggled for record in (pair.old.get(("function", id)),) if record is not None}


def unaliased(review: Review, record: Record | None) -> Record | None:
    """A role in which functions that got an alias, or lost it, are called without: that they did is said."""
    if record is None or not review.toggled:
        return record
    policies = called(record.fields.get("policies"), review.toggled, endings(review.main, review.toggled))
    return Record(record.kind, record.identity, {**record.fields, "policies": policies})


def same(name: str, change: Change, toggled: set[str], ends: set[str]) -> bool:
    """Whether a field says the same on both sides but for the alias."""
    field = change.fields[name]
    if name == "qualifier":
        return {field.before, field.after} <= {LIVE, "$LATEST", None}
    before, after = (called(value, toggled, ends) for value in (field.before, field.after))
    return same_statements(before, after) if name in POLICIES else alike(before, after)


def called(value: Value, toggled: set[str], ends: set[str]) -> Value:
    """A value in which functions are called without their aliases."""
    if isinstance(value, Of) and value.kind == "function" and value.identity in toggled and value.attribute.partition(" ")[0] in CALLS:
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
