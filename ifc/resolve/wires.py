"""From arrows to wires: sources, ports, targets, filters and settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from ifc.diagnostics import Label, article, near
from ifc.kinds import load
from ifc.model.app import End, Overlay, Port, Resource, Wire
from ifc.model.scope import Invalid, Scope, one_of, short
from ifc.model.settings import Layers, entry_of, read_fields, settings_of, unknown_setting
from ifc.model.types import WRITTEN, Origin
from ifc.records import evolve
from ifc.resolve import later
from ifc.resolve.declare import TARGETS, read_overlay
from ifc.resolve.files import folder_of
from ifc.resolve.program import METHODS, SCHEDULES, Program
from ifc.syntax import tree
from ifc.values import Value
from ifc.where import expression

PARTS = ("permission", "role")
ADDRESSES = {"mailto:": "email", "https://": "https"}


@attrs.define(eq=False, repr=False)
class Start:
    """One source of an arrow: its end, its port, and the keys it selects."""

    end: End
    port: Port
    kind: str
    pattern: str | None = None


class Wiring:
    """Reads the arrows of a program."""

    def __init__(self, program: Program, resources: Mapping[str, Resource], scope: Scope) -> None:
        self.program, self.resources, self.scope, self.report = program, resources, scope, scope.report
        self.wires: list[Wire] = []

    # --- arrows ---

    def read(self, statement: tree.Wire) -> None:
        """Takes one chain of arrows."""
        starts = list(self.starts(statement))
        if not starts:
            self.unheard(statement)
        for index, hop in enumerate(statement.hops):
            if hop.guard is not None:
                later.guard(hop.guard.span, self.report)
                return
            last = index == len(statement.hops) - 1
            if len(hop.targets) > 1 and not last:
                self.report.error(
                    "IFC406",
                    "an arrow fans out only at its end",
                    hop.targets[1].span,
                    "more than one, and it goes on",
                    "write one arrow for each of them",
                )
                return
            self.hop(starts, hop, statement)
            if not last:
                if isinstance(hop.targets[0], tree.Word) and hop.targets[0].text.partition(".")[0] not in self.scope.symbols:
                    return  # reported as a target already
                starts = list(self.named(hop.targets[0], None, statement.hops[index + 1].targets))

    def unheard(self, statement: tree.Wire) -> None:
        """Looks at the targets of an arrow whose source is wrong: they may be misspelt as well."""
        for node in statement.hops[0].targets:
            if isinstance(node, tree.Word) and node.text.partition(".")[0] not in self.scope.symbols:
                self.scope.unknown(node.text.partition(".")[0], node.span, what="target")

    def hop(self, starts: list[Start], hop: tree.Hop, statement: tree.Wire) -> None:
        scope = self.scope.at(folder_of(statement.span))
        kinds = {s.kind: s.port for s in starts}
        for kind, port in kinds.items():
            if hop.where is not None and port.fields is None:
                self.report.error(
                    "IFC403", f"events of {article(kind)} can't be filtered", hop.where.span, "not possible here", port.no_filter or None
                )
                return
        texts = self.texts(hop.where, scope) if hop.where is not None else {}
        if texts is None:
            return
        for start in starts:
            filled = self.settings(start, hop, scope)
            if filled is None:
                return
            values, origins, overlays = filled
            for node in hop.targets:
                target = self.target(start, node, scope)
                if target is not None:
                    self.wires.append(
                        Wire(
                            source=start.end,
                            target=target,
                            port=start.port,
                            where=hop.where,
                            pattern=start.pattern,
                            texts=texts,
                            settings=values,
                            origins=origins,
                            overlays=overlays,
                            span=start.end.span.to(target.span) if start.end.span.start <= target.span.start else target.span,
                            description=statement.description,
                        )
                    )

    def route(self, api: str, statement: tree.Wire) -> None:
        """Takes a route of an api."""
        cls: Any = load("api")
        scope = self.scope.at(folder_of(statement.span))
        place = cls.read_route(statement.head, scope)
        if place is None:
            return
        hop = statement.hops[0]
        if len(statement.hops) > 1 or len(hop.targets) > 1:
            extra = statement.hops[1].targets[0] if len(statement.hops) > 1 else hop.targets[1]
            self.report.error(
                "IFC406", "a route goes to one function", extra.span, "not expected", "let that function publish or send what others need"
            )
            return
        span = statement.head[0][0].span.to(statement.head[-1][-1].span)
        start = Start(End(resource=api, port=place, span=span), cls.route_port, "route")
        if hop.guard is not None:
            later.guard(hop.guard.span, self.report)
            return
        self.hop([start], hop, statement)

    # --- sources ---

    def starts(self, statement: tree.Wire) -> Iterator[Start]:
        head = statement.head
        first = head[0][0]
        word = first.text if isinstance(first, tree.Word) else ""
        if word in SCHEDULES and len(head[0]) == 1:
            yield from self.schedule(statement)
            return
        if word in METHODS and len(head) > 1:
            self.report.error(
                "IFC209", "a route belongs into an `api` block", statement.span, "outside of an api", "write `api Name { … }` around it"
            )
            return
        pattern = None
        if len(head) == 2 and len(head[1]) == 1 and isinstance(head[1][0], tree.Text):
            pattern = head[1][0]
        elif len(head) > 1:
            self.report.error(
                "IFC407",
                f"`{short(head[1][0].span)}` is not expected before the arrow",
                head[1][0].span,
                "not expected",
                'before an arrow stand names, or a name and keys in quotes: `Files.created "img/*.jpg" -> f`',
            )
            return
        for node in head[0]:
            yield from self.named(node, pattern, statement.hops[0].targets)

    def schedule(self, statement: tree.Wire) -> Iterator[Start]:
        cls: Any = load("schedule")
        span = statement.head[0][0].span.to(statement.head[-1][-1].span)
        found = cls.read_schedule(statement, self.scope.at(folder_of(statement.span)))
        if found is not None:
            yield Start(End(port=statement.head[0][0].span.text, address=found, span=span), cls.port, "schedule")

    def named(self, node: tree.Value, pattern: tree.Text | None, targets: tree.Args) -> Iterator[Start]:
        """The source that a name stands for; reports when events don't leave it to `targets`."""
        if not isinstance(node, tree.Word):
            if isinstance(node, tree.Text) and node.plain and node.plain.startswith(tuple(ADDRESSES)):
                self.report.error(
                    "IFC407",
                    "no events leave an address",
                    node.span,
                    "an address",
                    "end the arrow here; calls from outside come in by the routes of an `api`",
                )
            else:
                self.report.error(
                    "IFC407",
                    f"`{short(node.span)}` is no source of events",
                    node.span,
                    "not a name",
                    "an arrow begins at the name of a declared resource",
                )
            return
        name, _, port = node.text.partition(".")
        symbol = self.scope.symbol(name, node.span, what="source")
        if symbol is None or symbol.kind == "?":
            return
        if symbol.kind in ("param", "resource"):
            self.report.error(
                "IFC407",
                f"no events leave the {symbol.kind} `{name}`",
                node.span,
                f"{article(symbol.kind)}",
                "an arrow begins at a queue, topic, stream or bus, at `Table.stream`, `Bucket.created` or a schedule",
            )
            return
        ports = load(symbol.kind).ports
        if port not in ports:
            self.no_port(node, symbol.kind, name, port, ports, targets)
            return
        if pattern is not None and not ports[port].pattern:
            self.report.error(
                "IFC407",
                f"only a bucket's events are selected by keys, and `{name}` is {article(symbol.kind)}",
                pattern.span,
                "no keys here",
                "use `where` to filter",
            )
            return
        if pattern is not None and pattern.plain is None:
            self.report.error(
                "IFC445", "how a key begins or ends must be known when compiling", pattern.span, "a reference", "write the text itself"
            )
            return
        if name == "aws":
            self.program.symbols["aws"] = symbol
        yield Start(End(resource=name, port=port, span=node.span), ports[port], symbol.kind, pattern.plain if pattern else None)

    def no_port(self, node: tree.Word, kind: str, name: str, port: str, ports: Mapping[str, Port], targets: tree.Args) -> None:
        error = self.report.error
        offered = [f"{name}.{p}" if p else name for p in ports]
        if kind == "function" and not port:
            error(
                "IFC401",
                f"no arrow leaves the function `{name}`",
                node.span,
                "a function ends the path",
                f"what its code does is a verb: `function {name} … {{ {self.verb(targets)} }}`; its asynchronous results are "
                f"`{name}.failed` and `{name}.succeeded`",
            )
        elif kind == "api":
            error(
                "IFC402",
                f"an api's events are its routes, and `{name}` stands outside of its block",
                node.span,
                "an api",
                f"write the route into the block of `{name}`",
            )
        elif not ports:
            error(
                "IFC402",
                f"no events leave {article(kind)}",
                node.span,
                f"{article(kind)}",
                "an arrow begins at a queue, topic, stream or bus, at `Table.stream`, `Bucket.created` or a schedule",
            )
        else:
            close = near(f"{name}.{port}", offered) if port else None
            what = f"{article(kind)} has no events `{port}`" if port else f"it is not said which events of the {kind} `{name}`"
            error(
                "IFC402",
                what,
                node.span,
                "which events?",
                f"write `{close}`" if close else f"write {' or '.join(f'`{o}`' for o in offered)}",
            )

    def verb(self, targets: tree.Args) -> str:
        """The verb by which code reaches what an arrow was drawn to: `sends Shipments`."""
        name = targets[0].span.text
        symbol = self.scope.symbols.get(name)
        verbs = {"queue": "sends", "function": "calls", "table": "writes", "bucket": "writes", "stream": "writes"}
        return f"{verbs.get(symbol.kind, 'publishes')} {name}" if symbol else "publishes Topic"

    # --- targets ---

    def target(self, start: Start, node: tree.Value, scope: Scope) -> End | None:
        port = start.port
        if isinstance(node, tree.Text):
            return self.address(start, node, scope)
        if not isinstance(node, tree.Word):
            self.report.error(
                "IFC404", f"`{short(node.span)}` is no target", node.span, "not a name", "write the name of a declared resource"
            )
            return None
        name, _, rest = node.text.partition(".")
        wanted = self.wanted(port)
        symbol = scope.symbol(name, node.span, what=wanted)
        if symbol is None or symbol.kind == "?":
            return None
        if rest:
            self.report.error(
                "IFC404", f"an arrow ends at a resource, and `{node.text}` is a part of one", node.span, "a part", f"write `{name}`"
            )
            return None
        if symbol.kind in port.later:
            later.wire(start.kind, symbol.kind, node.span, port.way, self.report)
            return None
        if symbol.kind not in port.targets:
            self.report.error(
                "IFC404",
                f"events of {article(start.kind)} can't go to {article(symbol.kind)}",
                node.span,
                f"{article(symbol.kind)}",
                port.way or f"they can go to {one_of(tuple(wanted.replace(' or ', ', ').split(', ')))}",
                [Label(symbol.span, "declared here")],
            )
            return None
        if name == "aws":
            self.program.symbols["aws"] = symbol
        return End(resource=name, span=node.span)

    @staticmethod
    def wanted(port: Port) -> str:
        """The targets of a port in words: `function, queue or address`."""
        words = [t for t in port.targets if t not in ADDRESSES.values()]
        if len(words) < len(port.targets):
            words.append("address")
        return " or ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words)

    def address(self, start: Start, node: tree.Text, scope: Scope) -> End | None:
        begin = node.parts[0] if node.parts and isinstance(node.parts[0], str) else ""
        kind = next((k for prefix, k in ADDRESSES.items() if begin.startswith(prefix)), None)
        if kind is None or kind not in start.port.targets:
            help = "a topic can go to `mailto:…` and `https://…`" if kind else "write the name of a declared resource, without quotes"
            if "email" in start.port.targets and isinstance(begin, str) and ("@" in begin or begin.startswith("http:")):
                help = f'write `"mailto:{begin}"`' if "@" in begin else f'write `"https{begin[4:]}"`: SNS delivers over TLS'
            self.report.error(
                "IFC404", f"events of {article(start.kind)} can't go to `{short(node.span)}`", node.span, "not a target", help
            )
            return None
        value = scope.text(node)
        return None if isinstance(value, Invalid) else End(port=kind, address=value, span=node.span)

    # --- what belongs to an arrow ---

    def settings(self, start: Start, hop: tree.Hop, scope: Scope) -> tuple[Any, dict[str, Origin], tuple[Overlay, ...]] | None:
        """The filled settings of an arrow, where each came from, and what is laid over; None after an error."""
        cls = start.port.settings
        table = settings_of(cls)
        layers = Layers(scope)
        overlays: list[Overlay] = []
        good = True
        for statement in hop.block.statements if hop.block else ():
            if isinstance(statement, tree.Broken):
                good = False
                continue
            if isinstance(statement, tree.Declaration) and statement.guard is not None:
                later.guard(statement.guard.span, self.report)
                good = False
                continue
            entry = entry_of(statement, WRITTEN) if isinstance(statement, tree.Declaration) else None
            if entry is not None and entry.word.text in TARGETS:
                overlay = read_overlay(entry.statement, PARTS, "this arrow", scope)
                if overlay is not None:
                    overlays.append(overlay)
            elif entry is not None and entry.word.text in start.port.unbuilt:
                later.setting(f"{article(start.kind)}", entry.word.text, start.port.unbuilt[entry.word.text], entry.word.span, self.report)
            elif entry is None or entry.word.text not in table:
                self.unknown(statement, start, hop.targets, list(table), scope)
                good = False
            else:
                layers.add(entry, table[entry.word.text].type.repeatable)
        word = tree.Word(hop.targets[0].span, hop.targets[0].span.text)
        values, origins = read_fields(cls, layers, scope, word)
        if values is None or not good:
            return None
        return cls(**values), origins, tuple(overlays)

    def unknown(self, statement: tree.Declaration | tree.Wire, start: Start, targets: tree.Args, known: list[str], scope: Scope) -> None:
        """Reports a statement that is no setting of an arrow; a misplaced setting of one of its ends gets its own words."""
        word = tree.head_word(statement)
        for node in (*targets, tree.Word(start.end.span, start.end.resource)):
            symbol = scope.symbols.get(node.text) if isinstance(node, tree.Word) else None
            if word and symbol and symbol.kind not in ("?", "param") and word.text in settings_of(load(symbol.kind)):
                self.report.error(
                    "IFC210",
                    f"`{word.text}` is a setting of the {symbol.kind} `{symbol.name}`, not of an arrow",
                    word.span,
                    f"belongs to the {symbol.kind}",
                    f"write it in the block of `{symbol.name}`",
                )
                return
        unknown_setting(statement, f"an arrow from {article(start.kind)}", [*known, *TARGETS], scope)

    def texts(self, where: tree.Expr, scope: Scope) -> dict[tuple[str, int], Value] | None:
        """The values of a filter's strings; None after an error."""
        found: dict[tuple[str, int], Value] = {}
        for node in literals(where):
            if isinstance(node, tree.Text):
                value = scope.text(node)
                if isinstance(value, Invalid):
                    return None
                found[node.span.source.path, node.span.start] = value
        return found


