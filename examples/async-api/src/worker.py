"""`factor` is fed by the queue Work, `give_up` by its dead letters: the jobs at which three tries were in vain."""

import json
import os
from functools import cache

import boto3

RESERVE = 2000  # milliseconds to stop in before Lambda would


@cache
def dynamodb():
    return boto3.resource("dynamodb")


def jobs():
    return dynamodb().Table(os.environ["JOBS_TABLE"])


def factor(event, context):
    def work(job):
        number = int(advance(job, "running")["number"])
        advance(job, "done", factors=factors(number, context))

    return each(event, work)


def give_up(event, context):
    return each(event, lambda job: advance(job, "failed", error="it took too long, three times"))


def each(event, work):
    failed = []
    for message in event["Records"]:
        try:
            work(json.loads(message["body"])["id"])
        except dynamodb().meta.client.exceptions.ConditionalCheckFailedException:
            print(json.dumps({"skipped": message["body"], "because": "the job is done, or no longer there"}))
        except Exception as problem:  # this message comes again; the others of the batch do not
            print(json.dumps({"not done": message["body"], "because": repr(problem)}))
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}


def advance(job, status, **more):
    """The job as it is then. What is done stays done, however often its message comes."""
    values = {"status": status, **more}
    return jobs().update_item(
        Key={"id": job},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
        ConditionExpression="attribute_exists(id) AND #status <> :final",
        ExpressionAttributeNames={f"#{name}": name for name in values},
        ExpressionAttributeValues={":final": "done", **{f":{name}": value for name, value in values.items()}},
        ReturnValues="ALL_NEW",
    )["Attributes"]


def factors(number, context):
    """By trial division, which is slow on purpose: two large primes take longer than a function may run."""
    found, divisor = [], 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            found.append(divisor)
            number //= divisor
        divisor += 1 if divisor == 2 else 2
        if divisor % 100_000 == 1 and context.get_remaining_time_in_millis() < RESERVE:
            raise TimeoutError("no time left")
    return [*found, number] if number > 1 else found
