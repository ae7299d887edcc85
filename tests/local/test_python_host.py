"""The host of Python functions: what a handler finds and answers, and that nothing a handler or a client does breaks it."""

from __future__ import annotations

import ast
import base64
import contextlib
import json
import os
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.local.hosted import FUNCTIONS, PATIENCE, PYTHON, Hosted, alive, hosted, read, request, until_end

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LIMIT = 6 * 1024 * 1024


@pytest.fixture(scope="module")
def running() -> Iterator[list[Hosted]]:
    """The host that tests use one after the other, once there is one."""
    hosts: list[Hosted] = []
    yield hosts
    for host in hosts:
        host.close()


@pytest.fixture
def host(running: list[Hosted]) -> Iterator[Hosted]:
    """A host without functions."""
    if not running:
        running.append(Hosted(PYTHON))
    host = running.pop()
    yield host
    if host.process.poll() is None:
        host.reset()
        running.append(host)
    else:
        host.close()


@pytest.fixture
def calls(host: Hosted) -> Callable[..., Any]:
    """Calls a handler of functions/python/answers.py, which becomes a function of the same name."""

    def call(handler: str, event: Any = None, **settings: Any) -> Any:
        host.want(host.function(handler, f"answers.{handler}", **settings))
        return host.call(handler, event)

    return call


def background(act: Callable[[], Any]) -> Callable[[], Any]:
    """Starts something in a thread; the result waits for it."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(act()), daemon=True)
    thread.start()

    def result() -> Any:
        thread.join(PATIENCE)
        return results[0]

    return result


def notes(folder: Path, count: int) -> list[str]:
    """What the handler `wait` noted, once there are so many lines."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        lines = (folder / "log").read_text().splitlines() if (folder / "log").exists() else []
        if len(lines) >= count:
            return lines
        time.sleep(0.002)
    raise AssertionError(f"{lines} are not {count} lines")


# --- a call ---


@pytest.mark.parametrize("event", [None, 1, "text", {"a": [1, 2.5, None, True]}, {"日本": "\U0001f600"}, []], ids=repr)
def test_an_event_comes_and_goes_unchanged(calls: Callable[..., Any], event: Any) -> None:
    """What a handler gets is the event, and what it returns is the body."""
    response = calls("echo", event)
    assert (response.status, response.json(), response.failed) == (200, event, False)
    assert response.headers["content-type"] == "application/json"
    assert float(response.headers["x-ifc-duration-ms"]) >= 0
    assert UUID.fullmatch(response.headers["x-ifc-request-id"])


def test_a_call_without_a_body_is_an_empty_event(host: Hosted) -> None:
    """As on Lambda, where an invocation without a payload is `{}`."""
    host.want(host.function("f", "answers.echo"))
    assert host.call("f", b"").json() == {}
    assert b"\r\n\r\n{}" in host.raw("f", b"POST / HTTP/1.0\r\n\r\n")


def test_the_context(calls: Callable[..., Any], host: Hosted) -> None:
    """A context has what Lambda's has; the memory limit is a text."""
    calls("describe", timeout=7)
    context = host.call("describe", {}, x_ifc_request_id="abc-1").json()
    assert context["aws_request_id"] == "abc-1"
    assert context["function_name"] == "app-dev-describe"
    assert context["function_version"] == "$LATEST"
    assert context["invoked_function_arn"].endswith(":function:app-dev-describe")
    assert (context["memory_limit_in_mb"], context["memory is"]) == ("256", "str")
    assert context["log_group_name"] == "/aws/lambda/app-dev-describe"
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", context["log_stream_name"])
    assert context["client_context"] == context["tenant_id"] == "None"
    assert context["identity"] == "CognitoIdentity([cognito_identity_id=None,cognito_identity_pool_id=None])"
    assert 0 < context["left"] <= 7000
    assert [line["text"] for line in host.lines(2)] == ["noted", "noted"]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"custom": {"ä": 1}, "client": {"app_title": "shop", "other": 1}}, [{"ä": 1}, None, ["shop", None]]),
        ({"env": {"locale": "de"}}, [None, {"locale": "de"}, None]),
    ],
)
def test_the_context_of_a_client(host: Hosted, said: dict[str, Any], found: list[Any]) -> None:
    """What the caller's app says of itself is in attributes, and what it doesn't say is None."""
    host.want(host.function("client", "answers.client"))
    client = base64.b64encode(json.dumps(said).encode()).decode()
    assert host.call("client", {}, x_ifc_client=client).json() == found


