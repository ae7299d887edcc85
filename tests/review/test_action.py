"""The GitHub Action: its steps as GitHub runs them, on real repositories, with a host that answers on this machine."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ifc.review.pull import __main__ as command
from ifc.review.pull.base import Repository, base, configured
from ifc.review.pull.web import Refused
from tests.agreed import ROOT
from tests.review.hosts import State, serving

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"]}
PAGE = (ROOT / "docs" / "pull-requests.md").read_text(encoding="utf-8")
WORKFLOWS = [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)]
GITHUB = [one for one in WORKFLOWS if "jobs" in one]
GITLAB = [one for one in WORKFLOWS if "jobs" not in one]

BEFORE = """\
app shop { }
queue Shipments { visibility 60s }
topic OrderPlaced
OrderPlaced -> Shipments
"""
AFTER = BEFORE.replace("60s", "90s")
LOST = "app shop { }\ntopic OrderPlaced\n"
QUIET = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b", "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@b"}


def git(folder: Path, *words: str) -> str:
    """What git prints."""
    environment = {**os.environ, **QUIET, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    return subprocess.run(["git", *words], cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout.strip()


class Project:
    """A repository with a branch that would be merged, as the host has it."""

    def __init__(self, folder: Path, files: Mapping[str, str]) -> None:
        self.folder = folder / "origin"
        self.folder.mkdir()
        git(self.folder, "init", "-q", "-b", "main")
        git(self.folder, "config", "uploadpack.allowAnySHA1InWant", "true")
        self.start = self.commit({"app.ifc": BEFORE, "other.ifc": BEFORE.replace("shop", "other")})
        self.main = self.commit({"main.txt": "later\n"})
        git(self.folder, "checkout", "-q", "-b", "feature", self.start)
        self.head = self.commit(files)
        git(self.folder, "checkout", "-q", "--detach", "main")
        git(self.folder, "merge", "-q", "--no-ff", "-m", "merge", "feature")
        self.merge = git(self.folder, "rev-parse", "HEAD")
        git(self.folder, "update-ref", "refs/pull/12/merge", self.merge)
        git(self.folder, "checkout", "-q", "main")

    def commit(self, files: Mapping[str, str]) -> str:
        """Commits files; returns the commit."""
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        git(self.folder, "add", "-A")
        git(self.folder, "commit", "-q", "-m", "more")
        return git(self.folder, "rev-parse", "HEAD")

    def checkout(self, folder: Path, commit: str, depth: int | None = 1) -> Path:
        """A checkout of a commit, as actions/checkout makes it."""
        here = folder / "checkout"
        here.mkdir()
        git(here, "init", "-q")
        git(here, "remote", "add", "origin", self.folder.as_uri())
        if depth is None:
            git(here, "fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*", "+refs/pull/12/merge:refs/remotes/pull/12/merge")
        else:
            git(here, "fetch", "-q", "--no-tags", f"--depth={depth}", "origin", commit)
        git(here, "checkout", "-q", "--detach", commit)
        return here

    def event(self) -> dict[str, Any]:
        """The pull request as GitHub tells it."""
        repository = {"full_name": "o/r", "id": 1}
        target = {"sha": self.main, "ref": "main", "repo": repository}
        return {"pull_request": {"number": 12, "state": "open", "head": {"sha": self.head, "repo": repository}, "base": target}}


# --- which commit to compare with ---


@pytest.mark.parametrize("depth", [1, 2, None])
def test_a_merge_is_compared_with_the_branch_it_goes_to(tmp_path: Path, depth: int | None) -> None:
    """What GitHub checks out is the merge: it is compared with its first parent, however little history there is."""
    project = Project(tmp_path, {"app.ifc": AFTER})
    here = project.checkout(tmp_path, project.merge, depth)
    repository = Repository(os.environ, str(here))
    assert base(repository, project.event(), {"GITHUB_SHA": project.merge}) == project.main
    assert git(here, "merge-base", project.main, "HEAD") == project.main
    assert git(here, "rev-parse", "--is-shallow-repository") == ("false" if depth is None else "true")


@pytest.mark.parametrize("depth", [1, None])
def test_a_branch_is_compared_with_where_it_began(tmp_path: Path, depth: int | None) -> None:
    """Where the job checks out the branch itself, the history up to where it left the target is fetched."""
    project = Project(tmp_path, {"app.ifc": AFTER})
    here = project.checkout(tmp_path, project.head, depth)
    assert base(Repository(os.environ, str(here)), project.event(), {"GITHUB_SHA": project.merge}) == project.start


def test_a_base_can_be_given(tmp_path: Path) -> None:
    """A branch, a tag or a commit, here or at the host."""
    project = Project(tmp_path, {"app.ifc": AFTER})
    git(project.folder, "tag", "v1", project.start)
    repository = Repository(os.environ, str(project.checkout(tmp_path, project.head)))
    assert base(repository, {}, {}, project.head) == project.head
    assert base(repository, {}, {}, "main") == project.main
    assert base(repository, {}, {}, "v1") == project.start


@pytest.mark.parametrize("name", ["nobody", "--upload-pack=touch pwned", "$(touch pwned)", "main:refs/heads/x", "+main", "-"])
def test_a_base_that_is_none(tmp_path: Path, name: str) -> None:
    """A name that git does not know is an error, and never an option or a command."""
    project = Project(tmp_path, {"app.ifc": AFTER})
    here = project.checkout(tmp_path, project.head)
    with pytest.raises(Refused, match="there is no commit, branch or tag"):
        base(Repository(os.environ, str(here)), {}, {}, name)
    assert not list(tmp_path.rglob("pwned"))
    assert git(here, "for-each-ref") == ""


def test_without_a_pull_request_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    """A push needs a base; a job without a checkout, or with an origin that does not answer, says so."""
    project = Project(tmp_path, {"app.ifc": AFTER})
    here = project.checkout(tmp_path, project.merge)
    with pytest.raises(Refused, match="not for a pull request"):
        base(Repository(os.environ, str(here)), {"ref": "refs/heads/main"}, {})
    with pytest.raises(Refused, match="no git repository"):
        base(Repository({**os.environ, "GIT_CEILING_DIRECTORIES": str(tmp_path)}, str(tmp_path)), project.event(), {})
    git(here, "remote", "set-url", "origin", str(tmp_path / "gone"))
    with pytest.raises(Refused, match="can't be fetched") as caught:
        base(Repository(os.environ, str(here)), project.event(), {"GITHUB_SHA": project.merge})
    assert "fetch-depth: 0" in caught.value.help


def test_the_token_fetches_where_the_checkout_kept_none(tmp_path: Path) -> None:
    """A private repository is fetched with the job's token, which goes to git by its environment and is on no command line."""
    (tmp_path / "git").write_text(
        f'#!/bin/sh\necho "$@ | $GIT_CONFIG_KEY_1 $GIT_CONFIG_VALUE_1 | $GITHUB_TOKEN" >> {tmp_path}/log\ntest -n "$GIT_CONFIG_KEY_1"\n',
        encoding="utf-8",
    )
    (tmp_path / "git").chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "GITHUB_SERVER_URL": "https://github.example", "GITHUB_TOKEN": "secret"}
    old = os.environ["PATH"]
    os.environ["PATH"] = environment["PATH"]
    try:
        assert Repository(environment).fetch("origin", "main")
    finally:
        os.environ["PATH"] = old
    first, second = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    assert first == "-C . fetch --quiet --no-tags origin main |   | "
    assert second.endswith(" | http.https://github.example/.extraheader AUTHORIZATION: basic eC1hY2Nlc3MtdG9rZW46c2VjcmV0 | ")
    assert "secret" not in second


