"""Queues and their policies (SQS)."""

from __future__ import annotations

from ifc.aws.iam import document
from ifc.plan import Resource, Statement, planned
from ifc.values import Value


@planned
class Queue(Resource):
    cfn_type = "AWS::SQS::Queue"
    name_limit = 80
    attributes = {"url": None, "arn": "Arn", "name": "QueueName"}
    tagged = "list"
    stateful = True

    name: Value = None
    visibility: Value = None  # seconds, like all below
    retention: Value
    delay: Value = None
    wait: Value = None
    dead_letters: Value = None  # ARN
    receives: Value = None  # before a message goes there
    fifo: bool = False
    dedup: str | None = None  # "content": bodies are compared
    high_throughput: bool = False
    encrypted: bool = True
    key: Value = None  # a customer key instead of SQS's own

    def cfn(self) -> dict[str, Value]:
        return {
            "QueueName": self.name,
            # CloudFormation rejects `FifoQueue: false`, so it is left out.
            "FifoQueue": True if self.fifo else None,
            "ContentBasedDeduplication": True if self.dedup == "content" else None,
            "DeduplicationScope": "messageGroup" if self.high_throughput else None,
            "FifoThroughputLimit": "perMessageGroupId" if self.high_throughput else None,
            "VisibilityTimeout": self.visibility,
            "MessageRetentionPeriod": self.retention,
            "DelaySeconds": self.delay,
            "ReceiveMessageWaitTimeSeconds": self.wait,
            # Both together are refused by SQS (API page SetQueueAttributes).
            "SqsManagedSseEnabled": self.encrypted if self.key is None else None,
            "KmsMasterKeyId": self.key,
            "RedrivePolicy": {"deadLetterTargetArn": self.dead_letters, "maxReceiveCount": self.receives} if self.receives else None,
        }


@planned
class QueuePolicy(Resource):
    """The one policy of a queue: a second one would overwrite it."""

    cfn_type = "AWS::SQS::QueuePolicy"

    queue: Value  # URL
    statements: tuple[Statement, ...]

    def cfn(self) -> dict[str, Value]:
        return {"Queues": [self.queue], "PolicyDocument": document(self.statements)}
