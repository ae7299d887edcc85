"""Which files of the code folder a function gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.builds.apps import HANDLER, app, built, make, python_app

# What a handler says, the files beside it, and those of them that are packed.
PYTHON = {
    "plain": ("import json", {}, []),
    "module": ("import lib", {"lib.py": "", "other.py": ""}, ["lib.py"]),
    "from": ("from lib import x", {"lib.py": "x = 1", "lib2.py": ""}, ["lib.py"]),
    "package": ("import lib.deep.x", {"lib/__init__.py": "", "lib/deep/__init__.py": "", "lib/deep/x.py": "", "lib/deep/y.py": ""}, ["lib/__init__.py", "lib/deep/__init__.py", "lib/deep/x.py"]),
    "submodule by name": ("from lib import x, y", {"lib/__init__.py": "y = 1", "lib/x.py": "", "lib/z.py": ""}, ["lib/__init__.py", "lib/x.py"]),
    "namespace": ("import lib.x", {"lib/x.py": "", "lib/y.py": ""}, ["lib/x.py"]),
    "namespace by name": ("from lib import x", {"lib/x.py": "", "lib/y.py": ""}, ["lib/x.py"]),
    "a folder as such": ("import lib", {"lib/x.py": "import far", "lib/deep/y.py": "", "far.py": ""}, ["far.py", "lib/x.py"]),
    "a folder as such, by name": ("from lib import deep", {"lib/x.py": "", "lib/deep/y.py": ""}, ["lib/deep/y.py"]),
    "star": ("from lib import *", {"lib/__init__.py": "__all__ = ['x']", "lib/x.py": "", "lib/y.py": ""}, ["lib/__init__.py", "lib/x.py"]),
    "relative": ("from .sister import x", {"src/sister.py": "", "sister.py": ""}, ["src/sister.py"]),
    "relative, of a package": ("from . import sister", {"src/__init__.py": "", "src/sister.py": ""}, ["src/__init__.py", "src/sister.py"]),
    "relative, upwards": ("import lib.a.b", {"lib/__init__.py": "", "lib/c.py": "", "lib/a/__init__.py": "", "lib/a/b.py": "from ..c import x"}, ["lib/__init__.py", "lib/a/__init__.py", "lib/a/b.py", "lib/c.py"]),
    "in turn": ("import a", {"a.py": "import b", "b.py": "import c, a", "c.py": "", "d.py": ""}, ["a.py", "b.py", "c.py"]),
    "for type checkers": ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a\nelse:\n    import b", {"a.py": "", "b.py": ""}, ["b.py"]),
    "for type checkers, dotted": ("import typing as t\nif t.TYPE_CHECKING:\n    import a", {"a.py": ""}, []),
    "as a program": ("if __name__ == '__main__':\n    import a", {"a.py": ""}, []),
    "in a function": ("def f():\n    import a", {"a.py": ""}, ["a.py"]),
    "in a try": ("try:\n    import a\nexcept ImportError:\n    import b", {"a.py": "", "b.py": ""}, ["a.py", "b.py"]),
    "by a constant name": ("import importlib\nimportlib.import_module('lib.x')", {"lib/__init__.py": "", "lib/x.py": "", "lib/y.py": ""}, ["lib/__init__.py", "lib/x.py"]),
    "by a constant name, renamed": ("from importlib import import_module as load\nload('x')", {"x.py": "", "y.py": ""}, ["x.py"]),
    "by a relative constant name": ("import importlib\nimportlib.import_module('.x', __package__)", {"src/x.py": "", "src/y.py": ""}, ["src/x.py"]),
    "a module hidden by a package": ("import lib", {"lib.py": "", "lib/__init__.py": ""}, ["lib/__init__.py"]),
    "an extension": ("import fast", {"fast.cpython-313-x86_64-linux-gnu.so": "", "slow.py": ""}, ["fast.cpython-313-x86_64-linux-gnu.so"]),
    "data beside": ("import lib.x", {"src/list.csv": "", "lib/__init__.py": "", "lib/x.py": "", "lib/t.html": "", "notes.csv": ""}, ["lib/__init__.py", "lib/t.html", "lib/x.py", "src/list.csv"]),
    "folders of data": ("", {"src/web/app.js": "", "src/web/img/a.png": "", "src/tests/test_a.py": "", "src/tests/data.json": ""}, ["src/web/app.js", "src/web/img/a.png"]),
    "what is for people": ("", {"src/README.md": "", "src/requirements-dev.txt": "", "src/Makefile": "", "src/text.md": ""}, ["src/text.md"]),
    "no other language": ("", {"src/other.js": "", "src/other.ts": "", "src/stub.pyi": ""}, []),
    "no packages of Node": ("", {"src/node_modules/a/index.js": "", "src/web/node_modules/x.css": "", "src/web/a.css": ""}, ["src/web/a.css"]),
    "capitals": ("import Lib", {"lib.py": ""}, []),
    "data of a package": ("import importlib.resources\nimportlib.resources.files('lib')", {"lib/__init__.py": "", "lib/a.txt": "", "other/a.txt": ""}, ["lib/__init__.py", "lib/a.txt"]),
}  # fmt: skip


@pytest.mark.parametrize("case", PYTHON)
def test_python(case: str, tmp_path: Path) -> None:
    """A function gets what its imports reach, and the data beside that."""
    text, files, expected = PYTHON[case]
    outcome = python_app(tmp_path, {"src/work.py": f"{text}\n{HANDLER}", **files})
    assert outcome.names("work") == sorted([*expected, "src/work.py"])
    assert "IFC730" not in outcome.codes


UNKNOWN = {
    "a name that is made": "import importlib\nimportlib.import_module('a' + 'b')",
    "a name that is made, built in": "__import__(name)",
    "a relative name elsewhere": "import importlib\nimportlib.import_module('.x', 'lib')",
    "the path": "import sys\nsys.path.insert(0, 'lib')",
    "the path, set": "import sys\nsys.path = ['lib']",
    "a walk": "import pkgutil\nlist(pkgutil.iter_modules())",
    "a loader": "from importlib.util import spec_from_file_location\nspec_from_file_location('a', 'b')",
    "newer Python": "match = t'a' t",
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_python_that_can_not_be_followed(case: str, tmp_path: Path) -> None:
    """Where an import can't be followed, all of the folder goes in, and a note says why."""
    files = {"src/work.py": "import helper\n" + HANDLER, "helper.py": f"import json\n{UNKNOWN[case]}\n", "far/away.py": "", "README.md": ""}
    outcome = python_app(tmp_path, files)
    assert outcome.names("work") == ["README.md", "far/away.py", "helper.py", "src/work.py"]
    note = outcome.only("IFC730")
    assert (note.severity, "`helper.py`" in note.message) == ("note", True)


