"""Filters: one expression, one meaning, on each service and in the local evaluation."""

from __future__ import annotations

import json
import operator
from itertools import product
from typing import Any
from urllib.parse import unquote_plus

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ifc.codes import CODES
from ifc.diagnostics import Failure, Report
from ifc.source import Source, Span
from ifc.syntax import tree
from ifc.syntax.parse import parse
from ifc.where import evaluate, eventbridge, expression, lambda_filter, s3, sns, table_stream

ANY = {"exists": True}
NONE = {"exists": False}


def expr(written: str) -> tree.Expr:
    """The expression that a filter's text means."""
    report = Report()
    file = parse(Source("app.ifc", f"A where {written} -> b\n"), report)
    assert not report.failed, [d.message for d in report.diagnostics]
    wire = file.statements[0]
    assert isinstance(wire, tree.Wire)
    assert wire.hops[0].where is not None
    return wire.hops[0].where


class Late:
    """A value known at deploy time only."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Late) and other.name == self.name

    def __hash__(self) -> int:
        return hash(self.name)


def literal(text: tree.Text) -> object | None:
    """Plain text as it is, a single reference as what is known later; `${broken}` is reported already."""
    if text.plain is not None:
        return text.plain
    (reference,) = [part for part in text.parts if isinstance(part, tree.Reference)]
    return None if reference.path == "broken" else Late(reference.path)


TYPES = {"id": "S", "n": "N", "raw": "B"}


def queue(e: tree.Expr, report: Report) -> Any:
    return lambda_filter.patterns(e, "body", "an SQS queue", literal, report)


def kinesis(e: tree.Expr, report: Report) -> Any:
    return lambda_filter.patterns(e, "data", "a Kinesis stream", literal, report)


def stream(e: tree.Expr, report: Report) -> Any:
    return table_stream.patterns(e, TYPES, False, "new-and-old", literal, report)


def topic(e: tree.Expr, report: Report) -> Any:
    return sns.policy(e, literal, report)


def bus(e: tree.Expr, report: Report) -> Any:
    return eventbridge.pattern(e, literal, report)


def bucket(e: tree.Expr, report: Report) -> Any:
    return s3.filters(e, None, e.span, report)


DIALECTS = {"queue": queue, "kinesis": kinesis, "stream": stream, "topic": topic, "bus": bus, "bucket": bucket}


def compiled(dialect: str, written: str) -> Any:
    """What a dialect makes of a filter that it can say."""
    report = Report()
    made = DIALECTS[dialect](expr(written), report)
    assert not report.diagnostics, [d.message for d in report.diagnostics]
    return made


def mistakes(dialect: str, written: str) -> list[tuple[str, str]]:
    """The code of each mistake and the text that it underlines."""
    report = Report()
    assert DIALECTS[dialect](expr(written), report) is None
    for found in report.diagnostics:
        assert found.code in CODES
        assert found.help
        assert found.labels[0].text
        assert found.message[0] != found.message[0].upper() or not found.message[0].isalpha() or found.message[:2] == "S3"
        assert not found.message.endswith(".")
    told = [(found.code, found.labels[0].span.text) for found in report.ordered()]
    assert len(told) == len(report.diagnostics), "said twice"
    return told


# --- what each service can do, row by row ---

LEAVES = {
    'p == "s"': ["s"],
    "p == true": [True],
    "p == off": [False],
    "p == null": [None],
    "p == 5": [{"numeric": ["=", 5]}],
    "p == 5.0": [{"numeric": ["=", 5]}],
    "p == 90s": [{"numeric": ["=", 90]}],
    "p == 500ms": [{"numeric": ["=", 0.5]}],
    "p >= 64KB": [{"numeric": [">=", 65536]}],
    'p == "${x}"': [Late("x")],
    'p != "s"': [{"anything-but": ["s"]}, NONE],
    'not p == "s"': [{"anything-but": ["s"]}, NONE],
    'not p != "s"': ["s"],
    "p != 5": [{"anything-but": [5]}, NONE],
    'p != "${x}"': [{"anything-but": [Late("x")]}, NONE],
    'p != "a" and p != "b"': [{"anything-but": ["a", "b"]}, NONE],
    'not p in ["a", "b"]': [{"anything-but": ["a", "b"]}, NONE],
    "p > 0": [{"numeric": [">", 0]}],
    "p > 0 and p <= 5": [{"numeric": [">", 0, "<=", 5]}],
    "p <= 5 and p > 0 and p > -3": [{"numeric": [">", 0, "<=", 5]}],
    "p >= 5 and p <= 5": [{"numeric": ["=", 5]}],
    "p >= 5 and p > 5": [{"numeric": [">", 5]}],
    "p <= 5 and p < 5": [{"numeric": ["<", 5]}],
    "not p < 5": [{"numeric": [">=", 5]}, NONE],
    "not p >= 5.5": [{"numeric": ["<", 5.5]}, NONE],
    "not p < 5 and not p > 9": [{"numeric": [">=", 5, "<=", 9]}, NONE],
    "not p < 5 and p < 9": [{"numeric": [">=", 5, "<", 9]}],
    'p in ["a", "b", "a"]': ["a", "b"],
    'p in ["a", 5, null]': ["a", {"numeric": ["=", 5]}, None],
    'p starts-with "x"': [{"prefix": "x"}],
    'p starts-with "${x}"': [{"prefix": Late("x")}],
    'p ends-with "x"': [{"suffix": "x"}],
    "p exists": [ANY],
    'p exists and p == "s"': ["s"],
    "not p exists": [NONE],
    "not not p exists": [ANY],
    'p == "a" or p == 5 or p == "b"': ["a", "b", {"numeric": ["=", 5]}],
    'p == "a" or p starts-with "b" or not p exists': ["a", {"prefix": "b"}, NONE],
    "p == false or not p exists": [False, NONE],
}


@pytest.mark.parametrize("written", LEAVES)
def test_leaf_on_the_services_that_share_patterns(written: str) -> None:
    """Queue, Kinesis, topic and bus write the same leaf for the same test."""
    leaf = LEAVES[written]
    assert compiled("queue", written) == [{"body": {"p": leaf}}]
    assert compiled("kinesis", written) == [{"data": {"p": leaf}}]
    assert compiled("topic", written) == ("MessageBody", {"p": leaf})
    assert compiled("topic", written.replace("p ", "attributes.p ")) == ("MessageAttributes", {"p": leaf})
    assert compiled("bus", written.replace("p ", "detail.p ")) == {"detail": {"p": leaf}}


MORE = [
    ("topic", 'not p starts-with "x"', ("MessageBody", {"p": [{"anything-but": {"prefix": "x"}}, NONE]})),
    ("bus", 'not source starts-with "x"', {"source": [{"anything-but": {"prefix": "x"}}, NONE]}),
    ("bus", 'not source ends-with "${x}"', {"source": [{"anything-but": {"suffix": Late("x")}}, NONE]}),
    ("bus", r'source contains "a*\\b"', {"source": [{"wildcard": r"*a\*\\b*"}]}),
    ("bus", 'not resources contains "x"', {"resources": [{"anything-but": {"wildcard": "*x*"}}, NONE]}),
    ("bus", 'detail-type == "a" and detail.b.c == 1', {"detail": {"b": {"c": [{"numeric": ["=", 1]}]}}, "detail-type": ["a"]}),
    ("bus", 'detail."odd key" == "x"', {"detail": {"odd key": ["x"]}}),
    ("bus", 'replay-name exists or time starts-with "2027"', {"$or": [{"replay-name": [ANY]}, {"time": [{"prefix": "2027"}]}]}),
    (
        "bus",
        'source == "s" and (detail.a == "x" or detail.b == "y")',
        {"$or": [{"detail": {"a": ["x"]}}, {"detail": {"b": ["y"]}}], "source": ["s"]},
    ),
    ("bus", 'source == "s" or (source == "s" and id == "x")', {"source": ["s"]}),
    ("bus", 'source != "s" or (source != "s" and id == "x")', {"source": [{"anything-but": ["s"]}, NONE]}),
    ("queue", "a == 1 and b.c == 2", [{"body": {"a": [{"numeric": ["=", 1]}], "b": {"c": [{"numeric": ["=", 2]}]}}}]),
    ("queue", 'a == "x" or b == "y"', [{"body": {"a": ["x"]}}, {"body": {"b": ["y"]}}]),
    ("queue", '(a == "x" and b == "y") or (a == "v" and b == "w")', [{"body": {"a": [a], "b": [b]}} for a, b in ("xy", "vw")]),
    ("queue", 'k == "v" and (p == "a" or p > 3)', [{"body": {"k": ["v"], "p": ["a", {"numeric": [">", 3]}]}}]),
    ("queue", 'not (a == "x" and b == "y")', [{"body": {n: [{"anything-but": [v]}, NONE]}} for n, v in ("ax", "by")]),
    (
        "queue",
        " or ".join(f'(k == "v" and p{i} == "x")' for i in range(6)),
        [{"body": {"$or": [{f"p{i}": ["x"]} for i in range(6)], "k": ["v"]}}],
    ),
    ("topic", "attributes.a.b exists", ("MessageAttributes", {"a.b": [ANY]})),
    ("topic", 'a == "x" or b == "y"', ("MessageBody", {"$or": [{"a": ["x"]}, {"b": ["y"]}]})),
    ("stream", 'new.p == "s"', [{"dynamodb": {"NewImage": {"p": {"S": ["s"]}}}}]),
    ("stream", "old.p == 5", [{"dynamodb": {"OldImage": {"p": {"N": ["5"]}}}}]),
    ("stream", "new.p == 5.0 or new.p == -0.50", [{"dynamodb": {"NewImage": {"p": {"N": ["5", "-0.5"]}}}}]),
    ("stream", "new.p == 100000000000000000000", [{"dynamodb": {"NewImage": {"p": {"N": ["100000000000000000000"]}}}}]),
    ("stream", "new.p == true", [{"dynamodb": {"NewImage": {"p": {"BOOL": [True]}}}}]),
    ("stream", "new.p != true", [{"dynamodb": {"NewImage": {"p": {"BOOL": [False, NONE]}}}}]),
    ("stream", "new.p == null", [{"dynamodb": {"NewImage": {"p": {"NULL": [True]}}}}]),
    ("stream", "new.p != null", [{"dynamodb": {"NewImage": {"p": {"NULL": [NONE]}}}}]),
    ("stream", "new.p != 5", [{"dynamodb": {"NewImage": {"p": {"N": [{"anything-but": ["5"]}, NONE]}}}}]),
    (
        "stream",
        'new.p != 5 and new.p != "a"',
        [{"dynamodb": {"NewImage": {"p": {"N": [{"anything-but": ["5"]}, NONE], "S": [{"anything-but": ["a"]}, NONE]}}}}],
    ),
    ("stream", 'new.p == 5 or new.p == "a"', [{"dynamodb": {"NewImage": {"p": {t: [v]}}}} for t, v in ("N5", "Sa")]),
    ("stream", 'new.p starts-with "x"', [{"dynamodb": {"NewImage": {"p": {"S": [{"prefix": "x"}]}}}}]),
    ("stream", 'new.p ends-with "x"', [{"dynamodb": {"NewImage": {"p": {"S": [{"suffix": "x"}]}}}}]),
    ("stream", 'new.a.b.c == "x"', [{"dynamodb": {"NewImage": {"a": {"M": {"b": {"M": {"c": {"S": ["x"]}}}}}}}}]),
    ("stream", "keys.id exists", [{"dynamodb": {"Keys": {"id": {"S": [ANY]}}}}]),
    ("stream", "not old.raw exists", [{"dynamodb": {"OldImage": {"raw": {"B": [NONE]}}}}]),
    ("stream", 'new.n == "${x}"', [{"dynamodb": {"NewImage": {"n": {"N": [Late("x")]}}}}]),
    (
        "stream",
        'eventName in ["INSERT", "MODIFY"] and new.status == "paid"',
        [{"dynamodb": {"NewImage": {"status": {"S": ["paid"]}}}, "eventName": ["INSERT", "MODIFY"]}],
    ),
    ("bucket", 'key starts-with "img/"', [("img/", "")]),
    ("bucket", 'key starts-with "img/" and key ends-with ".jpg"', [("img/", ".jpg")]),
    ("bucket", 'key starts-with "a/" or key starts-with "b/"', [("a/", ""), ("b/", "")]),
    ("bucket", '(key ends-with ".a" or key ends-with ".b") and key starts-with "x"', [("x", ".a"), ("x", ".b")]),
    ("bucket", 'key starts-with "year=2027/a b/é"', [("year%3D2027/a+b/%C3%A9", "")]),
]


@pytest.mark.parametrize(("dialect", "written", "wanted"), MORE)
def test_pattern(dialect: str, written: str, wanted: Any) -> None:
    """A filter becomes the pattern that the mapping's table names, with its keys in order."""
    made = compiled(dialect, written)
    assert made == wanted
    printed = json.dumps(made, default=lambda late: late.name)
    assert printed == json.dumps(json.loads(printed), sort_keys=True)


