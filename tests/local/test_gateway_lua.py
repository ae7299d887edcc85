"""Functions in Lua: Spacer's contract, `flow.call`, `topics.append`, and what changes while they run."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import pytest

from tests.local.gateway.backends import Answer, Call
from tests.local.gateway.running import Gateway, allowed, api, function, route

pytest_plugins = ["tests.local.gateway.fixtures"]

ECHO = "return function(args) return args end"


def runs(gateway: Gateway, source: str, *others: dict[str, Any], **sources: str) -> None:
    """An app with a function in Lua behind a route, and others."""
    apis = {"A": api(route("ANY /f", "f"), route("ANY /f/{id}/{rest+}", "f"))}
    gateway.runs(apis, function("f", "lua", permissions=[allowed("lambda:*", "*")]), *others, f=source, **sources)


def returns(gateway: Gateway, source: str, *others: dict[str, Any], **sources: str) -> Any:
    """The status and the body of a call of such a function."""
    runs(gateway, source, *others, **sources)
    reply = gateway.call("GET", "/f")
    return reply.status, reply.json


# --- arguments and results ---


def test_arguments(gateway: Gateway) -> None:
    """The path's go before the query's, and those before the body's."""
    runs(gateway, ECHO)
    body = json.dumps({"id": "body", "q": "body", "b": [[], {}, None, 1.5, "é"]}).encode()
    reply = gateway.call("POST", "/f/path/a%2Fb%20?id=query&q=query&r=1&r=2&flag", {}, body)
    assert (reply.status, reply.header("content-type")) == (200, "application/json")
    expected = {"id": "path", "rest": "a/b ", "q": "query", "r": ["1", "2"], "flag": "", "b": [[], {}, None, 1.5, "é"]}
    assert reply.json == {"data": expected}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('return "text"', {"data": "text"}),
        ("return 1.5, nil", {"data": 1.5}),
        ("return {1, 2, {a = {}}}", {"data": [1, 2, {"a": {}}]}),
        ('return require("flow").array({})', {"data": []}),
        ("return require('cjson').null", {"data": None}),
        ("return false", {"data": False}),
        ("return nil", {}),
        ("return", {}),
        ("return 9007199254740991", {"data": 9007199254740991}),
        ("return 0.1 + 0.2", {"data": 0.30000000000000004}),
        ("return 1795336756319", {"data": 1795336756319}),
        ("return 'a\\0b\\255'", {"data": "a\x00b\ufffd"}),
        ("return {[1] = 'a', x = 'b'}", {"data": {"1": "a", "x": "b"}}),
        ("return {1, nil, 3}", {"data": [1, None, 3]}),
    ],
)
def test_results(gateway: Gateway, source: str, expected: Any) -> None:
    """What a function returns is `data`."""
    assert returns(gateway, f"return function(args) {source} end") == (200, expected)


@pytest.mark.parametrize(
    ("source", "status", "error"),
    [
        ('return nil, "wrong"', 400, "wrong"),
        ("return nil, {code = 7}", 400, {"code": 7}),
        ('error({code = "x"})', 500, {"code": "x"}),
        ('error("raised", 0)', 500, "raised"),
        ("error()", 500, "unknown"),
    ],
)
def test_errors(gateway: Gateway, source: str, status: int, error: Any) -> None:
    """A second result is the caller's mistake, an error is ours."""
    assert returns(gateway, f"return function(args) {source} end") == (status, {"error": error})


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("return function(args) error('where') end", "app/f.lua:1: where"),
        ("return function(args) return args.a.b end", "attempt to index field 'a'"),
        ("return 5", "returns no function but a number"),
        ("this is no Lua", "app/f.lua:1:"),
        ("error('while loading')", "while loading"),
        ("return function() return function() end end", "a function can't be written as JSON"),
        ("return function() return 0/0 end", "JSON has no number"),
        ("return function() local t = {} t.t = t return t end", "in a circle"),
        ("return function() return {[true] = 1} end", "a name in JSON is a text"),
    ],
)
def test_errors_that_tell_where(gateway: Gateway, source: str, said: str) -> None:
    """The answer and the log have Lua's own message."""
    status, body = returns(gateway, source)
    assert status == 500
    assert said in body["error"]
    assert gateway.lines.next()["error"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"{", "no name in quotes at character 2"),
        (b'{"a":1} x', "more after the value at character 9"),
        (b'{"a":01}', "no value at character 6"),
        (b'{"a":"\n"}', "a control character in a string at character 7"),
        (b'{"a":"\\x"}', "an unknown escape at character 7"),
        (b'{"a":"\\u12"}', "`\\u` without four digits at character 7"),
        (b'{"a":tru}', "no value at character 6"),
        (b"[" * 1001 + b"]" * 1001, "nested too deep at character 1001"),
        (b"a=b", "no value at character 1"),
        (b'"text"', "the body is no JSON object"),
        (b"5", "the body is no JSON object"),
    ],
)
def test_bodies_that_are_no_arguments(gateway: Gateway, body: bytes, error: str) -> None:
    """A body that is no JSON object is the caller's mistake."""
    runs(gateway, ECHO)
    reply = gateway.call("POST", "/f", {}, body)
    assert reply.status == 400
    assert error in reply.json["error"]
    assert gateway.inside("/f", body).status == 400


