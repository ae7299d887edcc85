"""Log groups (CloudWatch Logs)."""

from __future__ import annotations

from ifc.plan import Resource, planned
from ifc.values import Value


@planned
class LogGroup(Resource):
    """A log group; `arn` already ends in `:*` in CloudFormation."""

    cfn_type = "AWS::Logs::LogGroup"
    name_limit = 512
    attributes = {"arn": "Arn", "name": None}
    tagged = "list"
    stateful = True

    name: Value
    retention: Value = None  # days

    def cfn(self) -> dict[str, Value]:
        return {"LogGroupName": self.name, "RetentionInDays": self.retention}
