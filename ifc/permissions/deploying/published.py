"""What AWS publishes: the actions of CloudFormation's handlers, and what each action can be limited to.

It is in data/deploy-permissions.json, from cfn-lint 1.58.0 (MIT-0).
"""

from __future__ import annotations

import json
import os
import re
from functools import cache

from ifc.records import named


@named
class Published:
    """The data, as it is asked for."""

    types: dict[str, tuple[str, ...]]  # what creating, reading, updating and deleting a resource of a type calls
    limits: dict[str, frozenset[str]]  # by action in small letters: the resource types it can be limited to; none: only `*`
    forms: dict[tuple[str, str], tuple[str, ...]]  # by service and resource type: its ARNs

    def kinds(self, action: str) -> frozenset[str] | None:
        """The resource types that an action can be limited to; None where it is not published."""
        return self.limits.get(action.lower())


@cache
def published() -> Published:
    """The data; read once."""
    path = os.path.join(os.path.dirname(__file__), "..", "..", "data", "deploy-permissions.json")
    with open(path, encoding="utf-8") as stream:
        found = json.load(stream)
    limits = {
        f"{service}:{action}": frozenset(filter(None, kinds.split(",")))
        for service, lines in found["limits"].items()
        for kinds, actions in lines.items()
        for action in actions.split()
    }
    forms = {(service, kind): tuple(arns.split()) for service, kinds in found["forms"].items() for kind, arns in kinds.items()}
    return Published(types={t: tuple(actions.split()) for t, actions in found["types"].items()}, limits=limits, forms=forms)


def grantable(action: str) -> bool:
    """Whether a policy can name an action at all (IAM user guide, Grammar of the IAM JSON policy language)."""
    return re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9*]+", action) is not None
