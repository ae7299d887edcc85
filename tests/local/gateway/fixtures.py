"""The gateway for the whole run, as a plugin of pytest: tests name it in `pytest_plugins`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.local.gateway.running import Gateway, absent, needed, started


@pytest.fixture(scope="session")
def gateway() -> Iterator[Gateway]:
    """The one gateway of all tests, each of which puts its own app in force."""
    needed()
    with started() as made:
        yield made


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says why nothing was tested, also where pytest isn't asked for the reasons of skips."""
    skipped = [r for r in terminalreporter.stats.get("skipped", []) if "/local/test_gateway" in r.nodeid]
    if skipped and (why := absent()):
        terminalreporter.write_line(f"\n{len(skipped)} tests of the gateway were skipped: {why}", yellow=True)
