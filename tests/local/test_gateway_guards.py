"""Who may call: guards, limits, schemas, and pages of other origins."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.local.gateway.running import Gateway, Reply, api, function, route

pytest_plugins = ["tests.local.gateway.fixtures"]

ORIGIN = "https://www.example.com"
ASK = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-a"}


def guarded(gateway: Gateway, scheme: str, reply: Any, protocol: str = "http") -> None:
    """An app whose one route has a guard, and what the control API says of every caller."""
    guard = {"scheme": scheme, "sources": [], "n": 1}
    gateway.runs({"Public": api(route("POST /x/{id}", "f", guard=guard), protocol=protocol)}, function("f"))
    gateway.control.answers(reply)


# --- guards ---


def test_what_the_control_api_is_asked(gateway: Gateway) -> None:
    """The whole request without its body, and the event that the function would get."""
    guarded(gateway, "function", {"allow": True, "context": {"lambda": {"tenant": "t", "n": 1}}})
    headers = [("Authorization", "Bearer x"), ("X-A", "1"), ("X-A", "2"), ("Cookie", "a=b")]
    assert gateway.call("POST", "/x/7%20?q=1&q=2", headers, b"body").status == 200
    assert gateway.control.last.path == "/authorize"
    asked = gateway.control.last.json
    event = asked.pop("event")
    assert asked.pop("requestId") == event["requestContext"]["requestId"]
    sent = asked.pop("headers")
    assert (sent["authorization"], sent["x-a"], sent["cookie"], sent["host"]) == ("Bearer x", "1,2", "a=b", f"127.0.0.1:{gateway.port}")
    assert asked == {
        "api": "Public",
        "route": "POST /x/{id}",
        "protocol": "http",
        "guard": {"scheme": "function", "sources": [], "n": 1},
        "arn": "arn:aws:execute-api:us-east-1:000000000000:local-id/$default/POST/x/7%20",
        "method": "POST",
        "path": "/x/7%20",
        "query": {"q": "1,2"},
        "sourceIp": "127.0.0.1",
    }
    assert event["pathParameters"] == {"id": "7 "}
    assert "body" not in event
    called = gateway.functions["f"].last.json
    assert called["requestContext"]["authorizer"] == {"lambda": {"tenant": "t", "n": 1}}


def test_the_callers_of_an_http_api(gateway: Gateway) -> None:
    """What a check says of the caller stands in the event as it was written."""
    guarded(gateway, "jwt", b'{"allow": true, "context": {"jwt": {"a": [], "n": 12345678901234567890, "null": null}}}')
    gateway.call("POST", "/x/1")
    body = gateway.functions["f"].last.body
    assert b'"authorizer":{"jwt": {"a": [], "n": 12345678901234567890, "null": null}}' in body


def test_the_callers_of_a_rest_api(gateway: Gateway) -> None:
    """An authorizer's context stands there as it is; an identity of IAM is in `identity`."""
    guarded(gateway, "function", {"allow": True, "context": {"principalId": "me", "a": "b"}}, "rest")
    gateway.call("POST", "/x/1")
    assert gateway.functions["f"].last.json["requestContext"]["authorizer"] == {"principalId": "me", "a": "b"}
    asked = gateway.control.last.json
    assert (asked["protocol"], asked["arn"]) == ("rest", "arn:aws:execute-api:us-east-1:000000000000:local-id/dev/POST/x/1")
    caller = {"accessKey": "AKIA", "accountId": "1", "callerId": "AIDA", "userArn": "arn", "userId": "AIDA"}
    guarded(gateway, "iam", {"allow": True, "context": {"iam": caller}}, "rest")
    gateway.call("POST", "/x/1")
    context = gateway.functions["f"].last.json["requestContext"]
    assert "authorizer" not in context
    identity = context["identity"]
    assert [identity[k] for k in ("accessKey", "accountId", "caller", "userArn", "user")] == ["AKIA", "1", "AIDA", "arn", "AIDA"]


def test_a_caller_without_a_context(gateway: Gateway) -> None:
    """A check that says nothing of the caller leaves no authorizer in the event."""
    guarded(gateway, "function", {"allow": True, "context": None})
    assert gateway.call("POST", "/x/1").status == 200
    assert "authorizer" not in gateway.functions["f"].last.json["requestContext"]


