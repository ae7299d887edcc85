"""Variables from params, with what their values must pass, and outputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ifc.diagnostics import Report
from ifc.model.app import Output, Parameter
from ifc.model.scope import snake
from ifc.plan import PREFIX_LIMIT, PREFIX_PATTERN, Plan
from ifc.targets.terraform.hcl import escaped, inserted, quoted
from ifc.targets.terraform.values import Values

TYPES = {"string": "string", "number": "number", "flag": "bool", "list": "list(string)"}
# Names that a variable can't have (Terraform language, Input Variables), and those that every configuration of ours has.
RESERVED = {
    **dict.fromkeys(
        ("source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals"), "is a word of Terraform's own there"
    ),
    "code": "holds the archives of the functions",
    "prefix": "holds the start of every name",
}


def variables(plan: Plan, values: Values, report: Report) -> dict[str, Any]:
    """The variables by name: the prefix where a name begins with it, the archives, and every param."""
    found: dict[str, Any] = {}
    if values.prefixed:
        found["prefix"] = {
            "description": "Start of every physical name",
            "type": "string",
            "default": plan.app.prefix,
            "nullable": False,
            "validation": [
                {
                    "condition": inserted(f'length(var.prefix) <= {PREFIX_LIMIT} && can(regex("{PREFIX_PATTERN}", var.prefix))'),
                    "error_message": f"A small letter, then small letters, digits and dashes, no dash at the end; 2 to {PREFIX_LIMIT} characters.",
                }
            ],
        }
    if plan.archives:
        found["code"] = {
            "description": "The archive of each function, from this folder, and the digest of what is in it",
            "type": "map(object({ filename = string, source_code_hash = string }))",
            "nullable": False,
        }
    for parameter in plan.parameters:
        name = snake(parameter.name)
        if name in RESERVED:
            report.error(
                "IFC620",
                f"the param `{parameter.name}` becomes the variable `{name}`, which {RESERVED[name]}",
                parameter.span,
                "taken in Terraform",
                "give the param another name",
            )
            continue
        values.at("")
        for text in (parameter.default, parameter.description):
            if isinstance(text, str):
                values.note(text)
        found[name] = _variable(name, parameter, report)
    return found


def _variable(name: str, parameter: Parameter, report: Report) -> dict[str, Any]:
    # A description and a default are no templates: what is written is what is meant.
    default = parameter.default
    if parameter.type == "list" and default is not None:
        # CloudFormation trims what stands between commas (user guide, Parameters syntax reference).
        default = [part.strip() for part in default.split(",")] if isinstance(default, str) else list(default)
    elif parameter.type == "string" and default is not None:
        default = str(default)
    shape = {
        "description": parameter.description,
        "type": TYPES[parameter.type],
        "default": default,
        "sensitive": True if parameter.secret else None,
        "nullable": False,
        "validation": [
            {"condition": inserted(test), "error_message": escaped(said)} for test, said in _tests(f"var.{name}", parameter, report)
        ]
        or None,
    }
    return {key: value for key, value in shape.items() if value is not None}


def _tests(name: str, parameter: Parameter, report: Report) -> Iterator[tuple[str, str]]:
    """What a value must pass, and what is said of one that doesn't."""
    low, high = parameter.low, parameter.high

    def each(test: Callable[[str], str]) -> str:
        return f"alltrue([for one in {name} : {test('one')}])" if parameter.type == "list" else test(name)

    if parameter.one_of:
        values = ", ".join(quoted(v) if isinstance(v, str) else str(v).lower() for v in parameter.one_of)
        said = ", ".join(str(v).lower() if isinstance(v, bool) else str(v) for v in parameter.one_of)
        yield each(lambda one: f"contains([{values}], {one})"), f"One of {said}."
    if low is not None or high is not None:
        bounds = [f"{name} >= {low}"] * (low is not None) + [f"{name} <= {high}"] * (high is not None)
        said = (
            f"From {low} to {high}." if low is not None and high is not None else f"{low} or more." if high is None else f"At most {high}."
        )
        yield " && ".join(bounds), said
    if parameter.pattern is not None:
        from ifc.targets.terraform.re2 import re2  # only patterns need it

        known, unknown = re2(parameter.pattern)
        if unknown:
            report.error(
                "IFC621",
                f"Terraform tests values with RE2, which has no `{unknown}`",
                parameter.span,
                "its pattern",
                "write the pattern without looking around, looking back and possessive repeats",
            )
        pattern = quoted(f"^(?:{known})$")
        yield each(lambda one: f"can(regex({pattern}, {one}))"), f"It must match {parameter.pattern}"


def outputs(plan: Plan, values: Values, report: Report) -> dict[str, Any]:
    """The outputs by name; those that Terraform can't say are reported."""
    found: dict[str, Any] = {}
    owners: dict[str, Output] = {}
    for output in plan.outputs:
        name = snake(output.name)
        if name in owners:
            report.error(
                "IFC620",
                f"the outputs `{owners[name].name}` and `{output.name}` both become `{name}`",
                output.span,
                "taken in Terraform",
                "give the output another name",
            )
            continue
        owners[name] = output
        if output.export is not None:
            report.error(
                "IFC622",
                f"Terraform exports nothing under a name: `{output.name}` is an output and no more",
                output.span,
                "has `export`",
                "leave `export` out and read the output with `terraform_remote_state`, or keep the value in a `config`",
            )
        values.at("", f"output.{name}")
        shape = {
            "description": output.description,
            "value": values.value(output.value),
            "sensitive": values.is_secret(values.argument) or None,
        }
        found[name] = {key: value for key, value in shape.items() if value is not None}
    return found
