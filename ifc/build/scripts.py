"""The own sources of a JavaScript function without a `package.json`: the files that its own files name."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection
from typing import Any

from ifc.build.cache import Cache
from ifc.build.package import Tree
from ifc.build.sources import SCRIPTS, Outside, Sources, Unknown, beside

# What Node tries behind a name: the file itself comes first.
ENDINGS = ("", ".js", ".mjs", ".cjs", ".json", ".node", "/index.js", "/index.mjs", "/index.cjs", "/index.json")
_FROM = re.compile(r'(?<![\w$.])(?:from|import)\s*(?=")')
_CALL = re.compile(r"(?<![\w$.])(?:require(?:\s*\.\s*resolve)?|import)\s*\(\s*")


def handler_file(tree: Tree, handler: str) -> str | None:
    """The script that a handler names: its name ends at the first dot."""
    base = handler.rfind("/") + 1
    stem = handler[: handler.find(".", base)]
    return next((stem + ending for ending in SCRIPTS if tree.is_file(stem + ending)), None)


def sources(tree: Tree, handler: str, cache: Cache, others: Collection[str]) -> Sources:
    """What a handler needs of its code folder; `others` are the files of other functions' handlers there."""
    start = handler_file(tree, handler)
    if start is None:
        return Sources(tuple(sorted(tree.below(""))))
    found, waiting = {start}, [start]
    outside: list[Outside] = []
    packages: set[str] = set()
    while waiting:
        name = waiting.pop()
        if not name.endswith(SCRIPTS) or tree.problem(name) is not None:
            continue
        for wanted, line, why in read(tree, name, cache):
            if why:
                return Sources(tuple(sorted(tree.below(""))), tuple(outside), Unknown(name, line, why))
            if not wanted.startswith((".", "/")):
                outside.append(Outside(wanted, name, line))
                packages |= _modules(tree, name, wanted)
                continue
            target = _resolved(tree, posixpath.normpath(posixpath.join(posixpath.dirname(name), wanted)))
            if target is not None and target not in found:
                found.add(target)
                waiting.append(target)
    for folder in sorted(packages):
        found.update(tree.below(folder))
    own = {name for name in found if "node_modules/" not in name}
    return Sources(tuple(sorted(found | beside(tree, own, others, SCRIPTS))), tuple(outside))


def data(tree: Tree, handler: str, others: Collection[str]) -> set[str]:
    """The data beside a handler whose scripts are bundled."""
    start = handler_file(tree, handler)
    return beside(tree, [start], others, SCRIPTS) if start else set()


def read(tree: Tree, name: str, cache: Cache) -> list[tuple[str, int, str]]:
    """What a script loads: each name with its line, and why it can't be followed, if so."""
    from ifc.build import zips

    path = tree.path(name)
    found: Any = cache.note("scripts", cache.hashed(path).sha256, lambda: named(b"".join(zips.read(path)).decode("utf-8-sig", "replace")))
    return [(wanted, line, why) for wanted, line, why in found]


def named(text: str) -> list[list[Any]]:
    """The names that a script's `require` and `import` have, as `read` tells them."""
    from ifc.exports import stripped

    code = stripped(text)
    if code is None:
        return [["", 1, "can't be read by ifc"]]
    found = []
    for match in sorted([*_FROM.finditer(code), *_CALL.finditer(code)], key=lambda m: m.start()):
        at = match.end()
        end = code.find('"', at + 1) if code[at : at + 1] == '"' else -1
        line = code.count("\n", 0, match.start()) + 1
        if end < 0 or (match.re is _CALL and not re.compile(r"\s*[,)]").match(code, end + 1)) or "${" in text[at:end]:
            found.append(["", line, "loads a file by a name made while it runs"])
        else:
            found.append([text[at + 1 : end], line, ""])
    return found


def _resolved(tree: Tree, name: str) -> str | None:
    """The file that a relative name stands for."""
    if name.startswith(("../", "/")):
        return None  # not in the archive whatever is packed
    return next((name + ending for ending in ENDINGS if tree.is_file(name + ending)), None)


def _modules(tree: Tree, name: str, wanted: str) -> set[str]:
    """The `node_modules` that has a package, as seen from a script: packages need one another, so it goes in whole."""
    steps = wanted.split("/")
    package = "/".join(steps[: 2 if wanted.startswith("@") else 1])
    folder = posixpath.dirname(name)
    while True:
        modules = f"{folder}/node_modules" if folder else "node_modules"
        if tree.is_folder(f"{modules}/{package}"):
            return {modules}
        if not folder:
            return set()
        folder = posixpath.dirname(folder)
