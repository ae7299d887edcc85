"""AWS STS: who the caller is. Everything else of STS is the stores'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ifc.local.services.request import Call
from ifc.local.services.service import Caller, Home, Operation


async def get_caller_identity(home: Home, call: Call, caller: Caller) -> Mapping[str, Any]:
    """GetCallerIdentity."""
    return {"Arn": caller.arn, "UserId": caller.id, "Account": home.directory.account}


OPERATIONS: dict[str, Operation] = {"GetCallerIdentity": get_caller_identity}
