"""Firewalls in the words of a target: whether more addresses and ports get through than before."""

from __future__ import annotations

from typing import Any

import pytest

from ifc.review.review import compare
from tests.review.test_foreign import configuration, of, resources, said, tf

GROUP = "AWS::EC2::SecurityGroup"


def entry(range: Any, first: int = 22, last: int = 22, protocol: Any = "tcp", **more: Any) -> dict[str, Any]:
    """One entry of a security group."""
    return {"CidrIp": range, "FromPort": first, "ToPort": last, "IpProtocol": protocol, **more}


def ingress(*entries: Any) -> dict[str, Any]:
    """Who may reach a group."""
    return {"SecurityGroupIngress": list(entries)}


def egress(*entries: Any) -> dict[str, Any]:
    """Whom a group may reach."""
    return {"SecurityGroupEgress": list(entries)}


ONE, TEN = entry("10.0.0.0/16"), entry("10.0.0.0/8")


@pytest.mark.parametrize(
    ("before", "after", "forward", "back"),
    [
        (ingress(ONE), ingress(TEN), "R2", "R6"),
        (ingress(ONE), ingress(ONE, entry("10.0.7.0/24")), "R6", "R6"),  # which was in it
        (ingress(entry("10.0.0.0/17"), entry("10.0.128.0/17")), ingress(ONE), "R2", "R6"),
        (ingress(ONE), ingress(entry("192.168.0.0/16")), "R2", "R2"),
        (ingress(ONE), ingress(entry("10.0.0.0/16", 20, 25)), "R2", "R6"),
        (ingress(ONE), ingress(entry("10.0.0.0/16", protocol="udp")), "R2", "R2"),
        (ingress(ONE), ingress(entry("10.0.0.0/16", protocol=-1)), "R2", "R6"),
        (ingress(ONE), ingress(entry("10.0.0.0/16", Description="of the office")), "R6", "R6"),
        (ingress(entry("fd00::/64")), ingress(entry("fd00::/48")), "R2", "R6"),
        (ingress(entry({"Ref": "AWS::Region"})), ingress(entry({"Ref": "AWS::AccountId"})), "R2", "R2"),
        (ingress(ONE), ingress(entry("nowhere")), "R2", "R2"),
        ({}, ingress(ONE), "R2", "R6"),
        (ingress({"SourceSecurityGroupId": "sg-1"}), ingress({"SourceSecurityGroupId": "sg-2"}), "R2", "R2"),
        (ingress(TEN), ingress(entry("0.0.0.0/0")), "R3", "R6"),
        (egress(ONE), egress(TEN), "R2", "R6"),
        (egress(ONE), {}, "R2", "R6"),  # without any, everything is let out
    ],
)
def test_security_groups(before: Any, after: Any, forward: str, back: str) -> None:
    """An entry that lets through what none did is wider, and one within another is not."""
    one, other = (of(GROUP, GroupDescription="g", **properties) for properties in (before, after))
    assert [line[:2] for line in resources(one, other)] == [forward]
    assert [line[:2] for line in resources(other, one)] == [back]


RULE = "aws_vpc_security_group_ingress_rule"


@pytest.mark.parametrize(
    ("before", "after", "forward", "back"),
    [
        (tf(RULE, cidr_ipv4="10.0.0.0/16"), tf(RULE, cidr_ipv4="10.0.0.0/9"), "R2", "R6"),
        (tf(RULE, cidr_ipv6="fd00::/64"), tf(RULE, cidr_ipv6="fd00::/48"), "R2", "R6"),
        (tf(RULE, from_port=22, to_port=22), tf(RULE, from_port=22, to_port=80), "R2", "R6"),
        (tf(RULE, from_port=22, to_port=22), tf(RULE, from_port=1, to_port=22), "R2", "R6"),
        (tf(RULE, ip_protocol="tcp"), tf(RULE, ip_protocol="-1"), "R2", "R6"),
        (
            tf("aws_security_group", ingress=[{"from_port": 1, "to_port": 2, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/16"]}]),
            tf(
                "aws_security_group",
                ingress=[{"from_port": 1, "to_port": 2, "protocol": "tcp", "cidr_blocks": ["10.0.0.0/16", "10.9.0.0/16"]}],
            ),
            "R2",
            "R6",
        ),
        (
            tf("aws_odd_door", opens=[{"to": {"cidrs": ["203.0.113.0/24"]}}]),
            tf("aws_odd_door", opens=[{"to": {"cidrs": ["203.0.112.0/20"]}}]),
            "R2",
            "R6",
        ),
    ],
)
def test_configurations(before: Any, after: Any, forward: str, back: str) -> None:
    """The same of Terraform's blocks."""
    one, other = configuration(before), configuration(after)
    assert [line[:2] for line in said(compare(one, other))] == [forward]
    assert [line[:2] for line in said(compare(other, one))] == [back]


def test_words() -> None:
    """It is said which way more gets through."""
    (line,) = resources(of(GROUP, **egress(ONE)), of(GROUP, **egress(TEN)))
    assert line == "R2 `SecurityGroupEgress` of resource `X` changes: it may reach more addresses or ports"
    (line,) = resources({}, of(GROUP, **ingress(ONE)))
    assert line == "R2 resource `X` is new: more addresses or ports may reach it"
