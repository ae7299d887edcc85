"""REST APIs (API Gateway v1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ifc.aws import iam
from ifc.aws.apigatewayv2 import Throttle, invocation
from ifc.plan import Resource, planned
from ifc.values import Attr, Joined, Json, Lookup, Param, Piece, Pseudo, Value, joined, leaves


@planned
class RestApi(Resource):
    cfn_type = "AWS::ApiGateway::RestApi"
    attributes = {"id": None, "root": "RootResourceId"}
    tagged = "list"
    name_limit = 128

    name: Value
    description: str | None = None

    def cfn(self) -> dict[str, Value]:
        return {"Name": self.name, "Description": self.description, "EndpointConfiguration": {"Types": ["REGIONAL"]}}


@planned
class Path(Resource):
    """One segment of a path, below another."""

    cfn_type = "AWS::ApiGateway::Resource"
    attributes = {"id": None}

    api: Value  # id, as in all below
    parent: Value  # id
    segment: str

    def cfn(self) -> dict[str, Value]:
        return {"RestApiId": self.api, "ParentId": self.parent, "PathPart": self.segment}


@planned
class Method(Resource):
    """A route: what answers a method on a path, after which checks."""

    cfn_type = "AWS::ApiGateway::Method"

    api: Value
    path: Value  # id
    method: str
    authorization: str  # NONE, AWS_IAM or CUSTOM
    authorizer: Value = None  # id
    parameters: tuple[str, ...] = ()  # of the path
    function: Value  # ARN
    timeout: int  # seconds
    model: Value = None  # name of the body's model
    validator: Value = None  # id

    def cfn(self) -> dict[str, Value]:
        return {
            "RestApiId": self.api,
            "ResourceId": self.path,
            "HttpMethod": self.method,
            "AuthorizationType": self.authorization,
            "AuthorizerId": self.authorizer,
            "RequestParameters": {f"method.request.path.{p}": True for p in self.parameters} or None,
            "RequestModels": None if self.model is None else {"application/json": self.model},
            "RequestValidatorId": self.validator,
            "Integration": {
                "Type": "AWS_PROXY",
                # Lambda is always invoked by POST, whatever the route's method is.
                "IntegrationHttpMethod": "POST",
                "TimeoutInMillis": self.timeout * 1000,
                "Uri": invocation(self.function),
            },
        }


@planned
class Preflight(Resource):
    """OPTIONS on a path, answered by API Gateway itself with fixed headers."""

    cfn_type = "AWS::ApiGateway::Method"

    api: Value
    path: Value  # id
    headers: Mapping[str, Value]

    def cfn(self) -> dict[str, Value]:
        names = {name: f"method.response.header.{name}" for name in sorted(self.headers)}
        return {
            "RestApiId": self.api,
            "ResourceId": self.path,
            "HttpMethod": "OPTIONS",
            "AuthorizationType": "NONE",
            "MethodResponses": [{"StatusCode": "204", "ResponseParameters": dict.fromkeys(names.values(), False)}],
            "Integration": {
                "Type": "MOCK",
                "RequestTemplates": {"application/json": '{"statusCode":204}'},
                # Or an API whose binary types are `*/*` can't read its own template.
                "ContentHandling": "CONVERT_TO_TEXT",
                "IntegrationResponses": [{"StatusCode": "204", "ResponseParameters": {names[n]: quoted(self.headers[n]) for n in names}}],
            },
        }


@planned
class GatewayResponse(Resource):
    """What API Gateway answers instead of the function, with headers of ours: without them a browser hides why it failed."""

    cfn_type = "AWS::ApiGateway::GatewayResponse"

    api: Value
    type: str  # DEFAULT_4XX, DEFAULT_5XX
    headers: Mapping[str, Value]

    def cfn(self) -> dict[str, Value]:
        headers = {f"gatewayresponse.header.{name}": quoted(value) for name, value in sorted(self.headers.items())}
        return {"RestApiId": self.api, "ResponseType": self.type, "ResponseParameters": headers}


def quoted(text: Value) -> Value:
    """Fixed text in a mapping expression of API Gateway."""
    return joined("'", text, "'")


@planned
class Authorizer(Resource):
    """A function of ours that is asked before the route's."""

    cfn_type = "AWS::ApiGateway::Authorizer"
    attributes = {"authorizer": "AuthorizerId"}

    api: Value
    name: Value
    function: Value  # ARN
    token: bool = False  # it gets the header's value alone
    sources: tuple[Value, ...] = ()
    cache: int = 0  # seconds

    def cfn(self) -> dict[str, Value]:
        separated = [piece for source in self.sources for piece in (",", source)][1:]
        return {
            "RestApiId": self.api,
            "Name": self.name,
            "Type": "TOKEN" if self.token else "REQUEST",
            "IdentitySource": joined(*separated) if separated else None,
            "AuthorizerResultTtlInSeconds": self.cache,
            "AuthorizerUri": invocation(self.function),
        }


