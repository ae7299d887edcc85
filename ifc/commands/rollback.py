"""`ifc rollback`: back to what was deployed before."""

from __future__ import annotations

import argparse
from datetime import date
from typing import TYPE_CHECKING

from ifc.cli import ERRORS, FINE, USAGE, Stopped
from ifc.commands import asking, deploying, stopping, telling
from ifc.commands.live import line
from ifc.commands.source import say
from ifc.compiler import Compiled

if TYPE_CHECKING:
    from ifc.deploy.account import Account
    from ifc.deploy.artifacts import Bucket
    from ifc.deploy.events import Follower
    from ifc.deploy.records import Record
    from ifc.deploy.stack import Stack


def run(arguments: argparse.Namespace) -> int:
    """Goes back, once it is agreed to."""
    return stopping.guarded(rollback, arguments)


def rollback(arguments: argparse.Namespace) -> int:
    """Ends a traffic shift, goes on with what is stuck, or deploys what was there before."""
    from ifc.deploy import artifacts, records
    from ifc.deploy.stack import State

    asking.must_ask(arguments)
    done = deploying.identity(arguments)
    name = deploying.stack_name(done)
    account = deploying.account_of(done, arguments)
    telling.heading(account, name)
    stack = deployed(account, name, arguments)
    if shifts_stopped(account, stack, arguments):
        return taken_back(deploying.followed(account, stack, arguments), arguments)
    if stack.state in (State.STUCK, State.HALF):
        return go_back(account, stack, arguments)
    now = deploying.ready_stack(account, name, arguments)
    bucket = artifacts.found(account)
    if bucket is None or now is None:
        say("ifc: no deployment is on record here, so there is nothing to go back to")
        return ERRORS
    last = records.settle(bucket, name, now)
    return deployed_again(account, bucket, chosen(records.read(bucket, name), name, arguments), now, last, done, arguments)


def deployed(account: Account, name: str, arguments: argparse.Namespace) -> Stack:
    """The stack; Stopped where nothing is deployed."""
    from ifc.deploy.stack import State, look

    stack = look(account, name)
    if stack is None or stack.state in (State.EMPTY, State.DEAD, State.ABSENT):
        say(f"ifc: `{name}` is not deployed; `{telling.again(arguments, 'deploy')}` deploys it")
        raise Stopped(ERRORS)
    return stack


def agreed(question: str, arguments: argparse.Namespace) -> None:
    """Goes on where the answer is yes, or given already; else Stopped."""
    if not arguments.yes and asking.answer(f"{question} [y/N] ").lower() not in ("y", "yes"):
        say(f"ifc: {asking.NOTHING}")
        raise Stopped(USAGE)


# --- what is under way, or stuck ---


def shifts_stopped(account: Account, stack: Stack, arguments: argparse.Namespace) -> bool:
    """Stops what moves calls to new code, which CodeDeploy then moves back; False where nothing is moved."""
    from ifc.deploy import traffic

    moving = traffic.moving(account, stack)
    if not moving:
        return False
    for shift in moving:
        telling.tell(f"`{shift.group}` moves calls to new code since {shift.began} (CodeDeploy deployment {shift.id})")
    agreed("stop, and move all calls back?", arguments)
    for shift in moving:
        traffic.stop(account, shift)
    telling.tell("stopped: CodeDeploy moves the calls back, and CloudFormation takes its change back")
    return True


def go_back(account: Account, stack: Stack, arguments: argparse.Namespace) -> int:
    """Goes on with going back, or takes back a failure that was not rolled back."""
    from ifc.deploy.events import follower
    from ifc.deploy.stack import State

    telling.tell(f"{stack.name} is {stack.words}" + (f": {stack.reason}" if stack.reason else ""))
    stuck = stack.state == State.STUCK
    agreed("go on with going back?" if stuck else "take it back?", arguments)
    following = follower(account, stack.id)
    client = account.client("cloudformation")
    (client.continue_update_rollback if stuck else client.rollback_stack)(StackName=stack.id)
    return taken_back((following, deploying.follow(following, arguments)), arguments)


def taken_back(seen: tuple[Follower, Stack | None], arguments: argparse.Namespace) -> int:
    """Says what the stack is now."""
    from ifc.commands.source import show

    following, stack = seen
    if stack is None or stack.status in ("UPDATE_ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE"):
        telling.tell("taken back: the stack is as it was before" if stack is not None else "taken back: nothing is left")
        return FINE
    show(telling.problems(following.reasons, None), arguments)
    say(f"\nthe stack is {stack.words}")
    return FINE if stack.good else ERRORS


# --- an earlier deployment once more ---


def chosen(found: list[Record], name: str, arguments: argparse.Namespace) -> Record:
    """The deployment to go back to; Stopped where there is none."""
    from ifc.deploy import records

    done = records.lasting(found)
    if arguments.to is None:
        record = records.before(found)
        if record is None:
            say(f"ifc: {lone(name, done)}, so there is nothing to go back to; {asking.NOTHING}")
            raise Stopped(ERRORS)
        return record
    record = next((one for one in done if one.number == arguments.to), None)
    if record is None:
        known = ", ".join(str(one.number) for one in done) or "none"
        say(f"ifc: there is no deployment {arguments.to} of `{name}` to go back to; there is {known}")
        raise Stopped(USAGE)
    return record


def lone(name: str, done: list[Record]) -> str:
    """Why there is nothing to go back to."""
    if done[1:]:
        return f"`{name}` is back at deployment {done[-1].version}, the first on record"
    return f"`{name}` was deployed {'once' if done else 'by something else'}"


def deployed_again(
    account: Account, bucket: Bucket, record: Record, stack: Stack, last: int, done: Compiled, arguments: argparse.Namespace
) -> int:
    """Reviews and deploys what a record holds: its template, its values, its code. Secrets keep the values that they have now."""
    from ifc.deploy.deployment import Wanted, prepared
    from ifc.deploy.parameters import chosen as values
    from ifc.review.deployed.cloudformation import content_of

    text = bucket.get(record.template).decode()
    content = content_of(text)
    parameters = values(content, record.parameters, stack.parameters)
    telling.tell(f"back to deployment {record.number} of {record.began}" + (f", commit {record.commit[:12]}" if record.commit else ""))
    deploying.keeping(parameters)
    wanted = Wanted(
        stack=stack.name,
        title=f"deployment {record.number}",
        text=text,
        content=content,
        parameters=parameters,
        code=record.code,
        commit=record.commit,
        restores=record.version,
    )
    with line(lambda: "CloudFormation works out what it would do"):
        ready = prepared(account, bucket, wanted, stack, last, date.today().isoformat())
    if ready is None:
        telling.tell("nothing to change: that is what is deployed")
        return FINE
    return deploying.decided(account, bucket, ready, done, arguments)
