"""checkov fails nothing in the golden output but what stands, with a reason, in a list; the list is a page of the docs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.agreed import ROOT, same
from tests.judges.checkov import Checkov, Finding
from tests.judges.reasons import REASONS
from tests.test_docs import MADE
from tests.test_golden import EXAMPLES

GOLDEN = ROOT / "golden"
LANGUAGES = {"cfn": "CloudFormation", "terraform": "Terraform"}
# A check that looks at every block of a type, in both languages.
EVERY = (
    ("CKV_AWS_115", "AWS::Lambda::Function", "aws_lambda_function"),
    ("CKV_AWS_27", "AWS::SQS::Queue", "aws_sqs_queue"),
    ("CKV_AWS_28", "AWS::DynamoDB::Table", "aws_dynamodb_table"),
    ("CKV_AWS_158", "AWS::Logs::LogGroup", "aws_cloudwatch_log_group"),
    ("CKV_AWS_26", "AWS::SNS::Topic", "aws_sns_topic"),
    ("CKV_AWS_110", "AWS::IAM::Role", "aws_iam_policy_document"),
)


def page() -> str:
    """docs/checkov.md: the list, for readers."""
    rows = [
        f"| {check} | {reason.title} | {', '.join(LANGUAGES[target] for target in reason.targets)} | {reason.why} |"
        for check, reason in REASONS.items()
    ]
    return f"""# What checkov says

{MADE}
[checkov](https://www.checkov.io) checks templates and configurations against rules of security. On the templates and the Terraform
configurations of all examples ([golden](../golden)) it fails the checks below and no others: a test holds both sides of that. None of them
is a hole. Each is a matter of what an app wants and pays for, and for most there is a setting.

| check | checkov's title | in | why it may fail |
|---|---|---|---|
{chr(10).join(rows)}

The list is [tests/judges/reasons.py](../tests/judges/reasons.py). checkov reads Terraform's JSON syntax with its framework `terraform_json`
only; of each configuration it can't read `versions.tf.json`, because of `required_version`. That file holds no resources.
"""


def everything() -> Iterator[tuple[Path, str]]:
    """Every made page with what it should hold."""
    yield ROOT / "docs" / "checkov.md", page()


def test_the_page_is_made_from_the_list() -> None:
    """The page is up to date."""
    for path, text in everything():
        same(path, text)


@pytest.fixture(scope="module")
def found(checks: Checkov, tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """All that checkov says of the golden output.

    It reads a copy: the path of a file is part of what it searches for secrets, and any path with forty letters and slashes on end
    counts as one. This folder's name ends in a character that no such secret has.
    """
    copy = tmp_path_factory.mktemp("checkov") / "golden_"
    shutil.copytree(GOLDEN, copy)
    findings, unread = checks.findings(copy)
    assert unread == [f"{name}/terraform/versions.tf.json" for name in EXAMPLES]
    return findings


@pytest.mark.parametrize("target", LANGUAGES)
def test_every_failed_check_has_a_reason(target: str, found: list[Finding]) -> None:
    """What fails in the golden output of a target is in the list, and what is in the list fails there."""
    failed = {f.check: f"{f.title}: {f.resource} in {f.path}" for f in found if f.target == target and not f.passed}
    listed = {check for check, reason in REASONS.items() if target in reason.targets}
    assert {check: example for check, example in failed.items() if check not in listed} == {}
    assert listed - failed.keys() == set()


def test_the_titles_are_checkovs_own(found: list[Finding]) -> None:
    """A check is listed under a title that checkov gives it."""
    titles = {(f.check, f.title) for f in found}
    assert [check for check, reason in REASONS.items() if (check, reason.title) not in titles] == []


@pytest.mark.parametrize("target", LANGUAGES)
def test_checkov_sees_everything(target: str, found: list[Finding]) -> None:
    """Each golden output was read: checks have looked at every function, queue, table, log group, topic and policy in it."""
    for name in EXAMPLES:
        mine = [f for f in found if f.path.startswith(f"{name}/{target}/")]
        for check, cfn_type, terraform_type in EVERY:
            there = templated(name, cfn_type) if target == "cfn" else configured(name, terraform_type)
            assert sorted({f.resource.split(".")[-1] for f in mine if f.check == check}) == there, (name, check)


def templated(name: str, type: str) -> list[str]:
    """The ids of the resources of a type in an example's template."""
    template = yaml.load((GOLDEN / name / "cfn" / "template.yaml").read_text(encoding="utf-8"), yaml.BaseLoader)
    return sorted(id for id, resource in template["Resources"].items() if resource["Type"] == type)


def configured(name: str, type: str) -> list[str]:
    """The labels of the blocks of a type in an example's configuration."""
    sections = [
        s for file in (GOLDEN / name / "terraform").glob("*.tf.json") for s in json.loads(file.read_text(encoding="utf-8")).values()
    ]
    return sorted(label for section in sections if isinstance(section, dict) for label in section.get(type, {}))


def test_checkov_fails_what_is_broken(checks: Checkov, tmp_path: Path) -> None:
    """Each hole that is made in a copy of the golden output is found, in a setting, a policy, and what belongs together."""
    shutil.copytree(GOLDEN, tmp_path / "golden_")
    configuration = tmp_path / "golden_" / "orders" / "terraform"
    template = tmp_path / "golden_" / "orders" / "cfn" / "template.yaml"
    replace(template, "PointInTimeRecoveryEnabled: true", "PointInTimeRecoveryEnabled: false")
    replace(template, "BlockPublicAcls: true", "BlockPublicAcls: false")
    replace(template, "Action: sns:Publish\n            Resource: !Ref OrderPlaced", "Action: iam:*\n            Resource: '*'")
    edit(
        configuration / "tables.tf.json",
        lambda c: c["resource"]["aws_dynamodb_table"]["orders"]["point_in_time_recovery"].update(enabled=False),
    )
    edit(configuration / "queues.tf.json", lambda c: c["resource"]["aws_sqs_queue"]["shipments"].update(sqs_managed_sse_enabled=False))
    edit(configuration / "buckets.tf.json", lambda c: c["resource"].pop("aws_s3_bucket_public_access_block"))
    edit(
        configuration / "roles.tf.json",
        lambda c: c["data"]["aws_iam_policy_document"]["bill"]["statement"].append({"actions": ["*"], "resources": ["*"]}),
    )
    found, _ = checks.findings(tmp_path / "golden_")
    failed = {(f.check, f.target, f.resource.split(".")[-1]) for f in found if not f.passed and f.path.startswith("orders/")}
    assert failed >= {
        ("CKV_AWS_28", "cfn", "Orders"),
        ("CKV_AWS_53", "cfn", "Reports"),
        ("CKV_AWS_110", "cfn", "placeOrderRole"),
        ("CKV_AWS_28", "terraform", "orders"),
        ("CKV_AWS_27", "terraform", "shipments"),
        ("CKV2_AWS_6", "terraform", "reports"),
        ("CKV_AWS_49", "terraform", "bill"),
    }


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def edit(path: Path, change: Callable[[Any], object]) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")
