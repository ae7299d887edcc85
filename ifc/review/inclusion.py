"""Set inclusion of IAM policies: what a policy allows that another does not, and what it no longer denies.

A statement is a set of requests, the product of its actions, resources, principals and contexts. A policy allows what one
of its Allows holds and none of its Denies. Inclusion is decided for globs against globs; for unions and conditions only
where it can be shown. What can't be shown counts as not included: an alarm may be false, but no widening is missed.

The facts are from the IAM User Guide: "IAM JSON policy elements: Condition operators", "AWS JSON policy elements:
Principal", "IAM policy elements: Variables and tags", "Set operators for multi-valued context keys".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import groupby, pairwise, product
from math import prod
from operator import eq, ge, gt, le, lt
from typing import Any, TypeAlias

from ifc.records import compared, record

Pattern: TypeAlias = tuple[Any, ...]  # text with globs, and atoms: hashable objects that each stand for one unknown text
Principal: TypeAlias = tuple[str, Pattern]  # a type, `AWS` or `Service`, and who
Condition: TypeAlias = tuple[str, str, frozenset[Pattern]]  # an operator, a key, and the values of which one is enough

ALLOW, DENY = "Allow", "Deny"
COMBINATIONS = 256  # of values: so many are tried when several statements may cover one together


@compared
class Permission:
    """One statement; None stands for a negated element that is not there.

    No resources at all are those of a trust policy, no principals at all are those of a role's policy. An atom's repr must be
    the same in every run: it gives the order.
    """

    effect: str
    actions: frozenset[str] = frozenset()
    not_actions: frozenset[str] | None = None
    resources: frozenset[Pattern] = frozenset()
    not_resources: frozenset[Pattern] | None = None
    principals: frozenset[Principal] = frozenset()
    not_principals: frozenset[Principal] | None = None
    conditions: frozenset[Condition] = frozenset()

    def __attrs_post_init__(self) -> None:
        """Refuses an effect that IAM doesn't know: it would count neither as allowed nor as denied."""
        if self.effect not in (ALLOW, DENY):
            raise ValueError(f"no effect of a statement: {self.effect!r}")


Policy: TypeAlias = tuple[Permission, ...]


@compared
class Pair:
    """What was there and what is there now of the same actions, resources and principals; either may be empty."""

    before: tuple[Permission, ...]
    after: tuple[Permission, ...]


@compared
class Comparison:
    """How two policies differ, in units: permissions of one action, one resource and one principal, in order.

    A unit that another one of the same list covers is left out.
    """

    added: tuple[Permission, ...]  # allowed now, where nothing was
    widened: tuple[Pair, ...]  # one unit after, and what was allowed of it before
    narrowed: tuple[Pair, ...]  # one unit before, and what is still allowed of it
    removed: tuple[Permission, ...]  # allowed before, where nothing is now
    unprotected: tuple[Pair, ...]  # one denied unit before, and what is still denied of it
    protected: tuple[Pair, ...]  # one denied unit after, and what was denied of it before

    @property
    def equal(self) -> bool:
        """Whether both policies mean the same."""
        return not (self.added or self.widened or self.narrowed or self.removed or self.unprotected or self.protected)


def covers(wide: Pattern, narrow: Pattern) -> bool:
    """Whether `wide` matches every text that `narrow` matches, whatever the atoms stand for."""
    return _covers(_tokens(wide), _tokens(narrow))


def within(permission: Permission, policy: Policy) -> bool:
    """Whether the statements of a policy with the permission's effect hold every request that the permission holds.

    An Allow is compared with Allows alone: what a policy denies beside is for `compare`.
    """
    rule = _Rule(policy, permission.effect)
    return all(rule.holds(unit) for unit in _Statement(permission).units())


