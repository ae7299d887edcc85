"""`ifc local`: an app running on this machine, and the commands that look into a run."""

from __future__ import annotations

import argparse
import asyncio
import base64
import io
import json
import logging
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from ifc.cli import ERRORS, FINE, LOCAL, UNWRITABLE, USAGE
from ifc.commands.source import colour, options, say, show
from ifc.diagnostics import Failure, near
from ifc.records import evolve
from ifc.resolve.files import main_file

EXTRA = "`ifc local` needs packages that the compiler does not: pip install '.[local]' in the folder of ifc's own source"

LARGEST = 14_000_000  # bytes of a file that fit into a request, in base 64


def run(arguments: argparse.Namespace) -> int:
    """Runs an app until Ctrl-C."""
    try:
        chosen = evolve(options(arguments), secrets=True)
        file = main_file(arguments.file)
    except Failure as failure:
        show(failure.diagnostics, arguments)
        return USAGE
    if not os.path.exists(file):
        close = near(file, LOCAL)
        say(f"ifc: `{file}` is not there" + (f"; did you mean `ifc local {close}`?" if close else ""))
        return USAGE
    if sys.platform == "win32":
        say("ifc: `ifc local` needs Linux or macOS; on Windows it runs under WSL")
        return USAGE
    try:
        from ifc.local.children import Failed, adopt, end_adopted
        from ifc.local.console import Console
        from ifc.local.run import Choices, Run
    except ModuleNotFoundError as missing:
        say(f"ifc: {EXTRA} ({missing.name} is missing)")
        return USAGE
    import gc

    for name in ("aiohttp", "psycopg", "watchfiles"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # what matters of theirs, the run says in its own words
    gc.enable()  # a compile is over before collecting would pay; a run is not
    console = Console(_output(), colour(sys.stdout))
    choices = Choices(
        file=file,
        options=chosen,
        port=arguments.port,
        real_waits=arguments.real_waits,
        fresh=arguments.fresh,
        python=arguments.python or python_of(file),
        node=arguments.node,
    )

    async def whole() -> Failed | None:
        return await Run(choices, console).run()

    adopts = adopt()
    try:
        failed = asyncio.run(whole())
    finally:
        if adopts:
            end_adopted()
    if failed is None:
        return FINE
    say(f"ifc: {failed.message}" + (f"\n  = help: {failed.help}" if failed.help else ""))
    return ERRORS


def _output() -> TextIO:
    """Standard output, which shows what it can't spell as `?`; nowhere, where it is closed."""
    if sys.stdout is None:
        return open(os.devnull, "w")  # for as long as the process runs
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    return sys.stdout


def python_of(file: str) -> str:
    """The Python that runs the functions: of the virtual environment that is active or beside the app, else ifc's own."""
    places = [os.environ.get("VIRTUAL_ENV", ""), os.path.join(os.path.dirname(os.path.abspath(file)), ".venv")]
    for place in places:
        found = os.path.join(place, "bin", "python") if place else ""
        if found and os.path.exists(found):
            return found
    return sys.executable


# --- looking into a run ---


class Unanswered(Exception):
    """The run can't be asked, or does not do what was asked, and why."""


def act(arguments: argparse.Namespace) -> int:
    """One of the commands that need a run: `ifc local status`, `log`, `send` …"""
    _output()
    try:
        found: int = ACTIONS[arguments.command.removeprefix("local ")](arguments)
        sys.stdout.flush()
        return found
    except Unanswered as problem:
        say(f"ifc: {problem}")
        return ERRORS
    except BrokenPipeError:
        raise  # whoever read has seen enough
    except OSError as problem:
        say(f"ifc: the output can't be written: {problem.strerror or problem}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left of it is not tried again at the end
        return UNWRITABLE


def _run(arguments: argparse.Namespace) -> dict[str, Any]:
    """What the run of this folder noted of itself."""
    from ifc.local.folder import find

    place = Path(arguments.app)
    found = find(place if place.is_dir() else place.parent)
    if found is None:
        raise Unanswered("nothing runs here: start it with `ifc local app.ifc`, or name the app's folder with `--app`")
    return found


def _ask(arguments: argparse.Namespace, method: str, path: str, body: Any = None) -> Any:
    """What the run answers."""
    with _opened(arguments, method, path, body) as answer:
        return _answered(answer.status, answer.read().decode())


def _answered(status: int, text: str) -> Any:
    """What an answer holds; Unanswered for one that says why there is none."""
    try:
        found = json.loads(text)
    except ValueError:
        raise Unanswered(f"the run gave no answer: {text[:200]}") from None
    if status != 200:
        raise Unanswered(found.get("error", text))
    return found


def _opened(arguments: argparse.Namespace, method: str, path: str, body: Any = None) -> Any:
    import http.client
    import socket

    sockets = _run(arguments)["sockets"]

    class Connection(http.client.HTTPConnection):
        def connect(self) -> None:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.connect(os.path.join(sockets, "control.sock"))

    connection = Connection("control")
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, f"/_ifc/api/{path}", content, {"content-type": "application/json", "x-ifc": "1"})
        return connection.getresponse()
    except (OSError, http.client.HTTPException) as problem:
        raise Unanswered(f"the run does not answer: {problem}") from None


def _value(text: str) -> Any:
    """JSON of the command line; `-` reads it from standard input."""
    try:
        return json.loads(_written(text))
    except ValueError as problem:
        raise Unanswered(f"the value is no JSON ({problem}): write it in quotes, as in '{{\"id\": 1}}' or '\"a text\"'") from None


def _written(text: str) -> str:
    return sys.stdin.read() if text == "-" else text


def _put(arguments: argparse.Namespace) -> dict[str, Any]:
    """What `put` puts: a file's bytes, or a value as it is written, and as JSON where it is that; which one counts, its place decides."""
    if (arguments.file is None) == (arguments.value is None):
        raise Unanswered(f"`ifc local put {arguments.name}` takes a VALUE or `--file PATH`, one of the two")
    if arguments.file is not None:
        try:
            content = sys.stdin.buffer.read() if arguments.file == "-" else Path(arguments.file).read_bytes()
        except OSError as problem:
            raise Unanswered(f"`{arguments.file}` can't be read: {problem.strerror or problem}") from None
        if len(content) > LARGEST:
            raise Unanswered(
                f"a file of {len(content)} bytes is more than `put` takes ({LARGEST}): `aws s3 cp` takes it to the address of `ifc local status`"
            )
        return {"bytes": base64.b64encode(content).decode()}
    text = _written(arguments.value)
    try:
        return {"text": text, "value": json.loads(text)}
    except ValueError:
        return {"text": text}


def _sent(arguments: argparse.Namespace) -> int:
    """`send`, `publish`, `put`, `call`."""
    name = arguments.command.removeprefix("local ")
    body = {"name": arguments.name, **(_put(arguments) if name == "put" else {"value": _value(arguments.value)})}
    for option in ("key", "group", "dedup"):
        if getattr(arguments, option, None):
            body[option] = getattr(arguments, option)
    found = _ask(arguments, "POST", name, body)
    if name == "call":
        print(json.dumps(found["answer"], indent=2, ensure_ascii=False))
        return ERRORS if found["error"] else FINE
    print(json.dumps(found, ensure_ascii=False))
    return FINE


def _fire(arguments: argparse.Namespace) -> int:
    print(f"started {_ask(arguments, 'POST', 'fire', {'name': arguments.name})['fired']}")
    return FINE


def _replay(arguments: argparse.Namespace) -> int:
    from ifc.local.moments import moment

    begin: dict[str, Any] = {"from": arguments.begin}
    if arguments.begin not in (None, "", "start") and not str(arguments.begin).isdecimal():
        try:
            begin = {"since": moment(arguments.begin)}  # in the time zone of whoever asks, in which `ifc local log` shows it
        except ValueError as problem:
            raise Unanswered(str(problem)) from None
    found = _ask(arguments, "POST", "replay", {"name": arguments.name, **begin})
    count = found["replayed"]
    print(f"{_counted(count, 'event')} of {arguments.name} {'is' if count == 1 else 'are'} delivered again")
    return FINE


def _redrive(arguments: argparse.Namespace) -> int:
    found = _ask(arguments, "POST", "redrive", {"name": arguments.name})
    homes = list(found["to"].items())
    where = f" to {homes[0][0]}" if len(homes) == 1 else ": " + ", ".join(f"{count} to {queue}" for queue, count in homes) if homes else ""
    print(f"{_counted(found['moved'], 'message')} {'goes' if found['moved'] == 1 else 'go'} back{where}")
    if found["left"]:
        print(
            f"{found['left']} stays in {arguments.name}: it comes from no queue, so there is none to go back to"
            if found["left"] == 1
            else f"{found['left']} stay in {arguments.name}: they come from no queue, so there is none to go back to"
        )
    for queue, count in found["tried"].items() if not found["moved"] else ():
        print(
            f"{_counted(count, 'message')} of {queue} {'is' if count == 1 else 'are'} not given up yet: {queue} still has {'it' if count == 1 else 'them'}"
        )
    return FINE


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _purge(arguments: argparse.Namespace) -> int:
    count = _ask(arguments, "POST", "purge", {"name": arguments.name})["purged"]
    print(f"{_counted(count, 'message')} of {arguments.name} {'is' if count == 1 else 'are'} gone")
    return FINE


def _log(arguments: argparse.Namespace) -> int:
    """What happened, and with a source's name what its log holds."""
    from urllib.parse import quote

    from ifc.local.console import Line, drawn

    painted = colour(sys.stdout)

    def show_line(found: dict[str, Any]) -> None:
        seconds = None if found["ms"] is None else found["ms"] / 1000
        line = Line(found["number"], found["at"], found["from"], found["to"], found["outcome"], seconds, found["detail"])
        print(drawn(line, painted), flush=True)

    if arguments.rows:
        if not arguments.name:
            raise Unanswered("`--rows` shows what the log holds of one source: name it")
        found = _ask(arguments, "GET", f"log?name={quote(arguments.name)}&most={arguments.most}")
        for row in reversed(found["rows"]):
            clock = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(row["at"]))
            print(f"{row['offset']:>8}  {clock}  {row['key']}  {row['value']}")
        return FINE
    for found in _ask(arguments, "GET", f"lines?name={quote(arguments.name)}&most={arguments.most}"):
        show_line(found)
    if arguments.follow:
        with _opened(arguments, "GET", f"follow?name={quote(arguments.name)}") as answer:
            for line in answer:
                if line.startswith(b"data: "):
                    show_line(json.loads(line[6:]))
    return FINE