def test_settings_of_git_that_are_there_stay(tmp_path: Path) -> None:
    """What the environment already says to git is kept, and the checkout is safe whoever it belongs to."""
    made = configured({"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "a.b", "GIT_CONFIG_VALUE_0": "c"}, {"d.e": "f"})
    found = subprocess.run(
        ["git", "config", "--list"], cwd=tmp_path, env={**os.environ, **made}, capture_output=True, text=True, check=True
    )
    assert {"a.b=c", "d.e=f", "safe.directory=*"} <= {*found.stdout.splitlines()}


def test_gitlab_names_the_base(tmp_path: Path) -> None:
    """On GitLab it is the target's commit where the merged result runs, or else where the branch began."""
    project = Project(tmp_path, {"app.ifc": AFTER})
    repository = Repository(os.environ, str(project.checkout(tmp_path, project.head)))
    variables = {"GITLAB_CI": "true", "CI_MERGE_REQUEST_DIFF_BASE_SHA": project.start}
    assert base(repository, {}, variables) == project.start
    assert base(repository, {}, {**variables, "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": project.main}) == project.main
    with pytest.raises(Refused, match="not for a merge request"):
        base(repository, {}, {"GITLAB_CI": "true"})
    with pytest.raises(Refused, match="can't be fetched"):
        base(repository, {}, {"GITLAB_CI": "true", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "f" * 40})


# --- the steps ---


class Job:
    """A job that runs the action's steps one by one."""

    def __init__(self, folder: Path, project: Project, host: State, **inputs: str) -> None:
        self.folder, self.project, self.host = folder, project, host
        self.here = project.checkout(folder, project.merge)
        self.temp = folder / "temp"
        (self.temp / "ifc-diff").mkdir(parents=True)
        self.inputs = {name: one["default"] for name, one in ACTION["inputs"].items()} | {"token": "secret"} | inputs
        self.outputs = {"ifc": {"python": sys.executable}}
        self.event = "pull_request"
        (folder / "event.json").write_text(json.dumps(project.event()), encoding="utf-8")
        self.printed = ""

    def step(self, name: str) -> int:
        """Runs a step; returns its exit code."""
        step = STEPS[name]
        files = {"GITHUB_OUTPUT": self.folder / "output", "GITHUB_STEP_SUMMARY": self.folder / "summary.md"}
        files["GITHUB_OUTPUT"].write_text("", encoding="utf-8")
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI"))},
            **{name: str(path) for name, path in files.items()},
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": self.host.address,
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_SHA": self.project.merge,
            "GITHUB_BASE_REF": "main",
            "GITHUB_HEAD_REF": "$(touch pwned)",
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "PYTHONPATH": str(self.here),  # as bad as a job can be set up: Python must not look there
            **{name: self.filled(value) for name, value in step.get("env", {}).items()},
        }
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(shell, cwd=self.here, env=environment, capture_output=True, text=True, check=False)
        self.printed = done.stdout + done.stderr
        lines = (line.partition("=") for line in files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines())
        self.outputs.setdefault(step.get("id", ""), {}).update({key: value for key, _, value in lines})
        return done.returncode

    def filled(self, value: str) -> str:
        """A value with its expressions worked out."""
        return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: self.expression(found[1]), value)

    def expression(self, words: str) -> str:
        """What one of the expressions that the action has is worth."""
        if words == "github.event_name == 'workflow_run' && 'downloaded/' || ''":
            return "downloaded/" if self.event == "workflow_run" else ""
        if words == "runner.temp":
            return str(self.temp)
        if words.startswith("inputs."):
            return self.inputs[words.removeprefix("inputs.")]
        _, step, _, output = words.split(".")
        return self.outputs[step].get(output, "")

    def run(self) -> list[int]:
        """The exit codes of the steps that compare, comment and judge."""
        codes = [self.step("Find the base"), self.step("Compare"), self.step("Comment")]
        if self.outputs["diff"]["status"] != "0":
            codes.append(self.step("Fail where something was found"))
        return codes

    @property
    def summary(self) -> str:
        """The summary of the job."""
        return (self.folder / "summary.md").read_text(encoding="utf-8")


