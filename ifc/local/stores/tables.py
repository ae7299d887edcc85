"""DynamoDB: the description's tables in moto, and what requests change in them.

moto has streams of its own, but they miss what matters here: an UpdateItem that makes an item is two records, one that changes nothing is
one, a cancelled transaction leaves its records behind, and records are kept for good. So a table notes, before each write, the item that
was there; when the request is done, that and the item that is there now make the change. A request that fails is taken back whole.
"""

from __future__ import annotations

import copy
import functools
import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.core.responses import ActionResult
from moto.dynamodb import responses
from moto.dynamodb.comparisons import FuncSize
from moto.dynamodb.exceptions import ERROR_TYPE_PREFIX, DynamodbException, MockValidationException, TransactionCanceledException
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import GlobalSecondaryIndex, LocalSecondaryIndex, Table
from moto.dynamodb.responses import DynamoHandler

from ifc.local.stores import images, partiql

EXPIRED = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
# Items whose time is longer past are not expired (DynamoDB developer guide, Using time to live).
OLDEST = 5 * 365 * 24 * 3600
BATCH, TRANSACTION = 25, 100  # writes of a BatchWriteItem; reads of a TransactGetItems
REMEMBERED = 600.0  # seconds for which a transaction's token is known (API reference, TransactWriteItems, ClientRequestToken)
# Operations whose results hold items.
WITH_ITEMS = frozenset(
    f"{verb}{what}"
    for what, verbs in (
        ("Item", ("Get", "Put", "Update", "Delete", "BatchGet", "BatchWrite")),
        ("Items", ("TransactGet", "TransactWrite")),
        ("Statement", ("Execute", "BatchExecute")),
        ("", ("Query", "Scan", "ExecuteTransaction")),
    )
    for verb in verbs
)

CAPACITY = {"ConsumedCapacity", "ConsumedCapacityUnits", "ItemCollectionMetrics"}  # in an answer to who asks for it

Slot = tuple["StoredTable", DynamoType, DynamoType | None]


class Journal:
    """The items that a request has touched, as they were before."""

    def __init__(self) -> None:
        self.before: dict[Slot, Item | None] = {}

    def note(self, slot: Slot) -> None:
        """Remembers the item in a slot; later notes of the same slot change nothing."""
        if slot not in self.before:
            self.before[slot] = slot[0].there(slot)

    def undo(self) -> None:
        """Puts every slot back."""
        for slot, item in self.before.items():
            slot[0].place(slot, item)
        self.before = {}

    def part(self, work: Callable[[], Any]) -> Any:
        """The result of a part of a request that is taken back alone when it fails."""
        outer, self.before = self.before, {}
        try:
            result = work()
        except BaseException:
            self.undo()
            self.before = outer
            raise
        self.before = outer | {slot: item for slot, item in self.before.items() if slot not in outer}
        return result

    def changes(self) -> list[dict[str, Any]]:
        """What became of the touched items of declared tables, in the order in which they were touched."""
        found = []
        at = int(time.time() * 1000)
        for slot, before in self.before.items():
            table, now = slot[0], slot[0].there(slot)
            if table.declared is None or before is now:
                continue
            old, new = images.image(before), images.image(now)
            if old is not None and new is not None and images.same(old, new):
                # DynamoDB's streams have no record of it either. The order of attributes and sets stays what the log has.
                table.place(slot, before)
                continue
            event = "INSERT" if old is None else "REMOVE" if new is None else "MODIFY"
            image: dict[str, Any] = old if new is None else new  # type: ignore[assignment]  # one of them is there
            keys = {name: image[name] for name in table.table_key_attrs}
            found.append({"table": table.declared, "event": event, "keys": keys, "new": new, "old": old, "user": None, "at": at})
        self.before = {}
        return found


