"""A host of pull requests on this machine: the comments of one, with GitHub's and GitLab's addresses, and the troubles of both."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PER_PAGE = 3  # fewer than are asked for, as a host may have it
LONGEST = 65_536  # of a comment
BOT = {"id": 41, "login": "github-actions[bot]", "type": "Bot"}
ANN = {"id": 7, "login": "ann", "type": "User"}


class State:
    """What the host holds, what it was asked, and the troubles that are to come."""

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str]] = []
        self.troubles: list[tuple[str, int, dict[str, str], str, bool]] = []
        self.tokens: set[str] = set()
        self.pull: dict[str, Any] = {}
        self.user: dict[str, Any] | None = None  # None: an app's token, of which GitHub does not say whose it is
        self.address = ""

    def says(self, user: dict[str, Any], body: str, **more: Any) -> None:
        """Somebody comments."""
        author = {"id": user["id"], "username": user["login"]}
        self.comments.append({"id": len(self.comments) + 100, "body": body, "user": user, "author": author, "system": False, **more})

    def fails(self, method: str, status: int, message: str = "", after: bool = False, **headers: str) -> None:
        """The next request of a method is answered so; with `after`, it was done all the same."""
        self.troubles.append((method, status, {name.replace("_", "-"): value for name, value in headers.items()}, message, after))

    def bodies(self) -> list[str]:
        """What all comments say."""
        return [comment["body"] for comment in self.comments]

    def writes(self) -> list[str]:
        """The methods of the requests that write."""
        return [method for method, _ in self.asked if method != "GET"]


class Handler(BaseHTTPRequestHandler):
    """Answers a request out of the state."""

    state: State

    def log_message(self, *_: Any) -> None:
        """Says nothing."""

    def answer(self, status: int, data: Any, **headers: str) -> None:
        """Sends an answer."""
        body = json.dumps(data).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Type": "application/json", "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def handle_any(self) -> None:
        """Does what was asked, and answers, or has one of the troubles."""
        length = int(self.headers.get("Content-Length") or 0)
        given = json.loads(self.rfile.read(length)) if length else {}
        state, method = self.state, self.command
        state.asked.append((method, self.path))
        state.tokens.add(self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or "")
        trouble = next((one for one in state.troubles if one[0] == method), None)
        if trouble is not None:
            state.troubles.remove(trouble)
            _, status, headers, message, after = trouble
            if after:
                self.work(method, given)
            self.answer(status, {"message": message}, **headers)
            return
        status, data, headers = self.work(method, given)
        self.answer(status, data, **headers)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any

    def work(self, method: str, given: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        """What a request does, and its answer."""
        state, path = self.state, self.path.partition("?")[0]
        if path == "/user":
            return (200, state.user, {}) if state.user else (403, {"message": "Resource not accessible by integration"}, {})
        if re.fullmatch(r"/repos/o/r/pulls/12", path):
            return 200, state.pull, {}
        if re.fullmatch(r"/repos/o/r/issues/12/comments|/projects/5/merge_requests/12/notes", path):
            if method == "GET":
                page = int(re.search(r"[?&]page=(\d+)", self.path)[1])  # type: ignore[index]
                rows = state.comments[(page - 1) * PER_PAGE : page * PER_PAGE]
                link = {"Link": f'<{state.address}{path}?page={page + 1}>; rel="next"'} if len(state.comments) > page * PER_PAGE else {}
                return 200, rows, link
            if len(given["body"]) > LONGEST:
                return 422, {"message": "Body is too long (maximum is 65536 characters)"}, {}
            state.says(state.user or BOT, given["body"])
            return 201, state.comments[-1], {}
        one = re.fullmatch(r"/repos/o/r/issues/comments/(\d+)|/projects/5/merge_requests/12/notes/(\d+)", path)
        comment = next((c for c in state.comments if one and c["id"] == int(one[1] or one[2])), None)
        if comment is None:
            return 404, {"message": "Not Found"}, {}
        if method == "DELETE":
            state.comments.remove(comment)
            return 204, None, {}
        comment["body"] = given["body"]
        return 200, comment, {}


@contextmanager
def serving() -> Iterator[State]:
    """A host that answers on this machine as long as the block runs."""
    state = State()
    handler = type("Bound", (Handler,), {"state": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    state.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
