"""Text to tree: lark's LALR tables drive it, mistakes are reported and stepped over.

After a mistake the parser goes on at the next statement: it drops what it had of the broken one and skips to the end of
the line (over any braces that open on the way), so that each mistake is reported once and the rest is still read. Where
a brace is missing, the layout of the lines tells where it was meant, and the file is read again as if it stood there.
"""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

from ifc.diagnostics import Failure, Label, Report
from ifc.source import Source, Span
from ifc.syntax import tree
from ifc.syntax.build import Builder
from ifc.syntax.lark_parser import Lark_StandAlone, Token, UnexpectedCharacters, UnexpectedToken
from ifc.syntax.layout import TOKEN, Layout

DEPTH = 64  # blocks, lists and parentheses in each other; everything after the parser may recurse this deep
LARGE = 1_000_000  # characters: nobody laid such a file out by hand
MOST = 500  # mistakes in one file; more of them mean that it is something else

_CLOSERS = re.compile(r"[ \t}\]]*")
_CONTINUED = re.compile(r"\n(?:[ \t\r\n]|#[^\n]*\n)*+(?:->|(?:where|when|and|or)(?![\w-]))")
_LONE_CR = re.compile(r"\r(?!\n)")


_builder = Builder()
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
    first = Run(source, report, [], [])
    statements = first.statements()
    if not first.unclosed and not first.surplus:
        return tree.File(source, statements)
    said = report.diagnostics[first.said :]
    layout = Layout(source.text if len(source.text) < LARGE else "")
    if layout.never_closed or layout.never_opened:
        del report.diagnostics[first.said :]
        second = Run(source, report, layout.never_closed, layout.never_opened)
        again = second.statements()
        if not second.unclosed and not second.surplus:
            return tree.File(source, again)
        report.diagnostics[first.said :] = said
    if first.unclosed:
        raise Failure(*report.ordered())
    return tree.File(source, statements)


def mistakes() -> ModuleType:
    """What to say of mistakes: most runs have none, and load nothing of it."""
    from ifc.syntax import mistakes

    return mistakes


class Run:
    """One parse: lark's state, the nesting, and the recovery."""

    def __init__(self, source: Source, report: Report, closers: list[tuple[int, int]], openers: list[tuple[int, int]]) -> None:
        self.source, self.report = source, report
        self.said = len(report.diagnostics)
        self.closers = closers  # `{` that were never closed, and where their `}` is taken to stand
        self.openers = openers  # where a `{` is taken to stand, and the `}` that has no other partner
        self.unclosed = self.surplus = False
        self.doubled = 0  # second `{` that were stepped over, whose `}` may follow
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
                    if self.openers and token.start_pos >= self.openers[0][0]:
                        self.open_missing()
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
                elif not self.mended(token):
                    mistakes().Unexpected(self, token, problem.expected).say()
                    self.resume(token.start_pos, token.type)
            except UnexpectedCharacters as problem:
                mistakes().odd(self, problem.pos_in_stream, problem.allowed or set())
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
        if self.doubled:
            self.doubled -= 1
            return
        self.surplus = True
        self.report.error(
            "IFC103",
            f"nothing is open that this `{token}` could close",
            self.span(token),
            "one too many",
            f"take it out, or write the `{'{' if token == '}' else '['}` that it closes",
        )
        more = _CLOSERS.match(self.source.text, token.end_pos)
        end = more.end() if more else token.end_pos
        if "statement" not in self.table[self.state.state_stack[-1]]:
            self.resume(end, "RBRACE")  # a `{` may be missing in the statement before it
        self.move(end)
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

    def mended(self, token: Any) -> bool:
        """Reports a second `{`, or a block or `;` where the comma of a list belongs, and goes on; whether it was that."""
        if token.type == "LBRACE" and getattr(self.state.value_stack[-1] if self.state.value_stack else None, "type", "") == "LBRACE":
            self.report.error("IFC101", "a block begins with one `{`", self.span(token), "one too many", "take it out")
            self.doubled += 1
            return True
        if token.type not in ("LBRACE", "SEMICOLON") or mistakes().last_opened(self) != "[" or not self.accepts("COMMA"):
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
        match = mistakes().QUOTED.match(self.source.text, position)
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
            self.accepts("SEMICOLON") and kind not in ("LBRACE", "RBRACE") and not cut
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
        for match in TOKEN.finditer(text, position):
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

    def open_missing(self) -> None:
        """Opens the block whose `{` is missing at the end of a line, as if it stood there."""
        place, position = self.openers.pop(0)
        if not self.accepts("LBRACE"):
            self.surplus = True  # the layout does not say where it belongs
            return
        self.report.error(
            "IFC103",
            f"nothing is open that this `{self.source.text[position]}` could close",
            Span(self.source, position, position + 1),
            "one too many",
            f"add the missing `{{` at the end of line {self.source.position(place)[0]}, or take the `}}` out",
            [Label(Span(self.source, place - 1, place), "no `{` behind this")],
        )
        self.feed("LBRACE", "{", place)
        self.open = len(self.open_blocks())

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
        if not mistakes().filter_behind(self):
            self.report.error(
                "IFC101",
                "the file ends in the middle of a statement",
                Span(self.source, max(at - 1, 0), at),
                "ends here",
                "finish the statement, or take it out",
            )
        self.resume(end, "$END")
        return True
