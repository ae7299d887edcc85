"""One side of a comparison: an app's outputs, and where in its source each thing stands, when there is a source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import attrs

from ifc.compiler import Compiled
from ifc.diagnostics import ERROR, Diagnostic, Report
from ifc.plan import Placed, Plan
from ifc.review.deployed import cloudformation, terraform
from ifc.review.deployed.form import Key
from ifc.review.deployed.output import Output
from ifc.review.deployed.reading import CFN, TERRAFORM
from ifc.source import Span

TARGETS = {CFN: "CloudFormation", TERRAFORM: "Terraform"}


@attrs.frozen
class Version:
    """One side: its outputs by target, and its plan where it was compiled from a source."""

    title: str
    outputs: Mapping[str, Output]
    plan: Plan | None = None
    remarks: tuple[str, ...] = ()
    placed: Mapping[Key, Placed] = attrs.field(factory=dict)

    def declared(self, key: Key) -> str | None:
        """The name of the declaration that a thing belongs to; None where there is no source, or the whole app has it."""
        found = self.placed.get(key)
        if found is None or self.plan is None or found.owner not in self.plan.app.resources:
            return None
        return found.owner

    def span(self, key: Key, setting: str = "") -> Span | None:
        """Where a setting of a thing is written, or else the thing itself."""
        found = self.placed.get(key)
        if found is None or self.plan is None:
            return None
        if found.wire is not None:
            origin = found.wire.origins.get(setting)
            return origin.span if origin is not None and origin.span is not None else found.wire.span
        resource = self.plan.app.resources.get(found.owner)
        return resource.place(setting) if resource is not None else self.plan.app.span


@attrs.frozen
class Unprintable(Exception):
    """An app that compiles, but not to a target: what stands against it."""

    target: str
    diagnostics: tuple[Diagnostic, ...]


def of_source(title: str, compiled: Compiled, targets: Iterable[str]) -> Version:
    """The side that a compiled source is, for some targets; raises Unprintable for one that it can't be compiled to."""
    plan = compiled.plan
    if plan is None:
        raise TypeError("a source with errors is no side")
    readers: dict[str, Any] = {}
    for target in dict.fromkeys((*targets, CFN)):  # logical ids tell where things stand, so there is always a template
        report = Report()
        readers[target] = _template(plan, report) if target == CFN else _configuration(plan, report)
        errors = tuple(d for d in report.ordered() if d.severity == ERROR)
        if errors and target in targets:
            raise Unprintable(target, errors)
    outputs = {target: Output(reader) for target, reader in readers.items()}
    by_id = {placed.resource.id: placed for placed in plan.placed}
    placed = {key: by_id[id] for key, id in outputs[CFN].ids.items() if id in by_id}
    return Version(title, {t: outputs[t] for t in targets}, plan, placed=placed)


def _template(plan: Plan, report: Report) -> cloudformation.Template:
    from ifc.targets import cfn

    return cloudformation.Template(cfn.printed(plan, report), {archive.parameter: archive.function for archive in plan.archives})


def _configuration(plan: Plan, report: Report) -> terraform.Configuration:
    from ifc.targets import terraform as target

    return terraform.Configuration(target.printed(plan, report), {archive.function: archive.function for archive in plan.archives})
