"""Inclusion of IAM policies: examples that peers get wrong, and brute force over small worlds with an evaluator of its own."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from functools import cache, reduce
from ipaddress import ip_address, ip_network
from itertools import product
from operator import or_
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ifc.records import compared, evolve
from ifc.review.inclusion import Comparison, Pair, Permission, Policy, compare, covers, within

MODEST = settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
THOROUGH = settings(MODEST, max_examples=500)


@compared
class Atom:
    """A deploy-time value."""

    name: str


X, Y = Atom("X"), Atom("Y")


def pattern(given: Any) -> tuple[Any, ...]:
    """A pattern: text and atoms may be written alone."""
    return given if isinstance(given, tuple) else (given,)


def statement(
    effect: str,
    actions: str = "",
    resources: Any = "*",
    who: Iterable[tuple[str, Any]] = (),
    not_actions: str | None = None,
    not_resources: Iterable[Any] | None = None,
    not_who: Iterable[tuple[str, Any]] | None = None,
    **conditions: Any,
) -> Permission:
    """A statement; actions are divided by blanks, and a condition is `Operator_key="value"` or a list of values."""
    of = resources if isinstance(resources, list) else [resources]
    return Permission(
        effect,
        actions=frozenset(actions.split()),
        not_actions=None if not_actions is None else frozenset(not_actions.split()),
        resources=frozenset(map(pattern, of)) if not_resources is None else frozenset(),
        not_resources=None if not_resources is None else frozenset(map(pattern, not_resources)),
        principals=frozenset((type, pattern(name)) for type, name in who),
        not_principals=None if not_who is None else frozenset((type, pattern(name)) for type, name in not_who),
        conditions=frozenset(
            (re.sub("^(ForAnyValue|ForAllValues)", r"\1:", operator), key, frozenset(map(pattern, many(values))))
            for (operator, _, key), values in ((name.partition("_"), values) for name, values in conditions.items())
        ),
    )


def many(value: Any) -> list[Any]:
    """One or several."""
    return value if isinstance(value, list) else [value]


def allow(*given: Any, **more: Any) -> Permission:
    """An Allow."""
    return statement("Allow", *given, **more)


def deny(*given: Any, **more: Any) -> Permission:
    """A Deny."""
    return statement("Deny", *given, **more)


def found(comparison: Comparison) -> set[str]:
    """The lists of a comparison that hold something."""
    names = ("added", "widened", "narrowed", "removed", "unprotected", "protected")
    return {name for name in names if getattr(comparison, name)}


def wider(comparison: Comparison) -> bool:
    """Whether more may be allowed than before."""
    return bool(found(comparison) & {"added", "widened", "unprotected"})


# --- patterns ---


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("*", "a?b*"),
        ("*", (X, "b*", Y)),
        ("a*b*", "a*b"),
        ("a?*", "a*?"),
        ("a*?", "a?*"),
        ("?**?", "??*"),
        ("*?*", "*a"),
        ("*a?b*", "xa?bc"),
        ("*ab*ab*", "aab*aab"),
        (("arn:", X, ":*"), ("arn:", X, ":queue-?")),
        (("a", "b*"), ("ab", X)),
        ((X, "?*"), (X, "*a", Y)),
        ("r/${aws:username}/*", "r/${AWS:UserName}/a"),
        ("*", "${aws:username}"),
        ("a${*}*", "a${*}b"),
        ("a*", "a${*}"),
    ],
)
def test_a_pattern_covers(wide: Any, narrow: Any) -> None:
    """All texts of the one are texts of the other."""
    assert covers(pattern(wide), pattern(narrow))


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("a?*", "a*"),
        ("a*b", "a*b*"),
        ("a?b", "a*b"),
        ("*ab*", "*a*b*"),
        ("?*", X),  # it may be empty
        ("?", X),
        ("a", X),
        (X, Y),
        (X, "*"),
        ((X, "a"), (X, "?")),
        ("r/????*", "r/${aws:username}"),  # a short name
        ("*user*", "${aws:username}"),
        ("*user*", ("${aws:PrincipalTag/user", X, "}")),
        ("a${*}", "a*"),
        ("a${?}", "ab"),
        ("A", "a"),
    ],
)
def test_a_pattern_does_not_cover(wide: Any, narrow: Any) -> None:
    """The one has a text that the other has not."""
    assert not covers(pattern(wide), pattern(narrow))


def steps(glob: str, states: frozenset[int], letter: str) -> frozenset[int]:
    """Where a glob may be after one more letter, of the places where it may be before."""
    here = {at if glob[at] == "*" else at + 1 for at in rested(glob, states) if at < len(glob) and glob[at] in (letter, "?", "*")}
    return rested(glob, here)


def rested(glob: str, states: Iterable[int]) -> frozenset[int]:
    """The places, and those behind a `*` at one of them."""
    reached = set(states)
    for at, letter in enumerate(glob):
        if at in reached and letter == "*":
            reached.add(at + 1)
    return frozenset(reached)


def included(wide: str, narrow: str) -> bool:
    """Whether a glob is included in another one, by walking both at once through all texts of three letters."""
    todo = [(rested(narrow, {0}), rested(wide, {0}))]
    seen = set(todo)
    while todo:
        inner, outer = todo.pop()
        if len(narrow) in inner and len(wide) not in outer:
            return False
        for letter in "abz":
            after = (steps(narrow, inner, letter), steps(wide, outer, letter))
            if after[0] and after not in seen:
                seen.add(after)
                todo.append(after)
    return True


GLOBS = st.text("ab*?", max_size=7)


@THOROUGH
@given(GLOBS, GLOBS)
@example("*?ab*", "*aba*b")
@example("a?*?b*", "a**bb")
def test_globs_are_decided_exactly(wide: str, narrow: str) -> None:
    """The decision is the one of the two automata, either way round, and a glob covers itself with `*` laid over a part."""
    assert covers((wide,), (narrow,)) is included(wide, narrow)
    assert covers((narrow,), (wide,)) is included(narrow, wide)
    assert covers((wide[:2], "*", wide[4:]), (wide,))


PIECES = st.one_of(st.sampled_from(["a", "*", "?", "b*", "?*"]), st.sampled_from([X, Y]))


@st.composite
def two_patterns(draw: st.DrawFn) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """A pattern, and one in which some parts are others."""
    narrow = tuple(draw(st.lists(PIECES, max_size=5)))
    return tuple(draw(st.one_of(st.just(part), st.just("*"), PIECES)) for part in narrow), narrow


@THOROUGH
@given(two_patterns())
@example(((X, "*"), (X, "a", Y)))
@example((("?*",), (X, "a")))
def test_atoms_are_any_text(patterns: tuple[tuple[Any, ...], tuple[Any, ...]]) -> None:
    """What is covered stays so whatever two atoms stand for."""
    wide, narrow = patterns
    if covers(wide, narrow):
        for x, y in product(("", "a", "zz", "ab"), repeat=2):
            texts = {X: x, Y: y}
            assert included(*("".join(texts.get(part, part) for part in one) for one in patterns))


def test_many_stars_take_no_longer() -> None:
    """Globs that make a backtracking matcher run for years are decided."""
    assert not covers(("*a" * 40 + "b",), ("a*" * 400,))
    assert covers(("*a" * 200 + "*",), ("*a" * 201,))
    old, new = allow("s:a", not_resources=["*a" * 60 + "b"]), allow("s:a", "a*" * 60 + "c")
    assert compare((old,), (new,)).widened == ()


# --- what peers get wrong ---

READ = allow("s3:GetObject s3:ListBucket", ["arn:aws:s3:::b", "arn:aws:s3:::b/*"])


def test_narrowed_is_not_widened() -> None:
    """Fewer actions than before are one narrowing, and nothing else."""
    before, after = allow("s3:*", "arn:aws:s3:::b"), allow("s3:GetObject", "arn:aws:s3:::b")
    assert compare((before,), (after,)) == Comparison((), (), (Pair((before,), (after,)),), (), (), ())
    assert compare((after,), (before,)) == Comparison((), (Pair((after,), (before,)),), (), (), (), ())


def test_a_split_statement_is_no_change() -> None:
    """Statements split by action, by resource or by value, merged, repeated, in another order, in another case: all the same."""
    split = (
        allow("S3:getobject", ["arn:aws:s3:::b/*", ("arn:aws:s3:::", "b")]),
        allow("s3:ListBucket", "arn:aws:s3:::b"),
        allow("s3:ListBucket", "arn:aws:s3:::b/*"),
        allow("s3:List*cket", "arn:aws:s3:::b/x"),
    )
    assert found(compare((READ,), split)) == {"widened"}  # the last one has more actions
    assert compare((READ,), split[:3]).equal
    assert compare(split[2::-1], (READ, READ)).equal
    keyed = allow("s:a", StringEquals_k=["x", "y"], StringLike_l=["p*", "q*"])
    ones = tuple(allow("s:a", StringEquals_k=k, StringLike_l=v) for k in "xy" for v in ("p*", "q*"))
    assert compare((keyed,), ones).equal
    assert compare(ones, (keyed,)).equal
    assert found(compare(ones[:3], (keyed,))) == {"widened"}
    both, parts = allow("s:a", ForAllValuesStringEquals_k=["x", "y"]), tuple(allow("s:a", ForAllValuesStringEquals_k=k) for k in "xy")
    assert compare(parts, (both,)).widened == (Pair(parts, (both,)),)  # a request may have both


def test_a_covered_unit_is_no_change() -> None:
    """What another statement of the same policy allows or denies anyway says nothing, and is not told twice."""
    assert compare((allow("s3:*"),), (allow("s3:*"), READ)).equal
    assert compare((deny("s3:*"),), (deny("s3:GetObject"), deny("s3:*", "r"), deny("s3:*"))).equal
    assert compare((), (READ, allow("s3:*"), allow("S3:*", "**"))).added == (allow("S3:*", "**"),)


def test_a_new_thing_is_added_and_more_of_an_old_one_is_widened() -> None:
    """Added is what no Allow reached before; widened has the pair."""
    old = (allow("t:Get", ("table/", X)),)
    assert compare(old, (*old, allow("t:Get", ("table/", Y)))).added == (allow("t:Get", ("table/", Y)),)
    assert compare(old, (*old, allow("t:Put", ("table/", X)))).added == (allow("t:Put", ("table/", X)),)
    assert compare(old, (allow("t:Get", "table/*"),)).widened == (Pair(old, (allow("t:Get", "table/*"),)),)
    assert compare((allow("t:Get", "table/*"), *old), old).narrowed == (Pair((allow("t:Get", "table/*"),), old),)
    assert compare(old, ()).removed == old


def test_another_source_is_added_beside_the_first() -> None:
    """A second topic that may send is no widening of what the first one may."""
    one, other = (allow("sqs:SendMessage", X, [("Service", "sns")], ArnEquals_source=atom) for atom in (X, Y))
    assert compare((one,), (one, other)).added == (other,)
    assert found(compare((one,), (other,))) == {"added", "removed"}
    not_x, not_y = (allow("sqs:SendMessage", X, ArnNotEquals_source=atom) for atom in (X, Y))
    assert found(compare((not_x,), (not_y,))) == {"widened", "narrowed"}


@pytest.mark.parametrize(
    ("strict", "free"),
    [
        ({"StringEquals_k": "a"}, {}),
        ({"StringEquals_k": "a"}, {"StringEquals_k": ["a", "b"]}),
        ({"StringEquals_k": ["a", "b"]}, {"StringLike_K": ["a*", "b"]}),
        ({"StringEquals_k": "Ab"}, {"StringEqualsIgnoreCase_k": "aB"}),
        ({"StringEquals_k": "a"}, {"StringEqualsIfExists_k": "a"}),
        ({"StringEquals_k": "a", "Bool_s": "true"}, {"StringEquals_k": "a"}),
        ({"StringEquals_k": "*"}, {"StringLike_k": "*"}),
        ({"StringNotEquals_k": ["a", "b"]}, {"StringNotEquals_k": "a"}),
        ({"StringNotLike_k": "a*"}, {"StringNotEquals_k": "ab"}),
        ({"NumericLessThan_n": "5"}, {"NumericLessThanEquals_n": "5"}),
        ({"NumericLessThanEquals_n": "5"}, {"NumericLessThan_n": "10"}),
        ({"NumericEquals_n": "7"}, {"NumericGreaterThan_n": "6.5"}),
        ({"DateGreaterThan_d": "2026-01-02T00:00:00Z"}, {"DateGreaterThan_d": "2026-01-01T23:30:00Z"}),
        ({"IpAddress_ip": "10.1.0.0/16"}, {"IpAddress_ip": ["10.0.0.0/9", "10.128.0.0/9"]}),
        ({"IpAddress_ip": "10.0.0.0/8"}, {"IpAddress_ip": ["10.0.0.0/9", "10.128.0.0/9", "::/0"]}),
        ({"NotIpAddress_ip": ["10.0.0.0/8", "11.0.0.0/8"]}, {"NotIpAddress_ip": "10.2.0.0/16"}),
        ({"ArnEquals_a": ("arn:aws:sns:", X, ":1:t")}, {"ArnLike_a": "arn:aws:sns:*:1:*"}),
        ({"ArnNotEquals_a": [X, "arn:aws:sns:*:1:t"]}, {"ArnNotLike_a": [X, "arn:aws:sns:eu:1:t"]}),
        ({"StringEquals_a": "arn:aws:sns:eu:1:t"}, {"ArnLike_a": "arn:aws:sns:*:1:t"}),
        ({"ForAllValuesStringEquals_k": "a"}, {"ForAllValuesStringEquals_k": ["a", "b"]}),
        ({"ForAnyValueStringLike_k": "a*"}, {"ForAnyValueStringLike_k": "*"}),
    ],
    ids=str,
)
def test_a_condition_narrows(strict: dict[str, Any], free: dict[str, Any]) -> None:
    """The stricter condition is within the freer one, and the change to it is a narrowing; back it is a widening."""
    one, other = allow("s:a", **strict), allow("s:a", **free)
    assert within(one, (other,))
    assert found(compare((other,), (one,))) == {"narrowed"}
    assert found(compare((one,), (other,))) == {"widened"}
    lost = compare((deny("s:a", **free),), (deny("s:a", **strict),))
    assert found(lost) == {"unprotected"}
    assert found(compare((deny("s:a", **strict),), (deny("s:a", **free),))) == {"protected"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"StringEquals_k": "a"}, {"StringEquals_l": "a"}),
        ({"StringLike_k": "a*"}, {"StringEquals_k": "a*"}),
        ({"StringEqualsIgnoreCase_k": "a"}, {"StringEquals_k": "a"}),
        ({"StringEqualsIfExists_k": "a"}, {"StringEquals_k": "a"}),
        ({"StringNotEquals_k": "a"}, {"StringLike_k": "*"}),  # an absent key passes the first alone
        ({"ForAllValuesStringEquals_k": "a"}, {"ForAnyValueStringEquals_k": "a"}),
        ({"ForAnyValueStringEqualsIfExists_k": "a"}, {"ForAnyValueStringEquals_k": "a"}),
        ({"ForAnyValueStringNotEqualsIfExists_k": "a"}, {"ForAnyValueStringNotEquals_k": "a"}),
        ({"NumericLessThan_n": "10"}, {"NumericLessThan_n": "9"}),  # as text it would be less
        ({"NumericLessThan_n": "5"}, {"NumericGreaterThan_n": "1"}),
        ({"NumericLessThan_n": X}, {"NumericLessThan_n": "9"}),
        ({"DateLessThan_d": "2026-01-01"}, {"DateLessThan_d": "2026-01-01T10:00:00Z"}),  # whose midnight?
        ({"DateLessThan_d": "1767225600"}, {"DateLessThan_d": "2036"}),
        ({"DateLessThan_d": "2026-01-01T10:00:00"}, {"DateLessThan_d": "2026-01-02T10:00:00Z"}),
        ({"IpAddress_ip": "10.0.0.0/8"}, {"IpAddress_ip": "10.0.0.0/9"}),
        ({"IpAddress_ip": "10.0.0.0/16"}, {"IpAddress_ip": "10.0.0.0/255.0.0.0"}),
        ({"IpAddress_ip": "10.0.0.0/16"}, {"IpAddress_ip": "10.0.0.1/8"}),
        ({"IpAddress_ip": "10.0.0.0/16"}, {"IpAddress_ip": ["10.0.0.0/8", X]}),
        ({"Null_k": "true"}, {"Null_k": "false"}),
        ({"Bool_s": ["true", "false"]}, {"Bool_s": "true"}),
        ({"ArnLike_a": "arn:aws:sns:*:1:t"}, {"ArnLike_a": "arn:*"}),  # no ARN has one colon
        ({"StringLike_a": "arn:aws:sns:*:1:t"}, {"ArnLike_a": "arn:aws:sns:*:1:t"}),  # its `*` takes colons too
        ({"ArnLike_a": "arn:aws:logs:eu:1:group:b"}, {"ArnLike_a": "arn:aws:logs:*:1:group"}),
        ({"ArnLike_a": "arn:aws:sns:${aws:RequestTag/r}:1:t"}, {"ArnLike_a": "arn:aws:sns:*:1:t"}),  # a tag may hold colons
        ({"StringNear_k": "a"}, {"StringNear_k": ["a", "b"]}),
        ({"StringEquals_k": []}, {"StringEquals_k": "a"}),
    ],
    ids=str,
)
def test_a_condition_that_is_not_implied(one: dict[str, Any], other: dict[str, Any]) -> None:
    """What isn't surely implied is not within, though each is within itself."""
    assert not within(allow("s:a", **one), (allow("s:a", **other),))
    assert wider(compare((allow("s:a", **other),), (allow("s:a", **one),)))
    assert within(allow("s:a", **one), (allow("s:a", **one),))


