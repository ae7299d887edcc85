"""Answers in the protocols of AWS's services: JSON, the query protocol's XML, REST, and what errors look like in each."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from ifc.local.services.errors import ServiceError
from ifc.local.services.request import Call
from ifc.records import record

NAMESPACES = {
    "sqs": "http://queue.amazonaws.com/doc/2012-11-05/",
    "sns": "http://sns.amazonaws.com/doc/2010-03-31/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
}
# SQS's query protocol has lists and maps without an element around them, under names of their own (API_…Response of each operation).
FLAT = {
    "SendMessageBatch.Successful": "SendMessageBatchResultEntry",
    "DeleteMessageBatch.Successful": "DeleteMessageBatchResultEntry",
    "ChangeMessageVisibilityBatch.Successful": "ChangeMessageVisibilityBatchResultEntry",
    "Failed": "BatchResultErrorEntry",
    "Messages": "Message",
    "QueueUrls": "QueueUrl",
    "queueUrls": "QueueUrl",
    "Attributes": "Attribute",
    "MessageAttributes": "MessageAttribute",
}
# What XML 1.0 has no place for, and the line break that its readers would turn into another.
UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#13;"})
# The codes of a refusal, where they are not AccessDeniedException (each service's API reference, Common errors).
DENIED = {"sqs": ("AccessDenied", 403), "sns": ("AuthorizationError", 403), "ec2": ("UnauthorizedOperation", 403)}


@record
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


def success(call: Call, result: Mapping[str, Any] | None) -> Answer:
    """What an operation returned, in the protocol it was asked in."""
    id = str(uuid.uuid4())
    headers = {"x-amzn-RequestId": id, "Content-Type": f"application/x-amz-json-{call.version}"}
    if call.protocol == "json":
        return Answer(200, headers, b"" if result is None else json.dumps(result, separators=(",", ":")).encode())
    inner = _wrapped(call, result or {})
    made = inner if result is None else f"<{call.operation}Result>{inner}</{call.operation}Result>"
    name = f"{call.operation}Response"
    text = (
        f'<?xml version="1.0"?><{name} xmlns="{NAMESPACES.get(call.service, "")}">{made}'
        f"<ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{name}>"
    )
    return Answer(200, {**headers, "Content-Type": "text/xml"}, text.encode())


def failure(call: Call, error: ServiceError) -> Answer:
    """An error, in the protocol of the request."""
    id = str(uuid.uuid4())
    made = {"json": _json_error, "query": _query_error, "ec2": _ec2_error, "rest-json": _rest_json_error, "cbor": _cbor_error}
    return made.get(call.protocol, _rest_xml_error)(call, error, id)


def refused(call: Call, message: str) -> ServiceError:
    """The error of somebody who may not do what he asks for."""
    if call.service in DENIED:
        code, status = DENIED[call.service]
        return ServiceError(code, message, status)
    if call.protocol in ("query", "rest-xml"):
        return ServiceError("AccessDenied", message, 403)
    return ServiceError("AccessDeniedException", message, 403 if call.protocol == "rest-json" else 400)


# --- errors ---


def _json_error(call: Call, error: ServiceError, id: str) -> Answer:
    headers = {"x-amzn-RequestId": id, "Content-Type": f"application/x-amz-json-{call.version}"}
    body = {"__type": error.shape, "message": error.message}
    if call.service == "sqs":
        # The code of the query protocol, which SDKs show as they did before (SQS developer guide, AWS JSON protocol).
        headers["x-amzn-query-error"] = f"{error.code};{'Receiver' if error.status >= 500 else 'Sender'}"
        body["__type"] = f"com.amazonaws.sqs#{error.shape}"
    return Answer(error.status, headers, json.dumps(body).encode())


def _query_error(call: Call, error: ServiceError, id: str) -> Answer:
    fault = "Receiver" if error.status >= 500 else "Sender"
    text = (
        f'<?xml version="1.0"?><ErrorResponse xmlns="{NAMESPACES.get(call.service, "")}"><Error><Type>{fault}</Type>'
        f"<Code>{escaped(error.code)}</Code><Message>{escaped(error.message)}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>"
    )
    return Answer(error.status, {"x-amzn-RequestId": id, "Content-Type": "text/xml"}, text.encode())


def _ec2_error(call: Call, error: ServiceError, id: str) -> Answer:
    text = (
        f'<?xml version="1.0"?><Response><Errors><Error><Code>{escaped(error.code)}</Code><Message>{escaped(error.message)}</Message>'
        f"</Error></Errors><RequestID>{id}</RequestID></Response>"
    )
    return Answer(error.status, {"x-amzn-RequestId": id, "Content-Type": "text/xml"}, text.encode())


def _rest_json_error(call: Call, error: ServiceError, id: str) -> Answer:
    headers = {"x-amzn-RequestId": id, "Content-Type": "application/json", "x-amzn-ErrorType": error.shape}
    body = {"Type": "User", "Message": error.message} if call.service == "lambda" else {"message": error.message}
    return Answer(error.status, headers, json.dumps(body).encode())


def _rest_xml_error(call: Call, error: ServiceError, id: str) -> Answer:
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{escaped(error.code)}</Code><Message>{escaped(error.message)}</Message>'
        f"<RequestId>{id}</RequestId><HostId>local</HostId></Error>"
    )
    body = b"" if call.request.method == "HEAD" else text.encode()
    return Answer(error.status, {"x-amz-request-id": id, "Content-Type": "application/xml"}, body)


def _cbor_error(call: Call, error: ServiceError, id: str) -> Answer:
    """The error as a map of two texts (Smithy RPC v2 CBOR protocol, Operation error serialization)."""
    body = b"\xa2" + b"".join(_cbor_text(t) for t in ("__type", error.shape, "message", error.message))
    return Answer(error.status, {"x-amzn-RequestId": id, "Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, body)


def _cbor_text(text: str) -> bytes:
    data = text.encode()
    if len(data) < 24:
        return bytes([0x60 + len(data)]) + data
    return b"\x79" + len(data).to_bytes(2, "big") + data if len(data) < 65_536 else b"\x7a" + len(data).to_bytes(4, "big") + data


# --- XML ---


def escaped(text: str) -> str:
    """A text as XML has it; what XML can't hold is left out."""
    return UNWRITABLE.sub("", text).translate(ESCAPES)


