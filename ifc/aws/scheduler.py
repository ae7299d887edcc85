"""Schedules and their group (EventBridge Scheduler)."""

from __future__ import annotations

from ifc.plan import Block, Resource, planned
from ifc.values import Value


@planned
class ScheduleGroup(Resource):
    """The group of all schedules of an app: their roles trust it, and it carries the tags."""

    cfn_type = "AWS::Scheduler::ScheduleGroup"
    terraform_type = "aws_scheduler_schedule_group"
    terraform_file = "schedules"
    attributes = {"name": (None, "name"), "arn": ("Arn", "arn")}
    tagged = "list"
    name_limit = 64

    name: Value

    def cfn(self) -> dict[str, Value]:
        return {"Name": self.name}

    def terraform(self) -> tuple[Block, ...]:
        return (self.block(name=self.name),)


@planned
class Schedule(Resource):
    cfn_type = "AWS::Scheduler::Schedule"
    terraform_type = "aws_scheduler_schedule"
    terraform_file = "schedules"
    name_limit = 64

    group: Value  # name
    description: str | None = None
    expression: str  # "rate(5 minutes)"
    zone: str | None = None
    enabled: bool = True
    endpoint: Value  # ARN
    role: Value  # ARN
    input: Value = None  # JSON
    retries: int | None = None
    max_age: int | None = None  # seconds
    dead_letters: Value = None  # ARN
    message_group: Value = None  # in a FIFO queue
    partition: Value = None  # key in a stream
    source: Value = None  # of the event on a bus
    detail_type: Value = None

    def cfn(self) -> dict[str, Value]:
        retried = self.retries is not None or self.max_age is not None
        return {
            "GroupName": self.group,
            "Description": self.description,
            "ScheduleExpression": self.expression,
            "ScheduleExpressionTimezone": self.zone,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "State": "ENABLED" if self.enabled else "DISABLED",
            "Target": {
                "Arn": self.endpoint,
                "RoleArn": self.role,
                "Input": self.input,
                "RetryPolicy": {"MaximumRetryAttempts": self.retries, "MaximumEventAgeInSeconds": self.max_age} if retried else None,
                "DeadLetterConfig": {"Arn": self.dead_letters} if self.dead_letters is not None else None,
                "SqsParameters": {"MessageGroupId": self.message_group} if self.message_group is not None else None,
                "KinesisParameters": {"PartitionKey": self.partition} if self.partition is not None else None,
                "EventBridgeParameters": {"Source": self.source, "DetailType": self.detail_type} if self.source is not None else None,
            },
        }

    def terraform(self) -> tuple[Block, ...]:
        retried = self.retries is not None or self.max_age is not None
        main = self.block(
            name=self.made_name(),
            group_name=self.group,
            description=self.description,
            schedule_expression=self.expression,
            schedule_expression_timezone=self.zone,
            flexible_time_window={"mode": "OFF"},
            state="ENABLED" if self.enabled else "DISABLED",
            target={
                "arn": self.endpoint,
                "role_arn": self.role,
                "input": self.input,
                "retry_policy": {"maximum_retry_attempts": self.retries, "maximum_event_age_in_seconds": self.max_age} if retried else None,
                "dead_letter_config": {"arn": self.dead_letters} if self.dead_letters is not None else None,
                "sqs_parameters": {"message_group_id": self.message_group} if self.message_group is not None else None,
                "kinesis_parameters": {"partition_key": self.partition} if self.partition is not None else None,
                "eventbridge_parameters": {"source": self.source, "detail_type": self.detail_type} if self.source is not None else None,
            },
        )
        return (main,)