def test_conditions_of_one_meaning_are_equal() -> None:
    """Operators that mean the same, keys of another case, values in another form: no difference."""
    pairs = [
        ({"ArnLike_aws:SourceArn": X}, {"ArnEquals_aws:sourcearn": X}),
        ({"StringLike_k": "a"}, {"StringEquals_k": ("a",)}),
        ({"Bool_s": "True"}, {"Bool_s": "true"}),
        ({"NumericEquals_n": "2"}, {"NumericEquals_n": "2.0"}),
        ({"IpAddress_ip": "10.0.0.0/8"}, {"IpAddress_ip": ["10.128.0.0/9", "10.0.0.0/9"]}),
        ({"DateLessThan_d": "2026-01-01T10:00:00Z"}, {"DateLessThan_d": "2026-01-01T11:00:00+01:00"}),
        ({"StringLike_k": "a?*"}, {"StringLike_k": ["a*?", "ab*"]}),
    ]
    for one, other in pairs:
        assert compare((allow("s:a", **one),), (allow("s:a", **other),)).equal, one


# --- denials, and what is negated ---


def test_a_lost_or_weaker_denial_unprotects() -> None:
    """A Deny that is gone, has another condition or holds less is told with what is left of it; a new one protects."""
    kept = allow("s3:*")
    full, half = deny("s3:*", not_resources=["b"]), deny("s3:Put*", not_resources=["b", "c"])
    assert compare((kept, full), (kept,)).unprotected == (Pair((full,), ()),)
    assert compare((kept, full), (kept, half)).unprotected == (Pair((full,), (half,)),)
    assert found(compare((kept, full), (kept, half))) == {"unprotected"}
    assert compare((kept, half), (kept, full)) == Comparison((), (), (), (), (), (Pair((half,), (full,)),))
    assert within(half, (full, kept))
    assert not within(full, (half, kept))
    assert found(compare((full,), ())) == {"unprotected"}  # another policy may allow it


