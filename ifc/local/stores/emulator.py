"""moto inside this process: what it must not load or keep, and requests to it without a server between.

Everything that we change about moto is here or in the classes of tables.py, buckets.py that stand in for its own; nothing on disk is
touched.
"""

from __future__ import annotations

import contextlib
import decimal
import functools
import io
import os
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.sax.saxutils import escape

from ifc.records import record

SETTINGS = {
    "MOTO_ALLOW_NONEXISTENT_REGION": "true",  # regions newer than moto
    "MOTO_DISABLE_GLOBAL_CORS": "true",  # a bucket's own rules count
    "S3_IGNORE_SUBDOMAIN_BUCKETNAME": "true",  # the name is in the path when moto sees the request
    "MOTO_S3_DEFAULT_KEY_BUFFER_SIZE": str(1 << 20),  # larger parts of uploads wait in files
    "AWS_EC2_METADATA_DISABLED": "true",
}


@record
class Answer:
    """What moto answered."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


def failed(status: int, code: str, message: str, **more: str) -> Answer:
    """An error of S3."""
    text = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in {"Code": code, "Message": message, **more}.items())
    return Answer(status, [("Content-Type", "application/xml")], f"<Error>{text}</Error>".encode())


def prepare(account: str) -> None:
    """Makes moto ready; to be called before anything of it is imported."""
    os.environ.update(SETTINGS)
    os.environ["MOTO_ACCOUNT_ID"] = account
    from moto.core import common_models, responses

    # moto keeps every object that it ever made in lists for its dashboard: each write would cost memory for good.
    common_models.BaseModel.__new__ = lambda cls, *args, **more: object.__new__(cls)
    # It looks at all members of a handler's class again for each request: a fifth of the time of a small one.
    names = vars(responses)
    names["method_names_from_class"] = functools.cache(names["method_names_from_class"])
    # DynamoDB counts with 38 digits (developer guide, Supported data types); Python's default is 28.
    decimal.getcontext().prec = 38


@contextlib.contextmanager
def without_ec2() -> Iterator[None]:
    """Lets moto's SSM be imported without EC2, which it needs for commands to machines alone and which takes 100 MB; it is loaded when
    it is used."""
    if "moto.ec2" in sys.modules:
        yield
        return

    class Later(dict[str, Any]):
        def __missing__(self, account: str) -> Any:
            from moto.ec2.models import ec2_backends

            return ec2_backends[account]

    stand_in = types.ModuleType("moto.ec2")
    stand_in.ec2_backends = Later()  # type: ignore[attr-defined]
    sys.modules["moto.ec2"] = stand_in
    try:
        yield
    finally:
        del sys.modules["moto.ec2"]


def environ(method: str, host: str, path: str, headers: Iterable[tuple[str, str]], body: bytes) -> dict[str, Any]:
    """A request as WSGI has it; the names of S3's metadata keep their underscores, where moto looks for them."""
    raw, _, query = path.partition("?")
    found: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(raw).decode("latin-1"),
        "QUERY_STRING": query,
        "RAW_URI": path,
        "REQUEST_URI": path,
        "SERVER_NAME": host.partition(":")[0],
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    names: dict[str, str] = {}
    for name, value in headers:
        lower = name.lower()
        if lower in ("host", "content-length", "transfer-encoding", "connection", "expect"):
            continue
        key = "CONTENT_TYPE" if lower == "content-type" else "HTTP_" + lower.upper().replace("-", "_")
        found[key] = f"{found[key]},{value}" if key in found and lower != "content-type" else value
        if "_" in lower and lower.startswith("x-amz-meta-"):
            names[key] = name
    return {**found, "HTTP_HOST": host, "CONTENT_LENGTH": str(len(body)), "moto.preserved_header_names": names}


def direct(dispatch: Callable[[Any, str, Any], Any], variables: dict[str, Any], body: bytes) -> Answer:
    """The answer of one of moto's handlers."""
    from moto.core.request import Request
    from werkzeug.datastructures import ImmutableMultiDict
    from werkzeug.exceptions import HTTPException

    request = Request(variables)
    if not (variables["REQUEST_METHOD"] == "POST" and variables.get("CONTENT_TYPE", "").startswith("multipart/form-data")):
        # Else a body is taken apart when its Content-Type is that of a form, also an object's or JSON.
        vars(request).update(data=body, form=ImmutableMultiDict(), files=ImmutableMultiDict())
    try:
        status, headers, content = dispatch(request, request.raw_url, request.headers)
    except HTTPException as refused:
        status, headers, content = refused.code, dict(refused.get_headers()), refused.get_body()
    return Answer(int(status), _pairs(headers), content.encode() if isinstance(content, str) else bytes(content or b""))


def _pairs(headers: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Headers, each name once: what comes later counts, as in moto's server."""
    found = {str(name).lower(): (str(name), str(value)) for name, value in headers.items() if value is not None}
    return [pair for name, pair in found.items() if name not in ("status", "date", "server")]


@functools.cache
def _application() -> Any:
    """moto's server for all services, which brings Flask with it."""
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    return DomainDispatcherApplication(create_backend_app)


def served(variables: dict[str, Any]) -> Answer:
    """The answer of moto's server, which finds the service by itself."""
    given: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], problem: Any = None) -> Callable[[bytes], None]:
        given[:] = [int(status.partition(" ")[0]), headers]
        return lambda data: None

    # The dashboard of moto's server answers on these paths; a store has none.
    if variables["PATH_INFO"].startswith(("/moto-api", "/latest/")):
        return Answer(404, [], b"")
    chunks = _application()(variables, start)
    content = b"".join(chunks)
    return Answer(given[0], [(name, value) for name, value in given[1] if name.lower() not in ("date", "server")], content)
