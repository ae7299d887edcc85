import base64
import json
import os
import time
import uuid
from functools import cache

import boto3

HOUR = 3600


@cache
def sessions():
    return boto3.resource("dynamodb").Table(os.environ["SESSIONS_TABLE"])


def begin(event, context):
    """A session of an hour, or of as many seconds as the body's `seconds` says."""
    body = event.get("body") or "{}"
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    try:
        wish = json.loads(body)
    except ValueError:
        return reply(400, {"error": "the body is not JSON"})
    user = wish.get("user") if isinstance(wish, dict) else None
    if not isinstance(user, str) or not user:
        return reply(400, {"error": "user is missing"})
    seconds = wish.get("seconds", HOUR)
    if type(seconds) is not int or not 1 <= seconds <= 24 * HOUR:
        return reply(400, {"error": f"seconds is a whole number from 1 to {24 * HOUR}"})
    now = int(time.time())
    session = {"id": str(uuid.uuid4()), "user": user, "createdAt": now, "expiresAt": now + seconds}
    sessions().put_item(Item=session)
    return reply(201, session)


def reply(status, body):
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
