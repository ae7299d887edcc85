"""A route as it is written: a method and a path."""

from __future__ import annotations

import re

from ifc.diagnostics import near
from ifc.model.app import Wire
from ifc.model.scope import Scope, short
from ifc.records import record
from ifc.source import Span
from ifc.syntax import tree

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
WEBSOCKET = ("CONNECT", "DISCONNECT", "MESSAGE")
WORDS = (*METHODS, "ANY", "DEFAULT")
# RFC 3986, path segments, without what the language ends a path at
_SEGMENT = re.compile(r"[A-Za-z0-9._~:@!$&'()*+=%-]+")
_PARAMETER = re.compile(r"\{([A-Za-z0-9._-]+)\+?\}")
_WORD = re.compile(r"[A-Za-z0-9]+")


@record
class Route:
    """One route of an api: `POST /orders/{id}`, or `DEFAULT`, which has no path."""

    method: str
    path: str
    wire: Wire

    @classmethod
    def of(cls, wire: Wire) -> Route:
        """The route that a wire begins with."""
        method, _, path = wire.source.port.partition(" ")
        return cls(method, path, wire)

    @property
    def text(self) -> str:
        """The route as it is written."""
        return self.wire.source.port

    @property
    def span(self) -> Span:
        """The place of its method and path."""
        return self.wire.source.span

    @property
    def segments(self) -> tuple[str, ...]:
        """The path's segments; none for `/`."""
        return tuple(s for s in self.path.split("/") if s)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the path's parameters."""
        return tuple(m[1] for m in _PARAMETER.finditer(self.path))

    @property
    def name(self) -> str:
        """What ids are made from: `PostOrdersId`."""
        return self.method.capitalize() + words(self.segments)

    @property
    def shape(self) -> tuple[str, ...]:
        """Method and segments with the parameters' names taken out, by which API Gateway tells routes apart."""
        return (self.method, *shape(self.segments))

    @property
    def callers(self) -> str:
        """The part of an execute-api ARN that stands for this route in any stage: a parameter may be anything."""
        if self.method == "DEFAULT":
            return "/*/$default"
        method = "*" if self.method == "ANY" else self.method
        return f"/*/{method}/{'/'.join('*' if s.startswith('{') else s for s in self.segments)}"


def words(segments: tuple[str, ...]) -> str:
    """`orders`, `{id}`, `add-item` → `OrdersIdAddItem`."""
    return "".join(w[:1].upper() + w[1:] for s in segments for w in _WORD.findall(s))


def shape(segments: tuple[str, ...]) -> tuple[str, ...]:
    """The segments with the parameters' names taken out."""
    return tuple(_PARAMETER.sub("{}", s) for s in segments)


# --- reading ---


def read(head: tuple[tree.Args, ...], scope: Scope) -> str | None:
    """The route that stands before an arrow, as `METHOD /path`; None after an error."""
    method = _method(head[0], scope)
    if method is None:
        return None
    rest = [node for args in head[1:] for node in args]
    if method in ("DEFAULT", "CONNECT", "DISCONNECT"):
        if rest:
            scope.report.error("IFC481", f"`{method}` takes no path", rest[0].span, "not expected", f"write `{method} -> function`")
        return None if rest else method
    if not rest:
        what, shown = ("a message's key", "ping") if method == "MESSAGE" else ("a path", "/path")
        scope.report.error(
            "IFC481", f"`{method}` needs {what}", head[0][0].span, "nothing after it", f"write `{method} {shown} -> function`"
        )
        return None
    if len(rest) > 1:
        scope.report.error("IFC481", "a route has one path", rest[1].span, "a second one", "write a route for each")
        return None
    if method == "MESSAGE":
        return f"MESSAGE {short(rest[0].span)}"
    node = rest[0]
    if not isinstance(node, tree.Path):
        _no_path(node, scope)
        return None
    return f"{method} {node.text}" if _path(node, scope) else None


