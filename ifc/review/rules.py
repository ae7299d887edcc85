"""What each setting is called, and how bad a change of it is: one line a setting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from ifc.review.deployed.form import Value
from ifc.review.risk import Risk
from ifc.review.words import (
    FOREVER,
    Unit,
    among,
    as_it_is,
    days,
    dead_letters,
    destination,
    endless,
    endless_days,
    endless_seconds,
    hours,
    megabytes,
    milliseconds,
    rates,
    seconds,
)

Verdict = tuple[Risk, str]  # and what follows from it, "" where that says itself


@attrs.frozen
class Test:
    """What makes a change worse than others of its setting: when it holds, in words and by the values before and after."""

    when: str
    risk: Risk
    effect: str
    holds: Callable[[Value, Value], bool]
    value: Value = None  # the one that it becomes, where that is all


@attrs.frozen
class Rule:
    """A setting: its word in the language, how its values are written, its risk, and the tests that know worse."""

    word: str
    unit: Unit = as_it_is
    risk: Risk = Risk.BEHAVIOUR
    tests: tuple[Test, ...] = ()
    origin: str = ""  # the attribute of the kind that holds where it was written
    absent: Value = None  # what the service does where nothing is written

    def verdict(self, before: Value, after: Value) -> Verdict:
        """How bad this change is."""
        before, after = (self.absent if value is None else value for value in (before, after))
        found = [(test.risk, test.effect) for test in self.tests if test.holds(before, after)]
        return min(found, default=(self.risk, ""), key=lambda verdict: verdict[0])


# --- tests ---


def shorter(risk: Risk, effect: str) -> Test:
    """Where a number becomes less."""
    return Test("less than before", risk, effect, lambda before, after: number(before) and number(after) and amount(after) < amount(before))


def lost(risk: Risk, effect: str, when: str = "gone, or switched off") -> Test:
    """Where something that was there is gone, or switched off."""
    return Test(when, risk, effect, lambda before, after: there(before) and not there(after))


def gained(risk: Risk, effect: str) -> Test:
    """Where something comes that was not there."""
    return Test("new, or switched on", risk, effect, lambda before, after: there(after) and not there(before))


def other(risk: Risk, effect: str) -> Test:
    """Where there is something else instead."""
    return Test("another one", risk, effect, lambda before, after: there(before) and there(after))


def elsewhere(risk: Risk, effect: str) -> Test:
    """Where what failed goes to another place."""

    def holds(before: Value, after: Value) -> bool:
        one, other = (value.get("deadLetterTargetArn") if isinstance(value, dict) else value for value in (before, after))
        return there(one) and there(other) and bool(one != other)

    return Test("to another place", risk, effect, holds)


def becomes(value: Value, risk: Risk, effect: str) -> Test:
    """Where it becomes one value."""
    return Test("one value", risk, effect, lambda before, after: bool(after == value), value)


def origins(risk: Risk, effect: str) -> Test:
    """Where a list of origins lets in more than before; `*` is all of them."""
    return Test("more origins", risk, effect, lambda before, after: bool(texts(after) - texts(before)) and "*" not in texts(before))


def fewer(risk: Risk, effect: str) -> Test:
    """Where a list has less than before."""
    return Test("less in the list", risk, effect, lambda before, after: bool(texts(before) - texts(after)))


def texts(value: Value) -> set[str]:
    """The entries of a list, as text."""
    return set(map(str, value)) if isinstance(value, list | tuple) else set() if value is None else {str(value)}


def number(value: Any) -> bool:
    """Whether a value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def amount(value: Any) -> float:
    """A number, in which -1 stands for no end."""
    return FOREVER if value == -1 else float(value)


def there(value: Value) -> bool:
    """Whether a value says that something is there."""
    return value not in (None, False, "", [], {}, "Suspended", "NONE")


# Access lists count that did not (S3 user guide, Controlling ownership of objects).
DISOWNED = Test(
    "who writes an object owns it",
    Risk.EXPOSED,
    "access lists count, and one may open it to everyone",
    lambda before, after: before not in ("ObjectWriter", "BucketOwnerPreferred") and after != "BucketOwnerEnforced",
)
OPENED = Test(
    "no longer private",
    Risk.EXPOSED,
    "it can be reached from the internet",
    lambda before, after: "PRIVATE" in texts(before) and "PRIVATE" not in texts(after),
)

# --- settings ---

