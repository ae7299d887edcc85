"""Functions for Node.js with packages, or in TypeScript: each is bundled by esbuild into one file."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Any

from ifc.build import modules
from ifc.build.cache import Cache
from ifc.build.modules import Project
from ifc.build.package import shown
from ifc.build.progress import Progress
from ifc.build.zips import Item
from ifc.diagnostics import Diagnostic, Failure, Label
from ifc.plan import CodeArchive
from ifc.records import evolve, record
from ifc.source import Source, Span

RULES = 1  # goes up when the same sources come to be bundled in another way
TYPESCRIPT = (".ts", ".mts", ".cts", ".tsx")
# The AWS SDK is in the runtime: version 2 up to nodejs16, version 3 from nodejs18 on (Lambda developer guide, Building Lambda functions
# with Node.js).
OLD_SDK, NEW_SDK, FIRST_NEW = ("aws-sdk",), ("@aws-sdk/*", "@smithy/*"), 18
# What a module has by itself in CommonJS and not in an ES module. The names are esbuild's to choose where the code has its own.
ESM_START = (
    'import { createRequire as ifcCreateRequire } from "node:module"; import { fileURLToPath as ifcFileURLToPath } from "node:url"; '
    'import { dirname as ifcDirname } from "node:path"; const require = ifcCreateRequire(import.meta.url); '
    "const ifcFile = ifcFileURLToPath(import.meta.url); const ifcFolder = ifcDirname(ifcFile);"
)
SETTINGS = ("tsconfig.json", "jsconfig.json", "package.json")  # they decide on what imports mean
_PACKAGE = re.compile(r'Could not resolve "[^."/]')
_ERROR = re.compile(r"^✘ \[ERROR\] (.*?)(?: \[[\w-]+\])?\n(?:\n    ([^\n]+?):(\d+):(\d+):\n)?", re.MULTILINE)


@record
class Wish:
    """A function that is to be bundled: its handler's file, and the project that it belongs to."""

    archive: CodeArchive
    file: str  # below the code folder
    project: Project
    held: tuple[str, ...]  # packages that its layers have

    @property
    def path(self) -> str:
        """The handler's file, as one opens it."""
        return os.path.abspath(os.path.join(self.archive.folder, self.file))

    @property
    def is_module(self) -> bool:
        """Whether it is an ES module: then its bundle is one, too."""
        ending = os.path.splitext(self.file)[1]
        return ending in (".mjs", ".mts") or (ending not in (".cjs", ".cts") and self.project.is_module)

    @property
    def version(self) -> int:
        """Of Node.js."""
        found = re.fullmatch(r"nodejs(\d+)\.x", self.archive.runtime)
        return int(found[1]) if found else FIRST_NEW

    @property
    def output(self) -> str:
        """The bundle's name in the archive, which the handler fits as it fits the source."""
        return os.path.splitext(self.file)[0] + (".mjs" if self.is_module else ".js")

    def options(self) -> list[str]:
        """What esbuild is told for it and all that are like it."""
        sdk = NEW_SDK if self.version >= FIRST_NEW else OLD_SDK
        outside = [f"--external:{name}" for held in self.held for name in (held, f"{held}/*")]
        found = ["--bundle", "--platform=node", f"--target=node{self.version}", *(f"--external:{name}" for name in sdk), *outside]
        if not self.is_module:
            return [*found, "--format=cjs"]
        start = [f"--banner:js={ESM_START}", "--define:__dirname=ifcFolder", "--define:__filename=ifcFile"]
        return [*found, "--format=esm", "--out-extension:.js=.mjs", *start]


