"""queue: messages that wait for a function (SQS)."""

from __future__ import annotations

from typing import Any

from ifc.aws import awslambda, iam, sqs
from ifc.encryption import customer_key, encryption
from ifc.expectation import Expected, expectation
from ifc.model.app import Access, App, Context, Port, Resource, Wire
from ifc.model.metrics import SECONDS, Metric
from ifc.model.settings import Form, setting, settings
from ifc.model.types import Choice, Flag, Name, Pattern, Seconds, String, Whole
from ifc.plan import Caller, Lowering, Statement, capital
from ifc.records import evolve
from ifc.values import Attr, Joined, Piece, Pseudo, Value, joined

DEAD_RETENTION = 14 * 86_400  # the longest there is: somebody has to look into them
PROBLEM = Pattern(r"[\w-]{1,80}(?:\.fifo)?", "a queue's name (letters, digits, `-` and `_`)")


@settings
class DeadLetters:
    """`dead-letter [Queue] after N { as queue; name; retention }`."""

    queue: str | None = setting(Name("queue"), positional=True, doc="a queue of your own for them, instead of one that is made")
    after: int = setting(Whole(1, 1000), 5, inline=True, doc="how often a message is received before it goes there")
    as_: str | None = setting(Name("queue"), doc="the same as the queue before `after`")
    physical: Value = setting(String(pattern=PROBLEM), word="name", doc="physical name of the queue that is made")
    retention: int = setting(Seconds(60, DEAD_RETENTION), DEAD_RETENTION, doc="how long it keeps them")


@settings
class Arrow:
    """What may be said on `Queue -> function`."""

    batch: int = setting(Whole(1, 10_000), 10, doc="messages in one call at most")
    within: int | None = setting(Seconds(0, 300), doc="how long to wait for a full batch")
    concurrency: int | None = setting(Whole(2, 1000), doc="calls at the same time at most")
    expect: Expected | None = expectation()


def to_function(wire: Wire, lowering: Lowering) -> None:
    """`Queue -> f`: a poller, and the right to receive."""
    queue = lowering.app.resources[wire.source.resource]
    prefix = "dead-letter." if wire.source.port == "dead-letter" else ""
    source = queue.attribute(f"{prefix}arn", lowering)
    patterns: list[dict[str, Any]] = []
    if wire.where is not None:
        from ifc.where import lambda_filter  # only a filter needs it

        found = lambda_filter.patterns(wire.where, "body", "an SQS queue", lowering.literal_of(wire), lowering.report)
        patterns = found or []
    middle = "DeadTo" if prefix else "To"
    lowering.add(
        awslambda.EventSourceMapping(
            id=f"{queue.base_name}{middle}{capital(lowering.app.resources[wire.target.resource].base_name)}",
            source=source,
            function=lowering.function(wire.target.resource),
            batch=wire.settings.batch,
            window=wire.settings.within,
            concurrency=wire.settings.concurrency,
            patterns=tuple(patterns),
        ),
        wire.target.resource,
        wire=wire,
    )
    statements = [
        Statement(actions=("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"), resources=(source,), why=(wire.span,))
    ]
    if isinstance(queue, Queue) and queue.customer_key is not None:
        statements.append(Statement(actions=("kms:Decrypt",), resources=(lowering.literal(queue.customer_key),), why=(wire.span,)))
    lowering.permit(wire.target.resource, *statements)


def takers(queue: Resource, app: App) -> list[Wire]:
    """The arrows by which functions take messages out of a queue, as the dead letters of another one too."""
    rescuing = [w for q in app.queues_before(queue.name) for w in app.wires_from(q.name, "dead-letter")]
    return [*app.wires_from(queue.name, ""), *rescuing]


