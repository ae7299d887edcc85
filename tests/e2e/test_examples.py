"""Every example, deployed and used as its README says."""

from __future__ import annotations

import json
import shutil
import struct
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.e2e.conftest import Deploy
from tests.e2e.emulator import ACCOUNT, REGION
from tests.e2e.stack import Stack
from tests.e2e.website import Call, Website
from tests.example_inputs import ORDER, TEA, asked_of_rds, png, rds, scheduled
from tests.example_inputs import push as signed_push

Copy = Callable[[str], Path]


def edit(folder: Path, old: str, new: str) -> None:
    """Changes one place of a copied example's source."""
    app = folder / "app.ifc"
    text = app.read_text(encoding="utf-8")
    assert text.count(old) == 1
    app.write_text(text.replace(old, new), encoding="utf-8")


def put_secret(stack: Stack, name: str, value: str) -> None:
    """Puts a value into a secret, as one does after a deployment."""
    stack.client("secretsmanager").put_secret_value(SecretId=stack.ids[name], SecretString=value)


def tick(stack: Stack, schedule: str, at: datetime) -> Any:
    """Does what the deployed schedule says, and returns what its function answers: in LocalStack 4.7.0 no schedule ever fires."""
    scheduler = stack.client("scheduler")
    [listed] = [
        s for page in scheduler.get_paginator("list_schedules").paginate() for s in page["Schedules"] if s["Name"] == stack.ids[schedule]
    ]
    found = scheduler.get_schedule(GroupName=listed["GroupName"], Name=listed["Name"])
    assert found["State"] == "ENABLED"
    payload = found["Target"].get("Input", scheduled(at))
    answer = stack.client("lambda").invoke(FunctionName=found["Target"]["Arn"], Payload=payload.encode())
    assert "FunctionError" not in answer, stack.story()
    return json.loads(answer["Payload"].read())


def test_hello(example: Copy, deployed: Deploy) -> None:
    """A greeting comes back, and a route that is not there is refused."""
    stack = deployed(example("hello"), "hello")
    answer = stack.ask("Web", "GET", "/hello/ann")
    assert (answer.status, answer.json) == (200, {"message": "Hello, ann!"})
    assert stack.ask("Web", "GET", "/elsewhere").status in (403, 404)


def test_orders(example: Copy, deployed: Deploy) -> None:
    """An order goes to the table, through topic, queue and stream to three functions, and into the report of its hour."""
    stack = deployed(example("orders"), "orders")
    answer = stack.ask("Public", "POST", "/orders", ORDER)
    assert answer.status == 201, stack.story()
    placed = answer.json
    assert {**placed, **ORDER, "total": 25} == placed
    assert stack.ask("Public", "POST", "/orders", {"customer": "ann"}).status == 400
    assert stack.ask("Public", "GET", f"/orders/{placed['id']}").json == placed
    assert stack.ask("Public", "GET", "/orders/none").status == 404
    assert [item["id"] for item in stack.items("Orders")] == [placed["id"]]

    [label] = stack.got("ship", key="shipped")
    assert (label["order"], label["to"], label["pieces"]) == (placed["id"], "ann, 1 High St", 2)
    assert stack.got("stock", key="reserved") == [{"order": placed["id"], "stock": {"tea": 2}}]
    [invoice] = stack.got("bill", key="billed")
    assert (invoice["order"], invoice["gross"]) == (placed["id"], "27.50")

    # A change and a removal are in the stream, too, and are no INSERT: the next order comes behind them.
    orders = stack.emulator.table(stack.ids["Orders"])
    orders.update_item(Key={"id": placed["id"]}, UpdateExpression="SET customer = :c", ExpressionAttributeValues={":c": "eve"})
    orders.delete_item(Key={"id": placed["id"]})
    second = stack.ask("Public", "POST", "/orders", {**ORDER, "customer": "bob"}).json
    assert [invoice["customer"] for invoice in stack.got("bill", 2, "billed")] == ["ann", "bob"]
    assert not stack.said("bill", "not billed")

    # An order of 10:59 belongs to the report that is made at 11.
    at = datetime.fromtimestamp(second["createdAt"], UTC)
    report = tick(stack, "Every1hToReport", at + timedelta(hours=1))
    assert (report["key"], report["orders"], report["total"]) == (f"{at:%Y/%m/%d/%H}.json", 1, "25.00")
    assert stack.keys("Reports") == [report["key"]]
    assert json.loads(stack.content("Reports", report["key"]))["customers"] == 1
    stack.until_empty("Shipments")


