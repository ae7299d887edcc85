"""The blocks of a configuration: where each goes, and what stands in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ifc.diagnostics import Report
from ifc.model.app import Overlay
from ifc.model.types import laid_over, taken_out
from ifc.plan import Block, Placed, Plan
from ifc.records import named
from ifc.targets.terraform.values import Values
from ifc.values import Commas, Param, Value, wholes


@named
class Written:
    """A block with its place in the configuration."""

    placed: Placed
    block: Block
    label: str
    main: bool

    @property
    def address(self) -> str:
        """What refers to it."""
        return f"{'data.' if self.block.data else ''}{self.block.type}.{self.label}"


class Blocks:
    """Every block of a plan, in order; `content` writes one."""

    def __init__(self, plan: Plan, values: Values, report: Report) -> None:
        self.plan, self.values, self.report = plan, values, report
        self.contents: dict[str, dict[str, Any]] = {}  # what was written, by address
        self.tags = {"app": plan.app.name, **plan.app.tags}
        # What only the provider can find out can't be one of its own settings, so those tags are on each resource.
        self.late_tags = {
            key for key, value in self.tags.items() if not all(isinstance(part, str | Param | Commas) for part in wholes(value))
        }
        self.written = list(self.placing())

    # --- where they go ---

    def placing(self) -> Iterator[Written]:
        """Every block and where it goes; what several resources share comes once."""
        taken: dict[str, Written] = {}
        for placed in self.plan.placed:
            blocks = placed.resource.terraform()
            self.absent(placed, [block.type for block in blocks if not block.data and not block.suffix])
            for block in blocks:
                label = block.label or self.values.label(placed.resource.id, block.suffix)
                found = Written(
                    placed=placed,
                    block=block,
                    label=label,
                    main=not block.data and block.type == placed.resource.terraform_type and not block.suffix,
                )
                before = taken.setdefault(found.address, found)
                if before is found:
                    yield found
                elif block.label is None or repr(block.content) != repr(before.block.content):
                    self.collision(before, found)

    def absent(self, placed: Placed, types: list[str]) -> None:
        """Reports what the user laid over a block that a resource does not become."""
        for overlay in placed.overlays:
            if overlay.target == "terraform" and overlay.type and overlay.type not in types:
                self.report.error(
                    "IFC625",
                    f"`{placed.owner}` becomes no `{overlay.type}` in Terraform",
                    overlay.span,
                    "nothing to lay it over",
                    f'there is {", ".join(f"`{type}`" for type in dict.fromkeys(types))}; for a part write `terraform PART "type" {{ … }}`',
                )

    def collision(self, one: Written, other: Written) -> None:
        """Reports two blocks that would have one address."""
        owners = sorted({one.placed.owner, other.placed.owner})
        self.report.error(
            "IFC602",
            f"`{owners[0]}` and `{owners[-1]}` both become `{one.address}`"
            if owners[1:]
            else f"two parts of `{owners[0]}` both become `{one.address}`",
            self.values.span(owners[-1]),
            "this one",
            "Terraform's names are written in small letters, so let the names differ in more than their case",
        )

    # --- what stands in one ---

    def content(self, written: Written) -> dict[str, Any]:
        """A block as Terraform wants it, with what the user laid over it."""
        resource, block = written.placed.resource, written.block
        self.values.needs[written.address] = set()
        content: dict[str, Any] = {}
        for name, value in block.content.items():
            if value is not None:
                self.values.at(written.address, f"{written.address}.{name}")
                content[name] = self.values.value(value)
        if not resource.raw:
            self.single_values(written.address, block.content)
        content |= {name: value for name, value in (("tags", self.tags_of(written)), ("lifecycle", self.lifecycle(written))) if value}
        return self.overlaid(written, content)

    def tags_of(self, written: Written) -> dict[str, Any]:
        """The tags of a block that are not the provider's."""
        resource = written.placed.resource
        tags = {**{key: self.tags[key] for key in self.late_tags}, **resource.tags}
        if not written.main or not tags or not (self.takes_tags(written) if resource.raw else resource.tagged):
            return {}
        return {key: self.values.value(tags[key]) for key in sorted(tags)}

    @staticmethod
    def lifecycle(written: Written) -> dict[str, Any]:
        """How a block is replaced, whether a plan may destroy it, and what of it a plan leaves alone."""
        found = {
            "create_before_destroy": written.block.replaced_before,
            "ignore_changes": list(written.block.ignored),
            "prevent_destroy": written.main and (written.placed.resource.keep or written.placed.resource.shared),
        }
        return {key: value for key, value in found.items() if value}

    def overlaid(self, written: Written, content: dict[str, Any]) -> dict[str, Any]:
        """The content with what the user laid over it, which is held against the provider's arguments."""
        overlays, type, raw = self.laid(written), written.block.type, written.placed.resource.raw
        if overlays:
            from ifc.targets.terraform.arguments import check_names, check_raw  # only what is written in Terraform's words needs them

            for overlay in overlays:
                check_names(type, overlay.content, overlay, self.report)
                content = taken_out(laid_over(content, self.values.value(overlay.content)), overlay.content)
            if raw:
                check_raw(type, content, overlays[0].span, self.report)
        elif raw:
            self.report.error(
                "IFC347",
                f"nothing says what `{written.placed.owner}` is for Terraform",
                self.values.span(written.placed.owner),
                "no type",
                'write `terraform "aws_type" { … }` with its type and arguments',
            )
        return content

    def takes_tags(self, written: Written) -> bool:
        """Whether the type of a raw resource has tags; reported where it has none and is given some."""
        from ifc.targets.terraform.arguments import arguments

        known = arguments(written.block.type)
        if known is None:
            return bool(written.placed.resource.tags)
        if "tags" in known:
            return True
        if not written.placed.resource.tags:
            return False
        span = self.plan.app.resources[written.placed.owner].place("tags")
        self.report.error("IFC349", f"{written.block.type} has no tags", span, "can't be applied", "take them out")
        return False

    def laid(self, written: Written) -> list[Overlay]:
        """What the user laid over a block: over the one that is named, else over the one that stands for the resource."""
        overlays = [o for o in written.placed.overlays if o.target == "terraform"]
        return [
            o for o in overlays if (o.type or written.placed.resource.terraform_type) == written.block.type and not written.block.suffix
        ]

    def single_values(self, address: str, content: Mapping[str, Value]) -> None:
        """Notes list params that stand where one value is wanted: what takes several has a list there."""
        for part in content.values():
            if self.values.is_list(part):
                self.values.wrong_lists.setdefault(part.name, address)
            for inner in part if isinstance(part, list | tuple) else (part,):
                if isinstance(inner, Mapping):
                    self.single_values(address, inner)
