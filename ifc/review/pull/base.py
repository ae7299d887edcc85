"""The commit that a pull request is compared with, fetched if the checkout has too little history."""

from __future__ import annotations

import base64
import os
import re
import subprocess
from collections.abc import Mapping
from typing import Any

from ifc.review.pull.web import Refused

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
TIMEOUT = 600
NO_HISTORY = "check out with `fetch-depth: 0`, or let the checkout keep its credentials"


class Repository:
    """The checkout in which the job runs."""

    def __init__(self, environment: Mapping[str, str], folder: str = ".") -> None:
        self.folder = folder
        self.token, self.server = environment.get("GITHUB_TOKEN", ""), environment.get("GITHUB_SERVER_URL", "https://github.com")
        self.environment = {name: value for name, value in environment.items() if name != "GITHUB_TOKEN"}

    def git(self, *arguments: str, settings: Mapping[str, str] | None = None) -> str | None:
        """What git prints; None where it fails."""
        environment = {**configured(self.environment, settings or {}), "GIT_TERMINAL_PROMPT": "0"}
        command = ["git", "-C", self.folder, *arguments]
        try:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT, check=False, errors="replace")
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    def commit(self, name: str) -> str | None:
        """The commit of that name, if it is here."""
        return self.git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")

    def parents(self) -> list[str]:
        """The parents of what is checked out, also where their commits are not here."""
        written = self.git("cat-file", "commit", "HEAD") or ""
        return re.findall(r"^parent (\w+)$", written.partition("\n\n")[0], re.MULTILINE)

    def fetch(self, *arguments: str) -> bool:
        """Fetches from `origin`, with the job's token where the checkout has kept none."""
        command = ("fetch", "--quiet", "--no-tags", *arguments)
        if self.git(*command) is not None:
            return True
        if not self.token:
            return False
        basic = base64.b64encode(f"x-access-token:{self.token}".encode()).decode()
        return self.git(*command, settings={f"http.{self.server}/.extraheader": f"AUTHORIZATION: basic {basic}"}) is not None


def base(repository: Repository, event: Mapping[str, Any], environment: Mapping[str, str], given: str = "") -> str:
    """The commit to compare with: the one that was given, or what merging the request would change is told from."""
    if given:
        return _given(repository, given)
    if environment.get("GITLAB_CI"):
        return _gitlab(repository, environment)
    pull = event.get("pull_request")
    if not isinstance(pull, dict):
        raise Refused("this run is not for a pull request, so there is nothing to compare with", "set `base` to a branch, tag or commit")
    head, parents = repository.commit("HEAD"), repository.parents()
    if head is None:
        raise Refused("there is no git repository here", "run `actions/checkout` in a step before")
    if head == environment.get("GITHUB_SHA") and len(parents) == 2:  # the merge that GitHub has tried: its first parent is the branch
        if not repository.commit("HEAD^1"):
            repository.fetch("--depth=2", "origin", head)
        found = repository.commit("HEAD^1")
    else:
        found = _common(repository, str(pull["base"]["sha"]))
    if found is None:
        raise Refused("the commits that the pull request starts from can't be fetched", NO_HISTORY)
    return found


def _given(repository: Repository, name: str) -> str:
    for known in (name, f"origin/{name}"):
        if found := repository.commit(known):
            return found
    if not name.startswith(("-", "+")) and ":" not in name and repository.fetch("--depth=1", "origin", name):
        found = repository.commit("FETCH_HEAD")
        if found:
            return found
    raise Refused(f"there is no commit, branch or tag `{name}`", NO_HISTORY)


def _common(repository: Repository, target: str) -> str | None:
    """Where what is checked out left the target."""
    if not COMMIT.fullmatch(target):
        return None
    if repository.git("rev-parse", "--is-shallow-repository") == "true":
        repository.fetch("--unshallow", "origin", target)
    elif not repository.commit(target):
        repository.fetch("origin", target)
    return repository.git("merge-base", target, "HEAD")


def _gitlab(repository: Repository, environment: Mapping[str, str]) -> str:
    """GitLab docs, Predefined CI/CD variables: the first has a value where the pipeline runs on the merged result."""
    names = ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "CI_MERGE_REQUEST_DIFF_BASE_SHA")
    target = next((environment[name] for name in names if environment.get(name)), "")
    if not COMMIT.fullmatch(target):
        raise Refused(
            "this pipeline is not for a merge request", 'give the job `rules: [{ if: $CI_PIPELINE_SOURCE == "merge_request_event" }]`'
        )
    if not repository.commit(target) and not repository.fetch("--depth=1", "origin", target):
        raise Refused("the commit that the merge request starts from can't be fetched", 'give the job the variable `GIT_DEPTH: "0"`')
    return target


def configured(environment: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """The environment in which git has these settings too (git config, GIT_CONFIG_COUNT)."""
    first = int(environment.get("GIT_CONFIG_COUNT") or 0)
    given = {"safe.directory": "*", **settings}  # in a container the checkout belongs to another user
    made = {**environment, "GIT_CONFIG_COUNT": str(first + len(given))}
    for number, (name, value) in enumerate(given.items(), first):
        made |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return made


def working_environment() -> dict[str, str]:
    """The environment for programs that need no token."""
    return configured({name: value for name, value in os.environ.items() if name not in ("GITHUB_TOKEN", "GITLAB_TOKEN")}, {})
