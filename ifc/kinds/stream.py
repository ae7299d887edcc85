"""stream: records in order for each key (Kinesis), and what is said on an arrow from any stream."""

from __future__ import annotations

from typing import Any

from ifc.aws import awslambda, kinesis
from ifc.delivery import declared, is_fifo, may_deliver, written
from ifc.model.app import Access, App, Context, Port, Resource, Wire
from ifc.model.settings import (
    CLEARED,
    Choice,
    Either,
    Flag,
    Hours,
    Name,
    Pattern,
    Seconds,
    String,
    Whole,
    anything,
    is_word,
    setting,
    settings,
)
from ifc.plan import Lowering, Statement, capital
from ifc.values import Value, joined

STREAM_NAME = Pattern(r"[A-Za-z0-9_.-]{1,128}", "a stream's name (letters, digits, `_`, `.` and `-`)")
KEY_ARN = Pattern(r"arn:[^:]+:kms:[^:]+:\d+:key/.+", "the ARN of a KMS key (permissions on a key can't name its alias)")
START = {"oldest": "TRIM_HORIZON", "latest": "LATEST"}
FOR_EVER = -1  # Lambda API, CreateEventSourceMapping: until the record expires


@settings
class Arrow:
    """What may be said on an arrow from a stream, whether a table's or Kinesis."""

    batch: int = setting(Whole(1, 10_000), 100, doc="records in one call at most")
    within: int | None = setting(Seconds(0, 300), doc="how long to wait for a full batch")
    start: str = setting(Choice("oldest", "latest"), "oldest", doc="where a new arrow begins to read")
    retries: Any = setting(Whole(0, 10_000), 3, doc="how often a failed batch is tried again; `none`: until its records expire", clears=True)
    bisect: bool = setting(Flag(), True, doc="a failed batch is halved before it is tried again, so that one bad record is found")
    parallel: int | None = setting(Whole(1, 10), doc="calls at the same time for one shard")
    dead_letter: str | None = setting(Name("queue", "topic", "bucket"), doc="where it is told which records failed too often")
    max_age: int | None = setting(Seconds(60, 604_800), doc="how old a record may get before it is given up")


def encryption() -> Either:
    """`on`, `off`, `kms`, or the ARN of a customer key."""
    return Either((is_word("on", "off", "true", "false"), Flag()), (is_word("kms"), Choice("kms")),
                  (anything, String("`on`, `kms` or a key's ARN", KEY_ARN)))  # fmt: skip


def check_arrows(arrows: list[Wire], app: App, context: Context) -> None:
    """Reports dead letters that Lambda does not deliver (Lambda developer guide, Retain discarded batch records)."""
    for wire in arrows:
        place = app.resources.get(wire.settings.dead_letter)
        if place is not None and is_fifo(place):
            context.report.error("IFC454", f"Lambda can't tell the FIFO {place.kind} `{place.name}` about failed records",
                                 written(wire, "dead_letter"), "is FIFO", f"name a {place.kind} without `fifo`", [declared(place)])  # fmt: skip


def poll(wire: Wire, id: str, source: Value, actions: tuple[str, ...], patterns: list[dict[str, Any]], lowering: Lowering) -> None:
    """Adds Lambda's poller of a stream, and what the function's role needs for it."""
    stream, target = lowering.app.resources[wire.source.resource], lowering.app.resources[wire.target.resource]
    said = wire.settings
    lowering.add(
        awslambda.EventSourceMapping(
            id=id,
            source=source,
            function=lowering.function(target.name),
            batch=said.batch,
            window=said.within,
            patterns=tuple(patterns),
            start=START[said.start],
            retries=FOR_EVER if said.retries is CLEARED else said.retries,
            max_age=said.max_age,
            bisect=said.bisect,
            parallel=said.parallel,
            failures=lowering.attribute(said.dead_letter, "arn") if said.dead_letter else None,
        ),
        target.name,
        wire=wire,
    )
    statements = [Statement(actions=actions, resources=(source,), why=(wire.span,)), *dead_letters(wire, lowering)]
    key = getattr(stream, "customer_key", None)
    if key is not None:
        statements.append(Statement(actions=("kms:Decrypt",), resources=(lowering.literal(key),), why=(wire.span,)))
    lowering.permit(target.name, *statements)


