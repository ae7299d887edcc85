"""Who may do what with one declared resource, by the roles of the app."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ifc.permissions.documents import Permission
from ifc.permissions.holders import Asking, Holder
from ifc.permissions.names import OPEN, Names
from ifc.permissions.owners import Owners
from ifc.permissions.patterns import overlap
from ifc.plan import Plan
from ifc.records import evolve, named
from ifc.source import Span
from ifc.values import Value


@named
class Use:
    """Some actions that a holder may take on a resource, and what asked for them."""

    holder: Holder
    permission: Permission
    actions: tuple[Value, ...]
    on: tuple[Value, ...]  # as the policy names it
    part: str = ""  # `dead-letter`, `key`
    perhaps: bool = False  # the policy names it by a pattern, or everything but something
    why: tuple[Span, ...] = ()
    because: tuple[str, ...] = ()


class Uses:
    """Finds who uses a resource."""

    def __init__(self, plan: Plan, owners: Owners, asking: Asking) -> None:
        self.plan, self.owners, self.asking = plan, owners, asking
        self.names = Names(plan, any_params=True)

    def of(self, name: str, holders: Iterable[Holder]) -> tuple[Use, ...]:
        """What holders may do with a declaration: a use for each holder, statement and reason."""
        arns = self.arns(name)
        groups: dict[tuple[object, ...], Use] = {}
        for holder in holders:
            for number, permission in enumerate(holder.permissions):
                for use in self._uses(name, arns, holder, permission):
                    key = (str(holder.role), number, repr(use.actions), use.part, use.perhaps, use.why)
                    before = groups.get(key)
                    groups[key] = use if before is None else evolve(before, on=(*before.on, *use.on))
        return tuple(groups.values())

    def arns(self, name: str) -> tuple[str, ...]:
        """The ARNs of a declaration's resources."""
        resource = self.plan.app.resources[name]
        if resource.extern is not None:
            return tuple(self.names.text(arn) for arn in self.owners.arns_of(name))
        return tuple(
            dict.fromkeys(a for p in self.plan.placed if p.owner == name and not p.wired for a in [self.names.arn(p)] if a != OPEN)
        )

    def _uses(self, name: str, arns: tuple[str, ...], holder: Holder, permission: Permission) -> Iterator[Use]:
        by_pattern = "resources" in permission.excepted
        for value in permission.resources:
            owner = None if by_pattern else self.owners.of(value)
            if owner is not None and owner.name == name and not (holder.declared == name and owner.part == "logs"):
                yield from self._asked(holder, permission, value, owner.part, related(self.owners, value))
            elif name in self.owners.of_key(value):
                yield from self._asked(holder, permission, value, "key", [name])
            elif owner is None:
                actions = self._meant(permission, value, arns)
                if actions:
                    yield Use(holder=holder, permission=permission, actions=actions, on=(value,), perhaps=True, **self._why(permission.why))

    def _asked(self, holder: Holder, permission: Permission, value: Value, part: str, names: Iterable[str]) -> Iterator[Use]:
        """The actions on a resource that is named, by the places that asked for them."""
        groups: dict[tuple[Span, ...], list[Value]] = {}
        for action in permission.actions:
            groups.setdefault(self.asking.narrowed(permission, action, names), []).append(action)
        for why, some in groups.items():
            yield Use(holder=holder, permission=permission, actions=tuple(some), on=(value,), part=part, **self._why(why))

    def _why(self, why: tuple[Span, ...]) -> dict[str, Any]:
        return {"why": why, "because": self.asking.reasons(why)}

    def _meant(self, permission: Permission, value: Value, arns: tuple[str, ...]) -> tuple[Value, ...]:
        """The actions of a statement that a pattern may allow on some ARNs."""
        pattern = OPEN if "resources" in permission.excepted else self.names.text(value)
        services = {arn.split(":")[2] for arn in arns if may_mean(pattern, arn)}
        if "actions" in permission.excepted:
            return permission.actions if services else ()
        return tuple(a for a in permission.actions if isinstance(a, str) and (a == "*" or a.partition(":")[0] in services))


def may_mean(pattern: str, arn: str) -> bool:
    """Whether a pattern may mean an ARN or something below it."""
    return pattern == OPEN or meet(pattern, arn) or meet(pattern, f"{arn}/*")


def meet(one: str, other: str) -> bool:
    """Whether an ARN matches two patterns: part by part where both have all parts."""
    mine, others = one.split(":", 5), other.split(":", 5)
    if len(mine) < 6 or len(others) < 6:
        return overlap(one, other)
    return all(overlap(*pair) for pair in zip(mine, others, strict=True))


def related(owners: Owners, value: Value) -> list[str]:
    """The names of the declarations that an ARN in a policy is about: its owner, and what a key encrypts."""
    owner = owners.of(value)
    return [*([owner.name] if owner is not None else []), *owners.of_key(value)]
