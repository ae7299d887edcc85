"""What things cost, on a picture: each node, arrow and verb gets its dollars a month, where the source says how much comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ifc.cost.assumptions import Three
from ifc.cost.known import of_source
from ifc.cost.units import precise, usd
from ifc.model.app import App

if TYPE_CHECKING:
    import networkx as nx

PARTS = 8  # lines of a bill that a panel shows


def price(made: nx.MultiDiGraph[str], app: App) -> None:
    """Adds costs to the nodes and edges of an app's graph; none where there can be no estimate by the source alone."""
    found = of_source(app)
    if found is None:
        return
    made.graph["cost"] = {"text": _month(found.total)}
    parts: dict[str, list[tuple[str, str]]] = {}
    for item in found.items:
        if item.month[1] > 0:
            parts.setdefault(item.resource, []).append((item.what, usd(item.month[1])))
    for name, month in found.resources.items():
        if name in made and month[1] > 0:
            made.nodes[name]["cost"] = {"text": _month(month), "parts": parts.get(name, [])[:PARTS]}
    routes = {source.name: source for source in found.sources if source.rate is not None}
    for name, node in made.nodes(data=True):
        source = routes.get(name) or routes.get(str(node.get("label")))
        if source is not None and node.get("kind") in ("route", "schedule"):
            parts_of = [("events a month", f"{source.rate:,.0f}"), ("1,000 of them, with all that follows", precise(source.thousand[1]))]
            node["cost"] = {"text": _month(source.month), "parts": parts_of}
    for *_, edge in made.edges(data=True):
        month = found.by_edge.get(id(edge.get("of")), (0.0, 0.0, 0.0))
        if month[1] > 0:
            edge["cost"] = {"text": _month(month)}


def _month(amounts: Three) -> str:
    """Dollars a month, as expected."""
    return f"{usd(amounts[1])} a month"
