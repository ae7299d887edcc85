"""Which IAM actions a call of the SDK needs, and which argument names the resource (Service Authorization Reference, one page a service)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

# The prefix of a service's actions where it is not what the SDK for Python calls the service.
PREFIXES = {
    "apigatewaymanagementapi": "execute-api",
    "bedrock-agent-runtime": "bedrock",
    "bedrock-runtime": "bedrock",
    "dynamodbstreams": "dynamodb",
    "iot-data": "iot",
    "sesv2": "ses",
    "stepfunctions": "states",
}
# The services that are told of, as the SDK for Python calls them: those whose actions ifc has a list of.
SERVICES = {
    *PREFIXES,
    *("acm", "appsync", "cloudwatch", "codebuild", "codedeploy", "cognito-idp", "dynamodb", "ec2", "ecr", "ecs", "events", "firehose"),
    *("iam", "iot", "kinesis", "kms", "lambda", "logs", "rds", "route53", "s3", "scheduler", "secretsmanager", "ses", "sns", "sqs", "ssm"),
    *("sts", "xray"),
}
# As other SDKs call them: the packages `@aws-sdk/client-…`, and the classes of the older SDK for JavaScript in small letters.
OTHERWISE = {
    "cloudwatch-events": "events",
    "cloudwatch-logs": "logs",
    "cloudwatchevents": "events",
    "cloudwatchlogs": "logs",
    "cognito-identity-provider": "cognito-idp",
    "cognitoidentityserviceprovider": "cognito-idp",
    "dynamodb-streams": "dynamodbstreams",
    "eventbridge": "events",
    "iot-data-plane": "iot-data",
    "iotdata": "iot-data",
    "route-53": "route53",
    "secrets-manager": "secretsmanager",
    "sfn": "stepfunctions",
}

# What isn't called like its operation, or needs several (by operation in small letters).
ACTIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "s3": {
        # Amazon S3 user guide, Required permissions for Amazon S3 API operations
        "completemultipartupload": ("s3:PutObject",),
        "copyobject": ("s3:PutObject",),  # reading the source is told as a call of its own
        "createmultipartupload": ("s3:PutObject",),
        "deleteobjects": ("s3:DeleteObject",),
        "headbucket": ("s3:ListBucket",),
        "headobject": ("s3:GetObject",),
        "listbuckets": ("s3:ListAllMyBuckets",),
        "listmultipartuploads": ("s3:ListBucketMultipartUploads",),
        "listobjects": ("s3:ListBucket",),
        "listobjectsv2": ("s3:ListBucket",),
        "listobjectversions": ("s3:ListBucketVersions",),
        "listparts": ("s3:ListMultipartUploadParts",),
        "selectobjectcontent": ("s3:GetObject",),
        "uploadpart": ("s3:PutObject",),
        "uploadpartcopy": ("s3:PutObject",),
    },
    "dynamodb": {"transactgetitems": ("dynamodb:GetItem",)},
    "sqs": {
        # Amazon SQS developer guide, Amazon SQS API permissions: Actions and resource reference
        "changemessagevisibilitybatch": ("sqs:ChangeMessageVisibility",),
        "deletemessagebatch": ("sqs:DeleteMessage",),
        "sendmessagebatch": ("sqs:SendMessage",),
    },
    "sns": {"publishbatch": ("sns:Publish",)},
    "lambda": {
        "invoke": ("lambda:InvokeFunction",),
        "invokeasync": ("lambda:InvokeFunction",),
        "invokewithresponsestream": ("lambda:InvokeFunction",),
    },
    "secretsmanager": {"batchgetsecretvalue": ("secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue")},
    "apigatewaymanagementapi": {
        "deleteconnection": ("execute-api:ManageConnections",),
        "getconnection": ("execute-api:ManageConnections",),
        "posttoconnection": ("execute-api:ManageConnections",),
    },
    # Amazon Bedrock API reference, Converse and ConverseStream
    "bedrock-runtime": {
        "converse": ("bedrock:InvokeModel",),
        "conversestream": ("bedrock:InvokeModelWithResponseStream",),
    },
}
# Need no permission, or are not asked for with the function's own role.
FREE = {
    "cognito-idp:listdevices",
    "cognito-idp:listwebauthncredentials",
    "sts:getcalleridentity",
    "sts:getsessiontoken",
    "sts:assumerolewithwebidentity",
    "sts:assumerolewithsaml",
}
# Of user pools, only what administrators call needs one (Amazon Cognito developer guide, Understanding API authorization models).
ADMINISTRATIVE = ("admin", "create", "describe", "list")
# The parts of a transaction (DynamoDB developer guide, Using IAM with DynamoDB transactions), and of which an operation needs one at least.
TRANSACTED = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem", "Get": "GetItem"}
_WRITES = ("dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
_PARTIQL = ("dynamodb:PartiQLDelete", "dynamodb:PartiQLInsert", "dynamodb:PartiQLSelect", "dynamodb:PartiQLUpdate")
ALTERNATIVES = {
    "transactwriteitems": _WRITES,
    "executestatement": _PARTIQL,
    "batchexecutestatement": _PARTIQL,
    "executetransaction": _PARTIQL,
}
# The arguments that name the resource, by service; the first that is given counts.
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "dynamodb": ("TableName",),
    "dynamodbstreams": ("StreamArn",),
    "events": ("EventBusName",),
    "firehose": ("DeliveryStreamName",),
    "kinesis": ("StreamName", "StreamARN"),
    "lambda": ("FunctionName",),
    "s3": ("Bucket",),
    "secretsmanager": ("SecretId",),
    "sns": ("TopicArn", "TargetArn"),
    "sqs": ("QueueUrl",),
    "ssm": ("Name", "Names", "Path"),
    "stepfunctions": ("stateMachineArn",),
}
# Arguments with which a call needs another action, or speaks of what no kind of the language is: such a call is left out.
ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "s3": ("VersionId",),
    "sns": ("PhoneNumber",),
}
# What the SDK for Python adds to a service's operations, and the older SDK for JavaScript to S3's.
MANAGED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "s3": {
        "copy": ("PutObject",),
        "download_file": ("GetObject",),
        "download_fileobj": ("GetObject",),
        "generate_presigned_post": ("PutObject",),
        "upload_file": ("PutObject",),
        "upload_fileobj": ("PutObject",),
        "createPresignedPost": ("PutObject",),
        "upload": ("PutObject",),
    },
}
# What waiters ask for again and again, by their names in small letters.
WAITERS: Mapping[str, Mapping[str, str]] = {
    "s3": {"objectexists": "HeadObject", "objectnotexists": "HeadObject", "bucketexists": "HeadBucket", "bucketnotexists": "HeadBucket"},
    "dynamodb": {"tableexists": "DescribeTable", "tablenotexists": "DescribeTable"},
}
# DocumentClient's names of DynamoDB's operations.
DOCUMENTS = {
    "get": "GetItem",
    "put": "PutItem",
    "update": "UpdateItem",
    "delete": "DeleteItem",
    "query": "Query",
    "scan": "Scan",
    "batchget": "BatchGetItem",
    "batchwrite": "BatchWriteItem",
    "transactget": "TransactGetItems",
    "transactwrite": "TransactWriteItems",
    "executestatement": "ExecuteStatement",
}


def known_as(name: str) -> str:
    """The service that an SDK calls so, "" for one that isn't told of."""
    name = OTHERWISE.get(name, name)
    return name if name in SERVICES else ""


