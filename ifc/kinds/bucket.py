"""bucket: files, found by key (S3)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ifc.aws import awslambda, events, s3
from ifc.delivery import described, is_fifo
from ifc.diagnostics import Label, Report
from ifc.encryption import KEY_ARN
from ifc.expectation import Arrow
from ifc.model.app import Access, App, Context, Grant, Port, Resource, Wire
from ifc.model.metrics import BYTES, Metric
from ifc.model.scope import INVALID, Invalid, Scope, kebab, short
from ifc.model.settings import Form, Repeated, setting, settings
from ifc.model.types import Choice, Days, Entry, Flag, Many, Pattern, Seconds, String, Type, Whole, is_word, laid_over, twice
from ifc.plan import ALL, PREFIX, Caller, Lowering, Statement, capital, text_length
from ifc.records import evolve
from ifc.source import Span
from ifc.syntax import tree
from ifc.values import Attr, Joined, Pseudo, Ref, Value, joined, leaves

LONGEST = 63
ROOM = LONGEST - len("-123456789012-ap-southeast-1")  # what the account and the region leave of a name
NAMESPACE = "-an"  # S3 user guide, Namespaces for general purpose buckets
# S3 user guide, General purpose bucket naming rules
RESERVED = r"(?!xn--|sthree-|amzn-s3-demo-)(?!.*(?:-s3alias|--ol-s3|--x-s3|--table-s3|\.mrap)\Z)(?!.*\.\.)(?!\d+(?:\.\d+){3}\Z)"
NAME = Pattern(
    RESERVED + r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "a bucket's name (3 to 63 of a–z, 0–9, `-` and `.`, with a letter or digit at both ends)",
)
BEGIN = Pattern(r"[^*]{1,254}\*?", 'the beginning of keys, such as `"tmp/*"`')
ONE_STAR = Pattern(r"[^*]*\*?[^*]*", "text with one `*` at most")
# From warm to cold; what was moved never comes back (S3 user guide, Transitioning objects using Amazon S3 Lifecycle).
STORAGE = {"STANDARD_IA": 1, "INTELLIGENT_TIERING": 2, "ONEZONE_IA": 3, "GLACIER_IR": 3, "GLACIER": 4, "DEEP_ARCHIVE": 5}
INFREQUENT = ("STANDARD_IA", "ONEZONE_IA")
INFREQUENT_DAYS = 30  # S3 API, Transition: not sooner
MOST_DAYS = 36_500
# S3 user guide, Using EventBridge and Event message structure
DETAIL_TYPES = {"created": "Object Created", "removed": "Object Deleted"}
OBJECT_FIELDS = ("key", "size", "etag", "version-id", "sequencer")
KEY = ("detail", "object", "key")
BROAD = {4: 8, 6: 32}  # S3 user guide, The meaning of "public": ranges broader than that are everyone


# --- settings ---


class Encryption(Type):
    """`on`, `kms`, or the ARN of a customer key."""

    expects = "`on`, `kms` or a customer key's ARN"

    def read_args(self, args: tuple[tree.Args, ...], entry: Entry, scope: Scope) -> Value | Invalid:
        if not args or is_word("on", "true")(args[0][0]):
            return Flag().read_args(args, entry, scope)
        first = args[0][0]
        if is_word("off", "false")(first):
            return self.wrong(first, scope, "S3 encrypts every object: leave `encryption` out")
        return (
            "kms"
            if is_word("kms")(first) and len(args) == len(args[0]) == 1
            else String(self.expects, KEY_ARN).read_args(args, entry, scope)
        )


@settings
class Public:
    """Who outside of the account may read objects: everyone, or some addresses."""

    sources: tuple[Value, ...] = ()


class Openness(Type):
    """`off`, `read`, or `from "203.0.113.0/24", …`."""

    expects = '`off`, `read`, or `from "203.0.113.0/24"`'

    def read_args(self, args: tuple[tree.Args, ...], entry: Entry, scope: Scope) -> Value | Invalid:
        first = args[0][0] if args else None
        if first is not None and is_word("from")(first) and len(args[0]) == 1:
            return self.addresses(args[1:], entry, scope)
        return super().read_args(args, entry, scope)

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        if is_word("off", "false")(node):
            return None
        return Public() if is_word("read")(node) else self.wrong(node, scope)

    def addresses(self, args: tuple[tree.Args, ...], entry: Entry, scope: Scope) -> Value | Invalid:
        found = Many(String("an address or a range of addresses in quotes")).read_args(args, entry, scope)
        if isinstance(found, Invalid):
            return INVALID
        nodes = args[0] if len(args) == 1 else ()
        right = [self.address(value, node, scope) for value, node in zip(found, nodes, strict=False)]
        return Public(sources=found) if all(right) else INVALID

    def address(self, value: Value, node: tree.Value, scope: Scope) -> bool:
        """Whether a text is a range of addresses that is not everyone; reports if not."""
        import ipaddress  # only such a bucket needs it

        if not isinstance(value, str):
            return True
        try:
            network = ipaddress.ip_network(value, strict=False)
        except ValueError:
            scope.report.error(
                "IFC309",
                f"`{short(node.span)}` is not an address or a range of addresses",
                node.span,
                "not an address",
                'write one such as `"203.0.113.7"` or `"203.0.113.0/24"`',
            )
            return False
        if network.prefixlen < BROAD[network.version] and not network.is_private:
            scope.report.error(
                "IFC309",
                f"`{short(node.span)}` is so many addresses that S3 takes it for everyone",
                node.span,
                "too broad",
                "write `public read` if everyone may read, or name smaller ranges",
            )
            return False
        return True


@settings
class Cors:
    """`cors { origins; methods; headers; expose; max-age }`."""

    origins: tuple[Value, ...] = setting(Many(String("an origin in quotes", ONE_STAR)), ("*",), doc="allowed origins")
    methods: tuple[str, ...] = setting(Many(Choice("GET", "HEAD", "PUT", "POST", "DELETE")), ("GET", "HEAD"), doc="allowed methods")
    headers: tuple[Value, ...] = setting(Many(String("a header in quotes", ONE_STAR)), (), doc="headers that may be sent")
    expose: tuple[Value, ...] = setting(Many(String("a header in quotes")), (), doc="headers that may be read")
    max_age: int | None = setting(Seconds(0, 31_536_000), doc="how long a browser remembers")


@settings
class Website:
    """`website index "index.html" error "error.html"`."""

    index: Value = setting(
        String("a file's name in quotes", Pattern(r"[^/]+", "a file's name, without a folder")),
        "index.html",
        inline=True,
        doc="what a folder shows",
    )
    error: Value = setting(String("a key in quotes"), inline=True, doc="what is shown for a key that is not there")


@settings
class After:
    """`expire after 30d`."""

    after: Value = setting(Days(1, MOST_DAYS, param=True), inline=True, needed=True, doc="how many days later")


@settings
class Move:
    """`to GLACIER after 90d`."""

    storage: str = setting(Choice(*STORAGE), positional=True, needed=True, doc="the storage class")
    after: Value = setting(Days(0, MOST_DAYS, param=True), inline=True, needed=True, doc="how many days later")


@settings
class Noncurrent:
    """`noncurrent after 30d [keep 3] { to GLACIER after 7d }`: versions that a newer one has replaced."""

    after: Value = setting(Days(1, MOST_DAYS, param=True), inline=True, doc="they are removed so many days after they were replaced")
    keep: int | None = setting(Whole(1, 100), inline=True, doc="so many of them stay all the same")
    to: tuple[Move, ...] = setting(Repeated(Form(Move, "a storage class and `after N`")), (), doc="they go to another storage class")


@settings
class Lifecycle:
    """`lifecycle ["tmp/*"] { expire after 30d; to GLACIER after 90d; abort-uploads after 7d; noncurrent after 30d }`."""

    prefix: str = setting(
        String("the beginning of keys in quotes", BEGIN, literal=True), "", positional=True, doc="only for keys that begin so"
    )
    expire: After | None = setting(Form(After, "`after` and a duration"), doc="objects are removed")
    to: tuple[Move, ...] = setting(Repeated(Form(Move, "a storage class and `after N`")), (), doc="objects go to another storage class")
    abort_uploads: After | None = setting(
        Form(After, "`after` and a duration"), doc="the parts of uploads that were never finished are removed"
    )
    noncurrent: Noncurrent | None = setting(Form(Noncurrent, "`after` and a duration"), doc="what happens to replaced versions")


class Rules(Repeated):
    """Lifecycle rules: one for each beginning of keys, whatever layers it is written in."""

    def fold(self, entries: Sequence[Entry], scope: Scope) -> Value | Invalid:
        groups: dict[str, list[Entry]] = {}
        for entry in entries:
            first = entry.args[0][0] if entry.args else None
            prefix = (first.plain or "").removesuffix("*") if isinstance(first, tree.Text) else ""
            group = groups.setdefault(prefix, [])
            if group and group[-1].layer == entry.layer:
                twice(f"lifecycle {short(first.span)}" if first else "lifecycle", entry.word.span, group[-1].word.span, entry.layer, scope)
                return INVALID
            group.append(entry)
        found = [self.rule(groups[prefix], scope) for prefix in sorted(groups)]
        return INVALID if any(isinstance(r, Invalid) for r in found) else tuple(found)

    def rule(self, entries: list[Entry], scope: Scope) -> Value | Invalid:
        rule = self.of.fold(entries, scope)
        if isinstance(rule, Invalid) or not in_order(rule, entries, scope.report):
            return INVALID
        return evolve(rule, prefix=rule.prefix.removesuffix("*"))


def in_order(rule: Lifecycle, entries: list[Entry], report: Report) -> bool:
    """Whether S3 takes the steps of a lifecycle rule; reports if not."""
    old = rule.noncurrent
    if not (rule.expire or rule.to or rule.abort_uploads or old):
        report.error(
            "IFC341", "this lifecycle rule does nothing", entries[-1].span, "nothing in it", "write `lifecycle { expire after 30d }`"
        )
        return False
    if old and old.after is None and (old.keep is not None or not old.to):
        report.error(
            "IFC341",
            "`noncurrent` does not say when old versions are removed",
            place("noncurrent", entries),
            "after how long?",
            "write `noncurrent after 30d`",
        )
        return False
    return colder(rule.to, rule.expire.after if rule.expire else None, lambda move: place("to", entries, move.storage), report) and (
        not old or colder(old.to, old.after, lambda _: place("noncurrent", entries), report)
    )


def colder(moves: tuple[Move, ...], end: Value, where: Any, report: Report) -> bool:
    """Whether moves come at times and in an order that S3 takes; what is known only at deployment is not looked at."""
    known = sorted((m for m in moves if isinstance(m.after, int)), key=lambda m: (m.after, STORAGE[m.storage]))
    for before, move in zip((None, *known), known, strict=False):
        if move.storage in INFREQUENT and move.after < INFREQUENT_DAYS:
            what, label = f"S3 moves nothing to {move.storage} before {INFREQUENT_DAYS} days", "too early"
            help = f"write `after {INFREQUENT_DAYS}d` or more"
        elif isinstance(end, int) and end <= move.after:
            what = f"objects are removed after {end} days, before they could go to {move.storage}"
            label, help = "too late", "let them expire later, or leave this step out"
        elif before and before.after == move.after:
            what, label, help = (
                f"objects can't go to {before.storage} and {move.storage} at once",
                "the same time",
                "let one of the steps come later",
            )
        elif before and STORAGE[before.storage] >= STORAGE[move.storage]:
            what = f"S3 moves nothing from {before.storage} to {move.storage}"
            label, help = "the later step", f"let each step lead to a colder class: {', '.join(STORAGE)}"
        else:
            continue
        report.error("IFC341", what, where(move), label, help)
        return False
    return True


def place(word: str, entries: Sequence[Entry], first: str = "") -> Span:
    """Where a setting stands in some blocks; the whole of the last one where it is not found."""
    for entry in reversed(entries):
        found = [s for s in (entry.block.statements if entry.block else ()) if isinstance(s, tree.Declaration)]
        for statement in reversed(found):
            words = [args[0].span.text for args in statement.head[:2]]
            if words[:1] == [word] and (not first or words[1:] == [first]):
                return statement.head[0][0].span.to(statement.head[-1][-1].span)
    return entries[-1].span


# --- events ---


def deliver(wire: Wire, lowering: Lowering) -> None:
    """`Bucket.created -> X`: collected, since a bucket has one list of notifications."""
    bucket, target = lowering.app.resources[wire.source.resource], lowering.app.resources[wire.target.resource]
    notes = lowering.notifications.setdefault(bucket.name, [])
    if target.kind == "bus":
        notes.append(wire)
        return
    from ifc.where import s3 as keys  # only a bucket's arrows need it

    if (
        next(w for w in lowering.app.wires_from(bucket.name) if w.target.resource == target.name) is wire
    ):  # the first of them lets S3 in for all
        target.admit(
            Caller(
                service="s3.amazonaws.com",
                source=bucket.literal("arn", lowering),
                account=True,
                like=True,
                name=bucket.base_name,
                wire=wire,
                span=wire.span,
            ),
            lowering,
        )
    sides = keys.filters(wire.where, wire.pattern, wire.span, lowering.report)
    arn, event, span = lowering.arn(target.name), wire.source.port, wire.target.span
    notes += [
        s3.Notification(
            event=event, kind=target.kind, to=target.name, called=target.base_name, target=arn, prefix=prefix, suffix=suffix, span=span
        )
        for prefix, suffix in sides or ()
    ]


WIRE: dict[str, Any] = {
    "targets": ("function", "queue", "topic", "bus"),
    "settings": Arrow,
    "fields": "the object's `key`",
    "pattern": True,
    "merges": False,
    "lower": deliver,
    "way": "send the events to a bus, and from there on",
}


def names_folder(pattern: str, span: Span, report: Report) -> bool:
    """Whether a pattern names a folder instead of what is in it; reports it if so."""
    if pattern.endswith("/"):
        report.error("IFC444", f'the pattern "{pattern}" names a folder, not what is in it', span, "no star", f'write `"{pattern}*"`')
        return True
    return False


# --- events over a bus ---


def check_bus_wire(wire: Wire, bus: Resource, report: Report) -> None:
    """Reports a filter that the way to a bus does not have."""
    from ifc.kinds.bus import is_default  # only such an arrow needs these
    from ifc.where.expression import fields

    span = wire.where.span if wire.where else wire.source.span
    if is_default(bus) and (wire.where or wire.pattern):
        test = f'source == "aws.s3" and detail-type == "{DETAIL_TYPES[wire.source.port]}" and detail.object.key …'
        report.error(
            "IFC473",
            f"all events of the bucket go to `{bus.name}`, the account's own bus",
            span,
            "no filter on this way",
            f"filter what leaves the bus: `{bus.name} where {test} -> …`",
        )
        return
    if wire.pattern is not None and names_folder(wire.pattern, wire.source.span, report):
        return
    for field in fields(wire.where) if wire.where else ():
        path = rooted(field.path)
        if path == KEY and wire.pattern is not None:
            report.error(
                "IFC472",
                f'the pattern "{wire.pattern}" and this test both select keys, and a bus tests a field once',
                field.span,
                "the second one",
                'say it in one pattern, such as `"img/*.jpg"`, or in one test',
            )
            return
        if path[0] != "detail" or path[1:2] == ("bucket",):
            report.error(
                "IFC436",
                f"an event of a bucket has no field `{field.span.text}` to test",
                field.span,
                "unknown field",
                "write `key`, `size` or another field of the event's `detail`",
            )
            return


def rooted(path: tuple[str, ...]) -> tuple[str, ...]:
    """Where the event on a bus has a field of the object."""
    return ("detail", "object", *path) if path[0] in OBJECT_FIELDS else path


def rooted_expr(expr: tree.Expr) -> tree.Expr:
    """A filter with its fields where the event on a bus has them."""
    if isinstance(expr, tree.And | tree.Or):
        return evolve(expr, operands=tuple(rooted_expr(o) for o in expr.operands))
    if isinstance(expr, tree.Not):
        return evolve(expr, operand=rooted_expr(expr.operand))
    return evolve(expr, field=evolve(expr.field, path=rooted(expr.field.path)))


def forward(bucket: Resource, wires: Sequence[Wire], lowering: Lowering) -> None:
    """`Bucket.created -> Bus`: S3 tells the account's own bus, and a rule there sends on what the arrows select."""
    from ifc.kinds.bus import is_default, role  # only such an arrow needs it

    groups: dict[tuple[str, str], list[Wire]] = {}
    for wire in wires:
        groups.setdefault((wire.source.port, wire.target.resource), []).append(wire)
    for (port, name), group in sorted(groups.items()):
        bus = lowering.app.resources[name]
        pattern = None if is_default(bus) else event_pattern(bucket, port, group, lowering)
        if pattern is None:
            continue
        id = f"{bucket.base_name}{capital(port)}To{capital(bus.base_name)}"
        overlaid = {overlay.part: wire for wire in reversed(group) for overlay in wire.overlays}
        lowering.add(
            events.Rule(
                id=id,
                description=described(group[0].description),
                pattern=pattern,
                target=bus.base_name[:64],
                endpoint=bus.attribute("arn", lowering),
                role=role(f"{id}Role", bus, overlaid.get("role", group[0]), lowering),
            ),
            name,
            wire=overlaid.get("", group[0]),
        )