def test_what_is_denied_anyway_is_not_added() -> None:
    """A new Allow under a Deny allows nothing, nor does its end take anything away."""
    never = deny("iam:*")
    assert compare((never,), (never, allow("iam:PassRole"))).equal
    assert compare((never, allow("iam:PassRole", "r")), (never,)).equal
    assert found(compare((never,), (never, allow("iam:PassRole s3:*")))) == {"added"}
    assert found(compare((deny("iam:*", Bool_mfa="false"),), (deny("iam:*", Bool_mfa="false"), allow("iam:PassRole")))) == {"added"}


def test_all_but_denied_is_what_is_not_named() -> None:
    """Everything with a Deny is no more than NotAction was; with a smaller Deny it is."""
    named, neither = allow(not_actions="iam:* sts:*"), allow(not_actions="iam:*", not_resources=["r"])
    assert found(compare((neither,), (allow("*"), deny("*", "r"), deny("iam:*", not_resources=["r"])))) == {"protected"}
    assert found(compare((named,), (allow("*"), deny("IAM:*"), deny("sts:* kms:*")))) == {"protected"}
    assert found(compare((named,), (allow("*"), deny("iam:*")))) == {"widened", "protected"}
    assert found(compare((named,), (allow("*"), deny("iam:*", "r"), deny("sts:*")))) == {"widened", "protected"}
    assert found(compare((named,), (allow("*"), deny("iam:* sts:*", Bool_mfa="true")))) == {"widened", "protected"}
    assert found(compare((), (allow("*"), deny(not_actions="iam:*")))) == {"added", "protected"}  # all but iam:* is denied


