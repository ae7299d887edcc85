"""What some tests need beside Python: a judge, a browser, nginx. Without it they are skipped on a user's machine, and fail on CI."""

from __future__ import annotations

import os
import shutil

import pytest


def require(why: str | None) -> None:
    """Goes on where nothing is missing; else the test is skipped with the reason, but on CI (`CI=true`) it fails."""
    if why and os.environ.get("CI") == "true":
        pytest.fail(why, pytrace=False)
    if why:
        pytest.skip(why)


def program(name: str) -> str | None:
    """Why a program can't be used, None where it can."""
    return None if shutil.which(name) else f"{name} is not here"
