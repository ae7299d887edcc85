"""The compiler: one function that reads like the road."""

from __future__ import annotations

import attrs

from ifc.checks import check
from ifc.diagnostics import Report
from ifc.lower import filters, lower
from ifc.model.app import App
from ifc.plan import Plan
from ifc.resolve.app import Options, resolve
from ifc.resolve.files import load


@attrs.frozen(eq=False)
class Compiled:
    """An app, its plan (None where there are errors), and all that was found on the way."""

    app: App
    plan: Plan | None
    report: Report
    sources: tuple[str, ...] = ()  # the paths of the program's files


def compile(path: str, options: Options) -> Compiled:
    """The app that a file means, and its plan when it has no errors."""
    report = Report()
    files = load(path, report)
    sources = tuple(file.source.path for file in files)
    app = resolve(files, options, report)
    check(app, report)
    if report.failed:
        filters(app, report)
        return Compiled(app, None, report, sources)
    return Compiled(app, lower(app, report), report, sources)