def test_absence_covers_no_stricter_alternative() -> None:
    """An alternative that only asks for more stays where a field may be absent: its other test may choose the element."""
    stays = 'not detail.x.z in ["a", "b"] or (detail.x.z != "a" and detail.x.z != "b" and detail.x.c == 1)'
    excluded = [{"anything-but": ["a", "b"]}, NONE]
    both = {"c": [{"numeric": ["=", 1]}], "z": excluded}
    made = compiled("bus", stays)
    assert made == {"$or": [{"detail": {"x": {"z": excluded}}}, {"detail": {"x": both}}]}
    event = {"detail": {"x": [{"c": 1}, {"z": "a"}]}}
    assert pattern_matches(made, event)
    assert evaluate.matches(expr(stays), event)
    goes = 'detail.p > 5 and detail.p > 6 or (detail.p > 6 and detail.q == "x")'
    assert compiled("bus", goes) == {"detail": {"p": [{"numeric": [">", 6]}]}}


ERRORS = [
    ("queue", "p == paid", [("IFC430", "paid")]),
    ("bus", "detail.p in [a, 5, b]", [("IFC430", "a"), ("IFC430", "b")]),
    ("topic", "p in [/orders, 5]", [("IFC430", "/orders")]),
    ("topic", "p in [a: b]", [("IFC430", "a: b")]),
    ("queue", 'p == "${broken}"', []),
    ("queue", 'p > "5"', [("IFC431", '"5"')]),
    ("queue", 'p > "${x}"', [("IFC431", '"${x}"')]),
    ("queue", "p < true", [("IFC431", "true")]),
    ("bus", "detail.p starts-with 5", [("IFC431", "5")]),
    ("bus", "detail.p contains null", [("IFC431", "null")]),
    ("bus", 'detail.p contains ""', [("IFC431", '""')]),
    ("bus", "detail.p in []", [("IFC431", "detail.p in []")]),
    ("queue", 'p == "a" and p == "b"', [("IFC433", 'p == "b"')]),
    ("queue", 'p exists and p != "a"', [("IFC433", 'p != "a"')]),
    ("bus", 'id starts-with "a" and id ends-with "b"', [("IFC433", 'id ends-with "b"')]),
    ("topic", "p < 3 and p > 5", [("IFC433", "p > 5")]),
    ("topic", "p < 3 and p >= 3", [("IFC433", "p >= 3")]),
    ("topic", 'p == "a" and p.q == "b"', [("IFC433", 'p.q == "b"')]),
    ("topic", 'p."q.r" == "a" and p.q.r == "b"', [("IFC433", 'p.q.r == "b"')]),
    ("queue", 'p contains "x"', [("IFC434", 'p contains "x"')]),
    ("kinesis", 'not p contains "x"', [("IFC434", 'p contains "x"')]),
    ("topic", 'p contains "x"', [("IFC434", 'p contains "x"')]),
    ("stream", 'new.p contains "x"', [("IFC434", 'new.p contains "x"')]),
    ("queue", 'not p starts-with "x"', [("IFC434", 'p starts-with "x"')]),
    ("queue", 'not p ends-with "x"', [("IFC434", 'p ends-with "x"')]),
    ("stream", 'not new.p starts-with "x"', [("IFC434", 'new.p starts-with "x"')]),
    ("topic", 'not p ends-with "x"', [("IFC434", 'p ends-with "x"')]),
    ("stream", "new.p > 5", [("IFC434", "new.p > 5")]),
    ("stream", "not new.p > 5", [("IFC434", "new.p > 5")]),
    ("queue", "p != true", [("IFC434", "p != true")]),
    ("bus", "detail.p != null", [("IFC434", "detail.p != null")]),
    ("bus", 'not detail.p in ["a", 5]', [("IFC434", 'detail.p in ["a", 5]')]),
    ("topic", 'p != "a" and p != 5', [("IFC434", "p != 5")]),
    ("queue", "p > 5000000001", [("IFC435", "5000000001")]),
    ("topic", "p in [1, 1000000001]", [("IFC435", "1000000001")]),
    ("topic", "p != 0.123456", [("IFC435", "0.123456")]),
    ("bus", "detail.p == 0.1234567", [("IFC435", "0.1234567")]),
    ("bus", "detail.p == 1234567890.123456", [("IFC435", "1234567890.123456")]),
    ("stream", f"new.p == 1{'0' * 38}1", [("IFC435", f"1{'0' * 38}1")]),
    ("stream", "new.p == 0.0000001", [("IFC435", "0.0000001")]),
    ("bus", 'detailtype == "x"', [("IFC436", 'detailtype == "x"')]),
    ("bus", "total > 5", [("IFC436", "total > 5")]),
    ("bus", "detail exists", [("IFC436", "detail exists")]),
    ("bus", 'source.name == "x"', [("IFC436", 'source.name == "x"')]),
    ("topic", "attributes exists", [("IFC436", "attributes")]),
    ("stream", 'status == "x"', [("IFC436", 'status == "x"')]),
    ("stream", "new exists", [("IFC436", "new exists")]),
    ("stream", 'keys.idd == "x"', [("IFC436", 'keys.idd == "x"')]),
    ("stream", 'new.id.x == "x"', [("IFC436", 'new.id.x == "x"')]),
    ("bus", "account == 123456789012", [("IFC437", "123456789012")]),
    ("stream", 'eventName == "INSERTED"', [("IFC437", '"INSERTED"')]),
    ("stream", "eventName == 5", [("IFC437", "5")]),
    ("stream", 'new.p in ["a", 5]', [("IFC437", 'new.p in ["a", 5]')]),
    ("stream", "new.id == 5", [("IFC437", "5")]),
    ("stream", 'new.n == "5"', [("IFC437", '"5"')]),
    ("stream", 'new.raw == "x"', [("IFC437", '"x"')]),
    ("stream", "new.p exists", [("IFC439", "new.p exists")]),
    ("topic", 'attributes.a == "x" and b == "y"', [("IFC440", "b")]),
    ("topic", 'b == "x" or attributes.a == "y"', [("IFC440", "attributes.a")]),
    ("bus", 'detail.p contains "${x}"', [("IFC445", '"${x}"')]),
    ("bucket", 'key starts-with "${x}"', [("IFC445", '"${x}"')]),
    ("bucket", "size > 5", [("IFC442", "size > 5")]),
    ("bucket", 'key contains "x"', [("IFC442", 'key contains "x"')]),
    ("bucket", 'key == "x"', [("IFC442", 'key == "x"')]),
    ("bucket", 'not key starts-with "x"', [("IFC442", 'key starts-with "x"')]),
    ("bucket", 'key starts-with "a" and key starts-with "ab"', [("IFC442", 'key starts-with "ab"')]),
    ("bucket", 'key starts-with "a*"', [("IFC442", 'key starts-with "a*"')]),
    ("bucket", 'key starts-with "a" or key ends-with "b"', [("IFC443", 'key starts-with "a" or key ends-with "b"')]),
    ("bucket", 'key starts-with "a" or key starts-with "ab"', [("IFC443", 'key starts-with "a" or key starts-with "ab"')]),
    ("bus", 'detail.prefix == "x" or detail.b == "y"', [("IFC446", 'detail.prefix == "x"')]),
    ("queue", 'a."$or" == "x"', [("IFC446", 'a."$or" == "x"')]),
]


