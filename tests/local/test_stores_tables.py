"""Changes of items: each operation of DynamoDB that writes, by way of boto3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import ClientError

from tests.local.test_stores_front import ACCOUNT, DESCRIPTION, REGION, Front, opened, table

ORDERS, LINES, BLOBS = "shop-dev-Orders", "shop-dev-Lines", "shop-dev-Blobs"
Item = dict[str, Any]


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """The stores of this module."""
    yield from opened(tmp_path_factory.mktemp("stores"))


@pytest.fixture
def db(front: Front) -> Any:
    """DynamoDB's client."""
    return front.client("dynamodb")


def order(name: str, **more: Any) -> Item:
    """An item of Orders: texts, numbers as ints, or typed values."""
    return {
        "id": {"S": name},
        **{k: v if isinstance(v, dict) else {"N": str(v)} if isinstance(v, int) else {"S": v} for k, v in more.items()},
    }


def key(name: str) -> Item:
    """A key of Orders."""
    return {"id": {"S": name}}


def told(changes: list[dict[str, Any]]) -> list[tuple[str, Item | None, Item | None]]:
    """Event, old and new image of each change."""
    return [(change["event"], change["old"], change["new"]) for change in changes]


def code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    """The code of an error of AWS."""
    return str(refused.value.response["Error"]["Code"])


def test_put_item(front: Front, db: Any) -> None:
    """An insert, a change, and nothing for the same item again; names, keys, time and no user."""
    made = front.made(lambda: db.put_item(TableName=ORDERS, Item=order("put", n=1)))
    assert told(made) == [("INSERT", None, order("put", n=1))]
    assert (made[0]["table"], made[0]["keys"], made[0]["user"]) == ("Orders", key("put"), None)
    assert made[0]["at"] > 1_700_000_000_000
    assert told(front.made(lambda: db.put_item(TableName=ORDERS, Item=order("put", n=2)))) == [
        ("MODIFY", order("put", n=1), order("put", n=2))
    ]
    assert front.made(lambda: db.put_item(TableName=ORDERS, Item=order("put", n=2))) == []


def test_a_set_in_another_order_is_no_change(front: Front, db: Any) -> None:
    """Sets, also within lists and maps, have no order; numbers one spelling."""
    one = order("sets", s={"SS": ["a", "b"]}, m={"M": {"l": {"L": [{"NS": ["1.0", "2"]}, {"BS": [b"x", b"y"]}]}}})
    two = order("sets", s={"SS": ["b", "a"]}, m={"M": {"l": {"L": [{"NS": ["2e0", "1"]}, {"BS": [b"y", b"x"]}]}}})
    assert len(front.made(lambda: db.put_item(TableName=ORDERS, Item=one))) == 1
    assert front.made(lambda: db.put_item(TableName=ORDERS, Item=two)) == []
    lists = order("sets", s={"L": [{"S": "a"}, {"S": "b"}]})
    turned = order("sets", s={"L": [{"S": "b"}, {"S": "a"}]})
    assert len(front.made(lambda: db.put_item(TableName=ORDERS, Item=lists))) == 1
    assert len(front.made(lambda: db.put_item(TableName=ORDERS, Item=turned))) == 1


def test_a_condition_that_fails_changes_nothing(front: Front, db: Any) -> None:
    """For a put, an update and a delete."""
    db.put_item(TableName=ORDERS, Item=order("condition", n=1))
    writes = (
        lambda: db.put_item(TableName=ORDERS, Item=order("condition"), ConditionExpression="attribute_not_exists(id)"),
        lambda: db.update_item(
            TableName=ORDERS,
            Key=key("condition"),
            UpdateExpression="SET n = :n",
            ConditionExpression="n > :n",
            ExpressionAttributeValues={":n": {"N": "5"}},
        ),
        lambda: db.delete_item(TableName=ORDERS, Key=key("condition"), ConditionExpression="attribute_exists(x)"),
    )
    for write in writes:
        before = len(front.changes)
        with pytest.raises(ClientError) as refused:
            write()
        assert code(refused) == "ConditionalCheckFailedException"
        assert len(front.changes) == before
    assert db.get_item(TableName=ORDERS, Key=key("condition"))["Item"] == order("condition", n=1)


@pytest.mark.parametrize("expression", ["id bar baz", "id =", "(id = :x", "nothing(id)", "id = :none"])
def test_an_expression_that_is_invalid_is_refused(front: Front, db: Any, expression: str) -> None:
    """By DynamoDB's code, whatever moto makes of it."""
    before = len(front.changes)
    with pytest.raises(ClientError) as refused:
        db.put_item(TableName=ORDERS, Item=order("x"), ConditionExpression=expression, ExpressionAttributeValues={":x": {"S": "a"}})
    assert code(refused) == "ValidationException"
    assert len(front.changes) == before


def test_update_item(front: Front, db: Any) -> None:
    """An update that makes the item is one insert of the whole; one that changes is exact in depth; one that changes nothing is none."""

    def update(expression: str, **values: Any) -> list[dict[str, Any]]:
        more = {"ExpressionAttributeValues": {f":{k}": v for k, v in values.items()}} if values else {}
        return front.made(lambda: db.update_item(TableName=ORDERS, Key=key("update"), UpdateExpression=expression, **more))

    first = order("update", n=1, m={"M": {"a": {"L": [{"S": "x"}]}}})
    assert told(update("SET n = :n, m = :m", n={"N": "1"}, m=first["m"])) == [("INSERT", None, first)]
    second = {**first, "m": {"M": {"a": {"L": [{"S": "x"}, {"S": "y"}]}}}, "s": {"SS": ["t"]}}
    assert told(update("SET m.a[1] = :y ADD s :s", y={"S": "y"}, s={"SS": ["t"]})) == [("MODIFY", first, second)]
    assert update("SET n = n + :zero", zero={"N": "0"}) == []
    third = {k: v for k, v in second.items() if k != "s"} | {"n": {"N": "1.5"}}
    assert told(update("SET n = n + :half REMOVE s", half={"N": "0.50"})) == [("MODIFY", second, third)]
    assert told(update("SET n = n + :half", half={"N": "0.5"})) == [("MODIFY", third, {**third, "n": {"N": "2"}})]


