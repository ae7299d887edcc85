"""Which files are the functions' code: those that they load, and not those that they write."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ifc.local.source import loaded, matters, version


@pytest.mark.parametrize(
    "name",
    [
        "a.py",
        "a.so",
        "a.js",
        "a.mjs",
        "a.lua",
        "a.test.ts",
        "schema.json",
        "mail.html",
        "find.sql",
        "requirements.txt",
        "requirements-dev.txt",
        "uv.lock",
    ],
)
def test_what_functions_load(name: str, tmp_path: Path) -> None:
    """A module, what is read beside one, and what names packages: another version, wherever below the folder it is."""
    (tmp_path / "src").mkdir()
    before = version(str(tmp_path))
    (tmp_path / "src" / name).write_text("1")
    made = version(str(tmp_path))
    os.utime(tmp_path / "src" / name, (1, 1))
    assert len({before, made, version(str(tmp_path))}) == 3
    assert (loaded(name), matters(f"/x/{name}", ())) == (True, True)


@pytest.mark.parametrize(
    "name", ["app.log", "cache.db", "cache.db-journal", "run.pid", "out", "data.csv", "a.pyc", "py", "notes.txt", ".a.py.swp"]
)
def test_what_functions_write(name: str, tmp_path: Path) -> None:
    """Logs and data are not code."""
    before = version(str(tmp_path))
    (tmp_path / name).write_text("1")
    assert version(str(tmp_path)) == before
    assert (loaded(name), matters(f"/x/{name}", ())) == (False, False)


def test_what_the_app_names(tmp_path: Path) -> None:
    """A file that an .ifc file names is looked at whatever it is called; so is another .ifc file. An app that can't be read names nothing."""
    app = tmp_path / "app.ifc"
    app.write_text('# other.txt\nconfig Motd file "motd.txt"\nconfig More file "texts/more.txt"\n')
    sources = [str(tmp_path / "gone.ifc"), str(app)]
    assert [matters(f"/x/{name}", sources) for name in ("motd.txt", "more.txt", "more.ifc", "other.txt")] == [True, True, True, False]
