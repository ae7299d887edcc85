"""Stages side by side, and what stays when a stack goes."""

from __future__ import annotations

from botocore.exceptions import ClientError

from tests.e2e.conftest import Deploy
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

stage dev { Kept { keep off }; Files { keep off } }

stage prod {
  greeting "good day"
  work { memory 512MB; env { LEVEL "high" }; publishes News }
  Jobs { retention 7d }
  queue Extra
  News -> Extra
}
"""


def test_stages(deployed: Deploy) -> None:
    """Two stages of an app stand side by side, each with its own settings; what is kept stays when its stack goes."""
    dev = deployed(APP, "stages")
    prod = deployed(APP, "stages", stage="prod")

    names = ["GREETING", "STAGE", "LEVEL", "NEWS_TOPIC_ARN"]
    assert dev.invoke("work", names) == {"GREETING": "hello", "STAGE": "dev", "LEVEL": "low", "NEWS_TOPIC_ARN": None}
    assert prod.invoke("work", names) == {"GREETING": "good day", "STAGE": "prod", "LEVEL": "high", "NEWS_TOPIC_ARN": prod.ids["News"]}
    assert (memory(dev), memory(prod)) == (256, 512)
    assert (retention(dev), retention(prod)) == ("345600", "604800")
    assert "Extra" not in dev.ids
    tags = prod.client("lambda").list_tags(Resource=arn(prod))["Tags"]
    assert tags.items() >= {"app": "stages", "team": "blue"}.items()

    prod.publish("News", {"n": 1})
    assert prod.until(lambda: prod.take("Extra"), "what the stage adds") == [{"n": 1}]
    dev.send("Jobs", {"n": 2})
    assert dev.until(lambda: dev.said("eat", "got"), "the message of this stage") == [{"n": 2}]
    assert not prod.said("eat", "got")

    for stack in (dev, prod):
        stack.delete()
        stack.until(lambda stack=stack: not there(stack, "Jobs"), "the queue is gone")  # type: ignore[misc]
    dev.until(lambda: not there(dev, "Kept"), "what is not kept is gone")
    print(there(prod, "Kept"))
    import time
    time.sleep(10)
    print(there(prod, "Kept"), there(prod,"Jobs"))
    assert 0


def there(stack, name):
    try:
        if name == "Kept":
            stack.client("dynamodb").describe_table(TableName=stack.ids[name])
        else:
            stack.client("sqs").get_queue_attributes(QueueUrl=stack.ids[name])
        return True
    except ClientError as e:
        print(e)
        return False


def memory(stack: Stack) -> int:
    """How many MB a function has."""
    return int(stack.client("lambda").get_function(FunctionName=stack.ids["work"])["Configuration"]["MemorySize"])


def arn(stack: Stack) -> str:
    """A function's ARN."""
    return str(stack.client("lambda").get_function(FunctionName=stack.ids["work"])["Configuration"]["FunctionArn"])


def retention(stack: Stack) -> str:
    """How many seconds a queue keeps its messages."""
    url = stack.ids["Jobs"]
    return str(stack.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["MessageRetentionPeriod"])
