"""Parameters (Systems Manager Parameter Store)."""

from __future__ import annotations

from ifc.plan import Resource, planned
from ifc.values import Value


@planned
class Parameter(Resource):
    cfn_type = "AWS::SSM::Parameter"
    attributes = {"name": None, "value": "Value"}
    tagged = "map"

    name: Value
    description: str | None = None
    value: Value

    def cfn(self) -> dict[str, Value]:
        # CloudFormation makes no SecureString (AWS::SSM::Parameter, Type); what is secret is a secret.
        return {"Type": "String", "Name": self.name, "Description": self.description, "Value": self.value}
