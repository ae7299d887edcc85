"""function: code that runs on events (Lambda)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from ifc.aws import awslambda, iam, logs
from ifc.aws.cors import Cors
from ifc.delivery import may_deliver
from ifc.diagnostics import Label
from ifc.model.app import Access, Allow, App, Context, Grant, Port, Resource, Wire
from ifc.model.metrics import MILLISECONDS, SHARE, Metric
from ifc.model.scope import INVALID, Invalid, Scope, shouty
from ifc.model.settings import CLEARED, Form, setting, settings
from ifc.model.types import DEFAULTS, AnyValue, Choice, Days, Flag, Many, Megabytes, Name, Pattern, Seconds, String, Type, Whole
from ifc.model.types import Mapping as MapOf
from ifc.plan import ALL, PREFIX, Caller, CodeArchive, Lowering, Statement, capital, merged, partitioned
from ifc.records import evolve
from ifc.runtimes import DEFAULT_RUNTIMES, ENDED, RUNTIMES, successor
from ifc.source import Span
from ifc.syntax import tree
from ifc.values import Attr, Pseudo, Ref, Value, joined, wholes

if TYPE_CHECKING:
    from ifc.handlers import Handler

# CloudWatch Logs API, PutRetentionPolicy
LOG_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
# Lambda developer guide, Using Lambda environment variables: reserved names
RESERVED = (
    "_HANDLER|_X_AMZN_TRACE_ID|AWS_DEFAULT_REGION|AWS_REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_FUNCTION_NAME|"
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE|AWS_LAMBDA_FUNCTION_VERSION|AWS_LAMBDA_INITIALIZATION_TYPE|AWS_LAMBDA_LOG_GROUP_NAME|"
    "AWS_LAMBDA_LOG_STREAM_NAME|AWS_ACCESS_KEY|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|AWS_LAMBDA_RUNTIME_API|"
    "LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR"
)
MOST_ENVIRONMENT = 4096  # bytes of all variables together (Lambda developer guide, Lambda quotas)
VARIABLE = Pattern(
    rf"(?!(?:{RESERVED})\Z)[A-Za-z][A-Za-z0-9_]+",
    "a variable's name (a letter, then letters, digits and `_`; two characters at least; not one that Lambda sets)",
)


class LayerOf(String):
    """A layer of the app by its name, or the ARN of a version of any layer."""

    def __init__(self) -> None:
        arn = Pattern(r"arn:[^:]+:lambda:[^:]*:\d*:layer:[^:]+:\d+", "a layer version's ARN")
        super().__init__("the name of a layer, or a layer version's ARN", arn)

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        if not isinstance(node, tree.Word) or "." in node.text:
            return super().read(node, scope)
        known = scope.symbols.get(node.text)
        if known is not None and known.kind == "param":
            return super().read(node, scope)
        symbol = scope.symbol(node.text, node.span, ("layer",))
        return INVALID if symbol is None or symbol.kind == "?" else Ref(symbol.name, "arn")


class Runtime(Type):
    """A Lambda runtime."""

    expects = "a Lambda runtime such as `python3.14` or `nodejs24.x`"

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        written = node.text if isinstance(node, tree.Word) else node.plain if isinstance(node, tree.Text) else None
        if written is None:
            return self.wrong(node, scope)
        if written in RUNTIMES:
            return written
        if written in ENDED:
            scope.report.error("IFC303", f"AWS has ended `{written}`", node.span, "no longer offered", f"write `{successor(written)}`")
            return INVALID
        from ifc.diagnostics import listed, near

        close = near(written, RUNTIMES)
        scope.report.error(
            "IFC303",
            f"`{written}` is not a Lambda runtime",
            node.span,
            "unknown runtime",
            f"write `{close}`" if close else f"there are {listed(list(RUNTIMES))}",
        )
        return INVALID


@settings
class Retries:
    """`retries N [max-age 1h]`, of asynchronous calls."""

    count: int = setting(Whole(0, 2), positional=True, needed=True, doc="how often a failed asynchronous call is tried again")
    max_age: int | None = setting(Seconds(60, 21_600), inline=True, doc="how old an event may get")


@settings
class UrlCors:
    """Cross-origin rules of a function's URL."""

    origins: tuple[Value, ...] = setting(Many(String()), ("*",), doc="allowed origins")
    methods: tuple[Value, ...] = setting(
        Many(Choice("GET", "PUT", "HEAD", "POST", "PATCH", "DELETE")), doc="allowed methods", default=("GET",)
    )
    headers: tuple[Value, ...] = setting(Many(String()), (), doc="headers that may be sent")
    expose: tuple[Value, ...] = setting(Many(String()), (), doc="headers that may be read")
    credentials: bool = setting(Flag(), False, doc="cookies and credentials are sent")
    max_age: int | None = setting(Seconds(0, 86_400), doc="how long a browser remembers")


