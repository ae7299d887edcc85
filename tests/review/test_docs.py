"""The page about reviews shows what `ifc diff` says."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

from ifc.cli import main
from ifc.review.risk import Risk
from tests.agreed import ROOT, same

WHO = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
PAGE = ROOT / "docs" / "diff.md"
# What the branch of the example changes.
EDITS = (
    ("dead-letter after 5 }", "dead-letter after 5; retention 1h }"),
    ("  GET  /orders/{id} -> getOrder\n", "  GET  /orders/{id} -> getOrder\n  DELETE /orders/{id} -> getOrder\n"),
    ("reads Orders; writes Reports; memory 1GB", "writes Orders, Reports; memory 2GB"),
)


def example() -> str:
    """What is said of the edits of the orders app."""
    out = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stdout(out):
        shutil.copytree(ROOT / "examples" / "orders", ".", dirs_exist_ok=True, ignore=shutil.ignore_patterns(".ifc", "build"))
        for words in (["init", "-q", "-b", "main"], ["add", "-A"], [*WHO, "commit", "-q", "-m", "before"]):
            subprocess.run(["git", *words], check=True, env=os.environ | {"GIT_CONFIG_GLOBAL": os.devnull})
        text = Path("app.ifc").read_text(encoding="utf-8")
        for before, after in EDITS:
            assert before in text
            text = text.replace(before, after)
        Path("app.ifc").write_text(text, encoding="utf-8")
        with mock.patch.dict(os.environ, {"COLUMNS": "100"}):
            main(["diff", "--base", "main", "app.ifc"])
    return out.getvalue()


def everything() -> Iterator[tuple[Path, str]]:
    """The page with the example as it is now."""
    page = PAGE.read_text(encoding="utf-8")
    yield PAGE, re.sub(r"(?<=\$ ifc diff --base main app\.ifc\n).*?(?=^```)", lambda _: example(), page, count=1, flags=re.M | re.S)


def test_the_example_is_what_is_said() -> None:
    """The example of the page is the output of the command."""
    for path, text in everything():
        same(path, text)


def test_every_class_is_explained() -> None:
    """The page has a line for each class of risk."""
    page = PAGE.read_text(encoding="utf-8")
    assert [risk.code for risk in Risk if f"| {risk.code} | {risk.title}" not in page] == []