def _wrapped(call: Call, result: Mapping[str, Any]) -> str:
    write = _flat if call.service == "sqs" else _nested
    return "".join(write(call.operation, name, value) for name, value in result.items() if value is not None)


def _flat(operation: str, name: str, value: Any) -> str:
    """An element of SQS's: a list is its elements one after the other, a map elements of a name and a value."""
    named = FLAT.get(f"{operation}.{name}") or FLAT.get(name, name)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(_flat(operation, named, part) for part in value)
    if isinstance(value, Mapping) and named in ("Attribute", "MessageAttribute"):
        return "".join(f"<{named}><Name>{escaped(k)}</Name>{_flat(operation, 'Value', v)}</{named}>" for k, v in value.items())
    if isinstance(value, Mapping):
        return f"<{named}>" + "".join(_flat(operation, k, v) for k, v in value.items()) + f"</{named}>"
    return f"<{named}>{_scalar(value)}</{named}>"


def _nested(operation: str, name: str, value: Any) -> str:
    """An element of the others': lists have `member`s, maps `entry`s."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"<{name}>" + "".join(_nested(operation, "member", part) for part in value) + f"</{name}>"
    if isinstance(value, Mapping) and name == "Attributes":
        inner = "".join(f"<entry><key>{escaped(k)}</key><value>{_scalar(v)}</value></entry>" for k, v in value.items())
        return f"<{name}>{inner}</{name}>"
    if isinstance(value, Mapping):
        return f"<{name}>" + "".join(_nested(operation, k, v) for k, v in value.items()) + f"</{name}>"
    return f"<{name}>{_scalar(value)}</{name}>"


def _scalar(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else escaped(str(value))
