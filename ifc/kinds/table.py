"""table: items found by key (DynamoDB)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ifc.aws import dynamodb
from ifc.diagnostics import Label, Report, near
from ifc.encryption import customer_key, encryption
from ifc.model.app import Access, App, Context, Grant, Port, Resource, Wire
from ifc.model.metrics import Metric
from ifc.model.scope import INVALID, Invalid, Scope, short
from ifc.model.settings import Form, Repeated, is_single, setting, settings
from ifc.model.types import Choice, Entry, Flag, Pattern, String, Type, Whole
from ifc.plan import Lowering, capital
from ifc.polling import Arrow, check_arrows, poll
from ifc.records import evolve, record
from ifc.source import Span
from ifc.syntax import tree
from ifc.values import Value

TYPES = {"string": "S", "number": "N", "binary": "B"}
WORDS = {type: word for word, type in TYPES.items()}
OTHER_WORDS = {
    "s": "string",
    "str": "string",
    "text": "string",
    "n": "number",
    "int": "number",
    "integer": "number",
    "float": "number",
    "b": "binary",
    "bytes": "binary",
    "blob": "binary",
}
NAME = Pattern(r"[A-Za-z0-9_.-]{3,255}", "a table's name (3 to 255 letters, digits, `_`, `.` and `-`)")
INDEX_NAME = Pattern(r"[A-Za-z0-9_.-]{3,255}", "an index's name (3 to 255 letters, digits, `_`, `.` and `-`)")
# DynamoDB developer guide, Quotas in Amazon DynamoDB
MOST_INDEXES, MOST_LOCAL, MOST_PROJECTED, MOST_NAME = 20, 5, 100, 255
READERS = 2  # Lambda developer guide, Using AWS Lambda with Amazon DynamoDB: functions that read one shard without throttling


@record
class KeyAttribute:
    """An attribute of a key, with its type ("S", "N" or "B")."""

    name: str
    type: str
    span: Span


@record
class Named:
    """A name and where it stands."""

    text: str
    span: Span


class Key(Type):
    """`id: string, at: number`: the attribute that items are found by, and perhaps one that sorts them."""

    expects = "an attribute with its type such as `id: string`"

    def __init__(self, most: int, why: str) -> None:
        self.most, self.why = most, why

    def read_args(self, args: tuple[tree.Args, ...], entry: Entry, scope: Scope) -> Value | Invalid:
        if not args:
            scope.report.error("IFC304", "`key` needs a value", entry.word.span, "no value", f"it takes {self.expects}")
            return INVALID
        if len(args) > 1:
            scope.report.error(
                "IFC305",
                f"`{short(args[1][0].span)}` is not expected after the key",
                args[1][0].span,
                "not expected",
                "join the attributes of a key with `,`",
            )
            return INVALID
        found = [self.read(node, scope) for node in args[0]]
        if any(isinstance(a, Invalid) for a in found):
            return INVALID
        if len(found) > self.most:
            scope.report.error(
                "IFC321",
                f"this key has more than {'one attribute' if self.most == 1 else 'two attributes'}",
                found[self.most].span,
                "one too many",
                self.why,
            )
            return INVALID
        if len(found) == 2 and found[0].name == found[1].name:
            scope.report.error(
                "IFC321", f"`{found[1].name}` stands twice in one key", found[1].span, "again", "name another attribute to sort by"
            )
            return INVALID
        return tuple(found)

    def read(self, node: tree.Value, scope: Scope) -> Any:
        if not isinstance(node, tree.Pair):
            return self.wrong(node, scope, f"write `{node.text}: string`" if isinstance(node, tree.Word) else None)
        if node.word not in TYPES:
            close = OTHER_WORDS.get(node.word.lower()) or near(node.word, TYPES)
            scope.report.error(
                "IFC303",
                f"`{node.word}` is not a type of keys: `string`, `number` or `binary`",
                node.span,
                "unknown type",
                f"write `{node.name}: {close}`" if close else None,
            )
            return INVALID
        if not 1 <= len(node.name.encode()) <= MOST_NAME:
            scope.report.error("IFC309", f"the name of a key attribute has 1 to {MOST_NAME} bytes", node.span, "not allowed", None)
            return INVALID
        return KeyAttribute(node.name, TYPES[node.word], node.span)


class Attribute(Type):
    """The name of an attribute of the items."""

    expects = "an attribute's name"

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        if isinstance(node, tree.Word) and "." in node.text:
            return self.wrong(node, scope, "only attributes at the top of an item can be named; a name with a dot in it stands in quotes")
        name = node.text if isinstance(node, tree.Word) else node.plain if isinstance(node, tree.Text) else None
        return name if name and len(name.encode()) <= MOST_NAME else self.wrong(node, scope)


class IndexName(Type):
    """The name of an index."""

    expects = "an index's name"

    def read(self, node: tree.Value, scope: Scope) -> Any:
        name = node.text if isinstance(node, tree.Word) else node.plain if isinstance(node, tree.Text) else None
        if name is None:
            return self.wrong(node, scope)
        if not INDEX_NAME.fits(name):
            scope.report.error("IFC309", f"`{name}` is not {INDEX_NAME.said}", node.span, "not allowed", None)
            return INVALID
        return Named(name, node.span)


class Projection(Type):
    """`all`, `keys`, or some attributes."""

    expects = "`all`, `keys` or attributes joined by commas"

    def read_args(self, args: tuple[tree.Args, ...], entry: Entry, scope: Scope) -> Value | Invalid:
        if len(args) != 1:
            place = args[1][0].span if args else entry.word.span
            scope.report.error(
                "IFC305" if args else "IFC304",
                f"`{entry.word.text}` takes one list of attributes",
                place,
                "not expected" if args else "no value",
                f"it takes {self.expects}",
            )
            return INVALID
        if is_single(entry, "all", "keys"):
            return args[0][0].span.text
        names = [Attribute().read(node, scope) for node in args[0]]
        return INVALID if any(isinstance(n, Invalid) for n in names) else tuple(dict.fromkeys(names))


@settings
class Billing:
    """`billing on-demand`, or `billing provisioned read N write N`."""

    mode: str = setting(Choice("on-demand", "provisioned"), "on-demand", positional=True, doc="by request, or by capacity")
    read: Value = setting(
        Whole(1, 1_000_000, param=True), inline=True, doc="reads a second (units of 4 KB), of the table and of each index"
    )
    write: Value = setting(
        Whole(1, 1_000_000, param=True), inline=True, doc="writes a second (units of 1 KB), of the table and of each index"
    )


class BillingType(Form[Billing]):
    """`on-demand`, or `provisioned read N write N`; `on-demand` takes back numbers of lower layers."""

    def fold(self, entries: Sequence[Entry], scope: Scope) -> Value | Invalid:
        if is_single(entries[-1], "on-demand"):
            entries = entries[-1:]
        found = super().fold(entries, scope)
        if not isinstance(found, Billing):
            return found
        place = entries[-1].values_span
        if found.mode == "provisioned" and (found.read is None or found.write is None):
            missing = " and ".join(f"`{w}`" for w, v in (("read", found.read), ("write", found.write)) if v is None)
            scope.report.error(
                "IFC325", f"provisioned billing needs {missing}", place, f"no {missing}", "write `billing provisioned read 5 write 5`"
            )
            return INVALID
        if found.mode == "on-demand" and (found.read is not None or found.write is not None):
            scope.report.error(
                "IFC325",
                "on-demand billing takes no capacity",
                place,
                "a capacity without `provisioned`",
                "write `billing provisioned read N write N`, or leave the numbers out",
            )
            return INVALID
        return found


@settings
class Index:
    """`index Name { key a: string, b: number; project }`, or a local index with the attribute it sorts by."""

    label: Named = setting(IndexName(), positional=True, needed=True, word="name", doc="its name")
    key: tuple[KeyAttribute, ...] = setting(
        Key(2, "a key has one attribute, and perhaps one to sort by"), needed=True, doc="its key attributes"
    )
    project: str | tuple[str, ...] = setting(
        Projection(), "all", doc="what can be read from it: all attributes, the keys, or also those named"
    )

    @property
    def name(self) -> str:
        """Its name."""
        return self.label.text


@settings
class LocalIndex(Index):
    """`local-index Name { key sort: number; project }`: the table's first key attribute, sorted by another one."""

    key: tuple[KeyAttribute, ...] = setting(
        Key(1, "a local index begins with the table's first key attribute: name only the one to sort by"),
        needed=True,
        doc="the attribute it sorts by",
    )


