"""Every hour: the orders of the last full hour, summed up into the bucket Reports."""

import json
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache

import boto3
from boto3.dynamodb.conditions import Attr


@cache
def orders():
    return boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])


@cache
def s3():
    return boto3.client("s3")


def run(event, context):
    until = called_at(event).replace(minute=0, second=0, microsecond=0)
    since = until - timedelta(hours=1)
    count, total, customers = 0, Decimal(), set()
    for order in placed(since, until):
        count += 1
        total += order["total"]
        customers.add(order["customer"])
    report = {"since": since.isoformat(), "until": until.isoformat(), "orders": count, "customers": len(customers), "total": f"{total:.2f}"}
    key = f"{since:%Y/%m/%d/%H}.json"  # the hour names the report: to run again is to write it again
    s3().put_object(Bucket=os.environ["REPORTS_BUCKET"], Key=key, ContentType="application/json", Body=json.dumps(report).encode())
    print(json.dumps({"report": key, **report}))
    return {"key": key, **report}


def placed(since, until):
    created = Attr("createdAt")
    query = {"FilterExpression": created.gte(int(since.timestamp())) & created.lt(int(until.timestamp()))}
    while True:
        page = orders().scan(**query)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def called_at(event):
    """The schedule's own time, so that a late or repeated call reports the hour it was meant for."""
    time = (event or {}).get("time")
    return datetime.fromisoformat(time) if time else datetime.now(UTC)