def test_an_update_of_a_key_alone_makes_the_item(front: Front, db: Any) -> None:
    """Without expression and updates, and only the first time."""
    assert told(front.made(lambda: db.update_item(TableName=ORDERS, Key=key("alone")))) == [("INSERT", None, key("alone"))]
    assert front.made(lambda: db.update_item(TableName=ORDERS, Key=key("alone"))) == []


def test_an_update_that_fails_in_the_middle_leaves_nothing(front: Front, db: Any) -> None:
    """The item is as it was, or is not there, when the second action of an expression can't be done."""
    db.put_item(TableName=ORDERS, Item=order("half", text="x"))
    for name, there in (("half", order("half", text="x")), ("never", None)):
        before = len(front.changes)
        with pytest.raises(ClientError) as refused:
            db.update_item(
                TableName=ORDERS,
                Key=key(name),
                UpdateExpression="SET a = :one, b = :large",
                ExpressionAttributeValues={":one": {"N": "1"}, ":large": {"S": "x" * 410_000}},
            )
        assert code(refused) == "ValidationException"
        assert len(front.changes) == before
        assert db.get_item(TableName=ORDERS, Key=key(name)).get("Item") == there


def test_legacy_updates_keep_types(front: Front, db: Any) -> None:
    """AttributeUpdates, the older parameter: each action, with values of all types."""
    item = order("legacy", gone="x", n=1, s={"SS": ["a", "b"]}, l={"L": [{"S": "1"}]})
    db.put_item(TableName=ORDERS, Item=item)
    made = front.made(
        lambda: db.update_item(
            TableName=ORDERS,
            Key=key("legacy"),
            AttributeUpdates={
                "gone": {"Action": "DELETE"},
                "n": {"Action": "ADD", "Value": {"N": "2"}},
                "s": {"Action": "DELETE", "Value": {"SS": ["a"]}},
                "l": {"Action": "ADD", "Value": {"L": [{"S": "2"}]}},
                "flag": {"Value": {"BOOL": True}},
                "bytes": {"Value": {"B": b"\x00"}},
                "sets": {"Value": {"BS": [b"\x01"]}},
            },
        )
    )
    new = order(
        "legacy",
        n=3,
        s={"SS": ["b"]},
        l={"L": [{"S": "1"}, {"S": "2"}]},
        flag={"BOOL": True},
        bytes={"B": "AA=="},
        sets={"BS": ["AQ=="]},
    )
    assert told(made) == [("MODIFY", item, new)]


def test_delete_item(front: Front, db: Any) -> None:
    """A removal has the old image; a delete of nothing is none."""
    db.put_item(TableName=ORDERS, Item=order("delete", n=1))
    made = front.made(lambda: db.delete_item(TableName=ORDERS, Key=key("delete")))
    assert told(made) == [("REMOVE", order("delete", n=1), None)]
    assert made[0]["keys"] == key("delete")
    assert front.made(lambda: db.delete_item(TableName=ORDERS, Key=key("delete"))) == []


def test_batch_write_item(front: Front, db: Any) -> None:
    """Puts and deletes, also of several tables, in the order of the changes that they made."""
    db.put_item(TableName=ORDERS, Item=order("batch-old"))
    line = {"order": {"S": "batch"}, "line": {"N": "1"}}
    made = front.made(
        lambda: db.batch_write_item(
            RequestItems={
                ORDERS: [{"PutRequest": {"Item": order("batch-new")}}, {"DeleteRequest": {"Key": key("batch-old")}}],
                LINES: [{"PutRequest": {"Item": line}}, {"DeleteRequest": {"Key": {"order": {"S": "batch"}, "line": {"N": "2"}}}}],
            }
        )
    )
    assert sorted((c["table"], c["event"], str(c["keys"])) for c in made) == [
        ("Lines", "INSERT", str(line)),
        ("Orders", "INSERT", str(key("batch-new"))),
        ("Orders", "REMOVE", str(key("batch-old"))),
    ]


@pytest.mark.parametrize(
    "writes",
    [
        [{"PutRequest": {"Item": order("bad", n=1)}}, {"PutRequest": {"Item": order("bad", n=2)}}],
        [{"PutRequest": {"Item": order("bad")}}, {"DeleteRequest": {"Key": key("bad")}}],
        [{"PutRequest": {"Item": order(f"bad{n}")}} for n in range(26)],
        [{"PutRequest": {"Item": order("bad")}}, {"PutRequest": {"Item": {"id": {"N": "1"}}}}],
        [{"PutRequest": {"Item": order("bad")}}, {"PutRequest": {"Item": {"other": {"S": "1"}}}}],
    ],
    ids=["twice", "put and delete", "too many", "type of a key", "no key"],
)
def test_a_batch_that_is_refused_writes_nothing(front: Front, db: Any, writes: list[Any]) -> None:
    """As DynamoDB, which looks at all writes first."""
    before = len(front.changes)
    with pytest.raises(ClientError) as refused:
        db.batch_write_item(RequestItems={ORDERS: writes})
    assert code(refused) == "ValidationException"
    assert len(front.changes) == before
    assert "Item" not in db.get_item(TableName=ORDERS, Key=key("bad"))


