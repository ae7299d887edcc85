"""schedule: from `every`, `cron` and `at` to EventBridge Scheduler."""

from __future__ import annotations

from typing import Any

import pytest

from ifc import cron
from tests.support import compiled, errors, resources, template

F = 'function f "a.b"\n'


def schedules(text: str) -> dict[str, Any]:
    """The schedules of a source text, by id."""
    return resources(text, "AWS::Scheduler::Schedule")


def target(text: str) -> dict[str, Any]:
    """The target of its one schedule."""
    (made,) = schedules(text).values()
    found: dict[str, Any] = made["Target"]
    return found


def role_statements(text: str, target: str) -> list[dict[str, Any]]:
    """What the schedules of a target may do."""
    found: list[dict[str, Any]] = resources(text, "AWS::IAM::Role")[f"ScheduleTo{target}Role"]["Policies"][0]["PolicyDocument"]["Statement"]
    return found


def test_least() -> None:
    """A schedule in the app's group, with retries written out, and the role of its target, which trusts the group."""
    made = template(F + "## Once an hour\nevery 1h -> f")["Resources"]
    assert made["ScheduleGroup"]["Properties"]["Name"] == {"Ref": "Prefix"}
    assert made["Every1hToF"]["Properties"] == {
        "GroupName": {"Ref": "ScheduleGroup"},
        "Description": "Once an hour",
        "ScheduleExpression": "rate(1 hour)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "State": "ENABLED",
        "Target": {
            "Arn": {"Fn::GetAtt": ["f", "Arn"]},
            "RoleArn": {"Fn::GetAtt": ["ScheduleToFRole", "Arn"]},
            "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 3600},
        },
    }
    role = made["ScheduleToFRole"]["Properties"]
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "scheduler.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["ScheduleGroup", "Arn"]}},
                "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}},
            },
        }
    ]
    arn = {"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Prefix}-f"}
    assert role["Policies"][0]["PolicyDocument"]["Statement"] == [{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn}]


@pytest.mark.parametrize(
    ("written", "id", "expression", "zone"),
    [
        ("every 1m", "Every1mToF", "rate(1 minute)", None),
        ("every 90m", "Every90mToF", "rate(90 minutes)", None),
        ("every 300s", "Every300sToF", "rate(5 minutes)", None),
        ("every 60000ms", "Every60000msToF", "rate(1 minute)", None),
        ("every 2h", "Every2hToF", "rate(2 hours)", None),
        ("every 1d", "Every1dToF", "rate(1 day)", None),
        ('cron "0 9 ? * mon-fri  *"', "CronMin0Hour9WeekMONToFRIToF", "cron(0 9 ? * MON-FRI *)", "UTC"),
        (
            'cron "0 9 ? * MON-FRI *" timezone "Asia/Tokyo"',
            "CronMin0Hour9WeekMONToFRIAsiaTokyoToF",
            "cron(0 9 ? * MON-FRI *)",
            "Asia/Tokyo",
        ),
        ('cron "*/5 * * * ? *" timezone "Etc/GMT-9"', "CronMinAnyBy5EtcGMTMinus9ToF", "cron(*/5 * * * ? *)", "Etc/GMT-9"),
        ('cron "* * * * ? *"', "CronEveryMinuteToF", "cron(* * * * ? *)", "UTC"),
        ('at "2027-01-01T00:00"', "At20270101T0000ToF", "at(2027-01-01T00:00:00)", "UTC"),
        (
            'at "2028-02-29T23:59:30" timezone "America/New_York"',
            "At20280229T235930AmericaNewYorkToF",
            "at(2028-02-29T23:59:30)",
            "America/New_York",
        ),
    ],
)
def test_expressions(written: str, id: str, expression: str, zone: str | None) -> None:
    """Each form becomes Scheduler's expression, and an id that can be read."""
    ((made_id, made),) = schedules(F + f"{written} -> f").items()
    assert (made_id, made["ScheduleExpression"], made.get("ScheduleExpressionTimezone")) == (id, expression, zone)