@pytest.mark.parametrize(("dialect", "written", "wanted"), ERRORS)
def test_error(dialect: str, written: str, wanted: list[tuple[str, str]]) -> None:
    """What a service can't do is an error at the test that asks for it, said once."""
    assert mistakes(dialect, written) == wanted


@pytest.mark.parametrize(
    ("dialect", "written", "help"),
    [
        ("queue", "p == paid", 'write `"paid"`, or `"${paid}"` if it is a param'),
        ("queue", 'p > "-5.5"', "write `-5.5` without quotes"),
        ("bus", "detail.p contains 5", "write `detail.p == 5`: a list matches if one of its elements does"),
        ("bus", 'detailtype == "x"', "write `detail-type`"),
        ("bus", "detial.total > 5", "write `detail.total`"),
        ("bus", "total > 5", "what the sender put into the event is under `detail`: write `detail.total`"),
        ("bus", "account == 123456789012", 'write `"123456789012"`'),
        ("queue", "p != true", "write `p == false or not p exists`"),
        ("bus", "detail.p != null", "write `detail.p exists` if the sender leaves the field out, else test for the values that are wanted"),
        ("stream", 'status == "x"', "write `new.status` or `old.status`"),
        ("stream", 'nwe.status == "x"', "write `new.status`"),
        ("stream", 'EventName == "INSERT"', "write `eventName`"),
        ("stream", 'eventName == "INSERTED"', 'write `"INSERT"`'),
        ("stream", 'keys.idd == "x"', "write `keys.id`"),
        ("stream", "new.id == 5", 'write `"5"`'),
        ("topic", 'attributes.a == "x" and b == "y"', "send `b` as an attribute, or `a` in the body"),
        ("bucket", "size > 5", "send the bucket to a bus (`Files.created -> SomeBus`) and filter there with a field of `detail.object`"),
        ("bucket", 'key contains "x"', "send the bucket to a bus (`Files.created -> SomeBus`) and filter there with `detail.object.key`"),
    ],
)
def test_help(dialect: str, written: str, help: str) -> None:
    """The help names the way round."""
    report = Report()
    assert DIALECTS[dialect](expr(written), report) is None
    assert [found.help for found in report.ordered()] == [help]


