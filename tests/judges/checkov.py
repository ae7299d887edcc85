"""checkov's rules of security: finding the program, and what it says of templates and configurations."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from tests.agreed import ROOT

# How checkov calls what it reads; its framework `terraform` reads HCL alone.
FRAMEWORKS = {"cfn": "cloudformation", "terraform": "terraform_json"}
INSTALL = "python3 -m venv .venvs/checkov && .venvs/checkov/bin/pip install -q -r tests/judges/checkov.txt"


def program() -> str | None:
    """Where checkov is: where $IFC_CHECKOV says, in an environment of its own here, or on the PATH."""
    own = ROOT / ".venvs" / "checkov" / "bin" / "checkov"
    return os.environ.get("IFC_CHECKOV") or (str(own) if own.exists() else shutil.which("checkov"))


def absent() -> str | None:
    """Why nothing can be checked here, or None."""
    return None if program() else f"there is no checkov, which wants an environment of its own: {INSTALL}"


class Finding(NamedTuple):
    """One check of one resource."""

    check: str
    title: str
    target: str  # "cfn", "terraform"
    path: str  # below the folder
    resource: str
    passed: bool


class Checkov:
    """The program, run without a network, an account, or anyone's settings."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def findings(self, folder: Path) -> tuple[list[Finding], list[str]]:
        """What it finds below a folder in both languages, and the files that it can't read."""
        command = [
            str(program()),
            *("--directory", str(folder)),
            *("--framework", *FRAMEWORKS.values()),
            *("--output", "json"),
            "--compact",
            "--skip-download",
        ]
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8", "LOG_LEVEL": "CRITICAL"}
        environment["CKV_SKIP_PACKAGE_UPDATE_CHECK"] = "true"
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.home, env=environment, check=False)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        reports: list[dict[str, Any]] = json.loads(done.stdout)
        found, unread = [], []
        for report in reports:
            target = next(target for target, framework in FRAMEWORKS.items() if framework == report["check_type"])
            results = report["results"]
            unread += [str(Path(path).relative_to(folder)) for path in results["parsing_errors"]]
            found += [
                Finding(
                    check=result["check_id"],
                    title=result["check_name"],
                    target=target,
                    path=result["file_path"].lstrip("/"),
                    resource=result["resource"],
                    passed=passed,
                )
                for passed in (True, False)
                for result in results["passed_checks" if passed else "failed_checks"]
            ]
        return found, sorted(unread)