def test_one_role_a_target() -> None:
    """All schedules of a target share its role; another target has its own; the group is one."""
    text = F + 'queue Q; queue Lost\nevery 1h -> f\nevery 5m -> f { dead-letter Lost }\ncron "0 9 * * ? *" -> f, Q'
    made = template(text)["Resources"]
    assert [id for id in made if id.startswith("ScheduleTo")] == ["ScheduleToQRole", "ScheduleToFRole"]
    assert [s["Action"] for s in role_statements(text, "F")] == ["lambda:InvokeFunction", "sqs:SendMessage"]
    assert role_statements(text, "Q") == [{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": {"Fn::GetAtt": ["Q", "Arn"]}}]
    assert "LostPolicy" not in made


def test_permissions_are_the_functions_own() -> None:
    """What its schedules may do is no permission of the function."""
    plan = compiled('function f "a.b" { role "arn:aws:iam::111122223333:role/r" }\nevery 1h -> f').plan
    assert plan is not None
    assert plan.statements("f") == ()


def test_settings_of_an_arrow() -> None:
    """Input, retries, dead letters and whether it runs."""
    made = target(F + 'queue Lost\nevery 1h -> f { input { kind "hourly" }; retries 5; dead-letter Lost }')
    assert made["Input"] == '{"kind":"hourly"}'
    assert made["RetryPolicy"] == {"MaximumRetryAttempts": 5, "MaximumEventAgeInSeconds": 3600}
    assert made["DeadLetterConfig"] == {"Arn": {"Fn::GetAtt": ["Lost", "Arn"]}}
    assert target(F + "every 1h -> f { retries 0 max-age 1m }")["RetryPolicy"] == {
        "MaximumRetryAttempts": 0,
        "MaximumEventAgeInSeconds": 60,
    }
    assert schedules(F + "every 1h -> f { enabled off }")["Every1hToF"]["State"] == "DISABLED"


def test_to_stream_queue_topic() -> None:
    """A stream gets a partition key, a FIFO queue a group, a topic just the message."""
    assert target('stream S\nevery 1h -> S { partition "k" }')["KinesisParameters"] == {"PartitionKey": "k"}
    assert target('queue Q { fifo; dedup content }\nevery 1h -> Q { group "g" }')["SqsParameters"] == {"MessageGroupId": "g"}
    assert set(target("topic T\nevery 1h -> T")) == {"Arn", "RoleArn", "RetryPolicy"}
    assert role_statements("topic T\nevery 1h -> T", "T") == [{"Effect": "Allow", "Action": "sns:Publish", "Resource": {"Ref": "T"}}]


def test_to_bus() -> None:
    """A bus gets an event whose source is the app, if nothing else is said."""
    assert target("bus B\nevery 1h -> B")["EventBridgeParameters"] == {"Source": "x", "DetailType": "Scheduled Event"}
    made = target('bus B\nevery 1h -> B { source "shop.clock"; detail-type "Tick"; input { a 1 } }')
    assert (made["EventBridgeParameters"], made["Input"]) == ({"Source": "shop.clock", "DetailType": "Tick"}, '{"a":1}')
    assert target("every 1h -> aws")["Arn"]["Fn::Sub"].endswith(":event-bus/default")


def test_to_an_encrypted_queue() -> None:
    """The role may use the customer key of its target."""
    key = "arn:aws:kms:eu-west-1:123456789012:key/abc"
    made = role_statements(f'queue Q {{ encryption "{key}" }}\nevery 1h -> Q', "Q")
    assert {"Effect": "Allow", "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": key} in made


def test_order_means_nothing() -> None:
    """The same schedules in another order are the same template."""
    lines = ["every 1h -> f", "every 5m -> f", 'cron "0 9 * * ? *" -> f', "every 5m -> Q"]
    one, other = (template("queue Q\n" + F + "\n".join(order)) for order in (lines, lines[::-1]))
    assert list(one["Resources"]) == list(other["Resources"])
    assert one == other


def test_laid_over() -> None:
    """`cfn` on an arrow is laid over the schedule, `cfn role` over the role."""
    made = template(F + 'every 1h -> f\nevery 2h -> f { cfn role { Path "/x/" }; cfn { State "DISABLED" } }')["Resources"]
    assert made["Every2hToF"]["Properties"]["State"] == "DISABLED"
    assert made["Every1hToF"]["Properties"]["State"] == "ENABLED"
    assert made["ScheduleToFRole"]["Properties"]["Path"] == "/x/"


def test_its_id_is_taken() -> None:
    """What has the id of the group is reported, and has its own place."""
    assert errors('queue Q { id "ScheduleGroup" }\n' + F + "every 1h -> f") == ["IFC602"]


def test_names_that_differ_in_case() -> None:
    """A queue and a function whose names differ only in their first letter never share a role."""
    declared = 'queue Report\nfunction report "a.b"\n'
    assert "IFC602" in errors(declared + "every 1h -> Report\nevery 1h -> report")
    assert errors(declared + "every 1h -> Report\nevery 2h -> report") == ["IFC602"]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("every", "IFC304"),
        ("every 30s", "IFC333"),
        ("every 90s", "IFC333"),
        ("every 0m", "IFC333"),
        ("every 5", "IFC301"),
        ('every "5m"', "IFC301"),
        ("every 5m, 1h", "IFC305"),
        ("every 5m daily", "IFC305"),
        ('every 5m timezone "UTC"', "IFC305"),
        ("every 5m where a == 1", "IFC403"),
        ("cron", "IFC304"),
        ("cron 5m", "IFC301"),
        ('cron "0 9 * * 1-5"', "IFC334"),
        ('cron "0 9 * * MON *"', "IFC335"),
        ('cron "0 9 30 FEB ? *"', "IFC336"),
        ('cron "0 9 * * ? *" zone "UTC"', "IFC305"),
        ('cron "0 9 * * ? *" timezone', "IFC304"),
        ('cron "0 9 * * ? *" timezone UTC', "IFC304"),
        ('cron "0 9 * * ? *" timezone "UTC", "CET"', "IFC305"),
        ('cron "0 9 * * ? *" timezone "UTC" now', "IFC305"),
        ('cron "0 9 * * ? *" timezone "Asia/Tokio"', "IFC338"),
        ('cron "0 9 * * ? *" timezone "../etc"', "IFC338"),
        ('cron "0 9 * * ? *" timezone "${p}"', "IFC311"),
        ('cron "${p}"', "IFC311"),
        ("at 5", "IFC301"),
        ('at "2027-01-01"', "IFC337"),
        ('at "2027-01-01 09:00"', "IFC337"),
        ('at "2027-01-01T09:00Z"', "IFC337"),
        ('at "2027-01-01T24:00"', "IFC337"),
        ('at "2027-02-29T09:00"', "IFC336"),
        ('at "2027-13-01T09:00"', "IFC336"),
        ('at "2027-01-00T09:00"', "IFC336"),
    ],
)
def test_wrong_times(source: str, code: str) -> None:
    """A time that Scheduler does not take is reported once."""
    assert errors('param p "x"\n' + F + f"{source} -> f") == [code]


