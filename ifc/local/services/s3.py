"""Amazon S3, which the stores serve: what its requests mean, and what has to be done before they are passed on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ifc.local import forms
from ifc.local.services.answers import Answer, escaped
from ifc.local.services.errors import ServiceError
from ifc.local.services.request import Call, Request
from ifc.records import evolve, record

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# What a subresource of a bucket is called in IAM's actions, to be read (Service Authorization Reference, Actions defined by Amazon S3).
BUCKET_READS = {
    "accelerate": "GetAccelerateConfiguration",
    "acl": "GetBucketAcl",
    "analytics": "GetAnalyticsConfiguration",
    "cors": "GetBucketCORS",
    "encryption": "GetEncryptionConfiguration",
    "intelligent-tiering": "GetIntelligentTieringConfiguration",
    "inventory": "GetInventoryConfiguration",
    "lifecycle": "GetLifecycleConfiguration",
    "location": "GetBucketLocation",
    "logging": "GetBucketLogging",
    "metrics": "GetMetricsConfiguration",
    "notification": "GetBucketNotification",
    "object-lock": "GetBucketObjectLockConfiguration",
    "ownershipControls": "GetBucketOwnershipControls",
    "policy": "GetBucketPolicy",
    "policyStatus": "GetBucketPolicyStatus",
    "publicAccessBlock": "GetBucketPublicAccessBlock",
    "replication": "GetReplicationConfiguration",
    "requestPayment": "GetBucketRequestPayment",
    "tagging": "GetBucketTagging",
    "uploads": "ListBucketMultipartUploads",
    "versioning": "GetBucketVersioning",
    "versions": "ListBucketVersions",
    "website": "GetBucketWebsite",
}
# The same for an object, by method; the versioned ones end in Version.
OBJECT_READS = {
    "acl": "GetObject{}Acl",
    "tagging": "GetObject{}Tagging",
    "retention": "GetObjectRetention",
    "legal-hold": "GetObjectLegalHold",
}
OBJECT_WRITES = {
    "acl": "PutObject{}Acl",
    "tagging": "PutObject{}Tagging",
    "retention": "PutObjectRetention",
    "legal-hold": "PutObjectLegalHold",
}
# Headers of an upload that ask for more than putting it.
ASKING = (
    (re.compile(r"x-amz-(acl|grant-.*)"), "PutObjectAcl"),
    (re.compile(r"x-amz-tagging"), "PutObjectTagging"),
    (re.compile(r"x-amz-object-lock-(mode|retain-until-date)"), "PutObjectRetention"),
    (re.compile(r"x-amz-object-lock-legal-hold"), "PutObjectLegalHold"),
)
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
BODY_DIGESTS = (
    "content-md5",
    "x-amz-sdk-checksum-algorithm",
    "x-amz-content-sha256",
    "x-amz-trailer",
    "content-encoding",
    "content-length",
)


def bucket_action(call: Call) -> str:
    """The action of a request for a bucket that only looks."""
    found = next((BUCKET_READS[name] for name in call.query if name in BUCKET_READS), None)
    return found or "ListBucket"


def object_actions(call: Call) -> list[str]:
    """The actions of a request for an object, on that object."""
    method, query = call.request.method, call.query
    version = "Version" if "versionId" in query else ""
    if method in ("GET", "HEAD"):
        if "uploadId" in query:
            return ["ListMultipartUploadParts"]
        if "attributes" in query:
            return [f"GetObject{version}Attributes", f"GetObject{version}"]
        return [next((OBJECT_READS[n].format(version) for n in query if n in OBJECT_READS), f"GetObject{version}")]
    if method == "PUT":
        part = next((OBJECT_WRITES[n].format(version) for n in query if n in OBJECT_WRITES), None)
        return [part] if part else ["PutObject", *_more(call.request.headers)]
    if method == "DELETE":
        if "uploadId" in query:
            return ["AbortMultipartUpload"]
        return [f"DeleteObject{version}Tagging"] if "tagging" in query else [f"DeleteObject{version}"]
    if "restore" in query:
        return ["RestoreObject"]
    if "select" in query:
        return ["GetObject"]
    return ["PutObject", *(_more(call.request.headers) if "uploads" in query else [])]


def _more(headers: Mapping[str, str]) -> list[str]:
    names = [name.lower() for name in headers]
    return [action for pattern, action in ASKING if any(pattern.fullmatch(n) for n in names)]


def changes_a_bucket(call: Call, bucket: str, key: str) -> str:
    """The operation by which a request would make, remove or configure a bucket, "" if it does not."""
    method, query = call.request.method, call.query
    if not bucket or key or method not in ("PUT", "DELETE"):
        return ""
    part = next((name for name in query if name in BUCKET_READS), "")
    return (
        ("Put" if method == "PUT" else "Delete") + "Bucket" + part.title().replace("-", "")
        if part
        else ("CreateBucket" if method == "PUT" else "DeleteBucket")
    )


# --- DeleteObjects ---


def deletes_many(call: Call, key: str) -> bool:
    """Whether a request is DeleteObjects."""
    return call.request.method == "POST" and "delete" in call.query and not key


@record
class Doomed:
    """An object that DeleteObjects names: its key, perhaps a version, and conditions."""

    parts: Mapping[str, str]

    @property
    def key(self) -> str:
        """The object's key."""
        return self.parts.get("Key", "")

    @property
    def version(self) -> str:
        """The version that goes, "" for none in particular."""
        return self.parts.get("VersionId", "")


