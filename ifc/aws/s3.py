"""Buckets and their policies (S3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ifc.aws.iam import allowing, document
from ifc.plan import Block, Part, Resource, Statement, planned, short
from ifc.source import Span
from ifc.values import Attr, Value

# S3 user guide, Event notification types and destinations. What a lifecycle rule removes is another event.
EVENTS = {"created": "s3:ObjectCreated:*", "removed": "s3:ObjectRemoved:*"}
SECTIONS = {
    "function": ("LambdaConfigurations", "Function"),
    "queue": ("QueueConfigurations", "Queue"),
    "topic": ("TopicConfigurations", "Topic"),
}
TARGETS = {"function": ("lambda_function", "lambda_function_arn"), "queue": ("queue", "queue_arn"), "topic": ("topic", "topic_arn")}
ACCESS = "aws_s3_bucket_public_access_block"
VERSIONING = "aws_s3_bucket_versioning"


@planned
class Notification:
    """One kind of event for the objects whose keys begin and end in some way, and where it is sent."""

    event: str  # "created" or "removed"
    kind: str  # of the target
    to: str  # its declared name
    called: str  # the name that its ids are made from
    target: Value  # its ARN
    prefix: str = ""
    suffix: str = ""
    span: Span

    @property
    def id(self) -> str:
        """What it is called in the bucket: two of them never go to one place for the same keys."""
        return short(f"{self.event} {self.prefix}*{self.suffix} to {self.called}", 255)

    def terraform(self) -> dict[str, Value]:
        return {
            "id": self.id,
            TARGETS[self.kind][1]: self.target,
            "events": [EVENTS[self.event]],
            "filter_prefix": self.prefix or None,
            "filter_suffix": self.suffix or None,
        }


@planned
class Step:
    """A move of objects to another storage class, some days after they came (or became old versions)."""

    storage: str
    days: Value


@planned
class Rule:
    """A lifecycle rule: what happens to the objects whose keys begin with `prefix`; all times in days."""

    prefix: str = ""
    expire: Value = None
    steps: tuple[Step, ...] = ()
    abort_uploads: Value = None
    expire_old: Value = None
    keep_old: int | None = None  # so many old versions stay
    old_steps: tuple[Step, ...] = ()

    @property
    def id(self) -> str:
        """Its id, from the prefix: two rules never share one."""
        return f"{self.prefix}*"

    def cfn(self) -> dict[str, Value]:
        old = {"NoncurrentDays": self.expire_old, "NewerNoncurrentVersions": self.keep_old}
        return {
            "Id": self.id,
            "Status": "Enabled",
            "Prefix": self.prefix or None,
            "ExpirationInDays": self.expire,
            "Transitions": [{"StorageClass": s.storage, "TransitionInDays": s.days} for s in self.steps] or None,
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": self.abort_uploads} if self.abort_uploads is not None else None,
            "NoncurrentVersionExpiration": old if self.expire_old is not None else None,
            "NoncurrentVersionTransitions": [{"StorageClass": s.storage, "TransitionInDays": s.days} for s in self.old_steps] or None,
        }

    def terraform(self) -> dict[str, Value]:
        old = {"noncurrent_days": self.expire_old, "newer_noncurrent_versions": self.keep_old}
        return {
            "id": self.id,
            "status": "Enabled",
            # Written even when it is empty, or the rule has the form of before 2013.
            "filter": {"prefix": self.prefix or None},
            "expiration": {"days": self.expire} if self.expire is not None else None,
            "transition": [{"storage_class": s.storage, "days": s.days} for s in self.steps] or None,
            "abort_incomplete_multipart_upload": {"days_after_initiation": self.abort_uploads} if self.abort_uploads is not None else None,
            "noncurrent_version_expiration": old if self.expire_old is not None else None,
            "noncurrent_version_transition": [{"storage_class": s.storage, "noncurrent_days": s.days} for s in self.old_steps] or None,
        }


@planned
class Cors:
    """What pages of other origins may do."""

    origins: tuple[Value, ...]
    methods: tuple[str, ...]
    headers: tuple[Value, ...] = ()
    expose: tuple[Value, ...] = ()
    max_age: int | None = None  # seconds

    def cfn(self) -> dict[str, Value]:
        return {
            "AllowedOrigins": list(self.origins),
            "AllowedMethods": list(self.methods),
            "AllowedHeaders": list(self.headers) or None,
            "ExposedHeaders": list(self.expose) or None,
            "MaxAge": self.max_age,
        }

    def terraform(self) -> dict[str, Value]:
        return {
            "allowed_origins": list(self.origins),
            "allowed_methods": list(self.methods),
            "allowed_headers": list(self.headers) or None,
            "expose_headers": list(self.expose) or None,
            "max_age_seconds": self.max_age,
        }


@planned
class Bucket(Resource):
    cfn_type = "AWS::S3::Bucket"
    terraform_type = "aws_s3_bucket"
    terraform_file = "buckets"
    replaces = ("BucketName", "BucketNamespace")
    attributes = {
        "name": (None, "id"),
        "arn": ("Arn", "arn"),
        "domain": ("RegionalDomainName", "bucket_regional_domain_name"),
        "website-url": ("WebsiteURL", "http://${aws_s3_bucket_website_configuration.@.website_endpoint}"),
    }
    tagged = "list"
    stateful = True

    name: Value
    account_namespace: bool = False
    kms: bool = False  # instead of S3's own keys
    key: Value = None  # a customer key instead of the account's key for S3
    public: bool = False  # policies may open it to everyone
    versioning: bool | None = None  # False: switched off again
    rules: tuple[Rule, ...] = ()
    cors: Cors | None = None
    index: Value = None
    error: Value = None
    notifications: tuple[Notification, ...] = ()
    events: bool = False  # all of them go to the account's default bus too

    def cfn(self) -> dict[str, Value]:
        return {
            "BucketName": self.name,
            "BucketNamespace": "account-regional" if self.account_namespace else None,
            "BucketEncryption": {"ServerSideEncryptionConfiguration": [self.cfn_encryption()]},
            "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
            "PublicAccessBlockConfiguration": {
                "BlockPublicAcls": True,
                "BlockPublicPolicy": not self.public,
                "IgnorePublicAcls": True,
                "RestrictPublicBuckets": not self.public,
            },
            "VersioningConfiguration": None if self.versioning is None else {"Status": "Enabled" if self.versioning else "Suspended"},
            "LifecycleConfiguration": {"Rules": [rule.cfn() for rule in self.rules]} if self.rules else None,
            "CorsConfiguration": {"CorsRules": [self.cors.cfn()]} if self.cors else None,
            "WebsiteConfiguration": {"IndexDocument": self.index, "ErrorDocument": self.error} if self.index is not None else None,
            "NotificationConfiguration": self.cfn_notifications(),
        }

    def terraform(self) -> tuple[Block, ...]:
        bucket = self.part(self.terraform_type, "id")
        blocks = [
            self.block(bucket=self.name, bucket_namespace="account-regional" if self.account_namespace else None),
            self._block(
                "aws_s3_bucket_server_side_encryption_configuration",
                rule={
                    "apply_server_side_encryption_by_default": {
                        "sse_algorithm": "aws:kms" if self.kms else "AES256",
                        "kms_master_key_id": self.key,
                    },
                    "bucket_key_enabled": True if self.kms else None,
                },
            ),
            self._block("aws_s3_bucket_ownership_controls", rule={"object_ownership": "BucketOwnerEnforced"}),
            self._block(
                ACCESS,
                block_public_acls=True,
                block_public_policy=not self.public,
                ignore_public_acls=True,
                restrict_public_buckets=not self.public,
            ),
        ]
        if self.versioning is not None:
            blocks.append(self._block(VERSIONING, versioning_configuration={"status": "Enabled" if self.versioning else "Suspended"}))
        if self.rules:
            after = (self.part(VERSIONING),) if self.versioning is not None else ()
            rules = [rule.terraform() for rule in self.rules]
            blocks.append(Block(type="aws_s3_bucket_lifecycle_configuration", content={"bucket": bucket, "rule": rules}, after=after))
        if self.cors:
            blocks.append(self._block("aws_s3_bucket_cors_configuration", cors_rule=[self.cors.terraform()]))
        if self.index is not None:
            error = {"key": self.error} if self.error is not None else None
            blocks.append(self._block("aws_s3_bucket_website_configuration", index_document={"suffix": self.index}, error_document=error))
        if self.notifications or self.events:
            blocks.append(self._notification())
        return tuple(blocks)

    def _block(self, type: str, **content: Value) -> Block:
        return Block(type=type, content={"bucket": self.part(self.terraform_type, "id"), **content})

    def _notification(self) -> Block:
        """The one notification of the bucket: a second one would overwrite it, which Terraform does not see."""
        sections: dict[str, Any] = {}
        for note in sorted(self.notifications, key=lambda n: n.id):
            sections.setdefault(TARGETS[note.kind][0], []).append(note.terraform())
        # S3 asks at once whether it may deliver.
        after = tuple(Part(id=id, type="") for id in self.after)
        content = {"bucket": self.part(self.terraform_type, "id"), "eventbridge": True if self.events else None, **sections}
        return Block(type="aws_s3_bucket_notification", content=content, after=after)

    def cfn_encryption(self) -> dict[str, Value]:
        # A bucket key spares requests to KMS, which cost.
        return {
            "ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms" if self.kms else "AES256", "KMSMasterKeyID": self.key},
            "BucketKeyEnabled": True if self.kms else None,
        }

    def cfn_notifications(self) -> dict[str, Value] | None:
        sections: dict[str, Any] = {}
        for note in sorted(self.notifications, key=lambda n: (n.event, n.prefix, n.suffix, n.to)):
            section, end = SECTIONS[note.kind]
            sections.setdefault(section, []).append({"Event": EVENTS[note.event], end: note.target, "Filter": _filter(note)})
        if self.events:
            sections["EventBridgeConfiguration"] = {"EventBridgeEnabled": True}
        return {name: sections[name] for name in sorted(sections)} or None


def _filter(note: Notification) -> Mapping[str, Any] | None:
    sides = [{"Name": side, "Value": value} for side, value in (("prefix", note.prefix), ("suffix", note.suffix)) if value]
    return {"S3Key": {"Rules": sides}} if sides else None


@planned
class BucketPolicy(Resource):
    """The one policy of a bucket: a second one would overwrite it."""

    cfn_type = "AWS::S3::BucketPolicy"
    terraform_type = "aws_s3_bucket_policy"
    terraform_file = "buckets"
    ending = "Policy"

    bucket: Value  # name
    statements: tuple[Statement, ...]

    def cfn(self) -> dict[str, Value]:
        return {"Bucket": self.bucket, "PolicyDocument": document(self.statements)}

    def terraform(self) -> tuple[Block, ...]:
        policy = allowing(self.statements, suffix="policy")
        # S3 refuses a public policy while the bucket is closed, and two changes of access at once.
        after = (Part(id=self.bucket.id, type=ACCESS),) if isinstance(self.bucket, Attr) else ()
        content = {"bucket": self.bucket, "policy": self.json_of(policy)}
        return policy, Block(type=self.terraform_type, content=content, after=after)
