"""Routes: what callers can reach, who may, and which function answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ifc.review.changes import Change, references
from ifc.review.deployed.form import Key, Record, Value, parts
from ifc.review.deployed.form import text as text_of
from ifc.review.deployed.output import Output
from ifc.review.finding import Consequence, Finding
from ifc.review.review import Review
from ifc.review.risk import Risk
from ifc.review.rules import FEWER_PAGES, texts
from ifc.review.things import single
from ifc.review.version import Version
from ifc.review.words import limits, plain
from ifc.source import Span

KINDS = ("http route", "rest method")
OPEN = (None, "NONE")
GUARD = ("authorization", "authorizer", "scopes")
BODIES = ("parameters", "models", "validator")  # REST: what is refused before the function sees it
AROUND = ("http authorizer", "rest authorizer", "rest model", "rest validator")  # what comes and goes with routes
STAGES = ("http stage", "rest stage")


def judge(review: Review) -> None:
    """Says which routes are new, gone, open to more or fewer callers, or answered by another function."""
    for old, new in review.renames.items():
        if old[0] != new[0]:
            again(review, old, new)
    reworded(review)
    for change in list(review.changes(*KINDS)):
        if hidden(change.record):
            continue
        if change.old is None or change.new is None:
            came_or_went(review, change)
        else:
            changed(review, change)
    for change in list(review.changes("http integration")):
        if change.old is not None and change.new is not None and "target" in review.open(change):
            retargeted(review, change)
    cors(review)
    for change in list(review.changes(*STAGES)):
        if change.old is not None and change.new is not None:
            throttles(review, change)
            logs(review, change)
    for change in list(review.changes("rest path", "rest method", *AROUND)):
        if change.old is None or change.new is None or hidden(change.record):
            review.attach(f"route/{api(review, change.record)}", change.key)


# --- routes that came or went ---


def again(review: Review, old: Key, new: Key) -> None:
    """Judges the routes of an API that is another one now, since its protocol is: each went and came again."""
    at = review.found.tied(("renamed", new))
    gone, come = ({words(c.record): c for c in review.changes(*KINDS) if single(c.record.fields.get("api")) == api} for api in (old, new))
    for title in sorted(gone.keys() & come.keys()):
        one, other = gone[title].old, come[title].new
        if one is None or other is None or hidden(one) or hidden(other) or at is None:
            continue
        before, after = guard(review, review.main.old, one), guard(review, review.main.new, other)
        consequences = (*review.take(gone[title].key), *review.take(come[title].key))
        if guarded(review.main.old, one) == guarded(review.main.new, other) and answered(review, review.main.old, one) == answered(
            review, review.main.new, other
        ):
            review.fold(at, consequences)
            continue
        risk, says, effect = access(review, one, other)
        review.say(
            Finding(
                risk=risk,
                rule="route-guard",
                subject=f"{path(review, other)}/authorizer",
                title=f"route `{title}` {says}",
                effect=effect,
                before=f"{before} -> {answered(review, review.main.old, one)}",
                after=f"{after} -> {answered(review, review.main.new, other)}",
                old=place(review, review.old, gone[title]),
                new=place(review, review.new, come[title]),
                consequences=consequences,
            )
        )


def reworded(review: Review) -> None:
    """Says of routes that came and went with the same requests that a part of their path has another name."""
    found: dict[tuple[Key | None, str], list[Change]] = {}
    for change in review.changes(*KINDS):
        if not hidden(change.record) and (change.old is None or change.new is None):
            shape = re.sub(r"\{\w+", "{", words(change.record))
            found.setdefault((single(change.record.fields.get("api")), shape), []).append(change)
    for changes in found.values():
        gone, come = [c for c in changes if c.old is not None], [c for c in changes if c.new is not None]
        if len(gone) != 1 or len(come) != 1 or said(review, gone[0]) != said(review, come[0]):
            continue
        before, after = words(gone[0].record), words(come[0].record)
        consequences = (*review.take(gone[0].key), *behind(review, gone[0]), *review.take(come[0].key), *behind(review, come[0]))
        review.say(
            Finding(
                risk=Risk.CONTRACT,
                rule="route-path",
                subject=path(review, come[0].record),
                title=f"route `{before}` becomes `{after}`",
                effect="its code finds that part of the path under another name",
                old=place(review, review.old, gone[0]),
                new=place(review, review.new, come[0]),
                consequences=consequences,
            ),
            *ties(review, gone[0]),
            *ties(review, come[0]),
        )


def said(review: Review, change: Change) -> tuple[str, str]:
    """Who may call a route that came or went, and what answers."""
    output = review.main.old if change.new is None else review.main.new
    return guard(review, output, change.record), answered(review, output, change.record)


def guarded(output: Output, record: Record) -> str:
    """Who may call a route, without what the guard is called."""
    authorizer = single(record.fields.get("authorizer"))
    found = output.get(authorizer) if authorizer is not None else None
    return f"{record.fields.get('authorization') or 'NONE'} {found.fields.get('name') if found is not None else ''}"


def came_or_went(review: Review, change: Change) -> None:
    """A route that is new, or gone; those of an API that is new or gone are its own."""
    gone = change.new is None
    output = review.main.old if gone else review.main.new
    owner = single(change.record.fields.get("api"))
    public = change.record.fields.get("authorization") in OPEN
    title, says = words(change.record), f"{guard(review, output, change.record)} -> {answered(review, output, change.record)}"
    consequences = (*review.take(change.key), *behind(review, change))
    whole = review.found.tied(("removed" if gone else "added", owner))
    if whole is not None:
        exposed = public and not gone
        effect = "everyone on the internet may call its public routes" if exposed else ""
        review.found.fold(whole, consequences, Risk.EXPOSED if exposed else None, effect, (f"{title}: {says}",))
        return
    called = "404" if change.kind == "http route" else "403"
    risk = Risk.CONTRACT if gone else Risk.EXPOSED if public else Risk.BEHAVIOUR
    callers = "callers with another method" if gone and left(review, change.record) else "its callers"
    effect = f"{callers} get {called}" if gone else "everyone on the internet may call it" if public else ""
    instead = instead_of(review, change)
    if instead is not None:
        risk, effect = instead
    spans = [None if absent else place(review, version, change) for version, absent in ((review.old, not gone), (review.new, gone))]
    review.say(
        Finding(
            risk=risk,
            rule="route-removed" if gone else "route-added",
            subject=path(review, change.record),
            title=f"route `{title}` is {'removed' if gone else 'new'}{' and public' if public and not gone else ''}",
            effect=effect,
            before=says if gone else None,
            after=None if gone else says,
            old=spans[0],
            new=spans[1],
            consequences=consequences,
        ),
        *ties(review, change),
    )


def instead_of(review: Review, change: Change) -> tuple[Risk, str] | None:
    """How bad it is that a route went or came where another one answers its requests now, or did; None where none does."""
    gone = change.new is None
    here, there = (review.main.old, review.main.new) if gone else (review.main.new, review.main.old)
    other = catching(review, there, change.record)
    if other is None:
        return None
    before, after = (change.record, other) if gone else (other, change.record)
    was, now = (record.fields.get("authorization") in OPEN for record in (before, after))
    says = f"`{words(other)}` answers its callers now" if gone else f"`{words(other)}` answered its callers before"
    if now and not was:
        return Risk.EXPOSED, f"everyone on the internet may call it; {says}"
    same = answered(review, here, change.record) == answered(review, there, other)
    if same and guard(review, here, change.record) == guard(review, there, other):
        return Risk.BEHAVIOUR, says
    return (Risk.CONTRACT if was or now else Risk.EXPOSED), says


def left(review: Review, record: Record) -> bool:
    """Whether a route of any method went of which routes of single methods are there."""
    method, _, path = words(record).partition(" ")
    others = review.main.new.of_kind(record.kind) if method == "ANY" else ()
    return any(words(one).partition(" ")[2] == path and not hidden(one) for one in others)


def catching(review: Review, output: Output, record: Record) -> Record | None:
    """The route of the same API that takes the requests of a route that is not there: the most particular one."""
    method, _, path = words(record).partition(" ")
    found: list[tuple[int, str, Record]] = []
    for other in output.of_kind(record.kind) if path else ():
        owners = [single(one.fields.get("api")) for one in (record, other)]
        verb, _, where = words(other).partition(" ")
        if hidden(other) or review.moved.get(owners[0], owners[0]) != review.moved.get(owners[1], owners[1]):  # type: ignore[arg-type]
            continue
        if words(other) == "DEFAULT":
            found.append((-1, words(other), other))
        elif verb in ("ANY", method) and words(other) != words(record) and takes(where, path):
            found.append((len(where.partition("{")[0]) * 2 + (verb != "ANY"), words(other), other))
    return max(found, key=lambda one: one[:2])[2] if found else None


def takes(pattern: str, path: str) -> bool:
    """Whether every request to a path fits a pattern: `{id}` is one part, `{rest+}` all that follow."""
    wanted, given = pattern.strip("/").split("/"), path.strip("/").split("/")
    for at, part in enumerate(wanted):
        if part.startswith("{") and part.endswith("+}"):
            return len(given) > at
        if at >= len(given) or (part != given[at] and not (part.startswith("{") and not given[at].endswith("+}"))):
            return False
    return len(wanted) == len(given)


def ties(review: Review, change: Change) -> Iterator[Any]:
    """An API and the functions behind a route of it."""
    for record in (change.old, change.new):
        if record is not None:
            owner = single(record.fields.get("api"))
            for key in behind_of(review, review.main.new if record is change.new else review.main.old, record):
                yield ("ends", owner, key)


# --- routes that stay ---


def changed(review: Review, change: Change) -> None:
    """A route that stays: who may call it, which function answers, and which bodies are taken."""
    if change.old is None or change.new is None:
        return
    title, subject = words(change.record), path(review, change.record)
    old, new = place(review, review.old, change), place(review, review.new, change)
    if review.open(change) & set(GUARD):
        before, after = (guard(review, o, r) for o, r in ((review.main.old, change.old), (review.main.new, change.new)))
        risk, says, effect = access(review, change.old, change.new)
        consequences = (*review.take(change.key, *GUARD), *guards(review, change))
        review.say(
            Finding(
                risk=risk,
                rule="route-guard",
                subject=f"{subject}/authorizer",
                title=f"route `{title}` {says}",
                effect=effect,
                before=before if before != after else None,
                after=after if before != after else None,
                old=old,
                new=new,
                consequences=consequences,
            ),
            change=change,
            fields=GUARD,
        )
    one, other = answered(review, review.main.old, change.old), answered(review, review.main.new, change.new)
    if one != other and "target" in review.open(change):
        review.say(
            Finding(
                risk=Risk.CONTRACT,
                rule="route-target",
                subject=f"{subject}/target",
                title=f"route `{title}` is answered by `{other}` now",
                before=one,
                after=other,
                old=old,
                new=new,
                consequences=(*review.take(change.key, "target"), *behind(review, change)),
            ),
            *ties(review, change),
        )
    if review.open(change) & set(BODIES):
        looser = change.new.fields.get("validator") is None
        review.say(
            Finding(
                risk=Risk.BEHAVIOUR if looser else Risk.CONTRACT,
                rule="route-body",
                subject=f"{subject}/schema",
                title=f"route `{title}` {'takes any body' if looser else 'refuses other bodies than before'}",
                effect="" if looser else "callers whose body does not fit get 400",
                old=old,
                new=new,
                consequences=review.take(change.key, *BODIES),
            )
        )


def retargeted(review: Review, change: Change) -> None:
    """An integration that asks another function: every route that goes there is answered by it."""
    sides = (review.main.old, review.main.new)
    before, after = (next((key for key in inside(review, r.fields.get("target"))), None) for r in (change.old, change.new) if r is not None)
    found = [
        record
        for record in sides[1].of_kind("http route")
        if change.key in {(o.kind, o.identity) for o in references(record.fields.get("target"))}
    ]
    consequences = (*review.take(change.key, "target"), *permissions(review, single(change.record.fields.get("api")), after))
    consequences += tuple(permissions(review, single(change.record.fields.get("api")), before))
    one, other = (review.name(key) if key is not None else "something else" for key in (before, after))
    for record in found:
        spans = [place(review, version, Change(record.key, record, record, {})) for version in (review.old, review.new)]
        review.say(
            Finding(
                risk=Risk.CONTRACT,
                rule="route-target",
                subject=f"{path(review, record)}/target",
                title=f"route `{words(record)}` is answered by `{other}` now",
                before=one,
                after=other,
                old=spans[0],
                new=spans[1],
                consequences=consequences,
            )
        )


def access(review: Review, old: Record, new: Record) -> tuple[Risk, str, str]:
    """How bad another guard is, what the route is now, and what follows."""
    was, now = (record.fields.get("authorization") for record in (old, new))
    if now in OPEN and was not in OPEN:
        return Risk.EXPOSED, "is public", "everyone on the internet may call it"
    if was in OPEN:
        return Risk.CONTRACT, "is no longer public", "callers without what it asks for get 401 or 403"
    before, after = (texts(record.fields.get("scopes")) for record in (old, new))
    one, other = (single(record.fields.get("authorizer")) for record in (old, new))
    same = one == other or (one is not None and other is not None and checks(review.main.old, one) == checks(review.main.new, other))
    if same and was == now:
        if before and (not after or after - before):  # one of the scopes is enough
            return Risk.EXPOSED, "takes tokens with other scopes", "callers that were refused may call it"
        if before == after:
            return Risk.BEHAVIOUR, "is guarded by an authorizer that is made anew", ""
        return Risk.CONTRACT, "asks for scopes" if not before else "asks for other scopes", "callers without them get 403"
    return Risk.EXPOSED, "asks for something else", "other callers than before may call it"


def checks(output: Output, authorizer: Key) -> str:
    """What an authorizer checks."""
    record = output.get(authorizer)
    return repr(sorted((n, repr(v)) for n, v in record.fields.items() if n not in ("api", "name", "tags"))) if record is not None else ""


def guards(review: Review, change: Change) -> Iterator[Consequence]:
    """What comes and goes with the guard of a route: its authorizer, and the permission to call its function."""
    owner = single(change.record.fields.get("api"))
    for record in (change.old, change.new):
        key = single(record.fields.get("authorizer")) if record is not None else None
        other = review.main.changes.get(key) if key is not None else None
        if key is not None and other is not None and (other.old is None or other.new is None):
            yield from review.take(key)
            yield from permissions(review, owner, checker(review, other.record))


def checker(review: Review, authorizer: Record) -> Key | None:
    """The function that an authorizer asks."""
    return next((key for key in inside(review, authorizer.fields.get("function")) if key[0] == "function"), None)


def permissions(review: Review, api: Key | None, function: Key | None, route: Change | None = None) -> Iterator[Consequence]:
    """What becomes of an API's permissions to call a function; those that came or went with a route where one did."""
    for key in review.belongings.get(function, ()) if function is not None else ():
        if key[0] == "permission" and key in review.left[review.main.target]:
            change = review.main.changes[key]
            if route is not None and ((change.old is None) is not (route.old is None) or (change.new is None) is not (route.new is None)):
                continue
            if api in {(one.kind, one.identity) for one in references(change.record.fields.get("source"))}:
                yield from review.take(key)


