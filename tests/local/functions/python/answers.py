"""What a handler may find, return and do; the tests of the Python host and of the pool call these."""

import asyncio
import decimal
import logging
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

LOADED = [os.getpid()]  # grows when the module is executed again, which must not happen


def echo(event, context):
    return event


def describe(event, context):
    left = context.get_remaining_time_in_millis()
    context.log("noted\n")
    return {
        **{name: str(value) for name, value in vars(context).items()},
        "left": left,
        "memory is": type(context.memory_limit_in_mb).__name__,
    }


def client(event, context):
    said = context.client_context
    app = said.client and [said.client.app_title, said.client.installation_id]
    return [said.custom, said.env, app]


def surroundings(event, context):
    return {
        "environment": dict(os.environ),
        "folder": os.getcwd(),
        "path": sys.path,
        "pid": os.getpid(),
        "loaded": LOADED,
        "hour": time.localtime(0).tm_hour,
        "input": sys.stdin.read(),
        "parent": os.getppid(),
    }


def fail(event, context):
    return check(event)


def check(event):
    raise ValueError(f"not {event}")


def pause(event, context):
    time.sleep(event / 1000)
    return "in time"


class Odd(Exception):
    def __str__(self):
        raise RuntimeError("no text")


def odd(event, context):
    raise Odd


def result(event, context):
    loop = []
    loop.append(loop)
    return {
        "a set": {1},
        "bytes": b'{"raw": true}',
        "bytes inside": {"body": b"text"},
        "coroutine": asyncio.sleep(0) if event == "coroutine" else None,
        "decimals": [decimal.Decimal("1.10"), decimal.Decimal("12345678901234567890"), decimal.Decimal("NaN")],
        "a surrogate": "\ud800",
        "itself": loop,
        "not ASCII": "日本",
        "nothing": None,
        "too much": "x" * (6 * 1024 * 1024 + 101),
        "enough": "x" * (6 * 1024 * 1024 + 98),
    }[event]


def end(event, context):
    print("before the end", end="")
    sys.stdout.flush()
    if event == "os._exit":
        os._exit(3)
    if event == "sys.exit":
        sys.exit(4)
    if event == "sys.exit with a text":
        sys.exit("that was it")
    if event == "sys.exit without":
        sys.exit()
    if event == "a signal":
        os.kill(os.getpid(), 9)
    if event == "an interrupt":
        raise KeyboardInterrupt
    return "still here"


def spin(event, context):
    print("round and round")
    while True:
        pass


def block(event, context):
    """Waits where no signal handler of Python's runs."""
    lock = threading.Lock()
    lock.acquire()
    signals = range(1, 32)
    import signal

    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    lock.acquire()


def say(event, context):
    print("one\ntwo")
    print("to stderr", file=sys.stderr)
    subprocess.run(["echo", "from a program"], check=True)
    os.write(2, b"\xff raw\r\n")
    print("日本", end="")


def log(event, context):
    logging.warning("a warning")
    logging.info("not shown")
    logging.getLogger().setLevel(logging.INFO)
    logging.getLogger("mine").info("shown with %s", event)
    logging.getLogger().setLevel(logging.WARNING)


def flood(event, context):
    line = "x" * 1023
    for _ in range(event):
        print(line)
    return event


def wait(event, context):
    """Notes that it runs, waits until it may go on, and notes that it ends."""
    folder = Path(event["folder"])
    with (folder / "log").open("a") as notes:
        notes.write(f"begin {event['name']} {os.getpid()}\n")
    until = time.monotonic() + 15
    while not (folder / "go").exists() and time.monotonic() < until:
        time.sleep(0.002)
    with (folder / "log").open("a") as notes:
        notes.write(f"end {event['name']} {os.getpid()}\n")
    return event["name"]


def leave_running(event, context):
    """Leaves a thread, a daemon thread, a process and a program behind."""
    threading.Thread(target=time.sleep, args=(60,)).start()
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    fork = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,))
    fork.start()
    program = subprocess.Popen(["sleep", "60"])
    return [fork.pid, program.pid]


def break_streams(event, context):
    """What libraries do to the process around them."""
    import socket

    sys.stdout.close()
    socket.setdefaulttimeout(0.000001)
    return "done"
