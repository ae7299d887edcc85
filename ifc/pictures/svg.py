"""The event graph as an SVG picture: no script, no outside font, light or dark as its reader's page is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ifc.pictures.layout import BOX_HEIGHT, Frame, Layout, place
from ifc.pictures.letters import shorten, width
from ifc.pictures.lines import LABEL_LINE, LABEL_SIZE, Line
from ifc.pictures.marks import Marked, marked, on_box, on_line, shape, worst
from ifc.pictures.marks import says as tells
from ifc.pictures.palette import HUES, INKS_DARK, INKS_LIGHT, Shade, hue_of, icon_of, legend
from ifc.pictures.scene import EVENT, GRANT, WATCH, Box, Finding, Scene, heading, read, says

if TYPE_CHECKING:
    import networkx as nx

_MARGIN = 36.0
_HEAD = 9.0  # the length of an arrowhead
_TITLE_LETTERS = 80
_FAN = 12  # so many lines from one box are drawn thinner
_SAMPLE_WIDTH, _SWATCH_WIDTH = 34.0, 22.0

_FIXED_STYLE = """\
text { font-family: Inter, "Segoe UI", "Helvetica Neue", Helvetica, Arial, "Liberation Sans", sans-serif; }
.title { font-size: 20px; font-weight: 650; }
.name { font-size: 14px; font-weight: 550; }
.kind { font-size: 11px; letter-spacing: .02em; }
.label, .key { font-size: 11.5px; }
.label text { text-anchor: middle; }
.box rect { stroke-width: 1.3; }
.extern rect { stroke-dasharray: 5 3; }
.icon { fill: none; stroke-width: 1.3; stroke-linecap: round; stroke-linejoin: round; }
.run { fill: none; stroke-linecap: butt; }
.event .run { stroke-width: 2; }
.grant .run { stroke-width: 1.3; stroke-dasharray: 5 4; }
.watch .run { stroke-width: 2.2; stroke-linecap: round; stroke-dasharray: .1 4.4; }
.fan .run { stroke-width: 1.3; }
.rest { visibility: hidden; }
.cost { font-size: 11px; text-anchor: end; }
.letter { fill: none; stroke-width: 1.8; stroke-linecap: round; }
"""


def render(graph: nx.MultiDiGraph[str], title: str) -> str:
    """The picture as an SVG document, with its title and a legend."""
    scene = read(graph)
    layout = place(scene)
    full = heading(title)
    short = shorten(full, _TITLE_LETTERS) + (f" · {scene.cost.text}" if scene.cost else "")
    keys, keys_width, keys_height = _legend(scene, max(layout.width, 560.0))
    across = max(layout.width, keys_width, width(short, 20.0)) + 2 * _MARGIN
    top = _MARGIN + 34.0
    down = top + keys_height + 34.0 + layout.height + _MARGIN
    size = f'width="{_n(across)}" height="{_n(down)}"'
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="0 0 {_n(across)} {_n(down)}" role="img">\n',
            f"<title>{escape(full)}</title>\n<style>\n{style()}</style>\n",
            f'<rect class="ground" {size} rx="12"/>\n',
            f'<text class="title" x="{_n(_MARGIN)}" y="{_n(_MARGIN + 14)}">{escape(short)}</text>\n',
            f'<g transform="translate({_n(_MARGIN)} {_n(top)})">\n{keys}</g>\n',
            f'<g transform="translate({_n(_MARGIN)} {_n(top + keys_height + 34.0)})">\n{drawing(scene, layout)}</g>\n</svg>\n',
        ]
    )


def style() -> str:
    """The style sheet of the drawing, for light pages and dark ones."""
    dark = _colours(INKS_DARK, {name: hue.dark for name, hue in HUES.items()})
    dark = "".join(f"  {line}\n" for line in dark.splitlines())
    light = _colours(INKS_LIGHT, {name: hue.light for name, hue in HUES.items()})
    return f"{_FIXED_STYLE}{light}@media screen and (prefers-color-scheme: dark) {{\n{dark}}}\n"


def _colours(inks: dict[str, str], shades: dict[str, Shade]) -> str:
    rules = [
        f".ground, .label rect {{ fill: {inks['ground']}; }}",
        f".title, .name {{ fill: {inks['text']}; }}",
        f".label text, .key, .cost {{ fill: {inks['quiet']}; }}",
        f".warning .sign {{ fill: {inks['warning']}; }} .note .sign {{ fill: {inks['note']}; }}",
        f".sign {{ stroke: {inks['ground']}; }} .letter {{ stroke: {inks['mark']}; }}",
        f".event .run {{ stroke: {inks['event']}; }} .event .head {{ fill: {inks['event']}; }}",
        f".grant .run, .watch .run {{ stroke: {inks['grant']}; }} .grant .head, .watch .head {{ fill: {inks['grant']}; }}",
    ]
    for name, shade in shades.items():
        rules.append(f".{name} rect {{ fill: {shade.fill}; stroke: {shade.line}; }}")
        rules.append(f".{name} .kind {{ fill: {shade.ink}; }} .{name} .icon {{ stroke: {shade.ink}; }}")
    return "".join(f"{rule}\n" for rule in rules)


def drawing(scene: Scene, layout: Layout) -> str:
    """The lines and boxes alone; line `e3` is the layout's third, box `b5` the scene's fifth, both from zero."""
    found = marked(scene)
    numbered = sorted(enumerate(layout.lines), key=lambda pair: (pair[1].sort == EVENT, pair[0]))
    fans = Counter(line.source for line in layout.lines if line.sort == EVENT and not line.label)
    drawn = [_line(at, line, scene, layout, found, fans[line.source] >= _FAN) for at, line in numbered]
    drawn += [_box(at, box, frame, found) for at, (box, frame) in enumerate(zip(scene.boxes, layout.frames, strict=True))]
    return "".join(drawn)


def _line(at: int, line: Line, scene: Scene, layout: Layout, found: Marked, fan: bool) -> str:
    arrows = [scene.arrows[arrow] for arrow in line.arrows]
    told = "\n".join(says(scene, arrow) + (f" · {arrow.cost.text}" if arrow.cost else "") for arrow in arrows)
    path, head = _course(line) if line.runs else _loop(line, layout.frames[line.source])
    label = _label(line.label, *line.label_at, " rest" if line.echo else "") + _mark(*on_line(found, line))
    sort = f"{line.sort} fan" if fan and line.sort == EVENT else line.sort
    return f'<g class="line {sort}" id="e{at}"><title>{escape(told)}</title>{path}<path class="head" d="{head}"/>{label}</g>\n'


def _course(line: Line) -> tuple[str, str]:
    """A line and the path of its arrowhead. Paths run from the target back to the source, so that dashes
    fall on each other where lines share a lane. The shared part is drawn once, and hidden in all lines but the first, for a page
    that shows one line's whole way."""
    tip, y = line.runs[-1][0], line.runs[-1][2]
    inward = -_HEAD if line.forward else _HEAD
    back = [(stop, start, level) for start, stop, level in reversed(line.runs)]
    back[0] = (tip + inward * 0.8, tip + inward, y)
    if line.joins:
        start, _, level = line.runs[line.joins]
        own = len(line.runs) - line.joins
        paths = f'<path class="run" d="{_trail([(start, start, level), *back[own:]])}"/><path class="run rest" d="{_trail(back[:own])}"/>'
    else:
        paths = f'<path class="run" d="{_trail(back)}"/>'
    return paths, _arrowhead(tip, y, inward, 0.0)


