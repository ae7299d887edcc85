"""Edits of the orders app: each is found with its class of risk, in the app's words, and nothing else is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ifc.cli import main
from ifc.compiler import compile as compile_app
from ifc.resolve.app import Options
from ifc.review.finding import Finding
from ifc.review.review import compare
from ifc.review.version import Version, of_source
from tests.agreed import ROOT
from tests.test_golden import EXAMPLES

ORDERS = (ROOT / "examples" / "orders" / "app.ifc").read_text(encoding="utf-8")
TARGETS = ("cfn", "terraform")

# What is written, what is written instead, and what is found: the class and the subject of each finding.
EDITS: dict[str, tuple[str, str, list[str]]] = {
    "dead letters sooner": ("after 5", "after 3", ["R6 queue/Shipments/dead-letter"]),
    "no dead letters": ("dead-letter after 5", "dead-letter none", ["R0 queue/Shipments/dead-letter"]),
    "shorter retention": ("{ dead-letter after 5 }", "{ dead-letter after 5; retention 1h }", ["R0 queue/Shipments/retention"]),
    "another key": ("key    id: string", "key    oid: string", ["R0 table/Orders/key"]),
    "another type of key": ("key    id: string", "key    id: number", ["R0 table/Orders/key"]),
    "another ttl": ("ttl    expiresAt", "ttl expires", ["R0 table/Orders/ttl"]),
    "no ttl": ("  ttl    expiresAt\n", "", ["R6 table/Orders/ttl"]),
    "other images": ("stream new-and-old", "stream keys", ["R4 table/Orders/stream"]),
    "no index": ("  index  byCustomer { key customer: string, createdAt: number }\n", "", ["R4 table/Orders/index/byCustomer"]),
    "a table that may go": ("table Orders {", "table Orders {\n  keep off", ["R0 table/Orders/keep"]),
    "no route": ("  GET  /orders/{id} -> getOrder\n", "", ["R4 route/Public/GET /orders/{id}"]),
    "a public route": ("-> getOrder\n}", "-> getOrder\n  DELETE /orders/{id} -> getOrder\n}", ["R3 route/Public/DELETE /orders/{id}"]),
    "a guarded route": ("-> getOrder\n}", "-> getOrder { authorizer iam }\n}", ["R4 route/Public/GET /orders/{id}/authorizer"]),
    "another function answers": (
        "GET  /orders/{id} -> getOrder",
        "GET  /orders/{id} -> report",
        ["R4 route/Public/GET /orders/{id}/target"],
    ),
    "a new function": (
        "function ship ",
        'function extra "src/report.run" { reads Orders }\nfunction ship ',
        ["R2 function/extra"],
    ),
    "no arrow": ("OrderPlaced -> stock\n", "", ["R4 arrow/OrderPlaced -> stock"]),
    "another filter": ('"INSERT"', '"MODIFY"', ["R4 arrow/Orders.stream -> bill/where"]),
    "no filter": (' where eventName == "INSERT"', "", ["R6 arrow/Orders.stream -> bill/where"]),
    "a second consumer": ("{ batch 10 }", "{ batch 10 }\nShipments -> stock", ["R4 arrow/Shipments -> stock"]),
    "another batch": ("batch 10", "batch 5", ["R6 arrow/Shipments -> ship/batch"]),
    "another time": ("every 1h", "every 2h", ["R6 arrow/every 1h -> report"]),
    "less memory": ("memory 1GB", "memory 512MB", ["R6 function/report/memory"]),
    "another region": ("ap-northeast-1", "eu-west-1", ["R0 app/region"]),
    "a verb": ("reads Orders; writes Reports", "reads Orders; puts Orders; writes Reports", ["R2 function/report/permissions/Orders"]),
    "no verb": ("reads Orders; writes Reports", "writes Reports", ["R6 function/report/permissions/Orders"]),
    "anything": ("{ timeout 30s }", '{ timeout 30s; allow "s3:*" on "*" because "x" }', ["R2 function/ship/permissions/everything"]),
    "a public URL": ('"src/stock.handler"', '"src/stock.handler" { url public }', ["R3 function/stock/url"]),
    "a name": ('"src/stock.handler"', '"src/stock.handler" { name "own" }', ["R0 function/stock/name"]),
    "a rename": ("Shipments", "Parcels", ["R0 queue/Shipments"]),
    "versions": ("bucket Reports", "bucket Reports { versioning on }", ["R6 bucket/Reports/versioning"]),
}


def version(folder: Path, name: str, text: str) -> Version:
    """The version of an app that a text is."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    done = compile_app(str(path), Options(code=False))
    assert done.plan is not None, [d.message for d in done.report.ordered()]
    return of_source(name, done, TARGETS)


