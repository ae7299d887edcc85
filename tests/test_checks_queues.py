"""Checks of queues and streams: where a warning begins and ends, and what is not known and so not told."""

from __future__ import annotations

import pytest

from tests.support import compiled, findings

FUNCTIONS = 'function f "a.b" { timeout 1m }\nfunction g "a.c"\n'


@pytest.mark.parametrize(
    ("queue", "arrow", "codes"),
    [
        ("queue Q", "Q -> f", []),
        ("queue Q { visibility none }", "Q -> f", []),
        ("queue Q { visibility 6m }", "Q -> f", []),
        ("queue Q { visibility 359s }", "Q -> f", ["IFC428"]),
        ("queue Q { visibility 1m }", "Q -> f", ["IFC428"]),
        ("queue Q { visibility 59s }", "Q -> f", ["IFC420"]),
        ("queue Q { visibility 6m }", "Q -> f { batch 20; within 10s }", ["IFC428"]),
        ("queue Q { visibility 370s }", "Q -> f { batch 20; within 10s }", []),
        ("defaults queue { visibility 2m }\nqueue Q", "Q -> f", ["IFC428"]),
        ("queue Q { visibility 5s }\nextern function h", "Q -> h", ["IFC456"]),
        ("queue Q { visibility 30s }\nextern function h", "Q -> h", ["IFC456"]),
        ("queue Q { visibility 30s }", "Q -> f, g", ["IFC420", "IFC536"]),
        ('extern queue Q "arn:aws:sqs:eu-west-1:123456789012:q"', "Q -> f", []),
        ("queue D { visibility 2m }\nqueue Q { dead-letter D after 5 }", "Q -> g\nQ.dead-letter -> f", ["IFC428"]),
        ("queue Q { visibility 1m }", "Q -> f, g", ["IFC428", "IFC536"]),
    ],
)
def test_visibility(queue: str, arrow: str, codes: list[str]) -> None:
    """Six times the timeout and the window are enough, less than the timeout is an error, and of extern functions nothing is known."""
    queue = queue.replace("function h", 'function h "h"')
    assert findings(f"{queue}\n{FUNCTIONS}{arrow}") == codes


@pytest.mark.parametrize(
    ("queues", "codes"),
    [
        ("queue Q { dead-letter after 5 }", []),
        ("queue Q { retention 14d; dead-letter after 5 }", []),
        ("queue Q { retention 14d; dead-letter after 5 { retention 14d } }", []),
        ("queue Q { dead-letter after 5 { retention 4d } }", ["IFC429"]),
        ("queue Q { dead-letter after 5 { retention 5d } }", []),
        ("queue Q { fifo; retention 7d; dead-letter after 5 { retention 4d } }", []),
        ("queue D\nqueue Q { dead-letter D after 5 }\nD -> g", []),
        ("queue D\nqueue Q { retention 5d; dead-letter D after 5 }\nD -> g", ["IFC429"]),
        ("queue D { retention 3d }\nqueue Q { dead-letter D after 5 }\nD -> g", ["IFC429"]),
        ("queue D { retention 14d }\nqueue Q { retention 14d; dead-letter D after 5 }\nD -> g", []),
        ('extern queue D "arn:aws:sqs:eu-west-1:123456789012:d"\nqueue Q { retention 7d; dead-letter D after 5 }', []),
    ],
)
def test_retention(queues: str, codes: list[str]) -> None:
    """Only a time that was written is told of, only where a longer one is possible, and only in standard queues."""
    assert findings(f"{queues}\n{FUNCTIONS}Q -> f") == codes


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ("", ["IFC537"]),
        ("D -> g", []),
        ("Q.dead-letter -> g", []),
        ('function h "a.d" { receives D }', []),
        ('function h "a.d" { receives Q.dead-letter }', []),
        ('function h "a.d" { sends D }', ["IFC537"]),
        ('function h "a.d" { sends Q.dead-letter }', ["IFC537"]),
        ("alarm A where D.visible > 0", []),
        ("alarm A where Q.dead-letter.oldest > 1h", []),
        ("alarm A where queue.visible > 10", []),
        ("alarm A where Q.visible > 10", ["IFC537"]),
        ('alarm A where "AWS/SQS/NumberOfMessagesReceived" > 0 { dimensions { QueueName D.name } }', []),
        ("output failed D.url", []),
        ('function h "a.d" { env { URL D.url } }', []),
        ('function h "a.d" { allow "sqs:ReceiveMessage" on D.arn }', []),
        ('resource R "AWS::SNS::Topic" { cfn { DisplayName D.name } }', []),
        ("D -> nobody", ["IFC201"]),
    ],
)
def test_unread_dead_letters(more: str, codes: list[str]) -> None:
    """A queue that a function takes from, an alarm watches or an address leads to is looked at; a broken program is not told."""
    assert findings(f"queue D\nqueue Q {{ dead-letter D after 5 }}\n{FUNCTIONS}Q -> f\n{more}") == codes


