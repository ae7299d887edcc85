"""Renames: what went while the same came under another name, with all that only follows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ifc.review.arrows import ARROWS
from ifc.review.changes import Change, Pair, default_of, references
from ifc.review.deployed.form import Key, Of, Record, Text, Value, canonical, parts, text
from ifc.review.deployed.kinds import RAW
from ifc.review.deployed.output import Output
from ifc.review.finding import Finding
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.things import MAIN, OWNED, dead_letters, loses, losses, own_dead_letters, owned, owner, single

# By what things are told apart that have no name of their own; the later are for those that changed in something else too.
TIES: dict[str, tuple[tuple[str, ...], ...]] = {
    **{kind: ((start, end, passes), (start, end)) if passes else ((start, end), (end,)) for kind, (start, end, passes) in ARROWS.items()},
    "permission": (("function", "principal", "source"),),
    "queue policy": (("queue",),),
    "topic policy": (("topic",),),
    "bucket policy": (("bucket",),),
    "archive of a bus": (("bus",),),
    "url": (("function",),),
    "async": (("function",),),
    "http stage": (("api",),),
    "rest stage": (("api",),),
    "rest deployment": (("api",),),
    "http integration": (("api", "target"),),
    "http authorizer": (("api", "function", "issuer"),),
    "rest authorizer": (("api", "function"),),
    "http route": (("api", "route"),),
    "rest path": (("api", "above", "segment"),),
    "rest method": (("api", "path", "method"),),
    "rest response": (("api", "type"),),
    "rest model": (("api", "schema"),),
    "rest validator": (("api", "bodies", "parameters"),),
}
NAMES = {"name", "id", "archive", "digest", "values"}  # what another name changes by itself
NO_CONTENT = NAMES | {*OWNED, "redrive", "api"}
Changes = dict[str, list[Change]]  # by kind
APIS = {"http api": "rest api", "rest api": "http api"}
Translate = Callable[[Value], Value]


def judge(review: Review) -> None:
    """Says what has another name, and hands everything that follows from it to the finding about that."""
    if review.main is not review.pairs[0]:
        return
    found = matches(review)
    if not found:
        return
    review.renames.update(found)
    for pair in review.pairs:
        follow(review, pair, dict(found))
    review.look_at(review.main)
    followed = below(review)
    for old, new in found.items():
        rename(review, old, new, followed)
    for pair in review.pairs:
        attach(review, pair)


# --- what is the same ---


def matches(review: Review) -> dict[Key, Key]:
    """What went, and what came in its place: the same declaration, or alike in everything but the name and the only such pair."""
    gone: dict[str, list[Change]] = {}
    come: dict[str, list[Change]] = {}
    aside = own_queues(review.main)
    for change in review.changes(*MAIN):
        side = gone if change.new is None else come if change.old is None else None
        if side is not None and change.key not in aside:
            side.setdefault(change.kind, []).append(change)
    found: dict[Key, Key] = {}
    news = {change.key for changes in come.values() for change in changes}
    for old in [change.key for changes in gone.values() for change in changes]:
        for new in (old_id(review, old), (APIS.get(old[0], ""), old[1])):
            if new is not None and new in news and declared(review, old, new):
                found[old] = new
    answered = [routes(output) for output in (review.main.old, review.main.new)]
    while more := alike_in_content(review, gone, come, found, answered):
        found.update(more)
    return found


def old_id(review: Review, old: Key) -> Key | None:
    """What a declaration is now that was something of this kind before."""
    placed = review.old.placed.get(old)
    found = review.declared.get(placed.owner) if placed is not None and placed.part == "" else None
    raw = placed is not None and placed.resource.raw
    return found if found is not None and (found[0] == old[0] or raw) else None


def own_queues(pair: Pair) -> set[Key]:
    """The queues for dead letters that only come and go with others."""
    found = set()
    for change in pair.changes.values():
        for record in (change.old, change.new):
            key = own_dead_letters(record) if record is not None and record.kind == "queue" else None
            if key is not None:
                found.add(key)
    return found


def declared(review: Review, old: Key, new: Key) -> bool:
    """Whether both are the main part of one declaration, which only has another id or another protocol."""
    if review.old.plan is None or review.new.plan is None:
        return old[0] in APIS and old[0] != new[0] and old[1] == new[1]
    one, other = review.old.placed.get(old), review.new.placed.get(new)
    return one is not None and other is not None and one.part == other.part == "" and one.owner == other.owner


def alike_in_content(
    review: Review, gone: Changes, come: Changes, found: dict[Key, Key], answered: list[dict[Key, list[str]]]
) -> dict[Key, Key]:
    """The pairs that are alike in everything but the name, of which neither side has another partner."""
    more: dict[Key, Key] = {}
    here = {new: new for new in found.values()}
    for kind, olds in gone.items():
        sides: list[dict[str, list[Key]]] = []
        for changes, known, known_routes in ((olds, found, answered[0]), (come.get(kind, []), here, answered[1])):
            by_content: dict[str, list[Key]] = {}
            for change in changes:
                if change.key not in known:
                    by_content.setdefault(content(change.record, known, known_routes), []).append(change.key)
            sides.append(by_content)
        more |= {one[0]: sides[1][same][0] for same, one in sides[0].items() if len(one) == len(sides[1].get(same, ())) == 1}
    return more


def content(record: Record, known: dict[Key, Key], answered: dict[Key, list[str]]) -> str:
    """All that a thing is but for its name: what belongs to it by its place, what was renamed by its new name."""
    own = {record.key: ("its", "self"), **{key: ("its", key[0]) for key in owned(record)}}
    dead = own_dead_letters(record)
    if dead is not None:
        own[dead] = ("its", "dead letters")
    places = {**known, **own}

    def told(value: Value) -> Value:
        if isinstance(value, Of):
            return Of(*places.get((value.kind, value.identity), (value.kind, value.identity)), value.attribute)
        if isinstance(value, Text):
            return Text(tuple(map(told, value.parts)))
        if isinstance(value, dict):
            return {key: told(part) for key, part in value.items()}
        return [told(part) for part in value] if isinstance(value, list) else value

    fields = {n: told(v) for n, v in record.fields.items() if n not in NO_CONTENT and v != default_of(record.kind, n)}
    return canonical([fields, told(record.fields.get("redrive")), answered.get(record.key, [])])


def routes(output: Output) -> dict[Key, list[str]]:
    """What each API answers."""
    found: dict[Key, list[str]] = {}
    for key in output.ids:
        record = output.get(key) if key[0] in ("http route", "rest method") else None
        api = single(record.fields.get("api")) if record is not None else None
        if record is not None and api is not None:
            found.setdefault(api, []).append(str(record.fields.get("route") or key[1].partition(" ")[2]))
    return {api: sorted(words) for api, words in found.items()}


# --- what follows ---


def translation(pair: Pair, found: dict[Key, Key]) -> Translate:
    """Gives values with the new names of what was renamed."""
    names = []
    for old, new in found.items():
        one, other = pair.old.get(old), pair.new.get(new)
        before, after = (record.fields.get("name") if record is not None else None for record in (one, other))
        if before is not None and after is not None and old[0] != "log group":
            names.append((parts(before), parts(after)))

    def translate(value: Value) -> Value:
        if isinstance(value, Of):
            key = found.get((value.kind, value.identity))
            return Of(*key, value.attribute) if key is not None else value
        if isinstance(value, str | Text):
            whole = text(translate(part) if isinstance(part, Of) else part for part in parts(value))
            for before, after in names:
                whole = renamed_in(whole, before, after)
            return whole
        if isinstance(value, dict):
            return {key: translate(part) for key, part in value.items()}
        return [translate(part) for part in value] if isinstance(value, list) else value

    return translate


def renamed_in(value: Value, before: tuple[Any, ...], after: tuple[Any, ...]) -> Value:
    """A text in which a physical name is another one: the whole of it, or a part of an ARN."""
    whole = parts(value)
    for at in range(len(whole) - len(before) + 1):
        here, last = whole[at : at + len(before)], whole[at + len(before) - 1]
        if here == before:
            return text((*whole[:at], *after, *whole[at + len(before) :]))
        if (
            here[:-1] == before[:-1]
            and isinstance(last, str)
            and isinstance(before[-1], str)
            and last.startswith((before[-1] + "/", before[-1] + ":"))
        ):
            return text((*whole[:at], *after, last.removeprefix(before[-1]), *whole[at + len(before) :]))
    return value


def follow(review: Review, pair: Pair, found: dict[Key, Key]) -> None:
    """Makes one change of each thing that went and came again since something else has another name."""
    for old, new in list(found.items()):
        if old not in pair.old and (RAW, old[1]) in pair.old and (RAW, new[1]) in pair.new:
            found[RAW, old[1]] = (RAW, new[1])  # in this target it is in the user's own words
        found.update(parts_of(pair, old, new))
    while more := followers(pair, found):
        for old, new in more.items():
            found[old] = new
            found.update(parts_of(pair, old, new))
    translate = translation(pair, found)
    left = review.left[pair.target]
    for old, new in found.items():
        one, other = pair.old.get(old), pair.new.get(new)
        if one is None or other is None or old not in pair.changes or old == new:
            continue
        same = Record(*new, {name: translate(value) for name, value in one.fields.items()})
        fields = {name: field for name, field in pair.fields(same, other) if name not in NAMES} if old[0] == new[0] else {}
        del pair.changes[old]
        pair.changes[new] = Change(new, one, other, fields)
        pair.moved[new] = old
        left.pop(old, None)
        left[new] = set(fields)
    pair.translate = translate
    review.moved.update(found)


def parts_of(pair: Pair, old: Key, new: Key) -> dict[Key, Key]:
    """What belongs to two things that are the same, pairwise."""
    one, other = pair.old.get(old), pair.new.get(new)
    if one is None or other is None:
        return {}
    both = [(single(one.fields.get(field)), single(other.fields.get(field))) for field in OWNED]
    if own_dead_letters(one) is not None and own_dead_letters(other) is not None:
        both.append((dead_letters(one), dead_letters(other)))
    return {
        first: second
        for first, second in both
        if first is not None and second is not None and first[0] == second[0] and first not in pair.new and second not in pair.old
    }


def followers(pair: Pair, found: dict[Key, Key]) -> dict[Key, Key]:
    """More things that went and came again: what ties them is the same by its new names."""
    translate = translation(pair, found)
    taken = set(found.values())
    more: dict[Key, Key] = {}
    for level in (0, 1):
        gone: dict[str, list[Key]] = {}
        come: dict[str, list[Key]] = {}
        for key, change in pair.changes.items():
            ties = TIES.get(key[0], ())
            if level >= len(ties) or (change.old is None) is (change.new is None):
                continue
            if change.new is None and key not in found and key not in more:
                gone.setdefault(signature(change.record, ties[level], translate), []).append(key)
            elif change.old is None and key not in taken and key not in more.values():
                come.setdefault(signature(change.record, ties[level], lambda value: value), []).append(key)
        for sign, keys in gone.items():
            if len(keys) == len(come.get(sign, ())) == 1:
                more[keys[0]] = come[sign][0]
        if more:
            return more
    return more


def signature(record: Record, ties: tuple[str, ...], translate: Translate) -> str:
    """What tells a thing from others of its kind."""
    return f"{record.kind}: {canonical([translate(record.fields.get(field)) for field in ties])}"


# --- saying it ---


def rename(review: Review, old: Key, new: Key, below: dict[Key, list[Key]]) -> None:
    """Says that something has another name, another id or another protocol."""
    consequences = [*review.take(new)]
    for key in followers_of(review, old, new, below):
        consequences += review.take(key)
    main = [output.id(key) for pair in review.pairs for output, key in ((pair.old, old), (pair.new, new))]
    lost, name, anew = losses(consequences, main), review.name(old), declared(review, old, new)
    what = "id" if old[0] == new[0] else "protocol" if old[0] in APIS else "type"
    empty = loses(one for one in consequences if one.resource in main)
    made = "its URL is another one" if old[0] in APIS else f"a new{', empty' if empty else ''} one is made"
    spans = review.spans(new)
    at = review.say(
        Finding(
            risk=Risk.DATA if loses(consequences) else Risk.REPLACED,
            rule="replaced" if anew else "renamed",
            subject=review.path(new, what) if anew else f"{review.noun(old)}/{name}",
            title=f"{review.called(new)} is replaced, since its `{what}` changes"
            if anew
            else f"{review.called(old)} becomes `{review.name(new)}`",
            effect=f"{made}; {lost}" if lost else made if old[0] in APIS else f"{made}, and the old one is gone",
            before=kept(what, old, review.main.old) if anew else name,
            after=kept(what, new, review.main.new) if anew else review.name(new),
            help="" if anew else f"to keep it, write `renamed from {name}` in `{review.name(new)}`",
            old=spans[0],
            new=spans[1],
            consequences=tuple(consequences),
        ),
        ("renamed", new),
    )
    review.found.alias(at, review.path(new))


def kept(what: str, key: Key, output: Output) -> str:
    """What something was or is, by which it is told from what it is or was."""
    return output.id(key) if what == "id" else key[0].partition(" ")[0] if what == "protocol" else output.type(key)


def below(review: Review) -> dict[Key, list[Key]]:
    """What only followed something, by the things that it belongs or refers to."""
    found: dict[Key, list[Key]] = {}
    for new in sorted(review.main.moved):
        record = review.main.changes[new].new
        if record is None or new in review.renames.values():
            continue
        for above in {owner(record), *((one.kind, one.identity) for one in references(dict(record.fields)))} - {None, new}:
            found.setdefault(above, []).append(new)  # type: ignore[arg-type]  # None is taken out
    for new in review.main.moved:
        record = review.main.changes[new].new
        for key in (*owned(record), own_dead_letters(record)) if record is not None else ():
            if key in review.main.moved:
                found.setdefault(new, []).append(key)
    return found


def followers_of(review: Review, old: Key, new: Key, below: dict[Key, list[Key]]) -> Iterator[Key]:
    """What came with a renamed thing and is as it was; of another protocol, all that came and went with it but routes."""
    seen, waiting = {new}, [new]
    while waiting:
        for key in below.get(waiting.pop(), ()):
            if key not in seen:
                seen.add(key)
                waiting.append(key)
                if not any(review.left[pair.target].get(key) for pair in review.pairs):
                    yield key
    if old[0] != new[0]:
        every = (*review.belongings.get(old, ()), *review.belongings.get(new, ()))
        yield from (key for key in every if key[0] not in ("http route", "rest method", "permission") and key not in seen)


def attach(review: Review, pair: Pair) -> None:
    """Hands to the finding about a rename what refers to the thing by its new name, and is else as it was."""
    for key in sorted(review.left[pair.target]):
        change = pair.changes[key]
        if change.old is None or change.new is None or key in pair.moved:
            continue
        for name in sorted(review.left[pair.target].get(key, ())):
            field = change.fields[name]
            at = about(review, field.before)
            if at is not None and pair.same(change.new, name, pair.translate(field.before), field.after):
                review.fold(at, review.take(key, name))


def about(review: Review, value: Value) -> int | None:
    """The finding about the renamed thing that a value refers to."""
    for one in references(value):
        new = review.renames.get((one.kind, one.identity))
        if new is not None:
            return review.found.tied(("renamed", new))
    return None
