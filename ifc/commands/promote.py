"""`ifc promote`: the code that one stage runs, byte for byte, into another."""

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
    from ifc.deploy.stack import Stack


def run(arguments: argparse.Namespace) -> int:
    """Promotes, once it is agreed to."""
    return stopping.guarded(promote, arguments)


def promote(arguments: argparse.Namespace) -> int:
    """Compiles the app for the stage that gets the code, and deploys it with the other stage's archives; nothing is built."""
    from ifc.deploy import artifacts, records
    from ifc.deploy.deployment import prepared

    if arguments.origin == arguments.stage:
        say("ifc: `--from` and `--to` name the same stage")
        return USAGE
    asking.must_ask(arguments)
    done, secrets = deploying.source(arguments)
    name = deploying.stack_name(done)
    account = deploying.account_of(done, arguments)
    telling.heading(account, name)
    origin = running(account, arguments)
    stack = deploying.ready_stack(account, name, arguments)
    deploying.valued(done, secrets, stack, arguments)
    bucket = artifacts.ready(account)
    last = records.settle(bucket, name, stack)
    keys = taken(bucket, done, origin, arguments)
    wanted = deploying.wish(bucket, done, secrets, keys, name, stack, arguments, promotes=arguments.origin)
    with line(lambda: "CloudFormation works out what it would do"):
        ready = prepared(account, bucket, wanted, stack, last, date.today().isoformat())
    if ready is None:
        telling.tell("nothing to change")
        return FINE
    return deploying.decided(account, bucket, ready, done, arguments)


def running(account: Account, arguments: argparse.Namespace) -> Stack:
    """The stack whose code is taken; Stopped where it does not run, or is elsewhere."""
    from ifc.deploy.account import elsewhere
    from ifc.deploy.stack import look

    other = argparse.Namespace(**{**vars(arguments), "stage": arguments.origin})
    done = deploying.identity(other)
    name = deploying.stack_name(done)
    here = elsewhere(done.app, account, arguments.region, arguments.profile)
    stack = look(here, name)
    if stack is None or not stack.good:
        what = f"is {stack.words}" if stack is not None else "is not deployed"
        say(f"ifc: `{name}` {what}, so there is no code of it to promote; {asking.NOTHING}")
        raise Stopped(ERRORS)
    return stack


def taken(bucket: Bucket, done: Compiled, origin: Stack, arguments: argparse.Namespace) -> dict[str, str]:
    """The archives of all functions, as the other stage runs them; Stopped where it has not all of them."""
    archives = done.plan.archives if done.plan is not None else ()
    lacking = sorted(archive.function for archive in archives if archive.parameter not in origin.parameters)
    if lacking:
        names = ", ".join(f"`{name}`" for name in lacking)
        say(f"ifc: `{origin.name}` does not run {names}, which the source has; deploy it to `{arguments.origin}` first; {asking.NOTHING}")
        raise Stopped(ERRORS)
    keys = {archive.parameter: origin.parameters[archive.parameter] for archive in archives}
    for archive in archives:
        key, sent = keys[archive.parameter], False
        if not bucket.has(key):
            bucket.copy(origin.parameters["CodeBucket"], key)
            sent = True
        telling.tell(f"  code of {archive.function:<24} {key[:12]}  {'copied' if sent else 'there already'}")
    return keys
