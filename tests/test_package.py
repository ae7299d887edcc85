"""The archive of a function's code: what goes into it, its digest, and the zip."""

from __future__ import annotations

import os
import socket
import zipfile
from collections.abc import Callable, Collection
from hashlib import sha256
from pathlib import Path

import pytest

from ifc.build import package, zips
from ifc.build.cache import Cache
from ifc.codes import CODES
from ifc.diagnostics import Diagnostic, Failure, Report


def make(root: Path, files: dict[str, str | bytes]) -> str:
    """The folder `root`, with these files in it."""
    root.mkdir(exist_ok=True)
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(root)


def packed(folder: str, *leave_out: str) -> list[str]:
    """The names that go into the archive."""
    return [entry.path for entry in package.files(folder, leave_out)]


def digest(folder: str, leave_out: Collection[str] = ()) -> str:
    """The digest of a whole folder."""
    return zips.digest(items(folder, leave_out))


def items(folder: str, leave_out: Collection[str] = ()) -> list[zips.Item]:
    """The files of a whole folder."""
    found = []
    for entry in package.files(folder, leave_out):
        content = b"".join(zips.read(entry.source))
        found.append(zips.Item(entry.path, entry.executable, len(content), sha256(content).hexdigest(), entry.source))
    return found


def write(folder: str, target: Path, leave_out: Collection[str] = ()) -> None:
    """Packs a whole folder."""
    with target.open("wb") as out:
        zips.write(out, items(folder, leave_out))


def failure(act: Callable[[], object]) -> list[Diagnostic]:
    """What is reported when it fails."""
    with pytest.raises(Failure) as caught:
        act()
    for diagnostic in caught.value.diagnostics:
        assert diagnostic.code in CODES
        assert diagnostic.help
        diagnostic.message.encode()
    return list(caught.value.diagnostics)


# --- which files ---


def test_files_are_sorted_and_relative(tmp_path: Path) -> None:
    """All files come with their path below the folder, sorted as bytes are."""
    folder = make(tmp_path / "code", {"b.py": "", "a/z.py": "", "a.py": "", "Z.py": "", "ä.py": "", "a/b/c.txt": ""})
    assert packed(folder) == ["Z.py", "a.py", "a/b/c.txt", "a/z.py", "b.py", "ä.py"]


@pytest.mark.parametrize(
    "name",
    [
        ".git/HEAD",
        ".hg/store",
        ".svn/entries",
        "CVS/Root",
        ".env",
        ".venv/lib/x.py",
        "lib/.cache/x",
        ".DS_Store",
        "lib/.DS_Store",
        "__pycache__/a.cpython-311.pyc",
        "lib/__pycache__/a.pyc",
        "lib/old.pyc",
        "lib/old.pyo",
        "app.ifc",
        "lib/part.ifc",
        "node_modules/.bin/tsc",
        "lib/node_modules/.bin/tsc",
        "node_modules/.package-lock.json",
        "node_modules/x/.npmignore",
        ".prisma/client.js",
        "Thumbs.db",
    ],
)
def test_what_stays_out(tmp_path: Path, name: str) -> None:
    """Hidden, generated and foreign files don't get into the archive."""
    assert packed(make(tmp_path / "code", {"app.py": "", name: "x"})) == ["app.py"]


@pytest.mark.parametrize(
    "name",
    [
        "requests-2.0.dist-info/METADATA",
        "node_modules/x/index.js",
        "node_modules/@a/b/index.js",
        "pyc",
        "a.ifc.txt",
        "node_modules/.prisma/client/index.js",
        "node_modules/.pnpm/x/index.js",
        "ifc",
        "_private.py",
        "cvs/x",
        "empty",
    ],
)
def test_what_goes_in(tmp_path: Path, name: str) -> None:
    """What a program may need at run time does."""
    assert packed(make(tmp_path / "code", {name: ""})) == [name]


