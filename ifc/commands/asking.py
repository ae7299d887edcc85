"""Questions of the commands that deploy, and what answers them on the command line."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from ifc.cli import USAGE, Stopped
from ifc.commands.source import say

if TYPE_CHECKING:
    from ifc.deploy.review import Reviewed
    from ifc.deploy.stack import Stack

NOTHING = "nothing was changed"


def interactive() -> bool:
    """Whether there is someone to ask."""
    return sys.stdin is not None and sys.stdin.isatty()


def answer(question: str) -> str:
    """What is typed; "" at the end of the input."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


def must_ask(arguments: argparse.Namespace, named: bool = False) -> None:
    """Stopped where there is a question and nobody to answer it; `named` where a name is all that is asked for."""
    if not arguments.yes and not (named and arguments.confirm) and not interactive():
        say(f"ifc: nobody can be asked here: give `--yes` to go on without a question; {NOTHING}")
        raise Stopped(USAGE)


def agreed(arguments: argparse.Namespace, review: Reviewed, protected: bool, stage: str) -> bool:
    """Whether to go on: asked, or said on the command line; what is grave in a protected stage is confirmed by the stage's name."""
    if protected and review.grave:
        return _confirmed(arguments, f"{len(review.grave)} of these need a confirmation in the protected stage `{stage}`", stage)
    return bool(arguments.yes) or answer("deploy? [y/N] ").lower() in ("y", "yes")


def _confirmed(arguments: argparse.Namespace, why: str, name: str) -> bool:
    if arguments.confirm is not None:
        if arguments.confirm == name:
            return True
        say(f"ifc: `--confirm {arguments.confirm}` is not `{name}`")
        return False
    if not interactive():
        say(f"ifc: {why}: give `--confirm {name}`")
        return False
    return answer(f"{why}. Type its name to go on: ") == name


def named(arguments: argparse.Namespace, name: str, protected: bool, why: str) -> bool:
    """Whether the name was typed, or given on the command line; `--yes` is enough where nothing is protected."""
    if arguments.yes and not protected:
        return True
    return _confirmed(arguments, why, name)


def asked(content: dict[str, object], secrets: dict[str, str], stack: Stack | None) -> dict[str, str]:
    """The values of secret params that have none yet, typed without being shown, where there is someone to ask."""
    from ifc.deploy.parameters import missing

    names = missing(content, secrets, stack.parameters if stack is not None else {})
    if not names or not interactive():
        return {}
    from getpass import getpass

    typed = {name: getpass(f"value of the secret param {name}: ") for name in names}
    return {name: value for name, value in typed.items() if value}