def test_bodies_that_are_arguments(gateway: Gateway) -> None:
    """Without a body there are no arguments; null is none; a list is what it is; deep ones come through."""
    runs(gateway, ECHO)
    assert gateway.call("POST", "/f", {}, b"null").json == {"data": {}}
    assert gateway.call("POST", "/f", {}, b" \n ").json == {"data": {}}
    assert gateway.call("POST", "/f", {}, b'["a", {}]').json == {"data": ["a", {}]}
    deep = b'{"a":' + b"[" * 990 + b"]" * 990 + b"}"
    assert gateway.call("POST", "/f", {}, deep).body == b'{"data":' + deep + b"}"


def test_a_large_body(gateway: Gateway) -> None:
    """A body of megabytes comes through: nginx keeps it in memory."""
    runs(gateway, "return function(args) return #args.a end")
    assert gateway.call("POST", "/f", {}, json.dumps({"a": "x" * 5_000_000}).encode()).json == {"data": 5_000_000}


def test_a_function_that_answers_by_itself(gateway: Gateway) -> None:
    """Functions may use nginx's own API, as Spacer's do."""
    runs(gateway, 'return function() ngx.status = 418 ngx.header["X-A"] = "b" ngx.say("tea") return 1 end')
    reply = gateway.call("GET", "/f")
    assert (reply.status, reply.body, reply.header("x-a")) == (418, b"tea\n", "b")
    runs(gateway, 'return function() return ngx.redirect("/there", 302) end')
    reply = gateway.call("GET", "/f")
    assert (reply.status, reply.header("location")) == (302, "/there")


def test_cors_and_stamps_of_lua(gateway: Gateway) -> None:
    """A function in Lua stands behind the same api as any other."""
    rules = {"origins": ["*"], "methods": [], "headers": [], "expose": [], "credentials": False, "maxAge": None}
    gateway.runs({"A": api(route("GET /", "f", guard={"scheme": "jwt"}), cors=rules)}, function("f", "lua"), f=ECHO)
    gateway.control.answers({"allow": False, "status": 401})
    assert gateway.call("GET", "/", {"Origin": "https://a.example"}).status == 401
    gateway.control.answers({"allow": True, "context": {"jwt": {"claims": {"sub": "me"}}}})
    gateway.writes("f", "return function() return ngx.ctx.authorizer.jwt.claims.sub end")
    gateway.reload()
    reply = gateway.call("GET", "/", {"Origin": "https://a.example"})
    assert (reply.json, reply.header("access-control-allow-origin")) == ({"data": "me"}, "*")
    assert reply.header("apigw-requestid")


