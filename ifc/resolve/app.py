"""The road from files to an App: names, params, resources, wires, and what is derived from them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any

import attrs

from ifc.diagnostics import Label, Report, listed
from ifc.handlers import Handlers
from ifc.kinds import load
from ifc.model.app import TAGS, App, Context, Declared, Extern, Grant, Output, Parameter, Resource
from ifc.model.scope import Invalid, Scope, Symbol, kebab
from ifc.model.settings import CLEARED, Layers, entry_of, read_fields, read_form, setting, settings, settings_of, unknown_setting
from ifc.model.types import DEFAULTS, STAGE, WRITTEN, AnyValue, Choice, Decimal, Entry, Flag, Many, Pattern, String, Type
from ifc.records import evolve
from ifc.resolve.declare import Found, Reader
from ifc.resolve.files import folder_of
from ifc.resolve.program import NAME, Program
from ifc.resolve.wires import Wiring, joined
from ifc.source import Span
from ifc.syntax import tree
from ifc.values import Param, Value, leaves

PREFIX = Pattern(r"[a-z][a-z0-9-]{0,22}[a-z0-9]", "a prefix (2 to 24 of a–z, 0–9 and `-`, beginning with a letter, not ending with `-`)")
REGION = Pattern(r"[a-z]{2,4}(?:-[a-z]+)+-\d", "a region such as `eu-west-1`")


class Literal(Type):
    """A plain value, known now."""

    expects = "text in quotes, a number, `on` or `off`"

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        value = scope.value(node)
        if isinstance(value, str | int | float | bool) or value is None:
            return value
        return value if isinstance(value, Invalid) else self.wrong(node, scope, "a param's default is known when compiling")


@settings
class AppSettings:
    """`app name { … }` and what a stage may turn."""

    region: str | None = setting(String("a region in quotes", REGION, literal=True), doc="where it is deployed")
    tags: Mapping[str, Value] = setting(TAGS, {}, doc="tags of everything, beside `app`")
    prefix: str | None = setting(
        String("a prefix in quotes", PREFIX, literal=True), doc="what every physical name begins with", derived="{app}-{stage}"
    )
    boundary: Value = setting(String("a policy's ARN"), doc="permissions boundary of every role")
    keep: bool = setting(Flag(), True, doc="tables, buckets and secrets stay when they leave the app")


@settings
class StageSettings(AppSettings):
    """What a `stage` says of itself beside its overlays."""

    account: str | None = setting(
        String("an account's number in quotes", Pattern(r"\d{12}", "an account's number of 12 digits"), literal=True),
        doc="the only account it may be deployed to",
    )
    protected: bool = setting(Flag(), False, doc="risky changes are confirmed")


@settings
class ParamSettings:
    """`param name default { … }`."""

    default: Value = setting(Literal(), positional=True, doc="the value unless another is given")
    type: str | None = setting(Choice("string", "number", "flag", "list"), doc="its type", derived="the default's, else string")
    one_of: tuple[Value, ...] = setting(Many(Literal()), (), doc="the values it may have")
    min: Value = setting(Decimal(-1e15, 1e15), doc="the least number")
    max: Value = setting(Decimal(-1e15, 1e15), doc="the greatest number")
    pattern: str | None = setting(String("a regular expression in quotes", literal=True), doc="what its text must match")
    secret: bool = setting(Flag(), False, doc="never shown")


@settings
class OutputSettings:
    """`output name value { export }`."""

    value: Value = setting(AnyValue(), positional=True, needed=True, doc="what is put out")
    export: Value = setting(String(), doc="a name under which other stacks import it")


@attrs.frozen(eq=False)
class Options:
    """What the command line says of a compile."""

    stage: str = "dev"
    params: Mapping[str, str] = attrs.field(factory=dict)
    code: bool = True
    today: str | None = None  # ISO date: what is compared with days, such as the last one of a suppression, is compared with it
    secrets: bool = False  # whether secret params may have values: nothing that is compiled leaves this machine


def resolve(files: list[tree.File], options: Options, report: Report) -> App:
    """The App that the files mean for a stage; mistakes are in the report, and what they touch is missing from the App."""
    program = Program(report, options.stage)
    program.symbols["aws"] = (
        Symbol("aws", "bus", files[0].statements[0].span, ("name", "arn"), True) if files[0].statements else _nothing(files[0])
    )
    for file in files:
        for statement in file.statements:
            program.take(statement)
    program.overlay(tuple(settings_of(StageSettings)))
    implicit = program.symbols["aws"]
    name = _app_name(program)
    scope = Scope(report=report, symbols=program.symbols, app=name, stage=options.stage, folder=folder_of(implicit.span))
    settled, places = _app_settings(program, scope)
    parameters = _parameters(program, options, scope)
    found = [Reader(program, declares, scope).read() for declares in program.declares.values()]
    resources = {f.resource.name: f.resource for f in found if f.resource is not None}
    wiring = Wiring(program, resources, scope)
    _wire(program, wiring, found, list(program.declares))
    grants = _single(g for f in found for g in f.grants)
    if (
        program.symbols["aws"] is not implicit
        or any(g.resource == "aws" for g in grants)
        or any("aws" in (w.source.resource, w.target.resource) for w in wiring.wires)
    ):
        resources["aws"] = load("bus")(declared=Declared(name="aws", kind="bus", span=implicit.span, extern=Extern(name="default")))
    # What was broken is left out with everything that touches it: one mistake, one message.
    wires = tuple(
        sorted(
            (w for w in joined(wiring.wires, scope) if _whole(w.source.resource, resources) and _whole(w.target.resource, resources)),
            key=lambda w: (
                w.source.resource,
                w.source.port,
                w.target.resource,
                repr(w.target.address),
                w.pattern or "",
                repr(w.source.address),
                w.span.sort_key(),
            ),
        )
    )
    app = App(
        name=name,
        stage=options.stage,
        prefix=settled.prefix or _prefix(name, options.stage, program, report),
        region=settled.region,
        tags=settled.tags,
        boundary=settled.boundary,
        keep=settled.keep,
        account=settled.account,
        protected=settled.protected,
        places=places,
        span=program.app.span if program.app else None,
        description=program.app.description if program.app else None,
        today=options.today,
        parameters=parameters,
        resources=dict(sorted(resources.items())),
        wires=wires,
        grants=tuple(
            sorted(
                (g for g in grants if g.resource in resources and g.holder in resources),
                key=lambda g: (g.holder, g.resource, g.part, g.verb, g.pattern or ""),
            )
        ),
        allows=tuple(
            sorted((a for f in found for a in f.allows if a.holder in resources), key=lambda a: (a.holder, a.actions, a.span.sort_key()))
        ),
        outputs=_outputs(program, scope, parameters),
    )
    _defaults_warning(grants, report)
    _references(app, report)
    context = Context(report=report, handlers=Handlers(report, folder_of(implicit.span)) if options.code else None)
    return evolve(app, resources={n: r.complete(app, context) for n, r in app.resources.items()})


def _nothing(file: tree.File) -> Symbol:
    return Symbol("aws", "bus", Span(file.source, 0, 0), ("name", "arn"), True)


def _whole(name: str, resources: Mapping[str, Resource]) -> bool:
    return not name or name in resources


def _wire(program: Program, wiring: Wiring, found: list[Found], names: list[str]) -> None:
    for name, one in zip(names, found, strict=True):
        for route in one.routes:
            wiring.route(name, route)
    for statement in program.wires:
        wiring.read(statement)


def _single(grants: Any) -> list[Grant]:
    """The grants, each once (a default and the declaration may say the same)."""
    kept: dict[tuple[object, ...], Grant] = {}
    for grant in grants:
        kept.setdefault((grant.holder, grant.verb, grant.resource, grant.part, grant.pattern, grant.environment), grant)
    return list(kept.values())


def _defaults_warning(grants: list[Grant], report: Report) -> None:
    first = min((g for g in grants if g.layer == DEFAULTS), key=lambda g: g.span.sort_key(), default=None)
    if first is not None:
        report.warning(
            "IFC509",
            "verbs in `defaults function` widen every function",
            first.span,
            "holds for all functions",
            "give the verbs to the functions that need them",
        )


# --- app ---


def _app_name(program: Program) -> str:
    statement = program.app
    if statement is None:
        for file_span in [] if program.unnamed else [d.statement.span for d in program.declares.values()][:1]:
            program.report.error(
                "IFC214", "the program has no `app`", file_span, "something is declared, but no app", "begin with `app name`"
            )
        return "app"
    node = statement.head[1][0] if len(statement.head) == 2 and len(statement.head[1]) == 1 else None
    if isinstance(node, tree.Word) and NAME.fullmatch(node.text):
        return node.text
    if isinstance(node, tree.Word) and all(NAME.fullmatch(p) or p.isdigit() for p in node.text.split("-")):
        return node.text
    fixed = "-".join(re.findall(r"[A-Za-z0-9]+", node.span.text)).lstrip("0123456789-") if node else ""
    program.report.error(
        "IFC205",
        "`app` needs one name of letters, digits and `-`",
        node.span if node else statement.span,
        "not a name" if node else "no name",
        f"write `app {fixed or 'orders'}`",
    )
    return "app"


def _app_settings(program: Program, scope: Scope) -> tuple[StageSettings, dict[str, Span]]:
    layers = Layers(scope)
    table = settings_of(StageSettings)
    statements = [(s, WRITTEN) for s in (program.app.block.statements if program.app and program.app.block else ())]
    known = settings_of(AppSettings)
    places: dict[str, Span] = {}
    for statement, layer in [*statements, *((s, STAGE) for s in program.stage_settings)]:
        if isinstance(statement, tree.Broken):
            continue
        entry = entry_of(statement, layer) if isinstance(statement, tree.Declaration) else None
        if entry is None or entry.word.text not in (known if layer == WRITTEN else table):
            unknown_setting(statement, "`app`", list(known), scope)
        else:
            layers.add(entry, False)
            places[entry.word.text] = entry.span
    first = program.app.head[0][0] if program.app else None
    values, _ = read_fields(
        StageSettings, layers, scope, first if isinstance(first, tree.Word) else tree.Word(program.symbols["aws"].span, "app")
    )
    kept: dict[str, Any] = {field: value for field, value in (values or {}).items() if value is not CLEARED}
    return StageSettings(**kept), places


def _prefix(name: str, stage: str, program: Program, report: Report) -> str:
    prefix = f"{kebab(name)}-{kebab(stage)}"
    if not PREFIX.fits(prefix):
        span = program.app.span if program.app else program.symbols["aws"].span
        long = len(prefix) > 24
        room = 23 - max(len(kebab(s)) for s in (stage, "prod", *program.stages))
        short = f"{kebab(name)[:room].rstrip('-')}-${{stage}}" if room > 1 else kebab(name)[:24].rstrip("-")
        report.error(
            "IFC601",
            f"the prefix `{prefix}` is {f'{len(prefix)} characters long, and 24 are the most' if long else 'not one that every service takes'}",
            span,
            "every physical name begins with it",
            f'choose one: `app {name} {{ prefix "{short}" }}`',
        )
    return prefix


# --- params and outputs ---


def _parameters(program: Program, options: Options, scope: Scope) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for name, (statement, word) in sorted(program.params.items()):
        entry = Entry(word, statement.head[2:], statement.block, statement.span, WRITTEN, statement)
        form = read_form(ParamSettings, [entry], scope.at(folder_of(word.span)))
        if isinstance(form, Invalid):
            found[name] = Parameter(name=name, type="string", span=word.span)
            continue
        default, place = form.default, statement.head[2][-1].span if len(statement.head) > 2 else word.span
        overlay = program.param_overlays.get(name)
        if overlay is not None:
            staged = Literal().read_args(
                overlay.head[1:], Entry(word, overlay.head[1:], overlay.block, overlay.span, STAGE, overlay), scope
            )
            if not isinstance(staged, Invalid):
                default, place = staged, overlay.span
        kind = form.type or ("flag" if isinstance(default, bool) else "number" if isinstance(default, int | float) else "string")
        parameter = Parameter(
            name=name,
            type=kind,
            default=default,
            one_of=form.one_of,
            low=form.min,
            high=form.max,
            pattern=form.pattern,
            secret=form.secret,
            description=statement.description,
            span=word.span,
        )
        given = options.params.get(name)
        if given is not None:
            parameter, place = evolve(parameter, default=_typed(given, kind)), word.span
        found[name] = _checked(parameter, place, scope.report, options.secrets and given is not None)
    for name in options.params:
        if name not in found and not program.unread(name):
            from ifc.diagnostics import Diagnostic, Failure, near

            close = near(name, found)
            raise Failure(
                Diagnostic(
                    "IFC213",
                    f"the program declares no param `{name}`",
                    help=f"write `--param {close}=…`" if close else f"it declares {', '.join(found)}" if found else "it declares none",
                ),
                *scope.report.ordered(),
            )
    return found


def _typed(text: str, type: str) -> Value:
    """What the command line gives a param, as a value of its type; the text itself where it is none."""
    if type == "number" and re.fullmatch(r"-?\d{1,300}(\.\d{1,300})?", text, re.A):
        return float(text) if "." in text else int(text)
    return {"on": True, "true": True, "off": False, "false": False}.get(text, text) if type == "flag" else text


def _checked(parameter: Parameter, place: Span, report: Report, secret_too: bool) -> Parameter:
    """Reports a value, at `place`, that the param's own rules refuse; `secret_too`: a secret one may have a value, which nothing shows."""
    name, value = parameter.name, parameter.default
    if parameter.pattern is not None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what may mean another thing one day
                re.compile(parameter.pattern)
        except (re.error, OverflowError, RecursionError) as problem:
            report.error(
                "IFC309",
                f"the pattern of `{name}` is not a regular expression: {getattr(problem, 'msg', problem)}",
                parameter.span,
                "its pattern",
                "correct the pattern, or take it out",
            )
            return evolve(parameter, pattern=None)
    if parameter.type != "number" and (parameter.low is not None or parameter.high is not None):
        report.error(
            "IFC305",
            f"`min` and `max` are limits of numbers, and `{name}` is a {parameter.type}",
            parameter.span,
            "not a number",
            "add `type number`, or say what it may be with `one-of` or `pattern`",
        )
        return evolve(parameter, low=None, high=None)
    if value is None:
        return parameter
    if parameter.secret and not secret_too:
        report.error(
            "IFC344",
            f"the value of the secret param `{name}` would stand readable in what is compiled",
            place,
            "has a value",
            "leave it out, and give the value at the deployment",
        )
        return parameter
    right = {"number": int | float, "flag": bool, "string": str, "list": str}[parameter.type]
    if not isinstance(value, right) or (parameter.type == "number" and isinstance(value, bool)):
        wanted = {"number": "a number", "flag": "`on` or `off`", "string": "text in quotes", "list": "text in quotes, with commas in it"}
        report.error(
            "IFC301",
            f"`{_of(parameter, value)}` is no value of the {parameter.type} param `{name}`",
            place,
            f"not a {parameter.type}",
            f"give it {wanted[parameter.type]}",
        )
        return parameter
    # The limits of a list hold for each of its values, without blanks around (CloudFormation user guide, Parameters syntax reference).
    for one in [part.strip() for part in str(value).split(",")] if parameter.type == "list" else [value]:
        _limited(parameter, one, place, report)
    return parameter


