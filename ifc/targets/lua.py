"""Functions in Lua, which the clouds don't run."""

from __future__ import annotations

from ifc.diagnostics import Report
from ifc.plan import Plan


def no_lua(plan: Plan, target: str, report: Report) -> None:
    """Reports functions in Lua for a target that has no runtime for them."""
    for archive in plan.archives:
        function = plan.app.resources[archive.function]
        if getattr(function, "runtime", None) == "lua":
            origin = function.origins.get("handler")
            report.error(
                "IFC906",
                f"Lambda has no Lua, so {target} can't carry `{function.name}`",
                origin.span if origin is not None and origin.span is not None else archive.span,
                "a .lua file",
                "run it with `--target spacer`, or write it in Python or JavaScript",
            )
