"""Who may do what with a queue, a topic or a bucket by its own policy, and who may call a function."""

from __future__ import annotations

from collections.abc import Sequence

from ifc.review.access import actions_of, conditions, of_document, phrase
from ifc.review.changes import Change, Field, references
from ifc.review.deployed.form import Key, Of, Value, alike
from ifc.review.deployed.form import text as text_of
from ifc.review.finding import Finding
from ifc.review.inclusion import Permission, compare
from ifc.review.judges.externs import meant
from ifc.review.judges.permissions import denied, deny, on, who
from ifc.review.judges.settings import setting, written
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.things import owner, single
from ifc.review.words import several, spaced

TERMS = ("source", "account", "via url", "PrincipalOrgID", "principal_org_id")  # what a permission to call can ask for beside who calls
POLICIES = ("queue policy", "topic policy", "bucket policy")
# By these alone nobody is told from anybody: they say from where and how a request comes, not whose it is.
ANYBODY = ("aws:sourceip", "aws:securetransport", "aws:referer", "aws:useragent", "aws:currenttime", "s3:prefix", "s3:delimiter")


def judge(review: Review) -> None:
    """Says for each policy and permission whom it lets do something otherwise than before."""
    for change in list(review.changes(*POLICIES)):
        policy(review, change)
    for change in list(review.changes("permission")):
        invocation(review, change)


# --- policies ---


def policy(review: Review, change: Change) -> None:
    """Who may do what with one thing."""
    key = owner(change.record)
    key = review.moved.get(key, key) if key is not None else None
    before, after = (
        of_document(record.fields.get("policy") if record else None, place)
        for record, place in zip((change.old, change.new), review.places, strict=True)
    )
    comparison = compare(before, after)
    if comparison.equal:
        review.take(change.key, "policy")
        return
    more = [*comparison.added, *(unit for pair in comparison.widened for unit in pair.after)]
    fewer = [*comparison.removed, *(unit for pair in comparison.narrowed for unit in pair.before)]
    for units, there in ((more, True), (fewer, False)):
        for unit_group in by_holder(review, key, units):
            admitted(review, change, key, unit_group, there)
    for pairs, risk, says in (
        (comparison.unprotected, Risk.WIDER, "no longer denies"),
        (comparison.protected, Risk.BEHAVIOUR, "now denies"),
    ):
        at = review.found.tied(("added", key)) if risk == Risk.BEHAVIOUR else None
        at = website(review, key) if at is None and pairs else at
        for denials in denied(pairs, risk, lambda unit: part(review, key, unit)):
            if at is not None:
                effect = f"it {says} requests without TLS" if risk == Risk.WIDER else ""
                review.fold(at, review.take(change.key), risk, effect)
            else:
                spans = review.spans(key if key is not None else change.key, "tls")
                whose = f"{called(review, change, key)} {says}"
                deny(review, change, path(review, change, key), whose, denials, risk, spans, part(review, key, denials[0]))


def part(review: Review, key: Key | None, unit: Permission) -> str:
    """What a statement of a policy is about where that is another thing, or a part of the one that it stands at; "" for all of that."""
    located = [review.located(text_of(resource)) for resource in unit.resources] if unit.not_resources is None else [None]
    whole = all(one is not None and one[1] in ("", "/*") and review.moved.get(one[0], one[0]) == key for one in located)
    return "" if whole or on(unit) == "everything" else on(unit)


def website(review: Review, key: Key | None) -> int | None:
    """The finding about a website that came or went: it speaks HTTP, so a bucket asks for TLS unless it is one."""
    change = review.main.changes.get(key) if key is not None and key[0] == "bucket" else None
    if key is None or change is None or "index" not in review.open(change) or written(review, key, "tls"):
        return None
    setting(review, change, "website", [name for name in ("error", "index") if name in review.open(change)])
    return review.found.tied(("setting", key, "website"))


def path(review: Review, change: Change, key: Key | None) -> str:
    """The path of what a policy is on."""
    return review.path(key) if key is not None else review.path(change.key)


def called(review: Review, change: Change, key: Key | None) -> str:
    """What a policy is on, in words."""
    return review.called(key) if key is not None else review.called(change.key)


def by_holder(review: Review, key: Key | None, units: Sequence[Permission]) -> list[list[Permission]]:
    """Units of the same holder, the same part and the same conditions together."""
    found: dict[tuple[str, ...], list[Permission]] = {}
    for unit in units:
        found.setdefault((who(unit), part(review, key, unit), *conditions([unit])), []).append(unit)
    return [found[group] for group in sorted(found)]


