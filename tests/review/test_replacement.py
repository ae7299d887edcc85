"""What replaces a resource: every override, every property that ifc writes, and the data that says so."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from ifc.plan import Resource
from ifc.records import record
from ifc.review import overriding, replacement
from ifc.review.replacement import IGNORES, META, REFUSES, RENEWS, REPLACES
from ifc.targets.terraform.arguments import arguments
from tests.agreed import ROOT
from tests.support_table import measure
from tests.support_table.samples import SAMPLES

Properties = Mapping[str, Any]
DATA = ROOT / "ifc" / "data"
FILES = ("replacement.json", "terraform-replaces.json")
# In a template beside a resource's properties (Template Reference, Resource attributes).
BESIDE = {"Condition", "DeletionPolicy", "DependsOn", "Metadata", "UpdatePolicy", "UpdateReplacePolicy"}


@cache
def data(file: str) -> dict[str, Any]:
    """One of the two files."""
    found: dict[str, Any] = json.loads((DATA / file).read_text(encoding="utf-8"))
    return found


# --- the overrides, one by one ---

TABLE, GLOBAL, AWS_TABLE = "AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable", "aws_dynamodb_table"
POOL, PIPE, HOSE = "AWS::Cognito::UserPool", "AWS::Pipes::Pipe", "AWS::KinesisFirehose::DeliveryStream"
AWS_BUCKET, AWS_VERSION = "aws_s3_bucket", "aws_secretsmanager_secret_version"
INDEXES = "global_secondary_index"


@record
class Case:
    """A change with which an override holds, and where it needs more than a change, one with which it does not."""

    type: str
    path: str
    does: str
    when: str
    before: Properties
    after: Properties
    otherwise: Properties | None = None

    def __str__(self) -> str:
        return f"{self.type} {self.path} {self.when}".strip()


def always(type: str, does: str, *paths: str) -> list[Case]:
    """Cases of properties of which any change does it."""
    return [Case(type, path, does, "", nested(path, "a"), nested(path, "b")) for path in paths]


def turning(type: str, path: str, does: str, when: str, *values: Any) -> Case:
    """A case of a property that is looked at by itself: before, after, and after in another way; None where it is not there."""
    before, after, otherwise = ({} if value is None else nested(path, value) for value in values)
    return Case(type, path, does, when, before, after, otherwise)


def nested(path: str, value: Any) -> dict[str, Any]:
    """A value below its blocks."""
    first, _, rest = path.partition(".")
    return {first: nested(rest, value) if rest else value}


def typed(**types: str) -> list[dict[str, str]]:
    """Attribute definitions as CloudFormation spells them."""
    return [{"AttributeName": name, "AttributeType": type} for name, type in types.items()]


def attributes(**types: str) -> list[dict[str, str]]:
    """The same as Terraform spells them."""
    return [{"name": name, "type": type} for name, type in types.items()]


def index(name: str, key: str, *copied: str, **more: Any) -> dict[str, Any]:
    """A global index as CloudFormation spells it."""
    projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(copied)} if copied else {"ProjectionType": "ALL"}
    return {"IndexName": name, "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}], "Projection": projection, **more}


def expiring(attribute: str, on: bool = True) -> dict[str, Any]:
    """When items of a table expire."""
    return {"AttributeName": attribute, "Enabled": on}


def table(indexes: list[str], **types: str) -> dict[str, Any]:
    """A table of Terraform's whose key is `id`."""
    found = [{"name": name, "key_schema": [{"attribute_name": name, "key_type": "HASH"}]} for name in indexes]
    return {"hash_key": "id", "attribute": attributes(**types), INDEXES: found}


def tables(type: str) -> list[Case]:
    """Of tables, global and not."""
    definitions, indexes, expiry = "AttributeDefinitions", "GlobalSecondaryIndexes", "TimeToLiveSpecification"
    faster = index("by", "a", ProvisionedThroughput={"ReadCapacityUnits": 2})
    copies = [[index("by", "a", *names)] for names in ("xy", "xz", "yx")]
    return [
        turning(type, definitions, REPLACES, "retyped", typed(id="S"), typed(id="N"), typed(id="S", at="N")),
        turning(type, indexes, REFUSES, "reindexed", [index("by", "a")], [index("by", "b")], [faster]),
        turning(type, indexes, REFUSES, "reindexed", *copies),
        turning(type, indexes, REFUSES, "several", [index("by", "a")], [index("on", "a")], []),
        turning(type, indexes, REFUSES, "several", None, [index("by", "a"), index("on", "b")], [index("by", "a")]),
        turning(type, expiry, REFUSES, "renamed ttl", expiring("a"), expiring("b"), expiring("b", on=False)),
        turning(type, expiry, REFUSES, "renamed ttl", expiring("a"), expiring("b"), None),
    ]


