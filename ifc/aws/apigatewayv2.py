"""HTTP APIs (API Gateway v2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from ifc.aws.cors import Cors
from ifc.plan import Block, Resource, planned
from ifc.values import Attr, Pseudo, Value, joined


@planned
class Throttle:
    """Requests a second, and how many may come at once."""

    rate: int | float
    burst: int

    def cfn(self) -> dict[str, Value]:
        return {"ThrottlingBurstLimit": self.burst, "ThrottlingRateLimit": self.rate}

    def terraform(self) -> dict[str, Value]:
        return {"throttling_burst_limit": self.burst, "throttling_rate_limit": self.rate}


def invocation(function: Value) -> Value:
    """The URI by which API Gateway calls the function with this ARN."""
    return joined(
        "arn:", Pseudo("partition"), ":apigateway:", Pseudo("region"), ":lambda:path/2015-03-31/functions/", function, "/invocations"
    )


def invoked(function: Value) -> Value:
    """The same in Terraform, where a function of ours tells it by itself."""
    return Attr(function.id, "invoke-arn") if isinstance(function, Attr) and function.attribute == "arn" else invocation(function)


@planned
class Api(Resource):
    """An HTTP API; with `cors` it answers preflight requests itself."""

    cfn_type = "AWS::ApiGatewayV2::Api"
    terraform_type = "aws_apigatewayv2_api"
    terraform_file = "apis"
    replaces = ("ProtocolType",)
    attributes = {"id": (None, "id"), "url": ("ApiEndpoint", "api_endpoint")}
    tagged = "map"
    name_limit = 128

    name: Value
    description: str | None = None
    cors: Cors | None = None

    def cfn(self) -> dict[str, Value]:
        return {
            "Name": self.name,
            "Description": self.description,
            "ProtocolType": "HTTP",
            "CorsConfiguration": self.cors and self.cors.cfn(),
        }

    def terraform(self) -> tuple[Block, ...]:
        # The provider sends 0 for none, with which no browser keeps the answer; without the header it is 5 s (Fetch standard).
        age = 5 if self.cors is None or self.cors.max_age is None else self.cors.max_age
        main = self.block(
            name=self.name,
            description=self.description,
            protocol_type="HTTP",
            cors_configuration=self.cors and {**self.cors.terraform(), "max_age": age},
        )
        return (main,)


@planned
class Stage(Resource):
    """The stage that every change of the routes goes to at once."""

    cfn_type = "AWS::ApiGatewayV2::Stage"
    terraform_type = "aws_apigatewayv2_stage"
    terraform_file = "apis"
    ending = "Stage"
    tagged = "map"

    api: Value  # id, as in all below
    log_group: Value = None  # ARN
    log_format: str = ""
    throttle: Throttle | None = None
    throttled: Mapping[str, Throttle] = attrs.field(factory=dict)  # by route key; those routes must be there before the stage

    def cfn(self) -> dict[str, Value]:
        return {
            "ApiId": self.api,
            "StageName": "$default",
            "AutoDeploy": True,
            "AccessLogSettings": None if self.log_group is None else {"DestinationArn": self.log_group, "Format": self.log_format},
            "DefaultRouteSettings": self.throttle and self.throttle.cfn(),
            "RouteSettings": {key: throttle.cfn() for key, throttle in self.throttled.items()} or None,
        }

    def terraform(self) -> tuple[Block, ...]:
        main = self.block(
            api_id=self.api,
            name="$default",
            auto_deploy=True,
            access_log_settings=None if self.log_group is None else {"destination_arn": self.log_group, "format": self.log_format},
            default_route_settings=self.throttle and self.throttle.terraform(),
            route_settings=[{"route_key": key, **throttle.terraform()} for key, throttle in sorted(self.throttled.items())] or None,
        )
        return (main,)


@planned
class Integration(Resource):
    """How the API calls one function."""

    cfn_type = "AWS::ApiGatewayV2::Integration"
    terraform_type = "aws_apigatewayv2_integration"
    terraform_file = "apis"
    attributes = {"id": (None, "id")}

    api: Value
    function: Value  # ARN
    timeout: int  # seconds

    def cfn(self) -> dict[str, Value]:
        return {
            "ApiId": self.api,
            "IntegrationType": "AWS_PROXY",
            "IntegrationUri": self.function,
            "PayloadFormatVersion": "2.0",
            "TimeoutInMillis": self.timeout * 1000,
        }

    def terraform(self) -> tuple[Block, ...]:
        main = self.block(
            api_id=self.api,
            integration_type="AWS_PROXY",
            integration_uri=self.function,
            payload_format_version="2.0",
            timeout_milliseconds=self.timeout * 1000,
        )
        return (main,)


@planned
class Route(Resource):
    cfn_type = "AWS::ApiGatewayV2::Route"
    terraform_type = "aws_apigatewayv2_route"
    terraform_file = "apis"
    attributes = {"id": (None, "id")}

    api: Value
    key: str  # `POST /orders`, `$default`
    integration: Value  # id
    authorization: str  # NONE, AWS_IAM, JWT or CUSTOM
    authorizer: Value = None  # id
    scopes: tuple[Value, ...] = ()

    def cfn(self) -> dict[str, Value]:
        return {
            "ApiId": self.api,
            "RouteKey": self.key,
            "Target": joined("integrations/", self.integration),
            "AuthorizationType": self.authorization,
            "AuthorizerId": self.authorizer,
            "AuthorizationScopes": list(self.scopes) or None,
        }

    def terraform(self) -> tuple[Block, ...]:
        main = self.block(
            api_id=self.api,
            route_key=self.key,
            target=joined("integrations/", self.integration),
            authorization_type=self.authorization,
            authorizer_id=self.authorizer,
            authorization_scopes=list(self.scopes) or None,
        )
        return (main,)


@planned
class Authorizer(Resource):
    """A check before the function: of a token (`issuer` is set), or by a function of ours."""

    cfn_type = "AWS::ApiGatewayV2::Authorizer"
    terraform_type = "aws_apigatewayv2_authorizer"
    terraform_file = "apis"
    attributes = {"authorizer": ("AuthorizerId", "id")}

    api: Value
    name: Value
    sources: tuple[Value, ...]
    issuer: Value = None
    audience: tuple[Value, ...] = ()
    function: Value = None  # ARN
    cache: int = 0  # seconds

    def cfn(self) -> dict[str, Value]:
        common: dict[str, Any] = {"ApiId": self.api, "Name": self.name}
        if self.issuer is not None:
            return {
                **common,
                "AuthorizerType": "JWT",
                "IdentitySource": list(self.sources),
                "JwtConfiguration": {"Issuer": self.issuer, "Audience": list(self.audience)},
            }
        return {
            **common,
            "AuthorizerType": "REQUEST",
            "IdentitySource": list(self.sources) or None,
            "AuthorizerPayloadFormatVersion": "2.0",
            "EnableSimpleResponses": True,
            "AuthorizerResultTtlInSeconds": self.cache,
            "AuthorizerUri": invocation(self.function),
        }

    def terraform(self) -> tuple[Block, ...]:
        common: dict[str, Any] = {"api_id": self.api, "name": self.name}
        if self.issuer is not None:
            main = self.block(
                **common,
                authorizer_type="JWT",
                identity_sources=list(self.sources),
                jwt_configuration={"issuer": self.issuer, "audience": list(self.audience)},
            )
        else:
            main = self.block(
                **common,
                authorizer_type="REQUEST",
                identity_sources=list(self.sources) or None,
                authorizer_payload_format_version="2.0",
                enable_simple_responses=True,
                authorizer_result_ttl_in_seconds=self.cache,
                authorizer_uri=invoked(self.function),
            )
        return (main,)
