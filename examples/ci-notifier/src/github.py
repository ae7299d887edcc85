"""GitHub's webhook: what is signed with our key is published, the rest is turned away."""

import base64
import hashlib
import hmac
import json
import os
from functools import cache

import boto3


@cache
def secrets():
    return boto3.client("secretsmanager")


@cache
def sns():
    return boto3.client("sns")


def receive(event, context):
    headers = {name.lower(): value for name, value in event["headers"].items()}
    body = event.get("body") or ""
    body = base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    if not signed(body, headers.get("x-hub-signature-256", "")):
        return reply(401, {"error": "the signature does not fit"})
    try:
        payload = json.loads(body)
    except ValueError:
        return reply(400, {"error": "set the webhook's content type to application/json"})
    message = summary(headers, payload)
    sns().publish(TopicArn=os.environ["GITHUB_EVENTS_TOPIC_ARN"], Message=json.dumps(message))
    return reply(202, message)


def signed(body, signature):
    # read each time, so that a new key works from the next call on
    key = secrets().get_secret_value(SecretId=os.environ["GITHUB_KEY_SECRET_ARN"])["SecretString"]
    wanted = "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted.encode(), signature.encode())


def summary(headers, payload):
    message = {
        "event": headers.get("x-github-event"),
        "delivery": headers.get("x-github-delivery"),
        "repository": payload.get("repository", {}).get("full_name"),
    }
    ref = payload.get("ref", "")
    if ref.startswith("refs/heads/"):
        message["branch"] = ref.removeprefix("refs/heads/")
    if not payload.get("deleted") and "after" in payload:  # a deleted branch has no commit to build
        message["commit"] = payload["after"]
    return message


def reply(status, body):
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
