"""The stores behind a small HTTP server, as SDKs reach them; and the process's beginning and end."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest
from aiohttp import web
from botocore.config import Config

from ifc.local.children import Failed
from ifc.local.stores.client import Created, Reply, Restored, Stores, StoresError
from ifc.local.stores.naming import address, place

REGION = "ap-northeast-1"
ACCOUNT = "000000000000"
Change = dict[str, Any]


def table(name: str, *key: tuple[str, str], **more: Any) -> dict[str, Any]:
    """A table of a description."""
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"
    return {
        "name": name,
        "arn": arn,
        "streamArn": f"{arn}/stream/1",
        "key": [list(part) for part in key],
        "ttl": None,
        "indexes": [],
        **more,
    }


def bucket(name: str, **more: Any) -> dict[str, Any]:
    """A bucket of a description."""
    return {"name": name, "arn": f"arn:aws:s3:::{name}", "versioning": False, **more}


def secret(name: str, value: str | None = None) -> dict[str, Any]:
    """A secret of a description."""
    return {"name": name, "arn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-aBcDeF", "value": value}


def config(name: str, value: str) -> dict[str, Any]:
    """A config of a description."""
    return {"name": name, "arn": f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{name}", "value": value}


DESCRIPTION: dict[str, Any] = {
    "region": REGION,
    "account": ACCOUNT,
    "tables": {
        "Orders": table(
            "shop-dev-Orders",
            ("id", "S"),
            ttl="expiresAt",
            view="NEW_AND_OLD_IMAGES",
            indexes=[{"name": "byCustomer", "key": [["customer", "S"], ["createdAt", "N"]], "projection": "ALL", "attributes": []}],
        ),
        "Lines": table("shop-dev-Lines", ("order", "S"), ("line", "N")),
        "Blobs": table("shop-dev-Blobs", ("hash", "B")),
    },
    "buckets": {"Reports": bucket("shop-dev-reports"), "Archive": bucket("shop-dev-archive", versioning=True)},
    "secrets": {"Token": secret("shop-dev-Token", "first"), "Empty": secret("shop-dev-Empty")},
    "configs": {"Limits": config("/shop-dev/Limits", '{"most":3}')},
}


class Front:
    """Stores behind HTTP, with all changes that requests made so far."""

    def __init__(self, folder: Path) -> None:
        self.objects = folder / "objects"
        self.changes: list[Change] = []
        self.seen: list[tuple[str, str, Mapping[str, str]]] = []  # method, path, headers
        self._run = tempfile.TemporaryDirectory(prefix="ifc-")  # a short path: sockets' names are limited
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._runner: Any = None
        self._clients: dict[tuple[str, str, int], Any] = {}
        self.stores: Stores
        self.port = 0

    def wait(self, work: Coroutine[Any, Any, Any]) -> Any:
        """The result of something that is done in the server's thread."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def open(self, description: Mapping[str, Any] = DESCRIPTION) -> Front:
        """Starts process and server."""
        self.wait(self._open())
        self.create(description)
        return self

    async def _open(self) -> None:
        self.stores = await Stores.start(Path(self._run.name), self.objects, self.changes.extend)
        application = web.Application(client_max_size=1 << 28)
        application.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.seen.append((request.method, request.raw_path, {k.lower(): v for k, v in request.headers.items()}))
        reply = await self.stores.request(request.method, request.raw_path, list(request.headers.items()), body)
        self.changes.extend(reply.changes)
        response = web.Response(status=reply.status, body=reply.body if request.method != "HEAD" else None)
        for name, value in reply.headers:
            if name.lower() != "content-length" or request.method == "HEAD":
                response.headers[name] = value
        return response

    def create(self, description: Mapping[str, Any]) -> Created:
        """Applies a description."""
        created: Created = self.wait(self.stores.create(description))
        self.changes.extend(created.changes)
        return created

    def restore(self, changes: Sequence[Change], size: int = 500) -> Restored:
        """Gives changes back, as they come from the log: as JSON."""

        async def batches() -> Any:
            for start in range(0, len(changes), size):
                yield json.loads(json.dumps(changes[start : start + size]))

        restored: Restored = self.wait(self.stores.restore(batches()))
        self.changes.extend([*changes, *restored.changes])
        return restored

    def again(self, description: Mapping[str, Any] = DESCRIPTION) -> Restored:
        """Kills the process, starts another and gives it the changes so far."""
        changes, self.changes = self.changes, []
        with contextlib.suppress(ProcessLookupError):
            self.stores.process.kill()
        self.wait(asyncio.wait_for(self.stores.died, 20))
        self.wait(self._runner.cleanup())
        self.wait(self.stores.stop())
        self.open(description)
        del self.changes[:]
        return self.restore(changes)

    def close(self) -> None:
        """Ends it all."""
        if self._runner is not None:
            self.wait(self._runner.cleanup())
            self.wait(self.stores.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._run.cleanup()

    def client(self, service: str, region: str = REGION) -> Any:
        """An SDK's client; to make one takes long, so it is kept."""
        made = self._clients.get((service, region, self.port))
        if made is None:
            made = self._clients[service, region, self.port] = boto3.client(
                service,
                endpoint_url=f"http://127.0.0.1:{self.port}",
                region_name=region,
                aws_access_key_id="AKIALOCAL",
                aws_secret_access_key="local",
                config=Config(retries={"max_attempts": 0}),
            )
        return made

    def made(self, work: Callable[[], Any]) -> list[Change]:
        """The changes that something makes."""
        before = len(self.changes)
        work()
        return self.changes[before:]


def opened(folder: Path, description: Mapping[str, Any] = DESCRIPTION) -> Iterator[Front]:
    """One process for a module's tests; each takes keys of its own."""
    made = Front(folder)
    try:
        yield made.open(description)
    finally:
        made.close()


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """The stores of this module."""
    yield from opened(tmp_path_factory.mktemp("stores"))


# --- naming ---

SIGNED = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/{}/aws4_request, SignedHeaders=host, Signature=0"


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "expected"),
    [
        (
            "POST",
            "/",
            {"authorization": SIGNED.format("dynamodb"), "x-amz-target": "DynamoDB_20120810.PutItem"},
            b"{}",
            ("dynamodb", "eu-west-1", "PutItem"),
        ),
        (
            "POST",
            "/",
            {"authorization": SIGNED.format("sts"), "content-type": "application/x-www-form-urlencoded; charset=utf-8"},
            b"Action=GetCallerIdentity&Version=2011-06-15",
            ("sts", "eu-west-1", "GetCallerIdentity"),
        ),
        ("GET", "/?Action=ListQueues", {"authorization": SIGNED.format("sqs")}, b"", ("sqs", "eu-west-1", "ListQueues")),
        (
            "GET",
            "/b/k?X-Amz-Credential=AKIA%2F20260101%2Fus-east-2%2Fs3%2Faws4_request&X-Amz-Signature=0",
            {},
            b"",
            ("s3", "us-east-2", ""),
        ),
        ("GET", "/b/k", {}, b"", ("s3", "", "")),
        ("POST", "/", {"x-amz-target": "AWSCognitoIdentityService.GetId"}, b"{}", ("", "", "GetId")),
        ("GET", "/b/k", {"authorization": "AWS AKIA:old"}, b"", ("s3", "", "")),
    ],
)
def test_address_of_a_request(method: str, path: str, headers: dict[str, str], body: bytes, expected: tuple[str, str, str]) -> None:
    """Service, region and operation are read from the signature's scope, the target, the action, or a presigned address."""
    found = address(method, path, headers, body)
    assert (found.service, found.region, found.operation) == expected


