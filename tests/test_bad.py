"""Every error message, as the user sees it: `bad/NAME.ifc` and what `ifc check` says of it, `bad/NAME.txt`.

A case runs `ifc check bad/NAME.ifc --no-code` from the root of the repository, unless its first line says otherwise:
`# run: check FILE --stage prod`. What can't lie in a repository (a file that may not be read, an app of 600 resources) is
made in a temporary folder by `MADE`.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import re
import shlex
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ifc.cli import main
from ifc.codes import CODES
from tests.agreed import ROOT, same

BAD = ROOT / "bad"
NAMES = sorted(path.stem for path in BAD.glob("*.ifc"))


def said(arguments: list[str], folder: Path = ROOT) -> str:
    """What a command says on standard error, run in `folder`."""
    errors = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.StringIO()):
        main(arguments)
    gc.enable()  # a command switches it off, since it is soon over
    return errors.getvalue()


def of_file(name: str) -> str:
    """What is said of a file of `bad/`."""
    path = f"bad/{name}.ifc"
    first = (ROOT / path).read_bytes().split(b"\n", 1)[0].decode("utf-8-sig", "replace")
    run = re.fullmatch(r"# run: (.*)", first)
    command = run[1] if run else "check FILE --no-code"
    return said([path if word == "FILE" else word for word in shlex.split(command)])


# --- what is made ---


def check_of(content: str | bytes, *more: str) -> Callable[[Path], str]:
    """A case of one file with some content."""

    def run(folder: Path) -> str:
        (folder / "app.ifc").write_bytes(content if isinstance(content, bytes) else content.encode())
        return said(["check", "app.ifc", "--no-code", *more], folder)

    return run


MADE: dict[str, Callable[[Path], str]] = {}


def of_made(name: str) -> str:
    """What is said of a case that is made."""
    with tempfile.TemporaryDirectory() as folder:
        return MADE[name](Path(folder))


def everything() -> Iterator[tuple[Path, str]]:
    """Every agreed file with what it should hold."""
    for name in NAMES:
        yield BAD / f"{name}.txt", of_file(name)
    for name in MADE:
        yield BAD / f"{name}.txt", of_made(name)


# --- tests ---


@pytest.mark.parametrize("name", NAMES)
def test_file(name: str) -> None:
    """A file's messages are the agreed ones."""
    same(BAD / f"{name}.txt", of_file(name))


@pytest.mark.parametrize("name", MADE)
def test_made(name: str) -> None:
    """A made file's messages are the agreed ones."""
    same(BAD / f"{name}.txt", of_made(name))


def test_no_stray_text() -> None:
    """Each agreed text belongs to a case."""
    assert {path.stem for path in BAD.glob("*.txt")} == {*NAMES, *MADE}


def test_every_code_is_shown() -> None:
    """Each code occurs in an agreed text, so that its message was read by somebody."""
    seen = set(re.findall(r"IFC\d{3}", "".join(path.read_text(encoding="utf-8") for path in BAD.glob("*.txt"))))
    assert sorted(set(CODES) - seen) == []


def test_every_code_is_explained() -> None:
    """The codes that the compiler uses are those that `ifc explain` knows."""
    used = set()
    for path in (ROOT / "ifc").rglob("*.py"):
        if path.name not in ("codes.py", "lark_parser.py"):
            used |= set(re.findall(r'"(IFC\d{3})"', path.read_text(encoding="utf-8")))
    assert sorted(used ^ set(CODES)) == []
