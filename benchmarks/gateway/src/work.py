"""Tells how many milliseconds each message took from its sender to here."""

import json
import time


def handler(event, context):
    now = time.time()
    took = [round((now - json.loads(record["body"])["at"]) * 1000, 2) for record in event["Records"]]
    print(json.dumps({"took": took}))
