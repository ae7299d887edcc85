"""`ifc build`: an archive for each function and layer, of only what it needs, named by the digest of its contents."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from ifc.diagnostics import Report
from ifc.plan import Plan
from ifc.records import record

if TYPE_CHECKING:
    from ifc.build.progress import Progress


@record
class Built:
    """A finished archive."""

    name: str  # of the function or the layer, as declared
    parameter: str  # of the template, that takes the key
    key: str
    digest: str  # of the contents
    path: str
    size: int  # of the archive
    unpacked: int
    reused: bool  # it was there before


def build(plan: Plan, report: Report, progress: Progress | None = None, leave_out: Collection[str] = ()) -> tuple[Built, ...]:
    """An archive for each function and layer of the plan, in its order; raises Failure with all that is in the way of one.

    Warnings and notes go to `report`. `leave_out` are paths that are no code: where the output goes.
    """
    if not plan.archives:
        return ()
    import os.path

    from ifc.build.builder import Builder
    from ifc.build.cache import Cache
    from ifc.build.progress import Progress

    home = os.path.dirname(plan.app.span.source.path) if plan.app.span is not None else ""
    with Cache(home or ".", report) as cache:
        try:
            return Builder(plan, report, progress or Progress(), cache, home or ".", leave_out).built()
        except OSError as error:
            raise cache.unusable(error) from error
