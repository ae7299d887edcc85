"""Waivers: what a comment in the source accepts, and what it does not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ifc.cli import main

OLD = """app shop
queue Jobs { dead-letter after 3 }
queue Late
table Items { key id: string }
function work "src/work.run" { runtime python3.14; reads Items }
Jobs -> work
"""
RETENTION = OLD.replace("queue Jobs { dead-letter after 3 }", "queue Jobs { dead-letter after 3; retention 1h }")


def found(capsys: pytest.CaptureFixture[str], folder: Path, new: str, *more: str) -> tuple[int, Any]:
    """The exit code of a comparison with an old version, and its JSON."""
    (folder / "old.ifc").write_text(OLD)
    (folder / "new.ifc").write_text(new)
    code = main(["diff", "old.ifc", "new.ifc", "--no-code", "--format", "json", *more])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands are run in a folder of the test's."""
    monkeypatch.chdir(tmp_path)


LINE = "queue Jobs { dead-letter after 3; retention 1h }"


@pytest.mark.parametrize(
    ("new", "holds"),
    [
        (RETENTION, False),
        (RETENTION.replace(LINE, f'{LINE}  # ifc: allow R0 "agreed"'), True),
        (RETENTION.replace(LINE, f'# ifc: allow R0 "agreed"\n{LINE}'), True),
        (RETENTION.replace(LINE, f'# ifc: allow R0 "agreed"\n# and another remark\n{LINE}'), True),
        (RETENTION.replace(LINE, f'# ifc: allow R0 "agreed"\n\n{LINE}'), False),
        (RETENTION.replace(LINE, f'{LINE}  # ifc: allow R1 "agreed"'), False),
        (RETENTION + '# ifc: allow R0 "at the wrong place"\n', False),
        (RETENTION + '# ifc: allow R0 queue/Jobs "agreed"\n', True),
        (RETENTION + '# ifc: allow R0 queue/Jobs/retention "agreed"\n', True),
        (RETENTION + '# ifc: allow R0 queue/Job "agreed"\n', False),
        (RETENTION.replace(LINE, 'queue Jobs {\n  dead-letter after 3\n  retention 1h  # ifc: allow R0 "agreed"\n}'), True),
    ],
)
def test_where_a_waiver_stands(new: str, holds: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A waiver holds for what is on its line or below its comment, or what it names, and for one class of risk."""
    code, result = found(capsys, tmp_path, new)
    (finding,) = result["findings"]
    assert (finding["waiver"] is not None) is holds
    assert code == (0 if holds else 1)
    if holds:
        assert finding["waiver"]["reason"] == "agreed"


def test_what_is_gone_is_waived_by_its_name(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A declaration that is removed leaves no place beside it, so its waiver names it."""
    gone = OLD.replace("queue Late\n", "")
    assert found(capsys, tmp_path, gone)[0] == 1
    assert found(capsys, tmp_path, f'# ifc: allow R0 queue/Late "nobody sends to it"\n{gone}')[0] == 0


@pytest.mark.parametrize(("today", "code"), [(None, 0), ("2027-01-30", 0), ("2027-01-31", 0), ("2027-02-01", 1)])
def test_a_waiver_ends(today: str | None, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The last day counts; without --today no day has passed, since nothing here asks the clock."""
    new = RETENTION.replace(LINE, f'{LINE}  # ifc: allow R0 "agreed" until 2027-01-31')
    assert found(capsys, tmp_path, new, *(("--today", today) if today else ()))[0] == code


@pytest.mark.parametrize(
    "waiver", ['allow R9 "x"', "allow R0", 'allow R0 ""', 'allow R0 "x" until tomorrow', 'allow R0 "x" till 2027-01-31', "allow"]
)
def test_a_waiver_that_can_not_be_read(waiver: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A waiver with a mistake waives nothing, and is told of with its place."""
    code, result = found(capsys, tmp_path, RETENTION.replace(LINE, f"{LINE}  # ifc: {waiver}"))
    assert code == 1
    assert any("new.ifc:2" in remark and "waiver" in remark for remark in result["remarks"])


def test_waivers_of_checks_are_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`# ifc: allow IFC551` is of a check, and no mistake here."""
    code, result = found(capsys, tmp_path, RETENTION.replace(LINE, f'{LINE}  # ifc: allow IFC551 "idempotent"'))
    assert (code, result["remarks"]) == (1, [])


@pytest.mark.parametrize(("level", "code"), [("R0", 0), ("R3", 0), ("R4", 1), ("R6", 1), ("R7", 1)])
def test_fail_on(level: str, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 1 for findings as bad as --fail-on says, or worse."""
    new = OLD.replace("Jobs -> work\n", "")
    _, result = found(capsys, tmp_path, new)
    assert "R4" in {finding["risk"] for finding in result["findings"]}
    assert not {"R0", "R1", "R2", "R3"} & {finding["risk"] for finding in result["findings"]}
    assert found(capsys, tmp_path, new, "--fail-on", level)[0] == code
