"""The API: `place` stores an order and publishes it, `get` reads one back."""

import base64
import json
import os
import time
import uuid
from decimal import Decimal
from functools import cache

import boto3

DAYS_KEPT = 90


@cache
def orders():
    return boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])


@cache
def sns():
    return boto3.client("sns")


def place(event, context):
    try:
        order = parse(event)
    except ValueError as problem:
        return reply(400, {"error": str(problem)})
    now = int(time.time())
    order |= {
        "id": str(uuid.uuid4()),
        "total": sum((item["price"] * item["quantity"] for item in order["items"]), Decimal()),
        "createdAt": now,
        "expiresAt": now + DAYS_KEPT * 24 * 3600,
    }
    orders().put_item(Item=order)
    sns().publish(TopicArn=os.environ["ORDER_PLACED_TOPIC_ARN"], Message=to_json(order))
    return reply(201, order)


def get(event, context):
    order = orders().get_item(Key={"id": event["pathParameters"]["id"]}).get("Item")
    return reply(200, order) if order else reply(404, {"error": "there is no such order"})


def parse(event):
    """The order in the request's body; ValueError says what is wrong with it."""
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    try:
        # DynamoDB takes no float: prices stay exact from here on
        order = json.loads(body, parse_float=Decimal, parse_constant=refuse)
    except ValueError:
        raise ValueError("the body is not JSON") from None
    if not isinstance(order, dict):
        raise ValueError("the body is not an object")
    customer, address, items = (order.get(field) for field in ("customer", "address", "items"))
    if not isinstance(customer, str) or not customer:
        raise ValueError("customer is missing")
    if not isinstance(address, str) or not address:
        raise ValueError("address is missing")
    if not isinstance(items, list) or not 1 <= len(items) <= 50:
        raise ValueError("items must be a list of 1 to 50")
    return {"customer": customer, "address": address, "items": [parse_item(item) for item in items]}


def parse_item(item):
    if not isinstance(item, dict) or not isinstance(item.get("sku"), str) or not item["sku"]:
        raise ValueError("an item has no sku")
    quantity, price = item.get("quantity", 1), item.get("price")
    if type(quantity) is not int or not 1 <= quantity <= 1000:
        raise ValueError("a quantity is a whole number from 1 to 1000")
    if type(price) not in (int, Decimal) or not 0 <= price <= 1_000_000:
        raise ValueError("a price is a number from 0 to 1000000")
    return {"sku": item["sku"], "quantity": quantity, "price": round(Decimal(price), 2)}


def refuse(constant):
    raise ValueError(constant)  # NaN and Infinity, which JSON has not and Python reads


def reply(status, body):
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": to_json(body)}


def to_json(value):
    return json.dumps(value, default=lambda number: int(number) if number == int(number) else float(number))
