"""The road of a review: what changed is handed from judge to judge; each takes what it understands and says it in the app's words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator
from functools import cached_property
from importlib import import_module

from ifc.plan import Placed
from ifc.review.arrows import ARROWS, arrow, ends, of_wire, port
from ifc.review.changes import Change, Pair, names, parameters
from ifc.review.consequences import consequence, of_role
from ifc.review.deployed.form import Key, Of, Value, alike, parts
from ifc.review.deployed.kinds import BY_NAME, RAW
from ifc.review.deployed.output import Output
from ifc.review.deployed.reading import plain as simple
from ifc.review.finding import Comparison, Consequence, Finding, ordered
from ifc.review.found import Found
from ifc.review.glance import glance
from ifc.review.places import EXTERN, Places, externs, is_text
from ifc.review.risk import Risk
from ifc.review.things import belongings, owner, single
from ifc.review.version import Version
from ifc.review.words import NOUNS, plain, several
from ifc.source import Span

Edges = tuple[frozenset[tuple[Key | None, Key | None]], frozenset[tuple[Key | None, Key | None]]]
# Each takes what it understands, so the order counts: what explains more comes first.
JUDGES = (
    *(
        "app",
        "params",
        "tags",
        "renames",
        "externs",
        "gradual",
        "declarations",
        "wires",
        "results",
        "alarms",
        "archives",
        "buckets",
        "routes",
        "guards",
    ),
    *("urls", "tables", "encryption", "roles", "documents", "permissions", "admissions", "settings", "environment", "outputs", "remainder"),
)
NAMED = 5  # so many are named in a remark
OTHER = "unknown: "  # a type that is none of ours
AFTERWARDS = ("cascades", "collisions", "together", "cost")  # they look at what was found, and at the whole


class Review:
    """Two versions, what is not yet judged of their changes, and what was found."""

    def __init__(self, old: Version, new: Version) -> None:
        self.old, self.new = old, new
        self.pairs = [Pair(old.outputs[target], new.outputs[target]) for target in old.outputs if target in new.outputs]
        self.main = self.pairs[0]  # the pair that is looked at
        self.left = {pair.target: {key: {*change.fields} for key, change in pair.changes.items()} for pair in self.pairs}
        self.found = Found()
        self.renames: dict[Key, Key] = {}  # declarations that went, and what came in their place
        self.moved: dict[Key, Key] = {}  # the same with all that only follows them
        self.toggled: set[str] = set()  # functions that got an alias, or lost it
        self.externs = externs(old.plan), externs(new.plan)
        self.remarks: list[str] = []  # what was not compared
        self._names: dict[Key, str] = {}

    @property
    def findings(self) -> list[Finding]:
        """All that was found."""
        return self.found.findings

    def look_at(self, pair: Pair) -> None:
        """Turns to what is not yet judged of another target."""
        self.main = pair
        for known in ("places", "belongings", "edges"):
            self.__dict__.pop(known, None)

    # --- asking ---

    def changes(self, *kinds: str) -> Iterator[Change]:
        """What is not yet judged of some kinds, in order; of all kinds where none is named."""
        left = self.left[self.main.target]
        for key in sorted(left):
            if key in left and (not kinds or key[0] in kinds):
                yield self.main.changes[key]

    def open(self, change: Change) -> set[str]:
        """The fields of a change that nobody has taken."""
        return self.left[self.main.target].get(change.key, set())

    def name(self, key: Key) -> str:
        """What a thing is called: by its declaration, or else by what the target calls it."""
        if key not in self._names:
            self._names[key] = self._called(key)
        return self._names[key]

    def _called(self, key: Key) -> str:
        if key[0] == EXTERN:
            return key[1]
        for version, output in ((self.new, self.main.new), (self.old, self.main.old)):
            if key not in output:
                continue
            if key[0] in ("param", "output"):
                return next((name for name in names(output, key[0]) if simple(name) == key[1]), key[1])
            if key[0] in ARROWS:
                return self.arrow(key, new=version is self.new)
            found = version.placed.get(key) or self._own_words.get(key)
            if found is not None and found.wire is None:
                if found.part in ("", *PARTS):
                    return found.owner
                if found.part == "dead-letter":
                    return f"{found.owner}.dead-letter"
            record = output.get(key) if key[0] in ("http authorizer", "rest authorizer") else None
            if record is not None:
                return f"{self.place(record.fields.get('api'))}.{self.value(record.fields.get('name'))}"
            return stem(key, output.id(key))
        return key[1]

    @cached_property
    def grants(self) -> list[dict[tuple[str, int, int], str]]:
        """What each verb of both sources is about, by where it stands."""
        plans = (self.old.plan, self.new.plan)
        return [{grant.span.sort_key(): grant.resource for grant in plan.app.grants} if plan is not None else {} for plan in plans]

    @cached_property
    def _own_words(self) -> dict[Key, Placed]:
        """What is written in the words of a target: another target may have a kind for it."""
        return {
            (RAW, key[1]): placed
            for version in (self.old, self.new)
            for key, placed in version.placed.items()
            if placed.resource.raw and placed.part == ""
        }

    def whole(self, key: Key) -> Key:
        """The declaration that a thing is only a part of: of a log group or a URL its function, of an archive its bus."""
        record = self.main.either(key) if key[0] in ("url", "archive of a bus") else None
        above = owner(record) if record is not None else ("function", key[1]) if key[0] == "log group" else None
        return above if above is not None and (above in self.main.new or above in self.main.old) else key

    def arrow(self, key: Key, new: bool) -> str:
        """An arrow in the language's words, as it is now or was; as its declaration has them, where there is one."""
        version, output = (self.new, self.main.new) if new else (self.old, self.main.old)
        key = key if new else self.main.moved.get(key, key)
        placed = version.placed.get(key)
        if placed is not None and placed.wire is not None and key[0] != "schedule":
            return of_wire(placed.wire)
        record = output.get(key)
        return arrow(record, self.place) if record is not None else key[1]

    def located(self, value: Value) -> tuple[Key, str] | None:
        """The thing that an ARN is of, and what stands behind it."""
        return self.places[1].found(value) or self.places[0].found(value)

    @cached_property
    def places(self) -> tuple[Places, Places]:
        """What the ARNs of both sides are of; what was renamed goes by its new name on both."""
        both = self.externs[0].keys() & self.externs[1].keys()  # the same for the app, wherever they are
        known = [{name: one[name] for name in sorted(both)} for one in self.externs]
        return Places(self.main.old, self.moved, known[0]), Places(self.main.new, None, known[1])

    @cached_property
    def belongings(self) -> dict[Key, list[Key]]:
        """Of what changed, what belongs to each thing."""
        return belongings(self.main)

    @cached_property
    def edges(self) -> tuple[Edges, Edges]:
        """Before and now: the arrows to functions, and where what failed or the results of each go."""
        return self._edges(self.main.old), self._edges(self.main.new)

    def _edges(self, output: Output) -> Edges:
        arrows: set[tuple[Key | None, Key | None]] = set()
        results: set[tuple[Key | None, Key | None]] = set()
        for key in output.ids:
            if key[0] in ("mapping", "async"):
                function = self.thing(glance(output, key, "function"))
                fields = ("source", "failures") if key[0] == "mapping" else ("failed", "succeeded")
                ends = [self.thing(glance(output, key, field)) for field in fields]
                arrows |= {(ends[0], function)} if key[0] == "mapping" else set()
                results |= {(function, end) for end in (ends[1:] if key[0] == "mapping" else ends)}
        return frozenset(arrows), frozenset(results)

    @cached_property
    def declared(self) -> dict[str, Key]:
        """What each declaration is now, or was, by its name."""
        sides = (self.old.placed, self.new.placed)
        return {placed.owner: key for side in sides for key, placed in side.items() if placed.part == "" and placed.wire is None}

    @cached_property
    def addresses(self) -> dict[tuple[Value, ...], str]:
        """What exists already, by its ARN and by its name."""
        return {parts(one): name for known in self.externs for name, given in known.items() for one in (*given.arns, *given.names)}

    @cached_property
    def existing(self) -> dict[str, str]:
        """The names of what exists already by their ARNs, as they are shown."""
        return {self.value(arn): name for known in self.externs for name, given in known.items() for arn in given.arns}

    def place(self, value: Value) -> str:
        """One end of an arrow."""
        if isinstance(value, Of):
            return self.name((value.kind, value.identity)) + port(value)
        found = self.located(value)
        if found is not None:
            return self.name(found[0])
        return (self.addresses.get(parts(value)) if is_text(value) else None) or self.value(value)

    def value(self, value: Value) -> str:
        """A value in one line, things by their names."""
        return plain(value, lambda of: self.name((of.kind, of.identity)), lambda param: self.name(("param", param)))

    def noun(self, key: Key) -> str:
        """What a thing is."""
        if key[0] == EXTERN:
            plan = self.new.plan or self.old.plan
            found = plan.app.resources.get(key[1].partition(".")[0]) if plan is not None else None
            return f"extern {found.kind}" if found is not None else EXTERN
        return NOUNS.get(key[0], key[0])

    def called(self, key: Key) -> str:
        """What a thing is and its name: queue `Shipments`."""
        key = self.whole(key)
        return f"{self.noun(key)} `{self.name(key)}`"

    def path(self, key: Key, *more: str) -> str:
        """The path of a thing: `queue/Shipments`."""
        key = self.whole(key)
        noun = "arrow" if key[0] in ARROWS else EXTERN if key[0] == EXTERN else self.noun(key)
        return "/".join((noun, self.name(key), *more))

    def spans(self, key: Key, setting: str = "") -> tuple[Span | None, Span | None]:
        """Where a thing stands in both sources."""
        return self.old.span(self.main.moved.get(key, key), setting), self.new.span(key, setting)

    def ends(self, change: Change) -> tuple[Key, Key] | None:
        """Both ends of an arrow, where both are things of the app."""
        found = [self.thing(value) for value in ends(change.record)]
        return (found[0], found[1]) if found[0] is not None and found[1] is not None else None

    def thing(self, value: Value) -> Key | None:
        """The thing that a reference or an ARN is of."""
        found = single(value)
        if found is None and value is not None:
            located = self.located(value)
            found = located[0] if located is not None else None
        return self.moved.get(found, found) if found is not None else None

    # --- answering ---

    def take(self, key: Key, *fields: str) -> tuple[Consequence, ...]:
        """Takes some fields of a change, or all that is left of it, for every target; returns what follows from them."""
        found: list[Consequence] = []
        for pair in self.pairs:
            found += self._taken(pair, key, fields)
            if key not in pair.changes and pair is not self.main:  # what one target has a kind for may be the user's own words in another
                found += self._taken(pair, (RAW, key[1]), ())
        return tuple(found)

    def _taken(self, pair: Pair, key: Key, fields: Collection[str]) -> Iterator[Consequence]:
        change, left = pair.changes.get(key), self.left[pair.target].get(key)
        if change is None or left is None:
            return
        whole = not fields or change.old is None or change.new is None
        taken = set(left) if whole else left & set(fields)
        if not taken and not whole:
            return
        left -= taken
        if not left:
            del self.left[pair.target][key]
        yield from self.follows(pair, change, taken)

    @staticmethod
    def follows(pair: Pair, change: Change, fields: set[str]) -> Iterator[Consequence]:
        """What follows from a change: of something renamed, that the old one goes and the new one comes."""
        before = pair.moved.get(change.key)
        if before is None or change.old is None or change.new is None:
            if change.kind == "role":
                yield from of_role(pair, change, fields)
            else:
                yield consequence(pair, change, fields)
        elif pair.old.id(before) != pair.new.id(change.key) or pair.old.type(before) != pair.new.type(change.key):
            yield consequence(pair, Change(before, change.old, None, {}), ())
            yield consequence(pair, Change(change.key, None, change.new, {}), ())

    def attach(self, path: str, key: Key, *fields: str) -> bool:
        """Adds what follows from a change to the finding that explains it; leaves it where there is none."""
        at = self.found.about(path)
        if at is None:
            return False
        self.found.fold(at, self.take(key, *fields))
        return True

    def fold(self, at: int, consequences: Iterable[Consequence], risk: Risk | None = None, effect: str = "") -> None:
        """Adds something that follows from a finding to it, however bad it is."""
        self.found.fold(at, consequences, risk, effect)

    def say(self, finding: Finding, *ties: Hashable, change: Change | None = None, fields: Iterable[str] = ()) -> int:
        """Adds a finding; returns where it is. What it ties together explains what else changes between them.

        Where the fields of a change read as before, it follows from the param that means something else now.
        """
        at = self.cause(change, fields) if change is not None else None
        if at is None:
            return self.found.say(finding, *ties)
        self.fold(at, finding.consequences, finding.risk, finding.title + (f": {finding.effect}" if finding.effect else ""))
        self.found.tie(at, *ties)
        return at

    def cause(self, change: Change, fields: Iterable[str]) -> int | None:
        """The finding about the param of which another default is all that changed of some fields."""
        found = [change.fields[name] for name in fields if name in change.fields]
        if not found or not all(alike(field.before, field.after) for field in found):
            return None
        names = sorted({name for field in found for name in parameters(field.after)})
        return next((at for name in names if (at := self.found.tied(("default", name))) is not None), None)


