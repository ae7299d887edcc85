"""What an app costs each month, in three cases: by route and source, by edge, by resource, and what it costs when nothing comes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from ifc.cost.assumptions import ASSUMED, CASES, EXPECTED, Three
from ifc.cost.edges import ARROW, ASKS, Edge, Edges
from ifc.cost.model import Model
from ifc.cost.names import Names
from ifc.cost.prices import CONFIRMED, Prices
from ifc.cost.scene import Scene
from ifc.cost.services import Charge, Passage, service
from ifc.cost.shape import Shape
from ifc.cost.sources import Source, sources
from ifc.cost.traffic import Traffic
from ifc.expectation import MONTH
from ifc.model.app import App

KEY = "customer key"
SHARDS = 4  # of a stream on demand, when it is new (Kinesis Data Streams developer guide, On-demand mode)


@attrs.frozen
class SourceCost:
    """A route or another source: how many events come in a month (None: nobody says), and what they cost, with all that follows."""

    name: str
    rate: float | None
    month: Three
    thousand: Three
    clock: bool = False


@attrs.frozen
class EdgeCost:
    """An edge: how many events take it in a month, and what is charged for them on it."""

    name: str
    rate: Three
    month: Three


@attrs.frozen
class Item:
    """A line of the bill: what is charged for a resource, how many units of which price, and what that is in a month."""

    resource: str
    what: str
    price: str
    units: Three
    month: Three
    idle: bool


@attrs.frozen
class Assumed:
    """An assumption that the estimate rests on, and whether a traffic file gave it."""

    name: str
    three: Three
    given: bool


@attrs.frozen
class Missing:
    """A price that there is none of in the region, and what is not in the sum for want of it."""

    price: str
    uses: tuple[tuple[str, str], ...]  # resource, and what is charged for


@attrs.frozen(kw_only=True)
class Estimate:
    """What an app costs each month, low, expected and high, in US dollars."""

    app: str
    stage: str
    prices: Prices
    total: Three
    idle: Three
    sources: tuple[SourceCost, ...]
    edges: tuple[EdgeCost, ...]
    items: tuple[Item, ...]
    missing: tuple[Missing, ...]
    unconfirmed: tuple[str, ...]
    uncounted: tuple[tuple[str, tuple[str, ...]], ...]  # what it is, and of which resources
    assumed: tuple[Assumed, ...]
    by_edge: Mapping[int, Three]  # by the id() of an arrow or a verb of the model

    @property
    def unknown(self) -> tuple[str, ...]:
        """The sources of which nobody says how much comes."""
        return tuple(source.name for source in self.sources if source.rate is None)

    @property
    def resources(self) -> dict[str, Three]:
        """What each resource costs, idle or not, by name."""
        found: dict[str, Three] = {}
        for item in self.items:
            found[item.resource] = added(found.get(item.resource, (0.0, 0.0, 0.0)), item.month)
        return found


def estimate(app: App, traffic: Traffic, prices: Prices) -> Estimate:
    """The estimate of an app; raises Round where events go round without end."""
    shape = Shape(Edges(app, Names(app)))
    begin = sources(shape, traffic)
    cases = [Case(shape, begin, Scene(app, traffic, case), prices) for case in range(len(CASES))]
    used = sorted({name for case in cases for name in case.scene.used}, key=list(ASSUMED).index)
    items = bill(cases, prices)
    rates = [tuple(case.model.rates[number] for case in cases) for number in range(len(shape.all))]
    months = [three([case.edge(number) for case in cases]) for number in range(len(shape.all))]
    edges = [EdgeCost(edge.name, three(rates[n]), months[n]) for n, edge in enumerate(shape.all) if any(months[n])]
    by_edge: dict[int, Three] = {}
    for edge, month in zip(shape.all, months, strict=True):
        made_of = edge.wire if edge.wire is not None else edge.grant
        if made_of is not None:
            by_edge[id(made_of)] = added(by_edge.get(id(made_of), (0.0, 0.0, 0.0)), month)
    idle = three([sum(item.month[case] for item in items if item.idle) for case in range(len(CASES))])
    keys = {charge.price for case in cases for charge in case.charged}
    return Estimate(
        app=app.name,
        stage=app.stage,
        prices=prices,
        total=three([sum(item.month[case] for item in items) for case in range(len(CASES))]),
        idle=idle,
        sources=tuple(sorted(by_source(shape, begin, cases), key=lambda s: (-s.month[EXPECTED], s.name))),
        edges=tuple(sorted(edges, key=lambda e: (-e.month[EXPECTED], -e.month[-1], e.name))),
        items=tuple(items),
        missing=tuple(missing(cases, prices)),
        unconfirmed=tuple(sorted(key for key in keys if key in prices.known and prices.known[key].status != CONFIRMED)),
        uncounted=tuple(uncounted(app, cases[EXPECTED].scene)),
        assumed=tuple(Assumed(name, traffic.assumption(name), name in traffic.assumed) for name in used),
        by_edge=by_edge,
    )


class Case:
    """One case: what is charged along each edge for one event, and each month whatever comes."""

    def __init__(self, shape: Shape, begin: Sequence[Source], scene: Scene, prices: Prices) -> None:
        self.shape, self.scene, self.prices = shape, scene, prices
        self.model = Model(shape, begin, scene)
        self.charges: list[tuple[Charge, ...]] = [tuple(self.along(n, edge)) for n, edge in enumerate(shape.all)]
        self.idle = [*self.standing(), *customer_keys(shape.app)]
        own = [sum(map(self.cost, charges)) for charges in self.charges]
        self.own = own
        self.onwards = self.model.system.costs([*own, *(0.0 for _ in shape.shared)])

    @property
    def charged(self) -> Iterator[Charge]:
        """Everything that is charged."""
        for charges in self.charges:
            yield from charges
        yield from self.idle

    def cost(self, charge: Charge) -> float:
        """Dollars of a charge; 0 where there is no price, which is told."""
        price = self.prices.known.get(charge.price)
        return charge.units * price.usd if price is not None else 0.0

    def edge(self, number: int) -> float:
        """Dollars of an edge in a month."""
        return self.model.rates[number] * self.own[number]

    # --- along an edge ---

    def along(self, number: int, edge: Edge) -> Iterator[Charge]:
        """What is charged for one event along an edge."""
        resources, passage = self.scene.app.resources, self.passage(edge, self.model.rates[number])
        if edge.sort in (ARROW, ASKS):
            source = resources.get(edge.source)
            yield from service(source.kind if source is not None else "schedule").leaving(source, passage, self.scene)
        if edge.target:
            target = resources[edge.target]
            yield from service(target.kind).arriving(target, passage, self.scene)

    def passage(self, edge: Edge, rate: float) -> Passage:
        """How events take an edge."""
        passes = self.model.passing(edge, None) if edge.wire is not None else 1.0
        return Passage(
            edge,
            batch=self.batch(edge, rate) if edge.sort == ARROW else 1.0,
            tries=self.model.tries(edge) if self.shape.calls(edge) else 1.0,
            looked=1 / passes if passes else 1.0,
        )

    def batch(self, edge: Edge, rate: float) -> float:
        """How many events come in one call, clamp(rate × window, 1, batch).

        A shard of a stream is read by one call at a time (Lambda developer guide, Using Lambda to process records from Amazon Kinesis
        Data Streams), so what comes meanwhile waits for the next one.
        """
        said: Any = edge.wire.settings if edge.wire is not None else None
        most = getattr(said, "batch", None)
        if most is None or not edge.source:
            return 1.0
        source: Any = self.scene.app.resources[edge.source]
        window, lanes = (said.within or 0) + self.scene.assumed("gathered") / 1000, 1.0
        if source.kind != "queue":
            window = max(window, self.scene.duration(self.scene.app.resources[edge.target]) / 1000)
            shards = (SHARDS if source.shards == "on-demand" else self.scene.number(source.shards, 1)) if source.kind == "stream" else 1
            lanes = shards * (said.parallel or 1)
        return float(min(max(rate / MONTH / lanes * window, 1.0), most))

    # --- whatever comes ---

    def standing(self) -> Iterator[Charge]:
        """What is charged each month for what stands there."""
        for resource in sorted(self.scene.app.resources.values(), key=lambda r: r.name):
            yield from service(resource.kind).idle(resource, self.scene)


def customer_keys(app: App) -> Iterator[Charge]:
    """A month of each customer key that something is encrypted with (KMS pricing): it costs the same for however many."""
    seen: set[str] = set()
    for resource in sorted(app.resources.values(), key=lambda r: r.name):
        key = getattr(resource, "customer_key", None)
        if key is not None and resource.extern is None and repr(key) not in seen:
            seen.add(repr(key))
            yield Charge(resource.name, KEY, "kms_key", 1.0)


# --- the sums ---


def bill(cases: Sequence[Case], prices: Prices) -> list[Item]:
    """The lines of the bill, the dearest first."""
    lines: dict[tuple[str, str, str, bool], list[float]] = {}
    for number, case in enumerate(cases):
        for at, charges in enumerate(case.charges):
            rate = case.model.rates[at]
            if rate:
                for charge in charges:
                    lines.setdefault((charge.resource, charge.what, charge.price, False), [0.0] * len(cases))[number] += rate * charge.units
        for charge in case.idle:
            lines.setdefault((charge.resource, charge.what, charge.price, True), [0.0] * len(cases))[number] += charge.units
    found = []
    for (resource, what, key, idle), units in lines.items():
        price = prices.known.get(key)
        if price is not None and any(units):
            found.append(Item(resource, what, key, three(units), three([amount * price.usd for amount in units]), idle))
    return sorted(found, key=lambda item: (-item.month[EXPECTED], -item.month[-1], item.resource, item.what))


def by_source(shape: Shape, begin: Sequence[Source], cases: Sequence[Case]) -> Iterator[SourceCost]:
    """What the events of each source cost, with all that follows from them."""
    for source in begin:
        each = [
            sum(amount * case.model.share(shape.all[number]) * case.onwards[number] for number, amount in source.parts) for case in cases
        ]
        month = three([one * (source.rate or 0.0) for one in each])
        yield SourceCost(source.name, source.rate, month, three([one * 1000 for one in each]), source.clock)


def missing(cases: Sequence[Case], prices: Prices) -> Iterator[Missing]:
    """The prices that there are none of, with what is charged at them."""
    uses: dict[str, set[tuple[str, str]]] = {}
    for case in cases:
        for charge in case.charged:
            if charge.price not in prices.known:
                uses.setdefault(charge.price, set()).add((charge.resource, charge.what))
    for key in sorted(uses):
        yield Missing(key, tuple(sorted(uses[key])))


def uncounted(app: App, scene: Scene) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What can't be known, and so is not in the sum, with the resources that it is of."""
    found: dict[str, list[str]] = {}
    for resource in sorted(app.resources.values(), key=lambda r: r.name):
        for what in service(resource.kind).uncounted(resource, scene):
            found.setdefault(what, []).append(resource.name)
    for what in sorted(found):
        yield what, tuple(found[what])


def three(amounts: Sequence[float]) -> Three:
    """Three amounts, of the three cases."""
    low, expected, high = amounts
    return low, expected, high


def added(one: Three, other: Three) -> Three:
    """The sum of two, case by case."""
    return three([a + b for a, b in zip(one, other, strict=True)])
