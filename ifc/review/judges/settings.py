"""Settings: what is left of things that stay, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ifc.review.arrows import ARROWS
from ifc.review.changes import Change, Field, Pair, settled
from ifc.review.deployed.form import Key, Record, Value
from ifc.review.deployed.kinds import BY_NAME, RAW
from ifc.review.finding import REPLACED, UPDATED, Consequence, Finding
from ifc.review.hazards import anew, hazard, holds
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.rules import Rule, rule
from ifc.review.things import MAIN, loses, losses, own_dead_letters, remains, single
from ifc.review.words import several, spaced

# Fields that only say how things hang together: they follow from what is found elsewhere.
STRUCTURAL = (
    "role",
    "log group",
    "api",
    "function",
    "target",
    "deployment",
    "digest",
    "values",
    "new first",
    "id",
    "source",
    "topic",
    "policies",
)
# Sections of a template that others read: what becomes of those is not worked out.
READ = "whatever reads it changes with it, which is not compared"
ELSEWHERE = {"condition": "", "mapping table": READ, "transform": READ}
MAYBE = ("Condition", "count", "for_each")  # which things there are, in the words of the targets
STAYING = ("kept", "deletion")  # what says what becomes of a thing that goes
FAILURES = ("redrive", "dead letters", "failures")
TIMEOUT = "timeout"
NAMED_BY = {"log group": "function", "archive of a bus": "bus"}  # what has its name from something else
SHARED = ("fifo", "by content", "deduplication", "throughput", "encrypted", "key")  # what a queue of dead letters has from its queue


def judge(review: Review) -> None:
    """Says what became of each setting; fields of one setting are one finding."""
    for change in sorted(review.changes(), key=lambda change: (change.kind not in MAIN, change.key)):
        if change.old is None or change.new is None or change.kind in ("param", "output"):
            continue
        by_word: dict[str, list[str]] = {}
        packaged = "package" in review.open(change)  # an image has no runtime, and its handler is a command
        for name in sorted(review.open(change)):
            if packaged and (change.kind, name) in OF_A_PACKAGE:
                by_word.setdefault("image", []).append(name)
            elif name not in STRUCTURAL and (change.kind, name) not in DERIVED:
                by_word.setdefault(rule(change.kind, name).word, []).append(name)
        for word, names in by_word.items():
            setting(review, change, word, names)
    derived = [change for change in review.changes("queue") if change.old is not None and change.new is not None]
    takers = takers_of(review) if any("visibility" in review.open(change) for change in derived) else {}
    for change in derived:
        if "visibility" in review.open(change):
            visibility(review, change, takers)
        if "redrive" in review.open(change):
            redrive(review, change)
    for change in list(review.changes("layer")):
        if change.old is not None and change.new is not None and set(FITS) & review.open(change):
            fits(review, change)
    for change in list(review.changes("bucket")):
        if change.old is not None and change.new is not None and "all events" in review.open(change):
            follow(review, change, "all events", [("end", change.key)])


def setting(review: Review, change: Change, word: str, names: list[str]) -> None:
    """Says what became of one setting, which may be several fields."""
    path = review.path(change.key, word)
    if twin(review, change, names):
        return
    consequences = review.take(change.key, *names)
    rules = [(rule(change.kind, name), change.fields[name]) for name in names]
    verdicts = [verdict(review, change, name) for name in names]
    risk, effect = min(verdicts, key=lambda one: one[0])
    made_anew = replaced(review, change, consequences)
    if made_anew is None and any(one.action == UPDATED and anew(one.type, one.properties) for one in consequences):
        kept = next((found for one in consequences if (found := holds(one.type))), None)
        risk = min(risk, Risk.DATA if kept else Risk.REPLACED)
        effect = "; ".join(one for one in (f"a new one may be made{f', and {kept} be lost' if kept else ''}", effect) if one)
    if made_anew is not None:
        risk, effect = min(risk, made_anew[0]), "; ".join(one for one in (made_anew[1], effect) if one)
    main = rules[0][0]
    old, new = review.spans(change.key, main.origin or main.word.replace("-", "_"))
    if set(names) <= set(STAYING) and change.old is not None and change.new is not None:
        rules = [(main, Field(stays(change.old), stays(change.new)))]
    pairs = list(dict.fromkeys((shown(review, one, field, new=False), shown(review, one, field, new=True)) for one, field in rules))
    single = pairs[0] if len(pairs) == 1 else pairs[names.index(word)] if word in names and len(pairs) == len(names) else (None, None)
    called = review.called(change.key)
    details = () if len(pairs) == 1 else tuple(f"{spaced(name)}: {one} → {other}" for name, (one, other) in zip(names, pairs, strict=False))
    review.say(
        Finding(
            risk=risk,
            rule="replaced" if made_anew else "setting",
            subject=path,
            title=f"{called} is replaced, since its `{word}` changes"
            if made_anew
            else f"{called} changes"
            if word == "content" and BY_NAME.get(change.kind) is None
            else f"`{word}` of {called} changes",
            effect=effect,
            before=single[0],
            after=single[1],
            details=details,
            old=old,
            new=new,
            consequences=consequences,
        ),
        ("setting", change.key, word),
        *([("replaced", change.key)] if made_anew else []),
        *receivers(review, change, names),
        change=change,
        fields=names,
    )


def receivers(review: Review, change: Change, names: list[str]) -> Iterator[tuple[str | Key | None, ...]]:
    """The ends that a setting ties together: where an arrow's failures go must let them come."""
    for name in names:
        for value in (change.fields[name].before, change.fields[name].after) if name in FAILURES else ():
            to = review.thing(value.get("deadLetterTargetArn") if isinstance(value, Mapping) else value)
            if to is not None:
                yield ("end", review.thing(change.record.fields.get("function")))
                yield ("ends", change.key, to)
                yield ("ends", review.thing(change.record.fields.get("topic")), to)