def needed_visibility(wires: list[Wire], app: App) -> int:
    """Six times the slowest function's timeout and its window, as Lambda wants it; 30 seconds without a function.

    (Lambda developer guide, Using Lambda with Amazon SQS.)
    """
    timeouts = [
        6 * app.resources[w.target.resource].timeout + (w.settings.within or 0)  # type: ignore[attr-defined]  # a Function
        for w in wires
        if w.target.resource in app.resources
    ]
    return min(max(timeouts, default=30), 43_200)


MESSAGES = Port(
    doc="messages",
    targets=("function",),
    later=("queue", "topic", "stream", "bus"),
    settings=Arrow,
    fields="the message's JSON body",
    way="put a function between that sends on what it receives",
    lower=to_function,
)


@settings
class Queue(Resource):
    kind = "queue"
    doc = "messages that wait for a function (SQS)"
    example = "queue Shipments { dead-letter after 5 }"
    rank = 40
    attributes = {
        "url": "URL",
        "arn": "ARN",
        "name": "physical name",
        "dead-letter.url": "URL of the queue of its dead letters",
        "dead-letter.arn": "ARN of that queue",
        "dead-letter.name": "its physical name",
    }
    address = ("QUEUE_URL", "url")
    arn_shape = ("sqs", "")
    verbs = {
        "sends": (Access(actions=("sqs:SendMessage",)),),
        "receives": (Access(actions=("sqs:DeleteMessage", "sqs:ReceiveMessage")),),
    }
    ports = {
        "": MESSAGES,
        "dead-letter": evolve(MESSAGES, doc="messages that failed too often"),
    }
    delivery = "sqs:SendMessage"
    extern_settings = ("fifo", "encryption")
    parts = ("dead-letter", "policy")
    stateful = True
    # SQS developer guide, Available CloudWatch metrics for Amazon SQS
    namespace = "AWS/SQS"
    dimension = "QueueName"
    metrics = {
        "visible": Metric(doc="messages that wait", name="ApproximateNumberOfMessagesVisible", statistic="Maximum"),
        "in-flight": Metric(doc="messages that are being worked on", name="ApproximateNumberOfMessagesNotVisible", statistic="Maximum"),
        "delayed": Metric(doc="messages that wait out their delay", name="ApproximateNumberOfMessagesDelayed", statistic="Maximum"),
        "oldest": Metric(doc="age of the oldest message", name="ApproximateAgeOfOldestMessage", unit=SECONDS, statistic="Maximum"),
        "sent": Metric(doc="messages sent", name="NumberOfMessagesSent"),
        "received": Metric(doc="messages received", name="NumberOfMessagesReceived"),
        "deleted": Metric(doc="messages deleted, which is done", name="NumberOfMessagesDeleted"),
    }

    physical: Value = setting(String(pattern=PROBLEM), word="name", doc="its physical name", derived="made by the target")
    visibility: int | None = setting(
        Seconds(0, 43_200),
        doc="how long a received message stays hidden",
        derived="6 × the slowest consumer's timeout + its window; 30s without one",
    )
    retention: int = setting(Seconds(60, 1_209_600), 345_600, doc="how long a message waits at most")
    dead_letter: DeadLetters | None = setting(
        Form(DeadLetters, "`after N`, or a queue and `after N`"),
        doc="where messages go that failed too often",
        derived="after 5, if a function consumes it",
    )
    fifo: bool = setting(Flag(), False, doc="in order for each group, without duplicates")
    dedup: str | None = setting(Choice("content", "id"), doc="FIFO: what makes two messages the same", derived="id, for FIFO queues")
    high_throughput: bool = setting(Flag(), False, doc="FIFO: limits and duplicates count for each message group")
    delay: int | None = setting(Seconds(0, 900), doc="how long a new message stays hidden")
    wait: int | None = setting(Seconds(0, 20), doc="how long a receive call waits for messages")
    dead_visibility: int | None = None  # of the queue that is made for its dead letters, when a function takes them
    encryption: Value = setting(encryption("on", "off"), True, doc="`on`: SQS's own key; `off`: none; or the ARN of a customer key")

    @property
    def customer_key(self) -> Value:
        """The customer key's ARN, or None."""
        return customer_key(self.encryption)

    @property
    def dead_queue(self) -> str | None:
        """The declared queue that takes the dead letters, if there is one."""
        return (self.dead_letter.queue or self.dead_letter.as_) if self.dead_letter else None

    # --- the model ---

    def complete(self, app: App, context: Context) -> Resource:
        if self.extern:
            return self
        dead = self.dead_letter
        if dead is None and any(True for _ in app.wires_from(self.name, "")) and not app.queues_before(self.name):
            dead = DeadLetters()
        visibility = self.visibility if isinstance(self.visibility, int) else needed_visibility(takers(self, app), app)
        rescuers = list(app.wires_from(self.name, "dead-letter"))
        behind = needed_visibility(rescuers, app) if rescuers else None
        return evolve(self, visibility=visibility, dead_letter=dead or None, dead_visibility=behind)

    # --- the plan ---

    def attribute(self, name: str, lowering: Lowering) -> Value:
        part, _, rest = name.rpartition(".")
        if part == "dead-letter":
            if self.extern or not self.dead_letter:
                lowering.report.error(
                    "IFC425",
                    f"`{self.name}` has no dead letters, and `{self.name}.{name}` is asked for",
                    self.declared.span,
                    "this queue",
                    "add `dead-letter after 5`; those of an extern queue are an extern of their own",
                )
                return None
            owner = self.dead_queue
            return lowering.attribute(owner, rest) if owner else Attr(f"{self.id}Dead", rest)
        if self.extern and name == "url":
            return self.extern_url(lowering)
        return super().attribute(name, lowering)

    def extern_url(self, lowering: Lowering) -> Value:
        """The URL of a queue that exists, from its ARN (SQS developer guide, Queue and message identifiers)."""
        arn = self.attribute("arn", lowering)
        region: Value
        account: Value
        name: Value
        if isinstance(arn, str):
            region, account, name = arn.split(":")[3:6]
        elif isinstance(arn, Joined):
            region, account, name = Pseudo("region"), Pseudo("account"), self.attribute("name", lowering)
        else:
            region, account, name = Piece(arn, ":", 3), Piece(arn, ":", 4), Piece(arn, ":", 5)
        return joined("https://sqs.", region, ".", Pseudo("suffix"), "/", account, "/", name)

    def lower(self, lowering: Lowering) -> None:
        key = lowering.value(self.customer_key)
        dead = self.dead_letter
        shared = {"fifo": self.fifo, "encrypted": self.encryption is not False, "key": key, "tags": self.tags}
        if dead and not self.dead_queue:
            physical = lowering.value(dead.physical)
            lowering.add(
                sqs.Queue(id=f"{self.id}Dead", name=physical, visibility=self.dead_visibility, retention=dead.retention, **shared),
                self.name,
                "dead-letter",
            )
        lowering.add(
            sqs.Queue(
                id=self.id,
                name=lowering.value(self.physical or None),
                visibility=self.visibility,
                retention=self.retention,
                delay=self.delay,
                wait=self.wait,
                dead_letters=self.attribute("dead-letter.arn", lowering) if dead else None,
                receives=dead.after if dead else None,
                dedup=self.dedup,
                high_throughput=self.high_throughput,
                **shared,
            ),
            self.name,
        )
        self.lower_policy(lowering)

    def lower_policy(self, lowering: Lowering) -> None:
        callers = lowering.admitted.get(self.name)
        if callers:
            arn = Attr(self.id, "arn")
            statements = iam.admissions(callers, self.delivery, arn)
            lowering.add(sqs.QueuePolicy(id=f"{self.id}Policy", queue=Attr(self.id, "url"), statements=statements), self.name, "policy")

    def admit(self, caller: Caller, lowering: Lowering) -> None:
        lowering.admit_by_policy(self, caller)
