"""Functions, their permissions, event source mappings, asynchronous settings and URLs (Lambda)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ifc.plan import Resource, planned
from ifc.values import Json, Param, Value


@planned
class Function(Resource):
    cfn_type = "AWS::Lambda::Function"
    name_limit = 64
    attributes = {"arn": "Arn", "name": None}
    tagged = "list"

    name: Value
    description: str | None = None
    runtime: str
    handler: str
    arch: str
    memory: Value
    timeout: int
    role: Value
    code_parameter: str
    log_group: Value
    log_format: str = "text"
    environment: Mapping[str, Value]
    layers: tuple[Value, ...] = ()
    tracing: bool = False
    reserved: Value = None
    storage: Value = None

    def cfn(self) -> dict[str, Value]:
        return {
            "FunctionName": self.name,
            "Description": self.description,
            "Runtime": self.runtime,
            "Handler": self.handler,
            "Architectures": [self.arch],
            "MemorySize": self.memory,
            "Timeout": self.timeout,
            "Role": self.role,
            "Code": {"S3Bucket": Param("CodeBucket"), "S3Key": Param(self.code_parameter)},
            "Environment": {"Variables": dict(self.environment)} if self.environment else None,
            "Layers": list(self.layers) or None,
            "LoggingConfig": {"LogFormat": "JSON" if self.log_format == "json" else None, "LogGroup": self.log_group},
            "TracingConfig": {"Mode": "Active"} if self.tracing else None,
            "ReservedConcurrentExecutions": self.reserved,
            "EphemeralStorage": {"Size": self.storage} if self.storage is not None else None,
        }


@planned
class Permission(Resource):
    """Lets a service or everyone invoke a function."""

    cfn_type = "AWS::Lambda::Permission"

    function: Value
    principal: str
    action: str = "lambda:InvokeFunction"
    source: Value = None
    account: Value = None
    url_auth: str | None = None
    via_url: bool = False

    def cfn(self) -> dict[str, Value]:
        return {
            "Action": self.action,
            "FunctionName": self.function,
            "Principal": self.principal,
            "SourceArn": self.source,
            "SourceAccount": self.account,
            "FunctionUrlAuthType": self.url_auth,
            "InvokedViaFunctionUrl": True if self.via_url else None,
        }


@planned
class EventSourceMapping(Resource):
    """Lambda's poller of a queue or a stream. Failures are always reported by item, never by batch."""

    cfn_type = "AWS::Lambda::EventSourceMapping"
    attributes = {"id": "Id", "arn": "EventSourceMappingArn"}
    tagged = "list"

    source: Value
    function: Value
    batch: Value
    window: Value = None  # seconds
    patterns: tuple[Mapping[str, Any], ...] = ()
    concurrency: Value = None
    start: str | None = None
    retries: Value = None
    max_age: Value = None  # seconds
    bisect: bool | None = None
    parallel: Value = None
    failures: Value = None  # ARN

    def cfn(self) -> dict[str, Value]:
        return {
            "EventSourceArn": self.source,
            "FunctionName": self.function,
            "BatchSize": self.batch,
            "MaximumBatchingWindowInSeconds": self.window,
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "FilterCriteria": {"Filters": [{"Pattern": Json(p)} for p in self.patterns]} if self.patterns else None,
            "ScalingConfig": {"MaximumConcurrency": self.concurrency} if self.concurrency is not None else None,
            "StartingPosition": self.start,
            "MaximumRetryAttempts": self.retries,
            "MaximumRecordAgeInSeconds": self.max_age,
            "BisectBatchOnFunctionError": self.bisect,
            "ParallelizationFactor": self.parallel,
            "DestinationConfig": {"OnFailure": {"Destination": self.failures}} if self.failures is not None else None,
        }


@planned
class EventInvokeConfig(Resource):
    """What happens to asynchronous invocations: one for a function, so everything about them is collected here."""

    cfn_type = "AWS::Lambda::EventInvokeConfig"

    function: Value
    retries: Value = None
    max_age: Value = None  # seconds
    failed: Value = None  # ARN
    succeeded: Value = None  # ARN

    def cfn(self) -> dict[str, Value]:
        destinations = {
            "OnFailure": {"Destination": self.failed} if self.failed is not None else None,
            "OnSuccess": {"Destination": self.succeeded} if self.succeeded is not None else None,
        }
        return {
            "FunctionName": self.function,
            "Qualifier": "$LATEST",
            "MaximumRetryAttempts": self.retries,
            "MaximumEventAgeInSeconds": self.max_age,
            "DestinationConfig": destinations if any(v is not None for v in destinations.values()) else None,
        }


@planned
class Url(Resource):
    cfn_type = "AWS::Lambda::Url"
    attributes = {"url": "FunctionUrl"}

    function: Value
    auth: str
    streaming: bool = False
    cors: Mapping[str, Value] | None = None

    def cfn(self) -> dict[str, Value]:
        return {
            "TargetFunctionArn": self.function,
            "AuthType": self.auth,
            "InvokeMode": "RESPONSE_STREAM" if self.streaming else "BUFFERED",
            "Cors": dict(self.cors) if self.cors else None,
        }
