"""Text to tree: lark's LALR tables drive it, mistakes are reported and stepped over.

After a mistake the parser goes on at the next statement: it drops what it had of the broken one and skips to the end of
the line (over any braces that open on the way), so that each mistake is reported once and the rest is still read.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from ifc.diagnostics import Report
from ifc.source import Source, Span
from ifc.syntax import tree
from ifc.syntax.lark_parser import Lark_StandAlone, Token, UnexpectedCharacters, UnexpectedToken

DEPTH = 64  # blocks, lists and parentheses in each other; everything after the parser may recurse this deep
RESERVED = ("where", "when", "and", "or")
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
SECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
BYTES = {"KB": 1024, "MB": 1024**2, "GB": 1024**3}

_ESCAPE_OR_REFERENCE = re.compile(r"\\u([0-9a-fA-F]{4})|\\(.)|\$\$\{|\$\{([^}]*)(\}?)|[^\\$]+|\$", re.S)
_PATH_SEGMENT = re.compile(r'"[^"]*"|[^.]+')
_REFERENCE = re.compile(r'[A-Za-z_][A-Za-z0-9_]*(?:-[A-Za-z0-9_]+)*(?:\.(?:[A-Za-z0-9_-]+))*')
_SKIP = re.compile(r'"(?:\\.|[^"\\\n])*"|#[^\n]*|[{\[]|[}\]]|;|\n|[^"#{}\[\];\n]+|"')
_CONTINUED = re.compile(r"\n(?:[ \t\r\n]|#[^\n]*\n)*+(?:->|(?:where|when|and|or)(?![\w-]))")
_LONE_CR = re.compile(r"\r(?!\n)")
_LIKE_NUMBER = re.compile(r"-?\d[\w.%+-]*")
_UNITS = re.compile(r"(\d+)([A-Za-z]+)\Z")

_NAMES = {
    "WORD": "a word", "STRING": "a string", "NUMBER": "a number", "DURATION": "a duration", "SIZE": "a size",
    "PATH": "a path", "LBRACE": "`{`", "RBRACE": "`}`", "LSQB": "`[`", "RSQB": "`]`", "COMMA": "`,`", "SEMICOLON": "`;`",
    "_NL": "the end of the line", "$END": "the end of the file", "OP": "an operator", "COLON": "`:`",
    "LPAR": "`(`", "RPAR": "`)`", "WHERE": "`where`", "WHEN": "`when`", "AND": "`and`", "OR": "`or`",
    "NOT": "`not`", "IN": "`in`", "EXISTS": "`exists`",
}  # fmt: skip


Children: TypeAlias = list[Any]  # what lark hands to a rule; a rule is called `list`, which hides the type


class _Builder:
    """Makes the tree while lark reduces (a second pass over lark's own tree would triple the time)."""

    def __init__(self) -> None:
        self.source: Source
        self.report: Report
        self.last_end = -1
        self.told = 0

    def begin(self, source: Source, report: Report) -> None:
        self.source, self.report, self.last_end, self.told = source, report, -1, 0

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
        for match in _ESCAPE_OR_REFERENCE.finditer(inner):
            part = self.text_part(span, match)
            if isinstance(part, str) and parts and isinstance(parts[-1], str):
                parts[-1] += part
            elif part != "":
                parts.append(part)
        if any(isinstance(part, str) and any(0xD800 <= ord(c) < 0xE000 for c in part) for part in parts):
            parts = [p.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(p, str) else p
                     for p in parts]  # fmt: skip
        return tree.Text(span, tuple(parts))

    def text_part(self, span: Span, match: re.Match[str]) -> str | tree.Reference:
        place = Span(self.source, span.start + 1 + match.start(), span.start + 1 + match.end())
        code, escaped, reference, closed = match.groups()
        if code:
            return chr(int(code, 16))
        if escaped:
            if escaped in ESCAPES:
                return ESCAPES[escaped]
            self.report.error("IFC108", f"`\\{escaped}` is not an escape", place, "unknown escape",
                              'write `\\\\` for a backslash; the escapes are JSON\'s: `\\"` `\\\\` `\\/` `\\b` `\\f` `\\n` '
                              "`\\r` `\\t` `\\u0000`")  # fmt: skip
            return escaped
        if reference is None:
            return "${" if match.group() == "$${" else match.group()
        if not closed or not _REFERENCE.fullmatch(reference.strip()):
            what = "this `${` is never closed" if not closed else f"`{reference.strip()}` is not a name"
            self.report.error("IFC109", what, place, "in this text",
                              "write `${name}` or `${Name.attribute}`, or `$${` for a plain `${`")  # fmt: skip
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
        first = values[0].span
        if first.start == self.last_end and isinstance(values[0], tree.Number) and first.start >= self.told:
            text = self.source.text
            begin = max(text.rfind(" ", 0, first.start), text.rfind("\n", 0, first.start)) + 1
            run = text[begin:].split(maxsplit=1)[0]
            self.told = begin + len(run)
            self.report.error("IFC110", f"`{run}` runs two values together", first, "no space before it",
                              "a date is text: put it in quotes, or put a space between two values")  # fmt: skip
        self.last_end = values[-1].span.end
        return values

    # --- statements ---

    def head(self, children: Children) -> tuple[tree.Args, ...]:
        return tuple(children)

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
            if isinstance(entry, tree.Block) or len(entry) != 1:
                span = entry.span if isinstance(entry, tree.Block) else entry[1].span
                self.report.error("IFC111", "a list to compare with holds literals, separated by commas", span,
                                  "not a literal", 'write `field in ["a", "b"]`')  # fmt: skip
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
    """The tree of `source`; what can't be read is reported and stands in the tree as Broken."""
    global _parser
    if _parser is None:
        _parser = Lark_StandAlone(transformer=_builder)
    lone = _LONE_CR.search(source.text)
    if lone:
        report.error("IFC107", "a lone carriage return is not a line end here", Span(source, lone.start(), lone.end()),
                     "carriage return", "save the file with LF or CRLF line ends")  # fmt: skip
        return tree.File(source, ())
    _builder.begin(source, report)
    return tree.File(source, _Run(source, report).statements())


class _Run:
    """One parse: lark's state, the nesting, and the recovery."""

    def __init__(self, source: Source, report: Report) -> None:
        self.source, self.report = source, report
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
                    if not self.shallow(token):
                        return ()
                    self.state.feed_token(token)
                end = Token("$END", "", len(self.source.text), 1, 1, 1, 1, len(self.source.text))
                return self.state.feed_token(end, True)  # type: ignore[no-any-return]
            except UnexpectedToken as problem:
                token = problem.token
                if token.type == "$END":
                    if not self.at_end():
                        return ()
                    continue
                self.unexpected(token, problem.expected)
                self.resume(token.start_pos, token.type)
            except UnexpectedCharacters as problem:
                self.odd(problem.pos_in_stream)
                self.resume(problem.pos_in_stream, "")

    def shallow(self, token: Any) -> bool:
        """Counts the nesting; False, after an error, where it goes too deep to read on."""
        kind = token.type
        if kind in ("LBRACE", "LSQB"):
            self.open += 1
        elif kind in ("RBRACE", "RSQB"):
            self.open -= 1
        elif kind in ("LPAR", "NOT"):
            self.terms += 1
        elif kind in ("_NL", "SEMICOLON"):
            self.terms = 0
        if self.open + self.terms <= DEPTH:
            return True
        self.report.error("IFC106", f"this is nested deeper than {DEPTH} levels", self.span(token), "too deep",
                          "split it into several declarations")  # fmt: skip
        return False

    def span(self, token: Any) -> Span:
        return Span(self.source, token.start_pos, max(token.end_pos, token.start_pos + (token.type == "LBRACE")))

    # --- recovery ---

    def resume(self, position: int, kind: str) -> None:
        """Ends the broken statement, keeps it where it was already whole, and skips to the next one."""
        stack, values = self.state.state_stack, self.state.value_stack
        whole = self.accepts("_NL") and kind != "LBRACE"
        if whole and kind == "WORD" and values and getattr(values[-1], "type", "") == "RBRACE":
            # `queue A { } queue B`: the second statement is fine, it only lacks its newline
            self.state.feed_token(Token("_NL", "\n", position, 1, 1, 1, 1, position))
            self.move(position)
            return
        start = position
        if whole:
            self.state.feed_token(Token("_NL", "\n", position, 1, 1, 1, 1, position))
        while "statement" not in self.table[stack[-1]]:
            stack.pop()
            dropped = values.pop()
            start = self.begin_of(dropped, start)
            if getattr(dropped, "type", "") in ("LBRACE", "LSQB"):
                self.open -= 1
        end = self.skip(position)
        stack.append(self.table[stack[-1]]["statement"][1])
        values.append(tree.Broken(Span(self.source, start, end)))
        self.move(end)

    @staticmethod
    def begin_of(dropped: Any, start: int) -> int:
        if isinstance(dropped, Token):
            return min(start, int(dropped.start_pos))
        return min(start, dropped.span.start) if hasattr(dropped, "span") else start

    def accepts(self, kind: str) -> bool:
        """Whether a token of `kind` could come now."""
        stack = list(self.state.state_stack)
        while True:
            found = self.table[stack[-1]].get(kind)
            if found is None:
                return False
            action, rule = found
            if not hasattr(rule, "expansion"):
                return True
            size = len(rule.expansion)
            if size:
                del stack[-size:]
            stack.append(self.table[stack[-1]][rule.origin.name][1])

    def skip(self, position: int) -> int:
        """The offset at which the statement around `position` ends."""
        text, depth = self.source.text, 0
        for match in _SKIP.finditer(text, position):
            part = match.group()
            if part in "{[":
                depth += 1
            elif part in "}]":
                if depth == 0 and (part == "}" and self.open_blocks()):
                    return match.start()
                depth = max(0, depth - 1)
            elif depth == 0 and (part == ";" or (part == "\n" and not _CONTINUED.match(text, match.start()))):
                return match.start()
        return len(text)

    def open_blocks(self) -> list[Any]:
        return [v for v in self.state.value_stack if getattr(v, "type", "") in ("LBRACE", "LSQB")]

    def move(self, position: int) -> None:
        self.lexer.state.line_ctr.char_pos = position
        self.lexer.state.last_token = None
        self.terms = 0

    def at_end(self) -> bool:
        """The text ended too early; True when the parse can still be closed."""
        opened = self.open_blocks()
        if opened:
            token = opened[-1]
            closing = "}" if token.type == "LBRACE" else "]"
            self.report.error("IFC102", f"this `{token}` is never closed", self.span(token), "opened here",
                              f"add the missing `{closing}`")  # fmt: skip
            return self.close(opened)
        end = len(self.source.text)
        at = len(self.source.text.rstrip())
        self.report.error("IFC101", "the file ends in the middle of a statement", Span(self.source, max(at - 1, 0), at),
                          "ends here", "finish the statement, or take it out")  # fmt: skip
        self.resume(end, "$END")
        return True

    def close(self, opened: list[Any]) -> bool:
        """Closes what is open as if the file had done so, to keep what was read; whether that worked."""
        end = len(self.source.text)
        for token in reversed(opened):
            kind, text = ("RBRACE", "}") if token.type == "LBRACE" else ("RSQB", "]")
            if not self.accepts(kind):
                return False
            self.state.feed_token(Token(kind, text, end, 1, 1, 1, 1, end))
        return True

    # --- messages ---

    def unexpected(self, token: Any, expected: set[str]) -> None:
        kind, span = token.type, self.span(token)
        error = self.report.error
        previous = self.state.value_stack[-1] if self.state.value_stack else None
        if kind == "RBRACE" and not self.open_blocks():
            error("IFC103", "nothing is open that this `}` could close", span, "one too many", "take it out")
        elif kind == "LBRACE" and self.line_start(token.start_pos):
            error("IFC104", "`{` stands on a line of its own", span, "belongs to the line above",
                  "put `{` at the end of the line it belongs to")  # fmt: skip
        elif getattr(previous, "type", "") == "COLON":
            error("IFC105", "a block is not JSON: it has no colons and no commas", span, "after a colon",
                  'write `Key "value"`, one on a line or with `;` between')  # fmt: skip
        elif "OP" in expected:
            error("IFC113", "a test needs an operator after its field", span, "operator expected",
                  "use `==` `!=` `<` `<=` `>` `>=` `in [..]` `starts-with` `ends-with` `contains` or `exists`")  # fmt: skip
        elif str(token) == "->":
            error("IFC101", "an arrow needs something on both sides", span, "arrow here",
                  "write `Source -> target`; a line that begins with `->` continues the line above")  # fmt: skip
        elif str(token) in RESERVED:
            error("IFC112", f"`{token}` is a reserved word and stands in the wrong place", span, "reserved",
                  "`where` and `when` follow a head or come before an arrow; `and` and `or` join tests")  # fmt: skip
        elif self.accepts("_NL"):
            error("IFC114", f"a statement can't go on with {self.name(token)}", span, "unexpected",
                  "end a statement with a newline or `;`")  # fmt: skip
        else:
            wanted = self.wanted(expected)
            error("IFC101", f"{self.name(token)} can't stand here", span, "unexpected", f"expected {wanted}" if wanted else None)

    @staticmethod
    def name(token: Any) -> str:
        if token.type == "_NL":
            return "the end of the line"
        return f"`{token}`" if len(token) <= 40 else _NAMES.get(token.type, "this")

    @staticmethod
    def wanted(expected: set[str]) -> str:
        values = {"WORD", "STRING", "NUMBER", "DURATION", "SIZE", "PATH", "LSQB"}
        names = [_NAMES[e] for e in sorted(expected - values) if e in _NAMES]
        if values <= expected:
            names.insert(0, "a value")
        else:
            names = [_NAMES[e] for e in sorted(expected & values)] + names
        return " or ".join(([", ".join(names[:-1])] if names[1:] else []) + names[-1:])

    def line_start(self, position: int) -> bool:
        begin = self.source.text.rfind("\n", 0, position) + 1
        return not self.source.text[begin:position].strip()

    def odd(self, position: int) -> None:
        """Reports a character that begins nothing."""
        text, error = self.source.text, self.report.error
        char = text[position]
        number = _LIKE_NUMBER.match(text, position)
        span = Span(self.source, position, number.end() if number else position + 1)
        if char == '"':
            end = text.find("\n", position)
            span = Span(self.source, position, len(text) if end < 0 else end)
            error("IFC115", "this text is not closed on its line", span, "opened here", 'close it with `"`; a line break is `\\n`')
        elif number:
            error("IFC116", f"`{number.group()}` is not a number, a duration or a size", span, "can't be read", self.unit(number.group()))
        elif char == "%" and text[position - 1].isdigit():
            digits = re.search(r"[\d.]+\Z", text[max(position - 20, 0) : position])
            error("IFC116", "a number has no `%` after it", span, "can't be read",
                  f"write `{digits.group() if digits else 10} percent`")  # fmt: skip
        elif char == "=":
            error("IFC117", "a setting has no `=`", span, "here", "write `name value`")
        elif char == ":":
            error("IFC105", "a block is not JSON: it has no colons and no commas", span, "colon here",
                  'write `Key "value"`, one on a line or with `;` between; a key is `name: type`')  # fmt: skip
        elif char == "'":
            error("IFC118", "text stands in double quotes", span, "single quote", 'write `"…"`')
        elif char == "/" and text.startswith(("//", "/*"), position):
            error("IFC119", "a comment begins with `#`", span, "here", "write `# …`")
        elif not char.isprintable():
            error("IFC120", f"the file holds the byte {ord(char):#04x}, which is not text", span, "here", "save it as UTF-8 text")
        else:
            error("IFC121", f"`{char}` has no meaning here", span, "unexpected", 'put text in quotes: `"…"`')

    @staticmethod
    def unit(written: str) -> str:
        if written.endswith("%"):
            return f"write `{written[:-1]} percent`"
        if re.fullmatch(r"-?[\d.]+[eE][+-]?\d+", written):
            return "write the number out, without an exponent"
        if re.match(r"\d{4}-\d\d", written):
            return "a date is text: put it in quotes"
        if re.match(r"\d+\.\d+[A-Za-z]", written):
            return "durations and sizes are whole: use the next smaller unit"
        return "durations are `500ms` `30s` `5m` `1h` `14d`, sizes `64KB` `512MB` `1GB`; other text stands in quotes"


