"""Files that hold agreed output: compared as a whole, with a diff and the command that updates in the failure."""

from __future__ import annotations

import difflib
from pathlib import Path

ROOT = Path(__file__).parent.parent
UPDATE = "python -m tests.update"


def same(path: Path, text: str) -> None:
    """Fails with a diff where `path` does not hold `text`."""
    agreed = path.read_text(encoding="utf-8") if path.exists() else ""
    if agreed == text:
        return
    name = path.relative_to(ROOT)
    diff = "".join(difflib.unified_diff(agreed.splitlines(True), text.splitlines(True), f"{name} (agreed)", f"{name} (now)", n=2))
    raise AssertionError(f"{diff}\nIf this is meant: {UPDATE}")


def write(path: Path, text: str) -> None:
    """Makes `text` the agreed content of `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(ROOT))
