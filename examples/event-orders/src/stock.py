"""Fed by the queue Reserving: takes an order's goods out of stock, all of them or none.

A queue may deliver twice, and a stock must not sink twice: the reservation and the new
stock are written in one transaction, which a reservation that is already there refuses.
"""

import json
import os
from collections import Counter
from functools import cache

import boto3


@cache
def dynamodb():
    return boto3.client("dynamodb")


def reserve(event, context):
    failed = []
    for message in event["Records"]:
        try:
            reserve_order(json.loads(message["body"]))
        except Exception as problem:  # this message comes again; the others of the batch do not
            print(json.dumps({"not reserved": message["messageId"], "because": repr(problem)}))
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}


def reserve_order(order):
    goods = Counter()
    for item in order["items"]:  # one sku may stand on several lines, a transaction takes it once
        goods[item["sku"]] += item["quantity"]
    try:
        dynamodb().transact_write_items(
            TransactItems=[
                {"Put": reservation(order, "reserved")},
                *({"Update": taken(sku, quantity)} for sku, quantity in goods.items()),
            ]
        )
    except dynamodb().exceptions.TransactionCanceledException as refusal:
        codes = [reason["Code"] for reason in refusal.response["CancellationReasons"]]
        if codes[0] == "ConditionalCheckFailed":
            return  # it has its reservation from an earlier delivery
        if "ConditionalCheckFailed" not in codes:
            raise  # another order was at the same goods: try again
        put_short(order)


def put_short(order):
    try:
        dynamodb().put_item(**reservation(order, "short"))
    except dynamodb().exceptions.ConditionalCheckFailedException:
        pass  # two deliveries at once, and the other one came first


def reservation(order, status):
    return {
        "TableName": os.environ["RESERVATIONS_TABLE"],
        "Item": {"order": {"S": order["id"]}, "status": {"S": status}},
        "ConditionExpression": "attribute_not_exists(#order)",
        "ExpressionAttributeNames": {"#order": "order"},
    }


def taken(sku, quantity):
    return {
        "TableName": os.environ["STOCK_TABLE"],
        "Key": {"sku": {"S": sku}},
        "UpdateExpression": "SET available = available - :quantity",
        "ConditionExpression": "available >= :quantity",
        "ExpressionAttributeValues": {":quantity": {"N": str(quantity)}},
    }
