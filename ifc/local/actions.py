"""The IAM actions that a request needs and the resources it needs them on (Service Authorization Reference, one page a service).

Services that are not told of here are checked by the action alone, or by the ARN that their request names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from ifc.code.sdk import TRANSACTED
from ifc.local.permissions import Need
from ifc.local.services import awslambda, events, kinesis, s3, sqs
from ifc.local.services.directory import Directory
from ifc.local.services.errors import ServiceError
from ifc.local.services.request import Call, Place, place

ALL = "*"
BY_TABLE = ("BatchGetItem", "BatchWriteItem")
PARTIQL = re.compile(r"\s*(?:EXISTS\s*\(\s*)?(?P<verb>SELECT|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
# A table in a statement, in quotes or not, and an index behind it (DynamoDB developer guide, PartiQL reference).
PARTIQL_TABLE = re.compile(
    r"""(?:FROM|INTO|UPDATE)\s+(?:"(?P<table>[^"]+)"|(?P<bare>[A-Za-z0-9_.-]+?))(?:\s*\.\s*(?:"(?P<index>[^"]+)"|(?P<bare_index>[A-Za-z0-9_-]+)))?(?=\s|$|\))""",
    re.IGNORECASE,
)
# Operations whose actions have no resource type, by service.
WITHOUT_RESOURCE = {
    "dynamodb": (
        "ListTables",
        "ListStreams",
        "ListBackups",
        "ListExports",
        "ListImports",
        "ListGlobalTables",
        "DescribeLimits",
        "DescribeEndpoints",
    ),
    "sqs": ("ListQueues",),
    "sns": ("ListTopics", "ListSubscriptions"),
    "events": ("ListEventBuses",),
    "kinesis": ("ListStreams", "DescribeLimits"),
    "secretsmanager": ("ListSecrets", "GetRandomPassword", "BatchGetSecretValue"),
    "ssm": ("DescribeParameters",),
    "kms": ("ListKeys", "ListAliases", "CreateKey", "GenerateRandom"),
}
# Actions that are called otherwise than their operations.
RENAMED = {
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sns:PublishBatch": "sns:Publish",
    "lambda:Invoke": "lambda:InvokeFunction",
    "dynamodb:TransactGetItems": "dynamodb:GetItem",
}
FREE = ("sts:GetCallerIdentity", "sts:GetSessionToken", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML")  # need no permission
# Operations of the stores' services that change what an app is made of.
CHANGING_TABLES = re.compile(
    r"(Create|Delete|Update)(Table|GlobalTable|TimeToLive|ContinuousBackups|TableReplicaAutoScaling|KinesisStreamingDestination)|ImportTable|RestoreTable\w+|(Tag|Untag)Resource|(Put|Delete)ResourcePolicy|\w+KinesisStreamingDestination"
)


def operation(call: Call) -> str:
    """The operation that a request is; in REST protocols its path tells. "" where only the service knows."""
    if call.operation or call.protocol in ("json", "query", "ec2", "cbor"):
        return call.operation
    if call.service == "lambda" and (known := awslambda.operation(call)):
        return known
    return "" if call.service in ("s3", "s3express") else _rest_operation(call)


def declared_only(call: Call) -> str:
    """The operation by which a request of the stores' services would change what the app is made of, "" if it does not."""
    if call.service == "dynamodb" and CHANGING_TABLES.fullmatch(call.operation):
        return call.operation
    if call.service == "s3":
        at = place(call.request)
        return s3.changes_a_bucket(call, at.bucket, at.key)
    return ""


def needs(call: Call, directory: Directory) -> list[Need]:
    """What a request needs, without the keys of DeleteObjects, each of which is refused by itself."""
    name = operation(call)
    action = f"{call.prefix}:{name}"
    if action in FREE:
        return []
    if call.service == "s3":
        return list(_s3(call))
    if name in WITHOUT_RESOURCE.get(call.service, ()):
        return [Need(action, ALL), *(_secrets(call, directory, name) if name == "BatchGetSecretValue" else ())]
    found = SERVICES.get(call.service)
    if found is not None:
        return list(found(call, directory, name)) or [Need(action, None)]  # nothing named: its service refuses that
    if call.service == "execute-api":
        return [Need("execute-api:ManageConnections", None)]
    return [Need(action if name else f"{call.prefix}:*", _named_arn(call))]


