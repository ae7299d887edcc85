"""What a REST API becomes (API Gateway v1): paths and methods, and a deployment that is a snapshot of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ifc.aws import apigateway, logs
from ifc.model.scope import kebab
from ifc.plan import Lowering
from ifc.plan import Resource as Planned
from ifc.routes import guard
from ifc.routes.guard import Guard
from ifc.routes.path import METHODS, Route, words
from ifc.values import Attr, Pseudo, Value, joined, wholes

if TYPE_CHECKING:
    from ifc.kinds.api import Api, Cors

TIMEOUT = 29  # seconds; API Gateway developer guide, Quotas for REST APIs
LOG_FORMAT = (
    '{"requestId":"$context.requestId","ip":"$context.identity.sourceIp","time":"$context.requestTime","method":"$context.httpMethod",'
    '"path":"$context.resourcePath","status":"$context.status","error":"$context.integrationErrorMessage"}'
)
AUTHORIZATION = {"none": "NONE", "iam": "AWS_IAM", "function": "CUSTOM"}
# Paths whose ids would be those of something else of the api: `/stage`, `/getUploadUrl` beside `GET /uploadUrl`.
_TAKEN = re.compile(
    r"(?:Model)?(?:Get|Post|Put|Patch|Delete|Head|Options|Any).*|Path.*|Stage|Logs|Account(?:Role)?|Validator|[45]Xx|"
    r"Deployment[0-9a-f]{10}"
)
# What API Gateway does not freeze in a deployment
LOOSE = {"cfn": ("Name", "Description", "Tags"), "terraform": ("name", "description", "tags")}


def path_name(segments: tuple[str, ...]) -> str:
    """The end of a path's logical id."""
    name = words(segments)
    return f"Path{name}" if _TAKEN.fullmatch(name) else name


def path_id(api: Api, segments: tuple[str, ...]) -> Value:
    """What a method or a longer path hangs on."""
    return Attr(f"{api.id}{path_name(segments)}", "id") if segments else Attr(api.id, "root")


def prefixes(routes: list[Route]) -> list[tuple[str, ...]]:
    """Every path that routes need, the parents before their children."""
    return sorted({r.segments[:length] for r in routes for length in range(1, len(r.segments) + 1)})


def lower(api: Api, lowering: Lowering) -> None:
    """Adds to the plan what the api becomes."""
    _Rest(api, lowering).lower()


