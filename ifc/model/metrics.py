"""Metrics: what a service counts of a resource, and an alarm can watch."""

from __future__ import annotations

from collections.abc import Mapping

import attrs

from ifc.records import named as model

COUNT, SHARE, SECONDS, MILLISECONDS, BYTES = "count", "share", "seconds", "milliseconds", "bytes"


@model
class Metric:
    """One metric of a kind, under the word that the language has for it.

    A share is two metrics, `name` divided by `whole`.
    """

    doc: str
    name: str  # CloudWatch's own
    unit: str = COUNT
    statistic: str = "Sum"  # what a threshold is compared with, where an alarm says nothing else
    whole: str = ""  # of a share: what it is a part of
    dimensions: Mapping[str, str] = attrs.field(factory=dict)  # beside the one that names the resource
    shortest: int = 10  # seconds: CloudWatch has no value for a shorter time
