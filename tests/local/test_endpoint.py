"""The endpoint itself: who calls, what is refused, what is passed on, and what comes from elsewhere than an SDK."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from ifc.local.services.answers import failure
from ifc.local.services.errors import ServiceError
from ifc.local.services.request import Call, Request
from ifc.local.stores.client import StoresError
from tests.local.endpoint_fakes import ACCOUNT, REGION, Reply, Running, allow, arn, description, running

REPORTS = "arn:aws:s3:::app-dev-reports"
ORDERS = arn("dynamodb", "table/app-dev-Orders")
KEY = {"id": {"S": "1"}}
ITEM = Reply(200, {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": "r"}, b'{"Item": {"id": {"S": "1"}}}')
FUNCTIONS: dict[str, Any] = {
    "reader": [allow("dynamodb:GetItem", ORDERS)],
    "files": [allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], f"{REPORTS}/in/*")],
    "free": None,
    "broad": [allow("*", "*")],
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Running]:
    """An endpoint for the tests of this file."""
    with running(description(**FUNCTIONS)) as made:
        yield made


@pytest.fixture
def here(endpoint: Running) -> Running:
    """The endpoint, with nothing in it."""
    endpoint.reset()
    endpoint.stores.reply = ITEM
    return endpoint


def denied(call: Any, **parameters: Any) -> tuple[str, str, int]:
    """The code, the message and the status of a call's error."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    return response["Error"]["Code"], response["Error"].get("Message", ""), response["ResponseMetadata"]["HTTPStatusCode"]


def plain(
    here: Running, method: str, path: str, headers: dict[str, str] | None = None, body: bytes | None = None
) -> tuple[int, dict[str, str], bytes]:
    """The answer to a request as it stands."""
    connection = http.client.HTTPConnection("127.0.0.1", here.endpoint.port)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    found = answer.status, {n.lower(): v for n, v in answer.getheaders()}, answer.read()
    connection.close()
    return found


def signed(service: str, key: str = "K", **more: str) -> dict[str, str]:
    """Headers that somebody signed."""
    scope = f"{key}/20260101/{REGION}/{service}/aws4_request"
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0", **more}


# --- who calls ---


def test_a_key_is_a_function(here: Running) -> None:
    """A function's key has the function's permissions; any other key is the developer's, who may do everything."""
    get = {"TableName": "app-dev-Orders", "Key": KEY}
    assert here.client("dynamodb", "reader").get_item(**get)["Item"] == KEY
    assert here.client("dynamodb").get_item(**get)["Item"] == KEY
    assert len(here.stores.asked) == 2
    code, message, status = denied(here.client("dynamodb", "ship").get_item, **get)
    assert (code, status) == ("AccessDeniedException", 400)
    assert message == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/app-dev-ship/app-dev-ship is not authorized to perform: dynamodb:GetItem on resource: {ORDERS} "
        "because no identity-based policy allows the dynamodb:GetItem action; in app.ifc: add `reads Orders` to function `ship`"
    )
    assert here.refusals == [("ship", "dynamodb:GetItem", ORDERS, "add `reads Orders` to function `ship`")]
    assert len(here.stores.asked) == 2


