"""Each verb of each kind, with what it allows and everything else: what the compiler grants is what runs, and nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.session import Session

from ifc.kinds import kinds, load
from tests.local.endpoint_fakes import REGION, Reply, Running, allow, arn, description, running

KEY = {"id": {"S": "1"}}
TABLE, BUCKET = {"TableName": "app-dev-Orders"}, {"Bucket": "app-dev-reports"}
QUEUE, TOPIC = {"QueueUrl": "app-dev-Jobs"}, arn("sns", "app-dev-Placed")
RECEIPT = {**QUEUE, "ReceiptHandle": "x"}
OBJECT = {**BUCKET, "Key": "a/b"}
STREAM = {"StreamName": "app-dev-Clicks"}
ARNS = {
    "table": arn("dynamodb", "table/app-dev-Orders"),
    "bucket": "arn:aws:s3:::app-dev-reports",
    "queue": arn("sqs", "app-dev-Jobs"),
    "topic": TOPIC,
    "bus": arn("events", "event-bus/app-dev-Shop"),
    "stream": arn("kinesis", "stream/app-dev-Clicks"),
    "function": arn("lambda", "function:app-dev-bill"),
    "secret": arn("secretsmanager", "secret:app-dev-Hook"),
    "config": arn("ssm", "parameter/app-dev/Limits"),
    "api": arn("execute-api", "local-Public"),
}
# A call, and the actions that it needs on what is declared.
CALLS: list[tuple[str, str, dict[str, Any], set[str]]] = [
    ("dynamodb", "get_item", {**TABLE, "Key": KEY}, {"dynamodb:GetItem"}),
    ("dynamodb", "batch_get_item", {"RequestItems": {"app-dev-Orders": {"Keys": [KEY]}}}, {"dynamodb:BatchGetItem"}),
    ("dynamodb", "query", TABLE, {"dynamodb:Query"}),
    ("dynamodb", "scan", TABLE, {"dynamodb:Scan"}),
    ("dynamodb", "put_item", {**TABLE, "Item": KEY}, {"dynamodb:PutItem"}),
    ("dynamodb", "update_item", {**TABLE, "Key": KEY}, {"dynamodb:UpdateItem"}),
    ("dynamodb", "delete_item", {**TABLE, "Key": KEY}, {"dynamodb:DeleteItem"}),
    ("dynamodb", "batch_write_item", {"RequestItems": {"app-dev-Orders": [{"DeleteRequest": {"Key": KEY}}]}}, {"dynamodb:BatchWriteItem"}),
    ("dynamodb", "transact_get_items", {"TransactItems": [{"Get": {**TABLE, "Key": KEY}}]}, {"dynamodb:GetItem"}),
    (
        "dynamodb",
        "transact_write_items",
        {"TransactItems": [{"Put": {**TABLE, "Item": KEY}}, {"Delete": {**TABLE, "Key": KEY}}]},
        {"dynamodb:PutItem", "dynamodb:DeleteItem"},
    ),
    (
        "dynamodb",
        "transact_write_items",
        {"TransactItems": [{"ConditionCheck": {**TABLE, "Key": KEY, "ConditionExpression": "a = b"}}]},
        {"dynamodb:ConditionCheckItem"},
    ),
    ("dynamodb", "describe_table", TABLE, {"dynamodb:DescribeTable"}),
    ("dynamodb", "get_item", {"TableName": "other", "Key": KEY}, {"elsewhere"}),
    ("s3", "get_object", OBJECT, {"s3:GetObject"}),
    ("s3", "head_object", OBJECT, {"s3:GetObject"}),
    ("s3", "list_objects_v2", BUCKET, {"s3:ListBucket"}),
    ("s3", "head_bucket", BUCKET, {"s3:ListBucket"}),
    ("s3", "put_object", OBJECT, {"s3:PutObject"}),
    ("s3", "copy_object", {**OBJECT, "CopySource": "app-dev-reports/c"}, {"s3:PutObject", "s3:GetObject"}),
    ("s3", "delete_object", OBJECT, {"s3:DeleteObject"}),
    ("s3", "abort_multipart_upload", {**OBJECT, "UploadId": "u"}, {"s3:AbortMultipartUpload"}),
    ("s3", "get_object_tagging", OBJECT, {"s3:GetObjectTagging"}),
    ("s3", "get_object", {"Bucket": "app-dev-reports-2", "Key": "a"}, {"elsewhere"}),
    ("s3", "list_buckets", {}, {"s3:ListAllMyBuckets"}),
    ("sqs", "send_message", {**QUEUE, "MessageBody": "x"}, {"sqs:SendMessage"}),
    ("sqs", "send_message_batch", {**QUEUE, "Entries": [{"Id": "1", "MessageBody": "x"}]}, {"sqs:SendMessage"}),
    ("sqs", "receive_message", QUEUE, {"sqs:ReceiveMessage"}),
    ("sqs", "delete_message_batch", {**QUEUE, "Entries": [{"Id": "1", "ReceiptHandle": "x"}]}, {"sqs:DeleteMessage"}),
    ("sqs", "change_message_visibility_batch", {**QUEUE, "Entries": [{"Id": "1", "ReceiptHandle": "x"}]}, {"sqs:ChangeMessageVisibility"}),
    ("sqs", "get_queue_attributes", QUEUE, {"sqs:GetQueueAttributes"}),
    ("sqs", "purge_queue", QUEUE, {"sqs:PurgeQueue"}),
    ("sqs", "send_message", {"QueueUrl": "app-dev-JobsDead", "MessageBody": "x"}, {"elsewhere"}),
    ("sns", "publish", {"TopicArn": TOPIC, "Message": "x"}, {"sns:Publish"}),
    ("sns", "publish_batch", {"TopicArn": TOPIC, "PublishBatchRequestEntries": [{"Id": "1", "Message": "x"}]}, {"sns:Publish"}),
    ("sns", "get_topic_attributes", {"TopicArn": TOPIC}, {"sns:GetTopicAttributes"}),
    ("sns", "publish", {"TopicArn": arn("sns", "app-dev-Steps.fifo"), "Message": "x"}, {"elsewhere"}),
    ("events", "put_events", {"Entries": [{"EventBusName": "app-dev-Shop"}]}, {"events:PutEvents"}),
    ("events", "put_events", {"Entries": [{"EventBusName": "app-dev-Shop"}, {"Source": "x"}]}, {"events:PutEvents", "elsewhere"}),
    ("kinesis", "put_record", {**STREAM, "Data": b"x", "PartitionKey": "k"}, {"kinesis:PutRecord"}),
    ("kinesis", "put_records", {**STREAM, "Records": [{"Data": b"x", "PartitionKey": "k"}]}, {"kinesis:PutRecords"}),
    ("kinesis", "describe_stream_summary", STREAM, {"kinesis:DescribeStreamSummary"}),
    ("kinesis", "list_shards", STREAM, {"kinesis:ListShards"}),
    (
        "kinesis",
        "get_shard_iterator",
        {**STREAM, "ShardId": "shardId-000000000000", "ShardIteratorType": "LATEST"},
        {"kinesis:GetShardIterator"},
    ),
    ("kinesis", "describe_stream", STREAM, {"kinesis:DescribeStream"}),
    ("lambda", "invoke", {"FunctionName": "app-dev-bill"}, {"lambda:InvokeFunction"}),
    ("lambda", "invoke", {"FunctionName": "app-dev-ship"}, {"elsewhere"}),
    ("secretsmanager", "get_secret_value", {"SecretId": "app-dev-Hook"}, {"secretsmanager:GetSecretValue"}),
    ("secretsmanager", "put_secret_value", {"SecretId": "app-dev-Hook", "SecretString": "x"}, {"secretsmanager:PutSecretValue"}),
    ("ssm", "get_parameter", {"Name": "/app-dev/Limits"}, {"ssm:GetParameter"}),
    ("ssm", "get_parameters", {"Names": ["/app-dev/Limits"]}, {"ssm:GetParameters"}),
    ("ssm", "get_parameters", {"Names": ["/app-dev/Limits", "/other"]}, {"ssm:GetParameters", "elsewhere"}),
    ("ssm", "put_parameter", {"Name": "/app-dev/Limits", "Value": "1"}, {"ssm:PutParameter"}),
    ("apigatewaymanagementapi", "get_connection", {"ConnectionId": "c"}, {"execute-api:ManageConnections"}),
]
REFUSED = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "403"}
VERBS = [(kind, verb) for kind in kinds() for verb in load(kind).verbs]
# Tested elsewhere: the first needs an iterator, the second goes to the gateway.
OTHERS = {"kinesis:GetRecords", "execute-api:Invoke"}


def statements(kind: str, verb: str) -> list[dict[str, Any]]:
    """What a verb grants on the declared thing of a kind."""
    return [allow(list(access.actions), ARNS[kind] + access.suffix) for access in load(kind).verbs[verb]]


def granted(kind: str, verb: str) -> set[str]:
    """The actions of a verb."""
    return {action for access in load(kind).verbs[verb] for action in access.actions}


class Sdk:
    """boto3's clients, whose key can be changed."""

    def __init__(self, here: Running) -> None:
        self.credentials = Credentials("K", "secret")
        session = Session()
        session._credentials = self.credentials
        made = boto3.Session(botocore_session=session, region_name=REGION)
        config = Config(retries={"total_max_attempts": 1})
        self.clients = {s: made.client(s, endpoint_url=here.address, config=config) for s in dict.fromkeys(c[0] for c in CALLS)}

    def refused(self, who: str, service: str, operation: str, parameters: dict[str, Any]) -> bool:
        """Whether a call by a function is refused; other errors come from behind the check."""
        self.credentials.access_key = f"KEY{who}"
        try:
            getattr(self.clients[service], operation)(**parameters)
        except ClientError as error:
            return error.response["Error"]["Code"] in REFUSED
        return False