def doomed(body: bytes) -> tuple[list[Doomed], bool]:
    """The objects that a body of DeleteObjects names, and whether only errors are to be told."""
    from xml.etree import ElementTree  # few requests have XML

    try:
        if b"<!DOCTYPE" in body or b"<!ENTITY" in body:  # entities could grow without end
            raise ElementTree.ParseError
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        raise ServiceError(
            "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
        ) from None
    found = [Doomed({_tag(part): part.text or "" for part in element}) for element in root if _tag(element) == "Object"]
    return found, any(_tag(e) == "Quiet" and (e.text or "").strip() == "true" for e in root)


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def deleting(request: Request, items: list[Doomed], quiet: bool) -> Request:
    """A DeleteObjects of these objects, in place of another; the digests of the other's body go."""
    objects = "".join("<Object>" + "".join(f"<{n}>{escaped(v)}</{n}>" for n, v in item.parts.items()) + "</Object>" for item in items)
    body = f'<Delete xmlns="{NAMESPACE}">{objects}{"<Quiet>true</Quiet>" if quiet else ""}</Delete>'.encode()
    headers = {n: v for n, v in request.headers.items() if n.lower() not in BODY_DIGESTS and not n.lower().startswith("x-amz-checksum-")}
    return evolve(request, headers=headers, body=body)


def with_errors(answer: Answer | None, refused: Mapping[str, str]) -> Answer:
    """The answer to DeleteObjects, with an error for each object that its caller may not delete (API_DeleteObjects, Error)."""
    errors = "".join(
        f"<Error><Key>{escaped(key)}</Key><Code>AccessDenied</Code><Message>{escaped(message)}</Message></Error>"
        for key, message in refused.items()
    ).encode()
    if answer is None:
        start = f'<?xml version="1.0" encoding="UTF-8"?>\n<DeleteResult xmlns="{NAMESPACE}">'.encode()
        return Answer(200, {"Content-Type": "application/xml"}, start + errors + b"</DeleteResult>")
    if answer.status != 200:
        return answer
    end = answer.body.rfind(b"</DeleteResult>")
    body = (
        answer.body[:end] + errors + answer.body[end:]
        if end >= 0
        else answer.body.rstrip().removesuffix(b"/>") + b">" + errors + b"</DeleteResult>"
    )
    return evolve(answer, body=body)


# --- forms of browsers ---


def form(request: Request) -> forms.Form | None:
    """The form that a browser posts (API_POST Object); None for what is no such form."""
    return forms.read(request.header("Content-Type"), request.body) if request.method == "POST" else None


def expired(query: Mapping[str, str], now: Callable[[], float]) -> bool:
    """Whether a presigned address is over (Amazon S3 API reference, Authenticating requests: using query parameters)."""
    from datetime import UTC, datetime

    try:
        if "X-Amz-Date" in query and "X-Amz-Expires" in query:
            signed = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            return signed.timestamp() + int(query["X-Amz-Expires"]) < now()
        return "Expires" in query and "AWSAccessKeyId" in query and int(query["Expires"]) < now()
    except (ValueError, OverflowError):
        return True
