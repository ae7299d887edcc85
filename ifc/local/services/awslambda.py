"""AWS Lambda: calling functions. What else Lambda does is declared."""

from __future__ import annotations

import base64
import json
import re
import uuid
from typing import Any
from urllib.parse import unquote

from ifc.local.broker import Asked
from ifc.local.services.answers import Answer
from ifc.local.services.directory import Declared, Directory
from ifc.local.services.errors import ServiceError
from ifc.local.services.request import Call
from ifc.local.services.service import Caller, Home, Operation

INVOKE = re.compile(r"/2015-03-31/functions/([^/]+)/invocations/?")
INVOKE_ASYNC = re.compile(r"/2014-11-13/functions/([^/]+)/invoke-async/?")
# A name, `account:function:name` or an ARN, perhaps with a version or an alias (API_Invoke, FunctionName).
FUNCTION = re.compile(
    r"(?:(?:arn:[^:]+:lambda:[^:]*:)?(?P<account>\d{12}):function:|function:)?(?P<name>[A-Za-z0-9_-]{1,64})(?::(?P<qualifier>[A-Za-z0-9$_.-]+))?"
)
LATEST = "$LATEST"
MAX_SYNCHRONOUS, MAX_ASYNCHRONOUS = 6_291_456, 1_048_576  # bytes (Lambda developer guide, Lambda quotas)
LOG_TAIL = 4096  # bytes (API_Invoke, LogType)
MAX_CLIENT = 3583  # characters (API_Invoke, ClientContext)


def operation(call: Call) -> str:
    """The operation that a path means, "" for all that isn't served."""
    if call.request.method == "POST" and INVOKE.fullmatch(call.request.path):
        return "Invoke"
    return "InvokeAsync" if call.request.method == "POST" and INVOKE_ASYNC.fullmatch(call.request.path) else ""


def asked(call: Call) -> tuple[str, str]:
    """The name and the qualifier ("" for none) of the function that a path is about."""
    found = INVOKE.fullmatch(call.request.path) or INVOKE_ASYNC.fullmatch(call.request.path)
    parts = FUNCTION.fullmatch(unquote(found[1])) if found else None
    if parts is None:
        raise ServiceError(
            "ValidationException",
            "1 validation error detected: Value at 'functionName' failed to satisfy constraint: "
            "Member must be a function's name or ARN, with at most 140 characters",
        )
    return parts["name"], call.query.get("Qualifier") or parts["qualifier"] or ""


def arn(directory: Directory, region: str, name: str, qualifier: str) -> str:
    """The ARN that a call is checked against; with a qualifier it is another than without (Lambda developer guide, Resources and conditions)."""
    found = directory.functions.get(name)
    return (found.arn if found else directory.arn("lambda", region, f"function:{name}")) + (f":{qualifier}" if qualifier else "")


def _function(home: Home, call: Call) -> Declared:
    name, qualifier = asked(call)
    found = home.directory.functions.get(name)
    if found is None or qualifier not in ("", LATEST):
        missing = arn(home.directory, home.directory.region, name, qualifier)
        raise ServiceError("ResourceNotFoundException", f"Function not found: {missing}", 404)
    return found


def _payload(call: Call, most: int) -> bytes:
    payload = call.request.body or b"{}"
    if len(payload) > most:
        raise ServiceError("RequestTooLargeException", f"Request must be smaller than {most} bytes for the InvokeFunction operation", 413)
    try:
        json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise ServiceError("InvalidRequestContentException", f"Could not parse request body into json: {error}") from None
    return payload


def _client(call: Call) -> str:
    """The client's context of a call: an object of JSON in base 64 (API_Invoke, ClientContext)."""
    given = call.request.header("X-Amz-Client-Context")
    try:
        if not given or (len(given) <= MAX_CLIENT and isinstance(json.loads(base64.b64decode(given, validate=True)), dict)):
            return given
    except (ValueError, RecursionError):
        pass
    raise ServiceError("InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.")


async def invoke(home: Home, call: Call, caller: Caller) -> Answer:
    """Invoke."""
    function = _function(home, call)
    kind = call.request.header("X-Amz-Invocation-Type") or "RequestResponse"
    if kind not in ("RequestResponse", "Event", "DryRun"):
        raise ServiceError("InvalidParameterValueException", f"Unsupported invocation type: {kind}")
    payload = _payload(call, MAX_ASYNCHRONOUS if kind == "Event" else MAX_SYNCHRONOUS)
    if kind == "DryRun":
        return Answer(204, _headers())
    if kind == "Event":
        return Answer(202, _headers(await home.broker.call_later(function.name, payload, caller.name)))
    tail = call.request.header("X-Amz-Log-Type") == "Tail"
    answer = await home.broker.call(function.name, payload, caller.name, Asked(_client(call), tail))
    if answer.status == 429:
        raise ServiceError("TooManyRequestsException", "Rate Exceeded.", 429)
    headers: dict[str, Any] = {**_headers(), "Content-Type": "application/json", "X-Amz-Executed-Version": LATEST}
    if answer.error:
        headers["X-Amz-Function-Error"] = answer.error
    if tail:
        headers["X-Amz-Log-Result"] = base64.b64encode(answer.log.encode()[-LOG_TAIL:]).decode()
    return Answer(200, headers, answer.payload)


async def invoke_async(home: Home, call: Call, caller: Caller) -> Answer:
    """InvokeAsync, which is deprecated and still used."""
    function = _function(home, call)
    await home.broker.call_later(function.name, _payload(call, MAX_ASYNCHRONOUS), caller.name)
    return Answer(202, {**_headers(), "Content-Type": "application/json"}, b'{"Status":202}')


def _headers(id: str = "") -> dict[str, str]:
    return {"x-amzn-RequestId": id or str(uuid.uuid4())}


OPERATIONS: dict[str, Operation] = {"Invoke": invoke, "InvokeAsync": invoke_async}
