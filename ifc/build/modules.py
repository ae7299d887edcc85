"""Node projects: where a `package.json` is, the packages that it asks for, and the esbuild that bundles them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from ifc.build import zips
from ifc.build.cache import Cache
from ifc.build.package import is_in, shown
from ifc.build.packages import Packages
from ifc.build.progress import Progress
from ifc.build.zips import Item
from ifc.diagnostics import Diagnostic, Failure
from ifc.handlers import reason
from ifc.plan import CodeArchive
from ifc.records import record

PROJECT, MODULES = "package.json", "node_modules"
LOCKS = ("package-lock.json", "npm-shrinkwrap.json")
OTHER_LOCKS = {"yarn.lock": "yarn install", "pnpm-lock.yaml": "pnpm install", "bun.lock": "bun install", "bun.lockb": "bun install"}
ESBUILD = "0.28.2"  # what is installed where a project has none of its own
QUIET = ("--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund")
LATEST = 600  # characters of what npm said


@record
class Project:
    """A folder with a `package.json`, or one without any: then `content` is empty."""

    folder: str
    content: dict[str, Any]

    @property
    def is_module(self) -> bool:
        """Whether its scripts are ES modules."""
        return self.content.get("type") == "module"

    @property
    def wants(self) -> list[str]:
        """The packages that its functions need."""
        return sorted({**_table(self.content, "dependencies"), **_table(self.content, "optionalDependencies")})


def _table(content: dict[str, Any], name: str) -> dict[str, Any]:
    found = content.get(name, {})
    return found if isinstance(found, dict) else {}


def project(archive: CodeArchive, file: str, home: str) -> Project | None:
    """The nearest project above a function's file, up to the app's folder; None where there is none."""
    start = os.path.dirname(os.path.abspath(os.path.join(archive.folder, file)))
    top = os.path.abspath(home)
    top = top if is_in(start, top) else os.path.abspath(archive.folder)
    place = start
    while True:
        path = os.path.join(place, PROJECT)
        if os.path.isfile(path):
            return Project(place, _read(path))
        if place == top or os.path.dirname(place) == place:
            return None
        place = os.path.dirname(place)


def alone(archive: CodeArchive) -> Project:
    """The project of a TypeScript function that has none: its code folder."""
    return Project(os.path.abspath(archive.folder), {})


def _read(path: str) -> dict[str, Any]:
    shown_path = shown(os.path.relpath(path))
    try:
        with open(path, encoding="utf-8-sig") as stream:
            found = json.load(stream)
    except OSError as error:
        raise _unusable(f"`{shown_path}` can't be read: {reason(error)}", "give yourself the right to read it") from error
    except (ValueError, RecursionError) as error:
        raise _unusable(f"`{shown_path}` isn't valid JSON: {error}", "correct it") from error
    if not isinstance(found, dict):
        raise _unusable(f"`{shown_path}` isn't a JSON object", "correct it")
    return found


def _unusable(message: str, advice: str) -> Failure:
    return Failure(Diagnostic("IFC733", message, help=advice))


# --- packages ---


def installed(project: Project, cache: Cache) -> str | None:
    """Where the packages of a project are: "" beside it, a folder of the cache, or None where they are not there yet."""
    if not project.wants or _above(project.folder, MODULES):
        return ""
    lock = _lock(project)
    folder = _place(project, lock, cache) if lock else ""
    return os.path.join(folder, MODULES) if lock and _whole(project, folder, cache) else None


def _whole(project: Project, folder: str, cache: Cache) -> bool:
    """Whether the cache has what was installed, and as far as can be seen cheaply all of it. It counts as used now."""
    try:
        cache.used(os.path.join(folder, "done"))
    except OSError:
        return False
    return all(os.path.isdir(os.path.join(folder, MODULES, name)) for name in _table(project.content, "dependencies"))


def _lock(project: Project) -> str | None:
    """The name of npm's lock of a project."""
    return next((name for name in LOCKS if os.path.isfile(os.path.join(project.folder, name))), None)


