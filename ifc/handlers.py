"""Whether the file and the function that a handler names are there; on AWS only the first event would tell.

How Lambda reads a handler is taken from its open runtime clients (`bootstrap.py` of the Python one, `UserFunction.js`
of the one for Node.js): Python takes every dot but the last for a folder; Node.js takes the file's name up to its
first dot, and the rest for a path into what the file exports.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator

import attrs

from ifc.diagnostics import Label, Report, near
from ifc.exports import COROUTINE, FUNCTION, VALUE, Exports, python_exports, script_exports
from ifc.source import Source, Span

PYTHON, NODE, LUA = "Python", "JavaScript", "Lua"
SUFFIXES = {PYTHON: (".py",), NODE: (".js", ".mjs", ".cjs", ".ts", ".mts"), LUA: (".lua",)}
ARCHIVES = (".zip", ".jar")
LONGEST = 128  # characters of a handler (Lambda API reference, FunctionConfiguration)
BUNDLE = 256 * 1024  # a larger script is a bundler's work, and reading it would cost more than the rest of the compile
FEW = 6  # names that a help still lists
# Up to this version of Node.js Lambda doesn't look whether a `.js` file without a package.json is an ES module, unless NODE_OPTIONS says
# so (Lambda developer guide, Building Lambda functions with Node.js).
LAST_UNASKED = 22

_ALL_SUFFIXES = tuple(s for suffixes in SUFFIXES.values() for s in suffixes)
_FORM = "write the file without its suffix, a dot and the function, as in `src/orders.place`"


@attrs.frozen(eq=False, repr=False, slots=False)
class _Reading:
    """One way to read a handler: the folders and the file's stem, the function, and the place of the dot between."""

    language: str
    steps: tuple[str, ...]
    function: str
    dot: int


@attrs.frozen(eq=False, repr=False, slots=False)
class _Found:
    """A file that fits a handler; `path` is as one opens it."""

    reading: _Reading
    suffix: str
    path: str


@attrs.frozen(eq=False, repr=False, slots=False)
class Handler:
    """The file and the function that a handler names; `name` is the module's as Python imports it, `exports` None where they can't be told."""

    language: str
    name: str
    function: str
    suffix: str
    path: str
    exports: Exports | None


@attrs.frozen(eq=False, repr=False, slots=False)
class _Asked:
    """A handler as written, where it stands, and where to say what is wrong with it."""

    folder: str
    text: str
    span: Span
    runtime: str | None
    report: Report
    detects: bool  # Node.js looks whether a script is an ES module, or may

    def within(self, start: int, end: int) -> Span:
        """The place of a stretch of the handler; the whole string where the stretch is empty or escapes hide it."""
        if start >= end or self.span.text[1:-1] != self.text:
            return self.span
        return Span(self.span.source, self.span.start + 1 + start, self.span.start + 1 + end)

    def shown(self, path: str) -> str:
        """`path` as seen from the folder of the .ifc file: the same on every machine."""
        return os.path.relpath(path, os.path.dirname(self.span.source.path) or ".").replace(os.sep, "/")

    def error(self, code: str, message: str, place: Span, label: str, advice: str) -> None:
        """Reports a mistake."""
        self.report.error(code, message, place, label, advice)