@pytest.mark.parametrize(
    ("host", "path", "expected"),
    [
        ("127.0.0.1:4566", "/b/a/k", ("b", "a/k", "/b/a/k")),
        ("127.0.0.1:4566", "/b//k", ("b", "/k", "/b//k")),
        ("127.0.0.1:4566", "/b/%C3%BC%2F+?x=1", ("b", "ü/+", "/b/%C3%BC%2F+?x=1")),
        ("localhost:4566", "/b", ("b", "", "/b")),
        ("127.0.0.1:4566", "/", ("", "", "/")),
        ("my.bucket.localhost:4566", "/a/k?tagging", ("my.bucket", "a/k", "/my.bucket/a/k?tagging")),
        ("b.127.0.0.1:4566", "/k", ("b", "k", "/b/k")),
        ("b.s3.eu-west-1.amazonaws.com", "/k", ("b", "k", "/b/k")),
        ("b.s3-eu-west-1.amazonaws.com", "/", ("b", "", "/b/")),
        ("s3.eu-west-1.amazonaws.com", "/b/k", ("b", "k", "/b/k")),
        ("s3.localhost:4566", "/b/k", ("b", "k", "/b/k")),
    ],
)
def test_place_of_an_object(host: str, path: str, expected: tuple[str, str, str]) -> None:
    """Bucket and key are found in path style and behind a bucket's own host."""
    found = place(host, path)
    assert (found.bucket, found.key, found.path) == expected


