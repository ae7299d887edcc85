"""Queues, topics, buses and schedules on both sides (SQS, SNS, EventBridge)."""

from __future__ import annotations

from functools import partial
from typing import Any

from ifc.review.deployed.form import NotUnderstood, alike
from ifc.review.deployed.reading import CFN, INVENTED, Kind, add, document, json_content, json_or_text, only
from ifc.review.deployed.reading import Field as F

KINDS: list[Kind] = []
kind = partial(add, KINDS)

# --- queues, topics ---

REDRIVE = "aws_sqs_queue_redrive_policy"
kind(
    "queue",
    "SQS::Queue",
    "sqs_queue",
    F("name", "QueueName", "name", provider=INVENTED),
    F("fifo", "FifoQueue", "fifo_queue"),
    F("by content", "ContentBasedDeduplication", "content_based_deduplication"),
    F("deduplication", "DeduplicationScope", "deduplication_scope", default="queue"),
    F("throughput", "FifoThroughputLimit", "fifo_throughput_limit", default="perQueue"),
    F("visibility", "VisibilityTimeout", "visibility_timeout_seconds"),
    F("retention", "MessageRetentionPeriod", "message_retention_seconds"),
    F("delay", "DelaySeconds", "delay_seconds"),
    F("wait", "ReceiveMessageWaitTimeSeconds", "receive_wait_time_seconds"),
    F("encrypted", "SqsManagedSseEnabled", "sqs_managed_sse_enabled"),
    F("key", "KmsMasterKeyId", "kms_master_key_id"),
    # SQS takes 1 MiB where nothing is written, and the provider writes 256 KiB then.
    F("largest", "MaximumMessageSize", "max_message_size", default=1_048_576, provider=262_144),
    F("redrive", "RedrivePolicy", f"{REDRIVE}:redrive_policy", json_content),
    attributes={"url": (None, ("url", "id")), "arn": ("Arn", ("arn",)), "name": ("QueueName", ("name",))},
    tagged=True,
    unique=True,
)
kind(
    "queue policy",
    "SQS::QueuePolicy",
    "sqs_queue_policy",
    F("queue", "Queues", "queue_url", only),
    F("policy", "PolicyDocument", "policy", document),
    ending="Policy",
)
kind(
    "topic",
    "SNS::Topic",
    "sns_topic",
    F("name", "TopicName", "name", provider=INVENTED),
    F("fifo", "FifoTopic", "fifo_topic"),
    F("by content", "ContentBasedDeduplication", "content_based_deduplication"),
    F("key", "KmsMasterKeyId", "kms_master_key_id"),
    attributes={"arn": (None, ("arn", "id")), "name": ("TopicName", ("name",))},
    tagged=True,
    unique=True,
)
kind(
    "topic policy",
    "SNS::TopicPolicy",
    "sns_topic_policy",
    F("topic", "Topics", "arn", only),
    F("policy", "PolicyDocument", "policy", document),
    ending="Policy",
)
kind(
    "subscription",
    "SNS::Subscription",
    "sns_topic_subscription",
    F("topic", "TopicArn", "topic_arn"),
    F("region", "Region", "region"),
    F("protocol", "Protocol", "protocol"),
    F("endpoint", "Endpoint", "endpoint"),
    F("raw", "RawMessageDelivery", "raw_message_delivery"),
    F("scope", "FilterPolicyScope", "filter_policy_scope"),
    F("filter", "FilterPolicy", "filter_policy", json_content),
    F("redrive", "RedrivePolicy", "redrive_policy", json_content),
)

# --- buses, rules, schedules ---

kind(
    "bus",
    "Events::EventBus",
    "cloudwatch_event_bus",
    F("name", "Name", "name"),
    F("description", "Description", "description"),
    attributes={"name": (None, ("name", "id")), "arn": ("Arn", ("arn",))},
    tagged=True,
    unique=True,
)
kind(
    "archive of a bus",
    "Events::Archive",
    "cloudwatch_event_archive",
    F("name", "ArchiveName", "name"),
    F("bus", "SourceArn", "event_source_arn"),
    F("retention", "RetentionDays", "retention_days"),
    ending="Archive",
    unique=True,
)

