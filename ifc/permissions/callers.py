"""Who may come without a role of this app: services by resource policies, other accounts, and anyone at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ifc.explanation import conditions, text
from ifc.model.app import Resource
from ifc.permissions.documents import ROLE, Permission, listed, of_document, of_policy, overlays, properties
from ifc.permissions.owners import Owners
from ifc.plan import Placed, Plan, Statement
from ifc.records import named
from ifc.routes import guard
from ifc.routes.path import Route
from ifc.source import Span
from ifc.values import Attr, Joined, Piece, Value, leaves

ANYONE, SIGNED = "anyone", "signed requests"  # those of whoever is allowed the action
EVERY_ACCOUNT = "any AWS account"  # `*` in a trust policy: assuming a role takes credentials, whosever they are
OF_A_URL, ASSUMES = "its URL", "assumes the role"
POLICIES = {  # types of resource policies, and the property that names what they are of
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::SNS::TopicInlinePolicy": "TopicArn",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::SQS::QueueInlinePolicy": "Queue",
    "AWS::SQS::QueuePolicy": "Queues",
}
PERMISSION, URL = "AWS::Lambda::Permission", "AWS::Lambda::Url"


@named
class Caller:
    """Somebody who may use a resource by its own policy, a function's permission, a route or a URL."""

    who: str  # `anyone`, `signed requests`, `OrderPlaced`, `whom check lets in`, `123456789012`
    may: str  # a verb, or a route: `calls`, `GET /orders/{id}`, `its URL`
    resource: str  # that is used
    reaches: str = ""  # the function behind a route
    service: str = ""  # the principal that comes
    effect: str = "Allow"
    actions: tuple[Value, ...] = ()
    condition: str = ""
    why: tuple[Span, ...] = ()

    @property
    def anonymous(self) -> bool:
        """Whether it takes no credentials and no address."""
        return self.who == ANYONE and self.effect == "Allow" and not self.condition


def callers(plan: Plan, owners: Owners) -> tuple[Caller, ...]:
    """Everyone who may use something of the app without one of its roles, by resource and name."""
    found: list[Caller] = []
    for placed in plan.placed:
        kind = placed.resource.cfn_type
        if kind == PERMISSION:
            found += _permission(placed, plan, owners)
        elif kind == URL:
            found += _url(placed, owners)
        elif kind == ROLE:
            found += _trust(placed, plan, owners)
        elif kind in POLICIES:
            found += _policy(placed, kind, plan, owners)
    for api in plan.app.of_kind("api"):
        found += _routes(api, plan)
    return tuple(sorted(found, key=lambda c: (c.resource, c.may, c.who, c.effect, c.service, c.condition)))


# --- functions ---


def _permission(placed: Placed, plan: Plan, owners: Owners) -> Iterator[Caller]:
    """Who may call a function by one of its permissions."""
    content = properties(placed)
    function = _owner(content.get("FunctionName"), owners) or placed.owner
    source, principal = content.get("SourceArn"), content.get("Principal")
    tests = {
        "aws:SourceArn": source,
        "aws:SourceAccount": content.get("SourceAccount"),
        "aws:PrincipalOrgID": content.get("PrincipalOrgID"),
    }
    if principal == "*" and content.get("FunctionUrlAuthType") is None and content.get("InvokedViaFunctionUrl"):
        return  # the other half of what opens a URL
    url = content.get("FunctionUrlAuthType")
    who, route = _source(source, function, plan, owners) if source is not None else (_principal(principal), None)
    yield Caller(
        who=who,
        may=OF_A_URL if url else "calls",
        resource=function,
        service="" if principal == "*" else str(principal),
        actions=(content.get("Action"),),
        condition=" and ".join(f"{key} {text(value)}" for key, value in tests.items() if value is not None),
        why=(route.wire.span,) if route else _asked(who, function, plan),
    )


def _source(source: Value, function: str, plan: Plan, owners: Owners) -> tuple[str, Route | None]:
    """What a function is called for, in the words of the source; of a route that too."""
    found = [leaf.id for leaf in leaves(source) if isinstance(leaf, Attr)]
    rule = next(
        (owners.placed[id] for id in found if id in owners.placed and owners.placed[id].resource.cfn_type == "AWS::Events::Rule"), None
    )
    if rule is not None:
        bus = properties(rule).get("EventBusName")
        return ("aws" if bus is None else _owner(bus, owners) or text(bus)), None
    owner = owners.of(source)
    name = owner.name if owner else text(source)
    api = plan.app.resources.get(name)
    if api is None or api.kind != "api":
        return name, None
    end = source.parts[-1] if isinstance(source, Joined) else ""
    routes = [Route.of(w) for w in plan.app.wires_from(name) if w.target.resource == function]
    return name, next((r for r in routes if r.callers == end), None)


def _asked(who: str, function: str, plan: Plan) -> tuple[Span, ...]:
    """Where a source is let call a function: by its arrows, as what authorizes for an api, or by `url`."""
    spans = [w.span for w in plan.app.wires_to(function) if w.source.resource == who]
    source: Any = plan.app.resources.get(who)
    if not spans and source is not None and source.kind == "api":
        guards = [guard.of(source, route, plan.app) for route in source.routes(plan.app)]
        spans = [g.span for g in guards if g is not None and g.function == function]
    if who == ANYONE:
        spans = [_url_of(function, plan)]
    return tuple({span.sort_key(): span for span in sorted(spans, key=Span.sort_key)}.values())


