"""What every service that the engine serves shares: who calls, what it may reach, and how operations are found."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ifc.local.broker import Broker
from ifc.local.services.answers import Answer
from ifc.local.services.directory import Declared, Directory
from ifc.local.services.errors import ServiceError
from ifc.local.services.request import Call
from ifc.records import record

DEVELOPER = "developer"  # calls with any key that is no function's
# What begins the names of operations that change what an app is made of.
CHANGING = re.compile(
    r"(Add|Associate|Activate|Attach|Cancel|Create|Deactivate|Decrease|Delete|Deregister|Disable|Enable|Increase|Merge|Publish|Put|Register|Remove|Set|Split|Start|Stop|Subscribe|Tag|Unsubscribe|Untag|Update)(?=[A-Z]|$)"
)


@record
class Caller:
    """Who calls: a declared function, or the developer himself."""

    name: str  # the function's declared name, or DEVELOPER
    arn: str
    id: str  # as SQS's SenderId and STS's UserId have it
    function: Declared | None = None


@record
class Home:
    """What services work with."""

    directory: Directory
    broker: Broker
    note: Callable[[str], None]  # tells the developer something
    started: float  # seconds since the epoch: when everything here was "created"


Operation = Callable[[Home, Call, Caller], Awaitable[Mapping[str, Any] | Answer | None]]


def developer(account: str) -> Caller:
    """The developer, as the account's own user."""
    return Caller(DEVELOPER, f"arn:aws:iam::{account}:user/{DEVELOPER}", "AIDA" + "DEVELOPER".rjust(17, "A"))


def caller(directory: Directory, function: str) -> Caller:
    """A function, as the session of its role (IAM user guide, IAM identifiers: unique ids begin with AROA)."""
    found = directory.called(directory.functions, function)
    if found is None:
        raise ServiceError("InvalidClientTokenId", f"the function `{function}` is not declared any more", 403)
    role = str(found.entry.get("role") or f"arn:aws:iam::{directory.account}:role/{found.physical}")
    account = role.split(":")[4] if role.count(":") >= 5 else directory.account
    name = role.rpartition("/")[2]
    arn = role if ":assumed-role/" in role else f"arn:aws:sts::{account}:assumed-role/{name}/{found.physical}"
    unique = base64.b32encode(hashlib.sha256(role.encode()).digest()).decode()[:17]
    return Caller(function, arn, f"AROA{unique}:{found.physical}", found)


def unserved(call: Call, operation: str, file: str) -> ServiceError:
    """The error for an operation that the engine does not serve: what it would change is declared, or nothing here does it."""
    if CHANGING.match(operation):
        return ServiceError(code(call), f"{operation} is not for a running app: declare it in {file}", shape="UnsupportedOperation")
    return ServiceError(code(call), f"`ifc local` does not serve {operation or 'this path'} of {call.prefix}", shape="UnsupportedOperation")


def code(call: Call) -> str:
    """How a service calls an operation that it does not support."""
    return "AWS.SimpleQueueService.UnsupportedOperation" if call.service == "sqs" else "UnsupportedOperation"
