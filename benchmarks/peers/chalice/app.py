"""The reference app (examples/orders/app.ifc) as a Chalice user writes it; ../../README.md says what Chalice can't say.

What the handlers do beside AWS is in chalicelib (examples/orders/src, copied there by run.py). The calls of AWS stand here, since
Chalice finds out from them what the role must allow, and looks for them in this file alone. boto3 is imported where it is used, so
that packaging needn't load it.
"""

import json
import os
import time
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from chalice import Chalice, Rate, Response

app = Chalice(app_name="orders")


@app.route("/orders", methods=["POST"])
def place_order():
    import boto3
    from boto3.dynamodb.types import TypeSerializer
    from chalicelib import orders

    now = int(time.time())
    order = orders.parse(app.current_request.to_original_event())
    total = sum((item["price"] * item["quantity"] for item in order["items"]), Decimal())
    order |= {"id": str(uuid.uuid4()), "total": total, "createdAt": now, "expiresAt": now + orders.DAYS_KEPT * 86_400}
    item = {name: TypeSerializer().serialize(value) for name, value in order.items()}
    boto3.client("dynamodb").put_item(TableName=os.environ["ORDERS_TABLE"], Item=item)
    boto3.client("sns").publish(TopicArn=os.environ["ORDER_PLACED_TOPIC_ARN"], Message=orders.to_json(order))
    return Response(orders.to_json(order), status_code=201)


@app.route("/orders/{id}", methods=["GET"])
def get_order(id):
    import boto3
    from chalicelib import bill, orders

    found = boto3.client("dynamodb").get_item(TableName=os.environ["ORDERS_TABLE"], Key={"id": {"S": id}})
    return Response(orders.to_json(bill.read(found["Item"])))


@app.on_sqs_message(queue_arn="arn:aws:sqs:ap-northeast-1:123456789012:orders-shipments", batch_size=10)
def ship(event):
    from chalicelib import ship

    return ship.handler(event.to_dict(), event.context)


@app.on_dynamodb_record(stream_arn="arn:aws:dynamodb:ap-northeast-1:123456789012:table/orders/stream/now", starting_position="TRIM_HORIZON")
def bill(event):
    from chalicelib import bill

    return bill.handler(event.to_dict(), event.context)


@app.on_sns_message(topic="orders-placed")
def stock(event):
    from chalicelib import stock

    stock.handler(event.to_dict(), event.context)


@app.schedule(Rate(1, unit=Rate.HOURS))
def report(event):
    import boto3
    from chalicelib import bill

    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    since = int((until - timedelta(hours=1)).timestamp())
    dynamodb, start, found = boto3.client("dynamodb"), {}, []
    while start is not None:
        page = dynamodb.scan(TableName=os.environ["ORDERS_TABLE"], **start)
        found += map(bill.read, page["Items"])
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]} if "LastEvaluatedKey" in page else None
    placed = [order for order in found if since <= order["createdAt"] < until.timestamp()]
    summed = {"orders": len(placed), "total": str(sum((order["total"] for order in placed), Decimal()))}
    boto3.client("s3").put_object(Bucket=os.environ["REPORTS_BUCKET"], Key=f"{until:%Y/%m/%d/%H}.json", Body=json.dumps(summed))
