"""How a run begins, goes on and ends: changes of the source, processes that die, folders and ports that can't be used."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ifc.cli import UNWRITABLE
from tests.local.running import Running, missing, start
from tests.presence import require

APP = """\
app small
queue Jobs
table Things { key id: string }
api Web {
  GET  /hello -> hello
  POST /jobs  -> take
}
function hello "src/hello.handler" { runtime python3.12 }
function take  "src/take.handler"  { runtime python3.12; sends Jobs }
function work  "src/work.handler"  { runtime python3.12; writes Things }
Jobs -> work { batch 10 }
"""
HELLO = "def handler(event, context):\n    return {'said': 'hello'}\n"
TAKE = """\
import os, boto3
sqs = boto3.client("sqs")
def handler(event, context):
    sent = sqs.send_message(QueueUrl=os.environ["JOBS_QUEUE_URL"], MessageBody=event["body"])
    return {"statusCode": 202, "body": sent["MessageId"]}
"""
WORK = """\
import json, os, boto3
table = boto3.resource("dynamodb").Table(os.environ["THINGS_TABLE"])
def handler(event, context):
    for record in event["Records"]:
        table.put_item(Item={"id": record["body"]})
"""
Begin = Callable[..., Running]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The folder of a small app."""
    require(missing())
    folder = tmp_path / "small"
    (folder / "src").mkdir(parents=True)
    (folder / "app.ifc").write_text(APP)
    for name, text in (("hello", HELLO), ("take", TAKE), ("work", WORK)):
        (folder / "src" / f"{name}.py").write_text(text)
    return folder


@pytest.fixture
def begin(app: Path) -> Iterator[Begin]:
    """Starts the app, perhaps several times; whatever still runs is ended."""
    runs: list[Running] = []

    def run(*options: str, wait: bool = True) -> Running:
        runs.append(start(app, *options, wait=wait))
        return runs[-1]

    yield run
    for each in runs:
        each.stop(signal.SIGKILL)


def family(pid: int) -> list[int]:
    """The processes below one."""
    found = []
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            if parent == pid:
                found += [int(place.name), *family(int(place.name))]
    return found


