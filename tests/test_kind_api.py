"""api: HTTP and REST APIs, their routes, and what they become."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import compiled, errors, findings, resources, statements, template

FUNCTIONS = """
function place "src/orders.place"
function list "src/orders.list"
"""
ARN = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:"
URI = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${place.Arn}/invocations"


def of(text: str, cfn_type: str) -> dict[str, Any]:
    """The properties of a type of API Gateway's resources, by logical id, of a text with two functions."""
    return resources(FUNCTIONS + text, cfn_type)


# --- HTTP ---


def test_http_api() -> None:
    """An HTTP API has a stage that deploys by itself, one integration for each function, and a route and a permission each."""
    text = "api Public { POST /orders -> place; GET /orders/{id} -> list; GET /orders -> list }"
    assert of(text, "AWS::ApiGatewayV2::Api") == {
        "Public": {"Name": {"Fn::Sub": "${Prefix}-Public"}, "ProtocolType": "HTTP", "Tags": {"app": "x"}}
    }
    assert of(text, "AWS::ApiGatewayV2::Stage") == {
        "PublicStage": {"ApiId": {"Ref": "Public"}, "StageName": "$default", "AutoDeploy": True, "Tags": {"app": "x"}}
    }
    integrations = of(text, "AWS::ApiGatewayV2::Integration")
    assert sorted(integrations) == ["PublicCallsList", "PublicCallsPlace"]
    assert integrations["PublicCallsPlace"] == {
        "ApiId": {"Ref": "Public"},
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": {"Fn::GetAtt": ["place", "Arn"]},
        "PayloadFormatVersion": "2.0",
        "TimeoutInMillis": 30000,
    }
    routes = of(text, "AWS::ApiGatewayV2::Route")
    assert sorted(routes) == ["PublicGetOrders", "PublicGetOrdersId", "PublicPostOrders"]
    assert routes["PublicGetOrdersId"] == {
        "ApiId": {"Ref": "Public"},
        "RouteKey": "GET /orders/{id}",
        "Target": {"Fn::Sub": "integrations/${PublicCallsList}"},
        "AuthorizationType": "NONE",
    }
    permissions = of(text, "AWS::Lambda::Permission")
    assert {id: p["SourceArn"] for id, p in permissions.items()} == {
        "PublicGetOrdersIdMayCallList": {"Fn::Sub": ARN + "${Public}/*/GET/orders/*"},
        "PublicGetOrdersMayCallList": {"Fn::Sub": ARN + "${Public}/*/GET/orders"},
        "PublicPostOrdersMayCallPlace": {"Fn::Sub": ARN + "${Public}/*/POST/orders"},
    }
    assert permissions["PublicPostOrdersMayCallPlace"]["FunctionName"] == {"Ref": "place"}
    assert permissions["PublicPostOrdersMayCallPlace"]["Principal"] == "apigateway.amazonaws.com"


@pytest.mark.parametrize(
    ("route", "id", "key", "source"),
    [
        ("DEFAULT", "Default", "$default", "/*/$default"),
        ("ANY /x/{rest+}", "AnyXRest", "ANY /x/{rest+}", "/*/*/x/*"),
        ("GET /", "Get", "GET /", "/*/GET/"),
        ("GET /add-item_now/{orderId}", "GetAddItemNowOrderId", "GET /add-item_now/{orderId}", "/*/GET/add-item_now/*"),
        ("OPTIONS /a.b", "OptionsAB", "OPTIONS /a.b", "/*/OPTIONS/a.b"),
    ],
)
def test_route_ids(route: str, id: str, key: str, source: str) -> None:
    """Ids are made from method and path, and a permission holds for whatever the parameters may be."""
    text = f"api Public {{ {route} -> list }}"
    assert of(text, "AWS::ApiGatewayV2::Route")[f"Public{id}"]["RouteKey"] == key
    assert of(text, "AWS::Lambda::Permission")[f"Public{id}MayCallList"]["SourceArn"] == {"Fn::Sub": ARN + "${Public}" + source}