def prefix(service: str) -> str:
    """What the actions of a service begin with."""
    return PREFIXES.get(service, service)


def actions(service: str, operation: str) -> tuple[str, ...]:
    """The actions that an operation needs, all of them; none for one that needs no permission."""
    name = operation.lower()
    if f"{service}:{name}" in FREE or (service == "cognito-idp" and not name.startswith(ADMINISTRATIVE)):
        return ()
    return ACTIONS.get(service, {}).get(name) or (f"{prefix(service)}:{operation}",)


def alternatives(service: str, operation: str) -> tuple[str, ...]:
    """The actions of which an operation needs one at least, where its text doesn't tell which."""
    return ALTERNATIVES.get(operation.lower(), ()) if service == "dynamodb" else ()


def camel(method: str) -> str:
    """The operation of a method: `put_item` → `PutItem`."""
    return "".join(word[:1].upper() + word[1:] for word in method.split("_"))


def plain(name: str) -> str:
    """A name as it is compared: `put_item`, `putItem` and `PutItem` are one."""
    return name.replace("_", "").lower()


# --- what code says that uses an action ---

# Names that many things have: they say so only where the code also says what they are methods of (boto3's resources; DocumentClient).
_COMMON: Mapping[str, frozenset[str]] = {
    "s3:deleteobject": frozenset({"delete"}),
    "s3:getobject": frozenset({"copy", "copyfrom", "get", "load", "reload"}),
    "s3:listbucket": frozenset({"objects"}),
    "s3:putobject": frozenset({"copyfrom", "put"}),
    "sqs:deletemessage": frozenset({"delete"}),
}
_DOCUMENT_CLIENTS = {"documentclient", "dynamodbdocument"}
# Further names by which code gets to an action: of boto3's resources, of Powertools, and of what moves files.
_FURTHER: Mapping[str, frozenset[str]] = {
    "dynamodb:batchwriteitem": frozenset({"batchwriter"}),
    "s3:getobject": frozenset({"copyobject", "copyobjectcommand"}),
    "secretsmanager:getsecretvalue": frozenset({"getsecret", "secretsprovider"}),
    "sqs:deletemessage": frozenset({"deletemessages"}),
    "sqs:receivemessage": frozenset({"receivemessages"}),
    "sqs:sendmessage": frozenset({"sendmessages"}),
    "ssm:getparameter": frozenset({"ssmprovider"}),
    "ssm:getparameters": frozenset({"getparametersbyname"}),
}