# --- limits ---


def test_cases_are_capped() -> None:
    """An `and` of many `or`s is an error instead of doubling without end."""
    written = "p exists and " + " and ".join(f"(a{i} == 1 or b{i} == 2)" for i in range(40)) + " and q exists"
    assert mistakes("queue", written) == [("IFC432", written)]
    assert mistakes("queue", " or ".join(f"a{i} == 1" for i in range(101)))[0][0] == "IFC432"
    assert len(compiled("queue", " or ".join(f'p == "{i}"' for i in range(200)))) == 1


def test_depth_is_capped() -> None:
    """A filter nested too deeply is an error, and its text and fields can still be had."""
    span = expr("p exists").span
    deep: tree.Expr = expr("p exists")
    for _ in range(20_000):
        deep = tree.Not(span, deep)
    report = Report()
    assert queue(deep, report) is None
    assert [found.code for found in report.diagnostics] == ["IFC432"]
    assert expression.text(deep).count("not ") == 20_000
    assert [field.path for field in expression.fields(deep)] == [("p",)]


@pytest.mark.parametrize(
    ("dialect", "written"),
    [
        ("queue", f'p == "{"x" * 4096}"'),
        ("stream", f'new.p == "{"x" * 4096}"'),
        ("bus", f'detail.p == "{"x" * 2048}"'),
        ("topic", " and ".join(f"p{i} exists" for i in range(6))),
        ("topic", " or ".join(f"p{i} exists" for i in range(6))),
        ("topic", f"p in [{', '.join(str(i) for i in range(151))}]"),
        ("topic", f"a.b in [{', '.join(str(i) for i in range(76))}]"),
        ("topic", f"a in [{', '.join(str(i) for i in range(13))}] and b in [{', '.join(str(i) for i in range(12))}]"),
        ("bucket", f'key starts-with "{"x" * 1025}"'),
    ],
)
def test_size_is_limited(dialect: str, written: str) -> None:
    """A pattern larger than its service takes is an error at the whole filter."""
    assert mistakes(dialect, written) == [("IFC441", written)]