@settings
class Url:
    """`url [iam|public] { cors; streaming }`."""

    auth: str = setting(Choice("iam", "public"), "iam", positional=True, doc="who may call: signed requests of the account, or anyone")
    cors: UrlCors | None = setting(Form(UrlCors, "a block", flag=True), doc="cross-origin rules")
    streaming: bool = setting(Flag(), False, doc="the response is streamed")


@settings
class Deploy:
    """`deploy canary 10 percent every 5m { rollback-on Errors }`, `linear …`, or `all-at-once`."""

    how: str = setting(
        Choice("canary", "linear", "all-at-once"), positional=True, needed=True, doc="in two steps, in equal steps, or in one"
    )
    share: int | None = setting(Whole(1, 99), positional=True, doc="how much of the traffic moves first, or with each step")
    percent: bool = setting(Flag(), False, inline=True, doc="what the share is of: calls in a hundred")
    every: int | None = setting(Seconds(60, 172_800), inline=True, doc="how long until the next step, in whole minutes")
    rollback_on: tuple[str, ...] = setting(Many(Name("alarm")), (), doc="alarms that take a deployment back while it is under way")
    before: str | None = setting(Name("function"), doc="the function that tries the new code first, and tells CodeDeploy what it found")
    after: str | None = setting(Name("function"), doc="the function that looks when all traffic has moved")

    @property
    def hooks(self) -> tuple[str, ...]:
        """The functions that CodeDeploy calls."""
        return tuple(sorted({name for name in (self.before, self.after) if name}))


def destination(wire: Wire, lowering: Lowering) -> None:
    """`f.failed -> X`: where the result of an asynchronous call goes; the function's role delivers it. Lambda takes one place for each
    outcome (Lambda API reference, DestinationConfig), in a configuration that a function has once."""
    function = lowering.app.resources[wire.source.resource]
    if function.extern:
        lowering.report.error(
            "IFC410",
            f"what becomes of the calls of the extern function `{function.name}` is its owner's to say",
            wire.source.span,
            "exists already",
            f"let its owner name `{wire.target.resource}` as the destination: writing it here would replace what the owner says",
        )
        return
    ends = lowering.destinations.setdefault(function.name, {})
    first = ends.setdefault(wire.source.port, wire)
    if first is not wire:
        _one_place(first, wire, lowering)
        return
    lowering.permit(function.name, *may_deliver(lowering.app.resources[wire.target.resource], wire.span, lowering))


def _one_place(one: Wire, other: Wire, lowering: Lowering) -> None:
    first, second = sorted((one, other), key=lambda w: w.target.span.sort_key())
    source = f"{first.source.resource}.{first.source.port}"
    lowering.report.error(
        "IFC409",
        f"`{source}` goes to two places, and Lambda sends a result to one",
        second.target.span,
        "the second place",
        f"let `{source}` go to a topic or a bus, and that to both",
        [Label(first.target.span, "the first")],
    )


RESULT = Port(
    doc="asynchronous calls that failed",
    targets=("function", "queue", "topic", "bus"),
    merges=False,
    no_filter="filter behind it: send the result to a bus, and filter what leaves the bus",
    lower=destination,
)