def test_a_role_from_outside_is_told_once(here: Running) -> None:
    """Nothing is refused to a function whose statements are not known, and the developer is told so one time."""
    client = here.client("dynamodb", "free")
    for _ in range(3):
        client.delete_item(TableName="app-dev-Orders", Key=KEY)
    assert here.notes == ["what the role of function `free` may do is not all written in app.ifc, so nothing is refused to it here"]
    assert len(here.stores.asked) == 3


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "code", "status"),
    [
        ("sqs", "send_message", {"QueueUrl": "app-dev-Jobs", "MessageBody": "x"}, "AccessDenied", 403),
        ("sns", "publish", {"TopicArn": arn("sns", "app-dev-Placed"), "Message": "x"}, "AuthorizationError", 403),
        ("events", "put_events", {"Entries": [{"EventBusName": "app-dev-Shop"}]}, "AccessDeniedException", 400),
        ("kinesis", "put_record", {"StreamName": "app-dev-Clicks", "Data": b"", "PartitionKey": "k"}, "AccessDeniedException", 400),
        ("lambda", "invoke", {"FunctionName": "app-dev-bill"}, "AccessDeniedException", 403),
        ("dynamodb", "put_item", {"TableName": "app-dev-Orders", "Item": KEY}, "AccessDeniedException", 400),
        ("s3", "get_object", {"Bucket": "app-dev-reports", "Key": "k"}, "AccessDenied", 403),
        ("s3", "head_object", {"Bucket": "app-dev-reports", "Key": "k"}, "403", 403),
        ("secretsmanager", "get_secret_value", {"SecretId": "app-dev-Hook"}, "AccessDeniedException", 400),
        ("ssm", "get_parameter", {"Name": "/app-dev/Limits"}, "AccessDeniedException", 400),
        ("kms", "generate_random", {"NumberOfBytes": 1}, "AccessDeniedException", 400),
        ("iam", "list_users", {}, "AccessDenied", 403),
        ("ec2", "describe_instances", {}, "UnauthorizedOperation", 403),
        ("sesv2", "get_account", {}, "AccessDeniedException", 403),
        ("cloudwatch", "put_metric_data", {"Namespace": "n", "MetricData": []}, "AccessDeniedException", 400),
        ("sts", "assume_role", {"RoleArn": "arn:aws:iam::1:role/r", "RoleSessionName": "ss"}, "AccessDenied", 403),
    ],
)
def test_a_refusal_has_its_services_code(
    here: Running, service: str, operation: str, parameters: dict[str, Any], code: str, status: int
) -> None:
    """Each SDK client raises what it would raise on AWS."""
    found = denied(getattr(here.client(service, "ship"), operation), **parameters)
    assert (found[0], found[2]) == (code, status)
    assert operation == "head_object" or "; in app.ifc: add `" in found[1]
    assert not here.stores.asked
    assert len(here.refusals) == 1


def test_a_transaction_needs_all_its_actions(here: Running) -> None:
    """One element that isn't allowed refuses the whole."""
    get = {"Get": {"TableName": "app-dev-Orders", "Key": KEY}}
    client = here.client("dynamodb", "reader")
    client.transact_get_items(TransactItems=[get])
    elsewhere = {"Get": {"TableName": "other", "Key": KEY}}
    assert denied(client.transact_get_items, TransactItems=[get, elsewhere])[0] == "AccessDeniedException"
    assert denied(client.transact_write_items, TransactItems=[{"Delete": get["Get"]}])[0] == "AccessDeniedException"
    assert len(here.stores.asked) == 1


def test_another_description_takes_over(here: Running) -> None:
    """After an edit of the .ifc file the next request meets the new permissions and the new names; the old keys stay where they are declared."""
    with running(description(reader=[])) as other:
        client = other.client("dynamodb", "reader")
        assert denied(client.get_item, TableName="app-dev-Orders", Key=KEY)[0] == "AccessDeniedException"
        assert other.client("sqs").list_queues(QueueNamePrefix="new").get("QueueUrls") is None
        changed = description(reader=FUNCTIONS["reader"])
        changed["queues"] = {"New": {"name": "new", "arn": arn("sqs", "new"), "url": "${endpoint}/0/new"}}
        del changed["functions"]["ship"]
        other.do(other.endpoint.replace, changed)
        other.stores.reply = ITEM
        assert client.get_item(TableName="app-dev-Orders", Key=KEY)["Item"] == KEY
        assert other.client("sqs").list_queues()["QueueUrls"] == [f"{other.address}/0/new"]
        assert denied(other.client("sqs", "ship").list_queues)[0] == "InvalidClientTokenId"


def test_nobody_may_do_nothing(here: Running) -> None:
    """Requests without a signature are refused as on AWS; a browser's question before a request is passed on."""
    assert plain(here, "GET", "/app-dev-reports/k")[0] == 403
    status, _, body = plain(here, "POST", "/", {"X-Amz-Target": "DynamoDB_20120810.GetItem"}, b"{}")
    assert (status, b"not signed" in body) == (403, True)
    status, _, body = plain(here, "POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, b"Action=ListTopics")
    assert status == 403
    assert not here.stores.asked
    assert plain(here, "OPTIONS", "/app-dev-reports/k", {"Origin": "http://shop.example"})[0] == 200
    assert plain(here, "POST", "/", {"X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth"}, b"{}")[0] == 200
    assert plain(here, "POST", "/", {"Content-Type": "application/x-www-form-urlencoded"}, b"Action=AssumeRoleWithWebIdentity")[0] == 200
    assert len(here.stores.asked) == 3


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
        {"Host": "evil.example:80"},
    ],
)
def test_a_page_is_not_the_developer(here: Running, headers: dict[str, str]) -> None:
    """A page in the developer's browser can't speak for him: not across sites, and not under a name that points here."""
    assert plain(here, "GET", "/app-dev-reports/k", {**signed("s3"), **headers})[0] == 403
    assert not here.stores.asked
    assert plain(here, "GET", "/app-dev-reports/in/k", {**signed("s3", "KEYfiles"), **headers})[0] == 200


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "app-dev-reports.localhost:1", "sqs.eu-west-1.amazonaws.com"])
def test_the_names_of_this_machine(here: Running, host: str) -> None:
    """The developer's tools come under any name of this machine."""
    assert plain(here, "GET", "/app-dev-reports/k", {**signed("s3"), "Host": host, "Sec-Fetch-Site": "none"})[0] == 200


