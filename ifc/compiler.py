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
from ifc.suppressions import Suppressions
from ifc.syntax import tree


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
    return meant(load(path, report), options, report)


def meant(files: list[tree.File], options: Options, report: Report) -> Compiled:
    """The app that parsed files mean, and its plan when it has no errors."""
    sources = tuple(file.source.path for file in files)
    suppressions = Suppressions([file.source for file in files], options.today, report)
    report.allowed = suppressions.covers
    app = resolve(files, options, report)
    check(app, report)
    if report.failed:
        filters(app, report)
        return Compiled(app, None, report, sources)
    plan = lower(app, report)
    report.ordered()  # whatever is taken back is, by now
    suppressions.unused(options.code, report)
    return Compiled(app, plan, report, sources)
