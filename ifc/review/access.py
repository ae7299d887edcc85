"""Policies of the neutral form as sets of requests, and what they allow in the app's words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from ifc.review.deployed.form import Key, Known, Lookup, NotUnderstood, Record, Value, canonical, parts
from ifc.review.deployed.form import text as text_of
from ifc.review.deployed.policies import in_force
from ifc.review.inclusion import ALLOW, DENY, Permission, Policy
from ifc.review.places import Places, is_text, resolved
from ifc.review.words import plain, several, spaced

# How a verb reads between «may» and what it is about.
PHRASES = {
    "reads": "read",
    "writes": "write",
    "puts": "put into",
    "deletes": "delete from",
    "sends": "send to",
    "receives": "receive from",
    "publishes": "publish to",
    "calls": "call",
    "starts": "start",
}
SINGLE = {"s3:GetObject": "read objects of"}  # what no verb is, and yet often said
MODEL = {"http api": "api", "rest api": "api"}  # the kinds of the language, where they are called otherwise


def policy(documents: Iterable[Mapping[str, Any]], places: Places) -> Policy:
    """The statements of policies in the neutral form."""
    return tuple(statement(entry, places) for document in documents for entry in in_force(document))


def statement(entry: Mapping[str, Any], places: Places) -> Permission:
    """One single statement."""
    found: dict[str, Any] = {}
    word, value = entry["action"]
    if word == "NotAction":
        found["not_actions"] = frozenset(map(str, value))
    else:
        found["actions"] = frozenset([str(value)])
    if entry["resource"] is not None:
        word, value = entry["resource"]
        if word == "NotResource":
            found["not_resources"] = frozenset(pattern(one, places) for one in value)
        else:
            found["resources"] = frozenset([pattern(value, places)])
    if entry["principal"] is not None:
        word, value = entry["principal"]
        named = [principal(one, places) for one in (value if word == "NotPrincipal" else [value])]
        found["not_principals" if word == "NotPrincipal" else "principals"] = frozenset(named)
    conditions = frozenset(
        (operator, key, frozenset(pattern(one, places) for one in values)) for operator, key, values in entry["condition"]
    )
    effect = entry["effect"]
    if effect not in (ALLOW, DENY):  # IAM refuses it: what it may be meant to be is not the same as either
        effect, conditions = ALLOW, conditions | {(f"the effect {effect}", "", frozenset())}
    return Permission(effect=effect, conditions=conditions, **found)


def pattern(value: Value, places: Places) -> tuple[Any, ...]:
    """A text as the comparison takes it: fixed parts, and what is known only at deployment."""
    if isinstance(value, bool):
        return (str(value).lower(),)
    found = parts(resolved(value, places))
    return tuple(str(part) if isinstance(part, int | float) else atom(part) for part in found)


def atom(part: Value) -> Value:
    """A part that is known only at deployment; of a function that is not read, its text."""
    return part if is_text(part) else Lookup("unknown", canonical(part))


def principal(value: Value, places: Places) -> tuple[str, tuple[Any, ...]]:
    """A principal: its type, `*` for everyone, and who."""
    type, who = value if isinstance(value, tuple) else ("", value)
    return type, pattern(who, places)


def of_role(record: Record | None, places: Places) -> Policy:
    """What a role may do by its own policies."""
    documents = [one.get("policy") for one in record.fields.get("policies") or ()] if record is not None else []
    return tuple(unit for one in documents for unit in of_document(one, places))


def of_document(value: Value, places: Places) -> Policy:
    """What a policy says; nothing where there is none."""
    if value is None:
        return ()
    if not isinstance(value, Mapping) or "entries" not in value:
        raise NotUnderstood(f"no policy: {value}")  # as one that allows nothing it would hide what it allows
    return policy([value], places)


# --- what one thing allows of another ---


Thing = tuple[Key | None, str]  # one of the app's, or the text of a resource


class Holding:
    """A policy by the things that it is about."""

    def __init__(self, policy: Iterable[Permission], places: Places) -> None:
        self.policy, self.places = tuple(policy), places
        self._allowed: dict[Thing, list[Permission]] | None = None

    def allowed(self, thing: Thing) -> list[Permission]:
        """What it allows of one thing."""
        if self._allowed is None:
            self._allowed = dict(grouped((u for u in self.policy if u.effect == "Allow"), self.places))
        return self._allowed.get(thing, [])


def grouped(units: Iterable[Permission], places: Places) -> Iterator[tuple[Thing, list[Permission]]]:
    """Units by the thing that they are about: its key where it is one of the app's, and the text of the resource else."""
    found: dict[Thing, list[Permission]] = {}
    for unit in units:
        resource = next(iter(unit.resources), None)
        key, text = None, "everything"
        if resource is not None:
            located = places.found(text_of(resource))
            key, text = (located[0], "") if located is not None else (None, shown(resource))
        if unit.not_resources is not None:
            text = "everything else"
        found.setdefault((key, text), []).append(unit)
    yield from sorted(found.items(), key=lambda item: (str(item[0][0]), item[0][1]))


