"""The folders of a run, and disks that take nothing more."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from psycopg.errors import DiskFull

from ifc.local.children import Failed, no_room
from ifc.local.folder import LONGEST, SHORT, Folder, described
from ifc.local.run import Choices, Run
from ifc.local.stores import server
from ifc.local.stores.naming import Address
from ifc.resolve.app import Options


@pytest.fixture
def taken(tmp_path: Path) -> Iterator[Folder]:
    """The folders of a run that has begun."""
    folder = Folder(tmp_path / ".ifc")
    folder.take()
    yield folder
    folder.leave(False)


def full(*_: Any, **__: Any) -> Any:
    """What a full disk says."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "the/file")


@pytest.mark.parametrize("length", [LONGEST, LONGEST + 1])
def test_the_folder_of_sockets_has_a_short_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    """It is where temporary files are, unless the path of a socket in it would be too long."""
    place = tempfile.mkdtemp(dir="/tmp")
    long = Path(place, "x" * (length - len(place) - 1))
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    folder = Folder(tmp_path / ".ifc")
    folder.take()
    try:
        assert str(folder.sockets.parent) == (str(long) if length == LONGEST else SHORT)
        assert len(f"{folder.sockets}/pg/.s.PGSQL.5432") <= 103 or length > LONGEST
        assert folder.sockets.stat().st_mode & 0o077 in (0, 0o011)
    finally:
        folder.leave(False)
        shutil.rmtree(place)


def test_no_place_for_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without one the error says how to name another."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(Failed) as failed:
        Folder(tmp_path / ".ifc").take()
    assert failed.value.message == f"`{tmp_path / 'gone'}` can't be written: No such file or directory"
    assert "set TMPDIR" in str(failed.value.help)


def test_a_full_disk_at_the_end(taken: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Logs that can't be kept are let go: the lock and the folder of sockets are given back all the same."""
    (taken.sockets / "nginx.log").write_text("why")
    taken.describe(gateway="here")
    monkeypatch.setattr(shutil, "copy", full)
    taken.leave(True)
    assert not taken.sockets.exists()
    assert described(taken.state) is None


async def test_a_full_disk_at_the_beginning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever can't be written, the run ends with a sentence; other errors stay what they are."""
    said = SimpleNamespace(say=print, event=print, coloured=False)
    run = Run(Choices(str(tmp_path / "app.ifc"), Options()), said)  # type: ignore[arg-type]  # all that it needs of a console
    monkeypatch.setattr(run, "_start", full)
    failed = await run.run()
    assert failed is not None
    assert failed.message == "`the/file` can't be written: No space left on device"
    assert "make room on the disk" in str(failed.help)


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        (OSError(errno.EDQUOT, "Disk quota exceeded", "a"), "`a` can't be written: Disk quota exceeded"),
        (OSError(errno.ENOSPC, "No space left on device"), "a file can't be written: No space left on device"),
        (DiskFull("could not extend file\nHINT: x"), "the log can't be written: could not extend file"),
        (OSError(errno.ENOENT, "No such file"), None),
        (ValueError("No space left on device"), None),
    ],
)
def test_what_a_full_disk_says(problem: Exception, message: str | None) -> None:
    """It is known by its number, of the system or of PostgreSQL."""
    failed = no_room(problem)
    assert (failed.message if failed is not None else None) == message


@pytest.mark.parametrize(("service", "expected"), [("s3", b"<Code>DiskFull</Code>"), ("dynamodb", b'"__type": "DiskFull"')])
def test_a_full_disk_under_the_stores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: str, expected: bytes) -> None:
    """Whoever puts something hears that the disk is full, and what was begun is taken back."""
    stores = server.Server(tmp_path)
    undone: list[bool] = []
    monkeypatch.setattr(stores, "_served", full)
    monkeypatch.setattr(stores, "_undo", lambda: undone.append(True))
    monkeypatch.setattr(server, "address", lambda *_: Address(service, "us-east-1", ""))
    head, body = stores.http("PUT", "/b/k", [], b"x")
    assert (head["status"], head["changes"], expected in body, undone) == (501, [], True, [True])
