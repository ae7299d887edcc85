"""What the policy of a browser's form allows (Amazon S3 API reference, Browser-based uploads using POST: Creating a POST policy)."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ifc.local.forms import Form
from ifc.local.services.errors import ServiceError

UNTESTED = ("policy", "x-amz-signature", "signature", "awsaccesskeyid")  # fields that a policy need not name
RANGE = "content-length-range"


def check(form: Form, bucket: str, now: float) -> None:
    """Raises ServiceError for a form that its policy does not allow."""
    if "policy" not in form.fields:
        raise ServiceError(
            "InvalidArgument", "Bucket POST must contain a field named 'policy'.  If it is specified, please check the order of the fields."
        )
    if not form.key:
        raise ServiceError(
            "InvalidArgument", "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields."
        )
    over, conditions = _policy(form.fields["policy"])
    if over < now:
        raise _denied("Policy expired.")
    values = {**form.fields, "key": form.key, "bucket": bucket}
    tested = set()
    for condition in conditions:
        for how, name, value in _tests(condition):
            if how == RANGE:
                _fits(form.size, name, value)
                continue
            tested.add(name)
            found = values.get(name)
            if found is None or not (found.startswith(value) if how == "starts-with" else found == value):
                raise _denied(f"Policy Condition failed: {json.dumps([how, f'${name}', value])}")
    extra = [name for name in form.fields if name not in tested and name not in UNTESTED and not name.startswith("x-ignore-")]
    if extra:
        raise _denied(f"Extra input fields: {', '.join(extra)}")


def _policy(text: str) -> tuple[float, list[Any]]:
    """When a policy is over, and its conditions."""
    try:
        found = json.loads(base64.b64decode(text, validate=True))
        conditions = found["conditions"]
        if isinstance(conditions, list):
            return datetime.fromisoformat(found["expiration"]).timestamp(), conditions
    except (ValueError, LookupError, TypeError, RecursionError):
        pass
    raise _invalid("Invalid JSON.")


def _tests(condition: Any) -> Iterator[tuple[str, Any, Any]]:
    """The tests of a condition: how, the field's name, the value; of the file's length its limits."""
    if isinstance(condition, Mapping):
        for name, value in condition.items():
            yield "eq", name.lower(), str(value)
    elif isinstance(condition, list) and len(condition) == 3 and isinstance(condition[0], str):
        how, name, value = condition
        if how.lower() == RANGE:
            yield RANGE, name, value
        elif how.lower() in ("eq", "starts-with") and isinstance(name, str) and name.startswith("$"):
            yield how.lower(), name[1:].lower(), str(value)
        else:
            raise _invalid(f"Invalid Condition: {json.dumps(condition)}.")
    else:
        raise _invalid(f"Invalid Condition: {json.dumps(condition)}.")


def _fits(size: int, least: Any, most: Any) -> None:
    try:
        low, high = int(least), int(most)
    except (ValueError, TypeError):
        raise _invalid(f"Invalid {RANGE}.") from None
    if size < low:
        raise ServiceError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
    if size > high:
        raise ServiceError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")


def _denied(why: str) -> ServiceError:
    return ServiceError("AccessDenied", f"Invalid according to Policy: {why}", 403)


def _invalid(why: str) -> ServiceError:
    return ServiceError("InvalidPolicyDocument", f"Invalid Policy: {why}")
