"""Diagnostics as people and machines read them: the one place that draws them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from ifc.diagnostics import ERROR, NOTE, WARNING, Diagnostic, Label
from ifc.source import Span

COLOURS = {ERROR: "\x1b[1;31m", WARNING: "\x1b[1;33m", NOTE: "\x1b[1;36m", "place": "\x1b[34m", "bold": "\x1b[1m", "end": "\x1b[0m"}


def text(diagnostics: Sequence[Diagnostic], colour: bool = False, most: int = 20) -> str:
    """Every diagnostic with its lines of source; after `most` the rest is counted."""
    paint = _Paint(colour)
    shown = [_one(d, paint) for d in diagnostics[:most]]
    if len(diagnostics) > most:
        shown.append(f"… and {len(diagnostics) - most} more (`--max-errors` shows more)\n")
    return "\n".join(shown)


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning`."""
    counts = [(sum(d.severity == s for d in diagnostics), s) for s in (ERROR, WARNING, NOTE)]
    return ", ".join(f"{n} {s}{'s' if n != 1 else ''}" for n, s in counts if n) or "no findings"


class _Paint:
    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, style: str, words: str) -> str:
        return f"{COLOURS[style]}{words}{COLOURS['end']}" if self.on and words else words


def _one(diagnostic: Diagnostic, paint: _Paint) -> str:
    head = paint(diagnostic.severity, f"{diagnostic.severity}[{diagnostic.code}]") + paint("bold", f": {_brief(diagnostic.message)}")
    lines = [head]
    width = max((len(str(_lines(label.span)[0])) for label in diagnostic.labels), default=1)
    previous: str | None = None
    for number, label in enumerate(diagnostic.labels):
        lines += _label(label, number == 0, width, previous, diagnostic.severity, paint)
        previous = label.span.source.path
    bar = " " * (width + 1)
    if diagnostic.help:
        if diagnostic.labels:
            lines.append(paint("place", f"{bar}|"))
        lines.append(paint("place", f"{bar}= ") + f"help: {_brief(diagnostic.help)}")
    return "\n".join(lines) + "\n"


def _brief(sentence: str) -> str:
    """The sentence with what it quotes cut where that is very long."""
    return sentence if len(sentence) < 200 else re.sub(r"`([^`]{100})[^`]{40,}`", r"`\1…`", sentence)


def _lines(span: Span) -> tuple[int, int]:
    return span.source.position(span.start)


def _label(label: Label, first: bool, width: int, previous: str | None, severity: str, paint: _Paint) -> list[str]:
    span = label.span
    line, column = _lines(span)
    source = span.source.line(line)
    bar = paint("place", " " * (width + 1) + "|")
    arrow = "-->" if first else ":::"
    lines = [paint("place", " " * width + f"{arrow} ") + f"{span.source.path}:{line}:{column}"]
    if first:
        lines.append(bar)
    length = max(1, min(span.end - span.start, len(source) - column + 1))
    shown, start = _window(source, column - 1, length)
    lines.append(paint("place", f"{line:>{width}} | ") + shown)
    mark = ("^" if first else "-") * max(1, _cells(shown[start : start + length]))
    under = " " * _cells(shown[:start]) + paint(severity if first else "place", f"{mark} {label.text}".rstrip())
    lines.append(f"{bar} {under}".rstrip())
    return lines


def _window(source: str, start: int, length: int) -> tuple[str, int]:
    """The line made printable and cut around the place when it is very long, and where the place is in it."""
    begin, end = (0, len(source)) if len(source) <= 160 else (max(0, start - 40), max(0, start - 40) + 150)
    left, right = ("…" if begin else ""), ("…" if end < len(source) else "")
    cut = "".join(c if c.isprintable() else " " if c == "\t" else "\ufffd" for c in source[begin:end])
    return left + cut + right, start - begin + len(left)


def _cells(words: str) -> int:
    """How many columns of a terminal a text takes."""
    if words.isascii():
        return max(len(words), 0)
    import unicodedata  # only for text beyond ASCII

    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in words)


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """The diagnostics as JSON, one object each, with places from 1."""
    found = [
        {
            "code": d.code,
            "severity": d.severity,
            "message": d.message,
            "help": d.help,
            "labels": [{"path": label.span.source.path, "text": label.text, **_place(label.span)} for label in d.labels],
        }
        for d in diagnostics
    ]
    return json.dumps({"version": 1, "diagnostics": found}, indent=2, ensure_ascii=False) + "\n"


def _place(span: Span) -> dict[str, int]:
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {"line": line, "column": column, "endLine": end_line, "endColumn": end_column}


def github(diagnostics: Sequence[Diagnostic]) -> str:
    """The diagnostics as commands of GitHub's workflow log (GitHub docs, Workflow commands)."""
    lines = []
    for d in diagnostics:
        level = "notice" if d.severity == NOTE else d.severity
        place = ""
        if d.labels:
            at = _place(d.labels[0].span)
            path = _property(d.labels[0].span.source.path)
            place = f"file={path},line={at['line']},col={at['column']},endLine={at['endLine']},endColumn={at['endColumn']},"
        message = d.message + (f"\n{d.help}" if d.help else "")
        lines.append(f"::{level} {place}title={d.code}::{_data(message)}\n")
    return "".join(lines)


def _data(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _data(words).replace(":", "%3A").replace(",", "%2C")
