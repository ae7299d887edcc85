"""Permissions: what each role may do that it could not, and the other way round."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

import attrs

from ifc.plan import Statement
from ifc.review.access import Holding, Thing, actions_of, conditions, granted, grouped, of_document, of_role, phrase, scope, shown
from ifc.review.changes import Change
from ifc.review.deployed.form import Key, Of, Record
from ifc.review.deployed.form import text as text_of
from ifc.review.deployed.output import Output
from ifc.review.encrypting import encrypted_by
from ifc.review.finding import Finding
from ifc.review.glance import glance
from ifc.review.inclusion import Comparison, Pair, Permission, compare
from ifc.review.judges.gradual import unaliased
from ifc.review.places import ARNS, EXTERN
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.things import single
from ifc.review.version import Version
from ifc.review.words import several
from ifc.source import Span

# What an arrow needs of its source, by which it is told from what a verb gives (Lambda developer guide, execution role permissions).
POLLING = {
    "queue": {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"},
    "table": {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"},
    "stream": {
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
        "kinesis:ListStreams",
        "kinesis:SubscribeToShard",
    },
}
POLLING["extern"] = {action for actions in POLLING.values() for action in actions}
# What is sent to when something failed, or succeeded (the same guide, capturing records of failures).
SENDING = {"sqs:SendMessage", "sns:Publish", "events:PutEvents", "lambda:InvokeFunction", "s3:PutObject", "s3:ListBucket"}
OWN_LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
TRACING = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
PORTS = ("failed", "succeeded")


@attrs.frozen
class Holder:
    """Whose role it is."""

    key: Key | None  # of the function; None where an arrow or nobody known has it
    name: str
    path: str


def judge(review: Review) -> None:
    """Says for each role what it may do otherwise than before."""
    known: dict[Key, Key] = {}
    for change in list(review.changes("role")):
        if change.new is None:
            continue  # it allows nothing any more
        if not known:
            known = holders(review)
        role(review, change, holder(review, change, known))


def holders(review: Review) -> dict[Key, Key]:
    """What each role is of: a function, or an arrow that delivers by it."""
    found: dict[Key, Key] = {}
    for output in (review.main.new, review.main.old):
        for key in output.ids:
            role = single(glance(output, key, "role")) if key[0] in ("function", "schedule", "rule") else None
            if role is not None:
                found.setdefault(role, key)
    return found


def holder(review: Review, change: Change, known: dict[Key, Key]) -> Holder:
    """Whose role it is; a role that nobody is known to have stands for itself."""
    key = known.get(change.key)
    if key is None:
        return Holder(None, review.name(change.key), review.path(change.key))
    if key[0] != "function":
        return Holder(None, review.name(key), review.path(key))
    return Holder(key, review.name(key), f"function/{review.name(key)}")


# --- roles ---


@attrs.frozen
class Sides:
    """What a role may do, before and after."""

    before: Holding
    after: Holding
    comparison: Comparison


def role(review: Review, change: Change, whose: Holder) -> None:
    """What became of one role."""
    whole(review, change, whose)
    if change.old is not None and "policies" not in review.open(change):
        return
    before, after = (
        Holding(of_role(unaliased(review, record), place), place)
        for record, place in zip((change.old, change.new), review.places, strict=True)
    )
    sides = Sides(before, after, compare(before.policy, after.policy))
    more(review, change, whose, sides)
    if change.old is not None:
        less(review, change, whose, sides)
    denials(review, change, whose, sides.comparison)
    rest(review, change, whose, sides.comparison)


def more(review: Review, change: Change, whose: Holder, sides: Sides) -> None:
    """What it may do that it could not."""
    comparison = sides.comparison
    units = [*comparison.added, *(unit for pair in comparison.widened for unit in pair.after)]
    units = [unit for unit in units if not needed(review, change, True, whose.key, unit)]
    for thing, members in decrypting(review, grouped(units, review.places[1]), review.main.new):
        widened(review, change, whose, sides, thing, members)


def widened(review: Review, change: Change, whose: Holder, sides: Sides, thing: Thing, members: Sequence[Permission]) -> None:
    """What it may do with one thing."""
    key, text = thing
    kind = kind_of(review, thing)
    had, has = sides.before.allowed(thing), sides.after.allowed(thing)
    actions = [action for action in actions_of(members) if action not in KEYS] or actions_of(members)
    partly = bool(had) and set(actions) <= set(actions_of(had))
    does = f"{phrase(kind, actions)} {'more of ' if partly else ''}{called(review, thing)}"
    only = conditions(members)
    consequences = review.take(change.key, "policies") if change.old is not None else review.take(change.key)
    cause = explanation(review, change, whose, thing, members)
    if cause is not None and whose.key is None:
        review.fold(cause, consequences)  # the role is the arrow's own
        return
    if cause is not None:
        review.fold(
            cause, consequences, Risk.WIDER, f"it may {does}" if says_of(review, cause, whose) else f"`{whose.name}` may now {does}"
        )
        return
    freed = [one for one in conditions(had) if one not in only] if partly else []
    review.say(
        Finding(
            risk=Risk.WIDER,
            rule="permission-widened",
            subject=f"{whose.path}/permissions/{review.name(key) if key else text}",
            title=f"`{whose.name}` may now {does}",
            effect=f"only where {several(only)}" if only else f"and no longer only where {several(freed)}" if freed else "",
            before=granted(kind, actions_of(had), scope(had, review.places[0])) or None,
            after=granted(kind, actions_of(has), scope(has, review.places[1])),
            details=tuple(actions_of(members)),
            old=asked(review, change.key, had, new=False) or (review.old.span(whose.key) if whose.key else None),
            new=asked(review, change.key, members, new=True),
            consequences=consequences,
        ),
        ("permission", whose.key, key),
        change=change,
        fields=("policies",),
    )


def less(review: Review, change: Change, whose: Holder, sides: Sides) -> None:
    """What it may no longer do."""
    comparison = sides.comparison
    units = [*comparison.removed, *(unit for pair in comparison.narrowed for unit in pair.before)]
    units = [unit for unit in units if not needed(review, change, False, whose.key, unit)]
    for thing, members in decrypting(review, grouped(units, review.places[0]), review.main.old):
        key, text = thing
        if key is not None and key[0] != "extern" and key not in review.main.new:
            continue  # of what is gone, nothing is missed
        kind, had, has = kind_of(review, thing), sides.before.allowed(thing), sides.after.allowed(thing)
        actions = [action for action in actions_of(members) if action not in KEYS] or actions_of(members)
        lost = [action for action in actions if action not in actions_of(has)]
        says = (
            f"may no longer {phrase(kind, lost)} {called(review, thing)}"
            if lost
            else f"may {phrase(kind, actions)} less of {called(review, thing)}"
        )
        only = [one for one in conditions(has) if one not in conditions(had)]
        consequences = review.take(change.key, "policies")
        cause = explanation(review, change, whose, thing, members)
        if cause is not None:
            review.fold(cause, consequences)
            continue
        review.say(
            Finding(
                risk=Risk.BEHAVIOUR,
                rule="permission-narrowed",
                subject=f"{whose.path}/permissions/{review.name(key) if key else text}",
                title=f"`{whose.name}` {says}",
                effect=f"only where {several(only)}" if only and not lost else "calls that need it fail with AccessDenied",
                before=granted(kind, actions_of(had), scope(had, review.places[0])),
                after=granted(kind, actions_of(has), scope(has, review.places[1])) or None,
                details=tuple(lost or actions),
                old=asked(review, change.key, members, new=False),
                new=asked(review, change.key, has, new=True) or (review.new.span(whose.key) if whose.key else None),
                consequences=consequences,
            ),
            ("permission", whose.key, key),
            change=change,
            fields=("policies",),
        )


def denials(review: Review, change: Change, whose: Holder, comparison: Comparison) -> None:
    """What it was denied, or is denied now."""
    for pairs, risk, says in (
        (comparison.unprotected, Risk.WIDER, "is no longer denied"),
        (comparison.protected, Risk.BEHAVIOUR, "is now denied"),
    ):
        for units in denied(pairs, risk, on):
            deny(review, change, whose.path, f"`{whose.name}` {says}", units, risk, review.spans(change.key), on(units[0]))


def denied(pairs: Iterable[Pair], risk: Risk, about: Callable[[Permission], str]) -> list[list[Permission]]:
    """What came or went of denials: all actions of one holder, one resource and the same conditions together."""
    found: dict[tuple[str, ...], list[Permission]] = {}
    for pair in pairs:
        unit = (pair.before if risk == Risk.WIDER else pair.after)[0]
        found.setdefault((holder_of(unit), about(unit), *conditions([unit])), []).append(unit)
    return [found[key] for key in sorted(found)]


def holder_of(unit: Permission) -> str:
    """Whom a statement is about; "" where that is whoever has the policy."""
    return who(unit) if unit.principals or unit.not_principals is not None else ""


def on(unit: Permission) -> str:
    """What a statement is about, as its ARN is written; "" where that is all that the policy stands at."""
    if unit.not_resources is not None:
        return f"everything but {several(sorted(map(shown, unit.not_resources)))}"
    return several(sorted(map(shown, unit.resources)))


def deny(
    review: Review,
    change: Change,
    subject: str,
    says: str,
    units: Sequence[Permission],
    risk: Risk,
    spans: tuple[Span | None, Span | None],
    about: str,  # "" where that needs not be said
) -> None:
    """Denials that came or went."""
    actions, only = actions_of(units), conditions(units)
    (thing, _), *_ = grouped(units[:1], review.places[risk != Risk.WIDER])
    where = f" where {several(only)}" if only else ""
    to = f" to {one}" if (one := holder_of(units[0])) not in ("", "everyone") else ""
    words = (f"deny {several(actions)}", about, to.strip().replace("`", ""), where.strip())
    review.say(
        Finding(
            risk=risk,
            rule="deny-removed" if risk == Risk.WIDER else "deny-added",
            subject=f"{subject}/permissions/{' '.join(word for word in words if word)}",
            title=f"{says} {several([f'`{action}`' for action in actions])}{f' on {called(review, thing)}' if about else ''}{to}{where}",
            old=spans[0],
            new=spans[1],
            consequences=review.take(change.key, "policies", "policy"),
        ),
        change=change,
        fields=("policies", "policy"),
    )


def whole(review: Review, change: Change, whose: Holder) -> None:
    """Policies of others that hang on a role, and who may take it."""
    before, after = (set(map(review.value, record.fields.get("managed") or ())) if record else set() for record in (change.old, change.new))
    for name in sorted(before ^ after):
        attached(review, change, whose, name, name in after)
    if change.old is None or change.new is None or "trust" not in review.open(change):
        return
    one, other = (
        of_document(record.fields.get("trust"), place) for record, place in zip((change.old, change.new), review.places, strict=True)
    )
    comparison = compare(one, other)
    if comparison.equal:
        review.take(change.key, "trust")
        return
    wider = comparison.added or comparison.widened or comparison.unprotected
    review.say(
        Finding(
            risk=Risk.WIDER if wider else Risk.BEHAVIOUR,
            rule="trust",
            subject=f"{whose.path}/trust",
            title=f"{'others' if wider else 'fewer'} may take the role of `{whose.name}`",
            before=several(sorted(who(unit) for unit in one)) or None,
            after=several(sorted(who(unit) for unit in other)) or None,
            old=review.spans(change.key)[0],
            new=review.spans(change.key)[1],
            consequences=review.take(change.key, "trust"),
        ),
        change=change,
        fields=("trust",),
    )


def attached(review: Review, change: Change, whose: Holder, arn: str, there: bool) -> None:
    """A managed policy that came or went."""
    name = arn.rpartition("/")[2] if ":aws:policy/" in arn else arn
    consequences = review.take(change.key, "managed") if change.old is not None else ()
    at = review.found.tied(("added", whose.key)) if whose.key is not None else None
    if at is not None:
        review.fold(at, consequences, Risk.WIDER, f"it has the managed policy `{name}`")
        return
    review.say(
        Finding(
            risk=Risk.WIDER if there else Risk.BEHAVIOUR,
            rule="policy-attached" if there else "policy-detached",
            subject=f"{whose.path}/managed/{name}",
            title=f"`{whose.name}` {'gets' if there else 'loses'} the managed policy `{name}`",
            effect="what it allows is not in this app" if there else "calls that need it fail with AccessDenied",
            old=attaching(review.old, whose, name) or review.spans(change.key)[0],
            new=attaching(review.new, whose, name) or review.spans(change.key)[1],
            consequences=consequences,
        )
    )


def attaching(version: Version, whose: Holder, name: str) -> Span | None:
    """Where the source hangs a managed policy on a role."""
    allows = version.plan.app.allows if version.plan is not None else ()
    return next((allow.span for allow in allows if allow.managed and allow.holder == whose.name and name in allow.span.text), None)


# --- what follows from something else ---

KEYS = {"kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"}  # what is needed of the key of something that is encrypted


def decrypting(
    review: Review, groups: Iterable[tuple[Thing, list[Permission]]], output: Output
) -> Iterator[tuple[Thing, list[Permission]]]:
    """The groups in which what is needed of a key is with the thing that the key encrypts."""
    every = list(groups)
    if not any(set(actions_of(members)) <= KEYS for _, members in every):
        yield from every
        return
    encrypted = encrypted_by(output)
    known = {thing[0]: members for thing, members in every if thing[0] is not None}
    for thing, members in every:
        keys = [key for key in encrypted.get(text_key(members), ()) if key in known] if set(actions_of(members)) <= KEYS else []
        if not keys:
            yield (
                thing,
                members + [m for other, more in every if other[0] is None and thing[0] in encrypted.get(text_key(more), ()) for m in more],
            )


def text_key(units: Sequence[Permission]) -> str:
    """The key that some units are about."""
    return repr(next((text_of(resource) for unit in units for resource in unit.resources), None))


def explanation(review: Review, change: Change, whose: Holder, thing: Thing, members: Sequence[Permission]) -> int | None:
    """The finding that a permission follows from: a function that is new, a key that encrypts something now, another role."""
    for new in (True, False) if review.found.tied("externs") is not None else ():
        span = asked(review, change.key, members, new=new)
        granted = review.grants[new].get(span.sort_key()) if span is not None else None
        at = review.found.tied(("extern", granted))
        if at is not None:
            return at
    for tie in (("added", whose.key), ("role", whose.key)) if change.old is None and whose.key is not None else ():
        at = review.found.tied(tie)
        if at is not None:
            return at
    if whose.key is None:
        return review.found.about(whose.path)
    return review.found.tied(("encryption", thing[1])) if thing[0] is None else None


def says_of(review: Review, at: int, whose: Holder) -> bool:
    """Whether a finding is about the holder of a role."""
    return review.findings[at].subject.startswith(whose.path)


def needed(review: Review, change: Change, new: bool, holder: Key | None, unit: Permission) -> bool:
    """Whether a permission came or went with an arrow that needs it, with the function's own log, or with the tracing of its calls."""
    if holder is None or unit.not_actions is not None or unit.not_resources is not None:
        return False
    resource = next(iter(unit.resources), None)
    located = review.places[new].found(text_of(resource)) if resource is not None else None
    both, edges = functions(review, holder), review.edges
    here, there, mine, others = both[new], both[not new], edges[new], edges[not new]
    if located is None:
        return unit.actions <= TRACING and traced(here) and not traced(there)
    key = located[0]
    if key[0] == "log group":
        return unit.actions <= OWN_LOGS and key == log(review, here) and (change.old is None or key != log(review, there))
    if key[0] == "table" and indexed(review, key) and located[1].startswith("/index"):
        return True
    polls = unit.actions <= POLLING.get(key[0], set()) and (key, holder) in mine[0] and (key, holder) not in others[0]
    return polls or (unit.actions <= SENDING and (holder, key) in mine[1] and (holder, key) not in others[1])


