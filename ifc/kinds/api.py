"""api: functions behind URLs (API Gateway). Its routes are wires that stand in its block."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ifc.diagnostics import Label, Report
from ifc.expectation import Expected, expectation
from ifc.model.app import Access, App, Context, Port, Resource, Wire
from ifc.model.metrics import MILLISECONDS, SHARE, Metric
from ifc.model.scope import INVALID, Invalid, Scope, short
from ifc.model.settings import Form, setting, settings
from ifc.model.types import Choice, Decimal, Entry, Flag, Many, Pattern, Seconds, String, Type, Whole
from ifc.plan import Caller, Lowering, arn
from ifc.records import evolve
from ifc.routes import guard, path
from ifc.routes.guard import HEADER, Authorization
from ifc.routes.path import Route
from ifc.source import Span
from ifc.syntax import tree
from ifc.values import Attr, Joined, Piece, Pseudo, Value, joined

# Over so many routes to one function its policy (20 KB) would grow full of permissions, so it gets one for the whole api.
MOST_PERMISSIONS = 20
MOST_ROUTES = 300  # API Gateway developer guide, quotas: routes of an HTTP API, resources of a REST API
# The ARN of an API (apigateway) or of what calls it (execute-api), up to its id.
_ARN = re.compile(r"arn:[\w-]+:(?:apigateway:([\w-]+)::/(?:apis|restapis)/|execute-api:([\w-]+):(\d{12}):)([a-z0-9]+)(?:/.*)?")
API_ID = Pattern(r"[a-z0-9]+", "the id of an API (lower-case letters and digits)")
STAGE_NAME = Pattern(r"[A-Za-z0-9_-]{1,128}", "a stage's name (letters, digits, `_` and `-`)")
# API Gateway API reference, CreateResource: what a path part of a REST API may hold
REST_SEGMENT = re.compile(r"[A-Za-z0-9._:-]+|\{[A-Za-z0-9._-]+\+?\}")


class Method(Choice):
    """A method of HTTP; `"*"` for all of them."""

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        return "*" if isinstance(node, tree.Text) and node.plain == "*" else super().read(node, scope)


class Schema(Type):
    """A JSON schema, from a file."""

    expects = '`file "schema.json"`'

    def read_args(self, args: tuple[tree.Args, ...], entry: Entry, scope: Scope) -> Value | Invalid:
        word = args[0][0] if args else None
        if len(args) == 2 and len(args[1]) == 1 and isinstance(word, tree.Word) and word.text == "file":
            text = scope.lookup(word, args[1][0])
            return text if isinstance(text, Invalid) else self.parsed(text, args[1][0], scope)
        if isinstance(word, tree.Text) and len(args) == 1:
            return self.wrong(word, scope, f"write `schema file {short(word.span)}`")
        return super().read_args(args, entry, scope) if not args else self.wrong(args[0][0], scope)

    def parsed(self, text: str, node: tree.Value, scope: Scope) -> Value | Invalid:
        """The schema in a file's text."""
        import json  # few apps have schemas

        try:
            content = json.loads(text)
            why = "" if isinstance(content, dict) else "it is not an object"
        except (ValueError, RecursionError) as problem:
            why = f"line {problem.lineno}: {problem.msg.lower()}" if isinstance(problem, json.JSONDecodeError) else "it is nested too deep"
        if why:
            scope.report.error(
                "IFC353",
                f"the file {short(node.span)} holds no JSON schema: {why}",
                node.span,
                "not a JSON schema",
                "API Gateway takes a schema of draft 4: an object in JSON",
            )
            return INVALID
        return content


@settings
class Throttle:
    """`throttle rate 50 burst 25`."""

    rate: Any = setting(Decimal(0.01, 1_000_000), inline=True, doc="requests a second")
    burst: Any = setting(Whole(1, 1_000_000), inline=True, doc="requests that may come at once")

    def planned(self) -> Any:
        """The same for the plan."""
        from ifc.aws.apigatewayv2 import Throttle as Planned  # with the rest of the lowering

        return Planned(rate=self.rate, burst=self.burst)


