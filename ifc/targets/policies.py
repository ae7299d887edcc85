"""The size of roles' policies, which is limited whatever tool writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ifc.aws.iam import Role, document
from ifc.diagnostics import Report
from ifc.plan import Plan
from ifc.values import Attr, Joined, Value

MAX_POLICY = 10_240  # characters of all inline policies of a role, without blanks (IAM user guide, IAM and STS quotas)
# What is known only at deployment, as long as it is there.
TYPICAL = {"partition": "aws", "region": "ap-northeast-1", "account": "123456789012", "suffix": "amazonaws.com"}


def too_long(plan: Plan, report: Report) -> None:
    """Reports roles with more permissions than IAM takes."""
    for placed in plan.placed:
        if not isinstance(placed.resource, Role) or placed.owner not in plan.app.resources:
            continue
        length = len(json.dumps(_written(plan, document(placed.resource.statements)), separators=(",", ":")))
        if length > MAX_POLICY:
            report.error(
                "IFC606",
                f"the policy of `{placed.owner}` is about {length:,} characters long, and IAM takes {MAX_POLICY:,}",
                plan.app.resources[placed.owner].declared.span,
                "too many permissions",
                "split the function, or join its `allow`s",
            )


def _written(plan: Plan, value: Value) -> Any:
    """A policy with something as long as it will be for what is known only at deployment."""
    if isinstance(value, Mapping):
        return {key: _written(plan, part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_written(plan, part) for part in value]
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if isinstance(value, Joined):
        return "".join(str(_written(plan, part)) for part in value.parts)
    if isinstance(value, Attr):
        return f"arn:aws:service:ap-northeast-1:123456789012:{plan.app.prefix}-{value.id}"
    return TYPICAL.get(getattr(value, "name", ""), plan.app.prefix)