def compare(old: Policy, new: Policy) -> Comparison:
    """What `new` allows and denies otherwise than `old`.

    Where nothing is added, widened or unprotected, `old` allows every request that `new` allows.
    """
    was, now = _Rule(old, ALLOW), _Rule(new, ALLOW)
    denied, denies = _Rule(old, DENY), _Rule(new, DENY)
    more = [(unit, was.touched(unit)) for unit in _largest(_beyond(now, denies, was))]
    less = [(unit, now.touched(unit)) for unit in _largest(_beyond(was, denied, now))]
    lost = _largest(unit for unit in denied.units() if not denies.holds(unit))
    gained = _largest(unit for unit in denies.units() if not denied.holds(unit))
    return Comparison(
        added=tuple(unit.permission for unit, before in more if not before),
        widened=tuple(Pair(before, (unit.permission,)) for unit, before in more if before),
        narrowed=tuple(Pair((unit.permission,), after) for unit, after in less if after),
        removed=tuple(unit.permission for unit, after in less if not after),
        unprotected=tuple(Pair((unit.permission,), denies.touched(unit)) for unit in lost),
        protected=tuple(Pair(denied.touched(unit), (unit.permission,)) for unit in gained),
    )


# --- patterns ---

Tokens: TypeAlias = tuple[Any, ...]  # characters, the marks below, and atoms


@record
class _Mark:
    """What is no character and no atom in a pattern."""

    name: str


@compared
class _Variable:
    """A policy variable: one text for each request, so an atom."""

    name: Tokens


@compared
class _Type:
    """The type of a principal, before its pattern."""

    name: str


_MANY, _ONE, _ABSENT = _Mark("*"), _Mark("?"), _Mark("absent")
_ALL: Tokens = (_MANY,)


@lru_cache(maxsize=1 << 14)
def _tokens(pattern: Pattern, globs: bool = True, variables: bool = True) -> Tokens:
    """A pattern taken apart, in a form that is the same for patterns of the same meaning."""
    items = [item for part in pattern for item in (part if isinstance(part, str) else (part,))]
    found: list[Any] = []
    at = 0
    while at < len(items):
        if variables and items[at : at + 2] == ["$", "{"] and "}" in items[at:]:
            end = items.index("}", at)
            name = tuple(items[at + 2 : end])
            found.append(name[0] if name in (("*",), ("?",), ("$",)) else _Variable(_lower(name)))  # ${*} is the character itself
            at = end + 1
        else:
            found.append({"*": _MANY, "?": _ONE}.get(items[at], items[at]) if globs and isinstance(items[at], str) else items[at])
            at += 1
    return _settled(found)


def _settled(items: Iterable[Any]) -> Tokens:
    """Tokens in which each run of globs is its `?` and then at most one `*`."""
    found: list[Any] = []
    for glob, run in groupby(items, key=_is_glob):
        if glob:
            marks = list(run)
            found += [_ONE] * marks.count(_ONE) + [_MANY] * (_MANY in marks)
        else:
            found += run
    return tuple(found)


def _is_glob(token: Any) -> bool:
    """Whether a token is `*` or `?`."""
    return token is _MANY or token is _ONE


@lru_cache(maxsize=1 << 14)
def _head(tokens: Tokens) -> Tokens:
    """What a pattern has before its first glob."""
    return tokens[: next((at for at, token in enumerate(tokens) if _is_glob(token)), len(tokens))]


def _lower(tokens: Tokens) -> Tokens:
    """Tokens with their letters in lower case."""
    return tuple(token.lower() if isinstance(token, str) else token for token in tokens)


@lru_cache(maxsize=1 << 14)
def _pieces(tokens: Tokens) -> tuple[Tokens, ...]:
    """What stands between the `*` of a pattern; each `?` beside a `*` is a piece of its own, for `?*` and `*?*` are the same."""
    found: list[Tokens] = [()]
    for token in tokens:
        if token is _MANY:
            ones = next((count for count, before in enumerate(reversed(found[-1])) if before is not _ONE), len(found[-1]))
            found[-1] = found[-1][: len(found[-1]) - ones]
            found += [(_ONE,)] * ones + [()]
        else:
            found[-1] += (token,)
    return tuple(found)


def _covers(wide: Tokens, narrow: Tokens) -> bool:
    """Whether one pattern matches every text of another.

    The other is taken as one word in which its own `*` and `?` are letters: `*` fits only `*`, `?` fits `*` and `?`. That is
    exact, for texts may hold letters that are in neither pattern.
    """
    return _matches(_pieces(wide), narrow, _same)