def _named_arn(call: Call) -> str | None:
    """The ARN that a request of some other service names, if it is one of that service."""
    if call.protocol != "json":
        return None
    arns = {
        v
        for v in call.parameters.values()
        if isinstance(v, str) and v.startswith("arn:") and v.count(":") >= 5 and v.split(":")[2] == call.prefix
    }
    return arns.pop() if len(arns) == 1 else None


def _renamed(call: Call, name: str) -> str:
    action = f"{call.prefix}:{name}"
    return RENAMED.get(action, action)


# --- DynamoDB ---


def _dynamodb(call: Call, directory: Directory, name: str) -> Iterator[Need]:
    given = call.parameters
    action = _renamed(call, name)
    if name in BY_TABLE:
        for table in _mapping(given.get("RequestItems")):
            yield Need(action, _table(call, directory, table))
    elif name in ("TransactWriteItems", "TransactGetItems"):
        for item in _elements(given.get("TransactItems")):
            for word, content in item.items():
                if word in TRANSACTED and isinstance(content, dict):
                    yield Need(f"dynamodb:{TRANSACTED[word]}", _table(call, directory, content.get("TableName")))
    elif name in ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"):
        for element in [given, *_elements(given.get("Statements")), *_elements(given.get("TransactStatements"))]:
            if isinstance(element.get("Statement"), str):
                yield _partiql(call, directory, element["Statement"])
    else:
        yield Need(action, _dynamodb_resource(call, directory, given))


def _dynamodb_resource(call: Call, directory: Directory, given: Mapping[str, Any]) -> str | None:
    table = given.get("TableName")
    if isinstance(table, str):
        arn = _table(call, directory, table)
        index = given.get("IndexName")
        return f"{arn}/index/{index}" if isinstance(index, str) else arn
    found = next(
        (
            given[n]
            for n in ("StreamArn", "TableArn", "ResourceArn", "BackupArn", "ExportArn", "ImportArn")
            if isinstance(given.get(n), str)
        ),
        None,
    )
    return found or _stream_of(given.get("ShardIterator"))


def _stream_of(iterator: Any) -> str | None:
    """The stream's ARN in an iterator of a table's stream, which begins with it."""
    return iterator.partition("|")[0] if isinstance(iterator, str) and iterator.startswith("arn:") else None


def _table(call: Call, directory: Directory, name: Any) -> str:
    """A table's ARN, by its name or its ARN."""
    if not isinstance(name, str):
        return ALL
    if name.startswith("arn:"):
        return name
    found = directory.tables.get(name)
    return found.arn if found and found.arn.split(":")[3] == call.region else directory.arn("dynamodb", call.region, f"table/{name}")


def _partiql(call: Call, directory: Directory, statement: str) -> Need:
    verb, table = PARTIQL.match(statement), PARTIQL_TABLE.search(statement)
    if verb is None or table is None:
        return Need("dynamodb:PartiQLSelect", ALL)
    arn = _table(call, directory, table["table"] or table["bare"])
    index = table["index"] or table["bare_index"]
    return Need(f"dynamodb:PartiQL{verb['verb'].title()}", f"{arn}/index/{index}" if index else arn)


