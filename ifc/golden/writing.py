"""Golden files are updated a folder at a time: it holds what was agreed before or all that is now, never a half of each."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager

from ifc.golden.members import Case
from ifc.golden.settings import shown
from ifc.golden.trees import (
    MARKER,
    MISSING,
    STRAY,
    TEMPORARY,
    compare,
    listing,
    marker,
    recognised,
    strays,
    unusable,
    usable,
    within,
    written,
)
from ifc.handlers import reason
from ifc.output import MANIFEST
from ifc.records import record

WAIT = 60.0  # seconds for another update to end
# What says that this is a continuous integration, beside `CI`: AWS CodeBuild, Azure Pipelines, Jenkins, TeamCity.
OTHERS = ("CODEBUILD_BUILD_ID", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION")


@record
class Change:
    """What an update did to a file: `new`, `changed` or `removed`."""

    path: str
    what: str


def ci_variable(environment: Mapping[str, str]) -> str | None:
    """The variable by which this is a continuous integration, None elsewhere; what `CI` says counts before the others."""
    said = environment.get("CI", "")
    if said:
        return None if said.lower() in ("0", "false", "no", "off") else "CI"
    return next((name for name in OTHERS if environment.get(name)), None)


@contextmanager
def locked(golden: str, alone: bool) -> Iterator[bool]:
    """Waits for updates by other processes, and with `alone` for their checks too; whether there are locks here at all."""
    try:
        import fcntl
    except ImportError:  # Windows
        yield False
        return
    try:
        handle = os.open(golden, os.O_RDONLY)
    except OSError:  # not there, or not to be read, which is found out by reading it
        yield False
        return
    try:
        until = time.monotonic() + WAIT
        while True:
            try:
                fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise unusable(golden, "is being updated by another process", "wait for it to end, and try again") from None
                time.sleep(0.05)
            except OSError:  # a file system without locks
                yield False
                return
        yield True
    finally:
        os.close(handle)


def own(case: Case, sources: Collection[str]) -> dict[str, str]:
    """What lies in an app's folder, which is one that files may be removed from; Failure for any other."""
    held = listing(case.home)
    inside = os.path.realpath(case.home) + os.sep
    source = next((s for s in sources if os.path.realpath(s).startswith(inside)), None)
    if source is not None:
        raise unusable(case.home, f"holds `{shown(source)}`, the app's own source", "let `golden` name a folder in which nothing else lies")
    if not recognised(held):
        first = next(iter(held))
        raise unusable(
            case.home, f"holds files that ifc didn't write, such as `{first}`", "move them away, or let `golden` name another folder"
        )
    return held


def update(case: Case, files: Mapping[str, str]) -> list[Change]:
    """Makes `files` the agreed ones of a case, whose folder is `own`, with nothing else in it; Failure where that can't be."""
    held = listing(case.home)
    differences = compare(files, case.folder, within(held, case.inner))
    if differences:
        with _written(case.home):
            _clear_the_way(case)
            _replace(case, files)
    return [Change(d.path, _WHAT.get(d.kind, "changed")) for d in differences]


def tidy(cases: Sequence[Case]) -> list[Change]:
    """Removes what lies in an app's folder and in none of those of its cases."""
    home, inner = cases[0].home, [case.inner for case in cases]
    held = listing(home)
    found = strays(home, inner, held) if recognised(held) else []
    with _written(home):
        for name in found:
            _remove(home, name)
    return [Change(shown(os.path.join(home, name)), "removed") for name in found]


@contextmanager
def prepared(golden: str) -> Iterator[list[Change]]:
    """Makes the folder of all golden files, with its marker, and holds it alone; what killed updates have left is removed.

    Gives what became of a marker that was missing or broken; that of a new folder is not spoken of.
    """
    usable(golden)
    there = written(golden)
    with _written(golden):
        os.makedirs(golden, exist_ok=True)
    with locked(golden, alone=True) as sure:
        with _written(golden):
            wrong = marker(golden)
            if wrong:
                if os.path.lexists(os.path.join(golden, MANIFEST)):
                    os.unlink(os.path.join(golden, MANIFEST))
                with open(os.path.join(golden, MANIFEST), "w", encoding="utf-8", newline="\n") as stream:
                    stream.write(MARKER)
            if sure:  # else another update may be at work in them
                for name in sorted(os.listdir(golden)):
                    if name.startswith(TEMPORARY):
                        shutil.rmtree(os.path.join(golden, name))
        yield [Change(d.path, _WHAT.get(d.kind, "changed")) for d in wrong] if there else []


_WHAT = {MISSING: "new", STRAY: "removed"}


def _clear_the_way(case: Case) -> None:
    """Removes links and files that stand where the folders of a case belong."""
    path = case.home
    for step in case.inner.split("/"):
        path = os.path.join(path, step)
        if os.path.islink(path) or (os.path.exists(path) and not os.path.isdir(path)):
            os.unlink(path)


def _replace(case: Case, files: Mapping[str, str]) -> None:
    """Writes all files into a new folder, which then takes the place of the old one."""
    work = tempfile.mkdtemp(prefix=TEMPORARY, dir=case.golden)
    new, old = os.path.join(work, "new"), os.path.join(work, "old")
    try:
        os.mkdir(new)
        for name, text in files.items():
            path = os.path.join(new, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8", newline="") as stream:
                stream.write(text)
        os.makedirs(os.path.dirname(case.folder), exist_ok=True)
        if os.path.lexists(case.folder):
            os.rename(case.folder, old)
        try:
            os.rename(new, case.folder)
        except BaseException:
            if os.path.lexists(old):
                os.rename(old, case.folder)
            raise
    finally:
        shutil.rmtree(work)


def _remove(home: str, name: str) -> None:
    """Removes a file, and the folders that are empty then."""
    os.unlink(os.path.join(home, name))
    folder = os.path.dirname(name)
    while folder:
        try:
            os.rmdir(os.path.join(home, folder))
        except OSError:
            return
        folder = os.path.dirname(folder)


@contextmanager
def _written(folder: str) -> Iterator[None]:
    """Turns the system's refusals into a Failure."""
    try:
        yield
    except OSError as problem:
        place = problem.filename if isinstance(problem.filename, str) else folder
        raise unusable(place, f"can't be written: {reason(problem)}", "move away what is in the way, or mend its permissions") from None
