"""Which route takes a request, and what the function gets of its path."""

from __future__ import annotations

import pytest

from tests.local.gateway.running import Gateway, api, function, route

pytest_plugins = ["tests.local.gateway.fixtures"]


def taken(gateway: Gateway, method: str, path: str) -> tuple[str, dict[str, str]]:
    """The route that takes a request, and the parameters of its path; the status where none does."""
    worker = gateway.functions["f"]
    worker.calls.clear()
    reply = gateway.call(method, path)
    if not worker.calls:
        return str(reply.status), {}
    event = worker.last.json
    if "version" in event:
        return event["routeKey"], event.get("pathParameters") or {}
    return event["resource"], event["pathParameters"] or {}


HTTP = (
    "GET /pets/dog/1",
    "GET /pets/dog/{id}",
    "GET /pets/{proxy+}",
    "ANY /{proxy+}",
    "$default",
)
# API Gateway developer guide, Create routes for HTTP APIs: the table of the page.
PETS = [
    ("GET", "/pets/dog/1", "GET /pets/dog/1", {}),
    ("GET", "/pets/dog/2", "GET /pets/dog/{id}", {"id": "2"}),
    ("GET", "/pets/cat/1", "GET /pets/{proxy+}", {"proxy": "cat/1"}),
    ("POST", "/test/5", "ANY /{proxy+}", {"proxy": "test/5"}),
]


@pytest.mark.parametrize(("method", "path", "key", "parameters"), PETS)
def test_routes_of_an_http_api_as_its_guide_has_them(
    gateway: Gateway, method: str, path: str, key: str, parameters: dict[str, str]
) -> None:
    """The guide's routes take the guide's requests."""
    gateway.runs({"A": api(*(route(k, "f") for k in HTTP))}, function("f"))
    assert taken(gateway, method, path) == (key, parameters)


OTHERS = (
    "GET /",
    "GET /orders",
    "POST /orders",
    "ANY /orders",
    "PATCH /orders/{id}",
    "DELETE /orders/{id}",
    "HEAD /orders/{id}",
    "OPTIONS /orders/{id}",
    "GET /orders/{order}",
    "GET /orders/{id}/lines/{line}",
    "GET /orders/new/lines/{line}",
    "GET /files/{path+}",
    "GET /files/{name}/raw",
    "ANY /files/deep/{path+}",
    "GET /caf%C3%A9",
)
CASES = [
    ("GET", "/", "GET /", {}),
    ("POST", "/", "404", {}),
    ("GET", "/orders", "GET /orders", {}),
    ("PUT", "/orders", "ANY /orders", {}),
    ("GET", "/orders?x=/y/z", "GET /orders", {}),
    ("PATCH", "/orders/7", "PATCH /orders/{id}", {"id": "7"}),
    ("DELETE", "/orders/7", "DELETE /orders/{id}", {"id": "7"}),
    ("HEAD", "/orders/7", "HEAD /orders/{id}", {"id": "7"}),
    ("OPTIONS", "/orders/7", "OPTIONS /orders/{id}", {"id": "7"}),
    ("GET", "/orders/7", "GET /orders/{order}", {"order": "7"}),
    ("GET", "/orders/a.b.c", "GET /orders/{order}", {"order": "a.b.c"}),
    ("GET", "/orders/a%20b%2Fc+d", "GET /orders/{order}", {"order": "a b/c+d"}),
    ("GET", "/orders/%zz", "400", {}),
    ("GET", "/orders/", "404", {}),
    ("GET", "//orders", "404", {}),
    ("GET", "/Orders", "404", {}),
    ("PROPFIND", "/orders", "404", {}),
    ("GET", "/orders/7/lines/1", "GET /orders/{id}/lines/{line}", {"id": "7", "line": "1"}),
    ("GET", "/orders/new/lines/1", "GET /orders/new/lines/{line}", {"line": "1"}),
    ("GET", "/orders//lines/1", "404", {}),
    ("GET", "/files/a/b//c/", "GET /files/{path+}", {"path": "a/b//c/"}),
    ("GET", "/files/a/raw", "GET /files/{name}/raw", {"name": "a"}),
    ("GET", "/files/", "404", {}),
    ("GET", "/files", "404", {}),
    ("POST", "/files/deep/x", "ANY /files/deep/{path+}", {"path": "x"}),
    ("GET", "/files/deep/x", "GET /files/{path+}", {"path": "deep/x"}),
    ("GET", "/caf%c3%a9", "GET /caf%C3%A9", {}),
    ("GET", "/%6frders", "GET /orders", {}),
]


@pytest.mark.parametrize(("method", "path", "key", "parameters"), CASES)
def test_routes_of_an_http_api(gateway: Gateway, method: str, path: str, key: str, parameters: dict[str, str]) -> None:
    """Text wins over a parameter, all of a path over its begin; a method as it is written wins over ANY."""
    gateway.runs({"A": api(*(route(k, "f") for k in OTHERS))}, function("f"))
    assert taken(gateway, method, path) == (key, parameters)


