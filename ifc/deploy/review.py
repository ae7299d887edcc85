"""Our review of what is deployed against what will be, joined with CloudFormation's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ifc.compiler import Compiled
from ifc.deploy.changes import Change
from ifc.plan import Placed, Plan
from ifc.records import evolve, named
from ifc.review.deployed import cloudformation
from ifc.review.deployed.output import Output
from ifc.review.deployed.reading import CFN
from ifc.review.finding import DELETED, REPLACED, Comparison, Consequence, Finding, ordered
from ifc.review.review import compare
from ifc.review.risk import Risk
from ifc.review.sides import Side, code_of, output
from ifc.review.version import Version
from ifc.review.waivers import waived
from ifc.source import Span

CONFIRMED = Risk.WIDER  # in a protected stage findings of this class and worse are confirmed by name


@named
class Target:
    """What is to be known of a target to read what it says."""

    name: str
    title: str
    code: frozenset[str]  # the properties by which functions and layers name their archives
    # A change of these types is always a new one, and nothing is in them: what points at them goes over to it.
    snapshots: tuple[str, ...]


CLOUDFORMATION = Target(
    name=CFN,
    title="CloudFormation",
    code=frozenset(("Code", "Content", "")),
    snapshots=("AWS::ApiGateway::Deployment", "AWS::Lambda::LayerVersion", "AWS::Lambda::Version"),
)


@named
class Reviewed:
    """What is found, and what only CloudFormation says."""

    comparison: Comparison
    code: tuple[str, ...] = ()  # what gets new code
    also: tuple[str, ...] = ()  # sentences of the target's

    @property
    def grave(self) -> list[Finding]:
        """The findings that a protected stage asks about."""
        return [finding for finding in self.comparison.findings if finding.counts and finding.risk <= CONFIRMED]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to say."""
        return not (self.comparison.findings or self.code or self.also)


@named
class Sides:
    """What is compared: the deployed template with its values, and the new one with those that it will have."""

    title: str  # of the new side
    old: Mapping[str, Any] | None  # None: nothing is deployed
    new: Mapping[str, Any]
    values: Mapping[str, str]  # of the parameters that are deployed
    given: Mapping[str, str]  # of the parameters that will be; one that keeps its value is left out
    compiled: Compiled | None = None  # the source of the new one


def reviewed(sides: Sides, changes: Iterable[Change], today: str) -> Reviewed:
    """The review of a change set."""
    code = new_code(sides)
    return merged(compared(sides, today), changes, code, CLOUDFORMATION)


def merged(comparison: Comparison, changes: Iterable[Change], code: Mapping[str, str], own: Target) -> Reviewed:
    """Our review with what only the target says; `code` are the resources that get new code, and what they are called."""
    findings, also = joined(comparison, changes, {*code}, own)
    return Reviewed(comparison=evolve(comparison, findings=ordered(findings)), code=tuple(sorted(code.values())), also=also)


def compared(sides: Sides, today: str) -> Comparison:
    """Our own review, with the source's waivers."""
    new = _new(sides)
    old = _version("deployed", with_values(sides.old or {}, sides.values, sides.new))
    comparison = compare(old, new)
    if sides.compiled is None:
        return comparison
    return waived(comparison, Side(sides.title, sides.compiled), today)


def _new(sides: Sides) -> Version:
    """The new side, with the places of its source where there is one."""
    content = with_values(sides.new, sides.given, sides.new)
    version = _version(sides.title, content)
    plan = sides.compiled.plan if sides.compiled is not None else None
    if plan is None:
        return version
    by_id = {placed.resource.id: placed for placed in plan.placed}
    placed = {key: by_id[id] for key, id in version.outputs[CFN].ids.items() if id in by_id}
    return Version(sides.title, version.outputs, plan, placed=placed)


def _version(title: str, content: Mapping[str, Any]) -> Version:
    template = cloudformation.Template(dict(content), code_of(content))
    found: Output = output(template, title)
    return Version(title, {CFN: found})


def with_values(template: Mapping[str, Any], values: Mapping[str, str], other: Mapping[str, Any]) -> dict[str, Any]:
    """The template with the values that its parameters have in the place of their defaults.

    What is secret, or keeps its value since the new template has no default for it, has none on either side.
    """
    known = other.get("Parameters", {})
    parameters = {}
    for name, shape in template.get("Parameters", {}).items():
        shape = dict(shape)
        if shape.get("NoEcho") or (name in known and "Default" not in known[name]):
            shape.pop("Default", None)
        elif name in values:
            shape["Default"] = _typed(values[name], shape.get("Type"))
        parameters[name] = shape
    return {**template, **({"Parameters": parameters} if parameters else {})}


