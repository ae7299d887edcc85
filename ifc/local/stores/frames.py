"""The protocol between the gateway and the stores.

A frame is the length of its head (4 bytes), the length of its body (8 bytes), both big-endian, the head (a JSON object) and the body
(bytes). Each request gets one reply, in the order of the requests on its connection.

| request's `op` | more in the head | body | the reply's head |
|---|---|---|---|
| http | method, path (with its query), headers `[[name, value]…]` | the request's | status, headers, changes; its body is the answer's |
| create | description | | added, cleared, dropped, changes |
| restore | changes | | restored, skipped |
| restored | | | lost, changes |
| expire | now (seconds) | | changes |
| scan | kind, name, start, limit, prefix | | what a page needs |
| put | kind, name, key, headers, value | an object's bytes | as for http |

A reply to what can't be done has `error`, a sentence, instead.
"""

from __future__ import annotations

import json
import struct
from typing import Any

LENGTHS = struct.Struct(">IQ")


def frame(head: dict[str, Any], body: bytes = b"") -> bytes:
    """A frame's bytes."""
    text = json.dumps(head, separators=(",", ":")).encode()
    return b"".join((LENGTHS.pack(len(text), len(body)), text, body))
