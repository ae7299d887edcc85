"""Whether an archive that another tool built holds the file that the function's handler names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ifc.build.package import shown
from ifc.build.python import module_of
from ifc.diagnostics import Diagnostic, Failure, Label, near
from ifc.plan import CodeArchive

SCRIPTS = (".js", ".mjs", ".cjs")
# What a file has behind the name that Python or Node.js looks for; behind the dot may stand any suffix, as of compiled modules.
_BEHIND = {"python": r"\.[^/]+|/__init__\.[^/]+", "nodejs": r"|\.[^/]+|/(?:index\.[^/]+|package\.json)"}


def missing(archive: CodeArchive, entries: Iterable[str]) -> Failure | None:
    """The failure that the handler's file is not among an archive's entries; None where it is, or may come from elsewhere."""
    language = next((name for name in _BEHIND if archive.runtime.startswith(name)), None)
    names = [name.removeprefix("./") for name in entries]
    if language is None or archive.layers or archive.foreign or any("\\" in name for name in names):
        return None  # layers have handlers, too; what becomes of backslashes is up to who unpacks them
    python = language == "python"
    stem, function = _read(archive.handler, python)
    wanted = re.compile(f"((?:.*/)?){re.escape(stem)}(?:{_BEHIND[language]})")
    above = {found[1] for found in map(wanted.fullmatch, names) if found}  # the folders that the file is in
    if "" in above or (not python and "node_modules/" in above):
        return None
    message = f"there is no file `{stem}{'.py' if python else '.js'}` in the archive `{shown(archive.folder)}`"
    others = "" if python else f" (nor {' or '.join(f'`{suffix}`' for suffix in SCRIPTS[1:])})"
    place = archive.places.get("handler", archive.span)
    advice = _advice(names, above, stem, function, python)
    return Failure(Diagnostic("IFC702", message + others, (Label(place, "no such file"),), advice))


def _read(handler: str, python: bool) -> tuple[str, str]:
    """The file that a handler names, without its suffix, and what stands behind: as in `ifc.handlers`."""
    if python:
        return "/".join(module_of(handler)), handler.rpartition(".")[2]
    dot = handler.find(".", handler.rfind("/") + 1)
    return handler[:dot], handler[dot + 1 :]


def _advice(names: list[str], above: set[str], stem: str, function: str, python: bool) -> str:
    """What to do about a file that is not there."""
    if len(above) == 1:
        [folder] = above
        return f"the archive has it in `{folder}`: write `{folder}{stem}.{function}`, or zip what is in that folder"
    suffixes = (".py",) if python else SCRIPTS
    stems = {name.rpartition(".")[0].removesuffix("/__init__") for name in names if name.endswith(suffixes)}
    meant = near(stem, (name for name in stems if "." not in name))
    return f"write `{meant}.{function}`" if meant else "build the archive anew, or name a file that it has; compared letter for letter"
