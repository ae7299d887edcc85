"""Permissions as JSON; `version` is that of its shape."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ifc.model.app import Allow
from ifc.permissions.access import Access, Right, Subject
from ifc.permissions.callers import Caller
from ifc.permissions.formats.words import actions, managed, plain
from ifc.permissions.holders import Holder
from ifc.permissions.uses import Use
from ifc.source import Span

VERSION = 1


def matrix(found: Access) -> str:
    """All holders with what they do and may do, and who else comes."""
    from ifc.permissions.access import rights

    return written(
        found,
        holders=[_holder(holder, found, tuple(rights(holder, found))) for holder in found.holders],
        others=[_caller(caller) for caller in found.callers],
    )


def subject(found: Access, about: Subject) -> str:
    """One declaration: what its role may do, and who may do what with it."""
    return written(
        found,
        name=about.resource.name,
        kind=about.resource.kind,
        place=_place(about.resource.declared.span),
        role=_holder(about.holder, found, about.rights) if about.holder is not None else None,
        uses=[_use(use) for use in about.uses],
        others=[_caller(caller) for caller in about.callers],
        unknown=[{"name": h.name, "managed": [managed(m) for m in h.managed]} for h in about.unknown],
    )


def written(found: Access, **content: Any) -> str:
    """The document."""
    app = found.plan.app
    return json.dumps({"version": VERSION, "app": app.name, "stage": app.stage, **content}, indent=2, ensure_ascii=False) + "\n"


def _holder(holder: Holder, found: Access, rights: tuple[Right, ...]) -> dict[str, Any]:
    kinds = found.plan.app.resources
    return {
        "name": holder.name,
        "sort": holder.sort,
        "role": plain(holder.role),
        "ours": holder.made,
        "services": list(holder.services),
        "does": [{"resource": name, "kind": kinds[name].kind, "words": words} for name, words in found.words(holder).items()],
        "allows": [_allow(allow) for allow in sorted(holder.allows, key=lambda a: (a.actions, str(a.resources), str(a.managed)))],
        "managed": [managed(m) for m in holder.managed],
        "boundary": None if holder.boundary is None else plain(holder.boundary),
        "rights": [_right(right, found) for right in rights],
    }


def _allow(allow: Allow) -> dict[str, Any]:
    return {
        "actions": list(allow.actions),
        "resources": [plain(r) for r in allow.resources],
        "managed": [plain(m) for m in allow.managed],
        "condition": _plain(allow.condition),
        "because": allow.because,
        "place": _place(allow.span),
    }


def _right(right: Right, found: Access) -> dict[str, Any]:
    owners = [found.owners.of(r) for r in right.resources]
    return {
        "effect": right.effect,
        "actions": actions(right),
        "resources": [
            {"arn": plain(r), "of": owner.name if owner else None, "part": owner.part if owner else ""}
            for r, owner in zip(right.resources, owners, strict=True)
        ],
        "except": list(right.excepted),
        "condition": _plain(right.condition),
        "because": list(right.because),
        "asked": [_place(span) for span in right.why],
    }


def _use(use: Use) -> dict[str, Any]:
    return {
        "holder": use.holder.name,
        "effect": use.permission.effect,
        "actions": actions(use),
        "on": [plain(r) for r in use.on],
        "part": use.part,
        "perhaps": use.perhaps,
        "except": list(use.permission.excepted),
        "condition": _plain(use.permission.condition),
        "because": list(use.because),
        "asked": [_place(span) for span in use.why],
    }


def _caller(caller: Caller) -> dict[str, Any]:
    return {
        "who": caller.who,
        "may": caller.may,
        "resource": caller.resource,
        "reaches": caller.reaches or None,
        "service": caller.service or None,
        "effect": caller.effect,
        "anonymous": caller.anonymous,
        "actions": [plain(a) for a in caller.actions],
        "condition": caller.condition or None,
        "asked": [_place(span) for span in caller.why],
    }


def _plain(value: Any) -> Any:
    """A condition with texts for what is known only at deployment."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in sorted(value.items())}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value if value is None or isinstance(value, bool | int | float) else plain(value)


def _place(span: Span) -> dict[str, Any]:
    return {"path": span.source.path, "line": span.line, "text": " ".join(span.text.split())}
