"""nginx for one run: the project in the app's folder, everything else in the run's, nothing of the system's configuration."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from ifc.local.children import Child, Failed, watched
from ifc.local.postgres import last_line
from ifc.output import write
from ifc.targets.spacer import DESCRIPTION
from ifc.targets.spacer import nginx as layouts

# `luajit` by that name would make apt take the Lua module out again.
INSTALL = "install it: apt-get install --no-install-recommends nginx libnginx-mod-http-lua lua-cjson luajit2 (on macOS: OpenResty, brew install openresty/brew/openresty)"
PROGRAMS = ("nginx", "openresty")


class Nginx:
    """The gateway's process."""

    def __init__(self, run: Path, state: Path, listening: socket.socket, endpoint: str) -> None:
        self._run, self._project = run, state / "project"
        self._log = run / "nginx.log"
        self._listening, self._port, self._endpoint = listening, listening.getsockname()[1], endpoint

    async def start(self, files: Mapping[str, str], died: Callable[[Child], None]) -> Child:
        """Starts it with a project's files; returns when it answers. Raises Failed."""
        program, modules = _program()
        for name in ("tmp", "beats"):
            (self._run / name).mkdir(exist_ok=True)
        prefix = self._run / "project"  # without what Lua would read as something else in a path
        prefix.symlink_to(self._project.resolve())
        self._write(files)
        layout = layouts.local(
            str(self._run),
            self._port,
            modules=modules,
            root=os.geteuid() == 0,
            workers=str(min(2, os.cpu_count() or 1)),
            endpoint=self._endpoint,
        )
        configuration = self._run / "nginx.conf"
        configuration.write_text(layouts.configuration(layout))
        child = await watched(
            "nginx",
            [program, "-p", f"{prefix}/", "-c", str(configuration), "-e", str(self._log)],
            died,
            log=self._log,
            stop=signal.SIGTERM,
            # As an nginx does that starts another in its place: the port is ours from the beginning, and nobody gets between.
            environment={**os.environ, "NGINX": f"{self._listening.fileno()};"},
            inherited=[self._listening.fileno()],
        )
        self._listening.close()
        await self._answers(child)
        return child

    def _write(self, files: Mapping[str, str]) -> None:
        try:
            self._project.mkdir(exist_ok=True)
            self._project.chmod(0o700)  # values of secret params are in it
            write(str(self._project), dict(files))
        except OSError as problem:
            raise Failed(
                f"`{self._project}` can't be written: {problem.strerror or problem}", "make room there, or mend its permissions"
            ) from problem
        waiting = self._run / "ifc.json.new"
        waiting.touch(0o600)
        waiting.write_text(files[DESCRIPTION], encoding="utf-8")
        waiting.replace(self._run / "ifc.json")

    async def replace(self, files: Mapping[str, str]) -> None:
        """Lets the next request find another version of the project."""
        self._write(files)
        await asyncio.to_thread(self._reload)

    def _reload(self) -> None:
        connection = http.client.HTTPConnection("gateway", timeout=5)
        connection.sock = socket.socket(socket.AF_UNIX)
        with contextlib.closing(connection):
            connection.sock.connect(str(self._run / "gateway.sock"))
            connection.request("POST", "/_reload")
            answer = connection.getresponse()
            said = answer.read()
            if answer.status != 200:
                raise Failed(f"the gateway did not take the app over: {said.decode(errors='replace')}", None)

    def stuck(self, seconds: float) -> list[int]:
        """Ends the workers that have not shown a sign of life for so long, for nginx to replace them; gives what they were."""
        found = []
        for beat in (self._run / "beats").iterdir():
            with contextlib.suppress(OSError, ValueError):
                if time.time() - beat.stat().st_mtime > seconds:
                    beat.unlink()
                    os.kill(int(beat.name), signal.SIGKILL)
                    found.append(int(beat.name))
        return found

    async def _answers(self, child: Child) -> None:
        for _ in range(500):
            if child.process.returncode is not None:
                raise Failed(f"nginx did not start: {last_line(self._log)}", f"its log is {self._log}")
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self._port)
                writer.close()
                return
            await asyncio.sleep(0.01)
        raise Failed("nginx did not answer for a while", f"its log is {self._log}")


def _program() -> tuple[str, str]:
    """nginx and the folder of its modules. Raises Failed without one that knows Lua."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/usr/local/openresty/bin"
    for name in PROGRAMS:
        found = shutil.which(name, path=path)
        if found is None:
            continue
        build = subprocess.run([found, "-V"], capture_output=True, text=True, check=False)
        modules = layouts.modules_folder(build.stdout + build.stderr)
        if modules is None:
            continue
        if modules and not all((Path(modules) / module).exists() for module in layouts.MODULES):
            raise Failed(f"{found} is there, and its Lua module is not", INSTALL)
        return found, modules
    raise Failed("nginx is not here", INSTALL)
