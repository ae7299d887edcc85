"""Versions behind an alias, a layer, and alarms that tell somebody."""

from __future__ import annotations

import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from tests.e2e.conftest import Deploy
from tests.e2e.emulator import REGION
from tests.e2e.stack import Stack

APP = """
app gradual { keep off }
defaults function { runtime python3.13 }

layer Common "common"
queue Jobs
queue Told
queue Calm
topic Ops
topic Fine

function work "work.run"  { provisioned 1; layers Common; env { LEVEL "one" } }
function once "work.run"  { deploy all-at-once; env { LEVEL "one" } }
function asks "work.asks" { calls work, once }

api Front { protocol rest; GET /level -> work }
Jobs -> work

alarm Errors where work.errors > 5
alarm Late   where Jobs.oldest > 20m
Errors, Late -> Ops -> Told
Late.ok -> Fine -> Calm
"""
WORDS = 'SAYS = "hello"\n'
WORK = '''
import json
import os

try:
    import words  # of the layer
except ImportError:
    words = None


def run(event, context):
    """Tells which version runs, by which name it was called, and what it knows."""
    found = {
        "version": context.function_version,
        "called": context.invoked_function_arn.rpartition(":")[2],
        "level": os.environ["LEVEL"],
        "says": words and words.SAYS,
        "code": "CODE",
    }
    print(json.dumps({"got": found}))
    return {"statusCode": 200, "body": json.dumps(found)}


def asks(event, context):
    """Calls a function by the name that a variable holds."""
    import boto3

    answer = boto3.client("lambda").invoke(FunctionName=os.environ[event])
    return json.loads(json.load(answer["Payload"])["body"])
'''


def files(folder: Path, app: str = APP, code: str = "first", says: str = "hello") -> Path:
    """The folder of the app, with its code and its layer's."""
    (folder / "common" / "python").mkdir(parents=True, exist_ok=True)
    (folder / "common" / "python" / "words.py").write_text(WORDS.replace("hello", says))
    (folder / "work.py").write_text(WORK.replace("CODE", code))
    (folder / "app.ifc").write_text(app)
    return folder


def alias(stack: Stack, function: str) -> str:
    """The version that a function's alias names."""
    found: str = stack.client("lambda").get_alias(FunctionName=stack.ids[function], Name="live")["FunctionVersion"]
    return found


def moved(stack: Stack, function: str) -> str:
    """Publishes a version and moves the alias to it, as CloudFormation does for a version whose description is another: LocalStack replaces
    no resource of a stack."""
    api, name = stack.client("lambda"), stack.ids[function]
    found: str = api.publish_version(FunctionName=name)["Version"]
    api.update_alias(FunctionName=name, Name="live", FunctionVersion=found)
    return found


def alarms(stack: Stack, action: str, **fields: str) -> str:
    """What CloudWatch answers; LocalStack 4.7.0 doesn't know the protocol that boto3 speaks with it now, so this is its older one."""
    scope = f"test/20260101/{REGION}/monitoring/aws4_request"
    request = urllib.request.Request(
        stack.emulator.endpoint,
        urllib.parse.urlencode({"Action": action, "Version": "2010-08-01", **fields}).encode(),
        {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        text: str = answer.read().decode()
    return text


def test_callers_reach_the_alias(deployed: Deploy, tmp_path: Path) -> None:
    """Code, an API and a queue call the version that the alias names, with the layer's code; what is deployed after it waits for the alias."""
    stack = deployed(files(tmp_path / "app"), "gradual")
    assert (alias(stack, "work"), alias(stack, "once")) == ("1", "1")
    first: dict[str, Any] = {"version": "1", "called": "live", "level": "one", "says": "hello", "code": "first"}
    assert stack.invoke("asks", "WORK_FUNCTION") == first
    assert stack.invoke("asks", "ONCE_FUNCTION") == {**first, "says": None}
    assert stack.ask("Front", "GET", "/level").json == first
    stack.send("Jobs", {})
    assert stack.got("work", 3)[-1] == first

    deployed(files(tmp_path / "app", APP.replace('Common; env { LEVEL "one" }', 'Common; env { LEVEL "two" }'), "second"), "gradual")
    assert stack.invoke("asks", "WORK_FUNCTION") == first, "the alias has not moved"
    assert stack.ask("Front", "GET", "/level").json == first
    assert moved(stack, "work") == "2"
    second = {**first, "version": "2", "code": "second", "level": "two"}
    assert stack.invoke("asks", "WORK_FUNCTION") == second
    assert stack.ask("Front", "GET", "/level").json == second
    stack.send("Jobs", {})
    assert stack.until(lambda: [one for one in stack.got("work", 1) if one == second][2:], "the queue's call reaches the second version")
    assert stack.invoke("asks", "ONCE_FUNCTION") == {**first, "says": None}


def test_alarms_tell_a_topic(deployed: Deploy, tmp_path: Path) -> None:
    """An alarm that goes off, and one that is over, reach whoever follows the topics."""
    stack = deployed(files(tmp_path / "app"), "alarming")
    described = alarms(stack, "DescribeAlarms", **{"AlarmNames.member.1": stack.ids["Late"]})
    for words in ("AWS/SQS", "ApproximateAgeOfOldestMessage", "1200", "QueueName", stack.ids["Jobs"].rpartition("/")[2]):
        assert words in described

    def turn(name: str, state: str) -> None:
        alarms(stack, "SetAlarmState", AlarmName=stack.ids[name], StateValue=state, StateReason="the test says so")

    for name in ("Late", "Errors"):
        turn(name, "ALARM")
    told = stack.take("Told", 2)
    assert sorted(one["AlarmName"] for one in told) == sorted((stack.ids["Errors"], stack.ids["Late"]))
    assert {one["NewStateValue"] for one in told} == {"ALARM"}
    turn("Late", "OK")
    calm = stack.take("Calm", 1)  # the emulator may have found before that all is well
    assert {(one["AlarmName"], one["NewStateValue"]) for one in calm} == {(stack.ids["Late"], "OK")}