def test_many_routes_to_one_function() -> None:
    """Over twenty routes to a function get one permission, which its work as authorizer shares."""
    routes = "; ".join(f"GET /a{n} -> list" for n in range(21))
    permissions = of(f"api Public {{ authorizer list; {routes}; POST /a -> place }}", "AWS::Lambda::Permission")
    assert {id: p["SourceArn"]["Fn::Sub"] for id, p in permissions.items()} == {
        "PublicMayCallList": ARN + "${Public}/*",
        "PublicPostAMayCallPlace": ARN + "${Public}/*/POST/a",
    }


def test_http_limits() -> None:
    """Limits stand in the stage, which waits for the routes that have their own."""
    text = "api Public { throttle rate 50 burst 100; POST /orders -> place { throttle rate 0.5 burst 10 }; GET /orders -> list }"
    stage = template(FUNCTIONS + text)["Resources"]["PublicStage"]
    assert stage["DependsOn"] == "PublicPostOrders"
    assert stage["Properties"]["DefaultRouteSettings"] == {"ThrottlingBurstLimit": 100, "ThrottlingRateLimit": 50}
    assert stage["Properties"]["RouteSettings"] == {"POST /orders": {"ThrottlingBurstLimit": 10, "ThrottlingRateLimit": 0.5}}


def test_http_cors() -> None:
    """An HTTP API answers for other origins by itself; by default its routes' methods."""
    full = 'cors { origins "https://a", "https://b"; methods GET, POST; headers "x-a"; expose "x-b"; credentials; max-age 10m }'
    assert of(f"api Public {{ {full}; GET /a -> list }}", "AWS::ApiGatewayV2::Api")["Public"]["CorsConfiguration"] == {
        "AllowOrigins": ["https://a", "https://b"],
        "AllowMethods": ["GET", "POST"],
        "AllowHeaders": ["x-a"],
        "ExposeHeaders": ["x-b"],
        "AllowCredentials": True,
        "MaxAge": 600,
    }
    bare = of("api Public { cors; POST /a -> place; GET /a -> list }", "AWS::ApiGatewayV2::Api")["Public"]["CorsConfiguration"]
    assert bare == {"AllowOrigins": ["*"], "AllowMethods": ["GET", "POST"], "AllowHeaders": ["authorization", "content-type"]}
    every = of("api Public { cors; ANY /a -> place }", "AWS::ApiGatewayV2::Api")["Public"]["CorsConfiguration"]
    assert every["AllowMethods"] == ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]


def test_http_logs() -> None:
    """A log line for each request goes to a group under the prefix that needs no resource policy."""
    text = "api Public { logs; GET /a -> list }"
    stage = of(text, "AWS::ApiGatewayV2::Stage")["PublicStage"]
    assert stage["AccessLogSettings"]["DestinationArn"] == {"Fn::GetAtt": ["PublicLogs", "Arn"]}
    assert stage["AccessLogSettings"]["Format"].startswith('{"requestId":"$context.requestId","ip":')
    assert of(text, "AWS::Logs::LogGroup")["PublicLogs"]["LogGroupName"] == {"Fn::Sub": "/aws/vendedlogs/apis/${Prefix}-Public"}


def test_overlays() -> None:
    """`cfn` reaches the api, its parts, and the route whose arrow it stands on."""
    text = 'api Public { cfn { Version 2 }; cfn stage { Description "s" }; GET /a -> list { cfn { OperationName "o" } } }'
    done = template(FUNCTIONS + text)["Resources"]
    assert done["Public"]["Properties"]["Version"] == 2
    assert done["PublicStage"]["Properties"]["Description"] == "s"
    assert done["PublicGetA"]["Properties"]["OperationName"] == "o"


def test_rename_and_id() -> None:
    """A renamed api keeps every id and its name."""
    done = template(FUNCTIONS + "api Shop { renamed from Public; GET /a -> list }")["Resources"]
    assert {"Public", "PublicStage", "PublicGetA", "PublicCallsList", "PublicGetAMayCallList"} <= set(done)
    assert done["Public"]["Properties"]["Name"] == {"Fn::Sub": "${Prefix}-Public"}


# --- who calls it ---