@pytest.mark.parametrize(
    "source",
    [
        "topic T\nT -> f { dead-letter D }",
        "bus B\nB -> f { dead-letter D }",
        "every 1h -> f { dead-letter D }",
        "stream S\nS -> f { dead-letter D }",
        "topic T\nT -> f\nf.failed -> D",
    ],
)
def test_dead_letters_of_arrows(source: str) -> None:
    """Whatever names a queue for what failed, somebody is to look at it."""
    assert findings(f"queue D\n{FUNCTIONS}{source}") == ["IFC537"]
    assert findings(f"queue D\n{FUNCTIONS}{source}\nD -> g") == []
    assert "IFC537" not in findings(f'extern queue D "arn:aws:sqs:eu-west-1:123456789012:d"\n{FUNCTIONS}{source}')


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("queue Q\nQ -> f", []),
        ("queue Q\nQ -> f, g", ["IFC536"]),
        ('extern queue Q "arn:aws:sqs:eu-west-1:123456789012:q"\nQ -> f, g', ["IFC536"]),
        ("queue Q { dead-letter after 5 }\nQ -> f\nQ.dead-letter -> g", []),
        ("queue D\nqueue Q { dead-letter D after 5 }\nQ -> g\nQ.dead-letter -> f\nD -> f", []),
        ("queue D\nqueue Q { dead-letter D after 5 }\nQ -> g\nQ.dead-letter -> f\nD -> g", ["IFC536"]),
    ],
)
def test_competing_functions(text: str, codes: list[str]) -> None:
    """Several functions of one queue compete, be it by the name of its own or as another one's dead letters."""
    assert findings(f"{FUNCTIONS}{text}") == codes


@pytest.mark.parametrize(
    ("reserved", "arrows", "codes"),
    [
        ("reserved 10", "Q -> h { concurrency 10 }", []),
        ("reserved 10", "Q -> h { concurrency 6 }\nR -> h { concurrency 4 }", []),
        ("reserved 10", "Q -> h { concurrency 6 }\nR -> h { concurrency 5 }", ["IFC530"]),
        ("reserved 0", "Q -> h { concurrency 5 }", []),
        ("reserved most", "Q -> h { concurrency 5 }", []),
        ("", "Q -> h { concurrency 5 }", []),
        ("reserved 10", "Few -> h", ["IFC531"]),
        ("reserved 10", "Few -> h { concurrency 10 }", []),
        ("reserved 10", "Few -> h { concurrency 11 }", ["IFC530"]),
        ("reserved 10", "Five -> h", []),
        ("reserved most", "Few -> h", []),
        ("", "Few -> h", []),
    ],
)
def test_reserved_and_queues(reserved: str, arrows: str, codes: list[str]) -> None:
    """What queues may call together is compared with what is reserved, where both are known; five receives are enough."""
    queues = "queue Q\nqueue R\nqueue Few { dead-letter after 4 }\nqueue Five { dead-letter after 5 }\nparam most 5"
    assert findings(f'{queues}\nfunction h "a.d" {{ {reserved} }}\n{arrows}') == codes


@pytest.mark.parametrize(
    ("arrow", "codes"),
    [
        ("T.stream -> f", []),
        ("T.stream -> f { retries none }", ["IFC457"]),
        ("S -> f { retries none }", ["IFC457"]),
        ("S -> f { retries none; max-age 1h }", []),
        ("S -> f { retries none; dead-letter Alerts }", []),
        ("S -> f { retries 10000 }", []),
        ("every 1h -> f { retries none }", []),
        ("bus B\nB -> f { retries none }", []),
    ],
)
def test_endless_retries(arrow: str, codes: list[str]) -> None:
    """Retries that end by number or age, or of which somebody hears, are not told of."""
    assert findings(f"table T {{ key id: string; stream new }}\nstream S\ntopic Alerts\n{FUNCTIONS}{arrow}") == codes


def test_a_warning_is_taken_back() -> None:
    """Beside its place, with a reason, a warning is allowed; elsewhere the comment is told of."""
    queue = '# ifc: allow IFC428 "f is quick: its timeout is for the first call"\nqueue Q { visibility 2m }'
    assert findings(f"{queue}\n{FUNCTIONS}Q -> f") == []
    assert findings(f"{queue}\n\n{FUNCTIONS}Q -> g") == ["IFC560"]
    shown = compiled(f"queue Q {{ visibility 2m }}\n{FUNCTIONS}Q -> f").report.ordered()[0]
    assert shown.help == "write `visibility 6m`, or leave it out, and it becomes that"
