"""PartiQL for DynamoDB, translated into the operations and expressions that moto evaluates well.

moto brings a parser that takes no parameters in an INSERT or a DELETE, no number in a SET, no function in a WHERE. A statement's conditions
are nearly DynamoDB's condition expressions, so they are rewritten token by token (DynamoDB developer guide, PartiQL reference).
"""

from __future__ import annotations

import copy
import functools
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from moto.dynamodb.comparisons import get_filter_expression
from moto.dynamodb.exceptions import ERROR_TYPE_PREFIX, ConditionalCheckFailed, DynamodbException, MockValidationException
from moto.dynamodb.models.dynamo_type import Item
from moto.dynamodb.models.table import SecondaryIndex, Table

_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'(?:[^']|'')*')|(?P<quoted>"(?:[^"]|"")*")|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>[A-Za-z_][\w]*)"""
    r"""|(?P<sign><<|>>|<>|!=|<=|>=|[-+*=<>()\[\]{},.?:]))"""
)
FUNCTIONS = ("begins_with", "contains", "attribute_type", "size")
COMPARISONS = ("=", "<>", "!=", "<", "<=", ">", ">=")


def wrong(reason: str) -> MockValidationException:
    """DynamoDB's error for a statement that it can't read."""
    return MockValidationException(f"Statement wasn't well formed, can't be processed: {reason}")


class Statement:
    """A statement that is being read; the names and values that its expressions need."""

    def __init__(self, text: str, parameters: Sequence[Mapping[str, Any]]) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0
        self.parameters: Iterator[Mapping[str, Any]] = iter(parameters)
        self.names: dict[str, str] = {}
        self.values: dict[str, dict[str, Any]] = {}

    # --- tokens ---

    def peek(self) -> str:
        """The next token, words in capitals; "" at the end."""
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        return text.upper() if kind == "word" else text if kind in ("sign", "") else ""

    def take(self, *wanted: str) -> bool:
        """Whether the next tokens are these; they are passed then."""
        start = self.at
        for token in wanted:
            if self.peek() != token:
                self.at = start
                return False
            self.at += 1
        return True

    def need(self, *wanted: str) -> None:
        """Passes tokens that have to be there."""
        if not self.take(*wanted):
            raise wrong(f"expected {' '.join(wanted)}")

    def name(self) -> str:
        """A name, quoted or not."""
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        if kind not in ("quoted", "word"):
            raise wrong(f"expected a name, found {text or 'the end'}")
        self.at += 1
        return text[1:-1].replace('""', '"') if kind == "quoted" else text

    # --- values, paths and expressions ---

    def literal(self) -> dict[str, Any] | None:
        """A value in DynamoDB's JSON; None where none begins."""
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        if kind == "text":
            self.at += 1
            return {"S": text[1:-1].replace("''", "'")}
        if kind == "number" or (text == "-" and self.tokens[self.at + 1 : self.at + 2] and self.tokens[self.at + 1][0] == "number"):
            self.at += 1 if kind == "number" else 2
            return {"N": text if kind == "number" else "-" + self.tokens[self.at - 1][1]}
        for word, value in (("TRUE", {"BOOL": True}), ("FALSE", {"BOOL": False}), ("NULL", {"NULL": True})):
            if self.take(word):
                return value
        if self.take("?"):
            found = next(self.parameters, None)
            if found is None:
                raise MockValidationException("Number of parameters in request and statement don't match.")
            return dict(found)
        if self.take("["):
            return {"L": self._members("]", self._value)}
        if self.take("<<"):
            return _set(self._members(">>", self._value))
        return {"M": dict(self._members("}", self._pair))} if self.take("{") else None

    def _value(self) -> dict[str, Any]:
        found = self.literal()
        if found is None:
            raise wrong("expected a value")
        return found

    def _pair(self) -> tuple[str, dict[str, Any]]:
        kind, _ = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        name = self._value()["S"] if kind == "text" else self.name()
        self.need(":")
        return name, self._value()

    def _members(self, end: str, one: Callable[[], Any]) -> list[Any]:
        found = []
        while not self.take(end):
            found.append(one())
            if not self.take(","):
                self.need(end)
                break
        return found

    def value(self, found: Mapping[str, Any]) -> str:
        """A placeholder for a value."""
        placeholder = f":v{len(self.values)}"
        self.values[placeholder] = dict(found)
        return placeholder

    def alias(self, name: str) -> str:
        """A placeholder for a name."""
        known = {n: placeholder for placeholder, n in self.names.items()}
        placeholder = known.get(name, f"#n{len(self.names)}")
        self.names[placeholder] = name
        return placeholder

    def path(self) -> tuple[str, list[str]]:
        """A path as an expression has it, and its parts."""
        parts = [self.name()]
        text = self.alias(parts[0])
        while True:
            if self.take("."):
                parts.append(self.name())
                text += "." + self.alias(parts[-1])
            elif self.take("["):
                kind, index = self.tokens[self.at]
                if kind == "text":
                    parts.append(self._value()["S"])
                    text += "." + self.alias(parts[-1])
                elif kind == "number":
                    self.at += 1
                    parts[-1] += f"[{index}]"
                    text += f"[{index}]"
                else:
                    raise wrong("expected a position in a list")
                self.need("]")
            else:
                return text, parts

    def operand(self) -> tuple[str, list[str] | None, str | None]:
        """An operand of a condition: its expression, the parts of a path, the placeholder of a value."""
        found = self.literal()
        if found is not None:
            placeholder = self.value(found)
            return placeholder, None, placeholder
        if self.peek().lower() in FUNCTIONS and self.tokens[self.at + 1 : self.at + 2] == [("sign", "(")]:
            function = self.name().lower()
            self.need("(")
            inner = self._members(")", self.operand)
            return f"{function}({', '.join(text for text, _, _ in inner)})", None, None
        text, parts = self.path()
        return text, parts, None

    def condition(self) -> tuple[str, dict[str, dict[str, Any]]]:
        """A WHERE's condition as an expression, and the attributes that it says to be equal to a value whatever else it says."""
        words: list[str] = []
        equal: dict[str, dict[str, Any]] = {}
        depth, certain, denied = 0, True, False
        while self.peek() not in ("ORDER", "RETURNING") and self.at < len(self.tokens):
            if self.take("("):
                words.append("(")
                depth, denied = depth + 1, False
            elif self.take(")"):
                words.append(")")
                depth -= 1
            elif self.peek() in ("AND", "OR", "NOT"):
                certain = certain and (depth > 0 or self.peek() != "OR")
                denied = self.peek() == "NOT"
                words.append(self.peek())
                self.at += 1
            else:
                text, name, value = self._comparison()
                words.append(text)
                if name is not None and value is not None and depth == 0 and not denied:
                    equal[name] = value
                denied = False
        return " ".join(words), equal if certain else {}

    def _comparison(self) -> tuple[str, str | None, dict[str, Any] | None]:
        """A comparison; the attribute and the value when it says that they are equal."""
        text, parts, _ = self.operand()
        if self.take("IS"):
            no = self.take("NOT")
            if self.take("MISSING"):
                return f"attribute_{'exists' if no else 'not_exists'}({text})", None, None
            self.need("NULL")
            return f"{text} {'<>' if no else '='} {self.value({'NULL': True})}", None, None
        negated = "NOT " if self.take("NOT") else ""
        if self.take("BETWEEN"):
            low = self.operand()[0]
            self.need("AND")
            return f"{negated}({text} BETWEEN {low} AND {self.operand()[0]})", None, None
        if self.take("IN"):
            end = ")" if self.take("(") else "]"
            if end == "]":
                self.need("[")
            return f"{negated}({text} IN ({', '.join(o[0] for o in self._members(end, self.operand))}))", None, None
        if self.peek() in COMPARISONS:
            sign = "<>" if self.peek() == "!=" else self.peek()
            self.at += 1
            other, _, placeholder = self.operand()
            exact = sign == "=" and parts is not None and len(parts) == 1 and placeholder is not None
            return (
                f"{text} {sign} {other}",
                parts[0] if exact and parts else None,
                self.values[placeholder] if exact and placeholder else None,
            )
        return text, None, None

    def end(self) -> None:
        """Refuses what is left over, of the statement and of its parameters."""
        if self.at < len(self.tokens):
            raise wrong(f"unexpected {self.tokens[self.at][1]}")
        if next(self.parameters, None) is not None:
            raise MockValidationException("Number of parameters in request and statement don't match.")


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, text = 0, text.strip().removesuffix(";").rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise wrong(f"unexpected {text[at : at + 10].strip()}")
        yield str(found.lastgroup), found[str(found.lastgroup)]
        at = found.end()


