"""Suppressions: `# ifc: allow IFC551 "the reason"` beside a thing takes back what a check says of it, and says why."""

from __future__ import annotations

import re
from collections.abc import Iterable

import attrs

from ifc.diagnostics import ERROR, Diagnostic, Report, near
from ifc.source import Source, Span

COMMENT = re.compile(r"#\s*ifc:\s*allow\s+(?P<rest>IFC\S*.*)")
FORM = re.compile(r'(?P<code>IFC\d+)\s+"(?P<reason>[^"]+)"(?:\s+until\s+(?P<until>\d{4}-\d\d-\d\d))?\s*(?:#.*)?')
FORGIVABLE = ("IFC550",)  # errors that may be meant all the same
# What only a target, a build or a deployment says: whether such a thing is said at all is not known when an app is read.
LATER = re.compile(r"IFC371|IFC[6789]\d\d")


@attrs.define(eq=False)
class Suppression:
    """One as it stands in a source: for what is on its line or, where it has the line for itself, below it."""

    code: str
    span: Span
    lines: frozenset[int]
    used: bool = False


class Suppressions:
    """All of a program; `covers` tells whether a diagnostic is taken back."""

    def __init__(self, sources: Iterable[Source], report: Report) -> None:
        self.by_path: dict[str, list[Suppression]] = {}
        for source in sources:
            if "ifc:" in source.text:  # hardly any file has one
                self.by_path[source.path] = list(written(source, report))

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

    def unused(self, report: Report) -> None:
        """Warns of those that take nothing back."""
        for one in (one for each in self.by_path.values() for one in each):
            if not one.used and not LATER.fullmatch(one.code):
                report.warning(
                    "IFC560", f"nothing here is `{one.code}`, so nothing is allowed", one.span, "takes nothing back", "take the comment out"
                )


def written(source: Source, report: Report) -> Iterable[Suppression]:
    """The suppressions of a file; reports what can't be read."""
    from ifc.codes import CODES  # only a file that has one needs all the codes

    for match in COMMENT.finditer(source.text):
        span = Span(source, match.start(), match.end())
        form = FORM.fullmatch(match["rest"])
        code = form["code"] if form else ""
        if form is None or code not in CODES:
            close = near(code, CODES) if code else None
            report.error(
                "IFC561",
                f"`{code}` is no code of a diagnostic" if code else "this suppression can't be read",
                span,
                "not understood",
                f"write `{close}`" if close else 'write `# ifc: allow IFC551 "why it is meant"`',
            )
            continue
        yield Suppression(code, span, frozenset(covered(source, span.line)))


def covered(source: Source, line: int) -> Iterable[int]:
    """The lines that a comment speaks of: its own or, where it stands alone, the next one that is no comment."""
    yield line
    if not source.line(line).lstrip().startswith("#"):
        return
    below = line + 1
    while below <= len(source.line_starts()) and source.line(below).lstrip().startswith("#"):
        below += 1
    yield below
