"""What was there is there again: after any writes and a kill, from the changes alone."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.local.test_stores_front import DESCRIPTION, Change, Front, opened

ORDERS, LINES, BLOBS = "shop-dev-Orders", "shop-dev-Lines", "shop-dev-Blobs"
REPORTS, ARCHIVE = "shop-dev-reports", "shop-dev-archive"
TABLES = {ORDERS: ("Orders", ("id",)), LINES: ("Lines", ("order", "line")), BLOBS: ("Blobs", ("hash",))}
NOTHING: dict[str, Any] = {**DESCRIPTION, "tables": {}, "buckets": {}, "secrets": {}, "configs": {}}


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """The stores that are written to."""
    yield from opened(tmp_path_factory.mktemp("written"))


@pytest.fixture(scope="module")
def other(front: Front, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Stores that know nothing but what they are given, and the same files."""
    made = Front(tmp_path_factory.mktemp("restored"))
    made.objects = front.objects
    try:
        yield made.open()
    finally:
        made.close()


def inventory(front: Front) -> dict[str, Any]:
    """Everything that can be read, byte for byte."""
    db, s3, values, parameters = (front.client(service) for service in ("dynamodb", "s3", "secretsmanager", "ssm"))
    found: dict[str, Any] = {name: db.scan(TableName=name)["Items"] for name in TABLES}
    for name, (_, keys) in TABLES.items():
        for item in found[name]:
            assert db.get_item(TableName=name, Key={k: item[k] for k in keys})["Item"] == item
    for bucket in (REPORTS, ARCHIVE):
        listed = s3.list_object_versions(Bucket=bucket)
        found[bucket] = [
            {
                "key": version["Key"],
                "version": version["VersionId"],
                "latest": version["IsLatest"],
                "modified": version["LastModified"],
                "tags": s3.get_object_tagging(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])["TagSet"],
                **read(s3, bucket, version["Key"], version["VersionId"]),
                **({"acl": s3.get_object_acl(Bucket=bucket, Key=version["Key"])["Grants"]} if version["IsLatest"] else {}),
            }
            for version in listed.get("Versions", [])
        ]
        found[f"{bucket} markers"] = [(m["Key"], m["VersionId"], m["IsLatest"]) for m in listed.get("DeleteMarkers", [])]
        found[f"{bucket} list"] = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    for name in sorted(s["Name"] for s in values.list_secrets()["SecretList"]):
        described = values.describe_secret(SecretId=name)
        versions = described.get("VersionIdsToStages", {})
        found[name] = {
            version: (stages, values.get_secret_value(SecretId=name, VersionId=version).get("SecretString"))
            for version, stages in versions.items()
        }
    for name in sorted(p["Name"] for p in parameters.describe_parameters()["Parameters"]):
        history = parameters.get_parameter_history(Name=name)["Parameters"]
        found[name] = [(p["Version"], p["Value"], p.get("Labels")) for p in history]
    return found


def read(s3: Any, bucket: str, key: str, version: str) -> dict[str, Any]:
    """An object's bytes and headers."""
    got = s3.get_object(Bucket=bucket, Key=key, **({} if version == "null" else {"VersionId": version}))
    headers = {k: v for k, v in got["ResponseMetadata"]["HTTPHeaders"].items() if k not in ("date", "x-amzn-requestid")}
    return {"body": got["Body"].read(), "headers": headers}


