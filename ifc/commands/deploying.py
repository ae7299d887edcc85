"""What the commands that deploy share: the app and its account, the stack, and the road from what is wanted to what runs."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from typing import TYPE_CHECKING

from ifc.cli import ERRORS, FINE, USAGE, Stopped
from ifc.commands.asking import NOTHING, agreed, asked
from ifc.commands.live import doing, line
from ifc.commands.source import code_of, compiled, say, show
from ifc.commands.stopping import INTERRUPTED, UNREACHABLE, Terminated, whole
from ifc.commands.telling import again, failed, outcome, outputs, reviewed, tell
from ifc.compiler import Compiled, compile
from ifc.diagnostics import ERROR, Diagnostic, Failure, Report
from ifc.resolve.app import Options
from ifc.resolve.files import load, main_file
from ifc.syntax import tree

if TYPE_CHECKING:
    from ifc.build import Built
    from ifc.deploy.account import Account
    from ifc.deploy.artifacts import Bucket
    from ifc.deploy.deployment import Prepared, Wanted
    from ifc.deploy.events import Follower
    from ifc.deploy.parameters import Parameters
    from ifc.deploy.records import Record
    from ifc.deploy.stack import Stack

# A statement that is none may have been meant for `app` or a stage; the app has no name, or two.
NAMELESS = ("IFC202", "IFC205", "IFC209", "IFC211", "IFC214")
STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")  # CreateStack, StackName


def source(arguments: argparse.Namespace) -> tuple[Compiled, dict[str, str]]:
    """The compiled app, and the values of secret params, which never get into it; Stopped where it has errors."""
    given, secrets = list(arguments.param), {}
    if given:
        known = identity(arguments).app.parameters
        for word in given:
            name, equals, value = word.partition("=")
            if equals and name in known and known[name].secret:
                secrets[name] = value
                arguments.param.remove(word)
    done = compiled(arguments)
    arguments.param[:] = given
    found = done.report.ordered()
    show(found, arguments)
    if done.plan is None:
        say(f"\nthe app has errors; {NOTHING}")
        raise Stopped(code_of(found))
    return done, secrets


def identity(arguments: argparse.Namespace) -> Compiled:
    """The app as far as its name, stage and account go: a mistake elsewhere in the source is no reason not to look, or to go back.

    Stopped where a mistake may hide what `app` or a stage says: it could be the account that it belongs to, or that it is protected.
    """
    try:
        file = main_file(arguments.file)
        done = compile(file, Options(stage=arguments.stage or "dev", code=False))
    except Failure as failure:
        show(failure.diagnostics, arguments)
        raise Stopped(USAGE) from None
    if hiding := [d for d in done.report.ordered() if d.severity == ERROR and hides(d, file)]:
        show(hiding, arguments)
        say(f"\nwhat is deployed where can't be told from the source as it is; {NOTHING}")
        raise Stopped(ERRORS)
    return done


def hides(mistake: Diagnostic, file: str) -> bool:
    """Whether a mistake may hide something that the app or a stage says: it stands there, or keeps a file from being read."""
    if not mistake.labels or mistake.code.startswith(("IFC1", "IFC8")) or mistake.code in NAMELESS:
        return True
    place = mistake.labels[0].span
    for one in load(file, Report()):
        for statement in one.statements:
            if isinstance(statement, tree.Declaration) and one.source.path == place.source.path:
                word, end = tree.head_word(statement), statement.block.span.end if statement.block else statement.span.end
                if word is not None and word.text in ("app", "stage") and statement.span.start <= place.start < end:
                    return True
    return False


def stack_name(done: Compiled) -> str:
    """`{app}-{stage}`; Stopped where that is no name of a stack."""
    name = f"{done.app.name}-{done.app.stage}"
    if STACK.fullmatch(name):
        return name
    say(f"ifc: `{name}` is no name of a stack: a stage that is deployed is called by letters, digits and `-`")
    raise Stopped(USAGE)


def account_of(done: Compiled, arguments: argparse.Namespace) -> Account:
    """The account that the app is deployed to."""
    from ifc.deploy.account import opened

    with line(lambda: "asking AWS whose the credentials are"):
        return opened(done.app, arguments.region, arguments.profile)


def calm(account: Account, stack: Stack | None, arguments: argparse.Namespace) -> Stack | None:
    """The stack once nothing is done with it; Failure where that is not waited for."""
    from ifc.deploy.deployment import deployable
    from ifc.deploy.stack import State, until_calm

    if stack is None or stack.state != State.BUSY:
        return stack
    if not arguments.wait:
        deployable(stack, stack.name, arguments.file)
    tell(f"waiting for {stack.name}, which is {stack.words}")
    with line(lambda: "waiting"):
        return until_calm(account, stack)


def ready_stack(account: Account, name: str, arguments: argparse.Namespace) -> Stack | None:
    """The stack, once it can be deployed to: what is busy is waited for if that is asked for, what is empty is removed."""
    from ifc.deploy.deployment import deployable
    from ifc.deploy.stack import State, look, state_of, until_calm

    stack = calm(account, look(account, name), arguments)
    deployable(stack, name, arguments.file)
    if stack is not None and state_of(stack) == State.DEAD:
        tell(f"{name} is {stack.words}: removing it first")
        account.client("cloudformation").delete_stack(StackName=stack.id)
        with line(lambda: "removing"):
            left = until_calm(account, stack, begun=True)
        deployable(left, name, arguments.file)
        return left
    if stack is not None and stack.state == State.HALF:
        tell(f"{name} is {stack.words}: this deployment goes on from there")
    return stack


def built(done: Compiled, arguments: argparse.Namespace) -> tuple[Built, ...]:
    """The archives of the app's code; raises Failure with all that is in the way of one."""
    from ifc.build import build
    from ifc.build.terminal import shown
    from ifc.diagnostics import Report

    if done.plan is None:
        return ()
    report = Report()
    with shown(sys.stderr) as progress:
        found = build(done.plan, report, progress)
    show(report.ordered(), arguments)
    return found


