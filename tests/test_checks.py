"""Each check is held to the Bad and the Good of its own docstring."""

from __future__ import annotations

import importlib
import re
import textwrap
from pathlib import Path

import pytest

from ifc import checks
from ifc.compiler import compile
from ifc.diagnostics import NOTE
from ifc.resolve.app import Options
from tests.support import findings


def examples(module: object, title: str) -> dict[str, str]:
    """What stands under `Bad:` or `Good:` in a module's docstring, under "", and by their names the files under `Bad NAME:`."""
    found: dict[str, str] = {}
    parts = re.split(rf"^({title}(?: \S+)?):$", module.__doc__ or "", flags=re.MULTILINE)
    for head, below in zip(parts[1::2], parts[2::2], strict=True):
        block = re.match(r"(?:\n(?: .*)?(?=\n|$))*", below)
        found[head[len(title) :].strip()] = textwrap.dedent(block[0] if block else "").strip() + "\n"
    return found


def codes(files: dict[str, str], folder: Path) -> list[str]:
    """What is said of an example, notes too; its handlers are read where it has some."""
    source = files[""]
    if len(files) == 1:
        return [*findings(source), *findings(source, NOTE)]
    for name, text in files.items():
        (folder / (name or "app.ifc")).write_text(text if name else f"app x\n{text}", encoding="utf-8")
    return [found.code for found in compile(str(folder / "app.ifc"), Options()).report.ordered()]


@pytest.mark.parametrize("name", checks.names())
def test_docstring(name: str, tmp_path: Path) -> None:
    """The bad source is found, and the good one is silent."""
    module = importlib.import_module(f"ifc.checks.{name}")
    told = set(getattr(module, "CODES", ()) or (module.CODE,))
    bad, good = examples(module, "Bad"), examples(module, "Good")
    assert told & {*codes(bad, tmp_path)}
    assert not told & {*codes(good, tmp_path)}
