"""URLs of functions that came or went: they are open to everyone, or to who signs."""

from __future__ import annotations

from ifc.review.changes import Change
from ifc.review.finding import Consequence, Finding
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.things import single


def judge(review: Review) -> None:
    """Says which functions can be called by a URL now, or no longer."""
    for change in list(review.changes("url")):
        if change.old is None or change.new is None:
            url(review, change)
        elif "authorization" in review.open(change):
            reopened(review, change)


def url(review: Review, change: Change) -> None:
    """A URL that came or went; that of a function that is new belongs to it."""
    function = single(change.record.fields.get("function"))
    name = review.name(function) if function is not None else review.name(change.key)
    public, gone = change.record.fields.get("authorization") == "NONE", change.new is None
    effect = "its callers get nothing" if gone else "everyone on the internet may call it" if public else ""
    consequences = (*review.take(change.key), *callers(review, change))
    whole = review.found.tied(("added", function))
    if whole is not None and not gone:
        review.fold(whole, consequences, Risk.EXPOSED if public else None, effect)
        return
    says = "has no URL any more" if gone else "has a URL that everyone may call" if public else "has a URL for who signs"
    old, new = review.spans(function if function is not None else change.key, "url")
    review.say(
        Finding(
            risk=Risk.CONTRACT if gone else Risk.EXPOSED if public else Risk.BEHAVIOUR,
            rule="url-removed" if gone else "url-added",
            subject=f"function/{name}/url",
            title=f"`{name}` {says}",
            effect=effect,
            before=("public" if public else "iam") if gone else None,
            after=None if gone else "public" if public else "iam",
            old=old,
            new=new,
            consequences=consequences,
        )
    )


def reopened(review: Review, change: Change) -> None:
    """A URL that is for others now."""
    function = single(change.record.fields.get("function"))
    name = review.name(function) if function is not None else review.name(change.key)
    before, after = (
        {"NONE": "public", "AWS_IAM": "iam"}.get(str(r.fields.get("authorization"))) if r else None for r in (change.old, change.new)
    )
    public = after == "public"
    old, new = review.spans(function if function is not None else change.key, "url")
    review.say(
        Finding(
            risk=Risk.EXPOSED if public else Risk.CONTRACT,
            rule="url-changed",
            subject=f"function/{name}/url",
            title=f"the URL of `{name}` is {'public' if public else 'no longer public'}",
            effect="everyone on the internet may call it" if public else "callers who do not sign get 403",
            before=before,
            after=after,
            old=old,
            new=new,
            consequences=(*review.take(change.key, "authorization"), *callers(review, change)),
        )
    )


def callers(review: Review, change: Change) -> tuple[Consequence, ...]:
    """What becomes of the permissions to call the function by its URL."""
    function = single(change.record.fields.get("function"))
    found: list[Consequence] = []
    for key in review.belongings.get(function, ()) if function is not None else ():
        fields = review.main.changes[key].record.fields
        if key[0] == "permission" and (fields.get("url") or fields.get("via url")) and key in review.left[review.main.target]:
            found += review.take(key)
    return tuple(found)
