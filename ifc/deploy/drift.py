"""What in the account is not as the template says: somebody changed it there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ifc.deploy.account import Account
from ifc.deploy.faults import one_line
from ifc.diagnostics import Diagnostic, Failure
from ifc.records import named

PAUSE = 2.0  # seconds between two looks
REMOVED = "DELETED"


@named
class Drift:
    """A resource that is not as it was deployed."""

    resource: str
    type: str
    gone: bool
    properties: tuple[str, ...] = ()  # that are otherwise: `/Properties/Timeout: 30, now 60`


@named
class Drifts:
    """What was found, and how much of the stack CloudFormation can compare."""

    found: tuple[Drift, ...]
    checked: int


def drifts(account: Account, stack: str, pause: Callable[[float], None] = time.sleep) -> Drifts:
    """What is not as deployed; CloudFormation looks at each resource, which takes a while. Failure where it can't."""
    client = account.client("cloudformation")
    detection = client.detect_stack_drift(StackName=stack)["StackDriftDetectionId"]
    while True:
        answer = client.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        if answer["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            break
        pause(PAUSE)
    found = list(_found(client, stack))
    if answer["DetectionStatus"] == "DETECTION_FAILED" and not found:
        reason = one_line(answer.get("DetectionStatusReason"))
        raise Failure(Diagnostic("IFC839", f"CloudFormation can't compare the stack with the account: {reason}"))
    known = [one for one in found if one["StackResourceDriftStatus"] != "NOT_CHECKED"]
    drifted = [_drift(one) for one in known if one["StackResourceDriftStatus"] in ("MODIFIED", REMOVED)]
    return Drifts(found=tuple(sorted(drifted, key=lambda drift: drift.resource)), checked=len(known))


def _found(client: Any, stack: str) -> Iterator[Mapping[str, Any]]:
    """What was found of each resource; boto3 has no paginator for it."""
    more: dict[str, str] = {}
    while True:
        page = client.describe_stack_resource_drifts(StackName=stack, **more)
        yield from page["StackResourceDrifts"]
        if not page.get("NextToken"):
            return
        more = {"NextToken": page["NextToken"]}


def _drift(found: Mapping[str, Any]) -> Drift:
    return Drift(
        resource=found["LogicalResourceId"],
        type=found["ResourceType"],
        gone=found["StackResourceDriftStatus"] == REMOVED,
        properties=tuple(_property(one) for one in found.get("PropertyDifferences", [])),
    )


def _property(found: Mapping[str, str]) -> str:
    """One property, as it was deployed and as it is."""
    path = found["PropertyPath"].removeprefix("/").replace("/", ".")
    if found["DifferenceType"] == "ADD":
        return f"{path} was added"
    if found["DifferenceType"] == "REMOVE":
        return f"{path} was removed"
    return f"{path}: {_short(found['ExpectedValue'])}, now {_short(found['ActualValue'])}"


def _short(value: str) -> str:
    return value if len(value) <= 60 else f"{value[:57]}…"
