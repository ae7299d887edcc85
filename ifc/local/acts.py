"""What can be asked of a run: by the gateway, by the commands that look into it, and by its page."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ifc.local.control import Refused, about
from ifc.local.engine import SOURCES
from ifc.local.events import bus_event
from ifc.local.permissions import Need, Permissions
from ifc.local.stores.items import typed

if TYPE_CHECKING:
    from ifc.local.run import Run

KINDS = {"queues": "queue", "topics": "topic", "buses": "bus", "streams": "stream", "tables": "table", "buckets": "bucket"}
DELIVERIES = {"queues": "sqs:SendMessage", "topics": "sns:Publish", "buses": "events:PutEvents", "streams": "kinesis:PutRecord"}
NAMED = (*SOURCES, "functions", "schedules", "secrets", "configs")
# The parts of an event by their names in PutEvents (EventBridge API reference, PutEventsRequestEntry).
ENTRY = {"Source": "source", "DetailType": "detail-type", "Detail": "detail", "Resources": "resources"}
STAMPS = ("version", "id", "account", "time", "region")  # what a bus says itself of an event, each time anew
SHAPE = '`{"source": "…", "detail-type": "…", "detail": {…}}`'


class Acts:
    """The answers of a run."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._picture: tuple[Mapping[str, Any], str] | None = None  # of the description that it was drawn for

    @property
    def _description(self) -> Mapping[str, Any]:
        return self._run.description

    # --- what the gateway asks ---

    async def authorize(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Whether a request may pass."""
        return await self._run.guards.authorize(self._description, asked)

    async def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Whether a body fits a schema."""
        import jsonschema

        try:
            jsonschema.Draft4Validator(asked["schema"]).validate(asked["body"])
        except jsonschema.ValidationError as problem:
            return {"valid": False, "message": problem.message}
        return {"valid": True}

    async def append(self, said: dict[str, Any], function: str | None) -> list[int]:
        """Spacer's `topics.append`, if the function may."""
        entries, name = said["entries"], str(said["topic"])
        if not isinstance(entries, Mapping):
            raise Refused("`entries` is no object")
        if function is not None:
            self._permit(function, name)
        return await self._run.engine.append(name, entries, function)

    def _permit(self, function: str, name: str) -> None:
        """Refuses what no verb of a function in Lua covers, as the endpoint does for those with an SDK."""
        found = [
            (sort, place)
            for sort in DELIVERIES
            for declared, place in self._description[sort].items()
            if name in (declared, place["topic"])
        ]
        for sort, place in found[:1]:
            need = Need(DELIVERIES[sort], place["arn"])
            refusal = Permissions(self._description).refusal(function, need)
            if refusal is not None:
                self._run.refused(function, need.action, place["arn"], refusal.advice)
                raise Refused(refusal.message(function, self._run.choices.file), 403)

    # --- what the commands and the page ask ---

    def place(self, name: str, *sorts: str) -> str:
        """The sort of a declared name; Refused for one that is not there, or of another sort."""
        for sort in NAMED:
            if name in self._description[sort]:
                if sorts and sort not in sorts:
                    raise Refused(f"`{name}` is a {KINDS.get(sort, sort[:-1])}, and {_or(sorts)} is wanted")
                return sort
        from ifc.diagnostics import near

        known = [n for sort in NAMED for n in self._description[sort]]
        close = near(name, known)
        raise Refused(f"nothing is called `{name}`" + (f"; did you mean `{close}`?" if close else ""), 404)

    async def send(self, said: dict[str, Any]) -> dict[str, Any]:
        """Sends a message to a queue."""
        from ifc.local.broker import Message

        name = str(said["name"])
        self.place(name, "queues")
        message = Message(_body(said["value"]), **_ordered(self._description["queues"][name], said))
        return {"id": (await self._run.engine.send(name, [message], "developer"))[0].id}

    async def publish(self, said: dict[str, Any]) -> dict[str, Any]:
        """Publishes to a topic, or puts an event on a bus."""
        name = str(said["name"])
        sort = self.place(name, "topics", "buses", "streams")
        if sort == "buses":
            return {"id": (await self._run.engine.put_events(name, [self._event(said["value"])]))[0]}
        if sort == "topics":
            from ifc.local.broker import Notification

            ordered = _ordered(self._description["topics"][name], said)
            notification = Notification(_body(said["value"]), attributes=said.get("attributes") or {}, **ordered)
            return {"id": (await self._run.engine.publish(name, [notification]))[0].id}
        return await self._record(name, said)

    async def _record(self, stream: str, said: Mapping[str, Any]) -> dict[str, Any]:
        """Puts a record into a stream."""
        return {"offsets": await self._run.engine.append(stream, {str(said.get("key") or uuid.uuid4()): said["value"]}, None)}

    def _event(self, value: Any) -> dict[str, Any]:
        """An event of the developer's own; it may say that it is AWS's, as none of a function's may."""
        event, about = _parts(value), self._description
        source, kind = str(event.get("source", about["app"])), str(event.get("detail-type", "Test"))
        return bus_event(source, kind, event.get("detail", {}), about["account"], about["region"], time.time(), event.get("resources", ()))

    async def put(self, said: dict[str, Any]) -> dict[str, Any]:
        """Puts an item into a table, an object into a bucket, a value into a secret or config, a record into a stream."""
        name = str(said["name"])
        sort = self.place(name, "tables", "buckets", "streams", "secrets", "configs")
        if sort == "streams":
            return await self._record(name, {**said, "value": _json(said)})
        if sort == "tables":
            value = _json(said)
            if not isinstance(value, Mapping):
                raise Refused(f"an item of `{name}` is an object")
            _check_key(self._description["tables"][name]["key"], name, value)
            reply = await self._run.stores.put_item(name, typed(value)["M"])
        elif sort == "buckets":
            if not said.get("key"):
                raise Refused(f"an object of `{name}` needs a key: `ifc local put {name} VALUE --key KEY`")
            reply = await self._run.stores.put_object(name, str(said["key"]), _content(said))
        else:
            try:
                text = _content(said).decode()
            except UnicodeDecodeError:
                raise Refused(f"the value of `{name}` is a text, and the file holds none in UTF-8") from None
            reply = await self._run.stores.put_value(sort[:-1], name, text)
        if reply.status >= 300:
            raise Refused(_message(reply.body))
        await self._run.engine.changes(reply.changes)
        return {"changes": len(reply.changes)}

    async def call(self, said: dict[str, Any]) -> dict[str, Any]:
        """Calls a function, and gives its answer."""
        name = str(said["name"])
        self.place(name, "functions")
        answer = await self._run.engine.call(name, json.dumps(said["value"], ensure_ascii=False).encode(), "developer")
        text = answer.payload.decode("utf-8", "replace")
        try:
            return {"answer": json.loads(text), "error": answer.error}
        except ValueError:
            return {"answer": text, "error": answer.error}

    async def fire(self, said: dict[str, Any]) -> dict[str, Any]:
        """Starts a schedule now: by its name, or by that of the only thing that it starts."""
        name = str(said["name"])
        schedules = self._description["schedules"]
        found = [name] if name in schedules else [s for s, each in schedules.items() if each["to"] == name]
        if len(found) != 1:
            known = ", ".join(f"`{s}`" for s in schedules) or "none"
            raise Refused(f"{'several schedules start' if found else 'no schedule is called, or starts,'} `{name}`; there is {known}", 404)
        await self._run.engine.schedules.fire(found[0])
        return {"fired": found[0]}

    async def replay(self, said: dict[str, Any]) -> dict[str, Any]:
        """Delivers once more what the log has of a source: `from` an offset or a time as people write them, or `since` a time in seconds since
        the epoch, which is the same in every time zone."""
        name = str(said["name"])
        sort = self.place(self._source(name), *SOURCES)
        topic = self._description[sort][self._source(name)]["topic"]
        since = said.get("since")
        after = await self._after(topic, said.get("from")) if since is None else await self._run.log.since(topic, float(since))
        return {"replayed": await self._run.engine.replay(self._source(name), after)}

    async def _after(self, topic: str, begin: Any) -> int:
        """The offset before the first row that is meant."""
        if begin in (None, "", "start"):
            return 0
        if isinstance(begin, int) or str(begin).isdecimal():
            return int(begin) - 1
        from ifc.local.moments import moment

        return await self._run.log.since(topic, moment(str(begin)))

    @staticmethod
    def _source(name: str) -> str:
        """A name without the port: `Orders.stream` is the table."""
        return name.removesuffix(".stream").removesuffix(".expired").removesuffix(".created").removesuffix(".removed")

    async def redrive(self, said: dict[str, Any]) -> dict[str, Any]:
        """Moves dead letters back to where they failed; what never was in a queue has no way back."""
        name = str(said["name"])
        self.place(name, "queues")
        queues = self._description["queues"]
        if not any(q["deadLetter"] and q["deadLetter"]["queue"] == name for q in queues.values()):
            own = queues[name]["deadLetter"]
            where = f": those of `{name}` are in `{own['queue']}`" if own else ""
            raise Refused(f"no queue has its dead letters in `{name}`{where}")
        done = await self._run.engine.redrive(name, said.get("offsets"))
        return {"moved": done.moved, "to": done.to, "left": done.left, "tried": self._tried(name)}

    def _tried(self, letters: str) -> dict[str, int]:
        """The queues that have their dead letters in one, with how many messages each still has."""
        queues, depths = self._description["queues"], self._run.engine.queues
        sources = [name for name, q in queues.items() if q["deadLetter"] and q["deadLetter"]["queue"] == letters]
        return {name: len(depths[name]) for name in sources if len(depths[name])}

    async def purge(self, said: dict[str, Any]) -> dict[str, Any]:
        """Takes all messages out of a queue."""
        name = str(said["name"])
        self.place(name, "queues")
        count = len(self._run.engine.queues[name])
        await self._run.engine.purge(name)
        return {"purged": count}

    async def rows(self, name: str, most: int, before: int | None) -> dict[str, Any]:
        """The newest rows of a source's log."""
        name = self._source(name)
        sort = self.place(name, *SOURCES)
        rows = await self._run.log.newest(self._description[sort][name]["topic"], most, before)
        return {
            "name": name,
            "rows": [{"offset": r.offset, "key": r.key, "value": r.value, "at": r.at, "meta": dict(r.meta)} for r in rows],
        }

    def about(self, name: str) -> None:
        """Refuses a name that nothing here has, where lines about it are asked for."""
        if name and not any(about(line, name) for line in self._run.console.lines):
            self.place(self._source(name))

    async def messages(self, name: str, most: int) -> dict[str, Any]:
        """The messages that a queue holds."""
        self.place(name, "queues")
        return {"name": name, "messages": await self._run.engine.peek(name, most)}

    def picture(self) -> str:
        """The app's graph as an SVG document."""
        if self._picture is None or self._picture[0] is not self._description:
            from ifc.local.picture import svg

            self._picture = (self._description, svg(self._description))
        return self._picture[1]

    async def status(self) -> dict[str, Any]:
        """What is running, how deep queues are, what happened."""
        engine, description = self._run.engine, self._description
        dead = {q["deadLetter"]["queue"] for q in description["queues"].values() if q["deadLetter"]}
        return {
            "app": description["app"],
            "stage": description["stage"],
            "gateway": self._run.gateway,
            "endpoint": self._run.endpoint_address,
            "region": description["region"],
            "names": {
                name: _physical(place)
                for sort in (*SOURCES, "functions", "secrets", "configs")
                for name, place in description[sort].items()
            },
            "since": self._run.began,
            "functions": {
                name: {"calls": engine.counts.outcomes.get(name, {}), "waiting": engine.calls.waiting(name), "language": f["language"]}
                for name, f in description["functions"].items()
            },
            "queues": {name: {**_depth(engine.depth(name)), "dead": name in dead} for name in description["queues"]},
            "events": {name: engine.counts.events.get(name, 0) for sort in (*SOURCES, "apis") for name in description[sort]},
            "readers": engine.behind(),
            "schedules": {
                name: {"written": s["written"], "next": engine.schedules.next(name), "to": s["to"]}
                for name, s in description["schedules"].items()
            },
            "routes": [
                {"method": r["method"], "path": api["base"] + r["path"], "function": r["function"]}
                for api in description["apis"].values()
                for r in api["routes"]
            ],
            "wires": [{"from": w["from"], "port": w["port"], "to": w["to"] or w["address"]} for w in description["wires"]],
            "absent": description["absent"],
        }


def _depth(depth: Any) -> dict[str, int]:
    return {"visible": depth.visible, "hidden": depth.hidden, "delayed": depth.delayed}


def _physical(place: Mapping[str, Any]) -> str:
    """What AWS's services call a thing: a topic has no name there, but an ARN."""
    return str(place["arn"] if place["arn"].startswith("arn:aws:sns:") else place["name"])


def _parts(value: Any) -> Mapping[str, Any]:
    """The parts of an event, as a bus delivers them or as PutEvents takes them; Refused for what is no event."""
    if not isinstance(value, Mapping):
        raise Refused(f"an event is an object: {SHAPE}")
    unknown = [str(key) for key in value if key not in ENTRY and key not in ENTRY.values() and key not in STAMPS]
    if unknown:
        raise Refused(f"an event has no `{unknown[0]}`; what it carries stands in its `detail`: {SHAPE}")
    event: dict[str, Any] = {ENTRY.get(str(key), str(key)): part for key, part in value.items()}
    if isinstance(event.get("detail"), str):  # as PutEvents has it
        with contextlib.suppress(ValueError):
            event["detail"] = json.loads(event["detail"])
    if not isinstance(event.get("detail", {}), Mapping):
        raise Refused(f"the `detail` of an event is an object: {SHAPE}")
    return event


def _json(said: Mapping[str, Any]) -> Any:
    """The value that was given as JSON, on the command line or in a file."""
    if "value" in said:
        return said["value"]
    try:
        return json.loads(_content(said))
    except ValueError as problem:
        raise Refused(f"the value is no JSON ({problem}): write it in quotes, as in '{{\"id\": 1}}' or '\"a text\"'") from None


def _content(said: Mapping[str, Any]) -> bytes:
    """The bytes that are meant: those of a file, the text that a JSON string holds, else the value as it was written."""
    if "bytes" in said:
        try:
            return base64.b64decode(str(said["bytes"]), validate=True)
        except binascii.Error:
            raise Refused("`bytes` is no base 64") from None
    if isinstance(said.get("value"), str) or "text" not in said:
        return _body(said["value"]).encode()
    return str(said["text"]).encode()


def _check_key(key: Sequence[Sequence[str]], table: str, item: Mapping[str, Any]) -> None:
    """Refuses an item whose key is no single value, as in DynamoDB's own JSON: here items are plain, and get their types from their values."""
    for name, kind in key:
        value = item.get(name)
        if isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in ("S", "N", "B"):
            plain = json.dumps({name: value[kind] if kind == "S" and kind in value else 1 if kind == "N" else "…"}, ensure_ascii=False)
            raise Refused(f"an item of `{table}` is plain JSON, without DynamoDB's types: `{plain}`")
        if isinstance(value, Mapping | list):
            raise Refused(f"`{name}` is of the key of `{table}`, so its value is a single one")


def _ordered(place: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """The group of a message, and its id for deduplication, where a place keeps an order: the one that was given, none where the place takes
    it from the content, else one that no other message has."""
    if not place["fifo"]:
        if said.get("dedup"):
            raise Refused("`--dedup` is for FIFO queues and topics, and this one is none")
        return {}
    made = None if place["dedup"] == "content" else str(uuid.uuid4())
    return {"group": str(said.get("group") or "default"), "dedup": str(said["dedup"]) if said.get("dedup") else made}


def _body(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _or(sorts: Sequence[str]) -> str:
    words = [f"a {KINDS.get(sort, sort[:-1])}" for sort in sorts]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + f" or {words[-1]}"


def _message(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    with contextlib.suppress(ValueError):
        found = json.loads(text)
        return str(found.get("message") or found.get("Message") or text) if isinstance(found, dict) else text
    return text
