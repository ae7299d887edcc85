"""What the commands that deploy show: where it goes, the review, what happens, and what came of it."""

from __future__ import annotations

import argparse
import shlex
import shutil
import sys
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from ifc.commands.source import colour, say, show
from ifc.commands.targets import counted
from ifc.diagnostics import Diagnostic, Label

if TYPE_CHECKING:
    from ifc.deploy.account import Account
    from ifc.deploy.changes import Outcome
    from ifc.deploy.deployment import Prepared
    from ifc.deploy.events import Event, Follower
    from ifc.deploy.review import Reviewed
    from ifc.deploy.stack import Stack
    from ifc.plan import Plan

COLUMN = 40  # the widest column of names


def tell(words: str = "") -> None:
    """A line of the command's story, at once."""
    print(words, flush=True)


def again(arguments: argparse.Namespace, command: str) -> str:
    """Another command about the same stage, as it is typed here."""
    words = ["ifc", *command.split(), arguments.file]
    for option in ("stage", "region", "profile"):
        value = getattr(arguments, option, None)
        words += [f"--{option}", value] if value else []
    return shlex.join(words)


def heading(account: Account, name: str) -> None:
    """Where this goes, and as whom."""
    tell(f"{name} in {account.title}, as {account.caller}")


def reviewed(review: Reviewed, first: bool, target: str = "CloudFormation") -> None:
    """The review: of a first deployment in a line for each finding, else in full."""
    if first:
        _first(review)
    elif review.comparison.findings or review.comparison.remarks:
        from ifc.review.formats import write

        width = shutil.get_terminal_size((100, 24)).columns
        tell("\n" + write(review.comparison, "text", colour=colour(sys.stdout), width=width).rstrip("\n"))
    if review.code:
        tell(f"\nnew code: {', '.join(review.code)}")
    if review.also and not first:
        tell(f"\n{target} also says:")
        for sentence in review.also:
            tell(f"  {sentence}")
    tell()


def _first(review: Reviewed) -> None:
    from ifc.review.formats.display import brief
    from ifc.review.risk import Risk

    tell("\nall of it is new:")
    for finding in (f for f in review.comparison.findings if f.risk != Risk.COSMETIC):
        tell(f"  {finding.risk.code}  {brief(finding.title)}" + (f": {brief(finding.effect)}" if finding.effect else ""))


def going(resources: int) -> None:
    """How many resources go."""
    tell(f"\n{counted(resources)} {'goes' if resources == 1 else 'go'}")


def outcome(done: Outcome) -> None:
    """One resource, and how long it took."""
    of = "" if done.resource.startswith(f"{done.type}.") else f" ({done.type})"
    tell(f"  {done.seconds:6.1f} s  {done.words:<12}  {done.resource}{of}")


def outputs(values: Mapping[str, str]) -> None:
    """The outputs, one a line."""
    if values:
        tell("\noutputs")
    width = min(max(map(len, values), default=0), COLUMN)
    for name, value in sorted(values.items()):
        tell(f"  {name:<{width}}  {value}")


# What the stack is after a failure (CloudFormation user guide, Choose how to handle failures when provisioning resources).
AFTER = {
    "ROLLBACK_COMPLETE": "all that was made is gone again; the next `ifc deploy` begins anew",
    "UPDATE_ROLLBACK_COMPLETE": "CloudFormation took it back: the stack is as it was before",
    "UPDATE_ROLLBACK_FAILED": "taking it back failed too: the stack is stuck between two versions, and `{rollback}` goes on with it",
    "ROLLBACK_FAILED": "taking it back failed too: `{destroy}` removes what is left",
    "CREATE_FAILED": "nothing was taken back: the stack is half made; mend the reason and deploy again, or `{destroy}` removes it",
    "UPDATE_FAILED": "nothing was taken back: the stack is half changed; mend the reason and deploy again, or `{rollback}` goes back",
}


def failed(following: Follower, stack: Stack | None, ready: Prepared, arguments: argparse.Namespace) -> None:
    """The resources that failed, with the lines that made them, and what the stack is now."""
    done = ready.wanted.compiled
    show(problems(following.reasons, done.plan if done is not None else None), arguments)
    status = stack.status if stack is not None else "ROLLBACK_COMPLETE"
    words = AFTER.get(status, f"the stack is {stack.words}" if stack is not None else "")
    say(f"\nnot deployed; {words.format(rollback=again(arguments, 'rollback'), destroy=again(arguments, 'destroy'))}")


def problems(events: Iterable[Event], plan: Plan | None) -> list[Diagnostic]:
    """A diagnostic for each resource that failed, at the line of the source that made it."""
    from ifc.deploy.review import place

    found = []
    for event in events:
        at = place(plan, event.resource)
        labels = (Label(at[1], "made by this"),) if at is not None else ()
        what = {"CREATE": "made", "UPDATE": "changed", "DELETE": "removed"}.get(event.status.partition("_")[0], "imported")
        message = f"`{event.resource}` ({event.type}) can't be {what}: {event.reason or 'CloudFormation gives no reason'}"
        found.append(Diagnostic("IFC837", message, labels))
    return found