def test_calls() -> None:
    """`calls` lets a function sign requests to the api's stage, and tells it the URL."""
    text = 'function robot "src/r.run" { calls Public }\napi Public { GET /a -> list { authorizer iam } }'
    granted = [s for s in statements(FUNCTIONS + text, "robot") if s["Action"] == "execute-api:Invoke"]
    assert granted == [{"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": {"Fn::Sub": ARN + "${Public}/$default/*"}}]
    robot = template(FUNCTIONS + text)["Resources"]["robot"]["Properties"]
    assert robot["Environment"]["Variables"] == {"PUBLIC_API_URL": {"Fn::GetAtt": ["Public", "ApiEndpoint"]}}


def test_a_function_knows_the_url_of_its_rest_api() -> None:
    """The URL is composed, so that a function behind the api can hold it without a cycle."""
    text = (
        'api Admin { protocol rest; authorizer iam; GET /a -> own }\nfunction own "s.r" { calls Admin; env { URL Admin.url; ID Admin.id } }'
    )
    done = template(text, "prod")["Resources"]
    variables = done["own"]["Properties"]["Environment"]["Variables"]
    url = {"Fn::Sub": "https://${Admin}.execute-api.${AWS::Region}.${AWS::URLSuffix}/prod"}
    assert variables == {"ADMIN_API_URL": url, "URL": url, "ID": {"Ref": "Admin"}}
    policy = done["ownRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    assert policy[0]["Resource"] == {"Fn::Sub": ARN + "${Admin}/prod/*"}


# --- REST ---

REST = """
api Admin {
  protocol rest
  cors { origins "https://example.com"; headers "x-b", "content-type"; max-age 10m }
  throttle rate 50 burst 100
  POST /orders      -> place { throttle rate 5 burst 10 }
  GET  /orders/{id} -> list  { authorizer iam }
}
"""


def deployment(text: str, stage: str = "dev") -> str:
    """The logical id of a text's deployment."""
    done = template(text, stage)["Resources"]
    (id,) = (id for id, r in done.items() if r["Type"] == "AWS::ApiGateway::Deployment")
    return id


def test_rest_api() -> None:
    """A REST API has a resource for each segment, a method for each route, and a stage on a deployment of all of them."""
    done = template(FUNCTIONS + REST)["Resources"]
    assert done["Admin"]["Properties"] == {
        "Name": {"Fn::Sub": "${Prefix}-Admin"},
        "EndpointConfiguration": {"Types": ["REGIONAL"]},
        "Tags": [{"Key": "app", "Value": "x"}],
    }
    assert done["AdminOrders"]["Properties"] == {
        "RestApiId": {"Ref": "Admin"},
        "ParentId": {"Fn::GetAtt": ["Admin", "RootResourceId"]},
        "PathPart": "orders",
    }
    assert done["AdminOrdersId"]["Properties"] == {"RestApiId": {"Ref": "Admin"}, "ParentId": {"Ref": "AdminOrders"}, "PathPart": "{id}"}
    assert done["AdminPostOrders"]["Properties"] == {
        "RestApiId": {"Ref": "Admin"},
        "ResourceId": {"Ref": "AdminOrders"},
        "HttpMethod": "POST",
        "AuthorizationType": "NONE",
        "Integration": {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "TimeoutInMillis": 29000, "Uri": {"Fn::Sub": URI}},
    }
    assert done["AdminGetOrdersId"]["Properties"]["AuthorizationType"] == "AWS_IAM"
    assert done["AdminGetOrdersId"]["Properties"]["RequestParameters"] == {"method.request.path.id": True}
    id = deployment(FUNCTIONS + REST)
    assert done[id]["DependsOn"] == [
        "Admin4Xx",
        "Admin5Xx",
        "AdminGetOrdersId",
        "AdminOptionsOrders",
        "AdminOptionsOrdersId",
        "AdminPostOrders",
    ]
    assert done["AdminStage"]["Properties"] == {
        "RestApiId": {"Ref": "Admin"},
        "DeploymentId": {"Fn::GetAtt": [id, "DeploymentId"]},
        "StageName": "dev",
        "MethodSettings": [
            {"HttpMethod": "*", "ResourcePath": "/*", "ThrottlingBurstLimit": 100, "ThrottlingRateLimit": 50},
            {"HttpMethod": "POST", "ResourcePath": "/~1orders", "ThrottlingBurstLimit": 10, "ThrottlingRateLimit": 5},
        ],
        "Tags": [{"Key": "app", "Value": "x"}],
    }
    assert done["AdminGetOrdersIdMayCallList"]["Properties"]["SourceArn"] == {"Fn::Sub": ARN + "${Admin}/*/GET/orders/*"}


def test_rest_cors() -> None:
    """Preflight requests get fixed headers, and so do API Gateway's own errors."""
    done = template(FUNCTIONS + REST)["Resources"]
    preflight = done["AdminOptionsOrders"]["Properties"]
    assert preflight["Integration"]["Type"] == "MOCK"
    assert preflight["Integration"]["IntegrationResponses"] == [
        {
            "StatusCode": "204",
            "ResponseParameters": {
                "method.response.header.Access-Control-Allow-Headers": "'content-type,x-b'",
                "method.response.header.Access-Control-Allow-Methods": "'OPTIONS,POST'",
                "method.response.header.Access-Control-Allow-Origin": "'https://example.com'",
                "method.response.header.Access-Control-Max-Age": "'600'",
            },
        }
    ]
    assert set(preflight["MethodResponses"][0]["ResponseParameters"].values()) == {False}
    assert done["Admin4Xx"]["Properties"]["ResponseParameters"] == {
        "gatewayresponse.header.Access-Control-Allow-Origin": "'https://example.com'"
    }
    own = "api Admin { protocol rest; cors; OPTIONS /a -> list; GET /a -> list }"
    assert of(own, "AWS::ApiGateway::Method")["AdminOptionsA"]["Integration"]["Type"] == "AWS_PROXY"


def test_a_note_tells_of_the_functions_headers() -> None:
    """A REST API leaves the header of other origins to the functions, and a note says so."""
    assert "IFC491" in findings(FUNCTIONS + REST, "note")


def test_rest_root_and_shared_names() -> None:
    """`/` is the API's own root, and a path that is called like a part of the api keeps out of its way."""
    text = "api Admin { protocol rest; logs; GET / -> list; GET /stage/logs -> list; GET /getIt -> list; GET /it -> place }"
    done = template(FUNCTIONS + text)["Resources"]
    assert done["AdminGet"]["Properties"]["ResourceId"] == {"Fn::GetAtt": ["Admin", "RootResourceId"]}
    assert done["AdminPathStage"]["Properties"]["PathPart"] == "stage"
    assert done["AdminStageLogs"]["Properties"]["PathPart"] == "logs"
    assert done["AdminPathGetIt"]["Properties"]["PathPart"] == "getIt"
    assert done["AdminGetIt"]["Type"] == "AWS::ApiGateway::Method"


def test_rest_logs() -> None:
    """Logs of REST APIs need a setting of the account: one for the app, and it stays when the app goes."""
    apis = "api Admin { protocol rest; logs; GET /a -> list }\napi Zoo { protocol rest; logs; GET /a -> list }"
    done = template(FUNCTIONS + apis)["Resources"]
    assert [id for id, r in done.items() if r["Type"] == "AWS::ApiGateway::Account"] == ["AdminAccount"]
    assert {done[id]["DeletionPolicy"] for id in ("AdminAccount", "AdminAccountRole")} == {"Retain"}
    assert done["AdminAccount"]["Properties"] == {"CloudWatchRoleArn": {"Fn::GetAtt": ["AdminAccountRole", "Arn"]}}
    assert done["AdminStage"]["DependsOn"] == done["ZooStage"]["DependsOn"] == "AdminAccount"
    assert done["AdminStage"]["Properties"]["AccessLogSetting"]["DestinationArn"] == {"Fn::GetAtt": ["AdminLogs", "Arn"]}
    assert "AdminAccount" not in template(FUNCTIONS + "api Admin { protocol rest; GET /a -> list }")["Resources"]


def test_rest_schema(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A schema becomes a model, and one validator refuses bodies that do not fit theirs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.json").write_text('{"type": "object", "default": null}')
    text = (
        'api Admin { protocol rest; POST /a -> place { schema file "s.json" }; PUT /a -> place { schema file "s.json" }; GET /a -> list }'
    )
    models = of(text, "AWS::ApiGateway::Model")
    assert models["AdminModelPostA"] == {
        "RestApiId": {"Ref": "Admin"},
        "Name": "PostA",
        "ContentType": "application/json",
        "Schema": '{"default":null,"type":"object"}',
    }
    assert list(of(text, "AWS::ApiGateway::RequestValidator")) == ["AdminValidator"]
    methods = of(text, "AWS::ApiGateway::Method")
    assert methods["AdminPutA"]["RequestModels"] == {"application/json": {"Ref": "AdminModelPutA"}}
    assert methods["AdminPutA"]["RequestValidatorId"] == {"Ref": "AdminValidator"}
    assert "RequestValidatorId" not in methods["AdminGetA"]
    before = deployment(FUNCTIONS + text)
    (tmp_path / "s.json").write_text('{"type": "object", "required": ["a"]}')
    assert of(text, "AWS::ApiGateway::Model")["AdminModelPostA"]["Schema"] == {"type": "object", "required": ["a"]}
    assert deployment(FUNCTIONS + text) != before
    (tmp_path / "s.json").write_text('{"type": "object", "default": 1}')
    assert deployment(FUNCTIONS + text) != before
    (tmp_path / "s.json").write_text("[]")
    assert errors(FUNCTIONS + text) == ["IFC353", "IFC353"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("GET  /orders/{id} -> list  { authorizer iam }", "GET /orders/{id} -> list"),
        ("POST /orders ", "PUT /orders "),
        ("/orders/{id} -> list", "/orders/{id} -> place"),
        ("https://example.com", "https://example.org"),
        ("max-age 10m", "max-age 11m"),
        ('function list "src/orders.list"', 'function list "src/orders.list" { name "other" }'),
        ("authorizer iam", "authorizer iam; cfn { ApiKeyRequired true }"),
        ("protocol rest", 'protocol rest; cfn { BinaryMediaTypes ["image/png"] }'),
    ],
)
def test_a_new_deployment(old: str, new: str) -> None:
    """Whatever a deployment is a snapshot of gives it a new id."""
    text = FUNCTIONS + REST
    assert old in text
    assert deployment(text.replace(old, new)) != deployment(text)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("throttle rate 50 burst 100", "throttle rate 60 burst 100; logs"),
        ("{ throttle rate 5 burst 10 }", ""),
        ("api Admin {", '## The admins\' own\napi Admin { tags { team "a" }; cfn { Description "d" }'),
        ('"src/orders.list"', '"src/other.list" { memory 1GB; tags { a "b" } }'),
        ('headers "x-b", "content-type"', 'headers "content-type", "x-b"'),
        ("function place", "queue Q\nfunction place"),
    ],
)
def test_the_same_deployment(old: str, new: str) -> None:
    """Code, tags, limits, descriptions and order leave the deployment as it is."""
    text = FUNCTIONS + REST
    assert old in text
    assert deployment(text.replace(old, new)) == deployment(text)


def test_the_same_deployment_in_any_order_and_stage() -> None:
    """The digest does not depend on the order of routes, nor on the stage."""
    first, second = "POST /orders -> place", "GET /orders/{id} -> list"
    one, other = (f"{FUNCTIONS}api Admin {{ protocol rest; {a}; {b} }}" for a, b in ((first, second), (second, first)))
    assert deployment(one) == deployment(other) == deployment(one, "prod")


def test_another_prefix_is_another_deployment() -> None:
    """With another prefix the routes lead to other functions."""
    text = FUNCTIONS + "api Admin { protocol rest; GET /a -> list }"
    assert deployment('app x { prefix "yy" }\n' + text) != deployment("app x\n" + text)


# --- extern ---


def test_extern_http_api() -> None:
    """An extern HTTP API takes routes, and nothing of it is made."""
    text = 'extern api Gateway { name exported "gateway-id"; GET /a -> list }\nfunction robot "s.r" { calls Gateway }'
    done = template(FUNCTIONS + text)["Resources"]
    assert "Gateway" not in done
    assert "GatewayStage" not in done
    imported = {"Fn::ImportValue": "gateway-id"}
    assert done["GatewayGetA"]["Properties"]["ApiId"] == done["GatewayCallsList"]["Properties"]["ApiId"] == imported
    assert done["GatewayGetAMayCallList"]["Properties"]["SourceArn"] == {"Fn::Sub": [ARN + "${Part1}/*/GET/a", {"Part1": imported}]}
    assert done["robot"]["Properties"]["Environment"]["Variables"] == {
        "GATEWAY_API_URL": {"Fn::Sub": ["https://${Part1}.execute-api.${AWS::Region}.${AWS::URLSuffix}", {"Part1": imported}]}
    }


@pytest.mark.parametrize(
    ("arn", "url", "granted"),
    [
        ("arn:aws:apigateway:eu-west-1::/restapis/abc1", "abc1.execute-api.eu-west-1", "eu-west-1:${AWS::AccountId}:abc1/prod/*"),
        ("arn:aws:execute-api:eu-west-1:123456789012:abc1/x", "abc1.execute-api.eu-west-1", "eu-west-1:123456789012:abc1/prod/*"),
    ],
)
def test_extern_rest_api_by_arn(arn: str, url: str, granted: str) -> None:
    """Region, account and id come from the ARN, and the stage from the source."""
    text = f'extern api Gateway "{arn}" {{ protocol rest; stage "prod" }}\nfunction robot "s.r" {{ calls Gateway }}'
    variables = template(text)["Resources"]["robot"]["Properties"]["Environment"]["Variables"]
    assert variables == {"GATEWAY_API_URL": {"Fn::Sub": f"https://{url}.${{AWS::URLSuffix}}/prod"}}
    assert {"Fn::Sub": "arn:${AWS::Partition}:execute-api:" + granted} in [s["Resource"] for s in statements(text, "robot")]


# --- mistakes ---


@pytest.mark.parametrize(
    ("routes", "code"),
    [
        ("get /a -> list", "IFC480"),
        ("GET, POST /a -> list", "IFC480"),
        ("/a -> list", "IFC480"),
        ("list -> place", "IFC480"),
        ("GET /a", "IFC480"),
        ("GET a -> list", "IFC481"),
        ('GET "/a" -> list', "IFC481"),
        ("GET -> list", "IFC481"),
        ("DEFAULT /a -> list", "IFC481"),
        ("GET /a /b -> list", "IFC481"),
        ("GET /a/ -> list", "IFC481"),
        ("GET /a//b -> list", "IFC481"),
        ("GET /a?b={c} -> list", "IFC481"),
        ("GET /ä -> list", "IFC481"),
        ("GET /{} -> list", "IFC482"),
        ("GET /{a!} -> list", "IFC482"),
        ("GET /:id -> list", "IFC482"),
        ("GET /x{id} -> list", "IFC482"),
        ("GET /{p+}/x -> list", "IFC482"),
        ("GET /{a}/{a} -> list", "IFC482"),
        ("GET /{id} -> list; GET /{order} -> place", "IFC483"),
        ("GET /a -> list; GET /a -> list", "IFC483"),
        ("DEFAULT -> list; DEFAULT -> place", "IFC483"),
        ("CONNECT -> list", "IFC484"),
        ("MESSAGE say -> list", "IFC484"),
        ("GET /a-b -> list; GET /aB -> list", "IFC486"),
        ("GET /a -> list, place", "IFC406"),
        ("GET /a where x == 1 -> list", "IFC403"),
        ("GET /a -> Q", "IFC905"),
        ("GET /a -> T", "IFC404"),
        ("GET /a -> nobody", "IFC201"),
        ("GET /a -> list { cache 5m }", "IFC904"),
        ("GET /a -> list { api-key required }", "IFC904"),
        ("GET /a -> list { throttle rate 5 }", "IFC308"),
        ("GET /a -> list { throttle rate 0 burst 1 }", "IFC302"),
        ('GET /a -> list { schema "a.json" }', "IFC301"),
        ('GET /a -> list { schema file "nowhere.json" }', "IFC803"),
    ],
)
def test_routes_with_mistakes(routes: str, code: str) -> None:
    """Each mistake in a route gives one error, and it names what is wrong."""
    assert errors(f"{FUNCTIONS}queue Q\ntopic T\napi Public {{ {routes} }}") == [code]


@pytest.mark.parametrize(
    ("routes", "code"),
    [
        ("DEFAULT -> list", "IFC484"),
        ("GET /@me -> list", "IFC484"),
        ("GET /a/{id} -> list; PUT /a/{order} -> list", "IFC485"),
        ("GET /a/{id} -> list; PUT /a/{order+} -> list", "IFC485"),
        ("GET /a/id -> list; PUT /a/{id} -> list", "IFC486"),
        ("", "IFC489"),
        ('cors { origins "https://a", "https://b" }; GET /a -> list', "IFC350"),
        ('cors { expose "x" }; GET /a -> list', "IFC350"),
    ],
)
def test_rest_apis_with_mistakes(routes: str, code: str) -> None:
    """What only an HTTP API can do is an error in a REST API."""
    assert errors(f"{FUNCTIONS}api Admin {{ protocol rest; {routes} }}") == [code]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("api P { cors { credentials }; GET /a -> list }", "IFC352"),
        ('api P { stage "x"; GET /a -> list }', "IFC356"),
        ('api P { root "x"; GET /a -> list }', "IFC356"),
        ('api P { route-by "x"; GET /a -> list }', "IFC350"),
        ('api P { domain "x"; GET /a -> list }', "IFC904"),
        ("api P { protocol htpp; GET /a -> list }", "IFC303"),
        ('extern api P "a1" { protocol rest; GET /a -> list }', "IFC487"),
        ('extern api P "a1" { GET /a -> list { throttle rate 5 burst 5 } }', "IFC488"),
        ('extern api P "a1" { cors }', "IFC210"),
        ('extern api P "not an id"', "IFC309"),
        ('extern api P "arn:aws:sqs:eu-west-1:123456789012:q"', "IFC309"),
        ('extern api P "arn:aws:apigateway:eu-west-1::/restapis/abc1"', "IFC309"),
        ('extern api P "a1" { protocol rest }\nfunction g "a.b" { calls P }', "IFC494"),
        ('api P { GET /a -> list }\nfunction g "a.b" { calls P }', "IFC490"),
        ('api P { GET /a -> list }\nfunction g "a.b" { sends P }', "IFC490"),
    ],
)
def test_apis_with_mistakes(text: str, code: str) -> None:
    """Each mistake gives one error, and it names what is wrong."""
    assert errors(FUNCTIONS + text) == [code]


