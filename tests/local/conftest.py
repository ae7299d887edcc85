"""What the tests of the running gateway share: one PostgreSQL, and tests that are coroutines."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.agreed import ROOT

if TYPE_CHECKING:
    from tests.local.endpoint_fakes import Running

PATIENCE = 60  # seconds for a test that is a coroutine
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Running]:
    """An endpoint for the tests of one file."""
    from tests.local.endpoint_fakes import description, running  # boto3 is slow to load, and few tests need it

    with running(description()) as made:
        yield made


@pytest.fixture
def here(endpoint: Running) -> Running:
    """The endpoint, with nothing in it."""
    endpoint.reset()
    return endpoint


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Runs a test that is a coroutine in a loop of its own, and not for ever."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in inspect.signature(pyfuncitem.obj).parameters}
    asyncio.run(asyncio.wait_for(pyfuncitem.obj(**arguments), PATIENCE))
    return True


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """A PostgreSQL that runs: how to connect to it."""
    folder = Path(tempfile.mkdtemp(prefix="ifc-"))  # short, for a socket's path
    folder.chmod(0o711)  # as root PostgreSQL runs as somebody else
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.local.cluster", str(folder)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield f"host={folder / 'run'} user=ifc dbname=postgres"
    process.communicate()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(cluster: str) -> str:
    """How to connect to an empty database: a schema of the cluster."""
    import psycopg

    name = f"test{next(_NUMBERS)}"
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}".encode())
    return f"{cluster} options=-csearch_path={name}"
