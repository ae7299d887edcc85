"""Every example under `ifc local`, started by its command and used as its README says."""

from __future__ import annotations

import json
import shutil
import struct
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.agreed import ROOT
from tests.e2e.website import Call, Website, website
from tests.example_inputs import ORDER, TEA, asked_of_rds, png, rds, scheduled
from tests.example_inputs import push as signed_push
from tests.local.running import Running, missing, start
from tests.presence import require

Run = Callable[..., Running]
MODULES = Path(__file__).parent / "node_modules"


@pytest.fixture
def site() -> Iterator[Website]:
    """A website for functions to call."""
    with website() as opened:
        yield opened


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Run]:
    """Runs a copy of an example, perhaps with a place of its source changed; it ends with the test, without a complaint."""
    require(missing())
    runs: list[Running] = []

    def run(name: str, old: str = "", new: str = "", options: tuple[str, ...] = ()) -> Running:
        folder = tmp_path / name
        shutil.copytree(ROOT / "examples" / name, folder, ignore=shutil.ignore_patterns("__pycache__", "build", ".ifc"))
        app = folder / "app.ifc"
        text = app.read_text(encoding="utf-8")
        assert not old or text.count(old) == 1
        app.write_text(text.replace(old, new) if old else text, encoding="utf-8")
        runs.append(start(folder, *options))
        return runs[-1]

    yield run
    for each in runs:
        assert each.stop() == 0, each.output()
        assert "Traceback" not in each.output()


def tick(run: Running, function: str, at: datetime) -> Any:
    """Calls what a schedule starts with the event of a time, and gives the answer."""
    return run.told("call", function, scheduled(at))


def test_hello(local: Run) -> None:
    """A greeting comes back, and a route that is not there is refused."""
    run = local("hello")
    answer = run.ask("GET", "/hello/ann")
    assert (answer.status, answer.json) == (200, {"message": "Hello, ann!"}), run.output()
    assert run.ask("GET", "/elsewhere").status == 404
    run.until(lambda: run.lines("GET /hello/ann", "greet", "200"), "the line of the request")


def test_orders(local: Run) -> None:
    """An order goes to the table, through topic, queue and stream to three functions, and into the report of its hour."""
    run = local("orders")
    answer = run.ask("POST", "/orders", ORDER)
    assert answer.status == 201, run.output()
    placed = answer.json
    assert {**placed, **ORDER, "total": 25} == placed
    assert run.ask("POST", "/orders", {"customer": "ann"}).status == 400
    assert run.ask("GET", f"/orders/{placed['id']}").json == placed
    assert run.ask("GET", "/orders/none").status == 404
    assert [item["id"] for item in run.items("Orders")] == [placed["id"]]

    [label] = run.until(lambda: run.printed("ship", "shipped"), "it is shipped")
    assert (label["order"], label["to"], label["pieces"]) == (placed["id"], "ann, 1 High St", 2)
    assert run.until(lambda: run.printed("stock", "reserved"), "it is reserved") == [{"order": placed["id"], "stock": {"tea": 2}}]
    [invoice] = run.until(lambda: run.printed("bill", "billed"), "it is billed")
    assert (invoice["order"], invoice["gross"]) == (placed["id"], "27.50")

    # A change and a removal are in the stream, too, and are no INSERT: the next order comes behind them.
    orders = run.client("dynamodb")
    name, key = run.name("tables", "Orders"), {"id": {"S": placed["id"]}}
    orders.update_item(TableName=name, Key=key, UpdateExpression="SET customer = :c", ExpressionAttributeValues={":c": {"S": "eve"}})
    orders.delete_item(TableName=name, Key=key)
    second = run.ask("POST", "/orders", {**ORDER, "customer": "bob"}).json
    run.until(lambda: len(run.printed("bill", "billed")) == 2, "the second one is billed")
    assert [invoice["customer"] for invoice in run.printed("bill", "billed")] == ["ann", "bob"]

    # An order of 10:59 belongs to the report that is made at 11.
    at = datetime.fromtimestamp(second["createdAt"], UTC)
    report = tick(run, "report", at + timedelta(hours=1))
    assert (report["key"], report["orders"], report["total"]) == (f"{at:%Y/%m/%d/%H}.json", 1, "25.00")
    assert run.keys("Reports") == [report["key"]]
    assert json.loads(run.content("Reports", report["key"]))["customers"] == 1
    run.until(run.idle, "nothing waits")
    assert run.command("fire", "report").stdout == "started Every1hToReport\n"
    run.until(lambda: run.lines("Every1hToReport", "report"), "the schedule has run")


