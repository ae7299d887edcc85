"""schedule: `every 5m -> f`, `cron "…" -> f`, `at "…" -> f` (EventBridge Scheduler). It has no name: it is the source of an arrow."""

from __future__ import annotations

import re
from functools import cache
from typing import ClassVar

from ifc.aws import iam, scheduler
from ifc.delivery import Input, described, fits, is_object, may_deliver, words, written
from ifc.diagnostics import Label, article, near
from ifc.model.app import Port, Resource, Wire
from ifc.model.scope import INVALID, Invalid, Scope, short
from ifc.model.settings import Form, setting, settings
from ifc.model.types import Flag, Name, Pattern, Seconds, String, Whole
from ifc.plan import PREFIX, Lowering, Statement, capital, merged
from ifc.records import compared
from ifc.source import Span
from ifc.syntax import tree
from ifc.values import Attr, Pseudo, Value

GROUP = "ScheduleGroup"
LONGEST = 150  # of an expression in an id
UNITS = {"d": (86_400_000, "day"), "h": (3_600_000, "hour"), "m": (60_000, "minute")}
MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d))?", re.ASCII)
ZONE = re.compile(r"(?=.{1,50}\Z)[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")
# Scheduler API reference, EventBridgeParameters
SOURCE = Pattern(
    r"(?!aws\.)[A-Za-z0-9/._-]{1,256}", "an event's source (letters, digits, `.`, `-`, `_` and `/`; not beginning with `aws.`)"
)


@compared
class When:
    """When a schedule runs: Scheduler's expression, its time zone, and both as a part of an id."""

    expression: str
    zone: str | None
    words: str


@settings
class Retries:
    """`retries N [max-age 1h]`."""

    count: int = setting(Whole(0, 185), positional=True, needed=True, doc="how often a failed start is tried again")
    max_age: int = setting(Seconds(60, 86_400), 3600, inline=True, doc="how late a start may be")


@settings
class Arrow:
    """What may be said on an arrow from a schedule."""

    input: Value = setting(Input(parts=False), doc="what is sent, as JSON", derived="Scheduler's own notification")
    enabled: bool = setting(Flag(), True, doc="it runs")
    # Scheduler's own default is 185 within 24h: the start of a schedule would come hours late.
    retries: Retries | None = setting(
        Form(Retries, "a number from 0 to 185"), Retries(count=3), doc="of a failed start", derived="3 within 1h"
    )
    dead_letter: str | None = setting(Name("queue"), doc="the queue that takes what could not be started")
    group: Value = setting(String(), doc="the message group, for a FIFO queue")
    partition: Value = setting(String(), doc="the partition key, for a stream")
    source: Value = setting(String(pattern=SOURCE), doc="the event's `source`, for a bus", derived="the app's name")
    detail_type: Value = setting(String(), doc="the event's `detail-type`, for a bus", derived='"Scheduled Event"')


def run(wire: Wire, lowering: Lowering) -> None:
    """`every 5m -> f`: a schedule in the app's group, with the role of its target."""
    when: When = wire.source.address
    target, said = lowering.app.resources[wire.target.resource], wire.settings
    id = f"{when.words}To{capital(target.base_name)}"
    first = lowering.wire_ids.get(id)
    if first is not None and first.target.resource == target.name:
        lowering.report.error(
            "IFC467",
            f"this schedule starts `{target.name}` already",
            wire.span,
            "the second arrow",
            "keep one: its `input` can hold what both say",
            [Label(first.span, "the first arrow")],
        )
        return
    lowering.wire_ids[id] = wire
    if not reaches(wire, target, lowering):
        return
    if GROUP not in lowering.by_id:
        lowering.add(scheduler.ScheduleGroup(id=GROUP, name=PREFIX), GROUP)
    bus = target.kind == "bus"
    lowering.add(
        scheduler.Schedule(
            id=id,
            group=Attr(GROUP, "name"),
            description=described(wire.description),
            expression=when.expression,
            zone=when.zone,
            enabled=said.enabled,
            endpoint=target.attribute("arn", lowering),
            role=role(target, lowering),
            input=lowering.value(said.input or None),
            retries=said.retries.count if said.retries else None,
            max_age=said.retries.max_age if said.retries else None,
            dead_letters=lowering.arn(said.dead_letter) if said.dead_letter else None,
            message_group=lowering.value(said.group),
            partition=lowering.value(said.partition),
            source=(lowering.value(said.source or None) or lowering.app.name) if bus else None,
            detail_type=(lowering.value(said.detail_type or None) or "Scheduled Event") if bus else None,
        ),
        target.name,
        wire=wire,
    )