def test_event_orders(example: Copy, deployed: Deploy) -> None:
    """One order makes a parcel, a reservation and sale lines, each through a chain of its own; what is picked up makes no parcel."""
    stack = deployed(example("event-orders"), "event-orders")
    stack.emulator.table(stack.ids["Stock"]).put_item(Item={"sku": "tea", "available": 10})
    items = [TEA]

    def place(customer: str, delivery: str, items: list[dict[str, Any]]) -> str:
        answer = stack.ask("Shop", "POST", "/orders", {"customer": customer, "delivery": delivery, "items": items})
        assert answer.status == 202, stack.story()
        return str(answer.json["id"])

    picked_up = place("bob", "pickup", items)
    sent = place("ann", "parcel", [*items, {"sku": "tea", "quantity": 1, "price": 3}])
    short = place("eve", "pickup", [{"sku": "tea", "quantity": 6, "price": 1}])

    assert stack.until(lambda: stack.items("Parcels"), "a parcel") == [{"order": sent, "customer": "ann", "pieces": 3}]
    stack.until(lambda: len(stack.items("Reservations")) == 3, "three reservations")
    status = {row["order"]: row["status"] for row in stack.items("Reservations")}
    # The queue may bring them in any order, and there is tea for two of them only: 10 are 2 + 3, 2 + 6, but not 3 + 6 or all.
    left = 10 - sum(n for order, n in ((picked_up, 2), (sent, 3), (short, 6)) if status[order] == "reserved")
    assert sorted(status.values()) == ["reserved", "reserved", "short"]
    assert stack.items("Stock") == [{"sku": "tea", "available": left}]
    stack.until(lambda: len(stack.items("SaleLines")) == 4, "four sale lines, by way of Kinesis")
    assert sum(row["amount"] for row in stack.items("SaleLines")) == Decimal("59")
    stack.until_empty("Packing", "Reserving")
    assert [row["order"] for row in stack.items("Parcels")] == [sent]


