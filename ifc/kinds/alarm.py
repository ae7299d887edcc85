"""alarm: tells when a metric passes a threshold (CloudWatch)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ifc.aws import cloudwatch
from ifc.delivery import declared, is_fifo
from ifc.diagnostics import Report, article, near
from ifc.kinds import kinds, load
from ifc.model.app import App, Context, Port, Resource, Wire
from ifc.model.metrics import BYTES, COUNT, MILLISECONDS, SECONDS, SHARE, Metric
from ifc.model.scope import INVALID, Invalid, Scope, short
from ifc.model.settings import Form, setting, settings
from ifc.model.types import Choice, Decimal, Flag, Pattern, Seconds, String, Whole
from ifc.model.types import Mapping as MapOf
from ifc.plan import Caller, Lowering, capital
from ifc.records import evolve, named
from ifc.source import Span
from ifc.syntax import tree
from ifc.values import Attr, Value, joined

COMPARISONS = {
    ">": "GreaterThanThreshold",
    ">=": "GreaterThanOrEqualToThreshold",
    "<": "LessThanThreshold",
    "<=": "LessThanOrEqualToThreshold",
}
MISSING = {"good": "notBreaching", "bad": "breaching", "ignore": "ignore", "unknown": "missing"}
# CloudWatch API reference, PutMetricAlarm: Period and EvaluationPeriods
FINE = (10, 20, 30)  # seconds, of metrics that are sent so often
MOST_TOLD, MOST_DIMENSIONS = 5, 30  # the same page, AlarmActions and Dimensions
MINUTE, HOUR, DAY, WEEK = 60, 3600, 86_400, 604_800
# Who calls (CloudWatch user guide, Alarm actions; Lambda as an action has a principal of its own).
SERVICES = {"topic": "cloudwatch.amazonaws.com", "function": "lambda.alarms.cloudwatch.amazonaws.com"}
# CloudWatch API reference, Dimension
DIMENSION = Pattern(r"(?!:)[\x21-\x7e][\x20-\x7e]{0,254}", "a dimension's name (255 characters of ASCII, not beginning with `:`)")
UNITS = {
    COUNT: "a number",
    SHARE: "a share from 0 to 1, such as `0.1`",
    SECONDS: "a duration, such as `20m`",
    MILLISECONDS: "a duration, such as `500ms`",
    BYTES: "a size, such as `10MB`",
}


@named
class Condition:
    """What an alarm tests: a metric of a declared resource, of each of a kind, or one named as CloudWatch has it."""

    resource: str = ""
    part: str = ""  # "dead-letter": the queue behind it
    each: str = ""  # a kind
    word: str  # the language's for the metric, or `Namespace/Name`
    op: str
    threshold: Value  # in the metric's unit
    span: Span  # of the metric
    text: str = ""  # as it is written


@settings
class Times:
    """`times N [of M]`."""

    count: int = setting(Whole(1, 10_080), positional=True, needed=True, doc="how many periods must be beyond the threshold")
    of: int | None = setting(Whole(1, 10_080), inline=True, doc="of so many", derived="all of them, one after another")


def ring(wire: Wire, lowering: Lowering) -> None:
    """`Alarm -> Topic`: the target lets CloudWatch tell it; the alarm names it as an action."""
    alarm: Any = lowering.app.resources[wire.source.resource]
    target = lowering.app.resources[wire.target.resource]
    for id, _ in alarm.made(lowering.app):
        source, name = Attr(id, "arn"), f"{id}{capital(wire.source.port)}"
        target.admit(Caller(service=SERVICES[target.kind], source=source, name=name, wire=wire, span=wire.span), lowering)


RINGS = Port(
    doc="that it rings",
    targets=("topic", "function"),
    merges=True,
    no_filter="write two alarms with conditions of their own",
    way="send it to a topic; what else should know, such as a queue, subscribes to that",
    lower=ring,
)


@settings
class Alarm(Resource):
    kind = "alarm"
    doc = "tells when a metric passes a threshold (CloudWatch)"
    example = "alarm Late where Shipments.oldest > 20m"
    rank = 84
    attributes = {"arn": "ARN", "name": "physical name"}
    arn_shape = ("cloudwatch", "alarm:")
    ports = {"": RINGS, "ok": evolve(RINGS, doc="that all is well again")}
    extern_settings = None
    takes_condition = True

    condition: Condition | None = None
    over: int | None = setting(Seconds(10, WEEK), doc="how long a period is", derived="5m, or a day where S3 counts once a day")
    times: Times = setting(
        Form(Times, "a number of periods"), Times(count=1), doc="how many periods must be beyond the threshold", derived="1"
    )
    average: bool = setting(Flag(), False, doc="the average of a period counts, not its sum or maximum")
    percentile: int | float | None = setting(Decimal(0.1, 99.9), doc="that percentile of a period counts: `percentile 99`")
    dimensions_: Mapping[str, Value] = setting(
        MapOf(String(), DIMENSION), {}, doc="what else tells the metric from others", word="dimensions"
    )
    missing: str | None = setting(
        Choice(*MISSING), doc="what a period without a value is", derived="good; bad where too little is watched for (`<`)"
    )
    physical: Value = setting(
        String("a name in quotes", Pattern(r"[\x20-\x7e]{1,255}", "an alarm's name (255 characters of ASCII)")),
        word="name",
        doc="its physical name",
        derived="the prefix and the declared name",
    )

    # --- reading its condition ---

    @classmethod
    def read_condition(cls, where: tree.Expr, scope: Scope) -> Condition | Invalid:
        if not isinstance(where, tree.Compare) or where.op not in COMPARISONS:
            scope.report.error(
                "IFC360",
                "an alarm compares one metric with one threshold",
                where.span,
                "something else",
                "write `where f.errors > 5`, with `>`, `>=`, `<` or `<=`; two conditions are two alarms",
            )
            return INVALID
        metric, place = cls.watched(where.field, scope)
        if metric is None or place is None:
            return INVALID
        threshold = amount(where.operand, metric.unit, scope)
        if isinstance(threshold, Invalid):
            return INVALID
        return evolve(place, op=where.op, threshold=threshold, text=" ".join(where.span.text.split()))

    @classmethod
    def watched(cls, field: tree.Field, scope: Scope) -> tuple[Metric | None, Condition | None]:
        """The metric that a field names, and whose it is; Nones after an error."""
        name, *rest = field.path
        found = Condition(word=name, op="", threshold=None, span=field.span)
        if field.span.text.startswith('"'):
            if not all(name.rpartition("/")[::2]):
                scope.report.error(
                    "IFC361",
                    f"`{name}` names no metric",
                    field.span,
                    "no namespace",
                    'a metric of your own is `"Namespace/Name"`, as CloudWatch has them',
                )
                return None, None
            return Metric(doc="", name=name.rpartition("/")[2]), found
        each = name not in scope.symbols and name in kinds()
        symbol = None if each else scope.symbol(name, field.span, what="resource with metrics")
        if not each and (symbol is None or symbol.kind == "?"):
            return None, None
        kind = name if symbol is None else symbol.kind
        known = dict(load(kind).metrics) if kind in kinds() else {}
        if not known:
            scope.report.error(
                "IFC361",
                f"{article(kind)} has no metrics that this release knows",
                field.span,
                "no metrics",
                'name the metric as CloudWatch has it: `where "AWS/Events/FailedInvocations" > 0 { dimensions { … } }`',
            )
            return None, None
        part, word = ".".join(rest[:-1]), rest[-1] if rest else ""
        if word not in known or (part and (each or f"{part}.name" not in load(kind).attributes)):
            close = near(word, known) if word else None
            scope.report.error(
                "IFC361",
                f"{article(kind)} has no metric `{'.'.join(rest)}`" if rest else f"it is not said which metric of `{name}`",
                field.span,
                "which metric?",
                f"write `{'.'.join([name, *rest[:-1], close])}`" if close else f"there are {', '.join(f'`{w}`' for w in known)}",
            )
            return None, None
        return known[word], evolve(found, resource="" if each else name, each=kind if each else "", part=part, word=word)

    # --- the model ---

    def complete(self, app: App, context: Context) -> Resource:
        report = context.report
        condition = self.condition
        if condition is None:
            report.error(
                "IFC360",
                f"it is not said what `{self.name}` watches",
                self.declared.span,
                "no condition",
                f"write `alarm {self.name} where f.errors > 5`",
            )
            return self
        if condition.resource and condition.resource not in app.resources:
            return self  # its declaration is reported
        metric = self.metric_of(app)
        over = self.over or max(300, metric.shortest)
        self.check_period(over, metric, report)
        self.check_statistic(metric, report)
        if condition.each and not report.failed and not any(True for _ in self.made(app)):
            report.warning(
                "IFC366",
                f"the app has no {condition.each}, so `{self.name}` watches nothing",
                condition.span,
                "none of them",
                "take the alarm out, or name what it should watch",
            )
        for wire in app.wires_from(self.name):
            target = app.resources.get(wire.target.resource)
            if target is not None and is_fifo(target):
                report.error(
                    "IFC411",
                    f"an alarm can't be sent to the FIFO topic `{target.name}`",
                    wire.target.span,
                    "a FIFO topic",
                    "send it to a topic without `fifo`",
                    [declared(target)],
                )
        self.check_numbers(app, metric, report)
        missing = self.missing or ("bad" if condition.op.startswith("<") else "good")
        return evolve(self, over=over, missing=missing)

    def check_numbers(self, app: App, metric: Metric, report: Report) -> None:
        """Reports more targets or dimensions than CloudWatch takes."""
        for port in self.ports:
            wires = sorted({w.target.resource: w for w in app.wires_from(self.name, port)}.values(), key=lambda w: w.target.span.sort_key())
            if len(wires) > MOST_TOLD:
                report.error(
                    "IFC302",
                    f"an alarm tells {MOST_TOLD} at most, and these are {len(wires)}",
                    wires[MOST_TOLD].target.span,
                    "one too many",
                    "send it to a topic, and that to the others",
                )
        named = len(self.dimensions_) + len(metric.dimensions) + bool(self.condition and (self.condition.resource or self.condition.each))
        if named > MOST_DIMENSIONS:
            report.error(
                "IFC302",
                f"a metric has {MOST_DIMENSIONS} dimensions at most, and these are {named}",
                self.place("dimensions_"),
                "too many",
                "take some out",
            )

    def metric_of(self, app: App) -> Metric:
        """The metric that it watches."""
        condition = self.condition
        assert condition is not None  # `complete` has seen to it
        if condition.resource:
            return app.resources[condition.resource].metric(condition.word)
        if condition.each:
            return load(condition.each).metrics[condition.word]
        return Metric(doc="", name=condition.word.rpartition("/")[2])

    def check_period(self, over: int, metric: Metric, report: Report) -> None:
        """Reports periods that CloudWatch does not take (API reference, PutMetricAlarm)."""
        span = self.place("over")
        own = self.condition is not None and not (self.condition.resource or self.condition.each)
        shortest = max(metric.shortest, 10 if own else MINUTE)
        if over < shortest:
            often = "once a day" if shortest == DAY else "once a minute"
            report.error(
                "IFC363", f"this metric has a value {often}", span, "too short", f"write `over {'1d' if shortest == DAY else '1m'}`"
            )
        elif over % MINUTE and over not in FINE:
            report.error(
                "IFC363", "CloudWatch counts in whole minutes, or in 10, 20 or 30 seconds", span, "not offered", "round it to minutes"
            )
        else:
            most = DAY if over < HOUR else WEEK
            of = self.times.of or self.times.count
            if over * of > most:
                report.error(
                    "IFC363",
                    f"all periods together are {'a day' if most == DAY else 'seven days'} at most, and these are longer",
                    self.place("times") if "times" in self.origins else span,
                    "too long",
                    f"{most // over} periods of this length are the most{'; those of an hour or more may reach over a week' if most == DAY else ''}",
                )
        if self.times.of is not None and self.times.of < self.times.count:
            report.error(
                "IFC363",
                f"{self.times.count} of {self.times.of} periods can't be beyond the threshold",
                self.place("times"),
                "too many",
                f"write `times {self.times.of} of {self.times.count}`",
            )

    def check_statistic(self, metric: Metric, report: Report) -> None:
        """Reports settings that choose twice what is compared, or choose for a share."""
        chosen = [word for word, said in (("average", self.average), ("percentile", self.percentile is not None)) if said]
        if len(chosen) == 2:
            report.error("IFC365", "an average is no percentile", self.place("percentile"), "which of the two?", "keep one of them")
        elif chosen and metric.whole:
            report.error(
                "IFC365",
                f"a share is of sums, and has no {chosen[0]}",
                self.place(chosen[0]),
                "not for a share",
                "take it out; a longer period smooths it",
            )

    def made(self, app: App) -> Iterator[tuple[str, str]]:
        """The ids of the alarms that it becomes, each with the resource that is watched ("": named by dimensions alone)."""
        condition = self.condition
        if condition is None:
            return
        if not condition.each:
            yield self.id, condition.resource
            return
        for resource in sorted(app.of_kind(condition.each), key=lambda r: r.name):
            yield f"{self.id}{capital(resource.id)}", resource.name

    # --- the plan ---

    def physical_name(self, watched: str, lowering: Lowering) -> Value:
        """The name of the alarm of one resource, written out: it is always known."""
        name = lowering.value(self.physical or None) or lowering.named(self.base_name)
        one = self.condition is not None and not self.condition.each
        return name if one else joined(name, "-", lowering.app.resources[watched].base_name)

    def attribute(self, name: str, lowering: Lowering) -> Value:
        if self.condition is not None and self.condition.each:
            lowering.report.error(
                "IFC206",
                f"`{self.name}` is an alarm for each {self.condition.each}, and `{self.name}.{name}` is asked for",
                self.declared.span,
                "several alarms",
                "write an alarm for one of them alone",
            )
            return ""
        return super().attribute(name, lowering)

    def literal(self, name: str, lowering: Lowering) -> Value:
        # A function that names an alarm may be what it watches or rings, and the alarm waits for both.
        if self.condition is None or self.condition.each:
            return self.attribute(name, lowering)
        physical = self.physical_name("", lowering)
        return physical if name == "name" else self.arn_of(physical)

    def lower(self, lowering: Lowering) -> None:
        condition = self.condition
        if condition is None:
            return
        rings = {
            port: tuple(sorted((lowering.arn(w.target.resource) for w in lowering.app.wires_from(self.name, port)), key=repr))
            for port in self.ports
        }
        metric = self.metric_of(lowering.app)
        namespace = condition.word.rpartition("/")[0]
        for id, watched in self.made(lowering.app):
            resource = lowering.app.resources.get(watched)
            dimensions: dict[str, Value] = {}
            if resource is not None:
                namespace, metric = resource.namespace, resource.metric(condition.word)
                dimensions = {**metric.dimensions, **resource.dimensions(condition.part, lowering)}
                self.check_dimensions(dimensions, lowering.report)
            lowering.add(
                cloudwatch.Alarm(
                    id=id,
                    name=self.physical_name(watched, lowering),
                    description=self.declared.description,
                    namespace=namespace,
                    metric=metric.name,
                    whole=metric.whole,
                    dimensions={**dimensions, **lowering.value(dict(self.dimensions_))},
                    statistic=self.statistic(metric),
                    period=self.over or 300,
                    periods=self.times.count,
                    of=self.times.of or self.times.count,
                    comparison=COMPARISONS[condition.op],
                    threshold=lowering.value(condition.threshold),
                    missing=MISSING[self.missing or "good"],
                    alarm=rings[""],
                    ok=rings["ok"],
                    tags=self.tags,
                ),
                self.name,
            )

    def check_dimensions(self, own: Mapping[str, Value], report: Report) -> None:
        """Reports dimensions that would let the alarm watch something else than it says."""
        taken = sorted(own.keys() & self.dimensions_.keys())
        if taken:
            report.error(
                "IFC367",
                f"`{taken[0]}` is what `{short(self.condition.span) if self.condition else self.name}` says already",
                self.place("dimensions_"),
                "another value of it",
                'take it out, or name the metric as CloudWatch has it: `where "Namespace/Metric" > …`',
            )

    def statistic(self, metric: Metric) -> str:
        """What of a period is compared, as CloudWatch calls it."""
        if self.percentile is not None:
            return f"p{self.percentile:g}"
        return "Average" if self.average else metric.statistic


def amount(node: tree.Value, unit: str, scope: Scope) -> Value | Invalid:
    """A threshold in the unit of its metric; a param is a number in that unit."""
    if isinstance(node, tree.Word):
        return Decimal(-(2.0**63), 2.0**63, param=True).read(node, scope)
    if isinstance(node, tree.Duration) and unit in (SECONDS, MILLISECONDS):
        seconds = node.milliseconds / 1000
        return node.milliseconds if unit == MILLISECONDS else int(seconds) if seconds.is_integer() else seconds
    if isinstance(node, tree.Size) and unit == BYTES:
        return node.bytes
    if isinstance(node, tree.Number) and (unit == COUNT or (unit == SHARE and 0 <= node.value <= 1)):
        return node.value
    scope.report.error(
        "IFC362",
        f"`{short(node.span)}` can't be compared with this metric",
        node.span,
        f"{UNITS[unit].partition(',')[0]} is wanted",
        f"write {UNITS[unit]}",
    )
    return INVALID
