"""What things cost, on a picture."""

from __future__ import annotations

from ifc.cost.known import of_source
from ifc.cost.picture import price
from ifc.graph import graph
from tests.support import compiled

SHOP = """app shop { region "us-east-1" }
table Orders { key id: string }
api Public { POST /orders -> place { expect 3000000 per month } }
function place "a.place" { runtime python3.14; puts Orders }
"""


def test_things_carry_what_they_cost() -> None:
    """Nodes have the sum and its parts, the route what a thousand requests cost with all that follows, and the whole is the estimate."""
    app = compiled(SHOP).app
    made, found = graph(app), of_source(app)
    assert found is not None
    price(made, app)
    assert made.graph["cost"]["text"] == f"${found.total[1]:,.2f} a month"
    assert made.nodes["Orders"]["cost"]["text"] == f"${found.resources['Orders'][1]:,.2f} a month"
    # 3,000,000 writes of 1 KB at $0.625 for a million
    assert ("writes", "$1.88") in made.nodes["Orders"]["cost"]["parts"]
    route = made.nodes["Public POST /orders"]["cost"]
    assert route["parts"][0] == ("events a month", "3,000,000")
    [verb] = [edge for *_, edge in made.edges(data=True) if edge["label"] == "puts"]
    assert verb["cost"]["text"] == "$1.88 a month"


def test_nothing_is_guessed() -> None:
    """Without a word of how much comes, and without prices of the region, a picture has no costs."""
    for text in (SHOP.replace("{ expect 3000000 per month }", ""), SHOP.replace("us-east-1", "eu-south-2")):
        app = compiled(text).app
        made = graph(app)
        price(made, app)
        assert "cost" not in made.graph
        assert not [name for name, node in made.nodes(data=True) if "cost" in node]
