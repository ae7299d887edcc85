"""Terraform's templates and expressions, read by its specification (HCL Native Syntax Specification, Expressions and Templates)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, TypeAlias

from ifc.review.deployed.form import NotUnderstood

# ("text", parts) · ("value", x) · ("get", path) · ("at", expression, index) · ("call", name, arguments) · ("list", items)
# ("for", name, list, expression) · ("test", operator, left, right) · ("of", expression, attribute)
Tree: TypeAlias = tuple[Any, ...]

TOKEN = re.compile(r"\s*(?:(?P<name>[A-Za-z_][\w-]*)|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<mark>&&|\|\||[<>=!]=|[-!<>()\[\],.:]))")
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
TESTS = (("||",), ("&&",), ("==", "!=", "<", ">", "<=", ">="))  # from what binds least


@cache
def template(source: str) -> Tree:
    """A string of the JSON syntax as an expression: the whole of it is a template."""
    reader = Reader(source)
    found = reader.parts(quoted=False)
    return found[0] if len(found) == 1 and isinstance(found[0], tuple) else ("text", found)


class Reader:
    """Reads one string, from left to right."""

    def __init__(self, source: str) -> None:
        self.source, self.at = source, 0

    def wrong(self) -> NotUnderstood:
        """What is wrong here."""
        return NotUnderstood(f"what only Terraform reads: {self.source[: self.at]} ⟨here⟩ {self.source[self.at :]}")

    # --- templates ---

    def parts(self, quoted: bool) -> list[Any]:
        """The parts of a template up to its end, which between quotes is a quote: text, and expressions between."""
        found: list[Any] = []
        plain = ""
        while True:
            rest = self.source[self.at : self.at + 3]
            if rest in ("$${", "%%{"):
                plain, self.at = plain + rest[1:], self.at + 3
            elif rest[:2] == "${":
                found += [plain] if plain else []
                plain, self.at = "", self.at + 2
                found.append(self.expression())
                if not self.source.startswith("}", self.skip()):
                    raise self.wrong()
                self.at += 1
            elif rest[:2] == "%{" or (quoted and not rest):
                raise self.wrong()
            elif not rest or (quoted and rest[0] == '"'):
                self.at += quoted
                return [*found, plain] if plain or not found else found
            elif quoted and rest[0] == "\\":
                plain += self.escape()
            else:
                plain, self.at = plain + rest[0], self.at + 1

    def escape(self) -> str:
        """The character of an escape between quotes."""
        kind = self.source[self.at + 1 : self.at + 2]
        length = {"u": 4, "U": 8}.get(kind, 0)
        digits = self.source[self.at + 2 : self.at + 2 + length]
        self.at += 2 + length
        if length and re.fullmatch(rf"[0-9A-Fa-f]{{{length}}}", digits):
            return chr(int(digits, 16))
        if kind not in ESCAPES:
            raise self.wrong()
        return ESCAPES[kind]

    # --- expressions ---

    def skip(self) -> int:
        """Where the next token begins."""
        while self.source[self.at : self.at + 1].isspace():
            self.at += 1
        return self.at

    def take(self, *marks: str) -> str | None:
        """The next token, if it is one of these."""
        match = TOKEN.match(self.source, self.at)
        if match is None or match[0].strip() not in marks:
            return None
        self.at = match.end()
        return match[0].strip()

    def need(self, mark: str) -> None:
        """Takes a token that must be there."""
        if self.take(mark) is None:
            raise self.wrong()

    def name(self) -> str:
        """A name, which must be there."""
        match = TOKEN.match(self.source, self.at)
        if match is None or match["name"] is None:
            raise self.wrong()
        self.at = match.end()
        return match["name"]

    def expression(self, level: int = 0) -> Tree:
        """An expression whose operators bind as much as a level says, or more."""
        if level == len(TESTS):
            return self.unit()
        left = self.expression(level + 1)
        while operator := self.take(*TESTS[level]):
            left = ("test", operator, left, self.expression(level + 1))
        return left

    def unit(self) -> Tree:
        """A single value, and what is taken of it."""
        if self.source.startswith('"', self.skip()):
            self.at += 1
            found: Tree = ("text", self.parts(quoted=True))
        elif self.take("("):
            found = self.expression()
            self.need(")")
        elif self.take("["):
            found = self.list()
        else:
            found = self.plain()
        while mark := self.take(".", "["):
            if mark == ".":
                name = self.name()
                found = ("get", (*found[1], name)) if found[0] == "get" else ("of", found, name)
            else:
                found = ("at", found, self.expression())
                self.need("]")
        return found

    def plain(self) -> Tree:
        """A number, a name, or a call."""
        negative = self.take("-") is not None
        match = TOKEN.match(self.source, self.at)
        if match is not None and match["number"]:
            self.at = match.end()
            number = float(match["number"]) if re.search("[.eE]", match["number"]) else int(match["number"])
            return ("value", -number if negative else number)
        name = self.name()
        if self.take("("):
            return ("call", name, self.items(")"))
        return ("value", {"true": True, "false": False, "null": None}[name]) if name in ("true", "false", "null") else ("get", (name,))

    def list(self) -> Tree:
        """A list, or a `for` over one."""
        if not self.take("for"):
            return ("list", self.items("]"))
        name = self.name()
        self.need("in")
        values = self.expression()
        self.need(":")
        found = self.expression()
        self.need("]")
        return ("for", name, values, found)

    def items(self, end: str) -> Sequence[Tree]:
        """Expressions with commas between, up to the end of a list."""
        found: list[Tree] = []
        while not self.take(end):
            if found:
                self.need(",")
            found.append(self.expression())
        return found
