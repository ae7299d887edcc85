"""What the handlers of each type act on: the ARNs of an app's resources, by what AWS calls their resource types."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from ifc.permissions.documents import listed, properties
from ifc.permissions.names import OPEN, Names
from ifc.plan import Placed
from ifc.values import Attr, Param, Value

ANY = "*"  # of the resource types: an ARN for every action
Things: TypeAlias = Mapping[str, tuple[str, ...]]
# The properties that name an encryption key.
KEYS = ("KMSMasterKeyId", "KMSMasterKeyID", "KeyId", "KmsKeyArn", "KmsKeyId", "KmsKeyIdentifier", "KmsMasterKeyId")


def things(placed: Placed, names: Names) -> Things | None:
    """The ARNs that a resource's handlers act on; None for a type that is not known here."""
    find = THINGS.get(placed.resource.cfn_type)
    if find is None:
        return None
    content = properties(placed)
    keys = tuple(dict.fromkeys(key for value in _keys(content) for key in _key(names.text(value), names)))
    return {"key": keys, "kmskey": keys, **find(names, placed, content)}


def _keys(content: Any) -> Iterator[Value]:
    """The values that name keys, wherever they stand."""
    if isinstance(content, Mapping):
        for name, value in content.items():
            if name in KEYS and value is not None:
                yield value
            else:
                yield from _keys(value)
    elif isinstance(content, list | tuple):
        for part in content:
            yield from _keys(part)


def _key(text: str, names: Names) -> list[str]:
    """The ARN of a customer's key; the keys of AWS's own services let everyone in the account use them."""
    if text.startswith("alias/aws/") or ":alias/aws/" in text:
        return []
    return [text if text.startswith("arn:") and ":key/" in text else names.named("kms", f"key/{OPEN}")]


# --- by type ---


def _alone(kind: str) -> Callable[[Names, Placed, Any], Things]:
    """One ARN, of one resource type."""
    return lambda names, placed, _: {kind: (names.arn(placed),)}


def _table(names: Names, placed: Placed, content: Any) -> Things:
    arn = names.arn(placed)
    found: dict[str, tuple[str, ...]] = {"table": (arn,), "index": (f"{arn}/index/*",), "stream": (f"{arn}/stream/*",)}
    copied = content.get("KinesisStreamSpecification")
    if copied or content.get("ContributorInsightsSpecification"):
        # DynamoDB developer guide, Using service-linked roles for DynamoDB
        found["role"] = (names.named("iam", "role/aws-service-role/*.dynamodb.amazonaws.com/*", region=False),)
    if isinstance(copied, Mapping):
        found["stream"] += (names.of(copied.get("StreamArn"), lambda name: names.named("kinesis", f"stream/{name}")),)
    return found


def _bucket_policy(names: Names, placed: Placed, content: Any) -> Things:
    return {"bucket": (names.of(content.get("Bucket"), lambda name: names.named("s3", name, region=False, account=False)),)}


def _queue_policy(names: Names, placed: Placed, content: Any) -> Things:
    return {"queue": tuple(names.of(q, lambda url: names.named("sqs", url.rpartition("/")[2])) for q in listed(content.get("Queues")))}


def _topic_policy(names: Names, placed: Placed, content: Any) -> Things:
    return {"topic": tuple(names.of(t, lambda name: names.named("sns", name)) for t in listed(content.get("Topics")))}


def _subscription(names: Names, placed: Placed, content: Any) -> Things:
    topic = names.of(content.get("TopicArn"), lambda name: names.named("sns", name))
    return {"topic": (topic, f"{topic}:*")}  # a subscription's own ARN is its topic's and an id


def _function(names: Names, placed: Placed, content: Any) -> Things:
    code = names.text(content["Code"].get("S3Bucket", Param("CodeBucket"))) if isinstance(content.get("Code"), Mapping) else OPEN
    systems = tuple(names.text(system.get("Arn")) for system in listed(content.get("FileSystemConfigs")) if isinstance(system, Mapping))
    signing = content.get("CodeSigningConfigArn")
    return {
        "function": (names.arn(placed),),
        "code signing config": ()
        if signing is None
        else (names.of(signing, lambda id: names.named("lambda", f"code-signing-config:{id}")),),
        # Lambda developer guide, Configuring file system access: the mount targets are those of the access point's file system
        "access-point": tuple(arn if arn != OPEN else names.named("elasticfilesystem", f"access-point/{OPEN}") for arn in systems),
        "file-system": (names.named("elasticfilesystem", f"file-system/{OPEN}"),) if systems else (),
        "layerversion": tuple(names.text(layer) for layer in listed(content.get("Layers"))),
        "repository": _repository(names, content),
        "object": (names.named("s3", f"{code}/*", region=False, account=False),),
    }


