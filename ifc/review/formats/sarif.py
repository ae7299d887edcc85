"""A comparison as SARIF 2.1.0, for code scanning and other viewers."""

from __future__ import annotations

import json
from typing import Any

from ifc import __version__
from ifc.review.finding import Comparison, Finding
from ifc.review.formats import wording
from ifc.review.formats.display import cut, visible
from ifc.review.formats.outcome import NotCompared, Outcome
from ifc.review.risk import Risk
from ifc.source import Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ERROR, WARNING, NOTE, NONE = "error", "warning", "note", "none"
LEVELS = {
    **dict.fromkeys((Risk.DATA, Risk.REPLACED, Risk.WIDER, Risk.EXPOSED), ERROR),
    **dict.fromkeys((Risk.CONTRACT, Risk.COST), WARNING),
    Risk.BEHAVIOUR: NOTE,
    Risk.COSMETIC: NONE,
}
# GitHub's page "SARIF support for code scanning": what a rule's default level and `problem.severity` may be, and how long its texts.
SEVERITIES = {ERROR: "error", WARNING: "warning", NOTE: "recommendation", NONE: "recommendation"}
LONGEST = 1_000


def write(outcome: Outcome, key: str = "", label: str = "") -> str:
    """The outcome as a SARIF log of one run; one that could not be compared has no `results`, so it is not taken for a clean one."""
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run(outcome, key, label)]}, indent=2) + "\n"


def run(outcome: Outcome, key: str = "", label: str = "") -> dict[str, Any]:
    """The outcome as one run; `key` (the app's name) and `label` tell it from others of the same commit."""
    category = "/".join(("ifc-diff", *(one.replace("/", "-") for one in (key or wording.title(outcome), label) if one)))
    rules = _rules(outcome) if isinstance(outcome, Comparison) else []
    made: dict[str, Any] = {
        "tool": {"driver": {"name": "ifc diff", "version": __version__, "rules": rules}},
        "automationDetails": {"id": f"{visible(category)}/"},
        "columnKind": "unicodeCodePoints",
    }
    if isinstance(outcome, NotCompared):
        said = [_notification(ERROR, f"{wording.headline(outcome)}: {reason}") for reason in outcome.reasons]
        return {**made, "invocations": [{"executionSuccessful": False, "toolExecutionNotifications": said}]}
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    said = [_notification(WARNING, remark) for remark in outcome.remarks]
    made["invocations"] = [{"executionSuccessful": True, "toolExecutionNotifications": said}]
    made["results"] = [_result(finding, index, outcome) for finding in outcome.findings]
    return made


def _notification(level: str, words: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": _plain(words)}}


def _rules(comparison: Comparison) -> list[dict[str, Any]]:
    """A rule for each sort of change that was found, at its worst."""
    worst: dict[str, Risk] = {}
    for finding in comparison.findings:
        worst[_rule(finding)] = min(worst.get(_rule(finding), finding.risk), finding.risk)
    rules = []
    for id, risk in sorted(worst.items()):
        level = LEVELS[risk]
        about = f"{wording.MEANING[risk]}."
        rules.append(
            {
                "id": id,
                "name": id,
                "shortDescription": {"text": f"{risk.title[:1].upper()}{risk.title[1:]}: {id.replace('-', ' ')}"},
                "fullDescription": {"text": about},
                "help": {
                    "text": f"{risk.code} {risk.title}. {about} `ifc diff` tells what changes, and what follows from it on each target."
                },
                "defaultConfiguration": {"level": NOTE if level == NONE else level},
                "properties": {"tags": ["infrastructure", risk.title], "precision": "high", "problem.severity": SEVERITIES[level]},
            }
        )
    return rules


def _rule(finding: Finding) -> str:
    return cut(visible(finding.rule), 200)


def _result(finding: Finding, index: dict[str, int], comparison: Comparison) -> dict[str, Any]:
    level = LEVELS[finding.risk]
    result: dict[str, Any] = {
        "ruleId": _rule(finding),
        "ruleIndex": index[_rule(finding)],
        "kind": "informational" if level == NONE else "fail",
        "level": level,
        "message": {"text": _message(finding)},
        "locations": [{**_location(finding, comparison), "logicalLocations": [{"fullyQualifiedName": visible(finding.subject)}]}],
        # The second is the only one that GitHub looks at; without it, two findings of a sort in one line would be one alert.
        "partialFingerprints": {"ifcFinding/v1": finding.id, "primaryLocationLineHash": finding.id},
        "properties": _properties(finding),
    }
    if finding.new is not None and finding.old is not None:
        result["relatedLocations"] = [{"id": 1, "physicalLocation": _physical(finding.old), "message": {"text": "before"}}]
    waiver = finding.waiver
    if waiver is not None and not waiver.expired:
        place = {"physicalLocation": _physical(waiver.span)}
        result["suppressions"] = [{"kind": "inSource", "status": "accepted", "justification": visible(waiver.reason), "location": place}]
    return result


def _message(finding: Finding) -> str:
    parts = [finding.title, finding.effect]
    if finding.before is not None or finding.after is not None:
        sides = [cut(visible(side), LONGEST) if side is not None else "nothing" for side in (finding.before, finding.after)]
        parts.append(f"before: {sides[0]}, after: {sides[1]}")
    parts.append(finding.help)
    parts += [f"{target}: {words}" for target, words in wording.rows(finding.consequences, visible, visible)]
    return " ".join(f"{_plain(part[:1].upper() + part[1:])}." for part in parts if part)


def _plain(words: str) -> str:
    """Text in which nothing is a link (SARIF 2.1.0, 3.11.6: brackets are escaped)."""
    return "".join(f"\\{c}" if c in "\\[]" else c for c in visible(words))


def _properties(finding: Finding) -> dict[str, Any]:
    about = {"risk": finding.risk.code, "class": finding.risk.title, "before": finding.before, "after": finding.after}
    return {"subject": finding.subject, **{name: value for name, value in about.items() if value is not None}}


def _location(finding: Finding, comparison: Comparison) -> dict[str, Any]:
    """Where it stands, or stood; viewers want a place for everything, so the file for what stands nowhere."""
    span = finding.new or finding.old
    if span is not None:
        return {"physicalLocation": _physical(span)}
    spans = (f.new for f in comparison.findings if f.new is not None)
    path = next((span.source.path for span in spans), comparison.new)
    return {
        "physicalLocation": {
            "artifactLocation": _artifact(path),
            "region": {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1},
        }
    }


def _physical(span: Span) -> dict[str, Any]:
    (line, column), (end_line, end_column) = span.source.position(span.start), span.source.position(span.end)
    region = {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}
    return {"artifactLocation": _artifact(span.source.path), "region": region}


def _artifact(path: str) -> dict[str, str]:
    from urllib.parse import quote

    relative = path.replace("\\", "/").removeprefix("./")
    if relative.startswith("/"):
        return {"uri": f"file://{quote(relative, errors='replace')}"}
    return {"uri": quote(relative, errors="replace"), "uriBaseId": "%SRCROOT%"}
