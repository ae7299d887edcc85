"""The pytest plugin: a test for each app, target and stage of `[tool.ifc]`, and the fixtures `ifc_golden` and `ifc_compile`.

It is loaded in every pytest run on a machine with ifc, so at its top it imports nothing that pytest hasn't.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ifc.golden.presence import FILE, collected

if TYPE_CHECKING:
    from ifc.golden.members import Case
    from ifc.golden.testing import Compiled, Disagreed, Known
    from ifc.golden.writing import Change

PROPERTY = "ifc_golden"  # tells the report of a test what an update did


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options."""
    group = parser.getgroup("ifc", "golden files of .ifc apps")
    group.addoption("--ifc-update", action="store_true", help="agree to what the apps compile to now, instead of comparing")
    group.addoption("--ifc-ci", action="store_true", help="let --ifc-update write where CI is set")


def pytest_configure(config: pytest.Config) -> None:
    """A run of all tests has those of `[tool.ifc]` too, also where `testpaths` names other folders."""
    if config.option.ifc_update and not config.option.ifc_ci:
        from ifc.golden.writing import ci_variable

        variable = ci_variable(os.environ)
        if variable:
            raise pytest.UsageError(
                f"`{variable}` is set, and people agree to a change before it gets there: update on your machine, or add --ifc-ci"
            )
    if config.args_source is not pytest.Config.ArgsSource.TESTPATHS:
        return
    root = str(config.rootpath)
    # Where a test path is the root folder itself, the file is found in it: named beside, it would be all that pytest 8.2 collects there.
    inside = all(os.path.normpath(os.path.join(root, path)) != root for path in config.args)
    if inside and collected(os.path.join(root, FILE)):
        config.args.append(os.path.join(root, FILE))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """The tests of the root folder's pyproject.toml."""
    if file_path.name != FILE or file_path.parent != parent.config.rootpath or not collected(str(file_path)):
        return None
    made: pytest.Collector = GoldenFile.from_parent(parent, path=file_path)
    return made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what an update did."""
    reports = [report for reports in terminalreporter.stats.values() for report in reports]
    lines = [value for report in reports for name, value in getattr(report, "user_properties", ()) if name == PROPERTY]
    if lines:
        terminalreporter.section("golden files")
        for line in sorted(dict.fromkeys(lines)):
            terminalreporter.write_line(line)


class GoldenFile(pytest.File):
    """A pyproject.toml with `[tool.ifc]`."""

    def collect(self) -> Iterator[pytest.Item]:
        """A test for each case, and one for what lies there without belonging to any."""
        from ifc import render
        from ifc.diagnostics import Failure
        from ifc.golden import testing

        try:
            known = testing.known(str(self.path.parent))
        except Failure as failure:
            raise self.CollectError(render.text(failure.diagnostics).rstrip("\n")) from None
        for case in testing.all_cases(known):
            yield GoldenItem.from_parent(self, name=f"golden[{case.id}]", known=known, case=case)
        yield StrayItem.from_parent(self, name="golden[strays]", known=known)


class _Verdict:
    """A failure as pytest prints it: the report and nothing of a traceback."""

    def __init__(self, disagreed: Disagreed) -> None:
        self.report = [(line.text, line.sort) for line in disagreed.report]

    def __str__(self) -> str:
        return "\n".join(text for text, _ in self.report)

    def toterminal(self, tw: Any) -> None:
        """Prints it, in colours where the terminal has them."""
        styles = {"-": {"red": True}, "+": {"green": True}, "@": {"cyan": True}, "name": {"bold": True}, "head": {"bold": True}}
        for text, sort in self.report:
            tw.line(text, **styles.get(sort, {}))


class _Item(pytest.Item):
    """What the tests of `[tool.ifc]` have in common."""

    def __init__(self, *, known: Known, **named: Any) -> None:
        super().__init__(**named)
        self.known = known

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The report of what is not as agreed; a traceback for anything else."""
        from ifc.golden.testing import Disagreed

        return _Verdict(excinfo.value) if isinstance(excinfo.value, Disagreed) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where it stands, and its title."""
        return self.path, None, self.name


class GoldenItem(_Item):
    """The test of an app for a target and a stage."""

    def __init__(self, *, case: Case, **named: Any) -> None:
        super().__init__(**named)
        self.case = case

    def runtest(self) -> None:
        """Compares, or updates."""
        from ifc.golden import testing

        result = testing.made(self.known, self.case)
        if self.config.option.ifc_update:
            _say(self, testing.agree(self.case, result))
            return
        app = self.case.member.title
        testing.verify(self.case, result, _full(self.config, f"`ifc golden check --full --app {app}`"), f"ifc golden update --app {app}")


class StrayItem(_Item):
    """The test that nothing lies among the golden files that isn't one."""

    def runtest(self) -> None:
        """Looks, or removes."""
        from ifc.golden import testing

        if self.config.option.ifc_update:
            _say(self, testing.tidy(self.known))
        testing.verify_strays(self.known, "ifc golden update")


