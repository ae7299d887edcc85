"""Fed by the queue Uploads: S3 tells of each new picture, and its thumbnail goes into the same bucket."""

import json
import os
from functools import cache
from urllib.parse import unquote_plus

import boto3

from . import png

SIDE = 160


@cache
def s3():
    return boto3.client("s3")


def handler(event, context):
    failed = []
    for message in event["Records"]:
        try:
            # "Records" is missing in the test event that S3 sends once, when the notification is set up
            for upload in json.loads(message["body"]).get("Records", []):
                shrink(unquote_plus(upload["s3"]["object"]["key"]))
        except Exception as problem:  # this message comes again; the others of the batch do not
            print(json.dumps({"not shrunk": message["messageId"], "because": repr(problem)}))
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}


def shrink(key):
    bucket = os.environ["IMAGES_BUCKET"]
    picture = s3().get_object(Bucket=bucket, Key=key)["Body"].read()
    small = png.thumbnail(picture, SIDE)
    thumb = "thumbs/" + key.removeprefix("uploads/")
    s3().put_object(Bucket=bucket, Key=thumb, Body=small, ContentType="image/png")
    print(json.dumps({"from": key, "to": thumb, "bytes": [len(picture), len(small)]}))