NAMES = st.sampled_from(["a", "b", "ü"])
NUMBERS = st.sampled_from(["0", "1", "-2.50", "1e3", "0.1"])
BYTES = st.binary(max_size=3)
VALUES = st.recursive(
    st.one_of(
        st.builds(lambda s: {"S": s}, st.text(st.characters(codec="utf-8"), max_size=4)),
        st.builds(lambda n: {"N": n}, NUMBERS),
        st.builds(lambda b: {"B": b}, BYTES),
        st.just({"NULL": True}),
        st.builds(lambda b: {"BOOL": b}, st.booleans()),
        st.builds(lambda s: {"SS": s}, st.lists(st.text("ab", min_size=1, max_size=2), min_size=1, max_size=3, unique=True)),
        st.builds(lambda s: {"NS": s}, st.lists(NUMBERS, min_size=1, max_size=3, unique=True)),
        st.builds(lambda s: {"BS": s}, st.lists(BYTES, min_size=1, max_size=2, unique=True)),
    ),
    lambda inner: st.one_of(
        st.builds(lambda v: {"L": v}, st.lists(inner, max_size=3)),
        st.builds(lambda v: {"M": v}, st.dictionaries(st.sampled_from(["x", "y.z", "#"]), inner, max_size=2)),
    ),
    max_leaves=4,
)
KEYS = st.one_of(
    st.builds(lambda n: (ORDERS, {"id": {"S": n}}), NAMES),
    st.builds(lambda n, i: (LINES, {"order": {"S": n}, "line": {"N": i}}), st.sampled_from("ab"), st.sampled_from(["1", "2.0", "1e0"])),
    st.builds(lambda b: (BLOBS, {"hash": {"B": b}}), st.sampled_from([b"\x00", b"\xff"])),
)
ATTRIBUTES = st.dictionaries(st.sampled_from(["v", "w", "list"]), VALUES, max_size=3)


def call(service: str, operation: str, **parameters: Any) -> tuple[str, str, dict[str, Any]]:
    """A call of an SDK's client, to be made later."""
    return service, operation, parameters


def put(place: tuple[str, Any], more: Any) -> Any:
    """A PutItem."""
    return call("dynamodb", "put_item", TableName=place[0], Item={**more, **place[1]})


def update(place: tuple[str, Any], clause: str, value: Any) -> Any:
    """An UpdateItem, of which many make no sense and are refused."""
    more = {} if clause.startswith("REMOVE") else {"ExpressionAttributeValues": {":v": value}}
    return call("dynamodb", "update_item", TableName=place[0], Key=place[1], UpdateExpression=clause, **more)


def batch(puts: list[Any], deletes: list[Any]) -> Any:
    """A BatchWriteItem, or what is refused as one."""
    asked: dict[str, list[Any]] = {}
    for place, more in puts:
        asked.setdefault(place[0], []).append({"PutRequest": {"Item": {**more, **place[1]}}})
    for place in deletes:
        asked.setdefault(place[0], []).append({"DeleteRequest": {"Key": place[1]}})
    return call("dynamodb", "batch_write_item", RequestItems=asked)


def transaction(places: list[Any], more: Any, fails: bool) -> Any:
    """A TransactWriteItems, which a check may let fail."""
    writes: list[Any] = []
    for position, (name, key) in enumerate(places):
        kind = position % 3
        if kind == 0:
            writes.append({"Put": {"TableName": name, "Item": {**more, **key}}})
        elif kind == 1:
            writes.append({"Delete": {"TableName": name, "Key": key}})
        else:
            values = {":v": {"S": "t"}}
            writes.append(
                {"Update": {"TableName": name, "Key": key, "UpdateExpression": "SET w = :v", "ExpressionAttributeValues": values}}
            )
    if fails:
        check = {"TableName": ORDERS, "Key": {"id": {"S": "never"}}, "ConditionExpression": "attribute_exists(id)"}
        writes.append({"ConditionCheck": check})
    return call("dynamodb", "transact_write_items", TransactItems=writes)