@attrs.define(eq=False, repr=False, slots=False)
class Handlers:
    """Looks handlers up, and reads each folder and file once however many functions share it."""

    report: Report
    top: str  # the folder of the app's file
    _folders: dict[str, dict[str, bool] | OSError] = attrs.field(factory=dict, init=False)
    _exports: dict[str, Exports | None] = attrs.field(factory=dict, init=False)
    _modules: dict[str, bool] = attrs.field(factory=dict, init=False)

    def look_up(self, folder: str, handler: str, span: Span, runtime: str | None, code: Span | None = None) -> str | None:
        """The suffix of the file that `handler` names below `folder`, such as `.py`; what is wrong is reported."""
        found = self.find(folder, handler, span, runtime, code)
        return found.suffix if found is not None else None

    def find(
        self, folder: str, handler: str, span: Span, runtime: str | None, code: Span | None = None, node_options: object = None
    ) -> Handler | None:
        """What `handler` names below `folder`; what is wrong is reported.

        None stands for a runtime whose code isn't read here (Java, .NET, Go, Ruby, a custom one) and for mistakes:
        where `runtime` is None, one is always reported. `code` is the place of the setting that chose `folder`;
        `node_options` is the function's own NODE_OPTIONS.
        """
        language = _language(runtime)
        if runtime is not None and language is None:
            return None
        asked = _Asked(folder or ".", handler, span, runtime, self.report, node_options is not None or _detects(runtime))
        if self._folder_unusable(asked, code) or _malformed(asked) or self._half_written(asked):
            return None
        readings = _readings(handler)
        found = [f for reading in readings for f in self._files(asked.folder, reading)]
        fitting = [f for f in found if language in (None, f.reading.language)]
        if len(fitting) == 1:
            self._check_function(asked, fitting[0])
            return self._handler(fitting[0])
        if fitting:
            _ambiguous(asked, fitting)
        elif found:
            _disagreeing(asked, found[0])
            return self._handler(found[0])
        else:
            self._missing_file(asked, [r for r in readings if language in (None, r.language)])
        return None

    def _handler(self, found: _Found) -> Handler:
        reading = found.reading
        return Handler(reading.language, ".".join(reading.steps), reading.function, found.suffix, found.path, self._exports.get(found.path))

    # --- folders ---

    def _list(self, folder: str) -> dict[str, bool]:
        """The names in a folder, each with whether it is a folder; none where there is no such folder."""
        listing = self._folders.get(folder)
        if listing is None:
            try:
                # A listing rather than a look at each path: a Mac opens `Orders.py` as `orders.py`, and Lambda doesn't.
                with os.scandir(folder) as entries:
                    listing = {e.name: _is_folder(e) for e in entries if _is_text(e.name)}
                listing = dict(sorted(listing.items()))
            except OSError as error:
                listing = error
            self._folders[folder] = listing
        return listing if isinstance(listing, dict) else {}

    def _folder_unusable(self, asked: _Asked, code: Span | None) -> bool:
        """Whether the code folder can't be looked into; reported once for each folder."""
        known = asked.folder in self._folders
        self._list(asked.folder)
        error = self._folders[asked.folder]
        if not isinstance(error, OSError):
            return False
        shown, place = asked.shown(asked.folder), code or asked.span
        if isinstance(error, NotADirectoryError) and is_archive(asked.folder):
            if asked.runtime is None:
                message = f"`{shown}` is an archive, whose language can't be seen from outside"
                asked.error("IFC709", message, asked.span, "`runtime` needed", "write the `runtime` that it was built for")
        elif known:
            pass
        elif isinstance(error, FileNotFoundError):
            message = f"there is no folder `{shown}` to take the code from"
            asked.error("IFC708", message, place, "no such folder", "make it, or let `code` name the folder of the files")
        elif isinstance(error, NotADirectoryError):
            message = f"`{shown}` is a file, and code is taken from a folder, a .zip or a .jar"
            asked.error("IFC708", message, place, "not a folder", "let `code` name the folder that the file is in")
        else:
            message = f"the folder `{shown}` can't be read: {reason(error)}"
            asked.error("IFC708", message, place, "not readable", "give yourself the right to read it")
        return True

    def _walk(self, folder: str, steps: tuple[str, ...]) -> tuple[str, int]:
        """The folder that all but the last of `steps` lead to, as far as they do, and how many could be taken."""
        for taken, step in enumerate(steps[:-1]):
            if not self._list(folder).get(step):
                return folder, taken
            folder = os.path.join(folder, step)
        return folder, len(steps) - 1

    def _files(self, folder: str, reading: _Reading) -> Iterator[_Found]:
        """The files that a reading fits."""
        folder, taken = self._walk(folder, reading.steps)
        if taken < len(reading.steps) - 1:
            return
        stem, listing = reading.steps[-1], self._list(folder)
        package = os.path.join(folder, stem)
        # Where both stand, Python imports the package rather than the module.
        if reading.language == PYTHON and listing.get(stem) and self._list(package).get("__init__.py") is False:
            yield _Found(reading, ".py", os.path.join(package, "__init__.py"))
            return
        for suffix in SUFFIXES[reading.language]:
            if listing.get(stem + suffix) is False:
                yield _Found(reading, suffix, os.path.join(folder, stem + suffix))

    def _has(self, folder: str, path: str) -> bool:
        """Whether a file stands at exactly this path below `folder`."""
        steps = tuple(path.split("/"))
        folder, taken = self._walk(folder, steps)
        return taken == len(steps) - 1 and self._list(folder).get(steps[-1]) is False

    # --- the file ---

    def _half_written(self, asked: _Asked) -> bool:
        """Whether the handler names a file together with its suffix; reported."""
        text = asked.text
        file, _, function = text.rpartition(".")
        if text.endswith(_ALL_SUFFIXES) and self._has(asked.folder, text):
            message, label = f"the handler `{text}` names a file but no function", "no function"
            advice = f"write the function in place of the suffix: `{file}.handler`"
        elif file.endswith(_ALL_SUFFIXES) and self._has(asked.folder, file):
            message, label = f"the handler `{text}` holds its file's suffix, which Lambda adds itself", "suffix"
            advice = f"leave the suffix out: `{os.path.splitext(file)[0]}.{function}`"
        else:
            return False
        asked.error("IFC700", message, asked.within(0, len(text)), label, advice)
        return True

    def _missing_file(self, asked: _Asked, readings: list[_Reading]) -> None:
        """Reports that no file fits, with what was probably meant."""
        # The reading that gets furthest is the one that was meant.
        reading = max(readings, key=lambda r: self._walk(asked.folder, r.steps)[1])
        suffixes = [s for r in readings for s in SUFFIXES[r.language]]
        path = asked.shown(os.path.join(asked.folder, *reading.steps))
        others = f" (or {', '.join(f'`{s}`' for s in suffixes[1:])})" if len(suffixes) > 1 else ""
        advice = self._found_elsewhere(asked, readings) or self._near_file(asked, reading, suffixes)
        advice = advice or f"the handler is looked up below `{asked.shown(asked.folder)}`: {_FORM}"
        message = f"there is no file `{path}{suffixes[0]}`{others}"
        asked.error("IFC702", message, asked.within(0, reading.dot), "no such file", advice)

    def _found_elsewhere(self, asked: _Asked, readings: list[_Reading]) -> str | None:
        """What to do where the file is there, but not under the name that Lambda would look for."""
        text = asked.text
        file = text.rpartition(".")[0]
        for suffix in (s for r in readings for s in SUFFIXES[r.language]):
            if self._has(asked.folder, file + suffix):
                return f"rename `{file}{suffix}`: Lambda finds no file that has a dot in its name or its folder's"
        for reading in readings:
            first, *rest = reading.steps
            if rest and first == os.path.basename(os.path.abspath(asked.folder)):
                shorter = _Reading(reading.language, tuple(rest), reading.function, reading.dot)
                if next(self._files(asked.folder, shorter), None):
                    folder = asked.shown(asked.folder)
                    return f"the handler is relative to `{folder}`: write `{text[len(first) + 1 :]}`"
            if reading.language == NODE:
                index = _Reading(NODE, (*reading.steps, "index"), reading.function, reading.dot)
                if next(self._files(asked.folder, index), None):
                    return f"write `{text[: reading.dot]}/index{text[reading.dot :]}`"
        return None

    def _near_file(self, asked: _Asked, reading: _Reading, suffixes: list[str]) -> str | None:
        """A handler with the nearest name that is there, or the names when they are few."""
        folder, taken = self._walk(asked.folder, reading.steps)
        folders, files = [], {}
        for name, is_folder in self._list(folder).items():
            stem, suffix = os.path.splitext(name)
            if is_folder and not name.startswith("."):
                folders.append(name)
            elif suffix in suffixes and "." not in stem and stem != "__init__":
                files[stem] = name
        in_folder = taken == len(reading.steps) - 1
        start, wrong = sum(len(step) + 1 for step in reading.steps[:taken]), reading.steps[taken]
        name_meant = near(wrong, files if in_folder else folders)
        if name_meant is not None:
            return f"write `{asked.text[:start]}{name_meant}{asked.text[start + len(wrong) :]}`"
        if in_folder and 0 < len(files) <= FEW:
            return f"the folder `{asked.shown(folder)}` holds {_listed([f'`{f}`' for f in files.values()])}"
        return None

    # --- the function ---

    def _check_function(self, asked: _Asked, found: _Found) -> None:
        """Reports a function that the file doesn't have, or that Lambda can't call."""
        if found.path not in self._exports:
            self._exports[found.path] = _read(asked, found)
        exports = self._exports[found.path]
        if exports is None or self._other_system(asked, found, exports):
            return
        # What stands behind a further dot is a path into a value, which only running the file would show.
        function = found.reading.function.split(".")[0]
        kind = exports.kinds.get(function)
        if kind != COROUTINE and (kind is not None or exports.open):
            return
        place, path = asked.within(found.reading.dot + 1, len(asked.text)), asked.shown(found.path)
        if kind == COROUTINE:
            message = f"`{function}` in `{path}` is an `async def`, and Lambda's Python runtime awaits nothing"
            advice = f"write `def {function}`, and call `asyncio.run` in it"
            self.report.warning("IFC706", message, place, "never awaited", advice)
        else:
            verb, label = ("defines", "not defined") if found.suffix == ".py" else ("exports", "not exported")
            advice = _nearest_function(asked.text[: found.reading.dot], function, exports, verb)
            asked.error("IFC705", f"`{path}` {verb} no `{function}`", place, label, advice)

    def _other_system(self, asked: _Asked, found: _Found, exports: Exports) -> bool:
        """Whether a script exports in the way of the module system that Node.js doesn't take it for; reported."""
        if found.reading.language != NODE:
            return False
        path, (stem, suffix) = asked.shown(found.path), os.path.splitext(os.path.basename(found.path))
        if exports.is_module:
            # With a package.json the script is bundled, and esbuild takes `export` in any.
            plain = suffix == ".cjs" or (suffix == ".js" and not asked.detects)
            if not plain or self._project(asked, found.path) is not None:
                return False
            message, label = f"`{path}` is CommonJS, where `export` is a syntax error", "can't be loaded"
            advice = f"rename it to `{stem}.mjs`, or write `exports.{found.reading.function} = …`"
        else:
            project = self._project(asked, found.path) if suffix in (".js", ".ts") else None
            named = suffix in (".mjs", ".mts")
            if not (exports.kinds or exports.unnamed) or not (named or (project is not None and self._is_module(project))):
                return False
            why = "" if project is None else f', by `"type": "module"` of `{asked.shown(project)}`'
            message = f"`{path}` is an ES module{why}, and what it gives to `exports` reaches nobody"
            label, other = "not exported", "" if suffix in (".ts", ".mts") else f", or rename the file to `{stem}.cjs`"
            advice = f"write `export` before what it exports{other}"
        asked.error("IFC705", message, asked.within(found.reading.dot + 1, len(asked.text)), label, advice)
        return True

    def _project(self, asked: _Asked, path: str) -> str | None:
        """The `package.json` nearest to a script, up to the app's folder, or where the script is not below that, to the code folder."""
        place, top = os.path.dirname(os.path.abspath(path)), os.path.abspath(self.top)
        if os.path.commonpath([place, top]) != top:
            top = os.path.abspath(asked.folder)
        while True:
            project = os.path.join(place, "package.json")
            if os.path.isfile(project):
                return project
            if place in (top, os.path.dirname(place)):
                return None
            place = os.path.dirname(place)

    def _is_module(self, project: str) -> bool:
        """Whether a `package.json` says that its scripts are ES modules; one that can't be read is told of by the build."""
        import json

        if project not in self._modules:
            try:
                with open(project, encoding="utf-8-sig") as file:
                    content = json.load(file)
            except (OSError, ValueError, RecursionError):
                content = None
            self._modules[project] = isinstance(content, dict) and content.get("type") == "module"
        return self._modules[project]