def functions(review: Review, holder: Key) -> tuple[Record | None, Record | None]:
    """A function before and now."""
    return review.main.old.get(review.main.moved.get(holder, holder)), review.main.new.get(holder)


def traced(function: Record | None) -> bool:
    """Whether the calls of a function are traced."""
    return function is not None and function.fields.get("tracing") == "Active"


def log(review: Review, function: Record | None) -> Key | None:
    """The log group of a function."""
    group = single(function.fields.get("log group")) if function is not None else None
    return review.moved.get(group, group) if group is not None else None


def indexed(review: Review, key: Key) -> bool:
    """Whether a table got its first index, or lost its last: verbs reach its indexes too."""
    one, other = review.main.old.get(review.main.moved.get(key, key)), review.main.new.get(key)
    if one is None or other is None:
        return False
    before, after = (bool(record.fields.get("indexes") or record.fields.get("local indexes")) for record in (one, other))
    return before is not after


def rest(review: Review, change: Change, whose: Holder, comparison: Comparison) -> None:
    """What became of a role because of arrows or indexes follows from them; what means the same is nothing."""
    if change.old is None or change.new is None or "policies" not in review.open(change):
        return
    at = review.cause(change, ("policies",))
    tables = [review.found.tied(("indexes", key)) for key in sorted(about(review, comparison)) if key[0] == "table"]
    causes = [at, review.found.tied(("end", whose.key)) if whose.key else None, *tables, review.found.about(f"{whose.path}/tracing")]
    found = next((one for one in causes if one is not None), None)
    if found is not None:
        review.fold(found, review.take(change.key, "policies"))
    elif comparison.equal:
        review.take(change.key, "policies")


