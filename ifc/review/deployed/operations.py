"""Alarms, and how traffic moves to new code, on both sides (CloudWatch, CodeDeploy)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ifc.review.deployed.form import Value
from ifc.review.deployed.reading import Field as F
from ifc.review.deployed.reading import Kind, Rows, Side, add, bag

KINDS: list[Kind] = []
kind = partial(add, KINDS)


def dimensions(value: Value, side: Side) -> Value:
    """The dimensions of a metric by name: pairs in CloudFormation."""
    if isinstance(value, Mapping):
        return dict(value)
    return {one["Name"]: one["Value"] for one in value}


kind(
    "alarm",
    "CloudWatch::Alarm",
    "cloudwatch_metric_alarm",
    F("name", "AlarmName", "alarm_name"),
    F("description", "AlarmDescription", "alarm_description"),
    F("comparison", "ComparisonOperator", "comparison_operator"),
    F("threshold", "Threshold", "threshold"),
    F("of", "EvaluationPeriods", "evaluation_periods"),
    F("times", "DatapointsToAlarm", "datapoints_to_alarm"),
    F("missing", "TreatMissingData", "treat_missing_data"),
    F("rings", "AlarmActions", "alarm_actions", bag),
    F("ok", "OKActions", "ok_actions", bag),
    F("namespace", "Namespace", "namespace"),
    F("metric", "MetricName", "metric_name"),
    F("dimensions", "Dimensions", "dimensions", dimensions),
    F("statistic", "Statistic", "statistic"),
    F("percentile", "ExtendedStatistic", "extended_statistic"),
    F("period", "Period", "period"),
    F(
        "metrics",
        "Metrics",
        "metric_query",
        Rows(
            F("id", "Id", "id"),
            F("expression", "Expression", "expression"),
            F("returned", "ReturnData", "return_data"),
            F("namespace", "MetricStat.Metric.Namespace", "metric.namespace"),
            F("metric", "MetricStat.Metric.MetricName", "metric.metric_name"),
            F("dimensions", "MetricStat.Metric.Dimensions", "metric.dimensions", dimensions),
            F("period", "MetricStat.Period", "metric.period"),
            F("statistic", "MetricStat.Stat", "metric.stat"),
        ),
    ),
    attributes={"name": (None, ("alarm_name", "id")), "arn": ("Arn", ("arn",))},
    tagged=True,
    unique=True,
)


def routing_terraform(content: dict[str, Any]) -> None:
    """How fast traffic moves, as CloudFormation writes it."""
    routing = content.pop("traffic_routing_config", None)
    if not isinstance(routing, dict):
        return
    content["~routing"] = {"Type": routing.pop("type", None)}
    for name, here in (("time_based_canary", "Canary"), ("time_based_linear", "Linear")):
        steps = routing.pop(name, None)
        if isinstance(steps, dict):
            content["~routing"][f"TimeBased{here}"] = {f"{here}Interval": steps["interval"], f"{here}Percentage": steps["percentage"]}
    if routing:
        content["traffic_routing_config"] = routing


kind(
    "deployments",
    "CodeDeploy::Application",
    "codedeploy_app",
    F("name", "ApplicationName", "name"),
    F("platform", "ComputePlatform", "compute_platform"),
    attributes={"name": (None, ("name", "id"))},
    tagged=True,
    unique=True,
)
kind(
    "deployment speed",
    "CodeDeploy::DeploymentConfig",
    "codedeploy_deployment_config",
    F("name", "DeploymentConfigName", "deployment_config_name"),
    F("platform", "ComputePlatform", "compute_platform"),
    F("routing", "TrafficRoutingConfig", "~routing"),
    attributes={"name": (None, ("id", "deployment_config_name"))},
    shape_terraform=routing_terraform,
    unique=True,
)
kind(
    "deployment group",
    "CodeDeploy::DeploymentGroup",
    "codedeploy_deployment_group",
    F("name", "DeploymentGroupName", "deployment_group_name"),
    F("application", "ApplicationName", "app_name"),
    F("role", "ServiceRoleArn", "service_role_arn"),
    F("speed", "DeploymentConfigName", "deployment_config_name"),
    F("type", "DeploymentStyle.DeploymentType", "deployment_style.deployment_type"),
    F("option", "DeploymentStyle.DeploymentOption", "deployment_style.deployment_option"),
    F("outdated", "OutdatedInstancesStrategy", "outdated_instances_strategy"),
    F("rolls back", "AutoRollbackConfiguration.Enabled", "auto_rollback_configuration.enabled"),
    F("rolls back on", "AutoRollbackConfiguration.Events", "auto_rollback_configuration.events", bag),
    F("looks at alarms", "AlarmConfiguration.Enabled", "alarm_configuration.enabled"),
    F(
        "alarms",
        "AlarmConfiguration.Alarms",
        "alarm_configuration.alarms",
        lambda value, side: bag([one["Name"] if isinstance(one, Mapping) else one for one in value], side),
    ),
    ending="Deployment",
    attributes={"name": (None, ("deployment_group_name", "id"))},
    tagged=True,
)
