"""`ifc local` under load, and serverless-offline beside it: start, routes, a queue, memory.

    python benchmarks/local.py                 # all of it, some two minutes
    python benchmarks/local.py --seconds 10    # a longer load
    python benchmarks/local.py --without-peer

wrk makes the load (Debian: wrk). The peer is installed from its lock into benchmarks/.venvs/serverless-offline by npm.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
APP = HERE / "gateway"
ORDERS = HERE.parent / "examples" / "orders"
PEER = HERE / "peers" / "serverless-offline"
INSTALLED = HERE / ".venvs" / "serverless-offline"
PATIENCE = 60  # seconds for a first answer


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A process with its output in a file; it is ended with all that it started."""
    output = folder / "output.txt"
    with output.open("wb") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        yield process, output
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def first_answer(url: str, began: float) -> float:
    """Seconds from `began` to the first good answer of a route."""
    while time.monotonic() < began + PATIENCE:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return time.monotonic() - began
        except (OSError, urllib.error.URLError):
            time.sleep(0.01)
    raise SystemExit(f"no answer of {url} within {PATIENCE} s")


def load(url: str, seconds: int) -> dict[str, float]:
    """Requests a second and milliseconds of a route under 16 connections; what is no 200 is counted."""
    for each in (1, seconds):  # the first is to warm it up
        done = subprocess.run(["wrk", "-t1", "-c16", f"-d{each}", "--latency", url], capture_output=True, text=True, check=True).stdout
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", done)
    return {
        "rps": float(re.search(r"Requests/sec:\s+([\d.]+)", done)[1]),  # type: ignore[index]
        "p50": milliseconds(re.search(r"^ +50% +(\S+)", done, re.M)[1]),  # type: ignore[index]
        "p99": milliseconds(re.search(r"^ +99% +(\S+)", done, re.M)[1]),  # type: ignore[index]
        "wrong": float(wrong[1]) if wrong else 0,
    }


def milliseconds(text: str) -> float:
    """wrk's `1.25ms`, `830us`, `1.02s` in milliseconds."""
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def below(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            if parent == pid:
                found += below(int(place.name))
    return found


def memory(pid: int) -> float:
    """Megabytes of a process and all below it, shared pages counted once (PSS)."""
    total = 0
    for each in below(pid):
        try:
            text = Path(f"/proc/{each}/smaps_rollup").read_text()
        except OSError:
            continue
        total += int(re.search(r"^Pss:\s+(\d+)", text, re.M)[1])  # type: ignore[index]
    return total / 1024


# --- ifc local ---


def copied(app: Path, into: Path) -> Path:
    """A copy of an app."""
    target = into / app.name
    shutil.copytree(app, target, ignore=shutil.ignore_patterns(".ifc", "__pycache__", "build"))
    return target


def described(folder: Path) -> dict[str, Any]:
    """What the run noted of itself."""
    return json.loads((folder / ".ifc" / "run.json").read_text())  # type: ignore[no-any-return]


def ifc(folder: Path, port: int) -> list[str]:
    """The command."""
    return [sys.executable, "-m", "ifc", "local", str(folder / "app.ifc"), "--port", str(port), "--python", sys.executable]


def local(folder: Path, seconds: int) -> dict[str, Any]:
    """The figures of `ifc local` on the app that is loaded."""
    found: dict[str, Any] = {"start": []}
    app = copied(APP, folder)
    for _ in range(3):  # the first makes the log
        began = time.monotonic()
        with running(ifc(app, 4101), folder):
            found["start"].append(first_answer("http://127.0.0.1:4101/python", began))
    with running(ifc(app, 4101), folder) as (_, output):
        first_answer("http://127.0.0.1:4101/python", time.monotonic())
        for route in ("lua", "python", "node"):
            found[route] = load(f"http://127.0.0.1:4101/{route}", seconds)
        found["queue"] = queue(described(app)["endpoint"], output)
    return found


def queue(endpoint: str, output: Path) -> dict[str, float]:
    """Milliseconds from sender to function one by one, and messages a second in batches of ten."""
    import boto3

    client = boto3.client("sqs", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    url = client.get_queue_url(QueueName="bench-dev-Jobs")["QueueUrl"]

    def took() -> list[float]:
        text = output.read_text(errors="replace")
        return [each for line in re.findall(r'\{"took": \[([^]]*)\]\}', text) for each in map(float, line.split(","))]

    def wait(amount: int) -> list[float]:
        while len(found := took()) < amount:
            time.sleep(0.005)
        return found

    for number in range(50):
        client.send_message(QueueUrl=url, MessageBody=json.dumps({"at": time.time()}))
        wait(number + 1)
        time.sleep(0.02)
    one = sorted(took())

    def batch(_: int) -> None:
        entries = [{"Id": str(n), "MessageBody": json.dumps({"at": time.time()})} for n in range(10)]
        client.send_message_batch(QueueUrl=url, Entries=entries)

    began = time.monotonic()
    with ThreadPoolExecutor(4) as senders:
        list(senders.map(batch, range(300)))
    wait(50 + 3000)
    return {"p50": statistics.median(one), "p99": one[int(len(one) * 0.99)], "mps": 3000 / (time.monotonic() - began)}


def orders(folder: Path) -> float:
    """Megabytes of everything for the orders example after each of its functions has run."""
    app = copied(ORDERS, folder)
    with running(ifc(app, 4102), folder) as (process, output):
        first_answer_of_orders = "http://127.0.0.1:4102/orders"
        end = time.monotonic() + PATIENCE
        body = {"customer": "ann", "address": "1 High St", "items": [{"sku": "tea", "quantity": 2, "price": 12.5}]}
        while True:
            try:
                request = urllib.request.Request(first_answer_of_orders, json.dumps(body).encode(), {"content-type": "application/json"})
                with urllib.request.urlopen(request, timeout=5) as answer:
                    placed = json.loads(answer.read())
                break
            except (OSError, urllib.error.URLError):
                if time.monotonic() > end:
                    raise SystemExit(output.read_text()) from None
                time.sleep(0.05)
        urllib.request.urlopen(f"{first_answer_of_orders}/{placed['id']}").read()
        subprocess.run([sys.executable, "-m", "ifc", "local", "fire", "--app", str(app), "report"], check=True, capture_output=True)
        while not all(re.search(rf"→ {name} +(?:ok|20)", output.read_text()) for name in ("bill", "stock", "ship", "report", "getOrder")):
            time.sleep(0.1)
        return memory(process.pid)


# --- the peer ---


def installed() -> None:
    """Installs the peer from its lock."""
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PEER / name, INSTALLED / name)
    if not (INSTALLED / "node_modules").exists():
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=INSTALLED, check=True)