def about(review: Review, comparison: Comparison) -> set[Key]:
    """The things that a difference is about."""
    units = [*comparison.added, *comparison.removed]
    units += [unit for pair in (*comparison.widened, *comparison.narrowed) for unit in (*pair.before, *pair.after)]
    found = [review.located(text_of(resource)) for unit in units for resource in unit.resources]
    return {one[0] for one in found if one is not None}


# --- words ---


def kind_of(review: Review, thing: Thing) -> str:
    """What a thing is, as the language calls it; of a resource of others, as its ARN tells."""
    key, text = thing
    if key is not None:
        return review.noun(key).removeprefix("extern ") if key[0] == "extern" else key[0]
    service, _, rest = text.removeprefix("arn:aws:").partition(":")
    return next((kind for kind, (name, path) in ARNS.items() if service == name and path and f":{path}" in f":{rest}"), "")


def called(review: Review, thing: Thing) -> str:
    """What a permission is about."""
    key, text = thing
    if key is None and (name := review.existing.get(text)) is not None:
        return review.called((EXTERN, name))
    return review.called(key) if key is not None else text if text.startswith("everything") else f"`{text}`"


def who(unit: Permission) -> str:
    """Whom a statement is about."""
    if unit.not_principals is not None:
        return "everyone but some"
    _, name = next(iter(unit.principals), ("", ("*",)))
    text = shown(name)
    if text == "everything":
        return "everyone"
    account = text.removesuffix(":root").rpartition(":")[2] if text.endswith(":root") else ""
    return f"account `{account}`" if account else f"`{text}`"


