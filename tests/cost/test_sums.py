"""Sums worked by hand: how many units of each price an app takes, and what that is at the prices of us-east-1.

A month has 730 hours, so `1000000 per month` is 1,000,000 and `1 per second` is 2,628,000.
"""

from __future__ import annotations

import pytest

from ifc.cost.traffic import Traffic
from tests.cost.estimating import app, bill, estimated, months, plain, table

GB = 2**30


def test_a_route() -> None:
    """A request, a call of 100 ms with 512 MB, 1,000 bytes of log and 1,000 of answer, a million times.

    requests 1,000,000 × $0.000001 = 1.00; calls 1,000,000 × $0.0000002 = 0.20; GB-seconds 1,000,000 × 0.1 × 0.5 = 50,000
    × $0.0000133334 = 0.66667; logs 1,000,000,000 B = 0.931323 GB × $0.50 = 0.46566; answers 0.931323 GB × $0.09 = 0.08382.
    """
    found = estimated('api A { GET / -> f { expect 1000000 per month } }\nfunction f "a.b" { memory 512MB }')
    assert bill(found) == {
        ("A", "requests"): 1_000_000,
        ("f", "calls"): 1_000_000,
        ("f", "GB-seconds"): 50_000,
        ("f", "GB of logs"): round(1e9 / GB, 6),
        ("A", "GB to the internet"): round(1e9 / GB, 6),
    }
    assert found.total[1] == pytest.approx(1.00 + 0.20 + 0.66667 + 0.46566 + 0.08382, abs=1e-4)
    assert months(found) == {"GET /": pytest.approx(found.total[1])}
    assert found.sources[0].thousand[1] == pytest.approx(found.total[1] / 1000)
    assert found.idle == (0.0, 0.0, 0.0)


def test_a_rest_api_and_x86() -> None:
    """REST: 1,000 × $0.0000035; with `logs` 400 bytes of each go to a log; x86: 1,000 × 0.1 s × 0.25 GB × $0.0000166667."""
    found = estimated('api A { protocol rest; logs; GET /a -> f { expect 1000 per month } }\nfunction f "a.b" { arch x86 }')
    prices = {(item.resource, item.what): item.price for item in found.items}
    assert prices["A", "requests"] == "rest_api_req"
    assert prices["f", "GB-seconds"] == "lambda_gbs_x86"
    assert bill(found)["f", "GB-seconds"] == 25
    logs = next(item for item in found.items if (item.resource, item.what) == ("A", "GB of logs"))
    assert logs.units[1] == pytest.approx(400 * 1000 / GB)


def test_a_large_request_is_several() -> None:
    """HTTP APIs count each 512 KB that are begun: an answer of 1.2 MB is three."""
    found = estimated('api A { GET / -> f { expect 10 per month } }\nfunction f "a.b"', plain(response="1.2MB"))
    assert bill(found)["A", "requests"] == 30


def test_a_queue_that_nothing_comes_to() -> None:
    """Five pollers that wait twenty seconds ask 5 × 2,628,000 / 20 = 657,000 times: $0.26; two, 262,800 times: $0.11."""
    text = 'queue Q\nfunction f "a.b"\nQ -> f'
    found = estimated(text, Traffic())
    assert [item.units for item in found.items] == [(262_800, 657_000, 657_000)]
    assert found.total == found.idle == pytest.approx((0.10512, 0.2628, 0.2628))
    assert found.unknown == ("Q",)


def test_pollers_that_can_not_become_fewer() -> None:
    """With `concurrency` Lambda keeps five."""
    assert estimated('queue Q\nfunction f "a.b"\nQ -> f { concurrency 5 }', Traffic()).items[0].units == (657_000, 657_000, 657_000)