def _typed(value: str, type: str | None) -> Any:
    """A parameter's value as a template has it."""
    if type != "Number":
        return value
    try:
        return int(value)
    except ValueError:
        try:
            return float(value)
        except ValueError:
            return value


def new_code(sides: Sides) -> dict[str, str]:
    """The functions whose archive is another one, by logical id."""
    changed = {name for name in code_of(sides.new) if sides.given.get(name) != sides.values.get(name)}
    resources = sides.new.get("Resources", {})
    return {id: id for id, resource in resources.items() if id in (sides.old or {}).get("Resources", {}) and changed & _code(resource)}


def _code(resource: Mapping[str, Any]) -> set[str]:
    """The parameters that a function's code is named by."""
    key = (resource.get("Properties", {}).get("Code") or resource.get("Properties", {}).get("Content") or {}).get("S3Key")
    return {key["Ref"]} if isinstance(key, dict) and isinstance(key.get("Ref"), str) else set()


# --- CloudFormation's own ---


def joined(comparison: Comparison, changes: Iterable[Change], code: set[str], own: Target) -> tuple[list[Finding], tuple[str, ...]]:
    """Our findings with the replacements that only the target knows of, and sentences for what else only it says."""
    known = {c.resource: c.action for finding in comparison.findings for c in finding.consequences if c.target == own.name}
    findings = list(comparison.findings)
    also: list[str] = []
    perhaps: list[str] = []
    for change in changes:
        ours = known.get(change.id)
        if ours is not None and (change.replacement != "True" or ours in (REPLACED, DELETED)):
            continue
        if change.id in code and set(change.properties) <= own.code:
            continue
        if change.action == "Modify" and change.replacement == "True" and change.type not in own.snapshots:
            findings.append(_replaced(change, own))
        elif change.action == "Modify" and not change.certain:
            perhaps.append(change.id)
        else:
            also.append(_sentence(change))
    if perhaps:
        also.append(f"{_names(perhaps)} may change with what {'they refer' if perhaps[1:] else 'it refers'} to")
    return findings, tuple(also)


def _replaced(change: Change, own: Target) -> Finding:
    """The finding of a replacement that our review does not know of."""
    because = tuple(name for name in change.properties if name)
    consequence = Consequence(target=own.name, resource=change.id, type=change.type, action=REPLACED, properties=because, because=because)
    return Finding(
        risk=Risk.REPLACED,
        rule=f"replaced-by-{own.name}",
        subject=f"resource/{change.id}",
        title=f"{own.title} replaces `{change.id}`",
        effect="a new one is made, and the old one goes with what is in it",
        consequences=(consequence,),
    )


def _sentence(change: Change) -> str:
    """What is done with a resource that our review does not speak of."""
    words = {"Add": "is created", "Remove": "is deleted", "Import": "is imported"}.get(
        change.action, "changes in a way that it can't tell yet"
    )
    if change.action == "Modify":
        properties = [name for name in change.properties if name]
        words = "is made anew" if change.replacement == "True" else "is updated"
        words += f" in {_names(properties)}" if properties else ""
        if change.replacement == "Conditional":
            words += ", and perhaps replaced"
    return f"`{change.id}` ({change.type}) {words}" if not change.id.startswith(f"{change.type}.") else f"`{change.id}` {words}"


def _names(names: list[str]) -> str:
    shown = [f"`{name}`" for name in names[:4]] + ([f"{len(names) - 4} more"] if names[4:] else [])
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


# --- places ---


def place(plan: Plan | None, id: str) -> tuple[str, Span] | None:
    """What made a resource: the words for it, and where they stand; None where the source does not have it."""
    found = next((placed for placed in plan.placed if placed.resource.id == id), None) if plan is not None else None
    if plan is None or found is None:
        return None
    span = _span(plan, found)
    return (found.owner, span) if span is not None else None


def _span(plan: Plan, placed: Placed) -> Span | None:
    if placed.wire is not None:
        return placed.wire.span
    resource = plan.app.resources.get(placed.owner)
    return resource.declared.span if resource is not None else plan.app.span