def _meet(one: Tokens, other: Tokens) -> bool:
    """Whether a text matches both patterns, where an atom is a text like no other.

    Where both have a `*`, only what is before the first and behind the last one can differ: what is between finds room.
    """
    left, right = _pieces(one), _pieces(other)
    if len(left) == 1:
        return _matches(right, one, _alike)
    if len(right) == 1:
        return _matches(left, other, _alike)
    return all(map(_alike, left[0], right[0])) and all(map(_alike, reversed(left[-1]), reversed(right[-1])))


def _matches(pieces: Sequence[Tokens], word: Tokens, same: Callable[[Any, Any], bool]) -> bool:
    """Whether a word is made of the pieces with anything between; the first place where a piece fits is the best one."""
    first, *middle = pieces
    if not middle:
        return len(first) == len(word) and _fits(first, word, 0, same)
    last = middle.pop()
    at, end = len(first), len(word) - len(last)
    if at > end or not _fits(first, word, 0, same) or not _fits(last, word, end, same):
        return False
    for piece in middle:
        while at + len(piece) <= end and not _fits(piece, word, at, same):
            at += 1
        at += len(piece)
        if at > end:
            return False
    return True


def _fits(piece: Tokens, word: Tokens, at: int, same: Callable[[Any, Any], bool]) -> bool:
    """Whether a piece stands at one place of a word."""
    there = word[at : at + len(piece)]
    return piece == there or ((_ONE in piece or _ONE in there) and all(map(same, piece, there)))


def _same(token: Any, other: Any) -> bool:
    """Whether a token that is no `*` holds another one."""
    return token == other or (token is _ONE and isinstance(other, str))


def _alike(token: Any, other: Any) -> bool:
    """Whether two tokens that are no `*` may be the same letter."""
    return _same(token, other) or _same(other, token)


@lru_cache(maxsize=1 << 14)
def _loose(tokens: Tokens) -> Tokens:
    """A pattern whose atoms may be any text."""
    return _settled(token if isinstance(token, str | _Mark | _Type) else _MANY for token in tokens)


# --- one element of a statement: a pattern, without what others match ---

Reach: TypeAlias = tuple[Tokens, frozenset[Tokens]]


def _includes(wide: Reach, narrow: Reach) -> bool:
    """Whether an element holds all of another; what it leaves out is left out there too, or was never in it."""
    (base, without), (inner, less) = wide, narrow
    return _covers(base, inner) and all(
        any(_covers(left_out, gone) for left_out in less) or not _meet(_loose(gone), _loose(inner)) for gone in without
    )


def _touch(one: Reach, other: Reach) -> bool:
    """Whether two elements seem to have something in common."""
    return _meet(one[0], other[0]) and not _is_empty((one[0], other[1])) and not _is_empty((other[0], one[1]))


def _is_empty(reach: Reach) -> bool:
    """Whether an element leaves out all that it matches."""
    return any(_covers(gone, reach[0]) for gone in reach[1])


# --- conditions ---

ANY, EVERY = "ForAnyValue:", "ForAllValues:"
TEXT, FOLDED, ARN = "text", "folded", "arn"
NUMBER, DATE, ADDRESS = "number", "date", "address"
WORD, BINARY, NULL = "word", "binary", "null"
_TEXTS = (TEXT, FOLDED, ARN)
_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {"is": eq, "<": lt, "<=": le, ">": gt, ">=": ge}
_OPERATORS = {  # what is compared and how, and whether the values are those that must not be there
    "StringEquals": (TEXT, "is", False),
    "StringNotEquals": (TEXT, "is", True),
    "StringLike": (TEXT, "is", False),
    "StringNotLike": (TEXT, "is", True),
    "StringEqualsIgnoreCase": (FOLDED, "is", False),
    "StringNotEqualsIgnoreCase": (FOLDED, "is", True),
    "ArnEquals": (ARN, "is", False),  # the same as ArnLike
    "ArnLike": (ARN, "is", False),
    "ArnNotEquals": (ARN, "is", True),
    "ArnNotLike": (ARN, "is", True),
    "IpAddress": (ADDRESS, "is", False),
    "NotIpAddress": (ADDRESS, "is", True),
    "Bool": (WORD, "is", False),
    "BinaryEquals": (BINARY, "is", False),
    "Null": (NULL, "is", False),
    **{
        f"{prefix}{word}": (family, relation, word == "NotEquals")
        for prefix, family in (("Numeric", NUMBER), ("Date", DATE))
        for word, relation in (
            ("Equals", "is"),
            ("NotEquals", "is"),
            ("LessThan", "<"),
            ("LessThanEquals", "<="),
            ("GreaterThan", ">"),
            ("GreaterThanEquals", ">="),
        )
    },
}


