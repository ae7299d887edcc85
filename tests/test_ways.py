"""The ways of events: what is promised of each hop, and what is found over all of them."""

from __future__ import annotations

import json
import random
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ifc.cli import main
from ifc.diagnostics import NOTE
from ifc.flow import Step
from ifc.paths import as_data, as_text, chosen
from ifc.ways import Ways, ways
from tests import generated
from tests.agreed import ROOT
from tests.support import compiled, findings

F = 'function f "a.b" { runtime python3.14 }\n'
G = 'function g "a.c" { runtime python3.14 }\n'
DEAD = "queue Dead\n"


def walked(text: str) -> Ways:
    """The ways of a source text."""
    done = compiled(text)
    assert not done.report.failed, [d.message for d in done.report.ordered()]
    return ways(done.app)


def outcome(text: str, words: str) -> str:
    """What is promised of one step of a source text."""
    found = walked(text)
    [step] = [step for step in found.steps if step.words == words]
    return found.guarantee(step).outcome


@pytest.mark.parametrize(
    ("text", "words", "expected"),
    [
        ("topic T\n" + F + "T -> f", "T -> f", "3 tries within 6h, then lost"),
        ("topic T\n" + F.replace("14 }", "14; retries 1 max-age 1h }") + "T -> f", "T -> f", "2 tries within 1h, then lost"),
        ("topic T\n" + DEAD + F + "T -> f\nf.failed -> Dead", "T -> f", "3 tries within 6h, then `Dead` by `f.failed`"),
        ('topic T\nT -> "mailto:a@example.com"', 'T -> "mailto:a@example.com"', "50 tries within 6h, then lost"),
        ('topic T\nqueue Q\nT -> "https://example.com" { dead-letter Q }', 'T -> "https://example.com"', "4 tries within 1m, then `Q`"),
        ("queue Q\n" + F + "Q -> f", "Q -> f", "5 tries within 4d, then the dead letters of `Q`"),
        ("queue Q { dead-letter none; retention 2d }\n" + F + "Q -> f", "Q -> f", "tried for 2d, then lost"),
        (DEAD + "queue Q { dead-letter Dead after 3 }\n" + F + "Q -> f", "Q -> f", "3 tries within 4d, then `Dead`"),
        ("queue Q\n" + F + G + "Q -> f\nQ.dead-letter -> g", "Q.dead-letter -> g", "tried for 14d, then lost"),
        (
            'extern queue Q "arn:aws:sqs:eu-west-1:123456789012:q"\n' + F + "Q -> f",
            "Q -> f",
            "tried as its owner says",
        ),
        ("table T { key id: string; stream new }\n" + F + "T.stream -> f", "T.stream -> f", "4 tries within 1d, then lost"),
        (
            "table T { key id: string; stream new }\n" + DEAD + F + "T.stream -> f { retries none; dead-letter Dead }",
            "T.stream -> f",
            "tried for 1d, then `Dead`, which is told where the records were",
        ),
        ("stream S { retention 7d }\n" + F + "S -> f { retries 9; max-age 2d }", "S -> f", "10 tries within 2d, then lost"),
        ("bucket B\n" + F + "B.created -> f", "B.created -> f", "3 tries within 6h, then lost"),
        ("bus B\n" + F + "B -> f", "B -> f", "3 tries within 6h, then lost"),
        (F + "every 1h -> f", "every 1h -> f", "3 tries within 6h, then lost"),
        (F + "alarm A where f.errors > 1\nA -> f", "A -> f", "3 tries within 6h, then lost"),
    ],
)
def test_outcomes(text: str, words: str, expected: str) -> None:
    """How often a hop is tried, and what becomes of an event then."""
    assert outcome(text, words) == expected