def test_python_ignores_what_is_not_reached(tmp_path: Path) -> None:
    """A file that nobody imports may be broken, a link that nobody follows may lead nowhere."""
    make(tmp_path, {"src/broken.py": "def ("})
    (tmp_path / "src" / "gone.py").symlink_to("nowhere")
    (tmp_path / "far").symlink_to("/etc")
    assert python_app(tmp_path, {"src/work.py": HANDLER}).names("work") == ["src/work.py"]


def test_a_link_among_the_data_is_told(tmp_path: Path) -> None:
    """A link that leads out of the folder would be missing in the archive, so it is an error where it belongs there."""
    make(tmp_path, {"src/work.py": HANDLER})
    (tmp_path / "src" / "shared.json").symlink_to("/etc/hostname")
    assert python_app(tmp_path, {}).codes == ["IFC711"]


def test_data_of_another_handler_stays_out(tmp_path: Path) -> None:
    """A folder with another function's handler is no data, in whatever language that is."""
    files = {
        "app.ifc": app('work "work.run" { runtime python3.13 }', 'other "js/other.run" { runtime nodejs22.x }'),
        "work.py": HANDLER,
        "js/other.js": "exports.run = () => 1;\n",
        "js/list.csv": "",
        "css/a.css": "",
    }
    outcome = built(make(tmp_path, files))
    assert outcome.names("work") == ["css/a.css", "work.py"]
    assert outcome.names("other") == ["js/list.csv", "js/other.js"]


def test_the_handler_may_be_a_package(tmp_path: Path) -> None:
    """`src/work.run` may name `src/work/__init__.py`, whose imports are relative to itself."""
    outcome = python_app(tmp_path, {"src/work/__init__.py": "from .a import b\n" + HANDLER, "src/work/a.py": "b = 1", "src/a.py": ""})
    assert outcome.names("work") == ["src/work/__init__.py", "src/work/a.py"]


def test_include_and_exclude(tmp_path: Path) -> None:
    """`include` adds files of the code folder, `exclude` takes any away."""
    files = {
        "src/work.py": "import src.far\n" + HANDLER,
        "src/far.py": "",
        "src/a.sql": "",
        "lib/x/a.html": "",
        "lib/x/b.txt": "",
        "lib/c.html": "",
    }
    outcome = python_app(tmp_path, files, 'include "lib/**/*.html", "missing"; exclude "src/*.sql"')
    assert outcome.names("work") == ["lib/c.html", "lib/x/a.html", "src/far.py", "src/work.py"]
    assert outcome.only("IFC738").message == '`include "missing"` of `work` matches no file'


