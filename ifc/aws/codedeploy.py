"""Who moves the traffic of an alias from one version to the next (CodeDeploy)."""

from __future__ import annotations

from ifc.plan import PREFIX, Block, Resource, planned
from ifc.values import Attr, Value, joined

CANARY, LINEAR, AT_ONCE = "canary", "linear", "all-at-once"
# CodeDeploy user guide, Predefined deployment configurations for an AWS Lambda compute platform: minutes
CANARIES, STEPS = (5, 10, 15, 30), (1, 2, 3, 10)
EVENTS = ("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST")


@planned
class Application(Resource):
    """The application that the groups of all functions are in."""

    cfn_type = "AWS::CodeDeploy::Application"
    terraform_type = "aws_codedeploy_app"
    terraform_file = "deployments"
    name_limit = 100
    attributes = {"name": (None, "name")}
    tagged = "list"

    name: Value

    def cfn(self) -> dict[str, Value]:
        return {"ApplicationName": self.name, "ComputePlatform": "Lambda"}

    def terraform(self) -> tuple[Block, ...]:
        return (self.block(name=self.name, compute_platform="Lambda"),)


@planned
class DeploymentConfig(Resource):
    """How fast traffic moves, where CodeDeploy has no configuration of its own for that."""

    cfn_type = "AWS::CodeDeploy::DeploymentConfig"
    terraform_type = "aws_codedeploy_deployment_config"
    terraform_file = "deployments"
    name_limit = 100
    attributes = {"name": (None, "id")}

    how: str  # "canary" or "linear"
    share: int  # percent
    every: int  # minutes

    @property
    def name(self) -> Value:
        """Its name, which tells what it says: another speed is another configuration."""
        return joined(PREFIX, "-", self.how, "-", str(self.share), "-percent-", str(self.every), "-minutes")

    def cfn(self) -> dict[str, Value]:
        routing: dict[str, Value] = (
            {"Type": "TimeBasedCanary", "TimeBasedCanary": {"CanaryInterval": self.every, "CanaryPercentage": self.share}}
            if self.how == CANARY
            else {"Type": "TimeBasedLinear", "TimeBasedLinear": {"LinearInterval": self.every, "LinearPercentage": self.share}}
        )
        return {"DeploymentConfigName": self.name, "ComputePlatform": "Lambda", "TrafficRoutingConfig": routing}

    def terraform(self) -> tuple[Block, ...]:
        canary = self.how == CANARY
        routing = {
            "type": "TimeBasedCanary" if canary else "TimeBasedLinear",
            "time_based_canary" if canary else "time_based_linear": {"interval": self.every, "percentage": self.share},
        }
        return (self.block(deployment_config_name=self.name, compute_platform="Lambda", traffic_routing_config=routing),)


@planned
class DeploymentGroup(Resource):
    """The deployments of one function: how fast, and what stops and takes them back."""

    cfn_type = "AWS::CodeDeploy::DeploymentGroup"
    terraform_type = "aws_codedeploy_deployment_group"
    terraform_file = "deployments"
    ending = "Deployment"
    name_limit = 100
    attributes = {"name": (None, "deployment_group_name")}
    tagged = "list"

    name: Value
    application: str  # its id
    role: Value  # ARN
    config: Value  # the name of its speed
    alarms: tuple[Value, ...] = ()  # names

    def cfn(self) -> dict[str, Value]:
        return {
            "ApplicationName": Attr(self.application, "name"),
            "DeploymentGroupName": self.name,
            "ServiceRoleArn": self.role,
            "DeploymentConfigName": self.config,
            "DeploymentStyle": {"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"},
            "AutoRollbackConfiguration": {"Enabled": True, "Events": list(EVENTS)},
            "AlarmConfiguration": {"Enabled": True, "Alarms": [{"Name": name} for name in self.alarms]} if self.alarms else None,
        }

    def terraform(self) -> tuple[Block, ...]:
        main = self.block(
            app_name=Attr(self.application, "name"),
            deployment_group_name=self.name,
            service_role_arn=self.role,
            deployment_config_name=self.config,
            deployment_style={"deployment_type": "BLUE_GREEN", "deployment_option": "WITH_TRAFFIC_CONTROL"},
            auto_rollback_configuration={"enabled": True, "events": list(EVENTS)},
            alarm_configuration={"enabled": True, "alarms": list(self.alarms)} if self.alarms else None,
        )
        return (main,)


def built_in(how: str, share: int, every: int) -> str | None:
    """The name of CodeDeploy's own configuration for a speed (minutes), or None."""
    if how == AT_ONCE:
        return "CodeDeployDefault.LambdaAllAtOnce"
    if share == 10 and how == CANARY and every in CANARIES:
        return f"CodeDeployDefault.LambdaCanary10Percent{every}Minutes"
    if share == 10 and how == LINEAR and every in STEPS:
        return f"CodeDeployDefault.LambdaLinear10PercentEvery{every}Minute{'s' if every > 1 else ''}"
    return None
