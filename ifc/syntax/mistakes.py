"""What to say of a word or sign that can't stand where it stands; loaded with the first mistake of a run."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from ifc.diagnostics import Failure
from ifc.source import Span
from ifc.syntax import tree
from ifc.syntax.build import BYTES, JOINED, SECONDS
from ifc.syntax.lark_parser import Token

if TYPE_CHECKING:
    from ifc.syntax.parse import Run

ARROW = re.compile(r"-+[ \t]*>|=+>|--+|[→⇒⟶]")
LIKE_NUMBER = re.compile(r"-?\d[\w.%:+-]*")
QUOTED = re.compile(r"'([^'\n]*)'|“([^“”\n]*)”|‘([^‘’\n]*)’|«([^«»\n]*)»|`([^`\n]*)`")
REFERENCE = re.compile(r"\$\{\s*([\w.-]+)\s*\}")
RUN = re.compile(r"[^\s\"'{}\[\]();,#]+")

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
UNITS = {
    "ms": ("msec", "millis", "milliseconds"),
    "s": ("sec", "secs", "second", "seconds", "S"),
    "m": ("min", "mins", "minute", "minutes"),
    "h": ("hr", "hrs", "hour", "hours", "H"),
    "d": ("day", "days", "D"),
    "KB": ("K", "k", "kb", "Kb", "KiB", "Ki"),
    "MB": ("M", "mb", "Mb", "MiB", "Mi"),
    "GB": ("G", "g", "gb", "Gb", "GiB", "Gi"),
}
NAMES = {
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
# What may stand in a list, or go on with a test in brackets: where it can't, no bracket was forgotten.
IN_BRACKETS = ("WORD", "STRING", "NUMBER", "DURATION", "SIZE", "PATH", "LSQB", "OP", "COLON", "RPAR", "RSQB")


class Unexpected:
    """A token that can't come now, and what the parser has before it."""

    def __init__(self, run: Run, token: Any, expected: set[str]) -> None:
        self.run, self.token, self.expected = run, token, expected
        self.kind: str = token.type
        self.span = run.span(token)
        self.before = [v for v in run.state.value_stack[-4:] if getattr(v, "type", "") != "_NL"]
        self.previous: str = getattr(self.before[-1], "type", "") if self.before else ""
        self.opened = last_opened(run)
        self.whole = run.accepts("SEMICOLON")  # the statement before it is complete
        self.error = run.report.error

    def say(self) -> None:
        """Reports it: the first of the groups that knows better than the last."""
        for group in (self.of_layout, self.of_values, self.of_filters, self.of_brackets, self.of_words, self.of_signs):
            if group():
                return
        wanted = self.wanted()
        help = f"expected {wanted}" if wanted else None
        if self.whole:
            self.error(
                "IFC114", f"a statement can't go on with {self.name()}", self.span, "unexpected", "end a statement with a newline or `;`"
            )
        elif self.kind == "_NL":
            end = len(self.run.source.text[: self.token.start_pos].rstrip())
            last = Span(self.run.source, max(end - 1, 0), end)
            self.error("IFC101", "the statement breaks off at the end of the line", last, "and then?", help)
        else:
            self.error("IFC101", f"{self.name()} can't stand here", self.span, "unexpected", help)

    # --- groups: each says whether it knew ---

    def of_layout(self) -> bool:
        if self.kind == "LBRACE" and self.line_start():
            self.error(
                "IFC104",
                "`{` stands on a line of its own",
                self.span,
                "belongs to the line above",
                "put `{` at the end of the line it belongs to",
            )
            return True
        return False

    def of_values(self) -> bool:
        if self.kind == "NUMBER" and self.run.source.text[self.token.start_pos - 1].isdigit():
            written, around = chunk(self.run, self.token.start_pos)
            self.error("IFC110", f"`{written}` runs two values together", around, "no blank between", JOINED.format(written))
        elif self.previous == "COLON":
            self.json_colon()
        elif self.previous == "COMMA" and self.kind in ("_NL", "RBRACE", "LBRACE", "SEMICOLON"):
            comma = self.run.span(self.before[-1])
            self.error(
                "IFC105", "nothing follows this comma", comma, "a comma joins values", "take it out, or write another value after it"
            )
        else:
            return False
        return True

    def of_filters(self) -> bool:
        if not self.whole and filter_behind(self.run):
            return True
        if self.previous in ("WHERE", "WHEN"):
            word = self.before[-1]
            self.error(
                "IFC113", f"a test is missing after `{word}`", self.run.span(word), "no test", 'write `field == "value"`, or another test'
            )
        elif self.previous == "IN":
            self.error("IFC111", "`in` compares with a list", self.span, "no list", 'write `in ["a", "b"]`')
        else:
            return False
        return True

    def of_brackets(self) -> bool:
        dangling = self.dangling_arrow()
        if self.kind == "RPAR" and self.opened is None:
            self.error("IFC103", "nothing is open that this `)` could close", self.span, "one too many", "take it out")
        elif dangling is not None:
            self.error(
                "IFC101",
                "this arrow leads nowhere",
                dangling,
                "no target on its line",
                "write the target after it; its name may stand on the next line",
            )
        elif self.opened is not None and self.run.accepts("RSQB" if self.opened == "[" else "RPAR") and self.kind not in IN_BRACKETS:
            self.error(
                "IFC102",
                f"this `{self.opened}` is never closed",
                self.run.span(self.opened),
                "opened here",
                f"add the missing `{']' if self.opened == '[' else ')'}` before {self.name()}",
            )
        elif self.opened == "[" and self.run.accepts("RSQB"):
            self.error("IFC111", "the values of a list are separated by commas", self.span, "no comma before it", "write `,` between them")
        else:
            return False
        return True

    def of_words(self) -> bool:
        word = self.reserved_name()
        if word is not None:
            self.error("IFC112", f"`{word}` is a reserved word and can't be a name", self.run.span(word), "reserved", "choose another name")
        elif self.kind == "COLON":
            text_with_colons(self.run, self.token.start_pos)
        elif self.kind == "RSQB":
            self.error("IFC103", "nothing is open that this `]` could close", self.span, "one too many", "take it out")
        elif "OP" in self.expected:
            self.error(
                "IFC113",
                "a test needs an operator after its field",
                self.span,
                "operator expected",
                "use `==` `!=` `<` `<=` `>` `>=` `in [..]` `starts-with` `ends-with` `contains` or `exists`",
            )
        elif str(self.token) in tree.RESERVED:
            self.error(
                "IFC112",
                f"`{self.token}` is a reserved word and stands in the wrong place",
                self.span,
                "reserved",
                "`where` and `when` follow a head or come before an arrow; `and` and `or` join tests",
            )
        else:
            return False
        return True

    def of_signs(self) -> bool:
        after_block = self.previous == "RBRACE" or bool(self.before and isinstance(self.before[-1], tree.Block))
        if self.token == "->" and self.whole and after_block:
            self.error(
                "IFC407",
                "a declaration ends with its block, and an arrow begins at a name",
                self.span,
                "after a block",
                "write the arrow on a line of its own: `Source -> target`",
            )
        elif self.token == "->":
            self.error(
                "IFC101",
                "an arrow needs something on both sides",
                self.span,
                "arrow here",
                "write `Source -> target`; a line that begins with `->` continues the line above",
            )
        elif self.kind == "OP" and self.whole:
            self.error(
                "IFC114",
                f"`{self.token}` compares two values, and there are none",
                self.span,
                "no test",
                "an arrow is `->` and points from the source to the target; a test stands after `where`",
            )
        elif self.kind == "OP":
            help = 'write each test out: `field == "a" or field == "b"`'
            self.error("IFC113", f"there is no field before `{self.token}`", self.span, "no field", help)
        elif self.kind == "COMMA" and "AND" in self.expected:
            self.error("IFC111", "a test compares with one value", self.span, "no list", 'write `field in ["a", "b"]`')
        elif self.kind == "LPAR":
            help = "write settings in a block: `{ name value }`"
            self.error("IFC114", "brackets group tests in a filter, and nothing else", self.span, "not here", help)
        else:
            return False
        return True

    # --- what they ask ---

    def name(self) -> str:
        """The token as a sentence names it."""
        if self.kind == "_NL":
            return "the end of the line"
        return f"`{self.token}`" if len(self.token) <= 40 else NAMES.get(self.kind, "this")

    def wanted(self) -> str:
        """What could come, in words."""
        values = {"WORD", "STRING", "NUMBER", "DURATION", "SIZE"}
        found, names = set(self.expected), []
        if values <= found:
            names.append("a value")
            found -= {*values, "PATH", "LSQB"}
        names += [NAMES[e] for e in sorted(found) if e in NAMES and e != "_NL"]
        return " or ".join(([", ".join(names[:-1])] if names[1:] else []) + names[-1:])

    def line_start(self) -> bool:
        """Whether nothing stands before it on its line."""
        text, position = self.run.source.text, self.token.start_pos
        return not text[text.rfind("\n", 0, position) + 1 : position].strip()

    def dangling_arrow(self) -> Span | None:
        """The arrow that ends the line before, so that it took what begins this line for its target."""
        text, position = self.run.source.text, self.token.start_pos
        begin = text.rfind("\n", 0, position) + 1
        above = text[max(begin - 400, 0) : begin].rstrip()
        end = max(begin - 400, 0) + len(above)
        return Span(self.run.source, end - 2, end) if above.endswith("->") and text[begin:position].strip() else None

    def json_colon(self) -> None:
        """Reports a colon between a name and a value: once for a whole declaration, since it is pasted as a whole."""
        blocks = self.run.open_blocks()
        outermost = blocks[0].start_pos if blocks else self.token.start_pos
        if outermost in self.run.json:
            return
        self.run.json.add(outermost)
        if self.kind in ("COLON", "PATH"):
            text_with_colons(self.run, self.token.start_pos)
            return
        name = str(self.before[-2]) if len(self.before) > 1 and isinstance(self.before[-2], Token) else "Key"
        value = {"LBRACE": "{ … }", "LSQB": "[ … ]"}.get(self.kind, str(self.token) if len(self.token) <= 40 else '"…"')
        self.error(
            "IFC105",
            "a block is not JSON: it has no colons and no commas",
            self.run.span(self.before[-1]),
            "colon here",
            f"write `{name} {value}`, one on a line or with `;` between",
        )

    def reserved_name(self) -> Any:
        """The reserved word that stands where a kind's name belongs (`queue when`), or None."""
        values = self.run.state.value_stack
        for place in range(len(values) - 1, max(len(values) - 6, 0), -1):
            if getattr(values[place], "type", "") in ("WHERE", "WHEN"):
                return values[place] if bare_kind(values[place - 1]) else None
        return self.token if str(self.token) in tree.RESERVED and values and bare_kind(values[-1]) else None