class Bundler:
    """The bundles of one build."""

    def __init__(self, cache: Cache, progress: Progress, home: str) -> None:
        self.cache = cache
        self.progress = progress
        self.home = home
        self.found: dict[str, Item] = {}
        self.failed: dict[str, Failure] = {}
        self.unprepared: dict[str, Failure] = {}  # by project: why its packages can't be installed
        self.native: dict[str, list[str]] = {}  # packages with native code, which a bundle only seems to hold

    def make(self, wishes: Iterable[Wish]) -> None:
        """Bundles what isn't known from earlier builds, all that are alike in one go."""
        groups: dict[tuple[str, ...], list[Wish]] = {}
        for wish in wishes:
            known = self.known(wish)
            if known is not None:
                self.found[wish.archive.function] = known
            else:
                groups.setdefault((wish.project.folder, os.path.abspath(wish.archive.folder), *wish.options()), []).append(wish)
        for alike in groups.values():
            try:
                self.bundle(alike)
            except Failure as failure:
                self.failed.update({wish.archive.function: failure for wish in alike})

    def item(self, function: str) -> Item:
        """The bundle of a function; raises Failure with what was wrong with it."""
        if function in self.failed:
            raise self.failed[function]
        return self.found[function]

    # --- what is known ---

    def about(self, wish: Wish) -> str:
        """What a bundle is remembered by."""
        content = [RULES, wish.path, wish.options(), modules.identity(wish.project), wish.output]
        return sha256(json.dumps(content).encode()).hexdigest()

    def known(self, wish: Wish) -> Item | None:
        """A bundle of an earlier build, none of whose sources has changed since."""
        found = self.cache.known("bundles", self.about(wish))
        if found is None or any(self.state(path) != state for path, state in found["files"]):
            return None
        shared = self.cache.known("bundled", found["modules"])
        if shared is None or any(self.state(path) != state for path, state in shared):
            return None
        item = self.kept(found["sha256"], wish.output)
        self.native[wish.archive.function] = found["native"]
        return item if item is not None and item.sha256 == found["sha256"] else None

    def state(self, path: str) -> Any:
        """What of a file or a folder must be as it was: its contents, or the time of its last change of names; None where it is not there."""
        try:
            return os.stat(path).st_mtime_ns if os.path.isdir(path) else self.cache.hashed(path).sha256
        except (OSError, Failure):
            return None

    def kept(self, digest: str, name: str) -> Item | None:
        """A bundle that is kept, or None."""
        path = self.place(digest)
        if not os.path.isfile(path):
            return None
        try:
            self.cache.used(path)
        except OSError:
            return None
        return evolve(self.cache.item(name, path), executable=False)

    def place(self, digest: str) -> str:
        """Where a bundle is kept."""
        return os.path.join(self.cache.folder, "bundles", digest)

    # --- making them ---

    def bundle(self, alike: Sequence[Wish]) -> None:
        """Runs esbuild once for functions that are alike."""
        first = alike[0]
        esbuild = modules.esbuild(first.project, self.cache, self.progress)
        folder = os.path.join(self.cache.work(), f"bundle-{len(self.found)}-{len(self.failed)}")
        meta = f"{folder}.json"
        base = os.path.abspath(first.archive.folder)
        command = [
            *esbuild,
            *(wish.path for wish in alike),
            *first.options(),
            f"--outdir={folder}",
            f"--outbase={base}",
            f"--metafile={meta}",
        ]
        command += ["--color=false", "--log-limit=0", "--log-level=error"]
        what = first.archive.function if len(alike) == 1 else f"{len(alike)} functions"
        with self.progress.start(f"bundling {what}"):
            place = modules.installed(first.project, self.cache)
            done = self.run(command, first.project.folder, place or "")
        if done.returncode and place is None and _PACKAGE.search(done.stderr):
            # Only now is it known that packages are needed: a package.json may be of something else, of a web page beside the functions.
            place = self.prepared(first.project)
            done = self.run(command, first.project.folder, place)
        if done.returncode:
            raise Failure(*errors(done.stderr, first.project.folder, [wish.archive for wish in alike]))
        with open(meta, encoding="utf-8") as stream:
            outputs = {os.path.abspath(os.path.join(first.project.folder, n)): o for n, o in json.load(stream)["outputs"].items()}
        for wish in alike:
            path = os.path.join(folder, wish.output)
            inputs = [os.path.abspath(os.path.join(first.project.folder, name)) for name in outputs[os.path.abspath(path)]["inputs"]]
            self.keep(wish, path, inputs, place or "")

    def prepared(self, project: Project) -> str:
        """Installs the packages of a project, whatever comes of it once a build; where they are then."""
        if project.folder in self.unprepared:
            raise self.unprepared[project.folder]
        try:
            return modules.prepared(project, self.cache, self.progress)
        except Failure as failure:
            self.unprepared[project.folder] = failure
            raise

    def run(self, command: Sequence[str], folder: str, place: str) -> subprocess.CompletedProcess[str]:
        """Runs esbuild; `place` is where packages are that the project doesn't have beside it."""
        environment = {**os.environ, **({"NODE_PATH": place} if place else {})}
        try:
            return subprocess.run(
                command, capture_output=True, encoding="utf-8", errors="replace", cwd=folder, env=environment, check=False
            )
        except OSError as error:
            message = f"`{command[0]}` can't be started: {(error.strerror or str(error)).lower()}"
            raise Failure(Diagnostic("IFC734", message, help="install esbuild anew: `npm install --save-dev esbuild`")) from error

    def keep(self, wish: Wish, path: str, inputs: Sequence[str], place: str) -> None:
        """Keeps a bundle and what it was made from."""
        with open(path, encoding="utf-8") as stream:
            text = stream.read()
        if place:
            # Where packages lie in our cache is told in names and comments: it must be no part of what is deployed.
            text = text.replace(f"{os.path.relpath(place, wish.project.folder)}/".replace(os.sep, "/"), "node_modules/")
        content = text.encode()
        digest = sha256(content).hexdigest()
        self.cache.kept(self.place(digest), lambda out: out.write(content))
        own = [name for name in inputs if "node_modules" not in name.split(os.sep)]
        shared = sorted(set(inputs) - set(own))
        listed = json.dumps(shared_states := [[name, self.state(name)] for name in shared])
        key = sha256(listed.encode()).hexdigest()
        self.cache.remember("bundled", key, shared_states)
        files = [[name, self.state(name)] for name in (*own, *sorted(set(surroundings(own, wish.project.folder))))]
        native = self.native[wish.archive.function] = sorted(modules.native(shared))
        self.cache.remember("bundles", self.about(wish), {"files": files, "modules": key, "sha256": digest, "native": native})
        self.found[wish.archive.function] = Item(wish.output, False, len(content), digest, self.place(digest))


