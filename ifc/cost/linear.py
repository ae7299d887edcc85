"""A sparse system of rates, r = s + Gᵀr, and its mirror image, c = k + Gc: what comes to each node, and what each event costs from there on.

Nodes that lead into one another are solved together, by elimination; all others follow in their order. With gains that are never
negative the system has a solution that means something exactly if every pivot is positive (I − G is then a nonsingular M-matrix:
Berman and Plemmons, Nonnegative Matrices in the Mathematical Sciences, chapter 6).
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from operator import mul

SMALLEST = 1e-9  # a pivot below it: what comes round is as much as what went in


CROWDED = 4096  # ways through a node, from which on whole rows are faster than single numbers
MOST = 2000  # nodes of which whole rows are kept


class Endless(Exception):
    """Nodes that lead into one another with a gain of 1 or more."""

    def __init__(self, members: Sequence[int] = ()) -> None:
        super().__init__(members)
        self.members = members


class System:
    """A matrix of gains, by rows: `gains[i]` is where what comes to `i` goes on to, and how much of it. Raises Endless."""

    def __init__(self, gains: Sequence[Sequence[tuple[int, float]]]) -> None:
        self.gains = gains
        self.groups = list(groups(gains))  # what leads on comes after what it leads to
        self.loops: dict[int, Loop] = {}
        for group in self.groups:
            if circular(group, gains):
                try:
                    self.loops[group[0]] = Loop(group, gains)
                except Endless:
                    raise Endless(group) from None

    def rates(self, sources: Sequence[float]) -> list[float]:
        """What comes to each node, from what comes to it from outside."""
        found = list(sources)
        for group in reversed(self.groups):
            loop = self.loops.get(group[0])
            if loop is not None:
                loop.rates(found)
            inside = set(group) if loop is not None else ()
            for node in group:
                if found[node]:
                    for other, gain in self.gains[node]:
                        if other not in inside:
                            found[other] += found[node] * gain
        return found

    def costs(self, own: Sequence[float]) -> list[float]:
        """What an event costs from each node on, from what it costs there alone."""
        found = list(own)
        for group in self.groups:
            loop = self.loops.get(group[0])
            inside = set(group) if loop is not None else ()
            for node in group:
                for other, gain in self.gains[node]:
                    if other not in inside:
                        found[node] += found[other] * gain
            if loop is not None:
                loop.costs(found)
        return found


class Loop:
    """Nodes that lead into one another, eliminated one after the other, those with the fewest neighbours first."""

    def __init__(self, group: Sequence[int], gains: Sequence[Sequence[tuple[int, float]]]) -> None:
        members = set(group)
        out: dict[int, dict[int, float]] = {node: {} for node in group}
        into: dict[int, dict[int, float]] = {node: {} for node in group}
        for node in group:
            for other, gain in gains[node]:
                if other in members and gain:
                    out[node][other] = out[node].get(other, 0.0) + gain
                    into[other][node] = out[node][other]
        # Each pivot with what led into the node and what it led to, when its turn came.
        self.steps: list[tuple[int, float, dict[int, float], dict[int, float]]] = []
        self.rest: Dense | None = None  # those that nearly all lead to each other
        waiting = [(len(out[node]) * len(into[node]), node) for node in group]
        heapq.heapify(waiting)
        while waiting:
            effort, node = heapq.heappop(waiting)
            if node not in out:
                continue
            now = len(out[node]) * len(into[node])
            if now > effort:
                heapq.heappush(waiting, (now, node))
                continue
            if now > CROWDED and len(out) <= MOST:
                self.rest = Dense(out)
                break
            after, before = out.pop(node), into.pop(node)
            pivot = 1.0 - after.pop(node, 0.0)
            before.pop(node, None)
            if pivot < SMALLEST:
                raise Endless
            for other in after:
                del into[other][node]
            for origin, gain in before.items():
                row, share = out[origin], gain / pivot
                del row[node]
                for other, on in after.items():
                    row[other] = into[other][origin] = row.get(other, 0.0) + share * on
            self.steps.append((node, pivot, before, after))

    def rates(self, found: list[float]) -> None:
        """Solves r = s + Gᵀr for the nodes, in place."""
        for node, pivot, _, after in self.steps:
            share = found[node] / pivot
            for other, gain in after.items():
                found[other] += share * gain
        if self.rest is not None:
            self.rest.rates(found)
        for node, pivot, before, _ in reversed(self.steps):
            found[node] = (found[node] + sum(found[origin] * gain for origin, gain in before.items())) / pivot

    def costs(self, found: list[float]) -> None:
        """Solves c = k + Gc for the nodes, in place."""
        for node, pivot, before, _ in self.steps:
            share = found[node] / pivot
            for origin, gain in before.items():
                found[origin] += share * gain
        if self.rest is not None:
            self.rest.costs(found)
        for node, pivot, _, after in reversed(self.steps):
            found[node] = (found[node] + sum(found[other] * gain for other, gain in after.items())) / pivot


class Dense:
    """Nodes that nearly all lead to each other: I − G as the product of two triangles, in whole rows. Raises Endless."""

    def __init__(self, gains: Mapping[int, Mapping[int, float]]) -> None:
        self.nodes = list(gains)
        self.rows = [[(1.0 if a == b else 0.0) - gains[a].get(b, 0.0) for b in self.nodes] for a in self.nodes]
        for k, top in enumerate(self.rows):
            if top[k] < SMALLEST:
                raise Endless
            tail = top[k + 1 :]
            for row in self.rows[k + 1 :]:
                if row[k]:
                    share = row[k] = row[k] / top[k]
                    row[k + 1 :] = [one - share * other for one, other in zip(row[k + 1 :], tail, strict=True)]

    def costs(self, found: list[float]) -> None:
        """Solves c = k + Gc for the nodes, in place: down the lower triangle, up the upper one."""
        amounts = [found[node] for node in self.nodes]
        for i, row in enumerate(self.rows):
            amounts[i] -= sum(map(mul, row[:i], amounts[:i]))
        for i in reversed(range(len(amounts))):
            amounts[i] = (amounts[i] - sum(map(mul, self.rows[i][i + 1 :], amounts[i + 1 :]))) / self.rows[i][i]
        self.keep(amounts, found)

    def rates(self, found: list[float]) -> None:
        """Solves r = s + Gᵀr for the nodes, in place: the same the other way round."""
        amounts = [found[node] for node in self.nodes]
        for i, row in enumerate(self.rows):
            amounts[i] /= row[i]
            for j in range(i + 1, len(amounts)):
                amounts[j] -= row[j] * amounts[i]
        for i in reversed(range(len(amounts))):
            for j in range(i):
                amounts[j] -= self.rows[i][j] * amounts[i]
        self.keep(amounts, found)

    def keep(self, amounts: Sequence[float], found: list[float]) -> None:
        """Puts amounts where they belong."""
        for node, amount in zip(self.nodes, amounts, strict=True):
            found[node] = amount


def circular(group: Sequence[int], gains: Sequence[Sequence[tuple[int, float]]]) -> bool:
    """Whether a group goes round: several nodes, or one that leads to itself."""
    return len(group) > 1 or any(other == group[0] for other, _ in gains[group[0]])


def groups(gains: Sequence[Sequence[tuple[int, float]]]) -> Iterator[list[int]]:
    """The nodes that lead into one another, each after all that it leads to (Tarjan's algorithm, without recursion)."""
    index = [-1] * len(gains)
    low = [0] * len(gains)
    on = bytearray(len(gains))
    stack: list[int] = []
    count = 0
    for start in range(len(gains)):
        if index[start] >= 0:
            continue
        work = [(start, iter(gains[start]))]
        while work:
            node, rest = work[-1]
            if index[node] < 0:
                index[node] = low[node] = count
                count += 1
                stack.append(node)
                on[node] = 1
            for other, _ in rest:
                if index[other] < 0:
                    work.append((other, iter(gains[other])))
                    break
                if on[other]:
                    low[node] = min(low[node], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    group = []
                    while True:
                        member = stack.pop()
                        on[member] = 0
                        group.append(member)
                        if member == node:
                            break
                    yield group
