"""A mistake, a warning or a note, as data; `render` draws it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import attrs

from ifc.source import Span

ERROR, WARNING, NOTE = "error", "warning", "note"
SHORTEST = 3  # letters by which a word that begins like another one is taken for it


@attrs.frozen(eq=False)
class Label:
    """A place and a short remark that stands under it."""

    span: Span
    text: str = ""


@attrs.frozen(eq=False)
class Diagnostic:
    """One finding: a code, one sentence that states, one that helps, and the places it is about (the first is *the* place)."""

    code: str
    message: str
    labels: tuple[Label, ...] = ()
    help: str | None = None
    severity: str = ERROR

    def sort_key(self) -> tuple[tuple[str, int, int], str, str]:
        """Orders diagnostics by place, then code, then text."""
        place = self.labels[0].span.sort_key() if self.labels else ("", 0, 0)
        return place, self.code, self.message


class Failure(Exception):
    """Work that can't go on (a file that can't be read, say); carries the diagnostics that tell why."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(*(d.message for d in diagnostics))
        self.diagnostics = diagnostics


@attrs.define(eq=False)
class Report:
    """The one collector of a run's diagnostics."""

    diagnostics: list[Diagnostic] = attrs.field(factory=list)
    allowed: Callable[[Diagnostic], bool] | None = None  # whether one is taken back where it stands

    def error(self, code: str, message: str, span: Span, label: str = "", help: str | None = None, also: Iterable[Label] = ()) -> None:
        """Adds an error at `span`, with `also` as further places."""
        self.diagnostics.append(Diagnostic(code, message, (Label(span, label), *also), help))

    def warning(self, code: str, message: str, span: Span, label: str = "", help: str | None = None, also: Iterable[Label] = ()) -> None:
        """Adds a warning at `span`."""
        self.diagnostics.append(Diagnostic(code, message, (Label(span, label), *also), help, WARNING))

    def note(self, code: str, message: str, span: Span, label: str = "", help: str | None = None) -> None:
        """Adds a note at `span`; notes are shown on request."""
        self.diagnostics.append(Diagnostic(code, message, (Label(span, label),), help, NOTE))

    @property
    def failed(self) -> bool:
        """Whether an error was reported."""
        return any(d.severity == ERROR and not (self.allowed and self.allowed(d)) for d in self.diagnostics)

    def ordered(self) -> list[Diagnostic]:
        """All of them by place; what was said twice of one place stands once."""
        seen: dict[tuple[object, ...], Diagnostic] = {}
        for found in sorted(self.diagnostics, key=Diagnostic.sort_key):
            if self.allowed and self.allowed(found):
                continue
            seen.setdefault(found.sort_key(), found)
        return list(seen.values())


def article(noun: str) -> str:
    """`a queue`, `an api`."""
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}"


def listed(names: Sequence[str]) -> str:
    """Some names, those after the third counted."""
    first = ", ".join(f"`{name}`" for name in names[:3])
    return first if len(names) <= 3 else f"{first} and {len(names) - 3} more"


def near(word: str, names: Iterable[str]) -> str | None:
    """The name among `names` that `word` was probably meant to be, or None."""
    import difflib  # only a mistake needs it; it costs 3 ms of start-up

    known = sorted(set(names))
    for name in known:
        if name.lower() == word.lower():
            return name
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if found:
        return found[0]
    lowered = {n.lower(): n for n in reversed(known)}
    found = difflib.get_close_matches(word.lower(), list(lowered), n=1, cutoff=0.7)
    if found:
        return lowered[found[0]]
    # Written out, or cut short: `environment` for `env`, `desc` for `description`.
    longest = max((n for n in known if len(n) >= SHORTEST and word.lower().startswith(n.lower())), key=len, default=None)
    shortened = [n for n in known if len(word) >= SHORTEST and n.lower().startswith(word.lower())]
    return longest or (shortened[0] if len(shortened) == 1 else None)