def test_messages_in_batches() -> None:
    """0.5 messages a second and a window of 4 seconds: 2 in a call, so of 1,314,000 messages 657,000 calls, receives and deletions each.

    Sent by f, a call each: 1,314,000 requests. One by one it would be as many calls as messages.
    """
    text = """
    api A { POST / -> f { expect 30 per minute } }
    queue Q
    function f "a.b" { sends Q }
    function g "a.b"
    """
    found = bill(estimated(text + "Q -> g { within 4s }"))
    assert found["Q", "messages sent"] == 1_314_000
    assert found["Q", "receives and deletions"] == 657_000 * 2
    assert found["g", "calls"] == 657_000
    assert bill(estimated(text + "Q -> g"))["g", "calls"] == 1_314_000


def test_a_batch_is_no_larger_than_it_may_be() -> None:
    """100 messages a second in a window of 1 second: 20 at most in a call, which takes 2 receives and 2 deletions of 10 each."""
    found = bill(estimated('queue Q\nfunction g "a.b"\nQ -> g { batch 20; within 1s; expect 100 per second }'))
    assert found["g", "calls"] == pytest.approx(262_800_000 / 20)
    assert found["Q", "receives and deletions"] == pytest.approx(262_800_000 / 10 * 2)


def test_large_messages_are_several_requests() -> None:
    """A message of 100 KB is two requests when it is sent, and when it is received; its deletion is one."""
    found = bill(estimated('queue Q\nfunction g "a.b"\nQ -> g { expect 1000 per month }', plain(size="100KB")))
    assert found["Q", "messages sent"] == 2_000
    assert found["Q", "receives and deletions"] == 3_000


def test_what_a_queue_filters_is_received_and_deleted_too() -> None:
    """Half of 1,000 messages pass: 500 calls, and 1,000 receives and deletions each."""
    text = 'api A { POST / -> f { expect 1000 per month } }\nqueue Q\nfunction f "a.b" { sends Q }\nfunction g "a.b"\nQ where a == 1 -> g'
    found = bill(estimated(text))
    assert found["g", "calls"] == 500
    assert found["Q", "receives and deletions"] == 2_000


def test_tries_and_dead_letters() -> None:
    """Half fails, three times at most: 1 + 0.5 + 0.25 = 1.75 calls a message, and an eighth become dead letters, which h takes.

    h fails always once more: nobody takes its messages from it, so it is tried 1 / (1 - 0.5) = 2 times.
    """
    text = """
    queue Q { dead-letter after 3 }
    function g "a.b"
    function h "a.b"
    Q -> g { expect 8000 per month }
    Q.dead-letter -> h
    """
    found = bill(
        estimated(text.replace("{ expect 8000 per month }", ""), Traffic(sources={"Q": 8000.0}, assumed=plain(errors="50%").assumed))
    )
    assert found["g", "calls"] == 14_000
    assert found["h", "calls"] == 2_000


def test_a_failed_call_goes_on() -> None:
    """A tenth fails, and is tried twice more: 1 + 0.1 + 0.01 = 1.11 calls; a thousandth fails thrice and goes to the topic."""
    text = """
    topic T
    topic Failed
    function f "a.b"
    T -> f
    f.failed -> Failed
    """
    found = bill(estimated(text, Traffic(sources={"T": 1000.0}, assumed=plain(errors="10%").assumed)))
    assert found["f", "calls"] == 1_110
    assert found["Failed", "publications"] == pytest.approx(1)
    assert found["T", "publications"] == 1_000


def test_who_waits_does_not_try_again() -> None:
    """A route's failed call is the caller's business; so is that of a function that `calls` another one."""
    text = 'api A { GET / -> f { expect 1000 per month } }\nfunction f "a.b" { calls g }\nfunction g "a.b"'
    found = bill(estimated(text, plain(errors="50%")))
    assert (found["f", "calls"], found["g", "calls"]) == (1_000, 1_000)