@pytest.mark.parametrize(
    ("protocol", "reply", "status", "body"),
    [
        ("http", {"allow": False, "status": 401, "message": "Unauthorized"}, 401, {"message": "Unauthorized"}),
        ("http", {"allow": False, "status": 403, "message": "Forbidden"}, 403, {"message": "Forbidden"}),
        ("http", {"allow": False}, 403, {"message": "Forbidden"}),
        ("http", {"allow": False, "status": 401}, 401, {"message": "Unauthorized"}),
        ("http", {"allow": "true"}, 403, {"message": "Forbidden"}),
        ("http", {}, 403, {"message": "Forbidden"}),
        ("rest", {"allow": False, "status": 500, "message": None}, 500, {"message": "Internal Server Error"}),
        ("rest", {"allow": False, "status": 401, "message": "Unauthorized"}, 401, {"message": "Unauthorized"}),
        (
            "rest",
            {"allow": False, "status": 403, "message": "User is not authorized to access this resource"},
            403,
            {"Message": "User is not authorized to access this resource"},
        ),
    ],
)
def test_callers_that_are_not_let_in(gateway: Gateway, protocol: str, reply: Any, status: int, body: Any) -> None:
    """Only a plain `true` lets anyone in; the function is not called."""
    guarded(gateway, "jwt" if protocol == "http" else "function", reply, protocol)
    answer = gateway.call("POST", "/x/1")
    assert (answer.status, answer.json) == (status, body)
    assert gateway.functions["f"].calls == []
    assert gateway.lines.next()["error"].startswith("not let in: ")


def test_why_a_caller_is_not_let_in(gateway: Gateway) -> None:
    """What the caller is not told stands in the log."""
    guarded(gateway, "jwt", {"allow": False, "status": 401, "message": "Unauthorized", "why": "it has expired"})
    assert gateway.call("POST", "/x/1").json == {"message": "Unauthorized"}
    assert gateway.lines.next()["error"] == "not let in: it has expired"


def test_headers_of_a_refusal(gateway: Gateway) -> None:
    """A refusal may tell how to be let in."""
    guarded(gateway, "jwt", {"allow": False, "status": 401, "message": "Unauthorized", "headers": {"www-authenticate": "Bearer"}})
    assert gateway.call("POST", "/x/1").header("www-authenticate") == "Bearer"


@pytest.mark.parametrize("answer", [(500, {}, b"{}"), (200, {}, b"nonsense"), (200, {}, b'{"allow":true'), b""])
def test_a_check_that_does_not_answer(gateway: Gateway, answer: Any) -> None:
    """Nobody is let in when nobody can say who it is."""
    guarded(gateway, "jwt", {})
    gateway.control.script = lambda _: answer
    reply = gateway.call("POST", "/x/1")
    assert (reply.status, reply.body) == (500, b'{"message":"Internal Server Error"}')
    assert gateway.functions["f"].calls == []


def test_a_guarded_url(gateway: Gateway) -> None:
    """A URL for signed requests asks as an IAM route does."""
    gateway.runs({}, function("f", url={"auth": "iam", "cors": None}))
    gateway.control.answers({"allow": False, "status": 403, "message": "Forbidden"})
    assert gateway.call("GET", "/_url/f/").status == 403
    asked = gateway.control.last.json
    assert (asked["api"], asked["route"], asked["protocol"], asked["guard"]) == ("", "f", "url", {"scheme": "iam"})
    gateway.control.answers({"allow": True, "context": {"iam": {"accountId": "1"}}})
    assert gateway.call("GET", "/_url/f/").status == 200
    context = gateway.functions["f"].last.json["requestContext"]
    assert (context["accountId"], context["authorizer"]) == ("000000000000", {"iam": {"accountId": "1"}})


# --- schemas ---


def test_bodies_that_do_not_fit(gateway: Gateway) -> None:
    """A REST API asks whether a body fits, of JSON only; the caller learns no more than on AWS."""
    schema = {"type": "object", "required": [], "additionalProperties": {}}
    gateway.runs({"A": api(route("POST /", "f", schema=schema), protocol="rest")}, function("f"))
    gateway.control.answers({"valid": False, "message": "'b' is missing"})
    kind = {"Content-Type": "application/json; charset=utf-8"}
    reply = gateway.call("POST", "/", kind, b'{"a": 12345678901234567890}')
    assert (reply.status, reply.json) == (400, {"message": "Invalid request body"})
    assert gateway.lines.next()["error"] == "the body is refused: 'b' is missing"
    assert gateway.control.last.path == "/validate"
    assert gateway.control.last.json == {"api": "A", "route": "POST /", "schema": schema, "body": {"a": 12345678901234567890}}
    asked = len(gateway.control.calls)
    for body in (b"", b"no JSON", b'{"a": 1}, "schema": {}, "x": {}'):
        assert gateway.call("POST", "/", {}, body).json == {"message": "Invalid request body"}
    assert len(gateway.control.calls) == asked
    assert gateway.call("POST", "/", {"Content-Type": "text/plain"}, b"x").status == 200
    gateway.control.answers({"valid": True})
    assert gateway.call("POST", "/", kind, b"{}").status == 200
    gateway.control.script = lambda _: (500, {}, b"{}")
    assert gateway.call("POST", "/", kind, b"{}").json == {"message": "Internal server error"}


