"""What is packed, beside what Python itself loads: a handler in its archive finds what it finds in its folder."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builds.apps import app, built, make

NAMES = "abcd"
# Loads the handler, and prints what its modules could not import, and which of them were loaded.
LOOK = """
import importlib, sys
sys.dont_write_bytecode = True
for folder in sys.argv[1:]:
    sys.path.insert(0, folder)
    print(importlib.import_module("src.work").run(None, None), sorted(m for m in sys.modules if m.split(".")[0] in "abcd"))
    sys.path.remove(folder)
    for name in [m for m in sys.modules if m.split(".")[0] in ("a", "b", "c", "d", "src", "heard")]:
        del sys.modules[name]
"""


def project(chance: random.Random) -> dict[str, str]:
    """Modules, packages and folders without `__init__.py`, that import one another in every way; each notes what it could not."""
    files: set[str] = set()
    for _ in range(chance.randint(3, 9)):
        steps = [chance.choice(NAMES) for _ in range(chance.randint(1, 3))]
        files.add("/".join(steps) + ".py")
        files |= {"/".join(steps[:n]) + "/__init__.py" for n in range(1, len(steps)) if chance.random() < 0.5}
    modules = sorted(f.removesuffix(".py").replace("/", ".").removesuffix(".__init__") for f in files)
    found = {file: module_text(chance, file, modules) for file in sorted(files)}
    wanted = "".join(tried(f"import {chance.choice(modules)}") for _ in range(2))
    return {**found, "heard.py": "HEARD = []\n", "src/work.py": f"from heard import HEARD\n{wanted}def run(event, context): return HEARD\n"}


def module_text(chance: random.Random, file: str, modules: list[str]) -> str:
    """A module with up to three imports."""
    depth = file.count("/")
    lines = ["from heard import HEARD\n"]
    if file.endswith("__init__.py") and chance.random() < 0.3:
        lines.append(f"__all__ = [{chance.choice(NAMES)!r}]\n")
    for _ in range(chance.randint(0, 3)):
        module = chance.choice(modules)
        package, _, last = module.rpartition(".")
        ways = [f"import {module}", f"from {module} import *", f"import importlib; importlib.import_module('{module}')"]
        ways += [f"from {package} import {last}"] if package else []
        ways += (
            [f"from {'.' * chance.randint(1, depth)} import {chance.choice(NAMES)}", f"from .{chance.choice(NAMES)} import *"]
            if depth
            else []
        )
        lines.append(tried(chance.choice(ways)))
    return "".join(lines)


def tried(statement: str) -> str:
    """An import whose failure is noted."""
    return f"try:\n    {statement}\nexcept Exception as error:\n    HEARD.append((__name__, {statement!r}, type(error).__name__))\n"


@pytest.mark.parametrize("seed", range(24))
def test_the_archive_has_what_python_loads(seed: int, tmp_path: Path) -> None:
    """Each import goes as well, or as badly, in the archive as in the folder."""
    make(tmp_path, {"app.ifc": app('work "src/work.run" { runtime python3.13 }'), **project(random.Random(seed))})
    task = built(tmp_path).unpack("work", tmp_path / "task")
    done = subprocess.run([sys.executable, "-I", "-c", LOOK, str(tmp_path), str(task)], capture_output=True, text=True, check=True)
    folder, archive = done.stdout.splitlines()
    assert folder == archive
