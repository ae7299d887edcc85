"""What follows from a replacement: whatever refers to what is made anew gets other values, which may replace that too."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ifc.records import evolve
from ifc.review.changes import Change, Field, Pair, references, settled
from ifc.review.consequences import SAYS, consequence
from ifc.review.deployed.form import Key, Record, Value, alike
from ifc.review.deployed.reading import CFN
from ifc.review.finding import REPLACED, UPDATED, Consequence
from ifc.review.hazards import holds
from ifc.review.judges.collisions import FAILS
from ifc.review.replacement import REFUSES, RENEWS
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.version import TARGETS

# References as each target writes them; what else looks so is found to be none when the thing is read.
WRITTEN = {True: re.compile(r'"Ref": "(\w+)"|"Fn::GetAtt": \["(\w+)"|\$\{(\w+)'), False: re.compile(r"\b(aws_\w+\.\w+)")}
PARTS_ANEW = {"table": frozenset({"stream"})}  # what is another one where only a part of a thing is made anew
ADDRESSES = {
    "url": "the URL of `{}` is another one",
    "http api": "the URL of `{}` is another one",
    "rest api": "the URL of `{}` is another one",
}


def judge(review: Review) -> None:
    """Adds to each finding what its replacements bring about."""
    for pair in review.pairs:
        waiting = list(anew(review, pair))
        if waiting:
            review.look_at(pair)
            spread(review, pair, waiting)
    review.look_at(review.pairs[0])


def anew(review: Review, pair: Pair) -> Iterator[tuple[int, Key, frozenset[str] | None]]:
    """What is made anew by the findings, and which attributes of it; None for all."""
    keys = {id: key for key, id in pair.new.ids.items()}
    for at, finding in enumerate(list(review.findings)):
        for one in finding.consequences:
            key = keys.get(one.resource) if one.target == pair.target else None
            if key is not None and one.action == REPLACED:
                yield at, key, None
            elif key is not None and SAYS[RENEWS] in one.remark and key[0] in PARTS_ANEW:
                yield at, key, PARTS_ANEW[key[0]]


def spread(review: Review, pair: Pair, waiting: list[tuple[int, Key, frozenset[str] | None]]) -> None:
    """Follows the references to what is made anew, and to what is made anew because of that."""
    by_id = referrers(pair)
    done: set[tuple[Key, Key]] = set()
    for at, key, attributes in waiting:  # which grows meanwhile
        for other in by_id.get(pair.new.id(key), ()):
            if other == key or (other, key) in done:
                continue
            done.add((other, key))
            if review.found.goes(pair.target, pair.new.id(other)):
                continue
            found = follows(pair, other, key, attributes)
            if found is None or known(review, found):
                continue
            told(review, at, pair, other, found, attributes)
            if found.action == REPLACED:
                waiting.append((at, other, None))


def referrers(pair: Pair) -> dict[str, list[Key]]:
    """By what each thing is called: the things that seem to refer to it."""
    found: dict[str, list[Key]] = {}
    pattern = WRITTEN[pair.target == CFN]
    for key, id in pair.new.ids.items():
        text = pair.text(key)
        for match in dict.fromkeys(next(group for group in groups if group) for groups in map(re.Match.groups, pattern.finditer(text))):
            if match != id:
                found.setdefault(match, []).append(key)
    return found


def follows(pair: Pair, key: Key, target: Key, attributes: frozenset[str] | None) -> Consequence | None:
    """What becomes of a thing that refers to another one, which is made anew; None where nothing does."""
    if key in pair.moved or key not in pair.old:
        return None
    record, before = pair.new.get(key), pair.old.get(key)
    if record is None or before is None:
        return None
    other = pair.new.get(target)
    named = other is not None and same_name(pair, target, other)
    fields = {
        name: Field(value, value)
        for name, value in record.fields.items()
        if any(
            (one.kind, one.identity) == target
            and (attributes is None or one.attribute in attributes)
            and not (named and one.attribute == "name")
            for one in references(value)
        )
    }
    return with_new_values(consequence(pair, Change(key, before, record, fields), fields)) if fields else None


def with_new_values(found: Consequence) -> Consequence:
    """A consequence without what is said of its name, where that is made of what is another one now."""
    clauses = [one for one in found.remark.split("; ") if not (one.startswith(FAILS) and any(name in one for name in found.because))]
    return evolve(found, remark="; ".join(clauses))


def same_name(pair: Pair, key: Key, record: Record) -> bool:
    """Whether a thing that is made anew keeps the name that it was given."""
    old = pair.old.get(pair.moved.get(key, key))
    before: Value = old.fields.get("name") if old is not None else None
    after = record.fields.get("name")
    return after is not None and alike(settled(before, pair.old.defaults()), settled(after, pair.new.defaults()))


def known(review: Review, found: Consequence) -> bool:
    """Whether a finding says it already."""
    return found.action == UPDATED and not found.remark and review.found.touching(found.target, found.resource) is not None


def told(review: Review, at: int, pair: Pair, key: Key, found: Consequence, attributes: frozenset[str] | None) -> None:
    """Folds a consequence into the finding that it follows from."""
    risk: Risk | None = None
    effect = ""
    lost = holds(found.type) if found.action == REPLACED else None
    if SAYS[REFUSES] in found.remark:
        reason = found.remark.partition(f"{SAYS[REFUSES]}: ")[2].partition(";")[0]
        risk, effect = Risk.CONTRACT, f"{TARGETS[pair.target]} refuses the update of {review.called(key)}: {reason}"
    elif lost is not None:
        risk, effect = Risk.DATA, f"{review.called(key)} is made anew too, and {lost} {'stays behind' if found.kept else 'is lost'}"
    elif found.action == REPLACED and key[0] in ADDRESSES:
        risk, effect = Risk.CONTRACT, ADDRESSES[key[0]].format(review.name(key))
    elif found.action == REPLACED and key[0] == "mapping" and attributes is not None:
        risk, effect = Risk.CONTRACT, f"what `{review.name(key)}` has not read yet is lost"
    review.fold(at, (found,), risk, effect)
