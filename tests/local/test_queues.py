"""A queue in memory against a plain model of SQS, with a clock that the test moves."""

from __future__ import annotations

import asyncio
from typing import Any

import attrs
import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from ifc.local.entries import Row
from ifc.local.queues import DEDUPLICATION, Held, Queue, Seen

GROUPS = ["a", "b", "c"]


@attrs.define(eq=False)
class Message:
    """A message as the model has it."""

    group: str
    due: float
    receives: int = 0
    receipt: str = ""
    taken: bool = False
    spent: bool = False


class Model(RuleBasedStateMachine):
    """Everything that can happen to a queue, in any order."""

    receipts = Bundle("receipts")

    @initialize(fifo=st.booleans(), after=st.sampled_from([None, 1, 2]))
    def begin(self, fifo: bool, after: int | None) -> None:
        """An empty queue."""
        self.now = 1000.0
        self.queue = Queue("work", fifo, after, lambda: self.now)
        self.messages: dict[int, Message] = {}
        self.due: dict[str, float] = {}
        self.last = 0

    # --- the model ---

    def visible(self, offset: int) -> bool:
        """Whether a message may be had, as far as it alone goes."""
        message = self.messages[offset]
        return not message.taken and message.due <= self.now

    def returned(self) -> None:
        """Messages whose time in somebody's hands is over."""
        for message in self.messages.values():
            if message.taken and not message.spent and message.due <= self.now:
                message.taken = False

    def blocked(self) -> set[str]:
        """The groups of which somebody has a message."""
        return {m.group for m in self.messages.values() if m.taken} if self.queue.fifo else set()

    def overtaken(self, group: str) -> float:
        """When the last of a group's messages may be had that were delayed since the queue is FIFO."""
        return self.due.get(group, 0.0) if self.queue.fifo and self.due.get(group, 0.0) > self.now else 0.0

    # --- what happens ---

    @rule(group=st.sampled_from(GROUPS), delay=st.sampled_from([0, 0, 0, 5, 20]), known=st.booleans())
    def send(self, group: str, delay: int, known: bool) -> None:
        """A message comes, now or later; its body may be at hand."""
        self.last += 1
        due = self.now + delay
        due = max(due, self.overtaken(group))
        if self.queue.fifo and due > self.now:
            self.due[group] = due
        self.messages[self.last] = Message(group, due)
        row = Row(self.last, group, "body", self.now, {}) if known else None
        self.queue.add(self.last, self.now + delay, group, row=row)

    @rule(most=st.integers(1, 5), visibility=st.sampled_from([0, 10, 30]), target=receipts)
    def receive(self, most: int, visibility: int) -> Any:
        """Somebody receives: the oldest that may be had, and of a group what is next in it."""
        self.returned()
        blocked = self.blocked()
        may = [o for o in sorted(self.messages) if self.visible(o) and self.messages[o].group not in blocked]
        room = self.queue.room(100)
        assert room >= len(may)
        found = self.queue.take(most, visibility)
        spent, self.queue.spent = self.queue.spent, []
        for held in spent:
            assert held.receives >= (self.queue.after or 0)
            self.messages[held.offset].taken = self.messages[held.offset].spent = True
        got = [held.offset for held in found]
        assert len(set(got)) == len(got) <= most
        assert set(got) <= set(may)
        self.check_order(got, may, [held.offset for held in spent], most)
        for held in found:
            message = self.messages[held.offset]
            message.receives += 1
            message.taken, message.due, message.receipt = True, self.now + visibility, held.receipt
            assert (held.receives, held.group) == (message.receives, message.group if self.queue.fifo else None)
        self.queue.remove([held.offset for held in spent])
        for held in spent:
            del self.messages[held.offset]
        return [held.receipt for held in found] or [""]

    def check_order(self, got: list[int], may: list[int], spent: list[int], most: int) -> None:
        """Of a standard queue the oldest are had; of a FIFO queue the oldest of each group, and something whenever there is something."""
        left = [offset for offset in may if offset not in spent]
        if not self.queue.fifo:
            assert got == left[:most]
            return
        assert bool(got or spent) == bool(may)
        for group in GROUPS:
            mine = [offset for offset in got if self.messages[offset].group == group]
            assert mine == [offset for offset in left if self.messages[offset].group == group][: len(mine)]
        if may and may[0] not in spent:
            assert may[0] in got

    @rule(seconds=st.sampled_from([1, 4, 10, 31]))
    def pass_time(self, seconds: int) -> None:
        """Time passes."""
        self.now += seconds
        self.returned()

    def of(self, receipt: str) -> tuple[Held | None, Message | None]:
        """The queue's message of a receipt, which is the model's."""
        held = self.queue.of_receipt(receipt)
        self.returned()
        message = next((m for m in self.messages.values() if m.receipt == receipt), None) if receipt else None
        assert (held is None) == (message is None)
        return held, message

    @rule(some=receipts)
    def delete(self, some: list[str]) -> None:
        """Receivers are done with what they had, also a second time."""
        for receipt in some:
            held, message = self.of(receipt)
            if held is not None and message is not None:
                assert held.taken == message.taken
                self.queue.remove([held.offset, held.offset])
                del self.messages[held.offset]

    @rule(some=receipts, seconds=st.sampled_from([0, 3, 50]))
    def hide(self, some: list[str], seconds: int) -> None:
        """A receiver hides what it has for another time."""
        held, message = self.of(some[0])
        if held is not None and message is not None and held.taken:
            self.queue.hide(held, seconds)
            message.due = self.now + seconds
            self.returned()

    @rule(some=receipts)
    def put_back(self, some: list[str]) -> None:
        """A poller gives back what it can't send, as if it had not received it."""
        held, message = self.of(some[-1])
        if held is not None and message is not None and held.taken:
            self.queue.put_back(held)
            message.taken, message.due, message.receipt = False, self.now, ""
            message.receives -= 1

    @rule(every=st.integers(2, 3))
    def withdraw(self, every: int) -> None:
        """Some are taken out that nobody has, and some of them come again."""
        self.returned()
        wanted = {o for o, m in self.messages.items() if o % every == 0 and not m.taken}
        assert self.queue.withdraw(lambda offset: offset % every == 0) == sorted(wanted)
        for offset in sorted(wanted):
            message = self.messages.pop(offset)
            if offset % 5 == 0:
                self.messages[offset] = Message(message.group, self.overtaken(message.group))
                self.queue.add(offset, 0.0, message.group)

    @rule(fifo=st.booleans())
    def regroup(self, fifo: bool) -> None:
        """The app has changed: the queue is FIFO now, or no more."""
        self.queue.regroup(fifo, {offset: message.group for offset, message in self.messages.items()})
        self.due = {}

    @invariant()
    def holds_the_same(self) -> None:
        """The queue has what the model has, where the model has it."""
        if not hasattr(self, "queue"):
            return
        self.returned()
        depth = self.queue.depth()
        hidden = {o for o, m in self.messages.items() if m.taken}
        delayed = {o for o, m in self.messages.items() if not m.taken and m.due > self.now}
        assert (depth.hidden, depth.delayed) == (len(hidden), len(delayed))
        assert depth.visible == len(self.messages) - len(hidden) - len(delayed)
        assert len(self.queue) == len(self.messages)
        assert self.queue.offsets == self.messages.keys()
        assert {o for o in self.messages if self.queue.state(o)[0] == "hidden"} == hidden
        assert {o for o in self.messages if self.queue.state(o)[0] == "delayed"} == delayed