def _place(project: Project, lock: str, cache: Cache) -> str:
    """Where the cache keeps what a lock says."""
    content = b"\n".join(b"".join(zips.read(os.path.join(project.folder, name))) for name in (PROJECT, lock))
    return os.path.join(cache.folder, "modules", sha256(content).hexdigest()[:32])


def prepared(project: Project, cache: Cache, progress: Progress) -> str:
    """Installs the packages of a project into the cache, by its lock, and never into its own folder; where they are then."""
    lock = _lock(project)
    path = shown(os.path.relpath(os.path.join(project.folder, PROJECT)))
    if lock is None:
        command = next((c for name, c in OTHER_LOCKS.items() if os.path.isfile(os.path.join(project.folder, name))), "npm install")
        raise _unusable(f"the packages of `{path}` aren't installed", f"run `{command}` in its folder")
    folder = _place(project, lock, cache)
    with progress.start(f"installing {path} into the cache, since there is no node_modules", slow=True):
        _install(project, lock, cache, folder)
    return os.path.join(folder, MODULES)


def _copied(project: Project, lock: str, folder: str) -> None:
    """Makes a folder with what npm reads of a project."""
    os.makedirs(folder)
    for name in (PROJECT, lock, ".npmrc"):
        if name != ".npmrc" or os.path.isfile(os.path.join(project.folder, name)):
            shutil.copyfile(os.path.join(project.folder, name), os.path.join(folder, name))


def _install(project: Project, lock: str, cache: Cache, folder: str) -> None:
    """Runs `npm ci` in a copy of the project's two files, and moves what it made into place."""
    making = os.path.join(cache.work(), "modules")
    cache.clear(making)  # what another project left that could not be installed
    _copied(project, lock, making)
    path = shown(os.path.relpath(os.path.join(project.folder, PROJECT)))
    npm(["ci", *QUIET], making, f"the packages of `{path}` can't be installed")
    with open(os.path.join(making, "done"), "w", encoding="utf-8"):
        pass
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    if os.path.isdir(folder):
        shutil.rmtree(folder, ignore_errors=True)  # half of one
    try:
        os.replace(making, folder)
    except OSError:
        if not os.path.isfile(os.path.join(folder, "done")):  # another build was faster
            raise


def packages(archive: CodeArchive, kept: Packages, cache: Cache, progress: Progress) -> tuple[Item, ...]:
    """The files of the packages that a layer's package.json asks for, as Lambda's system needs them."""
    place = os.path.dirname(os.path.abspath(archive.folder))
    asked = Project(place, _read(archive.folder))
    lock = _lock(asked)
    if not asked.wants:
        return ()
    if lock is None:
        raise _unusable(
            f"`{shown(archive.folder)}` of the layer `{archive.function}` has no lock of npm's beside it", "run `npm install` there"
        )
    content = [b"".join(zips.read(os.path.join(place, name))).decode("utf-8", "replace") for name in (PROJECT, lock)]
    cpu = {"x86": "x64"}.get(archive.arch, archive.arch)

    def make(folder: str) -> Iterator[tuple[str, str]]:
        with progress.start(f"installing {shown(archive.folder)} for {cpu}", slow=True):
            _copied(asked, lock, folder)
            system = ["--os=linux", f"--cpu={cpu}", "--libc=glibc"]
            npm(["ci", *QUIET, *system], folder, f"the packages of `{shown(archive.folder)}` can't be installed")
        return _files(os.path.join(folder, MODULES))

    return kept.of(["node", cpu, content], make)[1]


def _files(folder: str) -> Iterator[tuple[str, str]]:
    """The files of installed packages, by name."""
    for place, folders, names in os.walk(folder):
        inside = os.path.relpath(place, folder).replace(os.sep, "/")
        folders[:] = sorted(f for f in folders if f != ".bin")
        for name in sorted(names):
            if name != ".package-lock.json":
                yield name if inside == "." else f"{inside}/{name}", os.path.join(place, name)