def test_a_lua_function_behind_a_url(gateway: Gateway) -> None:
    """A URL gives the query and the body as arguments."""
    gateway.runs({}, function("f", "lua", url={"auth": "public", "cors": None}), f=ECHO)
    assert gateway.call("POST", "/_url/f/x?a=1", {}, b'{"b": 2}').json == {"data": {"a": "1", "b": 2}}
    gateway.runs({}, function("f", "lua", url={"auth": "iam", "cors": None}), f=ECHO)
    gateway.control.answers({"allow": False})
    assert gateway.call("POST", "/_url/f/").status == 403


# --- calls from inside ---


def test_calls_by_the_gateways_socket(gateway: Gateway) -> None:
    """The body alone is the arguments; `private/` is another name for the same function."""
    runs(gateway, ECHO)
    for path in ("/f", "/private/f"):
        reply = gateway.inside(f"{path}?a=1", b'{"b": []}')
        assert (reply.status, reply.json) == (200, {"data": {"b": []}})
    assert gateway.inside("/g").status == 404
    assert gateway.inside("/f", method="GET").status == 405
    for path in ("/../app/f", "/%66", "/.f", "/private/../f", "//f", "/f/", "/private/private/f", "/f.lua", "/app/f", "/"):
        assert gateway.inside(path, b"{}").status in (400, 404), path


def test_a_function_that_only_events_reach(gateway: Gateway) -> None:
    """Its file is in app/private, and it has the same name."""
    gateway.runs({"A": api(route("GET /f", "f"))}, function("f", "lua"), function("hidden", "lua"), f=ECHO)
    gateway.writes("private/hidden", "return function(args) return require('flow').call('f', args) end")
    gateway.reload()
    assert gateway.inside("/hidden", b"{}").status == 500  # it may not call f
    gateway.writes("private/hidden", ECHO)
    gateway.reload()
    assert gateway.inside("/hidden", b'{"a":1}').json == {"data": {"a": 1}}
    assert gateway.call("POST", "/private/hidden").status == 404
    assert gateway.call("POST", "/hidden").status == 404


# --- flow.call ---


def test_calls_between_functions_in_lua(gateway: Gateway) -> None:
    """A callee gets a copy of the data and gives a copy of the result."""
    caller = """
    local flow = require "flow"
    return function(args)
      local data = { list = flow.array({}), n = 1 }
      local result = flow.call("g", data)
      return { result = result, kept = data.n, none = flow.call("nothing", nil) == nil }
    end
    """
    callee = "return function(args) args.n = args.n + 1 return args end"
    status, body = returns(gateway, caller, function("g", "lua"), function("nothing", "lua"), g=callee, nothing="return function() end")
    assert (status, body) == (200, {"data": {"result": {"list": [], "n": 2}, "kept": 1, "none": True}})


def test_calls_of_functions_in_other_languages(gateway: Gateway) -> None:
    """The data is the event, as it is, and the result comes back as it is."""
    caller = "return function(args) return require('flow').call('py', {a = require('flow').array()}) end"
    runs(gateway, caller, function("py"))
    gateway.functions["py"].answers(b'{"list": [], "object": {}, "none": null}')
    assert gateway.call("GET", "/f").json == {"data": {"list": [], "object": {}, "none": None}}
    assert gateway.functions["py"].last.body == b'{"a":[]}'
    told = gateway.told()
    assert [(c["caller"], c["function"], c.get("problem")) for c in told] == [("f", "py", None)]
    assert 0 <= told[0]["duration"] < 60


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({"errorMessage": "boom"}, "boom"),
        ({"errorMessage": "boom", "errorType": "Bang"}, "Bang: boom"),
        ({"errorMessage": "", "errorType": "Bang"}, "Bang"),
        ({"errorMessage": 5, "errorType": {}}, "`py` failed"),
        ([], "`py` failed"),
    ],
)
def test_why_another_function_failed(gateway: Gateway, answer: Any, why: str) -> None:
    """The error of a caller, and what is told of the call, have the error's type and its message."""
    runs(gateway, "return function(args) return require('flow').call('py') end", function("py"))
    gateway.functions["py"].answers(answer, x_amz_function_error="Unhandled")
    reply = gateway.call("GET", "/f")
    assert (reply.status, reply.json) == (500, {"error": f"`py` failed: {why}"})
    assert [(c["caller"], c["function"], c["problem"]) for c in gateway.told()] == [("f", "py", why)]


