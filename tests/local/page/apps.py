"""Apps as a run reads them."""

from __future__ import annotations

import json
from typing import Any

from ifc.compiler import compile
from ifc.resolve.app import Options
from ifc.targets import spacer
from tests.agreed import ROOT

EXAMPLES = sorted(path.parent.name for path in (ROOT / "examples").glob("*/app.ifc"))
ORDERS = str(ROOT / "examples" / "orders" / "app.ifc")


def example(name: str) -> dict[str, Any]:
    """The description of an example."""
    return described(str(ROOT / "examples" / name / "app.ifc"))


def described(file: str) -> dict[str, Any]:
    """The description of an app."""
    done = compile(file, Options())
    assert done.plan is not None, done.report.ordered()
    found: dict[str, Any] = json.loads(spacer.render(done.plan, done.report)[spacer.DESCRIPTION])
    return found