@pytest.fixture
def host() -> Iterator[State]:
    """The host."""
    with serving() as state:
        yield state


def test_a_pull_request_gets_its_comment(tmp_path: Path, host: State) -> None:
    """From a shallow checkout to the comment: the base, the comparison, the summary, the comment; nothing fails without `fail-on`."""
    job = Job(tmp_path, Project(tmp_path, {"app.ifc": AFTER}), host)
    assert job.run() == [0, 0, 0]
    assert job.outputs["base"]["commit"] == job.project.main
    assert job.outputs["diff"]["status"] == "0"
    (body,) = host.bodies()
    assert body.startswith("<!-- ifc-diff: app.ifc -->\n### ifc diff: `shop`\n")
    assert "| `1m` | `90s` |" in body
    assert f"(https://github.example/o/r/blob/{job.project.merge}/app.ifc#L2)" in body
    assert "`main:app.ifc` → `app.ifc`" in body
    assert "`ifc diff --base=origin/main app.ifc --all`" in body
    assert job.summary.strip() == body.strip()
    assert host.tokens == {"Bearer secret"}


def test_fail_on_fails_at_the_end(tmp_path: Path, host: State) -> None:
    """With `fail-on` the job fails, but only after the comment was written."""
    job = Job(tmp_path, Project(tmp_path, {"app.ifc": AFTER}), host, **{"fail-on": "R6"})
    assert job.run() == [0, 0, 0, 1]
    assert "::error::ifc diff found something at or above fail-on" in job.printed
    assert len(host.comments) == 1