@pytest.mark.parametrize(
    ("text", "code", "there"),
    [
        # On a way with dead letters before, and with dead letters behind.
        ("queue Q { dead-letter after 3 }\ntopic T\n" + F.replace("14 }", "14; publishes T }") + G + "Q -> f\nT -> g", "IFC520", True),
        ("queue Q\ntopic T\n" + F.replace("14 }", "14; publishes T }") + G + "Q -> f\nT -> g", "IFC520", False),
        # Another branch is another way.
        ("topic T\nqueue Q { dead-letter after 3 }\n" + F + G + "T -> f\nT -> Q -> g", "IFC520", False),
        # What is told by mail, and what only failures take, is not the way.
        (
            "topic T\nqueue Q { dead-letter after 3 }\n" + F.replace("14 }", "14; publishes T }") + 'Q -> f\nT -> "mailto:a@example.com"',
            "IFC520",
            False,
        ),
        ("topic T\ntopic A\n" + F + G + "T -> f\nf.failed -> A\nA -> g", "IFC520", False),
        # Dead letters that a function takes have failed already.
        (DEAD + "queue Q { dead-letter Dead after 3 }\n" + F + G + "Q -> f\nDead -> g", "IFC520", False),
        ("queue Q { dead-letter after 3 }\n" + F + G + "Q -> f\nQ.dead-letter -> g", "IFC520", False),
        # A start by the clock comes again, and an alarm is no event of the app... unless what it starts is kept elsewhere.
        ("queue Q { dead-letter after 3 }\n" + F.replace("14 }", "14; sends Q }") + G + "every 1h -> f\nQ -> g", "IFC520", False),
        # Order: a table's changes come in order unasked; a stream's are asked for.
        (
            (
                "table T { key id: string; stream new }\nqueue M\nqueue D { fifo }\n"
                'function f "a.b" { runtime python3.14; sends M }\nfunction g "a.c" { runtime python3.14; sends D }\nT.stream -> f\nM -> g'
            ),
            "IFC521",
            False,
        ),
        (
            (
                "stream S\nqueue M\nqueue D { fifo }\n"
                'function f "a.b" { runtime python3.14; sends M }\nfunction g "a.c" { runtime python3.14; sends D }\nS -> f\nM -> g'
            ),
            "IFC521",
            True,
        ),
        ('queue S { fifo }\nqueue M\nfunction f "a.b" { runtime python3.14; sends M }\n' + G + "S -> f\nM -> g", "IFC521", False),
        # Twice: by a bus and a bus behind; by two queues; not by two filters, nor where only failures take the other.
        ("bus A\nbus B\n" + F + "A -> B\nA -> f\nB -> f", "IFC522", True),
        ("topic T\nqueue A\nqueue B\n" + F + "T -> A -> f\nT -> B -> f", "IFC522", True),
        ("topic T\nqueue A\n" + F + "T where x == 1 -> A -> f\nT where x == 2 -> f", "IFC522", False),
        ("topic T\nqueue A\n" + F + "T where x == 1 -> A -> f\nT -> f", "IFC522", True),
        ("queue Q { dead-letter after 3 }\n" + F + "Q -> f\nQ.dead-letter -> f", "IFC522", False),
        # Retries: defaults alone never make a storm.
        (
            "".join(f'queue Q{i}\nfunction f{i} "a.b" {{ runtime python3.14; sends Q{i + 1} }}\nQ{i} -> f{i}\n' for i in range(6))
            + "queue Q6",
            "IFC523",
            False,
        ),
        ('stream S\nqueue Q\nfunction f "a.b" { runtime python3.14; sends Q }\n' + G + "S -> f { retries 500 }\nQ -> g", "IFC523", True),
        ("queue Q { dead-letter after 1000 }\n" + F + "Q -> f", "IFC523", False),
        # A filter, and what comes.
        (
            'table T { key id: string; stream new; ttl at }\nfunction f "a.b" { runtime python3.14; puts T }\n'
            + G
            + 'T.stream where eventName == "REMOVE" -> g',
            "IFC524",
            False,
        ),
        ('bus A\nbus B\nfunction g "a.b" { runtime python3.14 }\nA where source == "x" -> B\nB where source == "y" -> g', "IFC524", True),
        (
            (
                'bus A\nbus B\nfunction g "a.b" { runtime python3.14; publishes B }\nevery 1h -> g\nA where source == "x" -> B\n'
                'B where source == "y" -> g  # ifc: allow IFC551 "it ends"'
            ),
            "IFC524",
            False,
        ),
        (
            'bucket B\nfunction f "a.b" { runtime python3.14; puts B "out/*" }\n'
            + G
            + 'every 1h -> f\nB.created where key starts-with "in/" -> g',
            "IFC524",
            True,
        ),
        # Results of calls that are waited for.
        ("api P { GET /x -> f }\n" + DEAD + F + "f.failed -> Dead", "IFC525", True),
        ("api P { GET /x -> f }\ntopic T\n" + DEAD + F + "T -> f\nf.failed -> Dead", "IFC525", False),
        (
            "api P { GET /x -> f }\n" + DEAD + F + 'function g "a.c" { runtime python3.14; calls f }\nevery 1h -> g\nf.failed -> Dead',
            "IFC525",
            False,
        ),
        (DEAD + F + "f.failed -> Dead", "IFC525", False),
        ("defaults function { retries 1 }\nqueue Q\n" + F + "Q -> f", "IFC525", False),
        # Age: defaults never expire too early.
        ("queue Q { dead-letter after 1000 }\n" + F + "Q -> f", "IFC526", False),
        ("queue Q { dead-letter after 1000; visibility 10m }\n" + F + "Q -> f", "IFC526", True),
        ('queue Q { retention 1m }\nfunction f "a.b" { runtime python3.14; timeout 1m }\nQ -> f', "IFC526", True),
        (
            "stream S\n" + DEAD + F.replace("14 }", "14; timeout 15m }") + "S -> f { retries 200; max-age 12h; dead-letter Dead }",
            "IFC526",
            False,
        ),
        # Callers: through a second one; what runs long, or has results, is not waited for.
        (
            (
                'api P { GET /x -> f }\nfunction f "a.b" { runtime python3.14; timeout 25s; calls g }\nfunction g "a.c" { runtime python3.14; timeout 5s; calls h }\n'
                'function h "a.d" { runtime python3.14; timeout 9s }'
            ),
            "IFC527",
            True,
        ),
        (
            'api P { GET /x -> f }\nfunction f "a.b" { runtime python3.14; calls g }\nfunction g "a.c" { runtime python3.14; timeout 5m }',
            "IFC527",
            False,
        ),
        (
            'api P { GET /x -> f }\nfunction f "a.b" { runtime python3.14; timeout 5s; calls g }\nfunction g "a.c" { runtime python3.14; retries 1 }',
            "IFC527",
            False,
        ),
        ('function f "a.b" { runtime python3.14; timeout 5s; calls g }\n' + G + "every 1h -> f", "IFC527", False),
    ],
)
def test_warnings(text: str, code: str, there: bool) -> None:
    """What is warned of, and what is not."""
    assert not compiled(text).report.failed
    assert (code in findings(text)) == there


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (F, ["IFC528"]),
        (F.replace("14 }", "14; url iam }"), []),
        (F + G.replace("14 }", "14; calls f }") + "every 1h -> g", []),
        ("topic T\n" + F + "every 1h -> f\nT -> f", []),
        ("topic T\noutput Where T.arn", []),
        ("topic T\n" + F.replace("14 }", "14; env { A T.arn } }") + "every 1h -> f", []),
        ("queue Q", ["IFC529"]),
        ("queue D\nqueue Q { dead-letter D after 3 }\n" + F + "Q -> f", []),
        ("queue Q { dead-letter after 3 }\n" + F + "Q.dead-letter -> f", ["IFC529"]),
        ("table T { key id: string }\n" + F.replace("14 }", "14; writes T }") + "every 1h -> f", ["IFC529"]),
        ("table T { key id: string }\n" + F.replace("14 }", "14; reads T }") + "every 1h -> f", []),
        ('extern table T "t"\n', []),
        ("api P { GET /x -> f { authorizer g } }\n" + F + G, []),
    ],
)
def test_what_nothing_uses(text: str, codes: list[str]) -> None:
    """Notes of things that nothing uses; what an output, a setting or an authorizer names is used."""
    assert [code for code in findings(text, NOTE) if code in ("IFC528", "IFC529")] == codes