# --- limits ---


def test_limits(gateway: Gateway) -> None:
    """So many requests may come at once; a route's own limits stand in for the api's, which all others share."""
    slow = {"rate": 0.001, "burst": 3}
    routes = (route("GET /a", "f"), route("GET /b", "f"), route("GET /own/{x}", "f", throttle={"rate": 0.001, "burst": 1}))
    gateway.runs({"Limited": api(*routes, throttle=slow)}, function("f"))
    assert [gateway.call("GET", p).status for p in ("/a", "/b", "/a", "/b", "/a")] == [200, 200, 200, 429, 429]
    reply = gateway.call("GET", "/a")
    assert (reply.body, reply.header("content-type")) == (b'{"message":"Too Many Requests"}', "application/json")
    assert [gateway.call("GET", p).status for p in ("/own/1", "/own/2")] == [200, 429]
    assert len(gateway.functions["f"].calls) == 4


def test_limits_fill_again(gateway: Gateway) -> None:
    """Tokens come back with time."""
    gateway.runs({"Refilled": api(route("GET /", "f"), throttle={"rate": 20, "burst": 1})}, function("f"))
    statuses = [gateway.call("GET", "/").status, gateway.call("GET", "/").status]
    while statuses[-1] == 429 and len(statuses) < 1000:
        time.sleep(0.01)
        statuses.append(gateway.call("GET", "/").status)
    assert (statuses[0], statuses[1], statuses[-1]) == (200, 429, 200)


# --- other origins ---


def cors(**said: Any) -> dict[str, Any]:
    """Rules for pages of other origins."""
    empty = {"origins": [ORIGIN], "methods": ["GET", "POST"], "headers": ["authorization", "x-a"]}
    return {**empty, "expose": [], "credentials": False, "maxAge": None, **said}


def headers(reply: Reply) -> dict[str, str]:
    """The headers of an answer that tell a page what it may do."""
    return {k.lower().removeprefix("access-control-"): v for k, v in reply.headers if k.lower().startswith("access-control-")}


def test_a_page_that_asks_an_http_api(gateway: Gateway) -> None:
    """The gateway answers by itself, also where there is no such route (API Gateway developer guide, Configure CORS for HTTP APIs)."""
    gateway.runs({"A": api(route("POST /x", "f"), cors=cors(maxAge=300, credentials=True, expose=["date"]))}, function("f"))
    expected = {
        "allow-origin": ORIGIN,
        "allow-methods": "GET,POST",
        "allow-headers": "authorization,x-a",
        "allow-credentials": "true",
        "max-age": "300",
    }
    for path in ("/x", "/nothing"):
        reply = gateway.call("OPTIONS", path, ASK)
        assert (reply.status, reply.body, headers(reply)) == (204, b"", expected)
    assert headers(gateway.call("OPTIONS", "/x", {**ASK, "Origin": "https://evil.example"})) == {}
    assert gateway.call("OPTIONS", "/x", {"Origin": ORIGIN}).status == 404
    assert gateway.call("OPTIONS", "/x", {"Access-Control-Request-Method": "GET"}).status == 404
    assert gateway.functions["f"].calls == []


@pytest.mark.parametrize(
    ("allowed", "origin", "answer"),
    [
        ("*", "https://a.example", "*"),
        ("https://*", "https://a.example", "https://a.example"),
        ("https://*", "http://a.example", None),
        ("http://*", "http://localhost:5173", "http://localhost:5173"),
        ("https://a.example", "https://a.example.evil", None),
        ("https://a.example", "https://A.example", "https://A.example"),
        ("https://a.example", "null", None),
    ],
)
def test_origins(gateway: Gateway, allowed: str, origin: str, answer: str | None) -> None:
    """An origin by itself, all of a scheme, or all."""
    gateway.runs({"A": api(route("GET /x", "f"), cors=cors(origins=["https://other.example", allowed]))}, function("f"))
    assert gateway.call("GET", "/x", {"Origin": origin}).header("access-control-allow-origin") == answer
    assert gateway.call("OPTIONS", "/x", {**ASK, "Origin": origin}).header("access-control-allow-origin") == answer


