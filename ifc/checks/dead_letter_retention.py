"""Dead letters are deleted as early as the messages of the queue they come from, and so perhaps before anyone has looked at them.

In standard queues the time that a message is kept counts from when it was first sent, not from when it became a dead letter (SQS
developer guide, Setting-up dead-letter queue retention); in FIFO queues it counts anew.

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

from ifc.diagnostics import Label, Report
from ifc.kinds.queue import DEAD_RETENTION, Queue
from ifc.model.app import App
from ifc.model.types import duration
from ifc.source import Span

CODES = ("IFC429",)


def check(app: App, report: Report) -> None:
    """Warns where one of the two times was written, and a longer one for the dead letters is possible."""
    for queue in app.of_kind("queue"):
        if not isinstance(queue, Queue) or queue.extern or queue.fifo or not queue.dead_letter:
            continue
        dead = app.resources.get(queue.dead_queue or "")
        if dead is None and not queue.dead_queue:
            keeps, place, where = queue.dead_letter.retention, queue.place("dead_letter"), f"the `dead-letter` of `{queue.name}`"
        elif isinstance(dead, Queue) and not dead.extern and {*dead.origins, *queue.origins} & {"retention"}:
            keeps, where = dead.retention, f"`{dead.name}`"
            place = (dead if "retention" in dead.origins else queue).place("retention")
        else:
            continue
        if keeps <= queue.retention and keeps < DEAD_RETENTION:
            _warn(queue, keeps, place, where, report)


def _warn(queue: Queue, keeps: int, place: Span, where: str, report: Report) -> None:
    report.warning(
        "IFC429",
        f"the dead letters of `{queue.name}` are deleted {duration(keeps)} after they were sent, and it may keep them itself "
        f"for {duration(queue.retention)}",
        place,
        "no longer than the queue",
        f"write `retention {duration(DEAD_RETENTION)}` in {where}",
        [Label(queue.place("retention"), "the queue's own")] if queue.place("retention") != place else [],
    )