def test_orders_survive_the_end_of_the_run(local: Run, tmp_path: Path) -> None:
    """What the table, the bucket and the log hold is there at the next start, and can be replayed."""
    run = local("orders")
    placed = run.ask("POST", "/orders", ORDER).json
    run.until(lambda: run.printed("stock", "reserved"), "it is reserved")
    run.client("s3").put_object(Bucket=run.name("buckets", "Reports"), Key="a/b.txt", Body=b"kept")
    assert run.stop() == 0
    again = start(tmp_path / "orders")
    try:
        assert again.ask("GET", f"/orders/{placed['id']}").json == placed
        assert again.content("Reports", "a/b.txt") == b"kept"
        assert not again.printed("stock", "reserved")
        assert again.command("replay", "OrderPlaced").stdout == "1 event of OrderPlaced is delivered again\n"
        again.until(lambda: again.printed("stock", "reserved"), "it is reserved again")
        again.until(lambda: again.printed("ship", "shipped"), "it is shipped again")
    finally:
        assert again.stop() == 0


def test_event_orders(local: Run) -> None:
    """One order makes a parcel, a reservation and sale lines, each through a chain of its own; what is picked up makes no parcel."""
    run = local("event-orders")
    run.told("put", "Stock", '{"sku": "tea", "available": 10}')
    items = [TEA]

    def place(customer: str, delivery: str, items: list[dict[str, Any]]) -> str:
        answer = run.ask("POST", "/orders", {"customer": customer, "delivery": delivery, "items": items})
        assert answer.status == 202, run.output()
        return str(answer.json["id"])

    picked_up = place("bob", "pickup", items)
    sent = place("ann", "parcel", [*items, {"sku": "tea", "quantity": 1, "price": 3}])
    short = place("eve", "pickup", [{"sku": "tea", "quantity": 6, "price": 1}])
    assert run.until(lambda: run.items("Parcels"), "a parcel") == [{"order": sent, "customer": "ann", "pieces": 3}]
    run.until(lambda: len(run.items("Reservations")) == 3, "three reservations")
    status = {row["order"]: row["status"] for row in run.items("Reservations")}
    # The queue may bring them in any order, and there is tea for two of them only.
    left = 10 - sum(n for order, n in ((picked_up, 2), (sent, 3), (short, 6)) if status[order] == "reserved")
    assert sorted(status.values()) == ["reserved", "reserved", "short"]
    assert run.items("Stock") == [{"sku": "tea", "available": left}]
    run.until(lambda: len(run.items("SaleLines")) == 4, "four sale lines, by way of Kinesis")
    assert sum(row["amount"] for row in run.items("SaleLines")) == Decimal("59")
    run.until(run.idle, "nothing waits")
    assert [row["order"] for row in run.items("Parcels")] == [sent]