def test_negated_elements() -> None:
    """What is left out of all holds the rest, less with more left out, and nothing that may be left out."""
    assert within(allow("s3:Get*", "r"), (allow(not_actions="s3:Put*"),))
    assert not within(allow("s3:*"), (allow(not_actions="s3:Put*"),))
    assert within(allow(not_actions="s3:* iam:*"), (allow(not_actions="s3:Put*"),))
    assert not within(allow(not_actions="s3:Put*"), (allow(not_actions="s3:*"),))
    assert within(allow(not_actions="s3:*"), (allow("*"),))
    assert not within(allow(not_actions="s3:*"), (allow("iam:*"),))
    assert not within(allow("s:a", X), (allow("s:a", not_resources=["b"]),))  # X may be b
    assert within(allow("s:a", "b"), (allow("s:a", not_resources=[(X, "c")]),))
    assert not within(allow("s:a", "bc"), (allow("s:a", not_resources=[(X, "c")]),))
    assert found(compare((allow(not_actions="a:* b:*"),), (allow(not_actions="a:*"),))) == {"widened"}
    assert found(compare((allow(not_actions="a:*"),), (allow(not_actions="a:* b:*"),))) == {"narrowed"}
    assert found(compare((allow("s:a"),), (allow(not_actions=""),))) == {"widened"}
    assert compare((), (allow(not_actions="*"),)).equal
    assert compare((), (allow(),)).equal


