"""Changes of secrets and configs, by way of boto3."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.test_stores_front import DESCRIPTION, Front, config, opened, secret

TOKEN, EMPTY, LIMITS = "shop-dev-Token", "shop-dev-Empty", "/shop-dev/Limits"


@pytest.fixture
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """Stores for one test: their secrets are few, and each test changes them."""
    yield from opened(tmp_path_factory.mktemp("stores"))


def told(changes: list[dict[str, Any]]) -> list[tuple[str, str | None, str, bool]]:
    """Kind, declared name, name, and whether there is a state, of each change."""
    kinds = ["secret" if "secret" in change else "config" for change in changes]
    return [(kind, c[kind], c["name"], c["state"] is not None) for kind, c in zip(kinds, changes, strict=True)]


def code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    """The code of an error of AWS."""
    return str(refused.value.response["Error"]["Code"])


def test_secrets_as_described(front: Front) -> None:
    """A value or none, and the description's ARN; to read them changes nothing."""
    client = front.client("secretsmanager")

    def read() -> None:
        found = client.get_secret_value(SecretId=TOKEN)
        assert (found["SecretString"], found["ARN"]) == ("first", DESCRIPTION["secrets"]["Token"]["arn"])
        assert client.get_secret_value(SecretId=found["ARN"])["VersionId"] == found["VersionId"]
        assert client.describe_secret(SecretId=EMPTY)["Name"] == EMPTY
        with pytest.raises(ClientError) as refused:
            client.get_secret_value(SecretId=EMPTY)
        assert code(refused) == "ResourceNotFoundException"
        assert [s["Name"] for s in client.list_secrets()["SecretList"]] == [TOKEN, EMPTY]

    assert front.made(read) == []


def test_every_change_of_a_secret_comes_back(front: Front) -> None:
    """Values in text and bytes, versions, stages, description, tags, deletion with and without a way back; also of a secret that a
    function made."""
    client = front.client("secretsmanager")
    first = client.get_secret_value(SecretId=TOKEN)["VersionId"]
    assert told(front.made(lambda: client.put_secret_value(SecretId=TOKEN, SecretString="second"))) == [("secret", "Token", TOKEN, True)]
    assert len(front.made(lambda: client.put_secret_value(SecretId=EMPTY, SecretBinary=b"\x00\xff"))) == 1
    assert len(front.made(lambda: client.update_secret(SecretId=TOKEN, Description="of the shop"))) == 1
    assert len(front.made(lambda: client.tag_resource(SecretId=TOKEN, Tags=[{"Key": "k", "Value": "v"}]))) == 1
    pending = client.put_secret_value(SecretId=TOKEN, SecretString="third", VersionStages=["AWSPENDING"])["VersionId"]
    made = front.made(lambda: client.create_secret(Name="own", SecretString="o"))
    assert told(made) == [("secret", None, "own", True)]
    client.create_secret(Name="gone", SecretString="g")
    assert told(front.made(lambda: client.delete_secret(SecretId="gone", ForceDeleteWithoutRecovery=True))) == [
        ("secret", None, "gone", False)
    ]
    client.create_secret(Name="later", SecretString="l")
    assert len(front.made(lambda: client.delete_secret(SecretId="later"))) == 1

    def state() -> list[Any]:
        asked = front.client("secretsmanager")
        found = [asked.get_secret_value(SecretId=name) for name in (TOKEN, EMPTY, "own")]
        found += [asked.get_secret_value(SecretId=TOKEN, VersionId=version) for version in (first, pending)]
        found += [asked.get_secret_value(SecretId=TOKEN, VersionStage=stage) for stage in ("AWSPREVIOUS", "AWSPENDING")]
        found += [asked.describe_secret(SecretId=name) for name in (TOKEN, "own", "later")]
        names = sorted(s["Name"] for s in asked.list_secrets()["SecretList"])
        return [names, *({k: v for k, v in answer.items() if k != "ResponseMetadata"} for answer in found)]

    before = state()
    assert before[0] == sorted([TOKEN, EMPTY, "own"])
    assert before[1]["SecretString"] == "second"
    assert before[4]["SecretString"] == "first"
    restored = front.again()
    assert state() == before
    assert dict(restored.skipped) == {}


