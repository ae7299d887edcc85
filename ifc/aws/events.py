"""Buses, their archives and rules (EventBridge)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ifc.plan import Block, Resource, planned
from ifc.values import Json, Value


@planned
class EventBus(Resource):
    cfn_type = "AWS::Events::EventBus"
    terraform_type = "aws_cloudwatch_event_bus"
    terraform_file = "buses"
    replaces = ("Name",)
    attributes = {"name": (None, "name"), "arn": ("Arn", "arn")}
    tagged = "list"
    name_limit = 256

    name: Value
    description: str | None = None

    def cfn(self) -> dict[str, Value]:
        return {"Name": self.name, "Description": self.description}

    def terraform(self) -> tuple[Block, ...]:
        return (self.block(name=self.name, description=self.description),)


@planned
class Archive(Resource):
    """All events of a bus, kept for a replay."""

    cfn_type = "AWS::Events::Archive"
    terraform_type = "aws_cloudwatch_event_archive"
    terraform_file = "buses"
    ending = "Archive"
    name_limit = 48

    name: Value
    bus: Value  # ARN
    retention: Value = None  # days; None: for ever

    def cfn(self) -> dict[str, Value]:
        return {"ArchiveName": self.name, "SourceArn": self.bus, "RetentionDays": self.retention}

    def terraform(self) -> tuple[Block, ...]:
        return (self.block(name=self.name, event_source_arn=self.bus, retention_days=self.retention),)


@planned
class Rule(Resource):
    """A rule with its one target."""

    cfn_type = "AWS::Events::Rule"
    terraform_type = "aws_cloudwatch_event_rule"
    terraform_file = "buses"
    name_limit = 64
    attributes = {"arn": ("Arn", "arn")}
    tagged = "list"

    bus: Value = None  # name or ARN; None: the account's default bus
    description: str | None = None
    pattern: Mapping[str, Any]
    target: str  # its id in the rule
    endpoint: Value  # ARN
    role: Value = None  # ARN, for targets without a policy of their own
    part_of_event: Value = None  # the path of what is sent of it
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
            "InputPath": self.part_of_event,
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

    def terraform(self) -> tuple[Block, ...]:
        retried = self.retries is not None or self.max_age is not None
        # The provider sends 0 for the one that is left out (terraform-provider-aws issue 38265); these are EventBridge's defaults.
        retry = {
            "maximum_retry_attempts": 185 if self.retries is None else self.retries,
            "maximum_event_age_in_seconds": 86_400 if self.max_age is None else self.max_age,
        }
        rule = self.block(
            name=self.made_name(),
            event_bus_name=self.bus,
            description=self.description,
            event_pattern=Json(self.pattern),
            state="ENABLED",
        )
        target = Block(
            type="aws_cloudwatch_event_target",
            content={
                "rule": self.part(self.terraform_type, "name"),
                # Without it the rule is looked for on the default bus.
                "event_bus_name": self.bus,
                "target_id": self.target,
                "arn": self.endpoint,
                "role_arn": self.role,
                "input_path": self.part_of_event,
                "input": self.input,
                "retry_policy": retry if retried else None,
                "dead_letter_config": {"arn": self.dead_letters} if self.dead_letters is not None else None,
                "sqs_target": {"message_group_id": self.group} if self.group is not None else None,
                "kinesis_target": {"partition_key_path": self.partition} if self.partition is not None else None,
            },
        )
        return rule, target
