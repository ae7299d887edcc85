"""Queues: filters, dead letters, partial failures, FIFO, and queues that were there before."""

from __future__ import annotations

from tests.e2e.conftest import Deploy
from tests.e2e.emulator import Emulator

APP = """
app queues

queue Jobs
queue Mixed   { dead-letter after 1; visibility 3s }
queue Doomed  { dead-letter after 2; visibility 3s }
queue Graves
queue Buried  { dead-letter Graves after 1; visibility 3s }
queue Ordered { fifo }

extern queue Outside "queues-outside"

defaults function { timeout 3s }

function print  "see.messages"
function picky  "see.messages"
function fail   "see.broken"
function refuse "see.broken"
function mourn  "see.messages"
function line   "see.messages"
function guest  "see.messages"
function sender "see.send" { sends Outside; sends Jobs as JOBS }

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
    outside, _ = emulator.queue("queues-outside")
    stack = deployed(APP, "queues")

    # dead letters, which take longest: the visibility must pass between two tries
    stack.send("Doomed", {"n": 1})
    stack.send("Buried", {"n": 2})
    stack.send("Mixed", {"n": 3}, {"n": 4, "fail": True}, {"n": 5})

    # a filter: what doesn't match is taken off the queue and thrown away
    stack.send("Jobs", {"kind": "print", "pages": 2}, {"kind": "scan", "pages": 9}, {"kind": "print", "pages": 3, "draft": 1})
    stack.send("Jobs", {"kind": "print", "pages": 3}, {"kind": "print", "pages": 4.5, "more": True})
    stack.until_empty("Jobs")
    printed = stack.until(lambda: len(stack.said("print", "got")) == 2 and stack.said("print", "got"), "two jobs are printed")
    assert sorted(job["pages"] for job in printed) == [3, 4.5]

    # FIFO: in order, and the same thing twice is one
    for number in (1, 2, 2, 3):
        stack.send("Ordered", {"n": number}, MessageGroupId="g", MessageDeduplicationId=str(number))
    lines = stack.until(lambda: len(stack.said("line", "got")) == 3 and stack.said("line", "got"), "three messages in order")
    assert [message["n"] for message in lines] == [1, 2, 3]

    # the addresses in the environment are right, also that of a queue that was there before
    assert stack.invoke("sender", {"OUTSIDE_QUEUE_URL": {"n": 6}, "JOBS": {"kind": "print", "pages": 100}}) is True
    assert stack.until(lambda: stack.said("guest", "got"), "the extern queue's message") == [{"n": 6}]
    stack.until(lambda: stack.said("print", "got")[-1]["pages"] == 100, "the queue's message")

    # partial failures: one of three is a dead letter
    stack.until_empty("Mixed")
    assert sorted(message["n"] for message in stack.said("picky", "got")) == [3, 4, 5]
    assert stack.until(lambda: stack.take("MixedDead"), "the one that failed") == [{"n": 4, "fail": True}]

    # dead letters: after two tries to a function, after one to a queue of one's own
    assert stack.until(lambda: stack.said("mourn", "got"), "the dead letter's function") == [{"n": 1}]
    assert len(stack.said("fail", "got")) == 2
    assert stack.until(lambda: stack.take("Graves"), "the dead letter") == [{"n": 2}]
    assert len(stack.said("refuse", "got")) == 1
    stack.until_empty("Doomed", "DoomedDead", "Buried", "Ordered")
