"""A queue as SQS keeps it: what may be had, what is in somebody's hands, what waits; in FIFO queues in order for each group.

Of a message that nobody has had yet only the offset is here, so that a million of them are 40 MB; the first bodies are kept at hand, the
others are read from the log when they are received.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

import attrs

from ifc.local.broker import Depth
from ifc.local.entries import Row

# Seconds in which a FIFO queue or topic takes one message only once (SQS developer guide, Exactly-once processing).
DEDUPLICATION = 300
MOST_CHARACTERS = 8_000_000  # of bodies at hand
T = TypeVar("T")


@attrs.define(eq=False)
class Held:
    """A message that was had, or is; times in seconds since the epoch."""

    offset: int
    group: str | None
    receives: int = 0
    first_received: float = 0.0
    due: float = 0.0  # when it may be had again
    receipt: str = ""  # the last one
    taken: bool = False  # it is in somebody's hands
    row: Row | None = None  # while it is


class Order(Protocol):
    """What may be had, in which order."""

    def add(self, offset: int, group: str | None) -> None:
        """Takes a message in."""

    def take(self, most: int, gone: set[int]) -> list[tuple[int, str | None]]:
        """The next messages and their groups, without those that are gone."""

    def release(self, group: str | None) -> None:
        """A message of a group is not in anybody's hands any more."""

    def room(self, most: int) -> int:
        """About how many may be had at once, counted up to `most`."""

    def __iter__(self) -> Iterator[tuple[int, str | None]]:
        """All messages and their groups."""


class Standard:
    """In about the order of arrival."""

    def __init__(self) -> None:
        self._offsets: list[int] = []  # a heap

    def add(self, offset: int, group: str | None) -> None:
        """Takes a message in."""
        heapq.heappush(self._offsets, offset)

    def take(self, most: int, gone: set[int]) -> list[tuple[int, str | None]]:
        """The oldest."""
        found: list[tuple[int, str | None]] = []
        while self._offsets and len(found) < most:
            offset = heapq.heappop(self._offsets)
            if offset in gone:
                gone.discard(offset)
            else:
                found.append((offset, None))
        return found

    def release(self, group: str | None) -> None:
        """There are no groups."""

    def room(self, most: int) -> int:
        """How many there are."""
        return len(self._offsets)

    def __iter__(self) -> Iterator[tuple[int, str | None]]:
        return ((offset, None) for offset in self._offsets)


class Grouped:
    """In order for each group: while one message of a group is in somebody's hands, the others wait."""

    def __init__(self) -> None:
        self._lines: dict[str, list[int]] = {}  # heaps
        self._hands: dict[str, int] = {}
        self._open: list[tuple[int, str]] = []  # a heap of first messages; what is out of date is passed over

    def add(self, offset: int, group: str | None) -> None:
        """Takes a message in."""
        name = group or ""
        line = self._lines.setdefault(name, [])
        heapq.heappush(line, offset)
        if line[0] == offset and name not in self._hands:
            heapq.heappush(self._open, (offset, name))

    def take(self, most: int, gone: set[int]) -> list[tuple[int, str | None]]:
        """The oldest, and what follows them in their groups."""
        found: list[tuple[int, str | None]] = []
        while self._open and len(found) < most:
            first, group = heapq.heappop(self._open)
            if not self._is_open(first, group):
                continue
            line = self._lines[group]
            before = len(found)
            while line and len(found) < most:
                offset = heapq.heappop(line)
                if offset in gone:
                    gone.discard(offset)
                else:
                    found.append((offset, group))
            if not line:
                del self._lines[group]
            if len(found) > before:
                self._hands[group] = len(found) - before
        return found

    def _is_open(self, first: int, group: str) -> bool:
        """Whether an entry of `_open` holds: nobody has the group, and this is its first message."""
        return group not in self._hands and self._lines.get(group, (0,))[0] == first

    def release(self, group: str | None) -> None:
        """With the last of a group's messages the next of them may be had."""
        name = group or ""
        self._hands[name] -= 1
        if self._hands[name]:
            return
        del self._hands[name]
        if name in self._lines:
            heapq.heappush(self._open, (self._lines[name][0], name))

    def hold(self, group: str) -> None:
        """A message of a group is in somebody's hands."""
        self._hands[group] = self._hands.get(group, 0) + 1

    def room(self, most: int) -> int:
        """What is in the lines of groups that nobody has."""
        while self._open and not self._is_open(*self._open[0]):
            heapq.heappop(self._open)
        found, seen = 0, set()
        for _, group in self._open:
            if group not in self._hands and group not in seen:
                seen.add(group)
                found += len(self._lines.get(group, ()))
            if found >= most:
                break
        return found

    def __iter__(self) -> Iterator[tuple[int, str | None]]:
        return ((offset, group) for group, line in self._lines.items() for offset in line)


