"""A message grows too old before it has been tried as often as is written, so it never gets to the dead letters.

A queue's retention counts from when a message was sent. Each failed try hides it for `visibility`; when all tries together take longer than
the retention, SQS drops it before the last (SQS developer guide, Amazon SQS dead-letter queues). In the same way the records of a stream
expire while a failed batch is tried again.

Bad:
    queue Work { visibility 2h; retention 6h; dead-letter after 5 }
    function pack "a.b"
    Work -> pack
Good:
    queue Work { visibility 2h; retention 1d; dead-letter after 5 }
    function pack "a.b"
    Work -> pack
"""

from __future__ import annotations

from ifc.diagnostics import Label, Report
from ifc.model.app import App, Resource, Wire
from ifc.model.types import duration
from ifc.source import Span

CODE = "IFC526"


def check(app: App, report: Report) -> None:
    """Reports queues and arrows whose tries take longer than an event is kept."""
    if report.failed:
        return
    for queue in app.of_kind("queue"):
        if not queue.extern:
            messages(app, queue, report)
    for wire in app.wires:
        if hasattr(wire.settings, "bisect") and "retries" in wire.origins and wire.settings.dead_letter:
            records(app, wire, report)


def messages(app: App, queue: Resource, report: Report) -> None:
    """Reports a queue whose messages expire before their last try."""
    from ifc.kinds.queue import Queue  # an app without queues never loads it

    dead = queue.dead_letter if isinstance(queue, Queue) else None
    written = [field for field in ("retention", "visibility", "dead_letter") if field in queue.origins]
    if not isinstance(queue, Queue) or not dead or not written or not isinstance(queue.visibility, int):
        return
    long = dead.after * queue.visibility
    if long < queue.retention or not any(app.wires_from(queue.name, "")):
        return
    report.warning(
        CODE,
        f"messages of `{queue.name}` are dropped after {duration(queue.retention)}, and {dead.after} tries of "
        f"{duration(queue.visibility)} take {hours(long)}: what fails never gets to the dead letters",
        queue.place(written[0]),
        "too short" if written[0] == "retention" else "too long",
        "keep messages longer, hide them for less time, or try less often",
        [Label(queue.place(field), "counts too") for field in written[1:]],
    )


def records(app: App, wire: Wire, report: Report) -> None:
    """Reports an arrow whose records expire before a failed batch is given up."""
    from ifc.guarantees.records import kept

    target = app.resources[wire.target.resource]
    timeout, retries = getattr(target, "timeout", None), wire.settings.retries
    if not isinstance(timeout, int) or isinstance(retries, bool) or not isinstance(retries, int) or wire.settings.max_age:
        return
    limit = kept(app.resources[wire.source.resource])
    if (retries + 1) * timeout <= limit:
        return
    place = wire.origins["retries"].span or wire.span
    report.warning(
        CODE,
        f"records are kept for {duration(limit)}, and {retries + 1} tries of up to {duration(timeout)} may take "
        f"{hours((retries + 1) * timeout)}: `{wire.settings.dead_letter}` may never hear of a failure",
        place,
        "too often",
        "try less often, or give records up in time: `max-age 12h`",
        also(wire.origins["dead_letter"].span),
    )


def also(place: Span | None) -> list[Label]:
    """The dead letters, where they are written."""
    return [Label(place, "told too late")] if place is not None else []


def hours(seconds: int) -> str:
    """Seconds as people count them: in days and hours, and below an hour exactly."""
    days, rest = divmod(seconds, 86_400)
    whole = rest // 3600
    if not days and not whole:
        return duration(seconds)
    return " ".join(part for part in (f"{days}d" if days else "", f"{whole}h" if whole else "") if part)
