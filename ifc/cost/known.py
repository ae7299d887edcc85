"""What an app costs by what its source alone says: for a review, and for a picture."""

from __future__ import annotations

from ifc.cost.estimate import Estimate, estimate
from ifc.cost.model import Round
from ifc.cost.prices import prices
from ifc.cost.traffic import Traffic, expected
from ifc.diagnostics import Failure, Report
from ifc.model.app import App


def of_source(app: App) -> Estimate | None:
    """The estimate of an app; None where no arrow says what it expects, its region has no prices, or events go round without end.

    `resources` has the dollars a month of each resource by name, `by_edge` those of each arrow and verb by the id() of the model's wire
    or grant: low, expected and high.
    """
    if not expected(app):
        return None
    try:
        table = prices(app.region, None, Report())
        return estimate(app, Traffic(), table) if table is not None else None
    except (Failure, Round):
        return None
