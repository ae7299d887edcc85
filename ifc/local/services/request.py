"""A request to the AWS endpoint: whose key signed it, which service it is for, and what it asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, unquote

from ifc.local.services.errors import ServiceError
from ifc.records import record

# Signatures that name a service otherwise than IAM's actions do (Service Authorization Reference, service prefixes).
PREFIXES = {"monitoring": "cloudwatch", "email": "ses", "tagging": "tag", "iotdata": "iot", "iotdevicegateway": "iot"}
SIGNED = re.compile(r"Credential=([^,\s]+)")
# SigV2, which old tools still use for S3 (Amazon S3 user guide, Signing and authenticating REST requests).
SIGNED_V2 = re.compile(r"AWS ([^:\s]+):")
# A bucket in the host's name: `pictures.localhost`, `pictures.s3.eu-west-1.amazonaws.com`.
VIRTUAL_HOST = re.compile(r"(?P<bucket>[a-z0-9][a-z0-9.-]*?)(?:\.s3[a-z0-9-]*\..+|\.localhost)", re.IGNORECASE)
FORM = "application/x-www-form-urlencoded"
# Operations that nobody signs, by what stands in the request for them.
UNSIGNED_TARGETS = {"AWSCognitoIdentityProviderService": "cognito-idp", "AWSCognitoIdentityService": "cognito-identity"}
UNSIGNED_ACTIONS = ("AssumeRoleWithWebIdentity", "AssumeRoleWithSAML")
DEEPEST = 12  # of names in the query protocol


@record
class Request:
    """An HTTP request, as it came: path and query are still encoded."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]  # that finds a name in any case
    body: bytes

    def header(self, name: str) -> str:
        """A header, "" without one."""
        return self.headers.get(name) or ""


@record
class Signature:
    """Whose key signed a request, for which region and service."""

    key: str
    region: str
    service: str


class Call:
    """What a request asks for."""

    def __init__(self, request: Request, default_region: str) -> None:
        self.request = request
        self.query = dict(parse_qsl(request.query, keep_blank_values=True)) if request.query else {}
        signed = signature(request, self.query)
        self.key = signed.key if signed else None  # None: nobody signed it
        self.service = signed.service if signed else ""  # as signatures name it
        self.region = (signed.region if signed else "") or default_region
        self.operation = ""  # in REST protocols only the service's paths tell it
        self.version = "1.0"  # of JSON
        self.protocol = self._protocol()  # json, query, ec2, rest-json, rest-xml or cbor

    def _protocol(self) -> str:
        request = self.request
        target = request.header("X-Amz-Target")
        kind = request.header("Content-Type").partition(";")[0].strip().lower()
        if target:
            prefix, _, self.operation = target.rpartition(".")
            self.service = self.service or UNSIGNED_TARGETS.get(prefix, "")
            self.version = "1.1" if kind.endswith("-1.1") else "1.0"
            return "json"
        if request.header("Smithy-Protocol") == "rpc-v2-cbor":
            self.operation = request.path.rpartition("/")[2]
            return "cbor"
        if self.service not in ("s3", "lambda") and (kind == FORM or "Action" in self.query):
            self.operation = self._form.get("Action", "")
            if not self.service and self.operation in UNSIGNED_ACTIONS:
                self.service = "sts"
            return "ec2" if self.service == "ec2" else "query"
        if not self.service:
            self.service = "s3"
        return "rest-xml" if self.service in ("s3", "s3express", "s3-outposts", "route53", "cloudfront") else "rest-json"

    @property
    def prefix(self) -> str:
        """The service as IAM's actions name it."""
        return PREFIXES.get(self.service, self.service)

    @cached_property
    def _form(self) -> dict[str, str]:
        body = self.request.body.decode("utf-8", "replace") if self.request.method == "POST" else ""
        return {**self.query, **dict(parse_qsl(body, keep_blank_values=True))}

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """Its parameters as the JSON protocol has them; none in REST and CBOR, whose requests only their service reads."""
        if self.protocol in ("query", "ec2"):
            return unflattened(self._form)
        if self.protocol != "json":
            return {}
        try:
            found = json.loads(self.request.body or b"{}")
        except (ValueError, RecursionError):
            raise ServiceError("SerializationException", "the body is not JSON") from None
        if not isinstance(found, dict):
            raise ServiceError("SerializationException", "the body is not a JSON object")
        return found