def event_pattern(bucket: Resource, port: str, wires: Sequence[Wire], lowering: Lowering) -> dict[str, Any] | None:
    """The pattern of the events that one of the arrows selects; None after an error."""
    detail: dict[str, Any] = {"bucket": {"name": [lowering.attribute(bucket.name, "name")]}}
    if port == "removed":
        detail["reason"] = ["DeleteObject"]  # not what a lifecycle rule removed, as on every other arrow
    pattern = {"source": ["aws.s3"], "detail-type": [DETAIL_TYPES[port]], "detail": detail}
    found = [selected(wire, lowering) for wire in wires]
    if any(f is None for f in found):
        return None
    if {} in found:
        return pattern
    one = found[0] if not found[1:] else {"$or": found}
    made: dict[str, Any] = laid_over(pattern, one)
    return made


def selected(wire: Wire, lowering: Lowering) -> dict[str, Any] | None:
    """What an arrow's pattern and filter ask of an event; None after an error."""
    found: dict[str, Any] | None = {}
    if wire.where is not None:
        from ifc.where import eventbridge  # only a filter needs it

        found = eventbridge.pattern(rooted_expr(wire.where), lowering.literal_of(wire), lowering.report)
    if found is None or wire.pattern is None or not wire.pattern.strip("*"):
        return found
    made: dict[str, Any] = laid_over(found, {"detail": {"object": {"key": [key_test(wire.pattern)]}}})
    return made


