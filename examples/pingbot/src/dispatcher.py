"""Every minute: one health check for each target, all of them at once."""

import json
import os
from functools import cache

import boto3


@cache
def targets():
    return boto3.resource("dynamodb").Table(os.environ["TARGETS_TABLE"])


@cache
def functions():
    return boto3.client("lambda")


def handler(event, context):
    sent = 0
    for target in everything():
        check = {"target": target["id"], "url": target["url"], "attempt": 1}
        functions().invoke(FunctionName=os.environ["HEALTH_CHECKER_FUNCTION"], InvocationType="Event", Payload=json.dumps(check))
        sent += 1
    print(json.dumps({"dispatched": sent}))
    return {"dispatched": sent}


def everything():
    page = targets().scan()
    yield from page["Items"]
    while "LastEvaluatedKey" in page:
        page = targets().scan(ExclusiveStartKey=page["LastEvaluatedKey"])
        yield from page["Items"]
