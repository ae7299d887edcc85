"""What callers get for what functions return, and where they return nothing."""

from __future__ import annotations

import base64
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.local.gateway.backends import Backend
from tests.local.gateway.running import Gateway, api, function, route

pytest_plugins = ["tests.local.gateway.fixtures"]

BROKEN = (500, b'{"message":"Internal Server Error"}')
REST_BROKEN = (502, b'{"message":"Internal server error"}')


def http_api(gateway: Gateway, **said: Any) -> Backend:
    """An HTTP API with one function behind it."""
    return gateway.runs({"A": api(route("ANY /", "f"), route("ANY /{path+}", "f"), **said)}, function("f"))


def rest_api(gateway: Gateway, **said: Any) -> Backend:
    """A REST API with one function behind it."""
    return gateway.runs({"A": api(route("ANY /", "f"), protocol="rest", **said)}, function("f"))


# --- HTTP APIs ---


@pytest.mark.parametrize(
    ("result", "body"),
    [
        (b'{"message": "hi"}', b'{"message": "hi"}'),
        (b"{}", b"{}"),
        (b"[]", b"[]"),
        (b'{"a":[],"b":{},"c":12345678901234567890,"d":1.10,"e":1e400,"f":"\\u00e9\\ud83d\\ude00/"}',) * 2,
        (b'{"headers": {"a": "b"}}',) * 2,
        (b"null", b"null"),
        (b"12345678901234567890", b"12345678901234567890"),
        (b"true", b"true"),
        (b'"Hello from Lambda!"', b"Hello from Lambda!"),
        (b'"\\u00e9\\n\\"\\ud800"', 'é\n"\ufffd'.encode()),
        (b'""', b""),
        (b"[" * 5000 + b"]" * 5000,) * 2,
        (b'{"a":' * 5000 + b"1" + b"}" * 5000,) * 2,
    ],
)
def test_a_result_without_a_status_is_the_body(gateway: Gateway, result: bytes, body: bytes) -> None:
    """All that a function returns is the answer, byte for byte, however deep or long; only a text goes without its quotes."""
    http_api(gateway).answers(result)
    reply = gateway.call("GET", "/")
    assert (reply.status, reply.header("content-type"), reply.body) == (200, "application/json", body)


def test_a_result_with_a_status(gateway: Gateway) -> None:
    """Status, headers of all types, cookies and body; other members are nothing (seen of API Gateway)."""
    headers = {"X-Text": "é", "x_number": 12, "X-Truth": True, "X-None": None, "Content-Type": "text/html", "Location": "/there"}
    cookies = ["a=1; Path=/", "b=2"]
    http_api(gateway).answers({"statusCode": 201, "headers": headers, "cookies": cookies, "body": '{"ok": []}', "more": 1})
    reply = gateway.call("GET", "/")
    assert (reply.status, reply.body) == (201, b'{"ok": []}')
    assert (reply.header("x_number"), reply.header("x-truth"), reply.header("x-none")) == ("12", "true", None)
    assert (reply.header("content-type"), reply.header("location")) == ("text/html", "/there")
    assert [v for k, v in reply.headers if k.lower() == "set-cookie"] == cookies
    assert (reply.header("x-text") or "").encode("latin-1").decode() == "é"
    assert reply.header("apigw-requestid")


