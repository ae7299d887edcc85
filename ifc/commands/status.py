"""`ifc status`: what is deployed, and how it differs from the source and from the account."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from ifc.cli import FINE, Stopped
from ifc.commands import deploying, stopping, telling
from ifc.commands.live import line
from ifc.commands.source import colour, compiled, show
from ifc.commands.targets import counted
from ifc.compiler import Compiled
from ifc.diagnostics import Failure

if TYPE_CHECKING:
    from ifc.deploy.account import Account
    from ifc.deploy.records import Record
    from ifc.deploy.stack import Stack


def run(arguments: argparse.Namespace) -> int:
    """Looks, and changes nothing."""
    return stopping.guarded(status, arguments)


def status(arguments: argparse.Namespace) -> int:
    """The stack's state, its last deployment, and what is not as the source says."""
    from ifc.deploy.events import last_failures
    from ifc.deploy.stack import State, look, state_of, template

    done = deploying.identity(arguments)
    name = deploying.stack_name(done)
    account = deploying.account_of(done, arguments)
    telling.heading(account, name)
    stack = look(account, name)
    telling.tell(
        f"{stack.words if stack is not None else 'not deployed'}" + (f": {stack.reason}" if stack is not None and stack.reason else "")
    )
    if stack is None or state_of(stack) in (State.EMPTY, State.DEAD):
        return FINE
    history(account, stack)
    shifts(account, stack)
    if stack.state == State.BUSY:
        under_way(account, stack)
        return FINE
    if not stack.good:
        show(telling.problems(last_failures(account, stack), done.plan), arguments)
    against_source(template(account, stack.id), stack, arguments)
    if not arguments.no_drift and stack.state == State.READY:
        against_account(account, stack)
    telling.outputs(stack.outputs)
    return FINE


def history(account: Account, stack: Stack) -> None:
    """The last deployment on record, and one whose end nobody saw."""
    from ifc.deploy import artifacts, records

    bucket = artifacts.found(account)
    found = records.settled(records.read(bucket, stack.name), stack) if bucket is not None else []
    if not found:
        telling.tell("no deployment is on record: something else deployed it")
        return
    telling.tell(f"last deployment: {told(found[-1])}")
    done = records.lasting(found)
    if done and done[-1] is not found[-1]:
        telling.tell(f"what is deployed: {told(done[-1])}")


def under_way(account: Account, stack: Stack) -> None:
    """What something is being done with at this moment."""
    from ifc.deploy.stack import resources

    for id, found in resources(account, stack.id).items():
        if found["ResourceStatus"].endswith("_IN_PROGRESS"):
            telling.tell(f"  {found['ResourceStatus'].removesuffix('_IN_PROGRESS').lower():<12}  {id} ({found['ResourceType']})")


def told(record: Record) -> str:
    """A deployment in a line."""
    words = [f"{record.number}, {record.began}, {record.result}", f"by {record.caller}"]
    words += [f"commit {record.commit[:12]}{' and changes' if record.commit.endswith('+') else ''}"] if record.commit else []
    words += [f"back to {record.restores}"] if record.restores else []
    words += [f"code of the stage {record.promotes}"] if record.promotes else []
    return ", ".join(words)


def shifts(account: Account, stack: Stack) -> None:
    """What moves calls to new code at this moment."""
    from ifc.deploy import traffic

    for shift in traffic.moving(account, stack):
        telling.tell(f"`{shift.group}` moves calls to new code since {shift.began}: {shift.status} (CodeDeploy deployment {shift.id})")


# --- the source ---


def against_source(content: Mapping[str, Any], stack: Stack, arguments: argparse.Namespace) -> None:
    """How what is deployed differs from the source: code first, then our review of the templates."""
    try:
        done = compiled(arguments)
    except Stopped:
        done = None
    if done is None or done.plan is None:
        if done is not None:
            show(done.report.ordered(), arguments)
        telling.tell("\nthe source does not compile, so what is deployed can't be compared with it")
        return
    code(done, stack, arguments)
    review(done, content, stack, arguments)


def code(done: Compiled, stack: Stack, arguments: argparse.Namespace) -> None:
    """The code of each function: what runs, and whether the source has the same."""
    try:
        found = deploying.built(done, arguments)
    except Failure as failure:
        show(failure.diagnostics, arguments)
        telling.tell("\nthe code can't be built, so what runs can't be compared with it")
        return
    if found:
        telling.tell("\ncode")
    for archive in found:
        runs = stack.parameters.get(archive.parameter, "")
        words = "as in the source" if runs == archive.key else "not deployed" if not runs else f"the source has {archive.key[:12]}"
        telling.tell(f"  {archive.name:<24} {runs[:12] or '-':<12}  {words}")


def review(done: Compiled, content: Mapping[str, Any], stack: Stack, arguments: argparse.Namespace) -> None:
    """Our review of the deployed template against the source."""
    from ifc.deploy.parameters import defaults
    from ifc.deploy.review import Sides, compared
    from ifc.deploy.stack import HIDDEN
    from ifc.review.formats import write

    _, new = deploying.printed(done, arguments)
    values = {name: value for name, value in stack.parameters.items() if value != HIDDEN}
    found = compared(
        Sides(title=arguments.file, old=content, new=new, values=values, given=defaults(new), compiled=done), date.today().isoformat()
    )
    if not found.findings:
        telling.tell("\nwhat is deployed is what the source says, code aside")
        return
    telling.tell("\nwhat deploying the source would change:\n")
    width = shutil.get_terminal_size((100, 24)).columns
    telling.tell(write(found, "text", colour=colour(sys.stdout), width=width).rstrip("\n"))


# --- the account ---


def against_account(account: Account, stack: Stack) -> None:
    """What was changed in the account without a deployment."""
    from ifc.deploy.drift import drifts
    from ifc.deploy.faults import told as explained

    telling.tell("\ncomparing with the account …")
    try:
        with explained(), line(lambda: "CloudFormation looks at each resource"):
            found = drifts(account, stack.id)
    except Failure as failure:
        telling.tell(f"  not known: {failure.diagnostics[0].message}")
        return
    if not found.found:
        telling.tell(f"  as deployed, in all {counted(found.checked)} that CloudFormation can compare")
    for drift in found.found:
        telling.tell(f"  {drift.resource} ({drift.type}) {'is gone' if drift.gone else 'was changed by hand'}")
        for change in drift.properties:
            telling.tell(f"    {change}")
