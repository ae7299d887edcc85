"""Which addresses and ports a firewall lets through that it did not, in types that ifc never writes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ifc.review.deployed.form import Value, canonical
from ifc.review.risk import Risk

# Lists of entries of which each lets something through (CloudFormation template reference, AWS::EC2::SecurityGroup; provider, aws_security_group).
ENTRIES = re.compile(r"(SecurityGroup)?(In|E)gress|ingress|egress")
DEFAULT_OUT = "SecurityGroupEgress"  # without any, everything is let out (the same page)
RANGES = re.compile(r"cidr_?(ip(v6)?|ipv[46]|blocks)|ipv6_?cidr_?blocks|cidrs|public_?access_?cidrs|cidr_?list|source_?ip_?ranges?", re.I)
PORTS = {"fromport": 0, "toport": 1}
PROTOCOLS = re.compile(r"(ip_?)?protocol", re.I)
NOTES = ("description",)
LOWEST, HIGHEST = 0, 65_535
ALL = "-1"  # every protocol
OUT, IN = "it may reach more addresses or ports", "more addresses or ports may reach it"


def further(name: str, before: Value, after: Value) -> tuple[Risk, str] | None:
    """What is known of a property that says who may reach something; None where that is nobody more than before."""
    if ENTRIES.fullmatch(name) and (isinstance(after, list | Mapping) or name == DEFAULT_OUT):
        if name == DEFAULT_OUT and (before is None or after is None):
            return None if before is None else (Risk.WIDER, "it may reach every address")
        known = [Entry(row) for row in rows(before)]
        wider = any(not any(one.within(other) for other in known) for one in map(Entry, rows(after)))
        return (Risk.WIDER, OUT if "egress" in name.lower() else IN) if wider else None
    if RANGES.fullmatch(name):
        return (Risk.WIDER, IN) if after is not None and not covered(listed(after), listed(before)) else None
    if plain(name) in PORTS and isinstance(before, int) and isinstance(after, int):
        return (Risk.WIDER, IN) if (after > before if PORTS[plain(name)] else after < before) else None
    if PROTOCOLS.fullmatch(name) and str(after) == ALL and before is not None and str(before) != ALL:
        return Risk.WIDER, IN
    before, after = (value[0] if isinstance(value, list) and len(value) == 1 else value for value in (before, after))  # a block
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return next((found for key in sorted(map(str, after)) if (found := further(key, before.get(key), after.get(key)))), None)
    return None


class Entry:
    """One entry of a firewall: its addresses, its ports, and all else that it asks for."""

    def __init__(self, row: Mapping[str, Value]) -> None:
        self.ranges: list[Value] = []
        ports: list[Any] = [LOWEST, HIGHEST]
        rest, self.protocol = {}, ALL
        for name, value in row.items():
            if RANGES.fullmatch(name):
                self.ranges += listed(value)
            elif plain(name) in PORTS:
                ports[PORTS[plain(name)]] = value
            elif PROTOCOLS.fullmatch(name):
                self.protocol = str(value)
            elif plain(name) not in NOTES and value not in (None, [], False, ""):
                rest[name] = value
        self.ports, self.rest = ports, canonical(rest)

    def within(self, other: Entry) -> bool:
        """Whether it lets through only what another one does."""
        through = other.protocol == ALL or (self.protocol == other.protocol and self.through(other))
        return through and self.rest == other.rest and covered(self.ranges, other.ranges)

    def through(self, other: Entry) -> bool:
        """Whether its ports are among those of another one."""
        if self.ports == other.ports:
            return True
        if not all(isinstance(port, int) for port in (*self.ports, *other.ports)):
            return False
        return bool(other.ports[0] <= self.ports[0] and self.ports[1] <= other.ports[1])


def covered(some: list[Value], others: list[Value]) -> bool:
    """Whether every address of some ranges is in one of others; of a range that is known only at deployment, whether it is there itself."""
    known = {canonical(one) for one in others}
    left = [one for one in some if canonical(one) not in known]
    return not left or within(left, others)


def within(some: list[Value], others: list[Value]) -> bool:
    """The same of ranges that differ."""
    from ipaddress import collapse_addresses  # only a firewall that changed needs it

    inner, outer = list(networks(some)), list(networks(others))
    if len(inner) < len(some):
        return False
    merged = [one for version in (4, 6) for one in collapse_addresses(one for one in outer if one.version == version)]
    return all(any(one.version == other.version and one.subnet_of(other) for other in merged) for one in inner)


def networks(values: list[Value]) -> Iterator[Any]:
    """The ranges that are written out."""
    from ipaddress import ip_network

    for value in (one for one in values if isinstance(one, str)):
        try:
            yield ip_network(value, strict=False)
        except ValueError:
            continue


def rows(value: Value) -> list[Mapping[str, Value]]:
    """The entries of a list, or the one that is no list."""
    return [one for one in listed(value) if isinstance(one, Mapping)]


def listed(value: Value) -> list[Value]:
    """One or several."""
    return value if isinstance(value, list) else [] if value is None else [value]


def plain(name: str) -> str:
    """A name in small letters alone."""
    return name.replace("_", "").lower()