def verdict(review: Review, change: Change, name: str) -> tuple[Risk, str]:
    """How bad the change of a field is."""
    field = change.fields[name]
    if name in STAYING and change.old is not None and change.new is not None:
        return deleted(review, change, change.old, change.new)
    if change.kind in ELSEWHERE:
        return conditional(review.main, change.key[1]) if change.kind == "condition" else (Risk.CONTRACT, ELSEWHERE[change.kind])
    if name in MAYBE and field.after != field.before and not more(field.before, field.after):
        return absent(review, change, name)
    before, after = settled(field.before, review.main.old.defaults()), settled(field.after, review.main.new.defaults())
    known = BY_NAME.get(change.kind)
    if change.kind == RAW or known is None or (name not in {one.name for one in known.fields} and name not in ("tags", "kept")):
        found = hazard(name, before, after)
        if found is not None:
            return found
    return rule(change.kind, name).verdict(before, after)


def deleted(review: Review, change: Change, old: Record, new: Record) -> tuple[Risk, str]:
    """How bad it is that something is kept otherwise when it goes, or is replaced."""
    gone, replaced = (care(after) < care(before) for before, after in zip(remains(old), remains(new), strict=True))
    if (not gone and not replaced) or holds(review.main.new.type(change.key)) is None:
        return Risk.BEHAVIOUR, ""
    when = [*(["leaves the app"] if gone else []), *(["must be replaced"] if replaced else [])]
    return Risk.DATA, f"it is deleted with its data when it {several(when, 'or')}"


def conditional(pair: Pair, name: str) -> tuple[Risk, str]:
    """How bad it is that a condition of a template means something else: what is there by it may be made, and may go."""
    records = [(output, key, output.get(key)) for output in (pair.old, pair.new) for key in output.ids]
    types = [output.type(key) for output, key, record in records if record is not None and record.fields.get("Condition") == name]
    lost = next((found for type in types if (found := holds(type))), None)
    if not types:
        return Risk.BEHAVIOUR, ""
    effect = "what is there by it is removed where it no longer holds"
    return (Risk.DATA, f"{effect}, and {lost} is lost") if lost else (Risk.CONTRACT, effect)