def test_two_mistakes() -> None:
    """A wrong expression and a wrong zone are two mistakes."""
    assert errors(F + 'cron "0 9 * MOON ? *" timezone "Asia/Tokio" -> f') == ["IFC334", "IFC338"]


@pytest.mark.parametrize(
    ("arrow", "code"),
    [
        ("every 1h -> f\nevery 1h -> f", "IFC467"),
        ('every 1h -> f { group "g" }', "IFC464"),
        ('every 1h -> f { source "s" }', "IFC464"),
        ('every 1h -> f { detail-type "s" }', "IFC464"),
        ('every 1h -> f { partition "s" }', "IFC464"),
        ("every 1h -> S", "IFC463"),
        ("every 1h -> Fifo", "IFC463"),
        ('every 1h -> Fifo { group "g" }', "IFC463"),
        ("every 1h -> FifoTopic", "IFC462"),
        ("every 1h -> f { dead-letter Fifo }", "IFC465"),
        ('every 1h -> B { input "text" }', "IFC339"),
        ('every 1h -> B { source "aws.clock" }', "IFC309"),
        ('every 1h -> f { input "$.detail" }', "IFC339"),
        ("every 1h -> f { retries 186 }", "IFC302"),
        ("every 1h -> f { batch 1 }", "IFC210"),
    ],
)
def test_wrong_arrows(arrow: str, code: str) -> None:
    """Arrows that Scheduler can't follow are reported once."""
    declared = "bus B; queue Fifo { fifo }; topic FifoTopic { fifo }; stream S\n"
    assert errors(declared + F + arrow) == [code]


def test_where_the_mistake_is() -> None:
    """The caret stands under the field of the expression."""
    (found,) = (d for d in compiled(F + 'cron "0 25 * * ? *" -> f').report.ordered() if d.severity == "error")
    assert found.labels[0].span.text == "25"


