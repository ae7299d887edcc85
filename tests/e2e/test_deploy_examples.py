"""Every example through `ifc deploy`, found unchanged, and destroyed again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ifc.compiler import compile
from ifc.resolve.app import Options
from tests.e2e.conftest import EXAMPLES
from tests.e2e.deploying import Deployer
from tests.e2e.emulator import Emulator
from tests.e2e.stack import LOWERED, until

STAGE = "e2e"


@pytest.mark.parametrize("name", sorted(path.parent.name for path in EXAMPLES.glob("*/app.ifc")))
def test_example(emulator: Emulator, example: Callable[[str], Path], name: str) -> None:
    """An example is deployed with nothing but the command, is then what the source says, and leaves only what it says is kept."""
    app = Deployer(emulator, example(name))
    lowered(app.folder / "app.ifc")
    stack = f"{name}-{STAGE}"
    given = [word for param in open_params(app.folder / "app.ifc") for word in ("--param", f"{param}=x")]
    done = app.run("deploy", "--stage", STAGE, "--yes", *given)
    assert done.code == 0, done
    again = app.run("deploy", "--stage", STAGE, "--yes")
    assert again.out.endswith("nothing to change: the stack is deployed\n"), again
    seen = app.run("status", "--stage", STAGE, "--no-drift")
    assert "what is deployed is what the source says, code aside" in seen.out, seen
    assert "the source has" not in seen.out
    gone = app.run("destroy", "--stage", STAGE, "--yes")
    assert gone.code == 0, gone
    until(lambda: app.stack(stack) is None, "the stack is gone")


def open_params(app: Path) -> list[str]:
    """The params that have no value."""
    found = compile(str(app), Options(stage=STAGE)).app.parameters
    return [name for name, param in found.items() if param.default is None]


def lowered(app: Path) -> None:
    """Gives the source a stage in which the functions' runtimes are among those that the emulator knows."""
    functions = compile(str(app), Options()).app.of_kind("function")
    lines = [f"  {one.name} {{ runtime {LOWERED[one.runtime]} }}" for one in functions if one.runtime in LOWERED and one.extern is None]  # type: ignore[attr-defined]  # functions
    with app.open("a", encoding="utf-8") as stream:
        stream.write("\n".join(["", f"stage {STAGE} {{", *lines, "}", ""]))