def test_principals() -> None:
    """Everyone has two spellings and holds every type; one type never holds another; left out is left out."""
    everyone, aws = allow("s:a", who=[("*", "*")]), allow("s:a", who=[("AWS", "*")])
    service, role = allow("s:a", who=[("Service", "sns")]), allow("s:a", who=[("AWS", ("arn:", X))])
    assert compare((everyone,), (aws,)).equal
    assert compare((everyone,), (allow("s:a", who=[("", "*")]),)).equal
    assert found(compare((everyone,), (service,))) == {"narrowed"}
    assert found(compare((service,), (aws,))) == {"widened"}
    assert found(compare((service,), (role,))) == {"added", "removed"}
    assert not within(allow("s:a", who=[("Service", "*")]), (role,))
    assert not within(allow("s:a", who=[("Service", "x")]), (allow("s:a", who=[("AWS", "x")]),))
    but_x, but_both = (deny("s:a", not_who=names) for names in ([("AWS", "x")], [("AWS", "x"), ("AWS", "y")]))
    assert found(compare((but_x,), (but_both,))) == {"unprotected"}
    assert within(deny("s:a", who=[("Service", "x")]), (but_x,))
    assert not within(deny("s:a", who=[("*", "*")]), (but_x,))
    assert compare((Permission("Allow", frozenset(["sts:AssumeRole"]), principals=role.principals),), ()).removed


def test_both_an_element_and_its_negation() -> None:
    """What AWS refuses is read as the one without the other."""
    both = Permission("Allow", frozenset(["s3:*"]), frozenset(["s3:Put*"]), frozenset([("*",)]))
    assert found(compare((both,), (allow("s3:*"),))) == {"widened"}
    assert within(allow("s3:Get"), (both,))


def test_an_unknown_effect_is_refused() -> None:
    """An effect that IAM doesn't know is no statement that could be left out in silence."""
    with pytest.raises(ValueError, match="'allow'"):
        statement("allow", "s:a")


def test_units_keep_what_was_written() -> None:
    """A unit is a permission of one action, one resource and one principal with the whole of its conditions and exceptions."""
    new = allow("s3:Get* S3:List", ["a", (X, "/b")], [("AWS", "1"), ("Service", X)], StringEquals_k=["x", "y"])
    units = compare((), (new,)).added
    assert len(units) == 8
    assert all(len(u.actions) == len(u.resources) == len(u.principals) == 1 and u.conditions == new.conditions for u in units)
    assert {"S3:List"} in [u.actions for u in units]
    assert compare((), (new, *units)) == compare((), (new,))
    without = allow(not_actions="a:* b:*", not_resources=["r"])
    assert compare((), (without,)).added == (without,)


def test_the_order_is_the_same_in_every_process() -> None:
    """Results have one order, whatever the order of sets."""
    code = (
        "from tests.review.test_inclusion import *;"
        "new = allow('s3:Get S3:Get s3:GET s3:Put S3:Put s3:PUT s3:List S3:List t:*', ['a', 'b', (X, 'c'), (Y, 'c')], StringEquals_k=['x', 'y', 'z'], Bool_s='true');"
        "got = compare((allow('s3:* t:Get', 'a', StringEquals_k='q'), deny('x:a x:b x:c', ['m', 'n'])), (new, deny('x:d x:e', ['m', 'n'])));"
        "show = lambda p: (sorted(p.actions), sorted(map(repr, p.resources)));"
        "print([[show(p) for p in l] for l in (got.added, got.removed)],"
        "[[(list(map(show, p.before)), list(map(show, p.after))) for p in l] for l in (got.widened, got.narrowed, got.unprotected, got.protected)])"
    )
    lines = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(lines) == 1
    assert len(lines.pop()) > 500