def test_ttl_archive(example: Copy, deployed: Deploy) -> None:
    """What the table itself expired is archived, what a user deleted is not."""
    stack = deployed(example("ttl-archive"), "ttl-archive")
    answer = stack.ask("Web", "POST", "/sessions", {"user": "ann", "seconds": 60})
    assert answer.status == 201, stack.story()
    session = answer.json
    assert stack.items("Sessions") == [session]
    stack.emulator.table(stack.ids["Sessions"]).delete_item(Key={"id": session["id"]})

    # LocalStack 4.7.0 drops `userIdentity` from the records of table streams, by which one knows the table's own removals: so none
    # can come through. The deployed mapping's filter is put to LocalStack's matcher with the real record instead.
    record = stack.until(lambda: removal(stack, "Sessions"), "the removal is in the stream")
    expired = {**record, "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}}
    [mapping] = stack.client("lambda").list_event_source_mappings(FunctionName=stack.ids["archive"])["EventSourceMappings"]
    [pattern] = [f["Pattern"] for f in mapping["FilterCriteria"]["Filters"]]
    assert matches(stack, pattern, expired)
    assert not matches(stack, pattern, record)
    assert not matches(stack, pattern, {**expired, "eventName": "MODIFY"})

    assert stack.keys("Archives") == []
    assert stack.invoke("archive", {"Records": [expired]}) == {"batchItemFailures": []}
    [key] = stack.keys("Archives")
    assert json.loads(stack.content("Archives", key)) == session


def removal(stack: Stack, table: str) -> dict[str, Any] | None:
    """The removal in a table's stream, in the form in which functions get it."""
    streams = stack.client("dynamodbstreams")
    [stream] = streams.list_streams(TableName=stack.ids[table])["Streams"]
    for shard in streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"]:
        start = streams.get_shard_iterator(StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON")
        for record in streams.get_records(ShardIterator=start["ShardIterator"])["Records"]:
            if record["eventName"] == "REMOVE":
                image = record["dynamodb"]["OldImage"]
                return {"eventID": "1", "eventName": "REMOVE", "dynamodb": {"SequenceNumber": "1", "OldImage": image}}
    return None


def matches(stack: Stack, pattern: str, event: dict[str, Any]) -> bool:
    """What LocalStack's matcher, which its mappings use, too, says of a pattern; it wants the fields that every event has."""
    envelope = {
        "id": "1",
        "account": ACCOUNT,
        "source": "s",
        "time": "2027-01-01T00:00:00Z",
        "region": REGION,
        "resources": [],
        "detail-type": "d",
    }
    answer = stack.client("events").test_event_pattern(EventPattern=pattern, Event=json.dumps({**envelope, **event}))
    return bool(answer["Result"])


def test_pingbot(example: Copy, deployed: Deploy, site: Website) -> None:
    """A target that is down is tried three times and told of once, and told of again only when it is back."""
    site.answers = {"/bad": 500}
    stack = deployed(example("pingbot"), "pingbot")
    put_secret(stack, "SlackWebhook", f"{site.url}/hook")
    targets = stack.emulator.table(stack.ids["Targets"])
    for name in ("ok", "bad"):
        targets.put_item(Item={"id": name, "url": f"{site.url}/{name}", "name": name})

    def check(number: int) -> dict[str, str]:
        assert tick(stack, "Every1mToDispatcher", datetime.now(UTC)) == {"dispatched": 2}
        stack.got("healthChecker", 2 * number, "checkedAt")
        return {row["target"]: row["status"] for row in stack.items("Results")}

    def told() -> list[str]:
        return [json.loads(text)["text"] for text in site.heard("/hook")]

    assert check(1) == {"ok": "up", "bad": "down"}
    assert [len(site.heard(path)) for path in ("/ok", "/bad")] == [1, 3]
    assert stack.until(told, "a message") == ["bad is down: status 500"]
    assert check(2) == {"ok": "up", "bad": "down"}
    assert len(site.heard("/bad")) == 6
    site.answers = {}
    assert check(3) == {"ok": "up", "bad": "up"}
    # The stream keeps its order: what the second check had to tell would stand between them.
    stack.until(lambda: len(told()) > 1, "a second message")
    assert told() == ["bad is down: status 500", "bad is up again"]
    assert len(site.heard("/bad")) == 7


def test_slow_query(example: Copy, deployed: Deploy, site: Website) -> None:
    """The slow queries of the hour before go to the chat, with the role allowed just the two actions that the handler calls."""
    folder = example("slow-query")
    # LocalStack's free edition has no RDS, so the SDK is sent to a website that answers as RDS does.
    edit(folder, "{ DATABASES databases }", f'{{ DATABASES databases; AWS_ENDPOINT_URL_RDS "{site.url}/rds" }}')
    asked: list[tuple[Any, ...]] = []
    site.answers = {"/rds": rds(asked), "/rds/": rds(asked)}
    stack = deployed(folder, "slow-query", databases="shop-db")
    put_secret(stack, "ChatWebhook", f"{site.url}/hook")
    answer = tick(stack, "Every1hToSlowQueries", datetime(2026, 11, 22, 2, 5, tzinfo=UTC))
    assert answer == {"since": "2026-11-22T01:00:00+00:00", "slow": 1, "unread": 0}, site.heard("/hook")
    assert asked == asked_of_rds("shop-db")
    [message] = site.heard("/hook")
    assert "3.2 s, 100000 rows: `SELECT * FROM orders`" in json.loads(message)["text"]
    assert "hour before" not in message

    policy = stack.client("iam").get_role_policy(RoleName=stack.ids["slowQueriesRole"], PolicyName="app")["PolicyDocument"]
    allowed = {tuple(listed(s["Action"])): s["Resource"] for s in policy["Statement"]}
    assert allowed == {
        ("logs:CreateLogStream", "logs:PutLogEvents"): f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{stack.ids['slowQueriesLogs']}:*",
        ("rds:DescribeDBLogFiles", "rds:DownloadDBLogFilePortion"): f"arn:aws:rds:{REGION}:{ACCOUNT}:db:*",
        ("secretsmanager:GetSecretValue",): stack.ids["ChatWebhook"],
    }


def listed(value: str | list[str]) -> list[str]:
    """One or several, as a list."""
    return [value] if isinstance(value, str) else value


def test_counter(example: Copy, deployed: Deploy, tmp_path_factory: Any) -> None:
    """Two counts are put in Node, and both are in the history."""
    folder = example("counter")
    # Lambda's Node brings the SDK along, the emulator does not.
    modules = tmp_path_factory.mktemp("npm")
    packages = ["@aws-sdk/client-dynamodb@3.901.0", "@aws-sdk/lib-dynamodb@3.901.0"]
    command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--no-package-lock", *packages]
    done = subprocess.run(command, cwd=modules, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    shutil.move(modules / "node_modules", folder / "node_modules")
    stack = deployed(folder, "counter")

    first = stack.ask("Counter", "PUT", "/counts/ann", {"count": 5})
    assert (first.status, first.json) == (200, {"user": "ann", "count": 5, "version": 1}), stack.story()
    assert stack.ask("Counter", "PUT", "/counts/ann", {"count": 7}).json["version"] == 2
    assert stack.ask("Counter", "GET", "/counts/ann").json == {"user": "ann", "count": 7, "version": 2}
    assert stack.ask("Counter", "GET", "/counts/bob").status == 404
    assert stack.ask("Counter", "PUT", "/counts/ann", {"count": -1}).status == 400
    history = stack.ask("Counter", "GET", "/counts/ann/history").json["history"]
    assert [(line["version"], line["from"], line["count"]) for line in history] == [(1, 0, 5), (2, 5, 7)]


def test_ci_notifier(example: Copy, deployed: Deploy, site: Website) -> None:
    """A signed push starts a build, another one's or another branch's doesn't, and the chat hears how the build ended."""
    folder = example("ci-notifier")
    # LocalStack's free edition has no CodeBuild, so the SDK is sent to a website that answers as CodeBuild does.
    edit(folder, "{ PROJECT project }", f'{{ PROJECT project; AWS_ENDPOINT_URL_CODEBUILD "{site.url}/codebuild" }}')
    started = (200, '{"build": {"id": "website:1"}}')
    site.answers = {"/codebuild": started, "/codebuild/": started}
    stack = deployed(folder, "ci-notifier")
    put_secret(stack, "GithubKey", "k3y")
    put_secret(stack, "ChatWebhook", f"{site.url}/hook")
    # Whoever cares may listen: a queue of the test's own does.
    stack.ids["Heard"], arn = stack.emulator.queue("github-events")
    stack.client("sns").subscribe(
        TopicArn=stack.ids["GithubEvents"], Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"}
    )

    def push(branch: str, commit: str, key: str = "k3y") -> int:
        text, headers = signed_push(branch, commit, key)
        return stack.ask("Hooks", "POST", "/github", text, headers).status

    assert push("main", "bad", key="wrong") == 401
    assert push("other", "abc") == 202, stack.story()
    assert push("main", "def") == 202
    heard = {message["branch"]: message for message in stack.take("Heard", 2)}
    assert sorted(heard) == ["main", "other"]
    assert heard["main"] == {"event": "push", "delivery": "d-def", "repository": "a/b", "branch": "main", "commit": "def"}
    stack.got("startBuild", key="started")
    [build] = calls_to(site, "/codebuild")
    assert build.headers["x-amz-target"] == "CodeBuild_20161006.StartBuild"
    assert json.loads(build.text) == {"projectName": "website", "sourceVersion": "def", "idempotencyToken": "d-def"}

    def built(project: str, status: str) -> None:
        detail = {"build-status": status, "project-name": project, "build-id": f"arn:aws:codebuild:{REGION}:{ACCOUNT}:build/{project}:7"}
        stack.event("default", "aws.codebuild", "CodeBuild Build State Change", detail)  # at AWS only AWS may say so

    built("another", "FAILED")
    built("website", "IN_PROGRESS")
    built("website", "FAILED")
    stack.until(lambda: site.heard("/hook"), "the chat hears of it")
    built("website", "SUCCEEDED")
    stack.until(lambda: len(site.heard("/hook")) > 1, "the chat hears of the next one")
    assert [json.loads(text)["text"] for text in site.heard("/hook")] == [
        "❌ website failed (website:7)",
        "✅ website succeeded (website:7)",
    ]
    assert len(calls_to(site, "/codebuild")) == 1


def calls_to(site: Website, start: str) -> list[Call]:
    """The calls whose path begins so."""
    return [call for call in list(site.calls) if call.path.startswith(start)]


def test_thumbnails(example: Copy, deployed: Deploy) -> None:
    """A picture gets its thumbnail; neither another file, another folder nor the thumbnail itself sets the function off."""
    stack = deployed(example("thumbnails"), "thumbnails")
    stack.put("Images", "uploads/x.jpg", png(320, 200))
    stack.put("Images", "other/a.png", png(320, 200))
    stack.put("Images", "uploads/a b.png", png(320, 200))
    assert stack.until(lambda: stack.keys("Images", "thumbs/"), "a thumbnail", 90) == ["thumbs/a b.png"]
    thumb = stack.content("Images", "thumbs/a b.png")
    assert struct.unpack(">II", thumb[16:24]) == (160, 100)
    stack.until_empty("Uploads")
    assert stack.said("shrink", "from") == ["uploads/a b.png"]
    assert stack.keys("Images", "thumbs/") == ["thumbs/a b.png"]


def test_async_api(example: Copy, deployed: Deploy) -> None:
    """A job is taken at once and done later."""
    stack = deployed(example("async-api"), "async-api")
    answer = stack.ask("Factors", "POST", "/jobs", {"number": 600851475143})
    assert answer.status == 202, stack.story()
    path = answer.headers["location"]
    assert path == f"/jobs/{answer.json['id']}"

    def done() -> Any:
        job = stack.ask("Factors", "GET", path)
        return job.json if job.json["status"] == "done" else None

    job = stack.until(done, "the job is done")
    assert job == {"id": answer.json["id"], "number": 600851475143, "status": "done", "factors": [71, 839, 1471, 6857]}
    assert stack.ask("Factors", "GET", "/jobs/none").status == 404
    assert stack.ask("Factors", "POST", "/jobs", {"number": 1}).status == 400
    stack.until_empty("Work")
