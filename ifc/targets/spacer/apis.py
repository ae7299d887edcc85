"""The apis of the description: routes, who may call them, and what pages of other origins may do."""

from __future__ import annotations

from typing import Any

from ifc.routes import guard
from ifc.routes.guard import Guard
from ifc.routes.path import METHODS, Route
from ifc.targets.spacer.scene import Scene

RESERVED = ("_ifc", "_url", "private")  # first segments of paths that the gateway keeps for itself


def apis(scene: Scene) -> dict[str, Any]:
    """The apis by name; where there are several, each has its own base path."""
    found: dict[str, Any] = {}
    for api in scene.app.of_kind("api"):
        given: Any = api
        routes = given.routes(scene.app)
        base = scene.here.base(api.name)
        for route in routes:
            if not base and route.segments[:1] and route.segments[0] in RESERVED:
                scene.report.error(
                    "IFC634",
                    f"`/{route.segments[0]}` is the gateway's own, and `{route.text}` would never be reached",
                    route.span,
                    "taken",
                    "let the path begin otherwise",
                )
        found[api.name] = {
            "protocol": given.protocol,
            "id": scene.attribute(api, "id"),
            "stage": scene.app.stage if given.protocol == "rest" else "$default",
            "base": base,
            "cors": _cors(scene, given, routes),
            "throttle": _throttle(given.throttle),
            "routes": [_route(scene, given, route) for route in routes],
        }
    return found


def _route(scene: Scene, api: Any, route: Route) -> dict[str, Any]:
    said = route.wire.settings
    found = guard.of(api, route, scene.app)
    return {
        "method": route.method,
        "path": route.path,
        "function": route.wire.target.resource,
        "guard": _guard(scene, api, found, said.scopes) if found else {"scheme": "none"},
        "throttle": _throttle(said.throttle),
        "schema": said.schema,
    }


def _guard(scene: Scene, api: Any, found: Guard, scopes: Any) -> dict[str, Any]:
    if found.scheme in ("none", "iam"):
        return {"scheme": found.scheme}
    rules, place = found.rules, "method.request.header." if api.protocol == "rest" else "$request.header."
    made: dict[str, Any] = {"scheme": found.scheme, "sources": scene.value(found.sources(place))}
    if found.scheme == "jwt":
        return {
            **made,
            "issuer": scene.value(rules.issuer),
            "audience": scene.value(rules.audience),
            "scopes": scene.value(scopes or found.scopes),
        }
    return {**made, "function": found.function, "token": bool(rules.token), "cache": found.cache}


def _throttle(throttle: Any) -> dict[str, Any] | None:
    return {"rate": throttle.rate, "burst": throttle.burst} if throttle else None


def _cors(scene: Scene, api: Any, routes: list[Route]) -> dict[str, Any] | None:
    cors = api.cors
    if not cors:
        return None
    # A REST API answers for each path with its methods, where none are said.
    methods = cors.methods or (() if api.protocol == "rest" else tuple(sorted({r.method for r in routes})))
    if {"*", "ANY", "DEFAULT"} & set(methods):
        methods = tuple(sorted(METHODS))
    return {
        "origins": scene.value(cors.origins),
        "methods": list(methods),
        "headers": scene.value(cors.headers),
        "expose": scene.value(cors.expose),
        "credentials": cors.credentials,
        "maxAge": cors.max_age,
    }
