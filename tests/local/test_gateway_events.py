"""Events of API Gateway and of functions' URLs, whole, and what of a request can be in them."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.local.gateway.running import Gateway, api, function, route

pytest_plugins = ["tests.local.gateway.fixtures"]

EVENTS = Path(__file__).parent / "gateway/events"
# What differs from one run to the next, and how it looks.
VARYING = {
    "requestId": ("<uuid>", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    "extendedRequestId": ("<extended>", r"[A-Za-z0-9+/]{15}="),
    "deploymentId": ("<short>", r"[0-9a-f]{6}"),
    "resourceId": ("<short>", r"[0-9a-f]{6}"),
    "time": ("<time>", r"\d\d/[A-Z][a-z]{2}/20\d\d:\d\d:\d\d:\d\d \+0000"),
    "requestTime": ("<time>", r"\d\d/[A-Z][a-z]{2}/20\d\d:\d\d:\d\d:\d\d \+0000"),
    "timeEpoch": ("<epoch>", r"1\d{12}"),
    "requestTimeEpoch": ("<epoch>", r"1\d{12}"),
    "x-amzn-trace-id": ("<trace>", r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}"),
    "X-Amzn-Trace-Id": ("<trace>", r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}"),
}


def steady(value: Any, port: int, key: str = "") -> Any:
    """The event with what varies replaced by what it is."""
    if isinstance(value, dict):
        return {k: steady(v, port, k) for k, v in value.items()}
    if isinstance(value, list):
        return [steady(v, port, key) for v in value]
    if key in VARYING:
        name, pattern = VARYING[key]
        assert re.fullmatch(pattern, str(value)), f"{key}: {value}"
        return name
    return {f"127.0.0.1:{port}": "<host>", str(port): "<port>"}.get(value, value) if isinstance(value, str) else value


def golden(name: str) -> Any:
    """An event that was agreed upon."""
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def test_the_event_of_an_http_api(gateway: Gateway) -> None:
    """The request behind the example in API Gateway's developer guide (Create AWS Lambda proxy integrations for HTTP APIs)."""
    worker = gateway.runs({"Public": api(route("$default", "f", guard={"scheme": "jwt"}))}, function("f"))
    gateway.control.answers(
        b'{"allow":true,"context":{"jwt":{"claims":{"claim1":"value1","claim2":"value2"},"scopes":["scope1","scope2"]}}}'
    )
    headers = [
        ("Host", "id.execute-api.us-east-1.amazonaws.com"),
        ("Header1", "value1"),
        ("Header2", "value1"),
        ("Header2", "value2"),
        ("Cookie", "cookie1; cookie2"),
        ("User-Agent", "agent"),
        ("Content-Type", "text/plain"),
        ("Connection", "close"),
    ]
    gateway.call("POST", "/my/path?parameter1=value1&parameter1=value2&parameter2=value", headers, b"Hello from Lambda")
    assert steady(worker.last.json, gateway.port) == golden("http_api")
    assert worker.last.headers["x-ifc-request-id"] == worker.last.json["requestContext"]["requestId"]


def test_the_least_event_of_an_http_api(gateway: Gateway) -> None:
    """What a request does not have is left out: cookies, parameters, a body."""
    worker = gateway.runs({"Public": api(route("GET /orders/{id}", "f"))}, function("f"))
    gateway.call("GET", "/orders/7")
    assert steady(worker.last.json, gateway.port) == golden("http_api_least")


def test_the_event_of_a_rest_api(gateway: Gateway) -> None:
    """Names in the case that they were sent in, last values and all values, the path as it was sent."""
    worker = gateway.runs({"Public": api(route("ANY /{proxy+}", "f"), protocol="rest")}, function("f"))
    headers = [
        ("User-Agent", "python-requests/testing"),
        ("tEsT-HEADeR", "aValUE"),
        ("twice", "first"),
        ("twice", "second"),
        ("Authorization", "Bearer token123;API key456"),
        ("Content-Type", "application/json;charset=utf-8"),
        ("X-Forwarded-For", "192.0.2.1"),
    ]
    query = "category=electronics&category=books&email=test%2Balias@gmail.com&plus=test+alias@gmail.com"
    gateway.call("POST", f"/test-path/?{query}", headers, b'{"message": "hello world"}')
    assert steady(worker.last.json, gateway.port) == golden("rest_api")


def test_the_least_event_of_a_rest_api(gateway: Gateway) -> None:
    """What a request does not have is null."""
    worker = gateway.runs({"Public": api(route("GET /", "f"), protocol="rest")}, function("f"))
    gateway.call("GET", "/")
    assert steady(worker.last.json, gateway.port) == golden("rest_api_least")


def test_the_event_of_a_function_url(gateway: Gateway) -> None:
    """A URL gives the path as it was sent, and no route."""
    worker = gateway.runs({}, function("Greet", url={"auth": "public", "cors": None, "streaming": False}))
    headers = {"User-Agent": "curl/7.71.1", "Content-Type": "application/json"}
    gateway.call("PUT", "/_url/Greet/my%20path/?parameter1=value1", headers, b"hello")
    assert steady(worker.last.json, gateway.port) == golden("function_url")
    gateway.call("GET", "/_url/Greet")
    assert worker.last.json["rawPath"] == "/"