def _limited(parameter: Parameter, value: Value, place: Span, report: Report) -> None:
    """Reports one value that the limits of a param refuse."""
    name, shown, low, high = parameter.name, _of(parameter, value), parameter.low, parameter.high
    if parameter.one_of and value not in parameter.one_of:
        report.error(
            "IFC303",
            f"`{shown}` is none of the values of `{name}`",
            place,
            "not offered",
            f"it may be {' or '.join(f'`{one}`' for one in parameter.one_of[:9])}",
        )
    elif isinstance(value, int | float) and low is not None and value < low:
        report.error("IFC302", f"`{shown}` is less than `{low}`, the `min` of `{name}`", place, "too small", f"give it `{low}` or more")
    elif isinstance(value, int | float) and high is not None and value > high:
        report.error("IFC302", f"`{shown}` is more than `{high}`, the `max` of `{name}`", place, "too large", f"give it `{high}` or less")
    elif parameter.pattern and isinstance(value, str) and not _matches(parameter.pattern, value):
        report.error(
            "IFC309",
            f"`{shown}` does not match the `pattern` of `{name}`",
            place,
            "does not match",
            f"give it text that matches `{parameter.pattern}`",
        )


def _of(parameter: Parameter, value: Value) -> str:
    """A param's value as a message shows it: of a secret one nothing."""
    return "…" if parameter.secret else _shown(value)


