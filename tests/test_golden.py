"""The examples compile to their golden templates, which the strictest linter has nothing to say about."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ifc.compiler import compile as compile_app
from ifc.diagnostics import NOTE
from ifc.resolve.app import Options
from ifc.targets import cfn
from tests.agreed import ROOT, same

EXAMPLES = sorted(path.parent.name for path in (ROOT / "examples").glob("*/app.ifc"))


def golden(name: str) -> Path:
    """The agreed template of an example."""
    return ROOT / "golden" / name / "cfn" / "template.yaml"


def rendered(name: str) -> str:
    """The template of an example, which must compile in silence."""
    done = compile_app(f"examples/{name}/app.ifc", Options())
    loud = [d for d in done.report.ordered() if d.severity != NOTE]
    assert not loud, [(d.code, d.message, d.labels[0].span.line if d.labels else None) for d in loud]
    assert done.plan is not None
    return cfn.render(done.plan, done.report)["template.yaml"]


def everything() -> Iterator[tuple[Path, str]]:
    """Every agreed file of the examples with what it should hold."""
    for name in EXAMPLES:
        yield golden(name), rendered(name)


@pytest.mark.parametrize("name", EXAMPLES)
def test_example(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An example's template is the agreed one."""
    monkeypatch.chdir(ROOT)
    same(golden(name), rendered(name))


def test_no_stray_golden() -> None:
    """Each golden folder belongs to an example and holds nothing else."""
    found = {str(p.relative_to(ROOT / "golden")) for p in (ROOT / "golden").rglob("*") if p.is_file()}
    assert found == {f"{name}/cfn/template.yaml" for name in EXAMPLES}


def test_strictest_lint() -> None:
    """cfn-lint finds nothing in any golden template, with informational and experimental rules on.

    I4010 is left out: it asks for prose in Metadata.
    """
    command = [str(Path(sys.executable).parent / "cfn-lint"), "-c", "I", "-e", "-i", "I4010", "--", *(str(golden(n)) for n in EXAMPLES)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_same_bytes_under_any_hash_seed(tmp_path: Path) -> None:
    """The command writes the golden bytes whatever the order of sets."""
    for seed in ("1", "2"):
        target = tmp_path / seed
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-m", "ifc", "compile", "examples/orders/app.ifc", "--target", "cfn", "-o", str(target)]
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=environment)
        assert (target / "template.yaml").read_text() == golden("orders").read_text()
