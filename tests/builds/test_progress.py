"""What a build shows while it goes on: bars on a terminal, lines elsewhere."""

from __future__ import annotations

import io

import pytest

from ifc.build.terminal import shown


class Screen(io.StringIO):
    """A stream that is a terminal, or says so."""

    def isatty(self) -> bool:
        return True


def test_lines_where_there_is_no_terminal() -> None:
    """A log gets a line for what waits for a network, and none for the rest."""
    stream = io.StringIO()
    with shown(stream) as progress:
        with progress.start("packing", 2) as task:
            task.step("one")
        with progress.start("installing requirements.txt", slow=True) as task:
            task.step()
    assert stream.getvalue() == "installing requirements.txt\n"


def test_bars_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal gets a bar for each thing that goes on, with its step, and they are gone at the end."""
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Screen()
    with shown(stream) as progress:
        with progress.start("packing", 2) as task:
            task.step("place")
        progress.say("said [beside] it")
    text = stream.getvalue()
    assert "packing " in text
    assert "said [beside] it" in text
    assert "packing" not in text.rpartition("\x1b[2K")[2]  # the line of the bar is cleared


def test_a_terminal_that_can_draw_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """`TERM=dumb` gets lines."""
    monkeypatch.setenv("TERM", "dumb")
    stream = Screen()
    with shown(stream) as progress:
        progress.start("installing", slow=True)
    assert stream.getvalue() == "installing\n"


def test_no_bars_for_nothing() -> None:
    """A build that has nothing to do draws nothing, and doesn't even load what draws."""
    stream = Screen()
    with shown(stream):
        pass
    assert stream.getvalue() == ""