CLOUDFORMATION = [
    *tables(TABLE),
    *tables(GLOBAL),
    *always(TABLE, REPLACES, "LocalSecondaryIndexes"),
    turning(TABLE, "StreamSpecification", RENEWS, "other view", {"StreamViewType": "OLD_IMAGE"}, {"StreamViewType": "KEYS_ONLY"}, None),
    *always("AWS::Scheduler::Schedule", REFUSES, "GroupName"),
    *always("AWS::SNS::Subscription", REFUSES, "Region"),
    *always("AWS::Logs::LogGroup", REFUSES, "LogGroupClass"),
    *always("AWS::SSM::Parameter", REFUSES, "Type"),
    turning("AWS::SecretsManager::Secret", "GenerateSecretString", RENEWS, "given", {"PasswordLength": 20}, {"PasswordLength": 32}, None),
    turning("AWS::SecretsManager::Secret", "GenerateSecretString", RENEWS, "given", None, {"PasswordLength": 32}, None),
    turning("AWS::Lambda::Function", "DurableConfig", REPLACES, "toggled", {"ExecutionTimeout": 1}, None, {"ExecutionTimeout": 2}),
    *always("AWS::AppSync::GraphQLApi", REPLACES, "ApiType", "Visibility"),
    *always("AWS::KMS::Key", REFUSES, "KeySpec", "KeyUsage", "MultiRegion", "Origin"),
    *always(POOL, REFUSES, "AliasAttributes", "UsernameAttributes", "UsernameConfiguration"),
    turning(POOL, "Schema", REFUSES, "dropped", *([{"Name": name} for name in names] for names in ("ab", "a", "abc"))),
    *always(PIPE, REPLACES, "SourceParameters.ActiveMQBrokerParameters.QueueName"),
    *always(PIPE, REPLACES, "SourceParameters.DynamoDBStreamParameters.StartingPosition"),
    *always(PIPE, REPLACES, "SourceParameters.KinesisStreamParameters.StartingPosition"),
    *always(PIPE, REPLACES, "SourceParameters.KinesisStreamParameters.StartingPositionTimestamp"),
    *always(PIPE, REPLACES, "SourceParameters.ManagedStreamingKafkaParameters.ConsumerGroupID"),
    *always(PIPE, REPLACES, "SourceParameters.ManagedStreamingKafkaParameters.StartingPosition"),
    *always(PIPE, REPLACES, "SourceParameters.ManagedStreamingKafkaParameters.TopicName"),
    *always(PIPE, REPLACES, "SourceParameters.RabbitMQBrokerParameters.QueueName"),
    *always(PIPE, REPLACES, "SourceParameters.RabbitMQBrokerParameters.VirtualHost"),
    *always(PIPE, REPLACES, "SourceParameters.SelfManagedKafkaParameters.AdditionalBootstrapServers"),
    *always(PIPE, REPLACES, "SourceParameters.SelfManagedKafkaParameters.ConsumerGroupID"),
    *always(PIPE, REPLACES, "SourceParameters.SelfManagedKafkaParameters.StartingPosition"),
    *always(PIPE, REPLACES, "SourceParameters.SelfManagedKafkaParameters.TopicName"),
    *always(HOSE, REPLACES, "AmazonOpenSearchServerlessDestinationConfiguration.VpcConfiguration"),
    *always(HOSE, REPLACES, "AmazonopensearchserviceDestinationConfiguration.VpcConfiguration"),
    *always(HOSE, REPLACES, "ElasticsearchDestinationConfiguration.VpcConfiguration"),
    *always(HOSE, REPLACES, "IcebergDestinationConfiguration.CatalogConfiguration"),
    *always(HOSE, REPLACES, "SnowflakeDestinationConfiguration.SnowflakeVpcConfiguration"),
]
TERRAFORM = [
    turning(AWS_TABLE, "attribute", IGNORES, "retyped alone", attributes(id="S"), attributes(id="N"), attributes(id="S", at="N")),
    Case(AWS_TABLE, "attribute", IGNORES, "retyped alone", table(["at"], id="S"), table(["at"], id="N"), table(["on"], id="N")),
    Case(
        *(AWS_TABLE, "attribute", REFUSES, "retyped with an index"),
        *(table(["at"], id="S", at="S"), table([], id="N", at="S"), table([], id="S", at="N")),
    ),
    turning(AWS_TABLE, "restore_backup_arn", REPLACES, "given", None, "x", ""),
    turning(AWS_TABLE, "restore_source_name", REPLACES, "given", "y", "x", None),
    turning(AWS_TABLE, "restore_source_table_arn", REPLACES, "given", "y", "x", None),
    turning(AWS_TABLE, "warm_throughput", REPLACES, "lowered", *({"read_units_per_second": n} for n in (3, 2, 4))),
    turning(AWS_TABLE, "warm_throughput", REPLACES, "lowered", *([{"write_units_per_second": n}] for n in (3, "${var.n}", 4))),
    turning(
        *(AWS_TABLE, "ttl", REFUSES, "renamed ttl"),
        *({"attribute_name": "a", "enabled": True}, [{"attribute_name": "b", "enabled": True}], {"enabled": False}),
    ),
    turning(AWS_TABLE, "stream_view_type", RENEWS, "other view", "OLD_IMAGE", "KEYS_ONLY", None),
    turning("aws_api_gateway_authorizer", "type", REPLACES, "cognito", "TOKEN", "COGNITO_USER_POOLS", "REQUEST"),
    turning("aws_lambda_function", "durable_config", REPLACES, "toggled", None, {"execution_timeout": 1}, []),
    *always(f"{AWS_BUCKET}_cors_configuration", REPLACES, "expected_bucket_owner"),
    *always(f"{AWS_BUCKET}_server_side_encryption_configuration", REPLACES, "expected_bucket_owner"),
    *always(f"{AWS_BUCKET}_versioning", REPLACES, "expected_bucket_owner"),
    *always(f"{AWS_BUCKET}_website_configuration", REPLACES, "expected_bucket_owner"),
    turning(
        *(f"{AWS_BUCKET}_versioning", "versioning_configuration", REFUSES, "unversioned"),
        *({"status": status} for status in ("Enabled", "Disabled", "Suspended")),
    ),
    Case(
        *(AWS_VERSION, "secret_string_wo", REPLACES, "stored"),
        *({"secret_string": "a"}, {"secret_string_wo": "b"}, {"secret_string_wo": "a"}),
    ),
    turning("aws_ssm_parameter", "tier", REPLACES, "downgraded", "Advanced", "Standard", "Intelligent-Tiering"),
    *always("aws_ssm_parameter", REFUSES, "type"),
]
CASES = [*CLOUDFORMATION, *TERRAFORM]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_an_override(case: Case) -> None:
    """Each override holds where it should, says why, and does not hold where its test says no."""
    said = (case.type, case.does, case.when)
    [reason] = {one["reason"] for one in overrides(*said) if case.path in one["properties"].split()}
    told = (case.does, case.path, reason)
    assert told in effects(case, case.after)
    assert replacement.replaces(case.type, case.path, case.before, case.after) is (case.does == REPLACES)
    if case.otherwise is not None:
        assert told not in effects(case, case.otherwise)


