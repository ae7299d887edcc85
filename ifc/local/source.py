"""The app's source while it runs: compiled for this machine, and looked at for changes."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ifc.compiler import compile
from ifc.diagnostics import Diagnostic, Failure
from ifc.records import record
from ifc.resolve.app import Options
from ifc.targets import spacer
from ifc.targets.spacer.values import ENDPOINT, GATEWAY

LEFT_OUT = frozenset({"node_modules", "__pycache__", "venv", "site-packages"})  # folders of code that nobody edits
# What functions load: modules, and settings, templates and queries beside them. What else changes there, functions have written.
LOADED = re.compile(r".*\.(py|so|[cm]?[jt]sx?|node|wasm|lua|json|ya?ml|toml|ini|cfg|html|j2|jinja2?|sql|graphql|proto)")
MANIFEST = re.compile(r"requirements[^/]*\.txt|[^/]+\.lock")  # by these, packages: those themselves are not looked at
MOST_FOLDERS = 2000


@record
class Compiled:
    """An app for this machine: its description, its project's files, its diagnostics; without the first two where it has errors."""

    description: dict[str, Any] | None
    files: Mapping[str, str]
    diagnostics: Sequence[Diagnostic]
    sources: frozenset[str]  # the .ifc files

    @property
    def folders(self) -> list[str]:
        """The folders of the functions' code."""
        functions = self.description["functions"].values() if self.description else ()
        return sorted({f["code"] for f in functions if f["code"] is not None})


def compiled(file: str, options: Options) -> Compiled:
    """The app of a file as it is now; whatever is wrong with it is in the diagnostics."""
    try:
        done = compile(file, options)
    except Failure as failure:
        return Compiled(None, {}, failure.diagnostics, frozenset({os.path.abspath(file)}))
    sources = frozenset(os.path.abspath(path) for path in done.sources)
    if done.plan is None:
        return Compiled(None, {}, done.report.ordered(), sources)
    try:
        code = {a.function: os.path.abspath(a.folder) for a in done.plan.archives}
        files, description = spacer.project_of(done.plan, done.report, code, spacer.lua_sources(done.plan))
    except Failure as failure:
        return Compiled(None, {}, [*done.report.ordered(), *failure.diagnostics], sources)
    found = done.report.ordered()
    if any(d.severity == "error" for d in found):
        return Compiled(None, {}, found, sources)
    return Compiled(description, files, found, sources)


def placed(description: Mapping[str, Any], endpoint: str, gateway: str) -> dict[str, Any]:
    """The description with the addresses of this run, wherever they stand in it."""
    text = json.dumps(description).replace(ENDPOINT, endpoint).replace(GATEWAY, gateway)
    made: dict[str, Any] = json.loads(text)
    return made


def loaded(name: str) -> bool:
    """Whether functions load a file of such a name."""
    return LOADED.fullmatch(name) is not None or MANIFEST.fullmatch(name) is not None


def matters(path: str, sources: Iterable[str]) -> bool:
    """Whether a change of a file can be one of the app or of its code: functions load it, or an .ifc file is or names it."""
    name = os.path.basename(path)
    if name.endswith(".ifc") or loaded(name):
        return True
    for source in sources:
        with contextlib.suppress(OSError, UnicodeError):
            text = Path(source).read_text(encoding="utf-8")
            if f'"{name}"' in text or f'/{name}"' in text:
                return True
    return False


def version(folder: str) -> str:
    """What changes when a file that functions load does, in a folder of code: names, sizes and times, hashed."""
    from hashlib import sha256

    whole = sha256()
    for place in folders(folder):
        # What comes and goes meanwhile, as an editor's own files do, is seen at the next look.
        with contextlib.suppress(OSError), os.scandir(place) as entries:
            for entry in sorted(entries, key=lambda e: e.name):
                if not loaded(entry.name):
                    continue
                with contextlib.suppress(OSError):
                    if entry.is_file():
                        found = entry.stat()
                        whole.update(f"{entry.path}\0{found.st_size}\0{found.st_mtime_ns}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()[:16]


def folders(root: str) -> list[str]:
    """The folders in which code is edited, `root` first: no hidden ones, no packages."""
    found: list[str] = []
    waiting = [root]
    while waiting and len(found) < MOST_FOLDERS:
        place = waiting.pop(0)
        try:
            with os.scandir(place) as entries:
                inside = sorted(
                    e.path for e in entries if e.is_dir(follow_symlinks=False) and not e.name.startswith(".") and e.name not in LEFT_OUT
                )
        except OSError:
            continue
        if os.path.exists(os.path.join(place, "pyvenv.cfg")):
            continue
        found.append(place)
        waiting += inside
    return found


async def changes(roots: Sequence[str], stop: Any) -> AsyncIterator[set[str]]:
    """The paths that change in the folders below some roots, as they do, and nothing once, for a look at what was
    saved before anyone watched; ends when a folder comes or goes, to be asked anew."""
    from watchfiles import awatch

    watched = sorted({place for root in roots for place in folders(root)})
    looked = False
    async for found in awatch(
        *watched,
        recursive=False,
        debounce=100,
        step=20,
        stop_event=stop,
        rust_timeout=500,
        yield_on_timeout=True,
        ignore_permission_denied=True,
    ):
        if found or not looked:
            looked = True
            yield {path for _, path in found}
        if watched != sorted({place for root in roots for place in folders(root)}):
            return


def state_folder(file: str) -> Path:
    """The folder beside an app's file in which its runs keep what they know."""
    return Path(file).resolve().parent / ".ifc"
