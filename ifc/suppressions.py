"""Suppressions: `# ifc: allow IFC551 "the reason"` beside a thing takes back what a check says of it, and says why."""

from __future__ import annotations

import re
from collections.abc import Iterable

import attrs

from ifc.allowances import allowances
from ifc.diagnostics import ERROR, Diagnostic, Report, near
from ifc.source import Source, Span

FORGIVABLE = ("IFC550",)  # errors that may be meant all the same
# What only a target, a build or a deployment says: whether such a thing is said at all is not known when an app is read.
LATER = re.compile(r"IFC371|IFC538|IFC[6789]\d\d")
OF_CODE = re.compile(r"IFC57\d")  # what only a look at the handlers' code says


@attrs.define(eq=False)
class Suppression:
    """One as it stands in a source: for what is on its line or, where it has the line for itself, below it."""

    code: str
    span: Span
    lines: frozenset[int]
    used: bool = False


class Suppressions:
    """All of a program; `covers` tells whether a diagnostic is taken back."""

    def __init__(self, sources: Iterable[Source], today: str | None, report: Report) -> None:
        self.by_path = {source.path: list(written(source, today, report)) for source in sources}

    def covers(self, found: Diagnostic) -> bool:
        """Whether a diagnostic is allowed where it stands."""
        if not found.labels or (found.severity == ERROR and found.code not in FORGIVABLE):
            return False
        span = found.labels[0].span
        for one in self.by_path.get(span.source.path, ()):
            if one.code == found.code and span.line in one.lines:
                one.used = True
                return True
        return False

    def unused(self, code: bool, report: Report) -> None:
        """Warns of those that take nothing back; of what is said of code only where code was looked at."""
        for one in (one for each in self.by_path.values() for one in each):
            if not one.used and not LATER.fullmatch(one.code) and (code or not OF_CODE.fullmatch(one.code)):
                report.warning(
                    "IFC560", f"nothing here is `{one.code}`, so nothing is allowed", one.span, "takes nothing back", "take the comment out"
                )


def written(source: Source, today: str | None, report: Report) -> Iterable[Suppression]:
    """The suppressions of a file that hold on a day; reports those that ended before it, and what can't be read."""
    for one in allowances(source):
        if not one.what.upper().startswith("IFC"):  # of a review
            continue
        from ifc.codes import CODES  # only a file that has one needs all the codes

        if one.reason is None or one.what not in CODES:
            close = near(one.what, CODES) if one.reason is not None else None
            report.error(
                "IFC561",
                f"`{one.what}` is no code of a diagnostic" if one.reason is not None else "this suppression can't be read",
                one.span,
                "not understood",
                f"write `{close}`"
                if close
                else 'write `# ifc: allow IFC551 "why it is meant"`, and `until 2027-01-31` behind it if it ends',
            )
        elif one.ended(today):
            report.warning("IFC560", f"this suppression ended on {one.until}", one.span, "holds no more", "take the comment out")
        else:
            yield Suppression(one.what, one.span, frozenset(covered(source, one.span.line)))


def covered(source: Source, line: int) -> Iterable[int]:
    """The lines that a comment speaks of: its own or, where it stands alone, the next one that is no comment."""
    yield line
    if not source.line(line).lstrip().startswith("#"):
        return
    below = line + 1
    while below <= len(source.line_starts()) and source.line(below).lstrip().startswith("#"):
        below += 1
    yield below