REST = (
    "GET /users/{userId}",
    "PATCH /users/me",
    "POST /roles/provision",
    "GET /roles/{roleId}",
    "GET /things/real",
    "ANY /things/{proxy+}",
    "GET /",
)
# As a REST API was seen to do it.
REST_CASES = [
    ("GET", "/users/me", "/users/{userId}", {"userId": "me"}),
    ("PATCH", "/users/me", "/users/me", {}),
    ("POST", "/users/me", "403", {}),
    ("GET", "/roles/provision", "/roles/{roleId}", {"roleId": "provision"}),
    ("POST", "/roles/provision", "/roles/provision", {}),
    ("GET", "/things/real", "/things/real", {}),
    ("POST", "/things/real", "/things/{proxy+}", {"proxy": "real"}),
    ("GET", "/things/a/b/", "/things/{proxy+}", {"proxy": "a/b"}),
    ("GET", "/things/a%2Bb+c", "/things/{proxy+}", {"proxy": "a%2Bb+c"}),
    ("GET", "/things/real/", "/things/real", {}),
    ("GET", "/things/", "403", {}),
    ("GET", "/", "/", {}),
    ("GET", "/nothing", "403", {}),
]


@pytest.mark.parametrize(("method", "path", "resource", "parameters"), REST_CASES)
def test_routes_of_a_rest_api(gateway: Gateway, method: str, path: str, resource: str, parameters: dict[str, str]) -> None:
    """At each place of a path text wins over a parameter where it has the method; a slash at the end is nothing."""
    gateway.runs({"A": api(*(route(k, "f") for k in REST), protocol="rest")}, function("f"))
    assert taken(gateway, method, path) == (resource, parameters)


def test_what_no_route_takes(gateway: Gateway) -> None:
    """Each kind of API has its own words for it; without any api everything is not found."""
    gateway.runs({"A": api(route("GET /x", "f")), "B": api(route("GET /y", "f"), protocol="rest", base="/B")}, function("f"))
    reply = gateway.call("GET", "/nothing")
    assert (reply.status, reply.body) == (404, b'{"message":"Not Found"}')
    reply = gateway.call("GET", "/B/nothing")
    assert (reply.status, reply.body) == (403, b'{"message":"Missing Authentication Token"}')
    assert reply.header("x-amzn-ErrorType") == "MissingAuthenticationTokenException"
    gateway.runs({})
    assert gateway.call("GET", "/").status == 404


def test_several_apis(gateway: Gateway) -> None:
    """Each api stands below its base; apis with one base share it, and the better route wins, `$default` last."""
    first = api(route("GET /a", "f"), route("$default", "f"))
    second = api(route("GET /b/{id}", "f"))
    third = api(route("GET /b/c", "f"), route("GET /", "f"), base="/Third")
    gateway.runs({"First": first, "Second": second, "Third": third}, function("f"))
    assert taken(gateway, "GET", "/a")[0] == "GET /a"
    assert taken(gateway, "GET", "/b/1")[0] == "GET /b/{id}"
    assert taken(gateway, "GET", "/c")[0] == "$default"
    assert taken(gateway, "GET", "/Third/b/c")[0] == "GET /b/c"
    assert taken(gateway, "GET", "/Third")[0] == "GET /"
    assert taken(gateway, "GET", "/Third/")[0] == "GET /"
    assert taken(gateway, "GET", "/Thirdly")[0] == "$default"
    assert taken(gateway, "GET", "/Third/x")[0] == "404"


def test_methods_that_no_route_can_take(gateway: Gateway) -> None:
    """ANY and `$default` stand for the methods of API Gateway, not for every word."""
    gateway.runs({"A": api(route("ANY /a", "f"), route("ANY /b/{c+}", "f"), route("$default", "f"))}, function("f"))
    assert [taken(gateway, "PROPFIND", path)[0] for path in ("/a", "/b/c", "/d")] == ["404", "404", "404"]
    assert [taken(gateway, "PATCH", path)[0] for path in ("/a", "/b/c", "/d")] == ["ANY /a", "ANY /b/{c+}", "$default"]


def test_apis_with_the_same_route(gateway: Gateway) -> None:
    """The first by name takes it."""
    worker = gateway.runs({"B": api(route("GET /", "f"), id="b"), "A": api(route("GET /", "f"), id="a")}, function("f"))
    gateway.call("GET", "/")
    assert worker.last.json["requestContext"]["apiId"] == "a"


def test_the_base_is_no_part_of_the_event(gateway: Gateway) -> None:
    """A function sees the path that it would see on AWS."""
    worker = gateway.runs({"A": api(route("GET /a/{x}", "f"), base="/Public")}, function("f"))
    gateway.call("GET", "/Public/a/b%20c?d=e")
    event = worker.last.json
    assert (event["rawPath"], event["requestContext"]["http"]["path"], event["rawQueryString"]) == ("/a/b c", "/a/b c", "d=e")
