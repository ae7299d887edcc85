"""What happens to a stack, followed as it happens: one line a resource, and why it failed where it did."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import attrs

from ifc.deploy.account import Account
from ifc.deploy.changes import Doing, Outcome
from ifc.deploy.faults import one_line
from ifc.deploy.stack import Stack, State, look
from ifc.records import named

PAUSE = 1.0  # seconds between two looks
STACK = "AWS::CloudFormation::Stack"  # also the type of stacks within stacks
PATIENCE = 20  # looks at a calm stack whose events don't tell of an end
DONE = {
    "CREATE_COMPLETE": "created",
    "UPDATE_COMPLETE": "updated",
    "DELETE_COMPLETE": "deleted",
    "DELETE_SKIPPED": "kept",
    "IMPORT_COMPLETE": "imported",
    "ROLLBACK_COMPLETE": "taken back",
    "UPDATE_ROLLBACK_COMPLETE": "taken back",
    "CREATE_FAILED": "not created",
    "UPDATE_FAILED": "not updated",
    "DELETE_FAILED": "not deleted",
    "IMPORT_FAILED": "not imported",
}
DOES = {
    "CREATE_IN_PROGRESS": "creating",
    "UPDATE_IN_PROGRESS": "updating",
    "DELETE_IN_PROGRESS": "deleting",
    "IMPORT_IN_PROGRESS": "importing",
}
BEGINNINGS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "IMPORT_IN_PROGRESS", "REVIEW_IN_PROGRESS")  # of a stack
# What is said of the others once one has failed; none of them is the reason.
FOLLOWS = ("Resource creation cancelled", "Resource update cancelled", "The following resource(s) failed")


@named
class Event:
    """One thing that happened."""

    id: str
    stack: str  # its id
    at: datetime
    resource: str  # its logical id
    type: str
    physical: str
    status: str
    reason: str = ""

    @property
    def of_the_stack(self) -> bool:
        """Whether it is about the stack as a whole."""
        return self.physical == self.stack and self.type == STACK

    @property
    def failed(self) -> bool:
        """Whether something went wrong."""
        return self.status.endswith("_FAILED")


@attrs.define
class Follower:
    """Follows a stack from the moment at which it is made."""

    account: Account
    stack: str  # its id
    seen: set[str]
    began: dict[str, datetime] = attrs.field(factory=dict)
    doing: dict[str, Doing] = attrs.field(factory=dict)
    failures: list[Event] = attrs.field(factory=list)
    last: str = ""  # the status of the stack by its events

    def news(self) -> Iterator[Event]:
        """What happened since the last look, in order."""
        fresh: list[Event] = []
        for page in self.account.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=self.stack):
            events = [_event(found) for found in page["StackEvents"]]
            fresh += [event for event in events if event.id not in self.seen]
            if any(event.id in self.seen for event in events):
                break  # they come newest first
        self.seen |= {event.id for event in fresh}
        yield from reversed(fresh)

    def outcomes(self) -> Iterator[Outcome]:
        """The resources with which something is done now."""
        for event in self.news():
            if event.of_the_stack:
                self.last = event.status
                continue
            if event.failed:
                self.failures.append(event)
            if event.status.endswith("_IN_PROGRESS"):
                self.began.setdefault(event.resource, event.at)
                words = DOES.get(event.status, "working on")
                if self.doing.get(event.resource) is None or self.doing[event.resource].words != words:
                    self.doing[event.resource] = Doing(resource=event.resource, type=event.type, words=words, since=time.monotonic())
                continue
            self.doing.pop(event.resource, None)
            began = self.began.pop(event.resource, event.at)
            seconds = (event.at - began).total_seconds()
            yield Outcome(
                resource=event.resource, type=event.type, words=DONE.get(event.status, event.status), seconds=seconds, failed=event.failed
            )

    def follow(self, show: Callable[[Outcome], None], pause: Callable[[float], None] = time.sleep) -> Stack | None:
        """Shows each resource as it is done, until the stack is calm; returns it then, None when it is gone.

        A stack may look calm for a moment before it begins, so its own events must have come to the same end.
        """
        calm = 0
        while True:
            stack = look(self.account, self.stack)
            for outcome in self.outcomes():
                show(outcome)
            if stack is None or stack.state == State.ABSENT:
                return None
            calm = calm + 1 if stack.state != State.BUSY else 0
            if calm and (self.last == stack.status or calm > PATIENCE):
                return stack
            pause(PAUSE)

    @property
    def way(self) -> str:
        """Which way the stack goes, as far as its events tell."""
        return "going back" if "ROLLBACK" in self.last else "waiting for CloudFormation"

    @property
    def reasons(self) -> list[Event]:
        """The failures that are no mere consequence of others; all of them where there is none such."""
        return _reasons(self.failures)


def last_failures(account: Account, stack: Stack) -> list[Event]:
    """Why what was done last with a stack failed."""
    found: list[Event] = []
    for page in account.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=stack.id):
        for event in map(_event, page["StackEvents"]):  # newest first
            if event.of_the_stack and event.status in BEGINNINGS:
                return _reasons(found[::-1])
            if event.failed and not event.of_the_stack:
                found.append(event)
    return _reasons(found[::-1])


def _reasons(failures: list[Event]) -> list[Event]:
    """The first failure of each resource that is no mere consequence of others; of all of them where there is none such."""
    own = [event for event in failures if not event.reason.startswith(FOLLOWS)] or failures
    return list({event.resource: event for event in reversed(own)}.values())[::-1]


def follower(account: Account, stack: str) -> Follower:
    """What follows a stack from now on; what happened before is not shown."""
    known: set[str] = set()
    page = account.client("cloudformation").describe_stack_events(StackName=stack)
    known |= {found["EventId"] for found in page["StackEvents"]}
    return Follower(account, stack, known)


def _event(found: dict[str, Any]) -> Event:
    return Event(
        id=found["EventId"],
        stack=found["StackId"],
        at=found["Timestamp"],
        resource=found["LogicalResourceId"],
        type=found.get("ResourceType", ""),
        physical=found.get("PhysicalResourceId", ""),
        status=found["ResourceStatus"],
        reason=one_line(found.get("ResourceStatusReason", "")) if found.get("ResourceStatusReason") else "",
    )