# --- over all ways ---


def all_ways(found: Ways, first: Step) -> Iterator[list[Step]]:
    """Every way from a step, one after the other; each passes a step once."""
    waiting = [[first]]
    while waiting:
        way = waiting.pop()
        yield way
        waiting.extend([*way, step] for step in found.behind(way[-1]) if step not in way)


@given(st.integers(0, 5_000))
def test_as_every_single_way_says(seed: int) -> None:
    """Reach, the most tries and the ends of order are what walking every way one after the other gives."""
    done = compiled("\n".join(generated.app(seed)))
    found = Ways(done.app)
    if done.report.failed or len(found.steps) > 12:
        return
    reached: dict[int, set[int]] = {}
    most: dict[int, int] = {}
    ends: set[int] = set()
    for first in found.steps:
        for way in all_ways(found, first):
            last = way[-1]
            if len(way) > 1 or last in found.behind(last):
                reached.setdefault(id(first), set()).add(id(last))
            product = 1
            for step in way:
                product *= found.tries(step)
            most[id(last)] = max(most.get(id(last), 0), product)
            ordered = first.wire is not None and all(found.guarantee(step).order for step in way[:-1])
            if ordered and len(way) > 1 and not found.guarantee(last).order and not failing(last):
                ends.add(id(last))
    for first in found.steps:
        onward = {key for key in found.onward([first]) if not any(key == id(hub) for hub in found.nodes() if hub.hub)}
        assert reached.get(id(first), set()) <= onward
        assert onward <= reached.get(id(first), set()) | {id(first)}
    for step in found.steps:
        if id(step) in found.most_tries:
            assert found.most_tries[id(step)][0] == most[id(step)]
    assert {id(step) for step, _ in found.disorders} == ends


