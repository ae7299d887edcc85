"""`ifc paths`: the ways that events take, hop by hop, with what is promised of each hop, and what all that comes to.

A way that was shown is named when it comes up again, so that the text grows with the steps of an app and not with its ways.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ifc.flow import Step
from ifc.guarantees.topic import GROUP
from ifc.source import Span
from ifc.ways import Ways, origin
from ifc.where.expression import text

WIDTH = 64  # columns after which a way's promises stand on a line of their own
LONG = 40  # letters of a filter that are shown


def tree(ways: Ways, steps: Sequence[Step]) -> Iterator[tuple[int, Step, bool]]:
    """The steps that lead on from some, as they are drawn: how deep each stands, and whether what follows was drawn before."""
    drawn: set[tuple[int, ...]] = set()
    waiting = [(0, step) for step in reversed(steps)]
    while waiting:
        depth, step = waiting.pop()
        children = sorted(ways.behind(step), key=lambda s: (s.wire is None, s.words, s.span.sort_key()))
        key = tuple(map(id, children))
        again = bool(children) and key in drawn
        drawn.add(key)
        yield depth, step, again
        if not again:
            waiting.extend((depth + 1, child) for child in reversed(children))


def chosen(ways: Ways, source: str | None) -> list[tuple[str, list[Step]]]:
    """Where the ways begin that are asked for; none for a source that is not there."""
    if source is None:
        return ways.heads()
    wanted = " ".join(source.split())
    groups: dict[str, list[Step]] = {}
    for step in ways.steps:
        groups.setdefault(origin(step), []).append(step)
    if wanted in groups:
        return [(wanted, groups[wanted])]
    return [(name, steps) for name, steps in groups.items() if steps[0].source == wanted]


def names(ways: Ways) -> list[str]:
    """All that ways can be asked for by."""
    return sorted({name for step in ways.steps for name in (origin(step), step.source) if name})


# --- text ---


def as_text(ways: Ways, heads: Sequence[tuple[str, list[Step]]]) -> str:
    """The ways, and what is to be known of them."""
    lines: list[str] = []
    shown: list[Step] = []
    for _, steps in heads:
        rows = list(tree(ways, steps))
        for depth, step, again in rows:
            head = "  " * depth + words(step)
            said = " · ".join(filter(None, (promise(ways, step), "on as above" if again else "")))
            if said and len(head) > WIDTH:
                lines += [head, " " * (WIDTH + 2) + said]
            else:
                lines.append(f"{head:<{WIDTH}}  {said}".rstrip())
            shown.append(step)
        lines.append("")
    for title, entries in facts(ways, shown):
        lines += [title, *(f"  {line}" for line in entries), ""]
    return "\n".join(lines)


def words(step: Step) -> str:
    """A step as it is written."""
    if step.wire is None:
        pattern = f' "{step.grant.pattern}"' if step.grant is not None and step.grant.pattern else ""
        return f"{step.words}{pattern}"
    left, arrow, right = step.words.rpartition(" -> ")
    pattern = f' "{step.wire.pattern}"' if step.wire.pattern else ""
    condition = " where " + short(text(step.wire.where)) if step.wire.where is not None else ""
    return f"{left}{pattern}{condition}{arrow}{right}"


def short(filter: str) -> str:
    """A filter, cut where it is long."""
    return filter if len(filter) <= LONG else filter[: LONG - 1] + "…"


def promise(ways: Ways, step: Step) -> str:
    """What is promised of a step, in a few words."""
    held = ways.guarantee(step)
    if step.wire is None:
        return f"in order within {held.order}" if held.order == GROUP else ""
    if held.waits:
        return "the caller waits"
    said = [f"in order within {held.order}"] if held.order else []
    if not step.target or ways.app.resources[step.target].kind == "function":
        said.append(held.outcome)
    return " · ".join(said)


def facts(ways: Ways, steps: Sequence[Step]) -> list[tuple[str, list[str]]]:
    """What is to be known of some steps: where events can be lost, where their order ends, what may come twice, how often at worst."""
    here = {id(step) for step in steps}
    lost = [(step, ways.guarantee(step)) for step in unique(steps) if ways.guarantee(step).lost]
    found = [
        ("An event can be lost", [f"{at(s.span)}  {s.words}: {held.outcome}; {held.remedy}" for s, held in lost]),
        (
            "Order ends",
            [
                f"{at(s.span)}  {s.words}: until here in order within {ways.guarantee(f).order}, from {origin(f)}"
                for s, f in ends(ways, here)
            ],
        ),
        (
            "One event arrives twice",
            [
                f"{at(one[-1].span)}  {one[-1].target}: by {', '.join(s.words for s in one)} and by {', '.join(s.words for s in other)}"
                for one, other in ways.doubles
                if id(one[-1]) in here
            ],
        ),
        ("At worst", worst(ways, here)),
    ]
    return [(title, lines) for title, lines in found if lines]


def ends(ways: Ways, here: set[int]) -> list[tuple[Step, Step]]:
    """Where order ends, among some steps that lead on."""
    return [(step, first) for step, first in ways.disorders if id(step) in here and ways.behind(step)]


def worst(ways: Ways, here: set[int]) -> list[str]:
    """The most calls that one event can lead to, where several hops try again."""
    calls = {s.target: 0 for s in ways.steps if s.wire is not None and s.target and ways.app.resources[s.target].kind == "function"}
    for step in ways.steps:
        if step.target in calls and id(step) in here and id(step) in ways.most_tries:
            calls[step.target] = max(calls[step.target], ways.most_tries[id(step)][0])
    several = sorted((-number, name) for name, number in calls.items() if number > 1)
    return [f"{name} is called {-number:,} times for one event" for number, name in several[:3]]


def unique(steps: Sequence[Step]) -> list[Step]:
    """Steps by place, each once."""
    return sorted({id(step): step for step in steps}.values(), key=lambda step: step.span.sort_key())


def at(span: Span) -> str:
    """A place."""
    return f"{span.source.path}:{span.line}"


# --- JSON ---


def as_data(ways: Ways, heads: Sequence[tuple[str, list[Step]]]) -> dict[str, Any]:
    """The steps behind some heads, what follows each, and what is promised of it."""
    steps = unique([step for _, group in heads for _, step, _ in tree(ways, group)])
    number = {id(step): index for index, step in enumerate(steps)}
    here = set(number)
    return {
        "schema": 1,
        "app": ways.app.name,
        "sources": [{"source": name, "steps": [number[id(step)] for step in group]} for name, group in heads],
        "steps": [_step(ways, step, number) for step in steps],
        "orderEnds": [{"step": number[id(step)], "from": origin(first)} for step, first in ends(ways, here)],
        "twice": [
            {"function": one[-1].target, "ways": [[number[id(s)] for s in way if id(s) in number] for way in (one, other)]}
            for one, other in ways.doubles
            if id(one[-1]) in here
        ],
    }


def _step(ways: Ways, step: Step, number: dict[int, int]) -> dict[str, Any]:
    held = ways.guarantee(step)
    most = ways.most_tries.get(id(step))
    return {
        "step": words(step),
        "from": step.source,
        "to": step.target or step.words.rpartition(" -> ")[2].strip('"'),
        "file": step.span.source.path,
        "line": step.span.line,
        "waits": held.waits,
        "order": held.order or None,
        "tries": held.tries,
        "seconds": held.age,
        "repeated": held.repeated,
        "then": held.end.replace("`", "") or None,
        "lost": held.lost,
        "worst": most[0] if most else None,
        "next": [number[id(following)] for following in ways.behind(step) if id(following) in number],
    }
