"""Tables, buckets, secrets and configs of the description: what is kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ifc.targets.spacer.scene import Scene

VIEWS = {"new": "NEW_IMAGE", "old": "OLD_IMAGE", "new-and-old": "NEW_AND_OLD_IMAGES", "keys": "KEYS_ONLY"}


def tables(scene: Scene) -> dict[str, Any]:
    """The tables by name."""
    found: dict[str, Any] = {}
    for table in scene.app.of_kind("table"):
        given: Any = table
        if not given.key:  # an extern one of which nobody has said it
            scene.report.warning(
                "IFC636",
                f"the key of the extern table `{table.name}` is not known, so no table stands for it here",
                table.declared.span,
                "no key",
                f"write `extern table {table.name} {{ key id: string }}` with what it has",
            )
            continue
        local = set(map(id, given.local_index))
        found[table.name] = {
            **scene.named(table),
            "streamArn": scene.attribute(table, "stream-arn") if given.stream else None,
            "topic": scene.topics[table.name],
            "key": _key(given.key),
            "ttl": given.ttl,
            "view": VIEWS[given.stream] if given.stream else None,
            "indexes": [
                {
                    "name": index.label.text,
                    "key": _key((given.key[0], *index.key) if id(index) in local else index.key),
                    "projection": _projection(index.project),
                    "attributes": list(index.project) if not isinstance(index.project, str) else [],
                    "local": id(index) in local,
                }
                for index in given.indexes
            ],
        }
    return found


def _key(attributes: Iterable[Any]) -> list[list[str]]:
    return [[a.name, a.type] for a in attributes]


def _projection(project: Any) -> str:
    return {"all": "ALL", "keys": "KEYS_ONLY"}[project] if isinstance(project, str) else "INCLUDE"


def buckets(scene: Scene) -> dict[str, Any]:
    """The buckets by name."""
    found: dict[str, Any] = {}
    for bucket in scene.app.of_kind("bucket"):
        given: Any = bucket
        cors = given.cors
        found[bucket.name] = {
            **scene.named(bucket),
            "topic": scene.topics[bucket.name],
            "versioning": given.versioning,
            "cors": {
                "origins": scene.value(cors.origins),
                "methods": list(cors.methods),
                "headers": scene.value(cors.headers),
                "expose": scene.value(cors.expose),
                "maxAge": cors.max_age,
            }
            if cors
            else None,
        }
    return found


def secrets(scene: Scene) -> dict[str, Any]:
    """The secrets by name; a value that the app gives comes from a secret param, which this target has in the open."""
    found: dict[str, Any] = {}
    for secret in scene.app.of_kind("secret"):
        given: Any = secret
        found[secret.name] = {**scene.named(secret), "value": scene.here.text(scene.lowering.value(given.value))}
    return found


def configs(scene: Scene) -> dict[str, Any]:
    """The configs by name."""
    found: dict[str, Any] = {}
    for config in scene.app.of_kind("config"):
        given: Any = config
        value = None if config.extern else scene.here.text(scene.lowering.text(scene.lowering.value(given.value)))
        found[config.name] = {**scene.named(config), "value": value}
    return found
