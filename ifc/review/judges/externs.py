"""What exists already: another address of it changes whatever points at it, and is one change."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from ifc.review.changes import POLICIES, references, same_statements
from ifc.review.deployed.form import Of, Text, Value, alike
from ifc.review.finding import Consequence, Finding
from ifc.review.places import EXTERN, Places, resolved
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.version import Version
from ifc.source import Span


def judge(review: Review) -> None:
    """Says which of the things that exist already are others now."""
    if review.main is not review.pairs[0]:
        return
    both = review.externs[0].keys() & review.externs[1].keys()
    others = sorted(name for name in both if review.externs[0][name] != review.externs[1][name])
    if not others:
        return
    consequences: list[Consequence] = []
    arrows = False
    for pair in review.pairs:
        review.look_at(pair)
        for change in review.changes():
            if change.old is not None and change.new is not None:
                names = sorted(
                    name
                    for name in review.open(change)
                    if points_elsewhere(review, name, change.fields[name].before, change.fields[name].after, others)
                )
                names += ["region"] if names and change.kind == "subscription" else []
                arrows |= bool(names) and change.kind not in ("role", "function")
                consequences += review.take(change.key, *names) if names else ()
    review.look_at(review.pairs[0])
    for index, name in enumerate(others):
        said(review, name, arrows, tuple(consequences) if index == 0 else ())


def points_elsewhere(review: Review, field: str, before: Value, after: Value, others: Collection[str]) -> bool:
    """Whether two values say the same of things that exist already, which are others now."""
    one, other = meant(before, review.places[0]), meant(after, review.places[1])
    if not any(of.kind == EXTERN and of.identity.partition(".")[0] in others for of in references(one)):
        return False
    return same_statements(one, other) if field in POLICIES else alike(one, other)


def meant(value: Value, places: Places) -> Value:
    """A value with what it points at in the place of addresses."""
    if isinstance(value, Mapping):
        return {key: meant(part, places) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(meant(part, places) for part in value)
    key = places.named(value)
    if key is not None:
        return Of(*key, "" if key[0] == EXTERN else "name")
    found = resolved(value, places)
    if isinstance(found, Text):
        return Text(tuple(meant(part, places) for part in found.parts))
    return Of(found.kind, found.identity, "") if isinstance(found, Of) and found.kind == EXTERN else found


def said(review: Review, name: str, arrows: bool, consequences: tuple[Consequence, ...]) -> None:
    """One that is another."""
    granted = any(grant.resource == name for version in (review.old, review.new) if version.plan for grant in version.plan.app.grants)
    one, other = (known[name] for known in review.externs)
    ways = [(one.shown, other.shown), *zip(one.names[::-1], other.names[::-1], strict=False), *zip(one.arns, other.arns, strict=False)]
    before, after = next((tuple(map(review.value, way)) for way in ways if way[0] != way[1]), (None, None))
    review.say(
        Finding(
            risk=Risk.WIDER if granted else Risk.CONTRACT if arrows else Risk.BEHAVIOUR,
            rule="extern",
            subject=f"extern/{name}",
            title=f"{review.called((EXTERN, name))} is another one",
            effect="what functions may do with it, they may do with another one now"
            if granted
            else "other events come, or go elsewhere"
            if arrows
            else "",
            before=before,
            after=after,
            old=place(review.old, name),
            new=place(review.new, name),
            consequences=consequences,
        ),
        ("extern", name),
        "externs",
    )


def place(version: Version, name: str) -> Span | None:
    """Where something that exists already is declared."""
    found = version.plan.app.resources.get(name) if version.plan is not None else None
    return found.declared.span if found is not None else None
