"""What deploying decides without asking anybody: values of params, what to go back to, what is lost, what an error means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from boto3 import exceptions as boto3
from botocore import exceptions as botocore

from ifc.commands.rollback import lone
from ifc.deploy import changeset, faults, parameters, records, removal, review, terraform, traffic
from ifc.deploy.changes import Change
from ifc.deploy.records import Record
from ifc.deploy.stack import STATES, Stack, State
from ifc.diagnostics import Failure
from ifc.model.app import App
from ifc.review.finding import REPLACED, UPDATED, Comparison, Consequence, Finding
from ifc.review.risk import Risk

# --- what to go back to ---


def record(number: int, restores: int = 0, result: str = records.DONE, change_set: str = "") -> Record:
    """A deployment on record."""
    return Record(
        number=number,
        stack="s",
        result=result,
        began="",
        caller="",
        template="",
        bucket="",
        parameters={},
        code={},
        restores=restores,
        change_set=change_set,
    )


HISTORIES: dict[str, tuple[list[tuple[int, int]], int | None]] = {
    "nothing": ([], None),
    "one": ([(1, 0)], None),
    "two": ([(1, 0), (2, 0)], 1),
    "back once": ([(1, 0), (2, 0), (3, 0), (4, 2)], 1),
    "back to the first": ([(1, 0), (2, 0), (3, 1)], None),
    "deployed again after going back": ([(1, 0), (2, 0), (3, 0), (4, 2), (5, 0)], 2),
    "forth with --to": ([(1, 0), (2, 0), (3, 1), (4, 2)], 1),
}


@pytest.mark.parametrize("case", HISTORIES)
def test_what_a_rollback_goes_back_to(case: str) -> None:
    """The deployment before the one whose app is deployed, along the road that led there: what was left by going back is no part of it."""
    history, wanted = HISTORIES[case]
    found = records.before([record(number, restores) for number, restores in history])
    assert (found.number if found is not None else None) == wanted


def test_failures_and_destructions_are_no_way_back() -> None:
    """What failed was never deployed, and nothing is behind a destruction."""
    failed = [record(1), record(2), record(3, result=records.FAILED), record(4)]
    assert records.before(failed) is failed[1]
    assert records.before([record(1), record(2), record(3, result=records.DESTROYED), record(4)]) is None


def stack(status: str = "UPDATE_COMPLETE", change_set: str = "", **values: str) -> Stack:
    """A stack with values of parameters."""
    return Stack(name="s", id="s", status=status, parameters=values, outputs={}, change_set=change_set)


def test_an_end_that_nobody_saw() -> None:
    """A deployment that was begun is done where the stack's last change set is its own and went well; while the stack is busy it is open."""
    begun = [record(1, result=records.STARTED, change_set="c1")]
    ends = {
        ("UPDATE_COMPLETE", "c1"): records.DONE,
        ("UPDATE_COMPLETE", "c2"): records.FAILED,
        ("UPDATE_ROLLBACK_COMPLETE", "c1"): records.FAILED,
        ("UPDATE_IN_PROGRESS", "c1"): records.STARTED,
    }
    found = {key: records.settled(begun, stack(*key))[0].result for key in ends}
    assert found == ends
    assert records.settled(begun, None)[0].result == records.FAILED


# --- values of params ---

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "level": {"Type": "String", "Default": "info"},
        "size": {"Type": "Number"},
        "token": {"Type": "String", "NoEcho": True},
        "shipCodeKey": {"Type": "String"},
    }
}


def test_values() -> None:
    """What is given is passed on, secret values apart; what has a default is left to it; the rest keeps its value."""
    found = parameters.chosen(TEMPLATE, {"shipCodeKey": "k", "token": "t", "gone": "x"}, {"level": "debug", "size": "1", "token": "****"})
    assert (found.values, found.secrets, found.kept) == ({"shipCodeKey": "k"}, {"token": "t"}, ("size",))
    assert found.request == [
        {"ParameterKey": "shipCodeKey", "ParameterValue": "k"},
        {"ParameterKey": "token", "ParameterValue": "t"},
        {"ParameterKey": "size", "UsePreviousValue": True},
    ]