def alive(pids: list[int]) -> list[int]:
    """Those processes that still run."""
    found = []
    for pid in pids:
        try:
            if (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.append(pid)
        except OSError:
            continue
    return found


def program(pids: list[int], name: str) -> int:
    """The first process whose program begins so."""
    for pid in pids:
        words = (Path("/proc") / str(pid) / "cmdline").read_bytes().split(b"\0")
        if any(Path(word.decode(errors="replace")).name.startswith(name) for word in words[:2]):
            return pid
    raise AssertionError(f"no {name}")


def test_each_request_has_a_line(begin: Begin) -> None:
    """However many requests come at once: each is told of and counted."""
    run = begin()

    def ask(number: int) -> None:
        connection = http.client.HTTPConnection(run.gateway.removeprefix("http://"))
        for n in range(60):
            connection.request("GET", f"/nowhere/{number}/{n}")
            connection.getresponse().read()
        connection.close()

    with ThreadPoolExecutor(10) as together:
        list(together.map(ask, range(10)))
    run.until(lambda: run.said(" → no route ") >= 600, "all lines are there", 10)


# --- the end ---


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_when_it_is_told(begin: Begin, app: Path, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end everything: no process, no socket, no lock stays, and the exit code is 0."""
    run = begin()
    children = family(run.process.pid)
    sockets = Path(json.loads((app / ".ifc" / "run.json").read_text())["sockets"])
    assert len(children) > 5
    assert run.stop(number) == 0, run.output()
    run.until(lambda: not alive(children), "all processes have ended", 20)
    assert not sockets.exists()
    assert not (app / ".ifc" / "run.json").exists()
    assert "Traceback" not in run.output()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems give nobody what a process leaves behind")
def test_nothing_that_functions_start_outlives_the_run(begin: Begin, app: Path) -> None:
    """Programs with a session of their own end with the run, also those of functions that have ended, and what they have started."""
    started = "subprocess.Popen(['sh', '-c', 'sleep 1000 & sleep 1000'], start_new_session=True, stdout=-3, stderr=-3).pid"
    (app / "src" / "hello.py").write_text(f"import os, subprocess\ndef handler(event, context):\n    return {started}\n")
    leaving = f"def handler(event, context):\n    print('started', {started}, flush=True)\n    os._exit(1)\n"
    (app / "src" / "take.py").write_text("import os, subprocess\n" + leaving)
    run = begin()
    run.command("call", "take")
    run.until(lambda: re.search(r"started (\d+)", run.output()), "it has started something")
    found = [run.told("call", "hello"), int(re.findall(r"started (\d+)", run.output())[0])]
    run.until(lambda: len(family(found[0])) == 2, "its own programs run")
    found += [*family(found[0]), *family(found[1])]
    assert len(alive(found)) == 6
    try:
        assert run.stop() == 0, run.output()
        assert alive(found) == []
    finally:
        for pid in alive(found):
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("name", ["nginx", "postgres"])
def test_it_ends_when_a_part_dies(begin: Begin, name: str) -> None:
    """Without nginx or PostgreSQL the run says so and ends with 1, and nothing stays behind."""
    run = begin()
    assert run.ask("GET", "/hello").status == 200
    children = family(run.process.pid)
    os.kill(program(children, name), signal.SIGKILL)
    assert run.process.wait(30) == 1, run.output()
    assert "so the run ends too" in run.output()
    run.until(lambda: not alive(children), "all processes have ended", 20)


def test_nothing_stays_when_it_is_killed(begin: Begin, app: Path) -> None:
    """Its processes end with it, and the next run begins where it was, without what it left behind."""
    run = begin()
    assert run.ask("POST", "/jobs", "first").status == 202
    run.until(lambda: run.items("Things"), "the job is done")
    sockets = Path((app / ".ifc" / "sockets").read_text())
    children = family(run.process.pid)
    run.process.kill()
    run.process.wait()
    run.until(lambda: not alive(children), "all processes have ended", 20)
    again = begin()
    assert again.items("Things") == [{"id": "first"}]
    assert not sockets.exists()
    assert again.stop() == 0


def test_a_function_that_is_killed_is_replaced(begin: Begin, app: Path) -> None:
    """The next call of a function whose process was killed gets another; the run goes on."""
    (app / "src" / "hello.py").write_text("import os\ndef handler(event, context):\n    return {'pid': os.getpid()}\n")
    run = begin()
    first = run.ask("GET", "/hello").json["pid"]
    os.kill(first, signal.SIGKILL)
    second = run.until(lambda: run.ask("GET", "/hello").json.get("pid"), "it answers again")
    assert second != first


def test_functions_that_end_their_process(begin: Begin, app: Path) -> None:
    """The run goes on when functions end the processes that run them: calls and routes wait for others, and none is lost."""
    crash = "require('child_process').spawnSync('kill', ['-KILL', String(process.pid)])"
    js = f"let n = 0\nexports.handler = async () => ({{pid: process.pid}})\nexports.crash = async () => {{ {crash} }}\n"
    (app / "src" / "page.js").write_text(js)
    more = 'function page  "src/page.handler"\nfunction crash "src/page.crash" { retries 1 }\ntopic News\nNews -> crash\n'
    (app / "app.ifc").write_text(APP.replace("api Web {", "api Web {\n  GET /page -> page\n  GET /crash -> crash") + more)
    run = begin()
    first = run.ask("GET", "/page").json["pid"]
    assert run.ask("GET", "/crash").status == 500
    assert run.ask("GET", "/page").json["pid"] != first
    os.kill(program(family(run.process.pid), "python_host"), signal.SIGKILL)
    assert run.ask("GET", "/hello").json == {"said": "hello"}
    run.told("publish", "News", '"x"')
    run.until(lambda: run.lines("News", "crash", "failed") == 2, "it was tried twice")
    assert run.ask("GET", "/page").status == 200
    assert run.said("functions has ended (signal: killed); it is started again") == 4
    assert run.stop() == 0


def test_nothing_is_lost_when_it_is_killed_at_work(begin: Begin, app: Path) -> None:
    """What was taken in is done after the next start, whenever the run is killed."""
    run = begin()
    taken: list[str] = []
    done = threading.Event()

    def send() -> None:
        for number in range(400):
            if done.is_set():
                return
            try:
                if run.ask("POST", "/jobs", f"job {number}").status == 202:
                    taken.append(f"job {number}")
            except OSError:
                return

    sender = threading.Thread(target=send)
    sender.start()
    run.until(lambda: len(taken) > 40, "some jobs are taken")
    run.process.kill()
    run.process.wait()
    done.set()
    sender.join()
    again = begin()
    again.until(lambda: {item["id"] for item in again.items("Things")} >= set(taken), "all jobs are done")
    again.until(again.idle, "nothing waits")


# --- the beginning ---


def test_a_second_run_says_that_one_is_running(begin: Begin) -> None:
    """The same app runs once at a time, and the second run says where the first is."""
    run = begin()
    second = begin(wait=False)
    assert second.process.wait(30) == 1
    assert f"this app is running already, at {run.gateway} (process {run.process.pid})" in second.output()
    assert "`ifc local status`" in second.output()
    assert run.status()["gateway"] == run.gateway  # the first one is still to be found


def test_the_next_free_port_is_taken(begin: Begin) -> None:
    """Without `--port` a port in use is passed over; with it, it is an error."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        run = begin("--port", str(port), wait=False)
        assert run.process.wait(30) == 1
        assert f"port {port} can't be used" in run.output()
        assert "choose another with `--port`" in run.output()


def test_mistakes_of_the_app_are_shown(begin: Begin, app: Path) -> None:
    """An app with mistakes does not begin to run; each is drawn as `ifc check` draws it."""
    (app / "app.ifc").write_text(APP.replace("Jobs -> work", "Job -> work"))
    run = begin(wait=False)
    assert run.process.wait(30) == 1
    assert "error[IFC201]" in run.output()
    assert "write `Jobs`" in run.output()


def test_a_folder_that_can_not_be_written(begin: Begin, app: Path) -> None:
    """Where the lock can't be written, the error says what to do; root may write into a read-only folder, so a folder is in its place."""
    (app / ".ifc" / "lock").mkdir(parents=True)
    run = begin(wait=False)
    assert run.process.wait(30) == 1
    assert "can't be written" in run.output()
    assert "make room, or mend its permissions" in run.output()


def test_a_file_where_the_folder_should_be(begin: Begin, app: Path) -> None:
    """A file called `.ifc` is an error, not a traceback."""
    (app / ".ifc").write_text("mine")
    run = begin(wait=False)
    assert run.process.wait(30) == 1
    assert "can't be written" in run.output()
    assert (app / ".ifc").read_text() == "mine"


def test_nginx_is_missing(app: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without nginx the error holds the command that installs it."""
    from ifc.local import nginx
    from ifc.local.children import Failed

    monkeypatch.setattr(nginx, "PROGRAMS", ("no-such-nginx",))
    with pytest.raises(Failed) as failed:
        nginx._program()
    assert "apt-get install --no-install-recommends nginx libnginx-mod-http-lua lua-cjson luajit2" in str(failed.value.help)


def test_without_a_run_commands_say_so(tmp_path: Path) -> None:
    """Commands that look into a run need one."""
    done = subprocess.run(
        [sys.executable, "-m", "ifc", "local", "status", "--app", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "nothing runs here: start it with `ifc local app.ifc`" in done.stderr


# --- edit and save ---


def test_the_next_call_runs_what_was_saved(begin: Begin, app: Path) -> None:
    """A saved handler is the one that runs, also where the file is replaced as editors do, and a mistake in it is the next call's."""
    run = begin()
    assert run.ask("GET", "/hello").json == {"said": "hello"}
    (app / "src" / "hello.py").write_text(HELLO.replace("hello'}", "changed'}"))
    run.until(lambda: run.ask("GET", "/hello").json == {"said": "changed"}, "the new code runs", 10)
    other = app / "src" / ".hello.py.swp"
    other.write_text(HELLO.replace("hello'}", "replaced'}"))
    other.replace(app / "src" / "hello.py")
    run.until(lambda: run.ask("GET", "/hello").json == {"said": "replaced"}, "the new file runs", 10)
    (app / "src" / "hello.py").write_text("def handler(event, context:\n")
    run.until(lambda: run.ask("GET", "/hello").status == 500, "the mistake shows", 10)
    (app / "src" / "hello.py").write_text(HELLO)
    run.until(lambda: run.ask("GET", "/hello").status == 200, "it is mended", 10)


def test_what_a_function_writes_is_no_change(begin: Begin, app: Path) -> None:
    """Its process stays when logs and data are written beside its code."""
    text = "import os\ndef handler(event, context):\n    open('calls.log', 'a').write('x')\n    return {'pid': os.getpid()}\n"
    (app / "src" / "hello.py").write_text(text)
    run = begin()
    first = run.ask("GET", "/hello").json["pid"]
    (app / "src" / "cache.db").write_text("data")
    (app / "src" / "take.py").write_text(TAKE + "# saved\n")  # seen at the same time or later than what was written before
    run.until(lambda: run.ask("GET", "/hello").json["pid"] != first, "what was saved is seen", 10)
    second = run.ask("GET", "/hello").json["pid"]
    (app / "src" / "cache.db").write_text("more data")
    time.sleep(1)  # in which a change would be seen
    assert run.ask("GET", "/hello").json["pid"] == second
    assert (app / "calls.log").exists()


def test_the_app_is_taken_over_with_its_messages(begin: Begin, app: Path) -> None:
    """A changed app goes on with what waits in its queues; one with mistakes is shown, and what it was before goes on."""
    (app / "app.ifc").write_text(APP.replace("Jobs -> work { batch 10 }\n", ""))
    run = begin()
    for number in range(5):
        assert run.ask("POST", "/jobs", f"job {number}").status == 202
    (app / "app.ifc").write_text(APP.replace("GET  /hello -> hello", "GET  /hello -> helo"))
    run.until(
        lambda: run.said("the app has mistakes; what it was before goes on, with the code as it is saved now"), "the mistake is shown", 10
    )
    assert run.said("error[IFC201]") == 1
    assert run.ask("GET", "/hello").status == 200
    (app / "app.ifc").write_text(APP.replace("GET  /hello", "GET  /bye") + "table More { key id: string }\n")
    run.until(lambda: run.said("the app is taken over as it is now"), "it is taken over", 10)
    run.until(lambda: len(run.items("Things")) == 5, "the messages that waited are done")
    assert run.ask("GET", "/bye").status == 200
    assert run.ask("GET", "/hello").status == 404
    run.described()
    assert run.items("More") == []


def test_no_request_fails_while_the_app_changes(begin: Begin, app: Path) -> None:
    """Requests go on while code and app are saved again and again."""
    run = begin()
    statuses: list[int] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            statuses.append(run.ask("GET", "/hello").status)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(4):
        (app / "src" / "hello.py").write_text(HELLO + f"# {number}\n")
        time.sleep(0.3)
        (app / "app.ifc").write_text(APP + f"queue More{number}\n")
        run.until(lambda: run.said("the app is taken over as it is now") == number + 1, "it is taken over", 20)  # noqa: B023  # at once
    done.set()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}, run.output()


def test_the_sdk_is_brought_along(begin: Begin, app: Path) -> None:
    """Functions run under the Python of `.venv` beside the app, which need not have the AWS SDK: Lambda brings it along, too."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(app / ".venv")], check=True)
    (app / "src" / "hello.py").write_text(
        "import sys, boto3\ndef handler(event, context):\n    return {'prefix': sys.prefix, 'sdk': boto3.__version__}\n"
    )
    run = begin("--python", str(app / ".venv" / "bin" / "python"))
    answer = run.ask("GET", "/hello")
    assert answer.status == 200, run.output()
    assert answer.json["prefix"] == str(app / ".venv")
    assert answer.json["sdk"]


# --- looking into it ---


def test_what_happens_is_shown(begin: Begin) -> None:
    """Each event is a line, and the commands show what they promise."""
    run = begin()
    assert run.told("send", "Jobs", '"by hand"')["id"]
    run.until(lambda: run.items("Things") == [{"id": "by hand"}], "the message is done")
    run.until(lambda: run.lines("Jobs", "work"), "its line")
    assert "Jobs → work" in run.command("log").stdout
    assert "by hand" in run.command("log", "Jobs", "--rows").stdout
    assert run.told("call", "hello", "{}") == {"said": "hello"}
    assert run.command("replay", "Jobs").stdout == "1 event of Jobs is delivered again\n"
    status = run.command("status").stdout
    assert "Jobs" in status
    assert "work" in status
    for words, said in (
        (("send", "Job", "1"), "did you mean `Jobs`?"),
        (("send", "Things", "1"), "is a table, and a queue is wanted"),
        (("put", "Things", "[]"), "is an object"),
        (("put", "Things", '{"id": {"S": "x"}}'), 'an item of `Things` is plain JSON, without DynamoDB\'s types: `{"id": "x"}`'),
        (("put", "Things", '{"id": ["x"]}'), "`id` is of the key of `Things`, so its value is a single one"),
        (("send", "Jobs", "{no json"), "is no JSON"),
        (("fire", "work"), "no schedule"),
        (("replay", "Jobs", "--from", "yesterday"), "is no time"),
    ):
        wrong = run.command(*words)
        assert wrong.returncode == 1
        assert said in wrong.stderr, (words, wrong.stderr)


def test_output_that_can_not_be_written(begin: Begin) -> None:
    """A full disk behind the output is said, and no mistake of ifc's."""
    run = begin()
    whole = [sys.executable, "-m", "ifc", "local", "status", "--app", str(run.folder)]
    with open("/dev/full", "w") as full:
        done = subprocess.run(whole, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (UNWRITABLE, "ifc: the output can't be written: No space left on device\n")


def test_a_moment_is_of_who_asks(begin: Begin) -> None:
    """`replay --from 08:30` is meant in the time zone in which `ifc local log` shows it, whatever that of the run is."""
    run = begin()
    run.told("send", "Jobs", '"first"')
    run.until(lambda: run.items("Things"), "the message is done")
    words = [sys.executable, "-m", "ifc", "local", "replay", "Jobs", "--app", str(run.folder), "--from"]
    for zone, hours in (("UTC-12", 12), ("UTC+11", -11)):
        at = datetime.now(UTC) + timedelta(hours=hours)
        for minutes, count in ((-2, 1), (2, 0)):
            begin_at = (at + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M")
            done = subprocess.run([*words, begin_at], capture_output=True, text=True, env={**os.environ, "TZ": zone}, check=False)
            said = {0: "0 events of Jobs are delivered again\n", 1: "1 event of Jobs is delivered again\n"}
            assert done.stdout == said[count], done.stderr


def test_dead_letters_without_a_way_back(begin: Begin, app: Path) -> None:
    """`redrive` tells how many stay, and why."""
    more = 'queue Lost\nqueue Other { dead-letter Lost after 1 }\nfunction crash "src/crash.handler" { retries 0 }\ncrash.failed -> Lost\n'
    (app / "src" / "crash.py").write_text("def handler(event, context):\n    raise ValueError\n")
    (app / "app.ifc").write_text(APP + more + "topic News\nNews -> crash\n")
    run = begin()
    run.told("publish", "News", '"x"')
    run.until(lambda: run.status()["queues"]["Lost"]["visible"] == 1, "the result is there")
    done = run.command("redrive", "Lost")
    assert done.stdout == ("0 messages go back\n1 stays in Lost: it comes from no queue, so there is none to go back to\n")


def test_following_the_log(begin: Begin) -> None:
    """`--follow` goes on as things happen, and ends with the run."""
    run = begin()
    with subprocess.Popen(
        [sys.executable, "-m", "ifc", "local", "log", "--follow", "--app", str(run.folder)], stdout=subprocess.PIPE, text=True
    ) as follower:
        time.sleep(1)
        run.ask("GET", "/hello")
        assert follower.stdout is not None
        assert "GET /hello → hello" in follower.stdout.readline()
        assert run.stop() == 0
        assert follower.wait(20) == 0


def test_what_runs_have_kept_can_be_forgotten(begin: Begin, app: Path) -> None:
    """`reset` takes the state of an app away, but not under a run."""
    run = begin()
    run.told("put", "Things", '{"id": "1", "n": 1.5}')
    assert run.items("Things")[0]["id"] == "1"
    assert run.command("reset").returncode == 1
    assert run.stop() == 0
    assert run.command("reset").returncode == 0
    assert not (app / ".ifc").exists()
    assert begin().items("Things") == []


def test_a_refusal_names_the_verb(begin: Begin, app: Path) -> None:
    """A call that no verb covers is refused as AWS refuses it, and the line says what to write."""
    (app / "src" / "hello.py").write_text(
        "import boto3\n"
        "def handler(event, context):\n"
        "    try:\n"
        "        boto3.client('dynamodb').get_item(TableName='small-dev-Things', Key={'id': {'S': '1'}})\n"
        "    except Exception as problem:\n"
        "        return {'said': type(problem).__name__ + ' ' + str(problem)}\n"
    )
    run = begin()
    said = run.ask("GET", "/hello").json["said"]
    assert "AccessDenied" in said
    assert "add `reads Things` to function `hello`" in said
    run.until(lambda: run.lines("hello", "Things", "refused"), "the line")
    assert "dynamodb:GetItem: add `reads Things` to function `hello`" in run.output()


def test_only_this_machine(begin: Begin) -> None:
    """The gateway and the endpoint listen on 127.0.0.1 alone."""
    run = begin()
    for address in (run.gateway, run.endpoint):
        port = int(address.rpartition(":")[2])
        listening = subprocess.run(["cat", "/proc/net/tcp", "/proc/net/tcp6"], capture_output=True, text=True, check=True).stdout
        places = {line.split()[1] for line in listening.splitlines() if f":{port:04X} " in line and " 0A " in line}
        assert places == {f"0100007F:{port:04X}"}, places
    shutil.rmtree(run.folder / "src" / "__pycache__", ignore_errors=True)


def test_a_file_that_is_saved_empty(begin: Begin, app: Path) -> None:
    """An app that declares nothing is a mistake here as everywhere: what ran goes on with all that it holds."""
    run = begin()
    run.told("put", "Things", '{"id": "1"}')
    (app / "app.ifc").write_text("")
    run.until(lambda: run.said("error[IFC608]") == 1, "the mistake is shown", 10)
    assert run.ask("GET", "/hello").status == 200
    assert run.items("Things") == [{"id": "1"}]
    assert run.stop() == 0
    again = begin(wait=False)
    assert again.process.wait(30) == 1
    assert "declares nothing" in again.output()


def test_outputs_have_the_addresses_of_the_run(begin: Begin, app: Path) -> None:
    """What the app puts out is shown at the start, with the addresses that only a run knows."""
    (app / "app.ifc").write_text(APP + "output address Web.url\noutput queue Jobs.url\n")
    run = begin()
    assert f"  address = {run.gateway}\n" in run.output()
    assert f"  queue = {run.endpoint}/000000000000/small-dev-Jobs\n" in run.output()


@pytest.mark.parametrize("moment", [0.0, 0.3, 0.6, 0.9])
def test_it_is_told_to_end_while_it_starts(begin: Begin, app: Path, moment: float) -> None:
    """Ctrl-C at any moment of the start ends it, without a complaint about what was not there yet; nothing stays behind."""
    run = begin(wait=False)
    run.until(lambda: (app / ".ifc" / "lock").exists(), "it has begun", 20)
    time.sleep(moment)
    children = family(run.process.pid)
    assert run.stop() == 0, run.output()
    assert "ifc: " not in run.output()
    run.until(lambda: not alive(children), "all processes have ended", 20)
    assert begin().stop() == 0


def test_what_comes_back_into_the_app_has_its_content(begin: Begin, app: Path) -> None:
    """A table that leaves the app and comes back while it runs holds what it held; a secret of nobody's value has one of its own."""
    (app / "app.ifc").write_text(APP + "table Other { key id: string }\nsecret Token\n")
    run = begin()
    run.told("put", "Other", '{"id": "kept"}')
    secrets = run.client("secretsmanager")
    made = secrets.get_secret_value(SecretId="small-dev-Token")["SecretString"]
    assert len(made) == 32
    (app / "app.ifc").write_text(APP)
    run.until(lambda: run.said("the app is taken over as it is now") == 1, "it is gone", 10)
    (app / "app.ifc").write_text(APP + "table Other { key id: string }\nsecret Token\n")
    run.until(lambda: run.said("the app is taken over as it is now") == 2, "it is back", 10)
    run.described()
    assert run.items("Other") == [{"id": "kept"}]
    assert secrets.get_secret_value(SecretId="small-dev-Token")["SecretString"] == made


def test_another_key_waits_for_the_next_run(begin: Begin, app: Path) -> None:
    """One mistyped save does not cost a table its items: the key is taken over where there are none, and not where there are."""
    (app / "app.ifc").write_text(APP + "table Other { key id: string }\n")
    run = begin()
    (app / "app.ifc").write_text(APP + "table Other { key tid: string }\n")
    run.until(lambda: run.said("the app is taken over as it is now") == 1, "an empty table takes it", 10)
    run.told("put", "Other", '{"tid": "kept"}')
    (app / "app.ifc").write_text(APP + "table Other { key idd: string }\n")
    run.until(lambda: run.said("what is in table `Other` would be gone") == 1, "it is said", 10)
    assert run.items("Other") == [{"tid": "kept"}]
    (app / "app.ifc").write_text(APP + "table Other { key tid: string }\n")
    run.until(lambda: run.said("no mistakes any more") == 1, "it is taken back", 10)
    assert run.items("Other") == [{"tid": "kept"}]


def test_a_storm_of_edits(begin: Begin, app: Path) -> None:
    """Files that come, go and are half written never stop the watch: what is saved last is what runs."""
    run = begin()
    assert run.ask("GET", "/hello").status == 200
    for number in range(150):
        (app / "src" / "hello.py").write_text(HELLO[: number % len(HELLO)])
        (app / "src" / f"new{number}.py").write_text("x")
        (app / "src" / f"new{number}.py").unlink()
        (app / "app.ifc").write_text(APP[: 20 + number])
    shutil.rmtree(app / "src" / "gone", ignore_errors=True)
    (app / "app.ifc").write_text(APP)
    (app / "src" / "hello.py").write_text(HELLO.replace("hello'}", "after'}"))
    run.until(lambda: run.ask("GET", "/hello").text == '{"said": "after"}', "the last one runs", 20)
    (app / "src" / "hello.py").write_text(HELLO.replace("hello'}", "later'}"))
    run.until(lambda: run.ask("GET", "/hello").text == '{"said": "later"}', "the watch goes on", 20)
