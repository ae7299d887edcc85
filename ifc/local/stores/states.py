"""Objects of moto with their bytes in files of ours, and what else moto keeps of them, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from moto.s3.models import FakeAcl, FakeGrant, FakeGrantee, FakeKey, get_canned_acl

# What moto keeps of an object besides its bytes, its names and its times: the attribute, and what it is when nobody gives it.
ATTRIBUTES: tuple[tuple[str, Any], ...] = (
    ("_storage_class", "STANDARD"),
    ("website_redirect_location", None),
    ("checksum_algorithm", None),
    ("checksum_value", None),
    ("checksum_type", None),
    ("checksum_parts", None),
    ("encryption", None),
    ("kms_key_id", None),
    ("bucket_key_enabled", None),
    ("lock_mode", None),
    ("lock_legal_status", None),
    ("lock_until", None),
    ("part_sizes", None),  # ours
)
PRIVATE = get_canned_acl("private")
_EPOCH = datetime(1970, 1, 1)


class StoredKey(FakeKey):  # type: ignore[misc]  # moto is not checked
    """An object whose bytes are in a file of ours."""

    part_sizes: list[int] | None = None  # of one that was uploaded in parts

    def __deepcopy__(self, memo: dict[int, Any]) -> StoredKey:
        """A copy that reads the same file: to list versions moto copies each with all its bytes."""
        made: StoredKey = object.__new__(StoredKey)
        made.__dict__.update(self.__dict__)
        return made

    def dispose(self, garbage: bool = False) -> None:
        """Nothing is held."""
        self.disposed = True

    def __del__(self) -> None:
        """Nothing is held."""

    @property
    def file(self) -> str:
        """The name of its content."""
        buffer: Any = self._value_buffer
        return str(buffer.name)


def micros(at: datetime) -> int:
    """Microseconds since the epoch, of moto's times in UTC without a zone."""
    return (at.replace(tzinfo=None) - _EPOCH) // timedelta(microseconds=1)


def moment(micros: int) -> datetime:
    """moto's time of so many microseconds."""
    return _EPOCH + timedelta(microseconds=micros)


def grants(acl: FakeAcl) -> list[dict[str, Any]]:
    """An access control list as JSON."""
    return [
        {"permissions": list(grant.permissions), "grantees": [{"id": g.id, "uri": g.uri, "name": g.display_name} for g in grant.grantees]}
        for grant in acl.grants
    ]


def acl(grants: Sequence[Mapping[str, Any]]) -> FakeAcl:
    """An access control list from JSON."""
    return FakeAcl(
        [FakeGrant([FakeGrantee(g["id"], g["uri"], g["name"]) for g in grant["grantees"]], list(grant["permissions"])) for grant in grants]
    )
