"""The picture of a running app on its page: what the description holds, laid out as `ifc graph` does it, with names for the script to find.

A box carries `data-name`, `data-kind` and what else the page has to know of it; a line carries `data-from` and `data-to`, `data-words`
for what its arrows say, and `data-wires` for their names, as readers are called.

There are two drawings of the same boxes and lines: `world`, with labels on the lines, and `narrow`, without, of which twice as much
has room.
"""

from __future__ import annotations

import itertools
import json
import math
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from ifc.local.filters import counted, wires_of
from ifc.local.permissions import KINDS
from ifc.pictures import svg as drawing
from ifc.pictures.layout import Frame, Layout, place
from ifc.pictures.lines import LABEL_LINE, Line
from ifc.pictures.scene import EVENT, GRANT, Arrow, Box, Scene, clean

MARGIN = 28.0
# What an arrow needs is in its function's role, beside what the function's own verbs allow; the arrow says it.
FED, FEEDS = frozenset({"receives", "reads"}), frozenset({"sends", "publishes", "puts", "calls"})
MARKS = re.compile(r' id="([be])(\d+)"')
GAP, BEYOND = 40.0, 0.15  # between two columns of the narrow drawing, and how much of what they are farther apart stays
Description = Mapping[str, Any]


def svg(description: Description) -> str:
    """The picture as an SVG document."""
    boxes = _Boxes(description)
    arrows = list(_Arrows(description, boxes))
    order = sorted(range(len(boxes.found)), key=lambda at: (boxes.found[at].name, boxes.told[at]["name"]))
    stands = {old: new for new, old in enumerate(order)}
    placed = sorted(
        ((Arrow(stands[a.source], stands[a.target], a.sort, a.label), wire) for a, wire in arrows),
        key=lambda pair: (pair[0].source, pair[0].target, pair[0].sort, pair[0].label, pair[1]),
    )
    scene = Scene(tuple(boxes.found[old] for old in order), tuple(arrow for arrow, _ in placed))
    bare = Scene(scene.boxes, tuple(attrs.evolve(arrow, label="") for arrow in scene.arrows))
    told, wires = [boxes.told[old] for old in order], [wire for _, wire in placed]
    full, narrow = place(scene), _closer(place(bare))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{_extent(full)}">\n<style>\n{drawing.style()}</style>\n'
        f'<g id="world">\n{_drawn(scene, full, told, wires)}</g>\n'
        f'<defs><g id="narrow" data-extent="{_extent(narrow)}">\n{_drawn(scene, narrow, told, wires)}</g></defs>\n</svg>\n'
    )


def _extent(layout: Layout) -> str:
    """Where a drawing begins, and its measure, with a margin around it."""
    return f"{-MARGIN:.0f} {-MARGIN:.0f} {layout.width + 2 * MARGIN:.0f} {layout.height + 2 * MARGIN:.0f}"


def _drawn(scene: Scene, layout: Layout, boxes: Sequence[Mapping[str, str]], wires: Sequence[str]) -> str:
    """A drawing whose marks carry what the page is told of them."""
    told = {"b": boxes, "e": [_line_told(scene, line, boxes, wires) for line in layout.lines]}
    return MARKS.sub(lambda mark: mark[0] + _attributes(told[mark[1]][int(mark[2])]), drawing.drawing(scene, layout))


def _closer(layout: Layout) -> Layout:
    """The layout with its columns closer together: lines without labels need little room to turn."""
    columns: list[tuple[float, float]] = []
    for start, end in sorted((frame.x, frame.x + frame.width) for frame in layout.frames):
        if columns and start <= columns[-1][1]:
            columns[-1] = columns[-1][0], max(end, columns[-1][1])
        else:
            columns.append((start, end))
    steps, moved = [(-math.inf, 0.0)], 0.0  # from where on what stands is moved to the left, and how far
    for (_, end), (start, _) in itertools.pairwise(columns):
        steps.append((end, moved))
        moved += max(0.0, start - end - GAP) * (1 - BEYOND)
        steps.append((start, moved))

    def to(x: float) -> float:
        """Where what stands at `x` is moved to; within a gap, as far between its columns as before."""
        at = bisect_right(steps, x, key=lambda step: step[0]) - 1
        here, before = steps[at]
        if at % 2 == 0:
            return x - before
        there, after = steps[at + 1]
        return x - before - (after - before) * (x - here) / (there - here)

    for line in layout.lines:
        line.runs = [(to(start), to(stop), y) for start, stop, y in line.runs]
        line.label_at = to(line.label_at[0]), line.label_at[1]
    frames = [Frame(to(f.x), f.y, f.width, f.height, f.kind, f.name) for f in layout.frames]
    return Layout(layout.width - moved, layout.height, frames, layout.lines)


