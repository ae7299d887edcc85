"""Who holds permissions: the roles of an app, what their policies allow, and which words of the source asked for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ifc import gradual
from ifc.explanation import said
from ifc.model.app import Allow, App, Grant, Resource, Wire
from ifc.permissions.documents import ROLE, Permission, listed, of_role, overlays, properties, services
from ifc.permissions.owners import Owners
from ifc.plan import Placed, Plan
from ifc.records import compared, named
from ifc.source import Span
from ifc.values import Ref, Value, leaves

BY_THEMSELVES = ("schedule", "rule", "deployments", "logs")  # sorts of holders that are no declarations
DENIES = "cfn denies"


@compared
class Word:
    """What a holder does with a resource, in the words of the source."""

    resource: str
    text: str  # `reads`, `reads "in/*"`, `← stream`, `→ failed`, `allow`


@named
class Holder:
    """A role and whom it serves."""

    name: str  # as a reader calls it: `report`, `every 1h -> report`
    sort: str  # function, resource, or one of those above
    declared: str  # the declaration it stands under
    role: Value  # its logical id; the ARN of a function's own role
    services: tuple[str, ...] = ()  # that may assume it
    permissions: tuple[Permission, ...] = ()
    managed: tuple[Value, ...] = ()
    boundary: Value = None
    made: bool = True  # by this app: else its permissions are its owner's
    words: tuple[Word, ...] = ()
    allows: tuple[Allow, ...] = ()  # in force, and what is laid over counts as none
    written: tuple[Permission, ...] = ()  # policies that the user wrote out: of a raw role, or laid over it


class Asking:
    """What was asked for at a place of the source."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.grants: dict[tuple[str, int, int], list[Grant]] = {}
        self.wires: dict[tuple[str, int, int], list[Wire]] = {}
        self.allows: dict[tuple[str, int, int], list[Allow]] = {}
        for grant in app.grants:
            self.grants.setdefault(grant.span.sort_key(), []).append(grant)
        for wire in app.wires:
            self.wires.setdefault(wire.span.sort_key(), []).append(wire)
        for allow in app.allows:
            self.allows.setdefault(allow.span.sort_key(), []).append(allow)

    def words(self, span: Span, declared: str, function: bool) -> Iterator[Word]:
        """The words of verbs and arrows at a place: as the role of a function has them, or of what delivers to a declaration."""
        for grant in self.grants.get(span.sort_key(), ()):
            yield Word(grant.resource, verb(grant))
        for wire in self.wires.get(span.sort_key(), ()):
            yield from read_by(wire, declared) if function else delivered_by(wire, self.app)

    def narrowed(self, permission: Permission, action: Value, names: Iterable[str]) -> tuple[Span, ...]:
        """Of the places that asked for a statement, those that asked for this action on these resources, by what is written.

        Statements with the same actions or resources are one in the policy, and so are the places that asked for them.
        """
        known = set(names)
        kept = [span for span in permission.why if self._about(span, action, known)] or permission.why
        return tuple(sorted(kept, key=lambda span: (" ".join(span.text.split()), span.sort_key())))

    def reasons(self, why: Iterable[Span]) -> tuple[str, ...]:
        """The reasons that `allow`s at some places give."""
        return tuple(sorted({a.because for span in why for a in self.allows.get(span.sort_key(), ()) if a.because}))

    def _about(self, span: Span, action: Value, names: set[str]) -> bool:
        key = span.sort_key()
        if key in self.grants:
            return any(g.resource in names and action in allowed_by(g, self.app) for g in self.grants[key])
        if key in self.wires:
            return any(names & {w.source.resource, w.target.resource, getattr(w.settings, "dead_letter", None)} for w in self.wires[key])
        return any(action in a.actions and (not names or names & named_by(a)) for a in self.allows[key]) if key in self.allows else True


def named_by(allow: Allow) -> set[str]:
    """The declarations that an `allow` refers to."""
    return {leaf.resource for leaf in leaves(allow.resources) if isinstance(leaf, Ref)}


def allowed_by(grant: Grant, app: App) -> set[str]:
    """The actions that a verb brings, those on the resource's key among them."""
    target = app.resources[grant.resource]
    actions = {action for access in target.access(grant) for action in access.actions}
    return actions | set(target.key_actions(grant.verb) if getattr(target, "customer_key", None) is not None else ())


def verb(grant: Grant) -> str:
    """A verb as it stands in a cell: `reads "in/*"`, `sends dead-letter`."""
    return " ".join([grant.verb, *([grant.part] if grant.part else []), *([f'"{grant.pattern}"'] if grant.pattern else [])])


def read_by(wire: Wire, function: str) -> Iterator[Word]:
    """What an arrow lets a function's role do: read where it comes from, and say there what became of it."""
    if wire.source.resource == function:
        yield Word(wire.target.resource, f"→ {wire.source.port}")
    elif wire.target.resource == function:
        yield Word(wire.source.resource, f"← {wire.source.port}".rstrip())
        dead = getattr(wire.settings, "dead_letter", None)  # queues have their own
        if dead:
            yield Word(dead, "→ dead letters")


