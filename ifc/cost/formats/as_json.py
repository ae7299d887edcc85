"""An estimate as JSON, with all its parts; `schema` is that of its shape."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ifc.cost.assumptions import ASSUMED, CASES, Three
from ifc.cost.comparison import Change, Comparison
from ifc.cost.estimate import Estimate

DIGITS = 10  # behind the point of dollars


def estimate(found: Estimate, colour: bool) -> str:
    """An estimate."""
    return written({"schema": "ifc-cost/1", **content(found)})


def comparison(found: Comparison, colour: bool) -> str:
    """Two estimates, and what differs."""
    return written(
        {
            "schema": "ifc-cost-diff/1",
            "old": {"side": found.old, **content(found.before)},
            "new": {"side": found.new, **content(found.after)},
            "changes": {
                "month": {"before": cases(found.total.before), "after": cases(found.total.after)},
                "sources": changes(found.sources),
                "resources": changes(found.resources),
            },
        }
    )


def content(found: Estimate) -> dict[str, Any]:
    """All that an estimate holds."""
    prices = found.prices
    return {
        "app": found.app,
        "stage": found.stage,
        "region": prices.region,
        "currency": "USD",
        "prices": {
            "date": prices.date,
            "file": prices.file or None,
            "unconfirmed": list(found.unconfirmed),
            "missing": [
                {"price": one.price, "uses": [{"resource": resource, "for": what} for resource, what in one.uses]} for one in found.missing
            ],
        },
        "month": cases(found.total),
        "idle": cases(found.idle),
        "sources": [
            {
                "name": source.name,
                "events": rounded(source.rate) if source.rate is not None else None,
                "month": cases(source.month) if source.rate is not None else None,
                "thousand": cases(source.thousand),
            }
            for source in found.sources
        ],
        "edges": [{"name": edge.name, "events": cases(edge.rate), "month": cases(edge.month)} for edge in found.edges],
        "bill": [
            {
                "resource": item.resource,
                "for": item.what,
                "price": item.price,
                "usd": prices.known[item.price].usd,
                "units": cases(item.units),
                "month": cases(item.month),
                "idle": item.idle,
            }
            for item in found.items
        ],
        "resources": {name: cases(three) for name, three in sorted(found.resources.items())},
        "uncounted": [{"what": what, "resources": list(names)} for what, names in found.uncounted],
        "assumed": [
            {"name": one.name, **cases(one.three), "given": one.given, "is": ASSUMED[one.name].doc, "because": ASSUMED[one.name].why}
            for one in found.assumed
        ],
    }


def cases(three: Three) -> dict[str, float]:
    """The three cases by their names."""
    return {name: rounded(amount) for name, amount in zip(CASES, three, strict=True)}


def changes(rows: Sequence[Change]) -> list[dict[str, Any]]:
    """What costs more or less."""
    return [{"name": change.name, "before": cases(change.before), "after": cases(change.after)} for change in rows]


def rounded(amount: float) -> float:
    """An amount without the last digits, which the order of additions decides."""
    return round(amount, DIGITS)


def written(found: dict[str, Any]) -> str:
    """The text."""
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"