class Limits(Form[Throttle]):
    """The setting `throttle`: API Gateway takes both numbers, or would let nothing pass."""

    def __init__(self) -> None:
        super().__init__(Throttle, "`rate 50 burst 25`", flag=True)

    def fold(self, entries: Sequence[Entry], scope: Scope) -> Value | Invalid:
        found = super().fold(entries, scope)
        if isinstance(found, Throttle) and (found.rate is None or found.burst is None):
            scope.report.error(
                "IFC308", "`throttle` needs a rate and a burst", entries[-1].span, "not both", "write `throttle rate 50 burst 25`"
            )
            return INVALID
        return found


@settings
class Cors:
    """Which pages of other origins may call."""

    origins: tuple[Value, ...] = setting(Many(String("an origin in quotes")), ("*",), doc="the pages' origins")
    methods: tuple[str, ...] = setting(Many(Method(*path.METHODS)), (), doc="methods that they may use", derived="those of the routes")
    headers: tuple[Value, ...] = setting(
        Many(String("a header's name in quotes", HEADER)), ("authorization", "content-type"), doc="headers that they may send"
    )
    expose: tuple[Value, ...] = setting(
        Many(String("a header's name in quotes", HEADER)), (), doc="headers of the answer that they may read"
    )
    credentials: bool = setting(Flag(), False, doc="cookies and credentials are sent")
    max_age: int | None = setting(Seconds(0, 86_400), doc="how long a browser remembers the answer")


@settings
class RouteSettings:
    """What may be said of one route."""

    authorizer: Any = setting(Authorization(), doc="who may call it", derived="the api's", clears=True)
    scopes: tuple[Value, ...] = setting(Many(String("a scope in quotes")), (), doc="jwt: the token must hold one of them")
    schema: Mapping[str, Any] | None = setting(Schema(), doc="REST: a body that does not fit is refused")
    throttle: Throttle | None = setting(Limits(), doc="limits of this route")
    expect: Expected | None = expectation()


def to_function(wire: Wire, lowering: Lowering) -> None:
    """`METHOD /path -> f`: the permission; route and integration come with the api, which knows them all."""
    api, function = lowering.app.resources[wire.source.resource], lowering.app.resources[wire.target.resource]
    if not isinstance(api, Api):
        raise TypeError(f"{api.name} has no routes")
    name, which = f"{api.id}{Route.of(wire).name}", Route.of(wire).callers
    if function.name in api.opened(lowering.app):
        if wire is not next(w for w in lowering.app.wires_from(api.name) if w.target.resource == function.name):
            return
        name, which = api.id, "/*"
    source = arn("execute-api", api.attribute("id", lowering), which)
    function.admit(Caller(service="apigateway.amazonaws.com", source=source, name=name, wire=wire, span=wire.span), lowering)


REST_METRICS = {"4xx": "4XXError", "5xx": "5XXError"}


