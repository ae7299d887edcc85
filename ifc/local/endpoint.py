"""The AWS endpoint: the functions' SDKs and the developer's tools talk to it as to AWS.

A request's access key tells who calls: each function has one, every other key is the developer's, who may do everything. Signatures
are not checked: the endpoint listens on 127.0.0.1 alone, and whoever reaches it could read the keys as well.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import time
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from ifc.local import actions
from ifc.local.children import first_line
from ifc.local.permissions import Need, Permissions
from ifc.local.services import awslambda, events, kinesis, policies, s3, sns, sqs, sts
from ifc.local.services.answers import Answer, failure, refused, success
from ifc.local.services.directory import Directory
from ifc.local.services.errors import ServiceError
from ifc.local.services.request import UNSIGNED_ACTIONS, UNSIGNED_TARGETS, Call, Request, place
from ifc.local.services.service import Caller, Home, Operation, caller, developer, unserved
from ifc.local.stores.client import StoresError
from ifc.records import evolve

if TYPE_CHECKING:
    from aiohttp import web

    from ifc.local.broker import Broker

SERVED: dict[str, dict[str, Operation]] = {
    "sqs": sqs.OPERATIONS,
    "sns": sns.OPERATIONS,
    "events": events.OPERATIONS,
    "kinesis": kinesis.OPERATIONS,
    "lambda": awslambda.OPERATIONS,
}
WAITING = ("ReceiveMessage",)  # may be given up when its caller is gone; everything else is finished
HOST = "127.0.0.1"
MAX_BODY = 32 * 1_048_576  # bytes of a request to any service but S3
MAX_OBJECT = 5 * 1_073_741_824  # bytes (Amazon S3 user guide, Uploading objects)
MAX_HEADER = 65_536  # bytes of a request's first line and of each header; presigned addresses are long
GRACE = 2  # seconds for requests to be finished at the end
IDLE = 3600  # seconds that a connection is kept: SDKs would see a close as an error
PREFACE = b"PRI * HTTP/2.0"  # how a connection begins that speaks HTTP/2
# The names that this machine goes by; any other name stands for a page that has itself sent here (DNS rebinding).
KNOWN_HOST = re.compile(r"|((.+\.)?localhost|127\.0\.0\.1|host\.docker\.internal|.+\.amazonaws\.com(\.cn)?)(:\d+)?", re.IGNORECASE)
# Headers of a request that its connection has made.
CONNECTION_HEADERS = frozenset({"connection", "keep-alive", "transfer-encoding", "expect", "content-length"})
# Headers of an answer that its connection makes anew.
OWN_HEADERS = frozenset({"connection", "keep-alive", "transfer-encoding", "date", "server", "content-length"})


class Reply(Protocol):
    """What the stores answer: HTTP, and what changed."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Sequence[tuple[str, str]]:
        """The HTTP headers."""

    @property
    def body(self) -> bytes:
        """The body."""

    @property
    def changes(self) -> Any:
        """What changed, for the log; empty for nothing."""


class Stores(Protocol):
    """Whatever serves all other services."""

    async def request(self, method: str, path: str, headers: Iterable[tuple[str, str]], body: bytes) -> Reply:
        """Answers a request; the path has its query behind it."""


