"""Every hour: reads the slow-query logs of the last full hour from RDS and posts the slowest to the chat."""

import json
import os
import re
import urllib.request
from datetime import UTC, datetime, timedelta
from functools import cache

import boto3

SHOWN = 10
LENGTH = 300

# What MySQL (5.7 and later) writes before each statement:
#   # Time: 2026-11-22T01:10:05.123456Z
#   # User@Host: app[app] @  [10.0.0.5]  Id:    12
#   # Query_time: 3.201000  Lock_time: 0.000100 Rows_sent: 1  Rows_examined: 100000
#   use shop;
#   SET timestamp=1795309802;
HEAD = re.compile(
    r"^# Time: (\S+)\n# User@Host: .*\n# Query_time: ([\d.]+) .*Rows_examined: (\d+).*\n"
    r"(?:use .*\n)?SET timestamp=.*\n",
    re.MULTILINE,
)


@cache
def rds():
    return boto3.client("rds")


@cache
def secrets():
    return boto3.client("secretsmanager")


def handler(event, context):
    until = called_at(event).replace(minute=0, second=0, microsecond=0)
    since = until - timedelta(hours=1)
    lines, slow, unread = [], 0, 0
    for database in filter(None, (name.strip() for name in os.environ["DATABASES"].split(","))):
        try:
            found = [query for log in logs(database, since) for query in queries(log) if since <= query["at"] < until]
        except Exception as problem:  # one database that is away must not hide the others
            lines.append(f"{database}: not read: {problem}")
            unread += 1
            continue
        slow += len(found)
        if found:
            lines += summary(database, found)
    if lines:  # all in one message, so that a further try after a failure repeats nothing
        tell("\n".join([f"Slow queries from {since:%H:%M} to {until:%H:%M} UTC", *lines]))
    answer = {"since": since.isoformat(), "slow": slow, "unread": unread}
    print(json.dumps(answer))
    return answer


def logs(database, since):
    """The text of each slow-query log that was written to since then."""
    pages = (
        rds()
        .get_paginator("describe_db_log_files")
        .paginate(DBInstanceIdentifier=database, FilenameContains="slowquery", FileLastWritten=int(since.timestamp() * 1000))
    )
    for page in pages:
        for file in page["DescribeDBLogFiles"]:
            yield read(database, file["LogFileName"])


def read(database, file):
    """A portion is at most 1 MB: follow the marker to the file's end."""
    parts, marker, more = [], "0", True
    while more:
        portion = rds().download_db_log_file_portion(DBInstanceIdentifier=database, LogFileName=file, Marker=marker)
        parts.append(portion.get("LogFileData") or "")
        marker, more = portion.get("Marker"), portion.get("AdditionalDataPending")
    return "".join(parts)


def queries(log):
    """Each entry: its head, then the statement, up to the next head."""
    heads = list(HEAD.finditer(log))
    ends = [head.start() for head in heads[1:]] + [len(log)]
    for head, end in zip(heads, ends, strict=True):
        yield {
            "at": datetime.fromisoformat(head[1]),
            "seconds": float(head[2]),
            "rows": int(head[3]),
            "sql": " ".join(log[head.end() : end].split()).removesuffix(";"),
        }


def summary(database, found):
    yield f"{database}: {len(found)}"
    for query in sorted(found, key=lambda query: -query["seconds"])[:SHOWN]:
        sql = query["sql"] if len(query["sql"]) <= LENGTH else query["sql"][:LENGTH] + "…"
        yield f"  {query['seconds']:.1f} s, {query['rows']} rows: `{sql}`"
    if len(found) > SHOWN:
        yield f"  and {len(found) - SHOWN} more"


def tell(text):
    url = secrets().get_secret_value(SecretId=os.environ["CHAT_WEBHOOK_SECRET_ARN"])["SecretString"]
    if not url.startswith(("https://", "http://")):
        raise ValueError("the secret ChatWebhook does not hold a URL yet")
    request = urllib.request.Request(url, json.dumps({"text": text}).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=5):
        pass


def called_at(event):
    """The schedule's own time, so that a late or repeated call reports the hour it was meant for."""
    time = (event or {}).get("time")
    return datetime.fromisoformat(time) if time else datetime.now(UTC)
