"""Handlers that tell in their log what they got; the tests read it there."""

import json
import os


def event(event, context):
    """Tells of the event, and answers with it."""
    print(json.dumps({"got": event}))
    return event


def messages(event, context):
    """Tells of each SQS message; one that asks to fail is reported as failed, the others of its batch are done."""
    failed = []
    for record in event["Records"]:
        body = json.loads(record["body"])
        print(json.dumps({"got": body}))
        if isinstance(body, dict) and body.get("fail"):
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def broken(event, context):
    """Tells of the event, and fails."""
    print(json.dumps({"got": event}))
    raise RuntimeError("as the test asks")


def environment(event, context):
    """Answers with the variables that the app gave it."""
    return {name: os.environ.get(name) for name in event}


def send(event, context):
    """Sends to each queue, by the variable that holds its URL, a message."""
    import boto3

    for variable, message in event.items():
        boto3.client("sqs").send_message(QueueUrl=os.environ[variable], MessageBody=json.dumps(message))
    return True


def publish(event, context):
    """Publishes messages to the topic whose ARN a variable holds."""
    import boto3

    for message in event["messages"]:
        boto3.client("sns").publish(TopicArn=os.environ[event["variable"]], Message=json.dumps(message))
    return True


def write(event, context):
    """Writes records to the Kinesis stream whose name a variable holds, all with one key, so that they keep their order."""
    import boto3

    for record in event["records"]:
        boto3.client("kinesis").put_record(StreamName=os.environ[event["variable"]], Data=json.dumps(record).encode(), PartitionKey="k")
    return True