def test_zones_of_a_machine_without_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no time zones are known, the form alone counts."""
    from ifc.kinds import schedule

    monkeypatch.setattr(schedule, "zones", set)
    assert (
        schedules(F + 'cron "0 9 * * ? *" timezone "Asia/Tokio" -> f')["CronMin0Hour9AsiaTokioToF"]["ScheduleExpressionTimezone"]
        == "Asia/Tokio"
    )
    assert errors(F + 'cron "0 9 * * ? *" timezone "9 hours" -> f') == ["IFC338"]


# --- cron by itself ---


@pytest.mark.parametrize(
    "text",
    [
        "0 9 * * ? *",
        "0/15 8-18 ? * MON-FRI *",
        "0 0 L * ? *",
        "0 0 LW * ? *",
        "0 0 15W * ? *",
        "0 0 L-3 * ? *",
        "0 0 ? * 6L *",
        "0 0 ? * FRI#2 *",
        "0 0 ? * 3#5 2027",
        "0,30 0-5,12 1,15 JAN,7-9 ? 2027-2030",
        "0 0 29 2 ? *",
        "0 0 29 FEB ? 2027-2028",
        "0 0 31 * ? *",
        "0 0 1/7 * ? *",
        "10-50/20 * ? 1 SUN *",
    ],
)
def test_right_expressions(text: str) -> None:
    """What Scheduler takes is not reported."""
    assert cron.mistake(text) is None


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "IFC334", ""),
        ("0 9 * *", "IFC334", "0 9 * *"),
        ("0 9 * * ? * *", "IFC334", "0 9 * * ? * *"),
        ("cron(0 9 * * ? *)", "IFC334", "cron(0 9 * * ? *)"),
        ("rate(5 minutes)", "IFC334", "rate(5 minutes)"),
        ("60 9 * * ? *", "IFC334", "60"),
        ("0 24 * * ? *", "IFC334", "24"),
        ("0 9 0 * ? *", "IFC334", "0"),
        ("0 9 * 13 ? *", "IFC334", "13"),
        ("0 9 ? * 0 *", "IFC334", "0"),
        ("0 9 ? * 8 *", "IFC334", "8"),
        ("0 9 ? * MOON *", "IFC334", "MOON"),
        ("0 9 ? * MON/2 *", "IFC334", "MON/2"),
        ("0 9 ? * 3#6 *", "IFC334", "3#6"),
        ("0 9 ? * 3#1,4#1 *", "IFC334", "3#1,4#1"),
        ("0 9 * * ? 1969", "IFC334", "1969"),
        ("? 9 * * ? *", "IFC334", "?"),
        ("0 L * * ? *", "IFC334", "L"),
        ("0 9 1,,2 * ? *", "IFC334", "1,,2"),
        ("0 9 1- * ? *", "IFC334", "1-"),
        ("0 9 -1 * ? *", "IFC334", "-1"),
        ("0 0/0 * * ? *", "IFC334", "0/0"),
        ("0 0/24 * * ? *", "IFC334", "0/24"),
        ("0 0/x * * ? *", "IFC334", "0/x"),
        ("0 18-6 * * ? *", "IFC334", "18-6"),
        ("0 9 ? * FRI-MON *", "IFC334", "FRI-MON"),
        ("0 9 * * * *", "IFC335", "*"),
        ("0 9 ? * ? *", "IFC335", "?"),
        ("0 9 1 * MON *", "IFC335", "MON"),
        ("0 9 30 FEB ? *", "IFC336", "30"),
        ("0 9 31 4,6,9,11 ? *", "IFC336", "31"),
        ("0 9 29 2 ? 2027", "IFC336", "29"),
        ("0 9 29 2 ? 2100", "IFC336", "29"),
        ("0 9 31W SEP ? *", "IFC336", "31W"),
    ],
)
def test_wrong_expressions(text: str, code: str, place: str) -> None:
    """What Scheduler refuses is reported at its field."""
    found = cron.mistake(text)
    assert found is not None
    assert (found.code, text[found.start : found.end]) == (code, place)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("0 9 * * *", "0 9 * * ? *"),
        ("0 9 * * 1-5", "0 9 ? * MON-FRI *"),
        ("*/10 9 * * 0,6", "*/10 9 ? * SUN,SAT *"),
        ("0 9 * * 7", "0 9 ? * SUN *"),
        ("0 9 1 * *", "0 9 1 * ? *"),
        ("0 9 * * mon", "0 9 ? * MON *"),
    ],
)
def test_from_unix(text: str, meant: str) -> None:
    """A cron expression of unix is written anew in the help."""
    found = cron.mistake(text)
    assert found is not None
    assert f"`{meant}`" in (found.help or "")
    assert cron.mistake(meant) is None


def test_from_unix_with_both_days() -> None:
    """Unix joins its day fields by «or», which takes two schedules: then the help only explains."""
    found = cron.mistake("0 9 1 * 1")
    assert found is not None
    assert "one day field is `?`" in (found.help or "")


def test_words_tell_expressions_apart() -> None:
    """Different expressions have different words, of letters and digits."""
    texts = [
        "0 9 * * ? *",
        "0 9 1 * ? *",
        "0 9 ? * 1 *",
        "0 9 * 1 ? *",
        "0/9 * * * ? *",
        "0-9 * * * ? *",
        "0,9 * * * ? *",
        "*/9 * * * ? *",
        "0 0 L * ? *",
        "0 0 LW * ? *",
        "0 0 1W * ? *",
        "0 0 ? * 1L *",
        "0 0 ? * 1#1 *",
        "0 0 ? * L *",
        "0 0 * * ? 2027",
        "* * * * ? *",
        "09 * * * ? *",
        "0 0 L-1 * ? *",
    ]
    words = [cron.words(text) for text in texts]
    assert len(set(words)) == len(texts)
    assert all(word.isalnum() for word in words)
