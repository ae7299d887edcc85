"""What a worker does with its calls."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

from .answers import error_body, response, verdict_body
from .context import LambdaContext
from .handlers import Fault, frames, load, text_of
from .requests import LARGEST_REQUEST, READING, TOO_SLOW, Reader, Refused, Request
from .sdk import Sdk
from .slot import CLOSE, KEEP, LAST, READY, Slot
from .surroundings import environment, set_up_logging
from .values import marshal, parse

LARGEST_RESPONSE = LARGEST_REQUEST + 100
LINGERING = 1.0  # seconds for a client to read why its request was refused


class Runtime:
    """What a worker does: it loads the handler, then takes one call after the other."""

    def __init__(self, specification: dict[str, Any], control: socket.socket, slot: Slot) -> None:
        self._specification, self._control, self._slot = specification, control, slot
        self._handler: Callable[[Any, Any], Any] | None = None
        self._failure: tuple[str, str, list[str] | None] | None = None
        self._where: list[str] | None = None  # the stack of that which is printed
        self.verdict: tuple[str, str] | None = None
        self._request: str | None = None
        # What a handler may replace (a patched socket, a frozen clock) is taken before.
        self._socket, self._now, self._wall = socket.socket, time.monotonic, time.time
        self._streams = (sys.stdout, sys.stderr)

    def prepare(self, sdk: Sdk) -> None:
        """Sets up what a handler finds around it, and loads it."""
        code = self._specification["code"]
        os.environ.clear()  # the host's, of which `environment` has what is passed on
        os.environ.update(environment(self._specification))
        time.tzset()
        sys.dont_write_bytecode = True  # a stale one would win over code that was changed within a second
        paths = (self._specification.get("environment") or {}).get("PYTHONPATH", "")
        sys.path[:0] = [code, *filter(None, paths.split(os.pathsep))]
        sdk.give_way(code)
        set_up_logging(lambda: self._request)
        try:
            os.chdir(code)
            importlib.invalidate_caches()
            self._handler = load(self._specification["handler"])
        except Fault as fault:
            self._failure, self._where = (fault.kind, fault.message, fault.trace), fault.where
        except Exception as problem:
            self._failure = (type(problem).__name__, text_of(problem), frames(problem))
            self._where = self._failure[2]
        except BaseException as end:
            self._exit(end)

    def serve(self) -> NoReturn:
        """Takes calls until the host hangs up."""
        self._control.sendall(READY)
        space, flags = socket.CMSG_SPACE(4), getattr(socket, "MSG_CMSG_CLOEXEC", 0)
        while True:
            data, rights, _, _ = self._control.recvmsg(1, space, flags)
            if not data or not rights:
                os._exit(0)
            self._slot.state = Slot.READING
            connection = self._socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, struct.unpack("i", rights[0][2])[0])
            try:
                keep = self._take(connection)
            except OSError:  # the client has gone, or stays without a word
                keep = False
            connection.close()
            last = self._failure is not None or self.verdict is not None
            self._slot.state = Slot.RESTING
            self._control.sendall(LAST if last else KEEP if keep else CLOSE)
            if last:
                os._exit(0)  # the next call loads the code anew, as on Lambda

    def _take(self, connection: socket.socket) -> bool:
        """Answers one request; returns whether the connection may have another one."""
        try:
            request = Reader(connection).request()
            if request is None:
                return False
            if self._handler is None and self._failure is None and self.verdict is None:
                raise Refused(429, "Rate Exceeded.")
            event = parse(request.body)
        except Refused as refused:
            self._refuse(connection, refused)
            return False
        except TOO_SLOW:
            self._refuse(connection, Refused(408, "the request did not come in time"))
            return False
        self._slot.run(request.id)
        began = self._now()
        body, error = self._call(event, request)
        milliseconds = (self._now() - began) * 1000
        self._flush()
        answer = response(200, body, request.id, error, milliseconds, request.keep)
        self._slot.state = Slot.ANSWERING
        connection.sendall(answer)
        return request.keep

    def _refuse(self, connection: socket.socket, refused: Refused) -> None:
        """Says why, and gives the client time to read it: a connection closed on unread data loses its answer."""
        body = json.dumps({"errorMessage": refused.text}).encode("ascii")
        connection.sendall(response(refused.status, body, None, False, None, False))
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(LINGERING)
        end = self._now() + READING
        while connection.recv(1 << 16) and self._now() < end:
            pass

    def _call(self, event: Any, request: Request) -> tuple[bytes, bool]:
        """What the handler returns, or its error, as JSON."""
        if self.verdict is not None:
            return verdict_body(self.verdict, request.id), True
        if self._failure is not None or self._handler is None:
            kind, message, trace = self._failure or ("Runtime.HandlerNotFound", "", None)
            self._report(kind, message, self._where)
            return error_body(kind, message, request.id, trace), True
        self._request = request.id
        if request.trace is None:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        else:
            os.environ["_X_AMZN_TRACE_ID"] = request.trace
        deadline = self._wall() + float(self._specification.get("timeout", 3))
        try:
            result = self._handler(event, LambdaContext(self._specification, request, deadline))
            body = marshal(result)
        except Fault as fault:
            self._report(fault.kind, fault.message, fault.trace)
            return error_body(fault.kind, fault.message, request.id, fault.trace), True
        except Exception as problem:
            kind, message, trace = type(problem).__name__, text_of(problem), frames(problem)
            self._report(kind, message, trace)
            return error_body(kind, message, request.id, trace), True
        except BaseException as end:
            self._exit(end)
        finally:
            self._request = None
        if len(body) > LARGEST_RESPONSE:
            message = f"Response payload size ({len(body)} bytes) exceeded maximum allowed payload size ({LARGEST_RESPONSE} bytes)."
            return json.dumps({"errorMessage": message, "errorType": "Function.ResponseSizeTooLarge"}).encode("ascii"), True
        return body, False

    def _flush(self) -> None:
        for stream in self._streams:
            with contextlib.suppress(Exception):  # the handler may have closed it
                stream.flush()

    def _exit(self, end: BaseException) -> NoReturn:
        """Ends the process as Python would, for sys.exit and the like; the host answers."""
        status: Any = 1
        with contextlib.suppress(Exception):
            if not isinstance(end, SystemExit):
                traceback.print_exception(type(end), end, end.__traceback__)
            elif end.code is None or isinstance(end.code, int):
                status = end.code or 0
            else:
                sys.stderr.write(f"{end.code}\n")
        self._flush()
        os._exit(status & 255)

    def _report(self, kind: str, message: str, trace: list[str] | None) -> None:
        """Prints an error as Lambda's runtime does."""
        text = f"[ERROR] {kind}: {message}\n" if message else f"[ERROR] {kind}\n"
        if trace is not None:
            text += "Traceback (most recent call last):\n" + "".join(trace)
        with contextlib.suppress(Exception):
            sys.stderr.write(text if text.endswith("\n") else text + "\n")
