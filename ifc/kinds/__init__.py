"""The kinds: one file each, loaded when an app uses it. The file's name is the word in the language."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from ifc.model.app import Resource


@cache
def kinds() -> tuple[str, ...]:
    """The names of all kinds."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


@cache
def load(kind: str) -> type[Resource]:
    """The class of a kind."""
    module = importlib.import_module(f"ifc.kinds.{kind}")
    found = [v for v in vars(module).values() if isinstance(v, type) and issubclass(v, Resource) and v.kind == kind]
    return found[0]
