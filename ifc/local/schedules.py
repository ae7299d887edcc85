"""Schedules: what the clock starts. What should have run while nothing was running is not made up for."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ifc.local import events
from ifc.local.clock import following

if TYPE_CHECKING:
    from ifc.local.engine import Engine

LONGEST = 3600.0  # seconds of sleep; the clock may be set


class Schedules:
    """The schedules of the app."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._began: dict[tuple[str, str], float] = {}  # since when an interval counts, by name and expression
        self._next: dict[str, float | None] = {}
        self._changed = asyncio.Event()

    def changed(self) -> None:
        """Reckons anew: the app has other schedules."""
        now, schedules = time.time(), self._engine.description["schedules"]
        self._began = {(name, s["expression"]): self._began.get((name, s["expression"]), now) for name, s in schedules.items()}
        self._next = {name: self._following(name, now) for name in schedules}
        self._changed.set()

    def next(self, name: str) -> float | None:
        """When a schedule runs next, in seconds since the epoch; None for never."""
        return self._next.get(name)

    def _following(self, name: str, after: float) -> float | None:
        said = self._engine.description["schedules"][name]
        began = self._began[name, said["expression"]]
        return following(said["expression"], said["timezone"], after, began) if said["enabled"] else None

    async def run(self) -> None:
        """Starts what is due, for ever."""
        while True:
            self._changed.clear()
            now = time.time()
            for name in [name for name, at in self._next.items() if at is not None and at <= now]:
                self._next[name] = self._following(name, now)
                await self.fire(name)
            upcoming = min((at for at in self._next.values() if at is not None), default=now + LONGEST)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(min(LONGEST, max(0.0, upcoming - time.time()))):
                    await self._changed.wait()

    async def fire(self, name: str) -> None:
        """Starts what a schedule starts."""
        engine = self._engine
        said = engine.description["schedules"][name]
        delivering = engine.delivering()
        engine.count(name)
        if said["to"] in engine.description["buses"]:
            delivering.event(said["to"], self._event(said))
        else:
            payload = said["input"] if said["input"] is not None else events.compact(self._notification(name))
            delivering.deliver(said["to"], payload, name, group=said["group"], partition=said["partition"])
        await delivering.commit()

    def _event(self, said: Mapping[str, Any]) -> dict[str, Any]:
        description = self._engine.description
        detail = json.loads(said["input"]) if said["input"] is not None else {}
        source, kind = said["source"] or description["app"], said["detailType"] or "Scheduled Event"
        return events.bus_event(source, kind, detail, description["account"], description["region"], time.time())

    def _notification(self, name: str) -> dict[str, Any]:
        """What Scheduler sends when the app says nothing else; its detail is a text."""
        description = self._engine.description
        account, region = description["account"], description["region"]
        arn = f"arn:aws:scheduler:{region}:{account}:schedule/{description['prefix']}/{name}"
        event = events.bus_event("aws.scheduler", "Scheduled Event", {}, account, region, time.time(), [arn])
        return {"version": "0", "id": str(uuid.uuid4()), **event, "detail": "{}"}
