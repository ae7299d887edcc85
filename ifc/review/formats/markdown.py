"""A comparison as Markdown, for a comment on a pull request or merge request.

Nothing from a source can leave its place: names and code stand in code spans and fences that are longer than any run of backticks in
them, other text is escaped, and what a host would turn into a mention, a reference, a link or an emoji is parted by a zero-width space.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ifc.review.finding import Comparison, Finding
from ifc.review.formats import wording
from ifc.review.formats.display import cut, lines, visible
from ifc.review.formats.outcome import NotCompared, Outcome
from ifc.review.risk import Risk
from ifc.source import Span

# GitHub's API refuses a comment with "Body is too long (maximum is 65536 characters)", GitLab's one of over 1,000,000 characters (Notes API).
# GitHub does not say what it counts: 60,000 units of UTF-16 are few enough as characters, and as a quarter of 262,144 bytes.
MOST = 60_000
HEADINGS = 1_500  # of these, kept for the headings of classes and what folds them
LISTED, LIST = 20, 6_000  # remarks and reasons: how many, and in how many characters
KEY = 200
LINES, LINE = 12, 240  # of what was and of what is: how many, and how long
DETAILS = 8
NAME, SENTENCE = 120, 600  # the longest name, the longest sentence
ROW = 60  # what fits into a row or a table
SIGNS = {
    Risk.DATA: "🔴",
    Risk.REPLACED: "🔴",
    Risk.WIDER: "🟠",
    Risk.EXPOSED: "🟠",
    Risk.CONTRACT: "🟡",
    Risk.COST: "🟡",
    Risk.BEHAVIOUR: "🔵",
    Risk.COSMETIC: "⚪",
}
APART = "&#8203;"  # ZERO WIDTH SPACE
_SPECIAL = {
    **{c: "\\" + c for c in "\\`*_[]|~"},
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "$": "<span>$</span>",  # as GitHub's page "Writing mathematical expressions" has it
}
# What hosts link: @user, #12, GH-12, !12, %milestone, ~label, &epic, :emoji:, scheme:…, www.…, and GitLab's [issue:12].
_LINKED = re.compile(r"[@#!%~&:\[](?=[\w\"/+-])|(?<![^\W_])(?:[Gg][Hh]-(?=\d)|[Ww]{3}(?=\.))")


def write(outcome: Outcome, command: str = "", key: str = "", label: str = "", blobs: str = "", note: str = "", most: int = MOST) -> str:
    """The outcome as a comment of at most `most` characters.

    `command` shows all of it in a terminal; `key` (the app's name) tells the comment from others; `label` says which of several comparisons
    of the app it is; `blobs` is an address that, with a path behind it, shows a file of the new side;
    `note` is said at the end.
    """
    head = (
        f"{marker(key or wording.title(outcome), label)}\n### ifc diff: {code(wording.title(outcome))}{f', {code(label)}' if label else ''}"
    )
    if isinstance(outcome, NotCompared):
        return "\n\n".join([head, *_not_compared(outcome, note)]) + "\n"
    page = _Page(outcome, command or wording.command(outcome), blobs, note)
    return "\n\n".join([head, *page.parts(most - HEADINGS - size(head))]) + "\n"


def marker(key: str, label: str = "") -> str:
    """The hidden line by which a comment is found again."""
    from urllib.parse import quote  # a key can be anything; in a comment of HTML it must not end it

    about = f"{key} {label}" if label else key
    if len(about) > KEY:
        from hashlib import sha256

        about = f"{about[: KEY // 2]} {sha256(about.encode(errors='surrogatepass')).hexdigest()[:16]}"
    return f"<!-- ifc-diff: {quote(about, safe=' /._', errors='replace').replace('--', '-%2D')} -->"


class _Page:
    def __init__(self, comparison: Comparison, command: str, blobs: str, note: str) -> None:
        self.comparison, self.command, self.blobs, self.note = comparison, command, blobs, note

    def parts(self, room: int) -> list[str]:
        """The parts of the comment under its heading."""
        headline, remarks = self.headline(), self.remarks()
        footer = self.footer()
        fit, left_out = self.fitting(room - sum(size(part) + 2 for part in (*headline, *remarks, footer)))
        counting = [f for f in fit if f.counts]
        visible_ones = [f for f in counting if f.risk <= Risk.COST]
        parts = [*headline, *self.cuts(left_out), *remarks]
        for risk in dict.fromkeys(f.risk for f in visible_ones):
            parts.append(f"#### {SIGNS[risk]} {risk.code} {risk.title}")
            parts += [self.finding(f) for f in visible_ones if f.risk == risk]
        parts += self.accepted([f for f in fit if not f.counts and f.risk <= Risk.COST])
        for risk in (Risk.BEHAVIOUR, Risk.COSMETIC):
            own = [f for f in counting if f.risk == risk]
            if own:
                parts += self.folded(f"{SIGNS[risk]} {risk.code} {risk.title}: {wording.number(len(own), 'change')}", self.small(own))
        small = [f for f in fit if not f.counts and f.risk > Risk.COST]
        if small:
            parts += self.folded(f"Accepted in the source: {wording.number(len(small), 'small change')}", [self.waived(f) for f in small])
        return [*parts, footer]

    # --- what is said of all ---

    def headline(self) -> list[str]:
        """The counts, in one line."""
        counts = self.comparison.counted()
        accepted = len(wording.waived(self.comparison))
        if not counts and not accepted:
            return [f"⚠️ {_sentence(wording.NOT_ALL)}" if self.comparison.remarks else f"✅ {_sentence(wording.NOTHING)}"]
        parts = [f"{SIGNS[risk]} **{count}** {risk.title}" for risk, count in counts.items()]
        return [" · ".join([*parts, f"☑️ **{accepted}** accepted in the source"] if accepted else parts)]

    def remarks(self) -> list[str]:
        """What could not be compared: always in sight."""
        return _listed([f"⚠️ {_sentence(prose(remark))}" for remark in self.comparison.remarks], "more remark")

    def fitting(self, room: int) -> tuple[list[Finding], list[Finding]]:
        """The findings for which there is room, the worst first, and the others."""
        findings = sorted(self.comparison.findings, key=lambda f: (f.risk, not f.counts))
        for number, finding in enumerate(findings):
            room -= max(map(size, (self.finding(finding), self.row(finding), self.waived(finding) if finding.waiver else ""))) + 2
            if room < 0:
                return findings[:number], findings[number:]
        return findings, []

    def cuts(self, left_out: list[Finding]) -> list[str]:
        """What was left out, if anything."""
        if not left_out:
            return []
        counts: dict[Risk, int] = {}
        for finding in left_out:
            counts[finding.risk] = counts.get(finding.risk, 0) + 1
        every = ", ".join(f"{count} {risk.title} ({risk.code})" for risk, count in counts.items())
        return [f"✂️ **A comment can't hold all of it. Left out here: {every}.** {code(self.command)} shows all."]

    def footer(self) -> str:
        """What was compared, and how to see it in a terminal."""
        of = wording.targets(self.comparison)
        sides = f"{code(self.comparison.old)} → {code(self.comparison.new)}{f', for {prose(of)}' if of else ''}"
        return f"<sub>{sides}. In a terminal: {code(self.command, 4 * NAME)}{_noted(self.note)}</sub>"

    # --- findings ---

    def finding(self, finding: Finding) -> str:
        """A finding with all that is known of it."""
        change, fence = self.change(finding)
        where = self.places(finding.old, finding.new)
        head = f"**{_title(finding)}**{f': {prose(finding.effect)}' if finding.effect else ''}"
        parts = [" \\\n".join(line for line in (head, " · ".join(p for p in (change, where) if p)) if line)]
        parts += fence
        waiver = finding.waiver
        items = [f"**Help**: {prose(finding.help)}"] if finding.help else []
        if waiver is not None and waiver.expired:
            since = f" since {prose(waiver.until)}" if waiver.until else ""
            items.append(f"**No longer accepted**{since}: {prose(waiver.reason)} ({self.place(waiver.span)})")
        rows = [f"{target}: {words}" for target, words in wording.rows(finding.consequences, code, prose)]
        if not wording.in_place(finding):
            items += rows
        parts += ["\n".join(f"- {item}" for item in items)] if items else []
        if wording.in_place(finding) and rows:
            parts.append(f"<sub>{' · '.join(rows)}</sub>")
        return "\n\n".join(parts)

    def change(self, finding: Finding) -> tuple[str, list[str]]:
        """What was and what is: in a row where it fits, or else as a fence that colours it."""
        before, after = _lines(finding.before), _lines(finding.after)
        details = wording.packed([line for detail in finding.details for line in lines(detail)], LINE // 2)
        if len(before) <= 1 and len(after) <= 1 and before + after and sum(map(len, before + after)) <= ROW:
            row = " → ".join(code(side[0]) if side else "nothing" for side in (before, after))
            return row, [fence(_clipped("", details, DETAILS), "text")] if details else []
        shown = [*_clipped("- ", before, LINES), *_clipped("+ ", after, LINES), *_clipped("", details, DETAILS)]
        return "", [fence(shown, "diff" if before or after else "text")] if shown else []

    def small(self, findings: Sequence[Finding]) -> list[str]:
        """Findings of a folded class: a table of those that are a row, the others as they are."""
        in_rows = [f for f in findings if self.is_row(f)]
        parts = ["\n".join(["| change | before | after | |", "|---|---|---|---|", *map(self.row, in_rows)])] if in_rows else []
        return [*parts, *(self.finding(f) for f in findings if f not in in_rows)]

    def is_row(self, finding: Finding) -> bool:
        """Whether a row of a table holds all that there is to say."""
        sides = [*_lines(finding.before), *_lines(finding.after)]
        said = finding.help or finding.details or finding.waiver or "\n" in (finding.before or "") + (finding.after or "")
        piped = any(
            "|" in text for text in (finding.title, finding.effect, *sides, *(s.source.path for s in (finding.old, finding.new) if s))
        )
        return (
            wording.in_place(finding)
            and not said
            and not piped
            and all(len(side) <= ROW for side in sides)
            and len(finding.title) + len(finding.effect) <= 3 * ROW
        )

    def row(self, finding: Finding) -> str:
        """A finding in one row of a table."""
        sides = [code(cut(visible(side), ROW)) if side is not None else "" for side in (finding.before, finding.after)]
        effect = f": {prose(finding.effect)}" if finding.effect else ""
        where = self.places(finding.old if finding.new is None else None, finding.new)
        return f"| {_title(finding)}{effect} | {' | '.join(sides)} | {where} |"

    def accepted(self, findings: Sequence[Finding]) -> list[str]:
        """What lines of the source accept, in sight: the line may be new too."""
        return ["#### ☑️ Accepted in the source", "\n".join(map(self.waived, findings))] if findings else []

    def waived(self, finding: Finding) -> str:
        """An accepted finding in one line, with the reason."""
        words = f"- {finding.risk.code} {prose(finding.title) or code(finding.subject)}"
        if finding.waiver is None:
            return words
        until = f" until {prose(finding.waiver.until)}" if finding.waiver.until else ""
        return f"{words}. Accepted{until} ({self.place(finding.waiver.span)}): {prose(finding.waiver.reason)}"

    def folded(self, summary: str, parts: Iterable[str]) -> list[str]:
        """Parts that are shown on a click; the summary must be our own words."""
        parts = list(parts)
        joined = "\n".join(parts) if all(part.startswith("- ") for part in parts) else "\n\n".join(parts)
        return [f"<details><summary>{summary}</summary>\n\n{joined}\n\n</details>"]

    # --- places ---

    def places(self, old: Span | None, new: Span | None) -> str:
        """Where it stands, and where it stood if that is another place."""
        if new is None:
            return f"before: {code(wording.place(old))}" if old is not None else ""
        if old is None or wording.place(old) == wording.place(new):
            return self.place(new)
        return f"{self.place(new)}, before: {code(wording.place(old))}"

    def place(self, span: Span) -> str:
        """A place of the new side, as a link where the host has an address for it."""
        from urllib.parse import quote

        path = span.source.path.removeprefix("./")
        shown = code(wording.place(span))
        if not self.blobs or path.startswith(("/", "..")) or ":" in path or "\\" in path:
            return shown
        return f"[{shown}]({self.blobs.rstrip('/')}/{quote(path)}#L{span.line})"


def _not_compared(outcome: NotCompared, note: str) -> list[str]:
    return [
        "❌ **It could not be compared, so what changes is not known.**",
        *_listed([_sentence(prose(reason)) for reason in outcome.reasons], "more reason"),
        f"<sub>{code(outcome.old)} → {code(outcome.new)}{_noted(note)}</sub>",
    ]


def _noted(note: str) -> str:
    return f". {prose(note)}" if note else ""


def _listed(items: Sequence[str], noun: str) -> list[str]:
    """Items as a list, what is too much of them counted."""
    shown: list[str] = []
    for item in items:
        if len(shown) == LISTED or sum(map(size, shown)) + size(item) > LIST:
            shown.append(f"… and {wording.number(len(items) - len(shown), noun)}")
            break
        shown.append(item)
    return ["\n".join(f"- {item}" for item in shown)] if shown else []


# --- text of others ---


def size(text: str) -> int:
    """How many characters a host may count: those beyond the first 65,536 of Unicode as two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "replace")) // 2


