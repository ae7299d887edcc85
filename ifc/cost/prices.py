"""The list prices: those of the package, and those of a file of the user's laid over them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from ifc.cost.document import Block, Entry, Scalar, document
from ifc.diagnostics import Diagnostic, Failure, Report, near
from ifc.records import record
from ifc.source import Span

NO_REGION, WRONG = "IFC584", "IFC585"
WHAT = "a file of prices"
ABOUT = "_about"
CONFIRMED, UNCONFIRMED = "confirmed", "unconfirmed"
STATUSES = (CONFIRMED, UNCONFIRMED)
FIELDS = ("usd", "status", "source")


@record
class Price:
    """US dollars for one unit, and whether somebody read it in a price list."""

    usd: float
    status: str
    source: str = ""


@record
class Prices:
    """The prices of one region."""

    region: str
    date: str
    known: Mapping[str, Price]
    units: Mapping[str, str]  # of each price, in words
    file: str = ""  # the user's, that was laid over


@cache
def shipped() -> Mapping[str, Any]:
    """The prices of the package, by region."""
    path = os.path.join(os.path.dirname(os.path.dirname(__file__)), "data", "prices.json")
    with open(path, encoding="utf-8") as stream:
        content: Mapping[str, Any] = json.load(stream)
    return content


def prices(region: str | None, file: str | None, report: Report) -> Prices | None:
    """The prices of a region, None after an error; raises Failure where a file can't be read or no region has prices."""
    about = shipped()[ABOUT]
    tables = {
        name: {key: Price(one["usd"], one["status"], one["source"]) for key, one in table.items()}
        for name, table in shipped().items()
        if name != ABOUT
    }
    if file is not None:
        content = document(file, WRONG, WHAT, report)
        if content is None:
            return None
        for name, key, price in read(content, about["units"], report):
            tables.setdefault(name, {})[key] = price
    if report.failed:
        return None
    if region is None:
        raise Failure(
            Diagnostic(
                NO_REGION,
                "it is not said in which region the app runs, and prices differ",
                help=f"write `--region {next(iter(sorted(tables, reverse=True)))}`, or `region` in `app`",
            )
        )
    if region not in tables:
        there = ", ".join(f"`{name}`" for name in sorted(tables))
        raise Failure(
            Diagnostic(
                NO_REGION,
                f"there are no prices for the region `{region}`",
                help=f"there are prices for {there}: see one with `--region`, or give those of `{region}` with `--prices FILE`",
            )
        )
    return Prices(region, about["date"], tables[region], about["units"], file or "")


def read(content: Block, units: Mapping[str, str], report: Report) -> Iterator[tuple[str, str, Price]]:
    """The prices of a file, each with its region and its key; what is wrong is reported, all of it at once."""
    for region in content.entries:
        if region.name == ABOUT:
            continue
        if not isinstance(region.value, Block):
            report.error(WRONG, f"`{region.name}` is a region, and holds no prices", region.place, "no prices", "write them below it")
            continue
        for entry in region.value.entries:
            if entry.name not in units:
                close = near(entry.name, units)
                report.error(
                    WRONG,
                    f"no price is called `{entry.name}`",
                    entry.span,
                    "unknown",
                    f"did you mean `{close}`?" if close else "docs/cost.md lists them",
                )
                continue
            price = one(entry, report)
            if price is not None:
                yield region.name, entry.name, price


def one(entry: Entry, report: Report) -> Price | None:
    """A price: a number, or `usd`, and perhaps `status` and `source`; None after an error."""
    value = entry.value
    if isinstance(value, Scalar):
        amount = dollars(value.text)
        return Price(amount, CONFIRMED, "given") if amount is not None else wrong(value.span, value.text, report)
    if value is None:
        return wrong(entry.span, "a list", report)
    fields = {inner.name: inner for inner in value.entries if inner.name != "note"}
    for name, inner in fields.items():
        if name not in FIELDS:
            report.error(WRONG, f"a price has no `{name}`", inner.span, "unknown", "it has `usd`, and perhaps `status` and `source`")
    if "usd" not in fields:
        report.error(WRONG, f"the price `{entry.name}` has no `usd`", entry.span, "no amount", "write `usd`, in dollars for one unit")
        return None
    texts = {name: inner.value.text if isinstance(inner.value, Scalar) else "" for name, inner in fields.items()}
    status = texts.get("status", CONFIRMED)
    if status not in STATUSES:
        report.error(WRONG, f"`{status}` is no status of a price", fields["status"].place, "unknown", "`confirmed` or `unconfirmed`")
        return None
    amount = dollars(texts["usd"])
    return Price(amount, status, texts.get("source", "given")) if amount is not None else wrong(fields["usd"].place, texts["usd"], report)


def dollars(text: str) -> float | None:
    """An amount of dollars, None where it is none."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if 0 <= found < 1e9 else None


def wrong(span: Span, text: str, report: Report) -> Price | None:
    """None: reports an amount that is none."""
    report.error(WRONG, f"`{text}` is no amount of dollars", span, "not a price", "write a number from 0, such as `0.0000004`")
    return None
