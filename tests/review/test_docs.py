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
from ifc.review.rules import RULES
from tests.agreed import ROOT, same
from tests.review import risks

WHO = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
PAGE, RISKS = ROOT / "docs" / "diff.md", ROOT / "docs" / "risks.md"
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
    """The pages as they are now: the one with the example, and the one that is made of the rules."""
    page = PAGE.read_text(encoding="utf-8")
    yield PAGE, re.sub(r"(?<=\$ ifc diff --base main app\.ifc\n).*?(?=^```)", lambda _: example(), page, count=1, flags=re.M | re.S)
    yield RISKS, risks.page()


def test_pages_are_what_is_said() -> None:
    """The example of the page is the output of the command, and the rules are those of the review."""
    for path, text in everything():
        same(path, text)


def test_every_class_is_explained() -> None:
    """The page has a line for each class of risk."""
    page = PAGE.read_text(encoding="utf-8")
    assert [risk.code for risk in Risk if f"| {risk.code} | {risk.title}" not in page] == []


def test_every_rule_is_on_the_page() -> None:
    """Each setting that has a rule is in one part of the page, unless it is compared by what it means."""
    kinds = [kind for kinds in risks.PARTS.values() for kind in kinds]
    assert len(set(kinds)) == len(kinds)
    assert {kind for kind, _ in RULES} <= set(kinds)


def test_the_page_says_what_the_rules_do() -> None:
    """What a row says of a value is what its rule says of it."""
    page = risks.page()
    verdict = RULES["queue", "retention"].verdict(60, 30)
    assert f"| `retention` | less than before | {risks.code(verdict[0])} | {verdict[1]} |" in page
    assert "| `enabled` | `off` | R4 | nothing is delivered |" in page
    assert "| `value` | of its type | R4 | who relies on it finds something else |" in page
