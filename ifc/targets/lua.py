"""Functions in Lua, which the clouds don't run, and which have no SDK here."""

from __future__ import annotations

from ifc.diagnostics import Report
from ifc.model.app import App, Resource
from ifc.plan import Plan

# What `flow.call` and `topics.append` do, the calls that Lua has.
USABLE = frozenset({"lambda:InvokeFunction", "sqs:SendMessage", "sns:Publish", "events:PutEvents", "kinesis:PutRecord"})


def no_lua(plan: Plan, target: str, report: Report) -> None:
    """Reports functions in Lua for a target that has no runtime for them."""
    for archive in plan.archives:
        function = plan.app.resources[archive.function]
        if getattr(function, "runtime", None) == "lua":
            report.error(
                "IFC906",
                f"Lambda has no Lua, so {target} can't carry `{function.name}`",
                function.place("handler"),
                "a .lua file",
                "run it with `ifc local` or `--target spacer`, and name a handler in Python or JavaScript in the clouds' `stage` blocks",
            )


def unusable(app: App, function: Resource, report: Report) -> None:
    """Warns of the verbs of a function in Lua that allow nothing which its code can do."""
    for grant in app.grants_of(function.name):
        actions = {action for access in app.resources[grant.resource].access(grant) for action in access.actions}
        if not actions & USABLE:
            report.warning(
                "IFC638",
                f"`{function.name}` is in Lua, which has no call for `{grant.verb} {grant.resource}`",
                grant.span,
                "of no use to it",
                "give the verb to a function in Python or JavaScript, and call that one with `flow.call`",
            )
