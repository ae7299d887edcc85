"""What sources that Lambda polls record by record have in common, a table's stream as well as Kinesis: the arrow's settings and the poller."""

from __future__ import annotations

from typing import Any

from ifc.aws import awslambda
from ifc.delivery import declared, is_fifo, may_deliver, written
from ifc.diagnostics import article
from ifc.expectation import Expected, expectation
from ifc.model.app import App, Context, Wire
from ifc.model.settings import CLEARED, setting, settings
from ifc.model.types import Choice, Flag, Name, Seconds, Whole
from ifc.plan import Lowering, Statement
from ifc.values import Value, joined

START = {"oldest": "TRIM_HORIZON", "latest": "LATEST"}
FOR_EVER = -1  # Lambda API, CreateEventSourceMapping: until the record expires


@settings
class Arrow:
    """What may be said on an arrow from a stream, whether a table's or Kinesis."""

    batch: int = setting(Whole(1, 10_000), 100, doc="records in one call at most")
    within: int | None = setting(Seconds(0, 300), doc="how long to wait for a full batch")
    start: str = setting(Choice("oldest", "latest"), "oldest", doc="where a new arrow begins to read")
    retries: Any = setting(
        Whole(0, 10_000), 3, doc="how often a failed batch is tried again; `none`: until its records expire", clears=True
    )
    bisect: bool = setting(Flag(), True, doc="a failed batch is halved before it is tried again, so that one bad record is found")
    parallel: int | None = setting(Whole(1, 10), doc="calls at the same time for one shard")
    dead_letter: str | None = setting(Name("queue", "topic", "bucket"), doc="where it is told which records failed too often")
    max_age: int | None = setting(Seconds(60, 604_800), doc="how old a record may get before it is given up")
    expect: Expected | None = expectation()


def check_arrows(arrows: list[Wire], app: App, context: Context) -> None:
    """Reports dead letters that Lambda does not deliver (Lambda developer guide, Retain discarded batch records)."""
    for wire in arrows:
        place = app.resources.get(wire.settings.dead_letter)
        if place is not None and is_fifo(place):
            context.report.error(
                "IFC454",
                f"Lambda can't tell the FIFO {place.kind} `{place.name}` about failed records",
                written(wire, "dead_letter"),
                "is FIFO",
                f"name {article(place.kind)} without `fifo`",
                [declared(place)],
            )


def poll(wire: Wire, id: str, source: Value, actions: tuple[str, ...], patterns: list[dict[str, Any]], lowering: Lowering) -> None:
    """Adds Lambda's poller of a stream, and what the function's role needs for it."""
    stream, target = lowering.app.resources[wire.source.resource], lowering.app.resources[wire.target.resource]
    said = wire.settings
    lowering.add(
        awslambda.EventSourceMapping(
            id=id,
            source=source,
            function=lowering.function(target.name),
            batch=said.batch,
            window=said.within,
            patterns=tuple(patterns),
            start=START[said.start],
            retries=FOR_EVER if said.retries is CLEARED else said.retries,
            max_age=said.max_age,
            bisect=said.bisect,
            parallel=said.parallel,
            failures=lowering.attribute(said.dead_letter, "arn") if said.dead_letter else None,
        ),
        target.name,
        wire=wire,
    )
    statements = [Statement(actions=actions, resources=(source,), why=(wire.span,)), *dead_letters(wire, lowering)]
    key = getattr(stream, "customer_key", None)
    if key is not None:
        statements.append(Statement(actions=("kms:Decrypt",), resources=(lowering.literal(key),), why=(wire.span,)))
    lowering.permit(target.name, *statements)


def dead_letters(wire: Wire, lowering: Lowering) -> list[Statement]:
    """What the function's role needs to tell of records that failed too often: Lambda delivers with that role."""
    if wire.settings.dead_letter is None:
        return []
    place = lowering.app.resources[wire.settings.dead_letter]
    if place.kind != "bucket":
        return may_deliver(place, wire.span, lowering)
    arn, key = place.literal("arn", lowering), getattr(place, "customer_key", None)
    found = [
        Statement(actions=("s3:PutObject",), resources=(joined(arn, "/*"),), why=(wire.span,)),
        Statement(actions=("s3:ListBucket",), resources=(arn,), why=(wire.span,)),
    ]
    if key is not None:
        found.append(Statement(actions=place.key_actions("puts"), resources=(lowering.literal(key),), why=(wire.span,)))
    return found