def to_function(wire: Wire, lowering: Lowering) -> None:
    """`Table.stream -> f` and `Table.expired -> f`: a poller of the table's stream, and the right to read it."""
    table, target = lowering.app.resources[wire.source.resource], lowering.app.resources[wire.target.resource]
    if not isinstance(table, Table):
        raise TypeError(f"{table.name} is no table")
    wires = [wire]
    twin = table.twin(wire, lowering.app)
    if twin is not None:
        # Lambda takes one mapping of a stream for a function, so the arrow from `stream` carries what the other one wants.
        if wire.source.port == "expired":
            for overlay in wire.overlays:
                overlay.used.append(True)
            return
        wires.append(twin)
    id = f"{table.base_name}{capital(wire.source.port)}To{capital(target.base_name)}"
    # `ListStreams` has no resource-level permission, but the mappings of other tools get along with it here.
    actions = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams")
    poll(wire, id, table.attribute("stream-arn", lowering), actions, patterns(table, wires, lowering), lowering)


def patterns(table: Table, wires: list[Wire], lowering: Lowering) -> list[dict[str, Any]]:
    """The filter of the mapping that carries some arrows: what one of them lets through; none where one lets all through."""
    if all(w.where is None and w.source.port == "stream" for w in wires):
        return []
    from ifc.where import lambda_filter, table_stream  # only a filter needs them

    found: list[list[dict[str, Any]]] = []
    for wire in wires:
        view, expired = table.stream or "new-and-old", wire.source.port == "expired"
        found.append(table_stream.patterns(wire.where, table.types, expired, view, lowering.literal_of(wire), lowering.report) or [])
    if not all(found):
        return []
    together = [pattern for one in found for pattern in one]
    most = lambda_filter.MOST_PATTERNS
    if len(together) > most:
        first, second = sorted(wires, key=lambda w: w.span.sort_key())
        lowering.report.error(
            "IFC450",
            f"the filters of these two arrows make {len(together)} patterns, and one mapping takes {most}",
            second.span,
            "the second",
            "test fewer cases, or give one a function of its own",
            [Label(first.span, "the first")],
        )
    return together


