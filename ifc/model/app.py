"""The model: an app as it was meant. Every name is resolved, every default filled; nothing of any target is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import attrs

from ifc.model.settings import setting, settings
from ifc.model.types import Mapping as MapOf
from ifc.model.types import Origin, Pattern, String
from ifc.records import named as model
from ifc.source import Span
from ifc.syntax import tree
from ifc.values import Attr, Piece, Pseudo, Ref, Value, joined, leaves

if TYPE_CHECKING:
    from ifc.diagnostics import Report
    from ifc.handlers import Handlers
    from ifc.model.metrics import Metric
    from ifc.model.scope import Scope
    from ifc.plan import Caller, Lowering

ResourceOf = TypeVar("ResourceOf", bound="Resource")

TAGS = MapOf(
    String("text in quotes", Pattern(r"[\w\s.:/=+@-]{0,256}", "a tag's value (256 letters, digits, blanks and `.:/=+-@_` at most)")),
    Pattern(r"(?!aws:)[\w\s.:/=+@-]{1,128}", "a tag's name (letters, digits, blanks and `.:/=+-@_`, not `aws:…`)"),
)


@model
class Overlay:
    """A `cfn { }` or `terraform { }` block: properties laid over one part of what a thing becomes."""

    target: str
    part: str  # "" is the main resource
    content: Mapping[str, Value]
    span: Span
    type: str = ""  # of a raw resource: what it is called there
    places: Mapping[tuple[str | int, ...], Span] = attrs.field(factory=dict)  # of the properties, by path
    used: list[bool] = attrs.field(factory=list)


@model
class Extern:
    """What is known of a resource that exists already: its ARN, or its name."""

    arn: Value = None
    name: Value = None


@model
class Declared:
    """Where a thing was declared, and what every declaration may say."""

    name: str
    kind: str
    span: Span  # of its name
    description: str | None = None
    folder: str = ""
    extern: Extern | None = None
    renamed_from: str | None = None
    overlays: tuple[Overlay, ...] = ()


@model
class Access:
    """Some actions on a resource: on itself, or on what `suffix` adds to its ARN."""

    actions: tuple[str, ...]
    suffix: str = ""
    condition: Mapping[str, Mapping[str, Value]] | None = None


@model
class Grant:
    """A verb: what a function may do with a resource."""

    holder: str
    verb: str
    resource: str
    part: str = ""  # "dead-letter": the queue behind it
    pattern: str | None = None  # of object keys: `reads Raw "in/*"`
    environment: str | None = None  # as written after `as`
    span: Span
    layer: str


@model
class Allow:
    """A permission that no verb covers."""

    holder: str
    actions: tuple[str, ...]
    resources: tuple[Value, ...]
    managed: tuple[Value, ...] = ()
    because: str | None = None
    condition: Mapping[str, Value] | None = None
    span: Span
    layer: str


@model
class End:
    """One end of a wire: a declared resource and the port events leave by, or an address outside."""

    resource: str = ""
    port: str = ""
    address: Value = None  # of a mailto: or https: target
    span: Span


@model
class Wire:
    """An event edge: what leaves `source` and passes `where` reaches `target`."""

    source: End
    target: End
    port: Port
    where: tree.Expr | None = None
    pattern: str | None = None  # of object keys, after the port
    texts: Mapping[tuple[str, int], Value] = attrs.field(factory=dict)  # the filter's strings, by file and place
    settings: Any = None
    origins: Mapping[str, Origin] = attrs.field(factory=dict)
    overlays: tuple[Overlay, ...] = ()
    span: Span
    description: str | None = None


@model
class NoSettings:
    """The settings of an arrow that takes none."""


@model
class Port:
    """A place at which events leave a kind, and what may be said on the arrow."""

    doc: str
    targets: tuple[str, ...]  # kinds, "email", "https"
    settings: type = NoSettings
    fields: str | None = None  # what `where` can test; None: no filter
    no_filter: str = ""  # why not, and the way round
    pattern: bool = False  # a text after the port selects keys
    merges: bool = True  # several wires to one target become one
    later: tuple[str, ...] = ()  # kinds that a later release reaches
    unbuilt: Mapping[str, str] = attrs.field(factory=dict)  # settings that a later release brings
    way: str = ""  # what to do where a target is not offered
    lower: Callable[[Wire, Lowering], None]


@settings
class Resource:
    """What every kind has. A kind is a subclass; its fields are its settings."""

    kind: ClassVar[str] = ""
    doc: ClassVar[str] = ""
    example: ClassVar[str] = ""
    rank: ClassVar[int] = 50  # where a reader expects it in the output
    attributes: ClassVar[Mapping[str, str]] = {}  # what `Name.attribute` offers, with its doc
    address: ClassVar[tuple[str, str]] = ("", "")  # (environment suffix, attribute) of what a verb passes on
    verbs: ClassVar[Mapping[str, tuple[Access, ...]]] = {}
    ports: ClassVar[Mapping[str, Port]] = {}
    delivery: ClassVar[str | None] = None  # the action by which events are delivered to it
    extern_settings: ClassVar[tuple[str, ...] | None] = ()  # what `extern` may say beside `name` and `arn`; None: no extern
    positional: ClassVar[str] = ""  # the setting that stands after the name
    parts: ClassVar[tuple[str, ...]] = ()  # what `cfn PART { }` may name
    later: ClassVar[Mapping[str, str]] = {}  # settings that a later release brings, and what they are
    holds_verbs: ClassVar[bool] = False
    has_routes: ClassVar[bool] = False
    stateful: ClassVar[bool] = False
    metrics: ClassVar[Mapping[str, Metric]] = {}  # what an alarm may watch, by the language's words
    namespace: ClassVar[str] = ""  # of its metrics in CloudWatch
    dimension: ClassVar[str] = ""  # that names it there
    takes_condition: ClassVar[bool] = False  # a `where` stands after its name
    arn_shape: ClassVar[tuple[str, str]] = ("", "")  # (service, what stands before the name)

    declared: Declared
    origins: Mapping[str, Origin] = attrs.field(factory=dict)
    physical: Value = setting(
        String(),
        word="name",
        doc="its physical name, instead of the one made from the prefix and its declared name",
        derived="the prefix and the declared name",
    )
    logical_id: str | None = setting(
        String(
            "an id of letters and digits in quotes", Pattern(r"[A-Za-z][A-Za-z0-9]{0,254}", "an id of letters and digits"), literal=True
        ),
        word="id",
        doc="its logical id, to take over what another tool deployed",
        derived="the declared name",
    )
    tags: Mapping[str, Value] = setting(TAGS, {}, doc="tags beside those of `app`")

    @property
    def name(self) -> str:
        """The declared name."""
        return self.declared.name

    @property
    def id(self) -> str:
        """The logical id of its main resource."""
        return self.logical_id or self.declared.renamed_from or self.declared.name

    @property
    def base_name(self) -> str:
        """The name that physical names are made from; a rename keeps the old one."""
        return self.declared.renamed_from or self.declared.name

    @property
    def extern(self) -> Extern | None:
        """What is known of it when it exists already."""
        return self.declared.extern

    def place(self, field: str) -> Span:
        """Where a setting was written, or where the thing is declared."""
        origin = self.origins.get(field)
        return origin.span if origin is not None and origin.span is not None else self.declared.span

    # --- the model ---

    @classmethod
    def has_arn(cls, text: str) -> bool:
        """Whether a text can be the ARN of a resource of this kind."""
        parts = text.split(":", 5)
        return len(parts) == 6 and parts[0] == "arn" and parts[2] == cls.arn_shape[0]

    def complete(self, app: App, context: Context) -> Resource:
        """This resource with the defaults that depend on the rest of the app."""
        return self

    def access(self, grant: Grant) -> tuple[Access, ...]:
        """What a grant's verb allows on this resource."""
        return self.verbs[grant.verb]

    def key_actions(self, verb: str) -> tuple[str, ...]:
        """What a verb needs of the customer key that encrypts this resource."""
        return ("kms:Decrypt",) if verb in ("reads", "receives") else ("kms:Decrypt", "kms:GenerateDataKey")

    # --- the plan ---

    def lower(self, lowering: Lowering) -> None:
        """Adds to the plan what this resource becomes."""
        raise TypeError(f"a {self.kind} has no lowering")

    def finish(self, lowering: Lowering) -> None:
        """Adds to the plan what is made of what all others brought to it."""

    def lower_extern(self, lowering: Lowering) -> None:
        """Adds to the plan what an extern resource of this kind brings: most bring nothing."""

    def attribute(self, name: str, lowering: Lowering) -> Value:
        """`Name.attribute` as a value of the plan; a reference, so what uses it comes after this resource."""
        return self.extern_attribute(name, lowering) if self.extern else Attr(self.id, name)

    def literal(self, name: str, lowering: Lowering) -> Value:
        """`Name.attribute` for a role or an environment; written out by kinds whose reference could close a cycle."""
        return self.attribute(name, lowering)

    def extern_attribute(self, name: str, lowering: Lowering) -> Value:
        """An attribute of a resource that exists already, from its ARN or its name."""
        extern = self.extern
        if extern is None:
            raise TypeError(f"{self.name} is not extern")
        _, path = self.arn_shape
        if name == "arn":
            return lowering.value(extern.arn) if extern.arn is not None else self.arn_of(lowering.value(extern.name))
        if name == "name":
            if extern.name is not None:
                return lowering.value(extern.name)
            separator = path[-1] if path else ":"
            if isinstance(extern.arn, str):
                return extern.arn.rpartition(separator)[2]
            return Piece(lowering.value(extern.arn), separator, 1 if separator == "/" else (path or "").count(":") + 5)
        lowering.report.error(
            "IFC206",
            f"`{self.name}.{name}` can't be derived: `{self.name}` exists already, and its ARN or name does not tell it",
            self.declared.span,
            "exists already",
            "let a param hold the value",
        )
        return ""

    @classmethod
    def read_condition(cls, where: tree.Expr, scope: Scope) -> Any:
        """What stands after `where` in its declaration; INVALID after an error."""
        raise TypeError(f"a {cls.kind} has no condition")

    def metric(self, word: str) -> Metric:
        """The metric that a word names."""
        return self.metrics[word]

    def dimensions(self, part: str, lowering: Lowering) -> dict[str, Value]:
        """What tells its metrics, or those of a part of it, from others of the namespace."""
        return {self.dimension: self.attribute(f"{part}.name" if part else "name", lowering)}

    def arn_of(self, name: Value) -> Value:
        """The ARN of a resource of this kind with a physical name."""
        service, path = self.arn_shape
        place = ("", "") if service == "s3" else (Pseudo("region"), Pseudo("account"))
        return joined("arn:", Pseudo("partition"), f":{service}:", place[0], ":", place[1], f":{path}", name)

    def admit(self, caller: Caller, lowering: Lowering) -> None:
        """Lets a service deliver to this resource."""
        raise TypeError(f"nothing delivers to a {self.kind}")


