"""The outputs of a comparison: pure functions from its result to text."""

from __future__ import annotations

from ifc.review.finding import Comparison
from ifc.review.formats.outcome import NotCompared, Outcome

TEXT, MARKDOWN, JSON, SARIF = FORMATS = ("text", "markdown", "json", "sarif")


def write(outcome: Outcome, format: str, *, colour: bool = False, width: int = 80, verbose: bool = False, command: str = "") -> str:
    """The outcome in one of the formats; `command` is what shows all of it in a terminal."""
    if format == TEXT:  # each output loads what it alone needs
        from ifc.review.formats import text

        return text.write(outcome, colour=colour, width=width, verbose=verbose)
    if format == MARKDOWN:
        from ifc.review.formats import markdown

        return markdown.write(outcome, command=command)
    if format == SARIF:
        from ifc.review.formats import sarif

        return sarif.write(outcome)
    from ifc.review.formats import as_json

    return as_json.write(outcome)


__all__ = ["FORMATS", "JSON", "MARKDOWN", "SARIF", "TEXT", "Comparison", "NotCompared", "Outcome", "write"]