def test_without_fail_on_findings_never_fail(tmp_path: Path, host: State) -> None:
    """Even a lost queue fails nothing where nobody asked for it; the comment tells."""
    job = Job(tmp_path, Project(tmp_path, {"app.ifc": LOST}), host)
    assert job.run() == [0, 0, 0]
    assert "R0 data loss" in host.bodies()[0]
    job.inputs["fail-on"] = "R0"
    assert job.run() == [0, 0, 0, 1]


def test_a_file_may_be_called_like_an_option(tmp_path: Path, host: State) -> None:
    """A name that begins with a hyphen is a name."""
    project = Project(tmp_path, {"-x.ifc": AFTER})
    job = Job(tmp_path, project, host, files="-x.ifc")
    assert job.run() == [0, 0, 0]
    assert "`-x.ifc` is not there at `main`, so all of it is new" in host.bodies()[0]


def test_several_apps(tmp_path: Path, host: State) -> None:
    """Each file has its comment; one that does not change needs none; one that is new says so."""
    project = Project(tmp_path, {"app.ifc": AFTER, "new.ifc": BEFORE.replace("shop", "fresh")})
    job = Job(tmp_path, project, host, files="\n app.ifc \nother.ifc\nnew.ifc\napp.ifc\n")
    assert job.run() == [0, 0, 0]
    first, second = host.bodies()
    assert first.startswith("<!-- ifc-diff: app.ifc -->")
    assert second.startswith("<!-- ifc-diff: new.ifc -->")
    assert "`new.ifc` is not there at `main`, so all of it is new" in second
    assert "### ifc diff: `other`\n\n✅ Nothing changes." in job.summary


def test_what_does_not_compile_never_looks_clean(tmp_path: Path, host: State) -> None:
    """An app that can't be compared fails the job, with the reasons in the comment, the summary and the log."""
    job = Job(tmp_path, Project(tmp_path, {"app.ifc": AFTER + "OrderPlaced -> Nobody\n"}), host, files="app.ifc\nother.ifc")
    assert job.run() == [0, 0, 0, 3]
    assert "::error::ifc diff could not compare" in job.printed
    (body,) = host.bodies()
    assert "❌ **It could not be compared, so what changes is not known.**" in body
    assert "- No function, queue or address is called `Nobody`.\n" in body
    assert body.strip() in job.summary


def test_wrong_options_are_told(tmp_path: Path, host: State) -> None:
    """A class of risk that there is not is a comparison that was not made, and the reason is there."""
    job = Job(tmp_path, Project(tmp_path, {"app.ifc": AFTER}), host, **{"fail-on": "R9"})
    assert job.run() == [0, 0, 0, 3]
    assert "R9" in host.bodies()[0]
    job.inputs["files"] = "\n"
    assert job.step("Compare") == 2
    assert "error: 0 files are named" in job.printed


EVIL = ["$(touch pwned)`touch pwned`", '"; touch pwned; "', "'; touch pwned #\ntouch pwned", "--help\n-o/tmp/x\n::error::x"]