# --- presigned addresses ---


def fetch(url: str, method: str = "GET", data: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """The status and the body at an address."""
    request = urllib.request.Request(url, data, headers or {}, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_presigned_addresses_are_the_signers(here: Running) -> None:
    """An address that a function has signed may do what the function may do, in anybody's hands."""
    client = here.client("s3", "files")
    good = client.generate_presigned_url("get_object", Params={"Bucket": "app-dev-reports", "Key": "in/a"})
    assert fetch(good, headers={"Origin": "http://shop.example"})[0] == 200
    [(method, path, headers, _)] = here.stores.asked
    assert (method, path.partition("?")[0]) == ("GET", "/app-dev-reports/in/a")
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=KEYfiles/")  # the stores look there
    bad = client.generate_presigned_url("put_object", Params={"Bucket": "app-dev-reports", "Key": "out/a"})
    status, body = fetch(bad, "PUT", b"x")
    assert (status, b"s3:PutObject on resource: arn:aws:s3:::app-dev-reports/out/a" in body) == (403, True)


@pytest.mark.parametrize("version", ["s3v4", "s3"])
def test_presigned_addresses_end(here: Running, version: str) -> None:
    """An address that was signed for a time is over after it, in both versions of signatures."""
    client = boto3.client(
        "s3",
        endpoint_url=here.address,
        region_name=REGION,
        aws_access_key_id="KEYfiles",
        aws_secret_access_key="x",
        config=Config(signature_version=version),
    )
    url = client.generate_presigned_url("get_object", Params={"Bucket": "app-dev-reports", "Key": "in/a"}, ExpiresIn=900)
    assert fetch(url)[0] == 200
    over = url
    if version == "s3v4":
        date = (datetime.now(UTC) - timedelta(seconds=1000)).strftime("%Y%m%dT%H%M%SZ")
        over = url.replace(url.partition("X-Amz-Date=")[2].partition("&")[0], date)
    else:
        over = url.replace(url.partition("Expires=")[2].partition("&")[0], "1000")
    assert over != url
    status, body = fetch(over)
    assert (status, b"Request has expired" in body) == (403, True)
    broken = url.replace("X-Amz-Expires=900", "X-Amz-Expires=soon").replace("&Expires=", "&Expires=soon")
    assert fetch(broken)[0] == 403


def test_forms_of_browsers(here: Running) -> None:
    """A form that a function has signed puts what the function may put."""

    def post(key: str, *conditions: Any) -> tuple[int, bytes]:
        given = here.client("s3", "files").generate_presigned_post("app-dev-reports", key, Conditions=list(conditions))
        boundary = "xXx"
        parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in given["fields"].items()]
        file = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="name.txt"\r\n\r\ndata\r\n--{boundary}--\r\n'
        body = ("".join(parts) + file).encode()
        return fetch(
            given["url"], "POST", body, {"Content-Type": f"multipart/form-data; boundary={boundary}", "Origin": "http://shop.example"}
        )

    assert post("in/${filename}")[0] == 200
    assert b"--xXx" in here.stores.asked[0][3]
    status, body = post("out/${filename}")
    assert (status, b"app-dev-reports/out/name.txt" in body) == (403, True)
    status, body = post("in/${filename}", ["content-length-range", 0, 3])
    assert (status, b"<Code>EntityTooLarge</Code>" in body) == (400, True)
    assert len(here.stores.asked) == 1


def test_old_signatures(here: Running) -> None:
    """SigV2 in a header names its key too."""
    assert plain(here, "GET", "/app-dev-reports/in/a", {"Authorization": "AWS KEYfiles:abc="})[0] == 200
    assert plain(here, "GET", "/app-dev-reports/out/a", {"Authorization": "AWS KEYfiles:abc="})[0] == 403


# --- passing on ---


def test_requests_are_passed_on_as_they_came(here: Running) -> None:
    """Method, path, query, headers and body reach the stores unchanged, and their answer the caller."""
    here.stores.reply = Reply(207, {"X-Own": "a", "Content-Type": "text/odd", "Connection": "close", "Date": "never"}, b"\x00body")
    given = signed("s3", **{"Content-Encoding": "gzip", "X-Amz-Meta-A": "b", "Content-Type": "x/y"})
    status, headers, body = plain(here, "PUT", "/app-dev-reports/a%20b//../%C3%BC?x=1&y", given, b"\x1f\x8bnot really gzip")
    assert (status, headers["x-own"], headers["content-type"], body) == (207, "a", "text/odd", b"\x00body")
    assert headers["date"] != "never"
    [(method, path, passed, content)] = here.stores.asked
    assert (method, path) == ("PUT", "/app-dev-reports/a%20b//../%C3%BC?x=1&y")
    assert content == b"\x1f\x8bnot really gzip"
    assert (passed["Content-Encoding"], passed["X-Amz-Meta-A"], passed["Content-Type"]) == ("gzip", "b", "x/y")
    assert passed["Content-Length"] == str(len(content))


def test_a_bucket_in_the_host_goes_into_the_path(here: Running) -> None:
    """The stores know paths alone."""
    assert plain(here, "GET", "/k?list-type=2", {**signed("s3"), "Host": "app-dev-reports.localhost:9"})[0] == 200
    [(_, path, headers, _)] = here.stores.asked
    assert (path, headers["Host"]) == ("/app-dev-reports/k?list-type=2", f"127.0.0.1:{here.endpoint.port}")


def test_changes_are_in_the_log_before_the_answer(here: Running) -> None:
    """What the stores changed is written, and then answered."""
    here.stores.reply = Reply(200, {"Content-Type": "application/x-amz-json-1.0"}, b"{}", ["a change"])
    here.client("dynamodb").put_item(TableName="app-dev-Orders", Item=KEY)
    assert here.changes == [["a change"]]
    here.stores.reply = ITEM
    here.client("dynamodb").get_item(TableName="app-dev-Orders", Key=KEY)
    assert here.changes == [["a change"]]


def test_stores_that_fail(here: Running) -> None:
    """When the stores fail, the SDK gets an error that it will try again, and the developer reads why."""
    here.stores.broken = RuntimeError("something odd")
    assert denied(here.client("dynamodb").get_item, TableName="app-dev-Orders", Key=KEY)[::2] == ("InternalFailure", 500)
    assert "something odd" in here.notes[0]


@pytest.mark.parametrize("problem", [OSError("the log can't be written: no space left\nHINT: x"), StoresError("no space left")])
def test_what_can_not_be_served_now(here: Running, problem: Exception) -> None:
    """A disk that is full, and a run that ends, are no mistake of ifc's: the SDK tries again, and the developer reads a line, once."""
    here.stores.broken = problem
    for _ in range(2):
        code, message, status = denied(here.client("dynamodb").get_item, TableName="app-dev-Orders", Key=KEY)
        assert (code, status) == ("ServiceUnavailable", 503)
        assert str(problem).splitlines()[0] in message
    assert len([note for note in here.notes if str(problem).splitlines()[0] in note]) == 1
    assert not any("Traceback" in note for note in here.notes)


def test_a_head_has_the_length_of_what_is_not_sent(here: Running) -> None:
    """HeadObject tells an object's length without its body."""
    here.stores.reply = Reply(200, {"Content-Length": "12345", "ETag": '"e"'}, b"")
    found = here.client("s3").head_object(Bucket="app-dev-reports", Key="k")
    assert (found["ContentLength"], found["ETag"]) == (12345, '"e"')


def test_an_answer_without_a_body(here: Running) -> None:
    """A status that has no body has none."""
    here.stores.reply = Reply(204, {}, b"")
    assert here.client("s3").delete_object(Bucket="app-dev-reports", Key="k")["ResponseMetadata"]["HTTPStatusCode"] == 204


def test_large_objects(here: Running) -> None:
    """A hundred megabytes go through, both ways, and nothing of them is lost."""
    content = bytes(range(256)) * 4096 * 100
    here.stores.reply = Reply(200, {"ETag": '"e"'}, b"")
    here.client("s3").put_object(Bucket="app-dev-reports", Key="k", Body=content)
    assert here.stores.asked[0][3] == content
    here.stores.reply = Reply(200, {"ETag": '"e"'}, content)
    assert here.client("s3").get_object(Bucket="app-dev-reports", Key="k")["Body"].read() == content


def test_chunks(here: Running) -> None:
    """A body of unknown length arrives whole; what AWS's own chunks hold is the stores' to read."""
    body = b"5;chunk-signature=0\r\nhello\r\n0;chunk-signature=0\r\n\r\n"
    headers = signed("s3", **{"Content-Encoding": "aws-chunked", "X-Amz-Decoded-Content-Length": "5"})
    connection = http.client.HTTPConnection("127.0.0.1", here.endpoint.port)
    connection.request("PUT", "/app-dev-reports/k", iter([body[:10], body[10:]]), headers, encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()
    [(_, _, passed, content)] = here.stores.asked
    assert content == body
    assert passed["Content-Encoding"] == "aws-chunked"
    assert "Transfer-Encoding" not in passed


def test_a_sender_that_asks_first(here: Running) -> None:
    """`Expect: 100-continue` is answered before the body, for which boto3 waits."""
    with socket.create_connection(("127.0.0.1", here.endpoint.port), timeout=20) as connection:
        head = "\r\n".join(
            f"{n}: {v}" for n, v in {**signed("s3"), "Expect": "100-continue", "Content-Length": "3", "Host": "localhost"}.items()
        )
        connection.sendall(f"PUT /app-dev-reports/k HTTP/1.1\r\n{head}\r\n\r\n".encode())
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")
    assert here.stores.asked[0][3] == b"abc"
    assert "Expect" not in here.stores.asked[0][2]


def test_a_first_byte_at_a_time(here: Running) -> None:
    """How a connection begins is told from as many bytes as there are."""
    request = "\r\n".join(
        ["POST / HTTP/1.1", "Host: localhost", "Content-Length: 0", *(f"{n}: {v}" for n, v in signed("s3").items()), "", ""]
    )
    with socket.create_connection(("127.0.0.1", here.endpoint.port), timeout=20) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for letter in request.encode():
            connection.sendall(bytes([letter]))
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_a_body_above_its_limit(here: Running) -> None:
    """No service but S3 takes more than 32 MiB."""
    status, _, body = plain(here, "POST", "/", signed("dynamodb", **{"X-Amz-Target": "DynamoDB_20120810.PutItem"}), b"x" * (33 << 20))
    assert (status, b"RequestEntityTooLarge" in body) == (413, True)
    connection = http.client.HTTPConnection("127.0.0.1", here.endpoint.port)
    connection.request("POST", "/", (b"x" * (1 << 20) for _ in range(33)), signed("sqs"), encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()
    assert not here.stores.asked


class Slow:
    """Stores that answer when they are let."""

    def __init__(self) -> None:
        self.let = threading.Event()

    async def request(self, *asked: Any) -> Reply:
        """The answer, some time."""
        while not self.let.is_set():
            await asyncio.sleep(0.005)
        return Reply(200, {}, b"", ["late"])


def put_and_go(here: Running) -> http.client.HTTPConnection:
    """Sends a change; the connection on which its answer would come."""
    connection = http.client.HTTPConnection("127.0.0.1", here.endpoint.port)
    connection.request("POST", "/", b"{}", signed("dynamodb", **{"X-Amz-Target": "DynamoDB_20120810.PutItem"}))
    here.until(lambda: bool(here.endpoint._running))
    return connection


def test_an_answer_that_nobody_waits_for_is_finished() -> None:
    """A caller that goes after it has sent a change leaves no half of it."""
    with running(description()) as here:
        here.endpoint._stores = slow = Slow()
        put_and_go(here).close()
        slow.let.set()
        here.until(lambda: here.changes == [["late"]])


def test_the_end_waits_for_changes() -> None:
    """A change that is under way when the run ends is in the log before the endpoint is gone."""
    with running(description()) as here:
        here.endpoint._stores = slow = Slow()
        connection = put_and_go(here)
        threading.Timer(0.05, slow.let.set).start()
        here.stop()
        assert here.changes == [["late"]]
        connection.close()


# --- what is declared ---


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "said"),
    [
        (
            "dynamodb",
            "create_table",
            {"TableName": "ttt", "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}], "AttributeDefinitions": []},
            "CreateTable is not for a running app: declare it in app.ifc",
        ),
        ("dynamodb", "delete_table", {"TableName": "app-dev-Orders"}, "DeleteTable is not for a running app: declare it in app.ifc"),
        ("s3", "create_bucket", {"Bucket": "bbb"}, "CreateBucket is not for a running app: declare it in app.ifc"),
        ("s3", "put_bucket_policy", {"Bucket": "bbb", "Policy": "{}"}, "PutBucketPolicy is not for a running app: declare it in app.ifc"),
    ],
)
@pytest.mark.parametrize("who", ["DEVELOPER", "broad"])
def test_what_changes_the_app_is_refused(
    here: Running, service: str, operation: str, parameters: dict[str, Any], said: str, who: str
) -> None:
    """Tables and buckets come from the .ifc file, whoever asks."""
    code, message, _ = denied(getattr(here.client(service, who), operation), **parameters)
    assert (code, message) == ("UnsupportedOperation", said)
    assert not here.stores.asked


# --- DeleteObjects ---


def delete(here: Running, who: str, *keys: str, **more: Any) -> Any:
    """Deletes objects by a function."""
    objects = [{"Key": k} for k in keys]
    return here.client("s3", who).delete_objects(Bucket="app-dev-reports", Delete={"Objects": objects, **more})


def test_deleting_many_objects_fails_object_by_object(here: Running) -> None:
    """What a function may delete is deleted, and the rest is told with an error each, as S3 does it."""
    here.stores.reply = Reply(200, {}, b'<DeleteResult xmlns="x"><Deleted><Key>in/a</Key></Deleted></DeleteResult>')
    found = delete(here, "files", "in/a", "out/<b>", "in/c&d", Quiet=True)
    assert [d["Key"] for d in found["Deleted"]] == ["in/a"]
    assert [(e["Key"], e["Code"]) for e in found["Errors"]] == [("out/<b>", "AccessDenied")]
    assert "s3:DeleteObject on resource: arn:aws:s3:::app-dev-reports/out/<b>" in found["Errors"][0]["Message"]
    [(_, _, headers, body)] = here.stores.asked
    assert body == (
        b'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>in/a</Key></Object>'
        b"<Object><Key>in/c&amp;d</Key></Object><Quiet>true</Quiet></Delete>"
    )
    assert headers["Content-Length"] == str(len(body))
    assert not [n for n in headers if n.lower().startswith("x-amz-checksum") or n.lower() == "content-md5"]
    assert len(here.refusals) == 1


def test_deleting_what_one_may_is_passed_on(here: Running) -> None:
    """A request that is allowed whole is not touched, and one that is refused whole goes nowhere."""
    here.stores.reply = Reply(200, {}, b'<DeleteResult xmlns="x"/>')
    delete(here, "files", "in/a")
    delete(here, "DEVELOPER", "out/a")
    assert b"in/a" in here.stores.asked[0][3]
    assert [n for n in here.stores.asked[0][2] if n.lower().startswith("x-amz-checksum")]
    found = delete(here, "files", "out/a", "out/b")
    assert [e["Key"] for e in found["Errors"]] == ["out/a", "out/b"]
    assert found["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert len(here.stores.asked) == 2


def test_an_empty_result_takes_errors_too(here: Running) -> None:
    """The stores may answer with an element that is closed at once, or with an error."""
    here.stores.reply = Reply(200, {}, b'<?xml version="1.0"?>\n<DeleteResult xmlns="x"/>\n')
    assert [e["Key"] for e in delete(here, "files", "in/a", "out/b")["Errors"]] == ["out/b"]
    here.stores.reply = Reply(404, {}, b"<Error><Code>NoSuchBucket</Code><Message>m</Message></Error>")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        delete(here, "files", "in/a", "out/b")


@pytest.mark.parametrize("body", [b"<Delete>", b'<!DOCTYPE x [<!ENTITY a "b">]><Delete/>', b""])
def test_a_list_that_is_none(here: Running, body: bytes) -> None:
    """A broken list, or one with entities in it, is refused."""
    status, _, answer = plain(here, "POST", "/app-dev-reports?delete", signed("s3", "KEYfiles"), body)
    assert (status, b"MalformedXML" in answer) == (400, True)
    assert not here.stores.asked


# --- protocols that are not served ---


def test_cbor(here: Running) -> None:
    """Kinesis in CBOR, as the Java SDK speaks it, is told; other services in CBOR are the stores', refused in CBOR too."""
    headers = signed("kinesis", **{"X-Amz-Target": "Kinesis_20131202.ListStreams", "Content-Type": "application/x-amz-cbor-1.1"})
    status, _, body = plain(here, "POST", "/", headers, b"\xa0")
    assert (status, b"serves kinesis in JSON" in body) == (415, True)
    here.stores.reply = Reply(200, {"smithy-protocol": "rpc-v2-cbor"}, b"\xa0")
    here.client("cloudwatchomni").list_spaces()
    assert here.stores.asked[0][1].endswith("/operation/ListSpaces")
    code, message, _ = denied(here.client("cloudwatchomni", "ship").list_spaces)
    assert (code, "is not authorized to perform: cloudwatch:ListSpaces because" in message) == ("AccessDeniedException", True)


@pytest.mark.parametrize(("length", "head"), [(23, "77"), (24, "790018"), (65_535, "79ffff"), (65_536, "7a00010000")])
def test_texts_in_cbor(here: Running, length: int, head: str) -> None:
    """An error in CBOR is a map of two texts, with as many bytes for their lengths as these need (RFC 8949, 3.1 Major Types)."""
    request = Request("POST", "/", "", {"Smithy-Protocol": "rpc-v2-cbor"}, b"")
    body = failure(Call(request, REGION), ServiceError("Odd", "x" * length)).body
    assert body == b"\xa2\x66__type\x63Odd\x67message" + bytes.fromhex(head) + b"x" * length


def test_an_address_that_names_no_service(here: Running) -> None:
    """A signature for an unknown service goes to the stores, if its caller may do everything."""
    assert plain(here, "GET", "/x", signed("odd"))[0] == 200
    assert plain(here, "GET", "/x", signed("odd", "KEYship"))[0] == 403
    assert plain(here, "GET", "/x", {"Authorization": "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=c"})[0] == 403
    assert plain(here, "GET", "/x", {"Authorization": "AWS4-ECDSA-P256-SHA256 Credential=K/20260101/s3/aws4_request"})[0] == 200


# --- what is no request ---


@pytest.mark.parametrize(
    "sent",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",  # which of them holds is how requests are smuggled
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"PUT /k HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    ],
)
def test_what_is_no_http_is_refused(here: Running, sent: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    """A broken request is answered with 400, and the developer's terminal stays clean."""
    with socket.create_connection(("127.0.0.1", here.endpoint.port), timeout=20) as connection:
        connection.sendall(sent)
        assert connection.recv(12).endswith(b" 400")
    assert not here.notes
    assert not here.stores.asked
    assert capfd.readouterr() == ("", "")


def test_half_an_upload_is_none(here: Running, capfd: pytest.CaptureFixture[str]) -> None:
    """A sender that goes in the middle of its body has put nothing."""
    head = "\r\n".join(f"{n}: {v}" for n, v in {**signed("s3"), "Content-Length": "1000", "Host": "localhost"}.items())
    with socket.create_connection(("127.0.0.1", here.endpoint.port), timeout=20) as connection:
        connection.sendall(f"PUT /app-dev-reports/k HTTP/1.1\r\n{head}\r\n\r\n".encode() + b"x" * 500)
    assert plain(here, "GET", "/app-dev-reports/other", signed("s3"))[0] == 200
    assert [path for _, path, _, _ in here.stores.asked] == ["/app-dev-reports/other"]
    assert not here.notes
    assert capfd.readouterr() == ("", "")


def test_a_whole_address_is_a_path(here: Running) -> None:
    """A request that was meant for a proxy has its path in an address."""
    with socket.create_connection(("127.0.0.1", here.endpoint.port), timeout=20) as connection:
        head = "\r\n".join(f"{n}: {v}" for n, v in {**signed("s3"), "Host": "localhost"}.items())
        connection.sendall(f"GET http://localhost/app-dev-reports/a%20b?x=1 HTTP/1.1\r\n{head}\r\n\r\n".encode())
        assert connection.recv(12).endswith(b" 200")
    assert here.stores.asked[0][1] == "/app-dev-reports/a%20b?x=1"
