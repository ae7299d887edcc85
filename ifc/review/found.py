"""The findings of one review while it goes on: each change is one of them, and what follows from it is folded into it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from ifc.records import evolve
from ifc.review.finding import CREATED, DELETED, REPLACED, UPDATED, Consequence, Finding
from ifc.review.risk import Risk

Resource = tuple[str, str]  # a target, and what it calls one
ACTIONS = (REPLACED, DELETED, CREATED, UPDATED)  # the gravest first


class Found:
    """Findings, by the paths that they are about, by what they tie together, and by the resources that they touch."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []
        self._more: dict[int, dict[Resource, Consequence]] = {}  # what was folded into a finding since it was last asked for
        self._exact: dict[tuple[str, str], int] = {}  # by rule and subject, which make the id
        self._paths: dict[str, int] = {}  # of a subject, and of each beginning of one
        self._ties: dict[Hashable, int] = {}
        self._resources: dict[Resource, int] = {}  # by target and what it is called there
        self._gone: set[Resource] = set()  # of those, what is made, made anew or deleted

    @property
    def findings(self) -> list[Finding]:
        """All findings, in the order in which they were found."""
        for at, more in self._more.items():
            self._findings[at] = evolve(self._findings[at], consequences=tuple(more.values()))
        self._more.clear()
        return self._findings

    @findings.setter
    def findings(self, findings: list[Finding]) -> None:
        self._more.clear()
        self._findings = findings

    def say(self, finding: Finding, *ties: Hashable) -> int:
        """Adds a finding, or folds it into the one of its id; returns where it is."""
        at = self._exact.get((finding.rule, finding.subject))
        if at is not None:
            more = [line for line in finding.details if line not in self._findings[at].details]
            self.fold(at, finding.consequences, finding.risk, finding.effect, more)
        else:
            at = len(self._findings)
            self._findings.append(evolve(finding, consequences=()))
            self._exact[finding.rule, finding.subject] = at
            for path in beginnings(finding.subject):
                self._paths.setdefault(path, at)
            self.fold(at, finding.consequences)
        self.tie(at, *ties)
        return at

    def tie(self, at: int, *ties: Hashable) -> None:
        """Notes what a finding ties together, such as both ends of an arrow."""
        for tie in ties:
            self._ties.setdefault(tie, at)

    def alias(self, at: int, path: str) -> None:
        """Notes another path that a finding is about."""
        self._paths.setdefault(path, at)

    def about(self, path: str) -> int | None:
        """The first finding about something, or about a part of it."""
        return self._paths.get(path)

    def tied(self, tie: Hashable) -> int | None:
        """The first finding that ties something together."""
        return self._ties.get(tie)

    def touching(self, target: str, resource: str) -> int | None:
        """The first finding that does something to a resource."""
        return self._resources.get((target, resource))

    def goes(self, target: str, resource: str) -> bool:
        """Whether a finding says that a resource is made, made anew or deleted."""
        return (target, resource) in self._gone

    def fold(
        self, at: int, consequences: Iterable[Consequence] = (), risk: Risk | None = None, effect: str = "", details: Iterable[str] = ()
    ) -> None:
        """Adds what follows from a change to its finding, which is as bad as the worst of it; the worst effect comes first."""
        old, added = self._findings[at], tuple(consequences)
        if risk is not None or effect or details:
            worse = risk is not None and risk < old.risk
            effects = [effect, old.effect] if worse else [old.effect, effect]
            self._findings[at] = evolve(
                old,
                risk=min(old.risk, risk) if risk is not None else old.risk,
                effect="; ".join(dict.fromkeys(clause for one in effects for clause in one.split("; ") if clause)),
                details=(*old.details, *details),
            )
        if added:
            if at not in self._more:
                self._more[at] = {(one.target, one.resource): one for one in old.consequences}
            found = self._more[at]
            for one in added:
                before = found.get((one.target, one.resource))
                found[one.target, one.resource] = one if before is None else together(before, one)
                self._resources.setdefault((one.target, one.resource), at)
                if one.action != UPDATED:
                    self._gone.add((one.target, one.resource))

    def replace(self, at: int, **changes: Any) -> None:
        """Says something of a finding otherwise."""
        self._findings[at] = evolve(self._findings[at], **changes)


def merged(consequences: Iterable[Consequence]) -> tuple[Consequence, ...]:
    """Consequences with one for each resource: the gravest action, and all that it is about."""
    found: dict[tuple[str, str], Consequence] = {}
    for one in consequences:
        before = found.get((one.target, one.resource))
        found[one.target, one.resource] = one if before is None else together(before, one)
    return tuple(found.values())


def together(one: Consequence, other: Consequence) -> Consequence:
    """What becomes of one resource by two changes."""
    return evolve(
        one,
        action=REPLACED if {one.action, other.action} == {CREATED, DELETED} else min(one.action, other.action, key=ACTIONS.index),
        properties=tuple(sorted({*one.properties, *other.properties})),
        because=tuple(dict.fromkeys((*one.because, *other.because))),
        kept=one.kept or other.kept,
        remark="; ".join(dict.fromkeys(remark for remark in (*one.remark.split("; "), *other.remark.split("; ")) if remark)),
    )


def beginnings(subject: str) -> Iterable[str]:
    """A path, and each beginning of it that ends before a `/`."""
    yield subject
    cut = subject.rfind("/")
    while cut > 0:
        yield subject[:cut]
        cut = subject.rfind("/", 0, cut)
