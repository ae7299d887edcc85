"""One comment of an app on a pull request or merge request, kept up to date, against a host that answers on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ifc.records import evolve
from ifc.review.formats import NotCompared, as_json, markdown
from ifc.review.formats.outcome import Outcome
from ifc.review.pull import __main__ as command
from ifc.review.pull.hosts import GitHub, GitLab
from ifc.review.pull.keep import CREATED, NOT_NEEDED, UNCHANGED, UPDATED, keep
from ifc.review.pull.reports import Report, Reports, Unreadable, read, write
from ifc.review.pull.web import Refused
from tests.review.hosts import ANN, BOT, State, serving
from tests.review.samples import EMPTY, IN_PART, ORDERS, QUEUE, of

BODY = "<!-- ifc-diff: orders -->\nwhat is new\n"
OTHER = "<!-- ifc-diff: billing -->\nof another app\n"
SHA = "1234567890abcdef1234567890abcdef12345678"


@pytest.fixture
def host() -> Iterator[State]:
    """The host."""
    with serving() as state:
        yield state


@pytest.fixture(params=["github", "gitlab"])
def kept(request: pytest.FixtureRequest, host: State) -> Any:
    """Keeps a comment on either host, and tells what was done; it never really waits, but tells for how long."""
    waits: list[float] = []

    def act(body: str = BODY, quiet: bool = False) -> str:
        if request.param == "gitlab":
            host.user = host.user or {**BOT, "username": "project_5_bot"}
            return keep(GitLab(host.address, "secret", 5, 12), body, quiet, waits.append)
        return keep(GitHub(host.address, "secret", "o/r", 12), body, quiet, waits.append)

    act.waits = waits  # type: ignore[attr-defined]
    return act


# --- one comment ---


def test_one_comment_is_written_and_then_edited(kept: Any, host: State) -> None:
    """The first run writes it, the next edits it, one with the same findings writes nothing; what others said stays."""
    host.says(ANN, "nice")
    assert kept() == CREATED
    assert kept(BODY.replace("new", "newer")) == UPDATED
    assert kept(BODY.replace("new", "newer")) == UNCHANGED
    assert host.bodies() == ["nice", BODY.replace("new", "newer")]
    assert len(host.writes()) == 2


def test_a_comment_is_found_on_any_page(kept: Any, host: State) -> None:
    """Many comments come in pages."""
    for number in range(10):
        host.says(ANN, f"comment {number}")
    assert kept() == CREATED
    assert kept(BODY + "more") == UPDATED
    assert len(host.comments) == 11


def test_each_app_has_its_own(kept: Any, host: State) -> None:
    """The comment of another app is another one."""
    assert [kept(OTHER), kept(), kept(BODY + "x"), kept(OTHER)] == [CREATED, CREATED, UPDATED, UNCHANGED]
    assert host.bodies() == [OTHER, BODY + "x"]


def test_what_others_wrote_is_never_touched(kept: Any, host: State) -> None:
    """A comment of somebody else's with our mark in it stays as it is, and so does ours that only quotes it."""
    host.says(ANN, BODY)
    host.says(host.user or BOT, f"> {BODY}")
    assert kept(BODY + "x") == CREATED
    assert host.bodies() == [BODY, f"> {BODY}", BODY + "x"]


def test_two_of_one_app_become_one(kept: Any, host: State) -> None:
    """Two runs at the same time may each have written one: the older stays."""
    for _ in range(3):
        host.says(BOT, BODY)
    host.user = {**BOT, "username": "bot"}
    assert kept(BODY + "x") == UPDATED
    assert host.bodies() == [BODY + "x"]


def test_nothing_is_said_of_nothing(kept: Any, host: State) -> None:
    """Where nothing changes no comment is written, but one that told of changes says so."""
    assert kept(quiet=True) == NOT_NEEDED
    assert host.comments == []
    kept(BODY)
    assert kept("<!-- ifc-diff: orders -->\nnothing changes\n", quiet=True) == UPDATED
    assert host.bodies() == ["<!-- ifc-diff: orders -->\nnothing changes\n"]


