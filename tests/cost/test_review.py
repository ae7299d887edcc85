"""What `ifc diff` says of costs: a finding of class R5 where both sources say what they expect."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ifc.cli import main
from ifc.review.finding import Finding
from ifc.review.risk import Risk
from tests.review.corpus import text_version

SHOP = """app shop { region "us-east-1" }
table Orders { key id: string; stream new }
api Public { POST /orders -> place { expect 3000000 per month } }
function place "src/orders.place" { runtime python3.14; writes Orders; }
"""
DEARER = SHOP.replace("3000000", "9000000")


def found(old: str, new: str) -> tuple[list[Finding], tuple[str, ...]]:
    """The findings about costs, and the remarks."""
    from ifc.review.review import compare

    comparison = compare(text_version(old), text_version(new))
    return [finding for finding in comparison.findings if finding.risk == Risk.COST], comparison.remarks


def test_what_is_dearer_is_told() -> None:
    """Before and after, what it comes from, and where it stands; a template is the same, so there is nothing else to say."""
    (finding,), remarks = found(SHOP, DEARER)
    assert finding.title.startswith("`shop` is expected to cost $")
    assert finding.before is not None
    assert finding.before.endswith(" a month")
    assert [detail.split(" ")[0] for detail in finding.details] == ["`Public`", "`place`", "`Orders`"]
    assert finding.new is not None
    assert remarks == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (DEARER, SHOP),  # cheaper
        (SHOP, SHOP),
        (SHOP.replace("3000000", "300000000"), SHOP.replace("3000000", "310000000")),  # some dollars, and less than a tenth
        (SHOP.replace("3000000", "3"), SHOP.replace("3000000", "3000")),  # less than a dollar
        (SHOP.replace(" { expect 3000000 per month }", ""), DEARER),  # not known of both
        (SHOP, DEARER.replace(" { expect 9000000 per month }", "")),
    ],
)
def test_what_is_not_dearer_is_not(old: str, new: str) -> None:
    """Less, hardly more, and what can't be compared."""
    assert found(old, new) == ([], ())


def test_what_can_not_be_reckoned_is_a_remark() -> None:
    """A region without prices, and a loop without end."""
    secret = "secret Token\n"
    assert found(SHOP.replace("us-east-1", "eu-west-1"), DEARER.replace("us-east-1", "eu-west-1") + secret) == (
        [],
        ("what it costs is not compared: there are no prices for the region `eu-west-1`",),
    )
    assert found(SHOP.replace("us-east-1", "eu-west-1"), SHOP.replace("us-east-1", "eu-west-1")) == ([], ())
    loop = '# ifc: allow IFC550 "it ends"\nOrders.stream -> place\n'
    findings, remarks = found(SHOP + loop, DEARER + loop + secret)
    assert findings == []
    assert remarks[0].startswith("what it costs is not compared: each round of this loop")


def test_it_counts_and_can_be_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--fail-on R5` ends with 1, in every format; `# ifc: allow R5` beside the app accepts it."""
    old, new = tmp_path / "old.ifc", tmp_path / "new.ifc"
    old.write_text(SHOP, encoding="utf-8")
    new.write_text(DEARER, encoding="utf-8")
    words = ["diff", str(old), str(new), "--no-code", "--fail-on", "R5"]
    assert main(words) == 1
    assert "R5 cost: `shop`" in capsys.readouterr().out
    assert main([*words, "--format", "markdown"]) == 1
    assert "cost" in capsys.readouterr().out
    assert main([*words, "--format", "json"]) == 1
    (only,) = json.loads(capsys.readouterr().out)["findings"]
    assert (only["risk"], only["subject"]) == ("R5", "app/cost")
    assert main(["diff", str(old), str(new), "--no-code"]) == 0
    new.write_text(DEARER.replace("app shop", '# ifc: allow R5 "it was agreed"\napp shop'), encoding="utf-8")
    assert main(words) == 0
