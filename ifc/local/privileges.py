"""PostgreSQL refuses to run as root. Where ifc runs as root, its PostgreSQL is root only seen from outside."""

from __future__ import annotations

import ctypes
import os
import pwd
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from ifc.local.children import Failed
from ifc.records import record

NEW_USERS = 0x10000000  # CLONE_NEWUSER (linux/sched.h)
INSIDE = 1000  # who root is in there
NOBODY = ("postgres", "nobody")


@record
class Unprivileged:
    """How a process gives up being root: what it does before it becomes its program, and whom folders must belong to (None: as they are)."""

    prepare: Callable[[], None]
    owner: int | None
    said: str = ""


def unprivileged() -> Unprivileged | None:
    """None where this process is not root. Raises Failed where there is nobody to be."""
    if os.geteuid() != 0:
        return None
    # A user namespace first: root's own folders, which nobody else may enter, stay within reach (user_namespaces(7)).
    if sys.platform == "linux" and _allowed():
        return Unprivileged(_renamed, None)
    for name in NOBODY:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Unprivileged(partial(_become, found.pw_uid, found.pw_gid), found.pw_uid, name)
    raise Failed("PostgreSQL does not run as root, and there is no user `postgres` or `nobody`", "run `ifc local` as a user of your own")


def _allowed() -> bool:
    """Whether a process of ours gets a user namespace: containers often forbid it."""
    child = os.fork()
    if child == 0:
        try:
            _renamed()
            os._exit(0)
        except BaseException:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def _renamed() -> None:
    user, group = os.getuid(), os.getgid()
    if ctypes.CDLL(None, use_errno=True).unshare(NEW_USERS) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{INSIDE} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{INSIDE} {group} 1")


def _become(user: int, group: int) -> None:
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