def by_place(resources: Iterable[ResourceOf], field: str) -> list[tuple[Span, list[ResourceOf]]]:
    """Resources by where a setting of theirs was written, in the order of the source: one in `defaults` is many resources'."""
    found: dict[tuple[str, int, int], tuple[Span, list[ResourceOf]]] = {}
    for resource in resources:
        span = resource.place(field)
        found.setdefault(span.sort_key(), (span, []))[1].append(resource)
    return [found[key] for key in sorted(found)]


@model
class Context:
    """What completing the model needs beside the model."""

    report: Report
    handlers: Handlers | None  # None: `--no-code`


@model
class Parameter:
    """A deploy-time parameter."""

    name: str
    type: str  # string, number, flag or list
    default: Value = None
    one_of: tuple[Value, ...] = ()
    low: int | float | None = None
    high: int | float | None = None
    pattern: str | None = None
    secret: bool = False
    description: str | None = None
    span: Span


@model
class Output:
    """A stack output."""

    name: str
    value: Value
    export: Value = None
    description: str | None = None
    span: Span


@model
class App:
    """The whole program for one stage."""

    name: str
    stage: str
    prefix: str
    region: str | None = None
    tags: Mapping[str, Value] = attrs.field(factory=dict)
    boundary: Value = None
    keep: bool = True
    account: str | None = None  # the only one that it may be deployed to
    protected: bool = False  # risky changes are confirmed
    places: Mapping[str, Span] = attrs.field(factory=dict)  # of the settings above, by their words
    span: Span | None = None
    description: str | None = None
    today: str | None = None  # ISO date, where the command line gives one: the clock is never asked
    parameters: Mapping[str, Parameter] = attrs.field(factory=dict)
    resources: Mapping[str, Resource] = attrs.field(factory=dict)
    wires: tuple[Wire, ...] = ()
    grants: tuple[Grant, ...] = ()
    allows: tuple[Allow, ...] = ()
    outputs: tuple[Output, ...] = ()

    def of_kind(self, kind: str) -> Iterator[Resource]:
        """The resources of one kind, by name."""
        return (r for r in self.resources.values() if r.kind == kind)

    def wires_from(self, name: str, port: str | None = None) -> Iterator[Wire]:
        """The wires that leave a resource (by one port, when given)."""
        return (w for w in self._leaving().get(name, ()) if port is None or w.source.port == port)

    def wires_to(self, name: str) -> Iterator[Wire]:
        """The wires that reach a resource."""
        return iter(self._reaching().get(name, ()))

    def grants_of(self, holder: str) -> Iterator[Grant]:
        """The verbs of one holder."""
        return iter(self._held().get(holder, ()))

    def allows_of(self, holder: str) -> Iterator[Allow]:
        """The `allow`s of one holder."""
        return iter(self._index("_allowed", self.allows, lambda a: a.holder).get(holder, ()))

    def queues_before(self, name: str) -> list[Resource]:
        """The queues whose dead letters go to the declared queue `name`."""
        return self._index("_before", self.of_kind("queue"), lambda q: getattr(q, "dead_queue", None) or "").get(name, [])

    def functions_tried_by(self, name: str) -> list[Resource]:
        """The functions whose deployments call the function `name`."""
        deployed = [f for f in self.of_kind("function") if getattr(f, "deploy", None)] if "_tried" not in self.__dict__ else []
        hooks = [(hook, f) for f in deployed for hook in f.deploy.hooks]  # type: ignore[attr-defined]  # a Function
        return [f for _, f in self._index("_tried", hooks, lambda edge: edge[0]).get(name, [])]

    def given_away(self) -> set[str]:
        """The resources whose address is written into an output, an environment, a permission or an overlay: others may use them."""
        values: list[Any] = [output.value for output in self.outputs]
        values += [part for allow in self.allows for part in (allow.resources, allow.condition)]
        for resource in self.resources.values():
            values += [overlay.content for overlay in resource.declared.overlays]
            values += [getattr(resource, field, None) for field in ("env", "dimensions_", "value")]
        values += [overlay.content for wire in self.wires for overlay in wire.overlays]
        return {leaf.resource for value in values for leaf in leaves(value) if isinstance(leaf, Ref)}

    def _leaving(self) -> dict[str, list[Wire]]:
        return self._index("_by_source", self.wires, lambda w: w.source.resource)

    def _reaching(self) -> dict[str, list[Wire]]:
        return self._index("_by_target", self.wires, lambda w: w.target.resource)

    def _held(self) -> dict[str, list[Grant]]:
        return self._index("_by_holder", self.grants, lambda g: g.holder)

    def _index(self, name: str, edges: Iterable[Any], key: Callable[[Any], str]) -> dict[str, list[Any]]:
        """What stands under each key, gathered once: a scan for each resource would make a compile quadratic."""
        found: dict[str, list[Any]] | None = self.__dict__.get(name)
        if found is None:
            found = {}
            for edge in edges:
                found.setdefault(key(edge), []).append(edge)
            self.__dict__[name] = found
        return found