def test_transact_write_items(front: Front, db: Any) -> None:
    """Put, update, delete and check: one change for each item that changed; all or nothing."""
    for name in ("t-update", "t-delete", "t-check"):
        db.put_item(TableName=ORDERS, Item=order(name, n=1))
    update = {
        "TableName": ORDERS,
        "Key": key("t-update"),
        "UpdateExpression": "SET n = n + :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    }
    writes = [
        {"Put": {"TableName": ORDERS, "Item": order("t-put")}},
        {"Update": update},
        {"Delete": {"TableName": ORDERS, "Key": key("t-delete")}},
        {"Put": {"TableName": LINES, "Item": {"order": {"S": "t"}, "line": {"N": "1"}}}},
    ]
    check = {"ConditionCheck": {"TableName": ORDERS, "Key": key("t-check"), "ConditionExpression": "attribute_not_exists(id)"}}
    before = len(front.changes)
    with pytest.raises(ClientError) as refused:
        db.transact_write_items(TransactItems=[*writes, check])
    assert [r["Code"] for r in refused.value.response["CancellationReasons"]] == ["None"] * 4 + ["ConditionalCheckFailed"]
    assert len(front.changes) == before
    assert "Item" not in db.get_item(TableName=ORDERS, Key=key("t-put"))
    assert db.get_item(TableName=ORDERS, Key=key("t-update"))["Item"] == order("t-update", n=1)
    check["ConditionCheck"]["ConditionExpression"] = "attribute_exists(id)"
    made = front.made(lambda: db.transact_write_items(TransactItems=[*writes, check]))
    assert [(c["event"], next(iter(c["keys"].values()))["S"]) for c in made] == [
        ("INSERT", "t-put"),
        ("MODIFY", "t-update"),
        ("REMOVE", "t-delete"),
        ("INSERT", "t"),
    ]
    assert made[1]["old"] == order("t-update", n=1)
    assert made[1]["new"] == order("t-update", n=2)


def test_partiql(front: Front, db: Any) -> None:
    """Statements with literals change items as the other operations do, and mind what is there."""

    def run(statement: str, *parameters: Any) -> list[tuple[str, Item | None, Item | None]]:
        more = {"Parameters": list(parameters)} if parameters else {}
        return told(front.made(lambda: db.execute_statement(Statement=statement, **more)))

    assert run(f"INSERT INTO \"{ORDERS}\" VALUE {{'id': 'ql', 'n': 1}}") == [("INSERT", None, order("ql", n=1))]
    assert run(f"UPDATE \"{ORDERS}\" SET n = 2 WHERE id='ql'") == [("MODIFY", order("ql", n=1), order("ql", n=2))]
    assert run(f"UPDATE \"{ORDERS}\" SET n = 2 WHERE id = 'ql'") == []
    three = order("ql", n=3, s={"SS": ["a", "b"]}, m={"M": {"it's": {"L": [{"S": "x"}]}}})
    given = ({"N": "1"}, {"SS": ["a", "b"]}, {"S": "ql"}, {"N": "5"})
    update = f"UPDATE \"{ORDERS}\" SET n = n + ?, s = ? SET m = {{'it''s': ['x']}} WHERE id = ? AND (n < ? OR n IS MISSING)"
    assert run(update, *given) == [("MODIFY", order("ql", n=2), three)]
    four = {**three, "s": {"SS": ["b"]}, "m": {"M": {"it's": {"L": [{"S": "y"}]}}}}
    update = f"UPDATE \"{ORDERS}\" SET m.\"it's\"[0] = 'y' SET s = set_delete(s, <<'a'>>) WHERE id = 'ql'"
    assert run(update) == [("MODIFY", three, four)]
    five = {k: v for k, v in four.items() if k != "m"}
    assert run(f"UPDATE \"{ORDERS}\" REMOVE m WHERE id = 'ql'") == [("MODIFY", four, five)]
    assert run(f"SELECT * FROM \"{ORDERS}\" WHERE id = 'ql'") == []
    assert run(f"INSERT INTO \"{ORDERS}\" VALUE {{'id': ?, 'b': ?}}", {"S": "ql-b"}, {"B": b"x"}) == [
        ("INSERT", None, order("ql-b", b={"B": "eA=="}))
    ]
    assert run(f'DELETE FROM "{ORDERS}" WHERE id = ?', {"S": "ql"}) == [("REMOVE", five, None)]
    assert run(f'DELETE FROM "{ORDERS}" WHERE id = ?', {"S": "ql"}) == []


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("INSERT INTO \"{t}\" VALUE {{'id': 'ql-there', 'n': 3}}", "DuplicateItemException"),
        ("UPDATE \"{t}\" SET n = 2 WHERE id = 'ql-none'", "ConditionalCheckFailedException"),
        ("UPDATE \"{t}\" SET n = 2 WHERE id = 'ql-there' AND n > 1", "ConditionalCheckFailedException"),
        ("DELETE FROM \"{t}\" WHERE id = 'ql-there' AND NOT n = 1", "ConditionalCheckFailedException"),
        ('UPDATE "{t}" SET n = 2 WHERE n = 1', "ValidationException"),
        ("UPDATE \"{t}\" SET n = 2 WHERE id = 'ql-there' OR id = 'x'", "ValidationException"),
        ('UPDATE "{t}" SET n = 2 WHERE id = ?', "ValidationException"),
        ("UPDATE \"{t}\" SET n = 2 WHERE (id = 'ql-there' OR n = 1)", "ValidationException"),
        ("UPDATE \"{t}\" SET n = 2 WHERE NOT id = 'ql-there'", "ValidationException"),
        ("INSERT INTO \"{t}\" VALUE {{'id': 'ql-more'}} AND more", "ValidationException"),
        ("DELETE FROM \"{t}\" WHERE id = 'ql-there' RETURNING SOME *", "ValidationException"),
        ("SOMETHING ELSE {t}", "ValidationException"),
        ("UPDATE \"{t}\" SET n = 2 WHERE id = 'ql-there' GROUP BY n", "ValidationException"),
        ("INSERT INTO \"{t}\" VALUE <<'x'>>", "ValidationException"),
        ("INSERT INTO \"{t}\" VALUE {{'id': 'x' 'n'}}", "ValidationException"),
        ("INSERT INTO \"nothing\" VALUE {{'id': 'x'}}", "ResourceNotFoundException"),
        ('DELETE FROM "{t}" WHERE §', "ValidationException"),
    ],
)
def test_partiql_that_is_refused(front: Front, db: Any, statement: str, error: str) -> None:
    """With DynamoDB's code, and without a change."""
    db.put_item(TableName=ORDERS, Item=order("ql-there", n=1))
    before = len(front.changes)
    with pytest.raises(ClientError) as refused:
        db.execute_statement(Statement=statement.format(t=ORDERS))
    assert code(refused) == error
    assert len(front.changes) == before


