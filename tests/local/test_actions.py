"""From a request to the IAM actions and ARNs it needs; the requests are boto3's own."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from ifc.local import actions
from ifc.local.services import awslambda, s3
from ifc.local.services.directory import Directory
from ifc.local.services.errors import ServiceError
from ifc.local.services.request import Call, Request, place
from tests.agreed import ROOT
from tests.local.endpoint_fakes import ACCOUNT, REGION, arn, description

DIRECTORY = Directory(description(), "http://127.0.0.1:1")
ORDERS, OTHER = arn("dynamodb", "table/app-dev-Orders"), arn("dynamodb", "table/other")
JOBS, PLACED = arn("sqs", "app-dev-Jobs"), arn("sns", "app-dev-Placed")
REPORTS, URL = "arn:aws:s3:::app-dev-reports", f"http://127.0.0.1:1/{ACCOUNT}/app-dev-Jobs"
CLICKS = arn("kinesis", "stream/app-dev-Clicks")
KEY = {"id": {"S": "1"}}
T = {"TableName": "app-dev-Orders"}


class Sent(Exception):
    """Stops a request before it is sent."""


@cache
def client(service: str) -> tuple[Any, list[Any]]:
    """A client that sends nothing, and the requests that it would have sent."""
    made = boto3.client(
        service,
        endpoint_url="http://127.0.0.1:1",
        region_name=REGION,
        aws_access_key_id="KEY",
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )
    found: list[Any] = []

    def stop(request: Any, **_: Any) -> None:
        found.append(request)
        raise Sent

    made.meta.events.register("before-send", stop)
    return made, found


def captured(service: str, operation: str, **parameters: Any) -> Call:
    """The request that boto3 would send."""
    made, found = client(service)
    found.clear()
    with pytest.raises(Sent):
        getattr(made, operation)(**parameters)
    [request] = found
    path, _, query = "/".join(["", *request.url.split("/", 3)[3:]]).partition("?")
    body = request.body.read() if hasattr(request.body, "read") else request.body or b""
    body = body.encode() if isinstance(body, str) else body
    headers = CIMultiDict((n, v.decode() if isinstance(v, bytes) else str(v)) for n, v in request.headers.items())
    headers.setdefault("Host", request.url.split("/")[2])
    return Call(Request(request.method, path, query, headers, bytes(body)), REGION)


def needs(call: Call) -> list[tuple[str, str | None]]:
    """What a request needs."""
    return [(need.action, need.resource) for need in actions.needs(call, DIRECTORY)]


CASES: list[tuple[str, str, dict[str, Any], list[tuple[str, str | None]]]] = [
    # --- DynamoDB ---
    ("dynamodb", "get_item", {**T, "Key": KEY}, [("dynamodb:GetItem", ORDERS)]),
    ("dynamodb", "get_item", {"TableName": OTHER, "Key": KEY}, [("dynamodb:GetItem", OTHER)]),
    ("dynamodb", "put_item", {**T, "Item": KEY}, [("dynamodb:PutItem", ORDERS)]),
    ("dynamodb", "update_item", {**T, "Key": KEY}, [("dynamodb:UpdateItem", ORDERS)]),
    ("dynamodb", "query", {**T, "KeyConditionExpression": "a = b"}, [("dynamodb:Query", ORDERS)]),
    (
        "dynamodb",
        "query",
        {**T, "IndexName": "byCustomer", "KeyConditionExpression": "a = b"},
        [("dynamodb:Query", f"{ORDERS}/index/byCustomer")],
    ),
    ("dynamodb", "scan", {"TableName": "other", "IndexName": "iii"}, [("dynamodb:Scan", f"{OTHER}/index/iii")]),
    (
        "dynamodb",
        "batch_get_item",
        {"RequestItems": {"app-dev-Orders": {"Keys": [KEY]}, "other": {"Keys": [KEY]}}},
        [("dynamodb:BatchGetItem", ORDERS), ("dynamodb:BatchGetItem", OTHER)],
    ),
    ("dynamodb", "batch_write_item", {"RequestItems": {"other": [{"PutRequest": {"Item": KEY}}]}}, [("dynamodb:BatchWriteItem", OTHER)]),
    (
        "dynamodb",
        "transact_write_items",
        {
            "TransactItems": [
                {"Put": {**T, "Item": KEY}},
                {"Update": {"TableName": "other", "Key": KEY, "UpdateExpression": "SET a = b"}},
                {"Delete": {**T, "Key": KEY}},
                {"ConditionCheck": {**T, "Key": KEY, "ConditionExpression": "a = b"}},
            ]
        },
        [
            ("dynamodb:PutItem", ORDERS),
            ("dynamodb:UpdateItem", OTHER),
            ("dynamodb:DeleteItem", ORDERS),
            ("dynamodb:ConditionCheckItem", ORDERS),
        ],
    ),
    ("dynamodb", "transact_get_items", {"TransactItems": [{"Get": {**T, "Key": KEY}}]}, [("dynamodb:GetItem", ORDERS)]),
    ("dynamodb", "execute_statement", {"Statement": 'SELECT * FROM "app-dev-Orders" WHERE id = 1'}, [("dynamodb:PartiQLSelect", ORDERS)]),
    (
        "dynamodb",
        "execute_statement",
        {"Statement": 'select a from "app-dev-Orders"."byCustomer"'},
        [("dynamodb:PartiQLSelect", f"{ORDERS}/index/byCustomer")],
    ),
    ("dynamodb", "execute_statement", {"Statement": "INSERT INTO other VALUE {'id': '1'}"}, [("dynamodb:PartiQLInsert", OTHER)]),
    ("dynamodb", "execute_statement", {"Statement": "UPDATE other SET a = 1 WHERE id = '1'"}, [("dynamodb:PartiQLUpdate", OTHER)]),
    ("dynamodb", "execute_statement", {"Statement": "DELETE FROM other WHERE id = '1'"}, [("dynamodb:PartiQLDelete", OTHER)]),
    ("dynamodb", "execute_statement", {"Statement": "who knows"}, [("dynamodb:PartiQLSelect", "*")]),
    (
        "dynamodb",
        "batch_execute_statement",
        {"Statements": [{"Statement": "SELECT * FROM other"}, {"Statement": 'DELETE FROM "app-dev-Orders"'}]},
        [("dynamodb:PartiQLSelect", OTHER), ("dynamodb:PartiQLDelete", ORDERS)],
    ),
    (
        "dynamodb",
        "execute_transaction",
        {"TransactStatements": [{"Statement": "EXISTS(SELECT * FROM other WHERE id = '1')"}]},
        [("dynamodb:PartiQLSelect", OTHER)],
    ),
    ("dynamodb", "describe_table", T, [("dynamodb:DescribeTable", ORDERS)]),
    ("dynamodb", "list_tables", {}, [("dynamodb:ListTables", "*")]),
    (
        "dynamodbstreams",
        "describe_stream",
        {"StreamArn": f"{ORDERS}/stream/2026-01-01T00:00:00.000"},
        [("dynamodb:DescribeStream", f"{ORDERS}/stream/2026-01-01T00:00:00.000")],
    ),
    ("dynamodbstreams", "get_records", {"ShardIterator": f"{ORDERS}/stream/x|1|abc"}, [("dynamodb:GetRecords", f"{ORDERS}/stream/x")]),
    # --- S3 ---
    ("s3", "list_buckets", {}, [("s3:ListAllMyBuckets", "*")]),
    ("s3", "head_bucket", {"Bucket": "app-dev-reports"}, [("s3:ListBucket", REPORTS)]),
    ("s3", "list_objects_v2", {"Bucket": "app-dev-reports", "Prefix": "a/"}, [("s3:ListBucket", REPORTS)]),
    ("s3", "list_objects", {"Bucket": "app-dev-reports"}, [("s3:ListBucket", REPORTS)]),
    ("s3", "list_object_versions", {"Bucket": "app-dev-reports"}, [("s3:ListBucketVersions", REPORTS)]),
    ("s3", "list_multipart_uploads", {"Bucket": "app-dev-reports"}, [("s3:ListBucketMultipartUploads", REPORTS)]),
    ("s3", "get_bucket_location", {"Bucket": "app-dev-reports"}, [("s3:GetBucketLocation", REPORTS)]),
    ("s3", "get_bucket_cors", {"Bucket": "app-dev-reports"}, [("s3:GetBucketCORS", REPORTS)]),
    ("s3", "get_object", {"Bucket": "app-dev-reports", "Key": "a b/ü+%2F.txt"}, [("s3:GetObject", f"{REPORTS}/a b/ü+%2F.txt")]),
    ("s3", "get_object", {"Bucket": "app-dev-reports", "Key": "../x//y"}, [("s3:GetObject", f"{REPORTS}/../x//y")]),
    ("s3", "get_object", {"Bucket": "app-dev-reports", "Key": "a", "VersionId": "1"}, [("s3:GetObjectVersion", f"{REPORTS}/a")]),
    ("s3", "get_object", {"Bucket": "app-dev-reports", "Key": "a", "ResponseContentType": "x"}, [("s3:GetObject", f"{REPORTS}/a")]),
    ("s3", "head_object", {"Bucket": "app-dev-reports", "Key": "a"}, [("s3:GetObject", f"{REPORTS}/a")]),
    ("s3", "get_object_tagging", {"Bucket": "app-dev-reports", "Key": "a"}, [("s3:GetObjectTagging", f"{REPORTS}/a")]),
    (
        "s3",
        "get_object_tagging",
        {"Bucket": "app-dev-reports", "Key": "a", "VersionId": "1"},
        [("s3:GetObjectVersionTagging", f"{REPORTS}/a")],
    ),
    ("s3", "get_object_acl", {"Bucket": "app-dev-reports", "Key": "a"}, [("s3:GetObjectAcl", f"{REPORTS}/a")]),
    (
        "s3",
        "get_object_attributes",
        {"Bucket": "app-dev-reports", "Key": "a", "ObjectAttributes": ["ETag"]},
        [("s3:GetObjectAttributes", f"{REPORTS}/a"), ("s3:GetObject", f"{REPORTS}/a")],
    ),
    ("s3", "put_object", {"Bucket": "app-dev-reports", "Key": "a", "Body": b"x"}, [("s3:PutObject", f"{REPORTS}/a")]),
    (
        "s3",
        "put_object",
        {"Bucket": "app-dev-reports", "Key": "a", "Body": b"x", "ACL": "private", "Tagging": "a=b"},
        [("s3:PutObject", f"{REPORTS}/a"), ("s3:PutObjectAcl", f"{REPORTS}/a"), ("s3:PutObjectTagging", f"{REPORTS}/a")],
    ),
    (
        "s3",
        "put_object_tagging",
        {"Bucket": "app-dev-reports", "Key": "a", "Tagging": {"TagSet": []}},
        [("s3:PutObjectTagging", f"{REPORTS}/a")],
    ),
    ("s3", "put_object_acl", {"Bucket": "app-dev-reports", "Key": "a", "ACL": "private"}, [("s3:PutObjectAcl", f"{REPORTS}/a")]),
    (
        "s3",
        "copy_object",
        {"Bucket": "app-dev-reports", "Key": "b", "CopySource": {"Bucket": "other", "Key": "a b+"}},
        [("s3:PutObject", f"{REPORTS}/b"), ("s3:GetObject", "arn:aws:s3:::other/a b+")],
    ),
    (
        "s3",
        "copy_object",
        {"Bucket": "app-dev-reports", "Key": "b", "CopySource": {"Bucket": "other", "Key": "a", "VersionId": "7"}},
        [("s3:PutObject", f"{REPORTS}/b"), ("s3:GetObjectVersion", "arn:aws:s3:::other/a")],
    ),
    ("s3", "create_multipart_upload", {"Bucket": "app-dev-reports", "Key": "a"}, [("s3:PutObject", f"{REPORTS}/a")]),
    (
        "s3",
        "create_multipart_upload",
        {"Bucket": "app-dev-reports", "Key": "a", "Tagging": "a=b"},
        [("s3:PutObject", f"{REPORTS}/a"), ("s3:PutObjectTagging", f"{REPORTS}/a")],
    ),
    (
        "s3",
        "upload_part",
        {"Bucket": "app-dev-reports", "Key": "a", "UploadId": "u", "PartNumber": 1, "Body": b"x"},
        [("s3:PutObject", f"{REPORTS}/a")],
    ),
    (
        "s3",
        "upload_part_copy",
        {"Bucket": "app-dev-reports", "Key": "a", "UploadId": "u", "PartNumber": 1, "CopySource": "other/k"},
        [("s3:PutObject", f"{REPORTS}/a"), ("s3:GetObject", "arn:aws:s3:::other/k")],
    ),
    (
        "s3",
        "complete_multipart_upload",
        {"Bucket": "app-dev-reports", "Key": "a", "UploadId": "u", "MultipartUpload": {"Parts": []}},
        [("s3:PutObject", f"{REPORTS}/a")],
    ),
    (
        "s3",
        "abort_multipart_upload",
        {"Bucket": "app-dev-reports", "Key": "a", "UploadId": "u"},
        [("s3:AbortMultipartUpload", f"{REPORTS}/a")],
    ),
    ("s3", "list_parts", {"Bucket": "app-dev-reports", "Key": "a", "UploadId": "u"}, [("s3:ListMultipartUploadParts", f"{REPORTS}/a")]),
    ("s3", "delete_object", {"Bucket": "app-dev-reports", "Key": "a"}, [("s3:DeleteObject", f"{REPORTS}/a")]),
    ("s3", "delete_object", {"Bucket": "app-dev-reports", "Key": "a", "VersionId": "1"}, [("s3:DeleteObjectVersion", f"{REPORTS}/a")]),
    ("s3", "delete_object_tagging", {"Bucket": "app-dev-reports", "Key": "a"}, [("s3:DeleteObjectTagging", f"{REPORTS}/a")]),
    ("s3", "restore_object", {"Bucket": "app-dev-reports", "Key": "a"}, [("s3:RestoreObject", f"{REPORTS}/a")]),
    # --- messages ---
    ("sqs", "send_message", {"QueueUrl": URL, "MessageBody": "x"}, [("sqs:SendMessage", JOBS)]),
    ("sqs", "send_message_batch", {"QueueUrl": URL, "Entries": [{"Id": "1", "MessageBody": "x"}]}, [("sqs:SendMessage", JOBS)]),
    ("sqs", "delete_message_batch", {"QueueUrl": URL, "Entries": [{"Id": "1", "ReceiptHandle": "x"}]}, [("sqs:DeleteMessage", JOBS)]),
    (
        "sqs",
        "change_message_visibility_batch",
        {"QueueUrl": URL, "Entries": [{"Id": "1", "ReceiptHandle": "x", "VisibilityTimeout": 1}]},
        [("sqs:ChangeMessageVisibility", JOBS)],
    ),
    ("sqs", "get_queue_url", {"QueueName": "nowhere"}, [("sqs:GetQueueUrl", arn("sqs", "nowhere"))]),
    ("sqs", "list_queues", {}, [("sqs:ListQueues", "*")]),
    ("sns", "publish", {"TopicArn": PLACED, "Message": "x"}, [("sns:Publish", PLACED)]),
    ("sns", "publish", {"TargetArn": PLACED, "Message": "x"}, [("sns:Publish", PLACED)]),
    ("sns", "publish", {"PhoneNumber": "+49", "Message": "x"}, [("sns:Publish", "*")]),
    ("sns", "publish_batch", {"TopicArn": PLACED, "PublishBatchRequestEntries": [{"Id": "1", "Message": "x"}]}, [("sns:Publish", PLACED)]),
    ("sns", "list_topics", {}, [("sns:ListTopics", "*")]),
    ("sns", "list_subscriptions_by_topic", {"TopicArn": PLACED}, [("sns:ListSubscriptionsByTopic", PLACED)]),
    (
        "events",
        "put_events",
        {"Entries": [{"EventBusName": "app-dev-Shop"}, {}, {"EventBusName": "app-dev-Shop"}]},
        [("events:PutEvents", arn("events", "event-bus/app-dev-Shop")), ("events:PutEvents", arn("events", "event-bus/default"))],
    ),
    (
        "events",
        "put_events",
        {"Entries": [{"EventBusName": arn("events", "event-bus/x")}]},
        [("events:PutEvents", arn("events", "event-bus/x"))],
    ),
    ("events", "describe_event_bus", {"Name": "app-dev-Shop"}, [("events:DescribeEventBus", arn("events", "event-bus/app-dev-Shop"))]),
    ("kinesis", "put_record", {"StreamName": "app-dev-Clicks", "Data": b"x", "PartitionKey": "a"}, [("kinesis:PutRecord", CLICKS)]),
    ("kinesis", "put_records", {"StreamARN": CLICKS, "Records": [{"Data": b"x", "PartitionKey": "a"}]}, [("kinesis:PutRecords", CLICKS)]),
    ("kinesis", "describe_stream_summary", {"StreamName": "other"}, [("kinesis:DescribeStreamSummary", arn("kinesis", "stream/other"))]),
    ("kinesis", "list_shards", {"NextToken": "app-dev-Clicks/s"}, [("kinesis:ListShards", CLICKS)]),
    ("kinesis", "list_streams", {}, [("kinesis:ListStreams", "*")]),
    ("lambda", "invoke", {"FunctionName": "app-dev-bill"}, [("lambda:InvokeFunction", arn("lambda", "function:app-dev-bill"))]),
    (
        "lambda",
        "invoke",
        {"FunctionName": arn("lambda", "function:app-dev-bill"), "Qualifier": "1"},
        [("lambda:InvokeFunction", arn("lambda", "function:app-dev-bill:1"))],
    ),
    ("lambda", "get_function", {"FunctionName": "app-dev-bill"}, [("lambda:GetFunction", None)]),
    # --- secrets, parameters, keys ---
    (
        "secretsmanager",
        "get_secret_value",
        {"SecretId": "app-dev-Hook"},
        [("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:app-dev-Hook"))],
    ),
    (
        "secretsmanager",
        "get_secret_value",
        {"SecretId": arn("secretsmanager", "secret:app-dev-Hook-AbCdEf")},
        [("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:app-dev-Hook"))],
    ),
    (
        "secretsmanager",
        "get_secret_value",
        {"SecretId": "o"},
        [("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:o-??????"))],
    ),
    ("secretsmanager", "create_secret", {"Name": "n"}, [("secretsmanager:CreateSecret", arn("secretsmanager", "secret:n-??????"))]),
    ("secretsmanager", "list_secrets", {}, [("secretsmanager:ListSecrets", "*")]),
    (
        "secretsmanager",
        "batch_get_secret_value",
        {"SecretIdList": ["app-dev-Hook"]},
        [("secretsmanager:BatchGetSecretValue", "*"), ("secretsmanager:GetSecretValue", arn("secretsmanager", "secret:app-dev-Hook"))],
    ),
    ("ssm", "get_parameter", {"Name": "/app-dev/Limits:3"}, [("ssm:GetParameter", arn("ssm", "parameter/app-dev/Limits"))]),
    (
        "ssm",
        "get_parameters",
        {"Names": ["a", "/b"]},
        [("ssm:GetParameters", arn("ssm", "parameter/a")), ("ssm:GetParameters", arn("ssm", "parameter/b"))],
    ),
    ("ssm", "get_parameters_by_path", {"Path": "/app-dev"}, [("ssm:GetParametersByPath", arn("ssm", "parameter/app-dev"))]),
    ("ssm", "put_parameter", {"Name": "/app-dev/Limits", "Value": "1"}, [("ssm:PutParameter", arn("ssm", "parameter/app-dev/Limits"))]),
    ("ssm", "describe_parameters", {}, [("ssm:DescribeParameters", "*")]),
    ("kms", "encrypt", {"KeyId": "1234", "Plaintext": b"x"}, [("kms:Encrypt", arn("kms", "key/1234"))]),
    ("kms", "encrypt", {"KeyId": arn("kms", "key/1"), "Plaintext": b"x"}, [("kms:Encrypt", arn("kms", "key/1"))]),
    ("kms", "encrypt", {"KeyId": "alias/a", "Plaintext": b"x"}, [("kms:Encrypt", None)]),
    ("kms", "decrypt", {"CiphertextBlob": b"x"}, [("kms:Decrypt", None)]),
    # --- services that nothing here tells of ---
    (
        "stepfunctions",
        "start_execution",
        {"stateMachineArn": arn("states", "stateMachine:m")},
        [("states:StartExecution", arn("states", "stateMachine:m"))],
    ),
    ("firehose", "put_record", {"DeliveryStreamName": "d", "Record": {"Data": b"x"}}, [("firehose:PutRecord", None)]),
    ("cloudwatch", "put_metric_data", {"Namespace": "n", "MetricData": []}, [("cloudwatch:PutMetricData", None)]),
    ("ses", "get_send_quota", {}, [("ses:GetSendQuota", None)]),
    ("sesv2", "send_email", {"Content": {"Raw": {"Data": b"x"}}}, [("ses:SendEmail", None)]),
    ("scheduler", "get_schedule", {"Name": "s"}, [("scheduler:GetSchedule", None)]),
    ("iam", "list_users", {}, [("iam:ListUsers", None)]),
    ("ec2", "describe_instances", {}, [("ec2:DescribeInstances", None)]),
    ("apigatewaymanagementapi", "post_to_connection", {"ConnectionId": "c", "Data": b"x"}, [("execute-api:ManageConnections", None)]),
    ("sts", "get_caller_identity", {}, []),
    ("sts", "assume_role", {"RoleArn": "arn:aws:iam::1:role/r", "RoleSessionName": "ss"}, [("sts:AssumeRole", None)]),
]


@pytest.mark.parametrize(("service", "operation", "parameters", "expected"), CASES, ids=[f"{c[0]}-{c[1]}-{n}" for n, c in enumerate(CASES)])
def test_a_request_needs_what_aws_would_check(
    service: str, operation: str, parameters: dict[str, Any], expected: list[tuple[str, str | None]]
) -> None:
    """boto3's request for an operation needs these actions on these resources."""
    assert needs(captured(service, operation, **parameters)) == expected