@planned
class Model(Resource):
    """The shape of a body, as JSON Schema (draft 4)."""

    cfn_type = "AWS::ApiGateway::Model"
    attributes = {"name": None}

    api: Value
    name: str
    schema: Mapping[str, Any]

    def cfn(self) -> dict[str, Value]:
        # A template holds no nulls, so a schema with one goes as text.
        schema = Json(self.schema) if any(leaf is None for leaf in leaves(self.schema)) else self.schema
        return {"RestApiId": self.api, "Name": self.name, "ContentType": "application/json", "Schema": schema}


@planned
class BodyValidator(Resource):
    """Refuses a body that does not fit its model."""

    cfn_type = "AWS::ApiGateway::RequestValidator"
    attributes = {"id": None}

    api: Value
    name: str

    def cfn(self) -> dict[str, Value]:
        return {"RestApiId": self.api, "Name": self.name, "ValidateRequestBody": True, "ValidateRequestParameters": False}


@planned
class Deployment(Resource):
    """A snapshot of all below the API; a new digest makes a new one, and nothing else brings a change to the callers."""

    cfn_type = "AWS::ApiGateway::Deployment"
    attributes = {"deployment": "DeploymentId"}

    api: Value
    digest: str  # of what it is a snapshot of; in CloudFormation it is the end of the id

    def cfn(self) -> dict[str, Value]:
        return {"RestApiId": self.api}


@planned
class Stage(Resource):
    cfn_type = "AWS::ApiGateway::Stage"
    tagged = "list"

    api: Value
    name: str
    deployment: Value  # id
    throttle: Throttle | None = None
    throttled: Mapping[tuple[str, str], Throttle] = attrs.field(factory=dict)  # by method and path
    log_group: Value = None  # ARN
    log_format: str = ""

    def cfn(self) -> dict[str, Value]:
        every = [{"HttpMethod": "*", "ResourcePath": "/*", **self.throttle.cfn()}] if self.throttle else []
        some = [
            {"HttpMethod": method, "ResourcePath": escaped(path), **throttle.cfn()} for (method, path), throttle in self.throttled.items()
        ]
        return {
            "RestApiId": self.api,
            "DeploymentId": self.deployment,
            "StageName": self.name,
            "MethodSettings": [*every, *some] or None,
            "AccessLogSetting": None if self.log_group is None else {"DestinationArn": self.log_group, "Format": self.log_format},
        }


def escaped(path: str) -> str:
    """A path as a stage's method settings want it (CloudFormation, AWS::ApiGateway::Stage MethodSetting)."""
    return "/" if path == "/" else "/" + path.replace("/", "~1")


@planned
class AccountRole(iam.Role):
    """The role with which API Gateway writes logs, for every REST API of the account."""

    shared = True


@planned
class Account(Resource):
    """The account's setting for logs of REST APIs: one an account and region."""

    cfn_type = "AWS::ApiGateway::Account"
    shared = True

    role: Value  # ARN

    def cfn(self) -> dict[str, Value]:
        return {"CloudWatchRoleArn": self.role}


# --- the digest of a deployment ---


def digest(content: Any, functions: Mapping[str, Value], defaults: Mapping[str, Value]) -> str:
    """Ten hexadecimal digits that change when the content does, and only then: not with its order.

    `functions` gives a function's ARN as text for its id, since a function with another name is another target under
    the same id; `defaults` are the params' values.
    """
    import hashlib  # only REST APIs need it
    import json

    text = json.dumps(_canonical(content, functions, defaults), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:10]


def _canonical(value: Any, functions: Mapping[str, Value], defaults: Mapping[str, Value], nulls: bool = False) -> Any:
    """The value as plain data in a spelling of our own, which lasts when the compiler's classes change."""

    def again(*parts: Any) -> list[Any]:
        return [_canonical(part, functions, defaults, nulls) for part in parts]

    if isinstance(value, Attr):
        known = functions.get(value.id)
        return {"attribute": [value.id, value.attribute]} if known is None else again(known)[0]
    if isinstance(value, Param):
        return {"param": again(value.name, defaults.get(value.name))}
    if isinstance(value, Pseudo):
        return {"pseudo": value.name}
    if isinstance(value, Joined):
        return {"joined": again(*value.parts)}
    if isinstance(value, Json):
        return {"json": _canonical(value.content, functions, defaults, True)}
    if isinstance(value, Lookup):
        return {"lookup": again(value.source, value.key)}
    if isinstance(value, Piece):
        return {"piece": again(value.text, value.separator, value.index)}
    if isinstance(value, Mapping):
        return {key: again(part)[0] for key, part in value.items() if nulls or part is not None}
    if isinstance(value, list | tuple):
        return again(*value)
    return value
