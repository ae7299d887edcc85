"""`ifc golden` as a user runs it, and the pytest plugin as a project has it: what is compared, what is written, and what never is."""

from __future__ import annotations

import gc
import io
import json
import os
import re
import stat
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

import pytest

from ifc.cli import main
from ifc.golden import differences, members, presence, settings, trees, writing
from tests.agreed import ROOT

pytest_plugins = ["pytester"]

APP = 'app small\nqueue Jobs\nfunction work "src/work.handler" { runtime python3.13 }\nJobs -> work\n'
HANDLER = "def handler(event, context):\n    return {'batchItemFailures': []}\n"
CONFIG = '[tool.ifc]\napps = ["app.ifc"]\n'
TEMPLATE = Path("golden/small/cfn/template.yaml")


def project(folder: Path, config: str = CONFIG) -> Path:
    """A folder with a small app and its configuration."""
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "work.py").write_text(HANDLER)
    (folder / "app.ifc").write_text(APP)
    (folder / "pyproject.toml").write_text(config)
    return folder


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project, which is the current folder, on nobody's CI."""
    for name in ("CI", *writing.OTHERS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_COLOR", "")
    monkeypatch.chdir(project(tmp_path / "project"))
    return tmp_path / "project"


def ifc(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in a process of its own."""
    command = [sys.executable, "-m", "ifc", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=False)


class Said:
    """What a command said in this process, and its exit code."""

    def __init__(self, *arguments: str) -> None:
        out, errors = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(errors):
            self.code = main(["golden", *arguments])
        gc.enable()  # a command switches it off, since it is soon over
        self.out, self.errors = out.getvalue(), errors.getvalue()


def files(folder: Path | str) -> dict[str, bytes]:
    """Every file below a folder with its content, links by where they lead."""
    found: dict[str, bytes] = {}
    for path in sorted(Path(folder).rglob("*")):
        if path.is_symlink():
            found[str(path.relative_to(folder))] = os.fsencode(os.readlink(path))
        elif path.is_file():
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


# --- check and update ---


def test_the_whole_story(app: Path) -> None:
    """Nothing is agreed, it is updated, it is as agreed, the app changes, the diff is shown, it is updated again."""
    first = ifc("golden", "check")
    assert (first.returncode, first.stderr) == (1, "")
    assert first.stdout == f"{TEMPLATE}: missing\n\n1 file missing\nIf this is meant: ifc golden update\n"
    assert not Path("golden").exists()
    done = ifc("golden", "update")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{TEMPLATE}: new\n", "1 new\n")
    done = ifc("golden", "check")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "1 golden file of 1 app: as agreed\n")
    (app / "app.ifc").write_text(APP.replace("3.13", "3.14"))
    done = ifc("golden", "check")
    assert done.returncode == 1
    head = [f"{TEMPLATE}: different", f"--- {TEMPLATE} (agreed)", f"+++ {TEMPLATE} (now)"]
    assert done.stdout.splitlines()[:3] == head
    assert "\n-      Runtime: python3.13\n+      Runtime: python3.14\n" in done.stdout
    assert done.stdout.endswith("\n\n1 file different\nIf this is meant: ifc golden update\n")
    assert ifc("golden", "update").stdout == f"{TEMPLATE}: changed\n"
    assert ifc("golden", "update").stderr == "1 same\n"
    assert ifc("golden", "check").returncode == 0


def test_what_is_compared_is_what_a_compile_writes(app: Path) -> None:
    """The bytes are those of `ifc compile` for every target; digests, the library, empty files and code are left out."""
    (app / "app.ifc").write_text(APP)
    (app / "pyproject.toml").write_text(CONFIG + 'targets = ["cfn", "terraform", "spacer"]\nstages = ["prod"]\n')
    assert Said("update").code == 0
    for target in ("cfn", "terraform", "spacer"):
        assert ifc("compile", "app.ifc", "--target", target, "--stage", "prod").returncode == 0
        written, agreed = files(f"build/prod/{target}"), files(f"golden/small/prod/{target}")
        assert agreed
        assert {name: written.get(name) for name in agreed} == agreed
        assert not [name for name in agreed if name.startswith(("lib/", "code/")) or not agreed[name]]
        left_out = sorted(set(written) - set(agreed) - {".ifc-files.json"})
        assert all(re.match(r"(lib|code)/|(logs|temp)/\.gitkeep$", name) for name in left_out) if target == "spacer" else not left_out


def test_a_change_of_code_alone_is_none(app: Path) -> None:
    """Handlers are code, in Lua too, which a Spacer project holds as it is; and golden files are no code."""
    (app / "pyproject.toml").write_text(CONFIG + 'targets = ["cfn", "terraform"]\n')
    ifc("build", "app.ifc")
    digests = Path("build/cfn/code.json").read_bytes()
    assert Said("update").code == 0
    ifc("build", "app.ifc")
    assert Path("build/cfn/code.json").read_bytes() == digests, "the golden files are in the archive"
    (app / "src" / "work.py").write_text(HANDLER + "# another\n")
    assert Said("check").code == 0
    (app / "pyproject.toml").write_text(CONFIG + 'targets = ["spacer"]\n')
    (app / "app.ifc").write_text('app small\napi Public { GET /a -> hi }\nfunction hi "src/hi.handler"\n')
    (app / "src" / "hi.lua").write_text("return { handler = function() return {} end }\n")
    assert Said("update").code == 0
    assert "golden/small/spacer/config/ifc.json" in [str(p) for p in Path("golden").rglob("*.json")]
    (app / "src" / "hi.lua").write_text("return { handler = function() return { statusCode = 201 } end }\n")
    assert Said("check").code == 0


def test_from_a_folder_below_and_by_config(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The configuration is found upwards, paths are told from here, and `--config` names another, which the command repeats."""
    (app / "src" / "pyproject.toml").write_text('[project]\nname = "no ifc"\n')
    monkeypatch.chdir(app / "src")
    assert ifc("golden", "update").stdout == f"../{TEMPLATE}: new\n"
    assert ifc("golden", "check").returncode == 0
    monkeypatch.chdir(app.parent)
    assert ifc("golden", "check", "--config", "project/pyproject.toml").returncode == 0
    (app / TEMPLATE).unlink()
    done = ifc("golden", "check", "--config", "project/pyproject.toml")
    assert "If this is meant: ifc golden update --config project/pyproject.toml\n" in done.stdout
    assert ifc("golden", "check").returncode == 2


def test_the_bytes_are_the_same_from_everywhere(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is compared holds nothing of where the command was started."""
    (app / "pyproject.toml").write_text(CONFIG + 'targets = ["cfn", "terraform", "spacer"]\n')
    assert Said("update").code == 0
    for place in (app / "src", Path("/")):
        monkeypatch.chdir(place)
        assert Said("check", "--config", str(app / "pyproject.toml")).code == 0


def test_one_app_of_several(app: Path) -> None:
    """`--app` takes names and paths; the command that updates names only the apps that differ."""
    (app / "billing").mkdir()
    (app / "billing" / "app.ifc").write_text("app billing\nqueue Bills\n")
    (app / "pyproject.toml").write_text('[tool.ifc]\napps = ["app.ifc", "billing"]\n')
    assert Said("update").code == 0
    Path("golden/billing/cfn/template.yaml").unlink()
    assert Said("check", "--app", "small").code == 0
    assert Said("check", "--app", "app.ifc").code == 0
    for chosen in ([], ["--app", "billing"], ["--app", "billing/app.ifc"], ["--app", "small", "billing"]):
        said = Said("check", *chosen)
        assert (said.code, said.out.splitlines()[-1]) == (1, "If this is meant: ifc golden update --app billing")
    TEMPLATE.unlink()
    assert Said("update", "--app", "billing").out == "golden/billing/cfn/template.yaml: new\n"
    assert not TEMPLATE.exists()
    said = Said("check", "--app", "biling")
    assert (said.code, "write `--app billing`" in said.errors) == (2, True)


def test_apps_by_pattern(app: Path) -> None:
    """A pattern is of files or folders; an app that two entries name is one."""
    for name in ("one", "two"):
        (app / "services" / name).mkdir(parents=True)
        (app / "services" / name / "app.ifc").write_text(f"app {name}\nqueue Q\n")
    (app / "services" / "notes").mkdir()
    for patterns in (["services/*"], ["services/*/app.ifc"], ["services/**/*.ifc", "services/two"]):
        (app / "pyproject.toml").write_text(f"[tool.ifc]\napps = {json.dumps(patterns)}\n")
        assert Said("check").out.count(": missing") == 2


def test_params_go_to_the_apps_that_declare_them(app: Path) -> None:
    """A param reaches the apps that have it, a stage's value its stage; the types of TOML become the text of `--param`."""
    (app / "app.ifc").write_text(
        APP + 'param size 1\nparam loud off\nparam zones "a" { type list }\noutput size size\noutput zones zones\n'
    )
    (app / "other.ifc").write_text("app other\nqueue Q\n")
    params = '[tool.ifc.params]\nsize = 3\nloud = true\nzones = ["b", "c"]\n[tool.ifc.params.prod]\nsize = 4\n'
    (app / "pyproject.toml").write_text('[tool.ifc]\napps = ["app.ifc", "other.ifc"]\nstages = ["dev", "prod"]\n' + params)
    assert Said("update").code == 0
    dev, prod = (Path(f"golden/small/{stage}/cfn/template.yaml").read_text() for stage in ("dev", "prod"))
    assert ("Default: 3\n" in dev, "Default: 4\n" in prod) == (True, True)
    assert ("Default: b,c\n" in dev, "Default: 4\n" in dev) == (True, False)


def test_formats(app: Path) -> None:
    """The template is JSON where that is said, and the YAML of before is a stray then."""
    assert Said("update").code == 0
    (app / "pyproject.toml").write_text(CONFIG + 'format = "json"\n')
    assert Said("check").out.splitlines()[:2] == ["golden/small/cfn/template.json: missing", "golden/small/cfn/template.yaml: stray"]
    assert Said("update").code == 0
    assert list(files("golden/small")) == ["cfn/template.json"]


def test_code_need_not_be_there(app: Path) -> None:
    """With `code = false` it is as with `--no-code`; else a handler that is not there is an error."""
    (app / "src" / "work.py").unlink()
    said = Said("check")
    assert (said.code, "error[IFC70" in said.errors) == (3, True)
    (app / "pyproject.toml").write_text(CONFIG + "code = false\n")
    assert (Said("update").code, Said("check").code) == (0, 0)


# --- the whole tree ---


def test_strays(app: Path) -> None:
    """A file that ifc doesn't write is a difference wherever it lies in the app's folder, and an update removes it, with its folder."""
    (app / "pyproject.toml").write_text(CONFIG + 'targets = ["cfn", "terraform"]\n')
    assert Said("update").code == 0
    (app / "pyproject.toml").write_text(CONFIG)
    Path("golden/small/cfn/old").mkdir()
    Path("golden/small/cfn/old/notes.txt").write_text("x")
    Path("golden/small/README.md").write_text("x")
    said = Said("check")
    assert said.code == 1
    strays = [line.removesuffix(": stray") for line in said.out.splitlines() if line.endswith(": stray")]
    terraform = [name for name in strays if name.startswith("golden/small/terraform/")]
    assert terraform
    assert set(strays) - set(terraform) == {"golden/small/cfn/old/notes.txt", "golden/small/README.md"}
    done = Said("update")
    assert sorted(line.removesuffix(": removed") for line in done.out.splitlines()) == sorted(strays)
    assert os.listdir("golden/small") == ["cfn"]
    assert Said("check").code == 0


def test_a_stage_has_a_folder_when_stages_are_named(app: Path) -> None:
    """Without stages there is none; what lay there before stages were named goes."""
    assert Said("update").code == 0
    (app / "pyproject.toml").write_text(CONFIG + 'stages = ["dev", "prod"]\n')
    assert Said("check").code == 1
    assert f"{TEMPLATE}: removed\n" in Said("update").out
    assert sorted(files("golden/small")) == ["dev/cfn/template.yaml", "prod/cfn/template.yaml"]


def test_the_folder_of_no_app(app: Path) -> None:
    """What an app left behind is a difference that an update doesn't remove but tells; other things beside are nobody's business."""
    assert Said("update").code == 0
    Path("golden/README.md").write_text("mine")
    Path("golden/pictures").mkdir()
    Path("golden/pictures/a.txt").write_text("mine")
    assert Said("check").code == 0
    (app / "app.ifc").write_text(APP.replace("app small", "app tiny"))
    assert Said("update").code == 0
    said = Said("check")
    remark = "golden/small: stray (no app of [tool.ifc] has this name: remove the folder, or name the app in `apps`)"
    assert (said.code, said.out) == (1, f"{remark}\n\n1 file stray\n")
    again = Said("update")
    assert (again.code, again.out) == (0, f"{remark}\n")
    assert Said("check", "--app", "tiny").code == 0
    assert {"README.md", "pictures/a.txt", "small/cfn/template.yaml"} < set(files("golden"))


def test_a_folder_that_ifc_did_not_write_is_left_alone(app: Path) -> None:
    """An app's folder that holds somebody's files and none of ifc's is never written into."""
    Path("golden/small").mkdir(parents=True)
    Path("golden/small/thesis.txt").write_text("mine")
    for action in ("check", "update"):
        said = Said(action)
        assert said.code == 3
        assert "`golden/small` holds files that ifc didn't write, such as `thesis.txt`" in said.errors
        assert "If this is meant" not in said.out, "an update refuses it, so none is advised"
    assert files("golden/small") == {"thesis.txt": b"mine"}


MARKER = Path("golden/.ifc-files.json")


@pytest.mark.parametrize(
    ("spoiled", "kind", "what"), [(None, "missing", "new"), ("{}", "different", "changed"), ("link", "different", "changed")]
)
def test_the_marker_of_the_golden_folder(app: Path, spoiled: str | None, kind: str, what: str) -> None:
    """Without it `ifc compile` doesn't know the folder, so a check finds that, and an update repairs it and says so."""
    assert Said("update").out == f"{TEMPLATE}: new\n", "that of a new folder is not spoken of"
    right = MARKER.read_text()
    MARKER.unlink()
    if spoiled == "link":
        MARKER.symlink_to("elsewhere")
    elif spoiled:
        MARKER.write_text(spoiled)
    said = Said("check")
    assert said.code == 1
    assert said.out.startswith(f"{MARKER}: {kind}")
    assert said.out.endswith("\nIf this is meant: ifc golden update\n")
    done = Said("update")
    assert (done.code, done.out) == (0, f"{MARKER}: {what}\n")
    assert done.errors == f"1 {what}, 1 same\n"
    assert (MARKER.read_text(), MARKER.is_symlink(), Said("check").code) == (right, False, 0)


def test_no_update_is_advised_that_refuses(app: Path) -> None:
    """Where all that an update could mend is held up by a folder that it refuses, none is advised; of other apps it is."""
    (app / "other.ifc").write_text(APP.replace("app small", "app other"))
    (app / "pyproject.toml").write_text('[tool.ifc]\napps = ["app.ifc", "other.ifc"]\n')
    assert Said("update").code == 0
    TEMPLATE.rename("golden/small/thesis.txt")
    MARKER.unlink()
    said = Said("check")
    assert (said.code, "If this is meant" in said.out) == (3, False)
    (app / "other.ifc").write_text(APP.replace("app small", "app other").replace("3.13", "3.14"))
    assert Said("check").out.endswith("\nIf this is meant: ifc golden update --app other\n")
    assert Said("update", "--app", "other").code == 0


def test_many_missing_files_are_counted(app: Path) -> None:
    """A folder that lacks all its files is told by the first ten and a count; `--full` names them all."""
    (app / "app.ifc").write_text(
        APP + "table T { key id: string }\ntopic P\nbus B\nstream S\nsecret X\nconfig C 1\nbucket F\napi A { GET / -> work }\n"
    )
    (app / "pyproject.toml").write_text(CONFIG + 'targets = ["terraform"]\n')
    whole = [line for line in Said("check", "--full").out.splitlines() if line.endswith(": missing")]
    assert len(whole) > 11
    said = Said("check")
    lines = said.out.splitlines()
    assert lines[:11] == [*whole[:10], f"golden/small/terraform: {len(whole) - 10} more missing"]
    assert f"{len(whole)} files missing" in said.out


def test_line_ends(app: Path) -> None:
    """A file that differs in its line ends alone is different, and is said to be in words instead of a diff of every line."""
    assert Said("update").code == 0
    agreed = TEMPLATE.read_bytes()
    for content, words in (
        (
            agreed.replace(b"\n", b"\r\n"),
            "in line ends only: it has CRLF, and ifc writes LF; a .gitattributes beside the golden files with `* -text` keeps git from changing them",
        ),
        (
            agreed.replace(b"\n", b"\r"),
            "in line ends only: it has CR, and ifc writes LF; a .gitattributes beside the golden files with `* -text` keeps git from changing them",
        ),
        (b"\xef\xbb\xbf" + agreed, "a byte-order mark at its beginning is all"),
    ):
        TEMPLATE.write_bytes(content)
        said = Said("check")
        assert (said.code, said.out.splitlines()[0]) == (1, f"{TEMPLATE}: different ({words})")
        assert "@@" not in said.out
    assert Said("update").code == 0
    assert TEMPLATE.read_bytes() == agreed


def test_odd_bytes(app: Path) -> None:
    """Bytes that are no text, or mean something to a terminal, are told without harm; the last line end counts."""
    assert Said("update").code == 0
    agreed = TEMPLATE.read_bytes()
    TEMPLATE.write_bytes(bytes(range(256)) * 4)
    assert ifc("golden", "check").stdout.splitlines()[0] == f"{TEMPLATE}: different (no text: 1024 bytes, and ifc writes {len(agreed)})"
    TEMPLATE.write_bytes(agreed + b"\xff\xfe \x1b[31m\xc3\xa9\n")
    done = ifc("golden", "check", PYTHONIOENCODING="ascii")
    assert done.returncode == 1
    assert "\n-\\xff\\xfe \\x1b[31m\\xe9\n" in done.stdout
    TEMPLATE.write_bytes(agreed.removesuffix(b"\n"))
    assert re.search(r"\n-.* \(no line end\)\n\+", Said("check").out)
    TEMPLATE.write_bytes(b"<<<<<<< ours\n" + agreed)
    assert f"{TEMPLATE}: different (it holds the marks of a merge conflict)\n" in Said("check").out
    (app / "app.ifc").write_text(APP + 'output sign "\\\\xff"\n')
    assert Said("update").code == 0
    TEMPLATE.write_bytes(TEMPLATE.read_bytes().replace(rb"\xff", b"\xff"))
    assert "the bytes are others and look the same" in Said("check").out
    assert ifc("golden", "update").returncode == 0


def test_names_that_are_no_text(app: Path) -> None:
    """A stray whose name is no UTF-8, or has a line end, is told and removed."""
    assert Said("update").code == 0
    for name in (b"caf\xe9.txt", b"two\nlines"):
        Path(os.fsdecode(b"golden/small/cfn/" + name)).touch()
    done = ifc("golden", "check")
    assert done.stdout.splitlines()[:2] == [r"golden/small/cfn/caf\udce9.txt: stray", r"golden/small/cfn/two\nlines: stray"]
    assert ifc("golden", "update").returncode == 0
    assert list(files("golden/small")) == ["cfn/template.yaml"]


def test_links(app: Path, tmp_path: Path) -> None:
    """A link is never followed: it is a difference, an update puts a file in its place, and where it led nothing changes."""
    assert Said("update").code == 0
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "template.yaml").write_bytes(TEMPLATE.read_bytes())
    TEMPLATE.unlink()
    TEMPLATE.symlink_to(outside / "template.yaml")
    Path("golden/small/terraform").symlink_to(outside)
    said = Said("check")
    assert said.out.splitlines()[:2] == [
        f"{TEMPLATE}: different (a link, where a file should be)",
        "golden/small/terraform: stray (a link)",
    ]
    (app / "app.ifc").write_text(APP.replace("3.13", "3.14"))
    (app / "pyproject.toml").write_text(CONFIG + 'targets = ["cfn", "terraform"]\n')
    Path("golden/small/cfn/folder").symlink_to(outside)
    assert "golden/small/terraform: stray (a link, where a folder should be)" in Said("check").out
    assert Said("update").code == 0
    assert Said("check").code == 0
    assert not [p for p in Path("golden").rglob("*") if p.is_symlink()]
    assert "python3.13" in (outside / "template.yaml").read_text()
    assert os.listdir(outside) == ["template.yaml"]


def test_a_link_in_place_of_an_apps_folder(app: Path, tmp_path: Path) -> None:
    """The folder of an app is refused where it is a link, and nothing is written behind it."""
    (tmp_path / "outside").mkdir()
    Path("golden").mkdir()
    Path("golden/small").symlink_to(tmp_path / "outside")
    for action in ("check", "update"):
        said = Said(action)
        assert (said.code, "`golden/small` is a link, and golden files lie in real folders" in said.errors) == (3, True)
    assert not os.listdir(tmp_path / "outside")


@pytest.mark.parametrize("place", ["golden", "golden/small"])
def test_a_file_where_a_folder_should_be(app: Path, place: str) -> None:
    """It can't be compared, and is not removed."""
    Path(place).parent.mkdir(exist_ok=True)
    Path(place).write_text("mine")
    for action in ("check", "update"):
        said = Said(action)
        assert (said.code, f"`{place}` is a file, where a folder should be" in said.errors, said.out) == (3, True, "")
    assert Path(place).read_text() == "mine"


def test_a_file_in_place_of_a_target(app: Path) -> None:
    """Below the folder of an app it is a stray, and an update puts the folder in its place; a folder for a file is the same."""
    (app / "pyproject.toml").write_text(CONFIG + 'targets = ["cfn", "terraform"]\n')
    assert Said("update").code == 0
    for name in files("golden/small/terraform"):
        Path("golden/small/terraform", name).unlink()
    Path("golden/small/terraform").rmdir()
    Path("golden/small/terraform").write_text("x")
    assert "golden/small/terraform: stray (a file, where a folder should be)\n" in Said("check").out
    assert (Said("update").code, Said("check").code) == (0, 0)
    TEMPLATE.unlink()
    TEMPLATE.mkdir()
    (TEMPLATE / "x").write_text("x")
    assert Said("check").out.splitlines()[:2] == [f"{TEMPLATE}: missing", f"{TEMPLATE}/x: stray"]
    assert (Said("update").code, Said("check").code) == (0, 0)


def test_something_in_place_of_a_stage(app: Path, tmp_path: Path) -> None:
    """A file or a link where the folder of a stage belongs is a stray, and an update puts the folder there."""
    (app / "pyproject.toml").write_text(CONFIG + 'stages = ["dev", "prod"]\n')
    assert Said("update").code == 0
    (tmp_path / "outside").mkdir()
    Path("golden/small/prod/cfn/template.yaml").unlink()
    for make in (os.mkfifo, lambda path: path.write_text("x"), lambda path: path.symlink_to(tmp_path / "outside")):
        subprocess.run(["rm", "-r", "golden/small/prod"], check=True)
        make(Path("golden/small/prod"))
        assert re.search(r"^golden/small/prod: stray \((a file|a link|no plain file), where a folder should be\)$", Said("check").out, re.M)
        assert (Said("update").code, Said("check").code) == (0, 0)
    assert not os.listdir(tmp_path / "outside")


def test_a_pipe_is_not_opened(app: Path) -> None:
    """Something that is no plain file is a difference; reading it would wait for ever."""
    assert Said("update").code == 0
    TEMPLATE.unlink()
    os.mkfifo(TEMPLATE)
    assert Said("check").out.startswith(f"{TEMPLATE}: different (no plain file, where a file should be)\n")
    assert (Said("update").code, Said("check").code) == (0, 0)


def test_folders_that_may_not_be_read_or_written(app: Path) -> None:
    """What the system refuses is told with its reason, and a check that could not be made is none that found nothing."""
    assert Said("update").code == 0
    before = files("golden")
    with mock.patch("os.scandir", side_effect=PermissionError(13, "Permission denied")):
        said = Said("check")
    assert (said.code, "`golden/small` can't be read: permission denied" in said.errors) == (3, True)
    (app / "app.ifc").write_text(APP.replace("3.13", "3.14"))
    with mock.patch("tempfile.mkdtemp", side_effect=PermissionError(13, "Permission denied", str(app / "golden" / "x"))):
        said = Said("update")
    assert (said.code, "`golden/x` can't be written: permission denied" in said.errors) == (3, True)
    assert files("golden") == before
    real = open

    def deny(file: object, *arguments: object, **named: object) -> object:
        if str(file).endswith("template.yaml"):
            raise PermissionError(13, "Permission denied")
        return real(file, *arguments, **named)  # type: ignore[call-overload]  # passed on as it came

    with mock.patch("builtins.open", deny):
        said = Said("check")
    assert (said.code, f"`{TEMPLATE}` can't be read: permission denied" in said.errors) == (3, True)


# --- diffs ---


def test_a_long_diff_is_cut(app: Path) -> None:
    """So many lines of a file are shown, the rest is counted, and the command that shows all is named and does."""
    assert Said("update").code == 0
    (app / "app.ifc").write_text(APP + "".join(f"queue Q{n}\n" for n in range(40)))
    cut, full = Said("check").out, Said("check", "--full").out
    whole = len(full.splitlines()) - 4  # without the file's line and the three at the end
    assert f"\n… {whole - differences.MOST} more lines: `ifc golden check --full` shows them\n" in cut
    assert len(cut.splitlines()) == differences.MOST + 5
    assert "more lines" not in full


def test_colours_are_for_terminals(app: Path) -> None:
    """A terminal gets colours unless it or the user wants none; a pipe never does."""
    import pty

    def on_a_terminal(**environment: str) -> str:
        inside, outside = pty.openpty()
        with subprocess.Popen(
            [sys.executable, "-m", "ifc", "golden", "check"],
            stdout=outside,
            stderr=outside,
            env={**os.environ, "TERM": "xterm", **environment},
        ) as running:
            os.close(outside)
            shown = b""
            while True:
                try:
                    piece = os.read(inside, 4096)
                except OSError:  # the terminal is closed
                    break
                if not piece:
                    break
                shown += piece
        os.close(inside)
        assert running.returncode == 1
        return shown.decode()

    assert Said("update").code == 0
    (app / "app.ifc").write_text(APP.replace("3.13", "3.14"))
    assert "\x1b[31m-      Runtime: python3.13\x1b[0m" in on_a_terminal()
    assert "\x1b" not in on_a_terminal(NO_COLOR="1")
    assert "\x1b" not in ifc("golden", "check").stdout


# --- apps with errors ---


def test_an_app_with_errors_never_looks_clean(app: Path) -> None:
    """Its diagnostics are shown once, the others are compared all the same, nothing is written, and the exit code is 3."""
    (app / "other.ifc").write_text("app other\nqueue Q\n")
    (app / "pyproject.toml").write_text('[tool.ifc]\napps = ["app.ifc", "other.ifc"]\ntargets = ["cfn", "terraform"]\n')
    assert Said("update").code == 0
    before = files("golden")
    (app / "app.ifc").write_text(APP + "Jobs -> wrk\n")
    said = Said("check")
    assert (said.code, said.out, said.errors.count("error[IFC201]")) == (3, "", 1)
    assert "ifc: not compared, because of these errors: small-cfn, small-terraform\n" in said.errors
    assert "as agreed" not in said.errors
    (app / "other.ifc").write_text("app other\nqueue Q { retention 1d }\n")
    said = Said("check")
    assert (said.code, "+" in said.out) == (3, True)
    assert said.out.splitlines()[-1] == "If this is meant: ifc golden update --app other"
    said = Said("update")
    assert (said.code, said.out) == (3, "")
    assert said.errors.endswith("not compared, because of these errors: small-cfn, small-terraform; nothing was written\n")
    assert files("golden") == before


@pytest.mark.parametrize(
    "source",
    ["", "queue Q\n", "app ../x\nqueue Q\n", "app small {\n", 'app small\nimport "no.ifc"\n', b"\xff\xfe", APP + "stage prod { }\n"],
    ids=["empty", "no-app", "a-path", "open", "import", "bytes", "stage"],
)
def test_sources_that_are_none(app: Path, source: str | bytes) -> None:
    """Whatever is wrong with the source, nothing is written and the exit code is 3."""
    (app / "pyproject.toml").write_text(CONFIG + 'stages = ["staging"]\n')
    (app / "app.ifc").write_bytes(source if isinstance(source, bytes) else source.encode())
    for action in ("check", "update"):
        said = Said(action)
        assert (said.code, "error[IFC" in said.errors, said.out) == (3, True, "")
    assert not Path("golden").exists()


# --- configuration ---

WRONG = {
    "no-section": ("", "no `pyproject.toml` here or above has `[tool.ifc]`", 'write [tool.ifc] with `apps = ["app.ifc"]` into `pyproject.toml`'),
    "not-toml": ('[tool.ifc]\napps = ["app.ifc"\n', "`pyproject.toml` is not TOML: unclosed array", "correct the line"),
    "no-apps": ("[tool.ifc]\n", "`[tool.ifc]` doesn't say which apps it is about", 'write `apps = ["app.ifc"]`'),
    "no-table": ("[tool]\nifc = 1\n", "`[tool.ifc]` is a table of settings, not a number", "write [tool.ifc]"),
    "near-key": ('[tool.ifc]\nap = ["app.ifc"]\n', "`[tool.ifc]` has no setting `ap`", "write `apps`"),
    "far-key": (CONFIG + "colour = 1\n", "`[tool.ifc]` has no setting `colour`", "there are `apps`, `targets`, `stages`, `golden`, `params`"),
    "apps-is-text": ('[tool.ifc]\napps = "app.ifc"\n', "`apps` is a list of texts, not a text", 'write `apps = ["app.ifc"]`'),
    "apps-holds-number": ("[tool.ifc]\napps = [1]\n", "`apps` holds a number, and takes texts", 'write `apps = ["app.ifc"]`'),
    "apps-is-empty": ("[tool.ifc]\napps = []\n", "`apps` is an empty list", 'write `apps = ["app.ifc"]`'),
    "app-twice": ('[tool.ifc]\napps = ["app.ifc", "app.ifc"]\n', "`apps` holds `app.ifc` twice", "take one of them out"),
    "app-is-not-there": ('[tool.ifc]\napps = ["ap.ifc"]\n', "there is no app `ap.ifc`", "paths start at the folder of `pyproject.toml`"),
    "no-app-in-folder": ('[tool.ifc]\napps = ["src"]\n', "the folder `src` holds no app.ifc", "name the app's .ifc file"),
    "pattern-fits-nothing": ('[tool.ifc]\napps = ["*/app.ifc"]\n', "no app fits `*/app.ifc`", "a pattern is of .ifc files"),
    "target": (CONFIG + 'targets = ["terrafrom"]\n', "`terrafrom` in `targets` is no target", "write `terraform`"),
    "stage": (CONFIG + 'stages = ["../x"]\n', "`../x` in `stages` is no stage", "a stage is a word"),
    "no-stages": (CONFIG + "stages = []\n", "`stages` is an empty list", 'write `stages = ["dev"]`, or leave it out'),
    "format": (CONFIG + 'format = "yml"\n', "`format` is of the CloudFormation template: `yaml` or `json`", 'write `format = "yaml"`'),
    "format-is-a-list": (CONFIG + 'format = ["yaml"]\n', "`format` is of the CloudFormation template", 'write `format = "yaml"`'),
    "flag": (CONFIG + 'golden_tests = "no"\n', "`golden_tests` is true or false, not a text", "write `golden_tests = true`"),
    "golden-is-number": (CONFIG + "golden = 1\n", "`golden` is the name of a folder, not a number", 'write `golden = "golden"`'),
    "golden-outside": (CONFIG + 'golden = "../golden"\n', "`golden` leads out of the project, to `../golden`", 'write `golden = "golden"`'),
    "golden-elsewhere": (CONFIG + 'golden = "/tmp"\n', "`golden` leads out of the project, to `/tmp`", 'write `golden = "golden"`'),
    "golden-is-all": (CONFIG + 'golden = "."\n', "`golden` is the folder of `pyproject.toml` itself", 'write `golden = "golden"`'),
    "golden-is-git": (CONFIG + 'golden = ".git"\n', "`golden` leads into `.git`, which is the version control's own", 'write `golden = "golden"`'),
    "golden-in-git": (CONFIG + 'golden = "a/.GIT/b"\n', "`golden` leads into `a/.GIT/b`, which is", 'write `golden = "golden"`'),
    "param-is-nan": (CONFIG + "[tool.ifc.params]\na = nan\n", "the param `a` is `nan`, which is no number", "write a text in quotes"),
    "params-is-text": (CONFIG + 'params = "a=b"\n', "`params` is a table, not a text", "write `[tool.ifc.params]`"),
    "param-is-date": (CONFIG + "[tool.ifc.params]\na = 2026-01-01\n", "the param `a` is a date or time", "write a text in quotes"),
    "param-of-no-app": (CONFIG + "[tool.ifc.params]\nsize = 1\n", "no app of `[tool.ifc]` declares a param `size`", "take it out"),
    "params-of-no-stage": (CONFIG + 'stages = ["prod"]\n[tool.ifc.params.prd]\na = 1\n', "`params` are given for the stage `prd`", "write `[tool.ifc.params.prod]`"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_configurations_that_are_wrong(app: Path, name: str) -> None:
    """A mistake ends with 2, has a code, says file and key, what is wrong and what to do; nothing is written."""
    content, message, help = WRONG[name]
    (app / "pyproject.toml").write_text(content)
    for action in ("check", "update"):
        said = Said(action)
        assert (said.code, said.out) == (2, "")
        assert f"error[IFC808]: {message}" in said.errors
        assert f"= help: {help}" in said.errors
        assert name in ("no-section", "no-table") or re.search(r"--> pyproject\.toml:\d+:\d+\n", said.errors)
    assert not Path("golden").exists()


def test_the_place_of_a_mistake(app: Path) -> None:
    """The line of the key is shown, also of a param, and not a line of the same name in another table."""
    (app / "pyproject.toml").write_text('[tool.other]\nformat = 1\n\n[tool.ifc]\napps = ["app.ifc"]\n  format = 7 # here\n')
    assert "--> pyproject.toml:6:3\n" in Said("check").errors
    (app / "pyproject.toml").write_text(CONFIG + "[tool.ifc.params]\n'a.b' = 1\nsize = 2\n[tool.z]\nsize = 1\n")
    (app / "app.ifc").write_text(APP + "param sise 1\noutput sise sise\n")
    said = Said("check")
    assert "--> pyproject.toml:5:1\n" in said.errors
    assert "= help: write `sise`" in said.errors
    (app / "pyproject.toml").write_text(CONFIG + "params = { size = 2 }\n[tool.z]\nsize = 1\n")
    assert "--> pyproject.toml:1:1\n" in Said("check").errors


def test_configurations_in_other_ways_to_write_them(app: Path) -> None:
    """What TOML allows is read: dotted keys, inline tables, a byte-order mark and CRLF."""
    for content in (
        'tool.ifc.apps = ["app.ifc"]\n',
        'tool = { ifc = { apps = ["app.ifc"] } }\n',
        '[tool]\nifc.apps = ["app.ifc"]\n',
        '\ufeff[ tool . ifc ]\r\napps = ["app.ifc"]\r\n',
    ):
        (app / "pyproject.toml").write_bytes(content.encode())
        assert Said("check").out.startswith(f"{TEMPLATE}: missing")


@pytest.mark.parametrize(
    ("config", "code"), [("nothing.toml", "IFC801"), ("src", "IFC801"), ("latin.toml", "IFC802"), ("app.ifc", "IFC808")]
)
def test_config_that_is_no_file_of_it(app: Path, config: str, code: str) -> None:
    """`--config` names a file that can be read and has the section."""
    (app / "latin.toml").write_bytes(b'[tool.ifc]\n# caf\xe9\napps = ["app.ifc"]\n')
    said = Said("check", "--config", config)
    assert (said.code, f"error[{code}]" in said.errors) == (2, True)


def test_two_apps_of_one_name(app: Path) -> None:
    """They would lie in one folder, so they are refused, also where only capitals tell them apart."""
    for name in ("small", "Small"):
        (app / "again.ifc").write_text(APP.replace("app small", f"app {name}"))
        (app / "pyproject.toml").write_text('[tool.ifc]\napps = ["app.ifc", "again.ifc"]\n')
        said = Said("update")
        assert said.code == 2
        told = "are both called `small`" if name == "small" else "are called `small` and `Small`, which only capitals tell apart"
        assert f"error[IFC809]: the apps in `app.ifc` and `again.ifc` {told}" in said.errors
    assert not Path("golden").exists()


def test_sources_among_the_golden_files(app: Path) -> None:
    """A folder that holds sources is not taken for the golden files: an update would remove them as strays."""
    (app / "apps" / "small" / "cfn").mkdir(parents=True)
    (app / "apps" / "small" / "cfn" / "template.yaml").write_text("looks like ours")
    (app / "app.ifc").rename(app / "apps" / "small" / "app.ifc")
    (app / "pyproject.toml").write_text('[tool.ifc]\napps = ["apps/small"]\ngolden = "apps"\n')
    said = Said("update")
    assert (said.code, "the app `apps/small/app.ifc` lies in `apps`, the folder of the golden files" in said.errors) == (2, True)
    (app / "app.ifc").write_text('app small\nimport "apps/small/app.ifc"\n')
    (app / "apps" / "small" / "app.ifc").write_text("queue Q\n")
    (app / "pyproject.toml").write_text('[tool.ifc]\napps = ["app.ifc"]\ngolden = "apps"\n')
    said = Said("update")
    assert (said.code, "`apps/small` holds `apps/small/app.ifc`, the app's own source" in said.errors) == (3, True)
    assert (app / "apps" / "small" / "app.ifc").read_text() == "queue Q\n"


def test_a_golden_folder_behind_a_link(app: Path, tmp_path: Path) -> None:
    """A link that leads out of the project is refused, one that leads nowhere too; one within it is taken."""
    (tmp_path / "outside").mkdir()
    Path("golden").symlink_to(tmp_path / "outside")
    assert (Said("update").code, os.listdir(tmp_path / "outside")) == (2, [])
    Path("golden").unlink()
    Path("golden").symlink_to("nowhere")
    assert Said("check").code == 3
    Path("golden").unlink()
    Path("agreed").mkdir()
    Path("golden").symlink_to("agreed")
    assert (Said("update").code, Said("check").code) == (0, 0)
    assert Path("agreed/small/cfn/template.yaml").exists()


@pytest.mark.parametrize("arguments", [[], ["chek"], ["check", "--ci"], ["update", "--full"], ["check", "--app"]])
def test_wrong_usage(app: Path, arguments: list[str]) -> None:
    """The command line is checked like every other's."""
    done = ifc("golden", *arguments)
    assert (done.returncode, "usage: ifc" in done.stderr) == (2, True)


# --- CI, interruption, two at once ---


@pytest.mark.parametrize(
    ("value", "refused"), [("true", True), ("1", True), ("woodpecker", True), ("", False), ("false", False), ("0", False), ("off", False)]
)
def test_an_update_on_ci(app: Path, monkeypatch: pytest.MonkeyPatch, value: str, refused: bool) -> None:
    """Where `CI` is set, nothing is written unless that is asked for; a check is made everywhere."""
    monkeypatch.setenv("CI", value)
    said = Said("update")
    assert said.code == (2 if refused else 0)
    assert Path("golden").exists() is not refused
    if refused:
        assert "`CI` is set" in said.errors
        assert "add `--ci`" in said.errors
    assert Said("check").code == (1 if refused else 0)
    assert (Said("update", "--ci").code, Said("check").code) == (0, 0)


@pytest.mark.parametrize("name", ["CODEBUILD_BUILD_ID", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION"])
def test_an_update_on_ci_without_its_variable(app: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """AWS CodeBuild, Azure Pipelines, Jenkins and TeamCity set no `CI`; one that says it is none is believed."""
    monkeypatch.setenv(name, "x")
    said = Said("update")
    assert (said.code, f"`{name}` is set" in said.errors, Path("golden").exists()) == (2, True, False)
    monkeypatch.setenv("CI", "false")
    assert Said("update").code == 0


KILLED = """
import os, sys
from ifc.cli import main
left = int(sys.argv[1])
def counting(name):
    real = getattr(os, name)
    def call(*arguments, **named):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return real(*arguments, **named)
    setattr(os, name, call)
for name in ("rename", "mkdir", "unlink", "rmdir"):
    counting(name)
sys.exit(main(["golden", "update"]))
"""


def test_an_update_that_is_killed(app: Path) -> None:
    """Wherever it ends, a target's folder is the old one, the new one or none; the next update heals it and leaves nothing behind."""
    (app / "pyproject.toml").write_text(CONFIG + 'targets = ["terraform"]\n')
    assert Said("update").code == 0
    old = files("golden/small/terraform")
    (app / "app.ifc").write_text(APP.replace("3.13", "3.14") + "topic T\n")
    new = {}
    seen = set()
    for steps in range(40):
        done = subprocess.run([sys.executable, "-c", KILLED, str(steps)], capture_output=True, check=False)
        found = files("golden/small/terraform")
        if done.returncode == 0:
            new = found
            break
        assert done.returncode == 9, done.stderr
        seen.add("old" if found == old else "none" if not found else "new" if any(b"3.14" in text for text in found.values()) else "half")
        if found and found != old:
            assert len(found) == len(old) + 1
        said, left = Said("check"), [name for name in os.listdir("golden") if name.startswith(trees.TEMPORARY)]
        assert said.code == (1 if left or found in (old, {}) else 0)
        assert ("stray (left by an update that was interrupted; the next one removes it)" in said.out) == bool(left)
        (app / "app.ifc").write_text(APP)
        assert (Said("update").code, Said("check").code) == (0, 0)
        assert files("golden/small/terraform") == old
        assert not [name for name in os.listdir("golden") if name.startswith(trees.TEMPORARY)]
        (app / "app.ifc").write_text(APP.replace("3.13", "3.14") + "topic T\n")
    assert new
    assert seen == {"old", "none", "new"}


def test_an_update_that_fails_puts_the_old_back(app: Path) -> None:
    """When the new folder can't take its place, the old one stays there."""
    assert Said("update").code == 0
    before = files("golden")
    (app / "app.ifc").write_text(APP.replace("3.13", "3.14"))
    real = os.rename

    def rename(source: str, target: str) -> None:
        if source.endswith("new"):
            raise OSError(28, "No space left on device", source)
        real(source, target)

    with mock.patch("os.rename", rename):
        said = Said("update")
    assert (said.code, "can't be written: no space left on device" in said.errors) == (3, True)
    assert files("golden") == before


def test_two_updates_and_checks_at_once(app: Path) -> None:
    """Updates wait for one another, and a check sees no folder that is on its way."""
    (app / "pyproject.toml").write_text(CONFIG + 'targets = ["cfn", "terraform"]\n')
    assert Said("update").code == 0
    (app / "app.ifc").write_text(APP.replace("3.13", "3.14"))
    command = [sys.executable, "-m", "ifc", "golden"]
    updates = [subprocess.Popen([*command, "update"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for _ in range(3)]
    checks = [subprocess.Popen([*command, "check"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [update.wait(60) for update in updates] == [0, 0, 0]
    assert all(b"missing" not in check.communicate(timeout=60)[0] for check in checks)
    for update in updates:
        assert update.stderr is not None
        update.stderr.close()
    assert Said("check").code == 0
    assert sorted(os.listdir("golden")) == [".ifc-files.json", "small"]


def test_an_update_waits_for_another(app: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody else holds the folder nothing is written, and after a while that is said."""
    import fcntl

    assert Said("update").code == 0
    monkeypatch.setattr(writing, "WAIT", 0.1)
    handle = os.open("golden", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    (app / "app.ifc").write_text(APP.replace("3.13", "3.14"))
    before = files("golden")
    for action in ("check", "update"):
        said = Said(action)
        assert (said.code, "`golden` is being updated by another process" in said.errors) == (3, True)
    assert files("golden") == before
    os.close(handle)
    assert Said("update").code == 0


def test_new_files_have_the_permissions_of_new_files(app: Path) -> None:
    """The folders and files are as others make them, not only for their owner."""
    mask = os.umask(0o022)
    try:
        assert Said("update").code == 0
    finally:
        os.umask(mask)
    assert stat.S_IMODE(TEMPLATE.stat().st_mode) == 0o644
    assert stat.S_IMODE(TEMPLATE.parent.stat().st_mode) == 0o755


def test_this_repositorys_own_golden_files(app: Path) -> None:
    """The command agrees with what this repository's tests have written for an example, byte by byte."""
    (app / "pyproject.toml").write_text('[tool.ifc]\napps = ["examples/orders"]\ntargets = ["cfn", "terraform"]\n')
    (app / "examples").mkdir()
    (app / "golden").mkdir()
    MARKER.write_text(trees.MARKER)
    for kind in ("examples", "golden"):
        subprocess.run(["cp", "-r", str(ROOT / kind / "orders"), kind], check=True)
    subprocess.run(["rm", "-r", "golden/orders/spacer"], check=True)
    assert Said("check").code == 0


# --- the plugin ---

TESTS = '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A project with golden files and a test of its own, which is the current folder."""
    for name in ("CI", *writing.OTHERS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # of plugins that load for longer than all the rest takes
    project(pytester.path / "project", CONFIG + 'targets = ["cfn", "terraform"]\n' + TESTS)
    monkeypatch.chdir(pytester.path / "project")
    Path("tests").mkdir()
    Path("tests/test_mine.py").write_text("def test_mine(): pass\n")
    assert Said("update").code == 0
    return pytester


def run(suite: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Runs pytest in a process of its own, in the current folder, with the plugin by the name of its entry point."""
    plugins = ["-p", "no:cacheprovider", "-p", "xdist", "-p", "ifc"] if "PYTEST_DISABLE_PLUGIN_AUTOLOAD" in os.environ else []
    return suite.run(sys.executable, "-m", "pytest", *plugins, *arguments)


IDS = ["pyproject.toml::golden[small-cfn]", "pyproject.toml::golden[small-terraform]", "pyproject.toml::golden[strays]"]


def collected(suite: pytest.Pytester, *arguments: str) -> list[str]:
    """The tests that pytest would run."""
    return [line for line in run(suite, "--collect-only", "-q", *arguments).outlines if "::" in line]


def test_the_plugin_collects(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of everything has a test for each case, once; a run of some folder or file has them where it names the pyproject.toml."""
    mine = "tests/test_mine.py::test_mine"
    assert collected(suite) == [mine, *IDS]
    assert sorted(collected(suite, ".")) == sorted([mine, *IDS])
    assert collected(suite, "pyproject.toml") == IDS
    assert collected(suite, IDS[0]) == [IDS[0]]
    assert collected(suite, "tests") == collected(suite, "tests/test_mine.py") == [mine]
    assert collected(suite, "-k", "small and cfn") == [IDS[0]]
    monkeypatch.chdir("tests")
    assert collected(suite) == [mine]
    monkeypatch.chdir("..")
    Path("tests/pyproject.toml").write_text(CONFIG.replace("app.ifc", "../app.ifc"))
    for config in (CONFIG, CONFIG + TESTS.replace('tests"', '."')):
        Path("pyproject.toml").write_text(config)
        assert sorted(collected(suite)) == sorted([mine, IDS[0], IDS[2]])


def test_the_plugin_comes_by_itself(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is loaded wherever ifc is installed, unless pytest is told otherwise."""
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    assert collected(suite, "pyproject.toml") == IDS
    assert collected(suite, "-p", "no:ifc") == ["tests/test_mine.py::test_mine"]


def test_the_plugin_is_switched_off(suite: pytest.Pytester) -> None:
    """`golden_tests = false` leaves the fixtures and no tests; without the section the fixtures are there too."""
    Path("tests/test_mine.py").write_text('def test_mine(ifc_compile): assert ifc_compile("app.ifc").template["Resources"]["Jobs"]\n')
    for config in (CONFIG + "golden_tests = false\n" + TESTS, TESTS, TESTS + "# [tool.ifc]\n"):
        Path("pyproject.toml").write_text(config)
        run(suite).assert_outcomes(passed=1)


def test_the_plugin_passes_and_fails(suite: pytest.Pytester) -> None:
    """What is as agreed passes; a failure is the diff and the command, without a traceback."""
    run(suite).assert_outcomes(passed=4)
    Path("app.ifc").write_text(APP.replace("3.13", "3.14"))
    Path("golden/small/old.txt").write_text("x")
    result = run(suite)
    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines(
        [
            "_* golden[[]small-cfn[]] _*",
            f"{TEMPLATE}: different",
            f"--- {TEMPLATE} (agreed)",
            "-      Runtime: python3.13",
            "+      Runtime: python3.14",
            "1 file different",
            "If this is meant: ifc golden update --app small",
            "golden/small/old.txt: stray",
            "If this is meant: ifc golden update",
        ]
    )
    shown = "\n".join(result.outlines)
    assert "Traceback" not in shown
    assert ".py:" not in shown


def test_the_plugin_with_xdist(suite: pytest.Pytester) -> None:
    """Processes share the tests; what they updated is told in one place."""
    assert "4 passed" in run(suite, "-n", "2").outlines[-1]
    Path("app.ifc").write_text(APP.replace("3.13", "3.14"))
    result = run(suite, "-n", "2")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["-      Runtime: python3.13"])
    result = run(suite, "-n", "2", "--ifc-update")
    result.assert_outcomes(passed=4)
    changed = ["golden/small/cfn/template.yaml: changed", "golden/small/terraform/functions.tf.json: changed"]
    result.stdout.fnmatch_lines(["=* golden files =*", *changed])
    assert Said("check").code == 0


def test_the_plugin_updates(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--ifc-update` writes and removes, but on CI only where that is asked for."""
    Path("app.ifc").write_text(APP.replace("3.13", "3.14"))
    Path("golden/small/old.txt").write_text("x")
    before = files("golden")
    monkeypatch.setenv("CI", "true")
    result = run(suite, "--ifc-update")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: `CI` is set*--ifc-ci"])
    assert files("golden") == before
    run(suite, "--ifc-update", "--ifc-ci").assert_outcomes(passed=4)
    assert Said("check").code == 0


def test_the_plugin_updates_beside_an_app_with_errors(suite: pytest.Pytester) -> None:
    """Each test updates its own files: those of an app without errors are written, and the other's test fails."""
    Path("other.ifc").write_text(APP.replace("app small", "app other") + "Jobs -> wrk\n")
    Path("app.ifc").write_text(APP.replace("3.13", "3.14"))
    Path("pyproject.toml").write_text('[tool.ifc]\napps = ["app.ifc", "other.ifc"]\n')
    run(suite, "pyproject.toml", "--ifc-update").assert_outcomes(passed=2, failed=1)
    assert "python3.14" in TEMPLATE.read_text()
    assert not Path("golden/other").exists()


def test_the_plugin_misses_the_marker(suite: pytest.Pytester) -> None:
    """The test of strays fails without it, and an update repairs it and says so."""
    MARKER.unlink()
    result = run(suite, IDS[2])
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"{MARKER}: missing"])
    run(suite, IDS[2], "--ifc-update").stdout.fnmatch_lines([f"{MARKER}: new"])
    assert MARKER.read_text() == trees.MARKER


def test_the_plugin_shows_mistakes(suite: pytest.Pytester) -> None:
    """An app with errors fails its tests with its diagnostics; a wrong configuration is an error of collecting, with its own."""
    Path("app.ifc").write_text(APP + "Jobs -> wrk\n")
    result = run(suite)
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(["error[[]IFC201[]]:*", "*--> app.ifc:5:9"])
    Path("pyproject.toml").write_text(CONFIG + "stage = 1\n" + TESTS)
    result = run(suite)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["error[[]IFC808[]]: `[[]tool.ifc[]]` has no setting `stage`", "*= help: write `stages`"])
    assert ".py:" not in "\n".join(result.outlines)
    run(suite, "tests").assert_outcomes(passed=1)


def test_an_app_whose_name_is_not_known(suite: pytest.Pytester) -> None:
    """Its tests are named by its path, and fail."""
    Path("app.ifc").write_text("app {\n")
    assert collected(suite, "pyproject.toml") == [name.replace("small", "app.ifc") for name in IDS]
    run(suite, "pyproject.toml").assert_outcomes(failed=2, passed=1)


def test_long_diffs_in_pytest(suite: pytest.Pytester) -> None:
    """They are cut, and whole with `-vv`."""
    Path("app.ifc").write_text(APP + "".join(f"queue Q{n}\n" for n in range(40)))
    cut = run(suite, IDS[0])
    cut.stdout.fnmatch_lines(["… * more lines: `ifc golden check --full --app small` shows them"])
    cut.stdout.no_fnmatch_line("*Q39*")
    run(suite, IDS[0], "-vv").stdout.fnmatch_lines(["*Q39*"])


FIXTURE = """
def test_it(ifc_golden):
    ifc_golden("app.ifc", target="cfn"{more})
"""


def test_the_fixture_shares_what_is_configured(suite: pytest.Pytester) -> None:
    """A call that means a case of `[tool.ifc]` compares with the files of `ifc golden check`."""
    Path("tests/test_mine.py").write_text(FIXTURE.format(more=""))
    run(suite, "tests").assert_outcomes(passed=1)
    Path("app.ifc").write_text(APP.replace("3.13", "3.14"))
    result = run(suite, "tests")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [f"--- {TEMPLATE} (agreed)", "-      Runtime: python3.13", "If this is meant: pytest tests/test_mine.py::test_it --ifc-update"]
    )
    assert "Traceback" not in "\n".join(result.outlines)
    assert "\n".join(result.outlines).count("-      Runtime: python3.13") == 1, "it is printed once"
    assert "def test_it" not in "\n".join(result.outlines)
    run(suite, "tests", "--ifc-update").stdout.fnmatch_lines([f"{TEMPLATE}: changed"])
    assert sorted(p.name for p in Path("tests").iterdir() if p.name != "__pycache__") == ["test_mine.py"]
    run(suite, "tests").assert_outcomes(passed=1)


def test_the_fixture_keeps_the_rest_beside_the_test(suite: pytest.Pytester) -> None:
    """Another stage, other params or a name have files of their own, which a check of `[tool.ifc]` doesn't meet."""
    Path("app.ifc").write_text(APP + "param size 1\noutput size size\n")
    assert Said("update").code == 0
    calls = (', stage="prod"', ", params={'size': 2}", ', name="other"')
    Path("tests/test_mine.py").write_text("".join(FIXTURE.format(more=more).replace("it", f"it{n}", 1) for n, more in enumerate(calls)))
    result = run(suite, "tests")
    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["tests/ifc_golden/small/prod/cfn/template.yaml: missing"])
    run(suite, "tests", "--ifc-update").assert_outcomes(passed=3)
    where = ["other/cfn/template.yaml", "small/cfn/template.yaml", "small/prod/cfn/template.yaml"]
    assert sorted(name for name in files("tests/ifc_golden") if "template" in name) == where
    assert Said("check").code == 0
    run(suite).assert_outcomes(passed=6)


def test_the_fixture_without_a_configuration(suite: pytest.Pytester) -> None:
    """It needs no `[tool.ifc]`; paths start at the root folder wherever pytest is started."""
    Path("pyproject.toml").write_text(TESTS)
    Path("tests/test_mine.py").write_text(FIXTURE.format(more=""))
    os.chdir("tests")
    result = run(suite)
    result.stdout.fnmatch_lines(
        ["ifc_golden/small/cfn/template.yaml: missing", "If this is meant: pytest test_mine.py::test_it --ifc-update"]
    )
    run(suite, "--ifc-update").assert_outcomes(passed=1)
    run(suite).assert_outcomes(passed=1)


def test_two_calls_for_one_folder(suite: pytest.Pytester) -> None:
    """Two outputs can't be agreed in one place: the second call says so, in an update too."""
    Path("app.ifc").write_text(APP + "param size 1\noutput size size\n")
    Path("tests/test_mine.py").write_text(
        "import pytest\n@pytest.mark.parametrize('size', [2, 3])\ndef test_it(ifc_golden, size):\n"
        "    ifc_golden('app.ifc', params={'size': size})\n"
    )
    for arguments in ((), ("--ifc-update",)):
        result = run(suite, "tests", *arguments)
        result.stdout.fnmatch_lines(['two calls of ifc_golden compare with tests/ifc_golden/small/cfn*tell them apart by name="…"'])
    assert "Default: 2\n" in Path("tests/ifc_golden/small/cfn/template.yaml").read_text()


@pytest.mark.parametrize(
    ("call", "line"),
    [
        ('ifc_golden("no.ifc")', "error[[]IFC801[]]: `no.ifc` can't be read*"),
        ('ifc_golden("src")', "error[[]IFC801[]]: the folder `*src` holds no .ifc file"),
        ('ifc_golden("app.ifc", params={"a": 1})', "error[[]IFC213[]]: the program declares no param `a`"),
        ('ifc_golden("app.ifc", params={"a": None})', "None is no value of the param 'a'*"),
        ('ifc_golden("app.ifc", params={"a": float("nan")})', "nan is no value of the param 'a'*"),
        ('ifc_golden("app.ifc", params=["a"])', "params are given by name*and not as [[]'a'[]]"),
        ('ifc_golden("app.ifc", params={1: "a"})', "params are given by name*"),
        ('ifc_golden("app.ifc", target="cnf")', "'cnf' is no target: there are cfn, terraform, spacer"),
        ('ifc_golden("app.ifc", target=["cfn"])', "[[]'cfn'[]] is no target: there are cfn, terraform, spacer"),
        ('ifc_golden("app.ifc", stage="../x")', "'../x' is no stage*"),
        ('ifc_golden("app.ifc", stage=1)', "1 is no stage*"),
        ('ifc_golden("app.ifc", name="../x")', "'../x' is no name*"),
        ("ifc_golden(7)", "7 is no path of an app"),
    ],
)
def test_calls_that_are_wrong(suite: pytest.Pytester, call: str, line: str) -> None:
    """What a call gets wrong is told, and nothing is written anywhere."""
    Path("tests/test_mine.py").write_text(f"def test_it(ifc_golden):\n    {call}\n")
    result = run(suite, "tests", "--ifc-update")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([line])
    shown = "\n".join(result.outlines)
    assert "Error:" not in shown
    assert "During handling" not in shown
    assert not Path("tests/ifc_golden").exists()


def test_compiling_in_a_test(suite: pytest.Pytester) -> None:
    """`ifc_compile` returns the template, the files and the diagnostics; an app with errors has no files."""
    Path("tests/test_mine.py").write_text(
        """
import pytest

def test_it(ifc_compile):
    done = ifc_compile("app.ifc", stage="prod")
    assert done.template["Resources"]["Jobs"]["Type"] == "AWS::SQS::Queue"
    assert done.errors == []
    terraform = ifc_compile("app.ifc", target="terraform")
    assert "queues.tf.json" in terraform.files
    with pytest.raises(Exception, match="`template` is CloudFormation's, and this was compiled for terraform: look into `files`"):
        terraform.template
    broken = ifc_compile("broken.ifc")
    assert (broken.errors, broken.files, broken.template) == (["IFC201"], {}, {})
    assert broken.diagnostics[0].labels[0].span.line == 5
"""
    )
    Path("broken.ifc").write_text(APP + "Jobs -> wrk\n")
    run(suite, "tests").assert_outcomes(passed=1)


def test_the_plugin_costs_nothing_where_it_is_not_used(tmp_path: Path) -> None:
    """A project without `[tool.ifc]` loads the plugin, and nothing of the compiler; one that doesn't name ifc isn't even parsed."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "other"\n')
    (tmp_path / "test_it.py").write_text(
        "import sys\ndef test_it(request):\n"
        "    assert request.config.pluginmanager.has_plugin('ifc')\n"
        "    loaded = sorted(m for m in sys.modules if m == 'attr' or m.partition('.')[0] == 'ifc')\n"
        "    assert loaded == ['ifc', 'ifc.golden', 'ifc.golden.plugin', 'ifc.golden.presence']\n"
    )
    plugins = ["-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:anyio"]  # which load attrs on their own
    done = subprocess.run([sys.executable, "-m", "pytest", *plugins], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    with mock.patch.dict(sys.modules, {"tomllib": None}):
        assert not presence.present(str(tmp_path / "pyproject.toml"))


# --- pieces ---


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (3, "3"),
        (1.5, "1.5"),
        (True, "on"),
        (False, "off"),
        (["a", "b"], "a,b"),
        (["a,b"], None),
        ([], None),
        ([1], None),
        (None, None),
    ],
)
def test_params_as_text(value: object, text: str | None) -> None:
    """A value of TOML or Python is the text that `--param` would take, or none."""
    assert settings.param_text(value) == text


@pytest.mark.parametrize(
    ("source", "name"),
    [("app a-1\n", "a-1"), ("queue Q\napp a\n", "a"), ("app a.b\n", None), ('app ".."\n', None), ("app\n", None), ("app a.. {\n", None)],
)
def test_names_of_apps(app: Path, source: str, name: str | None) -> None:
    """The name is the folder's too, so one that a source must not have is none."""
    (app / "app.ifc").write_text(source)
    assert members.member(str(app / "app.ifc")).name == name


def test_what_is_recognised() -> None:
    """Only a folder with a file that ifc writes, in its place, is one from which files are removed."""
    for names in ([], ["cfn/template.yaml", "x"], ["prod/terraform/versions.tf.json"], ["spacer/config/ifc.json"]):
        assert trees.recognised(names)
    for name in ("template.yaml", "a/b/cfn/template.yaml", "cfn/main.tf", "terraform/template.yaml"):
        assert not trees.recognised([name])
