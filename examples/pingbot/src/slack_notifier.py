"""Posts a text to the chat."""

import json
import os
import urllib.request
from functools import cache

import boto3


@cache
def secrets():
    return boto3.client("secretsmanager")


def handler(event, context):
    # read each time, so that a new URL works from the next message on
    post(secrets().get_secret_value(SecretId=os.environ["SLACK_WEBHOOK_SECRET_ARN"])["SecretString"], event["text"])


def post(url, text):
    if not url.startswith(("https://", "http://")):
        raise ValueError("the secret SlackWebhook does not hold a URL yet")
    request = urllib.request.Request(url, json.dumps({"text": text}).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=5):
        pass
