"""Who may call a route: the setting `authorizer`, and what it means for each route of an api."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from ifc.diagnostics import Label, Report
from ifc.model.app import App, Resource
from ifc.model.scope import INVALID, Invalid, Scope
from ifc.model.settings import CLEARED, Form, setting, settings
from ifc.model.types import Entry, Flag, Many, Pattern, Seconds, String, Type
from ifc.plan import arn, capital
from ifc.records import named
from ifc.routes.path import Route
from ifc.source import Span
from ifc.syntax import tree
from ifc.values import Attr, Value, joined

if TYPE_CHECKING:
    from ifc.kinds.api import Api
    from ifc.plan import Lowering
    from ifc.plan import Resource as Planned

HEADER = Pattern(r"[A-Za-z0-9!#$%&'*+.^_|~-]+", "a header's name")
ISSUER = Pattern(r"https://\S+", "an issuer (a URL that begins with `https://`)")
CACHE = 300  # seconds; API Gateway's own
RULES = ("issuer", "audience", "headers", "identity", "token", "cache")  # what makes one AWS authorizer differ from another


class Scheme(Type):
    """Who checks: a word of the language, or the name of a function (or of a declared authorizer)."""

    def __init__(self, words: tuple[str, ...], kinds: tuple[str, ...], expects: str) -> None:
        self.words, self.kinds, self.expects = words, kinds, expects

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        if not isinstance(node, tree.Word):
            return self.wrong(node, scope)
        if node.text in self.words:
            return node.text
        symbol = scope.symbol(node.text, node.span, self.kinds)
        if symbol is None or symbol.kind == "?":
            return INVALID
        return self.wrong(node, scope, f"write `{symbol.name}`") if "." in node.text else symbol.name


class Cache(Seconds):
    """How long an answer is remembered; `off` for not at all."""

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        return 0 if isinstance(node, tree.Word) and node.text == "off" else super().read(node, scope)


@settings
class Rules:
    """What is said of an authorizer, declared or in place."""

    audience: tuple[Value, ...] = setting(
        Many(String("an audience in quotes")), (), doc="jwt: who the token must be meant for, one of them"
    )
    scopes: tuple[Value, ...] = setting(
        Many(String("a scope in quotes")), (), doc="jwt: the token must hold one, where a route says no others"
    )
    headers: Any = setting(
        Many(String("a header's name in quotes", HEADER)),
        doc="headers that it looks at; without them nobody is let in",
        derived="Authorization, without `identity`",
    )
    identity: tuple[Value, ...] = setting(Many(String("an expression in quotes")), (), doc="what else it looks at, in API Gateway's words")
    token: bool | None = setting(Flag(), doc="function, REST: it gets the header's value alone, not the request", derived="off")
    cache: int | None = setting(
        Cache(0, 3600), doc="function: how long its answer holds for the same headers; `off`: it is asked each time", derived="5m"
    )


@settings
class Written(Rules):
    """`authorizer …` in an api or on a route."""

    scheme: str | None = setting(
        Scheme(("iam", "jwt"), ("function", "authorizer"), "`iam`, `jwt`, or the name of a function or an authorizer"),
        positional=True,
        doc="who checks",
    )
    issuer: Value = setting(String("an issuer in quotes", ISSUER), positional=True, doc="jwt: who signs the token")


class Authorization(Form[Written]):
    """The setting `authorizer`."""

    def __init__(self) -> None:
        super().__init__(Written, '`iam`, `none`, `jwt "issuer" { audience "x" }`, or the name of a function or an authorizer')

    def fold(self, entries: Sequence[Entry], scope: Scope) -> Value | Invalid:
        # A layer that names another authorizer says nothing of the settings of the one before.
        begin = max((n for n, e in enumerate(entries) if e.args), default=None)
        if begin is None:
            scope.report.error(
                "IFC304", "`authorizer` needs to say who checks", entries[-1].word.span, "no name after it", f"it takes {self.expects}"
            )
            return INVALID
        found = super().fold(entries[begin:], scope)
        if isinstance(found, Written):
            symbol = scope.symbols.get(found.scheme or "")
            kind = symbol.kind if symbol and found.scheme not in ("iam", "jwt") else found.scheme
            return found if complete(found, kind or "", found.scheme or "", entries[-1].span, scope.report) else INVALID
        return INVALID


def complete(rules: Any, kind: str, name: str, span: Span, report: Report) -> bool:
    """Whether all that an authorizer needs is said, and nothing that it does not know; reports what is wrong."""
    given = {s for s in (*RULES, "scopes") if getattr(rules, s) not in (None, ())}
    if kind == "jwt" and not {"issuer", "audience"} <= given:
        missing = "issuer" if "issuer" not in given else "audience"
        report.error(
            "IFC351",
            f"a token is checked against its issuer and audience, and the {missing} is not given",
            span,
            f"no {missing}",
            'write `jwt "https://issuer" { audience "x" }`',
        )
        return False
    able = {"jwt": {"issuer", "audience", "scopes", "headers", "identity"}, "function": {"headers", "identity", "token", "cache"}}.get(
        kind, set()
    )
    extra = sorted(given - able)
    if not extra:
        return True
    known = {"jwt": "a `jwt` authorizer", "iam": "`iam`", "": "`none`", "authorizer": f"the use of the authorizer `{name}`"}
    what = known.get(kind, "a function that authorizes")
    help = {"iam": "take it out: AWS checks the signature", "authorizer": f"write it into the declaration of `{name}`"}.get(
        kind, "take it out"
    )
    report.error("IFC351", f"{what} takes no `{extra[0]}`", span, f"`{extra[0]}` in it", help)
    return False


# --- what it means ---


@named
class Guard:
    """Who may call a route, with every name resolved."""

    scheme: str  # none, iam, jwt or function
    id: str = ""  # the end of its logical id: `Callers` in `PublicCallers`
    name: Value = None
    owner: str = ""  # the declared authorizer, when it is one
    function: str = ""
    rules: Any = None
    span: Span

    def same(self, other: Guard) -> bool:
        """Whether one AWS authorizer can stand for both."""
        mine, others = (attrs.asdict(g.rules, recurse=False, filter=lambda a, _: a.name in RULES) for g in (self, other))
        return mine == others and (self.scheme, self.function, self.owner) == (other.scheme, other.function, other.owner)

    @property
    def scopes(self) -> tuple[Value, ...]:
        """The scopes that its routes ask for, where they don't say."""
        return tuple(self.rules.scopes) if self.scheme == "jwt" else ()

    @property
    def cache(self) -> int:
        """How long an answer holds, in seconds."""
        return CACHE if self.rules.cache is None else int(self.rules.cache or 0)

    def headers(self) -> tuple[Value, ...]:
        """The headers that it looks at."""
        if self.rules.headers is None:
            return () if self.rules.identity else ("Authorization",)
        return tuple(self.rules.headers)

    def sources(self, place: str) -> tuple[Value, ...]:
        """What it looks at, with `place` before each header: `$request.header.` or `method.request.header.`."""
        return tuple(joined(place, h) for h in self.headers()) + tuple(self.rules.identity)


