"""Alarms (CloudWatch)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ifc.plan import Block, Resource, planned
from ifc.values import Value

PLAIN = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")  # what is no percentile


@planned
class Alarm(Resource):
    """An alarm on one metric, or on one divided by another."""

    cfn_type = "AWS::CloudWatch::Alarm"
    terraform_type = "aws_cloudwatch_metric_alarm"
    terraform_file = "alarms"
    name_limit = 255
    attributes = {"arn": ("Arn", "arn"), "name": (None, "alarm_name")}
    tagged = "list"

    name: Value
    description: str | None = None
    namespace: str
    metric: str
    whole: str = ""  # the metric that it is a share of
    dimensions: Mapping[str, Value]
    statistic: str
    period: int  # seconds
    periods: int
    of: int  # periods that are looked at
    comparison: str
    threshold: Value
    missing: str
    alarm: tuple[Value, ...] = ()  # ARNs of what is told
    ok: tuple[Value, ...] = ()

    def cfn(self) -> dict[str, Value]:
        common = {
            "AlarmName": self.name,
            "AlarmDescription": self.description,
            "ComparisonOperator": self.comparison,
            "Threshold": self.threshold,
            "EvaluationPeriods": self.of,
            "DatapointsToAlarm": self.periods if self.periods != self.of else None,
            "TreatMissingData": self.missing,
            "AlarmActions": list(self.alarm) or None,
            "OKActions": list(self.ok) or None,
        }
        if self.whole:
            return {**common, "Metrics": [self._share("Id", "Expression", "ReturnData"), *map(self._cfn_part, ("part", "whole"))]}
        return {
            **common,
            "Namespace": self.namespace,
            "MetricName": self.metric,
            "Dimensions": self._cfn_dimensions(),
            "Statistic": self.statistic if self.statistic in PLAIN else None,
            "ExtendedStatistic": None if self.statistic in PLAIN else self.statistic,
            "Period": self.period,
        }

    def _cfn_dimensions(self) -> Value:
        return [{"Name": name, "Value": value} for name, value in sorted(self.dimensions.items())] or None

    def _cfn_part(self, id: str) -> dict[str, Any]:
        metric = {
            "Namespace": self.namespace,
            "MetricName": self.whole if id == "whole" else self.metric,
            "Dimensions": self._cfn_dimensions(),
        }
        return {"Id": id, "MetricStat": {"Metric": metric, "Period": self.period, "Stat": self.statistic}, "ReturnData": False}

    @staticmethod
    def _share(id: str, expression: str, returned: str) -> dict[str, Any]:
        # Nothing divided by nothing is no value, and that an alarm could only guess at.
        return {id: "share", expression: "IF(whole > 0, part / whole, 0)", returned: True}

    def terraform(self) -> tuple[Block, ...]:
        common = {
            "alarm_name": self.name,
            "alarm_description": self.description,
            "comparison_operator": self.comparison,
            "threshold": self.threshold,
            "evaluation_periods": self.of,
            "datapoints_to_alarm": self.periods if self.periods != self.of else None,
            "treat_missing_data": self.missing,
            "alarm_actions": list(self.alarm) or None,
            "ok_actions": list(self.ok) or None,
        }
        if self.whole:
            parts = [self._share("id", "expression", "return_data"), *map(self._terraform_part, ("part", "whole"))]
            return (self.block(**common, metric_query=parts),)
        main = self.block(
            **common,
            namespace=self.namespace,
            metric_name=self.metric,
            dimensions=dict(sorted(self.dimensions.items())) or None,
            statistic=self.statistic if self.statistic in PLAIN else None,
            extended_statistic=None if self.statistic in PLAIN else self.statistic,
            period=self.period,
        )
        return (main,)

    def _terraform_part(self, id: str) -> dict[str, Any]:
        metric = {
            "namespace": self.namespace,
            "metric_name": self.whole if id == "whole" else self.metric,
            "dimensions": dict(sorted(self.dimensions.items())) or None,
            "period": self.period,
            "stat": self.statistic,
        }
        return {"id": id, "metric": metric, "return_data": False}