@pytest.mark.parametrize(
    ("result", "status", "body", "content_type"),
    [
        ({"statusCode": 200}, 200, b"", None),
        ({"statusCode": 204}, 204, b"", None),
        ({"statusCode": 304}, 304, b"", None),
        ({"statusCode": "201"}, 201, b"", None),
        ({"statusCode": 200, "body": None, "headers": None, "cookies": None}, 200, b"", None),
        ({"statusCode": 200, "body": "text"}, 200, b"text", "text/plain; charset=utf-8"),
        ({"statusCode": 200, "body": base64.b64encode(b"\x00\xff").decode(), "isBase64Encoded": True}, 200, b"\x00\xff", None),
        ({"statusCode": 200, "body": "dGVzdA==", "isBase64Encoded": False}, 200, b"dGVzdA==", "text/plain; charset=utf-8"),
        ({"statusCode": 404, "body": '{"message":"gone"}'}, 404, b'{"message":"gone"}', "text/plain; charset=utf-8"),
        ({"statusCode": 599, "body": "x"}, 599, b"x", "text/plain; charset=utf-8"),
    ],
)
def test_statuses_and_bodies(gateway: Gateway, result: Any, status: int, body: bytes, content_type: str | None) -> None:
    """What is left out has its default; without a body there is no type."""
    http_api(gateway).answers(result)
    reply = gateway.call("GET", "/")
    assert (reply.status, reply.body) == (status, body)
    if content_type or not body:
        assert reply.header("content-type") == content_type


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "test"},
        {"statusCode": 0},
        {"statusCode": 200.5},
        {"statusCode": 99},
        {"statusCode": 101},
        {"statusCode": 600},
        {"statusCode": None},
        {"statusCode": [200]},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "body": 5},
        {"statusCode": 200, "body": "*", "isBase64Encoded": True},
        {"statusCode": 200, "headers": "none"},
        {"statusCode": 200, "headers": []},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": {"a": "b\r\nSet-Cookie: c=d"}},
        {"statusCode": 200, "headers": {"a b": "c"}},
        {"statusCode": 200, "headers": {"a\r\nb": "c"}},
        {"statusCode": 200, "headers": {"": "c"}},
        {"statusCode": 200, "headers": {"a": "b\x00"}},
        {"statusCode": 200, "cookies": {"a": "b"}},
        {"statusCode": 200, "cookies": ["a\nb"]},
        {"statusCode": 200, "cookies": [1]},
        {"errorMessage": "as if it had failed"},
        b"",
        b" ",
        b'{"statusCode": 200',
    ],
)
def test_results_that_are_no_answer(gateway: Gateway, result: Any) -> None:
    """A result that is no answer is an error of the gateway, and the log says why."""
    http_api(gateway).answers(result)
    reply = gateway.call("GET", "/")
    assert (reply.status, reply.body) == BROKEN
    assert reply.header("content-type") == "application/json"
    line = gateway.lines.next()
    assert (line["status"], line["function"]) == ("500", "f")
    assert "answer" in line["error"]


def test_headers_that_are_nginxs(gateway: Gateway) -> None:
    """A function can't break the connection: what is between two hosts is left out, the length is the body's."""
    headers = {
        "Content-Length": "5000",
        "Transfer-Encoding": "chunked",
        "Connection": "upgrade",
        "Keep-Alive": "x",
        "Upgrade": "x",
        "Server": "mine",
        "Date": "Thu, 01 Jan 1970 00:00:00 GMT",
        "WWW-Authenticate": "Basic",
    }
    http_api(gateway).answers({"statusCode": 200, "headers": headers, "body": "body"})
    reply = gateway.call("GET", "/")
    assert (reply.header("content-length"), reply.body, reply.header("transfer-encoding")) == ("4", b"body", None)
    assert (reply.header("upgrade"), reply.header("keep-alive"), reply.header("connection")) == (None, None, "keep-alive")
    assert (reply.header("server"), reply.header("www-authenticate")) == ("mine", "Basic")


def test_conditional_requests_are_the_functions_business(gateway: Gateway) -> None:
    """nginx makes no 304, no 412 and no part of what a function answers in full."""
    headers = {"ETag": '"v1"', "Last-Modified": "Thu, 01 Jan 1970 00:00:00 GMT"}
    http_api(gateway).answers({"statusCode": 200, "headers": headers, "body": "whole"})
    for name, value in {
        "If-None-Match": '"v1"',
        "If-Match": '"v2"',
        "If-Modified-Since": "Thu, 01 Jan 2026 00:00:00 GMT",
        "If-Unmodified-Since": "Thu, 01 Jan 1969 00:00:00 GMT",
        "Range": "bytes=0-1",
    }.items():
        reply = gateway.call("GET", "/", {name: value})
        assert (name, reply.status, reply.body) == (name, 200, b"whole")


def test_head(gateway: Gateway) -> None:
    """HEAD gets the head alone."""
    worker = http_api(gateway)
    worker.answers({"statusCode": 200, "body": "twelve bytes"})
    reply = gateway.call("HEAD", "/")
    assert (reply.status, reply.body, reply.header("content-length")) == (200, b"", "12")
    assert worker.last.json["requestContext"]["http"]["method"] == "HEAD"


# --- REST APIs ---


def test_a_result_behind_a_rest_api(gateway: Gateway) -> None:
    """Lists of values come before single ones, and some names are remapped (seen of API Gateway)."""
    result = {
        "statusCode": 201,
        "headers": {"test-multi": "value-solo", "header-bool": True, "Date": "today", "WWW-Authenticate": "Basic"},
        "multiValueHeaders": {"tesT-Multi": ["value-multi", 2]},
        "body": "{}",
        "isBase64Encoded": False,
    }
    rest_api(gateway).answers(result)
    reply = gateway.call("GET", "/")
    assert (reply.status, reply.body, reply.header("content-type")) == (201, b"{}", "application/json")
    assert reply.header("test-multi") == "value-multi, 2, value-solo"
    assert reply.header("header-bool") == "true"
    assert (reply.header("x-amzn-Remapped-Date"), reply.header("x-amzn-Remapped-WWW-Authenticate")) == ("today", "Basic")
    assert reply.header("www-authenticate") is None
    assert reply.header("x-amzn-requestid")
    assert reply.header("x-amz-apigw-id")