# --- words ---


def words(record: Record) -> str:
    """A route as the language writes it: `POST /orders`."""
    if record.kind == "http route":
        route = str(record.fields.get("route"))
        return "DEFAULT" if route == "$default" else route
    return record.identity.partition(" ")[2]


def api(review: Review, record: Record) -> str:
    """The name of the API that a route is of."""
    key = single(record.fields.get("api"))
    return review.name(review.moved.get(key, key)) if key is not None else review.place(record.fields.get("api"))


def path(review: Review, record: Record) -> str:
    """The path of a route."""
    return f"route/{api(review, record)}/{words(record)}"


def guard(review: Review, output: Output, record: Record) -> str:
    """Who may call a route."""
    scheme = record.fields.get("authorization")
    if scheme in OPEN:
        return "public"
    authorizer = single(record.fields.get("authorizer"))
    found = output.get(authorizer) if authorizer is not None else None
    who = {"AWS_IAM": "iam", "JWT": "jwt"}.get(str(scheme), "")
    if found is not None:
        who = f"{who} {review.value(found.fields.get('issuer') or found.fields.get('name') or found.identity)}".strip()
    scopes = record.fields.get("scopes")
    return f"{who or str(scheme).lower()}{f', scopes {review.value(scopes)}' if scopes else ''}"