def reaches(wire: Wire, target: Resource, lowering: Lowering) -> bool:
    """Whether Scheduler can start the target as the arrow says; reports if not (Scheduler API reference, Target)."""
    said, error = wire.settings, lowering.report.error
    if not fits(wire, lowering.app, lowering.report):
        return False
    if target.kind == "stream" and said.partition is None:
        error(
            "IFC463",
            f"the stream `{target.name}` takes records by a key, and the arrow names none",
            wire.target.span,
            "no `partition`",
            'write `{ partition "key" }` after it',
        )
        return False
    if target.kind == "bus" and said.input and not is_object(said.input):
        error(
            "IFC339",
            "the input of an event is an object",
            written(wire, "input"),
            "not an object",
            'write a block: `input { name "value" }`',
        )
        return False
    for field in ("source", "detail_type"):
        if target.kind != "bus" and getattr(said, field):
            error(
                "IFC464",
                f"`{field.replace('_', '-')}` is for events on a bus, and `{target.name}` is {article(target.kind)}",
                written(wire, field),
                "not for this target",
                "put it into `input`",
            )
            return False
    return True


def role(target: Resource, lowering: Lowering) -> Value:
    """The ARN of the role of all schedules of one target; the first of them adds it.

    It trusts the group, never a schedule (Scheduler user guide, Confused deputy prevention in EventBridge Scheduler).
    """
    id = f"ScheduleTo{capital(target.base_name)}Role"
    before = lowering.by_id.get(id)
    if before is not None and before.owner == target.name:
        return Attr(id, "arn")
    wires = [wire for wire in lowering.app.wires_to(target.name) if wire.port is PORT]
    statements: list[Statement] = []
    for wire in wires:
        statements += may_deliver(target, wire.span, lowering)
        if wire.settings.dead_letter:
            statements += may_deliver(lowering.app.resources[wire.settings.dead_letter], wire.span, lowering)
    trust: dict[str, dict[str, Value]] = {
        "StringEquals": {"aws:SourceAccount": Pseudo("account")},
        "ArnEquals": {"aws:SourceArn": Attr(GROUP, "arn")},
    }
    laid_over = next((wire for wire in wires if any(overlay.part == "role" for overlay in wire.overlays)), wires[0])
    lowering.add(
        iam.Role(
            id=id,
            service="scheduler.amazonaws.com",
            trust=trust,
            statements=merged(statements),
            boundary=lowering.boundary(),
        ),
        target.name,
        "role",
        wire=laid_over,
    )
    return Attr(id, "arn")


PORT = Port(
    doc="a start by the clock",
    targets=("function", "queue", "topic", "stream", "bus"),
    settings=Arrow,
    no_filter="leave `where` out: a schedule brings no event whose fields could be tested",
    merges=False,
    lower=run,
)


@settings
class Schedule(Resource):
    kind = "schedule"
    doc = ""  # it can't be declared
    extern_settings = None
    port: ClassVar[Port] = PORT

    @classmethod
    def read_schedule(cls, statement: tree.Wire, scope: Scope) -> When | None:
        """When the source of an arrow runs; None after an error."""
        word = statement.head[0][0].span
        rest = list(statement.head[1:])
        if not rest:
            scope.report.error("IFC304", f"`{word.text}` needs to be told when", word, "no time after it", f"write `{EXAMPLES[word.text]}`")
            return None
        said = rest.pop(0)
        if len(said) > 1:
            scope.report.error("IFC305", "an arrow has one schedule", said[1].span, "the second", "write an arrow for each")
            return None
        if word.text == "every":
            return every(said[0], rest, scope)
        zone = read_zone(rest, scope)
        text = plain(said[0], word.text, scope)
        if text is None:
            return None
        read = cron if word.text == "cron" else at
        if isinstance(zone, Invalid):
            read(text, said[0].span, None, scope)  # it may hold a mistake of its own
            return None
        return read(text, said[0].span, zone, scope)


