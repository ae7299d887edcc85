"""A gateway that runs: nginx on a free port, with a project and a run folder of its own."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import attrs

from ifc.targets.spacer import nginx
from tests.agreed import ROOT
from tests.local.gateway.backends import Backend, Sink
from tests.presence import require

LIBRARY = ROOT / "ifc/targets/spacer/lua"
ACCOUNT = "000000000000"
INSTALL = "apt-get install --no-install-recommends nginx libnginx-mod-http-lua lua-cjson luajit2"


def build() -> str:
    """What `nginx -V` prints; "" without nginx."""
    if shutil.which("nginx") is None:
        return ""
    return subprocess.run(["nginx", "-V"], capture_output=True, text=True, check=True).stderr


def modules() -> str | None:
    """The folder of nginx's modules, "" where they are built in; None where nginx can't run Lua."""
    folder = nginx.modules_folder(build())
    if folder and not all((Path(folder) / module).exists() for module in nginx.MODULES):
        return None
    return folder


def absent() -> str | None:
    """Why the gateway can't be tested here; None where it can."""
    if modules() is None:
        return f"no nginx with the Lua module here: {INSTALL}"
    if shutil.which("luajit") is None:
        return f"no luajit here: {INSTALL}"
    return None


def needed() -> None:
    """Skips a test where nginx or luajit is missing, but on CI (`CI=true`) lets it fail."""
    require(absent())


@attrs.frozen
class Reply:
    """What a caller got."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def header(self, name: str) -> str | None:
        """A header's value, several with commas between them."""
        found = [v for k, v in self.headers if k.lower() == name.lower()]
        return ", ".join(found) if found else None


def function(name: str, language: str = "python", **said: Any) -> dict[str, Any]:
    """A function of a description."""
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:app-dev-{name}"
    return {"name": f"app-dev-{name}", "arn": arn, "language": language, "timeout": 3, "permissions": [], "environment": {}, **said}


def route(key: str, called: str, **said: Any) -> dict[str, Any]:
    """A route of a description, from `GET /path` or `$default`."""
    method, _, path = key.partition(" ")
    if key == "$default":
        method = "DEFAULT"
    return {"method": method, "path": path, "function": called, "guard": {"scheme": "none"}, "throttle": None, "schema": None, **said}


def api(*routes: dict[str, Any], protocol: str = "http", base: str = "", **said: Any) -> dict[str, Any]:
    """An api of a description."""
    stage = "dev" if protocol == "rest" else "$default"
    return {
        "protocol": protocol,
        "id": "local-id",
        "stage": stage,
        "base": base,
        "cors": None,
        "throttle": None,
        "routes": list(routes),
        **said,
    }


def allowed(action: str, resource: str) -> dict[str, Any]:
    """A statement of a role."""
    return {"effect": "Allow", "actions": [action], "resources": [resource]}