def test_ttl_archive(local: Run) -> None:
    """What the table itself expired is archived, what a user deleted is not."""
    run = local("ttl-archive")
    answer = run.ask("POST", "/sessions", {"user": "ann", "seconds": 60})
    assert answer.status == 201, run.output()
    session = answer.json
    assert run.items("Sessions") == [session]
    sessions = run.client("dynamodb")
    name = run.name("tables", "Sessions")
    sessions.delete_item(TableName=name, Key={"id": {"S": session["id"]}})
    old = {"id": {"S": "old"}, "user": {"S": "bob"}, "expiresAt": {"N": str(int(time.time()) - 5)}}
    sessions.put_item(TableName=name, Item=old)
    [key] = run.until(lambda: run.keys("Archives"), "it is archived")
    assert json.loads(run.content("Archives", key))["id"] == "old"
    assert run.items("Sessions") == []
    run.until(run.idle, "nothing waits")
    assert run.keys("Archives") == [key]


def test_pingbot(local: Run, site: Website) -> None:
    """A target that is down is tried three times and told of once, and told of again only when it is back."""
    site.answers = {"/bad": 500}
    run = local("pingbot")
    run.told("put", "SlackWebhook", json.dumps(f"{site.url}/hook"))
    for name in ("ok", "bad"):
        run.told("put", "Targets", json.dumps({"id": name, "url": f"{site.url}/{name}", "name": name}))

    def check(number: int) -> dict[str, str]:
        assert tick(run, "dispatcher", datetime.now(UTC)) == {"dispatched": 2}
        run.until(lambda: len(run.printed("healthChecker", "checkedAt")) == 2 * number, f"check {number}")
        run.until(run.idle, "nothing waits")
        return {row["target"]: row["status"] for row in run.items("Results")}

    def told() -> list[str]:
        return [json.loads(text)["text"] for text in site.heard("/hook")]

    assert check(1) == {"ok": "up", "bad": "down"}
    assert [len(site.heard(path)) for path in ("/ok", "/bad")] == [1, 3]
    assert run.until(told, "a message") == ["bad is down: status 500"]
    assert check(2) == {"ok": "up", "bad": "down"}
    assert len(site.heard("/bad")) == 6
    site.answers = {}
    assert check(3) == {"ok": "up", "bad": "up"}
    run.until(lambda: len(told()) > 1, "a second message")
    assert told() == ["bad is down: status 500", "bad is up again"]


def test_slow_query(local: Run, site: Website) -> None:
    """The slow queries of the hour before go to the chat."""
    asked: list[tuple[Any, ...]] = []
    site.answers = {"/rds": rds(asked), "/rds/": rds(asked)}
    # moto's databases have no log files, so the SDK is sent to a website that answers as RDS does.
    run = local("slow-query", "{ DATABASES databases }", f'{{ DATABASES databases; AWS_ENDPOINT_URL_RDS "{site.url}/rds" }}')
    run.told("put", "ChatWebhook", json.dumps(f"{site.url}/hook"))
    answer = tick(run, "slowQueries", datetime(2026, 11, 22, 2, 5, tzinfo=UTC))
    assert answer == {"since": "2026-11-22T01:00:00+00:00", "slow": 1, "unread": 0}, run.output()
    assert asked == asked_of_rds("orders-db")
    [message] = site.heard("/hook")
    assert "3.2 s, 100000 rows: `SELECT * FROM orders`" in json.loads(message)["text"]


def test_counter(local: Run) -> None:
    """Two counts are put in Node.js, and both are in the history."""
    require(None if MODULES.exists() else "the AWS SDK for JavaScript is not here: npm ci --prefix tests/local")
    run = local("counter")
    (run.folder / "node_modules").symlink_to(MODULES)
    first = run.ask("PUT", "/counts/ann", {"count": 5})
    assert (first.status, first.json) == (200, {"user": "ann", "count": 5, "version": 1}), run.output()
    assert run.ask("PUT", "/counts/ann", {"count": 7}).json["version"] == 2
    assert run.ask("GET", "/counts/ann").json == {"user": "ann", "count": 7, "version": 2}
    assert run.ask("GET", "/counts/bob").status == 404
    assert run.ask("PUT", "/counts/ann", {"count": -1}).status == 400
    history = run.ask("GET", "/counts/ann/history").json["history"]
    assert [(line["version"], line["from"], line["count"]) for line in history] == [(1, 0, 5), (2, 5, 7)]


