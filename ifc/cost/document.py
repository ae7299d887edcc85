"""A file in YAML or JSON with the place of everything in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ifc.diagnostics import Diagnostic, Failure, Report
from ifc.records import record
from ifc.source import Source, Span

if TYPE_CHECKING:
    import yaml

LARGEST = 4 * 1024 * 1024  # bytes


@record
class Scalar:
    """A value as it is written: a word, a number, a text."""

    span: Span
    text: str


@record
class Block:
    """Names with values, each name once, in the order of the file."""

    span: Span
    entries: tuple[Entry, ...]


@record
class Entry:
    """A name, and what stands behind it."""

    name: str
    span: Span  # of the name
    value: Scalar | Block | None  # None: a list, which nothing takes

    @property
    def place(self) -> Span:
        """Where its value stands."""
        return self.value.span if self.value is not None else self.span


def document(path: str, code: str, what: str, report: Report) -> Block | None:
    """The names and values of a file, None after an error; raises Failure where it can't be read. `what` is `a traffic file`."""
    import yaml  # only such a file is YAML

    source = Source(path, text(path, code, what))
    try:
        node = yaml.compose(source.text, Loader=yaml.SafeLoader)
    except RecursionError:
        raise Failure(Diagnostic(code, f"`{path}` is nested too deep", help=f"{what} has names, and values or names behind them")) from None
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        why = getattr(problem, "problem", None) or "it can't be read"
        at = min(mark.index, len(source.text)) if mark is not None else 0
        report.error(code, f"`{path}` is not YAML: {why}", Span(source, at, at + 1), "here", "names and values are written `name: value`")
        return None
    if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
        return Block(Span(source, 0, 0), ())
    found = value(node, source, code, report)
    if not isinstance(found, Block):
        report.error(
            code, f"{what} begins with a name", spanned(node, source), "no name", "write `name: value`, or a name with others below it"
        )
        return None
    return found


def text(path: str, code: str, what: str) -> str:
    """The text of a file; raises Failure where it can't be read."""
    import os.path

    try:
        if os.path.getsize(path) > LARGEST:
            raise Failure(Diagnostic(code, f"`{path}` is larger than {LARGEST // 2**20} MB", help=f"{what} is not: name another file"))
        with open(path, encoding="utf-8-sig") as stream:
            return stream.read()
    except OSError as problem:
        why = (problem.strerror or "unknown error").lower()
        raise Failure(Diagnostic(code, f"`{path}` can't be read: {why}", help="check the name and the permissions")) from None
    except UnicodeDecodeError:
        raise Failure(Diagnostic(code, f"`{path}` is no text in UTF-8", help=f"{what} is YAML or JSON")) from None


def value(node: yaml.Node, source: Source, code: str, report: Report, depth: int = 0) -> Scalar | Block | None:
    """What a node of YAML is; nothing that is read is deeper than four names, so an alias to what is around it ends there."""
    import yaml

    if isinstance(node, yaml.ScalarNode):
        return Scalar(spanned(node, source), str(node.value))
    if not isinstance(node, yaml.MappingNode) or depth > 4:
        return None
    entries: dict[str, Entry] = {}
    for key, inner in node.value:
        name = str(key.value) if isinstance(key, yaml.ScalarNode) else ""
        place = spanned(key, source)
        if name in entries:
            report.error(code, f"`{name}` is given twice", place, "again", "keep one of them")
            continue
        entries[name] = Entry(name, place, value(inner, source, code, report, depth + 1))
    return Block(spanned(node, source), tuple(entries.values()))


def spanned(node: Any, source: Source) -> Span:
    """Where a node stands; of several lines the first."""
    start, end = node.start_mark.index, node.end_mark.index
    line = source.text.find("\n", start, end)
    return Span(source, start, max(line if line >= 0 else end, min(start + 1, len(source.text))))