def test_virtual_environments_stay_out(tmp_path: Path) -> None:
    """A folder that Python's venv made stays out, whatever its name."""
    files = {"app.py": "", "env/pyvenv.cfg": "", "env/lib/x.py": "", "tool/env2/pyvenv.cfg": ""}
    assert packed(make(tmp_path / "code", files)) == ["app.py"]


def test_what_the_caller_leaves_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths to leave out may be absolute or relative to the current folder, and folders or files."""
    folder = make(tmp_path / "code", {"app.py": "", "build/cfn/x.json": "", "builds/x": "", "notes.md": "", "a/build/x": ""})
    expected = ["a/build/x", "app.py", "builds/x"]
    assert packed(folder, f"{folder}/build", f"{folder}/notes.md") == expected
    monkeypatch.chdir(tmp_path)
    assert packed("code", "code/build/", "./code/../code/notes.md") == expected
    monkeypatch.chdir(folder)
    assert packed(".", "build", "notes.md", "../elsewhere", "missing") == expected


def test_the_executable_bit(tmp_path: Path) -> None:
    """The owner's right to run a file is what counts."""
    folder = make(tmp_path / "code", {"run": "", "read": "", "odd": ""})
    for name, mode in (("run", 0o700), ("read", 0o600), ("odd", 0o654)):
        os.chmod(tmp_path / "code" / name, mode)
    assert {e.path: e.executable for e in package.files(folder, ())} == {"run": True, "read": False, "odd": False}


def test_pipes_and_sockets_stay_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has no contents to pack stays out, and nothing waits for it."""
    folder = make(tmp_path / "code", {"app.py": ""})
    os.mkfifo(tmp_path / "code" / "pipe")
    monkeypatch.chdir(folder)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        assert packed(folder) == ["app.py"]


def test_very_deep_folders(tmp_path: Path) -> None:
    """A path as deep as the system allows is no trouble."""
    folder = make(tmp_path / "code", {})
    depth = (3900 - len(folder)) // 2
    for i in range(1, depth + 1):
        os.mkdir(folder + "/a" * i)
    deepest = folder + "/a" * depth
    with open(deepest + "/f", "w"):
        pass
    assert packed(folder) == ["a/" * depth + "f"]
    # pytest's own tidying up would recurse
    os.unlink(deepest + "/f")
    for i in range(depth, 0, -1):
        os.rmdir(folder + "/a" * i)


# --- links ---


def test_links_within_the_folder_are_followed(tmp_path: Path) -> None:
    """A link to a file or a folder inside stands for a copy of it."""
    folder = make(tmp_path / "code", {"lib/a.py": "A", "lib/sub/b.py": "B"})
    root = tmp_path / "code"
    (root / "a2.py").symlink_to("lib/a.py")
    (root / "a3.py").symlink_to(root / "a2.py")
    (root / "lib2").symlink_to("lib", target_is_directory=True)
    (root / "chain").symlink_to("lib2")
    names = ["a2.py", "a3.py", "chain/a.py", "chain/sub/b.py", "lib/a.py", "lib/sub/b.py", "lib2/a.py", "lib2/sub/b.py"]
    assert packed(folder) == names
    write(folder, tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.read("a3.py") == b"A"
        assert archive.read("chain/sub/b.py") == b"B"


def test_the_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    """A code folder reached by a link is packed like the folder itself."""
    folder = make(tmp_path / "code", {"app.py": "x"})
    (tmp_path / "link").symlink_to("code")
    assert digest(str(tmp_path / "link"), ()) == digest(folder, ())
    make(tmp_path / "code", {"build/x": ""})
    assert packed(folder, str(tmp_path / "link" / "build")) == ["app.py"]


def test_links_round_in_a_circle_end(tmp_path: Path) -> None:
    """Links that lead to a folder they stand in add nothing, and links between two folders end."""
    folder = make(tmp_path / "code", {"a/x": "", "b/y": ""})
    root = tmp_path / "code"
    (root / "self").symlink_to(".")
    (root / "a" / "up").symlink_to("..")
    (root / "a" / "me").symlink_to("../a")
    (root / "a" / "over").symlink_to("../b")
    (root / "b" / "back").symlink_to("../a")
    assert packed(folder) == ["a/over/y", "a/x", "b/back/x", "b/y"]


def test_many_links_between_folders_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders that all lead to one another have too many paths to pack, and that is said."""
    monkeypatch.setattr(package, "MOST", 500)
    root = tmp_path / "code"
    folder = make(root, {f"d{i}/f": "" for i in range(8)})
    for i in range(8):
        for j in range(8):
            (root / f"d{i}" / f"to{j}").symlink_to(f"../d{j}")
    [wrong] = failure(lambda: package.files(folder, ()))
    assert (wrong.code, wrong.message) == ("IFC716", f"the code folder `{folder}` has more than 500 files and folders")