# The parts of a declaration that go by its name.
PARTS = ("role", "logs", "async", "url", "policy", "stage", "archive", "account")


def stem(key: Key, id: str) -> str:
    """What a target calls a thing, without what only says of which type it is."""
    import re  # only templates need it

    kind = BY_NAME.get(key[0])
    label = id if key[0] == RAW else id.rpartition(".")[2] or id
    return re.sub(f"(?<=.){kind.ending}$", "", label) if kind and kind.ending else label


def compare(old: Version, new: Version) -> Comparison:
    """The comparison of two versions of an app."""
    review = Review(old, new)
    for pair in review.pairs:  # what the first target does not have is judged by the second
        review.look_at(pair)
        for judge in JUDGES:
            work(judge)(review)
    for judge in AFTERWARDS:
        work(judge)(review)
    unread: dict[str, set[str]] = {}  # by the reason, which many may share
    for pair in review.pairs:
        for id, why in pair.unread.items():
            if not why.startswith(OTHER):
                unread.setdefault(why, set()).add(id)
    remarks = [*old.remarks, *new.remarks, *review.remarks, *(as_it_stands(sorted(unread[why]), why) for why in sorted(unread))]
    return Comparison(
        old=old.title,
        new=new.title,
        targets=tuple(pair.target for pair in review.pairs),
        findings=ordered(review.findings),
        remarks=tuple(dict.fromkeys(remarks)),
        app=(new.plan or old.plan).app.name if new.plan or old.plan else "",  # type: ignore[union-attr]
    )


def as_it_stands(ids: list[str], why: str) -> str:
    """The remark about what could not be read as one of ours; of many some are named."""
    named = [f"`{id}`" for id in ids[:NAMED]]
    names = several(named if len(ids) <= NAMED else [*named, f"{len(ids) - NAMED} more"])
    how = "it stands, since it" if len(ids) == 1 else "they stand, since they"
    return f"compared as {how} could not be read as what ifc writes: {names} ({why})"


def work(judge: str) -> Callable[[Review], None]:
    """What a judge does."""
    found: Callable[[Review], None] = import_module(f"ifc.review.judges.{judge}").judge
    return found


def of(value: Value) -> Key | None:
    """The thing that a value refers to, if it is a reference."""
    return (value.kind, value.identity) if isinstance(value, Of) else None
