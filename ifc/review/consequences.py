"""What a change does to a resource of a target."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from ifc.review.changes import Change, Pair
from ifc.review.deployed.form import Key, Record
from ifc.review.deployed.kinds import BY_NAME, PARTS
from ifc.review.deployed.output import Output, same_text
from ifc.review.deployed.reading import CFN
from ifc.review.finding import CREATED, DELETED, REPLACED, UPDATED, Consequence
from ifc.review.replacement import IGNORES, REFUSES, RENEWS, REPLACES, Effect, collides, effects, unknown
from ifc.review.things import remains

META = {
    "tags": ("Tags", "tags"),
    "kept": ("DeletionPolicy", "lifecycle.prevent_destroy"),
    "deletion": ("DeletionPolicy", "lifecycle.prevent_destroy"),
}
SAYS = {REFUSES: "the update is refused", IGNORES: "the change is ignored", RENEWS: "a part of it is made anew"}
POLICIES = ("policies", "managed")  # of a role: they may stand apart
OURS = {path for pair in META.values() for path in pair}


def consequence(pair: Pair, change: Change, fields: Collection[str]) -> Consequence:
    """What becomes of a thing, of which some fields changed."""
    output = pair.new if change.new is not None else pair.old
    what: dict[str, Any] = {"target": pair.target, "resource": output.id(change.key), "type": output.type(change.key)}
    if change.old is None:
        return Consequence(**what, action=CREATED)
    gone, replaced = (policy.startswith("Retain") for policy in remains(change.old))
    if change.new is None:
        return Consequence(**what, action=DELETED, kept=gone, remark=staying(pair.target) if gone else "")
    paths = changed(pair, change, fields)
    follows = effects(what["type"], paths, properties(pair.old, change.key), properties(pair.new, change.key)) or ()
    own = [path for path in paths if path.partition(".")[0] not in PARTS and path not in OURS]
    strange = unknown(what["type"], own)
    because = tuple(dict.fromkeys(one.property for one in follows if one.does == REPLACES))
    return Consequence(
        **what,
        action=REPLACED if because else UPDATED,
        properties=paths,
        because=because,
        kept=replaced and bool(because),
        remark="; ".join([*remarks(pair, change.key, follows, replaced, "name" in fields), *map(unsure, strange)]),
    )


def of_role(pair: Pair, change: Change, fields: Collection[str]) -> Iterator[Consequence]:
    """What becomes of a role and of its policies that stand apart; of some fields of the role only where they stand at it."""
    sides = [output.joined.get(key, {}) for output, key in ((pair.old, pair.moved.get(change.key, change.key)), (pair.new, change.key))]
    ids = sorted({*sides[0], *sides[1]})
    if not ids or not {*fields} & {*POLICIES}:
        yield consequence(pair, change, fields)
        return
    one, other = (properties(output, change.key) for output in (pair.old, pair.new))
    differ = [name for name in POLICIES if (path := spelled(change, name, pair.target)) and not same_text(one.get(path), other.get(path))]
    own = sorted({*fields} - {*POLICIES} | {*differ})
    if own or change.old is None or change.new is None:
        yield consequence(pair, change, own)
    for id in ids:
        yield from apart(pair, [side[id] for side in sides if id in side][-1].key)


def apart(pair: Pair, key: Key) -> Iterator[Consequence]:
    """What becomes of a policy that stands apart."""
    old, new = (dict(properties(output, key)) if output.has(key) else None for output in (pair.old, pair.new))
    records = [None if side is None else Record(*key, side) for side in (old, new)]
    names = [name for name in sorted({**(old or {}), **(new or {})}) if not same_text((old or {}).get(name), (new or {}).get(name))]
    if old is None or new is None or names:
        yield consequence(pair, Change(key, records[0], records[1], {}), names)


def remarks(pair: Pair, key: Key, follows: Iterable[Effect], kept: bool, renamed: bool) -> list[str]:
    """What else a target does, a clause each."""
    found = [f"{SAYS[one.does]}: {one.reason or one.property}" for one in follows if one.does in SAYS]
    if any(one.does == REPLACES for one in follows):
        shared = (
            collides(pair.new.type(key), properties(pair.old, key), properties(pair.new, key)) if pair.target == CFN and not renamed else ()
        )
        if shared:
            found.append(f"the update fails: the new one would have the {' and '.join(shared)} of the old one")
        if kept:
            found.append(staying(pair.target))
    return list(dict.fromkeys(found))


def unsure(path: str) -> str:
    """What is said of a property that nothing is known of."""
    return f"whether another {path} makes a new one is not known"


def staying(target: str) -> str:
    """What a target does with a kept thing that must go."""
    return "the old one stays behind, outside the stack" if target == CFN else "the plan fails as long as `prevent_destroy` stands"


def changed(pair: Pair, change: Change, fields: Iterable[str]) -> tuple[str, ...]:
    """The properties that some fields changed, as the target spells them, in order."""
    old, new = properties(pair.old, change.key), properties(pair.new, change.key)
    differing = {name for name in {*old, *new} if not same_text(old.get(name), new.get(name))}
    others = {spelled(change, name, pair.target) for name in change.fields}
    found: set[str] = set()
    for field in fields:
        path = spelled(change, field, pair.target)
        if path is not None and not path.startswith("~"):
            found.add(path)
        else:  # a shape of its own: whatever differs and is no other field's
            found |= differing - {other.partition(".")[0] for other in others if other is not None}
    return tuple(sorted(found))


def spelled(change: Change, field: str, target: str) -> str | None:
    """Where a target has a field; None where it has it in a shape of its own."""
    if field in META:
        return META[field][target != CFN]
    kind = BY_NAME.get(change.kind)
    known = next((one for one in kind.fields if one.name == field), None) if kind else None
    path = known.path(target) if known else None
    if path is None or (target != CFN and change.kind == "table" and field == "key"):
        return None if kind else field
    return path


def properties(output: Output, key: Key) -> Mapping[str, Any]:
    """All properties of a thing, as they are written; of what belongs to it the blocks by their types."""
    written = output.written(key) if output.has(key) else {}
    if output.target == CFN:
        found = written.get("Properties", {})
        return found if isinstance(found, Mapping) else {}
    id = output.id(key)
    own: dict[str, Any] = dict(written.get(id, {}))
    for address, block in written.items():
        if address != id and address.partition(".")[0] in PARTS:
            own.setdefault(address.partition(".")[0], []).append(block)
    return own
