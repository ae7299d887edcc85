"""PostgreSQL for the tests of a run, in a process of its own that ends with its input: `python -m tests.local.cluster FOLDER`."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from ifc.local.postgres import Postgres


async def main(folder: Path) -> None:
    """Starts PostgreSQL, says so, and stops it when the input ends."""
    died = asyncio.Event()
    (folder / "run").mkdir()
    postgres = Postgres(folder / "data", folder / "run")
    child = await postgres.start(lambda _: died.set())
    print("ready", flush=True)
    waiting = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await asyncio.wait([waiting, asyncio.ensure_future(died.wait())], return_when=asyncio.FIRST_COMPLETED)
    child.signal = signal.SIGQUIT  # nobody needs it again
    await child.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