def wish(
    bucket: Bucket,
    done: Compiled,
    secrets: dict[str, str],
    keys: dict[str, str],
    name: str,
    stack: Stack | None,
    arguments: argparse.Namespace,
    promotes: str = "",
) -> Wanted:
    """What is to be deployed, once its archives are in the bucket."""
    from ifc.deploy.deployment import Wanted, commit
    from ifc.deploy.parameters import chosen

    text, content = printed(done, arguments)
    given = {**({"CodeBucket": bucket.name} if keys else {}), **keys, **secrets}
    parameters = chosen(content, given, stack.parameters if stack is not None else {})
    keeping(parameters)
    return Wanted(
        stack=name,
        title=arguments.file,
        text=text,
        content=content,
        parameters=parameters,
        code=keys,
        compiled=done,
        commit=commit(file_folder(arguments)),
        promotes=promotes,
    )


def keeping(parameters: Parameters) -> None:
    """The params that keep the values that they have."""
    for kept in parameters.kept:
        tell(f"  the param {kept} keeps its value")


def valued(done: Compiled, secrets: dict[str, str], stack: Stack | None, arguments: argparse.Namespace) -> None:
    """Sees that each param has a value; secret ones that have none are asked for."""
    from ifc.deploy.parameters import chosen

    _, content = printed(done, arguments)
    secrets |= asked(content, secrets, stack)
    chosen(content, {**placeholders(done), **secrets}, stack.parameters if stack is not None else {})


def placeholders(done: Compiled) -> dict[str, str]:
    """Stand-ins for the parameters of code, whose values are known only once it is built."""
    archives = done.plan.archives if done.plan is not None else ()
    return dict.fromkeys(("CodeBucket", *(archive.parameter for archive in archives)), "")


def printed(done: Compiled, arguments: argparse.Namespace) -> tuple[str, dict[str, object]]:
    """The template, as text and as what it says; Stopped where it can't be printed."""
    from ifc.diagnostics import Report
    from ifc.review.deployed.cloudformation import content_of
    from ifc.targets import cfn

    if done.plan is None:
        raise Stopped(USAGE)
    report = Report()
    (text,) = cfn.render(done.plan, report).values()
    show(report.ordered(), arguments)
    if report.failed:
        say(f"\nthe app has errors; {NOTHING}")
        raise Stopped(ERRORS)
    return text, content_of(text)