def test_the_surroundings() -> None:
    """The environment is Lambda's and the function's, nothing of main's; folder, path, time zone and input are as on Lambda."""
    with hosted(PYTHON, {"SECRET_OF_MAIN": "1", "AWS_PROFILE": "prod", "LANG": "C.UTF-8", "TZ": "Asia/Tokyo"}) as host:
        code = str(FUNCTIONS / "python")
        given = {"TABLE": "t", "AWS_REGION": "eu-west-1", "LANG": "own", "PYTHONPATH": "/opt/python"}
        host.want(host.function("f", "answers.surroundings", environment=given, memory=512, runtime="python3.13"))
        found = host.call("f", {}, x_ifc_trace="Root=1-2").json()
        environment = found["environment"]
        assert not {"SECRET_OF_MAIN", "AWS_PROFILE"} & set(environment)
        expected = {
            **given,
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_FUNCTION_NAME": "app-dev-f",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/app-dev-f",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
            "LAMBDA_TASK_ROOT": code,
            "_HANDLER": "answers.surroundings",
            "TZ": ":UTC",
            "_X_AMZN_TRACE_ID": "Root=1-2",
            "AWS_CONFIG_FILE": os.devnull,
        }
        assert {name: environment.get(name) for name in expected} == expected
        assert (found["folder"], found["path"][:2], found["hour"], found["input"]) == (code, [code, "/opt/python"], 0, "")
        assert PYTHON[1] not in found["path"]
        assert "_X_AMZN_TRACE_ID" not in host.call("f", {}).json()["environment"]


def test_a_handler_is_loaded_once_and_called_by_one_process(host: Hosted) -> None:
    """Calls one after the other go to the same worker, which keeps its globals, and not to the host."""
    host.want(host.function("f", "answers.surroundings"))
    found = [host.call("f", {}).json() for _ in range(5)]
    assert len({answer["pid"] for answer in found}) == 1
    assert all(answer["loaded"] == [answer["pid"]] and answer["parent"] == host.process.pid for answer in found)


@pytest.mark.parametrize("handler", ["deep/module.handler", "deep.module.handler"])
def test_a_module_in_a_folder(host: Hosted, handler: str) -> None:
    """Slashes and dots lead into folders alike, which need no __init__.py."""
    host.want(host.function("f", handler))
    assert host.call("f", {}).json() == "deep.module"


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("nothing", b"null"),
        ("not ASCII", '"日本"'.encode()),
        ("decimals", b"[1.1, 12345678901234567890, NaN]"),
        ("bytes", b'{"raw": true}'),
        ("bytes inside", b'{"body": "text"}'),
        ("enough", b'"' + b"x" * (LIMIT + 98) + b'"'),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_results(calls: Callable[..., Any], what: str, body: bytes) -> None:
    """What Lambda can pass on is passed on, in UTF-8."""
    response = calls("result", what)
    assert (response.body == body, response.failed) == (True, False)


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("a set", "Unable to marshal response: Object of type set is not JSON serializable"),
        ("coroutine", "Unable to marshal response: Object of type coroutine is not JSON serializable"),
        ("itself", "Unable to marshal response: Circular reference detected"),
        ("a surrogate", "Unable to marshal response: 'utf-8' codec can't encode character '\\ud800' in position 1: surrogates not allowed"),
    ],
)
def test_a_result_that_is_no_json(calls: Callable[..., Any], what: str, why: str) -> None:
    """What can't be passed on is Runtime.MarshalError."""
    response = calls("result", what)
    assert (response.status, response.failed) == (200, True)
    assert (response.json()["errorType"], response.json()["errorMessage"]) == ("Runtime.MarshalError", why)


def test_a_result_above_the_limit(calls: Callable[..., Any]) -> None:
    """A response above 6 MB and 100 bytes is an error, as Lambda words it."""
    assert calls("result", "too much").json() == {
        "errorMessage": "Response payload size (6291559 bytes) exceeded maximum allowed payload size (6291556 bytes).",
        "errorType": "Function.ResponseSizeTooLarge",
    }


# --- errors ---


def test_an_error_of_the_handler(calls: Callable[..., Any], host: Hosted) -> None:
    """An error has Lambda's shape, its stack begins with the handler, and it is printed; the worker goes on."""
    response = calls("fail", "so")
    error = response.json()
    assert (response.status, response.headers["x-amz-function-error"]) == (200, "Unhandled")
    assert list(error) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    assert (error["errorMessage"], error["errorType"]) == ("not so", "ValueError")
    assert error["requestId"] == response.headers["x-ifc-request-id"]
    file = FUNCTIONS / "python" / "answers.py"
    assert [re.sub(r"line \d+", "line N", frame) for frame in error["stackTrace"]] == [
        f'  File "{file}", line N, in fail\n    return check(event)\n',
        f'  File "{file}", line N, in check\n    raise ValueError(f"not {{event}}")\n',
    ]
    lines = host.lines(6)
    assert [line["text"] for line in lines[:2]] == ["[ERROR] ValueError: not so", "Traceback (most recent call last):"]
    assert {(line["stream"], line["request"]) for line in lines} == {("stderr", error["requestId"])}
    host.call("fail", "again")
    assert host.of("exit") == []