def _matches(pattern: str, value: str) -> bool:
    """Whether a value matches as in Java, whose classes are ASCII's unless `(?u)` says otherwise."""
    try:
        return re.fullmatch(pattern, value, re.A) is not None
    except ValueError:
        return re.fullmatch(pattern, value) is not None


def _shown(value: Value) -> str:
    """A value of a param as a message shows it."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 40 else text[:37] + "…"


def _outputs(program: Program, scope: Scope, parameters: Mapping[str, Parameter]) -> tuple[Output, ...]:
    found: dict[str, Output] = {}
    for statement, word in program.outputs:
        entry = Entry(word, statement.head[2:], statement.block, statement.span, WRITTEN, statement)
        form = read_form(OutputSettings, [entry], scope.at(folder_of(word.span)))
        if word.text in found:
            scope.report.error(
                "IFC202",
                f"the output `{word.text}` is declared twice",
                word.span,
                "again",
                "give one of them another name",
                [Label(found[word.text].span, "the first")],
            )
        elif not isinstance(form, Invalid):
            secret = next((p for p in _params_in(form.value) if p in parameters and parameters[p].secret), None)
            if secret is not None:
                scope.report.error(
                    "IFC510",
                    f"the secret param `{secret}` would stand in the open in an output",
                    entry.values_span,
                    "shows it",
                    "an output is readable by everyone who may see the deployment: leave it out",
                )
            found[word.text] = Output(
                name=word.text, value=form.value, export=form.export, description=statement.description, span=statement.span
            )
    return tuple(found[name] for name in sorted(found))


def _params_in(value: Value) -> list[str]:
    return [leaf.name for leaf in leaves(value) if isinstance(leaf, Param)]


def _references(app: App, report: Report) -> None:
    """Warns of secret params in environments: they are readable there."""
    secrets = {name for name, p in app.parameters.items() if p.secret}
    if not secrets:
        return
    places: dict[str, dict[str, Span]] = {}
    for resource in app.of_kind("function"):
        origin = resource.origins.get("env")
        for name in _params_in(getattr(resource, "env", {})):
            if name in secrets and origin is not None and origin.span is not None:
                places.setdefault(name, {})[resource.name] = origin.span
    for name, functions in places.items():
        span = min(functions.values(), key=Span.sort_key)
        report.warning(
            "IFC511",
            f"the secret param `{name}` stands readable in the environment of {listed(list(functions))}",
            span,
            "in the environment",
            f"declare `secret Name {name}` and let the function read it: `reads Name`",
        )
