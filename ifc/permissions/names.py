"""What things are called once they are deployed by CloudFormation, as far as it is known before: the rest is `*`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ifc.permissions.documents import properties
from ifc.plan import PREFIX, Placed, Plan
from ifc.values import Attr, Joined, Json, Param, Pseudo, Value

OPEN = "*"
RANDOM = len("-") + 13  # what CloudFormation adds to a name that it makes, at most
# Where stack and id are too long together, CloudFormation cuts them; how is not published. So much of each is taken to stay.
KEPT = 20


class Names:
    """The names of one deployment of an app."""

    def __init__(
        self,
        plan: Plan,
        *,
        stack: str = OPEN,
        region: str = OPEN,
        account: str = OPEN,
        partition: str = OPEN,
        code_bucket: str = OPEN,
        by_prefix: bool = False,  # all that begins as the app's names do, not each resource's
        any_params: bool = False,  # whatever values the template's parameters get
    ) -> None:
        self.plan, self.stack, self.region, self.account, self.partition = plan, stack, region, account, partition
        self.given = {PREFIX.name: OPEN if any_params else plan.app.prefix, "CodeBucket": code_bucket}  # the template's own parameters
        self.any_params = any_params
        self.by_prefix = by_prefix
        self.placed: Mapping[str, Placed] = {p.resource.id: p for p in plan.placed}
        self.params: set[str] = set()  # whose values stand in a name
        self.open_params: set[str] = set()  # which have none

    # --- texts ---

    def text(self, value: Value) -> str:
        """A value as text, with `*` for what is known only at deployment."""
        return re.sub(r"\*{2,}", OPEN, self._text(value))

    def _text(self, value: Value) -> str:
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int | float):
            return str(value)
        if isinstance(value, Param):
            return self._param(value.name)
        if isinstance(value, Pseudo):
            return {"region": self.region, "account": self.account, "partition": self.partition}.get(value.name, OPEN)
        if isinstance(value, Joined):
            return "".join(self._text(part) for part in value.parts)
        if isinstance(value, Attr):
            return self._attribute(value)
        return self.text(value.content) if isinstance(value, Json) else OPEN

    def _param(self, name: str) -> str:
        if name in self.given:
            return self.given[name]
        parameter = self.plan.app.parameters.get(name)
        unknown = self.any_params or parameter is None or parameter.type == "list" or parameter.secret
        default = None if unknown or parameter is None else parameter.default
        (self.open_params if default is None else self.params).add(name)
        return OPEN if default is None else self._text(default)

    def _attribute(self, value: Attr) -> str:
        placed = self.placed.get(value.id)
        if placed is None:
            return OPEN
        if value.attribute in ("arn", "Arn", "PolicyArn") or (value.attribute == "id" and placed.resource.cfn_type == MANAGED):
            return self.arn(placed)
        return self.name(placed) if value.attribute in ("name", "id") else OPEN

    # --- resources ---

    def name(self, placed: Placed) -> str:
        """The physical name of a resource."""
        found = NAMED.get(placed.resource.cfn_type)
        if found is None:
            return OPEN
        given = properties(placed).get(found[0])
        if given is not None:
            return self._widened(self.text(given)) if self.by_prefix else self.text(given)
        return self.generated(placed) if found[1] else OPEN

    def _widened(self, name: str) -> str:
        """A name as a pattern for all names of the app that begin like it."""
        prefix = self.given[PREFIX.name]
        begins = (f"{prefix}-", f"/{prefix}/", f"/aws/lambda/{prefix}-", f"/aws/vendedlogs/apis/{prefix}-")
        return next((begin + OPEN for begin in begins if name.startswith(begin)), name)

    def generated(self, placed: Placed) -> str:
        """A name that CloudFormation makes: `STACK-ID-…` (user guide, Name type)."""
        id, limit = placed.resource.id, NAMED[placed.resource.cfn_type][1]
        if self.stack == OPEN or len(self.stack) + len("-") + len(id) + RANDOM <= limit:
            return f"{self.stack}-{OPEN}" if self.by_prefix else f"{self.stack}-{id}-{OPEN}"
        return f"{self.stack}-{OPEN}" if len(self.stack) <= KEPT else f"{self.stack[:KEPT]}{OPEN}"

    def arn(self, placed: Placed) -> str:
        """The ARN of a resource; `*` where its type has none or none that is known."""
        make = ARNS.get(placed.resource.cfn_type)
        return make(self, placed) if make is not None else OPEN

    def named(self, service: str, rest: str, region: bool = True, account: bool = True) -> str:
        """An ARN of this deployment."""
        where = f"{self.region if region else ''}:{self.account if account else ''}"
        return re.sub(r"\*{2,}", OPEN, f"arn:{self.partition}:{service}:{where}:{rest}")

    def of(self, value: Value, make: Callable[[str], str]) -> str:
        """The ARN that a property means: an ARN as it stands, a reference's, or that of a name."""
        if isinstance(value, Attr) and value.id in self.placed:
            return self.arn(self.placed[value.id])
        text = self.text(value)
        return text if text.startswith("arn:") else make(text)

    def function(self, value: Value) -> str:
        """The ARN of the function that a property means."""
        return self.of(value, lambda name: self.named("lambda", f"function:{name}"))


