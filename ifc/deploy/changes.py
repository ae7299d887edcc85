"""What a target itself says that it will do, and has done."""

from __future__ import annotations

from ifc.records import named


@named
class Change:
    """What will be done with one resource."""

    id: str  # its logical id, or its address
    type: str
    action: str  # Add, Modify, Remove, Import or Dynamic
    replacement: str = ""  # True, False or Conditional
    properties: tuple[str, ...] = ()
    because: tuple[str, ...] = ()  # what the properties are changed by: parameters, other resources
    certain: bool = True  # it changes by itself, not only if something that it refers to does


@named
class Doing:
    """What is being done with one resource at this moment."""

    resource: str
    type: str
    words: str
    since: float  # seconds of this machine's monotonic clock: AWS's own clock may differ

    def told(self, time: str) -> str:
        """In words, with how long that takes by now."""
        of = "" if self.resource.startswith(f"{self.type}.") else f" ({self.type})"
        return f"{self.words} {self.resource}{of} for {time}"


@named
class Outcome:
    """What a resource has come to."""

    resource: str
    type: str
    words: str
    seconds: float
    failed: bool = False
