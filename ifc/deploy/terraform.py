"""Terraform, or OpenTofu: the program, its plan read, and its apply followed. It asks AWS, not we."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from typing import Any

import attrs

from ifc.deploy.changes import Change, Doing, Outcome
from ifc.deploy.review import Target
from ifc.diagnostics import Diagnostic, Failure
from ifc.handlers import reason
from ifc.records import named
from ifc.review.deployed.reading import TERRAFORM

PROGRAMS = ("terraform", "tofu")
APPLIED = ".ifc-applied"  # beside the configuration: what was applied last, which Terraform does not look at
NOTE = "applied.json"
# What changes with a function's code alone (AWS provider, aws_lambda_function and aws_lambda_layer_version, Attribute Reference).
CODE = (
    *("filename", "source_code_hash", "code_sha256", "source_code_size", "last_modified", "version", "qualified_arn"),
    *("qualified_invoke_arn", "arn", "layer_arn", "created_date", "id"),
)
OWN = Target(name=TERRAFORM, title="Terraform", code=frozenset(CODE), snapshots=("aws_api_gateway_deployment", "aws_lambda_layer_version"))
PATIENT = "60m"  # with `--wait`
ACTIONS = {("create",): "Add", ("update",): "Modify", ("delete",): "Remove"}
LOCKED = "Error acquiring the state lock"
DOES = {"create": "creating", "update": "updating", "delete": "deleting"}
DONE = {"create": "created", "update": "updated", "delete": "deleted"}


@named
class Planned:
    """A plan: what it does to each resource, and whether it does anything at all."""

    changes: tuple[Change, ...]
    empty: bool
    fresh: bool  # the state knows of nothing yet


@attrs.define(eq=False)
class Terraform:
    """The program in a folder."""

    program: str
    folder: str
    environment: dict[str, str]
    lock: str = "0s"  # how long it waits for somebody else who has the state
    process: subprocess.Popen[str] | None = None  # that was begun last
    doing: dict[str, Doing] = attrs.field(factory=dict)  # by address
    problems: list[dict[str, Any]] = attrs.field(factory=list)  # diagnostics of the last run, as Terraform tells them

    def begun(self, *words: str, errors: int = subprocess.PIPE) -> subprocess.Popen[str]:
        """A command that is begun; Ctrl-C in the terminal is not for it but for us, so that it gets each once."""
        try:
            self.process = subprocess.Popen(
                [self.program, *words],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        except OSError as problem:
            message = f"`{self.program}` can't be started: {reason(problem)}"
            raise Failure(Diagnostic("IFC836", message, help="install Terraform or OpenTofu anew")) from None
        return self.process

    def interrupt(self) -> None:
        """Lets what runs end in good order; the second time at once."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)

    def run(self, *words: str) -> str:
        """What a command prints; Failure with its own words where it goes wrong."""
        process = self.begun(*words)
        try:
            out, errors = process.communicate()
        except BaseException:
            self.interrupt()
            process.communicate()
            raise
        if process.returncode:
            raise Failure(*(refusals(out) or [refused(words[0], errors or out)]))
        return out

    def told(self, *words: str) -> dict[str, Any]:
        """The JSON object that a command prints. What it printed instead is not shown: plans and states hold secrets in the open."""
        try:
            found = json.loads(self.run(*words).strip() or "{}")  # no state yet
        except ValueError:
            found = None
        if isinstance(found, dict):
            return found
        raise self.strange(*words)

    def strange(self, *words: str) -> Failure:
        """The failure of a program that is something else."""
        message = f"`{self.program} {' '.join(words[:2])}` answers with something that is no JSON of Terraform's"
        return Failure(Diagnostic("IFC836", message, help="see what program that is"))

    def stream(self, command: str, *words: str) -> Iterator[dict[str, Any]]:
        """What a command tells, as it tells it; Failure where it ends badly without a word of why."""
        process = self.begun(command, "-json", *words, errors=subprocess.STDOUT)
        other: list[str] = []
        failed = False
        with process.stdout or nullcontext(()) as lines:
            for line in lines:
                message = _message(line)
                if message is None:
                    other.append(line)
                    continue
                failed |= message.get("@level") == "error"
                yield message
        if process.wait() and not failed:
            raise Failure(refused(command, "".join(other)))

    def prepared(self) -> None:
        """Makes the folder ready: providers, and the backend."""
        self.run("init", "-input=false", "-no-color")

    def planned(self, path: str, destroy: bool = False) -> Planned:
        """What would be done, written to `path` so that just that is applied."""
        self.run("plan", "-input=false", "-json", f"-lock-timeout={self.lock}", f"-out={path}", *(["-destroy"] if destroy else []))
        content = self.told("show", "-json", path)
        if "format_version" not in content:  # else a program that says nothing would pass for a plan of nothing
            raise self.strange("show", "-json")
        changes = tuple(found for one in content.get("resource_changes", []) if (found := _change(one)) is not None)
        outputs = any(change["actions"] != ["no-op"] for change in content.get("output_changes", {}).values())
        prior = content.get("prior_state", {}).get("values", {}).get("root_module", {})
        return Planned(changes=changes, empty=not changes and not outputs, fresh=not managed(prior))

    def applied(self, path: str, show: Callable[[Outcome], None]) -> bool:
        """Applies a plan and shows each resource as it is done; whether all went well."""
        self.problems = []
        for message in self.stream("apply", "-input=false", f"-lock-timeout={self.lock}", path):
            if message.get("type") == "diagnostic" and message["diagnostic"].get("severity") == "error":
                self.problems.append(message["diagnostic"])
            kind, hook = message.get("type"), message.get("hook", {})
            if kind == "apply_start" and hook.get("action") in DOES:
                self.doing[hook["resource"]["addr"]] = _begun(hook)
            if kind in ("apply_complete", "apply_errored") and hook.get("action") != "read":
                self.doing.pop(hook["resource"]["addr"], None)
                show(_outcome(message))
        return self.process is not None and self.process.returncode == 0

    def outputs(self) -> dict[str, str]:
        """The outputs, without the secret ones."""
        found = self.told("output", "-json", "-no-color")
        return {name: str(one["value"]) for name, one in sorted(found.items()) if not one.get("sensitive")}

    def resources(self) -> dict[str, dict[str, Any]]:
        """The values of each resource of the state, by address."""
        content = self.told("show", "-json")
        module = content.get("values", {}).get("root_module", {})
        return {one["address"]: one["values"] for one in module.get("resources", [])}

    def state(self) -> tuple[str, int]:
        """Which state it is, and how often it was written."""
        content = self.told("state", "pull")
        return str(content.get("lineage", "")), int(content.get("serial", 0))


