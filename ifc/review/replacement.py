"""What a target does with a changed property: it makes the resource anew, refuses, or does not see it; and what is lost then.

Types are told apart by their spelling: `AWS::SQS::Queue` is CloudFormation's, `aws_sqs_queue` is Terraform's. What is not known
is None, never «no». The facts and their sources are in ifc/data/replacement.json and ifc/data/terraform-replaces.json.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from functools import cache
from typing import Any

from ifc.records import record
from ifc.review.overriding import TESTS, Properties, at

REPLACES = "replaces"  # a new one is made, and the old one goes
REFUSES = "refuses"  # the update fails
IGNORES = "ignores"  # nothing is changed, and nothing is said
RENEWS = "renews"  # in place, but something that belongs to it is a new one
DOES = (REPLACES, REFUSES, IGNORES, RENEWS)
# In a Terraform block, and no argument of the provider (Terraform language, Meta-Arguments).
META = {"//", "connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner", "timeouts"}


@record
class Effect:
    """What a target does with a changed property, beside changing it in place."""

    does: str  # one of `DOES`
    property: str  # the path of it, as the target spells it
    reason: str = ""  # a clause; "" where the target's reference only says that it is so


@record
class Override:
    """What the published data does not say of some properties of a type."""

    properties: tuple[str, ...]
    does: str
    when: str  # a name in `TESTS`; "" for always
    reason: str
    source: str


@record
class Facts:
    """All that is known of a type."""

    identity: tuple[str, ...]
    replaces: tuple[str, ...]
    known: frozenset[str]  # the names of all its properties
    defaults: Properties
    lasts: frozenset[str]  # properties that keep their value where they are taken out
    loses: str | None
    unique: tuple[str, ...]
    overrides: tuple[Override, ...]


# --- asking ---


def known(type: str) -> bool:
    """Whether anything is known of a type."""
    return facts(type) is not None


def stateful(type: str) -> str | None:
    """What is lost with a resource of this type, in words that `is lost` can follow; None where it holds nothing, or is not known."""
    found = facts(type)
    return found.loses if found else None


def identity(type: str) -> tuple[str, ...] | None:
    """The properties that identify a resource of this type; None where that is not known."""
    found = facts(type)
    return (found.identity or None) if found else None


def defaults(type: str) -> Properties | None:
    """What is meant where a property is not written, as far as it is documented; None for a type that is not known."""
    found = facts(type)
    return found.defaults if found else None


def replaces(type: str, path: str, before: Properties | None = None, after: Properties | None = None) -> bool | None:
    """Whether a resource is made anew because of the changed property at `path`; None where the type or the property is not known.

    `before` and `after` are all its properties, since some properties replace only in the light of others. Without them it
    is taken to be so: a false alarm is better than a miss.
    """
    found = facts(type)
    if found is None or _first(path) not in found.known:
        return None
    return any(e.does == REPLACES for e in _effects(found, path, before, after))


def effects(
    type: str, changed: Iterable[str], before: Properties | None = None, after: Properties | None = None
) -> tuple[Effect, ...] | None:
    """What a target does because of the properties at the paths `changed`, in order; None for a type that is not known.

    A resource that is made anew has all its new properties from the start, so nothing else is told of it then.
    """
    found = facts(type)
    if found is None:
        return None
    every = {(e.does, e.property, e.reason): e for path in changed for e in _effects(found, path, before, after)}
    anew = any(does == REPLACES for does, _, _ in every)
    return tuple(every[key] for key in sorted(every) if not anew or key[0] == REPLACES)


def unknown(type: str, changed: Iterable[str]) -> tuple[str, ...]:
    """The paths of which nothing is known, in order: of a property that this release has never heard of, or all of a type."""
    found = facts(type)
    return tuple(sorted({path for path in changed if found is None or _first(path) not in found.known}))


def collides(type: str, before: Properties, after: Properties) -> tuple[str, ...]:
    """The properties that no two resources may share, where a new one would share them with the old one.

    CloudFormation makes the new one before the old one goes (user guide, Update behaviors of stack resources), so that update
    fails; Terraform makes it afterwards. Empty where nothing is shared or the target makes up the name.
    """
    found = facts(type)
    if found is None or not found.unique:
        return ()
    named = _value(found, found.unique[0], after) is not None
    same = all(_value(found, p, before) == _value(found, p, after) for p in found.unique)
    return found.unique if named and same else ()


# --- finding out ---


def _effects(found: Facts, path: str, before: Properties | None, after: Properties | None) -> list[Effect]:
    """What follows from a change at a path, and of what is below it or above it."""
    made = [Effect(REPLACES, p) for p in found.replaces if _differs(found, p, path, before, after)]
    for override in found.overrides:
        for p in override.properties:
            if _differs(found, p, path, before, after) and _holds(found, override.when, p, before, after):
                made.append(Effect(override.does, p, override.reason))
    return made


def _differs(found: Facts, path: str, changed: str, before: Properties | None, after: Properties | None) -> bool:
    """Whether the property at `path` is another one, where `changed` is what is said to have changed."""
    said = path == changed or changed.startswith(path + ".")
    if not said and not path.startswith(changed + "."):
        return False
    if before is None or after is None:
        return True
    if path in found.lasts and at(after, path) is None:
        return False
    if _value(found, path, before) != _value(found, path, after):
        return True
    # What is spelled alike may mean two things, and who asks knows; but a default that is written out is the same.
    return said and (at(before, path) is None) is (at(after, path) is None)


def _holds(found: Facts, when: str, path: str, before: Properties | None, after: Properties | None) -> bool:
    """Whether the test of an override says so; where nothing can be tested, it is taken to be so."""
    if not when or before is None or after is None:
        return True
    return TESTS[when](_value(found, path, before), _value(found, path, after), before, after)


def _value(found: Facts, path: str, properties: Properties) -> Any:
    """What stands at a path, or what is meant where nothing does."""
    value = at(properties, path)
    return found.defaults.get(path) if value is None else value


def _first(path: str) -> str:
    return path.partition(".")[0]


# --- the data ---


@cache
def facts(type: str) -> Facts | None:
    """All that is known of a type; None where nothing is."""
    file = "replacement.json" if "::" in type else "terraform-replaces.json"
    found = _data(file)["types"].get(type)
    if found is None:
        return None
    mine = [one for one in _data(file)["overrides"] if one["type"] == type]
    replacing, staying = found["replaces"].split(), found["stays"].split()
    more = {} if "::" in type else dict.fromkeys(META)
    return Facts(
        identity=tuple(found.get("id", "").split()),
        replaces=tuple(replacing),
        known=frozenset([*map(_first, replacing), *staying, *more]),
        defaults={**found.get("defaults", {}), **{name: value for one in mine for name, value in one.get("defaults", {}).items()}},
        lasts=frozenset(found.get("lasts", "").split()),
        loses=next((one["loses"] for one in mine if "loses" in one), found.get("loses")),
        unique=tuple(found.get("unique", "").split()),
        overrides=tuple(
            Override(tuple(one["properties"].split()), one["does"], one.get("when", ""), one["reason"], one["source"])
            for one in mine
            if "does" in one
        ),
    )


@cache
def _data(file: str) -> dict[str, Any]:
    path = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", file)
    with open(path, encoding="utf-8") as stream:
        found: dict[str, Any] = json.load(stream)
    return found
