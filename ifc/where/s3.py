"""Key filters of a bucket's notifications: one prefix and one suffix each.

S3 user guide, "Configuring event notifications using object key name filtering". A pattern such as `"img/*.jpg"` says
how a key begins and how it ends. Without a star it means that one key: S3 is told that the key begins and ends with
it, which no other key does, save one that holds the text twice.
"""

from __future__ import annotations

from ifc.diagnostics import Label, Report
from ifc.source import Span
from ifc.syntax.tree import Expr, Text
from ifc.where import normal
from ifc.where.expression import quoted

LONGEST = 1024
_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!-_.*'()/")  # user guide, "Safe characters"
_BUS = "send the bucket to a bus (`Files.created -> SomeBus`) and filter there with"
_SIDES = {"starts-with": "begins", "ends-with": "ends"}


def filters(expr: Expr | None, glob: str | None, span: Span, report: Report) -> list[tuple[str, str]] | None:
    """The prefix and suffix of each notification that is needed, encoded as S3 wants them; "" where there is none.

    Without a pattern and a filter that is one notification for all keys. `span` is the pattern's, or the wire's.
    """
    around = ("", "") if glob is None else _around(glob, span, report)
    if around is None:
        return None
    terms: tuple[normal.Term, ...] | None = ((),)
    if expr is not None:
        terms = normal.terms(expr, lambda text: _plain(text, report), report)
    if terms is None:
        return None
    found = [_sides(term, around, glob, report) for term in terms]
    known = list(dict.fromkeys(sides for sides in found if sides is not None))
    if None in found or not _apart(known, expr.span if expr is not None else span, report):
        return None
    return [(_encoded(prefix), _encoded(suffix)) for prefix, suffix in known]


def overlap(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """Whether a key may pass both filters, as S3 reckons: both prefixes and both suffixes meet."""
    prefixes = one[0].startswith(other[0]) or other[0].startswith(one[0])
    suffixes = one[1].endswith(other[1]) or other[1].endswith(one[1])
    return prefixes and suffixes


def _around(glob: str, span: Span, report: Report) -> tuple[str, str] | None:
    """What stands before and after a pattern's star, or None after reporting that it has several, or names a folder."""
    before, star, after = glob.partition("*")
    if "*" in after:
        report.error(
            "IFC444",
            f"the pattern `{quoted(glob)}` has two stars, and S3 knows how a key begins and how it ends",
            span,
            "one star at most",
            help=f'keep one star, or {_BUS} `detail.object.key contains "…"`',
        )
    elif not glob:
        report.error(
            "IFC444",
            "the pattern is empty, and no key is",
            span,
            "empty",
            help='write `"*"`, or leave it out for all keys',
        )
    elif not star and glob.endswith("/"):
        report.error(
            "IFC444",
            f"the pattern `{quoted(glob)}` names a folder, not what is in it",
            span,
            "no star",
            help=f"write `{quoted(glob + '*')}`",
        )
    elif len(_encoded(before)) > LONGEST or len(_encoded(after)) > LONGEST:
        _refuse_length(span, report)
    else:
        return (before, after) if star else (glob, glob)
    return None


def _plain(text: Text, report: Report) -> str | None:
    """The text, or None after reporting that it holds a reference."""
    if text.plain is None:
        report.error(
            "IFC445",
            "how a key begins or ends must be known when compiling",
            text.span,
            "a reference",
            help=f"write the text itself, or {_BUS} `detail.object.key`",
        )
    return text.plain


def _sides(term: normal.Term, around: tuple[str, str], glob: str | None, report: Report) -> tuple[str, str] | None:
    """The prefix and suffix that a term asks for together with the pattern's, or None after reporting what is wrong."""
    sides = {"starts-with": around[0], "ends-with": around[1]}
    first: dict[str, normal.Condition] = {}
    for condition in term:
        value = _side(condition, report)
        if value is None:
            return None
        if sides[condition.op]:
            _refuse_second(condition, first.get(condition.op), glob, report)
            return None
        first[condition.op] = condition
        sides[condition.op] = value
    return sides["starts-with"], sides["ends-with"]


def _side(condition: normal.Condition, report: Report) -> str | None:
    """How a condition wants the key to begin or end, or None after reporting that S3 can't tell."""
    if condition.path != ("key",):
        report.error(
            "IFC442",
            f"a bucket's own filter sees the object's `key`, and no `{condition.written}`",
            condition.span,
            "not the key",
            help="write `key`" if condition.path[-1] == "key" else f"{_BUS} a field of `detail.object`",
        )
        return None
    value = condition.operands[0].value if condition.op in _SIDES and not condition.negated else None
    if not isinstance(value, str) or "*" in value:
        what = "tests how a key begins and how it ends, and nothing else" if value is None else "takes no `*` in a test"
        report.error(
            "IFC442",
            f"a bucket's own filter {what}",
            condition.span,
            "another test" if value is None else "a star",
            help=f"{_BUS} `detail.object.key`",
        )
        return None
    if len(_encoded(value)) > LONGEST:
        _refuse_length(condition.span, report)
        return None
    return value


def _refuse_second(condition: normal.Condition, first: normal.Condition | None, glob: str | None, report: Report) -> None:
    """Reports a second word on one side of the key, after another test's or the pattern's."""
    said = "another test" if first else f"the pattern `{quoted(glob or '')}`"
    report.error(
        "IFC442",
        f"{said} says already how a key {_SIDES[condition.op]}, and S3 takes one",
        condition.span,
        "the second one",
        help="leave one of them out, or join them with `or`" if first else "leave it out here or in the pattern",
        also=(Label(first.span, "the first"),) if first else (),
    )


def _refuse_length(span: Span, report: Report) -> None:
    """Reports text that is longer than S3 takes it."""
    report.error(
        "IFC441",
        f"S3 takes {LONGEST:,} characters for how a key begins or ends",
        span,
        "too long",
        help="no key is longer than that: shorten it",
    )


def _apart(found: list[tuple[str, str]], span: Span, report: Report) -> bool:
    """Whether no key passes two of the filters, which S3 refuses; reports those that overlap."""
    for at, one in enumerate(found):
        for other in found[at + 1 :]:
            if overlap(one, other):
                report.error(
                    "IFC443",
                    f"a key may match both {_said(one)} and {_said(other)}, and S3 refuses such filters",
                    span,
                    "they overlap",
                    help=f"make them differ in how the key begins or how it ends, or {_BUS} `detail.object.key`",
                )
                return False
    return True


def _said(sides: tuple[str, str]) -> str:
    """A filter as a pattern."""
    return f"`{quoted(f'{sides[0]}*{sides[1]}')}`"


def _encoded(text: str) -> str:
    """Text as S3 takes it in a rule: a space is `+`, all else that is not safe is percent-encoded."""
    percent = {c: "".join(f"%{byte:02X}" for byte in c.encode()) for c in text if c not in _SAFE}
    return "".join({**percent, " ": "+"}.get(c, c) for c in text)
