"""Permissions as comma-separated values, a line for each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from ifc.explanation import said
from ifc.permissions.access import Access, Subject
from ifc.permissions.callers import Caller
from ifc.permissions.formats.words import but, condition, managed, plain, tested
from ifc.permissions.holders import DENIES
from ifc.source import Span

MATRIX = ("who", "sort", "effect", "may", "on", "kind", "because", "if")
SUBJECT = ("who", "effect", "may", "on", "if", "asked by")


def matrix(found: Access) -> str:
    """A line for each word of a role, each action of an `allow` or of a policy that is written out, and each other caller."""
    return written(MATRIX, _matrix(found))


def _matrix(found: Access) -> Iterator[Sequence[str]]:
    kinds = {name: resource.kind for name, resource in found.plan.app.resources.items()}
    for holder in found.holders:
        words = found.words(holder)
        for name in words:
            for word in words[name]:
                yield holder.name, holder.sort, "Deny" if word == DENIES else "Allow", word, name, kinds[name], "", ""
        for allow in sorted(holder.allows, key=lambda a: (a.actions, str(a.resources))):
            for action in allow.actions:
                for resource in allow.resources:
                    yield holder.name, holder.sort, "Allow", action, plain(resource), "", allow.because or "", tested(allow)
        for permission in holder.written:
            for value in permission.actions:
                for resource in permission.resources:
                    on, what = but(permission, "resources") + plain(resource), but(permission, "actions") + plain(value)
                    yield holder.name, holder.sort, permission.effect, what, on, "", "", condition(permission)
        for policy in holder.managed:
            yield holder.name, holder.sort, "", managed(policy), "", "managed policy", "", ""
        if not holder.made:
            yield holder.name, holder.sort, "", plain(holder.role), "", "role", "", ""
    for caller in found.callers:
        yield caller.who, "other", caller.effect, _may(caller), caller.resource, kinds.get(caller.resource, ""), "", caller.condition


def subject(found: Access, about: Subject) -> str:
    """A line for each action of its role on a resource, and for each action of others on it."""
    return written(SUBJECT, _subject(about))


def _subject(about: Subject) -> Iterator[Sequence[str]]:
    name = about.resource.name
    for right in about.rights:
        for resource in right.resources:
            for action in right.actions:
                on, what = but(right, "resources") + plain(resource), but(right, "actions") + plain(action)
                yield name, right.effect, what, on, condition(right), asked(right.why)
    for use in about.uses:
        if use.holder is not about.holder:
            for resource in use.on:
                for action in use.actions:
                    on, what = but(use.permission, "resources") + plain(resource), but(use.permission, "actions") + plain(action)
                    yield use.holder.name, use.permission.effect, what, on, condition(use.permission), asked(use.why)
    for caller in about.callers:
        yield caller.who, caller.effect, _may(caller), caller.resource, caller.condition, asked(caller.why)


def _may(caller: Caller) -> str:
    return f"{caller.may} -> {caller.reaches}" if caller.reaches else caller.may


def asked(why: Iterable[Span]) -> str:
    """The places that asked."""
    return "; ".join(f"{said(span)} ({span.source.path}:{span.line})" for span in why)


def written(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The lines, as RFC 4180 has them but for their ends, which are those of Unix."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return stream.getvalue()