MANAGED = "AWS::IAM::ManagedPolicy"  # whose Ref is its ARN
# The property that holds the name, and how long a name may be that CloudFormation makes (0: it makes none).
NAMED = {
    "AWS::CloudWatch::Alarm": ("AlarmName", 255),
    "AWS::CodeDeploy::Application": ("ApplicationName", 100),
    "AWS::CodeDeploy::DeploymentConfig": ("DeploymentConfigName", 100),
    "AWS::CodeDeploy::DeploymentGroup": ("DeploymentGroupName", 100),
    "AWS::DynamoDB::Table": ("TableName", 255),
    "AWS::Events::Archive": ("ArchiveName", 48),
    "AWS::Events::EventBus": ("Name", 0),
    "AWS::Events::Rule": ("Name", 64),
    "AWS::IAM::Group": ("GroupName", 128),
    "AWS::IAM::InstanceProfile": ("InstanceProfileName", 128),
    MANAGED: ("ManagedPolicyName", 128),
    "AWS::IAM::Role": ("RoleName", 64),
    "AWS::IAM::User": ("UserName", 64),
    "AWS::Kinesis::Stream": ("Name", 128),
    "AWS::Lambda::Alias": ("Name", 0),
    "AWS::Lambda::Function": ("FunctionName", 64),
    "AWS::Lambda::LayerVersion": ("LayerName", 64),
    "AWS::Logs::LogGroup": ("LogGroupName", 512),
    "AWS::S3::Bucket": ("BucketName", 63),
    "AWS::SNS::Topic": ("TopicName", 256),
    "AWS::SQS::Queue": ("QueueName", 80),
    "AWS::SSM::Parameter": ("Name", 1011),
    "AWS::Scheduler::Schedule": ("Name", 64),
    "AWS::Scheduler::ScheduleGroup": ("Name", 64),
    "AWS::SecretsManager::Secret": ("Name", 512),
}


def _simple(service: str, path: str) -> Callable[[Names, Placed], str]:
    return lambda names, placed: names.named(service, path + names.name(placed))


def _rule(names: Names, placed: Placed) -> str:
    bus = properties(placed).get("EventBusName")
    owner = "" if bus is None else names.of(bus, lambda name: name).rpartition("/")[2] + "/"
    return names.named("events", f"rule/{'' if owner == 'default/' else owner}{names.name(placed)}")


def _with_path(sort: str) -> Callable[[Names, Placed], str]:
    """The ARNs of a sort of IAM's, which have a path before the name."""
    return lambda names, placed: names.named(
        "iam", f"{sort}{names.text(properties(placed).get('Path', '/'))}{names.name(placed)}", region=False
    )


def _parameter(names: Names, placed: Placed) -> str:
    name = names.name(placed)
    return names.named("ssm", f"parameter{'' if name.startswith('/') else '/'}{name}")


def _schedule(names: Names, placed: Placed) -> str:
    group = properties(placed).get("GroupName")
    return names.named("scheduler", f"schedule/{'default' if group is None else names.text(group)}/{names.name(placed)}")


def _secret(names: Names, placed: Placed) -> str:
    if properties(placed).get("Name") is not None:
        return names.named("secretsmanager", f"secret:{names.name(placed)}-??????")
    # CloudFormation makes the name of a secret of the id alone, and cuts it.
    id = placed.resource.id
    return names.named("secretsmanager", f"secret:{id if len(id) <= KEPT else id[:KEPT]}{'-' if len(id) <= KEPT else ''}{OPEN}")


def _bucket(names: Names, placed: Placed) -> str:
    return names.named("s3", names.name(placed).lower(), region=False, account=False)


ARNS: dict[str, Callable[[Names, Placed], str]] = {
    "AWS::ApiGateway::RestApi": lambda names, _: names.named("execute-api", OPEN),
    "AWS::ApiGatewayV2::Api": lambda names, _: names.named("execute-api", OPEN),
    "AWS::CloudWatch::Alarm": _simple("cloudwatch", "alarm:"),
    "AWS::CodeDeploy::Application": _simple("codedeploy", "application:"),
    "AWS::CodeDeploy::DeploymentConfig": _simple("codedeploy", "deploymentconfig:"),
    "AWS::DynamoDB::Table": _simple("dynamodb", "table/"),
    "AWS::Events::Archive": _simple("events", "archive/"),
    "AWS::Events::EventBus": _simple("events", "event-bus/"),
    "AWS::Events::Rule": _rule,
    "AWS::IAM::Group": _with_path("group"),
    "AWS::IAM::InstanceProfile": _with_path("instance-profile"),
    MANAGED: _with_path("policy"),
    "AWS::IAM::Role": _with_path("role"),
    "AWS::IAM::User": _with_path("user"),
    "AWS::Kinesis::Stream": _simple("kinesis", "stream/"),
    "AWS::Lambda::Alias": lambda names, placed: f"{names.function(properties(placed).get('FunctionName'))}:{names.name(placed)}",
    "AWS::Lambda::Function": _simple("lambda", "function:"),
    "AWS::Lambda::LayerVersion": lambda names, placed: names.named("lambda", f"layer:{names.name(placed)}:*"),
    "AWS::Logs::LogGroup": _simple("logs", "log-group:"),
    "AWS::S3::Bucket": _bucket,
    "AWS::SNS::Topic": _simple("sns", ""),
    "AWS::SQS::Queue": _simple("sqs", ""),
    "AWS::SSM::Parameter": _parameter,
    "AWS::Scheduler::Schedule": _schedule,
    "AWS::Scheduler::ScheduleGroup": _simple("scheduler", "schedule-group/"),
    "AWS::SecretsManager::Secret": _secret,
}
