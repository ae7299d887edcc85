"""What an app declares, and what belongs to it: a role to its function, a stage to its API."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from ifc.review.changes import Pair
from ifc.review.deployed.form import Key, Of, Record, Value
from ifc.review.finding import DELETED, REPLACED, Consequence
from ifc.review.hazards import holds
from ifc.review.words import several

# What is declared, or stands for itself; everything else belongs to one of these, to an arrow or to a route.
MAIN = (
    "function",
    "queue",
    "topic",
    "bus",
    "stream",
    "table",
    "bucket",
    "secret",
    "config",
    "http api",
    "rest api",
    "alarm",
    "layer",
    "resource",
)
# The field by which a thing names what it belongs to.
BELONGS = {
    "permission": "function",
    "alias": "function",
    "version": "function",
    "async": "function",
    "url": "function",
    "queue policy": "queue",
    "topic policy": "topic",
    "bucket policy": "bucket",
    "archive of a bus": "bus",
    **{f"http {part}": "api" for part in ("stage", "integration", "authorizer", "route")},
    **{f"rest {part}": "api" for part in ("stage", "authorizer", "path", "method", "response", "model", "validator", "deployment")},
}
OWNED = ("role", "log group", "logs")  # the fields by which something names what belongs to it
DEAD = "dead"  # what the identity of a queue's own queue for dead letters ends in


def single(value: Value) -> Key | None:
    """The thing that a reference is to, or a list of one reference."""
    one = value[0] if isinstance(value, list) and len(value) == 1 else value
    return (one.kind, one.identity) if isinstance(one, Of) else None


def owner(record: Record) -> Key | None:
    """What a thing belongs to, as it says itself."""
    if record.kind == "deployment group":
        return "function", record.identity
    return single(record.fields.get(BELONGS[record.kind])) if record.kind in BELONGS else None


def owned(record: Record) -> list[Key]:
    """What belongs to a thing, as it says itself."""
    found = [single(record.fields.get(field)) for field in OWNED]
    return [key for key in found if key is not None and key[0] in ("role", "log group")]


def remains(record: Record) -> tuple[str, str]:
    """What becomes of a thing that goes, and of one that is replaced: `Retain`, `Snapshot` or `Delete`."""
    found = record.fields.get("deletion")
    if isinstance(found, Mapping):
        return str(found["gone"]), str(found["replaced"])
    return ("Retain", "Retain") if record.fields.get("kept") else ("Delete", "Delete")


def dead_letters(record: Record | None) -> Key | None:
    """The queue that takes a queue's dead letters."""
    redrive = record.fields.get("redrive") if record is not None else None
    return single(redrive.get("deadLetterTargetArn")) if isinstance(redrive, Mapping) else None


def own_dead_letters(record: Record | None) -> Key | None:
    """The queue for dead letters that comes with a queue; None where it has none, or one that is declared."""
    found = dead_letters(record)
    return found if record is not None and found is not None and found[1] == record.identity + DEAD else None


def belongings(pair: Pair) -> dict[Key, list[Key]]:
    """Of what changed, what belongs to each thing, in order."""
    found: dict[Key, list[Key]] = {}
    for key, change in pair.changes.items():
        for record in (change.old, change.new):
            if record is None:
                continue
            above = owner(record)
            if above is not None and key not in found.setdefault(above, []):
                found[above].append(key)
            for below in (*owned(record), own_dead_letters(record)):
                if below in pair.changes and below not in found.setdefault(key, []):
                    found[key].append(below)
    return found


def losses(consequences: Iterable[Consequence], main: Collection[str] = ()) -> str:
    """What is lost where things go, as a clause; "" where nothing is. `main` are the resources that the others belong to."""
    found: dict[str, bool] = {}
    for one in consequences:
        lost = holds(one.type)
        if lost is not None and one.action in (DELETED, REPLACED):
            whose = lost.replace(" in it", f" in {PARTS_OF[one.type]}") if one.type in PARTS_OF and one.resource not in main else lost
            found[whose] = found.get(whose, True) and one.kept
    gone = several([whose for whose in found if not found[whose]])
    left = several([whose for whose in found if found[whose]])
    return "; ".join([*([f"{gone} is lost"] if gone else []), *([f"{left} stays behind"] if left else [])])


def loses(consequences: Iterable[Consequence]) -> bool:
    """Whether what goes holds something."""
    return any(holds(one.type) is not None and one.action in (DELETED, REPLACED) for one in consequences)


# What belongs to something else and holds data, by its type.
PARTS_OF = {
    "AWS::Logs::LogGroup": "its log group",
    "aws_cloudwatch_log_group": "its log group",
    "AWS::Events::Archive": "its archive",
    "aws_cloudwatch_event_archive": "its archive",
    "AWS::SQS::Queue": "its queue of dead letters",
    "aws_sqs_queue": "its queue of dead letters",
}