def _trail(runs: list[tuple[float, float, float]]) -> str:
    """Level runs, each joined to the next by a bend that leaves and arrives level."""
    x, last, y = runs[0]
    steps = [f"M{_n(x)} {_n(y)}"]
    for at, (start, stop, level) in enumerate(runs):
        if at and abs(level - y) >= 0.05:
            steps += [f"H{_n(last)}"] if last != x else []
            middle = _n((last + start) / 2)
            steps.append(f"C{middle} {_n(y)} {middle} {_n(level)} {_n(start)} {_n(level)}")
            x, y = start, level
        last = stop
    steps += [f"H{_n(last)}"] if last != x else []
    return "".join(steps)


def _loop(line: Line, frame: Frame) -> tuple[str, str]:
    """The same of an arrow from a box to itself: a bow over its upper edge, or under its lower one for a grant."""
    x, y, way = frame.x + frame.width / 2, frame.y, -1
    if line.sort == GRANT:
        y, way = frame.y + frame.height, 1
    path = f"M{_n(x + 13)} {_n(y)}c0 {26 * way} -26 {26 * way} -26 {_n((_HEAD - 1) * way)}"
    return f'<path class="run" d="{path}"/>', _arrowhead(x - 13, y, 0.0, _HEAD * way)


def _arrowhead(x: float, y: float, along: float, down: float) -> str:
    """A triangle whose tip is at (x, y) and whose base lies `along` or `down` from it."""
    wide = _HEAD * 0.42
    if along:
        return f"M{_n(x)} {_n(y)}l{_n(along)} {_n(-wide)}v{_n(2 * wide)}z"
    return f"M{_n(x)} {_n(y)}l{_n(-wide)} {_n(down)}h{_n(2 * wide)}z"


def _label(lines: list[str], x: float, y: float, more: str) -> str:
    if not lines:
        return ""
    wide, high = max(width(text, LABEL_SIZE) for text in lines) + 6, LABEL_LINE * len(lines)
    texts = "".join(
        f'<text x="{_n(x)}" y="{_n(y - high / 2 + LABEL_LINE * at + 11.3)}">{escape(text)}</text>' for at, text in enumerate(lines)
    )
    ground = f'<rect x="{_n(x - wide / 2)}" y="{_n(y - high / 2)}" width="{_n(wide)}" height="{_n(high)}" rx="3"/>'
    return f'<g class="label{more}">{ground}{texts}</g>'


