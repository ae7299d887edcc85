"""Patterns of params in the words of RE2, by which Terraform tests values."""

from __future__ import annotations

import pytest

from ifc.targets.terraform.re2 import re2


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("[a-z][a-z0-9-]{2,20}", "[a-z][a-z0-9-]{2,20}"),
        (r"[*+]+|a", r"[*+]+|a"),
        (r"\++[.*+]+\\1", r"\++[.*+]+\\1"),
        (r"(?i)(?:a|b)+?(?<n>c)", r"(?i)(?:a|b)+?(?<n>c)"),
        (r"[^]]+\.", r"[^]]+\."),
        ("[\\u00e9a]{,2}", "[éa]{0,2}"),
        (r"\d+\Z", r"\d+\z"),
        ("\\u00e9\\u002e", "é\\."),
        ("", ""),
    ],
)
def test_what_both_have(pattern: str, written: str) -> None:
    """What both read alike stays, and what RE2 spells otherwise is spelled so."""
    assert re2(pattern) == (written, None)


@pytest.mark.parametrize(
    ("pattern", "unknown"),
    [
        ("(?!x)[a-z]+", "(?!"),
        ("a(?=b)", "(?="),
        ("(?<=a)b", "(?<="),
        ("(?>a)", "(?>"),
        ("a++", "++"),
        ("[ab]*+", "*+"),
        ("a{1,1001}", "{1,1001}"),
        (r"(a)\1", r"\1"),
        (r"(?<n>a)\k<n>", r"\k<n>"),
        ("(?x) a", "(?x)"),
        ("(?#c)", "(?#"),
        ("[a-z&&[^b]]", "[a-z&&[^b]"),
        (r"a\G", r"\G"),
        (r"[\b]", r"[\b]"),
        ("[[:alpha:]]", "[[:alpha:]]"),
    ],
)
def test_what_re2_lacks(pattern: str, unknown: str) -> None:
    """What RE2 can't read is named."""
    assert re2(pattern) == ("", unknown)