EXAMPLES = {"every": "every 5m", "cron": 'cron "0 9 ? * MON-FRI *"', "at": 'at "2027-01-01T00:00"'}


# --- every ---

WRITTEN_OUT = {"minute": "m", "min": "m", "hour": "h", "day": "d"}  # as people write them out


def meant(node: tree.Value, behind: tree.Value) -> str:
    """What to write where a word follows an interval."""
    word = behind.text if isinstance(behind, tree.Word) else ""
    if word == "timezone":
        return 'an interval has no time of day: write `cron "0 9 * * ? *" timezone "…"`'
    unit = WRITTEN_OUT.get(word.lower().removesuffix("s"))
    return f"write `every {short(node.span)}{unit}`" if unit and isinstance(node, tree.Number) else "let `->` follow"


def every(node: tree.Value, rest: list[tree.Args], scope: Scope) -> When | None:
    """`every 5m`: minutes, hours or days, as written."""
    error = scope.report.error
    if rest:
        error(
            "IFC305",
            f"`{short(rest[0][0].span)}` is not expected after an interval",
            rest[0][0].span,
            "not expected",
            meant(node, rest[0][0]),
        )
        return None
    if not isinstance(node, tree.Duration):
        number = node.value if isinstance(node, tree.Number) else "5"
        error(
            "IFC301",
            f"`{short(node.span)}` is not a duration",
            node.span,
            "a duration is wanted",
            f"write it with a unit: `every {number}m`",
        )
        return None
    milliseconds = node.milliseconds
    if milliseconds < 60_000 or milliseconds % 60_000:
        least = milliseconds < 60_000
        error(
            "IFC333",
            "the shortest interval is one minute" if least else f"`{node.span.text}` is not a whole number of minutes",
            node.span,
            "too short" if least else "too fine",
            "write `every 1m`" if least else f"write `every {milliseconds // 60_000}m`",
        )
        return None
    length, unit = next((UNITS[u] for u in ("d", "h") if node.span.text.endswith(u)), UNITS["m"])
    count = milliseconds // length
    return When(f"rate({count} {unit}{'' if count == 1 else 's'})", None, f"Every{node.span.text}")


# --- cron and at ---


def plain(node: tree.Value, word: str, scope: Scope) -> str | None:
    """The text of a `cron` or an `at`; None after an error."""
    if not isinstance(node, tree.Text):
        scope.report.error(
            "IFC301", f"`{short(node.span)}` is not text in quotes", node.span, "text is wanted", f"write `{EXAMPLES[word]}`"
        )
        return None
    if node.plain is None:
        scope.report.error(
            "IFC311",
            f"`{short(node.span)}` is known only at deployment, but the compiler checks it",
            node.span,
            "not known now",
            "a `stage` block can hold this arrow, so each stage can have its own",
        )
    return node.plain


def cron(text: str, span: Span, zone: str | None, scope: Scope) -> When | None:
    """`cron "0 9 ? * MON-FRI *"`."""
    from ifc import cron as expression  # only such a schedule needs it

    found = expression.mistake(text)
    if found is not None:
        exact = span.text[1:-1] == text and found.start < found.end
        place = Span(span.source, span.start + 1 + found.start, span.start + 1 + found.end) if exact else span
        scope.report.error(found.code, found.message, place, found.label, found.help)
        return None
    name = f"Cron{expression.words(text)}"
    if len(name) > LONGEST:
        scope.report.error(
            "IFC334",
            "this expression is too long for the name that is made from it",
            span,
            "too long",
            "write ranges and steps instead of lists: `0-30`, `0/5`",
        )
        return None
    return When(f"cron({expression.tidy(text)})", zone or "UTC", name + zone_words(zone))


