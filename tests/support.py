"""The road for tests: source text in, model, plan or template out."""

from __future__ import annotations

import textwrap
from typing import Any

from ifc.compiler import Compiled, meant
from ifc.diagnostics import ERROR, Report
from ifc.resolve.app import Options
from ifc.source import Source
from ifc.syntax.parse import parse


def compiled(text: str, stage: str = "dev", **params: str) -> Compiled:
    """The app of a source text, compiled without looking at handlers; `app x` is put in front where there is none."""
    text = textwrap.dedent(text)
    if "app " not in text:
        text = "app x\n" + text
    report = Report()
    return meant([parse(Source("app.ifc", text), report)], Options(stage=stage, params=params, code=False), report)


def template(text: str, stage: str = "dev", **params: str) -> dict[str, Any]:
    """The CloudFormation template of a source text, which must have no errors."""
    from ifc.targets.cfn import Printer

    done = compiled(text, stage, **params)
    found = [f"{d.code} {d.message}" for d in done.report.ordered() if d.severity == ERROR]
    assert not found, found
    assert done.plan is not None
    return Printer(done.plan, done.report).template


def resources(text: str, cfn_type: str) -> dict[str, Any]:
    """The properties of a template's resources of one type, by logical id."""
    return {id: r.get("Properties", {}) for id, r in template(text)["Resources"].items() if r["Type"] == cfn_type}


def statements(text: str, function: str) -> list[dict[str, Any]]:
    """The statements of a function's role."""
    role = template(text)["Resources"][f"{function}Role"]
    found: list[dict[str, Any]] = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    return found


def findings(text: str, severity: str | None = None, stage: str = "dev") -> list[str]:
    """The codes of the diagnostics of a source text, by place (notes left out unless asked for)."""
    return [d.code for d in compiled(text, stage).report.ordered() if d.severity == severity or (severity is None and d.severity != "note")]


def errors(text: str, stage: str = "dev") -> list[str]:
    """The codes of the errors of a source text, by place."""
    return findings(text, ERROR, stage)