def test_a_header_that_stands_once(gateway: Gateway) -> None:
    """Of two types of a body the last is sent."""
    rest_api(gateway).answers({"multiValueHeaders": {"Content-Type": ["text/plain", "text/csv"]}, "headers": {"content-type": "text/html"}})
    assert gateway.call("GET", "/").header("content-type") == "text/html"


@pytest.mark.parametrize(
    ("result", "status", "body"),
    [
        ({}, 200, b""),
        ({"headers": {"a": "b"}}, 200, b""),
        ({"statusCode": "201"}, 201, b""),
        ({"statusCode": 200, "headers": None, "multiValueHeaders": None, "body": None}, 200, b""),
        ({"statusCode": 200, "body": "dGVzdA==", "isBase64Encoded": True}, 200, b"dGVzdA=="),
        ({"statusCode": 200, "wrongValue": "value"}, *REST_BROKEN),
        ({"statusCode": "test"}, *REST_BROKEN),
        ({"multiValueHeaders": {"a": "no list"}}, *REST_BROKEN),
        ({"multiValueHeaders": {"a": ["b\nc"]}}, *REST_BROKEN),
        ({"multiValueHeaders": []}, *REST_BROKEN),
        ({"headers": {"a": {}}}, *REST_BROKEN),
        ({"body": {}}, *REST_BROKEN),
        ({"cookies": ["a=b"]}, *REST_BROKEN),
        ("just a string", *REST_BROKEN),
        ([], *REST_BROKEN),
        (None, *REST_BROKEN),
    ],
)
def test_results_behind_a_rest_api(gateway: Gateway, result: Any, status: int, body: bytes) -> None:
    """A REST API takes no result that has anything else than an answer has (seen of API Gateway)."""
    rest_api(gateway).answers(result)
    reply = gateway.call("GET", "/")
    assert (reply.status, reply.body, reply.header("content-type")) == (status, body, "application/json")


# --- functions that give no result ---


ERROR = json.dumps({"errorMessage": "'id'", "errorType": "KeyError", "stackTrace": []}).encode()


@pytest.mark.parametrize(("protocol", "expected"), [("http", BROKEN), ("rest", REST_BROKEN)])
def test_a_function_that_fails(gateway: Gateway, protocol: str, expected: tuple[int, bytes]) -> None:
    """The caller learns nothing; the log has the error's type and its message."""
    worker = http_api(gateway) if protocol == "http" else rest_api(gateway)
    worker.answers(ERROR, x_amz_function_error="Unhandled")
    reply = gateway.call("GET", "/")
    assert (reply.status, reply.body) == expected
    assert gateway.lines.next()["error"] == "KeyError: 'id'"


@pytest.mark.parametrize(
    ("answer", "http", "rest"),
    [
        ((429, {}, b'{"errorMessage":"Rate Exceeded."}'), (503, b'{"message":"Service Unavailable"}'), (500, REST_BROKEN[1])),
        ((413, {}, b"{}"), (413, b'{"message":"Request Entity Too Large"}'), (413, b'{"message":"Request Too Long"}')),
        ((400, {}, b"{}"), BROKEN, REST_BROKEN),
        (b"", BROKEN, REST_BROKEN),
        (b"nonsense\r\n\r\n", BROKEN, REST_BROKEN),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}", BROKEN, REST_BROKEN),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{", BROKEN, REST_BROKEN),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{}", BROKEN, REST_BROKEN),
        (b"HTTP/1.0 200 OK\r\n\r\n{}", (200, b"{}"), (200, b"")),
        (
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n",
            (200, b"{}"),
            (200, b""),
        ),
    ],
)
def test_workers_of_all_sorts(gateway: Gateway, answer: Any, http: tuple[int, bytes], rest: tuple[int, bytes]) -> None:
    """A worker may refuse, die in the middle of its answer, or speak another sort of HTTP."""
    worker = http_api(gateway)
    worker.script = lambda _: answer
    reply = gateway.call("GET", "/")
    assert (reply.status, reply.body) == http
    worker = rest_api(gateway)
    worker.script = lambda _: answer
    reply = gateway.call("GET", "/")
    assert (reply.status, reply.body) == rest


