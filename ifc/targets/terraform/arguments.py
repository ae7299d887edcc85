"""What the user says in `terraform { … }`, held against the arguments that the AWS provider knows."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeAlias

from ifc.diagnostics import Report, near
from ifc.model.app import Overlay
from ifc.source import Span

# Of each name, whether it is required, and the arguments in it where it is a block.
Arguments: TypeAlias = dict[str, tuple[bool, "Arguments | None"]]

# What every resource may have (Terraform language, Meta-Arguments).
META = ("//", "connection", "depends_on", "dynamic", "lifecycle", "provider", "provisioner", "timeouts")


@cache
def _types() -> dict[str, str]:
    path = os.path.join(os.path.dirname(__file__), "..", "..", "data", "terraform.json")
    with open(path, encoding="utf-8") as stream:
        found: dict[str, str] = json.load(stream)["types"]
    return found


@cache
def arguments(type: str) -> Arguments | None:
    """The arguments of a type; None for one that is not known here."""
    text = _types().get(type)
    if text is None:
        return None
    top: Arguments = {}
    above = [top]
    for name, mark, opens, closes in re.findall(r"(\w+)([!=]?)(\{?)|(\})", text):
        if closes:
            above.pop()
        if closes or mark == "=":
            continue
        inner: Arguments | None = {} if opens else None
        above[-1][name] = (mark == "!", inner)
        if inner is not None:
            above.append(inner)
    return top


def attributes(type: str) -> set[str] | None:
    """What can be referred to of a resource of a type; None for one that is not known here."""
    text = _types().get(type)
    if text is None:
        return None
    read = set(re.findall(r"(\w+)=", text))
    return read | {"id", *(arguments(type) or ())}


def check_names(type: str, content: Mapping[str, Any], overlay: Overlay, report: Report) -> None:
    """Warns of arguments that a type, or a block of it, does not have."""
    known = arguments(type)
    if known is not None:
        _check(known, type, {name: value for name, value in content.items() if name not in META}, (), overlay, report)


def _check(known: Arguments, of: str, content: Mapping[str, Any], above: tuple[str | int, ...], overlay: Overlay, report: Report) -> None:
    for name, value in content.items():
        path = (*above, name)
        if name not in known:
            close = near(name, known)
            report.warning(
                "IFC603",
                f"{of} has no argument `{name}`",
                overlay.places.get(path, overlay.span),
                "unknown argument",
                f"write `{close}`" if close else "Terraform refuses what the provider does not have",
            )
            continue
        inner = known[name][1]
        if inner is None:
            continue
        if isinstance(value, Mapping):
            _check(inner, f"`{name}`", value, path, overlay, report)
        for index, part in enumerate(value if isinstance(value, list | tuple) else ()):
            if isinstance(part, Mapping):
                _check(inner, f"`{name}`", part, (*path, index), overlay, report)


def check_raw(type: str, content: Mapping[str, Any], span: Span, report: Report) -> None:
    """Warns of a raw resource that Terraform would refuse, as far as its type is known."""
    if not type.startswith("aws_"):
        return
    known = arguments(type)
    if known is None:
        close = near(type, _types())
        if close is not None:
            report.warning("IFC349", f"this release knows no type `{type}` of Terraform", span, "unknown type", f"write `{close}`")
        return
    missing = [f"`{name}`" for name, (needed, _) in known.items() if needed and name not in content]
    if missing:
        report.warning("IFC347", f"{type} needs {' and '.join(missing)}", span, "not in here", "Terraform refuses it without")
