"""docs/support.md: the measured table, for people."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from ifc.codes import CODES
from ifc.diagnostics import ERROR, NOTE, article
from ifc.kinds import kinds, load
from ifc.records import record
from ifc.verbs import VERBS
from tests.support import compiled
from tests.support_table.known import known
from tests.support_table.measure import ADDRESS, TARGETS, TOLD, Code, Reached, reached
from tests.support_table.samples import (
    ARROW,
    CHECKED,
    DECLARED,
    DESCRIBED,
    EVERY,
    EXCUSED,
    HOLDER,
    LATER,
    MADE,
    REST,
    SAMPLES,
    Sample,
    arrows,
)

INTRODUCTION = """\
# What each setting becomes

Made from the compiler by `python -m tests.update`; a test holds it equal.

Each setting was compiled without and with it, for every target: the tables show where the outputs differ. A path belongs
to the type at the head of its column, unless a type stands before it (CloudFormation's without `AWS::`); a type alone is a
resource or a block that comes or goes. Where a [code](codes.md) stands, the compiler says so instead: no setting is
dropped in silence. A dash stands for what is meant for the other targets, or for readers. The last column has what a Spacer project
says in `config/ifc.json`, by which `ifc local` runs; *told* stands where the project's summary says that a setting is not in force there.
"""
CALLED = {"cfn": "logical id", "terraform": "address", "spacer": "name"}
SORTS = {"bus": "buses"}  # what a kind is called in a description, where that is not the kind and an s


@record
class Table:
    """The rows of one place: settings, and a cell for each target."""

    heading: str
    mains: tuple[str, ...]  # the type that a column is mostly about, "" for none
    rows: tuple[tuple[str, ...], ...]

    @property
    def text(self) -> str:
        """The table in Markdown."""
        columns = [f"{name}: `{short(main)}`" if main else name for name, main in zip(TARGETS.values(), self.mains, strict=True)]
        lines = [f"### {self.heading}\n"] if self.heading else []
        lines += [f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
        lines += [f"| {' | '.join(row)} |" for row in self.rows]
        return "\n".join(lines) + "\n"


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION]
    for title, tables in sections():
        parts += [f"## {title}\n", *(table.text for table in tables)]
    text = "\n".join(parts)
    return f"{text}\n{''.join(targets(text))}"


def sections() -> Iterator[tuple[str, list[Table]]]:
    """The sections with their tables."""
    yield "A declaration alone", [table("", MADE)]
    yield "App, stages, params and outputs", [table(f"`{place}`", place) for place in ("app", "stage", "param", "output")]
    yield "Every declaration and arrow", [table("Declarations", EVERY), table("Arrows", ARROW)]
    for kind in kinds():
        cls = load(kind)
        if cls.doc:
            yield kind, [*of_kind(kind), *joined(table(f"`{arrow}`", place) for place, arrow in arrows(kind)), *extern(kind)]
    yield "Schedules", [table("", "every ->")]
    yield "Verbs and `allow`", [table("", HOLDER)]
    yield "Descriptions: `##`", [table("", DESCRIBED)]
    yield "Not built by this release", [table("", LATER)]


def of_kind(kind: str) -> Iterator[Table]:
    """The tables of a kind's own settings."""
    yield table("", kind)
    if any(sample.place == f"{kind}{REST}" for sample in SAMPLES.values()):
        yield table("With `protocol rest`", f"{kind}{REST}")


def extern(kind: str) -> list[Table]:
    """The table of a kind's externs."""
    return [table(f"`extern {kind}`", f"extern {kind}")] if load(kind).extern_settings is not None else []


def joined(tables: Iterable[Table]) -> list[Table]:
    """The tables, those that say the same made one."""
    found: dict[object, Table] = {}
    for one in tables:
        same = found.get((one.mains, one.rows))
        heading = one.heading if same is None else f"{same.heading}, {one.heading}"
        found[one.mains, one.rows] = Table(heading, one.mains, one.rows)
    return list(found.values())


def table(heading: str, place: str) -> Table:
    """The table of a place."""
    samples = in_order(place)
    mains = main_types(place, samples)
    rows: list[tuple[list[str], tuple[str, ...]]] = []
    for sample in samples:
        first = main_types(sample.setting, ()) if place == MADE else mains
        cells = tuple(cell(sample, target, main) for target, main in zip(TARGETS, first, strict=True))
        if rows and rows[-1][1] == cells:
            rows[-1][0].append(label(sample))
        else:
            rows.append(([label(sample)], cells))
    return Table(heading, mains, tuple((", ".join(labels), *cells) for labels, cells in rows))


def in_order(place: str) -> list[Sample]:
    """The samples of a place as a reader expects them: `dead-letter none` behind all of `dead-letter`."""
    order = known().get(place, [])
    last = {word: index for index, setting in enumerate(order) for word in (setting, setting.partition(" ")[0])}

    def rank(sample: Sample) -> float:
        setting = sample.setting
        if setting in order:
            return order.index(setting)
        return last.get(setting.partition(" ")[0], len(order)) + 0.5

    return sorted((sample for sample in SAMPLES.values() if sample.place == place), key=rank)


def label(sample: Sample) -> str:
    """A setting as a row calls it."""
    first, _, rest = sample.setting.partition(" ")
    if sample.place == HOLDER and first in VERBS and rest in kinds():
        return f"`{first}` {article(rest)}"
    return f"`-> {rest}`" if first == "to" and sample.place.endswith("->") else f"`{sample.setting}`"


# --- cells ---


def main_types(place: str, samples: Sequence[Sample]) -> tuple[str, ...]:
    """The type for each target that a place is mostly about: what a declaration becomes, else the one that most settings reach."""
    if place in (MADE, EVERY, ARROW, HOLDER, LATER, DESCRIBED, "app", "stage") or place.startswith("extern "):
        return tuple("" for _ in TARGETS)
    kind = place.removesuffix(REST)
    if kind in DECLARED:
        text = DECLARED[kind] if kind == place else DECLARED[kind].replace("{", "{ protocol rest;")
        plan = compiled(f'{text}\nfunction g "a.g"').plan
        assert plan is not None, place
        resource = next(p.resource for p in plan.placed if p.owner == "N" and not p.part)
        return resource.cfn_type, resource.terraform_type, SORTS.get(kind, f"{kind}s")
    return tuple(commonest([reached(sample, target) for sample in samples]) for target in TARGETS)


def commonest(found: Sequence[Reached]) -> str:
    """The type that most settings reach; of several, one that they bring."""
    counts = Counter(type for one in found for type in dict.fromkeys(t for t, _ in one.paths if t != TOLD))
    brought = {type for one in found for type, path in one.paths if not path}
    return max(sorted(counts), key=lambda type: (counts[type], type in brought), default="")


def cell(sample: Sample, target: str, main: str) -> str:
    """What a setting reaches on a target."""
    found = reached(sample, target)
    if sample.key in CHECKED:
        return f"only checked: {link(CHECKED[sample.key])}"
    if found.silent:
        return EXCUSED.get(sample.key, {}).get(target, "–")
    return ", ".join([*paths(found, target, main), *map(said, found.codes)])


def paths(found: Reached, target: str, main: str) -> list[str]:
    """The paths that a setting reaches, those of the main type first."""
    moved = {type for type, path in found.paths if path == ADDRESS}
    texts = []
    for type, path in sorted(found.paths, key=lambda p: (p[0] != main, p)):
        if type == TOLD:
            texts.append("*told*")
            continue
        if path == "statement_id" and type in moved:
            continue  # it is made from the address
        if path == ADDRESS:
            # What belongs to the thing is called after it.
            if type == main:
                texts.append(f"its {CALLED[target]}")
            elif main not in moved and not any(t == type and p != ADDRESS for t, p in found.paths):
                texts.append(f"the {CALLED[target]} of `{short(type)}`")
        elif " " in type:
            texts.append(type)
        else:
            texts.append(f"`{path}`" if type == main and path else f"`{short(type)}.{path}`" if path else f"`{short(type)}`")
    return list(dict.fromkeys(texts))


def short(type: str) -> str:
    """A type as the page writes it."""
    return type.removeprefix("AWS::")


def said(code: Code) -> str:
    """A diagnostic as the page writes it."""
    built = "not built: " if code.code.startswith("IFC90") and code.severity == ERROR else ""
    shown = " (with `--notes`)" if code.severity == NOTE else ""
    return f"{built or code.severity + ' '}{link(code.code)}{shown}"


def link(code: str) -> str:
    """A code that leads to its explanation; where that is stands at the end of the page."""
    return f"[{code}]"


def targets(text: str) -> Iterator[str]:
    """Where the codes of a text are explained."""
    for code in sorted(set(re.findall(r"\[(IFC\d+)\]", text))):
        anchor = re.sub(r"[^\w\- ]", "", f"{code}: {CODES[code][0]}".lower()).strip().replace(" ", "-")
        yield f"[{code}]: codes.md#{anchor}\n"
