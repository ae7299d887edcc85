"""Functions, roles and log groups on both sides (Lambda, IAM, CloudWatch Logs)."""

from __future__ import annotations

from functools import partial
from typing import Any

from ifc.review.deployed.form import Known, Of, Param, Value, canonical, ordered, parts
from ifc.review.deployed.reading import ARCHIVE, CFN, INVENTED, Kind, Rows, add, bag, document, json_content, take
from ifc.review.deployed.reading import Field as F

KINDS: list[Kind] = []
kind = partial(add, KINDS)


def code_cfn(content: dict[str, Any]) -> None:
    """The archive of a function: the parameter for its key, in the bucket for code."""
    code = content.pop("Code", None) or content.pop("Content", None)
    if isinstance(code, dict) and code.keys() == {"ImageUri"}:
        content["~image"] = code["ImageUri"]
        return
    key = code.get("S3Key") if isinstance(code, dict) else None
    if isinstance(key, Of) and key.kind == ARCHIVE and code == {"S3Bucket": Param("codebucket"), "S3Key": key}:
        content["~archive"] = key.identity
    else:
        content["~archive"] = canonical(code)  # not one of ours


def code_terraform(content: dict[str, Any]) -> None:
    """The same: a file in the folder, and the digest of what is in it."""
    file, hash = content.pop("filename", None), content.pop("source_code_hash", None)
    if file is None and hash is None and "image_uri" in content:
        return
    ours = isinstance(hash, Of) and parts(file) == (Known("folder"), "/code/", Of(ARCHIVE, hash.identity, "filename"))
    content["~archive"] = hash.identity if ours and hash.attribute == "hash" else canonical([file, hash])


kind(
    "function",
    "Lambda::Function",
    "lambda_function",
    F("name", "FunctionName", "function_name"),
    F("description", "Description", "description"),
    F("runtime", "Runtime", "runtime"),
    F("handler", "Handler", "handler"),
    F("arch", "Architectures", "architectures"),
    F("memory", "MemorySize", "memory_size"),
    F("timeout", "Timeout", "timeout"),
    F("role", "Role", "role"),
    F("archive", "~archive", "~archive"),
    F("image", "~image", "image_uri"),
    F("package", "PackageType", "package_type"),
    F("command", "ImageConfig.Command", "image_config.command"),
    F("publishes", None, "publish"),
    F("environment", "Environment.Variables", "environment.variables"),
    F("layers", "Layers", "layers"),  # in order: a later one is laid over an earlier one
    F("log format", "LoggingConfig.LogFormat", "logging_config.log_format", default="Text"),
    F("log group", "LoggingConfig.LogGroup", "logging_config.log_group"),
    F("tracing", "TracingConfig.Mode", "tracing_config.mode", default="PassThrough"),
    F("reserved", "ReservedConcurrentExecutions", "reserved_concurrent_executions"),
    F("storage", "EphemeralStorage.Size", "ephemeral_storage.size", default=512),
    attributes={"name": (None, ("function_name", "id")), "arn": ("Arn", ("arn",)), "version": ("~version", ("version",))},
    tagged=True,
    shape_cfn=code_cfn,
    shape_terraform=code_terraform,
    unique=True,
)
kind(
    "layer",
    "Lambda::LayerVersion",
    "lambda_layer_version",
    F("name", "LayerName", "layer_name"),
    F("description", "Description", "description"),
    F("archive", "~archive", "~archive"),
    F("runtimes", "CompatibleRuntimes", "compatible_runtimes", bag),
    F("archs", "CompatibleArchitectures", "compatible_architectures", bag),
    attributes={"arn": (None, ("arn",))},
    shape_cfn=code_cfn,
    shape_terraform=code_terraform,
)

# --- versions and aliases ---

LIVE = "live"  # the attribute of a function by which its alias is called
PROVISIONED = "aws_lambda_provisioned_concurrency_config"


def by_alias(function: Of, name: Value) -> Of:
    """What calls a function by an alias: of ours there is one, others may have several."""
    return Of("function", function.identity, LIVE if name == LIVE else f"{LIVE} {canonical(name)}")


def version_cfn(content: dict[str, Any]) -> None:
    """The version behind an alias: in CloudFormation that of a resource of its own, in Terraform the function's newest."""
    version = content.get("FunctionVersion")
    if isinstance(version, Of) and version.kind == "version":
        content["FunctionVersion"] = Of("function", version.identity, "version")


def called_terraform(content: dict[str, Any]) -> None:
    """Which function is called: by its alias, where a qualifier names that."""
    alias, function = content.get("qualifier"), content.get("function_name")
    if isinstance(alias, Of) and isinstance(function, Of) and (alias.kind, alias.identity) == ("alias", function.identity):
        content.pop("qualifier")
        content["function_name"] = Of("function", function.identity, LIVE)


