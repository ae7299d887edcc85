"""Whether a pyproject.toml has `[tool.ifc]`, found out with next to nothing loaded: pytest asks it in projects that have no use for ifc."""

from __future__ import annotations

import re

FILE = "pyproject.toml"


def present(file: str) -> bool:
    """Whether a TOML file has `[tool.ifc]`; one that can't be read has it if it seems so, since reading it will say why it can't be."""
    return _table(file) is not None


def collected(file: str) -> bool:
    """Whether pytest makes tests of it: unless it says `golden_tests = false`."""
    table = _table(file)
    return table is not None and table.get("golden_tests") is not False


def _table(file: str) -> dict[str, object] | None:
    """What stands in `[tool.ifc]`, nothing where that is no table."""
    try:
        with open(file, "rb") as stream:
            content = stream.read()
    except OSError:
        return None
    if b"ifc" not in content or b"tool" not in content:
        return None
    import tomllib

    try:
        tool = tomllib.loads(content.decode("utf-8-sig")).get("tool")
    except ValueError:
        return {} if re.search(rb"^\s*\[\s*tool\s*\.\s*ifc\b", content, re.M) else None
    if not isinstance(tool, dict) or "ifc" not in tool:
        return None
    return tool["ifc"] if isinstance(tool["ifc"], dict) else {}
