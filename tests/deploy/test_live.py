"""The last line of a terminal while something takes its time, and what is under way."""

from __future__ import annotations

import io
import threading
from contextlib import redirect_stdout
from datetime import UTC, datetime
from typing import Any

import pytest

from ifc.commands import deploying, live, telling
from ifc.deploy.changes import Doing, Outcome
from ifc.deploy.events import STACK, Event, Follower
from ifc.deploy.terraform import Terraform

AT = datetime(2027, 1, 31, tzinfo=UTC)


class Screen(io.StringIO):
    """A terminal."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn = threading.Event()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if "0:0" in text:
            self.drawn.set()
        return super().write(text)


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """A terminal in place of the output, on which a line is drawn anew all the time."""
    monkeypatch.setattr(live, "EVERY", 0.001)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "40")
    return Screen()


def seen(text: str) -> list[str]:
    """The lines that stand on a terminal in the end."""
    return [part.rpartition(live.CLEAR)[2] for part in text.split("\n")]


def test_a_line_below_what_is_told(screen: Screen) -> None:
    """The line is drawn while something goes on, makes way for what is told, and is gone at the end."""
    with redirect_stdout(screen), live.line(lambda: "updating take") as shown:
        assert screen.drawn.wait(30)
        shown.over_it(telling.tell)("done: Jobs")
    assert "      0:00  updating take" in screen.getvalue()
    assert seen(screen.getvalue()) == ["done: Jobs", ""]


def test_a_line_that_is_too_long(screen: Screen) -> None:
    """It is cut, since a line that goes on in the next could not be cleared."""
    with redirect_stdout(screen), live.line(lambda: "x" * 100):
        assert screen.drawn.wait(30)
    drawn = {part for part in screen.getvalue().split(live.CLEAR) if part}
    assert {len(part) for part in drawn} == {39}
    assert all(part.endswith("x…") for part in drawn)


@pytest.mark.parametrize("term", ["dumb", "xterm"])
def test_no_line_in_logs(term: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no terminal, or one that can draw nothing, gets what is told and nothing else."""
    monkeypatch.setenv("TERM", term)
    output = Screen() if term == "dumb" else io.StringIO()
    monkeypatch.setattr("sys.stdout", output)
    monkeypatch.setattr(live, "EVERY", 0)
    with live.line(lambda: "updating take") as shown:
        assert not shown.thread.is_alive()
        shown.over_it(telling.tell)("done: Jobs")
    assert output.getvalue() == "done: Jobs\n"


def test_words_for_what_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes longest comes first, after how many there are."""
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    site = Doing(resource="Site", type="AWS::CloudFront::Distribution", words="creating", since=17)
    jobs = Doing(resource="aws_sqs_queue.Jobs", type="aws_sqs_queue", words="updating", since=99)
    assert live.doing([], "waiting") == "waiting"
    assert live.doing([site], "waiting") == "creating Site (AWS::CloudFront::Distribution) for 1:23"
    assert live.doing([jobs, site], "waiting") == (
        "2 under way: creating Site (AWS::CloudFront::Distribution) for 1:23, updating aws_sqs_queue.Jobs for 0:01"
    )


def event(number: int, status: str, resource: str = "Jobs") -> Event:
    """Something that happened to a resource, or to the stack."""
    whole = resource == "shop"
    return Event(
        id=str(number),
        stack="s",
        at=AT,
        resource=resource,
        type=STACK if whole else "AWS::SQS::Queue",
        physical="s" if whole else "p",
        status=status,
    )


def test_what_a_stack_is_doing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resource is under way from its first event until it is done, also where it is made anew and then removed."""
    following = Follower(None, "s", set())  # type: ignore[arg-type]
    told: list[tuple[list[str], str]] = []
    for number, found in enumerate(
        [
            event(1, "UPDATE_IN_PROGRESS"),
            event(2, "UPDATE_COMPLETE"),
            event(3, "UPDATE_ROLLBACK_IN_PROGRESS", "shop"),
            event(4, "DELETE_IN_PROGRESS"),
        ]
    ):
        monkeypatch.setattr(Follower, "news", lambda self, found=found: iter([found]))
        outcomes = list(following.outcomes())
        assert bool(outcomes) == (number == 1)
        told.append(([one.words for one in following.doing.values()], following.way))
    assert told == [
        (["updating"], "waiting for CloudFormation"),
        ([], "waiting for CloudFormation"),
        ([], "going back"),
        (["deleting"], "going back"),
    ]


def test_what_terraform_is_doing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address is under way from its start until it is done or failed; what is only read is nothing."""
    terraform = Terraform("terraform", ".", {})
    hook = {"resource": {"addr": "a.b", "resource_type": "a"}, "action": "create"}
    reads = {"resource": {"addr": "data.c", "resource_type": "c"}, "action": "read"}
    under_way: list[list[str]] = []

    def stream() -> Any:
        for message in (
            {"type": "apply_start", "hook": reads},
            {"type": "apply_start", "hook": hook},
            {"type": "apply_complete", "hook": reads},
            {"type": "apply_errored", "hook": hook},
        ):
            yield message
            under_way.append(list(terraform.doing))

    monkeypatch.setattr(Terraform, "stream", lambda self, *_: stream())
    outcomes: list[Outcome] = []
    terraform.applied("plan", outcomes.append)
    assert under_way == [[], ["a.b"], ["a.b"], []]
    assert [one.resource for one in outcomes] == ["a.b"]


def test_nobody_reads_any_more(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the reader of what happens goes away (`| head`), it is said that it goes on."""
    from argparse import Namespace

    def follow(show: Any) -> None:
        raise BrokenPipeError

    following = Follower(None, "s", set())  # type: ignore[arg-type]
    monkeypatch.setattr(Follower, "follow", lambda self, show: follow(show))
    with pytest.raises(BrokenPipeError):
        deploying.follow(following, Namespace(file="app.ifc", stage="prod"))
    assert (
        "nothing more can be shown here, but it goes on in the account: `ifc status app.ifc --stage prod` shows it"
        in capsys.readouterr().err
    )
