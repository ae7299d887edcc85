"""What every output says in the same words: counts, places, and what becomes of resources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from ifc.review.finding import CREATED, DELETED, REPLACED, UPDATED, Comparison, Consequence, Finding
from ifc.review.formats.display import wrapped
from ifc.review.formats.outcome import NotCompared, Outcome
from ifc.review.risk import Risk
from ifc.review.words import several
from ifc.source import Span

TARGETS = {"cfn": "CloudFormation", "terraform": "Terraform"}
NOTHING = "nothing changes"
NOT_ALL = "no change was found, but not everything could be compared"
WORD = 60  # the longest detail that is taken for a word
NAMED = 3  # of further resources or properties; the rest is counted

Shown = Callable[[str], str]

# What each class is about, for people who meet it for the first time.
MEANING = {
    Risk.DATA: "What is stored is lost: a table, queue, bucket or stream is deleted, replaced or emptied",
    Risk.REPLACED: "A resource is replaced by a new one, or meets one that already has its name: its address, ARN or state are others",
    Risk.WIDER: "A function, or something else with a role, may do more than before",
    Risk.EXPOSED: "More people can reach something: a route without its authorizer, a public bucket, data without encryption",
    Risk.CONTRACT: "What others rely on changes: a route or an arrow is gone, messages arrive in another order or not at all",
    Risk.COST: "It is expected to cost a tenth more each month than before, or still more",
    Risk.BEHAVIOUR: "It runs in another way: timeouts, memory, retries, environment",
    Risk.COSMETIC: "Nothing that runs changes: tags, descriptions, names that nobody uses",
}


def title(outcome: Outcome) -> str:
    """What is compared: the app's name, or else the new side."""
    return outcome.app or outcome.new


def targets(comparison: Comparison) -> str:
    """`CloudFormation and Terraform`."""
    return several([TARGETS.get(one, one) for one in comparison.targets])


def command(outcome: Outcome) -> str:
    """What shows the same in a terminal."""
    from shlex import quote  # only what is cut or printed for others needs it

    return f"ifc diff {quote(outcome.old)} {quote(outcome.new)}"


def number(count: int, noun: str) -> str:
    """`1 change`, `2 changes`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def tally(counts: Iterable[tuple[Risk, int]]) -> str:
    """`1 data loss, 2 wider permissions`."""
    return ", ".join(f"{count} {risk.title}" for risk, count in counts)


def headline(outcome: Outcome) -> str:
    """The outcome in one line."""
    if isinstance(outcome, NotCompared):
        return "could not be compared"
    counts, accepted = outcome.counted(), len(waived(outcome))
    if not counts and not accepted:
        return NOT_ALL if outcome.remarks else NOTHING
    parts = [tally(counts.items())] if counts else []
    return ", ".join([*parts, f"{accepted} accepted in the source"] if accepted else parts)


def counting(comparison: Comparison) -> list[Finding]:
    """The findings that nobody has accepted, the worst first."""
    return [f for f in comparison.findings if f.counts]


def waived(comparison: Comparison) -> list[Finding]:
    """The findings that a line of the source accepts."""
    return [f for f in comparison.findings if not f.counts]


def packed(details: list[str], width: int) -> list[str]:
    """Details that are single words, as actions are, in rows with commas; others as they are."""
    if any(" " in detail or len(detail) > WORD for detail in details):
        return details
    return wrapped(", ".join(details), width) if details else []


def place(span: Span) -> str:
    """`app.ifc:12`."""
    return f"{span.source.path}:{span.line}"


def rows(consequences: Sequence[Consequence], name: Shown, prose: Shown, all: bool = False) -> list[tuple[str, str]]:
    """For each target, what becomes of its resources in one row: the worst in words, the others counted; all of them, if asked for."""
    found = []
    for target in dict.fromkeys(c.target for c in consequences):
        own = [c for c in consequences if c.target == target]
        called = TARGETS.get(target, target)
        found += [(called, fate(c, name, prose)) for c in own] if all else [(called, _summary(own, name, prose))]
    return found


def fate(consequence: Consequence, name: Shown, prose: Shown) -> str:
    """What becomes of one resource."""
    words = f"{_called(consequence, name)} {_verb(consequence, name)}"
    if consequence.remark:
        return f"{words}; {prose(consequence.remark)}"
    return f"{words}; the old one is left behind" if consequence.kept else words


def in_place(finding: Finding) -> bool:
    """Whether everything that follows from it is made or changed, and nothing goes."""
    return all(c.action in (CREATED, UPDATED) and not c.remark for c in finding.consequences)


def _summary(own: Sequence[Consequence], name: Shown, prose: Shown) -> str:
    heavy = [c for c in own if c.action in (REPLACED, DELETED)]
    first = (heavy or own)[0]
    parts = [fate(first, name, prose)]
    for action in (DELETED, REPLACED):
        others = [name(c.resource) for c in heavy if c is not first and c.action == action]
        if others:
            parts.append(f"also {action}: {_some(others)}")
    derived = sum(c is not first and c not in heavy for c in own)
    if derived:
        parts.append(number(derived, "derived change"))
    return "; ".join(parts[:-1]) + f"; and {parts[-1]}" if len(parts) > 1 else parts[0]


def _called(consequence: Consequence, name: Shown) -> str:
    if consequence.resource.startswith(f"{consequence.type}."):  # an address of Terraform's says the type
        return name(consequence.resource)
    return f"{name(consequence.resource)} ({name(consequence.type)})"


def _verb(consequence: Consequence, name: Shown) -> str:
    because = several(_few([name(p) for p in consequence.because]))
    changed = several(_few([name(p) for p in consequence.properties]))
    words = {
        REPLACED: "is replaced" + (f" because of {because}" if because else ""),
        DELETED: "is deleted",
        CREATED: "is created",
        UPDATED: "is updated" + (f" in {changed}" if changed else ""),
    }
    if consequence.action == DELETED and consequence.kept and not consequence.remark:
        return "is no longer managed"
    return words.get(consequence.action, consequence.action)


def _few(words: list[str]) -> list[str]:
    return words if len(words) <= NAMED + 1 else [*words[:NAMED], f"{len(words) - NAMED} more"]


def _some(words: list[str]) -> str:
    return several(_few(words))
