"""How a setting is written: its type reads the syntax, reports what does not fit, and folds what several layers say."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from ifc.diagnostics import Label, near
from ifc.model.scope import INVALID, LOOKUPS, Invalid, Scope, short
from ifc.records import evolve, record
from ifc.source import Span
from ifc.syntax import tree
from ifc.syntax.tree import RESERVED
from ifc.values import Param, Value

BUILT_IN, DEFAULTS, WRITTEN, STAGE = "built in", "defaults", "written", "stage"


@record
class Origin:
    """Where a setting's value came from."""

    layer: str
    span: Span | None = None


@record
class Entry:
    """One writing of a setting: its arguments after the name, its block, and the layer it stands in."""

    word: tree.Word
    args: tuple[tree.Args, ...]
    block: tree.Block | None
    span: Span
    layer: str
    statement: tree.Declaration

    @property
    def values_span(self) -> Span:
        """The span of the arguments, or of the setting's name when there are none."""
        return self.args[0][0].span.to(self.args[-1][-1].span) if self.args else self.word.span


class Type:
    """How one setting is written. `expects` completes the sentence «… is wanted here»."""

    expects = "a value"
    repeatable = False

    def fold(self, entries: Sequence[Entry], scope: Scope) -> Value | Invalid:
        """The value of all its writings, lowest layer first."""
        entry = entries[-1]
        if entry.block is not None:
            scope.report.error(
                "IFC305", f"`{entry.word.text}` takes no block", entry.block.span, "not expected", f"it takes {self.expects}"
            )
            return INVALID
        return self.read_args(entry.args, entry, scope)

    def read_args(self, args: tuple[tree.Args, ...], entry: Entry, scope: Scope) -> Value | Invalid:
        """The value of one writing's arguments."""
        one = single(args, entry, scope, self)
        return INVALID if one is None else self.read(one, scope)

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        """The value of one argument."""
        raise TypeError(f"{type(self).__name__} is read as a whole")

    def wrong(self, node: tree.Value, scope: Scope, help: str | None = None) -> Invalid:
        """Reports that `node` is not what the setting takes."""
        wanted = re.split(" (?:such|from) ", self.expects)[0]
        scope.report.error("IFC301", f"`{short(node.span)}` is not {self.expects}", node.span, f"{wanted} is wanted", help)
        return INVALID


def single(args: tuple[tree.Args, ...], entry: Entry, scope: Scope, wanted: Type) -> tree.Value | None:
    """The one argument of a setting; None after an error."""
    name = entry.word.text
    if not args:
        scope.report.error("IFC304", f"`{name}` needs a value", entry.word.span, "no value", f"it takes {wanted.expects}")
        return None
    if len(args[0]) > 1:
        second = args[0][1]
        help = f"it takes {wanted.expects}"
        between = args[0][0].span.to(second.span).text
        if isinstance(args[0][0], tree.Number) and between.replace(",", "").isdecimal():
            help = f"write the number without commas: `{args[0][0].span.to(args[0][-1].span).text.replace(',', '')}`"
        elif "\n" in between:
            help = "take out the `,` at the end of the line: the newline ends the setting"
        elif isinstance(second, tree.Word):
            help = f"`,` joins values of one setting; write `;` before `{second.text}` if another setting begins there"
        scope.report.error("IFC310", f"`{name}` takes one value", second.span, "one too many", help)
        return None
    if len(args) > 1 and repeated(args[0][0], name, scope):
        return None
    if len(args) > 1:
        extra = args[1][0]
        if isinstance(args[0][0], tree.Number) and isinstance(extra, tree.Word) and extra.text in UNITS:
            help = f"a unit follows without a blank: `{args[0][0].span.text}{extra.text}`"
        elif isinstance(args[0][0], tree.Word) and args[0][0].text in LOOKUPS:
            help = f"`{args[0][0].text}` is read where text is wanted; this is {wanted.expects}"
        else:
            begins = f": write `;` before `{extra.text}`" if isinstance(extra, tree.Word) and len(args) > 2 else ""
            help = f"it takes {wanted.expects}; end a setting with a newline or `;`{begins}"
        scope.report.error("IFC305", f"`{name}` takes one value", extra.span, "one too many", help)
        return None
    return args[0][0]


