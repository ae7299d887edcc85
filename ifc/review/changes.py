"""What two outputs of one target don't have in common: things that came, went or are otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import attrs

from ifc.review.deployed.form import (
    UNREADABLE,
    Commas,
    Encoded,
    Key,
    Lookup,
    Of,
    Param,
    Piece,
    Record,
    Text,
    Value,
    alike,
    canonical,
    ordered,
    text,
)
from ifc.review.deployed.kinds import BY_NAME, RAW
from ifc.review.deployed.output import Output, Reader, same_text
from ifc.review.deployed.policies import in_force
from ifc.review.deployed.reading import CFN, plain
from ifc.review.patterns import unordered
from ifc.review.rules import absent

# Lists whose order means nothing, by what the types of others call them.
SETS = (
    *("SubnetIds", "SecurityGroupIds", "SecurityGroups", "SecurityGroupIngress", "SecurityGroupEgress", "VPCSecurityGroups"),
    *("subnet_ids", "security_group_ids", "security_groups", "vpc_security_group_ids", "ingress", "egress", "cidr_blocks"),
    *("Roles", "Users", "Groups", "ManagedPolicyArns", "roles", "users", "groups", "managed_policy_arns", "AvailabilityZones"),
)
CODE = ("archive",)  # a review is of the infrastructure: new code alone changes nothing of it
# What is code, or is made of it, in types of others (SAM specification; CDK, Analytics reporting).
CODE_OF = {
    "AWS::Serverless::Function": ("CodeUri", "InlineCode"),
    "AWS::Serverless::LayerVersion": ("ContentUri",),
    "AWS::CDK::Metadata": ("Analytics",),
}
POLICIES = ("policies", "policy", "trust")
PATTERNS = (("subscription", "filter"), ("rule", "pattern"), ("mapping", "filters"))


@attrs.frozen
class Field:
    """A field before and after; None where it was not written."""

    before: Value
    after: Value


@attrs.frozen
class Change:
    """One thing that is not the same."""

    key: Key
    old: Record | None  # None: it is new
    new: Record | None  # None: it is gone
    fields: Mapping[str, Field]

    @property
    def kind(self) -> str:
        """What it is."""
        return self.key[0]

    @property
    def record(self) -> Record:
        """As it is now, or as it was."""
        found = self.new or self.old
        if found is None:
            raise TypeError("a change of nothing")
        return found


class Pair:
    """The outputs of two versions for one target."""

    def __init__(self, old: Output, new: Output) -> None:
        unread = {*old.unread, *new.unread}  # of a type that is none of ours
        self.old, self.new = united(old, new) if not unread else again(old, new, unread)
        self._texts: dict[Key, str] = {}
        self.moved: dict[Key, Key] = {}  # what was renamed: its old key by its new one
        self.translate: Callable[[Value], Value] = lambda value: value  # gives what was renamed its new name
        self.changes = self._changes()
        self.unread = {**old.unread, **new.unread, **self.old.unread, **self.new.unread}
        more = {*self.old.unread, *self.new.unread, *self._read_otherwise()}
        if more:  # what only one side could be read of must be compared as it stands on both
            self.old, self.new = again(old, new, unread | more)
            self.changes = self._changes()
        self.unreadable = self._unreadable()

    @property
    def target(self) -> str:
        """Whose outputs they are."""
        return self.old.target

    def either(self, key: Key) -> Record | None:
        """A thing as it is now, or as it was."""
        return self.new.get(key) or self.old.get(key)

    def text(self, key: Key) -> str:
        """What is written of a thing of the new output."""
        if key not in self._texts:
            self._texts[key] = json.dumps(self.new.written(key), default=str)
        return self._texts[key]

    def _changes(self) -> dict[Key, Change]:
        found = {}
        self._texts.clear()
        moved = self._other_values()
        for key in sorted({*self.old.keys(), *self.new.keys()}):
            if key in self.old and key in self.new and self._as_before(key, moved):
                continue
            one, other = self.old.get(key), self.new.get(key)
            if (one is None and key in self.old) or (other is None and key in self.new):
                continue  # it can't be read even as it stands
            fields = dict(self.fields(one, other))
            if fields or (one is None) is not (other is None):
                found[key] = Change(key, one, other, fields)
        return found

    def _as_before(self, key: Key, moved: list[str]) -> bool:
        """Whether a thing is written as it was, and what it holds means the same."""
        try:
            before, after = self.old.written(key), self.new.written(key)
        except UNREADABLE:
            return False
        if self.old.type(key) != self.new.type(key) or not same(before, after) or any(name in repr(after) for name in moved):
            return False
        return key not in self.old.joined and key not in self.new.joined  # which is looked at as a whole

    def _read_otherwise(self) -> Iterator[str]:
        """What only one side takes for a thing of a kind; to the other it is in the user's own words, by where it stands."""
        before = {id: key for key, id in self.old.ids.items()}
        yield from (id for key, id in self.new.ids.items() if (before.get(id, key)[0] == RAW) is not (key[0] == RAW))

    def _unreadable(self) -> dict[Key, str]:
        """What can't be compared, and why: what it refers to is not there, or it has a shape that nothing has."""
        found = {}
        for output in (self.old, self.new):
            found.update({key: output.unread[id] for key, id in output.ids.items() if id in output.unread})
        return found

    def _other_values(self) -> list[str]:
        """What means something else where it stands alike, as the target writes it; "" where that is everything."""
        before, after = self.old.defaults(), self.new.defaults()
        moved = {name for name in {*before, *after} if before.get(name) != after.get(name)}
        found = [name for name in names(self.new, "param") if plain(name) in moved] if moved else []
        if self.target != CFN:
            one, other = self.old.reader, self.new.reader
            found += ["local."] if getattr(one, "locals", None) != getattr(other, "locals", None) else []
            found += [""] if getattr(one, "providers", None) != getattr(other, "providers", None) else []  # it has tags for all
        return found

    def fields(self, old: Record | None, new: Record | None) -> Iterator[tuple[str, Field]]:
        """The fields in which two things differ."""
        before, after = (fields_of(record) if record else {} for record in (old, new))
        for name in sorted({*before, *after}):
            one, other = before.get(name), after.get(name)
            type = (old or new).fields.get("type") if old or new else None  # type: ignore[union-attr]
            if name not in CODE and name not in CODE_OF.get(str(type), ()) and not self.same((old or new), name, one, other):
                yield name, Field(one, other)

    def same(self, record: Record | None, name: str, one: Value, other: Value) -> bool:
        """Whether two values of a field mean the same: a default may be written out, a param may stand for its value."""
        if record is not None and (one is None or other is None):
            default = default_of(record.kind, name)
            one, other = (default if value is None else value for value in (one, other))
        if alike(one, other) and self.old.defaults() == self.new.defaults():
            return True
        one, other = settled(one, self.old.defaults()), settled(other, self.new.defaults())
        if name == "one of" and isinstance(one, list) and isinstance(other, list):
            one, other = ordered(one), ordered(other)
        if record is not None and (record.kind == RAW or name[:1].isupper()):
            one, other = in_order(name, one), in_order(name, other)
        if record is not None and (record.kind, name) in PATTERNS:
            one, other = unordered(one), unordered(other)
        return alike(one, other) or (same_statements(one, other) if name in POLICIES else loosely(one, other))


