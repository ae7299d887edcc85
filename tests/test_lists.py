"""A list parameter stands as a list where a list is wanted, and as text with commas where only text fits."""

from __future__ import annotations

from tests.support import resources, template

TEXT = """
param zones "a,b" { type list }
function f "a.b" { runtime python3.13; env { ZONES zones; SAID "in ${zones}" } }
resource R "AWS::SSM::Parameter" { cfn { Type "StringList"; Value "${zones}" } }
output zones zones
"""


def test_text() -> None:
    """CloudFormation's `Ref` of a list parameter is a list, which no variable, output or `Fn::Sub` takes."""
    joined = {"Fn::Join": [",", {"Ref": "zones"}]}
    variables = resources(TEXT, "AWS::Lambda::Function")["f"]["Environment"]["Variables"]
    assert variables["ZONES"] == joined
    assert variables["SAID"] == {"Fn::Sub": ["in ${Part1}", {"Part1": joined}]}
    assert template(TEXT)["Outputs"]["zones"]["Value"] == joined
