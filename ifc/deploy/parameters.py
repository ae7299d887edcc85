"""The values that a deployment gives the template's parameters, and those that stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ifc.diagnostics import Diagnostic, Failure
from ifc.records import named


@named
class Parameters:
    """What a change set is given: values, and the names of those that keep theirs."""

    values: Mapping[str, str]
    secrets: Mapping[str, str]  # the same of secret ones: these are never shown or kept
    kept: tuple[str, ...] = ()

    @property
    def request(self) -> list[dict[str, Any]]:
        """As CloudFormation takes them."""
        given = [{"ParameterKey": name, "ParameterValue": value} for name, value in sorted({**self.values, **self.secrets}.items())]
        return given + [{"ParameterKey": name, "UsePreviousValue": True} for name in sorted(self.kept)]


def chosen(template: Mapping[str, Any], given: Mapping[str, str], deployed: Mapping[str, str]) -> Parameters:
    """What each parameter gets: the value given, else the default of the source, else the value that is deployed.

    Failure where a parameter has none of these.
    """
    declared = template.get("Parameters", {})
    secret = {name for name, shape in declared.items() if shape.get("NoEcho")}
    open_ended = {name for name, shape in declared.items() if "Default" not in shape and name not in given}
    lacking = sorted(name for name in open_ended if name not in deployed)
    if lacking:
        raise lack(lacking, secret)
    return Parameters(
        values={name: value for name, value in given.items() if name in declared and name not in secret},
        secrets={name: value for name, value in given.items() if name in secret},
        kept=tuple(sorted(open_ended)),
    )


def missing(template: Mapping[str, Any], given: Mapping[str, str], deployed: Mapping[str, str]) -> list[str]:
    """The secret parameters that have no value yet."""
    declared = template.get("Parameters", {})
    return sorted(name for name, shape in declared.items() if shape.get("NoEcho") and name not in given and name not in deployed)


def lack(names: list[str], secret: set[str]) -> Failure:
    """The failure of params that nobody gave a value."""
    words = ", ".join(f"`{name}`" for name in names)
    what = f"the params {words} have no value" if names[1:] else f"the param {words} has no value"
    help = "give it once with `--param NAME=VALUE`: later deployments keep it" + (
        "; a secret one is asked for where the command runs in a terminal" if secret & {*names} else ""
    )
    return Failure(Diagnostic("IFC836", what, help=help))


def defaults(template: Mapping[str, Any]) -> dict[str, str]:
    """The defaults of a template's parameters, as text."""
    return {
        name: str(shape["Default"])
        for name, shape in template.get("Parameters", {}).items()
        if "Default" in shape and not shape.get("NoEcho")
    }
