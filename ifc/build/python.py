"""The own sources of a Python function: what its handler's module imports, and the data that lies beside."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from ifc.build import package, requirements
from ifc.build.cache import Cache
from ifc.build.package import FOLDER, LINKED, Tree
from ifc.build.packages import Packages
from ifc.build.progress import Progress
from ifc.build.sources import PYTHON, Outside, Sources, Unknown, beside
from ifc.build.zips import Item
from ifc.diagnostics import Report
from ifc.plan import CodeArchive
from ifc.records import evolve

EXTENSION = re.compile(r"([^.]+)(?:\.[^.]+)*\.(?:so|pyd)")
# Modules of the standard library that load others by names that no import shows: the time zones of `tzdata`, a log handler's class.
LOADING = frozenset({"importlib", "pkgutil", "runpy", "zoneinfo", "logging.config", "pydoc", "pickle", "shelve", "imp"})


def alone(found: Sources) -> bool:
    """Whether nothing but the standard library is loaded beside the own sources."""
    return found.unknown is None and all(o.module.split(".")[0] in sys.stdlib_module_names and not _loads(o.module) for o in found.outside)


def _loads(module: str) -> bool:
    return module in LOADING or any(module.startswith(f"{known}.") for known in LOADING)


def sources(tree: Tree, handler: str, cache: Cache, others: Collection[str]) -> Sources:
    """What a handler needs of its code folder; `others` are the files of other functions' handlers there."""
    graph = _Graph(tree, cache)
    graph.follow(module_of(handler))
    if graph.unknown is not None:
        return Sources(tuple(sorted(tree.below(""))), tuple(graph.outside), graph.unknown)
    return Sources(tuple(sorted({*graph.modules, *beside(tree, graph.modules, others, PYTHON)})), tuple(graph.outside))


def module_of(handler: str) -> tuple[str, ...]:
    """The steps of the module that a handler names, as Lambda's runtime takes them: every dot but the last stands for a folder."""
    return tuple(re.split(r"[/.]", handler.rpartition(".")[0]))


def handler_file(tree: Tree, handler: str) -> str | None:
    """The file of a handler's module."""
    name = "/".join(module_of(handler))
    return next((file for file in (f"{name}/__init__.py", f"{name}.py") if tree.is_file(file)), None)


class _Graph:
    """The modules that are reached from one."""

    def __init__(self, tree: Tree, cache: Cache) -> None:
        self.tree = tree
        self.cache = cache
        self.modules: dict[str, tuple[str, ...]] = {}  # by file: the package that its relative imports start from
        self.outside: list[Outside] = []
        self.unknown: Unknown | None = None
        self.parsed: dict[str, dict[str, Any]] = {}

    def follow(self, steps: tuple[str, ...]) -> None:
        """Follows a module, and what the modules that it finds import in turn."""
        waiting = self.take(steps, (), Outside("", "", 0))
        while waiting:
            module = waiting.pop()
            found = self.read(module)
            for at, why in found["unknown"]:
                if self.unknown is None:
                    self.unknown = Unknown(module, at, why)
            package = self.modules[module]
            for level, name, wanted, at, tried in found["names"]:
                if level - 1 > len(package):
                    continue  # above the code folder: Python refuses it too
                start = package[: len(package) - (level - 1)] if level else ()
                waiting += self.take((*start, *(name.split(".") if name else ())), wanted, Outside("", module, at, tried))

    def read(self, module: str) -> dict[str, Any]:
        """What a module imports."""
        if module not in self.parsed:
            path = self.tree.path(module)
            problem = self.tree.problem(module)
            if problem is not None or not module.endswith(".py"):
                return {"names": [], "unknown": [], "all": []}  # it is said when it is packed

            def look() -> dict[str, Any]:
                from ifc.build import zips
                from ifc.build.imports import imports

                return imports(b"".join(zips.read(path)))

            self.parsed[module] = self.cache.note("imports", self.cache.hashed(path).sha256, look)
        return self.parsed[module]

    def take(self, steps: tuple[str, ...], names: Collection[str], asked: Outside) -> list[str]:
        """The files that an import loads and that weren't known: each package on the way, the module, and the names that are modules."""
        before = set(self.modules)
        reached, place = self.walk(steps)
        wanted = self.offered(place or "") if "*" in names else list(names)
        if not wanted:
            reached |= self.folder(steps, place)
        # A folder without `__init__.py` is ours as far as something in it is: a package may have more under its name.
        lacking = [name for name in wanted if place is None or not self.named((*steps, *name.split(".")))]
        if not reached:
            if place is None or not wanted:
                # A folder alone can be imported, but packages may have a module of its name.
                self.outside.append(evolve(asked, module=".".join(steps), tried=asked.tried or place is not None))
            self.outside += [evolve(asked, module=".".join((*steps, name))) for name in lacking]
        return [module for module in self.modules if module not in before]

    def named(self, steps: tuple[str, ...]) -> bool:
        """Takes what a name of a package may be, and tells whether anything stood on the way to it."""
        found, place = self.walk(steps)
        return self.folder(steps, place) or found

    def folder(self, steps: tuple[str, ...], place: str | None) -> bool:
        """Takes the modules of a folder that is imported as such, where it has no `__init__.py`: what it is wanted for can't be seen."""
        if not place or f"{place}/__init__.py" in self.modules:
            return False
        inside = [
            f"{place}/{name}" for name, sort in self.tree.names(place).items() if name.endswith(PYTHON) and sort not in (FOLDER, LINKED)
        ]
        for module in inside:
            self.modules.setdefault(module, steps)
        return bool(inside)

    def offered(self, place: str) -> list[str]:
        """What `import *` of a package takes that may be modules."""
        init = f"{place}/__init__.py" if place else "__init__.py"
        return list(self.read(init)["all"]) if init in self.modules else []

    def walk(self, steps: tuple[str, ...]) -> tuple[bool, str | None]:
        """Takes what stands on the way to a module; tells whether anything did, and the folder where its own modules are."""
        place, found = "", not steps
        for at, step in enumerate(steps):
            folder = f"{place}/{step}" if place else step
            module = self.module(folder)
            if module is not None:
                found = True
                is_package = module == f"{folder}/__init__.py"
                self.modules.setdefault(module, steps[: at + 1] if is_package else steps[:at])
                if not is_package:
                    return found, None
            elif not self.tree.is_folder(folder):
                return found, None
            place = folder
        return found, place

    def module(self, name: str) -> str | None:
        """The file of a module, in the order in which Python looks: a package, an extension, a file."""
        if self.tree.is_file(f"{name}/__init__.py"):
            return f"{name}/__init__.py"
        folder, _, last = name.rpartition("/")
        if self.tree.is_folder(folder):
            for other in self.tree.names(folder):
                match = EXTENSION.fullmatch(other)
                if match and match[1] == last:
                    return f"{folder}/{other}" if folder else other
        return f"{name}.py" if self.tree.is_file(f"{name}.py") else None