def _attributes(told: Mapping[str, str]) -> str:
    """More attributes for a mark; a quote in a text is escaped, so no text looks like one."""
    return "".join(f' data-{name}="{drawing.escape(clean(value))}"' for name, value in told.items())


def _line_told(scene: Scene, line: Line, boxes: Sequence[Mapping[str, str]], wires: Sequence[str]) -> dict[str, str]:
    """A line's ends and what its arrows say; of one with arrows that have names, also these, and where a number can stand: below its
    label, or on it."""
    said = ", ".join(dict.fromkeys(scene.arrows[at].label for at in line.arrows if scene.arrows[at].label))
    told = {"from": boxes[line.source]["name"], "to": boxes[line.target]["name"], "words": said}
    named = [wires[at] for at in line.arrows if wires[at]]
    if not named:
        return told
    x, y = line.label_at
    below = LABEL_LINE * len(line.label) / 2 + 8 if line.label else 0.0
    return told | {"wires": json.dumps(named, ensure_ascii=False), "at": f"{x:.0f} {y + below:.0f}"}


# --- boxes ---


class _Boxes:
    """The boxes of an app, and what the page is told of each."""

    def __init__(self, description: Description) -> None:
        self.found: list[Box] = []
        self.told: list[dict[str, str]] = []
        self._at: dict[str, int] = {}
        for section, kind in KINDS.items():
            for name, entry in description[section].items():
                self.add(name, kind, name, arn=str(entry.get("arn") or ""), fifo="fifo" if entry.get("fifo") else "")
        for name, schedule in description["schedules"].items():
            self.add(name, "schedule", schedule["written"])
        for api, route in routes(description):
            path = description["apis"][api]["base"] + route["path"]
            every = path if route["path"] else f"{path}/{{proxy+}}"  # DEFAULT has no path
            told = {"method": route["method"], "path": every, "function": str(route["function"]), "guard": route["guard"]["scheme"]}
            self.add(route_name(api, route), "route", f"{route['method']} {path}".strip(), **told)
        for name, function in description["functions"].items():
            if function.get("url"):
                path = f"/_url/{name}/{{proxy+}}"
                guard = "iam" if function["url"]["auth"] == "iam" else "none"
                self.add(f"{name} URL", "route", f"/_url/{name}/", method="ANY", path=path, function=name, guard=guard)

    def add(self, name: str, kind: str, label: str, **told: str) -> int:
        """The place of a new box; of the one of that name, if there is one."""
        if name not in self._at:
            self._at[name] = len(self.found)
            shown = label if kind == "schedule" else name  # a schedule's name is made for ids, and not in the app's source
            self.found.append(Box(clean(shown), kind, clean(label), "", kind == "external", (), ()))
            self.told.append({"name": name, "kind": kind, **{key: value for key, value in told.items() if value}})
        return self._at[name]

    def at(self, name: object) -> int | None:
        """The place of what has a name."""
        return self._at.get(name) if isinstance(name, str) else None


def routes(description: Description) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The routes with their API's name."""
    for api, described in description["apis"].items():
        for route in described["routes"]:
            yield api, route


def route_name(api: str, route: Mapping[str, Any]) -> str:
    """What the box of a route is called: one API's `GET /` is not another's."""
    return f"{api} {route['method']} {route['path']}".strip()


# --- arrows ---


