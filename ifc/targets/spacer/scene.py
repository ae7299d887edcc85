"""What every part of the description is made from: the app, its plan, and what both are called here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ifc.diagnostics import Report
from ifc.model.app import App, Resource
from ifc.plan import Lowering, Plan
from ifc.records import named
from ifc.targets.spacer.values import Here


@named
class Scene:
    """An app on this machine."""

    plan: Plan
    lowering: Lowering
    here: Here
    shown: Here  # the same, for what is only looked at: without the values of secret params
    topics: Mapping[str, str]  # the log's topic of each source of events, by declared name
    report: Report

    @property
    def app(self) -> App:
        """The app."""
        return self.plan.app

    def value(self, content: Any) -> Any:
        """A value of the model as JSON holds it."""
        return self.here(self.lowering.value(content))

    def attribute(self, resource: Resource, name: str) -> str:
        """An attribute of a declared resource."""
        return str(self.here(resource.attribute(name, self.lowering)))

    def named(self, resource: Resource) -> dict[str, str]:
        """The physical name and the ARN of a declared resource."""
        return {"name": self.attribute(resource, "name"), "arn": self.attribute(resource, "arn")}
