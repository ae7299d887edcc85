"""Fed by the topic OrderPlaced: what each order takes out of stock."""

import json
from collections import Counter


def handler(event, context):
    for record in event["Records"]:
        order = json.loads(record["Sns"]["Message"])
        taken = Counter()
        for item in order["items"]:  # one sku may stand on several lines
            taken[item["sku"]] += item["quantity"]
        print(json.dumps({"reserved": {"order": order["id"], "stock": dict(taken)}}))
