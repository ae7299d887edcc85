"""How the compiler's classes are made: frozen attrs classes, as cheap to define as they can be.

Equality, repr and slots are left out unless they are used: each costs start-up time for every class.
"""

from __future__ import annotations

from typing import Any, TypeVar, dataclass_transform

import attrs

C = TypeVar("C", bound=type)
T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(attrs.field,))
def record(cls: C) -> C:
    """A frozen class whose fields are given by position or by name."""
    made: C = attrs.frozen(eq=False, repr=False, slots=False)(cls)
    return made


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(attrs.field,))
def named(cls: C) -> C:
    """A frozen class whose fields are given by name."""
    made: C = attrs.frozen(eq=False, repr=False, slots=False, kw_only=True)(cls)
    return made


@dataclass_transform(frozen_default=True, eq_default=True, field_specifiers=(attrs.field,))
def compared(cls: C) -> C:
    """A frozen class that is compared by its fields and shows them."""
    made: C = attrs.frozen(slots=True)(cls)
    return made


@dataclass_transform(frozen_default=True, eq_default=True)
def light(cls: C) -> C:
    """As `compared`, for classes of which there are many: defining one costs a hundredth of what attrs takes, and making an instance more."""
    names = tuple(cls.__annotations__)
    defaults = {name: cls.__dict__[name] for name in names if name in cls.__dict__}

    def made(self: Any, *given: Any, **named: Any) -> None:
        self.__dict__.update({**defaults, **dict(zip(names, given, strict=False)), **named})

    def equal(self: Any, other: object) -> bool:
        return other.__class__ is cls and other.__dict__ == self.__dict__

    def hashed(self: Any) -> int:
        return hash((cls, *map(self.__dict__.get, names)))

    def shown(self: Any) -> str:
        return f"{cls.__name__}({', '.join(f'{name}={self.__dict__[name]!r}' for name in names)})"

    for name, method in (("__init__", made), ("__eq__", equal), ("__hash__", hashed), ("__repr__", shown)):
        setattr(cls, name, method)
    return cls


def evolve(instance: T, **changes: Any) -> T:
    """A copy of a record with some fields changed."""
    made: T = attrs.evolve(instance, **changes)  # type: ignore[misc]  # records are attrs classes
    return made
