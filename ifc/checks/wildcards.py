"""A permission holds for every action of a service, or for everything of it, and nobody said why.

Whoever gets into the function has all of that (IAM user guide, Security best practices in IAM: Apply least-privilege permissions). AWS's
managed policies of which the name ends in `FullAccess` allow every action of a service on everything. Actions that AWS limits to no resource
have to be allowed on `*`, and a condition is a limit of its own: both need no reason.

Bad:
    function f "a.b" { allow "s3:*" on "arn:aws:s3:::pictures/*" }
Good:
    function f "a.b" { allow "s3:GetObjectTagging" on "arn:aws:s3:::pictures/*" }
"""

from __future__ import annotations

from ifc.checks.actions import listed
from ifc.diagnostics import Report
from ifc.model.app import Allow, App
from ifc.values import Joined, Value

CODES = ("IFC504", "IFC513", "IFC514")
BROAD = ("AdministratorAccess", "PowerUserAccess")


def check(app: App, report: Report) -> None:
    """Warns of `allow`s without a reason that have a star for all actions or all resources, and of managed policies that have."""
    told = set()
    for allow in app.allows:
        key = allow.span.sort_key()
        if key in told:
            continue  # one in `defaults` is many in the app
        told.add(key)
        _managed(allow, report)
        if allow.because is None and "*" in allow.resources:
            _anything(allow, report)
        elif allow.because is None:
            _written(allow, report)


def _managed(allow: Allow, report: Report) -> None:
    for name in allow.managed:
        last = name.rpartition("/")[2] if isinstance(name, str) else ""
        if last in BROAD or last.endswith("FullAccess"):
            report.warning(
                "IFC514",
                f"`{last}` allows {'everything' if last in BROAD else 'every action of a service'}, on everything in the account",
                allow.span,
                "more than one function needs",
                'write a verb, or the actions that it needs: `allow "service:Action" on "arn:…"`',
            )


def _anything(allow: Allow, report: Report) -> None:
    if allow.condition or all(_unlimited(action) for action in allow.actions):
        return
    report.warning(
        "IFC504",
        "this permission holds for every resource, without a reason",
        allow.span,
        "`*` without `because`",
        'name the resources, limit it by a `condition`, or say why not: `… on "*" because "why"`',
    )


def _unlimited(action: str) -> bool:
    """Whether AWS limits an action to no resource (Service Authorization Reference: no resource type stands beside it)."""
    service, _, name = action.lower().partition(":")
    return name in listed("unlimited").get(service, "").split()


def _written(allow: Allow, report: Report) -> None:
    action = next((action for action in allow.actions if action.endswith(":*")), None)
    if action is not None:
        what, label, help = f"`{action}` allows every action of the service", "every action", "name the actions"
    elif any(_everything(resource) for resource in allow.resources):
        what, label, help = "this permission holds for everything that the service has in the account", "everything", "name the resources"
    else:
        return
    report.warning("IFC513", f"{what}, without a reason", allow.span, label, f'{help}, or say why not: `… because "why"`')


def _everything(resource: Value) -> bool:
    """Whether an ARN stands for all resources of a service."""
    parts = resource.parts if isinstance(resource, Joined) else (resource,)
    text = "".join(part if isinstance(part, str) else "?" for part in parts)
    return text.startswith("arn:") and text.split(":", 5)[5:] == ["*"]
