"""The order table: `place` puts orders in, `announce` tells the world what came in."""

import base64
import json
import os
import time
import uuid
from decimal import Decimal
from functools import cache

import boto3
from boto3.dynamodb.types import TypeDeserializer


@cache
def orders():
    return boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])


@cache
def sns():
    return boto3.client("sns")


def place(event, context):
    """Store the order and answer; whatever follows from it is the stream's business."""
    try:
        order = parse(event)
    except ValueError as problem:
        return reply(400, {"error": str(problem)})
    order |= {"id": str(uuid.uuid4()), "createdAt": int(time.time())}
    orders().put_item(Item=order)
    return reply(202, {"id": order["id"]})


def announce(event, context):
    for record in event["Records"]:
        try:
            order = read(record["dynamodb"]["NewImage"])
            sns().publish(
                TopicArn=os.environ["ORDER_EVENTS_TOPIC_ARN"], Message=json.dumps({"type": "OrderPlaced", **order}, default=plain)
            )
        except Exception as problem:  # a stream keeps its order: go no further than the first that fails
            print(json.dumps({"not announced": record["eventID"], "because": repr(problem)}))
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def read(image):
    return {name: TypeDeserializer().deserialize(value) for name, value in image.items()}


def parse(event):
    """The order in the request's body; ValueError says what is wrong with it."""
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    try:
        order = json.loads(body, parse_float=Decimal)  # DynamoDB takes no float
    except ValueError:
        raise ValueError("the body is not JSON") from None
    if not isinstance(order, dict):
        raise ValueError("the body is not an object")
    customer, delivery, items = order.get("customer"), order.get("delivery", "parcel"), order.get("items")
    if not isinstance(customer, str) or not customer:
        raise ValueError("customer is missing")
    if delivery not in ("parcel", "pickup"):
        raise ValueError("delivery is parcel or pickup")
    if not isinstance(items, list) or not 1 <= len(items) <= 50:
        raise ValueError("items must be a list of 1 to 50")
    return {"customer": customer, "delivery": delivery, "items": [parse_item(item) for item in items]}


def parse_item(item):
    if not isinstance(item, dict) or not isinstance(item.get("sku"), str) or not item["sku"]:
        raise ValueError("an item has no sku")
    quantity, price = item.get("quantity", 1), item.get("price")
    if type(quantity) is not int or not 1 <= quantity <= 1000:
        raise ValueError("a quantity is a whole number from 1 to 1000")
    if type(price) not in (int, Decimal) or not 0 <= price <= 1_000_000:
        raise ValueError("a price is a number from 0 to 1000000")
    return {"sku": item["sku"], "quantity": quantity, "price": round(Decimal(price), 2)}


def reply(status, body):
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}


def plain(number):
    return int(number) if number == int(number) else float(number)