def test_links_that_cannot_be_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All links that lead nowhere or out of the folder are told, by the path as the folder was given."""
    make(tmp_path / "code", {"app.py": "", "lib/x": ""})
    make(tmp_path / "codex", {"y": ""})
    root = tmp_path / "code"
    (root / "gone").symlink_to("nowhere")
    (root / "loop").symlink_to("loop")
    (root / "lib" / "out").symlink_to(tmp_path / "codex" / "y")
    (root / "folder").symlink_to(tmp_path / "codex")
    (root / ".hidden").symlink_to("nowhere")
    monkeypatch.chdir(tmp_path)
    wrong = failure(lambda: digest("code", ()))
    assert {d.code for d in wrong} == {"IFC711"}
    assert sorted(d.message for d in wrong) == [
        "the link `code/folder` leads out of the code folder",
        "the link `code/gone` leads nowhere",
        "the link `code/lib/out` leads out of the code folder",
        "the link `code/loop` leads nowhere",
    ]


def test_links_to_what_is_left_out(tmp_path: Path) -> None:
    """A link to a folder that is left out stays out with it."""
    folder = make(tmp_path / "code", {"app.py": "", "build/x": ""})
    (tmp_path / "code" / "latest").symlink_to("build")
    assert packed(folder, folder + "/build") == ["app.py"]


# --- what can't be packed ---


def test_a_missing_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder or an archive that isn't there, or is a plain file, is an error of its own."""
    monkeypatch.chdir(tmp_path)
    make(tmp_path, {"app.py": ""})
    for act, message in [
        (lambda: digest("nope", ()), "there is no folder `nope` to take the code from"),
        (lambda: package.files("app.py", ()), "`app.py` is a file, and code is taken from a folder, a .zip or a .jar"),
        (lambda: package.is_built("target/app.jar"), "there is no archive `target/app.jar` to take the code from"),
    ]:
        [wrong] = failure(act)
        assert (wrong.code, wrong.message) == ("IFC708", message)
    assert os.listdir() == ["app.py"]


def test_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lambda refuses an archive without files, so a folder without any is an error."""
    make(tmp_path / "code", {".env": "", "app.ifc": ""})
    monkeypatch.chdir(tmp_path)
    [wrong] = failure(lambda: package.files("code", ()))
    assert (wrong.code, wrong.message) == ("IFC714", "the code folder `code` has no file to pack")


def test_a_name_that_is_not_utf_8(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with bytes that aren't UTF-8 is an error that can be printed, among the others."""
    make(tmp_path / "code", {"app.py": ""})
    with open(os.fsencode(tmp_path) + b"/code/caf\xe9.txt", "w"):
        pass
    os.mkdir(os.fsencode(tmp_path) + b"/code/d\xff")
    monkeypatch.chdir(tmp_path)
    wrong = failure(lambda: digest("code", ()))
    assert [d.code for d in wrong] == ["IFC713", "IFC713"]
    assert "the name of `code/caf\ufffd.txt` isn't valid UTF-8, which a zip file needs" in [d.message for d in wrong]


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file or folder that the system refuses to open is an error in the system's words."""
    make(tmp_path / "code", {"lib/app.py": ""})
    monkeypatch.chdir(tmp_path)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr("builtins.open", refuse)
        [wrong] = failure(lambda: digest("code", ()))
    assert (wrong.code, wrong.message) == ("IFC712", "`code/lib/app.py` can't be read: permission denied")
    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refuse)
        [wrong] = failure(lambda: digest("code", ()))
    assert (wrong.code, wrong.message) == ("IFC712", "`code` can't be read: permission denied")


