"""Parameters (Systems Manager Parameter Store)."""

from __future__ import annotations

from ifc.plan import Block, Resource, planned
from ifc.values import Value


@planned
class Parameter(Resource):
    cfn_type = "AWS::SSM::Parameter"
    terraform_type = "aws_ssm_parameter"
    terraform_file = "configs"
    replaces = ("Name",)
    attributes = {"name": (None, "name"), "value": ("Value", "insecure_value")}
    tagged = "map"

    name: Value
    description: str | None = None
    value: Value

    def cfn(self) -> dict[str, Value]:
        # CloudFormation makes no SecureString (AWS::SSM::Parameter, Type); what is secret is a secret.
        return {"Type": "String", "Name": self.name, "Description": self.description, "Value": self.value}

    def terraform(self) -> tuple[Block, ...]:
        # `value` would be hidden from the plan, as if it were secret.
        return (self.block(name=self.name, description=self.description, type="String", insecure_value=self.value),)
