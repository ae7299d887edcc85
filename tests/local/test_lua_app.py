"""An app in Lua under `ifc local`: routes, calls, appended events, triggers, and what its functions may not do."""

from __future__ import annotations

import contextlib
import re
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.running import Running, missing, start
from tests.presence import require

APP = """\
app game
queue Moves { dead-letter after 2 }
topic Won
stream Clicks
api Web {
  GET  /score/{player} -> score
  POST /moves          -> move
  POST /forbidden      -> forbidden
  GET  /talk/{how}     -> talk
}
function score     "src/score.run"     { calls double, work }
function move      "src/move.run"      { sends Moves; publishes Won; writes Clicks }
function forbidden "src/forbidden.run"
function double    "src/double.run"
function talk      "src/talk.run"      { calls work, sour }
function sour      "src/sour.handler"  { runtime python3.12 }
function work      "src/work.handler"  { runtime python3.12 }
function judge     "src/judge.run"     { publishes Won }
function cheer     "src/cheer.handler" { runtime python3.12 }
function count     "src/count.handler" { runtime python3.12 }
Moves -> judge
every 1d -> talk
Won -> cheer
Clicks -> count
"""
FILES = {
    "score.lua": """
local flow = require "flow"
return function(args)
  if args.player == "nobody" then
    return nil, "no such player"
  end
  return { player = args.player, twice = flow.call("double", { n = tonumber(args.n) or 1 }), python = flow.call("work", { n = 3 }) }
end
""",
    "double.lua": "return function(args) return args.n * 2 end\n",
    "move.lua": """
local topics = require "topics"
return function(args)
  topics.append("Moves", { [args.player] = { player = args.player, to = args.to } })
  topics.append("Clicks", { [args.player] = { player = args.player } })
  return { taken = true }
end
""",
    "forbidden.lua": """
local topics = require "topics"
return function(args)
  topics.append("Moves", { x = { player = "x" } })
end
""",
    "judge.lua": """
local topics = require "topics"
return function(move)
  if move.to == "cliff" then
    error("fell off")
  end
  if move.to == "goal" then
    topics.append("Won", { [move.player] = { winner = move.player } })
  end
end
""",
    "talk.lua": """
local flow = require "flow"
print("loaded")
return function(args)
  print("begins", 1, nil, true)
  if args.how == "long" then
    print(("x"):rep(2000) .. "\\n" .. ("é"):rep(3000) .. "\\255")
  elseif args.how == "sour" then
    flow.call("sour", {})
  end
  for n = 1, 3 do
    flow.call("work", { n = n })
  end
  print("ends")
end
""",
    "sour.py": "def handler(event, context):\n    raise KeyError('lemon')\n",
    "work.py": "def handler(event, context):\n    for n in range(20):\n        print('works', event['n'], n)\n    return event['n'] * 10\n",
    "cheer.py": "import json\ndef handler(event, context):\n    print(json.dumps({'cheered': [json.loads(r['Sns']['Message'])['winner'] for r in event['Records']]}))\n",
    "count.py": (
        "import base64, json\n"
        "def handler(event, context):\n"
        "    print(json.dumps({'clicked': [json.loads(base64.b64decode(r['kinesis']['data']))['player'] for r in event['Records']]}))\n"
    ),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The app, running."""
    require(missing())
    folder: Path = tmp_path_factory.mktemp("lua") / "game"
    (folder / "src").mkdir(parents=True)
    (folder / "app.ifc").write_text(APP)
    for name, text in FILES.items():
        (folder / "src" / name).write_text(text)
    begun = start(folder)
    yield begun
    assert begun.stop() == 0, begun.output()


def test_a_route_in_lua_calls_other_functions(run: Running) -> None:
    """Its arguments are the path's and the query's; it calls a function in Lua and one in Python, and answers as Spacer does."""
    answer = run.ask("GET", "/score/ann?n=4")
    assert (answer.status, answer.json) == (200, {"data": {"player": "ann", "twice": 8, "python": 30}}), run.output()
    answer = run.ask("GET", "/score/nobody")
    assert (answer.status, answer.json) == (400, {"error": "no such player"})
    assert run.ask("GET", "/score").status == 404


def test_what_lua_appends_flows_on(run: Running) -> None:
    """A message reaches the function of its queue, what that one publishes the function of the topic, a record that of the stream."""
    assert run.ask("POST", "/moves", {"player": "ann", "to": "goal"}).json == {"data": {"taken": True}}, run.output()
    assert run.until(lambda: run.printed("cheer", "cheered"), "a cheer") == [["ann"]]
    assert ["ann"] in run.until(lambda: run.printed("count", "clicked"), "a click")


def test_a_message_that_fails_goes_to_the_dead_letters(run: Running) -> None:
    """An error in Lua fails its message alone, which is tried again and buried; redriving lets it fail once more."""
    assert run.ask("POST", "/moves", {"player": "bob", "to": "cliff"}).status == 200
    run.until(lambda: run.status()["queues"]["Moves.dead-letter"]["visible"] == 1, "a dead letter")
    assert "fell off" in run.output()
    assert run.command("redrive", "Moves.dead-letter").stdout == "1 message goes back to Moves\n"
    run.until(lambda: run.status()["queues"]["Moves.dead-letter"]["visible"] == 1, "the dead letter again")


def test_verbs_hold_in_lua(run: Running) -> None:
    """A function that no verb lets send is refused, and the answer names the verb."""
    answer = run.ask("POST", "/forbidden")
    assert answer.status == 500
    assert "sends Moves" in answer.text


def said_since(run: Running, seen: int) -> list[str]:
    """The lines since a place in the output, without the time before and the milliseconds behind them."""
    return [re.sub(r" +\d+ ms", "", line[10:]) for line in run.output()[seen:].splitlines()]


def check_talk(lines: list[str], last: str) -> None:
    """Sees that each thing is told after what belongs before it."""
    called, begins, ends = f"{'talk → work':<46} ok", "talk │ begins\t1\tnil\ttrue", "talk │ ends"
    own = [line for line in lines if not line.startswith("work │")]
    assert own == [begins, called, called, called, ends, last], lines
    works = [line for line in lines if line.startswith("work │")]
    assert works == [f"work │ works {n} {each}" for n in (1, 2, 3) for each in range(20)], lines
    ended = [at for at, line in enumerate(lines) if line == called]
    assert all(lines.index(f"work │ works {n} 19") < at for n, at in zip((1, 2, 3), ended, strict=True)), lines


def test_what_lua_prints_and_calls_is_told(run: Running) -> None:
    """Prints, calls within and what those print are told in their order, before the line of the request or event."""
    for number in range(6):
        seen = len(run.output())
        assert run.ask("GET", f"/talk/{number}").status == 200
        run.until(lambda: "→ talk" in run.output()[seen:], "the line of the request")  # noqa: B023
        lines = [line for line in said_since(run, seen) if line != "talk │ loaded"]
        check_talk(lines, f"{f'GET /talk/{number} → talk':<46} 200")
    seen = len(run.output())
    calls = run.status()["functions"]["work"]["calls"]["ok"]
    assert run.command("fire", "talk").returncode == 0
    run.until(lambda: "→ talk" in run.output()[seen:], "the line of the event")
    check_talk([line for line in said_since(run, seen) if line != "talk │ loaded"], f"{'Every1dToTalk → talk':<46} ok")
    assert run.status()["functions"]["work"]["calls"]["ok"] == calls + 3
    assert "talk │ loaded" in run.command("log", "talk").stdout


def test_long_prints_of_lua(run: Running) -> None:
    """A print is as long as it likes, has lines, and what is no text in it is replaced."""
    seen = len(run.output())
    run.ask("GET", "/talk/long")
    run.until(lambda: "GET /talk/long" in run.output()[seen:], "the line of the request")
    lines = said_since(run, seen)
    assert f"talk │ {'x' * 2000}" in lines
    assert f"talk │ {'é' * 3000}\ufffd" in lines


def test_why_a_call_within_failed(run: Running) -> None:
    """The line of a call between functions, and that of the request, have the error's type."""
    seen = len(run.output())
    assert run.ask("GET", "/talk/sour").status == 500
    run.until(lambda: "GET /talk/sour" in run.output()[seen:], "the line of the request")
    *_, call, request = run.output()[seen:].splitlines()
    assert re.search(r"talk → sour +failed +\d+ ms  KeyError: 'lemon'$", call)
    assert request.endswith("`sour` failed: KeyError: 'lemon'")


def test_nothing_private_from_outside(run: Running) -> None:
    """What only events and calls reach has no address."""
    for path in ("/double", "/private/double", "/judge", "/private/judge", "/../private/judge", "/%2e%2e/private/judge", "//private/judge"):
        assert run.ask("POST", path, {"n": 1}).status in (400, 404), path


def test_saved_lua_is_the_next_answer(run: Running) -> None:
    """An edited file is what the next call runs, a mistake in it is that call's, and mending it mends the route."""
    path = run.folder / "src" / "double.lua"
    path.write_text("return function(args) return args.n * 3 end\n")
    run.until(lambda: run.ask("GET", "/score/ann?n=4").json["data"]["twice"] == 12, "the new code runs", 10)
    path.write_text("return function(args return 1 end\n")
    run.until(lambda: run.ask("GET", "/score/ann?n=4").status == 500, "the mistake shows", 10)
    path.write_text(FILES["double.lua"])
    run.until(lambda: run.ask("GET", "/score/ann?n=4").status == 200, "it is mended", 10)


def test_an_error_names_the_source(run: Running) -> None:
    """An error says where it is in the file that the app has, for a route and for an event."""
    path = run.folder / "src" / "double.lua"
    path.write_text("return function(args)\n  return args.n.m.o\nend\n")
    run.until(lambda: run.ask("GET", "/score/ann?n=4").status == 500, "the mistake shows", 10)
    run.until(lambda: run.said("src/double.lua:2: attempt to index"), "the line names the file")
    path.write_text(FILES["double.lua"])
    run.until(lambda: run.ask("GET", "/score/ann?n=4").status == 200, "it is mended", 10)
    run.told("send", "Moves", '{"player": "x", "to": "cliff"}')
    run.until(lambda: run.said("src/judge.lua:5: fell off"), "the line of the event names the file")
    assert "/project/app/" not in run.output()


def test_a_function_that_never_ends(run: Running) -> None:
    """An endless loop in Lua holds its worker of nginx until the function's timeout is over; then the gateway answers again."""
    path = run.folder / "src" / "double.lua"
    (run.folder / "app.ifc").write_text(APP.replace('"src/double.run"', '"src/double.run" { timeout 1s }'))
    run.until(lambda: run.said("the app is taken over"), "it is taken over", 10)
    path.write_text("return function(args) while true do end end\n")
    time.sleep(1)
    for _ in range(2):  # there are two workers
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{run.gateway}/score/ann?n=4", timeout=0.5)
    path.write_text(FILES["double.lua"])
    run.until(lambda: run.said("a function in Lua did not end"), "the worker is replaced", 40)
    run.until(lambda: run.ask("GET", "/score/ann?n=4").status == 200, "it answers", 40)
