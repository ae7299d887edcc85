"""A run of an app: its processes started in order, its source watched, everything ended in order."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import socket
import string
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import attrs
import psycopg

from ifc.diagnostics import Diagnostic
from ifc.local import control, nginx, source
from ifc.local.acts import Acts
from ifc.local.children import Child, Failed, first_line, no_room
from ifc.local.console import Console
from ifc.local.control import Control
from ifc.local.endpoint import Endpoint
from ifc.local.engine import Engine, Waits
from ifc.local.folder import Folder
from ifc.local.guards import Guards
from ifc.local.log import Log
from ifc.local.permissions import Permissions
from ifc.local.pool import Pool
from ifc.local.postgres import Postgres
from ifc.local.runner import Runner, at_home
from ifc.local.sdk import brought
from ifc.local.stores.client import Created, Stores, StoresError
from ifc.local.told import Order, Requests, Told
from ifc.resolve.app import Options

LATE = 3.0  # seconds that a worker of nginx may be silent beyond the longest timeout of a function in Lua
NO_VALUE = "IFC637"  # warns of a secret param, for which a text stands
NOT_LET_IN = "not let in:"  # begins what the gateway says of a request that its authorizer has stopped (ifc_gateway.lua)
EXPIRY = 5.0  # seconds between two looks for items whose time is over


@attrs.frozen(eq=False)
class Choices:
    """What the command line says of a run."""

    file: str
    options: Options
    port: int | None = None  # None: 3000, or the next that is free
    real_waits: bool = False
    fresh: bool = False
    python: str = sys.executable
    node: str = "node"


class Run:
    """A running app."""

    def __init__(self, choices: Choices, console: Console) -> None:
        self.choices, self.console = choices, console
        self.stopping = asyncio.Event()
        self.why: Failed | None = None
        self._state = source.state_folder(choices.file)
        self._folder = Folder(self._state, choices.file)
        self._compiled: source.Compiled | None = None
        self.description: dict[str, Any] = {}
        self._ends = AsyncExitStack()
        self.began = time.time()
        self._secret = secrets.token_hex()
        self._shown: list[tuple[str, str]] = []  # what was wrong with the app when it was last looked at
        self._warned: set[tuple[str, str]] = set()  # warnings that were shown, and hold
        self._held_back: list[str] = []  # tables whose other key is not taken over, since they hold items
        self._mistaken = False  # whether the app as it was last saved has mistakes

    # --- from beginning to end ---

    async def run(self) -> Failed | None:
        """Runs until it is told to stop or something it needs ends; tells what that was."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._told_to_stop)
        try:
            async with self._ends:
                try:
                    await self._start()
                    await self.stopping.wait()
                except Failed as failed:
                    if not self.stopping.is_set():  # a part that was told to end while it began has nothing to complain about
                        self.why = failed
                except OSError as problem:
                    self.why = no_room(problem)
                    if self.why is None:
                        raise
                finally:
                    self.stopping.set()
        finally:
            self._folder.leave(self.why is not None)
        return self.why

    def _told_to_stop(self) -> None:
        if self.stopping.is_set():
            return  # it is on its way
        self.console.say("\nstopping …")
        self.stopping.set()

    def _ended(self, what: str, log: Path | None = None) -> None:
        """Stops the run because something it needs has ended."""
        if not self.stopping.is_set():
            where = f"its log is {self._folder.logs / log.name}" if log is not None else None
            self.why = Failed(f"{what} has ended, so the run ends too; nothing is lost: what was not done goes on at the next start", where)
            self.stopping.set()

    def _log_failed(self, failed: asyncio.Future[BaseException]) -> None:
        problem = failed.result()
        full = no_room(problem)
        if full is not None and not self.stopping.is_set():
            self.why = full
            self.stopping.set()
        self._ended(f"the log does not take anything more ({first_line(problem)}): PostgreSQL")

    async def _start(self) -> None:
        """Starts everything, what others depend on first; `_ends` has how each ends, to be done in the other order."""
        self._folder.take()
        compiled = source.compiled(self.choices.file, self.choices.options)
        self._show([d for d in compiled.diagnostics if d.code != NO_VALUE])
        if compiled.description is None:
            raise Failed("the app has mistakes", None)
        if self.choices.fresh:
            self._forget()
        sockets = self._folder.sockets
        gateway, endpoint = _free(self.choices.port), _free(0)
        self.gateway, self.endpoint_address = _address(gateway), _address(endpoint)
        await self._start_processes(sockets)
        self.log = await Log.open(self._postgres.address)
        self._ends.push_async_callback(self.log.close)
        self.log.failed.add_done_callback(self._log_failed)
        self._told = Told(sockets / "told", self._lua_said)
        self._ends.callback(self._told.close)
        self._runner = Runner(self.pool, str(sockets / "gateway.sock"), self._heard)
        self._ends.push_async_callback(self._runner.stop)
        self.engine = Engine(self.log, self._runner, self.console.event, Waits(self.choices.real_waits))
        self._ends.push_async_callback(self.engine.stop)
        self._order = Order(self.pool.flushed, self.engine.spawn)
        self.engine.put_object = self._put_object
        self.guards = Guards(self.engine.call)
        self._ends.callback(Requests(sockets / "requests", self._requested).close)
        served = await control.serve(Control(Acts(self), self.console, self.stopping).application(), sockets / "control.sock")
        self._ends.push_async_callback(served.cleanup)
        await self._begin(compiled)
        self._show(await self._worth_showing(compiled))
        self._endpoint = Endpoint(
            self.description,
            self.engine,
            self.stores,
            self._keys(),
            on_changes=self.engine.changes,
            on_refused=self.refused,
            note=self.console.say,
            file=self.choices.file,
        )
        await self._endpoint.start(endpoint)
        self._ends.push_async_callback(self._endpoint.stop)
        if self.stopping.is_set():
            return
        self._nginx = nginx.Nginx(sockets, self._state, gateway, self.endpoint_address)
        self._ends.push_async_callback((await self._nginx.start(self._nginx_files(), self._child_died)).stop)
        self._folder.describe(
            gateway=self.gateway, endpoint=self.endpoint_address, app=self.description["app"], file=os.path.abspath(self.choices.file)
        )
        for what, work in (("watch", self._watch()), ("clock of items", self._expire()), ("watch over nginx", self._replace_stuck())):
            self._forever(what, work)
        if not self.stopping.is_set():
            self._greet()

    async def _start_processes(self, sockets: Path) -> None:
        """Starts what is slow to start, all at the same time."""
        sdk = await brought(self.choices.python, sockets / "sdk")
        if sdk is not None:
            os.environ["PYTHONPATH"] = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(sdk)])
        (sockets / "pg").mkdir()
        self._postgres = Postgres(self._state / "log", sockets / "pg")
        database, self.pool, self.stores = await _together(
            self._postgres.start(self._child_died),
            Pool.start(
                sockets,
                self._state.parent,
                python=self.choices.python,
                node=self.choices.node,
                on_log=self._printed,
                on_end=lambda text: self.console.say(f"{time.strftime('%H:%M:%S')}  {text}"),
            ),
            Stores.start(sockets, self._state / "objects", self._unclaimed),
        )
        for part in (database, self.stores, self.pool):
            self._ends.push_async_callback(part.stop)
        self.stores.died.add_done_callback(lambda _: self._ended("the process of tables and buckets", sockets / "stores.log"))
        self.pool.died.add_done_callback(lambda died: self._ended(f"the process that runs functions ({died.result().message})"))

    def _forever(self, what: str, work: Coroutine[Any, Any, None]) -> None:
        """Does something beside for as long as the run goes on; it does not end by itself in silence."""
        task = asyncio.ensure_future(work)

        async def end() -> None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        def done(task: asyncio.Task[None]) -> None:
            problem = None if task.cancelled() else task.exception()
            if problem is not None:
                self._ended(f"the {what} ({first_line(problem)})")

        task.add_done_callback(done)
        self._ends.push_async_callback(end)

    def _child_died(self, child: Child) -> None:
        self._ended(child.name, child.log)

    def _forget(self) -> None:
        """Begins anew: what runs before have kept is gone."""
        import shutil

        for name in ("log", "objects", "project"):
            shutil.rmtree(self._state / name, ignore_errors=True)

    # --- the app, now and after a change ---

    async def _begin(self, compiled: source.Compiled) -> None:
        """Lets the app of the beginning run: tables and buckets are rebuilt from the log before anything can ask for them."""
        created = await self._make(compiled)
        restored = await self.stores.restore(self.engine.kept())
        await self.engine.changes(restored.changes)
        for kind, name, why in restored.skipped:
            self.console.say(f"{kind} {name}: what the log has of it is left aside ({why})")
        for bucket, key in restored.lost:
            self.console.say(f"bucket {bucket}: the file of {key} is not there any more")
        await self._run_it(created)
        self._compiled = compiled

    async def _take_over(self, compiled: source.Compiled) -> None:
        """Lets another version of the app take over."""
        created = await self._make(compiled)
        await self._run_it(created)
        await self._bring_back(created.added)
        self._compiled = compiled
        self._endpoint.replace(self.description, self._keys())
        await self._nginx.replace(self._nginx_files())

    async def _make(self, compiled: source.Compiled) -> Created:
        """Makes what an app keeps things in."""
        description = source.placed(compiled.description or {}, self.endpoint_address, self.gateway)
        await self.engine.prepare(description)
        created: Created = await self.stores.create(description)
        self.description = self._runner.description = description
        for name in created.cleared:
            self.console.say(f"table {name}: it has another key now, so its items are gone")
        return created

    async def _run_it(self, created: Created) -> None:
        """Lets functions and arrows be those of the description."""
        await self.engine.changes(created.changes)
        await self._fill()
        await self.pool.apply(self._functions())
        await self.engine.replace(self.description)
        self.guards.forget()

    async def _bring_back(self, added: Mapping[str, Sequence[str]]) -> None:
        """Gives what came (back) into the app the content that the log has of it."""
        names = {name for kind in added.values() for name in kind}

        async def mine() -> AsyncIterator[list[dict[str, Any]]]:
            async for batch in self.engine.kept():
                yield [c for c in batch if {c.get("table"), c.get("bucket"), c.get("secret"), c.get("config")} & names]

        if names:
            await self.engine.changes((await self.stores.restore(mine())).changes)

    async def _fill(self) -> None:
        """Gives secrets a value that the app leaves to the deployment: letters and digits, once."""
        known = await self.log.facts("secret:")
        for name, secret in self.description["secrets"].items():
            if secret["value"] is None and f"secret:{name}" not in known:
                value = "".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(32))
                reply = await self.stores.put_value("secret", name, value)
                await self.engine.changes(reply.changes)

    def _functions(self) -> dict[str, dict[str, Any]]:
        """The functions as their hosts want them: with the run's own variables, and what changes when their code does."""
        versions: dict[str, str] = {}
        found: dict[str, dict[str, Any]] = {}
        for name, function in self.description["functions"].items():
            if function["language"] in ("python", "node"):
                code = function["code"]
                versions.setdefault(code, source.version(code))
                found[name] = {**function, "environment": {**function["environment"], **self._variables(name)}, "version": versions[code]}
        return found

    def _variables(self, function: str) -> dict[str, str]:
        """What a function's SDK reads: where the services are, and who it is."""
        region = self.description["region"]
        return {
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ENDPOINT_URL": self.endpoint_address,
            "AWS_ACCESS_KEY_ID": self._access_key(function),
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_SESSION_TOKEN": "local",
            "AWS_EC2_METADATA_DISABLED": "true",  # no look for a cloud around it
            "AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED": "true",  # the Node.js of this machine is not what runs in the cloud
        }

    def _keys(self) -> dict[str, str]:
        """The functions by their access keys."""
        return {self._access_key(name): name for name in self.description["functions"]}

    def _access_key(self, function: str) -> str:
        """The access key by which the endpoint knows a function; nobody else can guess it."""
        return "LKIA" + sha256(f"{self._secret} {function}".encode()).hexdigest()[:16].upper()

    def _nginx_files(self) -> dict[str, str]:
        files = dict(self._compiled.files) if self._compiled is not None else {}
        return files | {"config/ifc.json": json.dumps(self.description, ensure_ascii=False)}

    async def _watch(self) -> None:
        """Sees changes of the source, and of the code."""
        while not self.stopping.is_set():
            compiled = self._compiled
            assert compiled is not None
            roots = sorted({os.path.dirname(path) for path in compiled.sources} | set(compiled.folders))
            try:
                async for paths in source.changes([root for root in roots if os.path.isdir(root)], self.stopping):
                    if not paths or any(not p.startswith(str(self._state)) and source.matters(p, compiled.sources) for p in paths):
                        await self._changed()
                    if self._compiled is not compiled:
                        break
            except (OSError, Failed, StoresError) as problem:
                # A folder that is gone for a moment, a file that is half there: the next look may be better.
                self.console.say(f"{time.strftime('%H:%M:%S')}  what was saved can't be taken over yet: {problem}")
                await asyncio.sleep(1)

    async def _changed(self) -> None:
        """Takes over what was saved, code at once; a mistake in the app is shown once, and what ran goes on."""
        await self.pool.apply(self._functions())
        self.guards.forget()
        compiled = await asyncio.to_thread(source.compiled, self.choices.file, self.choices.options)
        shown = [(d.code, d.message) for d in compiled.diagnostics]
        if compiled.description is None:
            self._mistaken = True
            if shown != self._shown:
                self._show(compiled.diagnostics)
                self.console.say("the app has mistakes; what it was before goes on, with the code as it is saved now")
        elif self._compiled is not None and compiled.files != self._compiled.files:
            losing = await self._losing(compiled.description)
            if not losing:
                self._show(await self._worth_showing(compiled))
                await self._take_over(compiled)
                self.console.say(f"{time.strftime('%H:%M:%S')}  the app is taken over as it is now")
            elif losing != self._held_back:
                tables = " and ".join(f"`{name}`" for name in losing)
                self.console.say(
                    f"with another key what is in table {tables} would be gone, so what it was before goes on: take the key back, or end "
                    "this run and start it again, which drops the items"
                )
            self._held_back = losing
        elif self._mistaken or self._held_back:
            self._held_back = []
            self.console.say(f"{time.strftime('%H:%M:%S')}  the app has no mistakes any more: it is what runs")
        if compiled.description is not None:
            self._mistaken = False
            self._warned &= set(shown)  # one that comes back is news
        self._shown = shown

    async def _losing(self, description: Mapping[str, Any]) -> list[str]:
        """The tables that hold items and have another key in a description: one mistyped save must not cost them."""
        found = []
        for name, table in sorted(self.description["tables"].items()):
            other = description["tables"].get(name)
            if other is not None and other["key"] != table["key"] and (await self.stores.scan("table", name, 0, 1))["count"]:
                found.append(name)
        return found

    def _show(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Draws diagnostics, but notes and warnings that were shown already."""
        from ifc.render import text

        found = [d for d in diagnostics if d.severity != "note" and (d.code, d.message) not in self._warned]
        self._warned |= {(d.code, d.message) for d in found if d.severity == "warning"}
        if found:
            self.console.say(text(found, self.console.coloured, 20).rstrip("\n"))

    async def _worth_showing(self, compiled: source.Compiled) -> list[Diagnostic]:
        """The diagnostics without those of secret params in whose place the log has a value, for all secrets that take them."""
        wanting: dict[str, list[str]] = {}
        for name, secret in (compiled.description or {})["secrets"].items():
            wanting.setdefault(str(secret["value"]), []).append(name)
        facts = await self.log.facts("secret:")
        given = {
            value for value, names in wanting.items() if all(_current(facts.get(f"secret:{name}")) not in (None, value) for name in names)
        }
        return [
            d for d in compiled.diagnostics if d.code != NO_VALUE or not any(f"the text `{value}` stands" in d.message for value in given)
        ]

    async def _replace_stuck(self) -> None:
        """Replaces workers of nginx in which a function in Lua does not end: nothing else could be answered there."""
        while True:
            await asyncio.sleep(1)
            lua = [f["timeout"] for f in self.description["functions"].values() if f["language"] == "lua"]
            if lua and self._nginx.stuck(max(lua) + LATE):
                self.console.say("a function in Lua did not end: its worker of nginx is replaced, and what else it was answering is lost")

    async def _expire(self) -> None:
        """Lets items expire."""
        while True:
            await asyncio.sleep(EXPIRY)
            try:
                await self.log.facts("calls")  # nobody else may ask for hours
            except psycopg.Error as problem:
                self._ended(f"the log can't be read any more ({first_line(problem)}): PostgreSQL")
                return
            if any(table["ttl"] for table in self.description["tables"].values()):
                await self.engine.changes(await self.stores.expire(time.time()))

    # --- what is said ---

    def _greet(self) -> None:
        seconds = time.time() - self.began
        say = self.console.say
        say(f"{self.description['app']} runs at {self.gateway} (ready after {seconds:.1f} s; Ctrl-C ends it)")
        for api in self.description["apis"].values():
            for route in api["routes"]:
                say(f"  {route['method']:<7} {self.gateway}{api['base']}{route['path']} → {route['function']}")
        for name, function in self.description["functions"].items():
            if function["url"]:
                say(f"  URL     {self.gateway}/_url/{name}/ → {name}")
        for name, value in self.description["outputs"].items():
            say(f"  {name} = {value}")
        say(f"  look into it: {self.gateway}/_ifc/")
        for sentence in self.description["absent"]:
            say(f"  {sentence}")

    def _printed(self, function: str, stream: str, text: str, request: str | None) -> None:
        self._runner.printed(text, request)
        self.console.printed(function, text)

    def _unclaimed(self, changes: Sequence[Mapping[str, Any]]) -> None:
        """Notes what a request changed whose caller did not wait: it has happened."""
        self.engine.spawn(self.engine.changes(changes))

    def _lua_said(self, said: Mapping[str, Any]) -> None:
        """Something that a function in Lua tells while it runs: a text that it prints, or another one that it has called."""
        function, problem = str(said["function"]), said.get("problem")
        if "printed" in said:
            for line in str(said["printed"]).split("\n"):
                self._order.add("", partial(self.console.printed, function, line))
            return
        why = at_home(str(problem), self.description["functions"]).partition("\n")[0] if problem is not None else ""
        ended = partial(self.engine.ended, str(said.get("caller") or "gateway"), function, problem is None, float(said["duration"]), why)
        self._order.add(function, ended)

    async def _heard(self) -> None:
        """Returns when all is told that functions in Lua have said."""
        self._told.read()
        await self._order.settled()

    def _requested(self, said: Mapping[str, Any]) -> None:
        """A request that nginx has answered: it is told once what its function has printed is."""
        if not str(said.get("path", "")).startswith("/_ifc/"):
            self._told.read()
            self._order.add(str(said.get("function") or ""), partial(self._answered, said))

    def _answered(self, said: Mapping[str, Any]) -> None:
        path = str(said.get("path", ""))
        seconds = float(said.get("duration") or 0)
        self.engine.count(str(said.get("api") or "gateway"))
        method, status, error = str(said.get("method")), str(said.get("status")), str(said.get("error") or "")
        function, error = str(said.get("function") or ""), at_home(error, self.description["functions"])
        to = function or ("CORS" if method == "OPTIONS" and status.startswith("2") else "no route")
        self.console.event(f"{method} {path}", to, status, seconds, error)
        if function and not self._turned_away(function, status, error):
            self.engine.counts.outcome(function, "failed" if status.startswith("5") else "ok")

    def _turned_away(self, function: str, status: str, error: str) -> bool:
        """Whether the gateway answered a request before its function was called; one in Lua answers 400 with a reason of its own."""
        if error.startswith(NOT_LET_IN):
            return True
        language = self.description["functions"].get(function, {}).get("language")
        return bool(error) and not status.startswith("5") and not (language == "lua" and status == "400")

    def refused(self, function: str, action: str, resource: str, advice: str) -> None:
        """Tells of a call that no verb covers: of what is declared by its name, with the object or index in it that is meant."""
        name, inner = Permissions(self.description).named(resource)
        self.console.event(function, name, "refused", None, f"{action}{f' of {inner}' if inner else ''}: {advice}")

    async def _put_object(self, bucket: str, key: str, body: bytes) -> None:
        reply = await self.stores.put_object(bucket, key, body)
        await self.engine.changes(reply.changes)


def _current(fact: str | None) -> str | None:
    """The value that a secret has in the log, None for none."""
    state = json.loads(fact or "{}").get("state") or {}
    found = (v["secret_string"] for v in state.get("versions", {}).values() if "AWSCURRENT" in v["version_stages"])
    return next(found, None)


def _address(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{listening.getsockname()[1]}"


async def _together(*starting: Any) -> list[Any]:
    """The results of what starts at the same time; when one fails, the others are ended too."""
    tasks = [asyncio.ensure_future(s) for s in starting]
    results = await asyncio.gather(*tasks, return_exceptions=True)
    failed = [r for r in results if isinstance(r, BaseException)]
    if failed:
        for result in results:
            if not isinstance(result, BaseException):
                await result.stop()
        raise failed[0]
    return results


def _free(port: int | None) -> socket.socket:
    """A socket that listens on this machine alone: on a port, or for None on 3000 or the next that is free."""
    tried = [port] if port is not None else list(range(3000, 3100))
    for candidate in tried:
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind(("127.0.0.1", candidate))
            listening.listen(1024)
            # nginx leaves a socket that it inherits as it is, and a worker that loses the race for a connection would wait for ever.
            listening.setblocking(False)
        except OSError as problem:
            listening.close()
            if candidate == tried[-1]:
                raise Failed(f"port {candidate} can't be used: {problem.strerror}", "choose another with `--port`") from problem
        else:
            return listening
    raise AssertionError("no port was tried")