def key_test(pattern: str) -> Any:
    """A pattern for keys as EventBridge writes it."""
    pattern = re.sub(r"\*+", "*", pattern)
    begin, star, end = pattern.partition("*")
    if not star:
        return pattern
    if not end:
        return {"prefix": begin}
    if not begin and "*" not in end:
        return {"suffix": end}
    return {"wildcard": pattern.replace("\\", "\\\\")}


# --- the kind ---


@settings
class Bucket(Resource):
    kind = "bucket"
    doc = "files, found by key (S3)"
    example = "bucket Uploads { lifecycle { expire after 30d } }"
    rank = 20
    attributes = {"name": "physical name", "arn": "ARN", "domain": "host name of its HTTPS address", "website-url": "URL of its website"}
    address = ("BUCKET", "name")
    arn_shape = ("s3", "")
    verbs = {
        "reads": (Access(actions=("s3:GetObject",), suffix="/*"), Access(actions=("s3:ListBucket",))),
        "writes": (Access(actions=("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject"), suffix="/*"),),
        "puts": (Access(actions=("s3:PutObject",), suffix="/*"),),
        "deletes": (Access(actions=("s3:DeleteObject",), suffix="/*"),),
    }
    ports = {
        "created": Port(doc="objects that were put, replaced ones too", **WIRE),
        "removed": Port(doc="objects that were deleted (what a lifecycle rule removes is none of them)", **WIRE),
    }
    extern_settings = ("encryption",)
    parts = ("policy",)
    stateful = True
    # S3 user guide, Amazon S3 metrics and dimensions: the storage metrics, which S3 counts once a day
    namespace = "AWS/S3"
    dimension = "BucketName"
    metrics = {
        "objects": Metric(
            doc="objects, counted once a day",
            name="NumberOfObjects",
            statistic="Maximum",
            dimensions={"StorageType": "AllStorageTypes"},
            shortest=86_400,
        ),
        "size": Metric(
            doc="bytes in the standard class, counted once a day",
            name="BucketSizeBytes",
            unit=BYTES,
            statistic="Maximum",
            dimensions={"StorageType": "StandardStorage"},
            shortest=86_400,
        ),
    }

    physical: Value = setting(
        String("a name in quotes", NAME),
        word="name",
        doc="its physical name",
        derived="the prefix, the declared name, the account and the region",
    )
    versioning: bool | None = setting(
        Flag(), doc="replaced and deleted objects are kept as versions; once on, it can only be paused", derived="off"
    )
    lifecycle: tuple[Lifecycle, ...] = setting(
        Rules(Form(Lifecycle, "a block, perhaps after the beginning of keys")), (), doc="when objects are removed or go to colder storage"
    )
    cors: Cors | None = setting(Form(Cors, "a block", flag=True), doc="what pages of other origins may do")
    public: Public | None = setting(Openness(), doc="who may read objects without credentials", derived="off")
    website: Website | None = setting(
        Form(Website, '`index "…"` and `error "…"`', flag=True), doc="it answers HTTP as a website; `public` says whom"
    )
    encryption: Value = setting(
        Encryption(), True, doc="`on`: S3's own keys; `kms`: the account's key for S3; or the ARN of a customer key"
    )
    tls: bool | None = setting(
        Flag(),
        doc="requests without TLS are denied",
        derived="on; off for a website, which speaks HTTP only, and beside a policy that is a raw `resource`",
    )
    account_namespace: bool = setting(Flag(), False, doc="its name is reserved for the account; that takes 3 characters of the name")
    keep: bool | None = setting(
        Flag(),
        doc="it stays when it leaves the app; in Terraform, no plan removes it while it is declared",
        derived="`keep` of the app, which is on",
    )

    @property
    def customer_key(self) -> Value:
        """The customer key's ARN, or None."""
        return None if self.encryption in (True, "kms") else self.encryption

    def key_actions(self, verb: str) -> tuple[str, ...]:
        # Decrypt is for uploads in parts (S3 user guide, Using server-side encryption with AWS KMS keys).
        return {"reads": ("kms:Decrypt",), "deletes": ()}.get(verb, ("kms:Decrypt", "kms:GenerateDataKey"))

    def access(self, grant: Grant) -> tuple[Access, ...]:
        found = super().access(grant)
        if grant.pattern is None:
            return found
        pattern = re.sub(
            r"[?$]", r"${\g<0>}", grant.pattern
        )  # IAM's own wildcard and the sign of its variables (IAM user guide, Policy variables)
        return tuple(evolve(a, suffix=f"/{pattern}") if a.suffix else evolve(a, condition=listing(pattern)) for a in found)

    # --- the model ---

    def complete(self, app: App, context: Context) -> Resource:
        report = context.report
        for wire in app.wires_from(self.name):
            self.check_wire(wire, app, report)
        for grant in app.grants:
            if grant.resource == self.name and grant.pattern is not None:
                names_folder(grant.pattern, grant.span, report)
        if self.extern:
            return self
        policy = any(True for _ in self.raw_policies(app))
        tls = self.tls if isinstance(self.tls, bool) else not (self.website or policy)
        done = evolve(
            self,
            physical=self.physical or None,
            public=self.public or None,
            tls=tls,
            keep=self.keep if isinstance(self.keep, bool) else app.keep,
            versioning=self.versioning if isinstance(self.versioning, bool) else None,
        )
        done.check_name(app, report)
        done.check_settings(app, report)
        return done

    def check_wire(self, wire: Wire, app: App, report: Report) -> None:
        """Reports an arrow that S3 has no way for."""
        target = app.resources[wire.target.resource]
        if self.extern:
            name = self.extern.name if isinstance(self.extern.name, str) else "…"
            test = f'source == "aws.s3" and detail-type == "{DETAIL_TYPES[wire.source.port]}" and detail.bucket.name == "{name}"'
            report.error(
                "IFC471",
                f"the notifications of the extern bucket `{self.name}` are its owner's",
                wire.source.span,
                "exists already",
                "writing them here would replace the owner's; switch EventBridge on for the bucket, and write "
                f"`aws where {test} -> {target.name}`",
            )
        elif is_fifo(target):
            report.error(
                "IFC470",
                f"S3 sends nothing to a FIFO {target.kind}, and `{target.name}` is one",
                wire.target.span,
                "is FIFO",
                f"let the arrow lead to a standard {target.kind}, or to a function that sends on",
            )
        elif target.kind == "bus":
            check_bus_wire(wire, target, report)

    def raw_policies(self, app: App) -> Iterator[Resource]:
        """The raw resources that are a policy of this bucket."""
        for raw in app.of_kind("resource"):
            if getattr(raw, "type", "") == "AWS::S3::BucketPolicy":
                for overlay in raw.declared.overlays:
                    if any(isinstance(leaf, Ref) and leaf.resource == self.name for leaf in leaves(overlay.content.get("Bucket"))):
                        yield raw

    def check_name(self, app: App, report: Report) -> None:
        """Reports a name that S3 refuses."""
        if self.physical is None:
            made = f"{app.prefix}-{kebab(self.base_name)}"
            room = ROOM - (len(NAMESPACE) if self.account_namespace else 0)
            if len(made) > room:
                report.error(
                    "IFC340",
                    f"`{made}` is {len(made)} characters long, and account and region leave a bucket's name {room}",
                    self.declared.span,
                    "too long",
                    'call the bucket something shorter, or write `app { prefix "…" }`',
                )
            return
        if self.account_namespace:
            place = self.place("account_namespace")
            report.error(
                "IFC342",
                f"in the account's namespace names are made, and `{self.name}` has one of its own",
                place,
                "beside a `name`",
                "leave out one of the two",
            )
        length = text_length(self.physical, len(app.prefix))
        reference = next((leaf for leaf in leaves(self.physical) if isinstance(leaf, Ref)), None)
        if reference is not None:
            what = f"{reference.resource}.{reference.attribute}"
            report.error(
                "IFC311",
                f"roles and permissions write a bucket's name out, and `{what}` is known only at deployment",
                self.place("physical"),
                "not known now",
                "make the name of text and params",
            )
        elif isinstance(self.physical, Joined) and any(isinstance(p, str) and re.search(r"[^a-z0-9.-]", p) for p in self.physical.parts):
            report.error(
                "IFC309", f"`{short(self.place('physical'))}` does not become {NAME.said}", self.place("physical"), "not allowed", None
            )
        elif length is not None and length > LONGEST:
            report.error(
                "IFC340",
                f"a bucket's name has at most {LONGEST} characters, and this one becomes {length} long",
                self.place("physical"),
                "too long",
                None,
            )

    def check_settings(self, app: App, report: Report) -> None:
        """Reports settings that take each other's effect away."""
        raw = next(self.raw_policies(app), None)
        if raw is not None and (self.tls or self.public):
            place = self.place("public" if self.public else "tls")
            report.error(
                "IFC342",
                f"a bucket has one policy, and `{raw.name}` is another one of `{self.name}`",
                place,
                "makes a policy too",
                "put what that one says into `cfn policy { … }` of the bucket",
                [Label(raw.declared.span, "the other one")],
            )
        if self.tls and self.website:
            report.error(
                "IFC342",
                f"the website of `{self.name}` could answer nobody: it speaks HTTP only",
                self.place("tls"),
                "HTTP is denied",
                "leave `tls` out, or put a CDN in front of the bucket instead of `website`",
            )
        if self.website and not self.public and raw is None:
            report.warning(
                "IFC342",
                f"nobody may read the website of `{self.name}`",
                self.place("website"),
                "not public",
                'say who may: `public read`, or `public from "203.0.113.0/24"`',
            )
        if self.public and self.encryption is not True:
            report.warning(
                "IFC342",
                f"nobody can read the objects of `{self.name}` without credentials: KMS asks for them",
                self.place("encryption"),
                "with `public`",
                "leave `encryption` out: S3 encrypts with its own keys",
            )
        if not self.versioning and any(rule.noncurrent for rule in self.lifecycle):
            report.warning(
                "IFC342",
                f"`{self.name}` has no old versions for `noncurrent` to hold for",
                self.place("lifecycle"),
                "without `versioning`",
                "add `versioning`, or leave `noncurrent` out",
            )

    # --- the plan ---

    def made_name(self) -> Value:
        """The name made from the prefix: explicit from the first day, since roles and permissions write it out."""
        return joined(
            PREFIX, "-", kebab(self.base_name), "-", Pseudo("account"), "-", Pseudo("region"), NAMESPACE if self.account_namespace else ""
        )

    def attribute(self, name: str, lowering: Lowering) -> Value:
        if name == "website-url" and (self.extern or not self.website):
            report_url(
                self, "it has no `website`" if not self.extern else "whether it has a website is not known", "add `website`", lowering
            )
            return ""
        if self.extern and name == "domain":
            return self.host(self.attribute("name", lowering))
        return Attr(self.id, name) if name == "website-url" else super().attribute(name, lowering)

    def literal(self, name: str, lowering: Lowering) -> Value:
        # The bucket waits for the permissions of the functions it calls (AWS::S3::Bucket, NotificationConfiguration), so
        # neither their roles nor their environments may wait for the bucket: its names are written out.
        if self.extern:
            return self.attribute(name, lowering)
        if name == "website-url":
            if any(lowering.app.resources[w.target.resource].kind == "function" for w in lowering.app.wires_from(self.name)):
                report_url(
                    self, "the bucket waits for the functions that it calls", "give the function the parts of the URL as text", lowering
                )
            return self.attribute(name, lowering)
        physical = self.made_name() if self.physical is None else lowering.literal(self.physical)
        return {"name": physical, "arn": self.arn_of(physical), "domain": self.host(physical)}[name]

    def dimensions(self, part: str, lowering: Lowering) -> dict[str, Value]:
        # The bucket waits for the aliases that it calls, and their deployments for the alarms that guard them.
        return {self.dimension: self.literal("name", lowering)}

    def host(self, physical: Value) -> Value:
        """The host name of a bucket in its region (S3 user guide, Virtual hosting of general purpose buckets)."""
        return joined(physical, ".s3.", Pseudo("region"), ".", Pseudo("suffix"))

    def lower(self, lowering: Lowering) -> None:
        found = lowering.notifications.get(self.name, ())
        notes = tuple(n for n in found if isinstance(n, s3.Notification))
        forwarded = [w for w in found if isinstance(w, Wire)]
        check_overlaps(self.name, notes, lowering.report)
        name, website = self.made_name() if self.physical is None else lowering.value(self.physical), self.website
        lowering.add(
            s3.Bucket(
                id=self.id,
                after=self.waits_for(notes, lowering),
                name=name,
                account_namespace=self.account_namespace,
                kms=self.encryption is not True,
                key=lowering.value(self.customer_key),
                # By addresses only a policy is not public in S3's eyes, so even then everything public stays blocked.
                public=self.public is not None and not self.public.sources,
                versioning=self.versioning,
                rules=tuple(planned_rule(rule) for rule in self.lifecycle),
                cors=self.planned_cors(lowering),
                index=lowering.value(website.index) if website else None,
                error=lowering.value(website.error) if website else None,
                notifications=notes,
                events=bool(forwarded),
                keep=bool(self.keep),
                tags=self.tags,
            ),
            self.name,
        )
        self.lower_policy(lowering)
        if forwarded:
            forward(self, forwarded, lowering)

    def waits_for(self, notes: Sequence[s3.Notification], lowering: Lowering) -> tuple[str, ...]:
        """The ids of what lets S3 deliver: it must be there before the bucket, since S3 tries it when it is told where to."""
        if not notes:
            return ()
        arn = self.literal("arn", lowering)
        permissions = {p.resource.id for p in lowering.placed if isinstance(p.resource, awslambda.Permission) and p.resource.source == arn}
        targets = (lowering.app.resources[n.to] for n in notes)
        policies = {f"{t.id}Policy" for t in targets if t.kind != "function" and t.extern is None}
        return tuple(sorted(permissions | policies))

    def planned_cors(self, lowering: Lowering) -> s3.Cors | None:
        cors = self.cors
        if not cors:
            return None
        origins, headers, expose = (tuple(lowering.value(v) for v in values) for values in (cors.origins, cors.headers, cors.expose))
        return s3.Cors(origins=origins, methods=cors.methods, headers=headers, expose=expose, max_age=cors.max_age)

    def lower_policy(self, lowering: Lowering) -> None:
        arn = Attr(self.id, "arn")
        statements = []
        if self.public:
            sources = [lowering.value(s) for s in self.public.sources]
            narrowed = {"IpAddress": {"aws:SourceIp": sources if sources[1:] else sources[0]}} if sources else None
            statements.append(
                Statement(
                    sid="PublicRead",
                    actions=("s3:GetObject",),
                    resources=(joined(arn, "/*"),),
                    principal=ALL,
                    condition=narrowed,
                    why=(self.place("public"),),
                )
            )
        if self.tls:
            statements.append(
                Statement(
                    sid="TlsOnly",
                    effect="Deny",
                    actions=("s3:*",),
                    resources=(arn, joined(arn, "/*")),
                    principal=ALL,
                    condition={"Bool": {"aws:SecureTransport": "false"}},
                    why=(self.declared.span,),
                )
            )
        if statements:
            lowering.add(
                s3.BucketPolicy(id=f"{self.id}Policy", bucket=Attr(self.id, "name"), statements=tuple(statements)), self.name, "policy"
            )


