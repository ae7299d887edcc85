"""A comparison for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ifc.diagnostics import ERROR, NOTE, WARNING
from ifc.render import COLOURS
from ifc.review.finding import Comparison, Finding
from ifc.review.formats import wording
from ifc.review.formats.display import brief, cells, cut, lines, visible, wrapped
from ifc.review.formats.outcome import NotCompared, Outcome
from ifc.review.risk import Risk
from ifc.source import Span

LINES = 8  # of what was and of what is, unless all is asked for
ROWS = 5  # that one such line may take
DETAILS = 5
LONGEST = 60  # columns of a name
BEFORE = " (before)"
STYLES = {
    **dict.fromkeys((Risk.DATA, Risk.REPLACED, Risk.WIDER, Risk.EXPOSED), ERROR),
    **dict.fromkeys((Risk.CONTRACT, Risk.COST), WARNING),
    **dict.fromkeys((Risk.BEHAVIOUR, Risk.COSMETIC), NOTE),
}
BAR, ARROW = "   | ", "  --> "


def write(outcome: Outcome, colour: bool = False, width: int = 80, verbose: bool = False) -> str:
    """The outcome as text, in lines of at most `width` columns."""
    page = _Page(colour, width, verbose)
    if isinstance(outcome, NotCompared):
        page.not_compared(outcome)
    else:
        page.comparison(outcome)
    return "\n".join(page.written) + "\n"


class _Page:
    def __init__(self, colour: bool, width: int, verbose: bool) -> None:
        self.colour, self.width, self.verbose = colour, max(width, 30), verbose
        self.written: list[str] = []

    # --- the parts ---

    def comparison(self, comparison: Comparison) -> None:
        self.sentence(f"`{_name(wording.title(comparison))}`: {wording.headline(comparison)}", style="bold")
        sides = f"{visible(comparison.old)} → {visible(comparison.new)}"
        of = wording.targets(comparison)
        self.sentence(f"{sides}, for {of}" if of else sides, "  ", "  ")
        counting = wording.counting(comparison)
        cosmetic = [f for f in counting if f.risk == Risk.COSMETIC]
        for finding in counting:
            if finding.risk != Risk.COSMETIC or self.verbose:
                self.finding(finding)
        if cosmetic and not self.verbose:
            self.cosmetic(cosmetic)
        self.accepted(wording.waived(comparison))
        for remark in comparison.remarks:
            self.written.append("")
            self.labelled(NOTE, "note", remark)

    def not_compared(self, outcome: NotCompared) -> None:
        self.labelled(ERROR, "error", f"`{_name(wording.title(outcome))}` {wording.headline(outcome)}")
        for reason in outcome.reasons:
            self.sentence(brief(reason, LONGEST), "   = ", "     ")

    def finding(self, finding: Finding) -> None:
        self.written.append("")
        self.labelled(STYLES[finding.risk], f"{finding.risk.code} {finding.risk.title}", finding.title)
        for line in _places(finding.old, finding.new, self.width - cells(ARROW)):
            self.line("place", ARROW, line)
        self.change(finding)
        for label, words in (("", finding.effect), ("help: ", finding.help)):
            if words:
                self.sentence(label + brief(words, LONGEST), "   = ", "     ")
        for target, words in wording.rows(finding.consequences, _name, lambda words: brief(words, LONGEST), self.verbose):
            self.sentence(f"{target}: {words}", "   = ", "     ")
        waiver = finding.waiver
        if waiver is not None:  # one that has expired, or the finding would stand below
            since = f" since {visible(waiver.until)}" if waiver.until else ""
            self.sentence(f"no longer accepted{since}: {brief(waiver.reason, LONGEST)} ({_at(waiver.span)})", "   = ", "     ")

    def change(self, finding: Finding) -> None:
        """What was and what is, in one row where it fits."""
        before, after = _lines(finding.before), _lines(finding.after)
        details = wording.packed([line for detail in finding.details for line in lines(detail)], self.width - cells(BAR))
        if not before and not after and not details:
            return
        self.line("place", BAR, "")
        row = f"{''.join(before)} → {''.join(after)}"
        if len(before) == len(after) == 1 and cells(BAR + row) <= self.width:
            self.line("place", BAR, row)
        else:
            self.rows("- ", before, ERROR)
            self.rows("+ ", after, NOTE)
        shown = details if self.verbose or len(details) <= DETAILS + 1 else details[:DETAILS]
        for detail in shown:
            self.rows("", [detail], "")
        if len(shown) < len(details):
            self.line("place", BAR, f"… {wording.number(len(details) - len(shown), 'more line')}")

    def rows(self, sign: str, texts: list[str], style: str) -> None:
        """Lines of source as they were written, long ones broken and many counted."""
        shown = texts if self.verbose or len(texts) <= LINES + 1 else texts[:LINES]
        for text in shown:
            words = text.lstrip(" ")
            indent = " " * min(len(text) - len(words), 20)
            if not self.verbose:  # no more than could be shown
                words = words[: 4 * ROWS * self.width]
            pieces = wrapped(words, self.width - cells(BAR), sign + indent, " " * cells(sign) + indent + "  ")
            if len(pieces) > ROWS and not self.verbose:
                pieces = [*pieces[: ROWS - 1], f"{' ' * cells(sign)}{indent}  …"]
            for piece in pieces:
                self.line("place", BAR, self.paint(style, piece))
        if len(shown) < len(texts):
            self.line("place", BAR, self.paint(style, f"{sign}… {wording.number(len(texts) - len(shown), 'more line')}"))

    def cosmetic(self, findings: list[Finding]) -> None:
        """What changes nothing that runs, in one line."""
        self.written.append("")
        if len(findings) == 1:
            words = findings[0].title
        else:
            kinds: dict[str, int] = {}
            for finding in findings:
                kinds[finding.rule] = kinds.get(finding.rule, 0) + 1
            words = f"{wording.number(len(findings), 'change')} ({', '.join(f'{count} {rule}' for rule, count in sorted(kinds.items()))})"
        self.labelled(NOTE, f"{Risk.COSMETIC.code} {Risk.COSMETIC.title}", words)

    def accepted(self, findings: list[Finding]) -> None:
        """What lines of the source accept, and why."""
        if findings:
            self.written += ["", self.paint("bold", "accepted in the source:")]
        for finding in findings:
            self.sentence(f"{finding.risk.code} {brief(finding.title, LONGEST)}", "  ", "     ")
            if finding.waiver is not None:
                until = f"until {visible(finding.waiver.until)}, " if finding.waiver.until else ""
                self.sentence(f"{until}{_at(finding.waiver.span)}: {brief(finding.waiver.reason, LONGEST)}", "     ", "     ")

    # --- lines ---

    def labelled(self, style: str, label: str, words: str) -> None:
        """`label: words`, the label in its colour and the words bold."""
        first, *more = wrapped(f"{label}: {brief(words, LONGEST)}", self.width, "", "  ")
        if not first.startswith(label):  # broken in the middle of the label, on a very narrow screen
            self.written += [first, *more]
            return
        rest = self.names("\n".join([first[len(label) :], *more]), "bold")
        self.written += (self.paint(style, label) + rest).split("\n")

    def sentence(self, words: str, first: str = "", then: str = "", style: str = "") -> None:
        """A sentence in as many lines as it takes, its names in their colour."""
        text = "\n".join(line[len(first if not number else then) :] for number, line in enumerate(wrapped(words, self.width, first, then)))
        shown = self.names(text, style).split("\n")
        self.written += [self.paint("place", then if number else first) + line for number, line in enumerate(shown)]

    def line(self, style: str, label: str, words: str) -> None:
        self.written.append((self.paint(style, label) + words).rstrip() if words else self.paint(style, label.rstrip()))

    def names(self, text: str, style: str) -> str:
        """Names without their backticks but in colour, where there is colour."""
        if not self.colour:
            return text
        painted = []
        for number, line in enumerate(_toggled(text)):
            for name, piece in line:
                painted.append(self.paint(NOTE if name else style, piece) if name or style else piece)
            if number < text.count("\n"):
                painted.append("\n")
        return "".join(painted)

    def paint(self, style: str, words: str) -> str:
        return f"{COLOURS[style]}{words}{COLOURS['end']}" if self.colour and style and words.strip() else words


def _toggled(text: str) -> Iterator[list[tuple[bool, str]]]:
    """Each line's pieces, and whether they are within backticks; a name may go on in the next line."""
    name = False
    for line in text.split("\n"):
        pieces = []
        for number, piece in enumerate(line.split("`")):
            name = not name if number else name
            if piece:
                pieces.append((name, piece))
        yield pieces


def _name(text: str) -> str:
    return cut(visible(text), LONGEST)


def _lines(text: str | None) -> list[str]:
    return lines(text) if text is not None else []


def _at(span: Span) -> str:
    return cut(visible(wording.place(span)), LONGEST)


def _places(old: Span | None, new: Span | None, width: int) -> Iterable[str]:
    """Where it stands, and where it stood if that is another place; in one line where it fits."""
    was = f"{cut(_at(old), width - len(BEFORE))}{BEFORE}" if old is not None else ""
    if new is None:
        return [was] if was else []
    here = cut(_at(new), width)
    if old is None or wording.place(old) == wording.place(new):
        return [here]
    both = f"{here} (before: {_at(old)})"
    return [both] if cells(both) <= width else [here, was]
