"""`ifc cost`: what an app costs each month, by route and in all."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from ifc.cli import ERRORS, FINE
from ifc.commands.source import colour, options, show, sound
from ifc.cost.comparison import compare
from ifc.cost.estimate import Estimate, estimate
from ifc.cost.formats import form
from ifc.cost.model import Round
from ifc.cost.prices import Prices, prices
from ifc.cost.rounds import told
from ifc.cost.traffic import Traffic, read
from ifc.diagnostics import Diagnostic, Failure, Report
from ifc.model.app import App

TEMPLATE = "IFC586"


def run(arguments: argparse.Namespace) -> int:
    """Prints the estimate, or what differs from that of another version."""
    done = sound(arguments)
    try:
        text = output(done.app, arguments)
    except Failure as failure:
        show(failure.diagnostics, arguments)
        return ERRORS
    sys.stdout.write(text)
    return FINE


def output(app: App, arguments: argparse.Namespace) -> str:
    """What is printed; raises Failure."""
    other = older(arguments) if arguments.diff is not None else None
    apps = [app, *([other] if other is not None else [])]
    known = traffic(arguments.traffic, apps)
    out = form(arguments.format)
    coloured = arguments.format == "text" and colour(sys.stdout)
    after = estimated(app, known, table(app, arguments))
    if other is None:
        return out.estimate(after, coloured)
    before = estimated(other, known, table(other, arguments))
    return out.comparison(compare(arguments.diff, before, arguments.file, after), coloured)


def traffic(path: str | None, apps: Sequence[App]) -> Traffic:
    """What a traffic file says of one of the apps; raises Failure."""
    if path is None:
        return Traffic()
    report = Report()
    found = read(path, apps, report)
    if report.failed:
        raise Failure(*report.ordered())
    return found


def table(app: App, arguments: argparse.Namespace) -> Prices:
    """The prices for an app; raises Failure."""
    report = Report()
    found = prices(arguments.region or app.region, arguments.prices, report)
    if found is None:
        raise Failure(*report.ordered())
    return found


def estimated(app: App, known: Traffic, table: Prices) -> Estimate:
    """The estimate of an app; raises Failure where events go round without end."""
    try:
        return estimate(app, known, table)
    except Round as endless:
        raise Failure(told(endless)) from None


def older(arguments: argparse.Namespace) -> App:
    """The app that is compared with: another file, or a revision of one; raises Failure."""
    from ifc.review.sides import understood, worded  # only a comparison needs what reviews read

    found = understood(worded(arguments.diff, options(arguments)))
    if found.compiled is None:
        raise Failure(
            Diagnostic(
                TEMPLATE, f"`{arguments.diff}` is no source, and only of a source is it known what comes in", help="name an .ifc file"
            )
        )
    return found.compiled.app