def found() -> str | None:
    """Terraform or OpenTofu on the PATH, or None."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


def environment(region: str | None, profile: str | None, secrets: Mapping[str, str]) -> dict[str, str]:
    """What the program runs in; secret values go by variables of their own, which no list of processes shows."""
    own = {"TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
    own |= {"AWS_REGION": region} if region else {}
    own |= {"AWS_PROFILE": profile} if profile else {}
    return {**os.environ, **own, **{f"TF_VAR_{name}": value for name, value in secrets.items()}}


def managed(module: Mapping[str, Any]) -> bool:
    """Whether a state has any resource, data sources aside."""
    own = any(one.get("mode") == "managed" for one in module.get("resources", []))
    return own or any(managed(child) for child in module.get("child_modules", []))


# --- what was applied last ---


def kept(folder: str, state: tuple[str, int]) -> str | None:
    """The folder of the configuration that was applied last, if nothing was applied from elsewhere since; or None."""
    place = os.path.join(folder, APPLIED)
    try:
        with open(os.path.join(place, NOTE), encoding="utf-8") as stream:
            note = json.load(stream)
        return place if (note["lineage"], note["serial"]) == state else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(folder: str, names: list[str], state: tuple[str, int]) -> None:
    """Keeps a copy of the configuration that was just applied, for the next review."""
    place = os.path.join(folder, APPLIED)
    shutil.rmtree(place, ignore_errors=True)
    os.makedirs(place)
    for name in names:
        shutil.copyfile(os.path.join(folder, name), os.path.join(place, name))
    with open(os.path.join(place, NOTE), "w", encoding="utf-8") as stream:
        json.dump({"lineage": state[0], "serial": state[1]}, stream)


# --- reading ---


def _change(found: Mapping[str, Any]) -> Change | None:
    """What a plan does to a resource; None for nothing, and for data."""
    change = found["change"]
    actions = tuple(change["actions"])
    if found.get("mode") != "managed" or actions in (("no-op",), ("read",)):
        return None
    replaced = "delete" in actions and "create" in actions
    known, unknown = _changed(change)
    because = tuple(str(path[0]) for path in change.get("replace_paths", []) if path)
    return Change(
        id=found["address"],
        type=found["type"],
        action="Modify" if replaced else ACTIONS.get(actions, "Dynamic"),
        replacement="True" if replaced else "False",
        properties=tuple(dict.fromkeys((*because, *sorted({*known, *unknown})))) if replaced or actions == ("update",) else (),
        certain=bool(known) or actions != ("update",),
    )


def _changed(change: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """The arguments and attributes that a plan changes, and those whose values only the apply will tell."""
    before, after, unknown = (change.get(part) or {} for part in ("before", "after", "after_unknown"))
    later = {name for name in unknown if unknown[name] is True}
    return {name for name in {*before, *after} - later if before.get(name) != after.get(name)}, later


def _begun(hook: Mapping[str, Any]) -> Doing:
    resource = hook["resource"]
    return Doing(resource=resource["addr"], type=resource.get("resource_type", ""), words=DOES[hook["action"]], since=time.monotonic())


def _outcome(message: Mapping[str, Any]) -> Outcome:
    hook = message["hook"]
    failed = message["type"] == "apply_errored"
    words = DONE.get(hook.get("action", ""), hook.get("action", ""))
    resource = hook["resource"]
    return Outcome(
        resource=resource["addr"],
        type=resource.get("resource_type", ""),
        words=f"not {words}" if failed else words,
        seconds=float(hook.get("elapsed_seconds", 0)),
        failed=failed,
    )


def refusals(text: str) -> list[Diagnostic]:
    """The errors that a command with `-json` told."""
    messages = [message for line in text.splitlines() if (message := _message(line)) is not None]
    told = [message["diagnostic"] for message in messages if message.get("type") == "diagnostic"]
    return [diagnostic(problem) for problem in told if problem.get("severity") == "error"]


def _message(line: str) -> dict[str, Any] | None:
    """One line of what a command with `-json` tells; None for what is none."""
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def diagnostic(problem: Mapping[str, Any]) -> Diagnostic:
    """An error of Terraform's as one of ours, without a place."""
    detail = " ".join(str(problem.get("detail", "")).split()).rstrip(".")
    summary = " ".join(str(problem.get("summary", "")).split()).rstrip(".")
    if summary == LOCKED:
        return held(detail)
    address = problem.get("address")
    message = f"Terraform: {summary}" + (f": {detail}" if detail else "")
    return Diagnostic("IFC837", f"`{address}`: {message}" if address else message)


def held(detail: str) -> Diagnostic:
    """The error of a state that somebody else has; who that is, as far as Terraform knows. Its own advice is of its own options."""
    whose = re.search(r"Lock Info: (.+?)(?= Terraform acquires|$)", detail)
    message = "somebody else has the lock of Terraform's state" + (f": {whose[1]}" if whose else "")
    help = "`--wait` waits for it; a lock that nobody holds any more is removed by `terraform force-unlock ID` in the folder"
    return Diagnostic("IFC835", message, help=help)


def refused(command: str, text: str) -> Diagnostic:
    """The error of a command that tells its errors as text, its frames left out."""
    lines = [line.strip(" │╷╵") for line in text.splitlines()]
    words = " ".join(line for line in lines if line) or "no reason is given"
    return Diagnostic("IFC836", f"`terraform {command}` fails: {words}")
