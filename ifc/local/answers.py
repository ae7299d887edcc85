"""What a function's answer says of the batch that it was called with (Lambda developer guide, Handling errors for an SQS event source)."""

from __future__ import annotations

import json

from ifc.local.broker import Answer


def succeeded(answer: Answer) -> bool:
    """Whether a call ended well."""
    return answer.error is None and answer.status == 200


def failed_items(answer: Answer) -> list[str] | None:
    """The items that a function reports as failed; None where all did: the call failed, or what it reports names none of them."""
    if not succeeded(answer):
        return None
    try:
        found = json.loads(answer.payload or b"null")
    except (ValueError, RecursionError):
        return []
    failures = found.get("batchItemFailures") if isinstance(found, dict) else None
    if not failures:
        return []
    if not isinstance(failures, list):
        return None
    names = [f.get("itemIdentifier") if isinstance(f, dict) else None for f in failures]
    return None if any(not isinstance(name, str) or not name for name in names) else [str(name) for name in names]


def reason(answer: Answer) -> str:
    """Why a call failed, in a line."""
    try:
        found = json.loads(answer.payload)
        text = f"{found['errorType']}: {found['errorMessage']}" if "errorType" in found else str(found.get("errorMessage", found))
    except (ValueError, KeyError, TypeError, AttributeError):
        text = answer.payload.decode("utf-8", "replace") or f"status {answer.status}"
    return text.splitlines()[0][:200] if text.strip() else "no reason given"
