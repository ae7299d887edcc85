"""What is done by hand to a run: events, values and calls of the developer's own, and what is said of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ifc.cli import USAGE
from tests.local.running import Running, missing, running, start
from tests.presence import require

APP = """app hand

param tokenValue { secret; pattern "[a-z-]+" }
secret Token tokenValue
table Things { key id: string }
bucket Files
bus Shop
queue Once { fifo; dedup content }
queue Each { fifo }
queue Jobs { visibility 60s }
queue Bad  { visibility 60s; dead-letter after 2 }
authorizer door guard { headers "authorization" }
api Web {
  cors
  GET /open   -> hello
  GET /closed -> closed { authorizer door }
}
function hello  "src/app.hello"  { runtime python3.12 }
function closed "src/app.hello"  { runtime python3.12; env { TOKEN tokenValue } }
function guard  "src/app.guard"  { runtime python3.12 }
function seen   "src/app.seen"   { runtime python3.12 }
function some   "src/app.some"   { runtime python3.12 }
function bad    "src/app.bad"    { runtime python3.12 }
Shop -> seen
Jobs -> some
Bad  -> bad
"""
CODE = """\
import json
import os
import subprocess
import sys
def hello(event, context):
    return {"said": event.get("name", "hello"), "letters": len(os.environ.get("TOKEN", ""))}
def guard(event, context):
    if event["headers"]["authorization"] == "broken":
        raise ValueError("broken")
    return {"isAuthorized": False}
def seen(event, context):
    print(json.dumps({"event": event}))
def some(event, context):
    return {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["messageId"]}]}
def bad(event, context):
    raise ValueError("no")
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A run of the app, for all tests of this file."""
    require(missing())
    folder = tmp_path_factory.mktemp("hand") / "hand"
    (folder / "src").mkdir(parents=True)
    (folder / "app.ifc").write_text(APP)
    (folder / "src" / "app.py").write_text(CODE)
    started = start(folder)
    yield started
    started.stop()


def refused(run: Running, *words: str) -> str:
    """What a command says that is not done."""
    done = run.command(*words)
    assert done.returncode == 1, done.stdout
    return done.stderr


@pytest.mark.parametrize(
    "event",
    [
        {"source": "desk", "detail-type": "Made", "detail": {"id": "%"}, "resources": ["arn:x"]},
        {"Source": "desk", "DetailType": "Made", "Detail": '{"id": "%"}', "Resources": ["arn:x"]},
        {
            "version": "0",
            "id": "1",
            "time": "2026-01-01T00:00:00Z",
            "source": "desk",
            "detail-type": "Made",
            "detail": {"id": "%"},
            "resources": ["arn:x"],
        },
    ],
    ids=["delivered", "put", "copied"],
)
def test_events_on_a_bus(run: Running, event: dict[str, Any], request: pytest.FixtureRequest) -> None:
    """An event is taken as a bus delivers it, and as PutEvents takes it."""
    id = request.node.callspec.id
    run.told("publish", "Shop", json.dumps(event).replace("%", id))
    found = run.until(lambda: [e for e in run.printed("seen", "event") if e["detail"] == {"id": id}], "the event is there")
    assert [(e["source"], e["detail-type"], e["resources"]) for e in found] == [("desk", "Made", ["arn:x"])]


def test_what_is_no_event(run: Running) -> None:
    """What would be lost of an event is refused, with what an event looks like."""
    shape = '`{"source": "…", "detail-type": "…", "detail": {…}}`'
    assert f"an event has no `size`; what it carries stands in its `detail`: {shape}" in refused(run, "publish", "Shop", '{"size": 3}')
    assert f"an event is an object: {shape}" in refused(run, "publish", "Shop", "3")
    for detail in ("[]", '"no"'):
        assert f"the `detail` of an event is an object: {shape}" in refused(run, "publish", "Shop", f'{{"detail": {detail}}}')


def test_deduplication_by_hand(run: Running) -> None:
    """A queue that goes by the content takes the same message once, and `--dedup` says what is the same."""
    first = run.told("send", "Once", '{"a": 1}')
    assert run.told("send", "Once", '{"a": 1}') == first
    assert run.told("send", "Once", '{"a": 2}') != first
    each = run.told("send", "Each", '{"a": 1}')
    assert run.told("send", "Each", '{"a": 1}') != each
    given = run.told("send", "Each", "1", "--dedup", "x")
    assert run.told("send", "Each", "2", "--dedup", "x") == given
    assert "`--dedup` is for FIFO queues and topics" in refused(run, "send", "Jobs", "1", "--dedup", "x")


def test_files_and_texts_by_hand(run: Running, tmp_path: Path) -> None:
    """A bucket takes a file's bytes, and buckets and secrets any text; what a table takes stays JSON."""
    file, content = tmp_path / "b.bin", bytes(range(256))
    file.write_bytes(content)
    run.told("put", "Files", "--key", "b.bin", "--file", str(file))
    assert run.content("Files", "b.bin") == content
    run.told("put", "Files", "--key", "stdin", "--file", "-")
    assert run.content("Files", "stdin") == b""
    for value, stored in (("plain text", b"plain text"), ('"quoted"', b"quoted"), ('{"a":1.10}', b'{"a":1.10}')):
        run.told("put", "Files", value, "--key", "text")
        assert run.content("Files", "text") == stored
    item = tmp_path / "item.json"
    item.write_text('{"id": "of a file"}')
    run.told("put", "Things", "--file", str(item))
    assert {"id": "of a file"} in run.items("Things")
    assert "the value is no JSON" in refused(run, "put", "Things", "plain")
    assert "is a text, and the file holds none in UTF-8" in refused(run, "put", "Token", "--file", str(file))
    assert "a VALUE or `--file PATH`, one of the two" in refused(run, "put", "Things")
    assert "a VALUE or `--file PATH`, one of the two" in refused(run, "put", "Things", "{}", "--file", str(item))
    assert "can't be read: No such file" in refused(run, "put", "Files", "--key", "x", "--file", str(tmp_path / "none"))


