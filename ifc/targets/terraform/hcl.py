"""Texts of Terraform's language: what must be escaped in them, and how expressions stand among them."""

from __future__ import annotations

import json
import re
from json.encoder import encode_basestring
from typing import Any

WIDTH = 100  # of a list that stands on one line

# What JSON's escapes have and Terraform's language lacks (Terraform language, Strings and Templates).
_LACKING = {"\\b": "\\u0008", "\\f": "\\u000c"}


def escaped(text: str) -> str:
    """Fixed text in a template, where `${` and `%{` begin something else."""
    return text.replace("${", "$${").replace("%{", "%%{")


def inside(text: str) -> str:
    """Fixed text within quotes, as it stands in an expression."""
    written = json.dumps(escaped(text), ensure_ascii=False)[1:-1]
    return re.sub(r"\\.", lambda pair: _LACKING.get(pair[0], pair[0]), written)


def quoted(text: str) -> str:
    """Fixed text as an expression."""
    return f'"{inside(text)}"'


def inserted(expression: str) -> str:
    """An expression within a template."""
    return "${" + expression + "}"


def json_text(data: Any, indent: str = "") -> str:
    """JSON with an object's entries on lines of their own, and lists of texts on one line where they fit."""
    if isinstance(data, str):
        return encode_basestring(data)
    inner = indent + "  "
    if isinstance(data, dict) and data:
        entries = (f"{inner}{encode_basestring(key)}: {json_text(value, inner)}" for key, value in data.items())
        return "{\n" + ",\n".join(entries) + f"\n{indent}}}"
    if isinstance(data, list) and data:
        line = json.dumps(data, ensure_ascii=False)
        if len(line) <= WIDTH and not any(isinstance(part, dict | list) for part in data):
            return line
        return "[\n" + ",\n".join(inner + json_text(part, inner) for part in data) + f"\n{indent}]"
    return json.dumps(data, ensure_ascii=False)
