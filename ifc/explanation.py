"""What one declaration becomes: its settings and where each came from, its permissions and who asked, its environment."""

from __future__ import annotations

from typing import Any

from ifc.compiler import Compiled
from ifc.model.app import App, Resource
from ifc.model.settings import Form, Setting, settings_of
from ifc.model.types import BUILT_IN, String
from ifc.plan import Plan, Statement, suffixed
from ifc.source import Span
from ifc.values import Attr, Commas, Joined, Json, Lookup, Param, Piece, Pseudo, Ref, Value


def explanation(done: Compiled, name: str) -> str:
    """The text that `ifc explain FILE NAME` prints."""
    app, plan = done.app, done.plan
    if plan is None:
        raise ValueError("an app with errors has no plan to explain")
    resource = app.resources[name]
    where = resource.declared.span
    lines = [f"{resource.kind} {name}  {where.source.path}:{where.line}"]
    if resource.declared.description:
        lines.append(f"  {resource.declared.description}")
    lines += ["", "settings", *_settings(resource)]
    lines += _events(app, name)
    lines += _environment(resource)
    lines += _permissions(plan, name)
    lines += ["", "becomes (id and type in CloudFormation, address in Terraform)"]
    lines += _becomes(plan, name)
    return "\n".join(lines) + "\n"


def _becomes(plan: Plan, name: str) -> list[str]:
    """The resources of a declaration: their ids and types in CloudFormation, and their addresses in Terraform."""
    mine = [p.resource for p in plan.placed if p.owner == name]
    addresses = [f"{r.terraform_type}.{plan.label(r)}" if r.terraform_type else "" for r in mine]
    width = max((len(r.cfn_type) for r in mine), default=0)
    lines = []
    for r, address in zip(mine, addresses, strict=True):
        lines.append(f"  {r.id:<32} {r.cfn_type:<{width}}  {address}".rstrip())
        others = [b for b in r.terraform() if not b.data and (b.suffix or b.type != r.terraform_type)]
        lines += [f"  {'':<32} {'':<{width}}  {b.type}.{suffixed(plan.label(r), b.suffix)}" for b in others]
    return lines


def _settings(resource: Resource) -> list[str]:
    rows = []
    for row in settings_of(type(resource)).values():
        value = getattr(resource, row.field)
        origin = resource.origins.get(row.field)
        if value is None or (origin is None and value in ({}, ())):
            continue
        if origin is None:
            came = f"{BUILT_IN}, {row.derived}" if row.derived else BUILT_IN
        else:
            came = f"{origin.layer}, line {origin.span.line}" if origin.span else origin.layer
        rows.append((row.name, written(value, row), came))
    width = max((len(name) for name, _, _ in rows), default=0)
    shown = max((len(value) for _, value, _ in rows if len(value) <= 40), default=0)
    return [f"  {name:<{width}}  {value:<{shown}}  ({came})" for name, value, came in rows]


def written(value: Any, row: Setting | None = None) -> str:
    """A setting's value as it would be written."""
    if isinstance(value, bool):
        return "on" if value else "off"
    show_amount = getattr(row.type, "show", None) if row else None
    if show_amount and isinstance(value, int | float):
        return str(show_amount(value))
    if isinstance(value, str) and row is not None and not isinstance(row.type, String):
        return value
    if isinstance(value, dict):
        return "{ " + "; ".join(f"{k} {written(v)}" for k, v in value.items()) + " }"
    if isinstance(value, tuple):
        return ", ".join(written(v) for v in value)
    if (row is not None and isinstance(row.type, Form)) or (hasattr(type(value), "__attrs_attrs__") and not isinstance(value, VALUES)):
        inner = [(s, getattr(value, s.field)) for s in settings_of(type(value)).values()]
        said = [
            written(v, s) if s.positional else f"{s.name} {written(v, s)}" for s, v in inner if v is not None and v not in ({}, (), False)
        ]
        return " ".join(said) or "on"
    return text(value)


VALUES = (Attr, Commas, Joined, Json, Lookup, Param, Piece, Pseudo, Ref)


def text(value: Value) -> str:
    """A value in the language's own words."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Joined):
        return '"' + "".join(p if isinstance(p, str) else "${" + text(p) + "}" for p in value.parts) + '"'
    if isinstance(value, Param):
        return value.name
    if isinstance(value, Commas):
        return value.parameter.name
    if isinstance(value, Pseudo):
        return f"aws.{value.name}"
    if isinstance(value, Ref):
        return f"{value.resource}.{value.attribute}"
    if isinstance(value, Attr):
        return f"{value.id}.{value.attribute}"
    if isinstance(value, Lookup):
        return f"{value.source} {text(value.key)}"
    if isinstance(value, Piece):
        return f"piece {value.index} of {text(value.text)}"
    return str(value)


def _events(app: App, name: str) -> list[str]:
    lines = []
    for wire in app.wires_to(name):
        lines.append(f"  {' '.join(wire.source.span.text.split())} -> {name}  ({place(wire.span)})")
    for wire in app.wires_from(name):
        target = wire.target.resource or wire.target.span.text
        lines.append(f"  {' '.join(wire.source.span.text.split())} -> {target}  ({place(wire.span)})")
    for grant in app.grants:
        if grant.resource == name:
            lines.append(f"  {grant.holder} {grant.verb} {name}  ({place(grant.span)})")
    return ["", "events and grants", *lines] if lines else []


def _environment(resource: Resource) -> list[str]:
    environment = getattr(resource, "environment", None)
    if not environment:
        return []
    asked: dict[str, Span] = getattr(resource, "asked", {})
    lines = []
    for name, value in environment.items():
        came = f"{' '.join(asked[name].text.split())}, {place(asked[name])}" if name in asked else "env"
        lines.append(f"  {name:<28} {text(value)}  ({came})")
    return ["", "environment", *lines]


def _permissions(plan: Plan, name: str) -> list[str]:
    statements = plan.statements(name)
    if not statements:
        return []
    lines = ["", "permissions"]
    for statement in statements:
        lines.append(f"  {', '.join(statement.actions)}")
        lines += [f"    on {text(r)}" for r in statement.resources]
        if statement.condition:
            lines.append(f"    if {conditions(statement)}")
        lines += [f"    asked by `{said(span)}`, {place(span)}" for span in statement.why]
    return lines


def conditions(statement: Statement) -> str:
    """A statement's condition in one line."""
    return " and ".join(
        f"{operator} {key} {text(value)}"
        for operator, tests in sorted((statement.condition or {}).items())
        for key, value in sorted(tests.items())
    )


def said(span: Span) -> str:
    """What was written at a span, on one line."""
    words = " ".join(span.text.split())
    return words if len(words) <= 60 else words[:57] + "…"


def place(span: Span) -> str:
    """`app.ifc:12`."""
    return f"{span.source.path}:{span.line}"