def repeated(node: tree.Value, word: str, scope: Scope) -> bool:
    """Reports a word that stands twice (`timeout timeout 30s`); whether it does."""
    if not isinstance(node, tree.Word) or node.text != word:
        return False
    scope.report.error("IFC305", f"`{word}` is written twice", node.span, "again", "take one of them out")
    return True


UNITS = ("ms", "s", "m", "h", "d", "KB", "MB", "GB")

# --- scalars ---


class Flag(Type):
    """`on` or `off`; the bare name is `on`."""

    expects = "`on` or `off`"

    def read_args(self, args: tuple[tree.Args, ...], entry: Entry, scope: Scope) -> Value | Invalid:
        return super().read_args(args, entry, scope) if args else True

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        if isinstance(node, tree.Word) and node.text in ("on", "true"):
            return True
        if isinstance(node, tree.Word) and node.text in ("off", "false"):
            return False
        return self.wrong(node, scope)


class _Measured(Type):
    """A number within limits, perhaps with a unit, perhaps a param."""

    units: tuple[tuple[str, int], ...] = ()  # what may follow the number, and how much it is

    def __init__(self, low: int | float, high: int | float, param: bool = False, allowed: tuple[int, ...] = ()) -> None:
        self.low, self.high, self.param, self.allowed = low, high, param, allowed
        self.expects = self.describe()

    def describe(self) -> str:
        return f"a whole number from {self.low} to {self.high}"

    def show(self, amount: int | float) -> str:
        return f"{amount}"

    def amount(self, node: tree.Value, scope: Scope) -> int | float | Invalid | None:
        """The number in the setting's unit, None where the node is something else."""
        return node.value if isinstance(node, tree.Number) and isinstance(node.value, int) else None

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        if isinstance(node, tree.Word):
            return self.from_name(node, scope)
        amount = self.amount(node, scope)
        if isinstance(amount, Invalid):
            return INVALID
        if amount is None:
            return self.wrong(node, scope, self.with_unit(node) if isinstance(node, tree.Number) and self.units else None)
        if not self.low <= amount <= self.high:
            beyond = f"more than `{self.show(self.high)}`" if amount > self.high else f"less than `{self.show(self.low)}`"
            scope.report.error(
                "IFC302",
                f"`{short(node.span)}` is {beyond}",
                node.span,
                "out of range",
                f"write a value from `{self.show(self.low)}` to `{self.show(self.high)}`",
            )
            return INVALID
        if self.allowed and amount not in self.allowed:
            close = min(self.allowed, key=lambda a: (abs(a - amount), a))
            scope.report.error(
                "IFC303",
                f"`{short(node.span)}` is none of the values that the service takes",
                node.span,
                "not offered",
                f"the nearest is `{self.show(close)}`",
            )
            return INVALID
        return amount

    def with_unit(self, node: tree.Number) -> str:
        """How a bare number may be meant."""
        meant = [
            f"`{node.span.text}{unit}`"
            for unit, size in self.units
            if self.low <= node.value * size <= self.high and (not self.allowed or node.value * size in self.allowed)
        ]
        return f"write it with a unit: {' or '.join(meant or [f'`{self.show(self.high)}`'])}"

    def coarser(self, node: tree.Value, amount: int, unit: str, scope: Scope) -> Invalid:
        """Reports a value in a unit finer than the setting's; `amount` is the next one that it takes."""
        near = min(max(amount, self.low), self.high) if not self.allowed else min(self.allowed, key=lambda a: (a < amount, abs(a - amount)))
        scope.report.error(
            "IFC306",
            f"`{short(node.span)}` is not a whole number of {unit}",
            node.span,
            "too fine",
            f"this setting counts in {unit}: write `{self.show(near)}`",
        )
        return INVALID

    def from_name(self, node: tree.Word, scope: Scope) -> Value | Invalid:
        found = scope.symbols.get(node.text)
        if found is None or found.kind != "param":
            return self.wrong(node, scope)
        if not self.param:
            scope.report.error(
                "IFC311",
                f"`{node.text}` is known only at deployment, but the compiler computes with this value",
                node.span,
                "a param",
                f"write {self.expects}; a `stage` block can give each stage its own",
            )
            return INVALID
        return Param(node.text)


class Whole(_Measured):
    """A whole number."""