def test_parameters_that_are_too_many(front: Front, db: Any) -> None:
    """Each has a question mark."""
    before = len(front.changes)
    with pytest.raises(ClientError, match="Number of parameters"):
        db.execute_statement(Statement=f'DELETE FROM "{ORDERS}" WHERE id = ?', Parameters=[{"S": "ql-there"}, {"S": "x"}])
    assert len(front.changes) == before


def test_partiql_reads(db: Any) -> None:
    """SELECT from tables and indexes, with conditions, functions, an order and a projection; what RETURNING shows."""
    for n, tag in ((1, "a"), (2, "ab"), (3, "b")):
        item = order(f"qr{n}", customer="qr", createdAt=n, tag=tag, m={"M": {"deep": {"N": str(n)}}})
        db.put_item(TableName=ORDERS, Item=item)

    def run(statement: str, *parameters: Any) -> list[Item]:
        more = {"Parameters": list(parameters)} if parameters else {}
        return db.execute_statement(Statement=statement.format(t=ORDERS), **more)["Items"]  # type: ignore[no-any-return]

    def ids(items: list[Item]) -> list[str]:
        return [item["id"]["S"] for item in items]

    assert ids(run("SELECT * FROM \"{t}\" WHERE id IN ['qr1', 'qr3']")) == ["qr1", "qr3"]
    assert ids(run("SELECT * FROM \"{t}\" WHERE begins_with(tag, ?) AND customer = 'qr'", {"S": "a"})) == ["qr1", "qr2"]
    assert ids(run('SELECT id FROM "{t}"."byCustomer" WHERE customer = \'qr\' AND createdAt BETWEEN 2 AND 3 ORDER BY createdAt DESC')) == [
        "qr3",
        "qr2",
    ]
    assert run("SELECT id, m.deep FROM \"{t}\" WHERE id = 'qr2'") == [{"id": {"S": "qr2"}, "m": {"M": {"deep": {"N": "2"}}}}]
    assert ids(run("SELECT * FROM \"{t}\" WHERE customer = 'qr' AND NOT (size(tag) > 1 OR tag = 'b')")) == ["qr1"]
    assert run("UPDATE \"{t}\" SET n = 1 WHERE id = 'qr1' RETURNING MODIFIED NEW *") == [{"n": {"N": "1"}}]
    assert ids(run("DELETE FROM \"{t}\" WHERE id = 'qr1' RETURNING ALL OLD *")) == ["qr1"]


def test_partiql_in_batches(front: Front, db: Any) -> None:
    """A batch does what it can; a transaction all or nothing."""
    db.put_item(TableName=ORDERS, Item=order("ql-there"))

    def insert(name: str) -> dict[str, str]:
        return {"Statement": f"INSERT INTO \"{ORDERS}\" VALUE {{ 'id' : '{name}' }}"}

    half = {"Statement": f"UPDATE \"{ORDERS}\" SET a = 1, b = ? WHERE id = 'ql-there'", "Parameters": [{"S": "x" * 410_000}]}
    made = front.made(lambda: db.batch_execute_statement(Statements=[insert("ql-1"), insert("ql-there"), half, insert("ql-2")]))
    assert told(made) == [("INSERT", None, key("ql-1")), ("INSERT", None, key("ql-2"))]
    assert db.get_item(TableName=ORDERS, Key=key("ql-there"))["Item"] == key("ql-there")
    answers = db.batch_execute_statement(Statements=[insert("ql-there"), {"Statement": f"SELECT * FROM \"{ORDERS}\" WHERE id = 'ql-1'"}])
    assert answers["Responses"][0]["Error"]["Code"] == "DuplicateItem"
    assert answers["Responses"][1]["Item"] == key("ql-1")
    before = len(front.changes)
    with pytest.raises(ClientError) as refused:
        db.execute_transaction(TransactStatements=[insert("ql-3"), insert("ql-there")])
    assert [reason["Code"] for reason in refused.value.response["CancellationReasons"]] == ["None", "DuplicateItem"]
    assert len(front.changes) == before
    assert "Item" not in db.get_item(TableName=ORDERS, Key=key("ql-3"))
    made = front.made(lambda: db.execute_transaction(TransactStatements=[insert("ql-3"), insert("ql-4")]))
    assert told(made) == [("INSERT", None, key("ql-3")), ("INSERT", None, key("ql-4"))]


