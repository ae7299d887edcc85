"""Archives of buses that came or went."""

from __future__ import annotations

from ifc.review.finding import Finding
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.rules import RULES
from ifc.review.things import owner


def judge(review: Review) -> None:
    """Says which buses keep their events now, or no longer."""
    for change in list(review.changes("archive of a bus")):
        bus = owner(change.record)
        if (change.old is not None and change.new is not None) or bus is None:
            continue
        gone = change.new is None
        rule = RULES["archive of a bus", "retention"]
        length = change.record.fields.get("retention")
        kept = "on" if length is None else rule.unit(length, review.value)
        old, new = review.spans(bus, "archive")
        review.say(
            Finding(
                risk=Risk.DATA if gone else Risk.BEHAVIOUR,
                rule="setting",
                subject=review.path(bus, "archive"),
                title=f"`archive` of {review.called(bus)} changes",
                effect="every event in it is lost" if gone else "",
                before=kept if gone else "off",
                after="off" if gone else kept,
                old=old,
                new=new,
                consequences=review.take(change.key),
            )
        )