def asked(review: Review, role: Key, members: Sequence[Permission], new: bool) -> Span | None:
    """Where a permission was asked for in the source: the first verb or `allow` that gave any of its actions."""
    statements, others = statements_of(review, role, new), statements_of(review, role, not new)
    before = {span.text for statement in others for span in statement.why}
    wanted = {action for unit in members for action in unit.actions}
    resources = {part.identity for unit in members for pattern in unit.resources for part in pattern if isinstance(part, Of)}
    best: Span | None = None
    for statement in statements if wanted else ():
        if wanted & set(statement.actions) and statement.why:
            why = next((span for span in statement.why if span.text not in before), statement.why[0])
            about = {str(getattr(one, "id", one)).lower() for one in statement.resources}
            if any(identity in text for identity in resources for text in about):
                return why
            best = best or why
    return best or ((attached_by(review, role, wanted, new) or review.spans(role)[new]) if wanted else None)


def attached_by(review: Review, role: Key, wanted: Collection[str], new: bool) -> Span | None:
    """Where a policy of the user's own words stands that gives a role some actions."""
    output, version = (review.main.new, review.new) if new else (review.main.old, review.old)
    for attached in output.joined.get(role if new else review.main.moved.get(role, role), {}).values():
        if {str(entry["action"][1]) for entry in attached.policy["entries"]} & set(wanted):
            return version.span(attached.key)
    return None


def statements_of(review: Review, role: Key, new: bool) -> tuple[Statement, ...]:
    """What the source gives a role."""
    placed = review.new.placed.get(role) if new else review.old.placed.get(review.main.moved.get(role, role))
    found: tuple[Statement, ...] = getattr(placed.resource, "statements", ()) if placed is not None else ()
    return found
