"""An app that is deployed by the real command, as its user sees it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import attrs

from tests.agreed import ROOT
from tests.e2e.emulator import ACCOUNT, REGION, Emulator

BUCKET = f"ifc-artifacts-{ACCOUNT}-{REGION}"
# LocalStack 4.7.0 refuses the names of later runtimes.
RUNTIME = "defaults function { runtime python3.13 }\n"


@attrs.frozen
class Said:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"exit {self.code}\n--- output\n{self.out}\n--- errors\n{self.err}"


@attrs.define
class Deployer:
    """Runs the commands on an app, against an endpoint."""

    emulator: Emulator
    folder: Path
    endpoint: str = ""
    environment: dict[str, str] = attrs.field(factory=dict)

    def write(self, source: str, **files: str) -> Deployer:
        """The app's source, and files of code: `work="…"` is work.py."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / "app.ifc").write_text(source, encoding="utf-8")
        for name, text in files.items():
            (self.folder / f"{name}.py").write_text(text, encoding="utf-8")
        return self

    def variables(self) -> dict[str, str]:
        """The environment of a command: credentials and region of the emulator, and nothing of this machine's AWS settings."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        own |= {"AWS_ENDPOINT_URL": self.endpoint or self.emulator.endpoint, "AWS_DEFAULT_REGION": REGION}
        own |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}
        own |= {"AWS_CONFIG_FILE": str(self.folder / "none"), "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "none")}
        own |= {"PYTHONPATH": str(ROOT), "COLUMNS": "120"}
        return own | self.environment

    def command(self, name: str, *words: str) -> list[str]:
        """The words of a command about the app."""
        return [sys.executable, "-m", "ifc", name, str(self.folder / "app.ifc"), *words]

    def run(self, name: str, *words: str) -> Said:
        """Runs a command, with nobody to ask."""
        done = subprocess.run(
            self.command(name, *words), capture_output=True, text=True, env=self.variables(), stdin=subprocess.DEVNULL, timeout=240
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def ask(self, name: str, *words: str, typed: str, more: Callable[[Any], None] | None = None) -> Said:
        """Runs a command in a terminal, and types an answer once it asks; `more` may do something else there before."""
        import pty

        main, other = pty.openpty()
        process = subprocess.Popen(
            self.command(name, *words), stdin=other, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.variables(), text=True
        )
        os.close(other)
        try:
            if more is not None:
                more(process)
            os.write(main, typed.encode())
            out, err = process.communicate(timeout=240)
        finally:
            os.close(main)
        return Said(process.returncode, out, err)

    def start(self, name: str, *words: str) -> subprocess.Popen[str]:
        """Starts a command without waiting for it."""
        return subprocess.Popen(
            self.command(name, *words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.variables(),
        )

    # ---- looking

    def stack(self, name: str) -> Mapping[str, Any] | None:
        """The stack as CloudFormation has it, or None."""
        client = self.emulator.client("cloudformation")
        try:
            found: Mapping[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
        except client.exceptions.ClientError:
            return None
        return found

    def ids(self, name: str) -> dict[str, str]:
        """The physical ids of a stack's resources."""
        found = self.emulator.client("cloudformation").list_stack_resources(StackName=name)["StackResourceSummaries"]
        return {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in found}

    def records(self, name: str) -> list[dict[str, Any]]:
        """The records of a stack's deployments."""
        s3 = self.emulator.client("s3")
        keys = [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET, Prefix=f"deployments/{name}/").get("Contents", [])]
        return [json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()) for key in sorted(keys)]

    def invoke(self, name: str, function: str, event: Any = None) -> Any:
        """What a function of a stack answers."""
        answer = self.emulator.client("lambda").invoke(FunctionName=self.ids(name)[function], Payload=json.dumps(event).encode())
        return json.loads(answer["Payload"].read())


def until_said(process: subprocess.Popen[str], words: str, seconds: float = 60) -> str:
    """What a process says on its output until some words come."""
    assert process.stdout is not None
    said, end = "", time.monotonic() + seconds
    while words not in said:
        line = process.stdout.readline()
        assert line, f"it ended before it said {words!r}:\n{said}{process.stderr.read() if process.stderr else ''}"
        assert time.monotonic() < end, said
        said += line
    return said


def interrupt(process: subprocess.Popen[str]) -> None:
    """What Ctrl-C sends."""
    process.send_signal(signal.SIGINT)
