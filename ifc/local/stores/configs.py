"""Systems Manager: the description's configs as parameters in moto, and what requests change in any parameter."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from ifc.local.stores.emulator import without_ec2
from ifc.local.stores.values import Values

with without_ec2():
    from moto.ssm.models import Parameter, ssm_backends

ATTRIBUTES = (
    "name",
    "parameter_type",
    "description",
    "allowed_pattern",
    "keyid",
    "version",
    "data_type",
    "labels",
    "source_result",
    "tier",
    "policies",
    "value",
)
PUBLIC = "/aws/"  # parameters that AWS has for everybody
_EPOCH = datetime(1970, 1, 1)


class Configs(Values):
    """The parameters of the app's region."""

    kind = "config"

    def __init__(self, region: str, account: str) -> None:
        super().__init__()
        self.backend = ssm_backends[account][region]

    def create(self, configs: Mapping[str, Mapping[str, Any]]) -> tuple[list[str], list[dict[str, Any]]]:
        """Makes parameters as described; the names of those that are gone, and changes of those that were there with another value."""
        before = self.states()
        dropped = [name for name in self.declared if name not in configs]
        for name in dropped:
            self._put(self.declared[name]["name"], None)
        for name, described in configs.items():
            known = self.declared.get(name)
            if known is not None and known["name"] != described["name"]:
                state = self.states().get(self.stored(known["name"]))
                self._put(known["name"], None)
                self._put(described["name"], state)
            if known is None or known.get("value") != described.get("value") or self.stored(described["name"]) not in self.states():
                self.describe(described)
        self.declared = dict(configs)
        return dropped, [change for change in self.changes(before) if change["name"] in before and change["state"] is not None]

    def stored(self, name: str) -> str:
        return str(self.backend._parameters.normalize_name(name))

    def describe(self, described: Mapping[str, Any]) -> None:
        """Gives a parameter the value of its description, as a new version where it has another."""
        versions: list[Parameter] = dict.get(self.backend._parameters, self.stored(described["name"])) or []
        if described.get("value") is None or (versions and versions[-1].value == described["value"]):
            return
        made = Parameter(
            account_id=self.backend.account_id,
            name=described["name"],
            value=described["value"],
            parameter_type=versions[-1].parameter_type if versions else "String",
            description=versions[-1].description if versions else None,
            allowed_pattern=None,
            keyid=None,
            last_modified_date=_EPOCH + timedelta(microseconds=time.time_ns() // 1000),
            version=versions[-1].version + 1 if versions else 1,
            data_type="text",
            tier="Standard",
        )
        dict.__setitem__(self.backend._parameters, self.stored(described["name"]), [*versions, made])

    def states(self) -> dict[str, dict[str, Any]]:
        """All parameters as they are, by their names."""
        tags: Mapping[str, Mapping[str, str]] = self.backend._resource_tags.get("Parameter", {})
        found = {}
        for name, versions in dict.items(self.backend._parameters):
            if versions and not name.startswith(PUBLIC):
                content = [
                    {**{a: getattr(v, a) for a in ATTRIBUTES}, "modified": (v.last_modified_date - _EPOCH) // timedelta(microseconds=1)}
                    for v in versions
                ]
                found[name] = copy.deepcopy({"versions": content, "tags": dict(tags.get(name, {}))})
        return found

    def _put(self, name: str, state: Mapping[str, Any] | None) -> None:
        """Makes a parameter what a state says; takes it out without one."""
        stored = self.stored(name)
        dict.pop(self.backend._parameters, stored, None)
        self.backend._resource_tags["Parameter"].pop(stored, None)
        if state is None:
            return
        versions = []
        for content in state["versions"]:
            version: Any = object.__new__(Parameter)
            vars(version).update({a: copy.deepcopy(content[a]) for a in ATTRIBUTES})
            version.account_id, version.name = self.backend.account_id, name
            version.last_modified_date = _EPOCH + timedelta(microseconds=content["modified"])
            versions.append(version)
        dict.__setitem__(self.backend._parameters, stored, versions)
        if state["tags"]:
            self.backend._resource_tags["Parameter"][stored] = dict(state["tags"])

    def restore(self, change: Mapping[str, Any]) -> str | None:
        """Applies a change from the log; a word why not where the config is gone from the description."""
        declared = change["config"]
        if declared is not None and declared not in self.declared:
            return "gone"
        name = self.declared[declared]["name"] if declared is not None else change["name"]
        state = change["state"]
        self._put(name, state)
        self.outdated.discard(declared or "")
        if state is not None and declared is not None and state["given"] != self.given(declared):
            self.outdated.add(declared)
        return None

    def undo(self, before: Mapping[str, Mapping[str, Any]]) -> None:
        """Takes back what a request did that failed."""
        now = self.states()
        for name in {**before, **now}:
            if before.get(name) != now.get(name):
                self._put(name, before.get(name))