@pytest.mark.parametrize("evil", EVIL)
def test_nothing_from_outside_is_a_command(tmp_path: Path, host: State, evil: str) -> None:
    """Whatever an input holds, the shell and the programs take it for the value that it is."""
    inputs = dict.fromkeys(("files", "target", "stage", "label", "fail-on"), evil)
    job = Job(tmp_path, Project(tmp_path, {"app.ifc": AFTER}), host, **inputs)
    assert job.run()[0] == 0
    assert job.outputs["diff"]["status"] == "3"
    job.inputs["base"] = evil
    assert job.step("Find the base") == 2
    assert not list(tmp_path.rglob("pwned"))


def test_modules_of_the_checkout_are_not_imported(tmp_path: Path, host: State) -> None:
    """A pull request can bring files that are called like Python's or our modules: none of them is run."""
    evil = "import pathlib; pathlib.Path(__file__).with_name('pwned').touch()\n"
    names = (
        "json.py",
        "ifc/__init__.py",
        "ifc/__main__.py",
        "ifc/review/pull/__main__.py",
        "sitecustomize.py",
        "usercustomize.py",
        "yaml.py",
    )
    job = Job(tmp_path, Project(tmp_path, {"app.ifc": AFTER, **dict.fromkeys(names, evil)}), host)
    assert job.run() == [0, 0, 0]
    assert not list(tmp_path.rglob("pwned"))


def test_a_source_has_no_command_for_the_runner(tmp_path: Path, host: State) -> None:
    """What is printed stands between a line that stops commands and its secret word, so a source can't speak to the runner."""
    reason = "::error::not ours"
    app = AFTER.replace("queue Ship", f'# ifc: allow R6 "{reason}"\nqueue Ship')
    job = Job(tmp_path, Project(tmp_path, {"app.ifc": app}), host)
    assert job.step("Find the base") == 0
    assert job.step("Compare") == 0
    first, *others = job.printed.strip().split("\n")
    token = re.fullmatch(r"::stop-commands::([0-9a-f]{32})", first)
    assert token
    assert others[-1] == f"::{token[1]}::"
    assert reason in job.printed
    assert job.step("Comment") == 0
    assert job.printed.count("::stop-commands::") == 1


def test_the_second_half_comments_from_the_artifact(tmp_path: Path, host: State) -> None:
    """On `workflow_run` the reports of the other run become the comment, and nothing of the pull request is needed."""
    project = Project(tmp_path, {"app.ifc": AFTER})
    job = Job(tmp_path, project, host)
    assert [job.step("Find the base"), job.step("Compare")] == [0, 0]
    downloaded = job.temp / "ifc-diff" / "downloaded"
    downloaded.mkdir()
    (job.temp / "ifc-diff" / "reports.json").rename(downloaded / "reports.json")
    job.event, host.pull = "workflow_run", project.event()["pull_request"]
    run = {"event": "pull_request", "head_sha": project.head, "head_repository": {"id": 1}}
    (tmp_path / "event.json").write_text(json.dumps({"workflow_run": run}), encoding="utf-8")
    assert job.step("Comment") == 0
    assert len(host.comments) == 1


def test_sarif_of_all_apps(tmp_path: Path, host: State) -> None:
    """The log of SARIF has a run for each app that could be compared."""
    job = Job(tmp_path, Project(tmp_path, {"app.ifc": AFTER, "bad.ifc": "nonsense"}), host, files="app.ifc\nother.ifc\nbad.ifc")
    job.run()
    assert job.step("Write SARIF") == 0
    log = json.loads((job.temp / "ifc-diff" / "ifc-diff.sarif").read_text(encoding="utf-8"))
    assert [run["automationDetails"]["id"] for run in log["runs"]] == ["ifc-diff/app.ifc/", "ifc-diff/other.ifc/"]
    assert [len(run["results"]) for run in log["runs"]] == [1, 0]


def test_pull_request_target_is_refused(tmp_path: Path, host: State) -> None:
    """There the base is checked out: nothing would ever change."""
    job = Job(tmp_path, Project(tmp_path, {"app.ifc": AFTER}), host)
    assert job.step("Refuse pull_request_target") == 2
    assert STEPS["Refuse pull_request_target"]["if"] == "github.event_name == 'pull_request_target'"


