"""The system of rates: chains, loops, the same from both sides, and no answer where there is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ifc.cost import linear
from ifc.cost.linear import Endless, System

Gains = list[list[tuple[int, float]]]


def test_a_chain() -> None:
    """What comes to a node is what comes from outside and what others pass on; what an event costs counts all that follows."""
    # 0 → 1 twice each, 1 → 2 by half: 10, 20 + 1, 10.5; from the end 4, 3 + 2, 1 + 10.
    system = System([[(1, 2.0)], [(2, 0.5)], []])
    assert system.rates([10.0, 1.0, 0.0]) == [10.0, 21.0, 10.5]
    assert system.costs([1.0, 3.0, 4.0]) == [11.0, 5.0, 4.0]


def test_a_loop_adds_up_to_a_geometric_series() -> None:
    """Of ten events half comes round: 10 + 5 + 2.5 + … = 20."""
    assert System([[(0, 0.5)]]).rates([10.0]) == [20.0]
    assert System([[(1, 1.0)], [(0, 0.5)]]).rates([10.0, 0.0]) == pytest.approx([20.0, 20.0])


@pytest.mark.parametrize("gains", [[[(0, 1.0)]], [[(1, 2.0)], [(0, 0.5)]], [[(1, 1.0), (0, 0.5)], [(0, 0.5)]]])
def test_a_gain_of_one_has_no_answer(gains: Gains) -> None:
    """Where as much comes round as went in, there is no sum; the nodes of the loop are named."""
    with pytest.raises(Endless) as raised:
        System([*gains, []])
    assert sorted(raised.value.members) == list(range(len(gains)))


@st.composite
def systems(draw: st.DrawFn) -> tuple[Gains, list[float], list[float]]:
    """Gains of which less goes out of each node than came in, in any shape, with what comes and what it costs."""
    count = draw(st.integers(1, 12))
    gains: Gains = []
    for _ in range(count):
        others = draw(st.lists(st.integers(0, count - 1), max_size=5))
        gains.append([(other, draw(st.floats(0, 0.95 / len(others)))) for other in others])
    amounts = st.lists(st.floats(0, 100), min_size=count, max_size=count)
    return gains, draw(amounts), draw(amounts)


@settings(deadline=None)
@given(systems())
def test_it_solves_the_equations(system: tuple[Gains, list[float], list[float]]) -> None:
    """r = s + Gᵀr and c = k + Gc hold, whatever leads where; and what all events cost is the same by both."""
    gains, begin, own = system
    for crowded in (0, linear.CROWDED):  # whole rows from the first node on, and single numbers
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(linear, "CROWDED", crowded)
            solved = System(gains)
        rates, costs = solved.rates(begin), solved.costs(own)
        for node in range(len(gains)):
            came = begin[node] + sum(rates[i] * gain for i, row in enumerate(gains) for other, gain in row if other == node)
            assert rates[node] == pytest.approx(came, rel=1e-6, abs=1e-6)
            assert costs[node] == pytest.approx(own[node] + sum(costs[other] * gain for other, gain in gains[node]), rel=1e-6, abs=1e-6)
        whole = sum(rate * each for rate, each in zip(rates, own, strict=True))
        assert whole == pytest.approx(sum(rate * each for rate, each in zip(begin, costs, strict=True)), rel=1e-6, abs=1e-6)


@settings(deadline=None)
@given(systems(), st.floats(1.0, 3.0))
def test_what_grows_is_never_given_a_number(system: tuple[Gains, list[float], list[float]], growth: float) -> None:
    """A loop with a gain of 1 or more anywhere is refused, in whole rows too."""
    gains, _, _ = system
    gains[0].append((0, growth))
    for crowded in (0, linear.CROWDED):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(linear, "CROWDED", crowded)
            with pytest.raises(Endless):
                System(gains)


def test_it_takes_what_is_deep() -> None:
    """Neither a long chain nor a long loop is too much for it."""
    count = 50_000
    chain: Gains = [[(node + 1, 1.0)] for node in range(count)]
    assert System([*chain, []]).rates([1.0, *[0.0] * count])[-1] == 1.0
    assert System([*chain, [(0, 0.5)]]).rates([1.0, *[0.0] * count])[0] == pytest.approx(2.0)
