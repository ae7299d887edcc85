"""What a review finds: one change of the app in its own words, and what follows from it for each target."""

from __future__ import annotations

from ifc.records import named
from ifc.review.risk import Risk
from ifc.source import Span

CREATED, UPDATED, REPLACED, DELETED = "created", "updated", "replaced", "deleted"


@named
class Consequence:
    """What a change does to one resource of a target."""

    target: str  # "cfn" or "terraform"
    resource: str  # its logical id or its address
    type: str  # as the target calls it
    action: str  # one of the four above
    properties: tuple[str, ...] = ()  # that change, as the target spells them
    because: tuple[str, ...] = ()  # of those, what makes it a replacement
    kept: bool = False  # what is deleted or replaced is left behind
    remark: str = ""  # what else the target does, as a clause: "the plan fails as long as prevent_destroy stands"


@named
class Waiver:
    """A line of the source that accepts a finding."""

    reason: str
    until: str | None = None  # ISO date, inclusive
    span: Span
    expired: bool = False


@named
class Finding:
    """One change.

    `subject` is the path of what changed, the same in every run: `queue/Shipments/visibility`, `function/report/permissions`,
    `route/Public/DELETE /orders/{id}`, `wire/Orders.stream -> bill`.
    """

    risk: Risk
    rule: str  # what sort of change it is: `replaced`, `permission-widened`; with the subject it makes the id
    subject: str
    title: str  # one sentence without a full stop, names in backticks
    effect: str = ""  # what follows from it for the app, one sentence without a full stop
    before: str | None = None  # as a person would write it, None where there was nothing
    after: str | None = None
    help: str = ""  # what to write or to do
    old: Span | None = None  # where it stands, in the sources that are compared
    new: Span | None = None
    details: tuple[str, ...] = ()  # further lines of what changed, in order
    consequences: tuple[Consequence, ...] = ()
    waiver: Waiver | None = None

    @property
    def id(self) -> str:
        """What it is called wherever findings are kept: the same for the same change, whatever else changes."""
        from hashlib import sha256  # a comparison without findings needs none

        return f"{self.rule}-{sha256(f'{self.rule} {self.subject}'.encode(errors='surrogatepass')).hexdigest()[:10]}"

    @property
    def counts(self) -> bool:
        """Whether `--fail-on` looks at it."""
        return self.waiver is None or self.waiver.expired


@named
class Comparison:
    """The result of one comparison: its findings in order, and what could not be compared."""

    old: str  # what the sides are called: a path, or a revision and a path
    new: str
    targets: tuple[str, ...]  # whose consequences are known
    findings: tuple[Finding, ...] = ()
    remarks: tuple[str, ...] = ()  # sentences about what was left out or read only in part
    app: str = ""

    def counted(self) -> dict[Risk, int]:
        """How many findings each class has, the waived left out; classes without any are left out too."""
        found: dict[Risk, int] = {}
        for finding in self.findings:
            if finding.counts:
                found[finding.risk] = found.get(finding.risk, 0) + 1
        return dict(sorted(found.items()))


def ordered(findings: list[Finding]) -> tuple[Finding, ...]:
    """Findings by risk, then by subject and rule."""
    return tuple(sorted(findings, key=lambda f: (f.risk, f.subject, f.rule, f.title)))


__all__ = [
    "CREATED",
    "DELETED",
    "REPLACED",
    "UPDATED",
    "Comparison",
    "Consequence",
    "Finding",
    "Waiver",
    "ordered",
]
