"""Tags: one finding for what is the same on many things."""

from __future__ import annotations

from collections.abc import Mapping

from ifc.review.changes import Change
from ifc.review.deployed.form import Key, Value, canonical
from ifc.review.finding import Finding
from ifc.review.judges.app import setting
from ifc.review.judges.params import PREFIX
from ifc.review.review import Review
from ifc.review.risk import Risk

APP = "app"  # the tag that everything has
Edit = tuple[tuple[str, str, str], ...]  # a tag, and its values before and after; "" where there was none


def judge(review: Review) -> None:
    """Says which tags change; a thing's are those of all that it becomes, and what changes alike on several is the app's."""
    groups: dict[Edit, dict[str, list[Change]]] = {}
    for change in review.changes():
        if "tags" in review.open(change) and change.old is not None and change.new is not None:
            groups.setdefault(edit(review, change), {}).setdefault(owner(review, change.key), []).append(change)
    for one, owners in sorted(groups.items()):
        said(review, one, owners)


def said(review: Review, one: Edit, owners: Mapping[str, list[Change]]) -> None:
    """Tags that change alike."""
    changes = [change for members in owners.values() for change in members]
    alone = len(owners) == 1
    main = next((change for change in changes if review.name(change.key) in owners), changes[0])
    spans = review.spans(main.key, "tags") if alone else tuple(setting(version, "tags") for version in (review.old, review.new))
    names = ",".join(name for name, _, _ in one)
    renamed = review.found.tied(("default", PREFIX)) if names == APP else None
    if renamed is not None:  # the app has another name, and so have all its things
        review.fold(renamed, [c for change in changes for c in review.take(change.key, "tags")])
        return
    review.say(
        Finding(
            risk=Risk.COSMETIC,
            rule="setting",
            subject=review.path(main.key, "tags", names) if alone else f"app/tags/{names}",
            title=f"the tags of {review.called(main.key) if alone else f'{len(owners)} declarations'} change",
            details=tuple(f"{name}: {before or 'none'} → {after or 'none'}" for name, before, after in one),
            old=spans[0],
            new=spans[1],
            consequences=tuple(c for change in changes for c in review.take(change.key, "tags")),
        )
    )


def owner(review: Review, key: Key) -> str:
    """The declaration that a thing belongs to, or else its own name."""
    for version in (review.new, review.old):
        found = version.placed.get(key)
        if found is not None:
            return found.owner
    return review.name(key)


def edit(review: Review, change: Change) -> Edit:
    """What changed of a thing's tags."""
    before, after = (value if isinstance(value, dict) else {} for value in (change.fields["tags"].before, change.fields["tags"].after))
    names = sorted(name for name in {*before, *after} if canonical(before.get(name)) != canonical(after.get(name)))
    return tuple((name, shown(review, before.get(name)), shown(review, after.get(name))) for name in names)


def shown(review: Review, value: Value) -> str:
    """A tag's value."""
    return "" if value is None else value if isinstance(value, str) else review.value(value)
