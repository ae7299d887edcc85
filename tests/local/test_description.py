"""What the description says of Lua, of conditions and of schedules, for whoever runs and looks."""

from __future__ import annotations

from pathlib import Path

from ifc.compiler import compile
from ifc.diagnostics import Report
from ifc.resolve.app import Options
from ifc.targets import spacer
from tests.test_spacer import project


def test_verbs_that_lua_has_no_call_for(tmp_path: Path) -> None:
    """A warning each, where they are written; calls and what can be appended to have none, nor has a function in another language."""
    (tmp_path / "f.lua").write_text("return function(args) end\n")
    (tmp_path / "g.py").write_text("def handler(event, context):\n    return {}\n")
    verbs = "{ reads Things, Token; puts Files; receives Jobs; sends Jobs; publishes News, Shop; writes Clicks%s }"
    text = "app x\ntable Things { key id: string }\nsecret Token\nbucket Files\nqueue Jobs\ntopic News\nbus Shop\nstream Clicks\n"
    text += f'function f "f.run" {verbs % "; calls g"}\nfunction g "g.handler" {verbs % ""}\n'
    (tmp_path / "app.ifc").write_text(text)
    done = compile(str(tmp_path / "app.ifc"), Options())
    assert done.plan is not None, [d.message for d in done.report.ordered()]
    report = Report()
    spacer.render(done.plan, report)
    told = [d for d in report.ordered() if d.code == "IFC638"]
    useless = ("reads Things", "reads Token", "puts Files", "receives Jobs")
    assert {d.message for d in told} == {f"`f` is in Lua, which has no call for `{verb}`" for verb in useless}
    assert len(told) == len(useless)
    assert {(d.severity, d.labels[0].span.line) for d in told} == {("warning", 9)}


def test_conditions_are_told_by_the_verb() -> None:
    """What holds under a condition is named as it is written; what has none, and patterns of objects alone, are not."""
    text = 'bucket Raw\nbucket Cooked\nfunction f "a.f" { reads Raw "in/*"; writes Cooked }\nfunction g "a.g" {\n'
    text += (
        '  allow "cloudwatch:PutMetricData" on "*" because "no ARNs" { condition { StringEquals { "cloudwatch:namespace" "Mailer" } } }\n}'
    )
    _, description = project(text)
    why = "the condition of what is allowed is not tested here, so more is allowed than in the cloud"
    assert description["absent"] == [f'`reads Raw "in/*"` of `f`: {why}', f'`allow "cloudwatch:PutMetricData"` of `g`: {why}']


def test_schedules_say_what_is_written() -> None:
    """A schedule has the words of the source beside the expression that the clock follows."""
    _, description = project(
        'function f "a.f"\nevery 90m -> f\ncron   "0 9 ? * MON-FRI *" timezone "Europe/Zurich" -> f\nat "2030-01-01T10:00" timezone "UTC" -> f'
    )
    written = sorted(schedule["written"] for schedule in description["schedules"].values())
    assert written == ['at "2030-01-01T10:00" timezone "UTC"', 'cron "0 9 ? * MON-FRI *" timezone "Europe/Zurich"', "every 90m"]
