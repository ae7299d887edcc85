"""Python packages: which are asked for, installed for another system than this one, and what can't be installed.

The packages are wheels that a test makes itself, in a folder that the installers look into instead of an index.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ifc.build import install, layers, requirements
from ifc.diagnostics import Diagnostic, Failure
from tests.builds.apps import HANDLER, Outcome, app, built, make, python_app, wheel
from tests.presence import require

ASKS = "import small\n" + HANDLER


@pytest.fixture(params=["pip", "uv"])
def installer(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each installer in turn: uv is taken wherever it is."""
    if request.param == "pip":
        monkeypatch.setattr(install, "_uv", list)
    else:
        require(None if install._uv() else "uv is not here (`pip install uv`)")
    name: str = request.param
    return name


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A folder with a few wheels."""
    folder = tmp_path / "wheels"
    wheel(folder, "small", "1.0", {"small/__init__.py": "x = 1\n", "small/data.json": "{}"})
    wheel(folder, "small", "2.0", {"small/__init__.py": "x = 2\n"})
    wheel(folder, "other", "1.0", {"other.py": "y = 1\n"}, needs=("small<2",))
    for machine in ("aarch64", "x86_64"):
        for version in ("311", "312", "313", "314"):
            tag = f"cp{version}-cp{version}-manylinux_2_34_{machine}"
            wheel(folder, "native", "1.0", {"native.so": f"{machine} {version}"}, tag)
        wheel(folder, "native", "0.9", {"native.so": f"{machine} old"}, f"cp39-abi3-manylinux_2_17_{machine}")
    wheel(folder, "elsewhere", "1.0", {"elsewhere.py": ""}, "cp313-cp313-win_amd64")
    wheel(folder, "later", "1.0", {"later.py": ""}, "cp313-cp313-manylinux_2_38_aarch64")
    needs = (
        'other; python_version < "3.10"',
        'native; platform_machine == "aarch64"',
        'elsewhere; sys_platform == "win32"',
        'small==1.0; python_full_version >= "3.13"',
    )
    wheel(folder, "marked", "1.0", {"marked.py": ""}, needs=needs)
    wheel(folder, "tool", "1.0", {"tool.py": "", "tool-1.0.data/scripts/tool": "#!python\n", "tool/__pycache__/x.pyc": ""})
    return folder


def asking(folder: Path, wheels: Path, *lines: str, settings: str = "", text: str = ASKS) -> Outcome:
    """Builds an app whose function asks for packages."""
    content = "\n".join([f"--no-index\n--find-links {wheels}", *lines, ""])
    return python_app(folder, {"src/work.py": text, "requirements.txt": content}, settings)


# --- what is installed ---


def test_packages_are_beside_the_code(tmp_path: Path, wheels: Path, installer: str) -> None:
    """Packages lie where Lambda imports them from, with what tells their version, and without what differs between installations."""
    outcome = asking(tmp_path / "app", wheels, "other==1.0")
    info = ["other-1.0.dist-info/METADATA", "other-1.0.dist-info/WHEEL", "small-1.0.dist-info/METADATA", "small-1.0.dist-info/WHEEL"]
    assert outcome.names("work") == [info[0], info[1], "other.py", info[2], info[3], "small/__init__.py", "small/data.json", "src/work.py"]
    assert outcome.codes == []
    folder = outcome.unpack("work", tmp_path / "task")
    code = "import src.work, other, small, importlib.metadata as m; print(other.y, small.x, m.version('small'), src.work.run({}, None))"
    done = subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); {code}"], capture_output=True, text=True
    )
    assert done.stdout == "1 1 1.0 1\n", done.stderr


def test_installers_agree(tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """uv and pip make the same bytes."""
    require(None if install._uv() else "uv is not here (`pip install uv`)")
    one = asking(tmp_path / "one", wheels, "other==1.0", "marked==1.0", "tool==1.0")
    monkeypatch.setattr(install, "_uv", list)
    two = asking(tmp_path / "two", wheels, "other==1.0", "marked==1.0", "tool==1.0")
    assert Path(one.built["work"].path).read_bytes() == Path(two.built["work"].path).read_bytes()
    assert not [name for name in one.names("work") if "bin/" in name or "RECORD" in name or name.endswith(".pyc")]


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("arch arm64", "aarch64 313"),
        ("arch x86", "x86_64 313"),
        ("arch arm64; runtime python3.14", "aarch64 314"),
        ("arch arm64; runtime python3.11", "aarch64 old"),  # on Amazon Linux 2, whose C library is older
    ],
)
def test_packages_are_for_lambda_s_system(settings: str, expected: str, tmp_path: Path, wheels: Path, installer: str) -> None:
    """The wheel is of the function's processor, its Python, and a C library that its system has."""
    make(tmp_path, {"src/work.py": "import native\n" + HANDLER, "requirements.txt": f"--no-index\n--find-links {wheels}\nnative\n"})
    runtime = "" if "runtime" in settings else "runtime python3.13; "
    make(tmp_path, {"app.ifc": app(f'work "src/work.run" {{ {runtime}{settings} }}')})
    assert built(tmp_path).text("work", "native.so") == expected


