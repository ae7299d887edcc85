"""Streams (Kinesis Data Streams)."""

from __future__ import annotations

from ifc.plan import Block, Resource, planned
from ifc.values import Value


@planned
class Stream(Resource):
    cfn_type = "AWS::Kinesis::Stream"
    terraform_type = "aws_kinesis_stream"
    terraform_file = "streams"
    replaces = ("Name",)
    name_limit = 128
    attributes = {"name": (None, "name"), "arn": ("Arn", "arn")}
    tagged = "list"
    stateful = True

    name: Value = None
    shards: Value = None  # None: on demand
    retention: int  # hours
    key: Value = None  # what encrypts it: an alias or a key's ARN

    def cfn(self) -> dict[str, Value]:
        return {
            "Name": self.name,
            "StreamModeDetails": {"StreamMode": "ON_DEMAND" if self.shards is None else "PROVISIONED"},
            # An on-demand stream with a number of shards is refused by Kinesis, which no linter sees.
            "ShardCount": self.shards,
            "RetentionPeriodHours": self.retention,
            "StreamEncryption": {"EncryptionType": "KMS", "KeyId": self.key} if self.key is not None else None,
        }

    def terraform(self) -> tuple[Block, ...]:
        main = self.block(
            name=self.name or self.made_name(),
            stream_mode_details={"stream_mode": "ON_DEMAND" if self.shards is None else "PROVISIONED"},
            shard_count=self.shards,
            retention_period=self.retention,
            encryption_type="KMS" if self.key is not None else None,
            kms_key_id=self.key,
        )
        return (main,)
