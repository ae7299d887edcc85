"""The plan: the AWS resources that carry an app, once, for every cloud target.

A kind's `lower` and a port's `lower` add to a `Lowering`; `plan(app)` returns the finished, ordered `Plan`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import attrs

from ifc.diagnostics import Diagnostic, Report
from ifc.model.app import App, Output, Overlay, Parameter, Wire
from ifc.model.app import Resource as ModelResource
from ifc.model.scope import snake
from ifc.model.settings import CLEARED
from ifc.records import evolve
from ifc.records import named as planned
from ifc.source import Span
from ifc.syntax import tree
from ifc.values import Attr, Commas, Joined, Param, Pseudo, Ref, Value, joined, mapped

PREFIX = Param("Prefix")
PREFIX_LIMIT = 24  # characters
PREFIX_PATTERN = "^[a-z][a-z0-9-]*[a-z0-9]$"
ALL = "*"


@planned
class Statement:
    """One statement of a policy; `why` are the places in the source that asked for it."""

    actions: tuple[str, ...]
    resources: tuple[Value, ...] = ()
    condition: Mapping[str, Mapping[str, Value]] | None = None
    effect: str = "Allow"
    principal: Mapping[str, Value] | str | None = None
    sid: str | None = None
    why: tuple[Span, ...] = ()


@planned
class Caller:
    """A service that delivers to something of ours: its principal, and the ARN of what it delivers for."""

    service: str
    source: Value
    account: bool = False  # the source's ARN has no account in it, so the account is tested too
    like: bool = False  # the source is a pattern
    name: str  # of the permission: `Shipments` in `ShipmentsMayCallShip`
    wire: Wire | None = None
    span: Span


@planned
class Part:
    """One of the blocks that a resource of the plan becomes in Terraform."""

    id: str  # of the resource
    type: str
    suffix: str = ""
    label: str | None = None  # as of a Block
    attribute: str = ""  # that is meant; "": the block itself
    data: bool = False


@planned
class Expression:
    """An expression in Terraform's language: its text, with values of the plan between."""

    parts: tuple[Value, ...]


@planned
class Block:
    """One block of a Terraform configuration: a resource, or a data source that only this resource reads."""

    type: str
    content: Mapping[str, Value]  # None stands for «leave it out»
    suffix: str = ""  # of its label, where a resource becomes several of one type
    label: str | None = None  # of a data source that several resources share
    data: bool = False
    after: tuple[Part, ...] = ()  # what must be there before it, beside what it refers to
    replaced_before: bool = False  # a new one is made before the old one goes
    ignored: tuple[str, ...] = ()  # arguments that something else changes


@planned
class Resource:
    """One AWS resource; a subclass knows its properties and their spelling in each target."""

    cfn_type: ClassVar[str]
    terraform_type: ClassVar[str]  # of the block that stands for it; others only belong to it
    terraform_file: ClassVar[str]  # where its blocks are written
    # Our attribute → CloudFormation's (None: Ref) and Terraform's: a name, or a text in which `@` is the label.
    attributes: ClassVar[Mapping[str, tuple[str | None, str]]] = {}
    ending: ClassVar[str] = ""  # of its ids, which Terraform's address goes without: `billRole` is `aws_iam_role.bill`
    tagged: ClassVar[str | None] = None  # how CloudFormation spells tags: "list", "map" or not at all
    name_limit: ClassVar[int | None] = None  # of the physical name, in characters
    stateful: ClassVar[bool] = False  # deletion policies are written out (cfn-lint I3011)
    raw: ClassVar[bool] = False  # its properties are the user's own words, so they are printed as they stand
    replaces: ClassVar[tuple[str, ...] | None] = None  # CloudFormation's properties whose change makes another one; None: not told here
    shared: ClassVar[bool] = False  # of the whole account: others may rely on it, so it stays whatever happens to the stack

    id: str
    after: tuple[str, ...] = ()
    keep: bool = False
    tags: Mapping[str, Value] = attrs.field(factory=dict)

    def cfn(self) -> dict[str, Value]:
        """Its CloudFormation properties; None stands for «leave it out»."""
        raise TypeError(f"{type(self).__name__} has no CloudFormation spelling")

    def update_policy(self) -> dict[str, Value] | None:
        """Who makes an update of it in CloudFormation, where that is somebody else."""
        return None

    def terraform(self) -> tuple[Block, ...]:
        """Its Terraform blocks, what others belong to first."""
        raise TypeError(f"{type(self).__name__} has no Terraform spelling")

    # --- spelling it in Terraform ---

    @property
    def stem(self) -> str:
        """Its id without what its type says already."""
        return self.id.removesuffix(self.ending) or self.id

    def block(self, **content: Value) -> Block:
        """The block that stands for it."""
        return Block(type=self.terraform_type, content=content)

    def part(self, type: str, attribute: str = "", **more: Any) -> Part:
        """One of its other blocks, or an attribute of it."""
        return Part(id=self.id, type=type, attribute=attribute, **more)

    def json_of(self, document: Block) -> Part:
        """The text of one of its policy documents."""
        return self.part(document.type, "json", suffix=document.suffix, label=document.label, data=True)

    def made_name(self, end: str = "") -> Value:
        """The physical name where CloudFormation would generate one: the prefix and the id.

        One that a prefix of 24 characters would make too long is cut, and ends in a digest of the whole.
        """
        return joined(PREFIX, "-", short(self.stem, (self.name_limit or 255) - PREFIX_LIMIT - len("-" + end)), end)


