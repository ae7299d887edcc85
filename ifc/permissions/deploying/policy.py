"""The policy that deploying an app needs, in documents that IAM takes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from ifc.aws.iam import document
from ifc.permissions.deploying.handlers import Handlers, Without, passed
from ifc.permissions.deploying.things import deployment_group
from ifc.permissions.documents import properties
from ifc.permissions.names import OPEN, Names
from ifc.plan import Plan, Statement, merged
from ifc.records import evolve, named
from ifc.values import Lookup, Value, wholes

LONGEST = 6_144  # characters of a managed policy, without blanks (IAM user guide, IAM and STS quotas)
ATTACHED = 10  # managed policies of a role, where the quota is not raised (the same page)
# What `ifc deploy` and `aws cloudformation deploy` call, and what tells why a deployment failed. A stack whose first deployment
# failed is deleted before the next one, and one that got stuck goes on going back.
STACK = (
    "ContinueUpdateRollback",
    "CreateChangeSet",
    "DeleteChangeSet",
    "DeleteStack",
    "DescribeChangeSet",
    "DescribeStackEvents",
    "DescribeStackResources",
    "DescribeStacks",
    "ExecuteChangeSet",
    "GetTemplate",
    "GetTemplateSummary",
    "ListChangeSets",
    "ListStackResources",
    "RollbackStack",
)
# What makes the bucket of `ifc deploy`, where there is none yet, and looks whether it is as it should be.
BUCKET = (
    "CreateBucket",
    "GetBucketPolicy",
    "ListBucket",
    "ListBucketMultipartUploads",
    "PutBucketPolicy",
    "PutBucketPublicAccessBlock",
    "PutEncryptionConfiguration",
    "PutLifecycleConfiguration",
)
# What finds a shift of traffic that is under way; stopping one is limited to no resource (Service Authorization Reference, CodeDeploy).
TRAFFIC = ("GetDeployment", "ListDeployments")
# API Gateway developer guide, Using service-linked roles for API Gateway: made with the account's first API
LINKED = "ops.apigateway.amazonaws.com", "AWSServiceRoleForAPIGateway"
# botocore's partitions.json: how the names of regions begin that are not in the partition `aws`.
PARTITIONS = (
    ("cn-", "aws-cn"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
)
ALONE = "TakesNoResource"  # the Sid of what can't be limited


@named
class Options:
    """Where an app is deployed to."""

    stack: str
    account: str = OPEN
    region: str = OPEN
    code_bucket: str = OPEN
    by_prefix: bool = False  # the names of one app and stage, not each resource's

    @property
    def bucket(self) -> str:
        """The bucket of archives and templates: the one that is named, or that of `ifc deploy`."""
        return f"ifc-artifacts-{self.account}-{self.region}" if self.code_bucket == OPEN else self.code_bucket


@named
class Policy:
    """The documents, and what is to be known of them."""

    documents: tuple[dict[str, Any], ...]
    unlimited: tuple[str, ...]  # actions on `*`, since AWS limits them to no resource
    without: tuple[Without, ...]
    unknown: tuple[str, ...]  # types of raw resources whose handlers are not published
    unpassed: tuple[str, ...]  # functions whose role only the deployment knows
    nameless: tuple[tuple[str, str], ...]  # secrets whose names CloudFormation makes without the stack, and the pattern of the name
    outside: tuple[tuple[str, str], ...]  # resources of IAM that the app's boundary doesn't limit, with their types
    refused: tuple[tuple[str, str], ...]  # those that have no boundary where the app has one, which can't be made then
    partly: tuple[str, ...]  # properties of which it is not known what all they need
    images: tuple[str, ...]  # the repositories of images, whose own policies let Lambda read them
    broad: tuple[str, ...]  # types of raw resources that are not limited to the app's own
    params: tuple[str, ...]  # whose values, as they are here, stand in names
    open_params: tuple[str, ...]  # which have no value, so that `*` stands for them


def partition(region: str) -> str:
    """The partition of a region."""
    return next((name for begin, name in PARTITIONS if region.startswith(begin)), "aws")


def policy(plan: Plan, options: Options) -> Policy:
    """The least policy for deploying an app by CloudFormation."""
    names = Names(
        plan,
        stack=options.stack,
        region=options.region,
        account=options.account,
        partition=partition(options.region),
        code_bucket=options.bucket,
        by_prefix=options.by_prefix,
    )
    handlers = Handlers(plan, names)
    groups = dict(handlers.statements)
    passing, unpassed = passed(plan, names)
    groups |= {"Stack": _stack(names), "PassRole": passing, "Lookups": list(_lookups(plan, names))}
    groups.setdefault("Code", []).extend(_code(names, options))
    if any(p.resource.cfn_type == "AWS::CodeDeploy::DeploymentGroup" for p in plan.placed):
        groups["Traffic"] = [_traffic(plan, names), Statement(actions=("codedeploy:StopDeployment",), resources=(OPEN,))]
    if any(p.resource.cfn_type in ("AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api") for p in plan.placed):
        groups["ServiceLinkedRole"] = [_linked(names)]
    alone = [s for found in groups.values() for s in found if s.resources == (OPEN,) and s.condition is None]
    statements = list(_named(groups)) + [evolve(s, sid=ALONE) for s in merged(alone)]
    return Policy(
        documents=tuple(document(part) for part in packed(statements)),
        unlimited=tuple(sorted({a for s in statements if OPEN in s.resources for a in s.actions})),
        without=tuple(sorted(handlers.without, key=lambda w: (w.type, w.action))),
        unknown=tuple(sorted(handlers.unknown)),
        unpassed=tuple(sorted(unpassed)),
        nameless=tuple(sorted(_nameless(plan, names))),
        outside=tuple(sorted(handlers.outside)),
        refused=tuple(sorted(handlers.refused)),
        partly=tuple(sorted(handlers.partly)),
        images=tuple(sorted(handlers.images)),
        broad=tuple(sorted(handlers.broad)),
        params=tuple(sorted(names.params)),
        open_params=tuple(sorted(names.open_params)),
    )


def _named(groups: dict[str, list[Statement]]) -> Iterator[Statement]:
    """The statements of each group, as few as possible, called after it."""
    for group, found in sorted(groups.items()):
        some = merged(s for s in found if s.resources != (OPEN,) or s.condition is not None)
        for number, statement in enumerate(some, 1):
            yield evolve(statement, sid=group if not some[1:] else f"{group}{number}")


# --- what is not of a resource ---


def _stack(names: Names) -> list[Statement]:
    """CloudFormation's own actions, for the one stack."""
    actions = tuple(f"cloudformation:{action}" for action in STACK)
    return [Statement(actions=actions, resources=(names.named("cloudformation", f"stack/{names.stack}/*"),))]


