"""Layers: what they hold, what a function that has one leaves out, and when one would be worth it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from ifc.build.package import shown
from ifc.build.sizes import MEGABYTE, words
from ifc.build.zips import Item
from ifc.diagnostics import WARNING, Diagnostic, Failure, Label, Report
from ifc.plan import CodeArchive
from ifc.records import evolve

WORTH = 10 * MEGABYTE  # unpacked, from which on a layer is worth a word
_PYTHON = re.compile(r"python/(?:lib/python\d\.\d+/site-packages/)?")
# Where something looks in `/opt`, below which a layer is unpacked (Lambda developer guide, Packaging your layer content; Lambda Extensions).
SEARCHED = ("python", "nodejs", "lib", "bin", "extensions")
ELSEWHERE = ("PYTHONPATH", "NODE_PATH", "AWS_LAMBDA_EXEC_WRAPPER")  # with these a function's own settings say what is found
_HOMES = {"python": ("python", "python", (".py",)), "nodejs": ("nodejs", "nodejs/node_modules", (".js", ".mjs", ".cjs"))}
NAMED = 3  # of the functions that would share it so many are named


def below(folder: str, items: Iterable[Item]) -> dict[str, Item]:
    """The files under a folder of a layer: Lambda looks for Python's packages in `python` and for Node's in `nodejs/node_modules`."""
    return {path: evolve(item, path=path) for path, item in ((f"{folder}/{item.path}", item) for item in items)}


def python(items: Iterable[Item]) -> dict[str, Item]:
    """The files of a layer that Python finds, by the names that it has for them."""
    found = ((_PYTHON.match(item.path), item) for item in items)
    return {item.path[place.end() :]: item for place, item in found if place}


def without(held: Mapping[str, Item], items: Collection[Item], own: Collection[str]) -> tuple[Item, ...]:
    """The packages that a function needs beside its layers, whose files are `held`.

    What is in the function's own archive hides a layer's package of the same name, so a package is left out only as a whole, where the
    layer has all of its files, and where the own code has none of that name.
    """
    if not held:
        return tuple(items)
    differing = {_top(item.path) for item in items if (other := held.get(item.path)) is None or other.sha256 != item.sha256}
    differing |= {_top(path) for path in own}
    return tuple(item for item in items if _top(item.path) in differing)


def package(path: str) -> str:
    """The package that a path in `node_modules` belongs to: those of an organization have two steps."""
    return "/".join(path.split("/")[: 2 if path.startswith("@") else 1])


def _top(path: str) -> str:
    return path.split("/", 1)[0]


def suggest(path: str, sharing: list[tuple[CodeArchive, int]], report: Report) -> None:
    """Tells of functions that carry the same packages, where those are large; `path` lists them, as the app would name it."""
    if len(sharing) < 2 or sharing[0][1] <= WORTH:
        return
    (first, size), *_ = sharing
    names = [f"`{archive.function}`" for archive, _ in sharing]
    listed = (
        f"{', '.join(names[:-1])} and {names[-1]}" if len(names) <= NAMED else f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
    )
    report.note(
        "IFC739",
        f"{listed} carry the same {words(size)} of packages",
        first.span,
        "each has its own copy",
        f'a layer would hold them once: write `layer Libraries "{path}"`, and `layers Libraries` in each function',
    )


def astray(archive: CodeArchive, names: Iterable[str], users: Collection[CodeArchive]) -> Diagnostic | None:
    """The warning that a layer's folder has modules, and none where the functions that have it look for them."""
    languages = {next((name for name in _HOMES if user.runtime.startswith(name)), "") for user in users}
    if len(languages) != 1 or "" in languages:
        return None
    top, home, suffixes = _HOMES[languages.pop()]
    listed = list(names)
    if any(_top(name) in SEARCHED for name in listed) or not any(name.endswith(suffixes) for name in listed):
        return None
    folder = shown(archive.folder)
    message = f"the folder `{folder}` of the layer `{archive.function}` has no `{top}` in it, so no import finds its modules"
    advice = f"move them into `{folder}/{home}`: Lambda unpacks a layer in `/opt`, and looks for modules in `/opt/{home}`"
    return Diagnostic("IFC718", message, (Label(archive.span, "never found"),), advice, WARNING)


def unfit(archive: CodeArchive) -> Failure:
    """The failure to make a layer of a list of packages for a runtime that has none such."""
    runtime = f"`{archive.runtime}`" if archive.runtime else "no function"
    message = f"the layer `{archive.function}` lists Python packages in `{shown(archive.folder)}`, and it is used by {runtime}"
    return Failure(
        Diagnostic("IFC733", message, (Label(archive.span, "not Python"),), "name a folder that holds what the functions find in `/opt`")
    )


def empty(archive: CodeArchive) -> Failure:
    """The failure to make a layer of nothing."""
    message = f"`{shown(archive.folder)}` asks for no packages, and the layer `{archive.function}` would hold nothing"
    return Failure(Diagnostic("IFC733", message, (Label(archive.span, "an empty layer"),), "write packages there, or take the layer away"))