def surroundings(files: Iterable[str], top: str) -> Iterator[str]:
    """What decides on which files imports mean: the folders of files, and settings in them and above."""
    for folder in sorted({os.path.dirname(name) for name in files}):
        yield folder
        place = folder
        while True:
            yield from (os.path.join(place, name) for name in SETTINGS)
            if place == top or os.path.dirname(place) == place:
                break
            place = os.path.dirname(place)
    yield os.path.join(top, "node_modules")


def errors(said: str, folder: str, archives: Sequence[CodeArchive]) -> Iterator[Diagnostic]:
    """esbuild's errors, each at its place."""
    names = ", ".join(f"`{archive.function}`" for archive in archives[:3]) + (", …" if len(archives) > 3 else "")
    user = Label(archives[0].span, f"for {names}")
    found = False
    for match in _ERROR.finditer(said):
        found = True
        message = match[1][:1].lower() + match[1][1:]
        where = [position(os.path.join(folder, match[2]), int(match[3]), int(match[4]))] if match[2] else []
        yield Diagnostic("IFC735", f"esbuild: {message}", (*where, user), advice(match[1]))
    if not found:
        words = " ".join(said.split())[-600:] or "it ended without a word"
        yield Diagnostic("IFC735", f"esbuild failed: {words}", (user,), "run it by hand to see more")


def position(path: str, line: int, column: int) -> Label:
    """A place in a script, as esbuild tells it: columns are bytes."""
    name = os.path.relpath(path)
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as stream:
            source = Source(shown(name), stream.read())
    except OSError:
        source = Source(shown(name), "")
    starts = source.line_starts()
    if line > len(starts):
        return Label(Span(source, 0, 0), "")
    text = source.line(line)
    at = starts[line - 1] + len(text.encode()[:column].decode("utf-8", "ignore"))
    rest = re.match(r"\"[^\"]*\"|'[^']*'|[\w$]+|.?", source.text[at:])
    return Label(Span(source, at, at + (rest.end() if rest else 0)), "here")


def advice(message: str) -> str:
    """What to do about one of esbuild's errors."""
    missing = re.match(r'Could not resolve "([^"]+)"', message)
    if missing and not missing[1].startswith("."):
        package = "/".join(missing[1].split("/")[: 2 if missing[1].startswith("@") else 1])
        return f"add the package to package.json and install it: `npm install {package}`"
    if missing:
        return "correct the path, which is relative to the file that it stands in"
    if '".node"' in message:
        return (
            "a package with native code can't be bundled: put it into a layer that was built on Lambda's system, or take a container image"
        )
    if "No loader is configured" in message:
        return "read the file when the function runs, and pack it with `include`"
    return "correct the file"