def look_up(folder: str, handler: str, span: Span, runtime: str | None, report: Report) -> str | None:
    """`Handlers.look_up` for a single handler."""
    return Handlers(report, os.path.dirname(span.source.path)).look_up(folder, handler, span, runtime)


def is_archive(path: str) -> bool:
    """Whether code at this path is an archive that something else built."""
    return path.lower().endswith(ARCHIVES)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder; a link that leads to itself is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def reason(error: OSError) -> str:
    """Why the system refused, in its own words, with a lower-case start."""
    words = error.strerror or type(error).__name__
    return words[:1].lower() + words[1:]


def _language(runtime: str | None) -> str | None:
    """The language of a runtime whose handlers are looked up, else None."""
    if runtime is None:
        return None
    if runtime.startswith("python"):
        return PYTHON
    if runtime.startswith("nodejs"):
        return NODE
    return LUA if runtime == "lua" else None


def _detects(runtime: str | None) -> bool:
    """Whether a runtime's Node.js looks whether a script is an ES module; a runtime that is not known may."""
    version = re.fullmatch(r"nodejs(\d+)\.x", runtime or "")
    return version is None or int(version[1]) > LAST_UNASKED


def _readings(handler: str) -> list[_Reading]:
    """The ways in which each language would read a handler."""
    last, base = handler.rfind("."), handler.rfind("/") + 1
    first = handler.find(".", base)
    dotted, function = tuple(re.split(r"[/.]", handler[:last])), handler[last + 1 :]
    return [
        _Reading(PYTHON, dotted, function, last),
        _Reading(NODE, tuple(handler[:first].split("/")), handler[first + 1 :], first),
        _Reading(LUA, dotted, function, last),
    ]


