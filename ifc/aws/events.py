"""Buses, their archives and rules (EventBridge)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ifc.plan import Resource, planned
from ifc.values import Value


@planned
class EventBus(Resource):
    cfn_type = "AWS::Events::EventBus"
    attributes = {"name": None, "arn": "Arn"}
    tagged = "list"
    name_limit = 256

    name: Value
    description: str | None = None

    def cfn(self) -> dict[str, Value]:
        return {"Name": self.name, "Description": self.description}


@planned
class Archive(Resource):
    """All events of a bus, kept for a replay."""

    cfn_type = "AWS::Events::Archive"
    name_limit = 48

    name: Value
    bus: Value  # ARN
    retention: Value = None  # days; None: for ever

    def cfn(self) -> dict[str, Value]:
        return {"ArchiveName": self.name, "SourceArn": self.bus, "RetentionDays": self.retention}


@planned
class Rule(Resource):
    """A rule with its one target."""

    cfn_type = "AWS::Events::Rule"
    attributes = {"arn": "Arn"}
    tagged = "list"

    bus: Value = None  # name or ARN; None: the account's default bus
    description: str | None = None
    pattern: Mapping[str, Any]
    target: str  # its id in the rule
    endpoint: Value  # ARN
    role: Value = None  # ARN, for targets without a policy of their own
    part: Value = None  # the path of what is sent of an event
    input: Value = None  # JSON that is sent instead of the event
    retries: int | None = None
    max_age: int | None = None  # seconds
    dead_letters: Value = None  # ARN
    group: Value = None  # of messages in a FIFO queue
    partition: Value = None  # the path of a stream's partition key

    def cfn(self) -> dict[str, Value]:
        retried = self.retries is not None or self.max_age is not None
        target = {
            "Id": self.target,
            "Arn": self.endpoint,
            "RoleArn": self.role,
            "InputPath": self.part,
            "Input": self.input,
            "RetryPolicy": {"MaximumRetryAttempts": self.retries, "MaximumEventAgeInSeconds": self.max_age} if retried else None,
            "DeadLetterConfig": {"Arn": self.dead_letters} if self.dead_letters is not None else None,
            "SqsParameters": {"MessageGroupId": self.group} if self.group is not None else None,
            "KinesisParameters": {"PartitionKeyPath": self.partition} if self.partition is not None else None,
        }
        return {
            # The default bus has no name in a rule.
            "EventBusName": self.bus,
            "Description": self.description,
            "EventPattern": dict(self.pattern),
            "State": "ENABLED",
            "Targets": [target],
        }