def test_ci_notifier(local: Run, site: Website) -> None:
    """A signed push starts a build, another one's or another branch's doesn't, and the chat hears how the build ended."""
    started = (200, '{"build": {"id": "website:1"}}')
    site.answers = {"/codebuild": started, "/codebuild/": started}
    # moto's CodeBuild knows no project `website`, so the SDK is sent to a website that answers as CodeBuild does.
    run = local("ci-notifier", "{ PROJECT project }", f'{{ PROJECT project; AWS_ENDPOINT_URL_CODEBUILD "{site.url}/codebuild" }}')
    run.told("put", "GithubKey", '"k3y"')
    run.told("put", "ChatWebhook", json.dumps(f"{site.url}/hook"))

    def push(branch: str, commit: str, key: str = "k3y") -> int:
        text, headers = signed_push(branch, commit, key)
        return run.ask("POST", "/github", text, headers).status

    def builds() -> list[Call]:
        return [call for call in list(site.calls) if call.path.startswith("/codebuild")]

    assert push("main", "bad", key="wrong") == 401, run.output()
    assert push("other", "abc") == 202, run.output()
    assert push("main", "def") == 202
    [build] = run.until(builds, "the build is started")
    assert build.headers["x-amz-target"] == "CodeBuild_20161006.StartBuild"
    assert json.loads(build.text) == {"projectName": "website", "sourceVersion": "def", "idempotencyToken": "d-def"}

    def built(project: str, status: str) -> None:
        detail = {"build-status": status, "project-name": project, "build-id": f"arn:aws:codebuild:x:1:build/{project}:7"}
        run.told("publish", "aws", json.dumps({"source": "aws.codebuild", "detail-type": "CodeBuild Build State Change", "detail": detail}))

    built("another", "FAILED")
    built("website", "IN_PROGRESS")
    built("website", "FAILED")
    run.until(lambda: site.heard("/hook"), "the chat hears of it")
    built("website", "SUCCEEDED")
    run.until(lambda: len(site.heard("/hook")) > 1, "the chat hears of the next one")
    told = [json.loads(text)["text"] for text in site.heard("/hook")]
    assert told == ["❌ website failed (website:7)", "✅ website succeeded (website:7)"]
    assert len(builds()) == 1


def test_thumbnails(local: Run) -> None:
    """A picture gets its thumbnail; neither another file, another folder nor the thumbnail itself sets the function off."""
    run = local("thumbnails")
    bucket, images = run.client("s3"), run.name("buckets", "Images")
    for key in ("uploads/x.jpg", "other/a.png", "uploads/a b.png"):
        bucket.put_object(Bucket=images, Key=key, Body=png(320, 200))
    assert run.until(lambda: run.keys("Images", "thumbs/"), "a thumbnail") == ["thumbs/a b.png"]
    thumb = run.content("Images", "thumbs/a b.png")
    assert struct.unpack(">II", thumb[16:24]) == (160, 100)
    run.until(run.idle, "nothing waits")
    assert run.lines("Uploads", "shrink") == 1
    assert run.keys("Images", "thumbs/") == ["thumbs/a b.png"]


def test_async_api(local: Run) -> None:
    """A job is taken at once and done later."""
    run = local("async-api")
    answer = run.ask("POST", "/jobs", {"number": 600851475143})
    assert answer.status == 202, run.output()
    path = answer.headers["location"]

    def done() -> Any:
        job = run.ask("GET", path)
        return job.json if job.json["status"] == "done" else None

    job = run.until(done, "the job is done")
    assert job == {"id": answer.json["id"], "number": 600851475143, "status": "done", "factors": [71, 839, 1471, 6857]}
    assert run.ask("GET", "/jobs/none").status == 404
    assert run.ask("POST", "/jobs", {"number": 1}).status == 400
    run.until(run.idle, "nothing waits")