def _code(names: Names, options: Options) -> list[Statement]:
    """Writing archives and templates into their bucket, and reading them there; where none is named, also making that of `ifc deploy`."""
    arn = names.named("s3", options.bucket, region=False, account=False)
    objects = ("s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject")
    own = BUCKET if options.code_bucket == OPEN else ("ListBucket", "ListBucketMultipartUploads")
    return [
        Statement(actions=objects, resources=(f"{arn}/*",)),
        Statement(actions=tuple(f"s3:{action}" for action in own), resources=(arn,)),
    ]


def _traffic(plan: Plan, names: Names) -> Statement:
    """Looking at, and stopping, the deployments of the app's groups."""
    groups = [properties(p) for p in plan.placed if p.resource.cfn_type == "AWS::CodeDeploy::DeploymentGroup"]
    arns = {deployment_group(names, group["ApplicationName"], group["DeploymentGroupName"]) for group in groups}
    return Statement(actions=tuple(f"codedeploy:{action}" for action in TRAFFIC), resources=tuple(sorted(arns)))


def _lookups(plan: Plan, names: Names) -> Iterator[Statement]:
    """Reading the parameters of SSM that the template names (CloudFormation user guide, dynamic references)."""
    values: list[Value] = [properties(placed) for placed in plan.placed]
    values += [output.value for output in plan.outputs] + [plan.app.tags]
    for value in wholes(tuple(values)):
        if isinstance(value, Lookup) and value.source == "ssm":
            key = names.text(value.key)
            arn = key if key.startswith("arn:") else names.named("ssm", f"parameter{'' if key.startswith('/') else '/'}{key}")
            yield Statement(actions=("ssm:GetParameters",), resources=(arn,))


def _nameless(plan: Plan, names: Names) -> Iterator[tuple[str, str]]:
    """Secrets without a name of their own, which other stacks' secrets of the same id are called like."""
    for placed in plan.placed:
        if placed.resource.cfn_type == "AWS::SecretsManager::Secret" and properties(placed).get("Name") is None:
            yield placed.owner, names.arn(placed).rpartition(":")[2]


def _linked(names: Names) -> Statement:
    """The role that API Gateway makes for itself."""
    service, role = LINKED
    return Statement(
        actions=("iam:CreateServiceLinkedRole",),
        resources=(names.named("iam", f"role/aws-service-role/{service}/{role}", region=False),),
        condition={"StringEquals": {"iam:AWSServiceName": service}},
    )


# --- documents ---


def packed(statements: Iterable[Statement]) -> list[list[Statement]]:
    """The statements in as few documents as they fill in order; one that is too long is taken apart."""
    parts: list[list[Statement]] = []
    for statement in statements:
        for piece in _pieces(statement):
            place = next((part for part in parts if length([*part, piece]) <= LONGEST), None)
            if place is None:
                parts.append([piece])
            else:
                place.append(piece)
    return parts


def _pieces(statement: Statement) -> Iterator[Statement]:
    """A statement in pieces that fit into a document."""
    if length([statement]) <= LONGEST or not (statement.resources[1:] or statement.actions[1:]):
        yield statement
        return
    by_resource = bool(statement.resources[1:])
    whole = statement.resources if by_resource else statement.actions
    half = len(whole) // 2
    for number, some in enumerate((whole[:half], whole[half:])):
        name = f"{statement.sid}{'ab'[number]}"
        yield from _pieces(evolve(statement, sid=name, **({"resources": some} if by_resource else {"actions": some})))


def length(statements: list[Statement]) -> int:
    """How long IAM finds a document with these statements."""
    return len(json.dumps(document(statements), separators=(",", ":")))