def _show(arguments: argparse.Namespace) -> int:
    """What something holds: lines of JSON, or an object's bytes."""
    from urllib.parse import quote

    asked = f"show?name={quote(arguments.name)}&key={quote(arguments.key, safe='')}&most={arguments.most}"
    with _opened(arguments, "GET", asked) as answer:
        content = answer.read()
        if answer.status == 200 and answer.headers["content-type"] == "application/octet-stream":
            sys.stdout.flush()
            sys.stdout.buffer.write(content)
            return FINE
    found = _answered(answer.status, content.decode())
    for line in found["lines"]:
        print(line)
    if found["more"]:
        say(f"ifc: there is more in {arguments.name}: `--most N` shows up to N lines")
    return FINE


def _status(arguments: argparse.Namespace) -> int:
    """What runs, how deep queues are, where dead letters wait."""
    found = _ask(arguments, "GET", "status")
    if arguments.format == "json":
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return FINE
    print(f"{found['app']} at {found['gateway']}, its services at {found['endpoint']}, for {_ago(time.time() - found['since'])}")
    rows = [("queue", "waiting", "in hands", "delayed")]
    rows += [
        (name + (" (dead letters)" if q["dead"] else ""), str(q["visible"]), str(q["hidden"]), str(q["delayed"]))
        for name, q in found["queues"].items()
    ]
    _table(rows)
    rows = [("function", "ok", "failed", "waiting")]
    rows += [
        (name, str(f["calls"].get("ok", 0)), str(f["calls"].get("failed", 0)), str(f["waiting"])) for name, f in found["functions"].items()
    ]
    _table(rows)
    _table([("stream", "behind"), *((name, str(behind)) for name, behind in found["readers"].items())])
    _table([("schedule", "when", "next"), *((name, s["written"], _clock(s["next"])) for name, s in found["schedules"].items())])
    _table([("name", f"in AWS's services, in {found['region']}"), *found["names"].items()])
    print("\nfor the `aws` command and SDKs of your own:")
    address, region = found["endpoint"], found["region"]
    print(f"  export AWS_ENDPOINT_URL={address} AWS_DEFAULT_REGION={region} AWS_ACCESS_KEY_ID=developer AWS_SECRET_ACCESS_KEY=local")
    return FINE


