"""The answers to clients, and how Lambda words a failed call."""

from __future__ import annotations

import json
import signal
from typing import Any

REASONS = {200: "OK", 400: "Bad Request", 405: "Method Not Allowed", 408: "Request Timeout", 413: "Content Too Large"}
REASONS.update({429: "Too Many Requests", 431: "Request Header Fields Too Large"})


def response(status: int, body: bytes, request: str | None, error: bool, milliseconds: float | None, keep: bool) -> bytes:
    """The bytes of an answer."""
    head = f"HTTP/1.1 {status} {REASONS[status]}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
    if request is not None:
        head += f"x-ifc-request-id: {request}\r\n"
    if milliseconds is not None:
        head += f"x-ifc-duration-ms: {milliseconds:.2f}\r\n"
    if error:
        head += "x-amz-function-error: Unhandled\r\n"
    return f"{head}connection: {'keep-alive' if keep else 'close'}\r\n\r\n".encode("ascii") + body


def error_body(kind: str, message: str, request: str, trace: list[str] | None = None) -> bytes:
    """A failed call's answer, as Lambda words it."""
    error = {"errorMessage": message, "errorType": kind, "requestId": request, "stackTrace": trace or []}
    return json.dumps(error, ensure_ascii=False).encode("utf-8", "backslashreplace")


def verdict_body(verdict: tuple[str, str], request: str) -> bytes:
    """The answer for a call whose process ended (Lambda has no stack trace in it)."""
    return json.dumps({"errorType": verdict[0], "errorMessage": f"RequestId: {request} Error: {verdict[1]}"}).encode("ascii")


def timed_out(specification: dict[str, Any]) -> tuple[str, str]:
    """Why a worker was killed that ran over the timeout, as Lambda says it."""
    return "Sandbox.Timedout", f"Task timed out after {float(specification.get('timeout', 3)):.2f} seconds"


def exited(status: int) -> tuple[str, str]:
    """Why a process ended, as Lambda says it."""
    if status & 127:
        why = signal.strsignal(status & 127) or str(status & 127)
        return "Runtime.ExitError", f"Runtime exited with error: signal: {why.lower()}"
    if status >> 8:
        return "Runtime.ExitError", f"Runtime exited with error: exit status {status >> 8}"
    return "Runtime.ExitError", "Runtime exited without providing a reason"
