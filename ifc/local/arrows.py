"""The arrows that are running: from queues and streams to functions. A new version of the app touches those alone that differ."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import attrs

from ifc.local.filters import Wire
from ifc.local.pollers import Poller
from ifc.local.readers import Readers

if TYPE_CHECKING:
    from ifc.local.engine import Engine


@attrs.define(eq=False)
class Arrow:
    """An arrow that runs, and what it was made of."""

    made_of: str
    work: Poller | Readers
    task: asyncio.Task[Any]


class Arrows:
    """All arrows that run."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._arrows: dict[str, Arrow] = {}

    def replace(self, wires: Sequence[Wire]) -> None:
        """Starts arrows and stops them until they are as described; one that ends finishes the call that it is in."""
        wanted = self._wanted(wires)
        for name, group in wanted.items():
            made_of, running = self._made_of(group), self._arrows.get(name)
            if running is not None and running.made_of == made_of:
                continue
            before = running.task if running is not None else None
            if running is not None:
                running.work.stop()
            work = Poller(self._engine, group[0]) if group[0].source in self._engine.queues else Readers(self._engine, group)
            self._arrows[name] = Arrow(made_of, work, self._engine.spawn(_after(before, work)))
        for name in [name for name in self._arrows if name not in wanted]:
            self._arrows.pop(name).work.stop()

    def _wanted(self, wires: Sequence[Wire]) -> dict[str, list[Wire]]:
        """The arrows that poll, by name. Two from one table to one function are one, with the settings of that from its stream: Lambda
        takes one mapping of a stream for a function."""
        description = self._engine.description
        found: dict[str, list[Wire]] = {}
        tables: dict[tuple[str, str | None], list[Wire]] = {}
        for wire in wires:
            if wire.source in description["queues"] or wire.source in description["streams"]:
                found[wire.name] = [wire]
            elif wire.source in description["tables"]:
                tables.setdefault((wire.source, wire.to), []).append(wire)
        for group in tables.values():
            group.sort(key=lambda wire: wire.port != "stream")
            found[group[0].name] = group
        return found

    def _made_of(self, wires: Sequence[Wire]) -> str:
        """What an arrow is made of: when it is another, the arrow is made anew."""
        description, first = self._engine.description, wires[0]
        place = next((description[sort][first.source] for sort in ("streams", "tables") if first.source in description[sort]), None)
        concurrency = self._engine.concurrency(str(first.to))
        return json.dumps([[wire.description for wire in wires], place, concurrency], sort_keys=True)

    def readers(self, source: str | None = None) -> list[Readers]:
        """The readers of a stream, or of all."""
        found = [arrow.work for arrow in self._arrows.values() if isinstance(arrow.work, Readers)]
        return [readers for readers in found if source is None or readers.source.name == source]

    def stop(self) -> None:
        """Tells all of them to end."""
        for arrow in self._arrows.values():
            arrow.work.stop()


async def _after(before: asyncio.Task[Any] | None, work: Poller | Readers) -> None:
    """Runs an arrow, when the one that it follows has ended: two readers never call for the same record at the same time."""
    if before is not None:
        await asyncio.wait([before])
    await work.run()