def test_an_error_with_odd_words(calls: Callable[..., Any]) -> None:
    """An error whose own words raise an error is still an answer, and so is one with half a character."""
    assert calls("odd").json()["errorType"] == "Odd"
    assert calls("fail", "\ud800").json()["errorMessage"] == "not \ud800"


BROKEN = {
    "broken.py": "def handler(:\n    pass\n",
    "needs.py": "import there_is_no_such_module\n",
    "raises.py": "table = {}['missing']\n",
    "leaves.py": "import sys\nsys.exit(7)\n",
    "fine.py": "handler = 5\nnothing = None\n",
    "endless.py": "while True: pass\n",
}


@pytest.mark.parametrize(
    ("handler", "kind", "message"),
    [
        ("absent.handler", "Runtime.ImportModuleError", "Unable to import module 'absent': No module named 'absent'"),
        ("needs.handler", "Runtime.ImportModuleError", "Unable to import module 'needs': No module named 'there_is_no_such_module'"),
        ("a/absent.handler", "Runtime.ImportModuleError", "Unable to import module 'a/absent': No module named 'a'"),
        ("fine.other", "Runtime.HandlerNotFound", "Handler 'other' missing on module 'fine'"),
        ("fine", "Runtime.MalformedHandlerName", "Bad handler 'fine': not enough values to unpack (expected 2, got 1)"),
        ("sys.exit", "Runtime.BuiltInModuleConflict", "Cannot use built-in module sys as a handler module"),
        ("broken.handler", "Runtime.UserCodeSyntaxError", "Syntax error in module 'broken': invalid syntax (broken.py, line 1)"),
        ("raises.handler", "KeyError", "'missing'"),
        ("fine.handler", "TypeError", "'int' object is not callable"),
        ("leaves.handler", "Runtime.ExitError", "RequestId: r-1 Error: Runtime exited with error: exit status 7"),
        ("endless.handler", "Sandbox.Timedout", "RequestId: r-1 Error: Task timed out after 0.10 seconds"),
    ],
)
def test_a_handler_that_cannot_be_loaded(host: Hosted, tmp_path: Path, handler: str, kind: str, message: str) -> None:
    """Each call hears why, in Lambda's words, and the next call tries again."""
    for name, text in BROKEN.items():
        (tmp_path / name).write_text(text)
    host.want(host.function("f", handler, tmp_path, **({"timeout": 0.1, "loading": 0.1} if "endless" in handler else {})))
    for _ in range(2):
        response = host.call("f", {}, x_ifc_request_id="r-1")
        assert (response.status, response.failed, response.headers["x-ifc-request-id"]) == (200, True, "r-1")
        assert (response.json()["errorType"], response.json()["errorMessage"]) == (kind, message)
    (tmp_path / f"{handler.split('.')[0]}.py".replace("a/", "")).write_text(
        "def handler(event, context): return 'repaired'\nother = handler\n"
    )
    if kind in ("Runtime.ImportModuleError", "Runtime.UserCodeSyntaxError", "KeyError", "Runtime.ExitError") and "/" not in handler:
        assert host.call("f", {}).json() == "repaired"


def test_where_a_module_is_not_found(host: Hosted, tmp_path: Path) -> None:
    """What is printed says more than Lambda's answer: the file and the line, and which Python looked for the module."""
    (tmp_path / "needs.py").write_text(BROKEN["needs.py"])
    host.want(host.function("f", "needs.handler", tmp_path))
    assert host.call("f", {}).json()["stackTrace"] == []
    assert [line["text"] for line in host.lines(5)] == [
        "[ERROR] Runtime.ImportModuleError: Unable to import module 'needs': No module named 'there_is_no_such_module'",
        "Traceback (most recent call last):",
        f'  File "{tmp_path / "needs.py"}", line 1, in <module>',
        "    import there_is_no_such_module",
        f"  imported by {sys.executable}",
    ]


def test_a_code_folder_that_is_not_there(host: Hosted, tmp_path: Path) -> None:
    """The call hears it."""
    host.want(host.function("f", "m.handler", tmp_path / "nowhere"))
    assert host.call("f", {}).json()["errorType"] == "FileNotFoundError"