def test_lacking_values() -> None:
    """A param that nobody ever gave a value is named, and a secret one can be typed."""
    with pytest.raises(Failure) as failure:
        parameters.chosen(TEMPLATE, {"shipCodeKey": "k"}, {})
    (found,) = failure.value.diagnostics
    assert found.message == "the params `size`, `token` have no value"
    assert found.help is not None
    assert "asked for" in found.help
    assert parameters.missing(TEMPLATE, {}, {}) == ["token"]
    assert parameters.missing(TEMPLATE, {}, {"token": "****"}) == []


def test_values_in_a_review() -> None:
    """The values that are deployed stand for defaults; what is secret, or keeps its value, has none on either side."""
    old = {
        "Parameters": {name: {**shape, "Default": "old"} for name, shape in TEMPLATE["Parameters"].items()} | {"gone": {"Type": "Number"}}
    }
    found = review.with_values(old, {"level": "debug", "size": "1", "gone": "2.5"}, TEMPLATE)["Parameters"]
    assert {name: shape.get("Default") for name, shape in found.items()} == {
        "level": "debug",
        "size": None,
        "token": None,
        "shipCodeKey": None,
        "gone": 2.5,
    }


# --- both reviews as one ---


def comparison(*known: tuple[str, str]) -> Comparison:
    """Our review, with what it knows to become of resources."""
    consequences = tuple(Consequence(target="cfn", resource=id, type="T", action=action) for id, action in known)
    finding = Finding(risk=Risk.BEHAVIOUR, rule="r", subject="s", title="t", consequences=consequences)
    return Comparison(old="a", new="b", targets=("cfn",), findings=(finding,))


def change(id: str, replacement: str = "False", type: str = "AWS::SQS::Queue", **more: Any) -> Change:
    """What CloudFormation says of a resource."""
    return Change(**{"id": id, "type": type, "action": "Modify", "replacement": replacement, "properties": ("P",), **more})


CODE_ONLY = ("Code",)
JOINED: dict[str, tuple[Change, list[str], tuple[str, ...]]] = {
    "known": (change("known"), [], ()),
    "known to be replaced": (change("replaced", "True"), [], ()),
    "replaced, and thought to be updated": (change("known", "True"), ["CloudFormation replaces `known`"], ()),
    "replaced": (change("other", "True"), ["CloudFormation replaces `other`"], ()),
    "perhaps": (change("other", "Conditional"), [], ("`other` (AWS::SQS::Queue) is updated in `P`, and perhaps replaced",)),
    "refers": (change("other", certain=False), [], ("`other` may change with what it refers to",)),
    "new code": (change("code", properties=CODE_ONLY), [], ()),
    "new code, and more": (change("code", properties=("Code", "Role")), [], ("`code` (AWS::SQS::Queue) is updated in `Code` and `Role`",)),
    "a version": (
        change("v", "True", "AWS::Lambda::Version", properties=("Description",)),
        [],
        ("`v` (AWS::Lambda::Version) is made anew in `Description`",),
    ),
    "a new layer": (change("code", "True", "AWS::Lambda::LayerVersion", properties=("Content",)), [], ()),
    "comes": (change("other", action="Add"), [], ("`other` (AWS::SQS::Queue) is created",)),
    "goes": (change("other", action="Remove"), [], ("`other` (AWS::SQS::Queue) is deleted",)),
}


@pytest.mark.parametrize("case", JOINED)
def test_what_only_the_target_says(case: str) -> None:
    """What our review speaks of is not said twice; a replacement that it does not know of is a finding; the rest is a sentence."""
    one, findings, also = JOINED[case]
    ours = comparison(("known", UPDATED), ("replaced", REPLACED))
    found, said = review.joined(ours, [one], {"code"}, review.CLOUDFORMATION)
    assert [finding.title for finding in found[1:]] == findings
    assert all(finding.risk == Risk.REPLACED for finding in found[1:])
    assert said == also


