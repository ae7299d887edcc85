"""Permissions as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ifc.explanation import place, said
from ifc.permissions.access import Access, Subject
from ifc.permissions.formats.text import WIDTH, public, rows, with_it
from ifc.permissions.formats.words import actions, allowed, but, condition, managed, plain, written_out
from ifc.permissions.holders import Holder
from ifc.source import Span


def matrix(found: Access) -> str:
    """The matrix as a table, or a line for each role and resource where it would be wide."""
    app = found.plan.app
    lines = [f"## Permissions of {app.name} ({app.stage})", ""]
    if not found.holders:
        lines.append("Nothing has a role.")
    elif found.resources and max(map(len, rows(found))) <= WIDTH:
        columns = found.resources
        cells = [[h.name, *(", ".join(words.get(c, ())) for c in columns)] for h in found.holders for words in [found.words(h)]]
        lines += table(["", *columns], cells)
    else:
        lines += table(["role of", "on", "does"], long(found))
    more = list(beside(found.holders))
    if more:
        lines += ["", "### Beside the verbs", "", *table(["role of", "may"], more)]
    others = [[who, what, tested] for who, what, tested in public(found.callers)]
    if others:
        lines += ["", "### Without a role of the app", "", *table(["who", "may", "if"], others)]
    return "\n".join(lines) + "\n"


def long(found: Access) -> Iterator[list[str]]:
    """A line for each role and resource."""
    for holder in found.holders:
        words = found.words(holder)
        for name in words:
            yield [holder.name, name, ", ".join(words[name])]
        if not words:
            yield [holder.name, "no declared resource", ""]


def beside(holders: Iterable[Holder]) -> Iterator[list[str]]:
    """What no verb covers."""
    for holder in holders:
        for allow in sorted(holder.allows, key=lambda a: (a.actions, str(a.resources))):
            yield [holder.name, " ".join(allowed(allow))]
        for permission in holder.written:
            yield [holder.name, " ".join(written_out(permission))]
        for policy in holder.managed if holder.sort != "function" else ():
            yield [holder.name, f"the managed policy {managed(policy)}"]
        if not holder.made:
            yield [holder.name, f"what its own role {plain(holder.role)} may"]


def subject(found: Access, about: Subject) -> str:
    """One declaration."""
    resource, holder = about.resource, about.holder
    lines = [f"## Permissions of the {resource.kind} {resource.name}", "", place(resource.declared.span)]
    if holder is not None:
        lines += ["", "### What it may do", ""]
        if not holder.made:
            lines.append(f"Its role is {cell(plain(holder.role))}: its owner says what it may do, and verbs give it nothing.")
        rows = [
            [
                "denied" if r.effect == "Deny" else "",
                but(r, "actions") + ", ".join(actions(r)),
                but(r, "resources") + ", ".join(map(plain, r.resources)),
                condition(r),
                placed(r.why),
            ]
            for r in about.rights
        ]
        lines += table(["", "actions", "on", "if", "asked by"], rows) if rows else []
        lines += [f"\nAnd what the managed policy {cell(managed(m))} allows." for m in holder.managed]
    used = [
        [
            use.holder.name + (" (by a pattern)" if use.perhaps else "") + (" is denied" if use.permission.effect == "Deny" else ""),
            but(use.permission, "actions") + ", ".join(actions(use)),
            but(use.permission, "resources") + ", ".join(map(plain, use.on)),
            condition(use.permission),
            placed(use.why),
        ]
        for use in about.uses
    ]
    used += [
        [c.who + (" is denied" if c.effect == "Deny" else ""), with_it(c, resource.name), c.service, c.condition, placed(c.why)]
        for c in about.callers
    ]
    lines += ["", "### Who may use it", ""]
    lines += table(["who", "may", "on, or as", "if", "asked by"], used) if used else ["Nobody by name."]
    names = [f"{h.name} ({', '.join(managed(m) for m in h.managed)})" for h in about.unknown]
    lines += ["", cell(f"Managed policies are not looked into: {'; '.join(names)}.")] if names else []
    return "\n".join(lines) + "\n"


def placed(why: Iterable[Span]) -> str:
    """The places that asked."""
    return "; ".join(f"{said(span)} ({place(span)})" for span in why)


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table of GitHub's Markdown."""
    lines = ["| " + " | ".join(map(cell, header)) + " |", "|" + "---|" * len(header)]
    return lines + ["| " + " | ".join(map(cell, row)) + " |" for row in rows]


def cell(words: str) -> str:
    """Text that means itself in a table."""
    return "".join(f"\\{c}" if c in "\\|*_<>[]~#`$" else c for c in words)