def answered(review: Review, output: Output, record: Record) -> str:
    """The function behind a route."""
    value: Value = record.fields.get("target")
    function = next((key for key in behind_of(review, output, record) if key[0] == "function"), None)
    return (
        review.name(review.moved.get(function, function)) if function is not None else "nothing" if value is None else review.place(value)
    )


def behind_of(review: Review, output: Output, record: Record) -> list[Key]:
    """What a route reaches, one thing behind the other: its integration, and the function."""
    found: list[Key] = []
    waiting: list[Value] = [record.fields.get("target")]
    while waiting:
        for key in inside(review, waiting.pop()):
            if key not in found:
                found.append(key)
                integration = output.get(key) if key[0] == "http integration" else None
                waiting += [integration.fields.get("target")] if integration is not None else []
    return found


def inside(review: Review, value: Value) -> Iterator[Key]:
    """The things that a target names, by a reference or by an ARN within it."""
    for one in references(value):
        yield one.kind, one.identity
    whole = parts(value)
    for start, part in enumerate(whole):
        if isinstance(part, str) and "functions/" in part:
            arn = text_of((part.partition("functions/")[2], *whole[start + 1 :]))
            ended = [str(piece).removesuffix("/invocations") if isinstance(piece, str) else piece for piece in parts(arn)]
            found = review.located(text_of(ended))
            if found is not None:
                yield found[0]