def bare_kind(head: Any) -> bool:
    """Whether a head is one lower-case word: a kind, and not what an arrow leaves."""
    while isinstance(head, tuple | list) and len(head) == 1:
        head = head[0]
    word = str(getattr(head, "text", head)) if isinstance(head, tree.Word | Token) else ""
    return word.isalpha() and word.islower()


def last_opened(run: Run) -> Any:
    """The innermost `[` or `(` of this statement that is still open, or None."""
    closed = 0
    for value in reversed(run.state.value_stack):
        kind = getattr(value, "type", "")
        if kind in ("RBRACE", "RSQB", "RPAR"):
            closed += 1
        elif kind in ("LBRACE", "LSQB", "LPAR"):
            if not closed:
                return None if kind == "LBRACE" else value
            closed -= 1
    return None


def filter_behind(run: Run) -> bool:
    """Reports a filter that stands behind its arrow; whether there is one."""
    last = run.state.value_stack[-1] if run.state.value_stack else None
    if not isinstance(last, tuple) or last[:1] != ("where",):
        return False
    run.report.error(
        "IFC101",
        "a filter stands before its arrow, and here is one behind it",
        last[1].span,
        "no arrow follows",
        "write `Source where … -> target`",
    )
    return True


def text_with_colons(run: Run, position: int) -> None:
    """Reports an ARN, a type or a URL without quotes."""
    written, around = chunk(run, position)
    run.report.error("IFC101", "text with colons stands in quotes", around, "no quotes", f'write `"{written}"`')


