"""What names tell where nothing else is known: that a type holds data, that a property opens or protects something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ifc.review import replacement
from ifc.review.deployed.form import Value, canonical
from ifc.review.risk import Risk
from ifc.review.words import plain

Verdict = tuple[Risk, str]

ANYWHERE = ("0.0.0.0/0", "::/0")
PUBLIC = re.compile(r"(publicly_?accessible|public_?access|public_?read|assign_?public_?ip|map_?public_?ip_?on_?launch)$", re.I)
BLOCKS = re.compile(r"(block_?public|ignore_?public|restrict_?public)", re.I)
OPEN = re.compile(r"(auth(orization)?_?type|authorization)$", re.I)
ENCRYPTS = re.compile(
    r"(encrypt(ed|ion)?(_?(enabled|at_?rest|in_?transit|configuration|specification))?|kms_?(master_?)?key_?(id|arn)|sse.*)$", re.I
)
PROTECTS = re.compile(r"(deletion_?protection(_?enabled)?|termination_?protection|prevent_?destroy)$", re.I)
SAVES = re.compile(r"(backup|snapshot|retention|versioning|recovery|rotation)", re.I)
# Services that keep data, and what is only around that.
_SERVICES = (
    *("rds", "db", "docdb", "neptune", "neptunegraph", "redshift", "redshiftserverless", "elasticache", "memorydb", "opensearch"),
    *("opensearchservice", "opensearchserverless", "elasticsearch", "fsx", "timestream", "qldb", "cassandra", "keyspaces", "msk", "mq"),
    *("amazonmq", "backup", "ecr", "codecommit", "codeartifact", "directoryservice", "directory_service", "s3express", "s3tables"),
    *("workspaces", "lightsail"),
)
STORES = re.compile(
    rf"(AWS::({'|'.join(_SERVICES)})::|aws_({'|'.join(_SERVICES)})_|AWS::EC2::(Volume|Instance)$|aws_(ebs_volume|instance)$)", re.I
)
AROUND = re.compile(
    r"((subnet|parameter|option|security)_?group|subscription|policy|proxy|configuration|plan|selection|role|permission|association"
    r"|endpoint|attachment)s?(_\w+)?$",
    re.I,
)
# Of a type of which nothing is known: what most services make anew where it is another one.
MAKES_ANEW = re.compile(
    r"(name|identifier|engine|encrypted|encrypt\w*enabled|kms\w*|zones?|subnet\w*|vpc\w*|character\w*|source\w*)$", re.I
)


def holds(type: str) -> str | None:
    """What is lost with a resource of a type, in words that `is lost` can follow; None where it seems to hold nothing."""
    if replacement.known(type) or not STORES.match(type) or AROUND.search(type):
        return replacement.stateful(type)
    return "what is in it"


def anew(type: str, properties: Iterable[str]) -> bool:
    """Whether another value of some properties may well make a new resource of a type of which nothing is known."""
    return not replacement.known(type) and any(MAKES_ANEW.search(path.rpartition(".")[2]) for path in properties)


def hazard(name: str, before: Value, after: Value) -> Verdict | None:
    """What is known of a property by its name and its values, the worst of what is in it; None where that is nothing."""
    found = [verdict for path, one, other in differences(name, before, after) if (verdict := single(path, one, other)) is not None]
    return min(found, key=lambda verdict: verdict[0], default=None)


def differences(path: str, before: Value, after: Value) -> Iterator[tuple[str, Value, Value]]:
    """The single values that differ, each with the name that is nearest to it."""
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        one, other = (value if isinstance(value, Mapping) else {} for value in (before, after))
        for name in sorted({*map(str, one), *map(str, other)}):
            yield from differences(name, one.get(name), other.get(name))
    elif isinstance(before, list) or isinstance(after, list):
        gone, come = (value if isinstance(value, list) else [] for value in (before, after))
        known = {canonical(part) for part in gone}, {canonical(part) for part in come}
        for part in gone:
            if canonical(part) not in known[1]:
                yield from differences(path, part, None)
        for part in come:
            if canonical(part) not in known[0]:
                yield from differences(path, None, part)
    elif canonical(before) != canonical(after):
        yield path, before, after


def single(name: str, before: Value, after: Value) -> Verdict | None:
    """What is known of one value that differs."""
    if after in ANYWHERE or (PUBLIC.search(name) and on(after)):
        return Risk.EXPOSED, "it is open to everyone on the internet"
    if BLOCKS.search(name) and on(before) and not on(after):
        return Risk.EXPOSED, "it may be opened to everyone"
    if OPEN.search(name) and str(after).upper() == "NONE":
        return Risk.EXPOSED, "everyone may call it"
    if ENCRYPTS.search(name) and there(before) and not there(after):
        return Risk.EXPOSED, "it is no longer encrypted so"
    if PROTECTS.search(name) and on(before) and not on(after):
        return Risk.DATA, "it can be deleted with what is in it"
    if SAVES.search(name) and (less(before, after) or (there(before) and not there(after))):
        return Risk.DATA, "less of what was in it can be brought back"
    return None


def on(value: Any) -> bool:
    """Whether a value says yes."""
    return value is True or str(value).lower() == "true"


def there(value: Any) -> bool:
    """Whether a value says that something is there."""
    return value is not None and plain(value).lower() not in ("", "none", "off", "false", "disabled", "suspended", "0")


def less(before: Any, after: Any) -> bool:
    """Whether a number is less than before."""
    try:
        return float(after) < float(before)
    except (TypeError, ValueError):
        return False
