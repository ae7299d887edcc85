"""Calls functions, whatever they are written in."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import ClientSession, ClientTimeout, UnixConnector

from ifc.local.broker import Answer, Asked
from ifc.local.events import compact
from ifc.local.lua_events import values
from ifc.local.pool import Pool
from ifc.records import evolve

TRIGGER = "IfcEventRouter"  # User-Agent of calls that events make
_COPY = re.compile(r"(?:[^\s:]*/)?app/(?:private/)?(\w+)\.lua\b")


class Runner:
    """The functions of the app: Python and Node.js in their hosts, Lua in nginx. What a call prints is told before it is answered; `heard`
    sees to that for those in Lua."""

    def __init__(self, pool: Pool, gateway: str, heard: Callable[[], Awaitable[None]] | None = None) -> None:
        self._pool, self._gateway, self._heard = pool, gateway, heard
        self._session: ClientSession | None = None
        self.description: Mapping[str, Any] = {}
        self._tails: dict[str, list[str]] = {}  # what calls print, by their ids, where somebody wants to know

    async def call(self, function: str, payload: bytes, request: str, asked: Asked | None = None) -> Answer:
        """The answer of a function."""
        described = self.description["functions"].get(function)
        if described is None:
            return _failure("ResourceNotFoundException", f"there is no function `{function}`", 404)
        if described["language"] == "lua":
            try:
                return await self._lua(function, described, payload)
            finally:
                if self._heard is not None:
                    await self._heard()
        if described["language"] is None:
            why = (
                f"{described['runtime']} does not run here"
                if described["runtime"]
                else f"`{function}` exists elsewhere, and does not run here"
            )
            return _failure("Runtime.NotHere", why)
        if asked is None or not asked.tail:
            return await self._timed(function, payload, request, asked)
        self._tails[request] = []
        try:
            answer = await self._timed(function, payload, request, asked)
            return evolve(answer, log=_log(request, self._tails[request], answer.seconds or 0.0, described["memory"]))
        finally:
            del self._tails[request]

    async def _timed(self, function: str, payload: bytes, request: str, asked: Asked | None) -> Answer:
        """The answer of a function in a host, once what it printed is told."""
        began = time.perf_counter()
        answer = await self._pool.call(function, payload, request, trace(), asked.client if asked is not None else "")
        seconds = time.perf_counter() - began
        await self._pool.flushed(function)
        return evolve(answer, seconds=seconds)

    def printed(self, text: str, request: str | None) -> None:
        """Takes note of a line that a function has printed."""
        if request in self._tails:
            self._tails[request].append(text)

    async def _lua(self, function: str, described: Mapping[str, Any], payload: bytes) -> Answer:
        """Calls a Lua function once for each value of an event; what fails is reported by item, as Lambda's batches are."""
        event = json.loads(payload or b"null")
        items = values(event) if isinstance(event, dict) else [("", event)]
        failures: list[str] = []
        last = Answer(b"null")
        for id, value in items:
            last = await self._one(function, described, value)
            if last.error is not None:
                if len(items) == 1 or not id:
                    return last
                failures.append(id)
        return Answer(compact({"batchItemFailures": [{"itemIdentifier": id} for id in failures]}).encode()) if failures else last

    async def _one(self, function: str, described: Mapping[str, Any], value: Any) -> Answer:
        if self._session is None:
            self._session = ClientSession(connector=UnixConnector(path=self._gateway, limit=64))
        try:
            async with self._session.post(
                f"http://gateway/{function}",
                data=compact(value).encode(),
                headers={"content-type": "application/json", "user-agent": TRIGGER},
                timeout=ClientTimeout(total=described["timeout"] + 1),
            ) as answer:
                body = await answer.read()
        except TimeoutError:
            return _failure("Sandbox.Timedout", f"Task timed out after {described['timeout']:.2f} seconds")
        except OSError as problem:
            return _failure("Runtime.ExitError", f"the gateway does not answer: {problem}")
        try:
            said = json.loads(body)
        except ValueError:
            return _failure("Runtime.InvalidAnswer", body.decode("utf-8", "replace")[:200])
        if answer.status == 200 and isinstance(said, dict) and "error" not in said:
            return Answer(compact(said.get("data")).encode())
        error = said.get("error") if isinstance(said, dict) else said
        return _failure("LuaError", at_home(error if isinstance(error, str) else compact(error), self.description["functions"]))

    async def stop(self) -> None:
        """Ends."""
        if self._session is not None:
            await self._session.close()


def at_home(text: str, functions: Mapping[str, Any]) -> str:
    """A text with the files of functions in Lua as the app has them: a run has copies of them in its project, named after the functions."""

    def own(found: re.Match[str]) -> str:
        function = functions.get(found[1], {})
        return f"{function['handler'].rpartition('.')[0]}.lua" if function.get("language") == "lua" else found[0]

    return _COPY.sub(own, text)


def trace() -> str:
    """What a function is told of a trace that begins with its call (X-Ray developer guide, Tracing header)."""
    digits = uuid.uuid4().hex + uuid.uuid4().hex
    return f"Root=1-{int(time.time()):08x}-{digits[:24]};Parent={digits[24:40]};Sampled=0"


def _log(request: str, lines: list[str], seconds: float, memory: int) -> str:
    """The log of a call as CloudWatch has it (Lambda developer guide, Viewing logs for Lambda functions); how much memory it took is not known."""
    report = f"Duration: {seconds * 1000:.2f} ms\tBilled Duration: {int(seconds * 1000) + 1} ms\tMemory Size: {memory} MB"
    ends = f"END RequestId: {request}", f"REPORT RequestId: {request}\t{report}"
    return "".join(f"{line}\n" for line in (f"START RequestId: {request} Version: $LATEST", *lines, *ends))


def _failure(kind: str, message: str, status: int = 200) -> Answer:
    return Answer(compact({"errorType": kind, "errorMessage": message}).encode(), "Unhandled", status)