def test_a_refused_change_of_a_secret_is_none(front: Front) -> None:
    """Also where moto has changed it before it refuses: a rotation whose function can't be called."""
    client = front.client("secretsmanager")
    before = client.describe_secret(SecretId=TOKEN)
    refusals = (
        lambda: client.rotate_secret(SecretId=TOKEN, RotationLambdaARN="arn:aws:lambda:ap-northeast-1:000000000000:function:none"),
        lambda: client.put_secret_value(SecretId="none", SecretString="x"),
        lambda: client.create_secret(Name=TOKEN, SecretString="x"),
    )
    for refusal in refusals:
        with pytest.raises(ClientError):
            refusal()
    assert front.changes == []
    assert client.describe_secret(SecretId=TOKEN)["VersionIdsToStages"] == before["VersionIdsToStages"]


def test_versions_of_a_secret_are_the_same_at_every_start(front: Front) -> None:
    """The description's value has one version id."""
    before = front.client("secretsmanager").get_secret_value(SecretId=TOKEN)["VersionId"]
    front.again()
    assert front.client("secretsmanager").get_secret_value(SecretId=TOKEN)["VersionId"] == before


def test_a_secret_keeps_a_hundred_versions(front: Front) -> None:
    """The oldest go that have no stage: what is written of a secret does not grow for ever."""
    client = front.client("secretsmanager")
    for number in range(110):
        client.put_secret_value(SecretId=TOKEN, SecretString=str(number))
    kept = front.changes[-1]["state"]["versions"].values()
    assert [version["secret_string"] for version in kept] == [str(number) for number in range(10, 110)]
    assert client.get_secret_value(SecretId=TOKEN, VersionStage="AWSPREVIOUS")["SecretString"] == "108"


def test_configs_as_described(front: Front) -> None:
    """Value, type and ARN; to read them changes nothing."""
    client = front.client("ssm")

    def read() -> None:
        found = client.get_parameter(Name=LIMITS)["Parameter"]
        assert (found["Value"], found["Type"], found["ARN"]) == ('{"most":3}', "String", DESCRIPTION["configs"]["Limits"]["arn"])
        assert [p["Name"] for p in client.get_parameters_by_path(Path="/shop-dev")["Parameters"]] == [LIMITS]

    assert front.made(read) == []


def test_every_change_of_a_config_comes_back(front: Front) -> None:
    """Values, history, labels, tags, types, deletion; also of a parameter that a function made."""
    client = front.client("ssm")
    made = front.made(lambda: client.put_parameter(Name=LIMITS, Value="two", Overwrite=True, Description="most"))
    assert told(made) == [("config", "Limits", LIMITS, True)]
    assert len(front.made(lambda: client.label_parameter_version(Name=LIMITS, ParameterVersion=1, Labels=["old"]))) == 1
    tags = [{"Key": "k", "Value": "v"}]
    assert len(front.made(lambda: client.add_tags_to_resource(ResourceType="Parameter", ResourceId=LIMITS, Tags=tags))) == 1
    assert told(front.made(lambda: client.put_parameter(Name="own", Value="a,b", Type="StringList"))) == [("config", None, "own", True)]
    client.put_parameter(Name="/own/sealed", Value="s", Type="SecureString")
    client.put_parameter(Name="gone", Value="g", Type="String")
    assert told(front.made(lambda: client.delete_parameter(Name="gone"))) == [("config", None, "gone", False)]

    def state() -> list[Any]:
        asked = front.client("ssm")
        found = [asked.get_parameter_history(Name=LIMITS)["Parameters"]]
        found += [asked.get_parameter(Name=name, WithDecryption=True)["Parameter"] for name in ("own", "/own/sealed", f"{LIMITS}:old")]
        found.append(asked.list_tags_for_resource(ResourceType="Parameter", ResourceId=LIMITS)["TagList"])
        return [*found, sorted(p["Name"] for p in asked.describe_parameters()["Parameters"])]

    before = state()
    assert [version["Value"] for version in before[0]] == ['{"most":3}', "two"]
    assert before[2]["Value"] == "s"
    assert before[-1] == sorted([LIMITS, "/own/sealed", "own"])
    front.again()
    assert state() == before


def test_a_refused_change_of_a_config_is_none(front: Front) -> None:
    """One that is there and is not overwritten; one that is not there."""
    client = front.client("ssm")
    for refusal in (
        lambda: client.put_parameter(Name=LIMITS, Value="x", Type="String"),
        lambda: client.delete_parameter(Name="none"),
        lambda: client.put_parameter(Name="x", Value="x", Type="Nonsense"),
    ):
        with pytest.raises(ClientError):
            refusal()
    assert front.changes == []