def test_a_topic_tells_everyone() -> None:
    """Of 1,000 messages all reach the queue, half the address behind a filter ($0.60 a million), and mail costs $2 for 100,000.

    What SNS sends to a queue is no request of the queue's.
    """
    text = """
    topic T
    queue Q
    T -> Q
    T where a == 1 -> "https://example.com/x"
    T -> "mailto:ops@example.com"
    """
    found = estimated(text, Traffic(sources={"T": 1000.0}, assumed=plain().assumed))
    assert {(item.price, item.units[1]) for item in found.items} == {("sns_pub", 1000), ("sns_http", 500), ("sns_email", 1000)}
    assert found.total[1] == pytest.approx(0.0005 + 0.0003 + 0.02)


def test_a_fifo_topic() -> None:
    """1,000,000 publications of 1,024 bytes to a FIFO queue: $0.30, 0.953674 GB × $0.017, deliveries $0.01 and × $0.001."""
    found = estimated("topic T { fifo }\nqueue Q { fifo }\nT -> Q", Traffic(sources={"T": 1e6}, assumed=plain().assumed))
    gb = 1e6 * 1024 / GB
    assert found.total[1] == pytest.approx(0.30 + gb * 0.017 + 0.01 + gb * 0.001)


def test_writes_and_reads_of_a_table() -> None:
    """An item of 1.5 KB is 2 writes, in the table and in its two indexes: 6; a read that may be a moment old is half a read of 4 KB."""
    text = """
    table T { key id: string; index byA { key a: string }; index byB { key b: string } }
    api A { POST / -> f { expect 1000 per month } }
    function f "a.b" { reads, puts T }
    """
    found = bill(estimated(text, plain(item="1536B")))
    assert found["T", "writes"] == 6_000
    assert found["T", "reads"] == 500


def test_a_table_with_capacity() -> None:
    """5 reads × 730 × $0.00013 and 10 writes × 730 × $0.00065, for the table and its index: (0.4745 + 4.745) × 2; no price for a request."""
    text = """
    table T { key id: string; index byA { key a: string }; billing provisioned read 5 write 10 }
    api A { POST / -> f { expect 1000 per month } }
    function f "a.b" { writes T }
    """
    found = estimated(text)
    assert found.idle[1] == pytest.approx((0.4745 + 4.745) * 2)
    assert ("T", "writes") not in bill(found)


def test_a_stream_of_a_table() -> None:
    """10 records a second, calls of 2 seconds one after the other: 20 in each; Lambda reads the stream for nothing."""
    text = 'table T { key id: string; stream new }\nfunction f "a.b"\nT.stream -> f { expect 10 per second }'
    found = bill(estimated(text, plain(duration="2s")))
    assert found["f", "calls"] == pytest.approx(26_280_000 / 20)
    assert {resource for resource, _ in found} == {"T", "f"}
    assert [what for resource, what in found if resource == "T"] == ["writes"]


def test_shards() -> None:
    """Two shards × 730 × $0.015 = 21.90; a record of 30 KB is two units of $0.000000014."""
    text = 'stream S { shards 2 }\napi A { POST / -> f { expect 1000 per month } }\nfunction f "a.b" { writes S }'
    found = estimated(text, plain(size="30KB"))
    assert found.idle[1] == pytest.approx(21.90)
    assert bill(found)["S", "records"] == 2_000


def test_a_stream_on_demand() -> None:
    """730 × $0.04 = 29.20; a record of 1,100 bytes is 2 KB in ($0.08 a GB) and out ($0.04)."""
    text = 'stream S\nfunction f "a.b"\nS -> f { expect 1000 per month }'
    found = estimated(text, plain(size="1100B"))
    assert found.idle[1] == pytest.approx(29.20)
    assert {item.what: item.units[1] for item in found.items if item.resource == "S" and not item.idle} == {
        "GB written": pytest.approx(2048 * 1000 / GB),
        "GB read": pytest.approx(2048 * 1000 / GB),
    }


