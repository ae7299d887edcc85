"""Which service, region, operation, bucket and key a request to AWS is for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, unquote_plus

from ifc.records import record

_SCOPE = re.compile(r"Credential=[^/,\s]+/\d{8}/([^/,\s]*)/([^/,\s]+)/aws4_request")
_VIRTUAL = re.compile(r"^(?P<bucket>.+?)\.(?:s3[.\-](?:[a-z0-9\-]+\.)*amazonaws\.com(?:\.cn)?|s3\.localhost|localhost|127\.0\.0\.1)$")
_REGION_OF_TOKEN = "aws4_request"


@record
class Address:
    """Where a request goes: the service's signing name, "" when nothing tells; a region, "" likewise; and an operation where a header or a
    parameter names it (S3 and other REST services tell it by method and path)."""

    service: str
    region: str
    operation: str


def address(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Address:
    """The address of a request; names of headers are in lower case."""
    signed = _SCOPE.search(headers.get("authorization", ""))
    scope = (signed[1], signed[2]) if signed else _presigned(path)
    region, service = scope or ("", "")
    target = headers.get("x-amz-target", "")
    operation = target.rpartition(".")[2] if target else _action(path, headers, body)
    if not service and not target and not operation:
        service = "s3"  # a browser's or curl's request without a signature: only S3 takes those on any path
    return Address(service.lower(), region, operation)


def _presigned(path: str) -> tuple[str, str] | None:
    """Region and service in the query of a presigned address."""
    found = re.search(r"[?&]X-Amz-Credential=([^&]+)", path)
    scope = unquote(found[1]).split("/") if found else []
    return (scope[2], scope[3]) if len(scope) == 5 and scope[4] == _REGION_OF_TOKEN else None


def _action(path: str, headers: Mapping[str, str], body: bytes) -> str:
    """The parameter `Action` of a request in the query protocol."""
    query = path.partition("?")[2]
    if "Action=" not in query and headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        query = body.decode("utf-8", "replace") if b"Action=" in body else ""
    return dict(parse_qsl(query)).get("Action", "") if "Action=" in query else ""


@record
class Place:
    """A bucket's and an object's name, "" where the request is for no object or no bucket, and the request's path in path style."""

    bucket: str
    key: str
    path: str


def place(host: str, path: str) -> Place:
    """Bucket and key of a request to S3, in path style or with the bucket in front of a host that we know."""
    raw, mark, query = path.partition("?")
    virtual = _VIRTUAL.match(host.rpartition(":")[0] if re.search(r":\d+$", host) else host)
    if virtual and not virtual["bucket"].startswith("s3"):
        raw = f"/{virtual['bucket']}{raw if raw.startswith('/') else '/' + raw}"
    bucket, _, key = raw.lstrip("/").partition("/")
    return Place(unquote(bucket), unquote(key), raw + mark + query)


def without(place: Place, parameter: str) -> Place:
    """The same place, without a parameter of the query."""
    raw, _, query = place.path.partition("?")
    left = "&".join(part for part in query.split("&") if unquote_plus(part.partition("=")[0]) != parameter)
    return Place(place.bucket, place.key, f"{raw}?{left}" if left else raw)


def parameters(path: str) -> dict[str, str]:
    """The parameters of a query; one without a value has ""."""
    query = path.partition("?")[2]
    pairs = (part.partition("=") for part in query.split("&") if part)
    return {unquote_plus(name): unquote_plus(value) for name, _, value in pairs}
