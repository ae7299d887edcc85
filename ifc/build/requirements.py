"""Which Python packages a function asks for: the nearest `requirements.txt`, or `[project] dependencies` of a pyproject.toml."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ifc.build import zips
from ifc.build.package import shown
from ifc.diagnostics import Diagnostic, Failure
from ifc.handlers import reason
from ifc.records import record

REQUIREMENTS, PROJECT, LOCK = "requirements.txt", "pyproject.toml", "uv.lock"
DEEPEST = 20  # requirement files that name one another
_OTHER = re.compile(r"(?:-r|-c|--requirement|--constraint)(?:\s+|=|(?<=-[rc]))(.+)")
_EDITABLE = re.compile(r"(?:-e\s*|--editable(?:\s+|=))(.+)")
_SOURCE = re.compile(r"(?:[\w.-]+(?:\[[^\]]*\])?\s*@\s*)?(?:(?:git|hg|bzr|svn)\+\S+|\S+\.(?:tar\.gz|tar\.bz2|tgz|zip)(?=$|[\s#;]))")
_HERE = re.compile(r"(?:[\w.-]+(?:\[[^\]]*\])?\s*@\s*)?(?:file:(?://)?)?((?:\.{1,2}|~)?/[^\s;#]*|[\w.~-]+/[^\s;#]*|\.{1,2}(?=$|[\s\[]))")


_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")


@record
class Wanted:
    """What is asked for: the file that says it, what the installer reads, and all that decides on what will be installed."""

    path: str
    lines: tuple[str, ...]
    constraints: tuple[str, ...]
    read: tuple[str, ...]  # text of every file that was read, and what its variables make of it
    locked: bool  # by a uv.lock, which uv itself reads best


def nearest(folder: str, top: str) -> str | None:
    """The nearest file that says which packages are wanted, from `folder` up to `top`."""
    place, end = os.path.abspath(folder), os.path.abspath(top)
    while True:
        for name in (REQUIREMENTS, PROJECT):
            path = os.path.join(place, name)
            if os.path.islink(path) and not os.path.exists(path):
                raise _unusable(path, "is a link to nothing", "correct the link, or remove it")
            if os.path.isfile(path) and (name == REQUIREMENTS or _says(path)):
                return os.path.relpath(path)
        if place == end or os.path.dirname(place) == place or not place.startswith(end.rstrip(os.sep) + os.sep):
            return None
        place = os.path.dirname(place)


def wanted(path: str) -> Wanted | None:
    """What the file asks for, or None for nothing; raises Failure for what can't be installed as wheels."""
    if os.path.basename(path) == PROJECT:
        return _of_project(path)
    lines: list[str] = []
    read: list[str] = []
    _of_file(path, lines, read, 0)
    # Of what stands behind an address only the installer knows whether it asks for anything.
    asked = [line for line in lines if not line.startswith(("-", CONSTRAINT)) or _OTHER.match(line)]
    if not asked:
        return None
    return Wanted(path, tuple(lines), (), tuple(read), False)


# --- requirements.txt ---


def _of_file(path: str, lines: list[str], read: list[str], depth: int) -> None:
    """Adds what a file asks for, and the files that it names; their own places are what their paths are relative to."""
    text = _text(path)
    read.append(text)
    if depth > DEEPEST:
        raise _unusable(path, "names itself, by way of others", "let no requirements file name one that names it")
    for number, line in _logical(text):
        plain = _expanded(line)
        read += _filled([line])
        other = _OTHER.match(plain)
        editable = _EDITABLE.match(line)
        if other and not re.match(r"[a-z]+://", other[1]):
            inner: list[str] = []
            _of_file(os.path.join(os.path.dirname(path), other[1].strip("'\"")), inner, read, depth + 1)
            if line.startswith(("-r", "--requirement")):
                lines += inner
            else:
                lines += [f"{CONSTRAINT}{one}" for one in inner if not one.startswith("-")]
        elif line.startswith("--no-binary"):
            raise _unusable(path, f"asks for packages to be built (`{line}`, line {number})", "take it out: only wheels are installed")
        elif editable or _SOURCE.match(line):
            raise _source(path, number, line if editable is None else editable[1])
        elif here := _HERE.match(plain):
            place = os.path.join(os.path.dirname(path), os.path.expanduser(here[1]))
            if not place.endswith(".whl"):
                raise _source(path, number, line)
            if not os.path.isfile(place):
                raise _unusable(path, f"names a wheel that is not there (`{here[1]}`, line {number})", "build it, or correct its path")
            read.append(_digest(place))
            lines.append(os.path.abspath(place))
        elif found := re.match(r"(--find-links|-f)(?:\s+|=)(?![a-z]+://)(.+)", plain):
            lines.append(f"--find-links {os.path.abspath(os.path.join(os.path.dirname(path), found[2]))}")
        else:
            lines.append(line)


CONSTRAINT = "\0"  # marks a line that only limits versions


def _logical(text: str) -> Iterator[tuple[int, str]]:
    """The lines without comments, those that go on joined, each with its number."""
    waiting, start = "", 1
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if not waiting:
            start = number
        if line.endswith("\\") and not line.lstrip().startswith("#"):
            waiting += line[:-1] + " "
            if number < len(lines):
                continue
            line = ""  # nothing follows
        whole = re.sub(r"(?:^|\s+)#.*", "", waiting + line).strip()
        waiting = ""
        if whole:
            yield start, " ".join(whole.split())


