"""Requests to a host's API, with a token that goes nowhere else."""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from email.message import Message
from typing import Any

import attrs

TIMEOUT = 30
SECONDARY = 60  # seconds, where GitHub names no time (GitHub docs, Rate limits for the REST API: "wait for at least one minute")
MOST_BYTES = 50_000_000


class Passing(Exception):
    """What may go well when it is tried again: after `wait` seconds, if the host has said how long."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class Refused(Exception):
    """What the host refuses: a sentence, and one that helps."""

    def __init__(self, message: str, help: str = "", status: int = 0) -> None:
        super().__init__(message)
        self.help, self.status = help, status


@attrs.frozen
class Answer:
    """What the host has answered: plain data, and whether there are further pages."""

    data: Any
    more: bool


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Never: the token would go along."""


class Web:
    """An API at one address."""

    def __init__(self, address: str, headers: Mapping[str, str]) -> None:
        self.address = address.rstrip("/")
        self.headers = {"User-Agent": "ifc", "Accept": "application/json", **headers}
        self.opener = urllib.request.build_opener(_NoRedirects)

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """What the host answers; raises Passing where it may later answer, Refused where it won't."""
        data = None if body is None else json.dumps(body).encode()
        headers = self.headers if data is None else {**self.headers, "Content-Type": "application/json"}
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        try:
            with self.opener.open(request, timeout=TIMEOUT) as answer:
                text = answer.read(MOST_BYTES)
                return Answer(json.loads(text) if text.strip() else None, 'rel="next"' in answer.headers.get("Link", ""))
        except urllib.error.HTTPError as problem:
            with problem:
                raise refusal(problem.code, problem.headers, _message(problem)) from None
        except (urllib.error.URLError, http.client.HTTPException, OSError) as problem:
            reason = getattr(problem, "reason", None) or problem
            raise Passing(f"{self.address} does not answer: {str(reason) or type(reason).__name__}") from None
        except ValueError:
            raise Refused(f"{self.address} does not answer as an API does", "check the address of the API") from None


def refusal(status: int, headers: Message, message: str) -> Exception:
    """What an answer other than a good one means."""
    after = headers.get("Retry-After", "")
    limited = after or headers.get("X-RateLimit-Remaining") == "0" or "rate limit" in message.lower()
    if status == 429 or (status == 403 and limited):
        return Passing(f"the host asks to wait: {message}", _pause(headers))
    if status >= 500:
        return Passing(f"the host answers {status}: {message}", float(after) if after.isdigit() else None)
    if 300 <= status < 400:
        return Refused("the host says that the repository is at another address", "run it in the repository under its new name", status)
    return Refused(message, status=status)


def _pause(headers: Message) -> float:
    after, reset = headers.get("Retry-After", ""), headers.get("X-RateLimit-Reset", "")
    if after.isdigit():
        return float(after)
    if headers.get("X-RateLimit-Remaining") == "0" and reset.isdigit():
        return max(0.0, float(reset) - time.time())
    return SECONDARY


def _message(problem: urllib.error.HTTPError) -> str:
    try:
        found = json.loads(problem.read(100_000))
        words = found.get("message") or found.get("error") or found
        return " ".join(str(words).split())[:500]
    except (ValueError, AttributeError, OSError, http.client.HTTPException):
        return str(problem.reason)