def _malformed(asked: _Asked) -> bool:
    """Whether no file and function can be read from the handler's text; reported."""
    text = asked.text
    base, dot = text.rfind("/") + 1, text.rfind(".")
    whole = asked.within(0, len(text))
    if not text:
        asked.error("IFC700", "the handler is empty", whole, "names nothing", _FORM)
    elif re.search(r"[\s\x00-\x1f\x7f]", text):
        asked.error("IFC700", "the handler has a blank in it, which Lambda refuses", whole, "has a blank", _FORM)
    elif len(text) > LONGEST:
        message = f"the handler has {len(text)} characters, and Lambda takes {LONGEST}"
        asked.error("IFC700", message, whole, "too long", "let `code` name a folder nearer to the file")
    elif asked.runtime is None and "::" in text:
        message = f"`{text}` is a handler of Java or .NET, and no `runtime` says so"
        asked.error("IFC700", message, whole, "`runtime` needed", "write `runtime java21`, `runtime dotnet10` or the like")
    elif asked.runtime is None and text == "bootstrap":
        message = "`bootstrap` is the handler of a custom runtime, and no `runtime` says so"
        asked.error("IFC700", message, whole, "`runtime` needed", "write `runtime provided.al2023`")
    elif _leads_astray(asked):
        pass
    elif dot < base or dot == len(text) - 1:
        file = re.split(r"[:.]", text[base:])[0]
        advice = f"write the file, a dot and the function: `{text[:base]}{file}.handler`" if file else _FORM
        asked.error("IFC700", f"the handler `{text}` names no function", whole, "no function", advice)
    elif text[base] == ".":
        asked.error("IFC700", f"the handler `{text}` names no file", asked.within(base, len(text)), "no file", _FORM)
    elif not text[dot + 1 :].replace("$", "_").isidentifier():
        place = asked.within(dot + 1, len(text))
        asked.error("IFC700", f"`{text[dot + 1 :]}` can't be the name of a function", place, "not a name", _FORM)
    else:
        return False
    return True


