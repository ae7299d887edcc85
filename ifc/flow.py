"""How events flow through an app: the steps that an event takes by arrows and by what functions do, and which step can follow which.

Plain data, since every compile asks it: networkx comes in where a path is drawn.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import attrs

from ifc.diagnostics import Report
from ifc.model.app import App, Grant, Resource, Wire
from ifc.source import Span
from ifc.values import Joined, Ref, Value
from ifc.where import normal
from ifc.where.disjoint import disjoint
from ifc.where.normal import IN, TEXT, Condition, Operand, Term

# What a verb sets off, by the kind of what it is about: the ports that events leave by then.
SETS_OFF: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("table", "writes"): ("stream",),
    ("table", "puts"): ("stream",),
    ("table", "deletes"): ("stream",),
    ("bucket", "writes"): ("created", "removed"),
    ("bucket", "puts"): ("created",),
    ("bucket", "deletes"): ("removed",),
    ("queue", "sends"): ("",),
    ("topic", "publishes"): ("",),
    ("bus", "publishes"): ("",),
    ("stream", "writes"): ("",),
    ("function", "calls"): ("",),
}
# What a change of a table is called in its stream (DynamoDB Streams API reference, Record: eventName).
CHANGES = {"puts": ("INSERT", "MODIFY"), "deletes": ("REMOVE",)}
# Fields that hold one value in every event: of a table's stream, a bucket's notification, and EventBridge's envelope.
SINGLE = {
    "table": ("eventName", "keys"),
    "bucket": ("key", "size"),
    "bus": ("account", "detail-type", "id", "region", "source", "time", "version"),
}
RESULTS = ("failed", "succeeded")
MESSAGES = ("bus", "topic", "queue")
FAILING = ("failed", "dead-letter")  # ports that only what failed leaves by


@attrs.frozen(eq=False)
class Step:
    """One step of an event: an arrow, a verb, or a move to dead letters, of a queue or of what an arrow could not deliver."""

    source: str  # the resource that it leaves; "": a schedule
    target: str  # the resource that it reaches; "": an address outside
    ports: tuple[str, ...]  # of the target, by which it may go on
    span: Span
    words: str
    wire: Wire | None = None
    grant: Grant | None = None
    permitted: bool = False  # by an `allow`, which says what code may do and not that it does
    given_up: Wire | None = None  # the arrow whose failed events it takes
    hub: bool = False  # no step of its own: what all share that come with nothing known of them

    @property
    def informed(self) -> bool:
        """Whether something may be known of the events that it brings."""
        wire, grant = self.wire, self.grant
        if wire is not None:
            return wire.where is not None
        return grant is not None and (grant.pattern is not None or grant.verb in CHANGES)


class Flow:
    """The steps of an app, in canonical order."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.steps = sorted(self._steps(), key=lambda s: (s.source, s.target, s.span.sort_key(), s.words))
        self._apart: dict[tuple[int, int], bool] = {}
        self._hubs: dict[tuple[str, tuple[str, ...]], Step] = {}

    def _steps(self) -> Iterator[Step]:
        app = self.app
        for wire in app.wires:
            end = wire.target
            if not end.resource or end.resource in app.resources:
                words = f"{left(wire)} -> {end.resource or end.span.text}"
                yield Step(wire.source.resource, end.resource, ("",) if end.resource else (), wire.span, words, wire=wire)
            dead: str = getattr(wire.settings, "dead_letter", None) or ""
            if dead in app.resources:
                words = f"the dead letters of {left(wire)} -> {end.resource or end.span.text} -> {dead}"
                ports = ("created",) if app.resources[dead].kind == "bucket" else ("",)
                yield Step(wire.source.resource, dead, ports, wire.span, words, given_up=wire)
        for grant in app.grants:
            resource = app.resources[grant.resource]
            found = SETS_OFF.get((resource.kind, grant.verb))
            if found is not None and not grant.part:
                yield Step(grant.holder, resource.name, found, grant.span, f"{grant.holder} {grant.verb} {resource.name}", grant=grant)
        for grant in allowed(app):
            found = SETS_OFF[app.resources[grant.resource].kind, grant.verb]
            yield Step(
                grant.holder, grant.resource, found, grant.span, f"{grant.holder} may write {grant.resource}", grant=grant, permitted=True
            )
        for queue in app.of_kind("queue"):
            dead = getattr(queue, "dead_queue", None) or ""
            if dead in app.resources:
                yield Step(queue.name, dead, ("",), queue.declared.span, f"the dead letters of {queue.name} -> {dead}")

    # --- what follows what ---

    @cached_property
    def leaving(self) -> dict[tuple[str, str], list[Step]]:
        """The steps that leave each port of each resource; of a function all but its results leave by ""."""
        found: dict[tuple[str, str], list[Step]] = {}
        for step in self.steps:
            wire = step.wire or step.given_up
            port = wire.source.port if wire is not None else ""
            found.setdefault((step.source, port), []).append(step)
        return found

    def after(self, step: Step) -> Iterator[Step]:
        """The steps that can follow a step; steps of which nothing is known share a hub, or many times many would be asked for."""
        if not step.target:
            return
        if not step.hub and not step.informed:
            key = step.target, step.ports
            if key not in self._hubs:
                self._hubs[key] = Step("", step.target, step.ports, step.span, "", hub=True)
            yield self._hubs[key]
            return
        target = self.app.resources[step.target]
        ports = (*step.ports, *RESULTS) if target.kind == "function" else (*step.ports, "dead-letter")
        for port in ports:
            for following in self.leaving.get((step.target, port), ()):
                if step.hub or not self.apart(step, following):
                    yield following

    def likely(self, step: Step, following: Step) -> bool:
        """Whether a step brings what passes the next one, unless code that is free to send anything sends just what is asked for by name.

        On a bus or a topic that several functions share each arrow asks for events by their name, and who is set off by one event
        tells another one: that is what they are for, and no loop.
        """
        wire = following.wire
        if not step.hub or wire is None or wire.where is None or self.app.resources[step.target].kind not in MESSAGES:
            return True
        return not all(any(named(condition) for condition in term) for term in self._terms(wire))

    def apart(self, step: Step, following: Step) -> bool:
        """Whether nothing that a step brings can pass the next one."""
        wire = following.wire
        if wire is None or (wire.where is None and wire.pattern is None):
            return False
        key = id(step), id(following)
        if key not in self._apart:
            self._apart[key] = self._are_apart(step, wire)
        return self._apart[key]

    def _are_apart(self, step: Step, wire: Wire) -> bool:
        kind = self.app.resources[step.target].kind
        brought = list(self._brought(step, wire, kind))
        if not brought:
            return False
        singles = SINGLE.get(kind, ())
        passes = self._terms(wire)
        return any(disjoint(one, passes, lambda path: bool(path) and path[0] in singles) for one in brought)

    def _brought(self, step: Step, wire: Wire, kind: str) -> Iterator[Sequence[Term]]:
        """What is known of the events that a step brings, as filters that all of them pass."""
        grant, before = step.grant, step.wire
        if grant is not None and kind == "table" and grant.verb in CHANGES:
            yield (_one("eventName", IN, CHANGES[grant.verb], wire.span),)
        if grant is not None and kind == "bucket" and grant.pattern is not None:
            yield (_keys(grant.pattern, wire.span),)
        if before is not None and before.where is not None and self._unchanged(before):
            yield self._terms(before)

    def _unchanged(self, wire: Wire) -> bool:
        """Whether the event behind an arrow is the one before it, so that filters of both look at the same fields."""
        source, target = self.app.resources.get(wire.source.resource), self.app.resources[wire.target.resource]
        if source is None or getattr(wire.settings, "input", None):
            return False
        if (source.kind, target.kind) in (("bus", "bus"), ("bus", "queue")):
            return True
        return (source.kind, target.kind) == ("topic", "queue") and wire.settings.raw is not False

    def _terms(self, wire: Wire) -> Sequence[Term]:
        """What passes an arrow, as terms of which one holds."""
        found: Sequence[Term] = ((),)
        if wire.where is not None:
            aside = Report()  # what is wrong with a filter is told where it is lowered
            found = normal.terms(wire.where, lambda text: text.plain if text.plain is not None else wire, aside) or ((),)
        if wire.pattern is not None:
            keys = _keys(wire.pattern, wire.span)
            found = tuple((*term, *keys) for term in found)
        return found


