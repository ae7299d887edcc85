"""boto3 as values: what its clients, resources and their methods are, and which operations a call of one is.

boto3 documentation: Clients, Resources, Paginators, Waiters; S3 customization reference.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ifc.code.calls import Either, Literal, Place, Variable
from ifc.code.sdk import ARGUMENTS, ELSEWHERE, MANAGED, TRANSACTED, WAITERS, camel, known_as, plain
from ifc.records import light

Values = frozenset[Any]
NOTHING: Values = frozenset()
ENVIRONMENT = "os.environ"


@light
class External:
    """A module or a name that the own code doesn't have: `boto3`, `os.environ`."""

    name: str


@light
class Unknown:
    """Something that can't be told."""


UNKNOWN = Unknown()


@light
class Session:
    """A session of boto3, with the function's own credentials."""


@light
class Client:
    """A client."""

    service: str


@light
class Service:
    """`boto3.resource("dynamodb")`."""

    service: str


@light
class Thing:
    """A resource of boto3's: `Table("x")`; `places` tell which one."""

    service: str
    type: str
    places: Values


@light
class Method:
    """A method of a client, a service or a thing, before it is called."""

    service: str
    name: str
    type: str = ""  # of the thing; "" for a client
    places: Values = NOTHING


@light
class Asking:
    """A paginator or a waiter of an operation."""

    service: str
    operation: str


@light
class Several:
    """What gives things of one sort: the answer of a call."""

    thing: Thing


MAKERS = {
    "boto3.client": "client",
    "boto3.resource": "resource",
    "aioboto3.client": "client",
    "aioboto3.resource": "resource",
}
SESSIONS = {
    *("boto3.Session", "boto3.session.Session", "aioboto3.Session", "aioboto3.session.Session"),
    *("botocore.session.get_session", "aiobotocore.session.get_session", "aiobotocore.get_session"),
}
CREDENTIALS = {"aws_access_key_id", "aws_secret_access_key", "aws_session_token", "profile_name", "endpoint_url", "botocore_session"}
ADDRESSED = {"apigatewaymanagementapi", "iot-data"}  # services whose clients are always given an address, since each account has its own
TYPES = {("dynamodb", "Table"), ("s3", "Bucket"), ("s3", "Object"), ("s3", "ObjectSummary"), ("sns", "Topic"), ("sqs", "Queue")}
NAMES = {"name", "bucket_name", "url", "arn", "table_name"}  # attributes that say which one a thing is
# What the methods of things ask for, where they are not called like operations.
METHODS: dict[str, dict[str, tuple[str, ...]]] = {
    "Table": {"batch_writer": ("BatchWriteItem",), "delete": ("DeleteTable",), "update": ("UpdateTable",)},
    "Bucket": {"delete": ("DeleteBucket",), **MANAGED["s3"]},
    "Object": {
        "get": ("GetObject",),
        "put": ("PutObject",),
        "delete": ("DeleteObject",),
        "copy_from": ("PutObject",),
        "load": ("HeadObject",),
        "reload": ("HeadObject",),
        "initiate_multipart_upload": ("CreateMultipartUpload",),
        **MANAGED["s3"],
    },
    "Topic": {},
    "Queue": {
        "send_messages": ("SendMessageBatch",),
        "receive_messages": ("ReceiveMessage",),
        "delete_messages": ("DeleteMessageBatch",),
        "purge": ("PurgeQueue",),
    },
    "Message": {"delete": ("DeleteMessage",), "change_visibility": ("ChangeMessageVisibility",)},
    "Objects": {
        "all": ("ListObjects",),
        "filter": ("ListObjects",),
        "limit": ("ListObjects",),
        "page_size": ("ListObjects",),
        "delete": ("ListObjects", "DeleteObjects"),
    },
}
METHODS["ObjectSummary"] = METHODS["Object"]
# Methods of things that are called like operations.
LIKE_OPERATIONS = {
    "Table": {"put_item", "get_item", "update_item", "delete_item", "query", "scan"},
    "Bucket": {"put_object", "delete_objects"},
    "Topic": {"publish", "publish_batch"},
    "Queue": {"send_message"},
}
NO_OPERATIONS = {"can_paginate", "close", "generate_db_auth_token", "get_paginator", "get_waiter", "meta", "exceptions", "waiter_names"}
# Where the bucket stands without its name (boto3 documentation, S3 customization reference).
POSITIONS = {"upload_file": 1, "upload_fileobj": 1, "download_file": 0, "download_fileobj": 0, "copy": 1, "generate_presigned_post": 0}
# Powertools for AWS Lambda (Python), Parameters
_POWERTOOLS = "aws_lambda_powertools.utilities.parameters."
POWERTOOLS = {
    "get_secret": ("secretsmanager", "GetSecretValue"),
    "get_parameter": ("ssm", "GetParameter"),
    "get_parameters": ("ssm", "GetParametersByPath"),
    "get_parameters_by_name": ("ssm", "GetParameters"),
}
_OPERATION = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")

