"""Which key encrypts what."""

from __future__ import annotations

from ifc.review.deployed.form import Key, Value
from ifc.review.deployed.output import Output

KINDS = ("queue", "topic", "stream", "table", "bucket", "secret")


def key_of(kind: str, fields: object) -> Value:
    """The key that encrypts something, as it is written."""
    return fields.get("encryption" if kind == "table" else "key") if isinstance(fields, dict) else None


def encrypted_by(output: Output) -> dict[str, list[Key]]:
    """The things that each key encrypts, by the key's repr."""
    found: dict[str, list[Key]] = {}
    for record in output.of_kind(*KINDS):
        key = key_of(record.kind, record.fields)
        if key is not None:
            found.setdefault(repr(key), []).append(record.key)
    return found