def peer(folder: Path, seconds: int) -> dict[str, Any]:
    """The figures of serverless-offline with the same handlers."""
    installed()
    app = folder / "offline"
    shutil.copytree(APP / "src", app / "src")
    shutil.copy(PEER / "serverless.yml", app)
    (app / "node_modules").symlink_to(INSTALLED / "node_modules")
    found: dict[str, Any] = {"start": []}
    command = ["node", str(INSTALLED / "node_modules" / "serverless" / "bin" / "serverless.js"), "offline", "start", "--httpPort", "4103"]
    for _ in range(2):
        began = time.monotonic()
        with running(command, app) as (process, _):
            found["start"].append(first_answer("http://127.0.0.1:4103/python", began))
            for route in ("python", "node"):
                found[route] = load(f"http://127.0.0.1:4103/{route}", seconds)
            found["memory"] = memory(process.pid)
    return found


def main() -> None:
    """Measures and prints."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seconds", type=int, default=5, help="of load on each route [5]")
    options.add_argument("--without-peer", action="store_true", help="measure `ifc local` alone")
    options.add_argument("--json", type=Path, help="write the figures there too")
    chosen = options.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("wrk is not here: apt-get install wrk")
    with tempfile.TemporaryDirectory(prefix="ifc-bench-") as name:
        folder = Path(name)
        figures: dict[str, Any] = {"ifc local": local(folder, chosen.seconds)}
        figures["ifc local"]["memory"] = orders(folder)
        if not chosen.without_peer:
            figures["serverless-offline"] = peer(folder, chosen.seconds)
    print("| | " + " | ".join(figures) + " |\n|---" * 1 + "|---:" * len(figures) + "|")
    rows = [
        ("start to first answer, s", lambda f: f"{min(f['start']):.1f}"),
        *(
            (
                f"{title} route, requests/s (p50, p99 ms)",
                lambda f, r=route: f"{f[r]['rps']:.0f} ({f[r]['p50']:.1f}, {f[r]['p99']:.1f})" if r in f else "–",
            )
            for route, title in (("lua", "Lua"), ("python", "Python"), ("node", "JavaScript"))
        ),
        ("queue → function, ms p50 (p99)", lambda f: f"{f['queue']['p50']:.1f} ({f['queue']['p99']:.1f})" if "queue" in f else "–"),
        ("queue → function in batches, messages/s", lambda f: f"{f['queue']['mps']:.0f}" if "queue" in f else "–"),
        ("memory, MB", lambda f: f"{f['memory']:.0f}"),
    ]
    for title, cell in rows:
        print(f"| {title} | " + " | ".join(cell(f) for f in figures.values()) + " |")
    wrong = {
        (name, route): f[route]["wrong"]
        for name, f in figures.items()
        for route in ("lua", "python", "node")
        if route in f and f[route]["wrong"]
    }
    if wrong:
        raise SystemExit(f"not every answer was a 200: {wrong}")
    if chosen.json:
        chosen.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