def test_two_hundred_statements() -> None:
    """Large policies are compared by element, not unit by unit: the changed ones are found among them."""
    actions = [" ".join(f"s{n % 20}:{verb}{n}*" for verb in ("Get", "Put", "List", "Describe")) for n in range(200)]
    old = tuple(allow(names, [("arn:", X, f":{n}/*"), ("arn:", X, f":{n}")]) for n, names in enumerate(actions))
    assert compare(old, old[::-1]).equal
    more = allow("s7:Get7*", "*")
    got = compare(old, (*old[:150], *old[151:], more))
    assert (len(got.widened), len(got.removed), found(got)) == (1, 8, {"widened", "removed"})
    assert got.widened[0].after == (more,)
    assert len(got.widened[0].before) == 2


# --- an evaluator of its own ---

WORLDS = tuple({X: x, Y: y} for x, y in (("r/a", "b"), ("", "a"), ("b", "b")))
Reading = tuple[bool, bool, bool]  # what IAM's documents leave open: ForAnyValue with Not and with IfExists of no key, ARNs with few colons


@cache
def matches(pattern: tuple[Any, ...], text: str, world: int = 0, globs: bool = True) -> bool:
    """Whether a text matches a pattern."""
    put = WORLDS[world]
    letters = {"*": "(?s:.*)", "?": "(?s:.)"} if globs else {}
    parts = [re.escape(put[part]) if isinstance(part, Atom) else "".join(letters.get(c, re.escape(c)) for c in part) for part in pattern]
    return re.fullmatch("".join(parts), text) is not None


def arn_matches(value: str, text: str, short: bool) -> bool:
    """Whether an ARN matches, part by part; `short` says what a pattern with too few parts does."""
    parts, there = value.split(":", 5), text.split(":", 5)
    if len(parts) < 6 or len(there) < 6:
        return short and matches((value,), text)
    return all(matches((one,), other) for one, other in zip(parts, there, strict=True))


