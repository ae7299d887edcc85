"""What can be said where, as the compiler's own classes tell: each of it needs a sample."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ifc.kinds import kinds, load
from ifc.model.app import Port
from ifc.model.settings import Form, Repeated, Setting, settings_of
from ifc.model.types import Choice
from ifc.resolve.app import AppSettings, OutputSettings, ParamSettings, StageSettings
from ifc.resolve.declare import TARGETS
from ifc.resolve.later import STATEMENTS
from ifc.resolve.program import SCHEDULES
from ifc.routes.path import WORDS as METHODS
from ifc.verbs import VERBS
from tests.support_table.samples import ARROW, DESCRIBED, EVERY, HOLDER, LATER, REST, arrows

STATED = {"app": AppSettings, "stage": StageSettings, "param": ParamSettings, "output": OutputSettings}
LOOKUPS = ('"name"', '"arn:…"', "{ name param }", "{ arn param }", "{ arn ssm }", "{ arn exported }")


def known() -> dict[str, list[str]]:
    """The settings of each place, as a reader expects them."""
    parts = [f"{target} {part}{{ }}" for target in TARGETS for part in ("", "part ")]
    found = {place: [name for name, _ in written(cls)] for place, cls in STATED.items()}
    found[EVERY] = ["renamed from", *parts]
    found[ARROW] = parts
    found[HOLDER] = [f"{verb} {kind}" for verb in VERBS for kind in declarable() if verb in load(kind).verbs]
    found[DESCRIBED] = ["app", "param", "output", *declarable()]
    found[LATER] = [*STATEMENTS, "when"]
    for kind in declarable():
        cls = load(kind)
        for place in (kind, *([f"{kind}{REST}"] if kind in ("api", "authorizer") else [])):
            found[place] = [*(name for name, _ in written(cls)), *cls.later]
        if cls.extern_settings is not None:
            found[f"extern {kind}"] = [*LOOKUPS, *cls.extern_settings]
    for place, port in ports():
        ends = [f"to {target}" for target in (*port.targets, *port.later)]
        asked = ["where"] * (port.fields is not None) + ["keys"] * port.pattern
        words = {"route": METHODS, "every": (*SCHEDULES, "timezone")}.get(place.split(" ")[0], ())
        found[place] = [*ends, *words, *asked, *(name for name, _ in written(port.settings)), *port.unbuilt]
    return found


def choices() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Every setting that takes some words: its place, its name, and the words."""
    classes: list[tuple[str, type]] = [*STATED.items(), *((kind, load(kind)) for kind in declarable())]
    for place, cls in [*classes, *((place, port.settings) for place, port in ports())]:
        for name, setting in written(cls):
            one = getattr(setting.type, "of", setting.type)  # of a list
            if isinstance(one, Choice):
                yield place, name, one.words


def declarable() -> list[str]:
    """The kinds that can be declared."""
    return [kind for kind in kinds() if load(kind).doc]


def ports() -> Iterator[tuple[str, Port]]:
    """The places of arrows."""
    for kind in kinds():
        cls: Any = load(kind)
        for place, _ in arrows(kind):
            yield place, cls.route_port if cls.has_routes else cls.ports[place.removeprefix(kind).removesuffix(" ->").removeprefix(".")]
    schedule: Any = load("schedule")
    yield "every ->", schedule.port


def written(cls: type, above: str = "") -> Iterator[tuple[str, Setting]]:
    """The settings of a class and of the forms in it, by name: `dead-letter`, `dead-letter after`."""
    for setting in settings_of(cls).values():
        yield above + setting.name, setting
        inner = setting.type.of if isinstance(setting.type, Repeated) else setting.type
        if isinstance(inner, Form):
            yield from written(inner.cls, f"{above}{setting.name} ")
