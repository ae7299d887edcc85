"""An app that declares nothing: for a stack it is a mistake, and for a state the end of everything that is there."""

from __future__ import annotations

from ifc.diagnostics import Diagnostic, Report
from ifc.plan import Plan


def nothing(plan: Plan, report: Report) -> None:
    """Reports an app without a resource, such as a file that was saved empty."""
    if not plan.placed:
        report.diagnostics.append(
            Diagnostic(
                "IFC608",
                f"`{plan.app.name}` declares nothing that is deployed",
                help="declare something, such as `queue Jobs`; `ifc init` makes an app to start from",
            )
        )
