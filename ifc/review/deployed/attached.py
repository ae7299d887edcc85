"""Policies that stand apart from the roles that have them: what a role may do is all of them together (IAM user guide, Policies)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from ifc.review.deployed.form import UNREADABLE, Key, NotUnderstood, Of, Value, canonical
from ifc.review.deployed.functions import ATTACHMENT, ROLE_POLICY
from ifc.review.deployed.kinds import RAW
from ifc.review.deployed.reading import CFN, document

MANAGED = {"cfn": "AWS::IAM::ManagedPolicy", "terraform": "aws_iam_policy"}
TYPES = ("AWS::IAM::Policy", "AWS::IAM::RolePolicy", ROLE_POLICY, *MANAGED.values())
# What may be written of one that is read; with a `Condition`, a `count` or their like it stands for itself.
ATTRIBUTES = ("Type", "Properties", "DependsOn", "Metadata")
PROPERTIES = (
    *("PolicyDocument", "PolicyName", "ManagedPolicyName", "Description", "Path", "Roles", "RoleName", "Users", "Groups", "Tags"),
    *("policy", "name", "name_prefix", "description", "path", "role", "tags", "depends_on"),
)
OTHERS = ("Users", "Groups")
POLICY = re.compile(r"aws_iam_policy\.[\w-]+")


@attrs.frozen
class Attached:
    """One policy that stands apart, and who has it."""

    key: Key
    roles: frozenset[Key]  # of the same output
    policy: Value
    alone: bool  # nobody else has it


def attached(reader: Any, known: Mapping[Key, str]) -> dict[str, Attached]:
    """The policies of an output that stand apart and can be read, by where they stand; `known` is where all things stand."""
    apart = {id: key for key, id in known.items() if key[0] == RAW and reader.type(id) in TYPES}
    if not apart:
        return {}
    roles = {id: key for key, id in known.items() if key[0] == "role"}
    names = Names(reader, roles)
    managed = {key: id for id, key in apart.items() if reader.type(id) == MANAGED[reader.target]}
    by_role = holders(reader, roles, managed)
    others = mentioned(reader, roles, set(managed.values())) if managed else set()
    found = {}
    for id, key in apart.items():
        try:
            found[id] = one(reader, id, key, names, by_role.get(id, set()), id in others)
        except UNREADABLE:
            continue  # it stands for itself
    return found


def one(reader: Any, id: str, key: Key, names: Names, holders: set[Key], mentioned: bool) -> Attached:
    """One policy that stands apart."""
    written = written_of(reader, id)
    if not written.keys() <= set(PROPERTIES):
        raise NotUnderstood("a policy with a condition")
    named = reader.value(written.get("Roles") or written.get("RoleName") or written.get("role") or [])
    roles = [names.role(value) for value in (named if isinstance(named, list) else [named])]
    everyone = {*(role for role in roles if role is not None), *holders}
    policy = document(reader.value(written.get("PolicyDocument" if reader.target == CFN else "policy")), reader.target)
    alone = bool(everyone) and None not in roles and not mentioned and not any(written.get(name) for name in OTHERS)
    return Attached(key, frozenset(everyone), policy, alone)


def written_of(reader: Any, id: str) -> Mapping[str, Any]:
    """What is written of a resource."""
    if reader.target != CFN:
        block: Mapping[str, Any] = reader.blocks[id]
        return block
    shape = reader.resources[id]
    if not shape.keys() <= set(ATTRIBUTES):
        raise NotUnderstood("a policy that is not always there")
    properties: Mapping[str, Any] = shape.get("Properties", {})
    return properties


class Names:
    """The roles of an output by what refers to them, and by their names."""

    def __init__(self, reader: Any, roles: Mapping[str, Key]) -> None:
        self.roles = set(roles.values())
        self.reader, self.ids = reader, roles
        self._named: dict[str, Key] | None = None

    def role(self, value: Value) -> Key | None:
        """The role that a value names; None for one of others."""
        if isinstance(value, Of):
            key = (value.kind, value.identity)
            return key if key in self.roles else None
        if self._named is None:
            self._named = dict(self._names())
        return self._named.get(canonical(value))

    def _names(self) -> Iterator[tuple[str, Key]]:
        for id, key in self.ids.items():
            written = self.reader.resources[id].get("Properties") or {} if self.reader.target == CFN else self.reader.blocks[id]
            name = written.get("RoleName" if self.reader.target == CFN else "name")
            if name is not None:
                yield canonical(self.reader.as_far(name)), key


def holders(reader: Any, roles: Mapping[str, Key], managed: Mapping[Key, str]) -> dict[str, set[Key]]:
    """The roles that have each managed policy, as the roles say."""
    found: dict[str, set[Key]] = {}
    for id, key in roles.items() if managed else ():
        for arn in arns(reader, id):
            of = (arn.kind, arn.identity) if isinstance(arn, Of) else None
            if of is not None and of in managed:
                found.setdefault(managed[of], set()).add(key)
    return found


def arns(reader: Any, id: str) -> list[Value]:
    """The managed policies of a role."""
    if reader.target == CFN:
        found = reader.as_far((reader.resources[id].get("Properties") or {}).get("ManagedPolicyArns", []))
    else:
        blocks = [reader.blocks[address] for address in reader.parts.get(id, {}).get(ATTACHMENT, ())]
        found = [
            *(reader.as_far(block.get("policy_arn")) for block in blocks),
            *(reader.as_far(reader.blocks[id].get("managed_policy_arns")) or ()),
        ]
    return found if isinstance(found, list) else []


def mentioned(reader: Any, roles: Mapping[str, Key], managed: set[str]) -> set[str]:
    """The managed policies that something else than a role that has them refers to: a user, a boundary, an output."""
    found: set[str] = set()
    if reader.target == CFN:
        for id, shape in reader.resources.items():
            properties = shape.get("Properties") if isinstance(shape, dict) else None
            if id in roles and isinstance(properties, dict):
                found |= reader.referred({name: value for name, value in properties.items() if name != "ManagedPolicyArns"})
            else:
                found |= reader.referred(properties) - {id}
        found |= reader.referred(reader.section("Outputs"))
        return found & managed
    parts = {address for id in roles for address in reader.parts.get(id, {}).get(ATTACHMENT, ())}
    for address, block in reader.blocks.items():
        if address not in parts:
            content = {name: value for name, value in block.items() if not (address in roles and name == "managed_policy_arns")}
            found |= set(POLICY.findall(json.dumps(content, default=str)))
    found |= set(POLICY.findall(json.dumps([reader.outputs, reader.locals], default=str)))
    return found & managed
