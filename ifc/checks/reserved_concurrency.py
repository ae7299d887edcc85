"""The functions reserve more calls at the same time than an account gives away.

The deployment fails at one of them (Lambda developer guide, Lambda quotas: 1,000 concurrent executions for an account in a region, until
AWS raises it; Configuring reserved concurrency: 100 of them stay unreserved).

Bad:
    function f "a.b" { reserved 500 }
    function g "a.c" { reserved 500 }
Good:
    function f "a.b" { reserved 50 }
    function g "a.c" { reserved 50 }
"""

from __future__ import annotations

from ifc.diagnostics import Label, Report
from ifc.kinds.function import Function
from ifc.model.app import App

CODES = ("IFC534",)
GIVEN, KEPT = 1000, 100


def check(app: App, report: Report) -> None:
    """Warns of more than an account without a raised quota can give to this app alone."""
    found = [f for f in app.of_kind("function") if isinstance(f, Function) and not f.extern]
    reserved = {f.name: f.reserved for f in found if isinstance(f.reserved, int) and f.reserved}
    total = sum(reserved.values())
    if total <= GIVEN - KEPT:
        return
    most = sorted((f for f in found if f.name in reserved), key=lambda f: (-reserved[f.name], f.place("reserved").sort_key()))
    report.warning(
        "IFC534",
        f"{total:,} calls at the same time are reserved, and an account has {GIVEN - KEPT} to give, until AWS raises its quota",
        most[0].place("reserved"),
        "too many in all",
        f'reserve less, or let AWS raise the quota and write `# ifc: allow IFC534 "the quota is {total + KEPT:,}"` above',
        [Label(f.place("reserved")) for f in most[1:4]],
    )
