"""Functions, their permissions, event source mappings, asynchronous settings and URLs (Lambda)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ifc.aws.cors import Cors
from ifc.plan import Block, Expression, Resource, planned, short
from ifc.values import Attr, Json, Param, Value, joined

ALIAS = "live"  # the name of every alias of ours: what callers call, while versions change behind it


@planned
class Function(Resource):
    cfn_type = "AWS::Lambda::Function"
    terraform_type = "aws_lambda_function"
    terraform_file = "functions"
    replaces = ("FunctionName", "PackageType")
    name_limit = 64
    attributes = {"arn": ("Arn", "arn"), "name": (None, "function_name"), "version": (None, "version")}
    tagged = "list"

    name: Value
    description: str | None = None
    runtime: str | None
    handler: str | None
    image: Value = None  # of a container: the handler is its command then
    arch: str
    memory: Value
    timeout: int
    role: Value
    code_parameter: str
    code: str  # its key among the archives
    log_group: Value
    log_format: str = "text"
    environment: Mapping[str, Value]
    layers: tuple[Value, ...] = ()
    tracing: bool = False
    reserved: Value = None
    storage: Value = None
    versions: bool = False  # each change of it is published as a version (in CloudFormation a resource of its own)

    def cfn(self) -> dict[str, Value]:
        return {
            "FunctionName": self.name,
            "Description": self.description,
            "PackageType": "Image" if self.image is not None else None,
            "Runtime": self.runtime,
            "Handler": self.handler if self.image is None else None,
            "ImageConfig": {"Command": [self.handler]} if self.image is not None and self.handler else None,
            "Architectures": [self.arch],
            "MemorySize": self.memory,
            "Timeout": self.timeout,
            "Role": self.role,
            "Code": {"S3Bucket": Param("CodeBucket"), "S3Key": Param(self.code_parameter)}
            if self.image is None
            else {"ImageUri": self.image},
            "Environment": {"Variables": dict(self.environment)} if self.environment else None,
            "Layers": list(self.layers) or None,
            "LoggingConfig": {"LogFormat": "JSON" if self.log_format == "json" else None, "LogGroup": self.log_group},
            "TracingConfig": {"Mode": "Active"} if self.tracing else None,
            "ReservedConcurrentExecutions": self.reserved,
            "EphemeralStorage": {"Size": self.storage} if self.storage is not None else None,
        }

    def terraform(self) -> tuple[Block, ...]:
        image: dict[str, Value] = {
            "package_type": "Image",
            "image_uri": self.image,
            "image_config": {"command": [self.handler]} if self.handler else None,
        }
        packed = self.image is None
        main = self.block(
            function_name=self.name,
            description=self.description,
            runtime=self.runtime,
            handler=self.handler if packed else None,
            architectures=[self.arch],
            memory_size=self.memory,
            timeout=self.timeout,
            role=self.role,
            **(archived(self.code) if packed else image),
            layers=list(self.layers) or None,
            publish=True if self.versions else None,
            reserved_concurrent_executions=self.reserved,
            environment={"variables": dict(self.environment)} if self.environment else None,
            # The provider takes both back only when they are written (terraform-provider-aws issue 30838).
            ephemeral_storage={"size": 512 if self.storage is None else self.storage},
            tracing_config={"mode": "Active" if self.tracing else "PassThrough"},
            logging_config={"log_format": "JSON" if self.log_format == "json" else "Text", "log_group": self.log_group},
        )
        return (main,)


@planned
class Layer(Resource):
    """A version of a layer; another archive is another version."""

    cfn_type = "AWS::Lambda::LayerVersion"
    terraform_type = "aws_lambda_layer_version"
    terraform_file = "functions"
    attributes = {"arn": (None, "arn")}
    name_limit = 140

    name: Value
    description: str | None = None
    runtimes: tuple[str, ...] = ()
    archs: tuple[str, ...] = ()
    code_parameter: str
    code: str  # its key among the archives

    def cfn(self) -> dict[str, Value]:
        return {
            "LayerName": self.name,
            "Description": self.description,
            "CompatibleRuntimes": list(self.runtimes) or None,
            "CompatibleArchitectures": list(self.archs) or None,
            "Content": {"S3Bucket": Param("CodeBucket"), "S3Key": Param(self.code_parameter)},
        }

    def terraform(self) -> tuple[Block, ...]:
        main = self.block(
            layer_name=self.name,
            description=self.description,
            compatible_runtimes=list(self.runtimes) or None,
            compatible_architectures=list(self.archs) or None,
            **archived(self.code),
        )
        return (main,)


def archived(code: str) -> dict[str, Value]:
    """Where the archive of some code is in Terraform, and the digest of what is in it."""
    archive = f'var.code["{code}"]'
    return {
        "filename": joined(Expression(parts=("path.module",)), "/", Expression(parts=(f"{archive}.filename",))),
        "source_code_hash": Expression(parts=(f"{archive}.source_code_hash",)),
    }


@planned
class Version(Resource):
    """The function as it is now, for good: what is deployed gradually, and what can be gone back to.

    CloudFormation publishes a new one where its description is another, so that holds what the function is made of. Terraform's
    function publishes by itself.
    """

    cfn_type = "AWS::Lambda::Version"
    terraform_type = "aws_lambda_function"
    terraform_file = "functions"
    ending = "Version"
    attributes = {"version": ("Version", "version")}
    stateful = True  # an old one stays: a call may still run in it, and a rollback goes back to it

    function: Value
    description: Value

    def cfn(self) -> dict[str, Value]:
        return {"FunctionName": self.function, "Description": self.description}

    def terraform(self) -> tuple[Block, ...]:
        return ()


@planned
class Alias(Resource):
    """The name behind which versions of a function change."""

    cfn_type = "AWS::Lambda::Alias"
    terraform_type = "aws_lambda_alias"
    terraform_file = "functions"
    ending = "Alias"
    attributes = {"arn": (None, "arn"), "name": (None, "name")}

    function: str  # its id
    version: str  # the id of its version
    provisioned: Value = None  # environments that wait
    application: str | None = None  # CodeDeploy's, where it moves the traffic, and the group of this function
    group: str | None = None
    hook_before: Value = None  # what CodeDeploy calls before any traffic moves, and after all of it has
    hook_after: Value = None

    def cfn(self) -> dict[str, Value]:
        return {
            "FunctionName": Attr(self.function, "name"),
            "FunctionVersion": Attr(self.version, "version"),
            "Name": ALIAS,
            "ProvisionedConcurrencyConfig": None if self.provisioned is None else {"ProvisionedConcurrentExecutions": self.provisioned},
        }

    def update_policy(self) -> dict[str, Value] | None:
        if self.application is None or self.group is None:
            return None
        return {
            "CodeDeployLambdaAliasUpdate": {
                "ApplicationName": Attr(self.application, "name"),
                "DeploymentGroupName": Attr(self.group, "name"),
                **({"BeforeAllowTrafficHook": self.hook_before} if self.hook_before is not None else {}),
                **({"AfterAllowTrafficHook": self.hook_after} if self.hook_after is not None else {}),
            }
        }

    def terraform(self) -> tuple[Block, ...]:
        alias = Block(
            type=self.terraform_type,
            content={"name": ALIAS, "function_name": Attr(self.function, "name"), "function_version": Attr(self.function, "version")},
            # What CodeDeploy moves, an apply would move at once.
            ignored=("function_version", "routing_config") if self.group is not None else (),
        )
        if self.provisioned is None:
            return (alias,)
        waiting = {
            "function_name": Attr(self.function, "name"),
            "qualifier": Attr(self.id, "name"),
            "provisioned_concurrent_executions": self.provisioned,
        }
        return alias, Block(type="aws_lambda_provisioned_concurrency_config", content=waiting)


@planned
class Permission(Resource):
    """Lets a service or everyone invoke a function."""

    cfn_type = "AWS::Lambda::Permission"
    terraform_type = "aws_lambda_permission"
    terraform_file = "permissions"

    function: Value
    alias: str | None = None  # the id of the alias that is called
    principal: str
    action: str = "lambda:InvokeFunction"
    source: Value = None
    account: Value = None
    url_auth: str | None = None
    via_url: bool = False

    def cfn(self) -> dict[str, Value]:
        return {
            "Action": self.action,
            "FunctionName": Attr(self.alias, "arn") if self.alias else self.function,
            "Principal": self.principal,
            "SourceArn": self.source,
            "SourceAccount": self.account,
            "FunctionUrlAuthType": self.url_auth,
            "InvokedViaFunctionUrl": True if self.via_url else None,
        }

    def terraform(self) -> tuple[Block, ...]:
        main = self.block(
            # Lambda takes a hundred characters (API page AddPermission); without an id the provider makes one from the time.
            statement_id=short(self.id, 100),
            action=self.action,
            function_name=self.function,
            qualifier=Attr(self.alias, "name") if self.alias else None,
            principal=self.principal,
            source_arn=self.source,
            source_account=self.account,
            function_url_auth_type=self.url_auth,
            invoked_via_function_url=True if self.via_url else None,
        )
        return (main,)


@planned
class EventSourceMapping(Resource):
    """Lambda's poller of a queue or a stream. Failures are always reported by item, never by batch."""

    cfn_type = "AWS::Lambda::EventSourceMapping"
    terraform_type = "aws_lambda_event_source_mapping"
    terraform_file = "mappings"
    attributes = {"id": ("Id", "uuid"), "arn": ("EventSourceMappingArn", "arn")}
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

    def terraform(self) -> tuple[Block, ...]:
        # Left out, these stay as they were: of streams they are written with Lambda's defaults (API page CreateEventSourceMapping).
        stream = self.start is not None
        main = self.block(
            event_source_arn=self.source,
            function_name=self.function,
            batch_size=self.batch,
            maximum_batching_window_in_seconds=self.window,
            function_response_types=["ReportBatchItemFailures"],
            starting_position=self.start,
            maximum_retry_attempts=-1 if stream and self.retries is None else self.retries,
            maximum_record_age_in_seconds=-1 if stream and self.max_age is None else self.max_age,
            bisect_batch_on_function_error=self.bisect,
            parallelization_factor=1 if stream and self.parallel is None else self.parallel,
            filter_criteria={"filter": [{"pattern": Json(p)} for p in self.patterns]} if self.patterns else None,
            scaling_config={"maximum_concurrency": self.concurrency} if self.concurrency is not None else None,
            destination_config={"on_failure": {"destination_arn": self.failures}} if self.failures is not None else None,
        )
        return (main,)