@settings
class Api(Resource):
    kind = "api"
    doc = "functions behind URLs (API Gateway)"
    example = "api Public { GET /orders/{id} -> getOrder }"
    rank = 80
    attributes = {"url": "URL", "id": "its id", "arn": "ARN, as in permissions to call it"}
    address = ("API_URL", "url")
    arn_shape = ("execute-api", "")
    verbs = {
        "calls": (Access(actions=("execute-api:Invoke",), suffix="/*"),),
        "sends": (Access(actions=("execute-api:ManageConnections",), suffix="/*"),),  # websocket
    }
    extern_settings = ("protocol", "authorizer", "root", "stage")
    parts = ("stage", "logs", "integration", "authorizer", "path", "model", "validator", "cors", "deployment", "account", "account-role")
    later = {
        "domain": "domains of your own",
        "plan": "usage plans",
        "api-key": "API keys",
        "openapi": "OpenAPI files",
        "cache": "caches of answers",
    }
    has_routes = True
    # API Gateway developer guide, Monitor HTTP API metrics, and Amazon API Gateway dimensions and metrics
    namespace = "AWS/ApiGateway"
    metrics = {
        "requests": Metric(doc="requests", name="Count"),
        "4xx": Metric(doc="answers that blame the caller", name="4xx"),
        "5xx": Metric(doc="answers that something failed", name="5xx"),
        "error-rate": Metric(doc="share of requests that failed, from 0 to 1", name="5xx", unit=SHARE, whole="Count"),
        "latency": Metric(doc="time until the answer", name="Latency", unit=MILLISECONDS, statistic="Maximum"),
        "integration-latency": Metric(
            doc="time that the functions took", name="IntegrationLatency", unit=MILLISECONDS, statistic="Maximum"
        ),
    }
    LOG_DAYS: ClassVar[int] = 30
    route_port: ClassVar[Port] = Port(
        doc="requests",
        targets=("function",),
        later=("queue", "bus", "stream"),
        settings=RouteSettings,
        merges=False,
        no_filter="test in the function, which answers the caller too",
        way="let a function take the request and send it on",
        unbuilt={"api-key": "API keys", "cache": "caches of answers"},
        lower=to_function,
    )

    protocol: str = setting(
        Choice("http", "rest", "websocket"),
        "http",
        doc="http: faster and cheaper; rest: checks bodies by a schema; websocket: a later release",
    )
    cors: Cors | None = setting(Form(Cors, "a block", flag=True), doc="pages of other origins may call")
    authorizer: Any = setting(Authorization(), doc="who may call its routes, where they don't say it", clears=True)
    throttle: Throttle | None = setting(Limits(), doc="limits of all routes together")
    logs: bool = setting(Flag(), False, doc="a line for each request, kept for 30 days; REST: needs a setting of the whole account")
    route_by: Value = setting(String("an expression in quotes"), doc="websocket: what tells messages apart")
    root: Value = setting(String("a resource's id"), doc="extern, REST: the id of `/`")
    stage: Value = setting(
        String("a stage's name in quotes", STAGE_NAME), doc="extern: the stage in its URL", derived="none, as HTTP APIs have it"
    )

    @classmethod
    def read_route(cls, head: tuple[tree.Args, ...], scope: Scope) -> str | None:
        """The port that a route leaves by: `POST /orders`, `DEFAULT`; None after an error."""
        return path.read(head, scope)

    def routes(self, app: App) -> list[Route]:
        """Its routes, by path and method."""
        return sorted((Route.of(w) for w in app.wires_from(self.name)), key=lambda r: (r.segments, r.method))

    def opened(self, app: App) -> frozenset[str]:
        """The functions that every route of it may call, since so many do."""
        found: frozenset[str] | None = self.__dict__.get("_opened")
        if found is None:  # counted once: each route asks
            counts: dict[str, int] = {}
            for wire in app.wires_from(self.name):
                counts[wire.target.resource] = counts.get(wire.target.resource, 0) + 1
            found = self.__dict__["_opened"] = frozenset(name for name, count in counts.items() if count > MOST_PERMISSIONS)
        return found

    # --- the model ---

    def complete(self, app: App, context: Context) -> Resource:
        report = context.report
        if self.protocol == "websocket":
            report.error(
                "IFC904",
                "this release does not build WebSocket APIs (`protocol websocket` of an api)",
                self.place("protocol"),
                "not built yet",
                "leave it out, or write it as raw `resource`s; the README lists what this release lacks",
            )
            return self
        routes = [r for r in self.routes(app) if self.known(r, report)]
        if self.extern:
            self.check_extern(routes, report)
        else:
            self.check_own(routes, app, report)
        if self.extern is None or self.protocol == "http":
            _alike(self, routes, report)
            guard.check(self, routes, app, report)
            if self.cors and self.protocol == "http":
                self.check_preflight(routes, app, report)
        self.check_grants(app, report)
        return evolve(self, authorizer=self.authorizer or None)

    def check_preflight(self, routes: list[Route], app: App, report: Report) -> None:
        """Warns where an authorizer meets preflight requests: browsers send them without credentials.

        (API Gateway developer guide, Configure CORS for HTTP APIs: for an HTTP API with a $default route and an authorizer.)
        """
        if any(r.method == "OPTIONS" for r in routes):
            return
        for route in routes:
            found = guard.of(self, route, app)
            if route.method in ("ANY", "DEFAULT") and found is not None and found.scheme != "none":
                report.warning(
                    "IFC495",
                    f"`{route.text}` takes preflight requests too, and its authorizer refuses them",
                    route.span,
                    "catches OPTIONS",
                    f"add `OPTIONS /{{path+}} -> {route.wire.target.resource} {{ authorizer none }}`, and let the function answer it",
                )

    def known(self, route: Route, report: Report) -> bool:
        """Whether the protocol has such routes; reports if not."""
        rest = self.protocol == "rest"
        if route.method in path.WEBSOCKET:
            report.error(
                "IFC484",
                f"`{route.method}` is a route of WebSocket APIs, and `{self.name}` is none",
                route.span,
                "of another protocol",
                "an api for requests has routes such as `POST /path -> function`",
            )
        elif rest and route.method == "DEFAULT":
            report.error(
                "IFC484",
                "a REST API has no `DEFAULT`",
                route.span,
                "of HTTP APIs",
                "write `ANY /{path+} -> function`, and `ANY /` for the path `/` itself",
            )
        elif rest and (bad := next((s for s in route.segments if not REST_SEGMENT.fullmatch(s)), None)):
            report.error(
                "IFC484",
                f"a REST API takes no path with `{bad}`",
                route.span,
                "letters, digits, `.`, `_`, `:` and `-`",
                "rename it, or write `protocol http`",
            )
        else:
            return True
        return False

    def check_own(self, routes: list[Route], app: App, report: Report) -> None:
        """Reports settings that do not fit the protocol or one another."""
        rest = self.protocol == "rest"
        for field, value in (("root", self.root), ("stage", self.stage)):
            if value is not None:
                report.error(
                    "IFC356",
                    f"`{field}` tells of an api that exists already, and `{self.name}` is made here",
                    self.place(field),
                    "of an extern api",
                    "take it out",
                )
        if self.route_by is not None:
            report.error(
                "IFC350",
                "only WebSocket APIs choose a route by the message",
                self.place("route_by"),
                "of `protocol websocket`",
                "take it out",
            )
        for route in routes:
            if route.wire.settings.schema is not None and not rest:
                report.error(
                    "IFC350",
                    "an HTTP API does not check bodies",
                    self.of(route, "schema"),
                    "`schema`",
                    "write `protocol rest`, or check the body in the function",
                )
        if self.cors:
            self.check_cors(self.cors, report)
        if rest:
            if not routes and not report.failed:
                report.error(
                    "IFC489",
                    f"the REST API `{self.name}` has no routes",
                    self.declared.span,
                    "no routes",
                    "AWS deploys none without: give it one",
                )
            if not STAGE_NAME.fits(app.stage):
                report.error(
                    "IFC358",
                    f"the stage `{app.stage}` can't be the name of a REST API's stage",
                    self.declared.span,
                    "its URL would hold it",
                    "letters, digits, `_` and `-` can: rename the stage, or write `protocol http`",
                )
        amount = len({r.segments[:n] for r in routes for n in range(1, len(r.segments) + 1)}) if rest else len(routes)
        if amount > MOST_ROUTES:
            report.warning(
                "IFC493",
                f"`{self.name}` has {amount} {'paths' if rest else 'routes'}, and API Gateway takes {MOST_ROUTES}",
                self.declared.span,
                "too many",
                "let AWS raise the account's quota, or join routes by `ANY` or `{path+}`",
            )

    def check_cors(self, cors: Cors, report: Report) -> None:
        span = self.place("cors")
        if cors.credentials and "*" in cors.origins:
            report.error(
                "IFC352",
                "no browser sends credentials to an api that lets every origin in",
                span,
                "`credentials`, and any origin",
                'name the origins: `cors { origins "https://example.com"; credentials }`',
            )
        if self.protocol != "rest":
            return
        if len(cors.origins) > 1:
            report.error(
                "IFC350",
                "a REST API names one origin, or `*`: its answer is fixed text",
                span,
                f"{len(cors.origins)} origins",
                "write `protocol http`, which takes several",
            )
        elif cors.expose:
            report.error(
                "IFC350",
                "a REST API adds no headers to what a function answers",
                span,
                "`expose`",
                "let the function send `access-control-expose-headers`",
            )
        else:
            report.note(
                "IFC491",
                f"the functions of `{self.name}` must send `access-control-allow-origin` themselves",
                span,
                "only for preflight and errors",
                "a REST API passes on what a function answers; `protocol http` adds the header",
            )

    def check_extern(self, routes: list[Route], report: Report) -> None:
        """Reports what can't be done to an API that belongs to someone else."""
        if self.protocol == "rest" and (routes or self.root is not None):
            span = routes[0].span if routes else self.place("root")
            report.error(
                "IFC487",
                f"routes that are added to the REST API `{self.name}` that is deployed elsewhere never reach its callers",
                span,
                "not deployed",
                "a REST API serves its owner's last deployment: add the routes there, or declare an api here",
            )
        if self.protocol == "http" and self.root is not None:
            report.error("IFC350", "an HTTP API has no resource for `/`", self.place("root"), "of REST APIs", "take it out")
        for route in routes if self.protocol == "http" else ():
            if route.wire.settings.throttle:
                report.error(
                    "IFC488",
                    f"the stage of `{self.name}` is its owner's, and limits stand there",
                    self.of(route, "throttle"),
                    "`throttle`",
                    "take it out",
                )
            if route.wire.settings.schema is not None:
                report.error(
                    "IFC350", "an HTTP API does not check bodies", self.of(route, "schema"), "`schema`", "check the body in the function"
                )
        extern = self.extern
        if extern and isinstance(extern.arn, str) and "/restapis/" in extern.arn and self.protocol == "http":
            report.error(
                "IFC309", f"`{extern.arn}` is the ARN of a REST API", self.declared.span, "its ARN", "write `protocol rest` into its block"
            )
        elif extern and isinstance(extern.name, str) and not API_ID.fits(extern.name):
            report.error(
                "IFC309",
                f"`{extern.name}` is not {API_ID.said}",
                self.declared.span,
                "named by its id",
                "the id is the first part of its URL",
            )

    def check_grants(self, app: App, report: Report) -> None:
        """Reports verbs that this api does not take."""
        grants = [g for g in app.grants if g.resource == self.name]
        signed = self.extern is not None or any(
            (found := guard.of(self, r, app)) is None or found.scheme == "iam" for r in self.routes(app)
        )
        for grant in grants:
            if grant.verb == "sends":
                report.error(
                    "IFC490",
                    f"`sends` is for WebSocket APIs, and `{self.name}` is none",
                    grant.span,
                    "not such an api",
                    f"write `calls {self.name}`",
                )
            elif not signed:
                report.error(
                    "IFC490",
                    f"`calls` is a permission, and no route of `{self.name}` asks for one",
                    grant.span,
                    "none is `iam`",
                    f"write `authorizer iam` on a route; for its address alone, `env {{ URL {self.name}.url }}`",
                )

    def of(self, route: Route, field: str) -> Span:
        """Where a setting of a route was written."""
        origin = route.wire.origins.get(field)
        return origin.span if origin and origin.span else route.span

    # --- permissions and values ---

    @classmethod
    def has_arn(cls, text: str) -> bool:
        return _ARN.fullmatch(text) is not None

    def attribute(self, name: str, lowering: Lowering) -> Value:
        region, account, id = self.whereabouts(lowering)
        if name == "id":
            return id
        rest = self.protocol == "rest"
        stage = lowering.value(self.stage) if self.extern else lowering.app.stage if rest else None
        if name == "arn":
            # Without a stage an extern REST API may be called on any.
            return joined(
                "arn:", Pseudo("partition"), ":execute-api:", region, ":", account, ":", id, "/", stage or ("*" if rest else "$default")
            )
        if rest and stage is None:
            lowering.report.error(
                "IFC494",
                f"the URL of the REST API `{self.name}` holds the name of its stage, which is not given",
                self.declared.span,
                "its URL is asked for",
                'write `stage "prod"` into its block',
            )
        if rest or self.extern:
            # Composed, and the stage as text: a reference to the stage would wait for the methods, and those for the functions.
            return joined("https://", id, ".execute-api.", region, ".", Pseudo("suffix"), *(("/", stage) if stage else ()))
        return Attr(self.id, "url")

    def metric(self, word: str) -> Metric:
        found = super().metric(word)
        if self.protocol == "rest" and found.name in REST_METRICS:
            return evolve(found, name=REST_METRICS[found.name])
        return found

    def dimensions(self, part: str, lowering: Lowering) -> dict[str, Value]:
        if self.protocol == "rest":
            if self.extern:
                lowering.report.error(
                    "IFC364",
                    f"the metrics of a REST API are found by its name, and of the extern `{self.name}` only its id is known",
                    self.declared.span,
                    "exists already",
                    'name the metric itself in the alarm: `where "AWS/ApiGateway/5XXError" > 5 { dimensions { ApiName "…" } }`',
                )
            return {"ApiName": self.physical_name(lowering)}
        return {"ApiId": self.attribute("id", lowering)}

    def whereabouts(self, lowering: Lowering) -> tuple[Value, Value, Value]:
        """Region, account and id."""
        extern = self.extern
        here = Pseudo("region"), Pseudo("account")
        if extern is None:
            return *here, Attr(self.id, "id")
        if extern.arn is None:
            return *here, lowering.value(extern.name)
        text = lowering.value(extern.arn)
        match = _ARN.fullmatch(text) if isinstance(text, str) else None
        if match:
            return match[1] or match[2], match[3] or here[1], match[4]
        begin = text.parts[0] if isinstance(text, Joined) else ""
        called = isinstance(begin, str) and ":execute-api:" in begin
        return (
            (Piece(text, ":", 3), Piece(text, ":", 4), Piece(text, ":", 5))
            if called
            else (Piece(text, ":", 3), here[1], Piece(text, "/", 2))
        )

    # --- the plan ---

    def physical_name(self, lowering: Lowering) -> Value:
        """Its name, which need not be unique."""
        return lowering.value(self.physical) or lowering.named(self.base_name)

    def log_name(self, lowering: Lowering) -> Value:
        """The name of its log group; with this beginning a service may write to any number of groups (Step Functions developer
        guide, Avoiding CloudWatch Logs resource policy size restrictions)."""
        return joined("/aws/vendedlogs/apis/", self.physical_name(lowering))

    def lower(self, lowering: Lowering) -> None:
        if self.protocol == "rest":
            from ifc.routes import rest  # an app rarely has both

            rest.lower(self, lowering)
        else:
            from ifc.routes import http

            http.lower(self, lowering)

    def lower_extern(self, lowering: Lowering) -> None:
        if self.routes(lowering.app):
            from ifc.routes import http

            http.lower(self, lowering)