Telling = Callable[[ast.expr], Values]
Entries = Callable[[Any], Iterable[tuple[Any, ast.expr, Telling]]]
Operation = tuple[str, list[Place | None]]  # of the API, and what tells its resources


# --- values ---


def attribute(base: Any, name: str) -> Values:
    """What an attribute of a value is."""
    if isinstance(base, External):
        full = f"{base.name}.{name}"
        if full.startswith(_POWERTOOLS) and name in POWERTOOLS:
            return frozenset({Method(*POWERTOOLS[name], "Powertools")})
        return frozenset({External(full)})
    if isinstance(base, Session):
        return frozenset({External(f"boto3.{'client' if name == 'create_client' else name}")})
    if isinstance(base, Client):
        return frozenset({Method(base.service, name)})
    if isinstance(base, Service):
        return frozenset({Thing(base.service, "meta", NOTHING) if name == "meta" else Method(base.service, name, "Service")})
    if isinstance(base, Thing):
        return _of_thing(base, name)
    if isinstance(base, Asking) and name in ("paginate", "wait"):
        return frozenset({Method(base.service, base.operation, "Asking")})
    return NOTHING


def _of_thing(base: Thing, name: str) -> Values:
    if name == "meta":
        return frozenset({Thing(base.service, "meta", NOTHING)})
    if base.type == "meta":
        return frozenset({Client(base.service)}) if name == "client" else NOTHING
    if name in NAMES:
        return base.places
    if base.type == "Bucket" and name == "objects":
        return frozenset({Thing("s3", "Objects", base.places)})
    return frozenset({Method(base.service, name, base.type, base.places)})


def called(value: Any, node: ast.Call, tell: Telling) -> Values:
    """What a call of a value gives."""
    if isinstance(value, External):
        return _external(value, node, tell)
    if not isinstance(value, Method):
        return NOTHING
    if value.type == "Service" and (value.service, value.name) in TYPES:
        given = argument(node, None, 0, tell)
        return frozenset({Thing(value.service, value.name, given or frozenset({UNKNOWN}))})
    if value.type == "Service" and value.name == "get_queue_by_name":
        return frozenset({Thing("sqs", "Queue", frozenset({UNKNOWN}))})
    if (value.type, value.name) in (("Bucket", "Object"), ("Object", "Bucket")):
        return frozenset({Thing("s3", value.name, value.places)})
    if value.type == "Objects" and value.name != "delete":
        return frozenset({Thing("s3", "Objects", value.places)})
    if value.type == "Queue" and value.name == "receive_messages":
        return frozenset({Several(Thing("sqs", "Message", value.places))})
    if value.type == "Table" and value.name == "batch_writer":
        return NOTHING  # what it writes goes with the batches
    if value.type == "" and value.name in ("get_paginator", "get_waiter"):
        for one in argument(node, None, 0, tell) or ():
            if isinstance(one, Literal):
                waited = WAITERS.get(value.service, {}).get(plain(one.text), "")
                operation = camel(one.text) if value.name == "get_paginator" else waited
                return frozenset({Asking(value.service, operation)}) if operation else NOTHING
    return NOTHING


def _external(value: External, node: ast.Call, tell: Telling) -> Values:
    if value.name in ("os.getenv", f"{ENVIRONMENT}.get"):
        return frozenset(Variable(one.text) for one in argument(node, "key", 0, tell) or () if isinstance(one, Literal))
    if value.name in SESSIONS:
        return frozenset({Session()}) if own_credentials(node) and not node.args else NOTHING
    if value.name == "str" and len(node.args) == 1:
        return tell(node.args[0])
    if value.name.startswith(_POWERTOOLS):
        return NOTHING
    kind = MAKERS.get(value.name)
    for one in argument(node, "service_name", 0, tell) or () if kind else ():
        service = known_as(one.text) if isinstance(one, Literal) else ""
        if service and (service in ADDRESSED or own_credentials(node)):
            return frozenset({Client(service) if kind == "client" else Service(service)})
    return NOTHING


