"""Folders of apps that are kept beside what the compiler says of each: `NAME.ifc`, and `NAME.txt` with its diagnostics."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import attrs

from ifc import render
from ifc.compiler import Compiled
from ifc.compiler import compile as compile_app
from ifc.diagnostics import NOTE, Diagnostic
from ifc.resolve.app import Options
from ifc.targets import cfn
from tests.agreed import ROOT


@attrs.frozen
class AppFolder:
    """A folder of apps below the root, compiled without their handlers, which are not there."""

    path: str

    def names(self) -> list[str]:
        """The names of its apps."""
        return sorted(file.stem for file in (ROOT / self.path).glob("*.ifc"))

    def source(self, name: str) -> Path:
        """The file of an app."""
        return ROOT / self.path / f"{name}.ifc"

    def agreed(self, name: str) -> Path:
        """The file with what is agreed to be found in an app."""
        return ROOT / self.path / f"{name}.txt"

    def done(self, name: str) -> Compiled:
        """An app compiled, by its path below the root."""
        return compile_app(f"{self.path}/{name}.ifc", Options(code=False))

    def found(self, name: str) -> list[Diagnostic]:
        """What is found in an app, for CloudFormation too, without notes."""
        compiled = self.done(name)
        if compiled.plan is not None:
            cfn.render(compiled.plan, compiled.report)
        return [d for d in compiled.report.ordered() if d.severity != NOTE]

    def diagnostics(self, name: str) -> str:
        """What the user sees of an app, without notes."""
        found = self.found(name)
        return render.text(found, most=100) + f"\n{render.summary(found)}\n"

    def everything(self) -> Iterator[tuple[Path, str]]:
        """Every agreed file of the apps with what it should hold."""
        for name in self.names():
            yield self.agreed(name), self.diagnostics(name)
