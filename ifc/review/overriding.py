"""When a changed property of a resource does more than it says of itself: the tests that overrides of the published data name.

Each looks at the property before and after, and at all properties before and after, in the spelling of its target. The
overrides are in ifc/data/replacement.json and ifc/data/terraform-replaces.json, with the reason and the source of each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Properties = Mapping[str, Any]
Test = Callable[[Any, Any, Properties, Properties], bool]
# What may change of an index while it stays the same one (Template Reference, AWS::DynamoDB::Table, GlobalSecondaryIndexes).
THROUGHPUT = ("ContributorInsightsSpecification", "OnDemandThroughput", "ProvisionedThroughput", "WarmThroughput")


# --- reading ---


def at(value: Any, path: str) -> Any:
    """What stands at a path, None where nothing does; of several entries that of each, and one entry stands for itself."""
    for name in path.split("."):
        if isinstance(value, list | tuple):
            each = [one[name] for one in value if isinstance(one, Mapping) and name in one]
            value = each[0] if len(each) == 1 else each or None
        else:
            value = value.get(name) if isinstance(value, Mapping) else None
    return value


def rows(value: Any) -> dict[str, Mapping[str, Any]]:
    """The entries of a list by what names them, in either target's spelling."""
    entries = value if isinstance(value, list | tuple) else (value,)
    names = ("AttributeName", "IndexName", "name")
    return {str(one[name]): one for one in entries if isinstance(one, Mapping) for name in names if name in one}


# --- tables ---


def retyped(old: Any, new: Any) -> set[str]:
    """The key attributes that stay and have another type."""
    one, other = rows(old), rows(new)
    return {name for name in one if name in other and _type(one[name]) != _type(other[name])}


def _type(attribute: Mapping[str, Any]) -> Any:
    return attribute.get("AttributeType", attribute.get("type"))


def retyped_alone(old: Any, new: Any, before: Properties, after: Properties) -> bool:
    """Whether a key attribute has another type and all global indexes are as they were."""
    return bool(retyped(old, new)) and not _other_indexes(before, after)


def retyped_with_an_index(old: Any, new: Any, before: Properties, after: Properties) -> bool:
    """Whether an attribute of the table's own key has another type, and global indexes change with it."""
    return bool(retyped(old, new) & {after.get("hash_key"), after.get("range_key")}) and _other_indexes(before, after)


def _other_indexes(before: Properties, after: Properties) -> bool:
    return before.get("global_secondary_index") != after.get("global_secondary_index")


def reindexed(old: Any, new: Any) -> bool:
    """Whether an index that stays has another key or another projection."""
    one, other = rows(old), rows(new)
    return any(name in other and _lasting(one[name]) != _lasting(other[name]) for name in one)


def _lasting(index: Mapping[str, Any]) -> dict[str, Any]:
    """What can't be changed of an index; the attributes that it copies are in no order."""
    kept = {key: value for key, value in index.items() if key not in THROUGHPUT}
    copied = at(index, "Projection.NonKeyAttributes")
    return (
        {**kept, "Projection": {**kept["Projection"], "NonKeyAttributes": sorted(map(str, copied))}} if isinstance(copied, list) else kept
    )


def several(old: Any, new: Any) -> bool:
    """Whether more than one index comes or goes."""
    return len(rows(old).keys() ^ rows(new).keys()) > 1


def renamed_ttl(old: Any, new: Any) -> bool:
    """Whether another attribute says when items expire, where one does before and after."""
    names = [at(value, "AttributeName") or at(value, "attribute_name") for value in (old, new)]
    on = [at(value, "Enabled") or at(value, "enabled") for value in (old, new)]
    return names[0] != names[1] and all(value in (True, "true") for value in on)


def other_view(old: Any, new: Any) -> bool:
    """Whether a stream that stays holds something else."""
    one, other = (at(value, "StreamViewType") if isinstance(value, Mapping) else value for value in (old, new))
    return None not in (one, other) and one != other


def lowered(old: Any, new: Any) -> bool:
    """Whether a warm throughput is less than before; one that is known only later may be."""
    pairs = [(at(old, name), at(new, name)) for name in ("read_units_per_second", "write_units_per_second")]
    return any(None not in pair and (any(isinstance(one, str) for one in pair) or pair[1] < pair[0]) for pair in pairs)


# --- others ---


def dropped(old: Any, new: Any) -> bool:
    """Whether an entry of a list is gone, or is another one."""
    entries = new if isinstance(new, list | tuple) else ()
    return any(one not in entries for one in (old if isinstance(old, list | tuple) else ()))


def unversioned(old: Any, new: Any) -> bool:
    """Whether a bucket that keeps versions, or kept them, is to be as if it never had."""
    return at(old, "status") in ("Enabled", "Suspended") and at(new, "status") == "Disabled"


TESTS: dict[str, Test] = {
    "cognito": lambda old, new, before, after: "COGNITO_USER_POOLS" in (old, new),
    "downgraded": lambda old, new, before, after: (old, new) == ("Advanced", "Standard"),
    "dropped": lambda old, new, before, after: dropped(old, new),
    "given": lambda old, new, before, after: new not in (None, ""),
    "lowered": lambda old, new, before, after: lowered(old, new),
    "other view": lambda old, new, before, after: other_view(old, new),
    "reindexed": lambda old, new, before, after: reindexed(old, new),
    "renamed ttl": lambda old, new, before, after: renamed_ttl(old, new),
    "retyped": lambda old, new, before, after: bool(retyped(old, new)),
    "retyped alone": retyped_alone,
    "retyped with an index": retyped_with_an_index,
    "several": lambda old, new, before, after: several(old, new),
    "stored": lambda old, new, before, after: new is not None and before.get("secret_string") not in (None, "", new),
    "toggled": lambda old, new, before, after: bool(old) is not bool(new),
    "unversioned": lambda old, new, before, after: unversioned(old, new),
}
