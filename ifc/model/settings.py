"""Settings as data: a kind is an attrs class whose fields say what may be written, and `read` fills it from the syntax.

A setting may be written in several layers (`defaults`, the declaration, the stage). Scalars replace, blocks merge, what
is repeatable adds, and `none` clears what the layers before said.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar, dataclass_transform

import attrs

from ifc.diagnostics import Report, near
from ifc.model.scope import INVALID, LOOKUPS, Invalid, Scope, short
from ifc.model.types import Choice, Entry, Flag, Origin, Type, json_pair, repeated, same_text, twice
from ifc.records import evolve, record
from ifc.syntax import tree
from ifc.syntax.tree import RESERVED
from ifc.values import Value

T = TypeVar("T")


# --- blocks with fields of their own ---


class Form(Type, Generic[T]):
    """A setting with parts: positional values, values after a word (`after 5`), and settings in its block."""

    def __init__(self, cls: type[T], expects: str, flag: bool = False) -> None:
        self.cls, self.expects, self.flag = cls, expects, flag

    def fold(self, entries: Sequence[Entry], scope: Scope) -> Value | Invalid:
        if self.flag:
            last = entries[-1]
            if is_single(last, "off", "false"):
                return None
            entries = [e if not is_single(e, "on", "true") else evolve(e, args=()) for e in entries if not is_single(e, "off", "false")]
        elif is_single(entries[-1], "off", "false"):
            scope.report.error(
                "IFC301",
                f"`{entries[-1].word.text}` can't be turned off",
                entries[-1].values_span,
                f"{self.expects} is wanted",
                f"write `{entries[-1].word.text} none`, which takes a default away",
            )
            return INVALID
        elif not entries[-1].args and entries[-1].block is None:
            scope.report.error(
                "IFC304", f"`{entries[-1].word.text}` needs a value", entries[-1].word.span, "no value", f"it takes {self.expects}"
            )
            return INVALID
        return read_form(self.cls, entries, scope)


class Repeated(Type):
    """A form that may be written several times, each with a name of its own (its first positional value)."""

    repeatable = True

    def __init__(self, of: Form[Any], named: bool = True) -> None:
        self.of, self.named = of, named
        self.expects = of.expects

    def fold(self, entries: Sequence[Entry], scope: Scope) -> Value | Invalid:
        groups: dict[str, list[Entry]] = {}
        for number, entry in enumerate(entries):
            key = f"#{number}"
            if self.named and entry.args:
                first = entry.args[0][0]
                key = first.text if isinstance(first, tree.Word) else (first.plain or key) if isinstance(first, tree.Text) else key
            if key in groups and groups[key][-1].layer == entry.layer and not same_text(groups[key][-1].span, entry.span, entry.layer):
                twice(key, entry.args[0][0].span, groups[key][-1].span, entry.layer, scope)
                continue
            groups.setdefault(key, []).append(entry)
        results = [self.of.fold(group, scope) for group in groups.values()]
        return INVALID if any(isinstance(r, Invalid) for r in results) else tuple(results)


def is_single(entry: Entry, *words: str) -> bool:
    """Whether an entry is just the setting and one of `words`."""
    return (
        entry.block is None
        and len(entry.args) == 1
        and len(entry.args[0]) == 1
        and isinstance(entry.args[0][0], tree.Word)
        and entry.args[0][0].text in words
    )


# --- fields ---


def setting(
    type: Type,
    default: Any = None,
    doc: str = "",
    *,
    positional: bool = False,
    inline: bool = False,
    derived: str | None = None,
    needed: bool = False,
    word: str | None = None,
    clears: bool = False,
) -> Any:
    """An attrs field that is a setting, written as `word` (the field's name, if not given).

    `derived` says in words what the default becomes when the compiler works it out. Where `none` means more than "the
    default again", `clears` is set and the field holds CLEARED.
    """
    return attrs.field(
        default=default,
        metadata={
            "type": type,
            "doc": doc,
            "positional": positional,
            "inline": inline,
            "derived": derived,
            "needed": needed,
            "word": word,
            "clears": clears or derived is not None,
        },
    )


C = TypeVar("C", bound=type)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(attrs.field,))
def settings(cls: C) -> C:
    """Makes a class whose fields are settings."""
    made: C = attrs.frozen(eq=False, repr=False, slots=False, kw_only=True)(cls)
    return made


@record
class Setting:
    """A field as the reader and `ifc explain` see it."""

    name: str  # as written
    field: str  # as the attrs class calls it
    type: Type
    default: Any
    doc: str
    positional: bool
    inline: bool
    derived: str | None
    needed: bool
    clears: bool


_tables: dict[type, dict[str, Setting]] = {}


def settings_of(cls: type) -> dict[str, Setting]:
    """The settings of an attrs class by their written names."""
    table = _tables.get(cls)
    if table is None:
        table = {}
        for field in attrs.fields(cls):
            if "type" in field.metadata:
                metadata = dict(field.metadata)
                name = metadata.pop("word") or field.name.rstrip("_").replace("_", "-")
                table[name] = Setting(name, field.name, default=field.default, **metadata)
        _tables[cls] = table
    return table


def entry_of(statement: tree.Declaration, layer: str) -> Entry | None:
    """A block's statement as the writing of a setting; None where it does not begin with one word."""
    first = statement.head[0][0]
    if not isinstance(first, tree.Word) or len(statement.head[0]) > 1:
        return None
    return Entry(first, statement.head[1:], statement.block, statement.span, layer, statement)


class Layers:
    """The writings of one thing's settings, gathered by name over its layers."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.entries: dict[str, list[Entry]] = {}
        self.misread = False  # an argument found no place: what is missing may be what it was meant to be

    def add(self, entry: Entry, repeatable: bool) -> None:
        """Takes one writing; the same setting twice in one layer is an error, unless repeatable."""
        before = self.entries.setdefault(entry.word.text, [])
        if before and before[-1].layer == entry.layer and not repeatable:
            if not same_text(before[-1].span, entry.span, entry.layer):
                twice(entry.word.text, entry.word.span, before[-1].span, entry.layer, self.scope)
            return
        if is_single(entry, "none"):
            before.clear()
        before.append(entry)


def read_form(cls: type[T], entries: Sequence[Entry], scope: Scope) -> T | Invalid:
    """An instance of `cls` from the arguments and blocks of its writings."""
    table = settings_of(cls)
    layers = Layers(scope)
    good = True
    positional = [s for s in table.values() if s.positional]
    for entry in entries:
        good &= spread(entry, table, positional, layers, scope)
        for statement in entry.block.statements if entry.block else ():
            if isinstance(statement, tree.Broken):
                good = False
                continue
            inner = entry_of(statement, entry.layer) if isinstance(statement, tree.Declaration) else None
            if inner is not None and inner.word.text in table and table[inner.word.text].positional:
                value = short(inner.values_span) if inner.args else "…"
                scope.report.error(
                    "IFC210",
                    f"`{inner.word.text}` has no place in the block: its value stands before it",
                    inner.word.span,
                    "not here",
                    f"write `{entry.word.text} {value} {{ … }}`",
                )
                layers.add(inner, True)  # so that it is not missed as well
                good = False
                continue
            if inner is None or inner.word.text not in table:
                unknown_setting(statement, f"`{entry.word.text}`", [s.name for s in table.values() if not s.positional], scope)
                good = False
                continue
            layers.add(inner, table[inner.word.text].type.repeatable)
    layers.misread = not good
    values, _ = read_fields(cls, layers, scope, entries[-1].word)
    return cls(**values) if good and values is not None else INVALID


def spread(entry: Entry, table: dict[str, Setting], positional: list[Setting], layers: Layers, scope: Scope) -> bool:
    """Sorts an entry's arguments into positional settings and words with their values; whether all found a place."""
    waiting = list(positional)
    args = list(entry.args)
    good = True
    while args:
        values = args.pop(0)
        first = values[0]
        named = table.get(first.text) if isinstance(first, tree.Word) and len(values) == 1 else None
        if named is not None and named.inline:
            waits = bool(args) and not isinstance(named.type, Flag) and not is_inline(args[0][0], table)
            taken: tuple[tree.Args, ...] = (args.pop(0),) if waits else ()
            span = first.span.to(taken[-1][-1].span) if taken else first.span
            layers.add(Entry(first, taken, None, span, entry.layer, entry.statement), named.type.repeatable)  # type: ignore[arg-type]  # a Word, seen above
        elif waiting and args and (repeated(first, entry.word.text, scope) or spoken(first, table, scope)):
            good = False
        elif waiting and misspelt(first, table, args, scope):
            return False
        elif waiting:
            place = waiting.pop(0)
            taken = (values,)
            if isinstance(first, tree.Word) and first.text in LOOKUPS and args:
                taken = (values, args.pop(0))
            span = values[0].span.to(taken[-1][-1].span)
            layers.add(Entry(tree.Word(entry.word.span, place.name), taken, None, span, entry.layer, entry.statement), True)
        else:
            words = [s.name for s in table.values() if s.inline]
            close = near(first.text, words) if isinstance(first, tree.Word) else None
            if isinstance(first, tree.ListValue):
                words, close = [], "{ … }"
            elif isinstance(first, tree.Word) and first.text in table:
                close = f"{{ {first.text} … }}"
            hint = (
                f"write `{close}`"
                if close
                else f"the words are {', '.join(f'`{w}`' for w in words)}"
                if words
                else "end a setting with a newline or `;`"
            )
            scope.report.error(
                "IFC305", f"`{short(first.span)}` is one value too many for `{entry.word.text}`", first.span, "not expected", hint
            )
            for place in positional:  # one of the values before it may be the one too many
                layers.entries.pop(place.name, None)
            return False
    return good


def is_inline(node: tree.Value, table: dict[str, Setting]) -> bool:
    """Whether an argument is a word before a value, and so not the value of another."""
    return isinstance(node, tree.Word) and node.text in table and table[node.text].inline


def spoken(node: tree.Value, table: dict[str, Setting], scope: Scope) -> bool:
    """Reports the name of a setting that is not written (`function f handler "a.b"`); whether it is one."""
    if not isinstance(node, tree.Word) or node.text in scope.symbols or node.text not in table or not table[node.text].positional:
        return False
    scope.report.error(
        "IFC305", f"`{node.text}` is not expected here", node.span, "not written", "leave the word out: the value stands alone"
    )
    return True


def misspelt(node: tree.Value, table: dict[str, Setting], rest: list[tree.Args], scope: Scope) -> bool:
    """Reports a misspelt word of a setting (`affter 5`) that would pass for a name; whether it is one."""
    if not isinstance(node, tree.Word) or node.text in scope.symbols or node.text in LOOKUPS or not rest:
        return False
    if node.text in table:
        scope.report.error(
            "IFC305",
            f"`{node.text}` is not expected here",
            node.span,
            "a setting by itself",
            f"write it in the block: `{{ {node.text} … }}`",
        )
        return True
    close = near(node.text, (s.name for s in table.values() if s.inline))
    if close:
        scope.report.error("IFC305", f"`{node.text}` is not expected here", node.span, "unknown word", f"write `{close}`")
    return close is not None


def read_fields(cls: type, layers: Layers, scope: Scope, owner: tree.Word) -> tuple[dict[str, Any] | None, dict[str, Origin]]:
    """The field values of `cls` (None after an error) and where each came from."""
    values: dict[str, Any] = {}
    origins: dict[str, Origin] = {}
    good = True
    for setting in settings_of(cls).values():
        entries = layers.entries.get(setting.name)
        if not entries:
            if setting.needed and not layers.misread:
                where = f"write it after `{owner.text}`" if setting.positional else "it takes"
                scope.report.error(
                    "IFC308",
                    f"`{owner.text}` needs `{setting.name}`",
                    owner.span,
                    f"no `{setting.name}`",
                    f"{where}{':' if setting.positional else ''} {setting.type.expects}",
                )
                good = False
            continue
        last = entries[-1]
        origins[setting.field] = Origin(last.layer, last.span)
        if is_single(last, "none") and not (isinstance(setting.type, Choice) and "none" in setting.type.words):
            if setting.needed:
                setting.type.wrong(last.args[0][0], scope)
                good = False
            if setting.clears:
                values[setting.field] = CLEARED
            continue
        if is_single(entries[0], "none"):
            entries = entries[1:]
        value = setting.type.fold(entries, scope)
        if isinstance(value, Invalid):
            good = False
        else:
            values[setting.field] = value
    return (values if good else None), origins


class Cleared:
    """What `none` says: not even the default."""

    def __bool__(self) -> bool:
        return False

    def __iter__(self) -> Any:
        return iter(())

    def __repr__(self) -> str:
        return "none"


CLEARED = Cleared()


CONTINUES = ("on", "as", "because")


def continued(word: tree.Word, report: Report) -> None:
    """Reports a word that goes on with the statement above, at the start of a line."""
    report.error(
        "IFC122",
        f"`{word.text}` can't begin a line",
        word.span,
        "a new statement begins here",
        "continue on the line above; a line may be broken after a comma",
    )


def unknown_setting(statement: tree.Declaration | tree.Wire, owner: str, known: Sequence[str], scope: Scope) -> None:
    """Reports a statement in a block that is no setting of it."""
    first = statement.head[0][0]
    if isinstance(statement, tree.Wire):
        scope.report.error(
            "IFC210", f"an arrow has no place in {owner}", statement.span, "not expected", "write arrows outside of the block"
        )
        return
    if isinstance(first, tree.Pair):
        json_pair(first, scope)
        return
    if not isinstance(first, tree.Word):
        scope.report.error("IFC210", f"`{short(first.span)}` is no setting of {owner}", first.span, "unknown", None)
        return
    if first.text in CONTINUES:
        continued(first, scope.report)
        return
    if first.text in RESERVED:
        scope.report.error(
            "IFC112",
            f"`{first.text}` is a reserved word and no setting",
            first.span,
            "reserved",
            "`where` stands before an arrow, `and` and `or` in its tests",
        )
        return
    close = near(first.text, known)
    hint = f"write `{close}`" if close else f"there are {', '.join(f'`{k}`' for k in known)}" if known else "it takes none"
    scope.report.error("IFC210", f"{owner} has no setting `{first.text}`", first.span, "unknown setting", hint)