def admitted(review: Review, change: Change, key: Key | None, units: list[Permission], there: bool) -> None:
    """Someone who may do something that they could not, or no longer."""
    arrow = along(review, key, units[0])
    if arrow is not None:
        review.fold(arrow, review.take(change.key, "policy"))
        return
    kind, whom, only = key[0] if key is not None else "", who(units[0]), conditions(units)
    does, about, of = phrase(kind, actions_of(units)), called(review, change, key), part(review, key, units[0])
    public = whom == "everyone" and all(name.lower() in ANYBODY for unit in units for _, name, _ in unit.conditions)
    risk = (Risk.EXPOSED if public else Risk.WIDER) if there else Risk.CONTRACT
    at = review.found.tied(("added", key)) if there and key is not None else None
    where = f"{f' on `{of}`' if of else ''}{f' where {several(only)}' if only else ''}"
    if at is not None:
        review.fold(at, review.take(change.key, "policy"), risk, f"{whom} may {does} it{where}")
        return
    opened = review.found.about(f"{path(review, change, key)}/public")
    consequences = review.take(change.key, "policy")
    spans = review.spans(key, "public") if key is not None and kind == "bucket" else review.spans(change.key)
    if key is not None and kind == "topic":
        spans = review.spans(key, "allow_from")
    finding = Finding(
        risk=risk,
        rule="admitted" if there else "dismissed",
        subject=f"{path(review, change, key)}/policy/{whom.replace('`', '')} {several(actions_of(units))}{where.replace('`', '')}",
        title=f"{whom} may {'now' if there else 'no longer'} {does} {about}{where}",
        effect="" if there else "their requests are refused",
        old=spans[0],
        new=spans[1],
        consequences=consequences,
    )
    if opened is None:
        review.say(finding, ("public", key), change=change, fields=("policy",))
    else:
        review.fold(opened, consequences, risk, finding.title)


def along(review: Review, key: Key | None, unit: Permission) -> int | None:
    """The finding about the arrow along which a service delivers, if that is all that it may."""
    if not unit.principals or any(type != "Service" for type, _ in unit.principals):
        return None
    for _, name, values in unit.conditions:
        if name.lower() == "aws:sourcearn":
            for pattern in values:
                for part in pattern:
                    source = (part.kind, part.identity) if isinstance(part, Of) else None
                    at = review.found.tied(("ends", source, key)) if source is not None else None
                    if at is not None:
                        return at
    return review.found.tied(("ends", None, key))


# --- permissions to call ---


def invocation(review: Review, change: Change) -> None:
    """Who may call a function; what an arrow, a route or a URL brought is its own."""
    record = change.record
    function = review.thing(record.fields.get("function"))
    at = explained(review, change, function)
    if at is None and change.new is None and function is not None:
        at = review.found.tied(("removed", function))
    if at is not None:
        review.fold(at, review.take(change.key))
        return
    if change.old is not None and change.new is not None:
        if review.open(change) <= {"id"}:
            review.take(change.key)  # what the permission is called
            return
        if all(same_meaning(review, change.fields[name]) for name in review.open(change)):
            return  # it follows from what has another name
    name = review.name(function) if function is not None else review.place(record.fields.get("function"))
    whom, source = str(record.fields.get("principal", "somebody")), record.fields.get("source")
    gone = change.new is None
    public = whom == "*" and record.fields.get("url") != "AWS_IAM"
    account = record.fields.get("account")
    shown = review.place(source) if source is not None else f"account {account}" if account is not None else ""
    review.say(
        Finding(
            risk=Risk.CONTRACT if gone or narrower(change) else Risk.EXPOSED if public else Risk.WIDER,
            rule="invoker-removed" if gone else "invoker-added" if change.old is None else "invoker-changed",
            subject=f"function/{name}/callers/{whom}{f' {shown}' if shown else ''}",
            title=title_of(change, "everyone" if whom == "*" else f"`{whom}`", name),
            effect="its calls are refused" if gone else "calls on other terms are refused" if narrower(change) else "",
            before=(shown or None) if gone else None,
            after=None if gone else shown or None,
            details=tuple(
                f"{spaced(field)}: {review.value(change.fields[field].before)} → {review.value(change.fields[field].after)}"
                for field in sorted(change.fields)
                if change.old is not None and change.new is not None
            ),
            old=review.spans(change.key)[0] or (review.old.span(function) if function is not None else None),
            new=review.spans(change.key)[1] or (review.new.span(function) if function is not None else None),
            consequences=review.take(change.key),
        )
    )


def narrower(change: Change) -> bool:
    """Whether a permission to call only asks for more than it did, of the same caller or of one where it was everyone."""
    if change.old is None or change.new is None:
        return False
    one, other = change.old.fields, change.new.fields
    asks = [name for name in change.fields if name not in ("principal", "id")]
    caller = alike(one.get("principal"), other.get("principal")) or one.get("principal") == "*"
    return caller and all(name in TERMS and one.get(name) is None for name in asks)


def same_meaning(review: Review, field: Field) -> bool:
    """Whether two values are about the same thing, which only has another name."""
    return alike(meant(field.before, review.places[0]), meant(field.after, review.places[1]))


def title_of(change: Change, whom: str, name: str) -> str:
    """What became of the permission to call a function."""
    if change.old is not None and change.new is not None:
        return f"{whom} may call function `{name}` on other terms"
    return f"{whom} may {'no longer' if change.new is None else 'now'} call function `{name}`"


def explained(review: Review, change: Change, function: Key | None) -> int | None:
    """The finding about the arrow or the routes for which a service may call a function."""
    for record in (change.new, change.old):
        if record is None or record.fields.get("principal") == "*":
            continue
        source: Value = record.fields.get("source")
        ends = [review.thing(source), *((one.kind, one.identity) for one in references(source))]
        ends += [review.moved[key] for key in ends if key in review.moved]
        for end in [key for key in ends if key is not None]:
            for other in (function, single(record.fields.get("function"))):
                at = review.found.tied(("ends", end, other))
                if at is not None:
                    return at
            api = review.main.either(end)
            above = owner(api) if api is not None else None
            at = review.found.tied(("ends", above, function)) if above is not None else None
            if at is not None:
                return at
    return None