class Queue:
    """What of a queue is not done. It changes only what it holds in memory; the log is the mailbox's."""

    def __init__(self, topic: str, fifo: bool = False, after: int | None = None, now: Callable[[], float] = time.time) -> None:
        self.topic, self.fifo, self._now = topic, fifo, now
        self.after = after  # how often a message is received before it goes to the dead letters
        self.changed = asyncio.Event()
        self.spent: list[Held] = []  # what was received too often; it stays in hands until it is removed
        self._order: Order = Grouped() if fifo else Standard()
        self._had: dict[int, Held] = {}
        self._delayed: set[int] = set()
        self._due: dict[str, float] = {}  # of groups with delayed messages: when the last of them may be had
        self._later: list[tuple[float, int, str | None]] = []  # a heap of what can't be had before a time
        self._gone: set[int] = set()  # taken out while it stood in the order
        self._rows: dict[int, Row] = {}  # bodies at hand
        self._characters = 0
        self._count = self._taken = self._receipts = 0

    # --- in ---

    def add(
        self,
        offset: int,
        due: float = 0.0,
        group: str | None = None,
        *,
        row: Row | None = None,
        receives: int = 0,
        first_received: float = 0.0,
    ) -> None:
        """Takes a message that the log has."""
        self._count += 1
        group = group if self.fifo else None
        if row is not None:
            self._keep(row)
        if receives:
            self._had[offset] = Held(offset, group, receives, first_received)
        if group is not None and group in self._due:
            due = max(due, self._due.pop(group))  # none overtakes another of its group, as when the delay has changed
        if due > self._now():
            if group is not None:
                self._due[group] = due
            self._delayed.add(offset)
            heapq.heappush(self._later, (due, offset, group))
        elif offset in self._gone:
            self._gone.discard(offset)  # it stands in the order still
        else:
            self._order.add(offset, group)
        self.changed.set()

    def add_fresh(self, offsets: Sequence[int]) -> None:
        """Takes messages that the log has, which may be had and never were, into a queue that is not FIFO."""
        self._count += len(offsets)
        for offset in offsets:
            self._order.add(offset, None)
        self.changed.set()

    def _keep(self, row: Row) -> None:
        if self._characters < MOST_CHARACTERS:
            self._rows[row.offset] = row
            self._characters += len(row.value)

    def _row(self, offset: int) -> Row | None:
        row = self._rows.pop(offset, None)
        if row is not None:
            self._characters -= len(row.value)
        return row

    # --- out ---

    def ripen(self) -> None:
        """Lets what has waited long enough be had."""
        now = self._now()
        while self._later and self._later[0][0] <= now:
            due, offset, group = heapq.heappop(self._later)
            held = self._had.get(offset)
            if offset in self._delayed:
                self._delayed.discard(offset)
                self._order.add(offset, group)
            elif held is not None and held.taken and held.due == due and held.receipt:
                self._give_back(held)

    def _give_back(self, held: Held) -> None:
        """A message is not in anybody's hands any more, and may be had."""
        if held.row is not None:
            self._keep(held.row)
        self._order.add(held.offset, held.group)
        self._let_go(held)
        self.changed.set()

    def _let_go(self, held: Held) -> None:
        held.taken, held.row = False, None
        self._taken -= 1
        self._order.release(held.group)

    def take(self, most: int, visibility: float) -> list[Held]:
        """Up to `most` messages, which nobody else gets for `visibility` seconds."""
        self.ripen()
        now = self._now()
        found: list[Held] = []
        while len(found) < most:
            taken = self._order.take(most - len(found), self._gone)
            if not taken:
                break
            for offset, group in taken:
                held = self._had.get(offset) or Held(offset, group)
                self._had[offset] = held
                held.taken, held.row = True, self._row(offset)
                self._taken += 1
                if self.after is not None and held.receives >= self.after:
                    held.receipt = ""
                    self.spent.append(held)
                else:
                    self._hand_out(held, now, visibility)
                    found.append(held)
        return found

    def _hand_out(self, held: Held, now: float, visibility: float) -> None:
        self._receipts += 1
        held.receives += 1
        held.first_received = held.first_received or now
        held.receipt = f"{self.topic}-{held.offset}-{held.receives}-{self._receipts}-{int(now * 1000):x}"
        held.due = now + visibility
        heapq.heappush(self._later, (held.due, held.offset, held.group))

    def put_back(self, held: Held) -> None:
        """Takes a message back as if it had not been received."""
        held.receives -= 1
        held.receipt = ""
        if not held.receives:
            held.first_received = 0.0
        self._give_back(held)

    async def wait(self, until: float) -> bool:
        """Waits until something may be had, anything else changes, or a time comes; tells whether something may be had."""
        if not self.ready:
            self.changed.clear()
            seconds = min(self._later[0][0] if self._later else until, until) - self._now()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, seconds) + 0.001):
                    await self.changed.wait()
        return self.ready

    async def fill(self, most: int, until: float) -> None:
        """Waits until so many messages may be had at once, anything else changes, or a time comes."""
        seconds = until - self._now()
        if self.room(most) < most and seconds > 0:
            self.changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self.changed.wait()

    @property
    def ready(self) -> bool:
        """Whether something may be had."""
        self.ripen()
        return self._order.room(1) > 0

    def room(self, most: int) -> int:
        """About how many messages may be had at once, counted up to `most`."""
        self.ripen()
        return self._order.room(most)

    # --- what was received ---

    def offset_of(self, receipt: str) -> int | None:
        """The offset that a receipt names, None for what is no receipt of this queue."""
        topic, *rest = receipt.split("-")
        return int(rest[0]) if topic == self.topic and len(rest) == 4 and rest[0].isdecimal() and rest[0].isascii() else None

    def of_receipt(self, receipt: str) -> Held | None:
        """The message whose last receipt this is; None once somebody else has had it, or it is gone."""
        self.ripen()
        held = self._had.get(self.offset_of(receipt) or 0)
        return held if held is not None and held.receipt == receipt else None

    def hide(self, held: Held, seconds: float) -> None:
        """Hides a message in somebody's hands for so long from now."""
        held.due = self._now() + seconds
        heapq.heappush(self._later, (held.due, held.offset, held.group))
        self.changed.set()

    def remove(self, offsets: Iterable[int]) -> None:
        """Forgets messages that were had."""
        for offset in offsets:
            held = self._had.pop(offset, None)
            if held is None:
                continue
            self._count -= 1
            if held.taken:
                self._let_go(held)
            elif offset in self._delayed:
                self._delayed.discard(offset)
            else:
                self._gone.add(offset)
            self._row(offset)
        self.changed.set()

    def withdraw(self, wanted: Callable[[int], bool]) -> list[int]:
        """Takes out what is wanted and in nobody's hands; in order."""
        waiting = [o for o, _ in self._order if o not in self._gone and wanted(o)] + [o for o in self._delayed if wanted(o)]
        for offset in waiting:
            self._count -= 1
            self._had.pop(offset, None)
            if offset in self._delayed:
                self._delayed.discard(offset)
            else:
                self._gone.add(offset)
            self._row(offset)
        return sorted(waiting)

    # --- all of it ---

    @property
    def offsets(self) -> set[int]:
        """The offsets of all that it holds."""
        ready = {offset for offset, _ in self._order} - self._gone
        return ready | self._delayed | {offset for offset, held in self._had.items() if held.taken}

    def state(self, offset: int) -> tuple[str, Held | None]:
        """Where a message is ("visible", "hidden", "delayed"), and what is known of it if it was had."""
        held = self._had.get(offset)
        return "hidden" if held is not None and held.taken else "delayed" if offset in self._delayed else "visible", held

    def regroup(self, fifo: bool, groups: Mapping[int, str]) -> None:
        """Becomes a FIFO queue, or none; `groups` has the groups of all that it holds."""
        self.ripen()
        ready = [offset for offset, _ in self._order if offset not in self._gone]
        self.fifo, self._gone, self._due = fifo, set(), {}
        for held in self._had.values():
            held.group = groups.get(held.offset, "") if fifo else None
        order = Grouped() if fifo else Standard()
        if isinstance(order, Grouped):
            for held in self._had.values():
                if held.taken:
                    order.hold(held.group or "")
        self._order = order
        for offset in ready:
            order.add(offset, groups.get(offset) if fifo else None)
        self._later = [(due, offset, groups.get(offset) if fifo else None) for due, offset, _ in self._later]
        heapq.heapify(self._later)
        self.changed.set()

    def __len__(self) -> int:
        return self._count

    def depth(self) -> Depth:
        """How many messages it holds, by where they are."""
        self.ripen()
        return Depth(self._count - self._taken - len(self._delayed), self._taken, len(self._delayed))


class Seen(Generic[T]):
    """What came in the last minutes, by deduplication id, so that a FIFO queue or topic takes it once."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._known: dict[str, tuple[float, T]] = {}
        self._times: deque[tuple[float, str]] = deque()

    def get(self, id: str) -> T | None:
        """What was noted of an id in the last minutes."""
        limit = self._now() - DEDUPLICATION
        while self._times and self._times[0][0] <= limit:
            at, old = self._times.popleft()
            if self._known.get(old, (limit + 1,))[0] <= at:
                self._known.pop(old, None)
        found = self._known.get(id)
        return found[1] if found is not None and found[0] > limit else None

    def note(self, id: str, noted: T, at: float) -> None:
        """Notes an id."""
        self._known[id] = (at, noted)
        self._times.append((at, id))

    def __len__(self) -> int:
        return len(self._known)
