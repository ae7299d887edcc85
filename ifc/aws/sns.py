"""Topics, their policies and subscriptions (SNS)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ifc.aws.iam import allowing, document
from ifc.plan import Block, Resource, Statement, planned
from ifc.values import Json, Value

PROTOCOLS = {"function": "lambda", "queue": "sqs", "email": "email", "https": "https"}


@planned
class Topic(Resource):
    cfn_type = "AWS::SNS::Topic"
    terraform_type = "aws_sns_topic"
    terraform_file = "topics"
    replaces = ("FifoTopic", "TopicName")
    attributes = {"arn": (None, "arn"), "name": ("TopicName", "name")}
    tagged = "list"
    name_limit = 256

    name: Value = None
    fifo: bool = False
    dedup: str | None = None  # "content": bodies are compared
    key: Value = None  # a customer key; SNS encrypts its disks without one

    def cfn(self) -> dict[str, Value]:
        return {
            "TopicName": self.name,
            # Left out rather than false, as for queues.
            "FifoTopic": True if self.fifo else None,
            "ContentBasedDeduplication": True if self.dedup == "content" else None,
            "KmsMasterKeyId": self.key,
        }

    def terraform(self) -> tuple[Block, ...]:
        main = self.block(
            name=self.name or self.made_name(".fifo" if self.fifo else ""),
            fifo_topic=True if self.fifo else None,
            content_based_deduplication=True if self.dedup == "content" else None,
            kms_master_key_id=self.key,
        )
        return (main,)


@planned
class TopicPolicy(Resource):
    """The one policy of a topic: a second one would overwrite it."""

    cfn_type = "AWS::SNS::TopicPolicy"
    terraform_type = "aws_sns_topic_policy"
    terraform_file = "topics"
    ending = "Policy"

    topic: Value  # ARN
    statements: tuple[Statement, ...]

    def cfn(self) -> dict[str, Value]:
        return {"Topics": [self.topic], "PolicyDocument": document(self.statements)}

    def terraform(self) -> tuple[Block, ...]:
        policy = allowing(self.statements, suffix="policy")
        return policy, self.block(arn=self.topic, policy=self.json_of(policy))


@planned
class Subscription(Resource):
    cfn_type = "AWS::SNS::Subscription"
    terraform_type = "aws_sns_topic_subscription"
    terraform_file = "topics"

    topic: Value  # ARN
    region: str | None = None  # of the topic, where it is another one
    target: str  # "function", "queue", "email" or "https"
    endpoint: Value
    bare: bool = False  # the message alone, without SNS's envelope
    filters: str | None = None  # "MessageBody" or "MessageAttributes": what the policy looks at
    policy: Mapping[str, Any] | None = None
    dead_letters: Value = None  # ARN

    def cfn(self) -> dict[str, Value]:
        return {
            "TopicArn": self.topic,
            "Region": self.region,
            "Protocol": PROTOCOLS[self.target],
            "Endpoint": self.endpoint,
            "RawMessageDelivery": True if self.bare else None,
            "FilterPolicyScope": self.filters,
            "FilterPolicy": dict(self.policy) if self.policy is not None else None,
            "RedrivePolicy": {"deadLetterTargetArn": self.dead_letters} if self.dead_letters is not None else None,
        }

    def terraform(self) -> tuple[Block, ...]:
        main = self.block(
            topic_arn=self.topic,
            region=self.region,
            protocol=PROTOCOLS[self.target],
            endpoint=self.endpoint,
            raw_message_delivery=True if self.bare else None,
            filter_policy_scope=self.filters,
            filter_policy=Json(self.policy) if self.policy is not None else None,
            redrive_policy=Json({"deadLetterTargetArn": self.dead_letters}) if self.dead_letters is not None else None,
        )
        return (main,)
