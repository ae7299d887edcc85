"""What names tell where nothing else is known: that a type holds data, that a property opens or protects something."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ifc.review import replacement
from ifc.review.deployed.form import Value, canonical
from ifc.review.networks import further
from ifc.review.risk import Risk
from ifc.review.words import plain

Verdict = tuple[Risk, str]

UNGUARDED = object()  # what is there after a guard was taken away
ANYWHERE = re.compile(r"0\.0\.0\.0/0|::/0|[\d.]+/[1-7]")  # or so much of it that it is no one's network
PUBLIC = re.compile(r"(publicly_?accessible|public_?access|public_?read|assign_?public_?ip|map_?public_?ip_?on_?launch)$", re.I)
BLOCKS = re.compile(r"(block_?public|ignore_?public|restrict_?public)", re.I)
GUARDS = re.compile(r"(default_?)?auth(orizer)?(_?id)?|security", re.I)  # all of it: a name such as `Authors` is none
KEYS = re.compile(r"api_?key_?required$", re.I)
ROLES = re.compile(r"(^|_|[a-z])role(_?arn)?$", re.I)  # as which something runs
PROTECTIVE = re.compile(r"security|encrypt|firewall|guard|https|tls|\bwaf", re.I)
NOTICES = ("Events", "Subscription", "Targets")  # who is told, in types of others
OPEN = re.compile(r"(auth(orization)?_?type|authorization)$", re.I)
ENCRYPTS = re.compile(
    r"(encrypt(ed|ion)?(_?(enabled|at_?rest|in_?transit|configuration|specification))?|kms_?(master_?)?key_?(id|arn)|sse.*)$", re.I
)
PROTECTS = re.compile(r"(deletion_?protection(_?enabled)?|termination_?protection|prevent_?destroy)$", re.I)
DESTROYS = re.compile(r"(force_?destroy|force_?delete|empty_?on_?delete|delete_?automated_?backups)$", re.I)
SKIPS = re.compile(r"skip_?final_?(backup|snapshot)", re.I)  # a backup that is not made
WAITS = re.compile(r"(pending|deletion|recovery)_?window(_?in_?days)?$", re.I)
ACCESS_LIST = re.compile(r"(^|\.|_)(access_?control|acl)$", re.I)
LISTED_FOR_ALL = ("publicread", "publicreadwrite", "authenticatedread")
SAVES = re.compile(r"(backup|snapshot|retention|versioning|recovery)", re.I)
LOCKS = re.compile(r"object_?lock|vault_?lock|legal_?hold", re.I)
MEASURES = re.compile(r"(^|\.)(status|state|enabled|mode|days|years)$", re.I)  # what such a block is judged by
ALIASES = re.compile(r"auto_?publish_?alias$", re.I)
SWITCH = re.compile(r"(^|\.)(is_?)?(enabled|state|status)$", re.I)
EXPIRES = re.compile(r"(^|\.)lifecycle_?policy_?text$", re.I)
# Services that keep data, and what is only around that.
_SERVICES = (
    *("rds", "db", "docdb", "neptune", "neptunegraph", "redshift", "redshiftserverless", "elasticache", "memorydb", "opensearch"),
    *("opensearchservice", "opensearchserverless", "elasticsearch", "fsx", "timestream", "qldb", "cassandra", "keyspaces", "msk", "mq"),
    *("amazonmq", "backup", "ecr", "codecommit", "codeartifact", "directoryservice", "directory_service", "s3express", "s3tables"),
    *("workspaces", "lightsail"),
)
STORES = re.compile(
    rf"(AWS::Serverless::(SimpleTable|Application)$|AWS::CloudFormation::Stack$|AWS::({'|'.join(_SERVICES)})::|aws_({'|'.join(_SERVICES)})_|AWS::EC2::(Volume|Instance)$|aws_(ebs_volume|instance)$)",
    re.I,
)
AROUND = re.compile(
    r"((subnet|parameter|option|security)_?group|subscription|policy|proxy|configuration|plan|selection|role|permission|association"
    r"|endpoint|attachment)s?(_\w+)?$",
    re.I,
)
# Of a type of which nothing is known: what most services make anew where it is another one.
MAKES_ANEW = re.compile(
    r"(name|identifier|engine|primary_?key|encrypted|encrypt\w*enabled|kms\w*|zones?|subnet\w*|vpc\w*|character\w*|source\w*)$", re.I
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
    if GUARDS.fullmatch(name) and there(before) and not there(after):
        return single(name, before, UNGUARDED, before)
    if name in NOTICES and len(entries(before) - entries(after)) > (len(entries(after) - entries(before)) if name != "Events" else 0):
        return Risk.CONTRACT, "what is gone of them brings nothing any more"
    if name in ("TemplateURL", "template_url") and before is not None:
        return Risk.CONTRACT, "what is in the nested stack is not compared"
    found = [verdict for path, one, other in differences(name, before, after) if (verdict := single(path, one, other, before)) is not None]
    wider = further(name, before, after) if all(risk != Risk.EXPOSED for risk, _ in found) else None
    found += [wider] if wider is not None else []
    return min(found, key=lambda verdict: verdict[0], default=None)


def entries(value: Value) -> set[str]:
    """The entries of a mapping or of a list."""
    return set(map(str, value)) if isinstance(value, Mapping) else {canonical(one) for one in value} if isinstance(value, list) else set()


def differences(path: str, before: Value, after: Value) -> Iterator[tuple[str, Value, Value]]:
    """The single values that differ, each with its path; in the place of a guard that is gone, that it is."""
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        one, other = (value if isinstance(value, Mapping) else {} for value in (before, after))
        for name in sorted({*map(str, one), *map(str, other)}):
            if GUARDS.fullmatch(name) and there(one.get(name)) and isinstance(after, Mapping) and not there(after.get(name)):
                yield f"{path}.{name}", one.get(name), UNGUARDED
            else:
                yield from differences(f"{path}.{name}", one.get(name), other.get(name))
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


def single(path: str, before: Value, after: Value, whole: Value) -> Verdict | None:
    """What is known of one value that differs; `whole` is what its property was before, None where that was nothing."""
    name = path.rpartition(".")[2]
    if after is UNGUARDED:
        return Risk.EXPOSED, "everyone may call it"
    if ANYWHERE.fullmatch(str(after)) or after == "internet-facing" or (PUBLIC.search(name) and on(after)):
        return Risk.EXPOSED, "it is open to everyone on the internet"
    if BLOCKS.search(name) and on(before) and not on(after):
        return Risk.EXPOSED, "it may be opened to everyone"
    if KEYS.search(name) and on(before) and not on(after):
        return Risk.EXPOSED, "who has no key may call it"
    if path.lower() == "principal" and after == "*":
        return Risk.EXPOSED, "everyone may use it"
    if ROLES.search(name) and there(before) and there(after):
        return Risk.WIDER, "it runs with another role"
    if OPEN.search(name) and str(after).upper() == "NONE":
        return Risk.EXPOSED, "everyone may call it"
    if ENCRYPTS.search(name) and there(before) and not there(after):
        return Risk.EXPOSED, "it is no longer encrypted so"
    if ACCESS_LIST.search(name) and re.sub(r"\W", "", str(after)).lower() in LISTED_FOR_ALL:
        return Risk.EXPOSED, "everyone may get at what is in it"
    if PROTECTS.search(name) and on(before) and not on(after):
        return Risk.DATA, "it can be deleted with what is in it"
    if whole is None and not EXPIRES.search(name):
        return None if not DESTROYS.search(name) or not on(after) else (Risk.DATA, "it is deleted with what is in it when it goes")
    return kept(path, name, before, after)


def kept(path: str, name: str, before: Value, after: Value) -> Verdict | None:
    """What is known of a value that differs and says how what is in something is kept, or whether it works at all."""
    gone = there(before) and not there(after)
    if DESTROYS.search(name) and on(after):
        return Risk.DATA, "it is deleted with what is in it when it goes"
    if SKIPS.search(name):
        return (Risk.DATA, "no last backup of it is made when it goes") if on(after) else None
    if WAITS.search(name) and less(before, after):
        return Risk.DATA, "it can be brought back for a shorter time after it was deleted"
    if ALIASES.search(name) and there(before):
        return Risk.CONTRACT, f"whoever calls it as `…:{before}` finds nothing"
    if EXPIRES.search(name) and after is not None:
        return Risk.DATA, "what it matches is deleted"
    about = path if MEASURES.search(path) else name
    if LOCKS.search(about) and (less(before, after) or gone):
        return Risk.DATA, "what is in it can be deleted sooner"
    if SAVES.search(about) and (less(before, after) or gone):
        return Risk.DATA, "less of what was in it can be brought back"
    if SWITCH.search(path) and on(before) and str(after).lower() in ("false", "disabled", "inactive"):
        return (Risk.EXPOSED, "it guards nothing any more") if PROTECTIVE.search(path) else (Risk.CONTRACT, "it is switched off")
    return None


def on(value: Any) -> bool:
    """Whether a value says yes."""
    return value is True or str(value).lower() in ("true", "active", "enabled", "on")


def there(value: Any) -> bool:
    """Whether a value says that something is there."""
    return value is not None and plain(value).lower() not in ("", "none", "off", "false", "disabled", "suspended", "inactive", "0")


def less(before: Any, after: Any) -> bool:
    """Whether a number is less than before."""
    try:
        return float(after) < float(before)
    except (TypeError, ValueError):
        return False
