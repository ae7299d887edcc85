"""What the checks newly warn of is a part of a review."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ifc.cli import main

ONE = """app shop
topic Placed
queue Work
function pack "src/pack.run" { runtime python3.14 }
Placed -> Work -> pack
"""
TWICE = ONE + "Placed -> pack\n"
CALLS = """app shop
function a "src/a.run" { runtime python3.14; calls b }
function b "src/a.run" { runtime python3.14 }
every 1h -> a
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands are run in a folder of the test's."""
    monkeypatch.chdir(tmp_path)


def found(capsys: pytest.CaptureFixture[str], old: str, new: str) -> list[Any]:
    """The risk and the title of what is newly warned of."""
    Path("old.ifc").write_text(old)
    Path("new.ifc").write_text(new)
    main(["diff", "old.ifc", "new.ifc", "--no-code", "--format", "json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    return [(one["risk"], one["title"].rpartition(" ")[2]) for one in findings if one["rule"] == "warning"]


def test_a_new_warning_is_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    """A way of its own that brings an event twice is a change of the contract, and calls without an end cost."""
    assert found(capsys, ONE, TWICE) == [("R4", "[IFC522]")]
    assert found(capsys, CALLS, CALLS.replace("python3.14 }", "python3.14; calls a }")) == [("R5", "[IFC552]")]


def test_an_old_warning_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    """What was warned of before, stands elsewhere now, is gone or is taken back is no finding."""
    assert found(capsys, TWICE, TWICE) == []
    assert found(capsys, TWICE, TWICE.replace("topic Placed", "\n\n# here\ntopic Placed")) == []
    assert found(capsys, TWICE, ONE) == []
    assert found(capsys, ONE, TWICE.replace("Placed -> pack", 'Placed -> pack  # ifc: allow IFC522 "the second is a reminder"')) == []


def test_outputs_have_no_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    """A template can't be checked, so nothing is new against it."""
    Path("new.ifc").write_text(TWICE)
    assert main(["compile", "new.ifc", "--no-code", "--target", "cfn", "-o", "out"]) == 0
    capsys.readouterr()
    assert main(["diff", "out", "new.ifc", "--no-code"]) == 0
    assert "nothing changes" in capsys.readouterr().out