# --- templates ---


def test_capabilities() -> None:
    """Roles need one acknowledgement, named ones another; what has neither needs none."""

    def needed(type: str, **properties: str) -> list[str]:
        return changeset.capabilities({"Resources": {"a": {"Type": type, "Properties": properties}}})

    assert needed("AWS::SQS::Queue", QueueName="q") == []
    assert needed("AWS::IAM::Role") == ["CAPABILITY_IAM"]
    assert needed("AWS::IAM::Role", RoleName="r") == ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
    assert needed("AWS::IAM::Policy", PolicyName="p") == ["CAPABILITY_IAM"]


def test_what_goes_and_what_stays() -> None:
    """What is kept stays, versions go with their function, and each that stays has the command that removes it."""
    template = {
        "Resources": {
            "Orders": {
                "Type": "AWS::DynamoDB::Table",
                "DeletionPolicy": "RetainExceptOnCreate",
                "Properties": {"DeletionProtectionEnabled": True},
            },
            "shipVersion": {"Type": "AWS::Lambda::Version", "DeletionPolicy": "Retain"},
            "Jobs": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Delete"},
        }
    }
    deployed = {
        id: {"ResourceType": shape["Type"], "PhysicalResourceId": f"{id} 1", "ResourceStatus": "CREATE_COMPLETE"}
        for id, shape in template["Resources"].items()
    }
    deployed["Old"] = {"ResourceType": "AWS::SQS::Queue", "ResourceStatus": "DELETE_COMPLETE"}
    found = removal.removal(template, deployed)
    assert [one.id for one in found.goes] == ["Jobs", "shipVersion"]
    assert [(one.id, one.holds) for one in found.lost] == [("Jobs", "the messages that wait in it")]
    assert [one.id for one in found.stays] == ["Orders"]
    assert removal.command(found.stays[0], template, "eu-west-1") == (
        "aws dynamodb update-table --table-name 'Orders 1' --no-deletion-protection-enabled --region eu-west-1 && "
        "aws dynamodb delete-table --table-name 'Orders 1' --region eu-west-1"
    )


def test_every_status_is_known() -> None:
    """Each status that CloudFormation has is one of those that something can be done in, or busy (boto3's own list)."""
    from botocore.session import Session

    shape: Any = Session().get_service_model("cloudformation").shape_for("StackStatus")
    unknown = [status for status in shape.enum if status not in STATES and not status.endswith("_IN_PROGRESS")]
    assert unknown == []
    assert stack("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS").state == State.BUSY


def test_why_nothing_is_to_go_back_to() -> None:
    """Once deployed, by something else, or back at the first one."""
    first, second = record(1), record(2)
    assert lone("s", []) == "`s` was deployed by something else"
    assert lone("s", [first]) == "`s` was deployed once"
    assert lone("s", [first, second, record(3, restores=1)]) == "`s` is back at deployment 1, the first on record"


# --- errors ---


def answered(code: str, message: str, operation: str = "PutObject") -> botocore.ClientError:
    """An error that a service answers."""
    return botocore.ClientError({"Error": {"Code": code, "Message": message}}, operation)


