"""The pool: the hosts that an app's functions need, calls to them, and what becomes of both when something ends."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import re
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from ifc.local.broker import Answer, Asked
from ifc.local.children import Failed
from ifc.local.pool import Pool
from ifc.local.runner import Runner
from tests.agreed import ROOT
from tests.local.hosted import FUNCTIONS, PATIENCE, alive
from tests.local.test_python_host import notes

needs_node = pytest.mark.skipif(not shutil.which("node") and not os.environ.get("CI"), reason="there is no `node`")


@pytest.fixture
def run() -> Iterator[Path]:
    """A folder for the sockets; pytest's are too long for them."""
    with tempfile.TemporaryDirectory(prefix="ifc-", dir="/tmp") as folder:
        yield Path(folder)


@contextlib.asynccontextmanager
async def pool(run: Path, **settings: Any) -> AsyncIterator[Pool]:
    """A pool that is stopped at the end."""
    started = await Pool.start(run, FUNCTIONS, **settings)
    try:
        yield started
    finally:
        await started.stop(0)


def soon(work: Coroutine[Any, Any, None]) -> None:
    """Runs a test, which must not wait for ever."""
    asyncio.run(asyncio.wait_for(work, PATIENCE))


def function(handler: str, code: str = "python", **settings: Any) -> dict[str, Any]:
    """A function as config/ifc.json has it."""
    described = {
        "name": "app-dev-f",
        "arn": "arn:aws:lambda:us-east-1:000000000000:function:app-dev-f",
        "language": "python" if code == "python" else "node",
        "runtime": "python3.13" if code == "python" else "nodejs22.x",
        "handler": handler,
        "code": code,
        "timeout": 10,
        "memory": 256,
        "environment": {},
        "reserved": None,
    }
    return {**described, **settings}


def value(answer: Answer) -> Any:
    """What a call that went well returned."""
    assert (answer.status, answer.error) == (200, None), answer.payload
    return json.loads(answer.payload)


async def until(true: Callable[[], object]) -> None:
    """Returns when something is true."""
    while not true():
        await asyncio.sleep(0.002)


# --- calls ---


@needs_node
def test_functions_of_both_languages(run: Path) -> None:
    """A call takes bytes and returns bytes; the id and the trace reach the handler; Lua is nginx's."""

    async def work() -> None:
        async with pool(run) as started:
            lua = function("x.lua", "lua", language="lua")
            both = {"p": function("answers.describe", environment={"A": "b"}), "n": function("answers.describe", "node")}
            await started.apply({**both, "l": lua})
            assert value(await started.call("p", b"{}", "id-1\r\nx: y", "Root=1"))["aws_request_id"] == "id-1 x: y"
            assert value(await started.call("n", b"{}", "id-2"))["awsRequestId"] == "id-2"
            client = base64.b64encode('{"custom": {"ä": 1}, "client": {"app_title": "shop"}}'.encode()).decode()
            assert value(await started.call("n", b"{}", client=client))["clientContext"] == {
                "custom": {"ä": 1},
                "client": {"app_title": "shop"},
            }
            with pytest.raises(Failed, match="`l` is not running"):
                await started.call("l", b"{}")
            await started.apply({"p": function("answers.surroundings", environment={"A": "b"})})
            environment = value(await started.call("p", b"{}", trace="Root=1"))["environment"]
            assert (environment["A"], environment["_X_AMZN_TRACE_ID"]) == ("b", "Root=1")

    soon(work())


def test_events_of_lambda(run: Path) -> None:
    """Handlers of the examples run as they are."""

    async def work() -> None:
        async with pool(run) as started:
            greet = function("src/hello.greet", code=str(ROOT / "examples" / "hello"), language="python")
            ship = function("src/ship.handler", code=str(ROOT / "examples" / "orders"), language="python")
            await started.apply({"greet": greet, "ship": ship})
            answer = value(await started.call("greet", b'{"pathParameters": {"name": "you"}}'))
            assert (answer["statusCode"], answer["body"]) == (200, '{"message": "Hello, you!"}')
            order = {"id": "1", "customer": "c", "address": "a", "items": [{"quantity": 2}]}
            records = [{"messageId": "good", "body": json.dumps(order)}, {"messageId": "bad", "body": "{"}]
            answer = value(await started.call("ship", json.dumps({"Records": records}).encode()))
            assert answer == {"batchItemFailures": [{"itemIdentifier": "bad"}]}

    soon(work())


