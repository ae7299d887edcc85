"""docs/risks.md: what each change of a setting is judged to be, made of the rules."""

from __future__ import annotations

from collections.abc import Iterator

from ifc.review.arrows import ARROWS
from ifc.review.deployed.kinds import BY_NAME
from ifc.review.deployed.reading import CFN
from ifc.review.hazards import holds
from ifc.review.judges.declarations import GONE
from ifc.review.replacement import REPLACES, effects
from ifc.review.risk import Risk
from ifc.review.rules import KEPT, RULES, Rule
from ifc.review.things import PARTS_OF

MADE = "Made from the code by `python -m tests.update`; a test holds it equal.\n"
INTRO = """\
What `ifc diff` says of a change of each setting, and why. [The page about reviews](diff.md) has the classes. No list can hold what is
said of permissions, of arrows and their filters, of routes and who may call them, of a table's key and indexes, of a bucket's
lifecycle, of encryption, variables and renames: those are compared by what they mean. Tags are R7 everywhere.

Each row is one sort of change. Where several hold, the worst counts; `otherwise` is every other change of the setting. What is lost
where something is removed or made anew stays behind where `keep` says so, which the finding then tells.
"""
# The parts of the page: what each is called, and what is deployed of it.
PARTS = {
    "queue": ("queue",),
    "topic": ("topic",),
    "stream": ("stream",),
    "table": ("table",),
    "bucket": ("bucket",),
    "secret": ("secret",),
    "config": ("config",),
    "function": ("function", "log group", "async"),
    "URL of a function": ("url",),
    "layer": ("layer",),
    "bus": ("bus", "archive of a bus"),
    "api": ("http api", "http stage", "http integration"),
    "api with `protocol rest`": ("rest api", "rest stage"),
    "authorizer": ("http authorizer", "rest authorizer"),
    "alarm": ("alarm",),
    "arrow from a queue, a stream or a table's stream": ("mapping",),
    "arrow from a topic": ("subscription",),
    "arrow from a bus": ("rule",),
    "schedule": ("schedule",),
}
WHY = {
    Risk.BEHAVIOUR: "it works otherwise",
    Risk.COSMETIC: "nothing works otherwise",
    Risk.CONTRACT: "who relies on it finds something else",
}
ANEW = "a new one is made"
LOST = "a new, empty one is made, and {} is lost"
MEANT = (("table", "indexes"), ("table", "local indexes"))  # these are compared by what they mean
Row = tuple[str, str, str, str]  # a setting, a change of it, its class, and why
Verdict = tuple[Risk, str, str]  # the class of a change, which change it is ("" for any other), and why


def page() -> str:
    """The whole page."""
    parts = ["# What each change is judged to be\n", MADE, INTRO]
    for title, kinds in PARTS.items():
        rows = [*(row for kind in kinds for row in declared(kind)), *settings(kinds)]
        lines = [f"| {' | '.join(row)} |" for row in rows]
        parts.append("\n".join((f"## {title}\n", "| setting | change | class | why |", "|---|---|---|---|", *lines)) + "\n")
    return "\n".join(parts)


def declared(kind: str) -> Iterator[Row]:
    """What is said where all of a thing goes."""
    lost = holds(BY_NAME[kind].cfn)
    part = PARTS_OF.get(BY_NAME[kind].cfn)
    if lost and part and kind != "queue":
        yield "", f"removed with {part}", code(Risk.DATA), f"{lost.replace(' in it', f' in {part}')} is lost"
    elif kind in GONE or lost:
        why = "; ".join(one for one in (f"{lost} is lost" if lost else "", GONE.get(kind, "")) if one)
        yield "", "removed", code(Risk.DATA if lost else Risk.CONTRACT), why


def settings(kinds: tuple[str, ...]) -> Iterator[Row]:
    """The rows of some kinds; those of one setting together, the gravest first, and at the end all changes that no other is about."""
    found: dict[str, list[tuple[str, str, Rule]]] = {}
    for (kind, field), rule in RULES.items():
        if kind in kinds and (kind, field) not in MEANT:
            found.setdefault(rule.word, []).append((kind, field, rule))
    kept = next((kind for kind in kinds if BY_NAME[kind].cfn not in PARTS_OF and holds(BY_NAME[kind].cfn)), None)
    if kept is not None or kinds == ("queue",):
        found.setdefault("keep", []).append((kept or "queue", "kept", KEPT))
    for word, fields in found.items():
        rows = verdicts(fields)
        for risk, change, why in rows:
            yield word if " " in word else f"`{word}`", change or ("otherwise" if rows[1:] else ""), code(risk), why


def verdicts(fields: list[tuple[str, str, Rule]]) -> list[Verdict]:
    """What is said of the changes of one setting, which may be several fields."""
    tested: list[Verdict] = []
    rest: dict[tuple[Risk, str], tuple[str, str]] = {}  # by class and reason, the first field of which it is said
    for kind, field, rule in fields:
        *tests, (risk, _, why) = of_rule(kind, field, rule)
        tested += [row for row in tests if row not in tested]
        rest.setdefault((risk, why), (kind, field))
    several = len(rest) > 1
    first = fields[0][:2]
    others = [(risk, of(at, first) if several else "", why) for (risk, why), at in rest.items()]
    return [*sorted(tested, key=lambda row: row[0]), *sorted(others, key=lambda row: row[:2])]


def of(at: tuple[str, str], first: tuple[str, str]) -> str:
    """Of which part of a setting something is said."""
    if at == first:
        return ""
    return f"of {PARTS_OF.get(BY_NAME[at[0]].cfn, f'the {at[0]}')}" if at[0] != first[0] else f"of its {at[1]}"


def of_rule(kind: str, field: str, rule: Rule) -> Iterator[Verdict]:
    """What is said of the changes of one field; of any that no test is about at the end."""
    anew = replaced(kind, field)
    for test in rule.tests:
        change = f"`{rule.unit(test.value, str)}`" if test.value is not None else test.when
        yield (min(test.risk, anew[0]), change, f"{test.effect}; {anew[1]}") if anew else (test.risk, change, test.effect)
    yield (min(rule.risk, anew[0]), "", anew[1]) if anew else (rule.risk, "", WHY[rule.risk])


def replaced(kind: str, field: str) -> tuple[Risk, str] | None:
    """How bad it is that a new one is made because of a field; None where none is."""
    known = BY_NAME[kind]
    path = next((one.path(CFN) for one in known.fields if one.name == field), None)
    if path is None or path.startswith("~") or kind == "layer":  # a new version of a layer is all that an update of one can be
        return None
    if not any(one.does == REPLACES for one in effects(known.cfn, (path,)) or ()):
        return None
    lost = holds(known.cfn)
    if lost is None or kind in ARROWS:
        return Risk.REPLACED, ANEW
    part = PARTS_OF.get(known.cfn) if known.cfn != BY_NAME["queue"].cfn else None
    return Risk.DATA, LOST.format(lost.replace(" in it", f" in {part}") if part else lost)


def code(risk: Risk) -> str:
    """A class, as the page writes it: its titles are on the page about reviews."""
    return risk.code
