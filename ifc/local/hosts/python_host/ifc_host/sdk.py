"""The AWS SDK, loaded before the functions are."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import re
import sys
from collections.abc import Iterator

# What is preloaded of the SDK if the code names it.
SERVICES = (
    "cloudwatch", "cognito-idp", "dynamodb", "events", "firehose", "kinesis", "kms", "lambda", "logs", "s3", "scheduler",
    "secretsmanager", "ses", "sesv2", "sns", "sqs", "ssm", "stepfunctions", "sts",
)  # fmt: skip
RESOURCES = frozenset({"cloudwatch", "dynamodb", "s3", "sns", "sqs"})


class Sdk:
    """boto3, imported before workers are forked when some code uses it; they share what it has read."""

    def __init__(self) -> None:
        self._services: set[str] = set()
        self.modules: dict[str, list[str]] = {}  # what was imported, by the top of each name
        self._tried = False

    def preload(self, folders: list[str]) -> None:
        """Imports boto3 and makes the clients that the code below the folders names, as far as that can be seen."""
        texts = [text for folder in sorted(set(folders)) for text in _code(folder) if b"boto" in text]
        if not texts:
            return
        named = {name for name in SERVICES if any(re.search(rb"[\"']%s[\"']" % name.encode(), text) for text in texts)}
        new = sorted(named - self._services)
        self._services |= named
        if new or not self._tried:
            with contextlib.suppress(Exception):  # the handler will say what is wrong with it
                self._load(new)
            gc.collect()
            gc.freeze()
        self._tried = True

    def _load(self, services: list[str]) -> None:
        before = set(sys.modules)
        boto3 = importlib.import_module("boto3")
        importlib.import_module("botocore.session")
        if boto3.DEFAULT_SESSION is None:
            boto3.setup_default_session()
        somewhere = {
            "region_name": "us-east-1",
            "endpoint_url": "http://127.0.0.1:1",
            "aws_access_key_id": "x",
            "aws_secret_access_key": "x",
        }
        for service in services:
            # The session keeps what a client is made from; the client itself goes.
            boto3.client(service, **somewhere)
            if service in RESOURCES:
                boto3.resource(service, **somewhere)
        for name in sorted(set(sys.modules) - before):
            file = getattr(sys.modules[name], "__file__", None) or ""
            if "site-packages" in file or "dist-packages" in file:
                self.modules.setdefault(name.split(".")[0], []).append(name)

    def give_way(self, code: str) -> None:
        """Forgets what was imported when the code brings its own, which Lambda would take too."""
        with contextlib.suppress(OSError):
            if set(self.modules) & {name.split(".")[0] for name in os.listdir(code)}:
                for name in [n for names in self.modules.values() for n in names]:
                    sys.modules.pop(name, None)


def _code(folder: str) -> Iterator[bytes]:
    """The Python files of a code folder: some hundred, which are not large; vendored packages are not looked into."""
    found = 0
    for path, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in ("node_modules", "site-packages", "__pycache__"))
        for name in sorted(files):
            if name.endswith(".py") and found < 300:
                found += 1
                with contextlib.suppress(OSError), open(os.path.join(path, name), "rb") as file:
                    yield file.read(1 << 18)
