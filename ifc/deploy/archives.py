"""The archives of an app's code, sent to where CloudFormation takes them from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from threading import Lock

from ifc.build import Built
from ifc.build.progress import Task
from ifc.deploy.artifacts import Bucket

STEP = 1_000_000  # bytes that a bar goes on at once


def sent(
    bucket: Bucket, archives: Iterable[Built], show: Callable[[Built, bool], None], bar: Callable[[str, int], AbstractContextManager[Task]]
) -> dict[str, str]:
    """The keys of all archives by their parameters, once each is in the bucket; `show` is told of each whether it was sent,
    and `bar` shows how far that is.

    A key is a digest of the contents, so what is there under it is the same.
    """
    there: set[str] = set()
    keys = {}
    for archive in archives:
        fresh = archive.key not in there and not bucket.has(archive.key)
        if fresh:
            with bar(f"sending {archive.name}", archive.size // STEP) as task:
                bucket.send(archive.path, archive.key, counting(task))
        there.add(archive.key)
        show(archive, fresh)
        keys[archive.parameter] = archive.key
    return keys


def counting(task: Task) -> Callable[[int], None]:
    """What is told of the bytes of a transfer, by several threads, and steps on for each so many."""
    lock, waiting = Lock(), 0

    def seen(count: int) -> None:
        nonlocal waiting
        with lock:
            waiting += count
            while waiting >= STEP:
                waiting -= STEP
                task.step()

    return seen
