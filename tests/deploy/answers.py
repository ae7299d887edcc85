"""The deploying commands, run in this process against answers that are made up."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

from ifc.cli import main
from ifc.deploy import account, changeset, drift, events, stack
from tests.e2e import faults
from tests.e2e.deploying import Said
from tests.e2e.faults import Proxy

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
SHOP = 'app shop { region "eu-west-1" }\n\nqueue Orders\n'
ONCE = {"mode": "standard", "total_max_attempts": 1}


@contextlib.contextmanager
def aws(endpoint: str, **more: str) -> Iterator[None]:
    """An environment in which AWS is at an endpoint, asked once and without a pause; nothing of this machine's settings counts."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    own |= {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "none",
        "AWS_SHARED_CREDENTIALS_FILE": "none",
    }
    before = signal.getsignal(signal.SIGTERM)
    with (
        mock.patch.dict(os.environ, own | more, clear=True),
        mock.patch.object(account, "RETRIES", ONCE),
        mock.patch.object(account, "FIRST", ONCE),
        mock.patch.object(changeset, "PAUSE", 0),
        mock.patch.object(drift, "PAUSE", 0),
        mock.patch.object(events, "PAUSE", 0),
        mock.patch.object(stack, "PAUSE", 0),
    ):
        yield
    signal.signal(signal.SIGTERM, before)


def run(folder: Path, source: str, prepare: Callable[[Proxy], object], *words: str, **environment: str) -> tuple[Said, Proxy]:
    """What a command says of an app, and what it asked, where AWS answers as prepared: the caller is known, the rest is not."""
    (folder / "app.ifc").write_text(source, encoding="utf-8")
    out, errors = io.StringIO(), io.StringIO()
    with faults.proxy() as answering:
        prepare(answering)
        answering.say("GetCallerIdentity", faults.caller())
        here = aws(answering.endpoint, **(environment or CREDENTIALS)), contextlib.chdir(folder)
        with here[0], here[1], contextlib.redirect_stderr(errors), contextlib.redirect_stdout(out):
            code = main([words[0], "app.ifc", *words[1:]])
    gc.enable()  # a command switches it off, since it is soon over
    return Said(code, out.getvalue(), errors.getvalue()), answering