def test_other_languages_get_the_whole_folder(tmp_path: Path) -> None:
    """Imports of other languages aren't read."""
    make(
        tmp_path, {"app.ifc": app('work "Work.run" { runtime ruby3.4; code "src" }'), "src/work.rb": "", "src/lib/a.rb": "", "src/.env": ""}
    )
    assert built(tmp_path).names("work") == ["lib/a.rb", "work.rb"]


def test_our_own_output_stays_out(tmp_path: Path) -> None:
    """What a build wrote beside the code, or above it, is no data of a function."""
    files = {"app.ifc": app('work "work.run" { runtime python3.13 }'), "work.py": HANDLER, "a.csv": ""}
    make(tmp_path, {**files, ".ifc-files.json": '{"files": ["template.yaml", "code.json"]}', "template.yaml": "", "code.json": ""})
    make(tmp_path, {"build/cfn/.ifc-files.json": "{}", "build/cfn/template.yaml": "", "out/code.json": ""})
    assert built(tmp_path, (str(tmp_path / "out"),)).names("work") == ["a.csv", "work.py"]


# --- JavaScript without a package.json ---

SCRIPTS = {
    "require": ('const a = require("./a");', {"a.js": "", "b.js": ""}, ["a.js"]),
    "import": ('import a from "./lib/a.mjs"; export * from "./b.js";', {"lib/a.mjs": "", "b.js": "", "c.js": ""}, ["b.js", "lib/a.mjs"]),
    "in turn": ('require("./lib")', {"lib/index.js": "require('../c.cjs'); require('./d.json')", "c.cjs": "", "lib/d.json": "{}", "e.js": ""}, ["c.cjs", "lib/d.json", "lib/index.js"]),
    "lazily": ("const f = async () => import('./a.js')", {"a.js": "", "b.js": ""}, ["a.js"]),
    "comments and strings": ('// require("./a")\nconst x = "require(\'./b\')";', {"a.js": "", "b.js": ""}, []),
    "the runtime's": ('require("node:fs"); require("@aws-sdk/client-s3")', {"fs.js": ""}, []),
    "packages beside": ('require("x/y")', {"node_modules/x/y.js": "", "node_modules/z/index.js": "", "b.js": ""}, ["node_modules/x/y.js", "node_modules/z/index.js"]),
    "data": ("", {"a.html": "", "web/a.css": "", "lib/a.js": "", "lib/b.txt": ""}, ["a.html", "web/a.css"]),
}  # fmt: skip


@pytest.mark.parametrize("case", SCRIPTS)
def test_javascript(case: str, tmp_path: Path) -> None:
    """A script gets the files that it and they name, and the data beside that."""
    text, files, expected = SCRIPTS[case]
    make(tmp_path, {"app.ifc": app('work "work.run" { runtime nodejs24.x; code "src" }')})
    make(tmp_path / "src", {"work.js": f"{text}\nexports.run = () => 1;\n", **files})
    assert built(tmp_path).names("work") == sorted([*expected, "work.js"])


@pytest.mark.parametrize("text", ["require(name)", "import(`./${x}.js`)", "require('./a' + b)", "const a = `"])
def test_javascript_that_can_not_be_followed(text: str, tmp_path: Path) -> None:
    """Where a name is made while it runs, all of the folder goes in, and a note says why."""
    make(tmp_path, {"app.ifc": app('work "work.run" { runtime nodejs22.x; code "src" }')})
    make(tmp_path / "src", {"work.js": f"exports.run = () => 1;\n{text}\n", "far/away.js": ""})
    outcome = built(tmp_path)
    assert outcome.names("work") == ["far/away.js", "work.js"]
    assert "IFC730" in outcome.codes


def test_a_handler_that_is_never_packed(tmp_path: Path) -> None:
    """Output that goes where the handler's file is would be an archive without it."""
    make(tmp_path, {"app.ifc": app('work "src/work.run" { runtime python3.13 }'), "src/work.py": HANDLER})
    outcome = built(tmp_path, (str(tmp_path / "src"),))
    assert "the handler's file of `work` stands where output goes" in outcome.only("IFC714").message
    assert outcome.built == {}


def test_a_link_that_leads_to_itself(tmp_path: Path) -> None:
    """It hides no other file of its folder: what is wrong with it is told of it alone."""
    make(tmp_path, {"src/work.py": HANDLER})
    (tmp_path / "src/loop").symlink_to("loop")
    assert python_app(tmp_path, {}).codes == ["IFC711"]
