"""One line of the source that changes many things alike is one finding: a default of a kind, the guard of a whole API."""

from __future__ import annotations

from collections.abc import Hashable

from ifc.records import evolve
from ifc.review.finding import Finding
from ifc.review.found import merged
from ifc.review.review import Review
from ifc.review.words import several
from ifc.source import Span

SETTINGS = ("setting", "replaced")
MOST = 4  # effects that a finding shows


def judge(review: Review) -> None:
    """Joins findings of one line."""
    keys: list[Hashable] = [("alone", at) for at in range(len(review.findings))]
    for side in (1, 0):  # what is written now tells more than what was
        groups: dict[Hashable, list[int]] = {}
        for at, finding in enumerate(review.findings):
            key = line(finding, side) if keys[at] == ("alone", at) else None
            if key is not None:
                groups.setdefault(key, []).append(at)
        for key, members in groups.items():
            for at in members if members[1:] else ():
                keys[at] = key
    found: dict[Hashable, list[Finding]] = {}
    for at, finding in enumerate(review.findings):
        found.setdefault(keys[at], []).append(finding)
    review.found.findings = [shortened(joined(members) if members[1:] else members[0]) for members in found.values()]


def line(finding: Finding, side: int) -> Hashable | None:
    """What findings of one line have in common; None for one that stands alone."""
    kind, _, rest = finding.subject.partition("/")
    if finding.rule == "route-guard":
        return ("routes", rest.partition("/")[0], finding.risk, finding.before, finding.after, finding.effect)
    span = place((finding.old, finding.new)[side])
    if finding.rule not in SETTINGS or span is None or kind == "app":
        return None
    word = finding.subject.rpartition("/")[2]
    return (finding.rule, kind, word, finding.risk, finding.before, finding.after, finding.details, span)


def place(span: Span | None) -> Hashable | None:
    """Where something stands."""
    return span.sort_key() if span is not None else None


def joined(findings: list[Finding]) -> Finding:
    """Several findings as one."""
    first = findings[0]
    consequences = merged(one for finding in findings for one in finding.consequences)
    effect = "; ".join(dict.fromkeys(finding.effect for finding in findings if finding.effect))
    if first.rule == "route-guard":
        api = first.subject.split("/")[1]
        routes = [finding.subject.removeprefix(f"route/{api}/").removesuffix("/authorizer") for finding in findings]
        says = first.title.partition("` ")[2].replace("is ", "are ", 1).replace("asks ", "ask ", 1).replace("takes ", "take ", 1)
        return evolve(
            first,
            subject=f"api/{api}/authorizer",
            title=f"{len(routes)} routes of api `{api}` {says}",
            details=tuple(sorted(routes)),
            consequences=consequences,
        )
    kind, word = first.subject.partition("/")[0], first.subject.rpartition("/")[2]
    names = sorted(finding.subject.partition("/")[2].removesuffix(f"/{word}") for finding in findings)
    says = "are replaced, since their" if first.rule == "replaced" else "change:"
    return evolve(
        first,
        subject=f"{kind}/{','.join(names)}/{word}",
        title=f"{len(names)} {plural(kind)} {says} `{word}`{' changes' if first.rule == 'replaced' else ''}",
        effect=effect,
        details=(*first.details, several([f"`{name}`" for name in names])),
        consequences=consequences,
    )


def plural(noun: str) -> str:
    """Several of a kind."""
    return f"{noun}es" if noun.endswith("s") else f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def shortened(finding: Finding) -> Finding:
    """A finding with as many effects as a person reads."""
    effects = finding.effect.split("; ")
    return (
        finding
        if len(effects) <= MOST
        else evolve(finding, effect="; ".join([*effects[: MOST - 1], f"and {len(effects) - MOST + 1} more"]))
    )