def test_every_type_is_in_the_images(front: Front, db: Any) -> None:
    """Binary in base 64, sets, nested, empty and unicode values, as they are in DynamoDB's JSON."""
    item = {
        "hash": {"B": b"\x00\xff"},
        "bs": {"BS": [b"", b"\x01"]},
        "ns": {"NS": ["1", "-2.50"]},
        "l": {"L": [{"L": []}, {"M": {}}, {"B": b"\x02"}, {"NULL": True}, {"BOOL": False}]},
        "m": {"M": {"ü ☃": {"S": ""}, "a.b": {"N": "1E2"}}},
        "big": {"N": "1E-130"},
        "large": {"S": "x" * 390_000},
    }
    made = front.made(lambda: db.put_item(TableName=BLOBS, Item=item))
    assert made[0]["keys"] == {"hash": {"B": "AP8="}}
    assert made[0]["new"] == {
        "hash": {"B": "AP8="},
        "bs": {"BS": ["", "AQ=="]},
        "ns": {"NS": ["1", "-2.5"]},
        "l": {"L": [{"L": []}, {"M": {}}, {"B": "Ag=="}, {"NULL": True}, {"BOOL": False}]},
        "m": {"M": {"ü ☃": {"S": ""}, "a.b": {"N": "100"}}},
        "big": {"N": "0." + "0" * 129 + "1"},
        "large": {"S": "x" * 390_000},
    }
    got = db.get_item(TableName=BLOBS, Key={"hash": {"B": b"\x00\xff"}})["Item"]
    assert got["l"]["L"][2] == {"B": b"\x02"}
    assert got["m"] == made[0]["new"]["m"]
    with pytest.raises(ClientError, match="at least one character"):
        db.put_item(TableName=BLOBS, Item={"hash": {"B": b"1"}, "m": {"M": {"": {"S": "x"}}}})
    with pytest.raises(ClientError, match="size"):
        db.put_item(TableName=BLOBS, Item={"hash": {"B": b"1"}, "large": {"S": "x" * 420_000}})


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("1.50", "1.5"),
        ("007", "7"),
        ("-0", "0"),
        ("+5", "5"),
        ("1E2", "100"),
        (".5", "0.5"),
        ("12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
        ("123456789012345678901234567890123456789", None),
        ("1_0", None),
        (" 1", None),
        ("NaN", None),
        ("1E126", None),
        ("1E-131", None),
        ("١", None),
    ],
)
def test_numbers_have_one_spelling(front: Front, db: Any, text: str, stored: str | None) -> None:
    """A number comes back as DynamoDB writes it; what is none, too large or too long is refused."""
    if stored is None:
        with pytest.raises(ClientError) as refused:
            db.put_item(TableName=ORDERS, Item=order("number", n={"N": text}))
        assert code(refused) == "ValidationException"
    else:
        db.put_item(TableName=ORDERS, Item=order("number", n={"N": text}))
        assert db.get_item(TableName=ORDERS, Key=key("number"))["Item"]["n"] == {"N": stored}


def test_sums_have_38_digits(front: Front, db: Any) -> None:
    """Arithmetic of an update is DynamoDB's, not Python's 28 digits."""
    db.put_item(TableName=ORDERS, Item=order("sum", n={"N": "12345678901234567890123456789012.5"}))
    values = {":n": {"N": "0.000001"}}
    db.update_item(TableName=ORDERS, Key=key("sum"), UpdateExpression="SET n = n + :n", ExpressionAttributeValues=values)
    assert db.get_item(TableName=ORDERS, Key=key("sum"))["Item"]["n"] == {"N": "12345678901234567890123456789012.500001"}


def test_a_number_is_one_key_however_it_is_written(front: Front, db: Any) -> None:
    """`1` and `1.0` are the same line."""
    db.put_item(TableName=LINES, Item={"order": {"S": "same"}, "line": {"N": "1"}})
    made = front.made(lambda: db.put_item(TableName=LINES, Item={"order": {"S": "same"}, "line": {"N": "1.0"}, "x": {"S": "y"}}))
    assert [(c["event"], c["keys"]["line"]) for c in made] == [("MODIFY", {"N": "1"})]


def test_keys_of_indexes_have_their_types(front: Front, db: Any) -> None:
    """A put and an update that would give an index a key of another type are refused."""
    with pytest.raises(ClientError, match="Type mismatch for Index Key createdAt Expected: N Actual: S IndexName: byCustomer"):
        db.put_item(TableName=ORDERS, Item=order("index", customer="c", createdAt="today"))
    db.put_item(TableName=ORDERS, Item=order("index", customer="c", createdAt=5))
    with pytest.raises(ClientError, match="Type mismatch"):
        db.update_item(
            TableName=ORDERS, Key=key("index"), UpdateExpression="SET customer = :n", ExpressionAttributeValues={":n": {"N": "5"}}
        )
    assert db.get_item(TableName=ORDERS, Key=key("index"))["Item"]["customer"] == {"S": "c"}
    with pytest.raises(ClientError, match="Type mismatch"):
        db.update_item(
            TableName=ORDERS, Key=key("index-new"), UpdateExpression="ADD customer :n", ExpressionAttributeValues={":n": {"N": "5"}}
        )
    assert "Item" not in db.get_item(TableName=ORDERS, Key=key("index-new"))


def test_keys_of_another_type_are_refused(db: Any) -> None:
    """A number where the key is a text: by a read, a delete and the conditions of a query."""
    number = {":v": {"N": "1"}}
    for refused_call in (
        lambda: db.get_item(TableName=ORDERS, Key={"id": {"N": "1"}}),
        lambda: db.delete_item(TableName=LINES, Key={"order": {"S": "a"}, "line": {"S": "1"}}),
        lambda: db.query(TableName=ORDERS, KeyConditionExpression="id = :v", ExpressionAttributeValues=number),
        lambda: db.query(
            TableName=LINES,
            KeyConditionExpression="#o = :o AND line > :l",
            ExpressionAttributeNames={"#o": "order"},
            ExpressionAttributeValues={":o": {"S": "a"}, ":l": {"S": "1"}},
        ),
    ):
        with pytest.raises(ClientError) as refused:
            refused_call()
        assert code(refused) == "ValidationException"


def test_a_hundred_items_in_a_transaction(db: Any) -> None:
    """As many as DynamoDB reads and writes in one."""
    db.transact_write_items(TransactItems=[{"Put": {"TableName": ORDERS, "Item": order(f"tx{n}")}} for n in range(100)])
    found = db.transact_get_items(TransactItems=[{"Get": {"TableName": ORDERS, "Key": key(f"tx{n}")}} for n in range(100)])
    assert [answer["Item"] for answer in found["Responses"]] == [order(f"tx{n}") for n in range(100)]


