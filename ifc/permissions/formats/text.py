"""Permissions for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from ifc.explanation import place, text
from ifc.permissions.access import Access, Right, Subject
from ifc.permissions.callers import ANYONE, ASSUMES, OF_A_URL, Caller
from ifc.permissions.formats.words import actions, allowed, asked, but, condition, managed, plain, written_out
from ifc.permissions.holders import Holder
from ifc.permissions.uses import Use

WIDTH = 80
ARROWS = "← events come from it, → what became of them goes to it"


def matrix(found: Access) -> str:
    """The matrix of an app, or a block for each role where it would be wider than 80 columns, or have none."""
    app = found.plan.app
    table = list(rows(found))
    lines = [f"{app.name} ({app.stage})", ""]
    if not found.holders:
        lines += ["nothing has a role"]
    else:
        lines += table if found.resources and max(map(len, table)) <= WIDTH else list(blocks(found))
    for title, more in (("beside the verbs", beside(found.holders)), ("without a role of the app", others(found.callers))):
        part = list(more)
        lines += ["", title, *part] if part else []
    if any(mark in line for line in lines for mark in "←→"):
        lines += ["", ARROWS]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def rows(found: Access) -> Iterator[str]:
    """A line for each role, a column for each resource."""
    columns = found.resources
    cells = [[h.name, *(", ".join(words.get(c, ())) for c in columns)] for h in found.holders for words in [found.words(h)]]
    header = ["", *columns]
    widths = [max(len(line[i]) for line in [header, *cells]) for i in range(len(header))]
    for line in [header, *cells]:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()


def blocks(found: Access) -> Iterator[str]:
    """A block for each role, a line for each resource."""
    for number, holder in enumerate(found.holders):
        if number:
            yield ""
        words = found.words(holder)
        width = max((len(name) for name in words), default=0)
        yield holder.name
        for name in words:
            yield f"  {name:<{width}}  {', '.join(words[name])}"
        if not words:
            yield "  no declared resource" if holder.made else f"  as its own role: {plain(holder.role)}"


def beside(holders: Iterable[Holder]) -> Iterator[str]:
    """What no verb covers: `allow`s with their reasons, policies that are written out, managed ones, roles that are not the app's."""
    for holder in holders:
        notes = [line for allow in sorted(holder.allows, key=lambda a: (a.actions, str(a.resources))) for line in allowed(allow)]
        notes += [line for permission in holder.written for line in written_out(permission)]
        if holder.sort != "function" and holder.managed:
            notes += [f"the managed policy {managed(m)}" for m in holder.managed]
        if not holder.made:
            notes.append(f"its role is {plain(holder.role)}, and its verbs give it nothing")
        if notes:
            yield f"  {holder.name}"
            for note in notes:
                yield from wrapped(note, "    ")


def others(callers: Iterable[Caller]) -> Iterator[str]:
    """Who comes by a route, a URL or a resource's own policy; who is denied something stands with the resource itself."""
    found = public(callers)
    width = min(max((len(who) for who, _, _ in found), default=0), 30)
    for who, what, tested in found:
        yield from wrapped(f"{who:<{width}}  {what}{f', if {tested}' if tested else ''}", "  ")


def public(callers: Iterable[Caller]) -> list[tuple[str, str, str]]:
    """Who may come, to what, and if what: anyone first."""
    found = {(c.who, shown(c), "" if c.service else c.condition) for c in callers if c.effect == "Allow" and not behind(c)}
    return sorted(found, key=lambda row: (row[0] != ANYONE, bool(row[2]), row))


def behind(caller: Caller) -> bool:
    """Whether it is the permission behind a route, which stands there itself."""
    return caller.service == "apigateway.amazonaws.com" and bool(caller.why) and caller.may == "calls" and not authorizes(caller)


def authorizes(caller: Caller) -> bool:
    """Whether an api calls the function to ask whom it lets in."""
    return "/authorizers/" in caller.condition