def _method(args: tree.Args, scope: Scope) -> str | None:
    first = args[0]
    if not isinstance(first, tree.Word):
        scope.report.error(
            "IFC480",
            f"a route begins with a method, and `{short(first.span)}` is none",
            first.span,
            "no method before it",
            "write `GET /path -> function`",
        )
        return None
    if len(args) > 1:
        scope.report.error("IFC480", "a route has one method", args[1].span, "a second one", "write a route for each, or `ANY`")
        return None
    if first.text in WORDS or first.text in WEBSOCKET:
        return first.text
    close = near(first.text, WORDS)
    scope.report.error(
        "IFC480",
        f"`{first.text}` is no method",
        first.span,
        "unknown method",
        f"write `{close}`" if close else f"there are {', '.join(WORDS)}; arrows that are no routes stand outside of the `api` block",
    )
    return None


def _no_path(node: tree.Value, scope: Scope) -> None:
    """Reports what is no path at all."""
    plain = node.plain if isinstance(node, tree.Text) else node.text if isinstance(node, tree.Word) else None
    wanted = "/" + (plain or "path").strip().lstrip("/")
    said = "is written without quotes" if isinstance(node, tree.Text) else "begins with `/`"
    scope.report.error("IFC481", f"a path {said}, and `{short(node.span)}` is none", node.span, "not a path", f"write `{wanted}`")


def _path(node: tree.Path, scope: Scope) -> bool:
    """Whether a path is well formed; reports its first mistake."""
    if node.text == "/":
        return True
    segments = node.text[1:].split("/")
    seen: set[str] = set()
    at = node.span.start + 1
    for number, segment in enumerate(segments):
        span = Span(node.span.source, at, at + len(segment))
        at += len(segment) + 1
        if not segment:
            last = number == len(segments) - 1
            scope.report.error(
                "IFC481",
                f"the path `{node.text}` has an empty segment",
                node.span,
                "`/` at its end" if last else "`//` in it",
                f"write `{'/' + '/'.join(s for s in segments if s)}`",
            )
            return False
        if not _segment(segment, span, number == len(segments) - 1, seen, scope):
            return False
    return True


def _segment(segment: str, span: Span, last: bool, seen: set[str], scope: Scope) -> bool:
    error = scope.report.error
    parameter = _PARAMETER.fullmatch(segment)
    if parameter is None and ("{" in segment or "}" in segment) and "?" not in segment:
        if segment in ("{}", "{+}"):
            error("IFC482", "a parameter of the path has no name", span, "no name in it", f"write `{segment.replace('{', '{id', 1)}`")
        elif segment.count("{") == 1 and segment[0] == "{" and segment[-1] == "}":
            error(
                "IFC482",
                f"`{segment}` is not the name of a parameter",
                span,
                "letters, digits, `.`, `_` and `-`",
                "a `+` at its end takes the rest of the path",
            )
        elif segment.count("{") != segment.count("}"):
            name = segment.strip("{}") or "id"
            error("IFC482", f"the braces of `{segment}` don't match", span, "one is missing", f"write `{{{name}}}`")
        else:
            error(
                "IFC482",
                f"a parameter takes a whole segment, and `{segment}` is more",
                span,
                "text beside it",
                "take the rest of the segment apart in the function",
            )
        return False
    if parameter is not None:
        if segment.endswith("+}") and not last:
            error(
                "IFC482",
                f"`{segment}` takes the rest of the path, so nothing can follow it",
                span,
                "not at the end",
                f"write `{{{parameter[1]}}}` for one segment",
            )
            return False
        if parameter[1] in seen:
            error("IFC482", f"the path has two parameters `{parameter[1]}`", span, "again", "give one of them another name")
            return False
        seen.add(parameter[1])
        return True
    if segment.startswith(":"):
        error(
            "IFC482",
            f"a parameter is written in braces, and `{segment}` is plain text",
            span,
            "a parameter?",
            f"write `{{{segment[1:] or 'id'}}}`",
        )
        return False
    good = _SEGMENT.match(segment)
    if good is None or good.end() < len(segment):
        sign = segment[good.end() if good else 0]
        sign = "?" if "?" in segment else sign
        help = (
            "the query is no part of a route: the function reads it from the event"
            if sign == "?"
            else ("put a blank before `->`" if segment.endswith("->") else "letters, digits, `-`, `.`, `_` and `~` can")
        )
        error("IFC481", f"`{sign}` can't stand in a path", span, f"`{sign}` in it", help)
        return False
    return True
