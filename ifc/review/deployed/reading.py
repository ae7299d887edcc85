"""How properties are read: where each side writes them, and what is taken of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import attrs

from ifc.review.deployed import jsontext, policies
from ifc.review.deployed.form import NotUnderstood, Value, ordered

CFN, TERRAFORM = "cfn", "terraform"
INVENTED = "what the provider makes up of the time"
ARCHIVE = "archive"  # of code: what stands for its file and its digest
Side: TypeAlias = str
Read: TypeAlias = Callable[[Value, Side], Value]


@attrs.frozen
class Field:
    """One property: its name here, and where it is written."""

    name: str
    cfn: str | None
    terraform: str | None
    read: Read = lambda value, side: value
    default: Value = None  # what it is where nothing is written
    provider: Value = None  # what Terraform's provider writes where nothing is written, if it is not the same

    def path(self, side: Side) -> str | None:
        """Where one side writes it."""
        return self.cfn if side == CFN else self.terraform and self.terraform.replace(":", ".").rstrip(".")


Shape: TypeAlias = Callable[[dict[str, Any]], None]  # brings content into the form that the fields describe, in place


@attrs.frozen
class Kind:
    """One kind, and its names on both sides."""

    name: str
    cfn: str
    terraform: str
    fields: tuple[Field, ...]
    # Attribute here → CloudFormation's (None: Ref) and Terraform's.
    attributes: Mapping[str, tuple[str | None, tuple[str, ...]]] = attrs.field(factory=dict)
    ending: str = ""  # of logical ids, which addresses go without; a regular expression
    tagged: bool = False
    shape_cfn: Shape | None = None
    shape_terraform: Shape | None = None
    unique: bool = False  # no two may have one name


# --- taking values out of content ---


def take(content: dict[str, Any], path: str) -> Value:
    """The value at a path, which is then no longer in the content; None where nothing is written."""
    first, _, rest = path.partition(".")
    value = content.get(first)
    if not rest:
        return content.pop(first, None)
    inner = value[0] if isinstance(value, list) and len(value) == 1 else value
    if not isinstance(inner, dict):
        return None
    found = take(inner, rest)
    if found is not None and not inner:
        del content[first]
    return found


def fields(content: dict[str, Any], wanted: tuple[Field, ...], side: Side) -> dict[str, Value]:
    """The fields of some content; what none of them takes stands under the name that the target has for it."""
    found = {}
    for field in wanted:
        path = field.path(side)
        value = None if path is None else take(content, path)
        if value is None and side == TERRAFORM:
            value = field.provider
        if value is not None:
            found[field.name] = field.read(value, side)
    return found | {name: value for name, value in content.items() if not name.startswith("~")}


# --- reading them ---


class Rows:
    """Reads a list of objects, in no order."""

    def __init__(self, *wanted: Field) -> None:
        self.wanted = wanted

    def __call__(self, value: Value, side: Side) -> Value:
        listed = value if isinstance(value, list) else [value]
        return ordered(fields(dict(one), self.wanted, side) for one in listed)


def bag(value: Value, side: Side) -> Value:
    """A list whose order means nothing."""
    return ordered(value) if isinstance(value, list) else value


def only(value: Value, side: Side) -> Value:
    """The one entry of a list."""
    if isinstance(value, list) and len(value) == 1:
        return value[0]
    if isinstance(value, list):
        raise NotUnderstood(f"not one entry: {value}")
    return value


def document(value: Value, side: Side) -> Value:
    """A policy."""
    return value if isinstance(value, dict) and "entries" in value else policies.policy(jsontext.content(value))


def json_content(value: Value, side: Side) -> Value:
    """What JSON text says."""
    return jsontext.content(value)


def json_or_text(value: Value, side: Side) -> Value:
    """What JSON text says, or other text."""
    return jsontext.content_or_text(value)


def plain(name: str) -> str:
    """A logical id, a label or the name of a parameter: its letters and digits, in small."""
    return "".join(c for c in name.lower() if c.isalnum())


def add(kinds: list[Kind], name: str, cfn: str, terraform: str, *wanted: Field, **more: Any) -> None:
    """Adds a kind."""
    kinds.append(Kind(name, f"AWS::{cfn}", f"aws_{terraform}", wanted, **more))