@pytest.mark.parametrize(
    ("operation", "parameters", "changing"),
    [
        ("create_bucket", {"Bucket": "bbb"}, "CreateBucket"),
        ("delete_bucket", {"Bucket": "bbb"}, "DeleteBucket"),
        ("put_bucket_cors", {"Bucket": "bbb", "CORSConfiguration": {"CORSRules": []}}, "PutBucketCors"),
        ("delete_bucket_lifecycle", {"Bucket": "bbb"}, "DeleteBucketLifecycle"),
        ("put_object", {"Bucket": "bbb", "Key": "k", "Body": b""}, ""),
        ("delete_object", {"Bucket": "bbb", "Key": "k"}, ""),
        ("put_object_acl", {"Bucket": "bbb", "Key": "k", "ACL": "private"}, ""),
        ("list_objects_v2", {"Bucket": "bbb"}, ""),
        ("delete_objects", {"Bucket": "bbb", "Delete": {"Objects": [{"Key": "k"}]}}, ""),
    ],
)
def test_buckets_are_only_declared(operation: str, parameters: dict[str, Any], changing: str) -> None:
    """What would make, remove or configure a bucket is told from what works with its objects."""
    assert actions.declared_only(captured("s3", operation, **parameters)) == changing


@pytest.mark.parametrize(
    ("operation", "parameters", "changing"),
    [
        (
            "create_table",
            {"TableName": "ttt", "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}], "AttributeDefinitions": []},
            "CreateTable",
        ),
        ("delete_table", {"TableName": "ttt"}, "DeleteTable"),
        ("update_table", {"TableName": "ttt"}, "UpdateTable"),
        (
            "update_time_to_live",
            {"TableName": "ttt", "TimeToLiveSpecification": {"Enabled": True, "AttributeName": "a"}},
            "UpdateTimeToLive",
        ),
        ("update_item", {"TableName": "ttt", "Key": KEY}, ""),
        ("describe_table", {"TableName": "ttt"}, ""),
    ],
)
def test_tables_are_only_declared(operation: str, parameters: dict[str, Any], changing: str) -> None:
    """What would make, remove or configure a table is told from what works with its items."""
    assert actions.declared_only(captured("dynamodb", operation, **parameters)) == changing


@pytest.mark.parametrize(
    "host", ["app-dev-reports.localhost:4566", "app-dev-reports.s3.eu-west-1.amazonaws.com", "app-dev-reports.s3-x.localhost"]
)
def test_a_bucket_may_stand_in_the_host(host: str) -> None:
    """Virtual-host addresses name the bucket before the endpoint."""
    call = captured("s3", "get_object", Bucket="app-dev-reports", Key="a/b")
    call.request.headers["Host"] = host  # type: ignore[index]  # a mapping that can be changed
    moved = Request("GET", "/a/b", "", call.request.headers, b"")
    assert needs(Call(moved, REGION)) == [("s3:GetObject", f"{REPORTS}/a/b")]


@pytest.mark.parametrize("host", ["127.0.0.1:1", "localhost:1", "s3.localhost:1", "s3.eu-west-1.amazonaws.com"])
def test_the_endpoints_own_names_are_no_buckets(host: str) -> None:
    """At the endpoint's own address the bucket stands in the path."""
    headers = CIMultiDict(
        {"Host": host, "Authorization": "AWS4-HMAC-SHA256 Credential=K/20260101/eu-west-1/s3/aws4_request, SignedHeaders=a, Signature=b"}
    )
    assert needs(Call(Request("GET", "/app-dev-reports/a", "", headers, b""), REGION)) == [("s3:GetObject", f"{REPORTS}/a")]


def test_another_region_has_other_resources() -> None:
    """The region of the signature is the region of the ARN, as on AWS, but for what is declared by its name."""
    call = captured("dynamodb", "get_item", TableName="app-dev-Orders", Key=KEY)
    call.region = "us-west-2"
    assert needs(call) == [("dynamodb:GetItem", f"arn:aws:dynamodb:us-west-2:{ACCOUNT}:table/app-dev-Orders")]


@pytest.mark.parametrize(
    ("authorization", "key", "region", "service"),
    [
        ("AWS4-HMAC-SHA256 Credential=K/20260101/us-west-2/SQS/aws4_request, SignedHeaders=a, Signature=b", "K", "us-west-2", "sqs"),
        ("AWS4-HMAC-SHA256 SignedHeaders=a,Credential=K/20260101/us-west-2/sqs/aws4_request,Signature=b", "K", "us-west-2", "sqs"),
        ("AWS4-ECDSA-P256-SHA256 Credential=K/20260101/s3/aws4_request, SignedHeaders=a", "K", REGION, "s3"),
        ("AWS K:signature", "K", REGION, "s3"),
        ("AWS4-HMAC-SHA256 Credential=K/us-west-2/sqs", None, REGION, "s3"),
        ("Bearer token", None, REGION, "s3"),
        ("", None, REGION, "s3"),
    ],
)
def test_a_signature_names_its_signer(authorization: str, key: str | None, region: str, service: str) -> None:
    """Key, region and service stand in the signature's scope, in every version of signatures; what is none is nobody's."""
    call = Call(Request("GET", "/a/b", "", CIMultiDict({"Authorization": authorization}), b""), REGION)
    assert (call.key, call.region, call.service) == (key, region, service)


def test_an_operation_that_nobody_knows_needs_something_of_its_service() -> None:
    """A path that botocore's lists don't have is allowed only to who may do something with the service."""
    call = captured("scheduler", "get_schedule", Name="s")
    moved = Call(Request("GET", "/nowhere/at/all", "", call.request.headers, b""), REGION)
    assert needs(moved) == [("scheduler:*", None)]


def test_a_call_of_a_function_is_told_without_botocore() -> None:
    """Only services that nothing here tells of need botocore's lists, which take long to load; Lambda's own paths are known."""
    assert awslambda.operation(captured("lambda", "invoke", FunctionName="f")) == "Invoke"
    assert awslambda.operation(captured("lambda", "invoke_async", FunctionName="f", InvokeArgs=b"{}")) == "InvokeAsync"
    assert awslambda.operation(captured("lambda", "get_function", FunctionName="f")) == ""
    moved = Request("GET", "/2015-03-31/functions/f/invocations", "", captured("lambda", "invoke", FunctionName="f").request.headers, b"")
    assert awslambda.operation(Call(moved, REGION)) == ""
    loaded = "import sys, ifc.local.endpoint; print(*(m for m in sys.modules if m in {'botocore', 'boto3', 'moto', 'h2', 'aiohttp', 'xml.etree'}))"
    assert subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True, cwd=ROOT).stdout == "\n"


