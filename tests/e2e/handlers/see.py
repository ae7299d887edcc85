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


def store(event, context):
    """Puts an object into the bucket whose name a variable holds."""
    import boto3

    boto3.client("s3").put_object(Bucket=os.environ[event["variable"]], Key=event["key"], Body=b"x")
    return True


def emit(event, context):
    """Puts events on the bus whose name a variable holds; answers how many it didn't take."""
    import boto3

    bus = os.environ[event["variable"]]
    entries = [{**entry, "EventBusName": bus, "Detail": json.dumps(entry["Detail"])} for entry in event["events"]]
    return boto3.client("events").put_events(Entries=entries)["FailedEntryCount"]


def call(event, context):
    """Calls the function that the first variable of the route names, with the rest of it; answers who was called."""
    import boto3

    me = context.function_name.rpartition("-")[2]
    if not event["route"]:
        return [me]
    first, *rest = event["route"]
    answer = boto3.client("lambda").invoke(FunctionName=os.environ[first], Payload=json.dumps({"route": rest}))
    return [me, *json.load(answer["Payload"])]


def page(event, context):
    """Answers a function URL with what it was asked."""
    http = event["requestContext"]["http"]
    asked = {"method": http["method"], "path": http["path"], "query": event["queryStringParameters"], "body": json.loads(event["body"])}
    return {"statusCode": 201, "headers": {"Content-Type": "application/json"}, "body": json.dumps(asked)}


def knows(event, context):
    """Answers with the environment, and with the secrets and configs that it leads to."""
    import boto3

    secrets, ssm = boto3.client("secretsmanager"), boto3.client("ssm")
    return {
        "variables": dict(os.environ),
        "secrets": {
            name: secrets.get_secret_value(SecretId=value)["SecretString"]
            for name, value in os.environ.items()
            if name.endswith("_SECRET_ARN")
        },
        "configs": {name: ssm.get_parameter(Name=os.environ[name])["Parameter"]["Value"] for name in ("LIMIT_CONFIG", "NAMES")},
    }


def route(event, context):
    """Answers a REST API's request with the route it came by."""
    return {"statusCode": 200, "body": json.dumps({"resource": event["resource"], "parameters": event["pathParameters"]})}