class Tokens:
    """The transactions of the last minutes, by the tokens that their clients gave them."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, str, Any]] = {}  # when, of what, and what was answered

    def once(self, token: str, asked: str, work: Callable[[], Any]) -> Any:
        """The result of a transaction: of one with the same token that was done, what was answered then. It may not ask for something else."""
        now = time.monotonic()
        for old in [old for old, (at, _, _) in self._known.items() if at + REMEMBERED <= now]:
            del self._known[old]
        if token in self._known:
            _, before, answer = self._known[token]
            if asked != before:
                raise DynamodbException(
                    ERROR_TYPE_PREFIX + "IdempotentParameterMismatchException",
                    "The request uses the same client token as a previous, but non-identical request.",
                )
            return answer
        answer = work()
        self._known[token] = now, asked, answer
        return answer


class StoredTable(Table):  # type: ignore[misc]  # moto is not checked
    """A table that notes what was there before each write."""

    backend: StoredBackend
    declared: str | None = None
    _looked_for: list[tuple[str, DynamoType]] | None = None

    @property
    def journal(self) -> Journal:
        """The journal of the request that is being served."""
        return self.backend.journal

    def __deepcopy__(self, memo: dict[int, Any]) -> Table:
        """A transaction copies its tables with all items, to take itself back; ours is taken back by the journal. A backup is a plain table."""
        if self.backend.transacting:
            return self
        plain: Any = Table
        made: Table = object.__new__(plain)
        vars(made).update({n: copy.deepcopy(v, memo) for n, v in vars(self).items() if n not in ("backend", "declared", "_looked_for")})
        return made

    def slot(self, attributes: Mapping[str, Any]) -> Slot:
        """The slot of an item or a key."""
        ranged = DynamoType(attributes[self.range_key_attr]) if self.range_key_attr else None
        return self, DynamoType(attributes[self.hash_key_attr]), ranged

    def there(self, slot: Slot) -> Item | None:
        """The item in a slot."""
        _, hashed, ranged = slot
        found: Any = self.items.get(hashed)
        item: Item | None = found if ranged is None or found is None else found.get(ranged)
        return item

    def place(self, slot: Slot, item: Item | None) -> None:
        """Puts an item into a slot, or empties it."""
        _, hashed, ranged = slot
        if ranged is None and item is not None:
            self.items[hashed] = item
        elif item is not None:
            self.items[hashed][ranged] = item
        elif ranged is None:
            self.items.pop(hashed, None)
        elif hashed in self.items:
            self.items[hashed].pop(ranged, None)
            if not self.items[hashed]:
                del self.items[hashed]

    def get_item(self, hash_key: DynamoType, range_key: DynamoType | None = None, projection_expression: Any = None) -> Item | None:
        """moto's, which leaves an empty group behind for each hash key that is not there."""
        if self.has_range_key and range_key and hash_key not in self.items:
            return None
        return super().get_item(hash_key, range_key, projection_expression)

    def put_item(self, item_attrs: dict[str, Any], *args: Any, **more: Any) -> Item:
        """moto's, noted; and with what moto leaves out: numbers in one spelling, keys of indexes with their types."""
        content = {name: images.spelled(value) for name, value in item_attrs.items()}
        self.check_index_keys({name: next(iter(value)) for name, value in content.items()})
        if all(name in content for name in self.table_key_attrs):
            self.journal.note(self.slot(content))
        return super().put_item(content, *args, **more)

    def check_index_keys(self, kinds: Mapping[str, str]) -> None:
        """Refuses an item whose attributes have other types than the indexes' keys (Amazon DynamoDB: Using global secondary indexes)."""
        wanted = {a["AttributeName"]: a["AttributeType"] for a in self.attr}
        for index in self.all_indexes():
            for name in index.schema_key_attrs:
                if name in kinds and kinds[name] != wanted[name]:
                    raise MockValidationException(
                        "One or more parameter values were invalid: Type mismatch for Index Key "
                        f"{name} Expected: {wanted[name]} Actual: {kinds[name]} IndexName: {index.name}"
                    )

    def delete_item(self, hash_key: DynamoType, range_key: DynamoType | None) -> Item | None:
        """moto's, noted."""
        slot = (self, hash_key, range_key)
        self.journal.note(slot)
        found = self.there(slot)
        self.place(slot, None)
        if found is not None and self.stream_shard is not None:
            self.stream_shard.add(found, None)
        return found

    def query(self, hash_key: DynamoType | None, *args: Any, **more: Any) -> Any:
        """moto's, which sorts the whole table for each query, and finds nothing for a key of another type, which DynamoDB refuses."""
        conditions = more.get("hash_key_conditions") or ([(self.hash_key_attr, hash_key)] if hash_key is not None else None)
        kinds = {a["AttributeName"]: a["AttributeType"] for a in self.attr}
        compared = [*(conditions or []), *((name, value) for name, _, values in more.get("range_key_conditions") or [] for value in values)]
        if any(value.type != kinds[name] for name, value in compared if name in kinds):
            raise MockValidationException("One or more parameter values were invalid: Condition parameter type does not match schema type")
        self._looked_for = conditions
        try:
            return super().query(hash_key, *args, **more)
        finally:
            self._looked_for = None

    def all_items(self) -> list[Item]:
        """All items in order of their keys; within a query those that its hash key selects."""
        wanted = self._looked_for
        if wanted and len(wanted) == 1 and wanted[0][0] == self.hash_key_attr:
            group: Any = self.items.get(wanted[0][1])
            found = [] if group is None else list(group.values()) if self.range_key_attr else [group]
        else:
            groups: Iterable[Any] = self.items.values()
            found = [item for group in groups for item in (group.values() if self.range_key_attr else (group,))]
            if wanted:
                found = [item for item in found if all(_has(item, name, value) for name, value in wanted)]
        return sorted(found, key=lambda item: (item.hash_key.cast_value, item.range_key.cast_value if item.range_key else None))