class Gateway:
    """A running nginx, and what it calls."""

    def __init__(self, folder: Path, port: int, layout: nginx.Layout, text: str) -> None:
        self.folder, self.port, self.layout = folder, port, layout
        self.project, self.run = folder / "project", folder / "run"
        self.functions: dict[str, Backend] = {}
        for made in (self.run / "f", self.run / "tmp", self.project / "app/private", self.project / "config"):
            made.mkdir(parents=True)
        shutil.copytree(LIBRARY, self.project / "lib")
        self.config = self.run / "nginx.conf"
        self.config.write_text(text, encoding="utf-8")
        self.control = Backend(str(self.run / "control.sock"))
        self.lines = Sink(str(self.run / "requests"))
        self.process: subprocess.Popen[bytes] | None = None

    # --- its life ---

    def start(self) -> None:
        """Starts nginx and waits until it answers."""
        self.describe()
        command = ["nginx", "-p", str(self.project), "-c", str(self.config), "-e", "stderr"]
        with (self.run / "out.log").open("wb") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self.process.poll() is None, (self.run / "out.log").read_text()
                time.sleep(0.01)
        raise AssertionError("nginx does not listen: " + (self.run / "out.log").read_text())

    def stop(self) -> None:
        """Stops nginx and everything behind it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
        for backend in [*self.functions.values(), self.control]:
            backend.close()
        self.lines.close()

    def told(self) -> list[Any]:
        """What functions in Lua have told since they were put in force: here in a file, as nobody has made a pipe."""
        whole = re.sub(r"^\d+(\+(.*)\n|=)", r"\2", (self.run / "told").read_text(encoding="utf-8"), flags=re.M)
        return [json.loads(line) for line in whole.splitlines()]

    def errors(self) -> str:
        """What nginx wrote into its log."""
        return (self.run / "nginx.log").read_text(encoding="utf-8", errors="replace")

    # --- the app ---

    def describe(self, apis: Mapping[str, Any] | None = None, functions: Sequence[dict[str, Any]] = ()) -> None:
        """Writes the description."""
        known = {f["name"].removeprefix("app-dev-"): f for f in functions}
        content = {"version": 1, "app": "app", "stage": "dev", "account": ACCOUNT, "functions": known, "apis": apis or {}}
        path = self.run / "ifc.json" if self.layout.control else self.project / "config/ifc.json"
        path.write_text(json.dumps(content), encoding="utf-8")

    def runs(self, apis: Mapping[str, Any] | None = None, *functions: dict[str, Any], **sources: str) -> Backend:
        """Puts an app in force, with the sources of its functions in Lua; returns the worker of its first function."""
        for path in (self.project / "app").rglob("*.lua"):
            path.unlink()
        for name, source in sources.items():
            self.writes(name, source)
        self.describe(apis, functions)
        names = [f["name"].removeprefix("app-dev-") for f in functions]
        for gone in set(self.functions) - set(names):
            self.functions.pop(gone).close()
        for name in names:
            if name not in self.functions:
                self.functions[name] = Backend(str(self.run / f"f/{name}.sock"))
            self.functions[name].calls.clear()
            self.functions[name].answers({})
        self.control.calls.clear()
        self.control.answers({})
        self.reload()
        self.lines.clear()
        (self.run / "told").write_bytes(b"")
        return self.functions[names[0]] if names else self.control

    def writes(self, name: str, source: str) -> None:
        """Writes the file of a function in Lua."""
        (self.project / "app" / f"{name}.lua").write_text(source, encoding="utf-8")

    def reload(self) -> Reply:
        """Tells nginx that something has changed."""
        reply = self.inside("/_reload")
        assert reply.status == 200, reply.body
        return reply

    # --- calls ---

    def call(self, method: str, path: str, headers: Mapping[str, str] | Sequence[tuple[str, str]] = (), body: bytes = b"") -> Reply:
        """The reply to a request by TCP, with these headers and no others but Host."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        return _exchange(connection, method, path, headers, body, f"127.0.0.1:{self.port}")

    def inside(self, path: str, body: bytes = b"", method: str = "POST") -> Reply:
        """The reply to a request by the gateway's own socket."""
        connection = http.client.HTTPConnection("inside", timeout=10)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(10)
        connection.sock.connect(str(self.run / "gateway.sock"))
        return _exchange(connection, method, path, (), body, "inside")

    def raw(self, request: bytes) -> bytes:
        """All that comes back for these bytes until nginx closes the connection."""
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            parts = []
            while part := connection.recv(65536):
                parts.append(part)
        return b"".join(parts)


def _exchange(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    headers: Mapping[str, str] | Sequence[tuple[str, str]],
    body: bytes,
    host: str,
) -> Reply:
    given = list(headers.items() if isinstance(headers, Mapping) else headers)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in given if any(k.lower() == "host" for k, _ in given) else [("Host", host), *given]:
            connection.putheader(name, value)
        if body:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        response = connection.getresponse()
        return Reply(response.status, response.getheaders(), response.read())
    finally:
        connection.close()


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for sockets in it."""
    with tempfile.TemporaryDirectory(prefix="ifc-") as made:
        yield Path(made)


@contextmanager
def started() -> Iterator[Gateway]:
    """A gateway as `ifc local` runs it."""
    port = free_port()
    with folder() as made:
        layout = nginx.local(
            str(made / "run"), port, modules=modules() or "", root=os.geteuid() == 0, endpoint="http://127.0.0.1:4566", patience=2
        )
        gateway = Gateway(made, port, layout, nginx.configuration(layout))
        try:
            gateway.start()
            yield gateway
        finally:
            gateway.stop()
