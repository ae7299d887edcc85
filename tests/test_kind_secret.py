"""The kind `secret`: values, permissions and externs, from text to template."""

from __future__ import annotations

import pytest

from tests.support import errors, findings, resources, statements, template

KEY = "arn:aws:kms:eu-west-1:111122223333:key/k"
GIVEN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:given"


def test_secret_of_a_param() -> None:
    """A secret takes the value of a param, which CloudFormation does not show; it is kept."""
    made = template("param token { secret }\n## For the chat\nsecret Token token")
    assert made["Parameters"]["token"]["NoEcho"] is True
    assert made["Resources"]["Token"] == {
        "Type": "AWS::SecretsManager::Secret",
        "DeletionPolicy": "RetainExceptOnCreate",
        "UpdateReplacePolicy": "Retain",
        "Properties": {"Description": "For the chat", "SecretString": {"Ref": "token"}, "Tags": [{"Key": "app", "Value": "x"}]},
    }


def test_secret_without_a_value() -> None:
    """Without a value one is generated."""
    made = resources('secret Token { name "x/token"; keep off }', "AWS::SecretsManager::Secret")["Token"]
    assert made["Name"] == "x/token"
    assert made["GenerateSecretString"] == {"ExcludePunctuation": True, "PasswordLength": 32}
    assert "SecretString" not in made


def test_text_with_a_secret_in_it() -> None:
    """A secret may be text around a secret param."""
    made = resources('param token { secret }\nsecret Token "user:${token}"', "AWS::SecretsManager::Secret")["Token"]
    assert made["SecretString"] == {"Fn::Sub": "user:${token}"}


@pytest.mark.parametrize("text", ['secret Token "s3cret"', 'secret Token "${stage}"'])
def test_secret_in_the_source(text: str) -> None:
    """What stands in the source is no secret."""
    assert errors(text) == ["IFC344"]


def test_param_that_is_shown() -> None:
    """A param that everyone sees is warned of."""
    assert findings("param token\nsecret Token token") == ["IFC344"]
    assert findings("param token { secret }\nsecret Token token") == []


def test_reader() -> None:
    """A reader may read exactly this secret, finds its ARN in the environment, and may use its key."""
    text = f'secret Token {{ encryption "{KEY}" }}\nfunction f "a.b" {{ reads Token }}'
    made = template(text)["Resources"]
    assert made["Token"]["Properties"]["KmsKeyId"] == KEY
    assert made["f"]["Properties"]["Environment"]["Variables"] == {"TOKEN_SECRET_ARN": {"Ref": "Token"}}
    assert statements(text, "f")[0] == {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": KEY}
    assert statements(text, "f")[2] == {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": {"Ref": "Token"}}


@pytest.mark.parametrize(
    ("what", "resource"),
    [
        ('"a/b"', {"Fn::Sub": "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:a/b-??????"}),
        (f'"{GIVEN}"', f"{GIVEN}-??????"),
        (f'"{GIVEN}-AbC123"', f"{GIVEN}-AbC123"),
        ("{ arn p }", [{"Fn::Sub": "${p}-??????"}, {"Ref": "p"}]),
    ],
)
def test_extern(what: str, resource: object) -> None:
    """Of a secret that exists, the six characters that end its ARN may be unknown."""
    assert statements(f'param p\nextern secret Token {what}\nfunction f "a.b" {{ reads Token }}', "f")[1]["Resource"] == resource


def test_mistakes() -> None:
    """Names, keys and verbs are checked."""
    assert errors('secret Token { name "no blanks" }') == ["IFC309"]
    assert errors('secret Token { encryption "alias/k" }') == ["IFC309"]
    assert errors('secret Token\nfunction f "a.b" { writes Token }') == ["IFC502"]
