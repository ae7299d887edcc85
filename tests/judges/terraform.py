"""The judge of Terraform configurations: finding it, asking it, and running terraform against its stand-in for the AWS provider."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ifc.diagnostics import ERROR
from ifc.targets.terraform import render
from tests.agreed import ROOT
from tests.support import compiled

# Every function's archive: nothing opens it, and nothing asks whether it is there.
ARCHIVE = {"filename": "code/none.zip", "source_code_hash": "bm9uZQ=="}


def tools() -> Path:
    """The folder of terraform-judge, without links: it sets itself up anew, under whoever uses it, for each path that it is called by."""
    return (Path(os.environ.get("IFC_TOOLS") or ROOT.parent / "shared" / "tools") / "terraform-judge").resolve()


def absent() -> str | None:
    """Why nothing can be judged here, or None."""
    if not (tools() / "judge").is_file():
        return f"there is no judge in {tools()}: put the tools there, or let $IFC_TOOLS name the folder that holds terraform-judge"
    return "the judge needs `terraform` on the PATH" if shutil.which("terraform") is None else None


def set_up() -> Path:
    """The judge's own folder, with its provider and terraform's configuration in it; the first time on a machine takes a while."""
    done = subprocess.run([str(tools() / "setup")], stdout=subprocess.PIPE, text=True, check=True)
    return Path(done.stdout.split()[-1])


def refused(folders: Sequence[Path], *options: str) -> str:
    """What the judge has against the folders, or "": each goes through init, validate, plan, apply, and a second plan that must be empty.

    It looks at two at a time. A folder for which its provider did not start (a busy machine) is looked at once more.
    """
    said = judged(folders, *options)
    late = [folder for folder in folders if "registry.terraform.io/hashicorp" in said[folder]]
    if late:
        said |= judged(late, *options)
    return "\n".join(text for text in said.values() if ": ok " not in text)


def judged(folders: Sequence[Path], *options: str) -> dict[Path, str]:
    """What the judge says of each folder."""
    done = subprocess.run(
        [sys.executable, str(tools() / "judge"), *options, *map(str, folders)], capture_output=True, text=True, check=False
    )
    parts = re.split(r"^(?=\S.*: (?:ok|FAILED) )", done.stdout, flags=re.MULTILINE)[1:]
    found = {folder: part.rstrip() for folder in folders for part in parts if part.startswith(f"{folder}: ")}
    assert len(found) == len(folders), done.stdout + done.stderr
    return found


def compiled_by_command(app: Path | str, folder: Path, *options: str) -> Path:
    """The folder that the real command writes, archives of the code included."""
    command = [sys.executable, "-m", "ifc", "build", str(app), "--target", "terraform", "-o", str(folder), *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def written(text: str, folder: Path, stage: str = "dev", given: Mapping[str, Any] | None = None) -> Path:
    """The folder, with the configuration of a source text that must have no errors, archives that are not there, and values for its variables."""
    done = compiled(text, stage)
    files = render(done.plan, done.report) if done.plan is not None else {}
    found = [f"{d.code} {d.message}" for d in done.report.ordered() if d.severity == ERROR]
    assert not found, found
    assert done.plan is not None
    write(folder, files, [a.function for a in done.plan.archives], given)
    return folder


def write(folder: Path, files: Mapping[str, str], functions: Sequence[str], given: Mapping[str, Any] | None = None) -> None:
    """Writes a configuration whose code was not packed, and values for its variables; what was written there before it goes."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    values = {**({"code": dict.fromkeys(functions, ARCHIVE)} if functions else {}), **(given or {})}
    (folder / "given.auto.tfvars.json").write_text(json.dumps(values), encoding="utf-8")


class Terraform:
    """The real terraform in one folder, with its state beside the configuration."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.folder = folder
        ours = {key: value for key, value in os.environ.items() if not key.startswith(("TF_", "AWS_"))}
        self.environment = {
            **ours,
            "TF_CLI_CONFIG_FILE": str(home / "terraform.rc"),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
            "CHECKPOINT_DISABLE": "1",
        }
        self.run("init")

    def run(self, command: str, *arguments: str) -> str:
        """What a command prints; it must go well."""
        done = self.done(command, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def refused(self, command: str, *arguments: str) -> str:
        """What a command says on its errors, without the frames that are drawn around them; it must go wrong."""
        done = self.done(command, *arguments)
        assert done.returncode == 1, done.stdout + done.stderr
        return " ".join(done.stderr.replace("│", " ").split())

    def done(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command_line = ["terraform", command, "-no-color", *arguments]
        return subprocess.run(command_line, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)

    def apply(self) -> dict[str, Any]:
        """Makes what is configured; the values of each resource by its address, and those of the outputs as `output.NAME`."""
        self.run("apply", "-auto-approve")
        values = json.loads(self.run("show", "-json"))["values"]
        outputs = {f"output.{name}": output["value"] for name, output in values.get("outputs", {}).items()}
        return {**{r["address"]: r["values"] for r in values["root_module"]["resources"]}, **outputs}

    def planned(self) -> dict[str, Any]:
        """What a plan would do, as `terraform show -json` tells it."""
        self.run("plan", "-out", "next.plan")
        found: dict[str, Any] = json.loads(self.run("show", "-json", "next.plan"))
        return found

    def changes(self) -> list[dict[str, Any]]:
        """What a plan would do to each resource."""
        return [change for change in self.planned().get("resource_changes", []) if change["mode"] == "managed"]
