"""`python -I -m ifc.review.pull`: what a job does for a pull request or merge request.

Always with `-I`: without it, Python would look for modules in the checkout first, which is somebody's pull request.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ifc.records import evolve
from ifc.review.finding import Comparison
from ifc.review.formats import markdown, sarif, text
from ifc.review.formats.display import visible
from ifc.review.formats.outcome import NotCompared, quiet
from ifc.review.formats.wording import headline
from ifc.review.pull import keep
from ifc.review.pull.base import Repository, base, working_environment
from ifc.review.pull.hosts import GitHub, GitLab
from ifc.review.pull.reports import FINE, FOUND, MOST, Report, Reports, Unreadable, compare, files, read, write
from ifc.review.pull.web import Passing, Refused

SUMMARY = 1_000_000  # bytes; GitHub takes 1 MiB for a step (GitHub docs, Workflow commands: Adding a job summary)
GIVEN = ("target", "stage", "fail-on", "today")  # to `ifc diff`
RUNS = 20  # of one SARIF file (GitHub docs, SARIF support for code scanning)
FORK = "It was worked out by a run of the fork's own workflow file, which the fork can change."
READ_ONLY = "a run for a fork has a token that can only read; docs/pull-requests.md has the second workflow that comments then"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of a command: 0 fine, 1 something at or above --fail-on, 2 wrong usage or a host that refuses, 3 could not compare."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):  # on Windows, what goes to a file or a pipe is not UTF-8
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    with _no_commands(options.run in (_diff, _comment)):
        try:
            code: int = options.run(options)
            return code
        except Refused as refused:
            print(f"error: {visible(str(refused))}", file=sys.stderr)
            if refused.help:
                print(f"  = help: {refused.help}", file=sys.stderr)
        except Unreadable as problem:
            print(f"error: {visible(str(problem))}", file=sys.stderr)
        return 2


@contextmanager
def _no_commands(log: bool) -> Iterator[None]:
    """Keeps GitHub from taking a line of a source for a command (GitHub docs, Workflow commands: Stopping and starting workflow commands)."""
    if not log or os.environ.get("GITHUB_ACTIONS") != "true":
        yield
        return
    from secrets import token_hex

    token = token_hex(16)
    print(f"::stop-commands::{token}", flush=True)
    try:
        yield
    finally:
        sys.stderr.flush()
        print(f"\n::{token}::", flush=True)


def _parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -I -m ifc.review.pull", description="What a job does for a pull request or merge request.")
    commands = top.add_subparsers(metavar="COMMAND", required=True)

    find = commands.add_parser("base", help="print the commit to compare with, fetched if need be")
    find.add_argument("--given", default="", metavar="REVISION", help="a branch, tag or commit [what the request would be merged into]")
    find.set_defaults(run=_base)

    diff = commands.add_parser("diff", help="compare apps with a commit, print what is found, and write it to a file")
    diff.add_argument("--base", required=True, metavar="COMMIT")
    diff.add_argument("--files", required=True, metavar="LINES", help="the apps' files, one a line")
    for name in ("target", "stage", "fail-on", "today"):
        diff.add_argument(f"--{name}", default="", metavar="VALUE", help=f"of `ifc diff`: --{name}")
    diff.add_argument("--label", default="", metavar="WORDS", help="tells this run's comments from those of others for the same apps")
    diff.add_argument("-o", "--output", default="reports.json", metavar="FILE", help="[reports.json]")
    diff.set_defaults(run=_diff)

    show = commands.add_parser("show", help="print the reports of a file")
    show.add_argument("reports", metavar="FILE")
    show.add_argument("--format", choices=("text", "markdown", "sarif"), default="text")
    show.set_defaults(run=_show)

    comment = commands.add_parser("comment", help="keep one comment of each app up to date")
    comment.add_argument("host", choices=("github", "gitlab"))
    comment.add_argument("reports", metavar="FILE")
    comment.set_defaults(run=_comment)
    return top


# --- commands ---


def _base(options: argparse.Namespace) -> int:
    print(base(Repository(os.environ), _event(), os.environ, options.given))
    return FINE


def _diff(options: argparse.Namespace) -> int:
    named = list(files(options.files))
    if not 0 < len(named) <= MOST:
        raise Refused(f"{len(named)} files are named", f"name the apps' files, one a line, at most {MOST}")
    given = [f"--{name}={value}" for name in GIVEN if (value := getattr(options, name.replace("-", "_")))]
    against, made, worst = _branch(os.environ), [], FINE
    for file in named:
        outcome, code = compare(file, [f"--base={options.base}", *given], working_environment())
        called = against.removeprefix("origin/") or options.base[:12]
        outcome = evolve(outcome, old=outcome.old.replace(options.base, called))
        if isinstance(outcome, Comparison):
            outcome = evolve(outcome, remarks=tuple(remark.replace(options.base, called) for remark in outcome.remarks))
        made.append(Report(file, outcome))
        worst = max(worst, code if code != FOUND or options.fail_on else FINE)
        print(text.write(outcome))
    pull = _event().get("pull_request")
    about = Reports(
        tuple(made),
        label=options.label,
        number=pull.get("number") if isinstance(pull, dict) else None,
        commit=os.environ.get("GITHUB_SHA", ""),
        against=against or options.base,
        target=options.target,
        stage=options.stage,
    )
    with open(options.output, "w", encoding="utf-8") as stream:
        stream.write(write(about))
    return worst


def _show(options: argparse.Namespace) -> int:
    found = read(options.reports)
    if options.format == "sarif":
        print(_sarif(found), end="")
        return FINE
    room = SUMMARY
    for number, report in enumerate(found.reports):
        shown = _markdown(report, found, _blobs(os.environ, found.commit)) if options.format == "markdown" else text.write(report.outcome)
        room -= len(shown.encode()) + 1
        if room < 0:
            print(f"\n… and {len(found.reports) - number} more apps, for which there is no room here")
            break
        print(shown)
    return FINE


def _comment(options: argparse.Namespace) -> int:
    found = read(options.reports)
    if options.host == "gitlab":
        return _on_gitlab(found)
    return _on_github(found)


# --- outputs ---


def _markdown(report: Report, reports: Reports, blobs: str, note: str = "") -> str:
    command = reports.command(report.file)
    return markdown.write(report.outcome, command=command, key=report.file, label=reports.label, blobs=blobs, note=note)


def _sarif(reports: Reports) -> str:
    compared = [report for report in reports.reports if not isinstance(report.outcome, NotCompared)]
    runs = [sarif.run(report.outcome, report.file, reports.label) for report in compared[:RUNS]]
    if len(compared) > RUNS:
        print(f"warning: {len(compared) - RUNS} apps are left out, since a file of SARIF has at most {RUNS} runs", file=sys.stderr)
    return json.dumps({"$schema": sarif.SCHEMA, "version": "2.1.0", "runs": runs}, indent=1) + "\n"


def _branch(environment: Mapping[str, str]) -> str:
    """The branch into which the request would be merged, as a clone calls it."""
    name = environment.get("GITHUB_BASE_REF") or environment.get("CI_MERGE_REQUEST_TARGET_BRANCH_NAME")
    return f"origin/{name}" if name else ""


def _blobs(environment: Mapping[str, str], commit: str) -> str:
    server, repository = environment.get("GITHUB_SERVER_URL"), environment.get("GITHUB_REPOSITORY")
    return f"{server}/{repository}/blob/{commit}" if server and repository and commit else ""


# --- hosts ---


def _on_github(reports: Reports) -> int:
    event, environment = _event(), os.environ
    run = event.get("workflow_run")
    repository, token = environment.get("GITHUB_REPOSITORY", ""), environment.get("GITHUB_TOKEN", "")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository) or not token:
        raise Refused(
            "there is no `GITHUB_REPOSITORY` or no `GITHUB_TOKEN`", "run it in a job of GitHub Actions, with the token in the environment"
        )
    pull = event.get("pull_request") if run is None else None
    number = pull.get("number") if isinstance(pull, dict) else reports.number if isinstance(run, dict) else None
    if not isinstance(number, int):
        raise Refused("this run is not for a pull request", "comment in workflows on `pull_request`, or on `workflow_run` of one")
    host = GitHub(environment.get("GITHUB_API_URL", "https://api.github.com"), token, repository, number)
    commit, note = reports.commit, ""
    if isinstance(run, dict):
        again = _retried(host.pull_request)
        why = _not_this(again, run)
        if why:
            print(f"no comment on pull request {number}: {why}")
            return FINE
        commit = str(run["head_sha"])
        note = FORK if _fork(again) else ""
    try:
        _keep_all(host, reports, _blobs(environment, commit), note)
    except Refused as refused:
        if refused.status != 403:
            raise _about(refused, f"pull request {number} of {repository}", "check the token and the permissions of the job") from None
        if _fork(pull):
            print(f"no comment on pull request {number}: {READ_ONLY}")
            return FINE
        raise _about(refused, f"pull request {number} of {repository}", "give the job `permissions: { pull-requests: write }`") from None
    return FINE


def _on_gitlab(reports: Reports) -> int:
    environment = os.environ
    project, number, token = (environment.get(n, "") for n in ("CI_MERGE_REQUEST_PROJECT_ID", "CI_MERGE_REQUEST_IID", "GITLAB_TOKEN"))
    if not project.isdigit() or not number.isdigit():
        raise Refused(
            "this pipeline is not for a merge request", 'give the job `rules: [{ if: $CI_PIPELINE_SOURCE == "merge_request_event" }]`'
        )
    if not token:
        if environment.get("CI_MERGE_REQUEST_SOURCE_PROJECT_ID") != project:
            print(f"no comment on merge request {number}: a pipeline of a fork does not get the project's `GITLAB_TOKEN`")
            return FINE
        raise Refused("there is no `GITLAB_TOKEN`", "make a project access token with the scope `api`, and a masked variable of it")
    host = GitLab(environment.get("CI_API_V4_URL", "https://gitlab.com/api/v4"), token, int(project), int(number))
    address, commit = environment.get("CI_PROJECT_URL", ""), environment.get("CI_COMMIT_SHA", "")
    try:
        _keep_all(host, reports, f"{address}/-/blob/{commit}" if address and commit else "")
    except Refused as refused:
        raise _about(
            refused, f"merge request {number}", "the token must be a project's, of role Reporter or more, with the scope `api`"
        ) from None
    return FINE


def _keep_all(host: GitHub | GitLab, reports: Reports, blobs: str, note: str = "") -> None:
    for number, report in enumerate(reports.reports):
        if number:
            time.sleep(1)  # GitHub docs, Best practices for using the REST API: a second between requests that write
        done = keep.keep(host, _markdown(report, reports, blobs, note), quiet(report.outcome))
        print(f"comment {done}: {visible(report.file)}: {visible(headline(report.outcome))}")


def _about(refused: Refused, what: str, help: str) -> Refused:
    return Refused(f"can't comment on {what}: {refused}", refused.help or help, refused.status)


def _retried(ask: Any) -> Any:
    """An answer, asked for a few times."""
    for number in range(keep.TRIES):
        try:
            return ask()
        except Passing as passing:
            if number == keep.TRIES - 1 or (passing.wait or 0) > keep.LONGEST:
                raise Refused(str(passing), "run the job again later") from None
            time.sleep(2.0**number if passing.wait is None else passing.wait)
    return None


def _not_this(pull: Any, run: Mapping[str, Any]) -> str:
    """Why a run was not the one for a pull request as it is; nothing where it was.

    The number comes from the run's artifact, and a fork can write there what it likes: so the commit and the repository must be the run's.
    """
    head = pull.get("head") or {}
    same = (head.get("repo") or {}).get("id") == (run.get("head_repository") or {}).get("id")
    if run.get("event") != "pull_request" or not same or pull.get("state") != "open":
        return "the run was not for it, or it is closed"
    return "" if head.get("sha") == run.get("head_sha") else "it has other commits by now, whose run will comment"


def _fork(pull: Any) -> bool:
    if not isinstance(pull, dict):
        return False
    head, target = pull.get("head") or {}, pull.get("base") or {}
    return (head.get("repo") or {}).get("full_name") != (target.get("repo") or {}).get("full_name")


def _event() -> dict[str, Any]:
    """What the run is for, as GitHub tells it; nothing elsewhere."""
    path = os.environ.get("GITHUB_EVENT_PATH")
    if not path:
        return {}
    with open(path, encoding="utf-8") as stream:
        found = json.load(stream)
    return found if isinstance(found, dict) else {}


if __name__ == "__main__":
    sys.exit(main())
