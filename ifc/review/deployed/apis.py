"""HTTP and REST APIs on both sides (API Gateway)."""

from __future__ import annotations

from functools import partial
from typing import Any

from ifc.review.deployed.reading import Field as F
from ifc.review.deployed.reading import Kind, Rows, add, bag, json_content, json_or_text

KINDS: list[Kind] = []
kind = partial(add, KINDS)

# --- HTTP APIs ---

THROTTLE = (
    F("burst", "ThrottlingBurstLimit", "throttling_burst_limit"),
    F("rate", "ThrottlingRateLimit", "throttling_rate_limit"),
)


def stage_cfn(content: dict[str, Any]) -> None:
    """The settings of routes as a list."""
    if "RouteSettings" in content:
        content["~routes"] = [{"~route": key, **settings} for key, settings in content.pop("RouteSettings").items()]


def api_terraform(content: dict[str, Any]) -> None:
    """How long a browser remembers: the provider sends 0 where nothing is written."""
    if "cors_configuration" in content:
        content["cors_configuration"].setdefault("max_age", 0)


kind(
    "http api",
    "ApiGatewayV2::Api",
    "apigatewayv2_api",
    F("name", "Name", "name"),
    F("description", "Description", "description"),
    F("protocol", "ProtocolType", "protocol_type"),
    F("origins", "CorsConfiguration.AllowOrigins", "cors_configuration.allow_origins", bag),
    F("methods", "CorsConfiguration.AllowMethods", "cors_configuration.allow_methods", bag),
    F("headers", "CorsConfiguration.AllowHeaders", "cors_configuration.allow_headers", bag),
    F("expose", "CorsConfiguration.ExposeHeaders", "cors_configuration.expose_headers", bag),
    F("credentials", "CorsConfiguration.AllowCredentials", "cors_configuration.allow_credentials"),
    F("max age", "CorsConfiguration.MaxAge", "cors_configuration.max_age", default=5),  # Fetch standard, CORS protocol
    shape_terraform=api_terraform,
    attributes={"id": (None, ("id",)), "url": ("ApiEndpoint", ("api_endpoint",))},
    tagged=True,
)
kind(
    "http stage",
    "ApiGatewayV2::Stage",
    "apigatewayv2_stage",
    F("api", "ApiId", "api_id"),
    F("name", "StageName", "name"),
    F("deploys", "AutoDeploy", "auto_deploy"),
    F("logs", "AccessLogSettings.DestinationArn", "access_log_settings.destination_arn"),
    F("log format", "AccessLogSettings.Format", "access_log_settings.format", json_or_text),
    F("throttle", "DefaultRouteSettings", "default_route_settings", Rows(*THROTTLE)),
    F("routes", "~routes", "route_settings", Rows(F("route", "~route", "route_key"), *THROTTLE)),
    ending="Stage",
    tagged=True,
    shape_cfn=stage_cfn,
)
kind(
    "http integration",
    "ApiGatewayV2::Integration",
    "apigatewayv2_integration",
    F("api", "ApiId", "api_id"),
    F("type", "IntegrationType", "integration_type"),
    F("target", "IntegrationUri", "integration_uri"),
    F("payload", "PayloadFormatVersion", "payload_format_version"),
    F("timeout", "TimeoutInMillis", "timeout_milliseconds"),
    attributes={"id": (None, ("id",))},
)
kind(
    "http route",
    "ApiGatewayV2::Route",
    "apigatewayv2_route",
    F("api", "ApiId", "api_id"),
    F("route", "RouteKey", "route_key"),
    F("target", "Target", "target"),
    F("authorization", "AuthorizationType", "authorization_type"),
    F("authorizer", "AuthorizerId", "authorizer_id"),
    F("scopes", "AuthorizationScopes", "authorization_scopes", bag),
    attributes={"id": (None, ("id",))},
)
kind(
    "http authorizer",
    "ApiGatewayV2::Authorizer",
    "apigatewayv2_authorizer",
    F("api", "ApiId", "api_id"),
    F("name", "Name", "name"),
    F("type", "AuthorizerType", "authorizer_type"),
    F("sources", "IdentitySource", "identity_sources", bag),
    F("issuer", "JwtConfiguration.Issuer", "jwt_configuration.issuer"),
    F("audience", "JwtConfiguration.Audience", "jwt_configuration.audience", bag),
    F("payload", "AuthorizerPayloadFormatVersion", "authorizer_payload_format_version"),
    F("simple", "EnableSimpleResponses", "enable_simple_responses"),
    F("cache", "AuthorizerResultTtlInSeconds", "authorizer_result_ttl_in_seconds"),
    F("function", "AuthorizerUri", "authorizer_uri"),
    attributes={"authorizer": ("AuthorizerId", ("id",))},
)

# --- REST APIs ---

INTEGRATION = "aws_api_gateway_integration"
METHOD_RESPONSE, INTEGRATION_RESPONSE = "aws_api_gateway_method_response", "aws_api_gateway_integration_response"
METHOD_SETTINGS = "aws_api_gateway_method_settings"


def rest_stage_cfn(content: dict[str, Any]) -> None:
    """Whose throttles they are (AWS::ApiGateway::Stage MethodSetting): `/` is the path `/`, of others `/` is written `~1` behind one `/`."""
    for one in content.get("MethodSettings", ()):
        path = one["ResourcePath"]
        if path not in ("/", "/*"):
            one["ResourcePath"] = path[1:].replace("~1", "/") if path.startswith("/~1") else f"? {path}"


