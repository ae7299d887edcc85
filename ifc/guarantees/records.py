"""Records of a stream, a table's or Kinesis': Lambda reads them shard by shard."""

from __future__ import annotations

from ifc.flow import Step
from ifc.guarantees.guarantee import Guarantee
from ifc.model.app import App, Resource

CHANGES_KEPT = 86_400  # DynamoDB developer guide, Change data capture for DynamoDB Streams: 24 hours


def guarantee(app: App, step: Step) -> Guarantee:
    """What holds for a record (Lambda developer guide, Process Amazon Kinesis Data Streams records with Lambda)."""
    source, wire = app.resources[step.source], step.wire
    if wire is None:
        return Guarantee()
    said = wire.settings
    limit = kept(source)
    tries = said.retries + 1 if isinstance(said.retries, int) and not isinstance(said.retries, bool) else None
    places = {field: origin.span for field, origin in wire.origins.items() if origin.span is not None}
    return Guarantee(
        order="an item" if source.kind == "table" else "a partition key",
        tries=tries,
        age=min(limit, said.max_age or limit),
        end=f"`{said.dead_letter}`, which is told where the records were" if said.dead_letter else "",
        lost=not said.dead_letter,
        remedy=f"write `{{ dead-letter Queue }}` on `{step.words}`",
        kept=places.get("dead_letter") if said.dead_letter else None,
        given_up=None if said.dead_letter else places.get("retries") or places.get("max_age"),
        tried=places.get("retries"),
    )


def kept(source: Resource) -> int:
    """For how many seconds a stream keeps its records."""
    hours: int | None = getattr(source, "retention", None)  # of a table there is nothing to say
    return hours * 3600 if hours else CHANGES_KEPT
