"""Fed by the queue Packing: one parcel for each order, however often its message comes."""

import json
import os
from functools import cache

import boto3


@cache
def parcels():
    return boto3.resource("dynamodb").Table(os.environ["PARCELS_TABLE"])


def pack(event, context):
    failed = []
    for message in event["Records"]:
        try:
            order = json.loads(message["body"])
            # the order is the key: a message that comes twice puts the same parcel again
            parcels().put_item(
                Item={
                    "order": order["id"],
                    "customer": order["customer"],
                    "pieces": sum(item["quantity"] for item in order["items"]),
                }
            )
        except Exception as problem:  # this message comes again; the others of the batch do not
            print(json.dumps({"not packed": message["messageId"], "because": repr(problem)}))
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}
