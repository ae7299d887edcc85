"""Which declaration an ARN in a policy belongs to."""

from __future__ import annotations

from collections.abc import Iterator

from ifc import gradual
from ifc.diagnostics import Report
from ifc.model.app import Resource
from ifc.plan import Lowering, Placed, Plan
from ifc.records import compared
from ifc.values import Attr, Joined, Value, joined, leaves

ENDING = "-??????"  # of an extern secret's ARN


@compared
class Owner:
    """A declaration, or one of its parts: `dead-letter`, `logs`, `role`."""

    name: str
    part: str = ""


class Owners:
    """Finds the owners of ARNs, and of the keys that encrypt what is declared."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.placed: dict[str, Placed] = {p.resource.id: p for p in plan.placed}
        self.written: dict[str, Owner] = {}  # by what stands for an ARN where it is no reference
        self.keys: dict[str, list[str]] = {}
        self.external: dict[str, list[Value]] = {}  # the ARNs of what exists already
        lowering = Lowering(plan.app, Report())
        for resource in plan.app.resources.values():
            for arn in arns(resource, lowering):
                self.written.setdefault(repr(arn), Owner(resource.name))
                if resource.extern is not None:
                    self.external.setdefault(resource.name, []).append(arn)
            key = getattr(resource, "customer_key", None)
            if key is not None:
                self.keys.setdefault(repr(lowering.literal(key)), []).append(resource.name)

    def of(self, value: Value) -> Owner | None:
        """The owner of an ARN; None where it is of nothing declared, or a pattern over several things."""
        for part in candidates(value):
            found = self.written.get(repr(part))
            if found is not None:
                return found
        for leaf in leaves(value):
            if isinstance(leaf, Attr) and leaf.id in self.placed:
                placed = self.placed[leaf.id]
                return Owner(placed.owner, "" if placed.wired else placed.part)
        return None

    def arns_of(self, name: str) -> list[Value]:
        """The ARNs of a resource that exists already."""
        return self.external.get(name, [])

    def of_key(self, value: Value) -> list[str]:
        """The names of the resources that a customer key encrypts."""
        return self.keys.get(repr(value), [])


def arns(resource: Resource, lowering: Lowering) -> Iterator[Value]:
    """The ARNs of a resource as policies may write them out."""
    if "arn" not in resource.attributes:
        return
    if resource.extern is not None or resource.kind in ("function", "bucket", "config"):
        yield resource.literal("arn", lowering)
    if getattr(resource, "aliased", False):  # CodeDeploy's role names the function itself
        yield gradual.unqualified(resource, lowering)
    if resource.kind == "table" and resource.extern is not None and getattr(resource, "stream_arn", None) is not None:
        yield lowering.value(getattr(resource, "stream_arn", None))


def candidates(value: Value) -> Iterator[Value]:
    """An ARN, and what is left of it without what may stand behind the resource's own: `/*`, `/index/*`, an ending."""
    yield value
    *before, last = value.parts if isinstance(value, Joined) else (value,)
    if not isinstance(last, str):
        return
    for ending in (ENDING, ":*"):
        if last.endswith(ending):
            yield joined(*before, last[: -len(ending)])
    cut = last.rfind("/")
    while cut >= 0:
        yield joined(*before, last[:cut])
        cut = last.rfind("/", 0, cut)
