"""Our JSON in Lua against Python's."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.local.gateway.running import LIBRARY, needed

pytest_plugins = ["tests.local.gateway.fixtures"]

# A line of hexadecimal digits for each text: `d` reads and writes it, `m` cuts it into its members, `u` makes it UTF-8.
PROGRAM = r"""
ngx = { null = io.stdout }
package.path = arg[1] .. "/?.lua"
local json, text = require "ifc_json", require "ifc_text"
local function hex(s) return (s:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end
local function run(task, content)
  if task == "d" then
    local value, problem = json.decode(content)
    return value == nil and "!" .. problem or json.encode(value)
  elseif task == "m" then
    local members = json.members(content)
    return members and json.encode(members) or "none"
  end
  return text.utf8(content)
end
for line in io.lines() do
  local digits = line:sub(2):gsub("..", function(pair) return string.char(tonumber(pair, 16)) end)
  io.write(hex(run(line:sub(1, 1), digits)), "\n")
  io.flush()
end
"""


class Lua:
    """A LuaJIT that answers line by line."""

    def __init__(self, folder: Path) -> None:
        program = folder / "program.lua"
        program.write_text(PROGRAM, encoding="utf-8")
        self._process = subprocess.Popen(["luajit", str(program), str(LIBRARY)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, task: str, text: bytes) -> bytes:
        """What it makes of a text."""
        streams = self._process.stdin, self._process.stdout
        assert streams[0] is not None
        assert streams[1] is not None
        streams[0].write(task.encode() + text.hex().encode() + b"\n")
        streams[0].flush()
        return bytes.fromhex(streams[1].readline().decode())

    def close(self) -> None:
        """Ends it."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def lua(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lua]:
    """LuaJIT with our library."""
    needed()
    made = Lua(tmp_path_factory.mktemp("lua"))
    yield made
    made.close()


NUMBERS = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False))
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS), lambda v: st.one_of(st.lists(v), st.dictionaries(TEXTS, v)), max_leaves=25
)
quick = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(value=VALUES, ascii=st.booleans(), indent=st.sampled_from([None, 1]))
def test_values_come_back_as_they_were(lua: Lua, value: Any, ascii: bool, indent: int | None) -> None:
    """What is read and written again is the same value: empty lists, all texts, all numbers that a double can hold."""
    written = json.dumps([value], ensure_ascii=ascii, indent=indent).encode()
    assert json.loads(lua("d", written)) == [value]


@quick
@given(value=st.lists(st.tuples(TEXTS, VALUES), max_size=4).map(dict), indent=st.sampled_from([None, 1]))
def test_members_are_cut_out_as_they_were_written(lua: Lua, value: dict[str, Any], indent: int | None) -> None:
    """Each member of an object is the text that it was written as."""
    written = json.dumps(value, indent=indent).encode()
    members = json.loads(lua("m", written))
    assert {name: json.loads(text) for name, text in members.items()} == value
    assert all(text == text.strip() and text.encode() in written for text in members.values())


@quick
@given(text=st.one_of(st.text(alphabet='[]{}",:\\0123456789.-+eEtrufalsn \n'), st.text()))
def test_what_is_no_json(lua: Lua, text: str) -> None:
    """Lua reads what Python reads, and refuses what Python refuses."""
    try:
        expected = json.loads(text, parse_constant=lambda _: json.loads("none"), parse_int=float)
    except (ValueError, RecursionError):
        assert lua("d", text.encode()).startswith(b"!")
        return
    found = lua("d", text.encode())
    if b"has no number" not in found:
        assert json.loads(found, parse_int=float) == expected


@quick
@given(
    content=st.one_of(
        st.binary(),
        st.lists(
            st.sampled_from(
                [
                    b"\xe2\x82\xac",
                    b"\xf0\x9f\x98\x80",
                    b"\xed\xa0\x80",
                    b"\xf4\x90",
                    b"a",
                    b"\xc0\x80",
                    b"\xe0\x80\x80",
                    b"\xf0\x80\x80\x80",
                ]
            )
        ).map(b"".join),
    )
)
def test_bytes_become_utf8(lua: Lua, content: bytes) -> None:
    """Bytes that are no UTF-8 are replaced as Python replaces them."""
    assert lua("u", content) == content.decode(errors="replace").encode()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (b'"\\ud83d\\ude00\\ud83d\\ude0"', b"!`\\u` without four digits"),
        (b'"\\ud800x\\udc00\\ud800\\u0041"', '"\ufffdx\ufffd\ufffdA"'.encode()),
        (b"[1e999]", b"!a number that is too large"),
        (b"-0", b"0"),
        (b"0.1", b"0.1"),
        (b"123456789012345678", b"1.2345678901234568e+17"),
        (b"[1,]", b"!no value at character 4"),
        (b'{"a":1,}', b"!no name in quotes at character 8"),
        (b"\xef\xbb\xbf{}", b"!no value at character 1"),
        (b"NaN", b"!no value"),
        (b"'a'", b"!no value"),
        (b"0x10", b"!more after the value"),
        (b"1.", b"!no value"),
        (b".5", b"!no value"),
        (b"1e", b"!no value"),
        (b"--1", b"!no value"),
        (b"nul", b"!no value"),
        (b"", b"!no value"),
    ],
)
def test_odd_json(lua: Lua, written: bytes, expected: bytes) -> None:
    """Halves of pairs, numbers that no double holds, and what other readers let pass."""
    assert lua("d", written).startswith(expected)


@pytest.mark.parametrize(
    "written", [b"[]", b'"a"', b"5", b"", b"{", b'{"a"', b'{"a":', b'{"a":1', b'{"a":1}}', b'{"a":"b}', b"{} x", b'{"a":[}']
)
def test_texts_without_members(lua: Lua, written: bytes) -> None:
    """What is no object has no members, and what is cut off none either."""
    assert lua("m", written) == b"none"