def failing(step: Step) -> bool:
    """Whether a step is for what failed."""
    return step.grant is None and (step.wire is None or step.wire.source.port in ("failed", "dead-letter"))


@given(st.integers(0, 5_000))
def test_any_app_in_any_order(seed: int) -> None:
    """The text and the data name every step once, and do not depend on the order of declarations."""
    statements = generated.app(seed)
    one = compiled("\n".join(statements))
    if one.report.failed:
        return
    shuffled = random.Random(seed).sample(statements, len(statements))
    texts = [as_text(ways(done.app), ways(done.app).heads()) for done in (one, compiled("\n".join(shuffled)))]
    first, second = (sorted(line.strip() for line in without_lines(text)) for text in texts)
    assert first == second
    data = as_data(ways(one.app), ways(one.app).heads())
    assert sorted(step["step"] for step in data["steps"]) == sorted(set_of_words(ways(one.app)))


def without_lines(text: str) -> list[str]:
    """The lines of a text without places."""
    return [line.partition("app.ifc:")[2].partition("  ")[2] or line for line in text.splitlines()]


def set_of_words(found: Ways) -> list[str]:
    """The words of all steps."""
    from ifc.paths import words

    return [words(step) for step in found.steps]


def test_a_dense_app_is_walked_once() -> None:
    """A text of ways grows with the steps: sixty functions that each feed ten topics that feed all of them are not sixty to the tenth."""
    topics = [f"T{i}" for i in range(10)]
    names = [f"f{i}" for i in range(60)]
    text = "\n".join(
        [f"topic {t}" for t in topics]
        + [f'function {n} "a.b" {{ runtime python3.14; publishes {", ".join(topics)} }}' for n in names]
        + [f'{t} -> {", ".join(names)}  # ifc: allow IFC550 "it ends"' for t in topics]
    )
    found = walked(text)
    assert len(found.steps) == 1200
    assert len(as_text(found, found.heads()).splitlines()) < 4_000
    assert len(found.disorders) == 0


# --- the command ---


def test_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`ifc paths` shows all ways, those of a source, and as data; a source that is not there is told, with a near one."""
    monkeypatch.chdir(ROOT)
    assert main(["paths", "examples/orders/app.ifc"]) == 0
    text = capsys.readouterr().out
    assert [line for line in text.splitlines() if line and not line.startswith(" ")] == [
        "GET /orders/{id} -> getOrder                                      the caller waits",
        "POST /orders -> placeOrder                                        the caller waits",
        "every 1h -> report                                                3 tries within 6h, then lost",
        "An event can be lost",
        "At worst",
    ]
    assert main(["paths", "examples/orders/app.ifc", "Orders.stream"]) == 0
    assert capsys.readouterr().out.startswith('Orders.stream where eventName == "INSERT" -> bill')
    assert main(["paths", "examples/orders/app.ifc", "Shipments", "--format", "json"]) == 0
    [step] = json.loads(capsys.readouterr().out)["steps"]
    assert (step["tries"], step["seconds"], step["lost"], step["line"]) == (5, 345_600, False, 27)
    assert main(["paths", "examples/orders/app.ifc", "POST /ordrs"]) == 2
    assert "did you mean `POST /orders`?" in capsys.readouterr().err


def test_the_page_shows_what_is_printed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The example of docs/paths.md is what the command prints."""
    monkeypatch.chdir(ROOT)
    block = (ROOT / "docs" / "paths.md").read_text(encoding="utf-8").partition("```text\n")[2].partition("```")[0]
    command, _, text = block.partition("\n")
    assert main(shlex.split(command)[2:]) == 0
    assert capsys.readouterr().out.strip() == text.strip()


def test_nothing_flows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An app without arrows says so."""
    (tmp_path / "app.ifc").write_text("app quiet\ntable T { key id: string }\n", encoding="utf-8")
    assert main(["paths", str(tmp_path / "app.ifc")]) == 0
    assert capsys.readouterr().out == "No events flow.\n"


def test_sources_by_name() -> None:
    """A resource stands for all that leaves it, a port and a route for themselves."""
    found = walked("bucket B\n" + F + G + "B.created -> f\nB.removed -> g")
    assert [name for name, _ in chosen(found, "B")] == ["B.created", "B.removed"]
    assert [name for name, _ in chosen(found, "B.removed")] == ["B.removed"]
    assert chosen(found, "C") == []
