"""Twenty-six real apps: all parse, each has agreed diagnostics, and those that this release builds are lint clean."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ifc.diagnostics import Report
from ifc.source import Source
from ifc.syntax.parse import parse
from ifc.targets import cfn
from tests.agreed import ROOT, same
from tests.app_folders import AppFolder

FOLDER = AppFolder("tests/apps")
APPS = FOLDER.names()
everything = FOLDER.everything
# Lint findings that an app's own choices deserve: runtimes that AWS has ended, and Java without SnapStart.
DESERVED = ("W2531", "E2531", "E2533", "I2530")


@pytest.mark.parametrize("name", APPS)
def test_parses(name: str) -> None:
    """A real app has no mistake of syntax."""
    report = Report()
    parse(Source(name, FOLDER.source(name).read_text(encoding="utf-8")), report)
    assert not report.diagnostics


@pytest.mark.parametrize("name", APPS)
def test_diagnostics(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real app's diagnostics are the agreed ones."""
    monkeypatch.chdir(ROOT)
    same(FOLDER.agreed(name), FOLDER.diagnostics(name))


def test_lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The apps that this release builds are lint clean but for what their own old runtimes deserve."""
    monkeypatch.chdir(ROOT)
    built = []
    for name in APPS:
        compiled = FOLDER.done(name)
        if compiled.plan is not None:
            path = tmp_path / f"{name}.yaml"
            path.write_text(cfn.render(compiled.plan, compiled.report)["template.yaml"], encoding="utf-8")
            built.append(path)
    assert len(built) >= 9
    ignored = [part for code in ("I4010", *DESERVED) for part in ("-i", code)]
    command = [str(Path(sys.executable).parent / "cfn-lint"), "-c", "I", "-e", *ignored, "--", *map(str, built)]
    linted = subprocess.run(command, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout + linted.stderr