# --- packages ---

# What is importable in every Python runtime (Lambda developer guide, Packaging dependencies; the runtime's own client beside it).
PRESENT = frozenset(
    [
        "awslambdaric",
        "boto3",
        "botocore",
        "bootstrap",
        "dateutil",
        "jmespath",
        "lambda_runtime_client",
        "lambda_runtime_exception",
        "runtime_client",
        "s3transfer",
        "simplejson",
        "six",
        "snapshot_restore_py",
        "urllib3",
    ]
)


def asked(archive: CodeArchive, home: str) -> str | None:
    """The file that says which packages a function wants: the nearest above its handler, up to the app's folder."""
    folder = os.path.abspath(archive.folder)
    start = os.path.dirname(os.path.join(folder, *module_of(archive.handler)))
    top = os.path.abspath(home)
    return requirements.nearest(start, top if package.is_in(start, top) else folder)


def packages(path: str, archive: CodeArchive, kept: Packages, progress: Progress) -> tuple[str, tuple[Item, ...]] | None:
    """The files of the packages that a file asks for, as the function's runtime needs them, and their digest; None where it asks for none."""
    from ifc.build import install

    wanted = requirements.wanted(path)
    if wanted is None:
        return None
    where = install.platform(archive.runtime, archive.arch)

    def make(folder: str) -> Iterator[tuple[str, str]]:
        with progress.start(f"installing {package.shown(path)} for {where}", slow=True):
            install.install(wanted, where, folder)
        return install.installed(folder)

    about = ["python", where.python, where.machine, where.glibc, wanted.read]
    return kept.of(about, make)


def modules(names: Iterable[str]) -> set[str]:
    """The modules that files are, or are part of."""
    return {EXTENSION.sub(r"\1", top).removesuffix(".py") for top in {name.split("/", 1)[0] for name in names}}


def missing(archive: CodeArchive, found: Sources, present: Collection[str], report: Report) -> None:
    """Warns of imports that nothing in the archive or the runtime answers: the first event would fail."""
    if found.unknown is not None:
        return
    told: set[str] = set()
    for outside in found.outside:
        top = outside.module.split(".")[0]
        if outside.tried or top in told or top in present or top in PRESENT or top in sys.stdlib_module_names:
            continue
        told.add(top)
        report.warning(
            "IFC717",
            f"`{archive.function}` imports `{outside.module}`, which is not in its archive (line {outside.line} of `{outside.file}`)",
            archive.span,
            "an import fails",
            "correct the import as seen from the code folder, or add the package to a requirements.txt beside the handler",
        )
