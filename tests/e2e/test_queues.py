"""Queues: filters, dead letters, partial failures, FIFO, and queues that were there before."""

from __future__ import annotations

from tests.e2e.conftest import Deploy
from tests.e2e.emulator import Emulator

APP = """
app queues

queue Jobs
queue Mixed   { dead-letter after 1; visibility 5s }
queue Doomed  { dead-letter after 2; visibility 5s }
queue Graves
queue Buried  { dead-letter Graves after 1; visibility 5s }
queue Ordered { fifo }

extern queue Outside "queues-outside"

defaults function { timeout 5s }

function print  "see.messages"
function picky  "see.messages"
function fail   "see.broken"
function refuse "see.broken"
function mourn  "see.messages"
function line   "see.messages"
function guest  "see.messages"
function sender "see.send" { sends Outside; sends Jobs as JOBS; timeout 30s }

Jobs where kind == "print" and pages >= 3 and not draft exists -> print
Mixed              -> picky { batch 10 }
Doomed             -> fail
Doomed.dead-letter -> mourn
Buried             -> refuse
Ordered            -> line
Outside            -> guest
"""


def test_queues(deployed: Deploy, emulator: Emulator) -> None:
    """Each message reaches the function that it is meant for, or is a dead letter where the source says so."""
    emulator.queue("queues-outside")
    stack = deployed(APP, "queues")

    # dead letters, which take longest: the visibility must pass between two tries
    stack.send("Doomed", {"n": 1})
    stack.send("Buried", {"n": 2})
    stack.send("Mixed", {"n": 3}, {"n": 4, "fail": True}, {"n": 5})

    # a filter: what doesn't match is taken off the queue and thrown away
    stack.send("Jobs", {"kind": "print", "pages": 2}, {"kind": "scan", "pages": 9}, {"kind": "print", "pages": 3, "draft": 1})
    stack.send("Jobs", {"kind": "print", "pages": 3}, {"kind": "print", "pages": 4.5, "more": True})
    stack.until_empty("Jobs")
    assert sorted(job["pages"] for job in stack.got("print", 2)) == [3, 4.5]

    # FIFO: in order, and the same thing twice is one
    for number in (1, 2, 2, 3):
        stack.send("Ordered", {"n": number}, MessageGroupId="g", MessageDeduplicationId=str(number))
    assert [message["n"] for message in stack.got("line", 3)] == [1, 2, 3]

    # the addresses in the environment are right, also that of a queue that was there before
    assert stack.invoke("sender", {"OUTSIDE_QUEUE_URL": {"n": 6}, "JOBS": {"kind": "print", "pages": 100}}) is True
    assert stack.got("guest") == [{"n": 6}]
    assert sorted(job["pages"] for job in stack.got("print", 3)) == [3, 4.5, 100]

    # partial failures: one of three is a dead letter
    stack.until_empty("Mixed")
    assert sorted(message["n"] for message in stack.got("picky", 3)) == [3, 4, 5]
    assert stack.take("MixedDead") == [{"n": 4, "fail": True}]

    # dead letters: after two tries to a function, after one to a queue of one's own
    assert stack.got("mourn") == [{"n": 1}]
    assert stack.take("Graves") == [{"n": 2}]
    stack.until_empty("Doomed", "DoomedDead", "Buried", "Ordered")
    assert stack.calls("fail", "refuse", "picky", "line", "guest", "mourn") == {
        "fail": 2,
        "refuse": 1,
        "picky": 3,
        "line": 3,
        "guest": 1,
        "mourn": 1,
    }
