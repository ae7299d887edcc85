"""Messages of a queue (SQS)."""

from __future__ import annotations

from ifc.flow import Step
from ifc.guarantees.guarantee import Guarantee
from ifc.guarantees.topic import GROUP
from ifc.kinds.queue import Queue
from ifc.model.app import App

DEAD_RETENTION = 14 * 86_400


def guarantee(app: App, step: Step) -> Guarantee:
    """What holds for a message that a function takes, or that has failed too often (SQS developer guide, Dead-letter queues)."""
    queue = app.resources[step.source]
    if not isinstance(queue, Queue) or step.wire is None:
        return Guarantee(repeated=False)  # the move to the dead letters
    order = GROUP if queue.fifo else ""
    if queue.extern:
        return Guarantee(order=order, tries=None)
    dead = queue.dead_letter
    if step.wire.source.port == "dead-letter" and dead:
        rescued = app.resources.get(queue.dead_queue or "")
        keeps = dead.retention if rescued is None else getattr(rescued, "retention", None)
        return Guarantee(order=order, tries=None, age=keeps, lost=True, remedy=_remedy(queue, dead.queue or dead.as_))
    written = queue.origins.get("dead_letter")
    place = written.span if written is not None else None
    if not dead:
        return Guarantee(
            order=order,
            tries=None,
            age=queue.retention,
            lost=True,
            remedy=f"take `dead-letter none` out of `{queue.name}`" if place else f"write `dead-letter after 5` in `{queue.name}`",
            given_up=place,
        )
    return Guarantee(
        order=order,
        tries=dead.after,
        age=queue.retention,
        end=f"`{dead.queue or dead.as_}`" if dead.queue or dead.as_ else f"the dead letters of `{queue.name}`",
        kept=place,
        tried=place,
    )


def _remedy(queue: Queue, dead: str | None) -> str:
    """How what fails among dead letters is kept: only a queue that is declared can have dead letters of its own."""
    if dead is None:
        return f"let `{queue.name}` name a declared queue for its dead letters, which has dead letters of its own"
    return f"write `dead-letter after 5` in `{dead}`"