def test_files() -> None:
    """A put costs $0.000005, a read $0.0000004, a deletion nothing; half of the events pass the keys, and EventBridge takes $1 a million."""
    text = """
    bucket B
    bus Shop
    api A { POST / -> f { expect 1000 per month } }
    function f "a.b" { reads, puts, deletes B }
    function g "a.b"
    B.created "in/*" -> g
    B.removed -> Shop
    """
    found = bill(estimated(text))
    assert found["B", "objects put"] == found["B", "objects read"] == 1_000
    assert found["B", "events"] == 1_000
    assert found["g", "calls"] == 500
    assert ("Shop", "events") not in found


def test_keys_that_are_those_of_the_arrow_all_pass() -> None:
    """What is put under the keys that an arrow selects takes it; what is put under others never does."""
    text = """
    bucket B
    api A { POST / -> f { expect 1000 per month } }
    function f "a.b" { puts B "in/*"; puts B "out/*" }
    function g "a.b"
    B.created "in/*" -> g
    """
    assert bill(estimated(text))["g", "calls"] == 1_000


def test_events() -> None:
    """An event of 100 KB on a bus is two of $1 a million; to a queue EventBridge sends it, which is two requests there."""
    text = """
    bus Shop { archive 30d }
    queue Q
    api A { POST / -> f { expect 1000 per month } }
    function f "a.b" { publishes Shop }
    Shop -> Q
    """
    found = bill(estimated(text, plain(size="100KB")))
    assert found["Shop", "events"] == 2_000
    assert found["Q", "messages sent"] == 2_000
    assert found["Shop", "GB archived"] == pytest.approx(1000 * 100 * 1024 / GB, abs=1e-6)


def test_events_of_aws_cost_nothing() -> None:
    """What AWS's services put on the account's bus is free; the calls are not."""
    found = bill(estimated('function f "a.b"\naws where source == "aws.s3" -> f { expect 1000 per month }'))
    assert found["f", "calls"] == 1_000
    assert {resource for resource, _ in found} == {"f"}


def test_the_clock() -> None:
    """Every hour is 730 starts of $0.000001, and as many calls."""
    found = estimated('function f "a.b"\nevery 1h -> f')
    assert bill(found)["every 1h", "starts"] == 730
    assert bill(found)["f", "calls"] == 730
    assert [(source.name, source.rate) for source in found.sources] == [("every 1h -> f", 730)]


def test_what_stands_there() -> None:
    """A secret $0.40; an alarm $0.10, one on a share of two metrics $0.20, one that looks every 30 seconds $0.30; of three functions three."""
    text = """
    secret Token
    api A { GET / -> f { expect 1000 per month } }
    function f "a.b" { reads Token }
    function g "a.b"
    function h "a.b"
    alarm One where f.errors > 5
    alarm Share where f.error-rate > 0.1
    alarm Fine where "Shop/Revenue" > 5 { over 30s }
    alarm All where function.errors > 5
    """
    found = estimated(text)
    idle = {item.resource: item.month[1] for item in found.items if item.idle}
    assert idle == {name: pytest.approx(usd) for name, usd in {"Token": 0.4, "One": 0.1, "Share": 0.2, "Fine": 0.3, "All": 0.3}.items()}
    assert bill(found)["Token", "calls"] == 10  # one of a hundred events: the rest remember it


def test_environments_that_wait() -> None:
    """Two of 1 GB for 2,628,000 seconds: 5,256,000 GB-seconds × $0.0000033333; their calls cost less by the second."""
    found = estimated('api A { GET / -> f { expect 1000 per month } }\nfunction f "a.b" { provisioned 2; memory 1GB }')
    assert found.idle[1] == pytest.approx(5_256_000 * 0.0000033333)
    assert next(item.price for item in found.items if item.what == "GB-seconds") == "lambda_pc_run_gbs_arm"


