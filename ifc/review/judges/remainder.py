"""What no other judge took: it follows from a finding about what it belongs to, or is said as it stands."""

from __future__ import annotations

from ifc.review.changes import Change, Pair, leaves
from ifc.review.consequences import consequence
from ifc.review.deployed.form import Key, Param
from ifc.review.finding import DELETED, REPLACED, Finding
from ifc.review.hazards import holds
from ifc.review.judges.params import PREFIX
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.things import BELONGS, owned, owner, single

# They only carry what was judged elsewhere.
DERIVED = (
    "rest deployment",
    "rest stage",
    "rest account",
    "rest path",
    "http integration",
    "http authorizer",
    "rest authorizer",
    "log group",
    "role",
    "http stage",
    "schedule group",
)


def judge(review: Review) -> None:
    """Says whatever is left."""
    above = owners(review)
    pair = review.main
    for key in sorted(review.left[pair.target], key=lambda key: (key == ("param", PREFIX), key)):
        if key in review.left[pair.target] and not follows(review, pair, key, above):
            alone(review, pair, pair.changes[key])
    for key, why in pair.unreadable.items():
        unreadable(review, key, why)


def unreadable(review: Review, key: Key, why: str) -> None:
    """Something that can't be compared: that it is as before can't be said."""
    spans = review.spans(key)
    review.say(
        Finding(
            risk=Risk.CONTRACT,
            rule="unreadable",
            subject=review.path(key),
            title=f"{review.called(key)} can't be compared",
            effect=why,
            old=spans[0],
            new=spans[1],
        )
    )


def owners(review: Review) -> dict[Key, Key]:
    """Of what is left, what each thing belongs to where that says so."""
    if not review.left[review.main.target]:
        return {}
    found: dict[Key, Key] = {}
    for output in (review.main.new, review.main.old):
        for key in output.ids:
            record = output.get(key) if key[0] in ("function", "schedule", "rule", "http stage", "rest stage", "rest account") else None
            for below in owned(record) if record is not None else ():
                found.setdefault(below, key)
    return found


def follows(review: Review, pair: Pair, key: Key, above: dict[Key, Key]) -> bool:
    """Whether a finding explains it."""
    if key == ("param", PREFIX):
        return prefix(review, key)
    record = pair.either(key)
    own = (owner(record) if record is not None and key[0] in BELONGS else None) or above.get(key)
    ties = [("end", key), ("end", own)] if own is not None else [("end", key)]
    paths = [review.path(key)]
    source = review.thing(record.fields.get("source")) if record is not None and key[0] == "permission" else None
    paths += [review.path(source)] if source is not None else []
    if own is not None:
        paths += [review.path(own), f"route/{review.name(own)}"]
        again = above.get(own) or (owner(pair.either(own)) if own[0] in BELONGS and pair.either(own) is not None else None)  # type: ignore[arg-type]  # it is there
        paths += [review.path(again)] if again is not None else []
    pieces = (
        (pair.new.id(other) if other in pair.new else pair.old.id(other) for other in review.belongings.get(own, ()))
        if own is not None
        else ()
    )
    found = [at for path in paths if (at := review.found.about(path)) is not None]
    found += [at for tie in ties if (at := review.found.tied(tie)) is not None]
    found += [at for piece in pieces if not found and (at := review.found.touching(pair.target, piece)) is not None]
    if key[0] == "rest account":
        api = next((other for other in pair.changes if other[0] == "rest stage"), None)
        at = (
            review.found.about(f"api/{review.name(single(pair.changes[api].record.fields.get('api')) or api)}") if api is not None else None
        )
        found += [at] if at is not None else []
    if not found:
        return False
    review.fold(found[0], review.take(key))
    return True


def prefix(review: Review, key: Key) -> bool:
    """Hands the prefix of names, which comes and goes with what has such a name, to the worst finding about such a thing."""
    gone = review.main.changes[key].new is None
    named = []
    for at, finding in enumerate(review.findings):
        if any(of_prefix(review, one.target, one.resource, gone) for one in finding.consequences):
            named.append((finding.risk, finding.subject, at))
    if not named:
        return False
    effect = "a deployment that gives the param `Prefix` a value fails" if gone else ""
    review.take(key)
    review.fold(min(named)[2], (), Risk.CONTRACT if gone and min(named)[0] <= Risk.CONTRACT else None, effect)
    return True


def of_prefix(review: Review, target: str, resource: str, gone: bool) -> bool:
    """Whether a resource has a name that the prefix is in, before or now."""
    for pair in review.pairs:
        output = pair.old if gone else pair.new
        key = next((key for key, id in output.ids.items() if id == resource), None) if pair.target == target else None
        record = output.get(key) if key is not None else None
        if record is not None and Param(PREFIX) in leaves(dict(record.fields)):
            return True
    return False


def alone(review: Review, pair: Pair, change: Change) -> None:
    """A change that nothing explains."""
    key = change.key
    fields = sorted(review.left[pair.target][key])
    found = consequence(pair, change, fields)
    lost = holds(found.type)
    gone = found.action in (DELETED, REPLACED)
    if gone and lost:
        risk, effect = Risk.DATA, f"{lost} {'stays behind' if found.kept else 'is lost'}"
    elif found.action == REPLACED:
        risk, effect = Risk.COSMETIC if change.kind in DERIVED else Risk.REPLACED, ""
    elif found.action == DELETED:
        risk, effect = Risk.CONTRACT, ""
    else:
        risk, effect = Risk.COSMETIC if change.kind in DERIVED else Risk.BEHAVIOUR, ""
    says = {"created": "is new", "deleted": "is removed", "replaced": "is replaced"}.get(
        found.action, f"changes: {', '.join(f'`{name}`' for name in found.properties)}" if found.properties else "changes"
    )
    old, new = review.spans(key)
    whole = change.old is None or change.new is None
    one = fields[0] if len(fields) == 1 and not whole else None
    review.say(
        Finding(
            risk=risk,
            rule=found.action,
            subject=review.path(key),
            title=f"{review.called(key)} {says}",
            effect=effect,
            before=review.value(change.fields[one].before) if one else None,
            after=review.value(change.fields[one].after) if one else None,
            old=old,
            new=new,
            consequences=review.take(key),
        )
    )