@planned
class Placed:
    """A resource of the plan with the declaration it belongs to and what the user laid over it."""

    resource: Resource
    owner: str
    part: str
    wire: Wire | None = None  # that brought it
    overlays: tuple[Overlay, ...] = ()

    @property
    def wired(self) -> bool:
        """Whether a wire brought it."""
        return self.wire is not None


@planned
class CodeArchive:
    """The code of a function or a layer: the folder it is packed from, the parameter that names the archive, and what decides on its contents."""

    function: str  # the declared name, of a layer too
    parameter: str
    folder: str  # of a layer: a folder, or the file that lists its packages
    span: Span
    kind: str = "function"  # or "layer"
    handler: str = ""
    runtime: str = ""
    arch: str = "arm64"  # or "x86"
    include: tuple[str, ...] = ()  # globs, relative to the folder
    exclude: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()  # the app's own, by declared name
    foreign: bool = False  # it has layers of others, too
    places: Mapping[str, Span] = attrs.field(factory=dict)  # where settings stand, by name


@planned
class Plan:
    """All that is deployed, in the order a reader expects."""

    app: App
    placed: tuple[Placed, ...]
    parameters: tuple[Parameter, ...]
    outputs: tuple[Output, ...]
    archives: tuple[CodeArchive, ...]
    newer: Mapping[str, str] = attrs.field(factory=dict)  # what a resource would be called without `renamed from`, where it is another
    clashes: tuple[Diagnostic, ...] = ()  # new names of renamed declarations that something else has

    def label(self, resource: Resource) -> str:
        """What a resource is called in Terraform, after its type: by its new name where it was renamed."""
        return snake(self.newer.get(resource.id) or resource.stem)

    def statements(self, holder: str) -> tuple[Statement, ...]:
        """What the role of a function may do, merged and in order."""
        for placed in self.placed:
            if placed.owner == holder and placed.part == "role" and not placed.wired:
                found: tuple[Statement, ...] = placed.resource.statements  # type: ignore[attr-defined]  # a Role
                return found
        return ()