def test_conditions_are_of_lambda_s_system(tmp_path: Path, wheels: Path, installer: str) -> None:
    """What a package needs on some systems alone is decided for Lambda's, not for this one: pip would ask its own Python."""
    arm = asking(tmp_path / "arm", wheels, "marked==1.0", text="import marked\n" + HANDLER).names("work")
    x86 = asking(tmp_path / "x86", wheels, "marked==1.0", settings="arch x86", text="import marked\n" + HANDLER).names("work")
    assert ("native.so" in arm, "native.so" in x86) == (True, False)
    assert ("small/__init__.py" in arm, "other.py" in arm, "elsewhere.py" in arm) == (True, False, False)


def test_an_installation_is_kept(tmp_path: Path, wheels: Path, installer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change of code installs nothing; a change of the requirements or the processor does."""
    first = asking(tmp_path, wheels, "small==1.0")
    ran: list[object] = []
    run = install.install
    monkeypatch.setattr(install, "install", lambda *given: (ran.append(given), run(*given)))
    second = asking(tmp_path, wheels, "small==1.0", text=ASKS + "# more\n")
    assert (ran, second.built["work"].reused) == ([], False)
    assert [n for n in first.names("work") if not n.startswith("src/")] == [n for n in second.names("work") if not n.startswith("src/")]
    asking(tmp_path, wheels, "small==2.0")
    assert len(ran) == 1
    asking(tmp_path, wheels, "small==2.0", settings="arch x86")
    assert len(ran) == 2


@pytest.mark.parametrize("ending", ["zip", "json"])
def test_a_damaged_installation_is_made_again(ending: str, tmp_path: Path, wheels: Path) -> None:
    """Packages in the cache that are cut or gone are installed again, and the bytes are the same."""
    first = Path(asking(tmp_path, wheels, "small==1.0").built["work"].path).read_bytes()
    [kept] = (tmp_path / ".ifc/build/packages").glob(f"*.{ending}")
    content = kept.read_bytes()
    kept.write_bytes(content[: len(content) // 2])
    for archive in (tmp_path / ".ifc/build/archives").iterdir():
        archive.unlink()
    assert Path(asking(tmp_path, wheels, "small==1.0").built["work"].path).read_bytes() == first
    assert kept.read_bytes() == content


def test_who_imports_nothing_carries_nothing(tmp_path: Path, wheels: Path) -> None:
    """A function that imports its own files and the standard library alone gets no packages; one that may load more gets them."""
    assert asking(tmp_path / "a", wheels, "small==1.0", text="import json, os.path\n" + HANDLER).names("work") == ["src/work.py"]
    zones = asking(tmp_path / "b", wheels, "small==1.0", text="import zoneinfo\n" + HANDLER)
    assert "small/__init__.py" in zones.names("work")
    logs = asking(tmp_path / "c", wheels, "small==1.0", text="from logging import config\n" + HANDLER)
    assert "small/__init__.py" in logs.names("work")


def test_exclude_takes_from_packages_too(tmp_path: Path, wheels: Path) -> None:
    """A glob is of the archive, whoever wrote the file."""
    assert "small/data.json" not in asking(tmp_path, wheels, "small==1.0", settings='exclude "small/*.json"').names("work")


# --- what is asked for ---


def test_the_nearest_list_counts(tmp_path: Path, wheels: Path) -> None:
    """The list beside the handler's file comes before one above it, and none above the app counts."""
    files = {
        "app/src/work.py": ASKS,
        "app/requirements.txt": f"--no-index\n--find-links {wheels}\nsmall==1.0\n",
        "requirements.txt": "-e ./x\n",
    }
    make(tmp_path, {"app/app.ifc": app('work "src/work.run" { runtime python3.13 }'), **files})
    assert built(tmp_path / "app").text("work", "small/__init__.py") == "x = 1\n"
    make(tmp_path, {"app/src/requirements.txt": f"--no-index\n--find-links {wheels}\nsmall==2.0\n"})
    assert built(tmp_path / "app").text("work", "small/__init__.py") == "x = 2\n"
    (tmp_path / "app/src/requirements.txt").unlink()
    (tmp_path / "app/requirements.txt").unlink()
    assert built(tmp_path / "app").codes == ["IFC717"]


def test_lists_that_name_others(tmp_path: Path, wheels: Path, installer: str) -> None:
    """`-r` and `-c` are followed from where they stand; a change in what they name is a change."""
    files = {"deps/base.txt": "small  # any\n", "deps/limits.txt": "small==1.0\nother==9\n"}
    outcome = asking(make(tmp_path, files), wheels, "-r deps/base.txt", "-c deps/limits.txt")
    assert outcome.text("work", "small/__init__.py") == "x = 1\n"
    make(tmp_path, {"deps/limits.txt": "small==2.0\n"})
    assert built(tmp_path).text("work", "small/__init__.py") == "x = 2\n"


def test_a_project_s_dependencies(tmp_path: Path, wheels: Path, installer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a requirements.txt they are those of `[project]`; a pyproject.toml that only sets up tools asks for nothing."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(wheels))
    project = '[project]\nname = "small-app"\nversion = "1"\ndependencies = ["small<2"]\n'
    outcome = python_app(tmp_path, {"src/work.py": ASKS, "pyproject.toml": project, "src/pyproject.toml": "[tool.ruff]\n"})
    assert outcome.text("work", "small/__init__.py") == "x = 1\n"


LOCK = """version = 1
requires-python = ">=3.11"

[[package]]
name = "small"
version = "1.0"
source = { registry = "https://pypi.org/simple" }
"""


def test_a_lock_counts_without_uv(tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The versions of a uv.lock hold even where uv isn't there to read it."""
    monkeypatch.setattr(install, "_uv", list)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    project = '[project]\nname = "small-app"\nversion = "1"\ndependencies = ["small"]\n'
    outcome = python_app(tmp_path, {"src/work.py": ASKS, "pyproject.toml": project, "uv.lock": LOCK})
    assert outcome.text("work", "small/__init__.py") == "x = 1\n"


def test_a_wheel_by_its_path(tmp_path: Path, wheels: Path, installer: str) -> None:
    """A wheel that lies beside the list is installed, and its contents count, not its name."""
    local = wheel(tmp_path / "vendor", "near", "1.0", {"near.py": "n = 1\n"})
    files = {"src/work.py": "import near\n" + HANDLER, "requirements.txt": f"./vendor/{local.name}\n"}
    assert python_app(tmp_path, files).text("work", "near.py") == "n = 1\n"
    wheel(tmp_path / "vendor", "near", "1.0", {"near.py": "n = 2\n"})
    assert python_app(tmp_path, files).text("work", "near.py") == "n = 2\n"


def test_an_empty_list_asks_for_nothing(tmp_path: Path) -> None:
    """No installer runs for comments."""
    assert python_app(tmp_path, {"src/work.py": "import yaml\n" + HANDLER, "requirements.txt": "# none\n\n"}).codes == ["IFC717"]


@pytest.mark.parametrize("line", ["small==1.0 \\", "small==1.0 \\\n  # the last one", "-r https://example.org/requirements.txt"])
def test_every_line_counts(line: str, tmp_path: Path) -> None:
    """The last line counts though it says that it goes on, and so does a list behind an address, alone in its file."""
    make(tmp_path, {"requirements.txt": line})
    found = requirements.wanted(str(tmp_path / "requirements.txt"))
    assert found is not None
    assert found.lines == (line.split(" \\")[0],)


def test_limits_alone_ask_for_nothing(tmp_path: Path) -> None:
    """A file that only limits versions is like an empty one."""
    make(tmp_path, {"requirements.txt": "-c limits.txt\n", "limits.txt": "small==1.0\n"})
    assert requirements.wanted(str(tmp_path / "requirements.txt")) is None


# --- what can't be installed ---


@pytest.mark.parametrize(
    "line",
    [
        "-e ./lib",
        "-e.",
        "./lib",
        "../lib",
        "small @ git+https://example.org/x",
        "git+ssh://git@example.org/x.git#egg=x",
        "small-1.0.tar.gz",
        ".",
        "lib/shared",
    ],
)
def test_source_trees_are_refused(line: str, tmp_path: Path) -> None:
    """Nothing is built here, and no code of a package is run."""
    said = python_app(tmp_path, {"src/work.py": ASKS, "requirements.txt": f"# first\n{line}\n"}).only("IFC731")
    assert "(line 2 of `" in said.message


@pytest.mark.parametrize("line", ["git+https://ann:hidden@example.org/x.git", "x @ https://hidden@example.org/x.tar.gz"])
def test_no_secret_of_an_address_is_shown(line: str, tmp_path: Path) -> None:
    """A token that stands in an address is not printed where the line is told."""
    said = python_app(tmp_path, {"src/work.py": ASKS, "requirements.txt": line}).only("IFC731")
    assert "//…@example.org/x" in said.message
    assert "hidden" not in said.message


@pytest.mark.parametrize("line", ["not ! a requirement", "--frobnicate\nsmall"])
def test_mistakes_are_told_of_the_user_s_list(line: str, tmp_path: Path, installer: str) -> None:
    """An installer speaks of the file that the user wrote, not of our copy of it, whose name is another one each time."""
    said = python_app(tmp_path, {"src/work.py": ASKS, "requirements.txt": f"--no-index\n{line}\n"}).only("IFC732")
    assert "work/tmp" not in said.message
    assert "requirements.txt" in said.message.partition(": ")[2] or installer == "pip"


@pytest.mark.parametrize(("name", "settings"), [("elsewhere", ""), ("later", ""), ("native", "runtime python3.8")])
def test_a_package_without_a_wheel(
    name: str, settings: str, tmp_path: Path, wheels: Path, installer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that there is, and not for this system, is told by its name and with what to do."""
    monkeypatch.setattr(install, "_known", lambda name, wanted: True)
    runtime = settings or "runtime python3.13"
    make(tmp_path, {"app.ifc": app(f'work "src/work.run" {{ {runtime} }}'), "src/work.py": f"import {name}\n" + HANDLER})
    make(tmp_path, {"requirements.txt": f"--no-index\n--find-links {wheels}\n{name}==1.0\n"})
    [said] = [d for d in built(tmp_path).said if d.code in ("IFC731", "IFC732")]
    assert (said.code, f"`{name}" in said.message) == ("IFC731", True), said.message
    assert "arm64" in said.message


@pytest.mark.parametrize("line", ["absent", "small==7", "other\nsmall==2.0"])
def test_what_can_not_be_resolved(line: str, tmp_path: Path, wheels: Path, installer: str) -> None:
    """A name that nobody has, a version that there isn't, and versions that exclude one another are told in the installer's words."""
    said = asking(tmp_path, wheels, line).only("IFC732")
    assert line.split("\n")[-1].split("=")[0] in said.message
    assert "\n" not in said.message


BROKEN = {
    "pyproject.toml": [
        "[project\n",
        '[project]\ndynamic = ["dependencies"]\n',
        '[tool.poetry.dependencies]\nx = "1"\n',
        "[project]\ndependencies = 3\n",
        '[project]\ndependencies = ["-e ."]\n',
        '[project]\ndependencies = ["small\\nother"]\n',
    ],
    "requirements.txt": [
        "-r missing.txt\n",
        "-r requirements.txt\n",
        b"\xff\xfe\x00",
        "--no-binary :all:\nsmall\n",
        "./wheels/small-1.0-py3-none-any.whl\n",
    ],
}


def test_a_list_that_is_a_link_to_nothing(tmp_path: Path) -> None:
    """A broken link is a mistake, and not as if nothing was asked for."""
    (tmp_path / "requirements.txt").symlink_to("gone.txt")
    assert python_app(tmp_path, {"src/work.py": ASKS}).codes == ["IFC733"]


@pytest.mark.parametrize(("name", "content"), [(name, content) for name, found in BROKEN.items() for content in found])
def test_lists_that_can_not_be_used(name: str, content: str | bytes, tmp_path: Path) -> None:
    """What is broken, or in words that another tool has to read first, is said before anything is installed."""
    assert python_app(tmp_path, {"src/work.py": ASKS, name: content}).codes == ["IFC733"]


ODD = ["tool = 3", "[tool]\nuv = 3", "[tool.uv]\nsources = 3", 'project = "x"', "[project]\ndynamic = 5", "[project]\nname = 3"]


@pytest.mark.parametrize("content", ODD)
def test_tables_of_other_shapes(content: str, tmp_path: Path) -> None:
    """What stands in the place of a table asks for nothing."""
    assert python_app(tmp_path, {"src/work.py": ASKS, "pyproject.toml": content}).codes == ["IFC717"]


@pytest.mark.parametrize("lock", ["package = 3", "package = [3]", "[[package]]\nname = 3", "garbage"])
def test_a_lock_of_another_shape(lock: str, tmp_path: Path) -> None:
    """What is no lock of uv's is told as that."""
    files = {"src/work.py": ASKS, "pyproject.toml": '[project]\ndependencies = ["small"]\n', "uv.lock": lock}
    assert python_app(tmp_path, files).codes == ["IFC733"]


def test_no_network(tmp_path: Path, installer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index that can't be reached is told as such, and not as a missing package."""
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    files = {"src/work.py": ASKS, "requirements.txt": "--index-url http://127.0.0.1:9/simple\nsmall-package-of-nobody==1.0\n"}
    said = python_app(tmp_path, files).only("IFC732")
    assert "can't be fetched" in said.message


def test_no_installer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without uv and pip it is said which to install."""
    monkeypatch.setattr(install, "_uv", list)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert python_app(tmp_path, {"src/work.py": ASKS, "requirements.txt": "small==1\n"}).codes == ["IFC734"]


def test_variables_in_a_list(tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their values decide on what is installed, so another value is another installation; a token is none of them."""
    listed = "--find-links ${WHEELS}\n--no-index\nsmall"
    wheel(tmp_path / "later", "small", "3.0", {"small/__init__.py": "x = 3\n"})
    for folder, version in (("wheels", "x = 2"), ("later", "x = 3"), ("wheels", "x = 2")):
        monkeypatch.setenv("WHEELS", str(tmp_path / folder))
        outcome = python_app(tmp_path / "app", {"src/work.py": ASKS, "requirements.txt": listed})
        assert outcome.text("work", "small/__init__.py").strip() == version
    lines = ["--index-url https://${NAME}:${TOKEN}@${HOST}/simple", "-f ${PAGE}", "small", "-i ${NOWHERE}"]
    monkeypatch.setenv("TOKEN", "a/b@c")
    monkeypatch.setenv("HOST", "here.example")
    monkeypatch.setenv("PAGE", "https://ann:secret@there.example")
    wanted = requirements.wanted(str(make(tmp_path, {"requirements.txt": "\n".join(lines)}) / "requirements.txt"))
    assert wanted is not None
    assert wanted.read[1:] == ("--index-url https://…@here.example/simple", "-f https://…@there.example", "-i ${NOWHERE}")
    assert wanted.lines == tuple(lines)  # the installers put values in, so that no secret is written to a file


# --- layers ---


def layered(folder: Path, wheels: Path, *lines: str, layer: str = 'layer Libraries "requirements.txt"', text: str = ASKS) -> Outcome:
    """Builds an app with a layer and a function that has it."""
    content = "\n".join([f"--no-index\n--find-links {wheels}", *lines, ""])
    make(folder, {"app.ifc": f'app small\n{layer}\nfunction work "src/work.run" {{ runtime python3.13; layers Libraries }}\n'})
    make(folder, {"src/work.py": text, "requirements.txt": content})
    return built(folder)


def test_a_layer_of_packages(tmp_path: Path, wheels: Path) -> None:
    """The packages lie where Lambda looks for them, and the function leaves out what the layer has."""
    outcome = layered(tmp_path, wheels, "small==1.0")
    info = ["python/small-1.0.dist-info/METADATA", "python/small-1.0.dist-info/WHEEL"]
    assert outcome.names("Libraries") == [*info, "python/small/__init__.py", "python/small/data.json"]
    assert outcome.names("work") == ["src/work.py"]
    assert outcome.codes == []


def test_a_package_that_differs_from_the_layer_s_goes_in_whole(tmp_path: Path, wheels: Path) -> None:
    """What lies in the archive hides the layer's, so half a package would be a broken one."""
    make(
        tmp_path,
        {
            "src/requirements.txt": f"--no-index\n--find-links {wheels}\nsmall==2.0\nother @ file://{wheels}/other-1.0-py3-none-any.whl\n".replace(
                "other @", "# other @"
            )
        },
    )
    outcome = layered(tmp_path, wheels, "small==1.0")
    assert [n for n in outcome.names("work") if n.startswith("small")] == [
        "small-2.0.dist-info/METADATA",
        "small-2.0.dist-info/WHEEL",
        "small/__init__.py",
    ]


def test_a_package_that_own_code_adds_to_goes_in_whole(tmp_path: Path, wheels: Path) -> None:
    """Own files under a package's name would hide the layer's rest of it."""
    outcome = layered(make(tmp_path, {"small/mine.py": ""}), wheels, "small==1.0", text="from small import mine, x\n" + HANDLER)
    assert [n for n in outcome.names("work") if n.startswith("small/")] == ["small/__init__.py", "small/data.json", "small/mine.py"]


def test_a_layer_of_a_folder(tmp_path: Path, wheels: Path) -> None:
    """A folder goes in as it stands, and its Python packages answer imports."""
    make(tmp_path, {"opt/python/small.py": "x = 1\n", "opt/bin/tool": "#!/bin/sh\n"})
    os.chmod(tmp_path / "opt/bin/tool", 0o755)
    (tmp_path / "requirements.txt").unlink(missing_ok=True)
    make(
        tmp_path,
        {
            "app.ifc": 'app small\nlayer Libraries "opt"\nfunction work "src/work.run" { runtime python3.13; layers Libraries }\n',
            "src/work.py": ASKS,
        },
    )
    outcome = built(tmp_path)
    assert (outcome.names("Libraries"), outcome.names("work"), outcome.codes) == (["bin/tool", "python/small.py"], ["src/work.py"], [])


@pytest.mark.parametrize(
    ("names", "settings", "home"),
    [
        (["small/__init__.py"], "runtime python3.13", "python"),
        (["node_modules/small/index.js", "package.json"], "runtime nodejs24.x", "nodejs/node_modules"),
        (["small.py", "python/other.py"], "runtime python3.13", ""),
        (["small.py", "bin/tool"], "runtime python3.13", ""),
        (["fonts/plain.ttf"], "runtime python3.13", ""),
        (["small.js"], "runtime python3.13", ""),
        (["small.py"], 'runtime python3.13; env { PYTHONPATH "/opt" }', ""),
        (["small.py"], 'runtime python3.13; include "says"', ""),
    ],
)
def test_a_layer_that_no_import_finds(tmp_path: Path, names: list[str], settings: str, home: str) -> None:
    """Modules of a layer's folder that stand where nothing looks are told, and nothing else that a layer may hold."""
    text = f'app small\nlayer Own "own"\nfunction work "work.run" {{ layers Own; {settings} }}\n'
    own = {f"own/{name}": "" for name in names}
    make(tmp_path, {"app.ifc": text, "says/a.py": "# see /opt", "says/a.js": "// see /opt", **own})
    make(tmp_path, {"work.py": HANDLER} if "python" in settings else {"work.mjs": "export const run = () => 1;"})
    outcome = built(tmp_path)
    assert outcome.codes == (["IFC718"] if home else [])
    if home:
        assert str(outcome.only("IFC718").help).endswith(f"looks for modules in `/opt/{home}`")


def test_a_layer_of_nothing(tmp_path: Path, wheels: Path) -> None:
    """A list without packages, or for another language, is no layer."""
    assert "IFC733" in layered(tmp_path, wheels, "# none").codes
    make(
        tmp_path,
        {
            "app.ifc": 'app small\nlayer Libraries "requirements.txt"\nfunction work "src/work.run" { runtime nodejs22.x; layers Libraries }\n',
            "src/work.js": "exports.run = () => 1;",
        },
    )
    assert "IFC733" in built(tmp_path).codes


def test_shared_packages_are_told(tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions that carry the same large packages hear of layers; small ones, and those that have one, don't."""
    lines = [f'{name} "src/work.run" {{ runtime python3.13 }}' for name in ("one", "two")]
    make(tmp_path, {"app.ifc": app(*lines), "src/work.py": ASKS, "requirements.txt": f"--no-index\n--find-links {wheels}\nsmall==1.0\n"})
    assert built(tmp_path).codes == []
    monkeypatch.setattr(layers, "WORTH", 10)
    told = built(tmp_path).only("IFC739")
    assert (told.severity, '`layer Libraries "requirements.txt"`' in str(told.help)) == ("note", True)


# --- imports that nothing answers ---


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import yaml", ["yaml"]),
        ("from yaml import load", ["yaml"]),
        ("import boto3, botocore.config, urllib3, json", []),
        ("try:\n    import yaml\nexcept ImportError:\n    yaml = None", []),
        ("try:\n    import yaml\nfinally:\n    pass", ["yaml"]),
        ("from src import helper", ["src.helper"]),
        ("from .gone import x", ["src.gone"]),
        ("import src", []),
        ("import sys\nif sys.version_info < (3, 11):\n    import tomli\nelse:\n    import tomllib as tomli", []),
        ("def later():\n    import yaml", ["yaml"]),
        ("import work", ["work"]),  # it lies in src, and Lambda looks above that
    ],
)
def test_imports_that_nothing_answers(text: str, told: list[str], tmp_path: Path) -> None:
    """A function would fail with its first event, so that is said now."""
    outcome = python_app(tmp_path, {"src/work.py": f"{text}\n{HANDLER}"})
    assert [d.message.split("`")[3] for d in outcome.said if d.code == "IFC717"] == told


def test_dependencies_from_elsewhere_are_refused(tmp_path: Path) -> None:
    """A package that `[tool.uv.sources]` takes from a source tree is not looked for in the index, where a stranger's may have its name."""
    project = '[project]\nname = "small-app"\nversion = "1"\ndependencies = ["Shared_Things>=1", "other"]\n'
    sources = '[tool.uv.sources]\nshared-things = { path = "../shared" }\n'
    said = python_app(tmp_path, {"src/work.py": ASKS, "pyproject.toml": project + sources}).only("IFC731")
    assert (
        said.message
        == f"`Shared_Things>=1` (`{os.path.relpath(tmp_path / 'pyproject.toml')}`) is a source tree, and only wheels are installed"
    )


def test_a_failure_is_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Functions that ask for the same packages share their failure."""
    ran: list[object] = []

    def fails(*given: object) -> None:
        ran.append(given)
        raise Failure(Diagnostic("IFC732", "no"))

    monkeypatch.setattr(install, "install", fails)
    lines = [f'{name} "src/work.run" {{ runtime python3.13 }}' for name in ("one", "two", "three")]
    make(tmp_path, {"app.ifc": app(*lines), "src/work.py": ASKS, "requirements.txt": "small==1\n"})
    assert built(tmp_path).codes == ["IFC732"]
    assert len(ran) == 1


def test_settings_of_pip_do_not_get_in_the_way(tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pip.conf that installs for the user, or into virtual environments alone, is about other installations."""
    monkeypatch.setattr(install, "_uv", list)
    config = make(tmp_path, {"pip.conf": "[global]\nrequire-virtualenv = true\n[install]\nuser = true\n"}) / "pip.conf"
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.setenv("PIP_TARGET", str(tmp_path / "elsewhere"))
    assert asking(tmp_path, wheels, "small==1.0").text("work", "small/__init__.py") == "x = 1\n"
    assert not (tmp_path / "elsewhere").exists()


def test_a_layer_s_other_folder(tmp_path: Path, wheels: Path) -> None:
    """Lambda also looks where a virtual environment has its packages."""
    make(tmp_path, {"opt/python/lib/python3.13/site-packages/small.py": "x = 1\n", "src/work.py": ASKS})
    make(tmp_path, {"app.ifc": 'app small\nlayer Libraries "opt"\nfunction work "src/work.run" { runtime python3.13; layers Libraries }\n'})
    outcome = built(tmp_path)
    assert (outcome.names("work"), outcome.codes) == (["src/work.py"], [])


# --- a package of PyPI ---

MACHINES = {"arm64": 0xB7, "x86": 0x3E}  # e_machine of the ELF format


@pytest.mark.parametrize("arch", MACHINES)
def test_a_real_package(arch: str, tmp_path: Path, installer: str) -> None:
    """A package with native code comes with that of Lambda's processor."""
    files = {"src/work.py": "import markupsafe\n" + HANDLER, "requirements.txt": "markupsafe==3.0.3\n"}
    outcome = python_app(tmp_path, files, f"arch {arch}")
    offline = [d.message for d in outcome.said if d.code == "IFC732" and "can't be fetched" in d.message]
    require(f"PyPI is out of reach: {offline[0][:200]}" if offline else None)
    [native] = [name for name in outcome.names("work") if name.endswith(".so")]
    assert "-313-" in native
    with zipfile.ZipFile(outcome.built["work"].path) as archive:
        assert int.from_bytes(archive.read(native)[18:20], "little") == MACHINES[arch]