@compared
class _Test:
    """A condition, taken apart; one of an unknown operator has the operator's name for its family."""

    key: str
    scope: str  # "", or which of several values of the request must pass
    family: str
    relation: str
    negated: bool
    if_exists: bool
    values: frozenset[Tokens]

    @property
    def one_by_one(self) -> bool:
        """Whether it holds exactly where it would hold with one of its values alone."""
        return self.relation == "is" and not self.negated and self.scope != EVERY


@lru_cache(maxsize=1 << 14)
def _test(condition: Condition) -> _Test:
    """A condition, taken apart."""
    operator, key, values = condition
    scope = next((scope for scope in (ANY, EVERY) if operator.startswith(scope)), "")
    base = operator.removeprefix(scope).removesuffix("IfExists")
    if_exists = operator.endswith("IfExists")
    family, relation, negated = _OPERATORS.get(base, ("", "", False))
    if not family or not values or (family == NULL and (scope or if_exists)):
        family, relation, negated = operator, "", False
    texts = family in _TEXTS
    found = frozenset(_tokens(value, globs=family == ARN or (texts and "Like" in base), variables=texts) for value in values)
    if family in (FOLDED, WORD, NULL):
        found = frozenset(map(_lower, found))
    return _Test(key.lower(), scope, family, relation, negated, if_exists, found)


def _follows(tests: Iterable[_Test], wanted: Iterable[_Test]) -> bool:
    """Whether all that is wanted holds where the tests hold."""
    return all(any(_implies(one, want) for one in tests) for want in wanted)


@lru_cache(maxsize=1 << 14)
def _implies(one: _Test, other: _Test) -> bool:
    """Whether a test holds wherever another one holds."""
    if one == other:
        return True
    if not one.relation or not other.relation or (one.key, one.scope, one.negated) != (other.key, other.scope, other.negated):
        return False
    if one.if_exists is not other.if_exists and not _absence_follows(one, other):
        return False
    return _values_within(other, one) if one.negated else _values_within(one, other)


def _absence_follows(one: _Test, other: _Test) -> bool:
    """Whether the second of two tests, one with IfExists, passes an absent key where the first does."""
    return other.if_exists or (one.negated and not one.scope)


def _values_within(few: _Test, many: _Test) -> bool:
    """Whether what passes one of the values of one test passes one of the other's too."""
    if (few.family, few.relation) == (many.family, many.relation) and few.values <= many.values:
        return True
    if few.family in _TEXTS and many.family in _TEXTS:
        return all(any(_text_within(few.family, value, many.family, wide) for wide in many.values) for value in few.values)
    if few.family != many.family or few.family not in (NUMBER, DATE, ADDRESS):
        return False
    return _addresses_within(few, many) if few.family == ADDRESS else _amounts_within(few, many)


def _text_within(family: str, value: Tokens, other: str, wide: Tokens) -> bool:
    """Whether every text that one operator's value matches is matched by another operator's."""
    if family == other == ARN and value == wide:
        return True
    if other == FOLDED:
        return _covers(wide, _lower(value))
    if family == FOLDED:
        return wide == _ALL and other == TEXT
    if other == TEXT:  # ArnLike matches a part of what the same text matches in StringLike
        return _covers(wide, value)
    if family == TEXT and any(map(_is_glob, value)):
        return False
    inner, outer = _components(value), _components(wide)
    return bool(inner and outer) and all(map(_covers, outer, inner))


def _components(arn: Tokens) -> list[Tokens]:
    """The six parts of an ARN, which are compared one by one; none where they aren't certain.

    An atom among them is taken to hold no colon; a policy variable may hold one, for requests choose it.
    """
    ends = [at for at, token in enumerate(arn) if token == ":"][:5]
    if len(ends) < 5 or any(isinstance(token, _Variable) for token in arn[: ends[-1]]):
        return []
    return [arn[start + 1 : end] for start, end in pairwise([-1, *ends, len(arn)])]


def _plain(tokens: Tokens) -> str:
    """A value as text; "" where it has a deploy-time part."""
    return "".join(tokens) if all(isinstance(token, str) for token in tokens) else ""