# --- the process ---


def test_replies_are_in_the_order_of_the_calls(front: Front) -> None:
    """Many requests at once are served one after the other: each change's old image is the change before it."""
    head = [("Authorization", SIGNED.format("dynamodb").replace("eu-west-1", REGION)), ("X-Amz-Target", "DynamoDB_20120810.PutItem")]

    async def all_at_once() -> list[Reply]:
        bodies = [
            json.dumps({"TableName": "shop-dev-Orders", "Item": {"id": {"S": "order"}, "n": {"N": str(n)}}}).encode() for n in range(40)
        ]
        return await asyncio.gather(*(front.stores.request("POST", "/", head, body) for body in bodies))

    changes = [change for reply in front.wait(all_at_once()) for change in reply.changes]
    assert [change["new"]["n"]["N"] for change in changes] == [str(n) for n in range(40)]
    assert [change["old"] for change in changes] == [None, *(change["new"] for change in changes[:-1])]


def test_changes_of_a_cancelled_request_are_not_lost(front: Front) -> None:
    """Who asked has gone away, but the item was written: its change is handed on."""
    head = [("Authorization", SIGNED.format("dynamodb").replace("eu-west-1", REGION)), ("X-Amz-Target", "DynamoDB_20120810.PutItem")]
    body = json.dumps({"TableName": "shop-dev-Orders", "Item": {"id": {"S": "cancelled"}}}).encode()

    async def cancelled() -> None:
        asked = asyncio.ensure_future(front.stores.request("POST", "/", head, body))
        await asyncio.sleep(0)
        asked.cancel()
        await front.stores.scan("table", "Orders")  # is answered after it

    made = front.made(lambda: front.wait(cancelled()))
    assert [change["keys"] for change in made] == [{"id": {"S": "cancelled"}}]


def test_other_services_are_motos(front: Front) -> None:
    """What the stores don't hold is answered from moto's memory, for our account."""
    assert front.client("sts").get_caller_identity()["Account"] == ACCOUNT
    kms = front.client("kms")
    key = kms.create_key()["KeyMetadata"]
    assert key["Arn"].startswith(f"arn:aws:kms:{REGION}:{ACCOUNT}:key/")
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"secret")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"secret"


def test_machines_are_there_when_ssm_asks_for_them(front: Front) -> None:
    """SSM is loaded without EC2, and finds it when a command is sent to machines."""
    ssm = front.client("ssm")
    command = ssm.send_command(
        Targets=[{"Key": "tag:a", "Values": ["b"]}], DocumentName="AWS-RunShellScript", Parameters={"commands": ["ls"]}
    )
    assert command["Command"]["InstanceIds"] == []


def test_little_is_loaded() -> None:
    """The four services that hold the app's state come without EC2's 100 MB, Flask and what moto needs for Lambda."""
    code = (
        "import sys; from ifc.local.stores import emulator; emulator.prepare('000000000000');"
        "from ifc.local.stores import buckets, configs, secrets, tables; print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "moto.ssm.models" in loaded
    assert loaded.isdisjoint({"moto.ec2", "moto.ec2.models", "flask", "docker", "moto.awslambda.models", "py_partiql_parser"})


def test_a_failure_of_moto_is_an_error_that_is_not_tried_again(front: Front) -> None:
    """What moto has not is answered with 501 and the reason, and the next request is served."""
    with pytest.raises(front.client("s3").exceptions.ClientError) as refused:
        front.client("s3").list_bucket_analytics_configurations(Bucket="no-such-bucket")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] in (404, 501)
    with pytest.raises(front.client("dynamodbstreams").exceptions.ClientError, match="DynamoDB Streams"):
        front.client("dynamodbstreams").list_streams()
    assert front.client("dynamodb").list_tables()["TableNames"]


