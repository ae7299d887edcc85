"""Checks of buses and topics: what is known of events, and what is not."""

from __future__ import annotations

import pytest

from tests.support import findings

FUNCTIONS = 'function f "a.b" { publishes Shop }\nfunction g "a.c"\nfunction h "a.d"\nparam name "x"\n'


@pytest.mark.parametrize(
    ("where", "codes"),
    [
        ('source == "aws.s3"', ["IFC475"]),
        ('source in ["aws.s3", "aws.ec2"] and detail.x == 1', ["IFC475"]),
        ('source starts-with "aws."', ["IFC475"]),
        ('source == "aws.s3" or source starts-with "aws.e"', ["IFC475"]),
        ('source == "aws.s3" or detail.x == 1', []),
        ('source in ["aws.s3", "shop"]', []),
        ('source starts-with "aws"', []),
        ('source != "aws.s3"', []),
        ('detail.source == "aws.s3"', []),
        ('source == "aws.${name}"', []),
    ],
)
def test_events_of_aws(where: str, codes: list[str]) -> None:
    """Only a filter that nothing but an event of AWS could pass is told of."""
    assert findings(f"bus Shop\n{FUNCTIONS}Shop where {where} -> g") == codes


@pytest.mark.parametrize(
    "brings",
    [
        "bucket B\nB.created -> Shop",
        'aws where source == "aws.s3" -> Shop',
        "bus Other\nOther -> Shop",
        'extern bus Other "arn:aws:events:eu-west-1:123456789012:event-bus/other"\nOther -> Shop',
    ],
)
def test_events_of_aws_are_brought(brings: str) -> None:
    """Buckets and other buses bring events of AWS."""
    assert findings(f'bus Shop\n{FUNCTIONS}{brings}\nShop where source == "aws.s3" -> g') == []


def test_events_of_aws_on_their_bus() -> None:
    """The account's own bus, and one that is made elsewhere, may have them."""
    assert findings(f'bus Shop\n{FUNCTIONS}aws where source == "aws.s3" -> g') == []
    extern = 'extern bus Shop "arn:aws:events:eu-west-1:123456789012:event-bus/shop"'
    assert findings(f'{extern}\n{FUNCTIONS}Shop where source == "aws.s3" -> g') == []


@pytest.mark.parametrize(
    ("bus", "rules", "codes"),
    [
        ("bus Shop", "", []),
        ("bus Shop", "Shop -> g", []),
        ("bus Shop", 'Shop where source == "x" -> g', []),
        ("bus Shop", 'Shop where detail-type == "Scheduled Event" -> g', []),
        ("bus Shop", 'Shop where detail.kind == "a" -> g', []),
        ("bus Shop", 'Shop where source == "y" -> g', ["IFC476"]),
        ("bus Shop", 'Shop where source == "x" and detail-type == "Day" -> g', ["IFC476"]),
        ("bus Shop", 'Shop where source == "${name}" -> g', []),
        ("bus Shop", 'Shop where source != "x" -> g', ["IFC476"]),
        ("bus Shop", 'Shop where source == "y" -> g\nShop where detail-type starts-with "Sched" -> h', []),
        ("bus Shop", 'Shop where source == "y" -> g\nShop -> h', []),
        ("bus Shop", 'Shop where source in ["y", "x"] -> g', []),
        ("bus Shop", 'Shop where source in ["y", "z"] -> g', ["IFC476"]),
        ('extern bus Shop "arn:aws:events:eu-west-1:123456789012:event-bus/shop"', 'Shop where source == "y" -> g', []),
        ("bus Shop { archive }", 'Shop where source == "y" -> g', []),
        ("bus Shop\noutput bus Shop.arn", 'Shop where source == "y" -> g', []),
        ("bus Shop", 'Shop where source == "y" -> nobody', ["IFC201"]),
    ],
)
def test_unheard_events(bus: str, rules: str, codes: list[str]) -> None:
    """An event that no arrow can take is told of, unless others may take it, it is kept, or something is broken or not known."""
    assert findings(f"{bus}\n{FUNCTIONS}every 1h -> Shop\n{rules}") == codes


def test_what_is_sent_may_not_be_known() -> None:
    """A source that only the deployment knows is not compared."""
    assert findings(f'bus Shop\n{FUNCTIONS}every 1h -> Shop {{ source "s-${{name}}" }}\nShop where source == "y" -> g') == []


@pytest.mark.parametrize(
    ("queues", "codes"),
    [
        ("queue Q", ["IFC474"]),
        ("queue Q { fifo }", []),
        ("queue Q\nqueue R { fifo }\nT -> R -> g", []),
        ("queue Q\nqueue R\nT -> R -> g", ["IFC474"]),
        ('extern queue Q "arn:aws:sqs:eu-west-1:123456789012:q.fifo"', ["IFC505"]),
    ],
)
def test_order_for_nobody(queues: str, codes: list[str]) -> None:
    """A FIFO topic is told of only where no queue behind it keeps its order."""
    assert findings(f'bus Shop\n{FUNCTIONS}topic T {{ fifo }}\n{queues}\nT -> Q -> f\nShop where source == "y" -> g') == codes