def rest_stage_terraform(parts: dict[str, Any]) -> None:
    """The same (AWS provider, aws_api_gateway_method_settings; it hands the path on, in which API Gateway wants `~1` for `/`)."""
    for one in parts.get(METHOD_SETTINGS, ()):
        path, _, method = one.pop("method_path").rpartition("/")
        one |= {"~method": method, "~path": "/*" if path == "*" else path.replace("~1", "/") if path.startswith("~1") else f"? {path}"}
        one |= one.pop("settings")


kind(
    "rest api",
    "ApiGateway::RestApi",
    "api_gateway_rest_api",
    F("name", "Name", "name"),
    F("description", "Description", "description"),
    F("endpoints", "EndpointConfiguration.Types", "endpoint_configuration.types", bag),
    attributes={"id": (None, ("id",)), "root": ("RootResourceId", ("root_resource_id",))},
    tagged=True,
)
kind(
    "rest path",
    "ApiGateway::Resource",
    "api_gateway_resource",
    F("api", "RestApiId", "rest_api_id"),
    F("above", "ParentId", "parent_id"),
    F("segment", "PathPart", "path_part"),
    attributes={"id": (None, ("id",))},
)
kind(
    "rest method",
    "ApiGateway::Method",
    "api_gateway_method",
    F("api", "RestApiId", "rest_api_id"),
    F("path", "ResourceId", "resource_id"),
    F("method", "HttpMethod", "http_method"),
    F("authorization", "AuthorizationType", "authorization"),
    F("authorizer", "AuthorizerId", "authorizer_id"),
    F("parameters", "RequestParameters", "request_parameters"),
    F("models", "RequestModels", "request_models"),
    F("validator", "RequestValidatorId", "request_validator_id"),
    F("type", "Integration.Type", f"{INTEGRATION}:type"),
    F("asks by", "Integration.IntegrationHttpMethod", f"{INTEGRATION}:integration_http_method"),
    F("timeout", "Integration.TimeoutInMillis", f"{INTEGRATION}:timeout_milliseconds"),
    F("target", "Integration.Uri", f"{INTEGRATION}:uri"),
    F("requests", "Integration.RequestTemplates", f"{INTEGRATION}:request_templates"),
    F("content", "Integration.ContentHandling", f"{INTEGRATION}:content_handling"),
    F(
        "responses",
        "MethodResponses",
        f"{METHOD_RESPONSE}:",
        Rows(F("status", "StatusCode", "status_code"), F("headers", "ResponseParameters", "response_parameters")),
    ),
    F(
        "answers",
        "Integration.IntegrationResponses",
        f"{INTEGRATION_RESPONSE}:",
        Rows(F("status", "StatusCode", "status_code"), F("headers", "ResponseParameters", "response_parameters")),
    ),
)
kind(
    "rest response",
    "ApiGateway::GatewayResponse",
    "api_gateway_gateway_response",
    F("api", "RestApiId", "rest_api_id"),
    F("type", "ResponseType", "response_type"),
    F("headers", "ResponseParameters", "response_parameters"),
)
kind(
    "rest authorizer",
    "ApiGateway::Authorizer",
    "api_gateway_authorizer",
    F("api", "RestApiId", "rest_api_id"),
    F("name", "Name", "name"),
    F("type", "Type", "type"),
    F("sources", "IdentitySource", "identity_source", default="", provider="method.request.header.Authorization"),
    F("cache", "AuthorizerResultTtlInSeconds", "authorizer_result_ttl_in_seconds"),
    F("function", "AuthorizerUri", "authorizer_uri"),
    attributes={"authorizer": ("AuthorizerId", ("id",))},
)
kind(
    "rest model",
    "ApiGateway::Model",
    "api_gateway_model",
    F("api", "RestApiId", "rest_api_id"),
    F("name", "Name", "name"),
    F("type", "ContentType", "content_type"),
    F("schema", "Schema", "schema", json_content),
    attributes={"name": (None, ("name",))},
)
kind(
    "rest validator",
    "ApiGateway::RequestValidator",
    "api_gateway_request_validator",
    F("api", "RestApiId", "rest_api_id"),
    F("name", "Name", "name"),
    F("bodies", "ValidateRequestBody", "validate_request_body"),
    F("parameters", "ValidateRequestParameters", "validate_request_parameters"),
    attributes={"id": (None, ("id",))},
)
kind(
    "rest deployment",
    "ApiGateway::Deployment",
    "api_gateway_deployment",
    F("api", "RestApiId", "rest_api_id"),
    F(
        "digest",
        None,
        "triggers.routes",
        provider="a snapshot that stays",
    ),
    F("values", None, "triggers.values"),
    F("new first", None, "~first", provider=False),
    ending="Deployment[0-9a-f]{10}",
    attributes={"deployment": ("DeploymentId", ("id",))},
)
kind(
    "rest stage",
    "ApiGateway::Stage",
    "api_gateway_stage",
    F("api", "RestApiId", "rest_api_id"),
    F("deployment", "DeploymentId", "deployment_id"),
    F("name", "StageName", "stage_name"),
    F("logs", "AccessLogSetting.DestinationArn", "access_log_settings.destination_arn"),
    F("log format", "AccessLogSetting.Format", "access_log_settings.format", json_or_text),
    F(
        "throttles",
        "MethodSettings",
        f"{METHOD_SETTINGS}:",
        Rows(F("method", "HttpMethod", "~method"), F("path", "ResourcePath", "~path"), *THROTTLE),
    ),
    ending="Stage",
    tagged=True,
    shape_cfn=rest_stage_cfn,
    shape_terraform=rest_stage_terraform,
)
kind(
    "rest account",
    "ApiGateway::Account",
    "api_gateway_account",
    F("role", "CloudWatchRoleArn", "cloudwatch_role_arn"),
    ending="Account",
)