Model.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestQueue = Model.TestCase


async def test_waiting_ends_with_time_or_change() -> None:
    """Whoever waits is woken by a message, by one whose time has come, by any other change, or when the time is over."""
    import time

    queue = Queue("work")
    waiting = asyncio.ensure_future(queue.wait(time.time() + 60))
    await asyncio.sleep(0)
    queue.add(1)
    assert await waiting is True
    [held] = queue.take(1, 60)
    assert await queue.wait(time.time() + 0.01) is False
    queue.hide(held, 0.02)
    while not await queue.wait(time.time() + 60):
        pass
    [held] = queue.take(1, 60)
    waiting = asyncio.ensure_future(queue.wait(time.time() + 60))
    await asyncio.sleep(0)
    queue.changed.set()
    assert await waiting is False


def test_bodies_at_hand_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bodies are kept until there are too many; taken ones make room."""
    monkeypatch.setattr("ifc.local.queues.MOST_CHARACTERS", 100)
    queue = Queue("work")
    for offset in range(1, 21):
        queue.add(offset, row=Row(offset, "k", "x" * 10, 0.0, {}))
    taken = queue.take(20, 60)
    assert [held.row is not None for held in taken] == [True] * 10 + [False] * 10
    queue.remove([held.offset for held in taken])
    assert queue._rows == {}
    queue.add(21, row=Row(21, "k", "x" * 10, 0.0, {}))
    assert queue.take(1, 60)[0].row is not None


def test_receipts_are_of_their_queue() -> None:
    """What is no receipt of the queue names no message."""
    queue = Queue("work")
    queue.add(1)
    [held] = queue.take(1, 60)
    assert queue.of_receipt(held.receipt) is held
    for wrong in ("", "work", "other" + held.receipt[4:], "work-²-1-1-1", "work--1-1-1-1", held.receipt + "-1"):
        assert queue.offset_of(wrong) is None


def test_what_was_seen_is_forgotten() -> None:
    """An id counts for five minutes; noted again it counts from then, and nothing is kept for ever."""
    now = 1000.0
    seen: Seen[str] = Seen(lambda: now)
    seen.note("a", "first", now)
    now += DEDUPLICATION - 1
    assert seen.get("a") == "first"
    seen.note("b", "x", now)
    now += 2
    assert seen.get("a") is None
    seen.note("a", "second", now)
    now += DEDUPLICATION - 3
    assert (seen.get("a"), seen.get("b")) == ("second", "x")
    now += 10
    assert seen.get("c") is None
    assert len(seen) == 0