# --- the digest ---


def test_the_digest_is_of_names_bits_and_contents(tmp_path: Path) -> None:
    """It follows every change that a function could notice, and no other."""
    folder = make(tmp_path / "code", {"app.py": "a", "lib/b.py": "b"})
    first = digest(folder, ())
    assert len(first) == 64
    assert int(first, 16) > 0

    os.utime(tmp_path / "code" / "app.py", (0, 0))
    os.chmod(tmp_path / "code" / "app.py", 0o600)
    make(tmp_path / "code", {".env": "secret", "lib/__pycache__/b.pyc": "x", "app.ifc": "x"})
    (tmp_path / "code" / "empty").mkdir()
    assert digest(folder, ()) == first
    assert digest(make(tmp_path / "copy", {"lib/b.py": "b", "app.py": "a"}), ()) == first

    seen = {first}
    for change in (
        lambda: make(tmp_path / "code", {"app.py": "A"}),
        lambda: os.rename(tmp_path / "code" / "app.py", tmp_path / "code" / "main.py"),
        lambda: os.chmod(tmp_path / "code" / "main.py", 0o755),
        lambda: make(tmp_path / "code", {"new.txt": ""}),
        lambda: os.unlink(tmp_path / "code" / "lib" / "b.py"),
    ):
        change()
        seen.add(digest(folder, ()))
    assert len(seen) == 6


def test_the_digest_keeps_names_and_contents_apart(tmp_path: Path) -> None:
    """No name can stand for a content, nor two files for one."""
    one = digest(make(tmp_path / "1", {"a": "b", "c": "d"}), ())
    two = digest(make(tmp_path / "2", {"a": "bc", "d": ""}), ())
    three = digest(make(tmp_path / "3", {"a": "b\nc", "d": ""}), ())
    assert len({one, two, three}) == 3


def test_the_digest_stays_the_same_between_releases(tmp_path: Path) -> None:
    """The digest names archives that are deployed already, so how it is made never changes."""
    folder = make(tmp_path / "code", {"app.py": "def handler(event, context): ...\n", "bin/run": "#!/bin/sh\n"})
    os.chmod(tmp_path / "code" / "bin" / "run", 0o755)
    assert digest(folder, ()) == "906a0658c6e093fe22ff2cd7e81d1230a5e31ef01b54a1214394aadf848b44cc"


def test_the_key_is_short_and_follows_the_digest() -> None:
    """The archive's name holds half of the digest: 128 bits, enough never to meet another."""
    assert zips.key("0123456789abcdef" * 4) == "0123456789abcdef0123456789abcdef.zip"


# --- the archive ---


