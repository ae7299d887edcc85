"""Log groups (CloudWatch Logs)."""

from __future__ import annotations

from ifc.plan import Block, Resource, planned
from ifc.values import Value


@planned
class LogGroup(Resource):
    """A log group; `streams` are what is in it, and CloudFormation gives their ARN for `arn` too."""

    cfn_type = "AWS::Logs::LogGroup"
    terraform_type = "aws_cloudwatch_log_group"
    terraform_file = "logs"
    replaces = ("LogGroupName",)
    ending = "Logs"
    name_limit = 512
    attributes = {"arn": ("Arn", "arn"), "streams": ("Arn", "${aws_cloudwatch_log_group.@.arn}:*"), "name": (None, "name")}
    tagged = "list"
    stateful = True

    name: Value
    retention: Value = None  # days

    def cfn(self) -> dict[str, Value]:
        return {"LogGroupName": self.name, "RetentionInDays": self.retention}

    def terraform(self) -> tuple[Block, ...]:
        return (self.block(name=self.name, retention_in_days=self.retention),)