def own_credentials(node: ast.Call) -> bool:
    """Whether a client is made with the function's role, and for AWS itself."""
    for keyword in node.keywords:
        none = isinstance(keyword.value, ast.Constant) and keyword.value.value is None
        address = keyword.value.value if keyword.arg == "endpoint_url" and isinstance(keyword.value, ast.Constant) else None
        if isinstance(address, str) and address.endswith(".amazonaws.com"):
            continue
        if keyword.arg is None or (keyword.arg in CREDENTIALS and not none):
            return False
        if keyword.arg == "config" and any(getattr(n, "id", getattr(n, "attr", "")) == "UNSIGNED" for n in _shallow(keyword.value)):
            return False
    return True


def _shallow(node: ast.AST) -> Iterator[ast.AST]:
    """A node, and what stands in it up to four levels."""
    level = [node]
    for _ in range(4):
        yield from level
        level = [child for one in level for child in ast.iter_child_nodes(one)]


def item(base: Any, key: Any) -> Values:
    """What `base[key]` is."""
    if base == External(ENVIRONMENT) and isinstance(key, Literal):
        return frozenset({Variable(key.text)})
    return frozenset({base.thing}) if isinstance(base, Several) else NOTHING


def element(value: Any) -> Values:
    """What a loop over a value goes through."""
    if isinstance(value, Several):
        return frozenset({value.thing})
    if isinstance(value, Thing) and value.type == "Objects":
        return frozenset({Thing("s3", "ObjectSummary", value.places)})
    return NOTHING


def argument(node: ast.Call, name: str | None, index: int, tell: Telling) -> Values | None:
    """What a call is given by position or by name (None: any); None where it is given nothing of that sort."""
    for keyword in node.keywords:
        if keyword.arg is not None and name in (keyword.arg, None):
            return tell(keyword.value)
    if index < len(node.args) and not any(isinstance(a, ast.Starred) for a in node.args[: index + 1]):
        return tell(node.args[index])
    return None


# --- operations ---


def operations(method: Method, node: ast.Call, tell: Telling, entries: Entries) -> Iterator[Operation]:
    """The operations of the API that a call is."""
    if method.type == "Powertools":
        yield method.name, places_in(argument(node, "name", 0, tell))
        return
    given = _Given(node, tell, entries)
    if any(name in given.named for name in ELSEWHERE.get(method.service, ())):
        return
    if method.type in METHODS:
        yield from _of_a_thing(method, given)
    elif method.type == "Asking":
        yield from _of_the_api(method.service, method.name, given)
    elif method.type == "Service" and method.name in ("batch_get_item", "batch_write_item"):
        yield from _of_the_api(method.service, camel(method.name), given)
    elif method.type == "Service" and method.name == "get_queue_by_name":
        yield "GetQueueUrl", [None]
    elif method.type == "" and method.name not in NO_OPERATIONS and _OPERATION.fullmatch(method.name):
        yield from _of_a_client(method, given)


def _of_a_thing(method: Method, given: _Given) -> Iterator[Operation]:
    found = METHODS[method.type].get(method.name)
    if found is None and method.name in LIKE_OPERATIONS.get(method.type, ()):
        found = (camel(method.name),)
    for operation in found or ():
        yield operation, places_in(method.places)
    if method.name in ("copy", "copy_from") and found:
        yield "GetObject", given.source()


def _of_a_client(method: Method, given: _Given) -> Iterator[Operation]:
    name, service = method.name, method.service
    if name == "generate_presigned_url":
        for one in argument(given.node, "ClientMethod", 0, given.tell) or ():
            if isinstance(one, Literal) and _OPERATION.fullmatch(one.text):
                yield camel(one.text), given.within("Params", 1, ARGUMENTS.get(service, ()))
        return
    managed = MANAGED.get(service, {}).get(name)
    if not managed:
        yield from _of_the_api(service, camel(name), given)
        return
    places = given.places(("Bucket",))
    if "Bucket" not in given.named and name in POSITIONS:
        places = places_in(argument(given.node, "Bucket", POSITIONS[name], given.tell))
    for operation in managed:
        yield operation, places
    if name == "copy":
        yield "GetObject", given.source()


