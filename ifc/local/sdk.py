"""The SDK for Python functions: Lambda brings it along, so an app's own environment need not have it."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
from pathlib import Path

PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")  # all of them in Python alone


async def brought(python: str, folder: Path) -> Path | None:
    """A folder with the SDK that ifc itself has, for an interpreter without one; None where nothing need be brought."""
    if python == sys.executable or await _has(python):
        return None
    folder.mkdir()
    for name in PACKAGES:
        found = importlib.util.find_spec(name)
        if found is not None and found.origin is not None:
            place = Path(found.origin)
            place = place.parent if place.name == "__init__.py" else place
            (folder / place.name).symlink_to(place)
    return folder


async def _has(python: str) -> bool:
    """Whether an interpreter finds boto3; one that can't be started is told of where it is needed."""
    try:
        done = await asyncio.create_subprocess_exec(
            python,
            "-c",
            "import importlib.util, sys; sys.exit(importlib.util.find_spec('boto3') is None)",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return True
    return await done.wait() == 0