def test_a_websocket_api_is_reported_once() -> None:
    """Neither its routes nor what sends to it are second mistakes."""
    text = """
    api Live { protocol websocket; route-by "$request.body.a"; authorizer list; CONNECT -> list; MESSAGE say -> place }
    function say "a.b" { sends Live; env { URL Live.url } }
    """
    assert errors(FUNCTIONS + text) == ["IFC904"]


def test_a_stage_that_no_url_can_hold() -> None:
    """A REST API's stage is called like the app's, so its name must fit into a URL."""
    text = 'app x { prefix "xx" }\nfunction f "a.b"\napi Admin { protocol rest; GET /a -> f }'
    assert errors(text, "v1.2") == ["IFC358"]
    assert errors(text, "v1_2") == []


def test_too_many_routes() -> None:
    """Three hundred routes are the quota, and one more is a warning."""
    routes = "; ".join(f"GET /a{n} -> list" for n in range(300))
    assert findings(f"{FUNCTIONS}api P {{ {routes} }}") == []
    assert findings(f"{FUNCTIONS}api P {{ {routes}; GET /b -> list }}") == ["IFC493"]


def test_ids_that_meet() -> None:
    """An authorizer that would be called like the api's stage is reported."""
    assert [
        d.code
        for d in compiled('function stage2 "a.b"\nauthorizer Stage stage2\napi P { authorizer Stage; GET /a -> stage2 }').report.ordered()
        if d.severity == "error"
    ] == ["IFC602"]
