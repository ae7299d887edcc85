"""Stages side by side, and an app that is deployed again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from tests.e2e.conftest import HANDLERS, Deploy
from tests.e2e.emulator import ACCOUNT, REGION
from tests.e2e.stack import Stack

APP = """
app stages { tags { team "blue" } }

param greeting "hello"

table  Kept { key id: string }
queue  Jobs
bucket Files
topic  News

function work "see.environment" {
  timeout 3s
  env { GREETING greeting; STAGE stage; LEVEL "low" }
  sends Jobs
  writes Kept
}

Jobs -> eat { batch 1 }
function eat "see.messages" { timeout 3s }

stage prod {
  greeting "good day"
  work { memory 512MB; env { LEVEL "high" }; publishes News }
  Jobs { retention 7d }
  queue Extra
  News -> Extra
}
"""


def test_stages(deployed: Deploy) -> None:
    """Two stages of an app stand side by side, each with its own settings and names."""
    dev = deployed(APP, "stages")
    prod = deployed(APP, "stages", stage="prod")

    names = ["GREETING", "STAGE", "LEVEL", "NEWS_TOPIC_ARN"]
    assert dev.invoke("work", names) == {"GREETING": "hello", "STAGE": "dev", "LEVEL": "low", "NEWS_TOPIC_ARN": None}
    assert prod.invoke("work", names) == {"GREETING": "good day", "STAGE": "prod", "LEVEL": "high", "NEWS_TOPIC_ARN": prod.ids["News"]}
    assert (settings(dev)["MemorySize"], settings(prod)["MemorySize"]) == (256, 512)
    assert (retention(dev), retention(prod)) == ("345600", "604800")
    assert "Extra" not in dev.ids
    assert (dev.ids["Files"], prod.ids["Files"]) == tuple(f"stages-{stage}-files-{ACCOUNT}-{REGION}" for stage in ("dev", "prod"))
    tags = prod.client("lambda").list_tags(Resource=settings(prod)["FunctionArn"])["Tags"]
    assert tags.items() >= {"app": "stages", "team": "blue"}.items()

    prod.publish("News", {"n": 1})
    assert prod.take("Extra") == [{"n": 1}]
    dev.send("Jobs", {"n": 2})
    assert dev.got("eat") == [{"n": 2}]
    assert prod.calls("eat") == {"eat": 0}


def settings(stack: Stack) -> dict[str, Any]:
    """How Lambda has a function."""
    found: dict[str, Any] = stack.client("lambda").get_function(FunctionName=stack.ids["work"])["Configuration"]
    return found


def retention(stack: Stack) -> str:
    """How many seconds a queue keeps its messages."""
    url = stack.ids["Jobs"]
    return str(stack.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["MessageRetentionPeriod"])


FIRST = """
app updates
queue Kept
function work "work.handler" { env { LEVEL "low" }; sends Kept }
function same "see.event"    { code "other" }
"""
SECOND = """
app updates
queue Kept
queue Added
function work "work.handler" { env { LEVEL "high" }; memory 512MB; sends Kept, Added }
function same "see.event"    { code "other" }
function more "see.messages"
Added -> more
"""


def test_updates(deployed: Deploy, tmp_path: Path) -> None:
    """New code, a changed function and an added wire are there after the next deployment, and the rest is what it was."""
    folder = tmp_path / "updates"
    (folder / "other").mkdir(parents=True)
    shutil.copy(HANDLERS / "see.py", folder / "other")
    code = "import os\n\n\ndef handler(event, context):\n    return [VERSION, os.environ['LEVEL']]\n"
    (folder / "work.py").write_text(code.replace("VERSION", "1"), encoding="utf-8")
    stack = deployed(FIRST, "updates")
    before = dict(stack.ids)
    untouched = stack.client("lambda").get_function(FunctionName=stack.ids["same"])["Configuration"]["CodeSha256"]
    assert stack.invoke("work") == [1, "low"]

    (folder / "work.py").write_text(code.replace("VERSION", "2"), encoding="utf-8")
    stack = deployed(SECOND, "updates")
    stack.until(lambda: stack.invoke("work") == [2, "high"], "the new code")
    assert settings(stack)["MemorySize"] == 512
    stack.send("Added", {"n": 1})
    assert stack.got("more") == [{"n": 1}]
    assert {name: id for name, id in stack.ids.items() if name in before} == before
    assert stack.client("lambda").get_function(FunctionName=stack.ids["same"])["Configuration"]["CodeSha256"] == untouched