def test_a_call_without_a_value(run: Running) -> None:
    """A call needs no event."""
    assert run.told("call", "hello") == {"said": "hello", "letters": 0}
    assert run.told("call", "hello", '{"name": "ann"}') == {"said": "ann", "letters": 0}


def test_counts_of_calls(run: Running) -> None:
    """A batch of which a part has failed is no success, and a request that is turned away is no call."""
    run.told("send", "Jobs", "1")
    run.until(lambda: run.lines("Jobs", "some", "failed"), "the batch has failed")
    assert run.status()["functions"]["some"]["calls"] == {"failed": run.lines("Jobs", "some", "failed")}
    assert run.ask("GET", "/closed", headers={"authorization": "x"}).status == 403
    run.until(lambda: run.lines("GET /closed", "closed", "403"), "the request is told")
    assert run.ask("GET", "/closed", headers={"authorization": "broken"}).status == 500
    run.until(lambda: run.lines("GET /closed", "closed", "500"), "the request is told")
    assert run.status()["functions"]["closed"]["calls"] == {}
    run.command("purge", "Jobs")


def test_lines_without_a_function(run: Running) -> None:
    """Requests that no function answers say why."""
    assert run.ask("GET", "/nowhere").status == 404
    run.until(lambda: run.lines("GET /nowhere", "no route", "404"), "the request is told")
    headers = {"origin": "http://x", "access-control-request-method": "GET"}
    assert run.ask("OPTIONS", "/open", headers=headers).status == 204
    run.until(lambda: run.lines("OPTIONS /open", "CORS", "204"), "the preflight is told")


def test_the_last_receive(run: Running) -> None:
    """A line says how often a message was received, and after the last time where it goes; until then `redrive` says who has it."""
    run.told("send", "Bad", "1")
    run.until(lambda: run.said("ValueError: no; received 1 of 2, again in 1 s"), "it has failed once")
    assert run.command("redrive", "Bad.dead-letter").stdout == (
        "0 messages go back\n1 message of Bad is not given up yet: Bad still has it\n"
    )
    run.until(lambda: run.said("ValueError: no; received 2 of 2, to Bad.dead-letter in 2 s"), "it has failed twice")
    assert run.command("purge", "Bad").stdout == "1 message of Bad is gone\n"


