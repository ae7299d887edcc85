"""Filters that can't pass one event, held against all events of a small world."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ifc.diagnostics import Report
from ifc.source import Source
from ifc.syntax.parse import parse
from ifc.where import normal
from ifc.where.disjoint import disjoint
from ifc.where.evaluate import passing

VALUES = ["", "a", "ab", "abc", "b", "ba", "c", "cab", 0, 1, 2, 5, 5.5, True, False, None]
GONE = object()


def terms(where: str) -> Any:
    """The normal form of a filter."""
    report = Report()
    file = parse(Source("a.ifc", f"A where {where} -> b\n"), report)
    found = normal.terms(file.statements[0].hops[0].where, lambda text: text.plain, report)  # type: ignore[union-attr]
    assert found is not None, [d.message for d in report.ordered()]
    return found


def always(path: tuple[str, ...]) -> bool:
    """As if every field held a single value."""
    return True


def never(path: tuple[str, ...]) -> bool:
    """As if every field could be a list."""
    return False


TEXT = st.sampled_from(['"a"', '"ab"', '"b"', '"abc"', '"c"'])
LITERAL = st.one_of(TEXT, st.sampled_from(["0", "1", "5", "5.5", "true", "false", "null"]))
NUMBER = st.sampled_from(["0", "1", "2", "5", "5.5"])
FIELD = st.sampled_from(["x", "y"])
TEST = st.one_of(
    st.builds("{} == {}".format, FIELD, LITERAL),
    st.builds("{} != {}".format, FIELD, LITERAL),
    st.builds("{} in [{}, {}]".format, FIELD, LITERAL, LITERAL),
    st.builds("{} {} {}".format, FIELD, st.sampled_from(["<", "<=", ">", ">="]), NUMBER),
    st.builds("{} {} {}".format, FIELD, st.sampled_from(["starts-with", "ends-with", "contains"]), TEXT),
    st.builds("{} exists".format, FIELD),
)
FILTER = st.recursive(
    TEST,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner), st.builds("({} or {})".format, inner, inner), st.builds("not ({})".format, inner)
    ),
    max_leaves=4,
)


def events(values: list[Any]) -> list[dict[str, Any]]:
    """Every event with `x` and `y` of some values, or without them."""
    return [{k: v for k, v in zip("xy", pair, strict=True) if v is not GONE} for pair in product([GONE, *values], repeat=2)]


SCALARS = events(VALUES)
LISTS = events(["a", "ab", 1, 5, True, [], ["a", "b"], ["ab", 1], [1, 5], [0, 2, "c"], ["abc", None]])


@given(one=FILTER, other=FILTER)
def test_what_is_apart_never_meets(one: str, other: str) -> None:
    """No event with single values passes two filters that are said to be apart, and none at all where fields may be lists."""
    first, second = terms(one), terms(other)
    for single, world in ((always, SCALARS), (never, LISTS)):
        if disjoint(first, second, single):
            assert not [event for event in world if passing(first)(event) and passing(second)(event)]


@given(one=TEST, other=TEST)
def test_what_never_meets_is_apart(one: str, other: str) -> None:
    """Two tests that no event of a world with all values near theirs passes are said to be apart."""
    first, second = terms(one), terms(other)
    more = [-1, 0.5, 1.5, 3, 5.2, 7, "z", "az", "abz", "za", "zab", "zb", "zc", "bzb", "czc", "bza", "cza", "abcz", "zabc", "aza", "czab"]
    more += ["bzab", "abzc", "azb", "azc", "azabc", "abza", "abzb", "abczc", "bzabc", "czabc", "bzc", "abczb", "czb", "abcza", "abzabc"]
    world = events(VALUES + more)
    meet = any(passing(first)(event) and passing(second)(event) for event in world)
    assert disjoint(first, second, always) is not meet


@pytest.mark.parametrize(
    ("one", "other", "scalar", "listed"),
    [
        ('x == "a"', 'x == "b"', True, False),
        ('x == "a"', 'x != "a"', True, False),
        ("x exists", "not x exists", True, True),
        ('x == "a"', "not x exists", True, True),
        ("x < 5", "not x exists", True, True),
        ("a.x exists", "not a.x exists", True, False),
        ("x < 5", "x >= 5", True, False),
        ("x <= 5", "x >= 5", False, False),
        ("x > 1", 'x starts-with "a"', True, False),
        ('x starts-with "in/"', 'x starts-with "out/"', True, False),
        ('x starts-with "in/"', 'x starts-with "in/a"', False, False),
        ('x starts-with "in/a"', 'not x starts-with "in/"', True, False),
        ('x ends-with ".csv"', 'x ends-with ".json"', True, False),
        ('x contains "a"', 'not x contains "a"', True, False),
        ('x contains "abc"', 'not x contains "b"', True, False),
        ('x == "a" or x == "b"', 'x == "c"', True, False),
        ('x == "a" and y == 1', 'x == "a" and y == 2', True, False),
        ('x == "a"', 'y == "b"', False, False),
    ],
)
def test_pairs(one: str, other: str, scalar: bool, listed: bool) -> None:
    """Pairs whose answer is known, for single values and where a field may be a list."""
    assert disjoint(terms(one), terms(other), always) is scalar
    assert disjoint(terms(other), terms(one), always) is scalar
    assert disjoint(terms(one), terms(other), never) is listed


def test_a_text_known_later_may_be_anything() -> None:
    """What only the deployment knows keeps no filters apart, but from numbers."""
    report = Report()
    file = parse(Source("a.ifc", 'A where x == "${later}" -> b\n'), report)
    late = normal.terms(file.statements[0].hops[0].where, lambda text: text, report)  # type: ignore[union-attr]
    assert late is not None
    assert not disjoint(late, terms('x == "a"'), always)
    assert not disjoint(late, terms('x starts-with "a"'), always)
    assert disjoint(late, terms("x > 5"), always)