class Endpoint:
    """The endpoint; `keys` has the declared name of the function for each access key."""

    def __init__(
        self,
        description: Mapping[str, Any],
        broker: Broker,
        stores: Stores,
        keys: Mapping[str, str],
        *,
        on_changes: Callable[[Any], Awaitable[None]],
        on_refused: Callable[[str, str, str, str], None],
        note: Callable[[str], None],
        file: str = "app.ifc",
    ) -> None:
        self._broker, self._stores, self._file = broker, stores, file
        self._on_changes, self._on_refused, self._note = on_changes, on_refused, note
        self._started = time.time()
        self._told: set[str] = set()
        self._running: set[asyncio.Future[Any]] = set()
        self._server: asyncio.Server | None = None
        self._http: web.Server | None = None
        self.port = 0
        self.replace(description, keys)

    def replace(self, description: Mapping[str, Any], keys: Mapping[str, str] | None = None) -> None:
        """Serves another description from the next request on."""
        self._description = description
        if keys is not None:
            self._keys = dict(keys)
        directory = Directory(description, f"http://{HOST}:{self.port}")
        self._home = Home(directory, self._broker, self._note, self._started)
        self._permissions = Permissions(description)
        self._callers: dict[str, Caller] = {}
        self._developer = developer(directory.account)

    # --- listening ---

    async def start(self, port: int | socket.socket = 0) -> int:
        """Listens, on a port or on a socket that is bound already, and returns the port."""
        from aiohttp import web

        quiet = logging.getLogger(__name__)
        quiet.addHandler(logging.NullHandler())
        quiet.propagate = False  # what is no HTTP is answered with 400, and nothing to tell
        http = self._http = web.Server(
            self._serve,
            logger=quiet,
            handler_cancellation=True,
            auto_decompress=False,  # what comes compressed is stored so
            access_log=None,
            keepalive_timeout=IDLE,
            max_line_size=MAX_HEADER,
            max_field_size=MAX_HEADER,
        )
        where: dict[str, Any] = {"sock": port} if isinstance(port, socket.socket) else {"host": HOST, "port": port}
        self._server = await asyncio.get_running_loop().create_server(lambda: _First(http, self.answer), **where, backlog=1024)
        self.port = self._server.sockets[0].getsockname()[1]
        self.replace(self._description)
        return self.port

    async def stop(self) -> None:
        """Takes no more requests, and finishes those it has, but for calls of functions that take long."""
        if self._server is not None:
            self._server.close()
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=GRACE)
            for running in late:
                running.cancel()
        if self._http is not None:
            self._http.pre_shutdown()  # whoever only keeps a connection goes at once
            await self._http.shutdown(1)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """One request over HTTP/1.1."""
        from aiohttp import web

        if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        path, _, query = request.raw_path.partition("?")
        if not path.startswith("/"):  # a request to a proxy has the whole address, one to a server `*`
            path = "/" + request.rel_url.raw_path.lstrip("*/")
        given = Request(request.method, path, query, request.headers, b"")
        try:
            whole = evolve(given, body=await _read(request))
        except _TooLarge as error:
            answer = failure(self._call(given), ServiceError(error.args[0], "Your request is too large.", 413))
        else:
            answer = await self.answer(whole)
        head = request.method == "HEAD"
        headers = {n: v for n, v in answer.headers.items() if n.lower() not in OWN_HEADERS or (head and n.lower() == "content-length")}
        return web.Response(status=answer.status, headers=headers, body=answer.body or None)

    # --- answering ---

    async def answer(self, request: Request) -> Answer:
        """The answer to a request; what it changes is finished even if nobody waits for the answer any more."""
        call = self._call(request)
        if call.operation in WAITING:
            return await self._answer(call)
        running = asyncio.ensure_future(self._answer(call))
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return await asyncio.shield(running)

    def _call(self, request: Request) -> Call:
        return Call(request, self._home.directory.region)

    async def _answer(self, call: Call) -> Answer:
        try:
            return await self._understood(call)
        except ServiceError as error:
            return failure(call, error)
        except UnicodeEncodeError:
            return failure(call, ServiceError("SerializationException", "a text has half a surrogate pair in it"))
        except (OSError, StoresError) as error:  # the log takes nothing more, or the run ends: no mistake of anybody's
            return failure(call, ServiceError("ServiceUnavailable", self._once(first_line(error)), 503))
        except Exception as error:
            self._note(f"the AWS endpoint failed at {call.prefix} {call.operation}: {''.join(traceback.format_exception(error))}")
            return failure(call, ServiceError("InternalFailure", f"`ifc local` failed: {error}", 500))

    def _once(self, text: str) -> str:
        """Tells the developer something that he may have been told."""
        if text not in self._told:
            self._told.add(text)
            self._note(f"the AWS endpoint can't serve a request: {text}")
        return text

    async def _understood(self, call: Call) -> Answer:
        form = s3.form(call.request) if call.key is None and call.service == "s3" else None
        if form is not None:
            call.key = form.fields.get("x-amz-credential", "").partition("/")[0] or form.fields.get("awsaccesskeyid")
            if call.key is not None:
                policies.check(form, place(call.request).bucket, time.time())
        if call.service == "s3" and s3.expired(call.query, time.time):
            raise ServiceError("AccessDenied", "Request has expired", 403)
        who = self._caller(call)
        if call.service == "s3" and s3.deletes_many(call, place(call.request).key):
            return await self._delete_objects(call, who)
        changed = actions.declared_only(call)
        if changed:
            raise unserved(call, changed, self._file)
        self._permit(call, who)
        return await self._dispatch(call, who)

    def _caller(self, call: Call) -> Caller:
        """Who calls."""
        if call.key is None and not _may_be_unsigned(call):
            code = "AccessDenied" if call.service == "s3" else "MissingAuthenticationToken"
            raise ServiceError(code, "The request is not signed: use an AWS SDK or the aws CLI", 403)
        function = self._keys.get(call.key or "")
        if function is None:
            if call.key is not None and _from_a_page(call.request):
                raise ServiceError("AccessDenied", "A web page may use only what a function has signed", 403)
            return self._developer
        if function not in self._callers:
            self._callers[function] = caller(self._home.directory, function)
        return self._callers[function]

    def _permit(self, call: Call, who: Caller) -> None:
        """Refuses what a function may not do."""
        if self._unchecked(who):
            return
        for need in actions.needs(call, self._home.directory):
            message = self._refusal(who, need)
            if message is not None:
                raise refused(call, message)

    def _unchecked(self, who: Caller) -> bool:
        """Whether a caller may do everything: the developer, and a function whose role comes from outside."""
        if who.function is None:
            return True
        if self._permissions.known(who.name):
            return False
        if who.name not in self._told:
            self._told.add(who.name)
            self._note(
                f"what the role of function `{who.name}` may do is not all written in {self._file}, so nothing is refused to it here"
            )
        return True

    def _refusal(self, who: Caller, need: Need) -> str | None:
        """What to say to a function that may not do something, None if it may; the developer is told too."""
        refusal = self._permissions.refusal(who.name, need)
        if refusal is None:
            return None
        self._on_refused(who.name, need.action, need.resource or "*", refusal.advice)
        return refusal.message(who.arn, self._file)

    async def _dispatch(self, call: Call, who: Caller) -> Answer:
        if call.service == "sts" and call.operation in sts.OPERATIONS:
            return _said(call, await sts.OPERATIONS[call.operation](self._home, call, who))
        operations = SERVED.get(call.service)
        if operations is None:
            return await self._pass_on(call, call.request)
        if call.protocol in ("cbor", "rest-xml") or call.request.header("Content-Type").startswith("application/x-amz-cbor"):
            raise ServiceError("UnsupportedProtocol", f"`ifc local` serves {call.prefix} in JSON", 415)
        name = actions.operation(call)
        operation = operations.get(name)
        if operation is None:
            raise unserved(call, name, self._file)
        return _said(call, await operation(self._home, call, who))

    # --- what the stores serve ---

    async def _pass_on(self, call: Call, request: Request) -> Answer:
        """Lets the stores answer, and writes to the log what that changed before anybody sees the answer."""
        path = request.path
        headers = {n: v for n, v in request.headers.items() if n.lower() not in CONNECTION_HEADERS}
        if request.body or request.method in ("POST", "PUT"):
            headers["Content-Length"] = str(len(request.body))
        if call.service == "s3" and (at := place(request)).virtual:
            path = f"/{at.bucket}{path}"
            headers["Host"] = f"{HOST}:{self.port}"
        if call.key is not None and not request.header("Authorization"):
            # The stores, too, look at the signature for the service; a presigned address has it elsewhere.
            scope = f"{call.key}/20260101/{call.region}/{call.service}/aws4_request"
            headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        whole = f"{path}?{request.query}" if request.query else path
        reply = await self._stores.request(request.method, whole, headers.items(), request.body)
        if reply.changes:
            await self._on_changes(reply.changes)
        return Answer(reply.status, dict(reply.headers), reply.body)

    async def _delete_objects(self, call: Call, who: Caller) -> Answer:
        """DeleteObjects, which fails for each object by itself."""
        if self._unchecked(who):
            return await self._pass_on(call, call.request)
        at = place(call.request)
        items, quiet = s3.doomed(call.request.body)
        messages = {item: self._refusal(who, actions.deleted(at, item)) for item in items}
        kept = [item for item, message in messages.items() if message is None]
        told = {item.key: message for item, message in messages.items() if message is not None}
        if not told:
            return await self._pass_on(call, call.request)
        answer = await self._pass_on(call, s3.deleting(call.request, kept, quiet)) if kept else None
        return s3.with_errors(answer, told)