def literals(where: tree.Expr) -> Iterator[tree.Value]:
    """The literals of a filter."""
    if isinstance(where, tree.Compare):
        yield where.operand
    elif isinstance(where, tree.Member):
        yield from where.items
    elif isinstance(where, tree.Not):
        yield from literals(where.operand)
    elif isinstance(where, tree.And | tree.Or):
        for operand in where.operands:
            yield from literals(operand)


def joined(wires: list[Wire], scope: Scope) -> list[Wire]:
    """The wires with those of one source, port and target made one: Lambda takes one mapping a pair."""
    groups: dict[tuple[str, str, str], list[Wire]] = {}
    single: list[Wire] = []
    for wire in wires:
        if wire.port.merges and wire.target.resource:
            groups.setdefault((wire.source.resource, wire.source.port, wire.target.resource), []).append(wire)
        else:
            single.append(wire)
    return single + [one for group in groups.values() for one in [_one(sorted(group, key=lambda w: w.span.sort_key()), scope)]]


def _one(group: list[Wire], scope: Scope) -> Wire:
    first = group[0]
    for other in group[1:]:
        if _said(other) != _said(first):
            scope.report.error(
                "IFC408",
                f"two arrows from `{_source(first)}` to `{first.target.resource}` have different settings",
                other.span,
                "the second",
                "both become one: write their settings once, and join their filters with `or`",
                [Label(first.span, "the first")],
            )
    if len(group) == 1:
        return first
    wheres = [w.where for w in group]
    texts = {place: text for w in group for place, text in w.texts.items()}
    if any(w is None for w in wheres):
        return evolve(first, where=None, texts=texts)
    # In an order of their own: which arrow stands first means nothing.
    ordered = sorted((w for w in wheres if w is not None), key=expression.text)
    return evolve(first, where=tree.Or(first.span, tuple(ordered)), texts=texts)


def _said(wire: Wire) -> list[tuple[str, str]]:
    """What is written on an arrow, to compare: the place of a writing means nothing."""
    return sorted((f, repr(attrs.asdict(wire.settings).get(f))) for f in wire.origins) + [("cfn", repr(o.content)) for o in wire.overlays]


def _source(wire: Wire) -> str:
    return f"{wire.source.resource}.{wire.source.port}" if wire.source.port else wire.source.resource