def test_the_status_has_addresses(run: Running) -> None:
    """The status says what the `aws` command needs: where, with which key, and the names there."""
    said = run.command("status").stdout
    names = dict(line.split() for line in said.splitlines() if len(line.split()) == 2)
    assert [names[n] for n in ("Things", "Once", "Token")] == ["hand-dev-Things", "hand-dev-Once.fifo", "hand-dev-Token"]
    assert "in AWS's services, in us-east-1" in said
    assert (
        f"export AWS_ENDPOINT_URL={run.endpoint} AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=developer AWS_SECRET_ACCESS_KEY=local\n"
    ) in said


def test_what_is_said_of_edits(run: Running) -> None:
    """A warning is said once, and no more when its secret has a value; a mistake that is gone is said to be."""
    file = run.folder / "app.ifc"
    assert run.said("IFC637") == 1
    file.write_text(APP + "queue More\n")
    run.until(lambda: run.said("the app is taken over as it is now") == 1, "it is taken over")
    assert run.said("IFC637") == 1
    file.write_text(APP + "queue More\nMore -> nobody\n")
    run.until(lambda: run.said("goes on, with the code as it is saved now"), "the mistake is shown")
    file.write_text(APP + "queue More\n")
    run.until(lambda: run.said("the app has no mistakes any more: it is what runs"), "it is well again")
    assert run.said("IFC637") == 1
    run.told("send", "More", "1")
    file.write_text(APP)
    run.until(lambda: run.said("  More "), "what waits is told")
    [line] = [line for line in run.output().splitlines() if "  More " in line]
    assert " ".join(line.split()[1:]) == "More waiting 1 message: the app has no such queue now"


def test_a_file_that_is_not_there(run: Running) -> None:
    """A mistyped command is no app, nor is a file that is not there; another app of the same folder is told from this one."""
    command = [sys.executable, "-m", "ifc", "local"]
    for word, said in (
        ("lgo", "ifc: `lgo` is not there; did you mean `ifc local log`?\n"),
        ("nofile.ifc", "ifc: `nofile.ifc` is not there\n"),
    ):
        done = subprocess.run([*command, word], cwd=run.folder, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (USAGE, said)
    (run.folder / "two.ifc").write_text("app two\n")
    done = subprocess.run([*command, "two.ifc"], cwd=run.folder, capture_output=True, text=True, check=False)
    assert f"another app of this folder runs already: `app.ifc`, at {run.gateway}" in done.stderr
    assert "give this app a folder of its own" in done.stderr


def test_a_secret_with_a_value_is_not_warned_of(run: Running) -> None:
    """A run that finds a value in the log does not say that there is none."""
    run.told("put", "Token", "mine")
    run.stop()
    with running(run.folder) as again:
        assert again.said("IFC637") == 0
        found = again.client("secretsmanager").get_secret_value(SecretId="hand-dev-Token")
        assert found["SecretString"] == "mine"


def test_a_secret_param_is_given_and_not_shown(run: Running) -> None:
    """`--param` gives a secret param a value, which functions and secrets have and nothing shows; a wrong one is refused without it."""
    run.stop()
    with running(run.folder, "--param", "tokenValue=quite-hidden") as given:
        assert given.said("IFC637") == 0
        assert given.told("call", "closed") == {"said": "hello", "letters": len("quite-hidden")}
        found = given.client("secretsmanager").get_secret_value(SecretId="hand-dev-Token")
        assert found["SecretString"] == "quite-hidden"
        said = [given.output(), *(given.command(*words).stdout for words in (("status",), ("status", "--format", "json"), ("log",)))]
        graph = given.ask("GET", "/_ifc/api/graph").text
        assert not [text for text in (*said, graph) if "quite-hidden" in text]
    project = run.folder / ".ifc" / "project"
    assert project.stat().st_mode & 0o077 == 0
    wrong = subprocess.run(
        [sys.executable, "-m", "ifc", "local", str(run.folder / "app.ifc"), "--param", "tokenValue=Quite Hidden"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert wrong.returncode == 1
    assert "error[IFC309]: `…` does not match the `pattern` of `tokenValue`" in wrong.stdout
    assert "Quite" not in wrong.stdout + wrong.stderr