def test_answers_that_are_errors(run: Path) -> None:
    """An error of the function is told from one of the request, and from one that is too large."""

    async def work() -> None:
        async with pool(run) as started:
            await started.apply({"fail": function("answers.fail"), "none": function("answers.echo", reserved=0)})
            answer = await started.call("fail", b'"so"')
            assert (answer.status, answer.error, json.loads(answer.payload)["errorType"]) == (200, "Unhandled", "ValueError")
            assert [(await started.call("fail", payload)).status for payload in (b"{", b" " * 7_000_000)] == [400, 413]
            assert (await started.call("none", b"{}")).status == 429
            assert json.loads((await started.call("fail", b'"again"')).payload)["errorMessage"] == "not again"

    soon(work())


@needs_node
def test_large_answers_through_one_connection(run: Path) -> None:
    """Payloads of any size Lambda takes come whole, one after the other."""

    async def work() -> None:
        async with pool(run) as started:
            await started.apply({"p": function("answers.echo"), "n": function("answers.echo", "node")})
            for size in (0, 300_000, 6_000_000, 1):
                for name in "pn":
                    assert value(await started.call(name, json.dumps("x" * size).encode())) == "x" * size

    soon(work())


def test_a_connection_that_is_dropped(run: Path) -> None:
    """Without an answer, or with half of one, a call is Runtime.ExitError."""

    async def work() -> None:
        async with pool(run) as started:
            for sent in (b"", b"HTTP/1.1 200 OK\r\ncont", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n123"):

                async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sent: bytes = sent) -> None:
                    await reader.readline()
                    writer.write(sent)
                    writer.close()

                async with await asyncio.start_unix_server(drop, started.socket("f")):
                    answer = await started.call("f", b"{}")
                    assert (answer.error, json.loads(answer.payload)["errorType"]) == ("Unhandled", "Runtime.ExitError")

    soon(work())


def test_a_call_that_is_given_up(run: Path, tmp_path: Path) -> None:
    """A call may be cancelled; the next one doesn't get its answer."""

    async def work() -> None:
        async with pool(run) as started:
            await started.apply({"f": function("answers.wait", reserved=1)})
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(started.call("f", json.dumps({"folder": str(tmp_path), "name": "a"}).encode()), 0.05)
            (tmp_path / "go").touch()
            for name in "bcd":
                assert value(await started.call("f", json.dumps({"folder": str(tmp_path), "name": name}).encode())) == name

    soon(work())


@needs_node
def test_what_is_printed(run: Path) -> None:
    """Lines come with their function and call; what a program writes past the host is the function's that is the only one."""
    lines: list[tuple[str, str, str, str | None]] = []

    async def work() -> None:
        async with pool(run, on_log=lambda *line: lines.append(line)) as started:
            await started.apply({"p": function("answers.say"), "n": function("answers.inherit", "node")})
            await started.call("p", b"{}", "id-1")
            await started.call("n", b"{}", "id-2")
            await until(lambda: len(lines) >= 7)
            assert ("p", "stdout", "one", "id-1") in lines
            assert ("n", "stdout", "from a program", None) in lines

    soon(work())


@needs_node
@pytest.mark.parametrize("code", ["python", "node"])
def test_the_log_of_a_call(run: Path, code: str) -> None:
    """Who asks for it has all that the call printed when the answer is there, and nothing of others."""
    heard: list[str] = []

    async def work() -> None:
        async with pool(run, on_log=lambda function, stream, text, request: (heard.append(text), runner.printed(text, request))) as started:
            runner = Runner(started, "")
            runner.description = {"functions": {"say": function("answers.say", code)}}
            await started.apply(runner.description["functions"])
            for number in range(3):
                heard.clear()
                answer = await runner.call("say", b"{}", f"id-{number}", Asked(tail=True))
                first, *lines, end, report = answer.log.splitlines()
                assert (first, end) == (f"START RequestId: id-{number} Version: $LATEST", f"END RequestId: id-{number}")
                assert re.fullmatch(
                    rf"REPORT RequestId: id-{number}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB", report
                )
                assert lines == heard != []
            assert (await runner.call("say", b"{}", "id-9")).log == ""

    soon(work())