@pytest.mark.parametrize(
    ("how", "why", "status"),
    [
        ("os._exit", "Runtime exited with error: exit status 3", 3),
        ("sys.exit", "Runtime exited with error: exit status 4", 4),
        ("sys.exit with a text", "Runtime exited with error: exit status 1", 1),
        ("sys.exit without", "Runtime exited without providing a reason", 0),
        ("a signal", "Runtime exited with error: signal: killed", -9),
        ("an interrupt", "Runtime exited with error: exit status 1", 1),
    ],
)
def test_a_process_that_ends(calls: Callable[..., Any], host: Hosted, how: str, why: str, status: int) -> None:
    """The caller hears of it, what was printed before comes, and the next call has a new process."""
    response = calls("end", how)
    id = response.headers["x-ifc-request-id"]
    assert response.json() == {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {id} Error: {why}"}
    assert response.failed
    host.wait(lambda: host.of("exit"))
    assert host.of("exit") == [{"event": "exit", "function": "end", "status": status}]
    assert {line["request"] for line in host.of("log")} == {id}
    assert {"before the end", f"{why} (Runtime.ExitError)"} <= {line["text"] for line in host.of("log")}
    assert host.call("end", "not").json() == "still here"


@pytest.mark.parametrize("handler", ["spin", "block"])
def test_a_timeout(calls: Callable[..., Any], host: Hosted, handler: str) -> None:
    """A handler is stopped at its timeout, in an endless loop and where no signal is heard; the next call works."""
    response = calls(handler, timeout=1)
    id = response.headers["x-ifc-request-id"]
    assert response.json() == {"errorType": "Sandbox.Timedout", "errorMessage": f"RequestId: {id} Error: Task timed out after 1.00 seconds"}
    assert response.failed
    assert float(response.headers["x-ifc-duration-ms"]) >= 1000
    assert host.lines(1)[-1]["request"] == id
    assert host.of("exit") == []
    host.want(host.function(handler, "answers.echo"))
    assert host.call(handler, 1).json() == 1


def test_answers_at_the_last_moment(host: Hosted) -> None:
    """A call that ends when its time does has one answer or the other, or is cut off within it; the host goes on."""
    host.want(host.function("f", "answers.pause", timeout=0.02))
    kinds = set()
    for number in range(30):
        raw = host.raw("f", request(18 + number % 3, connection="close"))
        answer = json.loads(raw.split(b"\r\n\r\n")[1]) if b"\r\n\r\n" in raw else "cut off"
        kinds.add(answer if isinstance(answer, str) else answer["errorType"])
    assert kinds <= {"in time", "Sandbox.Timedout", "cut off"}
    host.want(host.function("f", "answers.pause"))
    assert host.call("f", 0).json() == "in time"


# --- what is printed ---


def test_lines(calls: Callable[..., Any], host: Hosted) -> None:
    """Each line is an event with the id of its call: of print, of programs, of raw writes, and the last without an end."""
    id = calls("say").headers["x-ifc-request-id"]
    lines = host.lines(6)
    assert [line["text"] for line in lines if line["stream"] == "stdout"] == ["one", "two", "from a program", "日本"]
    assert [line["text"] for line in lines if line["stream"] == "stderr"] == ["to stderr", "\ufffd raw"]
    assert {line["request"] for line in lines} == {id}
    assert {line["function"] for line in lines} == {"say"}


def test_lines_belong_to_their_call(host: Hosted) -> None:
    """What calls print in the same worker is told apart."""
    host.want(host.function("say", "answers.say"))
    for number in range(20):
        host.call("say", {}, x_ifc_request_id=f"r-{number}")
    lines = host.lines(120)
    assert [line["request"] for line in lines if line["text"] == "日本"] == [f"r-{number}" for number in range(20)]
    for number in range(20):
        assert len([line for line in lines if line["request"] == f"r-{number}"]) == 6


def test_logging(calls: Callable[..., Any], host: Hosted) -> None:
    """The root logger writes as Lambda's does, and shows warnings until it is told otherwise."""
    id = calls("log", "this").headers["x-ifc-request-id"]
    texts = [line["text"] for line in host.lines(2)]
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert re.fullmatch(rf"\[WARNING\]\t{stamp}\t{id}\ta warning", texts[0])
    assert re.fullmatch(rf"\[INFO\]\t{stamp}\t{id}\tshown with this", texts[1])
    host.call("log", "that")
    assert "not shown" not in str(host.lines(4))


def test_a_flood_is_complete_while_nobody_reads() -> None:
    """A handler that prints more than main takes in waits, nothing is lost, and other functions are not held up."""
    with hosted(PYTHON) as host:
        host.want(host.function("flood", "answers.flood", timeout=60), host.function("echo", "answers.echo"))
        over: list[bool] = []
        with host._changed:  # the reader stops at its next event
            flood = background(lambda: [host.call("flood", 8000).json(), over.append(True)][0])
            for number in range(30):
                assert host.call("echo", number).json() == number
                time.sleep(0.01)
            assert not over
        assert flood() == 8000
        assert len(host.lines(8000)) == 8000


def test_a_line_without_an_end(host: Hosted, tmp_path: Path) -> None:
    """A very long line comes in pieces, of which nothing is lost."""
    (tmp_path / "m.py").write_text("import sys\ndef handler(event, context): sys.stdout.write('y' * 1_000_000)\n")
    host.want(host.function("f", "m.handler", tmp_path))
    host.call("f", {})
    host.wait(lambda: sum(len(line["text"]) for line in host.of("log")) == 1_000_000)
    assert 1 < len(host.of("log")) < 10


# --- sizes and odd requests ---


def test_large_events(calls: Callable[..., Any], host: Hosted) -> None:
    """300 KB and the largest event that Lambda takes pass; one byte more is 413, whether announced or in chunks."""
    assert calls("echo", "x" * 300_000).json() == "x" * 300_000
    assert host.call("echo", "x" * (LIMIT - 2)).status == 200
    refused = host.call("echo", "x" * (LIMIT - 1))
    assert (refused.status, refused.json()) == (
        413,
        {"errorMessage": "Request must be smaller than 6291456 bytes for the InvokeFunction operation"},
    )
    chunk = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
    head = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n"
    assert b" 413 " in host.raw("echo", head, *[chunk] * 6, b"1\r\nx\r\n0\r\n\r\n")


def test_chunks(calls: Callable[..., Any], host: Hosted) -> None:
    """A body may come in chunks, with extensions and a trailer, however it is cut."""
    calls("echo")
    whole = (
        b'POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n4;a=b\r\n{"a"\r\n3\r\n:1}\r\n0\r\nTrailer: x\r\n\r\n'
    )
    assert host.raw("echo", whole).endswith(b'\r\n\r\n{"a": 1}')
    with host.connect("echo") as connection:
        for byte in whole:
            connection.send(bytes([byte]))
        assert read(connection).json() == {"a": 1}


def test_a_connection_is_kept(calls: Callable[..., Any], host: Hosted) -> None:
    """HTTP/1.1 keeps a connection unless told otherwise, HTTP/1.0 when asked; a kept one holds no worker."""
    calls("echo", concurrency=1)
    with host.connect("echo") as kept, host.connect("echo") as other:
        for number in range(3):
            for connection in (kept, other):
                connection.sendall(request(number))
                response = read(connection)
                assert (response.json(), response.headers["connection"]) == (number, "keep-alive")
        kept.sendall(request(9, connection="close"))
        assert read(kept).headers["connection"] == "close"
        assert kept.recv(1) == b""
    with host.connect("echo") as old:
        old.sendall(b"POST / HTTP/1.0\r\nconnection: Keep-Alive\r\ncontent-length: 1\r\n\r\n1")
        assert read(old).json() == 1
        old.sendall(b"POST / HTTP/1.0\r\ncontent-length: 1\r\n\r\n2")
        assert until_end(old).endswith(b"\r\n\r\n2")


def test_a_client_may_wait_to_be_told_to_go_on(calls: Callable[..., Any], host: Hosted) -> None:
    """`Expect: 100-continue`, which curl sends with large bodies, is answered."""
    calls("echo")
    with host.connect("echo") as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"12")
        assert read(connection).json() == 12


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
        (b"{}\n", 400),
        (b"hello\r\n\r\n", 400),
        (b"POST / HTTP/2.0\r\n\r\n", 400),
        (b"POST /\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 405),
        (b"POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\n{,}", 400),
        (b"POST / HTTP/1.1\r\ncontent-length: 1\r\n\r\n\xff", 400),
        (b"POST / HTTP/1.1\r\ncontent-length: 400000\r\n\r\n" + b"[" * 400000, 400),
        (b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\ncontent-length: 1e3\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\ncontent-length: " + b"9" * 5000 + b"\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n1", 400),
        (b"POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n1", 400),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: gzip\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n", 400),
        (b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n" + b"0" * 70000, 400),
        (b"POST / HTTP/1.1\r\n folded: x\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nno colon\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nlarge: " + b"x" * 70000 + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nlarge: " + b"x" * 200000, 431),
    ],
    ids=lambda value: repr(value[:50]) if isinstance(value, bytes) else "",
)
def test_odd_requests_are_refused(calls: Callable[..., Any], host: Hosted, sent: bytes, status: int) -> None:
    """What is no call is answered with why, and the next call works in the same worker."""
    pid = calls("surroundings").json()["pid"]
    answer = host.raw("surroundings", sent, end=True)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert set(json.loads(answer.split(b"\r\n\r\n")[1])) == {"errorMessage"}
    assert host.call("surroundings", {}).json()["pid"] == pid


@pytest.mark.parametrize(
    "sent",
    [b"", b"POST", b"POST / HTTP/1.1\r\ncontent-length: 9\r\n\r\n{", b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\n12"],
)
def test_half_a_request(calls: Callable[..., Any], host: Hosted, sent: bytes) -> None:
    """A client that goes in the middle is forgotten, whether it says goodbye or not."""
    calls("echo", concurrency=1)
    assert host.raw("echo", sent, end=True) == b""
    host.connect("echo").close()
    with host.connect("echo") as connection:
        connection.sendall(sent or b"P")
    assert host.call("echo", 5).json() == 5


def test_a_client_that_only_connects_holds_nothing(calls: Callable[..., Any], host: Hosted) -> None:
    """Connections without a word don't take a worker."""
    calls("echo", concurrency=1)
    silent = [host.connect("echo") for _ in range(20)]
    assert host.call("echo", 1).json() == 1
    for connection in silent:
        connection.close()
    assert host.call("echo", 2).json() == 2


def test_more_clients_than_descriptors() -> None:
    """When the process can't open anything more, clients wait until others have gone."""
    with hosted(("bash", "-c", 'ulimit -n 40; exec "$@"', "-", *PYTHON)) as host:
        host.want(host.function("f", "answers.echo"))
        silent = [host.connect("f") for _ in range(60)]
        with host.connect("f") as last:
            last.sendall(request(5))
            for connection in silent:
                connection.close()
            assert read(last).json() == 5


def test_a_client_that_does_not_wait(calls: Callable[..., Any], host: Hosted) -> None:
    """A client that goes before its answer harms nobody."""
    calls("echo", concurrency=1)
    for _ in range(5):
        with host.connect("echo") as connection:
            connection.sendall(request("x" * 1_000_000))
    assert host.call("echo", 1).json() == 1
    assert host.of("exit") == []


@pytest.mark.parametrize("id", ["", "x" * 129, "a\x01b", "é"], ids=repr)
def test_an_id_that_cannot_be_one(calls: Callable[..., Any], host: Hosted, id: str) -> None:
    """An id that can't stand in a header or a line is replaced."""
    calls("echo")
    assert UUID.fullmatch(host.call("echo", 1, x_ifc_request_id=id).headers["x-ifc-request-id"])


# --- several calls at once ---


def test_calls_run_at_once_up_to_the_concurrency(host: Hosted, tmp_path: Path) -> None:
    """Two calls at once run in two workers, and a third waits until one of them has ended."""
    host.want(host.function("wait", "answers.wait", concurrency=2))
    running = [background(lambda n=n: host.call("wait", {"folder": str(tmp_path), "name": n}).json()) for n in "ab"]
    first = notes(tmp_path, 2)
    assert len({line.split()[2] for line in first}) == 2
    third = background(lambda: host.call("wait", {"folder": str(tmp_path), "name": "c"}).json())
    time.sleep(0.2)  # it would have begun by now; if not, the test passes without a reason, never the other way round
    (tmp_path / "go").touch()
    assert [result() for result in running] == ["a", "b"]
    assert third() == "c"
    lines = notes(tmp_path, 6)
    assert [line.split()[0] for line in lines[:3]] == ["begin", "begin", "end"]
    assert len({line.split()[2] for line in lines}) == 2


def test_a_function_that_is_reserved_to_none(calls: Callable[..., Any], host: Hosted) -> None:
    """With a concurrency of 0 every call is refused, as Lambda throttles it."""
    for _ in range(2):
        response = calls("echo", 1, concurrency=0)
        assert (response.status, response.json()) == (429, {"errorMessage": "Rate Exceeded."})
    assert calls("echo", 1, concurrency=1).json() == 1


def test_a_function_that_calls_itself(host: Hosted, tmp_path: Path) -> None:
    """A call within a call has a worker of its own."""
    text = """
import json, socket
def handler(event, context):
    if not event["depth"]:
        return [0]
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(event["socket"])
    body = json.dumps({**event, "depth": event["depth"] - 1}).encode()
    connection.sendall(b"POST / HTTP/1.0\\r\\ncontent-length: %d\\r\\n\\r\\n" % len(body) + body)
    answer = connection.makefile("rb").read()
    return [event["depth"], *json.loads(answer.split(b"\\r\\n\\r\\n")[1])]
"""
    (tmp_path / "m.py").write_text(text)
    host.want(host.function("f", "m.handler", tmp_path))
    assert host.call("f", {"depth": 3, "socket": str(host.socket("f"))}).json() == [3, 2, 1, 0]


def test_many_calls_at_once(host: Hosted) -> None:
    """A hundred clients at once are all answered, each with its own event."""
    host.want(host.function("echo", "answers.echo", concurrency=3))
    results = [background(lambda n=n: [host.call("echo", [n, m]).json() for m in range(5)]) for n in range(100)]
    assert [result() for result in results] == [[[n, m] for m in range(5)] for n in range(100)]


def test_what_a_handler_leaves_running(calls: Callable[..., Any], host: Hosted) -> None:
    """Threads and processes that outlive their call disturb nothing, and end with the worker."""
    left = calls("leave_running").json()
    left += host.call("leave_running", {}).json()
    assert all(alive(process) for process in left)
    host.want()
    until = time.monotonic() + PATIENCE
    while any(alive(process) for process in left) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any(alive(process) for process in left)


def test_a_handler_that_breaks_what_is_around_it(calls: Callable[..., Any], host: Hosted) -> None:
    """A closed output and a time limit for all sockets don't reach the worker's own."""
    assert [calls("break_streams").json(), host.call("break_streams", {}).json()] == ["done", "done"]
    assert host.of("exit") == []


# --- new code ---


def test_new_code_is_run_from_the_next_call_on(host: Hosted, tmp_path: Path) -> None:
    """A call that runs ends in the old code; those after it, and one that waited, run the new; none is lost."""
    code = tmp_path / "code"
    code.mkdir()
    file, text = code / "m.py", (FUNCTIONS / "python" / "answers.py").read_text()
    file.write_text(text.replace('return event["name"]', 'return event["name"] + " in the old"'))
    host.want(host.function("f", "m.wait", code, concurrency=1))
    event = {"folder": str(tmp_path), "name": "call"}
    running = background(lambda: host.call("f", event).json())
    notes(tmp_path, 1)
    file.write_text(text.replace('return event["name"]', 'return event["name"] + " in the new"'))
    host.want(host.function("f", "m.wait", code, concurrency=1, version="2"))
    second = background(lambda: host.call("f", event).json())
    notes(tmp_path, 2)  # the second runs beside the first
    (tmp_path / "go").touch()
    assert (running(), second()) == ("call in the old", "call in the new")
    assert host.of("exit") == []


def test_code_that_changes_all_the_time(host: Hosted, tmp_path: Path) -> None:
    """Calls through one kept connection and through new ones go on while the code is replaced again and again."""
    (tmp_path / "m.py").write_text("def handler(event, context): return 0\n")
    host.want(host.function("f", "m.handler", tmp_path, concurrency=1))
    over = threading.Event()
    answers: list[int] = []

    def keep_calling() -> None:
        with host.connect("f") as kept:
            while not over.is_set():
                kept.sendall(request({}))
                answers.append(read(kept).json())
                answers.append(host.call("f", {}).json())

    done = background(keep_calling)
    for version in range(1, 11):
        (tmp_path / "m.py").write_text(f"def handler(event, context): return {version}\n")
        host.want(host.function("f", "m.handler", tmp_path, version=str(version), concurrency=1))
        assert host.call("f", {}).json() == version
    over.set()
    done()
    assert set(answers) <= set(range(11))
    assert answers == sorted(answers)


def test_a_function_that_goes_finishes_its_calls(host: Hosted, tmp_path: Path) -> None:
    """A call that runs when its function goes is answered; the socket is gone at once; another function is not touched."""
    host.want(host.function("wait", "answers.wait"), host.function("other", "answers.surroundings"))
    pid = host.call("other", {}).json()["pid"]
    running = background(lambda: host.call("wait", {"folder": str(tmp_path), "name": "a"}).json())
    notes(tmp_path, 1)
    host.want(host.function("other", "answers.surroundings"))
    assert not host.socket("wait").exists()
    (tmp_path / "go").touch()
    assert running() == "a"
    assert host.call("other", {}).json()["pid"] == pid


def test_main_may_end_it_after_its_calls(host: Hosted, tmp_path: Path) -> None:
    """Told to end, it answers the calls that run, and then ends."""
    host.want(host.function("wait", "answers.wait"))
    running = background(lambda: host.call("wait", {"folder": str(tmp_path), "name": "a"}).json())
    notes(tmp_path, 1)
    host.say({"op": "end"})
    (tmp_path / "go").touch()
    assert running() == "a"
    assert host.process.wait(PATIENCE) == 0


# --- the host itself ---


def test_a_killed_worker_is_replaced(host: Hosted) -> None:
    """After kill -9 of an idle worker the next call works, and main hears of it."""
    host.want(host.function("f", "answers.surroundings"))
    before = host.call("f", {}).json()["pid"]
    os.kill(before, signal.SIGKILL)
    assert host.call("f", {}).json()["pid"] != before
    host.wait(lambda: host.of("exit"))
    assert host.of("exit") == [{"event": "exit", "function": "f", "status": -9}]


def test_a_call_that_a_killed_worker_had_not_begun_with(host: Hosted) -> None:
    """It is not lost: another worker takes it."""
    host.want(host.function("f", "answers.surroundings", concurrency=1))
    before = host.call("f", {}).json()["pid"]
    time.sleep(0.2)  # the host knows that it is idle
    os.kill(before, signal.SIGSTOP)
    given = background(lambda: host.call("f", {}).json()["pid"])
    time.sleep(0.2)  # it has been given to the worker
    os.kill(before, signal.SIGKILL)
    assert given() != before


def test_workers_that_are_killed_while_called(host: Hosted) -> None:
    """Whenever a worker is killed, its call is answered: with its result, or with Runtime.ExitError."""
    host.want(host.function("f", "answers.surroundings", concurrency=1))
    over = threading.Event()

    def kill() -> None:
        while not over.is_set():
            for child in host.children():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            time.sleep(0.003)

    killing = background(kill)
    kinds = set()
    for _ in range(80):
        answer = host.raw("f", request({}, connection="close"))
        # Killed within its answer, a worker leaves a part of it, or none.
        if b"\r\n\r\n" in answer:
            kinds.add(json.loads(answer.split(b"\r\n\r\n")[1]).get("errorType"))
    over.set()
    killing()
    assert kinds <= {None, "Runtime.ExitError"}
    assert host.call("f", {}).json()["parent"] == host.process.pid


@pytest.mark.parametrize("how", ["kill -9", "main hangs up", "SIGTERM"])
def test_nothing_outlives_the_host(how: str) -> None:
    """However the host ends, its workers end, one in an endless loop too."""
    with hosted(PYTHON) as host:
        host.want(host.function("spin", "answers.spin", timeout=60), host.function("f", "answers.surroundings"))
        idle = host.call("f", {}).json()["pid"]
        with host.connect("spin") as connection:
            connection.sendall(request({}))
            host.lines(1, "spin")
            workers = host.children()
            assert idle in workers
            assert len(workers) == 2
            if how == "main hangs up":
                host.commands.close()
            else:
                host.process.send_signal(signal.SIGKILL if how == "kill -9" else signal.SIGTERM)
            assert host.process.wait(PATIENCE) == (-9 if how == "kill -9" else 0)
            until = time.monotonic() + PATIENCE
            while any(alive(worker) for worker in workers) and time.monotonic() < until:
                time.sleep(0.005)
            assert not any(alive(worker) for worker in workers)
        assert host.socket("f").exists() == (how == "kill -9")


def test_commands_that_are_none(host: Hosted) -> None:
    """A command that can't be obeyed is answered with why; those after it are obeyed."""
    for wrong in (b"nonsense\n", b'{"op":"dance"}\n', b"[]\n", b'{"op":"functions","functions":[{}]}\n', b"\n"):
        host.say(wrong)
    host.want(host.function("f", "answers.echo"))
    assert len(host.of("failed")) == 4
    assert host.call("f", 1).json() == 1


def test_a_socket_that_cannot_be_made(host: Hosted) -> None:
    """A path that is too long for a socket is said, and nothing else is harmed."""
    host.say({"op": "functions", "functions": [host.function("f", "answers.echo", socket="/tmp/" + "x" * 200)]})
    host.wait(lambda: host.of("failed"))
    assert "path too long" in host.of("failed")[0]["text"]


def test_a_socket_left_by_a_run_before(host: Hosted) -> None:
    """A socket of a run that was killed is replaced."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(host.socket("f")))
    host.want(host.function("f", "answers.echo"))
    assert host.call("f", 1).json() == 1


# --- the SDK ---


def test_clients_are_made_for_this_machine_alone(tmp_path: Path) -> None:
    """Clients have the function's region and endpoint, although the SDK was imported before; profiles of the user aren't there."""
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[profile prod]\nregion = us-west-2\n")
    mains = {"HOME": str(tmp_path), "AWS_REGION": "sa-east-1", "AWS_DEFAULT_REGION": "sa-east-1"}
    with hosted(PYTHON, mains) as host:
        given = {"AWS_DEFAULT_REGION": "eu-west-1", "AWS_REGION": "eu-west-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
        given |= {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}
        host.want(host.function("f", "uses.clients", FUNCTIONS / "sdk", environment=given))
        assert host.call("f", {}).json() == {"region": "eu-west-1", "url": "http://127.0.0.1:9", "profiles": []}


def test_code_may_bring_its_own_sdk(host: Hosted, tmp_path: Path) -> None:
    """A package in the code folder wins over the one that the host has imported, as on Lambda."""
    (tmp_path / "m.py").write_text("import boto3\ndef handler(event, context): return boto3.__file__\n")
    host.want(host.function("f", "m.handler", tmp_path))
    assert "site-packages" in host.call("f", {}).json()
    (tmp_path / "boto3.py").touch()
    host.want(host.function("f", "m.handler", tmp_path, version="2"))
    assert host.call("f", {}).json() == str(tmp_path / "boto3.py")


def test_the_names_of_modules_are_the_codes(host: Hosted, tmp_path: Path) -> None:
    """Code may have modules of the names that the host's own have."""
    own = Path(PYTHON[1], "ifc_host")
    names = sorted(file.stem for file in own.glob("[a-z]*.py"))
    assert "loop" in names
    (tmp_path / "ifc_host.py").write_text("def handler(event, context): return __file__, [__import__(name).__file__ for name in event]\n")
    for name in names:
        (tmp_path / f"{name}.py").touch()
    host.want(host.function("f", "ifc_host.handler", tmp_path))
    assert host.call("f", names).json() == [str(tmp_path / "ifc_host.py"), [str(tmp_path / f"{name}.py") for name in names]]


def test_the_host_is_for_python_3_8() -> None:
    """The host's texts have no syntax that Python 3.8 doesn't know, and import nothing but the standard library."""
    files = list(Path(PYTHON[1]).rglob("*.py"))
    assert files
    for file in files:
        tree = ast.parse(file.read_text(), feature_version=(3, 8))
        imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
        imported |= {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and not n.level}
        assert {name.split(".")[0] for name in imported} <= {*sys.stdlib_module_names, "ifc_host"}, file
