"""Apps to compare: the examples, real apps, dense ones and generated ones, as files that can be written otherwise."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import attrs

from ifc.compiler import Compiled
from ifc.compiler import compile as compile_app
from ifc.diagnostics import ERROR
from ifc.resolve.app import Options
from ifc.review.review import compare
from ifc.review.version import Unprintable, Version, of_source
from tests import generated
from tests.agreed import ROOT
from tests.lift.apps import DENSE, FILES
from tests.support import compiled
from tests.test_golden import EXAMPLES

ALL = os.environ.get("IFC_ALL") == "1"  # all of what a usual run takes samples of
SHARED = ROOT.parent / "shared" / "apps"
TARGETS = ("cfn", "terraform")
SOURCE = ".ifc"


@attrs.frozen
class App:
    """The files of an app, the main one first, and the folders that it names."""

    files: Mapping[str, str]
    folders: tuple[Path, ...] = ()

    @property
    def sources(self) -> dict[str, str]:
        """Its files in the language."""
        return {name: text for name, text in self.files.items() if name.endswith(SOURCE)}

    def compiled(self, folder: Path, sources: Mapping[str, str] | None = None) -> Compiled:
        """The app, or one with other sources, compiled in a folder of its own."""
        folder.mkdir(parents=True)
        for other in self.folders:
            (folder / other.name).symlink_to(other)
        files = {**self.files, **(sources or {})}
        for name, text in files.items():
            (folder / name).write_text(text, encoding="utf-8", newline="")
        return compile_app(str(folder / next(iter(sources or files))), Options(code=False))


def example(name: str) -> App:
    """An example."""
    folder = ROOT / "examples" / name
    files = sorted(filter(Path.is_file, folder.glob(f"*{SOURCE}")), key=lambda path: (path.name != "app.ifc", path.name))
    others = tuple(path for path in sorted(folder.iterdir()) if path.suffix != SOURCE and path.name != SOURCE)
    return App({path.name: path.read_text(encoding="utf-8") for path in files}, others)


def real(path: Path) -> App:
    """A real app."""
    return App({"app.ifc": path.read_text(encoding="utf-8")}, (ROOT / "tests" / "apps" / "src",))


def apps() -> dict[str, App]:
    """All of them by name."""
    return {
        **{f"example {name}": example(name) for name in EXAMPLES},
        **{f"app {name}": real(ROOT / "tests" / "apps" / f"{name}{SOURCE}") for name in BUILT},
        **{f"dense {name}": App({"app.ifc": text, **FILES}) for name, text in DENSE.items()},
        **{f"made {seed}": App({"app.ifc": generated.text(generated.app(seed))}) for seed in range(60 if ALL else 6)},
    }


# The real apps that this release compiles.
BUILT = (
    *("cron-dynamodb", "ddb-eventbridge", "ddb-stream-filters", "gci", "kinesis-filters", "s3-resize", "s3-sns-fanout"),
    *("sqs-worker", "todo-app"),
)


def version(done: Compiled, targets: Iterable[str] = TARGETS) -> Version:
    """The side that a compiled app is, for those of the targets that it can be compiled to."""
    wrong = [f"{d.code} {d.message}" for d in done.report.ordered() if d.severity == ERROR]
    assert done.plan is not None, wrong
    wanted = list(targets)
    while wanted:
        try:
            return of_source("app.ifc", done, wanted)
        except Unprintable as refused:
            wanted.remove(refused.target)
    raise AssertionError("no target takes the app")


@cache
def text_version(text: str, stage: str = "dev") -> Version:
    """The side that a source text is."""
    return version(compiled(text, stage))


def between(before: str, after: str, stage: str = "dev") -> Any:
    """The comparison of two source texts, for all targets that take both."""
    old, new = text_version(before, stage), text_version(after, stage)
    return compare(old, new)


def nothing(old: Version, new: Version) -> None:
    """Fails where anything is said of two versions, either way round."""
    for one, other in ((old, new), (new, old)):
        found = compare(one, other)
        assert not found.findings, [f"{f.risk.code} {f.title}: {f.before} → {f.after}" for f in found.findings]
        assert not found.remarks, found.remarks
