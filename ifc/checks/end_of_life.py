"""A function runs on a runtime that AWS has given up.

It gets no security updates, and one day it can't be changed any more (Lambda developer guide, Lambda runtimes: Runtime deprecation policy).
The dates are data of this release; they are compared with the day on which they were read, or with the one that `--today` gives.

Bad:
    function f "a.b" { runtime nodejs16.x }
Good:
    function f "a.b" { runtime nodejs24.x }
"""

from __future__ import annotations

from ifc.diagnostics import Report, listed
from ifc.kinds.function import Function
from ifc.model.app import App, by_place
from ifc.runtimes import READ, RUNTIMES, successor

CODES = ("IFC533",)


def check(app: App, report: Report) -> None:
    """Warns once for each place where such a runtime is written; a layer's own runtime is its functions'."""
    day = app.today or READ
    written = [f for f in app.of_kind("function") if isinstance(f, Function) and not f.extern and "runtime" in f.origins]
    for place, functions in by_place([f for f in written if f.runtime in RUNTIMES], "runtime"):
        runtime = functions[0].runtime or ""
        deprecated, no_create, no_update = RUNTIMES[runtime]
        if deprecated > day:
            continue
        if no_update <= day:
            then = f"since {no_update} functions on it can't be changed"
        elif no_create <= day:
            then = f"since {no_create} new functions can't use it, and from {no_update} those that do can't be changed"
        else:
            then = f"from {no_create} new functions can't use it, and from {no_update} those that do can't be changed"
        report.warning(
            "IFC533",
            f"AWS gave up {runtime} on {deprecated}, and {then}",
            place,
            f"used by {listed([f.name for f in functions])}",
            f"write `runtime {successor(runtime)}`",
        )
