"""What checkov holds against the examples and we leave as it is, each with the reason."""

from __future__ import annotations

from typing import NamedTuple

BOTH = ("cfn", "terraform")


class Reason(NamedTuple):
    """Why a check may fail, and for which targets it does."""

    title: str  # checkov's
    why: str
    targets: tuple[str, ...] = BOTH


ACCESS_LOG = "A line for each request is paid for by the request, and has addresses of callers in it: `logs` of the api switches it on."

REASONS = {
    "CKV2_AWS_57": Reason(
        "Ensure Secrets Manager secrets should have automatic rotation enabled",
        "Rotation takes a function that knows the service which issued the secret; a raw `resource` adds it where there is one.",
        ("terraform",),
    ),
    "CKV2_AWS_61": Reason(
        "Ensure that an S3 bucket has a lifecycle configuration",
        "Only the app knows what may be deleted, and when: the setting `lifecycle`.",
        ("terraform",),
    ),
    "CKV2_AWS_62": Reason(
        "Ensure S3 buckets should have event notifications enabled",
        "A bucket tells of its events where an arrow leaves it; without one there is nobody to tell.",
        ("terraform",),
    ),
    "CKV_AWS_18": Reason(
        "Ensure the S3 bucket has access logging enabled",
        "The logs take a second bucket, which a team has once and not with each app; it is named in a `cfn` block or a raw `resource`.",
    ),
    "CKV_AWS_21": Reason(
        "Ensure all data stored in the S3 bucket have versioning enabled",
        "What is replaced or deleted would be kept and paid for: the setting `versioning`, for data that nobody can make again.",
    ),
    "CKV_AWS_26": Reason(
        "Ensure all data stored in the SNS topic is encrypted",
        "SNS encrypts its disks in any case. With the account's key (`encryption kms`) no other service could publish to the topic.",
    ),
    "CKV_AWS_27": Reason(
        "Ensure all data stored in the SQS queue is encrypted",
        "The queues are encrypted with SQS's own key (`SqsManagedSseEnabled`), which the check takes in Terraform and overlooks in templates.",
        ("cfn",),
    ),
    "CKV_AWS_76": Reason("Ensure API Gateway has Access Logging enabled", ACCESS_LOG, ("terraform",)),
    "CKV_AWS_95": Reason("Ensure API Gateway V2 has Access Logging enabled", ACCESS_LOG, ("cfn",)),
    "CKV_AWS_115": Reason(
        "Ensure that AWS Lambda function is configured for function-level concurrent execution limit",
        "What one function reserves is missing to all others of the account: the setting `reserved`.",
    ),
    "CKV_AWS_116": Reason(
        "Ensure that AWS Lambda function is configured for a Dead Letter Queue(DLQ)",
        "It serves only calls that nobody waits for. What fails of those goes where `f.failed -> Queue` says, by Lambda's destinations, which "
        "tell more than a dead-letter queue; an example that does not say it lets them go after two more tries.",
    ),
    "CKV_AWS_117": Reason(
        "Ensure that AWS Lambda function is configured inside a VPC",
        "Nothing that the functions reach is in a VPC, and from inside one they would reach it only through a gateway or an endpoint.",
    ),
    "CKV_AWS_119": Reason(
        "Ensure DynamoDB Tables are encrypted using a KMS Customer Managed CMK",
        "Tables are encrypted with DynamoDB's own key, which costs nothing; `encryption` takes the account's or a customer key.",
    ),
    "CKV_AWS_144": Reason(
        "Ensure that S3 bucket has cross-region replication enabled",
        "A copy in another region takes a second stack there: a decision of whoever runs the app, not of the app.",
        ("terraform",),
    ),
    "CKV_AWS_145": Reason(
        "Ensure that S3 buckets are encrypted with KMS by default",
        "Buckets are encrypted with S3's own keys, which cost nothing; `encryption` takes `kms` or a customer key.",
        ("terraform",),
    ),
    "CKV_AWS_149": Reason(
        "Ensure that Secrets Manager secret is encrypted using KMS CMK",
        "Secrets are encrypted with the account's key for them; `encryption` takes a customer key.",
    ),
    "CKV_AWS_158": Reason(
        "Ensure that CloudWatch Log Group is encrypted by KMS",
        "CloudWatch encrypts logs with its own key; a customer key, whose policy must let CloudWatch in, is named in a `cfn logs` or "
        "`terraform logs` block.",
    ),
    "CKV_AWS_173": Reason(
        "Check encryption settings for Lambda environmental variable",
        "Lambda encrypts the variables with its own key, and there are only names and addresses in them: what is secret is a `secret`, "
        "which the code reads.",
    ),
    "CKV_AWS_272": Reason(
        "Ensure AWS Lambda function is configured to validate code-signing",
        "Signing takes a profile of the account and a step of its own between packing and deploying; a `cfn` or `terraform` block names the "
        "configuration.",
        ("terraform",),
    ),
    "CKV_AWS_297": Reason(
        "Ensure EventBridge Scheduler Schedule uses Customer Managed Key (CMK)",
        "Scheduler encrypts with its own key, and a schedule holds nothing but a time and what stands in the source.",
        ("terraform",),
    ),
    "CKV_AWS_300": Reason(
        "Ensure S3 lifecycle configuration sets period for aborting failed uploads",
        "The example's objects are small and put in one piece, so no parts are left behind; else: `abort-uploads after 7d`.",
        ("terraform",),
    ),
    "CKV_AWS_309": Reason(
        "Ensure API GatewayV2 routes specify an authorization type",
        "The APIs of the examples are open to everyone; `authorizer` of the api or of a route closes them.",
        ("terraform",),
    ),
    "CKV_AWS_338": Reason(
        "Ensure CloudWatch log groups retains logs for at least 1 year",
        "Logs are kept for 30 days, since they are paid for by the month and may hold what should be forgotten: `log-retention`.",
        ("terraform",),
    ),
}
