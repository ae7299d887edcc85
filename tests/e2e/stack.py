"""A deployed app: compiled with the real command, created by CloudFormation, and then asked, called and looked at."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from tests.agreed import ROOT
from tests.e2e.emulator import Emulator

T = TypeVar("T")

CODE_BUCKET = "code"
# LocalStack 4.7.0 refuses the names of runtimes that came after it. Which release runs the handlers is not its to say anyway:
# they run in the Python that LocalStack itself runs in, and in the `node` on the PATH.
LOWERED = {"python3.14": "python3.13", "nodejs24.x": "nodejs22.x"}


def compile_app(app: Path, out: Path, *options: str) -> None:
    """Runs `ifc build`, as a user would."""
    command = [sys.executable, "-m", "ifc", "build", str(app), "--target", "cfn", "-o", str(out), *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


def with_rest(source: str) -> str:
    """The source with REST APIs in the place of HTTP APIs, whose types LocalStack's free edition doesn't have."""
    return re.sub(r"^(api \w+ \{)", r"\1 protocol rest;", source, flags=re.MULTILINE)


def until(look: Callable[[], T], what: str, seconds: float = 60, tell: Callable[[], str] = str) -> T:
    """The first answer of `look` that counts as true; fails when there is none before the deadline."""
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds:g} s; the last look gave {found!r}\n{tell()}")
        time.sleep(0.15)
    return found


class Answer:
    """What a route answered."""

    def __init__(self, status: int, headers: Mapping[str, str], text: str) -> None:
        self.status = status
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.text = text

    @property
    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.text)

    def __repr__(self) -> str:
        return f"{self.status} {self.text}"


def ask(url: str, method: str = "GET", body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Makes a request; a body that is no text is sent as JSON."""
    text = body if body is None or isinstance(body, str) else json.dumps(body)
    request = urllib.request.Request(
        url, None if text is None else text.encode(), {"Content-Type": "application/json", **(headers or {})}, method=method
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return Answer(answer.status, answer.headers, answer.read().decode())
    except urllib.error.HTTPError as answer:
        return Answer(answer.code, answer.headers, answer.read().decode())


class Stack:
    """A stack of the emulator, by the names of the app's source."""

    def __init__(self, emulator: Emulator, name: str) -> None:
        self.emulator = emulator
        self.name = name
        self.ids: dict[str, str] = {}
        self.outputs: dict[str, str] = {}

    def client(self, service: str) -> Any:
        """A client of a service."""
        return self.emulator.client(service)

    # ---- deploying

    def deploy(self, out: Path, params: Mapping[str, str]) -> None:
        """Uploads the archives, and creates or updates the stack, from what `ifc build` wrote."""
        template = self.adapted((out / "template.yaml").read_text(encoding="utf-8"))
        code = json.loads((out / "code.json").read_text(encoding="utf-8"))["functions"]
        keys = {function["parameter"]: function["key"] for function in code.values()}
        self.upload(out / "code", set(keys.values()), template)
        given = {**({"CodeBucket": CODE_BUCKET} if keys else {}), **keys, **params}
        cloudformation = self.client("cloudformation")
        (cloudformation.update_stack if self.ids else cloudformation.create_stack)(
            StackName=self.name,
            TemplateURL=f"{self.emulator.endpoint}/{CODE_BUCKET}/{self.name}.yaml",  # a template in the call itself may be 51,200 bytes long
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        )
        self.wait(template)

    @staticmethod
    def adapted(template: str) -> str:
        """The template in terms that the emulator knows; nothing else is changed."""
        for new, old in LOWERED.items():
            template = template.replace(f"Runtime: {new}\n", f"Runtime: {old}\n")
        return template

    def upload(self, folder: Path, keys: set[str], template: str) -> None:
        """Puts archives and template into the bucket that CloudFormation takes them from."""
        s3 = self.client("s3")
        s3.create_bucket(Bucket=CODE_BUCKET)  # in us-east-1 making one's own bucket again is fine
        for key in sorted(keys):
            s3.upload_file(str(folder / key), CODE_BUCKET, key)
        s3.put_object(Bucket=CODE_BUCKET, Key=f"{self.name}.yaml", Body=template.encode())

    def wait(self, template: str) -> None:
        """Returns when the stack is complete, and each of its resources there."""
        cloudformation = self.client("cloudformation")

        def ended() -> Any:
            stack = cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
            return None if stack["StackStatus"].endswith("IN_PROGRESS") else stack

        stack = until(ended, f"the stack {self.name} is deployed", 120)
        assert stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"), self.failures()
        self.outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.name)
        self.ids = {r["LogicalResourceId"]: r.get("PhysicalResourceId", "") for page in pages for r in page["StackResourceSummaries"]}
        declared = re.findall(r"^  (\w+):\n    Type: AWS::", template.partition("\nResources:\n")[2], re.MULTILINE)
        assert sorted(self.ids) == sorted(declared)
        assert all(self.ids.values()), [name for name, physical in self.ids.items() if not physical]
        assert not [p for p in self.ids.values() if "unknown" in p.lower()]  # what LocalStack says of a type that it only pretends to have

    def failures(self) -> str:
        """Why the stack could not be created."""
        pages = self.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=self.name)
        failed = [event for page in pages for event in page["StackEvents"] if event["ResourceStatus"].endswith("FAILED")]
        return "\n".join(
            f"{event['LogicalResourceId']} ({event.get('ResourceType')}): {event.get('ResourceStatusReason')}" for event in failed
        )

    def delete(self) -> None:
        """Asks for the stack's end, without waiting; above all that ends its pollers."""
        self.client("cloudformation").delete_stack(StackName=self.name)

    # ---- asking and calling

    def ask(self, api: str, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Answer:
        """Calls a route of a REST API at the address that LocalStack has for it."""
        return ask(f"{self.emulator.endpoint}/_aws/execute-api/{self.ids[api]}/{self.ids[f'{api}Stage']}{path}", method, body, headers)

    def invoke(self, function: str, event: Any = None) -> Any:
        """What a function answers; fails when it fails."""
        answer = self.client("lambda").invoke(FunctionName=self.ids[function], Payload=json.dumps(event).encode())
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    def invoke_later(self, function: str, event: Any) -> None:
        """Calls a function asynchronously."""
        self.client("lambda").invoke(FunctionName=self.ids[function], InvocationType="Event", Payload=json.dumps(event).encode())

    def put(self, bucket: str, key: str, content: bytes = b"x") -> None:
        """Puts an object."""
        self.client("s3").put_object(Bucket=self.ids[bucket], Key=key, Body=content)

    def send(self, queue: str, *messages: Any, **more: str) -> None:
        """Sends messages to a queue, as JSON."""
        for message in messages:
            self.client("sqs").send_message(QueueUrl=self.ids[queue], MessageBody=json.dumps(message), **more)

    def publish(self, topic: str, message: Any, **attributes: str) -> None:
        """Publishes a message with attributes, as JSON."""
        values = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        self.client("sns").publish(TopicArn=self.ids[topic], Message=json.dumps(message), MessageAttributes=values)

    def event(self, bus: str, source: str, kind: str, detail: Any) -> None:
        """Puts an event on a bus."""
        entry = {"EventBusName": bus, "Source": source, "DetailType": kind, "Detail": json.dumps(detail)}
        answer = self.client("events").put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0, answer

    # ---- looking

    def items(self, table: str) -> list[dict[str, Any]]:
        """All items of a table."""
        found: list[dict[str, Any]] = self.emulator.table(self.ids[table]).scan(ConsistentRead=True)["Items"]
        return found

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """The keys of a bucket."""
        return [found["Key"] for found in self.client("s3").list_objects_v2(Bucket=self.ids[bucket], Prefix=prefix).get("Contents", [])]

    def content(self, bucket: str, key: str) -> bytes:
        """An object's content."""
        found: bytes = self.client("s3").get_object(Bucket=self.ids[bucket], Key=key)["Body"].read()
        return found

    def take(self, queue: str, count: int = 1) -> list[Any]:
        """What the messages of a queue hold, once so many have come; they are gone from it then."""
        found: list[Any] = []
        self.until(lambda: len(self.drain(queue, found)) >= count, f"{count} messages in {queue}")
        return found

    def drain(self, queue: str, found: list[Any]) -> list[Any]:
        """Adds what the messages of a queue hold to what was found before."""
        sqs, url = self.client("sqs"), self.ids[queue]
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                found.append(json.loads(message["Body"]))
        return found

    def waiting(self, queue: str) -> int:
        """How many messages a queue has, seen by someone or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"]
        counts = self.client("sqs").get_queue_attributes(QueueUrl=self.ids[queue], AttributeNames=names)["Attributes"]
        return sum(int(counts[name]) for name in names)

    def until_empty(self, *queues: str) -> None:
        """Returns when every message of the queues is dealt with."""
        self.until(lambda: not any(map(self.waiting, queues)), f"{' and '.join(queues)} are empty")

    def logged(self, function: str) -> list[str]:
        """The lines of a function's log."""
        return [line for event in self.log(function) for line in event.splitlines()]

    def log(self, function: str) -> list[str]:
        """The events of a function's log group, which are none before its first call."""
        pages = self.client("logs").get_paginator("filter_log_events").paginate(logGroupName=self.ids[f"{function}Logs"])
        return [event["message"] for page in pages for event in page["events"]]

    def said(self, function: str, key: str) -> list[Any]:
        """What a function logged as JSON under a key."""
        lines = [json.loads(line) for line in self.logged(function) if line.startswith("{")]
        return [line[key] for line in lines if key in line]

    def got(self, function: str, count: int = 1, key: str = "got") -> list[Any]:
        """What a function logged under a key, once that was so often."""

        def look() -> list[Any]:
            found = self.said(function, key)
            return found if len(found) >= count else []

        return self.until(look, f"{function} is called {count} times")

    def records(self, function: str, count: int = 1) -> list[dict[str, Any]]:
        """The records of all events that a function got, once there are so many."""

        def look() -> list[dict[str, Any]]:
            found = [record for event in self.said(function, "got") for record in event["Records"]]
            return found if len(found) >= count else []

        return self.until(look, f"{function} gets {count} records")

    def calls(self, *functions: str) -> dict[str, int]:
        """How often functions were called, for the end of a test: by then what must not come would be there."""
        return {function: len(self.said(function, "got")) for function in functions}

    def until(self, look: Callable[[], T], what: str, seconds: float = 60) -> T:
        """The first answer of `look` that counts as true; a failure shows what the functions logged."""
        return until(look, what, seconds, self.story)

    def story(self) -> str:
        """All logs."""
        functions = [name.removesuffix("Logs") for name in self.ids if name.endswith("Logs")]
        return "\n".join(f"--- {name}\n{''.join(self.log(name))}" for name in functions)
