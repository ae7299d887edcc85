"""What the compiler itself writes for Terraform is in the provider's schema, as the package has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ifc.compiler import compile as compile_app
from ifc.resolve.app import Options
from ifc.targets.terraform import Printer
from ifc.targets.terraform.arguments import META, Arguments, arguments
from tests.agreed import ROOT
from tests.test_golden import EXAMPLES


def unknown(known: Arguments, content: Mapping[str, Any], above: str) -> list[str]:
    """The arguments of a block that the schema does not have, and those that it wants and that are missing."""
    found = [f"{above}.{name} is missing" for name, (needed, _) in known.items() if needed and name not in content]
    for name, value in content.items():
        if name not in known:
            found.append(f"{above}.{name}")
            continue
        inner = known[name][1]
        for part in value if isinstance(value, list) else [value]:
            if inner is not None and isinstance(part, Mapping):
                found += unknown(inner, part, f"{above}.{name}")
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_argument_is_known(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each block of an example has arguments of its type alone, and all that are required."""
    monkeypatch.chdir(ROOT)
    done = compile_app(f"examples/{name}/app.ifc", Options())
    assert done.plan is not None
    for file in Printer(done.plan, done.report).files.values():
        for type, blocks in file.get("resource", {}).items():
            known = arguments(type)
            assert known is not None, type
            for content in blocks.values():
                assert unknown(known, {k: v for k, v in content.items() if k not in META}, type) == []


def test_nested_arguments() -> None:
    """Blocks in blocks are read to their end."""
    known = arguments("aws_s3_bucket_notification")
    assert known is not None
    assert known["bucket"] == (True, None)
    assert known["queue"][1] == {
        "events": (True, None),
        "filter_prefix": (False, None),
        "filter_suffix": (False, None),
        "id": (False, None),
        "queue_arn": (True, None),
    }
    assert arguments("aws_no_such_thing") is None
