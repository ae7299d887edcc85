"""`ifc build`: an app to a target's files, with the archives of its code."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress

from ifc.build import Built, build
from ifc.build.sizes import words
from ifc.build.terminal import shown
from ifc.cli import FINE, UNWRITABLE, USAGE
from ifc.commands.compile import default_folder, nothing_written, unwritable
from ifc.commands.source import code_of, compiled, say, show
from ifc.commands.targets import CODE, code_index, misused, rendered, summary
from ifc.compiler import Compiled
from ifc.diagnostics import Failure
from ifc.output import Content
from ifc.plan import Plan

PARTIAL = ".ifc-"  # what is being copied is called so
ABANDONED = 3600  # seconds after which nobody copies any more


def run(arguments: argparse.Namespace) -> int:
    """Builds; nothing but the cache is written unless everything is fine."""
    wrong = usage(arguments)
    if wrong:
        say(f"ifc: {wrong}")
        return USAGE
    done = compiled(arguments)
    folder = arguments.output or default_folder(arguments)
    files, built = made(done, arguments, folder)
    found = done.report.ordered()
    show(found, arguments)
    if code_of(found) or done.plan is None:
        return nothing_written(found, arguments)
    return write(arguments, folder, files, done.plan, built)


def usage(arguments: argparse.Namespace) -> str | None:
    """What is wrong with the options, or None."""
    if arguments.target not in CODE:
        if arguments.target == "spacer":
            return "a Spacer project always holds the code: write `ifc compile --target spacer`"
        return f"`{arguments.target}` is no target; there is {', '.join(f'`--target {name}`' for name in CODE)}"
    if arguments.output == "-":
        return "`-o -` prints one file, and a build is a folder: choose one with `-o`"
    return misused(arguments)


def made(done: Compiled, arguments: argparse.Namespace, folder: str) -> tuple[dict[str, Content], Sequence[Built]]:
    """The files and archives of a compiled app, as far as it has no errors; what is wrong is reported."""
    if done.plan is None:
        return {}, ()
    try:
        files = rendered(done.plan, done.report, arguments, folder)
        if done.report.failed:
            return files, ()
        with shown(sys.stderr) as progress:
            built = build(done.plan, done.report, progress, [folder])
    except Failure as failure:
        done.report.diagnostics.extend(failure.diagnostics)
        return {}, ()
    if built or arguments.target == "cfn":  # Terraform warns of values for a variable that is not there
        files[CODE[arguments.target]] = code_index(built, arguments.target)
    return files, built


def write(arguments: argparse.Namespace, folder: str, files: dict[str, Content], plan: Plan, built: Sequence[Built]) -> int:
    """Writes the files and the archives, and says what was written."""
    from ifc import output

    try:
        # Beside a configuration there may be its state, which is of one app.
        output.write(folder, files, plan.app.name if arguments.target == "terraform" else "")
        copied(os.path.join(folder, "code"), built)
    except OSError as problem:
        show([unwritable(folder, problem)], arguments)
        return UNWRITABLE
    say("\n".join([*table(built), summary(plan, files, folder, arguments.target)]))
    return FINE


def copied(folder: str, built: Sequence[Built]) -> None:
    """Writes each archive into `folder`, under its key; one that is there already is left as it is. Raises OSError.

    A copy has the times of what it is a copy of, so that one that was damaged since is written again.
    """
    if not built:
        return
    os.makedirs(folder, exist_ok=True)
    there = {entry.name: _stamp(entry.stat()) for entry in os.scandir(folder) if entry.is_file()}
    tidied(folder, there)
    for archive in {b.key: b for b in built}.values():
        source = os.stat(archive.path)
        if there.get(archive.key) == _stamp(source):
            continue
        # Hidden, so that it never gets into an archive itself.
        handle, partial = tempfile.mkstemp(prefix=PARTIAL, dir=folder)
        os.close(handle)
        try:
            shutil.copyfile(archive.path, partial)
            os.chmod(partial, 0o644)
            os.utime(partial, ns=(source.st_atime_ns, source.st_mtime_ns))
            os.replace(partial, os.path.join(folder, archive.key))
        except BaseException:
            os.unlink(partial)
            raise


def tidied(folder: str, names: Iterable[str]) -> None:
    """Removes what builds that were killed left half copied: `aws s3 sync` would send it."""
    for path in (os.path.join(folder, name) for name in names if name.startswith(PARTIAL)):
        with suppress(OSError):  # another build is faster
            if time.time() - os.stat(path).st_mtime > ABANDONED:
                os.unlink(path)


def _stamp(found: os.stat_result) -> tuple[int, int]:
    """What tells that a file was written again; whole microseconds, which file systems keep."""
    return found.st_size, found.st_mtime_ns // 1000


def table(built: Sequence[Built]) -> list[str]:
    """A line for each archive, and one for all."""
    if not built:
        return []
    names = max(len(b.name) for b in built)
    sizes = max(len(words(b.size)) for b in built)
    lines = [f"  {b.name:<{names}}  {words(b.size):>{sizes}}  {'unchanged' if b.reused else 'new'}" for b in built]
    once = {b.key: b for b in built}.values()
    new = sum(not b.reused for b in once)
    total = words(sum(b.size for b in once))
    of = f"{len(once)} archive{'s' if len(once) > 1 else ''}, {total}"
    return [*lines, f"{of}, {new} new" if new else f"{of}, none new"]
