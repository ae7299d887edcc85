"""A handler that uses the SDK; in a folder of its own, as the host imports the SDK for a folder that names it."""

import boto3


def clients(event, context):
    """Makes clients as the examples do; nothing is called."""
    boto3.client("sqs"), boto3.resource("dynamodb")
    return {
        "region": boto3.client("sns").meta.region_name,
        "url": boto3.client("s3").meta.endpoint_url,
        "profiles": boto3.DEFAULT_SESSION.available_profiles + boto3.Session().available_profiles,
    }
