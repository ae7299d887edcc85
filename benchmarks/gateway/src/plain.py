"""A route without a call of an SDK."""


def handler(event, context):
    return {"hello": "world"}
