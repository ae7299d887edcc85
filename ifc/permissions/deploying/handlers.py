"""What CloudFormation's handlers must be allowed for the resources of a plan, and what of their actions this app can do without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ifc.diagnostics import Report
from ifc.permissions.deploying.published import grantable, published
from ifc.permissions.deploying.things import ANY, Things, things, whole
from ifc.permissions.documents import ROLE, listed, properties, services
from ifc.permissions.names import OPEN, Names
from ifc.plan import Lowering, Placed, Plan, Statement
from ifc.records import compared
from ifc.values import Attr, Value

PASS = "iam:PassRole"  # said once for all roles
# Actions that are for one property of a type, of handlers that list them for every resource of it. Only what reads or writes
# data, widens a role, or takes no resource is looked at so: the rest is limited to the app's own resources anyway.
ONLY_WITH: Mapping[str, tuple[tuple[str, str], ...]] = {
    "AWS::DynamoDB::Table": (
        # DynamoDB developer guide, Using IAM with global tables; a replica is of AWS::DynamoDB::GlobalTable
        (
            "Replicas",
            "AssociateTableReplica BatchWriteItem CreateTableReplica DeleteItem GetItem PutItem Query Scan UpdateItem",
        ),
        ("ImportSourceSpecification", "DescribeLogGroups ImportTable"),
        ("SSESpecification", "ListAliases"),
    ),
    "AWS::Events::EventBus": (("Policy", "PutPermission RemovePermission"),),
    "AWS::IAM::Role": (
        ("ManagedPolicyArns", "AttachRolePolicy"),
        ("PermissionsBoundary", "PutRolePermissionsBoundary"),
    ),
    "AWS::IAM::User": (
        ("Groups", "AddUserToGroup"),
        ("LoginProfile", "CreateLoginProfile UpdateLoginProfile"),
        ("ManagedPolicyArns", "AttachUserPolicy"),
        ("PermissionsBoundary", "PutUserPermissionsBoundary"),
    ),
    "AWS::Kinesis::Stream": (
        ("DesiredShardLevelMetrics", "DisableEnhancedMonitoring EnableEnhancedMonitoring"),
        ("ShardCount", "UpdateShardCount"),
    ),
    "AWS::CodeDeploy::DeploymentGroup": (
        (
            "Deployment",
            "CreateDeployment GetApplicationRevision GetDeployment ListDeployments RegisterApplicationRevision StopDeployment",
        ),
    ),
    # CloudFormation user guide, UpdatePolicy attribute, CodeDeployLambdaAliasUpdate
    "AWS::Lambda::Alias": (("UpdatePolicy", "CreateDeployment GetDeployment GetDeploymentConfig GetDeploymentGroup StopDeployment"),),
    "AWS::Lambda::Function": (("VpcConfig", "DescribeNetworkInterfaces DescribeSecurityGroups DescribeSubnets DescribeVpcs"),),
    "AWS::Logs::LogGroup": (
        ("DataProtectionPolicy", "CreateLogDelivery"),
        ("FieldIndexPolicies", "DeleteIndexPolicy PutIndexPolicy"),
        ("ResourcePolicyDocument", "DeleteResourcePolicy PutResourcePolicy"),
    ),
    "AWS::SecretsManager::Secret": (("GenerateSecretString", "GetRandomPassword"),),
}
NEVER = {
    "iam:DeleteRolePermissionsBoundary": "would free a role from its boundary: that is not for who deploys",
    "iam:DeleteUserPermissionsBoundary": "would free a user from its boundary: that is not for who deploys",
}
# What pages of AWS ask for beside what the handlers list: type, property, actions.
MORE = (
    # API Gateway developer guide, Configure logging for HTTP APIs, Permissions to activate logging
    (
        "AWS::ApiGatewayV2::Stage",
        "AccessLogSettings",
        (
            "logs: CreateLogDelivery DeleteLogDelivery DescribeLogGroups DescribeResourcePolicies GetLogDelivery ListLogDeliveries "
            "PutResourcePolicy UpdateLogDelivery"
        ),
    ),
    # Lambda developer guide, Create a function using a container image, Amazon ECR permissions
    ("AWS::Lambda::Function", "Code.ImageUri", "ecr: BatchGetImage GetDownloadUrlForLayer"),
    # Secrets Manager user guide, Secret encryption and decryption, Permissions for the KMS key
    ("AWS::SecretsManager::Secret", "KmsKeyId", "kms: Decrypt GenerateDataKey"),
)
MAPPING = "AWS::Lambda::EventSourceMapping"
OF_A_FUNCTION = ("CreateEventSourceMapping", "DeleteEventSourceMapping", "GetEventSourceMapping", "UpdateEventSourceMapping")
PORTION = 40  # functions in one condition, so that a statement always fits into a document
# Service Authorization Reference, AWS Identity and Access Management: the actions with the key `iam:PermissionsBoundary`
BOUNDED = (
    "AttachRolePolicy",
    "AttachUserPolicy",
    "CreateRole",
    "CreateUser",
    "DeleteRolePolicy",
    "DeleteUserPolicy",
    "DetachRolePolicy",
    "DetachUserPolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "PutUserPermissionsBoundary",
    "PutUserPolicy",
)
WITH_BOUNDARY = (ROLE, "AWS::IAM::User")  # types that have one themselves
BY_PRINCIPAL = ("AWS::IAM::Policy", "AWS::IAM::RolePolicy")  # which are written into a role, and so limited by the role's
# Properties whose every need is not known: what they refer to is not the app's, and handlers don't list all that they do with it.
PARTLY: Mapping[str, tuple[str, ...]] = {
    "AWS::DynamoDB::Table": ("ImportSourceSpecification",),
    "AWS::Lambda::Function": ("CapacityProviderConfig",),
    "AWS::S3::Bucket": ("MetadataConfiguration", "MetadataTableConfiguration"),
}
# The properties of roles that are passed, and the service that gets them.
PASSED: Mapping[str, tuple[tuple[str, str], ...]] = {
    "AWS::ApiGateway::Account": (("CloudWatchRoleArn", "apigateway.amazonaws.com"),),
    "AWS::ApiGateway::Authorizer": (("AuthorizerCredentials", "apigateway.amazonaws.com"),),
    "AWS::ApiGateway::Method": (("Integration.Credentials", "apigateway.amazonaws.com"),),
    "AWS::ApiGatewayV2::Authorizer": (("AuthorizerCredentialsArn", "apigateway.amazonaws.com"),),
    "AWS::ApiGatewayV2::Integration": (("CredentialsArn", "apigateway.amazonaws.com"),),
    "AWS::CodeDeploy::DeploymentGroup": (("ServiceRoleArn", "codedeploy.amazonaws.com"),),
    "AWS::Events::Rule": (("RoleArn", "events.amazonaws.com"), ("Targets.RoleArn", "events.amazonaws.com")),
    "AWS::Lambda::Function": (("Role", "lambda.amazonaws.com"),),
    "AWS::S3::Bucket": (("ReplicationConfiguration.Role", "s3.amazonaws.com"),),
    "AWS::SNS::Subscription": (("SubscriptionRoleArn", "sns.amazonaws.com"),),
    "AWS::Scheduler::Schedule": (("Target.RoleArn", "scheduler.amazonaws.com"),),
}


@compared
class Without:
    """Actions that a type's handlers list and that this app's deployment goes without."""

    type: str
    action: str
    why: str


class Handlers:
    """Collects the statements for the resources of a plan."""

    def __init__(self, plan: Plan, names: Names) -> None:
        self.plan, self.names, self.data = plan, names, published()
        self.statements: dict[str, list[Statement]] = {}  # by group
        self.without: set[Without] = set()
        self.unknown: set[str] = set()  # types whose handlers are not published
        self.broad: set[str] = set()  # types whose resources can't be told by name here
        self.used: set[tuple[str, str]] = set()  # types and actions that are allowed
        self.called = _called(plan, names)
        self.boundary = Lowering(plan.app, Report()).boundary()
        self.outside: list[tuple[str, str]] = []  # resources of IAM that the app's boundary doesn't limit, and their types
        self.refused: list[tuple[str, str]] = []  # those that lack a boundary, and can't be made without
        self.partly: set[str] = set()  # properties of which not all is known
        self.images: set[str] = set()  # the ARNs of repositories that functions' images come from
        for placed in plan.placed:
            self._resource(placed)
        self.without = {w for w in self.without if (w.type, w.action) not in self.used}  # another resource of the type needs it

    def _resource(self, placed: Placed) -> None:
        kind = placed.resource.cfn_type
        actions = self.data.types.get(kind)
        if actions is None:
            self.unknown.add(kind)
            return
        found, content = things(placed, self.names), {**properties(placed), "UpdatePolicy": placed.resource.update_policy()}
        more = [
            a
            for type, property, some in MORE
            if type == kind and any(True for _ in _within(content, property.split(".")))
            for a in spelled(some)
        ]
        if found is None:
            self.broad.add(kind)
        self._bounded(placed, kind, content)
        self.partly |= {f"{property} of {placed.owner}" for property in PARTLY.get(kind, ()) if content.get(property) is not None}
        if found is not None:
            self.images |= {*found.get("repository", ())}
        for action in (*actions, *more):
            if action == PASS:
                continue
            why = self._needless(kind, action, content) if found is not None else NEVER.get(action, "")
            arns = () if why else self._arns(action, found)
            if arns:
                self.used.add((kind, action))
                condition = self._condition(kind, action, content)
                statement = Statement(actions=(action,), resources=arns, condition=condition)
                self.statements.setdefault(group(kind, action), []).append(statement)
            else:
                self.without.add(Without(kind, action, why or self._absent(action)))

    def _bounded(self, placed: Placed, kind: str, content: Mapping[str, Any]) -> None:
        """Remembers a resource of IAM that the app's boundary doesn't hold, or that its absence keeps from being made."""
        if self.boundary is None or not kind.startswith("AWS::IAM::"):
            return
        own = content.get("PermissionsBoundary")
        if kind in WITH_BOUNDARY and own is None:
            self.refused.append((placed.owner, kind))
        elif kind in WITH_BOUNDARY:
            if self.names.text(own) != self.names.text(self.boundary):
                self.outside.append((placed.owner, kind))
        elif kind not in BY_PRINCIPAL or content.get("Groups"):
            self.outside.append((placed.owner, kind))

    def _needless(self, kind: str, action: str, content: Mapping[str, Any]) -> str:
        """Why an action is not needed, as far as the properties of a resource tell it; empty where it is."""
        name = action.partition(":")[2]
        for property, some in ONLY_WITH.get(kind, ()):
            if name in some.split() and not content.get(property):
                return f"only for `{property}`, which is not in use"
        return NEVER.get(action, "")

    def _arns(self, action: str, found: Things | None) -> tuple[str, ...]:
        """What an action is limited to; nothing where the app has nothing that it could act on."""
        kinds = self.data.kinds(action)
        service = action.partition(":")[0]
        if kinds is not None and not kinds:
            return (OPEN,)
        if found is None:
            return self._formed(service, kinds)
        if kinds is None:  # not published: it acts on what the others act on, if it acts on anything
            mine = [arn for arns in found.values() for arn in arns if service_of(arn) == service and grantable(action)]
        else:
            mine = [arn for kind in sorted(kinds) for arn in found.get(kind, ()) if service_of(arn) in self._services(service, kind)]
            mine += [arn for arn in found.get(ANY, ()) if service_of(arn) == service]
        return tuple(dict.fromkeys(mine))

    def _services(self, service: str, kind: str) -> set[str]:
        """The services whose ARNs a resource type has: a key is KMS's, whoever's action it is."""
        return {service_of(form) for form in self.data.forms[service, kind]}

    def _formed(self, service: str, kinds: frozenset[str] | None) -> tuple[str, ...]:
        """The ARNs of all resources of some types, for a type whose names are not known here."""
        if kinds is None:
            return (self.names.named(service, OPEN),)
        found = {form for kind in kinds for form in self.data.forms[service, kind]}
        filled = (form.format(P=self.names.partition, R=self.names.region, A=self.names.account).replace("#", OPEN) for form in found)
        return tuple(sorted(filled))

    def _condition(self, kind: str, action: str, content: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]] | None:
        """What limits an action beside its resource."""
        name = action.partition(":")[2]
        if kind == MAPPING and name in OF_A_FUNCTION:
            # Lambda developer guide, Fine-tuning the Resources and Conditions sections of policies: mappings have no names
            called = self.called[self.names.function(content.get("FunctionName"))]
            # Whether the key holds an alias is not published, so a function with one is named both ways.
            arns = tuple(dict.fromkeys(part for arn in called for part in (whole(arn), arn)))
            return {"ArnLike": {"lambda:FunctionArn": one_or_all(arns)}}
        return self._of_iam(kind, name, content) if kind.startswith("AWS::IAM::") else None

    def _of_iam(self, kind: str, name: str, content: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]] | None:
        """What keeps roles and users within the boundary and the managed policies (IAM user guide, IAM and STS condition keys)."""
        found: dict[str, dict[str, Any]] = {}
        boundary = content.get("PermissionsBoundary") if kind in WITH_BOUNDARY else None
        if boundary is None:
            boundary = self.boundary
        if boundary is not None and name in BOUNDED:
            text = self.names.text(boundary)
            found["StringLike" if OPEN in text else "StringEquals"] = {"iam:PermissionsBoundary": text}
        if name in ("AttachRolePolicy", "AttachUserPolicy") and kind in WITH_BOUNDARY:
            policies = sorted({self.names.text(policy) for policy in listed(content.get("ManagedPolicyArns"))})
            found["ArnLike"] = {"iam:PolicyARN": one_or_all(policies)}
        return found or None

    def _absent(self, action: str) -> str:
        kinds = self.data.kinds(action)
        if kinds is None:
            return "IAM has no such action"
        return f"acts on {' or '.join(sorted(kinds))}, and this resource uses none"


def _called(plan: Plan, names: Names) -> dict[str, tuple[str, ...]]:
    """The functions of an app's mappings, and with each those that stand in one condition with it."""
    arns = sorted({names.function(properties(p).get("FunctionName")) for p in plan.placed if p.resource.cfn_type == MAPPING})
    portions = [tuple(arns[at : at + PORTION]) for at in range(0, len(arns), PORTION)]
    return {arn: portion for portion in portions for arn in portion}


