"""The road of a deployment: from a template and its values to a change set, a review, and a stack that runs it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from ifc.compiler import Compiled
from ifc.deploy import changeset, records
from ifc.deploy.account import Account
from ifc.deploy.artifacts import Bucket
from ifc.deploy.changeset import ChangeSet
from ifc.deploy.parameters import Parameters, defaults
from ifc.deploy.records import Record
from ifc.deploy.review import Reviewed, Sides, reviewed
from ifc.deploy.stack import HIDDEN, Stack, State, look, state_of, template
from ifc.diagnostics import Diagnostic, Failure
from ifc.records import named

TEMPLATES = "templates"
YAML = "application/yaml"


@named
class Wanted:
    """What is to be deployed."""

    stack: str
    title: str  # of the new side, in the review
    text: str  # of the template
    content: Mapping[str, Any]  # of the template, read
    parameters: Parameters
    code: Mapping[str, str]  # the keys of archives, by parameter
    compiled: Compiled | None = None  # where there is a source
    commit: str = ""
    restores: int = 0
    promotes: str = ""


@named
class Prepared:
    """A deployment that is ready to begin."""

    wanted: Wanted
    before: Stack | None
    made: ChangeSet
    review: Reviewed
    template: str  # its key
    last: int  # the number of the deployment before it


# --- before ---


def deployable(stack: Stack | None, name: str, file: str) -> None:
    """Fails where nothing can be deployed to a stack as it stands, and says what can be done."""
    state = state_of(stack)
    if stack is None or state in (State.ABSENT, State.EMPTY, State.READY, State.DEAD, State.HALF):
        return
    help = {
        State.BUSY: "wait until it is done (`--wait`), and look with `ifc status`; this run changed nothing",
        State.STUCK: f"`ifc rollback {file}` goes on with going back",
        State.LEFT: f"`ifc destroy {file}` removes what is left, and then it can be deployed anew",
    }[state]
    raise Failure(Diagnostic("IFC835", f"the stack `{name}` is {stack.words}" + (f": {stack.reason}" if stack.reason else ""), help=help))


def prepared(account: Account, bucket: Bucket, wanted: Wanted, stack: Stack | None, last: int, today: str) -> Prepared | None:
    """The change set and its review; None where there is nothing to change."""
    old = template(account, wanted.stack) if _has_template(stack) else None
    if unchanged(wanted, old, stack):
        return None
    key = sent(bucket, wanted.text)
    request: dict[str, Any] = {
        "StackName": wanted.stack,
        "TemplateURL": bucket.url(key),
        "Parameters": wanted.parameters.request,
        "Capabilities": changeset.capabilities(wanted.content),
    }
    made = changeset.create(account, stack, request, change_set_name(wanted))
    if made is None:
        return None
    try:
        review = reviewed(sides(wanted, old, stack), made.changes, today)
    except BaseException:
        changeset.delete(account, made)
        raise
    return Prepared(wanted=wanted, before=stack, made=made, review=review, template=key, last=last)


def _has_template(stack: Stack | None) -> bool:
    return state_of(stack) in (State.READY, State.HALF)


def unchanged(wanted: Wanted, old: Mapping[str, Any] | None, stack: Stack | None) -> bool:
    """Whether the template and all values are those that are deployed, so that CloudFormation needs not be asked."""
    if stack is None or stack.state != State.READY or wanted.parameters.secrets:
        return False
    values = {**defaults(wanted.content), **wanted.parameters.values}
    return old == wanted.content and all(stack.parameters.get(name) == value for name, value in values.items())


def sides(wanted: Wanted, old: Mapping[str, Any] | None, stack: Stack | None) -> Sides:
    """What is compared: both templates, each with the values that it has or will have."""
    deployed = {name: value for name, value in (stack.parameters if stack is not None else {}).items() if value != HIDDEN}
    return Sides(
        title=wanted.title,
        old=old,
        new=wanted.content,
        values=deployed,
        given={**defaults(wanted.content), **wanted.parameters.values},
        compiled=wanted.compiled,
    )


def sent(bucket: Bucket, text: str) -> str:
    """The key of a template, once it is in the bucket."""
    key = f"{TEMPLATES}/{hashlib.sha256(text.encode()).hexdigest()[:32]}.yaml"
    if not bucket.has(key):
        bucket.put(key, text.encode(), YAML)
    return key


def change_set_name(wanted: Wanted) -> str:
    """A name that no other change set of the stack has: of the moment, and of a few random letters for two at once."""
    import secrets

    return f"ifc-{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


# --- doing it ---


def begin(account: Account, bucket: Bucket, ready: Prepared) -> Record:
    """Begins to execute the change set; returns the record that was written of it. Fails where someone else was faster."""
    now, then = look(account, ready.wanted.stack), ready.before
    changed = now is not None and then is not None and (now.id, now.change_set, now.status) != (then.id, then.change_set, then.status)
    changed |= then is None and now is not None and now.state != State.EMPTY
    changed |= then is not None and now is None
    record = records.begun(bucket, recorded(account, bucket, ready), ready.last) if not changed else None
    if record is None:
        changeset.delete(account, ready.made)
        raise changeset.outdated()
    try:
        changeset.execute(account, ready.made, onward=state_of(then) == State.HALF)
    except (ClientError, Failure):  # else it is not known whether it began: the next command sees it by the stack
        records.ended(bucket, record, records.FAILED)
        changeset.delete(account, ready.made)
        raise
    return record


def recorded(account: Account, bucket: Bucket, ready: Prepared) -> Record:
    """What is kept of a deployment."""
    wanted = ready.wanted
    return Record(
        stack=wanted.stack,
        began=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        caller=account.caller,
        template=ready.template,
        bucket=bucket.name,
        parameters={**defaults(wanted.content), **wanted.parameters.values},
        secrets=tuple(sorted(name for name, shape in wanted.content.get("Parameters", {}).items() if shape.get("NoEcho"))),
        code=wanted.code,
        commit=wanted.commit,
        change_set=ready.made.id,
        restores=wanted.restores,
        promotes=wanted.promotes,
    )


def commit(folder: str) -> str:
    """The commit that a folder is at, with `+` where it was changed since; "" outside of a repository."""
    import subprocess

    def git(*words: str) -> str | None:
        try:
            done = subprocess.run(["git", "-C", folder or ".", *words], capture_output=True, text=True, timeout=10)
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    head = git("rev-parse", "HEAD")
    if not head:
        return ""
    return head + ("+" if git("status", "--porcelain", "--", ".") else "")