def decided(account: Account, bucket: Bucket, ready: Prepared, done: Compiled, arguments: argparse.Namespace) -> int:
    """Shows the review, asks, and does it or leaves all as it was."""
    from ifc.deploy import changeset

    yes = False
    try:
        reviewed(ready.review, ready.made.first)
        yes = agreed(arguments, ready.review, done.app.protected, done.app.stage)
    finally:
        if not yes:
            changeset.delete(account, ready.made)
    if not yes:
        say(f"ifc: {NOTHING}")
        return USAGE
    return carried_out(account, bucket, ready, arguments)


def follow(follower: Follower, arguments: argparse.Namespace, interrupted: bool = False) -> Stack | None:
    """Shows what happens until the stack is calm. The first Ctrl-C says what goes on, the second leaves: Stopped."""
    from ifc.deploy.faults import told

    where = f"`{again(arguments, 'status')}` shows it"
    for patient in (True, False):
        try:
            if interrupted:
                interrupted = False
                raise KeyboardInterrupt
            with told(), line(lambda: doing(follower.doing.values(), follower.way)) as shown:
                return follower.follow(shown.over_it(outcome))
        except OSError:  # whatever reads our output has gone, or its disk is full
            say(f"ifc: nothing more can be shown here, but it goes on in the account: {where}")
            raise
        except Failure as failure:
            show(failure.diagnostics, arguments)
            say(f"\nthis can't be followed any more, but goes on in the account: {where}")
            raise Stopped(UNREACHABLE) from None
        except KeyboardInterrupt as stop:
            if not patient or isinstance(stop, Terminated):
                say(f"\nifc: left; it goes on in the account, and {where}")
                raise Stopped(INTERRUPTED) from None
            say(f"\nifc: this goes on in the account, whether you look on or not; {where}. Ctrl-C once more leaves")
    return None


def followed(account: Account, stack: Stack, arguments: argparse.Namespace) -> tuple[Follower, Stack | None]:
    """The stack once it is calm, what happens to it shown from now on."""
    from ifc.deploy.events import follower

    following = follower(account, stack.id)
    return following, follow(following, arguments)


def carried_out(account: Account, bucket: Bucket, ready: Prepared, arguments: argparse.Namespace) -> int:
    """Executes what was agreed to, follows it, and says what came of it."""
    from ifc.deploy import records
    from ifc.deploy.events import follower

    following = follower(account, ready.made.stack)
    began = time.monotonic()
    record, interrupted = begun(account, bucket, ready, arguments)
    stack = follow(following, arguments, interrupted)
    good = stack is not None and stack.good
    noted(bucket, record, records.DONE if good else records.FAILED)
    if stack is None or not good:
        failed(following, stack, ready, arguments)
        return ERRORS
    tell(f"deployed in {time.monotonic() - began:.0f} s (deployment {record.number})")
    outputs(stack.outputs)
    return FINE


def begun(account: Account, bucket: Bucket, ready: Prepared, arguments: argparse.Namespace) -> tuple[Record, bool]:
    """The record of what was begun, and whether Ctrl-C was pressed meanwhile."""
    from ifc.deploy import deployment

    try:
        with whole() as signals:
            return deployment.begin(account, bucket, ready), bool(signals)
    except KeyboardInterrupt:
        say(f"\nifc: left before it was known whether it began; `{again(arguments, 'status')}` shows it")
        raise Stopped(INTERRUPTED) from None


def noted(bucket: Bucket, record: Record, result: str) -> None:
    """Writes down what came of it; where that fails, the next command sees it by the stack."""
    from ifc.deploy import records
    from ifc.deploy.faults import told

    try:
        with told():
            records.ended(bucket, record, result)
    except Failure as failure:
        say(f"ifc: the record of this deployment can't be finished: {failure.diagnostics[0].message}")


def file_folder(arguments: argparse.Namespace) -> str:
    """The folder that the app's file is in."""
    return os.path.dirname(os.path.abspath(main_file(arguments.file)))
