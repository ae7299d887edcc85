"""Fed by the stream of the table Results: what changed since the check before is told to the notifier."""

import json
import os
from functools import cache

import boto3
from boto3.dynamodb.types import TypeDeserializer


@cache
def targets():
    return boto3.resource("dynamodb").Table(os.environ["TARGETS_TABLE"])


@cache
def functions():
    return boto3.client("lambda")


def handler(event, context):
    for record in event["Records"]:
        try:
            text = news(read(record["dynamodb"].get("OldImage", {})), read(record["dynamodb"]["NewImage"]))
            if text:
                functions().invoke(
                    FunctionName=os.environ["SLACK_NOTIFIER_FUNCTION"], InvocationType="Event", Payload=json.dumps({"text": text})
                )
        except Exception as problem:  # a stream keeps its order: go no further than the first that fails
            print(json.dumps({"not processed": record["eventID"], "because": repr(problem)}))
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def news(old, new):
    """What to tell, if anything; that a target is up is news only after it was down."""
    if new["status"] == old.get("status", "up"):
        return None
    target = targets().get_item(Key={"id": new["target"]}).get("Item", {})
    name = target.get("name") or target.get("url") or new["target"]
    return f"{name} is down: {new['problem']}" if new["status"] == "down" else f"{name} is up again"


def read(image):
    return {name: TypeDeserializer().deserialize(value) for name, value in image.items()}
