"""The emulator that the end-to-end tests deploy to: finding it, starting it, and stopping it whatever happens."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from tests.agreed import ROOT

REGION = "us-east-1"
ACCOUNT = "000000000000"
# The first start on a machine installs LocalStack.
PATIENCE = 900


def absent() -> str | None:
    """Why nothing can be deployed here, or None."""
    if not (tools() / "run").is_file():
        return f"there is no emulator in {tools()}: put the tools there, or let $IFC_TOOLS name the folder that holds aws-local"
    # The emulator's Kinesis server, which is also behind table streams, is a program for Node.
    missing = [program for program in ("node", "npm") if shutil.which(program) is None]
    return f"the emulator needs {' and '.join(missing)} on the PATH" if missing else None


def tools() -> Path:
    """The folder of aws-local."""
    return Path(os.environ.get("IFC_TOOLS") or ROOT.parent / "shared" / "tools") / "aws-local"


class Emulator:
    """A running LocalStack."""

    def __init__(self, endpoint: str, log: Path) -> None:
        self.endpoint = endpoint
        self.log = log
        self.session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=REGION)
        self.clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """A client of a service; the same one each time, as making one takes a while."""
        if service not in self.clients:
            config = Config(retries={"max_attempts": 2}, read_timeout=120, s3={"addressing_style": "path"})
            self.clients[service] = self.session.client(service, endpoint_url=self.endpoint, config=config)
        return self.clients[service]

    def table(self, name: str) -> Any:
        """A table by its physical name, which takes and gives Python's own values."""
        return self.session.resource("dynamodb", endpoint_url=self.endpoint).Table(name)

    def queue(self, name: str) -> tuple[str, str]:
        """Makes a queue of the test's own; its URL and its ARN."""
        url = self.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        return url, f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


@contextmanager
def running(log: Path) -> Iterator[Emulator]:
    """Starts the emulator on a free port, and stops it at the end."""
    port = free_port()
    process = start(port, log)
    try:
        endpoint = f"http://127.0.0.1:{port}"
        wait_until_healthy(process, endpoint, log)
        yield Emulator(endpoint, log)
    finally:
        process.terminate()
        try:
            process.wait(20)  # it needs up to five seconds to end its own children
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def start(port: int, log: Path) -> subprocess.Popen[bytes]:
    """The emulator's process, which ends with this one even when that is killed."""
    libc = ctypes.CDLL(None)
    with log.open("wb") as out:
        return subprocess.Popen(
            [str(tools() / "run"), str(port)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,  # a Ctrl-C is for the tests alone, which then stop it in good order
            preexec_fn=lambda: libc.prctl(1, signal.SIGTERM),  # PR_SET_PDEATHSIG; after the fork nothing may be imported or opened
        )


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_healthy(process: subprocess.Popen[bytes], endpoint: str, log: Path) -> None:
    """Returns when the emulator answers."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"{endpoint}/_localstack/health", timeout=2).close()
        except OSError:  # refused, reset, too slow, or not yet ready
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"the emulator did not start; it said:\n{log.read_text(errors='replace')[-3000:]}")