def place(review: Review, version: Version, change: Change) -> Span | None:
    """Where a route stands."""
    record = change.new if version is review.new else change.old
    owner = single((record or change.record).fields.get("api"))
    name = version.declared(owner) if owner is not None else None
    if version.plan is None or name is None:
        return None
    found = [wire.span for wire in version.plan.app.wires_from(name) if wire.source.port == words(change.record)]
    return found[0] if found else version.span(change.key)


def behind(review: Review, change: Change) -> tuple[Consequence, ...]:
    """What came or went with a route: its integration, and the permission of its API to call the function."""
    found: list[Consequence] = []
    owner = single(change.record.fields.get("api"))
    for record, output in ((change.old, review.main.old), (change.new, review.main.new)):
        for key in behind_of(review, output, record) if record is not None else ():
            other = review.main.changes.get(key)
            if key[0] == "http integration" and other is not None and (other.old is None or other.new is None):
                found += review.take(key)
            if key[0] == "function":
                found += permissions(review, owner, key, change)
    return tuple(found)


# --- cors of REST APIs ---


def hidden(record: Record) -> bool:
    """Whether a method only answers the browser's question about CORS."""
    return record.kind == "rest method" and record.fields.get("method") == "OPTIONS" and record.fields.get("type") == "MOCK"