def moment(text: str) -> datetime:
    """A date of IAM; one without a time is midnight in UTC."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


COMPARE = {
    "Equals": lambda a, b: a == b,
    "LessThan": lambda a, b: a < b,
    "LessThanEquals": lambda a, b: a <= b,
    "GreaterThan": lambda a, b: a > b,
    "GreaterThanEquals": lambda a, b: a >= b,
}


def passes_one(base: str, value: str, text: str, short: bool) -> bool:
    """Whether a value of the request passes an operator, negation aside, with one of its values."""
    if base in ("StringEquals", "StringEqualsIgnoreCase"):
        return value == text if base == "StringEquals" else value.lower() == text.lower()
    if base == "StringLike":
        return matches((value,), text)
    if base.startswith("Arn"):
        return arn_matches(value, text, short)
    if base == "Bool":
        return value.lower() == text
    if base == "IpAddress":
        return ip_address(text) in ip_network(value, strict=False)
    read = float if base.startswith("Numeric") else moment
    return bool(COMPARE[base.removeprefix("Numeric").removeprefix("Date")](read(text), read(value)))


def passes(operator: str, values: Iterable[tuple[Any, ...]], there: list[str] | None, reading: Reading) -> bool:
    """Whether what a request has at a key (None: nothing) passes a condition."""
    texts = ["".join(value) for value in values]
    if operator == "Null":
        return any((there is None) is (text == "true") for text in texts)
    scope, _, base = operator.rpartition(":")
    exists = base.removesuffix("IfExists")
    positive = exists.replace("Not", "")
    negated, if_exists = exists != positive, base != exists
    ones = [any(passes_one(positive, text, one, reading[2]) for text in texts) is not negated for one in there or ()]
    if scope == "ForAllValues":
        return all(ones)
    if there is None and scope:
        return (negated and reading[0]) or (if_exists and reading[1])
    return any(ones) if there is not None else negated or if_exists


# --- conditions against all contexts ---

SCOPES = ("", "", "ForAnyValue:", "ForAllValues:")
WORDS = ("a", "b", "ab", "a*", "?", "*", "A", "a?")
ARNS = ("arn:p:s:::a", "arn:p:s:::*", "arn:*:s:::a", "arn:p:*:*:*:a", "arn:p:s:::a:b", "arn:p:s*", "*:a", "arn:p:s:?:1:a", "arn:p:s:r:1:*")
TEXT_OPERATORS = ("StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase")
ARN_OPERATORS = ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike")
ORDERS = ("Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals")
MOMENTS = ("2026-01-01", "2026-01-02", "2026-01-01T12:00:00Z", "2026-01-01T13:00:00+01:00", "2026-01-01T13:00:00Z")
NETWORKS = ("10.0.0.0/8", "10.0.0.0/9", "10.128.0.0/9", "10.1.2.3", "10.1.2.3/8", "::/0", "2001:db8::/32", "0.0.0.0/0")
FAMILIES = (
    (TEXT_OPERATORS, WORDS, ("a", "b", "ab", "A", "*", "z", "zz", "")),
    (
        ARN_OPERATORS + TEXT_OPERATORS,
        (*ARNS, "*"),
        ("arn:p:s:::a", "arn:p:t:::a", "arn:p:s:r:1:a", "arn:p:s:rr:1:a", "arn:p:s:::a:b", "arn:p:s:x:y::a", "b:a", "arn:q:s:::a"),
    ),
    (tuple(f"Numeric{o}" for o in ORDERS), ("1", "2", "2.0", "10", "-1"), ("-2", "-1", "0", "1", "1.5", "2", "9", "10", "11")),
    (tuple(f"Date{o}" for o in ORDERS), MOMENTS, (*MOMENTS, "2025-12-31", "2026-01-01T12:30:00Z", "2027-01-01")),
    (("Bool",), ("true", "false", "True"), ("true", "false")),
    (("IpAddress", "NotIpAddress"), NETWORKS, ("10.0.0.1", "10.200.0.1", "10.1.2.3", "11.0.0.1", "2001:db8::1", "2001:db9::1")),
    (("Null",), ("true", "false"), ("a",)),
)


@st.composite
def two_conditions(draw: st.DrawFn) -> tuple[tuple[str, frozenset[Any]], tuple[str, frozenset[Any]], tuple[str, ...]]:
    """Two conditions of one key, and the texts that a request may have there."""
    operators, values, texts = draw(st.sampled_from(FAMILIES))
    scopes = draw(st.sampled_from([SCOPES[:1], SCOPES]))

    def one() -> tuple[str, frozenset[Any]]:
        operator = draw(st.sampled_from(operators))
        if operator != "Null":
            operator = draw(st.sampled_from(scopes)) + operator + draw(st.sampled_from(("", "", "IfExists")))
        return operator, draw(st.frozensets(st.sampled_from(values).map(pattern), min_size=1, max_size=3))

    return one(), one(), texts


def contexts(texts: tuple[str, ...], several: bool) -> Iterator[list[str] | None]:
    """What a request may have at a key."""
    yield None
    yield from ([text] for text in texts)
    if several:
        yield []
        yield from (list(pair) for pair in product(texts[:4], repeat=2))


@settings(THOROUGH, max_examples=500)
@given(two_conditions())
def test_an_implied_condition_is_implied(drawn: Any) -> None:
    """Whatever a request has at a key: what passes a condition passes each one that it is said to be within."""
    (operator, values), (other, wide), texts = drawn
    one, many = (Permission("Allow", frozenset("a"), conditions=frozenset([(o, "k", v)])) for o, v in ((operator, values), (other, wide)))
    if not within(one, (many,)):
        assert operator != other or not values <= wide or "Not" in operator
        return
    for there, reading in product(contexts(texts, ":" in operator), product((False, True), repeat=3)):
        if passes(operator, values, there, reading):
            assert passes(other, wide, there, reading), (there, reading)


# --- policies against all requests ---

ACTIONS = ("s:a", "s:ab", "s:b", "t:a", "t:z")
RESOURCES = ("", "b", "a", "r/a", "r/b", "r/", "r/a/c", "b/c", "z")
CALLERS = (("AWS", "1"), ("AWS", "2"), ("Service", "1"))
KEYS = {"k": (None, ["a"], ["ab"], ["z"]), "n": (None, ["1"], ["7"])}
CONTEXTS = tuple(dict(zip(KEYS, values, strict=True)) for values in product(*KEYS.values()))


def holds(element: frozenset[Any], negated: frozenset[Any] | None, match: Any) -> bool:
    """Whether an element of a statement matches."""
    return not any(map(match, negated)) if negated is not None else any(map(match, element))


def requests(permission: Permission, world: int) -> int:
    """The requests that a statement matches, a bit for each."""
    p = permission

    def who_matches(who: Any, caller: tuple[str, str]) -> bool:
        return who[1] == ("*",) or (who[0] == caller[0] and matches(who[1], caller[1], world))

    everyone = not p.principals and p.not_principals is None
    sides = (
        [all(passes(op, values, context[key], (False, False, False)) for op, key, values in p.conditions) for context in CONTEXTS],
        [everyone or holds(p.principals, p.not_principals, lambda who, c=caller: who_matches(who, c)) for caller in CALLERS],
        [holds(p.resources, p.not_resources, lambda glob, r=resource: matches(glob, r, world)) for resource in RESOURCES],
        [holds(p.actions, p.not_actions, lambda glob, a=action: matches((glob.lower(),), a)) for action in ACTIONS],
    )
    found, size = 1, 1
    for side in sides:
        found = sum(found << size * at for at, matched in enumerate(side) if matched)
        size *= len(side)
    return found


def allowed(policy: Policy, world: int) -> int:
    """The requests that a policy allows and doesn't deny."""
    return united(policy, "Allow", world) & ~united(policy, "Deny", world)


def united(policy: Policy, effect: str, world: int) -> int:
    """The requests that the statements of one effect match."""
    return reduce(or_, (requests(permission, world) for permission in policy if permission.effect == effect), 0)


ACTION = st.sampled_from(("s:a", "s:ab", "S:B", "s:*", "s:a*", "s:?", "*", "t:a", "*:a"))
RESOURCE = st.sampled_from(("*", "r/a", "r/*", "r/?", "b", X, Y, (X, "/c"), ("r/", Y), (X, "*"), "*a*")).map(pattern)
WHO = st.sampled_from((("AWS", ("1",)), ("AWS", ("2",)), ("Service", ("1",)), ("*", ("*",)), ("AWS", ("*",))))
CONDITION = st.one_of(
    st.tuples(
        st.sampled_from(("StringEquals", "StringLike", "StringNotEquals", "StringLikeIfExists", "ForAllValues:StringLike")),
        st.just("k"),
        st.frozensets(st.sampled_from(("a", "ab", "a*", "*")).map(pattern), min_size=1, max_size=2),
    ),
    st.tuples(
        st.sampled_from(("NumericEquals", "NumericLessThan")),
        st.just("n"),
        st.frozensets(st.sampled_from(("1", "7")).map(pattern), min_size=1),
    ),
)
EFFECT = st.sampled_from(("Allow", "Allow", "Deny"))


