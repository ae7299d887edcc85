"""Where events come from: what the source and a traffic file say, what the clock does, and what nobody says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ifc.cost.schedules import monthly
from ifc.local.clock import following
from tests.cost.estimating import app, bill, estimated, plain, table, traffic
from tests.support import errors, template

FUNCTIONS = 'function f "a.b"\nfunction g "a.b"\n'


def rates(text: str) -> dict[str, float | None]:
    """The sources of an app, with what comes from each in a month."""
    return {source.name: source.rate for source in estimated(text).sources}


@pytest.mark.parametrize(
    ("said", "rate"),
    [
        ("2 per second", 5_256_000),
        ("30 per minute", 1_314_000),
        ("1 per hour", 730),
        ("12 per day", 365),
        ("30000000 per month", 30_000_000),
        ("0.5 per month", 0.5),
        ("0 per month", 0),
    ],
)
def test_expect(said: str, rate: float) -> None:
    """A month is a twelfth of a year: 730 hours."""
    assert rates(f"queue Q\n{FUNCTIONS}Q -> f {{ expect {said} }}") == {"Q": pytest.approx(rate), "g": None}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("expect", "IFC304"),
        ("expect 5", "IFC308"),
        ("expect per day", "IFC308"),
        ("expect 5 per week", "IFC303"),
        ("expect many per day", "IFC301"),
        ("expect -1 per day", "IFC302"),
        ("expect 30,000 per day", "IFC310"),
        ("expect 5 a day", "IFC305"),
    ],
)
def test_expect_that_is_wrong(said: str, code: str) -> None:
    """What is no rate is an error of the language like any other."""
    assert code in errors(f"queue Q\n{FUNCTIONS}Q -> f {{ {said} }}")


def test_the_clock_expects_nothing() -> None:
    """A schedule's rate follows from its expression, and a result of a call from the calls."""
    assert errors(f"{FUNCTIONS}every 1h -> f {{ expect 5 per day }}") == ["IFC210"]
    assert errors(f"queue Q\n{FUNCTIONS}every 1h -> f\nf.failed -> Q {{ expect 5 per day }}") == ["IFC210"]


def test_expect_changes_no_template() -> None:
    """It is for `ifc cost` alone."""
    text = f"bucket B\nqueue Q\ntopic T\n{FUNCTIONS}api A {{ GET / -> f … }}\nB.created -> f …\nT -> Q …\nQ -> g …"
    assert template(text.replace("…", "{ expect 5 per day }")) == template(text.replace("…", ""))


def test_what_takes_an_arrow_has_passed_its_filter() -> None:
    """1,000 a day along an arrow are 1,000 calls a day, whatever the filter lets through; as much was put at least."""
    text = f'bucket B\n{FUNCTIONS}B.created where key starts-with "in/" -> f {{ expect 1000 per month }}\nB.created "a/*" -> g {{ expect 300 per month }}'
    found = bill(estimated(text))
    assert (found["f", "calls"], found["g", "calls"], found["B", "objects put"]) == (1_000, 300, 1_000)


def test_what_comes_to_a_source_passes_filters(tmp_path: Path) -> None:
    """A traffic file that tells of a port tells of all that comes there; it counts, and not what arrows expect."""
    made = app(f'bucket B\n{FUNCTIONS}B.created "in/*" -> f {{ expect 7 per month }}\nB.created "up/*" -> g')
    known = traffic(
        tmp_path / "t.yaml", "sources: { B.created: 1000 per month }\narrows: { 'B.created \"in/*\" -> f': { passes: 20% } }", made
    )
    from ifc.cost.estimate import estimate

    found = bill(estimate(made, known, table()))
    assert found["f", "calls"] == pytest.approx(200, rel=0.01)
    assert found["g", "calls"] == pytest.approx(500, rel=0.01)


def test_nobody_says_how_much_comes() -> None:
    """Routes, ports that nothing in the app feeds, and functions that nobody calls are told; what others feed is not."""
    text = "api A { GET / -> f }\nbucket B\nqueue Q\ntopic T\ntable D { key id: string; stream new; ttl at }\n"
    text += 'function f "a.b" { sends Q }\nfunction g "a.b"\nfunction h "a.b"\nfunction k "a.b" { url }\n'
    text += "B.created -> g\nQ -> g\nT -> g\nD.expired -> g"
    assert rates(text) == dict.fromkeys(("GET /", "B.created", "T", "D.expired", "h", "k.url"))


