"""What the run answers: to the gateway, to `ifc local log` and the other commands, and to its page `/_ifc/`.

It listens on a socket in the run's folder alone. nginx passes on what begins with `/_ifc/`; the rest is for the gateway and the commands.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from ifc.local.children import first_line
from ifc.local.console import Line
from ifc.local.items import Items

if TYPE_CHECKING:
    from ifc.local.acts import Acts
    from ifc.local.console import Console

PAGE = Path(__file__).parent / "page"
# Another site's page may make the browser send requests here, but not with this header (Fetch standard, CORS-safelisted request-header).
HEADER = "x-ifc"
MOST = 10_000  # rows or messages in one answer


class Refused(Exception):
    """A request that can't be answered, with why and the status."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class Control:
    """The answers."""

    def __init__(self, acts: Acts, console: Console, stopping: asyncio.Event) -> None:
        self._acts, self._console, self._stopping = acts, console, stopping

    def application(self) -> web.Application:
        """What serves them."""
        app = web.Application(middlewares=[_answering, self._from_here], client_max_size=20 << 20)
        post: dict[str, Callable[[dict[str, Any]], Awaitable[Any]]] = {
            "send": self._acts.send, "publish": self._acts.publish, "put": self._acts.put, "call": self._acts.call, "fire": self._acts.fire,
            "replay": self._acts.replay, "redrive": self._acts.redrive, "purge": self._acts.purge,
        }  # fmt: skip
        for name, act in post.items():
            app.router.add_post(f"/_ifc/api/{name}", _acting(act))
        app.router.add_get("/_ifc/api/status", self._status)
        app.router.add_get("/_ifc/api/log", self._log)
        app.router.add_get("/_ifc/api/lines", self._lines)
        app.router.add_get("/_ifc/api/follow", self._follow)
        app.router.add_get("/_ifc/api/messages", self._messages)
        app.router.add_get("/_ifc/api/items", self._items)
        app.router.add_get("/_ifc/api/object", self._object)
        app.router.add_get("/_ifc/api/show", self._show)
        app.router.add_get("/_ifc/api/graph", self._graph)
        app.router.add_get("/_ifc", self._there)
        app.router.add_get("/_ifc/", self._page)
        app.router.add_get("/_ifc/{name:[a-z]+\\.(?:js|css)}", self._page)
        app.router.add_post("/authorize", _acting(self._acts.authorize))
        app.router.add_post("/validate", _acting(self._acts.validate))
        app.router.add_post("/append", self._append)
        return app

    @web.middleware
    async def _from_here(self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        """Lets no page of another site look or act: the host is this machine, and acting takes a header that such a page can't send."""
        if request.path.startswith("/_ifc/"):
            name = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
            if name not in ("127.0.0.1", "localhost", "[::1]", "control"):
                raise Refused("this page is for this machine alone", 403)
            if request.method != "GET" and HEADER not in request.headers:
                raise Refused(f"the header `{HEADER}` is missing", 403)
        return await handler(request)

    async def _status(self, request: web.Request) -> web.Response:
        return web.json_response(await self._acts.status())

    async def _graph(self, request: web.Request) -> web.Response:
        return web.Response(text=self._acts.picture(), content_type="image/svg+xml")

    async def _log(self, request: web.Request) -> web.Response:
        name = request.query.get("name", "")
        before = request.query.get("before")
        return web.json_response(await self._acts.rows(name, min(_whole(request, "most", 100), MOST), int(before) if before else None))

    async def _messages(self, request: web.Request) -> web.Response:
        return web.json_response(await self._acts.messages(request.query.get("name", ""), min(_whole(request, "most", 100), MOST)))

    async def _items(self, request: web.Request) -> web.Response:
        """The items of a table, or the objects of a bucket."""
        asked, name = request.query, request.query.get("name", "")
        sort = self._acts.place(name, "tables", "buckets")
        most = max(1, min(_whole(request, "most", 100), MOST))
        return web.json_response(await self._holdings().rows(sort, name, _whole(request, "from", 0), most, asked.get("key", "")))

    async def _object(self, request: web.Request) -> web.Response:
        """The beginning of an object's content, as far as it is text."""
        name, key = request.query.get("name", ""), request.query.get("key", "")
        self._acts.place(name, "buckets")
        found = await self._holdings().content(name, key)
        if found is None:
            raise Refused(f"`{name}` has no object `{key}`", 404)
        return web.json_response(found)

    async def _show(self, request: web.Request) -> web.Response:
        """What something holds in lines of JSON, or the bytes of an object."""
        from ifc.local.showing import Shown

        shown, name, key = Shown(self._acts, self._acts._run), request.query.get("name", ""), request.query.get("key", "")
        content = await shown.object(name, key) if key else None
        if content is not None:
            return web.Response(body=content, content_type="application/octet-stream")
        return web.json_response(await shown.lines(name, key, max(1, _whole(request, "most", 1000))))

    def _holdings(self) -> Items:
        run = self._acts._run
        return Items(run.stores, run.description)

    async def _lines(self, request: web.Request) -> web.Response:
        after, name = _whole(request, "after", 0), request.query.get("name", "")
        self._acts.about(name)
        found = [line.json() for line in self._console.lines if line.number > after and about(line, name)]
        return web.json_response(found[-_whole(request, "most", 500) :])

    async def _follow(self, request: web.Request) -> web.StreamResponse:
        """Lines as they come, as server-sent events."""
        name = request.query.get("name", "")
        response = web.StreamResponse(headers={"content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no"})
        await response.prepare(request)
        waiting: asyncio.Queue[Line] = asyncio.Queue(maxsize=5000)

        def follow(line: Line) -> None:
            if about(line, name) and not waiting.full():
                waiting.put_nowait(line)

        self._console.followers.add(follow)
        try:
            while not self._stopping.is_set():
                try:
                    async with asyncio.timeout(5):
                        line = await waiting.get()
                    await response.write(f"data: {json.dumps(line.json())}\n\n".encode())
                except TimeoutError:
                    await response.write(b": still here\n\n")
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._console.followers.discard(follow)
        return response

    async def _append(self, request: web.Request) -> web.Response:
        """Spacer's write proxy: entries for a topic, which a function in Lua appends."""
        said = await _json(request)
        offsets = await self._acts.append(said, request.headers.get("x-ifc-function"))
        return web.json_response({"offsets": offsets})

    async def _there(self, request: web.Request) -> web.Response:
        raise web.HTTPFound("/_ifc/")

    async def _page(self, request: web.Request) -> web.Response:
        name = request.match_info.get("name", "index.html")
        path = PAGE / name
        if not path.is_file():
            raise Refused("there is no such page", 404)
        kind = {"html": "text/html", "js": "text/javascript", "css": "text/css"}[name.rpartition(".")[2]]
        return web.Response(
            text=path.read_text(encoding="utf-8"),
            content_type=kind,
            charset="utf-8",
            headers={
                "content-security-policy": "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'",
                "x-content-type-options": "nosniff",
                "cache-control": "no-store",
            },
        )


@web.middleware
async def _answering(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
    """Tells in JSON why a request can't be answered."""
    try:
        return await handler(request)
    except Refused as refused:
        return web.json_response({"error": str(refused)}, status=refused.status)
    except (ValueError, TypeError, KeyError) as problem:
        text = f"`{problem.args[0]}` is missing" if isinstance(problem, KeyError) else str(problem)
        return web.json_response({"error": text}, status=400)
    except web.HTTPException:
        raise
    except Exception as problem:  # a full disk, a process that has just ended: whoever asked hears it in a line
        return web.json_response({"error": first_line(problem)}, status=500)


def _acting(act: Callable[[dict[str, Any]], Awaitable[Any]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response(await act(await _json(request)))

    return answer


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        found = json.loads(await request.read() or b"{}")
    except (ValueError, RecursionError):
        raise Refused("the body is no JSON") from None
    if not isinstance(found, Mapping):
        raise Refused("the body is no object")
    return dict(found)


def _whole(request: web.Request, name: str, otherwise: int) -> int:
    text = request.query.get(name, "")
    return int(text[:18]) if text.isdecimal() else otherwise


def about(line: Line, name: str) -> bool:
    """Whether a line is of a name: a function, or a source with or without its port."""
    return not name or name == line.target or line.source == name or line.source.startswith(f"{name}.")


async def serve(application: web.Application, path: Path) -> web.AppRunner:
    """Serves on a socket of the run's folder."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.UnixSite(runner, str(path)).start()
    return runner
