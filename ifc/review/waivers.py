"""Waivers: `# ifc: allow R2 "reason" until 2027-01-31` beside a thing accepts what a review finds of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ifc.allowances import allowances
from ifc.records import evolve, record
from ifc.review.finding import Comparison, Finding, Waiver
from ifc.review.risk import CODES, Risk
from ifc.review.sides import Side
from ifc.source import Source

WHAT = re.compile(r"(?P<risk>R[0-7])(?:\s+(?P<subject>.+))?")


@record
class Written:
    """A waiver as it stands in a source: for what is on its line or the one below, or for a subject that it names."""

    risk: Risk
    subject: str | None
    line: int
    waiver: Waiver


def waived(found: Comparison, side: Side, today: str | None) -> Comparison:
    """The comparison with the waivers of the new side's source; one whose day has passed by `today` (an ISO date) counts no more."""
    written, wrong = waivers(sources(side), today)
    findings = tuple(evolve(f, waiver=waiver(f, written)) for f in found.findings)
    return evolve(found, findings=findings, remarks=(*found.remarks, *wrong))


def sources(side: Side) -> Mapping[str, Source]:
    """The files of a source, by path."""
    app = side.compiled.app if side.compiled is not None else None
    if app is None:
        return {}
    spans = [
        app.span,
        *(r.declared.span for r in app.resources.values()),
        *(w.span for w in app.wires),
        *(p.span for p in app.parameters.values()),
    ]
    return {span.source.path: span.source for span in spans if span is not None}


def waivers(files: Mapping[str, Source], today: str | None) -> tuple[dict[str, list[Written]], list[str]]:
    """The waivers of each file, and a sentence for each that can't be read."""
    found: dict[str, list[Written]] = {}
    wrong = []
    for path in sorted(files):
        for one in allowances(files[path]):
            if one.what.upper().startswith("IFC"):  # of a check
                continue
            what = WHAT.fullmatch(one.what)
            if what is None or one.reason is None:
                wrong.append(
                    f'{path}:{one.span.line}: this waiver can\'t be read: write `# ifc: allow R2 "reason"`, and `until 2027-01-31` behind it'
                )
                continue
            written = Waiver(reason=one.reason, until=one.until, span=one.span, expired=one.ended(today))
            found.setdefault(path, []).append(Written(CODES[what["risk"]], what["subject"], one.span.line, written))
    return found, wrong


def waiver(finding: Finding, written: Mapping[str, list[Written]]) -> Waiver | None:
    """The waiver of a finding, if it has one."""
    return next((one.waiver for one in candidates(finding, written) if one.risk == finding.risk), None)


def candidates(finding: Finding, written: Mapping[str, list[Written]]) -> Iterator[Written]:
    """The waivers that may be meant: those that name its subject, and those beside the place where it stands."""
    for each in written.values():
        yield from (one for one in each if one.subject is not None and covers(one.subject, finding.subject))
    if finding.new is None:
        return
    source, line = finding.new.source, finding.new.line
    lines = {line}
    above = line - 1
    while above > 0 and source.line(above).lstrip().startswith("#"):
        lines.add(above)
        above -= 1
    yield from (one for one in written.get(source.path, ()) if one.subject is None and one.line in lines)


def covers(named: str, subject: str) -> bool:
    """Whether a waiver that names a path is for a subject: for itself, and for what is below it."""
    return subject == named or subject.startswith(f"{named}/")