def signature(request: Request, query: Mapping[str, str]) -> Signature | None:
    """Whose signature a request carries; the signature itself is not checked, since only this machine reaches the endpoint."""
    authorization = request.header("Authorization")
    found = SIGNED.search(authorization)
    scope = found[1] if found else query.get("X-Amz-Credential", "")
    if scope:
        # SigV4: key/date/region/service/aws4_request; SigV4a has no region (IAM user guide, Elements of a request signature).
        parts = scope.split("/")
        if len(parts) == 5:
            return Signature(parts[0], parts[2], parts[3].lower())
        return Signature(parts[0], "", parts[2].lower()) if len(parts) == 4 else None
    old = SIGNED_V2.match(authorization)
    key = old[1] if old else query.get("AWSAccessKeyId", "")
    return Signature(key, "", "s3") if key else None


# --- the query protocol ---


def unflattened(form: Mapping[str, str]) -> dict[str, Any]:
    """`A.1.B=x` as the JSON protocol would have it: `{"A": [{"B": "x"}]}` (Smithy, AWS query protocol, lists and maps)."""
    tree: dict[str, Any] = {}
    for name, value in form.items():
        node = tree
        *steps, last = name.split(".")
        if len(steps) > DEEPEST:
            raise ServiceError("MalformedInput", "a parameter's name has too many parts")
        for step in steps:
            below = node.setdefault(step, {})
            if not isinstance(below, dict):
                raise ServiceError("MalformedInput", f"the parameter {name} contradicts another")
            node = below
        if isinstance(node.get(last), dict):
            raise ServiceError("MalformedInput", f"the parameter {name} contradicts another")
        node[last] = value
    return {name: _list(value) for name, value in tree.items()}


def _list(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if all(step.isdecimal() and step.isascii() for step in node):
        return [_list(node[step]) for step in sorted(node, key=int)]
    if len(node) == 1 and next(iter(node)) in ("member", "entry"):
        return _list(next(iter(node.values())))
    return {step: _list(value) for step, value in node.items()}


# --- S3 ---


@record
class Place:
    """What an S3 request is about: a bucket and a key, decoded; "" for none."""

    bucket: str
    key: str
    virtual: bool = False  # the bucket stands in the host's name


def place(request: Request) -> Place:
    """The bucket and the key, from the path or from the host before it."""
    host = re.sub(r":\d+$", "", request.header("Host"))
    found = VIRTUAL_HOST.fullmatch(host)
    path = request.path[1:]
    if found and found["bucket"].lower() != "s3":
        return Place(found["bucket"], unquote(path), virtual=True)
    bucket, _, key = path.partition("/")
    return Place(unquote(bucket), unquote(key))


# --- reading parameters ---


def text(parameters: Mapping[str, Any], name: str) -> str | None:
    """A parameter that is a text; None where it is missing."""
    value = parameters.get(name)
    if value is None or isinstance(value, str):
        return value
    raise ServiceError("SerializationException", f"{name} is not a string")


def listed(parameters: Mapping[str, Any], name: str) -> Sequence[Any]:
    """A parameter that is a list; empty where it is missing."""
    value = parameters.get(name)
    if value is None or value == "":  # an empty list in the query protocol
        return ()
    if isinstance(value, list):
        return value
    raise ServiceError("SerializationException", f"{name} is not a list")


def mapped(parameters: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A parameter that is a map; empty where it is missing. The query protocol has it as a list of names and values."""
    value = parameters.get(name)
    if value is None or value == "":
        return {}
    if isinstance(value, list) and all(isinstance(v, dict) and isinstance(v.get("Name"), str) for v in value):
        return {v["Name"]: v.get("Value") for v in value}
    if isinstance(value, dict):
        return value
    raise ServiceError("SerializationException", f"{name} is not a map")


def whole(parameters: Mapping[str, Any], name: str) -> int | None:
    """A parameter that is a whole number; the query protocol has it as text."""
    value = parameters.get(name)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,18}", value):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise ServiceError("SerializationException", f"{name} is not a whole number")
