"""Fed by the stream of the table Orders: one invoice for each new order, in the order of the stream."""

import json
from decimal import ROUND_HALF_UP, Decimal

from boto3.dynamodb.types import TypeDeserializer

TAX = Decimal("0.10")


def handler(event, context):
    for record in event["Records"]:
        try:
            print(json.dumps({"billed": invoice(read(record["dynamodb"]["NewImage"]))}))
        except Exception as problem:  # a stream keeps its order: go no further than the first that fails
            print(json.dumps({"not billed": record["eventID"], "because": repr(problem)}))
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def invoice(order):
    net = order["total"]
    tax = (net * TAX).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return {"order": order["id"], "customer": order["customer"], "net": f"{net:.2f}", "tax": str(tax), "gross": str(net + tax)}


def read(image):
    return {name: TypeDeserializer().deserialize(value) for name, value in image.items()}
