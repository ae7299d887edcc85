"""Fed by what expired in the table Sessions: each item becomes a JSON object in the bucket Archives."""

import json
import os
from datetime import UTC, datetime
from functools import cache
from urllib.parse import quote

import boto3
from boto3.dynamodb.types import TypeDeserializer


@cache
def s3():
    return boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        try:
            session = read(record["dynamodb"]["OldImage"])
            s3().put_object(
                Bucket=os.environ["ARCHIVES_BUCKET"],
                Key=key(session),
                ContentType="application/json",
                Body=json.dumps(session, default=int).encode(),
            )
        except Exception as problem:  # a stream keeps its order: go no further than the first that fails
            print(json.dumps({"not archived": record["eventID"], "because": repr(problem)}))
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def key(session):
    """Made from the item alone, so that a record read twice writes the same object twice."""
    expired = datetime.fromtimestamp(int(session["expiresAt"]), UTC)
    return f"sessions/{expired:%Y/%m/%d}/{quote(session['id'], safe='')}.json"


def read(image):
    return {name: TypeDeserializer().deserialize(value) for name, value in image.items()}