def test_a_changed_value_in_the_description_counts(front: Front) -> None:
    """While it runs and at the next start: as a new version, above what the log has; an unchanged one counts less than the log."""
    values, parameters = front.client("secretsmanager"), front.client("ssm")
    values.put_secret_value(SecretId=TOKEN, SecretString="run time")
    parameters.put_parameter(Name=LIMITS, Value="run time", Overwrite=True)
    assert list(front.create(DESCRIPTION).changes) == []
    assert values.get_secret_value(SecretId=TOKEN)["SecretString"] == "run time"
    later = {
        **DESCRIPTION,
        "secrets": {"Token": secret(TOKEN, "described anew"), "More": secret("shop-dev-More", "m")},
        "configs": {"Limits": config(LIMITS, "described anew")},
    }
    created = front.create(later)
    assert told(list(created.changes)) == [("secret", "Token", TOKEN, True), ("config", "Limits", LIMITS, True)]
    assert dict(created.dropped) == {"secrets": ["Empty"]}
    for _ in range(2):
        client = front.client("secretsmanager")
        assert client.get_secret_value(SecretId=TOKEN)["SecretString"] == "described anew"
        assert client.get_secret_value(SecretId=TOKEN, VersionStage="AWSPREVIOUS")["SecretString"] == "run time"
        assert client.get_secret_value(SecretId="shop-dev-More")["SecretString"] == "m"
        history = front.client("ssm").get_parameter_history(Name=LIMITS)["Parameters"]
        assert [version["Value"] for version in history] == ['{"most":3}', "run time", "described anew"]
        front.again(later)
    last = {
        **later,
        "secrets": {"Token": secret(TOKEN, "between starts"), "More": secret("shop-dev-More", "m")},
        "configs": {"Limits": config(LIMITS, "between starts")},
    }
    restored = front.again(last)
    assert told(list(restored.changes)) == [("secret", "Token", TOKEN, True), ("config", "Limits", LIMITS, True)]
    for _ in range(2):
        assert front.client("secretsmanager").get_secret_value(SecretId=TOKEN)["SecretString"] == "between starts"
        assert front.client("ssm").get_parameter(Name=LIMITS)["Parameter"]["Value"] == "between starts"
        assert list(front.again(last).changes) == []
    front.client("secretsmanager").put_secret_value(SecretId=TOKEN, SecretString="run time again")
    front.client("ssm").put_parameter(Name=LIMITS, Value="run time again", Overwrite=True)
    assert list(front.again(last).changes) == []
    assert front.client("secretsmanager").get_secret_value(SecretId=TOKEN)["SecretString"] == "run time again"
    assert front.client("ssm").get_parameter(Name=LIMITS)["Parameter"]["Value"] == "run time again"


def test_another_name_keeps_values(front: Front) -> None:
    """The stage is part of the names; what the log has is found by the declared one."""
    front.client("secretsmanager").put_secret_value(SecretId=TOKEN, SecretString="kept")
    front.client("ssm").put_parameter(Name=LIMITS, Value="kept", Overwrite=True)
    other = {
        **DESCRIPTION,
        "secrets": {"Token": secret("shop-test-Token", "first"), "Empty": secret("shop-test-Empty")},
        "configs": {"Limits": config("/shop-test/Limits", '{"most":3}')},
    }
    front.create(other)
    for _ in range(2):
        found = front.client("secretsmanager").get_secret_value(SecretId="shop-test-Token")
        assert (found["SecretString"], found["ARN"]) == ("kept", other["secrets"]["Token"]["arn"])
        assert front.client("ssm").get_parameter(Name="/shop-test/Limits")["Parameter"]["Value"] == "kept"
        with pytest.raises(ClientError):
            front.client("secretsmanager").get_secret_value(SecretId=TOKEN)
        front.again(other)


def test_put_for_the_command_line(front: Front) -> None:
    """A value is put as PutSecretValue and PutParameter put it."""
    reply = front.wait(front.stores.put_value("secret", "Empty", "now"))
    assert (reply.status, told(list(reply.changes))) == (200, [("secret", "Empty", EMPTY, True)])
    assert front.client("secretsmanager").get_secret_value(SecretId=EMPTY)["SecretString"] == "now"
    reply = front.wait(front.stores.put_value("config", "Limits", "now"))
    assert (reply.status, told(list(reply.changes))) == (200, [("config", "Limits", LIMITS, True)])
    assert front.client("ssm").get_parameter(Name=LIMITS)["Parameter"]["Value"] == "now"


def test_the_region_is_that_of_the_start(front: Front) -> None:
    """Another region needs another process, and the stores say so."""
    from ifc.local.stores.client import StoresError

    with pytest.raises(StoresError, match="region changed"):
        front.create({**DESCRIPTION, "region": "eu-west-1"})