def _amounts_within(few: _Test, many: _Test) -> bool:
    """Whether every number or moment that passes one test passes another one."""
    read = _number if few.family == NUMBER else _moment
    found, bounds = ([read(_plain(value)) for value in test.values] for test in (few, many))
    if len({kind for kind, _ in found + bounds}) > 1 or ("", 0) in found + bounds:
        return False
    if few.relation == "is":
        return all(any(_RELATIONS[many.relation](value, bound) for bound in bounds) for value in found)
    if few.relation[0] != many.relation[0]:
        return False
    last = max(found) if few.relation[0] == "<" else min(found)
    # All below 5 is also all below or at 5; what is below or at 5 must itself pass.
    passes = _RELATIONS[many.relation if few.relation.endswith("=") else f"{many.relation}=".replace("==", "=")]
    return any(passes(last, bound) for bound in bounds)


def _number(text: str) -> tuple[str, Any]:
    """What sort of value a text is and its value; "" where it is no number in plain digits."""
    whole, point, places = text.removeprefix("-").partition(".")
    if not (whole + places).isascii() or not whole.isdigit() or (point and not places.isdigit()):
        return "", 0
    from decimal import Decimal  # only conditions that compare different numbers need it

    return "number", Decimal(text)


def _moment(text: str) -> tuple[str, Any]:
    """What sort of date a text is and the date; "" where it has neither form that is certain."""
    from datetime import date, datetime  # only conditions that compare different dates need it

    try:
        if len(text) == len("2026-01-31"):
            return "day", date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return "", 0
    return ("moment", moment) if moment.tzinfo and text[10:11] == "T" else ("", 0)


def _addresses_within(few: _Test, many: _Test) -> bool:
    """Whether every address of one test's ranges is in the other's, of which several may be neighbours."""
    from ipaddress import collapse_addresses, ip_network  # only conditions that compare different addresses need it

    def networks(test: _Test) -> list[Any]:
        texts = [_plain(value) for value in test.values]
        return [ip_network(text) for text in texts if (text.partition("/")[2] or "0").isdigit()]

    try:
        inner, outer = networks(few), networks(many)
    except ValueError:
        return False
    if len(inner) + len(outer) < len(few.values) + len(many.values):
        return False
    merged = [one for version in (4, 6) for one in collapse_addresses(one for one in outer if one.version == version)]
    return all(any(one.version == other.version and one.subnet_of(other) for other in merged) for one in inner)


def _exclude(one: _Test, other: _Test) -> bool:
    """Whether no request seems to pass both tests: the same key would have to be two texts."""
    if one.key != other.key or any(test.scope or test.negated or test.if_exists or test.family not in (TEXT, ARN) for test in (one, other)):
        return False
    return not any(_meet(value, there) for value in one.values for there in other.values)


# --- statements ---


@record
class _Part:
    """One pattern of one element of a statement."""

    reach: Reach
    fields: dict[str, Any]  # of a permission with this pattern alone


@record
class _Unit:
    """One action, one resource, one principal and all conditions of a statement."""

    whole: Permission
    parts: tuple[_Part, ...]
    reaches: tuple[Reach, ...]
    tests: tuple[_Test, ...]

    @property
    def permission(self) -> Permission:
        """It, as a permission."""
        fields = {name: value for part in self.parts for name, value in part.fields.items()}
        return Permission(self.whole.effect, conditions=self.whole.conditions, **fields)