def cors(review: Review) -> None:
    """Says which pages may call a REST API; what only follows from its routes is theirs."""
    by_api: dict[Key | None, list[Change]] = {}
    for change in review.changes("rest method", "rest response"):
        if change.kind == "rest response" or hidden(change.record):
            by_api.setdefault(single(change.record.fields.get("api")), []).append(change)
    for owner, changes in by_api.items():
        whole = review.found.tied(("added", owner)) is not None
        routed = review.found.about(f"route/{api(review, changes[0].record)}") is not None
        before, after = (headers(output, owner, methods=not routed) for output in (review.main.old, review.main.new))
        if before != after and owner is not None and not whole:
            shared(review, owner, changes, before, after)
        else:
            for change in changes:
                attached = review.attach(f"route/{api(review, change.record)}", change.key)
                if not attached and owner is not None:
                    review.attach(review.path(owner), change.key)


def shared(review: Review, owner: Key, changes: list[Change], before: dict[str, str], after: dict[str, str]) -> None:
    """What pages of other origins may do."""
    wider = after.get("allow origin") not in (None, before.get("allow origin")) and before.get("allow origin") != "*"
    cookies = after.get("allow credentials") == "true" != before.get("allow credentials")
    spans = review.spans(owner, "cors")
    fewer_pages = any(
        set(before[name].split(",")) - set(after.get(name, "").split(","))
        for name in before
        if name != "max age" and before[name] != after.get(name)
    )
    effects = [*(["pages of more origins may call"] if wider else []), *(["they may send a visitor's cookies"] if cookies else [])]
    names = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    review.say(
        Finding(
            risk=Risk.EXPOSED if wider or cookies else Risk.CONTRACT if fewer_pages else Risk.BEHAVIOUR,
            rule="setting",
            subject=review.path(owner, "cors"),
            title=f"`cors` of {review.called(owner)} changes",
            effect=", and ".join(effects) or (FEWER_PAGES if fewer_pages else ""),
            before="off" if not before else ", ".join(f"{name} {before[name]}" for name in names if name in before) or None,
            after="off" if not after else ", ".join(f"{name} {after[name]}" for name in names if name in after) or None,
            old=spans[0],
            new=spans[1],
            consequences=tuple(c for change in changes for c in review.take(change.key)),
        )
    )