def care(policy: str) -> int:
    """How safe what is in a thing is when that goes; least where only a function tells."""
    return 2 if policy.startswith("Retain") else 1 if policy == "Snapshot" else 0


def stays(record: Record) -> Value:
    """Whether something stays when it goes, in a word, or in the words of the target."""
    gone, replaced = remains(record)
    if gone == replaced:
        return {"Retain": True, "Delete": False}.get(gone, gone)
    return f"{gone}; {replaced} where it is replaced"


def absent(review: Review, change: Change, name: str) -> tuple[Risk, str]:
    """How bad it is that something is there only in some deployments, or fewer of it are."""
    lost = holds(review.main.new.type(change.key)) or holds(review.main.old.type(change.key))
    left = change.old is not None and remains(change.old)[0].startswith("Retain")
    where = "where the condition does not hold, it is removed" if name == "Condition" else "what is no longer counted is removed"
    follows = f"{where}, and {lost} {'stays behind' if left else 'is lost'}" if lost else where
    return Risk.DATA if lost else Risk.CONTRACT, follows


def more(before: Value, after: Value) -> bool:
    """Whether there is at least as much of something as before: no condition any more, or a higher number."""
    return after is None or (isinstance(before, int) and isinstance(after, int) and after >= before)


def twin(review: Review, change: Change, names: list[str]) -> bool:
    """Hands what a thing only has from another one to the finding about that: the name of a log group, the FIFO of dead letters."""
    owner, dot, part = review.name(change.key).rpartition(".")
    paths = []
    if change.kind in NAMED_BY:
        paths = [f"{NAMED_BY[change.kind]}/{review.name(change.key)}/name"] if names == ["name"] else []
    elif dot and part == "dead-letter":
        paths = [f"queue/{owner}/{rule(change.kind, name).word}" for name in names if name in SHARED]
    at = next((found for path in paths if (found := review.found.about(path)) is not None), None)
    if change.kind == "http api" and names == ["methods"]:
        at = review.found.about(f"route/{review.name(change.key)}")  # those of the routes
    if change.kind == "bucket" and rule(change.kind, names[0]).word == "public":
        at = review.found.tied(("public", change.key))
    if at is None and names == ["name"] and review.main is not review.pairs[0]:
        at = review.found.tied(("replaced", change.key))  # a target that makes no names up has another one for it
    if at is None:
        return False
    consequences = review.take(change.key, *names)
    review.fold(at, consequences, Risk.DATA if loses(consequences) else None, losses(consequences) if change.kind in NAMED_BY else "")
    if any(one.action == REPLACED for one in consequences):
        review.found.tie(at, ("replaced", change.key))
    return True


def shown(review: Review, rule: Rule, field: Field, new: bool) -> str:
    """A value as the language writes it; what is not written and can only be on or off is off."""
    value, other = (field.after, field.before) if new else (field.before, field.after)
    value = rule.absent if value is None else value
    if value is None and isinstance(other, bool):
        value = False
    output = review.main.new if new else review.main.old
    return rule.unit(settled(value, output.defaults()), review.value)


def replaced(review: Review, change: Change, consequences: tuple[Consequence, ...]) -> tuple[Risk, str] | None:
    """How bad it is that a new one is made, where one is."""
    causes = [one for one in consequences if one.action == REPLACED]
    if not causes or change.kind == "layer":  # a new version of a layer is all that an update of one can be
        return None
    lost = next((found for one in causes if (found := holds(one.type))), None)
    if lost is None and change.kind in ARROWS:
        return Risk.REPLACED, "a new one is made"
    if lost is None:
        return Risk.REPLACED, "a new one is made, and what points at the old one from outside the app must be changed"
    left = "stays behind" if all(one.kept for one in causes) else "is lost"
    return Risk.DATA, f"a new, empty one is made, and {lost} {left}"


# --- what follows from something else where nobody wrote it ---


