"""REST APIs (API Gateway v1)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import attrs

from ifc.aws import iam
from ifc.aws.apigatewayv2 import Throttle, invocation
from ifc.plan import Block, Expression, Resource, planned
from ifc.values import Attr, Joined, Json, Lookup, Param, Piece, Pseudo, Value, joined, leaves


@planned
class RestApi(Resource):
    cfn_type = "AWS::ApiGateway::RestApi"
    terraform_type = "aws_api_gateway_rest_api"
    terraform_file = "apis"
    replaces = ()
    attributes = {"id": (None, "id"), "root": ("RootResourceId", "root_resource_id")}
    tagged = "list"
    name_limit = 128

    name: Value
    description: str | None = None

    def cfn(self) -> dict[str, Value]:
        return {"Name": self.name, "Description": self.description, "EndpointConfiguration": {"Types": ["REGIONAL"]}}

    def terraform(self) -> tuple[Block, ...]:
        return (self.block(name=self.name, description=self.description, endpoint_configuration={"types": ["REGIONAL"]}),)


@planned
class Path(Resource):
    """One segment of a path, below another."""

    cfn_type = "AWS::ApiGateway::Resource"
    terraform_type = "aws_api_gateway_resource"
    terraform_file = "apis"
    attributes = {"id": (None, "id")}

    api: Value  # id, as in all below
    parent: Value  # id
    segment: str

    def cfn(self) -> dict[str, Value]:
        return {"RestApiId": self.api, "ParentId": self.parent, "PathPart": self.segment}

    def terraform(self) -> tuple[Block, ...]:
        return (self.block(rest_api_id=self.api, parent_id=self.parent, path_part=self.segment),)


@planned
class Method(Resource):
    """A route: what answers a method on a path, after which checks."""

    cfn_type = "AWS::ApiGateway::Method"
    terraform_type = "aws_api_gateway_method"
    terraform_file = "apis"

    api: Value
    path: Value  # id
    method: str
    authorization: str  # NONE, AWS_IAM or CUSTOM
    authorizer: Value = None  # id
    parameters: tuple[str, ...] = ()  # of the path
    function: Value  # ARN
    written: Value  # the same, written out
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

    def terraform(self) -> tuple[Block, ...]:
        method = self.block(
            rest_api_id=self.api,
            resource_id=self.path,
            http_method=self.method,
            authorization=self.authorization,
            authorizer_id=self.authorizer,
            request_parameters={f"method.request.path.{p}": True for p in self.parameters} or None,
            request_models=None if self.model is None else {"application/json": self.model},
            request_validator_id=self.validator,
        )
        integration = Block(
            type="aws_api_gateway_integration",
            content={
                "rest_api_id": self.api,
                "resource_id": self.path,
                "http_method": self.part(self.terraform_type, "http_method"),
                "type": "AWS_PROXY",
                "integration_http_method": "POST",
                "timeout_milliseconds": self.timeout * 1000,
                "uri": invocation(self.written),
            },
        )
        return method, integration


@planned
class Preflight(Resource):
    """OPTIONS on a path, answered by API Gateway itself with fixed headers."""

    @property
    def stem(self) -> str:
        # An OPTIONS route of the app is another thing: in its place Terraform would make the one and then remove the other.
        return self.label

    cfn_type = "AWS::ApiGateway::Method"
    terraform_type = "aws_api_gateway_method"
    terraform_file = "apis"

    label: str  # in Terraform
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

    def terraform(self) -> tuple[Block, ...]:
        names = {name: f"method.response.header.{name}" for name in sorted(self.headers)}
        here = {"rest_api_id": self.api, "resource_id": self.path}
        integration, response = "aws_api_gateway_integration", "aws_api_gateway_method_response"
        asked = self.part(self.terraform_type, "http_method")
        return (
            self.block(**here, http_method="OPTIONS", authorization="NONE"),
            Block(
                type=integration,
                content={
                    **here,
                    "http_method": asked,
                    "type": "MOCK",
                    "request_templates": {"application/json": '{"statusCode":204}'},
                    "content_handling": "CONVERT_TO_TEXT",
                },
            ),
            Block(
                type=response,
                content={**here, "http_method": asked, "status_code": "204", "response_parameters": dict.fromkeys(names.values(), False)},
            ),
            Block(
                type="aws_api_gateway_integration_response",
                content={
                    **here,
                    "http_method": self.part(integration, "http_method"),
                    "status_code": self.part(response, "status_code"),
                    "response_parameters": {names[n]: quoted(self.headers[n]) for n in names},
                },
            ),
        )


@planned
class GatewayResponse(Resource):
    """What API Gateway answers instead of the function, with headers of ours: without them a browser hides why it failed."""

    cfn_type = "AWS::ApiGateway::GatewayResponse"
    terraform_type = "aws_api_gateway_gateway_response"
    terraform_file = "apis"

    api: Value
    type: str  # DEFAULT_4XX, DEFAULT_5XX
    headers: Mapping[str, Value]

    def cfn(self) -> dict[str, Value]:
        return {"RestApiId": self.api, "ResponseType": self.type, "ResponseParameters": self._headers()}

    def terraform(self) -> tuple[Block, ...]:
        return (self.block(rest_api_id=self.api, response_type=self.type, response_parameters=self._headers()),)

    def _headers(self) -> dict[str, Value]:
        return {f"gatewayresponse.header.{name}": quoted(value) for name, value in sorted(self.headers.items())}


def quoted(text: Value) -> Value:
    """Fixed text in a mapping expression of API Gateway."""
    return joined("'", text, "'")


@planned
class Authorizer(Resource):
    """A function of ours that is asked before the route's."""

    cfn_type = "AWS::ApiGateway::Authorizer"
    terraform_type = "aws_api_gateway_authorizer"
    terraform_file = "apis"
    attributes = {"authorizer": ("AuthorizerId", "id")}

    api: Value
    name: Value
    function: Value  # ARN
    written: Value  # the same, written out
    token: bool = False  # it gets the header's value alone
    sources: tuple[Value, ...] = ()
    cache: int = 0  # seconds

    def cfn(self) -> dict[str, Value]:
        return {
            "RestApiId": self.api,
            "Name": self.name,
            "Type": "TOKEN" if self.token else "REQUEST",
            "IdentitySource": self._sources(),
            "AuthorizerResultTtlInSeconds": self.cache,
            "AuthorizerUri": invocation(self.function),
        }

    def terraform(self) -> tuple[Block, ...]:
        main = self.block(
            rest_api_id=self.api,
            name=self.name,
            type="TOKEN" if self.token else "REQUEST",
            # Left out, the provider would write that the header Authorization is asked for.
            identity_source=self._sources() or "",
            authorizer_result_ttl_in_seconds=self.cache,
            authorizer_uri=invocation(self.written),
        )
        return (main,)

    def _sources(self) -> Value:
        separated = [piece for source in self.sources for piece in (",", source)][1:]
        return joined(*separated) if separated else None


