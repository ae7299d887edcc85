"""Buckets and their policies (S3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ifc.aws.iam import document
from ifc.plan import Resource, Statement, planned
from ifc.source import Span
from ifc.values import Value

# S3 user guide, Event notification types and destinations. What a lifecycle rule removes is another event.
EVENTS = {"created": "s3:ObjectCreated:*", "removed": "s3:ObjectRemoved:*"}
SECTIONS = {
    "function": ("LambdaConfigurations", "Function"),
    "queue": ("QueueConfigurations", "Queue"),
    "topic": ("TopicConfigurations", "Topic"),
}


@planned
class Notification:
    """One kind of event for the objects whose keys begin and end in some way, and where it is sent."""

    event: str  # "created" or "removed"
    kind: str  # of the target
    to: str  # its declared name
    target: Value  # its ARN
    prefix: str = ""
    suffix: str = ""
    span: Span


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


@planned
class Bucket(Resource):
    cfn_type = "AWS::S3::Bucket"
    attributes = {"name": None, "arn": "Arn", "domain": "RegionalDomainName", "website-url": "WebsiteURL"}
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

    bucket: Value  # name
    statements: tuple[Statement, ...]

    def cfn(self) -> dict[str, Value]:
        return {"Bucket": self.bucket, "PolicyDocument": document(self.statements)}