def found(folder: Path, old: str, new: str) -> tuple[Finding, ...]:
    """What is found between two texts."""
    result = compare(version(folder, "old.ifc", old), version(folder, "new.ifc", new))
    assert result.remarks == ()
    return result.findings


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_one_finding_of_its_class(edit: str, tmp_path: Path) -> None:
    """One edit is one row, of the right class, with its place, a plain title, and consequences for both targets."""
    before, after, expected = EDITS[edit]
    assert before in ORDERS
    findings = found(tmp_path, ORDERS, ORDERS.replace(before, after))
    assert [f"{finding.risk.code} {finding.subject}" for finding in findings] == expected
    for finding in findings:
        assert finding.new is not None or finding.old is not None
        assert "None" not in finding.title
        assert "{" not in finding.title.replace("{id}", "")
        assert {one.target for one in finding.consequences} in ({*TARGETS}, set() if finding.subject == "app/region" else {*TARGETS})


@pytest.mark.parametrize("edit", EDITS)
def test_the_way_back_is_found_too(edit: str, tmp_path: Path) -> None:
    """What an edit does can be undone, and that is a change as well."""
    before, after, _ = EDITS[edit]
    assert found(tmp_path, ORDERS.replace(before, after), ORDERS)


FIRST, SECOND = ORDERS.index("queue "), ORDERS.index("function placeOrder")
HEAD, MIDDLE, FUNCTIONS = ORDERS[:FIRST], ORDERS[FIRST:SECOND], ORDERS[SECOND:]
SAME = {
    "comments": ORDERS.replace("\n\n", "\n# and\n\n"),
    "blank lines": ORDERS.replace("\n", "\n\n"),
    "one line": ORDERS.replace("queue  Shipments { dead-letter after 5 }", "queue Shipments {\n\n  dead-letter   after 5\n}"),
    "a default": ORDERS.replace(
        "queue  Shipments { dead-letter after 5 }", "queue Shipments { dead-letter after 5; retention 4d; fifo off }"
    ),
    "another default": ORDERS.replace("{ timeout 30s }", "{ timeout 30s; memory 256MB; arch arm64 }"),
    "verbs in another order": ORDERS.replace("reads Orders; writes Reports", "writes Reports; reads Orders"),
    "declarations in another order": "\n".join([HEAD, *reversed(FUNCTIONS.splitlines()), MIDDLE]),
}


@pytest.mark.parametrize("name", SAME)
def test_what_means_the_same_is_nothing(name: str, tmp_path: Path) -> None:
    """Reordering, reformatting and defaults that are written out change nothing."""
    assert found(tmp_path, ORDERS, SAME[name]) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('allow "s3:GetObject", "s3:PutObject" on "*"', 'allow "s3:GetObject" on "*"\n  allow "s3:PutObject" on "*"'),
        ('allow "s3:GetObject" on "arn:aws:s3:::a", "arn:aws:s3:::b"', 'allow "s3:GetObject" on "arn:aws:s3:::b", "arn:aws:s3:::a"'),
    ],
)
def test_a_split_permission_is_nothing(one: str, other: str, tmp_path: Path) -> None:
    """One `allow` or several, in any order."""
    old, new = (ORDERS.replace("{ timeout 30s }", f"{{\n  timeout 30s\n  {allow}\n}}") for allow in (one, other))
    assert found(tmp_path, old, new) == ()


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_what_was_agreed(example: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Each example is the same as its golden files of both targets, and as itself."""
    monkeypatch.chdir(ROOT)
    for old in (f"golden/{example}", f"examples/{example}"):
        assert main(["diff", old, f"examples/{example}"]) == 0
        said = f": nothing changes\n  {old} → examples/{example}, for CloudFormation and Terraform\n"
        assert capsys.readouterr().out.endswith(said)
