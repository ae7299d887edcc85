"""Stages side by side."""

from __future__ import annotations

from typing import Any

from tests.e2e.conftest import Deploy
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
