"""Secrets Manager: the description's secrets in moto, and what requests change in any secret."""

from __future__ import annotations

import copy
import uuid
from collections.abc import Mapping
from typing import Any

from moto.secretsmanager.models import FakeSecret, secretsmanager_backends

from ifc.local.stores.values import Values

# What moto keeps of a secret but the account and the region.
ATTRIBUTES = (
    "secret_id",
    "name",
    "arn",
    "description",
    "tags",
    "kms_key_id",
    "version_stages",
    "last_changed_date",
    "created_date",
    "rotation_requested",
    "rotation_enabled",
    "rotation_lambda_arn",
    "auto_rotate_after_days",
    "deleted_date",
    "policy",
    "next_rotation_date",
    "last_rotation_date",
    "default_version_id",
    "versions",
)
VERSIONS = 100  # of a secret, before those without a stage go (Secrets Manager user guide, Quotas)
_IDS = uuid.UUID("8d6a4f0e-7c3b-4b51-9a2e-0f1d2c3b4a59")  # for ids of versions that are the same at every start


class Secrets(Values):
    """The secrets of the app's region."""

    kind = "secret"

    def __init__(self, region: str, account: str) -> None:
        super().__init__()
        self.backend = secretsmanager_backends[account][region]

    def create(self, secrets: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], list[dict[str, Any]]]:
        """Makes secrets as described; the names of those that are gone, and changes of those that were there with another value."""
        before = self.states()
        dropped = [name for name in self.declared if name not in secrets]
        for name in dropped:
            dict.pop(self.backend.secrets, self.declared[name]["name"], None)
        for name, described in secrets.items():
            known = self.declared.get(name)
            if known is not None and known["name"] != described["name"] and known["name"] in self.backend.secrets:
                self._rename(known["name"], described)
            if (
                known is None
                or known.get("value") != described.get("value")
                or not dict.__contains__(self.backend.secrets, described["name"])
            ):
                self.describe(described)
        self.declared = dict(secrets)
        return dropped, [change for change in self.changes(before) if change["name"] in before and change["state"] is not None]

    def _rename(self, name: str, described: Mapping[str, Any]) -> None:
        secret: Any = dict.pop(self.backend.secrets, name)
        secret.name = secret.secret_id = described["name"]
        secret.arn = described["arn"]
        dict.__setitem__(self.backend.secrets, described["name"], secret)

    def describe(self, described: Mapping[str, Any]) -> None:
        """Gives a secret the value of its description, as a new version where it has another."""
        value = described.get("value")
        version = str(uuid.uuid5(_IDS, f"{described['name']}\\0{value}")) if value is not None else None
        existing: Any = dict.get(self.backend.secrets, described["name"])
        if existing is None or (version is not None and version not in existing.versions):
            secret, _ = self.backend._add_secret(
                described["name"], secret_string=value, version_id=version, description=None if existing is None else existing.description
            )
            secret.arn = described["arn"]

    def states(self) -> dict[str, dict[str, Any]]:
        """All secrets as they are, by their names; copies of those in other regions aside."""
        found = {}
        for name, secret in dict.items(self.backend.secrets):
            if isinstance(secret, FakeSecret):
                found[name] = copy.deepcopy({a: getattr(secret, a) for a in ATTRIBUTES})
        return found

    def changes(self, before: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The secrets that are not as they were; without old versions that have no stage, of which moto keeps all."""
        for secret in dict.values(self.backend.secrets):
            bare = [version for version, content in secret.versions.items() if not content["version_stages"]]
            for version in bare[: max(0, len(secret.versions) - VERSIONS)]:
                del secret.versions[version]
        return super().changes(before)

    def restore(self, change: Mapping[str, Any]) -> str | None:
        """Applies a change from the log; a word why not where the secret is gone from the description."""
        declared = change["secret"]
        if declared is not None and declared not in self.declared:
            return "gone"
        name = self.declared[declared]["name"] if declared is not None else change["name"]
        dict.pop(self.backend.secrets, name, None)
        self.outdated.discard(declared or "")
        if change["state"] is None:
            return None
        state = dict(change["state"])
        given = state.pop("given")
        secret: Any = object.__new__(FakeSecret)
        vars(secret).update(account_id=self.backend.account_id, region=self.backend.region_name, replicas=[])
        secret.secret_string = secret.secret_binary = None
        vars(secret).update(copy.deepcopy(state))
        dict.__setitem__(self.backend.secrets, name, secret)
        if declared is not None:
            secret.name = secret.secret_id = name
            secret.arn = self.declared[declared]["arn"]
            if given != self.given(declared):
                self.outdated.add(declared)
        return None

    def undo(self, before: Mapping[str, Mapping[str, Any]]) -> None:
        """Takes back what a request did that failed: RotateSecret leaves a version behind when it can't call its function."""
        for name, state in self.states().items():
            if name not in before:
                dict.pop(self.backend.secrets, name)
            elif before[name] != state:
                vars(dict.__getitem__(self.backend.secrets, name)).update(copy.deepcopy(dict(before[name])))
