"""What the services of the AWS endpoint ask of the engine: everything that is sent, published, put or called goes through here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from ifc.records import record


@record
class Message:
    """A message for a queue; attributes are as in SQS's API: `{"name": {"DataType": …, "StringValue": …}}`, binary values in base 64."""

    body: str
    attributes: Mapping[str, Mapping[str, str]] = {}
    group: str | None = None
    dedup: str | None = None
    delay: int | None = None  # seconds; None: the queue's
    trace: str | None = None


@record
class Notification:
    """A message for a topic; attributes as in SNS's API."""

    message: str
    subject: str | None = None
    attributes: Mapping[str, Mapping[str, str]] = {}
    structure: Mapping[str, str] | None = None  # one text for each protocol
    group: str | None = None
    dedup: str | None = None


@record
class StreamRecord:
    """A record for a stream; its data are in base 64."""

    key: str
    data: str
    shard_key: str | None = None  # an explicit hash key


@record
class Sent:
    """What became of a message: its id, in FIFO queues, topics and streams its sequence number, and where it is in the log."""

    id: str
    sequence: str | None = None
    shard: str | None = None
    offset: int = 0


@record
class Received:
    """A message that a receiver got, hidden from others until it is deleted or its time is over."""

    id: str
    receipt: str
    body: str
    attributes: Mapping[str, Mapping[str, str]]
    sent: int  # milliseconds since the epoch, as the next
    first_received: int
    receives: int
    sender: str
    group: str | None = None
    dedup: str | None = None
    sequence: str | None = None
    trace: str | None = None
    dead_letter_source: str | None = None  # of a dead letter: the ARN of the queue that it comes from


@record
class Kept:
    """A record that a stream keeps."""

    sequence: str
    key: str
    data: str
    arrived: int  # milliseconds since the epoch


@record
class Depth:
    """How many messages a queue holds: to be had, in somebody's hands, not yet to be had."""

    visible: int
    hidden: int
    delayed: int


@record
class Answer:
    """What a function answered: its payload as JSON text; `error` as Lambda's header X-Amz-Function-Error has it."""

    payload: bytes
    error: str | None = None
    status: int = 200
    log: str = ""
    seconds: float | None = None  # that the call took, without the time for what it printed to be told


@record
class Asked:
    """What the caller of a function says and asks for beside the event."""

    client: str = ""  # the client's context, JSON in base 64
    tail: bool = False  # the log of the call comes with the answer


class Broker(Protocol):
    """The engine, as the services see it. Queues, topics … go by their declared names."""

    async def send(self, queue: str, messages: Sequence[Message], sender: str) -> list[Sent]:
        """Puts messages into a queue; they are in the log when this returns."""

    async def receive(self, queue: str, most: int, visibility: int | None, wait: float) -> list[Received]:
        """Up to `most` messages, after at most `wait` seconds, hidden for `visibility` seconds (None: the queue's)."""

    async def delete(self, queue: str, receipt: str) -> bool:
        """Takes a received message out; False for a receipt that is no receipt of this queue."""

    async def hide(self, queue: str, receipt: str, seconds: int) -> bool | None:
        """Hides a received message for so long from now; False: no such receipt, None: the message is not in anybody's hands."""

    async def purge(self, queue: str) -> None:
        """Takes all messages out."""

    def depth(self, queue: str) -> Depth:
        """How many messages a queue holds."""

    async def publish(self, topic: str, messages: Sequence[Notification]) -> list[Sent]:
        """Publishes to a topic; the messages, and what they become in queues behind it, are in the log when this returns."""

    async def put_events(self, bus: str, events: Sequence[Mapping[str, Any]]) -> list[str]:
        """Puts events on a bus, complete as EventBridge delivers them but for `id`; returns their ids."""

    async def put_records(self, stream: str, records: Sequence[StreamRecord]) -> list[Sent]:
        """Puts records into a stream."""

    def shards(self, stream: str) -> list[str]:
        """The ids of a stream's shards."""

    async def records(self, stream: str, shard: str, after: str, most: int) -> list[Kept]:
        """The records of a shard behind a sequence number ("" for the oldest)."""

    async def last_sequence(self, stream: str, shard: str) -> str:
        """The sequence number of the newest record, "" without one."""

    async def call(self, function: str, payload: bytes, caller: str, asked: Asked | None = None) -> Answer:
        """Calls a function and waits for its answer."""

    async def call_later(self, function: str, payload: bytes, caller: str) -> str:
        """Puts an asynchronous call into the log and returns its id."""