def dead_letters(wire: Wire, lowering: Lowering) -> list[Statement]:
    """What the function's role needs to tell of records that failed too often: Lambda delivers with that role."""
    if wire.settings.dead_letter is None:
        return []
    place = lowering.app.resources[wire.settings.dead_letter]
    if place.kind != "bucket":
        return may_deliver(place, wire.span, lowering)
    arn, key = place.literal("arn", lowering), getattr(place, "customer_key", None)
    found = [Statement(actions=("s3:PutObject",), resources=(joined(arn, "/*"),), why=(wire.span,)),
             Statement(actions=("s3:ListBucket",), resources=(arn,), why=(wire.span,))]  # fmt: skip
    if key is not None:
        found.append(Statement(actions=place.key_actions("puts"), resources=(lowering.literal(key),), why=(wire.span,)))
    return found


def to_function(wire: Wire, lowering: Lowering) -> None:
    """`Stream -> f`: a poller, and the right to read."""
    stream, target = lowering.app.resources[wire.source.resource], lowering.app.resources[wire.target.resource]
    patterns: list[dict[str, Any]] | None = []
    if wire.where is not None:
        from ifc.where import lambda_filter  # only a filter needs it

        patterns = lambda_filter.patterns(wire.where, "data", "a Kinesis stream", lowering.literal_of(wire), lowering.report)
    # What the managed policy AWSLambdaKinesisExecutionRole has, without `ListStreams`, which a mapping does not use.
    actions = ("kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards")
    id = f"{stream.base_name}To{capital(target.base_name)}"
    poll(wire, id, stream.attribute("arn", lowering), actions, patterns or [], lowering)


@settings
class Stream(Resource):
    kind = "stream"
    doc = "records in order for each key, kept for several readers (Kinesis)"
    example = "stream Clicks { retention 7d }"
    rank = 30
    attributes = {"name": "physical name", "arn": "ARN"}
    address = ("STREAM", "name")
    arn_shape = ("kinesis", "stream/")
    verbs = {
        "reads": (Access(actions=("kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards")),),
        "writes": (Access(actions=("kinesis:PutRecord", "kinesis:PutRecords")),),
    }
    ports = {
        "": Port(doc="records", targets=("function",), later=("queue", "topic", "stream", "bus"), settings=Arrow, fields="the record's JSON data",
                 way="put a function between that sends on what it receives", lower=to_function),
    }  # fmt: skip
    delivery = "kinesis:PutRecord"
    extern_settings = ("encryption",)
    stateful = True

    physical: Value = setting(String(pattern=STREAM_NAME), word="name", doc="its physical name", derived="chosen at deployment")
    shards: Value = setting(Either((is_word("on-demand"), Choice("on-demand")), (anything, Whole(1, 100_000, param=True))), "on-demand",
                            doc="how many, each for 1 MB a second in and 2 MB out")  # fmt: skip
    retention: int = setting(Hours(24, 8760), 24, doc="how long a record is kept")
    encryption: Value = setting(encryption(), True, doc="`on` or `kms`: the account's key for Kinesis; or the ARN of a customer key")

    @property
    def customer_key(self) -> Value:
        """The customer key's ARN, or None."""
        return None if isinstance(self.encryption, bool) or self.encryption == "kms" else self.encryption

    def key_actions(self, verb: str) -> tuple[str, ...]:
        return ("kms:GenerateDataKey",) if verb == "writes" else ("kms:Decrypt",)

    # --- the model ---

    def complete(self, app: App, context: Context) -> Resource:
        check_arrows(list(app.wires_from(self.name)), app, context)
        return self

    # --- the plan ---

    def lower(self, lowering: Lowering) -> None:
        key = "alias/aws/kinesis" if self.encryption in (True, "kms") else lowering.value(self.customer_key)
        lowering.add(
            kinesis.Stream(
                id=self.id,
                name=lowering.value(self.physical) or None,
                shards=None if self.shards == "on-demand" else lowering.value(self.shards),
                retention=self.retention,
                key=key,
                tags=self.tags,
            ),
            self.name,
        )