def shown(pattern: Iterable[Any]) -> str:
    """A pattern as a person writes it."""
    text = "".join(part if isinstance(part, str) else "aws" if part == Known("partition") else plain(part) for part in pattern)
    return "everything" if text == "*" else text.replace("${*}", "*")


def scope(units: Iterable[Permission], places: Places) -> str:
    """Which part of a thing some units are about: `in/*` of a bucket; "" for all of it."""
    found: set[str] = set()
    for unit in units:
        for resource in unit.resources:
            located = places.found(text_of(resource))
            behind = located[1] if located is not None else ""
            found.add(behind.removeprefix("/") if located is not None and located[0][0] == "bucket" else "")
    return "" if "*" in found or not found - {""} else " or ".join(sorted(found - {""}))


def conditions(units: Iterable[Permission]) -> list[str]:
    """The conditions that each of some units has, in words."""
    each = [{said(one) for one in unit.conditions} for unit in units]
    return sorted(set.intersection(*each)) if each else []


# Conditions that are often written, in plain words.
KNOWN = {
    ("IpAddress", "aws:sourceip"): "the request comes from {}",
    ("ArnEquals", "aws:sourcearn"): "it is for {}",
    ("ArnLike", "aws:sourcearn"): "it is for {}",
    ("StringEquals", "aws:sourceaccount"): "it is for the account {}",
}


def said(condition: tuple[str, str, frozenset[tuple[Any, ...]]]) -> str:
    """A condition in words."""
    operator, key, values = condition
    if (operator, key.lower()) == ("Bool", "aws:securetransport"):
        return "the request is encrypted" if values == frozenset([("true",)]) else "the request is not encrypted"
    if (operator, key.lower()) in KNOWN:
        return KNOWN[operator, key.lower()].format(several(sorted(shown(value) for value in values), "or"))
    return f"{key} {spaced(operator)} {several(sorted(shown(value) for value in values), 'or')}"


# --- words ---


@cache
def verbs(kind: str) -> Mapping[str, frozenset[str]]:
    """What each verb of a kind allows; empty for kinds that the language has no verbs for."""
    from ifc.kinds import kinds, load  # only a permission that changed needs them

    name = MODEL.get(kind, kind)
    if name not in kinds():
        return {}
    found = load(name).verbs
    return {verb: frozenset(a for access in accesses for a in access.actions) for verb, accesses in found.items()}


def phrase(kind: str, actions: Iterable[str]) -> str:
    """What someone may do, before what it is done with: `read and write`, or the actions that no verb has."""
    words, left = divided(kind, actions)
    return several([*words, *([f"do {several([f'`{action}`' for action in left])} on"] if left else [])])


def granted(kind: str, actions: Iterable[str], part: str = "") -> str:
    """What is allowed, as a list: verbs, then the actions that no verb has; "" where it is nothing."""
    words, left = divided(kind, actions)
    return ", ".join([*words, *left]) + (f" ({part})" if part and (words or left) else "")


def divided(kind: str, actions: Iterable[str]) -> tuple[list[str], list[str]]:
    """The verbs that some actions make up, and the actions that are left."""
    left = set(actions)
    words = []
    for verb, allowed in sorted(verbs(kind).items(), key=lambda item: (-len(item[1]), item[0])):
        if allowed and allowed <= left:
            words.append(PHRASES[verb])
            left -= allowed
    for single, word in SINGLE.items():
        if single in left:
            words.append(word)
            left.discard(single)
    return sorted(words), sorted(left)


def actions_of(units: Iterable[Permission]) -> list[str]:
    """The actions of some units, in order; of a negation, what it says."""
    found = {a for unit in units for a in unit.actions}
    found |= {f"everything but {several(sorted(unit.not_actions))}" for unit in units if unit.not_actions is not None}
    return sorted(found)
