"""`ifc local show`: what a table, bucket, queue or stream holds."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.local.running import Running, missing, start
from tests.presence import require

APP = """app shelf
table Orders { key customer: string, number: number }
bucket Files
queue Jobs
queue Line { fifo }
queue Bad { visibility 60s; dead-letter after 1 }
stream Clicks
topic News
function bad "src/app.bad" { runtime python3.12 }
Bad -> bad
"""
BYTES = bytes(range(256)) * 300


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A run of the app, with something in all that it has."""
    require(missing())
    folder = tmp_path_factory.mktemp("shelf") / "shelf"
    (folder / "src").mkdir(parents=True)
    (folder / "app.ifc").write_text(APP)
    (folder / "src" / "app.py").write_text("def bad(event, context):\n    raise ValueError('no')\n")
    (folder / "bytes").write_bytes(BYTES)
    started = start(folder)
    try:
        fill(started)
        yield started
    finally:
        started.stop()


def fill(run: Running) -> None:
    """Puts something into all that the app has."""
    for item in (
        {"customer": "ann", "number": 2},
        {"customer": "ann", "number": 10, "big": 12345678901234567890},
        {"customer": "an", "number": 1},
    ):
        run.told("put", "Orders", json.dumps(item))
    run.told("put", "Files", "--key", "a/é b.bin", "--file", str(run.folder / "bytes"))
    run.told("put", "Files", "plain", "--key", "b.txt")
    run.told("send", "Jobs", '{"id": 1}')
    run.told("send", "Jobs", '"5"')
    for group in ("one", "two", "one"):
        run.told("send", "Line", json.dumps({"group": group}), "--group", group)
    for key, value in (("k", '{"n": 1}'), ("l", '"text"'), ("k", '{"n": 2}')):
        run.told("publish", "Clicks", value, "--key", key)
    records = [{"Data": b"\xff\xfe", "PartitionKey": "raw"}]
    run.client("kinesis").put_records(StreamName=run.name("streams", "Clicks"), Records=records)
    run.told("send", "Bad", '{"order": 7}')
    run.until(lambda: run.status()["queues"]["Bad.dead-letter"]["visible"] == 1, "a dead letter")


def shown(run: Running, *words: str) -> list[Any]:
    """The values of the lines that are shown."""
    done = run.command("show", *words)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_table(run: Running) -> None:
    """Items are plain JSON in order of their keys, with all digits; KEY is the first part of the key, or all of it."""
    ann = [{"customer": "ann", "number": 2}, {"customer": "ann", "number": 10, "big": 12345678901234567890}]
    found = shown(run, "Orders")
    assert len(found) == 3
    assert [item for item in found if item["customer"] == "ann"] == ann
    assert shown(run, "Orders", "ann") == ann
    assert shown(run, "Orders", "ann  10") == ann[1:]
    assert shown(run, "Orders", "nn") == []


def test_a_bucket(run: Running) -> None:
    """Without a key its objects are listed; with one the object's bytes come, all of them and nothing else."""
    first, second = shown(run, "Files")
    assert (first["key"], first["size"], second["key"], second["size"]) == ("a/é b.bin", len(BYTES), "b.txt", 5)
    command = [sys.executable, "-m", "ifc", "local", "show", "--app", str(run.folder), "Files"]
    assert subprocess.run([*command, "a/é b.bin"], capture_output=True, check=True, timeout=60).stdout == BYTES
    gone = run.command("show", "Files", "c")
    assert (gone.returncode, gone.stderr) == (1, "ifc: `Files` has no object `c`\n")


def test_queues(run: Running) -> None:
    """Messages are shown where they are, the oldest first, with what is in them; KEY is an id or a group."""
    first, second = shown(run, "Jobs")
    assert (first["body"], first["state"], second["body"]) == ({"id": 1}, "visible", "5")
    assert shown(run, "Jobs", second["id"]) == [second]
    assert [m["body"]["group"] for m in shown(run, "Line")] == ["one", "two", "one"]
    assert [m["body"]["group"] for m in shown(run, "Line", "one")] == ["one", "one"]
    [letter] = shown(run, "Bad.dead-letter")
    assert (letter["body"], letter["source"]) == ({"order": 7}, "Bad")
    assert len(shown(run, "Jobs")) == 2, "nothing was taken"


def test_a_stream(run: Running) -> None:
    """Its records, the oldest first: an object or a list as JSON, other texts as they are, what is no text in base 64."""
    found = shown(run, "Clicks")
    raw = base64.b64encode(b"\xff\xfe").decode()
    assert [(r["key"], r["data"]) for r in found] == [("k", {"n": 1}), ("l", '"text"'), ("k", {"n": 2}), ("raw", raw)]
    assert [r["data"]["n"] for r in shown(run, "Clicks", "k")] == [1, 2]


def test_some_of_many(run: Running) -> None:
    """`--most` shows so many, and what is left is told beside."""
    for name in ("Orders", "Files", "Line", "Clicks"):
        done = run.command("show", name, "--most", "1")
        assert (done.returncode, done.stdout.count("\n")) == (0, 1), done.stderr
        assert done.stderr == f"ifc: there is more in {name}: `--most N` shows up to N lines\n"


def test_what_holds_nothing(run: Running) -> None:
    """A topic keeps nothing, and a mistyped name is told from one that is there."""
    done = run.command("show", "News")
    assert (done.returncode, done.stderr) == (1, "ifc: `News` is a topic, and a table, a bucket, a queue or a stream is wanted\n")
    assert "did you mean `Orders`?" in run.command("show", "Order").stderr
