"""topic: messages for everyone who subscribes (SNS)."""

from __future__ import annotations

from typing import Any

from ifc.aws import iam, sns
from ifc.delivery import dead_letters_fit, declared, is_fifo, words, written
from ifc.diagnostics import Label, Report, article
from ifc.encryption import customer_key, encryption
from ifc.expectation import Expected, expectation
from ifc.model.app import Access, App, Context, Port, Resource, Wire
from ifc.model.metrics import Metric
from ifc.model.settings import setting, settings
from ifc.model.types import Choice, Flag, Many, Name, Pattern, String
from ifc.plan import Caller, Lowering, Statement, capital
from ifc.source import Span
from ifc.values import Attr, Joined, Param, Pseudo, Ref, Value, joined

# SNS API reference, CreateTopic
TOPIC_NAME = Pattern(
    r"(?=.{1,256}\Z)[A-Za-z0-9_-]+(?:\.fifo)?", "a topic's name (letters, digits, `-` and `_`; at the end `.fifo`, if it is FIFO)"
)
ACCOUNT = Pattern(r"\d{12}", "an account's number of 12 digits")
ADDRESSES = {
    "email": Pattern(r"[^@\s?]+@[^@\s?]+", "an address: `mailto:name@example.com`"),
    "https": Pattern(r"https://[^\s/?#]+\S*", "an address: `https://example.com/path`"),
}


@settings
class Arrow:
    """What may be said on an arrow from a topic."""

    raw: bool | None = setting(Flag(), doc="the message alone, without SNS's envelope", derived="on to a queue, off to others")
    dead_letter: str | None = setting(Name("queue"), doc="the queue that takes what could not be delivered")
    expect: Expected | None = expectation()


def subscribe(wire: Wire, lowering: Lowering) -> None:
    """`Topic -> f`, `-> Queue`, `-> "mailto:…"`: a subscription, after what lets SNS deliver."""
    topic = lowering.app.resources[wire.source.resource]
    policy: tuple[str, dict[str, Any]] | None = None
    if wire.where is not None:
        from ifc.where import sns as filters  # only a filter needs it

        policy = filters.policy(wire.where, lowering.literal_of(wire), lowering.report)
    after: list[str] = []
    dead = wire.settings.dead_letter
    target = lowering.app.resources.get(wire.target.resource)
    for receiver in (target, lowering.app.resources.get(dead)):
        if receiver is not None:
            after += admitted(topic, receiver, wire, lowering)
    id = f"{topic.base_name}To{capital(target.base_name) if target else address_words(wire.target.address)}"
    if target is None and id in lowering.wire_ids:
        same_id(wire, lowering.wire_ids[id], id, lowering)
        return
    lowering.wire_ids[id] = wire
    raw = wire.settings.raw
    lowering.add(
        sns.Subscription(
            id=id,
            after=tuple(after),
            topic=topic.attribute("arn", lowering),
            region=region_of(topic, lowering),
            target=target.kind if target else wire.target.port,
            endpoint=target.attribute("arn", lowering) if target else lowering.value(without_scheme(wire)),
            bare=bool(raw) if raw is not None else target is not None and target.kind == "queue",
            filters=policy[0] if policy else None,
            policy=policy[1] if policy else None,
            dead_letters=lowering.arn(dead) if dead else None,
        ),
        target.name if target else topic.name,
        wire=wire,
    )


def admitted(topic: Resource, receiver: Resource, wire: Wire, lowering: Lowering) -> list[str]:
    """Lets SNS deliver to a receiver; gives the ids of what must exist before the subscription does."""
    before = len(lowering.placed)
    source = topic.attribute("arn", lowering)
    receiver.admit(Caller(service="sns.amazonaws.com", source=source, name=topic.base_name, wire=wire, span=wire.span), lowering)
    if receiver.kind == "function":
        return [p.resource.id for p in lowering.placed[before:]]
    return [] if receiver.extern else [f"{receiver.id}Policy"]


def same_id(wire: Wire, first: Wire, id: str, lowering: Lowering) -> None:
    """Reports an address that is written twice, or two whose letters and digits are the same."""
    where = [Label(first.target.span, "the first")]
    if wire.target.address == first.target.address:
        lowering.report.error(
            "IFC467",
            "two arrows go from this topic to this address",
            wire.target.span,
            "the second",
            "keep one, and join their filters with `or`",
            where,
        )
    else:
        lowering.report.error(
            "IFC467",
            f"these two addresses would both become the resource `{id}`",
            wire.target.span,
            "the second",
            'take a part of one from a param, whose name then tells them apart: `"mailto:${name}"`',
            where,
        )


