"""Real apps and the examples have an estimate, or a loop that is told; their parts are their sum."""

from __future__ import annotations

import pytest

from ifc.compiler import compile
from ifc.cost.edges import Edges
from ifc.cost.estimate import estimate
from ifc.cost.formats import FORMATS, form
from ifc.cost.model import Round
from ifc.cost.names import Names
from ifc.cost.rounds import told
from ifc.cost.traffic import Traffic
from ifc.resolve.app import Options
from tests.agreed import ROOT
from tests.cost.estimating import table
from tests.judges import dense
from tests.support import compiled

APPS = sorted(path.relative_to(ROOT) for place in ("tests/apps/*.ifc", "examples/*/app.ifc") for path in ROOT.glob(place))


@pytest.mark.parametrize("path", APPS, ids=str)
def test_an_app(path: str) -> None:
    """Whatever an app has, it is reckoned and drawn."""
    made = compile(str(ROOT / path), Options(code=False)).app
    try:
        found = estimate(made, Traffic(), table())
    except Round as endless:
        found, said = None, told(endless).message
    if found is None:
        assert said.startswith("each round of this loop")
        return
    for case in range(3):
        assert found.total[case] == pytest.approx(sum(source.month[case] for source in found.sources) + found.idle[case])
    assert all(form(name).estimate(found, False) for name in FORMATS)


@pytest.mark.parametrize(
    "text", [dense.EVENTS, dense.APIS, dense.NEIGHBOURS, dense.GRADUAL], ids=["events", "apis", "neighbours", "gradual"]
)
def test_every_setting(text: str) -> None:
    """Apps with every setting of every kind and arrow, once each verb is used so seldom that no loop goes on."""
    made = compiled(text).app
    seldom = Traffic(verbs={edge.name: 0.01 for edge in Edges(made, Names(made)).all if edge.grant is not None})
    found = estimate(made, seldom, table())
    assert found.missing == ()
    assert all(form(name).estimate(found, False) for name in FORMATS)
