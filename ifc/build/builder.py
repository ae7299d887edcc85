"""One build: what goes into each archive, its limits, and the archives that are not there yet."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping

from ifc.build import Built, bundle, layers, modules, patterns, prebuilt, python, scripts, zips
from ifc.build.cache import Cache
from ifc.build.package import Tree, is_built, no_archive, shown, unreadable
from ifc.build.packages import Packages
from ifc.build.progress import Progress
from ifc.build.sizes import MEGABYTE, words
from ifc.build.sources import Sources, Unknown
from ifc.build.zips import Item
from ifc.diagnostics import Diagnostic, Failure, Label, Report
from ifc.handlers import is_archive
from ifc.plan import CodeArchive, Plan
from ifc.records import record

MOST = 250 * MEGABYTE  # Lambda developer guide, Lambda quotas: deployment package unzipped, with layers
LARGE = 3  # of what is too large so many are named
EMPTY = "let `code` name the folder of the function's files; hidden files and .ifc files aren't packed"


@record
class Contents:
    """What goes into an archive: files, or an archive that something else built, with its digest."""

    items: tuple[Item, ...]
    unpacked: int
    ready: str = ""
    digest: str = ""


class Builder:
    """The build of one plan."""

    def __init__(self, plan: Plan, report: Report, progress: Progress, cache: Cache, home: str, leave_out: Collection[str]) -> None:
        self.plan = plan
        self.report = report
        self.progress = progress
        self.cache = cache
        self.home = home
        self.leave_out = leave_out
        self.trees: dict[str, Tree] = {}
        self.packages = Packages(cache)
        self.layers: dict[str, Contents] = {}
        self.bundler = bundle.Bundler(cache, progress, home)
        self.bundled: set[str] = set()  # the functions of which there are bundles
        # By packages: the file that lists them, and the functions that hold them, with how much that is.
        self.carried: dict[str, tuple[str, list[tuple[CodeArchive, int]]]] = {}

    def built(self) -> tuple[Built, ...]:
        """All archives; raises Failure with what is wrong of any."""
        found: dict[int, Contents] = {}
        wrong: dict[tuple[str, str], Diagnostic] = {}
        archives = list(enumerate(self.plan.archives))
        ready = False
        for at, archive in sorted(archives, key=lambda a: a[1].kind != "layer"):  # functions go by what layers hold
            if archive.kind != "layer" and not ready:
                self.bundle()
                ready = True
            try:
                found[at] = self.contents(archive)
            except Failure as failure:
                for diagnostic in failure.diagnostics:
                    wrong.setdefault((diagnostic.code, diagnostic.message), diagnostic)
        if wrong:
            raise Failure(*wrong.values())
        for path, sharing in self.carried.values():
            layers.suggest(shown(os.path.relpath(path, self.home)), sharing, self.report)
        self.layers_astray(found)
        return tuple(self.finished([(archive, found[at]) for at, archive in archives]))

    # --- contents ---

    def contents(self, archive: CodeArchive) -> Contents:
        """What goes into the archive of a function or a layer."""
        if archive.kind == "layer":
            contents = self.layers[archive.function] = self.layer(archive)
            self.check_size(archive, contents)
            return contents
        ready = is_built(archive.folder)
        contents = self.ready(archive) if ready else self.function(archive)
        if ready:
            self.in_vain(archive)
        self.check_size(archive, contents, sum(self.layers[name].unpacked for name in archive.layers if name in self.layers))
        return contents

    def function(self, archive: CodeArchive) -> Contents:
        """The files of a function."""
        tree = self.tree(archive.folder)
        self.check_handler(archive)
        sources = self.sources(archive, tree)
        items = self.items(archive, tree, self.chosen(archive, tree, sources))
        if archive.function in self.bundled:
            item = self.bundler.item(archive.function)
            items[item.path] = item
            self.not_in_a_bundle(archive)
        if archive.runtime.startswith("python"):
            items = self.with_packages(archive, sources, items)
        self.leave_files_out(archive, items)
        return whole(items)

    def check_handler(self, archive: CodeArchive) -> None:
        """Fails where the handler's file is among those that are never packed: what a build wrote, or writes to, and bytecode."""
        known = archive.runtime.startswith(("python", "nodejs"))
        if known and not archive.foreign and archive.function not in self.bundled and self.handler_file(archive) is None:
            message = f"the handler's file of `{archive.function}` stands where output goes, or among bytecode, which is never packed"
            raise Failure(
                Diagnostic("IFC714", message, (Label(archive.span, "its file stays out"),), "choose another folder for the output (`-o`)")
            )

    def bundle(self) -> None:
        """Bundles all functions that are to be; what goes wrong with one is told where its archive is made."""
        wishes = []
        for archive in self.plan.archives:
            if archive.kind != "function" or not archive.runtime.startswith("nodejs") or is_archive(archive.folder):
                continue
            try:
                file = scripts.handler_file(self.tree(archive.folder), archive.handler)
                project = modules.project(archive, file, self.home) if file else None
            except Failure as failure:
                self.bundler.failed[archive.function] = failure
                self.bundled.add(archive.function)
                continue
            if file and (project or file.endswith(bundle.TYPESCRIPT)):
                self.bundled.add(archive.function)
                wishes.append(bundle.Wish(archive, file, project or modules.alone(archive), self.held(archive)))
        self.bundler.make(wishes)

    def held(self, archive: CodeArchive) -> tuple[str, ...]:
        """The packages of Node's that a function's layers have."""
        start = "nodejs/node_modules/"
        paths = [item.path for name in archive.layers if name in self.layers for item in self.layers[name].items]
        return tuple(sorted({layers.package(path.removeprefix(start)) for path in paths if path.startswith(start)}))

    def layer(self, archive: CodeArchive) -> Contents:
        """The files of a layer: a folder as it stands, or the packages of a list, where Lambda looks for them."""
        if is_built(archive.folder):
            return self.ready(archive)
        if os.path.isdir(archive.folder):
            tree = self.tree(archive.folder)
            names = sorted(tree.below(""))
            if not names:
                raise Failure(
                    Diagnostic(
                        "IFC714", f"the folder `{shown(tree.root)}` of the layer `{archive.function}` has no file to pack", help=EMPTY
                    )
                )
            return whole(self.items(archive, tree, names))
        if os.path.basename(archive.folder) == modules.PROJECT:
            items = modules.packages(archive, self.packages, self.cache, self.progress)
            if not items:
                raise layers.empty(archive)
            return whole(layers.below("nodejs/node_modules", items))
        if not archive.runtime.startswith("python"):
            raise layers.unfit(archive)
        found = python.packages(archive.folder, archive, self.packages, self.progress)
        if found is None:
            raise layers.empty(archive)
        return whole(layers.below("python", found[1]))

    def with_packages(self, archive: CodeArchive, sources: Sources, items: dict[str, Item]) -> dict[str, Item]:
        """The own files of a Python function and the packages that it asks for, without those that its layers have."""
        held: dict[str, Item] = {}
        for name in archive.layers:
            held |= layers.python(self.layers[name].items) if name in self.layers else {}
        path = None if python.alone(sources) else python.asked(archive, self.home)
        found = python.packages(path, archive, self.packages, self.progress) if path else None
        added = layers.without(held, found[1], items) if found else ()
        if path and found and added:
            self.carried.setdefault(found[0], (path, []))[1].append((archive, sum(item.size for item in added)))
        if not archive.foreign:
            python.missing(archive, sources, python.modules(held) | (self.packages.modules(found[0]) if found else set()), self.report)
        return {item.path: item for item in added} | items

    def tree(self, folder: str) -> Tree:
        """A code folder; functions that share one share what is known of it."""
        if folder not in self.trees:
            self.trees[folder] = Tree(folder, self.leave_out)
        return self.trees[folder]

    def items(self, archive: CodeArchive, tree: Tree, names: Collection[str]) -> dict[str, Item]:
        """Files of the code folder as those of an archive; raises Failure where one can't be packed, or they are too many bytes."""
        wrong = [problem for name in names if (problem := tree.problem(name)) is not None]
        if wrong:
            raise Failure(*wrong)
        sizes = {name: self.cache.size(tree.path(name)) for name in names}
        if sum(sizes.values()) > MOST and not archive.exclude:
            raise too_large(archive, sizes)  # before all of it is read
        return {name: self.cache.item(name, tree.path(name)) for name in names}

    def chosen(self, archive: CodeArchive, tree: Tree, found: Sources) -> list[str]:
        """The files of the code folder that go in."""
        names = found.files
        if found.unknown is not None:
            self.whole_folder(archive, found.unknown)
        if archive.include:
            wanted, idle = patterns.matching(archive.include, tree.below(""))
            self.idle(archive, "include", idle)
            names = (*names, *wanted)
        if not names and archive.function not in self.bundled:
            raise Failure(Diagnostic("IFC714", f"the code folder `{shown(tree.root)}` has no file to pack", help=EMPTY))
        return sorted(set(names))

    def sources(self, archive: CodeArchive, tree: Tree) -> Sources:
        """What the imports of the function's handler reach; the whole folder in languages whose imports aren't read."""
        if archive.runtime.startswith("python"):
            return python.sources(tree, archive.handler, self.cache, self.others(archive))
        if archive.function in self.bundled:
            beside = scripts.data(tree, archive.handler, self.others(archive))
            return Sources(tuple(sorted(beside)))
        if archive.runtime.startswith("nodejs"):
            return scripts.sources(tree, archive.handler, self.cache, self.others(archive))
        return Sources(tuple(sorted(tree.below(""))))

    def others(self, archive: CodeArchive) -> list[str]:
        """The files of other functions' handlers in the same folder, up to their endings."""
        found = []
        for other in self.plan.archives:
            if other.folder == archive.folder and other.handler and other is not archive:
                found.append("/".join(python.module_of(other.handler)) + ".")
        return found

    def leave_files_out(self, archive: CodeArchive, items: dict[str, Item]) -> None:
        """Takes away what `exclude` names."""
        if not archive.exclude:
            return
        gone, idle = patterns.matching(archive.exclude, items)
        self.idle(archive, "exclude", idle)
        for name in gone:
            del items[name]
        handler = self.handler_file(archive)
        if not items or handler in gone:
            place = archive.places.get("exclude", archive.span)
            what = f"the handler's file `{handler}`" if handler in gone else "every file"
            message = f"`exclude` takes {what} out of the archive of `{archive.function}`"
            raise Failure(Diagnostic("IFC738", message, (Label(place, "nothing to run is left"),), "let the glob say more of the path"))

    def handler_file(self, archive: CodeArchive) -> str | None:
        """The file that the function's handler names, where it is known."""
        tree = self.tree(archive.folder)
        if archive.runtime.startswith("python"):
            return python.handler_file(tree, archive.handler)
        if archive.function in self.bundled:
            return self.bundler.item(archive.function).path
        return scripts.handler_file(tree, archive.handler) if archive.runtime.startswith("nodejs") else None

    def ready(self, archive: CodeArchive) -> Contents:
        """An archive that something else built, as it is; its name is the digest of its bytes."""
        from zipfile import BadZipFile, ZipFile

        found = self.cache.hashed(archive.folder)
        try:
            with ZipFile(archive.folder) as opened:
                files = [info for info in opened.infolist() if not info.is_dir()]
        except (BadZipFile, NotImplementedError, ValueError) as error:
            raise no_archive(archive.folder, error) from error
        except OSError as error:
            raise unreadable(archive.folder, error) from error
        if not files:
            message = f"the archive `{shown(archive.folder)}` of `{archive.function}` holds no file, and Lambda refuses an empty one"
            raise Failure(Diagnostic("IFC714", message, help="build it anew"))
        astray = prebuilt.missing(archive, (info.filename for info in files))
        if astray is not None:
            raise astray
        return Contents((), sum(info.file_size for info in files), archive.folder, found.sha256)

    # --- what is said ---

    def layers_astray(self, found: Mapping[int, Contents]) -> None:
        """Warns of layers whose modules stand where no function that has them looks, unless one says so itself."""
        for archive in self.plan.archives:
            if archive.kind != "layer" or not os.path.isdir(archive.folder):
                continue
            users = [at for at, user in enumerate(self.plan.archives) if archive.function in user.layers]
            names = [item.path for item in self.layers[archive.function].items]
            told = layers.astray(archive, names, [self.plan.archives[at] for at in users])
            if told is not None and not any(self.looks_elsewhere(self.plan.archives[at], found[at]) for at in users):
                self.report.diagnostics.append(told)

    def looks_elsewhere(self, archive: CodeArchive, contents: Contents) -> bool:
        """Whether a function may find modules where others don't: by its variables, or since its code speaks of `/opt`."""
        variables = getattr(self.plan.app.resources[archive.function], "env", {})
        own = (item.source for item in contents.items if item.packed is None)
        return any(name in variables for name in layers.ELSEWHERE) or any(b"/opt" in b"".join(zips.read(path)) for path in own)

    def whole_folder(self, archive: CodeArchive, unknown: Unknown) -> None:
        """Says why a function's whole folder is packed."""
        self.report.note(
            "IFC730",
            f"the whole folder `{shown(archive.folder)}` is packed for `{archive.function}`: "
            f"line {unknown.line} of `{unknown.file}` {unknown.why}",
            archive.span,
            "packed whole",
            'let `code` name a smaller folder, or write what stays out: `exclude "…"`',
        )

    def in_vain(self, archive: CodeArchive) -> None:
        """Warns of globs for an archive that is taken as it is."""
        for setting, globs in (("include", archive.include), ("exclude", archive.exclude)):
            if globs:
                self.report.warning(
                    "IFC738",
                    f"`{shown(archive.folder)}` is an archive already, so `{setting}` of `{archive.function}` changes nothing",
                    archive.places.get(setting, archive.span),
                    "changes nothing",
                    "let what builds the archive choose its files",
                )

    def not_in_a_bundle(self, archive: CodeArchive) -> None:
        """Warns of packages whose native code no bundle can hold."""
        for name in self.bundler.native.get(archive.function, ()):
            self.report.warning(
                "IFC735",
                f"`{archive.function}` bundles `{name}`, whose native code stays behind",
                archive.span,
                "it may fail when it is called",
                'put it into a layer, whose packages are installed for Lambda: `layer Native "native/package.json"`, and `layers Native`',
            )

    def idle(self, archive: CodeArchive, setting: str, globs: Iterable[str]) -> None:
        """Warns of globs that match nothing."""
        for glob in globs:
            self.report.warning(
                "IFC738",
                f'`{setting} "{glob}"` of `{archive.function}` matches no file',
                archive.places.get(setting, archive.span),
                "no such file",
                f"it is relative to `{shown(archive.folder)}`: `*` stays in a folder, `**` goes through any; hidden files are never packed",
            )

    def check_size(self, archive: CodeArchive, contents: Contents, beside: int = 0) -> None:
        """Raises Failure for more than Lambda unpacks; `beside` is what the function's layers hold."""
        if contents.unpacked + beside > MOST:
            raise too_large(archive, {item.path: item.size for item in contents.items}, contents.unpacked, beside)

    # --- archives ---

    def finished(self, found: list[tuple[CodeArchive, Contents]]) -> Iterable[Built]:
        """The archives, each once: functions of one content share one."""
        digests = [contents.digest or zips.digest(contents.items) for _, contents in found]
        there: dict[str, bool] = {}
        missing = []
        for (archive, contents), digest in zip(found, digests, strict=True):
            if digest not in there:
                there[digest] = self.cache.ready(digest, plain=bool(contents.ready)) is not None
                if not there[digest]:
                    missing.append((archive, contents, digest))
        if missing:
            with self.progress.start("packing", len(missing)) as task:
                for archive, contents, digest in missing:
                    task.step(archive.function)
                    self.cache.pack(digest, contents.items, contents.ready)
        for (archive, contents), digest in zip(found, digests, strict=True):
            path = self.cache.archive_path(digest)
            yield Built(
                name=archive.function,
                parameter=archive.parameter,
                key=zips.key(digest),
                digest=digest,
                path=path,
                size=os.path.getsize(path),
                unpacked=contents.unpacked,
                reused=there[digest],
            )


def whole(items: dict[str, Item]) -> Contents:
    """Contents of files."""
    return Contents(tuple(items.values()), sum(item.size for item in items.values()))


def too_large(archive: CodeArchive, sizes: Mapping[str, int], unpacked: int = 0, beside: int = 0) -> Failure:
    """The failure to make an archive that Lambda would not unpack; `beside` is what its layers hold."""
    largest = sorted(sizes.items(), key=lambda s: (-s[1], s[0]))[:LARGE]
    named = f"; the largest files are {', '.join(f'`{name}` ({words(size)})' for name, size in largest)}" if largest else ""
    with_layers = f" with {words(beside)} of layers" if beside else ""
    size = words(unpacked or sum(sizes.values()))
    message = f"the code of `{archive.function}` is {size} unpacked{with_layers}, and Lambda takes {words(MOST)}"
    advice = f"leave out what it does not need, or take a container image, which may have 10 GB{named}"
    return Failure(Diagnostic("IFC736", message, (Label(archive.span, "too large"),), advice))
