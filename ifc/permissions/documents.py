"""The statements of roles and resource policies as CloudFormation gets them, with what the user laid over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ifc.model.types import laid_over, taken_out
from ifc.plan import Placed, Statement
from ifc.records import named
from ifc.source import Span
from ifc.values import Value

ROLE = "AWS::IAM::Role"


@named
class Permission:
    """One statement of a policy; `why` are the places in the source that asked for it."""

    effect: str = "Allow"
    actions: tuple[Value, ...] = ()
    resources: tuple[Value, ...] = ()
    condition: Mapping[str, Any] | None = None
    principal: Value = None
    excepted: tuple[str, ...] = ()  # of `actions`, `resources` and `principal`: those that say what is not meant
    why: tuple[Span, ...] = ()


def properties(placed: Placed) -> dict[str, Any]:
    """A resource's properties in CloudFormation, with what is laid over them, as values of the plan."""
    found: Any = {key: value for key, value in placed.resource.cfn().items() if value is not None}
    for overlay in placed.overlays:
        if overlay.target == "cfn":
            found = taken_out(laid_over(found, dict(overlay.content)), dict(overlay.content))
    return dict(found)


def of_role(placed: Placed) -> tuple[Permission, ...]:
    """The statements of a role's inline policies."""
    over = overlays(placed, "Policies")
    if not over and not placed.resource.raw:
        return tuple(of_statement(s) for s in getattr(placed.resource, "statements", ()))
    documents = (policy.get("PolicyDocument") for policy in listed(properties(placed).get("Policies")) if isinstance(policy, Mapping))
    return tuple(permission for document in documents for permission in of_document(document, over))


def of_policy(placed: Placed) -> tuple[Permission, ...]:
    """The statements of a resource policy: of a queue, a topic, a bucket."""
    over = overlays(placed, "PolicyDocument")
    if not over and not placed.resource.raw:
        return tuple(of_statement(s) for s in getattr(placed.resource, "statements", ()))
    return tuple(of_document(properties(placed).get("PolicyDocument"), over))


def overlays(placed: Placed, name: str) -> tuple[Span, ...]:
    """Where a property is laid over what the compiler wrote."""
    return tuple(o.span for o in placed.overlays if o.target == "cfn" and name in o.content)


def of_statement(statement: Statement) -> Permission:
    """A statement of the plan as a permission."""
    return Permission(
        effect=statement.effect,
        actions=statement.actions,
        resources=statement.resources,
        condition=statement.condition,
        principal=statement.principal,
        why=statement.why,
    )


def of_document(document: Any, why: Iterable[Span]) -> Iterator[Permission]:
    """The statements of a policy document that the user wrote."""
    spans = tuple(why)
    for statement in listed(document.get("Statement") if isinstance(document, Mapping) else None):
        if isinstance(statement, Mapping):
            excepted = tuple(field for field, name in NEGATED.items() if name in statement)
            yield Permission(
                effect=str(statement.get("Effect", "Allow")),
                actions=tuple(listed(statement.get("Action", statement.get("NotAction")))),
                resources=tuple(listed(statement.get("Resource", statement.get("NotResource")))),
                condition=statement.get("Condition"),
                principal=statement.get("Principal", statement.get("NotPrincipal")),
                excepted=excepted,
                why=spans,
            )


NEGATED = {"actions": "NotAction", "resources": "NotResource", "principal": "NotPrincipal"}


def services(content: Mapping[str, Any]) -> list[str]:
    """The services that may assume a role with these properties."""
    found: set[str] = set()
    trust = content.get("AssumeRolePolicyDocument")
    for permission in of_document(trust, ()):
        if permission.effect == "Allow" and isinstance(permission.principal, Mapping):
            found |= {str(service) for service in listed(permission.principal.get("Service"))}
    return sorted(found)


def listed(value: Value) -> list[Any]:
    """What stands alone or in a list, as a list."""
    return [] if value is None else list(value) if isinstance(value, list | tuple) else [value]
