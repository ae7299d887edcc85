"""Each edit is found, as one change, with the class that it deserves; and nothing that changes an output stays unseen.

The edits stand in tests/review/edits.py, and what is said of each in tests/review/findings (test_findings.py).
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
import yaml

from ifc.review.deployed import cloudformation, terraform
from ifc.review.deployed.cloudformation import Loader
from ifc.review.deployed.output import Output
from ifc.review.finding import Comparison
from ifc.review.review import compare
from ifc.review.sides import code_of
from ifc.review.version import Version
from tests.lift.apps import DENSE
from tests.review.corpus import ALL, TARGETS, between, text_version
from tests.review.edits import APPS, EDITS
from tests.support_table.samples import SAMPLES
from tests.test_same_meaning import GONE, another, change, dense, places

CLASSES = ("R0", "R1", "R2", "R3", "R4", "R6", "R7")
# In these words of a target only that target is spoken to.
OWN_WORDS = ("before try", "DashboardBody", "AtRestEncryptionEnabled", "SnapshotRetentionLimit", 'Action "s3', "cfn {", "terraform {")


def both_ways(number: int) -> Iterator[tuple[str, str, str, str]]:
    """An edit and its counterpart: its app, both texts, and the class."""
    app, before, after, forward, back = EDITS[number]
    assert before in APPS[app], before
    edited = APPS[app].replace(before, after, 1)
    yield app, APPS[app], edited, forward
    yield app, edited, APPS[app], back


def stage(text: str) -> str:
    """The stage that an app is compared for."""
    return "prod" if "stage prod" in text else "dev"


def codes(comparison: Comparison) -> list[str]:
    """The classes of what was found."""
    return [finding.risk.code for finding in comparison.findings]


@pytest.mark.parametrize(
    "number", range(len(EDITS)), ids=[f"{n} {edit[1].strip()[:24]} to {edit[2].strip()[:24]}" for n, edit in enumerate(EDITS)]
)
def test_edit(number: int) -> None:
    """An edit is one finding of its class, and so is the edit that takes it back."""
    for _, before, after, code in both_ways(number):
        found = between(before, after, stage(before))
        assert codes(found) == [code], [f.title for f in found.findings]
        assert not found.remarks
        finding = found.findings[0]
        assert (finding.old is None, finding.new is None) == (finding.rule in NEW, finding.rule in GONE_NOW), "spans"
        told = {one.target for one in finding.consequences}
        assert len(told) == 1 if any(word in EDITS[number][2] for word in OWN_WORDS) else told in (set(), set(TARGETS)), told


NEW = {"added", "arrow-added", "route-added", "param-added", "output-added"}
GONE_NOW = {"removed", "arrow-removed", "route-removed", "param-removed", "output-removed"}


def test_edits_enough() -> None:
    """There are many edits, several of each class, and each is there once."""
    assert len(set(EDITS)) == len(EDITS) >= 200
    known = Counter(code for *_, forward, back in EDITS for code in (forward, back))
    assert set(known) == set(CLASSES)
    assert min(known.values()) >= 10, known


def pairs() -> list[tuple[int, int]]:
    """Pairs of edits of one app that do not touch each other."""
    chance, found = random.Random(5), []
    while len(found) < (600 if ALL else 30):
        one, other = chance.sample(range(len(EDITS)), 2)
        app, text = EDITS[one][0], APPS[EDITS[one][0]]
        (at, end), (then, last) = ((text.find(EDITS[n][1]), text.find(EDITS[n][1]) + len(EDITS[n][1])) for n in (one, other))
        if EDITS[other][0] == app and (end <= then or last <= at) and not {one, other} <= APP_WIDE:
            found.append((one, other))
    return found


# What changes everything's name, or takes one id: two of them are no two edits.
APP_WIDE = {number for number, edit in enumerate(EDITS) if "prefix" in edit[2] or "app store" in edit[2] or 'id "Other"' in edit[2]}


@pytest.mark.parametrize(("one", "other"), pairs())
def test_two_edits(one: int, other: int) -> None:
    """Two edits at once are the same two findings: none swallows the other, and nothing is said of both together."""
    first, second = EDITS[one], EDITS[other]
    before = APPS[first[0]]
    start, then = before.index(first[1]), before.index(second[1])
    edits = sorted([(start, first), (then, second)], key=lambda edit: -edit[0])
    after = before
    for at, edit in edits:
        after = after[:at] + edit[2] + after[at + len(edit[1]) :]
    assert codes(between(before, after, stage(before))) == sorted((first[3], second[3]))
    assert codes(between(after, before, stage(before))) == sorted((first[4], second[4]))


# --- every setting of every kind ---


def written(version: Version, target: str) -> str:
    """All that an output holds."""
    output = version.outputs[target]
    things = sorted({repr(key): output.written(key) for key in (*output.ids, *output.known)}.items())
    return json.dumps([getattr(output.reader, "content", {}).get("Description"), *things], sort_keys=True, default=str)


@pytest.mark.parametrize("key", [key for number, key in enumerate(sorted(SAMPLES)) if ALL or number % 6 == 0])
def test_setting(key: str) -> None:
    """A setting is one finding where it changes an output, and none where it does not; and so it is when it goes."""
    sample = SAMPLES[key]
    try:
        old, new = text_version(sample.unwritten), text_version(sample.written)
    except AssertionError:
        pytest.skip("this release refuses it")
    differ = any(written(old, target) != written(new, target) for target in old.outputs if target in new.outputs)
    for one, other in ((old, new), (new, old)):
        found = compare(one, other)
        assert len(found.findings) == (1 if differ and key not in SAME else 0), [f.title for f in found.findings]
        assert not found.remarks


# Settings that change an output and are no change of what is deployed: another folder is other code.
SAME = {"function: code", "layer: code"}


# --- every single place of an output ---


def side(content: Any, target: str) -> Version:
    """An output as a side."""
    if target == "cfn":
        return Version("one", {"cfn": Output(cloudformation.Template(content, code_of(content)))})
    functions = {label for one in content.values() for label in one.get("resource", {}).get("aws_lambda_function", {})}
    return Version("one", {"terraform": Output(terraform.Configuration(content, {label: label for label in functions}))})


# Where an output says what means nothing: versions of formats, archives of code, names of statements, what is made before what.
NOTHING = re.compile(
    r"AWSTemplateFormatVersion|Description|versions\.tf\.json.*|moved\.tf\.json.*|Parameters/\w*Code(Key|Bucket)(/.*)?"
    r"|.*/Properties/Code(/.*)?|variables\.tf\.json/variable/code(/.*)?|.*/(filename|source_code_hash|error_message)"
    r"|.*/(PolicyName|Sid|sid|statement_id)|.*/aws_iam_role_policy/\w+/name|.*/aws_s3_bucket_notification/\w+/\w+/\d+/id"
    r"|.*/(DependsOn|depends_on)(/\d+)?|.*PolicyDocument/Version"
)
# What an output may leave out, where it has what is so without it.
DEFAULT = re.compile(
    r".*/(State|state|log_format|tracing_config|ephemeral_storage|SqsManagedSseEnabled|sqs_managed_sse_enabled|MessageRetentionPeriod"
    r"|message_retention_seconds|VisibilityTimeout|visibility_timeout_seconds|RetentionPeriodHours|retention_period|BucketEncryption"
    r"|rule|fifo_throughput_limit|deduplication_scope|FilterPolicyScope|filter_policy_scope|ttl|server_side_encryption"
    r"|point_in_time_recovery|PointInTimeRecoverySpecification|BillingMode|billing_mode|ScheduleExpressionTimezone"
    r"|schedule_expression_timezone|MaximumRetryAttempts|maximum_retry_attempts|maximum_record_age_in_seconds|parallelization_factor"
    r"|BisectBatchOnFunctionError|bisect_batch_on_function_error|InvokeMode|invoke_mode|MemorySize|memory_size|Architectures"
    r"|architectures|VersioningConfiguration|versioning_configuration|RestrictPublicBuckets|restrict_public_buckets|BlockPublicPolicy"
    r"|block_public_policy)|.*/aws_s3_bucket_(server_side_encryption_configuration|versioning)(/\w+)?"
)
COVERED = re.compile(r".*move.*/(Action|actions)/\d+")  # another action there holds it


@pytest.mark.parametrize("name", DENSE)
@pytest.mark.parametrize("target", TARGETS)
def test_no_change_of_an_output_is_unseen(name: str, target: str) -> None:
    """Whatever is taken out of an output, or is otherwise in it, is found, or it is said that it could not be compared."""
    outputs = dense(name)
    content = (
        yaml.load(outputs.template, Loader)
        if target == "cfn"
        else {file: json.loads(text) for file, text in outputs.folder.items() if file.endswith(".tf.json")}
    )
    known = dict(places(content))
    edits = [(path, value) for path, part in known.items() for value in (GONE, another(part)) if value is not None]
    unseen = []
    for path, value in islice(edits, 3 if ALL else 11, None, 4 if ALL else 60):
        other = json.loads(json.dumps(content))
        change(other, path, value)
        try:
            new = side(other, target)
        except (KeyError, TypeError, ValueError, AttributeError):
            continue  # no output of anything
        found = compare(side(content, target), new)
        place = "/".join(path)
        deleted = path[-1] in ("DeletionPolicy", "UpdateReplacePolicy") and known[path] == "Delete"  # as where nothing is
        harmless = NOTHING.fullmatch(place) or COVERED.fullmatch(place) or (value is GONE and (deleted or DEFAULT.fullmatch(place)))
        if not found.findings and not found.remarks and not harmless:
            unseen.append(place)
    assert not unseen