def test_a_param_counts_with_its_value() -> None:
    """Memory that is a param is what the param is here; storage above 512 MB is paid for: 1.5 GB × 100 s."""
    found = bill(
        estimated(
            'param size 1024\napi A { GET / -> f { expect 1000 per month } }\nfunction f "a.b" { memory size; storage 2048MB }',
        )
    )
    assert found["f", "GB-seconds"] == 100
    assert found["f", "GB-seconds of /tmp"] == 150


def test_a_customer_key_costs_once() -> None:
    """However many are encrypted with it."""
    key = 'encryption "arn:aws:kms:us-east-1:123456789012:key/k"'
    found = estimated(f'queue Q {{ {key} }}\ntopic T {{ {key} }}\ntopic U {{ {key[:-1]}2" }}')
    assert [(item.resource, item.what, item.month[1]) for item in found.items] == [("Q", "customer key", 1.0), ("U", "customer key", 1.0)]


def test_a_function_that_authorizes() -> None:
    """It is asked for a fifth of the requests where its answer is remembered, for each where it is not."""
    text = """
    api A {
      GET /a -> f { authorizer Kept; expect 1000 per month }
      GET /b -> f { authorizer Asked; expect 100 per month }
    }
    authorizer Kept check
    authorizer Asked check { cache off }
    function f "a.b"
    function check "a.b"
    """
    found = estimated(text)
    assert bill(found)["check", "calls"] == 300
    assert bill(found)["f", "calls"] == 1_100
    assert sum(months(found).values()) == pytest.approx(found.total[1])


def test_a_url_of_its_own() -> None:
    """Calls by a function's URL answer to the internet, and pass no gateway."""
    found = bill(estimated('function f "a.b" { url public }', Traffic(sources={"f.url": 1000.0}, assumed=plain().assumed)))
    assert found["f", "calls"] == 1_000
    assert found["f", "data to the internet"] == pytest.approx(1e6 / GB, abs=1e-6)


def test_what_is_stored() -> None:
    """10 GB of a table cost $0.25 each and $0.20 for the backup, of a bucket $0.023; told of one, the other is not counted."""
    found = estimated("table T { key id: string }\nbucket B\nbucket C", Traffic(stored={"T": 10.0 * GB, "B": 100.0 * GB}))
    assert found.total[1] == pytest.approx(10 * 0.45 + 100 * 0.023)
    assert found.uncounted == (("what is stored", ("C",)),)


def test_a_loop_that_ends() -> None:
    """A quarter comes round: of 1,000 writes 1,000 / (1 - 0.25) are made in all."""
    text = """
    table T { key id: string; stream new }
    api A { POST / -> f { expect 1000 per month } }
    function f "a.b" { writes T }
    function g "a.b" { writes T }
    # ifc: allow IFC551 "the code ends it"
    T.stream where new.a == "1" -> g
    """
    found = bill(estimated(text, plain(passes="25%")))
    assert found["T", "writes"] == pytest.approx(1_333.333333)
    assert found["g", "calls"] == pytest.approx(333.333333)


def test_consumers_share_a_queue() -> None:
    """Two functions behind one queue take half of the messages each."""
    found = bill(
        estimated('queue Q\nfunction f "a.b"\nfunction g "a.b"\nQ -> f\nQ -> g', Traffic(sources={"Q": 1000.0}, assumed=plain().assumed))
    )
    assert (found["f", "calls"], found["g", "calls"]) == (500, 500)


def test_a_verb_that_can_not_bring_what_an_arrow_takes() -> None:
    """What a function deletes sets off nothing that waits for what is new."""
    text = """
    table T { key id: string; stream new }
    api A { DELETE / -> f { expect 1000 per month } }
    function f "a.b" { deletes T }
    function g "a.b"
    T.stream where eventName == "INSERT" -> g
    """
    found = estimated(text)
    assert ("g", "calls") not in bill(found)
    assert found.unknown == ("T.stream",)