@needs_node
@pytest.mark.parametrize("code", ["python", "node"])
async def test_what_is_printed_is_told_before_the_answer(run: Path, code: str) -> None:
    """When a call is answered all that it has printed is told, also where many calls of several functions run at the same time."""
    heard: list[str | None] = []
    async with pool(run, on_log=lambda function, stream, text, request: heard.append(request)) as started:
        runner = Runner(started, "")
        runner.description = {"functions": {name: function("answers.say", code) for name in ("say", "tell")}}
        await started.apply(runner.description["functions"])

        async def call(number: int) -> int:
            await runner.call(("say", "tell")[number % 2], b"{}", f"id-{number}")
            return heard.count(f"id-{number}")

        told = [await call(number) for number in range(4)]
        told += await asyncio.gather(*map(call, range(10, 30)))
        assert told[0] > 1
        assert set(told) == {told[0]}


async def test_a_trace_begins_with_a_call(run: Path) -> None:
    """Each call has a trace of its own, in Lambda's form."""
    async with pool(run) as started:
        runner = Runner(started, "")
        runner.description = {"functions": {"f": function("answers.surroundings")}}
        await started.apply(runner.description["functions"])
        found = [value(await runner.call("f", b"{}", "id"))["environment"]["_X_AMZN_TRACE_ID"] for _ in range(2)]
        assert all(re.fullmatch(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0", each) for each in found)
        assert found[0] != found[1]


# --- what is wanted ---


def test_only_what_differs_is_replaced(run: Path) -> None:
    """The same functions again leave their workers alone; another environment or version doesn't."""

    async def work() -> None:
        async with pool(run) as started:

            async def pid(**settings: Any) -> int:
                await started.apply({"f": function("answers.surroundings", **settings)})
                found: int = value(await started.call("f", b"{}"))["pid"]
                return found

            first = await pid()
            assert await pid() == first
            assert await pid(version="2") != first
            second = await pid(environment={"A": "b"})
            assert await pid(environment={"A": "b"}) == second != first

    soon(work())


@needs_node
def test_no_call_is_lost_while_functions_change(run: Path, tmp_path: Path) -> None:
    """Calls go on while the code changes, other functions come and go, and the function moves to another language and back."""

    async def work() -> None:
        async with pool(run) as started:
            (tmp_path / "m.py").write_text("def handler(event, context): return event\n")
            (tmp_path / "m.js").write_text("exports.handler = async (event) => event\n")
            await started.apply({"f": function("m.handler", str(tmp_path), language="python")})
            over = False

            async def keep_calling(who: int) -> int:
                count = 0
                while not over:
                    assert value(await started.call("f", b"[%d, %d]" % (who, count))) == [who, count]
                    count += 1
                return count

            callers = [asyncio.ensure_future(keep_calling(who)) for who in range(4)]
            for number in range(6):
                language = "python" if number % 2 else "node"
                changed = function("m.handler", str(tmp_path), language=language, version=str(number))
                await started.apply({f"g{number}": function("answers.echo"), "f": changed})
                await started.call("f", b"{}")
                assert value(await started.call(f"g{number}", b"1")) == 1
            over = True
            assert min(await asyncio.gather(*callers)) > 0

    soon(work())


@needs_node
def test_each_code_folder_of_node_is_a_working_directory(run: Path, tmp_path: Path) -> None:
    """Relative paths of Node.js functions lead into their own code; functions with the same code share a process."""
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "name.txt").write_text(name)
        text = "exports.handler = async () => [require('fs').readFileSync('name.txt', 'utf8'), process.pid]\n"
        (tmp_path / name / "m.js").write_text(text)

    async def work() -> None:
        async with pool(run) as started:
            await started.apply({n: function("m.handler", str(tmp_path / n[0])) for n in ("a1", "a2", "b")})
            found = {name: value(await started.call(name, b"{}")) for name in ("a1", "a2", "b")}
            assert [found[name][0] for name in ("a1", "a2", "b")] == ["a", "a", "b"]
            assert found["a1"][1] == found["a2"][1] != found["b"][1]
            await started.apply({"b": function("m.handler", str(tmp_path / "b"))})
            await until(lambda: not alive(found["a1"][1]))
            assert value(await started.call("b", b"{}")) == found["b"]

    soon(work())


def test_the_concurrency(run: Path, tmp_path: Path) -> None:
    """`reserved` below ten is the number of calls at once."""

    async def work() -> None:
        async with pool(run) as started:
            await started.apply({"wait": function("answers.wait", reserved=2)})
            calls = [started.call("wait", json.dumps({"folder": str(tmp_path), "name": name}).encode()) for name in "abc"]
            answers = asyncio.gather(*calls)
            await asyncio.to_thread(notes, tmp_path, 2)
            await asyncio.sleep(0.2)
            (tmp_path / "go").touch()
            assert [value(answer) for answer in await answers] == ["a", "b", "c"]
            assert [line.split()[0] for line in notes(tmp_path, 6)[:3]] == ["begin", "begin", "end"]

    soon(work())


# --- what goes wrong ---


@needs_node
@pytest.mark.parametrize(
    ("script", "message"),
    [
        (None, "`f` needs {name}, and there is no `{program}`"),
        ("", "`f` needs {name}, and `{program}` can't be started: Permission denied"),
        ("#!/bin/sh\necho something else >&2\necho it is broken >&2\nexit 1\n", "`{program}` can't run functions: it is broken"),
        ("#!/bin/sh\nexit 3\n", "`{program}` can't run functions: exit status 3"),
    ],
)
@pytest.mark.parametrize(("code", "name"), [("python", "Python"), ("node", "Node.js")])
def test_a_program_that_cannot_be_run(run: Path, tmp_path: Path, code: str, name: str, script: str | None, message: str) -> None:
    """Without Python or Node.js, or with one that can't do it, a sentence says so, and another what to do; then it works."""
    program = tmp_path / "program"
    if script is not None:
        program.write_text(script)
        program.chmod(0o755 if script else 0o644)

    async def work() -> None:
        async with pool(run, python=str(program), node=str(program)) as started:
            with pytest.raises(Failed) as caught:
                await started.apply({"f": function("answers.echo", code)})
            assert caught.value.message == message.format(name=name, program=program)
            assert caught.value.help
            assert not started.died.done()
            program.write_text(f'#!/bin/sh\nexec {sys.executable if code == "python" else "node"} "$@"\n')
            program.chmod(0o755)
            await started.apply({"f": function("answers.echo", code)})
            assert value(await started.call("f", b"1")) == 1

    soon(work())


def test_a_name_that_is_too_long_for_a_socket(run: Path) -> None:
    """It is said, and the functions from before stay."""

    async def work() -> None:
        async with pool(run) as started:
            await started.apply({"f": function("answers.echo")})
            with pytest.raises(Failed, match="AF_UNIX path too long"):
                await started.apply({"f": function("answers.echo"), "x" * 120: function("answers.echo")})
            assert value(await started.call("f", b"1")) == 1
            await started.apply({"f": function("answers.echo"), "g": function("answers.echo")})
            assert value(await started.call("g", b"1")) == 1

    soon(work())


@needs_node
@pytest.mark.parametrize("code", ["python", "node"])
def test_a_host_that_dies(run: Path, code: str) -> None:
    """When a host is killed its calls are answered, no worker is left, and the next call, at once, runs in another host."""
    said: list[str] = []
    lines: list[tuple[str, str, str, str | None]] = []

    async def work() -> None:
        async with pool(run, on_end=said.append, on_log=lambda *line: lines.append(line)) as started:
            await started.apply({"spin": function("answers.spin", code), "f": function("answers.surroundings", code)})
            found = value(await started.call("f", b"{}"))
            spinning = asyncio.ensure_future(started.call("spin", b"{}", "id-1"))
            await until(lambda: lines)
            (host,) = started._hosts.values()
            os.kill(host.pid, signal.SIGKILL)
            assert value(await started.call("f", b"{}"))["hour"] == 0
            name = {"python": "Python", "node": "Node.js"}[code]
            assert said == [f"the process that runs {name} functions has ended (signal: killed); it is started again"]
            answer = await spinning
            text = "Runtime exited with error: signal: killed"
            assert (answer.error, json.loads(answer.payload)) == (
                "Unhandled",
                {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: id-1 Error: {text}"},
            )
            assert ("spin", "stderr", f"{text} (Runtime.ExitError)", "id-1") in lines
            assert not started.died.done()
            if code == "python":
                await until(lambda: not alive(found["pid"]))

    soon(work())


@needs_node
def test_a_host_that_dies_again_and_again(run: Path) -> None:
    """It is started later and later; the calls of the other functions wait for it, and so does what is wanted meanwhile."""
    said: list[str] = []

    async def work() -> None:
        async with pool(run, on_end=said.append) as started:
            functions = {"crash": function("answers.crash", "node"), "f": function("answers.echo", "node")}
            await started.apply(functions)
            for _ in range(3):
                answer = await started.call("crash", b"{}")
                assert json.loads(answer.payload)["errorType"] == "Runtime.ExitError"
                assert value(await started.call("f", b"1")) == 1
            why = "the process that runs Node.js functions has ended (signal: killed); it is started again"
            assert said == [why, f"{why} in 0.5 s", f"{why} in 1 s"]
            await started.call("crash", b"{}")
            await started.apply({"g": function("answers.echo", "node")})
            assert value(await started.call("g", b"2")) == 2
            (host,) = started._hosts.values()
            assert host.functions.keys() == {"g"}
            with pytest.raises(Failed, match="`f` is not running"):
                await started.call("f", b"{}")

    soon(work())


def test_functions_that_go_while_their_host_is_away(run: Path) -> None:
    """Nothing is started for functions that nobody wants any more."""

    async def work() -> None:
        async with pool(run) as started:
            await started.apply({"f": function("answers.echo")})
            (host,) = started._hosts.values()
            os.kill(host.pid, signal.SIGKILL)
            await until(lambda: host.has_ended)
            await started.apply({})
            await asyncio.gather(*started._reviving)
            assert started._hosts == {}
            with pytest.raises(Failed, match="`f` is not running"):
                await started.call("f", b"{}")

    soon(work())


def test_a_host_that_cannot_be_started_again(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`died` says why, and calls are refused with that reason."""
    monkeypatch.setattr("ifc.local.pool.LONGEST_PAUSE", 0.01)
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    program.chmod(0o755)

    async def work() -> None:
        async with pool(run, python=str(program)) as started:
            await started.apply({"f": function("answers.echo")})
            (host,) = started._hosts.values()
            program.write_text("#!/bin/sh\necho it is broken\nexit 1\n")
            os.kill(host.pid, signal.SIGKILL)
            failed = await started.died
            assert failed.message == f"`{program}` can't run functions: it is broken"
            with pytest.raises(Failed) as caught:
                await started.call("f", b"{}")
            assert caught.value is failed

    soon(work())


def test_a_worker_that_dies_is_told(run: Path) -> None:
    """`on_exit` hears of it, and the next call works."""
    ends: list[tuple[str, int]] = []

    async def work() -> None:
        async with pool(run, on_exit=lambda *end: ends.append(end)) as started:
            await started.apply({"end": function("answers.end")})
            answer = await started.call("end", b'"os._exit"')
            assert json.loads(answer.payload)["errorType"] == "Runtime.ExitError"
            await until(lambda: ends)
            assert ends == [("end", 3)]
            assert value(await started.call("end", b'"not"')) == "still here"
            assert not started.died.done()

    soon(work())


# --- the end ---


@needs_node
@pytest.mark.parametrize("code", ["python", "node"])
def test_stopping_lets_calls_finish(run: Path, tmp_path: Path, code: str) -> None:
    """A call that ends in time is answered; then the processes are gone, and nothing is reported as dead."""

    async def work() -> None:
        async with pool(run) as started:
            await started.apply({"wait": function("answers.wait", code)})
            (host,) = started._hosts.values()
            call = asyncio.ensure_future(started.call("wait", json.dumps({"folder": str(tmp_path), "name": "a"}).encode()))
            await asyncio.to_thread(notes, tmp_path, 1)
            stopping = asyncio.ensure_future(started.stop(PATIENCE))
            await asyncio.sleep(0)
            (tmp_path / "go").touch()
            assert value(await call) == "a"
            await stopping
            assert not alive(host.pid)
            assert not started.died.done()
            await started.stop()

    soon(work())


@needs_node
@pytest.mark.parametrize("code", ["python", "node"])
def test_stopping_does_not_wait_for_ever(run: Path, code: str) -> None:
    """A call that doesn't end in time is cut off."""

    async def work() -> None:
        async with pool(run) as started:
            await started.apply({"spin": function("answers.spin", code)})
            (host,) = started._hosts.values()
            call = asyncio.ensure_future(started.call("spin", b"{}"))
            await asyncio.sleep(0.05)
            await started.stop(0.05)
            assert not alive(host.pid)
            assert (await call).error == "Unhandled"

    soon(work())
