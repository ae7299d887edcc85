"""The process: serves one request after the other, so that what was there before a request and what is there after it are known exactly."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import json
import os
import selectors
import signal
import socket
import sys
import time
import traceback
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ifc.local.stores import emulator
from ifc.local.stores.frames import LENGTHS, frame
from ifc.local.stores.naming import address, place

READ_ONLY = ("Get", "List", "Describe", "BatchGet", "Validate")  # operations of Secrets Manager and Systems Manager
CHUNK = 1 << 18  # bytes to read at once


class Refused(Exception):
    """What a frame asks can't be done; the reason in one sentence."""


class Server:
    """All stores of one app."""

    def __init__(self, objects: Path) -> None:
        self.folder = objects
        self.region = self.account = ""

    # --- frames ---

    def answer(self, head: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """The reply to a frame."""
        op = head["op"]
        if op == "create":
            return self.create(head["description"]), b""
        if not self.region:
            raise Refused("the stores have no description yet")
        if op == "http":
            return self.http(head["method"], head["path"], [(name, value) for name, value in head["headers"]], body)
        if op == "restore":
            return self.restore(head["changes"]), b""
        if op == "restored":
            changes = [change for store in (self._secrets, self._configs) if store is not None for change in store.settle()]
            return {"lost": self.buckets.settle(), "changes": changes}, b""
        if op == "expire":
            return {"changes": self.tables.expire(head["now"])}, b""
        if op == "scan":
            return self.scan(head), b""
        if op == "put":
            return self.put(head, body)
        raise Refused(f"the stores know no request `{op}`")

    def create(self, description: Mapping[str, Any]) -> dict[str, Any]:
        """Makes everything as described, at the first time or a later one."""
        wanted = description["region"], description["account"]
        if not self.region:
            self.region, self.account = wanted
            emulator.prepare(self.account)
            from ifc.local.stores.buckets import Buckets
            from ifc.local.stores.objects import Objects
            from ifc.local.stores.tables import Tables

            self.tables = Tables(self.region, self.account)
            self.buckets = Buckets(self.region, self.account, Objects(self.folder))
            self._secrets: Any = None
            self._configs: Any = None
        elif wanted != (self.region, self.account):
            raise Refused("the app's region changed: the stores have to be started again")
        known = {"tables": set(self.tables.declared), "buckets": set(self.buckets.declared)}
        cleared, dropped = self.tables.create(description.get("tables", {}))
        gone = {"tables": dropped, "buckets": self.buckets.create(description.get("buckets", {}))}
        changes = [{"table": name, "event": "CLEAR", "at": int(time.time() * 1000)} for name in cleared]
        for kind in ("secrets", "configs"):
            wished = description.get(kind, {})
            if wished or getattr(self, f"_{kind}") is not None:
                store = getattr(self, kind)
                known[kind] = set(store.declared)
                gone[kind], made = store.create(wished)
                changes += made
        added = {kind: [name for name in description.get(kind, {}) if name not in names] for kind, names in known.items()}
        return {
            "added": {kind: names for kind, names in added.items() if names},
            "cleared": cleared,
            "dropped": {kind: names for kind, names in gone.items() if names},
            "changes": changes,
        }

    @property
    def secrets(self) -> Any:
        """Secrets Manager, loaded when it is used."""
        if self._secrets is None:
            from ifc.local.stores.secrets import Secrets

            self._secrets = Secrets(self.region, self.account)
        return self._secrets

    @property
    def configs(self) -> Any:
        """Systems Manager, loaded when it is used."""
        if self._configs is None:
            from ifc.local.stores.configs import Configs

            self._configs = Configs(self.region, self.account)
        return self._configs

    def restore(self, changes: list[Mapping[str, Any]]) -> dict[str, Any]:
        """Applies changes from the log."""
        restored, skipped = 0, []
        for change in changes:
            kind = next(kind for kind in ("table", "bucket", "secret", "config") if kind in change)
            why = getattr(self, kind + "s").restore(change)
            if why is None:
                restored += 1
            else:
                skipped.append([kind, change[kind], why])
        return {"restored": restored, "skipped": skipped}

    def scan(self, head: Mapping[str, Any]) -> dict[str, Any]:
        """What is in a table or a bucket."""
        kind, name, start, limit = head["kind"], head["name"], head["start"], head["limit"]
        if name not in (self.tables.declared if kind == "table" else self.buckets.declared):
            raise Refused(f"there is no {kind} `{name}`")
        return self.tables.scan(name, start, limit) if kind == "table" else self.buckets.scan(name, start, limit, head["prefix"])

    def put(self, head: Mapping[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Puts an item, an object or a value where a function would put it, with the same checks and changes."""
        kind, name = head["kind"], head["name"]
        declared = getattr(self, kind + "s").declared if kind in ("table", "bucket", "secret", "config") else {}
        if name not in declared:
            raise Refused(f"there is no {kind} `{name}`")
        if kind == "bucket":
            return self._own("s3", "PUT", f"/{declared[name].name}/{quote(head['key'], safe='/')}", head["headers"], body)
        value = head["value"]
        if kind == "table":
            return self._call("dynamodb", "DynamoDB_20120810.PutItem", {"TableName": declared[name].name, "Item": value})
        if kind == "secret":
            asked = {"SecretId": declared[name]["name"], "SecretString": value, "ClientRequestToken": str(uuid.uuid4())}
            return self._call("secretsmanager", "secretsmanager.PutSecretValue", asked)
        return self._call("ssm", "AmazonSSM.PutParameter", {"Name": declared[name]["name"], "Value": value, "Overwrite": True})

    def _call(self, service: str, target: str, content: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
        headers = [("X-Amz-Target", target), ("Content-Type", "application/x-amz-json-1.1")]
        return self._own(service, "POST", "/", headers, json.dumps(content).encode())

    def _own(self, service: str, method: str, path: str, headers: list[Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        signed = f"AWS4-HMAC-SHA256 Credential=local/20200101/{self.region}/{service}/aws4_request, SignedHeaders=host, Signature=local"
        return self.http(method, path, [("Authorization", signed), *((name, value) for name, value in headers)], body)

    # --- requests to AWS ---

    def http(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> tuple[dict[str, Any], bytes]:
        """The answer to a request to AWS, and the changes that it made."""
        known = {name.lower(): value for name, value in headers}
        asked = address(method, path, known, body)
        try:
            answer, changes = self._served(asked, method, path, headers, body, known)
        except Exception as problem:
            self._undo()
            code, reason = (
                "NotImplemented",
                f"{asked.service} {asked.operation or method} failed here, where moto stands in for AWS: {problem!r}",
            )
            if isinstance(problem, OSError) and problem.errno in (errno.ENOSPC, errno.EDQUOT):
                code, reason = "DiskFull", f"the disk on which `ifc local` keeps objects is full: {problem.strerror}"
            else:
                traceback.print_exc()
            answer, changes = _failure(asked.service, code, reason), []
        return {"status": answer.status, "headers": answer.headers, "changes": changes}, answer.body

    def _undo(self) -> None:
        self.tables.backend.journal.undo()
        self.buckets.undo()

    def _served(
        self, asked: Any, method: str, path: str, headers: list[tuple[str, str]], body: bytes, known: Mapping[str, str]
    ) -> tuple[emulator.Answer, list[dict[str, Any]]]:
        region = asked.region or self.region
        if asked.service == "dynamodb" and known.get("x-amz-target", "").startswith("DynamoDB_"):
            from ifc.local.stores.tables import StoredHandler

            journal = self.tables.backend.journal
            host = f"dynamodb.{region}.amazonaws.com"
            answer = emulator.direct(StoredHandler.dispatch, emulator.environ(method, host, path, headers, body), body)
            if answer.status < 300:
                return answer, journal.changes()
            journal.undo()
            return answer, []
        if asked.service == "dynamodb":
            return _failure(
                "dynamodb", "NotImplemented", "the API of DynamoDB Streams is not served here: the app's arrows read the stream"
            ), []
        if asked.service == "s3" and not path.startswith("/v20180820/"):
            return self.buckets.request(method, place(known.get("host", ""), path), headers, body, region)
        if asked.service in ("secretsmanager", "ssm") and asked.operation:
            return self._stateful(
                asked, region, emulator.environ(method, f"{asked.service}.{region}.amazonaws.com", path, headers, body), body
            )
        variables = emulator.environ(method, known.get("host", "localhost"), path, headers, body)
        return emulator.served(variables), []

    def _stateful(self, asked: Any, region: str, variables: dict[str, Any], body: bytes) -> tuple[emulator.Answer, list[dict[str, Any]]]:
        """Secrets Manager and Systems Manager: few and small, so that what changed is found by looking at all of it."""
        if asked.service == "secretsmanager":
            from moto.secretsmanager.responses import SecretsManagerResponse

            store, dispatch = self.secrets, SecretsManagerResponse.dispatch
        else:
            store = self.configs
            from moto.ssm.responses import SimpleSystemManagerResponse

            dispatch = SimpleSystemManagerResponse.dispatch
        if asked.operation.startswith(READ_ONLY) or region != self.region:
            return emulator.direct(dispatch, variables, body), []
        before = store.states()
        try:
            answer = emulator.direct(dispatch, variables, body)
        except Exception:
            store.undo(before)
            raise
        if answer.status < 300:
            return answer, store.changes(before)
        store.undo(before)
        return answer, []


def _failure(service: str, code: str, reason: str) -> emulator.Answer:
    """An error that no SDK tries again."""
    if service == "s3":
        return emulator.failed(501, code, reason)
    content = json.dumps({"__type": code, "message": reason}).encode()
    return emulator.Answer(501, [("Content-Type", "application/x-amz-json-1.0")], content)


# --- the socket ---


def serve(path: str, objects: str) -> None:
    """Serves connections to a socket until standard input ends."""
    _die_with_parent()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen()
    server, chosen = Server(Path(objects)), selectors.DefaultSelector()
    chosen.register(sys.stdin, selectors.EVENT_READ)
    chosen.register(listener, selectors.EVENT_READ)
    received: dict[socket.socket, bytearray] = {}
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        for key, _ in chosen.select():
            if key.fileobj is sys.stdin:
                if not os.read(0, 1 << 16):
                    return
            elif key.fileobj is listener:
                connection, _ = listener.accept()
                received[connection] = bytearray()
                chosen.register(connection, selectors.EVENT_READ)
            else:
                connection = key.fileobj  # type: ignore[assignment]  # what is neither of the two
                if not _read(server, connection, received[connection]):
                    chosen.unregister(connection)
                    del received[connection]
                    connection.close()


def _read(server: Server, connection: socket.socket, buffer: bytearray) -> bool:
    """Takes what a connection sent and answers each complete frame; False when it is closed."""
    with contextlib.suppress(ConnectionError):
        chunk = connection.recv(CHUNK)
        buffer += chunk
        while len(buffer) >= LENGTHS.size:
            head, body = LENGTHS.unpack_from(buffer)
            end = LENGTHS.size + head + body
            if len(buffer) < end:
                break
            text, content = bytes(buffer[LENGTHS.size : LENGTHS.size + head]), bytes(buffer[LENGTHS.size + head : end])
            del buffer[:end]
            try:
                reply, bytes_ = server.answer(json.loads(text), content)
            except Refused as refused:
                reply, bytes_ = {"error": str(refused)}, b""
            except Exception as problem:
                traceback.print_exc()
                reply, bytes_ = {"error": f"the stores failed: {problem!r}"}, b""
            connection.sendall(frame(reply, bytes_))
        return bool(chunk)
    return False


def _die_with_parent() -> None:
    """Asks Linux to end this process with its parent (prctl, PR_SET_PDEATHSIG), also in the middle of a request."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, int(signal.SIGKILL))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the gateway, which ends us
