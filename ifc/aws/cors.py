"""What pages of other origins may do, as HTTP APIs and functions' URLs spell it."""

from __future__ import annotations

from ifc.plan import planned
from ifc.values import Value


@planned
class Cors:
    """The answer to a browser's question whether a page of another origin may call."""

    origins: tuple[Value, ...]
    methods: tuple[str, ...]
    headers: tuple[Value, ...] = ()
    expose: tuple[Value, ...] = ()
    credentials: bool = False
    max_age: int | None = None  # seconds

    def cfn(self) -> dict[str, Value]:
        """Its CloudFormation properties."""
        return {
            "AllowOrigins": list(self.origins),
            "AllowMethods": list(self.methods),
            "AllowHeaders": list(self.headers) or None,
            "ExposeHeaders": list(self.expose) or None,
            "AllowCredentials": True if self.credentials else None,
            "MaxAge": self.max_age,
        }

    def terraform(self) -> dict[str, Value]:
        """Its Terraform arguments."""
        return {
            "allow_origins": list(self.origins),
            "allow_methods": list(self.methods),
            "allow_headers": list(self.headers) or None,
            "expose_headers": list(self.expose) or None,
            "allow_credentials": True if self.credentials else None,
            "max_age": self.max_age,
        }