def _of_iam(sort: str, who: Value, names: Names) -> str:
    return names.of(who, lambda name: names.named("iam", f"{sort}/{name}", region=False))


def _principals(*sorts: str) -> Callable[[Names, Placed, Any], Things]:
    """What a policy of IAM's is attached to, by name."""

    def find(names: Names, placed: Placed, content: Any) -> Things:
        found: dict[str, tuple[str, ...]] = {}
        for sort, named_by in PRINCIPALS.items():
            said = [who for property in named_by for who in listed(content.get(property))]
            arns = tuple(_of_iam(sort, who, names) for who in said)
            found[sort] = (*arns, *((names.arn(placed),) if sort in sorts else ()))
        return {**found, **{sort: (names.arn(placed),) for sort in sorts if sort not in PRINCIPALS}}

    return find


def _repository(names: Names, content: Any) -> tuple[str, ...]:
    """The repository of an image: its URI is `ACCOUNT.dkr.ecr.REGION.amazonaws.com/NAME:TAG`."""
    code = content.get("Code")
    uri = names.text(code["ImageUri"]) if isinstance(code, Mapping) and code.get("ImageUri") is not None else ""
    host, _, rest = uri.partition("/")
    account, _, region = host.partition(".dkr.ecr.")
    name = rest.partition("@")[0].partition(":")[0]
    if not uri:
        return ()
    if not region or not name:  # a param that has no value here
        return (names.named("ecr", f"repository/{OPEN}", region=False, account=False).replace(":::", ":*:*:"),)
    return (f"arn:{names.partition}:ecr:{region.partition('.')[0]}:{account}:repository/{name}",)


def _of_function(property: str) -> Callable[[Names, Placed, Any], Things]:
    """A function, and the alias or the version of it that is meant."""

    def find(names: Names, placed: Placed, content: Any) -> Things:
        arn = names.function(content.get(property))
        qualifier = content.get("Qualifier")
        named = arn if qualifier in (None, "$LATEST") else f"{whole(arn)}:{names.text(qualifier)}"
        return {"function": tuple(dict.fromkeys((whole(arn), arn, named)))}

    return find


def whole(arn: str) -> str:
    """The ARN of a function, of one that may have an alias or a version at its end."""
    return ":".join(arn.split(":")[:7])


def _alias(names: Names, placed: Placed, content: Any) -> Things:
    function = names.function(content.get("FunctionName"))
    found: dict[str, tuple[str, ...]] = {"function": (function, names.arn(placed)), "function alias": (names.arn(placed),)}
    moved = (placed.resource.update_policy() or {}).get("CodeDeployLambdaAliasUpdate")
    if not isinstance(moved, Mapping):
        return found
    return {
        **found,
        "application": (names.named("codedeploy", f"application:{names.text(moved.get('ApplicationName'))}"),),
        "deploymentgroup": (deployment_group(names, moved.get("ApplicationName"), moved.get("DeploymentGroupName")),),
        "deploymentconfig": (_speed(names, moved.get("DeploymentGroupName")),),
    }


def deployment_group(names: Names, application: Value, group: Value) -> str:
    """The ARN of a deployment group."""
    return names.named("codedeploy", f"deploymentgroup:{names.text(application)}/{names.text(group)}")


def _speed(names: Names, group: Value) -> str:
    """The ARN of the configuration that a group's deployments follow."""
    placed = names.placed.get(group.id) if isinstance(group, Attr) else None
    config = None if placed is None else properties(placed).get("DeploymentConfigName")
    return names.named("codedeploy", f"deploymentconfig:{OPEN if config is None else names.text(config)}")


def _version(names: Names, placed: Placed, content: Any) -> Things:
    function = names.function(content.get("FunctionName"))
    return {"function": (function, f"{function}:*"), "function version": (f"{function}:*",)}


def _layer(names: Names, placed: Placed, content: Any) -> Things:
    kept = content.get("Content")
    code = names.text(kept.get("S3Bucket", Param("CodeBucket"))) if isinstance(kept, Mapping) else OPEN
    arn = names.arn(placed)
    return {
        "layer": (arn.removesuffix(":*"),),
        "layerversion": (arn,),
        "object": (names.named("s3", f"{code}/*", region=False, account=False),),
    }


def _group_of_deployments(names: Names, placed: Placed, content: Any) -> Things:
    application = content.get("ApplicationName")
    config = content.get("DeploymentConfigName")
    return {
        "application": (names.named("codedeploy", f"application:{names.text(application)}"),),
        "deploymentgroup": (deployment_group(names, application, content.get("DeploymentGroupName")),),
        "deploymentconfig": (names.named("codedeploy", f"deploymentconfig:{OPEN if config is None else names.text(config)}"),),
    }