class Lowering:
    """Collects the plan while wires and resources are lowered; wires come first, so that resources see what they brought."""

    def __init__(self, app: App, report: Report) -> None:
        self.app = app
        self.report = report
        self.placed: list[Placed] = []
        self.by_id: dict[str, Placed] = {}
        self.granted: dict[str, list[Statement]] = {}  # by function
        self.admitted: dict[str, list[Caller]] = {}  # by queue or topic
        self.notifications: dict[str, list[Any]] = {}  # by bucket
        self.destinations: dict[str, dict[str, Wire]] = {}  # by function: "failed", "succeeded"
        self.archives: list[CodeArchive] = []
        self.wire_ids: dict[str, Wire] = {}

    # --- adding ---

    def add(self, resource: Resource, owner: str, part: str = "", wire: Wire | None = None) -> None:
        """Places a resource under the declaration `owner`, as its `part` ("" is the main one)."""
        overlays = wire.overlays if wire else self.app.resources[owner].declared.overlays if owner in self.app.resources else ()
        mine = tuple(o for o in overlays if o.part == part)
        for overlay in mine:
            overlay.used.append(True)
        mine = tuple(evolve(o, content=partitioned(self.value(o.content))) for o in mine)
        if resource.tags:
            resource = evolve(resource, tags=self.text(self.value(resource.tags)))
        placed = Placed(resource=resource, owner=owner, part=part, wire=wire, overlays=mine)
        before = self.by_id.get(resource.id)
        if before is not None:
            self.collision(resource.id, before.owner, owner, wire)
            return
        self.by_id[resource.id] = placed
        self.placed.append(placed)

    def collision(self, id: str, one: str, other: str, wire: Wire | None) -> None:
        """Reports two things that would have one logical id."""
        span = wire.span if wire else self.span_of(other)
        self.report.error(
            "IFC602",
            f"`{other}` and `{one}` both become the resource `{id}`",
            span,
            "this one",
            'rename one of them, or give it an id of its own: `id "…"`',
        )

    def span_of(self, owner: str) -> Span:
        """Where a declaration stands."""
        if owner in self.app.resources:
            return self.app.resources[owner].declared.span
        span = self.app.span
        if span is None:
            raise KeyError(owner)
        return span

    def permit(self, function: str, *statements: Statement) -> None:
        """Gives a function's role statements; an extern function's role is its owner's, who is told what it needs."""
        self.granted.setdefault(function, []).extend(statements)
        if self.app.resources[function].extern:
            needed = ", ".join(sorted({a for s in statements for a in s.actions}))
            self.report.warning(
                "IFC456",
                f"the role of the extern function `{function}` must have what this arrow needs",
                statements[0].why[0],
                "uses its own role",
                f"its owner allows that role {needed}",
            )

    def admit_by_policy(self, resource: ModelResource, caller: Caller) -> None:
        """Lets a service deliver to a queue or topic by that resource's own policy; an extern's policy is its owner's."""
        if getattr(resource, "customer_key", None) is not None:
            self.report.note(
                "IFC468",
                f"the key of `{resource.name}` must let `{caller.service}` use it",
                caller.span,
                "delivers to it",
                f"its key policy allows kms:Decrypt and kms:GenerateDataKey for the service `{caller.service}`",
            )
        if resource.extern is None:
            self.admitted.setdefault(resource.name, []).append(caller)
            return
        # A topic as it is made lets alarms of its own account publish, which most that are shared for alarms have left so
        # (SNS developer guide, Example cases for access control: other accounts' alarms must be let in).
        tell = self.report.note if caller.service == "cloudwatch.amazonaws.com" else self.report.warning
        tell(
            "IFC505",
            f"the policy of the extern {resource.kind} `{resource.name}` must let `{caller.service}` deliver",
            caller.span,
            "delivers to it",
            f"its owner adds: Allow {resource.delivery} for the service `{caller.service}` with `aws:SourceArn` "
            "equal to the source of this arrow; writing that policy here would replace the owner's",
        )

    # --- asking ---

    def function(self, name: str) -> Value:
        """What names a function where a resource of ours points at it."""
        function = self.app.resources[name]
        return function.attribute("arn" if function.extern or getattr(function, "aliased", False) else "name", self)

    def literal_of(self, wire: Wire) -> Callable[[tree.Text], Value]:
        """Gives the texts of a wire's filter as values of the plan."""
        return lambda node: self.text(self.literal(wire.texts[node.span.source.path, node.span.start]))

    def value(self, content: Value) -> Value:
        """A value of the model as one of the plan."""
        return mapped(content, self._leaf)

    def literal(self, content: Value) -> Value:
        """A value of the model for a role or an environment: what could close a cycle is written out."""
        return mapped(content, lambda leaf: self._leaf(leaf, literal=True))

    def text(self, content: Value) -> Value:
        """A value of the plan where only text fits (a variable, an output): a list parameter becomes its values with commas between."""
        parameters = self.app.parameters
        return mapped(
            content,
            lambda leaf: (
                Commas(leaf) if isinstance(leaf, Param) and leaf.name in parameters and parameters[leaf.name].type == "list" else leaf
            ),
        )

    def boundary(self) -> Value:
        """The permissions boundary of every role, or None."""
        return partitioned(self.value(self.app.boundary))

    def _leaf(self, leaf: Value, literal: bool = False) -> Value:
        if leaf is CLEARED:
            return None  # `none` leaves it to the service
        if isinstance(leaf, Ref):
            resource = self.app.resources[leaf.resource]
            return resource.literal(leaf.attribute, self) if literal else resource.attribute(leaf.attribute, self)
        return leaf

    def attribute(self, name: str, attribute: str) -> Value:
        """`name.attribute` as a value of the plan."""
        return self.app.resources[name].attribute(attribute, self)

    def arn(self, name: str) -> Value:
        """The ARN of a declared resource."""
        return self.attribute(name, "arn")

    def named(self, id: str, separator: str = "-") -> Value:
        """The physical name made from the prefix and `id`."""
        return joined(PREFIX, separator, id)


