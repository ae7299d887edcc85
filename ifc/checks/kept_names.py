"""Something that is kept has a name written by hand: after it has left a stack, its name is still taken.

Bad:
    table Orders { name "orders"; key id: string }
Good:
    table Orders { key id: string }
"""

from __future__ import annotations

from ifc.diagnostics import Report
from ifc.model.app import App

CODE = "IFC609"


def check(app: App, report: Report) -> None:
    """Notes kept resources with a fixed name (CloudFormation user guide, Import AWS resources into a CloudFormation stack)."""
    for resource in app.resources.values():
        origin = resource.origins.get("physical")
        if origin is None or origin.span is None or resource.extern or not getattr(resource, "keep", False):
            continue
        report.note(
            CODE,
            f"`{resource.name}` is kept when it leaves its stack, and its name stays taken",
            origin.span,
            "a fixed name",
            "to take it back into a stack, import it: `aws cloudformation create-change-set --change-set-type IMPORT "
            f"--resources-to-import …` with the logical id `{resource.id}`",
        )