def test_queries_of_a_table_and_an_index(front: Front, db: Any) -> None:
    """In order of the sort key, with pages, backwards, by a condition on the sort key, and nothing for a key that is not there."""
    for n in (3, 1, 2):
        db.put_item(TableName=LINES, Item={"order": {"S": "query"}, "line": {"N": str(n)}})
        db.put_item(TableName=ORDERS, Item=order(f"query{n}", customer="query", createdAt=n))
    db.put_item(TableName=ORDERS, Item=order("query-without", customer="query"))

    def lines(**more: Any) -> Any:
        values = {":o": {"S": more.pop("of", "query")}, **more.pop("values", {})}
        names = {"#o": "order"}
        condition = "#o = :o" + more.pop("condition", "")
        return db.query(
            TableName=LINES, KeyConditionExpression=condition, ExpressionAttributeNames=names, ExpressionAttributeValues=values, **more
        )

    assert [item["line"]["N"] for item in lines()["Items"]] == ["1", "2", "3"]
    assert [item["line"]["N"] for item in lines(ScanIndexForward=False)["Items"]] == ["3", "2", "1"]
    assert [item["line"]["N"] for item in lines(condition=" AND line > :l", values={":l": {"N": "1"}})["Items"]] == ["2", "3"]
    first = lines(Limit=2)
    assert [item["line"]["N"] for item in lines(ExclusiveStartKey=first["LastEvaluatedKey"])["Items"]] == ["3"]
    assert lines(of="nobody")["Items"] == []
    found = db.query(
        TableName=ORDERS,
        IndexName="byCustomer",
        KeyConditionExpression="customer = :c AND createdAt BETWEEN :a AND :b",
        ExpressionAttributeValues={":c": {"S": "query"}, ":a": {"N": "2"}, ":b": {"N": "9"}},
    )
    assert [item["id"]["S"] for item in found["Items"]] == ["query2", "query3"]


def test_answers_have_what_was_asked_for(db: Any) -> None:
    """Old and new attributes, the items of a batch and of a transaction, a count; capacity only for who wants it."""
    old = order("answers", n=1)
    db.put_item(TableName=ORDERS, Item=old)
    put = db.put_item(TableName=ORDERS, Item=order("answers", n=2), ReturnValues="ALL_OLD")
    assert put["Attributes"] == old
    assert "ConsumedCapacity" not in put
    update = {"UpdateExpression": "SET n = :n, b = :b", "ExpressionAttributeValues": {":n": {"N": "3"}, ":b": {"B": b"x"}}}
    done = db.update_item(TableName=ORDERS, Key=key("answers"), ReturnValues="UPDATED_NEW", ReturnConsumedCapacity="TOTAL", **update)
    assert done["Attributes"] == {"n": {"N": "3"}, "b": {"B": b"x"}}
    assert done["ConsumedCapacity"]["TableName"] == ORDERS
    assert "ConsumedCapacity" not in db.update_item(TableName=ORDERS, Key=key("answers"), **update)
    new = order("answers", n=3, b={"B": b"x"})
    got = db.batch_get_item(RequestItems={ORDERS: {"Keys": [key("answers"), key("nobody")]}})
    assert got["Responses"] == {ORDERS: [new]}
    assert db.transact_get_items(TransactItems=[{"Get": {"TableName": ORDERS, "Key": key("answers")}}])["Responses"] == [{"Item": new}]
    counted = db.scan(TableName=ORDERS, FilterExpression="id = :i", ExpressionAttributeValues={":i": {"S": "answers"}}, Select="COUNT")
    assert (counted["Count"], "Items" in counted) == (1, False)
    part = db.get_item(TableName=ORDERS, Key=key("answers"), ProjectionExpression="#b", ExpressionAttributeNames={"#b": "b"})
    assert part["Item"] == {"b": {"B": b"x"}}
    assert db.delete_item(TableName=ORDERS, Key=key("answers"), ReturnValues="ALL_OLD")["Attributes"] == new