def _set(members: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    kinds = {kind for member in members for kind in member}
    if len(kinds) != 1 or not kinds <= {"S", "N", "B"}:
        raise wrong("a set has members of one type")
    kind = kinds.pop()
    return {kind + "S": [member[kind] for member in members]}


def execute(backend: Any, text: str, parameters: Sequence[Mapping[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Runs a statement; the name of its table, and the items that it returns."""
    statement = Statement(text, parameters)
    for word, run in (("SELECT", _select), ("INSERT", _insert), ("UPDATE", _update), ("DELETE", _delete)):
        if statement.take(word):
            return run(backend, statement)
    raise wrong(f"unexpected {text.split(None, 1)[0] if text.strip() else 'end'}")


def _select(backend: Any, statement: Statement) -> tuple[str, list[dict[str, Any]]]:
    paths: list[list[str]] = []
    if not statement.take("*"):
        paths.append(statement.path()[1])
        while statement.take(","):
            paths.append(statement.path()[1])
    statement.need("FROM")
    table: Table = backend.get_table(statement.name())
    index: SecondaryIndex | None = table.get_index(statement.name(), error_if_not=True) if statement.take(".") else None
    condition = statement.condition()[0] if statement.take("WHERE") else None
    order: list[tuple[str, bool]] = []
    if statement.take("ORDER", "BY"):
        for _ in itertools.count():
            name = statement.name()
            order.append((name, statement.take("DESC")))
            statement.take("ASC")
            if not statement.take(","):
                break
    statement.end()
    expression = get_filter_expression(condition, statement.names, statement.values)
    found = [item for item in table.all_items() if expression.expr(item)]
    if index is not None:
        found = [index.project(copy.deepcopy(item)) for item in found if all(name in item.attrs for name in index.schema_key_attrs)]
    for name, falling in reversed(order):
        found.sort(key=functools.partial(_sorted_by, name), reverse=falling)
    return table.name, [dict((item.project(paths) if paths else item).attrs) for item in found]


def _sorted_by(name: str, item: Item) -> Any:
    return item.attrs[name].cast_value


def _insert(backend: Any, statement: Statement) -> tuple[str, list[dict[str, Any]]]:
    statement.need("INTO")
    table: Table = backend.get_table(statement.name())
    statement.need("VALUE")
    content = statement.literal()
    if content is None or "M" not in content:
        raise wrong("expected a map")
    statement.end()
    try:
        exists = f"attribute_not_exists({statement.alias(table.hash_key_attr)})"
        backend.put_item(table.name, content["M"], condition_expression=exists, expression_attribute_names=statement.names)
    except ConditionalCheckFailed as there:
        raise DynamodbException(ERROR_TYPE_PREFIX + "DuplicateItemException", "Duplicate primary key exists in table") from there
    return table.name, []


def _update(backend: Any, statement: Statement) -> tuple[str, list[dict[str, Any]]]:
    table: Table = backend.get_table(statement.name())
    clauses: dict[str, list[str]] = {"SET": [], "REMOVE": [], "ADD": [], "DELETE": []}
    while statement.peek() in ("SET", "REMOVE"):
        removal = statement.take("REMOVE")
        if not removal:
            statement.need("SET")
        for _ in itertools.count():
            target = statement.path()[0]
            if removal:
                clauses["REMOVE"].append(target)
            else:
                statement.need("=")
                clause, text = _assigned(statement, target)
                clauses[clause].append(text)
            if not statement.take(","):
                break
    statement.need("WHERE")
    condition, key = _of_one_item(table, statement)
    returned = _returning(statement)
    statement.end()
    before = backend.get_item(table.name, key)
    old = None if before is None else copy.deepcopy(before)
    expression = " ".join(f"{word} {', '.join(parts)}" for word, parts in clauses.items() if parts)
    item: Item = backend.update_item(
        table.name,
        key,
        update_expression=expression,
        expression_attribute_names=statement.names,
        expression_attribute_values=statement.values,
        condition_expression=condition,
    )
    return table.name, _shown(returned, old, item)


def _assigned(statement: Statement, target: str) -> tuple[str, str]:
    """The clause of an update expression for `target = …`, and what to write there."""
    word = statement.peek().lower()
    if word in ("set_add", "set_delete"):
        statement.need(word.upper(), "(")
        inner = statement._members(")", statement.operand)
        return ("ADD" if word == "set_add" else "DELETE"), f"{target} {inner[1][0]}"
    if word in ("list_append", "if_not_exists"):
        statement.need(word.upper(), "(")
        inner = statement._members(")", statement.operand)
        return "SET", f"{target} = {word}({', '.join(text for text, _, _ in inner)})"
    text = statement.operand()[0]
    while statement.peek() in ("+", "-"):
        sign = statement.peek()
        statement.at += 1
        text += f" {sign} {statement.operand()[0]}"
    return "SET", f"{target} = {text}"


def _delete(backend: Any, statement: Statement) -> tuple[str, list[dict[str, Any]]]:
    statement.need("FROM")
    table: Table = backend.get_table(statement.name())
    statement.need("WHERE")
    condition, key = _of_one_item(table, statement)
    returned = _returning(statement)
    statement.end()
    item = backend.get_item(table.name, key)
    if item is None:
        return table.name, []
    backend.delete_item(table.name, key, statement.names, statement.values, condition)
    return table.name, _shown(returned, item, None)


def _of_one_item(table: Table, statement: Statement) -> tuple[str, dict[str, Any]]:
    """The condition of a write, and the key that it has to name."""
    condition, equal = statement.condition()
    if not all(name in equal for name in table.table_key_attrs):
        raise MockValidationException("Where clause does not contain a mandatory equality on all key attributes")
    return condition, {name: equal[name] for name in table.table_key_attrs}


def _returning(statement: Statement) -> tuple[str, str] | None:
    if not statement.take("RETURNING"):
        return None
    for extent, image in itertools.product(("ALL", "MODIFIED"), ("OLD", "NEW")):
        if statement.take(extent, image, "*"):
            return extent, image
    raise wrong("expected ALL or MODIFIED, OLD or NEW, and *")


def _shown(returned: tuple[str, str] | None, old: Item | None, new: Item | None) -> list[dict[str, Any]]:
    """What RETURNING shows of a write."""
    if returned is None:
        return []
    extent, image = returned
    item, other = (old, new) if image == "OLD" else (new, old)
    known = {} if other is None or extent == "ALL" else other.attrs
    return [] if item is None else [{name: value for name, value in item.attrs.items() if name not in known or known[name] != value}]
