"""Random apps: every message reaches exactly those behind topics and buses whose filters it passes, once for each way to them."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import psycopg
from hypothesis import HealthCheck, assume, given, settings

from ifc.diagnostics import Report
from ifc.local.broker import Notification
from ifc.targets import spacer
from tests.local.engine_app import running, until
from tests.support import compiled

TOPICS, BUSES, QUEUES, FUNCTIONS = ("T0", "T1"), ("B0", "B1", "B2"), ("Q0", "Q1", "Q2"), ("f0", "f1")
Test = Callable[[dict[str, Any]], bool]


def checks(field: str, value: int) -> list[tuple[str, Test]]:
    """Single tests, as they are written and as they are meant."""
    kind = "abc"[value % 3]
    return [
        (f"{field}n > {value}", lambda d: isinstance(d.get("n"), int) and d["n"] > value),
        (f"{field}n <= {value}", lambda d: isinstance(d.get("n"), int) and d["n"] <= value),
        (f'{field}kind == "{kind}"', lambda d: d.get("kind") == kind),
        (f'{field}kind != "{kind}"', lambda d: d.get("kind") != kind),
        (f'{field}kind in ["{kind}", "x"]', lambda d: d.get("kind") in (kind, "x")),
        (f"not {field}x exists", lambda d: "x" not in d),
        (f'{field}kind starts-with "{kind}"', lambda d: str(d.get("kind", "")).startswith(kind)),
    ]


@st.composite
def filters(draw: st.DrawFn, field: str) -> tuple[str, Test]:
    """A filter, as it is written and as it is meant; perhaps none."""
    some = [draw(st.sampled_from(checks(field, draw(st.integers(0, 5))))) for _ in range(draw(st.integers(0, 2)))]
    if not some:
        return "", lambda d: True
    word = draw(st.sampled_from(["and", "or"]))
    meant: Test = (lambda d: all(t(d) for _, t in some)) if word == "and" else (lambda d: any(t(d) for _, t in some))
    return f"where {f' {word} '.join(text for text, _ in some)}", meant


@st.composite
def apps(draw: st.DrawFn) -> dict[tuple[str, str], tuple[str, Test]]:
    """Arrows from topics and buses, without circles."""
    ends = [(t, q) for t in TOPICS for q in (*QUEUES, *FUNCTIONS)]
    ends += [(b, q) for b in BUSES for q in (*QUEUES, *FUNCTIONS, *TOPICS)] + [("B0", "B1"), ("B0", "B2"), ("B1", "B2")]
    chosen = draw(st.lists(st.sampled_from(ends), min_size=3, max_size=9, unique=True))
    return {end: draw(filters("detail." if end[0] in BUSES else "")) for end in sorted(chosen)}


DETAILS = st.lists(
    st.fixed_dictionaries({"n": st.integers(0, 6)}, optional={"kind": st.sampled_from(["a", "ab", "b", "x"]), "x": st.just(1)}), max_size=6
)


def expected(
    arrows: dict[tuple[str, str], tuple[str, Test]], source: str, message: dict[str, Any], event: bool
) -> Counter[tuple[str, bool]]:
    """Where a message comes to, and how often; what is an event shows its fields to buses alone."""
    seen = {} if event and source in TOPICS else message
    found: Counter[tuple[str, bool]] = Counter()
    for (begin, end), (_, passes) in arrows.items():
        if begin == source and passes(seen):
            found += expected(arrows, end, message, event) if end in (*TOPICS, *BUSES) else Counter({(end, event): 1})
    return found


def source_text(arrows: dict[tuple[str, str], tuple[str, Test]]) -> str:
    """An app of arrows."""
    lines = [f"topic {t}" for t in TOPICS] + [f"bus {b}" for b in BUSES] + [f"queue {q}" for q in QUEUES]
    lines += [f'function {f} "src/{f}.handler"' for f in FUNCTIONS]
    return "\n".join([*lines, *(f"{begin} {where} -> {end}" for (begin, end), (where, _) in arrows.items()), ""])


async def delivered(address: str, description: dict[str, Any], messages: list[tuple[str, dict[str, Any]]]) -> Counter[str]:
    """How often each end was reached, when messages were sent to sources one after the other."""
    async with running(address, description) as app:
        for source, detail in messages:
            if source in TOPICS:
                await app.engine.publish(source, [Notification(json.dumps(detail))])
            else:
                await app.engine.put_events(source, [{"source": "test", "detail-type": "x", "resources": [], "detail": detail}])
        await until(lambda: len(app.engine.calls) == 0)
        return Counter(function for function, _ in app.functions.calls) + Counter({q: len(app.engine.queues[q]) for q in QUEUES})


@given(apps(), st.lists(st.sampled_from([*TOPICS, *BUSES]), min_size=1, max_size=6), DETAILS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_everyone_gets_what_passes(
    cluster: str, arrows: dict[tuple[str, str], tuple[str, Test]], sources: list[str], details: list[dict[str, Any]]
) -> None:
    """The number of messages at each end is that of the ways whose filters all let them through."""
    done = compiled(source_text(arrows))
    assume(done.plan is not None)
    assert done.plan is not None
    _, description = spacer.describe(done.plan, Report(), {})
    messages = list(zip(sources, details, strict=False))
    with psycopg.connect(cluster, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS graph CASCADE")
        connection.execute("CREATE SCHEMA graph")
    found = asyncio.run(delivered(f"{cluster} options=-csearch_path=graph", json.loads(json.dumps(description)), messages))
    wanted: Counter[str] = Counter()
    for source, detail in messages:
        for (end, _), count in expected(arrows, source, detail, source in BUSES).items():
            wanted[end] += count
    assert +found == wanted
