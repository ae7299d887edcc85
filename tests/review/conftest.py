"""A terminal of one width for all tests of reviews, whoever runs them."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def width(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are as long as in a terminal of 100 columns."""
    monkeypatch.setenv("COLUMNS", "100")