@planned
class Model(Resource):
    """The shape of a body, as JSON Schema (draft 4)."""

    cfn_type = "AWS::ApiGateway::Model"
    terraform_type = "aws_api_gateway_model"
    terraform_file = "apis"
    attributes = {"name": (None, "name")}

    api: Value
    name: str
    schema: Mapping[str, Any]

    def cfn(self) -> dict[str, Value]:
        # A template holds no nulls, so a schema with one goes as text.
        schema = Json(self.schema) if any(leaf is None for leaf in leaves(self.schema)) else self.schema
        return {"RestApiId": self.api, "Name": self.name, "ContentType": "application/json", "Schema": schema}

    def terraform(self) -> tuple[Block, ...]:
        return (self.block(rest_api_id=self.api, name=self.name, content_type="application/json", schema=Json(self.schema)),)


@planned
class BodyValidator(Resource):
    """Refuses a body that does not fit its model."""

    cfn_type = "AWS::ApiGateway::RequestValidator"
    terraform_type = "aws_api_gateway_request_validator"
    terraform_file = "apis"
    attributes = {"id": (None, "id")}

    api: Value
    name: str

    def cfn(self) -> dict[str, Value]:
        return {"RestApiId": self.api, "Name": self.name, "ValidateRequestBody": True, "ValidateRequestParameters": False}

    def terraform(self) -> tuple[Block, ...]:
        main = self.block(rest_api_id=self.api, name=self.name, validate_request_body=True, validate_request_parameters=False)
        return (main,)