def delivered_by(wire: Wire, app: App) -> Iterator[Word]:
    """What an arrow lets the role of a schedule or a rule do: deliver, and a schedule's also put aside what it could not."""
    yield Word(wire.target.resource, delivers(app.resources[wire.target.resource]))
    if not wire.source.resource and wire.settings.dead_letter:  # a rule's dead letters go by the queue's policy
        yield Word(wire.settings.dead_letter, "→ dead letters")


def delivers(target: Resource) -> str:
    """The verb whose action delivers to a resource: `calls`, `sends`, `publishes`, `writes`."""
    return next((v for v, accesses in target.verbs.items() if any(target.delivery in a.actions for a in accesses)), "reaches")


# --- the holders ---


def holders(plan: Plan, owners: Owners, asking: Asking) -> tuple[Holder, ...]:
    """All roles of an app and the functions with a role of their own, functions first, by name."""
    found = [_holder(placed, plan, owners, asking) for placed in plan.placed if placed.resource.cfn_type == ROLE]
    for function in plan.app.of_kind("function"):
        role = getattr(function, "role", None)
        if role and function.extern is None:
            found.append(Holder(name=function.name, sort="function", declared=function.name, role=role, made=False))
    order = ("function", *BY_THEMSELVES, "resource")
    return tuple(sorted(found, key=lambda h: (order.index(h.sort), h.name, str(h.role))))


def _holder(placed: Placed, plan: Plan, owners: Owners, asking: Asking) -> Holder:
    permissions, content = of_role(placed), properties(placed)
    sort = _sort(placed)
    spans = [span for p in permissions for span in p.why]
    allows = tuple(_in_force(placed, plan.app, spans)) if sort == "function" else ()
    words = {word for span in spans for word in asking.words(span, placed.owner, sort == "function")}
    words |= {Word(name, "allow") for allow in allows for name in named_by(allow)}
    words |= {*_laid_over(placed, permissions, owners), *_keys(permissions, owners)}
    words |= {*_deploying(plan.app)} if sort == "deployments" else set()
    return Holder(
        name=_name(placed, sort, spans, asking),
        sort=sort,
        declared=placed.owner,
        role=placed.resource.id,
        services=tuple(services(content)),
        permissions=permissions,
        managed=tuple(listed(content.get("ManagedPolicyArns"))),
        boundary=content.get("PermissionsBoundary"),
        words=tuple(sorted(words, key=lambda w: (w.resource, w.text))),
        allows=allows,
        written=permissions if placed.resource.raw or overlays(placed, "Policies") else (),
    )


def _in_force(placed: Placed, app: App, spans: Iterable[Span]) -> Iterator[Allow]:
    """The `allow`s of a function that its role has: what is laid over the role may take their place."""
    asked = {span.sort_key() for span in spans}
    for allow in app.allows_of(placed.owner):
        if allow.span.sort_key() in asked or (allow.managed and not overlays(placed, "ManagedPolicyArns")):
            yield allow


def _sort(placed: Placed) -> str:
    if placed.resource.raw:
        return "resource"
    if getattr(placed.resource, "service", "").startswith("codedeploy."):
        return "deployments"
    if not placed.wired:
        return "logs" if placed.part == "account-role" else "function"
    return "schedule" if getattr(placed.resource, "service", "").startswith("scheduler.") else "rule"


def _name(placed: Placed, sort: str, spans: Iterable[Span], asking: Asking) -> str:
    """`report`, `every 1h -> report`, `Shop where … -> Clicks`, `logs of Public`."""
    if sort in ("function", "resource"):
        return placed.owner
    if sort == "deployments":
        return sort
    if sort == "logs":
        return f"logs of {placed.owner}"
    wires = [w for span in spans for w in asking.wires.get(span.sort_key(), ())]
    sources = sorted({said(w.source.span) for w in wires if w.target.resource == placed.owner})
    return f"{', '.join(sources) or placed.resource.id} -> {placed.owner}"


def _deploying(app: App) -> Iterator[Word]:
    """What CodeDeploy does with functions: it moves their traffic, and calls those that try the new code."""
    for function in app.of_kind("function"):
        deploy = getattr(function, "deploy", None)
        if deploy and function.extern is None and gradual.by_codedeploy(deploy):
            yield Word(function.name, "moves traffic")
            yield from (Word(name, "calls") for name in deploy.hooks)


def _laid_over(placed: Placed, permissions: tuple[Permission, ...], owners: Owners) -> Iterator[Word]:
    """`cfn` in the columns of declared resources that a policy laid over the role names, or `cfn denies`."""
    if overlays(placed, "Policies"):
        for permission in permissions:
            for resource in permission.resources:
                owner = owners.of(resource)
                if owner is not None and owner.name != placed.owner:
                    yield Word(owner.name, DENIES if permission.effect == "Deny" else "cfn")


def _keys(permissions: tuple[Permission, ...], owners: Owners) -> Iterator[Word]:
    """`as a key` in the columns of declared keys that encrypt what the role works with."""
    for permission in permissions:
        for resource in permission.resources:
            owner = owners.of(resource)
            if owner is not None and owners.of_key(resource):
                yield Word(owner.name, "as a key")