CLOSED = lost(Risk.EXPOSED, "a policy or an access list may open it to everyone", "no longer kept from the public")
FEWER_PAGES = "pages of other origins that did so can't any more"
ORIGINS = Rule("cors", tests=(origins(Risk.EXPOSED, "pages of more origins may call"), fewer(Risk.CONTRACT, FEWER_PAGES)), origin="cors")
CORS = Rule("cors", tests=(fewer(Risk.CONTRACT, FEWER_PAGES),), origin="cors")
CREDENTIALS = Rule(
    "cors",
    tests=(gained(Risk.EXPOSED, "pages of other origins may send a visitor's cookies"), lost(Risk.CONTRACT, FEWER_PAGES)),
    origin="cors",
    absent=False,
)
COOKIES = Rule("cors", seconds, origin="cors")
KEPT = Rule("keep", tests=(lost(Risk.DATA, "it is deleted with its data when it leaves the app or must be replaced"),), origin="keep")
MADE = Rule("name", origin="physical")
DESCRIPTION = Rule("description", risk=Risk.COSMETIC)
TAGS = Rule("tags", risk=Risk.COSMETIC)
UNALIKE = Rule(
    "dedup",
    tests=(
        lost(Risk.CONTRACT, "what is sent without an id of its own is refused"),
        gained(Risk.CONTRACT, "what is alike within five minutes is taken for one message"),
    ),
    absent=False,
)
# After how many seconds the services give up by themselves (EventBridge user guide, retries; Lambda developer guide, asynchronous calls).
DAY, LAMBDA_WAITS = 86_400, 21_600
WHILE_UP = "nothing is delivered"
RUNS = among(ENABLED="on", DISABLED="off")

