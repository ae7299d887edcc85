"""stream: records in order for each key (Kinesis)."""

from __future__ import annotations

from typing import Any

from ifc.aws import kinesis
from ifc.encryption import customer_key, encryption
from ifc.model.app import Access, App, Context, Port, Resource, Wire
from ifc.model.metrics import BYTES, MILLISECONDS, Metric
from ifc.model.settings import setting, settings
from ifc.model.types import Choice, Either, Hours, Pattern, String, Whole, anything, is_word
from ifc.plan import Lowering, capital
from ifc.polling import Arrow, check_arrows, poll
from ifc.values import Value

STREAM_NAME = Pattern(r"[A-Za-z0-9_.-]{1,128}", "a stream's name (letters, digits, `_`, `.` and `-`)")


def to_function(wire: Wire, lowering: Lowering) -> None:
    """`Stream -> f`: a poller, and the right to read."""
    stream, target = lowering.app.resources[wire.source.resource], lowering.app.resources[wire.target.resource]
    patterns: list[dict[str, Any]] | None = []
    if wire.where is not None:
        from ifc.where import lambda_filter  # only a filter needs it

        patterns = lambda_filter.patterns(wire.where, "data", "a Kinesis stream", lowering.literal_of(wire), lowering.report)
    # What the managed policy AWSLambdaKinesisExecutionRole has, without `ListStreams`, which a mapping does not use.
    actions = (
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
    )
    id = f"{stream.base_name}To{capital(target.base_name)}"
    poll(wire, id, stream.attribute("arn", lowering), actions, patterns or [], lowering)


@settings
class Stream(Resource):
    kind = "stream"
    doc = "records in order for each key, kept for several readers (Kinesis)"
    example = "stream Clicks { retention 7d }"
    rank = 30
    # Kinesis Data Streams developer guide, Monitor the Amazon Kinesis Data Streams service with Amazon CloudWatch
    namespace = "AWS/Kinesis"
    dimension = "StreamName"
    metrics = {
        "records": Metric(doc="records written", name="IncomingRecords"),
        "bytes": Metric(doc="bytes written", name="IncomingBytes", unit=BYTES),
        "age": Metric(
            doc="age of the last record that was read", name="GetRecords.IteratorAgeMilliseconds", unit=MILLISECONDS, statistic="Maximum"
        ),
        "read-throttles": Metric(doc="reads refused for want of capacity", name="ReadProvisionedThroughputExceeded"),
        "write-throttles": Metric(doc="writes refused for want of capacity", name="WriteProvisionedThroughputExceeded"),
    }
    attributes = {"name": "physical name", "arn": "ARN"}
    address = ("STREAM", "name")
    arn_shape = ("kinesis", "stream/")
    verbs = {
        "reads": (
            Access(actions=("kinesis:DescribeStreamSummary", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards")),
        ),
        "writes": (Access(actions=("kinesis:PutRecord", "kinesis:PutRecords")),),
    }
    ports = {
        "": Port(
            doc="records",
            targets=("function",),
            later=("queue", "topic", "stream", "bus"),
            settings=Arrow,
            fields="the record's JSON data",
            way="put a function between that sends on what it receives",
            lower=to_function,
        ),
    }
    delivery = "kinesis:PutRecord"
    extern_settings = ("encryption",)
    stateful = True

    physical: Value = setting(String(pattern=STREAM_NAME), word="name", doc="its physical name", derived="chosen at deployment")
    shards: Value = setting(
        Either((is_word("on-demand"), Choice("on-demand")), (anything, Whole(1, 100_000, param=True))),
        "on-demand",
        doc="how many, each for 1 MB a second in and 2 MB out",
    )
    retention: int = setting(Hours(24, 8760), 24, doc="how long a record is kept")
    encryption: Value = setting(
        encryption("on", "off", "kms"), True, doc="`on` or `kms`: the account's key for Kinesis; or the ARN of a customer key"
    )

    @property
    def customer_key(self) -> Value:
        """The customer key's ARN, or None."""
        return customer_key(self.encryption)

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