def chunk(run: Run, position: int) -> tuple[str, Span]:
    """The signs around a position up to the next blanks or brackets, and their span."""
    text = run.source.text
    begin = position
    while begin and position - begin < 60 and RUN.match(text[begin - 1]):
        begin -= 1
    match = RUN.match(text, begin, begin + 120)
    end = match.end() if match and match.end() > position else position + 1
    return text[begin:end], Span(run.source, begin, end)


# --- characters that begin nothing ---


def odd(run: Run, position: int, allowed: set[str]) -> None:
    """Reports a character that begins nothing."""
    text, error = run.source.text, run.report.error
    char = text[position]
    written, around = chunk(run, position)
    arrow = ARROW.match(text, position)
    sign = next((s for s in SIGNS if text.startswith(s, position)), None)
    span = Span(run.source, position, position + 1)
    if char == '"':
        end = text.find("\n", position)
        line = text[position : len(text) if end < 0 else end].rstrip()
        whole = Span(run.source, position, position + len(line))
        error("IFC115", "this text is not closed on its line", whole, "opened here", 'close it with `"`; a line break is `\\n`')
    elif LIKE_NUMBER.fullmatch(written):
        error("IFC116", f"`{written}` is not a number, a duration or a size", around, "can't be read", instead_of(written))
    elif arrow:
        error("IFC121", f"`{arrow.group()}` is no arrow", Span(run.source, position, arrow.end()), "unknown sign", "write `->`")
    elif sign == "=" and "OP" in allowed:
        error("IFC117", "a test for equality is `==`", span, "one is missing", "write `==`")
    elif sign == "=":
        error("IFC117", "a setting has no `=`", span, "here", "write `name value`")
    elif sign is not None:
        wrong = Span(run.source, position, position + len(sign))
        error("IFC121", f"`{sign}` is no sign of the language", wrong, "unknown sign", f"write `{SIGNS[sign]}`")
    elif char == ":":
        help = "write `Key value`, one on a line or with `;` between; a key is `name: type`"
        error("IFC105", "a block is not JSON: it has no colons and no commas", span, "colon here", help)
    elif char in QUOTES:
        other_quotes(run, position)
    elif char == "/" and text.startswith(("//", "/*"), position):
        error("IFC119", "a comment begins with `#`", Span(run.source, position, position + 2), "not a comment here", "write `# …`")
    elif not char.isprintable():
        invisible(run, char, span)
    elif char.isalpha():
        help = 'names are made of the letters a–z and digits; other text stands in quotes: `"…"`'
        error("IFC121", f"`{char}` can't stand in a name", span, "not of a–z", help)
    else:
        reference = REFERENCE.match(text, position)
        shown = f'`"{written}"`' if char not in "()" and 1 < len(written) <= 40 and "\\" not in written else '`"…"`'
        if reference:
            shown = f'`"{reference.group()}"`; outside of text a name stands alone: `{reference[1]}`'
        error("IFC121", f"`{char}` has no meaning here", span, "unexpected", f"put text in quotes: {shown}")


