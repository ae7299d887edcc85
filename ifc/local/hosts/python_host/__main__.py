"""Runs Python functions as Lambda does: `python python_host --commands=FD --events=FD`, told what to run by JSON lines.

This process, the host, never runs a handler. It has one thread, which accepts the connections to the functions' sockets
and hands each to a worker: a process forked from it that has loaded the handler once and takes one call after the other.
The SDK is imported before the first fork, so workers share its memory and start within milliseconds.

The host keeps its own copy of each connection. So a call is answered whatever becomes of its worker: one that runs over
its timeout is killed, in the midst of C code too, and the host says so (`Sandbox.Timedout`); a worker that dies, by
`os._exit`, a signal or a crash, is `Runtime.ExitError`. Only when it dies while it writes its answer is the connection
dropped. A connection that a dying worker has not begun with goes to another one.

Workers end with the host: by PR_SET_PDEATHSIG on Linux, elsewhere by watching their end of a socket. Each leads a
process group, which is killed with it; only when the host itself is killed (kill -9) may programs that a handler
started outlive their worker.

Nothing but the standard library, in Python 3.8 or later, is needed; boto3 is used when it is there. Lambda's texts and
rules are those of its open runtime client (aws-lambda-python-runtime-interface-client: bootstrap.py,
lambda_context.py, lambda_runtime_marshaller.py) and of the Lambda developer guide.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import sys

from ifc_host.host import Host  # type: ignore[import-not-found]  # this folder is where Python looks first when it runs it


def main() -> None:
    """Runs the host. The two ends of the protocol leave 0, 1 and 2 to whatever else reads and writes there."""
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    commands, events = int(given["--commands"]), int(given["--events"])
    for descriptor in (commands, events):
        os.set_inheritable(descriptor, False)
    del sys.argv[1:]
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if os.path.abspath(path or ".") != here]
    os.environ.update({"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull})
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard if 0 < hard < 65536 else 65536, hard))
    gc.disable()  # a collection would touch, and so copy, what workers share
    gc.freeze()
    Host(commands, events).run()


if __name__ == "__main__":
    main()
