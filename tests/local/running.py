"""A run of `ifc local` as a user starts it, for tests to drive."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import boto3
from boto3.dynamodb.types import TypeDeserializer

from ifc.local.folder import described
from tests.e2e.stack import Answer, ask, until

T = TypeVar("T")
READY = 60  # seconds for a run to answer, on a machine that does other things


class Running:
    """A run, by what its user sees: its output, its address, the services behind its endpoint."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, output: Path) -> None:
        self.process, self.folder, self._output = process, folder, output
        self.gateway = self.endpoint = ""
        self.description: dict[str, Any] = {}

    def ready(self) -> None:
        """Waits until it answers."""
        found = until(self._found, "the run is ready", READY, self.output)
        self.gateway, self.endpoint = found["gateway"], found["endpoint"]
        self.described()

    def _found(self) -> dict[str, Any] | None:
        assert self.process.poll() is None, self.output()
        return described(self.folder / ".ifc")

    def described(self) -> dict[str, Any]:
        """The description that is in force."""
        self.description = json.loads((self.folder / ".ifc" / "project" / "config" / "ifc.json").read_text())
        return self.description

    def output(self) -> str:
        """What it has said."""
        return self._output.read_text(encoding="utf-8", errors="replace")

    def said(self, text: str) -> int:
        """How often it has said something."""
        return self.output().count(text)

    def until(self, look: Callable[[], T], what: str, seconds: float = 60) -> T:
        """Waits for something, and fails with the run's output."""
        return until(look, what, seconds, self.output)

    def lines(self, source: str, target: str, outcome: str = "ok") -> int:
        """How many events went from a source to a target with an outcome."""
        return len(re.findall(rf"  {re.escape(source)} → {re.escape(target)} +{re.escape(outcome)}\b", self.output()))

    def printed(self, function: str, key: str) -> list[Any]:
        """The objects with a key that a function has printed, or what stands under the key."""
        found = []
        for line in re.findall(rf"  {re.escape(function)} │ (.*)", self.output()):
            start = line.find("{")
            try:
                one = json.loads(line[start:]) if start >= 0 else None
            except ValueError:
                continue
            if isinstance(one, dict) and key in one:
                found.append(one[key])
        return found

    # --- using it ---

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """A request to the gateway."""
        return ask(self.gateway + path, method, body, headers)

    def client(self, service: str) -> Any:
        """A client of the developer's own, who may do everything."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=self.description["region"],
            aws_access_key_id="developer",
            aws_secret_access_key="developer",
        )

    def name(self, sort: str, declared: str) -> str:
        """The physical name of something."""
        return str(self.description[sort][declared]["name"])

    def items(self, table: str) -> list[dict[str, Any]]:
        """The items of a table, by key."""
        read = TypeDeserializer().deserialize
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=self.name("tables", table))
        return sorted(({k: read(v) for k, v in item.items()} for page in pages for item in page["Items"]), key=repr)

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """The keys of a bucket's objects."""
        found = self.client("s3").list_objects_v2(Bucket=self.name("buckets", bucket), Prefix=prefix)
        return [o["Key"] for o in found.get("Contents", [])]

    def content(self, bucket: str, key: str) -> bytes:
        """An object's content."""
        found: bytes = self.client("s3").get_object(Bucket=self.name("buckets", bucket), Key=key)["Body"].read()
        return found

    def command(self, *words: str, input: str | None = None) -> subprocess.CompletedProcess[str]:
        """One of the commands that look into a run."""
        whole = [sys.executable, "-m", "ifc", "local", words[0], "--app", str(self.folder), *words[1:]]
        return subprocess.run(whole, capture_output=True, text=True, input=input, timeout=60, check=False)

    def told(self, *words: str) -> Any:
        """What such a command prints, as JSON."""
        done = self.command(*words)
        assert done.returncode == 0, done.stdout + done.stderr + self.output()
        return json.loads(done.stdout)

    def status(self) -> Any:
        """The run's status."""
        return self.told("status", "--format", "json")

    def idle(self) -> bool:
        """Whether nothing waits in any queue or call."""
        status = self.status()
        waiting = sum(q["visible"] + q["hidden"] + q["delayed"] for q in status["queues"].values() if not q["dead"])
        return waiting + sum(f["waiting"] for f in status["functions"].values()) + sum(status["readers"].values()) == 0

    # --- ending it ---

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Tells it to end, and gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"it did not end:\n{self.output()}") from None


def start(folder: Path, *options: str, wait: bool = True) -> Running:
    """Starts `ifc local` for the app of a folder; functions run under the Python of these tests."""
    output = folder.parent / f"{folder.name}-{time.monotonic_ns()}.txt"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_") and k != "VIRTUAL_ENV"}
    with output.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "ifc", "local", str(folder / "app.ifc"), "--python", sys.executable, *options],
            stdout=out,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,
        )
    run = Running(process, folder, output)
    if wait:
        run.ready()
    return run


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Running]:
    """A run that ends with the test."""
    run = start(folder, *options)
    try:
        yield run
    finally:
        run.stop()


def missing() -> str | None:
    """What these tests lack on this machine, None for nothing."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin"
    if not (shutil.which("nginx", path=path) or shutil.which("openresty", path=path)):
        return "nginx is not here (docs/local.md says how to install it)"
    return None
