"""The examples compile to their golden output, and the strictest linter has nothing to say about the templates."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from ifc.compiler import compile as compile_app
from ifc.diagnostics import NOTE
from ifc.resolve.app import Options
from ifc.targets import cfn, spacer, terraform
from tests.agreed import ROOT, same

EXAMPLES = sorted(path.parent.name for path in (ROOT / "examples").glob("*/app.ifc"))


# What Terraform is told to say of an example: a secret without a value is empty there.
SAID = {"terraform": {"IFC623"}}


def golden(name: str) -> Path:
    """The agreed template of an example."""
    return ROOT / "golden" / name / "cfn" / "template.yaml"


@cache
def rendered(name: str) -> dict[str, str]:
    """All files of an example, by their path below its golden folder; it must compile in silence for every target."""
    files: dict[str, str] = {}
    for target, module in (("cfn", cfn), ("terraform", terraform), ("spacer", spacer)):
        done = compile_app(f"examples/{name}/app.ifc", Options())
        assert done.plan is not None
        printed = module.render(done.plan, done.report)
        # The library of a Spacer project is the same in every one, and stands in the package.
        files |= {f"{target}/{file}": text for file, text in printed.items() if not file.startswith("lib/")}
        loud = [d for d in done.report.ordered() if d.severity != NOTE and d.code not in SAID.get(target, ())]
        assert not loud, [(d.code, d.message, d.labels[0].span.line if d.labels else None) for d in loud]
    return files


def everything() -> Iterator[tuple[Path, str]]:
    """Every agreed file of the examples with what it should hold."""
    for name in EXAMPLES:
        for file, text in rendered(name).items():
            yield ROOT / "golden" / name / file, text


@pytest.mark.parametrize("name", EXAMPLES)
def test_example(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An example's output for each target is the agreed one, file by file."""
    monkeypatch.chdir(ROOT)
    for file, text in rendered(name).items():
        same(ROOT / "golden" / name / file, text)


def test_no_stray_golden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each golden folder belongs to an example and holds nothing else."""
    monkeypatch.chdir(ROOT)
    found = {str(p.relative_to(ROOT / "golden")) for p in (ROOT / "golden").rglob("*") if p.is_file()}
    assert found == {f"{name}/{file}" for name in EXAMPLES for file in rendered(name)}


def test_strictest_lint() -> None:
    """cfn-lint finds nothing in any golden template, with informational and experimental rules on.

    I4010 is left out: it asks for prose in Metadata.
    """
    command = [str(Path(sys.executable).parent / "cfn-lint"), "-c", "I", "-e", "-i", "I4010", "--", *(str(golden(n)) for n in EXAMPLES)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("target", ["cfn", "terraform", "spacer"])
def test_same_bytes_under_any_hash_seed(target: str, tmp_path: Path) -> None:
    """The command writes the golden bytes whatever the order of sets."""
    for seed in ("1", "2"):
        folder = tmp_path / seed
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-m", "ifc", "compile", "examples/orders/app.ifc", "--target", target, "-o", str(folder)]
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=environment)
        agreed = ROOT / "golden" / "orders" / target
        for path in (p for p in agreed.rglob("*") if p.is_file()):
            assert (folder / path.relative_to(agreed)).read_text() == path.read_text()