kind(
    "version",
    "Lambda::Version",
    "lambda_version",  # Terraform's functions publish by themselves
    F("function", "FunctionName", None),
    F("made of", "Description", None),
    ending="Version",
    attributes={"version": ("Version", ("version",))},
)
kind(
    "alias",
    "Lambda::Alias",
    "lambda_alias",
    F("function", "FunctionName", "function_name"),
    F("version", "FunctionVersion", "function_version"),
    F("name", "Name", "name"),
    F("description", "Description", "description"),
    F(
        "provisioned",
        "ProvisionedConcurrencyConfig.ProvisionedConcurrentExecutions",
        f"{PROVISIONED}:provisioned_concurrent_executions",
    ),
    ending="Alias",
    attributes={"name": ("~name", ("name",))},
    shape_cfn=version_cfn,
)
kind(
    "permission",
    "Lambda::Permission",
    "lambda_permission",
    F("id", None, "statement_id", provider=INVENTED),
    F("action", "Action", "action"),
    F("function", "FunctionName", "function_name"),
    F("principal", "Principal", "principal"),
    F("source", "SourceArn", "source_arn"),
    F("account", "SourceAccount", "source_account"),
    F("url", "FunctionUrlAuthType", "function_url_auth_type"),
    F("via url", "InvokedViaFunctionUrl", "invoked_via_function_url"),
    shape_terraform=called_terraform,
)
kind(
    "mapping",
    "Lambda::EventSourceMapping",
    "lambda_event_source_mapping",
    F("source", "EventSourceArn", "event_source_arn"),
    F("function", "FunctionName", "function_name"),
    F("batch", "BatchSize", "batch_size"),
    F("window", "MaximumBatchingWindowInSeconds", "maximum_batching_window_in_seconds"),
    F("reports", "FunctionResponseTypes", "function_response_types", bag),
    F("filters", "FilterCriteria.Filters", "filter_criteria.filter", Rows(F("pattern", "Pattern", "pattern", json_content))),
    F("concurrency", "ScalingConfig.MaximumConcurrency", "scaling_config.maximum_concurrency"),
    F("start", "StartingPosition", "starting_position"),
    F("retries", "MaximumRetryAttempts", "maximum_retry_attempts"),
    F("max age", "MaximumRecordAgeInSeconds", "maximum_record_age_in_seconds", default=-1),
    F("bisect", "BisectBatchOnFunctionError", "bisect_batch_on_function_error"),
    F("parallel", "ParallelizationFactor", "parallelization_factor", default=1),
    F("failures", "DestinationConfig.OnFailure.Destination", "destination_config.on_failure.destination_arn"),
    attributes={"id": ("Id", ("uuid", "id")), "arn": ("EventSourceMappingArn", ("arn",))},
    tagged=True,
)
kind(
    "async",
    "Lambda::EventInvokeConfig",
    "lambda_function_event_invoke_config",
    F("function", "FunctionName", "function_name"),
    F("qualifier", "Qualifier", "qualifier"),
    F("retries", "MaximumRetryAttempts", "maximum_retry_attempts"),
    F("max age", "MaximumEventAgeInSeconds", "maximum_event_age_in_seconds"),
    F("failed", "DestinationConfig.OnFailure.Destination", "destination_config.on_failure.destination"),
    F("succeeded", "DestinationConfig.OnSuccess.Destination", "destination_config.on_success.destination"),
    ending="Async",
)
kind(
    "url",
    "Lambda::Url",
    "lambda_function_url",
    F("function", "TargetFunctionArn", "function_name"),
    F("qualifier", "Qualifier", "qualifier"),
    F("authorization", "AuthType", "authorization_type"),
    F("mode", "InvokeMode", "invoke_mode"),
    F("origins", "Cors.AllowOrigins", "cors.allow_origins", bag),
    F("methods", "Cors.AllowMethods", "cors.allow_methods", bag),
    F("headers", "Cors.AllowHeaders", "cors.allow_headers", bag),
    F("expose", "Cors.ExposeHeaders", "cors.expose_headers", bag),
    F("credentials", "Cors.AllowCredentials", "cors.allow_credentials"),
    F("max age", "Cors.MaxAge", "cors.max_age"),
    ending="Url",
    attributes={"url": ("FunctionUrl", ("function_url",))},
)

# --- IAM, logs ---

ROLE_POLICY, ATTACHMENT = "aws_iam_role_policy", "aws_iam_role_policy_attachment"


def role_terraform(content: dict[str, Any]) -> None:
    """A role's policies in blocks of their own, as others also write them within the role (AWS provider, aws_iam_role)."""
    inline, managed = content.get("inline_policy"), content.get("managed_policy_arns")
    rows = inline if isinstance(inline, list) else [inline] if isinstance(inline, dict) else []
    if rows and all(isinstance(row, dict) and "policy" in row for row in rows):
        content[ROLE_POLICY] = [*content.get(ROLE_POLICY, []), *rows]
        del content["inline_policy"]
    if isinstance(managed, list):
        content[ATTACHMENT] = [*content.get(ATTACHMENT, []), *({"policy_arn": arn} for arn in managed)]
        del content["managed_policy_arns"]


kind(
    "role",
    "IAM::Role",
    "iam_role",
    F("name", "RoleName", "name", provider=INVENTED),
    F("trust", "AssumeRolePolicyDocument", "assume_role_policy", document),
    F(
        "policies",
        "Policies",
        f"{ROLE_POLICY}:",
        Rows(F("name", "PolicyName", "name"), F("policy", "PolicyDocument", "policy", document)),
    ),
    F(
        "managed",
        "ManagedPolicyArns",
        f"{ATTACHMENT}:",
        lambda value, side: ordered(value if side == CFN else [take(one, "policy_arn") for one in value]),
    ),
    F("boundary", "PermissionsBoundary", "permissions_boundary"),
    ending="Role",
    attributes={"name": (None, ("name", "id")), "arn": ("Arn", ("arn",))},
    tagged=True,
    shape_terraform=role_terraform,
    unique=True,
)
kind(
    "log group",
    "Logs::LogGroup",
    "cloudwatch_log_group",
    F("name", "LogGroupName", "name"),
    F("retention", "RetentionInDays", "retention_in_days"),
    ending="Logs",
    attributes={"name": (None, ("name", "id")), "arn": ("", ("arn",))},  # CloudFormation's Arn has an end of its own
    tagged=True,
    unique=True,
)
