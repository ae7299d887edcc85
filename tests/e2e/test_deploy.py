"""`ifc deploy` and its like, by the real command against the emulator: the whole road there and back."""

from __future__ import annotations

from tests.e2e.conftest import Deploying
from tests.e2e.deploying import BUCKET, RUNTIME, Deployer
from tests.e2e.stack import ask, until

ROAD = f"""
app road
{RUNTIME}
queue Jobs {{ retention 4d }}
table Kept {{ key id: string; keep off }}
table Past {{ key id: string }}
api Web {{ protocol rest; GET /version -> version }}

function version "work.version" {{ sends Jobs }}
function take    "work.take"    {{ writes Kept }}
Jobs -> take
output url Web.url
"""
CODE = """
import os, boto3

def version(event, context):
    return {"statusCode": 200, "body": "VERSION"}

def take(event, context):
    table = boto3.resource("dynamodb", endpoint_url=os.environ.get("AWS_ENDPOINT_URL")).Table(os.environ["KEPT_TABLE"])
    for record in event["Records"]:
        table.put_item(Item={"id": record["body"]})
"""


def test_there_and_back(deploying: Deploying) -> None:
    """An app is deployed, runs, is deployed again with a change, is found unchanged, and is destroyed but for what is kept."""
    app = deploying("road", ROAD, work=CODE.replace("VERSION", "one"))

    first = app.run("deploy", "--yes")
    assert first.code == 0, first
    assert "road-dev in account 000000000000, us-east-1, as arn:aws:iam::000000000000:root" in first.out
    assert "R3  api `Web` is new: everyone on the internet may call its public routes" in first.out
    assert "created       Jobs (AWS::SQS::Queue)" in first.out
    assert "outputs\n  url  http" in first.out
    ids = app.ids("road-dev")
    assert answer(app) == "one"
    app.emulator.client("sqs").send_message(QueueUrl=ids["Jobs"], MessageBody="a")
    until(lambda: app.emulator.table(ids["Kept"]).get_item(Key={"id": "a"}).get("Item"), "the message is taken")

    app.write(ROAD.replace("4d", "2d"), work=CODE.replace("VERSION", "two"))
    second = app.run("deploy", "--yes")
    assert second.code == 0, second
    assert "R0 data loss: `retention` of queue `Jobs` changes" in second.out
    assert "app.ifc:5" in second.out
    assert "new code: take, version" in second.out
    until(lambda: answer(app) == "two", "the new code answers")

    third = app.run("deploy", "--yes")
    assert (third.code, third.out.splitlines()[-1]) == (0, "nothing to change: the stack is deployed")
    assert [record["result"] for record in app.records("road-dev")] == ["done", "done"]

    gone = app.run("destroy", "--yes")
    assert gone.code == 0, gone
    assert "Jobs (AWS::SQS::Queue): the messages that wait in it" in gone.out
    assert "Kept (AWS::DynamoDB::Table): its items" in gone.out
    assert f"kept:\n  Past (AWS::DynamoDB::Table) {ids['Past']}" in gone.out
    assert f"aws dynamodb delete-table --table-name {ids['Past']} --region us-east-1" in gone.out
    assert app.stack("road-dev") is None
    assert app.run("destroy", "--yes").out.endswith("nothing is deployed, so there is nothing to destroy\n")


def answer(app: Deployer) -> str:
    """What the app's route answers."""
    ids = app.ids("road-dev")
    return ask(f"{app.emulator.endpoint}/_aws/execute-api/{ids['Web']}/{ids['WebStage']}/version").text


def test_the_bucket_is_private(deploying: Deploying) -> None:
    """The artifacts bucket is encrypted, closed to the public, reached by TLS alone, and forgets broken uploads."""
    app = deploying("private", f'app private\n{RUNTIME}function f "work.f"\n', work="def f(e, c): return 1\n")
    assert app.run("deploy", "--yes").code == 0
    s3 = app.emulator.client("s3")
    assert set(s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert '"aws:SecureTransport": "false"' in s3.get_bucket_policy(Bucket=BUCKET)["Policy"]
    assert "Rules" in s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]
    assert "Status" not in s3.get_bucket_versioning(Bucket=BUCKET)
