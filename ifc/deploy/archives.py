"""The archives of an app's code, sent to where CloudFormation takes them from."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ifc.build import Built
from ifc.deploy.artifacts import Bucket


def sent(bucket: Bucket, archives: Iterable[Built], show: Callable[[Built, bool], None]) -> dict[str, str]:
    """The keys of all archives by their parameters, once each is in the bucket; `show` is told of each whether it was sent.

    A key is a digest of the contents, so what is there under it is the same.
    """
    there: set[str] = set()
    keys = {}
    for archive in archives:
        fresh = archive.key not in there and not bucket.has(archive.key)
        if fresh:
            bucket.send(archive.path, archive.key)
        there.add(archive.key)
        show(archive, fresh)
        keys[archive.parameter] = archive.key
    return keys
