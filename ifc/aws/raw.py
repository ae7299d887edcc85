"""Resources of any type, as the user wrote them."""

from __future__ import annotations

from collections.abc import Mapping

from ifc.plan import Block, Resource, planned
from ifc.values import Value


@planned
class Raw(Resource):
    """A resource whose type and properties are the user's: what is laid over it is all there is.

    Each target prints its own properties, so the type of the other target means nothing to it.
    """

    raw = True
    terraform_file = "resources"

    type: str  # CloudFormation's
    other_type: str  # Terraform's; "" where the user gives none
    kept: bool | None = None  # None: whatever the target does by itself
    spelled: Mapping[str, str]  # Terraform's names of attributes, where they are not CloudFormation's in small letters

    @property
    def cfn_type(self) -> str:  # type: ignore[override]  # each raw resource has its own
        return self.type

    @property
    def stateful(self) -> bool:  # type: ignore[override]  # only where the user asks for it
        return self.kept is not None

    @property
    def attributes(self) -> Mapping[str, tuple[str | None, str]]:  # type: ignore[override]
        return {"id": (None, "id"), **{name: (None if name == "id" else name, other) for name, other in self.spelled.items()}}

    @property
    def terraform_type(self) -> str:  # type: ignore[override]
        return self.other_type

    def cfn(self) -> dict[str, Value]:
        return {}

    def terraform(self) -> tuple[Block, ...]:
        return (self.block(),)
