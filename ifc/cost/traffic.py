"""What comes in from outside, and what is known of the app beside its source: `expect` settings and a traffic file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import attrs

from ifc.cost.assumptions import ASSUMED, COUNT, DURATION, FAILING, RATE, SHARE, SIZE, Measure, Three, one
from ifc.cost.document import Block, Entry, Scalar, document
from ifc.cost.names import Names
from ifc.diagnostics import Report, article, near
from ifc.model.app import App
from ifc.source import Span

UNREADABLE, UNKNOWN, WRONG = "IFC581", "IFC582", "IFC583"
WHAT = "a traffic file"
# What a traffic file can say: the sections, what their names are, and what stands behind a name.
SECTIONS: Mapping[str, str] = {
    "sources": "source of events",
    "functions": "function",
    "arrows": "arrow",
    "verbs": "verb of a function",
    "sizes": "queue, topic, bus, stream, table or api",
    "stored": "table, bucket or bus with an archive",
    "assume": "assumption",
}
OF_FUNCTIONS: Mapping[str, Measure] = {"duration": DURATION, "errors": FAILING, "log": SIZE}
OF_ARROWS: Mapping[str, Measure] = {"passes": SHARE, "expect": RATE}


@attrs.frozen(eq=False)
class Traffic:
    """What is known, by the names of the source; rates are events in a month, sizes bytes, durations milliseconds."""

    sources: Mapping[str, float] = attrs.field(factory=dict)
    functions: Mapping[tuple[str, str], float] = attrs.field(factory=dict)  # by function, and `duration`, `errors` or `log`
    passes: Mapping[str, float] = attrs.field(factory=dict)  # by arrow
    expected: Mapping[str, float] = attrs.field(factory=dict)  # by arrow
    verbs: Mapping[str, float] = attrs.field(factory=dict)
    sizes: Mapping[str, float] = attrs.field(factory=dict)
    stored: Mapping[str, float] = attrs.field(factory=dict)
    assumed: Mapping[str, float] = attrs.field(factory=dict)

    def assumption(self, name: str) -> Three:
        """What is assumed: low, expected and high."""
        return one(self.assumed[name]) if name in self.assumed else ASSUMED[name].three


def read(path: str, apps: Sequence[App], report: Report) -> Traffic:
    """What a traffic file says of one app, or of two versions of it; what is wrong is reported, all of it at once.

    Raises Failure where it can't be read.
    """
    content = document(path, UNREADABLE, WHAT, report)
    return Reader(apps, report).read(content) if content is not None else Traffic()


class Reader:
    """Reads the sections of a traffic file."""

    def __init__(self, apps: Sequence[App], report: Report) -> None:
        self.apps, self.report = apps, report
        names = [Names(app) for app in apps]
        self.arrows = {arrow: source for one in names for arrow, source in one.arrows.items()}
        self.filtered = frozenset().union(*(one.filtered for one in names))
        self.verbs = frozenset().union(*(one.verbs for one in names))
        self.meant = {name: meant for one in reversed(names) for name, meant in one.sources.items()}

    def read(self, content: Block) -> Traffic:
        """All that it says."""
        sections: dict[str, Entry] = {}
        for entry in content.entries:
            if entry.name in SECTIONS:
                sections[entry.name] = entry
            else:
                self.unknown(entry, "section of a traffic file", SECTIONS)
        arrows = self.fields(sections.get("arrows"), "arrow", self.arrows, OF_ARROWS)
        sources = self.sources(sections.get("sources"))
        self.fit(sections.get("arrows"), arrows, sources)
        return Traffic(
            sources=sources,
            functions=self.fields(sections.get("functions"), "function", self.of_kinds("function"), OF_FUNCTIONS),
            passes={name: amount for (name, field), amount in arrows.items() if field == "passes"},
            expected={name: amount for (name, field), amount in arrows.items() if field == "expect"},
            verbs=self.values(sections.get("verbs"), self.verbs, lambda name: COUNT),
            sizes=self.values(sections.get("sizes"), self.of_kinds("queue", "topic", "bus", "stream", "table", "api"), lambda name: SIZE),
            stored=self.values(sections.get("stored"), self.storing(), lambda name: SIZE),
            assumed=self.values(sections.get("assume"), ASSUMED, lambda name: ASSUMED[name].measure),
        )

    def of_kinds(self, *kinds: str) -> list[str]:
        """The names of the resources of some kinds."""
        return [r.name for app in self.apps for kind in kinds for r in app.of_kind(kind)]

    def storing(self) -> list[str]:
        """The names of what stores something that the app pays for."""
        all_of_them = [r for app in self.apps for kind in ("table", "bucket", "bus") for r in app.of_kind(kind)]
        return [r.name for r in all_of_them if r.extern is None and (r.kind != "bus" or getattr(r, "archive", None))]

    def fit(self, section: Entry | None, arrows: Mapping[tuple[str, str], float], sources: Mapping[str, float]) -> None:
        """Reports what is said of arrows in vain: a share where all passes, and what is expected where the whole source is told."""
        entries = section.value.entries if section is not None and isinstance(section.value, Block) else ()
        for entry in entries:
            if (entry.name, "passes") in arrows and entry.name not in self.filtered:
                self.report.error(
                    WRONG,
                    f"all that comes takes `{entry.name}`, so no share of it passes",
                    entry.span,
                    "not filtered",
                    "take `passes` out; `sources` and `expect` say how much comes",
                )
            if (entry.name, "expect") in arrows and self.arrows[entry.name] in sources:
                self.report.error(
                    WRONG,
                    f"what comes from `{self.arrows[entry.name]}` is told in `sources`, and again of its arrow",
                    entry.span,
                    "again",
                    "keep one of them: `sources` counts before filters, `expect` behind them",
                )

    def sources(self, section: Entry | None) -> dict[str, float]:
        """The rates of sources, by their whole names; one that several are called by is an error."""
        found: dict[str, float] = {}
        spans: dict[str, Span] = {}
        for entry in self.entries(section):
            meant = self.meant.get(entry.name)
            if meant is None:
                self.unknown(entry, SECTIONS["sources"], self.meant)
            elif len(meant) > 1:
                named = " or ".join(f"`{name}`" for name in meant)
                self.report.error(UNKNOWN, f"several sources are called `{entry.name}`", entry.span, "which of them?", f"write {named}")
            elif meant[0] in spans:
                self.report.error(UNREADABLE, f"`{meant[0]}` is given twice", entry.span, "again", "keep one of them")
            else:
                spans[meant[0]] = entry.span
                amount = self.amount(entry, RATE)
                if amount is not None:
                    found[meant[0]] = amount
        return found

    def values(self, section: Entry | None, known: Iterable[str], measure: Callable[[str], Measure]) -> dict[str, float]:
        """A section of names with one value each."""
        found: dict[str, float] = {}
        names = set(known)
        for entry in self.entries(section):
            if entry.name not in names:
                self.unknown(entry, SECTIONS[section.name if section else ""], names)
                continue
            amount = self.amount(entry, measure(entry.name))
            if amount is not None:
                found[entry.name] = amount
        return found

    def fields(self, section: Entry | None, what: str, known: Iterable[str], able: Mapping[str, Measure]) -> dict[tuple[str, str], float]:
        """A section of names with several values each."""
        found: dict[tuple[str, str], float] = {}
        names = set(known)
        for entry in self.entries(section):
            if entry.name not in names:
                self.unknown(entry, what, names)
                continue
            for inner in self.entries(entry):
                if inner.name not in able:
                    self.unknown(inner, f"setting of {article(what)}", able)
                    continue
                amount = self.amount(inner, able[inner.name])
                if amount is not None:
                    found[entry.name, inner.name] = amount
        return found

    def entries(self, section: Entry | None) -> tuple[Entry, ...]:
        """What stands below a name."""
        if section is None:
            return ()
        if isinstance(section.value, Block):
            return section.value.entries
        if isinstance(section.value, Scalar) and section.value.text in ("", "~", "null"):
            return ()
        self.report.error(WRONG, f"`{section.name}` holds names with values", section.place, "not names", "write one on each line below it")
        return ()

    def amount(self, entry: Entry, measure: Measure) -> float | None:
        """The value behind a name; None after an error."""
        said = entry.value.text if isinstance(entry.value, Scalar) else None
        found = measure.read(said) if said is not None else None
        if found is None or found > 1e18:
            shown = f"`{said}`" if said else "this"
            self.report.error(WRONG, f"{shown} is not {measure.expects}", entry.place, "not understood", f"write {measure.expects}")
            return None
        return found

    def unknown(self, entry: Entry, what: str, known: Iterable[str]) -> None:
        """Reports a name that means nothing."""
        names = sorted(known)
        close = near(entry.name, names)
        listed = ", ".join(f"`{name}`" for name in names[:8]) + (", …" if len(names) > 8 else "")
        help = f"did you mean `{close}`?" if close else f"there are {listed}" if names else "the app has none"
        self.report.error(UNKNOWN, f"no {what} is called `{entry.name}`", entry.span, "unknown", help)
