"""Amounts as people write them in a traffic file, and money as they read it."""

from __future__ import annotations

import re

from ifc.expectation import MONTH, PERIODS

NUMBER = r"(\d[\d_,]*(?:\.\d+)?)"
RATE = re.compile(rf"{NUMBER}\s+per\s+({'|'.join(PERIODS)})")
DURATION = re.compile(rf"{NUMBER}\s*(ms|s|m|h)")
SIZE = re.compile(rf"{NUMBER}\s*(B|KB|MB|GB|TB)")
SHARE = re.compile(rf"{NUMBER}\s*(%?)")
COUNT = re.compile(NUMBER)
MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}
BYTES = {unit: 1024**power for power, unit in enumerate(("B", "KB", "MB", "GB", "TB"))}
GB = BYTES["GB"]
HOURS = MONTH / 3600


def number(text: str) -> float:
    """A number, whose thousands may be set apart by commas or underlines."""
    return float(re.sub("[_,]", "", text))


def rate(text: str) -> float | None:
    """Events in a month from `30000000 per month`; None where it is something else."""
    found = RATE.fullmatch(text)
    return number(found[1]) * MONTH / PERIODS[found[2]] if found else None


def duration(text: str) -> float | None:
    """Milliseconds from `80ms`."""
    found = DURATION.fullmatch(text)
    return number(found[1]) * MILLISECONDS[found[2]] if found else None


def size(text: str) -> float | None:
    """Bytes from `2KB`."""
    found = SIZE.fullmatch(text)
    return number(found[1]) * BYTES[found[2]] if found else None


def share(text: str) -> float | None:
    """A share from 0 to 1, from `20%` or `0.2`."""
    found = SHARE.fullmatch(text)
    amount = number(found[1]) / (100 if found[2] else 1) if found else None
    return amount if amount is not None and amount <= 1 else None


def failing(text: str) -> float | None:
    """A share below 1: what fails always would be tried again for ever."""
    found = share(text)
    return found if found is not None and found < 1 else None


def count(text: str) -> float | None:
    """A number from `2`."""
    return number(text) if COUNT.fullmatch(text) else None


# --- as people read it ---


def usd(amount: float) -> str:
    """Money with as many digits as tell something: `$1,234.50`, `$0.10`, `<$0.01`."""
    if amount <= 0:
        return "$0.00"
    return "<$0.01" if amount < 0.005 else f"${amount:,.2f}"


def precise(amount: float) -> str:
    """Money of a thousand requests, which is small: two digits that are not 0, `$0.0042`."""
    if amount <= 0:
        return "$0.00"
    if amount >= 0.0995:  # which rounds to $0.10
        return usd(amount)
    from math import floor, log10

    digits = min(1 - floor(log10(amount)), 12)
    return f"${amount:,.{digits}f}"


def rounded(amount: float) -> str:
    """A number of events: `30,000,000`, `0.25`."""
    return f"{amount:,.0f}" if amount >= 100 or amount == int(amount) else f"{amount:,.3g}"


def shown_duration(milliseconds: float) -> str:
    """`80 ms`, `1.5 s`."""
    return f"{milliseconds:g} ms" if milliseconds < 1000 else f"{milliseconds / 1000:g} s"


def shown_size(amount: float) -> str:
    """`256 B`, `2 KB`."""
    unit = next((unit for unit in ("TB", "GB", "MB", "KB") if amount >= BYTES[unit]), "B")
    return f"{amount / BYTES[unit]:g} {unit}"


def shown_share(amount: float) -> str:
    """`20 %`."""
    return f"{amount * 100:g} %"


def shown_count(amount: float) -> str:
    """`2`."""
    return f"{amount:g}"