def code(text: str, most: int = NAME) -> str:
    """A code span that shows the text as it is, long ones cut."""
    shown = cut(visible(text), most).strip()
    if not shown:
        return '<code>""</code>' if not text else "<code>&nbsp;</code>"
    ticks = "`" * (_run(shown) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def fence(rows: Sequence[str], language: str) -> str:
    """A code block, longer than any fence within it."""
    ticks = "`" * max(3, max(map(_run, rows), default=0) + 1)
    return "\n".join([ticks + language, *rows, ticks])


def prose(sentence: str, most: int = SENTENCE) -> str:
    """A sentence in which only what stands in backticks is code, and all else is text."""
    pieces = cut(visible(sentence).strip(), most).split("`")
    if len(pieces) % 2 == 0:  # one that is not closed is a character as any other
        pieces[-2:] = ["`".join(pieces[-2:])]
    return "".join(code(piece) if number % 2 else _escaped(piece) for number, piece in enumerate(pieces))


def _escaped(text: str) -> str:
    marked = _LINKED.sub(lambda found: found[0] + "\0", text)
    return "".join(APART if c == "\0" else _SPECIAL.get(c, c) for c in marked)


def _run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def _title(finding: Finding) -> str:
    return _first_up(prose(finding.title)) or code(finding.subject)


def _lines(text: str | None) -> list[str]:
    return lines(text) if text is not None else []


def _clipped(sign: str, rows: list[str], most: int) -> list[str]:
    shown = rows if len(rows) <= most + 1 else rows[:most]
    more = [f"{sign}… {wording.number(len(rows) - len(shown), 'more line')}"] if len(shown) < len(rows) else []
    return [*(sign + cut(row, LINE) for row in shown), *more]


def _sentence(words: str) -> str:
    return f"{_first_up(words)}."


def _first_up(words: str) -> str:
    return words[:1].upper() + words[1:]
