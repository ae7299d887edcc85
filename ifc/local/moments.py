"""Times as people write them on a command line."""

from __future__ import annotations

import re
import time
from datetime import datetime

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def moment(text: str, now: float | None = None) -> float:
    """`10m` (ago), `08:30` (today) or `2026-11-22T08:30` in seconds since the epoch; raises ValueError for anything else."""
    now = time.time() if now is None else now
    ago = re.fullmatch(r"(\d{1,9})([smhd])", text)
    if ago:
        return now - int(ago[1]) * UNITS[ago[2]]
    try:
        if re.fullmatch(r"\d\d?:\d\d(:\d\d)?", text):
            today = datetime.fromtimestamp(now).date()
            return datetime.fromisoformat(f"{today}T{text.zfill(5)}").timestamp()
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        raise ValueError(f"`{text}` is no time: write an offset, `10m` for ten minutes ago, `08:30`, or `2026-11-22T08:30`") from None
