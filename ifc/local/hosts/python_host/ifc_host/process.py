"""How a process that was forked from the host becomes a worker."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import select
import signal
import socket
import sys
import threading
import traceback
from typing import Any, NoReturn

from .runtime import Runtime
from .sdk import Sdk
from .slot import Slot

LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


def become_worker(
    specification: dict[str, Any], control: socket.socket, slot: Slot, out: int, err: int, verdict: tuple[str, str] | None, sdk: Sdk
) -> NoReturn:
    """Turns this freshly forked process into a worker; it never returns to the host's loop."""
    try:
        _leave_host(control, out, err)
        _leave_modules()
        worker = Runtime(specification, control, slot)
        if verdict is None and specification.get("concurrency", 10):
            worker.prepare(sdk)
        else:
            worker.verdict = verdict
        worker.serve()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(1)


def _leave_host(control: socket.socket, out: int, err: int) -> None:
    """Leaves the host's descriptors, signals and group behind."""
    parent = os.getppid()
    os.setsid()
    _end_with(parent, control)
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (out, 1), (err, 2)):
        os.dup2(source, target)
    for descriptor in [int(name) for name in os.listdir("/dev/fd")]:
        if descriptor > 2 and descriptor != control.fileno():
            with contextlib.suppress(OSError):
                os.close(descriptor)
    sys.stdin = sys.__stdin__ = open(0, encoding="utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stdout = sys.__stdout__ = open(1, "w", 1, "utf-8", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", 1, "utf-8", "backslashreplace", closefd=False)  # type: ignore[misc]  # noqa: SIM115
    gc.enable()


def _leave_modules() -> None:
    """Forgets the names of the host's modules, so that the function's code may have modules of the same names."""
    top = __name__.split(".")[0]
    for name in [name for name in sys.modules if name.split(".")[0] == top]:
        del sys.modules[name]


def _end_with(parent: int, control: socket.socket) -> None:
    """Sees to it that this process ends with its host."""
    if LIBC is not None:
        LIBC.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(1)
        return

    def watch() -> None:
        poll = select.poll()
        poll.register(control, 0)  # nothing but the end of the other side
        poll.poll()
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()
