"""What an app costs by what its source alone says: for a review, and for a picture."""

from __future__ import annotations

from ifc.cost.estimate import Estimate, estimate
from ifc.cost.model import Round
from ifc.cost.prices import prices
from ifc.cost.rounds import told
from ifc.cost.traffic import Traffic
from ifc.diagnostics import Failure, Report
from ifc.expectation import expects
from ifc.model.app import App


def from_source(app: App) -> Estimate | None:
    """The estimate of an app, None where no arrow says what it expects; raises Failure without prices, and where events go round."""
    if not expects(app):
        return None
    table = prices(app.region, None, Report())
    if table is None:
        raise TypeError("no file of prices was given, so nothing can be wrong with it")
    try:
        return estimate(app, Traffic(), table)
    except Round as endless:
        raise Failure(told(endless)) from None


def of_source(app: App) -> Estimate | None:
    """The estimate of an app, or None where there can be none by its source alone.

    `resources` has the dollars a month of each resource by name, `by_edge` those of each arrow and verb by the id() of the model's wire
    or grant: low, expected and high.
    """
    try:
        return from_source(app)
    except Failure:
        return None