def listing(pattern: str) -> dict[str, dict[str, Value]] | None:
    """The condition that limits listing to the keys of a pattern, as far as they begin alike."""
    begin, star, _ = pattern.partition("*")
    return {"StringLike": {"s3:prefix": begin + star}} if begin else None


def report_url(bucket: Bucket, why: str, help: str, lowering: Lowering) -> None:
    """Reports that a `website-url` can't be given."""
    lowering.report.error("IFC343", f"`{bucket.name}.website-url` can't be given here: {why}", bucket.declared.span, "this bucket", help)


def planned_rule(rule: Lifecycle) -> s3.Rule:
    """A lifecycle rule of the plan."""
    old = rule.noncurrent
    return s3.Rule(
        prefix=rule.prefix,
        expire=rule.expire.after if rule.expire else None,
        steps=steps(rule.to),
        abort_uploads=rule.abort_uploads.after if rule.abort_uploads else None,
        expire_old=old.after if old else None,
        keep_old=old.keep if old else None,
        old_steps=steps(old.to) if old else (),
    )


def steps(moves: tuple[Move, ...]) -> tuple[s3.Step, ...]:
    """The moves from warm to cold."""
    return tuple(s3.Step(storage=m.storage, days=m.after) for m in sorted(moves, key=lambda m: (STORAGE[m.storage], m.storage)))


def check_overlaps(bucket: str, notes: Sequence[s3.Notification], report: Report) -> None:
    """Reports two filters for one event that a key might both pass: S3 refuses them (S3 user guide, key name filtering)."""
    if not notes[1:]:
        return
    from ifc.where.s3 import overlap

    ordered = sorted(notes, key=lambda n: n.span.sort_key())
    for at, other in enumerate(ordered):
        for one in ordered[:at]:
            if one.span is not other.span and one.event == other.event and overlap((one.prefix, one.suffix), (other.prefix, other.suffix)):
                help = "let them select keys that begin or end differently, or send the events to a bus and filter there"
                if one.to != other.to:
                    help = "send the events to a topic, and from there to both; or select keys that begin or end differently"
                report.error(
                    "IFC443",
                    f"one key may match two arrows from `{bucket}.{one.event}`, and S3 refuses such filters",
                    other.span,
                    "and here",
                    help,
                    [Label(one.span, "it may go here")],
                )
                break
