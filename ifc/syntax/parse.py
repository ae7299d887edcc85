"""Text to tree: lark's LALR tables drive it, mistakes are reported and stepped over.

After a mistake the parser goes on at the next statement: it drops what it had of the broken one and skips to the end of
the line (over any braces that open on the way), so that each mistake is reported once and the rest is still read. Where
a brace is missing, the layout of the lines tells where it was meant, and the file is read again as if it stood there.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from ifc.diagnostics import Failure, Label, Report
from ifc.source import Source, Span
from ifc.syntax import tree
from ifc.syntax.lark_parser import Lark_StandAlone, Token, UnexpectedCharacters, UnexpectedToken

DEPTH = 64  # blocks, lists and parentheses in each other; everything after the parser may recurse this deep
MOST = 500  # mistakes in one file; more of them mean that it is something else
DIGITS = 300  # of a number; Python's own numbers end not far beyond
RESERVED = ("where", "when", "and", "or")
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
JOINED = 'dates and paths are text: write `"{}"`; two values have a blank between them'
SECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
BYTES = {"KB": 1024, "MB": 1024**2, "GB": 1024**3}

_ESCAPE_OR_REFERENCE = re.compile(r"\\u([0-9a-fA-F]{4})|\\(.)|\$\$\{|\$\{([^}]*)(\}?)|[^\\$]+|\$", re.S)
_PATH_SEGMENT = re.compile(r'"[^"]*"|[^.]+')
_REFERENCE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*(?:\.(?:[A-Za-z0-9_-]+))*")
_CLOSERS = re.compile(r"[ \t}\]]*")
_SKIP = re.compile(r'"(?:\\.|[^"\\\n])*+"|#[^\n]*|[{\[]|[}\]]|;|\n|[^"#{}\[\];\n]+|"')
_CONTINUED = re.compile(r"\n(?:[ \t\r\n]|#[^\n]*\n)*+(?:->|(?:where|when|and|or)(?![\w-]))")
_LONE_CR = re.compile(r"\r(?!\n)")
_LIKE_NUMBER = re.compile(r"-?\d[\w.%:+-]*")
_RUN = re.compile(r"[^\s\"'{}\[\]();,#]+")
_ARROW = re.compile(r"-+[ \t]*>|=+>|--+|[→⇒⟶]")
_QUOTED = re.compile(r"'([^'\n]*)'|“([^“”\n]*)”|‘([^‘’\n]*)’|«([^«»\n]*)»|`([^`\n]*)`")
_UNITS = re.compile(r"(\d+)([A-Za-z]+)\Z")

_NAMES = {
    "WORD": "a word",
    "STRING": "a string",
    "NUMBER": "a number",
    "DURATION": "a duration",
    "SIZE": "a size",
    "PATH": "a path",
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "COMMA": "`,`",
    "SEMICOLON": "`;`",
    "_NL": "the end of the line",
    "$END": "the end of the file",
    "OP": "an operator",
    "COLON": "`:`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "WHERE": "`where`",
    "WHEN": "`when`",
    "AND": "`and`",
    "OR": "`or`",
    "NOT": "`not`",
    "IN": "`in`",
    "EXISTS": "`exists`",
}


Children: TypeAlias = list[Any]  # what lark hands to a rule; a rule is called `list`, which hides the type


class _Builder:
    """Makes the tree while lark reduces (a second pass over lark's own tree would triple the time)."""

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
            if match[2] and match[2] not in ESCAPES:
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
        hint = "`\\u` needs four hexadecimal digits: `\\u00e9`" if wrote == "\\u" else f"write `\\{wrote}` for a backslash in the text"
        self.report.error(
            "IFC108",
            f"`{wrote}` is not an escape",
            place,
            "unknown escape",
            f"{hint}; the escapes are JSON's: `\\\"` `\\\\` `\\/` `\\b` `\\f` `\\n` `\\r` `\\t` `\\u0000`",
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


_builder = _Builder()
_parser: Any = None


def parse(source: Source, report: Report) -> tree.File:
    """The tree of `source`; what can't be read is reported and stands in the tree as Broken.

    Raises Failure where so much is unreadable that anything else said of the program would be a guess.
    """
    global _parser
    if _parser is None:
        _parser = Lark_StandAlone(transformer=_builder)
    lone = _LONE_CR.search(source.text)
    if lone:
        source = Source(source.path, _LONE_CR.sub("\n", source.text))
        report.error(
            "IFC107",
            "a lone carriage return is not a line end here",
            Span(source, lone.start(), lone.end()),
            "carriage return",
            "save the file with LF or CRLF line ends",
        )
    first = _Run(source, report, [])
    statements = first.statements()
    if not first.unclosed:
        return tree.File(source, statements)
    said = report.diagnostics[first.said :]
    closers = missing(source.text)
    if closers:
        del report.diagnostics[first.said :]
        second = _Run(source, report, closers)
        statements = second.statements()
        if not second.unclosed and not second.surplus:
            return tree.File(source, statements)
        report.diagnostics[first.said :] = said
    raise Failure(*report.ordered())


def missing(text: str) -> list[tuple[int, int]]:
    """The `{` that the layout shows to be never closed, each with the place before which its `}` is missing.

    A line that stands no further to the right than the line of the last open `{` is not in that block any more.
    """
    found: list[tuple[int, int]] = []
    opened: list[tuple[int, int]] = []  # (place, column of its line)
    line, column, fresh = 0, 0, True
    for match in _SKIP.finditer(text):
        part, at = match.group(), match.start()
        if part == "\n":
            line, fresh = at + 1, True
            continue
        if part[0] == "#" or (fresh and part.isspace()):
            continue
        if fresh:
            at += len(part) - len(part.lstrip())
            column, fresh = at - line, False
            while opened and (column < opened[-1][1] or (column == opened[-1][1] and part not in "}]")):
                found.append((opened.pop()[0], at))
        if part in "{[":
            opened.append((at, column))
        elif part in "}]" and opened:
            opened.pop()
    return sorted(found + [(place, len(text)) for place, _ in opened], key=lambda f: (f[1], -f[0]))


class _Run:
    """One parse: lark's state, the nesting, and the recovery."""

    def __init__(self, source: Source, report: Report, closers: list[tuple[int, int]]) -> None:
        self.source, self.report = source, report
        self.said = len(report.diagnostics)
        self.closers = closers  # `{` that were never closed, and where their `}` is taken to stand
        self.unclosed = self.surplus = False
        self.json: set[int] = set()  # outermost blocks that were said to be JSON
        _builder.begin(source, report)
        interactive = _parser.parse_interactive(source.text)
        self.state = interactive.parser_state
        self.lexer = interactive.lexer_thread
        self.table = self.state.parse_conf.states
        self.open = 0
        self.terms = 0  # parentheses and `not`s in this statement

    def statements(self) -> tuple[tree.Statement, ...]:
        while True:
            try:
                for token in self.lexer.lex(self.state):
                    if self.closers and token.start_pos >= self.closers[0][1]:
                        self.close_missing(token)
                    if self.takes(token):
                        self.state.feed_token(token)
                end = Token("$END", "", len(self.source.text), 1, 1, 1, 1, len(self.source.text))
                if self.closers:
                    self.close_missing(end)
                return self.state.feed_token(end, True)  # type: ignore[no-any-return]
            except UnexpectedToken as problem:
                token = problem.token
                if token.type == "$END":
                    if not self.at_end():
                        return ()
                    continue
                if token.type in ("RBRACE", "RSQB") and not self.open_blocks():
                    self.too_many(token)
                elif not self.without_comma(token):
                    self.unexpected(token, problem.expected)
                    self.resume(token.start_pos, token.type)
            except UnexpectedCharacters as problem:
                self.odd(problem.pos_in_stream, problem.allowed or set())
                if not self.quoted(problem.pos_in_stream) and not self.unseen(problem.pos_in_stream):
                    self.resume(problem.pos_in_stream, "")
            self.open = len(self.open_blocks())
            self.enough()

    def takes(self, token: Any) -> bool:
        """Counts the nesting; False for a token that is stepped over: a surplus `}`, a comment of another language."""
        kind = token.type
        if kind in ("LBRACE", "LSQB"):
            self.open += 1
        elif kind in ("RBRACE", "RSQB"):
            if self.open == 0:  # lark would take back the whole file before it noticed
                self.too_many(token)
                return False
            self.open -= 1
        elif kind in ("LPAR", "NOT"):
            self.terms += 1
        elif kind in ("_NL", "SEMICOLON"):
            self.terms = 0
        elif kind == "PATH" and token[1:2] in ("/", "*"):
            self.foreign_comment(token)
            return False
        if self.open + self.terms > DEPTH:
            self.too_deep(self.span(token))
        return True

    def too_deep(self, span: Span) -> None:
        self.report.error("IFC106", f"this is nested deeper than {DEPTH} levels", span, "too deep", "split it into several declarations")
        raise Failure(*self.report.ordered())

    def too_many(self, token: Any) -> None:
        """Reports a sign that closes nothing, and steps over it and those that follow."""
        self.surplus = True
        self.report.error("IFC103", f"nothing is open that this `{token}` could close", self.span(token), "one too many", "take it out")
        more = _CLOSERS.match(self.source.text, token.end_pos)
        self.move(more.end() if more else token.end_pos)
        self.enough()

    def enough(self) -> None:
        """Gives up on a file that has too many mistakes to be one of ours."""
        if len(self.report.diagnostics) - self.said >= MOST:
            raise Failure(*self.report.ordered())

    def foreign_comment(self, token: Any) -> None:
        """Reports a comment of another language, and steps over it."""
        text, start = self.source.text, token.start_pos
        end = text.find("*/", start + 2) + 2 if token[1] == "*" else 0
        if end < 2:
            end = text.find("\n", start)
        end = len(text) if end < 0 else end
        self.report.error("IFC119", "a comment begins with `#`", Span(self.source, start, start + 2), "not a comment here", "write `# …`")
        self.move(end)

    def span(self, token: Any) -> Span:
        return Span(self.source, token.start_pos, max(token.end_pos, token.start_pos + (token.type == "LBRACE")))

    # --- recovery ---

    def without_comma(self, token: Any) -> bool:
        """Reports a block or a `;` where the comma of a list belongs, and goes on as if it stood there; whether that was it."""
        if token.type not in ("LBRACE", "SEMICOLON") or self.last_opened() != "[" or not self.accepts("COMMA"):
            return False
        label = "no comma before it" if token.type == "LBRACE" else "instead of a comma"
        self.report.error("IFC111", "the values of a list are separated by commas", self.span(token), label, "write `,` between them")
        self.feed("COMMA", ",", token.start_pos)
        if token.type == "LBRACE":
            self.move(token.start_pos)  # it comes again
        return True

    def unseen(self, position: int) -> bool:
        """Takes a character that nobody sees, which is reported, for a blank; whether it is one."""
        if self.source.text[position].isprintable():
            return False
        self.move(position + 1)
        return True

    def quoted(self, position: int) -> bool:
        """Reads text in other quotes, which are reported, as if they were the right ones; whether there was some."""
        match = _QUOTED.match(self.source.text, position)
        if match is None or "\\" in match.group() or '"' in match.group() or not self.accepts("STRING"):
            return False
        self.state.feed_token(Token("STRING", f'"{match.group()[1:-1]}"', position, 1, 1, 1, 1, match.end()))
        self.move(match.end())
        return True

    def resume(self, position: int, kind: str) -> None:
        """Ends the broken statement, keeps it where it was already whole, and skips to the next one."""
        stack, values = self.state.state_stack, self.state.value_stack
        cut = kind == "" and position > 0 and (self.source.text[position - 1].isalnum() or self.source.text[position - 1] in "_-")
        whole = (
            self.accepts("SEMICOLON") and kind != "LBRACE" and not cut
        )  # a word that goes on with an odd sign is not the word that was meant
        if whole and kind == "WORD" and values and getattr(values[-1], "type", "") == "RBRACE":
            # `queue A { } queue B`: the second statement is fine, it only lacks its newline
            self.state.feed_token(Token("_NL", "\n", position, 1, 1, 1, 1, position))
            self.move(position)
            return
        start = position
        if whole:
            self.state.feed_token(Token("_NL", "\n", position, 1, 1, 1, 1, position))
        closed = 0  # blocks in the broken statement that were whole
        while closed or "statement" not in self.table[stack[-1]]:
            stack.pop()
            dropped = values.pop()
            start = self.begin_of(dropped, start)
            if getattr(dropped, "type", "") in ("RBRACE", "RSQB"):
                closed += 1
            elif getattr(dropped, "type", "") in ("LBRACE", "LSQB"):
                closed -= closed > 0
        end = self.skip(position)
        self.terms = 0
        stack.append(self.table[stack[-1]]["statement"][1])
        values.append(tree.Broken(Span(self.source, start, end)))
        self.move(end)

    @staticmethod
    def begin_of(dropped: Any, start: int) -> int:
        """The lesser of `start` and of where a value of the parser's stack begins."""
        while not isinstance(dropped, Token) and not hasattr(dropped, "span"):
            parts = dropped if isinstance(dropped, tuple | list) else getattr(dropped, "children", ())
            if not parts or (isinstance(parts[0], str) and not isinstance(parts[0], Token)):
                return start
            dropped = parts[0]
        return min(start, int(dropped.start_pos) if isinstance(dropped, Token) else dropped.span.start)

    def accepts(self, kind: str) -> bool:
        """Whether a token of `kind` could come now."""
        stack = list(self.state.state_stack)
        while True:
            found = self.table[stack[-1]].get(kind)
            if found is None:
                return False
            rule = found[1]
            if not hasattr(rule, "expansion"):
                return True
            size = len(rule.expansion)
            if size:
                del stack[-size:]
            stack.append(self.table[stack[-1]][rule.origin.name][1])

    def skip(self, position: int) -> int:
        """The offset at which the statement around `position` ends."""
        text, depth = self.source.text, 0
        closers = [place for _, place in self.closers]
        for match in _SKIP.finditer(text, position):
            part = match.group()
            if closers and match.end() > closers[0]:
                return closers[0]
            if part in "{[":
                depth += 1
                if depth > DEPTH:
                    self.too_deep(Span(self.source, match.start(), match.end()))
            elif part in "}]":
                if depth == 0 and (part == "}" and self.open_blocks()):
                    return match.start()
                depth = max(0, depth - 1)
            elif depth == 0 and (part == ";" or (part == "\n" and not _CONTINUED.match(text, match.start()))):
                return match.start()
        self.unclosed |= depth > 0
        return len(text)

    def open_blocks(self) -> list[Any]:
        found: list[Any] = []
        for value in self.state.value_stack:
            kind = getattr(value, "type", "")
            if kind in ("LBRACE", "LSQB"):
                found.append(value)
            elif kind in ("RBRACE", "RSQB") and found:
                found.pop()
        return found

    def move(self, position: int) -> None:
        self.lexer.state.line_ctr.char_pos = position
        self.lexer.state.last_token = None

    def close_missing(self, token: Any) -> None:
        """Closes the blocks whose `}` is missing before `token`, as if it stood there."""
        while self.closers and token.start_pos >= self.closers[0][1]:
            place, position = self.closers.pop(0)
            line = self.source.position(position)[0]
            ends = position >= len(self.source.text.rstrip())
            also = () if ends else (Label(Span(self.source, position, position + 1), "already outside of it"),)
            sign = self.source.text[place]
            self.report.error(
                "IFC102",
                f"this `{sign}` is never closed",
                Span(self.source, place, place + 1),
                "opened here",
                "add the missing `}`" if ends else f"add the missing `}}` before line {line}",
                also,
            )
            if sign == "{" and self.accepts("RBRACE"):
                self.feed("RBRACE", "}", position)
                self.open = len(self.open_blocks())
                if token.type not in ("RBRACE", "_NL", "SEMICOLON", "$END"):
                    self.feed("_NL", "\n", position)
            elif self.open:
                self.surplus = True  # the layout does not say where it belongs

    def feed(self, kind: str, text: str, position: int) -> None:
        self.state.feed_token(Token(kind, text, position, 1, 1, 1, 1, min(position + len(text), len(self.source.text))))

    def at_end(self) -> bool:
        """The text ended too early; True when the parse can go on."""
        opened = self.open_blocks()
        if opened:
            token = opened[-1]
            closing = "}" if token.type == "LBRACE" else "]"
            self.report.error("IFC102", f"this `{token}` is never closed", self.span(token), "opened here", f"add the missing `{closing}`")
            self.unclosed = True
            return False
        end = len(self.source.text)
        at = len(self.source.text.rstrip())
        if not self.filter_behind():
            self.report.error(
                "IFC101",
                "the file ends in the middle of a statement",
                Span(self.source, max(at - 1, 0), at),
                "ends here",
                "finish the statement, or take it out",
            )
        self.resume(end, "$END")
        return True

    # --- messages ---

    def unexpected(self, token: Any, expected: set[str]) -> None:
        kind, span = token.type, self.span(token)
        error = self.report.error
        values = [v for v in self.state.value_stack[-4:] if getattr(v, "type", "") != "_NL"]
        previous = getattr(values[-1], "type", "") if values else ""
        dangling = self.dangling_arrow(token.start_pos)
        whole = self.accepts("SEMICOLON")
        opened = self.last_opened()
        values_of = ("WORD", "STRING", "NUMBER", "DURATION", "SIZE", "PATH", "LSQB", "OP", "COLON", "RPAR", "RSQB")
        if kind == "LBRACE" and self.line_start(token.start_pos):
            error(
                "IFC104",
                "`{` stands on a line of its own",
                span,
                "belongs to the line above",
                "put `{` at the end of the line it belongs to",
            )
        elif kind == "NUMBER" and self.source.text[token.start_pos - 1].isdigit():
            run, around = self.run(token.start_pos)
            error("IFC110", f"`{run}` runs two values together", around, "no blank between", JOINED.format(run))
        elif previous == "COLON":
            self.json_colon(values, token)
        elif previous == "COMMA" and kind in ("_NL", "RBRACE", "LBRACE", "SEMICOLON"):
            comma = values[-1]
            error(
                "IFC105",
                "nothing follows this comma",
                self.span(comma),
                "a comma joins values",
                "take it out, or write another value after it",
            )
        elif not whole and self.filter_behind():
            pass
        elif previous in ("WHERE", "WHEN"):
            error(
                "IFC113",
                f"a test is missing after `{values[-1]}`",
                self.span(values[-1]),
                "no test",
                'write `field == "value"`, or another test',
            )
        elif previous == "IN":
            error("IFC111", "`in` compares with a list", span, "no list", 'write `in ["a", "b"]`')
        elif kind == "RPAR" and opened is None:
            error("IFC103", "nothing is open that this `)` could close", span, "one too many", "take it out")
        elif dangling is not None:
            error(
                "IFC101",
                "this arrow leads nowhere",
                dangling,
                "no target on its line",
                "write the target after it; its name may stand on the next line",
            )
        elif opened is not None and kind not in values_of and self.accepts("RSQB" if opened == "[" else "RPAR"):
            error(
                "IFC102",
                f"this `{opened}` is never closed",
                self.span(opened),
                "opened here",
                f"add the missing `{']' if opened == '[' else ')'}` before {self.name(token)}",
            )
        elif opened == "[" and kind in values_of and self.accepts("RSQB"):
            error("IFC111", "the values of a list are separated by commas", span, "no comma before it", "write `,` between them")
        elif self.reserved_name(token):
            word = self.reserved_name(token)
            error("IFC112", f"`{word}` is a reserved word and can't be a name", self.span(word), "reserved", "choose another name")
        elif kind == "COLON":
            self.colons(token.start_pos)
        elif kind == "RSQB":
            error("IFC103", "nothing is open that this `]` could close", span, "one too many", "take it out")
        elif "OP" in expected:
            error(
                "IFC113",
                "a test needs an operator after its field",
                span,
                "operator expected",
                "use `==` `!=` `<` `<=` `>` `>=` `in [..]` `starts-with` `ends-with` `contains` or `exists`",
            )
        elif str(token) == "->" and whole and (previous == "RBRACE" or (values and isinstance(values[-1], tree.Block))):
            error(
                "IFC407",
                "a declaration ends with its block, and an arrow begins at a name",
                span,
                "after a block",
                "write the arrow on a line of its own: `Source -> target`",
            )
        elif str(token) == "->":
            error(
                "IFC101",
                "an arrow needs something on both sides",
                span,
                "arrow here",
                "write `Source -> target`; a line that begins with `->` continues the line above",
            )
        elif str(token) in RESERVED:
            error(
                "IFC112",
                f"`{token}` is a reserved word and stands in the wrong place",
                span,
                "reserved",
                "`where` and `when` follow a head or come before an arrow; `and` and `or` join tests",
            )
        elif kind == "OP" and whole:
            error(
                "IFC114",
                f"`{token}` compares two values, and there are none",
                span,
                "no test",
                "an arrow is `->` and points from the source to the target; a test stands after `where`",
            )
        elif kind == "OP":
            error("IFC113", f"there is no field before `{token}`", span, "no field", 'write each test out: `field == "a" or field == "b"`')
        elif kind == "COMMA" and "AND" in expected:
            error("IFC111", "a test compares with one value", span, "no list", 'write `field in ["a", "b"]`')
        elif kind == "LPAR":
            error(
                "IFC114",
                "brackets group tests in a filter, and nothing else",
                span,
                "not here",
                "write settings in a block: `{ name value }`",
            )
        elif whole:
            error("IFC114", f"a statement can't go on with {self.name(token)}", span, "unexpected", "end a statement with a newline or `;`")
        elif kind == "_NL":
            wanted = self.wanted(expected)
            before = len(self.source.text[: token.start_pos].rstrip())
            error(
                "IFC101",
                "the statement breaks off at the end of the line",
                Span(self.source, max(before - 1, 0), before),
                "and then?",
                f"expected {wanted}" if wanted else None,
            )
        else:
            wanted = self.wanted(expected)
            error("IFC101", f"{self.name(token)} can't stand here", span, "unexpected", f"expected {wanted}" if wanted else None)

    def filter_behind(self) -> bool:
        """Reports a filter that stands behind its arrow; whether there is one."""
        last = self.state.value_stack[-1] if self.state.value_stack else None
        if not isinstance(last, tuple) or last[:1] != ("where",):
            return False
        self.report.error(
            "IFC101",
            "a filter stands before its arrow, and here is one behind it",
            last[1].span,
            "no arrow follows",
            "write `Source where … -> target`",
        )
        return True

    def dangling_arrow(self, position: int) -> Span | None:
        """The arrow that ends the line before that of `position`, so that it took what stands there for its target."""
        text = self.source.text
        begin = text.rfind("\n", 0, position) + 1
        above = text[max(begin - 400, 0) : begin].rstrip()
        end = max(begin - 400, 0) + len(above)
        return Span(self.source, end - 2, end) if above.endswith("->") and text[begin:position].strip() else None

    def last_opened(self) -> Any:
        """The innermost `[` or `(` of this statement that is still open, or None."""
        closed = 0
        for value in reversed(self.state.value_stack):
            kind = getattr(value, "type", "")
            if kind in ("RBRACE", "RSQB", "RPAR"):
                closed += 1
            elif kind in ("LBRACE", "LSQB", "LPAR"):
                if not closed:
                    return None if kind == "LBRACE" else value
                closed -= 1
        return None

    def json_colon(self, values: list[Any], token: Any) -> None:
        """Reports a colon between a name and a value: once for a whole declaration, since it is pasted as a whole."""
        opened = self.open_blocks()
        outermost = opened[0].start_pos if opened else token.start_pos
        if outermost in self.json:
            return
        self.json.add(outermost)
        if token.type in ("COLON", "PATH"):
            self.colons(token.start_pos)
            return
        name = str(values[-2]) if len(values) > 1 and isinstance(values[-2], Token) else "Key"
        value = "{ … }" if token.type == "LBRACE" else "[ … ]" if token.type == "LSQB" else str(token) if len(token) <= 40 else '"…"'
        self.report.error(
            "IFC105",
            "a block is not JSON: it has no colons and no commas",
            self.span(values[-1]),
            "colon here",
            f"write `{name} {value}`, one on a line or with `;` between",
        )

    def colons(self, position: int) -> None:
        """Reports an ARN, a type or a URL without quotes."""
        run, around = self.run(position)
        self.report.error("IFC101", "text with colons stands in quotes", around, "no quotes", f'write `"{run}"`')

    def reserved_name(self, token: Any) -> Any:
        """The reserved word that stands where a kind's name belongs (`queue when`), or None."""
        values = self.state.value_stack
        for place in range(len(values) - 1, max(len(values) - 6, 0), -1):
            word = values[place]
            if getattr(word, "type", "") in ("WHERE", "WHEN"):
                return word if self.bare_kind(values[place - 1]) else None
        return token if str(token) in RESERVED and values and self.bare_kind(values[-1]) else None

    @staticmethod
    def bare_kind(head: Any) -> bool:
        """Whether a head is one lower-case word: a kind, and not what an arrow leaves."""
        while isinstance(head, tuple | list) and len(head) == 1:
            head = head[0]
        return (
            isinstance(head, tree.Word | Token)
            and str(getattr(head, "text", head)).isalpha()
            and str(getattr(head, "text", head)).islower()
        )

    @staticmethod
    def name(token: Any) -> str:
        if token.type == "_NL":
            return "the end of the line"
        return f"`{token}`" if len(token) <= 40 else _NAMES.get(token.type, "this")

    @staticmethod
    def wanted(expected: set[str]) -> str:
        values = {"WORD", "STRING", "NUMBER", "DURATION", "SIZE"}
        found = set(expected)
        names = []
        if values <= found:
            names.append("a value")
            found -= {*values, "PATH", "LSQB"}
        names += [_NAMES[e] for e in sorted(found) if e in _NAMES and e != "_NL"]
        return " or ".join(([", ".join(names[:-1])] if names[1:] else []) + names[-1:])

    def line_start(self, position: int) -> bool:
        begin = self.source.text.rfind("\n", 0, position) + 1
        return not self.source.text[begin:position].strip()

    def run(self, position: int) -> tuple[str, Span]:
        """The signs around a position up to the next blanks or brackets, and their span."""
        text = self.source.text
        begin = position
        while begin and position - begin < 60 and _RUN.match(text[begin - 1]):
            begin -= 1
        match = _RUN.match(text, begin, begin + 120)
        end = match.end() if match and match.end() > position else position + 1
        return text[begin:end], Span(self.source, begin, end)

    def odd(self, position: int, allowed: set[str]) -> None:
        """Reports a character that begins nothing."""
        text, error = self.source.text, self.report.error
        char = text[position]
        run, around = self.run(position)
        number = _LIKE_NUMBER.fullmatch(run)
        arrow = _ARROW.match(text, position)
        sign = next((s for s in SIGNS if text.startswith(s, position)), None)
        quoted = _QUOTED.match(text, position)
        span = Span(self.source, position, position + 1)
        if char == '"':
            end = text.find("\n", position)
            line = text[position : len(text) if end < 0 else end].rstrip()
            error(
                "IFC115",
                "this text is not closed on its line",
                Span(self.source, position, position + len(line)),
                "opened here",
                'close it with `"`; a line break is `\\n`',
            )
        elif number:
            error("IFC116", f"`{run}` is not a number, a duration or a size", around, "can't be read", self.unit(run))
        elif arrow:
            error("IFC121", f"`{arrow.group()}` is no arrow", Span(self.source, position, arrow.end()), "unknown sign", "write `->`")
        elif sign == "=" and "OP" in allowed:
            error("IFC117", "a test for equality is `==`", span, "one is missing", "write `==`")
        elif sign == "=":
            error("IFC117", "a setting has no `=`", span, "here", "write `name value`")
        elif sign is not None:
            error(
                "IFC121",
                f"`{sign}` is no sign of the language",
                Span(self.source, position, position + len(sign)),
                "unknown sign",
                f"write `{SIGNS[sign]}`",
            )
        elif char == ":":
            error(
                "IFC105",
                "a block is not JSON: it has no colons and no commas",
                span,
                "colon here",
                "write `Key value`, one on a line or with `;` between; a key is `name: type`",
            )
        elif char in QUOTES:
            inner = next((g for g in quoted.groups() if g is not None), None) if quoted else None
            error(
                "IFC118",
                'text stands in straight double quotes: `"`',
                span,
                "another quote",
                f'write `"{inner}"`' if inner is not None and len(inner) <= 40 and '"' not in inner else 'write `"…"`',
            )
        elif char == "/" and text.startswith(("//", "/*"), position):
            error("IFC119", "a comment begins with `#`", Span(self.source, position, position + 2), "not a comment here", "write `# …`")
        elif not char.isprintable():
            self.invisible(char, span)
        elif char.isalpha():
            error(
                "IFC121",
                f"`{char}` can't stand in a name",
                span,
                "not of a–z",
                'names are made of the letters a–z and digits; other text stands in quotes: `"…"`',
            )
        else:
            reference = re.compile(r"\$\{\s*([\w.-]+)\s*\}").match(text, position)
            shown = f'`"{run}"`' if char not in "()" and 1 < len(run) <= 40 and "\\" not in run else '`"…"`'
            if reference:
                shown = f'`"{reference.group()}"`; outside of text a name stands alone: `{reference[1]}`'
            error("IFC121", f"`{char}` has no meaning here", span, "unexpected", f"put text in quotes: {shown}")

    def invisible(self, char: str, span: Span) -> None:
        """Reports a character that nobody sees."""
        if ord(char) < 128:
            self.report.error(
                "IFC120", f"the file holds the byte {ord(char):#04x}, which is not text", span, "here", "save it as UTF-8 text"
            )
            raise Failure(*self.report.ordered())  # more of it would be no more readable
        import unicodedata  # only such a character needs it

        name = unicodedata.name(char, "").lower()
        self.report.error(
            "IFC120",
            f"here is a character that can't be seen, U+{ord(char):04X}{f' ({name})' if name else ''}",
            span,
            "here",
            "replace it with a blank, or take it out",
        )

    @staticmethod
    def unit(written: str) -> str:
        """What to write for something that looks like a number and is none."""
        if written.endswith("%"):
            return f'write `{written[:-1]} percent` where a share is asked for; as text it stands in quotes: `"{written}"`'
        if re.fullmatch(r"-?[\d.]+[eE][+-]?\d+", written):
            exact = float(written)
            return (
                f"write it out, without an exponent: `{int(exact)}`" if exact == int(exact) < 1e15 else "write it out, without an exponent"
            )
        if re.match(r"\d{4}-\d\d|\d+:\d|\d+\.\d+\.", written):
            return f'dates, times and versions are text: put it in quotes, `"{written}"`'
        meant = _meant(written)
        if meant:
            return f"write `{meant}`"
        return "durations are `500ms` `30s` `5m` `1h` `14d`, sizes `64KB` `512MB` `1GB`; names begin with a letter, other text stands in quotes"


def _meant(written: str) -> str | None:
    """The duration or size that was probably meant: `90m` for `1.5h`, `30s` for `30sec`."""
    match = re.fullmatch(r"(\d+)(?:\.(\d+))?([A-Za-z]+)", written)
    if match is None:
        return None
    whole, fraction, unit = match.groups()
    unit = next((u for u, names in SPELLINGS.items() if unit in (u, *names)), unit)
    lengths = SECONDS if unit in SECONDS else BYTES
    if unit not in lengths:
        return None
    if not fraction:
        return f"{whole}{unit}"
    scale = 10 ** len(fraction)
    amount = (int(whole) * scale + int(fraction)) * lengths[unit]
    finer = [u for u in sorted(lengths, key=lambda u: -lengths[u]) if lengths[u] < lengths[unit] and amount % (scale * lengths[u]) == 0]
    return f"{amount // scale // lengths[finer[0]]}{finer[0]}" if finer else None


# What other languages write, and what it is here.
SIGNS = {
    "&&": "and",
    "&": "and",
    "||": "or",
    "|": "or",
    "===": "==",
    "!==": "!=",
    "<>": "!=",
    "!": "not",
    "=": "",
    "≠": "!=",
    "≤": "<=",
    "≥": ">=",
}
QUOTES = "'`“”‘’«»"
SPELLINGS = {
    "ms": ("msec", "millis", "milliseconds"),
    "s": ("sec", "secs", "second", "seconds", "S"),
    "m": ("min", "mins", "minute", "minutes"),
    "h": ("hr", "hrs", "hour", "hours", "H"),
    "d": ("day", "days", "D"),
    "KB": ("K", "k", "kb", "Kb", "KiB", "Ki"),
    "MB": ("M", "mb", "Mb", "MiB", "Mi"),
    "GB": ("G", "g", "gb", "Gb", "GiB", "Gi"),
}