def region_of(topic: Resource, lowering: Lowering) -> str | None:
    """The region of an extern topic whose ARN names another one than the app's: a subscription is made there."""
    arn = topic.extern.arn if topic.extern else None
    first = arn.parts[0] if isinstance(arn, Joined) else arn
    parts = first.split(":") if isinstance(first, str) else []
    return parts[3] if len(parts) > 4 and parts[3] and parts[3] != lowering.app.region else None


def without_scheme(wire: Wire) -> Value:
    """The address as SNS takes it: mail without `mailto:`."""
    address = wire.target.address
    parts = address.parts if isinstance(address, Joined) else (address,)
    return joined(parts[0].removeprefix("mailto:"), *parts[1:])


def address_words(address: Value) -> str:
    """An address as a part of an id; a param stands with its name."""
    found = ""
    for part in address.parts if isinstance(address, Joined) else (address,):
        if isinstance(part, str):
            found += words(part.removeprefix("mailto:").removeprefix("https://"))
        elif isinstance(part, Param | Pseudo):
            found += capital(part.name)
        elif isinstance(part, Ref):
            found += capital(part.resource) + words(part.attribute)
    return found[:200]


@settings
class Topic(Resource):
    kind = "topic"
    doc = "messages for everyone who subscribes (SNS)"
    example = "topic OrderPlaced"
    rank = 45
    attributes = {"arn": "ARN", "name": "physical name"}
    address = ("TOPIC_ARN", "arn")
    arn_shape = ("sns", "")
    verbs = {"publishes": (Access(actions=("sns:Publish",)),)}
    ports = {
        "": Port(
            doc="messages",
            targets=("function", "queue", "email", "https"),
            settings=Arrow,
            lower=subscribe,
            fields="the message's JSON body, or its attributes (`attributes.kind`)",
        ),
    }
    delivery = "sns:Publish"
    extern_settings = ("fifo", "encryption")
    parts = ("policy",)
    # SNS developer guide, CloudWatch metrics for Amazon SNS
    namespace = "AWS/SNS"
    dimension = "TopicName"
    metrics = {
        "published": Metric(doc="messages published", name="NumberOfMessagesPublished"),
        "delivered": Metric(doc="deliveries that succeeded", name="NumberOfNotificationsDelivered"),
        "failures": Metric(doc="deliveries that failed", name="NumberOfNotificationsFailed"),
        "filtered-out": Metric(doc="messages that a filter held back", name="NumberOfNotificationsFilteredOut"),
    }

    physical: Value = setting(String(pattern=TOPIC_NAME), word="name", doc="its physical name", derived="made by the target")
    fifo: bool = setting(Flag(), False, doc="in order for each group, without duplicates; queues only may follow")
    dedup: str | None = setting(Choice("content", "id"), doc="FIFO: what makes two messages the same", derived="id, for FIFO topics")
    encryption: Value = setting(
        encryption("on", "off", "kms"),
        True,
        doc="`on`: SNS's own; `kms`: the account's key for SNS, so no other service can publish; "
        "or the ARN of a customer key, whose policy lets services publish",
    )
    allow_from: tuple[Value, ...] = setting(
        Many(String("an account's number in quotes", ACCOUNT)), (), doc="other accounts that may publish (they may not subscribe)"
    )

    @property
    def customer_key(self) -> Value:
        """The customer key's ARN, or None."""
        return customer_key(self.encryption)

    # --- the model ---

    def complete(self, app: App, context: Context) -> Resource:
        self.check_settings(context)
        for wire in app.wires_from(self.name):
            self.check_arrow(wire, app, context)
        return self

    def check_settings(self, context: Context) -> None:
        """Reports settings that don't fit each other."""
        for field in ("dedup", "encryption", "physical", "allow_from"):
            origin = self.origins.get(field)
            if origin is None or origin.span is None:
                continue
            if field == "dedup" and self.dedup and not self.fifo:
                context.report.error(
                    "IFC330",
                    f"`dedup` is for FIFO topics, and `{self.name}` is none",
                    origin.span,
                    "not for this topic",
                    "add `fifo`, or take it out",
                )
            elif field == "encryption" and self.encryption is False:
                context.report.error(
                    "IFC303", "SNS encrypts what it stores, and `off` can't change that", origin.span, "not offered", "take it out"
                )
            elif field == "physical" and not self.extern:
                self.check_name(origin.span, context)
            elif field == "allow_from" and self.encryption == "kms":
                self.shut("another account", origin.span, "lets it publish", context.report)

    def check_name(self, span: Span, context: Context) -> None:
        """Reports a name whose end does not tell what sort of topic it is."""
        last = self.physical.parts[-1] if isinstance(self.physical, Joined) else self.physical
        if not isinstance(last, str) or last.endswith(".fifo") == self.fifo:
            return
        if self.fifo:
            context.report.error("IFC331", "the name of a FIFO topic ends in `.fifo`", span, "no `.fifo`", "add `.fifo` to the name")
        else:
            context.report.error(
                "IFC331",
                f"only the name of a FIFO topic ends in `.fifo`, and `{self.name}` is none",
                span,
                "ends in `.fifo`",
                "add `fifo`, or take `.fifo` off the name",
            )

    def check_arrow(self, wire: Wire, app: App, context: Context) -> None:
        """Reports what SNS does not deliver (SNS developer guide, Message delivery for FIFO topics)."""
        target, error, fifo = app.resources.get(wire.target.resource), context.report.error, is_fifo(self)
        kind = target.kind if target else wire.target.port
        to = {"email": "an email address", "https": "an https address"}.get(kind, f"{article(kind)}")
        if fifo and kind != "queue":
            error(
                "IFC460",
                f"the FIFO topic `{self.name}` can't deliver to {to}, only to queues",
                wire.target.span,
                to,
                f"put a queue between: `{self.name} -> Queue -> f`",
                [declared(self)],
            )
        elif target is not None and is_fifo(target) and not fifo:
            error(
                "IFC461",
                f"the topic `{self.name}` keeps no order and can't deliver to the FIFO queue `{target.name}`",
                wire.target.span,
                "a FIFO queue",
                "make both FIFO or neither",
                [declared(self)],
            )
        elif wire.settings.raw and kind in ("function", "email"):
            error(
                "IFC464",
                f"{to} always gets a message in its envelope",
                written(wire, "raw"),
                "not for this target",
                "take it out; only queues and https addresses get a message raw",
            )
        elif not dead_letters_fit(wire, app, context.report, fifo):
            return
        elif (
            target is None
            and isinstance(wire.target.address, str)
            and not ADDRESSES[kind].fits(wire.target.address.removeprefix("mailto:"))
        ):
            error("IFC309", f"`{wire.target.address}` is not {ADDRESSES[kind].said}", wire.target.span, "not an address", None)

    def shut(self, who: str, span: Span, label: str, report: Report) -> None:
        """Reports somebody whom the account's key shuts out (SNS developer guide, Key management for SNS)."""
        report.error(
            "IFC469",
            f"{who} can't publish to `{self.name}`, since the account's key for SNS encrypts it",
            span,
            label,
            "leave `encryption` out, or give it the ARN of a key whose policy lets the publisher use it",
            [declared(self)],
        )

    # --- the plan ---

    def lower(self, lowering: Lowering) -> None:
        lowering.add(
            sns.Topic(
                id=self.id,
                name=lowering.value(self.physical or None),
                fifo=self.fifo,
                dedup=self.dedup or None,
                key="alias/aws/sns" if self.encryption == "kms" else lowering.value(self.customer_key),
                tags=self.tags,
            ),
            self.name,
        )
        self.lower_policy(lowering)

    def lower_policy(self, lowering: Lowering) -> None:
        """The one policy: services that deliver, and other accounts that publish (no more than that: who may subscribe reads all)."""
        arn = Attr(self.id, "arn")
        statements = iam.admissions(lowering.admitted.get(self.name, ()), self.delivery, arn)
        if self.allow_from:
            accounts = [joined("arn:", Pseudo("partition"), ":iam::", lowering.value(account), ":root") for account in self.allow_from]
            origin = self.origins.get("allow_from")
            statements += (
                Statement(
                    actions=(self.delivery,),
                    resources=(arn,),
                    principal={"AWS": accounts if accounts[1:] else accounts[0]},
                    why=(origin.span,) if origin and origin.span else (),
                ),
            )
        if statements:
            lowering.add(sns.TopicPolicy(id=f"{self.id}Policy", topic=arn, statements=statements), self.name, "policy")

    def admit(self, caller: Caller, lowering: Lowering) -> None:
        if self.encryption == "kms":
            self.shut(f"`{caller.service}`", caller.span, "delivers to it", lowering.report)
        lowering.admit_by_policy(self, caller)