def test_what_is_printed_is_told(gateway: Gateway) -> None:
    """`print` of a function, of a module beside it too, is told as its own, in pieces where it is long."""
    long = "x" * 5000
    callee = "print('loaded') return function(args) print(args.text, nil, 1) coroutine.wrap(print)('within') return 1 end"
    assert returns(
        gateway,
        "return function() return require('flow').call('g', {text = ('x'):rep(5000)}) end",
        function("g", "lua"),
        g=callee,
    ) == (200, {"data": 1})
    printed = [(said["function"], said["printed"]) for said in gateway.told() if "printed" in said]
    assert printed == [("g", "loaded"), ("g", f"{long}\tnil\t1"), ("g", "within")]


@pytest.mark.parametrize(
    ("callee", "error"),
    [
        ("return function() return nil, 'wrong' end", "`g` failed: wrong"),
        ("return function() return nil, {code = 1} end", '`g` failed: {"code":1}'),
        ("return function() error('raised', 0) end", "`g` failed: raised"),
        ("return function() return print end", "`g` failed: a function can't be written as JSON"),
        ("nonsense", "`g` failed: "),
    ],
)
def test_calls_that_fail(gateway: Gateway, callee: str, error: str) -> None:
    """A callee's mistake is its caller's error, which the caller may take."""
    status, body = returns(gateway, "return function() return require('flow').call('g') end", function("g", "lua"), g=callee)
    assert status == 500
    assert body["error"].startswith(error)
    taken = "return function() return (pcall(require('flow').call, 'g')) end"
    assert returns(gateway, taken, function("g", "lua"), g=callee) == (200, {"data": False})


def test_who_may_call_whom(gateway: Gateway) -> None:
    """A function calls what its verbs allow; a refusal names the verb. A role from outside is not known here."""
    call = "return function(args) return require('flow').call('g') end"
    arn = function("g")["arn"]
    for permissions, status in (
        ([], 500),
        ([allowed("lambda:InvokeFunction", arn)], 200),
        ([allowed("lambda:Invoke*", arn.replace("dev", "*"))], 200),
        ([allowed("lambda:invokefunction", "*")], 200),
        ([allowed("lambda:InvokeFunction", arn + "x")], 500),
        ([allowed("lambda:InvokeFunction", arn.replace("-", "."))], 500),
        ([allowed("sqs:SendMessage", "*")], 500),
        ([allowed("lambda:InvokeFunction", "*"), {**allowed("lambda:*", arn), "effect": "Deny"}], 500),
        (None, 200),
    ):
        apis = {"A": api(route("GET /f", "f"))}
        gateway.runs(apis, function("f", "lua", permissions=permissions), function("g", "lua"), f=call, g="return function() return 1 end")
        reply = gateway.call("GET", "/f")
        assert reply.status == status, permissions
        if status == 500:
            assert reply.json == {"error": "`f` may not call `g`: write `calls g` in the function `f`"}


def test_callees_have_permissions_of_their_own(gateway: Gateway) -> None:
    """Within a call it is the callee that calls, in threads too; afterwards it is the caller again."""
    caller = """
    local flow = require "flow"
    return function()
      local inner, why = pcall(flow.call, "g")
      local thread = ngx.thread.spawn(function() return pcall(flow.call, "h") end)
      local _, good = ngx.thread.wait(thread)
      return { inner = inner, why = why, thread = good, own = flow.call("h") }
    end
    """
    g = "return function() return require('flow').call('h') end"
    _, body = returns(gateway, caller, function("g", "lua"), function("h", "lua"), g=g, h="return function() return 1 end")
    assert body["data"] == {
        "inner": False,
        "why": "`g` failed: `g` may not call `h`: write `calls h` in the function `g`",
        "thread": True,
        "own": 1,
    }