def npm(arguments: Sequence[str], folder: str, failed: str) -> None:
    """Runs npm in a folder; raises Failure with what it said."""
    program = shutil.which("npm")
    if program is None:
        raise Failure(Diagnostic("IFC734", f"{failed}: there is no npm", help="install Node.js, which brings it"))
    done = subprocess.run(
        [program, *arguments], cwd=folder, capture_output=True, encoding="utf-8", errors="replace", check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        lines = [line.removeprefix("npm error").strip() for line in done.stderr.splitlines() if line.startswith("npm error")]
        words = " ".join(line for line in lines if line and not line.startswith("A complete log")) or done.stderr
        raise Failure(Diagnostic("IFC732", f"{failed}: {' '.join(words.split())[:LATEST]}", help="run npm there by hand to see more"))


# Packages that build or find native code for others.
BUILDERS = frozenset({"@mapbox/node-pre-gyp", "bindings", "nan", "node-addon-api", "node-gyp-build", "node-pre-gyp", "prebuild-install"})
_SYSTEMS = re.compile(r"[/-](?:linux|darwin|win32|linuxmusl)-(?:x64|arm64)")


def native(files: Iterable[str]) -> set[str]:
    """The packages among whose files these are that have native code, as their package.json tells."""
    found = set()
    for folder in {_package(path) for path in files}:
        try:
            content = _read(os.path.join(folder, PROJECT)) if folder else {}
        except Failure:
            continue
        others = {*_table(content, "dependencies"), *_table(content, "optionalDependencies")}
        if content.get("gypfile") or "binary" in content or others & BUILDERS or any(map(_SYSTEMS.search, others)):
            found.add(str(content.get("name", os.path.basename(folder))))
    return found


def _package(path: str) -> str:
    """The folder of the package that a file belongs to, or ""."""
    above, _, below = path.replace(os.sep, "/").rpartition(f"/{MODULES}/")
    steps = below.split("/")
    return "/".join([above, MODULES, *steps[: 2 if below.startswith("@") else 1]]) if above else ""


# --- esbuild ---


def identity(project: Project) -> list[Any]:
    """Which esbuild bundles for a project: another one may write other bytes."""
    found = _own(project)
    return [found, zips.stamp(os.stat(os.path.realpath(found)))[:3]] if found else [ESBUILD]


def esbuild(project: Project, cache: Cache, progress: Progress) -> list[str]:
    """How esbuild is called: the project's own, the one on the PATH, or one that is installed into the cache."""
    found = _own(project)
    if found:
        return [found]
    folder = os.path.join(cache.folder, "tools", f"esbuild-{ESBUILD}")
    program = os.path.join(folder, MODULES, ".bin", "esbuild")
    if not os.path.exists(program):
        with progress.start(f"installing esbuild {ESBUILD} into the cache, since there is none", slow=True):
            making = os.path.join(cache.work(), "esbuild")
            cache.clear(making)  # of a first try that failed
            os.makedirs(making)
            with open(os.path.join(making, PROJECT), "w", encoding="utf-8") as stream:
                stream.write("{}")
            failed = "esbuild can't be installed"
            npm(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", f"esbuild@{ESBUILD}"], making, failed)
            os.makedirs(os.path.dirname(folder), exist_ok=True)
            try:
                os.replace(making, folder)
            except OSError:
                if not os.path.exists(program):  # another build was faster
                    raise
    return [program]


def _own(project: Project) -> str | None:
    """The esbuild of a project, or the one on the PATH."""
    modules = _above(project.folder, os.path.join(MODULES, ".bin", "esbuild"))
    return modules or shutil.which("esbuild")


def _above(folder: str, name: str) -> str | None:
    """The nearest path of this name in a folder and those above it, as Node looks for packages."""
    while True:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            return path
        if os.path.dirname(folder) == folder:
            return None
        folder = os.path.dirname(folder)
