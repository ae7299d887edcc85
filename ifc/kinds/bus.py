"""bus: events for everyone who asks for them (EventBridge)."""

from __future__ import annotations

from typing import Any

from ifc.aws import events, iam
from ifc.delivery import PATH, Input, Part, described, fits, may_deliver, written
from ifc.expectation import Expected, expectation
from ifc.model.app import Access, App, Context, Port, Resource, Wire
from ifc.model.scope import Invalid, Scope
from ifc.model.settings import Form, setting, settings
from ifc.model.types import Days, Entry, Flag, Name, Pattern, Seconds, String, Type, Whole
from ifc.plan import Caller, Lowering, capital
from ifc.syntax import tree
from ifc.values import Attr, Pseudo, Value

# EventBridge API reference, CreateEventBus
BUS_NAME = Pattern(r"(?!default\Z)[A-Za-z0-9._-]{1,256}", "a bus's name (letters, digits, `.`, `-` and `_`; not `default`)")
EVERYTHING = {"source": [{"prefix": ""}]}  # every event has a source
BY_ROLE = ("stream", "bus")  # targets without a policy of their own


class Kept(Type):
    """`on`, `off`, or how long."""

    expects = "`on`, `off` or a duration such as `30d`"

    def read_args(self, args: tuple[tree.Args, ...], entry: Entry, scope: Scope) -> Value | Invalid:
        return True if not args else super().read_args(args, entry, scope)

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        return Flag().read(node, scope) if isinstance(node, tree.Word) else Days(1, 36_500).read(node, scope)

    def show(self, days: int) -> str:
        return f"{days}d"


@settings
class Retries:
    """`retries N [max-age 1h]`."""

    count: int = setting(Whole(0, 185), positional=True, needed=True, doc="how often a failed delivery is tried again")
    max_age: int | None = setting(Seconds(60, 86_400), inline=True, doc="how old an event may get", derived="24h, EventBridge's own")


@settings
class Arrow:
    """What may be said on an arrow from a bus."""

    input: Value = setting(Input(parts=True), doc='what is sent instead of the event: a part of it (`"$.detail"`), or a constant')
    retries: Retries | None = setting(
        Form(Retries, "a number from 0 to 185"), doc="of a failed delivery", derived="185 within 24h, EventBridge's own"
    )
    dead_letter: str | None = setting(Name("queue"), doc="the queue that takes what could not be delivered")
    group: Value = setting(String(), doc="the message group, for a FIFO queue")
    partition: Value = setting(String(pattern=PATH), doc="the path of the partition key, for a stream", derived="the event's id")
    expect: Expected | None = expectation()


def rule(wire: Wire, lowering: Lowering) -> None:
    """`Bus where … -> f`: a rule with one target, and what lets EventBridge deliver to it."""
    bus, target = (lowering.app.resources[end.resource] for end in (wire.source, wire.target))
    pattern: dict[str, Any] | None = EVERYTHING
    if wire.where is not None:
        from ifc.where import eventbridge  # only a filter needs it

        pattern = eventbridge.pattern(wire.where, lowering.literal_of(wire), lowering.report)
    id = f"{bus.base_name}To{capital(target.base_name)}"
    caller = Caller(service="events.amazonaws.com", source=Attr(id, "arn"), name=bus.base_name, wire=wire, span=wire.span)
    said = wire.settings
    if target.kind not in BY_ROLE:
        # With a role these deliveries may fail (EventBridge user guide, Using resource-based policies for Amazon EventBridge).
        target.admit(caller, lowering)
    if said.dead_letter:
        lowering.app.resources[said.dead_letter].admit(caller, lowering)
    part = isinstance(said.input, Part)
    lowering.add(
        events.Rule(
            id=id,
            bus=rule_bus(bus, lowering),
            description=described(wire.description),
            pattern=pattern or EVERYTHING,  # a filter that is wrong is reported
            target=target.base_name[:64],
            endpoint=target.attribute("arn", lowering),
            role=role(f"{id}Role", target, wire, lowering) if target.kind in BY_ROLE else None,
            part_of_event=lowering.value(said.input.path) if part else None,
            input=None if part else lowering.value(said.input),
            retries=said.retries.count if said.retries else None,
            max_age=(said.retries.max_age or None) if said.retries else None,
            dead_letters=lowering.arn(said.dead_letter) if said.dead_letter else None,
            group=lowering.value(said.group),
            partition=lowering.value(said.partition or None),
        ),
        target.name,
        wire=wire,
    )


