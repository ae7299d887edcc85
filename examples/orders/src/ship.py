"""Fed by the queue Shipments: one parcel label for each order.

The topic delivers raw, so a message's body is the order as it was published.
"""

import hashlib
import json


def handler(event, context):
    failed = []
    for message in event["Records"]:
        try:
            print(json.dumps({"shipped": label(json.loads(message["body"]))}))
        except Exception as problem:  # this message comes again; the others of the batch do not
            print(json.dumps({"not shipped": message["messageId"], "because": repr(problem)}))
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}


def label(order):
    return {
        # made from the order, so that a message which comes twice gives the same parcel
        "tracking": hashlib.sha256(order["id"].encode()).hexdigest()[:12].upper(),
        "order": order["id"],
        "to": f"{order['customer']}, {order['address']}",
        "pieces": sum(item["quantity"] for item in order["items"]),
    }