def port(doc: str) -> Port:
    """A port of a table's stream."""
    return Port(
        doc=doc,
        targets=("function",),
        later=("queue", "topic", "stream", "bus"),
        settings=Arrow,
        fields="`eventName`, and attributes as `new.x`, `old.x` or `keys.x`",
        lower=to_function,
        way="put a function between that sends on what it receives",
    )


@settings
class Table(Resource):
    kind = "table"
    doc = "items found by key (DynamoDB)"
    example = "table Orders { key id: string; stream new-and-old }"
    rank = 10
    attributes = {"name": "physical name", "arn": "ARN", "stream-arn": "ARN of its stream, with `stream`"}
    address = ("TABLE", "name")
    arn_shape = ("dynamodb", "table/")
    # DynamoDB developer guide, DynamoDB metrics and dimensions: those that a table has without an operation
    namespace = "AWS/DynamoDB"
    dimension = "TableName"
    metrics = {
        "read-throttles": Metric(doc="reads refused for want of capacity", name="ReadThrottleEvents"),
        "write-throttles": Metric(doc="writes refused for want of capacity", name="WriteThrottleEvents"),
        "reads": Metric(doc="read units consumed", name="ConsumedReadCapacityUnits"),
        "writes": Metric(doc="write units consumed", name="ConsumedWriteCapacityUnits"),
    }
    verbs = {
        "reads": (
            Access(actions=("dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan")),
        ),
        "writes": (Access(actions=("dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem")),),
        "puts": (Access(actions=("dynamodb:PutItem",)),),
        "deletes": (Access(actions=("dynamodb:DeleteItem",)),),
    }
    ports = {
        "stream": port("changes of its items"),
        "expired": port("items that its time to live has deleted"),
    }
    extern_settings = ("key", "index", "local-index", "stream", "stream-arn", "encryption")
    stateful = True

    physical: Value = setting(String(pattern=NAME), word="name", doc="its physical name", derived="chosen at deployment")
    key: tuple[KeyAttribute, ...] = setting(
        Key(2, "a key has one attribute, and perhaps one to sort by"),
        (),
        needed=True,
        doc="the attribute that items are found by, and perhaps one that sorts them",
    )
    index: tuple[Index, ...] = setting(Repeated(Form(Index, "a name, and a block with its `key`")), (), doc="another key to find items by")
    local_index: tuple[LocalIndex, ...] = setting(
        Repeated(Form(LocalIndex, "a name, and a block with its `key`")), (), doc="another attribute to sort by; can't be changed later"
    )
    ttl: str | None = setting(Attribute(), doc="the attribute that tells when an item expires, in seconds since 1970")
    stream: str | None = setting(
        Choice("new", "old", "new-and-old", "keys"), doc="a stream of its changes, and what it tells of a changed item"
    )
    stream_arn: Value = setting(String("the ARN of a stream"), doc="of an extern table: the ARN of its stream")
    billing: Billing | None = setting(
        BillingType(Billing, "`on-demand` or `provisioned read N write N`"), doc="by request, or by capacity", derived="on-demand"
    )
    backup: bool = setting(Flag(), True, doc="it can be brought back to any second of the last 35 days")
    encryption: Value = setting(
        encryption("on", "off", "kms"), True, doc="`on`: DynamoDB's own key; `kms`: the account's; or the ARN of a customer key"
    )
    keep: bool | None = setting(
        Flag(),
        doc="it stays when it leaves the app; in Terraform, no plan removes it while it is declared",
        derived="`keep` of the app, which is on",
    )

    @property
    def customer_key(self) -> Value:
        """The customer key's ARN, or None."""
        return customer_key(self.encryption)

    @property
    def indexes(self) -> tuple[Index, ...]:
        """Its indexes, local ones too."""
        return (*self.index, *self.local_index)

    @property
    def key_attributes(self) -> Iterator[KeyAttribute]:
        """The attributes of all its keys, as they stand in the source; one may come several times."""
        found = [*self.key, *(a for i in self.indexes for a in i.key)]
        return iter(sorted(found, key=lambda a: a.span.sort_key()))

    @property
    def types(self) -> Mapping[str, str]:
        """The types of the key attributes, by name."""
        return {a.name: a.type for a in self.key_attributes}

    def key_actions(self, verb: str) -> tuple[str, ...]:
        # DynamoDB developer guide, DynamoDB encryption at rest: Using KMS keys
        read = ("kms:Decrypt", "kms:DescribeKey")
        return read if verb == "reads" else (*read, "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")

    def access(self, grant: Grant) -> tuple[Access, ...]:
        found = super().access(grant)
        return (*found, *(evolve(a, suffix="/index/*") for a in found)) if grant.verb == "reads" and self.indexes else found

    def twin(self, wire: Wire, app: App) -> Wire | None:
        """The arrow from the other port to the same function, if there is one."""
        other = "expired" if wire.source.port == "stream" else "stream"
        return next((w for w in app.wires_from(self.name, other) if w.target.resource == wire.target.resource), None)

    # --- the model ---

    def complete(self, app: App, context: Context) -> Resource:
        report = context.report
        self.check_types(report)
        if not self.extern:
            self.check_indexes(report)
            self.check_settings(report)
        arrows = sorted(app.wires_from(self.name), key=lambda w: w.span.sort_key())
        if arrows and self.has_stream(arrows[0], report):
            check_arrows(arrows, app, context)
            self.check_readers(arrows, app, report)
        return evolve(self, keep=self.keep if isinstance(self.keep, bool) else app.keep)

    def check_types(self, report: Report) -> None:
        """Reports an attribute that two keys give different types."""
        first: dict[str, KeyAttribute] = {}
        for attribute in self.key_attributes:
            before = first.setdefault(attribute.name, attribute)
            if before.type != attribute.type:
                one, other = WORDS[before.type], WORDS[attribute.type]
                report.error(
                    "IFC320",
                    f"`{attribute.name}` is declared as {one} and as {other}",
                    attribute.span,
                    f"{other} here",
                    "an attribute has one type in all keys of a table: write the same one, or name another attribute",
                    [Label(before.span, f"{one} here")],
                )

    def check_indexes(self, report: Report) -> None:
        """Reports indexes that DynamoDB would not make (API page CreateTable)."""
        seen: dict[str, Named] = {}
        for index in sorted(self.indexes, key=lambda i: i.label.span.sort_key()):
            before = seen.setdefault(index.name, index.label)
            if before is not index.label:
                report.error(
                    "IFC323",
                    f"two indexes of `{self.name}` are called `{index.name}`",
                    index.label.span,
                    "again",
                    "give one of them another name",
                    [Label(before.span, "first here")],
                )
        for indexes, most, what in ((self.index, MOST_INDEXES, "indexes"), (self.local_index, MOST_LOCAL, "local indexes")):
            if len(indexes) > most:
                report.error(
                    "IFC323",
                    f"`{self.name}` has {len(indexes)} {what}, and DynamoDB takes {most}",
                    indexes[most].label.span,
                    "one too many",
                    "find the rarer items by an index that several kinds of items share",
                )
        copied = sum(len(projected(self, i).attributes) for i in self.indexes)
        if copied > MOST_PROJECTED:
            report.error(
                "IFC323",
                f"the indexes of `{self.name}` project {copied} attributes by name, and DynamoDB takes {MOST_PROJECTED}",
                self.indexes[0].label.span,
                "its indexes",
                "write `project all` where most of them are needed",
            )
        for local in self.local_index:
            self.check_local(local, report)

    def check_local(self, local: LocalIndex, report: Report) -> None:
        """Reports a local index that adds nothing to its table, or that the table's key leaves no room for."""
        if len(self.key) == 1 and local is self.local_index[0]:
            report.error(
                "IFC322",
                f"`{self.name}` has a local index, but no second key attribute",
                local.label.span,
                "a local index",
                "add an attribute that sorts the items to the table's `key`, or write `index` with a key of its own",
                [Label(self.key[0].span, "the whole key")],
            )
        elif self.key and local.key[0].name == self.key[0].name:
            report.error(
                "IFC322",
                f"`{local.name}` would sort by `{self.key[0].name}`, which all items of one key share",
                local.key[0].span,
                "the table's first key attribute",
                "name the attribute to sort by",
                [Label(self.key[0].span, "shared")],
            )

    def check_settings(self, report: Report) -> None:
        """Reports settings that DynamoDB would refuse, or that would do nothing."""
        timed = next((a for a in self.key_attributes if a.name == self.ttl and a.type != "N"), None)
        if timed is not None:
            report.error(
                "IFC324",
                f"`{timed.name}` is declared as {WORDS[timed.type]}, so nothing would ever expire",
                self.span_of("ttl"),
                f"of type {WORDS[timed.type]}",
                "time to live wants the seconds since 1970: declare it as number, or name another attribute",
                [Label(timed.span, "declared here")],
            )
        if self.encryption is False:
            report.error(
                "IFC326",
                "a table is always encrypted",
                self.span_of("encryption"),
                "can't be turned off",
                "leave it out: DynamoDB's own key costs nothing",
            )
        if self.stream_arn is not None:
            report.error(
                "IFC327",
                f"`{self.name}` is made here, so the ARN of its stream is not ours to choose",
                self.span_of("stream_arn"),
                "only for an extern table",
                "write `stream new-and-old`, and `extern table` for one that exists already",
            )

    def span_of(self, field: str) -> Span:
        """Where a setting was written."""
        origin = self.origins.get(field)
        return origin.span if origin and origin.span else self.declared.span

    def has_stream(self, arrow: Wire, report: Report) -> bool:
        """Whether arrows can leave; reports if not."""
        if self.extern and self.stream_arn is None:
            report.error(
                "IFC455",
                f"the ARN of the stream of the extern table `{self.name}` must be known",
                arrow.source.span,
                "reads its stream",
                f'write `extern table {self.name} … {{ stream-arn "arn:…" }}`, since it holds a time that can\'t be derived',
                [Label(self.declared.span, "declared here")],
            )
            return False
        if not self.extern and not self.stream:
            report.error(
                "IFC451",
                f"the table `{self.name}` has no stream",
                arrow.source.span,
                "nothing leaves it",
                "write `stream new-and-old` in the table",
                [Label(self.declared.span, "declared here")],
            )
            return False
        return True

    def check_readers(self, arrows: list[Wire], app: App, report: Report) -> None:
        """Reports arrows that read the stream in vain, that can't share a mapping, or that are too many."""
        for wire in arrows:
            if wire.source.port != "expired":
                continue
            if not self.ttl and not self.extern:
                report.error(
                    "IFC452",
                    f"nothing in `{self.name}` ever expires",
                    wire.source.span,
                    "no `ttl`",
                    "write `ttl attribute` in the table, the attribute that tells when an item expires",
                    [Label(self.declared.span, "declared here")],
                )
            twin = self.twin(wire, app)
            if twin is not None and not same_settings(wire, twin):
                first, second = sorted((wire, twin), key=lambda w: w.span.sort_key())
                report.error(
                    "IFC450",
                    f"two arrows from `{self.name}` to `{wire.target.resource}` have different settings",
                    second.span,
                    "the second",
                    "`stream` and `expired` of a table become one event source mapping of a function: give both arrows "
                    "the same settings, or one of them a function of its own",
                    [Label(first.span, "the first")],
                )
        readers = list(dict.fromkeys(w.target.resource for w in arrows))
        if len(readers) > READERS:
            third = next(w for w in arrows if w.target.resource == readers[READERS])
            report.warning(
                "IFC453",
                f"{len(readers)} functions read the stream of `{self.name}`, and more than {READERS} slow each other down",
                third.target.span,
                "the third",
                "let one function read it and publish to a topic what the others need",
            )

    # --- the plan ---

    def attribute(self, name: str, lowering: Lowering) -> Value:
        if name == "stream-arn":
            if self.extern:
                if self.stream_arn is None:
                    lowering.report.error(
                        "IFC455",
                        f"the ARN of the stream of the extern table `{self.name}` is used, but not known",
                        self.declared.span,
                        "no `stream-arn`",
                        'write `stream-arn "arn:…"` into its block',
                    )
                return lowering.value(self.stream_arn)
            if not self.stream:
                lowering.report.error(
                    "IFC451",
                    f"the ARN of the stream of `{self.name}` is used, but the table has no stream",
                    self.declared.span,
                    "no `stream`",
                    "write `stream new-and-old` in the table",
                )
        return super().attribute(name, lowering)

    def lower(self, lowering: Lowering) -> None:
        billing = self.billing or Billing()
        lowering.add(
            dynamodb.Table(
                id=self.id,
                name=lowering.value(self.physical) or None,
                types=self.types,
                key=tuple(a.name for a in self.key),
                indexes=tuple(projected(self, i) for i in self.index),
                local_indexes=tuple(projected(self, i) for i in self.local_index),
                capacity=(lowering.value(billing.read), lowering.value(billing.write)) if billing.mode == "provisioned" else None,
                ttl=self.ttl,
                view=self.stream,
                backup=self.backup,
                managed_key=self.encryption == "kms",
                customer_key=lowering.value(self.customer_key),
                keep=bool(self.keep),
                tags=self.tags,
            ),
            self.name,
        )


def projected(table: Table, index: Index) -> dynamodb.Index:
    """An index for the plan; key attributes are in every index, so DynamoDB wants them not named again."""
    own = tuple(a.name for a in index.key)
    key = (table.key[0].name, *own) if isinstance(index, LocalIndex) and table.key else own
    if isinstance(index.project, str):
        return dynamodb.Index(name=index.name, key=key, projects=index.project)
    known = {*key, *(a.name for a in table.key)}
    attributes = tuple(name for name in index.project if name not in known)
    return dynamodb.Index(name=index.name, key=key, projects="some" if attributes else "keys", attributes=attributes)


def same_settings(one: Wire, other: Wire) -> bool:
    """Whether two arrows say the same about the mapping they become."""
    return vars(one.settings) == vars(other.settings) and [o.content for o in one.overlays] == [o.content for o in other.overlays]