def role(id: str, target: Resource, wire: Wire, lowering: Lowering) -> Value:
    """Adds the role with which a rule delivers, and gives its ARN."""
    lowering.add(
        iam.Role(
            id=id,
            service="events.amazonaws.com",
            trust={"StringEquals": {"aws:SourceAccount": Pseudo("account")}},
            statements=tuple(may_deliver(target, wire.span, lowering)),
            boundary=lowering.boundary(),
        ),
        target.name,
        "role",
        wire=wire,
    )
    return Attr(id, "arn")


def rule_bus(bus: Resource, lowering: Lowering) -> Value:
    """What names a bus in its rules: nothing for the account's own."""
    if bus.extern is None:
        return Attr(bus.id, "name")
    if is_default(bus):
        return None
    return lowering.value(bus.extern.arn if bus.extern.name is None else bus.extern.name)


def is_default(bus: Resource) -> bool:
    """Whether a bus is the account's own, `aws`."""
    extern = bus.extern
    return extern is not None and (extern.name == "default" or (isinstance(extern.arn, str) and extern.arn.endswith(":event-bus/default")))


@settings
class Bus(Resource):
    kind = "bus"
    doc = "events for everyone who asks for them (EventBridge); `aws` is the account's own bus"
    example = "bus Shop { archive 30d }"
    rank = 50
    attributes = {"name": "physical name", "arn": "ARN"}
    address = ("BUS", "name")
    arn_shape = ("events", "event-bus/")
    verbs = {"publishes": (Access(actions=("events:PutEvents",)),)}
    ports = {
        "": Port(
            doc="events",
            targets=("function", "queue", "topic", "stream", "bus"),
            settings=Arrow,
            lower=rule,
            fields="the event: `source`, `detail-type`, `detail.total`, …",
        ),
    }
    delivery = "events:PutEvents"
    parts = ("archive",)

    archive: Value = setting(Kept(), False, doc="events are kept for a replay; `on`: for ever")

    # --- the model ---

    def complete(self, app: App, context: Context) -> Resource:
        if not self.extern:
            self.check_name(context)
        for wire in app.wires_from(self.name):
            self.check_arrow(wire, app, context)
        return self

    def check_name(self, context: Context) -> None:
        """Reports a name that EventBridge does not take."""
        name = self.origins.get("physical")
        if name is not None and name.span is not None and isinstance(self.physical, str) and not BUS_NAME.fits(self.physical):
            context.report.error("IFC309", f'"{self.physical}" is not {BUS_NAME.said}', name.span, "not allowed", None)

    def check_arrow(self, wire: Wire, app: App, context: Context) -> None:
        """Reports what EventBridge does not deliver."""
        if wire.where is None and is_default(self):
            context.report.error(
                "IFC466",
                "without a filter this arrow takes every event of the account",
                wire.source.span,
                "no `where`",
                f'say which are meant: `{self.name} where source == "aws.s3" -> …`',
            )
        elif app.resources[wire.target.resource].kind == "bus" and wire.settings.input is not None:
            context.report.error(
                "IFC464", "an event goes whole from bus to bus", written(wire, "input"), "not for this target", "take it out"
            )
        else:
            fits(wire, app, context.report)

    # --- the plan ---

    def lower(self, lowering: Lowering) -> None:
        name = lowering.value(self.physical or None) or lowering.named(self.base_name)
        lowering.add(events.EventBus(id=self.id, name=name, description=described(self.declared.description), tags=self.tags), self.name)
        if self.archive:
            retention = None if self.archive is True else self.archive
            lowering.add(
                events.Archive(id=f"{self.id}Archive", name=name, bus=Attr(self.id, "arn"), retention=retention), self.name, "archive"
            )