def other_quotes(run: Run, position: int) -> None:
    """Reports a quote that is not the straight double one."""
    quoted = QUOTED.match(run.source.text, position)
    inner = quoted.group()[1:-1] if quoted else '"'
    help = f'write `"{inner}"`' if len(inner) <= 40 and '"' not in inner else 'write `"…"`'
    span = Span(run.source, position, position + 1)
    run.report.error("IFC118", 'text stands in straight double quotes: `"`', span, "another quote", help)


def invisible(run: Run, char: str, span: Span) -> None:
    """Reports a character that nobody sees."""
    if ord(char) < 128:
        message = f"the file holds the byte {ord(char):#04x}, which is not text"
        run.report.error("IFC120", message, span, "here", "save it as UTF-8 text")
        raise Failure(*run.report.ordered())  # more of it would be no more readable
    name = unicodedata.name(char, "").lower()
    message = f"here is a character that can't be seen, U+{ord(char):04X}{f' ({name})' if name else ''}"
    run.report.error("IFC120", message, span, "here", "replace it with a blank, or take it out")


def instead_of(written: str) -> str:
    """What to write for something that looks like a number and is none."""
    if written.endswith("%"):
        return f'write `{written[:-1]} percent` where a share is asked for; as text it stands in quotes: `"{written}"`'
    if re.fullmatch(r"-?\d+(\.\d+)?[eE][+-]?\d+", written):
        exact = float(written)
        return "write it out, without an exponent" + (f": `{int(exact)}`" if abs(exact) < 1e15 and exact == int(exact) else "")
    if re.match(r"\d{4}-\d\d|\d+:\d|\d+\.\d+\.", written):
        return f'dates, times and versions are text: put it in quotes, `"{written}"`'
    close = meant(written)
    if close:
        return f"write `{close}`"
    return "durations are `500ms` `30s` `5m` `1h` `14d`, sizes `64KB` `512MB` `1GB`; names begin with a letter, other text stands in quotes"


def meant(written: str) -> str | None:
    """The duration or size that was probably meant: `90m` for `1.5h`, `30s` for `30sec`."""
    match = re.fullmatch(r"(\d+)(?:\.(\d+))?([A-Za-z]+)", written)
    if match is None:
        return None
    whole, fraction, unit = match.groups()
    unit = next((u for u, names in UNITS.items() if unit in (u, *names)), unit)
    lengths = SECONDS if unit in SECONDS else BYTES
    if unit not in lengths:
        return None
    if not fraction:
        return f"{whole}{unit}"
    scale = 10 ** len(fraction)
    amount = (int(whole) * scale + int(fraction)) * lengths[unit]
    finer = [u for u in sorted(lengths, key=lambda u: -lengths[u]) if lengths[u] < lengths[unit] and amount % (scale * lengths[u]) == 0]
    return f"{amount // scale // lengths[finer[0]]}{finer[0]}" if finer else None
