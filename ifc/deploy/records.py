"""What was deployed when: a record of each deployment in the artifacts bucket, which rollback and promote read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ifc.deploy.artifacts import Bucket
from ifc.deploy.stack import Stack, State, state_of
from ifc.records import evolve, named

STARTED, DONE, FAILED, DESTROYED = "started", "done", "failed", "destroyed"
JSON = "application/json"
MOST = 50  # records that are looked at: one goes back a few deployments, not a hundred
KEY = re.compile(r"deployments/[^/]+/(\d{4,})\.json")


@named
class Record:
    """One deployment: all that is needed to make it once more, without any secret."""

    number: int = 0
    stack: str
    result: str = STARTED
    began: str  # UTC, ISO 8601
    caller: str
    template: str  # its key
    bucket: str
    parameters: Mapping[str, str]  # without the secret ones
    secrets: tuple[str, ...] = ()  # the names of those, whose values stay in the stack
    code: Mapping[str, str]  # the keys of archives, by parameter
    commit: str = ""
    change_set: str = ""
    restores: int = 0  # the number of the deployment that it went back to
    promotes: str = ""  # the stage whose archives it took

    @property
    def version(self) -> int:
        """The deployment whose app this is: its own number, or of the one that it went back to."""
        return self.restores or self.number


def key(stack: str, number: int) -> str:
    """Where a record is kept."""
    return f"deployments/{stack}/{number:04}.json"


def numbers(bucket: Bucket, stack: str) -> list[int]:
    """The numbers of a stack's records, in order."""
    return sorted(int(found[1]) for name in bucket.keys(f"deployments/{stack}/") if (found := KEY.fullmatch(name)))


def read(bucket: Bucket, stack: str, most: int = MOST) -> list[Record]:
    """The newest records of a stack, the very newest last; what can't be read is left out."""
    return [one for number in numbers(bucket, stack)[-most:] if (one := _read(bucket, stack, number)) is not None]


def _read(bucket: Bucket, stack: str, number: int) -> Record | None:
    try:
        content = json.loads(bucket.get(key(stack, number)))
        known = {field: content[field] for field in FIELDS if field in content}
        return Record(**{**known, "number": number, "stack": stack, "secrets": tuple(known.get("secrets", ()))})
    except (ValueError, TypeError, KeyError):
        return None


FIELDS = (
    *("result", "began", "caller", "template", "bucket", "parameters", "secrets", "code", "commit"),
    *("change_set", "restores", "promotes"),
)


def begun(bucket: Bucket, record: Record, last: int) -> Record | None:
    """The record with the number after the last one that was there when all this was prepared, written before the deployment begins.

    None where somebody else has that number by now: of two deployments that were prepared at once only one begins.
    """
    place, text = key(record.stack, last + 1), _text(record)
    mine = bucket.put(place, text, JSON, only_new=True) or bucket.get(place) == text  # it was written, and the answer was lost
    return evolve(record, number=last + 1) if mine else None


def ended(bucket: Bucket, record: Record, result: str) -> Record:
    """The record with what has come of it."""
    done = evolve(record, result=result)
    bucket.put(key(record.stack, record.number), _text(done), JSON)
    return done


def destroyed(bucket: Bucket, stack: Stack, caller: str) -> None:
    """Writes down that the stack was destroyed: no rollback goes behind that."""
    began = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    last = max(numbers(bucket, stack.name), default=0)
    record = Record(stack=stack.name, result=DESTROYED, began=began, caller=caller, template="", bucket=bucket.name, parameters={}, code={})
    begun(bucket, record, last)


def _text(record: Record) -> bytes:
    content: dict[str, Any] = {"version": 1} | {field: getattr(record, field) for field in FIELDS}
    return (json.dumps(content, indent=2) + "\n").encode()


def settled(records: Iterable[Record], stack: Stack | None) -> list[Record]:
    """The records with what has come of those whose end nobody saw: the client was killed, or lost its way to AWS."""
    return [evolve(one, result=_result(one, stack)) for one in records]


def _result(record: Record, stack: Stack | None) -> str:
    if record.result != STARTED or state_of(stack) == State.BUSY:
        return record.result
    return DONE if stack is not None and stack.good and stack.change_set == record.change_set else FAILED


def settle(bucket: Bucket, name: str, stack: Stack | None) -> int:
    """Writes down what has come of the last deployment, while the stack still knows it; returns its number, 0 where there is none."""
    for before in read(bucket, name, 1):
        (now,) = settled([before], stack)
        if now.result != before.result:
            ended(bucket, now, now.result)
    return max(numbers(bucket, name), default=0)


def lasting(records: list[Record]) -> list[Record]:
    """Those that are still of the stack: done, and since it was last destroyed."""
    after = max((number for number, record in enumerate(records) if record.result == DESTROYED), default=-1)
    return [record for record in records[after + 1 :] if record.result == DONE]


def before(records: list[Record]) -> Record | None:
    """What a rollback goes back to: the deployment before the one whose app is deployed now."""
    road: list[Record] = []
    done = lasting(records)
    by_number = {record.number: record for record in done}
    for record in done:
        if not record.restores:
            road.append(record)
            continue
        while road and road[-1].number > record.restores:
            road.pop()
        if record.restores in by_number and by_number[record.restores] not in road[-1:]:  # it was left by going back before
            road.append(by_number[record.restores])
    return road[-2] if road[1:] else None
