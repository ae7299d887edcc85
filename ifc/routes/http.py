"""What an HTTP API becomes (API Gateway v2). An extern one gets routes and what they need; its stage is its owner's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ifc.aws import apigatewayv2, logs
from ifc.aws.cors import Cors
from ifc.plan import Lowering, capital
from ifc.routes import guard
from ifc.routes.guard import Guard
from ifc.routes.path import METHODS, Route
from ifc.values import Attr, Value

if TYPE_CHECKING:
    from ifc.kinds.api import Api

TIMEOUT = 30  # seconds; API Gateway developer guide, Quotas for HTTP APIs
LOG_FORMAT = (
    '{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","time":"$context.requestTime","routeKey":"$context.routeKey",'
    '"status":"$context.status","error":"$context.integrationErrorMessage"}'
)
AUTHORIZATION = {"none": "NONE", "iam": "AWS_IAM", "jwt": "JWT", "function": "CUSTOM"}


def lower(api: Api, lowering: Lowering) -> None:
    """Adds to the plan what the api becomes."""
    routes = api.routes(lowering.app)
    id = api.attribute("id", lowering)
    if api.extern is None:
        lowering.add(
            apigatewayv2.Api(
                id=api.id,
                name=api.physical_name(lowering),
                description=api.declared.description,
                cors=_cors(api, routes, lowering),
                tags=api.tags,
            ),
            api.name,
        )
        _stage(api, id, routes, lowering)
    for function in sorted({r.wire.target.resource for r in routes}):
        integration = apigatewayv2.Integration(
            id=integration_id(api, function, lowering), api=id, function=lowering.arn(function), timeout=TIMEOUT
        )
        lowering.add(integration, api.name, "integration")
    guards = guard.used(api, routes, lowering.app)
    for one in guards.values():
        guard.add(api, one, _authorizer(api, one, id, lowering), lowering)
    guard.admit(api, guards.values(), api.id, api.opened(lowering.app), lowering)
    for route in routes:
        _route(api, route, id, lowering)


def integration_id(api: Api, function: str, lowering: Lowering) -> str:
    """The logical id of the integration with a function."""
    return f"{api.id}Calls{capital(lowering.app.resources[function].base_name)}"


def key(route: Route) -> str:
    """The route as API Gateway writes it."""
    return "$default" if route.method == "DEFAULT" else route.text


def _route(api: Api, route: Route, id: Value, lowering: Lowering) -> None:
    found = guard.of(api, route, lowering.app)
    scheme = found.scheme if found else "none"
    lowering.add(
        apigatewayv2.Route(
            id=f"{api.id}{route.name}",
            api=id,
            key=key(route),
            integration=Attr(integration_id(api, route.wire.target.resource, lowering), "id"),
            authorization=AUTHORIZATION[scheme],
            authorizer=Attr(f"{api.id}{found.id}", "authorizer") if found and found.id else None,
            scopes=lowering.value(route.wire.settings.scopes or (found.scopes if found else ())),
        ),
        api.name,
        wire=route.wire,
    )


def _authorizer(api: Api, found: Guard, id: Value, lowering: Lowering) -> apigatewayv2.Authorizer:
    common = {
        "id": f"{api.id}{found.id}",
        "api": id,
        "name": lowering.value(found.name),
        "sources": lowering.value(found.sources("$request.header.")),
    }
    if found.scheme == "jwt":
        return apigatewayv2.Authorizer(issuer=lowering.value(found.rules.issuer), audience=lowering.value(found.rules.audience), **common)
    return apigatewayv2.Authorizer(function=lowering.arn(found.function), cache=found.cache, **common)


def _cors(api: Api, routes: list[Route], lowering: Lowering) -> Cors | None:
    cors = api.cors
    if not cors:
        return None
    methods = cors.methods or tuple(sorted({r.method for r in routes}))
    if {"*", "ANY", "DEFAULT"} & set(methods):
        methods = tuple(sorted(METHODS))
    return Cors(
        origins=lowering.value(cors.origins),
        methods=methods,
        headers=lowering.value(cors.headers),
        expose=lowering.value(cors.expose),
        credentials=cors.credentials,
        max_age=cors.max_age,
    )


def _stage(api: Api, id: Value, routes: list[Route], lowering: Lowering) -> None:
    throttled = {r: r.wire.settings.throttle for r in routes if r.wire.settings.throttle}
    group = f"{api.id}Logs" if api.logs else None
    lowering.add(
        apigatewayv2.Stage(
            id=f"{api.id}Stage",
            api=id,
            log_group=Attr(group, "arn") if group else None,
            log_format=LOG_FORMAT,
            throttle=api.throttle.planned() if api.throttle else None,
            throttled={key(r): t.planned() for r, t in throttled.items()},
            # A stage whose settings name a route that is not there yet is refused: "unable to find route".
            after=tuple(sorted(f"{api.id}{r.name}" for r in throttled)),
            tags=api.tags,
        ),
        api.name,
        "stage",
    )
    if group:
        lowering.add(logs.LogGroup(id=group, name=api.log_name(lowering), retention=api.LOG_DAYS, tags=api.tags), api.name, "logs")