def of(api: Api, route: Route, app: App) -> Guard | None:
    """The guard of a route, its own or the api's; None where the authorizer's declaration is broken."""
    own = route.wire.settings.authorizer
    written = api.authorizer if own is None else own
    holder: Mapping[str, Any] = api.origins if own is None else route.wire.origins
    origin = holder.get("authorizer")
    span = origin.span if origin and origin.span else route.span
    if written is None or written is CLEARED:
        return Guard(scheme="none", span=span)
    return _resolved(written, span, app)


def _resolved(written: Written, span: Span, app: App) -> Guard | None:
    scheme = written.scheme or ""
    if scheme == "iam":
        return Guard(scheme="iam", span=span)
    if scheme == "jwt":
        return Guard(scheme="jwt", id="Jwt", name="jwt", rules=written, span=span)
    resource: Resource | None = app.resources.get(scheme)
    if resource is None:
        return None
    if resource.kind == "function":
        return Guard(scheme="function", id=capital(resource.base_name), name=resource.base_name, function=scheme, rules=written, span=span)
    declared: Any = resource
    name = declared.physical or declared.base_name
    if declared.scheme == "jwt":
        return Guard(scheme="jwt", id=capital(resource.id), name=name, owner=scheme, rules=declared, span=span)
    if declared.scheme not in app.resources:
        return None
    return Guard(scheme="function", id=capital(resource.id), name=name, owner=scheme, function=declared.scheme, rules=declared, span=span)