def _url_of(function: str, plan: Plan) -> Span:
    """Where a function is given a URL."""
    return plan.app.resources[function].place("url")


def _url(placed: Placed, owners: Owners) -> Iterator[Caller]:
    """Who may use a function's URL where that asks for signed requests; a public one has permissions."""
    content = properties(placed)
    if content.get("AuthType") == "AWS_IAM":
        function = _owner(content.get("TargetFunctionArn"), owners) or placed.owner
        yield Caller(
            who=SIGNED,
            may=OF_A_URL,
            resource=function,
            actions=("lambda:InvokeFunctionUrl", "lambda:InvokeFunction"),
            why=(_url_of(placed.owner, owners.plan),),
        )


# --- policies ---


def _policy(placed: Placed, kind: str, plan: Plan, owners: Owners) -> Iterator[Caller]:
    """Who may use a queue, a topic or a bucket by its policy."""
    named = [_owner(value, owners) for value in listed(properties(placed).get(POLICIES[kind]))]
    for resource in dict.fromkeys(name or placed.owner for name in named or [None]):
        for permission in of_policy(placed):
            for who, service in _principals(permission, plan, owners):
                yield Caller(
                    who=who,
                    may=_verb(permission, plan.app.resources[resource]),
                    resource=resource,
                    service=service,
                    effect=permission.effect,
                    actions=permission.actions,
                    condition=_condition(permission),
                    why=permission.why,
                )


def _trust(placed: Placed, plan: Plan, owners: Owners) -> Iterator[Caller]:
    """Who may assume a role whose trust policy the user wrote; one that the compiler wrote is for one service."""
    over = overlays(placed, "AssumeRolePolicyDocument")
    if not over and not placed.resource.raw:
        return
    for permission in of_document(properties(placed).get("AssumeRolePolicyDocument"), over):
        for who, service in _principals(permission, plan, owners):
            yield Caller(
                who=EVERY_ACCOUNT if who == ANYONE else who,
                may=ASSUMES,
                resource=placed.owner,
                service=service,
                effect=permission.effect,
                actions=permission.actions,
                condition=_condition(permission),
                why=permission.why,
            )


def _principals(permission: Permission, plan: Plan, owners: Owners) -> Iterator[tuple[str, str]]:
    """Whom a statement of a resource policy is for, and the service that comes."""
    principal = permission.principal
    if "principal" in permission.excepted:
        yield f"anyone but {text(principal) if not isinstance(principal, Mapping) else _listed(principal)}", ""
    elif not isinstance(principal, Mapping):
        yield _principal(principal), ""
    else:
        for sort, who in sorted(principal.items()):
            for one in listed(who):
                sources = _sources(permission) if sort == "Service" else []
                for source in sources or [None]:
                    yield (_source(source, "", plan, owners)[0], str(one)) if source is not None else (_principal(one), "")


def _sources(permission: Permission) -> list[Value]:
    """The sources that a service may come for."""
    found = [tests.get("aws:SourceArn") for operator, tests in sorted((permission.condition or {}).items()) if operator.startswith("Arn")]
    return [one for value in found for one in listed(value)]


def _principal(value: Value) -> str:
    """A principal as a reader calls it."""
    if value == "*":
        return ANYONE
    shown = _plain(value)
    return shown.removesuffix(":root").rpartition(":")[2] if shown.endswith(":root") else shown


def _plain(value: Value) -> str:
    return value if isinstance(value, str) else text(value).strip('"')


def _listed(principal: Mapping[str, Any]) -> str:
    return ", ".join(_principal(one) for _, who in sorted(principal.items()) for one in listed(who))


def _condition(permission: Permission) -> str:
    """The condition of a statement, in one line."""
    return conditions(Statement(actions=(), condition=permission.condition)) if permission.condition else ""


def _verb(permission: Permission, resource: Resource) -> str:
    """The verb of a kind that stands for the actions of a statement; else the actions."""
    if permission.actions == (resource.delivery,):
        return next((v for v, accesses in resource.verbs.items() if any(resource.delivery in a.actions for a in accesses)), "calls")
    for verb, accesses in resource.verbs.items():
        if set(permission.actions) <= {action for access in accesses for action in access.actions}:
            return verb
    return ", ".join(str(action) for action in permission.actions)


# --- routes ---


def _routes(api: Any, plan: Plan) -> Iterator[Caller]:
    """Who may call the routes of an api."""
    for route in api.routes(plan.app):
        found = guard.of(api, route, plan.app)
        scheme = found.scheme if found else "none"
        who = {
            "none": ANYONE,
            "iam": SIGNED,
            "jwt": f"tokens of {_plain(found.rules.issuer) if found and scheme == 'jwt' else ''}",
            "function": f"whom {found.function if found else ''} lets in",
        }[scheme]
        yield Caller(
            who=who,
            may=route.text,
            resource=api.name,
            reaches=route.wire.target.resource,
            actions=("execute-api:Invoke",) if scheme == "iam" else (),
            why=(route.span, *((found.span,) if found and scheme != "none" else ())),
        )


def _owner(value: Value, owners: Owners) -> str | None:
    """The declaration that a name, URL or ARN belongs to."""
    if isinstance(value, Piece):
        return _owner(value.text, owners)
    found = owners.of(value)
    return found.name if found else None