class Decimal(_Measured):
    """A number, with or without a fraction."""

    def describe(self) -> str:
        return f"a number from {self.low} to {self.high}"

    def amount(self, node: tree.Value, scope: Scope) -> int | float | Invalid | None:
        return node.value if isinstance(node, tree.Number) else None


class Seconds(_Measured):
    """A duration, in seconds."""

    unit, size = "seconds", 1000
    units: tuple[tuple[str, int], ...] = (("s", 1), ("m", 60), ("h", 3600), ("d", 86_400))

    def describe(self) -> str:
        return f"a duration from `{self.show(self.low)}` to `{self.show(self.high)}`"

    def show(self, amount: int | float) -> str:
        milliseconds = int(amount * self.size)
        for unit, length in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
            if milliseconds % length == 0 and milliseconds:
                return f"{milliseconds // length}{unit}"
        return f"{milliseconds}ms" if milliseconds else "0s"

    def amount(self, node: tree.Value, scope: Scope) -> int | float | Invalid | None:
        if not isinstance(node, tree.Duration):
            return None
        if node.milliseconds % self.size:
            return self.coarser(node, -(-node.milliseconds // self.size), self.unit, scope)
        return node.milliseconds // self.size


def duration(seconds: int) -> str:
    """A number of seconds as it is written: `6m`."""
    return Seconds(0, 0).show(seconds)


class Hours(Seconds):
    """A duration, in hours."""

    unit, size = "hours", 3_600_000
    units = (("h", 1), ("d", 24))


class Days(Seconds):
    """A duration, in days."""

    unit, size = "days", 86_400_000
    units = (("d", 1),)


class Megabytes(_Measured):
    """A size, in MB."""

    units = (("MB", 1), ("GB", 1024))

    def describe(self) -> str:
        return f"a size from `{self.show(self.low)}` to `{self.show(self.high)}`"

    def show(self, amount: int | float) -> str:
        return f"{amount // 1024}GB" if amount % 1024 == 0 else f"{amount}MB"

    def amount(self, node: tree.Value, scope: Scope) -> int | float | Invalid | None:
        if not isinstance(node, tree.Size):
            return None
        if node.bytes % 1024**2:
            return self.coarser(node, -(-node.bytes // 1024**2), "MB", scope)
        return node.bytes // 1024**2


class Choice(Type):
    """One of some words."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.expects = "one of " + ", ".join(f"`{w}`" for w in words)

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        if isinstance(node, tree.Word) and node.text in self.words:
            return node.text
        written = node.text if isinstance(node, tree.Word) else (node.plain or "") if isinstance(node, tree.Text) else ""
        if isinstance(node, tree.Text) and written in self.words:
            scope.report.error(
                "IFC301", f"`{written}` is a word of the language and has no quotes", node.span, "in quotes", f"write `{written}`"
            )
            return INVALID
        close = near(written, self.words) if written else None
        scope.report.error(
            "IFC303", f"`{short(node.span)}` is not {self.expects}", node.span, "unknown word", f"write `{close}`" if close else None
        )
        return INVALID


class Pattern:
    """What a text must look like: a regular expression and how to say it."""

    def __init__(self, expression: str, said: str) -> None:
        self.expression, self.said = expression, said

    def fits(self, text: str) -> bool:
        return re.fullmatch(self.expression, text) is not None


class String(Type):
    """Text: quoted, a param, an attribute, or a lookup."""

    def __init__(self, expects: str = "text in quotes", pattern: Pattern | None = None, literal: bool = False) -> None:
        self.expects, self.pattern, self.literal = expects, pattern, literal

    def read_args(self, args: tuple[tree.Args, ...], entry: Entry, scope: Scope) -> Value | Invalid:
        found = lookup(args, scope)
        if found is not None:
            return self.checked(found, entry.values_span, scope)
        return super().read_args(args, entry, scope)

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        if not isinstance(node, tree.Text | tree.Word):
            return self.wrong(node, scope, "put text in quotes")
        return self.checked(scope.text(node) if isinstance(node, tree.Text) else scope.refer(node.text, node.span), node.span, scope)

    def checked(self, value: Value | Invalid, span: Span, scope: Scope) -> Value | Invalid:
        """The value, if it is known as far as it must be, and looks as it must; reports if not."""
        if self.literal and not isinstance(value, str | Invalid):
            scope.report.error(
                "IFC311",
                f"`{short(span)}` is known only at deployment, but the compiler needs it",
                span,
                "not known now",
                "write the text in quotes; a `stage` block can give each stage its own",
            )
            return INVALID
        if isinstance(value, str) and self.pattern and not self.pattern.fits(value):
            scope.report.error("IFC309", f"`{short(span)}` is not {self.pattern.said}", span, "not allowed", None)
            return INVALID
        return value


def lookup(args: tuple[tree.Args, ...], scope: Scope) -> Value | Invalid | None:
    """The value of `ssm "…"`, `exported "…"` or `file "…"`; None where the arguments are something else."""
    if len(args) == 2 and len(args[0]) == 1 == len(args[1]) and isinstance(args[0][0], tree.Word) and args[0][0].text in LOOKUPS:
        return scope.lookup(args[0][0], args[1][0])
    return None


class AnyValue(Type):
    """Text, number, flag or reference."""

    expects = "text in quotes, a number, `on`, `off` or a name"

    def read_args(self, args: tuple[tree.Args, ...], entry: Entry, scope: Scope) -> Value | Invalid:
        found = lookup(args, scope)
        return found if found is not None else super().read_args(args, entry, scope)

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        return scope.value(node)


class Name(Type):
    """A resource of one of some kinds, by its declared name; the value is that name."""

    def __init__(self, *kinds: str) -> None:
        from ifc.model.scope import one_of

        self.kinds = kinds
        self.expects = f"the name of {one_of(kinds)}"

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        if not isinstance(node, tree.Word):
            return self.wrong(node, scope)
        name, _, rest = node.text.partition(".")
        if rest:
            return self.wrong(node, scope, f"write `{name}`")
        symbol = scope.symbol(name, node.span, self.kinds)
        return INVALID if symbol is None or symbol.kind == "?" else symbol.name


class Word(Type):
    """A free word or quoted text, taken as it stands (an index's name, an attribute's)."""

    def __init__(self, expects: str = "a name") -> None:
        self.expects = expects

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        if isinstance(node, tree.Word):
            return node.text
        if isinstance(node, tree.Text) and node.plain:
            return node.plain
        return self.wrong(node, scope)


class Either(Type):
    """The first of some types that the argument looks like."""

    def __init__(self, *options: tuple[Callable[[tree.Value], bool], Type]) -> None:
        self.options = options
        self.expects = " or ".join(t.expects for _, t in options)

    def read_args(self, args: tuple[tree.Args, ...], entry: Entry, scope: Scope) -> Value | Invalid:
        for fits, option in self.options:
            if args and fits(args[0][0]):
                return option.read_args(args, entry, scope)
        return super().read_args(args, entry, scope)

    def read(self, node: tree.Value, scope: Scope) -> Value | Invalid:
        return self.wrong(node, scope)


def is_word(*words: str) -> Callable[[tree.Value], bool]:
    """Whether an argument is one of `words`."""
    return lambda node: isinstance(node, tree.Word) and node.text in words


def anything(node: tree.Value) -> bool:
    """True: the last option of `Either`."""
    return True


# --- several ---


class Many(Type):
    """Values of one type, joined by commas."""

    def __init__(self, of: Type, most: int | None = None) -> None:
        self.of, self.most = of, most
        self.expects = f"{of.expects}, or several with commas"

    def read_args(self, args: tuple[tree.Args, ...], entry: Entry, scope: Scope) -> Value | Invalid:
        found = lookup(args, scope) if isinstance(self.of, String | AnyValue) else None
        if found is not None:
            return found if isinstance(found, Invalid) else (found,)
        if len(args) > 1:
            scope.report.error(
                "IFC305", f"`{entry.word.text}` takes one list of values", args[1][0].span, "not expected", "join values with `,`"
            )
            return INVALID
        if not args:
            scope.report.error("IFC304", f"`{entry.word.text}` needs a value", entry.word.span, "no value", f"it takes {self.expects}")
            return INVALID
        results = [self.of.read(node, scope) for node in args[0]]
        if any(isinstance(r, Invalid) for r in results):
            return INVALID
        if self.most is not None and len(results) > self.most:
            scope.report.error(
                "IFC302", f"`{entry.word.text}` takes at most {self.most} values", args[0][self.most].span, "one too many", None
            )
            return INVALID
        return tuple(results)

    def fold(self, entries: Sequence[Entry], scope: Scope) -> Value | Invalid:
        gathered: list[Value] = []
        for entry in entries:  # lists add
            value = self.read_args(entry.args, entry, scope)
            if isinstance(value, Invalid):
                return INVALID
            gathered += [v for v in value if v not in gathered]
        if self.most is not None and len(gathered) > self.most:
            last = entries[-1]
            scope.report.error(
                "IFC302",
                f"`{last.word.text}` takes at most {self.most} values, and with those of the defaults these are {len(gathered)}",
                last.values_span,
                "too many",
                "take some out here, or out of the defaults",
            )
            return INVALID
        return tuple(gathered)


class Mapping(Type):
    """A block of `NAME value`; later layers replace single names."""

    def __init__(self, of: Type, key: Pattern | None = None) -> None:
        self.of, self.key = of, key
        self.expects = "a block of names and values"

    def fold(self, entries: Sequence[Entry], scope: Scope) -> Value | Invalid:
        result: dict[str, Value] = {}
        spans: dict[str, tuple[Span, str]] = {}
        good = True
        for entry in entries:
            if entry.args or entry.block is None:
                scope.report.error(
                    "IFC304",
                    f"`{entry.word.text}` takes a block",
                    entry.values_span,
                    "no block here",
                    f"write `{entry.word.text} {{ NAME value }}`",
                )
                good = False
                continue
            for name, inner in named_entries(entry, scope):
                if self.key and not self.key.fits(name):
                    scope.report.error("IFC309", f"`{name}` is not {self.key.said}", inner.word.span, "not allowed", None)
                    continue
                if name in spans and spans[name][1] == entry.layer and not same_text(spans[name][0], inner.span, entry.layer):
                    twice(name, inner.word.span, spans[name][0], entry.layer, scope)
                    continue
                spans[name] = (inner.span, entry.layer)
                value = self.of.fold([inner], scope)
                if isinstance(value, Invalid):
                    good = False
                else:
                    result[name] = value
        return dict(sorted(result.items())) if good else INVALID


def named_entries(entry: Entry, scope: Scope) -> list[tuple[str, Entry]]:
    """The statements of an entry's block as (name, entry); a quoted name is allowed."""
    found = []
    for statement in entry.block.statements if entry.block else ():
        if isinstance(statement, tree.Broken):
            continue
        first = statement.head[0][0]
        name = first.text if isinstance(first, tree.Word) else first.plain if isinstance(first, tree.Text) else None
        if isinstance(first, tree.Pair):
            json_pair(first, scope)
            continue
        if name in RESERVED and isinstance(first, tree.Word):
            scope.report.error("IFC112", f"`{name}` is a reserved word", first.span, "reserved", f'put it in quotes: `"{name}"`')
            continue
        if not isinstance(statement, tree.Declaration) or not name or len(statement.head[0]) > 1 or statement.where or statement.guard:
            scope.report.error(
                "IFC304", f"`{short(statement.span)}` is not a name with a value", statement.span, "unexpected", "write `NAME value`"
            )
            continue
        word = first if isinstance(first, tree.Word) else tree.Word(first.span, name)
        found.append((name, Entry(word, statement.head[1:], statement.block, statement.span, entry.layer, statement)))
    return found


def json_pair(node: tree.Pair, scope: Scope) -> None:
    """Reports `name: word` where a setting is wanted."""
    name = node.span.text.partition(":")[0].rstrip()
    scope.report.error(
        "IFC105",
        "a block is not JSON: it has no colons and no commas",
        node.span,
        "a colon",
        f"write `{name} {node.word}`, one on a line or with `;` between",
    )


class JsonBlock(Type):
    """A block that is JSON in our spelling: `Key value`, `Key { … }`, `Key [ … ]`."""

    expects = "a block of properties"

    def fold(self, entries: Sequence[Entry], scope: Scope) -> Value | Invalid:
        result: dict[str, Value] = {}
        for entry in entries:
            if entry.block is None or entry.args:
                scope.report.error(
                    "IFC304",
                    f"`{entry.word.text}` takes a block of properties",
                    entry.values_span,
                    "no block here",
                    f"write `{entry.word.text} {{ Property value }}`",
                )
                return INVALID
            content = json_block(entry, scope)
            if isinstance(content, Invalid):
                return INVALID
            result = laid_over(result, content)
        return result


def json_block(entry: Entry, scope: Scope) -> dict[str, Value] | Invalid:
    """The object that an entry's block spells."""
    result: dict[str, Value] = {}
    seen: dict[str, Span] = {}
    good = True
    for name, inner in named_entries(entry, scope):
        if name in seen:
            twice(name, inner.word.span, seen[name], WRITTEN, scope)
            good = False
            continue
        seen[name] = inner.span
        value = json_value(inner, scope)
        if isinstance(value, Invalid):
            good = False
        else:
            result[name] = value
    return result if good else INVALID


def json_value(entry: Entry, scope: Scope) -> Value | Invalid:
    found = lookup(entry.args, scope)
    if found is not None:
        return found
    if entry.block is not None and not entry.args:
        return json_block(entry, scope)
    if not entry.args and entry.block is None:
        return True
    if len(entry.args) == 1 and len(entry.args[0]) == 1 and entry.block is None:
        node = entry.args[0][0]
        return json_list(node, entry, scope) if isinstance(node, tree.ListValue) else scope.value(node)
    if entry.args and len(entry.args[0]) > 1 and "\n" in entry.args[0][0].span.to(entry.args[0][1].span).text:
        single(entry.args, entry, scope, AnyValue())
        return INVALID
    scope.report.error(
        "IFC305",
        f"`{entry.word.text}` takes one value, a block or a list",
        entry.values_span,
        "too many values",
        "several values stand in `[ … ]`, separated by commas",
    )
    return INVALID


def json_list(node: tree.ListValue, entry: Entry, scope: Scope) -> Value | Invalid:
    results: list[Value] = []
    for part in node.entries:
        if isinstance(part, tree.Block):
            inner = evolve(entry, args=(), block=part)
            results.append(json_block(inner, scope))
        elif len(part) == 1:
            only = part[0]
            results.append(json_list(only, entry, scope) if isinstance(only, tree.ListValue) else scope.value(only))
        elif len(part) == 2 and isinstance(part[0], tree.Word) and part[0].text in LOOKUPS:
            results.append(scope.lookup(part[0], part[1]))
        else:
            scope.report.error(
                "IFC305", "values in a list are separated by commas", part[1].span, "no comma before it", "write `,` between them"
            )
            results.append(INVALID)
    return INVALID if any(isinstance(r, Invalid) for r in results) else tuple(results)


def laid_over(base: Any, top: Any) -> Any:
    """`top` over `base`: objects merge, anything else replaces; an intrinsic function is no object."""
    if isinstance(base, dict) and isinstance(top, dict) and not (is_function(base) or is_function(top)):
        merged = dict(base)
        for key, value in top.items():
            merged[key] = laid_over(base[key], value) if key in base else value
        return merged
    return top


def is_function(content: dict[str, Any]) -> bool:
    """Whether content is one of CloudFormation's intrinsic functions (Template Reference, Intrinsic functions)."""
    name = next(iter(content), "") if len(content) == 1 else ""
    return name == "Ref" or name.startswith("Fn::")


def taken_out(base: Any, top: Any) -> Any:
    """`base` without what is `none` in `top`."""
    if isinstance(base, dict) and isinstance(top, dict):
        return {
            key: taken_out(value, top[key]) if key in top else value
            for key, value in base.items()
            if key not in top or top[key] is not None
        }
    return base


# --- written twice ---


def same_text(one: Span, other: Span, layer: str) -> bool:
    """Two `defaults` may say the same thing twice; nothing else may."""
    return layer == DEFAULTS and one.text.split() == other.text.split()


def twice(name: str, span: Span, first: Span, layer: str, scope: Scope) -> None:
    """Reports a setting that is written again in the same layer."""
    if layer == DEFAULTS:
        scope.report.error(
            "IFC307", f"two `defaults` disagree on `{name}`", span, "and here", "keep one of them", [Label(first, "one here")]
        )
    else:
        scope.report.error("IFC211", f"`{name}` is given twice", span, "again", "keep one of them", [Label(first, "first here")])
