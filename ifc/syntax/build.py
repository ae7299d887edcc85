"""The tree, made while lark reduces: a second pass over lark's own tree would triple the time."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from ifc.diagnostics import Report
from ifc.source import Source, Span
from ifc.syntax import tree
from ifc.syntax.lark_parser import Token

DIGITS = 300  # of a number; Python's own numbers end not far beyond
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
SECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
BYTES = {"KB": 1024, "MB": 1024**2, "GB": 1024**3}
JOINED = 'dates and paths are text: write `"{}"`; two values have a blank between them'

_ESCAPE_OR_REFERENCE = re.compile(r"\\u([0-9a-fA-F]{4})|\\(.)|\$\$\{|\$\{([^}]*)(\}?)|[^\\$]+|\$", re.S)
_PATH_SEGMENT = re.compile(r'"[^"]*"|[^.]+')
_REFERENCE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*(?:\.(?:[A-Za-z0-9_-]+))*")
_UNITS = re.compile(r"(\d+)([A-Za-z]+)\Z")

Children: TypeAlias = list[Any]  # what lark hands to a rule; a rule is called `list`, which hides the type


class Builder:
    """What lark calls for each rule; one for all files, since lark binds it into its tables."""

    def __init__(self) -> None:
        self.source: Source
        self.report: Report
        self.last_end = -1
        self.joined = False  # a value begins where the one before ends

    def begin(self, source: Source, report: Report) -> None:
        self.source, self.report, self.last_end, self.joined = source, report, -1, False

    # --- values ---

    def value(self, token: Any) -> tree.Value:
        if not isinstance(token, Token):
            return token  # type: ignore[no-any-return]  # a pair or a list, made already
        span = Span(self.source, token.start_pos, token.end_pos)
        kind = token.type
        if kind == "WORD":
            return tree.Word(span, str(token))
        if kind == "STRING":
            return self.text(span, token)
        if len(token) > DIGITS and kind in ("NUMBER", "DURATION", "SIZE"):
            self.report.error(
                "IFC116",
                f"a number of {len(token)} signs is longer than any service takes",
                span,
                "too long",
                "put it in quotes if it is text",
            )
            return tree.Number(span, 0)
        if kind == "NUMBER":
            return tree.Number(span, float(token) if "." in token else int(token))
        if kind == "PATH":
            return tree.Path(span, str(token))
        amount, unit = _UNITS.fullmatch(str(token)).groups()  # type: ignore[union-attr]  # the lexer saw it
        if kind == "DURATION":
            return tree.Duration(span, int(amount) * SECONDS[unit])
        return tree.Size(span, int(amount) * BYTES[unit])

    def text(self, span: Span, token: str) -> tree.Text:
        inner = token[1:-1]
        if "\\" not in inner and "$" not in inner:
            return tree.Text(span, (inner,) if inner else ())
        parts: list[str | tree.Reference] = []
        said: list[str] = []  # text since the last reference
        told = False
        for match in _ESCAPE_OR_REFERENCE.finditer(inner):
            if (match[2] and match[2] not in ESCAPES) or match[1] == "0000":
                part: str | tree.Reference = match.group()
                told = told or self.escape(span, match)
            else:
                part = self.text_part(span, match)
            if isinstance(part, str):
                said.append(part)
            else:
                parts += ["".join(said), part] if any(said) else [part]
                said = []
        if any(said):
            parts.append("".join(said))
        if any(isinstance(part, str) and any(0xD800 <= ord(c) < 0xE000 for c in part) for part in parts):
            parts = [p.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(p, str) else p for p in parts]
        return tree.Text(span, tuple(parts))

    def escape(self, span: Span, match: re.Match[str]) -> bool:
        """Reports an unknown escape; True. One tells of all of a text: it is a pattern or a path in which each stands alone."""
        place = Span(self.source, span.start + 1 + match.start(), span.start + 1 + match.end())
        wrote = match.group()
        if match[1]:
            self.report.error("IFC108", f"no service takes the character `{wrote}`", place, "can't be in a text", "leave it out")
            return True
        hint = "`\\u` needs four hexadecimal digits: `\\u00e9`" if wrote == "\\u" else f"write `\\{wrote}` for a backslash in the text"
        self.report.error(
            "IFC108",
            f"`{wrote}` is not an escape",
            place,
            "unknown escape",
            f"{hint}; the escapes are JSON's: `\\\"` `\\\\` `\\/` `\\b` `\\f` `\\n` `\\r` `\\t` `\\u00e9`",
        )
        return True

    def text_part(self, span: Span, match: re.Match[str]) -> str | tree.Reference:
        place = Span(self.source, span.start + 1 + match.start(), span.start + 1 + match.end())
        code, escaped, reference, closed = match.groups()
        if code:
            return chr(int(code, 16))
        if escaped:
            return ESCAPES[escaped]
        if reference is None:
            return "${" if match.group() == "$${" else match.group()
        if not closed or not _REFERENCE.fullmatch(reference.strip()):
            name = reference.strip()
            what = "this `${` is never closed" if not closed else f"`{name}` is not a name" if name else "this `${}` names nothing"
            self.report.error("IFC109", what, place, "in this text", "write `${name}` or `${Name.attribute}`, or `$${` for a plain `${`")
            return ""
        return tree.Reference(place, reference.strip())

    def pair(self, children: Children) -> tree.Pair:
        name, word = children
        span = Span(self.source, name.start_pos, word.end_pos)
        text = self.text(Span(self.source, name.start_pos, name.end_pos), name).plain if name.type == "STRING" else str(name)
        return tree.Pair(span, text or "", str(word))

    def list(self, children: Children) -> tree.ListValue:
        return tree.ListValue(Span(self.source, children[0].start_pos, children[-1].end_pos), tuple(children[1:-1]))

    def item(self, children: Children) -> tuple[tree.Value, ...] | tree.Block:
        if isinstance(children[0], tree.Block):
            return children[0]
        return tuple(self.value(child) for child in children)

    def args(self, children: Children) -> tree.Args:
        values = tuple(self.value(child) for child in children)
        self.joined |= values[0].span.start == self.last_end and isinstance(values[0], tree.Number | tree.Path)
        self.last_end = values[-1].span.end
        return values

    # --- statements ---

    def head(self, children: Children) -> tuple[tree.Args, ...]:
        return self.dates(children) if self.joined else tuple(children)

    def dates(self, children: Children) -> tuple[tree.Args, ...]:
        """The arguments with those that have no blank between them (`2027-01-01`, `src/a`) reported, and taken as the text they are."""
        self.joined = False
        found: list[tree.Args] = []
        for values in children:
            if found and values[0].span.start == found[-1][-1].span.end and isinstance(values[0], tree.Number | tree.Path):
                span = found[-1][-1].span.to(values[-1].span)
                found[-1] = (*found[-1][:-1], tree.Text(span, (span.text,)))
            else:
                found.append(values)
        for value in (v for values in found for v in values if isinstance(v, tree.Text) and v.span.text[:1] != '"'):
            self.report.error(
                "IFC110", f"`{value.span.text}` runs two values together", value.span, "no blank between", JOINED.format(value.span.text)
            )
        return tuple(found)

    def filter(self, children: Children) -> tuple[str, tree.Expr]:
        return "where", children[0]

    def guard(self, children: Children) -> tuple[str, tree.Expr]:
        return "when", children[0]

    def block(self, children: Children) -> tree.Block:
        opened, statements, closed = children
        return tree.Block(Span(self.source, opened.start_pos, closed.end_pos), statements)

    def body(self, children: Children) -> tuple[tree.Statement, ...]:
        return tuple(children)

    def start(self, children: Children) -> tuple[tree.Statement, ...]:
        return children[0]  # type: ignore[no-any-return]

    def trailing(self, children: Children) -> tuple[tree.Expr | None, tree.Expr | None, tree.Block | None, int]:
        """(filter, guard, block, end) of what follows a head or the targets of an arrow; end is -1 without any."""
        where = guard = block = None
        end = -1
        for child in children:
            if isinstance(child, tree.Block):
                block, end = child, child.span.end
            elif child[0] == "where":
                where, end = child[1], child[1].span.end
            else:
                guard, end = child[1], child[1].span.end
        return where, guard, block, end

    def declaration(self, children: Children) -> tree.Declaration:
        head = children[0]
        where, guard, block, end = self.trailing(children[1:])
        span = Span(self.source, head[0][0].span.start, max(end, head[-1][-1].span.end))
        return tree.Declaration(span, head, where, guard, block, self.description(span.start))

    def wire(self, children: Children) -> tree.Wire:
        head, hops = children[0], tuple(children[1:])
        span = Span(self.source, head[0][0].span.start, hops[-1].span.end)
        return tree.Wire(span, head, hops, self.description(span.start))

    def hop(self, children: Children) -> tree.Hop:
        where = None
        if isinstance(children[0][0], str):
            where = children.pop(0)[1]
        targets = children[0]
        _, guard, block, end = self.trailing(children[1:])
        start = where.span.start if where else targets[0].span.start
        return tree.Hop(Span(self.source, start, max(end, targets[-1].span.end)), where, targets, guard, block)

    def description(self, start: int) -> str | None:
        """The text of the `##` lines directly above the line on which a statement starts."""
        text, lines = self.source.text, []
        begin = text.rfind("\n", 0, start) + 1
        if text[begin:start].strip():
            return None
        while begin:
            above = text.rfind("\n", 0, begin - 1) + 1
            line = text[above : begin - 1].strip()
            if not line.startswith("##"):
                break
            lines.append(line[2:].strip())
            begin = above
        return " ".join(reversed(lines)) or None

    # --- expressions ---

    def expr(self, children: Children) -> tree.Expr:
        return tree.Or(children[0].span.to(children[-1].span), tuple(children))

    def conj(self, children: Children) -> tree.Expr:
        return tree.And(children[0].span.to(children[-1].span), tuple(children))

    def negation(self, children: Children) -> tree.Expr:
        inner = children[0].span
        start = self.source.text.rfind("not", 0, inner.start)
        return tree.Not(Span(self.source, start, inner.end), children[0])

    def field(self, token: Any) -> tree.Field:
        span = Span(self.source, token.start_pos, token.end_pos)
        if token.type == "STRING":
            return tree.Field(span, (self.text(span, token).plain or str(token)[1:-1],))
        segments = _PATH_SEGMENT.findall(str(token))
        return tree.Field(span, tuple(s[1:-1] if s.startswith('"') else s for s in segments))

    def test(self, children: Children) -> tree.Expr:
        field, operand = self.field(children[0]), self.value(children[2])
        return tree.Compare(field.span.to(operand.span), field, str(children[1]), operand)

    def member(self, children: Children) -> tree.Expr:
        field, items = self.field(children[0]), children[1]
        values: list[tree.Value] = []
        for entry in items.entries:
            if isinstance(entry, tree.Block):
                self.report.error(
                    "IFC111",
                    "a list to compare with holds literals, not blocks",
                    entry.span,
                    "not a literal",
                    'write `field in ["a", "b"]`',
                )
                values.append(tree.Text(entry.span, (entry.span.text,)))
            elif len(entry) != 1:
                self.report.error(
                    "IFC111", "the values of a list are separated by commas", entry[1].span, "no comma before it", "write `,` between them"
                )
                values += entry
            else:
                values.append(entry[0])
        return tree.Member(field.span.to(items.span), field, tuple(values))

    def exists(self, children: Children) -> tree.Expr:
        field = self.field(children[0])
        end = re.compile(r"\s*exists").match(self.source.text, field.span.end)
        return tree.Exists(Span(self.source, field.span.start, end.end() if end else field.span.end), field)
