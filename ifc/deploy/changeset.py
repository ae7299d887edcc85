"""A change set: what CloudFormation would do, before it does it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from ifc.deploy.account import Account
from ifc.deploy.changes import Change
from ifc.deploy.faults import code_of, missing, one_line, reason_of
from ifc.deploy.stack import Stack, State, look, state_of
from ifc.diagnostics import Diagnostic, Failure
from ifc.records import named

PAUSE = 1.0  # seconds between two looks
# What CloudFormation says of a change set that changes nothing; there is no code for it.
NOTHING = ("didn't contain changes", "No updates are to be performed")
GONE = ("ChangeSetNotFound", "ChangeSetNotFoundException", "InvalidChangeSetStatus", "InvalidChangeSetStatusException")
NAMES = {  # the properties by which roles and their like are named, which asks for a capability of its own
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::User": "UserName",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::Policy": "PolicyName",
}


@named
class ChangeSet:
    """A change set that was made, and what it holds."""

    stack: str  # the id of the stack
    id: str
    first: bool  # it creates the stack
    changes: tuple[Change, ...] = ()


def create(
    account: Account, stack: Stack | None, wanted: Mapping[str, Any], name: str, pause: Callable[[float], None] = time.sleep
) -> ChangeSet | None:
    """The change set for a template and its parameters; None where nothing would change."""
    first = state_of(stack) in (State.ABSENT, State.EMPTY)
    client = account.client("cloudformation")
    try:
        made = client.create_change_set(**wanted, ChangeSetName=name, ChangeSetType="CREATE" if first else "UPDATE")
    except ClientError as problem:
        if code_of(problem) not in ("ValidationError", "InsufficientCapabilitiesException", "InsufficientCapabilities"):
            raise
        raise refused(reason_of(problem)) from None
    found = ChangeSet(stack=made["StackId"], id=made["Id"], first=first)
    try:
        answer = _finished(client, found, pause)
    except BaseException:
        delete(account, found)
        raise
    if answer["Status"] == "FAILED":
        delete(account, found)
        reason = one_line(answer.get("StatusReason"))
        if any(words in reason for words in NOTHING):
            return None
        raise refused(reason)
    return ChangeSet(stack=found.stack, id=found.id, first=first, changes=tuple(_changes(client, answer)))


def refused(reason: str) -> Failure:
    """The failure of a template or of parameters that CloudFormation does not take."""
    return Failure(Diagnostic("IFC836", f"CloudFormation does not take this: {reason}", help="nothing was changed"))


def _finished(client: Any, made: ChangeSet, pause: Callable[[float], None]) -> Any:
    """The first page of the change set, once it is worked out."""
    while True:
        answer = client.describe_change_set(ChangeSetName=made.id, StackName=made.stack)
        if not answer["Status"].endswith(("_PENDING", "_IN_PROGRESS")):
            return answer
        pause(PAUSE)


def _changes(client: Any, page: Mapping[str, Any]) -> Iterable[Change]:
    """What each page tells of resources."""
    while True:
        yield from (_change(one["ResourceChange"]) for one in page.get("Changes", []) if one.get("Type") == "Resource")
        if not page.get("NextToken"):
            return
        page = client.describe_change_set(ChangeSetName=page["ChangeSetId"], StackName=page["StackId"], NextToken=page["NextToken"])


def _change(found: Mapping[str, Any]) -> Change:
    details = [one for one in found.get("Details") or [] if one.get("Target")]
    static = [one for one in details if one.get("Evaluation") != "Dynamic"]
    chosen = static or details
    return Change(
        id=found["LogicalResourceId"],
        type=found.get("ResourceType", ""),
        action=found["Action"],
        replacement=found.get("Replacement") or "",
        properties=tuple(dict.fromkeys(one["Target"].get("Name") or one["Target"].get("Attribute", "") for one in chosen)),
        because=tuple(dict.fromkeys(one["CausingEntity"] for one in details if one.get("CausingEntity"))),
        certain=bool(static) or not details,
    )


def delete(account: Account, made: ChangeSet) -> None:
    """Removes a change set, and the empty stack that stands for one that would have been created."""
    client = account.client("cloudformation")
    try:
        client.delete_change_set(ChangeSetName=made.id, StackName=made.stack)
        others = made.first and client.list_change_sets(StackName=made.stack).get("Summaries")
        if made.first and not others and state_of(look(account, made.stack)) == State.EMPTY:
            client.delete_stack(StackName=made.stack)
    except ClientError as problem:
        if not missing(problem) and code_of(problem) not in GONE:
            raise


def execute(account: Account, made: ChangeSet, onward: bool = False) -> None:
    """Begins to do what a change set says; `onward` goes on from a failure that was not rolled back."""
    more: dict[str, Any] = {"DisableRollback": True} if onward else {}
    more["ClientRequestToken"] = made.id.split("/")[1]  # asked once more, it is the same request
    try:
        account.client("cloudformation").execute_change_set(ChangeSetName=made.id, StackName=made.stack, **more)
    except ClientError as problem:
        if code_of(problem) not in GONE:
            raise
        if not _begun(account, made):  # else the answer to it was lost, and it was asked for once more
            raise outdated() from None


def _begun(account: Account, made: ChangeSet) -> bool:
    """Whether a change set is executed already."""
    try:
        answer = account.client("cloudformation").describe_change_set(ChangeSetName=made.id, StackName=made.stack)
    except ClientError as problem:
        if code_of(problem) in GONE or missing(problem):
            return False
        raise
    return str(answer.get("ExecutionStatus", "")).startswith("EXECUTE_")


def outdated() -> Failure:
    """The failure of a change set that someone else was faster than."""
    return Failure(
        Diagnostic(
            "IFC835",
            "the stack was changed by someone else since it was reviewed",
            help="run the command again: it reviews against what is deployed now; this run changed nothing",
        )
    )


def capabilities(template: Mapping[str, Any]) -> list[str]:
    """What CloudFormation wants acknowledged for a template: that it makes roles, and names them (CreateChangeSet, Capabilities)."""
    made = [resource for resource in template.get("Resources", {}).values() if resource.get("Type", "").startswith("AWS::IAM::")]
    named = [r for r in made if r["Type"] != "AWS::IAM::Policy" and NAMES.get(r["Type"]) in r.get("Properties", {})]
    return [*(["CAPABILITY_IAM"] if made else []), *(["CAPABILITY_NAMED_IAM"] if named else [])]