def takers_of(review: Review) -> dict[Key | None, list[object]]:
    """What may change how long each queue hides its messages: the arrows from it, and the functions that they reach."""
    found: dict[Key | None, list[object]] = {}
    for output in (review.main.new, review.main.old):
        for record in output.of_kind("mapping"):
            ties = [("setting", record.key, "within"), ("setting", review.thing(record.fields.get("function")), TIMEOUT)]
            found.setdefault(review.thing(record.fields.get("source")), []).extend(ties)
    return found


def visibility(review: Review, change: Change, takers: Mapping[Key | None, list[object]]) -> None:
    """How long a message is hidden: it follows from the timeout of the function that takes it, unless it is written."""
    ties = [("end", change.key), *takers.get(change.key, ())]
    if written(review, change.key, "visibility") or not follow(review, change, "visibility", ties):
        setting(review, change, "visibility", ["visibility"])


def redrive(review: Review, change: Change) -> None:
    """Where messages go that failed too often; the queue for them comes and goes with it."""
    before, after = (own_dead_letters(record) for record in (change.old, change.new))
    lost: tuple[Consequence, ...] = ()
    for key in (before, after):
        other = review.main.changes.get(key) if key is not None else None
        if key is not None and other is not None and (other.old is None) is not (other.new is None):
            lost += review.take(key)
    gone = before is not None and before not in review.main.new
    found, effect = verdict(review, change, "redrive")
    risk = Risk.DATA if gone else found
    effects = "; ".join([*(["every message in its queue of dead letters is lost"] if gone else []), *([effect] if effect else [])])
    at = None if written(review, change.key, "dead_letter") else review.found.tied(("end", change.key))
    consequences = (*review.take(change.key, "redrive"), *lost)
    if at is not None:
        review.fold(at, consequences, risk, effects)
        return
    one = rule("queue", "redrive")
    old, new = review.spans(change.key, one.origin)
    review.say(
        Finding(
            risk=risk,
            rule="setting",
            subject=review.path(change.key, one.word),
            title=f"`{one.word}` of {review.called(change.key)} changes",
            effect=effects,
            before=shown(review, one, change.fields["redrive"], new=False),
            after=shown(review, one, change.fields["redrive"], new=True),
            old=old,
            new=new,
            consequences=consequences,
        ),
        change=change,
        fields=("redrive",),
    )


OF_A_PACKAGE = {("function", name) for name in ("command", "handler", "image", "package", "runtime")}
FITS = ("archs", "runtimes")  # of a layer: what its functions run on
DERIVED = {
    *(("queue", "visibility"), ("queue", "redrive"), ("bucket", "all events"), ("function", "environment")),
    *(("layer", field) for field in FITS),
}


def fits(review: Review, change: Change) -> None:
    """What the functions of a layer run on: it follows from which functions use it, and from theirs."""
    functions = sorted(
        record.key
        for output in (review.main.old, review.main.new)
        for record in output.of_kind("function")
        if any(single(layer) == change.key for layer in record.fields.get("layers") or ())
    )
    for function in functions:
        paths = (review.path(function), *(f"{review.path(function)}/{word}" for word in ("layers", "runtime", "arch")))
        at = next((found for path in paths if (found := review.found.about(path)) is not None), None)
        if at is not None:
            review.fold(at, review.take(change.key, *FITS))
            return
    for name in FITS:
        if name in review.open(change):
            setting(review, change, rule(change.kind, name).word, [name])


def written(review: Review, key: Key, setting: str) -> bool:
    """Whether the source of either side says a setting of a declaration itself."""
    for version in (review.old, review.new):
        name = version.declared(key)
        if version.plan is not None and name is not None and setting in version.plan.app.resources[name].origins:
            return True
    return False


def follow(review: Review, change: Change, field: str, ties: list[object]) -> bool:
    """Hands a field to the finding that explains it."""
    at = next((found for tie in ties if (found := review.found.tied(tie)) is not None), None)
    if at is None:
        return False
    review.fold(at, review.take(change.key, field), *verdict(review, change, field))
    return True