def test_a_function_without_a_worker(gateway: Gateway) -> None:
    """Where nobody listens the log says what to start."""
    http_api(gateway)
    gateway.functions.pop("f").close()
    reply = gateway.call("GET", "/")
    assert (reply.status, reply.body) == BROKEN
    assert gateway.lines.next()["error"] == "no worker of `f` listens: start it with `ifc local`"


@pytest.mark.parametrize("listening", [False, True])
def test_a_worker_that_comes_back(gateway: Gateway, listening: bool) -> None:
    """A call waits for a function whose process is being started again, also one that the process before has not taken any more."""
    http_api(gateway)
    before = gateway.functions.pop("f")
    before.close()
    with ThreadPoolExecutor(1) as background, socket.socket(socket.AF_UNIX) as deaf:
        if listening:
            deaf.bind(before.path)
            deaf.listen()
        waiting = background.submit(gateway.call, "GET", "/")
        time.sleep(0.2)  # it has found nobody by then, or waits to be taken
        if listening:
            os.unlink(before.path)
            deaf.close()
        gateway.functions["f"] = Backend(before.path)
        reply = waiting.result()
    assert (reply.status, len(gateway.functions["f"].calls)) == (200, 1)


def test_a_route_without_a_function(gateway: Gateway) -> None:
    """A route to what is not there is an error of the gateway."""
    gateway.runs({"A": api(route("GET /", "gone"))})
    assert (gateway.call("GET", "/").status, gateway.lines.next()["error"]) == (500, "there is no function `gone`")


@pytest.mark.parametrize(
    ("protocol", "status", "body"),
    [("http", 503, b'{"message":"Service Unavailable"}'), ("rest", 504, b'{"message":"Endpoint request timed out"}')],
)
def test_a_function_that_takes_too_long(gateway: Gateway, protocol: str, status: int, body: bytes) -> None:
    """An API waits for so long and no longer, whether nothing comes or half an answer."""
    make = http_api if protocol == "http" else rest_api
    done = threading.Event()
    try:
        for begin in (None, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}"):
            worker = make(gateway, timeout=0.1)
            worker.script = lambda _, begin=begin: hung(begin, done)
            reply = gateway.call("GET", "/")
            assert (reply.status, reply.body) == (status, body)
            assert gateway.lines.next()["error"] == "no answer from `f` in time"
    finally:
        done.set()


def test_the_time_is_for_all_of_an_answer(gateway: Gateway) -> None:
    """A worker that sends a little now and then has no more time than another."""
    done = threading.Event()

    def dripping() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n"
        while not done.wait(0.04):
            yield b"x: y\r\n"

    worker = http_api(gateway, timeout=0.1)
    worker.script = lambda _: dripping()
    try:
        assert gateway.call("GET", "/").status == 503
    finally:
        done.set()


def hung(begin: bytes | None, done: threading.Event) -> Iterator[bytes]:
    """The begin of an answer that does not go on."""
    if begin:
        yield begin
    done.wait(10)


# --- URLs ---


def test_results_behind_a_url(gateway: Gateway) -> None:
    """A URL takes the same results as an HTTP API, and has its own words where there is none."""
    worker = gateway.runs({}, function("f", url={"auth": "public", "cors": None}))
    worker.answers({"statusCode": 202, "body": "x"})
    reply = gateway.call("POST", "/_url/f/")
    assert (reply.status, reply.body, reply.header("x-amzn-requestid") is not None) == (202, b"x", True)
    worker.answers(ERROR, x_amz_function_error="Unhandled")
    reply = gateway.call("POST", "/_url/f/")
    assert (reply.status, reply.body) == (502, b'{"message":"Internal Server Error"}')
    for path in ("/_url/g/", "/_url/", "/_url//f", "/_url"):
        assert gateway.call("GET", path).status == 404


def test_the_line_of_a_request(gateway: Gateway) -> None:
    """Every request is one line of JSON, in the form that `ifc local` reads."""
    worker = http_api(gateway)
    worker.answers({"statusCode": 200, "body": "x"})
    gateway.call("GET", '/a%22?b="')
    line = gateway.lines.next()
    assert float(line.pop("time")) > 1_700_000_000
    assert float(line.pop("duration")) < 10
    assert line.pop("request") == worker.last.headers["x-ifc-request-id"]
    assert line == {
        "method": "GET",
        "path": '/a%22?b="',
        "status": "200",
        "api": "A",
        "route": "ANY /{path+}",
        "function": "f",
        "error": "",
        "calls": "",
        "address": "127.0.0.1",
    }