def united(old: Output, new: Output) -> tuple[Output, Output]:
    """Two outputs in which policies that stand apart belong to their roles, where they can be read and nobody else has them on either side."""
    sides = old.attached(), new.attached()
    if not any(sides):
        return old, new
    there = [{*output.ids.values()} for output in (old, new)]
    joined = {id for id in (*sides[0], *sides[1]) if all(id in side or id not in ids for side, ids in zip(sides, there, strict=True))}
    alone = {id for id in joined if all(side[id].alone for side in sides if id in side)}
    one, other = (
        Output(output.reader, {id: policy for id, policy in side.items() if id in joined}, alone)
        for output, side in zip((old, new), sides, strict=True)
    )
    return one, other


def again(old: Output, new: Output, unread: set[str]) -> tuple[Output, Output]:
    """Two outputs with some things taken as they stand."""
    one, other = (Output(output.reader.again(unread | parts_of(output.reader, unread))) for output in (old, new))
    return united(one, other)


def in_order(name: str, value: Value) -> Value:
    """A value of a property that is in the target's own words, with each list whose order means nothing in one order."""
    if isinstance(value, Mapping):
        return {key: in_order(str(key), part) for key, part in value.items()}
    if isinstance(value, list):
        parts = [in_order("", part) for part in value]
        return ordered(parts) if name in SETS else parts
    return value


def same(one: Any, other: Any) -> bool:
    """Whether two written things are the same but for the order of their keys; `true` is not 1."""
    return bool(one == other) and (repr(one) == repr(other) or same_text(one, other))


def names(output: Output, kind: str) -> list[str]:
    """The params, or the outputs, as the target calls them."""
    reader: Any = output.reader
    if output.target == CFN:
        return list(reader.section("Parameters" if kind == "param" else "Outputs"))
    return list(reader.variables if kind == "param" else reader.outputs)


def fields_of(record: Record) -> Mapping[str, Value]:
    """The fields of a thing; the tags of what is in the user's own words are a field like those of any other."""
    if record.kind != RAW or not record.fields.keys() & {"Tags", "tags"}:
        return record.fields
    return {"tags" if name in ("Tags", "tags") else name: tags(value) if name == "Tags" else value for name, value in record.fields.items()}