def test_a_caller_is_itself_again_after_a_call(gateway: Gateway) -> None:
    """What a callee may call is not what its caller may, before or after a call of its own."""
    apis = {"A": api(route("GET /f", "f"))}
    functions = [
        function("f", "lua", permissions=[allowed("lambda:InvokeFunction", "*")]),
        function("g", "lua", permissions=[allowed("lambda:InvokeFunction", function("h")["arn"])]),
        function("h", "lua"),
        function("k", "lua"),
    ]
    f = "return function() return require('flow').call('g') end"
    g = "return function() local flow = require('flow') flow.call('h') return { pcall(flow.call, 'k') } end"
    one = "return function() return 1 end"
    gateway.runs(apis, *functions, f=f, g=g, h=one, k=one)
    assert gateway.call("GET", "/f").json == {"data": [False, "`g` may not call `k`: write `calls k` in the function `g`"]}


def test_spans_end_with_their_calls(gateway: Gateway) -> None:
    """What is appended in a call has the call's span, and afterwards the request's again."""
    apis = {"A": api(route("GET /f", "f"))}
    append = "require('topics').append('t', {a = 1})"
    f = f"return function() {append} require('flow').call('g') {append} end"
    permissions = [allowed("lambda:InvokeFunction", "*")]
    gateway.runs(apis, function("f", "lua", permissions=permissions), function("g", "lua"), f=f, g=f"return function() {append} end")
    gateway.control.answers({"data": "ok"})
    gateway.call("GET", "/f")
    first, inner, last = (c.headers for c in gateway.control.calls)
    assert inner["x-spacer-parent-span-id"] == first["x-spacer-span-id"] != inner["x-spacer-span-id"]
    assert last["x-spacer-span-id"] == first["x-spacer-span-id"]
    assert {h["x-spacer-trace-id"] for h in (first, inner, last)} == {first["x-spacer-trace-id"]}


def test_unknown_functions(gateway: Gateway) -> None:
    """A name that is no function is said as it is."""
    for name in ("nobody", "../f", "private/nobody", "gateway/x"):
        status, body = returns(gateway, f"return function() return require('flow').call('{name}') end")
        assert status == 500
        assert f"there is no function `{name}`" in body["error"]


# --- topics.append ---


def test_appending(gateway: Gateway) -> None:
    """The entries go to the write proxy as Spacer sends them, with the function's name."""
    source = "return function(args) return require('topics').append('orders', {k = {list = args.l, n = 1}, [7] = 'x'}) end"
    runs(gateway, source)
    gateway.control.answers({"offsets": [1, 2]})
    reply = gateway.call("POST", "/f", {}, b'{"l": []}')
    assert (reply.status, reply.json) == (200, {"data": "ok"})
    call = gateway.control.last
    assert (call.path, call.headers["x-ifc-function"], call.headers["content-type"]) == ("/append", "f", "application/json")
    assert call.json == {"topic": "orders", "entries": {"k": {"list": [], "n": 1}, "7": "x"}}


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ((403, {}, b'{"error": "`f` may not write to orders"}'), "`f` may not write to orders"),
        ((200, {}, b'{"error": "no topic"}'), "no topic"),
        ((503, {}, b"gone"), "nothing was appended to `orders`: 503"),
        (b"", "nothing was appended to `orders`: closed"),
    ],
)
def test_appending_in_vain(gateway: Gateway, answer: Any, error: str) -> None:
    """What is not kept is an error of the function."""
    runs(gateway, "return function() return require('topics').append('orders', {a = 1}) end")
    gateway.control.script = lambda _: answer
    reply = gateway.call("GET", "/f")
    assert (reply.status, reply.json) == (500, {"error": error})


def test_connections_that_were_kept(gateway: Gateway) -> None:
    """Connections to the write proxy are used again; one that it has closed meanwhile costs no event."""
    runs(gateway, "return function() return require('topics').append('orders', {a = 1}) end")
    gateway.control.answers({"data": "ok"})
    gateway.control.hang_up()
    for _ in range(20):
        assert gateway.call("GET", "/f").status == 200
    assert len(gateway.control.connections) <= 2  # one of each of nginx's workers
    for _ in range(10):
        gateway.control.hang_up()
        assert gateway.call("GET", "/f").status == 200
    assert len(gateway.control.calls) == 30


