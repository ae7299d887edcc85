"""Tables, streams, buckets, secrets and configs on both sides (DynamoDB, Kinesis, S3, Secrets Manager, Systems Manager)."""

from __future__ import annotations

from functools import partial
from typing import Any

from ifc.review.deployed.form import NotUnderstood, Value
from ifc.review.deployed.reading import INVENTED, Kind, Rows, add, bag, document
from ifc.review.deployed.reading import Field as F

KINDS: list[Kind] = []
kind = partial(add, KINDS)

# --- tables, streams ---

INDEX = (
    F("name", "IndexName", "name"),
    F("key", "KeySchema", "key_schema", Rows(F("attribute", "AttributeName", "attribute_name"), F("type", "KeyType", "key_type"))),
    F("projection", "Projection.ProjectionType", "projection_type"),
    F("attributes", "Projection.NonKeyAttributes", "non_key_attributes", bag),
    F("read", "ProvisionedThroughput.ReadCapacityUnits", "read_capacity"),
    F("write", "ProvisionedThroughput.WriteCapacityUnits", "write_capacity"),
)


def table_cfn(content: dict[str, Any]) -> None:
    """The key that encrypts a table."""
    encryption = content.pop("SSESpecification", None)
    if encryption == {"SSEEnabled": True}:
        content["~key"] = "aws/dynamodb"
    elif encryption is not None:
        content["~key"] = encryption.pop("KMSMasterKeyId")
        if encryption != {"SSEEnabled": True, "SSEType": "KMS"}:
            raise NotUnderstood(f"encryption of a table: {encryption}")


def table_terraform(content: dict[str, Any]) -> None:
    """The same, its keys as lists, and a stream that is on because there is a view of it."""
    encryption = content.pop("server_side_encryption", None)
    if encryption is not None:
        content["~key"] = encryption.pop("kms_key_arn", "aws/dynamodb" if encryption["enabled"] else "DynamoDB's own")
        if encryption != {"enabled": content["~key"] != "DynamoDB's own"}:
            raise NotUnderstood(f"encryption of a table: {encryption}")
    key = key_schema(content.pop("hash_key"), content.pop("range_key", None))
    for index in content.get("local_secondary_index", ()):
        index["key_schema"] = key_schema(key[0]["attribute_name"], index.pop("range_key"))
    content["key_schema"] = key
    if "stream_view_type" in content and content.pop("stream_enabled", None) is not True:
        raise NotUnderstood("a stream that is not on")


def key_schema(first: Value, second: Value) -> list[dict[str, Value]]:
    """The keys as an index has them."""
    pairs = (("HASH", first), ("RANGE", second))
    return [{"attribute_name": name, "key_type": type} for type, name in pairs if name is not None]


kind(
    "table",
    "DynamoDB::Table",
    "dynamodb_table",
    F("name", "TableName", "name", provider=INVENTED),
    F("attributes", "AttributeDefinitions", "attribute", Rows(F("name", "AttributeName", "name"), F("type", "AttributeType", "type"))),
    *(field for field in INDEX if field.name in ("key", "read", "write")),
    F("indexes", "GlobalSecondaryIndexes", "global_secondary_index", Rows(*INDEX)),
    F("local indexes", "LocalSecondaryIndexes", "local_secondary_index", Rows(*INDEX)),
    F("billing", "BillingMode", "billing_mode"),
    F("ttl", "TimeToLiveSpecification.AttributeName", "ttl.attribute_name"),
    F("expires", "TimeToLiveSpecification.Enabled", "ttl.enabled", default=False),
    F("view", "StreamSpecification.StreamViewType", "stream_view_type"),
    F("backup", "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled", "point_in_time_recovery.enabled"),
    F("encryption", "~key", "~key", default="DynamoDB's own"),
    F("protected", "DeletionProtectionEnabled", "deletion_protection_enabled"),
    attributes={"name": (None, ("name", "id")), "arn": ("Arn", ("arn",)), "stream": ("StreamArn", ("stream_arn",))},
    tagged=True,
    shape_cfn=table_cfn,
    shape_terraform=table_terraform,
    unique=True,
)
kind(
    "stream",
    "Kinesis::Stream",
    "kinesis_stream",
    F("name", "Name", "name", provider=INVENTED),
    F("mode", "StreamModeDetails.StreamMode", "stream_mode_details.stream_mode"),
    F("shards", "ShardCount", "shard_count"),
    F("retention", "RetentionPeriodHours", "retention_period"),
    F("encryption", "StreamEncryption.EncryptionType", "encryption_type"),
    F("key", "StreamEncryption.KeyId", "kms_key_id"),
    attributes={"name": (None, ("name", "id")), "arn": ("Arn", ("arn",))},
    tagged=True,
    unique=True,
)

