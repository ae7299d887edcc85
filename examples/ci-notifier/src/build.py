"""`start` builds what was pushed, `notify` tells the chat how a build ended."""

import json
import os
import urllib.request
from functools import cache

import boto3

MARKS = {"SUCCEEDED": "✅", "FAILED": "❌", "STOPPED": "⏹"}


@cache
def codebuild():
    return boto3.client("codebuild")


@cache
def secrets():
    return boto3.client("secretsmanager")


def start(event, context):
    for record in event["Records"]:
        push = json.loads(record["Sns"]["Message"])
        if "commit" not in push:
            continue  # the branch was deleted
        # a topic may deliver twice: the token makes the second start the same build
        build = codebuild().start_build(projectName=os.environ["PROJECT"], sourceVersion=push["commit"], idempotencyToken=push["delivery"])[
            "build"
        ]
        print(json.dumps({"started": build["id"], **push}))


def notify(event, context):
    detail = event["detail"]
    status = detail["build-status"]
    build = detail["build-id"].rpartition("/")[2]  # project:id, the end of its ARN
    lines = [f"{MARKS[status]} {detail['project-name']} {status.lower()} ({build})"]
    log = detail.get("additional-information", {}).get("logs", {}).get("deep-link")
    if log:
        lines.append(log)
    tell("\n".join(lines))


def tell(text):
    url = secrets().get_secret_value(SecretId=os.environ["CHAT_WEBHOOK_SECRET_ARN"])["SecretString"]
    if not url.startswith(("https://", "http://")):
        raise ValueError("the secret ChatWebhook does not hold a URL yet")
    request = urllib.request.Request(url, json.dumps({"text": text}).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=5):
        pass
