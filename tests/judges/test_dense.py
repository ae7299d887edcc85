"""The dense apps hold all that the language has, so that the judges see all of it."""

from __future__ import annotations

import pytest

from ifc.commands.explain import declarable
from ifc.diagnostics import ERROR
from ifc.kinds import load
from ifc.model.app import Port
from ifc.model.settings import settings_of
from tests.judges import dense
from tests.support import compiled

# What can't stand in an app that is deployed.
NOWHERE = {
    ("api", "route_by"),  # WebSocket APIs come later
    ("api", "sends"),
    ("api", "root"),  # an extern REST API takes no routes
    ("authorizer", "tags"),  # API Gateway has none there
    ("layer", "tags"),  # nor has Lambda
    ("resource", "physical"),  # which of its properties that is depends on its type
}


@pytest.mark.usefixtures("beside")
def test_nothing_is_left_out() -> None:
    """Each setting and verb of each kind, and each target and setting of each arrow, stands in a dense app: a new one must be put there."""
    said: set[tuple[str, str]] = set()
    for text in (dense.EVENTS, dense.APIS, dense.NEIGHBOURS, dense.GRADUAL):
        done = compiled(text)
        assert [d.message for d in done.report.ordered() if d.severity == ERROR] == []
        app = done.app
        said |= {(r.kind, field) for r in app.resources.values() for field in r.origins}
        said |= {(app.resources[g.resource].kind, g.verb) for g in app.grants}
        for wire in app.wires:
            outside = str(wire.target.address).split(":")[0].replace("mailto", "email")
            target = app.resources[wire.target.resource].kind if wire.target.resource else outside
            said |= {(wire.port.doc, what) for what in (f"-> {target}", *wire.origins)}
    wanted: set[tuple[str, str]] = set()
    ports: list[Port] = [load("schedule").port, load("api").route_port]  # type: ignore[attr-defined]  # what leaves them has no name
    for kind in declarable():
        cls = load(kind)
        wanted |= {(kind, setting.field) for setting in settings_of(cls).values()} | {(kind, verb) for verb in cls.verbs}
        ports += cls.ports.values()
    for port in ports:
        wanted |= {(port.doc, setting.field) for setting in settings_of(port.settings).values()}
        wanted |= {(port.doc, f"-> {target}") for target in port.targets}
    assert sorted(wanted - said) == sorted(NOWHERE)
