"""HTTP/2 without TLS, which the JavaScript SDK speaks to Kinesis (RFC 9113, 3.3 Starting HTTP/2 with Prior Knowledge)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
from multidict import CIMultiDict

from ifc.local.services.answers import Answer
from ifc.local.services.request import Request

PREFACE_LENGTH, FRAME_HEADER = 24, 9  # bytes
MAX_FRAME = 16_384  # bytes (RFC 9113, 6.5.2 Defined Settings)
GOAWAY = 7  # a frame's type
MAX_BODY = 32 * 1_048_576  # bytes; more than any request that comes this way
HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "upgrade")  # has no place in HTTP/2


class Http2(asyncio.Protocol):
    """One connection; its streams are answered at the same time."""

    def __init__(self, answer: Callable[[Request], Awaitable[Answer]]) -> None:
        self._answer = answer
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        self._streams: dict[int, _Stream] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.Transport | None = None
        self._data = bytearray()
        self._begun = self._leaving = False  # the preface has come; no more requests will

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._h2.initiate_connection()
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        for stream in self._streams.values():
            stream.window.set()

    def data_received(self, data: bytes) -> None:
        self._data += data
        try:
            for frame in self._frames():
                for event in self._h2.receive_data(frame):
                    self._handle(event)
        except h2.exceptions.ProtocolError:
            self._leaving = True
            self._streams.clear()
        self._flush()
        self._close_if_done()

    def _frames(self) -> Iterator[bytes]:
        """The preface and the frames that have arrived whole (RFC 9113, 4.1 Frame Format).

        All but a client's GOAWAY: it says that no more requests will follow, and h2 would take it for the end of those that are under way.
        """
        at = 0
        while len(self._data) - at >= self._needed:
            if not self._begun:
                length = PREFACE_LENGTH
            else:
                length = FRAME_HEADER + int.from_bytes(self._data[at : at + 3], "big")
                if length > FRAME_HEADER + MAX_FRAME:
                    raise h2.exceptions.FrameTooLargeError("a frame is longer than was agreed")
                if len(self._data) - at < length:
                    break
            frame = bytes(self._data[at : at + length])
            at += length
            if self._begun and frame[3] == GOAWAY:
                self._leaving = True
            else:
                self._begun = True
                yield frame
        del self._data[:at]

    @property
    def _needed(self) -> int:
        return FRAME_HEADER if self._begun else PREFACE_LENGTH

    def _handle(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.RequestReceived):
            self._streams[event.stream_id] = _Stream([(str(n), str(v)) for n, v in event.headers])
        elif isinstance(event, h2.events.DataReceived):
            self._take(event)
        elif isinstance(event, h2.events.StreamEnded):
            if event.stream_id in self._streams:
                task = asyncio.ensure_future(self._serve(event.stream_id))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        elif isinstance(event, h2.events.StreamReset):
            stream = self._streams.pop(event.stream_id, None)
            if stream:
                stream.gone = True
                stream.window.set()
        elif isinstance(event, h2.events.WindowUpdated | h2.events.RemoteSettingsChanged):
            for stream in self._streams.values():
                stream.window.set()

    def _take(self, event: h2.events.DataReceived) -> None:
        """Adds to a request's body, and lets its sender go on."""
        if event.flow_controlled_length:
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        stream = self._streams.get(event.stream_id)
        if stream is None:
            return
        stream.body += event.data
        if len(stream.body) > MAX_BODY:
            del self._streams[event.stream_id]
            self._h2.reset_stream(event.stream_id, h2.errors.ErrorCodes.REFUSED_STREAM)

    async def _serve(self, id: int) -> None:
        stream = self._streams.get(id)
        if stream is None:
            return
        answer = await self._answer(stream.request())
        if stream.gone or self._transport is None:
            return
        headers = [(":status", str(answer.status)), *((n.lower(), v) for n, v in answer.headers.items() if n.lower() not in HOP_BY_HOP)]
        if not any(name == "content-length" for name, _ in headers):
            headers.append(("content-length", str(len(answer.body))))
        try:
            self._h2.send_headers(id, headers, end_stream=not answer.body)
            await self._send(id, stream, answer.body)
        except h2.exceptions.ProtocolError:
            pass  # the stream or the connection ended meanwhile
        self._streams.pop(id, None)
        self._flush()
        self._close_if_done()

    async def _send(self, id: int, stream: _Stream, body: bytes) -> None:
        """Sends a body, as much at a time as its receiver takes."""
        at = 0
        while at < len(body):
            if stream.gone or self._transport is None:
                return
            length = min(self._h2.local_flow_control_window(id), self._h2.max_outbound_frame_size, len(body) - at)
            if length <= 0:
                stream.window.clear()
                self._flush()
                await stream.window.wait()
                continue
            self._h2.send_data(id, body[at : at + length], end_stream=at + length == len(body))
            at += length

    def _flush(self) -> None:
        data = self._h2.data_to_send()
        if data and self._transport is not None:
            self._transport.write(data)

    def _close_if_done(self) -> None:
        if self._leaving and not self._streams and self._transport is not None:
            self._transport.close()


class _Stream:
    """A request that arrives, and its answer that leaves."""

    def __init__(self, headers: list[tuple[str, str]]) -> None:
        self.headers = headers
        self.body = bytearray()
        self.window = asyncio.Event()
        self.gone = False

    def request(self) -> Request:
        """The request, as HTTP/1.1 would have it."""
        given = dict(self.headers)
        path, _, query = given.get(":path", "/").partition("?")
        headers = CIMultiDict((n, v) for n, v in self.headers if not n.startswith(":"))
        headers.setdefault("Host", given.get(":authority", ""))
        return Request(given.get(":method", "GET"), path, query, headers, bytes(self.body))
