"""What things are called in the neutral form, where two outputs have names of their own."""

from __future__ import annotations

from collections.abc import Callable

from ifc.review.deployed.form import NotUnderstood, Of, Value
from ifc.review.deployed.reading import CFN

PLACES = {CFN: ("RestApiId", "ParentId", "ResourceId", "PathPart", "HttpMethod")}
OTHER_PLACES = ("rest_api_id", "parent_id", "resource_id", "path_part", "http_method")


def structural(kind: str, value: Callable[[str], Value], side: str) -> str | None:
    """The identity of what is told apart by where it is: a REST API's paths and methods; None for other kinds."""
    if kind not in ("rest path", "rest method"):
        return None
    api, parent, resource, segment, method = PLACES.get(side, OTHER_PLACES)
    owner = value(api)
    if not isinstance(owner, Of):
        raise NotUnderstood(f"no API: {owner}")
    if kind == "rest path":
        return f"{owner.identity} {path(value(parent))}/{value(segment)}"
    return f"{owner.identity} {value(method)} {path(value(resource)) or '/'}"


def path(of: Value) -> str:
    """The full path of a path's id; of the root it is empty."""
    if isinstance(of, Of) and of.kind == "rest path":
        return of.identity.partition(" ")[2]
    if isinstance(of, Of) and (of.kind, of.attribute) == ("rest api", "root"):
        return ""
    raise NotUnderstood(f"no path: {of}")