def _leads_astray(asked: _Asked) -> bool:
    """Whether the path in the handler leads where Lambda or the archive can't follow; reported."""
    text = asked.text
    whole, tidy = asked.within(0, len(text)), os.path.normpath(text).replace(os.sep, "/")
    if text.startswith("/") or re.match(r"[A-Za-z]:[\\/]", text):
        advice = "write it relative to the code folder, as in `src/orders.place`"
        asked.error("IFC701", f"the handler `{text}` is an absolute path", whole, "absolute", advice)
        return True
    if "\\" in text:
        message = f"the handler `{text}` has backslashes, which Lambda takes for part of a name"
        asked.error("IFC701", message, whole, "backslash", f"write `{text.replace(chr(92), '/')}`")
        return True
    at = depth = 0
    for step in text.split("/")[:-1]:
        place = asked.within(at, at + len(step))
        at, depth = at + len(step) + 1, depth - 1 if step == ".." else depth + 1
        if depth < 0:
            message = f"the handler `{text}` leads out of the code folder `{asked.shown(asked.folder)}`"
            advice = "let `code` name a folder that holds the file, and write the handler relative to it"
            asked.error("IFC701", message, place, "leads out", advice)
            return True
        if step in ("", ".", ".."):
            message = f"the handler `{text}` has a step that Lambda can't follow"
            asked.error("IFC701", message, place, "can't be followed", f"write `{tidy}`")
            return True
        if step.startswith("."):
            advice = "let `code` name that folder, and write the handler relative to it"
            asked.error("IFC701", f"the hidden folder `{step}` stays out of the code's archive", place, "hidden", advice)
            return True
    if ".." in text:
        asked.error("IFC701", f"the handler `{text}` has two dots in a row, which Lambda refuses", whole, "refused", _FORM)
        return True
    return False


def _disagreeing(asked: _Asked, found: _Found) -> None:
    """Reports a file in another language than the runtime's."""
    language = "TypeScript" if found.suffix in (".ts", ".mts") else found.reading.language
    message = f"`{asked.shown(found.path)}` is {language}, and the runtime is `{asked.runtime}`"
    advice = "leave `runtime` out, as it follows from the file, or name a file in the runtime's language"
    asked.error("IFC704", message, asked.within(0, found.reading.dot), f"not {_language(asked.runtime)}", advice)