def element(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[frozenset[Any], frozenset[Any] | None]]:
    """An element, seldom negated."""
    plain = st.frozensets(values, min_size=1, max_size=2).map(lambda some: (some, None))
    return st.one_of(plain, plain, plain, st.frozensets(values, max_size=2).map(lambda some: (frozenset(), some)))


@st.composite
def permissions(draw: st.DrawFn, who: bool) -> Permission:
    """A statement of a role's policy, or of one with principals."""
    actions, resources = draw(element(ACTION)), draw(element(RESOURCE))
    principals = draw(element(WHO)) if who else (frozenset(), None)
    return Permission(
        draw(EFFECT), *actions, *resources, *principals, draw(st.frozensets(CONDITION, max_size=draw(st.sampled_from((0, 0, 1, 2)))))
    )


@st.composite
def two_policies(draw: st.DrawFn) -> tuple[Policy, Policy]:
    """Two policies that have some statements in common, and some that are alike."""
    who = draw(st.booleans())
    old = draw(st.lists(permissions(who), max_size=3))
    kept = [p for p in old if draw(st.booleans())]
    changed = [evolve(p, **draw(changes(p, who))) for p in old if draw(st.booleans())]
    return tuple(old), tuple(kept + changed + draw(st.lists(permissions(who), max_size=1)))


def changes(permission: Permission, who: bool) -> st.SearchStrategy[dict[str, Any]]:
    """One element of a statement put otherwise."""
    options = [
        element(ACTION).map(lambda e: {"actions": e[0], "not_actions": e[1]}),
        element(RESOURCE).map(lambda e: {"resources": e[0], "not_resources": e[1]}),
        st.frozensets(CONDITION, max_size=1).map(lambda c: {"conditions": c}),
        CONDITION.map(lambda c: {"conditions": permission.conditions | {c}}),
        st.just({"effect": "Deny"}),
    ]
    return st.one_of(*options, *([element(WHO).map(lambda e: {"principals": e[0], "not_principals": e[1]})] if who else []))


@settings(MODEST, max_examples=250)
@given(two_policies())
def test_no_widening_is_missed(policies: tuple[Policy, Policy]) -> None:
    """Where nothing is said to be added, widened or unprotected, the old policy allows all that the new one does; nor is less unseen."""
    old, new = policies
    comparison = compare(old, new)
    for world in range(len(WORLDS)):
        before, after = allowed(old, world), allowed(new, world)
        if not wider(comparison):
            assert not after & ~before
            assert not united(old, "Deny", world) & ~united(new, "Deny", world)
        if not found(comparison) & {"narrowed", "removed", "protected"}:
            assert not before & ~after
        if comparison.equal:
            assert before == after


@MODEST
@given(two_policies())
def test_the_way_back_is_the_mirror(policies: tuple[Policy, Policy]) -> None:
    """What is added one way is removed the other way, and so are pairs."""
    old, new = policies
    there, back = compare(old, new), compare(new, old)

    def turned(pairs: tuple[Pair, ...]) -> tuple[Pair, ...]:
        return tuple(Pair(pair.after, pair.before) for pair in pairs)

    assert (there.added, there.removed) == (back.removed, back.added)
    assert (there.widened, there.narrowed) == (turned(back.narrowed), turned(back.widened))
    assert (there.unprotected, there.protected) == (turned(back.protected), turned(back.unprotected))


@MODEST
@given(two_policies())
def test_what_is_within_is_held(policies: tuple[Policy, Policy]) -> None:
    """All requests of a statement that is within a policy match a statement of the same effect there."""
    old, new = policies
    for permission in new:
        if within(permission, old):
            for world in range(len(WORLDS)):
                assert not requests(permission, world) & ~united(old, permission.effect, world)


def split(permission: Permission) -> list[Permission]:
    """A statement for each action, resource, principal and value of a condition that may be split."""
    p = permission
    fields = {name: [frozenset([one]) for one in getattr(p, name)] or [frozenset()] for name in ("actions", "resources", "principals")}
    choices = [
        [(op, key, frozenset([value])) for value in values]
        if op in ("StringEquals", "StringLike", "NumericEquals")
        else [(op, key, values)]
        for op, key, values in p.conditions
    ]
    parts = [dict(zip(fields, some, strict=True)) for some in product(*fields.values())]
    return [evolve(p, **part, conditions=frozenset(some)) for part in parts for some in product(*choices)]


@MODEST
@given(two_policies(), st.randoms(use_true_random=False))
def test_another_spelling_is_equal(policies: tuple[Policy, Policy], random: Any) -> None:
    """A policy split, shuffled, with repeated and covered statements and actions of another case means the same."""
    policy = policies[0]
    other = [part for p in policy for part in random.choice((split(p), [p], [p, *split(p)]))]
    other = [evolve(p, actions=frozenset(a.upper() if random.random() < 0.3 else a for a in p.actions)) for p in other]
    random.shuffle(other)
    assert compare(policy, tuple(other)).equal
    assert compare(tuple(other), policy).equal