RULES: dict[tuple[str, str], Rule] = {
    # queues, topics
    ("queue", "name"): MADE,
    ("queue", "fifo"): Rule("fifo", tests=(lost(Risk.CONTRACT, "messages no longer arrive in order"),), absent=False),
    ("queue", "by content"): UNALIKE,
    ("queue", "deduplication"): Rule("high-throughput", among(queue="off", messageGroup="on"), origin="high_throughput", absent="queue"),
    ("queue", "throughput"): Rule(
        "high-throughput", among(perQueue="off", perMessageGroupId="on"), origin="high_throughput", absent="perQueue"
    ),
    ("queue", "visibility"): Rule("visibility", seconds, absent=30),
    ("queue", "retention"): Rule(
        "retention", seconds, tests=(shorter(Risk.DATA, "messages that have waited longer are deleted"),), absent=345_600
    ),
    ("queue", "delay"): Rule("delay", seconds, absent=0),
    ("queue", "wait"): Rule("wait", seconds, absent=0),
    ("queue", "redrive"): Rule(
        "dead-letter",
        dead_letters,
        tests=(
            lost(Risk.CONTRACT, "messages that always fail come back until they are too old, and are lost then"),
            elsewhere(Risk.CONTRACT, "messages that fail go elsewhere, and those that failed before stay where they are"),
        ),
        origin="dead_letter",
    ),
    ("queue", "largest"): Rule("the largest message", tests=(shorter(Risk.CONTRACT, "larger messages are refused"),), absent=1_048_576),
    ("topic", "name"): MADE,
    ("topic", "fifo"): Rule("fifo", tests=(lost(Risk.CONTRACT, "messages no longer arrive in order"),), absent=False),
    ("topic", "by content"): UNALIKE,
    # streams
    ("stream", "name"): MADE,
    ("stream", "mode"): Rule("shards", among(ON_DEMAND="on-demand", PROVISIONED="as many as written"), origin="shards"),
    ("stream", "shards"): Rule("shards", absent="on-demand"),
    ("stream", "retention"): Rule("retention", hours, tests=(shorter(Risk.DATA, "older records are deleted"),), absent=24),
    # tables
    ("table", "name"): MADE,
    ("table", "billing"): Rule(
        "billing", among(PAY_PER_REQUEST="on-demand", PROVISIONED="provisioned"), absent="PROVISIONED", origin="billing"
    ),
    ("table", "read"): Rule("billing", tests=(shorter(Risk.BEHAVIOUR, "reads above it are throttled"),)),
    ("table", "write"): Rule("billing", tests=(shorter(Risk.BEHAVIOUR, "writes above it are throttled"),)),
    ("table", "ttl"): Rule(
        "ttl", tests=(gained(Risk.DATA, "items expire and are deleted"), other(Risk.DATA, "other items expire and are deleted"))
    ),
    ("table", "expires"): Rule("ttl", tests=(gained(Risk.DATA, "items expire and are deleted"),)),
    ("table", "view"): Rule(
        "stream",
        among(NEW_IMAGE="new", OLD_IMAGE="old", NEW_AND_OLD_IMAGES="new-and-old", KEYS_ONLY="keys"),
        tests=(
            lost(Risk.CONTRACT, "whoever reads its stream gets nothing more"),
            other(Risk.CONTRACT, "events hold other images of the item, and the stream is made anew"),
        ),
    ),
    ("table", "backup"): Rule("backup", tests=(lost(Risk.DATA, "its point-in-time backups are deleted"),), absent=False),
    ("table", "protected"): KEPT,
    ("table", "indexes"): Rule("index", lambda value, say: "as they stand"),
    ("table", "local indexes"): Rule("local-index", lambda value, say: "as they stand"),
    # buckets
    ("bucket", "name"): MADE,
    ("bucket", "namespace"): MADE,
    ("bucket", "ownership"): Rule("public", tests=(DISOWNED,), origin="public"),
    ("bucket", "blocks acls"): Rule("public", tests=(CLOSED,), absent=False),
    ("bucket", "blocks policies"): Rule("public", tests=(CLOSED,), absent=False),
    ("bucket", "ignores acls"): Rule("public", tests=(CLOSED,), absent=False),
    ("bucket", "restricted"): Rule("public", tests=(CLOSED,), absent=False),
    ("bucket", "versioning"): Rule(
        "versioning",
        among(Enabled="on", Suspended="off"),
        tests=(becomes("Suspended", Risk.DATA, "what is overwritten or deleted can't be brought back"),),
        absent="Suspended",
    ),
    ("bucket", "index"): Rule("website", tests=(lost(Risk.CONTRACT, "it no longer answers as a website"),)),
    ("bucket", "error"): Rule("website"),
    ("bucket", "all events"): Rule("events to the bus", tests=(lost(Risk.CONTRACT, "whoever asks for them gets nothing more"),)),
    # secrets, configs
    ("secret", "name"): MADE,
    ("secret", "description"): DESCRIPTION,
    ("secret", "value"): Rule("value"),
    ("secret", "version"): Rule("value"),
    ("secret", "recovery"): Rule(
        "keep",
        days,
        tests=(shorter(Risk.DATA, "it can be brought back for a shorter time after it was deleted"),),
        origin="keep",
        absent=30,
    ),
    ("secret", "made up"): Rule(
        "value",
        lambda value, say: "none" if value is None else "a generated one",
        tests=(
            lost(Risk.DATA, "another value takes the place of the generated one"),
            gained(Risk.DATA, "a generated value takes the place of the one that is there"),
        ),
    ),
    ("config", "name"): MADE,
    ("config", "description"): DESCRIPTION,
    ("config", "value"): Rule("value"),
    ("config", "type"): Rule("value", risk=Risk.CONTRACT),
    # functions
    ("function", "name"): MADE,
    ("function", "description"): DESCRIPTION,
    ("function", "runtime"): Rule("runtime"),
    ("function", "handler"): Rule("handler"),
    ("function", "arch"): Rule("arch", among(x86_64="x86"), absent=["x86_64"]),
    ("function", "memory"): Rule("memory", megabytes, absent=128),
    ("function", "timeout"): Rule("timeout", seconds, absent=3),
    ("function", "layers"): Rule("layers"),
    ("function", "log format"): Rule("log-format", among(Text="text", JSON="json"), absent="Text"),
    ("function", "tracing"): Rule("tracing", among(Active="on", PassThrough="off"), absent="PassThrough"),
    ("function", "reserved"): Rule("reserved", tests=(becomes(0, Risk.CONTRACT, "no call of it runs"),)),
    ("function", "storage"): Rule("storage", megabytes, absent=512),
    ("function", "image"): Rule("image"),
    ("function", "package"): Rule("image", among(Image="on", Zip="off"), absent="Zip"),
    ("function", "command"): Rule("handler"),
    ("layer", "name"): MADE,
    ("layer", "description"): DESCRIPTION,
    ("layer", "runtimes"): Rule("layers"),
    ("layer", "archs"): Rule("layers"),
    # alarms
    ("alarm", "name"): MADE,
    ("alarm", "description"): DESCRIPTION,
    ("alarm", "period"): Rule("over", seconds, origin="over"),
    ("alarm", "missing"): Rule(
        "missing", among(notBreaching="good", breaching="bad", ignore="ignore", missing="unknown"), absent="missing"
    ),
    ("log group", "retention"): Rule(
        "log-retention", endless_days, tests=(shorter(Risk.DATA, "older log lines are deleted"),), absent=FOREVER
    ),
    ("log group", "name"): Rule("name", origin="physical"),
    ("url", "authorization"): Rule(
        "url",
        among(NONE="public", AWS_IAM="iam"),
        tests=(
            becomes("NONE", Risk.EXPOSED, "everyone on the internet may call it"),
            becomes("AWS_IAM", Risk.CONTRACT, "callers must sign"),
        ),
    ),
    ("url", "mode"): Rule("url", among(BUFFERED="buffered", RESPONSE_STREAM="streaming"), risk=Risk.CONTRACT, absent="BUFFERED"),
    **{("url", name): CORS for name in ("methods", "headers", "expose")},
    ("url", "max age"): COOKIES,
    ("url", "origins"): ORIGINS,
    ("url", "credentials"): CREDENTIALS,
    ("async", "retries"): Rule("retries", tests=(shorter(Risk.CONTRACT, "events that fail are given up sooner"),), absent=2),
    ("async", "max age"): Rule(
        "retries", seconds, tests=(shorter(Risk.CONTRACT, "events that waited longer are dropped"),), absent=LAMBDA_WAITS
    ),
    # buses
    ("bus", "name"): MADE,
    ("bus", "description"): DESCRIPTION,
    ("archive of a bus", "name"): MADE,
    ("archive of a bus", "retention"): Rule(
        "archive", endless_days, tests=(shorter(Risk.DATA, "older events are deleted"),), absent=FOREVER
    ),
    # APIs
    ("http api", "name"): Rule("name", risk=Risk.COSMETIC, origin="physical"),
    ("http api", "description"): DESCRIPTION,
    ("http api", "origins"): ORIGINS,
    **{("http api", name): CORS for name in ("methods", "headers", "expose")},
    ("http api", "max age"): COOKIES,
    ("http api", "credentials"): CREDENTIALS,
    ("http stage", "logs"): Rule("logs"),
    ("http stage", "log format"): Rule("logs"),
    ("http stage", "throttle"): Rule("throttle", rates, tests=(lost(Risk.BEHAVIOUR, "the account's own limits hold"),)),
    ("http stage", "routes"): Rule("throttle", rates),
    ("http integration", "timeout"): Rule("timeout", milliseconds),
    ("rest api", "name"): Rule("name", risk=Risk.COSMETIC, origin="physical"),
    ("rest api", "description"): DESCRIPTION,
    ("rest api", "endpoints"): Rule("endpoints", tests=(OPENED,)),
    ("rest stage", "logs"): Rule("logs"),
    ("rest stage", "log format"): Rule("logs"),
    ("rest stage", "throttles"): Rule("throttle", rates),
    ("http authorizer", "cache"): Rule("cache", seconds),
    ("rest authorizer", "cache"): Rule("cache", seconds),
    ("http authorizer", "name"): Rule("name", risk=Risk.COSMETIC, origin="physical"),
    ("rest authorizer", "name"): Rule("name", risk=Risk.COSMETIC, origin="physical"),
    # arrows
    ("mapping", "batch"): Rule("batch"),
    ("mapping", "window"): Rule("within", seconds, absent=0),
    ("mapping", "reports"): Rule(
        "partial failures", tests=(fewer(Risk.CONTRACT, "one message that fails brings back its whole batch, so others arrive twice"),)
    ),
    ("mapping", "concurrency"): Rule("concurrency"),
    ("mapping", "start"): Rule(
        "start",
        among(TRIM_HORIZON="oldest", LATEST="latest"),
        tests=(
            becomes("LATEST", Risk.CONTRACT, "what waits in the stream is skipped"),
            becomes("TRIM_HORIZON", Risk.CONTRACT, "what is still in the stream comes once more"),
        ),
    ),
    ("mapping", "retries"): Rule("retries", endless, tests=(shorter(Risk.CONTRACT, "records that fail are given up sooner"),), absent=-1),
    ("mapping", "max age"): Rule(
        "max-age", endless_seconds, tests=(shorter(Risk.CONTRACT, "records that are older are skipped"),), absent=-1
    ),
    ("mapping", "bisect"): Rule("bisect", tests=(lost(Risk.CONTRACT, "one bad record takes its whole batch with it"),), absent=False),
    ("mapping", "parallel"): Rule("parallel", absent=1),
    ("mapping", "failures"): Rule(
        "dead-letter",
        destination,
        tests=(lost(Risk.CONTRACT, "records that fail are lost"), elsewhere(Risk.CONTRACT, "records that fail go elsewhere")),
    ),
    ("subscription", "raw"): Rule("raw", risk=Risk.CONTRACT, absent=False),
    ("subscription", "redrive"): Rule(
        "dead-letter",
        dead_letters,
        tests=(
            lost(Risk.CONTRACT, "messages that can't be delivered are lost"),
            elsewhere(Risk.CONTRACT, "messages that can't be delivered go elsewhere"),
        ),
    ),
    ("rule", "name"): MADE,
    ("rule", "description"): DESCRIPTION,
    ("rule", "state"): Rule("enabled", RUNS, tests=(becomes("DISABLED", Risk.CONTRACT, WHILE_UP),), absent="ENABLED"),
    ("rule", "retries"): Rule("retries", tests=(shorter(Risk.CONTRACT, "events that can't be delivered are given up sooner"),), absent=185),
    ("rule", "max age"): Rule(
        "retries", seconds, tests=(shorter(Risk.CONTRACT, "events that can't be delivered are given up sooner"),), absent=DAY
    ),
    ("rule", "dead letters"): Rule(
        "dead-letter",
        destination,
        tests=(
            lost(Risk.CONTRACT, "events that can't be delivered are lost"),
            elsewhere(Risk.CONTRACT, "events that can't be delivered go elsewhere"),
        ),
    ),
    ("rule", "group"): Rule("group", risk=Risk.CONTRACT),
    ("rule", "partition"): Rule("partition", risk=Risk.CONTRACT),
    ("rule", "input"): Rule("input", risk=Risk.CONTRACT),
    ("rule", "part"): Rule("input", risk=Risk.CONTRACT),
    ("schedule", "name"): MADE,
    ("schedule", "group"): MADE,
    ("schedule", "description"): DESCRIPTION,
    ("schedule", "state"): Rule("enabled", RUNS, tests=(becomes("DISABLED", Risk.CONTRACT, "it does not run"),), absent="ENABLED"),
    ("schedule", "retries"): Rule("retries", tests=(shorter(Risk.CONTRACT, "starts that fail are given up sooner"),), absent=185),
    ("schedule", "max age"): Rule("retries", seconds, tests=(shorter(Risk.CONTRACT, "starts that fail are given up sooner"),), absent=DAY),
    ("schedule", "dead letters"): Rule(
        "dead-letter",
        destination,
        tests=(lost(Risk.CONTRACT, "starts that fail are lost"), elsewhere(Risk.CONTRACT, "starts that fail go elsewhere")),
    ),
    ("schedule", "input"): Rule("input", risk=Risk.CONTRACT),
    ("schedule", "message group"): Rule("group", risk=Risk.CONTRACT),
    ("schedule", "partition"): Rule("partition", risk=Risk.CONTRACT),
    ("schedule", "event source"): Rule("source", risk=Risk.CONTRACT),
    ("schedule", "event type"): Rule("detail-type", risk=Risk.CONTRACT),
}
# What is no setting of the language, and the same whether it is written or not.
UNWRITTEN: dict[tuple[str, str], Value] = {
    ("rule", "max age"): DAY,
    ("schedule", "zone"): "UTC",
    ("subscription", "scope"): "MessageAttributes",
}


def rule(kind: str, field: str) -> Rule:
    """The rule of a field; one that none is written for changes behaviour."""
    if field == "tags":
        return TAGS
    if field in ("kept", "deletion"):
        return KEPT
    return RULES.get((kind, field)) or Rule(field)


def absent(kind: str, field: str) -> Value:
    """What a field means where it is not written; None where that is nothing, or not known."""
    if (kind, field) in UNWRITTEN:
        return UNWRITTEN[kind, field]
    found = RULES.get((kind, field))
    return None if found is None or found.absent == FOREVER else found.absent
