"""The checks: one file each, with `check(app, report)`; its docstring says what is wrong, and shows Bad and Good."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from ifc.diagnostics import Report
from ifc.model.app import App


@cache
def names() -> tuple[str, ...]:
    """The names of all checks."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def check(app: App, report: Report) -> None:
    """Runs every check."""
    for name in names():
        importlib.import_module(f"ifc.checks.{name}").check(app, report)