def _box(at: int, box: Box, frame: Frame, found: Marked) -> str:
    told = "\n".join(filter(None, [f"{box.kind} {box.name}", box.description, box.cost.text if box.cost else ""]))
    extern = " extern" if box.extern else ""
    cost = f'<text class="cost" x="{_n(frame.width - 13)}" y="19">{escape(frame.cost)}</text>' if frame.cost else ""
    return (
        f'<g class="box {hue_of(box.kind)}{extern}" id="b{at}" transform="translate({_n(frame.x)} {_n(frame.y)})">'
        f'<title>{escape(told)}</title><rect width="{_n(frame.width)}" height="{_n(frame.height)}" rx="9"/>'
        f"{_icon(box.kind, 12.0, 8.0, 0.85)}"
        f'<text class="kind" x="31" y="19">{escape(frame.kind)}</text>{cost}'
        f'<text class="name" x="13" y="{_n(BOX_HEIGHT - 13)}">{escape(frame.name)}</text>{_mark(*on_box(found, at, frame))}</g>\n'
    )


def _mark(findings: Sequence[Finding], x: float, y: float) -> str:
    if not findings:
        return ""
    look, told = worst(findings), "\n".join(map(tells, findings))
    return f'<g class="mark {look}" transform="translate({_n(x)} {_n(y)})"><title>{escape(told)}</title>{shape(look)}</g>'


def sign(look: str) -> str:
    """The mark of a warning or a note, as a small picture for a page."""
    return f'<svg class="mark {look}" width="18" height="18" viewBox="-9 -9 18 18" aria-hidden="true">{shape(look)}</svg>'


def _icon(kind: str, x: float, y: float, scale: float) -> str:
    return f'<path class="icon" transform="translate({_n(x)} {_n(y)}) scale({_n(scale)})" d="{icon_of(kind)}"/>'


def _legend(scene: Scene, room: float) -> tuple[str, float, float]:
    """The legend in rows no wider than `room`, its width and its height."""
    entries = [(_SAMPLE_WIDTH, _stroke(sort), word) for sort, word in sorts(scene)]
    entries += [(_SWATCH_WIDTH, _chip(kind), shorten(kind, 20)) for kind in legend({box.kind for box in scene.boxes})]
    x, y, widest, drawn = 0.0, 0.0, 0.0, []
    for wide, mark, text in entries:
        step = wide + 7 + width(text, LABEL_SIZE)
        if x and x + step > room:
            x, y = 0.0, y + 24.0
        word = f'<text class="key" x="{_n(wide + 7)}" y="12">{escape(text)}</text>'
        drawn.append(f'<g transform="translate({_n(x)} {_n(y)})">{mark}{word}</g>\n')
        widest = max(widest, x + step)
        x += step + 16
    return "".join(drawn), widest, y


def sorts(scene: Scene) -> list[tuple[str, str]]:
    """The sorts of lines that a legend explains, with their words; few apps have alarms."""
    watched = any(arrow.sort == WATCH for arrow in scene.arrows)
    return [(EVENT, "event"), (GRANT, "permission"), *([(WATCH, "watched")] if watched else [])]


def _stroke(sort: str) -> str:
    head = _arrowhead(_SAMPLE_WIDTH, 8.0, -_HEAD, 0.0)
    return f'<g class="{sort}"><path class="run" d="M0 8h{_n(_SAMPLE_WIDTH - 7)}"/><path class="head" d="{head}"/></g>'


def _chip(kind: str) -> str:
    return f'<g class="{hue_of(kind)}"><rect x=".5" y=".5" width="21" height="15" rx="4"/>{_icon(kind, 5.4, 2.4, 0.7)}</g>'


def sample(sort: str) -> str:
    """A short line of a sort, as a small picture for a page."""
    return f'<svg width="{_n(_SAMPLE_WIDTH)}" height="16" aria-hidden="true">{_stroke(sort)}</svg>'


def swatch(kind: str) -> str:
    """A kind's colours and icon, as a small picture for a page."""
    return f'<svg width="{_n(_SWATCH_WIDTH)}" height="16" aria-hidden="true">{_chip(kind)}</svg>'


def escape(text: str) -> str:
    """`text` as it stands in XML's text and attributes."""
    for letter, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#39;")):
        text = text.replace(letter, entity)
    return text


def _n(number: float) -> str:
    """A number in the fewest letters, to a tenth of a pixel."""
    text = f"{number:.1f}"
    return "0" if text == "-0.0" else text.removesuffix(".0")
