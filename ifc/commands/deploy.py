"""`ifc deploy`: an app into an account, reviewed first."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING

from ifc.cli import FINE, USAGE
from ifc.commands import asking, deploying, stopping, targets, telling
from ifc.commands.live import line
from ifc.commands.source import say

if TYPE_CHECKING:
    from ifc.build import Built
    from ifc.build.progress import Task


def run(arguments: argparse.Namespace) -> int:
    """Deploys, once it is agreed to."""
    if wrong := misused(arguments):
        say(f"ifc: {wrong}")
        return USAGE
    if arguments.target == "terraform":
        from ifc.commands import applying

        return applying.run(arguments)
    return stopping.guarded(deploy, arguments)


def misused(arguments: argparse.Namespace) -> str | None:
    """What is wrong with the options, or None."""
    arguments.format = None
    if arguments.target == "cfn" and arguments.output:
        return "`-o` is of Terraform's folder; CloudFormation gets its template from the artifacts bucket"
    if arguments.output == "-":
        return "`-o -` prints, and a deployment needs a folder: choose one with `-o`"
    return targets.misused(arguments)


def deploy(arguments: argparse.Namespace) -> int:
    """The road of a deployment; nothing is changed before the question is answered, but for what is uploaded."""
    from ifc.deploy import archives, artifacts, records
    from ifc.deploy.deployment import prepared

    asking.must_ask(arguments)
    done, secrets = deploying.source(arguments)
    name = deploying.stack_name(done)
    account = deploying.account_of(done, arguments)
    telling.heading(account, name)
    stack = deploying.ready_stack(account, name, arguments)
    deploying.valued(done, secrets, stack, arguments)  # before anything is made or uploaded
    bucket = artifacts.ready(account)
    if bucket.fresh:
        telling.tell(f"made the bucket {bucket.name} for code and templates of all apps in this region")
    last = records.settle(bucket, name, stack)
    keys = archives.sent(bucket, deploying.built(done, arguments), archived, bar)
    wanted = deploying.wish(bucket, done, secrets, keys, name, stack, arguments)
    with line(lambda: "CloudFormation works out what it would do"):
        ready = prepared(account, bucket, wanted, stack, last, date.today().isoformat())
    if ready is None:
        telling.tell("nothing to change" + (f": the stack is {stack.words}" if stack is not None else ""))
        return FINE
    return deploying.decided(account, bucket, ready, done, arguments)


@contextmanager
def bar(what: str, steps: int) -> Iterator[Task]:
    """How far something is, on a terminal; gone once it is done."""
    from ifc.build.terminal import shown

    with shown(sys.stderr) as progress, progress.start(what, steps) as task:
        yield task


def archived(archive: Built, sent: bool) -> None:
    """One archive of code."""
    from ifc.build.sizes import words

    telling.tell(f"  code of {archive.name:<24} {words(archive.size):>9}  {'sent' if sent else 'there already'}")