def at(text: str, span: Span, zone: str | None, scope: Scope) -> When | None:
    """`at "2027-01-01T00:00"`, once."""
    from ifc.cron import days_in  # only such a schedule needs it

    error = scope.report.error
    match = MOMENT.fullmatch(text)
    if match is None:
        error("IFC337", f"`{short(span)}` is not a date and a time", span, "not a moment", moment_help(text))
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    if not (1 <= month <= 12 and 1 <= day <= days_in(month, year)):
        error(
            "IFC336",
            f"there is no day `{text[:10]}`",
            span,
            "not in the calendar",
            f"{text[:7]} has {days_in(month, year)} days" if 1 <= month <= 12 else "a date is year, month and day: `2027-12-31`",
        )
        return None
    if hour > 23 or minute > 59 or second > 59:
        error("IFC337", f"there is no time `{text[11:]}`", span, "not on the clock", "times go from `00:00` to `23:59`")
        return None
    moment = text if match[6] else f"{text}:00"
    return When(f"at({moment})", zone or "UTC", f"At{words(text.replace('-', '').replace(':', ''))}{zone_words(zone)}")


def moment_help(text: str) -> str:
    """What to write instead of a moment that is none."""
    zoned = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:Z|[+-]\d\d:?\d\d)", text)
    if zoned:
        return f'write the time zone after it: `at "{zoned[1]}" timezone "UTC"`'
    spaced = re.fullmatch(r"(\d{4}-\d\d-\d\d) +(\d\d:\d\d(?::\d\d)?)", text)
    if spaced:
        return f'write `at "{spaced[1]}T{spaced[2]}"`'
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return f'write the time too: `at "{text}T00:00"`'
    return f"write `{EXAMPLES['at']}`"


# --- time zones ---


def read_zone(rest: list[tree.Args], scope: Scope) -> str | Invalid | None:
    """The zone after `timezone`, None where none is given."""
    if not rest:
        return None
    error, first = scope.report.error, rest[0][0]
    if not (isinstance(first, tree.Word) and first.text == "timezone" and len(rest[0]) == 1):
        error(
            "IFC305",
            f"`{short(first.span)}` is not expected before the arrow",
            first.span,
            "not expected",
            'only `timezone "Asia/Tokyo"` may follow',
        )
        return INVALID
    node = rest[1][0] if len(rest) > 1 else first
    if len(rest) < 2 or not isinstance(node, tree.Text):
        error("IFC304", "`timezone` needs a zone in quotes", node.span, "no zone", 'write `timezone "Asia/Tokyo"`')
        return INVALID
    if len(rest) > 2 or len(rest[1]) > 1:
        extra = rest[2][0] if len(rest) > 2 else rest[1][1]
        error(
            "IFC305", f"`{short(extra.span)}` is not expected before the arrow", extra.span, "not expected", "a schedule has one time zone"
        )
        return INVALID
    zone = node.plain
    if zone is None:
        error(
            "IFC311",
            f"`{short(node.span)}` is known only at deployment, but the compiler checks it",
            node.span,
            "not known now",
            "a `stage` block can hold this arrow, so each stage can have its own",
        )
        return INVALID
    return zone if is_zone(zone, node.span, scope) else INVALID


def is_zone(zone: str, span: Span, scope: Scope) -> bool:
    """Whether there is such a time zone; where the machine has no list of them, whether it looks like one."""
    known = zones()
    if ZONE.fullmatch(zone) and (zone in known or not known):
        return True
    close = near(zone, known)
    scope.report.error(
        "IFC338",
        f"there is no time zone `{zone}`",
        span,
        "unknown zone",
        f'write `timezone "{close}"`' if close else 'zones are called by continent and city: `timezone "Asia/Tokyo"`',
    )
    return False


@cache
def zones() -> set[str]:
    """The names of all time zones that this machine knows; none where it has no list."""
    import zoneinfo  # only a schedule with a zone needs it, and reading the list takes 25 ms

    return zoneinfo.available_timezones()


def zone_words(zone: str | None) -> str:
    """A time zone as a part of an id: `Asia/Tokyo` → `AsiaTokyo`, `Etc/GMT+9` → `EtcGMTPlus9`."""
    if zone is None:
        return ""
    return words(re.sub(r"([+-])(?=\d)", lambda m: "Plus" if m[0] == "+" else "Minus", zone))
