"""Names in the log: each source of events is a topic of its own, called as PostgreSQL, Kafka and Spacer's own reader take it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ifc.diagnostics import Label, Report
from ifc.model.app import App, Resource

SOURCES = ("queue", "topic", "bus", "stream", "table", "bucket")
LONGEST = 63 - len(
    "topic__msg_offset_seq"
)  # PostgreSQL cuts longer identifiers (documentation, Identifiers and Key Words); its table has a sequence


def topics(app: App, report: Report) -> dict[str, str]:
    """The topic of each source of events by declared name; two that would share one are reported."""
    found: dict[str, str] = {}
    taken: dict[str, Resource] = {}
    for name, resource in _sources(app):
        topic = mapped(name)
        before = taken.setdefault(topic, resource)
        if before is not resource or len(topic) > LONGEST:
            what = f"`{name}` and `{before.name}` both become" if before is not resource else f"`{name}` becomes"
            why = (
                f"the topic `{topic}` of the log"
                if before is not resource
                else f"a topic of {len(topic)} letters, and {LONGEST} are the most"
            )
            report.error(
                "IFC630",
                f"{what} {why}",
                resource.declared.span,
                "this one",
                "rename one of them: topics are of small letters and digits" if before is not resource else "shorten the name",
                [Label(before.declared.span, "and this one")] if before is not resource else [],
            )
        found[name] = topic
    return found


def mapped(name: str) -> str:
    """`OrderPlaced` → `orderplaced`: what every driver of the log takes, `[a-z][a-z0-9]*`."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _sources(app: App) -> Iterator[tuple[str, Resource]]:
    for kind in SOURCES:
        for resource in app.of_kind(kind):
            yield resource.name, resource
            if made_dead_letters(resource):
                yield dead(resource.name), resource


def dead(queue: str) -> str:
    """What the queue is called that is made for the dead letters of a queue."""
    return f"{queue}.dead-letter"


def made_dead_letters(resource: Resource) -> bool:
    """Whether a queue for its dead letters is made."""
    letters = getattr(resource, "dead_letter", None)
    return resource.kind == "queue" and bool(letters) and not getattr(resource, "dead_queue", None)