DENIED = (
    'User: arn:aws:iam::1:user/ann is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::b/k" because no policy allows it'
)
ERRORS: dict[str, tuple[Exception, str, str]] = {
    "none": (botocore.NoCredentialsError(), "IFC830", "no credentials for AWS are found"),
    "half": (botocore.PartialCredentialsError(provider="env", cred_var="secret"), "IFC830", "the credentials for AWS are incomplete"),
    "profile": (botocore.ProfileNotFound(profile="work"), "IFC830", "The config profile (work) could not be found"),
    "sso": (botocore.UnauthorizedSSOTokenError(), "IFC830", "the credentials can't be renewed: "),
    "expired": (answered("ExpiredTokenException", "no"), "IFC830", "the credentials for AWS have expired"),
    "unknown": (answered("InvalidClientTokenId", "no"), "IFC830", "AWS does not know these credentials (InvalidClientTokenId)"),
    "clock": (answered("RequestTimeTooSkewed", "Too large."), "IFC830", "this machine's clock is not AWS's: Too large"),
    "clock, by the signature": (
        answered("SignatureDoesNotMatch", "Signature expired: 1 is now earlier than 2"),
        "IFC830",
        "this machine's clock is not AWS's: Signature expired: 1 is now earlier than 2",
    ),
    "denied": (answered("AccessDenied", DENIED), "IFC831", "`arn:aws:iam::1:user/ann` may not do `s3:PutObject` on `arn:aws:s3:::b/k`"),
    "denied, without a word": (
        answered("AccessDenied", "Access Denied"),
        "IFC831",
        "the account does not allow `PutObject`: Access Denied",
    ),
    "wrapped": (boto3.S3UploadFailedError("long words"), "IFC831", "the account does not allow `PutObject`: Access Denied"),
    "cut": (botocore.ConnectionClosedError(endpoint_url="https://s3"), "IFC832", "the connection broke off from `https://s3`"),
    "slow": (botocore.ReadTimeoutError(endpoint_url="https://s3"), "IFC832", "the connection broke off from `https://s3`"),
    "proxy": (
        botocore.ProxyConnectionError(proxy_url="http://ann:secret@proxy", error="no"),
        "IFC832",
        "there is no answer from the proxy that the environment names",
    ),
    "certificate": (
        botocore.SSLError(endpoint_url="https://s3", error="self-signed certificate"),
        "IFC832",
        "there is no safe connection to `https://s3`: self-signed certificate",
    ),
    "no such bundle": (
        botocore.HTTPClientError(error="Could not find a suitable TLS CA certificate bundle, invalid path: /none"),
        "IFC832",
        "there is no safe connection: Could not find a suitable TLS CA certificate bundle, invalid path: /none",
    ),
    "line break": (
        botocore.HTTPClientError(error="Invalid header value b'Credential=AKIA\\n/2027'"),
        "IFC830",
        "the credentials for AWS hold a character that can't be sent",
    ),
    "settings": (
        botocore.ConfigParseError(path="config"),
        "IFC830",
        "the settings for AWS can't be used: Unable to parse config file: config",
    ),
    "region": (botocore.NoRegionError(), "IFC833", "You must specify a region"),
    "closed": (answered("OptInRequired", "not subscribed"), "IFC833", "the account may not use this region or service: not subscribed"),
    "quota": (answered("LimitExceededException", "Limit for stacks"), "IFC838", "a quota of the account is used up: Limit for stacks"),
    "throttled": (answered("Throttling", "Rate exceeded"), "IFC838", "AWS has too much to do for `PutObject`"),
    "anything": (answered("Odd", "Two\n lines."), "IFC839", "AWS refuses `PutObject` (Odd): Two lines"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_errors(case: str) -> None:
    """Every error of boto3's has a code and a sentence of ours, and something to do."""
    problem, code, message = ERRORS[case]
    if case == "wrapped":
        problem.__context__ = answered("AccessDenied", "Access Denied")
    found = faults.diagnosis(problem)
    assert found.code == code
    assert found.message.startswith(message)
    assert found.help


def test_a_state_that_is_locked() -> None:
    """It is told who has it, and what ifc can do about that."""
    detail = (
        "Error message: resource temporarily unavailable\nLock Info:\n  ID:   1-2\n  Who:  ann@desk\n\n\n"
        "Terraform acquires a state lock to protect the state. For most commands, you can disable locking with the -lock=false flag."
    )
    said = terraform.diagnostic({"severity": "error", "summary": "Error acquiring the state lock", "detail": detail})
    assert (said.code, said.message) == ("IFC835", "somebody else has the lock of Terraform's state: ID: 1-2 Who: ann@desk")
    assert "`--wait`" in (said.help or "")
    blind = terraform.diagnostic({"severity": "error", "summary": "Error acquiring the state lock"})
    assert blind.message == "somebody else has the lock of Terraform's state"


PROGRAMS = {
    "no program": ("garbage", "can't be started: exec format error"),
    "no interpreter": ("#!/no/such\n", "can't be started: no such file or directory"),
    "another program": ("#!/bin/sh\necho hidden\n", "answers with something that is no JSON of Terraform's"),
    "a list": ("#!/bin/sh\necho '[\"hidden\"]'\n", "answers with something that is no JSON of Terraform's"),
    "nothing": ("#!/bin/sh\nexit 0\n", "answers with something that is no JSON of Terraform's"),
    "no letters": ("#!/bin/sh\nprintf '\\377'; exit 1\n", "`terraform plan` fails: \ufffd"),
    "not a word": ("#!/bin/sh\nexit 1\n", "`terraform plan` fails: no reason is given"),
}


@pytest.mark.parametrize("case", PROGRAMS)
def test_programs_that_are_not_terraform(case: str, tmp_path: Path) -> None:
    """What is on the PATH under that name and can't be used is told, and nothing of what it printed, which may be secret."""
    text, message = PROGRAMS[case]
    (tmp_path / "terraform").write_text(text, encoding="utf-8")
    (tmp_path / "terraform").chmod(0o755)
    program = terraform.Terraform(str(tmp_path / "terraform"), str(tmp_path), {"PATH": "/usr/bin:/bin"})
    with pytest.raises(Failure) as failed:
        program.planned("plan")
    [said] = failed.value.diagnostics
    assert message in said.message
    assert "hidden" not in said.message


# --- the rest ---


def test_a_bar_goes_on_by_so_many_bytes() -> None:
    """Bytes are counted up to a step of the bar, however they come."""
    from ifc.build.progress import Task
    from ifc.deploy import archives

    steps: list[str] = []

    class Bar(Task):
        def step(self, what: str = "") -> None:
            steps.append(what)

    seen = archives.counting(Bar())
    for count in (600_000, 600_000, 1_800_000):
        seen(count)
    assert len(steps) == 3


def test_what_codedeploy_is_told() -> None:
    """Hooks are named where there are any."""
    move = traffic.Move(name="f", application="a", group="g", function="a-f", alias="live", target="2", before="check")
    assert traffic.specification(move, "1")["Hooks"] == [{"BeforeAllowTraffic": "check"}]


def test_reading_a_plan_of_terraform() -> None:
    """Data and what stays are nothing; what is deleted and created is replaced; what only the apply tells is not certain."""

    def read(actions: list[str], mode: str = "managed", **more: Any) -> Change | None:
        return terraform._change({"address": "t.a", "type": "t", "mode": mode, "change": {"actions": actions, **more}})

    assert read(["no-op"]) is None
    assert read(["read"], "data") is None
    replaced = read(["delete", "create"], replace_paths=[["name"]], before={"name": "a", "x": 1}, after={"name": "b", "x": 1})
    assert replaced is not None
    assert (replaced.action, replaced.replacement, replaced.properties) == ("Modify", "True", ("name",))
    later = read(["update"], before={"policy": "p"}, after={}, after_unknown={"policy": True})
    assert later is not None
    assert (later.certain, later.properties) == (False, ("policy",))
    gone = read(["delete"], before={"name": "a"}, after=None)
    assert gone is not None
    assert (gone.action, gone.properties) == ("Remove", ())


def test_settings_that_say_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty region is none; a file that is not there, and an address that is none, are told as what they are."""
    from ifc.deploy.account import opened

    app = App(name="shop", stage="dev", prefix="shop-dev")
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "")
    with pytest.raises(Failure, match="no region is named"):
        opened(app, None, None)
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::1:role/x")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    with pytest.raises(Failure, match="the settings for AWS can't be used: `/no/such`: no such file or directory"):
        opened(app, "eu-west-1", None)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nonsense")
    with pytest.raises(Failure, match="the settings for AWS can't be used: Invalid endpoint: nonsense"):
        opened(app, "eu-west-1", None)