def allowed(app: App) -> Iterator[Grant]:
    """What an `allow` permits with a resource of the app, as the verb that permits it too and sets something off."""
    for allow in app.allows:
        for name in sorted({name for value in allow.resources if (name := _named(value, app))}):
            resource = app.resources[name]
            verbs = {verb: actions(resource, verb) for kind, verb in SETS_OFF if kind == resource.kind}
            wanted = {action for each in verbs.values() for action in each if any(_covers(pattern, action) for pattern in allow.actions)}
            fitting = [verb for verb, each in verbs.items() if wanted and wanted <= each]
            if fitting:
                verb = min(fitting, key=lambda verb: (len(verbs[verb]), verb))
                yield Grant(holder=allow.holder, verb=verb, resource=name, span=allow.span, layer=allow.layer)


def actions(resource: Resource, verb: str) -> set[str]:
    """The actions that a verb permits."""
    return {action for access in resource.verbs[verb] for action in access.actions}


def _named(value: Value, app: App) -> str:
    """The resource that a value is, or whose objects: `T.arn`, `"${B.arn}/*"`."""
    first = value.parts[0] if isinstance(value, Joined) else value
    name = first.resource if isinstance(first, Ref) else ""
    return name if name in app.resources and (first is value or app.resources[name].kind == "bucket") else ""