class _Statement:
    """A permission, taken apart."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission
        self.sides = (
            _parts("actions", permission, _action) if permission.actions or permission.not_actions is not None else (),
            _parts("resources", permission, _tokens),
            _parts("principals", permission, _principal),
        )
        self.reaches = tuple(tuple(part.reach for part in side) for side in self.sides)
        self.tests = tuple(_test(condition) for condition in sorted(permission.conditions, key=_condition_order))

    def units(self) -> Iterator[_Unit]:
        """Its units."""
        for parts in product(*self.sides):
            yield _Unit(self.permission, parts, tuple(part.reach for part in parts), self.tests)


def _parts(name: str, permission: Permission, read: Callable[[Any], Tokens]) -> tuple[_Part, ...]:
    """The patterns of one element, each once; a negated element is everything without its patterns."""
    given, negated = getattr(permission, name), getattr(permission, f"not_{name}")
    if not given and negated is None:
        return (_Part(((_ABSENT,), frozenset()), {}),)
    without = frozenset(map(read, negated or ()))
    found: dict[Reach, _Part] = {}
    for pattern in sorted(given, key=repr):
        reach = (read(pattern), without)
        found.setdefault(reach, _Part(reach, {name: frozenset((pattern,)), f"not_{name}": negated}))
    if not given:
        found[_ALL, without] = _Part((_ALL, without), {f"not_{name}": negated})
    return tuple(part for reach, part in found.items() if not _is_empty(reach))


@lru_cache(maxsize=1 << 12)
def _action(pattern: str) -> Tokens:
    """An action with globs, whose letters may be of either case."""
    return _tokens((pattern.lower(),), variables=False)


@lru_cache(maxsize=1 << 12)
def _principal(principal: Principal) -> Tokens:
    """A principal of one type; `*` and `"AWS": "*"` are everyone, with an account or without one."""
    type, who = principal
    tokens = _tokens(who, variables=False)
    if type in ("", "*", "AWS") and tokens == _ALL:
        return _ALL
    return (_Type(type), *tokens)


class _Rule:
    """The statements of one effect of a policy."""

    def __init__(self, policy: Iterable[Permission], effect: str) -> None:
        self.statements = [_Statement(permission) for permission in policy if permission.effect == effect]
        self.index = _Index([statement.reaches for statement in self.statements])

    def units(self) -> Iterator[_Unit]:
        """All units of all statements."""
        for statement in self.statements:
            yield from statement.units()

    def holds(self, unit: _Unit) -> bool:
        """Whether the statements hold every request of a unit; those for single values of its conditions may do it together."""
        return _together(unit.tests, {self.statements[at].tests for at in _bits(self.index.around(unit.reaches))})

    def rest(self, unit: _Unit) -> _Unit | None:
        """What the statements leave of a unit, at least; None where that is nothing.

        What covers a unit but for one element takes its patterns out of that element.
        """
        reaches, before = list(unit.reaches), None
        while reaches != before:
            before = list(reaches)
            for short in range(3):
                for at in _bits(self.index.around(reaches, but=short)):
                    statement = self.statements[at]
                    if not _follows(unit.tests, statement.tests):
                        continue
                    base, without = reaches[short]
                    if any(_includes(reach, reaches[short]) for reach in statement.reaches[short]):
                        return None
                    reaches[short] = (base, without | {pattern for pattern, kept in statement.reaches[short] if not kept})
        return _Unit(unit.whole, unit.parts, tuple(reaches), unit.tests)

    def touched(self, unit: _Unit) -> tuple[Permission, ...]:
        """The units that seem to have requests in common with another one."""
        found = []
        for at in _bits(self.index.touched(unit.reaches)):
            statement = self.statements[at]
            if not any(_exclude(one, other) for one in unit.tests for other in statement.tests):
                found += [each for each in statement.units() if all(map(_touch, each.reaches, unit.reaches))]
        return tuple(each.permission for each in _largest(found))


class _Index:
    """Products of elements; a set of them is a number with a bit for each."""

    def __init__(self, members: Sequence[Sequence[Iterable[Reach]]]) -> None:
        self.every = (1 << len(members)) - 1
        self.sides = [_Side([member[position] for member in members]) for position in range(3)]

    def around(self, reaches: Sequence[Reach], but: int = -1) -> int:
        """Those that hold a product, one of its elements perhaps left aside."""
        found = self.every
        for position, reach in enumerate(reaches):
            if found and position != but:
                found &= self.sides[position].around(reach)
        return found

    def touched(self, reaches: Sequence[Reach]) -> int:
        """Those that seem to have something in common with a product."""
        found = self.every
        for side, reach in zip(self.sides, reaches, strict=True):
            found &= side.touched(reach) if found else 0
        return found


class _Side:
    """One element of all members of an index, by what stands before its first glob."""

    def __init__(self, members: Sequence[Iterable[Reach]]) -> None:
        self.heads: dict[Tokens, dict[Reach, int]] = {}  # with the members in which each reach stands
        for at, reaches in enumerate(members):
            for reach in reaches:
                of_head = self.heads.setdefault(_head(reach[0]), {})
                of_head[reach] = of_head.get(reach, 0) | 1 << at
        self.lengths = sorted({len(head) for head in self.heads})
        self.beginning: dict[int, dict[Tokens, list[Tokens]]] = {}  # the longer heads, by their beginnings of a length
        self.holding: dict[Reach, int] = {}
        self.touching: dict[Reach, int] = {}

    def around(self, reach: Reach) -> int:
        """The members with an element that includes another one."""
        if reach not in self.holding:
            heads = (reach[0][:length] for length in self.lengths if length <= len(reach[0]))
            self.holding[reach] = self._found(heads, lambda wide: _includes(wide, reach))
        return self.holding[reach]

    def touched(self, reach: Reach) -> int:
        """The members with an element that seems to have something in common with another one."""
        if reach not in self.touching:
            head = _head(reach[0])
            if len(head) not in self.beginning:
                longer = (each for each in self.heads if len(each) > len(head))
                self.beginning[len(head)] = _grouped(longer, len(head))
            shorter = [head[:length] for length in self.lengths if length <= len(head)]
            heads = shorter + self.beginning[len(head)].get(head, [])
            self.touching[reach] = self._found(heads, lambda other: _touch(other, reach))
        return self.touching[reach]

    def _found(self, heads: Iterable[Tokens], test: Callable[[Reach], bool]) -> int:
        """The members with an element under one of the heads that passes a test."""
        found = 0
        for head in heads:
            for reach, bits in self.heads.get(head, {}).items():
                if bits & ~found and test(reach):
                    found |= bits
        return found


def _grouped(heads: Iterable[Tokens], length: int) -> dict[Tokens, list[Tokens]]:
    """Heads by their beginnings of one length."""
    found: dict[Tokens, list[Tokens]] = {}
    for head in heads:
        found.setdefault(head[:length], []).append(head)
    return found


def _bits(number: int) -> Iterator[int]:
    """The places of the bits that are set."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def _together(tests: tuple[_Test, ...], covering: set[tuple[_Test, ...]]) -> bool:
    """Whether one of several conditions holds wherever the tests hold, or for each of their values one does."""
    if any(_follows(tests, wanted) for wanted in covering):
        return True
    keys = {want.key for wanted in covering for want in wanted}
    several = [test for test in tests if test.one_by_one and len(test.values) > 1 and test.key in keys]
    if not several or prod(len(test.values) for test in several) > COMBINATIONS:
        return False
    others = tuple(test for test in tests if test not in several)
    single = [
        [
            _Test(test.key, test.scope, test.family, test.relation, test.negated, test.if_exists, frozenset((value,)))
            for value in test.values
        ]
        for test in several
    ]
    return all(any(_follows((*others, *chosen), wanted) for wanted in covering) for chosen in product(*single))


