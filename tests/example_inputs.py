"""What is sent to the examples where they are used for real: on the emulator, and by `ifc local`."""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
import zlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from tests.e2e.website import Call

TEA = {"sku": "tea", "quantity": 2, "price": 12.5}
ORDER = {"customer": "ann", "address": "1 High St", "items": [TEA]}

SLOW_LOG = """\
# Time: 2026-11-22T00:59:59.9Z
# User@Host: app[app] @  [10.0.0.5]  Id:    12
# Query_time: 9.000000  Lock_time: 0.000100 Rows_sent: 1  Rows_examined: 1
SET timestamp=1795309199;
select 'the hour before';
# Time: 2026-11-22T01:10:05.123456Z
# User@Host: app[app] @  [10.0.0.5]  Id:    12
# Query_time: 3.201000  Lock_time: 0.000100 Rows_sent: 1  Rows_examined: 100000
use shop;
SET timestamp=1795309805;
SELECT *
FROM orders;
"""


def scheduled(at: datetime) -> str:
    """What EventBridge Scheduler sends where the schedule has no input of its own."""
    event = {
        "version": "0",
        "source": "aws.scheduler",
        "detail-type": "Scheduled Event",
        "time": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "detail": "{}",
    }
    return json.dumps(event)


def rds(asked: list[tuple[Any, ...]]) -> Callable[[Call], tuple[int, str]]:
    """A website that answers as RDS does, with the slow log in two portions; it notes what was asked."""

    def answer(call: Call) -> tuple[int, str]:
        given = dict(pair.split("=", 1) for pair in call.text.split("&"))
        asked.append((given["Action"], given["DBInstanceIdentifier"], given.get("Marker")))
        if given["Action"] == "DescribeDBLogFiles":
            result = "<DescribeDBLogFiles><DescribeDBLogFilesDetails><LogFileName>slow.log</LogFileName></DescribeDBLogFilesDetails></DescribeDBLogFiles>"
        else:
            first = given.get("Marker") == "0"
            text, marker, more = (SLOW_LOG[:300], "1", "true") if first else (SLOW_LOG[300:], "2", "false")
            result = f"<LogFileData>{text}</LogFileData><Marker>{marker}</Marker><AdditionalDataPending>{more}</AdditionalDataPending>"
        return 200, f"<{given['Action']}Response><{given['Action']}Result>{result}</{given['Action']}Result></{given['Action']}Response>"

    return answer


def asked_of_rds(database: str) -> list[tuple[Any, ...]]:
    """What the slow-query example asks for one database."""
    return [
        ("DescribeDBLogFiles", database, None),
        ("DownloadDBLogFilePortion", database, "0"),
        ("DownloadDBLogFilePortion", database, "1"),
    ]


def push(branch: str, commit: str, key: str) -> tuple[str, dict[str, str]]:
    """The body and the headers of GitHub's call for a push, signed with a key."""
    text = json.dumps({"ref": f"refs/heads/{branch}", "after": commit, "deleted": False, "repository": {"full_name": "a/b"}})
    signature = "sha256=" + hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()
    return text, {"X-Hub-Signature-256": signature, "X-GitHub-Event": "push", "X-GitHub-Delivery": f"d-{commit}"}


def png(width: int, height: int) -> bytes:
    """A red picture."""
    row = b"\0" + b"\xff\0\0" * width

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b"")
