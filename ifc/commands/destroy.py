"""`ifc destroy`: a deployed app out of its account, what it keeps aside."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ifc.cli import ERRORS, FINE, USAGE
from ifc.commands import asking, deploying, stopping, telling
from ifc.commands.source import say, show

if TYPE_CHECKING:
    from ifc.deploy.account import Account
    from ifc.deploy.removal import Removal
    from ifc.deploy.stack import Stack


def run(arguments: argparse.Namespace) -> int:
    """Destroys, once the name is typed."""
    if arguments.target == "terraform":
        from ifc.commands import applying

        return applying.run_destroy(arguments)
    if arguments.output:
        say("ifc: `-o` is of Terraform's folder: write it beside `--target terraform`")
        return USAGE
    return stopping.guarded(destroy, arguments)


def destroy(arguments: argparse.Namespace) -> int:
    """Says what goes, what is lost and what stays, asks for the stack's name, and deletes the stack."""
    from ifc.deploy.removal import removal
    from ifc.deploy.stack import State, look, resources, state_of, template

    asking.must_ask(arguments, named=True)
    done = deploying.identity(arguments)
    name = deploying.stack_name(done)
    account = deploying.account_of(done, arguments)
    telling.heading(account, name)
    stack = deploying.calm(account, look(account, name), arguments)
    if stack is None or state_of(stack) == State.ABSENT:
        telling.tell("nothing is deployed, so there is nothing to destroy")
        return FINE
    if stack.locked:
        say(f"ifc: the stack is locked against deletion (termination protection); {asking.NOTHING}")
        return ERRORS
    content = template(account, name) if stack.state != State.EMPTY else {}
    found = removal(content, resources(account, stack.id))
    forecast(found)
    if not asking.named(arguments, name, done.app.protected, f"this destroys `{name}`"):
        say(f"ifc: {asking.NOTHING}")
        return USAGE
    return removed(account, stack, found, content, arguments)


def forecast(found: Removal) -> None:
    """What will become of what is deployed."""
    telling.going(len(found.goes))
    if found.lost:
        telling.tell("\nlost with what is in them:")
    for resource in found.lost:
        telling.tell(f"  {resource.id} ({resource.type}): {resource.holds}")
    if found.stays:
        telling.tell("\nkept:")
    for resource in found.stays:
        telling.tell(f"  {resource.id} ({resource.type}) {resource.physical}")
    telling.tell()


def removed(account: Account, stack: Stack, found: Removal, content: Mapping[str, Any], arguments: argparse.Namespace) -> int:
    """Deletes the stack, and tells what is left."""
    from ifc.deploy import artifacts, records
    from ifc.deploy.events import follower

    following = follower(account, stack.id)
    account.client("cloudformation").delete_stack(StackName=stack.id)
    left = deploying.follow(following, arguments)
    if left is not None:
        show(telling.problems(following.reasons, None), arguments)
        say(f"\nnot destroyed: the stack is {left.words}; mend the reason, and run the command again")
        return ERRORS
    bucket = artifacts.found(account)
    if bucket is not None:
        records.destroyed(bucket, stack, account.caller)
    telling.tell("destroyed")
    stayed(account, found, content)
    return FINE


def stayed(account: Account, found: Removal, content: Mapping[str, Any]) -> None:
    """What is still in the account, and what removes it."""
    from ifc.deploy.removal import command

    if not found.stays:
        return
    telling.tell("\nstill in the account, with what is in it:")
    for resource in found.stays:
        words = command(resource, content, account.region)
        telling.tell(f"  {resource.id} ({resource.type}) {resource.physical}" + (f"\n    {words}" if words else ""))