CLAUSES = st.sampled_from(
    ["SET v = :v", "SET w = :v, #v = :v", "ADD v :v", "DELETE v :v", "REMOVE v", "SET v = v + :v", "SET list[1] = :v", "REMOVE w, v"]
)
BUCKETS = st.sampled_from([REPORTS, ARCHIVE])
OBJECTS = st.sampled_from(["k", "dir/ü +", "dir//"])
TABLE_CALLS = st.one_of(
    st.builds(put, KEYS, ATTRIBUTES),
    st.builds(update, KEYS, CLAUSES, VALUES),
    st.builds(lambda place: call("dynamodb", "delete_item", TableName=place[0], Key=place[1]), KEYS),
    st.builds(batch, st.lists(st.tuples(KEYS, ATTRIBUTES), max_size=3), st.lists(KEYS, max_size=2)),
    st.builds(transaction, st.lists(KEYS, min_size=1, max_size=4), ATTRIBUTES, st.booleans()),
    st.builds(
        lambda n, v: call("dynamodb", "execute_statement", Statement=f"UPDATE \"{ORDERS}\" SET v = ? WHERE id = '{n}'", Parameters=[v]),
        NAMES,
        VALUES,
    ),
)
CALLS = st.one_of(
    TABLE_CALLS,
    st.builds(
        lambda b, k, body, tag, acl: call("s3", "put_object", Bucket=b, Key=k, Body=body, Tagging=tag, Metadata={"m_n": "x"}, ACL=acl),
        BUCKETS,
        OBJECTS,
        BYTES,
        st.sampled_from(["", "t=1", "t=1&u=2"]),
        st.sampled_from(["private", "public-read"]),
    ),
    st.builds(lambda b, k: call("s3", "delete_object", Bucket=b, Key=k), BUCKETS, OBJECTS),
    st.builds(lambda b, k: call("s3", "delete_objects", Bucket=b, Delete={"Objects": [{"Key": k}, {"Key": "k"}]}), BUCKETS, OBJECTS),
    st.builds(
        lambda b, k, c, j: call("s3", "copy_object", Bucket=b, Key=k, CopySource={"Bucket": c, "Key": j}),
        BUCKETS,
        OBJECTS,
        BUCKETS,
        OBJECTS,
    ),
    st.builds(
        lambda b, k: call("s3", "put_object_tagging", Bucket=b, Key=k, Tagging={"TagSet": [{"Key": "t", "Value": "x"}]}), BUCKETS, OBJECTS
    ),
    st.builds(lambda b, k: call("s3", "put_object_acl", Bucket=b, Key=k, ACL="authenticated-read"), BUCKETS, OBJECTS),
    st.builds(lambda b, k: call("s3", "delete_object_tagging", Bucket=b, Key=k), BUCKETS, OBJECTS),
    st.builds(lambda k, n: ("s3", "a version", {"Key": k, "position": n}), OBJECTS, st.integers(0, 3)),
    st.builds(
        lambda v: call("secretsmanager", "put_secret_value", SecretId="shop-dev-Token", SecretString=v),
        st.text("xy", min_size=1, max_size=2),
    ),
    st.builds(lambda v: call("ssm", "put_parameter", Name="/shop-dev/Limits", Value=v, Overwrite=True), st.text("xy", max_size=2)),
)


def run(front: Front, calls: list[Any]) -> list[Change]:
    """Makes the calls, refused or not; the changes."""
    clients = {service: front.client(service) for service in ("dynamodb", "s3", "secretsmanager", "ssm")}
    before = len(front.changes)
    for service, operation, parameters in calls:
        try:
            if operation == "a version":
                delete_a_version(clients["s3"], **parameters)
            else:
                getattr(clients[service], operation)(**parameters)
        except ClientError as refused:
            if refused.response["Error"]["Code"] in ("500", "NotImplemented"):
                raise  # no answer of AWS
    return front.changes[before:]


def delete_a_version(s3: Any, Key: str, position: int) -> None:
    """Deletes some version or marker of a key for good."""
    listed = s3.list_object_versions(Bucket=ARCHIVE, Prefix=Key)
    versions = [v["VersionId"] for v in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])] if v["Key"] == Key]
    if versions:
        s3.delete_object(Bucket=ARCHIVE, Key=Key, VersionId=versions[position % len(versions)])


def fresh(front: Front) -> None:
    """Empties stores: all is taken out of the description, and put into it again."""
    front.create(NOTHING)
    front.create(DESCRIPTION)


@settings(max_examples=20, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(CALLS, min_size=1, max_size=12))
def test_changes_make_the_same_stores(front: Front, other: Front, calls: list[Any]) -> None:
    """Whatever was called, the changes make another process the same, in every byte that can be read."""
    fresh(front)
    changes = run(front, calls)
    fresh(other)
    restored = other.restore(changes, size=3)
    assert (restored.count, dict(restored.skipped), list(restored.lost), list(restored.changes)) == (len(changes), {}, [], [])
    assert inventory(other) == inventory(front)


