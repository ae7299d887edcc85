"""Asynchronous calls on the engine: attempts, ages, destinations."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from ifc.local.broker import Answer
from tests.local.engine_app import Failing, described, running, until

APP = """
function work "src/work.handler" { retries 1 max-age 60s }
queue Lost
queue Done
bus Shop
topic News
function rescue "src/rescue.handler"
"""


async def test_a_call_is_done_later(database: str) -> None:
    """A call that nobody waits for is in the log when it is taken, and done once."""
    async with running(database, APP) as app:
        request = await app.engine.call_later("work", b'{"a":1}', "tester")
        await until(lambda: len(app.engine.calls) == 0)
        assert app.functions.calls == [("work", {"a": 1})]
        assert app.told == [("tester", "work", "ok", app.told[0][3], "")]
        assert len(request) == 36


async def test_success_and_failure_are_told(database: str) -> None:
    """After its attempts a call's result goes where the app says: to a queue, a topic, a function or, as an event, to a bus."""

    def work(event: Any) -> Any:
        if event["fails"]:
            raise Failing("no")
        return {"fine": True}

    text = APP + "work.failed -> Lost\nwork.succeeded -> Shop\nShop -> Done\nrescue.succeeded -> News\nNews -> Done\n"
    async with running(database, text, work=work) as app:
        request = await app.engine.call_later("work", b'{"fails":true}', "tester")
        await until(lambda: len(app.engine.queues["Lost"]) == 1)
        assert len(app.functions.calls) == 2
        [lost] = await app.engine.receive("Lost", 1, None, 0)
        body = json.loads(lost.body)
        arn = app.engine.description["functions"]["work"]["arn"]
        assert body["requestContext"] == {
            "requestId": request,
            "functionArn": f"{arn}:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 2,
        }
        assert body["requestPayload"] == {"fails": True}
        assert body["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}
        assert body["responsePayload"] == {"errorType": "Failing", "errorMessage": "no"}
        await app.engine.call_later("work", b'{"fails":false}', "tester")
        await app.engine.call_later("rescue", b"{}", "tester")
        await until(lambda: len(app.engine.queues["Done"]) == 2)
        found = [json.loads(m.body) for m in await app.engine.receive("Done", 10, None, 0)]
        [event] = [f for f in found if "detail" in f]
        assert (event["source"], event["detail-type"]) == ("lambda", "Lambda Function Invocation Result - Success")
        assert event["detail"]["requestContext"]["condition"] == "Success"
        assert event["detail"]["responsePayload"] == {"fine": True}
        assert event["resources"] == [app.engine.description["buses"]["Shop"]["arn"], f"{arn}:$LATEST"]


async def test_too_old_to_try_again(database: str) -> None:
    """A call older than its function takes is not made, and its destination hears why."""
    text = APP + "work.failed -> rescue\n"
    async with running(database, {**described(text), "functions": {}}) as app:
        await app.engine.call_later("work", b"{}", "tester")
        await app.engine.log._do("UPDATE calls SET asked = asked - 61")
    async with running(database, text) as app:
        await until(lambda: bool(app.functions.calls))
        [(function, event)] = app.functions.calls
        assert function == "rescue"
        assert event["requestContext"]["condition"] == "EventAgeExceeded"
        assert "responseContext" not in event


async def test_throttled_calls_are_no_attempts(database: str) -> None:
    """A function that takes no call now is asked again, and that does not count."""
    answers = [Answer(b'{"errorMessage":"Rate Exceeded."}', None, 429)] * 5

    async with running(database, APP, work=lambda event: answers.pop() if answers else None) as app:
        await app.engine.call_later("work", b"{}", "tester")
        await until(lambda: len(app.engine.calls) == 0)
        assert len(app.functions.calls) == 6
        assert app.told[-1][2] == "ok"


async def test_many_calls_at_the_same_time(database: str) -> None:
    """A function runs as often at the same time as it may, and one that is busy holds up no other."""
    go = asyncio.Event()

    async def work(event: Any) -> None:
        await go.wait()

    async with running(database, APP.replace("retries 1", "reserved 2; retries 1"), work=work) as app:
        for number in range(20):
            await app.engine.call_later("work", str(number).encode(), "tester")
        await app.engine.call_later("rescue", b"1", "tester")
        await until(lambda: bool(app.functions.events("rescue")))
        assert app.functions.running == 2
        assert app.engine.calls.waiting("work") == 20
        go.set()
        await until(lambda: len(app.engine.calls) == 0)
        assert app.functions.events("work") == list(range(20))
        assert app.functions.most == 3


async def test_payloads_that_are_not_at_hand(database: str, monkeypatch: Any) -> None:
    """Payloads beyond what is kept at hand are read from the log."""
    monkeypatch.setattr("ifc.local.calls.MOST_CHARACTERS", 10)
    async with running(database, APP) as app:
        await asyncio.gather(*(app.engine.call_later("work", json.dumps("x" * n).encode(), "t") for n in range(50)))
        await until(lambda: len(app.engine.calls) == 0)
        assert sorted(len(event) for event in app.functions.events("work")) == list(range(50))


async def test_a_runner_that_breaks_fails_its_call_alone(database: str) -> None:
    """Whatever goes wrong with one call, the run goes on."""

    def work(event: Any) -> None:
        raise RuntimeError("broken")

    async with running(database, APP, work=work) as app:
        await app.engine.call_later("work", b"1", "tester")
        await until(lambda: len(app.engine.calls) == 0)
        assert app.told[-1][4] == "RuntimeError: broken; given up"
        answer = await app.engine.call("work", b"1", "tester")
        assert (answer.status, answer.error) == (500, "Unhandled")