TEXT = b'{"a": "\xc3\xa9\\u0000\x7f\t"}'


@pytest.mark.parametrize(
    ("content_type", "body", "encoded"),
    [
        ("application/json", TEXT, False),
        ("application/json; charset=utf-8", TEXT, False),
        ("text/csv", TEXT, False),
        ("application/xml", TEXT, False),
        ("application/javascript", TEXT, False),
        ("APPLICATION/JSON", TEXT, False),
        ("application/x-www-form-urlencoded", b"a=b", True),
        ("application/octet-stream", b"\x00\xff", True),
        ("application/problem+json", b"{}", True),
        (None, b"text", True),
        ("text/plain", b"\xff\xfe no UTF-8", True),
    ],
)
def test_bodies_of_an_http_api(gateway: Gateway, content_type: str | None, body: bytes, encoded: bool) -> None:
    """Text comes as text, everything else in base64 (seen of API Gateway), and so does text that is not UTF-8."""
    worker = gateway.runs({"A": api(route("POST /", "f"))}, function("f"))
    gateway.call("POST", "/", {"Content-Type": content_type} if content_type else {}, body)
    event = worker.last.json
    assert event["isBase64Encoded"] is encoded
    assert (base64.b64decode(event["body"]) if encoded else event["body"].encode()) == body


def test_bodies_of_a_rest_api(gateway: Gateway) -> None:
    """A REST API without binary types takes every body as text; what is not UTF-8 is lost, as it is there."""
    worker = gateway.runs({"A": api(route("POST /", "f"), protocol="rest")}, function("f"))
    gateway.call("POST", "/", {"Content-Type": "application/octet-stream"}, b"a\xff\xc3\xa9\xe2\x82b\x00")
    event = worker.last.json
    assert (event["body"], event["isBase64Encoded"]) == ("a\ufffdé\ufffdb\x00", False)


def test_a_large_body_in_chunks(gateway: Gateway) -> None:
    """A body without a length reaches the function whole, with its length."""
    worker = gateway.runs({"A": api(route("POST /", "f"))}, function("f"))
    part = b"x" * 100_000
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for _ in range(30)) + b"0\r\n\r\n"
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    assert gateway.raw(head + chunked).startswith(b"HTTP/1.1 200 ")
    event = worker.last.json
    assert event["body"] == "x" * 3_000_000
    assert event["headers"]["content-length"] == "3000000"
    assert "transfer-encoding" not in event["headers"]


def test_odd_queries(gateway: Gateway) -> None:
    """Parameters without a value, without a name, with signs of all sorts; the raw query stays as it was sent."""
    worker = gateway.runs({"A": api(route("GET /", "f"))}, function("f"))
    gateway.call("GET", "/?a&b=&=c&&d=e=f&%61=%26&g=%c3%a9%ff+%2B")
    event = worker.last.json
    assert event["rawQueryString"] == "a&b=&=c&&d=e=f&%61=%26&g=%c3%a9%ff+%2B"
    assert event["queryStringParameters"] == {"a": ",&", "b": "", "": "c", "d": "e=f", "g": "é\ufffd +"}


def test_odd_paths(gateway: Gateway) -> None:
    """Bytes that are no UTF-8 do not break the event."""
    worker = gateway.runs({"A": api(route("GET /{a}", "f"))}, function("f"))
    gateway.call("GET", "/%ff%22%5c%c3%a9")
    event = worker.last.json
    assert event["pathParameters"] == {"a": '\ufffd"\\é'}
    assert event["rawPath"] == '/\ufffd"\\é'


def test_odd_headers(gateway: Gateway) -> None:
    """Names with `_`, bytes above ASCII, many cookies, and what only nginx may say of the caller."""
    worker = gateway.runs({"A": api(route("GET /", "f"))}, function("f"))
    request = (
        b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nx_under: 1\r\nX-Bytes: \xff\xc3\xa9\r\nCookie: a=1;b=2 ; \r\nCookie: c\r\n"
        b"X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Prefix: /p\r\nX-Amzn-Trace-Id: Root=mine\r\n\r\n"
    )
    assert gateway.raw(request).startswith(b"HTTP/1.1 200 ")
    event = worker.last.json
    headers = event["headers"]
    assert (headers["x_under"], headers["x-bytes"]) == ("1", "\ufffdé")
    assert event["cookies"] == ["a=1", "b=2", "c"]
    assert "cookie" not in headers
    assert (headers["x-forwarded-for"], headers["x-forwarded-proto"]) == ("192.0.2.1, 127.0.0.1", "http")
    assert (headers["x-forwarded-prefix"], headers["x-amzn-trace-id"]) == ("/p", "Root=mine")


def test_a_hundred_headers_and_more(gateway: Gateway) -> None:
    """No header is lost, however many there are."""
    worker = gateway.runs({"A": api(route("GET /", "f"))}, function("f"))
    gateway.call("GET", "/", {f"x-{n}": str(n) for n in range(300)})
    headers = worker.last.json["headers"]
    assert [headers[f"x-{n}"] for n in range(300)] == [str(n) for n in range(300)]