def test_what_results_lead_to_is_fed() -> None:
    """A topic that failed calls go to needs no traffic of its own."""
    text = f"topic T\ntopic Failed\n{FUNCTIONS}T -> f\nf.failed -> Failed\nFailed -> g"
    assert rates(text) == {"T": None}


def test_what_only_goes_round_needs_traffic() -> None:
    """A source that only its own consumer feeds is unknown; so is one whose feeders put nothing that the arrow takes."""
    text = 'table T { key id: string; stream new }\nfunction f "a.b" { writes T }\n# ifc: allow IFC551 "it ends"\nT.stream where new.id == "1" -> f'
    assert rates(text) == {"T.stream": None}
    text = 'bucket B\napi A { GET / -> f { expect 5 per month } }\nfunction f "a.b" { puts B "out/*" }\nfunction g "a.b"\nB.created "in/*" -> g'
    assert rates(text) == {"GET /": 5, "B.created": None}


def test_other_arrows_of_a_port_are_asked_for() -> None:
    """Where one arrow expects something, the others of the port are still unknown."""
    assert rates(f"topic T\n{FUNCTIONS}T -> f {{ expect 5 per month }}\nT -> g") == {"T": 5, "T -> g": None}


def test_alarms_and_hooks_need_no_traffic() -> None:
    """An alarm rings so seldom that nobody has to say how often, and a deployment calls its hooks."""
    text = 'topic T\nfunction f "a.b" { deploy all-at-once { before g } }\nfunction g "a.b"\nfunction h "a.b"\nalarm A where f.errors > 5\nA -> T\nT -> h'
    assert rates(text) == {"f": None}


def test_a_schedule_that_is_off_starts_nothing() -> None:
    """`enabled off` is no traffic, and known."""
    assert rates('function f "a.b"\nevery 1h -> f { enabled off }') == {"every 1h -> f": 0}


# --- the clock ---


@pytest.mark.parametrize(
    ("expression", "rate"),
    [
        ("rate(1 hour)", 730),
        ("rate(5 minutes)", 8760),
        ("rate(2 days)", 365 / 24),
        ("cron(0 9 * * ? *)", 365.25 / 12),
        ("cron(0 9 ? * MON-FRI *)", 365.25 / 7 * 5 / 12),
        ("cron(0/15 8-17 1 * ? *)", 40),
        ("cron(0 0 L * ? *)", 1),
        ("cron(0 0 ? * MON#1 *)", 1),
        ("cron(0 0 29 2 ? *)", 1 / 48),
        ("cron(0 0 1 1 ? 2027)", 1 / 12),
        ("at(2027-01-01T00:00:00)", 0),
    ],
)
def test_starts_in_a_month(expression: str, rate: float) -> None:
    """Starts are counted over 28 years, in which each date falls on each day of the week; what runs once is none of a month."""
    assert monthly(expression) == pytest.approx(rate)


@pytest.mark.parametrize("text", ["0 9 ? * 2-6 *", "30 6 15W * ? *", "0 12 L-3 3,6,9 ? *", "0/20 0 ? 1-3 6L *"])
def test_the_count_is_that_of_the_clock(text: str) -> None:
    """As often as `ifc local` would start it from 2001 to 2028."""
    at, end, count = datetime(2001, 1, 1, tzinfo=UTC) - timedelta(seconds=1), datetime(2029, 1, 1, tzinfo=UTC).timestamp(), 0
    moment = following(f"cron({text})", "UTC", at.timestamp(), 0)
    while moment is not None and moment < end:
        count += 1
        moment = following(f"cron({text})", "UTC", moment, 0)
    assert monthly(f"cron({text})") == pytest.approx(count / 28 / 12)


def test_an_estimate_is_the_sum_of_its_sources() -> None:
    """What the sources cost and what stands there is all that there is."""
    text = """
    api A { POST / -> f { expect 10 per second }
            GET / -> g { expect 3 per second } }
    table T { key id: string; stream new }
    queue Q
    topic P
    function f "a.b" { writes T; publishes P }
    function g "a.b" { reads T; sends Q }
    function h "a.b"
    T.stream where new.a == "1" -> h
    P -> Q -> h { within 5s }
    every 5m -> g
    """
    for known in (plain(), None):
        found = estimated(text, known) if known is not None else estimated(text)
        for case in range(3):
            whole = sum(source.month[case] for source in found.sources) + found.idle[case]
            assert found.total[case] == pytest.approx(whole)
            assert found.total[case] == pytest.approx(sum(month[case] for month in found.resources.values()))
