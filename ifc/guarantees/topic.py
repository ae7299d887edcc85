"""Messages of a topic (SNS)."""

from __future__ import annotations

from ifc.flow import Step
from ifc.guarantees.calls import asynchronous
from ifc.guarantees.guarantee import Guarantee
from ifc.model.app import App

GROUP = "a message group"


def guarantee(app: App, step: Step) -> Guarantee:
    """What holds for a message (SNS developer guide, Message delivery retries: SQS and Lambda are tried for 23 days)."""
    if not step.target:
        return outside(step)
    if app.resources[step.target].kind == "function":
        return asynchronous(app, step.target)
    topic, queue = app.resources[step.source], app.resources[step.target]
    ordered = bool(getattr(topic, "fifo", False) and getattr(queue, "fifo", False))
    return Guarantee(order=GROUP if ordered else "", repeated=not ordered)


def outside(step: Step) -> Guarantee:
    """What holds for a message to an address: mail is tried 50 times in 6 hours, a URL 3 times more, 20 seconds apart."""
    wire = step.wire
    dead = wire.settings.dead_letter if wire is not None else None
    mail = "mailto:" in step.words
    return Guarantee(
        tries=50 if mail else 4,
        age=6 * 3600 if mail else 60,
        end=f"`{dead}`" if dead else "",
        lost=not dead,
        remedy=f"write `{{ dead-letter Queue }}` on `{step.words}`",
        kept=wire.origins["dead_letter"].span if wire is not None and dead else None,
    )