def effects(case: Case, after: Properties) -> list[tuple[str, str, str]]:
    """What is told of a case."""
    found = replacement.effects(case.type, [case.path], case.before, after)
    assert found is not None
    return [(effect.does, effect.property, effect.reason) for effect in found]


def overrides(type: str, does: str, when: str) -> list[dict[str, Any]]:
    """What the data says by hand of what a type does, with one test."""
    every = (one for file in FILES for one in data(file)["overrides"])
    return [one for one in every if (one["type"], one.get("does"), one.get("when", "")) == (type, does, when)]


def test_every_override_is_tested() -> None:
    """No override is without a test above, and no test is of one that is not there."""
    written = {
        (one["type"], path, one["does"], one.get("when", ""))
        for file in FILES
        for one in data(file)["overrides"]
        if "does" in one
        for path in one["properties"].split()
    }
    assert written == {(case.type, case.path, case.does, case.when) for case in CASES}


def test_a_retyped_index_attribute_replaces_too() -> None:
    """CloudFormation looks at every definition that was there before, whatever key it belongs to."""
    before = {"AttributeDefinitions": typed(id="S", at="S"), "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}
    after = {**before, "AttributeDefinitions": typed(id="S", at="N")}
    assert replacement.replaces(TABLE, "AttributeDefinitions", before, after) is True


def test_nothing_is_refused_of_what_is_made_anew() -> None:
    """A table that gets another key has its new indexes from the start."""
    before = {"KeySchema": ["a"], "GlobalSecondaryIndexes": [index("by", "a")]}
    after = {"KeySchema": ["b"], "GlobalSecondaryIndexes": [index("by", "b")]}
    found = replacement.effects(TABLE, ["GlobalSecondaryIndexes", "KeySchema"], before, after)
    assert found is not None
    assert [(e.does, e.property) for e in found] == [(REPLACES, "KeySchema")]


# --- what ifc writes ---

# Of the properties that ifc writes, those whose change alone replaces. A name that is missing here changes in place.
WRITTEN = {
    "AWS::ApiGateway::Account": "",
    "AWS::ApiGateway::Authorizer": "RestApiId",
    "AWS::ApiGateway::Deployment": "RestApiId",
    "AWS::ApiGateway::GatewayResponse": "ResponseType RestApiId",
    "AWS::ApiGateway::Method": "HttpMethod ResourceId RestApiId",
    "AWS::ApiGateway::Model": "ContentType Name RestApiId",
    "AWS::ApiGateway::RequestValidator": "Name RestApiId",
    "AWS::ApiGateway::Resource": "ParentId PathPart RestApiId",
    "AWS::ApiGateway::RestApi": "",
    "AWS::ApiGateway::Stage": "RestApiId StageName",
    "AWS::ApiGatewayV2::Api": "ProtocolType",
    "AWS::ApiGatewayV2::Authorizer": "ApiId",
    "AWS::ApiGatewayV2::Integration": "ApiId",
    "AWS::ApiGatewayV2::Route": "ApiId",
    "AWS::ApiGatewayV2::Stage": "ApiId StageName",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CodeDeploy::Application": "ApplicationName ComputePlatform",
    "AWS::CodeDeploy::DeploymentConfig": "ComputePlatform DeploymentConfigName TrafficRoutingConfig",
    "AWS::CodeDeploy::DeploymentGroup": "ApplicationName DeploymentGroupName",
    "AWS::DynamoDB::Table": "KeySchema LocalSecondaryIndexes TableName",
    "AWS::Events::Archive": "ArchiveName SourceArn",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "EventBusName",
    "AWS::IAM::Role": "",
    "AWS::Kinesis::Stream": "Name",
    "AWS::Lambda::Alias": "FunctionName Name",
    "AWS::Lambda::EventInvokeConfig": "FunctionName Qualifier",
    "AWS::Lambda::EventSourceMapping": "EventSourceArn StartingPosition",
    "AWS::Lambda::Function": "FunctionName PackageType",
    "AWS::Lambda::LayerVersion": "CompatibleArchitectures CompatibleRuntimes Content Description LayerName",
    "AWS::Lambda::Permission": (
        "Action EventSourceToken FunctionName FunctionUrlAuthType InvokedViaFunctionUrl Principal SourceAccount SourceArn"
    ),
    "AWS::Lambda::Url": "TargetFunctionArn",
    "AWS::Lambda::Version": "Description FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::S3::Bucket": "BucketName BucketNamespace",
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::SNS::Subscription": "Endpoint Protocol TopicArn",
    "AWS::SNS::Topic": "FifoTopic TopicName",
    "AWS::SNS::TopicPolicy": "",
    "AWS::SQS::Queue": "FifoQueue QueueName",
    "AWS::SQS::QueuePolicy": "",
    "AWS::SSM::Parameter": "Name",
    "AWS::Scheduler::Schedule": "",
    "AWS::Scheduler::ScheduleGroup": "Name",
    "AWS::SecretsManager::Secret": "Name",
    "aws_api_gateway_account": "",
    "aws_api_gateway_authorizer": "rest_api_id",
    "aws_api_gateway_deployment": "rest_api_id triggers",
    "aws_api_gateway_gateway_response": "response_type rest_api_id",
    "aws_api_gateway_integration": "http_method integration_http_method resource_id rest_api_id type",
    "aws_api_gateway_integration_response": "http_method resource_id rest_api_id",
    "aws_api_gateway_method": "http_method resource_id rest_api_id",
    "aws_api_gateway_method_response": "http_method resource_id rest_api_id",
    "aws_api_gateway_method_settings": "method_path rest_api_id stage_name",
    "aws_api_gateway_model": "content_type name rest_api_id",
    "aws_api_gateway_request_validator": "rest_api_id",
    "aws_api_gateway_resource": "rest_api_id",
    "aws_api_gateway_rest_api": "",
    "aws_api_gateway_stage": "rest_api_id stage_name",
    "aws_apigatewayv2_api": "protocol_type",
    "aws_apigatewayv2_authorizer": "api_id",
    "aws_apigatewayv2_integration": "api_id integration_type",
    "aws_apigatewayv2_route": "api_id",
    "aws_apigatewayv2_stage": "api_id name",
    "aws_cloudwatch_event_archive": "event_source_arn name",
    "aws_cloudwatch_event_bus": "name",
    "aws_cloudwatch_event_rule": "event_bus_name name",
    "aws_cloudwatch_event_target": "event_bus_name rule target_id",
    "aws_cloudwatch_log_group": "name",
    "aws_cloudwatch_metric_alarm": "alarm_name",
    "aws_codedeploy_app": "compute_platform",
    "aws_codedeploy_deployment_config": "compute_platform deployment_config_name traffic_routing_config",
    "aws_codedeploy_deployment_group": "",
    "aws_dynamodb_table": "hash_key local_secondary_index name range_key",
    "aws_iam_role": "name",
    "aws_iam_role_policy": "name role",
    "aws_iam_role_policy_attachment": "policy_arn role",
    "aws_kinesis_stream": "name",
    "aws_lambda_alias": "function_name name",
    "aws_lambda_event_source_mapping": "event_source_arn starting_position",
    "aws_lambda_function": "function_name package_type",
    "aws_lambda_function_event_invoke_config": "function_name qualifier",
    "aws_lambda_function_url": "function_name",
    "aws_lambda_layer_version": "compatible_architectures compatible_runtimes description filename layer_name source_code_hash",
    "aws_lambda_permission": (
        "action event_source_token function_name function_url_auth_type invoked_via_function_url principal source_account source_arn "
        "statement_id"
    ),
    "aws_lambda_provisioned_concurrency_config": "function_name qualifier",
    "aws_s3_bucket": "bucket bucket_namespace",
    "aws_s3_bucket_cors_configuration": "bucket",
    "aws_s3_bucket_lifecycle_configuration": "bucket",
    "aws_s3_bucket_notification": "bucket",
    "aws_s3_bucket_ownership_controls": "bucket",
    "aws_s3_bucket_policy": "bucket",
    "aws_s3_bucket_public_access_block": "bucket",
    "aws_s3_bucket_server_side_encryption_configuration": "bucket",
    "aws_s3_bucket_versioning": "bucket",
    "aws_s3_bucket_website_configuration": "bucket",
    "aws_scheduler_schedule": "group_name name",
    "aws_scheduler_schedule_group": "name",
    "aws_secretsmanager_secret": "name",
    "aws_secretsmanager_secret_version": "secret_id secret_string_wo_version",
    "aws_sns_topic": "fifo_topic name",
    "aws_sns_topic_policy": "arn",
    "aws_sns_topic_subscription": "endpoint protocol region topic_arn",
    "aws_sqs_queue": "fifo_queue name",
    "aws_sqs_queue_policy": "queue_url",
    "aws_sqs_queue_redrive_policy": "queue_url",
    "aws_ssm_parameter": "name",
}


@cache
def written() -> dict[str, set[str]]:
    """The properties of each type that ifc writes for some setting, on both targets."""
    found: dict[str, set[str]] = {}
    for text in sorted({sample.written for sample in SAMPLES.values()}):
        for target in measure.CLOUDS:
            for type, content in (measure.printed(text, target).parts or {}).values():
                if "::" in type or type.startswith("aws_"):
                    found.setdefault(type, set()).update({*content} - BESIDE - META)
    return found


def test_every_property_that_is_written_is_known() -> None:
    """Of all that ifc writes, each property is known to replace or not to."""
    missing = {type: replacement.unknown(type, names) for type, names in written().items()}
    assert {type: names for type, names in missing.items() if names} == {}


def test_what_is_written_and_replaces() -> None:
    """Of all that ifc writes, these properties replace when they change from one value to another, and no others."""
    found = {
        type: " ".join(sorted(name for name in names if replacement.replaces(type, name, {name: 1}, {name: 2})))
        for type, names in written().items()
    }
    assert found == WRITTEN


def classes() -> list[type[Resource]]:
    """Every class of a resource that has a type of its own."""
    for path in sorted((ROOT / "ifc" / "aws").glob("*.py")):
        import_module(f"ifc.aws.{path.stem}")
    waiting, found = [Resource], []
    while waiting:
        waiting += (one := waiting.pop()).__subclasses__()
        found.append(one)
    return sorted((one for one in found if isinstance(one.__dict__.get("cfn_type"), str)), key=lambda one: one.__name__)


VERSION = "AWS::Lambda::Version"


@pytest.mark.parametrize("cls", [c for c in classes() if c.replaces is not None], ids=lambda cls: cls.__qualname__)
def test_what_a_class_says_replaces(cls: type[Resource]) -> None:
    """What a class names as making another one does, by the published data, and so does nothing else that it writes."""
    names = {*written()[cls.cfn_type], *(cls.replaces or ())}
    assert {*(cls.replaces or ())} == {name for name in names if replacement.replaces(cls.cfn_type, name, {name: 1}, {name: 2})}


@pytest.mark.parametrize("cls", classes(), ids=lambda cls: cls.__qualname__)
def test_what_is_kept_holds_something(cls: type[Resource]) -> None:
    """What the compiler keeps as stateful is what is said to hold something, on both targets alike.

    An archive can be made anew; a version of a function holds nothing that its code and settings don't, and is kept for its calls.
    """
    lost = [replacement.stateful(type) for type in (cls.cfn_type, cls.terraform_type)]
    assert lost[0] == lost[1]
    assert (lost[0] is not None) is ((cls.stateful and cls.cfn_type != VERSION) or cls.cfn_type == "AWS::Events::Archive")
    assert replacement.known(cls.cfn_type)
    assert replacement.known(cls.terraform_type)


# --- asking ---


@pytest.mark.parametrize(
    ("type", "lost"),
    [
        ("AWS::Cognito::UserPool", "every user in it"),
        ("AWS::DynamoDB::Table", "every item in it"),
        ("AWS::Events::Archive", "every event in it"),
        ("AWS::Kinesis::Stream", "every record in it"),
        ("AWS::Logs::LogGroup", "every log line in it"),
        ("AWS::S3::Bucket", "every object in it"),
        ("AWS::SQS::Queue", "every message in it"),
        ("AWS::SecretsManager::Secret", "the secret's value"),
        ("AWS::StepFunctions::StateMachine", "every execution that is running"),
        ("aws_dynamodb_table", "every item in it"),
        ("aws_sqs_queue", "every message in it"),
        ("AWS::SNS::Topic", None),
        ("AWS::No::Such", None),
    ],
)
def test_what_is_lost(type: str, lost: str | None) -> None:
    """What holds data says in words what is lost with it."""
    assert replacement.stateful(type) == lost


def test_what_is_not_known_is_not_denied() -> None:
    """A type or a property that the data has never heard of is None, and is told."""
    assert replacement.replaces("AWS::No::Such", "Name") is None
    assert replacement.replaces("aws_no_such", "name") is None
    assert replacement.replaces("AWS::SQS::Queue", "Shape") is None
    assert replacement.replaces("aws_sqs_queue", "aws_sqs_queue_redrive_policy.redrive_policy") is None
    assert replacement.effects("AWS::No::Such", ["Name"]) is None
    assert (replacement.identity("AWS::No::Such"), replacement.defaults("aws_no_such"), replacement.known("aws_no_such")) == (
        None,
        None,
        False,
    )
    assert replacement.unknown("AWS::SQS::Queue", ["Tags", "Shape.Size", "QueueName"]) == ("Shape.Size",)
    assert replacement.unknown("aws_no_such", ["b", "a"]) == ("a", "b")
    assert replacement.unknown("aws_sqs_queue", ["lifecycle", "name"]) == ()


def test_a_default_that_is_written_out_is_no_change() -> None:
    """What means the same as nothing does not replace; another value does."""
    for type, name, default, other in (
        ("AWS::SQS::Queue", "FifoQueue", False, True),
        ("AWS::SNS::Topic", "FifoTopic", False, True),
        ("AWS::Lambda::Function", "PackageType", "Zip", "Image"),
        ("AWS::Events::Rule", "EventBusName", "default", "mine"),
        ("AWS::IAM::Role", "Path", "/", "/app/"),
        ("aws_sqs_queue", "fifo_queue", False, True),
        ("aws_cloudwatch_event_rule", "event_bus_name", "default", "mine"),
        ("aws_iam_role", "path", "/", "/app/"),
    ):
        assert replacement.replaces(type, name, {}, {name: default}) is False, name
        assert replacement.replaces(type, name, {name: default}, {}) is False, name
        assert replacement.replaces(type, name, {}, {name: other}) is True, name
    assert replacement.effects("AWS::Logs::LogGroup", ["LogGroupClass"], {}, {"LogGroupClass": "STANDARD"}) == ()
    assert replacement.effects("AWS::Scheduler::Schedule", ["GroupName"], {"GroupName": "default"}, {}) == ()


def test_what_lasts_when_it_is_taken_out() -> None:
    """Terraform leaves a name as it was when nothing says it any more; CloudFormation makes one up."""
    assert replacement.replaces("aws_sqs_queue", "name", {"name": "jobs"}, {}) is False
    assert replacement.replaces("aws_sqs_queue", "name", {"name": "jobs"}, {"name": "tasks"}) is True
    assert replacement.replaces("AWS::SQS::Queue", "QueueName", {"QueueName": "jobs"}, {}) is True


def test_who_asks_knows_what_changed() -> None:
    """Two values that are spelled alike may mean two things; and without the values nothing is called harmless."""
    alike = {"QueueName": {"Ref": "Name"}}
    assert replacement.replaces("AWS::SQS::Queue", "QueueName", alike, alike) is True
    assert replacement.replaces(TABLE, "AttributeDefinitions") is True
    assert replacement.effects(AWS_TABLE, ["billing_mode"]) == ()


def test_paths_above_and_below() -> None:
    """A block replaces by what is in it, and what is in one that replaces does too."""
    start = "SourceParameters.KinesisStreamParameters.StartingPosition"
    before, after = nested(start, "LATEST"), nested(start, "TRIM_HORIZON")
    assert replacement.replaces(PIPE, "SourceParameters", before, after) is True
    assert replacement.replaces(PIPE, "SourceParameters", before, nested("SourceParameters.FilterCriteria", 1) | before) is False
    assert replacement.replaces("AWS::EFS::AccessPoint", "PosixUser.Uid", {"PosixUser": {"Uid": "1"}}, {"PosixUser": {"Uid": "2"}}) is True
    assert replacement.replaces(AWS_TABLE, "local_secondary_index.name") is True
    assert replacement.replaces("AWS::SQS::Queue", "QueueNameSuffix") is None
    found = replacement.effects("AWS::SQS::Queue", ["QueueName", "Tags"])
    assert [(e.does, e.property, e.reason) for e in found or ()] == [(REPLACES, "QueueName", "")]


def test_a_new_one_beside_the_old_one() -> None:
    """CloudFormation can't make a second one of a name, or a second mapping of a queue to a function; Terraform destroys first."""
    named, anew = {"FunctionName": "app-bill", "PackageType": "Zip"}, {"FunctionName": "app-bill", "PackageType": "Image"}
    assert replacement.collides("AWS::Lambda::Function", named, anew) == ("FunctionName",)
    assert replacement.collides("AWS::Lambda::Function", named, {**anew, "FunctionName": "app-billing"}) == ()
    assert replacement.collides("AWS::SQS::Queue", {}, {"FifoQueue": True}) == ()
    mapping = {"EventSourceArn": "arn:stream", "FunctionName": "bill"}
    moved = {**mapping, "StartingPosition": "LATEST"}
    assert replacement.collides("AWS::Lambda::EventSourceMapping", mapping, moved) == ("EventSourceArn", "FunctionName")
    assert replacement.collides("aws_sqs_queue", {"name": "jobs"}, {"name": "jobs", "fifo_queue": True}) == ()
    assert replacement.collides("AWS::No::Such", {}, {}) == ()


def test_identity_and_defaults() -> None:
    """What identifies one, and what is meant where nothing is written."""
    assert replacement.identity("AWS::ApiGateway::Method") == ("RestApiId", "ResourceId", "HttpMethod")
    assert replacement.identity("aws_sqs_queue") is None
    assert replacement.defaults("AWS::KMS::Key") == {
        "BypassPolicyLockoutSafetyCheck": False,
        "KeySpec": "SYMMETRIC_DEFAULT",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "MultiRegion": False,
        "Origin": "AWS_KMS",
        "RotationPeriodInDays": 365,
    }
    assert replacement.defaults("AWS::SQS::QueuePolicy") == {}


# --- the data ---


@pytest.mark.parametrize("file", FILES)
def test_the_data_is_in_order(file: str) -> None:
    """The files are written in one way, their lists are sorted, and no property both replaces and stays."""
    text = (DATA / file).read_text(encoding="utf-8")
    assert text == json.dumps(data(file), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    assert set(data(file)) == {"_about", "overrides", "types"}
    for type, found in data(file)["types"].items():
        replacing, staying = found["replaces"].split(), found["stays"].split()
        assert (replacing, staying) == (sorted(set(replacing)), sorted(set(staying))), type
        assert not {*replacing} & {*staying}, type
        assert {*found} <= {*data(file)["_about"]["fields"]}, type
    order = [(o["type"], o.get("does", ""), o.get("properties", ""), o.get("when", "")) for o in data(file)["overrides"]]
    assert order == sorted(order)


@pytest.mark.parametrize("file", FILES)
def test_every_override_has_a_reason(file: str) -> None:
    """An override says why and where that stands, of a type and properties that there are."""
    for one in data(file)["overrides"]:
        found = data(file)["types"][one["type"]]
        assert one["reason"]
        assert one["reason"][-1] != "."
        assert len(one["source"]) > 10
        assert one.get("does", REPLACES) in replacement.DOES
        assert {path.partition(".")[0] for path in one.get("properties", "").split()} <= {*found["stays"].split()}
        assert {*one.get("defaults", {})} <= {*found["stays"].split(), *found["replaces"].split()}


def test_the_tests_of_overrides() -> None:
    """Every test has an override that names it, and every name is a test."""
    named = {one["when"] for file in FILES for one in data(file)["overrides"] if "when" in one}
    assert named == set(overriding.TESTS)


def test_how_many_types_there_are() -> None:
    """All types of the published data are in the package."""
    assert len(data("replacement.json")["types"]) == 101
    assert len(data("terraform-replaces.json")["types"]) == 62


# Where the published data says more than CloudFormation's own resource schemas: conditional properties, and two documents that disagree.
BEYOND = {
    "AWS::CertificateManager::Certificate": {"ValidationMethod"},
    "AWS::DynamoDB::GlobalTable": {"KeySchema", "LocalSecondaryIndexes"},
    "AWS::DynamoDB::Table": {"KeySchema"},
    "AWS::ECS::Service": {"DeploymentController", "LaunchType"},
    "AWS::Events::EventBus": {"EventSourceName"},
    "AWS::Events::Rule": {"EventBusName"},
    "AWS::Lambda::EventSourceMapping": {"AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig"},
    "AWS::Route53::RecordSet": {"Name"},
    "AWS::S3::Bucket": {"ObjectLockEnabled"},
}


def test_the_resource_schemas_agree() -> None:
    """What CloudFormation's schemas (as cfn-lint ships them) call create-only replaces here, and all their properties are known."""
    cfnlint = import_module("cfnlint")
    schemas = Path(cfnlint.__file__).parent / "data" / "schemas"
    names = json.loads((schemas / "providers" / "us-east-1.json").read_text(encoding="utf-8"))
    for type, found in data("replacement.json")["types"].items():
        schema = json.loads((schemas / "resources" / f"{names[type]}.json").read_text(encoding="utf-8"))
        only = {path.removeprefix("/properties/").replace("/", ".") for path in schema.get("createOnlyProperties", ())}
        assert [path for path in sorted(only) if not replacement.replaces(type, path)] == [], type
        assert {*found["replaces"].split()} - only == BEYOND.get(type, set()), type
        read = {path.split("/")[2] for path in schema.get("readOnlyProperties", ()) if path.count("/") == 2}
        assert replacement.unknown(type, {*schema["properties"]} - read) == (), type


def test_the_arguments_of_terraform_agree() -> None:
    """The argument names are those of the provider's schema, but for one that a later version has."""
    for type, found in data("terraform-replaces.json")["types"].items():
        known = arguments(type)
        assert known is not None, type
        names = {path.partition(".")[0] for path in found["replaces"].split()} | {*found["stays"].split()}
        assert names - {*known} == ({"type"} if type == "aws_secretsmanager_secret" else set()), type
        assert {*known} - names <= {"timeouts"}, type
        assert ("region" in found["replaces"].split()) is ("region" in known), type
