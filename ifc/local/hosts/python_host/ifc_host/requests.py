"""The requests of clients: HTTP as it is read from a connection."""

from __future__ import annotations

import re
import socket
import time
import uuid

LARGEST_REQUEST = 6 * 1024 * 1024  # bytes of an event (Lambda developer guide, Lambda quotas)
LARGEST_HEAD = 64 * 1024
LONGEST_ID = 128
READING = 10.0  # seconds until a request must have come, or an answer must have gone

BEGINNING = re.compile(rb"[A-Z]{1,16}(?: |\Z)")
TOO_SLOW = socket.timeout  # a class of its own before Python 3.10
HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n]*?)[ \t]*$")


class Refused(Exception):
    """A request that is answered without calling the handler: a status, and why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


class Request:
    """A request: its event, and what its headers say."""

    __slots__ = ("body", "client", "id", "keep", "trace")

    def __init__(self, headers: dict[str, str], body: bytes, keep: bool) -> None:
        self.body, self.keep = body, keep
        self.id = tidy_id(headers.get("x-ifc-request-id"))
        self.trace = headers.get("x-ifc-trace") or None
        self.client = headers.get("x-ifc-client") or None


def tidy_id(given: str | None) -> str:
    """The id of a call: the one given, if it can stand in a header and a line of the log, or a new one."""
    if given and len(given) <= LONGEST_ID and given.isascii() and given.isprintable():
        return given
    return str(uuid.uuid4())


class Reader:
    """Reads one request from a connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._rest = b""
        self._end = time.monotonic() + READING
        connection.settimeout(READING)

    def request(self) -> Request | None:
        """The next request, or None where the client has gone; raises Refused."""
        head = self._head()
        if head is None:
            return None
        lines = head.decode("latin-1").split("\r\n")
        method, version = _request_line(lines[0])
        headers = _headers(lines[1:])
        connection = headers.get("connection", "").lower()
        keep = "close" not in connection if version == "1.1" else "keep-alive" in connection
        if method != "POST":
            raise Refused(405, "a function is called with POST")
        if "100-continue" in headers.get("expect", "").lower():
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self._body(headers)
        return None if body is None else Request(headers, body, keep and not self._rest)

    def _head(self) -> bytes | None:
        end = -1
        while end < 0:
            if len(self._rest) > LARGEST_HEAD:
                raise Refused(431, "the headers are too large")
            if not self._more():
                return None
            if not BEGINNING.match(self._rest):
                raise Refused(400, "this is not HTTP")
            end = self._rest.find(b"\r\n\r\n")
        head, self._rest = self._rest[:end], self._rest[end + 4 :]
        if len(head) > LARGEST_HEAD:
            raise Refused(431, "the headers are too large")
        return head

    def _body(self, headers: dict[str, str]) -> bytes | None:
        length, coding = headers.get("content-length"), headers.get("transfer-encoding")
        if coding is not None:
            if length is not None or coding.lower() != "chunked":
                raise Refused(400, "the body's length is not clear")
            return self._chunks()
        if length is None:
            return b""
        if not (length.isascii() and length.isdigit()):
            raise Refused(400, "the body's length is not a number")
        return self._exactly(_fitting(int(length[:20])))

    def _chunks(self) -> bytes | None:
        body = b""
        while True:
            line = self._line()
            if line is None:
                return None
            size = line.split(b";")[0].strip()
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,16}", size):
                raise Refused(400, "a chunk's length is not a number")
            count = int(size, 16)
            _fitting(len(body) + count)
            if not count:
                return self._trailer(body)
            chunk = self._exactly(count)
            if chunk is None or self._exactly(2) != b"\r\n":
                return None
            body += chunk

    def _trailer(self, body: bytes) -> bytes | None:
        while True:
            line = self._line()
            if line is None:
                return None
            if not line:
                return body

    def _line(self) -> bytes | None:
        while b"\r\n" not in self._rest:
            if len(self._rest) > LARGEST_HEAD:
                raise Refused(400, "a line is too long")
            if not self._more():
                return None
        line, self._rest = self._rest.split(b"\r\n", 1)
        return line

    def _exactly(self, count: int) -> bytes | None:
        if len(self._rest) >= count:
            got, self._rest = self._rest[:count], self._rest[count:]
            return got
        got, parts = self._rest, []
        missing = count - len(got)
        while missing:
            part = self._receive(min(missing, 1 << 18))
            if not part:
                return None
            parts.append(part)
            missing -= len(part)
        self._rest = b""
        return b"".join([got, *parts])

    def _more(self) -> bool:
        part = self._receive(1 << 16)
        self._rest += part
        return bool(part)

    def _receive(self, most: int) -> bytes:
        if time.monotonic() > self._end:
            raise TOO_SLOW
        return self._connection.recv(most)


def _request_line(line: str) -> tuple[str, str]:
    """The method and the version of HTTP."""
    found = re.fullmatch(r"([A-Z]{1,16}) \S+ HTTP/(1\.[01])", line)
    if found is None:
        raise Refused(400, "this is not HTTP")
    return found[1], found[2]


def _headers(lines: list[str]) -> dict[str, str]:
    """Headers by their names in lower case; one that says two lengths is refused."""
    headers: dict[str, str] = {}
    for line in lines:
        found = HEADER.match(line)
        if found is None:
            raise Refused(400, "a header is malformed")
        name = found[1].lower()
        if name in headers and name in ("content-length", "transfer-encoding"):
            raise Refused(400, "the body's length is not clear")
        headers[name] = found[2]
    return headers


def _fitting(length: int) -> int:
    """The length, unless it is above Lambda's limit (Lambda API reference, Invoke: RequestTooLargeException)."""
    if length > LARGEST_REQUEST:
        raise Refused(413, f"Request must be smaller than {LARGEST_REQUEST} bytes for the InvokeFunction operation")
    return length