def _elements(value: Any) -> list[dict[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


# --- S3 ---


def _s3(call: Call) -> Iterator[Need]:
    at = place(call.request)
    arn = f"arn:aws:s3:::{at.bucket}"
    if not at.bucket:
        yield Need("s3:ListAllMyBuckets", ALL)
    elif at.key:
        for action in s3.object_actions(call):
            yield Need(f"s3:{action}", f"{arn}/{at.key}")
        if call.request.method == "PUT" and (source := call.request.header("x-amz-copy-source")):
            yield _copied(source)
    elif call.request.method in ("GET", "HEAD"):
        yield Need(f"s3:{s3.bucket_action(call)}", arn)
    elif call.request.method != "POST":
        yield Need("s3:*", arn)  # nothing that S3 has
    elif "delete" not in call.query:
        form = s3.form(call.request)
        yield Need("s3:PutObject", f"{arn}/{form.key if form is not None else ''}")


def _copied(source: str) -> Need:
    """What reading the source of a copy needs; it is a path, or an ARN of an access point."""
    path, _, query = source.partition("?")
    path = unquote(path).removeprefix("/")
    action = "s3:GetObjectVersion" if query.startswith("versionId=") else "s3:GetObject"
    return Need(action, path if path.startswith("arn:") else f"arn:aws:s3:::{path}")


def deleted(at: Place, item: s3.Doomed) -> Need:
    """What deleting one of the objects of DeleteObjects needs."""
    return Need("s3:DeleteObjectVersion" if item.version else "s3:DeleteObject", f"arn:aws:s3:::{at.bucket}/{item.key}")


# --- messages ---


def _sqs(call: Call, directory: Directory, name: str) -> Iterator[Need]:
    queue = sqs.asked_queue(call)
    if queue is None:
        arn = call.parameters.get("SourceArn") or call.parameters.get("ResourceArn")
        yield Need(_renamed(call, name), arn if isinstance(arn, str) else ALL)
        return
    found = directory.queues.get(queue)
    yield Need(_renamed(call, name), found.arn if found else directory.arn("sqs", call.region, queue))


def _sns(call: Call, directory: Directory, name: str) -> Iterator[Need]:
    given = call.parameters
    named = ("ResourceArn",) if name.endswith("Resource") else ("TopicArn", "TargetArn")
    arn = next((given[n] for n in named if isinstance(given.get(n), str)), None)
    if arn is None and isinstance(given.get("SubscriptionArn"), str):
        arn = given["SubscriptionArn"].rpartition(":")[0]
    yield Need(_renamed(call, name), arn or ALL)


def _events(call: Call, directory: Directory, name: str) -> Iterator[Need]:
    given = call.parameters
    if name == "PutEvents":
        for bus in dict.fromkeys(str(e.get("EventBusName") or events.DEFAULT) for e in _elements(given.get("Entries"))):
            yield Need("events:PutEvents", _bus(call, directory, bus))
        return
    bus = given.get("EventBusName") or (given.get("Name") if name.endswith("EventBus") else None) or events.DEFAULT
    yield Need(f"events:{name}", _bus(call, directory, str(bus)) if name.endswith("EventBus") else None)


def _bus(call: Call, directory: Directory, name: str) -> str:
    if name.startswith("arn:"):
        return name
    found = directory.buses.get(name)
    return found.arn if found else directory.arn("events", call.region, f"event-bus/{name}")


def _kinesis(call: Call, directory: Directory, name: str) -> Iterator[Need]:
    stream = kinesis.asked(call, name)
    if stream.startswith("arn:"):
        yield Need(f"kinesis:{name}", stream)
        return
    found = directory.streams.get(stream)
    yield Need(f"kinesis:{name}", found.arn if found else directory.arn("kinesis", call.region, f"stream/{stream}"))


def _lambda(call: Call, directory: Directory, name: str) -> Iterator[Need]:
    try:
        function, qualifier = awslambda.asked(call)
    except ServiceError:
        yield Need(_renamed(call, name), None)
        return
    yield Need(_renamed(call, name), awslambda.arn(directory, call.region, function, qualifier))


# --- secrets, parameters and keys ---


def _secrets(call: Call, directory: Directory, name: str) -> Iterator[Need]:
    given = call.parameters
    listed = given.get("SecretIdList")
    if name == "BatchGetSecretValue" and isinstance(listed, list):
        for id in listed:
            yield Need("secretsmanager:GetSecretValue", _secret(call, directory, id))
    elif name != "BatchGetSecretValue":
        yield Need(f"secretsmanager:{name}", _secret(call, directory, given.get("SecretId") or given.get("Name")))


ENDING = len("-AbCdEf")


def _secret(call: Call, directory: Directory, id: Any) -> str | None:
    """A secret's ARN; the six characters at the end of one that isn't declared are open (Secrets Manager user guide, ARNs)."""
    if not isinstance(id, str):
        return None
    if id.startswith("arn:"):
        ended = (d.arn for d in directory.secrets.values() if id.startswith(f"{d.arn}-") and len(id) == len(d.arn) + ENDING)
        return next(ended, id)  # the stores may add an ending that the description doesn't have
    found = directory.secrets.get(id)
    return found.arn if found else directory.arn("secretsmanager", call.region, f"secret:{id}-??????")


def _ssm(call: Call, directory: Directory, name: str) -> Iterator[Need]:
    given = call.parameters
    if name == "GetParametersByPath":
        names = [given.get("Path")]
    elif name in ("GetParameters", "DeleteParameters"):
        names = given["Names"] if isinstance(given.get("Names"), list) else []
    elif "Parameter" in name:
        names = [given.get("Name")]
    else:
        names = [None]
    for parameter in names:
        yield Need(f"ssm:{name}", _parameter(call, directory, parameter))


def _parameter(call: Call, directory: Directory, name: Any) -> str | None:
    """A parameter's ARN; a version or a label behind a colon is no part of it."""
    if not isinstance(name, str):
        return None
    if name.startswith("arn:"):
        return ":".join(name.split(":")[:6])
    return directory.arn("ssm", call.region, "parameter/" + name.partition(":")[0].removeprefix("/"))


def _kms(call: Call, directory: Directory, name: str) -> Iterator[Need]:
    if name == "ReEncrypt":
        yield from (Need("kms:ReEncryptFrom", None), Need("kms:ReEncryptTo", None))
        return
    key = call.parameters.get("KeyId")
    if isinstance(key, str) and key.startswith("arn:") and ":alias/" not in key:
        yield Need(f"kms:{name}", key)
    elif isinstance(key, str) and not key.startswith(("arn:", "alias/")):
        yield Need(f"kms:{name}", directory.arn("kms", call.region, f"key/{key}"))
    else:
        yield Need(f"kms:{name}", None)  # which key stands behind an alias or a text, only KMS knows


SERVICES: dict[str, Callable[[Call, Directory, str], Iterator[Need]]] = {
    "dynamodb": _dynamodb,
    "sqs": _sqs,
    "sns": _sns,
    "events": _events,
    "kinesis": _kinesis,
    "lambda": _lambda,
    "secretsmanager": _secrets,
    "ssm": _ssm,
    "kms": _kms,
}


# --- REST services, by botocore's own lists of paths ---

# Services whose folder in botocore is called otherwise than their signatures.
FOLDERS = {
    "ses": ("sesv2",),
    "bedrock": ("bedrock-runtime", "bedrock", "bedrock-agent-runtime"),
    "iotdata": ("iot-data",),
    "elasticfilesystem": ("efs",),
    "geo": ("location",),
    "mobiletargeting": ("pinpoint",),
    "es": ("opensearch", "es"),
    "aoss": ("opensearchserverless",),
    "appconfig": ("appconfigdata", "appconfig"),
    "s3-outposts": ("s3outposts",),
}
_paths: dict[str, list[tuple[str, re.Pattern[str], str]]] = {}


def _rest_operation(call: Call) -> str:
    """The operation that a method and a path mean, "" if the service or the path is not known."""
    if call.service not in _paths:
        _paths[call.service] = _operations(call.service)
    path = call.request.path.rstrip("/") or "/"
    return next((name for method, pattern, name in _paths[call.service] if method == call.request.method and pattern.fullmatch(path)), "")


def _operations(service: str) -> list[tuple[str, re.Pattern[str], str]]:
    """The methods and paths of a service's operations, the most exact first; botocore is loaded only when such a service is called."""
    from botocore.exceptions import UnknownServiceError
    from botocore.loaders import Loader

    loader, found = Loader(), []
    for folder in FOLDERS.get(service, (service,)):
        try:
            model = loader.load_service_model(folder, "service-2")
        except UnknownServiceError:
            continue
        for name, content in model["operations"].items():
            method, path = content["http"]["method"], content["http"]["requestUri"].partition("?")[0].rstrip("/") or "/"
            found.append((path.count("{"), method, _pattern(path), name))
    return [(method, pattern, name) for _, method, pattern, name in sorted(found, key=lambda row: (row[0], row[3]))]


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", path)
    return re.compile("".join((".+" if p.endswith("+}") else "[^/]+") if p.startswith("{") else re.escape(p) for p in parts))
