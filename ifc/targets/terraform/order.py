"""What must be there before a block, where its references don't say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ifc.diagnostics import Report
from ifc.plan import Plan
from ifc.targets.circles import circles
from ifc.targets.terraform.blocks import Written
from ifc.targets.terraform.values import Values

POLICIES = ("aws_iam_role_policy", "aws_iam_role_policy_attachment")


def depends_on(plan: Plan, written: Sequence[Written], values: Values, report: Report) -> dict[str, list[str]]:
    """The `depends_on` of each block that needs one, by address; a circle is reported."""
    wanted = _wanted(written, values)
    every = {w.address: values.needs[w.address] | wanted.get(w.address, set()) for w in written}
    circles(plan, every, {w.address: w.placed.owner for w in written}, report)
    reach = _Reach(values.needs, wanted)
    unsaid = {address: sorted(reach.unsaid(address)) for address in wanted}
    return {address: needed for address, needed in unsaid.items() if needed}


def _wanted(written: Sequence[Written], values: Values) -> dict[str, set[str]]:
    """What each block must wait for, said by references or not."""
    ends = _ends(written, values.needs)
    policies: dict[str, list[str]] = {}  # of a role, by its address
    for one in written:
        if one.block.type in POLICIES:
            policies.setdefault(f"aws_iam_role.{values.labels[one.placed.resource.id]}", []).append(one.address)
    found: dict[str, set[str]] = {}
    for one in written:
        resource, block = one.placed.resource, one.block
        if block.data:
            continue
        after = {a for part in block.after for a in (ends[part.id] if not part.type else [values.address(part)])}
        # A bucket's own order is that of its notification, which is a block of its own.
        if one.main and (resource.raw or resource.terraform_type != "aws_s3_bucket"):
            after |= {a for id in resource.after for a in ends.get(id, ())}
        for role in values.needs[one.address] & policies.keys():
            # What is made with a role is tried out at once, so the role's permissions come first.
            if resource.raw or resource.terraform_type != "aws_iam_role" or values.labels[resource.id] != role.partition(".")[2]:
                after |= set(policies[role])
        after.discard(one.address)
        if after:
            found[one.address] = after
    return found


def _ends(written: Sequence[Written], needs: Mapping[str, set[str]]) -> dict[str, list[str]]:
    """The blocks of each resource that no other block of it refers to: who waits for them waits for all of it."""
    found: dict[str, list[str]] = {}
    for one in written:
        found.setdefault(one.placed.resource.id, []).append(one.address)
    for id, addresses in found.items():
        inner = {need for address in addresses for need in needs[address]}
        found[id] = [a for a in addresses if a not in inner and not a.startswith("data.")]
    return found


class _Reach:
    """What each block waits for through others; each block's is found once, since a chain of them would ask for it at every link."""

    def __init__(self, needs: Mapping[str, set[str]], wanted: Mapping[str, set[str]]) -> None:
        self.needs, self.wanted = needs, wanted
        self.known: dict[str, set[str]] = {}

    def unsaid(self, address: str) -> set[str]:
        """What a block must wait for and would not by what it refers to, directly or through others."""
        after = self.wanted[address]
        starts = set(self.needs[address])
        if len(after) > 1:  # one of them may wait for another
            starts |= {one for other in after for one in self.next(other)}
        return {other for other in after if not any(other in self.reached(start) for start in starts)}

    def reached(self, start: str) -> set[str]:
        """A block, and all that it waits for."""
        found = self.known.get(start)
        if found is None:
            found, waiting = set(), [start]
            while waiting:
                one = waiting.pop()
                if one not in found:
                    found.add(one)
                    waiting += self.next(one)
            self.known[start] = found
        return found

    def next(self, address: str) -> set[str]:
        """What a block waits for itself."""
        return self.needs.get(address, set()) | self.wanted.get(address, set())