def _said(call: Call, result: Mapping[str, Any] | Answer | None) -> Answer:
    return result if isinstance(result, Answer) else success(call, result)


def _may_be_unsigned(call: Call) -> bool:
    """Whether AWS takes a request from nobody: a browser's question before a request, and signing in."""
    if call.request.method == "OPTIONS":
        return True
    if call.service == "sts":
        return call.operation in UNSIGNED_ACTIONS
    return call.service in UNSIGNED_TARGETS.values()


def _from_a_page(request: Request) -> bool:
    """Whether a page of some site sends a request, with the developer's browser but not on his behalf."""
    site = request.header("Sec-Fetch-Site")
    return bool(request.header("Origin")) or site not in ("", "none") or not KNOWN_HOST.fullmatch(request.header("Host"))


class _TooLarge(Exception):
    """A body above its service's limit; its code."""


async def _read(request: web.BaseRequest) -> bytes:
    """A request's whole body."""
    signed = request.headers.get("Authorization", "")
    most, code = (MAX_BODY, "RequestEntityTooLarge") if signed and "/s3" not in signed else (MAX_OBJECT, "EntityTooLarge")
    if (request.content_length or 0) > most:
        raise _TooLarge(code)
    if not request.can_read_body:
        return b""
    parts, length = [], 0
    async for part in request.content.iter_any():
        length += len(part)
        if length > most:
            raise _TooLarge(code)
        parts.append(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


class _First(asyncio.Protocol):
    """A new connection: its first bytes tell which HTTP it speaks."""

    def __init__(self, http: Callable[[], asyncio.Protocol], answer: Callable[[Request], Awaitable[Answer]]) -> None:
        self._http, self._answer = http, answer
        self._transport: asyncio.Transport | None = None
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._data += data
        if len(self._data) < len(b"PRI") and PREFACE.startswith(self._data):
            return  # POST and PUT begin like it
        if self._data.startswith(PREFACE[: len(self._data)]):
            from ifc.local.services.http2 import Http2  # few speak it

            protocol: asyncio.Protocol = Http2(self._answer)
        else:
            protocol = self._http()
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(self._data)