def _has(item: Item, name: str, value: DynamoType) -> bool:
    """Whether an attribute has a value; numbers are the only ones that may be written otherwise."""
    found = item.attrs.get(name)
    return found is not None and found.type == value.type and (found.value == value.value or (found.type == "N" and found == value))


class StoredBackend(DynamoDBBackend):  # type: ignore[misc]  # moto is not checked
    """moto's DynamoDB in the app's region, with what its operations leave half done put right."""

    def __init__(self, region: str, account: str) -> None:
        super().__init__(region, account_id=account)
        self.journal = Journal()
        self.tokens = Tokens()
        self.transacting = False

    def create_table(self, name: str, **more: Any) -> Table:
        """A table of ours, where moto makes one of its own."""
        table: Any = super().create_table(name, **more)
        table.__class__ = StoredTable
        table.backend = self
        return table

    def get_keys_value(self, table: Table, keys: dict[str, Any]) -> tuple[DynamoType, DynamoType | None]:
        """moto's, which finds nothing for a key of another type; DynamoDB refuses it."""
        found: tuple[DynamoType, DynamoType | None] = super().get_keys_value(table, keys)
        for value, kind in zip(found, (table.hash_key_type, table.range_key_type), strict=True):
            if value is not None and value.type != kind:
                raise MockValidationException("The provided key element does not match the schema")
        return found

    def update_item(self, table_name: str, key: dict[str, Any], update_expression: str, **more: Any) -> Item:
        """moto's, on a copy of the item: moto's own stays half changed when an action of the expression fails."""
        table = self.get_table(table_name)
        if not isinstance(table, StoredTable) or not all(name in key for name in table.table_key_attrs):
            return super().update_item(table_name, key, update_expression, **more)
        updates = more.pop("attribute_updates", None)
        if not update_expression and updates:
            update_expression = _expression(updates, more)
        for name, value in (more.get("expression_attribute_values") or {}).items():
            more["expression_attribute_values"][name] = images.spelled(value)
        slot = table.slot(key)
        before = table.there(slot)
        self.journal.note(slot)
        if before is not None:
            table.place(slot, copy.deepcopy(before))
        item: Item = super().update_item(table_name, key, update_expression, attribute_updates={}, **more)
        images.respell(item)
        table.check_index_keys({name: value.type for name, value in item.attrs.items()})
        return item

    def transact_write_items(self, transact_items: list[dict[str, Any]]) -> None:
        """moto's, without its copies of all items."""
        self.transacting = True
        try:
            self.journal.part(lambda: super(StoredBackend, self).transact_write_items(transact_items))
        finally:
            self.transacting = False

    def execute_statement(self, statement: str, parameters: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """A statement in PartiQL, by our own reader."""
        return self.journal.part(lambda: partiql.execute(self, statement, parameters))[1]  # type: ignore[no-any-return]

    def batch_execute_statement(self, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Statements that fail one by one (API reference, BatchStatementError)."""
        answers: list[dict[str, Any]] = []
        for asked in statements:
            try:
                name, found = self.journal.part(functools.partial(partiql.execute, self, asked["Statement"], asked.get("Parameters", [])))
                answers.append({"TableName": name, **({"Item": found[0]} if found else {})})
            except JsonRESTError as refused:
                answers.append({"Error": {"Code": _reason(refused), "Message": refused.message}})
        return answers

    def execute_transaction(self, statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Statements of which all or none are done."""

        def run() -> list[dict[str, Any]]:
            answers: list[dict[str, Any]] = []
            reasons: list[tuple[str | None, str | None, None]] = []
            for asked in statements:
                try:
                    found = partiql.execute(self, asked["Statement"], asked.get("Parameters", []))[1]
                    answers.append({"Item": found[0]} if found else {})
                    reasons.append((None, None, None))
                except JsonRESTError as refused:
                    reasons.append((_reason(refused), refused.message, None))
            if any(code is not None for code, _, _ in reasons):
                raise TransactionCanceledException(reasons)
            return answers

        return self.journal.part(run)  # type: ignore[no-any-return]


def _reason(refused: JsonRESTError) -> str:
    """The code of an error within a batch or a cancelled transaction: `ConditionalCheckFailed`."""
    code = refused.relative_error_type.removesuffix("Exception")
    return "ValidationError" if code == "Validation" else code


def _expression(updates: Mapping[str, Mapping[str, Any]], more: dict[str, Any]) -> str:
    """The update expression for AttributeUpdates, DynamoDB's older parameter, of which moto takes values for texts; its names and values go
    into `more` (DynamoDB developer guide, AttributeUpdates (legacy))."""
    clauses: dict[str, list[str]] = {"SET": [], "REMOVE": [], "ADD": [], "DELETE": []}
    names, values = dict(more.get("expression_attribute_names") or {}), dict(more.get("expression_attribute_values") or {})
    for position, (name, update) in enumerate(updates.items()):
        action, value = update.get("Action", "PUT"), update.get("Value")
        names[f"#u{position}"] = name
        if value is None:
            clauses["REMOVE"].append(f"#u{position}")
            continue
        values[f":u{position}"] = dict(value)
        if action == "PUT":
            clauses["SET"].append(f"#u{position} = :u{position}")
        elif "L" in value and action == "ADD":
            values[f":e{position}"] = {"L": []}
            clauses["SET"].append(f"#u{position} = list_append(if_not_exists(#u{position}, :e{position}), :u{position})")
        else:
            clauses[action].append(f"#u{position} :u{position}")
    more["expression_attribute_names"], more["expression_attribute_values"] = names, values
    return " ".join(f"{word} {', '.join(parts)}" for word, parts in clauses.items() if parts)


class StoredHandler(DynamoHandler):  # type: ignore[misc]  # moto is not checked
    """moto's requests, with what they don't refuse refused."""

    def call_action(self) -> Any:
        """moto's; where it stumbles over an expression, DynamoDB finds it invalid."""
        try:
            return super().call_action()
        except (ValueError, AssertionError, LookupError) as problem:
            content = {
                "__type": ERROR_TYPE_PREFIX + "ValidationException",
                "message": f"Invalid expression or value: {problem or 'syntax error'}",
            }
            return 400, {"Content-Type": "application/x-amz-json-1.0"}, json.dumps(content)

    def serialized(self, action_result: ActionResult) -> Any:
        """A result as JSON. moto walks through the whole model of the API for each value: a millisecond an item."""
        if isinstance(action_result.result, Exception) or self._get_action() not in WITH_ITEMS:
            return super().serialized(action_result)
        result: Any = action_result.result
        left_out = {"ConsumedCapacityUnits"} if self.body.get("ReturnConsumedCapacity", "NONE") != "NONE" else CAPACITY
        content = images.text({name: value for name, value in result.items() if name not in left_out})
        return 200, {"Content-Type": "application/x-amz-json-1.0", **self.response_headers}, content

    def transact_write_items(self) -> Any:
        """moto's, once for each token."""
        return self._once(super().transact_write_items)

    def execute_transaction(self) -> Any:
        """moto's, once for each token."""
        return self._once(super().execute_transaction)

    def _once(self, work: Callable[[], Any]) -> Any:
        token = self.body.get("ClientRequestToken")
        if not token:
            return work()
        asked = {name: value for name, value in self.body.items() if name not in ("ClientRequestToken", "ReturnConsumedCapacity")}
        return self.dynamodb_backend.tokens.once(token, images.text(asked), work)

    def batch_write_item(self) -> Any:
        """moto's; it takes more than 25 writes, and two of one item (API reference, BatchWriteItem)."""
        writes = [(name, next(iter(write.items()))) for name, writes in self.body["RequestItems"].items() for write in writes]
        if len(writes) > BATCH:
            raise MockValidationException("Too many items requested for the BatchWriteItem call")
        slots = []
        for name, (kind, content) in writes:
            table = self.dynamodb_backend.get_table(name)
            attributes = content["Item" if kind == "PutRequest" else "Key"]
            if not all(key in attributes for key in table.table_key_attrs):
                raise MockValidationException("The provided key element does not match the schema")
            slots.append((table.name, *(DynamoType(attributes[key]) for key in table.table_key_attrs)))
        if len(set(slots)) < len(slots):
            raise MockValidationException("Provided list of item keys contains duplicates")
        return super().batch_write_item()


class Tables:
    """The description's tables."""

    def __init__(self, region: str, account: str) -> None:
        vars(responses)["TRANSACTION_MAX_ITEMS"] = TRANSACTION  # moto's is DynamoDB's of years ago
        FuncSize.expr = _size
        self.backend = StoredBackend(region, account)
        dynamodb_backends[account][region] = self.backend
        self.declared: dict[str, StoredTable] = {}

    def create(self, tables: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], list[str]]:
        """Makes and changes tables until they are as described; the names of those that lost their items with their key, and of those that
        are gone."""
        dropped = [name for name in self.declared if name not in tables]
        for name in dropped:
            self.backend.tables.pop(self.declared.pop(name).name, None)
        cleared = []
        for name, described in tables.items():
            wanted = [(a, t) for a, t in described["key"]]
            table = self.declared.get(name)
            if table is not None and wanted != self._key(table):
                cleared.append(name)
                self.backend.tables.pop(table.name, None)
                table = None
            if table is None:
                table = self.declared[name] = self._made(described)
                table.declared = name
            self._adapt(table, described)
        return cleared, dropped

    def _key(self, table: StoredTable) -> list[tuple[str, str]]:
        pairs = [(table.hash_key_attr, table.hash_key_type), (table.range_key_attr, table.range_key_type)]
        return [(a, t) for a, t in pairs if a is not None and t is not None]

    def _made(self, described: Mapping[str, Any]) -> StoredTable:
        self.backend.tables.pop(described["name"], None)  # a running function may have made one
        made = self.backend.create_table(
            described["name"],
            schema=_schema(described["key"]),
            attr=_attributes(described),
            throughput=None,
            global_indexes=[],
            indexes=[],
            streams=None,
            billing_mode="PAY_PER_REQUEST",
            sse_specification=None,
            tags=[],
            deletion_protection_enabled=False,
            warm_throughput=None,
        )
        assert isinstance(made, StoredTable)
        return made

    def _adapt(self, table: StoredTable, described: Mapping[str, Any]) -> None:
        """Gives a table everything but its key and its items."""
        self.backend.tables.pop(table.name, None)
        table.name, table.table_arn = described["name"], described["arn"]
        self.backend.tables[table.name] = table
        table.attr = _attributes(described)
        local, others = [], []
        for index in described.get("indexes", ()):
            content = {
                "IndexName": index["name"],
                "KeySchema": _schema(index["key"]),
                "Projection": {
                    "ProjectionType": index.get("projection", "ALL"),
                    **({"NonKeyAttributes": list(index["attributes"])} if index.get("attributes") else {}),
                },
            }
            if index.get("local"):
                local.append(LocalSecondaryIndex.create(content, table.table_key_attrs))
            else:
                others.append(GlobalSecondaryIndex.create(content, table.table_key_attrs))
        table.indexes, table.global_indexes = local, others
        ttl = described.get("ttl")
        table.ttl = {"TimeToLiveStatus": "ENABLED", "AttributeName": ttl} if ttl else {"TimeToLiveStatus": "DISABLED"}
        # What DescribeTable shows; there is no shard behind it, for the changes go into the log.
        stream = described.get("streamArn")
        table.latest_stream_label = stream.rpartition("/")[2] if stream else None
        view = {"StreamEnabled": True, "StreamViewType": described.get("view") or "NEW_AND_OLD_IMAGES"}
        table.stream_specification = view if stream else {"StreamEnabled": False}

    def restore(self, change: Mapping[str, Any]) -> str | None:
        """Applies a change from the log; a word why not where it fits no table of the description."""
        table = self.declared.get(change["table"])
        if table is None:
            return "gone"
        if change["event"] == "CLEAR":
            table.items.clear()
            return None
        keys = change["keys"]
        if [(name, next(iter(keys[name]))) for name in table.table_key_attrs if name in keys] != self._key(table) or len(keys) != len(
            self._key(table)
        ):
            return "key"
        hashed = images.key(keys[table.hash_key_attr])
        ranged = images.key(keys[table.range_key_attr]) if table.range_key_attr else None
        new = change["new"]
        table.place((table, hashed, ranged), None if new is None else images.restored(hashed, ranged, new))
        return None

    def expire(self, now: float) -> list[dict[str, Any]]:
        """Takes out the items whose time has come; the changes, with DynamoDB as the user."""
        journal = self.backend.journal
        for table in self.declared.values():
            attribute = table.ttl.get("AttributeName") if table.ttl["TimeToLiveStatus"] == "ENABLED" else None
            if not attribute:
                continue
            groups: Iterable[Any] = table.items.values()
            for item in [item for group in groups for item in (group.values() if table.range_key_attr else (group,))]:
                value = item.attrs.get(attribute)
                if value is not None and value.type == "N" and now - OLDEST <= float(value.value) <= now:
                    slot = (table, item.hash_key, item.range_key)
                    journal.note(slot)
                    table.place(slot, None)
        return [{**change, "user": EXPIRED} for change in journal.changes()]

    def scan(self, name: str, start: int, limit: int) -> dict[str, Any]:
        """Items in order of their keys, and how many there are."""
        table = self.declared[name]
        return {"items": [images.image(item) for item in table.all_items()[start : start + limit]], "count": len(table)}


class NoSize:
    """What is not less than, not equal to and not more than anything."""

    def __lt__(self, other: object) -> bool:
        return False

    __le__ = __gt__ = __ge__ = __lt__


def _size(function: FuncSize, item: Item | None) -> int | NoSize:
    """The size of an attribute, where moto gives up on items that have none (DynamoDB developer guide, Comparison operator and function
    reference): a number has no size, and neither has what is not there."""
    if function.attr.get_type(item) not in ("S", "SS", "NS", "B", "BS", "L", "M"):
        return NoSize()
    return len(function.attr.expr(item))


def _schema(key: Iterable[Iterable[str]]) -> list[dict[str, Any]]:
    return [{"AttributeName": name, "KeyType": role} for (name, _), role in zip(key, ("HASH", "RANGE"), strict=False)]


def _attributes(described: Mapping[str, Any]) -> list[dict[str, str]]:
    kinds = dict(described["key"])
    for index in described.get("indexes", ()):
        kinds.update(dict(index["key"]))
    return [{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()]