# --- pyproject.toml ---


def _says(path: str) -> bool:
    """Whether a pyproject.toml is one of a project: many only set up tools."""
    content = _project(path)
    return "project" in content or "poetry" in _table(content, "tool")


def _table(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A table of a TOML file; an empty one where there is none, or something else in its place."""
    found = content.get(name)
    return found if isinstance(found, dict) else {}


def _project(path: str) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(_text(path))
    except tomllib.TOMLDecodeError as error:
        raise _unusable(path, f"isn't valid TOML: {error}", "correct it") from error


def _of_project(path: str) -> Wanted | None:
    content = _project(path)
    project = _table(content, "project")
    if "dependencies" not in project and "poetry" in _table(content, "tool"):
        advice = "write them to `[project] dependencies`, or `poetry export -o requirements.txt`"
        raise _unusable(path, "has its dependencies in Poetry's own words", advice)
    dynamic = project.get("dynamic")
    if isinstance(dynamic, list) and "dependencies" in dynamic:
        raise _unusable(path, "leaves its dependencies to the build of the project (`dynamic`)", "write them out, or to a requirements.txt")
    dependencies = project.get("dependencies", [])
    if not isinstance(dependencies, list) or not all(isinstance(line, str) for line in dependencies):
        raise _unusable(path, "has `dependencies` that are no list of texts", 'write `dependencies = ["requests==2.32.3"]`')
    if not dependencies:
        return None
    for number, line in enumerate(dependencies, 1):
        if line.lstrip().startswith("-") or "\n" in line:  # in a list for an installer it would be an option, or two requirements
            raise _unusable(path, f"has `{' '.join(line.split())}` among its dependencies, which names no package", "correct it")
        if _SOURCE.match(line) or (_HERE.match(line) and not line.endswith(".whl")):
            raise _source(path, number, line)
    for name, source in sorted(_table(_table(_table(content, "tool"), "uv"), "sources").items()):
        named = re.compile(rf"{re.escape(name)}(?![\w.-])".replace(r"\-", "[-_.]"), re.IGNORECASE)
        for line in dependencies:
            if named.match(line) and not (isinstance(source, dict) and "index" in source):
                # The index may have another package of this name, which is nobody's wish.
                raise _source(path, 0, line)
    lock = os.path.join(os.path.dirname(path), LOCK)
    read = ["\n".join(dependencies), *_filled(dependencies)]
    if not os.path.isfile(lock):
        return Wanted(path, tuple(dependencies), (), tuple(read), False)
    text = _text(lock)
    return Wanted(path, tuple(dependencies), _locked(lock, text), (*read, text), True)


def _locked(path: str, text: str) -> tuple[str, ...]:
    """The versions of a uv.lock; of packages that have several, none."""
    import tomllib

    try:
        found = tomllib.loads(text).get("package", [])
    except tomllib.TOMLDecodeError as error:
        raise _unusable(path, f"isn't valid TOML: {error}", "make it anew: `uv lock`") from error
    if not isinstance(found, list) or not all(isinstance(package, dict) and isinstance(package.get("name"), str) for package in found):
        raise _unusable(path, "isn't a lock of uv's", "make it anew: `uv lock`")
    versions: dict[str, set[str]] = {}
    for package in found:
        if "version" in package and "registry" in _table(package, "source"):
            versions.setdefault(package["name"], set()).add(str(package["version"]))
    return tuple(f"{name}=={next(iter(them))}" for name, them in sorted(versions.items()) if len(them) == 1)


# --- what is wrong ---


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8-sig") as stream:
            return stream.read()
    except UnicodeDecodeError as error:
        raise _unusable(path, "isn't UTF-8", "save it as UTF-8") from error
    except OSError as error:
        raise _unusable(path, f"can't be read: {reason(error)}", "make it, or give yourself the right to read it") from error


def _digest(path: str) -> str:
    from hashlib import sha256

    content = sha256()
    for chunk in zips.read(path):
        content.update(chunk)
    return content.hexdigest()


def _unusable(path: str, what: str, advice: str) -> Failure:
    return Failure(Diagnostic("IFC733", f"`{shown(os.path.relpath(path))}` {what}", help=advice))


def without_secrets(text: str) -> str:
    """A text in which no address has a user or a password: tokens of repositories and indexes stand there."""
    return re.sub(r"(?<=//)[^/@\s]+(?=@)", "…", text)


def _filled(lines: Iterable[str]) -> Iterator[str]:
    """The lines that have variables (`${INDEX}`), as the installers read them (pip, Requirements File Format), without users and passwords.

    A token is renewed every day without changing what is installed, so it is left out before its value is looked at.
    """
    yield from (without_secrets(_expanded(without_secrets(line))) for line in lines if _VARIABLE.search(line))


def _expanded(line: str) -> str:
    """A line with the values of its variables; one that has none stays, as the installers leave it."""
    return _VARIABLE.sub(lambda found: os.environ.get(found[1]) or found[0], line) if "${" in line else line


def _source(path: str, number: int, line: str) -> Failure:
    where = f"line {number} of `{shown(os.path.relpath(path))}`" if number else f"`{shown(os.path.relpath(path))}`"
    message = f"`{without_secrets(line)}` ({where}) is a source tree, and only wheels are installed"
    advice = "name a wheel that was built of it (`pip wheel --no-deps -w wheels …`), or put its modules below `code`"
    return Failure(Diagnostic("IFC731", message, help=advice))
