"""The judges for the whole run."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.judges import checkov, dense, terraform
from tests.presence import require


@pytest.fixture(scope="session")
def home() -> Path:
    """The folder of terraform-judge, set up."""
    require(terraform.absent())
    return terraform.set_up()


@pytest.fixture(scope="session")
def checks(tmp_path_factory: pytest.TempPathFactory) -> checkov.Checkov:
    """checkov, with an empty home."""
    require(checkov.absent())
    return checkov.Checkov(tmp_path_factory.mktemp("checkov"))


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the dense apps read their files from."""
    (tmp_path / "schema.json").write_text(json.dumps(dense.SCHEMA), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says why nothing was judged, also where pytest isn't asked for the reasons of skips."""
    skipped = [report.nodeid for report in terminalreporter.stats.get("skipped", []) if report.nodeid.startswith("tests/judges/")]
    for file, why in (("test_terraform_judge.py", terraform.absent()), ("test_checkov.py", checkov.absent())):
        count = len([nodeid for nodeid in skipped if file in nodeid])
        if count and why:
            terminalreporter.write_line(f"\n{count} tests of tests/judges/{file} were skipped: {why}", yellow=True)