def test_what_names_nothing_is_checked_by_its_action() -> None:
    """A batch without tables, which DynamoDB refuses, is no way around the check."""
    call = captured("dynamodb", "batch_get_item", RequestItems={"t": {"Keys": [KEY]}})
    empty = Call(Request("POST", "/", "", call.request.headers, b"{}"), REGION)
    assert needs(empty) == [("dynamodb:BatchGetItem", None)]


SCOPES = [
    f"K/20260101/{REGION}/{s}/aws4_request" for s in ("s3", "sqs", "sns", "dynamodb", "kinesis", "events", "lambda", "ssm", "kms", "odd")
]
VALUES = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=4), lambda v: st.lists(v, max_size=3), max_leaves=4)
NAMES = st.sampled_from(
    [
        "TableName",
        "RequestItems",
        "TransactItems",
        "Statement",
        "Statements",
        "QueueUrl",
        "TopicArn",
        "Entries",
        "EventBusName",
        "StreamName",
        *("StreamARN", "ShardIterator", "NextToken", "SecretId", "SecretIdList", "Name", "Names", "Path", "KeyId", "Action", "a.1.b"),
    ]
)
BODIES = st.dictionaries(NAMES, VALUES | st.dictionaries(NAMES, VALUES, max_size=2), max_size=4).map(lambda d: json.dumps(d).encode())
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Authorization": st.sampled_from([f"AWS4-HMAC-SHA256 Credential={s}, x" for s in SCOPES] + ["AWS K:x", "Bearer x", ""])
        | st.text(max_size=9),
        "X-Amz-Target": st.sampled_from(
            ["A.PutEvents", "A.TransactWriteItems", "A.BatchGetItem", "A.ExecuteStatement", "A.GetRecords", "A", ""]
        )
        | st.sampled_from(["A.GetParameters", "A.BatchGetSecretValue", "A.Decrypt", "A.ListShards", "A.GetQueueUrl", "A.PublishBatch"]),
        "Content-Type": st.sampled_from(
            ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/x-amz-json-1.1"]
        ),
        "Host": st.sampled_from(["localhost", "b.localhost:1", ".s3.x", "[::1]:1"]),
        "x-amz-copy-source": st.text(max_size=6),
        "Smithy-Protocol": st.just("rpc-v2-cbor"),
    },
)


@given(
    st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", ""]),
    st.text("/%a2-.:", max_size=12).map(lambda p: "/" + p) | st.just("/2015-03-31/functions/a:b/invocations"),
    st.text("a=&%+X-AmzCredentialAction/", max_size=20),
    HEADERS,
    BODIES | st.binary(max_size=20) | st.just(b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nx\r\n--b--'),
)
def test_whatever_comes_is_understood_or_refused(method: str, path: str, query: str, headers: dict[str, str], body: bytes) -> None:
    """No request, however odd, makes the endpoint fail; and what is understood needs something, or is free for all."""
    call = Call(Request(method, path, query, CIMultiDict(headers), body), REGION)
    try:
        form = s3.form(call.request)
        assert form is None or isinstance(form.key, str)
        assert isinstance(actions.declared_only(call), str)
        found = needs(call)
    except ServiceError:
        return
    by_object = call.service == "s3" and s3.deletes_many(call, place(call.request).key)
    assert found or by_object or f"{call.prefix}:{call.operation}" in actions.FREE