def _table(rows: Sequence[tuple[str, ...]]) -> None:
    if len(rows) < 2:
        return
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    print()
    for row in rows:
        first, *rest = row
        print("  " + first.ljust(widths[0]) + "".join("  " + cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True)))


def _clock(at: float | None) -> str:
    return "never" if at is None else time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def _ago(seconds: float) -> str:
    minutes, hours = int(seconds // 60), int(seconds // 3600)
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min" if minutes else f"{int(seconds)} s"


def _reset(arguments: argparse.Namespace) -> int:
    """Takes away what runs of this app have kept."""
    from ifc.local.folder import described

    place = Path(arguments.app)
    state = (place if place.is_dir() else place.parent) / ".ifc"
    if described(state) is not None:
        raise Unanswered("this app is running: stop it first")
    if not (state / "lock").exists():
        raise Unanswered(f"`{state}` holds no run's log")
    try:
        shutil.rmtree(state)
    except OSError as problem:
        say(f"ifc: `{state}` can't be removed: {problem.strerror or problem}")
        return UNWRITABLE
    print(f"{state} is gone")
    return FINE


ACTIONS = {
    "send": _sent,
    "publish": _sent,
    "put": _sent,
    "call": _sent,
    "fire": _fire,
    "replay": _replay,
    "redrive": _redrive,
    "purge": _purge,
    "log": _log,
    "show": _show,
    "status": _status,
    "reset": _reset,
}
