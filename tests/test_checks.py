"""Each check is held to the Bad and the Good of its own docstring."""

from __future__ import annotations

from pathlib import Path

import pytest

from ifc import checks
from ifc.compiler import compile
from ifc.diagnostics import NOTE
from ifc.resolve.app import Options
from tests.support import findings


def codes(told: checks.Told, title: str, folder: Path) -> list[str]:
    """What is said of an example, notes too; its handlers are read where it has some."""
    source = told.examples[title]
    files = {name.removeprefix(f"{title} "): text for name, text in told.examples.items() if name.startswith(f"{title} ")}
    if not files:
        return [*findings(source), *findings(source, NOTE)]
    for name, text in {**files, "app.ifc": f"app x\n{source}"}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [found.code for found in compile(str(folder / "app.ifc"), Options()).report.ordered()]


@pytest.mark.parametrize("name", checks.names())
def test_docstring(name: str, tmp_path: Path) -> None:
    """The bad source is found, and the good one is silent."""
    told = checks.told(name)
    assert {*told.codes} & {*codes(told, "Bad", tmp_path)}
    assert not {*told.codes} & {*codes(told, "Good", tmp_path)}
