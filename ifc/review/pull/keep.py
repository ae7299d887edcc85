"""One comment of an app, kept up to date."""

from __future__ import annotations

import time
from collections.abc import Callable

from ifc.review.pull.hosts import Host
from ifc.review.pull.web import Passing, Refused

TRIES = 5
LONGEST = 120  # seconds that are waited at once
CREATED, UPDATED, UNCHANGED, NOT_NEEDED = "created", "updated", "unchanged", "not needed"


def keep(host: Host, body: str, quiet: bool, wait: Callable[[float], None] = time.sleep) -> str:
    """Makes `body` the one comment with its first line; a quiet one only replaces what was said before.

    Whatever fails in passing, all of it is done again from the start, so a comment that was written before its answer was lost is found.
    """
    for number in range(TRIES):
        try:
            return _once(host, body, quiet)
        except Passing as passing:
            pause = 2.0**number if passing.wait is None else passing.wait
            if number == TRIES - 1 or pause > LONGEST:
                raise Refused(str(passing), "run the job again later") from None
            wait(pause)
    raise AssertionError("unreachable")


def _once(host: Host, body: str, quiet: bool) -> str:
    mark = body.partition("\n")[0]
    found = [one for one in host.comments() if one.ours and one.body.lstrip().startswith(mark)]
    if not found:
        if quiet:
            return NOT_NEEDED
        host.create(body)
        return CREATED
    first, *others = found
    for other in others:  # two runs at once have both found none
        host.delete(other.id)
    if _same(first.body, body):
        return UNCHANGED
    try:
        host.edit(first.id, body)
    except Refused as refused:
        if refused.status == 404:  # somebody has deleted it since
            raise Passing("the comment is gone", 0) from None
        raise
    return UPDATED


def _same(one: str, other: str) -> bool:
    return one.replace("\r\n", "\n").strip() == other.strip()