def test_size_up_to_the_limit() -> None:
    """What just fits is taken, and what is known at deploy time only is not counted."""
    bare = len('{"detail":{"p":[""]}}')
    assert compiled("bus", f'detail.p == "{"x" * (2048 - bare)}"')
    assert mistakes("bus", f'detail.p == "{"x" * (2049 - bare)}"')[0][0] == "IFC441"
    assert compiled("topic", f"a.b in [{', '.join(str(i) for i in range(75))}]")
    assert compiled("topic", " and ".join(f"p.q{i} exists" for i in range(6)))
    assert compiled("bus", f'detail.p == "{"x" * (2048 - bare - 4)}" or detail.p == "${{x}}"')


# --- table streams ---

REMOVED = {
    "eventName": ["REMOVE"],
    "userIdentity": {"principalId": ["dynamodb.amazonaws.com"], "type": ["Service"]},
}


def test_stream_without_a_filter() -> None:
    """All records need no pattern; what has expired needs one."""
    assert table_stream.patterns(None, TYPES, False, "keys", literal, Report()) == []
    assert table_stream.patterns(None, TYPES, True, "old", literal, Report()) == [REMOVED]


def test_expired_and_a_filter_are_one_pattern() -> None:
    """`expired` stands in every pattern beside what the filter asks for."""
    made = table_stream.patterns(expr('old.p == "a" or old.q == "b"'), TYPES, True, "old", literal, Report())
    assert made == [{"dynamodb": {"OldImage": {name: {"S": [value]}}}, **REMOVED} for name, value in ("pa", "qb")]


@pytest.mark.parametrize(
    ("written", "view", "expired", "way"),
    [
        ('old.p == "x"', "new", False, "write `stream new-and-old` in the table"),
        ('new.p == "x"', "old", False, "write `stream new-and-old` in the table"),
        ('new.p == "x"', "keys", False, "write `stream new-and-old` in the table"),
        ('old.p == "x"', "new", True, "write `stream old` in the table"),
        ('new.p == "x"', "new-and-old", True, "write `old.p`"),
        ('eventName == "REMOVE"', "old", True, "leave `eventName` out"),
    ],
)
def test_image_that_is_never_there(written: str, view: str, expired: bool, way: str) -> None:
    """A filter on an image that the stream leaves out, or on what is known already, is an error."""
    report = Report()
    assert table_stream.patterns(expr(written), TYPES, expired, view, literal, report) is None
    assert [(found.code, found.help) for found in report.ordered()] == [("IFC438", way)]


def test_keys_are_in_every_view() -> None:
    """The key of a record can be tested whatever else the stream holds."""
    for view in ("new", "old", "new-and-old", "keys"):
        made = table_stream.patterns(expr('keys.id == "x"'), TYPES, False, view, literal, Report())
        assert made == [{"dynamodb": {"Keys": {"id": {"S": ["x"]}}}}]


def test_event_of_a_record() -> None:
    """A filter sees a record's values without their types, and no lists or sets."""
    image = {
        "s": {"S": "x"},
        "n": {"N": "5"},
        "f": {"N": "-0.5"},
        "t": {"BOOL": True},
        "z": {"NULL": True},
        "b": {"B": "eA=="},
        "m": {"M": {"d": {"S": "y"}, "l": {"L": [{"S": "x"}]}}},
        "set": {"SS": ["x"]},
    }
    seen = table_stream.event({"eventName": "INSERT", "dynamodb": {"NewImage": image, "Keys": {"s": {"S": "x"}}}})
    plain = {"s": "x", "n": 5, "f": -0.5, "t": True, "z": None, "b": b"eA==", "m": {"d": "y"}}
    assert seen == {"eventName": "INSERT", "new": plain, "keys": {"s": "x"}}


# --- buckets ---


@pytest.mark.parametrize(
    ("glob", "wanted"),
    [
        ("img/*.jpg", ("img/", ".jpg")),
        ("private*", ("private", "")),
        ("*.png", ("", ".png")),
        ("*", ("", "")),
        ("config.json", ("config.json", "config.json")),
        ("a b/*", ("a+b/", "")),
    ],
)
def test_key_pattern(glob: str, wanted: tuple[str, str]) -> None:
    """What stands before the star is the prefix, what stands after it the suffix; without a star it is that key."""
    span = Span(Source("app.ifc", glob), 0, len(glob))
    assert s3.filters(None, glob, span, Report()) == [wanted]


@pytest.mark.parametrize(("glob", "code"), [("a*b*", "IFC444"), ("", "IFC444"), ("img/", "IFC444"), (f"{'x' * 1025}*", "IFC441")])
def test_key_pattern_that_is_none(glob: str, code: str) -> None:
    """A second star, nothing at all, a bare folder or a name too long is an error."""
    report = Report()
    assert s3.filters(None, glob, Span(Source("app.ifc", glob), 0, len(glob)), report) is None
    assert [found.code for found in report.diagnostics] == [code]


def test_key_pattern_with_a_filter() -> None:
    """Pattern and filter together give one prefix and one suffix; both may not say the same side."""
    ends, begins = expr('key ends-with ".jpg"'), expr('key starts-with "x"')
    assert s3.filters(ends, "img/*", ends.span, Report()) == [("img/", ".jpg")]
    assert s3.filters(None, None, ends.span, Report()) == [("", "")]
    report = Report()
    assert s3.filters(begins, "img/*", begins.span, report) is None
    assert [found.code for found in report.diagnostics] == ["IFC442"]


@pytest.mark.parametrize(
    ("one", "other", "wanted"),
    [
        (("a/", ""), ("b/", ""), False),
        (("a/", ""), ("a/b/", ""), True),
        (("a/", ".jpg"), ("a/", ".png"), False),
        (("a/", ".jpg"), ("b/", ".jpg"), False),
        (("", ".jpg"), ("a/", ""), True),
    ],
)
def test_overlap(one: tuple[str, str], other: tuple[str, str], wanted: bool) -> None:
    """Two filters overlap when prefixes and suffixes both meet, whichever comes first."""
    assert s3.overlap(one, other) is wanted
    assert s3.overlap(other, one) is wanted


# --- evaluation ---


