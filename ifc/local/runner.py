"""Calls functions, whatever they are written in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientSession, ClientTimeout, UnixConnector

from ifc.local.broker import Answer
from ifc.local.events import compact
from ifc.local.lua_events import values
from ifc.local.pool import Pool

TRIGGER = "IfcEventRouter"  # User-Agent of calls that events make


class Runner:
    """The functions of the app: Python and Node.js in their hosts, Lua in nginx."""

    def __init__(self, pool: Pool, gateway: str) -> None:
        self._pool, self._gateway = pool, gateway
        self._session: ClientSession | None = None
        self.description: Mapping[str, Any] = {}

    async def call(self, function: str, payload: bytes, request: str) -> Answer:
        """The answer of a function."""
        described = self.description["functions"].get(function)
        if described is None:
            return _failure("ResourceNotFoundException", f"there is no function `{function}`", 404)
        if described["language"] == "lua":
            return await self._lua(function, described, payload)
        if described["language"] is None:
            return _failure("Runtime.NotHere", f"{described['runtime']} does not run here")
        return await self._pool.call(function, payload, request)

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
        return _failure("LuaError", error if isinstance(error, str) else compact(error))

    async def stop(self) -> None:
        """Ends."""
        if self._session is not None:
            await self._session.close()


def _failure(kind: str, message: str, status: int = 200) -> Answer:
    return Answer(compact({"errorType": kind, "errorMessage": message}).encode(), "Unhandled", status)
