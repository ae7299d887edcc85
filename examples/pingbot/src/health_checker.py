"""Checks one target. A failure is not believed at once: the checker calls itself with the attempt counted up."""

import json
import os
import time
import urllib.error
import urllib.request
from functools import cache

import boto3

ATTEMPTS = 3
PAUSE = 1  # seconds before a further attempt
PATIENCE = 5  # seconds for an answer


@cache
def results():
    return boto3.resource("dynamodb").Table(os.environ["RESULTS_TABLE"])


@cache
def functions():
    return boto3.client("lambda")


def handler(event, context):
    target, url, attempt = event["target"], event["url"], event.get("attempt", 1)
    problem = check(url)
    if problem and attempt < ATTEMPTS:
        time.sleep(PAUSE)
        functions().invoke(
            FunctionName=os.environ["HEALTH_CHECKER_FUNCTION"],
            InvocationType="Event",
            Payload=json.dumps({**event, "attempt": attempt + 1}),
        )
        return {"target": target, "status": "unknown", "attempt": attempt}
    result = {"target": target, "status": "down" if problem else "up", "checkedAt": int(time.time())}
    if problem:
        result["problem"] = problem
    results().put_item(Item=result)
    print(json.dumps(result))
    return {**result, "attempt": attempt}


def check(url):
    """What is wrong with the target, in a few words; None if it is well."""
    if not url.startswith(("https://", "http://")):  # urllib would open files, too
        return "not a web address"
    request = urllib.request.Request(url, headers={"User-Agent": "pingbot"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE):
            return None
    except urllib.error.HTTPError as answer:
        return f"status {answer.code}"
    except Exception as problem:  # no such host, refused, too slow, not HTTP: all of them mean down
        return str(getattr(problem, "reason", problem)) or type(problem).__name__