class _Rest:
    """One REST API on its way into the plan."""

    def __init__(self, api: Api, lowering: Lowering) -> None:
        self.api, self.lowering = api, lowering
        self.api_id = Attr(api.id, "id")
        self.routes = api.routes(lowering.app)
        self.frozen: list[str] = []  # ids of what the deployment is a snapshot of

    def lower(self) -> None:
        api, lowering = self.api, self.lowering
        name = api.physical_name(lowering)
        lowering.add(apigateway.RestApi(id=api.id, name=name, description=api.declared.description, tags=api.tags), api.name)
        for segments in prefixes(self.routes):
            path = path_id(api, segments)
            self.below(apigateway.Path(id=path.id, api=self.api_id, parent=path_id(api, segments[:-1]), segment=segments[-1]), "path")
        self.guards()
        self.bodies()
        after = [self.method(route) for route in self.routes]
        if api.cors:
            after += self.cors(api.cors)
        self.stage(self.deployment(after))

    def below(self, resource: Planned, part: str, route: Route | None = None) -> None:
        """Adds what the deployment is a snapshot of."""
        self.frozen.append(resource.id)
        self.lowering.add(resource, self.api.name, "" if route else part, wire=route.wire if route else None)

    # --- routes ---

    def guards(self) -> None:
        api, lowering = self.api, self.lowering
        guards = guard.used(api, self.routes, lowering.app)
        for one in guards.values():
            resource = self.authorizer(one)
            self.frozen.append(resource.id)
            guard.add(api, one, resource, lowering)
        guard.admit(api, guards.values(), api.id, api.opened(lowering.app), lowering)

    def authorizer(self, found: Guard) -> apigateway.Authorizer:
        return apigateway.Authorizer(
            id=f"{self.api.id}{found.id}",
            api=self.api_id,
            name=self.lowering.value(found.name),
            function=self.lowering.arn(found.function),
            written=self.written(found.function),
            token=bool(found.rules.token),
            sources=self.lowering.value(found.sources("method.request.header.")),
            cache=found.cache,
        )

    def bodies(self) -> None:
        """The models of bodies, and the one validator."""
        api = self.api
        described = [r for r in self.routes if r.wire.settings.schema is not None]
        for route in described:
            self.below(
                apigateway.Model(id=self.model_id(route), api=self.api_id, name=route.name, schema=route.wire.settings.schema), "model"
            )
        if described:
            self.below(apigateway.BodyValidator(id=f"{api.id}Validator", api=self.api_id, name="body"), "validator")

    def model_id(self, route: Route) -> str:
        return f"{self.api.id}Model{route.name}"

    def written(self, function: str) -> Value:
        """A function's ARN, written out."""
        return self.lowering.app.resources[function].literal("arn", self.lowering)

    def method(self, route: Route) -> str:
        """The id of a route's method, which is added."""
        found = guard.of(self.api, route, self.lowering.app)
        id = f"{self.api.id}{route.name}"
        described = route.wire.settings.schema is not None
        self.below(
            apigateway.Method(
                id=id,
                api=self.api_id,
                path=path_id(self.api, route.segments),
                method=route.method,
                authorization=AUTHORIZATION[found.scheme if found else "none"],
                authorizer=Attr(f"{self.api.id}{found.id}", "authorizer") if found and found.id else None,
                parameters=route.parameters,
                function=self.lowering.arn(route.wire.target.resource),
                written=self.written(route.wire.target.resource),
                timeout=TIMEOUT,
                model=Attr(self.model_id(route), "name") if described else None,
                validator=Attr(f"{self.api.id}Validator", "id") if described else None,
            ),
            "",
            route,
        )
        return id

    # --- other origins ---

    def cors(self, cors: Cors) -> list[str]:
        """The ids of the answers to preflight requests, and of the headers on API Gateway's own errors."""
        api = self.api
        origin: dict[str, Value] = {"Access-Control-Allow-Origin": self.lowering.value(cors.origins[0])}
        if cors.credentials:
            origin["Access-Control-Allow-Credentials"] = "true"
        ids = []
        by_path: dict[tuple[str, ...], set[str]] = {}
        for route in self.routes:
            by_path.setdefault(route.segments, set()).add(route.method)
        for segments, methods in sorted(by_path.items()):
            if "OPTIONS" in methods:
                continue  # the app answers by itself
            headers = {**origin, "Access-Control-Allow-Methods": ",".join(allowed(cors.methods or tuple(methods)))}
            if cors.headers:
                headers["Access-Control-Allow-Headers"] = listed(self.lowering.value(cors.headers))
            if cors.max_age is not None:
                headers["Access-Control-Max-Age"] = str(cors.max_age)
            ids.append(f"{api.id}Options{words(segments)}")
            self.below(
                apigateway.Preflight(
                    id=ids[-1], label=f"{api.id}Preflight{words(segments)}", api=self.api_id, path=path_id(api, segments), headers=headers
                ),
                "cors",
            )
        for number in "45":
            ids.append(f"{api.id}{number}Xx")
            self.below(apigateway.GatewayResponse(id=ids[-1], api=self.api_id, type=f"DEFAULT_{number}XX", headers=origin), "cors")
        return ids

    # --- deployment and stage ---

    def deployment(self, after: list[str]) -> str:
        """The id of the deployment, which is added."""
        api, app = self.api, self.lowering.app
        defaults = {name: p.default for name, p in app.parameters.items()}
        if app.prefix != f"{kebab(app.name)}-{kebab(app.stage)}":
            defaults["Prefix"] = app.prefix  # another prefix is other functions; the derived one can't change in a stack
        functions = {r.wire.target.resource for r in self.routes} | {g.function for g in guard.used(api, self.routes, app).values()}
        arns = {app.resources[f].id: app.resources[f].literal("arn", self.lowering) for f in functions if app.resources[f].extern is None}
        digest, other = (apigateway.digest(self.snapshot(target), arns, defaults) for target in LOOSE)
        known = (str, int, float, bool, type(None), Attr, Pseudo)
        late = {repr(v): v for v in wholes((self.snapshot("terraform"), list(arns.values()))) if not isinstance(v, known)}
        id = f"{api.id}Deployment{digest}"
        self.lowering.add(
            apigateway.Deployment(
                id=id,
                api=self.api_id,
                digest=digest,
                other_digest=other,
                late=tuple(late[key] for key in sorted(late)),
                after=tuple(sorted(after)),
            ),
            api.name,
            "deployment",
        )
        return id

    def snapshot(self, target: str) -> dict[str, Any]:
        """All that a deployment freezes, with what is laid over it for one target."""
        content: dict[str, Any] = {id: self.content(id, target) for id in self.frozen}
        # What is laid over the API itself may be frozen too: its policy, its binary types.
        content[self.api.id] = {k: v for o in self.overlays(self.api.id, target) for k, v in o.items() if k not in LOOSE[target]}
        return content

    def content(self, id: str, target: str) -> list[Any]:
        placed = self.lowering.by_id.get(id)
        return [placed.resource.cfn(), *self.overlays(id, target)] if placed else []

    def overlays(self, id: str, target: str) -> list[Any]:
        placed = self.lowering.by_id.get(id)
        return [o.content for o in placed.overlays if o.target == target] if placed else []

    def stage(self, deployment: str) -> None:
        api, lowering = self.api, self.lowering
        group = f"{api.id}Logs" if api.logs else None
        throttled = {(r.method, r.path): r.wire.settings.throttle.planned() for r in self.routes if r.wire.settings.throttle}
        lowering.add(
            apigateway.Stage(
                id=f"{api.id}Stage",
                api=self.api_id,
                name=lowering.app.stage,
                deployment=Attr(deployment, "deployment"),
                throttle=api.throttle.planned() if api.throttle else None,
                throttled=throttled,
                log_group=Attr(group, "arn") if group else None,
                log_format=LOG_FORMAT,
                after=(self.account(),) if group else (),
                tags=api.tags,
            ),
            api.name,
            "stage",
        )
        if group:
            lowering.add(logs.LogGroup(id=group, name=api.log_name(lowering), retention=api.LOG_DAYS, tags=api.tags), api.name, "logs")

    def account(self) -> str:
        """The id of the account's setting, without which no REST API can log; the first such api of the app brings it."""
        lowering = self.lowering
        apis: list[Any] = [a for a in lowering.app.of_kind("api") if a.extern is None]
        first = next(a for a in apis if a.protocol == "rest" and a.logs)
        id = f"{first.id}Account"
        if first is self.api:
            managed = joined("arn:", Pseudo("partition"), ":iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs")
            boundary = lowering.value(lowering.app.boundary)
            role = apigateway.AccountRole(
                id=f"{id}Role", service="apigateway.amazonaws.com", managed=(managed,), boundary=boundary, tags=first.tags
            )
            lowering.add(role, first.name, "account-role")
            lowering.add(apigateway.Account(id=id, role=Attr(role.id, "arn")), first.name, "account")
        return id


def allowed(methods: tuple[str, ...]) -> list[str]:
    """The methods of a preflight answer, in order."""
    every = METHODS if {"*", "ANY"} & set(methods) else methods
    return sorted({*every, "OPTIONS"})


def listed(values: tuple[Value, ...]) -> Value:
    """The values as one text with commas."""
    ordered = sorted(values, key=repr)
    return joined(*[piece for value in ordered for piece in (",", value)][1:])
