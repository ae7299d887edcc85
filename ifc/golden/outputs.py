"""What is compared: the files that `ifc compile` writes for a target, without those that change when only a function's code does."""

from __future__ import annotations

from collections.abc import Mapping

from ifc.compiler import compile
from ifc.diagnostics import Diagnostic, Failure, Report
from ifc.golden.settings import from_here
from ifc.plan import Plan
from ifc.records import record
from ifc.resolve.app import Options


@record
class Output:
    """A compile: its files by name (with forward slashes), all that was found, and the .ifc files it read."""

    files: Mapping[str, str]
    diagnostics: tuple[Diagnostic, ...]
    sources: tuple[str, ...]


def output(path: str, target: str, stage: str | None, params: Mapping[str, str], format: str = "yaml", code: bool = True) -> Output:
    """The files of an app for a target; none where it has errors, which are among the diagnostics."""
    try:
        done = compile(from_here(path), Options(stage=stage or "dev", params=params, code=code))
        files = _printed(done.plan, done.report, target, format, code) if done.plan is not None else {}
    except Failure as failure:
        return Output({}, tuple(failure.diagnostics), ())
    return Output({} if done.report.failed else files, tuple(done.report.ordered()), done.sources)


def _printed(plan: Plan, report: Report, target: str, format: str, code: bool) -> dict[str, str]:
    """The target's files; its printer is loaded only when it is asked for."""
    if target == "cfn":
        from ifc.targets import cfn

        return cfn.render(plan, report, format)
    if target == "terraform":
        from ifc.targets import terraform

        return terraform.render(plan, report)
    from ifc.targets import spacer

    files = spacer.render(plan, report, code)
    # `lib/` is the same in every project, empty files only keep folders, and a function's own Lua is code.
    sources = (
        {f"app/{place}{name}.lua": text for name, text in spacer.lua_sources(plan).items() for place in ("", "private/")} if code else {}
    )
    return {name: text for name, text in files.items() if text and not name.startswith("lib/") and sources.get(name) != text}