def _of_the_api(service: str, operation: str, given: _Given) -> Iterator[Operation]:
    if service == "dynamodb" and operation in ("TransactWriteItems", "TransactGetItems"):
        yield from given.transacted(operation)
    elif service == "dynamodb" and operation in ("BatchGetItem", "BatchWriteItem"):
        yield operation, given.keys("RequestItems")
    elif service == "events" and operation == "PutEvents":
        yield operation, given.buses()
    else:
        yield operation, given.places(ARGUMENTS.get(service, ()))
        if operation == "CopyObject":
            yield "GetObject", given.source()


class _Given:
    """The arguments of a call, those of `**` too."""

    def __init__(self, node: ast.Call, tell: Telling, entries: Entries) -> None:
        self.node, self.tell, self.entries = node, tell, entries
        self.named: dict[str, tuple[ast.expr, Telling]] = {}
        for keyword in node.keywords:
            if keyword.arg is not None:
                self.named[keyword.arg] = (keyword.value, tell)
                continue
            for value in tell(keyword.value):
                for key, entry, inside in entries(value):
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        self.named.setdefault(key.value, (entry, inside))

    def values(self, name: str) -> Values:
        """What an argument may be."""
        if name not in self.named:
            return NOTHING
        node, tell = self.named[name]
        return tell(node)

    def places(self, names: Iterable[str]) -> list[Place | None]:
        """What tells the resource, by the first argument that is given; a list tells several."""
        for name in names:
            if name in self.named:
                found: set[Any] = set()
                for value in self.values(name):
                    listed = [tell(entry) or {UNKNOWN} for _, entry, tell in self.entries(value)]
                    found |= {one for values in listed for one in values} if listed else {value}
                return places_in(frozenset(found))
        return [None]

    def source(self) -> list[Place | None]:
        """The bucket that a copy is made from."""
        values = self.values("CopySource")
        if "CopySource" not in self.named and self.node.args:
            values = self.tell(self.node.args[0])
        return self.entry(values, ("Bucket",))

    def within(self, name: str, index: int, names: Iterable[str]) -> list[Place | None]:
        """What tells the resource in an argument that holds others."""
        if name not in self.named and index < len(self.node.args):
            return self.entry(self.tell(self.node.args[index]), names)
        return self.entry(self.values(name), names)

    def entry(self, values: Values, names: Iterable[str]) -> list[Place | None]:
        """What the entry of a dict tells."""
        for value in values:
            for key, entry, tell in self.entries(value):
                if isinstance(key, ast.Constant) and key.value in tuple(names):
                    return places_in(tell(entry))
        return [None]

    def keys(self, name: str) -> list[Place | None]:
        """What the keys of a dict tell."""
        found: list[Place | None] = []
        for value in self.values(name):
            for key, _, tell in self.entries(value):
                found += places_in(tell(key)) if key is not None else [None]
        return list(dict.fromkeys(found)) or [None]

    def elements(self, name: str) -> Iterator[list[tuple[Any, ast.expr, Telling]]]:
        """The dicts in a list, each as its entries; an empty one for what can't be told."""
        for value in self.values(name):
            for key, entry, tell in self.entries(value):
                if key is None:
                    yield from ([*self.entries(one)] for one in tell(entry) or {UNKNOWN})

    def buses(self) -> list[Place | None]:
        """The buses of events that are put; an event that names none goes to the default one."""
        found: list[Place | None] = []
        for fields in self.elements("Entries"):
            named = [tell(entry) for key, entry, tell in fields if isinstance(key, ast.Constant) and key.value == "EventBusName"]
            if named:
                found += places_in(named[0])
            else:
                found.append(Literal("default") if fields and all(key is not None for key, _, _ in fields) else None)
        return list(dict.fromkeys(found)) or [None]

    def transacted(self, operation: str) -> Iterator[Operation]:
        """The operations of a transaction; itself where they can't be told."""
        found = [
            (TRANSACTED[word.value], self.entry(inside(content), ("TableName",)))
            for fields in self.elements("TransactItems")
            for word, content, inside in fields
            if isinstance(word, ast.Constant) and word.value in TRANSACTED
        ]
        yield from found or [(operation, [None])]


def places_in(values: Values | None) -> list[Place | None]:
    """The places among values, in a fixed order; None stands for something else that may be meant."""
    found: list[Place | None] = sorted((v for v in values or () if isinstance(v, Variable | Literal | Either)), key=repr)
    return found if found and len(found) == len(values or ()) else [*found, None]