# --- routes that get in each other's way ---


def _alike(api: Api, routes: list[Route], report: Report) -> None:
    """Reports routes that are the same, and those that would get the same id."""
    ordered = sorted(routes, key=lambda r: r.span.sort_key())
    shapes: dict[tuple[str, ...], Route] = {}
    names: dict[str, Route] = {}
    single: list[Route] = []
    for route in ordered:
        before = shapes.setdefault(route.shape, route)
        if before is not route:
            what = (
                f"`{route.text}` is routed twice" if route.text == before.text else f"`{route.text}` and `{before.text}` are the same route"
            )
            report.error(
                "IFC483",
                what,
                route.span,
                "again",
                "parameters have names for the function only: keep one of them",
                [Label(before.span, "first here")],
            )
            continue
        before = names.setdefault(route.name, route)
        if before is route:
            single.append(route)
        else:
            _same_id(f"`{route.text}` and `{before.text}`", f"{api.id}{route.name}", route, before, report)
    if api.protocol == "rest":
        _paths_alike(api, single, report)


def _paths_alike(api: Api, routes: list[Route], report: Report) -> None:
    """Reports paths of a REST API that can't be beside each other."""
    from ifc.routes.rest import path_name

    places: dict[tuple[str, ...], tuple[str, Route]] = {}
    names: dict[str, tuple[tuple[str, ...], Route]] = {}
    told: set[int] = set()
    for route in routes:
        for length in range(1, len(route.segments) + 1):
            segments = route.segments[:length]
            parent, last = path.shape(segments[:-1]), segments[-1]
            if last.startswith("{"):
                other, before = places.setdefault(parent, (last, route))
                if other != last:
                    report.error(
                        "IFC485",
                        f"a REST API takes one parameter at a place, and here are `{other}` and `{last}`",
                        route.span,
                        f"`{last}`",
                        f"write `{other}` in both",
                        [Label(before.span, f"`{other}`")],
                    )
                    told.add(id(route))
                    break
            found, before = names.setdefault(path_name(segments), (segments, route))
            if found != segments and not {id(before), id(route)} & told:
                _same_id(
                    f"the paths `/{'/'.join(segments)}` and `/{'/'.join(found)}`", f"{api.id}{path_name(segments)}", route, before, report
                )
                told.add(id(route))
                break


def _same_id(what: str, logical: str, route: Route, before: Route, report: Report) -> None:
    report.error(
        "IFC486",
        f"{what} both become the resource `{logical}`",
        route.span,
        "this one",
        "ids are made from the letters and digits of a path: rename a segment or a parameter of one of them",
        [Label(before.span, "and this one")],
    )
