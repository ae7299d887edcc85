"""`ifc explain`: a kind, a setting, a verb or a code from the code's own metadata, or what one declaration becomes."""

from __future__ import annotations

import argparse
import sys
import textwrap
from typing import Any

from ifc.checks import of_code
from ifc.cli import FINE, USAGE
from ifc.codes import CODES
from ifc.commands.source import code_of, compiled, say, show
from ifc.diagnostics import near
from ifc.kinds import kinds, load
from ifc.model.app import Port
from ifc.model.scope import shouty
from ifc.model.settings import Form, Repeated, Setting, settings_of
from ifc.model.types import Choice, Flag
from ifc.resolve import later
from ifc.verbs import VERBS


def run(arguments: argparse.Namespace) -> int:
    """Prints the explanation."""
    subject = arguments.subject
    if len(subject) == 2:
        return declaration(arguments, *subject)
    if len(subject) > 2:
        say("ifc: explain one thing, or FILE NAME")
        return USAGE
    words = overview() if not subject else about(subject[0])
    if words is None:
        known = [*declarable(), *VERBS, *all_settings(), *CODES]
        close = near(subject[0], known)
        say(f"ifc: there is no kind, setting, verb or code `{subject[0]}`" + (f"; did you mean `{close}`?" if close else ""))
        return USAGE
    sys.stdout.write(words)
    return FINE


def declarable() -> list[str]:
    """The kinds that can be declared, and the schedules."""
    return [k for k in kinds() if load(k).doc]


def about(subject: str) -> str | None:
    """What there is to say of a word; a word that is several things gets all of them."""
    parts = []
    if subject in declarable():
        parts.append(kind(subject))
    if subject in ("every", "cron", "at", "schedule"):
        parts.append(schedule())
    if subject in VERBS:
        parts.append(verb(subject))
    if subject in all_settings():
        parts.append(setting(subject))
    if subject.upper() in CODES:
        parts.append(code(subject.upper()))
    if subject in later.STATEMENTS:
        parts.append(f"{subject}: {later.STATEMENTS[subject][1]}; this release does not build them.\n")
    return "\n".join(parts) if parts else None


def overview() -> str:
    lines = ["The kinds:"]
    lines += [f"  {k:<12} {load(k).doc}" for k in declarable()]
    lines += ["", "The verbs, in a function's block:"]
    lines += [f"  {v:<12} {doc}" for v, doc in VERBS.items()]
    lines += ["", "`ifc explain KIND`, `SETTING`, `VERB` or `CODE` tells more; `ifc explain FILE NAME` what a declaration becomes.", ""]
    return "\n".join(lines)


# --- kinds ---


def kind(name: str) -> str:
    cls = load(name)
    lines = [f"{name}: {cls.doc}", "", f"  {cls.example}", "", "settings"]
    lines += table(list(settings_of(cls).values()))
    if cls.verbs:
        lines += ["", "verbs"]
        lines += [f"  {v:<12} {actions(cls.verbs[v])}" for v in cls.verbs]
        suffix = cls.address[0]
        lines.append(
            f"  the code finds its {cls.attributes.get(cls.address[1], cls.address[1])} in the variable {shouty('Name')}_{suffix}, or `as OTHER`"
        )
    for port, what in cls.ports.items():
        lines += ["", *port_lines(f"Name.{port}" if port else "Name", what)]
    route: Port | None = getattr(cls, "route_port", None)
    if route is not None:
        lines += ["", *port_lines("METHOD /path", route)]
    if cls.attributes:
        lines += ["", "attributes"]
        lines += [f"  Name.{a:<16} {doc}" for a, doc in cls.attributes.items()]
    if cls.metrics:
        lines += ["", f"metrics, for alarms: `alarm Watch where Name.{next(iter(cls.metrics))} > …`"]
        lines += [f"  {word:<21} {metric.doc}" for word, metric in cls.metrics.items()]
    if cls.later:
        lines += ["", "not built by this release: " + ", ".join(f"`{s}`" for s in cls.later)]
    return "\n".join(lines) + "\n"


def schedule() -> str:
    port: Any = load("schedule")
    lines = [
        "every, cron, at: schedules (EventBridge Scheduler)",
        "",
        "  every 5m -> f",
        '  cron "0 9 ? * MON-FRI *" timezone "Asia/Tokyo" -> f',
        '  at "2027-01-01T00:00" -> f',
        "",
        *port_lines("every 5m", port.port),
    ]
    return "\n".join(lines) + "\n"