def _mapping(names: Names, placed: Placed, content: Any) -> Things:
    return {"eventsourcemapping": (names.named("lambda", "event-source-mapping:*"),)}


def _log_group(names: Names, placed: Placed, content: Any) -> Things:
    # Some actions name a group with `:*` at the end, others without (CloudWatch Logs user guide, identity-based policies).
    return {"log-group": (names.arn(placed), f"{names.arn(placed)}:*")}


def _rule(names: Names, placed: Placed, content: Any) -> Things:
    return {"rule-on-default-event-bus": (names.arn(placed),), "rule-on-custom-event-bus": (names.arn(placed),)}


def _archive(names: Names, placed: Placed, content: Any) -> Things:
    return {"archive": (names.arn(placed),), "event-bus": (names.of(content.get("SourceArn"), lambda name: name),)}


def _group(names: Names, placed: Placed, content: Any) -> Things:
    return {"schedule-group": (names.arn(placed),), "schedule": (names.named("scheduler", f"schedule/{names.name(placed)}/*"),)}


def _schedule(names: Names, placed: Placed, content: Any) -> Things:
    group = content.get("GroupName")
    if group is None:
        return {"schedule": (names.arn(placed),)}
    return {"schedule": (names.named("scheduler", f"schedule/{names.text(group)}/*"),)}  # the group is the app's own


def _gateway(*paths: str) -> Callable[[Names, Placed, Any], Things]:
    """API Gateway makes the ids of APIs, so all of one protocol are meant; tags have a path of their own."""
    return lambda names, _, __: {ANY: tuple(names.named("apigateway", path, account=False) for path in (*paths, "/tags/*"))}


def _account(names: Names, placed: Placed, content: Any) -> Things:
    role = names.of(content.get("CloudWatchRoleArn"), lambda name: names.named("iam", f"role/{name}", region=False))
    return {**_gateway("/account")(names, placed, content), "role": (role,)}


PRINCIPALS = {"role": ("Roles", "RoleName"), "user": ("Users",), "group": ("Groups",)}  # the properties that name them
REST, HTTP = _gateway("/restapis", "/restapis/*"), _gateway("/apis", "/apis/*")
THINGS: dict[str, Callable[[Names, Placed, Any], Things]] = {
    "AWS::ApiGateway::Account": _account,
    **{
        f"AWS::ApiGateway::{name}": REST
        for name in ("Authorizer", "Deployment", "GatewayResponse", "Method", "Model", "RequestValidator", "Resource", "RestApi", "Stage")
    },
    **{f"AWS::ApiGatewayV2::{name}": HTTP for name in ("Api", "Authorizer", "Integration", "Route", "Stage")},
    "AWS::CloudWatch::Alarm": _alone("alarm"),
    "AWS::CodeDeploy::Application": _alone("application"),
    "AWS::CodeDeploy::DeploymentConfig": _alone("deploymentconfig"),
    "AWS::CodeDeploy::DeploymentGroup": _group_of_deployments,
    "AWS::DynamoDB::Table": _table,
    "AWS::Events::Archive": _archive,
    "AWS::Events::EventBus": _alone("event-bus"),
    "AWS::Events::Rule": _rule,
    "AWS::IAM::Group": _alone("group"),
    "AWS::IAM::InstanceProfile": _principals("instance-profile"),
    "AWS::IAM::ManagedPolicy": _principals("policy"),
    "AWS::IAM::Policy": _principals(),
    "AWS::IAM::Role": _alone("role"),
    "AWS::IAM::RolePolicy": _principals(),
    "AWS::IAM::User": _principals("user"),
    "AWS::Kinesis::Stream": _alone("stream"),
    "AWS::Lambda::Alias": _alias,
    "AWS::Lambda::EventInvokeConfig": _of_function("FunctionName"),
    "AWS::Lambda::EventSourceMapping": _mapping,
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::LayerVersion": _layer,
    "AWS::Lambda::Permission": _of_function("FunctionName"),
    "AWS::Lambda::Url": _of_function("TargetFunctionArn"),
    "AWS::Lambda::Version": _version,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::S3::Bucket": _alone("bucket"),
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::SNS::Subscription": _subscription,
    "AWS::SNS::Topic": _alone("topic"),
    "AWS::SNS::TopicPolicy": _topic_policy,
    "AWS::SQS::Queue": _alone("queue"),
    "AWS::SQS::QueuePolicy": _queue_policy,
    "AWS::SSM::Parameter": _alone("parameter"),
    "AWS::Scheduler::Schedule": _schedule,
    "AWS::Scheduler::ScheduleGroup": _group,
    "AWS::SecretsManager::Secret": _alone("secret"),
}
