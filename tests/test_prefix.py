"""The prefix is a parameter where a name begins with it, and only there."""

from __future__ import annotations

from tests.support import errors, template


def test_only_where_it_is_used() -> None:
    """A parameter that nothing uses is a finding of cfn-lint (W2001)."""
    assert "Parameters" not in template("queue Q")
    assert "Prefix" in template("bucket B")["Parameters"]


def test_limits_are_for_numbers() -> None:
    """CloudFormation takes no MinValue for a string."""
    assert errors('param p "a" { min 1 }\nqueue Q') == ["IFC305"]
    assert not errors("param p 3 { min 1; max 5 }\nqueue Q")
