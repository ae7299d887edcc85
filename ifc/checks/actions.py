"""An `allow` names an action that IAM does not have, so it permits nothing.

Bad:
    function f "a.b" { allow "rds:DescribeDBLogFile" on "arn:aws:rds:eu-west-1:1:db:x" }
Good:
    function f "a.b" { allow "rds:DescribeDBLogFiles" on "arn:aws:rds:eu-west-1:1:db:x" }
"""

from __future__ import annotations

import json
import os
from fnmatch import fnmatchcase
from functools import cache

from ifc.diagnostics import Report, near
from ifc.model.app import Allow, App

CODE = "IFC512"


def check(app: App, report: Report) -> None:
    """Warns of actions that the Service Authorization Reference does not list for a service that it lists."""
    told = set()
    services: dict[str, str] = {}
    for allow in app.allows:
        if allow.actions and allow.span.sort_key() not in told:
            told.add(allow.span.sort_key())  # one in `defaults` is many in the app
            services = services or listed("services")
            _check(allow, services, report)


@cache
def listed(part: str) -> dict[str, str]:
    """Actions by their service, as words in lower case: all (`services`), or those that AWS limits to no resource (`unlimited`)."""
    path = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "actions.json")
    with open(path, encoding="utf-8") as stream:
        found: dict[str, str] = json.load(stream)[part]
    return found


def _check(allow: Allow, services: dict[str, str], report: Report) -> None:
    for action in allow.actions:
        service, _, name = action.partition(":")
        if service not in services:
            continue  # the list holds the services that are used most
        known = services[service].split()
        if any(fnmatchcase(k, name.lower()) for k in known):
            continue
        close = near(name.lower(), known)
        report.warning(
            CODE,
            f"IAM has no action `{action}`",
            allow.span,
            "permits nothing",
            f"write `{service}:{close}` (IAM ignores case)" if close else None,
        )
