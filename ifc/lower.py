"""From the model to the plan: wires first, so that each resource sees what they bring to it."""

from __future__ import annotations

from ifc.diagnostics import Diagnostic, Report
from ifc.model.app import App
from ifc.plan import Lowering, Plan, text_length
from ifc.records import evolve
from ifc.source import Span
from ifc.syntax import tree

# The parts of a declaration as a reader expects them; others follow as they were added.
PARTS = ("", "role", "logs", "dead-letter", "policy", "async", "url")


def lower(app: App, report: Report) -> Plan:
    """The plan of an app."""
    lowering = _lowered(app, report)
    _unused_overlays(app, lowering, report)
    _long_names(lowering, report)
    ranks = {name: (resource.rank, name) for name, resource in app.resources.items()}
    placed = sorted(
        lowering.placed, key=lambda p: (*ranks.get(p.owner, (90, p.owner)), p.wired, PARTS.index(p.part) if p.part in PARTS else len(PARTS))
    )
    newer, clashes = _newer(app, lowering)
    outputs = tuple(evolve(o, value=lowering.text(lowering.value(o.value)), export=lowering.value(o.export)) for o in app.outputs)
    return Plan(
        app=evolve(app, tags=lowering.text(lowering.value(app.tags))),
        placed=tuple(placed),
        parameters=tuple(app.parameters.values()),
        outputs=outputs,
        archives=tuple(sorted(lowering.archives, key=lambda a: a.function)),
        newer=newer,
        clashes=clashes,
    )


def _lowered(app: App, report: Report) -> Lowering:
    lowering = Lowering(app, report)
    for wire in app.wires:
        wire.port.lower(wire, lowering)
    for resource in app.resources.values():
        if resource.extern is None:
            resource.lower(lowering)
        else:
            resource.lower_extern(lowering)
    for resource in app.resources.values():
        resource.finish(lowering)
    return lowering


def _newer(app: App, lowering: Lowering) -> tuple[dict[str, str], tuple[Diagnostic, ...]]:
    """What the resources of renamed declarations would be called, had those always had their new names, and where that can't be.

    The app is lowered a second time as such an app: whatever makes an id of a declared name, it is the same there.
    """
    renamed = {
        name: evolve(r, declared=evolve(r.declared, renamed_from=None)) for name, r in app.resources.items() if r.declared.renamed_from
    }
    if not renamed or lowering.report.failed:
        return {}, ()
    aside = Report()
    again = _lowered(evolve(app, resources={**app.resources, **renamed}), aside)
    clashes = tuple(d for d in aside.diagnostics if d.code == "IFC602")
    if clashes:
        return {}, clashes
    pairs = zip(lowering.placed, again.placed, strict=True)
    return {one.resource.id: other.resource.stem for one, other in pairs if one.resource.id != other.resource.id}, ()


def filters(app: App, report: Report) -> None:
    """Reports what is wrong with the filters of an app that has other mistakes, so that one run shows both.

    The arrows are lowered aside, and of what that finds only what stands in a filter counts: the rest may follow from the
    other mistakes.
    """
    aside = Report()
    lowering = Lowering(app, aside)
    places: list[Span] = []
    for wire in app.wires:
        if wire.where is not None:
            places += [part.span for part in (wire.where.operands if isinstance(wire.where, tree.Or) else (wire.where,))]
            try:
                wire.port.lower(wire, lowering)
            except KeyError:
                continue  # it needs a declaration that is broken: that is reported already
    report.diagnostics += [d for d in aside.diagnostics if d.labels and any(_within(d.labels[0].span, place) for place in places)]


def _within(span: Span, place: Span) -> bool:
    return span.source is place.source and place.start <= span.start and span.end <= place.end


def _long_names(lowering: Lowering, report: Report) -> None:
    """Reports physical names that are too long with the default prefix (a longer one is refused at deployment)."""
    for placed in lowering.placed:
        limit, name = placed.resource.name_limit, getattr(placed.resource, "name", None)
        length = text_length(name, len(lowering.app.prefix)) if limit is not None and name is not None else None
        if limit is not None and length is not None and length > limit:
            what = placed.resource.cfn_type.split("::")[-1]
            report.error(
                "IFC605",
                f"the name of the {what} `{placed.resource.id}` is {length} characters long, and {limit} are the most",
                lowering.span_of(placed.owner),
                "its name",
                f"shorten it, or give it a `name`, or the app a shorter `prefix` than `{lowering.app.prefix}`",
            )


def _unused_overlays(app: App, lowering: Lowering, report: Report) -> None:
    """Reports a `cfn PART { }` for a part that this declaration has not."""
    overlays = [(r.name, o) for r in app.resources.values() for o in r.declared.overlays]
    overlays += [(w.target.resource or w.source.resource, o) for w in app.wires for o in w.overlays]
    for owner, overlay in overlays:
        if not overlay.used:
            parts = sorted({p.part for p in lowering.placed if p.owner == owner and p.part})
            report.error(
                "IFC314",
                f"`{owner}` has no `{overlay.part}` that properties could be laid over",
                overlay.span,
                "nothing to lay it over",
                f"its parts are {', '.join(f'`{p}`' for p in parts)}" if parts else "it has no parts",
            )