@pytest.mark.parametrize(
    ("written", "event", "wanted"),
    [
        ("p == 5", {"p": 5.0}, True),
        ("p == 5", {"p": "5"}, False),
        ("p == 1", {"p": True}, False),
        ("p == true", {"p": 1}, False),
        ("p == null", {}, False),
        ("p == null", {"p": None}, True),
        ('p != "s"', {}, True),
        ('p != "s"', {"p": None}, True),
        ('p != "s"', {"p": ["s"]}, False),
        ('p != "s"', {"p": ["s", "t"]}, True),
        ('not p in ["s", "t"]', {"p": ["s", "t"]}, False),
        ("not p < 5", {}, True),
        ("not p < 5", {"p": "x"}, False),
        ("not p < 5", {"p": 5}, True),
        ("p > 0 and p <= 5", {"p": [-1, 10]}, False),
        ("p > 0 and p <= 5", {"p": [-1, 3, 10]}, True),
        ("p exists", {"p": []}, False),
        ("p exists", {"p": {}}, False),
        ("p exists", {"p": None}, True),
        ("not p exists", {"p": {"q": 1}}, True),
        ('p contains "b"', {"p": "abc"}, True),
        ('p contains "b"', {"p": ["x", "abc"]}, True),
        ('not p starts-with "a"', {"p": 5}, True),
        ("a.b == 1 and a.c == 2", {"a": [{"b": 1}, {"c": 2}]}, False),
        ("a.b == 1 and a.c == 2", {"a": [{"b": 1}, {"b": 1, "c": 2}]}, True),
        ("a.b == 1 and not a.c exists", {"a": [{"b": 1}, {"c": 2}]}, True),
        ("a.b.c == 1", {"a": [[{"b": [{"c": 1}]}]]}, True),
        ('a."b.c" == 1', {"a": {"b": {"c": 1}}}, True),
        ("p == 90s and q > 1KB", {"p": 90, "q": 1025}, True),
        ("p exists", [], False),
        ("p exists", "text", False),
    ],
)
def test_evaluation(written: str, event: object, wanted: bool) -> None:
    """The local evaluation means what the services mean."""
    assert evaluate.matches(expr(written), event) is wanted


def test_evaluation_of_a_wrong_filter() -> None:
    """A filter that is wrong in itself can't be evaluated, and the failure says why."""
    with pytest.raises(Failure) as failure:
        evaluate.matches(expr("p == paid"), {})
    assert [found.code for found in failure.value.diagnostics] == ["IFC430"]


def test_evaluation_with_references() -> None:
    """The caller gives references their values; one without a value, reported already, gives no matcher."""
    told = evaluate.matcher(expr('p == "${x}"'), lambda text: "known", Report())
    assert told is not None
    assert told({"p": "known"})
    assert evaluate.matcher(expr('p == "${broken}"'), literal, Report()) is None


# --- the canonical text ---


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ('(p=="s")', 'p == "s"'),
        ("(a exists or b exists) and not (c exists)", "(a exists or b exists) and not c exists"),
        ("(a exists and b exists) or c exists", "a exists and b exists or c exists"),
        ("a exists and (b exists and c exists)", "a exists and b exists and c exists"),
        ("not (not (a exists and b exists))", "not not (a exists and b exists)"),
        ('p in ["a",5.0,-0.50,on]', 'p in ["a", 5, -0.5, on]'),
        ("p > 3600s", "p > 1h"),
        ("p > 1500ms and q > 2048KB", "p > 1500ms and q > 2MB"),
        ('p.q."odd key".5xx == "a\\n\\"$${x} ${y.arn}"', 'p.q."odd key".5xx == "a\\n\\"$${x} ${y.arn}"'),
        ('"Ns/Metric" > 5', '"Ns/Metric" > 5'),
        ("p == 0.00000010", "p == 0.0000001"),
    ],
)
def test_text(written: str, wanted: str) -> None:
    """An expression prints in one canonical way, and what it prints means the same again."""
    assert expression.text(expr(written)) == wanted
    assert expression.text(expr(wanted)) == wanted


def test_fields() -> None:
    """The tested fields come in the order in which they stand."""
    found = expression.fields(expr('(a exists or b.c == 1) and not d in ["x"] and a exists'))
    assert [".".join(field.path) for field in found] == ["a", "b.c", "d", "a"]


# --- one meaning everywhere ---

WHERE = Span(Source("app.ifc", "?"), 0, 1)
Path = tuple[str, ...]
TEXTS = ["x", "xy", "yx", "y", "5", "true", "a*b", "\\", ""]
NUMBERS = [0, 1, 5, -1, 0.5, 5.0]

LOOKS = ("starts-with", "ends-with")

texts = st.sampled_from(TEXTS).map(lambda text: tree.Text(WHERE, (text,) if text else ()))
sought = st.sampled_from([text for text in TEXTS if text]).map(lambda text: tree.Text(WHERE, (text,)))
numbers = st.sampled_from(NUMBERS).map(lambda number: tree.Number(WHERE, number))
words = st.sampled_from(["true", "false", "null"]).map(lambda word: tree.Word(WHERE, word))
literals = st.one_of(texts, numbers, words)


def compare(field: Path, ops: tuple[str, ...], values: st.SearchStrategy[Any]) -> st.SearchStrategy[tree.Expr]:
    """Comparisons of a field."""
    return st.builds(lambda op, value: tree.Compare(WHERE, tree.Field(WHERE, field), op, value), st.sampled_from(ops), values)


def members(field: Path, values: st.SearchStrategy[Any]) -> st.SearchStrategy[tree.Expr]:
    """Tests of a field against a list."""
    several = st.lists(values, min_size=1, max_size=3)
    return several.map(lambda items: tree.Member(WHERE, tree.Field(WHERE, field), tuple(items)))


def json_tests(fields: list[Path], looks: tuple[str, ...]) -> st.SearchStrategy[tree.Expr]:
    """Single tests of fields that may hold anything."""
    return st.sampled_from(fields).flatmap(
        lambda field: st.one_of(
            compare(field, ("==", "!="), literals),
            compare(field, ("<", "<=", ">", ">="), numbers),
            compare(field, looks, sought),
            st.one_of(*(members(field, values) for values in (texts, numbers, literals))),
            st.just(tree.Exists(WHERE, tree.Field(WHERE, field))),
        )
    )