def test_entries_are_a_table(gateway: Gateway) -> None:
    """Anything else is refused before it is sent."""
    status, body = returns(gateway, "return function() return require('topics').append('orders', 'text') .. '' end")
    assert status == 500
    assert "app/f.lua:1: topics.append takes the entries as { key = value }" in body["error"]
    assert gateway.control.calls == []


# --- traces ---


def test_traces(gateway: Gateway) -> None:
    """Every request has a trace and a span; a call in it has a span below, and a caller's own go on."""
    source = """
    return function()
      local seen = ngx.req.get_headers()
      require("topics").append("t", {a = 1})
      require("flow").call("py")
      return { seen["x-spacer-trace-id"], seen["x-spacer-span-id"], seen["x-spacer-parent-span-id"] or "none" }
    end
    """
    runs(gateway, source, function("py"))
    gateway.control.answers({"data": "ok"})
    trace, span, parent = gateway.call("GET", "/f").json["data"]
    assert (trace == span, len(trace), parent) == (True, 32, "none")
    appended = gateway.control.last.headers
    assert (appended["x-spacer-trace-id"], appended["x-spacer-span-id"]) == (trace, span)
    assert re.fullmatch(
        r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", gateway.functions["py"].last.headers["x-ifc-trace"]
    )
    headers = {"X-SPACER-TRACE-ID": "t", "X-SPACER-SPAN-ID": "s"}
    trace, span, parent = gateway.call("GET", "/f", headers).json["data"]
    assert (trace, len(span), parent) == ("t", 32, "s")
    appended = gateway.control.last.headers
    assert (appended["x-spacer-trace-id"], appended["x-spacer-span-id"], appended["x-spacer-parent-span-id"]) == ("t", span, "s")


# --- environment and modules ---


def test_the_environment(gateway: Gateway) -> None:
    """A function reads the app's variables, with this run's addresses, and nothing of nginx's."""
    environment = {"A": "b", "URL": "${gateway}/x", "AWS_ENDPOINT_URL": "${endpoint}"}
    source = "return function() return { os.getenv('A'), os.getenv('URL'), os.getenv('AWS_ENDPOINT_URL'), os.getenv('HOME') == nil } end"
    gateway.runs({"A": api(route("GET /f", "f"))}, function("f", "lua", environment=environment), f=source)
    reply = gateway.call("GET", "/f")
    assert reply.json == {"data": ["b", f"http://127.0.0.1:{gateway.port}/x", "http://127.0.0.1:4566", True]}


def test_modules(gateway: Gateway) -> None:
    """A function finds modules beside its own code, by itself; functions are modules; our library can't be replaced."""
    for folder in ("one", "two"):
        code = gateway.project / "code" / folder
        code.mkdir(parents=True, exist_ok=True)
        (code / "shared.lua").write_text(f"seen = (seen or 0) + 1 return {{ name = '{folder}', inner = require('deep.inner') }}")
        (code / "deep").mkdir(exist_ok=True)
        (code / "deep/inner.lua").write_text(f"return 'inner {folder}'")
    source = "local m = require('shared') return function() return { m.name, m.inner, seen, require('plain')({}), flow == nil } end"
    functions = [function(n, "lua", code=f"code/{c}") for n, c in (("f", "one"), ("g", "two"), ("plain", "none"), ("topics", "none"))]
    apis = {"A": api(route("GET /f", "f"), route("GET /g", "g"), route("GET /t", "topics"))}
    plain = "return function() return 'plain' end"
    own = "return function() return type(require('topics').append) end"
    gateway.runs(apis, *functions, f=source, g=source, plain=plain, topics=own)
    assert gateway.call("GET", "/f").json == {"data": ["one", "inner one", 1, "plain", True]}
    assert gateway.call("GET", "/g").json == {"data": ["two", "inner two", 1, "plain", True]}
    assert gateway.call("GET", "/t").json == {"data": "function"}