def _ambiguous(asked: _Asked, fitting: list[_Found]) -> None:
    """Reports that a handler fits several files."""
    paths = _listed([f"`{asked.shown(f.path)}`" for f in fitting])
    advice = "remove or rename all but one, or let `code` name the folder of the built files"
    if len({f.reading.language for f in fitting}) == len(fitting):
        advice = "write `runtime` to choose between them, or rename one"
    place = asked.within(0, min(f.reading.dot for f in fitting))
    asked.error("IFC703", f"the handler `{asked.text}` fits {paths}", place, "which file?", advice)


def _read(asked: _Asked, found: _Found) -> Exports | None:
    """What the file found exports, or None when that is unknown; a file that can't be read is reported."""
    try:
        with open(found.path, "rb") as file:
            content = file.read()
    except OSError as error:
        message = f"`{asked.shown(found.path)}` can't be read: {reason(error)}"
        place = asked.within(0, found.reading.dot)
        asked.error("IFC707", message, place, "not readable", "give yourself the right to read it")
        return None
    if found.reading.language == NODE:
        return script_exports(content.decode("utf-8-sig", "replace")) if len(content) <= BUNDLE else None
    if found.reading.language == LUA:
        return None  # a Lua file returns its function, which has no name
    try:
        return python_exports(content)
    except SyntaxError as error:
        _not_python(asked, found, content, error.msg or "invalid syntax", error.lineno, error.offset)
    except ValueError:  # Python 3.11's way to refuse a NUL byte
        _not_python(asked, found, content, "source code cannot contain null bytes", None, None)
    except (RecursionError, MemoryError):
        pass  # nested deeper than this Python reads; Lambda's may do better
    return None


def _not_python(asked: _Asked, found: _Found, content: bytes, why: str, line: int | None, column: int | None) -> None:
    """Reports that the file isn't Python, showing where."""
    path = asked.shown(found.path)
    where = os.path.normpath(os.path.join(os.path.dirname(asked.span.source.path), path)).replace(os.sep, "/")
    source = Source(where, content.decode("utf-8-sig", "replace"))
    also = []
    if line is not None and 1 <= line <= len(source.line_starts()):
        at = source.line_starts()[line - 1] + min(max((column or 1) - 1, 0), len(source.line(line)))
        also.append(Label(Span(source, at, min(at + 1, len(source.text))), why))
    message = f"`{path}` isn't valid Python" + (f" (line {line})" if also else f": {why}")
    place = asked.within(0, found.reading.dot)
    if _newer_than_ours(asked.runtime):
        # Python only ever gains syntax, so this may be something that ours doesn't know yet.
        ours = f"{sys.version_info[0]}.{sys.version_info[1]}"
        advice = f"correct it, unless it needs a Python newer than {ours}, on which ifc runs here"
        asked.report.warning("IFC710", message, place, "can't be read", advice, also)
    else:
        asked.report.error("IFC710", message, place, "can't be read", "correct the file", also)


def _newer_than_ours(runtime: str | None) -> bool:
    """Whether the runtime's Python may know syntax that the one that runs here doesn't."""
    from ifc.runtimes import DEFAULT_RUNTIMES  # read only when a file is broken

    version = re.fullmatch(r"python(\d+)\.(\d+)", runtime or DEFAULT_RUNTIMES[".py"])
    return version is None or (int(version[1]), int(version[2])) > sys.version_info[:2]


def _nearest_function(file: str, function: str, exports: Exports, verb: str) -> str:
    """What to do about a function that isn't there."""
    if exports.unnamed and not exports.kinds:
        return f"the file exports a function without a name: write `exports.{function} = …` for `module.exports = …`"
    if exports.declares(function):
        return f"`{function}` is there, but isn't exported: write `export` before it, or `exports.{function} = {function}`"
    meant = [name for name, kind in exports.kinds.items() if kind in (FUNCTION, COROUTINE)]
    meant = meant or [name for name, kind in exports.kinds.items() if kind == VALUE]
    name_meant = near(function, meant) or near(function, exports.kinds)
    if name_meant is not None:
        return f"write `{file}.{name_meant}`"
    public = [f"`{name}`" for name in meant if not name.startswith("_")]
    if 0 < len(public) <= FEW:
        return f"the file {verb} {_listed(public)}"
    return f"write `{function}` there, or correct its name here"


def _listed(items: list[str]) -> str:
    """`a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def _is_text(name: str) -> bool:
    """Whether a file's name is valid Unicode, and so can be written in a handler."""
    return name.isascii() or not re.search("[\ud800-\udfff]", name)