def is_said(action: str, said: frozenset[str]) -> bool:
    """Whether code that says some names (as `plain` has them) may use an action."""
    service, _, name = action.lower().partition(":")
    if _names(action) & said:
        return True
    if service == "dynamodb":
        return bool(_DOCUMENT_CLIENTS & said and _documents(name) & said)
    return service in said and "resource" in said and bool(_COMMON.get(f"{service}:{name}", frozenset()) & said)


@cache
def _names(action: str) -> frozenset[str]:
    """The names of an action's operations, methods, commands and waiters."""
    service, _, name = action.lower().partition(":")
    found = {name, *_FURTHER.get(f"{service}:{name}", ())}
    for one, known in ACTIONS.items():
        if prefix(one) == service:
            found |= {operation for operation, needed in known.items() if action.lower() in [n.lower() for n in needed]}
    if service == "dynamodb":
        found |= {operation for operation, some in ALTERNATIVES.items() if action.lower() in [a.lower() for a in some]}
        found |= {f"{document}command" for document in _documents(name)}
    found |= {f"{operation}command" for operation in found}
    found |= {
        plain(method) for method, operations in MANAGED.get(service, {}).items() if any(_needs(service, o, action) for o in operations)
    }
    return frozenset(found) | {waiter for waiter, operation in WAITERS.get(service, {}).items() if _needs(service, operation, action)}


@cache
def _documents(name: str) -> frozenset[str]:
    """DocumentClient's names of an action's operations."""
    operations = {name}
    if f"dynamodb:{name}" in [action.lower() for action in _WRITES]:
        operations.add("transactwriteitems")
    if name == "getitem":
        operations.add("transactgetitems")
    return frozenset(document for document, operation in DOCUMENTS.items() if operation.lower() in operations)


def _needs(service: str, operation: str, action: str) -> bool:
    return action.lower() in [a.lower() for a in actions(service, operation)]