def test_a_summary_has_its_limit(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """GitHub drops a summary that is too long: ours ends before, and says so."""
    from tests.review.samples import ORDERS
    from tests.review.test_comment import reports

    monkeypatch.setattr(command, "SUMMARY", 20_000)
    assert command.main(["show", reports(tmp_path, *[ORDERS] * 10), "--format", "markdown"]) == 0
    printed = capsys.readouterr().out
    count = printed.count("### ifc diff")
    assert 0 < count < 10
    assert printed.endswith(f"\n… and {10 - count} more apps, for which there is no room here\n")
    assert len(printed.encode()) < 20_200


# --- what stands in the files ---


def test_scripts_hold_no_expressions() -> None:
    """An expression in a script would be run as shell: all values go through the environment, and Python never looks at the checkout."""
    for step in STEPS.values():
        assert "${{" not in step.get("run", "")
        for line in step.get("run", "").splitlines():
            if "python" in line.lower() and " -m " in line:
                assert '" -I -m ' in line
        assert step.get("shell") == ("bash" if "run" in step else None)


def test_other_actions_are_pinned() -> None:
    """Each action that is used is a commit, with its version beside it."""
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    used = re.findall(r"uses: (.+)", text)
    assert len(used) == sum("uses" in step for step in STEPS.values()) > 0
    for one in used:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one)


def test_inputs_are_described() -> None:
    """Each input has a sentence and a default, is used, and stands in the docs, and so does each output."""
    text = (ROOT / "action.yml").read_text(encoding="utf-8")
    for name, about in ACTION["inputs"].items():
        assert {"description", "default", "required"} == {*about}
        assert f"inputs.{name}" in text
        assert f"| `{name}` |" in PAGE
    assert all(f"`{name}`" in PAGE for name in ACTION["outputs"])


def test_the_workflows_of_the_docs_may_do_little() -> None:
    """Each workflow names its permissions and none that it does not need; none runs on `pull_request_target`; the second checks nothing out."""
    assert len(GITHUB) == 2
    first, second = GITHUB
    assert [*first[True]] == ["pull_request"]  # YAML reads `on` as true
    assert [*second[True]] == ["workflow_run"]
    assert first["permissions"] == second["permissions"] == {}
    (one,), (other,) = first["jobs"].values(), second["jobs"].values()
    assert one["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert other["permissions"] == {"actions": "read", "pull-requests": "write"}
    assert [step["uses"].partition("@")[0] for step in one["steps"]] == ["actions/checkout", "OWNER/ifc"]
    assert [step["uses"].partition("@")[0] for step in other["steps"]] == ["OWNER/ifc"]
    for step in (*one["steps"], *other["steps"]):
        assert {*step.get("with", {})} <= {*ACTION["inputs"], "persist-credentials"}
    assert second[True]["workflow_run"]["workflows"] == [first["name"]]


def test_the_job_for_gitlab_runs(tmp_path: Path, host: State) -> None:
    """The job of the docs, its script run by a shell on a merge request, keeps the note."""
    (job,) = (one for config in GITLAB for one in config.values())
    project = Project(tmp_path, {"app.ifc": AFTER})
    here = project.checkout(tmp_path, project.head, None)
    host.user = {"id": 41, "login": "project_5_bot"}
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "pip").write_text("#!/bin/sh\n", encoding="utf-8")
    (bin / "pip").chmod(0o755)
    (bin / "python").symlink_to(sys.executable)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI"))},
        "PATH": f"{Path(sys.executable).parent}:{bin}:{os.environ['PATH']}",
        **{name: str(value) for name, value in job["variables"].items()},
        "GITLAB_CI": "true",
        "CI_API_V4_URL": host.address,
        "CI_PROJECT_URL": "https://gitlab.example/o/r",
        "CI_MERGE_REQUEST_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_IID": "12",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": project.start,
        "CI_COMMIT_SHA": project.head,
        "GITLAB_TOKEN": "secret",
    }
    script = "\n".join(line for line in job["script"] if not line.startswith("pip "))
    done = subprocess.run(["sh", "-e", "-c", script], cwd=here, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (body,) = host.bodies()
    assert body.startswith("<!-- ifc-diff: app.ifc -->\n### ifc diff: `shop`\n")
    assert f"https://gitlab.example/o/r/-/blob/{project.head}/app.ifc#L2" in body
    assert job["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'}]
