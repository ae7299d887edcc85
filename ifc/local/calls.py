"""Asynchronous calls: tried again when they fail, and told of where the app says; none is lost when a process is."""

from __future__ import annotations

import asyncio
import heapq
import json
import time
from typing import TYPE_CHECKING, Any

import attrs

from ifc.local import events
from ifc.local.answers import reason, succeeded
from ifc.local.broker import Answer
from ifc.local.entries import Call
from ifc.local.filters import counted
from ifc.records import evolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ifc.local.engine import Engine

MOST_CHARACTERS = 8_000_000  # of payloads at hand; others are read from the log when their call is due


@attrs.define(eq=False)
class Line:
    """The calls of a function that are not done."""

    due: list[tuple[float, int]] = attrs.field(factory=list)  # a heap
    running: int = 0
    timer: asyncio.TimerHandle | None = None


class Calls:
    """The asynchronous calls of all functions that are not done."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lines: dict[str, Line] = {}
        self._kept: dict[int, Call] = {}
        self._characters = 0
        self._started = False

    async def start(self) -> None:
        """Brings back what is not done, and begins."""
        after = 0
        while found := await self._engine.log.calls(after):
            for id, function, due in found:
                heapq.heappush(self._line(function).due, (due, id))
            after = found[-1][0]
        self._started = True
        self.changed()

    def changed(self) -> None:
        """Goes on: the app has other functions."""
        for function, line in self._lines.items():
            if line.due and function not in self._engine.description["functions"]:
                self._engine.told(
                    function, function, "waiting", None, f"{counted(len(line.due), 'call')}: the app has no such function now"
                )
            self._next(function)

    def stop(self) -> None:
        """Begins no further ones."""
        self._started = False
        for line in self._lines.values():
            if line.timer is not None:
                line.timer.cancel()

    def add(self, call: Call) -> None:
        """Takes a call that the log has."""
        heapq.heappush(self._line(call.function).due, (call.due, call.id))
        if self._characters < MOST_CHARACTERS:
            self._kept[call.id] = call
            self._characters += len(call.payload)
        self._next(call.function)

    def waiting(self, function: str) -> int:
        """How many calls of a function are not done."""
        line = self._lines.get(function)
        return len(line.due) + line.running if line is not None else 0

    def __len__(self) -> int:
        return sum(map(self.waiting, self._lines))

    def _line(self, function: str) -> Line:
        return self._lines.setdefault(function, Line())

    def _next(self, function: str) -> None:
        """Starts what is due of a function, as many as it takes at the same time."""
        line, now = self._lines[function], time.time()
        if not self._started or function not in self._engine.description["functions"]:
            return
        most = self._engine.concurrency(function)
        while line.due and line.due[0][0] <= now and line.running < most:
            line.running += 1
            self._engine.spawn(self._run(function, heapq.heappop(line.due)[1]))
        if line.timer is not None:
            line.timer.cancel()
            line.timer = None
        if line.due and line.running < most:
            line.timer = asyncio.get_running_loop().call_later(max(0.0, line.due[0][0] - now) + 0.001, self._next, function)

    async def _run(self, function: str, id: int) -> None:
        try:
            call = self._taken(id) or await self._engine.log.call(id)
            if call is not None:
                await self._try(call)
        finally:
            self._lines[function].running -= 1
            self._next(function)

    def _taken(self, id: int) -> Call | None:
        call = self._kept.pop(id, None)
        if call is not None:
            self._characters -= len(call.payload)
        return call

    async def _try(self, call: Call) -> None:
        engine = self._engine
        function = engine.description["functions"].get(call.function)
        if function is None:
            self.add(call)  # until the app has it again
            return
        policy = function["asynchronous"]
        if time.time() - call.asked > policy["maxAge"]:
            engine.told(call.source, call.function, "failed", None, "too old; given up")
            await self._end(call, function, "failed", "EventAgeExceeded", call.attempts, None)
            return
        answer, seconds = await engine.timed(call.function, call.payload.encode(), call.request)
        if succeeded(answer):
            engine.ended(call.source, call.function, True, seconds)
            await self._end(call, function, "succeeded", "Success", call.attempts + 1, answer)
            return
        throttled = answer.status == 429  # no attempt: it never ran
        attempts = call.attempts + (0 if throttled else 1)
        if attempts > policy["retries"] and not throttled:
            engine.ended(call.source, call.function, False, seconds, f"{reason(answer)}; given up")
            await self._end(call, function, "failed", "RetriesExhausted", attempts, answer)
            return
        wait = engine.waits.throttled if throttled else engine.waits.call(attempts)
        engine.ended(call.source, call.function, False, seconds, f"{reason(answer)}; again in {wait:g} s")
        again = evolve(call, attempts=attempts, due=time.time() + wait)
        transaction = engine.log.transaction()
        transaction.tries[call.id] = again
        await engine.log.commit(transaction)
        self.add(again)

    async def _end(self, call: Call, function: Mapping[str, Any], port: str, condition: str, attempts: int, answer: Answer | None) -> None:
        """Takes a call out, and tells its destination in the same transaction."""
        delivering = self._engine.delivering()
        delivering.transaction.called.append(call.id)
        to = function["asynchronous"].get(port)
        if to is not None:
            outcome = events.outcome(answer.status, answer.error) if answer is not None else None
            said = _json(answer.payload.decode("utf-8", "replace")) if answer is not None else None
            record = events.result(function, call.request, condition, attempts, _json(call.payload), said, outcome, time.time())
            self._tell(delivering, to, record, f"{call.function}.{port}")
        await delivering.commit()

    def _tell(self, delivering: Any, to: str, record: dict[str, Any], source: str) -> None:
        description = self._engine.description
        bus = description["buses"].get(to)
        if bus is None:
            delivering.deliver(to, events.compact(record), source)
            return
        # The result is the event's detail (Lambda developer guide, Capturing records of asynchronous invocations).
        kind = "Lambda Function Invocation Result - " + ("Success" if source.endswith(".succeeded") else "Failure")
        about = [bus["arn"], record["requestContext"]["functionArn"]]
        delivering.event(to, events.bus_event("lambda", kind, record, description["account"], description["region"], time.time(), about))


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
