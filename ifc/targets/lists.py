"""List params where one value is wanted, which no target takes."""

from __future__ import annotations

from collections.abc import Mapping

from ifc.diagnostics import Report
from ifc.plan import Plan


def wrong_lists(plan: Plan, found: Mapping[str, str], report: Report) -> None:
    """Reports list params, each with the resource that wants one value, once a param."""
    for name, where in found.items():
        report.error(
            "IFC612",
            f"the list param `{name}` stands where `{where}` wants one value",
            plan.app.parameters[name].span,
            "a list",
            f'write it into a text, where its values are joined by commas: `"${{{name}}}"`',
        )
