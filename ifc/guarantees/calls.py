"""A function that is called without waiting for it: Lambda queues the event, and tries again by itself."""

from __future__ import annotations

from ifc.guarantees.guarantee import Guarantee
from ifc.kinds.function import Function
from ifc.model.app import App

# Lambda developer guide, How Lambda handles errors and retries with asynchronous invocation
RETRIES = 2
MAX_AGE = 6 * 3600


def asynchronous(app: App, name: str) -> Guarantee:
    """What holds for the events of a function that nobody waits for."""
    function = app.resources[name]
    if function.extern or not isinstance(function, Function):
        return Guarantee(tries=None)  # how its owner set it up is not known here
    said = function.retries
    place = function.place("retries") if said else None
    failed = next(app.wires_from(name, "failed"), None)
    return Guarantee(
        tries=(said.count if said else RETRIES) + 1,
        age=(said.max_age if said and said.max_age else MAX_AGE),
        end=f"`{failed.target.span.text}` by `{name}.failed`" if failed else "",
        lost=failed is None,
        remedy=f"write `{name}.failed -> Queue`",
        kept=failed.source.span if failed else None,
        given_up=place if failed is None else None,
        tried=place,
    )
