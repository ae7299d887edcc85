"""What failed lies in a queue that nobody looks at, until it is deleted.

No function takes it, and no alarm tells of it (SQS developer guide, Creating alarms for dead-letter queues using Amazon CloudWatch).
Queues that the compiler makes for dead letters are not meant: one that is declared, and named for dead letters, was to be looked at.

Bad:
    queue Failed
    queue Q { dead-letter Failed after 5 }
    function f "a.b"
    Q -> f
Good:
    queue Failed
    queue Q { dead-letter Failed after 5 }
    function f "a.b"
    topic Ops
    Q -> f
    alarm SomeFailed where Failed.visible > 0
    SomeFailed -> Ops -> "mailto:ops@example.com"
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ifc.delivery import written
from ifc.diagnostics import Label, Report
from ifc.model.app import App
from ifc.source import Span

CODES = ("IFC537",)


def check(app: App, report: Report) -> None:
    """Warns of declared queues for dead letters that nothing in the app reads, watches or gives away."""
    if report.failed:
        return  # in a broken program something may be missing that is there
    named: dict[str, Span] = {}
    for name, span in _dead_letters(app):
        queue = app.resources.get(name)
        if queue is not None and queue.kind == "queue" and not queue.extern and (name not in named or _before(span, named[name])):
            named[name] = span
    if not named:
        return
    unread = sorted(named.keys() - _read(app))
    mentioned = app.given_away() if unread else set()
    for name in unread:
        if name not in mentioned:
            report.warning(
                "IFC537",
                f"what fails goes to `{name}`, and nothing takes it from there or tells of it",
                app.resources[name].declared.span,
                "nobody looks here",
                f"write `alarm {name}Filled where {name}.visible > 0` and send it to a topic, or let a function take it: `{name} -> f`",
                [Label(named[name], "dead letters")],
            )


def _before(one: Span, other: Span) -> bool:
    return one.sort_key() < other.sort_key()


def _dead_letters(app: App) -> Iterator[tuple[str, Span]]:
    """The resources that are named for what failed, and where."""
    for queue in app.of_kind("queue"):
        yield getattr(queue, "dead_queue", None) or "", queue.place("dead_letter")
    for wire in app.wires:
        yield getattr(wire.settings, "dead_letter", None) or "", written(wire, "dead_letter")
        if wire.source.port == "failed":
            yield wire.target.resource, wire.span


def _read(app: App) -> set[str]:
    """The queues that a function takes messages from, or that an alarm watches."""
    behind = {queue.name: getattr(queue, "dead_queue", None) for queue in app.of_kind("queue")}
    found = {grant.resource for grant in app.grants if grant.verb == "receives"}
    found |= {behind.get(grant.resource) or "" for grant in app.grants if grant.part == "dead-letter" and grant.verb == "receives"}
    for wire in app.wires:
        source = wire.source.resource
        if source in behind:
            found.add((behind[source] or "") if wire.source.port == "dead-letter" else source)
    for alarm in app.of_kind("alarm"):
        condition: Any = getattr(alarm, "condition", None)
        if condition is not None:
            watched = behind if condition.each == "queue" else [condition.resource]
            found.update((behind.get(name) or "") if condition.part == "dead-letter" else name for name in watched)
    return found
