"""Which role a function runs with: one of its own, or one that exists already."""

from __future__ import annotations

from ifc.review.changes import Change
from ifc.review.finding import Finding
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.things import single


def judge(review: Review) -> None:
    """Says which functions run with another role."""
    for change in list(review.changes("function")):
        if "role" in review.open(change) and change.old is not None and change.new is not None:
            role(review, change)


def role(review: Review, change: Change) -> None:
    """Another role of a function; what one of its own may do is judged with the other permissions."""
    before, after = change.fields["role"].before, change.fields["role"].after
    consequences = list(review.take(change.key, "role"))
    for value in (before, after):
        key = single(value)
        other = review.main.changes.get(key) if key is not None and key[0] == "role" else None
        if key is not None and other is not None and other.new is None:
            consequences += review.take(key)
    own = single(after) is not None
    old, new = review.spans(change.key, "role")
    review.say(
        Finding(
            risk=Risk.WIDER,
            rule="role",
            subject=review.path(change.key, "role"),
            title=f"{review.called(change.key)} runs with {'a role of its own' if own else 'another role'}",
            effect="what the role before allowed is not in this app" if own else "what it allows is not in this app",
            before="its own" if single(before) is not None else review.value(before),
            after="its own" if own else review.value(after),
            old=old,
            new=new,
            consequences=tuple(consequences),
        ),
        ("role", change.key),
        change=change,
        fields=("role",),
    )