def _covers(pattern: str, action: str) -> bool:
    """Whether an action is one of those that a pattern such as `dynamodb:Put*` names; case does not count."""
    text = re.escape(pattern.lower()).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(text, action.lower()) is not None


def left(wire: Wire) -> str:
    """What a wire leaves, as it is written."""
    end = wire.source
    if not end.resource:
        return " ".join(end.span.text.split())
    if " " in end.port:  # a route: what it is called by
        return end.port
    return f"{end.resource}.{end.port}" if end.port else end.resource


def _one(path: str, op: str, values: Iterable[str], span: Span) -> Term:
    """A term of one condition."""
    node: Any = None
    return (Condition(span, (path,), op, tuple(Operand(node, TEXT, value) for value in values), False),)


def _keys(pattern: str, span: Span) -> Term:
    """The keys that a pattern selects: how they begin, and how they end."""
    start, star, rest = pattern.partition("*")
    end = re.split(r"\*", rest)[-1] if star else ""
    if not star:
        return _one("key", IN, (pattern,), span)
    return (*(_one("key", "starts-with", (start,), span) if start else ()), *(_one("key", "ends-with", (end,), span) if end else ()))


def certain(step: Step, following: Step) -> bool:
    """Whether all that a step brings passes the next one, so that only code could end it."""
    wire = following.wire
    if wire is None:
        return following.hub or (following.grant is not None and not following.permitted)  # only what failed gets to dead letters
    if wire.source.port in FAILING or wire.where is not None:
        return False
    keys = step.grant.pattern if step.grant is not None else None
    return wire.pattern is None or (keys is not None and within(keys, wire.pattern))


def within(keys: str, pattern: str) -> bool:
    """Whether all keys that one pattern selects are among those of another one."""
    if "*" not in pattern:
        return keys == pattern
    (start, star, _), (first, _, _) = keys.partition("*"), pattern.partition("*")
    end, last = (keys.rpartition("*")[2] if star else keys), pattern.rpartition("*")[2]
    if not star and len(keys) < len(first) + len(last):
        return False
    return start.startswith(first) and end.endswith(last)


def named(condition: Condition) -> bool:
    """Whether a condition wants a text field to be one of some given ones."""
    return condition.op == IN and not condition.negated and all(operand.kind == TEXT for operand in condition.operands)


# --- loops ---


After: TypeAlias = Callable[[Step], Iterable[Step]]  # the steps that can follow a step


def loops(steps: Sequence[Step], after: After) -> list[tuple[list[Step], list[Step]]]:
    """A shortest loop of each group of steps that lead into one another, and the group; in canonical order."""
    found = []
    for group in components(steps, after):
        first = min(group, key=lambda s: (s.wire is None, s.source, s.target, s.words, s.span.sort_key()))
        found.append((shortest(first, {id(step) for step in group}, after), group))
    return sorted(found, key=lambda loop: loop[0][0].span.sort_key())


def components(steps: Sequence[Step], after: After) -> Iterator[list[Step]]:
    """The groups of steps in which each leads to each (Tarjan's algorithm, without recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[Step] = []
    on: set[int] = set()
    for start in steps:
        if id(start) in index:
            continue
        work: list[tuple[Step, Iterator[Step]]] = [(start, iter(after(start)))]
        index[id(start)] = low[id(start)] = len(index)
        stack.append(start)
        on.add(id(start))
        while work:
            step, rest = work[-1]
            following = next(rest, None)
            if following is None:
                work.pop()
                if work:
                    above = id(work[-1][0])
                    low[above] = min(low[above], low[id(step)])
                if low[id(step)] == index[id(step)]:
                    group = []
                    while True:
                        member = stack.pop()
                        on.discard(id(member))
                        group.append(member)
                        if member is step:
                            break
                    if len(group) > 1 or any(s is step for s in after(step)):
                        yield [member for member in group if not member.hub]
            elif id(following) not in index:
                index[id(following)] = low[id(following)] = len(index)
                stack.append(following)
                on.add(id(following))
                work.append((following, iter(after(following))))
            elif id(following) in on:
                low[id(step)] = min(low[id(step)], index[id(following)])


def shortest(first: Step, members: set[int], after: After) -> list[Step]:
    """A shortest way from a step back to itself among some steps."""
    came: dict[int, Step] = {}
    waiting, at = [first], 0
    while at < len(waiting):
        step = waiting[at]
        at += 1
        for following in after(step):
            if following is first:
                way = [step]
                while way[-1] is not first:
                    way.append(came[id(way[-1])])
                return [each for each in way[::-1] if not each.hub]
            if (following.hub or id(following) in members) and id(following) not in came:
                came[id(following)] = step
                waiting.append(following)
    return [first]
