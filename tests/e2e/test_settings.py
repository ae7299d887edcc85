"""Settings, read back from the services: what the source says is what was made."""

from __future__ import annotations

import json
from typing import Any

from tests.e2e.conftest import Deploy

APP = """
app settings { keep off; tags { team "blue" } }

table Orders {
  key         customer: string, number: number
  index       byDay  { key day: string, number: number }
  index       byTown { key town: string; project "status", "total" }
  local-index byStatus { key status: string; project keys }
  ttl         expiresAt
  stream      new-and-old
}
table Old { key id: string; billing provisioned read 2 write 3; backup off }

bucket Files {
  versioning
  lifecycle { expire after 30d; to GLACIER after 10d; abort-uploads after 2d }
  cors { origins "https://a.example"; methods GET, PUT; max-age 1h }
}
bucket Pages { website; public read }

queue Ordered { fifo; dedup content; high-throughput; delay 5s; wait 10s; retention 2d }
queue Plain   { encryption off; dead-letter after 7 { retention 3d } }
topic Steps   { fifo; dedup content }
topic Open    { allow-from "111122223333" }
stream Clicks { shards 2; retention 3d }

function big "see.event" {
  memory 1GB; timeout 1m; arch x86; storage 1GB; reserved 3; log-retention 7d; log-format json; tracing
  retries 1 max-age 1h
  url iam { cors { origins "https://a.example"; methods GET; headers "x-a"; max-age 5m } }
  runtime python3.12
}
function small "see.event" { log-retention none }

Steps -> Ordered
Plain -> small { batch 20; within 3s; concurrency 4 }
Clicks -> small { batch 7; within 2s; start latest; retries 5; parallel 3; max-age 2h; bisect off }
"""


def test_settings(deployed: Deploy) -> None:
    """What the source says is what the services have, as far as the emulator keeps it (README.md says what it drops)."""
    stack = deployed(APP, "settings")
    id = stack.ids

    dynamodb = stack.client("dynamodb")
    orders = dynamodb.describe_table(TableName=id["Orders"])["Table"]
    keys = {
        index["IndexName"]: [k["AttributeName"] for k in index["KeySchema"]]
        for index in orders["GlobalSecondaryIndexes"] + orders["LocalSecondaryIndexes"]
    }
    assert keys == {"byDay": ["day", "number"], "byTown": ["town"], "byStatus": ["customer", "status"]}
    assert {d["AttributeName"]: d["AttributeType"] for d in orders["AttributeDefinitions"]}["number"] == "N"
    assert [k["AttributeName"] for k in orders["KeySchema"]] == ["customer", "number"]
    assert orders["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert orders["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert dynamodb.describe_time_to_live(TableName=id["Orders"])["TimeToLiveDescription"]["AttributeName"] == "expiresAt"
    assert fitting(
        dynamodb.describe_table(TableName=id["Old"])["Table"]["ProvisionedThroughput"], ReadCapacityUnits=2, WriteCapacityUnits=3
    )

    s3 = stack.client("s3")
    assert s3.get_bucket_versioning(Bucket=id["Files"])["Status"] == "Enabled"
    [rule] = s3.get_bucket_cors(Bucket=id["Files"])["CORSRules"]
    assert rule == {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://a.example"], "MaxAgeSeconds": 3600}
    assert s3.get_bucket_website(Bucket=id["Pages"])["IndexDocument"] == {"Suffix": "index.html"}

    def queue(name: str) -> dict[str, str]:
        found: dict[str, str] = stack.client("sqs").get_queue_attributes(QueueUrl=id[name], AttributeNames=["All"])["Attributes"]
        return found

    assert fitting(
        queue("Ordered"), FifoQueue="true", ContentBasedDeduplication="true", FifoThroughputLimit="perMessageGroupId", DelaySeconds="5"
    )
    assert fitting(queue("Ordered"), ReceiveMessageWaitTimeSeconds="10", MessageRetentionPeriod="172800", SqsManagedSseEnabled="true")
    assert fitting(queue("Plain"), VisibilityTimeout="63", SqsManagedSseEnabled="false")  # 6 × 10 s, and 3 s for the window
    assert json.loads(queue("Plain")["RedrivePolicy"]) == {"deadLetterTargetArn": queue("PlainDead")["QueueArn"], "maxReceiveCount": 7}
    assert queue("PlainDead")["MessageRetentionPeriod"] == "259200"
    steps, opened = (stack.client("sns").get_topic_attributes(TopicArn=id[name])["Attributes"] for name in ("Steps", "Open"))
    assert fitting(steps, FifoTopic="true", ContentBasedDeduplication="true")
    [statement] = json.loads(opened["Policy"])["Statement"]
    assert fitting(statement, Principal={"AWS": "arn:aws:iam::111122223333:root"}, Action="sns:Publish", Resource=id["Open"])
    clicks = stack.client("kinesis").describe_stream_summary(StreamName=id["Clicks"])["StreamDescriptionSummary"]
    assert (clicks["OpenShardCount"], clicks["StreamModeDetails"]["StreamMode"]) == (2, "PROVISIONED")

    functions = stack.client("lambda")
    big = functions.get_function(FunctionName=id["big"])["Configuration"]
    assert fitting(big, MemorySize=1024, Timeout=60, Architectures=["x86_64"], Runtime="python3.12", TracingConfig={"Mode": "Active"})
    assert fitting(big["LoggingConfig"], LogFormat="JSON", LogGroup=id["bigLogs"])
    url = functions.get_function_url_config(FunctionName=id["big"])
    cors = {"AllowHeaders": ["x-a"], "AllowMethods": ["GET"], "AllowOrigins": ["https://a.example"], "MaxAge": 300}
    assert fitting(url, AuthType="AWS_IAM", Cors=cors)
    invoked = functions.get_function_event_invoke_config(FunctionName=id["big"])
    assert fitting(invoked, MaximumRetryAttempts=1, MaximumEventAgeInSeconds=3600)
    mappings = {m["BatchSize"]: m for m in functions.list_event_source_mappings(FunctionName=id["small"])["EventSourceMappings"]}
    assert fitting(mappings[20], MaximumBatchingWindowInSeconds=3, ScalingConfig={"MaximumConcurrency": 4})
    assert fitting(mappings[7], MaximumBatchingWindowInSeconds=2, StartingPosition="LATEST", ParallelizationFactor=3)
    assert fitting(mappings[7], MaximumRetryAttempts=5, MaximumRecordAgeInSeconds=7200, BisectBatchOnFunctionError=False)
    for mapping in mappings.values():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def fitting(found: dict[str, Any], **wanted: Any) -> bool:
    """Whether these are among what was found; shows the others when not."""
    assert {key: found.get(key) for key in wanted} == wanted
    return True