TARGET = "aws_cloudwatch_event_target"


def rule_cfn(content: dict[str, Any]) -> None:
    """The one target."""
    content["target"] = only(content.pop("Targets"), CFN)


def rule_terraform(content: dict[str, Any]) -> None:
    """The target's retries, for which the provider sends 0 where one of the two is left out, and its bus, which must be the rule's."""
    target = content[TARGET]
    if "retry_policy" in target:
        target["retry_policy"] = {"maximum_retry_attempts": 0, "maximum_event_age_in_seconds": 0, **target["retry_policy"]}
    if not alike(target.pop("event_bus_name", None), content.get("event_bus_name")):
        raise NotUnderstood("a target on another bus than its rule")


kind(
    "rule",
    "Events::Rule",
    "cloudwatch_event_rule",
    F("name", "Name", "name", provider=INVENTED),
    F("bus", "EventBusName", "event_bus_name"),
    F("description", "Description", "description"),
    F("pattern", "EventPattern", "event_pattern", json_content),
    F("state", "State", "state"),
    F("target", "target.Id", f"{TARGET}:target_id"),
    F("endpoint", "target.Arn", f"{TARGET}:arn"),
    F("role", "target.RoleArn", f"{TARGET}:role_arn"),
    F("part", "target.InputPath", f"{TARGET}:input_path"),
    F("input", "target.Input", f"{TARGET}:input", json_or_text),
    F("retries", "target.RetryPolicy.MaximumRetryAttempts", f"{TARGET}:retry_policy.maximum_retry_attempts"),
    F("max age", "target.RetryPolicy.MaximumEventAgeInSeconds", f"{TARGET}:retry_policy.maximum_event_age_in_seconds", default=86_400),
    F("dead letters", "target.DeadLetterConfig.Arn", f"{TARGET}:dead_letter_config.arn"),
    F("group", "target.SqsParameters.MessageGroupId", f"{TARGET}:sqs_target.message_group_id"),
    F("partition", "target.KinesisParameters.PartitionKeyPath", f"{TARGET}:kinesis_target.partition_key_path"),
    attributes={"arn": ("Arn", ("arn",))},
    tagged=True,
    shape_cfn=rule_cfn,
    shape_terraform=rule_terraform,
    unique=True,
)
kind(
    "schedule group",
    "Scheduler::ScheduleGroup",
    "scheduler_schedule_group",
    F("name", "Name", "name"),
    attributes={"name": (None, ("name", "id")), "arn": ("Arn", ("arn",))},
    tagged=True,
    unique=True,
)
kind(
    "schedule",
    "Scheduler::Schedule",
    "scheduler_schedule",
    F("name", "Name", "name", provider=INVENTED),
    F("group", "GroupName", "group_name"),
    F("description", "Description", "description"),
    F("expression", "ScheduleExpression", "schedule_expression"),
    F("zone", "ScheduleExpressionTimezone", "schedule_expression_timezone"),
    F("window", "FlexibleTimeWindow.Mode", "flexible_time_window.mode"),
    F("state", "State", "state"),
    F("endpoint", "Target.Arn", "target.arn"),
    F("role", "Target.RoleArn", "target.role_arn"),
    F("input", "Target.Input", "target.input", json_or_text),
    F("retries", "Target.RetryPolicy.MaximumRetryAttempts", "target.retry_policy.maximum_retry_attempts"),
    F("max age", "Target.RetryPolicy.MaximumEventAgeInSeconds", "target.retry_policy.maximum_event_age_in_seconds"),
    F("dead letters", "Target.DeadLetterConfig.Arn", "target.dead_letter_config.arn"),
    F("message group", "Target.SqsParameters.MessageGroupId", "target.sqs_parameters.message_group_id"),
    F("partition", "Target.KinesisParameters.PartitionKey", "target.kinesis_parameters.partition_key"),
    F("event source", "Target.EventBridgeParameters.Source", "target.eventbridge_parameters.source"),
    F("event type", "Target.EventBridgeParameters.DetailType", "target.eventbridge_parameters.detail_type"),
    unique=True,
)