@settings
class Function(Resource):
    kind = "function"
    doc = "code that runs on events (Lambda)"
    example = 'function report "src/report.run" { reads Orders; memory 1GB }'
    rank = 60
    attributes = {"name": "physical name", "arn": "ARN", "role": "ARN of its role", "url": "its URL, with `url`"}
    address = ("FUNCTION", "name")
    arn_shape = ("lambda", "function:")
    verbs = {"calls": (Access(actions=("lambda:InvokeFunction",)),)}
    ports = {
        "failed": RESULT,
        "succeeded": evolve(RESULT, doc="asynchronous calls that succeeded"),
    }
    delivery = "lambda:InvokeFunction"
    positional = "handler"
    parts = ("role", "logs", "async", "url", "permission", "alias", "deployment")
    # Lambda developer guide, Types of metrics for Lambda functions
    namespace = "AWS/Lambda"
    dimension = "FunctionName"
    metrics = {
        "calls": Metric(doc="calls", name="Invocations"),
        "errors": Metric(doc="calls that failed", name="Errors"),
        "error-rate": Metric(doc="share of calls that failed, from 0 to 1", name="Errors", unit=SHARE, whole="Invocations"),
        "throttles": Metric(doc="calls refused for want of concurrency", name="Throttles"),
        "duration": Metric(doc="how long a call ran", name="Duration", unit=MILLISECONDS, statistic="Maximum"),
        "concurrency": Metric(doc="calls at the same time", name="ConcurrentExecutions", statistic="Maximum"),
        "stream-age": Metric(doc="age of the last record that it read", name="IteratorAge", unit=MILLISECONDS, statistic="Maximum"),
        "event-age": Metric(doc="how long asynchronous calls waited", name="AsyncEventAge", unit=MILLISECONDS, statistic="Maximum"),
        "dropped": Metric(doc="asynchronous calls given up", name="AsyncEventsDropped"),
        "lost": Metric(doc="results that could not be delivered to `failed` or `succeeded`", name="DestinationDeliveryFailures"),
    }
    later = {
        "vpc": "functions in a VPC",
    }
    holds_verbs = True

    physical: Value = setting(
        String(pattern=Pattern(r"[A-Za-z0-9_-]{1,64}", "a function's name (1 to 64 letters, digits, `-` and `_`)")),
        word="name",
        doc="its physical name",
        derived="the prefix and the declared name",
    )
    handler: str = setting(
        String('"file.handler" in quotes', literal=True),
        positional=True,
        doc="file and function, relative to `code`; needed but with `image`",
    )
    code: str = setting(String("a folder in quotes", literal=True), ".", doc="the folder that is packed, relative to the .ifc file")
    include: tuple[Value, ...] = setting(
        Many(String("a glob in quotes", literal=True)),
        (),
        doc="files that are packed beside what the handler imports: globs, relative to `code`",
    )
    exclude: tuple[Value, ...] = setting(
        Many(String("a glob in quotes", literal=True)),
        (),
        doc="files that are left out of the archive, dependencies' too: globs, relative to `code`",
    )
    runtime: str | None = setting(Runtime(), doc="Lambda runtime", derived="by the handler's file")
    memory: Value = setting(Megabytes(128, 10_240, param=True), 256, doc="memory, and with it CPU")
    timeout: int = setting(Seconds(1, 900), 10, doc="how long a call may run")
    arch: str = setting(Choice("arm64", "x86"), "arm64", doc="processor")
    env: Mapping[str, Value] = setting(MapOf(AnyValue(), VARIABLE), {}, doc="environment variables")
    reserved: Value = setting(Whole(0, 1_000_000, param=True), doc="calls at the same time, reserved and at most")
    layers: tuple[Value, ...] = setting(
        Many(LayerOf(), most=5), (), doc="layers of the app, or ARNs of layer versions; a later one lies over those before"
    )
    image: Value = setting(
        String("an image's URI", Pattern(r"[^\s/]+\.dkr\.ecr\.[^\s/]+/\S+", "the URI of an image in ECR")),
        doc="a container image in ECR instead of an archive; the handler, if one is written, is its command",
    )
    log_retention: Value = setting(
        Days(1, 3653, param=True, allowed=LOG_DAYS), 30, doc="how long logs are kept; `none`: for ever", clears=True
    )
    tracing: bool = setting(Flag(), False, doc="X-Ray traces")
    retries: Retries | None = setting(
        Form(Retries, "a number from 0 to 2"), doc="of asynchronous calls", derived="2 within 6h, Lambda's own"
    )
    url: Url | None = setting(Form(Url, "`iam` or `public`", flag=True), doc="a URL of its own")
    role: Value = setting(
        String("a role's ARN", Pattern(r"arn:[^:]+:iam::\d*:role/.+", "a role's ARN")),
        doc="an existing role; verbs then only set the environment",
    )
    storage: Value = setting(Megabytes(512, 10_240, param=True), doc="size of /tmp", derived="512MB, Lambda's own")
    log_format: str = setting(Choice("text", "json"), "text", doc="format of log lines")
    deploy: Deploy | None = setting(
        Form(Deploy, "`canary`, `linear` or `all-at-once`"),
        doc="how traffic moves to new code, behind the alias `live`",
        derived="at once, without versions",
    )
    provisioned: Value = setting(
        Whole(1, 100_000, param=True),
        doc="environments that wait for calls, behind the alias `live`",
        derived="none: they start with calls",
    )
    environment: Mapping[str, Value] = attrs.field(factory=dict)  # what the code sees: verbs' addresses and `env`
    asked: Mapping[str, Span] = attrs.field(factory=dict)  # which verb asked for a variable
    source: Handler | None = None  # where its code is; None where that wasn't looked for

    # --- the model ---

    def complete(self, app: App, context: Context) -> Resource:
        if self.extern:
            return self
        self.check_deploy(context)
        self.check_code(context)
        environment, asked = self.variables(app, context)
        self.check_size(environment, context)
        runtime, source = self.found_code(context)
        return evolve(self, runtime=runtime, source=source, environment=environment, asked=asked)

    def check_code(self, context: Context) -> None:
        """Reports a function without code, and settings of archives where the code is an image."""
        if self.image is None:
            if not self.handler:
                context.report.error(
                    "IFC308",
                    f"`{self.name}` needs `handler`",
                    self.declared.span,
                    "no `handler`",
                    f'write it after `{self.name}`: "file.handler" in quotes',
                )
            return
        for field in ("code", "include", "exclude", "runtime", "layers"):
            origin = self.origins.get(field)
            if origin is not None and origin.span is not None and origin.layer != DEFAULTS:
                context.report.error(
                    "IFC375",
                    f"`{field}` is for code in an archive, and `{self.name}` is an image",
                    origin.span,
                    "not for an image",
                    "take it out: the image holds all that",
                )

    @property
    def aliased(self) -> bool:
        """Whether callers call an alias of it, and not the function as it was deployed last."""
        return self.extern is None and (bool(self.deploy) or bool(self.provisioned))

    def check_deploy(self, context: Context) -> None:
        """Reports what does not fit together in `deploy` and `provisioned`."""
        deploy, error = self.deploy or None, context.report.error
        span = self.place("deploy")
        at_once = deploy is not None and deploy.how == "all-at-once"
        if deploy is not None and at_once and (deploy.share is not None or deploy.every is not None):
            error("IFC370", "all at once has no steps", span, "a share or a time", "take them out, or write `canary` or `linear`")
        elif deploy is not None and not at_once and (deploy.share is None or deploy.every is None):
            missing = "how much of the traffic moves" if deploy.share is None else "how long a step takes"
            error("IFC370", f"it is not said {missing}", span, "incomplete", f"write `deploy {deploy.how} 10 percent every 5m`")
        elif deploy is not None and deploy.every is not None and deploy.every % 60:
            error("IFC370", "CodeDeploy counts in whole minutes", span, "not whole minutes", "round it")
        if isinstance(self.provisioned, int) and isinstance(self.reserved, int) and self.provisioned > self.reserved:
            error(
                "IFC372",
                f"{self.provisioned} environments can't wait where {self.reserved} calls are the most",
                self.place("provisioned"),
                "more than `reserved`",
                "reserve as many at least",
            )

    def check_size(self, environment: Mapping[str, Value], context: Context) -> None:
        """Reports variables that are more than Lambda takes: counted is what is known, names and text as it is written."""
        texts = [text for name, value in environment.items() for text in (name, *wholes(value))]
        known = sum(len(str(text).encode()) for text in texts if isinstance(text, str | int | float))
        if known > MOST_ENVIRONMENT:
            context.report.error(
                "IFC532",
                f"the environment of `{self.name}` has {known:,} bytes or more, and Lambda takes {MOST_ENVIRONMENT:,}",
                self.place("env"),
                "too much",
                "put what is long into a `config` or a file beside the code, and let the code read it",
            )

    def variables(self, app: App, context: Context) -> tuple[dict[str, Value], dict[str, Span]]:
        """The environment: one variable for each resource that a verb names, then what is written."""
        found: dict[str, Value] = {}
        asked: dict[str, Span] = {}
        for grant in app.grants_of(self.name):
            target = app.resources[grant.resource]
            suffix, attribute = target.address
            if not attribute:
                continue
            dotted = f"{grant.part}." if grant.part else ""
            name = grant.environment or overlapped(shouty(grant.resource + capital(grant.part)), suffix)
            value = Ref(grant.resource, dotted + attribute)
            if name in found and found[name] != value:
                context.report.error(
                    "IFC506",
                    f"two resources want the variable `{name}`",
                    grant.span,
                    f"`{grant.resource}`",
                    "give one of them another name with `as`",
                )
            found[name] = value
            asked[name] = grant.span
        found.update(self.env)
        return dict(sorted(found.items())), {k: v for k, v in asked.items() if k not in self.env}

    def found_code(self, context: Context) -> tuple[str | None, Handler | None]:
        """The runtime as written, or by the handler's file (None after an error), and that file."""
        if self.image is not None:
            return None, None
        written = self.runtime if isinstance(self.runtime, str) else None  # `none` leaves it to the handler's file
        span = self.origins["handler"].span if "handler" in self.origins else self.declared.span
        if span is None or not self.handler:
            return written, None
        if context.handlers is None:
            if written:
                return written, None
            context.report.note(
                "IFC721",
                f"the runtime of `{self.name}` is taken to be {DEFAULT_RUNTIMES['.py']}, since no file is looked at",
                span,
                "no runtime given",
                "write `runtime …`, or compile without `--no-code`",
            )
            return DEFAULT_RUNTIMES[".py"], None
        code = self.origins.get("code")
        found = context.handlers.find(
            self.code_folder, self.handler, span, written, code.span if code else None, self.env.get("NODE_OPTIONS")
        )
        if written or found is None:
            return written, found
        runtime = DEFAULT_RUNTIMES[found.suffix]
        if runtime == "lua":
            return runtime, found  # the gateway has one Lua: there is no version to choose
        context.report.note(
            "IFC720",
            f"`{self.name}` runs on {runtime}, the version that this release of ifc chooses",
            span,
            "no runtime given",
            f"write `runtime {runtime}` so that an upgrade of ifc never changes it",
        )
        return runtime, found

    # --- the plan ---

    @property
    def code_parameter(self) -> str:
        """The parameter that names its archive; "" for an image."""
        return f"{self.id}CodeKey" if self.image is None else ""

    def physical_name(self, lowering: Lowering) -> Value:
        """The function's name, written out: it is always known."""
        return lowering.value(self.physical or None) or joined(PREFIX, "-", self.base_name)

    def attribute(self, name: str, lowering: Lowering) -> Value:
        if name == "arn" and self.aliased:
            return Attr(f"{self.id}Alias", "arn")
        if name == "role" and not self.extern:
            return lowering.value(self.role) or Attr(f"{self.id}Role", "arn")
        if name == "url" and not self.extern:
            if not self.url:
                lowering.report.error(
                    "IFC206",
                    f"`{self.name}.url` is used, but the function has no URL",
                    self.declared.span,
                    "no `url`",
                    "write `url` in the function",
                )
                return ""
            return Attr(f"{self.id}Url", "url")
        return super().attribute(name, lowering)

    def literal(self, name: str, lowering: Lowering) -> Value:
        # A role or an environment that referred to a function would close a cycle as soon as two call each other.
        if self.extern or name not in ("name", "arn"):
            return self.attribute(name, lowering)
        physical = self.physical_name(lowering)
        called = joined(physical, f":{awslambda.ALIAS}") if self.aliased else physical
        return called if name == "name" else self.arn_of(called)

    def lower(self, lowering: Lowering) -> None:
        id = self.id
        role = lowering.value(self.role)
        if self.image is None:
            self.lower_archive(lowering)
        image = self.image is not None
        lowering.add(
            awslambda.Function(
                id=id,
                name=self.physical_name(lowering),
                description=self.declared.description,
                runtime=None if image else self.runtime or DEFAULT_RUNTIMES[".py"],
                handler=self.handler,
                image=lowering.value(self.image),
                arch={"x86": "x86_64"}.get(self.arch, self.arch),
                memory=lowering.value(self.memory),
                timeout=self.timeout,
                role=role or Attr(f"{id}Role", "arn"),
                code_parameter=self.code_parameter,
                code=self.name,
                log_group=Attr(f"{id}Logs", "name"),
                log_format=self.log_format,
                environment={k: lowering.text(lowering.literal(v)) for k, v in self.environment.items()},
                layers=() if image else tuple(partitioned(lowering.value(layer)) for layer in dict.fromkeys(self.layers)),
                tracing=self.tracing,
                reserved=lowering.value(self.reserved),
                storage=lowering.value(self.storage),
                versions=self.aliased,
                tags=self.tags,
            ),
            self.name,
        )
        if role is None:
            self.lower_role(lowering)
        name = joined("/aws/lambda/", self.physical_name(lowering))
        retention = None if self.log_retention is CLEARED else lowering.value(self.log_retention)
        lowering.add(logs.LogGroup(id=f"{id}Logs", name=name, retention=retention, tags=self.tags), self.name, "logs")
        self.lower_async(lowering)
        self.lower_url(lowering)

    def lower_archive(self, lowering: Lowering) -> None:
        """Adds the archive of its code."""
        lowering.archives.append(
            CodeArchive(
                function=self.name,
                parameter=self.code_parameter,
                folder=self.code_folder,
                span=self.declared.span,
                handler=self.handler,
                runtime=self.runtime or DEFAULT_RUNTIMES[".py"],
                arch=self.arch,
                include=tuple(str(glob) for glob in self.include),
                exclude=tuple(str(glob) for glob in self.exclude),
                layers=tuple(layer.resource for layer in self.layers if isinstance(layer, Ref)),
                foreign=any(not isinstance(layer, Ref) for layer in self.layers),
                places={name: origin.span for name, origin in self.origins.items() if origin.span is not None},
            )
        )

    def finish(self, lowering: Lowering) -> None:
        if self.aliased:
            from ifc import gradual  # few functions have versions

            gradual.lower(self, lowering)

    @property
    def alias(self) -> str | None:
        """The id of its alias."""
        return f"{self.id}Alias" if self.aliased else None

    @property
    def code_folder(self) -> str:
        """The folder that is packed, from where the user stands."""
        import os.path

        return os.path.normpath(os.path.join(self.declared.folder, self.code))

    def lower_role(self, lowering: Lowering) -> None:
        statements = [
            Statement(
                actions=("logs:CreateLogStream", "logs:PutLogEvents"),
                resources=(Attr(f"{self.id}Logs", "streams"),),
                why=(self.declared.span,),
            ),
            *lowering.granted.get(self.name, ()),
        ]
        if self.tracing:
            # X-Ray has no resource-level permissions (Service Authorization Reference, AWS X-Ray).
            statements.append(
                Statement(actions=("xray:PutTelemetryRecords", "xray:PutTraceSegments"), resources=(ALL,), why=(self.declared.span,))
            )
        hooked = [f for f in lowering.app.functions_tried_by(self.name) if isinstance(f, Function)]
        if hooked:
            from ifc import gradual

            statements.append(gradual.told(hooked, lowering))
        managed: list[Value] = []
        for grant in lowering.app.grants_of(self.name):
            statements += granted(grant, lowering)
        for allow in lowering.app.allows_of(self.name):
            statements += allowed(allow, lowering)
            managed += [managed_policy(lowering.literal(m)) for m in allow.managed]
        lowering.add(
            iam.Role(
                id=f"{self.id}Role",
                service="lambda.amazonaws.com",
                statements=merged(statements),
                managed=tuple(sorted(dict.fromkeys(managed), key=repr)),
                boundary=lowering.boundary(),
                tags=self.tags,
            ),
            self.name,
            "role",
        )

    def lower_async(self, lowering: Lowering) -> None:
        wires = lowering.destinations.get(self.name, {})
        if not wires and not self.retries:
            return
        ends = {port: lowering.attribute(w.target.resource, "arn") for port, w in wires.items()}
        overlaid = next((w for w in wires.values() if w.overlays), None)
        lowering.add(
            awslambda.EventInvokeConfig(
                id=f"{self.id}Async",
                after=(self.alias,) if self.alias else (),
                function=Attr(self.id, "name"),
                alias=self.alias,
                retries=self.retries.count if self.retries else None,
                max_age=self.retries.max_age if self.retries else None,
                failed=ends.get("failed"),
                succeeded=ends.get("succeeded"),
            ),
            self.name,
            "async" if overlaid is None else "",
            wire=overlaid,
        )

    def lower_url(self, lowering: Lowering) -> None:
        if not self.url:
            return
        cors = self.url.cors
        rules = (
            None
            if cors is None
            else Cors(
                origins=lowering.value(cors.origins),
                methods=cors.methods,
                headers=lowering.value(cors.headers),
                expose=lowering.value(cors.expose),
                credentials=cors.credentials,
                max_age=cors.max_age,
            )
        )
        auth = "AWS_IAM" if self.url.auth == "iam" else "NONE"
        name = Attr(self.id, "name")
        lowering.add(
            awslambda.Url(
                id=f"{self.id}Url",
                after=(self.alias,) if self.alias else (),
                function=Attr(self.id, "arn"),
                alias=self.alias,
                auth=auth,
                streaming=self.url.streaming,
                cors=rules,
            ),
            self.name,
            "url",
        )
        # Since October 2025 a URL needs both permissions (Lambda developer guide, Control access to Lambda function URLs). With
        # AWS_IAM the caller's own policy allows it, and nothing is opened here.
        if auth == "NONE":
            lowering.add(
                awslambda.Permission(
                    id=f"{self.id}UrlPermission",
                    function=name,
                    alias=self.alias,
                    principal="*",
                    action="lambda:InvokeFunctionUrl",
                    url_auth="NONE",
                ),
                self.name,
                "permission",
            )
            lowering.add(
                awslambda.Permission(id=f"{self.id}UrlInvokePermission", function=name, alias=self.alias, principal="*", via_url=True),
                self.name,
                "permission",
            )

    def admit(self, caller: Caller, lowering: Lowering) -> None:
        """One permission for a caller; it adds to what others hold, so an extern function can be given one too."""
        lowering.add(
            awslambda.Permission(
                id=f"{caller.name}MayCall{capital(self.base_name)}",
                function=lowering.value(self.extern.arn or self.extern.name) if self.extern else Attr(self.id, "name"),
                alias=self.alias,
                principal=caller.service,
                source=caller.source,
                account=Pseudo("account") if caller.account else None,
            ),
            self.name,
            "permission",
            wire=caller.wire,
        )


