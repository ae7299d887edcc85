"""Connections to functions: HTTP over the sockets that their hosts listen on."""

from __future__ import annotations

import asyncio

from ifc.local.broker import Answer


class Link(asyncio.Protocol):
    """A connection to a function, for one call after the other."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer | None] | None = None
        self._data = bytearray()
        self._whole = 0  # bytes of the answer, once its head is there
        self._head = b""
        self.usable = False  # it is idle and may have a further call
        self.unread = False  # it ended before the other side had read all that was asked

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    async def ask(self, request: bytes) -> Answer | None:
        """Sends a request and returns the answer, None where the connection ends without one."""
        self._answer = asyncio.get_running_loop().create_future()
        self._data.clear()
        self._whole, self._head, self.usable = 0, b"", False
        if self._transport is None or self._transport.is_closing():
            self.unread = True
            return None
        self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        self._data += data
        if not self._whole:
            end = self._data.find(b"\r\n\r\n")
            if end < 0:
                return
            self._head = bytes(self._data[:end]).lower()
            self._whole = end + 4 + int(_header(self._head, b"content-length") or b"0")
        if len(self._data) >= self._whole and self._answer is not None and not self._answer.done():
            body = bytes(self._data[self._whole - int(_header(self._head, b"content-length") or b"0") : self._whole])
            error = "Unhandled" if _header(self._head, b"x-amz-function-error") else None
            self.usable = _header(self._head, b"connection") != b"close"
            self._answer.set_result(Answer(body, error, int(self._head[9:12])))

    def connection_lost(self, problem: Exception | None) -> None:
        self.usable, self.unread = False, isinstance(problem, ConnectionError)
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(None)

    def close(self) -> None:
        """Hangs up."""
        self.usable = False
        if self._transport is not None:
            self._transport.abort()


def _header(head: bytes, name: bytes) -> bytes | None:
    """A header's value; `head` is in lower case."""
    start = head.find(b"\r\n" + name + b":")
    if start < 0:
        return None
    end = head.find(b"\r\n", start + 2)
    return head[start + len(name) + 3 : end if end >= 0 else len(head)].strip()
