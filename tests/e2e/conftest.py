"""The emulator for the whole run, and apps deployed to it."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from tests.agreed import ROOT
from tests.e2e.deploying import Deployer
from tests.e2e.emulator import Emulator, absent, running
from tests.e2e.stack import Stack, compile_app, with_rest
from tests.e2e.website import Website, website
from tests.presence import require

Deploy = Callable[..., Stack]
Deploying = Callable[..., Deployer]

EXAMPLES = ROOT / "examples"
# What the small apps of these tests have for code.
HANDLERS = Path(__file__).parent / "handlers"


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """The running emulator; where there is none the tests are skipped with the reason, but on CI (`CI=true`) they fail."""
    require(absent())
    with running(tmp_path_factory.mktemp("emulator") / "log.txt") as started:
        yield started


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says why nothing was deployed, also where pytest isn't asked for the reasons of skips."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if report.nodeid.startswith("tests/e2e/")]
    if skipped and (why := absent()):
        terminalreporter.write_line(f"\n{len(skipped)} end-to-end tests were skipped: {why}", yellow=True)


@pytest.fixture
def site() -> Iterator[Website]:
    """A website for functions to call."""
    with website() as opened:
        yield opened


@pytest.fixture
def example(tmp_path: Path) -> Callable[[str], Path]:
    """Copies an example, with REST APIs for HTTP APIs, and returns the copy's folder."""

    def copied(name: str) -> Path:
        folder = tmp_path / name
        shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("__pycache__", "build"))
        app = folder / "app.ifc"
        app.write_text(with_rest(app.read_text(encoding="utf-8")), encoding="utf-8")
        return folder

    return copied


@pytest.fixture
def deployed(emulator: Emulator, tmp_path: Path) -> Iterator[Deploy]:
    """Compiles and deploys an app, a folder's or a text with the handlers of these tests, once more to update it; all go when the test is over."""
    stacks: dict[str, Stack] = {}

    def deploy(app: Path | str, name: str, stage: str = "dev", **params: str) -> Stack:
        folder = app if isinstance(app, Path) else written(app, tmp_path / name)
        out = tmp_path / f"{name}-{stage}-out"
        compile_app(folder / "app.ifc", out, *(["--stage", stage] if stage != "dev" else []))
        stack = stacks.setdefault(f"{name}-{stage}", Stack(emulator, f"{name}-{stage}"))
        stack.deploy(out, params)
        return stack

    yield deploy
    for stack in stacks.values():
        stack.delete()


@pytest.fixture
def deploying(emulator: Emulator, tmp_path: Path) -> Iterator[Deploying]:
    """Makes what deploys an app; its stacks go when the test is over."""
    made: list[tuple[Deployer, str]] = []

    def make(name: str, source: str, *stages: str, **files: str) -> Deployer:
        one = Deployer(emulator, tmp_path / name).write(source, **files)
        made.extend((one, f"{name}-{stage}") for stage in stages or ("dev",))
        return one

    yield make
    for one, stack in made:
        if one.stack(stack) is not None:
            with contextlib.suppress(ClientError):  # LocalStack can't delete a stack from which an update has removed something
                one.emulator.client("cloudformation").delete_stack(StackName=stack)


def written(app: str, folder: Path) -> Path:
    """The folder, with the source and the handlers of these tests in it."""
    shutil.copytree(HANDLERS, folder, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
    (folder / "app.ifc").write_text(app, encoding="utf-8")
    return folder
