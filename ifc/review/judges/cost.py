"""What the change costs: where both sources say what they expect, and where they run, the estimates of both are compared."""

from __future__ import annotations

from ifc.diagnostics import Failure
from ifc.expectation import expects
from ifc.review.finding import Finding
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.version import Version

LEAST, SHARE = 1.0, 0.1  # it is said of dollars a month, and of what it was before
MOST = 5  # resources that are named


def judge(review: Review) -> None:
    """Says that the app is expected to cost more than a tenth more."""
    plans = review.old.plan, review.new.plan
    if plans[0] is None or plans[1] is None or not (priced(review.old) and priced(review.new)):
        return
    from ifc.cost.comparison import compare  # hardly any change has both sides
    from ifc.cost.known import from_source
    from ifc.cost.units import usd
    from ifc.cost.wording import basis, difference, spread

    try:
        before, after = (from_source(plan.app) for plan in plans if plan is not None)
    except Failure as failure:
        if review.findings:  # else nothing changed that could cost more
            review.remarks.append(f"what it costs is not compared: {failure.diagnostics[0].message}")
        return
    if before is None or after is None:
        return
    found = compare(review.old.title, before, review.new.title, after)
    old, new = found.total.before[1], found.total.after[1]
    if new - old < max(LEAST, SHARE * old):
        return
    review.say(
        Finding(
            risk=Risk.COST,
            rule="cost",
            subject="app/cost",
            title=f"`{after.app}` is expected to cost {usd(new - old)} more each month",
            effect=f"estimated {basis(after)}: {spread(found.total.before)} before, {spread(found.total.after)} now",
            before=f"{usd(old)} a month",
            after=f"{usd(new)} a month",
            help="`ifc cost --diff` says where it goes, and what is assumed",
            old=plans[0].app.span,
            new=plans[1].app.span,
            details=tuple(f"`{change.name}` {difference(change)}" for change in found.resources[:MOST]),
        )
    )


def priced(version: Version) -> bool:
    """Whether a side is a source that says what it expects, and in which region."""
    app = version.plan.app if version.plan is not None else None
    return app is not None and app.region is not None and expects(app)
