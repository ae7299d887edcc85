"""Whole builds: the same bytes from the same files, what is kept, and what gets in the way of one."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

import ifc.build.cache
from ifc.build import builder, zips
from ifc.build.cache import Cache
from ifc.build.zips import Item
from ifc.diagnostics import Report
from tests.builds.apps import HANDLER, Outcome, app, built, make, python_app, wheel

FILES = {"src/work.py": "import lib.x\n" + HANDLER, "lib/x.py": "x = 1\n" * 500, "src/ä.txt": "ä", "src/run.sh": "#!/bin/sh\n"}


def archives(folder: Path) -> dict[str, bytes]:
    """What the cache of an app holds, by name."""
    return {path.name: path.read_bytes() for path in sorted((folder / ".ifc/build/archives").iterdir())}


def command(folder: Path, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Starts `ifc build` in a folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "ifc", "build", "app.ifc", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


# --- the same bytes ---


def test_equal_files_make_equal_archives(tmp_path: Path) -> None:
    """Neither the folder, nor times, nor rights of others, nor what the cache holds show in the bytes."""
    one, two = tmp_path / "one", tmp_path / "a" / "longer" / "place"
    first = python_app(one, FILES)
    second = python_app(two, dict(reversed(FILES.items())))
    os.utime(two / "lib/x.py", (1e9, 1e9))
    os.chmod(two / "lib/x.py", 0o664)
    third = python_app(two, {})
    assert archives(one) == archives(two)
    assert first.built["work"].digest == second.built["work"].digest == third.built["work"].digest
    assert first.built["work"].key == f"{first.built['work'].digest[:32]}.zip"


def test_what_is_in_an_archive(tmp_path: Path) -> None:
    """Names, modes and contents, and nothing of when and by whom it was made."""
    make(tmp_path, FILES)
    os.chmod(tmp_path / "src/run.sh", 0o755)
    found = python_app(tmp_path, {}).built["work"]
    with zipfile.ZipFile(found.path) as archive:
        assert archive.testzip() is None
        members = archive.infolist()
    assert [(m.filename, oct(m.external_attr >> 16)) for m in members] == [
        ("lib/x.py", "0o100644"),
        ("src/run.sh", "0o100755"),
        ("src/work.py", "0o100644"),
        ("src/ä.txt", "0o100644"),
    ]
    assert {(m.date_time, m.create_system, m.compress_type) for m in members} == {((1980, 1, 1, 0, 0, 0), 3, zipfile.ZIP_DEFLATED)}
    assert (found.size, found.unpacked) == (os.path.getsize(found.path), sum(m.file_size for m in members))


def test_functions_of_one_content_share_an_archive(tmp_path: Path) -> None:
    """Each is told of, with its own parameter, and one zip is written."""
    make(tmp_path, {"app.ifc": app('one "src/work.run" { runtime python3.13 }', 'two "src/work.run" { runtime python3.12 }'), **FILES})
    outcome = built(tmp_path)
    assert outcome.built["one"].key == outcome.built["two"].key
    assert [b.parameter for b in outcome.built.values()] == ["oneCodeKey", "twoCodeKey"]
    assert len(archives(tmp_path)) == 1


def test_a_zip_of_very_many_files(tmp_path: Path) -> None:
    """More files than the plain format can count are counted by its later addition."""
    make(tmp_path, {"empty": ""})
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    items = [Item(f"{n:05}", False, 0, empty, str(tmp_path / "empty")) for n in range(65_540)]
    items = [*items[:2], *(Item(i.path, False, 0, empty, "", zips.Packed(0, 0, 0)) for i in items[2:])]
    with mock_open(tmp_path), (tmp_path / "out.zip").open("wb") as out:
        zips.write(out, items)
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert len(archive.namelist()) == 65_540


# --- what is kept ---


def test_what_did_not_change_is_not_packed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second build reads no source and writes no archive; a changed function's alone is new."""
    make(tmp_path, {"app.ifc": app('one "src/one.run" { runtime python3.13 }', 'two "src/two.run" { runtime python3.13 }')})
    make(tmp_path, {"src/one.py": HANDLER, "src/two.py": HANDLER + "# two\n"})
    age(tmp_path / "src")
    assert [b.reused for b in built(tmp_path).built.values()] == [False, False]
    read = zips.read

    def none(path: str) -> object:
        raise AssertionError(path)

    with monkeypatch.context() as patch:
        patch.setattr(zips, "read", none)
        assert [b.reused for b in built(tmp_path).built.values()] == [True, True]
    make(tmp_path, {"src/two.py": HANDLER + "# 2\n"})
    opened: list[str] = []

    def seen(path: str) -> object:
        opened.append(os.path.basename(path))
        return read(path)

    monkeypatch.setattr(zips, "read", seen)
    assert [b.reused for b in built(tmp_path).built.values()] == [True, False]
    assert set(opened) == {"two.py"}


