"""The Python files of a function's own code: each is read and parsed once, however many handlers it serves."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ifc.code.calls import SDK
from ifc.records import record

if TYPE_CHECKING:
    import ast

LARGEST = 256 * 1024  # bytes; a larger file is what a tool made, and reading it would cost more than the rest of the compile
_IMPORTS = re.compile(rb"^[ \t]*(?:from[ \t]+(\.*)[ \t]*([\w.]*)[ \t]+import[ \t]+(\([^)]*\)|[^#\n]*)|import[ \t]+([^#\n]*))", re.MULTILINE)
_SIGNS = re.compile(r"[/\\\0]")  # which no name of a module holds
# Packages that call no AWS service by themselves.
HARMLESS = {
    *("boto3", "botocore", "aioboto3", "aiobotocore", "aws_lambda_powertools", "aws_xray_sdk", "cryptography", "dateutil", "jose", "jwt"),
    *("PIL", "pydantic", "pytz", "requests", "simplejson", "typing_extensions", "urllib3", "yaml"),
}


@record
class PythonFile:
    """A module of the handler's own code; a folder without `__init__.py` is one without statements."""

    path: str
    name: str  # as Lambda imports it, from the code folder
    tree: ast.Module
    text: str
    package: bool


class Package:
    """The Python files below a code folder, which Lambda puts on the path."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.files: dict[str, PythonFile | None] = {}
        self.contents: dict[str, bytes | None] = {}

    def give(self, path: str, name: str, content: bytes, tree: Any) -> PythonFile:
        """A file that was read and parsed already."""
        known = self.files.get(name)
        if known is None:
            package = os.path.basename(path) == "__init__.py"
            known = self.files[name] = PythonFile(path, name, tree, content.decode("utf-8-sig", "replace"), package)
        return known

    def module(self, name: str) -> PythonFile | None:
        """A module by its full name; None where there is none here, or it can't be read."""
        if name not in self.files:
            self.files[name] = self._read(name)
        return self.files[name]

    def _read(self, name: str) -> PythonFile | None:
        path, content = self._content(name)
        if content is None:
            folder = self._path(name)
            return PythonFile(folder, name, parsed(b""), "", True) if folder and os.path.isdir(folder) else None
        tree = parsed(content)
        return PythonFile(path, name, tree, content.decode("utf-8-sig", "replace"), path.endswith("__init__.py")) if tree else None

    def _path(self, name: str) -> str:
        steps = name.split(".")
        return os.path.join(self.folder, *steps) if all(steps) and not _SIGNS.search(name) else ""

    def _content(self, name: str) -> tuple[str, bytes | None]:
        base = self._path(name)
        for path in (os.path.join(base, "__init__.py"), f"{base}.py") if base else ():
            if path not in self.contents:
                self.contents[path] = read(path)
            if self.contents[path] is not None:
                return path, self.contents[path]
        return "", None

    # --- what imports mean ---

    def absolute(self, file: PythonFile, level: int, module: str) -> str | None:
        """The full name of what a module imports; None where dots lead out of the code folder."""
        if not level:
            return module
        steps = file.name.split(".")
        up = level - 1 if file.package else level
        if up > len(steps):
            return None
        return ".".join([*steps[: len(steps) - up], *([module] if module else [])])

    def above(self, name: str) -> Iterator[PythonFile]:
        """The packages that a module is in, outermost first: Python runs them before it."""
        steps = name.split(".")
        for count in range(1, len(steps)):
            found = self.module(".".join(steps[:count]))
            if found is not None:
                yield found

    def owns(self, name: str) -> bool:
        """Whether the first step of a name is of the code folder."""
        first = name.partition(".")[0]
        return bool(first) and self.module(first) is not None

    def foreign(self, names: Iterable[str]) -> bool:
        """Whether some imports are of packages of others that may do more than is told of here."""
        return any(
            first not in sys.stdlib_module_names and first not in HARMLESS and not self.owns(first)
            for first in (name.partition(".")[0] for name in names)
        )

    def mentions_sdk(self, name: str, content: bytes) -> bool:
        """Whether a module, or one that it imports of the own code, speaks of an SDK at all; told from bytes, before anything is parsed."""
        waiting, seen = [(name, content)], {name}
        while waiting:
            name, content = waiting.pop()
            if SDK.search(content):
                return True
            for other in _imported(name, content):
                if other not in seen:
                    seen.add(other)
                    found = self._content(other)[1]
                    if found is not None:
                        waiting.append((other, found))
        return False


def _imported(name: str, content: bytes) -> Iterator[str]:
    """The names of modules that a file may import; a package's own level is tried like a module's."""
    here = name.split(".")
    for dots, module, what, plain in _IMPORTS.findall(content):
        if plain:
            for part in plain.split(b","):
                yield from _with_above(part.split()[0].decode("utf-8", "replace") if part.strip() else "")
            continue
        bases = [".".join(here[: len(here) - n]) for n in (len(dots), len(dots) - 1) if n <= len(here)] if dots else [""]
        for base in bases:
            full = ".".join(filter(None, (base, module.decode("utf-8", "replace"))))
            yield from _with_above(full)
            for part in re.findall(rb"\w+", what):
                yield ".".join(filter(None, (full, part.decode("utf-8", "replace"))))


def _with_above(name: str) -> Iterator[str]:
    steps = name.split(".")
    yield from (".".join(steps[:count]) for count in range(1, len(steps) + 1))


def read(path: str) -> bytes | None:
    """A file's content; None where there is none, it can't be read, or is too large to be someone's own writing."""
    try:
        with open(path, "rb") as stream:
            content = stream.read(LARGEST + 1)
    except (OSError, ValueError):
        return None
    return content if len(content) <= LARGEST else None


def parsed(content: bytes) -> Any:
    """The tree of a Python file; None where it can't be parsed, which others report."""
    import ast
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about escapes in the user's strings
            return ast.parse(content)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