def test_globals_are_a_functions_own(gateway: Gateway) -> None:
    """A name that a function forgets to declare is no other function's."""
    apis = {"A": api(route("GET /f", "f"), route("GET /g", "g"))}
    sources = {"f": "return function() count = (count or 0) + 1 return count end", "g": "return function() return count or 'none' end"}
    gateway.runs(apis, function("f", "lua"), function("g", "lua"), **sources)
    assert gateway.call("GET", "/f").json == {"data": 1}
    assert gateway.call("GET", "/g").json == {"data": "none"}


# --- stubs ---


def test_stubs(gateway: Gateway) -> None:
    """A function in another language can be called like one in Lua, and its result is passed on as it is."""
    stub = 'return require("worker").stub("py")'
    worker = gateway.runs({}, function("py"), py=stub)
    worker.answers(b'{"list":[],"n":12345678901234567890}')
    reply = gateway.inside("/py", b'{"a":[]}')
    assert (reply.status, reply.body, worker.last.body) == (200, b'{"data":{"list":[],"n":12345678901234567890}}', b'{"a":[]}')
    worker.answers({"errorMessage": "boom"}, x_amz_function_error="Unhandled")
    assert gateway.inside("/py", b"{}").json == {"error": "boom"}
    gateway.functions.pop("py").close()
    assert gateway.inside("/py", b"{}").json == {"error": "no worker of `py` listens: start it with `ifc local`"}


# --- changes ---


def test_the_next_call_runs_the_new_code(gateway: Gateway) -> None:
    """After a reload every request, in whichever of nginx's workers, runs what is on disk."""
    apis = {"A": api(route("GET /f", "f"), route("GET /g", "g"))}
    gateway.runs(apis, function("f", "lua"), function("g", "lua"), f="return function() return 0 end", g="return require('f')")
    for number in range(1, 20):
        gateway.writes("f", f"return function() return {number} end")
        version = gateway.reload().json["version"]
        assert {gateway.call("GET", path).json["data"] for path in ("/f", "/g") * 4} == {number}
        assert gateway.reload().json["version"] == version + 1


def test_routes_that_change(gateway: Gateway) -> None:
    """A new description is in force from the reload on."""
    runs(gateway, ECHO)
    gateway.describe({"A": api(route("GET /other", "f"))}, [function("f", "lua")])
    assert (gateway.call("GET", "/f").status, gateway.call("GET", "/other").status) == (200, 404)
    gateway.reload()
    assert (gateway.call("GET", "/f").status, gateway.call("GET", "/other").status) == (404, 200)


def test_a_description_that_can_not_be_read(gateway: Gateway) -> None:
    """The app as it was stays in force, and the reload says what is wrong."""
    runs(gateway, ECHO)
    assert gateway.call("GET", "/f").status == 200
    (gateway.run / "ifc.json").write_text('{"functions": ')
    reply = gateway.inside("/_reload")
    assert reply.status == 500
    assert "ifc.json is no description of an app: no value at character 15" in reply.json["error"]
    assert gateway.call("GET", "/f").status == 200


def test_a_call_that_runs_while_its_code_changes(gateway: Gateway) -> None:
    """A call ends with the code that it began with, and fails for nothing."""
    runs(gateway, "return function() require('flow').call('py') return 'old' end", function("py"))

    def changed(_: Call) -> Answer:
        gateway.writes("f", "return function() return 'new' end")
        gateway.reload()
        return 200, {}, b"1"

    gateway.functions["py"].script = changed
    assert gateway.call("GET", "/f").json == {"data": "old"}
    assert gateway.call("GET", "/f").json == {"data": "new"}


def test_more_calls_than_a_worker_queues(gateway: Gateway) -> None:
    """Calls wait where a worker's queue is full; none is refused."""
    import concurrent.futures

    worker = gateway.runs({"A": api(route("GET /", "f"))}, function("f"))

    def slow(_: Call) -> Answer:
        time.sleep(0.002)
        return 200, {}, b'"done"'

    worker.script = slow
    with concurrent.futures.ThreadPoolExecutor(48) as pool:
        statuses = list(pool.map(lambda _: gateway.call("GET", "/").status, range(200)))
    assert statuses == [200] * 200