def age(folder: Path) -> None:
    """Lets a cache trust what it saw of files that were made just now."""
    ifc.build.cache.SETTLED = -1


@pytest.fixture(autouse=True)
def _settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps what `age` changes to one test."""
    monkeypatch.setattr(ifc.build.cache, "SETTLED", ifc.build.cache.SETTLED)


def test_a_file_that_was_written_just_now_is_read_again(tmp_path: Path) -> None:
    """Two writes within a step of the file system's clock can't be told apart, so what is new isn't remembered yet."""
    first = python_app(tmp_path, {"src/work.py": HANDLER + "# 1\n"})
    before = os.stat(tmp_path / "src/work.py")
    index = json.loads((tmp_path / ".ifc/build/index.json").read_bytes().partition(b"\n")[2])
    assert index["files"] == {}
    with (tmp_path / "src/work.py").open("r+") as file:
        file.write(HANDLER + "# 2\n")
    os.utime(tmp_path / "src/work.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert built(tmp_path).built["work"].digest != first.built["work"].digest


DAMAGE: dict[str, Callable[[Path], object]] = {
    "cut": lambda path: os.truncate(path, 40),
    "empty": lambda path: os.truncate(path, 0),
    "another byte": lambda path: path.write_bytes(path.read_bytes().replace(b"src/work.py", b"src/work.pi")),
    "text": lambda path: path.write_text("no zip at all"),
    "another archive": lambda path: other_archive(path),
    "a folder": lambda path: folder_instead(path),
}


def folder_instead(path: Path) -> None:
    """Puts a folder there."""
    path.unlink()
    path.mkdir()
    (path / "x").write_text("y", encoding="utf-8")


def other_archive(path: Path) -> None:
    """Puts a good archive of something else there."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", "y")


@pytest.mark.parametrize("index", ["kept", "lost", "broken"])
@pytest.mark.parametrize("how", DAMAGE)
def test_a_damaged_archive_is_made_again(how: str, index: str, tmp_path: Path) -> None:
    """Whatever happened to an archive in the cache, what a build hands out is whole."""
    first = python_app(tmp_path, FILES).built["work"]
    before = Path(first.path).read_bytes()
    DAMAGE[how](Path(first.path))
    if index == "lost":
        (tmp_path / ".ifc/build/index.json").unlink()
    elif index == "broken":
        (tmp_path / ".ifc/build/index.json").write_bytes(b"1 abc\n{")
    again = built(tmp_path).built["work"]
    assert (again.reused, Path(again.path).read_bytes()) == (False, before)
    assert built(tmp_path).built["work"].reused


def test_a_lost_index_costs_no_archive(tmp_path: Path) -> None:
    """Archives are known by what is in them, not by what is written down of them."""
    first = python_app(tmp_path, FILES).built["work"]
    (tmp_path / ".ifc/build/index.json").unlink()
    again = built(tmp_path).built["work"]
    assert (again.reused, again.key) == (True, first.key)


def test_git_leaves_the_cache_alone(tmp_path: Path) -> None:
    """The folder ignores itself, as `ifc local` lets it; a file that is there stays."""
    python_app(tmp_path, FILES)
    assert (tmp_path / ".ifc/.gitignore").read_text() == "*\n"
    (tmp_path / ".ifc/.gitignore").write_text("# mine\n")
    python_app(tmp_path, FILES)
    assert (tmp_path / ".ifc/.gitignore").read_text() == "# mine\n"


# --- at the same time, and in the middle ---


def test_two_builds_at_once(tmp_path: Path) -> None:
    """Builds at the same time end well and leave one whole archive, and nothing of theirs on the way."""
    make(tmp_path, {"app.ifc": app('work "src/work.run" { runtime python3.13 }'), **FILES})
    running = [command(tmp_path, "-o", f"out{n}") for n in range(3)]
    assert [r.wait(60) for r in running] == [0, 0, 0]
    [(name, content)] = archives(tmp_path).items()
    assert [(tmp_path / f"out{n}/code" / name).read_bytes() for n in range(3)] == [content] * 3
    assert os.listdir(tmp_path / ".ifc/build/work") == []


def slow_installer(folder: Path) -> str:
    """A PATH on which `uv` says that it began, and never ends."""
    tool = make(folder, {"uv": '#!/bin/sh\nwhile [ "$1" != --target ]; do shift; done\ntouch "$2/half.py"\nsleep 600\n'}) / "uv"
    tool.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_build_that_is_ended(how: signal.Signals, tmp_path: Path) -> None:
    """A build that ends in the middle leaves no output, and the next one tidies up and is whole."""
    packages = wheel(tmp_path / "wheels", "small", "1.0", {"small.py": "x = 1\n"}).parent
    make(tmp_path, {"app.ifc": app('work "src/work.run" { runtime python3.13 }'), "src/work.py": "import small\n" + HANDLER})
    make(tmp_path, {"requirements.txt": f"--no-index\n--find-links {packages}\nsmall==1.0\n"})
    running = command(tmp_path, PATH=slow_installer(tmp_path / "tools"))
    work = tmp_path / ".ifc/build/work"
    end = time.monotonic() + 30
    while not list(work.glob("*/*/half.py")):
        assert time.monotonic() < end, "it never began"
        time.sleep(0.02)
    if how == signal.SIGINT:
        os.killpg(running.pid, how)  # as a terminal does
    else:
        running.kill()
    assert running.wait(30) == (130 if how == signal.SIGINT else -how)
    if how == signal.SIGKILL:
        os.killpg(running.pid, signal.SIGKILL)
    assert not (tmp_path / "build").exists()
    assert built(tmp_path).names("work")[-2:] == ["small.py", "src/work.py"]
    assert os.listdir(work) == []


def test_a_cache_that_can_not_be_written(tmp_path: Path) -> None:
    """A build that can keep nothing says so, and is the same otherwise."""
    make(tmp_path, {".ifc": "in the way"})
    outcome = python_app(tmp_path, FILES)
    assert outcome.only("IFC737").severity == "warning"
    assert outcome.names("work") == ["lib/x.py", "src/run.sh", "src/work.py", "src/ä.txt"]
    assert not outcome.built["work"].path.startswith(str(tmp_path))
    (tmp_path / ".ifc").unlink()
    assert built(tmp_path).built["work"].digest == outcome.built["work"].digest


def test_a_cache_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is there and may not be written is passed by, too."""
    python_app(tmp_path, FILES)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert python_app(tmp_path, FILES).codes == ["IFC737"]


# --- what is in the way ---


def test_more_than_lambda_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is too large is told with its largest files, before any of it is read."""
    make(tmp_path, {"src/work.py": HANDLER})
    with (tmp_path / "src/film.bin").open("wb") as file:
        file.truncate(251 << 20)
    monkeypatch.setattr(Cache, "item", lambda *_: pytest.fail("it is read"))
    said = python_app(tmp_path, {}).only("IFC736")
    assert said.message == "the code of `work` is 251 MB unpacked, and Lambda takes 250 MB"
    assert "`src/film.bin` (251 MB), `src/work.py` (" in str(said.help)


def test_layers_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is of a function with its layers."""
    monkeypatch.setattr(builder, "MOST", 3000)
    make(tmp_path, {"app.ifc": 'app small\nlayer Shared "opt"\nfunction work "src/work.run" { runtime python3.13; layers Shared }\n'})
    make(tmp_path, {"src/work.py": HANDLER, "src/a.txt": "a" * 2000, "opt/data/b.txt": "b" * 2000})
    said = built(tmp_path).only("IFC736")
    assert said.message == "the code of `work` is 2.0 KB unpacked with 2.0 KB of layers, and Lambda takes 2.9 KB"


def test_all_that_is_wrong_is_said(tmp_path: Path) -> None:
    """Each function's own trouble is told, the same one once."""
    lines = [f'{name} "src/{name}.run" {{ runtime python3.13 }}' for name in ("one", "two", "three")]
    make(tmp_path, {"app.ifc": app(*lines), **{f"src/{name}.py": HANDLER for name in ("one", "two", "three")}})
    make(tmp_path, {"requirements.txt": "-e ./lib\n"})
    make(tmp_path, {"src/one.py": "import x\n" + HANDLER, "src/two.py": "import x\n" + HANDLER, "src/three.py": "import src.a\n" + HANDLER})
    (tmp_path / "src/a.py").symlink_to("nowhere")
    outcome = built(tmp_path)
    assert [c for c in outcome.codes if c != "IFC717"] == ["IFC711", "IFC731"]
    assert outcome.built == {}


def test_odd_names(tmp_path: Path) -> None:
    """Names that are legal where the files are go into the archive as they are."""
    odd = [
        "src/a b.txt",
        "src/it's.txt",
        'src/"q".txt',
        "src/new\nline.txt",
        "src/back\\slash.txt",
        "src/-r.txt",
        "src/日本.txt",
        "src/" + "x" * 250,
    ]
    outcome = python_app(tmp_path, {"src/work.py": HANDLER, **dict.fromkeys(odd, "x")})
    assert outcome.names("work") == sorted([*odd, "src/work.py"])


# --- archives that something else built ---


def prebuilt(folder: Path, content: bytes | None = None) -> Outcome:
    """Builds an app whose code is an archive already."""
    make(folder, {"app.ifc": app('work "example.Handler::run" { runtime java21; code "target/work.jar" }')})
    (folder / "target").mkdir(exist_ok=True)
    if content is None:
        with zipfile.ZipFile(folder / "target/work.jar", "w") as archive:
            archive.writestr("example/Handler.class", b"\xca\xfe" * 1000)
    else:
        (folder / "target/work.jar").write_bytes(content)
    return built(folder)


def test_a_built_archive_is_taken_as_it_is(tmp_path: Path) -> None:
    """It is copied byte for byte, and named by its bytes."""
    found = prebuilt(tmp_path).built["work"]
    assert Path(found.path).read_bytes() == (tmp_path / "target/work.jar").read_bytes()
    assert (found.reused, found.unpacked) == (False, 2000)
    assert prebuilt(tmp_path, Path(found.path).read_bytes()).built["work"].reused
    os.truncate(found.path, 10)
    again = built(tmp_path).built["work"]
    assert (again.reused, os.path.getsize(again.path)) == (False, again.size)


def test_globs_of_a_built_archive(tmp_path: Path) -> None:
    """An archive that is taken as it is can't be added to, so who asks for that is told."""
    prebuilt(tmp_path)
    text = (tmp_path / "app.ifc").read_text().replace("runtime", 'include "a"; exclude "b"; runtime')
    outcome = built(make(tmp_path, {"app.ifc": text}))
    assert (outcome.codes, outcome.names("work")) == (["IFC738", "IFC738"], ["example/Handler.class"])


def test_a_broken_archive(tmp_path: Path) -> None:
    """Something else than a zip file would fail only in the account."""
    assert prebuilt(tmp_path, b"PK\x03\x04 not an archive").only("IFC715").message.startswith("the archive `")


def test_an_archive_of_nothing(tmp_path: Path) -> None:
    """Lambda would refuse it in the middle of a deployment."""
    empty = io.BytesIO()
    with zipfile.ZipFile(empty, "w") as archive:
        archive.mkdir("folder")
    make(tmp_path, {"app.ifc": app('work "src/work.run" { runtime python3.13; code "done.zip" }'), "done.zip": empty.getvalue()})
    assert "holds no file" in built(tmp_path).only("IFC714").message


@pytest.mark.parametrize(
    ("runtime", "names", "message", "advice"),
    [
        ("python3.13", ["src/wrok.py"], "there is no file `src/work.py` in the archive `done.zip`", "write `src/wrok.run`"),
        ("python3.13", ["src/Work.py", "a.b/work.py"], "there is no file `src/work.py` in the archive `done.zip`", "write `src/Work.run`"),
        (
            "nodejs22.x",
            ["out/src/work.mjs"],
            "there is no file `src/work.js` in the archive `done.zip` (nor `.mjs` or `.cjs`)",
            "the archive has it in `out/`: write `out/src/work.run`, or zip what is in that folder",
        ),
        ("python3.13", ["src/work.py"], "", ""),
        ("python3.13", ["./src/work/__init__.pyc"], "", ""),
        ("python3.13", ["src/work.cpython-313-aarch64-linux-gnu.so"], "", ""),
        ("python3.13", ["src\\work.py"], "", ""),
        ("nodejs22.x", ["src/work/index.js"], "", ""),
        ("nodejs22.x", ["node_modules/src/work.js"], "", ""),
        ("java21", ["other.class"], "", ""),
        ("python3.13; layers own", ["other.py"], "", ""),
    ],
)
def test_a_handler_in_a_built_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: str, names: list[str], message: str, advice: str
) -> None:
    """Its file must be there letter for letter, in whatever form the runtime loads; a layer may have it, too."""
    with zipfile.ZipFile(tmp_path / "done.zip", "w") as archive:
        for name in names:
            archive.writestr(name, "1")
    text = app(f'work "src/work.run" {{ runtime {runtime}; code "done.zip" }}')
    monkeypatch.chdir(tmp_path)
    outcome = built(make(Path(), {"app.ifc": text + 'layer own "own"\n' * ("own" in runtime), "own/python/a.py": ""}))
    if not message:
        assert outcome.codes == []
        return
    told = outcome.only("IFC702")
    assert (told.message, told.help) == (message, advice)