@planned
class Deployment(Resource):
    """A snapshot of all below the API; a new digest makes a new one, and nothing else brings a change to the callers.

    In Terraform the new one is made before the old one goes, and Terraform does the same with everything that it needs
    (Terraform language, The lifecycle meta-argument). So nothing below the API may refer to a function, which refers to tables
    and queues: those have fixed names, and a second one could not be made beside the first. ARNs are written out there.
    """

    cfn_type = "AWS::ApiGateway::Deployment"
    terraform_type = "aws_api_gateway_deployment"
    terraform_file = "apis"
    attributes = {"deployment": ("DeploymentId", "id")}

    api: Value
    digest: str  # of what it is a snapshot of in CloudFormation, where it is the end of the id
    other_digest: str  # the same for Terraform: another one where the user lays other properties over it
    late: tuple[Value, ...] = ()  # what it is a snapshot of and only the deployment knows, such as params

    @property
    def stem(self) -> str:
        return self.id.removesuffix(f"Deployment{self.digest}")

    def cfn(self) -> dict[str, Value]:
        return {"RestApiId": self.api}

    def terraform(self) -> tuple[Block, ...]:
        separated = [piece for value in self.late for piece in (", ", value)][1:]
        values = Expression(parts=("jsonencode([", *separated, "])")) if separated else None
        content = {"rest_api_id": self.api, "triggers": {"routes": self.other_digest, "values": values}}
        return (Block(type=self.terraform_type, content=content, replaced_before=True),)


@planned
class Stage(Resource):
    cfn_type = "AWS::ApiGateway::Stage"
    terraform_type = "aws_api_gateway_stage"
    terraform_file = "apis"
    ending = "Stage"
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

    def terraform(self) -> tuple[Block, ...]:
        stage = self.block(
            rest_api_id=self.api,
            deployment_id=self.deployment,
            stage_name=self.name,
            access_log_settings=None if self.log_group is None else {"destination_arn": self.log_group, "format": self.log_format},
        )
        every = [("*/*", "", self.throttle)] if self.throttle else []
        some = [
            # The provider hands the path on as it is, and API Gateway wants each `/` as `~1` (terraform-provider-aws issue 9738).
            (f"{path.replace('/', '~1')}/{method}", method.capitalize() + _words(path), throttle)
            for (method, path), throttle in sorted(self.throttled.items())
        ]
        type = "aws_api_gateway_method_settings"
        blocks: list[Block] = []
        for path, suffix, throttle in [*every, *some]:
            # One after another: each changes the same stage, and what is set for all methods later would win over a single one.
            before = (self.part(type, suffix=blocks[-1].suffix),) if blocks else ()
            content = {
                "rest_api_id": self.api,
                "stage_name": self.part(self.terraform_type, "stage_name"),
                "method_path": path,
                "settings": throttle.terraform(),
            }
            blocks.append(Block(type=type, content=content, suffix=suffix, after=before))
        return stage, *blocks


def _words(path: str) -> str:
    """A path as the end of a label."""
    return "".join(word[:1].upper() + word[1:] for word in re.split(r"[^A-Za-z0-9]+", path))


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
    terraform_type = "aws_api_gateway_account"
    terraform_file = "apis"
    ending = "Account"
    shared = True

    role: Value  # ARN

    def cfn(self) -> dict[str, Value]:
        return {"CloudWatchRoleArn": self.role}

    def terraform(self) -> tuple[Block, ...]:
        return (self.block(cloudwatch_role_arn=self.role),)


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
