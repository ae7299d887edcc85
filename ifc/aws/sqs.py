"""Queues and their policies (SQS)."""

from __future__ import annotations

from ifc.aws.iam import allowing, document
from ifc.plan import Block, Expression, Resource, Statement, planned
from ifc.values import Json, Value

# What SQS takes where nothing is said (API page CreateQueue); the Terraform provider would say a quarter of it.
MOST_BYTES = 1_048_576


@planned
class Queue(Resource):
    cfn_type = "AWS::SQS::Queue"
    terraform_type = "aws_sqs_queue"
    terraform_file = "queues"
    replaces = ("FifoQueue", "QueueName")
    name_limit = 80
    attributes = {"url": (None, "url"), "arn": ("Arn", "arn"), "name": ("QueueName", "name")}
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
            "RedrivePolicy": self._redrive(),
        }

    def terraform(self) -> tuple[Block, ...]:
        main = self.block(
            name=self.name or self.made_name(".fifo" if self.fifo else ""),
            fifo_queue=True if self.fifo else None,
            content_based_deduplication=True if self.dedup == "content" else None,
            # Left out, they would stay as they were.
            deduplication_scope=("messageGroup" if self.high_throughput else "queue") if self.fifo else None,
            fifo_throughput_limit=("perMessageGroupId" if self.high_throughput else "perQueue") if self.fifo else None,
            visibility_timeout_seconds=self.visibility,
            message_retention_seconds=self.retention,
            delay_seconds=self.delay,
            receive_wait_time_seconds=self.wait,
            max_message_size=MOST_BYTES,
            sqs_managed_sse_enabled=self.encrypted if self.key is None else None,
            kms_master_key_id=self.key,
        )
        redrive = self._redrive()
        if redrive is None:
            return (main,)
        if not isinstance(self.receives, int):
            redrive["maxReceiveCount"] = Expression(parts=(self.receives,))  # SQS gives a number back, and a text would always differ
        # A block of its own, since the queue's argument stays in force when it is taken out.
        policy = Block(
            type="aws_sqs_queue_redrive_policy",
            content={"queue_url": self.part(self.terraform_type, "url"), "redrive_policy": Json(redrive)},
        )
        return main, policy

    def _redrive(self) -> dict[str, Value] | None:
        return {"deadLetterTargetArn": self.dead_letters, "maxReceiveCount": self.receives} if self.receives else None


@planned
class QueuePolicy(Resource):
    """The one policy of a queue: a second one would overwrite it."""

    cfn_type = "AWS::SQS::QueuePolicy"
    terraform_type = "aws_sqs_queue_policy"
    terraform_file = "queues"
    ending = "Policy"

    queue: Value  # URL
    statements: tuple[Statement, ...]

    def cfn(self) -> dict[str, Value]:
        return {"Queues": [self.queue], "PolicyDocument": document(self.statements)}

    def terraform(self) -> tuple[Block, ...]:
        policy = allowing(self.statements, suffix="policy")
        return policy, self.block(queue_url=self.queue, policy=self.json_of(policy))