def used(api: Api, routes: Iterable[Route], app: App) -> dict[str, Guard]:
    """The guards that become authorizers of an api, by id."""
    found: dict[str, Guard] = {}
    for route in sorted(routes, key=lambda r: r.span.sort_key()):
        guard = of(api, route, app)
        if guard is not None and guard.id:
            found.setdefault(guard.id, guard)
    # By what stays the same when something is renamed.
    return dict(sorted(found.items(), key=lambda item: (item[1].owner or item[1].function, item[0])))


# --- mistakes ---


def check(api: Api, routes: Sequence[Route], app: App, report: Report) -> None:
    """Reports guards that the api's protocol does not know, and two that would become one."""
    seen: dict[str, Guard] = {}
    for route in sorted(routes, key=lambda r: r.span.sort_key()):
        guard = of(api, route, app)
        if guard is None:
            continue
        if route.wire.settings.scopes and guard.scheme != "jwt":
            origin = route.wire.origins["scopes"]
            report.error(
                "IFC492",
                f"scopes stand in a token, and no `jwt` checks the token of `{route.text}`",
                origin.span or route.span,
                "no token",
                'give it `authorizer jwt "issuer" { audience "x" }`',
            )
        if not guard.id:
            continue
        before = seen.setdefault(guard.id, guard)
        if before is guard:
            _protocol(api, guard, report)
        elif not before.same(guard):
            report.error(
                "IFC355",
                f"`{api.name}` has two authorizers that would both be called `{guard.id}`",
                guard.span,
                "the second",
                "declare them: `authorizer Name …`, and use their names",
                [Label(before.span, "the first")],
            )


def _protocol(api: Api, guard: Guard, report: Report) -> None:
    """Reports what the api's protocol does not know of a guard."""
    error, rest, rules = report.error, api.protocol == "rest", guard.rules
    if rest and guard.scheme == "jwt":
        error(
            "IFC350",
            "a REST API does not check tokens by itself",
            guard.span,
            "`jwt`",
            "write `protocol http`, or let a function check the token: `authorizer check`",
        )
        return
    if not rest and rules.token:
        error(
            "IFC350",
            "an HTTP API gives its authorizer the whole request, never a token alone",
            guard.span,
            "`token`",
            "take `token` out, or write `protocol rest`",
        )
        return
    headers, cached = guard.headers(), guard.scheme == "function" and guard.cache > 0
    if (rules.token or guard.scheme == "jwt") and len(headers) + len(rules.identity) != 1:
        error(
            "IFC357",
            "a token stands in one place",
            guard.span,
            f"{len(headers) + len(rules.identity)} places",
            'name one header: `headers "Authorization"`',
        )
    elif cached and not headers and not rules.identity:
        error(
            "IFC357",
            "an answer is remembered by what the authorizer looks at, and it looks at nothing",
            guard.span,
            "nothing to tell callers apart by",
            "name its `headers`, or write `cache off`",
        )
    good = ("method.request.", "context.", "stageVariables.") if rest else ("$request.", "$context.", "$stageVariables.")
    for source in rules.identity:
        if isinstance(source, str) and not source.startswith(good):
            other = "method.request.header.X" if rest else "$request.header.X"
            error(
                "IFC354",
                f"`{source}` is nothing that {'a REST' if rest else 'an HTTP'} API can look at",
                guard.span,
                "in `identity`",
                f'write it as `"{other}"`, `"{other.replace("header", "querystring")}"` or `"{good[1]}…"`',
            )


# --- the plan ---


def admit(api: Api, guards: Iterable[Guard], prefix: str, opened: frozenset[str], lowering: Lowering) -> None:
    """Lets the api call the functions that authorize; those that all of it may call already need no more."""
    from ifc.plan import Caller

    by_function: dict[str, list[Guard]] = {}
    for guard in guards:
        if guard.function and guard.function not in opened:
            by_function.setdefault(guard.function, []).append(guard)
    for function, group in sorted(by_function.items()):
        which = Attr(f"{prefix}{group[0].id}", "authorizer") if len(group) == 1 else "*"
        source = arn("execute-api", api.attribute("id", lowering), "/authorizers/", which)
        lowering.app.resources[function].admit(
            Caller(service="apigateway.amazonaws.com", source=source, name=prefix, span=group[0].span), lowering
        )


def add(api: Api, guard: Guard, resource: Planned, lowering: Lowering) -> None:
    """Places an authorizer: under its declaration, so that what is laid over it counts, or under the api."""
    if guard.owner:
        lowering.add(resource, guard.owner)
    else:
        lowering.add(resource, api.name, "authorizer")