def test_line_ends_are_no_change(kept: Any, host: State) -> None:
    """A host may give a text back with other line ends."""
    kept()
    host.comments[0]["body"] = BODY.strip().replace("\n", "\r\n")
    assert kept() == UNCHANGED


# --- troubles ---


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_bad_gateway_passes(kept: Any, host: State, method: str) -> None:
    """A host that is not well for a moment is asked again."""
    host.fails(method, 502)
    host.fails(method, 503)
    assert kept() == CREATED
    assert kept.waits == [1.0, 2.0]


def test_a_lost_answer_makes_no_second_comment(kept: Any, host: State) -> None:
    """Where the comment was written but the answer was an error, it is found and not written again."""
    host.fails("POST", 502, after=True)
    assert kept() == UNCHANGED
    assert host.bodies() == [BODY]


@pytest.mark.parametrize(
    ("status", "headers", "message", "wait"),
    [
        (429, {"Retry_After": "7"}, "slow down", 7),
        (403, {"Retry_After": "7"}, "You have exceeded a secondary rate limit", 7),
        (403, {}, "You have exceeded a secondary rate limit", 60),
        (403, {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "1"}, "API rate limit exceeded", 0),
        (503, {"Retry_After": "3"}, "", 3),
    ],
)
def test_a_host_that_asks_to_wait_is_waited_for(
    kept: Any, host: State, status: int, headers: dict[str, str], message: str, wait: int
) -> None:
    """Rate limits name their time, or are given a minute."""
    host.fails("POST", status, message, **headers)
    assert kept() == CREATED
    assert kept.waits == [wait]


def test_too_long_a_wait_is_an_error(kept: Any, host: State) -> None:
    """Nobody pays a runner for an hour of waiting."""
    host.fails("POST", 403, "API rate limit exceeded", Retry_After="3600")
    with pytest.raises(Refused, match="asks to wait: API rate limit exceeded"):
        kept()
    assert kept.waits == []


def test_troubles_that_stay_are_an_error(kept: Any, host: State) -> None:
    """After a few tries it is over."""
    for _ in range(5):
        host.fails("POST", 502, "Server Error")
    with pytest.raises(Refused, match="the host answers 502: Server Error"):
        kept()
    assert kept.waits == [1.0, 2.0, 4.0, 8.0]


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_what_is_refused_is_not_tried_again(kept: Any, host: State, status: int) -> None:
    """A host that says no is taken at its word."""
    host.fails("POST", status, "no")
    with pytest.raises(Refused, match=r"^no$") as caught:
        kept()
    assert caught.value.status == status
    assert kept.waits == []


def test_a_comment_that_was_deleted_meanwhile_is_written_again(kept: Any, host: State) -> None:
    """Between looking and editing somebody may have deleted it."""
    kept()
    for method in ("PATCH", "PUT"):
        host.fails(method, 404)
    assert kept(BODY + "x") == UPDATED


def test_nobody_answers(host: State) -> None:
    """Where there is no server, it is said which one is not there."""
    with pytest.raises(Refused, match=r"http://127\.0\.0\.1:1 does not answer"):
        keep(GitHub("http://127.0.0.1:1", "secret", "o/r", 12), BODY, False, lambda _: None)


def test_the_token_does_not_follow_a_redirect(host: State) -> None:
    """An answer that leads elsewhere is an error: the token stays."""
    with serving() as elsewhere:
        host.user = BOT
        host.fails("GET", 301, "", Location=f"{elsewhere.address}/user")
        with pytest.raises(Refused, match="at another address"):
            keep(GitHub(host.address, "secret", "o/r", 12), BODY, False, lambda _: None)
        assert elsewhere.asked == []


# --- the command ---