def _beyond(allows: _Rule, denies: _Rule, others: _Rule) -> Iterator[_Unit]:
    """The units that are allowed and not wholly denied, and that the others don't allow."""
    for unit in allows.units():
        if not others.holds(unit):
            rest = denies.rest(unit)
            if rest is not None and not others.holds(rest):
                yield unit


def _largest(units: Iterable[_Unit]) -> list[_Unit]:
    """Units in order, without those that another one covers."""
    every = list(units)
    if len(every) < 2:
        return every
    found = sorted(every, key=lambda unit: _order(unit.permission))
    index = _Index([[(reach,) for reach in unit.reaches] for unit in found])
    around = [{at for at in _bits(index.around(unit.reaches)) if _follows(unit.tests, found[at].tests)} for unit in found]
    # Of units that cover each other the first one stays.
    return [unit for at, unit in enumerate(found) if all(other == at or (other > at and at in around[other]) for other in around[at])]


def _condition_order(condition: Condition) -> tuple[str, str, list[str]]:
    """What orders conditions."""
    operator, key, values = condition
    return operator, key, sorted(map(repr, values))


def _order(permission: Permission) -> tuple[Any, ...]:
    """What orders permissions."""
    elements = (permission.actions, permission.not_actions, permission.resources, permission.not_resources)
    who = (permission.principals, permission.not_principals)
    return (*(sorted(map(repr, element or ())) for element in (*elements, *who)), sorted(map(_condition_order, permission.conditions)))
