"""The tree of golden files as it lies on the disk, and how it differs from what the compiler writes now."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Mapping

from ifc.diagnostics import Diagnostic, Failure
from ifc.golden.settings import SECTION, shown
from ifc.handlers import reason
from ifc.output import MANIFEST
from ifc.records import record

TEMPORARY = ".ifc-golden-"  # begins the names of what an update has not finished
# The files by which a folder is known to be written by ifc, for each target.
LANDMARKS = {"cfn": ("template.yaml", "template.json"), "terraform": ("versions.tf.json",), "spacer": ("config/ifc.json",)}
# By this file `ifc compile` knows a folder to be written by ifc, and leaves it out of the functions' archives.
MARKER = '{"version": 1, "files": []}\n'
MISSING, STRAY, DIFFERENT = "missing", "stray", "different"


@record
class Difference:
    """A file that is not as agreed: both contents where there are both, and what there is to say of it in words."""

    path: str
    kind: str
    remark: str = ""
    agreed: bytes | None = None
    now: bytes | None = None
    by_hand: bool = False  # no update removes it


def usable(golden: str) -> None:
    """Failure where the folder of all golden files is there and no folder."""
    if os.path.lexists(golden) and not os.path.isdir(golden):
        raise unusable(
            golden, "is a link that leads nowhere" if os.path.islink(golden) else "is a file, where a folder should be", "move it away"
        )


def listing(folder: str) -> dict[str, str]:
    """What lies below a folder, by name with forward slashes: `file`, or what is no plain file; empty folders aside.

    Links are never followed. Failure where a folder can't be read, or is none.
    """
    found: dict[str, str] = {}
    if not os.path.lexists(folder):
        return found
    if os.path.islink(folder):
        raise unusable(folder, "is a link, and golden files lie in real folders", "remove the link, or put a folder in its place")
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        try:
            with os.scandir(os.path.join(folder, prefix)) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(f"{prefix}{entry.name}/")
                    else:
                        found[prefix + entry.name] = _what(entry)
        except NotADirectoryError:
            raise unusable(folder, "is a file, where a folder should be", "move it away") from None
        except OSError as problem:
            raise unreadable(os.path.join(folder, prefix), problem) from None
    return dict(sorted(found.items()))


def compare(files: Mapping[str, str], folder: str, held: Mapping[str, str]) -> list[Difference]:
    """How a case's folder differs from its files; `held` is what lies there."""
    found: list[Difference] = []
    for name in sorted({*files, *held}):
        path = os.path.join(folder, name)
        if name not in files:
            found.append(Difference(shown(path), STRAY, "" if held[name] == "file" else held[name]))
        elif name not in held:
            found.append(Difference(shown(path), MISSING))
        elif held[name] != "file":
            found.append(Difference(shown(path), DIFFERENT, f"{held[name]}, where a file should be"))
        else:
            agreed, now = _content(path), files[name].encode()
            if agreed != now:
                found.append(Difference(shown(path), DIFFERENT, "", agreed, now))
    return found


def marker(golden: str) -> list[Difference]:
    """How the marker of the folder of all golden files differs from what it always holds."""
    path = os.path.join(golden, MANIFEST)
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        held = {}
    except OSError as problem:
        raise unreadable(path, problem) from None
    else:
        what = "a link" if stat.S_ISLNK(found.st_mode) else "file" if stat.S_ISREG(found.st_mode) else "no plain file"
        held = {MANIFEST: what}
    return compare({MANIFEST: MARKER}, golden, held)


def written(golden: str) -> bool:
    """Whether golden files lie in a folder; before, it needs no marker."""
    return os.path.isdir(golden) and any(_landmark_below(os.path.join(golden, name)) for name in _entries(golden))


def within(held: Mapping[str, str], inner: str) -> dict[str, str]:
    """What of an app's folder lies in one of its folders."""
    return {name[len(inner) + 1 :]: what for name, what in held.items() if name.startswith(inner + "/")}


def strays(folder: str, inner: Collection[str], held: Mapping[str, str]) -> dict[str, Difference]:
    """What lies in an app's folder and in none of those of its cases, by name."""
    found: dict[str, Difference] = {}
    for name, what in held.items():
        if not any(name.startswith(one + "/") for one in inner):
            in_the_way = any((one + "/").startswith(name + "/") for one in inner)
            remark = f"{'a file' if what == 'file' else what}, where a folder should be" if in_the_way else "" if what == "file" else what
            found[name] = Difference(shown(os.path.join(folder, name)), STRAY, remark)
    return found


def leftovers(golden: str, names: Collection[str]) -> list[Difference]:
    """The folders of apps that are no longer in `[tool.ifc]`, and what interrupted updates have left."""
    if not os.path.isdir(golden):
        return []
    found: list[Difference] = []
    for name in _entries(golden):
        folder = os.path.join(golden, name)
        if name.startswith(TEMPORARY):
            found.append(Difference(shown(folder), STRAY, "left by an update that was interrupted; the next one removes it"))
        elif name not in names and not os.path.islink(folder) and _landmark_below(folder):
            remark = f"no app of {SECTION} has this name: remove the folder, or name the app in `apps`"
            found.append(Difference(shown(folder), STRAY, remark, by_hand=True))
    return found


def recognised(held: Collection[str]) -> bool:
    """Whether an app's folder is empty, or was written by ifc as the name of one of its files shows."""
    marks = {f"{target}/{name}" for target, names in LANDMARKS.items() for name in names}
    return not held or any(name in marks or name.partition("/")[2] in marks for name in held)


def unusable(path: str, why: str, help: str) -> Failure:
    """The failure of a folder that can't be taken for golden files."""
    return Failure(Diagnostic("IFC810", f"`{shown(path)}` {why}", help=help))


def unreadable(path: str, problem: OSError) -> Failure:
    """The failure to read what lies there."""
    return unusable(path, f"can't be read: {reason(problem)}", "give yourself the right to read it")


def _content(path: str) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read()
    except OSError as problem:
        raise unreadable(path, problem) from None


def _what(entry: os.DirEntry[str]) -> str:
    """What an entry is that is no folder; pipes and the like are never opened."""
    if entry.is_symlink():
        return "a link"
    return "file" if stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode) else "no plain file"


def _entries(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError as problem:
        raise unreadable(folder, problem) from None


def _landmark_below(folder: str) -> bool:
    """Whether ifc wrote into a folder, with stages or without."""
    if not os.path.isdir(folder):
        return False
    places = [folder, *(os.path.join(folder, name) for name in _entries(folder))]
    return any(os.path.isfile(os.path.join(p, target, name)) for p in places for target, names in LANDMARKS.items() for name in names)
