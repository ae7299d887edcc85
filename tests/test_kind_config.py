"""The kind `config`: values, names and permissions, from text to template."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support import errors, resources, statements, template

BASE = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter"


def value(text: str) -> Any:
    """The value of the parameter `Limit`."""
    return resources(text, "AWS::SSM::Parameter")["Limit"]["Value"]


def test_config() -> None:
    """A config is a parameter under the prefix, with tags as a map."""
    made = resources('app x { tags { team "a" } }\n## Most at once\nconfig Limit 10', "AWS::SSM::Parameter")["Limit"]
    assert made == {
        "Type": "String",
        "Name": {"Fn::Sub": "/${Prefix}/Limit"},
        "Description": "Most at once",
        "Value": "10",
        "Tags": {"app": "x", "team": "a"},
    }


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ('"text"', "text"),
        ("0.5", "0.5"),
        ("on", "true"),
        ("off", "false"),
        ("p", {"Ref": "p"}),
        ("Q.url", {"Ref": "Q"}),
        ("f.arn", {"Fn::GetAtt": ["f", "Arn"]}),
        ('ssm "/other"', "{{resolve:ssm:/other}}"),
    ],
)
def test_values(written: str, printed: Any) -> None:
    """A parameter holds text, whatever is written."""
    assert value(f'param p\nqueue Q\nfunction f "a.b"\nconfig Limit {written}') == printed


def test_permissions() -> None:
    """Readers and writers get what their verb says, and the name in the environment, all written out."""
    text = 'config Limit f.arn\nfunction f "a.b" { reads Limit; env { NOW Limit.name } }\nfunction g "a.b" { writes Limit }'
    limit = {"Fn::Sub": BASE + "/${Prefix}/Limit"}
    assert statements(text, "f")[1] == {"Effect": "Allow", "Action": ["ssm:GetParameter", "ssm:GetParameters"], "Resource": limit}
    assert statements(text, "g")[1] == {"Effect": "Allow", "Action": "ssm:PutParameter", "Resource": limit}
    name = {"Fn::Sub": "/${Prefix}/Limit"}
    assert template(text)["Resources"]["f"]["Properties"]["Environment"]["Variables"] == {"LIMIT_CONFIG": name, "NOW": name}


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ('"/a/b"', "/a/b"),
        ('"flat"', "/flat"),
        ('"/${stage}/b"', "/dev/b"),
        ('"flat-${p}"', "/flat-${p}"),
        ('"/${p}"', "/${p}"),
    ],
)
def test_names(name: str, end: str) -> None:
    """An ARN has one slash before the name, whether it begins with one or not."""
    for text in (f"config Limit 1 {{ name {name} }}", f"extern config Limit {name}"):
        assert statements(f'param p\n{text}\nfunction f "a.b" {{ reads Limit }}', "f")[1]["Resource"] == {"Fn::Sub": BASE + end}


def test_extern() -> None:
    """What exists is read by name or ARN; AWS's own parameters belong to no account."""
    text = 'extern config Image "/aws/service/x"\nfunction f "a.b" { reads Image; env { IMAGE Image.value } }'
    assert statements(text, "f")[1]["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:ssm:${AWS::Region}::parameter/aws/service/x"}
    assert template(text)["Resources"]["f"]["Properties"]["Environment"]["Variables"] == {
        "IMAGE": "{{resolve:ssm:/aws/service/x}}",
        "IMAGE_CONFIG": "/aws/service/x",
    }
    arn = "arn:aws:ssm:eu-west-1:111122223333:parameter/x"
    assert statements(f'extern config Limit "{arn}"\nfunction f "a.b" {{ reads Limit }}', "f")[1]["Resource"] == arn


def test_attributes() -> None:
    """Outputs refer to the parameter."""
    made = template("config Limit 10\noutput name Limit.name\noutput value Limit.value\noutput arn Limit.arn")["Outputs"]
    assert made == {
        "arn": {"Value": {"Fn::Sub": BASE + "${Limit}"}},
        "name": {"Value": {"Ref": "Limit"}},
        "value": {"Value": {"Fn::GetAtt": ["Limit", "Value"]}},
    }


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("param token { secret }\nconfig Limit token", "IFC345"),
        ('param token { secret }\nconfig Limit "a${token}"', "IFC345"),
        ('config Limit ""', "IFC346"),
        (f'config Limit "{"x" * 4097}"', "IFC346"),
        ("config Limit", "IFC308"),
        ('config Limit 1 { name "/aws/x" }', "IFC346"),
        ('config Limit 1 { name "SSM" }', "IFC346"),
        ("param p\nconfig Limit 1 { name p }", "IFC346"),
        ("param p\nextern config Limit { name p }", "IFC346"),
        ('config Limit 1 { name "a/b" }', "IFC309"),
        ('queue Q\nconfig Limit 1 { name "/${Q.name}" }', "IFC311"),
    ],
)
def test_mistakes(text: str, code: str) -> None:
    """What Parameter Store refuses is an error here."""
    assert errors(text) == [code]
