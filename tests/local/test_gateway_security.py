"""What must not get in: paths around the routes, requests within requests, what is too long, what is nobody's business."""

from __future__ import annotations

import re
import socket

import pytest

from tests.local.gateway.running import Gateway, api, function, route

pytest_plugins = ["tests.local.gateway.fixtures"]

SECRET = "return function() return 'secret' end"


@pytest.fixture
def app(gateway: Gateway) -> Gateway:
    """An app with a public route, a guarded one, and a function that only events reach."""
    routes = (route("GET /open", "open"), route("GET /shut", "open", guard={"scheme": "jwt"}), route("ANY /files/{path+}", "open"))
    functions = (function("open", "lua"), function("hidden", "lua"))
    gateway.runs({"A": api(*routes)}, *functions, open="return function(args) return args end")
    gateway.writes("private/hidden", SECRET)
    gateway.control.answers({"allow": False, "status": 401, "message": "Unauthorized"})
    gateway.reload()
    return gateway


PATHS = (
    "/hidden",
    "/private/hidden",
    "/private/../hidden",
    "//private/hidden",
    "/private//hidden",
    "/./private/hidden",
    "/open/../hidden",
    "/open/../private/hidden",
    "/%70rivate/hidden",
    "/private%2fhidden",
    "/private%2Fhidden",
    "/%2e%2e/hidden",
    "/open/%2e%2e/private/hidden",
    "/open/..%2fprivate%2fhidden",
    "/%2fprivate/hidden",
    "/open/..;/private/hidden",
    "/private/hidden/",
    "/private/hidden?x",
    "/private/hidden%00",
    "/private/hidden.lua",
    "/app/private/hidden.lua",
    "/config/ifc.json",
    "/_reload",
    "/_ifc/../hidden",
    "/_ifc/../_reload",
    "/_ifc/errors/500",
    "/_url/hidden/",
    "/_url/../hidden",
    "/gateway",
    "/flow",
    "/\\private\\hidden",
)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_private_functions_have_no_path(app: Gateway, method: str, path: str) -> None:
    """By TCP only routes are reached, however a path is written."""
    reply = app.raw(f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
    assert reply.split(b" ")[1] in (b"400", b"404", b"405"), reply
    assert b"secret" not in reply
    assert b"nginx</center>" not in reply


@pytest.mark.parametrize("path", ["/shut/", "//shut", "/shut/.", "/open/../shut", "/./shut", "/shut%2f", "/shut;x", "/SHUT"])
def test_guards_are_not_gone_around(app: Gateway, path: str) -> None:
    """A path that nginx would call the same as a guarded one is another path, and no route."""
    reply = app.raw(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert reply.split(b" ")[1] in (b"404", b"401"), reply


def test_a_guarded_path_in_other_letters(app: Gateway) -> None:
    """A path that is the same once it is decoded has the same guard."""
    assert app.call("GET", "/%73hut").status == 401
    assert app.control.calls


def test_parameters_hold_what_was_sent(app: Gateway) -> None:
    """Dots and slashes in a parameter are the function's to judge; they choose no route."""
    assert app.call("GET", "/files/../private/hidden").json == {"data": {"path": "../private/hidden"}}
    assert app.call("GET", "/files/a/..%2f..%2fpasswd").json == {"data": {"path": "a/../../passwd"}}


@pytest.mark.parametrize(
    "request_line",
    [
        b"GET http://localhost/private/hidden HTTP/1.1",
        b"GET http://evil.example/hidden HTTP/1.1",
        b"GET unix:/private/hidden HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"CONNECT localhost:80 HTTP/1.1",
        b"TRACE /private/hidden HTTP/1.1",
        b"GET /private/hidden",
        b"GET  /private/hidden HTTP/1.1",
        b"GET /private/hidden HTTP/9.9",
        b"GET /hidden\xff HTTP/1.1",
        b"\x16\x03\x01\x02",
        b"POST /private/hidden HTTP/1.0",
    ],
)
def test_odd_request_lines(app: Gateway, request_line: bytes) -> None:
    """Other forms of a request reach nothing either."""
    reply = app.raw(request_line + b"\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert b"secret" not in reply
    assert reply == b"" or b" 4" in reply[:14] or b" 505 " in reply[:14] or reply.startswith(b'{"message"'), reply


def test_an_absolute_target_is_its_path(app: Gateway) -> None:
    """A request as it is sent to a proxy gets the route of its path."""
    reply = app.raw(b"GET http://evil.example/open?a=b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert reply.startswith(b"HTTP/1.1 200 ")
    assert reply.endswith(b'{"data":{"a":"b"}}')


SMUGGLED = b"POST /open HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\nContent-Length: 0\r\n",
        b"Content-Length: 0\r\nContent-Length: 0\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
        b"Transfer-Encoding: chunked, chunked\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b"Transfer-Encoding:\x0bchunked\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 5,5\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 0x5\r\n",
        b"Content-Length: 99999999999999999999999\r\n",
        b"Host: other\r\n",
    ],
)
def test_requests_within_requests(app: Gateway, headers: bytes) -> None:
    """A request whose end can be read in two ways is refused, and nothing behind it is read."""
    reply = app.raw(b"POST /files/x HTTP/1.1\r\nHost: localhost\r\n" + headers + b"\r\n0\r\n\r\n" + SMUGGLED)
    assert reply.split(b" ")[1][:1] in (b"4", b"5"), reply
    assert reply.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("chunks", [b"x\r\n", b"-1\r\n\r\n", b"5 5\r\nabcde\r\n", b"fffffffffffffffff\r\n", b"5\r\nabcdeX\r\n"])
def test_chunks_that_are_none(app: Gateway, chunks: bytes) -> None:
    """A body in chunks that are none never becomes another request."""
    reply = app.raw(b"POST /files/x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + SMUGGLED)
    assert reply.count(b"HTTP/1.1 ") <= 1
    assert not reply.startswith(b"HTTP/1.1 2")


def test_pipelined_requests(app: Gateway) -> None:
    """Requests one after another on a connection are answered one after another."""
    request = b"GET /open?n=%d HTTP/1.1\r\nHost: localhost\r\n\r\n"
    reply = app.raw(b"".join(request % n for n in range(5)))
    assert [reply.find(b'{"n":"%d"}' % n) for n in range(5)] == sorted(reply.find(b'{"n":"%d"}' % n) for n in range(5))
    assert reply.count(b"HTTP/1.1 200 ") == 5


def test_hosts(app: Gateway) -> None:
    """Two hosts, or none, are refused; any one host gets the same routes."""
    assert app.raw(b"GET /open HTTP/1.1\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert app.raw(b"GET /open HTTP/1.1\r\nHost: a/b\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert app.call("GET", "/open", {"Host": "gateway.sock"}).status == 200
    assert app.call("GET", "/private/hidden", {"Host": "gateway.sock"}).status == 404


def test_what_is_too_long(app: Gateway) -> None:
    """Bodies over 10 MB, long lines and long headers are refused in JSON, whatever their form."""
    reply = app.call("POST", "/files/x", {"Content-Length": str(10 * 1024 * 1024 + 1)})
    assert (reply.status, reply.body) == (413, b'{"message":"Request Entity Too Large"}')
    chunk = b"100000\r\n" + b"x" * 0x100000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", app.port), 10) as connection:
        connection.sendall(b"POST /files/x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(11):
                connection.sendall(chunk)
        except OSError:
            pass
        else:
            assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")
    assert app.raw(b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\nHost: h\r\n\r\n").startswith(b"HTTP/1.1 414 ")
    reply = app.call("GET", "/open", {"X-A": "x" * 20_000})
    assert (reply.status, reply.body) == (431, b'{"message":"Request Header Fields Too Large"}')
    assert app.call("GET", "/open", {"X-A": "x" * 15_000}).status == 200


def test_a_body_of_ten_megabytes(app: Gateway) -> None:
    """API Gateway's largest body is taken."""
    text = b'{"a":"' + b"x" * (10 * 1024 * 1024 - 8) + b'"}'
    assert app.call("POST", "/files/x", {}, text).status == 200


# --- the control API ---


@pytest.mark.parametrize("path", ["/_ifc", "/_ifc/", "/_ifc?x=/..", "/_ifc/api/log?x=a%2Fb%20c", "/_ifc/api/queues/a%20b.c-d/..e"])
def test_paths_of_the_control_api(app: Gateway, path: str) -> None:
    """They are handed on as they were sent, with the host and the origin, which the control API judges."""
    app.control.answers({"page": True})
    reply = app.call("GET", path, {"Host": "localhost:1", "Origin": "https://evil.example", "X-Forwarded-For": "x"})
    assert (reply.status, reply.json) == (200, {"page": True})
    call = app.control.last
    assert (call.path, call.headers["host"], call.headers["origin"]) == (path, "localhost:1", "https://evil.example")


@pytest.mark.parametrize(
    "path",
    [
        "/_ifc/../authorize",
        "/_ifc/%2e%2e/append",
        "/_ifc/..%2fappend",
        "/_ifc/..%5cappend",
        "/append/../_ifc/",
        "/append/..%2f_ifc/",
        "/x/../_ifc/api",
        "//_ifc/api",
        "/_ifc//append",
        "/_ifc/.",
        "/%5fifc/api",
        "/_ifc/a/../b",
        "/_ifcx",
    ],
)
def test_paths_around_the_control_api(app: Gateway, path: str) -> None:
    """Nothing but its own paths reaches the control API by TCP: the rest of it is for the gateway."""
    reply = app.raw(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{{}}".encode())
    assert reply.split(b" ")[1] in (b"400", b"404"), reply
    assert app.control.calls == []


def test_a_control_api_that_is_gone(gateway: Gateway) -> None:
    """Without it there is an error in JSON."""
    gateway.runs({})
    gateway.control.script = lambda _: b""
    reply = gateway.call("GET", "/_ifc/")
    assert (reply.status, reply.body) == (502, b'{"message":"Internal Server Error"}')


def test_only_this_machine(gateway: Gateway) -> None:
    """nginx listens on 127.0.0.1 and nowhere else."""
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", gateway.port), 1)


def test_headers_of_ours_are_not_taken(app: Gateway) -> None:
    """A caller can't pass for a function, or for a request of ours."""
    app.writes("open", "return function() return require('topics').append('t', {a = 1}) end")
    app.reload()
    app.control.answers({"data": "ok"})
    app.call("GET", "/open", {"x-ifc-function": "admin", "x-ifc-request-id": "mine"})
    assert app.control.last.headers["x-ifc-function"] == "open"
    worker = app.runs({"A": api(route("GET /", "f"))}, function("f"))
    app.call("GET", "/", {"x-ifc-request-id": "mine"})
    assert worker.last.headers["x-ifc-request-id"] != "mine"


def test_traces_bring_no_headers(app: Gateway) -> None:
    """A header's value that is handed on stays one header."""
    worker = app.runs({"A": api(route("GET /", "f"))}, function("f"))
    for sent, root in (
        (b"Root=1-5759e988-bd862e3fe1be46a994272793;Parent=x", "1-5759e988-bd862e3fe1be46a994272793"),
        (b"Root=a\tb\xff", "a"),
    ):
        reply = app.raw(b"GET / HTTP/1.1\r\nHost: h\r\nX-Amzn-Trace-Id: %s\r\nConnection: close\r\n\r\n" % sent)
        assert reply.startswith(b"HTTP/1.1 200 ")
        assert re.fullmatch(f"Root={root};Parent=[0-9a-f]{{16}};Sampled=0", worker.last.headers["x-ifc-trace"])


def test_memory_of_the_log(app: Gateway) -> None:
    """A worker of nginx that a request has killed would stand in nginx's log."""
    assert app.call("GET", "/open").status == 200
    assert "exited on signal" not in app.errors()
    assert "lua entry thread aborted" not in app.errors()