def expressions(single: st.SearchStrategy[tree.Expr]) -> st.SearchStrategy[tree.Expr]:
    """Expressions over single tests."""
    return st.recursive(
        single,
        lambda inner: st.one_of(
            inner.map(lambda e: tree.Not(WHERE, e)),
            st.lists(inner, min_size=2, max_size=3).map(lambda es: tree.And(WHERE, tuple(es))),
            st.lists(inner, min_size=2, max_size=3).map(lambda es: tree.Or(WHERE, tuple(es))),
        ),
        max_leaves=5,
    )


singles = st.one_of(st.sampled_from(TEXTS), st.sampled_from(NUMBERS), st.sampled_from([True, False, None]))
bodies = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(
        singles,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(st.sampled_from("de"), inner, max_size=2),
            st.lists(st.dictionaries(st.sampled_from("de"), inner, max_size=2), max_size=3),
        ),
        max_leaves=6,
    ),
)
PATHS: list[Path] = [("a",), ("b",), ("c",), ("c", "d"), ("c", "e"), ("a", "d")]


def flat(event: Any) -> list[tuple[str, Any, frozenset[tuple[tuple[Any, ...], int]]]]:
    """Every single value with its dotted path and the elements of lists in which it stands."""
    found = []

    def walk(value: Any, path: tuple[str, ...], where: tuple[Any, ...], inside: frozenset[Any]) -> None:
        if isinstance(value, dict):
            for key, each in value.items():
                walk(each, (*path, key), (*where, key), inside)
        elif isinstance(value, list):
            for at, each in enumerate(value):
                deeper = inside | {(where, at)} if isinstance(each, (dict, list)) else inside
                walk(each, path, (*where, at), deeper)
        else:
            found.append((".".join(path), value, inside))

    walk(event, (), (), frozenset())
    return found


def rules(pattern: dict[str, Any], above: tuple[str, ...] = ()) -> list[dict[str, list[Any]]]:
    """The patterns without `$or` that a pattern stands for, by dotted path."""
    parts: list[list[dict[str, list[Any]]]] = []
    for key, value in pattern.items():
        if key == "$or":
            assert len(value) > 1
            parts.append([rule for each in value for rule in rules(each, above)])
        elif isinstance(value, dict):
            parts.append(rules(value, (*above, key)))
        else:
            assert isinstance(value, list)
            assert value
            parts.append([{".".join((*above, key)): value}])
    assert parts
    for chosen in product(*parts):
        names = [name for rule in chosen for name in rule]
        assert len(names) == len(set(names)), "a path twice"
    return [{name: leaf for rule in chosen for name, leaf in rule.items()} for chosen in product(*parts)]