@planned
class EventInvokeConfig(Resource):
    """What happens to asynchronous invocations: one for a function, so everything about them is collected here."""

    cfn_type = "AWS::Lambda::EventInvokeConfig"
    terraform_type = "aws_lambda_function_event_invoke_config"
    terraform_file = "functions"
    ending = "Async"

    function: Value
    alias: str | None = None  # the id of the alias that is called
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
            "Qualifier": ALIAS if self.alias else "$LATEST",
            "MaximumRetryAttempts": self.retries,
            "MaximumEventAgeInSeconds": self.max_age,
            "DestinationConfig": destinations if any(v is not None for v in destinations.values()) else None,
        }

    def terraform(self) -> tuple[Block, ...]:
        destinations = {
            "on_failure": {"destination": self.failed} if self.failed is not None else None,
            "on_success": {"destination": self.succeeded} if self.succeeded is not None else None,
        }
        main = self.block(
            function_name=self.function,
            qualifier=ALIAS if self.alias else "$LATEST",
            maximum_retry_attempts=self.retries,
            maximum_event_age_in_seconds=self.max_age,
            destination_config=destinations if any(v is not None for v in destinations.values()) else None,
        )
        return (main,)


@planned
class Url(Resource):
    cfn_type = "AWS::Lambda::Url"
    terraform_type = "aws_lambda_function_url"
    terraform_file = "functions"
    ending = "Url"
    attributes = {"url": ("FunctionUrl", "function_url")}

    function: Value
    alias: str | None = None  # the id of the alias that is called
    auth: str
    streaming: bool = False
    cors: Cors | None = None

    def cfn(self) -> dict[str, Value]:
        return {
            "TargetFunctionArn": self.function,
            "Qualifier": ALIAS if self.alias else None,
            "AuthType": self.auth,
            "InvokeMode": "RESPONSE_STREAM" if self.streaming else "BUFFERED",
            "Cors": self.cors and self.cors.cfn(),
        }

    def terraform(self) -> tuple[Block, ...]:
        main = self.block(
            function_name=self.function,
            qualifier=ALIAS if self.alias else None,
            authorization_type=self.auth,
            invoke_mode="RESPONSE_STREAM" if self.streaming else "BUFFERED",
            cors=self.cors and self.cors.terraform(),
        )
        return (main,)