def port_lines(source: str, port: Port) -> list[str]:
    lines = [f"{source} -> {', '.join(port.targets)}", f"  {port.doc}" + (f"; `where` tests {port.fields}" if port.fields else "")]
    return lines + table(list(settings_of(port.settings).values()))


def actions(accesses: Any) -> str:
    return ", ".join(sorted(a for access in accesses for a in access.actions))


def table(rows: list[Setting], indent: int = 2) -> list[str]:
    lines = []
    for row in rows:
        name = f"({row.name})" if row.positional else row.name
        head = f"{' ' * indent}{name:<{max(22 - indent, 1)}} "
        body = f"{row.doc} [{default(row)}]" if default(row) else row.doc
        lines += textwrap.wrap(
            f"{body} · {row.type.expects}", 118, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False
        )
        inner = row.type.of if isinstance(row.type, Repeated) else row.type
        if isinstance(inner, Form):
            lines += table(list(settings_of(inner.cls).values()), indent + 4)
    return lines


def default(row: Setting) -> str:
    """The default as it would be written."""
    if row.derived:
        return row.derived
    if row.default is None or row.default in ({}, ()):
        return "needed" if row.needed else ""
    if isinstance(row.default, bool):
        return "on" if row.default else "off"
    if isinstance(row.default, tuple):
        return ", ".join(map(str, row.default))
    if isinstance(row.type, Choice | Flag):
        return str(row.default)
    show_amount = getattr(row.type, "show", None)
    return str(show_amount(row.default)) if show_amount and isinstance(row.default, int) else str(row.default)


# --- settings, verbs, codes ---


def all_settings() -> dict[str, list[tuple[str, Setting]]]:
    """Every setting by name, with where it may stand."""
    found: dict[str, list[tuple[str, Setting]]] = {}

    def take(cls: type, place: str) -> None:
        for row in settings_of(cls).values():
            if not row.positional:
                found.setdefault(row.name, []).append((place, row))
            inner = row.type.of if isinstance(row.type, Repeated) else row.type
            if isinstance(inner, Form):
                take(inner.cls, f"{place} {row.name}")

    for name in kinds():
        cls = load(name)
        if cls.doc:
            take(cls, name)
        for port, what in cls.ports.items():
            take(what.settings, f"{name}{'.' + port if port else ''} ->")
        single: Port | None = getattr(cls, "route_port", None) or getattr(cls, "port", None)
        if single is not None:
            take(single.settings, "route ->" if name == "api" else f"{name} ->")
    return found


def setting(name: str) -> str:
    lines = [f"{name}: a setting"]
    same: dict[str, list[str]] = {}
    for place, row in all_settings()[name]:
        body = row.doc + (f" [{default(row)}]" if default(row) else "") + f" · {row.type.expects}"
        same.setdefault(body, []).append(place)
    for body, places in same.items():
        lines += textwrap.wrap(
            f"{', '.join(sorted(set(places)))}: {body}", 118, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
        )
    return "\n".join(lines) + "\n"


def verb(name: str) -> str:
    lines = [f"{name}: {VERBS[name]}"]
    lines += [f"  {k:<10} {actions(load(k).verbs[name])}" for k in declarable() if name in load(k).verbs]
    if len(lines) == 1:
        lines.append("  no kind of this release takes it")
    return "\n".join(lines) + "\n"


def code(name: str) -> str:
    title, text = CODES[name]
    lines = [f"{name}: {title}", "", *textwrap.wrap(text, 100)]
    found = of_code(name)
    for heading, source in found.examples.items() if found else ():
        lines += ["", f"{heading}:", textwrap.indent(source.rstrip("\n"), "    ")]
    return "\n".join(lines) + "\n"


# --- declarations ---


def declaration(arguments: argparse.Namespace, file: str, name: str) -> int:
    """`ifc explain FILE NAME`: what one declaration becomes."""
    arguments.max_errors, arguments.notes = 20, False
    done = compiled(arguments, file)
    found = done.report.ordered()
    if done.plan is None:
        show(found, arguments)
        return code_of(found)
    if name not in done.app.resources:
        close = near(name, done.app.resources)
        say(f"ifc: nothing is called `{name}` in {file}" + (f"; did you mean `{close}`?" if close else ""))
        return USAGE
    from ifc.explanation import explanation

    sys.stdout.write(explanation(done, name))
    return FINE
