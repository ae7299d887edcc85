"""The bucket of archives and templates: one for an account and a region, private, shared by all apps."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from ifc.deploy import uploading
from ifc.deploy.account import Account
from ifc.deploy.faults import DENIED, code_of, missing
from ifc.diagnostics import Diagnostic, Failure
from ifc.records import record

STALE = 1  # days after which the parts of an upload that was broken off are removed
# S3 user guide, Blocking public access to your Amazon S3 storage.
PRIVATE = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
ENCRYPTED = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
LIFECYCLE = {
    "Rules": [
        {"ID": "ifc-parts", "Status": "Enabled", "Filter": {"Prefix": ""}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": STALE}}
    ]
}


@record
class Bucket:
    """The bucket; every call names the account that must own it, so that a name taken by someone else is refused."""

    account: Account
    name: str
    fresh: bool = False  # it was made just now

    @property
    def owned(self) -> dict[str, str]:
        """What every call about it says."""
        return {"Bucket": self.name, "ExpectedBucketOwner": self.account.number}

    @property
    def s3(self) -> Any:
        """The client that it is reached by."""
        return self.account.client("s3")

    def has(self, key: str) -> bool:
        """Whether there is an object of that key."""
        try:
            self.s3.head_object(**self.owned, Key=key)
        except ClientError as problem:
            if missing(problem):
                return False
            raise
        return True

    def send(self, path: str, key: str, seen: Callable[[int], None] | None = None) -> None:
        """Uploads a file, a large one in parts; one that was broken off is taken up."""
        uploading.send(self.s3, self.owned, path, key, seen)

    def put(self, key: str, body: bytes, type: str, only_new: bool = False) -> bool:
        """Writes a small object; False where `only_new` finds another one there."""
        more = {"IfNoneMatch": "*"} if only_new else {}
        try:
            self.s3.put_object(**self.owned, Key=key, Body=body, ContentType=type, ChecksumAlgorithm="SHA256", **more)
        except ClientError as problem:
            if only_new and code_of(problem) in ("PreconditionFailed", "ConditionalRequestConflict", "412", "409"):
                return False
            raise
        return True

    def get(self, key: str) -> bytes:
        """What an object holds."""
        content: bytes = self.s3.get_object(**self.owned, Key=key)["Body"].read()
        return content

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin so, in order."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(**self.owned, Prefix=prefix)
        return sorted(found["Key"] for page in pages for found in page.get("Contents", []))

    def copy(self, bucket: str, key: str) -> None:
        """Copies an object of the same key from another bucket of the account."""
        self.s3.copy_object(**self.owned, Key=key, CopySource={"Bucket": bucket, "Key": key}, ExpectedSourceBucketOwner=self.account.number)

    def url(self, key: str) -> str:
        """The address by which CloudFormation reads an object."""
        return f"{self.s3.meta.endpoint_url}/{self.name}/{key}"


def name(account: Account) -> str:
    """The bucket's name in an account and a region."""
    return f"ifc-artifacts-{account.number}-{account.region}"


def found(account: Account) -> Bucket | None:
    """The bucket, or None where there is none yet; Failure where it is another account's."""
    bucket = Bucket(account, name(account))
    try:
        bucket.s3.head_bucket(**bucket.owned)
    except ClientError as problem:
        if missing(problem):
            return None
        if code_of(problem) in DENIED:  # HeadBucket says no more than 403, also where the owner is another one
            raise Failure(
                Diagnostic(
                    "IFC834",
                    f"the bucket `{bucket.name}` can't be used: it is another account's, or these credentials may not look at it",
                    help="let `ifc permissions FILE --deploy-role` say what is needed, and see whose bucket it is; nothing was uploaded",
                )
            ) from None
        raise
    return bucket


def ready(account: Account) -> Bucket:
    """The bucket, made where there is none: private, encrypted, reached by TLS alone."""
    bucket = found(account) or _made(account)
    if bucket.fresh or not _finished(bucket):
        _settled(bucket)
    return bucket


def _made(account: Account) -> Bucket:
    bucket = Bucket(account, name(account), fresh=True)
    place = {} if account.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": account.region}}
    try:
        bucket.s3.create_bucket(Bucket=bucket.name, **place)
    except ClientError as problem:
        if code_of(problem) == "BucketAlreadyExists":  # all accounts share the names of buckets
            help = "ask AWS Support to have it removed; nothing was uploaded"
            raise Failure(Diagnostic("IFC834", f"the bucket `{bucket.name}` is another account's", help=help)) from None
        if code_of(problem) not in ("BucketAlreadyOwnedByYou", "OperationAborted"):  # another deployment makes it at this moment
            raise
    bucket.s3.get_waiter("bucket_exists").wait(**bucket.owned)
    return bucket


def _finished(bucket: Bucket) -> bool:
    """Whether all was set when it was made: the policy comes last."""
    try:
        bucket.s3.get_bucket_policy(**bucket.owned)
    except ClientError as problem:
        if code_of(problem) == "NoSuchBucketPolicy":
            return False
        raise
    return True


def _settled(bucket: Bucket) -> None:
    bucket.s3.put_public_access_block(**bucket.owned, PublicAccessBlockConfiguration=PRIVATE)
    bucket.s3.put_bucket_encryption(**bucket.owned, ServerSideEncryptionConfiguration=ENCRYPTED)
    bucket.s3.put_bucket_lifecycle_configuration(**bucket.owned, LifecycleConfiguration=LIFECYCLE)
    bucket.s3.put_bucket_policy(**bucket.owned, Policy=json.dumps(_only_tls(bucket.account, bucket.name)))


def _only_tls(account: Account, bucket: str) -> dict[str, Any]:
    """The policy that refuses what is not encrypted on its way (S3 user guide, Security best practices)."""
    arn = f"arn:{account.partition}:s3:::{bucket}"
    statement = {
        "Sid": "OnlyTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return {"Version": "2012-10-17", "Statement": [statement]}