class _Arrows:
    """The arrows of an app, each with its name where it has one."""

    def __init__(self, description: Description, boxes: _Boxes) -> None:
        self._description, self._boxes = description, boxes

    def __iter__(self) -> Iterator[tuple[Arrow, str]]:
        for source, target, sort, label, wire in self._all():
            here, there = self._boxes.at(source), self._boxes.at(target)
            if here is not None and there is not None:
                yield Arrow(here, there, sort, clean(label)), wire

    def _all(self) -> Iterator[tuple[str, object, str, str, str]]:
        yield from self._requests()
        for wire in wires_of(self._description):
            said, to = wire.description, wire.to or str(wire.description["address"])
            if wire.to is None:
                self._boxes.add(to, "external", to)
            yield wire.source, to, EVENT, _label(said), wire.name
            yield wire.source, said.get("deadLetter"), EVENT, "given up", ""
        for name, schedule in self._description["schedules"].items():
            yield name, schedule["to"], EVENT, "", ""
            yield name, schedule.get("deadLetter"), EVENT, "given up", ""
        for name, queue in self._description["queues"].items():
            letters = queue["deadLetter"] or {}
            yield name, letters.get("queue"), EVENT, f"failed {counted(letters.get('after', 0), 'time')}", ""
        for name, function in self._description["functions"].items():
            for port in ("failed", "succeeded"):
                yield name, function["asynchronous"].get(port), EVENT, port, ""
        yield from self._grants()

    def _requests(self) -> Iterator[tuple[str, object, str, str, str]]:
        for api, route in routes(self._description):
            yield api, route_name(api, route), EVENT, "", ""
            yield route_name(api, route), route["function"], EVENT, "", ""
            yield route_name(api, route), route["guard"].get("function"), GRANT, "asks", ""
        for name in self._description["functions"]:
            yield f"{name} URL", name, EVENT, "", ""

    def _grants(self) -> Iterator[tuple[str, object, str, str, str]]:
        """What functions may do, in verbs, as far as their roles are known and verbs say it."""
        fed, feeds = self._carried()
        places = self._places()
        for function, described in self._description["functions"].items():
            for (kind, name), actions in sorted(_allowed(described.get("permissions") or (), places).items()):
                for verb in _verbs(self._description.get("verbs", {}).get(kind, {}), actions):
                    if not (verb in FED and (name, function) in fed) and not (verb in FEEDS and (function, name) in feeds):
                        yield function, name, GRANT, verb, ""

    def _carried(self) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
        """The sources and functions between which arrows carry events, and the functions and places of results and of what is given up."""
        wires, functions = self._description["wires"], self._description["functions"]
        ends = {(name, said["asynchronous"].get(port)) for name, said in functions.items() for port in ("failed", "succeeded")}
        return {(said["from"], said["to"]) for said in wires}, ends | {(said["to"], said.get("deadLetter")) for said in wires}

    def _places(self) -> dict[str, tuple[str, str]]:
        """The kinds and names of what has an ARN, by it."""
        return {
            entry["arn"]: (kind, name)
            for section, kind in KINDS.items()
            for name, entry in self._description[section].items()
            if entry.get("arn")
        }


def _allowed(statements: Sequence[Mapping[str, Any]], places: Mapping[str, tuple[str, str]]) -> dict[tuple[str, str], set[str]]:
    """The actions that are allowed on each place, or on something inside it."""
    found: dict[tuple[str, str], set[str]] = {}
    for statement in statements:
        if statement["effect"] != "Allow":
            continue
        resources = statement["resources"]
        for resource in [resources] if isinstance(resources, str) else resources:
            here = places.get(resource) or places.get(resource.split("/index/")[0]) or places.get(resource.removesuffix("/*"))
            if here is not None:
                found.setdefault(here, set()).update(statement["actions"])
    return found


def _verbs(verbs: Mapping[str, Sequence[str]], actions: set[str]) -> list[str]:
    """The verbs whose actions all are allowed, but those of which another of them is more."""
    able = {verb: set(needed) for verb, needed in verbs.items() if set(needed) <= actions}
    return [verb for verb, needed in able.items() if not any(needed < other for other in able.values())]


# --- labels ---


def _label(said: Mapping[str, Any]) -> str:
    words = [said["port"]] if said["port"] else []
    if said.get("pattern"):
        words.append(f'"{said["pattern"]}"')
    if said["where"] is not None:
        words.append(f"where {' or '.join(' and '.join(map(_condition, term)) for term in said['where'])}")
    return " ".join(words)


def _condition(condition: Sequence[Any]) -> str:
    """A test of a filter, as it is written."""
    name, test, values = condition
    texts = [json.dumps(value, ensure_ascii=False) for value in values]
    negation, test = ("not ", test.removeprefix("not ")) if test.startswith("not ") else ("", test)
    if test == "in" and len(texts) == 1:
        return f"{name} {'!=' if negation else '=='} {texts[0]}"
    right = f"[{', '.join(texts)}]" if test == "in" else "".join(texts)
    return f"{negation}{name} {test} {right}".rstrip()
