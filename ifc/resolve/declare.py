"""From a declaration's layers to a resource of the model, with its verbs and routes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from ifc.diagnostics import Label, Report, article, near
from ifc.kinds import kinds, load
from ifc.model.app import Allow, Declared, Extern, Grant, Overlay, Resource
from ifc.model.scope import INVALID, Invalid, Scope, Symbol, short
from ifc.model.settings import CONTINUES, Layers, Setting, continued, entry_of, read_fields, settings_of, spread, unknown_setting
from ifc.model.types import DEFAULTS, STAGE, WRITTEN, Entry, JsonBlock, Origin, Pattern, String, repeated
from ifc.resolve import later
from ifc.resolve.files import folder_of
from ifc.resolve.program import METHODS, NAME, Declares, Program
from ifc.source import Span
from ifc.syntax import tree
from ifc.values import Value
from ifc.verbs import VERBS

TARGETS = ("cfn", "terraform")
EXTERN = ("name", "arn")


@attrs.define(eq=False, repr=False)
class Found:
    """What one declaration brings."""

    resource: Resource | None
    grants: list[Grant] = attrs.field(factory=list)
    allows: list[Allow] = attrs.field(factory=list)
    routes: list[tree.Wire] = attrs.field(factory=list)


class Reader:
    """Reads one declaration."""

    def __init__(self, program: Program, declares: Declares, scope: Scope) -> None:
        self.program, self.declares = program, declares
        self.cls = load(declares.kind)
        self.scope = scope.named(declares.name).at(folder_of(declares.word.span))
        self.report = scope.report
        self.layers = Layers(self.scope)
        self.found = Found(None)
        self.overlays: list[Overlay] = []
        self.renamed: str | None = None
        self.table = self.settings()
        self.good = True

    def settings(self) -> dict[str, Setting]:
        table = settings_of(self.cls)
        if not self.declares.extern:
            return table
        able = (*EXTERN, *(self.cls.extern_settings or ()))
        return {**{k: s for k, s in table.items() if k in able}, "arn": EXTERN_ARN}

    def read(self) -> Found:
        declares, statement = self.declares, self.declares.statement
        if not declares.extern:
            for block in self.program.defaults.get(declares.kind, ()):
                self.block(block.statements, DEFAULTS)
        entry = Entry(declares.word, statement.head[declares.after :], None, statement.span, WRITTEN, statement)
        if declares.extern:
            self.extern_text(entry)
        else:
            positional = [s for s in self.table.values() if s.positional]
            self.good &= spread(entry, self.table, positional, self.layers, self.scope)
        self.block(statement.block.statements if statement.block else (), WRITTEN)
        for overlay in declares.overlay:
            self.overlay(overlay)
        condition = None
        if statement.where is not None and self.cls.takes_condition:
            condition = self.cls.read_condition(statement.where, self.scope)
            self.good &= not isinstance(condition, Invalid)
        self.layers.misread = not self.good
        values, origins = self.read_extern() if declares.extern else read_fields(self.cls, self.layers, self.scope, declares.word)
        if values is not None and self.good:
            if condition is not None:
                values["condition"] = condition
            extern = self.extern(values) if declares.extern else None
            declared = Declared(
                name=declares.name,
                kind=declares.kind,
                span=declares.word.span,
                description=statement.description,
                folder=self.scope.folder,
                extern=extern,
                renamed_from=self.renamed,
                overlays=tuple(self.overlays),
            )
            self.found.resource = self.cls(declared=declared, origins=origins, **values)
        return self.found

    # --- extern ---

    def extern_text(self, entry: Entry) -> None:
        """`extern table T "name or arn"`: text that begins with `arn:` is an ARN."""
        if not entry.args:
            return
        first = entry.args[0][0]
        if isinstance(first, tree.Text) and (len(entry.args) > 1 or len(entry.args[0]) > 1):
            extra = (entry.args[0][1:] or entry.args[1])[0]
            self.report.error(
                "IFC305",
                f"`{short(extra.span)}` is one value too many for `{self.declares.name}`",
                extra.span,
                "not expected",
                "an extern has one name or one ARN",
            )
            self.good = False
            return
        if isinstance(first, tree.Text) and first.parts:
            begin = first.parts[0]
            word = "arn" if isinstance(begin, str) and begin.startswith("arn:") else "name"
            self.layers.add(Entry(tree.Word(first.span, word), entry.args, None, entry.span, WRITTEN, entry.statement), False)
            return
        wrote = short(first.span.to(entry.args[-1][-1].span))
        self.report.error(
            "IFC312",
            f"`{wrote}` may be a name or an ARN",
            first.span.to(entry.args[-1][-1].span),
            "which of the two?",
            f"write `{{ name {wrote} }}` or `{{ arn {wrote} }}`",
        )
        self.good = False

    def read_extern(self) -> tuple[dict[str, Any] | None, dict[str, Origin]]:
        values: dict[str, Any] = {}
        origins: dict[str, Origin] = {}
        for name, entries in self.layers.entries.items():
            if name not in self.table:
                continue
            setting = self.table[name]
            value = setting.type.fold(entries, self.scope)
            if isinstance(value, Invalid):
                return None, origins
            values[setting.field] = value
            origins[setting.field] = Origin(entries[-1].layer, entries[-1].span)
        return values, origins

    def extern(self, values: dict[str, Any]) -> Extern | None:
        arn, name = values.pop("arn", None), values.pop("physical", None)
        if (arn is None) == (name is None):
            if self.good:
                what = "needs its name or its ARN" if arn is None else "is given a name and an ARN"
                self.report.error(
                    "IFC308",
                    f"the extern {self.declares.kind} `{self.declares.name}` {what}",
                    self.declares.word.span,
                    "which one?" if arn is not None else "neither is given",
                    f'write `extern {self.declares.kind} {self.declares.name} "name or arn"`',
                )
            self.good = False
        service = self.cls.arn_shape[0]
        if isinstance(arn, str) and not self.cls.has_arn(arn):
            span = self.layers.entries["arn"][-1].values_span
            kind = article(self.declares.kind)
            self.report.error(
                "IFC309",
                f"`{short(span)}` is not the ARN of {kind}",
                span,
                f"not an ARN of {service}",
                f"the ARN of {kind} begins with `arn:aws:{service}:`",
            )
            self.good = False
        return Extern(arn=arn, name=name)

    # --- blocks ---

    def overlay(self, statement: tree.Declaration) -> None:
        """What the stage says of this declaration."""
        if len(statement.head) > 1 or statement.block is None:
            self.report.error(
                "IFC304",
                f"the stage overlays `{self.declares.name}` with a block",
                statement.span,
                "no block",
                f"write `{self.declares.name} {{ … }}`",
            )
            return
        self.block(statement.block.statements, STAGE)

    def block(self, statements: Sequence[tree.Statement], layer: str) -> None:
        for statement in unbroken(statements, self.report):
            if isinstance(statement, tree.Broken):
                self.good &= layer == DEFAULTS  # its mistake is reported; what it would have said is missing
                continue
            if isinstance(statement, tree.Wire):
                self.wire(statement)
            else:
                self.statement(statement, layer)

    def wire(self, statement: tree.Wire) -> None:
        word = tree.head_word(statement)
        if self.cls.has_routes:
            self.found.routes.append(statement)
            return
        if word is not None and word.text in ("GET", "POST", "PUT", "PATCH", "DELETE", "ANY"):
            self.report.error(
                "IFC210", f"{article(self.declares.kind)} has no routes", statement.span, "a route", "routes stand in an `api` block"
            )
            return
        unknown_setting(statement, f"`{self.declares.name}`", [], self.scope)

    def statement(self, statement: tree.Declaration, layer: str) -> None:
        first = statement.head[0][0]
        word = first.text if isinstance(first, tree.Word) else ""
        if statement.guard is not None:
            later.guard(statement.guard.span, self.report)
            return
        if statement.where is not None:
            self.report.error(
                "IFC405", "a `where` belongs before an arrow", statement.where.span, "no arrow here", "write `Source where … -> target`"
            )
            return
        if word in VERBS and self.cls.holds_verbs:
            self.verbs(statement, layer)
        elif word == "allow" and self.cls.holds_verbs:
            self.allow(statement, layer)
        elif word in TARGETS:
            overlay = read_overlay(statement, self.cls.parts, f"`{self.declares.name}`", self.scope, self.declares.kind == "resource")
            if overlay is not None:
                self.overlays.append(overlay)
        elif word == "renamed":
            self.rename(statement)
        elif word in self.cls.later:
            later.setting(self.declares.kind, word, self.cls.later[word], first.span, self.report)
        elif self.cls.has_routes and word in METHODS:
            route = first.span.to(statement.head[-1][-1].span)
            self.report.error(
                "IFC480",
                f"the route `{short(route)}` leads nowhere",
                route,
                "no arrow after it",
                "put a blank before `->`" if "->" in route.text else f"write `{short(route)} -> function`",
            )
        else:
            self.setting(statement, word, layer)

    def setting(self, statement: tree.Declaration, word: str, layer: str) -> None:
        entry = entry_of(statement, layer)
        if entry is not None and word in self.table and not self.table[word].positional:
            self.layers.add(entry, self.table[word].type.repeatable)
            return
        if word in VERBS or word == "allow":
            self.report.error(
                "IFC210",
                f"{article(self.declares.kind)} has no verbs",
                statement.head[0][0].span,
                "a verb",
                "verbs stand in a `function` block: they say what its code does",
            )
            return
        if self.declares.extern and word in settings_of(self.cls):
            self.report.error(
                "IFC210",
                f"the extern {self.declares.kind} `{self.declares.name}` can't be given `{word}`",
                statement.head[0][0].span,
                "not ours to set",
                f"there are {', '.join(f'`{k}`' for k in self.table)}",
            )
            return
        if statement.head[0][1:] and isinstance(statement.head[0][1], tree.Word) and word in self.table:
            other = statement.head[0][1].span
            self.report.error(
                "IFC310", f"`,` joins values, and `{word}` is a setting", other, "joined by a comma", "write `;` between settings"
            )
            return
        arrow = self.of_an_arrow(word)
        if arrow:
            self.report.error(
                "IFC210",
                f"`{word}` is a setting of arrows, not of {article(self.declares.kind)}",
                statement.head[0][0].span,
                "belongs to an arrow",
                f"write it in the block of the arrow: `{arrow} {{ {word} … }}`",
            )
            return
        if entry is not None and word in self.table:
            after = short(entry.values_span) if entry.args else "…"
            self.report.error(
                "IFC210",
                f"`{word}` has no place in the block: it stands after the name",
                entry.word.span,
                "not here",
                f"write `{self.declares.kind} {self.declares.name} {after} {{ … }}`",
            )
            self.layers.add(entry, True)  # so that it is not missed as well
            return
        known = [k for k, s in self.table.items() if not s.positional]
        if self.cls.holds_verbs:
            known += [*VERBS, "allow"]
        known += list(TARGETS)
        unknown_setting(statement, f"{article(self.declares.kind)}", known, self.scope)
        self.good = False  # what it would have said may be missed elsewhere

    def of_an_arrow(self, word: str) -> str:
        """The arrow from or to this declaration that has a setting `word`, or nothing."""
        name = self.declares.name
        if any(word in settings_of(port.settings) for port in self.cls.ports.values()):
            return f"{name} -> …"
        return (
            f"… -> {name}"
            if self.cls.holds_verbs and any(word in settings_of(p.settings) for k in kinds() for p in load(k).ports.values())
            else ""
        )

    def rename(self, statement: tree.Declaration) -> None:
        """`renamed from Old`: ids and names stay the old ones."""
        names = [a[0].text for a in statement.head[1:] if len(a) == 1 and isinstance(a[0], tree.Word)]
        if len(names) != 2 or names[0] != "from" or not NAME.fullmatch(names[1]) or statement.block:
            self.report.error("IFC301", "a rename names the old name", statement.span, "not understood", "write `renamed from OldName`")
            return
        if names[1] in self.program.symbols:
            self.report.error(
                "IFC202",
                f"`{names[1]}` is still declared",
                statement.head[2][0].span,
                "not an old name",
                "a rename names what the declaration was called before",
                [Label(self.program.symbols[names[1]].span, "declared here")],
            )
            return
        if self.renamed is not None:
            self.report.error(
                "IFC202",
                "`renamed from` stands twice",
                statement.span,
                "and here",
                "keep the first name that it ever had: ids are made from that",
            )
            return
        self.renamed = names[1]

    # --- permissions ---

    def verbs(self, statement: tree.Declaration, layer: str) -> None:
        """`reads, writes Orders, Users ["keys/*"] [as NAME]`: a grant for each verb and each target."""
        verbs = self.verb_words(statement)
        if verbs is None:
            return
        rest = list(statement.head[1:])
        name = self.after(rest, "as")
        if isinstance(name, Invalid):
            return
        if not rest:
            self.report.error(
                "IFC304",
                f"`{verbs[-1].text}` needs the name of a resource",
                verbs[-1].span,
                "no name after it",
                f"write `{verbs[-1].text} Name`",
            )
            return
        if self.comma(rest[0]) or (len(rest) > 1 and repeated(rest[0][0], verbs[-1].text, self.scope)):
            return
        targets, pattern = rest[0], None
        if len(rest) == 2 and len(rest[1]) == 1 and isinstance(rest[1][0], tree.Text) and rest[1][0].plain:
            pattern = rest[1][0]
        elif len(rest) == 2 and all(isinstance(node, tree.Text) for node in rest[1]):
            extra = rest[1][1] if len(rest[1]) > 1 else rest[1][0]
            self.report.error(
                "IFC305",
                "a verb takes one pattern of keys",
                extra.span,
                "a second one",
                f"write the verb once for each: `{verbs[-1].text} {short(targets[0].span)} {short(extra.span)}`",
            )
            return
        elif len(rest) > 1:
            extra = rest[1][0]
            self.report.error(
                "IFC305",
                f"`{short(extra.span)}` is not expected after the names",
                extra.span,
                "not expected",
                'after the names come keys in quotes (`reads Raw "in/*"`) or `as NAME`',
            )
            return
        if name is not None and len(targets) > 1:
            self.report.error(
                "IFC507",
                "`as` names one variable, but here are several resources",
                name.span,
                "for which one?",
                "write a verb for each resource",
            )
            return
        for target in targets:
            if self.missing(target, verbs):
                continue
            for verb in verbs:
                self.grant(verb, target, pattern, name, layer)

    def missing(self, target: tree.Value, verbs: list[tree.Word]) -> bool:
        """Reports a name that is not declared, once for all its verbs; whether it is one."""
        base = target.text.partition(".")[0] if isinstance(target, tree.Word) else ""
        if not base or base in self.scope.symbols:
            return False
        able = [k for k in kinds() if any(verb.text in load(k).verbs for verb in verbs)]
        self.scope.unknown(base, target.span, tuple(sorted(able, key=lambda k: load(k).rank)))
        return True

    def comma(self, targets: tree.Args) -> bool:
        """Reports a setting or verb that is joined to the names before it (`sends Mails, timeout 30s`); whether there is one."""
        for node in targets[1:]:
            if (
                isinstance(node, tree.Word)
                and node.text not in self.scope.symbols
                and (node.text in self.table or node.text in (*VERBS, "allow"))
            ):
                self.report.error(
                    "IFC310",
                    f"`,` joins names, and `{node.text}` is none",
                    node.span,
                    "joined by a comma",
                    f"write `;` before `{node.text}`, or begin a new line",
                )
                return True
        return False

    def verb_words(self, statement: tree.Declaration) -> list[tree.Word] | None:
        words: list[tree.Word] = []
        for node in statement.head[0]:
            if not isinstance(node, tree.Word) or node.text not in VERBS:
                close = near(node.text, VERBS) if isinstance(node, tree.Word) else None
                self.report.error(
                    "IFC501",
                    f"`{short(node.span)}` is no verb",
                    node.span,
                    "unknown verb",
                    f"write `{close}`" if close else f"there are {', '.join(f'`{v}`' for v in VERBS)}",
                )
                return None
            words.append(node)
        return words

    def after(self, rest: list[tree.Args], word: str) -> tree.Word | Invalid | None:
        """Takes `word NAME` off the end of the arguments."""
        index = next((i for i, a in enumerate(rest) if len(a) == 1 and isinstance(a[0], tree.Word) and a[0].text == word), None)
        if index is None:
            return None
        named = rest[index + 1] if len(rest) == index + 2 else ()
        if len(named) != 1 or not isinstance(named[0], tree.Word):
            self.report.error("IFC304", f"`{word}` needs one name after it", rest[index][0].span, "no name", "write `as NAME`")
            return INVALID
        from ifc.kinds.function import VARIABLE

        node = named[0]
        if not VARIABLE.fits(node.text):
            self.report.error("IFC309", f"`{node.text}` is not {VARIABLE.said}", node.span, "not allowed", None)
            return INVALID
        del rest[index:]
        return node

    def grant(self, verb: tree.Word, target: tree.Value, pattern: tree.Text | None, name: tree.Word | None, layer: str) -> None:
        if not isinstance(target, tree.Word):
            self.report.error(
                "IFC301",
                f"`{short(target.span)}` is not the name of a resource",
                target.span,
                "not a name",
                'a verb names declared resources; for an ARN use `allow "service:Action" on "arn:…"`',
            )
            return
        base, _, part = target.text.partition(".")
        symbol = self.scope.symbols[base]
        if symbol.kind == "?":
            return
        if not self.takes(symbol, verb, target, part):
            return
        if pattern is not None and symbol.kind != "bucket":
            self.report.error(
                "IFC503",
                f"keys select objects of a bucket, and `{base}` is {article(symbol.kind)}",
                pattern.span,
                "no keys here",
                "take them out",
            )
            return
        if base == "aws":
            self.program.symbols["aws"] = symbol
        self.found.grants.append(
            Grant(
                holder=self.declares.name,
                verb=verb.text,
                resource=base,
                part=part,
                pattern=pattern.plain if pattern else None,
                environment=name.text if name else None,
                span=verb.span.to(target.span),
                layer=layer,
            )
        )

    def takes(self, symbol: Symbol, verb: tree.Word, target: tree.Word, part: str) -> bool:
        """Whether a resource takes a verb; reports if not."""
        verbs = load(symbol.kind).verbs if symbol.kind not in ("param", "resource") else {}
        if verb.text not in verbs:
            help = (
                f"{article(symbol.kind)} takes {', '.join(f'`{v}`' for v in verbs)}"
                if verbs
                else f'use `allow "service:Action" on {symbol.name}.…`'
            )
            if symbol.kind == "param":
                help = f"the code gets a param's value in its environment: `env {{ NAME {symbol.name} }}`"
            self.report.error(
                "IFC502",
                f"`{verb.text}` is no verb of {article(symbol.kind)}",
                verb.span,
                f"`{symbol.name}` is {article(symbol.kind)}",
                help,
            )
            return False
        if (part and part not in load(symbol.kind).ports) or (part and f"{part}.arn" not in load(symbol.kind).attributes):
            self.report.error(
                "IFC206",
                f"{article(symbol.kind)} has no `{part}` to give permissions on",
                target.span,
                "unknown part",
                f"write `{symbol.name}`",
            )
            return False
        return True

    def allow(self, statement: tree.Declaration, layer: str) -> None:
        """`allow "svc:Action", … on "arn", Ref [because "why"] { condition { … } }`, or `allow managed "Policy"`."""
        rest = list(statement.head[1:])
        if rest and len(rest[0]) == 1 and isinstance(rest[0][0], tree.Word) and rest[0][0].text == "managed":
            self.managed(statement, rest[1:], layer)
            return
        roles = self.roles(statement, rest)
        if roles is None:
            return
        actions, resources, because = roles
        condition = self.condition(statement)
        if isinstance(condition, Invalid):
            return
        self.found.allows.append(
            Allow(
                holder=self.declares.name,
                actions=tuple(actions),
                resources=tuple(resources),
                because=because,
                condition=condition,
                span=statement.span,
                layer=layer,
            )
        )

    def roles(self, statement: tree.Declaration, rest: list[tree.Args]) -> tuple[list[str], list[Value], str | None] | None:
        """The actions, resources and reason of an `allow`."""
        shape = 'write `allow "service:Action" on "arn:…"`'
        words = [a[0].text if len(a) == 1 and isinstance(a[0], tree.Word) else None for a in rest]
        if not rest or (words[0] is not None and words[0] in ("on", "because")):
            self.report.error("IFC304", "`allow` needs actions", statement.head[0][0].span, "no actions", shape)
            return None
        if len(rest) < 3 or words[1] != "on":
            self.report.error("IFC304", "`allow` needs `on` and what it holds for", rest[-1][-1].span, "no `on` after it", shape)
            return None
        because = None
        if len(rest) == 5 and words[3] == "because" and isinstance(rest[4][0], tree.Text):
            because = rest[4][0].plain or ""
        elif len(rest) > 3:
            self.report.error(
                "IFC305",
                f"`{short(rest[3][0].span)}` is not expected here",
                rest[3][0].span,
                "not expected",
                'only `because "why"` may follow',
            )
            return None
        actions = [a for a in (self.action(node) for node in rest[0]) if a is not None]
        resources = [self.on(node) for node in rest[2]]
        if len(actions) != len(rest[0]) or any(isinstance(r, Invalid) for r in resources):
            return None
        return actions, resources, because

    def action(self, node: tree.Value) -> str | None:
        text = node.plain if isinstance(node, tree.Text) else None
        if text is None or not re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9*?]+", text):
            quoted = (
                f'write `"{node.span.text}"`, with quotes'
                if isinstance(node, tree.Pair)
                else 'write the service before it, as in `"dynamodb:GetItem"`'
            )
            self.report.error("IFC508", f"`{short(node.span)}` is not an action", node.span, "not `service:Action`", quoted)
            return None
        return text

    def on(self, node: tree.Value) -> Value | Invalid:
        if not isinstance(node, tree.Text | tree.Word):
            self.report.error("IFC301", f"`{short(node.span)}` is not an ARN", node.span, "not an ARN", None)
            return INVALID
        value = self.scope.text(node) if isinstance(node, tree.Text) else self.scope.refer(node.text, node.span)
        if isinstance(value, str) and value != "*" and not value.startswith("arn:"):
            self.report.error(
                "IFC508", f"`{short(node.span)}` is not an ARN", node.span, "not an ARN", 'write an ARN, `Name.arn`, or `"*"`'
            )
            return INVALID
        return value

    def managed(self, statement: tree.Declaration, rest: list[tree.Args], layer: str) -> None:
        if len(rest) != 1 or not all(isinstance(n, tree.Text) for n in rest[0]) or statement.block:
            self.report.error(
                "IFC304", "`allow managed` needs the names of policies", statement.span, "no names", 'write `allow managed "PolicyName"`'
            )
            return
        names = [self.scope.value(n) for n in rest[0]]
        if not any(isinstance(n, Invalid) for n in names):
            self.found.allows.append(
                Allow(holder=self.declares.name, actions=(), resources=(), managed=tuple(names), span=statement.span, layer=layer)
            )

    def condition(self, statement: tree.Declaration) -> dict[str, Any] | Invalid | None:
        if statement.block is None:
            return None
        layers = Layers(self.scope)
        for inner in statement.block.statements:
            if isinstance(inner, tree.Broken):
                return INVALID
            entry = entry_of(inner, WRITTEN) if isinstance(inner, tree.Declaration) else None
            if entry is None or entry.word.text != "condition":
                unknown_setting(inner, "`allow`", ["condition"], self.scope)
                return INVALID
            layers.add(entry, False)
        entries = layers.entries.get("condition")
        result = JsonBlock().fold(entries, self.scope) if entries else None
        if isinstance(result, dict) and not (result and all(_tests(tests) for tests in result.values())):
            self.report.error(
                "IFC304",
                "a condition is an operator with a block of names and values",
                statement.block.span,
                "not understood",
                'write `condition { StringEquals { "aws:RequestedRegion" "eu-west-1" } }`',
            )
            return INVALID
        return result


def _tests(block: Any) -> bool:
    """Whether it is what stands below an operator: names, with a text, a number, a flag or several of such."""
    if not isinstance(block, dict) or not block:
        return False
    values = [v for value in block.values() for v in (value if isinstance(value, list | tuple) else (value,))]
    return all(v is not None and not isinstance(v, dict | list | tuple) for v in values) and all(value != () for value in block.values())


def unbroken(statements: Sequence[tree.Statement], report: Report) -> Iterator[tree.Statement]:
    """The statements of a block; one that goes on in the next line (`as NAME`) is reported, once, and comes as Broken."""
    words = [*(_goes_on(statement) for statement in statements), None]
    for index, statement in enumerate(statements):
        word, before = words[index], words[index - 1] if index else None
        if word is None:
            yield statement if words[index + 1] is None else tree.Broken(statement.span)
        elif before is None:
            continued(word, report)


def _goes_on(statement: tree.Statement) -> tree.Word | None:
    word = None if isinstance(statement, tree.Broken) else tree.head_word(statement)
    return word if word is not None and word.text in CONTINUES else None


def read_overlay(statement: tree.Declaration, parts: tuple[str, ...], owner: str, scope: Scope, raw: bool = False) -> Overlay | None:
    """A `cfn [part] { … }`, `terraform [part] { … }` or `terraform "type" { … }` block; None after an error."""
    word = statement.head[0][0]
    part = type = ""
    target = word.text if isinstance(word, tree.Word) else ""
    more = [args[0] if len(args) == 1 else None for args in statement.head[1:]]
    second = more[0] if more else None
    last = more[-1] if more else None
    if target == "terraform" and isinstance(last, tree.Text):
        more.pop()
        found = TERRAFORM_TYPE.read(last, scope)
        if isinstance(found, Invalid):
            return None
        type = found
    if len(more) == 1 and isinstance(more[0], tree.Word):
        part = more[0].text
    elif more:
        scope.report.error(
            "IFC305", "a part is one word", statement.head[-1][0].span, "not expected", f"write `{short(word.span)} part {{ … }}`"
        )
        return None
    if second is not None and part and part not in parts:
        close = f'"{part}"' if raw and target == "terraform" else near(part, parts)
        scope.report.error(
            "IFC210",
            f"{owner} has no part `{part}`",
            second.span,
            "unknown part",
            f"write `{close}`" if close else f"there are {', '.join(f'`{p}`' for p in parts)}" if parts else "leave it out",
        )
        return None
    entry = Entry(tree.Word(word.span, target), (), statement.block, statement.span, WRITTEN, statement)
    content = JsonBlock().fold([entry], scope)
    if isinstance(content, Invalid):
        return None
    if target == "cfn" and "Type" in content and not part and not raw:
        scope.report.error(
            "IFC313",
            "`cfn` lays properties over a resource and can't change its `Type`",
            statement.span,
            "`Type`",
            "declare a raw `resource` instead",
        )
        return None
    for repeats in ("count", "for_each") if target == "terraform" else ():
        if repeats in content:
            scope.report.error(
                "IFC313",
                f"`{repeats}` makes several of one resource, and everything that refers to it means one",
                statement.span,
                f"`{repeats}`",
                "declare each by its name",
            )
            return None
    return Overlay(target=target, part=part, content=content, span=statement.span, type=type, places=dict(places(statement.block)))


def places(block: tree.Block | None, above: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Span]]:
    """The path of each property that a block spells, and where it stands."""
    for statement in block.statements if block else ():
        if isinstance(statement, tree.Declaration):
            first = statement.head[0][0]
            path = (*above, (first.plain or "") if isinstance(first, tree.Text) else first.span.text)
            yield path, first.span
            yield from places(statement.block, path)
            last = statement.head[-1][-1]
            if isinstance(last, tree.ListValue):
                yield from listed(last, path)


def listed(node: tree.ListValue, above: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], Span]]:
    """The same for the blocks in a list."""
    for index, part in enumerate(node.entries):
        if isinstance(part, tree.Block):
            yield from places(part, (*above, index))
        elif len(part) == 1 and isinstance(part[0], tree.ListValue):
            yield from listed(part[0], (*above, index))


TERRAFORM_TYPE = String(
    "a type of Terraform in quotes", Pattern(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)+", "a type such as `aws_sns_topic`"), literal=True
)
EXTERN_ARN = Setting("arn", "arn", String("an ARN"), None, "the ARN of what exists", False, False, None, False, False)
