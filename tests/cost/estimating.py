"""The road for these tests: source text and a traffic file's text in, an estimate out."""

from __future__ import annotations

import textwrap
from pathlib import Path

from ifc.cost.assumptions import ASSUMED
from ifc.cost.estimate import Estimate, estimate
from ifc.cost.prices import Prices, prices
from ifc.cost.traffic import Traffic, read
from ifc.diagnostics import ERROR, Report
from ifc.model.app import App
from tests.support import compiled

# One call takes 100 ms and writes 1,000,000 bytes of logs; nothing fails, and all that is filtered passes by half.
PLAIN = {
    "duration": "100ms",
    "errors": "0%",
    "log": "1000B",
    "size": "1KB",
    "item": "1KB",
    "response": "1000B",
    "passes": "50%",
    "asked": "20%",
    "fetched": "1%",
    "gathered": "0ms",
    "pollers": "5",
}


def app(text: str) -> App:
    """The app of a source text, which must have no errors; every function runs on python3.14."""
    done = compiled("defaults function { runtime python3.14 }\n" + textwrap.dedent(text))
    assert [d.message for d in done.report.ordered() if d.severity == ERROR] == []
    return done.app


def traffic(path: Path, text: str, *apps: App) -> Traffic:
    """What a traffic file says, which must have no errors."""
    report = Report()
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    found = read(str(path), apps, report)
    assert [d.message for d in report.ordered()] == []
    return found


def plain(**more: str) -> Traffic:
    """What is assumed in tests of single sums: the same in all three cases."""
    found = {name: ASSUMED[name].measure.read(said) for name, said in {**PLAIN, **more}.items()}
    return Traffic(assumed={name: amount for name, amount in found.items() if amount is not None})


def table(region: str = "us-east-1") -> Prices:
    """The prices of a region."""
    found = prices(region, None, Report())
    assert found is not None
    return found


def estimated(text: str, known: Traffic | None = None) -> Estimate:
    """The estimate of a source text, at the prices of us-east-1."""
    return estimate(app(text), known if known is not None else plain(), table())


def bill(found: Estimate) -> dict[tuple[str, str], float]:
    """The lines of the bill: what is charged for a resource, in units of its price."""
    return {(item.resource, item.what): round(item.units[1], 6) for item in found.items}


def months(found: Estimate) -> dict[str, float]:
    """What each source costs in a month."""
    return {source.name: source.month[1] for source in found.sources}
