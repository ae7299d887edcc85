"""The checks: one file each, with `check(app, report)`; its docstring says what is wrong, and shows Bad and Good."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from ifc.diagnostics import Report
from ifc.model.app import App
from ifc.records import record


@cache
def names() -> tuple[str, ...]:
    """The names of all checks."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))


def check(app: App, report: Report) -> None:
    """Runs every check."""
    for name in names():
        importlib.import_module(f"ifc.checks.{name}").check(app, report)


@record
class Told:
    """What a check's docstring says: its codes, its text, and its examples by their titles."""

    codes: tuple[str, ...]
    text: str
    examples: dict[str, str]


def told(name: str) -> Told:
    """What a check says of itself."""
    module = importlib.import_module(f"ifc.checks.{name}")
    codes = tuple(getattr(module, "CODES", ()) or (module.CODE,))
    text: list[str] = []
    examples: dict[str, str] = {}
    title = ""
    for line in (module.__doc__ or "").splitlines():
        if line.startswith(("Bad", "Good")) and line.endswith(":"):  # `Bad orders.py:` is a file beside it
            title = line[:-1]
        elif title:
            examples[title] = examples.get(title, "") + line.removeprefix("    ") + "\n"
        else:
            text.append(line)
    return Told(codes, "\n".join(text).strip(), {title: source.strip("\n") + "\n" for title, source in examples.items()})


def of_code(code: str) -> Told | None:
    """What the check that a code belongs to says of itself; None for a code of something else."""
    return next((found for found in map(told, names()) if code in found.codes), None)
