"""`record` writes each order to the stream Sales, `split` turns it into the lines that are counted."""

import base64
import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache

import boto3


@cache
def kinesis():
    return boto3.client("kinesis")


@cache
def lines():
    return boto3.resource("dynamodb").Table(os.environ["SALE_LINES_TABLE"])


def record(event, context):
    for notification in event["Records"]:
        order = notification["Sns"]["Message"]
        kinesis().put_record(StreamName=os.environ["SALES_STREAM"], Data=order.encode(), PartitionKey=json.loads(order)["customer"])


def split(event, context):
    for sale in event["Records"]:
        try:
            order = json.loads(base64.b64decode(sale["kinesis"]["data"]), parse_float=Decimal)
            for line in sale_lines(order):
                lines().put_item(Item=line)
        except Exception as problem:  # a stream keeps its order: go no further than the first that fails
            print(json.dumps({"not split": sale["eventID"], "because": repr(problem)}))
            return {"batchItemFailures": [{"itemIdentifier": sale["kinesis"]["sequenceNumber"]}]}
    return {"batchItemFailures": []}


def sale_lines(order):
    """A row for each line of the order, with keys made from it: a sale read twice is counted once."""
    day = datetime.fromtimestamp(int(order["createdAt"]), UTC).date().isoformat()
    for number, item in enumerate(order["items"], 1):
        yield {
            "day": day,
            "line": f"{order['id']}#{number}",
            "sku": item["sku"],
            "quantity": item["quantity"],
            "amount": item["quantity"] * item["price"],
        }
