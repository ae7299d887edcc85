"""Functions in TypeScript, which `ifc build` bundles for the clouds, and which nothing translates on this machine."""

from __future__ import annotations

from ifc.build import scripts
from ifc.build.package import Tree
from ifc.diagnostics import Failure, Report
from ifc.handlers import is_archive
from ifc.plan import CodeArchive, Plan

ENDINGS = (".ts", ".mts")


def no_typescript(plan: Plan, report: Report) -> None:
    """Reports functions in TypeScript for a target that runs the files as they are."""
    for archive in plan.archives:
        file = _script(archive)
        if file is not None and file.endswith(ENDINGS):
            report.error(
                "IFC906",
                f"nothing translates the TypeScript of `{archive.function}` on this machine",
                archive.places.get("handler", archive.span),
                "a TypeScript file",
                "build it to JavaScript first and name the built file; `ifc build` bundles it for the clouds",
            )


def _script(archive: CodeArchive) -> str | None:
    """The script of a function in Node.js, where it can be seen."""
    if not archive.runtime.startswith("nodejs") or is_archive(archive.folder):
        return None
    try:
        return scripts.handler_file(Tree(archive.folder), archive.handler)
    except Failure:
        return None  # which is told where the code is taken
