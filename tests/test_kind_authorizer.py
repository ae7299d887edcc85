"""authorizer: tokens and functions that let callers pass, for each api that uses them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import errors, findings, resources, template

FUNCTIONS = """
function check "src/auth.check"
function list "src/orders.list"
"""
URI = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${check.Arn}/invocations"
SOURCE = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:"


def authorizers(text: str) -> dict[str, Any]:
    """The HTTP APIs' authorizers of a source text, by logical id."""
    return resources(FUNCTIONS + text, "AWS::ApiGatewayV2::Authorizer")


def test_a_declared_token_check() -> None:
    """A JWT authorizer is made for each api that uses it, and its routes ask for scopes."""
    text = """
    authorizer Callers jwt "https://login.example.com/" { audience "web", "app" }
    api Public { GET /a -> list { authorizer Callers; scopes "orders/read" } }
    api Inner { authorizer Callers; GET /a -> list }
    """
    jwt = {
        "Name": "Callers",
        "AuthorizerType": "JWT",
        "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Issuer": "https://login.example.com/", "Audience": ["web", "app"]},
    }
    assert authorizers(text) == {"PublicCallers": {"ApiId": {"Ref": "Public"}, **jwt}, "InnerCallers": {"ApiId": {"Ref": "Inner"}, **jwt}}
    routes = resources(FUNCTIONS + text, "AWS::ApiGatewayV2::Route")
    assert routes["PublicGetA"]["AuthorizationType"] == "JWT"
    assert routes["PublicGetA"]["AuthorizationScopes"] == ["orders/read"]
    assert routes["PublicGetA"]["AuthorizerId"] == {"Fn::GetAtt": ["PublicCallers", "AuthorizerId"]}
    assert "AuthorizationScopes" not in routes["InnerGetA"]


def test_scopes_of_all_routes() -> None:
    """Scopes in the authorizer hold for every route that says no others."""
    text = """
    authorizer Callers jwt "https://i" { audience "x"; scopes "a", "b" }
    api Public { authorizer Callers; GET /a -> list; GET /b -> list { scopes "c" } }
    """
    routes = resources(FUNCTIONS + text, "AWS::ApiGatewayV2::Route")
    assert {id: r["AuthorizationScopes"] for id, r in routes.items()} == {"PublicGetA": ["a", "b"], "PublicGetB": ["c"]}


def test_a_declared_function() -> None:
    """A function gets the request and answers simply; the api may call it for this authorizer alone."""
    text = """
    authorizer Callers check { headers "x-key", "x-user"; cache 1m }
    api Public { authorizer Callers; GET /a -> list }
    """
    assert authorizers(text) == {
        "PublicCallers": {
            "ApiId": {"Ref": "Public"},
            "Name": "Callers",
            "AuthorizerType": "REQUEST",
            "IdentitySource": ["$request.header.x-key", "$request.header.x-user"],
            "AuthorizerPayloadFormatVersion": "2.0",
            "EnableSimpleResponses": True,
            "AuthorizerResultTtlInSeconds": 60,
            "AuthorizerUri": {"Fn::Sub": URI},
        }
    }
    permission = resources(FUNCTIONS + text, "AWS::Lambda::Permission")["PublicMayCallCheck"]
    assert permission["SourceArn"] == {"Fn::Sub": SOURCE + "${Public}/authorizers/${PublicCallers.AuthorizerId}"}


def test_in_place() -> None:
    """A function or a token check written on a route becomes one authorizer for all routes that say the same."""
    text = """
    api Public {
      authorizer check
      GET /a -> list
      GET /b -> list { authorizer check }
      GET /c -> list { authorizer jwt "https://i" { audience "x"; headers "x-token" } }
      GET /d -> list { authorizer iam }
      GET /e -> list { authorizer none }
    }
    """
    found = authorizers(text)
    assert sorted(found) == ["PublicCheck", "PublicJwt"]
    assert found["PublicCheck"]["AuthorizerResultTtlInSeconds"] == 300
    assert found["PublicJwt"]["IdentitySource"] == ["$request.header.x-token"]
    routes = resources(FUNCTIONS + text, "AWS::ApiGatewayV2::Route")
    assert {id: r["AuthorizationType"] for id, r in routes.items()} == {
        "PublicGetA": "CUSTOM",
        "PublicGetB": "CUSTOM",
        "PublicGetC": "JWT",
        "PublicGetD": "AWS_IAM",
        "PublicGetE": "NONE",
    }


def test_two_of_one_function_share_a_permission() -> None:
    """Two authorizers by one function are both covered by its one permission."""
    text = """
    authorizer Quick check { cache off }
    api Public { authorizer check; GET /a -> list; GET /b -> list { authorizer Quick } }
    """
    permissions = resources(FUNCTIONS + text, "AWS::Lambda::Permission")
    assert permissions["PublicMayCallCheck"]["SourceArn"] == {"Fn::Sub": SOURCE + "${Public}/authorizers/*"}


