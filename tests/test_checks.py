"""Each check is held to the Bad and the Good of its own docstring."""

from __future__ import annotations

import pytest

from ifc import checks
from ifc.diagnostics import NOTE
from tests.support import findings


@pytest.mark.parametrize("name", checks.names())
def test_docstring(name: str) -> None:
    """The bad source is found, and the good one is silent."""
    told = checks.told(name)
    codes, bad, good = set(told.codes), told.examples["Bad"], told.examples["Good"]
    assert codes & {*findings(bad), *findings(bad, NOTE)}
    assert not codes & {*findings(good), *findings(good, NOTE)}