def test_a_store_without_a_description_says_so(tmp_path: Path) -> None:
    """Nothing is served before `create`."""
    front = Front(tmp_path)
    try:
        front.wait(front._open())
        with pytest.raises(StoresError, match="no description yet"):
            front.wait(front.stores.scan("table", "Orders"))
    finally:
        front.close()


def test_unknown_names_are_refused(front: Front) -> None:
    """A scan or a put of what is not declared says which name."""
    with pytest.raises(StoresError, match="no table `Nothing`"):
        front.wait(front.stores.scan("table", "Nothing"))
    with pytest.raises(StoresError, match="no bucket `Nothing`"):
        front.wait(front.stores.put_object("Nothing", "k", b""))
    with pytest.raises(StoresError, match="no secret `Nothing`"):
        front.wait(front.stores.put_value("secret", "Nothing", "v"))


def test_the_process_ends_with_its_standard_input(tmp_path: Path) -> None:
    """Where a parent's death is not signalled, the end of standard input is."""
    with tempfile.TemporaryDirectory(prefix="ifc-") as run:
        command = [sys.executable, "-m", "ifc.local.stores", f"{run}/s", str(tmp_path)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.stdin.close()
        assert process.wait(20) == 0
        process.stdout.close()


@pytest.mark.skipif(sys.platform != "linux", reason="a parent's death is signalled on Linux alone")
def test_the_process_ends_with_its_parent(tmp_path: Path) -> None:
    """A parent that is killed leaves no process behind, also when somebody else holds its standard input open."""
    script = (
        "import os, subprocess, sys\n"
        "read, write = os.pipe()\n"
        "os.set_inheritable(write, True)\n"
        "run = [sys.executable, '-m', 'ifc.local.stores', sys.argv[1], sys.argv[2]]\n"
        "child = subprocess.Popen(run, stdin=read, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, close_fds=False)\n"
        "child.stdout.readline()\n"
        "print(child.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    with tempfile.TemporaryDirectory(prefix="ifc-") as run:
        done = subprocess.run([sys.executable, "-c", script, f"{run}/s", str(tmp_path)], capture_output=True, text=True, check=False)
        child = int(done.stdout)
        try:
            assert done.returncode == -signal.SIGKILL
            assert gone(child)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)


def gone(process: int) -> bool:
    """Whether a process ends within some seconds; one that only waits to be collected has ended."""
    for _ in range(200):
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
            os.kill(process, 0)
        except (OSError, ValueError):
            return True
        time.sleep(0.05)
    return False


def test_a_death_is_noticed(tmp_path: Path) -> None:
    """`died` has the status, and nobody waits for ever."""
    front = Front(tmp_path)
    try:
        front.open()
        os.kill(front.stores.process.pid, signal.SIGSTOP)
        asked = asyncio.run_coroutine_threadsafe(front.stores.scan("table", "Orders"), front._loop)
        front.stores.process.kill()
        assert front.wait(asyncio.wait_for(front.stores.died, 20)) == -signal.SIGKILL
        with pytest.raises(StoresError, match="ended before they answered"):
            asked.result(20)
        with pytest.raises(StoresError, match="not running"):
            front.wait(front.stores.scan("table", "Orders"))
    finally:
        front.close()


def test_stopping_ends_the_process_and_removes_its_socket(tmp_path: Path) -> None:
    """`stop` is no death."""
    front = Front(tmp_path)
    front.open()
    stores, socket = front.stores, Path(front._run.name) / "stores.sock"
    assert socket.exists()
    front.close()
    assert stores.process.returncode == 0
    assert not stores.died.done()
    assert not socket.exists()


def test_a_start_that_fails_says_why(tmp_path: Path) -> None:
    """A socket's name that is too long is the reason that is shown."""
    run = tmp_path / ("x" * 120)
    run.mkdir()
    with pytest.raises(Failed, match="can't be started") as failed:
        asyncio.run(Stores.start(run, tmp_path / "objects", lambda changes: None))
    assert "AF_UNIX path too long" in (failed.value.help or "")
