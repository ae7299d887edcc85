"""Checks of functions and permissions: runtimes by date, what an account has, and what is allowed too broadly."""

from __future__ import annotations

import pytest

from ifc.compiler import meant
from ifc.diagnostics import NOTE, Report
from ifc.resolve.app import Options
from ifc.runtimes import READ, RUNTIMES, successor
from ifc.source import Source
from ifc.syntax.parse import parse
from ifc.targets import cfn
from tests.support import compiled, findings


def on(text: str, today: str | None) -> list[str]:
    """The messages about a source text on a day, without notes."""
    report = Report()
    meant([parse(Source("app.ifc", f"app x\n{text}"), report)], Options(code=False, today=today), report)
    return [f"{d.code} {d.message}" for d in report.ordered() if d.severity != NOTE]


@pytest.mark.parametrize(
    ("today", "message"),
    [
        (None, None),
        ("2027-03-30", None),
        ("2027-03-31", "from 2027-04-30 new functions can't use it, and from 2027-05-31 those that do can't be changed"),
        ("2027-04-30", "since 2027-04-30 new functions can't use it, and from 2027-05-31 those that do can't be changed"),
        ("2027-05-31", "since 2027-05-31 functions on it can't be changed"),
    ],
)
def test_end_of_life(today: str | None, message: str | None) -> None:
    """A runtime is told of from its last day on, with what is refused by then; the clock is never asked."""
    expected = [] if message is None else [f"IFC533 AWS gave up ruby3.3 on 2027-03-31, and {message}"]
    assert on('function f "a.b" { runtime ruby3.3 }', today) == expected


def test_end_of_life_without_a_day() -> None:
    """Where nobody says which day it is, the day counts on which the dates were read."""
    for runtime, (deprecated, _, _) in RUNTIMES.items():
        assert bool(on(f'function f "a.b" {{ runtime {runtime} }}', None)) == (deprecated <= READ), runtime


def test_end_of_life_is_told_once() -> None:
    """A runtime in `defaults` is one mistake; a runtime that nobody wrote is none."""
    functions = 'function f "a.b"\nfunction g "a.c"\n'
    assert len(on(f"defaults function {{ runtime nodejs16.x }}\n{functions}", None)) == 1
    assert on(functions, "2035-01-01") == []


def test_successors_are_alive() -> None:
    """What is named instead has a later last day than all others of its language, or the same."""
    for runtime in RUNTIMES:
        after = RUNTIMES[successor(runtime)][0]
        assert after >= RUNTIMES[runtime][0]
        assert after > READ


@pytest.mark.parametrize(
    ("one", "other", "codes"),
    [("reserved 800", "reserved 100", []), ("reserved 800", "reserved 101", ["IFC534"]), ("reserved most", "reserved 900", [])],
)
def test_reserved_concurrency(one: str, other: str, codes: list[str]) -> None:
    """900 calls can be reserved in an account; what only the deployment knows is not counted."""
    assert findings(f'param most 500\nfunction f "a.b" {{ {one} }}\nfunction g "a.c" {{ {other} }}') == codes


def test_size_of_the_environment() -> None:
    """Names and texts are counted in bytes as far as they are known, a lookup not at all; 4,096 are allowed."""
    text = 'param p "x"\nfunction f "a.b" {{ env {{ KEY "{}" }} }}'
    assert findings(text.format("x" * 4093)) == []
    assert findings(text.format("x" * 4094)) == ["IFC532"]
    assert findings(text.format("é" * 2046 + "x")) == []
    assert findings(text.format("é" * 2047)) == ["IFC532"]
    assert findings(text.format("${p}" * 2000)) == []
    assert findings(text.format("x" * 4000 + "${p}" * 20)) == []