def test_nothing_to_look_at() -> None:
    """With `identity` alone no header is looked at; without anything the function is always asked."""
    text = """
    authorizer Query check { identity "$request.querystring.key" }
    authorizer Always check { headers none; cache off }
    api Public { GET /a -> list { authorizer Query }; GET /b -> list { authorizer Always } }
    """
    found = authorizers(text)
    assert found["PublicQuery"]["IdentitySource"] == ["$request.querystring.key"]
    assert "IdentitySource" not in found["PublicAlways"]
    assert found["PublicAlways"]["AuthorizerResultTtlInSeconds"] == 0


def test_rest_token_and_request() -> None:
    """A REST API knows both: the request, or the one header's value."""
    text = (
        FUNCTIONS
        + """
    authorizer Old check { token; headers "x-token"; cache off }
    api Admin { protocol rest; authorizer check { headers "a", "b" }; GET /a -> list; GET /b -> list { authorizer Old } }
    """
    )
    found = resources(text, "AWS::ApiGateway::Authorizer")
    common = {"RestApiId": {"Ref": "Admin"}, "AuthorizerUri": {"Fn::Sub": URI}}
    assert found == {
        "AdminCheck": {
            **common,
            "Name": "check",
            "Type": "REQUEST",
            "AuthorizerResultTtlInSeconds": 300,
            "IdentitySource": "method.request.header.a,method.request.header.b",
        },
        "AdminOld": {
            **common,
            "Name": "Old",
            "Type": "TOKEN",
            "AuthorizerResultTtlInSeconds": 0,
            "IdentitySource": "method.request.header.x-token",
        },
    }
    methods = resources(text, "AWS::ApiGateway::Method")
    assert methods["AdminGetB"]["AuthorizationType"] == "CUSTOM"
    assert methods["AdminGetB"]["AuthorizerId"] == {"Fn::GetAtt": ["AdminOld", "AuthorizerId"]}


def test_params_and_overlays() -> None:
    """Issuer and audience may be params, and `cfn` in the declaration reaches every api's authorizer."""
    text = """
    param issuer "https://i"
    param audience "x"
    authorizer Callers jwt issuer { audience audience; cfn { Name "old" } }
    api Public { authorizer Callers; GET /a -> list }
    """
    found = authorizers(text)["PublicCallers"]
    assert found["JwtConfiguration"] == {"Issuer": {"Ref": "issuer"}, "Audience": [{"Ref": "audience"}]}
    assert found["Name"] == "old"


def test_a_stage_turns_the_authorizer() -> None:
    """What a stage says of who checks replaces the whole of it."""
    text = (
        FUNCTIONS
        + """
    api Public { authorizer check { cache off }; GET /a -> list }
    stage prod { Public { authorizer iam } }
    stage open { Public { authorizer none } }
    """
    )
    kinds = {
        stage: template(text, stage)["Resources"]["PublicGetA"]["Properties"]["AuthorizationType"] for stage in ("dev", "prod", "open")
    }
    assert kinds == {"dev": "CUSTOM", "prod": "AWS_IAM", "open": "NONE"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("authorizer A", "IFC351"),
        ("authorizer A jwt", "IFC351"),
        ('authorizer A jwt "https://i"', "IFC351"),
        ('authorizer A jwt "https://i" { audience "x"; token }', "IFC351"),
        ('authorizer A jwt "nowhere" { audience "x" }', "IFC309"),
        ('authorizer A check { audience "x" }', "IFC351"),
        ('authorizer A check { tags { a "b" } }', "IFC351"),
        ("authorizer A chek", "IFC201"),
        ("authorizer A check { cache 2h }", "IFC302"),
        ('authorizer A check { headers "two words" }', "IFC309"),
        ("api P { authorizer; GET /a -> list }", "IFC304"),
        ("api P { authorizer iam { cache off }; GET /a -> list }", "IFC351"),
        ("api P { authorizer none { cache off }; GET /a -> list }", "IFC351"),
        ("authorizer A check\napi P { authorizer A { cache off }; GET /a -> list }", "IFC351"),
        ("api P { authorizer P; GET /a -> list }", "IFC207"),
        ("api P { authorizer check { token }; GET /a -> list }", "IFC350"),
        ('api P { protocol rest; authorizer jwt "https://i" { audience "x" }; GET /a -> list }', "IFC350"),
        ('api P { authorizer check { identity "method.request.header.x" }; GET /a -> list }', "IFC354"),
        ('api P { protocol rest; authorizer check { identity "$request.header.x" }; GET /a -> list }', "IFC354"),
        ("api P { authorizer check; GET /a -> list; GET /b -> list { authorizer check { cache off } } }", "IFC355"),
        ("api P { authorizer check { headers none }; GET /a -> list }", "IFC357"),
        ('api P { protocol rest; authorizer check { token; headers "a", "b" }; GET /a -> list }', "IFC357"),
        ('api P { authorizer check; GET /a -> list { scopes "a" } }', "IFC492"),
    ],
)
def test_mistakes(text: str, code: str) -> None:
    """Each mistake gives one error, and it names what is wrong."""
    assert errors(FUNCTIONS + text) == [code]


def test_an_authorizer_of_a_later_release() -> None:
    """A user pool is reported as not built, and its use is no second mistake."""
    text = 'userpool People { }\napi P { authorizer People { scopes "a" }; GET /a -> list { authorizer People.Web } }'
    assert findings(FUNCTIONS + text) == ["IFC901"]