# --- buckets ---

S3 = "aws_s3_bucket"
NOTIFICATION, LIFECYCLE, VERSIONS, ACCESS = (
    f"{S3}_{end}" for end in ("notification", "lifecycle_configuration", "versioning", "public_access_block")
)
SENT = {"Function": ("Lambda", "lambda_function"), "Queue": ("Queue", "queue"), "Topic": ("Topic", "topic")}


def bucket_cfn(content: dict[str, Any]) -> None:
    """Every notification in one list, with its filter as a prefix and a suffix."""
    config = content.pop("NotificationConfiguration", {})
    found = []
    for target, (section, _) in SENT.items():
        for one in config.pop(f"{section}Configurations", ()):
            rules = one.pop("Filter", {"S3Key": {"Rules": []}})["S3Key"]["Rules"]
            sides = {f"~{rule['Name']}": rule["Value"] for rule in rules}
            if len(sides) < len(rules) or not sides.keys() <= {"~prefix", "~suffix"}:
                raise NotUnderstood(f"a filter of a bucket: {rules}")
            found.append({"~to": target, "~target": one.pop(target), "~events": [one.pop("Event")], **sides, **one})
    if found:
        content["~notifications"] = found
    if config:
        content["NotificationConfiguration"] = config


def bucket_terraform(parts: dict[str, Any]) -> None:
    """The same."""
    config = parts.get(NOTIFICATION, {})
    found = []
    for target, (_, key) in SENT.items():
        for one in config.pop(key, ()):
            sides = {f"~{side}": one.pop(f"filter_{side}") for side in ("prefix", "suffix") if f"filter_{side}" in one}
            found.append(
                {"~to": target, "~target": one.pop(f"{key}_arn"), "~events": one.pop("events"), "~id": one.pop("id"), **sides, **one}
            )
    if found:
        parts["~notifications"] = found
    for rule in parts.get(LIFECYCLE, {}).get("rule", ()):
        if "filter" not in rule:
            raise NotUnderstood("a rule in the form of before 2013")
        if rule["filter"] == {}:  # every key
            del rule["filter"]


