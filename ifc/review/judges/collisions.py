"""Names that two things can't both have: the second one can't be made."""

from __future__ import annotations

from collections.abc import Iterator

from ifc.review.changes import Pair, settled
from ifc.review.deployed.form import Key, Value, canonical
from ifc.review.deployed.kinds import BY_NAME
from ifc.review.deployed.reading import CFN
from ifc.review.finding import Finding
from ifc.review.glance import glance
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.words import several

BOTH = "and both would be called"
RENAME = "give it another `name` in the same change, or take the name away"
FEW = 2  # names that are said
FAILS = "the update fails"  # as a consequence says that a replaced thing would have the name of the old one


def judge(review: Review) -> None:
    """Says which names are taken."""
    for at, finding in enumerate(list(review.findings)):
        if any(FAILS in one.remark for one in finding.consequences):
            arrow = finding.subject.startswith("arrow/")
            reason = "there is still the old one, from the same source to the same function" if arrow else "the old one still has its name"
            review.fold(at, (), Risk.REPLACED, f"CloudFormation can't make the new one, for {reason}")
            help = "remove the arrow in one update, and add it again in the next" if arrow else RENAME
            review.found.replace(at, help=finding.help or help)
    for pair in review.pairs:
        review.look_at(pair)
        twice(review, pair)
        again(review, pair)
        if pair.target == CFN:
            retyped(review, pair)
    review.look_at(review.pairs[0])


def twice(review: Review, pair: Pair) -> None:
    """Two things that would be called the same."""
    come = [key for key, change in pair.changes.items() if change.new is not None and named(pair, key, change.old is None)]
    taken = names(pair, {key[0] for key in come})
    said: set[tuple[str, ...]] = set()
    for key in sorted(come):
        name = physical(pair, key, new=True)
        others = [other for other in taken.get((key[0], name or ""), ()) if other != key]
        both = tuple(sorted((review.called(key), *map(review.called, others))))
        if name is None or not others or both in said:
            continue
        said.add(both)
        shown = review.value(settled(glance(pair.new, key, "name"), pair.new.defaults()))
        cause = next((at for tie in causes(key) if (at := review.found.tied(tie)) is not None), None)
        if cause is not None:
            review.fold(
                cause, (), Risk.REPLACED, f"{' and '.join(both)} {BOTH.removeprefix('and both ')} `{shown}`: the second one can't be made"
            )
            continue
        review.say(
            Finding(
                risk=Risk.REPLACED,
                rule="name-collision",
                subject=f"{review.path(key)}/name {shown}",
                title=f"{' and '.join(both)} would both be called `{shown}`",
                effect="the second one can't be made",
                after=shown,
                help="give one of them another `name`",
                old=review.spans(key)[0],
                new=review.spans(key, "physical")[1],
            )
        )


def causes(key: Key) -> tuple[tuple[str, Key] | tuple[str, Key, str], ...]:
    """What may have given a thing the name that it has: that it is new, or called otherwise."""
    return ("added", key), ("setting", key, "name"), ("renamed", key)


def named(pair: Pair, key: Key, new: bool) -> bool:
    """Whether a thing is new, or has another name."""
    kind = BY_NAME.get(key[0])
    return kind is not None and kind.unique and (new or "name" in pair.changes[key].fields or key in pair.moved)


def names(pair: Pair, kinds: set[str]) -> dict[tuple[str, str], list[Key]]:
    """The things of some kinds by their names."""
    found: dict[tuple[str, str], list[Key]] = {}
    for key in pair.new.ids if kinds else ():
        name = physical(pair, key, new=True) if key[0] in kinds else None
        if name is not None:
            found.setdefault((key[0], name), []).append(key)
    return found


def physical(pair: Pair, key: Key, new: bool) -> str | None:
    """The name that a thing is given; None where its target makes one up."""
    output = pair.new if new else pair.old
    name: Value = glance(output, key, "name")
    return canonical(settled(name, output.defaults())) if name is not None else None


def again(review: Review, pair: Pair) -> None:
    """Something new that has the name of something that goes."""
    gone = {(key[0], name): key for key in left(pair) if (name := physical(pair, key, new=False)) is not None}
    for key, change in pair.changes.items():
        kind = BY_NAME.get(key[0])
        if kind is None or not kind.unique or (change.old is not None and key not in pair.moved):
            continue
        before = gone.get((key[0], physical(pair, key, new=True) or ""))
        at = review.found.touching(pair.target, pair.new.id(key)) if before is not None else None
        if before is None or at is None or pair.old.id(before) == pair.new.id(key) or BOTH in review.findings[at].effect:
            continue
        shown = review.value(settled(change.record.fields.get("name"), pair.new.defaults()))
        says = (
            "CloudFormation makes the new one before the old one goes"
            if pair.target == CFN
            else "Terraform may make the new one before the old one is gone"
        )
        review.fold(at, (), Risk.REPLACED, f"{says}, {BOTH} `{shown}`")


def retyped(review: Review, pair: Pair) -> None:
    """Something new with the logical id of something else: CloudFormation can't make one of the other."""
    before = {id: key for key, id in pair.old.ids.items()}
    found: dict[int, list[str]] = {}
    for key, id in sorted(pair.new.ids.items()):
        other = before.get(id)
        at = review.found.touching(pair.target, id) if other is not None and pair.old.type(other) != pair.new.type(key) else None
        if at is not None:
            at = next((one for tie in (("added", key), ("renamed", key)) if (one := review.found.tied(tie)) is not None), at)
            found.setdefault(at, []).append(f"`{id}`")
    for at, ids in found.items():
        names = several(ids) if len(ids) <= FEW else f"{', '.join(ids[:FEW])} and {len(ids) - FEW} more"
        says = "the type of a resource" if len(ids) == 1 else "the types of resources"
        review.fold(at, (), Risk.REPLACED, f"CloudFormation refuses the update, for {says} can't change: {names}")
        review.found.replace(at, help=review.findings[at].help or "give it another `id`, or remove the old one in an update before")


def left(pair: Pair) -> Iterator[Key]:
    """What goes."""
    yield from (
        key for key, change in pair.changes.items() if change.new is None and BY_NAME.get(key[0]) is not None and BY_NAME[key[0]].unique
    )
    yield from (old for new, old in pair.moved.items() if BY_NAME.get(new[0]) is not None and BY_NAME[new[0]].unique)
