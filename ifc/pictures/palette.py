"""How each kind looks: a hue in light and in dark, and a small icon."""

from __future__ import annotations

import attrs


@attrs.frozen(eq=False, repr=False, slots=False)
class Shade:
    """The colours of a box: its ground, its border, and the ink of its kind word and icon."""

    fill: str
    line: str
    ink: str


@attrs.frozen(eq=False, repr=False, slots=False)
class Hue:
    """One colour on a light page and on a dark one."""

    light: Shade
    dark: Shade


HUES: dict[str, Hue] = {
    "indigo": Hue(Shade("#eff1fe", "#9da8ee", "#3d47a8"), Shade("#20243f", "#5662b0", "#b3bcfa")),
    "cyan": Hue(Shade("#e8f6fb", "#78b8d0", "#0f5c78"), Shade("#14303b", "#3a7f99", "#93d5ee")),
    "amber": Hue(Shade("#fff6e4", "#e0b35a", "#855100"), Shade("#372a12", "#94702a", "#f3cb7c")),
    "rose": Hue(Shade("#fdeff2", "#e39bab", "#9c2743"), Shade("#3a1c25", "#99506a", "#f7abbd")),
    "plum": Hue(Shade("#faeefb", "#d29ad8", "#812f8c"), Shade("#331d37", "#87509a", "#e7b0ee")),
    "violet": Hue(Shade("#f4effd", "#b79fe6", "#5f35a8"), Shade("#2a1f3f", "#7055b0", "#cdb8fa")),
    "blue": Hue(Shade("#ecf4fe", "#8ab2e6", "#1c559f"), Shade("#182a42", "#47709f", "#a6cdf9")),
    "green": Hue(Shade("#ecf7ef", "#86c199", "#226639"), Shade("#18301f", "#43804f", "#9bdcae")),
    "teal": Hue(Shade("#e7f6f4", "#74bbb4", "#115e58"), Shade("#13302e", "#398079", "#8bdad1")),
    "olive": Hue(Shade("#f4f6e4", "#b5bd6c", "#55600f"), Shade("#2b2f14", "#757d38", "#d2da8c")),
    "red": Hue(Shade("#fdeeec", "#e39b92", "#9a2c20"), Shade("#3a1e1a", "#9c5147", "#f8afa5")),
    "slate": Hue(Shade("#f2f4f7", "#aab3c0", "#495567"), Shade("#252b34", "#5f6a7a", "#bdc7d5")),
}

# The page, its text, lines and labels, the marks of what was found, and the letters on those.
INKS_LIGHT = {
    "ground": "#fcfcfd",
    "text": "#1d2430",
    "quiet": "#5a6474",
    "event": "#46536a",
    "grant": "#8490a3",
    "warning": "#b3540a",
    "note": "#3567ad",
    "mark": "#ffffff",
}
INKS_DARK = {
    "ground": "#14171d",
    "text": "#eef1f6",
    "quiet": "#a3adbc",
    "event": "#b4c0d4",
    "grant": "#7f8ba3",
    "warning": "#f3ae53",
    "note": "#86b4f5",
    "mark": "#14171d",
}

_OTHER = ("slate", "M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11M8 7v1.5")

# Icons are drawn with a line, no filling, on a square of 16.
_KINDS: dict[str, tuple[str, str]] = {
    "route": ("indigo", "M2 8h8M7 5l3 3-3 3M9.5 2.5h4.5v11h-4.5"),
    "api": ("indigo", "M4.5 4l-3 4 3 4M11.5 4l3 4-3 4M9.3 3l-2.6 10"),
    "site": ("cyan", "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12M2 8h12M8 2q-5 6 0 12M8 2q5 6 0 12"),
    "schedule": ("cyan", "M8 2a6 6 0 1 0 0 12a6 6 0 1 0 0-12M8 4.7v3.5l2.3 1.5"),
    "function": ("amber", "M4.5 2.5h1.5q1 0 1.5 1.2l3.5 8.6q.5 1.2 1.5 1.2h.5M7.8 6.5l-3.6 7"),
    "workflow": ("amber", "M2 2.5h4.5v4h-4.5zM9.5 9.5h4.5v4h-4.5zM6.5 4.5h3.5a2 2 0 0 1 2 2v3"),
    "task": ("amber", "M8 2l5.5 3v6l-5.5 3-5.5-3v-6zM2.5 5l5.5 3 5.5-3M8 8v6"),
    "queue": ("rose", "M2 4h3v8h-3zM6.5 4h3v8h-3zM11 4h3v8h-3z"),
    "topic": ("plum", "M8 6.5a1.5 1.5 0 1 0 0 3a1.5 1.5 0 1 0 0-3M4.7 4.5a5 5 0 0 0 0 7M11.3 4.5a5 5 0 0 1 0 7"),
    "bus": ("violet", "M1.5 8h13M4.5 8v-4.5M11.5 8v-4.5M8 8v4.5M3.2 3.5h2.6M10.2 3.5h2.6M6.7 12.5h2.6"),
    "stream": ("teal", "M2 5q3-3 6 0t6 0M2 9q3-3 6 0t6 0M2 13q3-3 6 0t6 0"),
    "table": ("blue", "M2 3h12v10h-12zM2 6.3h12M2 9.7h12M6.5 6.3v6.7"),
    "bucket": ("green", "M2.8 4.5h10.4l-1.4 9h-7.6zM2 4.5h12M5 4.5q3-4 6 0"),
    "userpool": ("olive", "M8 8a2.8 2.8 0 1 0 0-5.6a2.8 2.8 0 1 0 0 5.6M2.5 13.5a5.5 5.5 0 0 1 11 0z"),
    "authorizer": ("olive", "M8 2l5 1.8v4q0 4.2-5 6.2q-5-2-5-6.2v-4zM5.8 8l1.7 1.7 2.9-3.2"),
    "alarm": ("red", "M4 11.3v-4.3a4 4 0 0 1 8 0v4.3l1.2 1.2h-10.4zM6.8 14.3h2.4"),
    "secret": ("slate", "M3.5 7.5h9v6h-9zM5.5 7.5v-2a2.5 2.5 0 0 1 5 0v2"),
    "config": ("slate", "M2 5h6.5M11.5 5h2.5M10 3.5v3M2 11h2.5M7.5 11h6.5M6 9.5v3"),
    "layer": ("slate", "M8 2l6 3-6 3-6-3zM2 8l6 3 6-3M2 11l6 3 6-3"),
    "external": ("slate", "M7 3h-4v10h10v-4M9.5 2.5h4v4M13.5 2.5l-6 6"),
}


def hue_of(kind: str) -> str:
    """The name of the hue in which a kind is drawn."""
    return _KINDS.get(kind, _OTHER)[0]


def icon_of(kind: str) -> str:
    """The path of a kind's icon."""
    return _KINDS.get(kind, _OTHER)[1]


def legend(kinds: set[str]) -> list[str]:
    """`kinds` in the order of a legend: where events come from first, then what runs, carries and keeps."""
    return [kind for kind in _KINDS if kind in kinds] + sorted(kinds - _KINDS.keys())
