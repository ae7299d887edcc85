"""Permissions and references of generated apps, against tables that are written here and nowhere in the product."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings

from ifc.diagnostics import ERROR
from ifc.targets.cfn import Printer
from tests.generated import apps, text
from tests.support import compiled

# Service Authorization Reference, by verb and kind; "*" after a slash stands for what is inside of the resource.
ALLOWED = {
    ("sends", "Queue"): {"sqs:SendMessage"},
    ("receives", "Queue"): {"sqs:ReceiveMessage", "sqs:DeleteMessage"},
    ("publishes", "Topic"): {"sns:Publish"},
    ("publishes", "Bus"): {"events:PutEvents"},
    ("reads", "Table"): {f"dynamodb:{a}" for a in ("GetItem", "BatchGetItem", "Query", "Scan", "ConditionCheckItem")},
    ("writes", "Table"): {f"dynamodb:{a}" for a in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")},
    ("puts", "Table"): {"dynamodb:PutItem"},
    ("deletes", "Table"): {"dynamodb:DeleteItem"},
    ("reads", "Bucket"): {"s3:GetObject", "s3:ListBucket"},
    ("writes", "Bucket"): {"s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"},
    ("puts", "Bucket"): {"s3:PutObject"},
    ("deletes", "Bucket"): {"s3:DeleteObject"},
    ("reads", "Stream"): {f"kinesis:{a}" for a in ("DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards")},
    ("writes", "Stream"): {"kinesis:PutRecord", "kinesis:PutRecords"},
    ("reads", "Secret"): {"secretsmanager:GetSecretValue"},
    ("reads", "Config"): {"ssm:GetParameter", "ssm:GetParameters"},
    ("writes", "Config"): {"ssm:PutParameter"},
    ("calls", "f"): {"lambda:InvokeFunction"},
}
BY_WIRE = {
    "Queue": {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
    "Table": {f"dynamodb:{a}" for a in ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")},
    "Stream": {f"kinesis:{a}" for a in ("DescribeStream", "DescribeStreamSummary", "GetRecords", "GetShardIterator", "ListShards")},
}
XRAY = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
MODEST = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)


def built(statements: list[str]) -> dict[str, Any]:
    """The template of a generated app, which has no errors."""
    done = compiled(text(statements))
    found = [f"{d.code} {d.message}" for d in done.report.ordered() if d.severity == ERROR]
    assert not found, (found, text(statements))
    assert done.plan is not None
    template: dict[str, Any] = json.loads(json.dumps(Printer(done.plan, done.report).template))
    return template


def expected(statements: list[str], function: str) -> dict[str, set[str]]:
    """What a function may do, by the name of the resource, as its verbs and arrows say."""
    found: dict[str, set[str]] = {}
    for statement in statements:
        if statement.startswith(f"function {function} "):
            for verb, name in re.findall(r"\b(sends|receives|publishes|reads|writes|puts|deletes|calls) (\w+)", statement):
                found.setdefault(name, set()).update(ALLOWED[verb, name.rstrip("0123456789")])
            if "tracing" in statement:
                found["*"] = XRAY
        wire = re.match(rf'(\w+?)(?:\.\w+)?(?: where .*| ".*")? -> {function}(?:  # .*)?$', statement)
        if wire:
            kind = wire[1].rstrip("0123456789")
            if kind in BY_WIRE:
                found.setdefault(wire[1], set()).update(BY_WIRE[kind])
    return found


def names_in(resource: Any, template: dict[str, Any]) -> set[str]:
    """The declared names that a statement's resource is about."""
    flat = json.dumps(resource)
    if flat == '"*"':
        return {"*"}
    hits = {n for n in template["Resources"] if re.search(rf'"{n}"|\$\{{{n}[.}}]|-{n}"', flat)}
    hits |= {
        n
        for n in template["Resources"]
        if n.startswith(("Bucket", "Config")) and (f"-{n.lower()}" in flat or f"-bucket-{n[6:]}" in flat or f"/{n}" in flat)
    }
    return hits


@MODEST
@given(apps())
def test_no_policy_is_wider_than_its_verbs(statements: list[str]) -> None:
    """Each function's role holds exactly what its verbs and arrows say, on exactly those resources, and its own logs."""
    template = built(statements)
    for id, resource in template["Resources"].items():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        may: dict[str, set[str]] = {}
        for statement in template["Resources"][f"{id}Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert not [a for a in actions if "*" in a]
            for part in statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]:
                for name in names_in(part, template):
                    may.setdefault(name, set()).update(actions)
        assert may.pop(f"{id}Logs") == {"logs:CreateLogStream", "logs:PutLogEvents"}
        assert may == expected(statements, id), text(statements)


def references(value: Any) -> Iterator[str]:
    """The names that a part of a template refers to."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "Ref":
                yield inner
            elif key == "Fn::GetAtt":
                yield inner[0]
            elif key == "Fn::Sub":
                yield from (m.split(".")[0] for m in re.findall(r"\$\{([^!}][^}]*)\}", inner if isinstance(inner, str) else inner[0]))
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


@MODEST
@given(apps())
def test_every_reference_resolves_and_none_closes_a_cycle(statements: list[str]) -> None:
    """Each reference names a parameter, a resource or a pseudo parameter, and the resources have an order."""
    template = built(statements)
    resources = template["Resources"]
    known = {*resources, *template["Parameters"]}
    needs: dict[str, set[str]] = {}
    for id, resource in resources.items():
        named = set(references(resource))
        depends = resource.get("DependsOn", [])
        named |= set(depends if isinstance(depends, list) else [depends])
        assert not {n for n in named if n not in known and not n.startswith("AWS::")}
        needs[id] = named & set(resources)
    while needs:
        ready = [id for id, named in needs.items() if not named & set(needs)]
        assert ready, f"a cycle among {sorted(needs)}\n{text(statements)}"
        for id in ready:
            del needs[id]
