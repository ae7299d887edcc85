"""The globs of `include` and `exclude`."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ifc.build.patterns import expression, matching

NAMES = ["a.py", "b.txt", "lib/a.py", "lib/deep/a.py", "lib/deep/b.txt", "lib/[x].txt", "lib/new\nline.txt", "library/a.py"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a.py", ["a.py"]),
        ("*.py", ["a.py"]),
        ("?.py", ["a.py"]),
        ("**/*.py", ["a.py", "lib/a.py", "lib/deep/a.py", "library/a.py"]),
        ("lib", ["lib/a.py", "lib/deep/a.py", "lib/deep/b.txt", "lib/[x].txt", "lib/new\nline.txt"]),
        ("lib/", ["lib/a.py", "lib/deep/a.py", "lib/deep/b.txt", "lib/[x].txt", "lib/new\nline.txt"]),
        ("./lib/*.py", ["lib/a.py"]),
        ("lib/**", ["lib/a.py", "lib/deep/a.py", "lib/deep/b.txt", "lib/[x].txt", "lib/new\nline.txt"]),
        ("lib/**/b.txt", ["lib/deep/b.txt"]),
        ("*/deep", ["lib/deep/a.py", "lib/deep/b.txt"]),
        ("[ab].*", ["a.py", "b.txt"]),
        ("[!a].*", ["b.txt"]),
        ("[a-b].py", ["a.py"]),
        ("lib/[[]x].txt", ["lib/[x].txt"]),
        ("lib/new*", ["lib/new\nline.txt"]),
        ("**", NAMES),
        ("A.py", []),
        ("../a.py", []),
        ("[z-a].py", ["a.py"]),
        ("lib[/]a.py", []),
    ],
)
def test_what_a_glob_matches(pattern: str, found: list[str]) -> None:
    """`*` and `?` stay in a folder, `**` goes through any, a folder stands for all in it."""
    assert matching([pattern], NAMES) == (set(found), [] if found else [pattern])


@given(st.text(alphabet="ab*?[]!-^\\./{}()|+$", max_size=12))
def test_any_text_is_a_glob(pattern: str) -> None:
    """Whatever stands there, it is one expression, and matches itself where it has no sign of its own."""
    machine = re.compile(expression(pattern))
    if not set(pattern) & set("*?[]") and pattern.strip("./") == pattern and "//" not in pattern and "/./" not in pattern:
        assert machine.fullmatch(pattern) or not pattern