def shown(caller: Caller) -> str:
    """What a caller may do: `calls stock`, `GET /orders/{id} of Public -> getOrder`."""
    if caller.reaches:
        return f"{caller.may} of {caller.resource} -> {caller.reaches}"
    return f"{caller.may} of {caller.resource}" if caller.may in (OF_A_URL, ASSUMES) else f"{caller.may} {caller.resource}"


def with_it(caller: Caller, name: str) -> str:
    """What a caller may do, beside the declaration `name`, which goes without saying."""
    return shown(caller) if caller.resource != name or caller.reaches else caller.may


# --- one declaration ---


def subject(found: Access, about: Subject) -> str:
    """What the role of a declaration may do, and who may do what with it."""
    resource = about.resource
    lines = [f"{resource.kind} {resource.name}  {place(resource.declared.span)}"]
    if about.holder is not None:
        lines += ["", *own(about)]
    lines += ["", "who may use it", *used(about)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def own(about: Subject) -> Iterator[str]:
    """What its own role may do."""
    holder = about.holder
    if holder is None:
        return
    if not holder.made:
        yield f"its role is {plain(holder.role)}: its owner says what it may do, and verbs give it nothing"
        return
    yield f"may, by the role {plain(holder.role)}" + (f" for {', '.join(holder.services)}" if holder.services else "")
    for right in about.rights:
        yield from right_lines(right)
    if not about.rights:
        yield "  nothing"
    for policy in holder.managed:
        yield f"  what the managed policy {managed(policy)} allows"
    if holder.boundary is not None:
        yield f"  and no more than its boundary {text(holder.boundary)} allows"


def right_lines(right: Right) -> Iterator[str]:
    """The resources, the actions, and what asked for them."""
    denied = "denied: " if right.effect == "Deny" else ""
    for shown in (text(r) for r in right.resources):
        yield f"  {denied}{but(right, 'resources')}{shown}"
    yield from wrapped(but(right, "actions") + ", ".join(actions(right)), "    ")
    yield from because(condition(right), right)


def because(tested: str, found: Right | Use | Caller) -> Iterator[str]:
    """The condition, the reason, and the places that asked."""
    if tested:
        yield f"    if {tested}"
    for reason in getattr(found, "because", ()):
        yield from wrapped(f"because {text(reason)}", "    ")
    for span in found.why:
        yield f"    asked by {asked(span)}"


def used(about: Subject) -> Iterator[str]:
    """Who may do what with it."""
    sure = [use for use in about.uses if not use.perhaps]
    perhaps = [use for use in about.uses if use.perhaps]
    for use in sure:
        yield from use_lines(use)
    for caller in about.callers:
        yield from caller_lines(caller, about.resource.name)
    if not sure and not about.callers:
        yield "  nobody by name"
    if perhaps:
        yield from ("", "who may use it by a pattern")
        for use in perhaps:
            yield from use_lines(use)
    names = [f"{h.name} ({', '.join(managed(m) for m in h.managed)})" for h in about.unknown]
    if names:
        yield from ("", *wrapped(f"Managed policies are not looked into: {'; '.join(names)}.", ""))


def use_lines(use: Use) -> Iterator[str]:
    """A role's actions on it."""
    part = f", its {use.part}" if use.part else ""
    yield f"  {use.holder.name}{part}{' is denied' if use.permission.effect == 'Deny' else ''}"
    yield from wrapped(but(use.permission, "actions") + ", ".join(actions(use)), "    ")
    for resource in use.on:
        yield f"    on {but(use.permission, 'resources')}{text(resource)}"
    yield from because(condition(use.permission), use)


def caller_lines(caller: Caller, name: str) -> Iterator[str]:
    """Somebody who comes without a role of the app."""
    what = with_it(caller, name)
    denied = " is denied" if caller.effect == "Deny" else ""
    yield f"  {caller.who}{denied}: {what}" + (f", as {caller.service}" if caller.service else "")
    yield from because(caller.condition, caller)


def wrapped(line: str, indent: str) -> list[str]:
    """A line in 80 columns; what is longer without a blank stays whole."""
    return textwrap.wrap(
        line, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=False, break_on_hyphens=False
    ) or [indent]
