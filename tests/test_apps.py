"""Twenty-six real apps: all parse, each has agreed diagnostics, and those that this release builds are lint clean."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ifc import render
from ifc.compiler import Compiled
from ifc.compiler import compile as compile_app
from ifc.diagnostics import NOTE, Report
from ifc.resolve.app import Options
from ifc.source import Source
from ifc.syntax.parse import parse
from ifc.targets import cfn
from tests.agreed import ROOT, same

APPS = sorted(path.stem for path in (ROOT / "tests" / "apps").glob("*.ifc"))
# Lint findings that an app's own choices deserve: runtimes that AWS has ended, and Java without SnapStart.
DESERVED = ("W2531", "E2531", "E2533", "I2530")


def done(name: str) -> Compiled:
    """An app compiled without its handlers, which are not here."""
    return compile_app(f"tests/apps/{name}.ifc", Options(code=False))


def diagnostics(name: str) -> str:
    """What the user sees of an app, without notes."""
    compiled = done(name)
    if compiled.plan is not None:
        cfn.render(compiled.plan, compiled.report)
    found = [d for d in compiled.report.ordered() if d.severity != NOTE]
    return render.text(found, most=100) + f"\n{render.summary(found)}\n"


def everything() -> Iterator[tuple[Path, str]]:
    """Every agreed file of the apps with what it should hold."""
    for name in APPS:
        yield ROOT / "tests" / "apps" / f"{name}.txt", diagnostics(name)


@pytest.mark.parametrize("name", APPS)
def test_parses(name: str) -> None:
    """A real app has no mistake of syntax."""
    report = Report()
    parse(Source(name, (ROOT / "tests" / "apps" / f"{name}.ifc").read_text(encoding="utf-8")), report)
    assert not report.diagnostics


@pytest.mark.parametrize("name", APPS)
def test_diagnostics(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real app's diagnostics are the agreed ones."""
    monkeypatch.chdir(ROOT)
    same(ROOT / "tests" / "apps" / f"{name}.txt", diagnostics(name))


def test_lint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The apps that this release builds are lint clean but for what their own old runtimes deserve."""
    monkeypatch.chdir(ROOT)
    built = []
    for name in APPS:
        compiled = done(name)
        if compiled.plan is not None:
            path = tmp_path / f"{name}.yaml"
            path.write_text(cfn.render(compiled.plan, compiled.report)["template.yaml"], encoding="utf-8")
            built.append(path)
    assert len(built) >= 9
    ignored = [part for code in ("I4010", *DESERVED) for part in ("-i", code)]
    command = [str(Path(sys.executable).parent / "cfn-lint"), "-c", "I", "-e", *ignored, "--", *map(str, built)]
    linted = subprocess.run(command, capture_output=True, text=True, check=False)
    assert linted.returncode == 0, linted.stdout + linted.stderr