def test_answers_to_pages(gateway: Gateway) -> None:
    """An HTTP API says what a page may read, in place of what the function says, on its own errors too."""
    worker = gateway.runs({"A": api(route("GET /x", "f"), cors=cors(expose=["date", "x-b"], credentials=True))}, function("f"))
    worker.answers({"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "*", "access-control-max-age": "9"}, "body": "x"})
    expected = {"allow-origin": ORIGIN, "allow-credentials": "true", "expose-headers": "date,x-b"}
    assert headers(gateway.call("GET", "/x", {"Origin": ORIGIN})) == expected
    assert headers(gateway.call("GET", "/x")) == {}
    worker.answers({"statusCode": 99})
    reply = gateway.call("GET", "/x", {"Origin": ORIGIN})
    assert (reply.status, headers(reply)) == (500, expected)
    assert headers(gateway.call("GET", "/none", {"Origin": ORIGIN})) == expected


def test_without_rules_a_function_answers_pages(gateway: Gateway) -> None:
    """Where an api has no `cors` the function's headers go out as they are."""
    worker = gateway.runs({"A": api(route("ANY /x", "f"))}, function("f"))
    worker.answers({"statusCode": 204, "headers": {"Access-Control-Allow-Origin": "*"}})
    assert headers(gateway.call("OPTIONS", "/x", ASK)) == {"allow-origin": "*"}


def test_routes_that_take_preflight_requests(gateway: Gateway) -> None:
    """A route for OPTIONS calls its function; one for every method is answered by the gateway, after its guard."""
    routes = (route("OPTIONS /own", "f"), route("ANY /any", "f"), route("ANY /guarded", "f", guard={"scheme": "jwt"}))
    worker = gateway.runs({"A": api(*routes, cors=cors())}, function("f"))
    worker.answers({"statusCode": 202})
    reply = gateway.call("OPTIONS", "/own", ASK)
    assert (reply.status, headers(reply)) == (202, {"allow-origin": ORIGIN})
    assert gateway.call("OPTIONS", "/any", ASK).status == 204
    gateway.control.answers({"allow": False, "status": 401, "message": "Unauthorized"})
    assert gateway.call("OPTIONS", "/guarded", ASK).status == 401
    gateway.control.answers({"allow": True})
    assert gateway.call("OPTIONS", "/guarded", ASK).status == 204
    assert len(worker.calls) == 1


def test_a_page_that_asks_a_rest_api(gateway: Gateway) -> None:
    """Each path has a fixed answer, unless it has a route for OPTIONS; the function's answers stay as they are."""
    rules = cors(methods=[], origins=["*"], headers=["x-b", "authorization"], maxAge=60)
    routes = (route("GET /x/{id}", "f"), route("POST /x/{id}", "f"), route("ANY /any", "f"), route("OPTIONS /own", "f"))
    worker = gateway.runs({"A": api(*routes, protocol="rest", cors=rules)}, function("f"))
    expected = {"allow-origin": "*", "allow-methods": "GET,OPTIONS,POST", "allow-headers": "authorization,x-b", "max-age": "60"}
    reply = gateway.call("OPTIONS", "/x/1", {"Origin": "https://any.example"})
    assert (reply.status, headers(reply)) == (204, expected)
    every = "DELETE,GET,HEAD,OPTIONS,PATCH,POST,PUT"
    assert headers(gateway.call("OPTIONS", "/any"))["allow-methods"] == every
    assert worker.calls == []
    assert gateway.call("OPTIONS", "/own").status == 200
    assert headers(gateway.call("GET", "/x/1", {"Origin": ORIGIN})) == {}
    assert headers(gateway.call("GET", "/nothing")) == {"allow-origin": "*"}
    worker.answers({"statusCode": 0})
    assert headers(gateway.call("GET", "/x/1")) == {"allow-origin": "*"}


def test_pages_and_urls(gateway: Gateway) -> None:
    """A URL answers pages by its own rules."""
    worker = gateway.runs({}, function("f", url={"auth": "public", "cors": cors()}))
    assert gateway.call("OPTIONS", "/_url/f/", ASK).status == 204
    assert worker.calls == []
    assert headers(gateway.call("GET", "/_url/f/", {"Origin": ORIGIN})) == {"allow-origin": ORIGIN}


def test_a_reply_is_json(gateway: Gateway) -> None:
    """Messages of a check are quoted as they must be."""
    message = 'no "token"\n\u2028é'
    guarded(gateway, "jwt", {"allow": False, "status": 401, "message": message})
    assert json.loads(gateway.call("POST", "/x/1").body) == {"message": message}