def overlapped(name: str, suffix: str) -> str:
    """`ORDERS` and `TABLE` → `ORDERS_TABLE`; `ORDERS_TABLE` and `TABLE` → the same."""
    words = suffix.split("_")
    for count in range(len(words), 0, -1):
        head = "_".join(words[:count])
        if name == head or name.endswith("_" + head):
            return "_".join([name, *words[count:]])
    return f"{name}_{suffix}"


def granted(grant: Grant, lowering: Lowering) -> list[Statement]:
    """The statements of one verb."""
    target = lowering.app.resources[grant.resource]
    base = target.literal(f"{grant.part}.arn" if grant.part else "arn", lowering)
    statements = [
        Statement(actions=a.actions, resources=(joined(base, a.suffix) if a.suffix else base,), condition=a.condition, why=(grant.span,))
        for a in target.access(grant)
    ]
    key = getattr(target, "customer_key", None)
    actions = target.key_actions(grant.verb)
    if key is not None and actions:
        statements.append(Statement(actions=actions, resources=(lowering.literal(key),), why=(grant.span,)))
    return statements


def allowed(allow: Allow, lowering: Lowering) -> list[Statement]:
    """The statement of an `allow`."""
    if not allow.actions:
        return []
    condition = lowering.literal(allow.condition) if allow.condition else None
    resources = tuple(partitioned(lowering.literal(r)) for r in allow.resources)
    return [Statement(actions=tuple(sorted(set(allow.actions))), resources=resources, condition=condition, why=(allow.span,))]


def managed_policy(name: Value) -> Value:
    """The ARN of an AWS-managed policy by its name, or the ARN as it stands."""
    if isinstance(name, str) and not name.startswith("arn:"):
        return joined("arn:", Pseudo("partition"), ":iam::aws:policy/", name)
    return partitioned(name)