def test_a_table_is_as_described(db: Any) -> None:
    """ARN, stream's ARN, view, expiry and the kind of billing."""
    found = db.describe_table(TableName=ORDERS)["Table"]
    assert found["TableArn"] == f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{ORDERS}"
    assert found["LatestStreamArn"] == f"{found['TableArn']}/stream/1"
    assert found["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
    assert found["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert db.describe_time_to_live(TableName=ORDERS)["TimeToLiveDescription"] == {
        "TimeToLiveStatus": "ENABLED",
        "AttributeName": "expiresAt",
    }
    assert db.get_item(TableName=found["TableArn"], Key=key("nobody")).get("Item") is None


def test_expiry(front: Front, db: Any) -> None:
    """Items whose time has passed go, by DynamoDB's hand; not those of later, of another type, or longer than five years past."""
    now = 1_800_000_000
    times = {"past": now - 1, "now": now, "later": now + 1, "ancient": now - 6 * 365 * 24 * 3600}
    for name, at in times.items():
        db.put_item(TableName=ORDERS, Item=order(f"ttl-{name}", expiresAt=at))
    db.put_item(TableName=ORDERS, Item=order("ttl-text", expiresAt="1"))
    gone = front.wait(front.stores.expire(now))
    assert [(c["keys"]["id"]["S"], c["event"], c["new"], c["user"]) for c in gone] == [
        (f"ttl-{name}", "REMOVE", None, {"type": "Service", "principalId": "dynamodb.amazonaws.com"}) for name in ("past", "now")
    ]
    assert gone[0]["old"] == order("ttl-past", expiresAt=now - 1)
    assert front.wait(front.stores.expire(now)) == []
    assert "Item" in db.get_item(TableName=ORDERS, Key=key("ttl-later"))


def test_tables_that_a_function_makes_are_not_in_the_log(front: Front, db: Any) -> None:
    """They work, and make no changes."""
    db.create_table(
        TableName="own",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
    )
    assert front.made(lambda: db.put_item(TableName="own", Item=key("x"))) == []
    assert front.made(lambda: db.delete_item(TableName="own", Key=key("x"))) == []
    assert db.scan(TableName="own")["Items"] == []
    db.delete_table(TableName="own")


def test_another_region_has_tables_of_its_own(front: Front) -> None:
    """As on AWS: the app's tables are in the app's region."""
    other = front.client("dynamodb", region="us-east-1")
    assert other.list_tables()["TableNames"] == []
    with pytest.raises(ClientError) as refused:
        other.get_item(TableName=ORDERS, Key=key("x"))
    assert code(refused) == "ResourceNotFoundException"


def test_put_and_scan_for_the_command_line(front: Front, db: Any) -> None:
    """An item is put as PutItem puts it, refused as PutItem refuses it, and shown in order of the keys."""
    line = {"order": {"S": "cli"}, "line": {"N": "1"}}
    reply = front.wait(front.stores.put_item("Lines", line))
    assert (reply.status, told(reply.changes)) == (200, [("INSERT", None, line)])
    reply = front.wait(front.stores.put_item("Lines", {"order": {"S": "cli"}}))
    assert (reply.status, list(reply.changes)) == (400, [])
    assert b"Missing the key line" in reply.body
    shown = front.wait(front.stores.scan("table", "Lines", 0, 1))
    everything = front.wait(front.stores.scan("table", "Lines", 0, 1000))
    assert shown["count"] == len(everything["items"])
    assert shown["items"] == everything["items"][:1]
    assert line in everything["items"]


def test_plain_values_in_dynamodbs_json() -> None:
    """What somebody types on the command line becomes typed."""
    from decimal import Decimal

    from ifc.local.stores.items import typed

    assert typed({"a": 1, "b": Decimal("1.5"), "c": [None, True, "x", {}]}) == {
        "M": {"a": {"N": "1"}, "b": {"N": "1.5"}, "c": {"L": [{"NULL": True}, {"BOOL": True}, {"S": "x"}, {"M": {}}]}}
    }


# --- descriptions that change ---


@pytest.fixture
def changing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Stores whose description a test may change."""
    yield from opened(tmp_path_factory.mktemp("changing"))


def with_tables(**tables: Any) -> dict[str, Any]:
    """The description with other tables."""
    return {**DESCRIPTION, "tables": {**DESCRIPTION["tables"], **tables}}


def test_a_changed_description_keeps_what_it_can(changing: Front) -> None:
    """A new index finds old items, a new name keeps them; a new key takes them; what is gone is gone; the others are as they were."""
    front, db = changing, changing.client("dynamodb")
    db.put_item(TableName=ORDERS, Item=order("kept", status="new"))
    db.put_item(TableName=LINES, Item={"order": {"S": "kept"}, "line": {"N": "1"}})
    db.put_item(TableName=BLOBS, Item={"hash": {"B": b"1"}})
    byStatus = {"name": "byStatus", "key": [["status", "S"]], "projection": "KEYS_ONLY", "attributes": []}
    later = {
        **DESCRIPTION,
        "tables": {
            "Orders": table("shop-dev-Orders", ("id", "S"), indexes=[byStatus]),
            "Lines": table("shop-dev-Lines", ("order", "S")),
            "More": table("shop-dev-More", ("id", "S")),
        },
    }
    created = front.create(later)
    assert (list(created.cleared), dict(created.dropped)) == (["Lines"], {"tables": ["Blobs"]})
    assert dict(created.added) == {"tables": ["More"]}
    assert [(c["table"], c["event"]) for c in created.changes] == [("Lines", "CLEAR")]
    assert sorted(db.list_tables()["TableNames"]) == ["shop-dev-Lines", "shop-dev-More", "shop-dev-Orders"]
    found = db.query(
        TableName=ORDERS,
        IndexName="byStatus",
        KeyConditionExpression="#s = :s",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":s": {"S": "new"}},
    )
    assert found["Items"] == [order("kept", status="new")]
    assert db.describe_time_to_live(TableName=ORDERS)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
    assert db.scan(TableName=LINES)["Items"] == []
    later["tables"]["Orders"] = {**table("shop-test-Orders", ("id", "S")), "arn": "arn:aws:dynamodb:elsewhere:1:table/shop-test-Orders"}
    front.create(later)
    assert db.describe_table(TableName="shop-test-Orders")["Table"]["TableArn"] == later["tables"]["Orders"]["arn"]
    assert db.get_item(TableName="shop-test-Orders", Key=key("kept"))["Item"] == order("kept", status="new")
    with pytest.raises(ClientError):
        db.describe_table(TableName=ORDERS)
    again = front.create(later)
    assert (dict(again.added), list(again.cleared), dict(again.dropped), list(again.changes)) == ({}, [], {}, [])


def test_what_comes_back_into_a_description_has_the_logs_items(changing: Front) -> None:
    """A table that was taken out and put in again is among the added, and is given its changes."""
    front, db = changing, changing.client("dynamodb")
    db.put_item(TableName=ORDERS, Item=order("back"))
    without = {**DESCRIPTION, "tables": {k: v for k, v in DESCRIPTION["tables"].items() if k != "Orders"}}
    front.create(without)
    assert dict(front.create(DESCRIPTION).added) == {"tables": ["Orders"]}
    assert db.scan(TableName=ORDERS)["Items"] == []
    front.restore([change for change in front.changes if change["table"] == "Orders"])
    assert db.scan(TableName=ORDERS)["Items"] == [key("back")]


def test_items_with_another_key_do_not_come_back(changing: Front) -> None:
    """They are left out and counted; after CLEAR the log's older items are no more."""
    front, db = changing, changing.client("dynamodb")
    db.put_item(TableName=LINES, Item={"order": {"S": "a"}, "line": {"N": "1"}})
    db.put_item(TableName=BLOBS, Item={"hash": {"B": b"1"}})
    other = with_tables(Lines=table("shop-dev-Lines", ("order", "S")))
    del other["tables"]["Blobs"]
    restored = front.again(other)
    assert (restored.count, dict(restored.skipped)) == (0, {("table", "Lines", "key"): 1, ("table", "Blobs", "gone"): 1})
    front.changes.append({"table": "Lines", "event": "CLEAR", "at": 0})
    front.again()
    assert front.wait(front.stores.scan("table", "Lines"))["count"] == 0
    assert front.wait(front.stores.scan("table", "Blobs"))["count"] == 1


@pytest.mark.parametrize(
    ("members", "shown"),
    [({"SS": ["a", "b", "a"]}, "a, b, a"), ({"NS": ["1", "1.0"]}, "1, 1"), ({"BS": [b"x", b"x"]}, "eA==, eA==")],
)
def test_a_set_has_no_member_twice(db: Any, members: Item, shown: str) -> None:
    """Not in an item, not within it, and not in what is added to it."""
    expected = rf"Input collection \[{shown}\] contains duplicates"
    for item in (order("twice", s=members), order("twice", s={"L": [{"M": {"s": members}}]})):
        with pytest.raises(ClientError, match=expected):
            db.put_item(TableName=ORDERS, Item=item)
    with pytest.raises(ClientError, match=expected):
        db.update_item(TableName=ORDERS, Key=key("twice"), UpdateExpression="ADD s :s", ExpressionAttributeValues={":s": members})
    assert "Item" not in db.get_item(TableName=ORDERS, Key=key("twice"))


def test_how_deep_an_attribute_may_be(front: Front, db: Any) -> None:
    """32 lists and maps within each other, and no more, however the last one comes in."""

    def nested(levels: int) -> Item:
        return {"S": "x"} if not levels else {"M": {"a": nested(levels - 1)}} if levels % 2 else {"L": [nested(levels - 1)]}

    db.put_item(TableName=ORDERS, Item=order("deep", d=nested(32), e=nested(31)))
    with pytest.raises(ClientError, match="Nesting Levels have exceeded supported limits"):
        db.put_item(TableName=ORDERS, Item=order("deep", d=nested(33)))
    more = {"UpdateExpression": "SET f = list_append(:l, :l)", "ExpressionAttributeValues": {":l": {"L": [nested(31)]}}}
    db.update_item(TableName=ORDERS, Key=key("deep"), **more)
    with pytest.raises(ClientError, match="Nesting Levels have exceeded supported limits"):
        db.update_item(TableName=ORDERS, Key=key("deep"), UpdateExpression="SET f[0] = d")
    assert db.get_item(TableName=ORDERS, Key=key("deep"))["Item"]["f"] == {"L": [nested(31), nested(31)]}


@pytest.mark.parametrize(
    "comparison", ["size(x) > :n", "size(x) = :n", "size(x) BETWEEN :n AND :n", "size(x) IN (:n)", "NOT size(x) <> :n"]
)
def test_what_has_no_size(db: Any, comparison: str) -> None:
    """An item without the attribute, or with a number there, is not selected; it does not stop a scan."""
    for name, more in (("sized-text", {"x": "abc"}), ("sized-number", {"x": 5}), ("sized-not", {})):
        db.put_item(TableName=ORDERS, Item=order(name, **more))  # type: ignore[arg-type]  # texts and numbers
    found = db.scan(
        TableName=ORDERS,
        FilterExpression=f"begins_with(id, :p) AND {comparison}",
        ExpressionAttributeValues={":n": {"N": "2" if ">" in comparison and "<" not in comparison else "3"}, ":p": {"S": "sized-"}},
    )
    assert [item["id"]["S"] for item in found["Items"]] == ["sized-text"]


def test_a_transaction_is_done_once_for_its_token(front: Front, db: Any) -> None:
    """The same again is answered and not done; something else with the token is refused, and what failed may be tried again."""

    def add(token: str, amount: int = 1, condition: str | None = None) -> Any:
        update = {
            "TableName": ORDERS,
            "Key": key("token"),
            "UpdateExpression": "ADD n :n",
            "ExpressionAttributeValues": {":n": {"N": str(amount)}},
            **({"ConditionExpression": condition} if condition else {}),
        }
        return lambda: db.transact_write_items(ClientRequestToken=token, TransactItems=[{"Update": update}])

    def total() -> str:
        return str(db.get_item(TableName=ORDERS, Key=key("token"))["Item"]["n"]["N"])

    assert len(front.made(add("t-1"))) == 1
    assert front.made(add("t-1")) == []
    assert total() == "1"
    with pytest.raises(ClientError) as refused:
        add("t-1", 2)()
    assert (code(refused), refused.value.response["ResponseMetadata"]["HTTPStatusCode"]) == ("IdempotentParameterMismatchException", 400)
    with pytest.raises(db.exceptions.TransactionCanceledException):
        add("t-2", 3, "attribute_exists(later)")()
    db.update_item(TableName=ORDERS, Key=key("token"), UpdateExpression="SET later = n")
    add("t-2", 3, "attribute_exists(later)")()
    assert total() == "4"
    statements = [{"Statement": f"UPDATE \"{ORDERS}\" SET n = n + 1 WHERE id = 'token'"}]
    for _ in range(2):
        db.execute_transaction(ClientRequestToken="t-3", TransactStatements=statements)
    assert total() == "5"


def test_a_token_is_known_for_ten_minutes() -> None:
    """After that the transaction is done anew."""
    from ifc.local.stores import tables

    tokens, done = tables.Tokens(), []
    with mock.patch.object(tables.time, "monotonic") as clock:
        for now in (0.0, 599.0, 600.0, 601.0):
            clock.return_value = now
            tokens.once("t", "asked", lambda now=now: done.append(now))
    assert done == [0.0, 600.0]