def test_the_archive_holds_the_files(tmp_path: Path) -> None:
    """Names, contents and modes are in the zip, and nothing of when and by whom it was made."""
    folder = make(tmp_path / "code", {"app.py": "x" * 5000, "lib/run": "#!/bin/sh", "ä/日本.txt": "日本", "empty": ""})
    os.chmod(tmp_path / "code" / "lib" / "run", 0o755)
    target = tmp_path / "app.zip"
    write(folder, target)
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        members = archive.infolist()
        assert archive.read("ä/日本.txt").decode() == "日本"
    assert [m.filename for m in members] == packed(folder)
    assert {m.date_time for m in members} == {(1980, 1, 1, 0, 0, 0)}
    assert {m.compress_type for m in members} == {zipfile.ZIP_DEFLATED}
    assert {m.create_system for m in members} == {3}
    assert {m.filename: oct(m.external_attr >> 16) for m in members if m.filename != "ä/日本.txt"} == {
        "app.py": "0o100644",
        "empty": "0o100644",
        "lib/run": "0o100755",
    }
    assert target.stat().st_size < 1500


def test_equal_folders_make_equal_archives(tmp_path: Path) -> None:
    """Neither times, owners' rights nor the order of creation show in the bytes."""
    names = [f"d{i % 3}/f{i}" for i in range(20)]
    one = make(tmp_path / "1", {name: name * 50 for name in names})
    two = make(tmp_path / "2", {name: name * 50 for name in reversed(names)})
    os.utime(tmp_path / "2" / "d0" / "f0", (1e9, 1e9))
    os.chmod(tmp_path / "2" / "d0" / "f0", 0o664)
    write(one, tmp_path / "1.zip")
    write(two, tmp_path / "2.zip")
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()


def test_the_archive_may_lie_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An output folder inside the code folder is left out, so that packing twice is packing once."""
    folder = make(tmp_path / "code", {"app.py": "x"})
    monkeypatch.chdir(folder)
    before = digest(".", ["build"])
    os.mkdir("build")
    for _ in range(2):
        write(".", Path("build/app.zip"), ["build"])
    assert digest(".", ["build"]) == before
    with zipfile.ZipFile("build/app.zip") as archive:
        assert archive.namelist() == ["app.py"]


def test_an_archive_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When packing fails half-way, the old archive stays and nothing else is left behind."""
    folder = make(tmp_path / "code", {"a.py": "x", "b.py": "y"})
    found = items(folder)
    key = zips.key(zips.digest(found))
    make(tmp_path, {f".ifc/build/archives/{key}": "old"})
    read = zips.read

    def fail_at_b(path: str) -> object:
        if path.endswith("b.py"):
            raise OSError(28, "No space left on device")
        return read(path)

    monkeypatch.setattr(zips, "read", fail_at_b)
    monkeypatch.chdir(tmp_path)
    with Cache(".", Report()) as cache:
        [wrong] = failure(lambda: cache.pack(zips.digest(found), found))
    shown = f"the archive `.ifc/build/archives/{key}` can't be written: no space left on device"
    assert (wrong.code, wrong.message) == ("IFC715", shown)
    assert os.listdir(".ifc/build/archives") == [key]
    assert os.listdir(".ifc/build/work") == []
    assert Path(".ifc/build/archives", key).read_text() == "old"


def test_a_file_that_vanishes_while_packing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that can't be read any more is told as such, and leaves no half of an archive."""
    folder = make(tmp_path / "code", {"a.py": "x"})
    found = items(folder)
    os.unlink(tmp_path / "code" / "a.py")
    monkeypatch.chdir(tmp_path)
    with Cache(".", Report()) as cache:
        [wrong] = failure(lambda: cache.pack(zips.digest(found), found))
    assert wrong.code == "IFC712"
    assert not [name for _, _, names in os.walk(".ifc") for name in names if name.endswith(".zip")]


def test_a_file_that_changes_while_packing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive never holds anything but what its name says: a file that somebody wrote to in between is told."""
    folder = make(tmp_path / "code", {"a.py": "x"})
    found = items(folder)
    make(tmp_path / "code", {"a.py": "y"})
    monkeypatch.chdir(tmp_path)
    with Cache(".", Report()) as cache:
        [wrong] = failure(lambda: cache.pack(zips.digest(found), found))
    assert (wrong.code, wrong.message) == ("IFC715", f"`{folder}/a.py` changed while it was packed")