def headers(output: Output, api: Key | None, methods: bool) -> dict[str, str]:
    """What a REST API says of other origins, by what each header says; the methods of a path follow its routes."""
    found: dict[str, str] = {}
    for key in output.ids:
        record = output.get(key) if key[0] in ("rest method", "rest response") else None
        if record is None or single(record.fields.get("api")) != api:
            continue
        told = [record.fields.get("headers")] if record.kind == "rest response" else []
        if hidden(record):
            told = [one.get("headers") for one in record.fields.get("answers") or ()]
        for one in told:
            for name, value in one.items() if isinstance(one, dict) else ():
                word = str(name).rpartition("Access-Control-")[2].replace("-", " ").lower()
                if word != "allow methods" or methods:
                    found[word] = str(value).strip("'")
    return found


# --- stages ---


def throttles(review: Review, change: Change) -> None:
    """Limits of requests: those of all routes, and those of single ones."""
    before, after = (limited(record) for record in (change.old, change.new))
    fields = [name for name in ("throttle", "routes", "throttles") if name in review.open(change)]
    if not fields or before == after:
        return
    consequences = review.take(change.key, *fields)
    owner = single(change.record.fields.get("api"))
    for name in sorted({*before, *after}):
        one, other = before.get(name), after.get(name)
        if one == other or owner is None:
            continue
        spans = [span_of(review, version, owner, name) for version in (review.old, review.new)]
        review.say(
            Finding(
                risk=Risk.BEHAVIOUR,
                rule="setting",
                subject=f"route/{review.name(owner)}/{name}/throttle" if name else review.path(owner, "throttle"),
                title=f"`throttle` of {f'route `{name}`' if name else review.called(owner)} changes",
                effect="" if other is not None else "only the account's own limits hold" if not name else "",
                before=one or "none",
                after=other or "none",
                old=spans[0],
                new=spans[1],
                consequences=consequences,
            ),
            change=change,
            fields=fields,
        )


def limited(record: Record | None) -> dict[str, str]:
    """The limits of a stage by route, "" for all."""
    found = {}
    for field in ("throttle", "routes", "throttles") if record is not None else ():
        for one in (record.fields.get(field) if record is not None else None) or ():
            method, where = one.get("method", "*"), one.get("path", "/*")
            route = one.get("route") or ("" if (method, where) == ("*", "/*") else f"{'ANY' if method == '*' else method} {where}")
            found["DEFAULT" if route == "$default" else str(route)] = limits(one, plain)
    return found


def span_of(review: Review, version: Version, api: Key, route: str) -> Span | None:
    """Where an API or a route of it stands."""
    name = version.declared(api)
    wires = version.plan.app.wires_from(name) if version.plan is not None and name is not None else ()
    return next((wire.span for wire in wires if wire.source.port == route), None) or version.span(api, "throttle")


def logs(review: Review, change: Change) -> None:
    """Whether an API writes a line for each request."""
    if "logs" not in review.open(change):
        return
    owner = single(change.record.fields.get("api"))
    if owner is None:
        return
    before, after = (record is not None and record.fields.get("logs") is not None for record in (change.old, change.new))
    consequences = list(review.take(change.key, "logs", "log format"))
    for record in (change.old, change.new):
        for key in {(one.kind, one.identity) for one in references(record.fields.get("logs"))} if record is not None else ():
            group = review.main.changes.get(key)
            consequences += review.take(key) if group is not None and (group.old is None or group.new is None) else ()
    for other in list(review.changes("rest account", "role")):
        if other.kind == "rest account" and (other.old is None or other.new is None):
            consequences += review.take(other.key)
            role = single(other.record.fields.get("role"))
            consequences += review.take(role) if role is not None and role in review.main.changes else ()
    spans = review.spans(owner, "logs")
    lost = before and not after
    review.say(
        Finding(
            risk=Risk.DATA if lost else Risk.BEHAVIOUR,
            rule="setting",
            subject=review.path(owner, "logs"),
            title=f"`logs` of {review.called(owner)} changes",
            effect="every log line of its requests is lost" if lost else "",
            before="on" if before else "off",
            after="on" if after else "off",
            old=spans[0],
            new=spans[1],
            consequences=tuple(consequences),
        )
    )