def test_a_price_that_is_missing_is_no_nothing() -> None:
    """What there is no price for is told, and not in the sum; a price that nobody has confirmed is told, too."""
    from ifc.cost.estimate import estimate

    text = 'topic T\nT -> "https://example.com/x" { expect 1000 per month }\nevery 1h -> T'
    found = estimate(app(text), plain(), table("ap-northeast-1"))
    assert [(one.price, one.uses) for one in found.missing] == [("sns_http", (("T", "deliveries"),))]
    assert found.unconfirmed == ("sns_pub",)
    assert found.total[1] == pytest.approx(1730 * 0.0000005 + 730 * 0.00000125)


def test_what_only_writes_removes_now_and_then() -> None:
    """Each write creates an object, and half as many are removed, by the share that passes a filter; `deletes` removes each time."""
    text = """
    bucket B
    topic T
    api A { POST / -> f { expect 1000 per month } }
    function f "a.b" { writes B }
    function g "a.b"
    B.created "in/*" -> g
    B.removed "in/*" -> T
    """
    found = bill(estimated(text))
    assert (found["g", "calls"], found["T", "publications"]) == (500, 250)
    assert bill(estimated(text.replace("writes B", "deletes B")))["T", "publications"] == 500


def test_shards_and_lanes_share_the_records() -> None:
    """40 records a second in 2 shards with 2 calls each at the same time: 10 a second in each, of which 20 come in a call of 2 seconds."""
    text = 'stream S { shards 2 }\nfunction f "a.b"\nS -> f { parallel 2; expect 40 per second }'
    assert bill(estimated(text, plain(duration="2s")))["f", "calls"] == pytest.approx(105_120_000 / 20)


def test_a_filter_on_a_stream_reads_all_of_it() -> None:
    """Half of the records pass, and all of them are read and paid for on demand."""
    text = 'stream S\napi A { POST / -> f { expect 1000 per month } }\nfunction f "a.b" { writes S }\nfunction g "a.b"\nS where a == 1 -> g'
    found = {item.what: item.units[1] for item in estimated(text).items if item.resource == "S"}
    assert found["GB read"] == pytest.approx(found["GB written"])


def test_retries_tell_that_nobody_waits() -> None:
    """A function with `retries 1` is called without waiting: of a half that fails each is tried once more."""
    text = 'api A { GET / -> f { expect 1000 per month } }\nfunction f "a.b" { calls g }\nfunction g "a.b" { retries 1 }'
    assert bill(estimated(text, plain(errors="50%")))["g", "calls"] == 1_500


def test_dead_letters_are_moved_for_nothing() -> None:
    """A declared queue takes them without a request, and its consumer receives them."""
    text = (
        'queue Q { dead-letter Dead after 1 }\nqueue Dead\nfunction f "a.b"\nfunction g "a.b"\nQ -> f { expect 1000 per month }\nDead -> g'
    )
    found = bill(
        estimated(text.replace(" { expect 1000 per month }", ""), Traffic(sources={"Q": 1000.0}, assumed=plain(errors="20%").assumed))
    )
    assert ("Dead", "messages sent") not in found
    assert found["g", "calls"] == pytest.approx(200 * 1 / 0.8)


def test_what_expires_costs_no_write() -> None:
    """Items that their time to live removes are removed for nothing."""
    text = 'table T { key id: string; stream old; ttl at }\nfunction f "a.b"\nT.expired -> f { expect 1000 per month }'
    assert [item.resource for item in estimated(text).items] == ["f", "f", "f"]


def test_time_is_rounded_up_and_ends() -> None:
    """1.2 ms is 2 ms; no call runs longer than its timeout."""
    text = 'api A { GET / -> f { expect 1000 per month } }\nfunction f "a.b" { memory 1GB; timeout 2s }'
    assert bill(estimated(text, plain(duration="1.2ms")))["f", "GB-seconds"] == 2
    assert bill(estimated(text, plain(duration="5s")))["f", "GB-seconds"] == 2_000
