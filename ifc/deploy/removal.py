"""What goes when a stack is deleted, what is lost with it, and what stays in the account."""

from __future__ import annotations

from collections.abc import Mapping
from shlex import quote
from typing import Any

from ifc.records import named

# What is in resources of these types, and goes with them.
HOLDS = {
    "AWS::DynamoDB::Table": "its items",
    "AWS::Events::Archive": "its events",
    "AWS::Kinesis::Stream": "its records",
    "AWS::Logs::LogGroup": "its logs",
    "AWS::S3::Bucket": "its objects",
    "AWS::SQS::Queue": "the messages that wait in it",
    "AWS::SSM::Parameter": "its value",
    "AWS::SecretsManager::Secret": "its value",
}
WITH_OTHERS = ("AWS::Lambda::Version",)  # gone with their function, whatever their policy says
KEPT = ("Retain", "RetainExceptOnCreate")  # CloudFormation template reference, DeletionPolicy


@named
class Resource:
    """A resource of the stack."""

    id: str
    type: str
    physical: str

    @property
    def holds(self) -> str:
        """What is in it; "" where nothing is."""
        return HOLDS.get(self.type, "")


@named
class Removal:
    """What becomes of each resource."""

    goes: tuple[Resource, ...]
    stays: tuple[Resource, ...]

    @property
    def lost(self) -> list[Resource]:
        """Those that go with what is in them."""
        return [resource for resource in self.goes if resource.holds]


def removal(template: Mapping[str, Any], deployed: Mapping[str, Mapping[str, Any]]) -> Removal:
    """What the deletion of a stack does with its resources."""
    goes: list[Resource] = []
    stays: list[Resource] = []
    for id, found in sorted(deployed.items()):
        if found.get("ResourceStatus") == "DELETE_COMPLETE":
            continue
        resource = Resource(id=id, type=found["ResourceType"], physical=found.get("PhysicalResourceId", ""))
        policy = template.get("Resources", {}).get(id, {}).get("DeletionPolicy")
        (stays if policy in KEPT and resource.type not in WITH_OTHERS else goes).append(resource)
    return Removal(goes=tuple(goes), stays=tuple(stays))


def command(resource: Resource, template: Mapping[str, Any], region: str) -> str:
    """What removes a resource that stayed; "" where that is better looked at first."""
    name, tail = quote(resource.physical), f" --region {region}"
    if resource.type == "AWS::DynamoDB::Table":
        properties = template.get("Resources", {}).get(resource.id, {}).get("Properties", {})
        guarded = f"aws dynamodb update-table --table-name {name} --no-deletion-protection-enabled{tail} && "
        return f"{guarded if properties.get('DeletionProtectionEnabled') else ''}aws dynamodb delete-table --table-name {name}{tail}"
    simple = {
        "AWS::S3::Bucket": f"aws s3 rb --force s3://{name}",
        "AWS::SecretsManager::Secret": f"aws secretsmanager delete-secret --secret-id {name}",
        "AWS::Logs::LogGroup": f"aws logs delete-log-group --log-group-name {name}",
        "AWS::SQS::Queue": f"aws sqs delete-queue --queue-url {name}",
        "AWS::Kinesis::Stream": f"aws kinesis delete-stream --stream-name {name}",
        "AWS::SSM::Parameter": f"aws ssm delete-parameter --name {name}",
    }.get(resource.type, "")
    return simple + tail if simple else ""