def arn(service: str, *resource: Value, region: bool = True, account: bool = True) -> Value:
    """An ARN written out, without a reference that could close a cycle."""
    return joined(
        "arn:",
        Pseudo("partition"),
        f":{service}:",
        Pseudo("region") if region else "",
        ":",
        Pseudo("account") if account else "",
        ":",
        *resource,
    )


def partitioned(content: Value) -> Value:
    """The same with the partition of ARNs left open, so that they hold in China and GovCloud too."""
    if isinstance(content, Mapping):
        return {key: partitioned(part) for key, part in content.items()}
    if isinstance(content, tuple):
        return tuple(partitioned(part) for part in content)
    parts = content.parts if isinstance(content, Joined) else (content,)
    if isinstance(parts[0], str) and parts[0].startswith("arn:aws:"):
        return joined("arn:", Pseudo("partition"), parts[0][len("arn:aws") :], *parts[1:])
    return content


def suffixed(label: str, suffix: str) -> str:
    """The Terraform label of one of several blocks: two underscores, which no declared name has, keep it apart from all others."""
    return f"{label}__{snake(suffix)}" if suffix else label


def short(name: str, room: int) -> str:
    """The name; one that has no room is cut, and ends in a digest of the whole, so that it stays the only one."""
    if len(name) <= room:
        return name
    from hashlib import sha256  # only a long name needs it

    return f"{name[: room - 9]}-{sha256(name.encode()).hexdigest()[:8]}"


def capital(name: str) -> str:
    """The name with a capital first letter, for the second half of an id."""
    return name[:1].upper() + name[1:]


def merged(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """The statements as few as possible and in order: same actions join resources, then same resources join actions."""
    by_resource: dict[tuple[str, str, str, str], list[Statement]] = {}
    single = [evolve(s, resources=(r,)) for s in statements for r in (s.resources or (None,))]
    for s in single:
        by_resource.setdefault((repr(s.resources[0]), _conditions(s), s.effect, repr(s.principal)), []).append(s)
    joined_actions = [
        evolve(group[0], actions=_sorted(a for s in group for a in s.actions), why=_whys(group)) for group in by_resource.values()
    ]
    by_actions: dict[tuple[object, ...], list[Statement]] = {}
    for s in joined_actions:
        by_actions.setdefault((s.actions, _conditions(s), s.effect, repr(s.principal)), []).append(s)
    result = []
    for group in by_actions.values():
        resources = sorted((s.resources[0] for s in group), key=repr)
        result.append(evolve(group[0], resources=() if resources == [None] else tuple(resources), why=_whys(group)))
    return tuple(sorted(result, key=lambda s: (s.effect, s.actions, repr(s.resources), _conditions(s))))


def _sorted(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(items)))


def _conditions(statement: Statement) -> str:
    return repr(sorted((k, sorted(v.items())) for k, v in (statement.condition or {}).items()))


def _whys(group: Iterable[Statement]) -> tuple[Span, ...]:
    found = {span.sort_key(): span for s in group for span in s.why}
    return tuple(found[key] for key in sorted(found))


def text_length(value: Value, prefix: int) -> int | None:
    """How long a name will be with a prefix of `prefix` characters; None where that can't be known."""
    if isinstance(value, str):
        return len(value)
    if value == PREFIX:
        return prefix
    if isinstance(value, Pseudo):
        return {"region": 14, "account": 12, "partition": 10}.get(value.name)
    if isinstance(value, Joined):
        lengths = [text_length(part, prefix) for part in value.parts]
        return None if None in lengths else sum(n for n in lengths if n is not None)
    return None


__all__ = [
    "ALL",
    "PREFIX",
    "Attr",
    "Caller",
    "CodeArchive",
    "Lowering",
    "Placed",
    "Plan",
    "Resource",
    "Statement",
    "arn",
    "capital",
    "merged",
    "planned",
]
