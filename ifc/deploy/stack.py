"""A stack: what CloudFormation says of it, and what may be done in each of its states."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from botocore.exceptions import ClientError

from ifc.deploy.account import Account
from ifc.deploy.faults import missing
from ifc.records import named

HIDDEN = "****"  # what stands for the value of a parameter with NoEcho
PAUSE = 2.0  # seconds between two looks


class State(Enum):
    """What may be done with a stack."""

    ABSENT = "absent"  # it can be created
    EMPTY = "empty"  # only change sets were made of it: it can be created
    READY = "ready"  # it can be changed
    BUSY = "busy"  # something is being done with it
    HALF = "half"  # a failure was not rolled back: it can be repaired by a further change, or rolled back
    DEAD = "dead"  # a first deployment that was rolled back: nothing is in it, and it must go before the next
    STUCK = "stuck"  # the way back from a failed change failed too: it must be continued
    LEFT = "left"  # its deletion failed, or that of a first deployment: it must be deleted


# CloudFormation user guide, Understanding CloudFormation stack creation events: stack status codes.
STATES = {
    "REVIEW_IN_PROGRESS": State.EMPTY,
    "CREATE_COMPLETE": State.READY,
    "UPDATE_COMPLETE": State.READY,
    "UPDATE_ROLLBACK_COMPLETE": State.READY,
    "IMPORT_COMPLETE": State.READY,
    "IMPORT_ROLLBACK_COMPLETE": State.READY,
    "CREATE_FAILED": State.HALF,
    "UPDATE_FAILED": State.HALF,
    "ROLLBACK_COMPLETE": State.DEAD,
    "UPDATE_ROLLBACK_FAILED": State.STUCK,
    "ROLLBACK_FAILED": State.LEFT,
    "DELETE_FAILED": State.LEFT,
    "IMPORT_ROLLBACK_FAILED": State.STUCK,
    "DELETE_COMPLETE": State.ABSENT,
}
GOOD = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
WORDS = {
    "CREATE_COMPLETE": "deployed",
    "UPDATE_COMPLETE": "deployed",
    "IMPORT_COMPLETE": "deployed, with resources that were imported",
    "UPDATE_ROLLBACK_COMPLETE": "as it was before the last deployment, which failed",
    "IMPORT_ROLLBACK_COMPLETE": "as it was before an import, which failed",
    "CREATE_FAILED": "half made: its first deployment failed, and nothing was rolled back",
    "UPDATE_FAILED": "half changed: the last deployment failed, and nothing was rolled back",
    "ROLLBACK_COMPLETE": "empty: its first deployment failed, and what that had made is gone again",
    "ROLLBACK_FAILED": "half removed: its first deployment failed, and so did taking it back",
    "UPDATE_ROLLBACK_FAILED": "stuck between two versions: the last deployment failed, and so did going back",
    "IMPORT_ROLLBACK_FAILED": "stuck: an import failed, and so did going back",
    "DELETE_FAILED": "half deleted",
    "DELETE_COMPLETE": "deleted",
    "REVIEW_IN_PROGRESS": "not deployed: only a change set was made",
}


@named
class Stack:
    """A stack as it was when it was looked at."""

    name: str
    id: str
    status: str
    reason: str = ""
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    change_set: str = ""  # the ARN of the last one that was executed
    locked: bool = False  # against deletion

    @property
    def state(self) -> State:
        """What may be done with it."""
        return STATES.get(self.status, State.BUSY)

    @property
    def good(self) -> bool:
        """Whether what was done last succeeded."""
        return self.status in GOOD

    @property
    def words(self) -> str:
        """What state it is in, in words."""
        return WORDS.get(self.status, f"busy ({self.status})")


def look(account: Account, name: str) -> Stack | None:
    """The stack of a name or an id, or None where there is none."""
    try:
        found = account.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as problem:
        if missing(problem):
            return None
        raise
    return _read(found[0]) if found else None


def _read(found: Mapping[str, Any]) -> Stack:
    return Stack(
        name=found["StackName"],
        id=found["StackId"],
        status=found["StackStatus"],
        reason=found.get("StackStatusReason", ""),
        parameters={p["ParameterKey"]: p.get("ResolvedValue", p.get("ParameterValue", "")) for p in found.get("Parameters", [])},
        outputs={o["OutputKey"]: o["OutputValue"] for o in found.get("Outputs", [])},
        change_set=found.get("ChangeSetId", ""),
        locked=bool(found.get("EnableTerminationProtection")),
    )


def state_of(stack: Stack | None) -> State:
    """What may be done with a stack, or where there is none."""
    return stack.state if stack is not None else State.ABSENT


def until_calm(account: Account, stack: Stack, begun: bool = False, pause: Callable[[float], None] = time.sleep) -> Stack | None:
    """The stack once nothing is being done with it any more (`begun` only now, so that it may still look calm); None when it is gone."""
    now = look(account, stack.id)
    while now is not None and (now.state == State.BUSY or (begun and now.status == stack.status)):
        pause(PAUSE)
        now = look(account, stack.id)
    return now if state_of(now) != State.ABSENT else None


def resources(account: Account, name: str) -> dict[str, dict[str, Any]]:
    """What the stack has, by logical id: type, physical id and status."""
    pages = account.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=name)
    return {found["LogicalResourceId"]: found for page in pages for found in page["StackResourceSummaries"]}


def template(account: Account, name: str) -> Any:
    """The template that the stack was last given, read."""
    from ifc.review.deployed.cloudformation import content_of
    from ifc.review.sides import tree

    body = account.client("cloudformation").get_template(StackName=name, TemplateStage="Original")["TemplateBody"]
    return tree(content_of(body) if isinstance(body, str) else body, name)
