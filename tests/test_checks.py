"""Each check is held to the Bad and the Good of its own docstring."""

from __future__ import annotations

import importlib
import textwrap

import pytest

from ifc import checks
from ifc.diagnostics import NOTE
from tests.support import findings


def example(module: object, title: str) -> str:
    """The source under `Bad:` or `Good:` in a module's docstring."""
    lines = (module.__doc__ or "").splitlines()
    start = lines.index(f"{title}:") + 1
    block = []
    for line in lines[start:]:
        if line and not line.startswith(" "):
            break
        block.append(line)
    return textwrap.dedent("\n".join(block)).strip() + "\n"


@pytest.mark.parametrize("name", checks.names())
def test_docstring(name: str) -> None:
    """The bad source is found, and the good one is silent."""
    module = importlib.import_module(f"ifc.checks.{name}")
    codes = set(getattr(module, "CODES", ()) or (module.CODE,))
    bad, good = example(module, "Bad"), example(module, "Good")
    assert codes & {*findings(bad), *findings(bad, NOTE)}
    assert not codes & {*findings(good), *findings(good, NOTE)}