COMPARED = {"=": operator.eq, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def numeric(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def wild(pattern: str, value: str) -> bool:
    """Whether text fits a wildcard whose only bare stars are its ends."""
    middle = pattern[1:-1].replace("\\\\", "\0").replace("\\*", "*")
    assert pattern[0] == pattern[-1] == "*"
    assert "\\" not in middle
    return middle.replace("\0", "\\") in value


def entry_matches(entry: Any, value: Any) -> bool:
    """Whether one entry of a leaf matches a value that is there."""
    if not isinstance(entry, dict):
        assert not numeric(entry), "a raw number"
        return type(entry) is type(value) and bool(entry == value)
    ((op, wanted),) = entry.items()
    if op == "exists":
        return bool(wanted)
    if op == "numeric":
        pairs = zip(wanted[::2], wanted[1::2], strict=True)
        return numeric(value) and all(COMPARED[sign](value, bound) for sign, bound in pairs)
    if op == "anything-but" and isinstance(wanted, dict):
        return not entry_matches(wanted, value)
    if op == "anything-but":
        assert len({numeric(each) for each in wanted}) == 1
        return not any(numeric(value) == numeric(each) and not isinstance(value, bool) and value == each for each in wanted)
    if not isinstance(value, str):
        return False
    looks = {"prefix": value.startswith, "suffix": value.endswith, "wildcard": lambda pattern: wild(pattern, value)}
    return bool(looks[op](wanted))


def pattern_matches(pattern: dict[str, Any], event: Any) -> bool:
    """What AWS's matcher says: paths in order, each taking a value whose list elements agree with those taken so far."""
    leaves = flat(event)

    def go(names: list[str], rule: dict[str, list[Any]], taken: frozenset[Any]) -> bool:
        if not names:
            return True
        name, *rest = names
        lists = dict(taken)
        here = [
            (value, inside) for path, value, inside in leaves if path == name and all(lists.get(where, at) == at for where, at in inside)
        ]
        if not here and {"exists": False} in rule[name] and go(rest, rule, taken):
            return True
        return any(any(entry_matches(entry, value) for entry in rule[name]) and go(rest, rule, taken | inside) for value, inside in here)

    return any(go(sorted(rule), rule, frozenset()) for rule in rules(pattern))


def sound(pattern: Any) -> None:
    """Fails on what no pattern may hold: a leaf that is no list, an empty list or object, keys out of order."""
    assert isinstance(pattern, dict)
    assert pattern
    assert list(pattern) == sorted(pattern)
    for key, value in pattern.items():
        if key == "$or":
            for each in value:
                sound(each)
        elif not isinstance(value, list):
            sound(value)
        else:
            assert value
            assert not any(numeric(each) for each in value)


def agree(patterns: list[dict[str, Any]] | None, event: Any, e: tree.Expr, seen: Any) -> None:
    """Fails when what a dialect made of an expression and its local evaluation differ on an event."""
    assume(patterns is not None)
    assert patterns is not None
    for pattern in patterns:
        sound(pattern)
    wanted = evaluate.matches(e, seen)
    assert any(pattern_matches(pattern, event) for pattern in patterns) is wanted, (expression.text(e), patterns, event)


examples = settings(max_examples=150, deadline=None, database=None, derandomize=True)


@examples
@given(expressions(json_tests(PATHS, LOOKS)), bodies)
def test_queue_agrees_with_evaluation(e: tree.Expr, body: Any) -> None:
    """Wherever a queue's filter can say an expression, it passes the events that the evaluation passes."""
    agree(queue(e, Report()), {"body": body}, e, body)


@examples
@given(expressions(json_tests(PATHS, LOOKS)), bodies)
def test_topic_agrees_with_evaluation(e: tree.Expr, body: Any) -> None:
    """Wherever a topic's filter can say an expression, it passes the messages that the evaluation passes."""
    scope, made = topic(e, Report()) or ("MessageBody", None)
    assert scope == "MessageBody"
    agree(None if made is None else [made], body, e, body)


ATTRIBUTES: list[Path] = [("attributes", "a"), ("attributes", "b"), ("attributes", "c", "d")]
attributes = st.dictionaries(st.sampled_from(["a", "b", "c.d"]), st.one_of(singles, st.lists(singles, max_size=3)))


@examples
@given(expressions(json_tests(ATTRIBUTES, LOOKS)), attributes)
def test_topic_attributes_agree_with_evaluation(e: tree.Expr, sent: Any) -> None:
    """The same of a filter on a message's attributes, whose names may hold dots."""
    scope, made = topic(e, Report()) or ("MessageAttributes", None)
    assert scope == "MessageAttributes"
    agree(None if made is None else [made], sent, e, {"attributes": sent})


IN_EVENTS: list[Path] = [("source",), ("resources",), ("detail-type",), *(("detail", *path) for path in PATHS)]
events = st.fixed_dictionaries(
    {"source": st.sampled_from(TEXTS), "detail-type": st.sampled_from(TEXTS), "detail": bodies},
    optional={"resources": st.lists(st.sampled_from(TEXTS), max_size=3)},
)


@examples
@given(expressions(json_tests(IN_EVENTS, (*LOOKS, "contains"))), events)
def test_bus_agrees_with_evaluation(e: tree.Expr, event: Any) -> None:
    """Wherever a rule's pattern can say an expression, it passes the events that the evaluation passes."""
    made = bus(e, Report())
    agree(None if made is None else [made], event, e, event)


FREE: list[Path] = [("new", "a"), ("old", "a"), ("new", "b"), ("new", "c", "d")]
record_tests = st.one_of(
    members(("eventName",), st.sampled_from(table_stream.EVENTS).map(lambda name: tree.Text(WHERE, (name,)))),
    st.sampled_from(FREE).flatmap(lambda field: st.one_of(*(members(field, values) for values in (texts, numbers, words)))),
    st.sampled_from(FREE).flatmap(lambda field: compare(field, ("==", "!="), literals)),
    st.sampled_from(FREE).flatmap(lambda field: compare(field, LOOKS, sought)),
    compare(("keys", "id"), ("==", "!=", *LOOKS), sought),
    compare(("old", "n"), ("==", "!="), numbers),
    st.sampled_from([("new", "id"), ("old", "n"), ("keys", "id")]).map(lambda f: tree.Exists(WHERE, tree.Field(WHERE, f))),
)
scalars = st.one_of(
    st.sampled_from(TEXTS).map(lambda text: {"S": text}),
    st.sampled_from(["0", "1", "5", "-1", "0.5"]).map(lambda number: {"N": number}),
    st.booleans().map(lambda truth: {"BOOL": truth}),
    st.just({"NULL": True}),
    st.just({"B": "eA=="}),
)
stored = st.one_of(scalars, st.lists(scalars, max_size=2).map(lambda each: {"L": each}), st.just({"SS": ["x"]}))
maps = st.dictionaries(st.sampled_from("de"), stored).map(lambda each: {"M": each})
keys = st.fixed_dictionaries({"id": st.sampled_from(TEXTS).map(lambda text: {"S": text})})
images = st.fixed_dictionaries(
    {"id": st.sampled_from(TEXTS).map(lambda text: {"S": text})},
    optional={"a": stored, "b": st.one_of(stored, maps), "c": maps, "n": st.sampled_from(["0", "5", "-1"]).map(lambda n: {"N": n})},
)
records = st.builds(
    lambda name, image: {"eventName": name, "dynamodb": image},
    st.sampled_from(table_stream.EVENTS),
    st.fixed_dictionaries({"Keys": keys}, optional={"NewImage": images, "OldImage": images}),
)


@examples
@given(expressions(record_tests), records)
def test_stream_agrees_with_evaluation(e: tree.Expr, record: Any) -> None:
    """Wherever a table stream's filter can say an expression, it passes the records that the evaluation passes."""
    agree(stream(e, Report()), record, e, table_stream.event(record))


ends = st.sampled_from(["x", "xy", "y", "/", "x y", "="])
key_tests = compare(("key",), LOOKS, ends.map(lambda text: tree.Text(WHERE, (text,))))
key_filters = st.lists(
    st.one_of(key_tests, st.lists(key_tests, min_size=2, max_size=2).map(lambda es: tree.And(WHERE, tuple(es)))),
    min_size=1,
    max_size=3,
).map(lambda es: tree.Or(WHERE, tuple(es)))


@examples
@given(key_filters, st.lists(ends, max_size=4).map("".join))
def test_bucket_agrees_with_evaluation(e: tree.Expr, key: str) -> None:
    """Wherever a bucket's filter can say an expression, exactly one notification takes a key that the evaluation passes."""
    made = bucket(e, Report())
    assume(made is not None)
    taken = [key.startswith(unquote_plus(prefix)) and key.endswith(unquote_plus(suffix)) for prefix, suffix in made]
    assert taken.count(True) == evaluate.matches(e, {"key": key})


@examples
@given(expressions(json_tests(PATHS, LOOKS)), bodies)
def test_text_keeps_the_meaning(e: tree.Expr, body: Any) -> None:
    """What an expression prints as is read back as the same, and means the same."""
    again = expr(expression.text(e))
    assert expression.text(again) == expression.text(e)
    assert evaluate.matches(again, body) is evaluate.matches(e, body)


def test_codes_are_all_tried() -> None:
    """Every code of this package is raised by one of these tests."""
    tried = {code for _, _, wanted in ERRORS for code, _ in wanted} | {"IFC432", "IFC438", "IFC441", "IFC444"}
    assert tried == {code for code in CODES if "IFC430" <= code < "IFC450"}