def passed(plan: Plan, names: Names) -> tuple[list[Statement], list[str]]:
    """`iam:PassRole` for the app's roles and those its functions are given, and the functions whose role is not known.

    A role is passed to the services that may assume it, and to no others.
    """
    found: list[Statement] = []
    unknown: list[str] = []
    for placed in plan.placed:
        content = properties(placed)
        kind = placed.resource.cfn_type
        if kind == ROLE:  # the compiler's own is passed to its service whatever is laid over its trust policy
            to = sorted({*services(content), *listed(getattr(placed.resource, "service", None))})
            found += [_pass(names.arn(placed), to)] if to else []
        for property, service in PASSED.get(kind, ()):
            for value in _within(content, property.split(".")):
                role = names.text(value)
                if isinstance(value, Attr) and value.id in names.placed:
                    continue  # said above
                if role == OPEN:
                    unknown.append(placed.owner)
                else:
                    found.append(_pass(role, [service]))
    return found, list(dict.fromkeys(unknown))


def _within(content: Any, steps: Sequence[str]) -> Iterator[Value]:
    """The values of a property, in each of several where it stands in a list."""
    if isinstance(content, list | tuple):
        for part in content:
            yield from _within(part, steps)
    elif not steps:
        yield content
    elif isinstance(content, Mapping) and content.get(steps[0]) is not None:
        yield from _within(content[steps[0]], steps[1:])


def _pass(arn: str, to: Sequence[str]) -> Statement:
    return Statement(actions=(PASS,), resources=(arn,), condition={"StringEquals": {"iam:PassedToService": one_or_all(to)}})


def one_or_all(values: Sequence[str]) -> Any:
    """One value alone, several as they stand in a condition."""
    return tuple(values) if len(values) != 1 else values[0]


def group(kind: str, action: str) -> str:
    """What stands together in a policy: the resources of a type; of API Gateway those of a protocol; what reads code."""
    if kind in ("AWS::Lambda::Function", "AWS::Lambda::LayerVersion") and action.startswith("s3:"):
        return "Code"
    _, service, name = (*kind.split("::"), "", "")[:3]
    return service if service.startswith("ApiGateway") and name != "Account" else service + name


def spelled(actions: str) -> list[str]:
    """`kms: Decrypt Encrypt` as `kms:Decrypt` and `kms:Encrypt`."""
    service, _, names = actions.partition(" ")
    return [service + name for name in names.split()]


def service_of(arn: str) -> str:
    """The service of an ARN."""
    return arn.split(":")[2] if arn.count(":") > 2 else ""