@pytest.fixture(scope="module")
def here() -> Iterator[Running]:
    """An endpoint with a function for each verb."""
    with running(description(**{f"{kind}-{verb}": statements(kind, verb) for kind, verb in VERBS})) as made:
        made.stores.reply = Reply(200, {}, b"")
        yield made


@pytest.fixture(scope="module")
def sdk(here: Running) -> Sdk:
    """The clients."""
    return Sdk(here)


@pytest.mark.parametrize(("kind", "verb"), VERBS, ids=[f"{kind}-{verb}" for kind, verb in VERBS])
def test_a_verb_allows_its_actions_and_nothing_else(sdk: Sdk, kind: str, verb: str) -> None:
    """A function with one verb may make exactly the calls whose actions the verb has, on what it names."""
    may = granted(kind, verb)
    passed = [(s, o, sorted(needs)) for s, o, p, needs in CALLS if not sdk.refused(f"{kind}-{verb}", s, o, p)]
    assert passed == [(s, o, sorted(needs)) for s, o, _, needs in CALLS if needs <= may]


def test_each_action_of_a_verb_has_a_call() -> None:
    """No verb's action goes untested."""
    tested = {action for *_, needs in CALLS for action in needs} | OTHERS
    assert {action for kind, verb in VERBS for action in granted(kind, verb)} <= tested


def test_the_advice_leads_to_a_verb_that_works(here: Running, sdk: Sdk) -> None:
    """For each call that one verb would allow, the refusal names a verb that does."""
    from tests.local.endpoint_fakes import VERBS as described

    real = {kind: {verb: sorted(granted(kind, verb)) for k, verb in VERBS if k == kind} for kind in dict.fromkeys(k for k, _ in VERBS)}
    assert all(real[kind][verb] == actions for kind, verbs in described.items() for verb, actions in verbs.items())
    here.refusals.clear()
    for service, operation, parameters, needs in CALLS:
        sdk.refused("ship", service, operation, parameters)
        if len(needs) == 1 and any(needs <= granted(kind, verb) for kind, verb in VERBS if kind in described and verb in described[kind]):
            advice = here.refusals[-1][3]
            verb = advice.removeprefix("add `").partition(" ")[0]
            assert any(needs <= granted(kind, v) for kind, v in VERBS if v == verb), advice
