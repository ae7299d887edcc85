"""Allowances: the comments `# ifc: allow WHAT "the reason" until 2027-01-31`, of a check's code or of a review's class of risk."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

from ifc.source import Source, Span

# What stands in quotes is no comment.
COMMENT = re.compile(
    r'^(?:[^"#\n]++|"(?:\\.|[^"\\\n])*+"?)*+(?=#)[^\n]*?(?P<comment>#[ \t]*ifc:[ \t]*allow\b(?P<rest>[^\n]*))', re.MULTILINE | re.IGNORECASE
)
FORM = re.compile(
    r'\s+(?P<what>[^\s"]\S*(?:\s+[^\s"]\S*)*)\s+"(?P<reason>[^"]+)"(?:\s+until\s+(?P<until>\d{4}-\d\d-\d\d))?\s*(?:#(?!.*ifc:\s*allow).*)?',
    re.DOTALL | re.IGNORECASE,
)


@attrs.frozen(eq=False)
class Allowance:
    """One as it stands in a source. `reason` is None where it can't be read: it has none, or no such day is in a calendar."""

    span: Span
    what: str  # is allowed: `IFC551`, `R2` or `R2 queue/Jobs`
    reason: str | None
    until: str | None  # ISO date, inclusive

    def ended(self, today: str | None) -> bool:
        """Whether its last day has passed by `today` (an ISO date); where nobody said which day it is, none has."""
        return today is not None and self.until is not None and self.until < today


def allowances(source: Source) -> Iterator[Allowance]:
    """Those of a file, in their order."""
    if "ifc:" not in source.text.lower():  # hardly any file has one
        return
    for match in COMMENT.finditer(source.text):
        span = Span(source, match.start("comment"), match.end("comment"))
        form = FORM.fullmatch(match["rest"])
        if form is None or (form["until"] and not is_day(form["until"])):
            yield Allowance(span, match["rest"].strip(), None, None)
        else:
            yield Allowance(span, form["what"], form["reason"], form["until"])


def is_day(text: str) -> bool:
    """Whether an ISO date is in the calendar."""
    from datetime import date  # only an allowance that ends needs it

    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