ENCRYPTION = ("BucketEncryption.ServerSideEncryptionConfiguration", f"{S3}_server_side_encryption_configuration:rule")
BY_DEFAULT = (f"{ENCRYPTION[0]}.ServerSideEncryptionByDefault", f"{ENCRYPTION[1]}.apply_server_side_encryption_by_default")
CLOSED = "PublicAccessBlockConfiguration"
kind(
    "bucket",
    "S3::Bucket",
    "s3_bucket",
    F("name", "BucketName", "bucket"),
    F("namespace", "BucketNamespace", "bucket_namespace"),
    F("encryption", f"{BY_DEFAULT[0]}.SSEAlgorithm", f"{BY_DEFAULT[1]}.sse_algorithm"),
    F("key", f"{BY_DEFAULT[0]}.KMSMasterKeyID", f"{BY_DEFAULT[1]}.kms_master_key_id"),
    F("bucket key", f"{ENCRYPTION[0]}.BucketKeyEnabled", f"{ENCRYPTION[1]}.bucket_key_enabled"),
    F("ownership", "OwnershipControls.Rules.ObjectOwnership", f"{S3}_ownership_controls:rule.object_ownership"),
    F("blocks acls", f"{CLOSED}.BlockPublicAcls", f"{ACCESS}:block_public_acls"),
    F("blocks policies", f"{CLOSED}.BlockPublicPolicy", f"{ACCESS}:block_public_policy"),
    F("ignores acls", f"{CLOSED}.IgnorePublicAcls", f"{ACCESS}:ignore_public_acls"),
    F("restricted", f"{CLOSED}.RestrictPublicBuckets", f"{ACCESS}:restrict_public_buckets"),
    F("versioning", "VersioningConfiguration.Status", f"{VERSIONS}:versioning_configuration.status"),
    F(
        "lifecycle",
        "LifecycleConfiguration.Rules",
        f"{LIFECYCLE}:rule",
        Rows(
            F("id", "Id", "id"),
            F("status", "Status", "status"),
            F("prefix", "Prefix", "filter.prefix"),
            F("expires", "ExpirationInDays", "expiration.days"),
            F("moves", "Transitions", "transition", Rows(F("to", "StorageClass", "storage_class"), F("after", "TransitionInDays", "days"))),
            F("uploads", "AbortIncompleteMultipartUpload.DaysAfterInitiation", "abort_incomplete_multipart_upload.days_after_initiation"),
            F("old expire", "NoncurrentVersionExpiration.NoncurrentDays", "noncurrent_version_expiration.noncurrent_days"),
            F("old kept", "NoncurrentVersionExpiration.NewerNoncurrentVersions", "noncurrent_version_expiration.newer_noncurrent_versions"),
            F(
                "old moves",
                "NoncurrentVersionTransitions",
                "noncurrent_version_transition",
                Rows(F("to", "StorageClass", "storage_class"), F("after", "TransitionInDays", "noncurrent_days")),
            ),
        ),
    ),
    F(
        "cors",
        "CorsConfiguration.CorsRules",
        f"{S3}_cors_configuration:cors_rule",
        Rows(
            F("origins", "AllowedOrigins", "allowed_origins", bag),
            F("methods", "AllowedMethods", "allowed_methods", bag),
            F("headers", "AllowedHeaders", "allowed_headers", bag),
            F("expose", "ExposedHeaders", "expose_headers", bag),
            F("max age", "MaxAge", "max_age_seconds"),
        ),
    ),
    F("index", "WebsiteConfiguration.IndexDocument", f"{S3}_website_configuration:index_document.suffix"),
    F("error", "WebsiteConfiguration.ErrorDocument", f"{S3}_website_configuration:error_document.key"),
    F(
        "notifications",
        "~notifications",
        "~notifications",
        Rows(
            F("to", "~to", "~to"),
            F("target", "~target", "~target"),
            F("events", "~events", "~events", bag),
            F("prefix", "~prefix", "~prefix"),
            F("suffix", "~suffix", "~suffix"),
            F("id", None, "~id"),
        ),
    ),
    F("all events", "NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled", f"{NOTIFICATION}:eventbridge"),
    attributes={
        "name": (None, ("id", "bucket")),
        "arn": ("Arn", ("arn",)),
        "domain": ("RegionalDomainName", ("bucket_regional_domain_name",)),
        "website": ("", ("website_endpoint",)),  # of another block; CloudFormation's is a whole URL
    },
    tagged=True,
    shape_cfn=bucket_cfn,
    shape_terraform=bucket_terraform,
    unique=True,
)


kind(
    "bucket policy",
    "S3::BucketPolicy",
    "s3_bucket_policy",
    F("bucket", "Bucket", "bucket"),
    F("policy", "PolicyDocument", "policy", document),
    ending="Policy",
)

# --- secrets, configs ---

VERSION = "aws_secretsmanager_secret_version"


def secret_terraform(content: dict[str, Any]) -> None:
    """When a value is written again."""
    if VERSION in content:
        content[VERSION].setdefault("secret_string_wo_version", "never")


kind(
    "secret",
    "SecretsManager::Secret",
    "secretsmanager_secret",
    F("name", "Name", "name", provider=INVENTED),
    F("description", "Description", "description"),
    F("key", "KmsKeyId", "kms_key_id"),
    F("value", "SecretString", f"{VERSION}:secret_string_wo"),
    F("recovery", None, "recovery_window_in_days"),
    F("version", None, f"{VERSION}:secret_string_wo_version"),
    F("made up", "GenerateSecretString", None),
    attributes={"arn": (None, ("arn", "id"))},
    tagged=True,
    shape_terraform=secret_terraform,
    unique=True,
)
kind(
    "config",
    "SSM::Parameter",
    "ssm_parameter",
    F("name", "Name", "name"),
    F("description", "Description", "description"),
    F("type", "Type", "type"),
    F("value", "Value", "insecure_value"),
    attributes={"name": (None, ("name", "id")), "value": ("Value", ("insecure_value",))},
    tagged=True,
    unique=True,
)
