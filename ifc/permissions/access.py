"""All that is known of an app's permissions, and what of it is about one declaration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ifc.explanation import text
from ifc.model.app import Resource
from ifc.permissions.callers import Caller, callers
from ifc.permissions.documents import Permission
from ifc.permissions.holders import Asking, Holder, holders
from ifc.permissions.owners import Owners
from ifc.permissions.uses import Use, Uses, related
from ifc.plan import Plan
from ifc.records import named
from ifc.source import Span
from ifc.values import Value


@named
class Access:
    """Who may do what in an app."""

    plan: Plan
    owners: Owners
    asking: Asking
    holders: tuple[Holder, ...]
    callers: tuple[Caller, ...]

    @property
    def resources(self) -> list[str]:
        """The declared resources that somebody's role does something with, as a reader expects them."""
        found = {word.resource for holder in self.holders for word in holder.words}
        declared = self.plan.app.resources
        return sorted(found, key=lambda name: (declared[name].rank, name))

    def words(self, holder: Holder) -> dict[str, list[str]]:
        """What a holder does with each resource, verbs first; the resources as a reader expects them."""
        declared = self.plan.app.resources
        found: dict[str, list[str]] = {}
        for word in sorted(holder.words, key=lambda w: (declared[w.resource].rank, w.resource, w.text[0] in "←→", w.text)):
            found.setdefault(word.resource, []).append(word.text)
        return found


@named
class Right:
    """Some actions of a role on some resources, asked for at the same places."""

    effect: str
    actions: tuple[Value, ...]
    resources: tuple[Value, ...]
    condition: Mapping[str, Any] | None = None
    excepted: tuple[str, ...] = ()
    why: tuple[Span, ...] = ()
    because: tuple[str, ...] = ()


@named
class Subject:
    """What there is to say of one declaration: what its own role may do, and who may do what with it."""

    resource: Resource
    holder: Holder | None
    rights: tuple[Right, ...]
    uses: tuple[Use, ...]
    callers: tuple[Caller, ...]
    unknown: tuple[Holder, ...]  # whose managed policies are not looked into


def access(plan: Plan) -> Access:
    """The permissions of an app."""
    owners, asking = Owners(plan), Asking(plan.app)
    return Access(plan=plan, owners=owners, asking=asking, holders=holders(plan, owners, asking), callers=callers(plan, owners))


def subject(found: Access, name: str) -> Subject:
    """What there is to say of one declaration."""
    own = next((h for h in found.holders if h.declared == name and h.sort in ("function", "resource")), None)
    return Subject(
        resource=found.plan.app.resources[name],
        holder=own,
        rights=tuple(rights(own, found)) if own is not None else (),
        uses=Uses(found.plan, found.owners, found.asking).of(name, found.holders),
        callers=tuple(c for c in found.callers if name in (c.resource, c.reaches)),
        unknown=tuple(h for h in found.holders if h.managed and h.sort != "logs"),
    )


def rights(holder: Holder, found: Access) -> Iterator[Right]:
    """All that a role may do: every action on every resource stands in exactly one of them."""
    ordered = sorted(holder.permissions, key=lambda p: (p.effect, [text(r) for r in p.resources], [text(a) for a in p.actions]))
    for permission in ordered:
        yield from _rights(permission, found)


def _rights(permission: Permission, found: Access) -> Iterator[Right]:
    cells: dict[Value, dict[tuple[Span, ...], list[Value]]] = {}
    by_text = {text(resource): resource for resource in permission.resources}
    for shown, resource in sorted(by_text.items()):
        names = related(found.owners, resource)
        for action in sorted(permission.actions, key=text):
            cells.setdefault(shown, {}).setdefault(found.asking.narrowed(permission, action, names), []).append(action)
    groups: dict[tuple[tuple[Span, ...], tuple[Value, ...]], list[Value]] = {}
    for shown, asked in cells.items():
        for why, actions in asked.items():
            groups.setdefault((why, tuple(actions)), []).append(by_text[shown])
    for (why, some), resources in groups.items():
        yield Right(
            effect=permission.effect,
            actions=some,
            resources=tuple(resources),
            condition=permission.condition,
            excepted=permission.excepted,
            why=why,
            because=found.asking.reasons(why),
        )
