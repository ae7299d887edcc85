"""`submit` takes a job and answers at once, `status` tells how far it is."""

import base64
import json
import os
import time
import uuid
from functools import cache

import boto3

DAYS_KEPT = 7
LARGEST = 10**18


@cache
def jobs():
    return boto3.resource("dynamodb").Table(os.environ["JOBS_TABLE"])


@cache
def sqs():
    return boto3.client("sqs")


def submit(event, context):
    number = number_in(event)
    if number is None:
        return reply(400, {"error": f'the body is {{"number": a whole number from 2 to {LARGEST}}}'})
    job = {"id": str(uuid.uuid4()), "number": number, "status": "queued", "expiresAt": int(time.time()) + DAYS_KEPT * 24 * 3600}
    jobs().put_item(Item=job)  # before the message, so that the worker always finds it
    sqs().send_message(QueueUrl=os.environ["WORK_QUEUE_URL"], MessageBody=json.dumps({"id": job["id"]}))
    return reply(202, {"id": job["id"], "status": job["status"]}, Location=f"/jobs/{job['id']}")


def status(event, context):
    job = jobs().get_item(Key={"id": event["pathParameters"]["id"]}).get("Item")
    if not job:
        return reply(404, {"error": "there is no such job"})
    del job["expiresAt"]
    return reply(200, job)


def number_in(event):
    body = event.get("body") or ""
    try:
        wish = json.loads(base64.b64decode(body) if event.get("isBase64Encoded") else body)
    except ValueError:
        return None
    number = wish.get("number") if isinstance(wish, dict) else None
    return number if type(number) is int and 2 <= number <= LARGEST else None


def reply(status, body, **headers):
    return {"statusCode": status, "headers": {"Content-Type": "application/json", **headers}, "body": json.dumps(body, default=int)}