def test_layers_of_all_layers() -> None:
    """Layers of the defaults count too: a function takes five in all."""
    arn = "arn:aws:lambda:eu-west-1:123456789012:layer:"
    defaults = f'defaults function {{ layers "{arn}a:1", "{arn}b:1", "{arn}c:1" }}\n'
    assert findings(f'{defaults}function f "a.b" {{ layers "{arn}d:1", "{arn}e:1" }}') == []
    assert findings(f'{defaults}function f "a.b" {{ layers "{arn}d:1", "{arn}e:1", "{arn}f:1" }}') == ["IFC302"]
    assert findings(f'{defaults}function f "a.b" {{ layers "{arn}c:1", "{arn}d:1", "{arn}e:1" }}') == []


@pytest.mark.parametrize(
    ("allow", "codes"),
    [
        ('"s3:GetObject" on "arn:aws:s3:::x/*"', []),
        ('"s3:*" on "arn:aws:s3:::x/*"', ["IFC513"]),
        ('"s3:*" on "arn:aws:s3:::x/*" because "x is its own"', []),
        ('"s3:Get*" on "arn:aws:s3:::x/*"', []),
        ('"s3:GetObject" on "arn:aws:s3:::*"', ["IFC513"]),
        ('"dynamodb:Query" on "arn:aws:dynamodb:${aws.region}:${aws.account}:*"', ["IFC513"]),
        ('"dynamodb:Query" on "arn:aws:dynamodb:${aws.region}:${aws.account}:table/*"', []),
        ('"dynamodb:Query" on T.arn', []),
        ('"dynamodb:Query" on where', []),
        ('"s3:GetObject" on "*"', ["IFC504"]),
        ('"s3:*" on "*"', ["IFC504"]),
        ('"events:ListEventBuses", "xray:PutTraceSegments" on "*"', []),
        ('"comprehend:DetectSentiment" on "*"', []),
        ('"events:ListEventBuses", "events:PutEvents" on "*"', ["IFC504"]),
        ('"cloudwatch:*" on "*"', ["IFC504"]),
        ('"ec2:StopInstances" on "*" { condition { StringEquals { "aws:ResourceTag/Stop" "yes" } } }', []),
        ('managed "AmazonS3ReadOnlyAccess"', []),
        ('managed "AmazonS3FullAccess"', ["IFC514"]),
        ('managed "arn:aws:iam::aws:policy/job-function/PowerUserAccess"', ["IFC514"]),
    ],
)
def test_wildcards(allow: str, codes: list[str]) -> None:
    """A star for all actions or for all resources of a service wants a reason, other stars don't."""
    allow = allow.replace("on where", "on place")
    assert findings(f'table T {{ key id: string }}\nparam place "arn:aws:s3:::x"\nfunction f "a.b" {{ allow {allow} }}') == codes


def test_wildcards_of_defaults() -> None:
    """What stands in `defaults` is told of once."""
    functions = 'function f "a.b"\nfunction g "a.c"'
    assert findings(f'defaults function {{ allow "s3:*" on "arn:aws:s3:::x" }}\n{functions}') == ["IFC513"]


@pytest.mark.parametrize(("count", "codes"), [(450, []), (451, ["IFC538"]), (500, ["IFC538"]), (501, ["IFC604"])])
def test_a_template_fills_up(count: int, codes: list[str]) -> None:
    """From nine tenths of a limit on a template is told of, and beyond the limit it is refused."""
    done = compiled("".join(f"queue Q{n}\n" for n in range(count)))
    assert done.plan is not None
    cfn.render(done.plan, done.report)
    assert [d.code for d in done.report.ordered() if d.severity != NOTE] == codes


def test_a_full_template_is_allowed() -> None:
    """What only a target says can be allowed, and is not told of where that target is not asked."""
    text = 'app x  # ifc: allow IFC538 "it is split next month"\n' + "".join(f"queue Q{n}\n" for n in range(460))
    done = compiled(text)
    assert done.plan is not None
    for _ in "before", "after":
        assert [d for d in done.report.ordered() if d.severity != NOTE] == []
        cfn.render(done.plan, done.report)