def reports(folder: Path, *outcomes: Outcome, **about: Any) -> str:
    """A file of reports."""
    path = folder / "reports.json"
    rows = tuple(Report(f"{n}/app.ifc" if n else "app.ifc", outcome) for n, outcome in enumerate(outcomes))
    path.write_text(write(Reports(rows, **{"commit": SHA, "against": "origin/main", **about})), encoding="utf-8")
    return str(path)


def event(folder: Path, content: dict[str, Any]) -> str:
    """The file with what the run is for."""
    (folder / "event.json").write_text(json.dumps(content), encoding="utf-8")
    return str(folder / "event.json")


def pull_request(head: str = "o/r", sha: str = SHA) -> dict[str, Any]:
    """A pull request as GitHub tells it."""
    repository = {"full_name": head, "id": 1 if head == "o/r" else 2}
    return {
        "number": 12,
        "state": "open",
        "head": {"sha": sha, "repo": repository},
        "base": {"sha": SHA, "repo": {"full_name": "o/r", "id": 1}},
    }


@pytest.fixture
def github(host: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the command as a job of GitHub's does; returns the exit code."""
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "GITHUB_BASE_REF"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("time.sleep", lambda _: None)

    def act(content: dict[str, Any], *outcomes: Outcome, **about: Any) -> int:
        environment = {
            "GITHUB_API_URL": host.address,
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_TOKEN": "secret",
            "GITHUB_EVENT_PATH": event(tmp_path, content),
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return command.main(["comment", "github", reports(tmp_path, *outcomes, **about)])

    return act


def test_each_report_becomes_a_comment(github: Any, host: State, capsys: pytest.CaptureFixture[str]) -> None:
    """One comment for each app, known by its file, with links to the commit and a command to copy; nothing for one that does not change."""
    assert github({"pull_request": pull_request()}, ORDERS, EMPTY, IN_PART, stage="prod", label="prod") == 0
    first, second = host.bodies()
    assert first.startswith("<!-- ifc-diff: app.ifc prod -->\n### ifc diff: `orders`, `prod`\n")
    assert f"(https://github.example/o/r/blob/{SHA}/app.ifc#L7)" in first
    assert "`ifc diff --base=origin/main --stage=prod app.ifc --all`" in first
    assert second.startswith("<!-- ifc-diff: 2/app.ifc prod -->\n")
    assert host.tokens == {"Bearer secret"}
    printed = capsys.readouterr().out
    assert "comment created: app.ifc: 2 data loss, 1 wider permissions" in printed
    assert "comment not needed: 1/app.ifc: nothing changes\n" in printed


def test_a_failure_takes_the_place_of_what_was_found(github: Any, host: State) -> None:
    """A comment of an earlier commit does not stay when the next can't be compared, even where the app's name is not known any more."""
    github({"pull_request": pull_request()}, ORDERS)
    failed = NotCompared(old="main:app.ifc", new="app.ifc", reasons=("`app.ifc` does not compile",))
    assert github({"pull_request": pull_request()}, failed) == 0
    (body,) = host.bodies()
    assert "It could not be compared" in body


def test_without_the_permission_the_help_says_which(github: Any, host: State, capsys: pytest.CaptureFixture[str]) -> None:
    """The usual mistake in a workflow is told by its name."""
    host.fails("POST", 403, "Resource not accessible by integration")
    assert github({"pull_request": pull_request()}, ORDERS) == 2
    assert capsys.readouterr().err == (
        "error: can't comment on pull request 12 of o/r: Resource not accessible by integration\n"
        "  = help: give the job `permissions: { pull-requests: write }`\n"
    )


def test_a_fork_is_no_error(github: Any, host: State, capsys: pytest.CaptureFixture[str]) -> None:
    """The token of a run for a fork may not write: that is said, and the job goes on."""
    host.fails("POST", 403, "Resource not accessible by integration")
    assert github({"pull_request": pull_request("eve/r")}, ORDERS) == 0
    assert "no comment on pull request 12: a run for a fork has a token that can only read" in capsys.readouterr().out


def test_other_events_have_no_pull_request(github: Any, host: State, capsys: pytest.CaptureFixture[str]) -> None:
    """A push can't be commented on, whatever number the reports name."""
    assert github({"ref": "refs/heads/main"}, ORDERS, number=12) == 2
    assert "error: this run is not for a pull request\n" in capsys.readouterr().err
    assert host.asked == []


# --- the second half: workflow_run ---


def workflow_run(repository: int = 2, sha: str = SHA, event: str = "pull_request") -> dict[str, Any]:
    """A run that has ended, as GitHub tells it."""
    return {"workflow_run": {"event": event, "head_sha": sha, "head_repository": {"id": repository}}}


def test_the_second_workflow_comments_for_a_fork(github: Any, host: State) -> None:
    """Where the run was for the pull request as it is, its reports become comments, which say where they are from."""
    host.pull = pull_request("eve/r")
    assert github(workflow_run(), ORDERS, number=12, commit="") == 0
    (body,) = host.bodies()
    assert f"/blob/{SHA}/app.ifc#L7" in body
    assert "It was worked out by a run of the fork's own workflow file, which the fork can change." in body


@pytest.mark.parametrize(
    ("pull", "run"),
    [
        (pull_request("eve/r"), workflow_run(repository=3)),
        (pull_request("eve/r"), workflow_run(event="push")),
        (pull_request("eve/r", "f" * 40), workflow_run()),
        ({**pull_request("eve/r"), "state": "closed"}, workflow_run()),
        ({**pull_request("eve/r"), "head": {"sha": SHA, "repo": None}}, workflow_run()),
    ],
)
def test_a_run_comments_on_its_own_pull_request_only(github: Any, host: State, pull: dict[str, Any], run: dict[str, Any]) -> None:
    """The number is the fork's to choose, so it must be that of the pull request with the run's commit and repository."""
    host.pull = pull
    assert github(run, ORDERS, number=12) == 0
    assert host.comments == []


def test_what_a_fork_reports_is_escaped_again(github: Any, host: State) -> None:
    """The comment is written from the data: a fork can't put Markdown of its own into it."""
    host.pull = pull_request("eve/r")
    evil = evolve(QUEUE, title="@everyone [click](https://evil.example) <!-- ifc-diff: x -->", effect="```\n</details>")
    assert github(workflow_run(), of(evil), number=12, label="--> @all", against="origin/$(reboot)") == 0
    (body,) = host.bodies()
    assert "@&#8203;everyone \\[&#8203;click\\](https:&#8203;//evil.example) &lt;!&#8203;--" in body
    assert "`ifc diff '--base=origin/$(reboot)' app.ifc --all`" in body
    assert body.count("<!--") == body.count("-->") - body.count("`--> @all`") == 1


# --- GitLab ---


@pytest.fixture
def gitlab(host: State, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs the command as a job of GitLab's does; returns the exit code."""
    for name in ("GITHUB_EVENT_PATH", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    host.user = {"id": 41, "username": "project_5_bot", "login": "project_5_bot"}

    def act(*outcomes: Outcome, **variables: str) -> int:
        environment = {
            "CI_API_V4_URL": host.address,
            "CI_PROJECT_URL": "https://gitlab.example/o/r",
            "CI_MERGE_REQUEST_PROJECT_ID": "5",
            "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "5",
            "CI_MERGE_REQUEST_IID": "12",
            "CI_COMMIT_SHA": SHA,
            "GITLAB_TOKEN": "secret",
            **variables,
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return command.main(["comment", "gitlab", reports(tmp_path, *outcomes)])

    return act


def test_a_merge_request_has_its_note(gitlab: Any, host: State) -> None:
    """On GitLab it is a note, with links that GitLab has; what the system says is no note of ours."""
    host.says({"id": 41, "login": "project_5_bot"}, "<!-- ifc-diff: app.ifc -->\n", system=True)
    assert gitlab(ORDERS) == 0
    _, body = host.bodies()
    assert body.startswith("<!-- ifc-diff: app.ifc -->\n### ifc diff: `orders`\n")
    assert f"(https://gitlab.example/o/r/-/blob/{SHA}/app.ifc#L7)" in body
    assert host.tokens == {"secret"}


@pytest.mark.parametrize(
    ("variables", "code", "words"),
    [
        ({"GITLAB_TOKEN": "", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "6"}, 0, "a pipeline of a fork does not get the project's"),
        ({"GITLAB_TOKEN": ""}, 2, "error: there is no `GITLAB_TOKEN`"),
        ({"CI_MERGE_REQUEST_IID": ""}, 2, "error: this pipeline is not for a merge request"),
        ({"CI_MERGE_REQUEST_PROJECT_ID": "5/../6"}, 2, "error: this pipeline is not for a merge request"),
    ],
)
def test_what_gitlab_needs(
    gitlab: Any, host: State, capsys: pytest.CaptureFixture[str], variables: dict[str, str], code: int, words: str
) -> None:
    """What is missing is told; for a fork it is no error."""
    assert gitlab(ORDERS, **variables) == code
    printed = capsys.readouterr()
    assert words in printed.out + printed.err
    assert host.asked == []


def test_gitlab_refuses(gitlab: Any, host: State, capsys: pytest.CaptureFixture[str]) -> None:
    """A token that may not write is told with what it must be."""
    host.fails("POST", 403, "403 Forbidden")
    assert gitlab(ORDERS) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("error: can't comment on merge request 12: 403 Forbidden\n")
    assert "with the scope `api`" in printed


# --- files of reports ---


def test_reports_are_read_back(tmp_path: Path) -> None:
    """What was written is read, with all that the comments need."""
    failed = NotCompared(old="a", new="b", reasons=("c",))
    found = read(reports(tmp_path, ORDERS, failed, label="prod", number=12, target="cfn", stage="dev"))
    assert (found.label, found.number, found.commit, found.target, found.stage) == ("prod", 12, SHA, "cfn", "dev")
    assert [report.file for report in found.reports] == ["app.ifc", "1/app.ifc"]
    assert markdown.write(found.reports[0].outcome) == markdown.write(ORDERS)
    assert isinstance(found.reports[1].outcome, NotCompared)


@pytest.mark.parametrize(
    "change",
    [
        {"schema": "other/1"},
        {"reports": None},
        {"reports": [{}]},
        {"reports": [{"file": "a", "report": {}}]},
        {"reports": [{"file": "a", "report": as_json.data(EMPTY)}] * 51},
        {"label": 1},
        {"pullRequest": "12"},
        {"pullRequest": -1},
        {"pullRequest": True},
    ],
)
def test_reports_of_others_are_read_with_care(tmp_path: Path, change: dict[str, Any]) -> None:
    """A file that is not as it should be is refused."""
    path = Path(reports(tmp_path, ORDERS))
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **change}), encoding="utf-8")
    with pytest.raises(Unreadable):
        read(str(path))


def test_only_plain_files_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A link, no file, and what is not JSON are refused in a sentence."""
    path = reports(tmp_path, ORDERS)
    (tmp_path / "link").symlink_to(path)
    (tmp_path / "broken").write_text("{", encoding="utf-8")
    for name, why in (("link", "is too large, or a link"), ("none", "can't be read: No such file"), ("broken", "is not JSON")):
        assert command.main(["show", str(tmp_path / name)]) == 2
        assert why in capsys.readouterr().err


def test_a_commit_must_be_one(tmp_path: Path) -> None:
    """What is no commit makes no links."""
    assert read(reports(tmp_path, ORDERS, commit="../../evil")).commit == ""
