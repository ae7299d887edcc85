"""The outputs of an estimate: pure functions from it to text."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol, cast

from ifc.cost.comparison import Comparison
from ifc.cost.estimate import Estimate

FORMATS = {"text": "text", "markdown": "markdown", "json": "as_json"}


class Form(Protocol):
    """A module of this package."""

    def estimate(self, found: Estimate, colour: bool) -> str:
        """An estimate."""

    def comparison(self, found: Comparison, colour: bool) -> str:
        """A comparison of two."""


def form(name: str) -> Form:
    """The format of that name; each output loads what it alone needs."""
    return cast(Form, import_module(f"ifc.cost.formats.{FORMATS[name]}"))