@pytest.fixture(scope="session")
def _ifc_known(pytestconfig: pytest.Config) -> Known:
    """What `[tool.ifc]` says, read once."""
    from ifc.diagnostics import Failure
    from ifc.golden import testing

    try:
        return testing.known(str(pytestconfig.rootpath))
    except Failure as failure:
        wrong = str(testing.disagreed(failure.diagnostics))
    pytest.fail(wrong.rstrip("\n"), pytrace=False)  # not in the handler: pytest would print the other exception, too


@pytest.fixture(scope="session")
def _ifc_seen() -> dict[str, Mapping[str, str]]:
    """What calls of `ifc_golden` have compared, by folder."""
    return {}


@pytest.fixture
def ifc_golden(
    request: pytest.FixtureRequest, pytestconfig: pytest.Config, _ifc_known: Known, _ifc_seen: dict[str, Mapping[str, str]]
) -> Callable[..., None]:
    """A function that asserts that an app compiles to its golden files: `ifc_golden("app.ifc", target="cfn", stage="prod")`."""

    def check(
        app: str | os.PathLike[str],
        *,
        target: str = "cfn",
        stage: str | None = None,
        params: Mapping[str, object] | None = None,
        name: str | None = None,
    ) -> None:
        __tracebackhide__ = True
        from ifc.golden import testing

        try:
            case = testing.called(_ifc_known, str(request.path.parent), app, target, stage, params, name)
            result = testing.made(_ifc_known, case)
            if _ifc_seen.setdefault(case.folder, result.files) != result.files:
                pytest.fail(
                    f"two calls of ifc_golden compare with {os.path.relpath(case.folder)}, and differ in their output: "
                    'tell them apart by name="…"',
                    pytrace=False,
                )
            if pytestconfig.option.ifc_update:
                _say(request.node, testing.agree(case, result))
                return
            testing.verify(case, result, _full(pytestconfig, "`pytest -vv`"), f"pytest {_this(request)} --ifc-update")
            return
        except (testing.Disagreed, testing.Misused) as problem:
            wrong = str(problem)
        pytest.fail(wrong.rstrip("\n"), pytrace=False)  # not in the handler: pytest would print the other exception, too

    return check


@pytest.fixture
def ifc_compile(pytestconfig: pytest.Config) -> Callable[..., Compiled]:
    """A function that compiles an app: `ifc_compile("app.ifc").template["Resources"]`, `.files`, `.diagnostics`, `.errors`."""

    def compile(
        app: str | os.PathLike[str],
        *,
        target: str = "cfn",
        stage: str | None = None,
        params: Mapping[str, object] | None = None,
        code: bool = True,
    ) -> Compiled:
        __tracebackhide__ = True
        from ifc.golden import testing

        try:
            return testing.compiled(str(pytestconfig.rootpath), app, target, stage, params, code)
        except (testing.Disagreed, testing.Misused) as problem:
            wrong = str(problem)
        pytest.fail(wrong.rstrip("\n"), pytrace=False)

    return compile


def _full(config: pytest.Config, otherwise: str) -> str | None:
    """What shows long diffs whole, None where they are."""
    return None if config.option.verbose > 1 else otherwise


def _this(request: pytest.FixtureRequest) -> str:
    """The running test as it is typed where pytest was started."""
    import shlex

    _, colons, inner = str(request.node.nodeid).partition("::")
    return shlex.quote(os.path.relpath(request.path, request.config.invocation_params.dir) + colons + inner)


def _say(node: pytest.Item, changes: list[Change]) -> None:
    """Keeps what an update did for the end of the run, through the processes of pytest-xdist too."""
    node.user_properties += [(PROPERTY, f"{change.path}: {change.what}") for change in changes]