def tags(value: Value) -> Value:
    """Tags by their names, where they are a list of both."""
    if isinstance(value, list) and all(isinstance(one, Mapping) and one.keys() == {"Key", "Value"} for one in value):
        return {str(one["Key"]): one["Value"] for one in value}
    return value


def parts_of(reader: Reader, ids: set[str]) -> set[str]:
    """The blocks that belong to others: they must stand for themselves where those do."""
    known: Mapping[str, Mapping[str, list[str]]] = getattr(reader, "parts", {})
    return {block for id in ids for blocks in known.get(id, {}).values() for block in blocks}


def default_of(kind: str, name: str) -> Value:
    """What a field is where nothing is written; None where that is nothing, or not known."""
    known = BY_NAME.get(kind)
    found = next((field.default for field in known.fields if field.name == name), None) if known else None
    return absent(kind, name) if found is None else found


def loosely(one: Value, other: Value) -> bool:
    """Whether two values are the same to a service, which takes `"30"` for 30 and `"true"` for true."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(loosely(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(loosely, one, other))
    if isinstance(one, str) is not isinstance(other, str):
        return isinstance(one, SCALARS) and isinstance(other, SCALARS) and text((one,)) == text((other,))
    return alike(one, other)


SCALARS = (str, bool, int, float)


def same_statements(one: Value, other: Value) -> bool:
    """Whether policies say the same, whatever their statements are called and however they are split among policies."""
    (readable, entries), (also, others) = (policies_of(value) for value in (one, other))
    return readable is also and alike(entries, others)


def policies_of(value: Value) -> tuple[bool, Value]:
    """Whether some policies can be read, and all their single statements in one order, each once."""
    listed = value if isinstance(value, list) else [] if value is None else [value]
    documents = [one.get("policy", one) if isinstance(one, Mapping) else one for one in listed]
    known = [one for one in documents if isinstance(one, Mapping) and "entries" in one]
    if len(known) < len(documents):
        return False, listed
    entries = ordered(bare(entry) for document in known for entry in in_force(document))
    distinct = [entry for at, entry in enumerate(entries) if at == 0 or not alike(entry, entries[at - 1])]
    return True, distinct


def bare(entry: Mapping[str, Value]) -> dict[str, Value]:
    """A single statement without its name, its actions in small letters (IAM knows no case of actions)."""
    word, action = entry["action"]
    lower = tuple(sorted(str(one).lower() for one in action)) if isinstance(action, tuple) else str(action).lower()
    return {**{key: value for key, value in entry.items() if key != "sid"}, "action": (word, lower)}


def settled(value: Value, defaults: Mapping[str, Value]) -> Value:
    """A value with the defaults of params in their place."""
    if not defaults or isinstance(value, str):
        return value
    if isinstance(value, Param):
        return defaults.get(value.name, value)
    if isinstance(value, Text):
        return text(settled(part, defaults) for part in value.parts)
    if isinstance(value, Mapping):
        return {key: settled(part, defaults) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(settled(part, defaults) for part in value)
    if isinstance(value, Piece):
        return Piece(settled(value.text, defaults), value.separator, value.index)
    if isinstance(value, Commas):
        found = settled(value.values, defaults)
        return ",".join(map(str, found)) if isinstance(found, list) else Commas(found)
    if isinstance(value, Encoded):
        return Encoded(settled(value.value, defaults))
    if isinstance(value, Lookup):
        return Lookup(value.source, settled(value.key, defaults))
    return value


def renamed(changes: Iterable[Change]) -> Iterator[tuple[Change, Change]]:
    """What went and what came in its place: each pair is alike, and no other one is like it."""
    sides: tuple[dict[str, list[Change]], ...] = ({}, {})
    for change in changes:
        if change.old is None or change.new is None:
            sides[change.old is None].setdefault(canonical(dict(change.record.fields)), []).append(change)
    for content, gone in sides[0].items():
        come = sides[1].get(content, [])
        if len(gone) == len(come) == 1:
            yield gone[0], come[0]


def references(value: Value) -> Iterator[Of]:
    """The things that a value refers to."""
    yield from (part for part in leaves(value) if isinstance(part, Of))


def parameters(value: Value) -> Iterator[str]:
    """The params that a value is made of."""
    yield from (part.name for part in leaves(value) if isinstance(part, Param))


def leaves(value: Value) -> Iterator[Value]:
    """What a value is made of."""
    if isinstance(value, Mapping):
        for part in value.values():
            yield from leaves(part)
    elif isinstance(value, list | tuple | Text):
        for part in value.parts if isinstance(value, Text) else value:
            yield from leaves(part)
    elif isinstance(value, Piece):
        yield from leaves(value.text)
    elif isinstance(value, Commas | Encoded):
        yield from leaves(value.values if isinstance(value, Commas) else value.value)
    elif isinstance(value, Lookup):
        yield from leaves(value.key)
    else:
        yield value