@settings(max_examples=40, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(TABLE_CALLS, min_size=1, max_size=12))
def test_images_follow_each_other(front: Front, calls: list[Any]) -> None:
    """Each change begins with what the one before it of the same key left, and the last ones are what is in the table."""
    fresh(front)
    model: dict[str, Any] = {}
    for change in run(front, calls):
        name = f"{change['table']} {json.dumps(change['keys'], sort_keys=True)}"
        assert change["old"] == model.get(name)
        assert change["old"] != change["new"]
        assert change["event"] == ("INSERT" if change["old"] is None else "REMOVE" if change["new"] is None else "MODIFY")
        model[name] = change["new"]
    for declared, _ in TABLES.values():
        there = front.wait(front.stores.scan("table", declared, 0, 1000))["items"]
        expected = [image for name, image in model.items() if name.startswith(f"{declared} ") and image is not None]
        assert sorted(map(json.dumps, there)) == sorted(map(json.dumps, expected))


def test_a_kill_loses_nothing_that_was_answered(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The process dies while several clients write; what they were told is there is there, and only that came back."""
    front = Front(tmp_path_factory.mktemp("killed"))
    try:
        front.open()
        answered: list[tuple[str, int]] = []
        enough = threading.Event()

        def write(writer: str) -> None:
            db, s3 = front.client("dynamodb"), front.client("s3")
            for number in range(10_000):
                try:
                    db.put_item(TableName=LINES, Item={"order": {"S": writer}, "line": {"N": str(number)}, "n": {"N": str(number)}})
                    answered.append((writer, number))
                    s3.put_object(Bucket=REPORTS, Key=f"{writer}/{number}", Body=os.urandom(2000) + str(number).encode())
                except Exception:
                    return
                if number == 20:
                    enough.set()

        writers = [threading.Thread(target=write, args=(name,)) for name in "abc"]
        for writer in writers:
            writer.start()
        assert enough.wait(60)
        os.kill(front.stores.process.pid, signal.SIGKILL)
        for writer in writers:
            writer.join()
        changes = list(front.changes)
        restored = front.again()
        assert (restored.count, dict(restored.skipped), list(restored.lost)) == (len(changes), {}, [])
        items = front.wait(front.stores.scan("table", "Lines", 0, 100_000))["items"]
        assert {(item["order"]["S"], int(item["line"]["N"])) for item in items} >= set(answered)
        s3 = front.client("s3")
        objects = [change for change in changes if "bucket" in change]
        assert len(objects) >= 20
        for change in objects:
            body = s3.get_object(Bucket=REPORTS, Key=change["key"])["Body"].read()
            assert (len(body), body[2000:].decode()) == (change["size"], change["key"].rpartition("/")[2])
    finally:
        front.close()


def test_many_items_come_back_and_can_be_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Ten thousand of a table with a sort key, in batches; and large ones, up to what an item may be."""
    front = Front(tmp_path_factory.mktemp("many"))
    try:
        front.open()
        changes: list[Change] = []
        for number in range(10_000):
            key = {"order": {"S": str(number % 100)}, "line": {"N": str(number)}}
            new = {**key, "text": {"S": "x" * 50}, "list": {"L": [{"N": "1"}, {"M": {"a": {"BOOL": True}}}]}}
            changes.append({"table": "Lines", "event": "INSERT", "keys": key, "new": new, "old": None, "user": None, "at": 0})
        large = {"id": {"S": "large"}, "text": {"S": "x" * 399_000}}
        changes.append(
            {"table": "Orders", "event": "INSERT", "keys": {"id": large["id"]}, "new": large, "old": None, "user": None, "at": 0}
        )
        assert front.restore(changes).count == 10_001
        db = front.client("dynamodb")
        found = db.query(
            TableName=LINES,
            KeyConditionExpression="#o = :o AND line > :l",
            ExpressionAttributeNames={"#o": "order"},
            ExpressionAttributeValues={":o": {"S": "7"}, ":l": {"N": "5000"}},
        )
        assert [int(item["line"]["N"]) for item in found["Items"]] == list(range(5007, 10_000, 100))
        assert db.get_item(TableName=ORDERS, Key={"id": {"S": "large"}})["Item"] == large
        made = front.made(lambda: db.delete_item(TableName=LINES, Key={"order": {"S": "7"}, "line": {"N": "7"}}))
        assert made[0]["old"] == changes[7]["new"]
    finally:
        front.close()
