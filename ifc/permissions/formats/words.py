"""Words that all formats share."""

from __future__ import annotations

from ifc.explanation import conditions, place, said, text
from ifc.model.app import Allow
from ifc.permissions.access import Right
from ifc.permissions.documents import Permission
from ifc.permissions.uses import Use
from ifc.plan import Statement
from ifc.source import Span
from ifc.values import Joined, Value


def actions(found: Right | Use) -> list[str]:
    """The actions, each as it stands in the policy."""
    return [plain(a) for a in found.actions]


def but(found: Right | Permission, field: str) -> str:
    """`all but `, where a statement says what is not meant."""
    return "all but " if field in found.excepted else ""


def condition(found: Right | Permission) -> str:
    """The condition in one line; empty without one."""
    return conditions(Statement(actions=(), condition=found.condition)) if found.condition else ""


def plain(value: Value) -> str:
    """A value in the language's words; text without its quotes."""
    return value if isinstance(value, str) else text(value)[1:-1] if isinstance(value, Joined) else text(value)


def asked(span: Span) -> str:
    """`asked by `reads Orders`, app.ifc:24`."""
    return f"`{said(span)}`, {place(span)}"


def managed(value: Value) -> str:
    """A managed policy by its name where it is AWS's, else by its ARN."""
    shown = plain(value)
    return shown.partition("::aws:policy/")[2] or shown


def allowed(allow: Allow) -> list[str]:
    """What an `allow` says: its actions, resources and reason."""
    if allow.managed:
        return [f"the managed policy {managed(m)}" for m in allow.managed]
    lines = [", ".join(allow.actions), f"on {', '.join(text(r) for r in allow.resources)}"]
    lines += [f"if {tested(allow)}"] if allow.condition else []
    return [*lines, *([f"because {text(allow.because)}"] if allow.because else [])]


def written_out(found: Permission) -> list[str]:
    """What a statement says that the user wrote into a policy: its actions, resources and condition."""
    denied = "denied: " if found.effect == "Deny" else ""
    lines = [denied + but(found, "actions") + ", ".join(map(plain, found.actions))]
    lines += [f"on {but(found, 'resources')}{', '.join(map(text, found.resources))}"]
    return lines + ([f"if {condition(found)}"] if found.condition else [])


def tested(allow: Allow) -> str:
    """The condition of an `allow` in one line; empty without one."""
    return conditions(Statement(actions=(), condition=allow.condition)) if allow.condition else ""
