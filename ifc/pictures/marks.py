"""The marks of what was found: on a box's corner, or on an arrow's line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ifc.pictures.layout import Frame
from ifc.pictures.letters import width
from ifc.pictures.lines import LABEL_SIZE, Line
from ifc.pictures.scene import BOX, Finding, Scene

NOTE = "note"
_SHAPES = {  # around the middle, and the letter on it
    "warning": ("M-1.5 -7.4q1.5 -2.4 3 0l6.6 11.4q1.2 2.6 -1.6 2.6h-13q-2.8 0 -1.6 -2.6z", "M0 -3.6v4M0 3.1v.1"),
    NOTE: ("M0 -6.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0 -13", "M0 -3.2v.1M0 -.4v3.8"),
}

Marked = Mapping[tuple[str, int], list[Finding]]


def marked(scene: Scene) -> Marked:
    """The findings that have their mark at each box or arrow."""
    found: dict[tuple[str, int], list[Finding]] = {}
    for finding in scene.findings:
        for thing in finding.first:
            found.setdefault(thing, []).append(finding)
    return found


def says(finding: Finding) -> str:
    """A finding on one line: `warning IFC551, app.ifc:12: events may go round`."""
    places = f", {finding.places[0][0]}" if finding.places else ""
    return f"{finding.severity} {finding.code}{places}: {finding.message}"


def on_box(found: Marked, at: int, frame: Frame) -> tuple[list[Finding], float, float]:
    """A box's findings, and the place of their mark from its upper left corner."""
    return found.get((BOX, at), []), frame.width - 3, 3.0


def on_line(found: Marked, line: Line) -> tuple[list[Finding], float, float]:
    """The findings of a line's arrows, and the place of their mark: before its label."""
    findings = [finding for arrow in line.arrows for finding in found.get(("arrow", arrow), [])]
    x, y = line.label_at
    aside = max((width(text, LABEL_SIZE) for text in line.label), default=-24.0) / 2 + 12
    return findings, x - aside, y


def worst(findings: Iterable[Finding]) -> str:
    """The look of a mark: a note's only where there is nothing but notes."""
    return NOTE if all(finding.severity == NOTE for finding in findings) else "warning"


def shape(look: str) -> str:
    """A mark around the origin, as SVG."""
    ground, letter = _SHAPES[look]
    return f'<path class="sign" d="{ground}"/><path class="letter" d="{letter}"/>'
