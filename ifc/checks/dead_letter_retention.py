"""Dead letters are deleted as early as the messages of the queue they come from.

Perhaps nobody has looked at them by then. In standard queues the time that a message is kept counts from when it was first sent, not from
when it became a dead letter (SQS developer guide, Setting-up dead-letter queue retention); in FIFO queues it counts anew.

Bad:
    queue Q { retention 7d; dead-letter after 5 { retention 4d } }
    function f "a.b"
    Q -> f
Good:
    queue Q { retention 7d; dead-letter after 5 }
    function f "a.b"
    Q -> f
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ifc.diagnostics import Label, Report, listed
from ifc.model.app import App
from ifc.model.types import duration
from ifc.records import named
from ifc.source import Span

if TYPE_CHECKING:
    from ifc.kinds.queue import Queue

CODES = ("IFC429",)


def check(app: App, report: Report) -> None:
    """Warns once for each written time that makes dead letters last no longer, where a longer one is possible."""
    queues = [queue for queue in app.of_kind("queue") if not queue.extern]
    if not queues:
        return
    from ifc.kinds.queue import DEAD_RETENTION, Queue  # an app without queues never loads it

    found: dict[tuple[str, int, int], list[Early]] = {}
    for queue in queues:
        if isinstance(queue, Queue) and not queue.fifo and queue.dead_letter:
            early = _early(queue, app)
            if early is not None and early.keeps <= queue.retention and early.keeps < DEAD_RETENTION:
                found.setdefault(early.place.sort_key(), []).append(early)
    for _, group in sorted(found.items()):
        first = group[0]
        own = first.queue.place("retention")
        report.warning(
            "IFC429",
            f"the dead letters of {listed([early.queue.name for early in group])} are deleted {duration(first.keeps)} after they were sent, "
            f"and the queue itself may keep them for {duration(first.queue.retention)}",
            first.place,
            "no longer than the queue",
            f"write `retention {duration(DEAD_RETENTION)}` in {first.where if len(group) == 1 else 'the queues of their dead letters'}",
            [Label(own, "the queue's own")] if own != first.place else [],
        )


@named
class Early:
    """A queue, how long its dead letters are kept, in seconds, and where that was written and is to be written."""

    queue: Queue
    keeps: int
    place: Span
    where: str


def _early(queue: Queue, app: App) -> Early | None:
    """How long the dead letters of a queue are kept; None where nobody wrote that, or it is not known."""
    from ifc.kinds.queue import Queue

    dead = app.resources.get(queue.dead_queue or "")
    if queue.dead_letter and not queue.dead_queue:
        where = f"the `dead-letter` of `{queue.name}`"
        return Early(queue=queue, keeps=queue.dead_letter.retention, place=queue.place("dead_letter"), where=where)
    if not isinstance(dead, Queue) or dead.extern or "retention" not in {*dead.origins, *queue.origins}:
        return None
    place = (dead if "retention" in dead.origins else queue).place("retention")
    return Early(queue=queue, keeps=dead.retention, place=place, where=f"`{dead.name}`")
