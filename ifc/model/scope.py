"""What a name means at a place in the source."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ifc.diagnostics import Label, Report, article, near
from ifc.records import evolve, record
from ifc.source import Span
from ifc.syntax import tree
from ifc.values import Lookup, Param, Pseudo, Ref, Value, joined

BUILT_IN = ("app", "stage", "self", "aws.region", "aws.account", "aws.partition")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Invalid:
    """Stands for a value whose mistake is reported already."""


INVALID = Invalid()


def kebab(name: str) -> str:
    """`OrderPlaced` → `order-placed`, `v2Api` → `v2-api`."""
    return _HUMP.sub("-", name).replace("_", "-").lower()


def shouty(name: str) -> str:
    """`OrderPlaced` → `ORDER_PLACED`, `v2Api` → `V2_API`."""
    return _HUMP.sub("_", name).replace("-", "_").upper()


def snake(name: str) -> str:
    """`OrderPlaced` → `order_placed`, `v2Api` → `v2_api`."""
    return re.sub("_+", "_", shouty(name).lower())


@record
class Symbol:
    """A declared name: its kind, where it was declared, and the attributes it offers.

    The kind `?` stands for a declaration that is reported already: what uses it is no second mistake.
    """

    name: str
    kind: str
    span: Span
    attributes: tuple[str, ...] | None  # None: any (a raw resource)
    extern: bool = False


@record
class Scope:
    """The names of a program, seen from one declaration."""

    report: Report
    symbols: Mapping[str, Symbol]
    app: str
    stage: str
    folder: str  # of the file, as the user wrote it
    own_name: str | None = None

    def named(self, name: str) -> Scope:
        """This scope inside the declaration of `name` (for `self`)."""
        return evolve(self, own_name=name)

    def at(self, folder: str) -> Scope:
        """This scope for a file in `folder`."""
        return evolve(self, folder=folder)

    # --- names ---

    def symbol(self, path: str, span: Span, kinds: tuple[str, ...] = (), what: str = "") -> Symbol | None:
        """The symbol that the first segment of `path` names, of one of `kinds` when given; None after an error."""
        name = path.split(".", 1)[0]
        found = self.symbols.get(name)
        if found is None:
            self.unknown(name, span, kinds, what)
            return None
        if found.kind == "?":
            return found
        if kinds and found.kind not in kinds:
            self.report.error(
                "IFC207",
                f"`{name}` is {article(found.kind)}, but {what or one_of(kinds)} is wanted here",
                span,
                f"{article(found.kind)}",
                self.suggestion(name, kinds),
                [Label(found.span, "declared here")],
            )
            return None
        return found

    def unknown(self, name: str, span: Span, kinds: tuple[str, ...] = (), what: str = "") -> None:
        """Reports a name that is not declared."""
        called = what or (one_of(kinds) if kinds else "resource or param")
        called = called.removeprefix("a ").removeprefix("an ")
        help = self.suggestion(name, kinds)
        if help is None:
            help = "declare it" if what or kinds else f'put text in quotes: `"{span.text}"`, or declare it'
            help = "declare it, or write `$${` for a plain `${`" if span.text.startswith("${") else help
        self.report.error("IFC201", f"no {called} is called `{name}`", span, "not declared", help)

    def suggestion(self, name: str, kinds: tuple[str, ...]) -> str | None:
        """A sentence that names the near name of one of `kinds`, or None."""
        known = {s.name: s for s in self.symbols.values() if (not kinds or s.kind in kinds) and s.kind != "?" and s.name != "aws"}
        found = near(name, (n for n in known if n != name))
        if found is None:
            if not kinds:
                return None
            some = [n for n in sorted(known) if n != self.own_name][:3]
            return f"name {one_of(kinds)}, such as {' or '.join(f'`{n}`' for n in some)}" if some else f"declare one: `{kinds[0]} Name`"
        symbol = known[found]
        return f"write `{found}`, the {symbol.kind} declared on line {symbol.span.line}"

    # --- values ---

    def refer(self, path: str, span: Span) -> Value | Invalid:
        """The value of a bare word or of `${path}`: a param, something built in, or a resource's attribute."""
        if path == "app":
            return self.app
        if path == "stage":
            return self.stage
        if path == "self":
            if self.own_name is not None:
                return kebab(self.own_name)
            self.report.error("IFC206", "`self` has a meaning only inside a declaration", span, "no declaration around it", None)
            return INVALID
        name, _, attribute = path.partition(".")
        if name == "aws":
            if attribute in ("region", "account", "partition"):
                return Pseudo(attribute)
            self.report.error(
                "IFC206",
                f"`aws` has no `{attribute}`" if attribute else "`aws` alone is no value",
                span,
                "unknown",
                "there are `aws.region`, `aws.account` and `aws.partition`",
            )
            return INVALID
        symbol = self.symbols.get(name)
        if symbol is None:
            if name in BUILT_IN:
                self.report.error("IFC206", f"`{name}` is text and has no `{attribute}`", span, "unknown", f"write `{name}`")
            else:
                self.unknown(name, span)
            return INVALID
        if symbol.kind == "?":
            return INVALID  # its declaration is reported
        if symbol.kind == "param":
            if attribute:
                self.report.error("IFC206", f"`{name}` is a param and has no `{attribute}`", span, "unknown", f"write `{name}`")
                return INVALID
            return Param(name)
        return self.attribute(symbol, attribute, span)

    def attribute(self, symbol: Symbol, attribute: str, span: Span) -> Value | Invalid:
        """`symbol.attribute` as a value."""
        offered = symbol.attributes
        if not attribute:
            some = " or ".join(f"`{symbol.name}.{a}`" for a in (offered or ("id", "Arn"))[:3])
            self.report.error(
                "IFC206",
                f"`{symbol.name}` is {article(symbol.kind)}, not a value",
                span,
                "which attribute?",
                f"write {some}" if offered != () else f"{article(symbol.kind)} has no attributes",
            )
            return INVALID
        if offered is not None and attribute not in offered:
            close = near(attribute, offered)
            self.report.error(
                "IFC206",
                f"{article(symbol.kind)} has no attribute `{attribute}`",
                span,
                "unknown attribute",
                f"write `{symbol.name}.{close}`" if close else f"there are {', '.join(f'`{a}`' for a in offered)}" if offered else None,
            )
            return INVALID
        return Ref(symbol.name, attribute)

    def text(self, node: tree.Text) -> Value | Invalid:
        """The value of a string with its references resolved."""
        if len(node.parts) <= 1 and not any(isinstance(p, tree.Reference) for p in node.parts):
            return node.parts[0] if node.parts else ""
        parts: list[Value] = []
        for part in node.parts:
            resolved = part if isinstance(part, str) else self.refer(part.path, part.span)
            if isinstance(resolved, Invalid):
                return INVALID
            parts.append(resolved)
        return joined(*parts)

    def value(self, node: tree.Value) -> Value | Invalid:
        """The value of any literal or reference (in `env`, `cfn`, an output, a default)."""
        if isinstance(node, tree.Text):
            return self.text(node)
        if isinstance(node, tree.Number):
            return node.value
        if isinstance(node, tree.Word):
            if node.text in ("true", "on"):
                return True
            if node.text in ("false", "off"):
                return False
            if node.text in ("null", "none"):
                return None
            return self.refer(node.text, node.span)
        if isinstance(node, tree.Duration | tree.Size):
            self.report.error(
                "IFC301",
                f"`{node.span.text}` has a unit, but a plain value is wanted here",
                node.span,
                "a unit",
                "write the number without a unit, or put the text in quotes",
            )
            return INVALID
        self.report.error(
            "IFC301", f"`{short(node.span)}` is not a value", node.span, "unexpected", "write text in quotes, a number or a name"
        )
        return INVALID

    def lookup(self, word: tree.Word, key: tree.Value) -> Value | Invalid:
        """`ssm "/path"`, `exported "Name"` or `file "x.json"`."""
        resolved = self.value(key)
        if isinstance(resolved, Invalid):
            return INVALID
        if word.text == "file":
            return self.file(resolved, key.span)
        if isinstance(key, tree.Word) and key.text in ("none", "null"):
            self.report.error(
                "IFC301", f"`{word.text} {key.text}` reads nothing", key.span, "no name", f'write what it is called: `{word.text} "…"`'
            )
            return INVALID
        return Lookup(word.text, resolved)

    def file(self, name: Value, span: Span) -> Value | Invalid:
        """The text of a file beside the source."""
        import os.path

        if not isinstance(name, str):
            self.report.error(
                "IFC803", "a file's name must be known when compiling", span, "known only at deployment", "write its name in quotes"
            )
            return INVALID
        path = os.path.normpath(os.path.join(self.folder, name))
        try:
            with open(path, encoding="utf-8-sig") as stream:
                return stream.read()
        except (OSError, UnicodeDecodeError, ValueError) as problem:
            why = problem.strerror if isinstance(problem, OSError) and problem.strerror else "it is not UTF-8 text"
            self.report.error(
                "IFC803",
                f"the file `{name}` can't be read: {why.lower()}",
                span,
                "this file",
                f"it is looked for at `{path}`, relative to the `.ifc` file",
            )
            return INVALID


LOOKUPS = ("ssm", "exported", "file")


def one_of(kinds: tuple[str, ...]) -> str:
    """`a queue, topic or table`."""
    names = list(kinds)
    return article((", ".join(names[:-1]) + " or " if names[1:] else "") + names[-1])


def short(span: Span) -> str:
    """What was written at a span, cut to one short line."""
    text = " ".join(span.text.split())
    return text if len(text) <= 40 else text[:37] + "…"
