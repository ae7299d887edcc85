"""What arrows that push to a target have in common: a constant input, FIFO queues, dead letters, and a role's permissions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ifc.diagnostics import Label, Report
from ifc.model.app import App, Resource, Wire
from ifc.model.scope import INVALID, Invalid, Scope, short
from ifc.model.types import AnyValue, Entry, Pattern, json_block
from ifc.plan import Lowering, Statement
from ifc.records import compared
from ifc.source import Span
from ifc.syntax import tree
from ifc.values import Joined, Json, Value

PATH = Pattern(r"\$(?:\.(?:[A-Za-z0-9_-]+|\*)|\[(?:\d+|\*)\])*", "a path into the event, such as `$.detail.user`")


@compared
class Part:
    """A part of an event, by its path: `$.detail`."""

    path: Value


class Input(AnyValue):
    """What is sent: a block or text that becomes JSON; of an event also a part, by a text that begins with `$`."""

    expects = "text in quotes, a number, a name or a block"

    def __init__(self, parts: bool) -> None:
        self.parts = parts

    def fold(self, entries: Sequence[Entry], scope: Scope) -> Value | Invalid:
        entry = entries[-1]
        if entry.block is None or entry.args:
            return super().fold(entries, scope)
        content = json_block(entry, scope)
        return INVALID if isinstance(content, Invalid) else Json(content)

    def read_args(self, args: tuple[tree.Args, ...], entry: Entry, scope: Scope) -> Value | Invalid:
        found = super().read_args(args, entry, scope)
        if isinstance(found, Invalid):
            return INVALID
        first = found.parts[0] if isinstance(found, Joined) else found
        if not isinstance(first, str):
            return Json(found)
        if first == "$" or first.startswith("$."):
            return self.part(found, entry, scope)
        return self.text(found, entry, scope) if first.lstrip()[:1] in ("{", "[") else Json(found)

    def part(self, path: Value, entry: Entry, scope: Scope) -> Value | Invalid:
        """The part of an event that a path names."""
        if not self.parts:
            scope.report.error(
                "IFC339",
                f"`{short(entry.values_span)}` is a part of an event, and nothing comes in here",
                entry.values_span,
                "a path",
                'write what is sent: `input { name "value" }`',
            )
            return INVALID
        if isinstance(path, str) and not PATH.fits(path):
            scope.report.error(
                "IFC339",
                f"`{short(entry.values_span)}` is not a path that EventBridge reads",
                entry.values_span,
                "not a path",
                "a path goes down by dots: `$.detail.items[0].id`",
            )
            return INVALID
        return Part(path)

    def text(self, text: Value, entry: Entry, scope: Scope) -> Value | Invalid:
        """Text that is JSON already; it is checked where all of it is known."""
        if isinstance(text, str):
            import json  # only JSON in text needs it

            try:
                json.loads(text, parse_constant=_refuse)
            except (ValueError, RecursionError) as problem:
                why = problem.msg.lower() if isinstance(problem, json.JSONDecodeError) else "it holds what JSON does not have"
                scope.report.error(
                    "IFC339",
                    f"this input begins like JSON and is none: {why}",
                    entry.values_span,
                    "not JSON",
                    'write a block instead: `input { name "value" }`',
                )
                return INVALID
        return text


def _refuse(name: str) -> None:
    raise ValueError(name)


def is_object(content: Value) -> bool:
    """Whether an input is a JSON object, as far as that can be seen."""
    if isinstance(content, Json):
        return isinstance(content.content, dict)
    first = content.parts[0] if isinstance(content, Joined) else content
    return isinstance(first, str) and first.lstrip().startswith("{")


# --- FIFO ---


def is_fifo(resource: Resource) -> bool:
    """Whether a queue or topic keeps an order; of an extern one its name tells."""
    if getattr(resource, "fifo", False):
        return True
    known = None if resource.extern is None else resource.extern.arn if resource.extern.name is None else resource.extern.name
    last = known.parts[-1] if isinstance(known, Joined) else known
    return isinstance(last, str) and last.endswith(".fifo")


def declared(resource: Resource) -> Label:
    """Where a resource was declared, as a further place of a message."""
    return Label(resource.declared.span, "declared here")


def written(wire: Wire, field: str) -> Span:
    """Where a setting of an arrow stands, or the arrow."""
    origin = wire.origins.get(field)
    return origin.span if origin is not None and origin.span is not None else wire.span


def fits(wire: Wire, app: App, report: Report) -> bool:
    """Whether a rule or a schedule can deliver as its arrow says; reports if not."""
    target = app.resources[wire.target.resource]
    said, fifo = wire.settings, is_fifo(target)
    if target.kind == "topic" and fifo:
        # EventBridge user guide, Event bus targets
        report.error(
            "IFC462",
            f"EventBridge can't publish to the FIFO topic `{target.name}`",
            wire.target.span,
            "is FIFO",
            "put a function between that publishes, or take `fifo` from the topic",
            [declared(target)],
        )
        return False
    queue = target.kind == "queue" and fifo
    for field, wanted, where in (("group", queue, "FIFO queues"), ("partition", target.kind == "stream", "streams")):
        if getattr(said, field) is not None and not wanted:
            report.error(
                "IFC464",
                f"`{field}` is for {where}, and `{target.name}` is none",
                written(wire, field),
                "not for this target",
                "take it out",
            )
            return False
    return (not queue or _takes_messages(target, wire, report)) and dead_letters_fit(wire, app, report)


def _takes_messages(queue: Resource, wire: Wire, report: Report) -> bool:
    """Whether a FIFO queue gets a group and needs no ids from EventBridge (API reference, SqsParameters)."""
    if wire.settings.group is None:
        report.error(
            "IFC463",
            f"the FIFO queue `{queue.name}` takes messages in groups, and the arrow names none",
            wire.target.span,
            "no `group`",
            'write `{ group "name" }` after it: messages of one group stay in order',
        )
        return False
    if queue.extern is None and getattr(queue, "dedup", None) != "content":
        report.error(
            "IFC463",
            f"the FIFO queue `{queue.name}` tells messages apart by ids, and EventBridge sends none",
            wire.target.span,
            "no ids",
            f"write `dedup content` in `{queue.name}`",
            [declared(queue)],
        )
        return False
    return True


def dead_letters_fit(wire: Wire, app: App, report: Report, fifo: bool = False) -> bool:
    """Whether the queue of an arrow's dead letters is FIFO exactly if `fifo`; reports if not."""
    name = wire.settings.dead_letter
    if name not in app.resources or is_fifo(app.resources[name]) == fifo:
        return True
    wrong, right = ("standard", "FIFO") if fifo else ("FIFO", "standard")
    report.error(
        "IFC465",
        f"the dead letters of this arrow can't go to the {wrong} queue `{name}`",
        written(wire, "dead_letter"),
        f"a {wrong} queue",
        f"name a {right} queue",
        [declared(app.resources[name])],
    )
    return False


# --- permissions ---


def may_deliver(target: Resource, span: Span, lowering: Lowering) -> list[Statement]:
    """What a role needs to deliver to a target."""
    action = target.delivery
    if action is None:
        raise TypeError(f"nothing delivers to a {target.kind}")
    found = [Statement(actions=(action,), resources=(target.literal("arn", lowering),), why=(span,))]
    key = getattr(target, "customer_key", None)
    if key is not None:
        verb = next(verb for verb, accesses in target.verbs.items() if any(action in access.actions for access in accesses))
        found.append(Statement(actions=target.key_actions(verb), resources=(lowering.literal(key),), why=(span,)))
    return found


def described(text: str | None) -> str | None:
    """A description, cut to what EventBridge takes."""
    return text if text is None or len(text) <= 512 else text[:511] + "…"


def words(text: str) -> str:
    """The letters and digits of a text as a part of an id: `ops@example.com` → `OpsExampleCom`."""
    return "".join(word[:1].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", text))