def test_an_archive_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is of what Lambda unpacks, whoever packed it."""
    monkeypatch.setattr(builder, "MOST", 1000)
    assert prebuilt(tmp_path).codes == ["IFC736"]


# --- output ---


def test_the_output_has_the_archives(tmp_path: Path) -> None:
    """Each archive is there under its key; one that was cut or changed is written again, and no other; the second build says that nothing changed."""
    make(tmp_path, {"app.ifc": app('work "src/work.run" { runtime python3.13 }'), **FILES})
    first = command(tmp_path)
    said = first.communicate(timeout=60)[1]
    assert " new\n1 archive, " in said
    [path] = (tmp_path / "build/cfn/code").iterdir()
    whole = path.read_bytes()
    for damaged in (whole[:20], bytes([whole[0] ^ 1]) + whole[1:]):
        path.write_bytes(damaged)
        said = command(tmp_path).communicate(timeout=60)[1]
        assert " unchanged\n1 archive, " in said
        assert path.read_bytes() == whole
    before = path.stat().st_ino
    command(tmp_path).communicate(timeout=60)
    assert path.stat().st_ino == before
    for name, age in ((".ifc-old", 7200), (".ifc-new", 0)):  # left by a build that was killed, and of one that goes on
        make(tmp_path, {f"build/cfn/code/{name}": "x"})
        os.utime(tmp_path / "build/cfn/code" / name, (time.time() - age, time.time() - age))
    command(tmp_path).communicate(timeout=60)
    assert {p.name for p in (tmp_path / "build/cfn/code").iterdir()} == {path.name, ".ifc-new"}


def mock_open(folder: Path) -> object:
    """Lets the empty compressed files of a test be copied from nowhere."""
    from unittest import mock

    return mock.patch.object(zips, "_copied", lambda out, item, packed: packed)


def test_the_index_is_thrown_away_with_the_cache(tmp_path: Path) -> None:
    """All of the cache may go at any time."""
    first = python_app(tmp_path, FILES).built["work"]
    shutil.rmtree(tmp_path / ".ifc")
    again = built(tmp_path).built["work"]
    assert (again.reused, again.digest) == (False, first.digest)


def test_a_build_without_functions(tmp_path: Path) -> None:
    """An app of queues alone has nothing to build, and leaves nothing behind."""
    make(tmp_path, {"app.ifc": "app small\nqueue Jobs\n"})
    assert built(tmp_path).built == {}
    assert not (tmp_path / ".ifc").exists()


def test_a_cache_knows_what_builds_of_other_stages_knew(tmp_path: Path) -> None:
    """What one build notes, the next one keeps though it does not need it."""
    with Cache(str(tmp_path), Report()) as cache:
        cache.remember("sort", "a", 1)
    with Cache(str(tmp_path), Report()) as cache:
        cache.remember("sort", "b", 2)
    with Cache(str(tmp_path), Report()) as cache:
        assert (cache.known("sort", "a"), cache.known("sort", "b"), cache.known("sort", "c")) == (1, 2, None)


def test_installed_node_packages_go_too(tmp_path: Path) -> None:
    """What npm installed for a project goes once no build has used it for two weeks."""
    for name, days in (("old", 30), ("new", 1)):
        make(tmp_path, {f".ifc/build/modules/{name}/done": "", f".ifc/build/modules/{name}/node_modules/x/main.js": ""})
        then = time.time() - days * 86_400
        os.utime(tmp_path / f".ifc/build/modules/{name}/done", (then, then))
    python_app(tmp_path, FILES)
    assert os.listdir(tmp_path / ".ifc/build/modules") == ["new"]


def test_what_no_build_uses_goes(tmp_path: Path) -> None:
    """Archives of long ago go once a new one is made; one that builds still use stays, however old it is."""
    make(tmp_path, {"app.ifc": app('one "src/one.run" { runtime python3.13 }', 'two "src/two.run" { runtime python3.13 }')})
    make(tmp_path, {"src/one.py": HANDLER, "src/two.py": HANDLER + "# two\n"})
    first = {name: Path(b.path) for name, b in built(tmp_path).built.items()}
    long_ago = time.time() - 30 * 86_400
    for path in first.values():
        os.utime(path, (long_ago, long_ago))
    make(tmp_path, {"src/two.py": HANDLER + "# 2\n"})
    second = built(tmp_path).built
    assert [b.reused for b in second.values()] == [True, False]
    assert sorted(archives(tmp_path)) == sorted(b.key for b in second.values())
    assert time.time() - first["one"].stat().st_mtime < 3600
    assert [b.reused for b in built(tmp_path).built.values()] == [True, True]


def test_what_was_used_lately_stays(tmp_path: Path) -> None:
    """A build of another stage, or of yesterday's code, finds its archives."""
    first = python_app(tmp_path, FILES).built["work"]
    python_app(tmp_path, {"lib/x.py": "x = 2\n"})
    assert python_app(tmp_path, FILES).built["work"].reused
    assert first.key in archives(tmp_path)


def test_another_release_looks_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one release saw in a file is not what the next one sees; archives stay, since they are known by their contents."""
    first = python_app(tmp_path, FILES).built["work"]
    monkeypatch.setattr(ifc.build.cache, "__version__", "99")
    with Cache(str(tmp_path), Report()) as cache:
        assert cache.known("archives", first.digest) is None
    assert built(tmp_path).built["work"].reused


@pytest.mark.parametrize("locks", [True, False])
def test_what_other_builds_left(locks: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a build works on is left to it; what nobody holds goes, and where there are no locks, what is old."""
    import errno
    import fcntl

    python_app(tmp_path, FILES)
    work = make(tmp_path / ".ifc/build/work", {"dead/lock": "", "dead/half": "", "live/lock": "", "old/half": "", "new/half": ""})
    for name in ("dead", "old"):
        os.utime(work / name, (1e9, 1e9))
    with (work / "live/lock").open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not locks:

            def none(*_: object) -> None:
                raise OSError(errno.ENOLCK, "No locks available")

            monkeypatch.setattr(fcntl, "flock", none)
        python_app(tmp_path, {"lib/x.py": "x = 2\n"})
        assert sorted(os.listdir(work)) == ["live", "new"]
